"""The slots of a question, and how much of them one sentence fills."""

from __future__ import annotations

import pytest
from conftest import FakeEncoder

from rag.index import build_index
from rag.retrieval import search_passages
from rag.slots import Filled, Slots, find_slots
from rag.types import Article, Chunk, Evidence

ARTICLES = [
    Article("a.md", "La piscine de Brest", "La piscine de Brest emploie douze maîtres nageurs."),
    Article("b.md", "Le Havre", "Le musée du Havre a reçu 9 000 visiteurs en 2019."),
]


def read(question: str) -> Slots:
    index, _ = build_index(ARTICLES, FakeEncoder, "fake-v1")
    return find_slots(search_passages(index, FakeEncoder(), question, 4))


def make_evidence(text: str, title: str = "", date: str = "") -> Evidence:
    chunk = Chunk("a#1", "a", title, date, 0, len(text), text, ())
    return Evidence(1, chunk, 0, len(text), text, 1.0)


def fill(question: str, *texts: str, title: str = "") -> Filled:
    return read(question).fill([make_evidence(text, title) for text in texts])


@pytest.mark.parametrize(
    ("question", "attribute"),
    [
        ("Combien de salariés la piscine de Brest emploie-t-elle ?", "salaries"),
        ("Combien d’habitants compte Brest ?", "habitants"),
        ("Quel est le montant des dons reçus par Brest ?", ""),
        ("Quel chiffre d’affaires la piscine réalise-t-elle ?", "chiffre d'affaires"),
        ("Quelle amende risque un nageur ?", "amende"),
        ("Quel est le nombre de visiteurs du musée ?", "visiteurs"),
        ("Quelle magistrate a jugé l’affaire ?", ""),
        ("Dans quelle ville nage-t-on ?", ""),
        ("Qui dirige la piscine ?", ""),
        ("Combien coûte l’entrée ?", ""),
        ("", ""),
    ],
)
def test_the_attribute_asked_for(question: str, attribute: str) -> None:
    assert read(question).attribute == attribute


def test_names_and_time() -> None:
    slots = read("Combien de visiteurs le musée du Havre a-t-il reçus en 2019 ?")
    assert len(slots.names) == 1 and "havr" in slots.names[0].terms
    assert slots.timeframe is not None and slots.timeframe.start == "2019-01-01"
    assert read("Qui nage ?").names == ()


def test_one_of_the_names_listed_together_is_enough() -> None:
    listed = "Que prédisent Anne Le Goff, Paul Morvan et Brest ?"
    assert len(read(listed).names) == 1
    assert fill(listed, "Paul Morvan prédit la pluie.").names == 1
    assert fill("Que dit Paul Morvan de Brest ?", "Paul Morvan prédit la pluie.").names < 1


QUESTION = "Combien de salariés la piscine de Brest emploie-t-elle ?"


@pytest.mark.parametrize(
    ("text", "attribute"),
    [
        ("La piscine de Brest compte douze salariés.", 1),
        ("Douze personnes travaillent à la piscine de Brest.", 1),
        ("La piscine de Brest mesure cinquante mètres.", 0),
        ("La piscine de Brest vend douze parts de gâteau.", 0),
    ],
)
def test_the_attribute_or_its_synonym_must_be_there(text: str, attribute: float) -> None:
    assert fill(QUESTION, text).attribute == attribute


def test_attribute_and_name_must_stand_together() -> None:
    apart = fill(QUESTION, "La piscine de Brest est vaste.", "Le musée compte douze salariés.")
    assert (apart.attribute, apart.names) == (0, 1)
    titled = fill(QUESTION, "Elle compte douze salariés.", title="La piscine de Brest")
    assert titled.attribute == titled.whole == 1


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("Le Havre a reçu 9 000 visiteurs en 2019.", 1),
        ("Le Havre a reçu 8 000 visiteurs en 2021.", 0),
        ("Le Havre reçoit 8 000 visiteurs.", 0.5),
    ],
)
def test_the_time_asked_about(text: str, time: float) -> None:
    filled = fill("Combien de visiteurs Le Havre a-t-il reçus en 2019 ?", text)
    assert filled.time == time


