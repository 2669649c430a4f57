"""Where sources disagree: on what, in whose words, and when two figures are no disagreement."""

from __future__ import annotations

import pytest

from rag.chunking import chunk_article
from rag.conflicts import find_conflicts, tell_conflict, write_date
from rag.types import Article, Conflict, Evidence, Version


def gather(*told: tuple[str, str], title: str = "Article") -> tuple[Evidence, ...]:
    """Make evidence of (sentence, date of its article), an article each, best first."""
    found = []
    for n, (text, date) in enumerate(told, start=1):
        chunk = chunk_article(Article(id=f"{n}.md", title=title, text=text, date=date))[0]
        span = chunk.sentences[-1]
        found.append(Evidence(n, chunk, span.start, span.end, text[span.start : span.end], 1.0))
    return tuple(found)


def values(question: str, *told: tuple[str, str]) -> list[list[str]]:
    return [[v.value for v in c.versions] for c in find_conflicts(question, gather(*told))]


INHABITANTS = "Combien d’habitants compte la ville de Vannes ?"
BUILDING = "Combien la mairie de Vannes a-t-elle payé pour la tour du Connétable ?"
BATTLE = "Quand la bataille de Marignan a-t-elle eu lieu ?"
VICTIMS = "Combien de victimes le séisme d’Agadir a-t-il faites ?"


@pytest.mark.parametrize(
    ("question", "sentence", "expected"),
    [
        (
            VICTIMS,
            "Le séisme d’Agadir a fait 12 000 ou 15 000 morts selon les sources.",
            ["12 000", "15 000 morts"],
        ),
        (
            VICTIMS,
            "Selon la Croix-Rouge, le séisme d’Agadir a fait 12 000 morts ; selon l’armée, 15 000.",
            ["12 000 morts", "15 000"],
        ),
        (
            BATTLE,
            "La bataille de Marignan eut lieu le 13 septembre 1515 pour les uns, "
            "le 14 septembre 1515 pour les autres.",
            ["13 septembre 1515", "14 septembre 1515"],
        ),
        (
            BATTLE,
            "Certains situent la bataille de Marignan en 1515, d’autres en 1516.",
            ["1515", "1516"],
        ),
        (
            BUILDING,
            "La mairie de Vannes a payé la tour du Connétable tantôt 2 millions d’euros, "
            "tantôt 2,5 millions d’euros.",
            ["2 millions d’euros", "2,5 millions d’euros"],
        ),
        (
            BUILDING,
            "Pour la tour du Connétable à Vannes, Ouest-France donne 2 millions d’euros ; "
            "d’autres journaux écrivent 2,5 millions.",
            ["2 millions d’euros", "2,5 millions"],
        ),
        (
            BUILDING,
            "Pour la tour du Connétable, la mairie de Vannes a versé, lit-on selon les articles, "
            "38, 40 ou 44 millions d’euros.",
            ["38", "40", "44 millions d’euros"],
        ),
        (
            "Quelle part des votants de Vannes a approuvé le projet ?",
            "À Vannes, Ouest-France évoque 57 % des votants pour le projet, Le Télégramme "
            "parle de 61 %.",
            ["57 %", "61 %"],
        ),
    ],
)
def test_a_sentence_that_says_that_sources_differ(
    question: str, sentence: str, expected: list[str]
) -> None:
    assert values(question, (sentence, "2024-01-05")) == [expected]


@pytest.mark.parametrize(
    ("question", "one", "other", "expected"),
    [
        (
            BUILDING,
            "La mairie de Vannes a payé la tour du Connétable 13 millions d’euros.",
            "La mairie de Vannes a payé près de 14 millions d’euros la tour du Connétable.",
            ["13 millions d’euros", "près de 14 millions d’euros"],
        ),
        (
            BATTLE,
            "La bataille de Marignan a eu lieu le 13 septembre 1515.",
            "La bataille de Marignan a lieu le 14 septembre 1515.",
            ["13 septembre 1515", "14 septembre 1515"],
        ),
        (
            INHABITANTS,
            "La ville de Vannes compte 53 000 habitants.",
            "Vannes est une ville qui compte 61 000 habitants.",
            ["53 000 habitants", "61 000 habitants"],
        ),
    ],
)
def test_two_articles_that_say_the_same_but_for_the_figure(
    question: str, one: str, other: str, expected: list[str]
) -> None:
    dates = ("2024-01-05", "2024-01-20")
    found = find_conflicts(question, gather((one, dates[0]), (other, dates[1])))
    assert [[v.value for v in c.versions] for c in found] == [expected]
    assert [(v.n, v.date) for v in found[0].versions] == [(1, dates[0]), (2, dates[1])]


