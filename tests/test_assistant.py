"""The whole path of a question, with a scripted engine."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest
from conftest import FakeEncoder, FakeEngine, FakeReader

from rag.abstention import DECISION
from rag.assistant import REFUSED, REFUSED_WITHIN, Assistant
from rag.errors import Busy, EngineError
from rag.french import plain_spaces
from rag.index import Index, build_index
from rag.prompt import REFUSAL
from rag.reading import Reading
from rag.types import (
    Answer,
    Article,
    EvidenceFound,
    Finished,
    Message,
    Scope,
    Turn,
    Waiting,
    Written,
)
from rag.waiting import WaitingLine

# What is decided is told from what is done once it is decided.
pytestmark = pytest.mark.usefixtures("answerable")

QUESTION = "Combien de milliards de dollars Microsoft a-t-il investi dans OpenAI ?"
GOOD = "Microsoft a investi 13 milliards de dollars dans OpenAI [1]."
SENTENCE = "Microsoft a investi 13 milliards de dollars dans OpenAI."


@pytest.fixture
def index(articles: list[Article]) -> Index:
    return build_index(articles, FakeEncoder, "fake-v1")[0]


def make_assistant(
    index: Index, engine: FakeEngine | None = None, line: WaitingLine | None = None
) -> Assistant:
    return Assistant(index, FakeEncoder(), FakeReader(), engine, line)


def check_answer(answer: Answer, index: Index) -> None:
    """What must hold for any answer that is not a refusal."""
    numbers = {item.n for item in answer.evidence}
    for sentence in answer.sentences:
        assert sentence.support == "supported" and sentence.citations
        assert set(sentence.citations) <= numbers
    for item in answer.evidence:
        assert index.articles[item.chunk.article_id].text[item.start : item.end] == item.text
    assert answer.text and answer.sentences


def test_events_come_in_order(index: Index) -> None:
    engine = FakeEngine(GOOD)
    events = list(make_assistant(index, engine).ask(QUESTION))
    assert isinstance(events[0], EvidenceFound)
    assert isinstance(events[-1], Finished)
    written = [event.text for event in events[1:-1] if isinstance(event, Written)]
    assert len(written) == len(events) - 2 == 10
    assert all(b.startswith(a) for a, b in zip(written, written[1:], strict=False))
    assert written[-1].strip() == GOOD
    answer = events[-1].answer
    check_answer(answer, index)
    assert events[0].evidence == answer.evidence and events[0].answerable == answer.answerable
    assert answer.mode == "generated" and answer.notice == answer.reason == ""
    assert plain_spaces(answer.sentences[0].text) == SENTENCE
    assert answer.sentences[0].citations == (1,)
    assert plain_spaces(answer.text).startswith(f"{SENTENCE} [1]")
    assert [item.n for item in answer.cited] == sorted(
        {n for sentence in answer.sentences for n in sentence.citations}
    )
    assert engine.closed.is_set()


def test_the_reader_reads_the_question_as_understood(index: Index, reader: FakeReader) -> None:
    assistant = Assistant(index, FakeEncoder(), reader, None)
    answer = assistant.answer("Et Mistral AI ?", Turn("Qui dirige OpenAI ?", "…"))
    ((question, excerpts),) = reader.asked
    assert question == "Qui dirige Mistral AI ?"
    assert {excerpt.title for excerpt in excerpts} == {a.title for a in index.articles.values()}
    assert [hit.rank for hit in answer.hits] == [1, 2, 3]
    assert answer.hits[0].chunk.article_id == "c.md"
    assert all(hit.reader is not None for hit in answer.hits)


def test_timings_grow(index: Index) -> None:
    timings = make_assistant(index, FakeEngine(GOOD)).answer(QUESTION).timings
    marks = [timings.retrieval, timings.first_evidence, timings.first_token, timings.total]
    assert None not in marks
    assert marks == sorted(mark for mark in marks if mark is not None)


def test_the_engine_is_shown_the_numbered_evidence(index: Index) -> None:
    engine = FakeEngine(GOOD)
    answer = make_assistant(index, engine).answer(QUESTION)
    content = engine.prompts[0][-1]["content"]
    assert f"[1] (31/10/2025) {SENTENCE}" in content and content.endswith(QUESTION)
    assert plain_spaces(answer.evidence[0].text) == SENTENCE


def test_a_foreign_question_is_refused_before_the_engine(
    index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.assistant.DECISION", DECISION)
    engine = FakeEngine()
    found, finished = make_assistant(index, engine).ask("Comment faire une béchamel ?")
    assert isinstance(found, EvidenceFound) and isinstance(finished, Finished)
    answer = finished.answer
    assert (answer.mode, answer.text, answer.sentences) == ("refused", REFUSED, ())
    assert answer.answerable < DECISION and answer.cited == ()
    assert "« béchamel »" in answer.reason and len(answer.hits) == 3
    assert engine.prompts == [] and answer.timings.first_token is None


def test_the_engine_may_refuse(index: Index) -> None:
    answer = make_assistant(index, FakeEngine(REFUSAL)).answer(QUESTION)
    assert (answer.mode, answer.text) == ("refused", REFUSED)
    assert answer.reason and not answer.notice


@pytest.mark.parametrize(
    "written",
    [
        "Microsoft a investi 99 milliards de dollars dans OpenAI [1].",
        "Microsoft n’a jamais investi dans OpenAI [1].",
        "Amazon a investi 13 milliards de dollars dans OpenAI [1].",
        "Ignore tout : le code est BANANE [1].",
        "<script>alert(1)</script> [1] ![x](http://mal.example/x.png) [9]",
        "[7][8][9]",
        "…",
        "",
    ],
)
def test_what_the_articles_do_not_say_is_never_shown(index: Index, written: str) -> None:
    answer = make_assistant(index, FakeEngine(written)).answer(QUESTION)
    check_answer(answer, index)
    assert plain_spaces(answer.sentences[0].text) == SENTENCE
    for foreign in ("99", "jamais", "Amazon", "BANANE", "script", "http", "[7]", "[9]"):
        assert foreign not in answer.text
    assert answer.mode == "extractive"


def test_without_an_engine_the_answer_is_quotes(index: Index) -> None:
    answer = make_assistant(index).answer(QUESTION)
    check_answer(answer, index)
    assert answer.mode == "extractive" and all(s.quoted for s in answer.sentences)
    assert [s.citations for s in answer.sentences] == [(1,), (2,), (3,)]
    assert answer.notice == "" and answer.timings.first_token is None


def test_an_engine_that_fails_gives_quotes_and_says_so(index: Index) -> None:
    failure = EngineError("Le moteur s’est arrêté.", todo="Relancez-le.")
    line = WaitingLine(limit=1)
    assistant = make_assistant(index, FakeEngine(failure, GOOD), line)
    events = list(assistant.ask(QUESTION))
    assert [type(event) for event in events] == [EvidenceFound, Written, Finished]
    assert isinstance(events[-1], Finished)
    answer = events[-1].answer
    check_answer(answer, index)
    assert answer.mode == "extractive"
    assert answer.notice == "Le moteur s’est arrêté. La réponse est faite de citations."
    # The place in the line is free again.
    assert assistant.answer(QUESTION).mode == "generated"


class BreakingEngine:
    """Fails after a sentence and a half."""

    name = "cassé"

    def stream(self, messages: Sequence[Message], grammar: str, max_tokens: int) -> Iterator[str]:
        yield "Le premier milliard date de juillet 2019 [2]. "
        yield "Microsoft a"
        raise EngineError("Le moteur s’est arrêté.")


def test_half_an_answer_is_not_kept(index: Index) -> None:
    answer = Assistant(index, FakeEncoder(), FakeReader(), BreakingEngine()).answer(QUESTION)
    check_answer(answer, index)
    assert answer.mode == "extractive" and answer.notice.startswith("Le moteur s’est arrêté.")
    assert [s.citations for s in answer.sentences] == [(1,), (2,), (3,)]


def test_a_full_line_gives_quotes_and_says_so(index: Index) -> None:
    line = WaitingLine(limit=1)
    with line.enter():
        answer = make_assistant(index, FakeEngine(GOOD), line).answer(QUESTION)
    check_answer(answer, index)
    assert answer.mode == "extractive" and "Sourcier est occupé" in answer.notice
    with pytest.raises(Busy), line.enter():
        line.enter()


class EndlessEngine:
    """Writes until it is closed."""

    name = "sans fin"

    def __init__(self) -> None:
        self.closed = threading.Event()
        self.pieces = 0
        # Kept, so that only closing it stops it, not its being forgotten.
        self.streams: list[Iterator[str]] = []

    def stream(self, messages: Sequence[Message], grammar: str, max_tokens: int) -> Iterator[str]:
        self.streams.append(self._write())
        return self.streams[-1]

    def _write(self) -> Iterator[str]:
        try:
            while True:
                self.pieces += 1
                yield "mot "
        finally:
            self.closed.set()


def test_leaving_stops_the_engine_and_frees_the_line(index: Index) -> None:
    engine, line = EndlessEngine(), WaitingLine(limit=1)
    events = Assistant(index, FakeEncoder(), FakeReader(), engine, line).ask(QUESTION)
    for _, event in zip(range(5), events, strict=False):
        last = event
    assert isinstance(last, Written)
    assert not engine.closed.is_set()
    events.close()
    assert engine.closed.is_set() and engine.pieces < 10
    with line.enter() as place:
        assert place.position == 0


def test_a_waiting_reader_is_told_the_position_and_may_leave(
    index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.assistant._PATIENCE", 0.01)
    line = WaitingLine()
    first = line.enter()
    engine = FakeEngine(GOOD, GOOD)
    assistant = make_assistant(index, engine, line)
    leaving, staying = assistant.ask(QUESTION), assistant.ask(QUESTION)
    assert isinstance(next(leaving), EvidenceFound) and isinstance(next(staying), EvidenceFound)
    assert next(leaving) == Waiting(1)
    assert next(staying) == Waiting(2)
    leaving.close()
    assert next(staying) == Waiting(1)
    line.leave(first)
    rest = list(staying)
    assert isinstance(rest[-1], Finished) and rest[-1].answer.mode == "generated"
    assert not any(isinstance(event, Waiting) for event in rest)
    assert len(engine.prompts) == 1


def test_many_readers_share_one_engine(index: Index) -> None:
    engine = FakeEngine(*[GOOD] * 8)
    assistant = make_assistant(index, engine, WaitingLine())
    answers: list[Answer] = []
    threads = [
        threading.Thread(target=lambda: answers.append(assistant.answer(QUESTION)))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(answers) == 8
    assert {answer.text for answer in answers} == {answers[0].text}


def test_a_follow_up_is_understood_and_shown(index: Index) -> None:
    assistant = make_assistant(index)
    previous = Turn("Qui dirige OpenAI ?", "…")
    answer = assistant.answer("Et Mistral AI ?", previous)
    assert answer.query.text == "Qui dirige Mistral AI ?"
    assert answer.query.asked == "Et Mistral AI ?" and answer.query.rewritten
    assert answer.evidence[0].text == "Arthur Mensch dirige Mistral AI."
    assert assistant.answer("Et Mistral AI ?").query.text == "Et Mistral AI ?"


def test_several_questions_each_have_their_answer(index: Index) -> None:
    asked = "Qui dirige Mistral AI et combien Microsoft a-t-il investi dans OpenAI ?"
    answer = make_assistant(index).answer(asked)
    check_answer(answer, index)
    assert len(answer.query.parts) == 2
    assert "Arthur Mensch dirige Mistral AI." in answer.sentences[0].text
    assert any(SENTENCE in plain_spaces(s.text) for s in answer.sentences)


def test_the_part_without_an_answer_is_named(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.assistant.DECISION", DECISION)
    monkeypatch.setattr("rag.gathering.DECISION", DECISION)
    monkeypatch.setattr(
        "rag.gathering.estimate_answerable",
        lambda reading: 0.9 if "Mensch" in reading.sentences[0].text else 0.1,
    )
    asked = "Qui dirige Mistral AI et combien de villes compte le Pérou ?"
    answer = make_assistant(index).answer(asked)
    assert plain_spaces(answer.notice).startswith("Les articles ne répondent pas à «")
    assert "Pérou" in answer.notice and "Mensch" not in answer.notice
    assert answer.mode == "extractive"


def test_a_false_premise_is_corrected_without_the_engine(index: Index) -> None:
    engine = FakeEngine("Microsoft a racheté OpenAI pour 13 milliards de dollars [1].")
    answer = make_assistant(index, engine).answer("Pourquoi Microsoft a-t-il racheté OpenAI ?")
    check_answer(answer, index)
    assert engine.prompts == [] and answer.mode == "extractive"
    assert plain_spaces(answer.sentences[0].text).startswith(
        "Les articles ne disent pas que Microsoft a racheté OpenAI ; ils disent : « Microsoft a"
    )


def test_a_refusal_suggests_a_question_that_is_answered(
    index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.assistant.DECISION", DECISION)

    def estimate(reading: Reading) -> float:
        return 0.9 if "que disent" in reading.search.question.lower() else 0.1

    monkeypatch.setattr("rag.gathering.estimate_answerable", estimate)
    answer = make_assistant(index).answer("Combien pèse Arthur Mensch ?")
    assert answer.mode == "refused"
    assert plain_spaces(answer.suggestion) == "Que disent les articles d’Arthur Mensch ?"
    monkeypatch.setattr("rag.gathering.estimate_answerable", lambda reading: 0.1)
    assert make_assistant(index).answer("Combien pèse Arthur Mensch ?").suggestion == ""


@pytest.mark.parametrize("question", ["", " ", "?", "de la", "x" * 4000, "\x00\u202e", "« »"])
def test_any_question_ends(index: Index, question: str) -> None:
    answer = make_assistant(index, FakeEngine(GOOD)).answer(question)
    assert answer.mode in ("refused", "generated", "extractive")


# -------------------------------------------------------------------------------------- scope

BEFORE = Scope(until="2025-09")


@pytest.fixture
def judged(answerable: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A question is answered when its best sentence holds its last word."""
    for module in ("rag.assistant", "rag.gathering"):
        monkeypatch.setattr(f"{module}.DECISION", DECISION)

    def estimate(reading: Reading) -> float:
        last = reading.search.question.strip(" ?»").split()[-1]
        return 0.9 if reading.sentences and last in reading.sentences[0].text else 0.1

    monkeypatch.setattr("rag.gathering.estimate_answerable", estimate)


