"""Prints how many visitors are borne, quoting alone: ``python tests/benchmarks/load.py``.

Visitors are threads that ask one assistant, as the page's sessions do, each its next question as
soon as it has its answer: nobody pauses to read, so that one stands for several people. A question
that is shed counts as shed, and its visitor asks the next one a second later. ``again`` asks the
questions of the last level that shed none once more; ``memory`` is that of the process.
"""

from __future__ import annotations

import argparse
import itertools
import json
import random
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from rag.assistant import Assistant
from rag.errors import Busy
from rag.indexing import index_corpus
from rag.loading import load_encoder, load_reader
from rag.remembering import RememberingEncoder, RememberingReader
from rag.settings import load_settings
from rag.store import load_index
from rag.types import EvidenceFound

ROOT = Path(__file__).resolve().parents[2]
QUESTIONS = ROOT / "tests" / "evaluation" / "questions.jsonl"
_PAUSE = 1.0  # seconds, after a question that is shed


@dataclass
class Told:
    """Seconds to the evidence and to the answer of each question, and how many were shed."""

    evidence: list[float] = field(default_factory=list)
    answers: list[float] = field(default_factory=list)
    shed: int = 0


def main() -> None:
    """Measure each number of visitors, then the memory over many questions."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--visitors", type=int, nargs="*", default=[1, 5, 20, 50])
    parser.add_argument("--each", type=int, default=3, help="questions of a visitor, at least")
    parser.add_argument("--memory", type=int, default=0, help="questions to follow the memory over")
    options = parser.parse_args()
    settings = load_settings()
    encoder, reader = load_encoder(settings), load_reader(settings)
    with tempfile.TemporaryDirectory() as folder:
        index_corpus(ROOT / "corpus", Path(folder), encoder.fingerprint, lambda: encoder)
        index = load_index(Path(folder), encoder.fingerprint)

    def forget() -> Assistant:
        return Assistant(index, RememberingEncoder(encoder), RememberingReader(reader), None)

    lines = QUESTIONS.read_text(encoding="utf-8").splitlines()
    questions = [json.loads(line)["question"] for line in lines]
    random.Random(0).shuffle(questions)
    forget().answer(questions[-1])
    _print("| visitors | evidence, p50 | p95 | answer, p50 | answers a second | shed | memory |")
    _print("|---|---|---|---|---|---|---|")
    again = None
    for visitors in options.visitors:
        asked = questions[: max(10, visitors * options.each)]
        assistant = forget()
        if not _tell(str(visitors), assistant, visitors, asked):
            again = f"{visitors}, again", assistant, visitors, asked
    if again:
        _tell(*again)
    assistant = forget()
    # Each with another ending, so that nothing is remembered of the one before.
    varied = (f"{question} ({turn})" for turn in itertools.count() for question in questions)
    for done in range(0, options.memory, 100):
        _ask(assistant, 5, list(itertools.islice(varied, 100)))
        _print(f"memory after {done + 100} questions: {_measure_memory():.0f} MB")


def _tell(label: str, assistant: Assistant, visitors: int, questions: Sequence[str]) -> int:
    """Print a line; return how many questions were shed."""
    started = time.monotonic()
    told = _ask(assistant, visitors, questions)
    rate = len(told.answers) / (time.monotonic() - started)
    p95 = statistics.quantiles(told.evidence, n=20, method="inclusive")[-1]
    _print(
        f"| {label} | {statistics.median(told.evidence):.1f} s | {p95:.1f} s "
        f"| {statistics.median(told.answers):.1f} s | {rate:.1f} "
        f"| {told.shed} of {len(questions)} | {_measure_memory():.0f} MB |"
    )
    return told.shed


def _ask(assistant: Assistant, visitors: int, questions: Sequence[str]) -> Told:
    told, waiting, lock = Told(), iter(questions), threading.Lock()

    def visit() -> None:
        for question in _take(waiting, lock):
            started, found = time.monotonic(), 0.0
            try:
                with closing(assistant.ask(question)) as events:
                    for event in events:
                        if isinstance(event, EvidenceFound):
                            found = time.monotonic() - started
            except Busy:
                told.shed += 1
                time.sleep(_PAUSE)
            else:
                told.answers.append(time.monotonic() - started)
                # What asks nothing is answered without evidence.
                told.evidence.append(found or told.answers[-1])

    threads = [threading.Thread(target=visit) for _ in range(visitors)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return told


def _take(questions: Iterator[str], lock: threading.Lock) -> Iterator[str]:
    while True:
        with lock:
            question = next(questions, None)
        if question is None:
            return
        yield question


def _measure_memory() -> float:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1000
    return 0.0


def _print(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
