"""Where two articles give different values of what is asked, and how it is told."""

from __future__ import annotations

import math

import pytest
from settled import DISAGREES

from rag import conflicts
from rag.conflicts import (
    Pair,
    find_conflicts,
    head_conflict,
    list_pairs,
    measure_pair,
    tell_conflict,
    weigh,
)
from rag.copies import find_copies
from rag.french import plain_spaces
from rag.policy import Policy, load_policy
from rag.types import Article, Chunk, Conflict, Evidence, Version

COST, WHEN = "Combien le pont de Brest a-t-il coûté ?", "Quand le pont de Brest a-t-il rouvert ?"
TWELVE = "Le pont de Brest a coûté 12 millions d’euros."
FIFTEEN = "Le pont de Brest a coûté 15 millions d’euros."
THIRTY = "Le port de Nantes a coûté 30 millions d’euros."
RAIN = "Il pleut souvent à Brest."
# A number that no float holds.
ENDLESS = "9" * 400


def cite(
    n: int, text: str, article: str = "", date: str = "", title: str = "", score: float = 1.0
) -> Evidence:
    chunk = Chunk(f"{n}#0", article or f"{n}.md", title, date, 0, len(text), text, ())
    return Evidence(n, chunk, 0, len(text), text, score)


def test_copies_of_one_text_do_not_disagree() -> None:
    words = (
        f"{TWELVE} Le port de Brest, lui, a coûté 15 millions d’euros, selon le conseil général."
    )
    text = f"{words} Les travaux ont commencé au printemps et la circulation a été coupée."
    copies = find_copies(tuple(Article(f"{n}.md", f"Titre {n}", text) for n in (1, 2)))
    evidence = gather(TWELVE, words.removeprefix(TWELVE).strip())
    assert list(list_pairs(COST, evidence))
    assert not list(list_pairs(COST, evidence, copies))


def gather(*texts: str) -> list[Evidence]:
    """One sentence an article, all as sure to answer."""
    return [cite(n, text) for n, text in enumerate(texts, start=1)]


def pair_up(first: str, second: str, question: str = COST) -> Pair:
    (pair,) = list_pairs(question, gather(first, second))
    return pair


def measure(first: str, second: str, question: str = COST) -> dict[str, float]:
    return measure_pair(pair_up(first, second, question))


def write_values(pair: Pair) -> tuple[str, ...]:
    return tuple(plain_spaces(value.written) for value in pair.values)


def believe(constant: float, **weights: float) -> Policy:
    """Weigh a few signals, and no other."""
    return Policy(disagrees={**dict.fromkeys(DISAGREES, 0.0), "": constant, **weights})


# --------------------------------------------------------------------------------------- pairs


@pytest.mark.parametrize(
    ("first", "second", "values"),
    [
        (TWELVE, FIFTEEN, ("12 millions d’euros", "15 millions d’euros")),
        (
            "Le pont a coûté 12\u00a0millions d'euros.",
            "« Le pont a coûté 15\u202f000\u202f000\u00a0€ »",
            ("12 millions d'euros", "15 000 000 €"),
        ),
        ("La digue mesure deux km.", "La digue mesure 3 000 m.", ("deux km", "3 000 m")),
        ("Près de 14 % votent.", "Environ 40 % votent.", ("14 %", "40 %")),
        ("Plus de 30 blessés.", "Moins de 20 blessés.", ("30", "20")),
        ("Il y a quatre quais.", "Il y a 3 quais.", ("quatre", "3")),
    ],
)
def test_values_that_exclude_each_other_are_a_pair(
    first: str, second: str, values: tuple[str, str]
) -> None:
    pair = pair_up(first, second)
    assert (pair.first.text, pair.second.text) == (first, second)
    assert write_values(pair) == values
    assert not pair.several


