"""Introduces a collection: its name, its extent, and the sentences that say best what it tells.

All is made of the articles: no model, a tenth of a second. Knows nothing about the page.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from simplemma import is_known

from rag.antecedents import NAME
from rag.clauses import Names
from rag.french import (
    STOP_WORDS,
    find_names,
    fold,
    is_heading,
    is_item,
    normalize,
    plain_spaces,
    terms,
    typeset,
)
from rag.index import Index
from rag.reading import points_back
from rag.scope import describe_limits, list_topics
from rag.types import Chunk, Evidence, Scope

# Share of the articles that what names them all is a topic of; and, of two topics, how often the
# second is one where the first is.
_SHARED, _BESIDE = 0.25, 0.5
# Names of folders that tell nothing of what is in them.
_IDLE_FOLDERS = frozenset(
    """article articles corpus data dataset docs document documents fichier fichiers file files
    index input inputs source sources test texte textes text texts tmp""".split()  # noqa: SIM905
)
# Passages read for their names, the share of their articles that hold one that names them all, and
# a name with its determiner.
_READ, _NAMED_IN = 500, 0.5
_NAMED = re.compile(rf"(?P<determiner>\b(?:l'|l[ae] |les )|\bL(?:'|[ae] |es ))?(?P<name>{NAME})")
_DETERMINER = re.compile(r"^(?:l'|l[ae] |les )")
# A row of a table, as the readers write it.
_ROW = re.compile(r" : .* ; ")
# Sentences of an article that may introduce it, and their length, in characters.
_LEADS, _SHORT, _LONG = 3, 50, 220
# What a sentence gains for opening its article, for the words of the summary or of the title, and
# loses for its length, beside how central it is in standard deviations.
_OPENS, _TOLD, _LENGTHY = 0.5, 1.0, 1.0
# Share of the words of the shorter that two sentences may have in common, and how far apart their
# articles are in time, as a share of it all.
_ALIKE, _APART = 0.5, 0.25


def name_collection(index: Index, corpus: Path) -> str:
    """Name a collection by its topics or its folder, and its years: « Tramway, 2019-2024 ».

    A topic that is a proper name comes before one that is not; without a shared one the folder
    ``corpus`` names it, unless that says nothing (« documents »), then the names of the articles.
    """
    words = fold(corpus.stem).replace("_", " ").replace("-", " ").split()
    own = "" if set(words) <= _IDLE_FOLDERS else corpus.stem.replace("_", " ")
    name = _join(_list_subjects(index)) or own or _join(_list_names(index)) or "Articles"
    years = sorted({article.date[:4] for article in index.articles.values() if article.date})
    told = "-".join(dict.fromkeys((years[0], years[-1]))) if years else ""
    return typeset(", ".join(filter(None, (name[:1].upper() + name[1:], told))))


def _list_subjects(index: Index) -> list[str]:
    """List one or two topics that most articles share, the most frequent first."""
    least = max(2, _SHARED * len(index.articles))
    topics = [(topic, count) for topic, count in list_topics(index) if count >= least]
    known = frozenset(index.names)
    named = [
        (topic, count)
        for topic, count in topics
        if any(letter.isupper() for letter in topic) and known & set(fold(topic).split())
    ]
    return _keep_first(named or topics)


def _keep_first(counted: Sequence[tuple[str, int]]) -> list[str]:
    return [name for name, count in counted[:2] if count >= _BESIDE * counted[0][1]]


def _list_names(index: Index) -> list[str]:
    """List one or two names that half of the articles hold: of no one, and no common noun."""
    names = Names(words=frozenset(index.names))
    held: dict[str, set[str]] = {}
    read = index.chunks[:_READ]
    for chunk in read:
        for _, written in name_all(" ".join(normalize(chunk.text).split()), names):
            bare = _DETERMINER.sub("", written)
            if not names.is_person(bare) and not is_known(bare.lower(), lang="fr"):
                held.setdefault(bare, set()).add(chunk.article_id)
    least = max(2, _NAMED_IN * len({chunk.article_id for chunk in read}))
    counted = sorted((-len(found), name) for name, found in held.items() if len(found) >= least)
    return _keep_first([(name, -count) for count, name in counted])


def name_all(plain: str, names: Names) -> Iterator[tuple[str, str]]:
    """Yield the names of a normalised text, folded, and as they are written with their determiner.

    Parameters
    ----------
    names
        Tells whether what opens the text is one.
    """
    known = find_names(plain)
    for match in _NAMED.finditer(plain):
        words = match["name"].rstrip(".'-").split()
        # « Selon Le Monde », « L'application Gemini ».
        while words and (fold(words[0]) in STOP_WORDS or re.match(r"[A-Z]'[a-zà-ÿ]", words[0])):
            words.pop(0)
        name = " ".join(words)
        if name and (fold(words[0]) in known or (not match.start() and names.is_name(name))):
            bare = name != match["name"].rstrip(".'-") or not match["determiner"]
            yield fold(name), name if bare else match["determiner"].lower() + name


def _join(subjects: Sequence[str]) -> str:
    return ("–" if all(" " not in subject for subject in subjects) else " et ").join(subjects)


def describe_extent(index: Index) -> str:
    """Say how many articles there are, from when to when."""
    number = len(index.articles)
    count = "un article" if number == 1 else f"{number:,} articles".replace(",", " ")
    dates = sorted(article.date for article in index.articles.values() if article.date)
    limits = describe_limits(Scope(since=dates[0], until=dates[-1])) if dates else ""
    return typeset(", ".join(filter(None, (count, limits))))


# -------------------------------------------------------------------------------------- the brief


def choose_brief(
    index: Index, number: int = 3, within: frozenset[str] | None = None
) -> tuple[Evidence, ...]:
    """Choose sentences that say what the articles are about, one an article, in order of dates.

    ``within`` names the articles to quote; by default all.

    The most central sentence that opens an article, stands alone and is short comes first, then the
    one after it that is of another time.
    """
    leads = [
        lead for lead in _list_leads(index) if within is None or lead[2].chunk.article_id in within
    ]
    if not leads:
        return ()
    order = np.argsort(-_weigh(index, leads), kind="stable")
    place = _place_in_time(index)
    chosen: list[Evidence] = []
    for apart in (_APART, 0.0):
        for _, _, item in (leads[k] for k in order):
            own = place[item.chunk.article_id]
            near = any(abs(own - place[other.chunk.article_id]) <= apart for other in chosen)
            alike = any(_are_alike(item.text, other.text) for other in chosen)
            if len(chosen) < number and not (near or alike):
                chosen.append(item)
    chosen.sort(key=lambda item: place[item.chunk.article_id])
    return tuple(replace(item, n=n) for n, item in enumerate(chosen, start=1))


def _place_in_time(index: Index) -> dict[str, float]:
    """Place each article from 0 to 1, half by its day and half by its rank.

    Of ten articles of one month and one of ten years before, neither the rank nor the day alone
    tells how far apart two are.
    """
    ranked = sorted(index.articles.values(), key=lambda article: (article.date, article.id))
    days = [date.fromisoformat(f"{a.date}-01-01"[:10]).toordinal() for a in ranked if a.date]
    first, last = (days[0], days[-1]) if days else (0, 0)
    undated = len(ranked) - len(days)
    place = {}
    for rank, article in enumerate(ranked):
        share = rank / len(ranked)
        day = days[rank - undated] if article.date else 0
        since = (day - first) / (last - first) if article.date and last > first else share
        place[article.id] = (share + since) / 2
    return place


def _list_leads(index: Index) -> Iterator[tuple[int, int, Evidence]]:
    """Yield the row, the place and the text of each sentence that may introduce its article."""
    seen: Counter[str] = Counter()
    for row, chunk in enumerate(index.chunks):
        for place, span in enumerate(chunk.sentences):
            if seen[chunk.article_id] == _LEADS:
                break
            text = chunk.text[span.start - chunk.start : span.end - chunk.start]
            if is_heading(text) or is_item(text) or _ROW.search(text) or place in chunk.orders:
                continue
            seen[chunk.article_id] += 1
            whole = text.rstrip().endswith((".", "!", "»"))
            if _SHORT <= len(text) <= _LONG and whole and not points_back(text):
                score = _OPENS * (seen[chunk.article_id] == 1)
                yield row, place, Evidence(0, chunk, span.start, span.end, text, score)


def _weigh(index: Index, leads: Sequence[tuple[int, int, Evidence]]) -> NDArray[np.float64]:
    vectors = np.stack([index.sentence_vectors(row)[place] for row, place, _ in leads])
    cosines = (vectors @ vectors.mean(axis=0)).astype(np.float64)
    central = (cosines - cosines.mean()) / (cosines.std() or 1.0)
    told = [item.score + _TOLD * _share_told(index, item.chunk, item.text) for _, _, item in leads]
    length = [_LENGTHY * len(item.text) / _LONG for _, _, item in leads]
    weighed: NDArray[np.float64] = central + np.array(told) - np.array(length)
    return weighed


def _share_told(index: Index, chunk: Chunk, text: str) -> float:
    """Share of the words of the summary of an article, or else of its title, that are told."""
    article = index.articles[chunk.article_id]
    wanted = set(terms(article.summary or article.title))
    return len(wanted & set(terms(text))) / max(1, len(wanted))


def _are_alike(one: str, other: str) -> bool:
    first, second = set(terms(plain_spaces(one))), set(terms(plain_spaces(other)))
    return len(first & second) > _ALIKE * min(len(first), len(second))
