"""Trains the French reader: ``python -m rag train reader --data ../shared/eval --out FILE``.

A step reads some questions against passages and some claims against their sources. The questions
are those of PIAF, Service-Public and NoMIRACL, with the passages that retrieval brings, and those
of the dossiers, against their own articles: near-misses, which no sentence answers, and false
premises, which a sentence refutes. The loss of a question is a softmax over what each sentence may
do, answer or refute, and « none does ». The claims are those of the dossiers, the sentences of
ideal answers, and labelled pairs. What ``rag.matter.part_of`` and ``rag.trials.is_held_out`` leave
out is never trained on. Needs no GPU; goes on from its last checkpoint when it was interrupted.
"""

from __future__ import annotations

import csv
import json
import logging
import random
import re
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, TypeVar

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor
from torch.nn import functional
from torch.nn.attention import SDPBackend, sdpa_kernel

from rag.checkpoints import gather_state, restore_state
from rag.chunking import chunk_article
from rag.errors import UsageError
from rag.french import fold, terms
from rag.loading import load_encoder, load_fingerprint
from rag.matter import (
    Dossier,
    LabelledClaim,
    load_answer_claims,
    load_claims,
    load_dossiers,
    load_subjects,
    part_of,
)
from rag.models import resolve_reader_base
from rag.reader import Encoded, ReaderNetwork, encode, encode_pair, load_tokenizer, pack_weights
from rag.reading import make_excerpt, prior_sentences
from rag.retrieval import search_passages
from rag.settings import Settings
from rag.trials import fold_of, index_once, is_held_out
from rag.types import Excerpt

_SEED = 20251028
# Greatest learning rates of the last layer and of the heads; each layer below learns at 0.9 of the
# rate of the one above. At 1e-4 for all layers they collapse.
_RATE, _HEAD_RATE, _LAYER_DECAY = 1e-4, 5e-4, 0.9
# They rise over the first steps, stay, and fall to nothing over the last part.
_WARMUP_STEPS, _COOLDOWN = 60, 0.3
_DROPOUT, _WEIGHT_DECAY = 0.1, 0.01
# Drawn a step: questions over dossiers, over subjects, of the other sets, and pairs.
_DOSSIER_GROUPS, _SUBJECT_GROUPS, _OTHER_GROUPS, _PAIRS = 3, 2, 1, 16
# Tokens read at once, padding counted; more is read in turn.
_TOKENS = 1000
# Parts of a step that are learnt side by side: alone, one leaves a core of two idle half the time.
_SHARES = 2
# The first layers stay as they are: a quarter of the time, and words are read well enough.
_FROZEN = 3
_ENTAILMENT_WEIGHT, _RANKING_WEIGHT = 1.0, 1.0
_NEGATIVES = 2
# Passages without an answer kept of a dossier, for a question of it; drawn from at each pass.
_NEAREST = 8
# Passages with a mark read at once, and without one when there is none.
_MARKED, _MANY = 4, 6
_DEPTH = 12
_LOG_EVERY, _CHECKPOINT_EVERY = 50, 100
# Share of the pairs that are of the labelled sets, and that are sentences of ideal answers.
_LABELLED, _ANSWERS = 0.2, 0.2

_log = logging.getLogger(__name__)