@pytest.mark.parametrize(
    ("first", "second"),
    [
        # One is a way of telling the other.
        ("Il a coûté 14 millions d’euros.", "Il a coûté quatorze millions d’euros."),
        ("Vannes a 53\u202f000 habitants.", "Vannes a 53000 habitants."),
        ("La digue mesure 2 km.", "La digue mesure 2 000 mètres."),
        ("Il a coûté près de 14 millions d’euros.", "Il a coûté 13,8 millions d’euros."),
        ("Il a coûté 13,8 millions d’euros.", "Il a coûté 14 millions d’euros."),
        ("Il a coûté 10 à 20 euros.", "Il a coûté 15 euros."),
        ("Plus de 30 blessés.", "Près de 32 blessés."),
        # They are of different kinds.
        ("Il a coûté 12 millions d’euros.", "Il mesure 15 mètres."),
        ("Il a coûté 12 millions d’euros.", "Il a rouvert en 2019."),
        ("Il a coûté 12 millions d’euros.", "Il a coûté cher."),
        # They are of different units.
        ("Il a coûté 12 euros.", "Il a coûté 12 dollars."),
        ("Il a coûté 12 euros.", "Il a coûté 15 dollars."),
        # A number that names is no value.
        ("La loi l’interdit à l’article 12.", "La loi l’interdit à l’article 15."),
        # Nothing is no way to miss a value.
        ("L’entrée est à 0 euro.", "L’entrée est à 8 euros."),
        ("", ""),
    ],
)
def test_what_may_be_the_same_is_no_pair(first: str, second: str) -> None:
    assert not list(list_pairs(COST, gather(first, second)))
    assert not list(list_pairs(COST, gather(second, first)))


@pytest.mark.parametrize(
    ("first", "second", "near"),
    [
        ("Il a coûté 10 euros.", "Il a coûté 30 euros.", True),
        ("Il a coûté 10 euros.", "Il a coûté 31 euros.", False),
        ("Il a coûté 2 euros.", "Il a coûté 9 milliards d’euros.", False),
        ("La digue mesure 2 km.", "La digue mesure 6 000 m.", True),
        ("La digue mesure 2 km.", "La digue mesure 6 001 m.", False),
        ("Il fait -5 °C.", "Il fait -15 °C.", True),
        ("Il fait -5 °C.", "Il fait -16 °C.", False),
        ("14 % votent.", "40 % votent.", True),
        ("14 % votent.", "43 % votent.", False),
    ],
)
def test_values_more_than_a_factor_of_three_apart_are_no_pair(
    first: str, second: str, near: bool
) -> None:
    for one, other in ((first, second), (second, first)):
        assert bool(list(list_pairs(COST, gather(one, other)))) is near


def test_dates_are_a_pair_however_far_apart() -> None:
    pair = pair_up("Il rouvre en 2020.", "Il a rouvert en 450.", "En quelle année rouvre-t-il ?")
    assert write_values(pair) == ("2020", "450")


def test_values_of_another_kind_than_what_answers_best_are_no_pair() -> None:
    later = ("Il a fermé neuf mois.", "Il a fermé un an.")
    assert list(list_pairs(COST, gather(RAIN, *later)))
    assert not list(list_pairs(COST, gather(TWELVE, *later)))


def test_an_article_does_not_disagree_with_itself() -> None:
    one = [cite(1, TWELVE, "pont.md"), cite(2, FIFTEEN, "pont.md"), cite(3, THIRTY, "port.md")]
    told = [(pair.first.n, pair.second.n) for pair in list_pairs(COST, one)]
    assert told == [(1, 3), (2, 3)]


def test_pairs_come_in_the_order_of_the_evidence() -> None:
    found = list_pairs(COST, gather(TWELVE, FIFTEEN, THIRTY))
    assert [(pair.first.n, pair.second.n) for pair in found] == [(1, 2), (1, 3), (2, 3)]


@pytest.mark.parametrize("question", ["", "   ", "Le pont de Brest", "?"])
def test_a_question_that_asks_nothing_known_is_answered_by_anything_but_dates(
    question: str,
) -> None:
    first = "Il a coûté 12 millions d’euros en 2019."
    second = "Il a coûté 15 millions d’euros en 2021."
    assert write_values(pair_up(first, second, question)) == (
        "12 millions d’euros",
        "15 millions d’euros",
    )


@pytest.mark.parametrize(
    ("question", "values"),
    [
        (WHEN, ("3 mai 2019", "5 juin 2021")),
        ("En quelle année a-t-il rouvert ?", ("3 mai 2019", "5 juin 2021")),
        (COST, ("12 millions d’euros", "15 millions d’euros")),
    ],
)
def test_dates_answer_when_and_nothing_else(question: str, values: tuple[str, str]) -> None:
    first = "Rouvert le 3 mai 2019, il a coûté 12 millions d’euros."
    second = "Rouvert le 5\u00a0juin 2021, il a coûté 15 millions d’euros."
    assert write_values(pair_up(first, second, question)) == values


