"""One sum with two statuses: what was promised, and what was paid of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from rag.conflicts.question import Asked
from rag.figures import Figure, find_figures
from rag.timeframe import fold_in_place
from rag.types import Conflict, Evidence, Version

# What is promised and what is paid, around a figure, in folded text.
_STATUSES = {
    "engagé": r"\bengag\w+|\bprom(?:is|et\w*|esses?)\b",
    "versé": r"\bvers(?:e|es|ee|ees|er|ements?)\b|\bdecaiss\w+|\bpaye\w*|\bdebours\w+",
}
# What the two are told to be about.
STATUS = "le montant engagé et le montant versé"


def says_status(text: str) -> bool:
    """Whether a text speaks of a promise or of a payment."""
    plain = fold_in_place(text)
    return any(re.search(pattern, plain) for pattern in _STATUSES.values())


def find_status(about: Iterable[Evidence], asked: Asked) -> Iterator[Conflict]:
    """Find the first sentence that tells what was promised from what was paid."""
    for item in about:
        if asked.kind not in ("money", "") or not says_status(item.text):
            continue
        figures = [figure for figure in find_figures(item.text) if figure.kind == "money"]
        told = dict(_read_statuses(fold_in_place(item.text), figures))
        if len(told) == len(_STATUSES) and told["engagé"] != told["versé"]:
            values = [_write_status(told[status], status) for status in _STATUSES]
            # « 11,6 milliards versés au 30 septembre 2025 »
            values[-1] += " a".join(["", *(day[0][1:] for day in _AS_OF.finditer(item.text))][:2])
            versions = (Version(value, item.n, item.chunk.date) for value in values)
            yield Conflict(STATUS, tuple(versions))
            return


_AS_OF = re.compile(r"\b[Aa]u \d{1,2}(?:er)? [^\W\d_]+ \d{4}\b")


def _read_statuses(plain: str, figures: Sequence[Figure]) -> Iterator[tuple[str, Figure]]:
    """Pair each status with the figure nearest to the words that tell it."""
    for status, pattern in _STATUSES.items():
        near = [
            (max(figure.span.start - match.end(), match.start() - figure.span.end), figure)
            for match in re.finditer(pattern, plain)
            for figure in figures
        ]
        if near:
            yield status, min(near, key=lambda pair: pair[0])[1]


def _write_status(figure: Figure, status: str) -> str:
    return f"{figure.written} {status}{'s' * (figure.amount >= 2 * figure.scale)}"
