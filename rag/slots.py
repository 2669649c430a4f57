"""What a question asks for, in slots: an attribute, of someone, at some time.

« Combien de salariés OpenAI comptait-elle au 28 octobre 2025 ? » asks for « salariés », of OpenAI,
in October 2025. A passage near the subject fills some of the slots; an answer fills all of them,
in one place. Works on words only.
"""

from __future__ import annotations

import re
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from rag.french import (
    find_names,
    fold,
    holds_answer_type,
    normalize,
    plain_spaces,
    split_sentences,
    terms,
)
from rag.retrieval import Search
from rag.timeframe import Timeframe, find_dates, find_timeframe, fit_time, fold_in_place
from rag.types import AnswerType, Evidence, Span

# The noun asked for, in folded text: « combien de salariés », « quel est le montant des dons ».
_ATTRIBUTE = re.compile(
    r"\bcombien (?:d'|de |du |des )(?P<counted>[a-z]+)"
    r"|\bquel(?:le)?s? (?:est |etait |sont |etaient |a ete |fut |serait )?(?:le |la |l'|les )?"
    r"(?P<asked>[a-z]+(?: d'affaires)?)"
)
# Nouns that only say what kind of thing is asked: what follows them tells more.
_KINDS = (
    r"nombre|montant|chiffre|somme|total|quantite|valeur|pourcentage|taux|proportion|type|sorte"
    r"|nature|liste|rapport|difference|lien|role|but|objectif|raison|cause|consequence|effet|avis"
    r"|opinion|position|point|mot|terme|sens|definition|nom|titre"
)
_OF_KIND = re.compile(rf"\b(?:{_KINDS})s? (?:d'|de |du |des |de la |de l')(?P<noun>[a-z]+)")
# Nouns for what a name or a date answers: the sentence that answers does not say them.
_NAMED = frozenset(
    """
    personne entreprise societe groupe organisation ville pays lieu endroit region continent date
    jour mois annee siecle epoque moment heure personnalite homme femme auteur acteur concurrent
    rival dirigeant patron fondateur president createur createurs fondateurs concurrents rivaux
    entreprises societes personnes pays produit modele evenement sont est fois temps grande
    grandes grand grands autre autres initiative mesure duree echeance raison
    """.split()  # noqa: SIM905
)
# What else says that the attribute is there, folded.
_SYNONYMS = tuple(
    (re.compile(rf"^(?:{asked})"), re.compile(told))
    for asked, told in (
        (
            r"salari|employ|effectif|collaborat|personnel",
            r"salari|employ|effectif|personnes|membres|equipe de",
        ),
        (r"utilisat|usager|internaut|visiteur", r"utilis|usager|personnes|abonn|visit"),
        (r"abonn", r"abonn|payant|souscri"),
        (
            r"personnes|gens",
            r"personnes|gens|salari|employ|signat|utilis|membres|chercheur|client|habitant"
            r"|equipe de",
        ),
        (
            r"score|note|resultat|performance",
            r"score|note|resultat|point|%|pour cent|obtien|attein",
        ),
        (
            r"remunerat|salaire|paie|prime|indemnite",
            r"remuner|salaire|pay|gagn|percu|touch|bonus|prime|indemn",
        ),
        (r"prix|cout|tarif|cours", r"prix|cout|pay|tarif|vaut|valait|dollar|euro|[€$]"),
        (r"chiffre d'affaires|revenu|recette|vente", r"chiffre d'affaires|revenu|recette|vente"),
        (r"benefice|profit|perte", r"benefice|profit|perte|perdu|deficit"),
        (
            r"participation|capital|action|part$|fraction|portion|pourcentage|proportion",
            r"%|pour cent|\bpart\b|capital|actionn|detien|possed|tiers|quart|moitie",
        ),
        (r"electricite|energie|puissance", r"electri|energ|watt|flop|operation"),
        (r"poste|fonction|metier|profession", r"direct|chef|president|responsable|fonction|poste"),
        (r"fonds|investisseur", r"fonds|invest|capital|mene|tour"),
        (r"processeur|puce|gpu|carte", r"process|puce|gpu|carte"),
        (r"amende|sanction|peine", r"amende|sanction|peine|penal"),
        (r"age", r"\bans\b|\bage|\bne e?en\b"),
        (r"habitant|population", r"habitant|population|peupl"),
        (r"superficie|surface|taille|hauteur|longueur|distance", r"metre|km|hectare|m2|m²|kilo"),
        (
            r"argent|dollars?|euros?|milliards?|millions?|enveloppe|budget|dotation",
            r"milli|dollar|euro|[€$]",
        ),
        (r"droit|interdiction|obligation|regle", r"droit|interdi|oblig|peut|doit|autoris|regle"),
        (r"recompense|prix", r"prix|recompens|medaill"),
        (r"licence", r"licence|license"),
        (r"cabinet|avocat", r"cabinet|avocat|defen[ds]|plaid|conseil juridique"),
        (r"signat", r"sign"),
        (
            r"specialiste|expert|chercheur|scientifique|savant|sonde",
            r"specialiste|expert|chercheur|scientifique|savant|personnes|sonde|repond",
        ),
        (r"annee|an$", r"annees?\b|ans\b|an\b"),
        (r"parametre", r"parametr"),
    )
)  # fmt: skip
# What happens, in folded text: how a question puts it, how an article tells it.
_EVENTS = tuple(
    (re.compile(rf"\b(?:{asked})\b"), re.compile(rf"\b(?:{told})"))
    for asked, told in (
        (
            r"sorti\w*|lancee?s?|publie\w*|paru\w*|devoile\w*|mise? en service",
            r"sort(?!es?\b)|lanc|publi|paru|parai|devoil|present|disponib|mi[ts]e?\b.* en "
            r"(?:service|ligne)|mettait|(?<!lettre )ouv[er]|annonc|arriv|deploy|revel"
            r"|rendu\w* public|inaugur|cre[ea]|fond[ae]",
        ),
        (
            r"mene[er]?|menait|mena",
            r"mene[er]?s?\b|menait|mena\b|conduit|chef de file|emmen|pilot|dirig|a la tete",
        ),
        (
            r"(?:monte|grimpe|bondi|progresse)[er]?",
            r"mont(?:e|er|ee|ait|a|ent)\b|grimp|bond|progress|hausse|gagn|pris\b|augment",
        ),
        (
            r"(?:chute|baisse|recule|effondre)[er]?",
            r"chut|baiss|recul|effondr|perd|abandon|repli|effac|plong|ampu|redui|dimin|rogn|cede",
        ),
        (
            r"(?:cloture|termine|fini)\w* .*\b(?:journee|seance|bourse)|action .*cloture\w*",
            r"clotur|termin|fini|seance|cours\b",
        ),
        (r"(?<!s'est )(?<!-elle )(?<!-il )offerte?s?", r"offr|offert|propos"),
        (
            r"installe\w*|construi\w*|bati\w*|implante\w*",
            r"install|constru|bati|implant|situ|chantier|sites?\b|ouv[er]|cre[ea]",
        ),
        (
            r"quitte[er]?|demissionne[er]?|partie?s?|claque\w* la porte",
            r"quitt|part(?:ie?s?|ait|ir|ent)?\b|depart|demission|claqu|rend|renonc|abandon",
        ),
        (r"consomme\w*", r"consomm|besoin|englouti"),
        (
            r"investie?s?|injecte\w*",
            r"invest|inject|plac|mise?s?\b|mi[st]ait|met\b|appor|engag|vers|pari|financ|leve|ajout",
        ),
        (
            r"payer?|paye|paie(?:-t)?",
            r"pa[yi]e|paiement|vers|cout|prix|factur|depens|debours|achat|achet|acqui|rach|contrat"
            r"|recev|recoi|touch|somme|montant|command|engag",
        ),
        (
            r"(?:co)?fonde[er]?\w*|(?:co)?fondateurs?|cree[er]?\w*|createurs?|a l'origine",
            r"(?:co)?fond[ae]|cree|cre[ea]|naiss|nait|nee?s? |lanc|a l'origine",
        ),
        (
            r"rachete\w*|achete\w*|acquis\w*|acquerir",
            r"rach[ae]t|acqu[ie]|achat|achet|offert|offr|repris|pay|debours|absorb",
        ),
        (
            r"renvoye\w*|revoque\w*|limoge\w*|evince\w*|licencie\w*",
            r"renvo|revoqu|revoc|limoge|evinc|evict|licenci|ecart|destitu|debarqu|chasse",
        ),
        (
            r"remplace\w*|succede\w*|successeurs?|pris (?:la|sa|leur) (?:place|suite)",
            r"remplac|succe|interim|provisoire|place|suite|releve|nomme|direction|direct",
        ),
        (
            r"valorise\w*|valorisation|vaut|valait",
            r"valoris|vaut|val[ua]|evalu|estim|milliard|million",
        ),
        (
            r"(?:ville|pays|ou) .*\bsiege|siege social",
            r"siege (?:social|mondial)|quartier general|base[e]?s? (?:a|en|au)\b|install|implant"
            r"|situ|\bsiege .*\b(?:a|en|au) \w+$",
        ),
        (r"signee?s?|signe[rz]", r"sign|paraph|conclu|passe|scell|annonc|accord|protocole"),
    )
)
# The press names governments and their people alike by their capitals.
_CAPITALS = {
    "bruxelles": "européenne",
    "washington": "américain",
    "pekin": "chinois",
    "londres": "britannique",
    "berlin": "allemand",
    "moscou": "russe",
    "paris": "français",
}
# « Les sources consultées ne disent pas… », « on ignore… »: nothing is told.
_UNTOLD = re.compile(
    r"\bon (?:ignore|ne (?:sait|connait))\b|\b(?:est|sont|rest|demeur)\w* inconnue?s?\b"
    r"|\bn(?:e |')(?:\w+ )?(?:dis|indiqu|precis|mentionn|chiffr|detaill|permett|figur)\w* "
    r"(?:pas|ni|rien|nulle|aucun)"
    r"|\bn(?:e |')(?:est|sont|etait|etaient|ont|a|avait) (?:pas|jamais|ni) (?:encore )?(?:ete )?"
    r"(?:connu|communiqu|precis|divulgu|publi|revel|devoil|donn)"
)
_NAME = r"(?:[A-ZÀ-Þ][\w-]*(?:\.\d+)?|[a-z]{1,2}[A-Z]\w*)"
_NAMES = re.compile(rf"{_NAME}(?:[ \u00a0-](?:{_NAME}|\d{{1,2}}(?:[.,]\d)?(?![\d.,]*\d| ?%)))*")
# « Hassabis, Musk et Karpathy »: what is asked of each may stand in a sentence of its own.
_LISTED = re.compile(
    r"[A-ZÀ-Þ][\w.-]+(?: [A-ZÀ-Þ][\w.-]+)*"
    r"(?:, (?:de |d['’])?[A-ZÀ-Þ][\w.-]+(?: [A-ZÀ-Þ][\w.-]+)*)*"
    r" (?:et|ou) (?:de |d['’])?[A-ZÀ-Þ][\w.-]+(?: [A-ZÀ-Þ][\w.-]+)*"
)
# « Claude Opus 4.1 », « Colossus 2 »: the number is part of the name.
_VERSIONED = re.compile(r"(?P<name>[A-ZÀ-Þ]\w+)[ \u00a0-](?P<number>\d{1,2}(?:[.,]\d)?)$")
# Written with a capital, but names of nobody.
_NO_NAMES = frozenset({"bourse", "internet", "web", "etat", "terre"})
# Of the words of a name, those this rare, against the rarest, are enough to recognize it.
_DISTINCT = 0.6
# « Nvidia détient-elle »: who stands before the verb does what is asked.
_INVERSION = re.compile(r" (?:(?:ne|se|lui|y|leur|en) |[nsl]')*[^\W\d_]+-(?:t-)?(?:ils?|elles?)\b")
# « la part de Nvidia est-elle »: it is not Nvidia.
_COMPLEMENT = re.compile(r"\b(?:de|du|des|à|aux?|en|d') ?$")
# « ses trois fondateurs »
_POSSESSED = re.compile(
    r"(?<!de )(?<!à )(?<!et )\b(?:ses|son|sa|leurs?) (?P<noun>(?:[\w-]+ ){0,2}[\w-]+)$"
)
# « un mois plus tard »: the time told is not the one asked about.
_SHIFTED = re.compile(
    r"\b(?:jours?|semaines?|mois|ans?|annees?) (?:plus tard|plus tot|apres|avant)\b"
)
# « qui investit le plus, Nvidia ou Microsoft ? »: what weighs them answers.
_OFFERED = re.compile(rf"{_NAMES.pattern},? ou {_NAMES.pattern}")
_CHOOSES = re.compile(r"\b(?:qui|quel|quelle|lequel|laquelle)\b")
_COMPARED = re.compile(
    r"\b(?:plus|moins|double|triple|devant|derriere|contre|tandis|premiere?|superieur|inferieur"
    r"|depass|devanc)"
)
# A past participle, and what makes a verb of it: « a-t-elle lancé », « est installé ».
# What may be a present (« qui construit », « qui publie ») is none.
_PARTICIPLE = re.compile(r"\w+(?:ée?s?|(?<!publ)[iu]e?s?|(?:it|is|ert)es?|its|erts)")
_CONJUGATED = re.compile(
    r"(?:\b(?:a|ai[ts]?|aient|ont|avait|avaient|aura|auront|aurait|auraient|avoir|est|sont|etait"
    r"|etaient|fut|furent|sera|seront|serait|ete|etre)|-(?:il|elle|on)s?)(?: \S+){0,3} $"
)
# « quelle part n'appartient ni à Microsoft… »: it is not what is asked about.
_LEFT_OUT = re.compile(
    r"\b(?:ni|hors|sauf|hormis|excepté|autres? que|à part|en dehors)"
    r"(?: (?:à|aux?|de|du|des|la|le|les)| [ld]')*(?: |(?<='))$"
)
# What a follow-up takes from the question before.
_ASIDE = re.compile(r"\([^()]*\)")
# Who tells is not who does: « selon Reuters », « rapporte The Verge ».
_ACCORDING = re.compile(r"\b(?:[Ss]elon|[Dd]['’]après)\b[^,.;:?]*")
_SOURCE = re.compile(
    rf"{_ACCORDING.pattern}"
    r"|\b(?:rapport|relèv|indiqu|précis|détaill|rappel|signal|en croire)\w*"
    rf"\s(?:(?:notamment|l['’]agence|le site|l[ea]s?)\s)?{_NAMES.pattern}"
    rf"(?:(?:, | et | ou ){_NAMES.pattern})*(?:\s(?:le|en)\s(?:\d+(?:er)?\s)?\w+(?:\s\d{{4}})?)?"
)
# « a raconté fin octobre 2025 que… »: when it was told, not when it happened.
_REPORTED = re.compile(
    r"\b(?:a|ont) (?:raconté|déclaré|affirmé|expliqué|indiqué|précisé|rapporté|révélé|confié"
    r"|rappelé|reconnu|dit)\b[^,.;:«]{0,40}(?= (?:que\b|qu['’]))"
)
_POINTS_BACK = re.compile(
    r"\W*(?:ils?|elles?|celui|celle|ceux|celles|cel?a|c'est|ce|cet|cette|ces|son|sa|ses|leurs?"
    r"|l(?:e|a|es|') ?(?:groupe|entreprise|societe|firme|laboratoire|fondation|somme|montant))\b"
)
_MEASURED = re.compile(
    r"score|note|resultat|remuneration|salaire|prime|indemnite|prix|cout|tarif|cours"
    r"|enveloppe|budget|dotation|chiffre d'affaires|revenu|recette|benefice|profit|perte"
    r"|participation|amende|population|superficie|hauteur|distance"
)
_ASKS_NAME = re.compile(
    r"\bcomment s'appel|\bquel(?:le)?s? (?:investisseur|fonds|fournisseur|partenaire|dirigeant)"
)
_NUMBER = re.compile(
    r"\d|\b(?:un|une|deux|trois|quatre|cinq|six|sept|huit|neuf|dix|onze|douze|quinze|vingt|trente"
    r"|quarante|cinquante|soixante|cent|cents|mille|dizaine|douzaine|centaine|millier|aucune?)s?\b"
)
# « un million » counts, « un » may be an article.
_ONE = re.compile(r"\bune? (?:milli(?:on|ard)|millier|centaine|dizaine|douzaine|demi)")
# What a sentence wholly outside the time asked about loses; one that tells no time is worth half.
_OUTSIDE = 0.75
# Words between a number and what it counts, at most.
_NEAR = 5
_SHARE = re.compile(r"%|pour cent|\b(?:tiers|quart|moitie|majorite|totalite|cinquieme|dixieme)s?\b")
_MONEY = re.compile(
    r"dollar|euro|livre|[€$£]"
    r"|(?:milliard|million)s?\b(?! (?:de |d'|supplementaires? de )(?!dollar|euro))"
)
_ASKS_SHARE = re.compile(r"part$|pourcentage|fraction|proportion|portion|participation")
_ASKS_MONEY = re.compile(
    r"\bcombien\b.*\b(?:cout|paye|payer|vaut|valait|vendu|achet|rachet|invest|depens|lev|debours|verse"
    r"|gagn|touch|facture|perc|rapport)\w*"
    r"|\bquel(?:le)?s? (?:est |etait )?(?:le |la |l')?(?:prix|cout|montant|enveloppe|budget"
    r"|dotation|remuneration|salaire|valorisation|chiffre d'affaires|amende|prime)"
)
# What one share or one subscription costs is no matter of millions.
_ASKS_UNIT_PRICE = re.compile(
    r"\baction\b.*\b(?:clotur|termin|vaut|valait|cot)|\b(?:vaut|valait|cote) (?:une|l') ?action"
    r"|\bcours\b.*\baction|\b(?:cout\w*|prix|tarif)\b.*\babonnement"
)
_UNIT_PRICE = re.compile(r"\d (?:dollar|euro|livre|[€$])")


