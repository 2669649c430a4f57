"""The lexicon of opposites."""

from __future__ import annotations

import pytest

from rag.opposites import has_opposite, is_opposite


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("augmente", "diminue"),
        ("augmentation", "baisse"),
        ("avant", "apres"),
        ("plus", "moins"),
        ("majoritaire", "minoritaire"),
        ("autorise", "interdit"),
        ("gagne", "perdu"),
        ("achete", "vend"),
        ("accepte", "refuse"),
        ("premier", "dernier"),
        ("inclus", "exclus"),
    ],
)
def test_opposites_are_mutual(one: str, other: str) -> None:
    assert is_opposite(one, other) and is_opposite(other, one)


@pytest.mark.parametrize(
    ("one", "other"), [("augmente", "augmente"), ("augmente", "accroit"), ("chat", "chien")]
)
def test_other_words_oppose_nothing(one: str, other: str) -> None:
    assert not is_opposite(one, other)


def test_only_words_of_the_lexicon_have_an_opposite() -> None:
    assert has_opposite("hausse") and not has_opposite("ordinateur")
