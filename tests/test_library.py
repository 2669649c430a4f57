"""What the sessions of the page share: the index is replaced in the background, under questions."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from conftest import FakeEncoder, FakeReader

from rag import loading
from rag.collection import Collection
from rag.errors import IndexLocked, ModelCorrupt, RagError
from rag.indexing import index_corpus
from rag.page import library as module
from rag.page.exchange import Exchange
from rag.page.library import IndexingState, Library, PatientEncoder
from rag.settings import Settings
from rag.store import current_generation, load_index, lock_index
from rag.types import Span, Vectors

NOTE = b"Le climat change."


class GatedEncoder(FakeEncoder):
    """Embeds passages only while its gate is open, and says when one waits there."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = threading.Event()
        self.gate.set()
        self.waiting = threading.Event()
        self.steps: list[int] = []

    def encode_passages(
        self, texts: Sequence[str], spans: Sequence[Sequence[Span]]
    ) -> list[Vectors]:
        self.waiting.set()
        assert self.gate.wait(60)
        self.steps.append(len(texts))
        return super().encode_passages(texts, spans)


@pytest.fixture
def gated() -> GatedEncoder:
    return GatedEncoder()


@pytest.fixture
def settings(tmp_path: Path, gated: GatedEncoder, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setattr(loading, "load_fingerprint", lambda settings: gated.fingerprint)
    monkeypatch.setattr(loading, "load_encoder", lambda settings: gated)
    monkeypatch.setattr(loading, "load_reader", lambda settings: FakeReader())
    monkeypatch.setattr(module, "_RETRY", 0.05)
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    (corpus / "a.md").write_text("Microsoft investit.", encoding="utf-8")
    (corpus / "b.txt").write_text("Anthropic publie Claude.", encoding="utf-8")
    index_corpus(corpus, tmp_path / "index", gated.fingerprint, lambda: gated)
    gated.embedded.clear()
    gated.waiting.clear()
    return Settings(corpus=corpus, index=tmp_path / "index", data=tmp_path / "data", engine="none")


@pytest.fixture
def library(settings: Settings, gated: GatedEncoder) -> Iterator[Library]:
    library = Library(settings)
    yield library
    gated.gate.set()
    finish(library)


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def finish(library: Library) -> IndexingState:
    wait_until(lambda: not library.indexing.running)
    return library.indexing


def ids(library: Library) -> list[str]:
    return sorted(library.open().index.articles)


def test_an_added_article_is_indexed_alone(library: Library, gated: GatedEncoder) -> None:
    assert library.indexing == IndexingState()
    library.collection.add_file("note.txt", NOTE)
    library.reindex()
    assert finish(library) == IndexingState()
    assert gated.embedded == ["note\nLe climat change."]
    assert ids(library) == ["a.md", "ajouts/note.txt", "b.txt"]


def test_a_removed_article_goes_and_comes_back_without_embedding_the_others(
    library: Library, gated: GatedEncoder
) -> None:
    token = library.collection.remove("a.md")
    library.reindex()
    finish(library)
    assert (ids(library), gated.embedded) == (["b.txt"], [])
    library.collection.restore(token)
    library.reindex()
    finish(library)
    assert (ids(library), len(gated.embedded)) == (["a.md", "b.txt"], 1)


def test_questions_are_answered_with_the_old_index_meanwhile(
    library: Library, gated: GatedEncoder
) -> None:
    gated.gate.clear()
    library.collection.add_file("note.txt", NOTE)
    started = time.monotonic()
    library.reindex()
    assert time.monotonic() - started < 10
    assert gated.waiting.wait(60)
    state = library.indexing
    assert (state.running, state.done, state.total) == (True, 0, 1)
    assistant = library.open()
    assert sorted(assistant.index.articles) == ["a.md", "b.txt"]
    assert assistant.answer("Qui publie Claude ?").hits[0].chunk.article_id == "b.txt"
    gated.gate.set()
    finish(library)
    assert "ajouts/note.txt" in ids(library)
    # The assistant that a question holds stays whole.
    assert sorted(assistant.index.articles) == ["a.md", "b.txt"]


def test_what_changes_during_an_indexing_is_indexed_after_it(
    library: Library, settings: Settings, gated: GatedEncoder
) -> None:
    gated.gate.clear()
    library.collection.add_file("note.txt", NOTE)
    library.reindex()
    assert gated.waiting.wait(60)
    library.collection.add_file("suite.txt", b"La mer monte.")
    for _ in range(3):
        library.reindex()
    assert sum(thread.name == "indexing" for thread in threading.enumerate()) == 1
    gated.gate.set()
    finish(library)
    assert "ajouts/suite.txt" in ids(library)
    # Interrupted once, whatever the number of requests; what was embedded is not embedded again.
    assert current_generation(settings.index).startswith("000002")
    assert gated.embedded == ["note\nLe climat change.", "suite\nLa mer monte."]


def test_one_thread_loads_a_new_index_and_nobody_waits(
    library: Library, settings: Settings, monkeypatch: pytest.MonkeyPatch, gated: GatedEncoder
) -> None:
    (settings.corpus / "c.txt").write_text("La mer monte.", encoding="utf-8")
    index_corpus(settings.corpus, settings.index, gated.fingerprint, lambda: gated)
    loading_now, released = threading.Event(), threading.Event()

    def load(root: Path, fingerprint: str) -> object:
        loading_now.set()
        assert released.wait(60)
        return load_index(root, fingerprint)

    monkeypatch.setattr(module, "load_index", load)
    thread = threading.Thread(target=library.open)
    thread.start()
    assert loading_now.wait(60)
    assert ids(library) == ["a.md", "b.txt"]
    released.set()
    thread.join()
    assert ids(library) == ["a.md", "b.txt", "c.txt"]


def test_progress_is_told_step_by_step_and_a_fast_machine_takes_longer_steps(
    gated: GatedEncoder,
) -> None:
    told: list[tuple[int, int]] = []
    encoder = PatientEncoder(gated, lambda done, total: told.append((done, total)))
    texts = [f"Phrase {number}." for number in range(10)]
    spans = [[Span(0, len(text))] for text in texts]
    encoder.tell(0, 10)
    found = encoder.encode_passages(texts, spans)
    # The first two are of one passage: the first of all is no measure.
    assert [done for done, _ in told] == [0, 0, 1, 2, 4, 8, 10]
    assert encoder.rate > 0
    expected = FakeEncoder().encode_passages(texts, spans)
    assert all(np.array_equal(*pair) for pair in zip(found, expected, strict=True))


def test_what_embedding_takes_is_measured_before_the_first_article(
    library: Library, gated: GatedEncoder
) -> None:
    assert library.rate == 0 and library.measure_rate() == library.rate > 0
    embedded = list(gated.embedded)
    assert library.measure_rate() == library.rate
    assert gated.embedded == embedded and library.indexing == IndexingState()


# ------------------------------------------------------------------- stopped, removed, put first


class SlowEncoder(GatedEncoder):
    """Takes a fifth of a second for each passage of « long »."""

    def encode_passages(
        self, texts: Sequence[str], spans: Sequence[Sequence[Span]]
    ) -> list[Vectors]:
        if texts[0].startswith("long"):
            time.sleep(0.2 * len(texts))
        return super().encode_passages(texts, spans)


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> SlowEncoder:
    encoder = SlowEncoder()
    monkeypatch.setattr("rag.loading.load_encoder", lambda settings: encoder)
    return encoder


# More than a minute of embedding, in many passages.
LONG = "\n\n".join(f"La phrase {n} du rapport. " + "Mot. " * 170 for n in range(400)).encode()


@pytest.fixture
def reading_long(settings: Settings, slow: SlowEncoder) -> Iterator[Library]:
    """A library that is embedding « long.txt »."""
    library = Library(settings)
    library.collection.add_file("long.txt", LONG)
    library.reindex()
    wait_until(lambda: library.indexing.done > 1)
    yield library
    library.stop(["ajouts/long.txt"])
    finish(library)


def test_a_stop_stops_within_two_seconds_and_what_was_done_is_kept(
    reading_long: Library, slow: SlowEncoder, settings: Settings
) -> None:
    assert reading_long.indexing.stage == {"ajouts/long.txt"} and reading_long.rate > 0
    started = time.monotonic()
    reading_long.stop(["ajouts/long.txt"])
    finish(reading_long)
    assert time.monotonic() - started < 2
    assert ids(reading_long) == ["a.md", "b.txt"]
    assert reading_long.find_waiting() == {"ajouts/long.txt"}
    # Nothing else that is added has it begin again.
    reading_long.collection.add_file("note.txt", NOTE)
    reading_long.reindex()
    finish(reading_long)
    assert ids(reading_long) == ["a.md", "ajouts/note.txt", "b.txt"]
    embedded = list(slow.embedded)
    reading_long.resume(["ajouts/long.txt"])
    wait_until(lambda: len(slow.embedded) > len(embedded))
    assert reading_long.indexing.done >= len([text for text in embedded if text[:4] == "long"])
    assert len(set(slow.embedded)) == len(slow.embedded)


def test_the_next_start_goes_on_with_what_was_stopped_or_killed(
    reading_long: Library, slow: SlowEncoder, settings: Settings
) -> None:
    reading_long.stop(["ajouts/long.txt"])
    finish(reading_long)
    again = Library(settings)
    wait_until(lambda: again.indexing.done > 3)
    again.stop(["ajouts/long.txt"])
    finish(again)
    assert len(set(slow.embedded)) == len(slow.embedded)


def test_a_removal_stops_the_indexing_of_its_article(
    reading_long: Library, settings: Settings
) -> None:
    started = time.monotonic()
    reading_long.collection.remove("ajouts/long.txt")
    reading_long.reindex()
    finish(reading_long)
    assert time.monotonic() - started < 2
    assert ids(reading_long) == ["a.md", "b.txt"] and not reading_long.find_waiting()
    # What is deleted leaves no trace.
    assert not (settings.index / "EMBEDDED").exists()


def test_short_articles_pass_before_a_long_one(reading_long: Library) -> None:
    for number in range(3):
        reading_long.collection.add_file(f"note{number}.txt", f"Note {number}.".encode())
    reading_long.reindex()
    wait_until(lambda: len(ids(reading_long)) == 5)
    state = reading_long.indexing
    assert state.running and reading_long.find_waiting() == {"ajouts/long.txt"}


@pytest.mark.skipif(sys.platform != "linux", reason="threads have no niceness of their own")
def test_indexing_is_less_urgent_than_questions(
    library: Library, gated: GatedEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    urgency: list[int] = []

    def look(texts: Sequence[str], spans: Sequence[Sequence[Span]]) -> list[Vectors]:
        urgency.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))
        return FakeEncoder().encode_passages(texts, spans)

    monkeypatch.setattr(gated, "encode_passages", look)
    library.collection.add_file("note.txt", NOTE)
    library.reindex()
    finish(library)
    mine = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    assert urgency == [min(mine + 5, 19)]


