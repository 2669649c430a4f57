"""The articles of the user, beside those of the corpus: add, list, remove, put back.

::

    DATA/articles/NAME         the files added, as they were given; the ids begin with « ajouts/ »
    DATA/adresses/NAME.json    for a file that came from the web: its address, when, its SHA-256
    DATA/corbeille/            the files removed; see ``trash``
    DATA/masqués.json          ids of the articles left out of the index but not removed
    DATA/fiches.json           dates and topics that the user gave, by id
    DATA/brouillons/           what is being added
    DATA/articles.lock         held while a file is moved; dies with its owner

A file put into ``articles`` or taken out of it by hand is as good as one added here. An address is
believed only while its file has the SHA-256 it was noted with. The files of the corpus are never
touched: its articles are hidden, not removed. Knows nothing about the index.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import secrets
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Literal

from rag import trash
from rag.addresses import Page, fetch_page, is_public
from rag.copies import find_copies, is_version
from rag.durable import (
    explain_disk_errors,
    make_folder,
    move,
    open_lock,
    read_sealed,
    write_atomically,
    write_sealed,
)
from rag.errors import AddressError, EmptyCorpus, UsageError
from rag.file_names import free_name, safe_name
from rag.quotas import check_changes, check_room, refuse_size
from rag.readers import (
    EXTENSIONS,
    Reading,
    Remark,
    Tell,
    count_waiting,
    exists,
    find_file,
    find_same,
    ignore,
    list_files,
    make_reading,
    read_quickly,
    read_scanned,
    scans,
    tell_same,
    unknown_format,
)
from rag.readers.dates import parse_date
from rag.settings import Settings
from rag.trash import Removed
from rag.types import Article

PREFIX = "ajouts/"
# Reading the longest file takes minutes; what is older was left by a process that was killed.
_OLD_DRAFT = timedelta(days=1)

Origin = Literal["corpus", "file", "web"]


@dataclass(frozen=True, slots=True)
class Added:
    """What became of a file or an address.

    ``articles`` are those now in the collection, with their ids; ``refused`` says in French why
    there are none, else is empty. ``token`` puts back what it replaces, empty when nothing was
    removed.
    """

    articles: tuple[Article, ...] = ()
    remarks: tuple[Remark, ...] = ()
    refused: str = ""
    token: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One article as a list shows it.

    Attributes
    ----------
    words
        Number of words of its text.
    origin
        ``corpus``, ``file`` for one that was added, ``web`` for one added by its address.
    file
        Path of its file, in the corpus or among the added ones.
    added_at
        When it was added, in UTC; None for the corpus.
    hidden
        Whether it is left out of the index.
    note
        Who else published it, or what it is the same as, and how sure its scans are, in French;
        empty when there is nothing to say.
    length
        Number of characters of its text.
    partial
        What of its file could not be read, or not yet, in French; else empty.
    same
        Whether it is the same as another, which is indexed in its place.
    """

    id: str
    title: str
    date: str
    topics: tuple[str, ...]
    words: int
    origin: Origin
    file: str
    url: str
    added_at: datetime | None
    hidden: bool
    note: str = ""
    length: int = 0
    partial: str = ""
    same: bool = False


@dataclass(frozen=True, slots=True)
class _Sheet:
    """What the user says of an article instead of its file."""

    date: str
    topics: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _File:
    """One file as it was read; ``name`` begins with ``PREFIX`` when it was added."""

    path: Path
    name: str
    articles: tuple[Article, ...]
    remarks: tuple[Remark, ...]
    url: str = ""
    added_at: datetime | None = None

    @property
    def own(self) -> bool:
        return self.added_at is not None

    @property
    def text(self) -> str:
        return "\n".join(article.text for article in self.articles)


@dataclass(frozen=True, slots=True)
class Draft:
    """A file that was read, and that ``Collection.keep`` adds.

    Attributes
    ----------
    told
        What adding it would give; the names of its articles may change.
    replaces
        The name of the file that it would replace; empty when there is none.
    """

    told: Added
    replaces: str = ""
    read: _File | None = None
    content: bytes = b""


