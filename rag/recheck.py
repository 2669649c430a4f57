"""Checks an exported conversation again, against the articles as they are now.

A sentence still holds when every quotation that it cites is still in its article, word for word,
and when the support check still finds in them what the export says that it found. Knows nothing
about formats: ``export`` reads them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from rag.export.document import (
    Citation,
    CitedArticle,
    ExportedConversation,
    ExportedExchange,
    ExportedSentence,
    show,
)
from rag.french import figure_literals, fold, quote, strip_markdown, terms, typeset
from rag.records import hash_text
from rag.support import Verdict, check_claims
from rag.types import Article, Reader, Support

State = Literal["same", "moved", "changed", "gone"]
"""A quotation is where it was, elsewhere, no longer in its article, or its article is gone."""

# What a sentence is said to be, from the least to the most that its sources give it.
_STRENGTH: tuple[Support, ...] = ("contradicted", "unsupported", "partial", "supported")


@dataclass(frozen=True, slots=True)
class CheckedCitation:
    """Where a quotation stands now: ``article_id`` and ``start`` are those of the index in force.

    ``rewritten`` says that its article is no longer the one that was quoted, here or elsewhere.
    """

    n: int
    state: State
    article_id: str
    title: str
    start: int
    rewritten: bool


@dataclass(frozen=True, slots=True)
class CheckedSentence:
    """A sentence checked again; ``why`` says in French what no longer holds, or empty.

    ``exchange`` and ``sentence`` count from 1; ``support`` is what the check says now, None where
    a quotation is lost and there is nothing to check against.
    """

    exchange: int
    sentence: int
    text: str
    holds: bool
    why: str
    support: Support | None
    citations: tuple[CheckedCitation, ...]


@dataclass(frozen=True, slots=True)
class Recheck:
    """What became of a conversation; ``remarks`` say in French what was edited by hand."""

    sentences: tuple[CheckedSentence, ...]
    remarks: tuple[str, ...]
    generation: str

    @property
    def holds(self) -> bool:
        """Whether every sentence holds, in a file that nobody edited."""
        return not self.remarks and all(sentence.holds for sentence in self.sentences)


@dataclass(frozen=True, slots=True)
class _Found:
    """A quotation and the article of the index that holds it, None when none does."""

    citation: Citation
    checked: CheckedCitation
    article: Article | None

    @property
    def context(self) -> str:
        """What names things around a quotation without stating them."""
        if self.article is None:
            return ""
        # The passage, where its quotation now is.
        moved = self.checked.start - self.citation.start
        start, end = self.citation.passage.start + moved, self.citation.passage.end + moved
        return f"{self.article.title} {self.article.date} {self.article.text[max(0, start) : end]}"


def recheck(
    conversation: ExportedConversation,
    articles: Mapping[str, Article],
    reader: Reader,
    generation: str = "",
    remarks: Sequence[str] = (),
) -> Recheck:
    """Check every sentence of a conversation again.

    Parameters
    ----------
    conversation, remarks
        What ``read_export`` gave.
    articles, generation
        Those of the index in force, by id, and the name of its generation.
    reader
        Asked about all the sentences together.
    """
    places = [
        (exchange, found, number, sentence)
        for exchange in conversation.exchanges
        for found in [_find_citations(exchange, articles)]
        for number, sentence in enumerate(exchange.sentences, start=1)
    ]
    cited = [
        [found[n] for n in sentence.citations if n in found] for _, found, _, sentence in places
    ]
    claims = [
        (sentence.text, " ".join(f.citation.quote for f in own), " ".join(f.context for f in own))
        for (_, _, _, sentence), own in zip(places, cited, strict=True)
    ]
    verdicts = check_claims(claims, reader)
    checked = [
        _judge(exchange, number, sentence, own, verdict)
        for (exchange, _, number, sentence), own, verdict in zip(
            places, cited, verdicts, strict=True
        )
    ]
    return Recheck(tuple(checked), tuple(remarks), generation)


# ------------------------------------------------------------------------------- the quotations


def _find_citations(
    exchange: ExportedExchange, articles: Mapping[str, Article]
) -> dict[int, _Found]:
    """Look for the quotations of an exchange in the articles, by number."""
    cited = {article.id: article for article in exchange.articles}
    return {
        item.n: _find_citation(item, cited[item.article_id], articles)
        for item in exchange.citations
        if item.article_id in cited
    }


def _find_citation(item: Citation, cited: CitedArticle, articles: Mapping[str, Article]) -> _Found:
    article = articles.get(cited.id) or _find_renamed(item, cited, articles)
    state, start = _locate(item, article)
    if article is not None and article.id != cited.id and state == "same":
        state = "moved"
    checked = CheckedCitation(
        n=item.n,
        state=state,
        article_id=article.id if article else cited.id,
        title=cited.title,
        start=start,
        rewritten=article is not None and hash_text(article.text) != cited.sha256,
    )
    return _Found(item, checked, article)


def _find_renamed(
    item: Citation, cited: CitedArticle, articles: Mapping[str, Article]
) -> Article | None:
    """Find an article that has taken another name: the same text, or its title and its words."""
    for article in articles.values():
        same = article.title == cited.title and bool(cited.title) and item.quote in article.text
        if same or hash_text(article.text) == cited.sha256:
            return article
    return None


def _locate(item: Citation, article: Article | None) -> tuple[State, int]:
    """Say where a quotation is; of several places the nearest to the one it had."""
    if article is None:
        return "gone", item.start
    if item.quote and article.text[item.start : item.end] == item.quote:
        return "same", item.start
    places = list(_find_all(article.text, item.quote))
    if not places:
        return "changed", item.start
    return "moved", min(places, key=lambda place: abs(place - item.start))


def _find_all(text: str, quoted: str) -> Iterator[int]:
    place = text.find(quoted) if quoted else -1
    while place >= 0:
        yield place
        place = text.find(quoted, place + 1)


# -------------------------------------------------------------------------------- the sentences


def _judge(
    exchange: ExportedExchange,
    number: int,
    sentence: ExportedSentence,
    own: Sequence[_Found],
    verdict: Verdict,
) -> CheckedSentence:
    """Say whether a sentence holds, its quotations first."""
    support: Support | None = None
    why = _find_loss(sentence, own)
    if not why:
        support, reason = _check_support(exchange, sentence, own, verdict)
        if _STRENGTH.index(support) < _STRENGTH.index(sentence.support):
            why = f"la citation y est, mais la vérification dit : {reason}"
    return CheckedSentence(
        exchange=exchange.number + 1,
        sentence=number,
        text=sentence.text,
        holds=not why,
        why=typeset(why),
        support=support,
        citations=tuple(found.checked for found in own),
    )


def _find_loss(sentence: ExportedSentence, own: Sequence[_Found]) -> str:
    """Say which quotation is lost; empty when all are there."""
    unknown = set(sentence.citations) - {found.citation.n for found in own}
    if unknown:
        return f"la source {min(unknown)} n’est pas dans l’export"
    if not own:
        return "elle ne cite aucune source"
    for found in own:
        name = f"l’article {quote(show(found.checked.title))}"
        if found.checked.state == "gone":
            return f"{name} [{found.citation.n}] n’est plus dans l’index"
        if found.checked.state == "changed":
            return f"{name} a changé, la citation [{found.citation.n}] n’y est plus"
    return ""


def _check_support(
    exchange: ExportedExchange,
    sentence: ExportedSentence,
    own: Sequence[_Found],
    verdict: Verdict,
) -> tuple[Support, str]:
    """Say what the sources still give to a sentence.

    The telling of a disagreement is in no source: each version must be in its own. A correction
    denies what the question says: what it quotes must be there. A count needs the articles that
    it counts, no more: others may have come. A quotation lost its Markdown.
    """
    if sentence.kind == "conflict":
        quotes = {found.citation.n: found.citation.quote for found in own}
        missing = [
            version.value
            for conflict in exchange.conflicts
            for version in conflict.versions
            if version.n in quotes and not _tells(quotes[version.n], version.value)
        ]
        why = f"« {missing[0]} » n’est pas dans la source" if missing else ""
        return ("unsupported" if missing else "supported"), why
    if sentence.kind == "quoted" and any(_holds(f.citation.quote, sentence.text) for f in own):
        return "supported", ""
    if sentence.kind == "count":
        return "supported", ""
    if sentence.kind == "correction":
        held = any(_holds(found.citation.quote, _quoted_part(sentence.text)) for found in own)
        return ("supported", "") if held else ("unsupported", "ce qu’elle cite n’y est pas")
    return verdict.support, verdict.why


def _quoted_part(text: str) -> str:
    """Return what a correction quotes; see ``premises.correct_premise``."""
    return re.split(r"disent[^:]*:", text, maxsplit=1)[-1]


def _holds(source: str, value: str) -> bool:
    wanted = _plain(value)
    return bool(wanted) and wanted in _plain(source)


def _tells(source: str, version: str) -> bool:
    """Whether a quotation gives a version: its figures, or its words where it has none."""
    figures = figure_literals(version)
    return (
        figures <= figure_literals(source) if figures else set(terms(version)) <= set(terms(source))
    )


def _plain(text: str) -> str:
    """Keep letters and digits: typography and Markdown came after the article was quoted."""
    text = re.sub(r"\[\d+(?:\s*[,;]\s*\d+)*\]", "", strip_markdown(text))
    return "".join(character for character in fold(text) if character.isalnum())


# -------------------------------------------------------------------------------------- wording


def tell_sentence(checked: CheckedSentence) -> str:
    """Say in one line what became of a sentence."""
    state = "tient" if checked.holds else "ne tient plus"
    line = f"{checked.exchange}.{checked.sentence} {state} : {quote(show(checked.text))}"
    return typeset(f"{line} — {checked.why or _tell_moves(checked)}".removesuffix(" — "))


def _tell_moves(checked: CheckedSentence) -> str:
    moved = [str(item.n) for item in checked.citations if item.state == "moved"]
    if moved:
        return f"citation déplacée dans l’article : {', '.join(moved)}"
    rewritten = any(item.rewritten for item in checked.citations)
    return "l’article a changé, pas la citation" if rewritten else ""


def tell_recheck(result: Recheck, conversation: ExportedConversation) -> str:
    """Sum up: how many sentences hold, and in which index."""
    total = len(result.sentences)
    held = sum(sentence.holds for sentence in result.sentences)
    generations = {exchange.generation for exchange in conversation.exchanges} - {""}
    same = "le même qu’alors" if generations == {result.generation} else "pas celui d’alors"
    index = f"index {result.generation}, {same}" if result.generation else ""
    counted = f"{held} phrases sur {total} tiennent" if held > 1 else f"1 phrase sur {total} tient"
    if not held:
        counted = f"aucune phrase sur {total} ne tient" if total else "aucune phrase à vérifier"
    told = typeset(" ; ".join(filter(None, (counted, index))) + ".")
    return told[:1].upper() + told[1:]