def test_a_relative_time_is_not_the_time_told() -> None:
    assert read("Combien de visiteurs un mois plus tard, après mai 2019 ?").timeframe is None


def test_when_the_press_told_it_is_not_the_time_asked_about() -> None:
    assert read("Selon la presse de janvier 2019, combien gagne Brest ?").timeframe is None
    assert read("Selon la presse, combien gagnait Brest en 2019 ?").timeframe is not None


def test_today_asks_for_no_date() -> None:
    today = fill("Qui dirige Brest aujourd’hui ?", "En 2019, Anne Le Goff dirige Brest.")
    assert today.time == today.whole == 1


def test_without_slots_everything_fills() -> None:
    assert fill("Pourquoi nager ?", "On nage pour le plaisir.") == Filled(1, 1, 1, 1)


def test_no_evidence_fills_nothing() -> None:
    assert fill(QUESTION) == Filled(0, 0, 0, 0)


def test_a_sentence_without_the_type_asked_for_fills_half() -> None:
    assert fill("Quand la piscine de Brest a-t-elle ouvert ?", "La piscine de Brest.").whole == 0.5


ASKED = "Combien de visiteurs Le Havre a-t-il reçus ?"


@pytest.mark.parametrize(
    ("question", "subject"),
    [
        (ASKED, {"havr"}),
        ("Quelle part de Brest Le Havre détient-il ?", {"havr"}),
        ("Combien de maîtres nageurs la piscine de Brest emploie-t-elle ?", None),
        ("Quelle part de Brest ses trois nageurs ont-ils gardée ?", {"nageur"}),
        ("Qui dirige Brest ?", None),
    ],
)
def test_who_does_what_is_asked(question: str, subject: set[str] | None) -> None:
    found = read(question).subject
    assert (found.terms if found else None) == subject


def test_without_its_subject_a_share_is_another_s() -> None:
    question = "Quelle part de Brest Le Havre détient-il ?"
    own = fill(question, "Le Havre détient 10 % de Brest.")
    other = fill(question, "Rennes détient 10 % de Brest.")
    assert own.whole == 1 and other.whole <= 0.25


def test_a_title_gives_its_name_only_to_sentences_without_one_of_their_own() -> None:
    led = fill(ASKED, "Le musée attire 9 000 visiteurs.", title="Le Havre")
    taken = fill(ASKED, "Le musée de Rennes attire 9 000 visiteurs.", title="Le Havre")
    back = fill(ASKED, "Selon Ouest Média, il attire 9 000 visiteurs.", title="Le Havre")
    assert led.whole == back.whole == 1 and taken.whole < 0.5


def test_a_number_that_belongs_to_a_name_must_be_there() -> None:
    question = "Combien de visiteurs Piscine 2 a-t-elle reçus ?"
    assert fill(question, "Piscine 2 a reçu 900 visiteurs.").whole == 1
    assert fill(question, "Piscine 3 a reçu 900 visiteurs.").whole == 0


