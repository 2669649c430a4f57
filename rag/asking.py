"""Asks what a sentence answers: a statement → the questions that a reader could have put.

« ASML a investi 1,3 milliard d’euros dans Mistral AI » answers « Combien ASML a-t-il investi dans
Mistral AI ? ». Each kind of question takes away from the clause what it asks for, and puts the
verb before its pronoun. What is not surely understood asks nothing: a clumsy question costs more
than a missing one. Knows nothing about the index.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from rag.antecedents import NAME
from rag.clauses import (
    BE,
    DANGLING,
    DETERMINER,
    HAVE,
    INFINITIVE,
    MODAL,
    NO_SUBJECT,
    PARTICIPLE,
    PLAIN,
    Clause,
    Names,
    cut_rest,
    gender_of_noun,
    lower_determiner,
    read_clause,
)
from rag.french import (
    find_names,
    fold,
    is_heading,
    is_negative,
    normalize,
    strip_markdown,
    terms,
    typeset,
)
from rag.wording import INVERSION, elide

Kind = Literal["who", "quantity", "date", "place", "reason", "definition", "what", "heading"]
_Asked = Iterator[tuple[Kind, str, float]]


@dataclass(frozen=True, slots=True)
class Draft:
    """A question that a sentence answers.

    ``question`` is typeset; ``worth`` says how good a question of its making is, 0 to 1; ``terms``
    are its search terms.
    """

    question: str
    kind: Kind
    worth: float
    terms: frozenset[str]


# In characters: what is read at a glance.
_LONGEST = 90


@lru_cache(maxsize=20_000)
def ask_about(sentence: str, title: str, names: Names) -> tuple[Draft, ...]:
    """Return the questions that a sentence answers, each standing alone.

    What was read is kept: a tenth of a millisecond a sentence, the first time.

    Parameters
    ----------
    sentence
        A sentence or a heading of an article, as it stands there.
    title
        Of the article: what it speaks of needs no other introduction.
    names
        What the corpus tells of its names.
    """
    plain = " ".join(normalize(strip_markdown(sentence)).split())
    asks = is_heading(sentence) or plain.endswith("?")
    found = _ask_heading(plain, title) if asks else _ask_statement(plain, names)
    drafts: dict[str, Draft] = {}
    about = _terms_of(title)
    for kind, question, worth in found:
        text = _close(question)
        if _stands_alone(text, about):
            drafts.setdefault(text, Draft(typeset(text), kind, worth, frozenset(terms(text))))
    return tuple(drafts.values())


@lru_cache(maxsize=1024)
def _terms_of(title: str) -> frozenset[str]:
    return frozenset(terms(title))


def _close(question: str) -> str:
    """Write a question out: elisions, its capital and its mark; "" stays."""
    text = elide(" ".join(question.strip(" ?.,").split())) if question.strip() else ""
    return f"{text[:1].upper()}{text[1:]} ?" if text else ""


# Words that mean nothing outside their text.
_COMPLETED = (
    rf"(?! (?:d[eu']|des|entre|sur|qu|à|en|pour|visant|avec|«|[\w-]+ (?:de |d'|du )?{NAME}"
    r"|[a-zà-ÿ]+(?:elle|el|if|ive|ique|aire|ienn?e?|iste|ale?|aine?|aise?|oise?)s?\b)|'"
    rf"| {NAME})\b"
)
_POINTS_BACK = re.compile(
    r"\b(?:cet|cette|ces|celui|celle|ceux|celles|cela|ça|ceci|leurs?|lui|eux|ici|hier|demain"
    r"|aujourd'hui|désormais|actuellement|jusqu'ici|dessus|dessous|ci-dessous|ainsi|autres?|mêmes?"
    r"|tels?|telles?|suivante?s?|précédente?s?|derni(?:er|ère)s?|prochaine?s?|premi(?:er|ère)s?"
    r"|seconde?s?|deuxième|troisième|tous|toutes?|tout|voici|encore|déjà|nous|notre|nos|on|tard"
    r"|il y a|respectivement|chacune?|comparables?|voisine?s?|semblables?|différente?s?|plupart"
    r"|nouvelles?|nouveaux?|son|sa|ses|vous|votre|vos|les deux)\b|\bce(?= )"
    r"|\b(?:l'|le |la |les |du |des |de l'|de la |au |aux |un |une )(?:entreprise|groupe|société"
    r"|firme|laboratoire|fondateur|dirigeant|patron|texte|accord|lettre|somme|montant|chiffre"
    r"|opération|projet|partenariat|document|loi|rapport|article|auteur|communiqué|équipe|annonce"
    r"|étude|enquête|partenaire|start-up|startup|jeune pousse|contrat|clause|décision|date|question"
    r"|mesure|part|total|idée|but|objectif|sujet|cas|point|fin|début|place|sein|reste|période"
    r"|époque|année|mois|jour|semaine|présent|moment|suite|tour|investissement|proposition|homme"
    r"|femme|pays|ville|région|conflit|guerre|film|livre|roman|album|match|bataille|mer|tournée|série|modèle"
    rf"|levée|puce|vente|ensemble|liste|outil|produit|système|seuil|plan|rôle)s?{_COMPLETED}"
)
_MONTH = (
    r"(?:janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre)"
)
_YEAR = r"(?:1\d{3}|20\d{2})\b(?! (?:milli|dollars|euros|personnes|salariés|signat|habitants))"
_YEARLESS = re.compile(rf"\b{_MONTH}\b(?! {_YEAR})")
_INDEFINITE = re.compile(r"(?:une? |des |de |d'|plusieurs |quelques |deux |trois |quatre |cinq |six )")


# What a word means, or a thing of its kind is, needs no other introduction.
_CONCEPT = re.compile(r"Qu'est-ce qu'une? |Que (?:désigne|signifie) ")


# Whose subject is everyone: « son passeport » is one's own.
_IMPERSONAL = re.compile(r"(?:Peut-on|(?:Où|Dans quel délai) (?:faut-il|peut-on)) ")


def _stands_alone(text: str, about: frozenset[str]) -> bool:
    """Whether a question can be understood by who has read nothing before."""
    if not text or len(text) > _LONGEST:
        return False
    opening, _, asked = text.partition(" ")
    plain = INVERSION.sub("", asked).replace("vu le jour", "")
    if _IMPERSONAL.match(text):
        plain = re.sub(r"\bs(?:on|a|es)\b", "", plain)
    if _POINTS_BACK.search(plain) or _YEARLESS.search(plain):
        return False
    if any(text.count(a) != text.count(b) for a, b in ("«»", "()", "“”")):
        return False
    named = find_names(f"x {opening.lower()} {asked}")
    shared = len(about & set(terms(asked)))
    return bool(named) or 0 < min(2, len(about)) <= shared or bool(_CONCEPT.match(text))


# ------------------------------------------------------------------------------------ headings


# A title that names its subject and no more: « Permis de construire ».
_SUBJECT_TITLE = re.compile(rf"(?!.*\b(?:{HAVE}|{BE}|{MODAL}|{PLAIN})\b)[^:?!.,«»]{{4,45}}")


def _ask_heading(plain: str, title: str) -> _Asked:
    """Take a heading that asks, with a verb: it is a question already.

    « Où faire la démarche ? » is one when the title says of what.
    """
    opens = r"(?:qui|quel|comment|pourquoi|combien|quand|où|qu[e']|à quoi|peut-on|faut-il|doit-on)"
    verb = rf"-(?:t-)?(?:ils?|elles?|on)\b|\b(?:{HAVE}|{BE}|{PLAIN}|{MODAL}|{INFINITIVE})\b"
    if not re.fullmatch(rf"(?i:{opens}).*\w ?\?", plain) or not re.search(verb, plain):
        return
    named = find_names(f"x {plain}")
    # « Combien Microsoft a-t-il investi ? »: in what, the article tells.
    wide = plain.startswith(("Comment", "Pourquoi")) and named
    bare = plain.startswith("Combien") and len(named) < 2
    yield "heading", plain, 0.3 if wide or bare else 0.5
    subject = normalize(title).strip()
    if not named and _SUBJECT_TITLE.fullmatch(subject) and not set(terms(plain)) & _terms_of(title):
        yield "heading", f"{subject} : {plain[0].lower()}{plain[1:]}", 0.7


# ---------------------------------------------------------------------------------- statements


# Where a sentence goes on with another statement, and where a name is told more about.
_JOINT = re.compile(
    r"(?: ;|,) (?:(?:et|mais|tandis que|alors que|puisque|car|quand|lorsque|or) |(?<=; ))"
    r"(?=[A-ZÀ-Þ]|l[ae] |l')|(?:tandis|alors|puis|lors)qu'(?=[A-ZÀ-Þ])"
)
_RELATIVE = re.compile(rf"(?<![\w'’-])(?P<who>{NAME}), qui (?P<what>[^,;:]+)")


def _ask_statement(plain: str, names: Names) -> _Asked:
    yield from _ask_roles(plain, names)
    yield from _ask_apposed(plain, names)
    yield from _ask_counted_subject(plain)
    yield from _ask_definition(plain, names)
    yield from _ask_rule(plain)
    others = _JOINT.split(plain)[1:]
    others += [f"{match['who']} {match['what']}" for match in _RELATIVE.finditer(plain)]
    yield from _ask_clause(plain, names)
    for other in others:
        yield from _ask_clause(other[:1].upper() + other[1:], names)


def _ask_clause(plain: str, names: Names) -> _Asked:
    clause = read_clause(plain, names)
    if clause is None or is_negative(f"{clause.before} {clause.after} {clause.core}"):
        return
    # « Un récit ajoute… »: who has not read it does not ask about it.
    if _INDEFINITE.match(clause.subject):
        return
    if clause.narrated and (_date_of_lead(clause) or _take_date(clause.rest).told):
        clause = clause.past
    for ask in _ASKERS:
        yield from ask(clause)


def _invert(clause: Clause, word: str, rest: str, done: str = "") -> str:
    """Put a question: « Combien », ASML, a-t-il, investi, dans Mistral AI; "" without pronoun."""
    if not clause.pronoun:
        return ""
    link = "-t-" if clause.before[-1] in "aec" else "-"
    verb = f"{clause.before}{link}{clause.pronoun}"
    return " ".join((word, clause.subject, verb, done or clause.after, rest))


def _follow(clause: Clause, word: str, rest: str = "") -> str:
    """Put a question whose subject follows its verb: « Combien », vaut, SSI."""
    return " ".join((word, clause.before, clause.after, clause.subject, rest))


def _is_whole(rest: str) -> bool:
    return not DANGLING.search(rest)


def _is_known(rest: str) -> bool:
    """Whether what is done is told enough: « une structure » is not, « un accord avec AMD » is."""
    indefinite = _INDEFINITE.match(rest) or re.match(r"(?:et|ou) ", rest)
    return not indefinite or bool(find_names(f"x {rest}"))


# Verbs that need no object, whose complement comes after a preposition.
_INTRANSITIVE = re.compile(
    r"(?:démissionn|renonc|particip|invest|fusionn|cess|accept|décid|menac|succéd|adhér|vot"
    r"|début|expir|pri(?:s|t)|collabor|négoci|échou|réussi|contribu|servi|appartenu|rompu|grandi"
    r"|étudi|vécu|travaill|enseign|régn|combatt|été|voyag|émigr|plaid|jou)"
)
_PREPOSITION = re.compile(
    r"(?:à|au|aux|dans|en|chez|sur|pour|par|avec|contre|auprès|lors|depuis|entre|pendant|d'ici|vers"
    r"|sous|de|du|d'|des|chaque|le \d|le lundi|durant|face|via|jusqu\S*|hors|parmi|outre)\b"
)


def _has_object(clause: Clause, rest: str) -> bool:
    """Whether an active verb keeps the object that it needs."""
    if clause.form in ("passive", "be") or clause.reflexive:
        return True
    if _INTRANSITIVE.match(clause.verb.split(" ")[0]):
        return True
    if re.search(rf" (?:à|de) {INFINITIVE}$", clause.after):
        return bool(rest)
    start = re.sub(r"^(?:en (?:service|ligne|vente|place|cause|demeure)|au point|à jour) ", "", rest)
    return bool(start) and not _PREPOSITION.match(start)


# --------------------------------------------------------------------------------------- dates

_DAY = (
    rf"(?:\d{{1,2}}(?:er)? {_MONTH}(?: {_YEAR})?|{_MONTH} {_YEAR}"
    rf"|(?:premier|second|deuxième|troisième|quatrième) (?:trimestre|semestre) (?:de )?{_YEAR}|{_YEAR})"
)
_WEEKDAY = r"(?:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche) "
_WHEN = re.compile(
    rf"(?:^|(?<=[ ,]))(?P<at>(?:le )?{_WEEKDAY}|le |en |au |fin |début |à la mi-|mi-|depuis (?:le )?"
    rf"|dès (?:le )?|à partir d[eu] |à compter du |à l'(?:été|automne) |au printemps "
    rf"|au début d[e'] ?|à la fin d[e'] ?|jusqu'(?:en |au |à la fin d[e'] ?|à ))(?P<day>{_DAY})(?![\w-])",
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
        return whole[:1].lower() + whole[1:] if re.search(_YEAR, self.day) else ""


def _take_date(text: str) -> _Moment:
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


def _date_of_lead(clause: Clause) -> str:
    """Return the date that opens a statement, when it is all that does and has its year."""
    moment = _take_date(clause.lead)
    return moment.told if moment.day and not moment.rest.strip(" ,") else ""


_HAPPENS = re.compile(
    r"(?:né|mort|entré|sorti|devenu|parti|arrivé|revenu|tombé|décédé|apparu|passé|prévu|attendu"
    r"|programmé|fixé|intervenu|paru|disparu|survenu|nommé|élu)e?s?$"
)
_WILL = re.compile(r"\w+(?:ra|ront)$|expirent?$|na[îq]\w+$|m[eo]ur\w+$|devint$")


def _is_event(clause: Clause) -> bool:
    """Whether a clause tells something that happens once."""
    if clause.before.endswith(("rait", "raient")) or clause.before in ("avait", "avaient"):
        return False
    if clause.form in ("have", "passive") or clause.reflexive:
        return clause.form != "plain"
    if clause.form == "be":
        return bool(_HAPPENS.match(clause.done)) or clause.before.startswith(("fu", "se"))
    if clause.form == "modal":
        return not clause.before.startswith(("peu", "pou", "veu"))
    return clause.form == "plain" and bool(_WILL.match(clause.before))


def _ask_date(clause: Clause) -> _Asked:
    """Ask when: « L'AI Act est entré en vigueur le 1er août 2024 »."""
    moment = _take_date(clause.rest)
    if clause.form == "plain" and clause.before.startswith("remont"):
        if re.match(rf"(?:à|au) (?:l'année |la fin de )?{_DAY}", clause.rest):
            yield "date", _follow(clause, "À quand"), 0.7
    elif clause.form == "plain" and moment.at.startswith("jusqu"):
        core = cut_rest(moment.rest)
        if re.match(r"cour|dur|rest|conserv|gard", clause.before) and _is_whole(core):
            yield "date", _invert(clause, "Jusqu'à quand", core), 0.8
    elif clause.form == "plain" and moment.at.startswith("depuis"):
        core = cut_rest(moment.rest)
        if core and _is_whole(core):
            yield "date", _invert(clause, "Depuis quand", core), 0.7
    elif _is_event(clause):
        lead = _take_date(clause.lead)
        if not moment.day and lead.day and not lead.rest.strip(" ,"):
            moment = _Moment(clause.rest, lead.at, lead.day)
        yield from _ask_event_date(clause, moment)


