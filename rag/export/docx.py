"""A conversation as a Word document to write from: each citation is a footnote of Word's.

python-docx has no footnotes; their part is made here (ECMA-376, part 1, 17.11). Every note is a
whole reference, also the second of an article: a paragraph that is moved takes its sources along.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import cast
from urllib.parse import quote as quote_address

import docx
from docx.document import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.opc.constants import CONTENT_TYPE, RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.oxml.ns import nsdecls, qn
from docx.oxml.parser import OxmlElement, parse_xml
from docx.oxml.text.paragraph import CT_P
from docx.package import Package
from docx.parts.story import StoryPart
from docx.shared import Mm, Pt, RGBColor
from docx.styles.style import CharacterStyle, ParagraphStyle
from docx.table import _Cell
from docx.text.paragraph import Paragraph

from rag.export import wording
from rag.export.document import (
    CitedArticle,
    ExportedConversation,
    ExportedExchange,
    ExportedSentence,
    show,
    show_quote,
)
from rag.french import NARROW_NO_BREAK_SPACE, NO_BREAK_SPACE, quote, typeset
from rag.page.wording import find_address, safe_link, tell_reference
from rag.timeframe import format_date

_LANGUAGE = "fr-FR"
_NOTE, _CALL, _LINK = "footnote text", "footnote reference", "Hyperlink"
_GREY, _BLUE = RGBColor(0x5A, 0x62, 0x70), RGBColor(0x1F, 0x5F, 0xBF)
# python-docx refuses longer properties.
_LONGEST_PROPERTY = 255
_UNFOUND = "non trouvé"
_SEPARATORS = "".join(
    f'<w:footnote w:type="{kind}" w:id="{number}"><w:p><w:pPr><w:spacing w:after="0" w:line="240" '
    f'w:lineRule="auto"/></w:pPr><w:r><w:{kind}/></w:r></w:p></w:footnote>'
    for number, kind in ((-1, "separator"), (0, "continuationSeparator"))
)


def write_docx(conversation: ExportedConversation) -> bytes:
    """Write a conversation as a Word document; it holds no data that could be checked again."""
    document = docx.Document()
    _prepare(document, conversation)
    notes = _Footnotes(document)
    document.add_paragraph(show(conversation.title), style="Title")
    _remark(document, wording.tell_export(conversation))
    for exchange in conversation.exchanges:
        _write_exchange(document, notes, exchange)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


# ------------------------------------------------------------------------------ the document


def _prepare(document: Document, conversation: ExportedConversation) -> None:
    """Make python-docx's own document, American, one of ours: language, page, styles, origin."""
    properties, moment = document.core_properties, datetime.fromisoformat(conversation.exported)
    properties.title = show(conversation.title)[:_LONGEST_PROPERTY]
    properties.subject = "Conversation exportée"
    properties.author = properties.last_modified_by = "Sourcier"
    properties.comments, properties.language = "", _LANGUAGE
    properties.created = properties.modified = moment.astimezone(UTC).replace(tzinfo=None)
    # A picture of another document, and the name of another program.
    unwanted = (RELATIONSHIP_TYPE.THUMBNAIL, RELATIONSHIP_TYPE.EXTENDED_PROPERTIES)
    relations = cast(Package, document.part.package).rels
    for name in [name for name, item in relations.items() if item.reltype in unwanted]:
        del relations[name]
    for element in (document.styles.element, document.settings.element):
        for language in element.iter(qn("w:lang"), qn("w:themeFontLang")):
            language.set(qn("w:val"), _LANGUAGE)
    (section,) = document.sections
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(25)
    note = cast(ParagraphStyle, _add_style(document, _NOTE, WD_STYLE_TYPE.PARAGRAPH))
    note.font.size, note.paragraph_format.space_after = Pt(10), Pt(0)
    _add_style(document, _CALL, WD_STYLE_TYPE.CHARACTER).font.superscript = True
    link = _add_style(document, _LINK, WD_STYLE_TYPE.CHARACTER)
    link.font.color.rgb, link.font.underline = _BLUE, True


def _add_style(document: Document, name: str, kind: WD_STYLE_TYPE) -> CharacterStyle:
    """Add a style of Word's own, which it then names in the reader's language."""
    return cast(CharacterStyle, document.styles.add_style(name, kind, builtin=True))


