"""The chat: asks the assistant and draws the events as they come; decides nothing.

Pressing a number never reaches this program: the browser holds the sources it shows, and asks for
no more than the picture of a page.
"""

from __future__ import annotations

import html
import logging
import uuid
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import streamlit as st
from streamlit.runtime.scriptrunner import RerunException, StopException

import rag.page
from rag.assistant import Assistant
from rag.clauses import Names
from rag.errors import Busy, RagError
from rag.gathering import Found
from rag.page.describe import (
    describe_copy,
    describe_exchange,
    describe_rewording,
    describe_search,
    list_articles,
)
from rag.page.exchange import Exchange
from rag.page.library import Library
from rag.page.openings import Opening, Openings, load_opening
from rag.page.preferences import load_preferences
from rag.page.standing import admit_waiting
from rag.page.wording import (
    describe_error,
    describe_position,
    escape_markdown,
)
from rag.query import follow_answer
from rag.records import KeptExchange
from rag.settings import load_settings
from rag.store import current_generation
from rag.suggestions import keep_answerable, suggest_follow_ups
from rag.types import Answer, Event, EvidenceFound, Finished, Scope, Turn, Waiting, Written
from rag.views.exporting import draw_export
from rag.views.feedback import draw_feedback
from rag.views.keeping import draw_trouble, find_history, keep_exchange, load_own
from rag.views.scoping import draw_chip, draw_scope, is_restricted, restrict
from rag.views.source import draw_source

EVERYWHERE = "Chercher dans tous les articles"
STOPS = "Une autre question l’arrête aussi."
LOADING = "Le modèle de langue se charge…"
WRITING = "Le modèle lit les passages et rédige…"
SEARCHING = "Recherche dans les articles…"
INSTEAD = "Une question voisine, à laquelle les articles répondent :"
STOPPED = "Sans réponse : la page a été fermée, ou Sourcier arrêté, avant qu’elle soit prête."
UNEXPECTED = (
    "Une erreur inattendue a interrompu la réponse. La conversation est conservée : reposez la "
    "question, ou consultez le journal du terminal si l’erreur se répète."
)
UNWORDED = "Une erreur inattendue a interrompu la reformulation. La réponse est intacte."

# Seconds between two looks at the questions that are still being searched.
_POLL = 1.0
# Scopes of which what the page opens on is remembered.
_SCOPES = 8
# Questions of a conversation that are drawn at first, and by how many they are left out.
_SHOWN, _STEP = 30, 10
# Follow-up questions offered, and searched at most.
_FOLLOW_UPS, _TRIES = 3, 8

Place = st.delta_generator.DeltaGenerator
_log = logging.getLogger("sourcier.page")
_PARTS = Path(rag.page.__file__).parent
_STYLE = (_PARTS / "parts.css").read_text(encoding="utf-8")
ANSWER = st.components.v2.component(
    "sourcier_answer",
    html='<div class="answer"></div>',
    css=_STYLE,
    js=(_PARTS / "answer.js").read_text(encoding="utf-8"),
)
COPY = st.components.v2.component(
    "sourcier_copy",
    html='<div class="copying"></div>',
    css=_STYLE,
    js=(_PARTS / "copy.js").read_text(encoding="utf-8"),
)


# ------------------------------------------------------------------------------------ the page


def draw(open_library: Callable[[], Library]) -> None:
    """Draw the conversation of one session, and answer the question just asked, if any.

    What the page opens on is drawn before the library is open, as it was last time.
    """
    state = st.session_state
    ensure_conversation()
    opens = not state.exchanges and not state.asked
    chat, side = st.columns([3, 2], gap="large")
    with chat:
        header, notices, first = draw_header(), st.container(), st.empty()
    with side, st.container(key="sources"):
        draw_source(open_library)
    if not opens:
        # There, unlike at the end of the page, Streamlit leaves the scrolling to the reader.
        with st.bottom.container(key="ask"):
            chip = draw_input()
    settings = load_settings()
    kept = load_opening(settings.data, current_generation(settings.index))
    if is_restricted():
        kept = None  # it is of all the articles
    if kept is not None:
        draw_name(header, kept)
        if opens:
            chip = draw_opening(first, kept)
    with chat:
        library = open_library()
    assistant = library.open()
    with library.answering(state.conversation):
        pass  # what was asked before the connection was lost has its answer by now
    with header.scope:
        scope = draw_scope(assistant.index)
    if kept is None:
        openings = find_openings(library, scope)
        draw_name(header, openings.opening)
        if opens:
            chip = follow_openings(first, openings)
    draw_chip(chip, scope, assistant.index)
    with notices:
        draw_trouble()
        if library.trouble is not None:
            st.warning(describe_error(library.trouble))
    with chat:
        draw_conversation(library, assistant, header.tools, scope)
    if state.asked:
        st.rerun()  # asked while another was answered


