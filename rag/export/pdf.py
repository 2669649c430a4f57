"""A conversation as a PDF to read, with the document that is checked attached to it.

The font is the one that reportlab ships, Bitstream Vera: it has all of French. What it lacks is
replaced, so that no empty box is printed; the attached document has everything.
"""

from __future__ import annotations

import io
import json
import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from xml.sax.saxutils import escape, quoteattr

from pypdf import PdfReader, PdfWriter
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import cm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Flowable, Paragraph, SimpleDocTemplate

from rag.errors import RecordUnreadable
from rag.export import wording
from rag.export.document import (
    Citation,
    CitedArticle,
    ExportedConversation,
    ExportedExchange,
    Unsealed,
    group_citations,
    seal,
    show,
    show_quote,
    unseal,
)
from rag.french import NO_BREAK_SPACE, quote, typeset
from rag.page.wording import safe_link
from rag.timeframe import format_date

ATTACHMENT = "sourcier.json"
MISSING = "[?]"
_REPLACED = (
    f"Dans ce PDF, {MISSING} tient la place de caractères que sa police n’a pas ; "
    "les données jointes les contiennent."
)
_FONTS = {"Vera": "Vera.ttf", "Vera-Bold": "VeraBd.ttf", "Vera-Italic": "VeraIt.ttf"}
_SPELLED = {"\u2011": "-", "→": "->", "←": "<-", "↔": "<->", "⇒": "=>", "✓": "v", "✔": "v"}
_LINK = "#1f5fbf"
_Block = tuple[str, str]
"""The name of a style, and the markup of a paragraph."""
_GREY = "#5a6270"

_BODY = ParagraphStyle("body", fontName="Vera", fontSize=10, leading=15, spaceAfter=6)
_STYLES = {
    "title": ParagraphStyle(
        "title", _BODY, fontName="Vera-Bold", fontSize=16, leading=22, spaceAfter=8
    ),
    "question": ParagraphStyle(
        "question",
        _BODY,
        fontName="Vera-Bold",
        fontSize=12,
        leading=17,
        spaceBefore=16,
        keepWithNext=1,
    ),
    "sources": ParagraphStyle(
        "sources", _BODY, fontName="Vera-Bold", fontSize=9, spaceBefore=8, keepWithNext=1
    ),
    "body": _BODY,
    "note": ParagraphStyle(
        "note", _BODY, fontSize=8, leading=12, textColor=HexColor(_GREY), spaceAfter=4
    ),
    "article": ParagraphStyle(
        "article", _BODY, fontSize=8.5, leading=12.5, spaceBefore=4, spaceAfter=2, keepWithNext=1
    ),
    "quote": ParagraphStyle(
        "quote", _BODY, fontSize=8.5, leading=12.5, leftIndent=14, spaceAfter=3
    ),
}


def write_pdf(conversation: ExportedConversation) -> bytes:
    """Write a conversation as a PDF with its sealed document attached."""
    blocks = list(_write_conversation(conversation))
    if any(MISSING in markup for _, markup in blocks):
        blocks.append(("note", _mark(_REPLACED)))
    buffer = io.BytesIO()
    pages = SimpleDocTemplate(
        buffer,
        pagesize=A4,
        leftMargin=2.2 * cm,
        rightMargin=2.2 * cm,
        topMargin=2 * cm,
        bottomMargin=2 * cm,
        title=show(conversation.title),
        author="Sourcier",
        creator="Sourcier",
        subject="Conversation exportée",
        lang="fr-FR",
    )
    flow: list[Flowable] = [Paragraph(markup, _STYLES[style]) for style, markup in blocks]
    pages.build(flow, onFirstPage=_draw_footer, onLaterPages=_draw_footer)
    writer = PdfWriter(clone_from=buffer)
    document = json.dumps(seal(conversation), ensure_ascii=True, indent=1)
    writer.add_attachment(ATTACHMENT, document.encode())
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def read_pdf(data: bytes) -> tuple[Unsealed, list[str]]:
    """Read the document attached to a PDF; the list says what its pages no longer say.

    Raises
    ------
    RecordUnreadable
        When there is no document, or it can't be read.
    """
    try:
        reader = PdfReader(io.BytesIO(data))
        (attached,) = reader.attachments.get(ATTACHMENT) or [b""]
        pages = [page.extract_text() for page in reader.pages]
        document = json.loads(attached)
    # A damaged PDF makes pypdf fail in ways that it does not list.
    except Exception as error:
        raise RecordUnreadable(
            "Ce PDF n’est pas un export de Sourcier, ou ses données jointes ont été retirées.",
            kept="Il n’a pas été modifié.",
            todo="Exportez la conversation à nouveau.",
        ) from error
    unsealed = unseal(document)
    read = "".join(page.replace(_foot(n), "") for n, page in enumerate(pages, start=1))
    said = _squeeze(read)
    lost = [text for text in _list_texts(unsealed.conversation) if _squeeze(text) not in said]
    if not lost:
        return unsealed, []
    first = typeset(f"« {lost[0]} »")
    return unsealed, [f"Les pages de ce PDF ne disent plus ce que disent ses données : {first}."]


def _list_texts(conversation: ExportedConversation) -> Iterator[str]:
    """Name what the pages must say: questions, sentences and quotations."""
    for exchange in conversation.exchanges:
        yield fit(exchange.question)
        yield from (fit(wording.tell_sentence(sentence)) for sentence in exchange.sentences)
        yield from (fit(show_quote(item.quote)) for item in exchange.citations)


