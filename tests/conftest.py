"""Fakes that mean something, and the real models where a test asks for them."""

from __future__ import annotations

import errno
import hashlib
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from rag import readers
from rag.french import terms
from rag.models import resolve_embedder, resolve_generator
from rag.settings import Settings, load_settings
from rag.types import Article, Chunk, Entailment, Excerpt, Message, Scores, Span, Vectors


class FakeEncoder:
    """Hashed bag of words: texts that share words are similar, and nothing is random."""

    fingerprint = "fake-v1"
    # Wide enough that the words of a few sentences seldom meet.
    dimension = 256

    def __init__(self) -> None:
        self.embedded: list[str] = []

    def encode_query(self, text: str) -> Vectors:
        return self._embed(text)

    def encode_passages(
        self, texts: Sequence[str], spans: Sequence[Sequence[Span]]
    ) -> list[Vectors]:
        self.embedded += texts
        return [
            np.stack([self._embed(t), *(self._embed(t[s.start : s.end]) for s in of_text)])
            for t, of_text in zip(texts, spans, strict=True)
        ]

    def _embed(self, text: str) -> Vectors:
        vector = np.full(self.dimension, 0.025, dtype=np.float32)
        for term in terms(text):
            vector[int(hashlib.md5(term.encode()).hexdigest(), 16) % self.dimension] += 1
        unit: Vectors = vector / np.linalg.norm(vector)
        return unit


class FakeReader:
    """Believes the sentences that repeat the question, and remembers what it read."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, list[Excerpt]]] = []

    def score(self, question: str, excerpts: Sequence[Excerpt]) -> list[Scores]:
        self.asked.append((question, list(excerpts)))
        wanted = set(terms(question))
        return [self._read(wanted, excerpt.sentences) for excerpt in excerpts]

    def entail(self, pairs: Sequence[tuple[str, str]]) -> list[Entailment]:
        return [self._judge(set(terms(source)), set(terms(claim))) for source, claim in pairs]

    def _judge(self, held: set[str], wanted: set[str]) -> Entailment:
        share = len(wanted & held) / max(1, len(wanted))
        return Entailment(share, 1 - share, 0.0)

    def _read(self, wanted: set[str], sentences: Sequence[str]) -> Scores:
        shares = [len(wanted & set(terms(s))) / max(1, len(wanted)) for s in sentences]
        logits = [8 * share - 4 for share in shares]
        refuting = np.full(len(logits), -8, dtype=np.float32)
        return Scores(np.array(logits, dtype=np.float32), refuting, max(logits, default=-4.0))


class FakeEngine:
    """Streams scripted replies word by word and remembers what it was asked."""

    name = "moteur de test"

    def __init__(self, *replies: str | Exception, trained: bool = False, context: int = 0) -> None:
        self.trained = trained
        self.context = context
        self.replies = list(replies)
        self.prompts: list[list[Message]] = []
        self.closed = threading.Event()

    def stream(self, messages: Sequence[Message], grammar: str, max_tokens: int) -> Iterator[str]:
        self.prompts.append(list(messages))
        reply = self.replies.pop(0)
        try:
            if isinstance(reply, Exception):
                yield "Microsoft"
                raise reply
            for word in reply.split(" "):
                yield word + " "
        finally:
            self.closed.set()


@pytest.fixture
def encoder() -> FakeEncoder:
    return FakeEncoder()


@pytest.fixture
def reader() -> FakeReader:
    return FakeReader()


@pytest.fixture
def answerable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Answer whatever is asked: a few articles are too few to judge by."""
    for module in ("rag.assistant", "rag.gathering"):
        monkeypatch.setattr(f"{module}.DECISION", 0.0)


@pytest.fixture
def ordered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take for an order to the machine whatever begins with « Assistant »."""

    def find(chunk: Chunk, vectors: Vectors, model: str) -> tuple[int, ...]:
        texts = (chunk.text[s.start - chunk.start :] for s in chunk.sentences)
        return tuple(k for k, t in enumerate(texts) if t.lstrip("# -").startswith("Assistant"))

    monkeypatch.setattr("rag.index.find_orders", find)


@pytest.fixture
def deny(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], None]:
    """Have the system refuse a file or a folder: the tests may run as root, whom nothing stops."""
    denied: set[str] = set()

    def guard(real: Callable[..., object]) -> Callable[..., object]:
        def call(path: object, *arguments: object, **options: object) -> object:
            if str(path) in denied:
                raise PermissionError(errno.EACCES, "Permission denied", str(path))
            return real(path, *arguments, **options)

        return call

    monkeypatch.setattr(os, "scandir", guard(os.scandir))
    monkeypatch.setattr(Path, "open", guard(Path.open))
    return lambda path: denied.add(str(path))


@pytest.fixture
def in_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have every file read in this process, where a test sees the time and changes the limits."""
    monkeypatch.setattr(readers, "read_file", readers.read_here)


@pytest.fixture
def articles() -> list[Article]:
    """Three short articles that disagree a little."""
    return [
        Article(
            id="a.md",
            title="La mise de Microsoft",
            text="Microsoft a investi 13 milliards de dollars dans OpenAI. "
            "Le premier milliard date de juillet 2019.\n\nLa presse parle parfois de 14 milliards.",
            date="2025-10-31",
            url="https://exemple.fr/a",
        ),
        Article(
            id="b.md",
            title="Le panel d’experts",
            text="Un panel d’experts indépendants vérifiera toute déclaration d’AGI. "
            "Sa composition n’est pas connue.",
            date="2025-10-29",
        ),
        Article(
            id="c.md",
            title="Mistral AI et ASML",
            text="ASML a apporté 1,3 milliard d’euros à Mistral AI en septembre 2025. "
            "Arthur Mensch dirige Mistral AI.",
            date="2025-09-10",
        ),
    ]


@pytest.fixture(scope="session")
def settings() -> Settings:
    return load_settings()


@pytest.fixture(scope="session")
def embedder_path(settings: Settings) -> Path:
    """The real embedding model; ``make test`` fetches it."""
    return resolve_embedder(settings)


@pytest.fixture(scope="session")
def generator_path(settings: Settings) -> Path:
    """The real language model; ``make test`` fetches it."""
    return resolve_generator(settings)
