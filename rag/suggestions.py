"""Suggests questions: to start from, after an answer, after a refusal.

Those to start from and those that follow an answer are made of sentences of the articles
(``asking``), so that they have an answer; ``keep_answerable`` keeps those whose answer is found
where they come from. After a refusal, they are made of what the question asked about and the
articles know. Knows nothing about the language model.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from rag.abstention import DECISION
from rag.antecedents import NAME
from rag.asking import Draft, ask_about
from rag.asking.phrasing import Kind
from rag.clauses import Names, learn_genders
from rag.french import (
    find_answer_type,
    find_names,
    fold,
    normalize,
    question_words,
    quote,
    split_sentences,
    terms,
    typeset,
)
from rag.gathering import Found
from rag.index import Index
from rag.retrieval import Search, inverse_document_frequency
from rag.types import Chunk, Evidence, Hit


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A question to suggest, and the sentence of an article that answers it.

    ``question`` is typeset; ``start`` and ``end`` are the offsets of ``sentence`` in the article
    ``article_id``. What answers a heading (``kind``) stands below it.
    """

    question: str
    article_id: str
    start: int
    end: int
    sentence: str
    kind: Kind

    def is_in(self, item: Evidence) -> bool:
        """Whether a piece of evidence has the sentence in it."""
        same = self.article_id == item.chunk.article_id
        return same and item.start < self.end and self.start < item.end


@dataclass(frozen=True, slots=True)
class _Offer:
    """A suggestion, the search terms of its question, and how good it is where it is offered."""

    suggestion: Suggestion
    terms: frozenset[str]
    score: float


def learn_names(index: Index) -> Names:
    """Learn what the articles tell of their names; once for an index, in a second at most."""
    sentences = read_sentences(index.chunks[:_LEARNT])
    return Names(learn_genders(text for *_, text in sentences), index.spelling.names)


# Passages that names are learnt from: two thousand take a second.
_LEARNT = 2000


def read_sentences(chunks: Iterable[Chunk]) -> Iterator[tuple[Chunk, int, int, str]]:
    """Yield the sentences of some passages, each with its offsets in its article."""
    for chunk in chunks:
        for k, span in enumerate(chunk.sentences):
            if k in chunk.orders:
                continue
            text = chunk.text[span.start - chunk.start : span.end - chunk.start]
            yield chunk, span.start, span.end, text


def _offer(draft: Draft, chunk: Chunk, start: int, end: int, text: str, score: float) -> _Offer:
    made = Suggestion(draft.question, chunk.article_id, start, end, text, draft.kind)
    return _Offer(made, draft.terms, score)


# -------------------------------------------------------------------------------- to start from

# Articles read, the most recent, and sentences of each.
_ARTICLES, _SENTENCES = 100, 40
# What a question gains for speaking of what its article is about, and loses from the first sentence
# of the article to the last, and from the most recent article to the oldest.
_TITLE, _DEPTH, _AGE = 0.35, 0.2, 0.3
# What it gains for a name that many passages hold, up to this share of them.
_KNOWN, _FAMOUS = 0.2, 0.1


def suggest_openings(
    index: Index, names: Names, k: int = 6, within: Collection[str] | None = None
) -> tuple[Suggestion, ...]:
    """Return questions to start from, drawn from the articles, best first.

    ``within`` names the articles to draw from; by default all. Of different articles while there
    are enough, recent ones first where they are dated, and of different kinds. The answer to each
    stands in an article, but is not sure to be found: see ``keep_answerable``.
    """
    return tuple(itertools.islice(_choose(list(_draw(index, names, within)), spread=True), k))


def _draw(index: Index, names: Names, within: Collection[str] | None) -> Iterator[_Offer]:
    passages: dict[str, list[Chunk]] = {}
    for chunk in index.chunks:
        if within is None or chunk.article_id in within:
            passages.setdefault(chunk.article_id, []).append(chunk)
    recent = sorted(passages, key=lambda key: index.articles[key].date, reverse=True)[:_ARTICLES]
    for age, key in enumerate(recent):
        about = _terms_of(index.articles[key].title)
        sentences = list(itertools.islice(read_sentences(passages[key]), _SENTENCES))
        for depth, (chunk, start, end, text) in enumerate(sentences):
            for draft in ask_about(text, chunk.title, names):
                score = draft.worth + _TITLE * len(draft.terms & about) / max(1, len(draft.terms))
                score -= _DEPTH * depth / len(sentences) + _AGE * age / len(recent)
                score += _KNOWN * _fame(index, draft.question)
                yield _offer(draft, chunk, start, end, text, score)