@pytest.mark.parametrize(
    ("why", "question", "one", "other"),
    [
        (
            "a rounding",
            BUILDING,
            "La mairie de Vannes a payé la tour du Connétable 11,6 millions d’euros.",
            "La mairie de Vannes a payé la tour du Connétable un peu moins de 12 millions d’euros.",
        ),
        (
            "a rounding without a word for it",
            BUILDING,
            "La mairie de Vannes a payé la tour du Connétable 13,4 millions d’euros.",
            "La mairie de Vannes a payé la tour du Connétable 13 millions d’euros.",
        ),
        (
            "other parts of the town",
            INHABITANTS,
            "Le quartier de Vannes nommé Kercado compte 5 000 habitants dans la ville.",
            "Le quartier de Vannes nommé Ménimur compte 6 500 habitants dans la ville.",
        ),
        (
            "nobody is named in the question",
            "Combien d’habitants compte la ville ?",
            "La ville de Vannes compte 53 000 habitants.",
            "La ville compte 61 000 habitants.",
        ),
        (
            "the same figure",
            BUILDING,
            "La mairie de Vannes a payé la tour du Connétable 135 millions d’euros.",
            "La mairie de Vannes a payé la tour du Connétable environ 135 millions d’euros.",
        ),
        (
            "another currency",
            BUILDING,
            "La mairie de Vannes a payé la tour du Connétable 13 millions d’euros.",
            "La mairie de Vannes a payé la tour du Connétable 15 millions de dollars.",
        ),
        (
            "a limit",
            BUILDING,
            "La mairie de Vannes a payé la tour du Connétable 13 millions d’euros.",
            "La mairie de Vannes a payé la tour du Connétable jusqu’à 15 millions d’euros.",
        ),
        (
            "another owner",
            BUILDING,
            "La mairie de Vannes a payé la tour du Connétable 13 millions d’euros.",
            "La mairie de Lorient a payé la tour du Connétable 15 millions d’euros.",
        ),
        (
            "another time",
            INHABITANTS,
            "La ville de Vannes compte 53 000 habitants en 2017.",
            "La ville de Vannes compte 56 000 habitants en 2024.",
        ),
        (
            "another thing",
            INHABITANTS,
            "La ville de Vannes compte 53 000 habitants.",
            "À Vannes, 12 000 habitants ont plus de soixante ans et touchent une pension.",
        ),
        (
            "less precise",
            BATTLE,
            "La bataille de Marignan a eu lieu le 13 septembre 1515.",
            "La bataille de Marignan a eu lieu en septembre 1515.",
        ),
    ],
)
def test_two_figures_that_are_no_disagreement(
    why: str, question: str, one: str, other: str
) -> None:
    assert values(question, (one, "2024-01-05"), (other, "2024-01-20")) == [], why


def test_a_state_may_have_changed_between_two_articles() -> None:
    sentences = ("La ville de Vannes compte 53 000 habitants.", "Vannes compte 57 500 habitants.")
    near = zip(sentences, ("2024-01-05", "2024-01-20"), strict=True)
    far = zip(sentences, ("2019-01-05", "2024-01-20"), strict=True)
    assert values(INHABITANTS, *near) and not values(INHABITANTS, *far)


def test_two_articles_that_say_the_same_of_something_else() -> None:
    told = "Le Connétable rapporte {} millions d’euros aux commerçants de Vannes."
    evidence = gather(
        (told.format(13), ""),
        (told.format(15), ""),
        title="La mairie a payé la tour du Connétable de Vannes",
    )
    assert find_conflicts(BUILDING, evidence) == ()


