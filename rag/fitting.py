"""Fits every constant of deciding: ``python -m rag fit --data ../shared/eval``.

On what the reader was not trained on, and never on what the scoreboard measures with
``--held-out``: the development part of the dossiers, and half of what is held out of PIAF,
Service-Public and NoMIRACL. Order of passages and sentences: softmax regression on the right one
of each question. Answering, refuting and abstaining: multinomial logistic regression. The check:
the thresholds that decide best. What form a question asks for: logistic regression on its words;
what speaks to a machine: the same on words and vectors. Writes ``rag/weights/policy.json``,
``forms.json`` and ``orders.json``.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import get_args
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression

from rag.abstention import measure_signals
from rag.conflicts import list_pairs, measure_pair
from rag.forms import FormWeights, list_ngrams
from rag.french import fold, is_negative, split_sentences
from rag.gathering import EVIDENCE
from rag.index import Index, build_index
from rag.injections import Put, join_lines, list_hosts, put_lines, read_sentences
from rag.loading import load_encoder, load_fingerprint, load_reader
from rag.matter import (
    Dossier,
    Line,
    Part,
    Posed,
    load_claims,
    load_dossiers,
    load_forms,
    load_lines,
    load_subjects,
    part_of,
)
from rag.orders import OrderWeights, list_traits
from rag.policy import Policy
from rag.readers import read_corpus
from rag.reading import Reading, Scored, choose_evidence, complete_evidence, read_passages
from rag.retrieval import search_passages
from rag.settings import Settings
from rag.summaries import list_candidates, measure_sentence
from rag.support import decide
from rag.training import list_held_out
from rag.trials import (
    Question,
    index_once,
    is_for_fitting,
    is_held_out,
    load_questions,
    load_titles,
)
from rag.types import Encoder, Evidence, Form, Reader
from rag.verdicts import VERDICT_READ, judge_statement

Progress = Callable[[int, int], None]
Floats = NDArray[np.float64]

# The signals of a reading that weigh in the two decisions. Those of retrieval alone differ from one
# corpus to another: each set has a constant of its own while fitting, and what is kept is the mean
# of two: dossiers, hard questions over a few articles, and subjects, collections as people have.
_SIGNALS = ("answers", "refutes", "passage", "cosine")
_KEPT = ("dossiers", "subjects")
_NONE, _ANSWERS, _REFUTES = 0, 1, 2
# Each outcome weighs the same while fitting; of the twenty questions of a dossier so many have it.
_SHARES = {_NONE: 6, _ANSWERS: 12, _REFUTES: 2}
# What saying it wrongly costs, in wrong refusals: an answer that is none, a truth that is denied.
# At 3, two in three false premises of the development part are refused or corrected, .10 of them in
# words, and .02 of the true ones are denied; at 2, as many, .19 and .10; at 4, .06 and none.
_COSTS = {_ANSWERS: 1.1, _REFUTES: 3.0}
# Strength of the ridge on standardised signals, and passages searched.
_RIDGE, _FOUND = 1.0, 10
# The same on words, and questions that hold a word before it is one: of 0.5 to 4, and 2 and 3,
# these know most forms of the development part.
_WORD_RIDGE, _WORD_SEEN = 4.0, 3
# Share of the true claims that the check must keep, and what precision is worth beside recall.
_LEAST_KEPT, _BETA = 0.65, 0.25
_SUMMARY_RIDGE = 0.01
# Parts whose subjects teach what a disagreement is, and a summary: the reader has seen their
# questions, but not whether two answers differ, and what it says of a sentence tells no summary.
_DISAGREEING: tuple[Part, ...] = ("train", "dev")
# Questions whose sources may differ, or seem to.
_COMPARED = ("fact", "disagreement", "yesno", "definition", "true_premise")
# Share of the yes and no that must be right.
_SURE = 0.9
# Orders: articles that each line is put into while fitting; strength of the ridge, lines that hold
# a trait before it is one, and what a vector's column weighs beside a word; what an article's own
# sentence weighs when a line was put beside it, and when the article is on machines that answer;
# parts that each weigh without themselves, and the share of honest sentences that may be hit.
_PUT = 3
_ORDER_RIDGE, _TRAIT_SEEN, _SPREAD = 1.0, 2, 0.15
_NEAR, _ON_MACHINES = 0.3, 20.0
_PARTS, _HIT = 5, 0.002
_ORDERED: tuple[Part, ...] = ("train", "dev")
# The form that questions of a kind ask for; a bridge or a premise tells nothing of it.
_FORMS = {kind: kind for kind in get_args(Form)} | {"why": "reason", "how": "reason"}
# A plain policy: what is read is measured before anything is fitted.
_PLAIN = Policy()
_SETS = ("piaf", "service_public", "nomiracl_fr")


@dataclass(frozen=True, slots=True)
class Example:
    """A question that was read, and what is known of it.

    ``outcome`` is ``_NONE``, ``_ANSWERS`` or ``_REFUTES``, None when nobody knows; ``is_right``
    says whether a sentence answers, None when only the articles are known; ``gold`` are these.
    """

    source: str
    reading: Reading
    outcome: int | None
    is_right: Callable[[Scored], bool] | None
    gold: frozenset[str]


def fit_policy(
    data: Path, dossiers: Path, settings: Settings, out: Path, progress: Progress
) -> Policy:
    """Fit every constant and write them as JSON.

    Parameters
    ----------
    data
        The folder with ``piaf``, ``service_public``, ``nomiracl_fr`` and ``nli``.
    dossiers
        The folder ``tests/evaluation/dossiers``.
    out
        The file to write.

    Raises
    ------
    UsageError
        When a set is missing.
    """
    encoder, reader = load_encoder(settings), load_reader(settings)
    fingerprint = load_fingerprint(settings)
    chosen = [d for d in load_dossiers(dossiers) if part_of(d.id) == "dev"]
    examples = list(_read_dossiers("dossiers", chosen, encoder, reader, fingerprint, progress))
    for subject in load_subjects(dossiers, "dev"):
        examples += _read_dossiers("subjects", [subject], encoder, reader, fingerprint, progress)
    for name in _SETS:
        examples += _read_set(data / name, encoder, reader, fingerprint, progress)
    policy = fit_sentences(examples, _PLAIN)
    policy = fit_passages(examples, policy)
    policy = fit_outcomes(examples, policy)
    policy = fit_check(data, dossiers, reader, policy)
    policy = fit_verdicts(examples, load_dossiers(dossiers), reader, policy)
    large = [
        (s, index_dossiers([s], encoder, fingerprint))
        for part in _DISAGREEING
        for s in load_subjects(dossiers, part)
    ]
    policy = fit_disagreements(list(_pair(large, encoder, reader, policy)), policy)
    summarised = _read_summaries(large, encoder, reader, policy)
    policy = fit_summaries(list(summarised), policy)
    out.write_text(json.dumps(asdict(policy), indent=1) + "\n", encoding="utf-8")
    write_forms(fit_forms(dossiers), out.with_name("forms.json"))
    orders = fit_orders(dossiers, settings.corpus, encoder, fingerprint, progress)
    write_orders(orders, out.with_name("orders.json"))
    return policy


# ------------------------------------------------------------------------------------- examples


def index_dossiers(dossiers: Iterable[Dossier], encoder: Encoder, fingerprint: str) -> Index:
    """Index the articles of some dossiers."""
    articles = [article for dossier in dossiers for article in dossier.articles]
    return build_index(articles, lambda: encoder, fingerprint)[0]


def is_proof(posed: Posed) -> Callable[[Scored], bool]:
    """Return what tells whether a sentence is one of the proofs of a question."""

    def check(sentence: Scored) -> bool:
        return any(
            proof.article == sentence.chunk.article_id
            and (sentence.text in proof.quote or proof.quote in sentence.text)
            for proof in posed.proofs
        )

    return check


def _read_dossiers(
    source: str,
    chosen: Sequence[Dossier],
    encoder: Encoder,
    reader: Reader,
    fingerprint: str,
    progress: Progress,
) -> Iterable[Example]:
    """Read the questions of dossiers, all searched over the articles of all of them."""
    index = index_dossiers(chosen, encoder, fingerprint)
    outcomes = {"near_miss": _NONE, "false_premise": _REFUTES}
    asked = [posed for dossier in chosen for posed in dossier.questions]
    for done, posed in enumerate(asked):
        progress(done, len(asked))
        reading = _read(index, encoder, reader, posed.text)
        outcome = outcomes.get(posed.role, _ANSWERS)
        right = is_proof(posed) if posed.proofs else None
        gold = frozenset(proof.article for proof in posed.proofs)
        yield Example(source, reading, outcome, right, gold)


def _read_set(
    folder: Path, encoder: Encoder, reader: Reader, fingerprint: str, progress: Progress
) -> Iterable[Example]:
    index = index_once(folder / "corpus.jsonl", fingerprint, encoder)
    titles = load_titles(folder / "corpus.jsonl")
    chosen = [
        question
        for question in load_questions(folder)
        if (key := (folder.name, question.id, titles.get("".join(question.gold[:1]), "")))
        and is_held_out(*key)
        and is_for_fitting(*key)
    ]
    for done, question in enumerate(chosen):
        progress(done, len(chosen))
        reading = _read(index, encoder, reader, question.text)
        right = _holds_answer(question) if question.gold and question.answers else None
        outcome = _ANSWERS if question.answerable else _NONE
        yield Example(folder.name, reading, outcome, right, frozenset(question.gold))
        if folder.name == "piaf" and question.gold:
            # The same question as if its article were not there.
            within = np.array([c.article_id not in question.gold for c in index.chunks])
            hidden = _read(index, encoder, reader, question.text, within)
            yield Example("piaf, hidden", hidden, _NONE, None, frozenset())


def _holds_answer(question: Question) -> Callable[[Scored], bool]:
    answers = [fold(answer) for answer in question.answers]

    def check(sentence: Scored) -> bool:
        text = fold(sentence.text)
        of_gold = sentence.chunk.article_id in question.gold
        return of_gold and any(answer in text for answer in answers)

    return check


def _read(
    index: Index,
    encoder: Encoder,
    reader: Reader,
    question: str,
    within: NDArray[np.bool_] | None = None,
) -> Reading:
    search = search_passages(index, encoder, question, _FOUND, within)
    return read_passages(search, reader, _PLAIN)


# ----------------------------------------------------------------------------------- regressions


def fit_sentences(examples: Sequence[Example], policy: Policy) -> Policy:
    """Weigh what retrieval and what the reader say of a sentence, and centre their sum."""
    groups, sets = [], []
    for example in examples:
        marks = [bool(example.is_right and example.is_right(s)) for s in example.reading.sentences]
        if any(marks) and example.outcome == _ANSWERS:
            # With a plain policy a score is the sum of both.
            rows = [(s.score - s.answers, s.answers) for s in example.reading.sentences]
            groups.append((np.array(rows), np.array(marks)))
            sets.append(example.source)
    prior, reader = fit_softmax(groups, sets)
    scored = [(rows @ (prior, reader), marks) for rows, marks in groups if not marks.all()]
    best = float(np.median([scores[marks].max() for scores, marks in scored]))
    other = float(np.median([scores[~marks].max() for scores, marks in scored]))
    shift = round(-(best + other) / 2, 4)
    return replace(policy, prior=prior, reader=reader, shift=shift)


def fit_passages(examples: Sequence[Example], policy: Policy) -> Policy:
    """Weigh the fused score of a passage, the reader's, and its best sentence's."""
    groups, sets = [], []
    for example in examples:
        hits = [hit for hit in example.reading.search.hits if hit.reader is not None]
        marks = np.array([hit.chunk.article_id in example.gold for hit in hits])
        if example.outcome != _ANSWERS or not marks.any() or marks.all():
            continue
        best: dict[str, float] = {}
        for s in example.reading.sentences:
            score = policy.prior * (s.score - s.answers) + policy.reader * s.answers + policy.shift
            best[s.chunk.id] = max(best.get(s.chunk.id, -20.0), score)
        rows = [
            (_fused(hit.score, hit.reader or 0.0), hit.reader or 0.0, best.get(hit.chunk.id, -20.0))
            for hit in hits
        ]
        groups.append((np.array(rows), marks))
        sets.append(example.source)
    fused, passage, sentence = fit_softmax(groups, sets)
    return replace(policy, fused=fused, passage=passage, sentence=sentence)


def _fused(score: float, reader: float) -> float:
    """Take the reader's part out of a score that a plain policy gave."""
    return (score - _PLAIN.passage * reader) / _PLAIN.fused