def _fame(index: Index, question: str) -> float:
    """Say how much of the corpus speaks of the names of a question: 0 to 1."""
    held = [index.count_holding(term) for term in _terms_of_names(question)]
    return min(1.0, max(held, default=0) / (_FAMOUS * len(index.chunks)))


# ------------------------------------------------------------------------------ after an answer

# Passages read: those found, and those that hold the names of the question.
_FOUND, _NAMED = 10, 8
# Sentences shown with an answer: a question that they answer again is of little use.
_SHOWN = 3
# Share of the names of a question, by rarity, that makes another one near it.
_SHARED = 0.15
# What a question gains for the names of the one before it, for another name of the evidence, for
# the other words of the one before it, and for coming from an article that answered; and loses
# when what was shown answers it.
_SAME_NAMES, _OTHER_NAME, _SAME_WORDS, _SAME_ARTICLE, _ANSWERED = 0.5, 0.2, 0.25, 0.25, 0.6
_KINDS: dict[str | None, Kind] = {
    "quantity": "quantity",
    "date": "date",
    "name": "who",
    "definition": "definition",
}


def suggest_follow_ups(
    question: str,
    evidence: Sequence[Evidence],
    hits: Sequence[Hit],
    index: Index,
    names: Names,
    asked: Collection[str] = (),
) -> Iterator[Suggestion]:
    """Yield questions near the one just answered, the most fitting first.

    Parameters
    ----------
    question
        The question answered, standing alone.
    evidence, hits
        What was shown for it and the passages found, best first.
    names
        What the corpus tells of its names, from ``learn_names``.
    asked
        The questions of the conversation, which are not suggested again.
    """
    near = _Nearness(question, evidence, index)
    past = [_terms_of(other) for other in (question, *asked)]
    offers = []
    for chunk, start, end, text in read_sentences(_neighbours(question, evidence, hits, index)):
        for draft in ask_about(text, chunk.title, names):
            offer = _offer(draft, chunk, start, end, text, 0.0)
            score = near.rate(draft, offer.suggestion)
            if score > 0 and not any(_are_same(draft.terms, other) for other in past):
                offers.append(_Offer(offer.suggestion, offer.terms, score))
    yield from _choose(offers)


def _neighbours(
    question: str, evidence: Sequence[Evidence], hits: Sequence[Hit], index: Index
) -> list[Chunk]:
    """Return the passages to draw from: those shown, those found, those that hold the names."""
    found = [item.chunk for item in evidence[:_SHOWN]] + [hit.chunk for hit in hits]
    near = {chunk.id: chunk for chunk in found[:_FOUND]}
    scores = index.lexical_scores(sorted(_terms_of_names(question)))
    for row in np.argsort(-scores, kind="stable")[: len(near) + _NAMED]:
        if len(near) < _FOUND + _NAMED and scores[row] > 0:
            near.setdefault(index.chunks[row].id, index.chunks[row])
    return list(near.values())


class _Nearness:
    """Rates questions by how near they are to the one just answered."""

    def __init__(self, question: str, evidence: Sequence[Evidence], index: Index) -> None:
        self._shown = evidence[:_SHOWN]
        self._names = _terms_of_names(question)
        self._others = _terms_of_names(" ".join(item.text for item in self._shown)) - self._names
        self._words = _terms_of(question) - self._names
        self._kind = _KINDS.get(find_answer_type(question))
        held = self._names | self._words
        self._weights = {term: inverse_document_frequency(index, term) for term in held}

    def rate(self, draft: Draft, made: Suggestion) -> float:
        """Return how well a question follows, 0 when it does not."""
        same = self._share(draft.terms, self._names)
        other = bool(draft.terms & self._others)
        beside = any(made.article_id == item.chunk.article_id for item in self._shown)
        if not (same >= _SHARED or other or beside):
            return 0.0
        answered = any(
            made.is_in(item) or _retells(item.text, made.sentence) for item in self._shown
        )
        if answered and draft.kind == self._kind:
            return 0.0
        return (
            draft.worth
            + _SAME_NAMES * same
            + _OTHER_NAME * other
            + _SAME_WORDS * self._share(draft.terms, self._words)
            + _SAME_ARTICLE * beside
            - _ANSWERED * answered
        )

    def _share(self, held: frozenset[str], wanted: frozenset[str]) -> float:
        """Share of the wanted terms that are held, weighted by rarity: 0 to 1."""
        total = sum(self._weights[term] for term in wanted)
        return sum(self._weights[term] for term in wanted & held) / total if total else 0.0


