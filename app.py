"""The pages: opens what they share, names them, and draws the one that is asked for.

One encoder, one engine and one waiting line serve every reader; a conversation lives in its own
session.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

import streamlit as st

import rag.page
from rag.errors import RagError
from rag.page.library import Library
from rag.page.wording import describe_error
from rag.settings import load_settings
from rag.views import (
    articles,
    chat,
    concordance,
    history,
    leaving,
    panorama,
    preferences,
)

UNDRAWN = (
    "Une erreur inattendue a interrompu cette page. Rien n’est perdu : rechargez-la, ou consultez "
    "le journal du terminal si l’erreur se répète."
)

_log = logging.getLogger("sourcier.page")
_PARTS = Path(rag.page.__file__).parent
CHROME = st.components.v2.component(
    "sourcier_chrome", js=(_PARTS / "chrome.js").read_text(encoding="utf-8")
)


@st.cache_resource(show_spinner=False)
def load_library() -> Library:
    """Load the shared parts once for all sessions; a failure is tried again."""
    return Library(load_settings())


def open_library() -> Library:
    """Open what the pages share, over the newest index.

    Raises
    ------
    RagError
        When it can't be opened.
    """
    try:
        with st.spinner("Ouverture de l’index et du modèle de recherche…"):
            library = load_library()
            library.open()
    except RagError:
        raise
    except Exception as error:
        _log.exception("the page could not open")
        raise RagError(
            "Une erreur inattendue empêche d’ouvrir la page.",
            kept="L’index et les articles sont intacts.",
            todo="Consultez le journal du terminal, puis rechargez la page.",
        ) from error
    return library


def main() -> None:
    """Draw the page that is asked for."""
    st.set_page_config(
        page_title="Sourcier",
        page_icon=str(_PARTS / "icon.svg"),
        layout="wide",
        initial_sidebar_state="collapsed",
    )
    st.html(f"<style>{(_PARTS / 'page.css').read_text(encoding='utf-8')}</style>")
    CHROME(key="chrome")
    pages = {
        "chat": make_page(lambda: chat.draw(open_library), "Questions", "questions", first=True),
        "articles": make_page(
            lambda: articles.draw(open_library()), "Bibliothèque", "bibliotheque"
        ),
        "history": make_page(lambda: history.draw(open_library()), "Historique", "historique"),
        "panorama": make_page(lambda: panorama.draw(open_library()), "Panorama", "panorama"),
        "concordance": make_page(
            lambda: concordance.draw(open_library()), concordance.TITLE, "accords"
        ),
        "preferences": make_page(lambda: preferences.draw(open_library()), "Réglages", "reglages"),
    }
    if load_settings().password:
        pages["leaving"] = make_page(leaving.draw, "Se déconnecter", "sortie")
    st.session_state.pages = pages
    st.navigation(list(pages.values()), position="top").run()


def make_page(draw: Callable[[], None], title: str, path: str, first: bool = False) -> st.Page:
    """Make a page out of the function that draws it.

    Without an icon: the browser would fetch it from another machine for the name of the tab.
    """
    return st.Page(lambda: draw_safely(draw), title=title, icon="", url_path=path, default=first)


def draw_safely(draw: Callable[[], None]) -> None:
    """Draw a page; an error is told, never shown as a traceback."""
    try:
        draw()
    except RagError as error:
        st.error(describe_error(error), icon=":material/error:")
    except Exception:
        _log.exception("a page could not be drawn")
        st.error(UNDRAWN, icon=":material/error:")


main()
