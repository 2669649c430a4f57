"""The export of a conversation, or of the articles that it cites, made when it is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import streamlit as st

from rag.export import MIME_TYPES, REFERENCES, Format, make_export, name_export, write_export
from rag.records import KeptExchange

_LABELS: dict[Format, str] = {
    "docx": "Word",
    "pdf": "PDF",
    "md": "Markdown",
    "json": "JSON",
    "ris": "Zotero (RIS)",
    "bib": "BibTeX",
    "csv": "Tableur (CSV)",
}
_HELP = (
    "Word met chaque citation en note de bas de page. PDF, Markdown et JSON gardent de quoi "
    "vérifier plus tard si chaque phrase tient encore. Zotero et BibTeX reçoivent les articles "
    "cités, un tableur les phrases citées."
)


def draw_export(conversation: str, exchanges: Sequence[KeptExchange], moment: str) -> None:
    """Offer a conversation as a file; ``moment`` tells apart what one run draws twice.

    The button stands there from the first question on, so that nothing moves at its answer.
    """
    icon, key = ":material/download:", f"export-{moment}"
    with st.popover("Exporter", icon=icon, disabled=not exchanges, key=key):
        if not exchanges:
            return
        export = make_export(conversation, exchanges)
        cites = any(exchange.articles for exchange in export.exchanges)
        st.caption(_HELP)
        for format, label in _LABELS.items():
            st.download_button(
                label,
                data=partial(write_export, export, format),
                file_name=name_export(export, format),
                mime=MIME_TYPES[format],
                key=f"export-{format}-{moment}",
                on_click="ignore",
                disabled=format in REFERENCES and not cites,
            )
