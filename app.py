"""The page: asks the assistant and draws the events as they come; decides nothing.

One encoder, one engine and one waiting line serve every reader; a conversation lives in its own
session. Pressing a number never reaches this program: the browser holds the sources it shows.
"""

from __future__ import annotations

import html
import logging
import uuid
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import streamlit as st

import rag.page
from rag.assistant import Assistant
from rag.errors import RagError
from rag.page.describe import describe_exchange, describe_search, list_articles
from rag.page.exchange import Exchange
from rag.page.library import Library
from rag.page.wording import (
    choose_examples,
    describe_corpus,
    describe_error,
    describe_position,
    escape_markdown,
)
from rag.settings import load_settings
from rag.types import Event, EvidenceFound, Finished, Turn, Waiting, Written

HINT = "La source d’une phrase s’ouvre ici : choisissez un numéro dans une réponse."
LOADING = "Le modèle de langue se charge…"
WRITING = "Le modèle lit les passages et rédige…"
SEARCHING = "Recherche dans les articles…"
STOPPED = "Réponse interrompue. La question et les passages trouvés sont conservés."
UNEXPECTED = (
    "Une erreur inattendue a interrompu la réponse. La conversation est conservée : reposez la "
    "question, ou consultez le journal du terminal si l’erreur se répète."
)
UNOPENED = (
    "Une erreur inattendue empêche d’ouvrir la page. L’index et les articles sont intacts : "
    "consultez le journal du terminal, puis rechargez la page."
)

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
SOURCE = st.components.v2.component(
    "sourcier_source",
    html='<section class="source" aria-label="Source"></section>',
    css=_STYLE,
    js=(_PARTS / "source.js").read_text(encoding="utf-8"),
)


@st.cache_resource(show_spinner=False)
def open_library() -> Library:
    """Load the shared parts once for all sessions; a failure is tried again."""
    return Library(load_settings())


# ------------------------------------------------------------------------------------ the page


def main() -> None:
    """Draw the page for one session, and answer the question just asked, if any."""
    st.set_page_config(page_title="Sourcier", layout="wide", initial_sidebar_state="collapsed")
    st.html(f"<style>{(_PARTS / 'page.css').read_text(encoding='utf-8')}</style>")
    state = st.session_state
    state.setdefault("exchanges", [])
    state.setdefault("conversation", uuid.uuid4().hex)
    chat, side = st.columns([3, 2], gap="large")
    with chat:
        introduction, renewal = draw_header()
        try:
            with st.spinner("Ouverture de l’index et du modèle de recherche…"):
                library = open_library()
                assistant = library.open()
        except RagError as error:
            st.error(describe_error(error), icon=":material/error:")
            return
        except Exception:
            _log.exception("the page could not open")
            st.error(UNOPENED, icon=":material/error:")
            return
    introduction.caption(escape_markdown(describe_corpus(len(assistant.index.articles))))
    with side, st.container(key="sources"):
        SOURCE(key="source", data={"conversation": state.conversation, "hint": HINT})
    asked = st.chat_input("Posez votre question…", max_chars=2000)
    question = state.pop("asked", None) or (asked or "").strip()
    with chat:
        if library.trouble is not None:
            st.warning(describe_error(library.trouble))
        examples = st.empty()
        if not state.exchanges and not question:
            draw_examples(examples, choose_examples(assistant.index.articles))
        for exchange in state.exchanges:
            newest = exchange is state.exchanges[-1] and not question
            draw_exchange(exchange, *open_slots(exchange), newest=newest)
        if state.exchanges or question:
            renewal.button(
                "Nouvelle conversation", icon=":material/add_comment:", on_click=forget_conversation
            )
        if question:
            answer_question(library, assistant, question)


