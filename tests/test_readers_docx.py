"""DOCX files written here by python-docx, some mended by hand, and read as files."""

from __future__ import annotations

import datetime
import io
import os
import time
import zipfile
from pathlib import Path
from typing import Any

import docx
import pytest
from docx.document import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from rag.readers import read_corpus
from rag.types import Article

SPACES = {
    "w": "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    "w14": "http://schemas.microsoft.com/office/word/2010/wordml",
    "mc": "http://schemas.openxmlformats.org/markup-compatibility/2006",
    "wps": "http://schemas.microsoft.com/office/word/2010/wordprocessingShape",
    "a": "http://schemas.openxmlformats.org/drawingml/2006/main",
    "r": "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    "m": "http://schemas.openxmlformats.org/officeDocument/2006/math",
    "v": "urn:schemas-microsoft-com:vml",
}
FRENCH = "L’œuvre d’Élodie coûte 27 % de plus que prévu : « où ira-t-on ? », dit la maire."
WORD = nsdecls("w")


def read(document: Document, folder: Path, name: str = "a.docx") -> Article:
    article, remarks = read_told(document, folder, name)
    assert remarks == []
    return article


def read_told(document: Document, folder: Path, name: str = "a.docx") -> tuple[Article, list[str]]:
    document.save(str(folder / name))
    reading = read_corpus(folder / name)
    return reading.articles[0], [remark.text for remark in reading.remarks]


def refuse(folder: Path, data: bytes) -> str:
    (folder / "a.docx").write_bytes(data)
    (folder / "b.txt").write_text("Une phrase.", encoding="utf-8")
    reading = read_corpus(folder)
    assert [article.id for article in reading.articles] == ["b.txt"]
    (remark,) = reading.remarks
    assert (remark.path, remark.skipped) == ("a.docx", True)
    return remark.text


