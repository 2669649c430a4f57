"""The frozen values that cross modules, in the order in which an article becomes an answer.

Knows nothing about files, models or the page. Every offset counts Unicode characters in
``Article.text``; ``start`` is included and ``end`` is not.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol, TypedDict

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
"""Row-major float32 matrix, one unit-length embedding a row."""

Support = Literal["supported", "partial", "unsupported", "contradicted"]
Mode = Literal["generated", "extractive", "refused"]
Length = Literal["brief", "medium", "full"]
"""How long an answer is wished."""
Act = Literal["question", "shorten", "lengthen", "translate", "doubt", "greeting", "thanks", "help"]
"""What was meant by what was typed: a question, a word about the answer before, or small talk."""
AnswerType = Literal["quantity", "date", "name", "definition"]
Form = Literal[
    "fact",
    "yesno",
    "reason",
    "definition",
    "list",
    "steps",
    "comparison",
    "chronology",
    "summary",
    "exhaustive",
]
"""How an answer is laid out."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where an article says it comes from."""

    publisher: str = ""
    title: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Article:
    """One document of the corpus.

    ``id`` is the ``id`` of a JSONL line or the file's path relative to the corpus, with ``#`` and a
    path within it for what an archive or a message holds; ``text`` is what every offset counts in;
    ``date`` is ISO 8601 (``2025-10-28``, ``2025-10`` or ``2025``) or empty. ``pages`` holds where
    each page of a paged document starts in ``text``: sorted, the first is 0, a blank page starts
    where the next one does; empty when there are no pages. ``scans`` tells the pages whose text was
    recognised in a picture: their numbers, from 1, and how sure it is, in percent.
    """

    id: str
    title: str
    text: str
    date: str = ""
    url: str = ""
    summary: str = ""
    topics: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()
    pages: tuple[int, ...] = ()
    scans: tuple[tuple[int, int], ...] = ()

    def find_page(self, offset: int) -> int | None:
        """Return the number, from 1, of the page that holds the character at ``offset``.

        None when the document has no pages.
        """
        return bisect_right(self.pages, max(offset, 0)) or None


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open range of characters in an article."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Chunk:
    """A passage: consecutive sentences of one article, ``article.text[start:end] == text``.

    ``sentences`` are the spans of its sentences, in the article like every other offset;
    ``orders`` the places among them of those that speak to a machine, which are never quoted.
    """

    id: str
    article_id: str
    title: str
    date: str
    start: int
    end: int
    text: str
    sentences: tuple[Span, ...]
    orders: tuple[int, ...] = ()

    def holds_order(self, start: int, end: int) -> bool:
        """Whether a range of the article reaches into a sentence that speaks to a machine."""
        spans = (self.sentences[k] for k in self.orders)
        return any(span.start < end and start < span.end for span in spans)


@dataclass(frozen=True, slots=True)
class Turn:
    """One finished exchange: the question as it was understood, and the answer shown."""

    question: str
    answer: str


def _plain_words(text: str) -> list[str]:
    letters = unicodedata.normalize("NFD", text.casefold())
    return re.findall(r"\w+", "".join(c for c in letters if not unicodedata.combining(c)))


@dataclass(frozen=True, slots=True)
class Query:
    """A question ready for retrieval.

    ``text`` stands alone; ``asked`` is what the reader typed; they differ when a follow-up was
    completed from the previous turn, or when typing was written out. ``parts`` are the questions
    asked at once, each standing alone: ``text`` alone where there is one. ``act`` is what was
    meant; where it is about the answer before, ``text`` is the question before, and ``opposed``
    the value or the name that its answer is contested with, empty when there is none.
    """

    text: str
    asked: str
    parts: tuple[str, ...] = ()
    act: Act = "question"
    opposed: str = ""

    def __post_init__(self) -> None:
        if not self.parts:
            object.__setattr__(self, "parts", (self.text,))

    @property
    def is_talk(self) -> bool:
        """Whether nothing is asked: a greeting, thanks, a question about the program."""
        return self.act in ("greeting", "thanks", "help")

    @property
    def rewritten(self) -> bool:
        """Whether the reader should be shown how the question was understood.

        Only when it has a word that was not typed: case, accents and dropped greetings are no
        news.
        """
        return not set(_plain_words(self.text)) <= set(_plain_words(self.asked))