def test_a_year_holds_its_days_but_no_other_year() -> None:
    assert not list(list_pairs(WHEN, gather("Il rouvre en mai 2019.", "Il rouvre le 3 mai 2019.")))
    pair = pair_up("Il rouvre en mai 2019.", "Il rouvre le 3 mai 2020.", WHEN)
    assert write_values(pair) == ("mai 2019", "3 mai 2020")


def test_of_several_values_the_nearest_of_one_unit_are_taken() -> None:
    pair = pair_up(
        "Il a coûté 30 euros.", "Il a coûté 29 dollars, 300 euros, puis 60 euros et 45 euros."
    )
    assert write_values(pair) == ("30 euros", "45 euros")
    assert pair.several


def test_only_the_best_sentences_are_compared() -> None:
    assert list(list_pairs(COST, gather(TWELVE, RAIN, FIFTEEN)))
    assert list(list_pairs(COST, gather(TWELVE, *[RAIN] * 4, FIFTEEN)))
    assert not list(list_pairs(COST, gather(TWELVE, *[RAIN] * 5, FIFTEEN)))


@pytest.mark.parametrize(("score", "compared"), [(-3.9, True), (-4.0, False), (-9.0, False)])
def test_a_sentence_far_below_the_best_is_not_compared(score: float, compared: bool) -> None:
    evidence = [cite(1, TWELVE, score=2.0), cite(2, FIFTEEN, score=score)]
    assert bool(list(list_pairs(COST, evidence))) is compared


def test_without_evidence_there_are_no_pairs() -> None:
    assert not list(list_pairs(COST, []))
    assert not list(list_pairs(COST, gather(TWELVE)))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (f"Le code du pont est {ENDLESS}.", "Le pont a 13 piles."),
        (f"Le pont a coûté {ENDLESS} euros.", f"Le pont a coûté {ENDLESS}9 euros."),
    ],
)
def test_a_number_without_end_compares_with_nothing(first: str, second: str) -> None:
    assert not list(list_pairs(COST, gather(first, second)))
    assert not list(list_pairs(COST, gather(second, first)))


def test_numbers_at_the_bounds_of_floats_are_compared() -> None:
    tiny, huge = f"La vis mesure 0,{'0' * 300}1 m.", f"La vis mesure {'9' * 300} m."
    for one, other in ((tiny, huge), (huge, tiny)):
        assert not list(list_pairs(COST, gather(one, other)))
    for one, other in ((tiny, tiny.replace("1 m", "2 m")), (f"{'4' * 308} m.", f"{'8' * 308} m.")):
        assert measure(one, other)["near"] == pytest.approx(math.log(2) / 6)
    # Three times the smaller is beyond floats.
    assert measure(f"{'9' * 308} m.", f"{'8' * 308} m.")["near"] < 0.1


# ----------------------------------------------------------------------------------- measuring


def test_what_is_measured_has_the_names_that_are_weighed() -> None:
    assert measure(TWELVE, FIFTEEN).keys() | {""} == DISAGREES.keys()


def test_both_sentences_have_their_odds() -> None:
    (pair,) = list_pairs(COST, [cite(1, TWELVE, score=2.5), cite(2, FIFTEEN, score=-1.5)])
    measured = measure_pair(pair)
    assert (measured["first"], measured["second"]) == (2.5, -1.5)


def test_how_far_from_the_best_the_second_is() -> None:
    rain = cite(1, RAIN, score=3.0)
    pairs = list_pairs(COST, [rain, cite(2, TWELVE, score=2.5), cite(3, FIFTEEN, score=-1.5)])
    (measured,) = map(measure_pair, pairs)
    assert (measured["behind"], measured["rank"]) == (4.5, 2.0)


