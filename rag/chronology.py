"""Draws a chronology from the articles: their dated sentences, in the order of the dates told.

Works on words only. Nothing is left out but what says again what another sentence says of the same
date: who reads it may cite any of it. Knows nothing about the page.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from rag.french import is_heading, is_question, terms, typeset
from rag.index import Index
from rag.reading import add_antecedent, points_back
from rag.suggestions import read_sentences
from rag.summaries import SAME
from rag.timeframe import Timeframe, find_dates, format_date, list_times, write_frame
from rag.types import Evidence

# Characters of a sentence that tells something, and those within which a date opens it.
_SHORT, _OPENING = 30, 25
# What a sentence is worth among those of its date: for opening with it, for an article of the
# month it tells, for each other article that says it, and against what points back or goes on.
_OPENS, _FRESH, _AGAIN, _VAGUE = 1.0, 0.5, 0.5, 1.0
# Sentences of one date that another is compared with, so that a date told by thousands is quick.
_COMPARED = 40


@dataclass(frozen=True, slots=True)
class Event:
    """A dated sentence.

    Attributes
    ----------
    item
        The sentence, with the one before where it points back to it; not numbered.
    frame
        The days that it tells, of one year; without an end for « depuis le… ».
    articles
        Those that say it, the one of ``item`` first.
    """

    item: Evidence
    frame: Timeframe
    articles: tuple[str, ...]

    @property
    def year(self) -> str:
        """Four figures."""
        return self.frame.start[:4]

    @property
    def month(self) -> str:
        """« octobre 2025 »; empty for what is told of the whole year, or of some months of it."""
        month = _find_month(self.frame)
        return typeset(format_date(month)) if month else ""

    @property
    def when(self) -> str:
        """The date as it is read: « 28 octobre 2025 », « fin 2025 », « depuis mars 2025 »."""
        if self.frame.end:
            return typeset(write_frame(self.frame))
        since = _shorten(self.frame.start)
        return typeset(f"depuis {'le ' * (len(since) == 10)}{format_date(since)}")


def draw_chronology(index: Index) -> tuple[Event, ...]:
    """Return the dated sentences of an index, the earliest date first, best first within a date.

    A sentence stands at the first date that it tells; those that tell no more than a decade, or
    only when something ends, have no place. A tenth of a second for two thousand sentences.
    """
    by_date: dict[tuple[str, str], list[Evidence]] = defaultdict(list)
    for chunk, start, end, text in read_sentences(index.chunks):
        if len(text) < _SHORT or is_heading(text) or is_question(text) or text.endswith(":"):
            continue
        frame = _find_date(text, chunk.date)
        if frame is not None:
            worth = _weigh(text, frame, chunk.date)
            item = add_antecedent(Evidence(0, chunk, start, end, text, worth))
            by_date[frame.start, frame.end].append(item)
    events: list[Event] = []
    for date in sorted(by_date, key=_order):
        events += _merge(by_date[date], Timeframe(*date))
    return tuple(events)


def _order(date: tuple[str, str]) -> tuple[str, str, bool, str, str]:
    """Put what is of a whole year before its months, and what is of a month before its days."""
    start, end = date
    return start[:4], _find_month(Timeframe(*date)), start == (end or start), start, end


def _find_month(frame: Timeframe) -> str:
    end = frame.end or _shorten(frame.start)
    return end[:7] if len(end) > 4 and frame.start[:7] == end[:7] else ""


def _shorten(day: str) -> str:
    """Write the first day of a year or of a month as them: « depuis 2019 »."""
    return day.removesuffix("-01").removesuffix("-01")


def _find_date(text: str, article_date: str) -> Timeframe | None:
    for told in list_times(text, article_date):
        if told.start and (not told.end or told.start[:4] == told.end[:4]):
            return told
    return None


def _weigh(text: str, frame: Timeframe, article_date: str) -> float:
    dates = find_dates(text)
    opens = bool(dates) and dates[0][0].start <= _OPENING
    fresh = bool(article_date) and frame.start[:7] == article_date[:7]
    vague = points_back(text) or not frame.end
    return _OPENS * opens + _FRESH * fresh - _VAGUE * vague


def _merge(found: Sequence[Evidence], frame: Timeframe) -> list[Event]:
    """Make the sentences of one date events, those that say the same one of them."""
    kept: list[tuple[Evidence, set[str], dict[str, None]]] = []
    for item in sorted(found, key=lambda item: (-item.score, item.chunk.date)):
        own = set(terms(item.text))
        for _, held, articles in kept[:_COMPARED]:
            if _says_again(own, held):
                articles.setdefault(item.chunk.article_id)
                break
        else:
            kept.append((item, own, {item.chunk.article_id: None}))
    kept.sort(key=lambda one: -(one[0].score + _AGAIN * (len(one[2]) - 1)))
    return [Event(item, frame, tuple(articles)) for item, _, articles in kept]


def _says_again(own: set[str], other: set[str]) -> bool:
    """Whether two sentences of one date hold nearly the same words, and figures that agree."""
    figures = [{term for term in held if term[0].isdigit()} for held in (own, other)]
    if figures[0] - figures[1] and figures[1] - figures[0]:
        return False
    return len(own & other) >= SAME * max(1, min(len(own), len(other)))


def find_events(events: Sequence[Event], words: str) -> tuple[Event, ...]:
    """Keep the events whose quotation or title holds all the words, whatever their endings."""
    sought = set(terms(words))
    return tuple(
        event
        for event in events
        if sought <= set(terms(f"{event.item.text} {event.item.chunk.title}"))
    )