Kind = Literal["gold", "every", "none", "refuted", "some", "rank"]
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage of a group: what is read, and what is known of it.

    ``marked`` tells which sentences answer, or refute; ``holds`` whether the passage answers, None
    when nobody knows.
    """

    excerpt: Excerpt
    marked: tuple[bool, ...]
    holds: bool | None


@dataclass(frozen=True, slots=True)
class Group:
    """A question with passages; ``kind`` says which part of the loss it feeds.

    ``gold``: some sentences hold the answer; ``every``: some are known to answer, and a complete
    answer says them all; ``none``: no sentence does; ``refuted``: some refute what it takes for
    granted; ``some``: one answers, unknown; ``rank``: only the passages are known.
    """

    question: str
    passages: tuple[Passage, ...]
    kind: Kind


@dataclass(frozen=True, slots=True)
class Question:
    """A question of the data with the passages it is read against, right ones marked."""

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
                    make_excerpt(chunk),
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


def prepare_once(data: Path, settings: Settings, kept: Path) -> list[Question]:
    """Prepare the three sets, or read what an earlier run kept in a file of JSON lines.

    Raises
    ------
    UsageError
        When a set is not there.
    """
    if kept.exists():
        lines = kept.read_text(encoding="utf-8").splitlines()
        return [_read_question(json.loads(line)) for line in lines]
    questions = [
        question
        for source in ("piaf", "service_public", "nomiracl_fr")
        for question in prepare_questions(data, source, settings)
    ]
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text(
        "".join(json.dumps(asdict(q), ensure_ascii=False) + "\n" for q in questions),
        encoding="utf-8",
    )
    return questions


def _read_question(item: dict[str, object]) -> Question:
    passages = tuple(
        Passage(
            Excerpt(
                p["excerpt"]["title"],
                tuple(p["excerpt"]["sentences"]),
                tuple(p["excerpt"].get("leads", ())),
            ),
            tuple(p["marked"]),
            p["holds"],
        )
        for p in item.pop("passages")  # type: ignore[attr-defined]
    )
    return Question(passages=passages, **item)  # type: ignore[arg-type]


def _missing(name: str, data: Path) -> UsageError:
    return UsageError(
        f"Il manque « {name} » dans « {data} ».",
        todo="Donnez le dossier qui contient piaf, service_public, nomiracl_fr et nli.",
    )


def _holds(text: str, answers: Sequence[str]) -> bool:
    folded = fold(text)
    return any(re.search(rf"(?<!\w){re.escape(fold(a))}(?!\w)", folded) for a in answers)


# ------------------------------------------------------------------------------------- groups


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
    kind: Kind = "gold" if any(any(p.marked) for p in right) else "rank"
    return Group(text, (*right, *negatives), kind)


def _make_piaf_group(
    question: Question,
    text: str,
    right: list[Passage],
    negatives: tuple[Passage, ...],
    rng: random.Random,
) -> Group | None:
    gold = next((p for p in right if any(p.marked)), None)
    if gold is None:
        return Group(text, negatives, "none") if not question.answerable and negatives else None
    draw = rng.random()
    if draw < 0.14 and not all(gold.marked):
        return Group(text, (_remove_answers(gold), *negatives), "none")
    if 0.14 <= draw < 0.24 and negatives:
        return Group(text, negatives, "none")
    return Group(text, (gold, *negatives), "gold")


def _select(excerpt: Excerpt, kept: Sequence[int]) -> Excerpt:
    sentences, leads = excerpt.sentences, excerpt.leads or ("",) * len(excerpt.sentences)
    return Excerpt(excerpt.title, tuple(sentences[k] for k in kept), tuple(leads[k] for k in kept))


def _remove_answers(passage: Passage) -> Passage:
    """Take the answering sentences out: the right subject without the answer."""
    kept = [k for k, marked in enumerate(passage.marked) if not marked]
    return Passage(
        _select(passage.excerpt, kept),
        (False,) * len(kept),
        False,
    )


def make_dossier_groups(dossier: Dossier) -> list[Group]:
    """Make one group of each question of a dossier, over all the passages of its articles."""
    excerpts = [
        (article.id, make_excerpt(chunk))
        for article in dossier.articles
        for chunk in chunk_article(article)
    ]
    groups = []
    for posed in dossier.questions:
        quotes: dict[str, list[str]] = {}
        for proof in posed.proofs:
            quotes.setdefault(proof.article, []).append(proof.quote)
        passages = []
        for article, excerpt in excerpts:
            of_article = quotes.get(article, [])
            marked = tuple(any(_overlap(s, q) for q in of_article) for s in excerpt.sentences)
            answers = posed.role != "false_premise" and any(marked)
            if excerpt.sentences:
                passages.append(Passage(excerpt, marked, answers))
        known = any(any(p.marked) for p in passages)
        if posed.role == "near_miss" or known:
            kinds: dict[str, Kind] = {"near_miss": "none", "false_premise": "refuted"}
            kind = kinds.get(posed.role, "every")
            groups.append(Group(posed.text, _keep_nearest(posed.text, passages), kind))
    return groups


def _keep_nearest(question: str, passages: Sequence[Passage]) -> tuple[Passage, ...]:
    """Keep what is marked and, of the rest, what shares most words with the question."""
    asked = set(terms(question))

    def share(passage: Passage) -> int:
        return len(
            asked & set(terms(" ".join((passage.excerpt.title, *passage.excerpt.sentences))))
        )

    marked = [p for p in passages if any(p.marked)]
    rest = sorted((p for p in passages if not any(p.marked)), key=share, reverse=True)
    return (*marked, *rest[:_NEAREST])


def _overlap(sentence: str, quote: str) -> bool:
    return sentence in quote or quote in sentence


def _draw_passages(group: Group, rng: random.Random) -> Group:
    """Keep what is marked and some of the rest, two to five passages in a random order.

    A group without a mark keeps six of them, one time in two, so that « none » is learnt of many.
    """
    marked = [p for p in group.passages if any(p.marked)]
    marked = rng.sample(marked, min(len(marked), _MARKED))
    rest = [p for p in group.passages if not any(p.marked)]
    few = marked or rng.random() < 0.5
    most = max(2 - len(marked), rng.randrange(4)) if few else _MANY
    rest = rng.sample(rest, min(len(rest), most))
    kept = [*marked, *rest]
    rng.shuffle(kept)
    return Group(_disturb(group.question, rng), tuple(kept), group.kind)


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
_LABELS = {"supported": _ENTAILED, "unsupported": _NEUTRAL, "contradicted": _CONTRADICTED}


@dataclass(frozen=True, slots=True)
class Pair:
    """A source, a claim, and the labels it may have: entailed 0, neutral 1, contradicted 2.

    ``name`` is that of the labelled set it comes from, empty for a claim of the dossiers.
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