@dataclass(frozen=True, slots=True)
class Filled:
    """How well the best single piece of evidence fills the slots of a question, each 0 to 1."""

    attribute: float
    names: float
    time: float
    whole: float


@dataclass(frozen=True, slots=True)
class Named:
    """Something that a question names.

    ``terms`` are search terms that recognize it; ``proper`` says that only words with a capital
    do, as for names of several words: « Safe Superintelligence » is not any superintelligence;
    ``version`` finds it with its number, if it has one.
    """

    terms: frozenset[str]
    proper: bool = False
    version: re.Pattern[str] | None = None

    def is_in(self, text: str) -> bool:
        """Whether a text names it."""
        if self.version is not None and not self.version.search(text):
            return False
        if self.proper:
            text = " ".join(re.findall(r"\w*[A-ZÀ-Þ][\w-]*(?: \d[\d.]*)?", text))
        return bool(self.terms & set(terms(text)))


@dataclass(frozen=True)
class Slots:
    """What a question asks for.

    Attributes
    ----------
    attribute
        The noun asked for, folded, empty when a name, a date or a reason is asked.
    counted
        Whether the attribute is what a number counts (« combien de salariés »).
    names
        What the question names; names that are listed together count as one.
    subject
        Who does what is asked, None when the question does not tell.
    timeframe
        The time asked about, None when none is told.
    """

    search: Search
    attribute: str
    counted: bool
    names: tuple[Named, ...]
    subject: Named | None
    timeframe: Timeframe | None

    @cached_property
    def _attribute_terms(self) -> frozenset[str]:
        return frozenset(terms(self.attribute))

    @cached_property
    def _signs(self) -> tuple[re.Pattern[str], ...]:
        """What else says that the attribute is there."""
        return tuple(told for asked, told in _SYNONYMS if asked.search(self.attribute))

    @cached_property
    def _events(self) -> tuple[re.Pattern[str], ...]:
        """What tells the events that the question asks about."""
        if self._kind is None:
            return ()
        question = plain_spaces(normalize(self.search.question))
        asked = fold_in_place(question)
        return tuple(
            told
            for event, told in _EVENTS
            if any(not _qualifies(question, *of.span()) for of in event.finditer(asked))
        )

    @cached_property
    def _kind(self) -> AnswerType | None:
        """What type of answer is asked for, when the words of the question or its noun tell."""
        if _ASKS_NAME.search(fold(self.search.question)):
            return "name"
        if _MEASURED.match(self.attribute):
            return "quantity"
        # What defines seldom says so: « une PBC, société à mission ».
        return None if self.search.answer_type == "definition" else self.search.answer_type

    @cached_property
    def _offers(self) -> bool:
        """Whether one of the names that the question gives is asked for."""
        question = normalize(self.search.question)
        chooses = _OFFERED.search(question) and _CHOOSES.search(fold(question))
        return self._kind in (None, "name") and bool(chooses)

    @cached_property
    def _given(self) -> re.Pattern[str]:
        """Names and figures that the question gives, so that no answer is made of them."""
        names = re.findall(r"\w*[A-ZÀ-Þ]\w*", self.search.question)
        figures = re.findall(r"\d+(?:[.,]\d+)*", self.search.question)
        given = "|".join(sorted(map(re.escape, {*names, *figures}), key=len, reverse=True))
        return re.compile(rf"(?<![\w.,])(?:{given})(?!\w|[.,]\d)" if given else r"(?!)")

    def _says_attribute(self, text: str) -> bool:
        if self._attribute_terms & set(terms(text)):
            return True
        plain = plain_spaces(fold(text))
        return any(told.search(plain) for told in self._signs)

    def _holds_attribute(self, text: str) -> float:
        if not self.attribute:
            return 1.0
        if not self.counted:
            return float(self._says_attribute(text))
        words = plain_spaces(text).split()
        numbers = [place for place, word in enumerate(words) if _NUMBER.search(fold(word))]
        near = [" ".join(words[max(0, n - _NEAR) : n + _NEAR + 1]) for n in numbers]
        return float(any(self._says_attribute(piece) for piece in near))

    def _holds_names(self, statement: str, context: str) -> float:
        """Say which share of the names are there, half of it when the subject is not.

        One that only the context has counts half where the sentence has names of its own.
        """
        ahead = self._given.sub("x", _SOURCE.sub("x", self._before_value(statement)))
        others = find_names(f"x {ahead}")
        led = self._kind not in ("quantity", "date") or not others
        borrowed = 1.0 if led or _POINTS_BACK.match(fold(statement)) else 0.5

        def find(name: Named) -> float:
            if name.is_in(statement):
                return 1.0
            return borrowed * name.is_in(f"{context} {statement}")

        share = statistics.fmean(map(find, self.names)) if self.names else 1.0
        return share if self.subject is None else share * (0.5 + find(self.subject) / 2)

    def _before_value(self, statement: str) -> str:
        """Return what stands before the first date or figure, whichever is asked for."""
        dates = [span for span, _ in find_dates(statement)]
        if self._kind == "date":
            return statement[: dates[0].start] if dates else statement
        plain = fold_in_place(statement)
        for span in dates:
            plain = plain[: span.start] + " " * (span.end - span.start) + plain[span.end :]
        figure = _NUMBER.search(plain)
        return statement[: figure.start()] if figure else statement

    def _holds_time(self, item: Evidence) -> float:
        if self.timeframe is None:
            return 1.0
        fit = fit_time(self.timeframe, _REPORTED.sub(" ", item.text), item.chunk.date)
        return max(0.0, min(1.0, 0.5 + _OUTSIDE * fit))

    def fill(self, evidence: Sequence[Evidence]) -> Filled:
        """Measure how well the best single piece of evidence fills each slot, and all of them.

        A name may stand in the title; an attribute counts only where a name does.
        """
        found = [filled for item in evidence for filled in self._fill_each(item)]
        return Filled(
            attribute=max((f.attribute * f.names for f in found), default=0.0),
            names=max((f.names for f in found), default=0.0),
            time=max((f.time * f.names * f.attribute for f in found), default=0.0),
            whole=max((f.whole for f in found), default=0.0),
        )

    def _fill_each(self, item: Evidence) -> Iterator[Filled]:
        """Fill the slots with each sentence of a quotation, what comes before it as its context."""
        time = self._holds_time(item)
        for span in split_sentences(item.text):
            statement = item.text[span.start : span.end]
            context = f"{item.chunk.title} {item.text[: span.start]}"
            attribute = self._holds_attribute(statement)
            names = self._holds_names(statement, context)
            told = self._tells(statement, item.text[: span.end])
            yield Filled(attribute, names, time, attribute * names * time * told)

    def _tells(self, statement: str, so_far: str) -> float:
        """Say how much of an answer a sentence is: of the type asked for, about the event asked."""
        plain = plain_spaces(fold(statement))
        if (self._kind or self.attribute) and _UNTOLD.search(plain):
            return 0.0
        told = 1.0 if self.holds_type(statement) else 0.5
        so_far = plain_spaces(fold(so_far))
        return told if all(event.search(so_far) for event in self._events) else told / 2

    def holds_type(self, statement: str) -> bool:
        """Whether a sentence holds something of the type asked for that the question does not."""
        told = _SOURCE.sub("x", statement) if self._kind == "date" else statement
        new = told if self._kind == "date" else self._given.sub("x", told)
        plain, asked = plain_spaces(fold(new)), plain_spaces(fold(self.search.question))
        if _ASKS_SHARE.search(self.attribute):
            return bool(_SHARE.search(plain))
        if _ASKS_UNIT_PRICE.search(asked):
            return bool(_UNIT_PRICE.search(plain))
        if _ASKS_MONEY.search(asked):
            return bool(_MONEY.search(plain) and _NUMBER.search(plain))
        if self._kind == "quantity" and _ONE.search(plain):
            return True
        if self._offers:
            return bool(_NUMBER.search(plain) or _COMPARED.search(plain))
        return self._kind is None or holds_answer_type(new, self._kind)


