"""One part of a Word document made plain: what a reader of its pages would read, and no more.

Choices between versions of Word are made, controls and fields become what they show, and what is
deleted, struck or hidden is left out and counted. Knows nothing of the other parts.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rag.readers.checkboxes import EMPTY, TICKED
from rag.readers.ooxml import MC, W14, A, M, O, Styles, V, W, is_on, is_on_attribute, value

if TYPE_CHECKING:
    from lxml.etree import _Element

# No text holds this character (Unicode, 23.7): it stands for the number of the page.
PAGE_NUMBER = "\ufdd0"

_WRAPPERS = ("smartTag", "customXml", "fldSimple", "hyperlink", "dir", "bdo", "ins", "moveTo")
_WRITTEN = {f"{W}tab": "\t", f"{W}br": "\n", f"{W}cr": "\n", f"{W}noBreakHyphen": "\u2011"}
_SHOWN = frozenset({f"{W}t", f"{W}sym", *_WRITTEN})
_DEEPEST_FIELD = 50
_PAGE_FIELDS = frozenset({"PAGE", "NUMPAGES", "SECTIONPAGES"})
_SYMBOL_FONTS = frozenset({"Symbol", "Webdings", "Wingdings", "Wingdings 2", "Wingdings 3"})
# Word's own limit.
_MOST_COLUMNS = 63
_PROMPT = re.compile(r"(?:cliquez|choisissez|sélectionnez|click|choose|tap)\b", re.IGNORECASE)
_NO_FILL = frozenset({"", "auto", "ffffff"})


def make_plain(root: _Element, styles: Styles, left: Counter[str], running: bool = False) -> None:
    """Leave in a part what is shown, and count in ``left`` what is not.

    In what runs on each page, ``PAGE_NUMBER`` takes the place of the number of the page.
    """
    from lxml import etree

    _choose_versions(root)
    _drop_deletions(root, left)
    _open_controls(root, styles, left)
    for simple in root.iter(f"{W}fldSimple"):
        if running and _field_name(simple.get(f"{W}instr") or "") in _PAGE_FIELDS:
            simple[:] = [make_run(PAGE_NUMBER)]
    etree.strip_tags(root, *(f"{W}{tag}" for tag in _WRAPPERS))
    _show_fields(root, left, running)
    _write_formulas(root, left)
    _write_symbols(root)
    for paragraph in list(root.iter(f"{W}p")):
        _drop_unseen(paragraph, styles, left)
    for table in list(root.iter(f"{W}tbl")):
        _settle_table(table, styles, left)
    for mark in root.iter(f"{W}position"):  # LibreOffice raises figures so
        if not (value(mark) or "-").startswith(("-", "0")):
            mark.tag = f"{W}vertAlign"
            mark.set(f"{W}val", "superscript")
    _lift_boxes(root)


def read_lines(element: _Element) -> Iterator[str]:
    """Yield the text of each paragraph that is under an element made plain."""
    for paragraph in element.iter(f"{W}p"):
        yield "".join(map(_read_run, paragraph.iter(f"{W}r")))


def make_run(text: str) -> _Element:
    """Make a run that holds a text."""
    from lxml import etree

    run = etree.Element(f"{W}r")
    etree.SubElement(run, f"{W}t").text = text
    return run


def make_paragraph(text: str) -> _Element:
    """Make a paragraph of a text."""
    from lxml import etree

    paragraph = etree.Element(f"{W}p")
    paragraph.append(make_run(text))
    return paragraph


def drop_pictures(root: _Element, left: Counter[str]) -> None:
    """Drop what is drawn, and count what held words: charts, diagrams, other files, controls."""
    from lxml import etree

    for data in root.iter(f"{A}graphicData"):
        kind = (data.get("uri") or "").rpartition("/")[2]
        left["charts"] += kind in ("chart", "chartex", "diagram")
    left["objects"] += len(list(root.iter(f"{O}OLEObject")))
    left["controls"] += len(list(root.iter(f"{W}control")))
    drawn = [f"{W}{tag}" for tag in ("drawing", "pict", "object")]
    etree.strip_elements(root, *drawn, with_tail=False)


def find_silent_pages(root: _Element) -> tuple[list[int], bool]:
    """Return the numbers of the pages with pictures and no text, and whether there are pictures."""
    pages = [[False, False]]
    turn = False
    words, breaks = f"{W}t", (f"{W}br", f"{W}lastRenderedPageBreak", f"{W}pageBreakBefore")
    drawn = (f"{A}blip", f"{V}imagedata")
    for element in root.iter(f"{W}p", f"{W}sectPr", words, *breaks, *drawn):
        if element.tag == f"{W}p":
            turned, turn = turn, False
        elif element.tag == f"{W}sectPr":
            turn = value(element, "type") != "continuous"
            continue
        elif element.tag == f"{W}br":
            turned = element.get(f"{W}type") == "page"
        else:
            turned = element.tag in breaks and is_on(element)
        if turned and any(pages[-1]):
            pages.append([False, False])
        pages[-1][0] |= element.tag == words and bool((element.text or "").strip())
        pages[-1][1] |= element.tag in drawn
    silent = [number for number, (text, drawing) in enumerate(pages, 1) if drawing and not text]
    return silent, any(drawing for _, drawing in pages)


def _read_run(run: _Element) -> str:
    return "".join(
        (child.text or "") if child.tag == f"{W}t" else _WRITTEN.get(child.tag, "") for child in run
    )


def _replace(element: _Element, children: Iterable[_Element]) -> None:
    for child in children:
        element.addprevious(child)
    element.getparent().remove(element)


# ------------------------------------------------------------------------- versions and revisions


def _choose_versions(root: _Element) -> None:
    """Keep what the last version of Word shows, where there is something for earlier ones too."""
    for choice in list(root.iter(f"{MC}AlternateContent")):
        kept = choice.find(f"{MC}Choice")
        if kept is None or not len(kept):
            kept = choice.find(f"{MC}Fallback")
        _replace(choice, [] if kept is None else list(kept))


def _drop_deletions(root: _Element, left: Counter[str]) -> None:
    """Drop what a revision deletes; what it moves is read where it went."""
    removed = [
        element
        for element in root.iter(f"{W}del", f"{W}moveFrom")
        if element.find(f".//{W}r") is not None
    ]
    for element in removed:
        before = element.getprevious()
        if element.find(f".//{W}delText") is not None and element.tag == f"{W}del":
            left["deleted"] += before is None or before.tag != f"{W}del"
    # A mark in the properties of a row or of a cell deletes all of it.
    for mark in root.iter(f"{W}del", f"{W}cellDel"):
        properties = mark.getparent()
        if properties.tag in (f"{W}trPr", f"{W}tcPr"):
            removed.append(properties.getparent())
            left["deleted"] += 1
    for element in removed:
        element.getparent().remove(element)


# ----------------------------------------------------------------------------- controls and fields


def _open_controls(root: _Element, styles: Styles, left: Counter[str]) -> None:
    """Put what content controls hold in their place; the prompts of empty ones are no text."""
    for control in list(root.iter(f"{W}sdt")):
        properties, content = control.find(f"{W}sdtPr"), control.find(f"{W}sdtContent")
        if content is None:
            _replace(control, ())
            continue
        box = None if properties is None else properties.find(f"{W14}checkbox")
        if box is not None:
            _write_box(content, TICKED if is_on(box.find(f"{W14}checked")) else EMPTY)
        elif properties is not None and is_on(properties.find(f"{W}showingPlcHdr")):
            left["unfilled"] += _drop_prompt(content, styles)
        _replace(control, list(content))


def _write_box(content: _Element, sign: str) -> None:
    """Write the sign of a box, which is one character, in the place of the one that is shown."""
    shown = list(content.iter(f"{W}t", f"{W}sym"))
    if shown:
        shown[0].addprevious(make_run(sign)[0])
        for element in shown:
            element.getparent().remove(element)
    else:
        paragraph = content.find(f".//{W}p")
        (content if paragraph is None else paragraph).append(make_run(sign))


def _drop_prompt(content: _Element, styles: Styles) -> bool:
    """Drop the prompt of a control that is empty; programs fill some and still call them empty."""
    prompted = _PROMPT.match("".join(content.itertext()).strip())
    prompts = [
        run
        for run in content.iter(f"{W}r")
        if prompted or styles.name(value(run, "rPr/rStyle")) == "placeholder text"
    ]
    for run in prompts:
        run.getparent().remove(run)
    return bool(prompts)


@dataclass(slots=True)
class _Field:
    """A field that is open: where it begins, its code, what that holds, and what it shows."""

    begin: _Element
    code: str = ""
    separated: bool = False
    within: list[_Element] = field(default_factory=list)
    shown: list[_Element] = field(default_factory=list)

    def add(self, elements: Iterable[_Element]) -> None:
        (self.shown if self.separated else self.within).extend(elements)


def _field_name(code: str) -> str:
    return (code.split() or [""])[0].upper()


def _show_fields(root: _Element, left: Counter[str], running: bool) -> None:
    """Leave of each field what it shows (ISO/IEC 29500-1, 17.16)."""
    from lxml import etree

    fields: list[_Field] = []
    for run in list(root.iter(f"{W}r")):
        for child in list(run):
            kind = child.get(f"{W}fldCharType") if child.tag == f"{W}fldChar" else ""
            if kind == "begin":
                fields.append(_Field(child))
                del fields[:-_DEEPEST_FIELD]
            elif not fields:
                continue
            elif kind == "separate":
                fields[-1].separated = True
            elif kind == "end":
                closed = fields.pop()
                shown = _close_field(closed, left, running)
                if fields:
                    fields[-1].add(shown)
            elif child.tag == f"{W}instrText":
                fields[-1].code += child.text or ""
            elif child.tag in _SHOWN:
                fields[-1].add([child])
    etree.strip_elements(root, f"{W}fldChar", f"{W}instrText", with_tail=False)


def _close_field(closed: _Field, left: Counter[str], running: bool) -> list[_Element]:
    """Drop what a field does not show, write what it shows without a text, and return it all."""
    name, form = _field_name(closed.code), closed.begin.find(f"{W}ffData")
    text = "".join(element.text or "" for element in closed.shown)
    written = None
    dropped = list(closed.within)
    if name == "TOC":
        dropped += closed.shown
    elif name in _PAGE_FIELDS and running:
        dropped += closed.shown
        written = PAGE_NUMBER
    elif name == "FORMCHECKBOX" and form is not None:
        box = form.find(f"{W}checkBox")
        own = None if box is None else box.find(f"{W}checked")
        default = None if box is None else box.find(f"{W}default")
        written = TICKED if is_on(default if own is None else own) else EMPTY
    elif name == "FORMDROPDOWN" and form is not None:
        written = _read_choice(form)
    elif name == "FORMTEXT" and not text.strip():
        left["unfilled"] += 1
    for element in dropped:
        element.getparent().remove(element)
    kept = [] if len(dropped) > len(closed.within) else closed.shown
    if written:
        sign = make_run(written)[0]
        closed.begin.addprevious(sign)
        kept = [*kept, sign]
    return kept


def _read_choice(form: _Element) -> str:
    """Return the entry that a list shows: the one chosen, else its default, else the first."""
    entries = [value(entry) for entry in form.iterfind(f"{W}ddList/{W}listEntry")]
    chosen = value(form, "ddList/result") or value(form, "ddList/default") or "0"
    return entries[int(chosen)] if chosen.isdecimal() and int(chosen) < len(entries) else ""


# -------------------------------------------------------------------------------------- characters


def _write_formulas(root: _Element, left: Counter[str]) -> None:
    """Write the formulas that are one line of signs; the others would not mean the same in one."""
    from lxml import etree

    for formula in list(root.iter(f"{M}oMath")):
        text = "".join(sign.text or "" for sign in formula.iter(f"{M}t"))
        plain = all(child.tag == f"{M}r" for child in formula)
        left["formulas"] += bool(text) and not plain
        _replace(formula, [make_run(text)] if plain else [])
    etree.strip_tags(root, f"{M}oMathPara")


def _write_symbols(root: _Element) -> None:
    """Write as characters what fonts of symbols draw."""
    for run in root.iter(f"{W}r"):
        fonts = run.find(f"{W}rPr/{W}rFonts")
        font = "" if fonts is None else fonts.get(f"{W}ascii") or fonts.get(f"{W}hAnsi") or ""
        for element in run:
            if element.tag == f"{W}sym":
                code = element.get(f"{W}char") or ""
                drawn = chr(int(code, 16)) if re.fullmatch(r"[0-9A-Fa-f]{1,4}", code) else ""
                element.tag = f"{W}t"
                element.text = _read_symbols(element.get(f"{W}font") or font, drawn)
            elif element.tag == f"{W}t" and font in _SYMBOL_FONTS:
                element.text = _read_symbols(font, element.text or "")


def _read_symbols(font: str, text: str) -> str:
    """Return the characters that a font draws for those of a text; nothing for an unknown one."""
    from mammoth.docx.dingbats import dingbats

    read = ""
    for sign in text:
        code = ord(sign)
        private = 0xF000 <= code <= 0xF0FF
        known = dingbats.get((font, code & 0xFF if private else code))
        if known is not None:
            read += chr(known)
        elif not private and not 0xD800 <= code <= 0xDFFF and code >= 0x20:
            read += sign
    return read


# ------------------------------------------------------------------------- what is struck or hidden


def _drop_unseen(paragraph: _Element, styles: Styles, left: Counter[str]) -> None:
    """Drop the runs of a paragraph that are hidden or struck."""
    style = styles.of_paragraph(paragraph)
    last = ""
    for run in paragraph.findall(f"{W}r"):
        reason = _find_reason(run, style, styles)
        if reason:
            left[reason] += reason != last and bool(_read_run(run).strip())
            paragraph.remove(run)
        last = reason


def _find_reason(run: _Element, style: str, styles: Styles) -> str:
    for reason, switches in (("hidden", ("vanish",)), ("struck", ("strike", "dstrike"))):
        for switch in switches:
            if _is_set(run, switch, style, styles):
                return reason
    return ""


def _is_set(run: _Element, switch: str, style: str, styles: Styles) -> bool:
    """Whether a property of characters holds for a run: its own word, else that of its styles."""
    own = run.find(f"{W}rPr/{W}{switch}")
    if own is None:
        own = styles.find(value(run, "rPr/rStyle"), f"rPr/{switch}")
    if own is None:
        own = styles.find(style, f"rPr/{switch}")
    return is_on(own)


def _lift_boxes(root: _Element) -> None:
    """Put the text of each text box behind the paragraph that it hangs on."""
    for box in reversed(list(root.iter(f"{W}txbxContent"))):
        host = next(box.iterancestors(f"{W}p"), None)
        if host is not None:
            for child in reversed(list(box)):
                host.addnext(child)


# ------------------------------------------------------------------------------------------ tables


def _settle_table(table: _Element, styles: Styles, left: Counter[str]) -> None:
    """Drop the hidden rows of a table, place its cells, and mark the rows that stand out as heads.

    Most tables have no row marked so: Word only asks for it to repeat the row on each page.
    """
    for row in table.findall(f"{W}tr"):
        properties = row.find(f"{W}trPr")
        if properties is None:
            continue
        if is_on(properties.find(f"{W}hidden")):
            left["hidden"] += 1
            table.remove(row)
        mark = properties.find(f"{W}tblHeader")
        if mark is not None and not is_on(mark):
            properties.remove(mark)
        before = value(properties, "gridBefore")
        for _ in range(min(int(before), _MOST_COLUMNS) if before.isdecimal() else 0):
            properties.addnext(properties.makeelement(f"{W}tc"))
    for span in table.iterfind(f"{W}tr/{W}tc/{W}tcPr/{W}gridSpan"):
        width = value(span)
        span.set(f"{W}val", str(min(int(width), _MOST_COLUMNS)) if width.isdecimal() else "1")
    rows = table.findall(f"{W}tr")
    if table.find(f"{W}tr/{W}trPr/{W}tblHeader") is None:
        for row in rows[: _count_standing_out(table, rows, styles)]:
            _mark_head(row)


def _mark_head(row: _Element) -> None:
    properties = row.find(f"{W}trPr")
    if properties is None:
        properties = row.makeelement(f"{W}trPr")
        row.insert(0, properties)
    properties.append(row.makeelement(f"{W}tblHeader"))


def _count_standing_out(table: _Element, rows: list[_Element], styles: Styles) -> int:
    """Count the first rows that are bold or on a ground while the others are not."""
    title = 0
    while title < len(rows) and len(rows[title].findall(f"{W}tc")) == 1:
        title += 1
    count = title
    while count < len(rows) and _stands_out(rows[count], styles):
        count += 1
    if count == title and title < len(rows) and _has_first_row(table, styles):
        count += 1
    others = sum(_stands_out(row, styles) for row in rows[count:])
    return count if title < count and 3 * others < len(rows) - count else 0


def _stands_out(row: _Element, styles: Styles) -> bool:
    cells = [cell for cell in row.findall(f"{W}tc") if "".join(read_lines(cell)).strip()]
    return len(cells) > 1 and (
        all(_is_filled(cell.find(f"{W}tcPr/{W}shd")) for cell in cells)
        or all(_is_bold(cell, styles) for cell in cells)
    )


def _is_filled(shading: _Element | None) -> bool:
    return shading is not None and (shading.get(f"{W}fill") or "").lower() not in _NO_FILL


def _is_bold(cell: _Element, styles: Styles) -> bool:
    return all(
        _is_set(run, "b", styles.of_paragraph(paragraph), styles)
        for paragraph in cell.iter(f"{W}p")
        for run in paragraph.findall(f"{W}r")
        if _read_run(run).strip()
    )


def _has_first_row(table: _Element, styles: Styles) -> bool:
    """Whether the style of a table sets its first row apart, and the table asks for it."""
    look = table.find(f"{W}tblPr/{W}tblLook")
    asked = is_on_attribute(look, "firstRow")
    if look is not None and re.fullmatch(r"[0-9A-Fa-f]{4}", value(look)):
        asked = asked or bool(int(value(look), 16) & 0x20)  # ISO/IEC 29500-4, 14.4.9
    for style in styles.chain(value(table, "tblPr/tblStyle")) if asked else ():
        for part in style.findall(f"{W}tblStylePr"):
            if part.get(f"{W}type") == "firstRow":
                return is_on(part.find(f"{W}rPr/{W}b")) or _is_filled(part.find(f"{W}tcPr/{W}shd"))
    return False