def saved(document: Document) -> bytes:
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def replace_part(data: bytes, name: str, part: bytes | None) -> bytes:
    """Replace or remove one part of an archive."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(buffer, "w", 8) as copy:
        for item in source.namelist():
            content = part if item == name else source.read(item)
            if content is not None:
                copy.writestr(item, content)
    return buffer.getvalue()


def add(document: Document, text: str, *pieces: str) -> None:
    """Add a paragraph made of a text and of XML."""
    paragraph: Any = document.add_paragraph(text)
    for piece in pieces:
        paragraph._p.append(parse_xml(piece))


def with_xml(*blocks: str) -> Document:
    """Make a document of XML."""
    document = docx.Document()
    spaces = " ".join(f'xmlns:{prefix}="{name}"' for prefix, name in SPACES.items())
    for block in parse_xml(f"<w:body {spaces}>{''.join(blocks)}</w:body>")[::-1]:
        document.element.body.insert(0, block)
    return document


def run(text: str, properties: str = "") -> str:
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def paragraph(*runs: str, properties: str = "") -> str:
    made = (piece if piece.startswith("<") else run(piece) for piece in runs)
    return f"<w:p><w:pPr>{properties}</w:pPr>{''.join(made)}</w:p>"


def numbered(text: str, number: int, level: int = 0, style: str = "") -> str:
    properties = f'<w:ilvl w:val="{level}"/><w:numId w:val="{number}"/>'
    own = f'<w:pStyle w:val="{style}"/>' if style else ""
    return paragraph(text, properties=f"{own}<w:numPr>{properties}</w:numPr>")


def table(*rows: tuple[str, ...]) -> str:
    """Make a table; a cell may begin with its properties."""
    made = ""
    for cells in rows:
        made += "<w:tr>"
        for cell in cells:
            properties, _, text = cell.rpartition("|")
            text = text if text.startswith("<") else paragraph(text)
            made += f"<w:tc><w:tcPr>{properties}</w:tcPr>{text}</w:tc>"
        made += "</w:tr>"
    return f"<w:tbl>{made}</w:tbl>"


def form_field(code: str, data: str = "", shown: str = "") -> str:
    begin, separate, end = (
        f'<w:r><w:fldChar w:fldCharType="{kind}">{inside}</w:fldChar></w:r>'
        for kind, inside in (
            ("begin", f"<w:ffData>{data}</w:ffData>"),
            ("separate", ""),
            ("end", ""),
        )
    )
    return f"{begin}<w:r><w:instrText> {code} </w:instrText></w:r>{separate}{run(shown)}{end}"


def define_lists(document: Document, levels: dict[int, list[str]], nums: dict[int, str]) -> None:
    """Add definitions of lists, each level a format and a text, and lists made from them."""
    part: Any = document.part
    root = part.numbering_part.element
    for number, told in levels.items():
        made = ""
        for level, said in enumerate(told):
            kind, _, text = said.partition(" ")
            made += (
                f'<w:lvl w:ilvl="{level}"><w:start w:val="1"/><w:numFmt w:val="{kind}"/>'
                f'<w:lvlText w:val="{text}"/></w:lvl>'
            )
        xml = f'<w:abstractNum {WORD} w:abstractNumId="{number}">{made}</w:abstractNum>'
        root.insert(0, parse_xml(xml))
    for number, xml in nums.items():
        root.append(parse_xml(f'<w:num {WORD} w:numId="{number}">{xml}</w:num>'))


# --------------------------------------------------------------------------------------- text


def test_paragraphs_headings_lists_and_tables_in_order(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_heading("Le budget", 0)
    document.add_heading("Les chiffres", 2)
    document.add_paragraph(FRENCH)
    document.add_paragraph("la voirie ;", style="List Bullet")
    document.add_paragraph("les écoles.", style="List Bullet")
    document.add_paragraph("Premier point.", style="List Number")
    made = document.add_table(3, 3)
    rows = [("Ville", "Habitants", ""), ("Paris", "2 100 000", "Oui"), ("Lyon", "520 000", "")]
    for row, texts in zip(made.rows, rows, strict=True):
        for cell, text in zip(row.cells, texts, strict=True):
            cell.text = text
    document.add_paragraph("La fin.")
    assert read(document, tmp_path).text == (
        f"# Le budget\n\n## Les chiffres\n\n{FRENCH}\n\n- la voirie ;\n- les écoles.\n\n"
        "1. Premier point.\n\n"
        "Ville : Paris ; Habitants : 2 100 000 ; Oui.\nVille : Lyon ; Habitants : 520 000.\n\n"
        "La fin."
    )


def test_the_heads_of_a_table_name_its_values(tmp_path: Path) -> None:
    document = docx.Document()
    made: Any = document.add_table(2, 2)
    for cell, text in zip(made._cells, ("Ville", "Habitants", "Paris", "2 100 000"), strict=True):
        cell.text = text
    made.rows[0]._tr.get_or_add_trPr().append(parse_xml(f"<w:tblHeader {WORD}/>"))
    assert read(document, tmp_path).text == "Ville : Paris ; Habitants : 2 100 000."


def test_insertions_are_read_and_deletions_are_not(tmp_path: Path) -> None:
    document = docx.Document()
    add(
        document,
        "Un prix de ",
        f'<w:ins {WORD} w:id="1" w:author="a"><w:r><w:t>12</w:t></w:r></w:ins>',
        f'<w:del {WORD} w:id="2" w:author="a"><w:r><w:delText>10</w:delText></w:r></w:del>',
        f"<w:r {WORD}><w:t> euros.</w:t></w:r>",
    )
    article, remarks = read_told(document, tmp_path)
    assert article.text == "Un prix de 12 euros."
    assert remarks == ["laissé de côté : 1 passage supprimé par révision"]


@pytest.mark.parametrize(
    ("xml", "expected"),
    [
        ('<w:fldSimple {w} w:instr="DATE"><w:r><w:t>12 mars</w:t></w:r></w:fldSimple>', "12 mars"),
        ("<w:smartTag {w}><w:r><w:t>Paris</w:t></w:r></w:smartTag>", "Paris"),
        ('<w:r {w}><w:rPr><w:vanish w:val="0"/></w:rPr><w:t>vu</w:t></w:r>', "vu"),
        ("<w:r {w}><w:t>aujourd</w:t><w:softHyphen/><w:t>’hui</w:t></w:r>", "aujourd’hui"),
        ("<w:r {w}><w:t>un</w:t><w:br/><w:t>deux</w:t></w:r>", "un\ndeux"),
        (
            '<w:r {w}><w:rPr><w:vertAlign w:val="superscript"/></w:rPr><w:t>3</w:t></w:r>',
            "³",
        ),
        ('<w:r {w}><w:rPr><w:position w:val="8"/></w:rPr><w:t>3</w:t></w:r>', "³"),
    ],
    ids="field tag shown hyphen break raised lifted".split(),
)
def test_what_word_puts_in_a_paragraph(tmp_path: Path, xml: str, expected: str) -> None:
    document = docx.Document()
    add(document, "Voici", xml.replace("{w}", WORD))
    assert read(document, tmp_path).text == f"Voici{expected}"


def test_struck_and_hidden_text_is_left_out(tmp_path: Path) -> None:
    document = with_xml(
        paragraph(
            "Un loyer de ", run("850 ", "<w:strike/>"), run("non", "<w:vanish/>"), "920 euros."
        ),
        paragraph(
            run(
                "Vu.", "<w:rPrChange w:id='1' w:author='a'><w:rPr><w:vanish/></w:rPr></w:rPrChange>"
            )
        ),
        paragraph(run("Tu.", '<w:rStyle w:val="Tu"/>')),
    )
    style: Any = document.styles.add_style("Tu", WD_STYLE_TYPE.CHARACTER)
    style.font.hidden = True
    article, remarks = read_told(document, tmp_path)
    assert article.text == "Un loyer de 920 euros.\n\nVu."
    assert remarks == ["laissé de côté : 1 passage barré, 2 passages masqués"]


def test_text_boxes_are_read_once_behind_their_paragraph(tmp_path: Path) -> None:
    box = f"<w:txbxContent>{paragraph('Encadré.')}</w:txbxContent>"
    drawn = f"<w:drawing><a:graphic><wps:txbx>{box}</wps:txbx></a:graphic></w:drawing>"
    old = f"<w:pict><v:shape><v:textbox>{box}</v:textbox></v:shape></w:pict>"
    both = (
        f'<mc:AlternateContent><mc:Choice Requires="wps">{drawn}</mc:Choice>'
        f"<mc:Fallback>{old}</mc:Fallback></mc:AlternateContent>"
    )
    for shape in (drawn, old, both):
        document = with_xml(paragraph(f"<w:r>{shape}</w:r>", "Avant."), paragraph("Après."))
        assert read(document, tmp_path).text == "Avant.\n\nEncadré.\n\nAprès."


def test_notes_are_read_and_lost_ones_are_not(tmp_path: Path) -> None:
    notes = (
        f'<w:footnotes {WORD}><w:footnote w:id="2"><w:p><w:r><w:t>Une note.</w:t></w:r></w:p>'
        "</w:footnote></w:footnotes>"
    )
    marks = "".join(f'<w:r><w:footnoteReference w:id="{number}"/></w:r>' for number in (2, 9))
    data = saved(with_xml(paragraph("Un mot", marks, " noté.")))
    with zipfile.ZipFile(tmp_path / "a.docx", "w") as copy:
        with zipfile.ZipFile(io.BytesIO(data)) as source:
            for item in source.namelist():
                copy.writestr(item, source.read(item))
        copy.writestr("word/footnotes.xml", notes)
    assert read_corpus(tmp_path / "a.docx").articles[0].text == "Un mot¹ noté.\n\n1. Une note."


def test_formulas_of_one_line_are_read(tmp_path: Path) -> None:
    sign = "<m:r><m:t>d = 12</m:t></m:r>"
    part = f"<m:f><m:num>{sign}</m:num><m:den>{sign}</m:den></m:f>"
    document = with_xml(
        paragraph("Où ", f"<m:oMath>{sign}</m:oMath>", f"<m:oMath>{part}</m:oMath>")
    )
    article, remarks = read_told(document, tmp_path)
    assert (article.text, remarks) == ("Où d = 12", ["laissé de côté : 1 formule"])


# --------------------------------------------------------------------------------------- numbers


def test_automatic_numbers_are_text(tmp_path: Path) -> None:
    again = '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/></w:lvlOverride>'
    document = with_xml(
        numbered("Objet", 91, 0, "Heading1"),
        numbered("Le bail.", 91, 1),
        numbered("Prix", 91, 0, "Heading1"),
        numbered("Il est de 9 euros.", 91, 1),
        numbered("Il est révisé.", 91, 1),
        numbered("le maire ;", 92),
        numbered("un adjoint.", 92),
        numbered("de la voirie ;", 92, 1),
        numbered("un autre.", 93),
        numbered("Fin", 91, 0, "Heading1"),
    )
    abstract = '<w:abstractNumId w:val="{}"/>'.format
    define_lists(
        document,
        {91: ["upperRoman Article %1", "decimal %1.%2"], 92: ["lowerLetter %1)", "bullet o"]},
        {91: abstract(91), 92: abstract(92), 93: abstract(92) + again},
    )
    assert read(document, tmp_path).text == (
        "# Article I – Objet\n\nI.1 Le bail.\n\n# Article II – Prix\n\nII.1 Il est de 9 euros.\n\n"
        "II.2 Il est révisé.\n\n- a) le maire ;\n- b) un adjoint.\n- de la voirie ;\n"
        "- a) un autre.\n\n# Article III – Fin"
    )


def test_a_list_goes_on_behind_a_paragraph(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_paragraph("Un.", style="List Number")
    document.add_paragraph("Entre.")
    document.add_paragraph("Deux.", style="List Number")
    assert read(document, tmp_path).text == "1. Un.\n\nEntre.\n\n2. Deux."


def test_a_style_with_an_outline_is_a_heading(tmp_path: Path) -> None:
    document = docx.Document()
    style: Any = document.styles.add_style("Chapitre", WD_STYLE_TYPE.PARAGRAPH)
    style.base_style = document.styles["Heading 2"]
    document.add_paragraph("Le prix", style="Chapitre")
    assert read(document, tmp_path).text == "## Le prix"


# ------------------------------------------------------------------------------------------ tables

OVER = '<w:gridSpan w:val="{}"/>|'.format
FIRST, NEXT = '<w:vMerge w:val="restart"/>|', "<w:vMerge/>|"


@pytest.mark.parametrize(
    ("xml", "expected"),
    [
        (
            table(("Site", "2022", "2023"), ("Nevers", "94", "87"), ("Vichy", "61", "66")),
            "Site : Nevers ; 2022 : 94 ; 2023 : 87.\nSite : Vichy ; 2022 : 61 ; 2023 : 66.",
        ),
        (
            table(
                (FIRST + "Site", OVER(2) + "Agents"),
                (NEXT, "2022", "2023"),
                ("Nevers", "94", "87"),
                ("Vichy", "61", "66"),
            ),
            "Site : Nevers ; Agents – 2022 : 94 ; Agents – 2023 : 87.\n"
            "Site : Vichy ; Agents – 2022 : 61 ; Agents – 2023 : 66.",
        ),
        (
            table(
                ("Pays", "Ville", "Lots"), (FIRST + "Creuse", "Guéret", "6"), (NEXT, "Aubin", "7")
            ),
            "Pays : Creuse ; Ville : Guéret ; Lots : 6.\nPays : Creuse ; Ville : Aubin ; Lots : 7.",
        ),
        (
            table(
                (OVER(3) + "Effectifs",),
                ("Site", "2022", "2023"),
                ("Nevers", "94", "87"),
                (OVER(3) + "Sud",),
                ("Nîmes", "1", "2"),
            ),
            "Effectifs\n\nSite : Nevers ; 2022 : 94 ; 2023 : 87.\n"
            "Sud ; Site : Nîmes ; 2022 : 1 ; 2023 : 2.",
        ),
        (
            table(
                (paragraph(run("Qui", "<w:b/>")), paragraph(run("Quoi", "<w:b/>"))),
                ("Roy", table(("Eau", "12 €"), ("Gaz", "9 €"))),
                ("Lin", numbered("le bus", 1) + numbered("le train", 1)),
            ),
            "Qui : Roy ; Quoi : Eau : 12 €. Gaz : 9 €.\nQui : Lin ; Quoi : le bus ; le train.",
        ),
        (
            table(("Sortie", "☐ oui ☒ non"), ("Bus", "☒ oui ☐ non")),
            "Sortie : non (coché) ; oui (non coché).\nBus : oui (coché) ; non (non coché).",
        ),
        (
            table(("", "Oui", "Non"), ("Sortie", "☐", "☒"), ("Bus", "☒", "☐")),
            "Sortie : Non (coché) ; Oui (non coché).\nBus : Oui (coché) ; Non (non coché).",
        ),
        (
            table(
                ("☒", "Livret"),
            ),
            "Livret (coché).",
        ),
        (
            table(("Nom", "Roy", "Prénom", "Léa"), ("Âge", "12", "Classe", "5e")),
            "Nom : Roy ; Prénom : Léa.\nÂge : 12 ; Classe : 5e.",
        ),
    ],
    ids="plain double merged across nested boxes columns alone pairs".split(),
)
def test_the_rows_of_tables_are_sentences(tmp_path: Path, xml: str, expected: str) -> None:
    document = with_xml(xml, paragraph("Fin."))
    define_lists(document, {9: ["bullet o"]}, {})
    assert read(document, tmp_path).text == f"{expected}\n\nFin."


# ------------------------------------------------------------------------------------------ forms


def test_content_controls_are_read(tmp_path: Path) -> None:
    control = "<w:sdt><w:sdtPr>{}</w:sdtPr><w:sdtContent>{}</w:sdtContent></w:sdt>".format
    ticked, empty = (
        control(f'<w14:checkbox><w14:checked w14:val="{value}"/></w14:checkbox>', run("?"))
        for value in (1, 0)
    )
    prompt = control("<w:showingPlcHdr/>", run("Cliquez ici pour écrire."))
    document = with_xml(
        control("", paragraph("Dedans.")),
        paragraph("Seul : ", empty, " oui ", ticked, " non"),
        paragraph("Nom : ", control("<w:showingPlcHdr/>", run("Roy"))),
        paragraph("Âge :", prompt),
    )
    article, remarks = read_told(document, tmp_path)
    assert article.text == (
        "Dedans.\n\nSeul : non (coché) ; oui (non coché).\n\nNom : Roy\n\nÂge :"
    )
    assert remarks == ["laissé de côté : 1 champ non rempli"]


def test_fields_are_read_as_they_are_shown(tmp_path: Path) -> None:
    ticked = form_field(
        "FORMCHECKBOX", '<w:checkBox><w:default w:val="0"/><w:checked/></w:checkBox>'
    )
    empty = form_field("FORMCHECKBOX", '<w:checkBox><w:default w:val="0"/></w:checkBox>')
    entries = '<w:ddList><w:result w:val="1"/><w:listEntry w:val="bus"/><w:listEntry w:val="vélo"/>'
    document = with_xml(
        paragraph("Seul : ", empty, " oui ", ticked, " non"),
        paragraph("Vient en ", form_field("FORMDROPDOWN", f"{entries}</w:ddList>"), "."),
        paragraph("Se nomme ", form_field("FORMTEXT", "", "Roy"), "."),
        paragraph(form_field("TOC \\o", "", "Sommaire")),
    )
    assert read(document, tmp_path).text == (
        "Seul : non (coché) ; oui (non coché).\n\nVient en vélo.\n\nSe nomme Roy."
    )


def test_symbols_of_fonts_are_read(tmp_path: Path) -> None:
    font = '<w:rFonts w:ascii="Wingdings" w:hAnsi="Wingdings"/>'
    document = with_xml(
        paragraph(run("o", font), " oui ", run("þ", font), " non"),
        paragraph('<w:r><w:sym w:font="Wingdings 2" w:char="F0A3"/></w:r>', " livret"),
    )
    assert read(document, tmp_path).text == (
        "non (coché) ; oui (non coché).\n\nlivret (non coché)."
    )


# ----------------------------------------------------------------------------- around the text


def test_headers_and_footers_are_read_once(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_paragraph("Le corps.")
    section: Any = document.sections[0]
    section.different_first_page_header_footer = True
    section.first_page_header.paragraphs[0].text = "Mairie de Corlay\tRéf. : 24-77"
    section.header.paragraphs[0].text = "Mairie de Corlay"
    section.even_page_header.paragraphs[0].text = "Jamais montré"
    section.first_page_footer.paragraphs[0].text = "Page 1/3"
    page = form_field("PAGE", "", "2").replace("<w:r>", f"<w:r {WORD}>")
    for piece in parse_xml(f"<w:p {WORD}>{run('SIRET 12 – page ')}{page}</w:p>"):
        section.footer.paragraphs[0]._p.append(piece)
    added: Any = document.add_section()
    added.header.is_linked_to_previous = False
    added.header.paragraphs[0].text = "Annexe"
    document.add_paragraph("La suite.")
    assert read(document, tmp_path).text == (
        "En-tête : Mairie de Corlay ; Réf. : 24-77.\n\nLe corps.\n\nPied de page : SIRET 12.\n\n"
        "En-tête : Annexe.\n\nLa suite."
    )


def test_comments_say_whose_they_are(tmp_path: Path) -> None:
    document = docx.Document()
    commented = document.add_paragraph("Un loyer de 9 euros.")
    cell = document.add_table(1, 2).cell(0, 1).paragraphs[0]
    document.add_comment(commented.runs, "Trop. Il en veut 8.", author="Anne Roy")
    document.add_comment(cell.add_run("douze"), "Sûr ?", author="Me Lin")
    document.add_paragraph("Fin.")
    assert read(document, tmp_path).text == (
        "Un loyer de 9 euros.\n\nCommentaire d’Anne Roy : Trop.\n\n"
        "Commentaire d’Anne Roy : Il en veut 8.\n\ndouze.\n\nCommentaire de Me Lin : Sûr ?\n\nFin."
    )


def test_inserted_files_are_read_in_their_place(tmp_path: Path) -> None:
    mail = (
        'MIME-Version: 1.0\nContent-Type: multipart/related; boundary="b"\n\n--b\n'
        "Content-Type: text/html\n\n<html><body><p>Un courrier.</p></body></html>\n--b--\n"
    )
    files = {
        "a.htm": "<html><body><h2>Annexe</h2><p>Une page.</p></body></html>",
        "b.mht": mail,
        "c.txt": "Un texte.",
        "d.rtf": "{\\rtf1 Non lu.}",
    }
    data = saved(
        with_xml(*(f'<w:altChunk r:id="c{n}"/>' for n in range(len(files))), paragraph("Fin."))
    )
    relations = "word/_rels/document.xml.rels"
    with (
        zipfile.ZipFile(io.BytesIO(data)) as source,
        zipfile.ZipFile(tmp_path / "a.docx", "w") as copy,
    ):
        told = "".join(
            f'<Relationship Id="c{n}" Type="x/aFChunk" Target="{name}"/>'
            for n, name in enumerate(files)
        )
        for item in source.namelist():
            part = source.read(item)
            if item == relations:
                part = part.replace(b"</Relationships>", told.encode() + b"</Relationships>")
            copy.writestr(item, part)
        for name, text in files.items():
            copy.writestr(f"word/{name}", text)
    reading = read_corpus(tmp_path / "a.docx")
    assert reading.articles[0].text == (
        "## Annexe\n\nUne page.\n\nUn courrier.\n\nUn texte.\n\nFin."
    )
    assert [remark.text for remark in reading.remarks] == ["laissé de côté : 1 fichier inséré"]


PICTURE = "<w:r><w:drawing><a:blip/></w:drawing></w:r>"
PAGE_END = '<w:r><w:br w:type="page"/></w:r>'


def test_pages_of_pictures_are_told(tmp_path: Path) -> None:
    document = with_xml(
        paragraph("Un texte.", PICTURE, PAGE_END), paragraph(PICTURE), paragraph(PAGE_END, "Fin.")
    )
    article, remarks = read_told(document, tmp_path)
    assert article.text == "Un texte.\n\nFin."
    assert remarks == ["page 2 : image sans texte, qui n’est pas lue"]
    told = refuse(tmp_path, saved(with_xml(paragraph(PICTURE))))
    assert told.startswith("ce document ne contient que des images")


def test_a_watermark_is_told(tmp_path: Path) -> None:
    document = with_xml(paragraph("Un texte."))
    header: Any = document.sections[0].header
    header.is_linked_to_previous = False
    drawn = (
        f'<w:r {WORD}><w:pict><v:textpath xmlns:v="{SPACES["v"]}" string="PROJET"/></w:pict></w:r>'
    )
    header.paragraphs[0]._p.append(parse_xml(drawn))
    article, remarks = read_told(document, tmp_path)
    assert (article.text, remarks) == ("Un texte.", ["filigrane sur les pages : « PROJET »"])


def test_a_damaged_part_does_not_lose_the_text(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_comment(document.add_paragraph(FRENCH).runs, "Oui.", author="a")
    (tmp_path / "a.docx").write_bytes(replace_part(saved(document), "word/comments.xml", b"<"))
    reading = read_corpus(tmp_path / "a.docx")
    assert reading.articles[0].text == FRENCH
    assert [remark.text for remark in reading.remarks] == ["laissé de côté : 1 partie endommagée"]


def test_other_names_of_the_same_format(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_paragraph(FRENCH)
    assert read(document, tmp_path, "a.docm").text == FRENCH
    usual = SPACES["w"].encode()
    with zipfile.ZipFile(io.BytesIO(saved(document))) as archive:
        part = archive.read("word/document.xml")
    strict = part.replace(usual, b"http://purl.oclc.org/ooxml/wordprocessingml/main")
    (tmp_path / "a.docx").write_bytes(replace_part(saved(document), "word/document.xml", strict))
    assert read_corpus(tmp_path / "a.docx").articles[0].text == FRENCH


def test_a_table_of_contents_is_left_out(tmp_path: Path) -> None:
    document = docx.Document()
    document.styles.add_style("toc 1", WD_STYLE_TYPE.PARAGRAPH)
    document.add_paragraph("Les chiffres\t3", style="toc 1")
    document.add_heading("Les chiffres", 1)
    document.add_paragraph("Un texte.")
    assert read(document, tmp_path).text == "# Les chiffres\n\nUn texte."


# --------------------------------------------------------------------------------- properties


@pytest.mark.parametrize(
    ("own", "expected"),
    [("Un vrai titre", "Un vrai titre"), ("Word Document", "Le budget"), ("", "Le budget")],
)
def test_title(tmp_path: Path, own: str, expected: str) -> None:
    document = docx.Document()
    document.core_properties.title = own
    document.add_heading("Le budget", 1)
    assert read(document, tmp_path).title == expected


def test_without_title_the_file_names_it(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_paragraph(FRENCH)
    assert read(document, tmp_path, "mon_bel-article.docx").title == "mon bel article"


@pytest.mark.parametrize(
    ("modified", "expected"),
    [(datetime.datetime(2025, 3, 12), "2025-03-12"), (datetime.datetime(2025, 3, 1), "")],
)
def test_date(tmp_path: Path, modified: datetime.datetime, expected: str) -> None:
    document = docx.Document()
    document.core_properties.created = datetime.datetime(2025, 3, 1)
    document.core_properties.modified = modified
    document.add_paragraph(FRENCH)
    assert read(document, tmp_path).date == expected


def test_damaged_properties_do_not_lose_the_text(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_paragraph(FRENCH)
    for part in (b"<", None):
        (tmp_path / "a.docx").write_bytes(replace_part(saved(document), "docProps/core.xml", part))
        assert read_corpus(tmp_path / "a.docx").articles[0].text == FRENCH


# ------------------------------------------------------------------------- what can't be read

DAMAGED = "ce fichier est endommagé, ou n’est pas du format que dit son nom"
BODY = (
    b'<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>'
    b"%s</w:body></w:document>"
)


def with_body(body: bytes) -> bytes:
    return replace_part(saved(docx.Document()), "word/document.xml", BODY % body)


def test_what_is_no_document_is_told(tmp_path: Path) -> None:
    whole = saved(docx.Document())
    for data in (
        b"",
        os.urandom(5000),
        whole[:3000],
        replace_part(whole, "word/document.xml", None),
    ):
        assert refuse(tmp_path, data) == DAMAGED
    assert refuse(tmp_path, with_body(b"<w:p>")) == DAMAGED
    assert refuse(tmp_path, with_body(b"<w:tbl><w:tr><w:tc>" * 300)) == DAMAGED
    assert refuse(tmp_path, whole) == "ce document ne contient aucun texte"
    assert refuse(tmp_path, b"\xd0\xcf\x11\xe0" + bytes(2000)).startswith("document protégé par")


@pytest.mark.usefixtures("in_process")
def test_bombs_are_refused_before_they_are_inflated(tmp_path: Path) -> None:
    started = time.process_time()
    for body in (b" " * 30_000_000, b"<w:p/>" * 1_100_000):
        assert refuse(tmp_path, with_body(body)).startswith("ce document est trop long")
    assert time.process_time() - started < 10


def test_no_entity_is_expanded_or_fetched(tmp_path: Path) -> None:
    (tmp_path / ".secret").write_text("SECRET", encoding="utf-8")
    paragraph = BODY % b"<w:p><w:r><w:t>Un &a;</w:t></w:r></w:p>"
    laughs = b"".join(b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 12))
    for entities in (
        b'<!ENTITY a SYSTEM "file://%s">' % os.fsencode(tmp_path / ".secret"),
        b'<!ENTITY a0 "lol">' + laughs + b'<!ENTITY a "&a11;">',
    ):
        part = b"<!DOCTYPE w [" + entities + b"]>" + paragraph
        data = replace_part(saved(docx.Document()), "word/document.xml", part)
        assert refuse(tmp_path, data) == DAMAGED


def test_a_picture_is_not_opened(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_paragraph(FRENCH)
    blip = (
        f"<w:r {WORD}><w:drawing><wp:inline "
        'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing">'
        '<a:graphic xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main">'
        '<a:graphicData><pic:pic xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture">'
        '<pic:blipFill><a:blip xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/'
        'relationships" r:link="rId99"/></pic:blipFill></pic:pic></a:graphicData></a:graphic>'
        "</wp:inline></w:drawing></w:r>"
    )
    add(document, "Une image : ", blip)
    relations = "word/_rels/document.xml.rels"
    with zipfile.ZipFile(io.BytesIO(saved(document))) as archive:
        linked = archive.read(relations).replace(
            b"</Relationships>",
            b'<Relationship Id="rId99" Type="image" Target="file:///etc/passwd" '
            b'TargetMode="External"/></Relationships>',
        )
    (tmp_path / "a.docx").write_bytes(replace_part(saved(document), relations, linked))
    assert read_corpus(tmp_path / "a.docx").articles[0].text == f"{FRENCH}\n\nUne image :"
