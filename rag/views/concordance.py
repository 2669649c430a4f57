"""Where the articles agree and where they contradict each other, quotations side by side."""

from __future__ import annotations

import streamlit as st

from rag.french import typeset
from rag.page.library import Library
from rag.page.quotations import describe_concordance
from rag.views.surveying import draw_quotations, follow_survey

TITLE = "Accords et désaccords"
LEAD = (
    "Seules des valeurs sont comparées : nombres, montants, parts, durées. N’est montré que ce qui "
    "est sûr ; beaucoup de désaccords ne sont pas relevés. Jugez sur les citations."
)
ALONE = "Il n’y a qu’un article : rien ne peut lui être comparé."


def draw(library: Library) -> None:
    """Draw what was found, or say that it is being looked for."""
    st.title(TITLE, anchor=False)
    st.caption(typeset(LEAD))
    surveys = follow_survey(library)
    if surveys is None or surveys.survey is None:
        return
    articles = surveys.index.articles
    if len(articles) == 1:
        st.info(typeset(ALONE))
    draw_quotations("concordance", describe_concordance(surveys.survey.concordance, articles))