class _Footnotes:
    """The part of a document that holds its footnotes, with the two lines that separate them."""

    def __init__(self, document: Document) -> None:
        root = parse_xml(f"<w:footnotes {nsdecls('w', 'r')}>{_SEPARATORS}</w:footnotes>")
        package = cast(Package, document.part.package)
        self._part = StoryPart(
            PackURI("/word/footnotes.xml"), CONTENT_TYPE.WML_FOOTNOTES, root, package
        )
        document.part.relate_to(self._part, RELATIONSHIP_TYPE.FOOTNOTES)
        declared = "".join(f'<w:footnote w:id="{number}"/>' for number in (-1, 0))
        declared = f"<w:footnotePr {nsdecls('w')}>{declared}</w:footnotePr>"
        # Their place among the settings is set: those of compatibility follow.
        document.settings.element.find(qn("w:compat")).addprevious(parse_xml(declared))

    def add(self, paragraph: Paragraph) -> Paragraph:
        """Call a new note at the end of a paragraph, and return the note, to be written."""
        # The separators have the numbers before 1.
        number = str(len(self._part.element) - 1)
        call = OxmlElement("w:footnoteReference", {qn("w:id"): number})
        paragraph.add_run(style=_CALL)._r.append(call)
        footnote = OxmlElement("w:footnote", {qn("w:id"): number})
        footnote.append(OxmlElement("w:p"))
        self._part.element.append(footnote)
        note = Paragraph(cast(CT_P, footnote[0]), self._part)
        note.style = _NOTE
        note.add_run(style=_CALL)._r.append(OxmlElement("w:footnoteRef"))
        return note


# --------------------------------------------------------------------------------- what is read


def _write_exchange(document: Document, notes: _Footnotes, exchange: ExportedExchange) -> None:
    document.add_heading(f"{exchange.number + 1}. {show(exchange.question)}", level=1)
    for line in wording.tell_question(exchange):
        _remark(document, line)
    # As the page lays them out: what a model wrote is no item of the list of quotations above it.
    for (item, _), group in groupby(exchange.sentences, lambda s: (s.item, s.kind == "written")):
        sentences = tuple(group)
        if item and exchange.form == "exhaustive":
            _write_articles(document, notes, exchange, sentences)
        elif item and all(sentence.label and sentence.side for sentence in sentences):
            _write_table(document, notes, exchange, sentences)
        else:
            _write_sentences(document, notes, exchange, sentences)
    for line in wording.tell_outcome(exchange):
        document.add_paragraph(show(line))
    if exchange.articles:
        document.add_heading("Articles cités", level=2)
    for article in exchange.articles:
        _write_article(document.add_paragraph(style="List Bullet"), article)
    if exchange.outcome == "refused" and exchange.nearest:
        document.add_heading("Passages les plus proches", level=2)
        for near in exchange.nearest[: wording.NEAREST]:
            told = filter(None, (typeset(near.title), format_date(near.date)))
            document.add_paragraph(show(", ".join(told)), style="List Bullet")


def _write_sentences(
    document: Document,
    notes: _Footnotes,
    exchange: ExportedExchange,
    sentences: Sequence[ExportedSentence],
) -> None:
    """Write paragraphs or the items of a list; steps are numbered, each list from 1."""
    numbered = exchange.form == "steps" and sentences[0].item
    list_number = _start_list(document) if numbered else None
    for sentence in sentences:
        paragraph = document.add_paragraph(style="List Bullet" if sentence.item else None)
        if list_number is not None:
            paragraph.style = "List Number"
            properties = paragraph._p.get_or_add_pPr().get_or_add_numPr()
            properties.get_or_add_ilvl().val = 0
            properties.get_or_add_numId().val = list_number
        head = wording.tell_head(sentence)
        if head:
            paragraph.add_run(f"{show(head)} ").bold = True
        _write_words(paragraph, notes, exchange, sentence)


def _start_list(document: Document) -> int:
    """Return the number of a new list that counts as « List Number » does, from 1."""
    numbering = document.part.numbering_part.element
    style = document.styles["List Number"].element
    (used,) = style.xpath("w:pPr/w:numPr/w:numId/@w:val")
    (abstract,) = numbering.xpath(f"w:num[@w:numId={used}]/w:abstractNumId/@w:val")
    number = numbering.add_num(int(abstract))
    number.add_lvlOverride(ilvl=0).add_startOverride(1)
    return int(number.numId)