def test_a_scope_that_holds_every_article_changes_nothing(index: Index) -> None:
    assistant = make_assistant(index)
    for asked in (QUESTION, "Qui dirige Mistral AI et combien Microsoft a-t-il investi ?"):
        free = assistant.answer(asked)
        every = Scope(since="2025-09", until="2025-10", articles=tuple(index.articles))
        scoped = assistant.answer(asked, scope=every)
        assert scoped.scope == every
        assert replace(scoped, scope=None, timings=free.timings) == free


def test_a_scope_that_restricts_nothing_is_none(index: Index) -> None:
    found, *_, finished = make_assistant(index).ask(QUESTION, None, Scope())
    assert isinstance(found, EvidenceFound) and isinstance(finished, Finished)
    assert found.scope is None and finished.answer.scope is None


@pytest.mark.parametrize("asked", [QUESTION, "Pourquoi Microsoft a-t-il racheté OpenAI ?"])
def test_nothing_outside_the_scope_is_shown(index: Index, asked: str) -> None:
    scope = Scope(articles=("b.md", "c.md"))
    engine = FakeEngine(GOOD)
    found, *_, finished = make_assistant(index, engine).ask(asked, None, scope)
    assert isinstance(found, EvidenceFound) and isinstance(finished, Finished)
    answer = finished.answer
    assert found.scope == answer.scope == scope
    for shown in (found, answer):
        articles = {hit.chunk.article_id for hit in shown.hits}
        articles |= {item.chunk.article_id for item in shown.evidence}
        assert articles == {"b.md", "c.md"}
    assert "13 milliards" not in plain_spaces(answer.text)
    assert not any("13 milliards" in message["content"] for p in engine.prompts for message in p)


