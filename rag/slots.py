"""What a question asks for, in slots: an attribute, of someone, at some time.

« Combien de salariés OpenAI comptait-elle au 28 octobre 2025 ? » asks for « salariés », of OpenAI,
in October 2025. A passage near the subject fills some of the slots; an answer fills all of them,
in one place. Works on words only.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from rag.french import find_names, fold, holds_answer_type, plain_spaces, terms
from rag.retrieval import Search
from rag.timeframe import Timeframe, find_timeframe, fit_time
from rag.types import Evidence

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
        (r"utilisat|usager|internaut|abonn|visiteur", r"utilis|usager|personnes|abonn|visit"),
        (
            r"score|note|resultat|performance",
            r"score|note|resultat|point|%|pour cent|obtien|attein",
        ),
        (r"remunerat|salaire|paie|prime", r"remuner|salaire|pay|gagn|percu|touch|bonus|prime"),
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
        (r"argent|dollars?|euros?|milliards?|millions?", r"milli|dollar|euro|[€$]"),
        (r"droit|interdiction|obligation|regle", r"droit|interdi|oblig|peut|doit|autoris|regle"),
        (r"recompense|prix", r"prix|recompens|medaill"),
        (r"licence", r"licence|license"),
        (r"signat", r"sign"),
        (r"parametre", r"parametr"),
    )
)  # fmt: skip


# « Hassabis, Musk et Karpathy »: what is asked of each may stand in a sentence of its own.
_LISTED = re.compile(
    r"[A-ZÀ-Þ][\w.-]+(?: [A-ZÀ-Þ][\w.-]+)*"
    r"(?:, (?:de |d['’])?[A-ZÀ-Þ][\w.-]+(?: [A-ZÀ-Þ][\w.-]+)*)*"
    r" (?:et|ou) (?:de |d['’])?[A-ZÀ-Þ][\w.-]+(?: [A-ZÀ-Þ][\w.-]+)*"
)
# « Claude Opus 4.1 », « Colossus 2 »: the number is part of the name.
_VERSIONED = re.compile(
    r"(?P<name>[A-ZÀ-Þ]\w+)[ \u00a0-](?P<number>\d{1,2}(?:[.,]\d)?)(?![\d.,]*\d| ?%)"
)
_NUMBER = re.compile(
    r"\d|\b(?:un|une|deux|trois|quatre|cinq|six|sept|huit|neuf|dix|onze|douze|quinze|vingt|trente"
    r"|quarante|cinquante|soixante|cent|cents|mille|dizaine|douzaine|centaine|millier|aucune?)s?\b"
)
# Words between a number and what it counts, at most.
_NEAR = 5
_SHARE = re.compile(r"%|pour cent|\b(?:tiers|quart|moitie|majorite|totalite|cinquieme|dixieme)s?\b")
_MONEY = re.compile(r"dollar|euro|livre|[€$£]|milliard|million")
_ASKS_SHARE = re.compile(r"part$|pourcentage|fraction|proportion|portion|participation")
_ASKS_MONEY = re.compile(
    r"\bcombien\b.*\b(?:cout|paye|payer|vaut|valait|vendu|achet|rachet|invest|depens|lev|debours|verse"
    r"|gagn|touch|facture|perc|rapport)\w*"
    r"|\bquel(?:le)?s? (?:est |etait )?(?:le |la )?(?:prix|cout|montant"
    r"|remuneration|salaire|valorisation|chiffre d'affaires|amende|prime)"
)


@dataclass(frozen=True, slots=True)
class Filled:
    """How well the best single piece of evidence fills the slots of a question, each 0 to 1."""

    attribute: float
    names: float
    time: float
    whole: float


@dataclass(frozen=True)
class Slots:
    """What a question asks for.

    Attributes
    ----------
    attribute
        The noun asked for, folded, empty when a name, a date or a reason is asked.
    names
        Search terms of each name; names that are listed together count as one.
    versions
        What finds each name that has a number (« Opus 4.1 »).
    counted
        Whether the attribute is what a number counts (« combien de salariés »).
    timeframe
        The time asked about, None when none is told.
    """

    search: Search
    attribute: str
    names: tuple[frozenset[str], ...]
    versions: tuple[re.Pattern[str], ...]
    counted: bool
    timeframe: Timeframe | None

    @cached_property
    def _attribute_terms(self) -> frozenset[str]:
        return frozenset(terms(self.attribute))

    @cached_property
    def _signs(self) -> tuple[re.Pattern[str], ...]:
        """What else says that the attribute is there."""
        return tuple(told for asked, told in _SYNONYMS if asked.search(self.attribute))

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

    def _holds_names(self, text: str, held: set[str]) -> float:
        if not self.names:
            return 1.0
        found = [bool(name & held) for name in self.names]
        found += [bool(version.search(text)) for version in self.versions]
        return sum(found) / len(found)

    def _holds_time(self, item: Evidence) -> float:
        if self.timeframe is None:
            return 1.0
        return max(0.0, min(1.0, 0.5 + fit_time(self.timeframe, item.text, item.chunk.date)))

    def fill(self, evidence: Sequence[Evidence]) -> Filled:
        """Measure how well the best single piece of evidence fills each slot, and all of them.

        A name may stand in the title; an attribute counts only where a name does.
        """
        found = [self._fill_one(item) for item in evidence]
        return Filled(
            attribute=max((f.attribute * f.names for f in found), default=0.0),
            names=max((f.names for f in found), default=0.0),
            time=max((f.time * f.names * f.attribute for f in found), default=0.0),
            whole=max((f.whole for f in found), default=0.0),
        )

    def _fill_one(self, item: Evidence) -> Filled:
        text = f"{item.chunk.title} {item.text}"
        held = set(terms(text))
        attribute = self._holds_attribute(item.text)
        names = self._holds_names(text, held)
        time = self._holds_time(item)
        whole = attribute * names * time * (0.5 + self._holds_type(item.text) / 2)
        return Filled(attribute, names, time, whole)

    def _holds_type(self, text: str) -> float:
        plain, asked = plain_spaces(fold(text)), plain_spaces(fold(self.search.question))
        if _ASKS_SHARE.search(self.attribute):
            return float(bool(_SHARE.search(plain)))
        if _ASKS_MONEY.search(asked):
            return float(bool(_MONEY.search(plain) and _NUMBER.search(plain)))
        kind = self.search.answer_type
        return float(kind is None or holds_answer_type(text, kind))


def find_slots(search: Search) -> Slots:
    """Read the slots of the question of a search."""
    listed = _LISTED.search(search.question)
    together = find_names(f"x {listed.group()}") if listed else set()
    groups = [{name} for name in sorted(find_names(f"x {search.question}") - together)]
    names = [
        frozenset(found)
        for group in (*groups, together)
        if (found := [term for name in group for term in search.index.find_terms(name)])
    ]
    attribute, counted = _find_attribute(search.question)
    if any(set(terms(attribute)) & name for name in names):
        attribute = ""
    versions = [
        re.compile(rf"{re.escape(found['name'])}[\W_]?{re.escape(found['number'])}(?![.,]?\d)")
        for found in _VERSIONED.finditer(search.question)
    ]
    timeframe = find_timeframe(search.question)
    return Slots(search, attribute, tuple(names), tuple(versions), counted, timeframe)


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
    if noun in _NAMED or not terms(noun):
        return "", False
    # « Quelle magistrate… »: the sentence that answers names her, and need not say what she is.
    measured = any(asked.search(noun) for asked, _ in _SYNONYMS)
    return (noun, counted) if counted or measured else ("", False)
