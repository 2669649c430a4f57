"""The scoreboard of whole answers: subjects with the points that a complete answer makes.

``python -m rag evaluate subjects --data tests/evaluation/dossiers/subjects/test``. A subject is a
folder with a corpus and questions; each point of a question is a fact that its answer has to say.
Beside, in the same run: the four best sentences for every question, whatever it asks.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.assistant import Assistant
from rag.errors import UsageError
from rag.french import normalize, plain_spaces
from rag.index import build_index
from rag.loading import load_encoder, load_fingerprint, load_reader
from rag.matter import find_quote
from rag.metrics import measure_mean
from rag.readers import read_corpus
from rag.report import Cell, Report, Rows
from rag.settings import Settings
from rag.types import Answer

Progress = Callable[[int, int], None]
_RIVAL = 4
_SHOWN = 40


@dataclass(frozen=True, slots=True)
class Point:
    """A fact that an answer has to say: patterns of its text that must all be there."""

    must: tuple[str, ...]

    def is_in(self, text: str) -> bool:
        """Whether a text, plain spaces and apostrophes, says it."""
        return all(re.search(pattern, text, re.IGNORECASE) for pattern in self.must)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of a subject, its points, and the answer; near-misses have no point.

    ``rival`` is made of the best sentences, whatever is asked.
    """

    id: str
    kind: str
    text: str
    points: tuple[Point, ...]
    answer: Answer
    rival: str

    def count(self, text: str) -> int:
        """Count the points that a text says."""
        plain = normalize(plain_spaces(text))
        return sum(point.is_in(plain) for point in self.points)


def evaluate_subjects(data: Path, settings: Settings, progress: Progress) -> Report:
    """Ask the questions of every subject of a folder, with quotations alone.

    Raises
    ------
    UsageError
        When there is no subject, or a line of its questions is none.
    ModelMissing, ModelCorrupt
        When a model can't be loaded.
    """
    folders = sorted(path.parent for path in data.glob("*/questions.jsonl"))
    if not folders:
        raise UsageError(
            f"Il n’y a pas de sujet dans « {data} ».",
            todo="Donnez un dossier comme tests/evaluation/dossiers/subjects/test.",
        )
    asked: list[Asked] = []
    for done, folder in enumerate(folders):
        progress(done, len(folders))
        asked += _ask(folder, settings)
    progress(len(folders), len(folders))
    kinds = sorted({a.kind for a in asked})
    rows: Rows = {kind: _score([a for a in asked if a.kind == kind]) for kind in kinds}
    rows["answerable, all"] = _score([a for a in asked if a.points])
    return Report(f"Subjects of {data.name}", rows, [*_list_failures(asked)][:_SHOWN])


def _ask(folder: Path, settings: Settings) -> Iterator[Asked]:
    encoder = load_encoder(settings)
    articles = read_corpus(folder / "corpus").articles
    texts = {article.id: article.text for article in articles}
    index, _ = build_index(articles, lambda: encoder, load_fingerprint(settings))
    assistant = Assistant(index, encoder, load_reader(settings), None)
    for number, line in enumerate((folder / "questions.jsonl").read_text("utf-8").split("\n"), 1):
        if not line.strip():
            continue
        try:
            item = json.loads(line)
            points = tuple(_read_point(point, texts) for point in item["points"])
            named = item["id"], item["type"], item["q"]
        except (ValueError, LookupError, TypeError) as error:
            raise UsageError(f"La ligne {number} de « {folder.name} » est illisible.") from error
        # The evidence of an answer begins with what its plan quotes; here the best come first.
        best = assistant.look_up(item["q"]).evidence[:_RIVAL]
        rival = " ".join(sentence.text for sentence in best)
        yield Asked(*named, points, assistant.answer(item["q"]), rival)


def _read_point(item: Mapping[str, Any], texts: Mapping[str, str]) -> Point:
    """Read a point; without patterns of its own it is said by the words that say it."""
    if "must" in item:
        return Point(tuple(item["must"]))
    quote = find_quote(texts[item["article"]], item["quote"])
    return Point((re.escape(normalize(plain_spaces(quote)).rstrip(" .;")),))


def _score(asked: Sequence[Asked]) -> dict[str, Cell]:
    row: dict[str, Cell] = {
        "questions": len(asked),
        "refused": measure_mean([a.answer.mode == "refused" for a in asked]),
    }
    if any(a.points for a in asked):
        row["complete"] = measure_mean([a.count(a.answer.text) == len(a.points) for a in asked])
        row["points said"] = measure_mean([a.count(a.answer.text) / len(a.points) for a in asked])
        row["four best: points"] = measure_mean(
            [a.count(a.rival) / len(a.points) * (a.answer.mode != "refused") for a in asked]
        )
        row["quotations"] = sum(len(a.answer.sentences) for a in asked) / len(asked)
    return row


def _list_failures(asked: Sequence[Asked]) -> Iterator[str]:
    for a in asked:
        refused = a.answer.mode == "refused"
        if a.count(a.answer.text) < len(a.points) or refused == bool(a.points):
            yield (
                f"- {a.id} ({a.kind}, {a.answer.form}, {a.count(a.answer.text)} of "
                f"{len(a.points)}, {a.answer.answerable:.2f}) {a.text}\n  → {a.answer.text}"
            )