# ------------------------------------------------------------------------------------- choosing

# Share of the terms of two questions that makes them one; and terms beside its names that make a
# question too short to differ from another of its kind.
_SAME, _FEW = 0.6, 2
# What a question loses for each one of its kind chosen before it, and for the terms that it shares
# with one of them.
_KIND, _ALIKE = 0.12, 0.8
# Share of the terms of the shorter of two sentences that makes them tell the same, and how many
# terms it must have for that to mean something.
_RETOLD, _LEAST = 0.6, 4


def _choose(offers: list[_Offer], spread: bool = False) -> Iterator[Suggestion]:
    """Yield the best suggestion, then the best beside it, and so on, none like another.

    ``spread`` takes one article after another.
    """
    chosen: list[_Offer] = []
    while offers:
        used = {other.suggestion.article_id for other in chosen} if spread else set()
        fresh = [offer for offer in offers if offer.suggestion.article_id not in used] or offers
        best = max(fresh, key=lambda offer: _merit(offer, chosen))
        chosen.append(best)
        yield best.suggestion
        offers = [offer for offer in offers if not _are_alike(offer, best)]


def _merit(offer: _Offer, chosen: Sequence[_Offer]) -> float:
    """Say how good a question is beside those that were chosen before it."""
    alike = max((_overlap(offer.terms, other.terms) for other in chosen), default=0.0)
    kinds = sum(offer.suggestion.kind == other.suggestion.kind for other in chosen)
    return offer.score - _ALIKE * alike - _KIND * kinds


def _are_alike(one: _Offer, other: _Offer) -> bool:
    """Whether two questions are the same in other words, or have the same sentence to answer."""
    places = [(o.suggestion.article_id, o.suggestion.start) for o in (one, other)]
    if places[0] == places[1] or _are_same(one.terms, other.terms):
        return True
    if one.suggestion.kind != other.suggestion.kind or one.suggestion.kind == "heading":
        return False
    # « Quand Anthropic est-elle née ? », « Quand Anthropic a-t-elle vu le jour ? »
    names = [_terms_of_names(offer.suggestion.question) for offer in (one, other)]
    rests = [offer.terms - held for offer, held in zip((one, other), names, strict=True)]
    return names[0] == names[1] and max(map(len, rests)) <= _FEW


def _are_same(one: frozenset[str], other: frozenset[str]) -> bool:
    return _overlap(one, other) >= _SAME


def _overlap(one: frozenset[str], other: frozenset[str]) -> float:
    """Share of the terms of two questions that they have in common (Jaccard): 0 to 1."""
    return len(one & other) / max(1, len(one | other))


def _retells(one: str, other: str) -> bool:
    """Whether two sentences tell the same, one with more words perhaps."""
    held, wanted = _terms_of(one), _terms_of(other)
    shorter = min(len(held), len(wanted))
    return shorter >= _LEAST and len(held & wanted) >= _RETOLD * shorter


@lru_cache(maxsize=4096)
def _terms_of(text: str) -> frozenset[str]:
    return frozenset(terms(text))


def _terms_of_names(text: str) -> frozenset[str]:
    names = find_names(f"x {text}")
    return frozenset(term for term, word in question_words(text) if word in names)


# ------------------------------------------------------------------------------------- checking

# Where the answer to « combien » and « quand » is to be among what is found: figures and dates tell
# a sentence that answers from its neighbours; for any other question it is to come first.
_FIRST = 2