def fit_softmax(groups: Sequence[tuple[Floats, NDArray[np.bool_]]], sets: Sequence[str]) -> Floats:
    """Fit the weights under which the right rows of each group take most of a softmax.

    Every set weighs the same; weights are kept from turning negative.
    """
    share = {name: 1 / sets.count(name) for name in set(sets)}
    width = groups[0][0].shape[1]

    def loss(weights: Floats) -> float:
        total = 0.01 * float(weights @ weights) / len(groups)
        for (rows, marks), name in zip(groups, sets, strict=True):
            scores = rows @ weights
            top = scores.max()
            odds = np.exp(scores - top)
            total -= share[name] * float(np.log(odds[marks].sum() / odds.sum()))
        return total

    found = minimize(loss, np.full(width, 0.5), method="L-BFGS-B", bounds=[(0, None)] * width)
    return np.asarray(np.round(found.x, 4), dtype=np.float64)


def fit_outcomes(examples: Sequence[Example], policy: Policy) -> Policy:
    """Weigh the signals of a reading in the odds that it answers, and that it refutes."""
    known = [e for e in examples if e.outcome is not None and e.reading.sentences]
    sets = [e.source.split(",")[0] for e in known]
    names = sorted(set(sets))
    rows = np.array(
        [
            [measure_signals(e.reading)[name] for name in _SIGNALS] + [float(s == n) for n in names]
            for e, s in zip(known, sets, strict=True)
        ]
    )
    labels = np.array([e.outcome for e in known])
    # Each set and outcome weighs the same, whatever its size.
    cells = [(s, e.outcome) for e, s in zip(known, sets, strict=True)]
    weights = np.array([1 / cells.count(cell) for cell in cells])
    centre, spread = rows.mean(axis=0), rows.std(axis=0)
    # The constants of the sets stay as they are.
    centre[len(_SIGNALS) :], spread[len(_SIGNALS) :] = 0.0, 1.0
    spread[spread < 1e-9] = 1.0
    model = LogisticRegression(C=_RIDGE * len(known) / len(set(cells)), max_iter=2000)
    model.fit((rows - centre) / spread, labels, weights * len(known) / weights.sum())
    logits = model.coef_ - model.coef_[0], model.intercept_ - model.intercept_[0]
    fitted = []
    for outcome in (_ANSWERS, _REFUTES):
        scaled = logits[0][outcome] / spread
        constant = float(logits[1][outcome] - scaled @ centre)
        constant += math.log(_SHARES[outcome] / _SHARES[_NONE] / _COSTS[outcome])
        kept = [float(scaled[len(_SIGNALS) + names.index(name)]) for name in _KEPT if name in names]
        constant += sum(kept) / len(kept) if kept else 0.0
        named = dict(zip(_SIGNALS, (round(float(w), 4) for w in scaled), strict=False))
        fitted.append({"": round(constant, 4), **named})
    return replace(policy, answers=fitted[0], refutes=fitted[1])


