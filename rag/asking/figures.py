"""Questions that a figure answers: how much, how many, what share, how long."""

from __future__ import annotations

import re

from rag.antecedents import NAME
from rag.asking.dates import DAY, date_of_lead, take_date
from rag.asking.phrasing import PREPOSITION, Asked, follow, invert, is_whole
from rag.clauses import INFINITIVE, PARTICIPLE, Clause, cut_rest, gender_of_noun
from rag.french import is_negative

_NUMBER = (
    r"(?:\d{1,3}(?: \d{3})+|\d+)(?:,\d+)?(?! ?(?:er|e|h)\b)|deux|trois|quatre|cinq|six|sept|huit"
    r"|neuf|dix|onze|douze|quinze|vingt|trente|quarante|cinquante|soixante|cent|une? (?=milli)"
)
_HEDGE = (
    r"(?:(?:environ|près de|plus de|moins de|jusqu'à|au plus|au moins|au maximum|quelque|presque"
    r"|autour de|un peu plus de|un peu moins de|à peine|seulement|exactement|au total|pas moins de"
    r"|plus d'|près d'|à|de) )?(?:d')?"
)
_CURRENCY = r"(?:dollars|euros|livres(?: sterling)?|francs|yens|yuans|[€$£])"
AMOUNT = (
    rf"(?:{_HEDGE})(?P<value>{_NUMBER})(?: (?P<scale>milli(?:er|on|ard)s?))? ?"
    rf"(?:(?P<money>(?:de |d')?{_CURRENCY}(?: par (?:an|mois|jour|action)\b)?)"
    r"|(?P<percent>%|pour cent)"
    r"|(?:de |d')?(?P<noun>(?!milli)[^\W\d_]{2,}[sx])\b(?P<more> (?:[^\W\d_]+(?:elle|el|if|ive|ique"
    r"|aire|ien|ienne|iste|able|ible)s|d(?:e |')[a-zà-ÿ]{4,}(?! [a-zà-ÿ]+é))\b)?|(?P<bare>))"
)
_LASTING = re.compile(r"(?:jours|semaines|mois|ans|années|heures|minutes)$")
_NOT_COUNTED = re.compile(
    r"(?:fois|points|plus|moins|trimestres|autres|premiers|derniers|dans|sous|vers|sans|dollars)$"
)
_RISES = re.compile(
    r"(?:progress|augment|baiss|chut|recul|bondi|grimp|mont|diminu|dimin|rédui|accru|bais)"
)
_FIXED = re.compile(r"(?:fix|limit|estim|port|évalu|plafonn)ée?s?$")


def ask_amount(clause: Clause) -> Asked:
    """Ask how much: « ASML a investi 1,3 milliard d'euros dans Mistral AI »."""
    if clause.form == "is":
        yield from _ask_measure(clause)
    elif clause.form == "be" and _FIXED.match(clause.done):
        yield from _ask_fixed(clause)
    elif found := re.match(AMOUNT, clause.rest):
        told = clause.rest[found.end() :]
        rest = re.sub(
            r"^(?:sur la table|au total|en tout|en moyenne)\b ?", "", cut_rest(told.strip())
        )
        rest = rest if is_whole(rest) else ""
        # Another figure in the rest would be given away, or be the one that counts.
        others = re.search(rf"\b(?:{_NUMBER})\b|%", re.sub(rf"{DAY}|{NAME}", "", rest))
        if told[:1] not in ("-", "/", "e") and not others:
            if not rest or PREPOSITION.match(rest):
                yield from _ask_object(clause, found, rest)


# « Le Figaro évoque 10 milliards »: who says so is not who pays.
_REPORTS = re.compile(
    r"(?:évoqu|avanc|cit|mentionn|retien|donn|indiqu|parl|annonc|estim|chiffr|calcul|situ|montr|dédui"
    r"|affich|publi|écri|relat|rappel|précis|tabl|attribu|créd|impos|oubli)"
)
# « dépasse 650 millions d'utilisateurs »: how many it has is not told.
_PASSES = re.compile(r"(?:dépass|excéd|frôl|approch|attei|franchi)")


