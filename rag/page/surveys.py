"""What is drawn from all the articles at once: a chronology, the names, where sources agree.

Made in the background, once for an index, then kept in ``DATA/panorama.json`` under the name of its
generation. Knows nothing about Streamlit; whoever draws the page looks at ``survey`` now and then.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag import __version__
from rag.chronology import Event, draw_chronology
from rag.concordance import Claim, Concordance, find_concordance
from rag.durable import make_folder, read_sealed, write_sealed
from rag.index import Index
from rag.named import Named, list_named
from rag.page.library import yield_to_questions
from rag.suggestions import learn_names
from rag.timeframe import Timeframe
from rag.types import Evidence

_FILE = "panorama.json"
_FINDINGS = ("apart", "told", "agreed")

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Survey:
    """What was drawn from all the articles."""

    events: tuple[Event, ...] = ()
    named: tuple[Named, ...] = ()
    concordance: Concordance = Concordance((), (), ())


class Surveys:
    """The survey of one index: ``None`` until it is made, which begins at once.

    Parameters
    ----------
    index, generation
        The index, and its name.
    data
        The folder where it is kept.

    Attributes
    ----------
    index
        The one that it is of.
    survey
        None while it is being made; empty where it could not be.
    failed
        Whether it could not be made.
    """

    def __init__(self, index: Index, generation: str, data: Path) -> None:
        self.index = index
        self._key = f"{generation} {__version__}"
        self._file = data / _FILE
        self.failed = False
        self.survey = self._load()
        if self.survey is None:
            # It quotes articles, which may have been removed since.
            with suppress(OSError):
                self._file.unlink(missing_ok=True)
            threading.Thread(target=self._make, name="survey", daemon=True).start()

    def _make(self) -> None:
        yield_to_questions()
        try:
            survey = make_survey(self.index)
            self._keep(survey)
            self.survey = survey
        except Exception:
            _log.exception("no survey of the articles")
            self.failed, self.survey = True, Survey()

    def _keep(self, survey: Survey) -> None:
        try:
            make_folder(self._file.parent)
            write_sealed(self._file, {"key": self._key, **write_survey(survey)})
        except OSError as error:
            _log.warning("survey not kept: %s", error)

    def _load(self) -> Survey | None:
        try:
            kept = read_sealed(self._file)
            if isinstance(kept, dict) and kept.get("key") == self._key:
                return read_survey(kept, self.index)
        except (OSError, ValueError, TypeError, LookupError):
            pass
        return None


def make_survey(index: Index) -> Survey:
    """Draw everything from an index; two seconds for sixty articles."""
    return Survey(
        draw_chronology(index), list_named(index, learn_names(index)), find_concordance(index)
    )


# ------------------------------------------------------------------------------------ keeping


def write_survey(survey: Survey) -> dict[str, Any]:
    """Write a survey as plain JSON: sentences by their passage and offsets."""
    return {
        "events": [
            [*_place(event.item), event.frame.start, event.frame.end, event.articles]
            for event in survey.events
        ],
        "named": [[one.name, one.person, one.articles] for one in survey.named],
        **{
            name: [
                [[*_place(claim.item), claim.values] for claim in claims]
                for claims in getattr(survey.concordance, name)
            ]
            for name in _FINDINGS
        },
    }


def read_survey(kept: dict[str, Any], index: Index) -> Survey:
    """Read what ``write_survey`` wrote of the same index.

    Raises
    ------
    LookupError, TypeError, ValueError
        When it is of another one.
    """
    find = _find_evidence(index)
    events = (
        Event(find(*place), Timeframe(start, end), tuple(articles))
        for *place, start, end, articles in kept["events"]
    )
    findings = {
        name: tuple(
            tuple(Claim(find(*place), tuple(values)) for *place, values in claims)
            for claims in kept[name]
        )
        for name in _FINDINGS
    }
    named = (Named(name, person, tuple(ids)) for name, person, ids in kept["named"])
    return Survey(tuple(events), tuple(named), Concordance(**findings))


def _place(item: Evidence) -> tuple[str, int, int]:
    return item.chunk.id, item.start, item.end


def _find_evidence(index: Index) -> Callable[[str, int, int], Evidence]:
    def find(name: str, start: int, end: int) -> Evidence:
        article, _, number = name.rpartition("#")
        chunk = index.chunks[index.rows_of(article)[int(number)]]
        text = chunk.text[start - chunk.start : end - chunk.start]
        return Evidence(0, chunk, start, end, text, 0.0)

    return find