def draw_conversation(
    library: Library, assistant: Assistant, tools: Place, scope: Scope | None
) -> None:
    """Draw the exchanges of a conversation, and answer the question just asked, if any."""
    state = st.session_state
    question = state.asked[0] if state.asked else None
    reworded = state.pop("reworded", None)
    hidden = count_hidden(len(state.exchanges))
    if hidden:
        st.button(
            f"Afficher les questions précédentes ({hidden})",
            icon=":material/expand_less:",
            key="earlier",
            on_click=_show_earlier,
        )
    for kept in state.exchanges[hidden:]:
        newest = kept is state.exchanges[-1] and not question
        slots = open_slots(kept.exchange)
        rewords = kept.exchange.number == reworded and not question
        draw_exchange(library, assistant, kept.exchange, slots, newest=newest, rewords=rewords)
        if rewords:
            draw_tools(tools, "rewording")
            reword_answer(library, assistant, kept, slots)
    if state.exchanges or question:
        draw_tools(tools, "asking" if question else "asked")
    if question:
        answer_question(library, assistant, question, scope)
        draw_tools(tools, "answered")


def count_hidden(number: int) -> int:
    """Return how many of the first exchanges are not drawn: all of them would slow the page.

    Ten at a time, so that the answers in view keep their places from one question to the next.
    """
    shown: int = st.session_state.shown
    return max(0, (number - shown) // _STEP * _STEP)


def _show_earlier() -> None:
    st.session_state.shown += _SHOWN


@dataclass(frozen=True, slots=True)
class Header:
    """The places of what stands above: the choice of articles, the buttons, what is told."""

    scope: Place
    tools: Place
    told: Place


def draw_header() -> Header:
    """Draw the bar, which stays in view; return its places, and the one below it."""
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key="bar"):
        st.title("Sourcier", anchor=False, width="content")
        tools, scope = st.empty(), st.container(width="content")
    return Header(scope, tools, st.container(key="collection"))


def draw_name(header: Header, opening: Opening) -> None:
    """Say what the collection is called, and how many articles it has of when."""
    name, extent = escape_markdown(opening.name), escape_markdown(opening.extent)
    header.told.caption(f"**{name}** · {extent}")


def draw_input() -> Place:
    """Draw the box of questions: below what the page opens on, or at the end of a conversation.

    Returns the place above it, of what the questions are restricted to.
    """
    chip = st.container(key="restriction")
    st.chat_input("Posez votre question…", max_chars=2000, key="question", on_submit=_take_question)
    return chip


def _take_question() -> None:
    ask_again((st.session_state.question or "").strip())


def draw_tools(place: Place, moment: str) -> None:
    """Draw the buttons of a conversation; a run may draw them at two moments."""
    state = st.session_state
    with place.container(horizontal=True, width="content", gap="xsmall"):
        st.button(
            "Nouvelle conversation",
            icon=":material/add_comment:",
            on_click=forget_conversation,
            key=f"renew-{moment}",
        )
        draw_export(state.conversation, state.exchanges, moment)
        told = (describe_copy(kept.exchange) for kept in reversed(state.exchanges))
        if last := next(filter(None, told), None):
            COPY(key=f"copy-{moment}", data=last, width="content")


def ensure_conversation() -> None:
    """Start a conversation where none is, as in a session that opened on another page."""
    if "exchanges" not in st.session_state:
        forget_conversation()


def forget_conversation() -> None:
    """Start again from an empty conversation, over all the articles."""
    open_conversation(uuid.uuid4().hex, ())
    restrict()


def open_conversation(identifier: str, exchanges: Sequence[KeptExchange]) -> None:
    """Go on with a conversation that was kept, in the scope of its last question."""
    state = st.session_state
    state.exchanges, state.conversation = list(exchanges), identifier
    state.asked, state.shown = [], _SHOWN
    last = exchanges[-1].exchange.found if exchanges else None
    restrict(last.scope if last else None)


