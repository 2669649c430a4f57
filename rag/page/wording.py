"""The French sentences and labels of the page that depend on a value."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlsplit

from rag.errors import RagError
from rag.french import NO_BREAK_SPACE, quote, typeset
from rag.timeframe import format_date
from rag.types import AnswerSentence, Article, Evidence, Hit, Source, Timings

_DOUBTS = {
    "partial": "vérifié en partie",
    "unsupported": "non vérifié",
    "contradicted": "contredit par la source",
}


def format_moment(moment: datetime) -> str:
    """Write a moment in French, to the minute: « 23 novembre 2026 à 9 h 05 »."""
    day = format_date(moment.date().isoformat())
    return f"{day} à {moment.hour}{NO_BREAK_SPACE}h{NO_BREAK_SPACE}{moment.minute:02}"


def format_timings(timings: Timings) -> str:
    """Write how long an answer took; what did not happen is left out."""
    parts = (
        ("passages en", timings.first_evidence or timings.retrieval),
        ("premier mot en", timings.first_token),
        ("réponse en", timings.total),
    )
    said = [
        f"{label} {value / 1000:.1f}{NO_BREAK_SPACE}s".replace(".", ",")
        for label, value in parts
        if value is not None
    ]
    text = " · ".join(said)
    return text[:1].upper() + text[1:]


def describe_place(article: Article, offset: int) -> str:
    """Say where an offset of an article stands: its date, its page, and how sure that scan is."""
    page = article.find_page(offset)
    parts = [format_date(article.date)] if article.date else []
    if page is not None:
        parts.append(f"page{NO_BREAK_SPACE}{page}")
    sure = dict(article.scans).get(page or 1)
    if sure is not None:
        parts.append(typeset(f"lue par reconnaissance de caractères (confiance {sure} %)"))
    return ", ".join(parts)


def describe_scores(hit: Hit | None, item: Evidence | None, found: int) -> list[list[str]]:
    """Say why a passage was shown: a name, a value and its meaning for each score."""
    rows = []
    if item is not None:
        rows.append(["Phrase", _decimal(item.score, 1), "recherche et lecture ensemble"])
    if hit is not None:
        rows.append(["Rang", f"{hit.rank} sur {found}", "parmi les passages retenus"])
        if hit.reader is not None:
            chance = f"{100 / (1 + math.exp(-hit.reader)):.0f} %"
            rows.append(["Lecture", chance, "probabilité que le passage réponde"])
        rows.append(["Sens", _decimal(hit.dense, 3), "cosinus avec la question, 1 au plus"])
        rows.append(["Mots", _decimal(hit.lexical, 1), "score BM25 des mots de la question"])
        rows.append(["Recherche", _decimal(hit.score, 2), "score qui a placé le passage"])
    return [[typeset(part) for part in row] for row in rows]


def _decimal(value: float, digits: int) -> str:
    return f"{value:.{digits}f}".replace(".", ",").replace("-", "−")


def describe_doubt(sentence: AnswerSentence) -> str:
    """Say what is not sure in a sentence; empty when its source supports it."""
    if sentence.support == "supported":
        return ""
    why = f" : {sentence.why}" if sentence.why else ""
    doubt = _DOUBTS[sentence.support]
    return typeset((doubt.replace("vérifié", "prouvé") if sentence.marked else doubt) + why)


def describe_position(position: int) -> str:
    """Tell a waiting reader the place in the line."""
    place = f"n°{NO_BREAK_SPACE}{max(1, position)}"
    return typeset(f"Sourcier répond à quelqu’un d’autre : vous êtes {place} dans la file.")


def describe_error(error: RagError) -> str:
    """Put an error's sentences in paragraphs of safe Markdown."""
    return "\n\n".join(
        escape_markdown(part) for part in (error.what, error.kept, error.todo) if part
    )


def describe_source(source: Source) -> str:
    """Name a source of an article: its publisher, then its title."""
    title = quote(source.title.strip()) if source.title.strip() else ""
    return ", ".join(part for part in (source.publisher.strip(), title) if part) or source.url


def find_address(url: str, sources: Sequence[Source]) -> str:
    """Return where an article was published, when a reader may follow it, else an empty string.

    The address of one of several works that it draws on is not its own.
    """
    works = [source for source in sources if source.title or source.url]
    borrowed = len(works) > 1 and url in {source.url for source in works}
    return "" if borrowed else safe_link(url)


def tell_reference(
    quoted: str, title: str, date: str, page: int | None, address: str
) -> tuple[str, str, str]:
    """Write the reference of a quotation: « … », *title*, date, page, address.

    Returns
    -------
    tuple[str, str, str]
        What stands before the title, the title, and what stands after it.
    """
    place = f"p.{NO_BREAK_SPACE}{page}" if page is not None else ""
    after = "".join(f", {part}" for part in (format_date(date), place, address) if part)
    return f"{quoted}, ", typeset(title), after


def safe_link(url: str) -> str:
    """Return the address when a reader may follow it (http or https), else an empty string."""
    url = url.strip()
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    plain = not re.search(r"[\s\x00-\x1f\x7f]", url)
    return url if plain and parts.scheme in ("http", "https") and parts.hostname else ""


def escape_markdown(text: str) -> str:
    """Make Streamlit show a text as it is, except `commands` between backquotes."""
    pieces = re.split(r"(`[^`\n]+`)", text)
    return "".join(p if p.startswith("`") and len(p) > 1 else _escape(p) for p in pieces)


def _escape(text: str) -> str:
    text = re.sub(r"([\\`*_{}\[\]()<>#+\-.!|$~&=])", r"\\\1", text)
    # Streamlit turns :name: and :name[ into pictures and colours even when escaped, and an address
    # into a link; a word joiner, which nobody sees, breaks them.
    return re.sub(r":(?=[a-z0-9_+/\\-])", ":\u2060", text, flags=re.IGNORECASE)
