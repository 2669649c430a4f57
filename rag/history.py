"""The conversations of this user, kept in one SQLite file on this machine.

Every call opens the file and closes it, so that threads and processes need not share anything.
What is deleted can be restored for a month. A damaged file is set aside, never deleted. Knows
nothing about the page; an error here must not stop an answer.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import re
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rag.durable import explain_disk_errors, make_folder
from rag.errors import HistoryError, NoSpace, RagError, RecordUnreadable, UsageError
from rag.french import fold
from rag.page.exchange import Exchange
from rag.records import KeptExchange, collect_texts, from_record, hash_text, to_record, write_time

# What a reader may say of an answer that did not help.
REASONS = (
    "La réponse est fausse",
    "La source ne dit pas cela",
    "Il manque quelque chose",
    "Ma question a été mal comprise",
    "Les articles répondaient, mais la réponse a été refusée",
    "Autre",
)
# How long what was deleted can be restored, in days.
KEPT_DAYS = 30

_FILE = "conversations.db"
_VERSION = 1
# How long a call waits for another program that writes, in seconds.
_PATIENCE = 5.0
# A question weighs more than its answer when searched; a search reads this many words, this many
# exchanges.
_WEIGHTS = (3.0, 1.0)
_MOST_WORDS = 16
_MOST_FOUND = 500
# Characters around the word found.
_AROUND = 80
_SAVED = "Ce qui était enregistré est intact, et la conversation continue à l’écran."

# What is read of an exchange; the last one is sealed.
_ROW = "conversation, number, asked, question, answer, record"
_Row = tuple[str, int, str, str, str, str]
_SEAL = re.compile(r'\{"seal":"([\da-f]{64})",')

_SCHEMA = """
CREATE TABLE conversations (id TEXT PRIMARY KEY, deleted TEXT) WITHOUT ROWID;
CREATE TABLE exchanges (
    id INTEGER PRIMARY KEY,
    conversation TEXT NOT NULL REFERENCES conversations ON DELETE CASCADE,
    number INTEGER NOT NULL,
    asked TEXT NOT NULL,
    question TEXT NOT NULL,
    answer TEXT NOT NULL,
    record TEXT NOT NULL,
    UNIQUE (conversation, number)
);
CREATE TABLE texts (sha256 TEXT PRIMARY KEY, text BLOB NOT NULL);
CREATE TABLE uses (
    exchange INTEGER NOT NULL REFERENCES exchanges ON DELETE CASCADE,
    sha256 TEXT NOT NULL REFERENCES texts,
    PRIMARY KEY (exchange, sha256)
) WITHOUT ROWID;
CREATE INDEX uses_of_texts ON uses (sha256);
CREATE TABLE feedback (
    exchange INTEGER PRIMARY KEY REFERENCES exchanges ON DELETE CASCADE,
    helpful INTEGER NOT NULL,
    reason TEXT NOT NULL,
    comment TEXT NOT NULL,
    given TEXT NOT NULL
);
CREATE VIRTUAL TABLE words USING fts5 (
    question, answer, tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3'
);
CREATE TRIGGER forget_words AFTER DELETE ON exchanges BEGIN
    DELETE FROM words WHERE rowid = old.id;
