"""The way out of a page that has a password."""

from __future__ import annotations

import streamlit as st

from rag.guard.entrance import FORGET, LEAVE
from rag.settings import load_settings

_LINK = '<p><a class="leave" href="{}" target="_self">{}</a></p>'


def draw() -> None:
    """Offer to leave; where a page is shared, without a way back to one's conversations too."""
    st.title("Se déconnecter", anchor=False)
    st.write("Ce navigateur devra redonner le mot de passe.")
    st.html(_LINK.format(LEAVE, "Se déconnecter"))
    if load_settings().shared:
        st.write(
            "Sur un ordinateur qui n’est pas le vôtre, faites aussi oublier vos conversations : "
            "plus personne ne pourra les rouvrir dans la page, pas même vous."
        )
        st.html(_LINK.format(f"{LEAVE}?{FORGET}", "Se déconnecter et oublier mes conversations"))
