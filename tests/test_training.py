"""Training the reader: what is drawn from the data is labelled right, and a network learns it."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest
import torch
from conftest import FakeEncoder
from safetensors.torch import load_file
from tiny_reader import write_base
from torch import Tensor

from rag import training
from rag.errors import UsageError
from rag.french import fold
from rag.perturbations import change_number
from rag.reader import FrenchReader
from rag.settings import Settings
from rag.training import (
    Group,
    Pair,
    Passage,
    Question,
    make_group,
    make_pair,
    prepare_questions,
    read_pairs,
    train_reader,
)
from rag.trials import fold_of
from rag.types import Excerpt

SEEDS = range(600)
ENTAILED, NEUTRAL, CONTRADICTED = 0, 1, 2

GOLD = Passage(
    Excerpt(
        "Le groupe Airbus",
        (
            "Le groupe Airbus a été créé en 1970 par plusieurs pays.",
            "Son siège se trouve à Toulouse depuis 1974.",
            "Le constructeur est dirigé par Guillaume Faury.",
        ),
    ),
    answers=(True, False, False),
    holds=True,
)
WRONG = tuple(
    Passage(
        Excerpt(f"Fiche {n}", (f"Le pont numéro {n} se visite chaque été.",)),
        answers=(False,),
        holds=False,
    )
    for n in range(12)
)
ASKED = Question(
    "Par qui le groupe Airbus a-t-il été créé en 1970 ?",
    "piaf",
    (GOLD, *WRONG),
    answerable=True,
    stands_alone=True,
    held_out=False,
)


def draw(question: Question) -> list[Group]:
    """Every group that many passes over a question give."""
    groups = [make_group(question, random.Random(seed)) for seed in SEEDS]
    return [group for group in groups if group is not None]


def spell(text: str) -> str:
    """Forget how a question was typed."""
    return fold(text).rstrip(" ?")


def titles(group: Group) -> list[str]:
    return [passage.excerpt.title for passage in group.passages]


# --------------------------------------------------------------------------------------- folds


def test_folds_never_change() -> None:
    # What was held out when the constants were fitted must still be.
    assert (fold_of("Sport", 5), fold_of("Élysée", 4)) == (1, 3)
    assert {fold_of(f"clé {n}", 5) for n in range(100)} == {0, 1, 2, 3, 4}


# ------------------------------------------------------------------------------------- groups


def test_every_passage_of_a_group_is_consistent() -> None:
    sheet = replace(ASKED, source="service_public")
    unknown = replace(ASKED, source="nomiracl_fr", answerable=False, passages=WRONG)
    for group in draw(ASKED) + draw(sheet) + draw(unknown):
        assert group.passages
        for passage in group.passages:
            size = len(passage.excerpt.sentences)
            assert size == len(passage.answers) > 0
            assert passage.holds or not any(passage.answers)
        if group.kind == "none":
            assert not any(answers for p in group.passages for answers in p.answers)
            assert not any(passage.holds for passage in group.passages)
        if group.kind == "gold":
            assert any(answers for p in group.passages for answers in p.answers)


def test_a_gold_group_has_the_right_passage_and_a_few_others() -> None:
    golden = [group for group in draw(ASKED) if group.kind == "gold"]
    assert len(golden) > len(SEEDS) / 2
    for group in golden:
        assert group.passages[0] == GOLD
        assert spell(group.question) == spell(ASKED.text)
        assert 1 <= len(group.passages) - 1 <= 4
        assert set(group.passages[1:]) < set(WRONG)
    assert len({tuple(titles(group)) for group in golden}) > 10


def test_questions_are_sometimes_typed_carelessly() -> None:
    typed = {group.question for group in draw(ASKED) if group.kind == "gold"}
    assert typed == {
        ASKED.text,
        fold(ASKED.text),
        ASKED.text.lower(),
        ASKED.text.rstrip(" ?"),
    }


def test_a_passage_without_its_answer_answers_nothing() -> None:
    removed = [
        group.passages[0]
        for group in draw(ASKED)
        if group.kind == "none" and group.passages[0].excerpt.title == GOLD.excerpt.title
        if group.passages[0].excerpt != GOLD.excerpt
    ]
    assert removed
    for passage in removed:
        assert passage.excerpt.sentences == GOLD.excerpt.sentences[1:]
        assert passage.answers == (False, False) and passage.holds is False


def test_a_passage_that_is_all_answer_is_never_emptied() -> None:
    whole = replace(GOLD, answers=(True, True, True))
    groups = draw(replace(ASKED, passages=(whole, *WRONG)))
    assert {len(p.excerpt.sentences) for g in groups for p in g.passages} == {1, 3}


def test_the_right_passage_may_be_hidden() -> None:
    hidden = [g for g in draw(ASKED) if g.kind == "none" and GOLD.excerpt.title not in titles(g)]
    assert hidden
    assert all(spell(group.question) == spell(ASKED.text) for group in hidden)


def test_another_question_is_asked_of_the_right_passage() -> None:
    swapped = [g for g in draw(ASKED) if g.kind == "none" and g.passages[0].excerpt == GOLD.excerpt]
    years, names = set(), set()
    for group in swapped:
        found = re.fullmatch(r"Par qui le groupe (.+) a-t-il été créé en (\d+) \?", group.question)
        if found is None:  # typed carelessly
            continue
        # One thing is changed, never both nor neither.
        assert (found[1] == "Airbus") != (found[2] == "1970")
        names.add(found[1])
        years.add(int(found[2]))
        assert group.passages[0].holds is False
    assert len(years) > 3 and all(abs(year - 1970) <= 12 for year in years)
    # Only names of the passages at hand make a plausible mistake.
    assert names == {"Airbus", "Toulouse", "Guillaume Faury"}


def test_a_question_without_year_or_name_is_not_swapped() -> None:
    groups = draw(replace(ASKED, text="qui dirige le constructeur ?"))
    assert {group.kind for group in groups} == {"gold", "none"}
    assert {spell(group.question) for group in groups} == {"qui dirige le constructeur"}


def test_the_others_of_a_question_that_does_not_stand_alone_are_left_out() -> None:
    groups = draw(replace(ASKED, stands_alone=False))
    assert {group.kind for group in groups} == {"gold", "none"}
    assert all(titles(group) == [GOLD.excerpt.title] for group in groups)


def test_an_unanswerable_question_has_no_right_sentence() -> None:
    groups = draw(replace(ASKED, passages=WRONG, answerable=False))
    assert len(groups) == len(SEEDS)
    assert {group.kind for group in groups} == {"none"}
    assert all(set(group.passages) < set(WRONG) for group in groups)


@pytest.mark.parametrize(
    "question",
    [
        # Its passage was not found: the others may be right for all one knows.
        replace(ASKED, passages=WRONG),
        replace(ASKED, passages=()),
        replace(ASKED, passages=(), answerable=False),
        replace(ASKED, passages=WRONG, answerable=False, stands_alone=False),
        replace(ASKED, passages=WRONG, source="service_public"),
        replace(ASKED, passages=(GOLD,), source="service_public"),
    ],
)
def test_what_teaches_nothing_gives_no_group(question: Question) -> None:
    assert draw(question) == []


def test_a_sheet_without_its_sentences_ranks_passages() -> None:
    mute = replace(GOLD, answers=(False, False, False))
    groups = draw(replace(ASKED, source="service_public", passages=(mute, mute, mute, *WRONG)))
    assert {group.kind for group in groups} == {"rank"}
    for group in groups:
        held = [bool(passage.holds) for passage in group.passages]
        assert 1 <= sum(held) <= 2 and held == sorted(held, reverse=True)
        assert not all(held)


def test_a_sheet_with_its_sentences_is_gold() -> None:
    groups = draw(replace(ASKED, source="service_public"))
    assert len(groups) == len(SEEDS)
    assert {group.kind for group in groups} == {"gold"}


def test_judged_questions_have_some_answer_or_none() -> None:
    unjudged = tuple(replace(passage, holds=None) for passage in WRONG)
    some = draw(replace(ASKED, source="nomiracl_fr", passages=unjudged))
    assert {group.kind for group in some} == {"some"}
    assert {group.passages for group in some} == {unjudged[:6]}
    none = draw(replace(ASKED, source="nomiracl_fr", passages=WRONG, answerable=False))
    assert {group.kind for group in none} == {"none"}
    assert all(set(group.passages) < set(WRONG) for group in none)
    few = draw(replace(ASKED, source="nomiracl_fr", passages=WRONG[:2], answerable=False))
    assert all(set(group.passages) == set(WRONG[:2]) for group in few)


def test_the_same_seed_draws_the_same() -> None:
    assert draw(ASKED) == draw(ASKED)
    pairs = [[make_pair(EXCERPTS, random.Random(seed)) for seed in range(50)] for _ in range(2)]
    assert pairs[0] == pairs[1]


# --------------------------------------------------------------------------------- entailment

EXCERPTS = (
    GOLD.excerpt,
    Excerpt(
        "Les trains",
        (
            "La ligne nouvelle (longue de 302 km) relie désormais Tours et Bordeaux.",
            "Le premier train est parti de Paris, devant une foule venue des environs.",
            "Le billet coûte 11,6 euros et le trajet dure 2 heures.",
            "La gare de Bordeaux a accueilli 1 300 voyageurs ce matin.",
        ),
    ),
)
SENTENCES = [sentence for excerpt in EXCERPTS for sentence in excerpt.sentences]
NAMES = ["Airbus", "Toulouse", "Guillaume Faury", "Tours", "Bordeaux", "Paris"]
FIGURE = re.compile(r"\d+(?: \d{3})*(?:,\d+)?")


def split_figures(text: str) -> tuple[list[str], list[str]]:
    """Return the words around the figures of a text, and its figures."""
    return FIGURE.split(text), FIGURE.findall(text)


def changes_one_figure(claim: str, sentence: str) -> bool:
    (around, figures), (kept, before) = split_figures(claim), split_figures(sentence)
    return around == kept and sum(a != b for a, b in zip(figures, before, strict=True)) == 1


def changes_one_name(claim: str, sentence: str) -> bool:
    return any(claim == sentence.replace(a, b, 1) for a in NAMES for b in NAMES if a != b)


def negates(claim: str, sentence: str) -> bool:
    plain = re.sub(r" (?:n’|ne )(.+?) pas ", r" \1 ", claim, count=1)
    return plain == sentence != claim


@pytest.fixture(scope="module")
def pairs() -> list[Pair]:
    return [make_pair(EXCERPTS, random.Random(seed)) for seed in SEEDS]


def test_pairs_of_every_kind_are_made(pairs: list[Pair]) -> None:
    assert {pair.labels for pair in pairs} == {
        (ENTAILED,),
        (NEUTRAL,),
        (CONTRADICTED,),
        (NEUTRAL, CONTRADICTED),
    }


def test_a_source_is_made_of_neighbours(pairs: list[Pair]) -> None:
    whole = [" ".join(excerpt.sentences) for excerpt in EXCERPTS]
    assert all(any(pair.source in text for text in whole) for pair in pairs)
    assert len({pair.source for pair in pairs}) > len(SENTENCES)


def test_what_is_entailed_is_in_the_source_or_says_less(pairs: list[Pair]) -> None:
    claims = {pair.claim for pair in pairs if pair.labels == (ENTAILED,)}
    assert "La ligne nouvelle relie désormais Tours et Bordeaux." in claims
    assert "Le premier train est parti de Paris." in claims
    for pair in pairs:
        if pair.labels == (ENTAILED,):
            said = re.findall(r"\w+", pair.claim)
            assert set(said) <= set(re.findall(r"\w+", pair.source))
            assert pair.claim in pair.source or len(said) < len(pair.source.split())


def test_what_is_neutral_is_said_elsewhere(pairs: list[Pair]) -> None:
    neutral = [pair for pair in pairs if pair.labels == (NEUTRAL,)]
    assert all(pair.claim in SENTENCES and pair.claim not in pair.source for pair in neutral)


def test_what_contradicts_is_negated_or_has_one_other_figure(pairs: list[Pair]) -> None:
    ways = set()
    for pair in pairs:
        if pair.labels == (CONTRADICTED,):
            assert pair.claim not in pair.source
            said = [sentence for sentence in SENTENCES if sentence in pair.source]
            negated = any(negates(pair.claim, sentence) for sentence in said)
            changed = any(
                changes_one_figure(pair.claim, sentence)
                for sentence in said
                if len(split_figures(sentence)[1]) == len(split_figures(pair.claim)[1])
            )
            assert negated != changed, pair.claim
            assert not negated or " n’" in pair.claim or " ne " in pair.claim
            ways.add(negated)
    assert ways == {True, False}


def test_what_may_contradict_has_one_other_name(pairs: list[Pair]) -> None:
    for pair in pairs:
        if pair.labels == (NEUTRAL, CONTRADICTED):
            said = [sentence for sentence in SENTENCES if sentence in pair.source]
            assert any(changes_one_name(pair.claim, sentence) for sentence in said), pair.claim


def test_a_sentence_with_nothing_to_change_is_kept() -> None:
    plain = (Excerpt("t", ("Il pleut souvent.",)),)
    made = {make_pair(plain, random.Random(seed)) for seed in range(100)}
    assert made == {Pair("Il pleut souvent.", "Il pleut souvent.", (ENTAILED,))}


@pytest.mark.parametrize(
    ("text", "shape", "value"),
    [
        ("Microsoft a investi 13 milliards.", r"Microsoft a investi (\d+) milliards\.", "13"),
        ("On y compte 1 300 habitants.", r"On y compte (\d+) habitants\.", "1300"),
        ("On y compte 1\u202f300 habitants.", r"On y compte (\d+) habitants\.", "1300"),
        ("Cela fait 11,6 % du total.", r"Cela fait (\d+,\d) % du total\.", "11,6"),
        ("Il a 2 frères.", r"Il a (\d+) frères\.", "2"),
    ],
)
def test_a_figure_is_changed_whole(text: str, shape: str, value: str) -> None:
    figures = set()
    for seed in range(100):
        changed = change_number(text, random.Random(seed))
        found = changed and re.fullmatch(shape, changed)
        assert found, changed
        figures.add(found[1])
    assert value not in figures and len(figures) >= 3


def test_one_figure_is_changed_at_a_time() -> None:
    text = "En 2019, 13 pays et 1 300 villes ont signé."
    made = {change_number(text, random.Random(seed)) or "" for seed in range(200)}
    assert all(changes_one_figure(changed, text) for changed in made)
    kept = [{"2019", "13", "1 300"} & set(split_figures(changed)[1]) for changed in made]
    assert {frozenset(of) for of in kept} == {
        frozenset(of) for of in (("2019", "13"), ("2019", "1 300"), ("13", "1 300"))
    }


@pytest.mark.parametrize("text", ["", "Aucun chiffre ici.", "Treize milliards."])
def test_a_text_without_figures_has_none_to_change(text: str) -> None:
    assert change_number(text, random.Random(0)) is None


def write_table(path: Path, *rows: tuple[str, str, str]) -> None:
    path.parent.mkdir(exist_ok=True, parents=True)
    lines = ["id\tpremise\thypothesis\tlabel"]
    lines += [f"{n}\t{premise}\t{claim}\t{label}" for n, (premise, claim, label) in enumerate(rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_pairs(data: Path, count: int = 40) -> None:
    """Write pairs, two claims a premise."""
    rows = [(f"Prémisse {n // 2}.", f"Affirmation {n}.", str(n % 3)) for n in range(count)]
    write_table(data / "nli" / "rte3_fr_dev.tsv", *rows)
    rows = [(f"Dépêche {n // 2}.", f"Titre « {n} ».", str(n % 2)) for n in range(count)]
    write_table(data / "nli" / "daccord_dev.tsv", *rows)


def test_pairs_held_out_share_no_premise_with_the_rest(tmp_path: Path) -> None:
    write_pairs(tmp_path)
    held, rest = read_pairs(tmp_path, held_out=True), read_pairs(tmp_path, held_out=False)
    assert len(held) + len(rest) == 80
    assert held and len(held) < len(rest)
    assert not {pair.source for pair in held} & {pair.source for pair in rest}


def test_labels_of_pairs(tmp_path: Path) -> None:
    write_pairs(tmp_path)
    read = read_pairs(tmp_path, held_out=True) + read_pairs(tmp_path, held_out=False)
    labels = {pair.claim: pair.labels for pair in read}
    assert [labels[f"Affirmation {n}."] for n in range(3)] == [(0,), (1,), (2,)]
    # Compatible: entailed or neutral, nobody says which.
    assert [labels[f"Titre « {n} »."] for n in range(2)] == [(ENTAILED, NEUTRAL), (CONTRADICTED,)]


# ----------------------------------------------------------------------------------- questions


@pytest.fixture
def no_models(monkeypatch: pytest.MonkeyPatch) -> None:
    encoder = FakeEncoder()
    monkeypatch.setattr(training, "load_encoder", lambda settings: encoder)
    monkeypatch.setattr(training, "load_fingerprint", lambda settings: encoder.fingerprint)


Source = Literal["piaf", "service_public", "nomiracl_fr"]

CORPUS = (
    {
        "id": "tour",
        "title": "La tour Eiffel",
        "text": "La tour Eiffel mesure 330 mètres de haut. Elle fut montée par Gustave Eiffel. "
        "Des millions de visiteurs y viennent chaque année.",
    },
    {
        "id": "copie",
        "title": "Les copies",
        "text": "Une copie de la tour Eiffel mesure 330 mètres aussi. Personne ne la visite.",
    },
    {
        "id": "pont",
        "title": "Le pont du Gard",
        "text": "Le pont du Gard porte un aqueduc romain. Il enjambe la rivière du Gardon. "
        "Sa visite est gratuite pour les enfants.",
    },
)
QUERIES = (
    {
        "id": "q1",
        "text": "Combien mesure la tour Eiffel ?",
        "answers": ["330 mètres"],
        "answerable": True,
    },
    {"id": "q2", "text": "Combien mesure-t-elle ?", "answers": ["330 Mètres"], "specific": False},
    {"id": "q3", "text": "Que porte le pont du Gard ?", "answers": ["un aqueduc"]},
    {"id": "q4", "text": "Qui a peint la Joconde ?", "answerable": False},
)


def write_set(data: Path, source: Source, relevant: dict[str, str]) -> None:
    folder = data / source
    folder.mkdir(parents=True)
    for name, items in (("corpus", CORPUS), ("queries", QUERIES)):
        lines = "".join(json.dumps(item) + "\n" for item in items)
        (folder / f"{name}.jsonl").write_text(lines, encoding="utf-8")
    if relevant:
        lines = "".join(f"{query}\t{article}\t1\n" for query, article in relevant.items())
        (folder / "qrels.tsv").write_text(lines, encoding="utf-8")


def prepare(data: Path, source: Source, relevant: dict[str, str]) -> dict[str, Question]:
    write_set(data, source, relevant)
    questions = prepare_questions(data, source, Settings())
    assert [question.text for question in questions] == [str(item["text"]) for item in QUERIES]
    return dict(zip(("q1", "q2", "q3", "q4"), questions, strict=True))


RELEVANT = {"q1": "tour", "q2": "tour", "q3": "pont"}


@pytest.mark.usefixtures("no_models")
def test_the_sentences_that_answer_are_marked(tmp_path: Path) -> None:
    questions = prepare(tmp_path, "piaf", RELEVANT)
    answering = {
        key: [
            sentence
            for passage in question.passages
            for sentence, answers in zip(passage.excerpt.sentences, passage.answers, strict=True)
            if answers
        ]
        for key, question in questions.items()
    }
    tall = ["La tour Eiffel mesure 330 mètres de haut."]
    assert answering == {
        "q1": tall,
        "q2": tall,
        "q3": ["Le pont du Gard porte un aqueduc romain."],
        "q4": [],
    }
    right = {key: [p.excerpt.title for p in q.passages if p.holds] for key, q in questions.items()}
    assert right == {
        "q1": ["La tour Eiffel"],
        "q2": ["La tour Eiffel"],
        "q3": ["Le pont du Gard"],
        "q4": [],
    }
    assert [q.answerable for q in questions.values()] == [True, True, True, False]
    assert [q.stands_alone for q in questions.values()] == [True, False, True, True]


@pytest.mark.usefixtures("no_models")
def test_a_passage_that_may_answer_too_is_left_out(tmp_path: Path) -> None:
    questions = prepare(tmp_path, "piaf", RELEVANT)
    found = {key: {p.excerpt.title for p in q.passages} for key, q in questions.items()}
    assert found["q1"] == {"La tour Eiffel", "Le pont du Gard"}
    assert found["q3"] == found["q4"] == {"La tour Eiffel", "Les copies", "Le pont du Gard"}


@pytest.mark.usefixtures("no_models")
def test_questions_of_one_article_are_held_out_together(tmp_path: Path) -> None:
    questions = prepare(tmp_path, "piaf", RELEVANT)
    assert (fold_of("La tour Eiffel", 5), fold_of("Le pont du Gard", 5)) == (3, 0)
    assert [questions[key].held_out for key in ("q1", "q2", "q3")] == [False, False, True]


@pytest.mark.usefixtures("no_models")
def test_passages_that_nobody_judged_are_unknown(tmp_path: Path) -> None:
    questions = prepare(tmp_path, "nomiracl_fr", {})
    assert {p.holds for p in questions["q1"].passages} == {None}
    assert questions["q1"].answerable
    # When no passage answers, each one is known not to.
    assert {p.holds for p in questions["q4"].passages} == {False}
    assert not questions["q4"].answerable


@pytest.mark.usefixtures("no_models")
@pytest.mark.parametrize("source", ["piaf", "service_public", "nomiracl_fr"])
def test_a_missing_set_is_named(tmp_path: Path, source: Source) -> None:
    with pytest.raises(UsageError, match=source):
        prepare_questions(tmp_path, source, Settings())


# ----------------------------------------------------------------------------------- the loss

PAIR = (replace(WRONG[0], holds=True, answers=(True,)), WRONG[1])


def loss_of(group: Group, sentences: list[float], wholes: list[float]) -> float:
    return float(training._group_loss(group, torch.tensor(sentences), torch.tensor(wholes)))


def test_a_gold_group_wants_the_right_sentence_above_the_others() -> None:
    group = Group("q", PAIR, "gold")
    assert loss_of(group, [2.0, 0.0], [0.0, 0.0]) < loss_of(group, [0.0, 0.0], [0.0, 0.0])
    assert loss_of(group, [0.0, 0.0], [0.0, 0.0]) < loss_of(group, [0.0, 2.0], [0.0, 0.0])
    # Above « no sentence answers » too, when nothing else is there.
    alone = Group("q", PAIR[:1], "gold")
    assert loss_of(alone, [1.0], [0.0]) < loss_of(alone, [0.0], [0.0])
    assert loss_of(group, [50.0, 0.0], [50.0, -50.0]) == pytest.approx(0, abs=1e-6)


def test_a_group_without_answer_wants_every_sentence_low() -> None:
    group = Group("q", WRONG[:2], "none")
    losses = [loss_of(group, [score, -3.0], [0.0, 0.0]) for score in (-5.0, -1.0, 0.0, 4.0)]
    assert losses == sorted(set(losses))
    losses = [loss_of(group, [0.0, 0.0], [whole, 0.0]) for whole in (-5.0, -1.0, 0.0, 4.0)]
    assert losses == sorted(set(losses))
    assert loss_of(group, [-50.0, -50.0], [-50.0, -50.0]) == pytest.approx(0, abs=1e-6)


def test_a_group_with_some_answer_wants_one_sentence_high() -> None:
    group = Group("q", tuple(replace(passage, holds=None) for passage in WRONG[:2]), "some")
    losses = [loss_of(group, [score, -3.0], [0.0, 0.0]) for score in (4.0, 0.0, -1.0, -2.0)]
    assert losses == sorted(set(losses))
    assert loss_of(group, [50.0, 50.0], [0.0, 0.0]) == pytest.approx(0, abs=1e-6)
    # One is enough: the others may say what they like.
    assert loss_of(group, [2.0, -9.0], [0.0, 0.0]) == loss_of(group, [2.0, 1.0], [0.0, 0.0])
    # Nobody knows which passage: their scores are not taught.
    assert loss_of(group, [1.0, 0.0], [9.0, -9.0]) == loss_of(group, [1.0, 0.0], [0.0, 0.0])


def test_a_ranking_group_only_teaches_passages() -> None:
    group = Group("q", PAIR, "rank")
    assert loss_of(group, [9.0, -9.0], [0.0, 0.0]) == loss_of(group, [0.0, 0.0], [0.0, 0.0])


@pytest.mark.parametrize("kind", ["gold", "rank"])
def test_the_right_passage_is_wanted_above_the_others(kind: Literal["gold", "rank"]) -> None:
    group = Group("q", PAIR, kind)
    right, even, wrong = (
        loss_of(group, [0.0, 0.0], wholes) for wholes in ([2.0, -2.0], [0.0, 0.0], [-2.0, 2.0])
    )
    assert right < even < wrong


# ------------------------------------------------------------------------------------ learning

GROUPS = (
    Group("Par qui fut créé Airbus ?", (GOLD, *WRONG[:2]), "gold"),
    Group("Qui a peint la Joconde ?", WRONG[2:4], "none"),
    Group("Quand se visite le pont ?", tuple(replace(p, holds=None) for p in WRONG[4:6]), "some"),
    Group("Où est le siège ?", (replace(GOLD, answers=(False,) * 3), WRONG[7]), "rank"),
)
CLAIMS = (
    Pair("Il pleut souvent.", "Il pleut.", (ENTAILED,)),
    Pair("Il pleut souvent.", "Il ne pleut pas souvent.", (CONTRADICTED,)),
    Pair("Il pleut souvent.", "Le siège se trouve à Toulouse.", (NEUTRAL, CONTRADICTED)),
)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    texts = [text for item in (*CORPUS, *QUERIES) for text in item.values() if type(text) is str]
    texts += [text for pair in CLAIMS for text in (pair.source, pair.claim)]
    for group in GROUPS:
        texts.append(group.question)
        texts += [s for p in group.passages for s in (p.excerpt.title, *p.excerpt.sentences)]
    return write_base(tmp_path_factory.mktemp("base"), texts)


@pytest.fixture
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rates for a network that knows nothing yet."""
    monkeypatch.setattr(training, "_CYCLES", ((1.0, 3e-3, 1e-2),))


