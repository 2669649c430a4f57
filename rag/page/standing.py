"""Where each article stands, and what indexing it costs, in words.

Knows nothing about Streamlit.
"""

from __future__ import annotations

from collections.abc import Container
from contextlib import suppress
from dataclasses import replace
from typing import Literal

from rag.chunking import CHUNK_CHARACTERS
from rag.collection import Entry
from rag.errors import RagError
from rag.french import typeset
from rag.page.exchange import Exchange
from rag.page.library import IndexingState, Library
from rag.page.preferences import write_number

Standing = Literal["removed", "waiting", "indexing", "stopped", "partial", "ready"]

# Passages from which the time that they take is told before they are added.
_MANY = 200


def find_standing(entry: Entry, library: Library, indexed: Container[str]) -> Standing:
    """Say where an article of the collection stands; ``indexed`` are those that answer."""
    state = library.indexing
    if entry.hidden:
        return "removed"
    missing = entry.id not in indexed and not entry.same
    # Nothing of it will be published, whatever is still being cut into passages.
    if missing and entry.id in library.stopped:
        return "stopped"
    if entry.id in state.stage and state.running:
        return "indexing"
    if missing:
        return "waiting"
    return "partial" if entry.partial else "ready"


def tell_standing(standing: Standing, library: Library) -> str:
    """Write where an article stands: « indexation : 42 %, encore 3 min, 12 passages/s »."""
    if standing == "indexing":
        return f"indexation : {tell_progress(library.indexing, library.rate)}"
    return {
        "removed": "retiré de l’index",
        "waiting": "en attente",
        "stopped": "arrêté",
        "partial": "partiel",
        "ready": "prêt",
    }[standing]


def tell_progress(state: IndexingState, rate: float) -> str:
    """Write how far the stage of an indexing is, how long it still takes and how fast it goes."""
    if not state.total:
        return "préparation"
    if state.done >= state.total:
        return "écriture de l’index"
    parts = [f"{100 * state.done // state.total} %"]
    if rate:
        parts.append(f"encore {tell_time((state.total - state.done) / rate)}")
        parts.append(tell_rate(rate))
    return typeset(", ".join(parts))


def tell_rate(rate: float) -> str:
    """Write passages a second: « 12 passages/s », « 0,4 passage/s »."""
    number = f"{rate:.1f}".replace(".", ",") if rate < 2 else f"{rate:.0f}"
    return f"{number} passage{'s' * (rate >= 2)}/s"


def tell_time(seconds: float) -> str:
    """Write a length of time as one says it: « 8 s », « 3 min », « 2 h 05 »."""
    if seconds < 60:
        told = f"{max(1, round(seconds))} s"
    elif seconds < 3570:
        told = f"{round(seconds / 60)} min"
    else:
        minutes = round(seconds / 60)
        told = f"{minutes // 60} h {minutes % 60:02}"
    return told.replace(" ", "\u00a0")


def estimate_passages(length: int) -> int:
    """Return about how many passages a text of so many characters is cut into."""
    return max(1, -(-length // CHUNK_CHARACTERS))


def tell_cost(lengths: list[int], rate: float) -> str:
    """Write what indexing texts of so many characters costs, at so many passages a second."""
    passages = sum(map(estimate_passages, lengths))
    if passages > 100:
        passages = round(passages, 2 - len(str(passages)))
    about = "environ " if passages > 100 else ""
    told = f"{about}{write_number(passages)} passage{'s' * (passages > 1)}"
    if rate and passages:
        told += f", {tell_time(passages / rate)} d’indexation à la vitesse de cette machine"
    return typeset(told)


def is_long(lengths: list[int]) -> bool:
    """Whether indexing texts of so many characters takes long enough to be told apart."""
    return sum(map(estimate_passages, lengths)) >= _MANY


def admit_waiting(exchange: Exchange, library: Library) -> Exchange:
    """Have a refusal say how many articles could not be read yet, instead of that none answers."""
    answer = exchange.answer
    if answer is None or answer.mode != "refused":
        return exchange
    with suppress(RagError):
        told = tell_waiting(len(library.find_waiting()))
        if told:
            return replace(exchange, answer=replace(answer, reason=told))
    return exchange


def tell_waiting(count: int) -> str:
    """Say that so many articles can't be asked yet; nothing of none."""
    if not count:
        return ""
    if count == 1:
        return "1 article n’est pas encore consultable : la réponse s’y trouve peut-être."
    return (
        f"{write_number(count)} articles ne sont pas encore consultables : la réponse s’y trouve "
        "peut-être."
    )