def test_one_article_does_not_disagree_with_itself() -> None:
    chunk = chunk_article(
        Article(
            id="a.md",
            title="Vannes",
            text="La ville de Vannes compte 53 000 habitants. "
            "Vannes est une ville qui compte 61 000 habitants.",
        )
    )[0]
    evidence = tuple(
        Evidence(
            n, chunk, s.start, s.end, chunk.text[s.start - chunk.start : s.end - chunk.start], 1
        )
        for n, s in enumerate(chunk.sentences, start=1)
    )
    assert find_conflicts(INHABITANTS, evidence) == ()


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        # Two parts of two owners, two times, two steps of a scale: no marker says they compete.
        (
            "Quelle part de la tour la mairie de Vannes détient-elle ?",
            "La mairie de Vannes détient 27 % de la tour, le département 26 %.",
        ),
        (
            "Quelle part de la tour la mairie de Vannes détient-elle ?",
            "Selon Ouest-France, la mairie de Vannes détient 27 % de la tour ; "
            "selon Le Télégramme, le Morbihan 26 %.",
        ),
        (
            BUILDING,
            "Pour la tour du Connétable de Vannes, Ouest-France donne 2 millions d’euros en 2019, "
            "Le Télégramme donne 5 millions d’euros en 2023.",
        ),
        (INHABITANTS, "La ville de Vannes est passée de 53 000 à 57 000 habitants."),
        # A name, not a question of figures.
        (
            "Qui a payé la tour de Vannes ?",
            "La tour de Vannes a coûté 38 ou 40 euros selon les sources.",
        ),
        # Versions of something else: the price, not the loss; the tower, not a loan; Lorient.
        (
            "Combien la tour de Vannes a-t-elle coûté ?",
            "Les pertes de la tour de Vannes divergent : 3 millions d’euros ou 4 millions d’euros.",
        ),
        (
            "Combien la mairie de Vannes a-t-elle dépensé pour rénover la vieille tour ?",
            "Vannes a prêté 2 ou 3 millions d’euros à sa voisine selon les sources.",
        ),
        (
            INHABITANTS,
            "Lorient compte 55 000 ou 58 000 habitants selon les sources, plus que sa voisine.",
        ),
        # The whole price, not the first payment.
        (
            BUILDING,
            "Le premier paiement de la tour du Connétable par la mairie de Vannes est de 2 ou "
            "3 millions d’euros selon les sources.",
        ),
        # Another year than the one asked about.
        (
            "Combien d’habitants la ville de Vannes comptait-elle en 1990 ?",
            "En 2024, la ville de Vannes comptait 55 000 ou 58 000 habitants selon les sources.",
        ),
    ],
)
def test_a_sentence_that_tells_no_versions_of_what_is_asked(question: str, sentence: str) -> None:
    assert values(question, (sentence, "2024-01-05")) == []


def test_the_sentence_before_names_what_the_versions_are_of() -> None:
    text = "La date de naissance de Villon varie. Certains la situent en 1431, d’autres en 1432."
    assert values("Quelle est la date de naissance de Villon ?", (text, "")) == [["1431", "1432"]]


def test_versions_of_several_sentences_are_joined_when_they_share_one() -> None:
    told = (
        ("Le séisme d’Agadir a fait 12 000 ou 15 000 morts selon les sources.", "2024-01-05"),
        ("Le séisme d’Agadir a fait tantôt 15 000, tantôt 18 000 morts.", "2024-02-05"),
        ("Le séisme d’Agadir a fait 25 ou 30 morts chez les pompiers selon les bilans.", ""),
    )
    (conflict,) = find_conflicts(VICTIMS, gather(*told))
    assert [(v.value, v.n) for v in conflict.versions] == [
        ("12 000", 1),
        ("15 000 morts", 1),
        ("18 000 morts", 2),
    ]


PROMISED = (
    "Vannes s’est engagée à investir 13 millions d’euros dans le port, dont 11,6 millions versés."
)


def test_what_is_promised_and_what_is_paid() -> None:
    evidence = gather((PROMISED, "2025-10-31"))
    (conflict,) = find_conflicts("Combien Vannes a-t-elle investi dans le port ?", evidence)
    assert [v.value for v in conflict.versions] == [
        "13 millions d’euros engagés",
        "11,6 millions versés",
    ]
    assert tell_conflict(conflict, evidence).text == (
        "Les sources distinguent le montant engagé et le montant versé\u00a0: "
        "13\u00a0millions d’euros engagés et 11,6\u00a0millions versés (31\u00a0octobre 2025)."
    )
    # The question says which.
    said = "Combien Vannes s’est-elle engagée à investir dans le port ?"
    assert find_conflicts(said, evidence) == ()


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
        "(28\u00a0octobre 2025), près de 14\u00a0milliards ou 15\u00a0milliards (1er\u00a0novembre "
        "2025), 16\u00a0milliards (sans date)."
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
    [
        ("2025-10-28", "28\u00a0octobre 2025"),
        ("2025-08-01", "1er\u00a0août 2025"),
        ("2025-02", "février 2025"),
        ("2025", "2025"),
        ("", "sans date"),
    ],
)
def test_dates_in_french(date: str, written: str) -> None:
    assert write_date(date) == written