def ask_again(question: str) -> None:
    """Have a question answered at the next run, after those that wait, as if it had been typed."""
    if question:
        ensure_conversation()
        st.session_state.asked.append(question)


def ask_everywhere(question: str) -> None:
    """Ask a question of all the articles, and those after it too."""
    restrict()
    ask_again(question)


@st.cache_resource(show_spinner=False, max_entries=_SCOPES)
def _start_openings(generation: str, _library: Library, scope: Scope | None) -> Openings:
    corpus, data = _library.collection.corpus, load_settings().data
    return Openings(_library.open(), generation, corpus, data, scope)


def find_openings(library: Library, scope: Scope | None = None) -> Openings:
    """Return what the page opens on, over the index in force and within a scope."""
    return _start_openings(library.generation, library, scope)


def draw_opening(place: Place, opening: Opening) -> Place:
    """Draw the brief, the box of questions and the questions to start from.

    Returns the place above the box.
    """
    with place.container():
        if opening.brief:
            ANSWER(key="brief", data=opening.brief)
        chip = draw_input()
        _offer_questions(opening)
    return chip


def follow_openings(place: Place, openings: Openings) -> Place:
    """Draw what the page opens on; the questions still being searched come as they are found."""
    openings.follow()
    if openings.opening.done:
        return draw_opening(place, openings.opening)
    with place.container():
        chip = draw_opening(st.empty(), replace(openings.opening, questions=()))
        st.fragment(_follow_questions, run_every=_POLL)(openings)
    return chip


def _follow_questions(openings: Openings) -> None:
    openings.follow()
    if openings.opening.done or st.session_state.asked:
        st.rerun()
    _offer_questions(openings.opening)


def _offer_questions(opening: Opening) -> None:
    if opening.questions:
        draw_questions(st.empty(), "Pour commencer :", opening.questions, "example", "stretch")


def draw_follow_ups(
    assistant: Assistant, openings: Openings, exchange: Exchange, place: Place
) -> None:
    """Offer questions near the one just answered; each is searched first, and then remembered."""
    known = st.session_state.setdefault("follow_ups", {})
    key = (st.session_state.conversation, exchange.number)
    answer = exchange.answer
    if key not in known and answer is not None and answer.mode != "refused":
        try:
            known[key] = find_follow_ups(assistant, openings.names, answer, place)
        except Busy:
            return  # who waits for an answer comes first; they are looked for at another run
        except Exception:
            # The answer stands without them.
            _log.exception("no follow-up questions")
            known[key] = ()
    if known.get(key):
        draw_questions(place, "Pour continuer :", known[key], f"follow-up-{exchange.number}")


def find_follow_ups(
    assistant: Assistant, names: Names, answer: Answer, place: Place
) -> tuple[str, ...]:
    """Find questions near an answered one that the articles answer too."""

    def look(question: str) -> Found:
        if assistant.is_busy:
            raise Busy("D’autres questions attendent.")
        # Lets Streamlit notice a reader who asked something else meanwhile.
        place.empty()
        return assistant.look_up(question, answer.scope)

    asked = [kept.exchange.question for kept in st.session_state.exchanges]
    near = suggest_follow_ups(
        answer.query.text, answer.cited, answer.hits, assistant.index, names, asked
    )
    return keep_answerable(near, look, _FOLLOW_UPS, _TRIES)


def draw_questions(
    place: Place,
    caption: str,
    questions: Sequence[str],
    key: str,
    width: Literal["content", "stretch"] = "content",
) -> None:
    """Offer questions, one button each."""
    with place.container(key=f"questions-{key}"):
        st.caption(caption)
        for number, question in enumerate(questions):
            st.button(
                escape_markdown(question),
                key=f"{key}-{number}",
                on_click=ask_again,
                args=(question,),
                width=width,
            )


# --------------------------------------------------------------------------------- an exchange


@dataclass(frozen=True, slots=True)
class Slots:
    """The places of what is drawn of an exchange, from top to bottom.

    The same serve while the answer is written and afterwards, so that nothing jumps: what a draft
    was takes no less room when it is over.
    """

    message: Place
    button: Place
    body: Place
    writing: Place
    rewording: Place
    after: Place


