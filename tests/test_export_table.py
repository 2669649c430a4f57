"""The table of what is cited: what a spreadsheet reads, and what it must not compute."""

from __future__ import annotations

import csv
import io

import docx
from exported import CITATIONS, PRESS, converse, say

from rag.export import write_export
from rag.export.document import ExportedConversation
from rag.export.table import write_table


def read(conversation: ExportedConversation) -> list[list[str]]:
    text = write_table(conversation)
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff")), delimiter=";"))


def test_each_quotation_is_a_line_with_its_article() -> None:
    head, first, second, _ = read(converse(say("Nantes", 1)))
    assert head == ["Question", "Date", "Article", "Page", "Phrase", "Adresse"]
    assert first[1:4] == [PRESS.date, PRESS.title, ""]
    assert (first[4], first[5]) == (CITATIONS[0].quote, PRESS.url)
    assert second[3] == "3"


def test_no_cell_is_computed() -> None:
    (_, line, *_) = read(converse(say("Nantes", 1), question="=1+1"))
    assert line[0] == "'=1+1"


def test_the_articles_that_speak_of_something_are_a_table_in_markdown() -> None:
    said = say("Le port | ouvre.", 1, item=True, label="2025", side="Port | de Brest")
    count = say("Un article sur 3 parle de « port ».", 1, kind="count")
    text = write_export(converse(count, said, form="exhaustive"), "md").decode()
    assert "| Date | Article | Phrase |\n| --- | --- | --- |\n" in text
    assert "| 2025 | Port \\| de Brest | «\u00a0Le port \\| ouvre.\u00a0» [1] |" in text


def test_they_are_a_table_in_word_too() -> None:
    told = {"item": True, "label": "2025", "side": "Le port"}
    data = write_export(
        converse(say("Un.", 1, **told), say("Deux.", 2, **told), form="exhaustive"), "docx"
    )
    (table,) = docx.Document(io.BytesIO(data)).tables
    assert [cell.text for cell in table.rows[0].cells] == ["Date", "Article", "Phrases"]
    date, article, words = (cell.text for cell in table.rows[1].cells)
    assert (len(table.rows), date, article) == (2, "2025", "Le port")
    assert "Un." in words and "Deux." in words