@dataclass(frozen=True, slots=True)
class Scope:
    """The articles that a question is restricted to; what is empty restricts nothing.

    ``since`` and ``until`` are ISO 8601 of any precision, both included: ``until="2025-09"`` goes
    to the end of September 2025. ``topics`` keep the articles that have one of them, ``articles``
    those with one of these ids. An article must fit every restriction.
    """

    since: str = ""
    until: str = ""
    topics: tuple[str, ...] = ()
    articles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found for a question, with the scores that placed it.

    ``score`` places it (no unit, higher is better); ``dense`` is the cosine similarity,
    ``lexical`` the BM25 score, ``reader`` the reader's log-odds that the answer is in it, None
    when it was not read.
    """

    rank: int
    chunk: Chunk
    score: float
    dense: float
    lexical: float
    reader: float | None = None


@dataclass(frozen=True, slots=True)
class Excerpt:
    """What is read of one passage: its title and some of its sentences, in their order.

    ``leads`` holds what stands before each sentence and answers nothing by itself, a heading for
    instance; empty when nothing is known of it.
    """

    title: str
    sentences: tuple[str, ...]
    leads: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Scores:
    """What a reader says of one excerpt, as log-odds.

    ``sentences`` is float32 ``[len(excerpt.sentences)]``: does this sentence answer; ``refuting``
    likewise: does it refute what the question takes for granted; ``passage``: is the answer in the
    excerpt at all.
    """

    sentences: Vectors
    refuting: Vectors
    passage: float


@dataclass(frozen=True, slots=True)
class Entailment:
    """Probabilities that a source says a claim, leaves it open, or contradicts it; sum 1."""

    entailed: float
    neutral: float
    contradicted: float


@dataclass(frozen=True, slots=True)
class Evidence:
    """A sentence that may answer, numbered as the prompt and the citations number it.

    ``text`` is the verbatim sentence, ``chunk.start <= start < end <= chunk.end``; ``copies`` names
    who else published it word for word, in an article that is otherwise the same.
    """

    n: int
    chunk: Chunk
    start: int
    end: int
    text: str
    score: float
    copies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AnswerSentence:
    """One sentence of an answer, without its citation marks.

    ``why`` says in French what is missing when ``support`` is not ``"supported"``; ``reworded``
    marks what a language model wrote, whose wording nobody vouches for, and ``marked`` what of it
    is shown with the mark of its check, whatever that found. ``item`` marks an item of
    a list, ``label`` what stands before it (a date, a criterion), ``side`` the column of a
    comparison that it stands in, or the article of a list of articles.
    """

    text: str
    citations: tuple[int, ...]
    support: Support
    why: str = ""
    quoted: bool = False
    reworded: bool = False
    item: bool = False
    label: str = ""
    side: str = ""
    marked: bool = False


@dataclass(frozen=True, slots=True)
class Version:
    """What one piece of evidence says of something that others tell differently.

    ``value`` is written as the source writes it (« près de 14 milliards »), ``n`` the number of
    the evidence, ``date`` that of its article.
    """

    value: str
    n: int
    date: str


@dataclass(frozen=True, slots=True)
class Conflict:
    """A disagreement between sources: two versions or more of the same thing.

    ``about`` says in French what they differ on (« le prix », « la date »).
    """

    about: str
    versions: tuple[Version, ...]


@dataclass(frozen=True, slots=True)
class Premise:
    """What a question takes for granted, in its own words, and the evidence that refutes it."""

    assumed: str
    refuted: bool
    n: int


@dataclass(frozen=True, slots=True)
class Counted:
    """An article of a tally: how many of its sentences count, and the numbers of those quoted."""

    article_id: str
    title: str
    date: str
    sentences: int
    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Tally:
    """Every article that speaks of something, counted exactly, the oldest first.

    ``topic`` is what was sought, empty where articles were sought by their date alone; ``words``
    the spellings of it that count; ``total`` the articles that were looked through, ``undated``
    those of them that hold it and miss the date to count, ``copies`` those that only repeat
    another; ``occurrences`` how often it is said in all, None where several words must meet.
    """

    topic: str
    words: tuple[str, ...]
    total: int
    rows: tuple[Counted, ...]
    occurrences: int | None = None
    undated: int = 0
    copies: int = 0

    @property
    def sentences(self) -> int:
        """How many sentences count."""
        return sum(row.sentences for row in self.rows)


@dataclass(frozen=True, slots=True)
class Timings:
    """Milliseconds since the question arrived; ``None`` for what did not happen."""

    retrieval: float | None = None
    first_evidence: float | None = None
    first_token: float | None = None
    total: float | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What is shown for one question.

    ``evidence`` is every sentence that ``[n]`` can name, in order; ``hits`` the nearest passages;
    ``reason`` says in French why a refusal refuses, and ``suggestion`` is a question near the one
    asked that the articles answer, empty when none was found; ``notice`` says what went wrong on
    the way (an engine that stopped), empty when nothing did; ``scope`` is what the question was
    restricted to, None when to nothing; ``premise`` what it takes for granted and the articles
    refute, None when nothing; ``unworded`` says why the answer could not be worded again; ``form``
    how it is laid out, ``"fact"`` for plain sentences; ``tally`` what was counted, None where
    nothing was; ``outside`` whether something outside of the scope answers, or answers better;
    ``near`` whether what was found touches what is asked: a refusal off the subject shows none.
    """

    query: Query
    mode: Mode
    text: str
    sentences: tuple[AnswerSentence, ...]
    evidence: tuple[Evidence, ...]
    hits: tuple[Hit, ...]
    answerable: float
    reason: str = ""
    suggestion: str = ""
    notice: str = ""
    conflicts: tuple[Conflict, ...] = ()
    timings: Timings = field(default_factory=Timings)
    scope: Scope | None = None
    premise: Premise | None = None
    unworded: str = ""
    form: Form = "fact"
    tally: Tally | None = None
    outside: bool = False
    near: bool = True

    @property
    def cited(self) -> tuple[Evidence, ...]:
        """The evidence that at least one sentence cites, in order of number."""
        used = {n for sentence in self.sentences for n in sentence.citations}
        return tuple(e for e in self.evidence if e.n in used)


