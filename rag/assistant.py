"""The whole path of one question: understand, find, judge, write under constraint, check.

Yields events as they come, for the page, the command line and the notebooks alike; they render
and decide nothing. Whatever the engine does, what is shown at the end was checked.
"""

from __future__ import annotations

import itertools
import logging
import math
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import replace

from rag.abstention import DECISION, explain_refusal
from rag.citations import ground_answer, quote_evidence
from rag.clock import Clock
from rag.conflicts import find_conflicts, tell_conflict, widen_evidence
from rag.errors import EngineError
from rag.french import asks_several, typeset
from rag.gathering import Found, gather
from rag.index import Index
from rag.premises import Premise, find_premise, is_told, tell_premise
from rag.prompt import REFUSAL, build_grammar, build_messages, count_tokens, fit_evidence
from rag.query import understand
from rag.scope import explain_empty, select_articles, tell_outside
from rag.suggestions import suggest_questions
from rag.types import (
    Answer,
    AnswerSentence,
    Encoder,
    Engine,
    Event,
    Evidence,
    EvidenceFound,
    Finished,
    Length,
    Query,
    Reader,
    Scope,
    Turn,
    Waiting,
    Written,
)
from rag.waiting import WaitingLine

NEAREST_PASSAGES = 8
# Sentences of an answer made of quotations alone, and the share of the odds that they hold together
# unless they are as many as can be.
_QUOTES: dict[Length, tuple[int, int]] = {"brief": (1, 2), "medium": (3, 4), "full": (4, 6)}
_SHARE_OF_ODDS = 0.75
# Questions tried after a refusal; each is searched and read, a third of a second.
_SUGGESTED = 2
# How often a waiting reader is told the position, in seconds.
_PATIENCE = 0.5
REFUSED = "Les articles indexés ne permettent pas de répondre à cette question."
REFUSED_WITHIN = "Les articles choisis ne permettent pas de répondre à cette question."
_NOR_OUTSIDE = "Hors de ce périmètre, rien ne répond non plus."
_BETTER_OUTSIDE = "Hors de ce périmètre, un passage semble mieux répondre."
# By how much its fused score must be above the best inside. On the questions that ``gathering``
# tells of, six in ten of those answered though their answer is outside, one in ten of the others.
_BETTER = 0.5
_MODEL_REFUSED = (
    "Les passages les plus proches touchent au sujet, mais la réponse n’a été trouvée dans aucune "
    "de leurs phrases."
)

_log = logging.getLogger(__name__)


