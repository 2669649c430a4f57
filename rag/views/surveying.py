"""What was drawn from all the articles, awaited and quoted for the pages that show it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st

import rag.page
from rag.french import typeset
from rag.page.library import Library
from rag.page.surveys import Surveys
from rag.settings import load_settings

PREPARING = (
    "Les phrases datées, les noms et les accords entre articles sont en cours de relevé : une "
    "seule fois, en arrière-plan. Cette page se complète dès que c’est fini."
)
FAILED = (
    "Une erreur inattendue a empêché de relever les dates, les noms et les accords. Vos articles "
    "sont intacts, et le reste de Sourcier fonctionne ; rechargez la page, ou consultez le journal "
    "du terminal si l’erreur se répète."
)
# Seconds between two looks at what is being made.
_POLL = 1.0
_PARTS = Path(rag.page.__file__).parent
QUOTATIONS = st.components.v2.component(
    "sourcier_quotations",
    html='<div class="quotations"></div>',
    css="".join((_PARTS / f"{name}.css").read_text("utf-8") for name in ("parts", "quotations")),
    js="".join((_PARTS / f"{name}.js").read_text("utf-8") for name in ("copying", "quotations")),
)


@st.cache_resource(show_spinner=False, max_entries=1)
def _start_surveys(generation: str, _library: Library) -> Surveys:
    return Surveys(_library.open().index, generation, load_settings().data)


def follow_survey(library: Library) -> Surveys | None:
    """Return what was drawn from the index in force; None, and say so, while it is being made."""
    library.open()
    surveys = _start_surveys(library.generation, library)
    if surveys.survey is None:
        st.fragment(_wait, run_every=_POLL)(surveys)
        return None
    if surveys.failed:
        st.warning(typeset(FAILED), icon=":material/warning:")
    return surveys


def _wait(surveys: Surveys) -> None:
    if surveys.survey is not None:
        st.rerun()
    st.info(typeset(PREPARING), icon=":material/hourglass_empty:")


def draw_quotations(key: str, data: dict[str, Any]) -> None:
    """Draw quotations; a title that is pressed opens its article."""
    pressed = QUOTATIONS(key=key, data=data, on_article_change=lambda: None)
    if pressed.article:
        read_article(pressed.article)


def read_article(identifier: str) -> None:
    """Go to the library, where an article is read."""
    st.session_state["article"] = identifier
    st.switch_page(st.session_state["pages"]["articles"])
