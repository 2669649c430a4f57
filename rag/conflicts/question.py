"""What a question asks for when it asks for a figure or a date.

Works on words only; knows nothing about sources.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from rag.figures import DURATION, SAME_NOUNS, Figure
from rag.french import MONTHS, find_answer_type, find_names, question_words, stem, terms
from rag.timeframe import fold_in_place

# What a question asks to be counted, by the words that ask it, in folded text, and how it is
# told. The words that come first in the question decide.
_ASKED = (
    (r"\b(?:quel(?:le)?s?|la|le) (?:part|proportion|fraction)\b", "%", "la part"),
    (r"\b(?:quel|le) pourcentage\b", "%", "le pourcentage"),
    (r"\btaux\b", "%", "le taux"),
    (r"\b(?:score|note)\b", "%", "le score"),
    (r"\bpopulation\b", stem("habitants"), "la population"),
    (r"\bprix\b|\bcout\w*\b", "money", "le prix"),
    (r"\bvaloris\w+", "money", "la valorisation"),
    (
        r"\b(?:montant|somme|chiffre d'affaires|budget|dons?|pertes?|pay|debours|depens|invest"
        r"|apport|inject|verse|leve|perdu)\w*",
        "money",
        "le montant",
    ),
)
_COUNTED = re.compile(
    r"\b(?:combien|(?:quel (?:est |etait )?le )?nombre) (?:de |d')(?P<noun>[a-z]+)"
)
# « combien de dollars », « combien de temps »: not what is counted, but its measure.
_MEASURES = frozenset("milliards millions dollars euros livres argent".split())
# Words of a question that tell no subject: a figure has them, or another time.
_NO_SUBJECT = frozenset(
    terms("milliards millions dollars euros livres argent montant somme total nombre chiffre date")
    + terms("année mois jour cause compter part société")
) | {term for month in MONTHS for term in terms(month)}


@dataclass(frozen=True, slots=True)
class Asked:
    """What a question asks for: the kind of its answer, and how to say it in French.

    ``kind`` is that of ``Figure``, empty for a figure of any kind; ``words`` are the search terms
    that tell the subject, ``names`` those of them that are names.
    """

    kind: str
    about: str
    words: frozenset[str]
    names: frozenset[str]

    @property
    def counts(self) -> bool:
        """Whether things are counted, which a sentence may do in letters."""
        return self.kind not in ("", "date", "%", "money", DURATION)


def read_question(question: str) -> Asked | None:
    """Say what a question asks for; None when it is neither a figure nor a date."""
    plain, pairs = fold_in_place(question), question_words(question)
    # « Amazon, combien y a-t-il mis ? »: the first word may be a name too.
    named = {
        part for name in find_names(f"Ici {question}") for part in re.findall(r"[^\W_]+", name)
    }
    words = frozenset(term for term, _ in pairs if not term.isdigit()) - _NO_SUBJECT
    names = frozenset(term for term, word in pairs if word in named) & words
    if find_answer_type(question) == "date":
        year = re.search(r"\bannee\b", plain)
        return Asked("date", "l’année" if year else "la date", words, names)
    if match := _COUNTED.search(plain):
        noun = match["noun"]
        if noun in _MEASURES:
            return Asked("money", "le montant", words, names)
        written = question[match.start("noun") : match.end("noun")]
        of = "d’" if noun[0] in "aeiouyh" else "de "
        kind = SAME_NOUNS.get(stem(noun), stem(noun))
        about = "la durée" if kind == DURATION else f"le nombre {of}{written}"
        return Asked(kind, about, words, names)
    if not _asks_figure(question, plain):
        return None
    told = [
        (match.start(), kind, about)
        for pattern, kind, about in _ASKED
        if (match := re.search(pattern, plain))
    ]
    _, kind, about = min(told, default=(0, "", "le chiffre"))
    return Asked(kind, about, words, names)


_ASKS_FIGURE = re.compile(
    r"\bcombien\b|\bquel(?:le)?s? (?:\w+ ){0,3}?(?:part|fraction|score|note|somme|montant|prix|cout"
    r"|pertes?|amende|dette|budget|salaire|valorisation|hausse|baisse|chute|duree|distance"
    r"|superficie|surface|hauteur|longueur|largeur|profondeur|altitude|taille)\b"
)


def _asks_figure(question: str, plain: str) -> bool:
    return find_answer_type(question) == "quantity" or bool(_ASKS_FIGURE.search(plain))


def answers(figure: Figure, asked: Asked) -> bool:
    """Whether a figure is of the kind asked for, or tells none and may be."""
    if not asked.kind:
        return figure.kind != "date"
    if figure.kind or asked.kind in ("date", "%"):
        return figure.kind == asked.kind
    return asked.kind != "money" or figure.scale > 1