def open_slots(exchange: Exchange) -> Slots:
    """Draw the question; return the places of the answer."""
    with st.container(key=f"exchange-{exchange.number}"):
        with st.chat_message("user", avatar=":material/person:"):
            st.text(exchange.question)
        with st.chat_message("assistant", avatar=":material/menu_book:"):
            return Slots(
                st.empty(),
                st.empty(),
                st.container(),
                st.container(key=f"writing-{exchange.number}").empty(),
                st.container(key=f"rewording-{exchange.number}").empty(),
                st.container(),
            )


def draw_exchange(
    library: Library,
    assistant: Assistant,
    exchange: Exchange,
    slots: Slots,
    *,
    newest: bool,
    rewords: bool = False,
) -> None:
    """Draw what became of a question; ``rewords``: its answer is about to be worded again."""
    number, answer = exchange.number, exchange.answer
    if answer is None:
        draw_unanswered(exchange, slots)
        return
    if answer.query.is_talk:
        slots.message.markdown(escape_markdown(answer.notice))
        return
    if answer.notice:
        slots.message.warning(escape_markdown(answer.notice))
    else:
        slots.message.empty()
    slots.button.empty()
    with slots.body:
        ANSWER(key=f"answer-{number}", data=describe_exchange(exchange, newest))
    if not rewords:
        draw_reworded(exchange, slots)
        # Before the questions to go on with, which take a moment to find.
        if newest and library.engine is not None:
            draw_rewording(exchange, slots)
    with slots.after:
        draw_next_step(answer, number)
        draw_feedback(number)
        follow_ups = st.empty()
    if newest:
        draw_follow_ups(assistant, find_openings(library), exchange, follow_ups)


def draw_next_step(answer: Answer, number: int) -> None:
    """Offer what answers instead: the same question elsewhere, or one near it."""
    if answer.outside:
        st.button(
            EVERYWHERE,
            icon=":material/search:",
            key=f"everywhere-{number}",
            on_click=ask_everywhere,
            args=(answer.query.text,),
        )
    elif answer.suggestion:
        draw_questions(st.empty(), INSTEAD, (answer.suggestion,), f"suggestion-{number}")


def draw_unanswered(exchange: Exchange, slots: Slots) -> None:
    """Say why a question has no answer, with what was found, and offer to ask it again."""
    number = exchange.number
    if exchange.trouble:
        slots.message.error(escape_markdown(exchange.trouble))
    else:
        slots.message.info(STOPPED)
    slots.button.button(
        "Reposer la question",
        icon=":material/replay:",
        key=f"again-{number}",
        on_click=ask_again,
        args=(exchange.question,),
    )
    if exchange.found is not None:
        with slots.body:
            ANSWER(key=f"kept-{number}", data=describe_search(exchange))


def answer_question(
    library: Library, assistant: Assistant, question: str, scope: Scope | None
) -> None:
    """Ask, draw each event as it comes, and keep the answer, whoever is still there to read it.

    Streamlit interrupts what draws, by an exception, when the reader closes the page or asks for
    something else. The answer, which takes a second or two, is then made to its end and kept.
    """
    exchanges: list[KeptExchange] = st.session_state.exchanges
    conversation: str = st.session_state.conversation
    asked: list[str] = st.session_state.asked
    previous = find_previous(exchanges)
    place = len(exchanges)
    kept, history = library.begin(Exchange(place, question)), find_history()
    exchanges.append(kept)
    asked.pop(0)
    # Found again as it is if the program is stopped before the answer is there.
    keep_exchange(history, conversation, kept)
    slots = open_slots(kept.exchange)
    length = load_preferences(load_own()).length
    draw_waiting(slots.message, SEARCHING)
    exchange = kept.exchange
    interruption: RerunException | StopException | None = None
    with library.answering(conversation):
        try:
            with closing(assistant.ask(question, previous, scope, length)) as events:
                for event in events:
                    exchange = add_event(exchange, event, assistant)
                    try:
                        draw_event(event, exchange, library, slots)
                    except (RerunException, StopException) as interrupted:
                        interruption = interrupted
        except RagError as error:
            exchange = replace(exchange, trouble=str(error))
        except Exception:
            _log.exception("a question could not be answered")
            exchange = replace(exchange, trouble=UNEXPECTED)
        exchange = admit_waiting(exchange, library)
        exchanges[place] = replace(kept, exchange=exchange)
        keep_exchange(history, conversation, exchanges[place])
    if interruption is not None:
        raise interruption
    draw_exchange(library, assistant, exchange, slots, newest=True)


