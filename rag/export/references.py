r"""The articles that a conversation cites, as reference managers read them: RIS and BibTeX.

One entry an article, in the order in which they are cited. The key of an entry follows from the
article alone, so that it is the same in every export. Sources: the RIS specification of Research
Information Systems (2012), with the tags as Zotero reads them; the manuals of BibTeX and biblatex.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.export.document import CitedArticle, ExportedConversation, show
from rag.french import fold, plain_spaces
from rag.page.wording import find_address
from rag.records import hash_text

Type = tuple[str, str]
"""The name of a type in RIS, and in BibTeX."""
_MESSAGE: Type = ("ICOMM", "misc")
_WEB: Type = ("ELEC", "online")
_REPORT: Type = ("RPRT", "techreport")
_PRESS: Type = ("NEWS", "article")
_OTHER: Type = ("GEN", "misc")
# Where a type says who published.
_RIS_PUBLISHER = {"ELEC": "T2", "NEWS": "T2"}
_BIBTEX_PUBLISHER = {
    "article": "journal",
    "online": "organization",
    "techreport": "institution",
}
# A brace that is only escaped would still count among those that close a field.
_LATEX = {
    "\\": r"\textbackslash{}",
    "{": r"\textbraceleft{}",
    "}": r"\textbraceright{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{mark: f"\\{mark}" for mark in "#$%&_"},
}


@dataclass(frozen=True, slots=True)
class Reference:
    """An article as a bibliography names it.

    ``date`` and ``accessed`` are ISO 8601, possibly partial, or empty; ``accessed`` is the day of
    the last question that cites the article.
    """

    key: str
    type: Type
    title: str
    date: str
    publisher: str
    address: str
    accessed: str


def list_references(conversation: ExportedConversation) -> tuple[Reference, ...]:
    """Make the references of the cited articles, each once."""
    cited: dict[str, tuple[CitedArticle, str]] = {}
    paged: set[str] = set()
    for exchange in conversation.exchanges:
        cited |= {article.id: (article, exchange.asked) for article in exchange.articles}
        paged |= {item.article_id for item in exchange.citations if item.page is not None}
    return tuple(
        _make_reference(article, asked, article.id in paged) for article, asked in cited.values()
    )


def write_ris(conversation: ExportedConversation) -> str:
    """Write the references as RIS."""
    entries = map(_write_ris_entry, list_references(conversation))
    return "\r\n".join("".join(f"{tag}  - {value}\r\n" for tag, value in e) for e in entries)


def write_bibtex(conversation: ExportedConversation) -> str:
    """Write the references as BibTeX in UTF-8; the types and dates are also those of biblatex."""
    return "\n".join(map(_write_bibtex_entry, list_references(conversation)))


def _make_reference(article: CitedArticle, asked: str, paged: bool) -> Reference:
    # Several works are what the article draws on: none of them published it.
    works = [source for source in article.sources if source.title or source.url]
    publisher = article.sources[0].publisher if article.sources and len(works) < 2 else ""
    address = find_address(article.url, article.sources)
    return Reference(
        key=_make_key(article),
        type=_find_type(article, publisher, address, paged),
        title=plain_spaces(show(article.title)),
        date=_read_date(article.date),
        publisher=plain_spaces(show(publisher)),
        address=address,
        accessed=_read_date(asked[:10]) if address else "",
    )


def _find_type(article: CitedArticle, publisher: str, address: str, paged: bool) -> Type:
    if article.id.partition("#")[0].lower().endswith(".eml"):
        return _MESSAGE
    if address:
        return _WEB
    if paged:
        return _REPORT
    return _PRESS if publisher and article.date else _OTHER


def _make_key(article: CitedArticle, most: int = 2) -> str:
    """Make a key of words that a reader knows again, and of a hash that no other article has."""
    words: Sequence[str] = re.findall(r"[a-z0-9]+", fold(show(article.title)))
    year = _read_date(article.date)[:4]
    named = [*[word[:16] for word in words if len(word) > 3][:most], year]
    return "-".join([*filter(None, named), hash_text(article.id)[:8]])


def _read_date(text: str) -> str:
    return text if re.fullmatch(r"\d{4}(-\d\d){0,2}", text) else ""


def _write_ris_entry(item: Reference) -> Iterator[tuple[str, str]]:
    kind, _ = item.type
    fields = {
        "TI": item.title,
        _RIS_PUBLISHER.get(kind, "PB"): item.publisher,
        "DA": _write_ris_date(item.date),
        "PY": item.date[:4],
        "UR": item.address,
        "Y2": _write_ris_date(item.accessed),
        "ID": item.key,
    }
    yield "TY", kind
    yield from ((tag, value) for tag, value in fields.items() if value)
    yield "ER", ""


def _write_ris_date(date: str) -> str:
    """Write « 2025/10/31/ », « 2025/10// » or « 2025/// »: a fourth part would name a season."""
    return date.replace("-", "/") + "/" * (3 - date.count("-")) if date else ""


def _write_bibtex_entry(item: Reference) -> str:
    _, kind = item.type
    fields = {
        # The second braces keep the capitals of names.
        "title": f"{{{_escape(item.title)}}}",
        _BIBTEX_PUBLISHER.get(kind, "publisher"): _escape(item.publisher),
        "date": item.date,
        # What BibTeX itself knows of a date.
        "year": item.date[:4],
        "url": re.sub(r"[{}\\]", lambda match: f"%{ord(match[0]):02X}", item.address),
        "urldate": item.accessed,
    }
    written = "".join(f"  {name} = {{{value}}},\n" for name, value in fields.items() if value)
    return f"@{kind}{{{item.key},\n{written}}}\n"


def _escape(text: str) -> str:
    return "".join(_LATEX.get(character, character) for character in text)
