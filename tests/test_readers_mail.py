"""EML and MHTML: messages with their attachments, pages as they were saved."""

from __future__ import annotations

from email.message import EmailMessage
from pathlib import Path

import pytest

from rag.errors import EmptyCorpus
from rag.readers import Reading, read_corpus
from rag.types import Source

_HEAD = (
    "De : Claire Martin (claire@exemple.fr) ; À : Paul (paul@exemple.fr) ; "
    "Date : 12\u00a0mars 2024 ; Objet : Réouverture du Rex."
)


def write(subject: str = "Réouverture du Rex") -> EmailMessage:
    message = EmailMessage()
    message["From"] = "Claire Martin <claire@exemple.fr>"
    message["To"] = "Paul <paul@exemple.fr>"
    message["Date"] = "Tue, 12 Mar 2024 10:00:00 +0100"
    message["Subject"] = subject
    return message


def read_one(folder: Path, name: str, data: bytes) -> Reading:
    (folder / name).write_bytes(data)
    return read_corpus(folder)


def test_a_charset_that_does_not_exist(tmp_path: Path) -> None:
    for name in (b"absent", b"utf\0"):
        data = b"Subject: Le Rex\nContent-Type: text/plain; charset=" + name + b"\n\nIl rouvre."
        (article,) = read_one(tmp_path, "a.eml", data).articles
        assert article.text.endswith("Il rouvre.")


def test_a_message(tmp_path: Path) -> None:
    message = write()
    message.set_content("Bonjour,\n\nLe Rex rouvre le 4 mai.\n", charset="cp1252")
    message.add_alternative("<p>Bonjour,</p><p>Le Rex rouvre.</p>", subtype="html")
    (article,) = read_one(tmp_path, "a.eml", bytes(message)).articles
    assert (article.title, article.date) == ("Réouverture du Rex", "2024-03-12")
    assert article.sources == (Source("Claire Martin"),)
    assert article.text == f"{_HEAD}\n\nBonjour,\n\nLe Rex rouvre le 4 mai."


def test_a_message_whose_text_only_sends_to_its_page(tmp_path: Path) -> None:
    message = write()
    message.set_content("Voir en ligne")
    page = "".join(
        f"<p>Le Rex rouvre le {day} mai, dit le maire de la ville.</p>" for day in range(1, 9)
    )
    message.add_alternative(f"<html><body>{page}</body></html>", subtype="html")
    (article,) = read_one(tmp_path, "a.eml", bytes(message)).articles
    assert "Le Rex rouvre le 8 mai" in article.text and "Voir en ligne" not in article.text


def test_attachments_are_articles_and_what_is_not_read_is_told(tmp_path: Path) -> None:
    message, joined = write(), write("Dedans")
    message.set_content("Voir la pièce.")
    joined.set_content("Un mot.")
    markdown = b"# Budget\n\n40 000 euros."
    message.add_attachment(
        markdown, maintype="text", subtype="markdown", filename="../2024-01-02 budget.md"
    )
    message.add_attachment(b"\x89PNG", maintype="image", subtype="png", filename="logo.png")
    message.add_attachment(joined)
    reading = read_one(tmp_path, "a.eml", bytes(message))
    assert [(a.id, a.title, a.date) for a in reading.articles] == [
        ("a.eml", "Réouverture du Rex", "2024-03-12"),
        ("a.eml#2024-01-02 budget.md", "Budget", "2024-01-02"),
        ("a.eml#message joint.eml", "Dedans", "2024-03-12"),
    ]
    (remark,) = reading.remarks
    assert remark.text.startswith("« logo.png » : format « .png » non pris en charge")


@pytest.mark.parametrize(
    "data",
    [b"", b"\xff\xfe\x00", b"Bonjour", b"Content-Type: multipart/mixed\n\n" + b"--\n" * 1000],
)
def test_what_is_no_message_is_refused(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(EmptyCorpus, match="courriel"):
        read_one(tmp_path, "a.eml", data)


@pytest.mark.parametrize("header", ["Date: hier", "Subject: =?x-faux?Q?=FF?=", "From: <<>@@"])
def test_a_malformed_header_keeps_no_message_from_being_read(tmp_path: Path, header: str) -> None:
    data = f"{header}\nTo: paul@exemple.fr\nContent-Type: text/plain; charset=faux\n\nLe Rex."
    assert read_one(tmp_path, "a.eml", data.encode()).articles[0].text.endswith("Le Rex.")


def test_a_saved_page(tmp_path: Path) -> None:
    page = (
        b"From: <Saved by Blink>\nSnapshot-Content-Location: https://exemple.fr/rex\n"
        b'MIME-Version: 1.0\nContent-Type: multipart/related; boundary="B"\n\n'
        b"--B\nContent-Type: text/html\nContent-Transfer-Encoding: quoted-printable\n\n"
        b"<html><head><title>Le Rex</title></head><body><h1>Le Rex</h1>"
        b"<p>Le cin=C3=A9ma rouvre le 4 mai.</p></body></html>\n--B--\n"
    )
    (article,) = read_one(tmp_path, "a.mhtml", page).articles
    assert (article.id, article.title, article.url) == (
        "a.mhtml",
        "Le Rex",
        "https://exemple.fr/rex",
    )
    assert "Le cinéma rouvre le 4 mai." in article.text


def test_the_style_sheets_of_a_saved_page_tell_what_is_struck(tmp_path: Path) -> None:
    page = (
        b'MIME-Version: 1.0\nContent-Type: multipart/related; boundary="B"\n\n'
        b"--B\nContent-Type: text/html\n\n"
        b"<h1>Le Rex</h1><p>Le loyer est de <b class=x>850</b> 920 euros.</p>\n"
        b"--B\nContent-Type: text/css\n\n.x{text-decoration:line-through}\n--B--\n"
    )
    reading = read_one(tmp_path, "a.mhtml", page)
    assert "Le loyer est de 920 euros." in reading.articles[0].text
    assert [r.text for r in reading.remarks] == ["1 passage barré : laissé de côté"]


def test_a_saved_page_without_a_page_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EmptyCorpus, match="aucune page"):
        read_one(tmp_path, "a.mht", b"MIME-Version: 1.0\n\nx")