class Assistant:
    """Answers questions over one index.

    Parameters
    ----------
    index, encoder
        The articles, and the model that made the vectors of the index.
    reader
        Reads the passages found.
    engine
        Writes; None quotes instead.
    line
        Shared by everyone who uses the same engine.
    """

    def __init__(
        self,
        index: Index,
        encoder: Encoder,
        reader: Reader,
        engine: Engine | None,
        line: WaitingLine | None = None,
    ) -> None:
        self.index = index
        self._encoder = encoder
        self.reader = reader
        self._engine = engine
        self._line = line or WaitingLine()

    def answer(
        self, question: str, previous: Turn | None = None, scope: Scope | None = None
    ) -> Answer:
        """Answer a question without showing the steps."""
        for event in self.ask(question, previous, scope):
            if isinstance(event, Finished):
                return event.answer
        raise AssertionError("every question ends with Finished")

    def ask(
        self,
        question: str,
        previous: Turn | None = None,
        scope: Scope | None = None,
        length: Length = "medium",
    ) -> Generator[Event]:
        """Answer a question, step by step.

        Yields ``EvidenceFound`` first, then ``Waiting`` and ``Written`` while the engine is busy
        or writes, and ``Finished`` last. Closing the iterator stops the generation.

        Parameters
        ----------
        scope
            The articles to answer from; None for all. Only a refusal looks outside, to say
            whether something there seems to answer.
        length
            How many sentences the model may write, or are quoted.
        """
        clock = Clock()
        scope = None if scope == Scope() else scope
        query = understand(question, previous)
        found = self._gather(query, scope, clock)
        hits = found.hits[:NEAREST_PASSAGES]
        yield EvidenceFound(query, hits, found.evidence, found.answerable, scope)

        draft = Answer(
            query=query,
            mode="refused",
            text=REFUSED_WITHIN if scope else REFUSED,
            sentences=(),
            evidence=found.evidence,
            hits=hits,
            answerable=found.answerable,
            scope=scope,
        )
        if found.answerable < DECISION or not found.evidence:
            yield Finished(replace(self._refuse(draft, found), timings=clock.finish()))
            return
        premise = _find_false_premise(query, found)
        if premise is not None:
            # A model would follow the premise: what the articles say is quoted instead.
            draft = replace(draft, mode="extractive")
            corrected = self._correct(draft, found, premise, length)
            yield Finished(replace(corrected, timings=clock.finish()))
            return
        written, notice = "", ""
        if self._engine is not None:
            try:
                # Closed at once when the reader leaves: the engine and the line are free again.
                with closing(self._write(self._engine, draft, length, clock)) as events:
                    for event in events:
                        written = event.text if isinstance(event, Written) else written
                        yield event
            except EngineError as error:
                _log.warning("engine stopped: %s", error)
                notice = f"{error.what} La réponse est faite de citations."
        answer = _conclude(draft, found, written, notice, self.reader, length)
        if answer.mode == "refused":
            answer = self._look_outside(answer)
        yield Finished(replace(answer, timings=clock.finish()))

    def look_up(self, question: str, scope: Scope | None = None) -> Found:
        """Search, read and judge a question that stands alone, without answering it."""
        return self._gather(Query(question, question), scope)

    def _gather(self, query: Query, scope: Scope | None, clock: Clock | None = None) -> Found:
        clock = clock or Clock()
        return gather(self.index, self._encoder, self.reader, query, clock, scope=scope)

    def _refuse(self, draft: Answer, found: Found) -> Answer:
        """Say why a question is refused, and find one near it that the articles answer."""
        if draft.scope and not found.hits:
            return replace(draft, reason=explain_empty(draft.scope, self.index))
        draft = self._look_outside(replace(draft, reason=explain_refusal(found.searches[0])))
        for suggestion in itertools.islice(suggest_questions(found.searches[0]), _SUGGESTED):
            query = Query(suggestion, suggestion, (suggestion,))
            if self._gather(query, draft.scope).answerable >= DECISION:
                return replace(draft, suggestion=suggestion)
        return draft

    def _look_outside(self, draft: Answer) -> Answer:
        """Add to a refusal within a scope whether something outside it seems to answer."""
        if draft.scope is None:
            return draft
        inside = select_articles(self.index, draft.scope).articles
        if len(inside) == len(self.index.articles):
            return draft
        found = self._gather(draft.query, None)
        outside = {
            item.chunk.id
            for item in found.evidence
            if item.n in _choose_quotes(found) and item.chunk.article_id not in inside
        }
        if found.answerable < DECISION or not outside:
            return replace(draft, reason=f"{draft.reason} {_NOR_OUTSIDE}")
        return replace(draft, reason=tell_outside(draft.scope, self.index, len(outside)))

    def _correct(self, draft: Answer, found: Found, premise: Premise, length: Length) -> Answer:
        """Say that the articles do not tell a premise, and quote what they tell instead."""
        if premise.neutral:
            asked = Query(premise.neutral, premise.neutral)
            instead = self._gather(asked, draft.scope)
            if instead.answerable >= DECISION:
                found = instead
                draft = replace(draft, evidence=found.evidence, hits=found.hits[:NEAREST_PASSAGES])
        told = tell_premise(premise, found.evidence, _name_articles(draft.scope))
        return _finish(draft, found, (told,), "", length)

    def _write(
        self, engine: Engine, draft: Answer, length: Length, clock: Clock
    ) -> Generator[Waiting | Written]:
        """Wait for the engine, then yield the text as it grows."""
        shown = fit_evidence(draft.evidence, length)
        messages = build_messages(draft.query, shown, length)
        grammar = build_grammar(draft.query, shown, length)
        with self._line.enter() as place:
            while not place.wait(0 if place.position == 0 else _PATIENCE):
                yield Waiting(place.position)
            text = ""
            stream = engine.stream(messages, grammar, count_tokens(length))
            try:
                for piece in stream:
                    # An engine yields empty pieces while it reads, so that the reader can leave.
                    if piece:
                        clock.mark("first_token")
                    text += piece
                    yield Written(text)
            finally:
                close = getattr(stream, "close", None)
                if close is not None:
                    close()


