"""A conversation as Markdown that is read, followed by the document that is checked.

Nothing that an article or a reader says is Markdown here: every mark of theirs is escaped.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator

from rag.errors import RecordUnreadable
from rag.export import wording
from rag.export.document import (
    CitedArticle,
    ExportedConversation,
    ExportedExchange,
    ExportedSentence,
    Unsealed,
    group_citations,
    is_shown,
    seal,
    show,
    show_quote,
    unseal,
)
from rag.french import NARROW_NO_BREAK_SPACE, NO_BREAK_SPACE, quote, typeset
from rag.page.wording import safe_link
from rag.timeframe import format_date

_OPEN = "<!-- sourcier"
_BLOCK = re.compile(rf"^{_OPEN}\n(.*)\n-->[ \t]*$", re.MULTILINE)
_TABLE = "| Date | Article | Phrase |\n| --- | --- | --- |"
# Lines of an edited text that are named.
_NAMED = 3


def write_markdown(conversation: ExportedConversation) -> str:
    """Write a conversation: what is read, then the sealed document in a comment."""
    shown = "\n\n".join(_write_conversation(conversation)) + "\n"
    return f"{shown}\n{_OPEN}\n{_write_block(seal(conversation, shown))}\n-->\n"


def read_markdown(text: str) -> tuple[Unsealed, list[str]]:
    """Read the document of a Markdown export; the list says what was edited around it.

    Raises
    ------
    RecordUnreadable
        When there is no document, or it can't be read.
    """
    text = "\n".join(text.removeprefix("\ufeff").splitlines())
    blocks = list(_BLOCK.finditer(text))
    if not blocks:
        raise RecordUnreadable(
            "Ce fichier n’est pas un export de Sourcier, ou son bloc de données a été retiré.",
            kept="Il n’a pas été modifié.",
            todo="Exportez la conversation à nouveau.",
        )
    block = blocks[-1]
    try:
        document = json.loads(block[1])
    except (ValueError, RecursionError):
        document = None
    unsealed = unseal(document)
    shown = text[: block.start()] + text[block.end() :]
    return unsealed, [] if is_shown(shown, unsealed) else _tell_edits(shown, unsealed)


def _tell_edits(shown: str, unsealed: Unsealed) -> list[str]:
    """Name the lines of a text that are not those that were written."""
    edited = "Le texte a été modifié après l’export : il ne dit plus ce que disent ses données."
    written = "\n\n".join(_write_conversation(unsealed.conversation))
    if not is_shown(written, unsealed):
        # Another version laid it out otherwise: its lines can't be compared.
        return [edited]
    before, after = ([line.rstrip() for line in t.strip().splitlines()] for t in (written, shown))
    changes = difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    places = [start + 1 for tag, _, _, start, _ in changes if tag != "equal"]
    lines = ", ".join(f"ligne {place}" for place in places[:_NAMED])
    return [f"{edited[:-1]} ({lines}{', …' if len(places) > _NAMED else ''})."]


def _write_block(document: object) -> str:
    """Write JSON that can't close the comment that holds it."""
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    # Also what turns a line around or splits it, and lone surrogates, which no file can hold.
    return re.sub(
        r"[<>&\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]|-(?=-)",
        lambda match: f"\\u{ord(match[0]):04x}",
        text,
    )


# ---------------------------------------------------------------------------------- what is read


def _write_conversation(conversation: ExportedConversation) -> Iterator[str]:
    yield f"# {_escape(conversation.title)}"
    yield _escape(f"{wording.tell_export(conversation)} {wording.CHECKABLE}")
    for exchange in conversation.exchanges:
        yield f"## {exchange.number + 1}. {_escape(exchange.question)}"
        yield from _write_exchange(exchange)


def _write_exchange(exchange: ExportedExchange) -> Iterator[str]:
    for line in wording.tell_question(exchange):
        yield f"*{_escape(line)}*"
    listed = exchange.form == "exhaustive"
    table = [s for s in exchange.sentences if listed and s.item]
    for sentence in exchange.sentences:
        if sentence not in table:
            yield _write_words(wording.tell_sentence(sentence), sentence)
    if table:
        yield "\n".join((_TABLE, *map(_write_row, table)))
    for line in wording.tell_outcome(exchange):
        yield _escape(line)
    if exchange.citations:
        yield "### Sources"
    for article, citations in group_citations(exchange):
        yield _write_article(article)
        yield "\n".join(
            f"- **[{item.n}]** {_escape(quote(show_quote(item.quote)))} — "
            f"{wording.tell_place(item)}"
            for item in citations
        )
    if exchange.outcome == "refused" and exchange.nearest:
        yield "### Passages les plus proches"
        yield "\n".join(
            f"- {_escape(f'{near.title}, {format_date(near.date)}' if near.date else near.title)}"
            for near in exchange.nearest[: wording.NEAREST]
        )


def _write_row(sentence: ExportedSentence) -> str:
    """Write a row of the table of the articles that speak of something."""
    said = _write_words(wording.tell_words(sentence), sentence)
    return f"| {_escape(sentence.label)} | {_escape(sentence.side)} | {said} |"


def _write_words(text: str, sentence: ExportedSentence) -> str:
    doubt = wording.tell_doubt(sentence)
    marks = "".join(f" [{n}]" for n in sentence.citations)
    return f"{_escape(text)}{marks}{f' *({_escape(doubt)})*' if doubt else ''}"


def _write_article(article: CitedArticle) -> str:
    dated = f", {_escape(format_date(article.date))}" if article.date else ""
    names = [_link(*origin) for origin in wording.list_origins(article)]
    origins = f"{NARROW_NO_BREAK_SPACE}; ".join(names)
    told = [f"**{_escape(typeset(article.title))}**{dated}."]
    told += [f"D’après{NO_BREAK_SPACE}: {origins}."] if origins else []
    named = ", ".join(filter(None, (article.id, wording.tell_hash(article))))
    return " ".join([*told, _escape(f"({named})")])


def _link(text: str, url: str) -> str:
    """Make a link of an address that may be followed, else plain text."""
    shown, address = _escape(text), safe_link(url)
    # Marks that could end the link, or pair with others outside.
    for mark in "<>\\`*_[]|$":
        address = address.replace(mark, f"%{ord(mark):02X}")
    return f"[{shown}](<{address}>)" if address and shown else shown


def _escape(text: str) -> str:
    """Make any reader of Markdown show a text as it is, on one line."""
    text = re.sub(r"([\\`*_\[\]~|$#])", r"\\\1", show(text))
    text = re.sub(r"&(?=#?\w+;)", "&amp;", text).replace("<", "&lt;").replace(">", "&gt;")
    # Signs of lists, at the beginning of a line alone.
    return re.sub(r"^([-+]|\d+[.)](?=\s|$))", lambda m: f"{m[0][:-1]}\\{m[0][-1]}", text)
