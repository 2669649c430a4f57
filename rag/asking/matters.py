"""Questions that the rest of a statement answers: why, where, what it says, what it is."""

from __future__ import annotations

import re

from rag.antecedents import NAME
from rag.asking.agents import SAYS
from rag.asking.dates import DAY, date_of_lead, take_date
from rag.asking.figures import AMOUNT
from rag.asking.phrasing import Asked, follow, has_object, invert, is_known, is_whole
from rag.clauses import (
    BE,
    DANGLING,
    DETERMINER,
    HAVE,
    MODAL,
    NO_SUBJECT,
    PLAIN,
    Clause,
    Names,
    cut_rest,
    lower_determiner,
)

_BECAUSE = re.compile(
    r",? (?:(?:parce qu|puisqu)(?:e |')|car |en raison d|à cause d|grâce à|faute d|afin d"
    r"|pour (?=(?:s'|se |ne pas |mieux |y )?[a-zà-ÿ]+(?:er|ir|re)\b))"
)


def ask_reason(clause: Clause) -> Asked:
    """Ask why: « Anthropic a appliqué les protections ASL-3 en raison du risque »."""
    found = _BECAUSE.search(f" {clause.rest}")
    if found is None or clause.form == "is" or clause.before.endswith(("rait", "raient")):
        return
    rest = clause.rest[: max(found.start() - 1, 0)].strip()
    if cut_rest(rest) != rest or re.search(r"\b(?:assez|trop|suffisa\w+)\b", rest):
        return
    if rest and is_whole(rest) and is_known(rest) and has_object(clause, rest):
        yield "reason", invert(clause, "Pourquoi", rest), 0.6 if "pour " in found.group() else 0.8


_PLACE = (
    rf"(?:à|en|au|aux|dans|près de) (?:la |l'|le |les )?{NAME}|en (?:mairie|préfecture|ligne)\b"
    r"|à la mairie\b|au tribunal\b|auprès d"
)
_PLACED = re.compile(
    r"(?:née?s?|morte?s?|fondée?s?|créée?s?|située?s?|basée?s?|installée?s?|construite?s?|inhumée?s?"
    r"|implantée?s?|enterrée?s?|étudié|grandi|signée?s?|organisée?s?|déposée?s?|adressée?s?|envoyée?s?|faite?s?|effectuée?s?|présentée?s?)$"
)


def ask_place(clause: Clause) -> Asked:
    """Ask where: « DeepMind a été fondé à Londres »."""
    simple = clause.form == "plain" and clause.before.startswith(
        ("se trouv", "sièg", "naît", "naqu")
    )
    done = clause.done or clause.after.removeprefix("être ")
    placed = simple or _PLACED.match(done)
    if (
        clause.before.endswith("ait")
        or not placed
        or not re.match(_PLACE, take_date(clause.rest).rest)
    ):
        return
    if clause.pronoun:
        yield "place", invert(clause, "Où", ""), 0.75
    else:
        yield "place", follow(clause, "Où"), 0.75


def ask_opinion(clause: Clause) -> Asked:
    """Ask what someone says of something: « Sam Altman estime que l'AGI… »."""
    if not (clause.named and SAYS.match(clause.verb)) or clause.form not in ("have", "plain"):
        return
    about = re.match(
        rf"(?:à [^,]{{2,25}} |(?:le|en) {DAY} )?qu(?:e |')"
        rf"(?P<of>(?:l'|la |le |les )?{NAME}|(?:l'|la |le |les )(?!{NO_SUBJECT})[\w'-]+"
        rf"(?: (?!{NO_SUBJECT})[\w'-]+){{0,4}}?)"
        rf"(?= (?:n'|ne )?(?:{HAVE}|{BE}|{MODAL}|{PLAIN}|\w+ront) )",
        clause.rest,
    )
    if about and about["of"] not in ("Il", "Elle", "Ils", "Elles"):
        yield "what", f"Que dit {clause.subject} de {about['of']}", 0.8


_TOLD = re.compile(
    r"(?:annonc|propos|décid|promi|obtenu|dévoil|révél|présent|demand|recommand|exig)"
)


def ask_event(clause: Clause) -> Asked:
    """Ask what was told one day: « La Commission a proposé le 19 novembre de… »."""
    if clause.form != "have" or not _TOLD.match(clause.verb) or clause.before != "a":
        return
    moment = take_date(clause.rest)
    date = moment.told or date_of_lead(clause)
    if date and re.search(r"\d{1,2}(?:er)? [a-zà-ÿ]", date) and len(moment.rest.split()) > 3:
        yield "what", f"Qu'a {clause.after} {clause.subject} {date}", 0.65


_NO_SERVICE = r"(?:l'|la |le |les )(?:montant|taux|délai|somme|règle|condition|date|terme|mot|nom)"


