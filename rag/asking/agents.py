"""Questions that a name answers: who did it, who heads it, with whom."""

from __future__ import annotations

import re

from rag.antecedents import NAME
from rag.asking.dates import DAY, HAPPENS, take_date
from rag.asking.phrasing import Asked, has_object, invert, is_known, is_whole
from rag.clauses import Clause, Names, cut_rest, lower_determiner
from rag.french import find_names

# Verbs whose subject acts: « Qui a racheté… » asks for a company as well as for a person.
_ACTS = re.compile(
    r"(?:rachet|achet|acquis|fond|cofond|cré|lanc|financ|développ|conçu|fabriqu|accus|poursuivi"
    r"|attaqu|révél|dirig|présid|pilot|contrôl|détien|possèd|invent|construi|découver|écrit|compos"
    r"|peint|remport|rédig|soutien|bâti|présent|propos|racont|mis au point)"
)
SAYS = re.compile(
    r"(?:estim|jug|pens|affirm|considèr|assur|croi|déclar|di[st]|soutien|soutenu|expliqu|racont"
    r"|indiqu|précis|ajout|rappel|soulign|reconn|prévien|observ|répèt|répond|doute)"
)
_UNDERGOES = re.compile(
    r"(?:vu|eu|connu|attein|coût|perdu|gagn|dur|valu|été|pris|franchi|progress|chut|bais|mont|recul|fait"
    r"|bondi|grimp|pu|dû|subi|souffert|vieilli|grandi|dépass|commenc|cess|paru|sembl|permi|suscit"
    r"|provoqu|entraîn|caus|sorti|disparu|exist|compt|mis)"
)
_SINGULAR = {"ont": "a", "sont": "est", "se sont": "s'est", "auront": "aura", "avaient": "avait"}


def ask_who(clause: Clause) -> Asked:
    """Ask who: « Arthur Mensch dirige Mistral AI »."""
    if not clause.named or clause.form in ("is", "modal"):
        return
    acts = bool(_ACTS.match(clause.verb)) and clause.form in ("have", "plain")
    person = clause.person and bool(HAPPENS.match(clause.done))
    # A model or a law is no « who »: their names have figures.
    does = clause.form == "have" and not re.search(r"\d", clause.subject)
    does = does and not _UNDERGOES.match(clause.done)
    if not (acts or person or does) or (SAYS.match(clause.verb) and not acts):
        return
    if clause.before.endswith(("ait", "aient")) or (clause.form != "have" and clause.gender == "f"):
        if clause.form != "plain" or clause.before.endswith(("ait", "aient")):
            return
    moment = take_date(clause.rest)
    # « a promis le 23 octobre un million »: the date is dropped where it comes first.
    early = moment.day and clause.rest.startswith((moment.at, moment.day))
    core = cut_rest(moment.rest if early else clause.rest)
    if re.match(r"(?:davantage|plus|moins|autant|mieux|beaucoup|peu)\b", core):
        return
    known = is_whole(core) and is_known(core) and bool(find_names(f"x {core}"))
    if not known or not has_object(clause, core):
        return
    before = _SINGULAR.get(clause.before, "") if clause.plural else clause.before
    if before:
        yield "who", f"Qui {before} {clause.after} {core}", 0.85 if acts else 0.6


def _masculine(done: str) -> str:
    """Return the masculine singular of a participle."""
    return re.sub(r"(?<=[éiut])e?s?$|(?<=[ia]s)es?$", "", done)


def _present(done: str) -> str:
    """Return the present of a masculine participle (« dirigé » gives « dirige »), "" if unsure."""
    # « gérer », « appeler », « payer » change their stem.
    if not done.endswith("é") or re.search(r"(?:[eé][^\W\d_aeiouyéè]|y)é$", done):
        return {"détenu": "détient", "géré": "gère", "possédé": "possède"}.get(done, "")
    return f"{done[:-1]}e"


# What is done once, and what lasts.
_ONCE = re.compile(
    r"(?:fond|cré|lanc|rachet|conçu|écri|réalis|compos|construi|peint|invent|imagin|bâti|découver)"
)
_LASTS = re.compile(r"(?:dirig|présid|financ|pilot|contrôl|développ|gér)")


def _active(done: str) -> str:
    """Return what an agent does, or did once: « dirige », « a fondé »; "" if unsure."""
    once = _ONCE.match(done) and not _LASTS.match(done)
    return f"a {done}" if once else _present(done)


_BY_SOMEONE = re.compile(
    rf"{_ONCE.pattern}|{_LASTS.pattern}|(?:nomm|él[ui]|désign|vers|délivr|attribu|fix|publi|édit"
    r"|organis|sign|rédig|adopt|présent|propos|gouvern|administr|occup)"
)
_JUDGES = re.compile(r"(?:reconnu|considéré|perçu|vu|décrit|marqué|inspiré|surnommé|qualifié|dit)")


def ask_agent(clause: Clause) -> Asked:
    """Ask who founded it: « Mistral AI a été fondée en 2023 par Arthur Mensch »."""
    by = re.match(
        rf"(?P<rest>[^,;:()]*?)\bpar (?:(?P<named>(?:l'|la |le |les )?{NAME})|[a-zà-ÿ]+['’ ])",
        clause.rest,
    )
    if by is None or clause.form not in ("passive", "be") or clause.reflexive:
        return
    # « marqué par les travaux de Buffon » asks of no one.
    if _JUDGES.match(clause.done) or not (by["named"] or _BY_SOMEONE.match(clause.done)):
        return
    if re.sub(r"^\w+ment\b", "", take_date(by["rest"].strip()).rest):
        return
    done = _masculine(clause.done)
    if clause.form == "passive" and clause.before in ("a", "ont"):
        yield "who", f"Qui a {done} {clause.subject}", 0.95
    elif clause.before in ("est", "sont") and (verb := _active(done)):
        yield "who", f"Qui {verb} {clause.subject}", 0.9
    elif clause.before not in ("est", "sont") or not clause.person:
        yield "who", invert(clause, "Par qui", ""), 0.8


