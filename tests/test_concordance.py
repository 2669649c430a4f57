"""Where sources agree and where they contradict each other."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from conftest import FakeEncoder

from rag.concordance import Claim, Concordance, find_concordance
from rag.index import build_index
from rag.types import Article

Compare = Callable[..., Concordance]
MAYOR = "Selon la mairie, 312 plaintes pour bruit ont été déposées à Valmergue en 2024."
OTHERS = "Le collectif affirme avoir recensé 540 plaintes pour bruit à Valmergue en 2024."


@pytest.fixture
def compare(encoder: FakeEncoder) -> Compare:
    def of(*texts: str, date: str = "2025-03-01") -> Concordance:
        articles = [
            Article(f"{n}.md", f"Titre {n}", f"{text} Le reste n’en dit rien de plus.", date)
            for n, text in enumerate(texts)
        ]
        return find_concordance(build_index(articles, lambda: encoder, encoder.fingerprint)[0])

    return of


def values(found: tuple[tuple[Claim, ...], ...]) -> list[list[tuple[str, ...]]]:
    return [[claim.values for claim in claims] for claims in found]


def test_two_sources_that_exclude_each_other_are_a_disagreement(compare: Compare) -> None:
    found = compare(MAYOR, OTHERS)
    assert values(found.apart) == [[("312",), ("540",)]]
    assert [claim.item.chunk.article_id for claim in found.apart[0]] == ["0.md", "1.md"]
    assert found.apart[0][1].item.text == OTHERS
    assert not found.agreed and not found.told


@pytest.mark.parametrize(
    "other",
    [
        # Another year, another place, the same source, nobody named, another thing counted.
        "Le collectif affirme avoir recensé 540 plaintes pour bruit à Valmergue en 2021.",
        "D’après le maire, 540 plaintes pour bruit ont été déposées à Corvalin en 2024.",
        "Les 540 plaintes pour bruit de Valmergue en 2024 dorment dans une armoire.",
        "Le collectif affirme avoir recensé 540 fêtes avec du bruit à Valmergue en 2024.",
        "Le collectif affirme que 540 plaintes, et pas les 312 plaintes du matin, sont de 2024.",
        "Le tarif du bruit dépend de l’âge : selon l’âge, 540 plaintes à Valmergue en 2024.",
        # A way of telling the same.
        "Le collectif affirme avoir recensé plus de 300 plaintes pour bruit à Valmergue en 2024.",
    ],
)
def test_two_things_are_no_disagreement(compare: Compare, other: str) -> None:
    assert not compare(MAYOR, other).apart


def test_one_source_does_not_contradict_itself(compare: Compare) -> None:
    first = "Selon Reuters, Valmergue a dépensé 12 millions d’euros pour son tramway."
    again = "Valmergue aura dépensé 15 millions d’euros pour son tramway, annonce Reuters."
    other = "Valmergue aura dépensé 15 millions d’euros pour son tramway, annonce l’AFP."
    assert not compare(first, again).apart
    assert values(compare(first, other).apart) == [
        [("12 millions d’euros",), ("15 millions d’euros",)]
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "Le prix varie selon les récits : 400 millions d’euros ici, 500 ailleurs.",
            ("400 millions d’euros", "500"),
        ),
        (
            "Certains la situent en mars 2023, d’autres en juillet 2023, à Valmergue.",
            ("mars 2023", "juillet 2023"),
        ),
        (
            "Deux journaux donnent 2030 comme terme du bail, un troisième donne 2032.",
            ("2030", "2032"),
        ),
    ],
)
def test_what_an_article_says_of_its_sources_is_told(
    compare: Compare, text: str, told: tuple[str, ...]
) -> None:
    found = compare(text)
    assert values(found.told)[0][0][-2:] == told


@pytest.mark.parametrize(
    "text",
    [
        "Certains marchaient sur deux pattes, d’autres sur quatre, ou sur deux ou quatre.",
        "L’écriture a divergé à partir de 1054, puis de nouveau en 1802.",
        "Le créneau est différent : du 3 mars au 12 avril.",
    ],
)
def test_what_only_looks_so_is_not(compare: Compare, text: str) -> None:
    assert not compare(text).told


def test_articles_that_say_the_same_agree_and_copies_do_not(compare: Compare) -> None:
    first = "Le chantier du tramway de Valmergue coûtera 239 millions d’euros, dit la chambre."
    second = "À Valmergue, le tramway coûtera 239 millions d’euros : la chambre l’a calculé."
    assert values(compare(first, second).agreed) == [
        [("239 millions d’euros",), ("239 millions d’euros",)]
    ]
    assert not compare(first, first).agreed
    assert not compare(first).agreed
    assert not compare(first, second.replace("239", "240")).agreed