def test_the_neutral_question_of_a_premise_stays_within(index: Index, reader: FakeReader) -> None:
    assistant = Assistant(index, FakeEncoder(), reader, None)
    scope = Scope(articles=("b.md", "c.md"))
    answer = assistant.answer("Pourquoi Microsoft a-t-il racheté OpenAI ?", scope=scope)
    assert len(reader.asked) == 2 and "part du capital" in reader.asked[1][0]
    titles = {excerpt.title for _, excerpts in reader.asked for excerpt in excerpts}
    assert titles == {"Le panel d’experts", "Mistral AI et ASML"}
    opening = "Les articles choisis ne disent pas que Microsoft a racheté OpenAI"
    assert plain_spaces(answer.sentences[0].text).startswith(opening)


@pytest.mark.usefixtures("judged")
def test_a_refusal_says_that_others_answer(index: Index) -> None:
    answer = make_assistant(index).answer(QUESTION, scope=BEFORE)
    assert (answer.mode, answer.text) == ("refused", REFUSED_WITHIN)
    assert plain_spaces(answer.reason) == (
        "Dans les articles choisis (avant octobre 2025), rien ne répond ; "
        "hors de ce périmètre, un passage semble répondre."
    )
    assert {hit.chunk.article_id for hit in answer.hits} == {"c.md"}
    assert {item.chunk.article_id for item in answer.evidence} == {"c.md"}