def _find_false_premise(query: Query, found: Found) -> Premise | None:
    """Return what a question takes for granted and no passage tells; None when all is well."""
    premise = find_premise(query.text)
    passages = [(hit.chunk.title, hit.chunk.text) for hit in found.hits]
    return None if premise is None or is_told(premise, passages) else premise


def _conclude(
    draft: Answer, found: Found, written: str, notice: str, reader: Reader, length: Length
) -> Answer:
    """Make the answer that is shown from what the engine wrote, if anything."""
    if REFUSAL.rstrip(".") in written:
        return replace(draft, reason=_MODEL_REFUSED)
    shown = fit_evidence(draft.evidence, length)
    sentences = () if notice else ground_answer(written, shown, draft.query.text, reader)
    return _finish(draft, found, sentences, notice, length)


def _finish(
    draft: Answer,
    found: Found,
    sentences: tuple[AnswerSentence, ...],
    notice: str,
    length: Length,
) -> Answer:
    """Complete what was written with quotations and disagreements."""
    quoted = draft.mode == "extractive" or all(sentence.quoted for sentence in sentences)
    # What reading put first is shown even when the model preferred others; and one or two sentences
    # are too few where several things are asked.
    many = quoted or asks_several(draft.query.text)
    wanted = _choose_quotes(found, length) if many else {*found.leads, draft.evidence[0].n}
    cited = {n for sentence in sentences for n in sentence.citations}
    missing = [item for item in draft.evidence if item.n in wanted - cited]
    sentences += tuple(map(quote_evidence, missing))
    # A passage may say itself that sources differ, in a sentence that reading did not choose.
    passages = [hit.chunk for hit in found.hits]
    evidence = widen_evidence(draft.query.text, draft.evidence, passages)
    conflicts = find_conflicts(draft.query.text, evidence)
    told = tuple(tell_conflict(conflict, evidence) for conflict in conflicts)
    if any(n > len(draft.evidence) for sentence in told for n in sentence.citations):
        draft = replace(draft, evidence=evidence)
    sentences += told
    text = " ".join(
        f"{sentence.text} {''.join(f'[{n}]' for n in sentence.citations)}" for sentence in sentences
    )
    parts = ", ".join(f"« {part} »" for part in found.unanswered)
    articles = _name_articles(draft.scope)
    unanswered = typeset(f"{articles} ne répondent pas à {parts}.") if parts else ""
    outside = _BETTER_OUTSIDE if any(s.missed >= _BETTER for s in found.searches) else ""
    return replace(
        draft,
        mode="extractive" if quoted else "generated",
        text=text,
        sentences=sentences,
        conflicts=conflicts,
        notice=" ".join(filter(None, (notice, unanswered, outside))),
    )


def _name_articles(scope: Scope | None) -> str:
    return "Les articles choisis" if scope else "Les articles"


def _choose_quotes(found: Found, length: Length = "medium") -> set[int]:
    """Return the numbers of the sentences that an answer made of quotations has."""
    best = found.evidence[: _count_quotes(found.evidence, length)] if found.evidence else ()
    return {*found.leads, *(item.n for item in best)}


def _count_quotes(evidence: Sequence[Evidence], length: Length) -> int:
    """Say how many of the best sentences hold most of the odds, within bounds."""
    odds = [math.exp(item.score - evidence[0].score) for item in evidence]
    held = list(itertools.accumulate(odds))
    fewest, most = _QUOTES[length]
    return min(most, max(fewest, 1 + sum(part < _SHARE_OF_ODDS * held[-1] for part in held)))
