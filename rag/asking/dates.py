"""Questions that a date answers: when, since when, until when."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rag.asking.phrasing import Asked, follow, has_object, invert, is_known, is_whole
from rag.clauses import Clause, cut_rest
from rag.french import WRITTEN_MONTHS

MONTH = rf"(?:{'|'.join(WRITTEN_MONTHS)})"
YEAR = r"(?:1\d{3}|20\d{2})\b(?! (?:milli|dollars|euros|personnes|salariés|signat|habitants))"
DAY = (
    rf"(?:\d{{1,2}}(?:er)? {MONTH}(?: {YEAR})?|{MONTH} {YEAR}"
    rf"|(?:premier|second|deuxième|troisième|quatrième) (?:trimestre|semestre) (?:de )?{YEAR}"
    rf"|{YEAR})"
)
_WEEKDAY = r"(?:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche) "
_WHEN = re.compile(
    rf"(?:^|(?<=[ ,]))(?P<at>(?:le )?{_WEEKDAY}|le |en |au |fin |début |à la mi-|mi-"
    r"|depuis (?:le )?|dès (?:le )?|à partir d[eu] |à compter du |à l'(?:été|automne) "
    r"|au printemps |au début d[e'] ?|à la fin d[e'] ?|jusqu'(?:en |au |à la fin d[e'] ?|à ))"
    rf"(?P<day>{DAY})(?![\w-])",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Moment:
    """A date that tells when, and the text without it; ``day`` is empty when there is none."""

    rest: str
    at: str = ""
    day: str = ""

    @property
    def told(self) -> str:
        """The date with its preposition, empty where its year is left out."""
        whole = f"{self.at}{self.day}".strip()
        return whole[:1].lower() + whole[1:] if re.search(YEAR, self.day) else ""


def take_date(text: str) -> _Moment:
    """Take from a text the first date that tells when something is done."""
    for match in _WHEN.finditer(text):
        left, right = text[: match.start()].rstrip(), text[match.end() :]
        # « dirige Microsoft, partenaire d'OpenAI depuis 2019 »: since when something else.
        if "," in left[:-1] and not left.endswith(","):
            continue
        last = left.rstrip(",").split(" ")[-1]
        # « la lettre publiée le 22 octobre », « l'accord du »: the date of something else.
        if re.search(r"[^\W\d_]{2}(?:é|ée|és|ées|us?|ues?|ites?|ises?)$|^(?:que|et|ou|de)$", last):
            continue
        if re.match(r" (?:et|ou) ", right):
            continue
        if left.endswith(",") and right.startswith(","):
            left, right = left[:-1], right[1:]
        return _Moment(f"{left} {right.strip()}".strip(), match["at"], match["day"])
    return _Moment(text)


def date_of_lead(clause: Clause) -> str:
    """Return the date that opens a statement, when it is all that does and has its year."""
    moment = take_date(clause.lead)
    return moment.told if moment.day and not moment.rest.strip(" ,") else ""


HAPPENS = re.compile(
    r"(?:né|mort|entré|sorti|devenu|parti|arrivé|revenu|tombé|décédé|apparu|passé|prévu|attendu"
    r"|programmé|fixé|intervenu|paru|disparu|survenu|nommé|élu)e?s?$"
)
_WILL = re.compile(r"\w+(?:ra|ront)$|\w{3,}(?:a|èrent)$|expirent?$|na[îq]\w+$|m[eo]ur\w+$|devint$")


def _is_event(clause: Clause) -> bool:
    """Whether a clause tells something that happens once."""
    if clause.before.endswith(("rait", "raient")) or clause.before in ("avait", "avaient"):
        return False
    if clause.form in ("have", "passive") or clause.reflexive:
        return clause.form != "plain"
    if clause.form == "be":
        return bool(HAPPENS.match(clause.done)) or clause.before.startswith(("fu", "se"))
    if clause.form == "modal":
        return not clause.before.startswith(("peu", "pou", "veu"))
    return clause.form == "plain" and bool(_WILL.match(clause.before))


def ask_date(clause: Clause) -> Asked:
    """Ask when: « L'AI Act est entré en vigueur le 1er août 2024 »."""
    moment = take_date(clause.rest)
    if clause.form == "plain" and clause.before.startswith("remont") and not clause.named:
        if re.match(rf"(?:à|au) (?:l'année |la fin de )?{DAY}", clause.rest):
            yield "date", follow(clause, "À quand"), 0.7
    elif clause.form == "plain" and moment.at.startswith("jusqu"):
        core = cut_rest(moment.rest)
        if re.match(r"cour|dur|rest|conserv|gard", clause.before) and is_whole(core):
            yield "date", invert(clause, "Jusqu'à quand", core), 0.8
    elif clause.form == "plain" and moment.at.startswith("depuis"):
        core = cut_rest(moment.rest)
        if core and is_whole(core):
            yield "date", invert(clause, "Depuis quand", core), 0.7
    elif _is_event(clause):
        lead = take_date(clause.lead)
        if not moment.day and lead.day and not lead.rest.strip(" ,"):
            moment = _Moment(clause.rest, lead.at, lead.day)
        yield from _ask_event_date(clause, moment)


def _ask_event_date(clause: Clause, moment: _Moment) -> Asked:
    at, core = moment.at.lower(), cut_rest(moment.rest)
    if clause.form == "passive":
        core = re.sub(r"\bpar .*", "", core).strip()
    # « a fixé au 16 mars le procès »: when it will be, not when it was done.
    unsure = not moment.day or (at == "au " and clause.form == "have")
    if unsure or not is_whole(core) or not is_known(core) or not has_object(clause, core):
        return
    if re.search(rf"{YEAR}|\b{MONTH}\b", core) or _PLACES_IN_TIME.match(clause.verb):
        return
    word = next((word for start, word in _SINCE.items() if at.startswith(start)), "Quand")
    # « Depuis juillet, Microsoft a quitté… »
    word = "Quand" if word == "Depuis quand" and clause.form in ("have", "passive") else word
    if clause.pronoun:
        yield "date", invert(clause, word, core), 0.8 if clause.form != "have" else 0.7
    elif not core:
        yield "date", follow(clause, word), 0.7


# « TechTarget situe le lancement en février »: the date is not that of what is said.
_PLACES_IN_TIME = re.compile(
    r"(?:évoqu|situ|cit|mentionn|retenu|estim|chiffr|avanc|dat|attribu|crédit|not|relat|rapport|indiqu"
    r"|écri|affirm|plac[ée]e? le lanc|prév)"
)
_SINCE = {
    "jusqu": "Jusqu'à quand",
    "depuis": "Depuis quand",
    "à partir": "À partir de quand",
    "à compter": "À partir de quand",
}