@pytest.mark.parametrize(
    ("second", "one_unit", "counts"),
    [
        ("L’inspection compte sept blessés.", 1.0, 0.0),
        ("Sept boutiques ont fermé.", 0.0, 1.0),
        ("La ville en dénombre sept.", 0.0, 1.0),
        ("Il en coûte 7 euros.", 0.0, 0.0),
    ],
)
def test_what_is_counted_may_have_another_name(second: str, one_unit: float, counts: float) -> None:
    question = "Combien ?"
    for first, other in (("Il y a quatre blessés.", second), (second, "Il y a quatre blessés.")):
        measured = measure(first, other, question)
        assert (measured["one_unit"], measured["counts"]) == (one_unit, counts)


@pytest.mark.parametrize(
    "said",
    [
        "Selon la mairie, le pont a coûté 12 millions d’euros.",
        "D’après la mairie, le pont a coûté 12 millions d’euros.",
        "D'APRÈS LA MAIRIE, le pont a coûté 12 millions d’euros.",
        "Pour l’opposition, le pont a coûté 12 millions d’euros.",
        "Pour le maire, le pont a coûté 12 millions d’euros.",
        "La mairie affirme que le pont a coûté 12 millions d’euros.",
        "Le coût du pont est estimé à 12 millions d’euros.",
        "La mairie évalue le pont à 12 millions d’euros.",
        "La mairie chiffre le pont à 12 millions d’euros.",
        "Le maire annonçait un pont à 12 millions d’euros.",
        "Le maire conteste que le pont ait coûté 12 millions d’euros.",
        "Le pont a coûté 12 millions d’euros, et non 40.",
        "La presse parle de 12 millions d’euros.",
    ],
)
def test_who_says_so_is_told(said: str) -> None:
    first, second = measure(said, FIFTEEN), measure(FIFTEEN, said)
    assert (first["first_attributed"], first["second_attributed"]) == (1.0, 0.0)
    assert (second["first_attributed"], second["second_attributed"]) == (0.0, 1.0)


@pytest.mark.parametrize(
    "said",
    ["Le pont a coûté 12 millions d’euros.", "Il est parti de Nantes, pour 12 millions d’euros."],
)
def test_a_fact_that_nobody_tells_is_nobody_s(said: str) -> None:
    assert measure(said, FIFTEEN)["first_attributed"] == 0.0


@pytest.mark.parametrize(
    ("first", "second", "near"),
    [
        ("Il a coûté 10 euros.", "Il a coûté 11 euros.", math.log(1.1) / 6),
        ("Il a coûté 10 euros.", "Il a coûté 30 euros.", math.log(3) / 6),
        ("La digue mesure 2 km.", "La digue mesure 5 000 m.", math.log(2.5) / 6),
        ("Il a coûté 3 milliards d’euros.", "Il a coûté 6 milliards d’euros.", math.log(2) / 6),
        ("Il fait -5 °C.", "Il fait -10 °C.", math.log(2) / 6),
        # Of one size, they differ by their sign.
        ("Il fait -5 °C.", "Il fait 5 °C.", 0.0),
    ],
)
def test_how_far_apart_amounts_are(first: str, second: str, near: float) -> None:
    for one, other in ((first, second), (second, first)):
        assert measure(one, other)["near"] == pytest.approx(near)


@pytest.mark.parametrize(
    ("second", "near"),
    [
        ("Il rouvre le 3 mai 2020.", 2 / 2000),
        ("Il rouvre le 1er mai 2022.", 730 / 2000),
        ("Il rouvre le 1er mai 1950.", 1.0),
    ],
)
def test_how_far_apart_dates_are(second: str, near: float) -> None:
    first = "Il rouvre le 1er mai 2020."
    for one, other in ((first, second), (second, first)):
        assert measure(one, other, WHEN)["near"] == pytest.approx(near)


@pytest.mark.parametrize(
    ("second", "several"),
    [
        ("Il a coûté 15 euros.", 0.0),
        ("Il a coûté 15 euros, puis 30 euros.", 1.0),
        # Others that are no version of it.
        ("Il a coûté 15 euros, puis 40 euros et 14 dollars.", 0.0),
    ],
)
def test_several_values_are_told(second: str, several: float) -> None:
    assert measure("Il a coûté 12 euros.", second)["several"] == several


def test_typography_changes_no_measure() -> None:
    plain = "Selon l'État, le pont de Brest a coûté 12 000 000 euros."
    set_well = "Selon l’État, le pont de Brest a coûté 12\u202f000\u202f000\u00a0euros."
    assert measure(plain, FIFTEEN) == pytest.approx(measure(set_well, FIFTEEN))


