"""Forms of PDF: what is typed and ticked, and the comments pinned on pages."""

from __future__ import annotations

from pathlib import Path

from pdf_pages import FIRST, Writer, prose, read, write


def form(writer: Writer) -> None:
    fields = writer.canvas.acroForm
    writer.line("Nom :", 740, x=60)
    fields.textfield(name="a", value="Durand", x=100, y=735, width=120, height=18)
    writer.line("Prénom :", 740, x=240)
    fields.textfield(name="b", value="Paul", x=290, y=735, width=120, height=18)
    writer.line("Né le", 710, x=60)
    for k, part in enumerate(("12", "03", "2016")):
        fields.textfield(name=f"c{k}", value=part, x=100 + 40 * k, y=705, width=34, height=18)
    writer.line("Adresse", 690, x=60)
    fields.textfield(name="d", value="5, rue Lobau", x=60, y=660, width=200, height=24)
    writer.line("Je soussigné", 630, x=60)
    fields.textfield(name="e", value="Ali Roy", x=130, y=625, width=90, height=18)
    writer.line("demande une aide.", 630, x=225)
    writer.line("Vide :", 560, x=60)
    fields.textfield(name="f", value="", x=130, y=555, width=90, height=18)


def test_what_is_typed_follows_its_label(tmp_path: Path) -> None:
    article, remarks = read(write(tmp_path / "a.pdf", form))
    assert [part for part in article.text.split("\n") if part] == [
        "Nom : Durand.",
        "Prénom : Paul.",
        "Né le : 12 03 2016.",
        "Adresse : 5, rue Lobau.",
        "Je soussigné Ali Roy demande une aide.",
        "Vide :",
    ]
    assert remarks == []


def boxes(writer: Writer) -> None:
    fields = writer.canvas.acroForm
    writer.line("Sortie seul :", 700, x=60)
    for x, label, ticked in ((150, "oui", False), (220, "non", True)):
        fields.checkbox(name=label, x=x, y=697, checked=ticked, size=14)
        writer.line(label, 700, x=x + 20)
    writer.line("Repas :", 670, x=60)
    for x, label, ticked in ((110, "avec viande", True), (220, "sans viande", False)):
        writer.line(label, 670, x=x)
        fields.checkbox(name=label, x=x + 70, y=667, checked=ticked, size=14)
    for k, (label, ticked) in enumerate((("marié", False), ("pacsé", True))):
        fields.radio(name="s", value=label, selected=ticked, x=60, y=630 - 18 * k, size=12)
        writer.line(label, 632 - 18 * k, x=80)
    writer.line("Aide :", 580, x=60)
    fields.checkbox(name="aide", x=110, y=577, checked=False, size=14)
    writer.line("oui", 580, x=130)


def test_ticked_boxes_answer_what_stands_before_them(tmp_path: Path) -> None:
    article, _ = read(write(tmp_path / "a.pdf", boxes))
    assert [part for part in article.text.split("\n") if part] == [
        "Sortie seul : non.",
        "Repas : avec viande.",
        "marié : non coché.",
        "pacsé : coché.",
        "Aide : aucune case cochée.",
    ]


def test_fields_in_rows_make_a_table(tmp_path: Path) -> None:
    def draw(writer: Writer) -> None:
        for x, head in ((60, "Poste"), (200, "2022"), (300, "2023")):
            writer.line(head, 700, x=x)
        for k, (label, *values) in enumerate((("Achats", "1200", "1300"), ("Eau", "60", "64"))):
            writer.line(label, 680 - 22 * k, x=60)
            for x, value in zip((200, 300), values, strict=True):
                writer.canvas.acroForm.textfield(
                    name=f"{label}{x}", value=value, x=x, y=676 - 22 * k, width=80, height=16
                )

    assert read(write(tmp_path / "a.pdf", draw))[0].text == (
        "Poste : Achats ; 2022 : 1200 ; 2023 : 1300.\nPoste : Eau ; 2022 : 60 ; 2023 : 64."
    )


def test_comments_are_read_below_their_page_and_told(tmp_path: Path) -> None:
    from pypdf import PdfWriter
    from pypdf.annotations import FreeText, Text

    writer = PdfWriter(clone_from=write(tmp_path / "a.pdf", prose(FIRST), prose("La fin.")))
    (tmp_path / "a.pdf").unlink()
    note = Text(text="Le montant est de\n950 euros", rect=(500, 700, 520, 720), title_bar="Me Roy")
    writer.add_annotation(0, note)
    writer.add_annotation(0, FreeText(text="Vu le 3 mars", rect=(60, 100, 260, 120)))
    writer.write(tmp_path / "b.pdf")
    article, remarks = read(tmp_path / "b.pdf")
    assert article.text == (
        f"{FIRST}\n\nVu le 3 mars.\nNote de Me Roy : Le montant est de 950 euros.\n\nLa fin."
    )
    assert remarks == ["1 note en marge, en fin de page dans le texte"]
