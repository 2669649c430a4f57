"""The source panel beside the chat, and the pages of PDFs that it asks for."""

from __future__ import annotations

import base64
import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import streamlit as st

import rag.page
from rag.collection import Collection
from rag.errors import RagError
from rag.french import quote, typeset
from rag.page.library import Library
from rag.pages import Picture, Piece, cut_by_page, draw_pages
from rag.types import Article

_UNSEEN = "La page ne peut pas être montrée : {}."
_UNFOUND = "Les mots cités n’ont pas été retrouvés sur la page."

_log = logging.getLogger("sourcier.page")
_PARTS = Path(rag.page.__file__).parent
SOURCE = st.components.v2.component(
    "sourcier_source",
    html='<section class="source" aria-label="Source"></section>',
    css=(_PARTS / "parts.css").read_text(encoding="utf-8"),
    js="".join((_PARTS / f"{name}.js").read_text("utf-8") for name in ("copying", "source")),
)


@st.fragment
def draw_source(open_library: Callable[[], Library]) -> None:
    """Draw the panel; a fragment, so that to ask for a page interrupts no answer."""
    state = st.session_state
    data: dict[str, Any] = {"conversation": state.conversation}
    wanted = state.pop("wanted_page", None)
    if wanted is not None:
        library = open_library()
        # What the page opens on is of the index in force.
        own, name = library.open().index.articles, wanted["article"]
        shown = {name: own[name]} if name in own else {}
        for kept in state.exchanges:
            shown |= kept.exchange.articles
        data["page"] = show_pages(library.collection, shown, **wanted)
    SOURCE(key="source", data=data, on_page_change=_want_page)


def _want_page() -> None:
    st.session_state.wanted_page = st.session_state.source.page


def show_pages(
    collection: Collection,
    shown: Mapping[str, Article],
    article: str,
    start: int,
    end: int,
    asked: int,
) -> dict[str, Any]:
    """Draw the pages of a quotation, or say why they can't be shown.

    Parameters
    ----------
    shown
        The articles that the page names, by id.
    article, start, end
        The id of one of them, and what is quoted of it.
    asked
        Tells the panel what is answered.
    """
    pictures: tuple[Picture, ...] = ()
    try:
        file = collection.find_file(article) if article in shown else None
        if file is None:
            remark = _UNSEEN.format("son fichier n’est plus à sa place")
        else:
            pieces = cut_by_page(shown[article], start, end)
            pictures = _draw_pages(str(file), file.stat().st_mtime_ns, pieces, collection.scans)
            found = start == end or any(picture.place.boxes for picture in pictures)
            remark = "" if found else _UNFOUND
    except RagError as error:
        remark = _UNSEEN.format(error.what)
    except Exception:
        _log.exception("a page could not be shown")
        remark = _UNSEEN.format("une erreur inattendue s’est produite")
    return {
        "asked": asked,
        "remark": typeset(remark),
        "pictures": [
            {
                "image": f"data:image/png;base64,{base64.b64encode(picture.png).decode()}",
                "caption": typeset(f"Page {picture.place.page} de {quote(shown[article].title)}"),
            }
            for picture in pictures
        ],
    }


@st.cache_data(max_entries=8, show_spinner=False)
def _draw_pages(
    file: str, changed: int, pieces: tuple[Piece, ...], scans: Path
) -> tuple[Picture, ...]:
    return draw_pages(Path(file), pieces, scans)
