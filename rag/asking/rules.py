"""Questions that a rule answers, as sheets of advice put it: « Vous pouvez… », « Il faut… »."""

from __future__ import annotations

import re

from rag.asking.phrasing import Asked, is_whole
from rag.clauses import INFINITIVE, cut_rest, gender_of_noun
from rag.french import fold, is_negative

_YOURS = re.compile(r"\b(?:votre (?P<noun>[^\W\d_]+)|vos\b)")
_RULE = re.compile(
    rf"(?:[^,.;:]{{4,60}}, )?(?P<who>[Vv]ous (?:pouvez|devez)|[Ii]l (?:faut|est possible de"
    rf"|est obligatoire de|est interdit de|est nécessaire de)) (?P<what>{INFINITIVE} .*)"
)
_DELAY = re.compile(
    r" (?:dans (?:un délai|le délai|un délai maximum) de|dans les|sous|au plus tard) \d+ "
    r"[^\W\d_]+.*"
)
_WHERE_TO = re.compile(
    r" (?:auprès d|à la mairie|en mairie|en préfecture|au tribunal|en ligne\b).*"
)


def ask_rule(plain: str) -> Asked:
    """Ask whether, where or how soon: « Vous pouvez payer vos droits en espèces »."""
    found = _RULE.fullmatch(plain)
    if found is None or is_negative(found["what"].split(",")[0]):
        return
    what = _YOURS.sub(_as_ones_own, cut_rest(found["what"]))
    delayed, placed = _DELAY.sub("", what), _WHERE_TO.sub("", what)
    if not is_whole(delayed) or not is_whole(placed) or len(what.split()) < 3:
        return
    must = found["who"].lower() in ("vous devez", "il faut")
    if delayed != what:
        yield "quantity", f"Dans quel délai {'faut-il' if must else 'peut-on'} {delayed}", 0.8
    elif placed != what and len(placed.split()) > 1:
        yield "place", f"Où {'faut-il' if must else 'peut-on'} {placed}", 0.8
    elif not must and found["who"].lower().startswith("vous"):
        yield "what", f"Peut-on {what}", 0.65


def _as_ones_own(match: re.Match[str]) -> str:
    """Write « votre passeport » as « son passeport »; what is not sure stays, and is refused."""
    noun = match["noun"]
    if noun is None:
        return "ses"
    gender = gender_of_noun(f"les {noun}s")
    if not gender:
        return match.group()
    return f"{'son' if gender == 'm' or fold(noun)[0] in 'aeiouyh' else 'sa'} {noun}"
