"""The whole path of one question: understand, find, judge, quote.

Yields events as they come, for the page, the command line and the notebooks alike; they render
and decide nothing. An answer is made of quotations. On demand a language model words it again,
under constraint: what it writes is checked, marked as its own, and stands below the quotations.
"""

from __future__ import annotations

import itertools
import logging
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import replace

from rag.abstention import DECISION, find_unknown_things, is_near
from rag.citations import ground_answer, quote_evidence
from rag.clock import Clock
from rag.conflicts import find_conflicts, tell_conflict
from rag.errors import EngineError
from rag.forms import find_form
from rag.french import find_answer_type, is_heading, plain_spaces, typeset
from rag.gathering import Found, gather
from rag.identifiers import find_label
from rag.index import Index
from rag.markings import cite_draft, mark_draft
from rag.mentions import Mentions
from rag.objections import answer_objection
from rag.planning import Plan, Planner
from rag.premises import correct_premise
from rag.prompt import (
    REFUSAL,
    build_grammar,
    build_messages,
    build_roomy_grammar,
    build_roomy_messages,
    count_tokens,
    fit_evidence,
    is_roomy,
)
from rag.query import understand
from rag.scope import (
    explain_empty,
    select_articles,
    select_rows,
    tell_outside,
    tell_unfound,
)
from rag.suggestions import read_sentences, suggest_questions
from rag.tallies import make_tally, tell_nothing, tell_tally
from rag.timeframe import find_dates, format_date
from rag.topics import asks_for_articles
from rag.types import (
    Act,
    Answer,
    AnswerSentence,
    Conflict,
    Encoder,
    Engine,
    Event,
    Evidence,
    EvidenceFound,
    Finished,
    Form,
    Length,
    Query,
    Reader,
    Scope,
    Turn,
    Waiting,
    Written,
)
from rag.verdicts import answer_yes_or_no
from rag.waiting import Place, WaitingLine, open_questions