END;
"""


@dataclass(frozen=True, slots=True)
class Summary:
    """A conversation as a list shows it.

    ``title`` is its first question; ``started`` and ``updated`` are ISO 8601 in UTC; ``excerpt``
    is what a search found, empty in a plain list.
    """

    id: str
    title: str
    started: str
    updated: str
    questions: int
    excerpt: str = ""


@dataclass(frozen=True, slots=True)
class Feedback:
    """What a reader said of one answer; ``reason`` is one of ``REASONS`` or empty."""

    conversation: str
    number: int
    question: str
    answer: str
    helpful: bool
    reason: str
    comment: str
    given: str


class History:
    """The conversations kept in one folder.

    ``trouble`` is set when the file was damaged and a new one was begun: show it once.

    Parameters
    ----------
    folder
        ``Settings.data``; made when it does not exist, readable by its owner alone.

    Raises
    ------
    HistoryError, NoSpace
        When the file can't be opened for writing: go on without history, and say so.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / _FILE
        self.trouble: RagError | None = None
        self._prepare()
        self._purge()

    # -------------------------------------------------------------------------------- writing

    def save(self, conversation: str, kept: KeptExchange) -> None:
        """Keep an exchange, in place of the one of the same number; a deleted one comes back.

        Raises
        ------
        HistoryError, NoSpace
            When it could not be written; what was kept before still is.
        """
        exchange = kept.exchange
        answer = exchange.answer.text if exchange.answer else ""
        record = json.dumps(to_record(kept), ensure_ascii=False, separators=(",", ":"))
        shown = (_clean(exchange.question), _clean(answer))
        row = (conversation, exchange.number, kept.asked, *shown)
        texts = collect_texts(exchange)
        with self._open(write=True) as base:
            base.execute(
                "INSERT INTO conversations VALUES (?, NULL) "
                "ON CONFLICT (id) DO UPDATE SET deleted = NULL",
                [conversation],
            )
            (key,) = base.execute(
                "INSERT INTO exchanges (conversation, number, asked, question, answer, record) "
                "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (conversation, number) DO UPDATE SET "
                "asked = excluded.asked, question = excluded.question, "
                "answer = excluded.answer, record = excluded.record RETURNING id",
                [*row, _seal(row, _escape_surrogates(record))],
            ).fetchone()
            base.execute("DELETE FROM words WHERE rowid = ?", [key])
            base.execute(
                "INSERT INTO words (rowid, question, answer) VALUES (?, ?, ?)",
                [key, *map(fold, shown)],
            )
            base.executemany(
                "INSERT OR IGNORE INTO texts VALUES (?, ?)",
                [(name, text.encode("utf-8", "surrogatepass")) for name, text in texts.items()],
            )
            base.execute("DELETE FROM uses WHERE exchange = ?", [key])
            base.executemany("INSERT INTO uses VALUES (?, ?)", [(key, name) for name in texts])

    def delete(self, *conversations: str) -> None:
        """Delete conversations; they can be restored for ``KEPT_DAYS`` days."""
        self._mark(conversations, write_time())

    def delete_all(self) -> tuple[str, ...]:
        """Delete every conversation and return their ids, for ``restore``."""
        conversations = tuple(summary.id for summary in self.list_conversations())
        self.delete(*conversations)
        return conversations

    def restore(self, *conversations: str) -> None:
        """Undo ``delete``."""
        self._mark(conversations, None)

    def rate(
        self, conversation: str, number: int, helpful: bool, reason: str = "", comment: str = ""
    ) -> None:
        """Keep what a reader says of one exchange, in place of what was said before."""
        with self._open(write=True) as base:
            base.execute(
                "INSERT OR REPLACE INTO feedback SELECT id, ?, ?, ?, ? FROM exchanges "
                "WHERE conversation = ? AND number = ?",
                [helpful, _clean(reason), _clean(comment), write_time(), conversation, number],
            )

    def unrate(self, conversation: str, number: int) -> None:
        """Forget what a reader said of one exchange."""
        with self._open(write=True) as base:
            base.execute(
                "DELETE FROM feedback WHERE exchange IN "
                "(SELECT id FROM exchanges WHERE conversation = ? AND number = ?)",
                [conversation, number],
            )

    # -------------------------------------------------------------------------------- reading

    def list_conversations(self) -> list[Summary]:
        """Return the conversations, the latest question first."""
        with self._open() as base:
            rows = base.execute(
                "SELECT c.id, (SELECT question FROM exchanges WHERE conversation = c.id "
                "ORDER BY number LIMIT 1), min(asked), max(asked), count(*) "
                "FROM conversations c JOIN exchanges e ON e.conversation = c.id "
                "WHERE c.deleted IS NULL GROUP BY c.id ORDER BY max(asked) DESC, max(e.id) DESC"
            )
            return [Summary(*row) for row in rows]

    def search(self, query: str) -> list[Summary]:
        """Return the conversations with every word of a query, or its beginning; the best first.

        Accents and case do not count, nor does what is no word; a query without a word finds
        nothing.
        """
        words = _split_words(query)[:_MOST_WORDS]
        if not words:
            return []
        with self._open() as base:
            rows = base.execute(
                "SELECT e.conversation, e.question, e.answer FROM words "
                "JOIN exchanges e ON e.id = words.rowid "
                "JOIN conversations c ON c.id = e.conversation "
                "WHERE words MATCH ? AND c.deleted IS NULL "
                f"ORDER BY bm25(words, {_WEIGHTS[0]}, {_WEIGHTS[1]}) LIMIT {_MOST_FOUND}",
                [" ".join(f'"{word}"*' for word in words)],
            ).fetchall()
        listed = {summary.id: summary for summary in self.list_conversations()}
        found: dict[str, Summary] = {}
        for conversation, question, answer in rows:
            summary = listed.get(conversation)
            if summary is not None and conversation not in found:
                title = set(words) <= set(_split_words(summary.title))
                excerpt = _cut_excerpt(answer if title else f"{question} {answer}", words)
                found[conversation] = replace(summary, excerpt=excerpt)
        return list(found.values())

    def load(self, conversation: str) -> tuple[KeptExchange, ...]:
        """Return the exchanges of a conversation, in order; none when there is no such one.

        One that can't be read, written by another version, is replaced by its question with the
        reason as its trouble; what is kept of it stays as it is.
        """
        with self._open() as base:
            rows = base.execute(
                f"SELECT {_ROW} FROM exchanges WHERE conversation = ? ORDER BY number",
                [conversation],
            ).fetchall()
            texts = {
                name: text.decode("utf-8", "surrogatepass")
                for name, text in base.execute(
                    "SELECT DISTINCT sha256, text FROM texts JOIN uses USING (sha256) "
                    "WHERE exchange IN (SELECT id FROM exchanges WHERE conversation = ?)",
                    [conversation],
                )
                if _is_text(name, text)
            }
        return tuple(_read(row, texts) for row in rows)

    def find(self, beginning: str, deleted: bool = False) -> str:
        """Return the id that begins so, among the conversations or among the deleted ones.

        Raises
        ------
        UsageError
            When none does, or several do.
        """
        with self._open() as base:
            rows = base.execute(
                "SELECT id FROM conversations WHERE (deleted IS NOT NULL) = ?", [deleted]
            ).fetchall()
        found: list[str] = [name for (name,) in rows if beginning and name.startswith(beginning)]
        if beginning in found:
            return beginning
        if len(found) == 1:
            return found[0]
        raise UsageError(
            f"Plusieurs conversations commencent par « {beginning} »."
            if found
            else f"Il n’y a pas de conversation « {beginning} ».",
            todo="Prenez l’identifiant dans la liste : `python -m rag history`.",
        )

    def find_last(self) -> str:
        """Return the id of the conversation that was continued last.

        Raises
        ------
        UsageError
            When there is none.
        """
        listed = self.list_conversations()
        if not listed:
            raise UsageError(
                "Aucune conversation n’est gardée.", todo="Posez une question dans la page."
            )
        return listed[0].id

    def list_feedback(self, conversation: str | None = None) -> list[Feedback]:
        """Return what readers said, the latest first; of one conversation when it is named."""
        with self._open() as base:
            rows = base.execute(
                "SELECT e.conversation, number, question, answer, helpful, reason, comment, given "
                "FROM feedback f JOIN exchanges e ON e.id = f.exchange "
                "JOIN conversations c ON c.id = e.conversation "
                "WHERE c.deleted IS NULL AND (? IS NULL OR c.id = ?) "
                "ORDER BY given DESC, f.exchange DESC",
                [conversation, conversation],
            )
            return [
                Feedback(name, number, question, answer, bool(helpful), *said)
                for name, number, question, answer, helpful, *said in rows
            ]

    # ----------------------------------------------------------------------------- the file

    def _mark(self, conversations: Sequence[str], deleted: str | None) -> None:
        with self._open(write=True) as base:
            base.executemany(
                "UPDATE conversations SET deleted = ? WHERE id = ?",
                [(deleted, name) for name in conversations],
            )

    def _purge(self) -> None:
        """Remove for good what was deleted long ago, its words and the texts nobody uses."""
        limit = write_time(datetime.now(UTC) - timedelta(days=KEPT_DAYS))
        with self._open(write=True) as base:
            gone = base.execute("DELETE FROM conversations WHERE deleted < ?", [limit]).rowcount
            if gone:
                base.execute("DELETE FROM texts WHERE sha256 NOT IN (SELECT sha256 FROM uses)")
                # Until then the words of what is gone could still be read in the file.
                base.execute("INSERT INTO words (words) VALUES ('optimize')")

    def _prepare(self) -> None:
        """Make the file when there is none, and set a damaged one aside."""
        folder = self.path.parent
        with explain_disk_errors("Les conversations ne peuvent pas être enregistrées", _SAVED):
            make_folder(folder, 0o700)
            lock = os.open(folder / f".{_FILE}.lock", os.O_CREAT | os.O_RDWR, 0o600)
        with open(lock) as held:
            # Two programs that start together must not set aside each other's new file.
            fcntl.flock(held, fcntl.LOCK_EX)
            try:
                self._create()
            except _Damaged:
                self._set_aside()
                self._create()

    def _create(self) -> None:
        with explain_disk_errors("Les conversations ne peuvent pas être enregistrées", _SAVED):
            os.close(os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600))
        with _translate_errors(self.path), contextlib.closing(_connect(self.path)) as base:
            if base.execute("PRAGMA integrity_check(1)").fetchone() != ("ok",):
                raise _Damaged(self.path)
            base.execute("PRAGMA journal_mode = WAL")
            (version,) = base.execute("PRAGMA user_version").fetchone()
            if version == 0:
                base.executescript(f"BEGIN; {_SCHEMA} PRAGMA user_version = {_VERSION}; COMMIT;")
            elif version != _VERSION:
                raise HistoryError(
                    f"Les conversations de « {self.path} » ont été écrites par une autre version "
                    "de Sourcier.",
                    kept="Elles n’ont pas été modifiées ; celle-ci n’est pas enregistrée.",
                    todo="Ouvrez-les avec la version qui les a écrites, ou donnez à SOURCIER_DATA "
                    "un autre dossier.",
                )
            else:
                self._look_for_damage(base)

    def _look_for_damage(self, base: sqlite3.Connection) -> None:
        """Tell of what SQLite finds sound and is not what was written."""
        rows = base.execute(f"SELECT {_ROW} FROM exchanges")
        texts = base.execute("SELECT sha256, text FROM texts")
        count = sum(not _holds(row) for row in rows)
        count += sum(not _is_text(*item) for item in texts)
        if count:
            self.trouble = HistoryError(
                f"{count} texte{'s' * (count > 1)} des conversations gardées "
                f"{'sont endommagés' if count > 1 else 'est endommagé'}.",
                kept="Les autres sont intacts, et rien n’a été effacé.",
                todo=f"Si vous avez une copie saine de « {self.path} », remettez-la à sa place, "
                "Sourcier arrêté.",
            )

    def _set_aside(self) -> None:
        """Give another name to a damaged file and to its journals, and begin anew."""
        stem = f"conversations-abimees-{datetime.now(UTC):%Y%m%d-%H%M%S}"
        names = [f"{stem}.db", *(f"{stem}-{n}.db" for n in range(1, 100))]
        aside = next(p for name in names if not (p := self.path.with_name(name)).exists())
        with explain_disk_errors("Le fichier des conversations est endommagé", _SAVED):
            for end in ("-wal", "-shm", ""):
                with contextlib.suppress(FileNotFoundError):
                    os.rename(f"{self.path}{end}", f"{aside}{end}")
        self.trouble = HistoryError(
            "Le fichier des conversations était endommagé.",
            kept=f"Il a été mis de côté sans rien effacer, sous « {aside} » ; un nouveau est en "
            "service.",
            todo="Si vous en avez une copie saine, remettez-la à sa place, Sourcier arrêté.",
        )

    @contextlib.contextmanager
    def _open(self, write: bool = False) -> Iterator[sqlite3.Connection]:
        """Open the file for one transaction, undone whole when anything fails."""
        if not self.path.exists():
            self._prepare()
        with _translate_errors(self.path), contextlib.closing(_connect(self.path)) as base:
            base.execute("BEGIN IMMEDIATE" if write else "BEGIN")
            yield base
            base.execute("COMMIT")


