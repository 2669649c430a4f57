"""The library: every article, found, read, added, removed and put back."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from rag.collection import Added, Collection, Entry
from rag.errors import RagError
from rag.french import fold, quote, typeset
from rag.page.article import describe_article, render_article
from rag.page.library import Library
from rag.page.wording import describe_error, escape_markdown
from rag.quotas import limit_dropped
from rag.readers import EXTENSIONS, FORMATS
from rag.settings import load_settings
from rag.timeframe import format_date
from rag.types import Article, Scope
from rag.views.chat import forget_conversation
from rag.views.keeping import Undo, attempt, draw_trouble, find_undo
from rag.views.scoping import restrict

_SHOWN = 20
_ORIGINS = {"corpus": "corpus de départ", "file": "ajouté", "web": "page web"}
_SORTS = {
    "Les plus récents": lambda entry: (entry.date or "", fold(entry.title)),
    "Les plus anciens": lambda entry: (entry.date or "9999", fold(entry.title)),
    "Par titre": lambda entry: fold(entry.title),
    "Les plus longs": lambda entry: -entry.words,
}
_READ_ONLY = "Lecture seule : les articles se lisent ; ils ne s’ajoutent ni ne se retirent ici."
_MOST_LOST = 5  # places told that could not be read
_POLL = 0.5  # seconds between two looks at an indexing under way


def draw(library: Library) -> None:
    """Draw one article when one is chosen, else the list."""
    chosen = st.session_state.get("article")
    index = library.open().index
    article = index.articles.get(chosen) if chosen else None
    if article is not None:
        draw_article(article, index.copies.describe(article.id))
        return
    if chosen and library.indexing.running:
        st.button("Tous les articles", icon=":material/arrow_back:", on_click=choose, args=(None,))
        st.info("Cet article est en cours d’indexation : il s’ouvre dès qu’elle est finie.")
        draw_indexing(library)
        return
    st.session_state.article = None
    draw_list(library)


# --------------------------------------------------------------------------------- one article


def draw_article(article: Article, note: str = "") -> None:
    """Draw a whole article; ``note`` says who else published it."""
    st.button("Tous les articles", icon=":material/arrow_back:", on_click=choose, args=(None,))
    st.title(escape_markdown(typeset(article.title or article.id)), anchor=False)
    told = " · ".join(filter(None, (describe_article(article), note)))
    st.caption(escape_markdown(typeset(told)))
    if st.button("Interroger cet article", icon=":material/forum:"):
        ask_within(article.id)
    st.html(render_article(article))


def choose(identifier: str | None) -> None:
    """Show an article at the next run; None for the list."""
    st.session_state.article = identifier
    st.session_state.added = []


def ask_within(identifier: str) -> None:
    """Go to a new conversation with one article as its scope."""
    forget_conversation()
    restrict(Scope(articles=(identifier,)))
    st.switch_page(st.session_state.pages["chat"])


# ------------------------------------------------------------------------------------ the list


def draw_list(library: Library) -> None:
    """Draw what adds articles, then the articles."""
    st.title("Bibliothèque", anchor=False)
    draw_trouble()
    undo = find_undo("articles")
    if load_settings().read_only:
        st.caption(_READ_ONLY)
    else:
        draw_adding(library)
        draw_indexing(library)
        draw_undo(library, undo)
    entries = library.collection.list_entries()
    found = _filter_entries(entries)
    plural = "s" * (len(found) > 1)
    st.caption(f"{len(found)} article{plural} sur {len(entries)}")
    shown = st.session_state.get("articles-shown", _SHOWN)
    for entry in found[:shown]:
        draw_entry(library, undo, entry)
    if len(found) > shown:
        st.button("Afficher la suite", on_click=_show_more, args=(shown,))


def _filter_entries(entries: tuple[Entry, ...]) -> list[Entry]:
    with st.container(horizontal=True, vertical_alignment="bottom", key="filters"):
        words = st.text_input(
            "Chercher un article", key="articles-search", icon=":material/search:", max_chars=200
        )
        topics = sorted({topic for entry in entries for topic in entry.topics}, key=fold)
        topic = st.selectbox(
            "Thème", topics, index=None, placeholder="Tous les thèmes", key="articles-topic"
        )
        sort = st.selectbox("Ordre", list(_SORTS), key="articles-sort")
    sought = fold(words).split()
    found = [
        entry
        for entry in entries
        if (topic is None or topic in entry.topics) and _holds(entry, sought)
    ]
    return sorted(found, key=_SORTS[sort], reverse=sort == "Les plus récents")


def _holds(entry: Entry, words: Sequence[str]) -> bool:
    text = fold(" ".join((entry.title, entry.id, *entry.topics)))
    return all(word in text for word in words)


def draw_entry(library: Library, undo: Undo, entry: Entry) -> None:
    """Draw one line of the list."""
    with st.container(
        border=True,
        horizontal=True,
        vertical_alignment="center",
        gap="small",
        key=f"entry-{entry.id}",
    ):
        with st.container(gap=None):
            st.button(
                escape_markdown(typeset(entry.title or entry.id)),
                type="tertiary",
                key=f"read-{entry.id}",
                on_click=choose,
                args=(entry.id,),
                disabled=entry.hidden,
            )
            st.caption(escape_markdown(_describe_entry(entry)))
        if load_settings().read_only:
            return
        if entry.hidden:
            st.button(
                "Remettre",
                icon=":material/undo:",
                key=f"restore-{entry.id}",
                on_click=_restore,
                args=(library, undo, entry.id),
            )
        else:
            st.button(
                "Retirer",
                icon=":material/delete:",
                key=f"remove-{entry.id}",
                on_click=_remove,
                args=(library, undo, entry),
            )


def _describe_entry(entry: Entry) -> str:
    parts = [
        format_date(entry.date) if entry.date else "sans date",
        ", ".join(entry.topics[:4]),
        f"{entry.words} mot{'s' * (entry.words > 1)}",
        _ORIGINS[entry.origin],
        "retiré de l’index" if entry.hidden else "",
        entry.note,
    ]
    return typeset(" · ".join(part for part in parts if part))


def _show_more(shown: int) -> None:
    st.session_state["articles-shown"] = shown + _SHOWN


# -------------------------------------------------------------------------------------- adding


def draw_adding(library: Library) -> None:
    """Take files dropped here, or an address, and tell what became of each."""
    state = st.session_state
    with st.expander("Ajouter des articles", icon=":material/add:", expanded=True):
        # A new key empties the field once its files are kept.
        files = st.file_uploader(
            f"Déposez ici des fichiers {FORMATS}",
            type=[suffix.lstrip(".") for suffix in EXTENSIONS],
            accept_multiple_files=True,
            max_upload_size=limit_dropped(load_settings()) // 1_000_000,
            key=f"files-{state.get('uploads', 0)}",
        )
        with st.form("address", clear_on_submit=True, border=False):
            with st.container(horizontal=True, vertical_alignment="bottom"):
                address = st.text_input(
                    "Ou l’adresse d’une page", placeholder="https://…", max_chars=2000
                )
                fetch = st.form_submit_button("Ajouter la page", icon=":material/link:")
        st.caption("Seule une page ajoutée par son adresse est demandée au réseau.")
    if files:
        _add_files(library, files)
    if fetch and address.strip():
        with st.spinner("Lecture de la page…"):
            added = _add_address(library.collection, address.strip())
            library.reindex()
        _tell_added([(address.strip(), added)])
        st.rerun()
    for kind, told in state.get("added", []):
        (st.success if kind == "kept" else st.warning)(told)


def _add_files(library: Library, files: list[UploadedFile]) -> None:
    progress = st.progress(0.0, text="Lecture des fichiers…")
    outcomes = []
    for done, file in enumerate(files, start=1):
        name = escape_markdown(file.name)
        progress.progress((done - 1) / len(files), text=f"Lecture de {name} ({done}/{len(files)})…")
        outcomes.append((file.name, _add_file(library.collection, file)))
    _tell_added(outcomes)
    st.session_state.uploads = st.session_state.get("uploads", 0) + 1
    library.reindex()
    st.rerun()


def _add_file(collection: Collection, file: UploadedFile) -> Added:
    try:
        return collection.add_file(file.name, file.getvalue())
    except RagError as error:
        return Added(refused=str(error))


def _add_address(collection: Collection, address: str) -> Added:
    try:
        return collection.add_address(address)
    except RagError as error:
        return Added(refused=str(error))


def _tell_added(outcomes: list[tuple[str, Added]]) -> None:
    """Keep what became of each file for the next runs, which draw it until more is added."""
    told: list[tuple[str, str]] = []
    for name, added in outcomes:
        if added.refused:
            told.append(("refused", escape_markdown(typeset(f"{name} : {added.refused}"))))
            continue
        count = len(added.articles)
        kept = quote(added.articles[0].title) if count == 1 else f"{count} articles"
        kept += " est ajouté" if count == 1 else " sont ajoutés"
        if not count:
            kept = "ajouté ; il s’affichera quand ses pages numérisées auront été lues"
        told.append(("kept", escape_markdown(typeset(f"{name} : {kept}."))))
        told += [
            ("remark", escape_markdown(typeset(f"{name} : {remark.text}")))
            for remark in added.remarks
        ]
    st.session_state.added = told


@st.fragment(run_every=_POLL)
def _watch_indexing(library: Library) -> None:
    """Follow an indexing; the whole page is drawn again when it ends."""
    state = library.indexing
    if not state.running:
        st.rerun()
    done, total, told = state.done, state.total, "Indexation…"
    if total:
        told = f"Indexation : {done} passages sur {total}"
    elif state.recognised < state.scans:
        done, total = state.recognised, state.scans
        told = f"Lecture des pages numérisées : {done} sur {total}"
    st.progress(min(done / total, 1.0) if total else 0.0, text=told)


def draw_indexing(library: Library) -> None:
    """Tell how far an indexing is, or how the last one ended."""
    if library.indexing.running:
        _watch_indexing(library)
    elif library.indexing.error is not None:
        st.error(describe_error(library.indexing.error), icon=":material/error:")
        st.button("Recommencer", icon=":material/replay:", on_click=library.reindex)
    elif lost := [remark for remark in library.indexing.remarks if remark.lost]:
        told = "\n\n".join(f"{remark.path} : {remark.text}" for remark in lost[:_MOST_LOST])
        st.warning(escape_markdown(typeset(told)))
        st.button("Recommencer", icon=":material/replay:", on_click=library.reindex)


# ------------------------------------------------------------------------------------ removing


def draw_undo(library: Library, undo: Undo) -> None:
    """Offer to put back what was just removed."""
    if not undo.tokens:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.info(escape_markdown(typeset(f"{quote(undo.title)} est retiré de l’index.")))
        st.button("Annuler", icon=":material/undo:", on_click=_undo, args=(library, undo))


def _remove(library: Library, undo: Undo, entry: Entry) -> None:
    token = attempt(library.collection.remove, entry.id)
    if token is not None:
        undo.tokens, undo.title = (token,), entry.title or entry.id
        library.reindex()


def _restore(library: Library, undo: Undo, token: str) -> None:
    if attempt(library.collection.restore, token) is not None:
        undo.tokens = ()
        library.reindex()


def _undo(library: Library, undo: Undo) -> None:
    for token in undo.tokens:
        _restore(library, undo, token)
