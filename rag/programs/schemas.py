"""What a program may send and what it gets back, as schemas, in English for the machine.

What comes in is checked by them; what goes out is the JSON of ``rag.contract``, described here.
"""

from __future__ import annotations

from typing import Annotated, Literal, NotRequired

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, with_config
from typing_extensions import TypedDict

# ---------------------------------------------------------------------------------- arguments

_Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
_Date = Annotated[str, Field(max_length=10)]
_Names = Annotated[list[Annotated[str, Field(max_length=500)]], Field(max_length=200)]
# Characters of what the page takes for a question, and of about ten pages.
_QUESTION, _SOURCE = 2000, 20_000


class _Arguments(BaseModel):
    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)


class Scoped(_Arguments):
    """The articles to which a call is restricted; what is empty restricts nothing."""

    since: _Date = ""
    """Only articles since this date, included: YYYY, YYYY-MM or YYYY-MM-DD."""
    until: _Date = ""
    """Only articles until this date, included: YYYY, YYYY-MM or YYYY-MM-DD."""
    topics: _Names = []
    """Only articles that have one of these topics, as the tool `articles` lists them."""
    articles: _Names = []
    """Only these articles, by the ids that the tool `articles` lists."""


class Search(Scoped):
    """Arguments of ``search``."""

    question: Annotated[_Text, Field(max_length=_QUESTION)]
    """What to look for, in French: a question or some words."""
    k: Annotated[int, Field(ge=1, le=50)] = 10
    """How many passages to return at most."""


class PastTurn(_Arguments):
    """One earlier exchange of a conversation."""

    question: Annotated[_Text, Field(max_length=_QUESTION)]
    """The earlier question."""
    answer: Annotated[str, Field(max_length=_SOURCE)] = ""
    """The `answer` that it got."""


class Ask(Scoped):
    """Arguments of ``ask``."""

    question: Annotated[_Text, Field(max_length=_QUESTION)]
    """The question, in French. It may point back to `history`."""
    history: Annotated[list[PastTurn], Field(max_length=20)] = []
    """The earlier exchanges, oldest first, so that « Et en 2024 ? » is understood."""
    reword: bool = False
    """Have a language model word it again: slower; `reworded` sentences are unverified."""


class Check(_Arguments):
    """Arguments of ``check``."""

    claim: Annotated[_Text, Field(max_length=_QUESTION)]
    """One sentence in French, to be checked."""
    source: Annotated[_Text, Field(max_length=_SOURCE)]
    """The exact words that it cites: the `quote` of a source, or the `text` of a passage."""


class Articles(Scoped):
    """Arguments of ``articles``."""

    title: Annotated[str, Field(max_length=200)] = ""
    """Only articles whose title has these words, whatever their case and accents."""
    offset: Annotated[int, Field(ge=0)] = 0
    """How many articles to pass over, to read on from a former call."""
    limit: Annotated[int, Field(ge=1, le=500)] = 100
    """How many articles to return at most."""


# ------------------------------------------------------------------------------------ results

_documented = with_config(ConfigDict(use_attribute_docstrings=True))


@_documented
class ToldTimings(TypedDict):
    """Milliseconds since the question arrived; null for what did not happen."""

    retrieval: float | None
    first_evidence: float | None
    first_token: float | None
    total: float | None


@_documented
class ToldScope(TypedDict):
    """The articles that the question was restricted to."""

    since: str
    until: str
    topics: list[str]
    articles: list[str]


@_documented
class Hit(TypedDict):
    """A passage that was found."""

    rank: int
    article_id: str
    chunk_id: str
    title: str
    """Title of the article."""
    date: str
    """Date of the article (ISO 8601), empty when unknown."""
    source_url: str
    """Address of the article, empty when it has none."""
    score: float
    start: int
    """Where the passage starts in the text of the article, in characters."""
    end: int
    text: str
    """The exact words of the passage."""
    page: NotRequired[int]
    """Page of a PDF, from 1."""
    remark: NotRequired[str]
    """Warns that the passage holds a sentence that speaks to a machine."""