def _qualifies(question: str, start: int, end: int) -> bool:
    """Whether a participle says which thing is meant: « l’offre lancée avec Grok »."""
    if not _PARTICIPLE.fullmatch(question[start:end]):
        return False
    return not _CONJUGATED.search(fold_in_place(question[:start]))


def find_slots(search: Search) -> Slots:
    """Read the slots of the question of a search."""
    question = normalize(search.question)
    named = _find_named(question, search)
    attribute, counted = _find_attribute(search.question)
    if any(set(terms(attribute)) & name.terms for name in named.values()):
        attribute = ""
    verb = _INVERSION.search(question)
    subject = _find_subject(question, verb.start(), named) if verb else None
    # « selon la presse de 2023 » tells when it was told.
    timed = _ACCORDING.sub(" ", search.question)
    timeframe = None if _SHIFTED.search(fold(question)) else find_timeframe(timed)
    return Slots(search, attribute, counted, tuple(named.values()), subject, timeframe)


def _find_named(question: str, search: Search) -> dict[Span, Named]:
    """Find what a question names, each where it stands; a list is one, and so is an aside."""
    asides = [Span(*match.span()) for match in _ASIDE.finditer(question)]
    lists = [Span(*match.span()) for match in _LISTED.finditer(question)]
    named: dict[Span, Named] = {}
    for span in _find_sequences(question, search):
        name = _name(question[span.start : span.end], search)
        if name is None or _LEFT_OUT.search(question[: span.start]):
            continue
        within = (of for of in (*asides, *lists) if of.start <= span.start and span.end <= of.end)
        place = next(within, span)
        if place is not span:
            name = Named(name.terms | (named[place].terms if place in named else frozenset()))
        named[place] = name
    # An aside counts where nothing else is named.
    return {place: name for place, name in named.items() if place not in asides} or named