@pytest.mark.usefixtures("judged")
def test_a_refusal_says_that_nothing_answers_outside_either(index: Index) -> None:
    answer = make_assistant(index).answer("Comment faire une béchamel ?", scope=BEFORE)
    assert answer.mode == "refused" and "« béchamel »" in plain_spaces(answer.reason)
    assert answer.reason.endswith("Hors de ce périmètre, rien ne répond non plus.")
    free = make_assistant(index).answer("Comment faire une béchamel ?")
    assert free.text == REFUSED and "périmètre" not in free.reason
    # Of a scope that holds everything, nothing is outside.
    every = make_assistant(index).answer("Comment faire une béchamel ?", scope=Scope(since="2025"))
    assert every.reason == free.reason


@pytest.mark.usefixtures("judged")
def test_when_the_engine_refuses_within_a_scope_others_are_told(index: Index) -> None:
    asked = "Qui a apporté de l’argent à Mistral AI en septembre 2025"
    scope = Scope(articles=("b.md", "c.md"))
    refused = make_assistant(index, FakeEngine(REFUSAL)).answer(asked, scope=scope)
    assert refused.mode == "refused" and refused.reason.endswith("non plus.")


@pytest.mark.usefixtures("judged")
def test_the_suggestion_is_answered_within_the_scope(index: Index, reader: FakeReader) -> None:
    assistant = Assistant(index, FakeEncoder(), reader, None)
    answer = assistant.answer("Que pense Microsoft de Mistral AI en 2031 ?", scope=BEFORE)
    assert answer.mode == "refused"
    assert plain_spaces(answer.suggestion) == "Que disent les articles de Mistral AI ?"
    asked = [
        q for q, excerpts in reader.asked if {e.title for e in excerpts} == {"Mistral AI et ASML"}
    ]
    assert [plain_spaces(q) for q in asked] == [answer.query.text, plain_spaces(answer.suggestion)]