def pair_claims(claims: Sequence[LabelledClaim]) -> list[Pair]:
    """Turn claims into pairs."""
    return [Pair(c.source, c.claim, (_LABELS[c.label],)) for c in claims]


def pair_premises(dossiers: Sequence[Dossier]) -> list[Pair]:
    """Turn what false premises assume into pairs: their proofs contradict it, or leave it open."""
    return [
        Pair(" ".join(p.quote for p in posed.proofs), posed.assumed, (_NEUTRAL, _CONTRADICTED))
        for dossier in dossiers
        for posed in dossier.questions
        if posed.assumed and posed.proofs
    ]


def list_held_out(data: Path) -> set[str]:
    """Name the passages of ``eval/`` that the held-out questions of the scoreboard are about.

    Claims written over them are not trained on.

    Raises
    ------
    UsageError
        When a set is not there.
    """
    named: set[str] = set()
    try:
        for line in (data / "piaf" / "corpus.jsonl").read_text(encoding="utf-8").splitlines():
            item = json.loads(line)
            if is_held_out("piaf", item["id"], item["title"]):
                named.add(item["id"])
        for source, file in (("service_public", "qrels.tsv"), ("nomiracl_fr", "candidates.tsv")):
            for line in (data / source / file).read_text(encoding="utf-8").splitlines():
                question, passage = line.split("\t")[:2]
                if is_held_out(source, question, ""):
                    # A claim names the article of a passage, not its section.
                    named.add(passage.split("#")[0])
    except OSError as error:
        raise _missing("piaf/corpus.jsonl", data) from error
    return named


# ----------------------------------------------------------------------------------- training


@dataclass(frozen=True, slots=True)
class Matter:
    """All that a training draws from, held-out parts left out."""

    questions: Sequence[Question]
    groups: Sequence[Group]
    subjects: Sequence[Group]
    claims: Sequence[Pair]
    answers: Sequence[Pair]
    labelled: Sequence[Pair]


def gather_matter(data: Path, dossiers: Path, settings: Settings, kept: Path) -> Matter:
    """Read the data and the dossiers, what is held out of both left out.

    Raises
    ------
    UsageError
        When a set is missing.
    """
    held_out = list_held_out(data)

    def trains(origin: str) -> bool:
        return part_of(origin) == "train" and origin not in held_out

    subjects = [d for d in load_dossiers(dossiers) if trains(d.id)]
    large = load_subjects(dossiers, "train")
    claims = [c for d in subjects for c in d.claims]
    claims += [c for c in load_claims(dossiers) if trains(c.origin)]
    answers = [c for c in load_answer_claims(dossiers) if trains(c.origin)]
    return Matter(
        [q for q in prepare_once(data, settings, kept) if not q.held_out],
        [group for d in subjects for group in make_dossier_groups(d)],
        [group for d in large for group in make_dossier_groups(d)],
        pair_claims(claims) + pair_premises(subjects),
        pair_claims(answers),
        read_pairs(data, held_out=False),
    )