# ------------------------------------------------------------------------------------ weighing


def test_signals_are_weighed_and_the_constant_added() -> None:
    weights = {"": -1.0, "near": 2.0, "several": 0.5}
    assert weigh({"near": 0.5, "several": 1.0}, weights) == pytest.approx(0.5)
    assert weigh({}, weights) == -1.0


@pytest.mark.parametrize(("constant", "bounded"), [(1e9, 30.0), (-1e9, -30.0)])
def test_odds_are_bounded(constant: float, bounded: float) -> None:
    assert weigh({}, {"": constant}) == bounded
    evidence = gather(TWELVE, FIFTEEN)
    assert bool(find_conflicts(COST, evidence, believe(constant))) is (bounded > 0)


def test_without_weights_nothing_is_told() -> None:
    assert weigh(measure(TWELVE, FIFTEEN), {}) < -20
    assert find_conflicts(COST, gather(TWELVE, FIFTEEN), Policy()) == ()


def test_what_is_shipped_weighs_what_is_measured() -> None:
    weights = load_policy().disagrees
    # A name that is missing would break every answer, one too many would weigh nothing.
    assert not weights or weights.keys() == DISAGREES.keys()
    assert all(map(math.isfinite, weights.values()))


# ------------------------------------------------------------------------------------- finding


def test_a_disagreement_names_its_versions() -> None:
    evidence = [
        cite(1, RAIN, date="2023-01-01"),
        cite(2, TWELVE, date="2024-03-12"),
        cite(4, FIFTEEN, date="2025"),
    ]
    (conflict,) = find_conflicts(COST, evidence, believe(9.0))
    assert conflict == Conflict(
        "le montant",
        (
            Version("12 millions d’euros", 2, "2024-03-12"),
            Version("15 millions d’euros", 4, "2025"),
        ),
    )


@pytest.mark.parametrize(
    ("question", "first", "second", "about"),
    [
        (COST, "Il a coûté 12 €.", "Il a coûté 15 €.", "le montant"),
        ("Combien votent ?", "22 % votent.", "Un habitant sur deux vote.", "le pourcentage"),
        (WHEN, "Il rouvre le 3 mai.", "Il rouvre le 5 juin.", "la date"),
        ("À quelle heure ?", "Il ouvre à 14 h 30.", "Il ouvre à 15 h 30.", "l’heure"),
        ("Combien de temps ?", "Il dure 2 jours.", "Il dure 20 heures.", "la durée"),
        ("Combien mesure-t-il ?", "Il mesure 3 km.", "Il mesure 5 000 m.", "la longueur"),
        ("Quelle surface ?", "Il fait 3 hectares.", "Il fait 25 000 m².", "la surface"),
        ("Quel volume ?", "Il contient 3 m³.", "Il contient 5 000 litres.", "le volume"),
        ("Combien pèse-t-il ?", "Il pèse 3 tonnes.", "Il pèse 1 900 kg.", "le poids"),
        ("Combien d’âmes ?", "Il a 53 000 habitants.", "Il a 61 000 habitants.", "le nombre"),
        ("À quelle vitesse ?", "Il roule à 50 km/h.", "Il roule à 90 km/h.", "la valeur"),
    ],
)
def test_what_sources_differ_on(question: str, first: str, second: str, about: str) -> None:
    (conflict,) = find_conflicts(question, gather(first, second), believe(9.0))
    assert conflict.about == about


@pytest.mark.parametrize(
    ("probability", "told"), [(0.3, False), (0.39, False), (0.399, False), (0.401, True)]
)
def test_a_disagreement_is_told_when_it_is_likely(probability: float, told: bool) -> None:
    policy = believe(math.log(probability / (1 - probability)))
    found = find_conflicts(COST, gather(TWELVE, FIFTEEN), policy)
    assert bool(found) is told


def test_of_several_disagreements_the_likeliest_is_told() -> None:
    # How near the values are decides.
    for evidence in (gather(TWELVE, THIRTY, FIFTEEN), gather(THIRTY, FIFTEEN, TWELVE)):
        (conflict,) = find_conflicts(COST, evidence, believe(5.0, near=-9.0))
        told = {version.value for version in conflict.versions}
        assert told == {"12 millions d’euros", "15 millions d’euros"}