class _Damaged(HistoryError):
    """The file is not a database that can be read."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"Le fichier des conversations, « {path} », est endommagé.",
            kept="Il n’a pas été effacé.",
            todo="Relancez Sourcier : il sera mis de côté et un nouveau commencé.",
        )


def _connect(path: Path) -> sqlite3.Connection:
    # With « rw » a file that was moved away meanwhile is not made again empty, without its tables.
    base = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=_PATIENCE, isolation_level=None
    )
    # A damaged text is one damaged text.
    base.text_factory = lambda text: text.decode("utf-8", "replace")
    base.execute("PRAGMA foreign_keys = ON")
    base.execute("PRAGMA secure_delete = ON")
    return base


@contextlib.contextmanager
def _translate_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        # The low byte is the primary code: https://www.sqlite.org/rescode.html
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            raise _Damaged(path) from error
        if code == sqlite3.SQLITE_FULL:
            raise NoSpace(
                "Le disque est plein : la conversation n’est pas enregistrée.",
                kept=_SAVED,
                todo="Libérez de la place.",
            ) from error
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise HistoryError(
                "Un autre programme écrit dans les conversations depuis trop longtemps.",
                kept=_SAVED,
                todo="Attendez qu’il finisse, puis recommencez.",
            ) from error
        raise HistoryError(
            f"Les conversations ne peuvent pas être lues ou enregistrées dans « {path} » "
            f"({error}).",
            kept=_SAVED,
            todo="Vérifiez les droits du dossier et l’état du disque.",
        ) from error


# ------------------------------------------------------------------------------------- texts


def _read(row: _Row, texts: dict[str, str]) -> KeptExchange:
    _, number, asked, question, _, record = row
    trouble = "Cet échange est endommagé ; il n’en reste que la question."
    try:
        kept = from_record(json.loads(record), texts)
        if _holds(row):
            return kept
    except RecordUnreadable as error:
        trouble = str(error)
    except (ValueError, TypeError, RecursionError):
        pass
    return KeptExchange(Exchange(number, question, trouble=trouble), asked, "", "", "")


def _seal(row: tuple[object, ...], record: str) -> str:
    """Put the SHA-256 of a record and of what stands beside it at the head of the record."""
    return f'{{"seal":"{_hash_row(row, record)}",{record[1:]}'


def _holds(row: _Row) -> bool:
    """Whether a row is what was written; it is believed when that was before there were seals."""
    record = str(row[-1])
    seal = _SEAL.match(record)
    return seal is None or seal[1] == _hash_row(row[:-1], f"{{{record[seal.end() :]}")


def _is_text(name: str, text: object) -> bool:
    return isinstance(text, bytes) and hashlib.sha256(text).hexdigest() == name


def _hash_row(row: tuple[object, ...], record: str) -> str:
    return hash_text("\n".join(map(str, (*row, record))))


def _clean(text: str) -> str:
    """Replace lone surrogates, which SQLite can't hold."""
    return text.encode("utf-8", "replace").decode()


def _escape_surrogates(record: str) -> str:
    """Write lone surrogates as JSON escapes, so that nothing is lost."""
    return record.encode("utf-8", "backslashreplace").decode()


def _split_words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", fold(_clean(text)))


def _cut_excerpt(text: str, words: Iterable[str]) -> str:
    """Cut a text around the first word that begins like one of those sought."""
    text = " ".join(text.split())
    sought = tuple(words)
    places = (
        match.start()
        for match in re.finditer(r"[^\W_]+", text)
        if fold(match.group()).startswith(sought)
    )
    place = next(places, 0)
    start, end = max(0, place - _AROUND), min(len(text), place + _AROUND)
    before, cut, after = text[:start], text[start:end], text[end:]
    # Whole words only.
    cut = cut[cut.find(" ") + 1 :] if before and " " in cut[: place - start] else cut
    cut = cut[: cut.rfind(" ")] if after and " " in cut else cut
    return f"{'…' * bool(before)}{cut}{'…' * bool(after)}"
