"""How a disagreement is told: each version with the date of its article."""

from __future__ import annotations

import pytest
from conflicting import gather, read_all

from rag.conflicts import head_conflict, tell_conflict
from rag.types import Conflict, Version


def test_telling_a_disagreement() -> None:
    conflict = Conflict(
        about="le montant",
        versions=(
            Version("13 milliards de dollars", n=1, date="2025-10-28"),
            Version("près de 14 milliards", n=4, date="2025-11-01"),
            Version("15 milliards", n=4, date="2025-11-01"),
            Version("16 milliards", n=5, date=""),
        ),
    )
    told = tell_conflict(conflict, ())
    assert told.text == (
        "Les sources ne concordent pas sur le montant\u00a0: 13\u00a0milliards de dollars "
        "(article du 28\u00a0octobre 2025), près de 14\u00a0milliards ou 15\u00a0milliards "
        "(article du 1er\u00a0novembre 2025), 16\u00a0milliards (article sans date)."
    )
    assert (told.citations, told.support) == ((1, 4, 5), "supported")


def test_titles_tell_apart_articles_of_one_date() -> None:
    evidence = gather(("Treize.", ""), ("Quatorze.", ""), title="L’enquête")
    versions = (Version("13 %", 1, ""), Version("14 %", 2, ""))
    assert tell_conflict(Conflict("la part", versions), evidence).text == (
        "Les sources ne concordent pas sur la part\u00a0: "
        "13\u00a0% («\u00a0L’enquête\u00a0», sans date), "
        "14\u00a0% («\u00a0L’enquête\u00a0», sans date)."
    )


@pytest.mark.parametrize(
    ("date", "written"),
    [("2025-10", "article d’octobre 2025"), ("2025-03", "article de mars 2025")],
)
def test_the_month_of_an_article(date: str, written: str) -> None:
    told = tell_conflict(Conflict("la part", (Version("13 %", 1, date),)), ()).text
    assert written in told


def test_sentences_of_one_article_are_told_together() -> None:
    evidence = read_all("Vannes compte 53 000 habitants. Vannes compte 61 000 habitants.")
    versions = (Version("53 000", 1, "2024-01-05"), Version("61 000", 2, "2024-01-05"))
    told = tell_conflict(Conflict("le nombre d’habitants", versions), evidence)
    assert told.text.endswith("53\u202f000 ou 61\u202f000 (article du 5\u00a0janvier 2024).")
    assert told.citations == (1, 2)


@pytest.mark.parametrize(
    ("about", "heading"),
    [
        ("le montant", "Les sources ne concordent pas sur le montant"),
        (
            "le montant engagé et le montant versé",
            "Les sources distinguent le montant engagé et le montant versé",
        ),
    ],
)
def test_the_heading_has_the_words_of_the_sentence(about: str, heading: str) -> None:
    conflict = Conflict(about, (Version("13", 1, "2025"), Version("14", 2, "2025")))
    assert head_conflict(conflict) == heading
    assert tell_conflict(conflict, ()).text.startswith(f"{heading}\u00a0: 13")
