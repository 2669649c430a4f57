"""The whole path of one question: understand, find, judge, write under constraint, check.

Yields events as they come, for the page, the command line and the notebooks alike; they render
and decide nothing. Whatever the engine does, what is shown at the end was checked.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Generator
from contextlib import closing
from dataclasses import replace

from rag.abstention import DECISION, estimate_answerable, explain_refusal
from rag.citations import ground_answer, quote_evidence
from rag.errors import EngineError
from rag.index import Index
from rag.prompt import MAX_TOKENS, REFUSAL, build_grammar, build_messages, fit_evidence
from rag.query import understand
from rag.reading import DEPTH, choose_evidence, read_passages
from rag.retrieval import search_passages
from rag.types import (
    Answer,
    Encoder,
    Engine,
    Event,
    EvidenceFound,
    Finished,
    Mode,
    Reader,
    Timings,
    Turn,
    Waiting,
    Written,
)
from rag.waiting import WaitingLine

NEAREST_PASSAGES = 8
_EVIDENCE = 8
# Sentences of an answer made of quotes alone.
_QUOTES = 3
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
        self._reader = reader
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
        clock = _Clock()
        query = understand(question, previous)
        search = search_passages(self.index, self._encoder, query.text, DEPTH)
        clock.mark("retrieval")
        reading = read_passages(search, self._reader)
        hits = reading.search.hits[:NEAREST_PASSAGES]
        evidence = choose_evidence(reading, _EVIDENCE)
        answerable = estimate_answerable(reading)
        clock.mark("first_evidence")
        yield EvidenceFound(query, hits, evidence, answerable)

        draft = Answer(
            query=query,
            mode="refused",
            text=REFUSED,
            sentences=(),
            evidence=evidence,
            hits=hits,
            answerable=answerable,
        )
        if answerable < DECISION or not evidence:
            reason = explain_refusal(reading.search)
            yield Finished(replace(draft, reason=reason, timings=clock.finish()))
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
        yield Finished(replace(_conclude(draft, written, notice), timings=clock.finish()))

    def _write(self, engine: Engine, draft: Answer, clock: _Clock) -> Generator[Waiting | Written]:
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


def _conclude(draft: Answer, written: str, notice: str) -> Answer:
    """Make the answer that is shown from what the engine wrote, if anything."""
    if REFUSAL.rstrip(".") in written:
        return replace(draft, reason=_MODEL_REFUSED)
    shown = fit_evidence(draft.evidence)
    sentences = () if notice else ground_answer(written, shown, draft.query.text)
    quoted = all(sentence.quoted for sentence in sentences)
    best = draft.evidence[: _QUOTES if quoted else 1]
    cited = {n for sentence in sentences for n in sentence.citations}
    # The sentence that reading put first is shown even when the model preferred others.
    sentences += tuple(quote_evidence(item) for item in best if item.n not in cited)
    text = " ".join(
        f"{sentence.text} {''.join(f'[{n}]' for n in sentence.citations)}" for sentence in sentences
    )
    mode: Mode = "extractive" if quoted else "generated"
    return replace(draft, mode=mode, text=text, sentences=sentences, notice=notice)


class _Clock:
    """Milliseconds since a question arrived; each mark is kept the first time only."""

    def __init__(self) -> None:
        self._start = time.monotonic()
        self._marks: dict[str, float] = {}

    def mark(self, name: str) -> None:
        self._marks.setdefault(name, (time.monotonic() - self._start) * 1000)

    def finish(self) -> Timings:
        self.mark("total")
        return Timings(**self._marks)
