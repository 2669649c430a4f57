"""Questions to start from that show the range: a fact, a comparison, a chronology, a summary.

Each is drawn from what the articles hold, asked, and offered only when its answer is what it should
be; where one can't be had, another fact takes its place. Knows nothing about the page.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations, islice
from typing import TypeVar

import numpy as np

from rag.assistant import Assistant
from rag.clauses import Names
from rag.forms import find_form
from rag.french import find_names, find_quantities, fold, normalize, quote, typeset
from rag.index import Index
from rag.introduction import name_all
from rag.scope import select_articles
from rag.suggestions import Suggestion, is_answered, read_sentences, suggest_openings
from rag.timeframe import cut_dates, find_dates
from rag.types import Answer, Chunk, Form, Scope
from rag.wording import elide

# Questions tried for each place, a second each.
_TRIES = 4
# Facts drawn, of which those of two figures come first.
_FACTS = 12
# Passages read for names: two thousand take a second.
_READ = 2000
# Articles that compare two names, dates told of one, and quotations of a summary, at least.
_COMPARING, _DATED, _TOLD = 2, 4, 3
# Articles with two names in a sentence that are needed to say how often they are compared.
_RARE = 4
# What a candidate keeps of its weight when questions before it have all its names.
_AGAIN = 0.2
# Longest title of an article to summarise, in characters.
_TITLE = 90
_DETERMINED = ("l'", "la ", "le ", "les ")
# What sets two things side by side within a sentence; the words are ours. With them no comparison
# is offered in twelve subjects; without them six are, and one makes sense (« Compare Ostréa et
# Vectiel », but « Compare Épinal et Montluçon »).
_COMPARES = re.compile(
    r"\b(?:tandis qu|alors qu|contrairement à|à la différence|face aux? |face à|par rapport|contre"
    r"|rival|concurren|devan[cç]|dépass|compar|plus \w+ qu|moins \w+ qu|autant qu|davantage qu"
    r"|à l'inverse|de son côté|quant à)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Starter:
    """A question to start from, what it speaks of, and how to tell that its answer is good."""

    question: str
    subjects: frozenset[str]
    is_good: Callable[[Assistant, Scope | None], bool]


@dataclass
class _Matter:
    """What the sentences of an index tell of its names, folded.

    ``written`` has how each is written, with its determiner if it mostly has one; ``together`` the
    articles with two of them in a sentence, ``compared`` those that set them side by side;
    ``dates`` the days told beside each.
    """

    written: dict[str, str] = field(default_factory=dict)
    together: dict[tuple[str, str], set[str]] = field(default_factory=lambda: defaultdict(set))
    compared: dict[tuple[str, str], set[str]] = field(default_factory=lambda: defaultdict(set))
    dates: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))


def find_starters(assistant: Assistant, names: Names, scope: Scope | None = None) -> Iterator[str]:
    """Find questions to start from: yields one that is answered well, or "" after one that is not.

    They are drawn from the articles of ``scope`` and answered within it. A fact comes first, then a
    comparison, a chronology and a summary, and facts for those missing and as long as they are
    asked for.
    """
    index = assistant.index
    within = select_articles(index, scope or Scope()).articles
    facts = iter(_list_facts(index, names, within))
    matter = _read_matter([c for c in index.chunks if c.article_id in within][:_READ], names)
    used: set[str] = set()
    places = (
        facts,
        _list_comparisons(matter, names, used),
        _list_chronologies(matter, used),
        _list_summaries(index, used, within),
    )
    for starters in places:
        for starter in islice(starters, _TRIES):
            good = starter.is_good(assistant, scope)
            yield starter.question if good else ""
            if good:
                used |= starter.subjects
                break
    for starter in facts:
        yield starter.question if starter.is_good(assistant, scope) else ""


# -------------------------------------------------------------------------------------- each kind


def _list_facts(index: Index, names: Names, within: Collection[str]) -> list[Starter]:
    found = suggest_openings(index, names, _FACTS, within)
    ranked = sorted(found, key=lambda made: len(find_quantities(cut_dates(made.sentence))) < 2)
    return [Starter(made.question, _fold_names(made.question), _answers(made)) for made in ranked]


def _answers(made: Suggestion) -> Callable[[Assistant, Scope | None], bool]:
    return lambda assistant, scope: is_answered(made, assistant.look_up(made.question, scope))


def _list_comparisons(matter: _Matter, names: Names, used: set[str]) -> Iterator[Starter]:
    people = {fold(w.split()[-1]) for w in matter.written.values() if names.is_person(w)}
    weights = {}
    for pair, articles in matter.compared.items():
        # Of one kind, as far as that shows: two names with a determiner, or two without.
        kinds = {matter.written[name].startswith(_DETERMINED) for name in pair}
        apart = pair[0] not in pair[1] and pair[1] not in pair[0]
        someone = people & {word for name in pair for word in name.split()}
        if len(articles) >= _COMPARING and len(kinds) == 1 and apart and not someone:
            weights[pair] = len(articles) ** 2 / (len(matter.together[pair]) + _RARE)
    for pair in _rank(weights, used):
        first, second = (matter.written[name] for name in pair)
        question = f"Compare {first} et {second}."
        yield Starter(
            typeset(question), frozenset(pair), _has_form("comparison", question, _compares)
        )


def _list_chronologies(matter: _Matter, used: set[str]) -> Iterator[Starter]:
    weights = {(n,): float(len(days)) for n, days in matter.dates.items() if len(days) >= _DATED}
    for (name,) in _rank(weights, used):
        question = elide(f"Quelles sont les grandes dates de {matter.written[name]} ?")
        yield Starter(
            typeset(question), frozenset({name}), _has_form("chronology", question, _tells_dates)
        )


def _list_summaries(index: Index, used: set[str], within: Collection[str]) -> Iterator[Starter]:
    """Ask for a summary of the articles that are nearest to what they all tell."""
    rows = {name: index.rows_of(name).start for name in index.articles if name in within}
    if not rows:
        return
    vectors = index.passage_vectors(rows.values())
    central = vectors @ vectors.mean(axis=0)
    weights = {}
    for rank, k in enumerate(np.argsort(central, kind="stable"), start=1):
        article = index.articles[list(rows)[k]]
        if article.title and len(article.title) <= _TITLE:
            weights[article.title, article.id] = rank / len(rows)
    spoken = {pair: _fold_names(pair[0]) for pair in weights}
    for title, article_id in _rank(weights, used, spoken):
        question = f"Résume l’article {quote(title)}."

        def tells(answer: Answer, wanted: str = article_id) -> bool:
            told = [item.chunk.article_id == wanted for item in answer.cited]
            return sum(told) >= max(_TOLD, len(told) / 2)

        yield Starter(
            typeset(question), spoken[title, article_id], _has_form("summary", question, tells)
        )


def _has_form(
    form: Form, question: str, is_good: Callable[[Answer], bool]
) -> Callable[[Assistant, Scope | None], bool]:
    """Return what asks a question and says whether its answer has a form and is good."""

    def ask(assistant: Assistant, scope: Scope | None) -> bool:
        if find_form(question) != form:
            return False
        answer = assistant.answer(question, scope=scope)
        return answer.mode != "refused" and answer.form == form and is_good(answer)

    return ask


def _compares(answer: Answer) -> bool:
    return len({sentence.side for sentence in answer.sentences if sentence.side}) > 1


def _tells_dates(answer: Answer) -> bool:
    return len({sentence.label for sentence in answer.sentences if sentence.label}) >= _DATED


# ---------------------------------------------------------------------------------------- reading


def _read_matter(chunks: Sequence[Chunk], names: Names) -> _Matter:
    """Read what the sentences of some passages tell of the names of an index."""
    matter = _Matter()
    written: dict[str, Counter[str]] = defaultdict(Counter)
    for chunk, _, _, text in read_sentences(chunks):
        plain = " ".join(normalize(text).split())
        held = dict(name_all(plain, names))
        for name, spelled in held.items():
            written[name][spelled] += 1
        days = {told.start for _, told in find_dates(plain) if told.bounded and not told.yearless}
        for name in held:
            matter.dates[name] |= days
        compares = bool(_COMPARES.search(plain))
        for pair in combinations(sorted(held), 2):
            matter.together[pair].add(chunk.article_id)
            if compares:
                matter.compared[pair].add(chunk.article_id)
    matter.written = {name: spelled.most_common(1)[0][0] for name, spelled in written.items()}
    return matter


_Key = TypeVar("_Key", bound=tuple[str, ...])


def _rank(
    weights: Mapping[_Key, float],
    used: set[str],
    spoken: Mapping[_Key, frozenset[str]] | None = None,
) -> list[_Key]:
    """Return keys by falling weight; what speaks of nothing but used names weighs less."""

    def weigh(key: _Key) -> tuple[float, _Key]:
        said = spoken[key] if spoken else frozenset(key)
        return (-weights[key] * (_AGAIN if said and said <= used else 1.0), key)

    return sorted(weights, key=weigh)


def _fold_names(text: str) -> frozenset[str]:
    return frozenset(find_names(f"x {text}"))