def _write_table(
    document: Document,
    notes: _Footnotes,
    exchange: ExportedExchange,
    sentences: Sequence[ExportedSentence],
) -> None:
    """Write a comparison: a row a criterion, a column a side."""
    labels = list(dict.fromkeys(sentence.label for sentence in sentences))
    sides = list(dict.fromkeys(sentence.side for sentence in sentences))
    table = document.add_table(1 + len(labels), 1 + len(sides), style="Table Grid")
    # The heads come back on each page.
    table.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    for column, side in enumerate(sides, start=1):
        _write_head(table.cell(0, column), side)
    for row, label in enumerate(labels, start=1):
        _write_head(table.cell(row, 0), label)
        for column, side in enumerate(sides, start=1):
            cell = table.cell(row, column)
            found = [s for s in sentences if (s.label, s.side) == (label, side)]
            for number, sentence in enumerate(found):
                paragraph = cell.add_paragraph() if number else cell.paragraphs[0]
                _write_words(paragraph, notes, exchange, sentence)
            if not found:
                cell.paragraphs[0].add_run(_UNFOUND).italic = True
    # What follows a table would touch it.
    document.add_paragraph()


def _write_articles(
    document: Document,
    notes: _Footnotes,
    exchange: ExportedExchange,
    sentences: Sequence[ExportedSentence],
) -> None:
    """Write every article that speaks of something: a row an article, its sentences together."""
    groups = [list(g) for _, g in groupby(sentences, lambda s: (s.label, s.side))]
    table = document.add_table(1 + len(groups), 3, style="Table Grid")
    table.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    for column, head in enumerate(("Date", "Article", "Phrases")):
        _write_head(table.cell(0, column), head)
    # One look-up of the cells of each row: python-docx walks the table at each.
    for row, group in zip(table.rows[1:], groups, strict=True):
        date, article, said = row.cells
        date.paragraphs[0].add_run(show(group[0].label))
        article.paragraphs[0].add_run(show(group[0].side))
        for number, sentence in enumerate(group):
            paragraph = said.add_paragraph() if number else said.paragraphs[0]
            _write_words(paragraph, notes, exchange, sentence)
    document.add_paragraph()


def _write_head(cell: _Cell, text: str) -> None:
    cell.paragraphs[0].add_run(show(typeset(text))).bold = True


def _write_words(
    paragraph: Paragraph,
    notes: _Footnotes,
    exchange: ExportedExchange,
    sentence: ExportedSentence,
) -> None:
    """Write the words of a sentence, the calls of its notes, and what is not sure in it."""
    paragraph.add_run(show(wording.tell_words(sentence)))
    citations = {item.n: item for item in exchange.citations}
    articles = {article.id: article for article in exchange.articles}
    for place, n in enumerate(sentence.citations):
        if n not in citations:
            paragraph.add_run(f"{NO_BREAK_SPACE}[{n}]")
            continue
        if place:
            # Else 1 and 2 would read as 12.
            paragraph.add_run(f",{NARROW_NO_BREAK_SPACE}", style=_CALL)
        cited, article = citations[n], articles[citations[n].article_id]
        address = find_address(article.url, article.sources)
        quoted = quote(show_quote(cited.quote))
        date = show(article.date)
        before, title, after = tell_reference(quoted, article.title, date, cited.page, address)
        note = notes.add(paragraph)
        note.add_run(f" {before}")
        note.add_run(show(title)).italic = True
        note.add_run(after.removesuffix(address))
        if address:
            _add_link(note, address, address)
        note.add_run(".")
    doubt = wording.tell_doubt(sentence)
    if doubt:
        paragraph.add_run(f" ({show(doubt)})").italic = True


def _write_article(paragraph: Paragraph, article: CitedArticle) -> None:
    paragraph.add_run(show(typeset(article.title))).italic = True
    paragraph.add_run(show(f", {format_date(article.date)}." if article.date else "."))
    for place, (name, url) in enumerate(wording.list_origins(article)):
        before = f"{NARROW_NO_BREAK_SPACE}; " if place else f" D’après{NO_BREAK_SPACE}: "
        paragraph.add_run(before)
        _add_link(paragraph, name, url)
    paragraph.add_run(f" ({show(article.id)})").font.color.rgb = _GREY


def _remark(document: Document, text: str) -> None:
    run = document.add_paragraph().add_run(show(text))
    run.italic, run.font.size, run.font.color.rgb = True, Pt(9), _GREY


def _add_link(paragraph: Paragraph, text: str, url: str) -> None:
    """Write a text as a link when its address may be followed, else as it is."""
    run, address = paragraph.add_run(show(text)), safe_link(url)
    if not address:
        return
    # What an address may hold (RFC 3986): Word takes a file with any other for a damaged one.
    target = quote_address(address, safe="%:/?#[]@!$&'()*+,;=~")
    name = paragraph.part.relate_to(target, RELATIONSHIP_TYPE.HYPERLINK, is_external=True)
    run.style = _LINK
    link = OxmlElement("w:hyperlink", {qn("r:id"): name})
    run._r.addprevious(link)
    link.append(run._r)
