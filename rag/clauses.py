"""Reads a statement as one clause: its subject, its verb on either side of a pronoun, the rest.

« ASML a investi 1,3 milliard d’euros » gives « ASML », « a », « investi » and what follows. Rules
of words only, and no guess: a sentence whose parts can't be told gives nothing. Knows nothing about
questions.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal

from rag.antecedents import NAME, find_mentions
from rag.antecedents import find_names as find_named
from rag.french import STOP_WORDS, fold, normalize

# --------------------------------------------------------------------------------------- names

# Names that are listed: « SoftBank, OpenAI et Oracle ».
NAMES = rf"(?:{NAME})(?:(?:, (?:{NAME}))* et (?:{NAME}))?"


@dataclass(frozen=True, eq=False)
class Names:
    """What a corpus tells of its names; hashed by identity, so that what is read can be kept.

    ``genders`` has « m » or « f » by name; ``words`` the folded words of names, to know one at
    the head of a sentence, where every word has a capital.
    """

    genders: dict[str, str] = field(default_factory=dict)
    words: frozenset[str] = frozenset()

    def gender_of(self, name: str) -> str:
        """Return « m », « f » or, where it may be a person of either, «»."""
        found = find_named(name, prose=True)
        if found and found[0].person:
            return found[0].gender
        if name in self.genders:
            return self.genders[name]
        # Companies and products are masculine unless told; of several words it may be a person.
        known = r"\d|\b[A-ZÀ-Þ]{2}|[a-z][A-ZÀ-Þ]|\b(?:Lab|Labs|Group|Corp|Inc|Bank|Cloud|News)\b"
        return "m" if " " not in name or re.search(known, name) else ""

    def is_person(self, name: str) -> bool:
        """Whether a name of two words or more begins with a known first name."""
        found = find_named(name, prose=True)
        return bool(found and found[0].start == 0 and found[0].person) and " " in name

    def is_name(self, words: str) -> bool:
        """Whether words that open a sentence with a capital are a name."""
        if fold(words.split("-")[0]) in STOP_WORDS or not re.fullmatch(NAMES, words):
            return False
        if " " not in words and find_named(words, prose=True)[:1] and words not in self.genders:
            # « Paul » alone may be anyone.
            if find_named(words, prose=True)[0].gender:
                return False
        plain = " " not in words and words[1:].islower()
        return not plain or fold(words) in self.words or words in self.genders


# What tells the gender of the name before it.
_TOLD = re.compile(
    r"(?:^|(?<=[.,;:«(–] )|(?<=qu')|(?<=que )|(?<=où )|(?<=si )|(?<=mais )|(?<=quand ))"
    rf"(?P<name>{NAME})(?: (?:est|était|sera|fut|a été|avait été|s'est|s'était) "
    r"(?:[a-zà-ÿ]+ment )?[^\W\d_]+(?:é|i|u|is)(?P<feminine>e)?(?![\w-])"
    r"|,? (?:fondé|créé|valorisé|basé|né|lancé|dirigé|détenu)(?P<apposed>e)?\b"
    r"|(?: (?:a|est|avait|doit|devait|compte|peut))?-(?:t-)?(?P<pronoun>il|elle)\b)"
)


def learn_genders(sentences: Iterable[str]) -> dict[str, str]:
    """Learn the gender of names from the words that agree with them: « m » or « f » by name.

    « Mira Murati » teaches that of « Murati » too.
    """
    votes: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for sentence in sentences:
        plain = normalize(sentence)
        for match in _TOLD.finditer(plain):
            feminine = match["feminine"] or match["apposed"] or match["pronoun"] == "elle"
            votes[match["name"]]["f" if feminine else "m"] += 1
        for mention in find_named(plain, prose=True):
            if mention.person:
                votes[mention.text.split()[-1]][mention.gender] += 1
    return {name: counts.most_common(1)[0][0] for name, counts in votes.items()}


# --------------------------------------------------------------------------------------- words

_LETTERS = r"[^\W\d_]"
ADVERB = (
    r"(?:(?:donc|aussi|également|ainsi|déjà|désormais|ensuite|enfin|d'abord|encore|alors|toujours"
    r"|depuis|même|notamment|[a-zà-ÿ]{3,}ment|par ailleurs|en outre|bien|elle aussi|lui aussi"
    r"|eux aussi|à (?:lui|elle) seule?|de son côté|en effet|presque|à nouveau) )"
)
PARTICIPLE = (
    r"(?!(?:aussi|ainsi|ici|parmi|lui|demi|peu|plus|puis|depuis|jamais|mais|trois|fois|parfois|petite?s?"
    r"|si|ni|dessus|dessous|au|du|hui|jadis|moins|très)\b)"
    rf"(?:{_LETTERS}+(?:[éiu]e?s?|i[st]e?s?|ouverte?s?|offerte?s?|morte?s?|[aeo]inte?s?)"
    r"|faite?s?)(?![\w'-])"
)
INFINITIVE = rf"(?:s'|se )?(?:{_LETTERS}+(?:er|ir|oir|[dtiuv]re)|faire)(?![\w'-])"
HAVE = r"(?:a|ont|avait|avaient|aura|auront|aurait|auraient|eut)"
BE = r"(?:est|sont|était|étaient|sera|seront|serait|seraient|fut|furent)"
MODAL = (
    r"(?:va|vont|doit|doivent|devait|devaient|devra|devront|devrait|devraient|peut|peuvent|pourra"
    r"|pourront|pouvait|pouvaient|pourrait|pourraient|veut|veulent|espère|espèrent|compte|comptent"
    r"|prévoit de|prévoient de|souhaite|souhaitent)"
)
# Verbs that are met alone, in the third person. No form that is as often a noun (« la note »).
PLAIN = (
    r"(?:détien(?:t|nent|drait?)|détenai(?:t|ent)|poss(?:ède|èdent|édai(?:t|ent))|conserve(?:nt|ra)?"
    r"|contrôle(?:nt|ra)?|dirige(?:nt|ait|ra)?|préside(?:nt|ait|ra)?|pilote(?:nt)?"
    r"|va(?:ut|lent|lai(?:t|ent)|udra)|coût(?:e|ent|era|eront|erait|ait|aient)|emploi(?:e|ent)"
    r"|employai(?:t|ent)|compt(?:e|ent|era|ait|aient)|regroupe(?:nt)?|réuni(?:t|ssent|ssait)"
    r"|rassemble(?:nt)?|contien(?:t|nent|drait)|compren(?:d|nent|ait)|comporte(?:nt)?|abrite(?:nt)?"
    r"|accueille(?:nt)?|pèse(?:nt)?|mesure(?:nt)?|dure(?:nt|ra)?|durai(?:t|ent)|gagne(?:nt|ra)?"
    r"|vers(?:e|ent|era|eront|ait|aient)|pai(?:e|ent|era|erait)|reçoi(?:t|vent)|recevra|touche(?:nt"
    r"|ra)?|rapport(?:e|ent|era|ait|aient)|représente(?:nt|ra)?|attei(?:nt|gnent|ndra|gnait)"
    r"|dépass(?:e|ent|era|ait)|prévoi(?:t|ent)|impose(?:nt|ra)?|interdi(?:t|sent)|exige(?:nt|ra)?"
    r"|perme(?:t|ttent|ttra)|garanti(?:t|ssent)|oblige(?:nt)?|autorise(?:nt)?|protège(?:nt)?"
    r"|désigne(?:nt)?|signifie(?:nt)?|recouvre(?:nt)?|fourni(?:t|ssent|ra)|vend(?:ent|ra|ait)?"
    r"|utilis(?:e|ent|era|ait|aient)|développ(?:e|ent|era|ait)|fabriqu(?:e|ent|era|ait)"
    r"|financ(?:e|ent|era|ait)|propos(?:e|ent|era|ait)|produi(?:t|ra|sait)|s'élèv(?:e|ent|era)"
    r"|s'élevai(?:t|ent)|s'appelle(?:nt)?|estim(?:e|ent|ait|aient)|jug(?:e|ent|eait|eaient)"
    r"|pens(?:e|ent|ait|aient)|affirm(?:e|ent|ait|aient)|considère(?:nt)?|assure(?:nt|ait)?"
    r"|croi(?:t|ent)|concerne(?:nt|ra)?|appartien(?:t|nent)|expire(?:nt|ra|rait)?"
    r"|commence(?:nt|ra)?|se trouve(?:nt)?|siège(?:nt|ait)?|ser(?:t|vent)|cour(?:t|ent)"
    r"|remonte(?:nt)?|remontait|prendra|entrera|sortira|ouvrira|fermera|achètera|construira|lancera|publiera"
    r"|deviendra|rejoin(?:t|dra)|soutien(?:t|nent)|accus(?:e|ent|ait)|devient|devint|naît|naquit"
    r"|meurt|mourut)(?![\w'-])"
)
# After a name, any word that ends as a verb does, before what follows a verb.
_AFTER_NAME = (
    r"(?:(?:se |s')?(?!\w*(?:ée|ique|able|ible|aire|elle|ive|euse|ette|\w\w[ae]nce|[ae]nte|aise"
    r"|oise|aine|ienne|ale|ure|tié|isme|iste|ente|dre|tre|vre|bre|ple|cle|gne)s?\b)(?!\w+ment\b)"
    r"[a-zà-ÿ]{3,}(?:e|ent|ait|aient|era|eront|erait|a|èrent)"
    r"(?= (?:l'|les? |la |une? |des |du |d'|de |à |aux? |en |dans |sur |qu|\d|plus |environ"
    r"|[A-ZÀ-Þ])))"
)
_VERB = (
    rf"(?P<reflexive>s'|se )?(?:"
    rf"(?P<have>{HAVE}) {ADVERB}*(?P<passive>été {ADVERB}*)?(?P<done>{PARTICIPLE})"
    rf"|(?P<be>{BE}) {ADVERB}*(?P<been>{PARTICIPLE})"
    rf"|(?P<is>{BE})(?= )"
    rf"|(?P<modal>{MODAL}) {ADVERB}*(?P<infinitive>être {PARTICIPLE}|{INFINITIVE})"
    rf"|(?P<plain>{PLAIN}))"
)
DETERMINER = r"(?:[Ll](?:e|a|es) |[Ll]'|[Uu]ne? |[Dd]es )"
# What a subject can't hold: another clause, or a word that points back.
NO_SUBJECT = (
    r"(?:qui|que|qu'\w+|dont|où|ce|cet|cette|ces|son|sa|ses|leurs?|ni|ne|n'\w+|y|il|elle|ils|elles"
    r"|mêmes?|autres?|lui|celui|celle|ceux|celles|si|quand|lorsqu\w*|comme|puisqu\w*|est|sont|a|ont"
    r"|et|premiers?|premières?|seconde?s?|derniers?|dernières?|suivante?s?|toute?s?|tous|deux)\b"
)
_ASIDE = rf"(?:, (?!{NO_SUBJECT})[^,;:]{{3,80}},| \([^()]{{1,60}}\))"
_COMMON = (
    rf"{DETERMINER}(?!{NO_SUBJECT})[\w«][\w'.»-]*"
    rf"(?: (?:et (?={NAME})|(?!{NO_SUBJECT}))[\w«][\w'.»-]*){{0,7}}?"
)
_OF_COMMON = re.compile(rf"(?P<subject>{_COMMON})(?P<aside>{_ASIDE})? {ADVERB}?(?={_VERB})")
_OF_NAME = re.compile(
    rf"(?P<subject>(?:[Ll]'|[Ll][ae] )?(?:{NAMES}))(?P<aside>{_ASIDE})? {ADVERB}?"
    rf"(?=(?P<any>{_AFTER_NAME})|{_VERB})"
)
_OF_WHOM = re.compile(
    rf"(?P<subject>{_COMMON}(?: (?:de |d'|du )?(?:{NAMES})))(?P<aside>{_ASIDE})? {ADVERB}?"
    rf"(?={_AFTER_NAME})"
)
_VERB_HERE = re.compile(_VERB)
_ANY_HERE = re.compile(_AFTER_NAME)
# What goes before a subject: when, where, according to whom.
_LEAD = re.compile(
    r"(?:(?:(?:En|Le|Au|Aux|À|Dès|Depuis|Fin|Début|Mi-|Après|Avant|Selon|D'après|Pour|Dans|Avec"
    r"|Chez|Lors|Sur|Contre|Sans|Outre|Face|Grâce|Entre|Un|Une|Deux|Trois|Quelques|Durant|Pendant"
    r"|Malgré|Plus|(?:Née?|Fondée?|Créée?|Située?|Issue?|Mise?|Connue?|Bâtie?)s?)\b[^,;:.]{2,80}"
    r"|Enfin|Ensuite|Pourtant|Ainsi|Toutefois|Cependant|Néanmoins|Concrètement|Entre-temps|Puis"
    r"|Finalement|En effet|Aujourd'hui|Actuellement), )"
    r"(?:(?:en|le|au|dès|depuis|fin|début|dans|selon|d'après) [^,;:.]{2,60}, )?"
)
# Before a verb that would be the complement of these, there is no subject; a rest that ends so
# is cut in the middle.
DANGLING = re.compile(
    r"(?:\b(?:le|la|les|un|une|des|de|du|à|au|aux|en|par|pour|sur|dans|avec|sans|chez|vers|entre"
    r"|sous|et|ou|plus|moins|très|si|(?-i:^|\b[a-zà-ÿ][\w'-]* )\d{1,3}|est|sont|été"
    r"|que|qui|dont|lors|près|ainsi)|['-])$",
    re.IGNORECASE,
)
# Where the rest of a clause stops being needed.
CUT = re.compile(
    r"[,;:()–—\"]| (?:qui|que|qu'\w|dont|où|alors qu\w*|tandis qu\w*|puisqu\w*|car|selon|d'après"
    r"|lorsqu\w*|quand|afin|avant|après|pour qu\w*|parce qu\w*|mais|si|comme|sans|soit|faute d\w*"
    r"|en raison|à cause|grâce|ainsi|jugeant|estimant|pour (?:une?|près|environ|plus|quelque|\d+"
    r"|[a-zà-ÿ]+(?:er|ir|re))|en [a-zà-ÿ]+ant|tout en|contre (?:environ|\d+)|et non|et ce"
    r"|(?:\w+ )?(?:jours?|mois|ans?|semaines?|heures?|années?) (?:après|avant|plus t\w+))(?!\w)"
    rf"| et (?=(?:se |s'|ne |n'|a |ont |est |sont |lui |l'a|en {_LETTERS}+ant|{PARTICIPLE}"
    rf"|{PLAIN}|{MODAL} |[a-zà-ÿ]+(?:a|ait|aient|èrent) ))|\.$"
)

Form = Literal["have", "passive", "be", "is", "modal", "plain"]


# ------------------------------------------------------------------------------------- clauses


@dataclass(frozen=True)
class Clause:
    """A statement cut in parts, with straight apostrophes and plain spaces.

    Attributes
    ----------
    lead
        What stands before the subject.
    subject
        With its determiner in lower case.
    before, after
        The verb on either side of the place of its pronoun (« a », « investi »).
    form
        What makes the verb: ``be`` with a participle, ``is`` with anything else.
    done
        The participle, empty when there is none.
    rest
        All that follows the verb.
    narrated
        The participle of a verb in the present that may tell the past, empty for any other.
    """

    lead: str
    subject: str
    before: str
    after: str
    form: Form
    done: str
    rest: str
    names: Names
    narrated: str = ""

    @cached_property
    def core(self) -> str:
        """The rest up to where it can stop."""
        return cut_rest(self.rest)

    @cached_property
    def reflexive(self) -> bool:
        """Whether the verb has « se »."""
        return self.before.startswith(("s'", "se "))

    @cached_property
    def verb(self) -> str:
        """The word that tells what is done: the participle, the infinitive or the verb itself."""
        return self.done or self.after or self.before

    @cached_property
    def plural(self) -> bool:
        """Whether the verb is in the plural."""
        return is_plural(self.before)

    @cached_property
    def named(self) -> bool:
        """Whether the subject is nothing but a name, or names."""
        return re.fullmatch(NAMES, self.subject) is not None

    @cached_property
    def person(self) -> bool:
        """Whether the subject is someone known by a first name."""
        return self.names.is_person(self.subject)

    @cached_property
    def gender(self) -> str:
        """« m », « f », or nothing where nothing tells."""
        if self.done and (self.form in ("passive", "be") or self.reflexive):
            return "f" if re.search(r"es?$", self.done) else "m"
        found = re.match(r"(?:(la|une)|(le|un)) ", self.subject)
        if found:
            return "f" if found[1] else "m"
        if self.named:
            return "m" if self.plural else self.names.gender_of(self.subject)
        return gender_of_noun(self.subject)

    @property
    def pronoun(self) -> str:
        """What agrees with the subject after the verb, empty where nothing tells."""
        return {"m": "il", "f": "elle", "": ""}[self.gender] + "s" * (
            self.plural and bool(self.gender)
        )

    @property
    def past(self) -> Clause:
        """The clause in the past, when its present may tell one day; else itself."""
        if not self.narrated:
            return self
        form: Form = "be" if self.reflexive else "have"
        before = "s'est" if self.reflexive else "a"
        return replace(
            self, before=before, after=self.narrated, done=self.narrated, form=form, narrated=""
        )


def cut_rest(rest: str) -> str:
    """Keep what follows a verb up to where it can stop."""
    found = CUT.search(f" {rest}")
    kept = rest if found is None else rest[: max(found.start() - 1, 0)]
    return re.sub(rf"^{ADVERB}+| {ADVERB[:-2]})$", "", kept.strip(" .,"))


def is_plural(verb: str) -> bool:
    """Whether a verb in the third person is in the plural."""
    word = verb.split()[-1]
    return word.endswith("nt") and not re.search(r"(?:[tv]ien|[tv]in|tein|join|rain)t$", word)


_PEOPLE = re.compile(
    r"^les (?!(?:val|coul|fl|err|fav|p|s|lu|od|chal|larg|longu|haut|épaiss|terr|horr|doul)eurs)"
    r"\w+(?:eurs|és|iers|iens)$"
)


def gender_of_noun(phrase: str) -> str:
    """Return « m » or « f » for a noun phrase with its determiner, nothing where nothing tells."""
    mentions = [m for m in find_mentions(f"Où {phrase}") if m.start == 3]
    gender = mentions[0].gender if mentions else ""
    # « les chercheurs », « les salariés »: people.
    return gender or ("m" if _PEOPLE.search(phrase) else "")


def lower_determiner(phrase: str) -> str:
    """Write a phrase as it stands within a sentence: « La loi » gives « la loi »."""
    return phrase[0].lower() + phrase[1:] if re.match(DETERMINER, phrase) else phrase


def read_clause(sentence: str, names: Names) -> Clause | None:
    """Read a statement as one clause; None when its parts can't be told.

    ``sentence`` has straight apostrophes and plain spaces (``french.normalize``).
    """
    lead = _LEAD.match(sentence)
    for start in (lead.end(), 0) if lead else (0,):
        clause = _read_from(sentence, start, names)
        if clause is not None:
            return replace(clause, lead=sentence[:start].strip(" ,"))
    return None


def _read_from(sentence: str, start: int, names: Names) -> Clause | None:
    for kind in (_OF_NAME, _OF_COMMON, _OF_WHOM):
        found = kind.match(sentence, start)
        if found is None or not _is_subject(found["subject"], kind is _OF_NAME, names):
            continue
        subject = lower_determiner(found["subject"])
        clause = _read_verb(sentence, found.end(), subject, names)
        if clause is not None and clause.plural == _counts_many(found["subject"], clause):
            return clause
    return None


def _is_subject(words: str, named: bool, names: Names) -> bool:
    if DANGLING.search(words) or words.count("«") != words.count("»"):
        return False
    return not named or names.is_name(re.sub(r"^(?:[Ll]'|[Ll][ae] )", "", words))


def _counts_many(subject: str, clause: Clause) -> bool:
    """Whether a subject asks for a verb in the plural."""
    if clause.named:
        return bool(re.search(rf" et (?:{NAME})$", subject))
    return subject[:4].lower() in ("les ", "des ")


# Past participles that the present does not give, and verbs that take « être ».
_IRREGULAR = {
    "achète": "acheté",
    "rachète": "racheté",
    "révèle": "révélé",
    "lève": "levé",
    "cède": "cédé",
    "acquiert": "acquis",
    "offre": "offert",
    "ouvre": "ouvert",
    "découvre": "découvert",
    "remporte": "remporté",
}
_WITH_BE = re.compile(r"(?:arriv|entr|rest|tomb|mont|rentr|retourn|pass|demeur|décèd)e$")


def _narrate(clause: Clause) -> Clause:
    """Put in the past what the press tells in the present of one day: « annonce » on 23 January."""
    verb = clause.before.removeprefix("se ").removeprefix("s'")
    known = _IRREGULAR.get(verb, "")
    regular = verb.endswith("e") and not re.search(r"è\w+$|(?:vr|ffr|ill)e$", verb)
    if _WITH_BE.match(verb) or not (known or regular):
        return clause
    done = known or re.sub(r"(?<=[oau])ie$", "ye", verb)[:-1] + "é"
    if not clause.reflexive:
        return replace(clause, narrated=done)
    return replace(clause, narrated=done + "e" * (clause.gender == "f") if clause.gender else "")


def _read_verb(sentence: str, start: int, subject: str, names: Names) -> Clause | None:
    verb = _VERB_HERE.match(sentence, start)
    if verb is None:
        any_verb = _ANY_HERE.match(sentence, start)
        if any_verb is None or fold(any_verb.group()) in STOP_WORDS:
            return None
        rest = sentence[any_verb.end() :].strip()
        return _narrate(Clause("", subject, any_verb.group(), "", "plain", "", rest, names))
    form: Form
    done = verb["done"] or verb["been"] or ""
    after = done
    if verb["have"]:
        form, before = "passive" if verb["passive"] else "have", verb["have"]
        after = f"été {done}" if verb["passive"] else done
    elif verb["be"] or verb["is"]:
        form, before = "be" if verb["be"] else "is", verb["be"] or verb["is"]
    elif verb["modal"]:
        before, _, of = verb["modal"].partition(" ")
        form, after = "modal", f"{of} {verb['infinitive']}".strip()
    else:
        form, before = "plain", verb["plain"]
    rest = sentence[verb.end() :].strip()
    # « s'est engagé à investir »: the verb goes on.
    if more := re.match(rf"(?:à|de) {INFINITIVE}|d'{INFINITIVE}", rest):
        if form in ("have", "be"):
            after, rest = f"{after} {more.group()}", rest[more.end() :].strip()
    before = (verb["reflexive"] or "") + before
    return Clause("", subject, before, after, form, done, rest, names)
