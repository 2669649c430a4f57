"""Describes a chronology, and what sources agree on or not, to the component that quotes them.

Plain values, every text as it must be read; nothing in the result is markup.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from rag.chronology import Event
from rag.concordance import Claim, Concordance
from rag.french import quote, typeset
from rag.page.describe import describe_reference, flatten
from rag.timeframe import format_date
from rag.types import Article, Evidence

# Sentences of one date that are shown at once, sentences sent to the page, and findings of a kind.
_SHOWN, _SENT, _FINDINGS = 2, 400, 100
# Articles of an agreement that are quoted at once.
_SIDES = 2
APART = "Désaccords entre deux articles"
TOLD = "Divergences que les articles signalent"
AGREED = "Accords"
_NOTES = {
    APART: "Deux articles donnent, selon des sources nommées, des valeurs qui s’excluent.",
    TOLD: "Un article dit lui-même que les sources ne concordent pas.",
    AGREED: "Plusieurs articles, qui ne sont pas des copies, donnent la même valeur.",
}
_NONE = {
    APART: "Aucun désaccord sûr entre deux articles n’a été trouvé.",
    TOLD: "Aucun article ne signale de divergence entre des sources.",
    AGREED: "Aucun accord sûr entre plusieurs articles n’a été trouvé.",
}


def describe_chronology(events: Sequence[Event], articles: Mapping[str, Article]) -> dict[str, Any]:
    """Describe events in their order, one section a month, each under its year."""
    sections: list[dict[str, Any]] = []
    kept = _limit(events)
    several = len({event.year for event in kept}) > 1
    told = ""
    for (year, month), of_month in groupby(kept, key=lambda event: (event.year, event.month)):
        rows = []
        for when, of_date in groupby(of_month, key=lambda event: event.when):
            cards = [_describe_event(event, articles) for event in of_date]
            rows.append(_make_row(when, cards, _SHOWN, "de cette date"))
        if several and year != told:
            sections.append({"level": "h2", "head": year, "note": "", "rows": []})
        told = year
        head = month or f"Dans l’année {year}"
        level = "h3" if several else "h2"
        sections.append({"level": level, "head": head, "note": "", "rows": rows})
    return {"sections": sections}


def count_left(events: Sequence[Event]) -> int:
    """Count the events that ``describe_chronology`` leaves out, there being too many."""
    return max(0, len(events) - _SENT)


def _limit(events: Sequence[Event]) -> list[Event]:
    """Keep as many as the page can hold: the first of every date, then the second, and so on."""
    ranks: list[tuple[int, int]] = []
    for _, same in groupby(range(len(events)), key=lambda k: events[k].when):
        ranks += [(rank, k) for rank, k in enumerate(same)]
    return [events[k] for k in sorted(k for _, k in sorted(ranks)[:_SENT])]


def describe_concordance(found: Concordance, articles: Mapping[str, Article]) -> dict[str, Any]:
    """Describe where sources contradict each other, then where they agree."""
    sections = []
    for head, findings in ((APART, found.apart), (TOLD, found.told), (AGREED, found.agreed)):
        rows = [
            _make_row("", [_describe_claim(c, articles) for c in claims], _SIDES, "qui le disent")
            for claims in findings[:_FINDINGS]
        ]
        note = _NOTES[head] if findings else _NONE[head]
        count = f" ({len(findings)})" if findings else ""
        sections.append(
            {"level": "h2", "head": typeset(f"{head}{count}"), "note": typeset(note), "rows": rows}
        )
    return {"sections": sections}


def _make_row(head: str, cards: list[dict[str, Any]], shown: int, of: str) -> dict[str, Any]:
    left = len(cards) - shown
    rest = f"1 autre phrase {of}" if left == 1 else f"{left} autres phrases {of}"
    return {
        "head": head,
        "cards": cards[:shown],
        "more": cards[shown:],
        "rest": typeset(rest.replace("1 autre phrase qui le disent", "1 autre phrase qui le dit")),
    }


def _describe_event(event: Event, articles: Mapping[str, Article]) -> dict[str, Any]:
    others = len(event.articles) - 1
    more = f"dit aussi par {others} autre{'s' * (others > 1)} article{'s' * (others > 1)}"
    card = _describe_quotation(event.item, articles[event.item.chunk.article_id], ())
    return {**card, "value": "", "more": typeset(more) if others else ""}


def _describe_claim(claim: Claim, articles: Mapping[str, Article]) -> dict[str, Any]:
    values = tuple(dict.fromkeys(typeset(value) for value in claim.values))
    card = _describe_quotation(claim.item, articles[claim.item.chunk.article_id], values)
    return {**card, "value": " · ".join(values), "more": ""}


def _describe_quotation(item: Evidence, article: Article, marked: Sequence[str]) -> dict[str, Any]:
    quoted = quote(flatten(item.text))
    return {
        "quote": _mark(quoted, marked),
        "title": typeset(article.title or article.id),
        "when": format_date(article.date),
        "article": article.id,
        "reference": describe_reference(quoted, article, item),
    }


def _mark(text: str, marked: Sequence[str]) -> list[tuple[str, bool]]:
    """Cut a text into runs, those in ``marked`` apart, the first place of each in its order."""
    runs: list[tuple[str, bool]] = []
    for value in marked:
        before, found, after = text.partition(value)
        if found:
            runs += [(before, False), (value, True)]
            text = after
    return [*((told, is_marked) for told, is_marked in runs if told), (text, False)]