def keep_answerable(
    suggestions: Iterable[Suggestion], ask: Callable[[str], Found], k: int, tries: int
) -> tuple[str, ...]:
    """Keep the first ``k`` questions that the articles answer, of the first ``tries``.

    A question is kept when it is judged answerable, takes nothing for granted that the passages
    do not tell, and the sentence that it was made of, or one that answers it as well, comes first
    in what is found for it.

    Parameters
    ----------
    ask
        Gathers what the articles hold for a question.
    """
    tried = itertools.islice(suggestions, tries)
    kept = (made.question for made in tried if is_answered(made, ask(made.question)))
    return tuple(itertools.islice(kept, k))


def is_answered(made: Suggestion, found: Found) -> bool:
    """Whether what was found for a suggested question answers it, and as it should."""
    if found.answerable < DECISION or found.refutation:
        return False
    # « Permis de construire : » tells nothing.
    told = [item for item in found.evidence if not item.text.rstrip().endswith(":")]
    if made.kind == "heading":
        return any(_is_below(made, item) for item in told[:1])
    exact = made.kind in ("quantity", "date")
    return any(
        made.is_in(item)
        or (exact and _retells(item.text, made.sentence))
        or _asks_the_same(made, item)
        for item in told[: _FIRST if exact else 1]
    )


def _asks_the_same(made: Suggestion, item: Evidence) -> bool:
    """Whether a piece of evidence answers the question that another sentence was asked."""
    names = Names(words=frozenset(find_names(f"x {made.question}")))
    sentences = (item.text[span.start : span.end] for span in split_sentences(item.text))
    return any(
        draft.kind == made.kind and draft.terms == _terms_of(made.question)
        for sentence in sentences
        for draft in ask_about(sentence, item.chunk.title, names)
    )


def _is_below(made: Suggestion, item: Evidence) -> bool:
    """Whether a piece of evidence stands below a heading, in the passage that holds both."""
    inside = item.chunk.start <= made.start < item.chunk.end
    return item.chunk.article_id == made.article_id and inside and item.start >= made.end


# ------------------------------------------------------------------------------ after a refusal

_NAME = re.compile(NAME)
# Share of what is asked, by rarity, that the title of an article to suggest tells at least.
_ABOUT = 0.35
# Share of the articles from which a name is the subject of them all, and their number from which
# that can be told: what they say of it is no question.
_EVERYWHERE, _SEVERAL = 0.5, 5


def suggest_questions(search: Search) -> Iterator[str]:
    """Yield questions near the one asked, the nearest first; their answer is not certain."""
    names = [name for name in _names(search.question) if _is_known(search, name)]
    if len(names) > 1 and _is_known(search, " ".join(names[:2])):
        yield typeset(f"Quel lien les articles font-ils entre {names[0]} et {names[1]} ?")
    for name in [name for name in names if not _is_everywhere(search.index, name)][:1]:
        yield typeset(f"Que disent les articles sur {name} ?")
    for hit in search.hits[:1]:
        title = search.index.articles[hit.chunk.article_id].title
        # Nothing is better than an article that is off what is asked.
        if title and search.coverage(terms(title)) >= _ABOUT:
            yield typeset(f"Que dit l’article {quote(title)} ?")


def _names(question: str) -> list[str]:
    """Return the names of a question as they are written, longest runs together."""
    known = find_names(f"x {question}")
    runs = [match.group().rstrip(".’'-") for match in _NAME.finditer(normalize(question))]
    return [run for run in runs if all(fold(word) in known for word in run.split()[:1])]


def _is_everywhere(index: Index, name: str) -> bool:
    """Whether a name is the subject of the whole collection."""
    rows = [set(index.rows_holding(term).tolist()) for term in index.find_terms(name)]
    held = {index.chunks[row].article_id for row in set.intersection(*rows)}
    return len(index.articles) >= _SEVERAL and len(held) >= _EVERYWHERE * len(index.articles)


def _is_known(search: Search, name: str) -> bool:
    """Whether one passage holds the whole of a name, or of two."""
    found = search.index.find_terms(name)
    if not found or not all(map(search.is_held, found)):
        return False
    rows = [set(search.index.rows_holding(term).tolist()) for term in found]
    return bool(set.intersection(*rows))