_APPOSED_AGENT = re.compile(
    rf"(?<![\w'’-])(?P<what>(?:[Ll]'|[Ll][ae] )?(?:loi )?{NAME}),? "
    r"(?P<done>[^\W\d_]+(?:é|i|u|is)e?)"
    rf"(?P<when>(?: en| le) {DAY})?(?P<by> par (?:l'|le |la |les )?(?:{NAME}|[a-zà-ÿ]+ ))?"
)
_DATED = re.compile(
    r"(?:né|mort|sorti|paru|fondé|créé|lancé|signé|publié|adopté|annoncé|ouvert|inauguré|construit"
    r"|présenté|rendu public|dévoilé|dissous|racheté|achevé)e?$"
)
# What may stand before a name that what follows tells of.
_OPENS = re.compile(
    r"(?:^|[.,;:«(–] ?|\b(?:que|mais|modèle|société|entreprise|start-up|laboratoire|projet|groupe"
    r"|assistant|fonds|éditeur|plateforme|application|film|roman|livre|album|musée|club|parti"
    r"|journal|site) |qu')$"
)


def ask_apposed(plain: str, names: Names) -> Asked:
    """Ask who or when: « Thinking Machines Lab, fondé en 2025 par Mira Murati »."""
    for match in _APPOSED_AGENT.finditer(plain):
        what, done = lower_determiner(match["what"]), _masculine(match["done"])
        # « le laboratoire de San Francisco, dirigé par »: who heads what is before it.
        if not _OPENS.search(plain[: match.start()]) or not names.is_name(
            re.sub(r"^(?:l'|l[ae] )?(?:loi )?", "", what)
        ):
            continue
        if match["by"] and (_ONCE.match(done) or _LASTS.match(done)):
            yield "who", f"Qui {_active(done)} {what}", 0.95
        if match["when"] and _DATED.match(match["done"]):
            pronoun = "elle" if match["done"].endswith("e") else "il"
            verb = f"est-{pronoun}" if HAPPENS.match(done) else f"a-t-{pronoun} été"
            yield "date", f"Quand {what} {verb} {match['done']}", 0.75


_ROLE = (
    r"(?:PDG|patronn?e?|direct(?:eur|rice)(?: (?:général|exécutif|scientifique|financier"
    r"|technique|artistique)e?)?|présidente?|maire|ministre(?: d(?:e la|u|es|e l') ?[a-zà-ÿ]+)?"
    r"|secrétaire général|gouverneure?|chef(?:fe)?|rédact(?:eur|rice) en chef|roi|reine)"
)
_WHOM = rf"(?: de la | de l'| du | des | d'| de )(?:{NAME})"
_APPOSED = re.compile(
    rf"(?<![\w'’-])(?P<person>{NAME}), (?:le |la |l')?(?P<role>{_ROLE})(?P<whom>{_WHOM})(?=[,.;)])"
    rf"|\b(?P<article>[lL]e|[lL]a) (?P<role2>{_ROLE})(?P<whom2>{_WHOM}), "
    rf"(?P<person2>{NAME})(?=[,.;)])"
    rf"|^(?P<person3>{NAME}) (?:est|devient|est devenue?) (?:le |la )?(?P<role3>{_ROLE})"
    rf"(?P<whom3>{_WHOM})(?=[,.; ])"
)
_WAS = (
    r"(?:ancienne?|(?:co)?fondat(?:eur|rice)|PDG|patronn?e?|direct(?:eur|rice)|présidente?|chef(?:fe)?"
    r"|chercheu(?:r|se)|économiste|écrivaine?|peintre|architecte|scientifique en chef|physicienne?"
    r"|mathématicienne?|act(?:eur|rice)|compositeur|philosophe|ministre|sénat(?:eur|rice)|roi|reine)"
)


def ask_roles(plain: str, names: Names) -> Asked:
    """Ask who heads what, and who someone is: « Sundar Pichai, PDG de Google, »."""
    for match in _APPOSED.finditer(plain):
        person = match["person"] or match["person2"] or match["person3"]
        gender = names.gender_of(person)
        if " " not in person or not (gender or match["article"]):
            continue
        article = (match["article"] or ("la" if gender == "f" else "le")).lower()
        role = match["role"] or match["role2"] or match["role3"]
        whom = match["whom"] or match["whom2"] or match["whom3"]
        yield "who", f"Qui est {article} {role}{whom}", 0.85
    told = rf"(?<![\w'’-])(?P<person>{NAME}), (?:le |la |l'|une? )?(?:{_WAS}) "
    for match in re.finditer(told, plain):
        if names.is_person(match["person"]):
            yield "who", f"Qui est {match['person']}", 0.6


_PARTNER = re.compile(r"(?:sign|nou|fusionn|conclu|cré|fond|lanc|travaill|collabor|rompu|part)")


def ask_partner(clause: Clause) -> Asked:
    """Ask with whom: « DeepMind a fusionné avec Google Brain »."""
    found = re.match(rf"(?P<what>[^,;:()]*?) ?\bavec (?:le |la |l')?{NAME}", clause.rest)
    if found is None or clause.form != "have" or not _PARTNER.match(clause.done):
        return
    what = take_date(found["what"]).rest
    if cut_rest(what) == what and has_object(clause, what or "avec lui") and is_whole(what):
        yield "who", invert(clause, "Avec qui", what), 0.7
