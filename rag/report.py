"""A table of figures, for a machine or for a reader. Knows nothing about what was measured."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field
from typing import Any

from rag.metrics import Figure

Cell = Figure | float | int
Rows = dict[str, dict[str, Cell]]


@dataclass(frozen=True, slots=True)
class Report:
    """Rows of named figures, the failures worth reading, and further tables."""

    title: str
    rows: Rows
    failures: list[str] = field(default_factory=list)
    parts: list[Report] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """Return the report for a machine: numbers, and ``{"value", "low", "high"}``."""
        return {
            "title": self.title,
            "rows": {
                name: {column: _as_json(cell) for column, cell in row.items()}
                for name, row in self.rows.items()
            },
            "failures": self.failures,
            "parts": [part.as_dict() for part in self.parts],
        }

    def as_table(self) -> str:
        """Return the report as Markdown tables, each followed by its failures."""
        columns = list(dict.fromkeys(name for row in self.rows.values() for name in row))
        lines = [f"{self.title}\n", "| | " + " | ".join(columns) + " |"]
        lines.append("|---" * (len(columns) + 1) + "|")
        for name, row in self.rows.items():
            cells = (_as_text(row[column]) if column in row else "" for column in columns)
            lines.append(f"| {name} | " + " | ".join(cells) + " |")
        lines += ["", *self.failures]
        return "\n\n".join(["\n".join(lines).rstrip(), *(part.as_table() for part in self.parts)])


def _as_json(cell: Cell) -> object:
    if isinstance(cell, Figure):
        return {name: _as_json(value) for name, value in asdict(cell).items()}
    return None if math.isnan(cell) else cell


def _as_text(cell: Cell) -> str:
    if isinstance(cell, Figure):
        return f"{cell.value:.3f} [{cell.low:.3f}, {cell.high:.3f}]"
    return f"{cell:.3f}" if isinstance(cell, float) else str(cell)