@dataclass(frozen=True, slots=True)
class Waiting:
    """The engine is busy: ``position`` questions will be served first."""

    position: int


@dataclass(frozen=True, slots=True)
class EvidenceFound:
    """Retrieval is over: what was understood, found and judged, before any generated word."""

    query: Query
    hits: tuple[Hit, ...]
    evidence: tuple[Evidence, ...]
    answerable: float
    scope: Scope | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """The answer as written so far, unchecked, safe to show as a draft."""

    text: str


@dataclass(frozen=True, slots=True)
class Finished:
    """The checked answer; always the last event of a question."""

    answer: Answer


Event = Waiting | EvidenceFound | Written | Finished


class Message(TypedDict):
    """One turn of a chat prompt."""

    role: Literal["system", "user", "assistant"]
    content: str


class Encoder(Protocol):
    """Turns texts into unit vectors; the swap point of the embedding model."""

    @property
    def fingerprint(self) -> str:
        """Names the weights and the pooling: equal fingerprints give interchangeable vectors."""
        ...

    @property
    def dimension(self) -> int:
        """Number of columns of every matrix returned."""
        ...

    def encode_passages(
        self, texts: Sequence[str], spans: Sequence[Sequence[Span]]
    ) -> list[Vectors]:
        """Embed passages and the given spans of each, one matrix a passage.

        Row 0 is the passage, row ``1 + k`` its span ``k`` read in the passage's context; float32
        ``[1 + len(spans[i]), dimension]``, unit rows.
        """
        ...

    def encode_query(self, text: str) -> Vectors:
        """Embed one question: float32 ``[dimension]``, unit length."""
        ...


class Reader(Protocol):
    """Reads a question against excerpts; the swap point of the trained reader."""

    def score(self, question: str, excerpts: Sequence[Excerpt]) -> list[Scores]:
        """Score the sentences and the whole of each excerpt, in order."""
        ...

    def entail(self, pairs: Sequence[tuple[str, str]]) -> list[Entailment]:
        """Say of each (source, claim) whether the source says the claim, in order."""
        ...


class Engine(Protocol):
    """Writes text from a prompt; the swap point of the language model.

    ``trained`` says whether it learned to answer the prompt of ``prompt.write_request``.
    """

    trained: bool

    @property
    def context(self) -> int:
        """Tokens of prompt and reply together that it declares; 0 when it declares none."""
        ...

    @property
    def name(self) -> str:
        """A short French description for the page (« Qwen2.5 1,5B, llama.cpp »)."""
        ...

    def stream(self, messages: Sequence[Message], grammar: str, max_tokens: int) -> Iterator[str]:
        """Yield the reply piece by piece; closing the iterator stops the generation.

        ``grammar`` is GBNF; an engine that can't enforce it ignores it, and the checks after
        generation still hold. Raises ``EngineError`` when the engine fails.
        """
        ...
