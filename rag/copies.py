"""Finds the articles that are one text: a dispatch, and those who carry it, cut or added to.

Two texts are one when most of the shorter stands word for word in the longer, told by the runs of
words that they share (containment of shingles: A. Broder, « On the resemblance and containment of
documents », 1997). Two forms filled in differently share as much: they are told by the figures and
the names that each has alone between the same words. Knows nothing about passages or files.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from itertools import chain
from urllib.parse import urlsplit

from rag.french import quote
from rag.types import Article, Evidence

# Words of a run. French phrases that everybody writes are shorter.
_RUN = 8
# Share of the shorter text, and of the longer, that is common; and its least number of words.
_OF_SHORTER, _OF_LONGER, _LEAST = 0.5, 0.2, 20
# Texts that a run is remembered of, and compared with one text: what more have is a formula.
_HOLDERS, _COMPARED = 8, 4
# A text with this share of the words of the longest is as complete.
_COMPLETE = 0.75
# Articles whose runs are all remembered; of more, one run in so many. Texts kept at hand.
FEW, _ONE_IN, _KEPT = 1000, 32, 256
# What may open a sentence in one copy alone: « TRÉVILLE, 12 mars (AFP) – ».
_DATELINE = re.compile(
    r"\A\W*[A-ZÀ-Þ](?:[^.!?\n]{0,50}\([^()\d\n]{2,20}\)|[A-ZÀ-Þ’' -]{2,30}) ?[–—-]+\s"
)
_SHOWN = 5
_WORD = re.compile(r"[^\W_]+")
# Figures, and capitals that do not open a sentence.
_VALUE = re.compile(
    r"[^\W_]*\d[^\W_]*|(?:(?<=[^\W_][\s,;(-])|(?<=[,;]\s)|(?<=[’']))(?=[^\W\d_])[A-ZÀ-Þ][^\W_]*"
)


class _Text:
    """The words of an article, and where each run of them is."""

    def __init__(self, article: Article) -> None:
        self.words = _list_words(article.text)
        # Hashes: a million small tuples are long to make and to hold.
        self.runs = list(map(hash, zip(*(self.words[i:] for i in range(_RUN)), strict=False)))
        self._text = article.text

    @cached_property
    def places(self) -> dict[int, int]:
        return dict(zip(reversed(self.runs), range(len(self.runs) - 1, -1, -1), strict=True))

    @cached_property
    def values(self) -> set[str]:
        return {value.casefold() for value in _VALUE.findall(self._text)}


@dataclass(frozen=True)
class Copies:
    """Which articles are one text.

    Attributes
    ----------
    groups
        The ids of a text, of each article that is not alone to have it: the most complete and
        earliest first, which is the one to show.
    articles
        By id.
    """

    groups: Mapping[str, tuple[str, ...]]
    articles: Mapping[str, Article]

    def find_before(self, identifier: str, text: str) -> tuple[str, ...]:
        """Return the articles to show before one that hold some words of it, in its very words."""
        group = self.groups.get(identifier, (identifier,))
        return self._find_holders(group[: group.index(identifier)], text)

    def is_one_source(self, one: Evidence, other: Evidence) -> bool:
        """Whether two quotations are of one article, or of copies that both hold one of them."""
        own, second = one.chunk.article_id, other.chunk.article_id
        if own == second or second not in self.groups.get(own, ()):
            return own == second
        held = self._find_holders((second,), one.text) or self._find_holders((own,), other.text)
        return bool(held)

    def mark(self, evidence: Iterable[Evidence]) -> tuple[Evidence, ...]:
        """Note of each quotation under which other names it was published."""
        return tuple(self._mark(item) for item in evidence)

    def _mark(self, item: Evidence) -> Evidence:
        own = item.chunk.article_id
        holders = self._find_holders(self.groups.get(own, ()), item.text)
        return replace(item, copies=self._name(own, holders))

    def describe(self, identifier: str) -> str:
        """Say in French that an article is one of several of one text; empty when it is alone."""
        others = [name for name in self.groups.get(identifier, ()) if name != identifier]
        told = tell_copies(self._name(identifier, others))
        return f"Dépêche {told}" if told else f"Même texte que « {others[0]} »" if others else ""

    def _name(self, own: str, others: Sequence[str]) -> tuple[str, ...]:
        if not others:
            return ()
        names = dict.fromkeys(_name_publisher(self.articles[other]) for other in others)
        return tuple(name for name in names if name != _name_publisher(self.articles[own]))

    def _find_holders(self, group: Sequence[str], text: str) -> tuple[str, ...]:
        bare = f" {' '.join(_list_words(_DATELINE.sub('', text)))} " if group else ""
        return tuple(name for name in group if bare in self._texts(name))

    @cached_property
    def _texts(self) -> Callable[[str], str]:
        """Return the words of an article of a group, remembered."""
        return lru_cache(maxsize=_KEPT)(lambda name: _join_words(self.articles[name].text))


NO_COPIES = Copies({}, {})


def tell_copies(names: Sequence[str]) -> str:
    """Say who else published a text: « reprise par 2 autres titres : Le Matin, L’Écho »."""
    if not names:
        return ""
    others = f"{len(names)} autres titres" if len(names) > 1 else "1 autre titre"
    more = ", …" if len(names) > _SHOWN else ""
    return f"reprise par {others} : {', '.join(names[:_SHOWN])}{more}"


@lru_cache(maxsize=2)
def find_copies(articles: tuple[Article, ...]) -> Copies:
    """Find which articles are one text; see ``group_copies``."""
    by_id = {article.id: article for article in articles}
    return collect_copies(group_copies(by_id), by_id)


def collect_copies(groups: Iterable[Sequence[str]], articles: Mapping[str, Article]) -> Copies:
    """Take groups of articles that were found before."""
    return Copies({name: tuple(group) for group in groups for name in group}, articles)


def group_copies(articles: Mapping[str, Article]) -> tuple[tuple[str, ...], ...]:
    """Find the groups of articles that are one text; it takes as long as reading their words.

    Of a large collection, one run in so many is remembered: copies share many.
    """
    read = lru_cache(maxsize=_KEPT)(lambda name: _Text(articles[name]))
    sizes = {name: len(_list_words(article.text)) for name, article in articles.items()}
    dates = {name: article.date or "9999" for name, article in articles.items()}
    one_in = 1 if len(articles) <= FEW else _ONE_IN
    holders: dict[int, list[str]] = {}
    first: dict[str, str] = {}
    for own in sorted(articles, key=lambda name: (-sizes[name], dates[name], name)):
        text = read(own)
        runs = [run for run in text.places if run % one_in == 0]
        found = Counter(chain.from_iterable(holders.get(run, ()) for run in runs))
        near = (name for name, _ in found.most_common(_COMPARED))
        first[own] = next((first[n] for n in near if _is_copy(text, read(n))), own)
        for run in runs:
            known = holders.setdefault(run, [])
            if len(known) < _HOLDERS:
                known.append(own)
    groups: dict[str, list[str]] = {}
    for own, head in first.items():
        groups.setdefault(head, []).append(own)
    several = [group for group in groups.values() if len(group) > 1]
    return tuple(_order_group({name: articles[name] for name in group}) for group in several)


def regroup_copies(
    groups: Iterable[Sequence[str]],
    articles: Mapping[str, Article],
    changed: Collection[str],
    find_near: Callable[[str], Iterable[str]],
) -> tuple[tuple[str, ...], ...]:
    """Bring the groups of a large collection in line with what was added, changed or removed.

    Parameters
    ----------
    articles
        All that there are now, by id.
    changed
        The ids of what is not as it was.
    find_near
        Returns the articles among which the copies of one are looked for.
    """
    lists = [[name for name in g if name in articles and name not in changed] for g in groups]
    of_name = {name: group for group in lists for name in group}
    for own in sorted(name for name in changed if name in articles):
        text = _Text(articles[own])
        for other in find_near(own):
            pair = sorted((text, _Text(articles[other])), key=lambda t: len(t.words))
            if other != own and _is_copy(pair[0], pair[1]):
                group = of_name.setdefault(other, [other])
                of_name[own] = group
                group.append(own)
                break
    several = {id(group): group for group in of_name.values() if len(group) > 1}
    return tuple(_order_group({name: articles[name] for name in g}) for g in several.values())


def _order_group(group: Mapping[str, Article]) -> tuple[str, ...]:
    """Return the ids of one text, the most complete and earliest first."""
    sizes = {name: len(_list_words(article.text)) for name, article in group.items()}
    longest = max(sizes.values())

    def place(name: str) -> tuple[bool, str, int, str]:
        date = group[name].date or "9999"
        return sizes[name] < _COMPLETE * longest, date, -sizes[name], name

    return tuple(sorted(group, key=place))


def is_version(text: str, other: str) -> bool:
    """Whether one text is another, corrected: most pairs of words of the shorter are in both."""
    one, two = (
        set(zip(words, words[1:], strict=False)) for words in map(_list_words, (text, other))
    )
    return 2 * len(one & two) > min(len(one), len(two))


def _is_copy(short: _Text, long: _Text) -> bool:
    """Whether most of a text is in a longer one, and little of it in the place of other words."""
    common = instead = end = after = 0
    for start, run in enumerate(short.runs):
        place = long.places.get(run)
        if place is None:
            continue
        if end and start > end and place > after:
            one = short.values.intersection(short.words[end:start])
            other = long.values.intersection(long.words[after:place])
            if one - other and other - one:
                return False
        instead += max(0, min(start - end, place - after))
        common += start + _RUN - max(end, start)
        end, after = start + _RUN, place + _RUN
    instead += min(len(short.words) - end, len(long.words) - after)
    shares = (_OF_SHORTER * len(short.words), _OF_LONGER * len(long.words), _LEAST)
    return common >= max(*shares, 2 * instead)


def _name_publisher(article: Article) -> str:
    named = [source.publisher for source in article.sources if source.publisher]
    host = (urlsplit(article.url).hostname or "").removeprefix("www.") if article.url else ""
    return next(filter(None, (*named, host)), quote(article.title or article.id))


def _join_words(text: str) -> str:
    return f" {' '.join(_list_words(text))} "


def _list_words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())
