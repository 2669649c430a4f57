"""Whether a question stands alone: it can be understood by who has read nothing before."""

from __future__ import annotations

import re
from functools import lru_cache

from rag.antecedents import NAME
from rag.asking.dates import MONTH, YEAR
from rag.french import find_names, terms
from rag.wording import INVERSION, elide

# In characters: what is read at a glance.
_LONGEST = 90


@lru_cache(maxsize=1024)
def terms_of(title: str) -> frozenset[str]:
    """Return the search terms of a title, kept once computed."""
    return frozenset(terms(title))


def close_question(question: str) -> str:
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
    r"|femme|pays|ville|région|conflit|guerre|film|livre|roman|album|match|bataille|mer|club|saison|tournée"
    r"|série|modèle"
    rf"|levée|puce|vente|ensemble|liste|outil|produit|système|seuil|plan|rôle)s?{_COMPLETED}"
)
_YEARLESS = re.compile(rf"\b{MONTH}\b(?! {YEAR})")
# What a word means, or a thing of its kind is, needs no other introduction.
_CONCEPT = re.compile(r"Qu'est-ce qu'une? |Que (?:désigne|signifie) ")
# Whose subject is everyone: « son passeport » is one's own.
_IMPERSONAL = re.compile(r"(?:Peut-on|(?:Où|Dans quel délai) (?:faut-il|peut-on)) ")


def stands_alone(text: str, about: frozenset[str]) -> bool:
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
    shared = len(about & set(terms(text)))
    return bool(named) or 0 < min(2, len(about)) <= shared or bool(_CONCEPT.match(text))
