"""OpenDocument: texts, sheets and slides; what is left out is told."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from rag.errors import EmptyCorpus
from rag.readers import Reading, read_corpus

_KINDS = "office text table style drawing:draw presentation meta".split()
_SPACES = " ".join(
    f'xmlns:{kind.rpartition(":")[2]}="urn:oasis:names:tc:opendocument:xmlns:{kind.partition(":")[0]}:1.0"'
    for kind in _KINDS
)
_SPACES += ' xmlns:dc="http://purl.org/dc/elements/1.1/"'


def read_one(
    folder: Path, name: str, body: str, styles: str = "", parts: dict[str, str] | None = None
) -> Reading:
    content = (
        f"<office:document-content {_SPACES}><office:automatic-styles>{styles}"
        f"</office:automatic-styles><office:body>{body}</office:body></office:document-content>"
    )
    with zipfile.ZipFile(folder / name, "w") as archive:
        archive.writestr("content.xml", content)
        for part, inner in (parts or {}).items():
            tag = f"office:document-{part}"
            archive.writestr(f"{part}.xml", f"<{tag} {_SPACES}>{inner}</{tag}>")
    return read_corpus(folder)


def test_a_text(tmp_path: Path) -> None:
    note = (
        "<text:note><text:note-citation>1</text:note-citation>"
        "<text:note-body><text:p>Sauf grève.</text:p></text:note-body></text:note>"
    )
    body = f"""<office:text>
    <text:tracked-changes><text:p>supprimé</text:p></text:tracked-changes>
    <text:p text:style-name="P1">Convention du Rex</text:p>
    <text:h text:outline-level="2">Article 1</text:h>
    <text:p>Le <text:span>Rex</text:span> rouvre<text:s/>le 4 mai{note},
    <text:bookmark/>dit le <text:a>maire</text:a>.</text:p>
    <text:list text:style-name="L1"><text:list-item><text:p>un</text:p></text:list-item>
    <text:list-item><text:p>deux</text:p></text:list-item></text:list></office:text>"""
    styles = (
        '<style:style style:name="P1" style:parent-style-name="Title"/>'
        '<text:list-style style:name="L1"><text:list-level-style-number/></text:list-style>'
    )
    meta = (
        "<dc:date>2024-03-12T10:00:00</dc:date><meta:creation-date>2024-03-01</meta:creation-date>"
    )
    (article,) = read_one(tmp_path, "a.odt", body, styles, parts={"meta": meta}).articles
    assert (article.title, article.date) == ("Convention du Rex", "2024-03-12")
    assert article.text == (
        "# Convention du Rex\n\n## Article 1\n\nLe Rex rouvre le 4 mai¹, dit le maire.\n\n"
        "1. un\n2. deux\n\n1. Sauf grève."
    )


@pytest.mark.parametrize(
    "head",
    [
        "<table:table-header-rows>{}</table:table-header-rows>",
        "{}",
    ],
    ids=["rows", "style"],
)
def test_a_table_of_a_text(tmp_path: Path, head: str) -> None:
    def row(*texts: str, style: str = "") -> str:
        lines = (f'<text:p text:style-name="{style}">{text}</text:p>' for text in texts)
        cells = (f"<table:table-cell>{line}</table:table-cell>" for line in lines)
        return f"<table:table-row>{''.join(cells)}</table:table-row>"

    heads = head.format(row("Ville", "Agents", style="Table_20_Heading" if head == "{}" else ""))
    table = f"<table:table>{heads}{row('Nevers', '87')}</table:table>"
    (article,) = read_one(tmp_path, "a.odt", f"<office:text>{table}</office:text>").articles
    assert article.text == "Ville : Nevers ; Agents : 87."


def test_the_margins_are_read_and_the_comments_told(tmp_path: Path) -> None:
    body = (
        "<office:text><text:p>Le Rex<office:annotation><text:p>non !</text:p></office:annotation>"
        " rouvre.</text:p></office:text>"
    )
    margins = (
        "<style:header><text:p>Référence : 2024-1187</text:p></style:header>"
        "<style:footer><text:p>Page <text:page-number>1</text:page-number></text:p></style:footer>"
    )
    reading = read_one(tmp_path, "a.odt", body, parts={"styles": margins})
    assert reading.articles[0].text == "Référence : 2024-1187\n\nLe Rex rouvre."
    assert [remark.text for remark in reading.remarks] == ["commentaires, non lus : 1"]


def test_sheets(tmp_path: Path) -> None:
    def cell(text: str, repeated: int = 1) -> str:
        return (
            f'<table:table-cell table:number-columns-repeated="{repeated}">'
            f"<text:p>{text}</text:p></table:table-cell>"
        )

    blank = '<table:table-cell table:number-columns-repeated="16384"/>'
    rows = (
        f"<table:table-row>{cell('Ville')}{cell('Agents')}{blank}</table:table-row>"
        f"<table:table-row>{cell('Nevers')}{cell('87')}</table:table-row>"
        f'<table:table-row table:number-rows-repeated="1048000">{blank}</table:table-row>'
    )
    hidden = (
        '<style:style style:name="t2"><style:table-properties table:display="false"/></style:style>'
    )
    body = (
        f'<office:spreadsheet><table:table table:name="Feuille1">{rows}</table:table><table:table'
        f' table:name="B" table:style-name="t2">{rows}</table:table></office:spreadsheet>'
    )
    reading = read_one(tmp_path, "a.ods", body, hidden)
    assert reading.articles[0].text == "Ville : Nevers ; Agents : 87."
    assert [remark.text for remark in reading.remarks] == ["feuilles masquées, non lues : 1"]


def test_struck_text_is_left_out(tmp_path: Path) -> None:
    styles = (
        '<style:style style:name="T1"><style:text-properties '
        'style:text-line-through-style="solid"/></style:style>'
        '<style:style style:name="T2"><style:text-properties '
        'style:text-line-through-style="none"/></style:style>'
    )
    body = (
        '<office:text><text:p>Loyer : <text:span text:style-name="T1">850</text:span>'
        '<text:span text:style-name="T2">920</text:span> euros.</text:p></office:text>'
    )
    reading = read_one(tmp_path, "a.odt", body, styles)
    assert reading.articles[0].text == "Loyer : 920 euros."
    assert [r.text for r in reading.remarks] == ["passages barrés, laissés de côté : 1"]


def test_merged_cells_of_a_sheet_are_repeated(tmp_path: Path) -> None:
    def cell(text: str, span: str = "") -> str:
        told = f' table:number-{span}-spanned="2"' if span else ""
        return f"<table:table-cell{told}><text:p>{text}</text:p></table:table-cell>"

    covered = "<table:covered-table-cell/>"
    lines = (
        cell("Ville", "rows") + cell("En 2023", "columns") + covered,
        covered + cell("Agents") + cell("Postes"),
        cell("Nevers", "rows") + cell("87") + cell("12"),
        covered + cell("31") + cell("42"),
    )
    rows = "".join(f"<table:table-row>{line}</table:table-row>" for line in lines)
    body = (
        f'<office:spreadsheet><table:table table:name="Feuille1">{rows}</table:table>'
        "</office:spreadsheet>"
    )
    assert read_one(tmp_path, "a.ods", body).articles[0].text == (
        "Ville : Nevers ; En 2023 – Agents : 87 ; En 2023 – Postes : 12.\n"
        "Ville : Nevers ; En 2023 – Agents : 31 ; En 2023 – Postes : 42."
    )


def test_slides(tmp_path: Path) -> None:
    def frame(kind: str, inner: str) -> str:
        return (
            f'<draw:frame presentation:class="{kind}"><draw:text-box>{inner}</draw:text-box>'
            "</draw:frame>"
        )

    points = (
        "<text:list><text:list-item><text:p>rouvre le 4 mai</text:p></text:list-item></text:list>"
    )
    notes = (
        f"<presentation:notes>{frame('notes', '<text:p>Le dire.</text:p>')}</presentation:notes>"
    )
    body = (
        f"<office:presentation><draw:page>{frame('title', '<text:p>Le Rex</text:p>')}"
        f"{frame('outline', points)}{frame('footer', '<text:p>2024</text:p>')}{notes}</draw:page>"
        "</office:presentation>"
    )
    (article,) = read_one(tmp_path, "a.odp", body).articles
    assert article.title == "Le Rex"
    assert article.text == "## Le Rex\n\n- rouvre le 4 mai\n\n### Notes\n\nLe dire."


@pytest.mark.parametrize(
    ("parts", "told"),
    [
        ({"content.xml": "<a"}, "endommagé"),
        ({"autre.xml": "<a/>"}, "endommagé"),
        ({"content.xml": "<a/>"}, "ni un texte"),
        ({"content.xml": "x", "META-INF/manifest.xml": "<m:encryption-data/>"}, "mot de passe"),
    ],
)
def test_what_cannot_be_read_is_refused(tmp_path: Path, parts: dict[str, str], told: str) -> None:
    with zipfile.ZipFile(tmp_path / "a.odt", "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    with pytest.raises(EmptyCorpus, match=told):
        read_corpus(tmp_path)


def test_entities_are_not_expanded(tmp_path: Path) -> None:
    bomb = '<!DOCTYPE a [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;"><!ENTITY c SYSTEM "/etc/passwd">]>'
    body = "<office:body><office:text><text:p>Le Rex. &b;&c;</text:p></office:text></office:body>"
    tag = "office:document-content"
    with zipfile.ZipFile(tmp_path / "a.odt", "w") as archive:
        archive.writestr("content.xml", f"{bomb}<{tag} {_SPACES}>{body}</{tag}>")
    assert read_corpus(tmp_path).articles[0].text == "Le Rex."