def _ask_object(clause: Clause, found: re.Match[str], rest: str) -> Asked:
    """Ask for the figure that is the object of a verb, by its kind."""
    if _REPORTS.match(clause.verb) or _PASSES.match(clause.verb):
        return
    # « se compose de cinq arrondissements »: of how many.
    if clause.reflexive and clause.form == "plain" and not clause.before.startswith("s'él"):
        return
    if clause.form == "plain" and clause.before.startswith("s'él"):
        yield "quantity", f"À combien {clause.before} {clause.subject} {rest}", 0.8
    elif found["percent"]:
        yield from _ask_share(clause, rest)
    elif found["money"] or (found["scale"] and not found["noun"]):
        if not re.match(r"(?:de |d'|du |des )", rest):
            yield from _ask_money(clause, rest)
    elif found["noun"] and not _NOT_COUNTED.search(found["noun"]):
        yield from _ask_count(clause, found, rest)


def _is_past(clause: Clause) -> bool:
    """Whether a verb tells a state that is over, and so needs its date."""
    return bool(re.search(r"(?<!r)ai(?:t|ent)$", clause.before))


def _ask_fixed(clause: Clause) -> Asked:
    """Ask for a sum or a time that is set: « La période d'essai est fixée à 5 jours »."""
    found = re.match(rf"à {AMOUNT}", clause.rest)
    date = take_date(clause.rest).told or date_of_lead(clause)
    if found and (date or not _is_past(clause)):
        noun = "années" if found["noun"] == "ans" else found["noun"]
        word = f"À combien de {noun}" if noun else "À combien"
        yield "quantity", invert(clause, word, date if _is_past(clause) else ""), 0.8


_VALUED = {"est": "vaut", "était": "valait", "sont": "valent", "étaient": "valaient"}


def _ask_money(clause: Clause, rest: str) -> Asked:
    valued = re.match(r"(?:valoris|évalu|estim)ée?s?$", clause.done)
    date = take_date(rest).told or date_of_lead(clause)
    past = _is_past(clause)
    if valued and clause.form == "be":
        # « est valorisée 11,7 milliards »; « évaluée à » is a sum fixed.
        if clause.before in _VALUED and (date or not past):
            yield "quantity", f"Combien {_VALUED[clause.before]} {clause.subject} {date}", 0.9
    elif clause.form == "plain" and re.match(r"va(?:u|l)|coût|pèse", clause.before):
        if date or not past:
            yield "quantity", follow(clause, "Combien", rest or date), 0.9
    elif valued and clause.form == "passive":
        yield "quantity", invert(clause, "À combien", rest or date), 0.8
    elif clause.form != "passive" and (clause.form != "be" or clause.reflexive) and (rest or date):
        # « a mis 14 milliards sur la table »: half of an idiom.
        if clause.done == "mis" and not re.match(r"dans |sur ", rest):
            return
        yield "quantity", invert(clause, "Combien", rest or date), 0.9


_HELD = re.compile(
    r"(?:perce[vr]|recevoir|revendre|déten|déti|possèd|posséd|conserv|contrôl|vers|reçoi|reçu|cédé|obtenu|racheté|acquis|touch"
    r"|pris|représent|fourni|produi)"
)


def _ask_share(clause: Clause, rest: str) -> Asked:
    date = "" if take_date(rest).day or not _is_past(clause) else date_of_lead(clause)
    if clause.form not in ("have", "plain", "modal"):
        return
    if _RISES.match(clause.verb):
        when = rest or date_of_lead(clause)
        yield "quantity", invert(clause, "De combien", when) if when else "", 0.8
    elif re.match(r"(?:de |d'|du |des )", rest) and _HELD.match(clause.verb):
        agreed = _agree(clause.after, "f", False) if clause.form == "have" else ""
        yield "quantity", invert(clause, f"Quelle part {rest}", date, agreed), 0.9