def measure(loss: Callable[[], Tensor]) -> float:
    with torch.no_grad():
        return float(loss())


@pytest.mark.usefixtures("fast")
def test_a_few_steps_reduce_both_losses(base: Path) -> None:
    torch.manual_seed(0)
    trainer = training._Trainer(base, random.Random(0))

    def read() -> float:
        return measure(lambda: trainer._reading_loss(GROUPS))

    def judge() -> float:
        return measure(lambda: trainer._entailment_loss(CLAIMS))

    frozen = {n: p.clone() for n, p in trainer.network.named_parameters() if not p.requires_grad}
    trainer.network.eval()
    before = read(), judge()
    trainer.network.train()
    for _ in range(20):
        trainer.step(GROUPS, CLAIMS, 0.1)
    trainer.network.eval()
    assert read() < 0.8 * before[0] and judge() < 0.8 * before[1]
    after = dict(trainer.network.named_parameters())
    assert frozen and all(torch.equal(after[name], value) for name, value in frozen.items())


@pytest.mark.usefixtures("fast")
def test_training_starts_gently_and_slows_down(base: Path) -> None:
    trainer = training._Trainer(base, random.Random(0))
    rates = []
    for part in (0.0, training._WARMUP / 2, training._WARMUP, 0.5, 0.9, 1.0):
        trainer.step(GROUPS[:1], CLAIMS[:1], part)
        rates.append(trainer._optimizer.param_groups[0]["lr"])
    assert rates[0] == 0 < rates[1] < rates[2] > rates[3] > rates[4] > rates[5] > 0


