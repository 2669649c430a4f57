"""The scoreboard of the writer: how it words evidence whose ideal answer is known.

The examples are those of ``rag.writing`` that are kept apart: evidence that answers, shuffled among
sentences that do not. Beside the model, the evidence that answers, quoted as it is: what a reader
sees anyway.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rag.citations import ground_answer, parse_answer
from rag.errors import EngineMissing
from rag.french import terms
from rag.loading import load_reader, load_writer
from rag.metrics import measure_mean, share_words
from rag.prompt import REFUSAL, Quote, build_grammar, build_messages, count_tokens
from rag.report import Cell, Report, Rows
from rag.settings import Settings
from rag.types import Chunk, Engine, Evidence, Length, Query, Reader
from rag.writing import Example, count_sentences, draw, load_examples

_SEED = 20251028
# Examples with an answer, and near-misses.
_ASKED, _MISSED = 60, 15
_WORST = 5

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class _Wording:
    """An example and what the model made of it; times in seconds from the question."""

    example: Example
    text: str
    kept: int
    first: float
    whole: float

    @property
    def sentences(self) -> list[tuple[str, tuple[int, ...]]]:
        return parse_answer(self.text)

    @property
    def likeness(self) -> float:
        return share_words(_words(self.text), _words(self.example.answer))

    @property
    def cites(self) -> float:
        """Share of the evidence that the ideal answer cites and this one too, both ways."""
        return share_words(_cited(self.text), _cited(self.example.answer))


def evaluate_rewordings(data: Path, settings: Settings, progress: Progress) -> Report:
    """Have the engine of the settings word the evidence of examples that nothing was trained on.

    Parameters
    ----------
    data
        The folder ``tests/evaluation/dossiers``.

    Raises
    ------
    EngineMissing
        When there is no language model.
    UsageError
        When the dossiers can't be read.
    """
    engine = load_writer(settings)
    if engine is None:
        raise EngineMissing("Il n’y a pas de modèle de langue à mesurer.")
    reader = load_reader(settings)
    rng = random.Random(_SEED)
    examples = load_examples(data)["test"]
    rng.shuffle(examples)
    answered = [e for e in examples if e.evidence][:_ASKED]
    missed = [e for e in examples if not e.evidence and e.others][:_MISSED]
    made = []
    for done, example in enumerate([*answered, *missed]):
        progress(done, len(answered) + len(missed))
        made.append(_word(draw(example, rng), engine, reader))
    progress(len(made), len(made))
    asked = made[: len(answered)]
    rows: Rows = {
        engine.name: _score(asked),
        "the evidence itself": {
            "as the ideal answer": measure_mean([_quote_likeness(w.example) for w in asked])
        },
    }
    refused = [w.text.strip() == REFUSAL for w in made[len(answered) :]]
    rows[engine.name]["near-misses refused"] = measure_mean(refused)
    worst = sorted(asked, key=lambda w: w.likeness)[:_WORST]
    told = [f"- {w.example.question}\n  ideal: {w.example.answer}\n  {w.text}" for w in worst]
    return Report(f"Answers worded from {data.name}", rows, told)


def _word(example: Example, engine: Engine, reader: Reader) -> _Wording:
    evidence = [_show(n, quote) for n, quote in enumerate(example.evidence, 1)]
    query = Query(example.question, example.question)
    length = _LENGTHS[min(count_sentences(example.answer), 3)]
    messages = build_messages(query, evidence, length, engine.trained)
    grammar = build_grammar(query, evidence, length)
    started, first, text = time.perf_counter(), 0.0, ""
    for piece in engine.stream(messages, grammar, count_tokens(length)):
        text += piece
        first = first or (time.perf_counter() - started) * bool(text)
    whole = time.perf_counter() - started
    kept = len(ground_answer(text, evidence, reader, example.question))
    return _Wording(example, text.strip(), kept, first, whole)


_LENGTHS: dict[int, Length] = {1: "brief", 2: "medium", 3: "full"}


def _show(n: int, quote: Quote) -> Evidence:
    size = len(quote.text)
    chunk = Chunk(str(n), str(n), "", quote.date, 0, size, quote.text, ())
    return Evidence(n, chunk, 0, size, quote.text, 0.0)


def _score(made: Sequence[_Wording]) -> dict[str, Cell]:
    written = [w for w in made if w.text.strip() != REFUSAL]
    sentences = sum(len(w.sentences) for w in written)
    return {
        "examples": len(made),
        "refused": measure_mean([w.text.strip() == REFUSAL for w in made]),
        "as the ideal answer": measure_mean([w.likeness for w in made]),
        "same evidence cited": measure_mean([w.cites for w in written]),
        "sentences kept by the check": sum(w.kept for w in written) / max(1, sentences),
        "first word, s": _median([w.first for w in made]),
        "whole, s": _median([w.whole for w in made]),
    }


def _quote_likeness(example: Example) -> float:
    cited = _cited(example.answer)
    quoted = " ".join(q.text for n, q in enumerate(example.evidence, 1) if n in cited)
    return share_words(_words(quoted), _words(example.answer))


def _cited(answer: str) -> Counter[int]:
    return Counter({n for _, numbers in parse_answer(answer) for n in numbers})


def _words(text: str) -> Counter[str]:
    return Counter(terms(" ".join(sentence for sentence, _ in parse_answer(text)) or text))


def _median(values: Sequence[float]) -> float:
    return sorted(values)[len(values) // 2]
