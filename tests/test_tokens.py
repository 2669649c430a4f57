"""One spelling for what is written several ways."""

from __future__ import annotations

import pytest

from rag.tokens import find_shared_names, tokenize


def keys(text: str) -> list[str]:
    return [token.key for token in tokenize(text) if token.kind not in ("light", "mark")]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("135 Md$", "135 milliards de dollars"),
        ("13 M€", "treize millions d’euros"),
        ("1,5 milliard", "1 500 millions"),
        ("27 %", "vingt-sept pour cent"),
        ("2025-10-28", "28 octobre 2025"),
        ("28/10/2025", "28 octobre 2025"),
        ("le 1er mai", "le 1 mai"),
        ("5 km", "cinq kilomètres"),
        ("3 MW", "3 mégawatts"),
        ("au 19e siècle", "au XIXe siècle"),
        ("le troisième", "le 3e"),
    ],
)
def test_one_spelling(one: str, other: str) -> None:
    assert keys(one) == keys(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("13 milliards", "13 millions"),
        ("13 M€", "13 m"),
        ("30 jours", "30 mois"),
        ("18 °C", "18 °F"),
        ("Louis XIV", "Louis XV"),
        ("2025-10-28", "2025-10-18"),
    ],
)
def test_two_facts_stay_two(one: str, other: str) -> None:
    assert keys(one) != keys(other)


def test_kinds() -> None:
    found = {t.written: t.kind for t in tokenize("En mars, l’Inde ne vend pas 3 avions à Airbus.")}
    assert found == {
        "En": "light",
        "mars": "date",
        ",": "mark",
        "l": "light",
        "Inde": "name",
        "ne": "negation",
        "vend": "word",
        "pas": "negation",
        "3": "number",
        "avions": "word",
        "à": "light",
        "Airbus": "name",
        ".": "mark",
    }


def test_a_scale_is_shared_by_two_figures() -> None:
    assert keys("entre 10 et 13 milliards") == ["10000000000", "13000000000"]


def test_a_capital_that_only_opens_sentences_is_a_name_when_two_texts_have_it() -> None:
    assert "amazon" not in find_shared_names("Amazon investit.")
    assert "amazon" in find_shared_names("Amazon investit.", "Amazon vend.")
    assert "chacun" not in find_shared_names("Chacun investit.", "Chacun vend, dit chacun.")


def test_what_stands_between_brackets_is_aside() -> None:
    assert [t.written for t in tokenize("Il vient (en mai) ici.") if t.aside] == ["(", "en", "mai"]


@pytest.mark.parametrize("text", ["", " ", "…", "\u200b", "12" * 50])
def test_odd_texts_do_no_harm(text: str) -> None:
    assert all(token.written for token in tokenize(text))
