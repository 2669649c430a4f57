"""Trials: questions with known answers, each searched and read once.

Everything the scoreboard and the notebooks measure comes from one trial a question, so that all
methods see the same passages. Knows nothing about metrics or reports.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rag.abstention import judge_question
from rag.errors import UsageError
from rag.french import fold
from rag.index import Index
from rag.indexing import index_corpus
from rag.loading import load_encoder, load_fingerprint, load_reader
from rag.reading import (
    DEPTH,
    Reading,
    choose_evidence,
    prior_sentences,
    read_passages,
)
from rag.retrieval import Search, search_passages
from rag.settings import Settings
from rag.store import load_index
from rag.types import Encoder, Evidence, Reader

Progress = Callable[[int, int], None]
# Sentences of evidence among which the answer is looked for.
EVIDENCE = 4
# Articles looked at in a ranking.
_ARTICLES = 50


# ---------------------------------------------------------------------------------- questions


@dataclass(frozen=True, slots=True)
class Question:
    """A question and what is known of its answer.

    ``gold`` holds the ids of the articles that answer, ``answers`` the accepted wordings; both
    may be empty for an answerable question, when nobody wrote them down.
    """

    id: str
    text: str
    gold: tuple[str, ...]
    answers: tuple[str, ...]
    answerable: bool


def is_held_out(source: str, identifier: str, title: str) -> bool:
    """Say whether the reader was never trained on a question.

    Of PIAF (``source`` is the name of the folder) one article in five, by its title, is left out,
    so that no passage of the same article was seen; of the other sets one question in three.
    """
    if source == "piaf":
        return fold_of(title or identifier, 5) == 0
    return fold_of(identifier, 3) == 0


def is_for_fitting(source: str, identifier: str, title: str) -> bool:
    """Say which half of what is held out the constants are fitted on; the other is measured."""
    key = title or identifier if source == "piaf" else identifier
    return fold_of(f"fit {key}", 2) == 0


def fold_of(key: str, folds: int) -> int:
    """Assign a key to a fold, the same on every machine."""
    return int(hashlib.sha256(key.encode()).hexdigest(), 16) % folds


def load_questions(data: Path, held_out: bool = False) -> list[Question]:
    """Read ``queries.jsonl``, and ``qrels.tsv`` when it is there.

    A question is answerable when it has a relevant article or says ``"answerable": true``. Those
    that do not stand alone (``"specific": false``) are left out, unless they are the majority.
    With ``held_out``, only those that neither the reader nor the constants saw are kept.

    Raises
    ------
    UsageError
        When there is no question to read.
    """
    path = data / "queries.jsonl"
    relevant = _load_relevant(data / "qrels.tsv")
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"Les questions « {path} » sont illisibles.",
            todo="Donnez un dossier qui contient corpus.jsonl, queries.jsonl et qrels.tsv.",
        ) from error
    items = [_parse(line, number) for number, line in enumerate(lines, start=1) if line.strip()]
    if not items:
        raise UsageError(f"« {path} » ne contient aucune question.")
    alone = [item for item in items if item.get("specific", True)]
    kept = alone if 2 * len(alone) >= len(items) else items
    questions = [_describe(item, tuple(relevant.get(str(item["id"]), ()))) for item in kept]
    if not held_out:
        return questions
    titles = load_titles(data / "corpus.jsonl")
    return [
        question
        for question in questions
        if (key := (data.name, question.id, titles.get("".join(question.gold[:1]), "")))
        and is_held_out(*key)
        and not is_for_fitting(*key)
    ]


def load_titles(path: Path) -> dict[str, str]:
    """Return the title of each article of a ``corpus.jsonl``, by its id."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    articles = [json.loads(line) for line in lines if line.strip()]
    return {str(article["id"]): article.get("title", "") for article in articles}


def _describe(item: dict[str, Any], gold: tuple[str, ...]) -> Question:
    answerable = bool(gold) or item.get("answerable") is True
    answers = tuple(item.get("answers") or ())
    return Question(str(item["id"]), item["text"], gold, answers, answerable)


def _parse(line: str, number: int) -> dict[str, Any]:
    try:
        item = json.loads(line)
        if isinstance(item["id"], str | int) and isinstance(item["text"], str):
            return dict(item)
    except (ValueError, KeyError, TypeError):
        pass
    raise UsageError(
        f"La ligne {number} de queries.jsonl n’est pas une question.",
        todo="Il y faut un objet JSON avec « id » et « text ».",
    )


def _load_relevant(path: Path) -> dict[str, list[str]]:
    """Read the articles relevant to each question; none without a file."""
    relevant: dict[str, list[str]] = {}
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            question, article, *grade = line.split("\t")
            counts = not grade or float(grade[0]) > 0
        except ValueError as error:
            raise UsageError(
                f"La ligne {number} de qrels.tsv est illisible.",
                todo="Il y faut une question, un article et 1, séparés par des tabulations.",
            ) from error
        if counts:
            relevant.setdefault(question, []).append(article)
    return relevant


# ------------------------------------------------------------------------------------- trials


