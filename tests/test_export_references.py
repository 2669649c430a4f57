"""RIS and BibTeX: one entry an article, keys that stay, texts that break nothing."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from exported import DOSSIER, PRESS, REPORT, converse
from kept import keep_hostile

from rag.export import make_export
from rag.export.document import CitedArticle, ExportedConversation
from rag.export.references import list_references, write_bibtex, write_ris
from rag.types import Source


def cite(*articles: CitedArticle) -> ExportedConversation:
    return converse(articles=articles, citations=())


def read_ris(text: str) -> list[dict[str, str]]:
    assert text.endswith("ER  - \r\n") and "\n" not in text.replace("\r\n", "")
    entries = text.split("ER  - \r\n")[:-1]
    return [dict(line.split("  - ", 1) for line in e.strip().split("\r\n")) for e in entries]


def read_bibtex(text: str) -> list[dict[str, str]]:
    """Read as BibTeX does: a field ends where its braces do, escaped or not."""
    entries = []
    for match in re.finditer(r"^@(\w+)\{([^,]+),\n", text, re.MULTILINE):
        fields, at = {"type": match[1], "key": match[2]}, match.end()
        while text[at] != "}":
            field = re.compile(r"  (\w+) = \{").match(text, at)
            assert field is not None
            depth, end = 1, field.end()
            while depth:
                depth += {"{": 1, "}": -1}.get(text[end], 0)
                end += 1
            fields[field[1]] = text[field.end() : end - 1]
            assert text[end : end + 2] == ",\n"
            at = end + 2
        entries.append(fields)
    return entries


def test_ris_has_one_entry_an_article() -> None:
    conversation = converse()
    (exchange,) = conversation.exchanges
    later = replace(exchange, number=1, asked="2026-11-25T10:15:00+00:00", articles=(PRESS,))
    press, report, dossier = read_ris(write_ris(replace(conversation, exchanges=(exchange, later))))
    assert list(press) == ["TY", "TI", "T2", "DA", "PY", "UR", "Y2", "ID"]
    assert list(press.values())[:-1] == [
        "ELEC",
        "Les loyers de Nantes & de Brest montent",
        "Le Quotidien",
        "2025/10/31/",
        "2025",
        "https://exemple.fr/loyers?a=1_2",
        "2026/11/25/",
    ]
    assert (report["TY"], report["DA"], report["PY"]) == ("RPRT", "2025/10//", "2025")
    # It draws on several works: the publisher and the address of one are not its own.
    assert (dossier["TY"], dossier["DA"]) == ("GEN", "2024///")
    assert not {"UR", "Y2", "PB", "T2"} & set(dossier)


def test_bibtex_escapes_what_it_would_read() -> None:
    press, report, dossier = read_bibtex(write_bibtex(converse()))
    assert press["title"] == r"{Les loyers de Nantes \& de Brest montent}"
    assert (press["type"], press["organization"]) == ("online", "Le Quotidien")
    assert (press["date"], press["year"]) == ("2025-10-31", "2025")
    assert press["url"] == "https://exemple.fr/loyers?a=1_2", "an address is verbatim"
    assert press["urldate"] == "2026-11-23"
    assert report["title"] == r"{Rapport \textbraceleft{}annuel\textbraceright{} à 100 \%}"
    assert (report["type"], dossier["type"]) == ("techreport", "misc")


@pytest.mark.parametrize(
    ("article", "types"),
    [
        (replace(PRESS, url="", sources=(Source("Le Quotidien"),)), ("NEWS", "article")),
        (replace(PRESS, id="mot.eml", url=""), ("ICOMM", "misc")),
        (replace(REPORT, date=""), ("GEN", "misc")),
        (replace(PRESS, url="javascript:alert(1)"), ("NEWS", "article")),
    ],
)
def test_the_type_of_an_entry(article: CitedArticle, types: tuple[str, str]) -> None:
    (reference,) = list_references(cite(article))
    assert reference.type == types


def test_a_key_is_that_of_the_article_alone() -> None:
    alone, together = cite(REPORT), cite(PRESS, REPORT, DOSSIER)
    (key,) = (item.key for item in list_references(alone))
    assert key == list_references(together)[1].key
    assert re.fullmatch(r"rapport-annuel-2025-[0-9a-f]{8}", key)
    twins = list_references(cite(REPORT, replace(REPORT, id="autre.pdf")))
    assert len({item.key for item in twins}) == 2


@pytest.mark.parametrize(
    "title", ["}", "{{", "a\\", "@misc{x,", 'fin"}', "x\nER  - \nTY  - BOOK", "{\\}"]
)
def test_no_title_breaks_an_entry(title: str) -> None:
    conversation = cite(replace(PRESS, title=title), REPORT)
    entries = read_bibtex(write_bibtex(conversation))
    assert [entry["type"] for entry in entries] == ["online", "misc"]
    assert [entry["TY"] for entry in read_ris(write_ris(conversation))] == ["ELEC", "GEN"]


def test_hostile_articles() -> None:
    conversation = make_export("c1", [keep_hostile()])
    (ris,), (bibtex,) = read_ris(write_ris(conversation)), read_bibtex(write_bibtex(conversation))
    for entry in (ris, bibtex):
        assert not re.search(r"[\x00-\x1f\u202a-\u202e\ud800-\udfff]", "".join(entry.values()))
    # A date that is none is left out.
    assert "DA" not in ris and "date" not in bibtex


def test_a_conversation_that_cites_nothing_has_no_entry() -> None:
    assert write_ris(cite()) == write_bibtex(cite()) == ""
