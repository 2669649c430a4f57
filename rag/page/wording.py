"""The French sentences and labels of the page that depend on a value."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from rag.errors import RagError
from rag.french import NO_BREAK_SPACE, typeset
from rag.types import AnswerSentence, Article, Source, Timings

_MONTHS = (
    "janvier février mars avril mai juin juillet août septembre octobre novembre décembre".split()
)
_EXAMPLES = (
    ("Combien Microsoft a-t-il investi dans OpenAI ?", "2025-10-31-combien-microsoft-a-investi"),
    ("Quelle part d’OpenAI Microsoft détient-il ?", "2025-10-28-accord-definitif"),
    ("Qui vérifiera que l’AGI est atteinte ?", "2025-10-29-panel-experts-agi"),
    ("Quels sont les cinq niveaux d’OpenAI vers l’AGI ?", "2024-07-13-cinq-niveaux-openai"),
    ("Combien ASML a-t-il investi dans Mistral AI ?", "2025-09-10-mistral-ai-asml"),
    ("Qui dirige le laboratoire de superintelligence de Meta ?", "2025-07-04-meta"),
)
_DOUBTS = {
    "partial": "vérifié en partie",
    "unsupported": "non vérifié",
    "contradicted": "contredit par la source",
}
_NESTED = re.compile(r"«[\s\u00a0\u202f]*([^«»]*?)[\s\u00a0\u202f]*»")


def describe_corpus(articles: int) -> str:
    """Say in one line what the page is and over how many articles."""
    count = "un article" if articles == 1 else f"{articles} articles"
    indexed = "indexé" if articles == 1 else "indexés"
    return typeset(
        f"Posez une question : chaque phrase de la réponse renvoie à sa source, parmi {count} "
        f"{indexed} sur cette machine."
    )


def choose_examples(articles: Mapping[str, Article]) -> tuple[str, ...]:
    """Choose questions to start from: those whose article is indexed, else made from titles."""
    known = tuple(
        typeset(question)
        for question, name in _EXAMPLES
        if any(identifier.startswith(name) for identifier in articles)
    )
    if known:
        return known
    titles = [article.title for article in articles.values() if article.title.strip()]
    return tuple(typeset(f"Que dit l’article « {title.strip()} » ?") for title in titles[:6])


def format_date(date: str) -> str:
    """Write an ISO date in French; what is not one is returned as it is."""
    match = re.fullmatch(r"(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?", date)
    if match is None or not 1 <= int(match[2] or 1) <= 12:
        return date
    day = int(match[3] or 0)
    words = ["1er" if day == 1 else str(day)] if day else []
    words += [_MONTHS[int(match[2]) - 1]] if match[2] else []
    return NO_BREAK_SPACE.join(words[:2]) + (" " if words else "") + match[1]


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


def describe_doubt(sentence: AnswerSentence) -> str:
    """Say what is not sure in a sentence; empty when its source supports it."""
    if sentence.support == "supported":
        return ""
    why = f" : {sentence.why}" if sentence.why else ""
    return typeset(_DOUBTS[sentence.support] + why)


def describe_position(position: int) -> str:
    """Tell a waiting reader the place in the line."""
    place = f"n°{NO_BREAK_SPACE}{max(1, position)}"
    return typeset(f"Le modèle répond à quelqu’un d’autre : vous êtes {place} dans la file.")


def describe_error(error: RagError) -> str:
    """Put an error's sentences in paragraphs of safe Markdown."""
    return "\n\n".join(
        escape_markdown(part) for part in (error.what, error.kept, error.todo) if part
    )


def quote(text: str) -> str:
    """Put a sentence between guillemets; those it holds become quotes of second rank."""
    inner = _NESTED.sub("“\\1”", text)
    return f"«{NO_BREAK_SPACE}{inner}{NO_BREAK_SPACE}»"


def describe_source(source: Source) -> str:
    """Name a source of an article: its publisher, then its title."""
    title = quote(source.title.strip()) if source.title.strip() else ""
    return ", ".join(part for part in (source.publisher.strip(), title) if part) or source.url


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
    # Streamlit turns :name: and :name[ into pictures and colours even when escaped; a word joiner,
    # which nobody sees, breaks the name.
    return re.sub(r":(?=[a-z0-9_+\\-])", ":\u2060", text, flags=re.IGNORECASE)