@dataclass(frozen=True, slots=True)
class Bench:
    """What trials run on: an index and the models that go with it."""

    index: Index
    encoder: Encoder
    reader: Reader


@dataclass(frozen=True, slots=True)
class Trial:
    """One question, searched and read.

    ``ranking`` is every passage by its fused score, before reading; ``reading`` is what the
    assistant reads; ``milliseconds`` go from the question to its ranked sentences.
    """

    question: Question
    ranking: Search
    reading: Reading
    milliseconds: float


def load_bench(corpus: Path, settings: Settings, progress: Progress) -> Bench:
    """Load the models, and index a corpus in a folder that is gone when this returns.

    Raises
    ------
    RagError
        When a model is missing or no article can be read.
    """
    fingerprint = load_fingerprint(settings)
    encoder, reader = load_encoder(settings), load_reader(settings)
    return Bench(index_once(corpus, fingerprint, encoder, progress), encoder, reader)


def index_once(
    corpus: Path,
    fingerprint: str,
    encoder: Encoder,
    progress: Progress = lambda done, total: None,
) -> Index:
    """Index a corpus in a folder that is gone when this returns."""
    with tempfile.TemporaryDirectory() as folder:
        index_corpus(corpus, Path(folder), fingerprint, lambda: encoder, progress)
        return load_index(Path(folder), fingerprint)


def try_questions(
    bench: Bench, questions: Sequence[Question], progress: Progress
) -> Iterator[Trial]:
    """Search and read each question as the assistant does, and rank everything beside."""
    for done, question in enumerate(questions):
        progress(done, len(questions))
        started = time.perf_counter()
        reading = read_passages(
            search_passages(bench.index, bench.encoder, question.text, DEPTH), bench.reader
        )
        elapsed = (time.perf_counter() - started) * 1000
        ranking = search_passages(
            bench.index, bench.encoder, question.text, len(bench.index.chunks)
        )
        yield Trial(question, ranking, reading, elapsed)
    progress(len(questions), len(questions))


def hide_gold(trial: Trial, reader: Reader) -> Trial:
    """Read the question again as if the articles that answer it were not indexed."""
    question = trial.question
    hits = trial.ranking.hits
    kept = [i for i, hit in enumerate(hits) if hit.chunk.article_id not in question.gold]
    ranking = replace(
        trial.ranking,
        hits=tuple(hits[i] for i in kept),
        rows=tuple(trial.ranking.rows[i] for i in kept),
    )
    hidden = replace(question, gold=(), answers=(), answerable=False)
    return Trial(hidden, ranking, read_passages(_shorten(ranking), reader), trial.milliseconds)


def _shorten(search: Search) -> Search:
    """Keep of a full ranking what the assistant would read."""
    return replace(search, hits=search.hits[:DEPTH], rows=search.rows[:DEPTH])


# ------------------------------------------------------------------------------ what was found


def rank_articles(trial: Trial) -> dict[str, list[str]]:
    """Return the best articles of each method, each once, best first."""
    hits = trial.ranking.hits
    orders = {
        "BM25": [hit for hit in sorted(hits, key=lambda hit: -hit.lexical) if hit.lexical],
        "dense": sorted(hits, key=lambda hit: -hit.dense),
        "fusion": hits,
        "Sourcier": (*trial.reading.search.hits, *hits),
    }
    return {
        name: list(dict.fromkeys(hit.chunk.article_id for hit in order))[:_ARTICLES]
        for name, order in orders.items()
    }


def rank_of(gold: Sequence[str], articles: Sequence[str]) -> int | None:
    """Rank of the first article that answers, from 1; None when there is none."""
    return next((rank for rank, article in enumerate(articles, start=1) if article in gold), None)


def choose_sentences(trial: Trial) -> dict[str, tuple[Evidence, ...]]:
    """Return the evidence chosen without the trained reader, and with it."""
    search = _shorten(trial.ranking)
    sentences = [s for _, statements in prior_sentences(search, DEPTH) for s in statements]
    sentences.sort(key=lambda s: (-s.score, s.chunk.id, s.span.start))
    return {
        "retrieval alone": choose_evidence(Reading(search, tuple(sentences)), EVIDENCE),
        "Sourcier": choose_evidence(trial.reading, EVIDENCE),
    }


def rank_of_answer(question: Question, evidence: Sequence[Evidence]) -> int | None:
    """Rank of the first sentence of a gold article that holds an accepted answer."""
    answers = [fold(answer) for answer in question.answers]
    for item in evidence:
        text = fold(item.text)
        if item.chunk.article_id in question.gold and any(answer in text for answer in answers):
            return item.n
    return None


def score_answerable(trial: Trial) -> dict[str, float]:
    """Return what each method says of the question being answerable: higher is surer."""
    hits = trial.ranking.hits
    return {
        "BM25 top score": max((hit.lexical for hit in hits), default=0.0),
        "dense top cosine": max((hit.dense for hit in hits), default=0.0),
        "Sourcier": judge_question(trial.reading).answerable,
    }