def _find_sequences(question: str, search: Search) -> Iterator[Span]:
    """Find the names of a question; two that meet are one where a passage has them together."""
    known = find_names(question) - _NO_NAMES
    passages = [plain_spaces(f"{hit.chunk.title} {hit.chunk.text}") for hit in search.hits]
    for match in _NAMES.finditer(question):
        run: Span | None = None
        for word in re.finditer(r"[^ \u00a0]+", match.group()):
            span = Span(match.start() + word.start(), match.start() + word.end())
            numbers = word.group()[0].isdecimal()
            names = any(fold(part) in known for part in (word.group(), *word.group().split("-")))
            if run and (numbers or names):
                together = plain_spaces(question[run.start : span.end])
                if numbers or any(together in passage for passage in passages):
                    run = Span(run.start, span.end)
                    continue
            if run:
                yield run
            run = span if names else None
        if run:
            yield run


def _name(words: str, search: Search) -> Named | None:
    """Keep what distinguishes a name: « Mistral » of « Mistral AI »."""
    weights = {term: search.term_weights.get(term, 1.0) for term in search.index.find_terms(words)}
    rarest = max(weights.values(), default=0.0)
    kept = {term for term, weight in weights.items() if weight >= _DISTINCT * rarest}
    kept.update(terms(_CAPITALS.get(fold(words), "")))
    versioned = _VERSIONED.search(words)
    version = versioned and re.compile(
        rf"{re.escape(versioned['name'])}[\W_]?{re.escape(versioned['number'])}(?![.,]?\d)"
    )
    return Named(frozenset(kept), " " in words, version) if kept else None