def train_reader(
    data: Path,
    dossiers: Path,
    settings: Settings,
    out: Path,
    steps: int,
    progress: Callable[[int, int], None],
) -> None:
    """Train the reader and write its layers and heads, eight bits a weight, as safetensors.

    What an interrupted run left in ``out`` with ``.checkpoint`` behind its name is gone on from.

    Parameters
    ----------
    data
        The folder with ``piaf``, ``service_public``, ``nomiracl_fr`` and ``nli``.
    dossiers
        The folder ``tests/evaluation/dossiers``.
    out
        The file to write.
    steps
        Steps to take in all, those already taken counted.

    Raises
    ------
    UsageError
        When a set is missing.
    """
    matter = gather_matter(data, dossiers, settings, out.with_suffix(".questions.jsonl"))
    _log.info(
        "%d questions, %d of dossiers, %d of subjects, %d claims, %d of answers, %d labelled "
        "pairs, %d steps",
        *map(len, (matter.questions, matter.groups, matter.subjects, matter.claims)),
        *map(len, (matter.answers, matter.labelled)),
        steps,
    )
    checkpoint = out.with_suffix(".checkpoint")
    trainer = _Trainer(resolve_reader_base(settings))
    if checkpoint.exists():
        trainer.restore(load_file(checkpoint))
    rng = random.Random(_SEED + trainer.taken)
    draws = _draw_steps(matter, rng)
    while trainer.taken < steps:
        progress(trainer.taken, steps)
        groups, pairs = next(draws)
        trainer.step(groups, pairs, steps)
        if trainer.taken % _CHECKPOINT_EVERY == 0:
            out.parent.mkdir(parents=True, exist_ok=True)
            beside = checkpoint.with_suffix(".part")
            save_file(trainer.state(), beside)
            beside.replace(checkpoint)
    progress(steps, steps)
    out.parent.mkdir(parents=True, exist_ok=True)
    save_file(pack_weights(trainer.shipped), out)


def _draw_steps(matter: Matter, rng: random.Random) -> Iterator[tuple[list[Group], list[Pair]]]:
    others = _draw_groups(matter.questions, rng)
    own, of_subjects = (
        _shuffle_forever(g, rng) for g in (matter.groups, matter.subjects or matter.groups)
    )
    claims = _draw_by_source(matter.claims, rng)
    answers, labelled = (
        _shuffle_forever(pairs, rng) for pairs in (matter.answers, matter.labelled)
    )
    of_labelled, of_answers = int(_PAIRS * _LABELLED), int(_PAIRS * _ANSWERS)
    while True:
        groups = [_draw_passages(next(own), rng) for _ in range(_DOSSIER_GROUPS)]
        groups += [_draw_passages(next(of_subjects), rng) for _ in range(_SUBJECT_GROUPS)]
        groups += [next(others) for _ in range(_OTHER_GROUPS)]
        pairs = [next(labelled) for _ in range(of_labelled)]
        pairs += [next(answers) for _ in range(of_answers)]
        pairs += [next(claims) for _ in range(_PAIRS - len(pairs))]
        yield groups, pairs


def _draw_by_source(pairs: Sequence[Pair], rng: random.Random) -> Iterator[Pair]:
    """Draw the claims over one source together: what tells true from false stands out."""
    by_source: dict[str, list[Pair]] = {}
    for pair in pairs:
        by_source.setdefault(pair.source, []).append(pair)
    for source in _shuffle_forever(list(by_source), rng):
        yield from rng.sample(by_source[source], len(by_source[source]))


def _shuffle_forever(items: Sequence[_T], rng: random.Random) -> Iterator[_T]:
    while True:
        yield from rng.sample(items, len(items))


