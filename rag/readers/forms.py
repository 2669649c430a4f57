"""The fields of a form, and its boxes → sentences, « Nom : Dupont. », on the lines of their page.

The name of a field is the text before it or above it, that of a box the text after it or before it.
Knows nothing about PDF.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rag.readers.layout import ends_sentence, join_row
from rag.readers.pdfium import TICKED, UNTICKED, Field, Line, Page

# What names a field stands no further above it, and a choice no further from its box, in sizes.
_ABOVE, _FAR = 1.5, 6.0
# Fields so near, in points, are parts of one.
_TOUCH = 8.0
# The size of what is typed where no text tells it.
_SIZE = 10.0
_BOXES = frozenset({TICKED, UNTICKED})


def read_forms(page: Page) -> Page:
    """Write what was typed and ticked on a page after what names it."""
    lines = list(page.lines)
    typed = [field for field in page.fields if field.value not in _BOXES]
    for row in map(_join_parts, _group(typed)):
        for field, following in zip(row, [*row[1:], None], strict=True):
            _write_field(field, lines, row[: row.index(field)], following)
    for row in _group([field for field in page.fields if field.value in _BOXES]):
        _write_boxes(row, lines)
    return replace(page, lines=tuple(lines))


def _join_parts(row: Sequence[Field]) -> list[Field]:
    """Join the fields that touch: those of a date, or of each letter of a name."""
    joined = [row[0]]
    for field in row[1:]:
        before = joined[-1]
        if field.left - before.right > _TOUCH:
            joined.append(field)
            continue
        space = "" if len(field.value) == 1 else " "
        joined[-1] = replace(before, value=before.value + space + field.value, right=field.right)
    return joined


def _write_field(
    field: Field, lines: list[Line], before: Sequence[Field], following: Field | None
) -> None:
    """Write the value of a field after its label, or in the line that it is a part of.

    ``before`` and ``following`` are those on the same line.
    """
    value = " ".join(field.value.split())
    beside = _beside(field, lines)
    size = min((line.size for line in beside), default=_SIZE)
    baseline = max((line.baseline for line in beside), default=field.bottom)
    piece = Line(
        value, field.left, min(field.right, field.left + 0.5 * size * len(value)), baseline, size
    )
    wall = before[-1].right - size if before else float("-inf")
    left = [x for x in beside if wall <= x.left and x.right <= field.left + size]
    label = max(left, key=lambda line: line.right, default=None)
    end = following.left if following else float("inf")
    runs_on = any(field.right - size <= x.left < end for x in beside)
    alone = label is not None and label.text.rstrip().endswith(":")
    if (
        (before and label is None)
        or (following and not runs_on)
        or (runs_on and label and not alone)
    ):
        # A cell of a row, a part of a date, or a blank within a sentence.
        piece = replace(piece, right=field.right) if runs_on else piece
        lines.insert(lines.index(label) + 1 if label else _find_place(before, lines), piece)
        return
    if label is None:
        above = [
            line
            for line in lines
            if line.kind != "row"
            and 0 <= line.baseline - field.top < _ABOVE * line.size
            and line.left < field.right
            and line.right > field.left
        ]
        label = min(above, key=lambda line: line.baseline, default=None)
    name = (label.text if label else field.name).rstrip(" :\u00a0\u202f")
    text = f"{name} : {value}" if name else value
    piece = replace(label or piece, text=text if ends_sentence(text) else text + ".", kind="row")
    if label:
        lines[lines.index(label)] = replace(piece, right=max(label.right, field.right))
    else:
        lines.append(piece)


def _find_place(before: Sequence[Field], lines: Sequence[Line]) -> int:
    """Find the rank of what is drawn after the last of these fields."""
    at = [k for k, line in enumerate(lines) if before and line.left == before[-1].left]
    return at[-1] + 1 if at else len(lines)


def _beside(field: Field, lines: Sequence[Line]) -> list[Line]:
    """Return the lines that stand at the height of a field."""
    return [
        line
        for line in lines
        if line.kind != "row"
        and field.bottom - 0.3 * line.size <= line.baseline + 0.3 * line.size <= field.top
    ]


def _level(one: Field, other: Field) -> bool:
    return one.bottom < (other.bottom + other.top) / 2 < one.top


def _group(boxes: Sequence[Field]) -> list[list[Field]]:
    """Group the boxes of one line, from the left."""
    rows: list[list[Field]] = []
    for box in sorted(boxes, key=lambda box: -box.top):
        if rows and _level(rows[-1][0], box):
            rows[-1].append(box)
        else:
            rows.append([box])
    return [sorted(row, key=lambda box: box.left) for row in rows]


def _write_boxes(boxes: Sequence[Field], lines: list[Line]) -> None:
    """Write which boxes of a line are ticked, as the answer to what stands before them if any."""
    texts = sorted(
        {id(line): line for box in boxes for line in _beside(box, lines)}.values(),
        key=lambda line: line.left,
    )
    after = not texts or texts[-1].left >= boxes[-1].right - 1
    choices: list[tuple[Line | None, Field]] = []
    for k, box in enumerate(boxes):
        if after:
            end = boxes[k + 1].left if k + 1 < len(boxes) else float("inf")
            near = [
                x for x in texts if box.right - 2 <= x.left < min(end, box.right + _FAR * x.size)
            ]
            choices.append((join_row(near) if near else None, box))
        else:
            start = boxes[k - 1].right if k else float("-inf")
            near = [x for x in texts if start - 2 <= x.left and x.right <= box.left + 2]
            choices.append((near[-1] if near else None, box))
    used = {
        id(x)
        for label, _ in choices
        if label
        for x in texts
        if x.left >= label.left and x.right <= label.right
    }
    question = [line for line in texts if id(line) not in used and line.right <= boxes[0].left]
    named = [(label.text if label else box.name, box.value == TICKED) for label, box in choices]
    if question:
        ticked = [name for name, is_ticked in named if is_ticked and name]
        label = question[-1].text.rstrip(" :")
        rows = [f"{label} : {', '.join(ticked) or 'aucune case cochée'}"]
    else:
        rows = [
            f"{name.rstrip(' .:')} : {'coché' if t else 'non coché'}" for name, t in named if name
        ]
    place = min(
        (lines.index(x) for x in texts if id(x) in used or x in question[-1:]), default=len(lines)
    )
    gone = used | {id(line) for line in question[-1:]}
    at = texts[0] if texts else Line("", boxes[0].left, boxes[0].right, boxes[0].bottom, 10.0)
    kept = [line for line in lines if id(line) not in gone]
    written = [
        replace(at, text=row if ends_sentence(row) else row + ".", kind="row") for row in rows
    ]
    lines[:] = [*kept[:place], *written, *kept[place:]]
