from __future__ import annotations

import pytest

from rag.readers.columnheads import count_heads

Rows = list[list[str]]


@pytest.mark.parametrize(
    "rows",
    [
        [["Site", "Agents en 2022", "Agents en 2023"], ["Nevers", "94", "87"], ["Vichy", "6", "7"]],
        [["Site", "2022", "2023"], ["Nevers", "94", "87"], ["Vichy", "61", "66"]],
        [["Site", "Agents"], ["Nevers", "87"], ["Vichy", "131"], ["Moulins", "66"]],
        [["Nom", "Fonction"], ["Berthon", "Cheffe"]],
        [["Rue", "Maire", "Tél."], ["Lilas", "Roy", "01 02"], ["Tilleuls", "Lin", "03 04"]],
        [["", "Oui", "Non"], ["Sortie", "coché", "non coché"], ["Bus", "coché", "non coché"]],
    ],
    ids="figures years two-columns names codes boxes".split(),
)
def test_a_first_row_that_names_the_others(rows: Rows) -> None:
    assert count_heads(rows) == 1


@pytest.mark.parametrize(
    "rows",
    [
        [["Commune", "Nevers"], ["Surface", "120 m²"], ["Loyer", "900 €"], ["Lots", "3"]],
        [["Nom", "Roy", "Prénom", "Léa"], ["Âge", "12", "Classe", "5"], ["Lot", "3", "Rang", "4"]],
        [["Nevers", "94", "87"], ["Vichy", "61", "66"]],
        [["Roy", "Lin", "Bel"], ["Gras", "Petit", "Leroy"]],
        [["Nom :", "Fonction :", "Âge :"], ["", "", ""]],
        [["Nom", "Fonction"]],
    ],
    ids="facts pairs values names blank alone".split(),
)
def test_a_first_row_like_the_others(rows: Rows) -> None:
    assert count_heads(rows) == 0


def test_heads_in_two_rows() -> None:
    heads = [["Site", "Agents", "Agents"], ["Site", "2022", "2023"]]
    assert count_heads([*heads, ["Nevers", "94", "87"]], spanned=True) == 2
    assert count_heads([heads[0], ["Nevers", "94", "87"], ["Vichy", "61", "66"]], spanned=True) == 0
