"""What is said of each article: where it stands, how far it is, what it costs."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from rag.collection import Entry
from rag.errors import UnreadableFolder
from rag.french import plain_spaces
from rag.page.exchange import Exchange
from rag.page.library import IndexingState
from rag.page.standing import (
    admit_waiting,
    estimate_passages,
    find_standing,
    tell_cost,
    tell_progress,
    tell_rate,
    tell_standing,
    tell_time,
    tell_waiting,
)
from rag.types import Answer, Query

ENTRY = Entry("ajouts/a.md", "Le phare", "", (), 9, "file", "a.md", "", None, False)


def make_library(*waiting: str, **state: Any) -> Any:
    indexing = IndexingState(**state)
    return SimpleNamespace(
        indexing=indexing, rate=12.0, stopped=set(), find_waiting=lambda: frozenset(waiting)
    )


def test_an_article_stands_where_it_is() -> None:
    idle, busy = make_library(), make_library(running=True, stage=frozenset({ENTRY.id}))
    assert find_standing(ENTRY, idle, {ENTRY.id}) == "ready"
    assert find_standing(replace(ENTRY, partial="2 pages"), idle, {ENTRY.id}) == "partial"
    assert find_standing(replace(ENTRY, hidden=True), idle, ()) == "removed"
    # Indexed once, under the name of the other.
    assert find_standing(replace(ENTRY, same=True), idle, ()) == "ready"
    assert find_standing(ENTRY, idle, ()) == "waiting"
    assert find_standing(ENTRY, busy, ()) == "indexing"
    idle.stopped = busy.stopped = {ENTRY.id}
    assert find_standing(ENTRY, idle, ()) == find_standing(ENTRY, busy, ()) == "stopped"


def test_progress_is_a_share_a_time_and_a_rate() -> None:
    state = IndexingState(running=True, done=420, total=1000)
    told = plain_spaces(tell_progress(state, 12.0))
    assert told == "42 %, encore 48 s, 12 passages/s"
    assert plain_spaces(tell_progress(state, 0)) == "42 %"
    assert tell_progress(IndexingState(), 12.0) == "préparation"
    assert tell_progress(IndexingState(done=5, total=5), 12.0) == "écriture de l’index"
    library = make_library(done=420, total=1000)
    assert plain_spaces(tell_standing("indexing", library)) == f"indexation : {told}"
    assert tell_standing("waiting", library) == "en attente"


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (0.2, "1 s"),
        (59, "59 s"),
        (61, "1 min"),
        (3569, "59 min"),
        (3600, "1 h 00"),
        (7500, "2 h 05"),
    ],
)
def test_time_is_told_as_one_says_it(seconds: float, told: str) -> None:
    assert plain_spaces(tell_time(seconds)) == told


def test_the_cost_of_a_long_text_is_told_before_it_is_added() -> None:
    assert estimate_passages(1) == 1
    assert plain_spaces(tell_cost([30_000_000], 40.0)) == (
        "environ 33 000 passages, 14 min d’indexation à la vitesse de cette machine"
    )
    # Before anything was measured here, no time is made up.
    assert plain_spaces(tell_cost([30_000_000], 0)) == "environ 33 000 passages"
    assert tell_cost([300], 0) == "1 passage"
    assert (tell_rate(0.4), tell_rate(12.3)) == ("0,4 passage/s", "12 passages/s")


def make_exchange(mode: Any) -> Exchange:
    query, reason = Query("Qui ?", "Qui ?"), "Aucun article ne parle de « x »."
    answer = Answer(query, mode, "Les articles ne répondent pas.", (), (), (), 0.1, reason)
    return Exchange(0, "Qui ?", answer=answer)


def test_a_refusal_says_what_could_not_be_read_yet() -> None:
    refused, given = make_exchange("refused"), make_exchange("extractive")
    three = make_library("a", "b", "c")
    admitted = admit_waiting(refused, three).answer
    assert admitted is not None
    assert admitted.reason.startswith("3 articles ne sont pas encore consultables")
    assert tell_waiting(1).startswith("1 article n’est pas encore consultable")
    assert admit_waiting(refused, make_library()) == refused
    assert admit_waiting(given, three) == given

    def fail() -> frozenset[str]:
        raise UnreadableFolder("Refusé.")

    three.find_waiting = fail
    assert admit_waiting(refused, three) == refused