@pytest.mark.parametrize(
    ("question", "answers", "misses"),
    [
        (
            "Quand Brest a-t-elle signé l’accord ?",
            "Brest a signé l’accord en mai 2019.",
            "Brest a visité la piscine en mai 2019.",
        ),
        (
            "Qui est à l’origine de Brest Natation ?",
            "Brest Natation a été créé en 1958 par Paul Morvan.",
            "Paul Morvan nage à Brest Natation.",
        ),
        (
            "Qui a acheté Brest Natation ?",
            "Paul Morvan a repris Brest Natation.",
            "Paul Morvan nage à Brest Natation.",
        ),
        (
            "Quand Morvan a-t-il été limogé par Brest ?",
            "Brest a renvoyé Morvan en mai 2019.",
            "Morvan nage à Brest en mai 2019.",
        ),
        (
            "Qui a remplacé Morvan à Brest ?",
            "À Brest, Le Gall a succédé à Morvan.",
            "À Brest, Le Gall nage avec Morvan.",
        ),
        (
            "À combien Brest Natation est-il valorisé ?",
            "Brest Natation vaut 3 millions d’euros.",
            "Brest Natation a 30 nageurs.",
        ),
        (
            "À combien l’action Brest a-t-elle clôturé ?",
            "L’action Brest a fini la séance à 12 euros.",
            "L’action Brest a perdu 12 milliards d’euros.",
        ),
        (
            "Quel revenu Brest a-t-elle touché ?",
            "Le revenu de Brest atteint 12 millions d’euros.",
            "Les articles n’indiquent pas le revenu de Brest, ni ses 12 millions d’euros de dette.",
        ),
        (
            "Comment s’appelait le nageur de Brest ?",
            "Le nageur de Brest était Paul Morvan.",
            "Le nageur de Brest a gagné.",
        ),
        (
            "Combien Brest a-t-elle payé sa piscine ?",
            "Brest a payé sa piscine 3 millions d’euros.",
            "Brest a payé trois fois, devant 3 millions d’habitants.",
        ),
        (
            "Dans quelle ville Morvan a-t-il son siège ?",
            "Le siège social de Morvan est à Brest.",
            "Morvan n’a pas de siège au conseil de Brest.",
        ),
        (
            "Quel cabinet d’avocats défend Morvan ?",
            "Morvan est défendu par Le Gall et Associés.",
            "Morvan poursuit Brest.",
        ),
        (
            "Quelle enveloppe Brest réserve-t-elle aux nageurs ?",
            "Brest réserve 3 millions d’euros aux nageurs.",
            "Brest réserve 30 % de ses places aux nageurs.",
        ),
        (
            "Qui nage le plus vite, Brest ou Quimper ?",
            "Brest nage deux fois plus vite que Quimper.",
            "Brest et Quimper nagent.",
        ),
    ],
)
def test_an_answer_is_of_the_kind_asked_and_about_the_event(
    question: str, answers: str, misses: str
) -> None:
    assert fill(question, answers).whole == 1
    assert fill(question, misses).whole <= 0.5


@pytest.mark.parametrize(
    "question",
    [
        "Combien coûte la carte la plus chère lancée par Brest ?",
        "Combien coûte l’abonnement signé avec Brest ?",
        "Combien coûtent les cours installés à Brest ?",
    ],
)
def test_a_participle_that_tells_things_apart_is_no_event(question: str) -> None:
    assert fill(question, "À Brest, cela coûte 12 euros.").whole == 1


@pytest.mark.parametrize(
    "question",
    ["Quand Brest a-t-elle lancé sa carte ?", "Quand la carte de Brest a-t-elle été lancée ?"],
)
def test_a_participle_with_its_auxiliary_is_one(question: str) -> None:
    assert fill(question, "À Brest, la carte était chère en mai 2019.").whole == 0.5


def test_who_is_left_out_is_not_asked_about() -> None:
    question = "Quelle part du capital n’appartient ni à Morvan ni à la Piscine ?"
    assert fill(question, "Les salariés ont 47 % du capital.").whole == 1
    assert read("Quelle part du capital appartient à Morvan ?").names


def test_when_something_was_told_is_not_when_it_happened() -> None:
    question = "De qui venait la demande faite à Brest en 2016 ?"
    told = "Le Gall a raconté en mars 2019 que la demande faite à Brest venait de Paul Morvan."
    happened = "En mars 2019, la demande faite à Brest venait de Paul Morvan."
    assert fill(question, told).time > fill(question, happened).time


def test_what_the_question_gives_answers_nothing() -> None:
    question = "Quel investisseur a mené la levée de 13 millions de Brest ?"
    assert fill(question, "Brest a mené la levée de 13 millions.").whole < 1


def test_what_follows_does_not_lend_its_names_to_what_goes_before() -> None:
    text = "Rennes compte douze salariés. La piscine de Brest est plus petite."
    assert fill(QUESTION, text).whole < 0.5


def test_a_capital_city_stands_for_its_government() -> None:
    question = "Quand Bruxelles a-t-elle interdit la piscine ?"
    assert fill(question, "La Commission européenne a interdit la piscine en 2019.").names == 1


def test_names_of_an_aside_count_when_there_is_no_other() -> None:
    assert len(read("Combien de visiteurs (Le Havre, Brest) ?").names) == 1
    assert read("Combien de visiteurs à Brest (Le Havre) ?").names[0].terms == {"brest"}
