"""The library: every article, found, read, added, removed and put back."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from rag.collection import Added, Collection, Draft, Entry
from rag.errors import RagError
from rag.french import fold, quote, terms, typeset
from rag.index import Index
from rag.page.article import describe_article, render_article, tell_words
from rag.page.library import Library
from rag.page.standing import (
    Standing,
    find_standing,
    is_long,
    tell_cost,
    tell_progress,
    tell_standing,
)
from rag.page.wording import describe_error, escape_markdown
from rag.quotas import limit_dropped
from rag.readers import EXTENSIONS, FORMATS
from rag.scope import list_topics
from rag.settings import load_settings
from rag.timeframe import format_date
from rag.types import Article, Scope
from rag.views.chat import forget_conversation
from rag.views.keeping import Undo, attempt, draw_trouble, find_undo
from rag.views.scoping import restrict

_SHOWN = 20
_PREVIEWED = 400  # characters of an article shown before it is added
_ORIGINS = {"corpus": "corpus de départ", "file": "ajouté", "web": "page web"}
_SORTS: dict[str, Callable[[Entry], object] | None] = {
    "Derniers ajouts": None,  # the order of the collection
    "Les plus récents": lambda entry: (entry.date or "", fold(entry.title)),
    "Les plus anciens": lambda entry: (entry.date or "9999", fold(entry.title)),
    "Par titre": lambda entry: fold(entry.title),
    "Les plus longs": lambda entry: -entry.words,
}
_READ_ONLY = "Lecture seule : les articles se lisent ; ils ne s’ajoutent ni ne se retirent ici."
_MOST_TOLD = 5  # files told one by one once they are added
_MOST_LOST = 5  # places told that could not be read
_POLL = 0.5  # seconds between two looks at an indexing under way
_ICONS: dict[Standing, str] = {
    "waiting": ":material/schedule:",
    "indexing": ":material/sync:",
    "stopped": ":material/pause_circle:",
    "partial": ":material/rule:",
    "ready": ":material/check:",
}


def draw(library: Library) -> None:
    """Draw one article when one is chosen, else the list."""
    chosen = st.session_state.get("article")
    index = library.open().index
    article = index.articles.get(chosen) if chosen else None
    if article is not None:
        draw_trouble()
        draw_article(library, article, index)
        return
    if chosen and library.indexing.running:
        st.button("Tous les articles", icon=":material/arrow_back:", on_click=choose, args=(None,))
        st.info("Cet article est en cours d’indexation : il s’ouvre dès qu’elle est finie.")
        draw_indexing(library)
        return
    st.session_state.article = None
    draw_list(library)


# --------------------------------------------------------------------------------- one article


def draw_article(library: Library, article: Article, index: Index) -> None:
    """Draw a whole article, and who else published it."""
    st.button("Tous les articles", icon=":material/arrow_back:", on_click=choose, args=(None,))
    st.title(escape_markdown(typeset(article.title or article.id)), anchor=False)
    told = " · ".join(filter(None, (describe_article(article), index.copies.describe(article.id))))
    st.caption(escape_markdown(typeset(told)))
    with st.container(horizontal=True):
        if st.button("Interroger cet article", icon=":material/forum:"):
            ask_within(article.id)
        if not load_settings().read_only:
            with st.popover("Date et thèmes", icon=":material/edit_calendar:"):
                draw_sheet(library, article, [topic for topic, _ in list_topics(index)])
    if library.indexing.running:
        _watch_indexing(library, library.generation)
    st.html(render_article(article))


def draw_sheet(library: Library, article: Article, topics: Sequence[str]) -> None:
    """Offer to give an article another date and other topics; its file is not touched."""
    with st.form(f"sheet-{article.id}", border=False):
        date = st.text_input(
            "Date",
            format_date(article.date) if article.date else "",
            placeholder="12 mars 2024, mars 2024 ou 2024",
            max_chars=40,
        )
        chosen = st.multiselect(
            "Thèmes",
            sorted({*topics, *article.topics}, key=fold),
            article.topics,
            accept_new_options=True,
            placeholder="Choisissez ou écrivez un thème",
        )
        if st.form_submit_button("Enregistrer", icon=":material/save:"):
            attempt(library.collection.describe, article.id, date, chosen)
            library.reindex()
            st.rerun()


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
    found = _filter_entries(entries, library.open().index)
    plural = "s" * (len(found) > 1)
    st.caption(f"{len(found)} article{plural} sur {len(entries)}")
    shown = st.session_state.get("articles-shown", _SHOWN)
    if library.indexing.running:
        _watch_entries(library, undo, found[:shown], undo.tokens)
    else:
        draw_entries(library, undo, found[:shown])
    if len(found) > shown:
        st.button("Afficher la suite", on_click=_show_more, args=(shown,))


def draw_entries(library: Library, undo: Undo, entries: Sequence[Entry]) -> None:
    """Draw the lines of the list."""
    indexed = library.open().index.articles
    for entry in entries:
        draw_entry(library, undo, entry, find_standing(entry, library, indexed))


@st.fragment(run_every=2 * _POLL)
def _watch_entries(
    library: Library, undo: Undo, entries: Sequence[Entry], removed: tuple[str, ...]
) -> None:
    """Draw the lines of the list while their standings change; the whole page after a button."""
    state = st.session_state
    if state.get("article") or "trouble" in state or undo.tokens != removed:
        st.rerun()
    draw_entries(library, undo, entries)


def _filter_entries(entries: tuple[Entry, ...], index: Index) -> list[Entry]:
    with st.container(horizontal=True, vertical_alignment="bottom", key="filters"):
        words = st.text_input(
            "Chercher un article",
            key="articles-search",
            icon=":material/search:",
            placeholder="Dans les titres et les textes",
            max_chars=200,
        )
        topics = sorted({topic for entry in entries for topic in entry.topics}, key=fold)
        topic = st.selectbox(
            "Thème", topics, index=None, placeholder="Tous les thèmes", key="articles-topic"
        )
        sort = st.selectbox("Ordre", list(_SORTS), key="articles-sort")
    found = [entry for entry in entries if topic is None or topic in entry.topics]
    for word in words.split():
        found = _find_word(found, word, index)
    key = _SORTS[sort]
    if key is None:
        return found
    return sorted(found, key=key, reverse=sort == "Les plus récents")  # type: ignore[arg-type]


def _find_word(entries: Sequence[Entry], word: str, index: Index) -> list[Entry]:
    """Return the articles that hold a word in their title, id, topics or text.

    The texts are those of the index: what stems alike is found too, function words everywhere.
    """
    sought = index.find_terms(word)
    rows = [row for term in sought for row in index.rows_holding(term)]
    holding = {index.chunks[row].article_id for row in rows}
    return [
        entry
        for entry in entries
        if entry.id in holding
        or fold(word) in fold(" ".join((entry.title, entry.id, *entry.topics)))
        or not terms(word)
    ]


def draw_entry(library: Library, undo: Undo, entry: Entry, standing: Standing) -> None:
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
                disabled=entry.hidden or standing == "stopped",
            )
            told = escape_markdown(_describe_entry(entry))
            # Of the corpus, what is ready goes without saying.
            own = entry.added_at is not None
            if standing in _ICONS and (own or standing != "ready"):
                mark = escape_markdown(tell_standing(standing, library))
                told = f"{_ICONS[standing]} **{mark}** · {told}"
            st.caption(told)
        if load_settings().read_only:
            return
        with st.container(horizontal=True, width="content"):
            _draw_actions(library, undo, entry, standing)


def _draw_actions(library: Library, undo: Undo, entry: Entry, standing: Standing) -> None:
    if standing in ("waiting", "indexing"):
        st.button(
            "Arrêter",
            icon=":material/stop_circle:",
            key=f"stop-{entry.id}",
            on_click=library.stop,
            args=([entry.id],),
            help="Cet article reste dans la liste ; ce qui en est indexé est gardé.",
        )
    elif standing == "stopped":
        st.button(
            "Indexer",
            icon=":material/play_circle:",
            key=f"resume-{entry.id}",
            on_click=library.resume,
            args=([entry.id],),
        )
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
        tell_words(entry.words),
        _ORIGINS[entry.origin],
        "retiré de l’index" if entry.hidden else "",
        entry.note,
        entry.partial,
    ]
    return typeset(" · ".join(part for part in parts if part))


def _show_more(shown: int) -> None:
    st.session_state["articles-shown"] = shown + _SHOWN


# -------------------------------------------------------------------------------------- adding


def draw_adding(library: Library) -> None:
    """Take files dropped here, or an address, and tell what became of each."""
    state = st.session_state
    with st.expander("Ajouter des articles", icon=":material/add:", expanded=True):
        whole = st.toggle("Un dossier entier", key="articles-folder")
        # A new key empties the field once its files are kept.
        files = st.file_uploader(
            f"Déposez ici {'un dossier de' if whole else 'des'} fichiers {FORMATS}",
            type=[suffix.lstrip(".") for suffix in EXTENSIONS],
            accept_multiple_files="directory" if whole else True,
            max_upload_size=limit_dropped(load_settings()) // 1_000_000,
            key=f"files-{state.get('uploads', 0)}-{whole}",
        )
        if files:
            draw_drafts(library, files)
        with st.form("address", clear_on_submit=True, border=False):
            with st.container(horizontal=True, vertical_alignment="bottom"):
                address = st.text_input(
                    "Ou l’adresse d’une page", placeholder="https://…", max_chars=2000
                )
                fetch = st.form_submit_button("Ajouter la page", icon=":material/link:")
        st.caption("Seule une page ajoutée par son adresse est demandée au réseau.")
    if fetch and address.strip():
        with st.spinner("Lecture de la page…"):
            added = _add_address(library.collection, address.strip())
            library.reindex()
        _tell_added([(address.strip(), added)])
        st.rerun()
    for kind, told in state.get("added", []):
        (st.success if kind == "kept" else st.warning)(told)


def draw_drafts(library: Library, files: list[UploadedFile]) -> None:
    """Show what would be added, and what it costs, until it is or the files are taken away."""
    drafts = _prepare_files(library.collection, files)
    articles = [article for draft in drafts for article in draft.told.articles]
    lengths = [len(article.text) for article in articles]
    rate = library.measure_rate() if is_long(lengths) else library.rate
    with st.container(key="drafts", height=320 if len(drafts) > 3 else "content", border=True):
        for file, draft in zip(files, drafts, strict=True):
            _draw_draft(file.name, draft, rate)
    kept = [draft for draft in drafts if draft.read is not None]
    if articles:
        cost = tell_cost(lengths, rate)
        pass_before = " ; les articles courts passent avant les longs" if is_long(lengths) else ""
        st.caption(escape_markdown(f"En tout {cost}{pass_before}."))
    plural = "s" * (len(kept) > 1)
    with st.container(horizontal=True):
        if kept and st.button(
            f"Ajouter {len(kept)} fichier{plural}", type="primary", icon=":material/add:"
        ):
            _keep_drafts(library, files, drafts)
        if st.button("Ne rien ajouter", icon=":material/close:"):
            for draft in kept:
                library.collection.drop(draft)
            _take_no_more_files()


def _prepare_files(collection: Collection, files: list[UploadedFile]) -> list[Draft]:
    """Read each file once, however often the page is drawn."""
    known: dict[str, Draft] = st.session_state.setdefault("drafts", {})
    missing = [file for file in files if file.file_id not in known]
    if missing:
        progress = st.progress(0.0)
        for done, file in enumerate(missing):
            told = f"Lecture de {escape_markdown(file.name)} ({done + 1}/{len(missing)})…"
            progress.progress(done / len(missing), text=told)
            known[file.file_id] = _prepare_file(collection, file)
        progress.empty()
    gone = known.keys() - {file.file_id for file in files}
    for name in gone:
        collection.drop(known.pop(name))
    return [known[file.file_id] for file in files]


def _prepare_file(collection: Collection, file: UploadedFile) -> Draft:
    try:
        return collection.prepare_file(file.name, file.getvalue())
    except RagError as error:
        return Draft(Added(refused=str(error)))


def _draw_draft(name: str, draft: Draft, rate: float) -> None:
    """Tell what a file holds, or why it is refused, and show how its articles begin."""
    told = draft.told
    if told.refused:
        st.caption(
            f":material/block: **{escape_markdown(name)}** : "
            f"{escape_markdown(typeset(told.refused))}"
        )
        return
    articles = told.articles
    lengths = [len(article.text) for article in articles]
    parts = [describe_article(articles[0])] if len(articles) == 1 else []
    parts += [f"{len(articles)} articles"] if len(articles) > 1 else []
    parts += [tell_cost(lengths, rate)] if is_long(lengths) else []
    parts += [f"remplacera {quote(draft.replaces)}"] if draft.replaces else []
    parts += [remark.text for remark in told.remarks]
    title = quote(articles[0].title) if len(articles) == 1 else ""
    head = " : ".join(filter(None, (f"**{escape_markdown(name)}**", escape_markdown(title))))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"{head} · {escape_markdown(typeset(' · '.join(parts)))}")
        if articles:
            with st.popover("Aperçu", type="tertiary"):
                for article in articles[:3]:
                    st.text(f"{article.title}\n\n{article.text[:_PREVIEWED].strip()}…")


def _take_no_more_files() -> None:
    st.session_state.uploads = st.session_state.get("uploads", 0) + 1
    st.session_state.drafts = {}
    st.rerun()


def _keep_drafts(library: Library, files: list[UploadedFile], drafts: list[Draft]) -> None:
    progress = st.progress(0.0)
    outcomes = []
    for done, (file, draft) in enumerate(zip(files, drafts, strict=True)):
        progress.progress(done / len(files), text=f"Ajout de {escape_markdown(file.name)}…")
        outcomes.append((file.name, _keep_draft(library.collection, draft)))
    _tell_added(outcomes)
    library.reindex()
    _take_no_more_files()


def _keep_draft(collection: Collection, draft: Draft) -> Added:
    try:
        return collection.keep(draft)
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
    kept = [(name, added) for name, added in outcomes if not added.refused]
    if len(kept) > _MOST_TOLD:
        count = sum(len(added.articles) for _, added in kept)
        told.append(("kept", f"{len(kept)} fichiers, {count} articles : tout est ajouté."))
    for name, added in outcomes:
        if added.refused:
            told.append(("refused", escape_markdown(typeset(f"{name} : {added.refused}"))))
            continue
        if len(kept) <= _MOST_TOLD:
            told.append(("kept", escape_markdown(typeset(f"{name} : {_tell_kept(added)}."))))
        told += [
            ("remark", escape_markdown(typeset(f"{name} : {remark.text}")))
            for remark in added.remarks
        ]
    st.session_state.added = told


def _tell_kept(added: Added) -> str:
    count = len(added.articles)
    if not count:
        return "ajouté ; il s’affichera quand ses pages numérisées auront été lues"
    if count == 1:
        return f"{quote(added.articles[0].title)} est ajouté"
    return f"{count} articles sont ajoutés"


@st.fragment(run_every=_POLL)
def _watch_indexing(library: Library, generation: str) -> None:
    """Follow an indexing; the whole page is drawn again when it ends."""
    state = library.indexing
    # A stage was published, or the end: other articles can be read, and are listed otherwise.
    if not state.running or library.generation != generation:
        st.rerun()
    done, total, told = state.done, state.total, tell_progress(state, library.rate)
    if state.recognised < state.scans:
        done, total = state.recognised, state.scans
        told = f"lecture des pages numérisées, {done} sur {total}"
    going = (state.stage | state.later) - library.stopped
    now, later = len(state.stage & going), len(state.later & going)
    if state.stage and not going:
        told = "arrêt en cours"
    elif going:
        told += f" · {later} en attente" if later else ""
    count = f" de {now} article{'s' * (now > 1)}" if now else ""
    share = min(done / total, 1.0) if total else 0.0
    st.progress(share, text=typeset(f"Indexation{count} : {told}"))
    if going:
        st.button(
            "Arrêter l’indexation",
            icon=":material/stop_circle:",
            on_click=library.stop,
            args=(going,),
        )


def draw_indexing(library: Library) -> None:
    """Tell how far an indexing is, or how the last one ended."""
    if library.indexing.running:
        _watch_indexing(library, library.generation)
    elif library.indexing.error is not None:
        st.error(describe_error(library.indexing.error), icon=":material/error:")
        st.button("Recommencer", icon=":material/replay:", on_click=library.reindex)
        return
    elif lost := [remark for remark in library.indexing.remarks if remark.lost]:
        told = "\n\n".join(f"{remark.path} : {remark.text}" for remark in lost[:_MOST_LOST])
        st.warning(escape_markdown(typeset(told)))
        st.button("Recommencer", icon=":material/replay:", on_click=library.reindex)
    stopped = library.stopped & library.find_waiting() if library.stopped else frozenset()
    if len(stopped) > 1:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.info(f"{len(stopped)} articles sont arrêtés : ils ne sont pas consultables.")
            st.button(
                "Les indexer",
                icon=":material/play_circle:",
                on_click=library.resume,
                args=(stopped,),
            )
    refused = [remark for remark in library.indexing.remarks if remark.skipped and not remark.lost]
    if refused:
        with st.expander(f"Laissés de côté ({len(refused)})", icon=":material/block:"):
            for remark in refused:
                st.caption(escape_markdown(typeset(f"{remark.path} : refusé, {remark.text}")))


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