NEAREST_PASSAGES = 8
# Sentences of an answer made of quotations alone, at most, and how far below the best one, in
# log-odds, a sentence is idle: on the questions for choosing, one at 2 finds .64 of the proofs with
# 2.0 idle sentences an answer; four sentences .72 with 3.0, the best one .45 with 0.4.
_QUOTES: dict[Length, tuple[int, float]] = {"brief": (2, 1.0), "medium": (4, 2.0), "full": (6, 4.0)}
# Questions tried after a refusal; each is searched and read, a third of a second.
_SUGGESTED = 2
# How often a waiting reader is told the position, in seconds.
_PATIENCE = 0.5
_EMPTY = "Le périmètre choisi est vide."
_TOUCHED = (
    "Les passages les plus proches touchent au sujet, mais aucune de leurs phrases ne semble "
    "répondre."
)
_ELSEWHERE = "Posez une autre question, ou ajoutez un article qui en parle."
_NOR_OUTSIDE = "Hors de ce périmètre, rien ne répond non plus."
_BETTER_OUTSIDE = "Hors de ce périmètre, un passage semble mieux répondre."
# By how much its fused score must be above the best inside. On the questions that ``gathering``
# tells of, six in ten of those answered though their answer is outside, one in ten of the others.
_BETTER = 0.5
_TALK: dict[Act, str] = {
    "greeting": "Bonjour ! Posez une question : la réponse cite les articles, avec leurs sources.",
    "thanks": "Avec plaisir. Posez une autre question, ou dites « plus court » ou « développe ».",
    "help": "Sourcier répond aux questions sur ses articles par des citations, chacune avec sa "
    "source : « Qui dirige… ? », « Quand… ? », « Compare… », « Résume… ».",
}
_TRANSLATION = (
    "Sourcier cite les articles en français ; « Reformuler » demande la traduction au modèle."
)
_NO_TRANSLATION = "Sourcier cite les articles en français et ne traduit pas."
_REWORDED = "Reformulation du modèle, non vérifiée :"
_MARKED = "Reformulation du modèle, chaque phrase avec sa marque :"
UNPROVED = "non prouvé"
_UNCHECKED = "une traduction n’est pas vérifiée"
_SILENT = "Le modèle n’a pas su reformuler la réponse, ou n’est pas installé."
_NOT_KEPT = (
    "Ce que le modèle a écrit n’a pas été retrouvé dans les passages cités, et n’est pas montré."
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
        Words an answer again; None where answers stay quotations.
    line, questions
        Shared by everyone who uses the same engine, and the same processor.
    """

    def __init__(
        self,
        index: Index,
        encoder: Encoder,
        reader: Reader,
        engine: Engine | None,
        line: WaitingLine | None = None,
        questions: WaitingLine | None = None,
    ) -> None:
        self.index = index
        self._encoder = encoder
        self.reader = reader
        self._engine = engine
        self._line = line or WaitingLine()
        self._questions = questions or open_questions()
        self._planner = Planner(index, encoder, reader)

    @property
    def can_reword(self) -> bool:
        """Whether there is a language model to word an answer again."""
        return self._engine is not None

    @property
    def is_busy(self) -> bool:
        """Whether somebody waits for an answer."""
        return not self._questions.is_empty

    def answer(
        self, question: str, previous: Turn | None = None, scope: Scope | None = None
    ) -> Answer:
        """Answer a question without showing the steps."""
        with closing(self.ask(question, previous, scope)) as events:
            for event in events:
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
        """Answer a question with quotations: yields ``EvidenceFound``, then ``Finished``.

        Yields ``Waiting`` before, while others are answered. What asks nothing (« merci ») yields
        ``Finished`` alone, an answer without sentences whose ``notice`` is a line of help. What is
        about the answer before asks its question again.

        Parameters
        ----------
        scope
            The articles to answer from; None for all. Only a refusal looks outside, to say
            whether something there seems to answer.
        length
            How many sentences are quoted, where what was typed does not say so.

        Raises
        ------
        Busy
            When too many others wait.
        """
        clock = Clock()
        scope = None if scope == Scope() else scope
        query = understand(question, previous)
        if query.is_talk:
            yield Finished(_talk(query, scope, clock))
            return
        query = self._respell(query)
        if query.act in ("shorten", "lengthen"):
            length = "brief" if query.act == "shorten" else "full"
        with self._questions.enter() as place:
            yield from _wait(place)
            for event in self._answer(query, scope, length, clock):
                if isinstance(event, Finished) and query.act == "translate":
                    told = _TRANSLATION if self._is_roomy() else _NO_TRANSLATION
                    notice = f"{told} {event.answer.notice}".strip()
                    event = Finished(replace(event.answer, notice=typeset(notice)))
                yield event

    def _respell(self, query: Query) -> Query:
        """Write the names of a question as the articles do, so that they are read as such."""
        respell = self.index.respell
        return replace(query, text=respell(query.text), parts=tuple(map(respell, query.parts)))

    def _answer(
        self, query: Query, scope: Scope | None, length: Length, clock: Clock
    ) -> Generator[Event]:
        form = find_form(query.text)
        counted = None
        exhaustive = form == "exhaustive" or asks_for_articles(query.text)
        if exhaustive and query.act != "shorten" and len(query.parts) == 1:
            within = select_rows(self.index, scope)
            counted, plan = self._planner.list_articles(query.text, within)
            if plan.parts:
                yield from self._list_articles(query, counted, plan, scope, clock)
                return
        found = self._gather(query, scope, clock)
        hits = found.hits[:NEAREST_PASSAGES]
        yield EvidenceFound(query, hits, found.evidence, found.answerable, scope)

        draft = Answer(
            query=query,
            mode="refused",
            text="",
            sentences=(),
            evidence=found.evidence,
            hits=hits,
            answerable=found.answerable,
            scope=scope,
        )
        if counted is not None and counted.certain:
            text, reason = tell_nothing(counted)
            refused = replace(draft, text=text, reason=reason, answerable=0.0)
            yield Finished(replace(refused, timings=clock.finish()))
            return
        if found.answerable < DECISION or not found.evidence:
            yield Finished(replace(self._refuse(draft, found), timings=clock.finish()))
            return
        answer = self._finish(draft, found, form, length)
        yield Finished(replace(answer, timings=clock.finish()))

    def _list_articles(
        self, query: Query, counted: Mentions, plan: Plan, scope: Scope | None, clock: Clock
    ) -> Generator[Event]:
        """Answer by every article that speaks of something, counted; no model has a say."""
        evidence, sentences = _lay_out(plan, ())
        yield EvidenceFound(query, (), evidence, 1.0, scope)
        tally = make_tally(counted, evidence, self.index)
        cited = tuple(row.numbers[0] for row in tally.rows)
        opening = AnswerSentence(tell_tally(tally, counted.time), cited, "supported")
        draft = Answer(
            query=query,
            mode="extractive",
            text="",
            sentences=(),
            evidence=evidence,
            hits=(),
            answerable=1.0,
            scope=scope,
            form="exhaustive",
            tally=tally,
        )
        yield Finished(replace(_compose(draft, [opening, *sentences]), timings=clock.finish()))

    def _finish(self, draft: Answer, found: Found, form: Form, length: Length) -> Answer:
        """Quote the evidence in the form that the question asks for.

        The correction of the question comes first, what sources tell differently last.
        """
        sentences: list[AnswerSentence] = []
        plan = None
        one = len(found.readings) == 1
        if plannable := one and draft.query.act != "shorten":
            plan = self._planner.plan_evolution(found.readings[0].search, length)
        if plan is None and found.refutation:
            refuting = next(item for item in draft.evidence if item.n == found.refutation)
            premise, correction = correct_premise(
                draft.query.text, refuting, _name_articles(draft.scope)
            )
            draft = replace(draft, premise=premise)
            sentences.append(correction)
        elif draft.query.opposed:
            checked = self._check_opposed(draft)
            sentences += [checked] if checked else []
        elif plan is None and plannable:
            plan = self._planner.plan(form, found.readings[0], length)
        if plan is not None:
            evidence, planned = _lay_out(plan, draft.evidence)
            draft = replace(draft, evidence=self.index.copies.mark(evidence), form=plan.form)
            sentences += planned
        else:
            wanted = _choose_quotes(found, length)
            if draft.query.act == "shorten":
                wanted = _choose_shortest(found, wanted) if not sentences else set()
            wanted -= {n for s in sentences for n in s.citations}
            quoted = [item for item in draft.evidence if item.n in wanted]
            if not sentences and form == "yesno":
                verdict = answer_yes_or_no(draft.query.text, quoted, self.reader)
                if verdict is not None:
                    sentences.append(verdict)
                    quoted = [item for item in quoted if item.n not in verdict.citations]
            dates = found.versions
            sentences += [
                self._quote(draft.query.text, item, dates.get(item.n, "")) for item in quoted
            ]
        # Two figures in what answers « pourquoi » or « comment » are seldom versions of one.
        told = plan is None and one and form in ("fact", "yesno")
        # What was true in its time is no disagreement.
        apart = [item for item in draft.evidence if item.n not in found.versions]
        asked, copies = draft.query.text, self.index.copies
        conflicts = find_conflicts(asked, apart, copies=copies) if told else ()
        told_by = {version.n for conflict in conflicts for version in conflict.versions}
        told_by -= {n for sentence in sentences for n in sentence.citations}
        sentences += [self._quote(asked, item, "") for item in apart if item.n in told_by]
        return _tell_rest(draft, found, sentences, conflicts)

    def _check_opposed(self, draft: Answer) -> AnswerSentence | None:
        query, articles = draft.query, _name_articles(draft.scope)
        return answer_objection(query.text, query.opposed, draft.evidence, self.reader, articles)

    def _quote(self, question: str, item: Evidence, version: str) -> AnswerSentence:
        """Quote evidence, under the number of its section if it is asked for, or the date of it."""
        text = self.index.articles[item.chunk.article_id].text
        # A sentence that opens with its date needs none before it.
        dated = plain_spaces(item.text).lower().startswith(plain_spaces(version).lower())
        label = find_label(question, text, item.start) or ("" if dated else version)
        return replace(quote_evidence(item), label=typeset(label or _date_article(question, item)))

    def reword(self, answer: Answer, length: Length = "medium") -> Generator[Event]:
        """Have the language model word an answer again, below its quotations.

        Yields ``Waiting`` and ``Written`` while the engine is busy or writes, and ``Finished``
        last. Closing the iterator stops the generation. Only sentences that the check finds in the
        evidence are kept; an answer without sentences, or without an engine, stays as it is.
        """
        if self._engine is None or not answer.sentences:
            yield Finished(answer)
            return
        engine, written, trouble = self._engine, "", ""
        roomy = self._is_roomy()
        cited = {number for sentence in answer.sentences for number in sentence.citations}
        said = [item for item in answer.evidence if item.n in cited]
        # A model with room may use all that was found; a translation is of what was quoted.
        more = self._widen(answer, said) if roomy and answer.query.act != "translate" else said
        shown = fit_evidence(more, length, engine.context if roomy else 0)
        try:
            # Closed at once when the reader leaves: the engine and the line are free again.
            with closing(self._write(engine, answer.query, shown, length, roomy)) as events:
                for event in events:
                    written = event.text if isinstance(event, Written) else written
                    yield event
        except EngineError as error:
            _log.warning("engine stopped: %s", error)
            written, trouble = "", f"{error.what} La réponse reste faite de citations."
        silent = written.strip() in ("", REFUSAL)
        # Of several questions at once, the form of one says nothing of an answer to another.
        asked = answer.query.text if len(answer.query.parts) == 1 else ""
        if silent:
            kept: tuple[AnswerSentence, ...] = ()
        elif roomy and answer.query.act == "translate":
            kept = cite_draft(written, shown, _UNCHECKED)
        elif roomy:
            kept = mark_draft(written, shown, self.reader, answer.query.text)
        else:
            kept = ground_answer(written, shown, self.reader, asked)
        if not kept and not trouble:
            trouble = _SILENT if silent else _NOT_KEPT
        answer, kept = _renumber(answer, more, kept)
        quoted = [sentence for sentence in answer.sentences if not sentence.reworded]
        yield Finished(replace(_compose(answer, [*quoted, *kept]), unworded=trouble))

    def _is_roomy(self) -> bool:
        engine = self._engine
        return engine is not None and not engine.trained and is_roomy(engine.context)

    def _widen(self, answer: Answer, said: Sequence[Evidence]) -> list[Evidence]:
        """Add to what is quoted what was found besides, and the sentences around it, numbered."""
        wide = [*said, *(item for item in answer.evidence if item not in said)]
        known = {(item.chunk.article_id, item.start) for item in wide}
        for chunk, start, end, text in read_sentences(hit.chunk for hit in answer.hits):
            if not is_heading(text) and (chunk.article_id, start) not in known:
                known.add((chunk.article_id, start))
                n = max((item.n for item in wide), default=0) + 1
                wide.append(Evidence(n, chunk, start, end, text, 0.0))
        return wide

    def look_up(self, question: str, scope: Scope | None = None) -> Found:
        """Search, read and judge a question that stands alone, without answering it."""
        return self._gather(Query(question, question), scope)

    def _gather(self, query: Query, scope: Scope | None, clock: Clock | None = None) -> Found:
        clock = clock or Clock()
        return gather(self.index, self._encoder, self.reader, query, clock, scope=scope)

    def _refuse(self, draft: Answer, found: Found) -> Answer:
        """Say why a question is refused, and find one near it that the articles answer."""
        if draft.scope and not found.hits:
            return replace(draft, text=_EMPTY, reason=explain_empty(draft.scope, self.index))
        number = len(select_articles(self.index, draft.scope or Scope()).articles)
        unknown = find_unknown_things(found.searches[0])
        near = any(map(is_near, found.readings))
        told = tell_unfound(number, draft.scope is not None, unknown)
        draft = replace(draft, text=told, reason=_TOUCHED if near else "", near=near)
        draft = self._look_outside(draft)
        for suggestion in itertools.islice(suggest_questions(found.searches[0]), _SUGGESTED):
            query = Query(suggestion, suggestion, (suggestion,))
            other = self._gather(query, draft.scope)
            if other.answerable >= DECISION and not other.refutation:
                return replace(draft, suggestion=suggestion)
        if draft.near or draft.outside:
            return draft
        return replace(draft, reason=f"{_ELSEWHERE} {draft.reason}".strip())

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
            return replace(draft, reason=f"{draft.reason} {_NOR_OUTSIDE}".strip())
        told = tell_outside(draft.scope, self.index, len(outside))
        return replace(draft, reason=told, outside=True)

    def _write(
        self,
        engine: Engine,
        query: Query,
        shown: Sequence[Evidence],
        length: Length,
        roomy: bool,
    ) -> Generator[Waiting | Written]:
        """Wait for the engine, then yield the text as it grows."""
        if roomy:
            messages = build_roomy_messages(query, shown, length)
            grammar = build_roomy_grammar(shown)
        else:
            messages = build_messages(query, shown, length, engine.trained)
            grammar = build_grammar(query, shown, length)
        with self._line.enter() as place:
            yield from _wait(place)
            text = ""
            stream = engine.stream(
                messages, grammar, count_tokens(length, engine.context if roomy else 0)
            )
            try:
                # An engine yields empty pieces while it reads, so that the reader can leave.
                for piece in stream:
                    text += piece
                    yield Written(text)
            finally:
                close = getattr(stream, "close", None)
                if close is not None:
                    close()


def _wait(place: Place) -> Generator[Waiting]:
    """Wait for a turn; tell the position now and then."""
    while not place.wait(0 if place.position == 0 else _PATIENCE):
        yield Waiting(place.position)


def _talk(query: Query, scope: Scope | None, clock: Clock) -> Answer:
    """Answer what asks nothing by a line of help."""
    return Answer(
        query=query,
        mode="extractive",
        text="",
        sentences=(),
        evidence=(),
        hits=(),
        answerable=0.0,
        notice=typeset(_TALK[query.act]),
        scope=scope,
        timings=clock.finish(),
    )


def _date_article(question: str, item: Evidence) -> str:
    """Say of when an article is that tells a date without its year (« jeudi »), if one is asked."""
    asked = find_answer_type(question) == "date" and item.chunk.date
    if not asked or any(not told.yearless for _, told in find_dates(item.text)):
        return ""
    return f"article du {format_date(item.chunk.date)}"


def _lay_out(
    plan: Plan, found: Sequence[Evidence]
) -> tuple[tuple[Evidence, ...], list[AnswerSentence]]:
    """Quote a plan, its evidence numbered before the rest of what was found."""
    numbered: dict[tuple[str, int, int], Evidence] = {}
    for item in (*(part.evidence for part in plan.parts), *found):
        key = (item.chunk.article_id, item.start, item.end)
        numbered.setdefault(key, replace(item, n=len(numbered) + 1))
    sentences = []
    for part in plan.parts:
        item = part.evidence
        own = numbered[item.chunk.article_id, item.start, item.end]
        sentences.append(
            replace(
                quote_evidence(own),
                item=plan.form != "reason" and not part.announces,
                label=typeset(part.label),
                side=typeset(part.side),
            )
        )
    return tuple(numbered.values()), sentences


def _tell_rest(
    draft: Answer,
    found: Found,
    sentences: Sequence[AnswerSentence],
    conflicts: tuple[Conflict, ...],
) -> Answer:
    """Add what sources tell differently, and what was not answered."""
    told = tuple(tell_conflict(conflict, draft.evidence) for conflict in conflicts)
    parts = ", ".join(f"« {part} »" for part in found.unanswered)
    articles = _name_articles(draft.scope)
    unanswered = typeset(f"{articles} ne répondent pas à {parts}.") if parts else ""
    outside = _BETTER_OUTSIDE if any(s.missed >= _BETTER for s in found.searches) else ""
    numbered = _number_in_order(replace(draft, conflicts=conflicts), [*sentences, *told])
    return replace(
        _compose(numbered, numbered.sentences),
        notice=" ".join(filter(None, (unanswered, outside))),
        outside=bool(outside),
    )


def _number_in_order(answer: Answer, sentences: Sequence[AnswerSentence]) -> Answer:
    """Give the evidence numbers in the order in which it is cited; what is not comes after."""
    cited = [n for sentence in sentences for n in sentence.citations]
    order = dict.fromkeys((*cited, *(item.n for item in answer.evidence)))
    new = {n: place for place, n in enumerate(order, start=1)}
    evidence = sorted((replace(item, n=new[item.n]) for item in answer.evidence), key=lambda e: e.n)
    conflicts = (
        replace(c, versions=tuple(replace(v, n=new[v.n]) for v in c.versions))
        for c in answer.conflicts
    )
    premise = answer.premise
    return replace(
        answer,
        evidence=tuple(evidence),
        sentences=tuple(
            replace(s, citations=tuple(new[n] for n in s.citations)) for s in sentences
        ),
        conflicts=tuple(conflicts),
        premise=replace(premise, n=new[premise.n]) if premise else None,
    )


def _renumber(
    answer: Answer, shown: Sequence[Evidence], kept: Sequence[AnswerSentence]
) -> tuple[Answer, tuple[AnswerSentence, ...]]:
    """Add to the evidence of an answer what else is cited of what a model was shown."""
    known = {item.n for item in answer.evidence}
    cited = {n for sentence in kept for n in sentence.citations}
    added = [item for item in shown if item.n in cited - known]
    numbers = {item.n: n for n, item in enumerate(added, start=max(known, default=0) + 1)}
    evidence = (*answer.evidence, *(replace(item, n=numbers[item.n]) for item in added))
    renumbered = tuple(
        replace(s, citations=tuple(numbers.get(n, n) for n in s.citations)) for s in kept
    )
    return replace(answer, evidence=evidence), renumbered


def _compose(answer: Answer, sentences: Sequence[AnswerSentence]) -> Answer:
    """Make the text of an answer of its sentences; what is reworded stands after a label."""
    pieces: list[str] = []
    for sentence in sentences:
        label = _MARKED if sentence.marked else _REWORDED
        if sentence.reworded and label not in pieces:
            pieces.append(label)
        pieces.append(_write_sentence(sentence))
    return replace(
        answer,
        mode="generated" if any(s.reworded for s in sentences) else "extractive",
        text=" ".join(pieces).replace(" \n", "\n"),
        sentences=tuple(sentences),
    )


def _write_sentence(sentence: AnswerSentence) -> str:
    """Write a sentence with its numbers; an item of a list on a line of its own."""
    head = " – ".join(filter(None, (sentence.label, sentence.side)))
    told = f"{head} : {sentence.text}" if head else sentence.text
    numbers = "".join(f"[{n}]" for n in sentence.citations)
    if sentence.marked and sentence.support != "supported":
        numbers = f"{numbers} ({UNPROVED})".strip()
    return f"\n- {told} {numbers}" if sentence.item else f"{told} {numbers}"


def _name_articles(scope: Scope | None) -> str:
    return "Les articles choisis" if scope else "Les articles"


def _choose_quotes(found: Found, length: Length = "medium") -> set[int]:
    """Return the numbers of the sentences that an answer made of quotations has."""
    if found.crossed:
        return set(found.leads)
    most, margin = _QUOTES[length]
    best = found.evidence[:most]
    near = {item.n for item in best if item.score >= best[0].score - margin}
    return {*found.leads, *near}


def _choose_shortest(found: Found, wanted: set[int]) -> set[int]:
    """Keep the shortest of the sentences that answer, or the best of each part of a question."""
    if len(found.leads) > 1:
        return set(found.leads)
    return {min((e for e in found.evidence if e.n in wanted), key=lambda e: len(e.text)).n}