def _squeeze(text: str) -> str:
    """Keep letters and digits: how blanks and marks are laid out on a page can't be read back."""
    return "".join(re.findall(r"[^\W_]+", unicodedata.normalize("NFKC", text)))


# ------------------------------------------------------------------------------------- the pages


def _write_conversation(conversation: ExportedConversation) -> Iterator[_Block]:
    yield "title", _mark(conversation.title)
    yield "note", _mark(f"{wording.tell_export(conversation)} {wording.CHECKABLE}")
    for exchange in conversation.exchanges:
        yield "question", f"{exchange.number + 1}. {_mark(exchange.question)}"
        yield from _write_exchange(exchange)


def _write_exchange(exchange: ExportedExchange) -> Iterator[_Block]:
    for line in wording.tell_question(exchange):
        yield "note", _mark(line)
    cited = {item.n for item in exchange.citations}
    for sentence in exchange.sentences:
        text = wording.tell_sentence(sentence)
        doubt = wording.tell_doubt(sentence)
        marks = "".join(
            f'{NO_BREAK_SPACE}<a href="#{_anchor(exchange, n)}" color="{_LINK}">[{n}]</a>'
            if n in cited
            else f"{NO_BREAK_SPACE}[{n}]"
            for n in sentence.citations
        )
        said = f' <font name="Vera-Italic">({_mark(doubt)})</font>' if doubt else ""
        yield "body", f"{_mark(text)}{marks}{said}"
    for line in wording.tell_outcome(exchange):
        yield ("note" if exchange.sentences else "body"), _mark(line)
    if exchange.citations:
        yield "sources", "Sources"
    for article, citations in group_citations(exchange):
        yield "article", _write_article(article)
        yield from (("quote", _write_citation(exchange, item)) for item in citations)
    if exchange.outcome == "refused" and exchange.nearest:
        yield "sources", "Passages les plus proches"
        for near in exchange.nearest[: wording.NEAREST]:
            dated = f", {format_date(near.date)}" if near.date else ""
            yield "quote", _mark(f"{typeset(near.title)}{dated}")


def _write_article(article: CitedArticle) -> str:
    dated = f", {format_date(article.date)}" if article.date else ""
    names = [_link(*origin) for origin in wording.list_origins(article)]
    origins = f"{NO_BREAK_SPACE}; ".join(names)
    told = [f'<font name="Vera-Bold">{_mark(typeset(article.title))}</font>{_mark(dated)}.']
    told += [f"D’après{NO_BREAK_SPACE}: {origins}."] if origins else []
    named = ", ".join(filter(None, (article.id, wording.tell_hash(article))))
    return " ".join([*told, f'<font color="{_GREY}">{_mark(named)}</font>'])


def _write_citation(exchange: ExportedExchange, item: Citation) -> str:
    said = _mark(quote(show_quote(item.quote)))
    place = f'<font color="{_GREY}">{_mark(wording.tell_place(item))}</font>'
    number = f'<a name="{_anchor(exchange, item.n)}"/><font name="Vera-Bold">[{item.n}]</font>'
    return f"{number} {said} — {place}"


def _anchor(exchange: ExportedExchange, n: int) -> str:
    return f"source-{exchange.number}-{n}"


def _link(text: str, url: str) -> str:
    shown, address = _mark(text), safe_link(url)
    if not address or not shown:
        return shown
    return f'<a href={quoteattr(address)} color="{_LINK}">{shown}</a>'


def _foot(number: int) -> str:
    return f"Sourcier, page {number}"


def _draw_footer(canvas: Canvas, pages: BaseDocTemplate) -> None:
    canvas.setFont("Vera", 7.5)
    canvas.setFillColor(HexColor(_GREY))
    canvas.drawRightString(A4[0] - 2.2 * cm, 1.1 * cm, _foot(canvas.getPageNumber()))


# -------------------------------------------------------------------------------------- the font


def _mark(text: str) -> str:
    """Make a text fit for the markup of a paragraph, where it has no power."""
    return escape(fit(text))


def fit(text: str) -> str:
    """Replace the characters that the font lacks: by a spelling of theirs, else by ``MISSING``."""
    text = "".join(map(_fit_character, unicodedata.normalize("NFC", show(text))))
    return re.sub("\ufffd+(?: +\ufffd+)*", MISSING, text)


def _fit_character(character: str) -> str:
    glyphs = _load_glyphs()
    if ord(character) in glyphs:
        return character
    kind = unicodedata.category(character)
    if kind == "Zs":
        return NO_BREAK_SPACE if character in "\u2007\u202f" else " "
    if kind in ("Mn", "Me", "Cf"):
        return ""
    letters = _SPELLED.get(character) or unicodedata.normalize("NFKD", character)
    spelled = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return spelled if all(ord(letter) in glyphs for letter in spelled) else "\ufffd"


@cache
def _load_glyphs() -> frozenset[int]:
    """Load the fonts, and return the characters that all of them have."""
    fonts = [TTFont(name, file) for name, file in _FONTS.items()]
    for font in fonts:
        pdfmetrics.registerFont(font)
    shared = frozenset.intersection(*(frozenset(font.face.charToGlyph) for font in fonts))
    return frozenset(code for code in shared if code >= ord(" "))