def draw_header() -> tuple[Place, Place]:
    """Draw the name of the page; return the places of its introduction and of its button."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.title("Sourcier", anchor=False)
        renewal = st.empty()
    return st.empty(), renewal


def forget_conversation() -> None:
    """Start again from an empty conversation."""
    st.session_state.exchanges = []
    st.session_state.conversation = uuid.uuid4().hex


def ask_again(question: str) -> None:
    """Have a question answered at the next run, as if it had just been typed."""
    st.session_state.asked = question


def draw_examples(place: Place, questions: Sequence[str]) -> None:
    """Offer questions to start from."""
    with place.container():
        st.caption("Pour commencer :")
        for number, question in enumerate(questions):
            st.button(
                escape_markdown(question),
                key=f"example-{number}",
                on_click=ask_again,
                args=(question,),
            )


# --------------------------------------------------------------------------------- an exchange


def open_slots(exchange: Exchange) -> tuple[Place, Place, Place]:
    """Draw the question; return the places of a message, of a button and of the answer.

    The same places serve while the answer is written and afterwards, so that nothing jumps.
    """
    with st.chat_message("user", avatar=":material/person:"):
        st.text(exchange.question)
    with st.chat_message("assistant", avatar=":material/menu_book:"):
        return st.empty(), st.empty(), st.empty()


def draw_exchange(
    exchange: Exchange,
    message: Place,
    button: Place,
    body: Place,
    *,
    newest: bool,
) -> None:
    """Draw what became of a question."""
    number = exchange.number
    if exchange.answer is not None:
        if exchange.answer.notice:
            message.warning(escape_markdown(exchange.answer.notice))
        else:
            message.empty()
        suggestion = exchange.answer.suggestion
        if suggestion:
            button.button(
                escape_markdown(suggestion),
                icon=":material/lightbulb:",
                key=f"suggestion-{number}",
                on_click=ask_again,
                args=(suggestion,),
            )
        else:
            button.empty()
        with body:
            ANSWER(key=f"answer-{number}", data=describe_exchange(exchange, newest))
        return
    if exchange.trouble:
        message.error(escape_markdown(exchange.trouble))
    else:
        message.info(STOPPED)
    button.button(
        "Reposer la question",
        icon=":material/replay:",
        key=f"again-{number}",
        on_click=ask_again,
        args=(exchange.question,),
    )
    if exchange.found is not None:
        with body:
            ANSWER(key=f"kept-{number}", data=describe_search(exchange))


def answer_question(library: Library, assistant: Assistant, question: str) -> None:
    """Ask, draw each event as it comes, and keep what is known at every step.

    Streamlit leaves this function by an exception when the reader stops or goes away; the
    generation is then closed, and the next run shows what was kept.
    """
    exchanges: list[Exchange] = st.session_state.exchanges
    previous = find_previous(exchanges)
    exchange = Exchange(len(exchanges), question)
    exchanges.append(exchange)
    message, button, body = open_slots(exchange)
    draw_waiting(message, SEARCHING)
    try:
        with closing(assistant.ask(question, previous)) as events:
            for event in events:
                exchange = keep_event(exchange, event, assistant)
                exchanges[-1] = exchange
                draw_event(event, exchange, library, message, button, body)
    except RagError as error:
        exchange = replace(exchange, trouble=str(error))
    except Exception:
        _log.exception("a question could not be answered")
        exchange = replace(exchange, trouble=UNEXPECTED)
    exchanges[-1] = exchange
    draw_exchange(exchange, message, button, body, newest=True)


def draw_event(
    event: Event, exchange: Exchange, library: Library, message: Place, button: Place, body: Place
) -> None:
    """Draw one step of an answer; its end is drawn by ``draw_exchange``."""
    if isinstance(event, EvidenceFound):
        with body:
            ANSWER(key=f"found-{exchange.number}", data=describe_search(exchange))
        if library.engine is not None:
            button.button("Arrêter", icon=":material/stop_circle:", key="stop")
            draw_waiting(message, WRITING if library.engine.ready else LOADING)
    elif isinstance(event, Waiting):
        draw_waiting(message, describe_position(event.position))
    elif isinstance(event, Written) and event.text.strip():
        draw_draft(message, event.text)
    elif isinstance(event, Written) and library.engine is not None:
        # The engine loads or reads; to draw again lets Streamlit notice a reader who left.
        draw_waiting(message, WRITING if library.engine.ready else LOADING)


def keep_event(exchange: Exchange, event: Event, assistant: Assistant) -> Exchange:
    """Add to an exchange what an event tells."""
    if isinstance(event, EvidenceFound):
        names = list_articles(event.hits, event.evidence)
        articles = {name: assistant.index.articles[name] for name in names}
        return replace(exchange, found=event, articles=articles)
    return replace(exchange, answer=event.answer) if isinstance(event, Finished) else exchange


def find_previous(exchanges: Sequence[Exchange]) -> Turn | None:
    """Return the last exchange that has an answer, for follow-up questions."""
    for exchange in reversed(exchanges):
        if exchange.answer is not None:
            return Turn(exchange.answer.query.text, exchange.answer.text)
    return None


def draw_waiting(place: Place, text: str) -> None:
    """Say what is going on."""
    place.html(f'<p class="waiting" role="status">{html.escape(text)}</p>')


def draw_draft(place: Place, text: str) -> None:
    """Show the text as written so far, visibly unchecked."""
    place.html(
        '<div class="draft"><p class="label">Brouillon, en cours de vérification</p>'
        f"<p>{html.escape(text)}</p></div>"
    )


main()
