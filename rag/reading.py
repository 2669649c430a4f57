"""Reads the passages found: which sentences answer, and which passages to put first.

What retrieval says of a sentence costs nothing, because the sentence vectors were made with the
index; it is written as log-odds, and the trained reader's log-odds are added to it. Knows nothing
about the language model.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from rag.french import fold, holds_answer_type, is_heading, is_item, is_question, terms
from rag.policy import Policy, load_policy
from rag.retrieval import Search
from rag.types import Chunk, Evidence, Excerpt, Reader, Span

# Passages read. Ten give the same answering sentences and ranks on 260 PIAF questions left out, for
# half as much time again; five lose half a point of each.
DEPTH = 7
# Log-odds that a sentence answers, from retrieval alone: a constant, then the cosine of the
# sentence in its passage; the passage's fused score; the share of the question's terms in the
# sentence; in the sentence, its title and its heading; whether it holds a figure, a date or a name
# when the question asks for one. Fitted by softmax regression on 2,226 stand-alone PIAF questions.
_CONSTANT = -33.3
_COSINE = 30.0
_PASSAGE = 1.08
_TERMS = 1.29
_TITLE = 3.9
_TYPE = 2.0
# A statement shorter than this many words answers nothing by itself.
_MIN_WORDS = 4
_MIN_ITEM_WORDS = 2
# What opens a sentence that speaks of something named before it. « Il y a » and « il faut » name
# nothing that needs to be known.
_POINTS_BACK = re.compile(
    r"[\W_]*(?:"
    r"(?:ils?|elles?)\b(?! (?:y |faut|fallait|est (?:possible|probable|vrai|question|prevu)))"
    r"|(?:celui|celle|ceux|celles)(?:-ci|-la| de| du| d')|cel?a\b|c'(?:est|etait|etaient)\b"
    r"|(?:ce|cet|cette|ces|son|sa|ses|leurs?)\b(?! qui\b| que\b|lui\b)"
    r"|(?:tous|toutes) (?:les )?(?:deux|trois)\b|les (?:deux|trois|autres)\b"
    r"|l'(?:un|une|autre)\b|(?:le|la) (?:premiere?|seconde?)(?=,| (?:a|est|fut|doit|peut)\b)"
    r"|(?:le|la|l'|les) ?(?:groupe|entreprise|societe|firme|laboratoire|fondateur|dirigeant|patron"
    r"|texte|accord|lettre|somme|montant|chiffre|operation|meme)s?\b"
    r"|(?:mais|or|pourtant|cependant|toutefois|ainsi|ensuite|puis|enfin|en echange|en revanche"
    r"|en contrepartie|par ailleurs|de plus|de meme|a l'inverse|au contraire|des lors|depuis lors"
    r"|a (?:ce|cette) \w+|le (?:lendemain|meme jour)|ce jour-la|y compris|dont)\b"
    r")"
)
# Words that point back from within a sentence.
_POINTS_BACK_WITHIN = re.compile(
    r"\b(?:a ce moment-la|ce jour-la|cette (?:annee|date|epoque)-la|dans (?:les deux|ce) cas"
    r"|(?:ce|cette|ces) derni(?:er|ere|ers|eres)\b(?! (?:ann|moi|jour|sem))"
    r"|(?:celui|celle|ceux|celles)-ci)\b"
)
# A quotation with the sentence before it is no longer than this, in characters.
_LONGEST_QUOTATION = 520
# Score of a passage without a statement, below any that has one.
_NO_SENTENCE = -20.0


@dataclass(frozen=True, slots=True)
class Scored:
    """A sentence with its score, as log-odds, and its cosine to the question.

    ``answers`` and ``refutes`` are the reader's log-odds that it answers, and that it refutes what
    the question takes for granted.
    """

    chunk: Chunk
    span: Span
    text: str
    score: float
    cosine: float
    answers: float = 0.0
    refutes: float = 0.0


@dataclass(frozen=True, slots=True)
class Reading:
    """A search whose passages were read.

    ``search`` has its hits in the reader's order, ``sentences`` are those of the passages read,
    best first.
    """

    search: Search
    sentences: tuple[Scored, ...]


def read_passages(
    search: Search,
    reader: Reader,
    policy: Policy | None = None,
    depth: int = DEPTH,
    keep: Callable[[Scored], bool] | None = None,
) -> Reading:
    """Read the best passages of a search: rerank them, and score their sentences.

    Passages that were not read keep their order, after those that were. What a copy repeats is
    read in the article that is shown before it.

    Parameters
    ----------
    depth
        Passages read.
    keep
        Says which sentences are read; None for all.
    """
    policy = policy or load_policy()
    stated, excerpts = [], []
    for position, statements in prior_sentences(search, depth):
        excerpt = make_excerpt(search.hits[position].chunk)
        again = search.index.find_repeats(search.rows[position], search.within)
        if keep is not None or again:
            kept = [
                k
                for k, sentence in enumerate(statements)
                if sentence.span not in again and (keep is None or keep(sentence))
            ]
            statements = [statements[k] for k in kept]
            excerpt = replace(
                excerpt,
                sentences=tuple(excerpt.sentences[k] for k in kept),
                leads=tuple(excerpt.leads[k] for k in kept),
            )
        stated.append((position, statements))
        excerpts.append(excerpt)
    scores = reader.score(search.question, excerpts)
    read = [
        [
            replace(
                s,
                score=policy.prior * s.score + policy.reader * float(answers) + policy.shift,
                answers=float(answers),
                refutes=float(refutes),
            )
            for s, answers, refutes in zip(statements, of.sentences, of.refuting, strict=True)
        ]
        for (_, statements), of in zip(stated, scores, strict=True)
    ]
    best = [max((s.score for s in sentences), default=_NO_SENTENCE) for sentences in read]
    ranked = sorted(
        (s for sentences in read for s in sentences),
        key=lambda s: (-s.score, s.chunk.id, s.span.start),
    )
    return Reading(_rerank(search, [of.passage for of in scores], best, policy), tuple(ranked))


def _rerank(search: Search, passages: list[float], best: list[float], policy: Policy) -> Search:
    read = [
        replace(
            hit,
            reader=logit,
            score=policy.fused * hit.score + policy.passage * logit + policy.sentence * top,
        )
        for hit, logit, top in zip(search.hits, passages, best, strict=False)
    ]
    order = sorted(range(len(read)), key=lambda i: -read[i].score)
    floor = min((hit.score for hit in read), default=0.0)
    # What was not read keeps its order, below.
    gap = max((hit.score for hit in search.hits[len(read) :]), default=0.0)
    unread = [
        replace(hit, score=floor + policy.fused * (hit.score - gap))
        for hit in search.hits[len(read) :]
    ]
    hits = [read[i] for i in order] + unread
    return replace(
        search,
        hits=tuple(replace(hit, rank=rank) for rank, hit in enumerate(hits, start=1)),
        rows=(*(search.rows[i] for i in order), *search.rows[len(read) :]),
    )


def prior_sentences(search: Search, depth: int) -> Iterator[tuple[int, list[Scored]]]:
    """Score the sentences of the ``depth`` best passages without the trained reader.

    Yields
    ------
    tuple
        The position of a hit, and its statements in their order; headings and questions are left
        out.
    """
    for position, (hit, row) in enumerate(zip(search.hits[:depth], search.rows, strict=False)):
        cosines = search.index.sentence_vectors(row) @ search.vector
        yield (
            position,
            [
                _score(search, position, k, float(cosines[k]), lead)
                for k, lead in zip(
                    find_statements(hit.chunk), make_excerpt(hit.chunk).leads, strict=True
                )
            ],
        )


def make_excerpt(chunk: Chunk) -> Excerpt:
    """Return what is read of a passage: the sentences that may answer, and what leads to each."""
    texts = _list_texts(chunk)
    sentences, leads = [], []
    after = 0
    for k in find_statements(chunk):
        sentences.append(texts[k])
        before = (texts[j].lstrip("# ") for j in range(after, k) if j not in chunk.orders)
        leads.append(" ".join(before))
        after = k + 1
    return Excerpt(chunk.title, tuple(sentences), tuple(leads))


def _list_texts(chunk: Chunk) -> list[str]:
    return [chunk.text[s.start - chunk.start : s.end - chunk.start] for s in chunk.sentences]


def find_statements(chunk: Chunk) -> Iterator[int]:
    """Yield the places of the sentences that may answer.

    A heading announces and a question asks; neither answers. But what follows « : » line by line is
    a list, whose items may look like headings, until one ends like a sentence. What speaks to a
    machine is never quoted.
    """
    listed = False
    end = chunk.start
    for k, (span, text) in enumerate(zip(chunk.sentences, _list_texts(chunk), strict=True)):
        parted = "\n\n" in chunk.text[end - chunk.start : span.start - chunk.start]
        item = is_item(text) or (listed and not parted and text[:1] not in "#|")
        if not is_question(text) and k not in chunk.orders and (item or not is_heading(text)):
            if len(text.split()) >= (_MIN_ITEM_WORDS if item else _MIN_WORDS):
                yield k
        listed = text.endswith(":") or (item and not text.endswith("."))
        end = span.end


def _score(search: Search, position: int, k: int, cosine: float, lead: str) -> Scored:
    hit = search.hits[position]
    chunk = hit.chunk
    span = chunk.sentences[k]
    text = chunk.text[span.start - chunk.start : span.end - chunk.start]
    held = terms(text)
    score = _CONSTANT + _COSINE * cosine + _PASSAGE * hit.score + _TERMS * search.coverage(held)
    score += _TITLE * search.coverage(held + terms(f"{chunk.title} {lead}"))
    if search.answer_type:
        score += _TYPE * holds_answer_type(text, search.answer_type)
    return Scored(chunk, span, text, score, cosine)


def choose_evidence(reading: Reading, limit: int) -> tuple[Evidence, ...]:
    """Choose the sentences most likely to answer, numbered from 1, best first.

    A sentence that says word for word what a better one says is skipped.
    """
    chosen: list[Scored] = []
    seen: set[tuple[str, ...]] = set()
    for sentence in reading.sentences:
        if len(chosen) >= limit:
            break
        words = tuple(terms(sentence.text))
        if words not in seen:
            seen.add(words)
            chosen.append(sentence)
    return tuple(make_evidence(n, sentence) for n, sentence in enumerate(chosen, start=1))


def find_refutation(reading: Reading) -> Evidence:
    """Return the sentence that refutes best what the question takes for granted, as number 1."""
    return make_evidence(1, max(reading.sentences, key=lambda s: s.refutes))


def make_evidence(n: int, sentence: Scored) -> Evidence:
    """Make numbered evidence of a sentence."""
    span = sentence.span
    return Evidence(n, sentence.chunk, span.start, span.end, sentence.text, sentence.score)


def complete_evidence(evidence: Sequence[Evidence]) -> tuple[Evidence, ...]:
    """Give the sentences that point back the sentence that they point to, as one quotation.

    « Il détient 27 % » means nothing alone. What another quotation then holds is dropped, and the
    numbers follow.
    """
    kept: list[Evidence] = []
    for item in map(add_antecedent, evidence):
        inner = [position for position, other in enumerate(kept) if holds(item, other)]
        if inner:
            # It answers as surely as what it holds.
            kept[inner[0]] = replace(item, score=kept[inner[0]].score)
            kept = [other for position, other in enumerate(kept) if position not in inner[1:]]
        elif not any(holds(other, item) for other in kept):
            kept.append(item)
    return tuple(replace(item, n=n) for n, item in enumerate(kept, start=1))


def holds(outer: Evidence, inner: Evidence) -> bool:
    """Whether a quotation has another in it."""
    of_one = outer.chunk.article_id == inner.chunk.article_id
    return of_one and outer.start <= inner.start and inner.end <= outer.end


def points_back(text: str) -> bool:
    """Whether a sentence speaks of something that is named before it."""
    plain = fold(text)
    return bool(_POINTS_BACK.match(plain) or _POINTS_BACK_WITHIN.search(plain))


def add_antecedent(item: Evidence) -> Evidence:
    """Give a sentence that points back the one that it points to, as one quotation."""
    if not points_back(item.text):
        return item
    chunk = item.chunk
    before = [span for span in chunk.sentences if span.end <= item.start]
    if not before or item.end - before[-1].start > _LONGEST_QUOTATION:
        return item
    start = before[-1].start
    said = chunk.text[start - chunk.start : before[-1].end - chunk.start]
    if is_heading(said) or chunk.holds_order(start, item.start):
        return item
    return replace(item, start=start, text=chunk.text[start - chunk.start : item.end - chunk.start])
