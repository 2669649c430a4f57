"""Puts a clause as a question: the verb before its pronoun, or before its subject.

Every kind of question ends here. What has no pronoun for sure, or lost what it needs, asks nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from rag.clauses import DANGLING, INFINITIVE, Clause
from rag.french import find_names

Kind = Literal["who", "quantity", "date", "place", "reason", "definition", "what", "heading"]
Asked = Iterator[tuple[Kind, str, float]]
INDEFINITE = re.compile(
    r"(?:une? |des |de |d'|plusieurs |quelques |deux |trois |quatre |cinq |six )"
)


def invert(clause: Clause, word: str, rest: str, done: str = "") -> str:
    """Put a question: « Combien », ASML, a-t-il, investi, dans Mistral AI; "" without pronoun."""
    if not clause.pronoun:
        return ""
    link = "-t-" if clause.before[-1] in "aec" else "-"
    verb = f"{clause.before}{link}{clause.pronoun}"
    return " ".join((word, clause.subject, verb, done or clause.after, rest))


def follow(clause: Clause, word: str, rest: str = "") -> str:
    """Put a question whose subject follows its verb: « Combien », vaut, SSI."""
    return " ".join((word, clause.before, clause.after, clause.subject, rest))


def is_whole(rest: str) -> bool:
    """Whether what follows a verb does not stop in the middle of something."""
    return not DANGLING.search(rest)


def is_known(rest: str) -> bool:
    """Whether what is done is told enough: « une structure » is not, « un accord avec AMD » is."""
    indefinite = INDEFINITE.match(rest) or re.match(r"(?:et|ou) ", rest)
    return not indefinite or bool(find_names(f"x {rest}"))


# Verbs that need no object, whose complement comes after a preposition.
_INTRANSITIVE = re.compile(
    r"(?:démissionn|renonc|particip|invest|fusionn|cess|accept|décid|menac|succéd|adhér|vot"
    r"|début|expir|pri(?:s|t)|collabor|négoci|échou|réussi|contribu|servi|appartenu|rompu|grandi"
    r"|étudi|vécu|travaill|enseign|régn|combatt|été|voyag|émigr|plaid|jou)"
)
PREPOSITION = re.compile(
    r"(?:à|au|aux|dans|en|chez|sur|pour|par|avec|contre|auprès|lors|depuis|entre|pendant|d'ici|vers"
    r"|sous|de|du|d'|des|chaque|le \d|le lundi|durant|face|via|jusqu\S*|hors|parmi|outre)\b"
)
_ALONE = re.compile(r"(?:démissionn|expir|échou|début|cess|été)")
# Verbs that need to tell what to do, beside to whom.
_TO_DO = re.compile(r"(?:persuad|oblig|contrain|forc|convain|incit|autoris|charg|empêch|invit)")


def has_object(clause: Clause, rest: str) -> bool:
    """Whether an active verb keeps the object that it needs."""
    if _TO_DO.match(clause.verb) and not re.search(rf"(?:à |de |d'){INFINITIVE}", rest):
        return False
    if clause.form in ("passive", "be") or clause.reflexive:
        return True
    if _INTRANSITIVE.match(clause.verb.split(" ")[0]):
        return bool(rest) or bool(_ALONE.match(clause.verb))
    if re.search(rf" (?:à|de) {INFINITIVE}$", clause.after):
        return bool(rest)
    start = re.sub(
        r"^(?:en (?:service|ligne|vente|place|cause|demeure)|au point|à jour) ", "", rest
    )
    return bool(start) and not PREPOSITION.match(start)