def _agree(done: str, gender: str, plural: bool) -> str:
    """Make a masculine participle agree with the object before it."""
    feminine = "e" if gender == "f" and not done.endswith("e") else ""
    mark = "s" if plural and not (done.endswith("s") and not feminine) else ""
    return done + feminine + mark


def _ask_count(clause: Clause, found: re.Match[str], rest: str) -> Asked:
    if _LASTING.search(found["noun"]):
        if clause.verb.startswith("dur") and clause.form in ("have", "plain"):
            yield "quantity", invert(clause, "Combien de temps", rest), 0.85
        return
    done = ""
    if clause.form == "have":
        gender = gender_of_noun(f"les {found['noun']}")
        if not gender or (clause.named and not rest):
            return
        done = _agree(clause.after, gender, True)
    elif clause.form != "plain" or _RISES.match(clause.before):
        return
    if re.match(r"(?:mesur|pès)", clause.before):
        yield "quantity", follow(clause, "Combien"), 0.8
        return
    noun = found["noun"] + (found["more"] or "")
    yield "quantity", invert(clause, f"Combien de {noun}", rest, done), 0.85


_MEASURED = re.compile(rf"(?:de |proche de |d'){AMOUNT}")


def _ask_measure(clause: Clause) -> Asked:
    """Ask what is it: « Le délai de paiement est de trois mois »."""
    if valid := re.match(rf"valables? (?:pendant |durant )?{AMOUNT}", clause.rest):
        if valid["noun"] and _LASTING.search(valid["noun"]):
            yield "quantity", invert(clause, "Combien de temps", valid.group().split()[0]), 0.85
        return
    found = _MEASURED.match(clause.rest)
    if found is None or clause.named or " " not in clause.subject or not clause.gender:
        return
    rest = cut_rest(clause.rest[found.end() :].strip())
    if not rest or (take_date(rest).day and PREPOSITION.match(rest)):
        which = {"m": "Quel", "f": "Quelle"}[clause.gender] + "s" * clause.plural
        yield "quantity", f"{which} {clause.before} {clause.subject} {rest}", 0.85


_COUNTED_SUBJECT = re.compile(
    rf"(?P<lead>(?:En|Le|Au|Selon|D'après) [^,]{{4,40}}, )?(?i:{AMOUNT})"
    rf"(?P<whose> (?:de |d')(?:{NAME}))?(?:, [^,]{{3,60}},)? "
    rf"(?P<verb>(?:(?:ont|avaient) (?:été )?|sont |étaient ){PARTICIPLE}"
    rf"|(?:se |s')?[^\W\d_]{{3,}}ent|(?:doivent|peuvent|vont) {INFINITIVE})(?![\w'-])(?P<rest>.*)"
)


def ask_counted_subject(plain: str) -> Asked:
    """Ask how many: « Plus de 700 salariés ont menacé de partir »."""
    found = _COUNTED_SUBJECT.fullmatch(plain)
    if found is None or not found["noun"] or not (found["scale"] or found["value"][0].isdecimal()):
        return
    if _NOT_COUNTED.search(found["noun"]) or _LASTING.search(found["noun"]):
        return
    rest = cut_rest(found["rest"].strip())
    lead = take_date(found["lead"] or "")
    past = re.match(r"avaient|étaient|\w+aient$", found["verb"])
    date = lead.told if past and not lead.rest.strip(" ,") else ""
    if past and not (date or take_date(rest).told):
        return
    if rest and is_whole(rest) and not is_negative(f"{found['verb']} {rest}"):
        noun = found["noun"] + (found["more"] or "") + (found["whose"] or "")
        yield "quantity", f"Combien de {noun} {found['verb']} {rest} {date}", 0.9