def draw_rewording(exchange: Exchange, slots: Slots) -> None:
    """Offer to have an answer worded again by the model."""
    answer = exchange.answer
    if answer is not None and answer.mode == "extractive":
        slots.rewording.button(
            "Reformuler",
            icon=":material/edit_note:",
            key=f"reword-{exchange.number}",
            help="Le modèle de langue redit la réponse ; les citations restent au-dessus.",
            on_click=ask_rewording,
            args=(exchange.number,),
        )


def ask_rewording(number: int) -> None:
    """Have an answer worded again at the next run."""
    st.session_state.reworded = number


def reword_answer(library: Library, assistant: Assistant, kept: KeptExchange, slots: Slots) -> None:
    """Have the model word an answer again; its quotations stay in view."""
    exchanges: list[KeptExchange] = st.session_state.exchanges
    conversation: str = st.session_state.conversation
    exchange, answer = kept.exchange, kept.exchange.answer
    if answer is None:
        return
    with slots.rewording.container(horizontal=True, vertical_alignment="center"):
        st.button("Arrêter", icon=":material/stop_circle:", key="stop")
        st.caption(STOPS)
    draw_engine(library, slots.writing)
    length = load_preferences(load_own()).length
    try:
        with closing(assistant.reword(answer, length)) as events:
            for event in events:
                # Its articles stay those that were quoted: the index may have changed since.
                if isinstance(event, Finished):
                    exchange = replace(exchange, answer=event.answer)
                draw_event(event, exchange, library, slots)
    except Exception:
        _log.exception("an answer could not be worded again")
        exchange = replace(exchange, answer=replace(answer, unworded=UNWORDED))
    place = next(n for n, other in enumerate(exchanges) if other is kept)
    exchanges[place] = replace(kept, exchange=exchange)
    keep_exchange(find_history(), conversation, exchanges[place])
    slots.rewording.empty()
    draw_reworded(exchange, slots)
    draw_rewording(exchange, slots)


def draw_reworded(exchange: Exchange, slots: Slots) -> None:
    """Draw what a model made of an answer, or why it made nothing, where its draft was."""
    if rewording := describe_rewording(exchange):
        with slots.writing:
            ANSWER(key=f"reworded-{exchange.number}", data=rewording)
    elif exchange.answer is not None and exchange.answer.unworded:
        slots.writing.warning(escape_markdown(exchange.answer.unworded))


def draw_event(event: Event, exchange: Exchange, library: Library, slots: Slots) -> None:
    """Draw one step of an answer; its end is drawn by ``draw_exchange``."""
    if isinstance(event, Waiting):
        place = slots.writing if exchange.found else slots.message
        draw_waiting(place, describe_position(event.position))
    elif isinstance(event, Written) and event.text.strip():
        draw_draft(slots.writing, event.text)
    elif isinstance(event, Written):
        # The engine loads or reads; to draw again lets Streamlit notice a reader who left.
        draw_engine(library, slots.writing)


def add_event(exchange: Exchange, event: Event, assistant: Assistant) -> Exchange:
    """Add to an exchange what an event tells, and the articles that it names."""
    if isinstance(event, EvidenceFound):
        exchange = replace(exchange, found=event)
        names = list_articles(event.hits, event.evidence)
    elif isinstance(event, Finished):
        exchange = replace(exchange, answer=event.answer)
        names = list_articles(event.answer.hits, event.answer.evidence)
    else:
        return exchange
    articles = {name: assistant.index.articles[name] for name in names}
    return replace(exchange, articles={**exchange.articles, **articles})


def find_previous(exchanges: Sequence[KeptExchange]) -> Turn | None:
    """Return the turn that the next question follows: the last one answered."""
    turn: Turn | None = None
    for kept in exchanges:
        answer = kept.exchange.answer
        if answer is not None:
            turn = follow_answer(answer, turn)
    return turn


def draw_engine(library: Library, place: Place) -> None:
    """Say what the engine does before its first word."""
    if library.engine is not None:
        draw_waiting(place, WRITING if library.engine.ready else LOADING)


def draw_waiting(place: Place, text: str) -> None:
    """Say what is going on."""
    place.html(f'<p class="waiting" role="status">{html.escape(text)}</p>')


def draw_draft(place: Place, text: str) -> None:
    """Show the text as written so far, visibly unchecked."""
    place.html(
        '<div class="draft"><p class="label">Brouillon du modèle, non vérifié</p>'
        f"<p>{html.escape(text)}</p></div>"
    )