def fit_check(data: Path, dossiers: Path, reader: Reader, policy: Policy) -> Policy:
    """Choose the thresholds of the check.

    ``supported``: that at which .65 of the true claims of the development part are kept.
    ``contradicted``: the best F-measure on them with precision worth four times recall, since to
    call a sentence contradicted is the graver word.
    """
    held_out = list_held_out(data)
    claims = [c for d in load_dossiers(dossiers) if part_of(d.id) == "dev" for c in d.claims]
    claims += [
        c for c in load_claims(dossiers) if part_of(c.origin) == "dev" and c.origin not in held_out
    ]
    meanings = reader.entail([(c.source, c.claim) for c in claims])
    entailed = np.array([m.entailed for m in meanings])
    true = np.array([c.label == "supported" for c in claims])
    vetoed = np.array(
        [
            decide(c.claim, c.source, "", m, replace(policy, supported=0.0)).support != "supported"
            for c, m in zip(claims, meanings, strict=True)
        ]
    )
    steps = np.arange(0.05, 0.96, 0.01).round(2)
    accepted = [(entailed >= step) & ~vetoed for step in steps]
    kept = [float(np.mean(passed[true])) >= _LEAST_KEPT for passed in accepted]
    supported = float(steps[max(0, sum(kept) - 1)])
    denied = np.array([m.contradicted for m in meanings])
    wrong = np.array([c.label == "contradicted" for c in claims])
    # Only what is not supported is said to be contradicted.
    scores = [_weigh_precision((denied >= t) & (entailed < supported), wrong) for t in steps]
    contradicted = float(steps[int(np.argmax(scores))])
    return replace(policy, supported=supported, contradicted=contradicted)


