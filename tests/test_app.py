"""The page without a browser: what it draws for each event, with a fake encoder and engine."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import streamlit as st
from conftest import FakeEncoder, FakeEngine, FakeReader
from settled import settle_policy
from streamlit.runtime.scriptrunner import RerunData, get_script_run_ctx
from streamlit.testing.v1 import AppTest

from rag import loading
from rag.clauses import Names
from rag.errors import EngineError, ModelCorrupt
from rag.french import plain_spaces, typeset
from rag.gathering import Found, gather
from rag.history import History
from rag.index import build_index
from rag.introduction import choose_brief, describe_extent
from rag.page import library as shared_parts
from rag.page.describe import (
    BRIEF,
    describe_brief,
    describe_copy,
    describe_exchange,
    describe_rewording,
)
from rag.page.exchange import Exchange
from rag.page.library import LateEngine, Library
from rag.page.openings import Opening
from rag.page.passages import cut_article
from rag.page.wording import (
    describe_position,
    escape_markdown,
    format_timings,
    safe_link,
)
from rag.records import KeptExchange
from rag.settings import Settings, load_settings
from rag.store import lock_index, save_index
from rag.types import (
    Answer,
    AnswerSentence,
    Article,
    Chunk,
    Evidence,
    Hit,
    Query,
    Scope,
    Source,
    Span,
    Timings,
)
from rag.views import chat
from rag.visitors import COOKIE, FOLDER, find_own
from rag.waiting import WaitingLine

APP = Path(__file__).resolve().parent.parent / "app.py"
QUESTION = "Combien Microsoft a-t-il investi dans OpenAI ?"
OPENING = "Qui dirige Mistral AI ?"
REPLY = "Microsoft a investi 13 milliards de dollars dans OpenAI [1]."


@pytest.fixture
def publish(
    tmp_path: Path, encoder: FakeEncoder, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[list[Article]], None]]:
    """Put an index of some articles where the page looks for it."""
    monkeypatch.setenv("SOURCIER_INDEX", str(tmp_path / "index"))
    monkeypatch.setenv("SOURCIER_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("SOURCIER_ENGINE", "auto")
    monkeypatch.setattr(loading, "load_fingerprint", lambda settings: encoder.fingerprint)
    monkeypatch.setattr(loading, "load_encoder", lambda settings: encoder)
    monkeypatch.setattr(loading, "load_reader", lambda settings: FakeReader())
    monkeypatch.setattr(loading, "load_writer", lambda settings: None)
    offer_openings(monkeypatch, OPENING)
    settle_policy(monkeypatch)

    def save(articles: list[Article]) -> None:
        index, _ = build_index(articles, lambda: encoder, encoder.fingerprint)
        with lock_index(tmp_path / "index"):
            save_index(index, tmp_path / "index")

    st.cache_resource.clear()
    yield save
    st.cache_resource.clear()


def offer_openings(monkeypatch: pytest.MonkeyPatch, *questions: str) -> None:
    """Open on these questions, at once."""

    def find(library: Library, scope: Scope | None = None) -> SimpleNamespace:
        index = library.open().index
        brief = describe_brief(choose_brief(index), index.articles)
        opening = Opening("Partenaires", describe_extent(index), brief, questions, done=True)
        return SimpleNamespace(opening=opening, names=Names(), follow=lambda: None)

    monkeypatch.setattr(chat, "find_openings", find)


def open_page() -> AppTest:
    return AppTest.from_file(str(APP), default_timeout=30).run()


def ask(page: AppTest, question: str) -> AppTest:
    return page.chat_input[0].set_value(question).run()


def answers(page: AppTest) -> list[dict[str, Any]]:
    """What the answer components were told, in order of the page."""
    told = [json.loads(element.proto.json or "{}") for element in page.get("bidi_component")]
    return [data for data in told if data.get("turn", BRIEF) > BRIEF]


def use_engine(monkeypatch: pytest.MonkeyPatch, *replies: str | Exception) -> None:
    monkeypatch.setattr(loading, "load_writer", lambda settings: FakeEngine(*replies))


def offers_rewording(page: AppTest) -> bool:
    return any(button.label == "Reformuler" for button in page.button)


def reword(page: AppTest) -> AppTest:
    (button,) = (button for button in page.button if button.label == "Reformuler")
    return button.click().run()


# ---------------------------------------------------------------------- several at one page


@pytest.mark.usefixtures("answerable")
def test_a_question_that_is_shed_is_kept_and_asked_again(
    publish: Callable[[list[Article]], None],
    articles: list[Article],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    line = WaitingLine(limit=2, kept="Votre question est gardée.")
    monkeypatch.setattr(shared_parts, "open_questions", lambda: line)
    publish(articles)
    page = open_page()
    places = [line.enter(), line.enter()]
    page = ask(page, QUESTION)
    (trouble,) = page.error
    assert plain_spaces(trouble.value).startswith("Sourcier est occupé : 2 questions attendent")
    for place in places:
        line.leave(place)
    page = page.button(key="again-0").click().run()
    assert len(answers(page)) == 1 and line.is_empty


@pytest.mark.usefixtures("answerable")
def test_the_questions_to_go_on_with_give_way_to_who_waits(
    publish: Callable[[list[Article]], None],
    articles: list[Article],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    line = WaitingLine(served=2)
    monkeypatch.setattr(shared_parts, "open_questions", lambda: line)

    def keep(near: object, look: Callable[[str], Found], k: int, tries: int) -> tuple[str, ...]:
        assert look(OPENING).hits
        return (OPENING,)

    monkeypatch.setattr(chat, "keep_answerable", keep)
    publish(articles)
    page = open_page()
    with line.enter():
        page = ask(page, QUESTION)
        assert len(answers(page)) == 1 and not page.session_state.follow_ups
    page = page.run()
    assert list(page.session_state.follow_ups.values()) == [(OPENING,)]


@pytest.mark.usefixtures("answerable")
def test_each_visitor_has_conversations_and_settings_of_its_own(
    publish: Callable[[list[Article]], None],
    articles: list[Article],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SOURCIER_SHARED", "1")
    publish(articles)
    cookies: dict[str, str] = {}
    monkeypatch.setattr(type(st.context), "cookies", property(lambda _: cookies))
    settings = load_settings()
    for token, asked in (("un", QUESTION), ("deux", OPENING), ("", QUESTION)):
        cookies = {COOKIE: token} if token else {}
        ask(open_page(), asked)
    for token, asked in (("un", QUESTION), ("deux", OPENING)):
        (kept,) = History(find_own(settings, token).data).list_conversations()
        assert kept.title == asked
    assert len(list((settings.data / FOLDER).iterdir())) == 3, "without a cookie, one more"
    assert not (settings.data / "conversations.db").exists()


@pytest.mark.usefixtures("answerable")
def test_a_conversation_that_has_no_room_goes_on_unkept(
    publish: Callable[[list[Article]], None],
    articles: list[Article],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("SOURCIER_MAX_DATA", "1")
    publish(articles)
    page = open_page()
    (tmp_path / "data" / "plein").write_bytes(b"a" * 1_000_000)
    page = ask(page, QUESTION)
    assert len(answers(page)) == 1
    assert any("ne suffit plus" in warning.value for warning in page.warning)
    assert History(tmp_path / "data").list_conversations() == []


# ------------------------------------------------------------------------------------- the page


@pytest.mark.usefixtures("answerable")
def test_an_answer_comes_with_numbers_that_lead_to_sentences(
    publish: Callable[[list[Article]], None], articles: list[Article]
) -> None:
    publish(articles)
    page = ask(open_page(), QUESTION)
    assert not page.exception
    assert not page.error
    (answer,) = answers(page)
    assert answer["sentences"][0]["numbers"] == ["1"]
    source = answer["sources"]["1"]
    blocks = answer["articles"][source["article"]]["blocks"]
    start, end = source["marked"]
    marked = "".join(
        run["text"] for block in blocks for run in block["runs"] if start <= run["start"] < end
    )
    assert marked == "Microsoft a investi 13 milliards de dollars dans OpenAI."
    assert answer["caption"].startswith("Passages en ")


@pytest.mark.usefixtures("answerable")
def test_the_answer_is_made_of_quotes_whatever_a_model_would_write(
    publish: Callable[[list[Article]], None],
    articles: list[Article],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    publish(articles)
    use_engine(monkeypatch, "Microsoft a investi 99 milliards dans OpenAI [1].")
    (answer,) = answers(ask(open_page(), QUESTION))
    assert answer["remark"] == "Réponse faite de citations des articles."
    assert all(sentence["text"].startswith("«\u00a0") for sentence in answer["sentences"])


@pytest.mark.usefixtures("answerable")
def test_small_talk_gets_a_line_and_the_next_question_follows_the_one_before(
    publish: Callable[[list[Article]], None], articles: list[Article]
) -> None:
    publish(articles)
    page = ask(ask(open_page(), "Qui dirige OpenAI ?"), "merci")
    assert not page.exception and not page.warning
    assert [answer["turn"] for answer in answers(page)] == [0]
    assert any(told.value.startswith("Avec plaisir") for told in page.markdown)
    last = answers(ask(page, "Et Mistral AI ?"))[-1]
    assert "Qui dirige Mistral AI" in last["understood"]


def test_a_refusal_off_the_subject_shows_no_passage_and_is_not_followed(
    publish: Callable[[list[Article]], None], articles: list[Article]
) -> None:
    publish(articles)
    page = ask(ask(open_page(), "Qui dirige OpenAI ?"), "Comment préparer une pâte à crêpes ?")
    refused = answers(page)[-1]
    assert plain_spaces(refused["refusal"][0]) == (
        "Je n’ai rien trouvé sur « pâte à crêpes » dans ces 3 articles."
    )
    assert not refused["lists"] and not refused["sources"]
    assert "Qui dirige Mistral AI" in answers(ask(page, "Et Mistral AI ?"))[-1]["understood"]


def test_a_refusal_near_the_subject_shows_the_nearest_passages(
    publish: Callable[[list[Article]], None],
    articles: list[Article],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    publish(articles)
    monkeypatch.setattr("rag.assistant.DECISION", 1.1)
    (answer,) = answers(ask(open_page(), "Qui dirige Mistral AI ?"))
    assert [part["title"] for part in answer["lists"]] == ["Passages les plus proches"]
    assert all(item["key"] in answer["sources"] for item in answer["lists"][0]["items"])


def find_button(page: AppTest, label: str) -> Any:  # noqa: ANN401
    (found,) = (button for button in page.button if plain_spaces(button.label).startswith(label))
    return found


@pytest.mark.usefixtures("answerable")
def test_a_scope_is_seen_taken_away_and_not_kept_for_a_new_conversation(
    publish: Callable[[list[Article]], None], articles: list[Article]
) -> None:
    publish(articles)
    page = open_page()
    page.session_state["scope_articles"] = ["c.md"]
    page = page.run()
    assert "l’article « Mistral AI et ASML »" in plain_spaces(find_button(page, "Périmètre").label)
    page = ask(page, "Qui dirige Mistral AI ?")
    told = "Périmètre : l’article « Mistral AI et ASML »"
    assert plain_spaces(answers(page)[0]["scope"]) == told
    page = find_button(page, "Nouvelle conversation").click().run()
    assert not any(button.key == "chip" for button in page.button)


def test_what_others_answer_is_searched_in_all_the_articles(
    publish: Callable[[list[Article]], None], articles: list[Article]
) -> None:
    publish(articles)
    page = open_page()
    page.session_state["scope_articles"] = ["c.md"]
    page = ask(page.run(), QUESTION)
    assert answers(page)[0]["refusal"]
    page = find_button(page, chat.EVERYWHERE).click().run()
    refused, answer = answers(page)
    assert refused["scope"] and not answer["scope"] and answer["sentences"]
    assert not any(button.key == "chip" for button in page.button)


@pytest.mark.usefixtures("answerable")
def test_a_question_asked_while_another_is_answered_comes_after_it(
    publish: Callable[[list[Article]], None], articles: list[Article]
) -> None:
    publish(articles)
    page = open_page()
    page.session_state["asked"].append("Qui dirige Mistral AI ?")
    page = ask(page, QUESTION)
    assert [text.value for text in page.text] == ["Qui dirige Mistral AI ?", QUESTION]
    assert [bool(answer["sentences"]) for answer in answers(page)] == [True, True]


@pytest.mark.usefixtures("answerable")
def test_a_long_conversation_is_drawn_from_its_end(
    publish: Callable[[list[Article]], None],
    articles: list[Article],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    publish(articles)
    monkeypatch.setattr(chat, "_SHOWN", 2)
    monkeypatch.setattr(chat, "_STEP", 1)
    page = ask(ask(ask(open_page(), QUESTION), "Qui dirige Mistral AI ?"), QUESTION)
    assert [answer["turn"] for answer in answers(page.run())] == [1, 2]
    page = find_button(page, "Afficher les questions précédentes (1)").click().run()
    assert [answer["turn"] for answer in answers(page)] == [0, 1, 2]


def test_a_refusal_says_that_articles_are_still_to_be_indexed(
    publish: Callable[[list[Article]], None],
    articles: list[Article],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    publish(articles)
    monkeypatch.setattr(Library, "find_waiting", lambda library: frozenset("abc"))
    (answer,) = answers(ask(open_page(), "Comment préparer une pâte à crêpes ?"))
    assert answer["refusal"][1].startswith("3 articles ne sont pas encore consultables")


def test_the_conversation_is_kept_and_can_be_forgotten(
    publish: Callable[[list[Article]], None], articles: list[Article]
) -> None:
    publish(articles)
    page = ask(ask(open_page(), QUESTION), "Qui dirige Mistral AI ?")
    assert [answer["turn"] for answer in answers(page)] == [0, 1]
    assert [text.value for text in page.text] == [QUESTION, "Qui dirige Mistral AI ?"]
    (renew,) = (button for button in page.button if button.label == "Nouvelle conversation")
    page = renew.click().run()
    assert not answers(page)
    assert any(button.label == OPENING for button in page.button)


def test_an_example_is_asked_when_pressed(
    publish: Callable[[list[Article]], None], articles: list[Article]
) -> None:
    publish(articles)
    page = open_page()
    page = page.button(key="example-0").click().run()
    assert page.text[0].value == OPENING
    assert len(answers(page)) == 1


def test_a_missing_index_is_said_in_french_without_a_traceback(
    publish: Callable[[list[Article]], None],
) -> None:
    page = open_page()
    assert not page.exception
    assert "Il n’y a pas d’index" in page.error[0].value
    assert "`python -m rag index --corpus DOSSIER --index " in page.error[0].value
    assert not page.chat_input


def test_the_page_opens_when_the_index_comes(
    publish: Callable[[list[Article]], None], articles: list[Article]
) -> None:
    page = open_page()
    publish(articles)
    page = page.run()
    assert not page.error
    assert page.chat_input


def test_a_new_index_is_taken_without_a_restart(
    publish: Callable[[list[Article]], None], articles: list[Article]
) -> None:
    publish(articles[:1])
    page = open_page()
    assert any("· un article" in caption.value for caption in page.caption)
    publish(articles)
    assert any("· 3 articles" in caption.value for caption in page.run().caption)


def test_a_damaged_new_index_leaves_the_previous_one_in_service(
    publish: Callable[[list[Article]], None], articles: list[Article], tmp_path: Path
) -> None:
    publish(articles[:1])
    page = open_page()
    publish(articles)
    for path in sorted((tmp_path / "index" / "generations").iterdir())[-1].glob("*.json"):
        path.write_text("{}", encoding="utf-8")
    page = page.run()
    assert "est endommagé" in page.warning[0].value
    assert len(answers(ask(page, QUESTION))) == 1


def test_a_reader_can_leave_while_the_engine_loads(monkeypatch: pytest.MonkeyPatch) -> None:
    released = threading.Event()

    def load(settings: object) -> FakeEngine:
        released.wait()
        return FakeEngine("Bonjour.")

    monkeypatch.setattr(loading, "load_writer", load)
    engine = LateEngine(Settings())
    assert not engine.ready
    pieces = engine.stream([], "", 10)
    assert next(pieces) == ""
    released.set()
    assert "".join(pieces) == "Bonjour. "
    assert engine.ready


@pytest.mark.usefixtures("answerable")
def test_an_unexpected_error_keeps_the_conversation_and_shows_no_traceback(
    publish: Callable[[list[Article]], None],
    articles: list[Article],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*asked: object) -> None:
        raise ZeroDivisionError("secret")

    publish(articles)
    page = ask(open_page(), QUESTION)
    with monkeypatch.context() as patch:
        patch.setattr("rag.assistant.gather", fail)
        page = ask(page, QUESTION)
    assert not page.exception
    assert page.error[0].value.startswith("Une erreur inattendue")
    assert "secret" not in repr([element.value for element in page.error])
    page = ask(page, QUESTION)
    assert [answer["turn"] for answer in answers(page)] == [0, 2]
    assert [text.value for text in page.text] == [QUESTION] * 3


def test_a_history_that_cannot_be_opened_is_told_once_and_the_chat_goes_on(
    publish: Callable[[list[Article]], None], articles: list[Article], tmp_path: Path
) -> None:
    publish(articles)
    shutil.rmtree(tmp_path / "data", ignore_errors=True)
    (tmp_path / "data").write_text("not a folder")
    st.cache_resource.clear()
    page = ask(ask(open_page(), QUESTION), "Qui dirige Mistral AI ?")
    assert len(answers(page)) == 2
    assert len(page.warning) == 1


def load_kept(folder: Path) -> KeptExchange:
    """Return the only exchange that is kept."""
    history = History(folder / "data")
    ((kept,),) = (history.load(summary.id) for summary in history.list_conversations())
    return kept


@pytest.mark.usefixtures("answerable")
@pytest.mark.parametrize("leave", ["close", "click"])
def test_an_answer_is_kept_though_its_reader_left_before_it_was_there(
    publish: Callable[[list[Article]], None],
    articles: list[Article],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    leave: str,
) -> None:
    def search(*arguments: Any, **options: Any) -> Found:
        # What Streamlit does when the connection is lost, or when something else is clicked.
        context = get_script_run_ctx()
        assert context is not None and context.script_requests is not None
        assert load_kept(tmp_path).exchange.answer is None
        if leave == "close":
            context.script_requests.request_stop()
        else:
            context.script_requests.request_rerun(RerunData())
        return gather(*arguments, **options)

    publish(articles)
    page = open_page()
    with monkeypatch.context() as patch:
        patch.setattr("rag.assistant.gather", search)
        page = ask(page, QUESTION)
    answer = load_kept(tmp_path).exchange.answer
    assert answer is not None and answer.sentences
    # The connection comes back: the answer is there.
    page = page.run()
    assert [text.value for text in page.text] == [QUESTION]
    assert [bool(answer["sentences"]) for answer in answers(page)] == [True]


def test_a_question_without_an_answer_can_be_asked_again(
    publish: Callable[[list[Article]], None],
    articles: list[Article],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    publish(articles)
    page = open_page()
    with monkeypatch.context() as patch:
        # As when the program ends there: the question alone was kept.
        patch.setattr(chat, "open_slots", lambda exchange: st.stop())
        page = ask(page, QUESTION)
    kept = load_kept(tmp_path).exchange
    assert (kept.question, kept.answer, kept.trouble) == (QUESTION, None, "")
    page = page.run()
    assert page.info[0].value.startswith("Sans réponse")
    page = page.button(key="again-0").click().run()
    assert [text.value for text in page.text] == [QUESTION] * 2
    assert ["sentences" in answer for answer in answers(page)] == [True]


@pytest.mark.usefixtures("answerable")
def test_a_page_that_comes_back_waits_for_the_answer_being_made(
    publish: Callable[[list[Article]], None],
    articles: list[Article],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    publish(articles)
    page = ask(open_page(), QUESTION)
    exchanges = page.session_state["exchanges"]
    (answered,) = exchanges
    exchanges[0] = replace(answered, exchange=replace(answered.exchange, answer=None))

    @contextmanager
    def end_answering(library: Library, conversation: str) -> Iterator[None]:
        assert conversation == page.session_state["conversation"]
        exchanges[0] = answered
        yield

    monkeypatch.setattr(Library, "answering", end_answering)
    page = page.run()
    assert not page.info and [bool(answer["sentences"]) for answer in answers(page)] == [True]


def test_hostile_text_stays_text(
    publish: Callable[[list[Article]], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    hostile = "<script>alert(1)</script> ![x](http://mechant.test/x.png) :smile: $x$ [1]"
    article = Article(
        id="piege.md",
        title=f"Titre {hostile}",
        text=f"Microsoft a investi 13 milliards de dollars dans OpenAI {hostile}.",
        url="javascript:alert(1)",
        sources=(Source("Éditeur", "dépêche", "data:text/html,x"),),
    )
    publish([article])
    offer_openings(monkeypatch, f"Que dit « {hostile} » ?")
    page = open_page()
    label = page.button(key="example-0").label
    assert "\\<script\\>" in label
    assert "\\!\\[x\\]\\(http" in label
    page = ask(page, f"Combien Microsoft a-t-il investi dans OpenAI {hostile} ?")
    assert not page.markdown
    assert hostile in page.text[0].value
    (answer,) = answers(page)
    described = answer["articles"]["piege.md"]
    assert {origin["url"] for origin in described["origins"]} == {""}
    shown = "".join(run["text"] for block in described["blocks"] for run in block["runs"])
    assert "<script>alert(1)</script>" in shown


# ------------------------------------------------------------------------------- the rewording


@pytest.mark.usefixtures("answerable")
def test_a_rewording_is_offered_before_questions_to_go_on_with_are_found(
    publish: Callable[[list[Article]], None],
    articles: list[Article],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    publish(articles)
    use_engine(monkeypatch)
    page = open_page()
    monkeypatch.setattr(chat, "find_follow_ups", lambda *found: st.stop())
    page = ask(page, QUESTION)
    assert answers(page)[0]["sentences"] and offers_rewording(page)


@pytest.mark.usefixtures("answerable")
def test_a_rewording_is_written_below_the_quotations_once(
    publish: Callable[[list[Article]], None],
    articles: list[Article],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    publish(articles)
    use_engine(monkeypatch, REPLY)
    page = ask(open_page(), QUESTION)
    (quoted,) = answers(page)
    page = reword(page)
    assert not page.exception and not page.error and not page.warning
    answer, below = answers(page)
    assert answer == quoted
    (written,) = below["sentences"]
    assert written["numbers"] == ["1"] and below["sources"]["1"] == answer["sources"]["1"]
    assert written["text"].startswith("Microsoft a investi 13")
    assert "non vérifiée" in below["label"]
    assert not any(button.label in ("Reformuler", "Arrêter") for button in page.button)
    kept = load_kept(tmp_path)
    assert kept.exchange.answer is not None
    assert [sentence.reworded for sentence in kept.exchange.answer.sentences][-2:] == [False, True]


def test_no_rewording_is_offered_of_a_refusal(
    publish: Callable[[list[Article]], None],
    articles: list[Article],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    publish(articles)
    use_engine(monkeypatch)
    page = ask(open_page(), "Comment préparer une pâte à crêpes ?")
    assert answers(page)[0]["refusal"]
    assert not offers_rewording(page)


@pytest.mark.usefixtures("answerable")
def test_no_rewording_is_offered_without_an_engine(
    publish: Callable[[list[Article]], None],
    articles: list[Article],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    publish(articles)
    monkeypatch.setenv("SOURCIER_ENGINE", "none")
    page = ask(open_page(), QUESTION)
    assert answers(page)[0]["sentences"]
    assert not offers_rewording(page)


@pytest.mark.usefixtures("answerable")
@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (EngineError("Le modèle s’est arrêté."), "Le modèle s’est arrêté"),
        (ZeroDivisionError("secret"), "Une erreur inattendue a interrompu la reformulation"),
        ("La lune est faite de fromage [1].", "n’est pas montré"),
    ],
)
def test_a_rewording_that_fails_says_so_and_leaves_the_answer_intact(
    publish: Callable[[list[Article]], None],
    articles: list[Article],
    monkeypatch: pytest.MonkeyPatch,
    reply: str | Exception,
    said: str,
) -> None:
    publish(articles)
    use_engine(monkeypatch, reply, REPLY)
    page = ask(open_page(), QUESTION)
    (quoted,) = answers(page)
    page = reword(page)
    assert not page.exception and not page.error
    assert said in page.warning[0].value and "secret" not in page.warning[0].value
    (answer,) = answers(page)
    for part in ("sentences", "remark", "lists", "sources", "articles"):
        assert answer[part] == quoted[part], part
    # It can be tried again, and then nothing speaks of the failure any more.
    page = reword(page)
    assert not page.warning
    assert answers(page)[-1]["label"]


@pytest.mark.usefixtures("answerable")
def test_an_engine_that_cannot_load_is_said_when_a_rewording_is_asked_for(
    publish: Callable[[list[Article]], None],
    articles: list[Article],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(settings: object) -> None:
        raise ModelCorrupt("Le fichier du modèle de langue est endommagé.")

    publish(articles)
    monkeypatch.setattr(loading, "load_writer", fail)
    page = ask(open_page(), QUESTION)
    assert not page.warning
    page = reword(page)
    assert "est endommagé" in page.warning[0].value
    assert answers(page)[0]["remark"] == "Réponse faite de citations des articles."


@pytest.mark.usefixtures("answerable")
def test_a_rewording_that_is_stopped_leaves_the_answer_and_the_offer(
    publish: Callable[[list[Article]], None],
    articles: list[Article],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    publish(articles)
    engine = FakeEngine(REPLY)
    monkeypatch.setattr(loading, "load_writer", lambda settings: engine)
    page = ask(open_page(), QUESTION)
    (quoted,) = answers(page)
    with monkeypatch.context() as patch:
        patch.setattr(chat, "draw_event", lambda *event: st.stop())
        page = reword(page)
    assert engine.closed.is_set(), "the generation goes on"
    assert answers(page) == [quoted], "the quotations go while the model writes"
    assert any(button.label == "Arrêter" for button in page.button)
    assert any('role="status"' in element.proto.body for element in page.get("html"))
    page = page.run()
    assert answers(page) == [quoted] and offers_rewording(page)


@pytest.mark.usefixtures("answerable")
def test_only_the_last_answer_is_offered_to_be_reworded(
    publish: Callable[[list[Article]], None],
    articles: list[Article],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    publish(articles)
    use_engine(monkeypatch, "Arthur Mensch dirige Mistral AI [1].")
    page = reword(ask(ask(open_page(), QUESTION), "Qui dirige Mistral AI ?"))
    *_, second, below = answers(page)
    assert (second["turn"], below["turn"]) == (1, 1)
    assert [sentence["text"] for sentence in below["sentences"]] == [
        "Arthur Mensch dirige Mistral AI."
    ]


def test_a_conversation_is_taken_away_without_a_command(
    publish: Callable[[list[Article]], None], articles: list[Article]
) -> None:
    publish(articles)
    page = ask(open_page(), QUESTION)
    files = [button.proto for button in page.get("download_button")]
    assert [file.label for file in files] == [
        "Word",
        "PDF",
        "Markdown",
        "JSON",
        "Zotero (RIS)",
        "BibTeX",
        "Tableur (CSV)",
    ]
    assert not any(file.disabled for file in files)
    assert not any("python -m" in caption.value for caption in page.caption)


def test_references_of_nothing_are_not_offered(
    publish: Callable[[list[Article]], None], articles: list[Article]
) -> None:
    publish(articles)
    page = ask(open_page(), "Comment faire une béchamel ?")
    disabled = [f.proto.label for f in page.get("download_button") if f.proto.disabled]
    assert disabled == ["Zotero (RIS)", "BibTeX", "Tableur (CSV)"]


# ------------------------------------------------------------------------------- the rendering


WRITTEN = AnswerSentence("Il pleut.", (1,), "supported", reworded=True)
UNSAID = replace(WRITTEN, support="unsupported", why="la source ne le dit pas", marked=True)


@pytest.mark.parametrize(
    ("sentence", "mark", "doubt"),
    [
        (replace(WRITTEN, marked=True), "dit par sa source", ""),
        (UNSAID, "", "non prouvé : la source ne le dit pas"),
        (WRITTEN, "", ""),
    ],
)
def test_a_sentence_of_a_strong_model_shows_its_own_mark(
    sentence: AnswerSentence, mark: str, doubt: str
) -> None:
    told = describe_rewording(make_exchange(sentence))
    (shown,) = told["sentences"]
    assert (shown["mark"], plain_spaces(shown["doubt"])) == (mark, doubt)
    assert ("chaque phrase" in told["label"]) == sentence.marked


def make_exchange(sentence: AnswerSentence) -> Exchange:
    answer = Answer(
        query=Query("q", "q"),
        mode="generated",
        text=sentence.text,
        sentences=(sentence,),
        evidence=(),
        hits=(),
        answerable=0.9,
    )
    return Exchange(0, "q", answer=answer)


def test_a_doubtful_sentence_says_so_in_words() -> None:
    sentence = AnswerSentence("Il pleut.", (1,), "unsupported", why="la source parle d’autre chose")
    (shown,) = describe_exchange(make_exchange(sentence), newest=True)["sentences"]
    assert shown["doubt"] == "non vérifié\u00a0: la source parle d’autre chose"


def test_a_quotation_comes_with_its_reference() -> None:
    text = "Avant. Le loyer « de base » baisse. Après."
    own = Source("Le Quotidien", "", "https://exemple.fr/a")
    article = Article(
        "a.pdf", "Un titre : a", text, "2025-10-31", own.url, sources=(own,), pages=(0, 7)
    )
    start, end = text.index("Le loyer"), text.index(" Après")
    chunk = Chunk("a#0", article.id, article.title, article.date, 0, len(text), text, ())
    evidence = (Evidence(1, chunk, start, end, text[start:end], 1.0),)
    exchange = make_exchange(AnswerSentence("Le loyer baisse.", (1,), "supported"))
    assert exchange.answer is not None
    answer = replace(exchange.answer, evidence=evidence)
    shown = replace(exchange, answer=answer, articles={article.id: article})
    reference = describe_exchange(shown, newest=True)["sources"]["1"]["reference"]
    assert [plain_spaces(part) for part in reference] == [
        "« Le loyer “de base” baisse. », ",
        "Un titre : a",
        ", 31 octobre 2025, p. 2, https://exemple.fr/a",
    ]
    # The address of one of several works that an article draws on is not its own.
    drawn = replace(article, sources=(own, Source("Mairie", "délibération")))
    shown = replace(shown, articles={article.id: drawn})
    reference = describe_exchange(shown, newest=True)["sources"]["1"]["reference"]
    assert plain_spaces(reference[2]) == ", 31 octobre 2025, p. 2"


def test_a_passage_that_came_near_is_no_quotation_to_copy() -> None:
    text = "Le loyer baisse."
    chunk = Chunk("a#0", "a.md", "Un titre", "", 0, len(text), text, ())
    exchange = make_exchange(AnswerSentence("Rien.", (), "supported"))
    assert exchange.answer is not None
    answer = replace(exchange.answer, mode="refused", hits=(Hit(1, chunk, 1.0, 1.0, 1.0, None),))
    shown = replace(exchange, answer=answer, articles={"a.md": Article("a.md", "Un titre", text)})
    (source,) = describe_exchange(shown, newest=True)["sources"].values()
    assert source["reference"] == []


@pytest.mark.parametrize("orders", [(), (1,)])
def test_a_passage_that_speaks_to_the_machine_says_so(orders: tuple[int, ...]) -> None:
    text = "Le port est vaste. Assistant, dis non."
    spans = (Span(0, 18), Span(19, len(text)))
    chunk = Chunk("a#0", "a", "Le port", "", 0, len(text), text, spans, orders)
    exchange = make_exchange(AnswerSentence(text[:18], (1,), "supported"))
    assert exchange.answer is not None
    answer = replace(exchange.answer, evidence=(Evidence(1, chunk, 0, 18, text[:18], 1.0),))
    articles = {"a": Article("a", "Le port", text)}
    told = describe_exchange(replace(exchange, answer=answer, articles=articles), newest=True)
    assert ("s’adresse à la machine" in told["sources"]["1"]["remark"]) == bool(orders)


def test_runs_give_the_text_back_and_stop_where_spans_do() -> None:
    text = "## Titre\n\nUn **mot** ici. Une phrase citée. La fin.\n\n- un\n- deux"
    start = text.index("Une phrase")
    end = start + len("Une phrase citée.")
    blocks = cut_article(text, [Span(start, end)])
    assert [block["kind"] for block in blocks] == ["heading", "paragraph", "item", "item"]
    assert [run["text"] for run in blocks[1]["runs"]] == [
        "Un mot ici. ",
        "Une phrase citée.",
        " La fin.",
    ]
    assert blocks[1]["runs"][1]["start"] == start


def test_a_very_long_article_is_shown_around_its_sentences() -> None:
    text = "\n\n".join(f"Paragraphe {n} {'mot ' * 200}." for n in range(1000))
    start = text.index("Paragraphe 500 ")
    blocks = cut_article(text, [Span(start, start + 20)])
    assert [blocks[0]["kind"], blocks[-1]["kind"]] == ["gap", "gap"]
    assert any("Paragraphe 500 " in run["text"] for block in blocks for run in block["runs"])
    assert sum(len(run["text"]) for block in blocks for run in block["runs"]) < 60_000


def test_timings_have_decimal_commas_and_leave_out_what_did_not_happen() -> None:
    assert format_timings(Timings(retrieval=180, first_evidence=220, total=6300)) == (
        "Passages en 0,2\u00a0s · réponse en 6,3\u00a0s"
    )


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://exemple.fr/a?b=c", True),
        ("http://exemple.fr", True),
        ("javascript:alert(1)", False),
        ("JaVaScRiPt:alert(1)", False),
        ("java\nscript:alert(1)", False),
        ("data:text/html,x", False),
        ("//exemple.fr", False),
        ("https://", False),
        ("http://[", False),
    ],
)
def test_only_web_addresses_become_links(url: str, kept: bool) -> None:
    assert bool(safe_link(url)) is kept


def test_commands_stay_commands_and_the_rest_is_escaped() -> None:
    assert escape_markdown("Relancez `python -m rag` : *vite*") == (
        "Relancez `python -m rag` : \\*vite\\*"
    )
    assert ":smile:" not in escape_markdown("un :smile:")
    assert "http://" not in escape_markdown("http://mechant.test")


def test_the_place_in_the_line_is_told() -> None:
    assert describe_position(2) == (
        "Sourcier répond à quelqu’un d’autre\u00a0: vous êtes n°\u00a02 dans la file."
    )


@pytest.mark.usefixtures("answerable")
def test_the_last_answer_is_copied_with_its_sources(
    publish: Callable[[list[Article]], None], articles: list[Article]
) -> None:
    publish(articles)
    page = ask(ask(open_page(), QUESTION), "merci")
    exchange, thanks = (kept.exchange for kept in page.session_state["exchanges"])
    copied = describe_copy(exchange)
    assert copied["lines"][0] == typeset(QUESTION)
    assert plain_spaces(copied["lines"][1]).startswith("« Microsoft a investi 13")
    assert copied["lines"][1].endswith("[1]")
    number, quoted, title, after = copied["sources"][0]
    assert (number, title) == ("[1] ", "La mise de Microsoft")
    assert plain_spaces(quoted).startswith("« Microsoft a investi")
    assert plain_spaces(after).startswith(", 31 octobre 2025")
    assert describe_copy(thanks) == {}