def _find_subject(question: str, verb: int, named: Mapping[Span, Named]) -> Named | None:
    """Find who stands before an inverted verb, unless as the complement of a noun."""
    for span, name in named.items():
        if span.end == verb:
            met = any(other.end == span.start - 1 for other in named)
            return None if not met and _COMPLEMENT.search(question[: span.start]) else name
    noun = _POSSESSED.search(question[:verb])
    found = frozenset(t for t in terms(noun["noun"]) if not t.isdecimal()) if noun else frozenset()
    return Named(found) if found else None


def _find_attribute(question: str) -> tuple[str, bool]:
    """Return the noun asked for, and whether a number counts it."""
    plain = plain_spaces(fold(question))
    found = _ATTRIBUTE.search(plain)
    if found is None:
        return "", False
    counted, noun = found["counted"] is not None, found["counted"] or found["asked"]
    if re.fullmatch(rf"(?:{_KINDS})s?", noun) and not _ASKS_SHARE.search(noun):
        of_kind = _OF_KIND.match(plain, found.start("counted" if counted else "asked"))
        counted, noun = noun.startswith("nombre"), of_kind["noun"] if of_kind else ""
    if (noun in _NAMED and not (counted and noun == "personnes")) or not terms(noun):
        return "", False
    # « Quelle magistrate… »: the sentence that answers names her, and need not say what she is.
    measured = any(asked.search(noun) for asked, _ in _SYNONYMS)
    return (noun, counted) if counted or measured else ("", False)
