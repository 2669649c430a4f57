"""The conversations kept: saved, listed, searched, deleted, and never lost."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import stat
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from kept import QUESTION, interrupt, keep, keep_hostile, make_index

from rag import history as module
from rag.errors import HistoryError, NoSpace, RagError, UsageError
from rag.history import REASONS, History
from rag.records import KeptExchange
from rag.types import Article


@pytest.fixture
def history(tmp_path: Path) -> History:
    return History(tmp_path / "data")


@pytest.fixture
def kept(articles: list[Article], answerable: None) -> KeptExchange:
    return keep(make_index(articles))


def ask(kept: KeptExchange, question: str, number: int = 0, asked: str = "") -> KeptExchange:
    exchange = replace(kept.exchange, question=question, number=number)
    return replace(kept, exchange=exchange, asked=asked or kept.asked)


def sql(history: History, statement: str, *values: object) -> list[tuple[object, ...]]:
    with contextlib.closing(sqlite3.connect(history.path)) as base, base:
        return base.execute(statement, values).fetchall()


# ------------------------------------------------------------------------------ save and load


def test_what_is_saved_is_loaded(history: History, kept: KeptExchange) -> None:
    hostile, stopped = keep_hostile(1), interrupt(ask(kept, "Et Google ?", 2))
    for exchange in (stopped, kept, hostile):
        history.save("c1", exchange)
    again = History(history.path.parent)
    assert again.load("c1") == (kept, hostile, stopped)
    assert again.load("absent") == ()


def test_saving_again_replaces(history: History, kept: KeptExchange) -> None:
    history.save("c1", interrupt(kept))
    history.save("c1", kept)
    assert history.load("c1") == (kept,)
    assert sql(history, "SELECT count(*) FROM words") == [(1,)]


def test_the_text_of_an_article_is_kept_once(history: History, kept: KeptExchange) -> None:
    history.save("c1", kept)
    history.save("c1", ask(kept, "Autre ?", 1))
    history.save("c2", kept)
    assert sql(history, "SELECT count(*) FROM texts") == [(3,)]


def test_an_old_conversation_is_shown_after_the_corpus_changed(
    history: History, kept: KeptExchange, articles: list[Article]
) -> None:
    history.save("c1", kept)
    changed = [replace(articles[0], text="Tout autre chose sur OpenAI."), *articles[1:]]
    history.save("c2", keep(make_index(changed)))
    assert history.load("c1")[0].exchange.articles["a.md"].text == articles[0].text
    assert history.load("c2")[0].exchange.articles["a.md"].text == changed[0].text


def test_what_another_version_wrote_is_left_as_it_is(history: History, kept: KeptExchange) -> None:
    history.save("c1", kept)
    history.save("c1", ask(kept, "Et Google ?", 1))
    newer = json.dumps({"version": 99})
    sql(history, "UPDATE exchanges SET record = ? WHERE number = 0", newer)
    sql(history, "UPDATE exchanges SET record = 'abîmé' WHERE number = 1")
    first, second = history.load("c1")
    assert (first.exchange.question, first.exchange.answer) == (QUESTION, None)
    assert "au format 99" in first.exchange.trouble
    assert "endommagé" in second.exchange.trouble
    assert sql(history, "SELECT record FROM exchanges WHERE number = 0") == [(newer,)]


# ---------------------------------------------------------------------------- list and search


def test_the_list_begins_with_the_latest(history: History, kept: KeptExchange) -> None:
    history.save("c1", ask(kept, "Un ?", 0, "2026-01-01T00:00:00+00:00"))
    history.save("c2", ask(kept, "Deux ?", 0, "2026-01-02T00:00:00+00:00"))
    history.save("c1", ask(kept, "Trois ?", 1, "2026-01-03T00:00:00+00:00"))
    listed = history.list_conversations()
    assert [(item.id, item.title, item.questions) for item in listed] == [
        ("c1", "Un ?", 2),
        ("c2", "Deux ?", 1),
    ]
    assert (listed[0].started[:10], listed[0].updated[:10]) == ("2026-01-01", "2026-01-03")
    assert history.find_last() == "c1"


@pytest.mark.parametrize(
    "query",
    [
        "boeufs",
        "Bœuf",
        "BOE",
        "elevage l’eleve",
        "élève bœufs",
        "eleve*",
        '"bœufs" OR',
        "NEAR(bœuf",
    ],
)
def test_a_search_knows_no_accent_nor_case(
    history: History, kept: KeptExchange, query: str
) -> None:
    history.save("c1", ask(kept, "L’élève parle-t-il d’élevage de bœufs, or near ?"))
    history.save("c2", ask(kept, "Qui dirige Mistral AI ?"))
    assert [item.id for item in history.search(query)] == ["c1"]


@pytest.mark.parametrize(
    "query",
    ["", " ", '"', "'", "*", "?!…", "()", "^", "-", "\x00", "\ud800", "_", "𞤀", "🙂", "{a b}:"]
    + ["NOT", "AND OR", "question:x", "a" * 10_000, "mot " * 5_000, "'; DROP TABLE words; --"],
)
def test_no_search_fails(history: History, kept: KeptExchange, query: str) -> None:
    history.save("c1", kept)
    assert history.search(query) == []
    assert history.list_conversations()


def test_a_search_reads_answers_and_ranks_questions_first(
    history: History, kept: KeptExchange
) -> None:
    answer = kept.exchange.answer
    assert answer is not None
    history.save("c1", kept)
    other = replace(kept.exchange, question="Et les panels ?", answer=replace(answer, text="Rien."))
    history.save("c2", replace(kept, exchange=other))
    long = replace(answer, text=f"{'mot ' * 60}un panel d’experts {'mot ' * 60}")
    history.save("c3", replace(kept, exchange=replace(kept.exchange, question="?", answer=long)))
    found = history.search("panel")
    assert [item.id for item in found][0] == "c2" and found[-1].id == "c3"
    assert "un panel d’experts" in found[-1].excerpt
    assert found[-1].excerpt.startswith("…mot") and found[-1].excerpt.endswith("mot…")
    assert len(found[-1].excerpt) < 180


# -------------------------------------------------------------------------- delete and restore


def test_a_deletion_is_undone(history: History, kept: KeptExchange) -> None:
    for name in ("c1", "c2"):
        history.save(name, kept)
    history.rate("c1", 0, True)
    history.delete("c1")
    assert [item.id for item in history.list_conversations()] == ["c2"]
    assert [item.id for item in history.search("Microsoft")] == ["c2"]
    assert history.list_feedback() == []
    history.restore("c1")
    assert {item.id for item in history.list_conversations()} == {"c1", "c2"}
    assert len(history.list_feedback()) == 1
    deleted = history.delete_all()
    assert set(deleted) == {"c1", "c2"} and history.list_conversations() == []
    history.restore(*deleted)
    assert len(history.list_conversations()) == 2


def test_a_conversation_that_goes_on_comes_back(history: History, kept: KeptExchange) -> None:
    history.save("c1", kept)
    history.delete("c1")
    history.save("c1", ask(kept, "Et ensuite ?", 1))
    assert history.list_conversations()[0].questions == 2


def test_what_was_deleted_long_ago_leaves_no_trace(history: History, kept: KeptExchange) -> None:
    secret = ask(kept, "Mon secret zyxwv ?")
    for name in ("ancienne", "recente", "gardee"):
        history.save(name, secret if name == "ancienne" else kept)
        history.rate(name, 0, False, comment="zyxwv" if name == "ancienne" else "")
    history.delete("ancienne", "recente")
    sql(history, "UPDATE conversations SET deleted = '2020-01-01' WHERE id = 'ancienne'")
    again = History(history.path.parent)
    assert sql(again, "SELECT id FROM conversations ORDER BY id") == [("gardee",), ("recente",)]
    assert sql(again, "SELECT count(*) FROM feedback") == [(2,)]
    sql(again, "PRAGMA wal_checkpoint(TRUNCATE)")
    assert b"zyxwv" not in history.path.read_bytes()
    assert again.load("gardee") == (kept,)


def test_ids_by_their_beginning(history: History, kept: KeptExchange) -> None:
    for name in ("abc1", "abd2", "ab"):
        history.save(name, kept)
    assert (history.find("abc"), history.find("ab")) == ("abc1", "ab")
    for wrong, said in (("a", "Plusieurs"), ("x", "Il n’y a pas"), ("", "Il n’y a pas")):
        with pytest.raises(UsageError, match=said):
            history.find(wrong)
    history.delete("abc1")
    assert history.find("abc", deleted=True) == "abc1"
    with pytest.raises(UsageError):
        history.find("abc")
    history.delete_all()
    with pytest.raises(UsageError, match="Aucune conversation"):
        history.find_last()


# ------------------------------------------------------------------------------------ feedback


def test_feedback(history: History, kept: KeptExchange) -> None:
    history.save("c1", kept)
    history.save("c2", kept)
    history.rate("c1", 0, False, REASONS[0], "C’est\ud800 14.")
    history.rate("c2", 0, False)
    history.rate("c2", 0, True)
    history.rate("absente", 7, True)
    (said,) = history.list_feedback("c1")
    assert (said.question, said.helpful, said.reason) == (QUESTION, False, REASONS[0])
    assert said.comment == "C’est? 14." and said.answer and said.given
    assert [item.helpful for item in history.list_feedback("c2")] == [True]
    assert len(history.list_feedback()) == 2
    # Saved again, an exchange keeps what was said of it.
    history.save("c1", kept)
    assert len(history.list_feedback()) == 2
    history.unrate("c1", 0)
    assert history.list_feedback("c1") == []


# ---------------------------------------------------------------------------------- the file


def test_files_are_the_owner_s_alone(history: History, kept: KeptExchange) -> None:
    history.save("c1", kept)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in history.path.parent.iterdir()}
    assert "conversations.db" in modes
    assert {mode & 0o077 for mode in modes.values()} == {0}
    assert stat.S_IMODE(history.path.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("damage", [b"pas une base" * 500, b"SQLite format 3\x00" + b"\xff" * 9000])
def test_a_damaged_file_is_set_aside(history: History, kept: KeptExchange, damage: bytes) -> None:
    history.path.write_bytes(damage)
    for end in ("-wal", "-shm"):
        Path(f"{history.path}{end}").unlink(missing_ok=True)
    for _ in range(2):
        again = History(history.path.parent)
        assert again.trouble is not None and "endommagé" in str(again.trouble)
        again.save("c1", kept)
        assert again.load("c1") == (kept,)
        history.path.write_bytes(damage)
        for end in ("-wal", "-shm"):
            Path(f"{history.path}{end}").unlink(missing_ok=True)
    aside = [path for path in history.path.parent.iterdir() if "abimees" in path.name]
    assert len(aside) == 2 and all(path.read_bytes() == damage for path in aside)


def test_a_page_damaged_in_the_middle_is_found_at_the_start(
    history: History, kept: KeptExchange
) -> None:
    for number in range(20):
        history.save("c1", ask(kept, f"Question {number} ?", number))
    sql(history, "PRAGMA wal_checkpoint(TRUNCATE)")
    data = bytearray(history.path.read_bytes())
    data[8 * 4096 : 20 * 4096] = os.urandom(12 * 4096)
    history.path.write_bytes(data)
    again = History(history.path.parent)
    assert again.trouble is not None and again.list_conversations() == []
    (aside,) = (path for path in history.path.parent.iterdir() if "abimees" in path.name)
    assert aside.read_bytes() == bytes(data)


def test_damage_while_running_is_told(history: History, kept: KeptExchange) -> None:
    history.save("c1", kept)
    sql(history, "PRAGMA wal_checkpoint(TRUNCATE)")
    for end in ("-wal", "-shm"):
        Path(f"{history.path}{end}").unlink(missing_ok=True)
    history.path.write_bytes(b"x" * 10_000)
    with pytest.raises(HistoryError, match="endommagé"):
        history.save("c1", kept)
    assert history.path.read_bytes() == b"x" * 10_000


def test_a_file_of_a_later_version_is_left_alone(history: History) -> None:
    sql(history, "PRAGMA user_version = 9")
    with pytest.raises(HistoryError, match="autre version") as caught:
        History(history.path.parent)
    assert "SOURCIER_DATA" in str(caught.value)
    assert sql(history, "PRAGMA user_version") == [(9,)]


def test_a_file_taken_away_is_begun_again(history: History, kept: KeptExchange) -> None:
    for path in history.path.parent.iterdir():
        path.unlink()
    history.save("c1", kept)
    assert history.load("c1") == (kept,)


def limit(monkeypatch: pytest.MonkeyPatch, pragma: str) -> None:
    """Open the file as a disk that is full or read-only would let it be opened."""
    connect = module._connect

    def connect_limited(path: Path) -> sqlite3.Connection:
        base = connect(path)
        base.execute(f"PRAGMA {pragma}")
        return base

    monkeypatch.setattr(module, "_connect", connect_limited)


def test_a_full_disk(history: History, kept: KeptExchange, monkeypatch: pytest.MonkeyPatch) -> None:
    history.save("c1", kept)
    (pages,) = sql(history, "PRAGMA page_count")[0]
    limit(monkeypatch, f"max_page_count = {pages}")
    with pytest.raises(NoSpace, match="disque est plein"):
        for number in range(1, 50):
            history.save("c1", ask(kept, "Question ?" * 1000, number))
    monkeypatch.undo()
    loaded = history.load("c1")
    assert loaded[0] == kept
    assert sql(history, "SELECT count(*) FROM words") == [(len(loaded),)]


def test_a_disk_that_can_only_be_read(
    history: History, kept: KeptExchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    history.save("c1", kept)
    limit(monkeypatch, "query_only = ON")
    calls: list[Callable[[], object]] = [
        lambda: history.save("c2", kept),
        lambda: history.delete("c1"),
        lambda: History(history.path.parent),
    ]
    for call in calls:
        with pytest.raises(HistoryError, match="ne peuvent pas être lues ou enregistrées"):
            call()
    assert history.load("c1") == (kept,)


def test_a_folder_that_can_t_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(RagError, match="ne peuvent pas être enregistrées") as caught:
        History(tmp_path / "file" / "data")
    assert caught.value.todo


def test_another_program_that_writes_too_long(
    history: History, kept: KeptExchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_PATIENCE", 0.05)
    with contextlib.closing(sqlite3.connect(history.path)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(HistoryError, match="autre programme"):
            history.save("c1", kept)
        assert history.list_conversations() == []
        other.execute("ROLLBACK")
    history.save("c1", kept)


def test_many_threads_write_together(tmp_path: Path, kept: KeptExchange) -> None:
    errors: list[BaseException] = []

    def work(name: str) -> None:
        try:
            history = History(tmp_path / "data")
            for number in range(5):
                history.save(name, ask(kept, f"Question {number} ?", number))
                history.search("question")
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(f"c{n}",)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    history = History(tmp_path / "data")
    assert history.trouble is None
    assert [item.questions for item in history.list_conversations()] == [5] * 6


def test_an_error_in_the_middle_undoes_the_whole(history: History, kept: KeptExchange) -> None:
    history.save("c1", kept)
    sql(history, "DROP TABLE uses")
    with pytest.raises(HistoryError):
        history.save("c2", kept)
    assert [item.id for item in history.list_conversations()] == ["c1"]
