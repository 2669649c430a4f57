"""The export of a conversation: Markdown, PDF or JSON, made when it is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import streamlit as st

from rag.export import MIME_TYPES, Format, make_export, name_export, write_export
from rag.records import KeptExchange

_LABELS: dict[Format, str] = {"md": "Markdown", "pdf": "PDF", "json": "JSON"}
_HELP = (
    "Avec les citations, leur place dans les articles et l’empreinte de ceux-ci : "
    "`python -m rag recheck FICHIER` dira si tout tient encore."
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
        st.caption(_HELP)
        for format, label in _LABELS.items():
            st.download_button(
                label,
                data=partial(write_export, export, format),
                file_name=name_export(export, format),
                mime=MIME_TYPES[format],
                key=f"export-{format}-{moment}",
                on_click="ignore",
            )