def _ask_event_date(clause: Clause, moment: _Moment) -> _Asked:
    at, core = moment.at.lower(), cut_rest(moment.rest)
    if clause.form == "passive":
        core = re.sub(r"\bpar .*", "", core).strip()
    # « a fixé au 16 mars le procès »: when it will be, not when it was done.
    unsure = not moment.day or (at == "au " and clause.form == "have")
    if unsure or not _is_whole(core) or not _is_known(core) or not _has_object(clause, core):
        return
    if re.search(rf"{_YEAR}|\b{_MONTH}\b", core) or _PLACES_IN_TIME.match(clause.verb):
        return
    word = next((word for start, word in _SINCE.items() if at.startswith(start)), "Quand")
    # « Depuis juillet, Microsoft a quitté… »
    word = "Quand" if word == "Depuis quand" and clause.form == "have" else word
    if clause.pronoun:
        yield "date", _invert(clause, word, core), 0.8 if clause.form != "have" else 0.7
    elif not core:
        yield "date", _follow(clause, word), 0.7


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


# ------------------------------------------------------------------------------------- figures

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
_AMOUNT = (
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


def _ask_amount(clause: Clause) -> _Asked:
    """Ask how much: « ASML a investi 1,3 milliard d'euros dans Mistral AI »."""
    if clause.form == "is":
        yield from _ask_measure(clause)
    elif clause.form == "be" and _FIXED.match(clause.done):
        yield from _ask_fixed(clause)
    elif found := re.match(_AMOUNT, clause.rest):
        told = clause.rest[found.end() :]
        rest = re.sub(r"^(?:sur la table|au total|en tout|en moyenne)\b ?", "", cut_rest(told.strip()))
        rest = rest if _is_whole(rest) else ""
        # Another figure in the rest would be given away, or be the one that counts.
        others = re.search(rf"\b(?:{_NUMBER})\b|%", re.sub(rf"{_DAY}|{NAME}", "", rest))
        if told[:1] not in ("-", "/", "e") and not others:
            if not rest or _PREPOSITION.match(rest):
                yield from _ask_object(clause, found, rest)


# « Le Figaro évoque 10 milliards »: who says so is not who pays.
_REPORTS = re.compile(
    r"(?:évoqu|avanc|cit|mentionn|retien|donn|indiqu|parl|annonc|estim|chiffr|calcul|situ|montr|dédui"
    r"|affich|publi|écri|relat|rappel|précis|tabl|attribu|créd|impos|oubli)"
)


def _ask_object(clause: Clause, found: re.Match[str], rest: str) -> _Asked:
    """Ask for the figure that is the object of a verb, by its kind."""
    if _REPORTS.match(clause.verb):
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


def _ask_fixed(clause: Clause) -> _Asked:
    """Ask for a sum or a time that is set: « La période d'essai est fixée à 5 jours »."""
    found = re.match(rf"à {_AMOUNT}", clause.rest)
    date = _take_date(clause.rest).told or _date_of_lead(clause)
    if found and (date or not _is_past(clause)):
        noun = "années" if found["noun"] == "ans" else found["noun"]
        word = f"À combien de {noun}" if noun else "À combien"
        yield "quantity", _invert(clause, word, date if _is_past(clause) else ""), 0.8


_VALUED = {"est": "vaut", "était": "valait", "sont": "valent", "étaient": "valaient"}


def _ask_money(clause: Clause, rest: str) -> _Asked:
    valued = re.match(r"(?:valoris|évalu|estim)ée?s?$", clause.done)
    date = _take_date(rest).told or _date_of_lead(clause)
    past = _is_past(clause)
    if valued and clause.form == "be":
        # « est valorisée 11,7 milliards »; « évaluée à » is a sum fixed.
        if clause.before in _VALUED and (date or not past):
            yield "quantity", f"Combien {_VALUED[clause.before]} {clause.subject} {date}", 0.9
    elif clause.form == "plain" and re.match(r"va(?:u|l)|coût|pèse", clause.before):
        if date or not past:
            yield "quantity", _follow(clause, "Combien", rest or date), 0.9
    elif valued and clause.form == "passive":
        yield "quantity", _invert(clause, "À combien", rest or date), 0.8
    elif clause.form != "passive" and (clause.form != "be" or clause.reflexive) and (rest or date):
        # « a mis 14 milliards sur la table »: half of an idiom.
        if clause.done == "mis" and not re.match(r"dans |sur ", rest):
            return
        yield "quantity", _invert(clause, "Combien", rest or date), 0.9


_HELD = re.compile(
    r"(?:perce[vr]|recevoir|revendre|déten|déti|possèd|posséd|conserv|contrôl|vers|reçoi|reçu|cédé|obtenu|racheté|acquis|touch"
    r"|pris|représent|fourni|produi)"
)


def _ask_share(clause: Clause, rest: str) -> _Asked:
    date = "" if _take_date(rest).day or not _is_past(clause) else _date_of_lead(clause)
    if clause.form not in ("have", "plain", "modal"):
        return
    if _RISES.match(clause.verb):
        when = rest or _date_of_lead(clause)
        yield "quantity", _invert(clause, "De combien", when) if when else "", 0.8
    elif re.match(r"(?:de |d'|du |des )", rest) and _HELD.match(clause.verb):
        agreed = _agree(clause.after, "f", False) if clause.form == "have" else ""
        yield "quantity", _invert(clause, f"Quelle part {rest}", date, agreed), 0.9


def _agree(done: str, gender: str, plural: bool) -> str:
    """Make a masculine participle agree with the object before it."""
    feminine = "e" if gender == "f" and not done.endswith("e") else ""
    mark = "s" if plural and not (done.endswith("s") and not feminine) else ""
    return done + feminine + mark


def _ask_count(clause: Clause, found: re.Match[str], rest: str) -> _Asked:
    if _LASTING.search(found["noun"]):
        if clause.verb.startswith("dur") and clause.form in ("have", "plain"):
            yield "quantity", _invert(clause, "Combien de temps", rest), 0.85
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
        yield "quantity", _follow(clause, "Combien"), 0.8
        return
    noun = found["noun"] + (found["more"] or "")
    yield "quantity", _invert(clause, f"Combien de {noun}", rest, done), 0.85


_MEASURED = re.compile(rf"(?:de |proche de |d'){_AMOUNT}")


def _ask_measure(clause: Clause) -> _Asked:
    """Ask what is it: « Le délai de paiement est de trois mois »."""
    if valid := re.match(rf"valables? (?:pendant |durant )?{_AMOUNT}", clause.rest):
        if valid["noun"] and _LASTING.search(valid["noun"]):
            yield "quantity", _invert(clause, "Combien de temps", valid.group().split()[0]), 0.85
        return
    found = _MEASURED.match(clause.rest)
    if found is None or clause.named or " " not in clause.subject or not clause.gender:
        return
    rest = cut_rest(clause.rest[found.end() :].strip())
    if not rest or _take_date(rest).day:
        which = {"m": "Quel", "f": "Quelle"}[clause.gender] + "s" * clause.plural
        yield "quantity", f"{which} {clause.before} {clause.subject} {rest}", 0.85


_COUNTED_SUBJECT = re.compile(
    rf"(?P<lead>(?:En|Le|Au|Selon|D'après) [^,]{{4,40}}, )?(?i:{_AMOUNT})"
    rf"(?P<whose> (?:de |d')(?:{NAME}))?(?:, [^,]{{3,60}},)? "
    rf"(?P<verb>(?:(?:ont|avaient) (?:été )?|sont |étaient ){PARTICIPLE}"
    rf"|(?:se |s')?[^\W\d_]{{3,}}ent|(?:doivent|peuvent|vont) {INFINITIVE})(?![\w'-])(?P<rest>.*)"
)


def _ask_counted_subject(plain: str) -> _Asked:
    """Ask how many: « Plus de 700 salariés ont menacé de partir »."""
    found = _COUNTED_SUBJECT.fullmatch(plain)
    if found is None or not found["noun"] or not (found["scale"] or found["value"][0].isdecimal()):
        return
    if _NOT_COUNTED.search(found["noun"]) or _LASTING.search(found["noun"]):
        return
    rest = cut_rest(found["rest"].strip())
    lead = _take_date(found["lead"] or "")
    past = re.match(r"avaient|étaient|\w+aient$", found["verb"])
    date = lead.told if past and not lead.rest.strip(" ,") else ""
    if past and not (date or _take_date(rest).told):
        return
    if rest and _is_whole(rest) and not is_negative(f"{found['verb']} {rest}"):
        noun = found["noun"] + (found["more"] or "") + (found["whose"] or "")
        yield "quantity", f"Combien de {noun} {found['verb']} {rest} {date}", 0.9


# ------------------------------------------------------------------------------ who, why, where

# Verbs whose subject acts: « Qui a racheté… » asks for a company as well as for a person.
_ACTS = re.compile(
    r"(?:rachet|achet|acquis|fond|cofond|cré|lanc|financ|développ|conçu|fabriqu|accus|poursuivi"
    r"|attaqu|révél|dirig|présid|pilot|contrôl|détien|possèd|invent|construi|découver|écrit|compos"
    r"|peint|remport|rédig|soutien|bâti|présent|propos|racont|mis au point)"
)
_SAYS = re.compile(
    r"(?:estim|jug|pens|affirm|considèr|assur|croi|déclar|di[st]|soutien|soutenu|expliqu|racont"
    r"|indiqu|précis|ajout|rappel|soulign|reconn|prévien|observ|répèt|répond|doute)"
)
_UNDERGOES = re.compile(
    r"(?:vu|eu|connu|attein|coût|perdu|gagn|dur|valu|été|pris|franchi|progress|chut|bais|mont|recul|fait"
    r"|bondi|grimp|pu|dû|subi|souffert|vieilli|grandi|dépass|commenc|cess|paru|sembl|permi|suscit"
    r"|provoqu|entraîn|caus|sorti|disparu|exist|compt|mis)"
)
_SINGULAR = {"ont": "a", "sont": "est", "se sont": "s'est", "auront": "aura", "avaient": "avait"}


def _ask_who(clause: Clause) -> _Asked:
    """Ask who: « Arthur Mensch dirige Mistral AI »."""
    if not clause.named or clause.form in ("is", "modal"):
        return
    acts = bool(_ACTS.match(clause.verb)) and clause.form in ("have", "plain")
    person = clause.person and bool(_HAPPENS.match(clause.done))
    # A model or a law is no « who »: their names have figures.
    does = clause.form == "have" and not re.search(r"\d", clause.subject)
    does = does and not _UNDERGOES.match(clause.done)
    if not (acts or person or does) or (_SAYS.match(clause.verb) and not acts):
        return
    if clause.before.endswith(("ait", "aient")) or (clause.form != "have" and clause.gender == "f"):
        if clause.form != "plain" or clause.before.endswith(("ait", "aient")):
            return
    moment = _take_date(clause.rest)
    # « a promis le 23 octobre un million »: the date is dropped where it comes first.
    early = moment.day and clause.rest.startswith((moment.at, moment.day))
    core = cut_rest(moment.rest if early else clause.rest)
    if re.match(r"(?:davantage|plus|moins|autant|mieux|beaucoup|peu)\b", core):
        return
    known = _is_whole(core) and _is_known(core) and bool(find_names(f"x {core}"))
    if not known or not _has_object(clause, core):
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


def _ask_agent(clause: Clause) -> _Asked:
    """Ask who founded it: « Mistral AI a été fondée en 2023 par Arthur Mensch »."""
    by = re.match(rf"(?P<rest>[^,;:()]*?)\bpar (?:l'|la |le |les )?(?:{NAME}|[a-zà-ÿ]+ )", clause.rest)
    if by is None or clause.form not in ("passive", "be") or clause.reflexive:
        return
    if re.sub(r"^\w+ment\b", "", _take_date(by["rest"].strip()).rest):
        return
    done = _masculine(clause.done)
    if clause.form == "passive" and clause.before in ("a", "ont"):
        yield "who", f"Qui a {done} {clause.subject}", 0.95
    elif clause.before in ("est", "sont") and _present(done):
        yield "who", f"Qui {_present(done)} {clause.subject}", 0.9
    elif clause.before not in ("est", "sont") or not clause.person:
        yield "who", _invert(clause, "Par qui", ""), 0.8


_APPOSED_AGENT = re.compile(
    rf"(?<![\w'’-])(?P<what>(?:[Ll]'|[Ll][ae] )?(?:loi )?{NAME}),? (?P<done>[^\W\d_]+(?:é|i|u|is)e?)"
    rf"(?P<when>(?: en| le) {_DAY})?(?P<by> par (?:l'|le |la |les )?(?:{NAME}|[a-zà-ÿ]+ ))?"
)
_BY = re.compile(
    r"(?:fond|cré|lanc|dirig|présid|financ|pilot|rachet|contrôl|développ|conçu|écri|réalis|compos"
    r"|construi|peint|invent)"
)
_LASTS = re.compile(r"(?:dirig|présid|financ|pilot|contrôl|développ)")
_DATED = re.compile(
    r"(?:né|mort|sorti|paru|fondé|créé|lancé|signé|publié|adopté|annoncé|ouvert|inauguré|construit"
    r"|présenté|rendu public|dévoilé|dissous|racheté|achevé)e?$"
)


# What may stand before a name that what follows tells of.
_OPENS = re.compile(
    r"(?:^|[.,;:«(–] ?|\b(?:et|ou|que|mais|par|avec|chez|pour|sur|entre|comme|modèle|société|entreprise"
    r"|start-up|laboratoire|projet|groupe|assistant|fonds|éditeur|plateforme|application|film|roman"
    r"|livre|album|musée|club|parti|journal|site) |qu')$"
)


def _ask_apposed(plain: str, names: Names) -> _Asked:
    """Ask who or when: « Thinking Machines Lab, fondé en 2025 par Mira Murati »."""
    for match in _APPOSED_AGENT.finditer(plain):
        what, done = lower_determiner(match["what"]), _masculine(match["done"])
        # « le laboratoire de San Francisco, dirigé par »: who heads what is before it.
        if not _OPENS.search(plain[: match.start()]) or not names.is_name(re.sub(r"^(?:l'|l[ae] )?(?:loi )?", "", what)):
            continue
        if match["by"] and _BY.match(done):
            present = _present(done) if _LASTS.match(done) else f"a {done}"
            yield "who", f"Qui {present} {what}", 0.95
        if match["when"] and _DATED.match(match["done"]):
            pronoun = "elle" if match["done"].endswith("e") else "il"
            verb = f"est-{pronoun}" if _HAPPENS.match(done) else f"a-t-{pronoun} été"
            yield "date", f"Quand {what} {verb} {match['done']}", 0.75


_ROLE = (
    r"(?:PDG|patronn?e?|direct(?:eur|rice)(?: (?:général|exécutif|scientifique|financier"
    r"|technique|artistique)e?)?|présidente?|maire|ministre(?: d(?:e la|u|es|e l') ?[a-zà-ÿ]+)?"
    r"|secrétaire général|gouverneure?|chef(?:fe)?|rédact(?:eur|rice) en chef|roi|reine)"
)
_WHOM = rf"(?: de la | de l'| du | des | d'| de )(?:{NAME})"
_APPOSED = re.compile(
    rf"(?<![\w'’-])(?P<person>{NAME}), (?:le |la |l')?(?P<role>{_ROLE})(?P<whom>{_WHOM})(?=[,.;)])"
    rf"|\b(?P<article>[lL]e|[lL]a) (?P<role2>{_ROLE})(?P<whom2>{_WHOM}), (?P<person2>{NAME})(?=[,.;)])"
    rf"|^(?P<person3>{NAME}) (?:est|devient|est devenue?) (?:le |la )?(?P<role3>{_ROLE})"
    rf"(?P<whom3>{_WHOM})(?=[,.; ])"
)
_WAS = (
    r"(?:ancienne?|(?:co)?fondat(?:eur|rice)|PDG|patronn?e?|direct(?:eur|rice)|présidente?|chef(?:fe)?"
    r"|chercheu(?:r|se)|économiste|écrivaine?|peintre|architecte|scientifique en chef|physicienne?"
    r"|mathématicienne?|act(?:eur|rice)|compositeur|philosophe|ministre|sénat(?:eur|rice)|roi|reine)"
)


def _ask_roles(plain: str, names: Names) -> _Asked:
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


_BECAUSE = re.compile(
    r",? (?:(?:parce qu|puisqu)(?:e |')|car |en raison d|à cause d|grâce à|faute d|afin d"
    r"|pour (?=(?:s'|se |ne pas |mieux |y )?[a-zà-ÿ]+(?:er|ir|re)\b))"
)


def _ask_reason(clause: Clause) -> _Asked:
    """Ask why: « Anthropic a appliqué les protections ASL-3 en raison du risque »."""
    found = _BECAUSE.search(f" {clause.rest}")
    if found is None or clause.form == "is" or clause.before.endswith(("rait", "raient")):
        return
    rest = clause.rest[: max(found.start() - 1, 0)].strip()
    if cut_rest(rest) != rest or re.search(r"\b(?:assez|trop|suffisa\w+)\b", rest):
        return
    if rest and _is_whole(rest) and _is_known(rest) and _has_object(clause, rest):
        yield "reason", _invert(clause, "Pourquoi", rest), 0.6 if "pour " in found.group() else 0.8


_PLACE = (
    rf"(?:à|en|au|aux|dans|près de) (?:la |l'|le |les )?{NAME}|en (?:mairie|préfecture|ligne)\b"
    r"|à la mairie\b|au tribunal\b|auprès d"
)
_PLACED = re.compile(
    r"(?:née?s?|morte?s?|fondée?s?|créée?s?|située?s?|basée?s?|installée?s?|construite?s?|inhumée?s?"
    r"|implantée?s?|enterrée?s?|étudié|grandi|signée?s?|organisée?s?|déposée?s?|adressée?s?|envoyée?s?|faite?s?|effectuée?s?|présentée?s?)$"
)


def _ask_place(clause: Clause) -> _Asked:
    """Ask where: « DeepMind a été fondé à Londres »."""
    simple = clause.form == "plain" and clause.before.startswith(("se trouv", "sièg", "naît", "naqu"))
    done = clause.done or clause.after.removeprefix("être ")
    placed = simple or _PLACED.match(done)
    if not placed or not re.match(_PLACE, _take_date(clause.rest).rest):
        return
    if clause.pronoun:
        yield "place", _invert(clause, "Où", ""), 0.75
    else:
        yield "place", _follow(clause, "Où"), 0.75


_PARTNER = re.compile(r"(?:sign|nou|fusionn|conclu|cré|fond|lanc|travaill|collabor|rompu|part)")


def _ask_partner(clause: Clause) -> _Asked:
    """Ask with whom: « DeepMind a fusionné avec Google Brain »."""
    found = re.match(rf"(?P<what>[^,;:()]*?) ?\bavec (?:le |la |l')?{NAME}", clause.rest)
    if found is None or clause.form != "have" or not _PARTNER.match(clause.done):
        return
    what = _take_date(found["what"]).rest
    if cut_rest(what) == what and _has_object(clause, what) and _is_whole(what):
        yield "who", _invert(clause, "Avec qui", what), 0.7


# ------------------------------------------------------------------------------- what, meanings


def _ask_opinion(clause: Clause) -> _Asked:
    """Ask what someone says of something: « Sam Altman estime que l'AGI… »."""
    if not (clause.named and _SAYS.match(clause.verb)) or clause.form not in ("have", "plain"):
        return
    about = re.match(
        rf"(?:à [^,]{{2,25}} |(?:le|en) {_DAY} )?qu(?:e |')"
        rf"(?P<of>(?:l'|la |le |les )?{NAME}|(?:l'|la |le |les )(?!{NO_SUBJECT})[\w'-]+"
        rf"(?: (?!{NO_SUBJECT})[\w'-]+){{0,4}}?)(?= (?:n'|ne )?(?:{HAVE}|{BE}|{MODAL}|{PLAIN}|\w+ront) )",
        clause.rest,
    )
    if about and about["of"] not in ("Il", "Elle", "Ils", "Elles"):
        yield "what", f"Que dit {clause.subject} de {about['of']}", 0.8


_TOLD = re.compile(r"(?:annonc|propos|décid|promi|obtenu|dévoil|révél|présent|demand|recommand|exig)")


def _ask_event(clause: Clause) -> _Asked:
    """Ask what was told one day: « La Commission a proposé le 19 novembre de… »."""
    if clause.form != "have" or not _TOLD.match(clause.verb) or clause.before != "a":
        return
    moment = _take_date(clause.rest)
    date = moment.told or _date_of_lead(clause)
    if date and re.search(r"\d{1,2}(?:er)? [a-zà-ÿ]", date) and len(moment.rest.split()) > 3:
        yield "what", f"Qu'a {clause.after} {clause.subject} {date}", 0.65


_NO_SERVICE = r"(?:l'|la |le |les )(?:montant|taux|délai|somme|règle|condition|date|terme|mot|nom)"


def _ask_content(clause: Clause) -> _Asked:
    """Ask what something says or is for: « La loi SB 53 impose la transparence »."""
    if clause.form != "plain" or clause.named or len(clause.rest.split()) < 3:
        return
    # « L'État garantit… »: too wide a question.
    vague = not re.search(r"[A-Z]{2}| ", clause.subject) or re.match(_NO_SERVICE, clause.subject)
    if vague or re.match(_AMOUNT, clause.rest):
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
_ACRONYM = re.compile(
    r"\b(?P<short>[A-Z][A-Z0-9]{1,6})(?:, (?:sigle|acronyme|abréviation)\b"
    r"|(?= signifie | veut dire ))"
)


def _ask_definition(plain: str, names: Names) -> _Asked:
    """Ask what is it: « Un lanceur d'alerte est un salarié qui… »."""
    if acronym := _ACRONYM.search(plain):
        yield "definition", f"Que signifie le sigle {acronym['short']}", 0.8
    kind = re.match(r"(?P<what>Une? [\w'-]+(?: [\w'-]+){0,4}?) (?:désigne|signifie|consiste) ", plain)
    if kind and not re.search(rf"\b{NO_SUBJECT}", kind["what"]):
        yield "definition", f"Qu'est-ce que {lower_determiner(kind['what'])}", 0.8
    found = _DEFINED.match(plain)
    if found is None or _NO_CLASS.match(found["noun"]) or DANGLING.search(found["what"]):
        return
    what = lower_determiner(found["what"])
    if names.is_name(what):
        if names.is_person(what):
            yield "who", f"Qui {found['verb']} {what}", 0.7
        elif found["class"].startswith("un"):
            yield "definition", f"Qu'est-ce que {what}", 0.75
    elif found["verb"] == "est" and not re.search(r"\d", what) and re.match(DETERMINER, what):
        if found["class"].startswith(("un", "l'un")):
            yield "definition", f"Qu'est-ce que {what}", 0.8 if what.startswith("un") else 0.6


# ------------------------------------------------------------------------------------- rules

_YOURS = re.compile(r"\b(?:votre (?P<noun>[^\W\d_]+)|vos\b)")
_RULE = re.compile(
    rf"(?:[^,.;:]{{4,60}}, )?(?P<who>[Vv]ous (?:pouvez|devez)|[Ii]l (?:faut|est possible de"
    rf"|est obligatoire de|est interdit de|est nécessaire de)) (?P<what>{INFINITIVE} .*)"
)
_DELAY = re.compile(
    r" (?:dans (?:un délai|le délai|un délai maximum) de|dans les|sous|au plus tard) \d+ [^\W\d_]+.*"
)
_WHERE_TO = re.compile(r" (?:auprès d|à la mairie|en mairie|en préfecture|au tribunal|en ligne\b).*")


def _ask_rule(plain: str) -> _Asked:
    """Ask whether, where or how soon: « Vous pouvez payer vos droits en espèces »."""
    found = _RULE.fullmatch(plain)
    if found is None or is_negative(found["what"].split(",")[0]):
        return
    what = _YOURS.sub(_as_ones_own, cut_rest(found["what"]))
    delayed, placed = _DELAY.sub("", what), _WHERE_TO.sub("", what)
    if not _is_whole(delayed) or not _is_whole(placed) or len(what.split()) < 3:
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


_ASKERS: tuple[Callable[[Clause], _Asked], ...] = (
    _ask_agent,
    _ask_amount,
    _ask_who,
    _ask_reason,
    _ask_opinion,
    _ask_date,
    _ask_content,
    _ask_event,
    _ask_place,
    _ask_partner,
)