class Collection:
    """The corpus of the settings and the articles of the user, read as one.

    Several processes and threads may use the same folder at once. What was read is remembered
    until its file changes.

    Parameters
    ----------
    settings
        ``corpus``, ``data``, ``networks``, the limits and, for what is kept of scans, ``index``
        are used.
    fetch
        Brings the page at an address; ``fetch_page`` with the networks of the settings when None.
    """

    def __init__(self, settings: Settings, fetch: Callable[[str], Page] | None = None) -> None:
        self._settings = settings
        self.corpus = settings.corpus
        self._fetch = fetch or partial(
            fetch_page, is_allowed=partial(is_public, networks=settings.networks)
        )
        self._data = settings.data.resolve()
        self._articles = self._data / "articles"
        self._addresses = self._data / "adresses"
        self._trash = self._data / "corbeille"
        self._drafts = self._data / "brouillons"
        self._hidden = self._data / "masqués.json"
        self._sheets = self._data / "fiches.json"
        self.scans = settings.index / scans.FOLDER
        self._known: dict[Path, tuple[object, _File]] = {}

    # ------------------------------------------------------------------------------- reading

    def read(self, tell: Tell | None = ignore) -> Reading:
        """Read every article that is not hidden, once the scans that wait are recognised.

        Parameters
        ----------
        tell
            Called with the number of pages that were recognised, and that are to be; None leaves
            them waiting.

        Raises
        ------
        EmptyCorpus
            When the corpus does not exist, or nothing can be read.
        UnreadableFolder
            When the system refuses the corpus or the folder of the user's articles.
        """
        if tell is not None:
            self._recognise(tell)
        remarks: list[Remark] = []
        shown = [article for _, article, hidden in self._visit(remarks) if not hidden]
        if not shown:
            told = " ; ".join(f"{remark.path} : {remark.text}" for remark in remarks[:5])
            raise EmptyCorpus(
                "Il n’y a aucun article à indexer." + (f" Ignorés : {told}." if told else ""),
                kept="L’index précédent, s’il existe, reste en service.",
                todo="Ajoutez un article, ou rétablissez-en un.",
            )
        return make_reading(shown, remarks)

    def list_entries(self) -> tuple[Entry, ...]:
        """List every article, hidden or not: the user's, last added first, then the corpus.

        Raises
        ------
        EmptyCorpus, UnreadableFolder
            When the corpus does not exist, or the system refuses it.
        """
        visited = list(self._visit([]))
        shown = [article for _, article, hidden in visited if not hidden]
        same = find_same(shown)
        copies = find_copies(tuple(article for article in shown if article.id not in same))
        notes = {article.id: copies.describe(article.id) for article in shown}
        notes |= {name: tell_same(first) for name, first in same.items()}
        entries = [
            replace(_describe(*found, notes.get(found[1].id, "")), same=found[1].id in same)
            for found in visited
        ]
        return tuple(
            sorted(entries, key=lambda e: (-e.added_at.timestamp() if e.added_at else 0, e.id))
        )

    def list_shown(self) -> frozenset[str]:
        """Return the ids of the articles that an index of the collection holds.

        Raises
        ------
        EmptyCorpus, UnreadableFolder
            See ``list_entries``.
        """
        shown = [article for _, article, hidden in self._visit([]) if not hidden]
        return frozenset(article.id for article in shown) - find_same(shown).keys()

    def find_file(self, identifier: str) -> Path | None:
        """Return the file whose name is the id of its article, None when there is none."""
        if identifier.startswith(PREFIX):
            own = find_file(self._articles, identifier.removeprefix(PREFIX))
            if own is not None:
                return own
        return find_file(self.corpus, identifier)

    def _visit(self, remarks: list[Remark]) -> Iterator[tuple[_File, Article, bool]]:
        """Give every article once, with its file and whether it is hidden."""
        if not exists(self.corpus):
            raise EmptyCorpus(
                f"Le dossier d’articles « {self.corpus} » n’existe pas.",
                kept="L’index précédent, s’il existe, reste en service.",
                todo="Remettez-le en place, ou indexez-en un autre.",
            )
        hidden, sheets = self._load_hidden(remarks), self._load_sheets(remarks)
        seen: set[str] = set()
        for file in self._read_files(remarks):
            remarks += file.remarks
            for article in file.articles:
                if article.id in seen:
                    told = f"l’identifiant « {article.id} » est déjà pris ; cet article est ignoré"
                    remarks.append(Remark(file.name, True, told))
                else:
                    seen.add(article.id)
                    given = sheets.get(article.id)
                    if given is not None:
                        article = replace(article, date=given.date, topics=given.topics)
                    yield file, article, article.id in hidden

    def _read_files(self, remarks: list[Remark]) -> Iterator[_File]:
        for folder, prefix in ((self.corpus, ""), (self._articles, PREFIX)):
            found: list[Remark] = []
            for path, name in list_files(folder, found) if exists(folder) else ():
                yield self._read_file(path, prefix + name)
            remarks += [replace(remark, path=prefix + remark.path) for remark in found]

    def _read_file(self, path: Path, name: str) -> _File:
        """Read a file, or remember it when neither it nor its note has changed since."""
        state = self._find_state(path, name)
        known = self._known.get(path)
        if known is None or known[0] != state:
            known = state, self._complete(_File(path, name, *read_quickly(path, name, self.scans)))
            self._remember(*known)
        return known[1]

    def _recognise(self, tell: Tell) -> None:
        """Read again the files that have scans, with these."""
        waiting = [file for file in self._read_files([]) if count_waiting(file.remarks)]
        before, total = 0, sum(count_waiting(file.remarks) for file in waiting)

        def count(done: int, of_file: int) -> None:
            tell(before + done, total)

        for file in waiting:
            tell(before, total)
            state = self._find_state(file.path, file.name)
            read = read_scanned(file.path, file.name, self.scans, count)
            self._remember(state, self._complete(_File(file.path, file.name, *read)))
            before += count_waiting(file.remarks)

    def _remember(self, state: object, file: _File) -> None:
        # A disk that fails once leaves no trace on the file.
        if not any(remark.lost == "denied" for remark in file.remarks):
            self._known[file.path] = state, file

    def _find_state(self, path: Path, name: str) -> object:
        return _state(path), _state(self._note_of(name))

    def _complete(self, file: _File) -> _File:
        """Give the articles of an added file their ids and the address that they came from."""
        if not file.name.startswith(PREFIX) or not file.path.is_relative_to(self._articles):
            return file
        note, remarks = self._load_note(file)
        url = str(note.get("url", ""))
        within = re.compile(rf"{re.escape(file.name)}(?:#|\Z)")
        # The ids of a JSONL are its author's: two files may have the same ones. Those of what is
        # within a file begin with its name.
        articles = tuple(
            replace(
                article,
                id=article.id if within.match(article.id) else f"{file.name}#{article.id}",
                url=url or article.url,
            )
            for article in file.articles
        )
        added = _time_added(file.path, note)
        remarks = file.remarks + remarks
        return replace(file, articles=articles, remarks=remarks, url=url, added_at=added)

    # -------------------------------------------------------------------------------- adding

    def add_file(self, name: str, content: bytes) -> Added:
        """Keep a file, if at least one article can be read in it.

        Parameters
        ----------
        name
            As the user's system gives it; it is made safe, and numbered when another file has it.
        content
            Its bytes. Its scans are recognised when it is indexed.

        Raises
        ------
        NoSpace
            When the disk is full; nothing is kept.
        RagError
            When the folder can't be written.
        """
        return self.keep(self.prepare_file(name, content))

    def prepare_file(self, name: str, content: bytes) -> Draft:
        """Read a file that may be added; see ``add_file``.

        What becomes of it is for ``keep`` or ``drop``; a draft of neither is removed after a day.
        """
        return self._prepare(safe_name(name), content, "")

    def add_address(self, url: str) -> Added:
        """Fetch the page at an address and keep it, with its address and the time.

        A page that was already there is replaced when its text has changed; the former version
        goes to the trash.

        Raises
        ------
        NoSpace, RagError
            See ``add_file``. What the network or the site refuses is told by ``refused``.
        """
        try:
            page = self._fetch(url)
        except AddressError as error:
            return Added(refused=str(error))
        return self.keep(self._prepare(safe_name(page.name), page.content, page.url))

    def _prepare(self, name: str, content: bytes, url: str) -> Draft:
        if Path(name).suffix not in EXTENSIONS:
            return Draft(Added(refused=unknown_format(Path(name))))
        if refused := refuse_size(self._settings, len(content)):
            return Draft(Added(refused=refused))
        with self._writing("L’article n’a pas pu être ajouté", "Rien n’a été ajouté."):
            check_room(self._settings, len(content))
            path = self._drafts / secrets.token_hex(8) / name
            path.parent.mkdir(parents=True)
            whole = False
            try:
                write_atomically(path, content)
                read = _File(path, PREFIX + name, *read_quickly(path, PREFIX + name, self.scans))
                draft = self._judge(replace(read, url=url), content)
                whole = draft.read is not None
            finally:
                if not whole:
                    shutil.rmtree(path.parent, ignore_errors=True)
        return draft

    def _judge(self, read: _File, content: bytes) -> Draft:
        """Say what adding a draft would give."""
        if not read.articles and not count_waiting(read.remarks):
            told = read.remarks[0].text if read.remarks else "aucun texte n’a pu y être lu"
            return Draft(Added(remarks=read.remarks, refused=told))
        refused = self._refuse_twin(read, content)
        if refused:
            return Draft(Added(refused=refused))
        former = self._find_former(read)
        name = former.name.removeprefix(PREFIX) if former else ""
        return Draft(Added(read.articles, read.remarks), name, read, content)

    def keep(self, draft: Draft) -> Added:
        """Add what was prepared; see ``add_file``."""
        if draft.read is None:
            return draft.told
        with self._writing("L’article n’a pas pu être ajouté", "Rien n’a été ajouté."):
            try:
                with self._lock():
                    return self._keep(draft.read, draft.content)
            finally:
                self.drop(draft)

    def drop(self, draft: Draft) -> None:
        """Forget what was prepared."""
        if draft.read is not None:
            shutil.rmtree(draft.read.path.parent, ignore_errors=True)

    def _keep(self, read: _File, content: bytes) -> Added:
        """Move a draft that has been read to its place, unless it is there already."""
        refused = self._refuse_twin(read, content)
        if refused:
            return Added(refused=refused)
        former = self._find_former(read)
        if former is None:
            file = self._settle(read, content)
            return Added(file.articles, file.remarks)
        name = former.name.removeprefix(PREFIX)
        token = ""
        if not former.own:
            file = self._settle(read, content)
            with self._undoing(file):
                self._save_hidden(self._known_hidden() | {a.id for a in former.articles})
            told = f"remplace « {name} » du corpus de départ, retiré de l’index"
        else:
            if _find_name(former) == _find_name(read):
                file, token = self._replace(former, read, content)
            else:
                file = self._settle(read, content)
                with self._undoing(file):
                    token = self._discard(former)
            told = f"remplace « {name} », mis à la corbeille"
        return Added(file.articles, (*file.remarks, Remark(file.name, False, told)), token=token)

    @contextmanager
    def _undoing(self, file: _File) -> Iterator[None]:
        """Take an added file away again when what goes with it can't be written."""
        try:
            yield
        except OSError:
            file.path.unlink()
            self._note_of(file.name).unlink(missing_ok=True)
            raise

    def _find_former(self, read: _File) -> _File | None:
        """Find the file that another corrects.

        It has the same address; or is a version of it with the same name, or with the title and
        the source of the one article of each.
        """
        for sign in (_find_url,) if read.url else (_find_name, _find_head):
            own = sign(read)
            for file in self._read_files([]):
                if own and sign(file) == own and (read.url or is_version(file.text, read.text)):
                    return file
        return None

    def _replace(self, former: _File, read: _File, content: bytes) -> tuple[_File, str]:
        """Put a file in the place of another, at once, and that one in the trash.

        Return its token too.
        """
        note = self._note_of(former.name)
        noted, before = read.url and note.read_bytes(), former.path.read_bytes()
        token = self._discard(former, leave=True)
        try:
            if read.url:
                self._write_note(read, former.name, content, before)
            write_atomically(former.path, content)
        except OSError:
            if _holds(former.path, before):
                shutil.rmtree(self._trash / token, ignore_errors=True)
                if noted:
                    with suppress(OSError):
                        write_atomically(note, noted)
            raise
        path = former.path
        # What stays is told; capitals are another name here, and none on other systems.
        with suppress(OSError):
            self._show(lambda hidden: hidden.startswith(f"{former.name}#"))
            if not read.url:
                note.unlink(missing_ok=True)
                move(path, path.with_name(read.path.name))
                path = path.with_name(read.path.name)
        return self._keep_read(read, path, str(Path(former.name).with_name(path.name))), token

    def _write_note(self, read: _File, name: str, content: bytes, before: bytes = b"") -> None:
        """Note where a file comes from; what it replaces came from there too."""
        note = {
            "url": read.url,
            "added": datetime.now(UTC).isoformat(timespec="seconds"),
            "sha256": hashlib.sha256(content).hexdigest(),
        }
        if before:
            note["before"] = hashlib.sha256(before).hexdigest()
        make_folder(self._addresses)
        write_sealed(self._note_of(name), note)

    def _settle(self, read: _File, content: bytes) -> _File:
        name = free_name(read.path.name, self._names())
        path = self._articles / name
        # What was hidden or described is another file, gone since.
        self._show(lambda hidden: hidden.startswith(f"{PREFIX}{name}#"))
        self._forget_sheets(PREFIX + name)
        try:
            if read.url:
                self._write_note(read, PREFIX + name, content)
            else:
                # Left by a removal that was killed.
                self._note_of(PREFIX + name).unlink(missing_ok=True)
            make_folder(self._articles)
            move(read.path, path)
        except OSError:
            self._note_of(PREFIX + name).unlink(missing_ok=True)
            raise
        return self._keep_read(read, path, PREFIX + name)

    def _keep_read(self, read: _File, path: Path, name: str) -> _File:
        """Return a draft as it is in its place; reading a long one again would take as long."""
        if name == read.name:  # a title may hold it
            state = self._find_state(path, name)
            self._known[path] = state, self._complete(replace(read, path=path))
        return self._read_file(path, name)

    def _refuse_twin(self, read: _File, content: bytes) -> str:
        """Say that the same content is there already, or return an empty string."""
        texts = [article.text for article in read.articles]
        for file in self._read_files([]):
            # The page of a site is never twice the same byte for byte.
            again = read.url and file.url == read.url
            if _holds(file.path, content) or (again and texts == [a.text for a in file.articles]):
                told = f"déjà présent, sous le nom « {file.name.removeprefix(PREFIX)} »"
                masked = self._load_hidden([]).intersection(a.id for a in file.articles)
                return f"{told}, mais masqué : rétablissez-le" if masked else told
        return ""

    # ----------------------------------------------------------------------- removing, undoing

    def remove(self, identifier: str) -> str:
        """Remove an article, and return what ``restore`` takes to put it back.

        A file added with one article in it goes to the trash; an article of the corpus, or of a
        file that holds others, is hidden. The id of an added file (« ajouts/NAME ») removes it
        with all its articles.

        Raises
        ------
        UsageError
            When there is no such article.
        EmptyCorpus
            When it is the last one: an index can't be empty.
        NoSpace, RagError
            See ``add_file``; the article stays.
        """
        with self._writing("L’article n’a pas pu être retiré", "Il reste en place."), self._lock():
            shown = [(file, article) for file, article, hidden in self._visit([]) if not hidden]
            aimed = [
                (file, article)
                for file, article in shown
                if article.id == identifier or (file.own and file.name == identifier)
            ]
            if not aimed:
                raise UsageError(
                    f"Il n’y a pas d’article « {identifier} ».",
                    kept="Rien n’a été retiré.",
                    todo="Relisez la liste des articles.",
                )
            file, article = aimed[0]
            if len(aimed) == len(shown):
                raise EmptyCorpus(
                    f"« {article.title} » est le dernier article : il ne peut pas être retiré.",
                    kept="Il reste en place, et l’index continue de répondre.",
                    todo="Ajoutez-en un autre avant de le retirer.",
                )
            if file.own and (file.name == identifier or len(file.articles) == 1):
                return self._discard(file)
            self._save_hidden(self._known_hidden() | {identifier})
            return identifier

    def restore(self, token: str) -> str:
        """Put back what ``remove`` took away, and return the id of its file or article.

        It is another id when the name has been taken since.

        Raises
        ------
        UsageError
            When it is no longer in the trash.
        NoSpace, RagError
            See ``add_file``; it stays in the trash.
        """
        what, kept = "L’article n’a pas pu être rétabli", "Il reste dans la corbeille."
        with self._writing(what, kept), self._lock():
            if token in self._known_hidden():
                self._show(lambda hidden: hidden == token)
                return token
            return self._put_back(token)

    def describe(self, identifier: str, date: str, topics: Sequence[str]) -> None:
        """Give an article another date and other topics than its file does.

        Parameters
        ----------
        date
            A day, a month or a year, as ``parse_date`` reads it; empty for none.

        Raises
        ------
        UsageError
            When there is no such article, or the date is none.
        NoSpace, RagError
            See ``add_file``; the article stays as it was.
        """
        parsed = parse_date(date)
        if date.strip() and not parsed:
            raise UsageError(
                f"« {date.strip()} » n’est pas une date.",
                kept="L’article n’a pas changé.",
                todo="Écrivez « 12 mars 2024 », « mars 2024 » ou « 2024 ».",
            )
        what, kept = "L’article n’a pas pu être modifié", "Il reste tel qu’il était."
        with self._writing(what, kept), self._lock():
            if not any(article.id == identifier for _, article, _ in self._visit([])):
                raise UsageError(f"Il n’y a pas d’article « {identifier} ».", kept=kept)
            named = tuple(dict.fromkeys(filter(None, (" ".join(t.split()) for t in topics))))
            self._save_sheets(self._known_sheets() | {identifier: _Sheet(parsed, named)})

    def list_removed(self) -> tuple[Removed, ...]:
        """List the trash, last removed first."""
        return trash.list_removed(self._trash)

    @property
    def touched(self) -> bool:
        """Whether the user ever added, hid or described an article here.

        Raises
        ------
        OSError
            When the system refuses to say.
        """
        return self._articles.exists() or self._hidden.exists() or self._sheets.exists()

    def purge(self) -> None:
        """Forget what was removed thirty days ago, scans nothing has, and abandoned drafts."""
        now = datetime.now(UTC)
        trash.empty_trash(self._trash, now)
        scans.sweep(self.scans)
        for draft in self._drafts.iterdir() if self._drafts.is_dir() else ():
            with suppress(OSError):
                if now.timestamp() - draft.stat().st_mtime > _OLD_DRAFT.total_seconds():
                    shutil.rmtree(draft)

    def _discard(self, file: _File, leave: bool = False) -> str:
        title = file.articles[0].title if len(file.articles) == 1 else file.path.name
        self._known.pop(file.path, None)
        note = self._note_of(file.name)
        return trash.discard_file(self._trash, file.path, note, title, leave)

    def _put_back(self, token: str) -> str:
        discarded = trash.find_discarded(self._trash, token)
        if discarded is None:
            raise UsageError(
                "Cet article n’est plus dans la corbeille, qui garde trente jours ce qui est "
                "retiré.",
                todo="Ajoutez-le de nouveau.",
            )
        name = PREFIX + free_name(discarded.name, self._names())
        file = self._articles / name.removeprefix(PREFIX)
        trash.put_back(discarded, file, self._note_of(name))
        return name

    # ------------------------------------------------------------------------ the small files

    def _names(self) -> list[str]:
        return os.listdir(self._articles) if self._articles.is_dir() else []

    def _note_of(self, name: str) -> Path:
        return self._addresses / f"{name.removeprefix(PREFIX)}.json"

    def _load_note(self, file: _File) -> tuple[dict[str, object], tuple[Remark, ...]]:
        """Return what was noted of where a file comes from, or a remark why it is not believed."""
        try:
            note = read_sealed(self._note_of(file.name))
            if not isinstance(note, dict) or "url" not in note:
                raise ValueError(note)
            found = hashlib.sha256(file.path.read_bytes()).hexdigest()
        except FileNotFoundError:
            return {}, ()
        except (OSError, ValueError) as error:
            told = "l’adresse notée pour ce fichier est illisible : elle n’est pas montrée"
            lost: Literal["", "denied"] = "denied" if isinstance(error, OSError) else ""
            return {}, (Remark(file.name, False, told, lost),)
        if found in (note.get("sha256"), note.get("before")):
            return note, ()
        told = "ce fichier n’est plus celui de l’adresse notée : elle n’est pas montrée"
        return {}, (Remark(file.name, False, told),)

    def _load_hidden(self, remarks: list[Remark]) -> frozenset[str]:
        try:
            return self._read_hidden()
        except (OSError, ValueError):
            told = "liste illisible : les articles masqués sont de nouveau indexés"
            remarks.append(Remark(self._hidden.name, True, told))
            return frozenset()

    def _read_hidden(self) -> frozenset[str]:
        try:
            found = read_sealed(self._hidden)
        except FileNotFoundError:
            return frozenset()
        if not isinstance(found, list):
            raise ValueError(found)
        return frozenset(map(str, found))

    def _known_hidden(self) -> frozenset[str]:
        """Return what is to be written again: what can't be read now is not to be lost."""
        try:
            return self._read_hidden()
        except ValueError:
            return frozenset()

    def _save_hidden(self, hidden: frozenset[str]) -> None:
        write_sealed(self._hidden, sorted(hidden))

    def _show(self, chosen: Callable[[str], bool]) -> None:
        """Hide no longer the ids that are chosen."""
        hidden = self._known_hidden()
        kept = frozenset(identifier for identifier in hidden if not chosen(identifier))
        if kept != hidden:
            self._save_hidden(kept)

    def _load_sheets(self, remarks: list[Remark]) -> dict[str, _Sheet]:
        try:
            return self._read_sheets()
        except (OSError, ValueError):
            told = (
                "fiches illisibles : les articles reprennent la date et les thèmes de leur fichier"
            )
            remarks.append(Remark(self._sheets.name, True, told))
            return {}

    def _read_sheets(self) -> dict[str, _Sheet]:
        try:
            found = read_sealed(self._sheets)
        except FileNotFoundError:
            return {}
        if not isinstance(found, dict):
            raise ValueError(found)
        return {name: _Sheet(str(date), tuple(topics)) for name, (date, topics) in found.items()}

    def _known_sheets(self) -> dict[str, _Sheet]:
        """Return what is to be written again: what can't be read now is not to be lost."""
        try:
            return self._read_sheets()
        except ValueError:
            return {}

    def _save_sheets(self, sheets: dict[str, _Sheet]) -> None:
        write_sealed(self._sheets, {name: [s.date, s.topics] for name, s in sheets.items()})

    def _forget_sheets(self, name: str) -> None:
        """Forget what was said of a file that is gone, and of what was within it."""
        sheets = self._known_sheets()
        kept = {key: s for key, s in sheets.items() if key.partition("#")[0] != name}
        if kept != sheets:
            self._save_sheets(kept)

    @contextmanager
    def _writing(self, what: str, kept: str) -> Iterator[None]:
        check_changes(self._settings)
        with explain_disk_errors(what, kept):
            # What is in it is its owner's alone.
            make_folder(self._data, 0o700)
            yield

    @contextmanager
    def _lock(self) -> Iterator[None]:
        with open_lock(self._data / "articles.lock") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield


