"""What a comparison sets side by side, and on which criteria, read in the words of the question.

« Compare Nantes et Brest : loyers, transports » has two sides and two criteria. Knows nothing
about articles or models.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from rag.french import normalize

_MOST = 4
_ASKS = re.compile(
    r"^.*?\b(?:compare[rz]?(?:-(?:moi|nous))?|comparaison|comparatif|différences?"
    r"|points? communs?|distingu\w+|différenci\w+|avantages(?: et (?:les )?inconvénients)?"
    r"|oppos\w+|sépar\w+|diff[èe]rent|choisir|préférer|mieux)\b(?:[^:]*?\bentre\b)?",
    re.IGNORECASE,
)
# What may stand between the word that compares and the first side.
_OPENS = re.compile(r"^(?:\s|,|(?:y a-t-il|entre|de|des|du|d'(?=[A-ZÀ-Þ]))\s)+", re.IGNORECASE)
_CRITERIA = re.compile(
    r"(?:\s*:\s*|,?\s+(?:sur les? (?:plans?|critères?)|en (?:matière|termes?)|du point de vue"
    r"|au niveau|pour ce qui est|côtés?|quant|selon)\s+(?:des?\s+|du\s+|d'|à\s+|aux?\s+|les?\s+"
    r"|la\s+|l')*)",
    re.IGNORECASE,
)
_TOPIC = re.compile(
    r"(?<!plutôt),?\s+(?=(?:pour|dans|chez|depuis|avant|après|en \d+|qui|que|quand|lorsque"
    r"|afin)\b)",
    re.IGNORECASE,
)
_BETWEEN = re.compile(
    r"\s*,\s*|\s+(?:et|ou|vs\.?|versus|contre|face (?:à|au|aux)|par rapport (?:à|au|aux)"
    r"|avec (?:celles?|ceux|celui)|plutôt que)\s+",
    re.IGNORECASE,
)
_FROM = re.compile(r"\s+(?:de\s+|du\s+|des\s+|d')", re.IGNORECASE)
_LISTED = re.compile(r"\s*(?:,|;|\bet\b|\bou\b)\s*", re.IGNORECASE)
_ARTICLE = re.compile(
    r"^(?:l'|(?:les?|la|des|du|un|une|ce|cette|ces)\s+"
    r"|(?:celles?|celui|ceux) (?:de |du |des |d'))+",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two sides or more, the criteria that are named, and the rest of the question."""

    sides: tuple[str, ...]
    criteria: tuple[str, ...] = ()
    topic: str = ""


def find_comparison(question: str) -> Comparison | None:
    """Read what a question compares; None where it does not say."""
    plain = normalize(question).strip(" ?!.")
    asks = _ASKS.match(plain)
    rest = plain[asks.end() :] if asks else plain
    parts = _CRITERIA.split(rest, maxsplit=1)
    criteria = tuple(filter(None, map(_trim, _LISTED.split(parts[1])))) if len(parts) > 1 else ()
    named, *topics = _TOPIC.split(_OPENS.sub("", parts[0]), maxsplit=1)
    sides = [side for side in map(_trim, _BETWEEN.split(named)) if side]
    if len(sides) == 1 and asks:
        # « Qu’est-ce qui distingue l’un de l’autre »
        sides = [side for side in map(_trim, _FROM.split(named, maxsplit=1)) if side]
    if not 2 <= len(sides) <= _MOST or (asks is None and len(criteria) == 0):
        return None
    return Comparison(tuple(sides), criteria, _trim(topics[0]) if topics else "")


def _trim(words: str) -> str:
    return _ARTICLE.sub("", words.strip(" ,;:.")).strip()