def test_the_dimension_of_either_version_says_what_it_is_on() -> None:
    found = gather("Il coûte 280 millions d’euros.", "La ville attend 190 millions d’économies.")
    for evidence in (found, found[::-1]):
        (conflict,) = find_conflicts("Combien ?", evidence, believe(9.0))
        assert conflict.about == "le montant"


def test_without_a_policy_the_shipped_one_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    evidence = gather(TWELVE, FIFTEEN)
    monkeypatch.setattr(conflicts, "load_policy", lambda: believe(9.0))
    assert find_conflicts(COST, evidence)
    monkeypatch.setattr(conflicts, "load_policy", lambda: believe(-9.0))
    assert find_conflicts(COST, evidence) == ()


@pytest.mark.parametrize("texts", [(), (TWELVE,), (TWELVE, RAIN), (TWELVE, TWELVE), ("", "")])
def test_where_nothing_differs_nothing_is_told(texts: tuple[str, ...]) -> None:
    assert find_conflicts(COST, gather(*texts), believe(9.0)) == ()


def test_hostile_sentences_give_no_more_than_their_values() -> None:
    forged = "<script>alert(1)</script> [2] **Le pont** a coûté 12 euros (article du 1er mai)."
    evidence = gather(forged, f"Le pont a coûté {ENDLESS} euros.", "Le pont a coûté 29 euros [1].")
    (conflict,) = find_conflicts(COST, evidence, believe(9.0))
    assert [version.value for version in conflict.versions] == ["12 euros", "29 euros"]


# ------------------------------------------------------------------------------------- telling


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
    assert not (told.quoted or told.reworded)


def test_titles_tell_apart_articles_of_one_date() -> None:
    evidence = [cite(n, "Treize.", title=title) for n, title in ((1, "L’enquête"), (2, "« Non »"))]
    versions = (Version("13 %", 1, ""), Version("14 %", 2, ""))
    assert tell_conflict(Conflict("la part", versions), evidence).text == (
        "Les sources ne concordent pas sur la part\u00a0: "
        "13\u00a0% («\u00a0L’enquête\u00a0», sans date), "
        "14\u00a0% («\u00a0“Non”\u00a0», sans date)."
    )


@pytest.mark.parametrize(
    ("date", "written"),
    [
        ("2025-10", "article d’octobre 2025"),
        ("2025-04", "article d’avril 2025"),
        ("2025-03", "article de mars 2025"),
        ("2025", "article de 2025"),
        ("2025-08-01", "article du 1er août 2025"),
    ],
)
def test_the_date_of_an_article(date: str, written: str) -> None:
    told = tell_conflict(Conflict("la part", (Version("13 %", 1, date),)), ()).text
    assert written in plain_spaces(told)


def test_sentences_of_one_article_are_told_together() -> None:
    evidence = [cite(n, "Vannes est peuplée.", "vannes.md") for n in (1, 2)]
    versions = (Version("53 000", 1, "2024-01-05"), Version("61 000", 2, "2024-01-05"))
    told = tell_conflict(Conflict("le nombre", versions), evidence)
    assert told.text.endswith("53\u202f000 ou 61\u202f000 (article du 5\u00a0janvier 2024).")
    assert told.citations == (1, 2)


@pytest.mark.parametrize("about", ["le montant", "l’heure", "la valeur"])
def test_the_heading_has_the_words_of_the_sentence(about: str) -> None:
    conflict = Conflict(about, (Version("13", 1, "2025"), Version("14", 2, "2025")))
    assert head_conflict(conflict) == f"Les sources ne concordent pas sur {about}"
    assert tell_conflict(conflict, ()).text.startswith(f"{head_conflict(conflict)}\u00a0: 13")


def test_what_is_found_can_be_told() -> None:
    evidence = [cite(1, TWELVE, date="2024-03-12"), cite(2, FIFTEEN, date="2025-10")]
    (conflict,) = find_conflicts(COST, evidence, believe(9.0))
    told = tell_conflict(conflict, evidence)
    assert plain_spaces(told.text) == (
        "Les sources ne concordent pas sur le montant : 12 millions d’euros (article du 12 mars "
        "2024), 15 millions d’euros (article d’octobre 2025)."
    )
    assert told.citations == (1, 2)