def fit_verdicts(
    examples: Sequence[Example], dossiers: Sequence[Dossier], reader: Reader, policy: Policy
) -> Policy:
    """Choose the thresholds from which a question is answered by yes, or by no.

    The least at which nine in ten are right, on the questions of the development part whose ideal
    answer begins so; 1 where there is none.
    """
    ideal = {
        posed.text: posed.answer.split()[0].strip(",.:;").lower()
        for dossier in dossiers
        for posed in dossier.questions
        if posed.answer
    }
    surest = []
    for example in examples:
        word = ideal.get(example.reading.search.question, "")
        if word not in ("oui", "non") or not example.reading.sentences:
            continue
        evidence = choose_evidence(example.reading, VERDICT_READ)
        judged, item = judge_statement(example.reading.search.question, evidence, reader)
        surest.append((judged, is_negative(item.text), word))

    def choose(scores: Sequence[float], word: str, least: float) -> float:
        for step in np.arange(least, 1.0, 0.01).round(2):
            told = [
                said == word
                for score, (_, _, said) in zip(scores, surest, strict=True)
                if score >= step
            ]
            if told and sum(told) >= _SURE * len(told):
                return float(step)
        return 1.0

    yes = choose([judged.entailed for judged, _, _ in surest], "oui", 0.5)
    # What denies needs less to be a no.
    denials = [judged.contradicted if denied else 0.0 for judged, denied, _ in surest]
    no = choose(denials, "non", 0.1)
    return replace(policy, yes=yes, no=no)