def test_questions_that_do_not_stand_alone_count_half(base: Path) -> None:
    trainer = training._Trainer(base, random.Random(0))
    following = [replace(ASKED, stands_alone=False)] * 16
    assert trainer.count_steps(following, 1.0) == trainer.count_steps([ASKED] * 8, 1.0) > 0
    assert trainer.count_steps(following, 3.0) == 3 * trainer.count_steps(following, 1.0)


@pytest.mark.usefixtures("no_models")
def test_what_is_trained_can_be_loaded(
    base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "resolve_reader_base", lambda settings: base)
    monkeypatch.setattr("rag.reader.choose_dtype", lambda: torch.float32)
    for source in ("piaf", "service_public", "nomiracl_fr"):
        write_set(tmp_path, source, {} if source == "nomiracl_fr" else RELEVANT)
    write_pairs(tmp_path)
    told: list[tuple[int, int]] = []
    out = tmp_path / "new" / "reader.safetensors"
    train_reader(tmp_path, Settings(), out, 2.0, lambda done, total: told.append((done, total)))
    steps = told[-1][1]
    assert steps > 0 and told == [(step, steps) for step in range(steps + 1)]
    kinds = {value.dtype for value in load_file(out).values()}
    assert kinds == {torch.int8, torch.float16, torch.float32}
    (scores,) = FrenchReader(base, out).score("Qui ?", [GOLD.excerpt])
    assert scores.sentences.shape == (3,)


def test_the_rates_rise_and_fall_twice() -> None:
    layers = [training.find_rates(part / 100)[0] for part in range(101)]
    assert layers[0] == 0.0 and max(layers[:42]) == pytest.approx(6e-5, rel=0.1)
    assert layers[41] < 3e-6 and max(layers[42:]) == pytest.approx(4e-5, rel=0.1)
    assert 0 < layers[100] < 1e-6
    assert training.find_rates(0.5)[1] == pytest.approx(5 * training.find_rates(0.5)[0])
