"""Trains the French reader: ``python -m rag train reader --data ../shared/eval``.

From questions with known answers it makes groups of one question and the passages that retrieval
brings for it: the right one with its answering sentences, hard negatives, and near-misses made by
editing (the answering sentence taken out, the right passage hidden, a year or a name of the
question swapped). The loss is a softmax over all sentences and « no sentence answers ». The
entailment head learns beside it from labelled pairs and from sentences cut, negated or with one
figure or name changed. A fifth of the articles is never trained on: the constants of reading and
abstention are fitted there. Needs no GPU: about an hour on two cores.
"""

from __future__ import annotations

import csv
import json
import logging
import random
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import torch
from safetensors.torch import save_file
from torch import Tensor
from torch.nn import functional

from rag.errors import UsageError
from rag.french import fold, is_negative
from rag.loading import load_encoder, load_fingerprint
from rag.models import resolve_reader_base
from rag.perturbations import (
    NAME,
    NEGATIONS,
    change_name,
    change_number,
    replace_match,
    shorten,
)
from rag.reader import Encoded, ReaderNetwork, encode, encode_pair, load_tokenizer, pack_weights
from rag.reading import prior_sentences
from rag.retrieval import search_passages
from rag.settings import Settings
from rag.trials import fold_of, index_once, is_held_out
from rag.types import Excerpt

_SEED = 20251028
# Two cycles: the part of the training at which each ends, and its greatest learning rates, of the
# layers and of the heads. At 1e-4 the layers collapse.
_CYCLES = ((0.42, 6e-5, 6e-4), (1.0, 4e-5, 2e-4))
_WARMUP, _DROPOUT = 0.06, 0.1
_GROUPS, _PAIRS = 4, 8
_ENTAILMENT_WEIGHT = 0.5
_NEGATIVES = 3
_DEPTH = 12
_LOG_EVERY = 50

_log = logging.getLogger(__name__)