@pytest.mark.slow
def test_another_program_that_indexes_is_waited_for_once(
    library: Library, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.collection.add_file("note.txt", NOTE)
    with lock_index(settings.index):
        library.reindex()
        error = finish(library).error
    assert isinstance(error, IndexLocked) and "Une autre indexation est en cours" in str(error)
    monkeypatch.setattr(module, "_RETRY", 1.0)
    with lock_index(settings.index):
        library.reindex()
        time.sleep(0.2)
    assert finish(library).error is None
    assert "ajouts/note.txt" in ids(library)


@pytest.mark.parametrize(
    ("raised", "told"),
    [
        (ModelCorrupt("Le modèle est endommagé."), "Le modèle est endommagé."),
        (ZeroDivisionError("secret"), "Une erreur inattendue a interrompu l’indexation."),
    ],
)
def test_a_failure_is_told_and_the_old_index_stays(
    library: Library,
    gated: GatedEncoder,
    monkeypatch: pytest.MonkeyPatch,
    raised: Exception,
    told: str,
) -> None:
    def fail(texts: object, spans: object) -> list[Vectors]:
        raise raised

    library.collection.add_file("note.txt", NOTE)
    with monkeypatch.context() as patch:
        patch.setattr(gated, "encode_passages", fail)
        library.reindex()
        error = finish(library).error
    assert isinstance(error, RagError) and error.what == told and "secret" not in str(error)
    assert ids(library) == ["a.md", "b.txt"]
    library.reindex()
    assert finish(library).error is None
    assert "ajouts/note.txt" in ids(library)


def test_what_is_skipped_is_told(library: Library, settings: Settings) -> None:
    (settings.data / "articles").mkdir(parents=True)
    (settings.data / "articles" / "photo.png").write_bytes(b"x")
    library.reindex()
    assert [remark.path for remark in finish(library).remarks] == ["ajouts/photo.png"]


def test_the_articles_join_those_that_the_index_was_made_from(
    settings: Settings, gated: GatedEncoder
) -> None:
    """A page over an index of other articles than the default ones keeps them."""
    library = Library(Settings(index=settings.index, data=settings.data, engine="none"))
    library.collection.add_file("note.txt", NOTE)
    library.reindex()
    finish(library)
    assert ids(library) == ["a.md", "ajouts/note.txt", "b.txt"]


def test_the_trash_is_purged_at_the_start(settings: Settings, library: Library) -> None:
    library.collection.add_file("note.txt", NOTE)
    token = library.collection.remove("ajouts/note.txt")
    trash = settings.data / "corbeille"
    (trash / token).rename(trash / f"20200101T000000{token[15:]}")
    Library(settings)
    assert list(trash.iterdir()) == []


def test_what_was_added_before_a_kill_is_indexed_at_the_next_start(
    settings: Settings, gated: GatedEncoder
) -> None:
    # Added and hidden, and the page killed before it indexed them.
    killed = Collection(settings)
    killed.add_file("note.txt", NOTE)
    killed.remove("a.md")
    library = Library(settings)
    assert finish(library).error is None
    assert ids(library) == ["ajouts/note.txt", "b.txt"]
    generation = current_generation(settings.index)
    # Nothing is missing at the start after that.
    assert finish(Library(settings)).error is None
    assert current_generation(settings.index) == generation
    assert gated.embedded == ["note\nLe climat change."]


def test_a_question_notes_the_index_it_was_asked_of(library: Library, settings: Settings) -> None:
    exchange = Exchange(0, "Qui publie Claude ?")
    kept = library.begin(exchange)
    assert (kept.exchange, kept.model) == (exchange, "fake-v1")
    assert kept.generation == current_generation(settings.index)
