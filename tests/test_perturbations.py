"""The edits: each changes what it says it changes, and nothing else."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from rag.perturbations import (
    KINDS,
    cut,
    deny,
    make_perturbed,
    put_other_date,
    put_other_name,
    put_other_number,
    put_other_unit,
    rephrase,
    respell,
    reverse,
    swap_roles,
)
from rag.tokens import tokenize

PASSAGE = (
    "En avril 2024, la firme Microsoft a racheté Nuance pour 19 milliards de dollars. "
    "Le 28 octobre 2025, selon Reuters, la firme Amazon détient 27 % du groupe, après une "
    "augmentation de trois points. Cette part (la plus grande) n’est pas cédée à Google."
)
SENTENCES = PASSAGE.replace("points. ", "points.|").replace("dollars. ", "dollars.|").split("|")


def differ(one: str, other: str) -> set[str]:
    """Return the kinds of the tokens that only one of two texts has."""
    left = {(t.kind, t.key) for t in tokenize(one)}
    right = {(t.kind, t.key) for t in tokenize(other)}
    return {kind for kind, _ in left ^ right}


@pytest.mark.parametrize(
    ("edit", "sentence", "kinds"),
    [
        (put_other_number, SENTENCES[1], {"number"}),
        (put_other_unit, SENTENCES[0], {"number", "unit", "light"}),
        (put_other_date, SENTENCES[1], {"number", "date"}),
    ],
)
def test_one_fact_is_changed(
    edit: Callable[[str, str, random.Random], str | None], sentence: str, kinds: set[str]
) -> None:
    made = {edit(sentence, PASSAGE, random.Random(seed)) for seed in range(30)} - {None}
    assert made and sentence not in made
    assert all(changed and differ(changed, sentence) <= kinds for changed in made)


def test_a_name_comes_from_the_passage() -> None:
    made = {put_other_name(SENTENCES[1], PASSAGE, random.Random(seed)) for seed in range(40)}
    assert any(changed and "Nuance" in changed for changed in made)
    assert all(changed != SENTENCES[1] for changed in made)


def test_denied_and_reversed() -> None:
    rng = random.Random(0)
    assert deny("Cela n’est pas cédé.", PASSAGE, rng) == "Cela est cédé."
    assert deny("Il est parti hier soir.", PASSAGE, rng) == "Il n’est pas parti hier soir."
    assert reverse("La hausse est nette.", PASSAGE, rng) == "La baisse est nette."
    assert reverse("Le mot est court.", PASSAGE, rng) == "Le mot est long."
    assert reverse("Rien à dire.", PASSAGE, rng) is None


def test_roles() -> None:
    text = "Hier, la firme Microsoft rachète Nuance."
    changed = swap_roles(text, text, random.Random(0))
    assert changed == "Hier, la firme Nuance rachète Microsoft."


def test_less_is_said() -> None:
    rng = random.Random(0)
    assert cut("La firme, née en 1999, grandit vite.", "", rng) == "La firme grandit vite."
    assert cut("Cette part (27 %) est grande.", "", rng) == "Cette part est grande."
    assert cut("Il dort.", "", rng) is None


def test_other_words_and_other_spellings() -> None:
    fronted = rephrase("En mai 1999, la firme naît à Lyon.", "", random.Random(0))
    assert fronted == "La firme naît à Lyon en mai 1999."
    made = {respell("L’été dure 3 mois à 27 %.", "", random.Random(seed)) for seed in range(30)}
    assert "L'ete dure 3 mois a 27 %." in made
    assert "L’été dure 3 mois à 27 pour cent." in made


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_seed_makes_the_same_claims(kind: str) -> None:
    made = make_perturbed([PASSAGE] * 20, kind, 5, seed=1)
    assert made == make_perturbed([PASSAGE] * 20, kind, 5, seed=1)
    assert len(made) <= 5
    assert all(c.sentence in PASSAGE and c.kind == kind for c in made)
    if kind != "roles":
        assert made