Kind = Literal["gold", "none", "some", "rank"]


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage of a group: what is read, and what is known of it.

    ``answers`` tells which sentences answer; ``holds`` is None when nobody knows.
    """

    excerpt: Excerpt
    answers: tuple[bool, ...]
    holds: bool | None


@dataclass(frozen=True, slots=True)
class Group:
    """A question with passages; ``kind`` says which part of the loss it feeds.

    ``gold``: some sentences are known to answer; ``none``: no sentence does; ``some``: one does,
    unknown; ``rank``: only the passages are known.
    """

    question: str
    passages: tuple[Passage, ...]
    kind: Kind


@dataclass(frozen=True, slots=True)
class Question:
    """A question of the data with what retrieval brings for it, right passages marked."""

    text: str
    source: Literal["piaf", "service_public", "nomiracl_fr"]
    passages: tuple[Passage, ...]
    answerable: bool
    stands_alone: bool
    held_out: bool


# --------------------------------------------------------------------------------------- data


def prepare_questions(
    data: Path, source: Literal["piaf", "service_public", "nomiracl_fr"], settings: Settings
) -> list[Question]:
    """Retrieve the passages of every question of one set of ``eval/``.

    Raises
    ------
    UsageError
        When the set is not there.
    """
    folder = data / source
    try:
        lines = (folder / "queries.jsonl").read_text(encoding="utf-8").splitlines()
        path = folder / "qrels.tsv"
        pairs = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    except OSError as error:
        raise _missing(f"{source}/queries.jsonl", data) from error
    relevant = {pair.split("\t")[0]: pair.split("\t")[1] for pair in pairs}
    encoder = load_encoder(settings)
    index = index_once(folder / "corpus.jsonl", load_fingerprint(settings), encoder)
    questions = []
    for line in lines:
        item = json.loads(line)
        gold, answers = relevant.get(item["id"]), item.get("answers") or []
        search = search_passages(index, encoder, item["text"], _DEPTH)
        passages = []
        for position, statements in prior_sentences(search, _DEPTH):
            chunk = search.hits[position].chunk
            of_gold = chunk.article_id == gold
            texts = tuple(statement.text for statement in statements)
            # A passage of another article that holds the answer's words may answer: left out.
            if not texts or (not of_gold and gold and _holds(chunk.text, answers)):
                continue
            passages.append(
                Passage(
                    Excerpt(chunk.title, texts),
                    tuple(of_gold and _holds(text, answers) for text in texts),
                    of_gold if gold or source == "piaf" or not item.get("answerable") else None,
                )
            )
        title = index.articles[gold].title if gold else ""
        questions.append(
            Question(
                item["text"],
                source,
                tuple(passages),
                bool(item.get("answerable", gold is not None)),
                bool(item.get("specific", True)) or source != "piaf",
                is_held_out(source, item["id"], title),
            )
        )
    return questions


def _missing(name: str, data: Path) -> UsageError:
    return UsageError(
        f"Il manque « {name} » dans « {data} ».",
        todo="Donnez le dossier qui contient piaf, service_public, nomiracl_fr et nli.",
    )


def _holds(text: str, answers: Sequence[str]) -> bool:
    folded = fold(text)
    return any(re.search(rf"(?<!\w){re.escape(fold(a))}(?!\w)", folded) for a in answers)


# ------------------------------------------------------------------------------------- groups

_YEAR = re.compile(r"\b(?:1\d{3}|20[0-2]\d)\b")


def make_group(question: Question, rng: random.Random) -> Group | None:
    """Draw a group for one pass over a question; None when it can teach nothing."""
    if not question.passages:
        return None
    right = [p for p in question.passages if p.holds]
    wrong = [p for p in question.passages if not p.holds]
    text = _disturb(question.text, rng)
    if question.source == "nomiracl_fr":
        if question.answerable:
            return Group(text, question.passages[:6], "some")
        return Group(text, tuple(rng.sample(wrong, min(5, len(wrong)))), "none")
    negatives = tuple(rng.sample(wrong[:8], min(_NEGATIVES, len(wrong[:8]))))
    if question.source == "service_public":
        return _make_sheet_group(text, right, negatives, rng)
    # « Quel montant en 2003 ? »: other passages may answer too, only its own is sure.
    return _make_piaf_group(question, text, right, negatives if question.stands_alone else (), rng)


def _make_sheet_group(
    text: str, right: list[Passage], negatives: tuple[Passage, ...], rng: random.Random
) -> Group | None:
    if not right or not negatives:
        return None
    right = rng.sample(right, min(2, len(right)))
    kind: Kind = "gold" if any(any(p.answers) for p in right) else "rank"
    return Group(text, (*right, *negatives), kind)


def _make_piaf_group(
    question: Question,
    text: str,
    right: list[Passage],
    negatives: tuple[Passage, ...],
    rng: random.Random,
) -> Group | None:
    gold = next((p for p in right if any(p.answers)), None)
    if gold is None:
        return Group(text, negatives, "none") if not question.answerable and negatives else None
    draw = rng.random()
    if draw < 0.14 and not all(gold.answers):
        return Group(text, (_remove_answers(gold), *negatives), "none")
    if 0.14 <= draw < 0.24 and negatives:
        return Group(text, negatives, "none")
    if 0.24 <= draw < 0.36:
        edited = _swap_in_question(question, gold, rng)
        if edited:
            return Group(_disturb(edited, rng), (_deny(gold), *negatives[:1]), "none")
    return Group(text, (gold, *negatives), "gold")


def _remove_answers(passage: Passage) -> Passage:
    """Take the answering sentences out: the right subject without the answer."""
    kept = [k for k, answers in enumerate(passage.answers) if not answers]
    return Passage(
        Excerpt(passage.excerpt.title, tuple(passage.excerpt.sentences[k] for k in kept)),
        (False,) * len(kept),
        False,
    )


def _deny(passage: Passage) -> Passage:
    return Passage(passage.excerpt, (False,) * len(passage.answers), False)


def _swap_in_question(question: Question, gold: Passage, rng: random.Random) -> str | None:
    """Change a year or a name of the question, so that its passage no longer answers it."""
    text = question.text
    years = list(_YEAR.finditer(text))
    if years and rng.random() < 0.7:
        year = rng.choice(years)
        return replace_match(
            text, year, str(int(year[0]) + rng.choice([-12, -7, -3, -2, 2, 3, 5, 9]))
        )
    names = list(NAME.finditer(text))
    if not names:
        return None
    name = rng.choice(names)
    others = [
        found[0]
        for passage in (gold, *question.passages[:4])
        for sentence in (passage.excerpt.title, *passage.excerpt.sentences)
        for found in NAME.finditer(sentence)
        if len(found[0]) > 3 and fold(found[0]) not in fold(text)
    ]
    return replace_match(text, name, rng.choice(others)) if others else None


def _disturb(text: str, rng: random.Random) -> str:
    """Write the question as people type it, one time in six."""
    draw = rng.random()
    if draw < 0.08:
        return fold(text)
    if draw < 0.14:
        return text.lower()
    return text.rstrip(" ?") if draw < 0.18 else text


# --------------------------------------------------------------------------------- entailment

_ENTAILED, _NEUTRAL, _CONTRADICTED = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Pair:
    """A source, a claim, and the labels it may have: entailed 0, neutral 1, contradicted 2.

    ``name`` is that of the labelled set it comes from, empty for a pair that was made.
    """

    source: str
    claim: str
    labels: tuple[int, ...]
    name: str = ""


def read_pairs(data: Path, held_out: bool) -> list[Pair]:
    """Read RTE3-FR and DACCORD, the fourth that is left out or the rest.

    DACCORD says contradiction or not; what is not may be entailed or neutral.
    """
    pairs = []
    for name, labels in (
        ("rte3_fr", {"0": (0,), "1": (1,), "2": (2,)}),
        ("daccord", {"0": (0, 1), "1": (2,)}),
    ):
        try:
            lines = (data / "nli" / f"{name}_dev.tsv").read_text(encoding="utf-8").splitlines()
        except OSError as error:
            raise _missing(f"nli/{name}_dev.tsv", data) from error
        for row in csv.DictReader(lines, delimiter="\t"):
            if (fold_of(row["premise"], 4) == 0) == held_out:
                pairs.append(Pair(row["premise"], row["hypothesis"], labels[row["label"]], name))
    return pairs


def make_pair(passages: Sequence[Excerpt], rng: random.Random) -> Pair:
    """Make a pair from a sentence of a passage: kept, cut, negated, or with one thing changed."""
    passage = rng.choice(passages)
    sentences = passage.sentences
    k = rng.randrange(len(sentences))
    around = sentences[max(0, k - rng.randrange(2)) : k + 1 + rng.randrange(2)]
    source, claim = " ".join(around), sentences[k]
    draw = rng.random()
    if draw < 0.3:
        return Pair(source, shorten(claim) if draw < 0.2 else claim, (_ENTAILED,))
    others = [sentence for sentence in sentences if sentence not in around]
    if draw < 0.5 and others:
        return Pair(source, rng.choice(others), (_NEUTRAL,))
    if draw < 0.7 and (changed := change_number(claim, rng)):
        return Pair(source, changed, (_CONTRADICTED,))
    if draw < 0.85 and (
        changed := change_name(claim, (*sentences, *rng.choice(passages).sentences), rng)
    ):
        return Pair(source, changed, (_NEUTRAL, _CONTRADICTED))
    for positive, negative in rng.sample(NEGATIONS, len(NEGATIONS)):
        if positive in claim and not is_negative(claim):
            return Pair(source, claim.replace(positive, negative, 1), (_CONTRADICTED,))
    return Pair(source, claim, (_ENTAILED,))


# ----------------------------------------------------------------------------------- training


def train_reader(
    data: Path, settings: Settings, out: Path, epochs: float, progress: Callable[[int, int], None]
) -> None:
    """Train the reader and write its layers and heads, eight bits a weight, as safetensors.

    Parameters
    ----------
    data
        The folder with ``piaf``, ``service_public``, ``nomiracl_fr`` and ``nli``.
    out
        The file to write.
    epochs
        Passes over the questions that are not held out.

    Raises
    ------
    UsageError
        When a set is missing.
    """
    questions = [
        question
        for source in ("piaf", "service_public", "nomiracl_fr")
        for question in prepare_questions(data, source, settings)
        if not question.held_out
    ]
    pairs = read_pairs(data, held_out=False)
    torch.manual_seed(_SEED)
    trainer = _Trainer(resolve_reader_base(settings), random.Random(_SEED))
    steps = trainer.count_steps(questions, epochs)
    _log.info("%d questions, %d pairs, %d steps", len(questions), len(pairs), steps)
    excerpts = sorted(
        {p.excerpt for q in questions if q.source == "piaf" for p in q.passages[:1]},
        key=lambda excerpt: excerpt.sentences,
    )
    excerpts = [
        e for e in excerpts if len(e.sentences) >= 3 and not is_held_out("piaf", "", e.title)
    ]
    groups = _draw_groups(questions, trainer.rng)
    for step in range(steps):
        progress(step, steps)
        drawn = [next(groups) for _ in range(_GROUPS)]
        half = _PAIRS // 2
        beside = trainer.rng.sample(pairs, half)
        beside += [make_pair(excerpts, trainer.rng) for _ in range(_PAIRS - half)]
        trainer.step(drawn, beside, step / steps)
    progress(steps, steps)
    out.parent.mkdir(parents=True, exist_ok=True)
    save_file(pack_weights(trainer.network.trained_state()), out)


def _draw_groups(questions: Sequence[Question], rng: random.Random) -> Iterator[Group]:
    while True:
        for question in rng.sample(questions, len(questions)):
            # A question that does not stand alone teaches less: every other time.
            if question.stands_alone or rng.random() < 0.5:
                group = make_group(question, rng)
                if group is not None:
                    yield group


def find_rates(part: float) -> tuple[float, float]:
    """Return the learning rates of the layers and of the heads when ``part`` of a training is done.

    In each cycle they rise, then fall to nearly nothing.
    """
    begun = 0.0
    for end, rate, head_rate in _CYCLES:
        if part < end or end == 1.0:
            within = (part - begun) / (end - begun)
            pace = min(1.0, within / _WARMUP) * max(0.02, 1 - within)
            return rate * pace, head_rate * pace
        begun = end
    raise AssertionError("the last cycle ends with the training")


class _Trainer:
    """The network, and one step of AdamW."""

    def __init__(self, folder: Path, rng: random.Random) -> None:
        self.rng = rng
        self._tokenizer = load_tokenizer(folder)
        self.network = ReaderNetwork(folder, dropout=_DROPOUT).train()
        trained = self.network.trained_state()
        body = [value for name, value in trained.items() if name.startswith("backbone.")]
        heads = [value for name, value in trained.items() if not name.startswith("backbone.")]
        self._trained = list(trained.values())
        parts = [{"params": body}, {"params": heads}]
        self._optimizer = torch.optim.AdamW(parts, weight_decay=0.01)
        self._losses: list[float] = []
        self._started = time.monotonic()

    def count_steps(self, questions: Sequence[Question], epochs: float) -> int:
        alone = sum(question.stands_alone for question in questions)
        return int(epochs * (alone + (len(questions) - alone) / 2) / _GROUPS)

    def step(self, groups: Sequence[Group], pairs: Sequence[Pair], part: float) -> None:
        """Take one step; ``part`` is the share of the training done."""
        for group, rate in zip(self._optimizer.param_groups, find_rates(part), strict=True):
            group["lr"] = rate
        loss = self._reading_loss(groups) + _ENTAILMENT_WEIGHT * self._entailment_loss(pairs)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self._trained, 1.0)
        self._optimizer.step()
        self._optimizer.zero_grad(set_to_none=True)
        self._losses.append(float(loss.detach()))
        if len(self._losses) % _LOG_EVERY == 0:
            recent = self._losses[-4 * _LOG_EVERY :]
            _log.info(
                "step %d, %.0f s, loss %.3f",
                len(self._losses),
                time.monotonic() - self._started,
                sum(recent) / len(recent),
            )

    def _read(self, encoded: Sequence[Encoded]) -> Tensor:
        """Run the backbone in bfloat16, twice as fast here; the heads stay in float32."""
        with torch.autocast("cpu", dtype=torch.bfloat16):
            hidden: Tensor = self.network(encoded)
        return hidden

    def _reading_loss(self, groups: Sequence[Group]) -> Tensor:
        passages = [(g, p) for g, group in enumerate(groups) for p in group.passages]
        encoded = [
            item
            for group in groups
            for item in encode(self._tokenizer, group.question, [p.excerpt for p in group.passages])
        ]
        by_length = sorted(range(len(encoded)), key=lambda i: len(encoded[i].ids))
        sentences: dict[int, Tensor] = {}
        wholes: dict[int, Tensor] = {}
        half = (len(by_length) + 1) // 2
        for part in (by_length[:half], by_length[half:]):
            chosen = [encoded[i] for i in part]
            if not chosen:
                continue
            hidden = self._read(chosen)
            scored = self.network.score_sentences(hidden, chosen)
            whole = self.network.score_passages(hidden)
            for row, i in enumerate(part):
                sentences[i], wholes[i] = scored[row], whole[row]
        total = torch.zeros(())
        for g, group in enumerate(groups):
            own = [i for i, (of, _) in enumerate(passages) if of == g]
            total = total + _group_loss(
                group, torch.cat([sentences[i] for i in own]), torch.stack([wholes[i] for i in own])
            )
        return total / len(groups)

    def _entailment_loss(self, pairs: Sequence[Pair]) -> Tensor:
        encoded = [encode_pair(self._tokenizer, pair.source, pair.claim) for pair in pairs]
        hidden = self._read(encoded)
        logs = functional.log_softmax(self.network.entailment(hidden[:, 0]), dim=-1)
        losses = [-torch.logsumexp(logs[i, list(p.labels)], 0) for i, p in enumerate(pairs)]
        return torch.stack(losses).mean()


def _group_loss(group: Group, sentences: Tensor, wholes: Tensor) -> Tensor:
    """Softmax over the sentences and « none », then the passages, alone and against each other."""
    everything = torch.logsumexp(torch.cat([sentences.new_zeros(1), sentences]), 0)
    if group.kind == "gold":
        right = torch.tensor([a for p in group.passages for a in p.answers])
        loss = everything - torch.logsumexp(sentences[right], 0)
    elif group.kind == "none":
        loss = everything
    elif group.kind == "some":
        loss = functional.softplus(-sentences.max())
    else:
        loss = sentences.new_zeros(())
    known = [i for i, p in enumerate(group.passages) if p.holds is not None]
    if known:
        labels = torch.tensor([float(bool(group.passages[i].holds)) for i in known])
        logits = wholes[known]
        loss = loss + functional.binary_cross_entropy_with_logits(logits, labels)
        if labels.any() and not labels.all():
            ranked = torch.logsumexp(logits, 0) - torch.logsumexp(logits[labels > 0], 0)
            loss = loss + 0.5 * ranked
    return loss
