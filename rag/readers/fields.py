"""The forms of a page that someone filled in: what is typed in their fields, and what is ticked.

A form that asks is no part of the text of a page; one that was filled in is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag.readers.checkboxes import EMPTY, TICKED, has_box, write_boxes
from rag.readers.markup import climb, list_lines

if TYPE_CHECKING:
    from lxml.html import HtmlElement

# The fields in which one types what the page shows (HTML, 4.10.5.1).
_TYPED = frozenset("text email tel number date month week time url".split())
_BOXES = frozenset({"checkbox", "radio"})
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_FIELDS = ("input", "select", "textarea")
# A field or a box may be filled beforehand.
_LEAST = 2


def write_forms(body: HtmlElement) -> None:
    """Write in the text of a page the fields of each form that is filled in."""
    for form in list(body.iter("form")):
        fields = list(form.iter(*_FIELDS))
        asks = any(_read_type(field) in ("password", "search") for field in fields)
        if asks or sum(map(_is_filled, fields)) < _LEAST:
            continue
        for field in fields:
            _write(field)
        for line in list(list_lines(form)):
            if has_box(line.text):
                element, place, _ = line.runs[0]
                line.take()
                setattr(element, place, write_boxes(line.text))
        form.tag = "div"
        if form.find(".//table") is None:
            _part_lines(form)


def _part_lines(form: HtmlElement) -> None:
    """Make a paragraph of each line, which no label nor list then keeps from being read."""
    from lxml.html import builder

    lines = []
    for line in list_lines(form):
        headings = (owner.tag for owner in climb(line.owner) if owner.tag in _HEADINGS)
        lines.append(builder.E(next(headings, "p"), line.text))
    form[:] = lines
    form.text = None


def _read_type(field: HtmlElement) -> str:
    return (field.get("type") or "text").lower() if field.tag == "input" else str(field.tag)


def _is_filled(field: HtmlElement) -> bool:
    if _read_type(field) in _BOXES:
        return field.get("checked") is not None
    return field.tag != "select" and bool(_read_value(field))


def _read_value(field: HtmlElement) -> str:
    """Read what is typed in a field, or chosen in a list."""
    if field.tag == "select":
        chosen = field.iterfind(".//option[@selected]")
        return ", ".join(filter(None, (" ".join(one.text_content().split()) for one in chosen)))
    told = field.text if field.tag == "textarea" else field.get("value")
    return " ".join((told or "").split()) if _read_type(field) in (*_TYPED, "textarea") else ""


def _write(field: HtmlElement) -> None:
    """Put in the place of a field what it says, behind its label."""
    from lxml.html import builder

    if _read_type(field) in _BOXES:
        text = TICKED if field.get("checked") is not None else EMPTY
    elif text := _read_value(field):
        label = _read_before(field).strip()
        text = f" : {text}" if label and label[-1] not in ":?" else f" {text}"
        field.addnext(builder.BR())
    field.clear(keep_tail=True)
    field.tag, field.text = "span", text


def _read_before(field: HtmlElement) -> str:
    previous = field.getprevious()
    if previous is None:
        return field.getparent().text or ""
    tail = previous.tail or ""
    return tail if tail.strip() else str(previous.text_content())
