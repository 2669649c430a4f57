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
from rag.conflicts import find_conflicts, tell_conflict
from rag.errors import EngineError
from rag.french import asks_several, typeset
from rag.gathering import Found, gather
from rag.index import Index
from rag.premises import Premise, find_premise, is_told, tell_premise
from rag.prompt import MAX_TOKENS, REFUSAL, build_grammar, build_messages, fit_evidence
from rag.query import understand
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
    Query,
    Reader,
    Turn,
    Waiting,
    Written,
)
from rag.waiting import WaitingLine

NEAREST_PASSAGES = 8
# Sentences of an answer made of quotations alone, and the share of the odds that they hold together
# unless they are as many as can be.
_QUOTES = (3, 4)
_SHARE_OF_ODDS = 0.75
# Questions tried after a refusal; each is searched and read, a third of a second.
_SUGGESTED = 2
# How often a waiting reader is told the position, in seconds.
_PATIENCE = 0.5
REFUSED = "Les articles indexés ne permettent pas de répondre à cette question."
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

    def answer(self, question: str, previous: Turn | None = None) -> Answer:
        """Answer a question without showing the steps."""
        for event in self.ask(question, previous):
            if isinstance(event, Finished):
                return event.answer
        raise AssertionError("every question ends with Finished")

    def ask(self, question: str, previous: Turn | None = None) -> Generator[Event]:
        """Answer a question, step by step.

        Yields ``EvidenceFound`` first, then ``Waiting`` and ``Written`` while the engine is busy
        or writes, and ``Finished`` last. Closing the iterator stops the generation.
        """
        clock = Clock()
        query = understand(question, previous)
        found = gather(self.index, self._encoder, self.reader, query, clock)
        hits = found.hits[:NEAREST_PASSAGES]
        yield EvidenceFound(query, hits, found.evidence, found.answerable)

        draft = Answer(
            query=query,
            mode="refused",
            text=REFUSED,
            sentences=(),
            evidence=found.evidence,
            hits=hits,
            answerable=found.answerable,
        )
        if found.answerable < DECISION or not found.evidence:
            yield Finished(replace(self._refuse(draft, found), timings=clock.finish()))
            return
        premise = _find_false_premise(query, found)
        if premise is not None:
            # A model would follow the premise: what the articles say is quoted instead.
            corrected = self._correct(replace(draft, mode="extractive"), found, premise)
            yield Finished(replace(corrected, timings=clock.finish()))
            return
        written, notice = "", ""
        if self._engine is not None:
            try:
                # Closed at once when the reader leaves: the engine and the line are free again.
                with closing(self._write(self._engine, draft, clock)) as events:
                    for event in events:
                        written = event.text if isinstance(event, Written) else written
                        yield event
            except EngineError as error:
                _log.warning("engine stopped: %s", error)
                notice = f"{error.what} La réponse est faite de citations."
        answer = _conclude(draft, found, written, notice, self.reader)
        yield Finished(replace(answer, timings=clock.finish()))

    def _refuse(self, draft: Answer, found: Found) -> Answer:
        """Say why a question is refused, and find one near it that the articles answer."""
        reason = draft.reason or explain_refusal(found.searches[0])
        for suggestion in itertools.islice(suggest_questions(found.searches[0]), _SUGGESTED):
            query = Query(suggestion, suggestion, (suggestion,))
            tried = gather(self.index, self._encoder, self.reader, query, Clock())
            if tried.answerable >= DECISION:
                return replace(draft, reason=reason, suggestion=suggestion)
        return replace(draft, reason=reason)

    def _correct(self, draft: Answer, found: Found, premise: Premise) -> Answer:
        """Say that the articles do not tell a premise, and quote what they tell instead."""
        if premise.neutral:
            asked = Query(premise.neutral, premise.neutral)
            instead = gather(self.index, self._encoder, self.reader, asked, Clock())
            if instead.answerable >= DECISION:
                found = instead
                draft = replace(draft, evidence=found.evidence, hits=found.hits[:NEAREST_PASSAGES])
        return _finish(draft, found, (tell_premise(premise, found.evidence),), "")

    def _write(self, engine: Engine, draft: Answer, clock: Clock) -> Generator[Waiting | Written]:
        """Wait for the engine, then yield the text as it grows."""
        shown = fit_evidence(draft.evidence)
        messages = build_messages(draft.query, shown)
        grammar = build_grammar(draft.query, shown)
        with self._line.enter() as place:
            while not place.wait(0 if place.position == 0 else _PATIENCE):
                yield Waiting(place.position)
            text = ""
            stream = engine.stream(messages, grammar, MAX_TOKENS)
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


def _conclude(draft: Answer, found: Found, written: str, notice: str, reader: Reader) -> Answer:
    """Make the answer that is shown from what the engine wrote, if anything."""
    if REFUSAL.rstrip(".") in written:
        return replace(draft, reason=_MODEL_REFUSED)
    shown = fit_evidence(draft.evidence)
    sentences = () if notice else ground_answer(written, shown, draft.query.text, reader)
    return _finish(draft, found, sentences, notice)


def _finish(
    draft: Answer, found: Found, sentences: tuple[AnswerSentence, ...], notice: str
) -> Answer:
    """Complete what was written with quotations and disagreements."""
    quoted = draft.mode == "extractive" or all(sentence.quoted for sentence in sentences)
    # What reading put first is shown even when the model preferred others; and one or two sentences
    # are too few where several things are asked.
    many = quoted or asks_several(draft.query.text)
    best = draft.evidence[: _count_quotes(draft.evidence) if many else 1]
    wanted = set(found.leads) | {item.n for item in best}
    cited = {n for sentence in sentences for n in sentence.citations}
    missing = [item for item in draft.evidence if item.n in wanted - cited]
    sentences += tuple(map(quote_evidence, missing))
    conflicts = find_conflicts(draft.query.text, draft.evidence)
    sentences += tuple(tell_conflict(conflict, draft.evidence) for conflict in conflicts)
    text = " ".join(
        f"{sentence.text} {''.join(f'[{n}]' for n in sentence.citations)}" for sentence in sentences
    )
    parts = ", ".join(f"« {part} »" for part in found.unanswered)
    unanswered = typeset(f"Les articles ne répondent pas à {parts}.") if parts else ""
    return replace(
        draft,
        mode="extractive" if quoted else "generated",
        text=text,
        sentences=sentences,
        conflicts=conflicts,
        notice=" ".join(filter(None, (notice, unanswered))),
    )


def _count_quotes(evidence: Sequence[Evidence]) -> int:
    """Say how many of the best sentences hold most of the odds, within bounds."""
    odds = [math.exp(item.score - evidence[0].score) for item in evidence]
    held = list(itertools.accumulate(odds))
    fewest, most = _QUOTES
    return min(most, max(fewest, 1 + sum(part < _SHARE_OF_ODDS * held[-1] for part in held)))