def _pair(
    subjects: Sequence[tuple[Dossier, Index]], encoder: Encoder, reader: Reader, policy: Policy
) -> Iterable[tuple[dict[str, float], bool]]:
    """Measure the pairs of sentences that differ, and say which are the versions of one thing."""
    for subject, index in subjects:
        for posed in subject.questions:
            if posed.kind not in _COMPARED:
                continue
            search = search_passages(index, encoder, posed.text, _FOUND)
            reading = read_passages(search, reader, policy)
            evidence = complete_evidence(choose_evidence(reading, EVIDENCE))
            for pair in list_pairs(posed.text, evidence):
                proofs = {_find_proof(posed, item) for item in (pair.first, pair.second)}
                versions = posed.kind == "disagreement" and None not in proofs and len(proofs) > 1
                yield measure_pair(pair), versions


def _find_proof(posed: Posed, item: Evidence) -> int | None:
    for number, proof in enumerate(posed.proofs):
        own = proof.article == item.chunk.article_id
        if own and (item.text in proof.quote or proof.quote in item.text):
            return number
    return None


def fit_disagreements(measured: Sequence[tuple[dict[str, float], bool]], policy: Policy) -> Policy:
    """Weigh the signals of two sentences in the odds that they are versions of one thing."""
    names = list(measured[0][0])
    rows = np.array([[signals[name] for name in names] for signals, _ in measured])
    labels = np.array([versions for _, versions in measured])
    centre, spread = rows.mean(axis=0), rows.std(axis=0)
    spread[spread < 1e-9] = 1.0
    model = LogisticRegression(C=_RIDGE, max_iter=2000).fit((rows - centre) / spread, labels)
    scaled = model.coef_[0] / spread
    constant = float(model.intercept_[0] - scaled @ centre)
    weights = {name: round(float(w), 4) for name, w in zip(names, scaled, strict=True)}
    return replace(policy, disagrees={"": round(constant, 4), **weights})