@_documented
class Found(TypedDict):
    """Passages, best first."""

    id: str
    question: str
    hits: list[Hit]
    answerable: float
    """Probability that the passages answer the question; below 0.5 `ask` would refuse."""
    timings_ms: ToldTimings
    scope: NotRequired[ToldScope]


@_documented
class Sentence(TypedDict):
    """One sentence of an answer, with the sources that it rests on."""

    text: str
    citations: list[int]
    """The `n` of its sources."""
    support: Literal["supported", "partial", "unsupported", "contradicted"]
    reworded: bool
    """Whether a language model wrote it: unverified."""
    label: str
    """What stands before it: a date, a criterion, the title of an article."""


@_documented
class Box(TypedDict):
    """A line of a quotation on the page of its PDF, as shares of the page from its top left."""

    page: int
    left: float
    top: float
    right: float
    bottom: float


@_documented
class QuotedSource(TypedDict):
    """What a sentence rests on."""

    n: int
    """The number that sentences cite."""
    article_id: str
    title: str
    """Title of the article."""
    date: str
    """Date of the article (ISO 8601), empty when unknown."""
    source_url: str
    """Address of the article, empty when it has none."""
    start: int
    """Where the quotation starts in the text of the article, in characters."""
    end: int
    quote: str
    """The exact words of the article."""
    page: NotRequired[int]
    """Page of a PDF, from 1."""
    boxes: NotRequired[list[Box]]
    """Where the words are on it."""
    copies: NotRequired[list[str]]
    """Who else published the same words."""
    note: NotRequired[str]
    """The same in French."""
    remark: NotRequired[str]
    """Warns that its passage holds a sentence that speaks to a machine."""


@_documented
class ToldVersion(TypedDict):
    """What one source says."""

    value: str
    n: int
    """The number of the source."""
    date: str
    article_id: str
    title: str


@_documented
class Disagreement(TypedDict):
    """Sources that give different values of the same thing."""

    about: str
    versions: list[ToldVersion]


@_documented
class ToldPremise(TypedDict):
    """What the question takes for granted."""

    assumed: str
    refuted: bool
    """Whether the articles refute it: the first sentence of the answer says so."""


@_documented
class Answered(TypedDict):
    """An answer made of quotations, or a refusal."""

    id: str
    question: str
    understood: str
    """The question as it was understood, standing alone."""
    answer: str
    """The whole answer, each sentence closed by the numbers of its sources."""
    refused: bool
    """Whether the articles do not answer; `reason` says why."""
    mode: Literal["generated", "extractive", "refused"]
    form: str
    """How it is laid out: fact, yesno, list, comparison, chronology, summary…"""
    reason: str
    suggestion: str
    """A question nearby that the articles do answer, or empty."""
    notice: str
    """What its reader should know besides."""
    sentences: list[Sentence]
    sources: list[QuotedSource]
    conflicts: list[Disagreement]
    answerable: float
    """Probability that the articles answer."""
    timings_ms: ToldTimings
    scope: NotRequired[ToldScope]
    premise: NotRequired[ToldPremise]


@_documented
class Checked(TypedDict):
    """What a source says of a claim."""

    id: str
    support: Literal["supported", "unsupported", "contradicted"]
    score: float
    """Probability that the source says the claim."""
    why: str
    """What is missing, in French; empty when supported."""


@_documented
class Listed(TypedDict):
    """An article that can be quoted."""

    id: str
    title: str
    date: str
    """Date (ISO 8601), empty when unknown."""
    topics: list[str]
    words: int
    """Length of its text, in words."""
    url: str
    """Its address, empty when it has none."""


@_documented
class Listing(TypedDict):
    """Some of the articles, the newest first."""

    total: int
    """How many there are, `offset` and `limit` apart."""
    articles: list[Listed]


@_documented
class Refusal(TypedDict):
    """What went wrong."""

    error: str
    """What happened, what was kept and what to do, in French."""
    kind: str
    """The kind of error, one word."""
