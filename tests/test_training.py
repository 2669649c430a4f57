"""Training the reader: what is drawn from the data is labelled right, and a network learns it."""

from __future__ import annotations

import json
import random
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest
import torch
from conftest import FakeEncoder
from safetensors.torch import load_file
from tiny_reader import LAYERS, write_base
from torch import Tensor

from rag import training
from rag.errors import UsageError
from rag.french import fold
from rag.matter import Dossier, LabelledClaim, Posed, Proof, Role, part_of
from rag.reader import FrenchReader, encode, encode_pair
from rag.settings import Settings
from rag.training import (
    Group,
    Kind,
    Pair,
    Passage,
    Question,
    find_pace,
    gather_matter,
    make_dossier_groups,
    make_group,
    pair_claims,
    pair_premises,
    prepare_once,
    prepare_questions,
    read_pairs,
    train_reader,
)
from rag.trials import fold_of
from rag.types import Article, Excerpt

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
    marked=(True, False, False),
    holds=True,
)
WRONG = tuple(
    Passage(
        Excerpt(f"Fiche {n}", (f"Le pont numéro {n} se visite chaque été.",)),
        marked=(False,),
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
            assert size == len(passage.marked) > 0
            assert passage.holds or not any(passage.marked)
        if group.kind == "none":
            assert not any(marked for p in group.passages for marked in p.marked)
            assert not any(passage.holds for passage in group.passages)
        if group.kind == "gold":
            assert any(marked for p in group.passages for marked in p.marked)


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
        assert passage.marked == (False, False) and passage.holds is False


def test_a_passage_that_is_all_answer_is_never_emptied() -> None:
    whole = replace(GOLD, marked=(True, True, True))
    groups = draw(replace(ASKED, passages=(whole, *WRONG)))
    assert {len(p.excerpt.sentences) for g in groups for p in g.passages} == {1, 3}


def test_the_right_passage_may_be_hidden() -> None:
    hidden = [g for g in draw(ASKED) if g.kind == "none" and GOLD.excerpt.title not in titles(g)]
    assert hidden
    assert all(spell(group.question) == spell(ASKED.text) for group in hidden)


def test_the_question_itself_is_never_changed() -> None:
    asked = {spell(g.question) for g in draw(ASKED)}
    assert asked == {spell(ASKED.text)}


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
    mute = replace(GOLD, marked=(False, False, False))
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


def test_questions_that_do_not_stand_alone_come_half_as_often() -> None:
    following = replace(ASKED, text="Par qui fut-il créé ?", stands_alone=False)
    drawn = training._draw_groups([ASKED, following], random.Random(0))
    counts = Counter("airbus" in next(drawn).question.lower() for _ in range(900))
    assert counts[True] / counts[False] == pytest.approx(2, rel=0.2)


# -------------------------------------------------------------------------------- the dossiers

BRIDGE = "Le pont ferme en mai. Il rouvre en juin, après les travaux. La mairie paie tout."
PRESS = "Le pont ferme en mai, dit la mairie. Personne ne sait qui paiera les travaux."


def pose(text: str, role: Role, *quotes: str, assumed: str = "") -> Posed:
    return Posed(text, role, "", tuple(Proof("d/A", q) for q in quotes), "", assumed)


DOSSIER = Dossier(
    "d",
    (Article("d/A", "Le pont", BRIDGE), Article("d/B", "La presse", PRESS)),
    (
        pose("Quand rouvre-t-il ?", "question", "Il rouvre en juin, après les travaux."),
        pose(
            "Résumez.", "synthesis", "Le pont ferme en mai. Il rouvre en juin, après les travaux."
        ),
        pose("Combien coûte-t-il ?", "near_miss"),
        pose(
            "Pourquoi rouvre-t-il en août ?",
            "false_premise",
            "Il rouvre en juin, après les travaux.",
            assumed="Le pont rouvre en août.",
        ),
        pose("Pourquoi ferme-t-il en mai ?", "true_premise", "Le pont ferme en mai."),
    ),
    (),
)


@pytest.fixture(scope="module")
def groups() -> dict[str, Group]:
    return {group.question: group for group in make_dossier_groups(DOSSIER)}


def marked(group: Group) -> list[str]:
    return [
        sentence
        for passage in group.passages
        for sentence, mark in zip(passage.excerpt.sentences, passage.marked, strict=True)
        if mark
    ]


def test_what_proves_is_marked_in_its_own_article(groups: dict[str, Group]) -> None:
    opens, closes = "Il rouvre en juin, après les travaux.", "Le pont ferme en mai."
    assert {text: (group.kind, marked(group)) for text, group in groups.items()} == {
        "Quand rouvre-t-il ?": ("every", [opens]),
        "Résumez.": ("every", [closes, opens]),
        "Combien coûte-t-il ?": ("none", []),
        "Pourquoi rouvre-t-il en août ?": ("refuted", [opens]),
        "Pourquoi ferme-t-il en mai ?": ("every", [closes]),
    }


def test_a_passage_that_refutes_does_not_answer(groups: dict[str, Group]) -> None:
    right = {
        text: [passage.excerpt.title for passage in group.passages if passage.holds]
        for text, group in groups.items()
    }
    assert right["Quand rouvre-t-il ?"] == right["Pourquoi ferme-t-il en mai ?"] == ["Le pont"]
    assert right["Pourquoi rouvre-t-il en août ?"] == right["Combien coûte-t-il ?"] == []


def test_every_article_of_a_dossier_is_read_beside(groups: dict[str, Group]) -> None:
    assert {tuple(titles(group)) for group in groups.values()} == {("Le pont", "La presse")}


@pytest.mark.parametrize("role", ["question", "false_premise"])
def test_a_question_whose_proof_is_not_found_teaches_nothing(role: Role) -> None:
    lost = pose("Quand rouvre-t-il ?", role, "Il rouvre en avril.")
    assert make_dossier_groups(replace(DOSSIER, questions=(lost,))) == []


@pytest.mark.parametrize("kind", ["gold", "every", "refuted"])
def test_what_is_marked_is_always_read(kind: Kind) -> None:
    group = Group("Qui ?", (*WRONG[:6], GOLD, *WRONG[6:]), kind)
    drawn = [training._draw_passages(group, random.Random(seed)) for seed in SEEDS]
    assert all(GOLD in each.passages and each.kind == kind for each in drawn)
    sizes = Counter(len(each.passages) for each in drawn)
    assert min(sizes) == 2 and max(sizes) <= 5
    # Not always at the same place, nor beside the same ones.
    assert {each.passages.index(GOLD) for each in drawn} >= {0, 1, 2, 3}
    assert {passage for each in drawn for passage in each.passages} == {GOLD, *WRONG}


def test_nothing_answers_is_learnt_of_few_passages_and_of_many() -> None:
    group = Group("Qui ?", WRONG, "none")
    sizes = {len(training._draw_passages(group, random.Random(seed)).passages) for seed in SEEDS}
    assert sizes == {2, 3, min(6, len(WRONG))}


# --------------------------------------------------------------------------------- entailment


def test_claims_keep_their_label() -> None:
    claims = [
        LabelledClaim("1", "d", "Il pleut.", "La pluie tombe.", "supported", ""),
        LabelledClaim("2", "d", "Il pleut.", "Il pleuvra demain.", "unsupported", ""),
        LabelledClaim("3", "d", "Il pleut.", "Il fait sec.", "contradicted", ""),
    ]
    assert pair_claims(claims) == [
        Pair("Il pleut.", "La pluie tombe.", (ENTAILED,)),
        Pair("Il pleut.", "Il pleuvra demain.", (NEUTRAL,)),
        Pair("Il pleut.", "Il fait sec.", (CONTRADICTED,)),
    ]


def test_a_false_premise_is_never_taught_as_said() -> None:
    (pair,) = pair_premises([DOSSIER])
    assert (pair.source, pair.claim) == (
        "Il rouvre en juin, après les travaux.",
        "Le pont rouvre en août.",
    )
    assert ENTAILED not in pair.labels


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
            for sentence, marked in zip(passage.excerpt.sentences, passage.marked, strict=True)
            if marked
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


@pytest.mark.usefixtures("no_models")
def test_what_was_prepared_once_is_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_sets(tmp_path)
    kept = tmp_path / "new" / "questions.jsonl"
    prepared = prepare_once(tmp_path, Settings(), kept)
    assert len(prepared) == 3 * len(QUERIES)
    monkeypatch.setattr(training, "load_encoder", None)
    assert prepare_once(tmp_path, Settings(), kept) == prepared


# ------------------------------------------------------------------------- what is never trained on


def name_in(part: str, start: str) -> str:
    """A name that falls in a part."""
    return next(name for n in range(100) if part_of(name := f"{start}-{n:02}") == part)


def describe_dossier(name: str) -> dict[str, object]:
    quote = [{"k": "A", "quote": "Le pont ferme en mai."}]
    return {
        "id": name,
        "texts": [{"k": "A", "title": name, "text": BRIDGE}],
        "questions": [
            {
                "q": f"Quand ferme le pont de {name} ?",
                "proofs": quote,
                "answer": f"À {name} le pont ferme en mai [1].",
            }
        ],
        "false_premises": [
            {
                "q": f"Pourquoi {name} a-t-il fermé son pont en août ?",
                "assumed": f"Le pont de {name} ferme en août.",
                "proofs": quote,
                "answer": f"Le pont de {name} ferme en mai [1].",
            }
        ],
        "claims": [
            {
                "claim": f"Le pont de {name} est fermé au printemps.",
                "proofs": quote,
                "label": "supported",
                "kind": "",
            }
        ],
    }


def describe_claim(origin: str) -> dict[str, object]:
    return {
        "id": f"c {origin}",
        "from": origin,
        "source": "Le pont ferme.",
        "claim": f"Le pont de {origin} est fermé.",
        "label": "supported",
        "kind": "",
    }


def write_dossiers(folder: Path, dossiers: list[str], origins: list[str]) -> None:
    folder.mkdir()
    answer = {
        "id": "w",
        "from": origins[:1],
        "evidence": [{"text": "Le pont ferme."}],
        "answer": "C’est ce pont qui ferme [1].",
    }
    for file, items in (
        ("dossiers", [describe_dossier(name) for name in dossiers]),
        ("claims", [describe_claim(origin) for origin in origins]),
        ("answers", [answer]),
    ):
        lines = "".join(json.dumps(item) + "\n" for item in items)
        (folder / f"{file}.jsonl").write_text(lines, encoding="utf-8")


def write_sets(data: Path) -> None:
    for source in ("piaf", "service_public", "nomiracl_fr"):
        write_set(data, source, {} if source == "nomiracl_fr" else RELEVANT)
    (data / "nomiracl_fr" / "candidates.tsv").write_text("", encoding="utf-8")
    write_pairs(data)


@pytest.mark.usefixtures("no_models")
def test_parts_kept_apart_are_never_drawn(tmp_path: Path) -> None:
    write_sets(tmp_path)
    train, dev, test = (name_in(part, "d1") for part in ("train", "dev", "test"))
    origins = [name_in("train", "fiche"), name_in("dev", "fiche"), name_in("test", "fiche")]
    write_dossiers(tmp_path / "dossiers", [train, dev, test], origins)
    matter = gather_matter(tmp_path, tmp_path / "dossiers", Settings(), tmp_path / "kept.jsonl")
    said = [group.question for group in matter.groups]
    said += [pair.claim for pair in (*matter.claims, *matter.answers)]
    assert len(said) == 8 and not any(
        name in text for text in said for name in (dev, test, *origins[1:])
    )
    # Nor what is about an article of PIAF that is held out.
    asked = {question.text for question in matter.questions if question.source == "piaf"}
    assert "Combien mesure la tour Eiffel ?" in asked
    assert "Que porte le pont du Gard ?" not in asked


@pytest.mark.usefixtures("no_models")
def test_claims_over_passages_held_out_are_never_drawn(tmp_path: Path) -> None:
    write_sets(tmp_path)
    held = name_in("train", "piaf")
    article = {"id": held, "title": "Le pont du Gard", "text": "Le pont ferme."}
    sheet, page = name_in("train", "spf"), name_in("train", "wiki")
    with (tmp_path / "piaf" / "corpus.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(article) + "\n")
    asked = next(f"q{n}" for n in range(99) if fold_of(f"q{n}", 3) == 0)
    with (tmp_path / "service_public" / "qrels.tsv").open("a", encoding="utf-8") as file:
        file.write(f"{asked}\t{sheet}\t1\n")
    (tmp_path / "nomiracl_fr" / "candidates.tsv").write_text(
        f"{asked}\t{page}#3\t1\n", encoding="utf-8"
    )
    free = name_in("train", "libre")
    origins = [held, sheet, f"{page}#7", free]
    write_dossiers(tmp_path / "dossiers", [name_in("train", "d1")], origins)
    matter = gather_matter(tmp_path, tmp_path / "dossiers", Settings(), tmp_path / "kept.jsonl")
    over = [pair.claim for pair in matter.claims if pair.source == "Le pont ferme."]
    assert over == [f"Le pont de {free} est fermé."]
    assert not any(pair.source == "Le pont ferme." for pair in matter.answers)


# ----------------------------------------------------------------------------------- the loss

PAIR = (replace(WRONG[0], holds=True, marked=(True,)), WRONG[1])


def loss_of(
    group: Group, answers: list[float], wholes: list[float], refutes: list[float] | None = None
) -> float:
    """Loss of scores; what does not refute for sure is far below."""
    scores = torch.tensor([answers, refutes or [-60.0] * len(answers)]).T
    return float(training._group_loss(group, scores, torch.tensor(wholes)))


def test_a_gold_group_wants_the_right_sentence_above_the_others() -> None:
    group = Group("q", PAIR, "gold")
    assert loss_of(group, [2.0, 0.0], [0.0, 0.0]) < loss_of(group, [0.0, 0.0], [0.0, 0.0])
    assert loss_of(group, [0.0, 0.0], [0.0, 0.0]) < loss_of(group, [0.0, 2.0], [0.0, 0.0])
    # Above « no sentence answers » too, when nothing else is there.
    alone = Group("q", PAIR[:1], "gold")
    assert loss_of(alone, [1.0], [0.0]) < loss_of(alone, [0.0], [0.0])
    assert loss_of(group, [50.0, 0.0], [50.0, -50.0]) == pytest.approx(0, abs=1e-6)


def test_a_group_of_which_every_mark_counts_wants_the_lower_one_high_too() -> None:
    marked = replace(PAIR[0], marked=tuple(True for _ in PAIR[0].marked))
    two = Group("q", (marked, replace(PAIR[1], marked=(True,) * len(PAIR[1].marked))), "every")
    sure, even = [loss_of(two, scores, [0.0, 0.0]) for scores in ([6.0, -6.0], [3.0, 3.0])]
    assert even < sure
    # One mark alone is found as in any group.
    every, gold = [
        loss_of(Group("q", PAIR, kind), [2.0, 0.0], [0.0, 0.0]) for kind in ("every", "gold")
    ]
    assert every == pytest.approx(gold)


def test_a_sentence_that_answers_does_not_refute() -> None:
    group = Group("q", PAIR, "gold")
    losses = [loss_of(group, [2.0, 0.0], [0.0, 0.0], [r, -9.0]) for r in (-5.0, -1.0, 0.0, 4.0)]
    assert losses == sorted(set(losses))


def test_a_refuted_group_wants_a_sentence_to_refute_and_none_to_answer() -> None:
    group = Group("q", (replace(PAIR[0], holds=False), PAIR[1]), "refuted")
    losses = [loss_of(group, [0.0, 0.0], [0.0, 0.0], [r, -9.0]) for r in (4.0, 0.0, -1.0, -5.0)]
    assert losses == sorted(set(losses))
    losses = [loss_of(group, [a, 0.0], [0.0, 0.0], [2.0, -9.0]) for a in (-5.0, -1.0, 0.0, 4.0)]
    assert losses == sorted(set(losses))
    # Another sentence that claims to refute is wrong.
    assert loss_of(group, [0.0, 0.0], [0.0, 0.0], [2.0, 2.0]) > loss_of(
        group, [0.0, 0.0], [0.0, 0.0], [2.0, -9.0]
    )
    assert loss_of(group, [-50.0, -50.0], [-50.0, -50.0], [50.0, -50.0]) == pytest.approx(
        0, abs=1e-6
    )


def test_a_group_without_answer_wants_every_sentence_low() -> None:
    group = Group("q", WRONG[:2], "none")
    for low in (
        [loss_of(group, [score, -3.0], [0.0, 0.0]) for score in (-5.0, -1.0, 0.0, 4.0)],
        [loss_of(group, [-3.0, -3.0], [0.0, 0.0], [r, -3.0]) for r in (-5.0, -1.0, 0.0, 4.0)],
        [loss_of(group, [0.0, 0.0], [whole, 0.0]) for whole in (-5.0, -1.0, 0.0, 4.0)],
    ):
        assert low == sorted(set(low))
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
def test_the_right_passage_is_wanted_above_the_others(kind: Kind) -> None:
    group = Group("q", PAIR, kind)
    right, even, wrong = (
        loss_of(group, [0.0, 0.0], wholes) for wholes in ([2.0, -2.0], [0.0, 0.0], [-2.0, 2.0])
    )
    assert right < even < wrong


# ------------------------------------------------------------------------------------ learning

REFUTED = replace(GOLD, marked=(False, True, False), holds=False)
GROUPS = (
    Group("Par qui fut créé Airbus ?", (GOLD, *WRONG[:2]), "gold"),
    Group("Qui a peint la Joconde ?", WRONG[2:4], "none"),
    Group("Pourquoi le siège se trouve-t-il à Paris ?", (REFUTED, WRONG[6]), "refuted"),
    Group("Quand se visite le pont ?", tuple(replace(p, holds=None) for p in WRONG[4:6]), "some"),
    Group("Où est le siège ?", (replace(GOLD, marked=(False,) * 3), WRONG[7]), "rank"),
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
    # Two threads draw it from one generator, in any order: one run in three learnt too little.
    monkeypatch.setattr(training, "_DROPOUT", 0.0)
    monkeypatch.setattr(training, "_RATE", 3e-3)
    monkeypatch.setattr(training, "_HEAD_RATE", 1e-2)
    monkeypatch.setattr(training, "_WARMUP_STEPS", 1)


def measure(trainer: training._Trainer) -> tuple[float, float]:
    """Losses of questions and of claims, without dropout."""
    read = [
        item
        for group in GROUPS
        for item in encode(trainer._tokenizer, group.question, [p.excerpt for p in group.passages])
    ]
    claims = [encode_pair(trainer._tokenizer, pair.source, pair.claim) for pair in CLAIMS]
    trainer.network.eval()
    with torch.no_grad():
        asked = trainer._reading_loss(GROUPS, trainer._read(read), read)
        judged = trainer._entailment_loss(CLAIMS, trainer._read(claims), claims)
    trainer.network.train()
    return float(asked), float(judged)


def copy_weights(trainer: training._Trainer) -> dict[str, Tensor]:
    return {name: value.detach().clone() for name, value in trainer.network.named_parameters()}


@pytest.mark.usefixtures("fast")
def test_a_few_steps_reduce_both_losses(base: Path) -> None:
    trainer = training._Trainer(base)
    before = measure(trainer)
    for _ in range(30):
        trainer.step(GROUPS, CLAIMS, 60)
    after = measure(trainer)
    assert after[0] < 0.8 * before[0] and after[1] < 0.8 * before[1]


def test_embeddings_and_first_layers_stay_and_all_else_learns(base: Path) -> None:
    trainer = training._Trainer(base)
    before = copy_weights(trainer)
    trainer.step(GROUPS, CLAIMS, 40)
    after = copy_weights(trainer)
    moved = {name for name, value in before.items() if not torch.equal(after[name], value)}
    heads = {name.split(".")[0] for name in before if not name.startswith("backbone.")}
    assert {name.split(".")[0] for name in moved} == {"backbone", *heads}
    places = {name.split("layer.")[1][0] for name in moved if "layer." in name}
    assert "0" not in places and str(LAYERS - 1) in places
    assert not any("embeddings" in name for name in moved)


@pytest.mark.parametrize("longest_first", [False, True])
def test_long_texts_are_read_in_turn_and_none_is_lost(
    base: Path, monkeypatch: pytest.MonkeyPatch, longest_first: bool
) -> None:
    trainer = training._Trainer(base)
    trainer.network.eval()
    texts = [GOLD.excerpt, *(p.excerpt for p in WRONG[:5]), Excerpt("t", ("Airbus " * 300,))]
    encoded = encode(trainer._tokenizer, "Qui ?", texts[::-1] if longest_first else texts)
    with torch.no_grad():
        together = trainer._read(encoded)
        monkeypatch.setattr(training, "_TOKENS", 1)
        alone = trainer._read(encoded)
    for item, one, other in zip(encoded, together, alone, strict=True):
        read = len(item.ids)
        # The same to the precision of bfloat16.
        assert (one[:read] - other[:read]).abs().mean() < 0.02


def test_training_starts_gently_and_slows_down(base: Path) -> None:
    paces = [find_pace(taken, 1000) for taken in range(1000)]
    top = paces.index(max(paces))
    assert max(paces) == 1.0 and 0 < paces[0] < 0.1 and 0 < paces[-1] < 0.1
    assert paces[: top + 1] == sorted(paces[: top + 1])
    assert paces[top:] == sorted(paces[top:], reverse=True)
    # Most of it goes at full speed, and a step goes at the pace of its place.
    assert sum(pace == 1.0 for pace in paces) > 500
    trainer = training._Trainer(base)
    rates = []
    for taken in (0, 500, 990):
        trainer.taken = taken
        trainer.step(GROUPS[:1], CLAIMS[:1], 1000)
        rates.append(trainer._optimizer.param_groups[-1]["lr"])
    assert rates[0] < rates[1] > rates[2]


def test_claims_alone_and_questions_alone_are_learnt(base: Path) -> None:
    trainer = training._Trainer(base)
    trainer.step(GROUPS, (), 10)
    trainer.step((), CLAIMS, 10)
    trainer.step(GROUPS[:1], (), 10)
    assert trainer.taken == 3


def test_what_goes_on_from_a_checkpoint_does_what_would_have_followed(
    base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Two shares draw what they drop from one generator, in no order.
    monkeypatch.setattr(training, "_SHARES", 1)
    first, second = training._Trainer(base), training._Trainer(base)
    first.step(GROUPS, CLAIMS, 10)
    second.restore({name: value.clone() for name, value in first.state().items()})
    assert second.taken == 1
    for trainer in (first, second):
        torch.manual_seed(7)
        trainer.step(GROUPS, CLAIMS, 10)
    ours, theirs = copy_weights(first), copy_weights(second)
    assert all(torch.allclose(theirs[name], value, atol=1e-6) for name, value in ours.items())


class Stopped(Exception):
    pass


@pytest.mark.usefixtures("no_models")
def test_an_interrupted_training_goes_on_and_what_it_writes_can_be_loaded(
    base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "resolve_reader_base", lambda settings: base)
    monkeypatch.setattr(training, "_CHECKPOINT_EVERY", 2)
    monkeypatch.setattr("rag.reader.choose_dtype", lambda: torch.float32)
    write_sets(tmp_path)
    dossiers, out = tmp_path / "dossiers", tmp_path / "new" / "reader.safetensors"
    write_dossiers(dossiers, [name_in("train", "d1")], [name_in("train", "fiche")])
    told: list[tuple[int, int]] = []

    def tell(done: int, total: int) -> None:
        told.append((done, total))
        if told.count((3, 4)) == 1 and told[-1] == (3, 4):
            raise Stopped

    with pytest.raises(Stopped):
        train_reader(tmp_path, dossiers, Settings(), out, 4, tell)
    assert told == [(0, 4), (1, 4), (2, 4), (3, 4)] and not out.exists()
    told.clear()
    told.append((3, 4))
    train_reader(tmp_path, dossiers, Settings(), out, 4, tell)
    assert told[1:] == [(2, 4), (3, 4), (4, 4)]
    assert {value.dtype for value in load_file(out).values()} == {torch.int8, torch.float16}
    (scores,) = FrenchReader(base, out).score("Qui ?", [GOLD.excerpt])
    assert scores.sentences.shape == scores.refuting.shape == (3,)
