"""Prints speed and memory on this machine: ``python tests/benchmarks/speed.py``.

Every ratio compares two things timed in the same run, one after the other; absolute times wander
with the machine. With ``--engine none`` the language model is left out.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from rag.assistant import Assistant
from rag.chunking import chunk_article, spans_to_index, text_to_index
from rag.embedding import SentenceEncoder
from rag.indexing import index_corpus
from rag.loading import load_reader, load_writer
from rag.models import fingerprint_folder, resolve_embedder
from rag.readers import read_corpus
from rag.settings import Settings, load_settings
from rag.store import load_index
from rag.types import Answer, Article, Written

ROOT = Path(__file__).resolve().parents[2]
ARTICLES = 100
QUESTIONS = [
    "Combien Microsoft a-t-il investi dans OpenAI ?",
    "Qui vérifie une déclaration d’AGI par OpenAI ?",
    "Quelle part d’OpenAI la Fondation détient-elle ?",
    "Quand Google DeepMind a-t-il lancé Gemini 3 ?",
    "Qui dirige Meta Superintelligence Labs ?",
    "Combien d’utilisateurs ChatGPT compte-t-il en octobre 2025 ?",
    "Que prévoit le contrat entre OpenAI et AWS ?",
    "Quelle est la valorisation de Mistral AI ?",
    "Comment la charte d’OpenAI définit-elle l’AGI ?",
    "Combien Amazon a-t-il investi dans Anthropic ?",
]


def main() -> None:
    """Measure and print, one line a figure."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--engine", default="auto")
    options = parser.parse_args()
    settings = replace(load_settings(), engine=options.engine)
    _print(f"machine : {platform.processor() or platform.machine()}, {os.cpu_count()} cores")
    path = resolve_embedder(settings)
    started = time.monotonic()
    encoder = SentenceEncoder(path, fingerprint_folder(path), settings.threads)
    _print(f"load the encoder: {time.monotonic() - started:.1f} s")
    with tempfile.TemporaryDirectory() as folder:
        _measure(settings, encoder, Path(folder))


def _measure(settings: Settings, encoder: SentenceEncoder, folder: Path) -> None:
    articles = _make_articles()
    corpus, root = folder / "corpus", folder / "index"
    corpus.mkdir()
    for article in articles:
        (corpus / f"{article.id.replace('/', '-')}.txt").write_text(article.text, encoding="utf-8")
    _compare_indexing(encoder, articles)
    index_corpus(corpus, root, encoder.fingerprint, lambda: encoder)
    started = time.monotonic()
    index_corpus(corpus, root, encoder.fingerprint, lambda: encoder)
    _print(f"index again, nothing changed: {time.monotonic() - started:.2f} s")
    index = load_index(root, encoder.fingerprint)
    _print(f"corpus: {len(index.articles)} articles, {len(index.chunks)} passages")
    engine = load_writer(settings)
    assistant = Assistant(index, encoder, load_reader(settings), engine)
    _reword(assistant, assistant.answer(QUESTIONS[0]))
    answers = [assistant.answer(question) for question in QUESTIONS]
    # Only what is quoted can be worded again, and only by a model.
    quoted = [answer for answer in answers if engine is not None and answer.mode != "refused"]
    rewordings = [_reword(assistant, answer) for answer in quoted]
    for label, values in (
        ("evidence", [a.timings.first_evidence for a in answers]),
        ("answer", [a.timings.total for a in answers]),
        ("rewording, first word", [first for first, _ in rewordings]),
        ("rewording, whole", [whole for _, whole in rewordings]),
    ):
        known = [value for value in values if value is not None]
        if known:
            _print(f"{label}: median {statistics.median(known):.0f} ms, max {max(known):.0f} ms")
    _print(f"resident memory: {_resident_megabytes():.0f} MB")


def _reword(assistant: Assistant, answer: Answer) -> tuple[float | None, float]:
    """Return the milliseconds from asking for a rewording to its first word and to its end."""
    started, first = time.monotonic(), None
    for event in assistant.reword(answer):
        if first is None and isinstance(event, Written) and event.text:
            first = 1000 * (time.monotonic() - started)
    return first, 1000 * (time.monotonic() - started)


def _make_articles() -> list[Article]:
    """Take the demo corpus, and parts of it again under other names, up to ``ARTICLES``."""
    articles = list(read_corpus(ROOT / "corpus").articles)
    again = [
        replace(a, id=f"bis-{a.id}", text=a.text[len(a.text) // 3 :])
        for a in articles[: ARTICLES - len(articles)]
    ]
    return articles + again


def _compare_indexing(encoder: SentenceEncoder, articles: list[Article]) -> None:
    """Time our encoding against ``SentenceTransformer.encode`` in the same precision."""
    chunks = [chunk for article in articles[:30] for chunk in chunk_article(article)]
    texts = [text_to_index(chunk) for chunk in chunks]
    spans = [spans_to_index(chunk) for chunk in chunks]
    ours, theirs = [], []
    for _ in range(3):
        started = time.monotonic()
        encoder.encode_passages(texts, spans)
        ours.append(time.monotonic() - started)
        started = time.monotonic()
        encoder.model.encode([f"passage: {text}" for text in texts], show_progress_bar=False)
        theirs.append(time.monotonic() - started)
    rate = len(texts) / min(ours)
    _print(
        f"encoding {len(texts)} passages and their sentences: {rate:.1f} passages/s, "
        f"{min(theirs) / min(ours):.2f} times sentence-transformers in {encoder.precision}"
    )


def _resident_megabytes() -> float:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1000
    return 0.0


def _print(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
