"""Word documents: their footnotes, what Word asks of a file, and what is kept of the layout."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import datetime
from itertools import pairwise

import docx
from docx.document import Document
from docx.oxml.ns import qn
from exported import converse, say
from kept import keep_hostile
from lxml import etree

from rag.export import make_export
from rag.export.document import ExportedConversation, NearPassage
from rag.export.docx import write_docx
from rag.french import plain_spaces

Parts = dict[str, etree._Element]


def write(conversation: ExportedConversation) -> tuple[Document, Parts]:
    data = write_docx(conversation)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = [name for name in archive.namelist() if name.endswith((".xml", ".rels"))]
        parts = {name: etree.fromstring(archive.read(name)) for name in names}
    return docx.Document(io.BytesIO(data)), parts


def read_notes(parts: Parts) -> dict[str, str]:
    """Return the text of each note by its number, the separators apart."""
    notes = parts["word/footnotes.xml"].iterchildren(qn("w:footnote"))
    return {
        note.get(qn("w:id"), ""): plain_spaces("".join(t.text or "" for t in note.iter(qn("w:t"))))
        for note in notes
        if note.get(qn("w:type")) is None
    }


def list_calls(parts: Parts) -> list[str]:
    calls = parts["word/document.xml"].iter(qn("w:footnoteReference"))
    return [call.get(qn("w:id"), "") for call in calls]


def test_each_citation_is_a_footnote_with_its_whole_reference() -> None:
    _, parts = write(converse(say("Un.", 1), say("Deux.", 1, 2), say("Trois.", 3)))
    press = (
        " « Nantes : “15 euros” le mètre carré. », Les loyers de Nantes & de Brest montent, "
        "31 octobre 2025, https://exemple.fr/loyers?a=1_2."
    )
    assert read_notes(parts) == {
        "1": press,
        "2": press,
        "3": " « Brest en demande 11. », Rapport {annuel} à 100 %, octobre 2025, p. 3.",
        # Its address is that of one of the works that it draws on.
        "4": " « Le bail est signé. », Ce que l’on sait du bail, 2024.",
    }
    assert list_calls(parts) == ["1", "2", "3", "4"]
    (title,) = parts["word/footnotes.xml"].xpath(
        "//w:footnote[@w:id='3']//w:r[w:rPr/w:i]/w:t/text()",
        namespaces=parts["word/footnotes.xml"].nsmap,
    )
    assert plain_spaces(title) == "Rapport {annuel} à 100 %"


def test_two_calls_in_a_row_do_not_read_as_one_number() -> None:
    document, _ = write(converse(say("Deux.", 1, 2)))
    (paragraph,) = (p for p in document.paragraphs if "Deux." in p.text)
    comma = paragraph.runs[2]
    assert comma.text.strip() == "," and comma.style.name == "footnote reference"


def test_what_word_asks_of_a_file() -> None:
    _, parts = write(converse(say("Un.", 1)))
    types = parts["[Content_Types].xml"]
    named = {item.get("PartName"): item.get("ContentType", "") for item in types}
    assert named["/word/footnotes.xml"].endswith("wordprocessingml.footnotes+xml")
    relations = {
        item.get("Type", "").rpartition("/")[2]: item.get("Target")
        for item in parts["word/_rels/document.xml.rels"]
    }
    assert relations["footnotes"] == "footnotes.xml"
    # The two separators, declared in the settings before what is of compatibility.
    settings = parts["word/settings.xml"]
    declared = settings.find(qn("w:footnotePr"))
    assert [item.get(qn("w:id")) for item in declared] == ["-1", "0"]
    assert declared.getnext().tag == qn("w:compat")
    separators = [n.get(qn("w:type")) for n in list(parts["word/footnotes.xml"])[:2]]
    assert separators == ["separator", "continuationSeparator"]
    # Every style that is named is there; so is every link, which leads outside.
    styles = {item.get(qn("w:styleId")) for item in parts["word/styles.xml"].iter(qn("w:style"))}
    for name in ("word/document.xml", "word/footnotes.xml"):
        for kind in ("w:pStyle", "w:rStyle", "w:tblStyle"):
            assert {item.get(qn("w:val")) for item in parts[name].iter(qn(kind))} <= styles
        links = {item.get(qn("r:id")) for item in parts[name].iter(qn("w:hyperlink"))}
        targets = parts[name.replace("word/", "word/_rels/") + ".rels"]
        outside = {item.get("Id") for item in targets if item.get("TargetMode") == "External"}
        assert links and links == outside


def test_a_document_is_french_and_says_what_it_is() -> None:
    document, parts = write(converse(question="x" * 400))
    properties = document.core_properties
    assert properties.title == "x" * 255 and properties.author == "Sourcier"
    assert (properties.language, properties.comments) == ("fr-FR", "")
    assert properties.created.replace(tzinfo=None) == datetime(2026, 11, 24, 8)
    languages = {item.get(qn("w:val")) for item in parts["word/styles.xml"].iter(qn("w:lang"))}
    assert languages == {"fr-FR"}
    assert not {"docProps/app.xml", "docProps/thumbnail.jpeg"} & set(parts)
    (size,) = parts["word/document.xml"].iter(qn("w:pgSz"))
    assert (size.get(qn("w:w")), size.get(qn("w:h"))) == ("11906", "16838"), "A4"


def test_lists_and_headings_are_those_of_word() -> None:
    sentences = (say("Avant.", 1), say("Un.", 1, item=True, label="2024"), say("Deux.", item=True))
    document, _ = write(converse(*sentences))
    shown = [(p.style.name, plain_spaces(p.text)) for p in document.paragraphs if p.style]
    assert shown[0] == ("Title", "Que coûte un loyer ?")
    assert ("Heading 1", "1. Que coûte un loyer ?") in shown
    assert ("Heading 2", "Articles cités") in shown
    assert ("List Bullet", "2024 : « Un. »") in shown and ("List Bullet", "« Deux. »") in shown
    (source,) = (text for _, text in shown if text.startswith("Ce que"))
    assert source == "Ce que l’on sait du bail, 2024. D’après : Agence ; Mairie (dossier.md)"


def test_each_list_of_steps_counts_from_one() -> None:
    steps = (say("Signer.", item=True), say("Payer.", item=True))
    _, parts = write(converse(*steps, say("Puis."), *steps, form="steps"))
    listed = parts["word/document.xml"].iter(qn("w:numId"))
    numbers = [item.get(qn("w:val")) for item in listed]
    assert len(numbers) == 4
    assert numbers[0] == numbers[1] != numbers[2] == numbers[3]
    numbering = parts["word/numbering.xml"]
    for number in set(numbers):
        (start,) = numbering.xpath(
            f"w:num[@w:numId='{number}']//w:startOverride/@w:val", namespaces=numbering.nsmap
        )
        assert start == "1"


def test_a_comparison_is_a_table_with_its_footnotes() -> None:
    cells = (
        say("15 euros.", 1, item=True, label="Loyer", side="Nantes"),
        say("11 euros.", 2, item=True, label="Loyer", side="Brest"),
        say("Trois ans.", 3, item=True, label="Bail", side="Brest"),
    )
    document, parts = write(converse(*cells, form="comparison"))
    (table,) = document.tables
    assert [[plain_spaces(cell.text) for cell in row.cells] for row in table.rows] == [
        ["", "Nantes", "Brest"],
        ["Loyer", "« 15 euros. »", "« 11 euros. »"],
        ["Bail", "non trouvé", "« Trois ans. »"],
    ]
    (first, *_) = parts["word/document.xml"].iter(qn("w:tr"))
    assert first.find(f"{qn('w:trPr')}/{qn('w:tblHeader')}") is not None
    assert list_calls(parts) == list(read_notes(parts)) == ["1", "2", "3"]


def test_what_a_model_wrote_keeps_its_mark() -> None:
    written = say("Brest demande onze euros.", 2, kind="written")
    document, _ = write(converse(written))
    (paragraph,) = (p for p in document.paragraphs if "onze" in p.text)
    assert paragraph.runs[-1].text == " (reformulation du modèle, non vérifiée)"
    assert paragraph.runs[-1].italic and not paragraph.runs[0].italic


def test_a_refusal_names_what_is_near() -> None:
    near = NearPassage(1, "a.md", "Un titre", "2025-10-31", 0, 9, 1.0, 1.0, 1.0, None)
    refused = converse(outcome="refused", text="Rien.", nearest=(near,), citations=(), articles=())
    document, parts = write(refused)
    texts = [plain_spaces(paragraph.text) for paragraph in document.paragraphs]
    assert "Rien." in texts and not read_notes(parts)
    assert ("Passages les plus proches", "Un titre, 31 octobre 2025") in list(pairwise(texts))


def test_hostile_text_has_no_power_in_a_document() -> None:
    document, parts = write(make_export("c1", [keep_hostile()], "2026-11-24T08:00:00+00:00"))
    text = "\n".join(paragraph.text for paragraph in document.paragraphs)
    assert "<script>alert(1)</script>" in text and "\u00a0[9]" in text
    assert not re.search(r"[\x00-\x08\u202a-\u202e\ufffe\uffff]", text)
    targets = parts["word/_rels/document.xml.rels"]
    outside = [item.get("Target") for item in targets if item.get("TargetMode") == "External"]
    assert outside == ["https://x.fr/%3C%3E)"]


def test_characters_that_xml_refuses_are_left_out() -> None:
    document, _ = write(converse(say("Un\ufffe\uffff\x0b mot.", 1)))
    assert any("« Un mot. »" in plain_spaces(p.text) for p in document.paragraphs)