def _read_summaries(
    subjects: Sequence[tuple[Dossier, Index]], encoder: Encoder, reader: Reader, policy: Policy
) -> Iterable[tuple[list[dict[str, float]], list[bool]]]:
    """Measure the sentences that a summary may take, and say which it should."""
    for subject, index in subjects:
        for posed in subject.questions:
            if posed.kind != "summary":
                continue
            reading = read_passages(
                search_passages(index, encoder, posed.text, _FOUND), reader, policy
            )
            candidates = list_candidates(reading, encoder)
            marks = list(map(is_proof(posed), candidates))
            if any(marks):
                yield [measure_sentence(s, reading) for s in candidates], marks


def fit_summaries(
    measured: Sequence[tuple[list[dict[str, float]], list[bool]]], policy: Policy
) -> Policy:
    """Weigh the signals of a sentence in what it is worth in a summary.

    Softmax over the sentences of a question against those that are its points, all alike (ListNet,
    Cao et al. 2007).
    """
    if not measured:
        return policy
    names = list(measured[0][0][0])
    groups = [
        (np.array([[signals[name] for name in names] for signals in sentences]), np.array(marks))
        for sentences, marks in measured
    ]

    def loss(weights: Floats) -> float:
        total = _SUMMARY_RIDGE * float(weights @ weights) * len(groups)
        for rows, marks in groups:
            scores = rows @ weights
            top = scores.max()
            total += top + float(np.log(np.exp(scores - top).sum()) - scores[marks].mean())
        return total

    found = minimize(loss, np.zeros(len(names)), method="L-BFGS-B")
    weights = {name: round(float(w), 4) for name, w in zip(names, found.x, strict=True)}
    return replace(policy, summary=weights)


def write_forms(weights: FormWeights, out: Path) -> None:
    """Write the weights of the forms as JSON, a trait a line."""
    lines = ",\n".join(
        f"{json.dumps(n, ensure_ascii=False)}: {w}" for n, w in weights.weights.items()
    )
    head = json.dumps({"forms": weights.forms, "bias": weights.bias}, ensure_ascii=False)
    out.write_text(f'{head[:-1]}, "weights": {{\n{lines}\n}}}}\n', encoding="utf-8")


def fit_forms(dossiers: Path, parts: Sequence[Part] = ("train", "dev")) -> FormWeights:
    """Weigh the words of questions in the odds of the form that they ask for.

    On the labelled questions of ``forms.jsonl`` and on those of the subjects whose kind tells it;
    with those of the dossiers too, of which most are of facts, fewer forms are known.

    Raises
    ------
    UsageError
        When there are none.
    """
    asked = [
        (posed.text, _FORMS[posed.kind])
        for part in parts
        for subject in load_subjects(dossiers, part)
        for posed in subject.questions
        if posed.kind in _FORMS
    ]
    asked += [
        (text, form) for text, form, origin in load_forms(dossiers) if part_of(origin) in parts
    ]
    counts = CountVectorizer(analyzer=list_ngrams, min_df=_WORD_SEEN, binary=True)
    rows = counts.fit_transform([text for text, _ in asked])
    model = LogisticRegression(C=_WORD_RIDGE, max_iter=3000).fit(rows, [form for _, form in asked])
    columns = counts.vocabulary_.items()
    weights = {
        ngram: [round(float(w), 2) for w in model.coef_[:, column]]
        for ngram, column in sorted(columns)
    }
    bias = tuple(round(float(b), 2) for b in model.intercept_)
    return FormWeights(tuple(map(str, model.classes_)), bias, weights)  # type: ignore[arg-type]


