"""Whether a sentence speaks of what a question asks, by the words, names and time of both.

A sentence is read after the title of its article and the sentences before it, which name what
« elle » stands for.
"""

from __future__ import annotations

import re

from rag.conflicts.question import Asked
from rag.french import terms
from rag.timeframe import Timeframe, find_dates, fit_time, fold_in_place
from rag.types import Evidence

# Share of the question's search terms that a sentence that speaks of versions must hold, with its
# title and the sentence before, which names what « elle » stands for.
_ABOUT = 0.5
# The same for a question without a name.
_ABOUT_NOBODY = 0.6
# Share of the question's names that its passage must hold: both of two, but « en Bourse » is none.
_NAMED_SHARE = 0.7
# What else a sum may be, each by its words in folded text: a sentence that speaks of one answers
# only a question that does too.
_MEASURED = (
    r"\bvaloris|\bvaleur\b|\bva(?:ut|lent|lait)\b",
    r"\bperte|\bperd",
    r"\bbenefic|\bprofit|\bgagn",
    r"\bchiffre d'affaires|\bventes\b|\brecettes\b|\brevenus?\b",
    r"\bsalair|\bremuner",
    r"\bdette|\bemprunt",
    r"\bcapitalisation",
)
# One among several: the question and the sentence both tell it, or neither.
_RANKED = re.compile(r"\bpremi|\bau depart\b|\binitial|\bdernie|\bsecond|\bdeuxieme|\bpar an\b")


def is_about(item: Evidence, question: str, asked: Asked, frame: Timeframe | None) -> bool:
    """Whether a sentence, read after its title and the sentence before, is about the question.

    Its passage must hold the names, and it must not speak of another time or another measure.
    """
    chunk, lead = item.chunk, read_lead(item)
    wide = read_lead(item, 2)
    told_here = f"{chunk.title}\n{wide}\n{item.text}"
    least = _ABOUT if asked.names else _ABOUT_NOBODY
    if (
        share_held(asked.words, told_here) < least
        or share_held(asked.names, told_here) < _NAMED_SHARE
    ):
        return False
    # What else is told of the same names: a birth, not a death.
    near = lead if asked.kind == "date" else wide
    same = share_held(asked.words - asked.names, f"{near}\n{item.text}")
    if not same or (asked.kind == "date" and same < _ABOUT):
        return False
    if (
        asked.kind == "date"
        and share_held(_read_event(question) & asked.words, f"{lead}\n{item.text}") < 1
    ):
        return False
    timed = item.text if find_dates(item.text) else f"{lead} {item.text}"
    if frame and asked.kind != "date" and fit_time(frame, timed, chunk.date) < 0:
        return False
    if asked.kind not in ("money", ""):
        return True
    wanted, told = fold_in_place(question), fold_in_place(f"{lead} {item.text}")
    if bool(_RANKED.search(wanted)) != bool(_RANKED.search(told)):
        return False
    return not any(
        re.search(pattern, told) and not re.search(pattern, wanted) for pattern in _MEASURED
    )


# « a-t-elle été fondée », « est-il sorti »: what happened.
_EVENT = re.compile(
    r"\b(?:a-t-(?:il|elle)|est(?:-(?:il|elle))?|(?:a|ete|s'est(?:-elle)?))(?: ete)? "
    r"(\w{2,}(?:e|ee|es|ees|i|is|ie|ies|u|us|ue|ues))\b"
)


def _read_event(question: str) -> frozenset[str]:
    plain = fold_in_place(question)
    found = [question[m.start(1) : m.end(1)] for m in _EVENT.finditer(plain)]
    return frozenset(terms(" ".join(found)))


def read_lead(item: Evidence, count: int = 1) -> str:
    """Return the ``count`` sentences before in its passage, empty for the first."""
    chunk = item.chunk
    before = sorted(span.start for span in chunk.sentences if span.end <= item.start)[-count:]
    return chunk.text[before[0] - chunk.start : item.start - chunk.start] if before else ""


# Letters that two words of one family share.
_ROOT = 5


def share_held(words: frozenset[str], text: str) -> float:
    """Share of the words that a text holds, or others that begin alike (« Bourse, boursière »)."""
    told = set(terms(text))
    held = [word for word in words if any(are_kin(word, term) for term in told)]
    return len(held) / len(words) if words else 1.0


def are_kin(one: str, other: str) -> bool:
    """Whether two search terms begin alike, or tell one event."""
    shared = min(len(one), len(other), _ROOT)
    if one == other or (shared >= _ROOT - 1 and one[:shared] == other[:shared]):
        return True
    return one in _KIN and _KIN[one] == _KIN.get(other)


# Other words for one event, each group under the term of its first.
_KIN = {
    term: terms(group)[0]
    for group in (
        "fondation fondée fonder création créée créer naissance née naître origine",
        "sortie sorti sortir lancement lancé lancer parution paru publication publié diffusion "
        "diffusé épisode",
        "mort décès décédé mourir",
        "signature signé conclusion conclu annonce annoncé",
        "fin cesser terme échéance expirer expiration prendre",
        "exclusif exclusivité exclusive réservé réserver",
        "rachat racheter racheté achat acheter acheté acquisition acquérir acquis offert offrir "
        "payer payé coûter coûta coûté débourser déboursé déboursée dépenser dépensé prix",
        "investissement investir investi mise mettre mis miser misé placer placé injecter injecté "
        "apport apporter apporté verser versé",
        "perte perdre perdu perdus perdue perdues",
        "don donner donné",
        "score note résultat",
        "hauteur haut haute",
        "longueur long longue",
        "hausse monter monté gagner gagné pris progresser progressé",
    )
    for term in terms(group)
}
