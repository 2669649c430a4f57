"""How fast this machine answers: measured on its own articles, kept with the date.

Knows nothing about the page: it asks an assistant as a reader would, and times what comes.
"""

from __future__ import annotations

import json
import os
import platform
import random
import statistics
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rag.assistant import Assistant
from rag.durable import explain_disk_errors, write_atomically
from rag.errors import RagError
from rag.french import quote, typeset
from rag.prompt import REFUSAL
from rag.settings import Settings
from rag.types import Article, Waiting, Written

FILE = "vitesse.json"
# Questions timed, after one that wakes the models up; and those tried until the model writes.
_TIMED, _TRIED = 5, 4

Progress = Callable[[str, int, int], None]
"""Told in French what is going on, the steps done and the steps in all."""


@dataclass(frozen=True, slots=True)
class Speed:
    """One measure.

    Attributes
    ----------
    evidence
        Milliseconds from a question to its passages, median.
    first_word, rate
        Milliseconds from the passages to the first written word, and tokens written a second
        after it; None when no model wrote.
    writer
        Name of the model that wrote; empty when none did.
    articles, passages
        Size of the index.
    processor, cores
        The machine.
    measured_at
        ISO 8601, UTC.
    """

    evidence: float
    first_word: float | None
    rate: float | None
    writer: str
    articles: int
    passages: int
    processor: str
    cores: int
    measured_at: str


# ------------------------------------------------------------------------------------ measuring


def measure_speed(
    assistant: Assistant,
    questions: Sequence[str],
    writer: str,
    is_ready: Callable[[], bool],
    progress: Progress,
) -> Speed:
    """Time some questions; the last ones are asked until the language model writes.

    Parameters
    ----------
    assistant
        Over the index to measure.
    questions
        At least one; the model's cache must not know their passages.
    writer
        Name of the language model; empty when there is none.
    is_ready
        Whether the language model is loaded: the time that takes is not counted.
    progress
        Called before each step.
    """
    steps = _TIMED + 1 + bool(writer)
    times = []
    for done in range(_TIMED + 1):
        progress("Recherche de passages…", done, steps)
        times.append(_time_evidence(assistant, questions[done % len(questions)]))
    asked = questions[::-1][:_TRIED] if writer else ()
    wrote = _time_writing(assistant, asked, is_ready, progress)
    progress("Mesure terminée.", steps, steps)
    return Speed(
        evidence=statistics.median(times[1:]),
        first_word=wrote[0] if wrote else None,
        rate=wrote[1] if wrote else None,
        writer=writer if wrote else "",
        articles=len(assistant.index.articles),
        passages=len(assistant.index.chunks),
        processor=name_processor(),
        cores=os.cpu_count() or 1,
        measured_at=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def choose_questions(articles: Sequence[Article], seed: int | None = None) -> list[str]:
    """Make questions from the titles of some articles, others each time."""
    titled = [article for article in articles if article.title.strip()] or list(articles)
    chosen = random.Random(seed).sample(titled, min(len(titled), _TIMED + 1 + _TRIED))
    return [
        typeset(f"Que dit l’article {quote(article.title.strip() or article.id)} ?")
        for article in chosen
    ]


def _time_evidence(assistant: Assistant, question: str) -> float:
    started = time.perf_counter()
    with closing(assistant.ask(question)) as events:
        next(events)
    return 1000 * (time.perf_counter() - started)


def _time_writing(
    assistant: Assistant,
    questions: Sequence[str],
    is_ready: Callable[[], bool],
    progress: Progress,
) -> tuple[float, float | None] | None:
    """Return the milliseconds to the first word and the tokens a second; None when none came."""
    for question in questions:
        if (measured := _time_answer(assistant, question, is_ready, progress)) is not None:
            return measured
    return None


def _time_answer(
    assistant: Assistant, question: str, is_ready: Callable[[], bool], progress: Progress
) -> tuple[float, float | None] | None:
    answer = assistant.answer(question)
    started, known, moments = time.perf_counter(), "", list[float]()
    with closing(assistant.reword(answer)) as events:
        for event in events:
            now = time.perf_counter()
            if isinstance(event, Written) and event.text != known:
                # An engine hands its text over token by token.
                known = event.text
                moments.append(now)
            elif not moments and (isinstance(event, Waiting) or not is_ready()):
                # Neither the others who wait nor the loading of the model say how fast it is.
                started = now
            progress(_tell(event, is_ready()), _TIMED + 1, _TIMED + 2)
    if not moments or known.strip() == REFUSAL:  # too short to time
        return None
    written = moments[-1] - moments[0]
    rate = (len(moments) - 1) / written if written > 0 else None
    return 1000 * (moments[0] - started), rate


def _tell(event: object, ready: bool) -> str:
    if isinstance(event, Waiting):
        return "Le modèle de langue répond à quelqu’un d’autre…"
    return "Le modèle de langue rédige…" if ready else "Le modèle de langue se charge…"


def name_processor(cpuinfo: Path = Path("/proc/cpuinfo")) -> str:
    """Return the name of the processor, as the system tells it."""
    try:
        lines = cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return next(filter(None, named), "") or platform.processor() or platform.machine()


# -------------------------------------------------------------------------------------- keeping


def load_speed(settings: Settings) -> Speed | None:
    """Return the last measure; None when there is none.

    Raises
    ------
    RagError
        When it can't be read.
    """
    path = settings.data / FILE
    try:
        return _read(json.loads(path.read_bytes()))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError) as error:
        raise RagError(
            "La dernière mesure de vitesse est illisible.",
            kept=f"Le fichier « {path} » n’a pas été touché.",
            todo="Mesurez la vitesse de nouveau pour le remplacer.",
        ) from error


def _read(kept: dict[str, Any]) -> Speed:
    speed = Speed(**kept)
    datetime.fromisoformat(speed.measured_at)
    numbers = (speed.evidence, speed.articles, speed.passages, speed.cores)
    written = (speed.first_word or 0, speed.rate or 0)
    if not all(isinstance(number, int | float) for number in numbers + written):
        raise TypeError("a figure is not a number")
    if not all(isinstance(name, str) for name in (speed.writer, speed.processor)):
        raise TypeError("a name is not a text")
    return speed


def save_speed(speed: Speed, settings: Settings) -> None:
    """Keep a measure in place of the last one.

    Raises
    ------
    NoSpace, RagError
        When it can't be written; the last one stays.
    """
    data = json.dumps(asdict(speed), ensure_ascii=False, indent=1).encode()
    with explain_disk_errors(
        "La mesure de vitesse n’a pas pu être enregistrée", "La précédente est intacte."
    ):
        settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_atomically(settings.data / FILE, data)