def ask_content(clause: Clause) -> Asked:
    """Ask what something says or is for: « La loi SB 53 impose la transparence »."""
    if clause.form != "plain" or clause.named or len(clause.rest.split()) < 3:
        return
    # « L'État garantit… »: too wide a question.
    vague = not re.search(r"[A-Z]{2}| ", clause.subject) or re.match(_NO_SERVICE, clause.subject)
    if vague or re.match(AMOUNT, clause.rest):
        return
    if re.match(r"(?:prévoi|impos|interdi|exig|garanti|protèg|recouvr)", clause.before):
        yield "what", f"Que {clause.before} {clause.subject}", 0.75
    elif re.match(r"(?:désign|signifi)", clause.before):
        yield "definition", f"Que {clause.before} {clause.subject}", 0.85
    elif re.match(r"ser(?:t|vent) à |perme", f"{clause.before} {clause.rest}"):
        yield "what", f"À quoi ser{'vent' if clause.plural else 't'} {clause.subject}", 0.75
    elif re.match(r"(?:compren|regroup|rassembl|comport|contien)", clause.before):
        yield "what", f"Que {clause.before} {clause.subject}", 0.5


_DEFINED = re.compile(
    rf"(?P<what>(?:{DETERMINER})?(?!{NO_SUBJECT})[\w«][\w'.»-]*"
    rf"(?: (?!{NO_SUBJECT})[\w«][\w'.»-]*){{0,5}}?)"
    r"(?:, [^,;:]{3,60},| \([^()]{1,40}\))? (?P<verb>est|sont|était) "
    r"(?P<class>une? |des |l'une? d|les? |la |l')(?P<noun>[a-zà-ÿ-]+) .{12,}"
)
# « est un exemple », « est une erreur »: judges, does not define.
_NO_CLASS = re.compile(
    r"(?:exemple|erreur|signe|question|problème|peu|enjeu|moyen|succès|échec|premi|seul|même|fait|cas"
    r"|pari|preuve|étape|point|pas|tour|avantage|inconvénient|risque|objectif|plus|autre|grand|petit"
    r"|bon|mauvais|nouve|proposition|partie|sorte|forme|raison|cause|conséquence|condition|suite|but"
    r"|cible|résultat|chose|occasion|façon|manière|meilleur|principal|derni|cœur|fruit|victime"
    r"|objet|projection|reste|simple)"
)
_SOMEONE = re.compile(
    r"(?:\w+(?:iste|ien|ienne|euse|rice)|(?:act|chant|j?ou|profess|présentat|réalisat|compositeu|football"
    r"|doct|enseign|chercheu|sculpt|dessinat|inventeu|explorat|cycl|coureu|aut|nag|danseu|gouvern)\w*eur"
    r"|homme|femme|peintre|poète|écrivaine?|romanci(?:er|ère)|prince|princesse|roi|reine|pape"
    r"|évêque|soldat|avocate?|diplomate|architecte|cinéaste|juge|ministre|médecin|pilote|athlète"
    r"|personnage|militaire|général|philosophe|biologiste|journaliste|instituteur|scientifique)s?$"
)
# What no one asks the definition of.
_WIDE = re.compile(
    r"\b(?:siècle|économie|population|climat|géographie|histoire|situation|origine|présence|rôle"
    r"|depuis|pendant|actuelle?|ville|commune)\b"
)
_ACRONYM = re.compile(
    r"\b(?P<short>[A-Z][A-Z0-9]{1,6})(?:, (?:sigle|acronyme|abréviation)\b"
    r"|(?= signifie | veut dire ))"
)


def ask_definition(plain: str, names: Names) -> Asked:
    """Ask what is it: « Un lanceur d'alerte est un salarié qui… »."""
    if acronym := _ACRONYM.search(plain):
        yield "definition", f"Que signifie le sigle {acronym['short']}", 0.8
    kind = re.match(
        r"(?P<what>Une? [\w'-]+(?: [\w'-]+){0,4}?) (?:désigne|signifie|consiste) ", plain
    )
    if kind and not re.search(rf"\b{NO_SUBJECT}", kind["what"]):
        yield "definition", f"Qu'est-ce que {lower_determiner(kind['what'])}", 0.8
    found = _DEFINED.match(plain)
    if found is None or _NO_CLASS.match(found["noun"]) or DANGLING.search(found["what"]):
        return
    what = lower_determiner(found["what"])
    if _WIDE.search(what):
        return
    if names.is_name(what):
        if names.is_person(what) or (" " in what and _SOMEONE.match(found["noun"])):
            yield "who", f"Qui {found['verb']} {what}", 0.7
        elif found["class"].startswith("un") and found["verb"] == "est":
            yield "definition", f"Qu'est-ce que {what}", 0.75
    elif found["verb"] == "est" and not re.search(r"\d", what) and re.match(DETERMINER, what):
        if found["class"].startswith(("un", "l'un")):
            yield "definition", f"Qu'est-ce que {what}", 0.8 if what.startswith("un") else 0.6