def fit_orders(
    dossiers: Path, corpus: Path, encoder: Encoder, fingerprint: str, progress: Progress
) -> OrderWeights:
    """Weigh words and vectors in the odds that a sentence speaks to a machine.

    On the lines of ``orders.jsonl``, each put into some articles, and on the sentences of articles,
    those of ``corpus``, on machines that answer, more than others. The constant is that at which
    ``_HIT`` of the honest articles' sentences are taken for an order by weights that their dossier
    has no part in.

    Raises
    ------
    UsageError
        When there is no line.
    """
    on_machines = {article.id: article for article in read_corpus(corpus).articles}
    articles = list(on_machines.values())
    lines: list[Line] = []
    put: list[Put] = []
    for part in _ORDERED:
        of_part, hosts = load_lines(dossiers, part), list_hosts(dossiers, part)
        articles += hosts
        lines += of_part
        put += [*put_lines(of_part, hosts, _PUT), *join_lines(of_part)]
    articles += [item.article for item in put]
    index, _ = build_index(articles, lambda: encoder, fingerprint, progress=progress)
    # What a line has beside its order is neither one nor like one.
    known = [
        s for s in read_sentences(index, put) if s.is_order or not (s.line and s.line.is_order)
    ]
    seen = Counter(trait for line in lines for trait in _list_line(line.text))
    words = sorted(trait for trait, times in seen.items() if times >= _TRAIT_SEEN)
    counts = CountVectorizer(analyzer=list_traits, vocabulary=words, binary=True)
    compared = np.array([s.added for s in known if s.added is not None])
    centre, spread = compared.mean(axis=0), compared.std(axis=0) / _SPREAD
    spread[spread < 1e-9] = 1.0
    added = np.zeros((len(known), len(centre)))
    added[[s.added is not None for s in known]] = (compared - centre) / spread
    rows = hstack([counts.transform([s.text for s in known]), csr_matrix(added)]).tocsr()
    labels = np.array([s.is_order for s in known])
    weights = np.array(
        [
            _NEAR if s.touched and not s.line else _ON_MACHINES if s.article in on_machines else 1.0
            for s in known
        ]
    )

    def fit(kept: NDArray[np.bool_]) -> LogisticRegression:
        model = LogisticRegression(C=_ORDER_RIDGE, solver="liblinear", tol=1e-2)
        return model.fit(rows[kept], labels[kept], weights[kept])

    folds = np.array([crc32(s.article.split("/")[0].encode()) % _PARTS for s in known])
    honest = np.array([s.stated and not s.touched for s in known])
    scores = np.concatenate(
        [
            fit(folds != fold).decision_function(rows[kept])
            for fold in range(_PARTS)
            if (kept := honest & (folds == fold)).any()
        ]
    )
    model = fit(labels | True)
    traits = {t: round(float(w), 2) for t, w in zip(words, model.coef_[0], strict=False)}
    vector = (model.coef_[0][len(words) :] / spread).round(2)
    return OrderWeights(
        round(float(model.intercept_[0] - np.quantile(scores, 1 - _HIT)), 2),
        {trait: weight for trait, weight in traits.items() if weight},
        fingerprint,
        vector.astype(np.float32),
        round(float(vector @ centre), 2),
    )


def _list_line(text: str) -> set[str]:
    sentences = (text[span.start : span.end] for span in split_sentences(text))
    return set().union(*map(list_traits, sentences))


def write_orders(weights: OrderWeights, out: Path) -> None:
    """Write the weights of the orders as JSON, a trait a line."""
    head = {
        "bias": weights.bias,
        "model": weights.model,
        "vector": [round(float(w), 2) for w in weights.vector],
        "usual": weights.usual,
    }
    lines = ",\n".join(
        f"{json.dumps(n, ensure_ascii=False)}: {w}" for n, w in weights.words.items()
    )
    out.write_text(f'{json.dumps(head)[:-1]}, "words": {{\n{lines}\n}}}}\n', encoding="utf-8")


def _weigh_precision(found: NDArray[np.bool_], right: NDArray[np.bool_]) -> float:
    """Return the F-measure of what was found (van Rijsbergen 1979), 0 when nothing was right."""
    hits = float(np.sum(found & right))
    return (1 + _BETA**2) * hits / (_BETA**2 * float(right.sum()) + float(found.sum()) or 1.0)
