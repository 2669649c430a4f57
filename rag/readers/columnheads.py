"""Which rows of a table name its columns, or groups of its rows, when nothing in the file says so.

A table whose heads are missed reads as a list of values, one whose first values are taken for heads
says what is false: a row is only taken for heads where something tells it from the others.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from itertools import zip_longest

from rag.french import fold
from rag.readers.checkboxes import SAID

BESIDE = "\0"
"""The text of a cell that is one with that on its left; no sheet can hold this character."""
# The rows that are looked at; a sheet may have a million.
_LOOKED = 1000
_LONGEST_HEAD, _LONGEST_ABBREVIATION = 60, 8
# Heads on several rows say so much of one column: they are written on each row.
_LONGEST_JOINED = 200
_NUMBER = r"[<>≈~±+−–-]?\s*\d[\d\s\u00a0\u202f.,/:-]*"
# A number with at most a unit, or a date: « 1 240,50 € », « 12 m² », « 3 mai 2024 ».
_VALUE = re.compile(rf"{_NUMBER}(?:[%‰°€$£]+|[kM]€|[^\W\d_]{{1,10}}\.?[²³]?)?(?:\s+\d{{4}})?")
_FIGURE = re.compile(r"\d")
_YEAR = re.compile(r"\D{0,15}(?:1[89]|20)\d\d(?:\s*[-–/]\s*\d{2,4})?\D{0,5}")
_UNITLESS = re.compile(r"[\d\s\u00a0\u202f.,/:+−–-]+")
# What stands for a value that is not known: a dash, « n. d. ».
_NOTHING = re.compile(r"\W*(?:n\.?\s?[acdrs]\.?|s\.?\s?o\.?|néant)?\W*", re.IGNORECASE)
_MOSTLY = 2 / 3
_FULLER, _LONG = 2.5, 20
# What lists of people, of events, of things bought and of places call their fields: a table of mere
# words has no other sign of its heads, nor a form of its labels (« Nom », then « Roy »). The usual
# French words for the fields of these standards, not taken from a translation of them.
_FIELDS = frozenset(
    (
        # vCard (RFC 6350): N, GENDER, BDAY, ADR, TEL, EMAIL, TITLE, ROLE, ORG, NOTE
        "nom noms prenom age sexe adresse tel telephone courriel email mail titre fonction poste "
        "service societe entreprise organisme responsable note remarques observations "
        # iCalendar (RFC 5545): DTSTART, DTEND, DURATION, DUE, LOCATION, CATEGORIES, STATUS, SUMMARY
        "annee mois jour date debut fin heure horaire horaires duree delai echeance periode lieu "
        "categorie statut etat intitule objet description "
        # invoice (EN 16931): BT-1, BT-126 to BT-153
        "numero n code ref reference article libelle designation produit type unite quantite prix "
        "cout montant taux tva total "
        # census (Insee)
        "pays region departement commune ville site surface population habitants effectif effectifs"
    ).split()
)


def count_heads(rows: Sequence[Sequence[str]], spanned: bool = False, marked: bool = False) -> int:
    """Count the first rows of a table that name its columns.

    Parameters
    ----------
    rows
        The texts of the cells; those that are merged are repeated.
    spanned
        Whether a cell of the first row is over several columns, but not over all.
    marked
        Whether something else sets the first row apart: bold, or the format.

    Returns
    -------
    int
        0 when no row does, or when nothing tells.
    """
    count = 2 if spanned else 1
    width = max(map(len, rows), default=0)
    rows = [[*row, *[""] * (width - len(row))] for row in rows[: _LOOKED + count]]
    body = [row for row in rows[count:] if len(set(row)) > 1]
    if not body or not _can_name(join_heads(rows[:count])):
        return 0
    columns = [
        [text for text in column if not _NOTHING.fullmatch(text)]
        for column in zip(*body, strict=True)
    ]
    if any(map(_is_one_of, rows[count - 1], columns)):
        return 0
    return count if spanned or marked or _differs(rows[0], columns) else 0


def join_heads(rows: Sequence[Sequence[str]]) -> list[str]:
    """Join what rows of heads say of each column, if it is short: « Agents – 2023 »."""
    joined = (" – ".join(dict.fromkeys(filter(None, column))) for column in zip(*rows, strict=True))
    return [head if len(head) <= _LONGEST_JOINED else "" for head in joined]


def read_alone(row: Sequence[str]) -> str:
    """Return the only text of a row, empty when it has several."""
    texts = [text for text in row if text and text != BESIDE]
    return texts[0] if len(texts) == 1 else ""


def find_bands(table: Sequence[Sequence[str]], first: int) -> list[str | None]:
    """Find for each row of a table the line that names its group, None for such a line.

    Lines alone name groups where rows of several have the same label: « Adultes », « Entrée »,
    « Enfants », « Entrée ».
    """
    bands: list[str | None] = []
    groups: dict[str, set[str]] = defaultdict(set)
    band = ""
    for row, following in zip_longest(table, table[1:], fillvalue=()):
        label = row[first] if first < len(row) else ""
        if not label or label != read_alone(row):
            groups[label].add(band)
            bands.append(band)
            continue
        # A line below the table, or one of several, names nothing.
        names = bool(following) and not read_alone(following) and not is_value(label)
        band = label if names else ""
        bands.append(None if names else "")
    if not any(label and len(among - {""}) > 1 for label, among in groups.items()):
        return [""] * len(table)
    for k, row in enumerate(table):
        label = row[first] if first < len(row) else ""
        if bands[k] and fold(label).startswith("total") and len(groups[label]) == 1:
            bands[k] = ""
    return bands


def is_label(text: str) -> bool:
    """Whether a text begins with a word that names fields, or ends as a label."""
    word = re.search(r"[^\W\d_]+", fold(text))
    return text.endswith(":") or (word is not None and word[0] in _FIELDS)


def is_value(text: str) -> bool:
    """Whether a text is a number, an amount or a date, with its unit."""
    return len(text) <= _LONGEST_HEAD and _VALUE.fullmatch(text) is not None


def is_year(text: str) -> bool:
    """Whether a text is a year, or several, with a word: « Agents en 2023 », « 2022-2023 »."""
    return _YEAR.fullmatch(text) is not None


def _can_name(row: Sequence[str]) -> bool:
    """Whether the cells of a row could be the names of columns: all but one, short, no doubles."""
    filled = [text for text in row if text]
    enough = len(filled) >= max(2, len(row) - 1)
    return enough and len(set(filled)) == len(filled) and all(map(_is_name, filled))


def _is_name(text: str) -> bool:
    ended = text[-1] in ":;!?…" or (text[-1] == "." and len(text) > _LONGEST_ABBREVIATION)
    empty = text in SAID or _NOTHING.fullmatch(text)
    return len(text) <= _LONGEST_HEAD and not ended and not empty


def _is_one_of(head: str, column: Sequence[str]) -> bool:
    """Whether what would be a head is but one more of the figures below it."""
    if not _FIGURE.search(head):
        return False
    if is_year(head):
        return any(map(is_year, column))
    units = {_read_unit(text) for text in column if _FIGURE.search(text)}
    return is_value(head) and (not units or _read_unit(head) in units)


def _read_unit(text: str) -> str:
    return _UNITLESS.sub("", text).casefold()


def _differs(heads: Sequence[str], columns: Sequence[Sequence[str]]) -> bool:
    """Whether the rows below hold something else than a first row that could name them."""
    if 2 * sum(map(is_label, columns[0])) >= len(columns[0]) > 0:
        return False  # labels before their values, row by row
    known = [is_label(head) for head in heads if head]
    if len(heads) == 2:
        alike = len(columns[1]) > 2 and _are_alike(columns[1])
        return alike or all(known) or (len(columns[1]) > 1 and set(columns[1]) <= set(SAID))
    return 2 * sum(known) >= len(known) or any(map(_names, heads, columns))


def _are_alike(column: Sequence[str]) -> bool:
    """Whether all are values in the same unit; a list of facts has a surface, then a price."""
    return all(map(is_value, column)) and len(set(map(_read_unit, column))) == 1


def _names(head: str, column: Sequence[str]) -> bool:
    """Whether a column is told from its head: figures, sentences or repetition."""
    if len(column) < 2:
        return False
    figures = sum(_FIGURE.search(text) is not None for text in column)
    return (
        set(column) <= set(SAID)
        or sum(map(is_value, column)) >= _MOSTLY * len(column)
        or (figures >= _MOSTLY * len(column) and not _FIGURE.search(head))
        or sum(map(len, column)) / len(column) >= max(_LONG, _FULLER * len(head))
        or (len(column) > 3 and 2 * len(set(column)) <= len(column) and head not in column)
    )
