"""The tables of a Word document, a line for each row, its values named by the heads.

Word only marks the rows of heads that it repeats on each page, so most tables mark none. One whose
heads are missed reads as a list of values, one whose first values are taken for heads says what is
false: a row is only taken for heads where something tells it from the others.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from rag.french import fold
from rag.readers.checkboxes import SAID
from rag.readers.markup import describe_row, write_text

if TYPE_CHECKING:
    from lxml.etree import _Element

# A table of Word has no more (Word's own limit).
MOST_COLUMNS = 63

# A cell with a heading, or longer than this, is a place for a text and not a value.
_HEADINGS = frozenset({f"h{level}" for level in range(1, 7)})
_LONGEST_CELL = 1500
_MOST_PARAGRAPHS = 3
# What merged cells and heads may repeat, in characters: a file of a few kilobytes can ask for more
# than a machine holds.
_LONGEST_REPEATED = 200
_MOST_REPEATED = 5_000_000
_MOST_CELLS = 500_000

_LONGEST_HEAD, _LONGEST_ABBREVIATION = 60, 8
_NUMBER = r"[<>≈~±+−–-]?\s*\d[\d\s\u00a0\u202f.,/:-]*"
# A number with at most a unit, or a date: « 1 240,50 € », « 12 m² », « 3 mai 2024 ».
_VALUE = re.compile(rf"{_NUMBER}(?:[%‰°€$£]+|[kM]€|[^\W\d_]{{1,10}}\.?[²³]?)?(?:\s+\d{{4}})?")
_YEAR = re.compile(r"(?:1[89]|20)\d{2}(?:\s*[-–/]\s*\d{2,4})?")
_UNITLESS = re.compile(r"[\d\s\u00a0\u202f.,/:+−–-]+")
# What a cell without a value holds.
_NOTHING = re.compile(r"\W*|n\.?\s?[acdr]\.?|s\.?o\.?|néant", re.IGNORECASE)
_MOSTLY = 2 / 3
_FULLER, _LONG = 2.5, 20
# The words that most often name columns, and most often stand as labels before a value.
_NAMES = frozenset(
    "adresse age agent agents annee article auteur beneficiaire budget candidat categorie classe "
    "code commentaire commune courriel cout date debut delai departement depense depenses "
    "description designation duree echeance effectif effectifs eleve email entreprise etat fin "
    "fonction habitants heure horaire horaires indicateur intitule jour libelle lieu lot loyer "
    "mail matiere mesure mission missions mois montant n nature nom noms note numero objectif "
    "objet observation observations organisme pays periode piece population poste prenom prix "
    "produit qualite quantite rang recette recettes ref reference region remarques responsable "
    "resultat secteur service sexe signature site societe statut surface taux tel telephone theme "
    "titre total tva type unite ville voix".split()
)


def settle_tables(root: _Element) -> None:
    """Write the rows of the tables of a tree as lines; the tables that only place texts stay."""
    room = _MOST_REPEATED
    for table in reversed(list(root.iter("table"))):
        rows = [row for row in table.iter("tr") if next(row.iterancestors("table")) is table]
        grid = _spread(rows)
        texts = {cell: _read_cell(cell) for row in rows for cell in row}
        top = 0
        while top < len(grid) and _is_band(grid[top]):
            top += 1
        if max(map(len, grid[top:]), default=0) < 2 or any(map(_is_place, texts, texts.values())):
            continue
        marked = sum(all(cell.tag == "th" for cell in row) for row in rows[top:])
        written = [[texts.get(cell, "") for cell in cells] for cells in grid]
        heads = top + _find_heads(grid[top:], written[top:], marked)
        if heads > top or not any(map(_has_blocks, texts)):
            room = _write(table, grid, written, (top, heads), room)


def count_heads(rows: Sequence[Sequence[str]], spanned: bool = False) -> int:
    """Count the first rows of a table that name its columns, when nothing in the file says so.

    Parameters
    ----------
    rows
        The texts of the cells, in rows of the same length; those that are merged are repeated.
    spanned
        Whether a cell of the first row is over several columns, but not over all.

    Returns
    -------
    int
        0 when no row does, or when nothing tells.
    """
    if len(rows) < 2:
        return 0
    if spanned:
        named = len(rows) > 2 and all(map(_is_name, filter(None, rows[1])))
        return 2 if named and _can_name(join_heads(rows[:2])) else 0
    return int(_can_name(rows[0]) and _differs(rows[0], rows[1:]))


def join_heads(rows: Sequence[Sequence[str]]) -> list[str]:
    """Join what rows of heads say of each column, if it is short: « Agents – 2023 »."""
    joined = (" – ".join(dict.fromkeys(filter(None, column))) for column in zip(*rows, strict=True))
    return [head if len(head) <= _LONGEST_REPEATED else "" for head in joined]


# -------------------------------------------------------------------------------------------- cells


def _spread(rows: Sequence[_Element]) -> list[list[_Element | None]]:
    """List the cells of each row, in rows of one length; those merged stand where they spread.

    Nothing when they spread too far.
    """
    grid: list[list[_Element | None]] = []
    above: dict[int, tuple[_Element, int]] = {}
    count = 0
    for row in rows:
        cells: list[_Element | None] = []
        own = iter(row)
        while True:
            if len(cells) in above:
                cell, more = above.pop(len(cells))
                if more > 1:
                    above[len(cells)] = cell, more - 1
                cells.append(cell)
                continue
            cell = next(own, None)
            if cell is None and not (above and max(above) > len(cells)):
                break
            for _ in range(1 if cell is None else int(cell.get("colspan", 1))):
                if cell is not None and cell.get("rowspan"):
                    above[len(cells)] = cell, int(cell.get("rowspan")) - 1
                cells.append(cell)
        grid.append(cells)
        count += len(cells)
        if count > _MOST_CELLS:
            return []
    width = min(max(map(len, grid), default=0), MOST_COLUMNS)
    return [[*cells, *[None] * (width - len(cells))] for cells in grid]


def _is_band(cells: Sequence[_Element | None]) -> bool:
    """Whether one cell spans a whole row."""
    return cells[:1] != [None] and len(set(cells)) == 1


def _read_cell(cell: _Element) -> str:
    """Write a cell in one line."""
    lines = [line for line in write_text(cell).split("\n") if line]
    items = [line[2:].rstrip(" ;,") + " ;" if line.startswith("- ") else line for line in lines]
    return " ".join(items).removesuffix(" ;")


def _is_place(cell: _Element, text: str) -> bool:
    """Whether a cell is a place for a text, not for a value."""
    return len(text) > _LONGEST_CELL or any(element.tag in _HEADINGS for element in cell.iter())


def _has_blocks(cell: _Element) -> bool:
    tags = [element.tag for element in cell.iter()]
    return bool({"table", "ul", "ol"} & set(tags)) or tags.count("p") > _MOST_PARAGRAPHS


def _write(
    table: _Element,
    grid: Sequence[Sequence[_Element | None]],
    written: Sequence[Sequence[str]],
    bounds: tuple[int, int],
    room: int,
) -> int:
    """Put a line for each row in the place of a table, and return how much more may be repeated.

    What stands across its top or its end is a paragraph; elsewhere, it opens the rows below.
    """
    from lxml.html import builder

    top, first = bounds
    end = len(grid)
    while end > first and _is_band(grid[end - 1]):
        end -= 1
    heads = join_heads(written[top:first])
    block = builder.P()
    before: Sequence[_Element | None] = ()
    band = ""
    for cells, texts in zip(grid[first:end], written[first:end], strict=True):
        if _is_band(cells):
            follows = _is_band(before)
            band = " – ".join(filter(None, [band * follows, texts[0]]))
            if len(band) > _LONGEST_REPEATED:
                _add_line(block, band)
                band = ""
        elif not heads or texts != written[first - 1]:
            shown, room = _repeat(cells, texts, before, bool(heads), room)
            _add_line(block, _describe(shown, heads, band))
        before = cells
    for row in written[:top]:
        table.addprevious(builder.P(row[0]))
    for row in reversed(written[end:]):
        table.addnext(builder.P(row[0]))
    table.getparent().replace(table, block)
    return room


def _add_line(block: _Element, line: str) -> None:
    end = block.makeelement("br")
    end.tail = line
    block.append(end)


def _describe(texts: Sequence[str], heads: Sequence[str], band: str) -> str:
    """Write a row as a sentence: what is above it, then each value with its name."""
    said = [text for text in texts if text in SAID]
    if heads and len(said) < 2:
        parts = [describe_row(texts, heads, len(texts))]
    elif heads:
        pairs = list(zip(heads, texts, strict=True))
        asked = [f"{head} : {text}" if head else text for head, text in pairs if text]
        asked = [
            part for part, text in zip(asked, filter(None, texts), strict=True) if text not in SAID
        ]
        answers = [f"{h} ({one})" for one in reversed(SAID) for h, text in pairs if text == one]
        parts = [f"{' ; '.join(asked)} : {' ; '.join(answers)}" if asked else " ; ".join(answers)]
    else:
        parts = _pair_boxes(texts) if said else _pair_labels(texts)
        parts = parts or [describe_row(texts, [], len(texts))]
    return describe_row([band, *parts], [], 0)


def _repeat(
    cells: Sequence[_Element | None],
    texts: Sequence[str],
    before: Sequence[_Element | None],
    named: bool,
    room: int,
) -> tuple[list[str], int]:
    """Return the texts of a row, where those of merged cells are repeated if there is room for it.

    A cell over several columns is only repeated where they have names.
    """
    above, beside = set(before), set()
    kept = []
    for cell, text in zip(cells, texts, strict=True):
        if cell in above or cell in beside:
            fits = len(text) <= _LONGEST_REPEATED < room
            text = text if fits and (named or cell not in beside) else ""
            room -= _LONGEST_REPEATED
        beside.add(cell)
        kept.append(text)
    return kept, room


def _pair_boxes(texts: Sequence[str]) -> list[str]:
    """Write what is said of boxes alone in their cells in those beside."""
    leads = texts[0] in SAID
    paired: list[str] = []
    for text in reversed(texts) if leads else texts:
        if text in SAID and paired and paired[-1]:
            paired[-1] += f" ({text})"
        else:
            paired.append(text)
    return paired[::-1] if leads else paired


def _pair_labels(texts: Sequence[str]) -> list[str]:
    """Write each label of a row of several with the value beside it; nothing when it has none."""
    pairs = list(zip(texts[::2], texts[1::2], strict=False))
    if len(texts) < 4 or len(texts) % 2 or not all(_is_known(label) for label, _ in pairs):
        return []
    return [describe_row(pair, [], 2).removesuffix(".") for pair in pairs]


# -------------------------------------------------------------------------------------------- heads


def _find_heads(
    grid: Sequence[Sequence[_Element | None]], written: Sequence[Sequence[str]], marked: int
) -> int:
    """Count the first rows that name the columns: those marked, else those that look so."""
    spanned = len(set(grid[0])) < len(grid[0])
    if 0 < marked < len(grid):
        return max(marked, count_heads(written, spanned) if spanned else 0)
    if any(cell is not None and _has_blocks(cell) for cell in grid[0]):
        return 0
    return count_heads(written, spanned)


def _can_name(row: Sequence[str]) -> bool:
    """Whether the cells of a row could be the names of columns."""
    filled = [text for text in row if text]
    enough = len(filled) >= max(2, len(row) - 1)
    return enough and len(set(filled)) == len(filled) and all(map(_is_name, filled))


def _is_value(text: str) -> bool:
    return len(text) <= _LONGEST_HEAD and _VALUE.fullmatch(text) is not None


def _is_name(text: str) -> bool:
    if _is_value(text):
        return _YEAR.fullmatch(text) is not None
    ended = text[-1] in ":;!?…" or (text[-1] == "." and len(text) > _LONGEST_ABBREVIATION)
    empty = text in SAID or _NOTHING.fullmatch(text)
    return len(text) <= _LONGEST_HEAD and not ended and not empty


def _differs(heads: Sequence[str], body: Sequence[Sequence[str]]) -> bool:
    """Whether the rows below hold something else than a first row that could name them."""
    rows = [row for row in body if len(set(row)) > 1]
    columns = [
        [text for text in column if not _NOTHING.fullmatch(text)]
        for column in zip(*rows, strict=True)
    ]
    if not columns:
        return False
    if 2 * sum(map(_is_known, columns[0])) >= len(columns[0]) > 0:
        return False  # labels before their values, row by row
    known = [_is_known(head) for head in heads if head]
    if len(heads) == 2:
        alike = len(columns[1]) > 2 and _are_alike(columns[1])
        return alike or all(known) or (len(columns[1]) > 1 and set(columns[1]) <= set(SAID))
    return 2 * sum(known) >= len(known) or any(map(_names, heads, columns))


def _is_known(text: str) -> bool:
    """Whether a text begins with a word that names columns, or ends as a label."""
    word = re.search(r"[^\W\d_]+", fold(text))
    return text.endswith(":") or (word is not None and word[0] in _NAMES)


def _are_alike(column: Iterable[str]) -> bool:
    """Whether all are values in the same unit; a list of facts has a surface, then a price."""
    return all(map(_is_value, column)) and len({_UNITLESS.sub("", t) for t in column}) == 1


def _names(head: str, column: Sequence[str]) -> bool:
    """Whether a column of three or more is told from its head: figures, sentences or repetition."""
    if len(column) < 2:
        return False
    values = sum(map(_is_value, column))
    figures = sum(re.search(r"\d", text) is not None for text in column)
    years = _YEAR.fullmatch(head) is not None and any(map(_YEAR.fullmatch, column))
    return (
        set(column) <= set(SAID)
        or (values >= _MOSTLY * len(column) and not years)
        or (figures >= _MOSTLY * len(column) and not re.search(r"\d", head))
        or sum(map(len, column)) / len(column) >= max(_LONG, _FULLER * len(head))
        or (len(column) > 3 and 2 * len(set(column)) <= len(column) and head not in column)
    )