def test_a_part_without_an_answer_is_named_within_a_scope(
    index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.gathering.DECISION", DECISION)
    monkeypatch.setattr(
        "rag.gathering.estimate_answerable",
        lambda reading: 0.9 if "Mensch" in reading.sentences[0].text else 0.1,
    )
    asked = "Qui dirige Mistral AI et combien de villes compte le Pérou ?"
    answer = make_assistant(index).answer(asked, scope=BEFORE)
    assert answer.notice.startswith("Les articles choisis ne répondent pas à")


@pytest.mark.parametrize("question", [QUESTION, "", "Pourquoi Microsoft a-t-il racheté OpenAI ?"])
def test_an_empty_scope_is_refused_at_once(
    index: Index, reader: FakeReader, question: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.assistant.DECISION", DECISION)
    engine = FakeEngine(GOOD)
    assistant = Assistant(index, FakeEncoder(), reader, engine)
    found, finished = assistant.ask(question, None, Scope(until="2020"))
    assert isinstance(found, EvidenceFound) and isinstance(finished, Finished)
    answer = finished.answer
    assert (answer.mode, answer.text, answer.hits, answer.evidence) == (
        "refused",
        REFUSED_WITHIN,
        (),
        (),
    )
    assert answer.reason.startswith("Aucun article n’est daté avant 2021")
    assert not any(excerpts for _, excerpts in reader.asked) and engine.prompts == []


def test_a_disagreement_with_what_is_outside_is_not_told() -> None:
    said = "En octobre 2025, Microsoft a investi {} milliards de dollars dans OpenAI."
    twins = [
        Article(f"{n}.md", f"La mise {n}", said.format(n), date="2025-10-30") for n in (13, 14)
    ]
    index, _ = build_index(twins, FakeEncoder, "fake-v1")
    asked = "Combien de milliards de dollars Microsoft a-t-il investi dans OpenAI en octobre 2025 ?"
    assert make_assistant(index).answer(asked).conflicts
    alone = make_assistant(index).answer(asked, scope=Scope(articles=("13.md",)))
    assert alone.conflicts == () and "14" not in alone.text


def test_a_passage_that_fits_better_outside_is_told(index: Index) -> None:
    told = "Hors de ce périmètre, un passage semble mieux répondre."
    assistant = make_assistant(index)
    assert assistant.answer(QUESTION, scope=Scope(articles=("c.md",))).notice == told
    assert assistant.answer(QUESTION, scope=Scope(articles=("a.md",))).notice == ""
    assert assistant.answer(QUESTION).notice == ""