def _draw_groups(questions: Sequence[Question], rng: random.Random) -> Iterator[Group]:
    for question in _shuffle_forever(questions, rng):
        # A question that does not stand alone teaches less: every other time.
        if question.stands_alone or rng.random() < 0.5:
            group = make_group(question, rng)
            if group is not None:
                yield group


def find_pace(taken: int, steps: int) -> float:
    """Return the share of the greatest learning rates at a step, 0 to 1."""
    rising = min(1.0, (taken + 1) / _WARMUP_STEPS)
    return rising * min(1.0, max(0.02, (1 - taken / steps) / _COOLDOWN))


class _Trainer:
    """The network, and one step of AdamW."""

    def __init__(self, folder: Path) -> None:
        torch.manual_seed(_SEED)
        self.taken = 0
        self._tokenizer = load_tokenizer(folder)
        self.network = ReaderNetwork(folder, dropout=_DROPOUT).train()
        self.shipped = self.network.trained_state()
        for layer in self.network.backbone.encoder.layer[:_FROZEN]:
            layer.requires_grad_(False)
        trained = {name: v for name, v in self.shipped.items() if v.requires_grad}
        self._trained = list(trained.values())
        depth = self.network.backbone.config.num_hidden_layers
        self._optimizer = torch.optim.AdamW(
            [
                {"params": [value], "rate": _find_rate(name, depth)}
                for name, value in trained.items()
            ],
            weight_decay=_WEIGHT_DECAY,
            fused=True,
        )
        threads = max(1, torch.get_num_threads() // _SHARES)
        self._shares = [
            ThreadPoolExecutor(1, initializer=torch.set_num_threads, initargs=(threads,))
            for _ in range(_SHARES)
        ]
        self._losses: list[tuple[float, float]] = []
        self._started = time.monotonic()

    def state(self) -> dict[str, Tensor]:
        """Return all that going on needs: weights, moments, and steps taken."""
        return gather_state(self.taken, self.shipped, self._optimizer)

    def restore(self, kept: dict[str, Tensor]) -> None:
        """Take up what ``state`` returned."""
        self.taken = restore_state(kept, self.shipped, self._optimizer)

    def step(self, groups: Sequence[Group], pairs: Sequence[Pair], steps: int) -> None:
        """Take one step of ``steps``."""
        pace = find_pace(self.taken, steps)
        for parameters in self._optimizer.param_groups:
            parameters["lr"] = parameters["rate"] * pace
        parts = [(groups[k::_SHARES], _deal(pairs, k)) for k in range(_SHARES)]
        work = [(share, part) for share, part in zip(self._shares, parts, strict=True) if any(part)]
        losses = [share.submit(self._learn, *part, len(groups), len(pairs)) for share, part in work]
        read, judged = (sum(each) for each in zip(*(loss.result() for loss in losses), strict=True))
        torch.nn.utils.clip_grad_norm_(self._trained, 1.0)
        self._optimizer.step()
        self._optimizer.zero_grad(set_to_none=True)
        self.taken += 1
        self._losses.append((read, judged))
        if self.taken % _LOG_EVERY == 0:
            recent = self._losses[-4 * _LOG_EVERY :]
            means = [sum(loss[i] for loss in recent) / len(recent) for i in range(2)]
            elapsed = time.monotonic() - self._started
            _log.info("step %d, %.0f s, reading %.3f, claims %.3f", self.taken, elapsed, *means)

    def _learn(
        self, groups: Sequence[Group], pairs: Sequence[Pair], all_groups: int, all_pairs: int
    ) -> tuple[float, float]:
        """Add the gradient of one share of a step; return what it adds to both mean losses."""
        encoded = [
            item
            for group in groups
            for item in encode(self._tokenizer, group.question, [p.excerpt for p in group.passages])
        ]
        encoded += [encode_pair(self._tokenizer, pair.source, pair.claim) for pair in pairs]
        states = self._read(encoded)
        read = self._reading_loss(groups, states, encoded) * len(groups) / max(1, all_groups)
        judged = torch.zeros(())
        if pairs:
            judged = self._entailment_loss(pairs, states[-len(pairs) :], encoded[-len(pairs) :])
            judged = judged * len(pairs) / all_pairs
        (read + _ENTAILMENT_WEIGHT * judged).backward()  # type: ignore[no-untyped-call]
        return float(read.detach()), float(judged.detach())

    def _read(self, encoded: Sequence[Encoded]) -> list[Tensor]:
        """Run the backbone in bfloat16, twice as fast here; the heads stay in float32.

        Returns the hidden states of each, ``[tokens, width]``.
        """
        by_length = sorted(range(len(encoded)), key=lambda i: len(encoded[i].ids))
        states: dict[int, Tensor] = {}
        # One context for all, so that the weights are cast once a step. The fused attention takes
        # half of a step to go back through, on a processor.
        with sdpa_kernel(SDPBackend.MATH), torch.autocast("cpu", dtype=torch.bfloat16):
            for batch in _cut(by_length, [len(e.ids) for e in encoded]):
                hidden = self.network([encoded[i] for i in batch])
                states |= dict(zip(batch, hidden, strict=True))
        return [states[i] for i in range(len(encoded))]

    def _reading_loss(
        self, groups: Sequence[Group], states: Sequence[Tensor], encoded: Sequence[Encoded]
    ) -> Tensor:
        total, first = torch.zeros(()), 0
        for group in groups:
            own = slice(first, first + len(group.passages))
            first = own.stop
            sentences = torch.cat(self.network.score_sentences(states[own], encoded[own]))
            wholes = self.network.score_passages(states[own])
            total = total + _group_loss(group, sentences, wholes)
        return total / max(1, len(groups))

    def _entailment_loss(
        self, pairs: Sequence[Pair], states: Sequence[Tensor], encoded: Sequence[Encoded]
    ) -> Tensor:
        logs = functional.log_softmax(self.network.judge_claims(states, encoded), dim=-1)
        losses = [-torch.logsumexp(logs[i, list(p.labels)], 0) for i, p in enumerate(pairs)]
        # Of two claims over one source, the true one is the surer.
        odds = logs[:, _ENTAILED] - torch.logsumexp(logs[:, [_NEUTRAL, _CONTRADICTED]], 1)
        apart = [
            functional.softplus(odds[j] - odds[i])
            for i, one in enumerate(pairs)
            for j, other in enumerate(pairs)
            if one.source == other.source
            and one.labels == (_ENTAILED,)
            and _ENTAILED not in other.labels
        ]
        ranked = torch.stack(apart).mean() if apart else torch.zeros(())
        return torch.stack(losses).mean() + _RANKING_WEIGHT * ranked


def _deal(pairs: Sequence[Pair], k: int) -> Sequence[Pair]:
    """Return one share of the pairs; those over one source stay side by side."""
    return pairs[k * len(pairs) // _SHARES : (k + 1) * len(pairs) // _SHARES]


def _cut(by_length: Sequence[int], lengths: Sequence[int]) -> Iterator[list[int]]:
    """Put what is of like length together, as many as are read at once."""
    part: list[int] = []
    for i in by_length:
        if part and (len(part) + 1) * lengths[i] > _TOKENS:
            yield part
            part = []
        part.append(i)
    yield part


def _find_rate(name: str, depth: int) -> float:
    layer = re.search(r"layer\.(\d+)\.", name)
    if layer is None:
        return _HEAD_RATE
    return _RATE * _LAYER_DECAY ** (depth - 1 - int(layer[1]))


def _group_loss(group: Group, sentences: Tensor, wholes: Tensor) -> Tensor:
    """Softmax over what each sentence may do and « none does », then the passages.

    ``sentences`` is ``[n, 2]``: answers, refutes. The passages are judged alone and against each
    other.
    """
    everything = torch.logsumexp(torch.cat([sentences.new_zeros(1), sentences.flatten()]), 0)
    marked = torch.tensor([m for p in group.passages for m in p.marked])
    if group.kind in ("gold", "every", "refuted"):
        marks = sentences[marked, int(group.kind == "refuted")]
        found = torch.logsumexp(marks, 0)
        # Half for one that is found, half for each: softmax against a uniform target (ListNet, Cao
        # et al. 2007), with room for a mark that can't be seen from the question.
        loss = everything - ((found + marks.mean()) / 2 if group.kind == "every" else found)
    elif group.kind == "none":
        loss = everything
    elif group.kind == "some":
        loss = functional.softplus(-sentences[:, 0].max())
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
