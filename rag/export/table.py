"""What a conversation cites, as a table for a spreadsheet: CSV, a line a quotation."""

from __future__ import annotations

import csv
import io

from rag.export.document import ExportedConversation, show, show_quote
from rag.page.wording import find_address

_HEAD = ("Question", "Date", "Article", "Page", "Phrase", "Adresse")
# A cell that begins so would be computed, or worse. Source: OWASP, « CSV Injection ».
_COMPUTED = ("=", "+", "-", "@", "\t", "\r")


def write_table(conversation: ExportedConversation) -> str:
    """Write the quotations of a conversation, those of each question in order.

    Semicolons and a byte order mark are what spreadsheets in French expect.
    """
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";")
    writer.writerow(_HEAD)
    for exchange in conversation.exchanges:
        articles = {article.id: article for article in exchange.articles}
        for item in exchange.citations:
            article = articles[item.article_id]
            address = find_address(article.url, article.sources)
            page = "" if item.page is None else str(item.page)
            cells = (exchange.question, article.date, article.title, page)
            writer.writerow(
                _disarm(show(cell)) for cell in (*cells, show_quote(item.quote), address)
            )
    return "\ufeff" + out.getvalue()


def _disarm(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_COMPUTED) else cell
