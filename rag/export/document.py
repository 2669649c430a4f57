"""A conversation as it is exported: what was shown, and what it takes to check it again.

Every format holds the same document under the same seal. The seal tells a file that was edited by
hand from one that was not; it is no signature: who wants to deceive can compute it again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from rag.conflicts import tell_conflict
from rag.errors import RecordUnreadable
from rag.french import fold, strip_markdown
from rag.records import Json, KeptExchange, check_version, decode, encode, hash_text
from rag.types import (
    Answer,
    AnswerSentence,
    Conflict,
    Evidence,
    Form,
    Hit,
    Scope,
    Source,
    Span,
    Support,
    Timings,
)

VERSION = 1
_FORMAT = "sourcier-conversation"

Kind = Literal["written", "quoted", "conflict", "correction", "count"]
Outcome = Literal["generated", "extractive", "refused", "interrupted"]


@dataclass(frozen=True, slots=True)
class ExportedSentence:
    """A sentence of an answer.

    ``kind`` says what it is: written by the model, a quotation, the telling of a disagreement,
    the correction of what a question takes for granted, or how many articles were counted.
    ``item`` marks an item of a list, ``label`` what stands before it (a date, a criterion),
    ``side`` the column of a comparison that it stands in, or the article of a list of articles.
    ``marked`` is that of ``AnswerSentence``.
    """

    text: str
    kind: Kind
    citations: tuple[int, ...]
    support: Support
    why: str
    label: str = ""
    item: bool = False
    side: str = ""
    marked: bool = False


@dataclass(frozen=True, slots=True)
class CitedArticle:
    """An article that is quoted; ``sha256`` is that of its text, empty when it was not kept."""

    id: str
    title: str
    date: str
    url: str
    sources: tuple[Source, ...]
    sha256: str


@dataclass(frozen=True, slots=True)
class Citation:
    """What a number stands for: ``quote`` is verbatim, ``article.text[start:end]``.

    ``passage`` is where the passage that holds it stands.
    """

    n: int
    article_id: str
    start: int
    end: int
    passage: Span
    page: int | None
    quote: str


@dataclass(frozen=True, slots=True)
class NearPassage:
    """A passage that was found, with its scores and without its text; see ``Hit``."""

    rank: int
    article_id: str
    title: str
    date: str
    start: int
    end: int
    score: float
    dense: float
    lexical: float
    reader: float | None


@dataclass(frozen=True, slots=True)
class ExportedExchange:
    """A question and its answer.

    ``understood`` is empty when the question was taken as it was typed; ``text`` is what a refusal
    says, or why nothing was answered. The other fields are those of ``Answer``, ``Exchange`` and
    ``KeptExchange``.
    """

    number: int
    question: str
    understood: str
    asked: str
    generation: str
    model: str
    outcome: Outcome
    text: str
    reason: str
    suggestion: str
    notice: str
    scope: Scope | None
    sentences: tuple[ExportedSentence, ...]
    conflicts: tuple[Conflict, ...]
    citations: tuple[Citation, ...]
    articles: tuple[CitedArticle, ...]
    nearest: tuple[NearPassage, ...]
    answerable: float | None
    timings: Timings
    form: Form = "fact"


@dataclass(frozen=True, slots=True)
class ExportedConversation:
    """Exchanges in their order; ``exported`` is ISO 8601 in UTC, ``sourcier`` a version."""

    id: str
    exported: str
    sourcier: str
    exchanges: tuple[ExportedExchange, ...]

    @property
    def title(self) -> str:
        """The first question."""
        return self.exchanges[0].question if self.exchanges else "Conversation"


# ----------------------------------------------------------------------------------- from kept


def describe_kept(kept: KeptExchange) -> ExportedExchange:
    """Keep of an exchange what was shown and what it rests on."""
    exchange, answer = kept.exchange, kept.exchange.answer
    found = answer or exchange.found
    query = found.query if found else None
    cited = _list_cited(answer) if answer else ()
    return ExportedExchange(
        number=exchange.number,
        question=exchange.question,
        understood=query.text if query and query.rewritten else "",
        asked=kept.asked,
        generation=kept.generation,
        model=kept.model,
        outcome=answer.mode if answer else "interrupted",
        text=(answer.text if answer.mode == "refused" else "") if answer else exchange.trouble,
        reason=answer.reason if answer else "",
        suggestion=answer.suggestion if answer else "",
        notice=answer.notice if answer else "",
        scope=found.scope if found else None,
        sentences=_describe_sentences(answer) if answer else (),
        conflicts=answer.conflicts if answer else (),
        citations=tuple(_describe_citation(kept, item) for item in cited),
        articles=_describe_articles(kept, cited),
        nearest=tuple(map(_describe_hit, found.hits)) if found and _is_near(answer) else (),
        answerable=found.answerable if found else None,
        timings=answer.timings if answer else Timings(),
        form=answer.form if answer else "fact",
    )


def _is_near(answer: Answer | None) -> bool:
    return answer is None or answer.near


def _list_cited(answer: Answer) -> tuple[Evidence, ...]:
    told = {version.n for conflict in answer.conflicts for version in conflict.versions}
    used = {n for sentence in answer.sentences for n in sentence.citations} | told
    return tuple(item for item in answer.evidence if item.n in used)


def _describe_sentences(answer: Answer) -> tuple[ExportedSentence, ...]:
    told = {tell_conflict(conflict, answer.evidence).text for conflict in answer.conflicts}

    def find_kind(sentence: AnswerSentence) -> Kind:
        if sentence.quoted or sentence.reworded:
            return "quoted" if sentence.quoted else "written"
        if answer.tally is not None:
            return "count"
        # What an answer says in its own words besides corrects the question.
        return "conflict" if sentence.text in told else "correction"

    return tuple(
        ExportedSentence(
            text=sentence.text,
            kind=find_kind(sentence),
            citations=sentence.citations,
            support=sentence.support,
            why=sentence.why,
            label=sentence.label,
            item=sentence.item,
            side=sentence.side,
            marked=sentence.marked,
        )
        for sentence in answer.sentences
    )


def _describe_citation(kept: KeptExchange, item: Evidence) -> Citation:
    chunk = item.chunk
    article = kept.exchange.articles.get(chunk.article_id)
    page = article.find_page(item.start) if article else None
    passage = Span(chunk.start, chunk.end)
    return Citation(item.n, chunk.article_id, item.start, item.end, passage, page, item.text)


def _describe_articles(kept: KeptExchange, cited: Sequence[Evidence]) -> tuple[CitedArticle, ...]:
    """Describe each article once, in the order of the numbers."""
    chunks = {item.chunk.article_id: item.chunk for item in reversed(cited)}
    described = []
    for name in dict.fromkeys(item.chunk.article_id for item in cited):
        article, chunk = kept.exchange.articles.get(name), chunks[name]
        described.append(
            CitedArticle(
                id=name,
                title=chunk.title,
                date=chunk.date,
                url=article.url if article else "",
                sources=article.sources if article else (),
                sha256=hash_text(article.text) if article else "",
            )
        )
    return tuple(described)


def _describe_hit(hit: Hit) -> NearPassage:
    chunk = hit.chunk
    place = (chunk.article_id, chunk.title, chunk.date, chunk.start, chunk.end)
    scores = (hit.score, hit.dense, hit.lexical, hit.reader)
    return NearPassage(hit.rank, *place, *scores)


# ----------------------------------------------------------------------------------- the seal


@dataclass(frozen=True, slots=True)
class Unsealed:
    """A document read back.

    ``intact`` says whether it is as it was written, ``shown`` is the SHA-256 of the text that was
    shown beside it, empty when there was none.
    """

    conversation: ExportedConversation
    shown: str
    intact: bool


def seal(conversation: ExportedConversation, shown: str = "") -> Json:
    """Make the document of a conversation; ``shown`` is the text that it goes with."""
    body = encode(conversation)
    shown = _hash_shown(shown) if shown else ""
    return {
        "format": _FORMAT,
        "version": VERSION,
        "seal": _hash_body(body, shown),
        "shown": shown,
        "conversation": body,
    }


def unseal(document: object) -> Unsealed:
    """Read a document back.

    Raises
    ------
    RecordUnreadable
        When another version wrote it, or it is none.
    """
    known = check_version(document, VERSION)
    try:
        if known["format"] != _FORMAT:
            raise ValueError(known["format"])
        conversation = decode(ExportedConversation, known["conversation"])
        shown = decode(str, known["shown"])
        # As it is in the file, for an older one lacks the fields that came later; or as it is read,
        # for another program may have written 1 for 1.0.
        bodies = (known["conversation"], encode(conversation))
        intact = known.get("seal") in [_hash_body(body, shown) for body in bodies]
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise RecordUnreadable(
            "Les données jointes à cet export sont incomplètes ou abîmées.",
            kept="Le fichier n’a pas été modifié.",
            todo="Exportez la conversation à nouveau.",
        ) from error
    return Unsealed(conversation, shown, intact)


def is_shown(text: str, unsealed: Unsealed) -> bool:
    """Say whether a text is the one that was shown with a document."""
    return _hash_shown(text) == unsealed.shown


def _hash_body(body: Json, shown: str) -> str:
    written = json.dumps([body, shown], ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return hash_text(written)


def _hash_shown(text: str) -> str:
    """Hash what a reader sees: ends of lines and blanks there differ from one editor to another."""
    return hash_text("\n".join(line.rstrip() for line in text.strip().splitlines()))


# ------------------------------------------------------------------------------------- wording

_CONTROLS = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufffe\uffff]"
)


def show(text: str) -> str:
    """Put a text on one line, without what hides or turns it: controls, directional overrides."""
    text = text.encode("utf-8", "replace").decode()
    text = re.sub(r"[ \t\n\r\f\v\x85\u2028\u2029]+", " ", text)
    return _CONTROLS.sub("", text).strip()


def show_quote(text: str) -> str:
    """Show a quotation without the Markdown marks of its article."""
    return show(" ".join(strip_markdown(line) for line in text.splitlines()))


def group_citations(
    exchange: ExportedExchange,
) -> list[tuple[CitedArticle, tuple[Citation, ...]]]:
    """Put the citations of an exchange under their articles, in the order of the numbers."""
    return [
        (article, tuple(item for item in exchange.citations if item.article_id == article.id))
        for article in exchange.articles
    ]


def name_file(conversation: ExportedConversation) -> str:
    """Name a file without its suffix: ``sourcier-2026-11-23-combien-microsoft-investi``."""
    asked = conversation.exchanges[0].asked if conversation.exchanges else conversation.exported
    day = re.match(r"\d{4}-\d\d-\d\d", asked)
    words = _list_words(conversation.title)
    return "-".join(["sourcier", *([day[0]] if day else []), *(words or ["conversation"])])


def _list_words(title: str, most: int = 4, longest: int = 16) -> Sequence[str]:
    words: Iterable[str] = re.findall(r"[a-z0-9]+", fold(show(title)))
    return [word[:longest] for word in words if len(word) > 2][:most]