def _state(path: Path) -> tuple[int, ...]:
    """Return what changes with a file's content; nothing when there is no such file."""
    try:
        state = path.stat()
    except OSError:
        return ()
    return state.st_ino, state.st_size, state.st_mtime_ns, state.st_ctime_ns


def _time_added(path: Path, note: dict[str, object]) -> datetime:
    try:
        return datetime.fromisoformat(str(note["added"])).astimezone(UTC)
    except (KeyError, ValueError, OverflowError):
        pass
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except (OSError, OverflowError):
        return datetime.now(UTC)


def _find_url(file: _File) -> object:
    return file.url


def _find_name(file: _File) -> object:
    return Path(file.name).name.casefold()


def _find_head(file: _File) -> object:
    """Return the title and the sources of the one article of a file; nothing without either."""
    found = [(article.title, article.sources) for article in file.articles if article.sources]
    return found if len(file.articles) == 1 else None


def _holds(path: Path, content: bytes) -> bool:
    try:
        return path.stat().st_size == len(content) and path.read_bytes() == content
    except OSError:
        return False


def _describe(file: _File, article: Article, hidden: bool, note: str) -> Entry:
    scanned = scans.tell_scans(article.scans) if article.scans else ""
    partial = (remark.text for remark in file.remarks if remark.waiting or remark.lost)
    return Entry(
        id=article.id,
        title=article.title,
        date=article.date,
        topics=article.topics,
        words=len(article.text.split()),
        origin="web" if file.url else "file" if file.own else "corpus",
        file=file.name.removeprefix(PREFIX) if file.own else file.name,
        url=article.url,
        added_at=file.added_at,
        hidden=hidden,
        note=" ; ".join(filter(None, (note, scanned))),
        length=len(article.text),
        partial=" ; ".join(partial),
    )
