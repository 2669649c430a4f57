"""What form of answer a question asks for: a fact, yes or no, steps, a comparison and so on.

Read in the words that ask, which are those of French and not of a subject. What they do not tell
is a fact. Knows nothing about articles or models.
"""

from __future__ import annotations

import re

from rag.french import fold
from rag.types import Form

# What is surely an article here, and what may also be a paper to bring or a matter to settle.
_ARTICLES = r"(?:articles?|depeches?|reportages?|interviews?|comptes? rendus?|coupures? de presse)"
_TEXTS = r"(?:textes?|documents?|fiches?|passages?|sources?|numeros?|dossiers?|entretiens?|notes?)"
_SPEAK = r"(?:parl|evoqu|mention|trait|abord|consacr|est-il question|fait mention)"
_ASKING = (
    r"\b(?:qui|que|quoi|qu'|ou|quand|comment|combien|pourquoi|lequel|laquelle|lesquel(?:le)?s"
    r"|quel(?:le)?s?)\b|\bqu'"
)
# « recense-t-elle » asks for nothing to be listed, nor « s'expose-t-elle » for anything told.
_TOLD_TO = r"\b(?!-(?:t-)?(?:ils?|elles?|on)\b)"
# Looked for in this order in the folded question; the first that is found names the form. Written
# from the grammar of French questions and, for what that forgot, from the training part of
# ``tests/evaluation/dossiers/forms.jsonl``.
_WORDS: tuple[tuple[Form, str], ...] = (
    (
        "exhaustive",
        rf"\b(?:quel(?:le)?s|combien (?:y a-t-il )?d[e']? ?|lesquels de \w+|les) ?{_ARTICLES}\b.*?"
        rf"\b(?:{_SPEAK}|cit|concern|port|dis|dit|figur|nomm|apparai|sujet|sur\b|question)"
        rf"|\b(?:quel(?:le)?s|combien (?:y a-t-il )?d[e']? ?) ?{_TEXTS}\b[^,]{{0,30}}\b{_SPEAK}"
        rf"|\b(?:dans|de) (?:quel(?:le)?s|combien d[e']?) ?{_ARTICLES}\b"
        rf"|\b(?:tous|toutes) les {_ARTICLES}\b|\by a combien d[ e']? ?{_ARTICLES}"
        r"|\b(?:combien de fois|a combien de reprises)\b.*\b(?:parl|evoqu|mention|cit|nomm)"
        r"|\btout ce qu(?:i|e|'on|'il)\b.*\b(?:dit|ecrit|parl|publi|raconte|a sur)"
        r"|\b(?:toutes les|l'ensemble des) (?:mentions|occurrences|citations|references|articles)\b"
        rf"|\b(?:recense|repertorie|inventorie)[zr]?{_TOLD_TO}"
        r"|\bliste complete\b|\barticle par article\b",
    ),
    (
        "summary",
        r"\bresum(?!.*\betapes)|\bsynthes|\ben bref\b|\bl'essentiel\b|\bgrandes lignes\b"
        r"|\b(?:principaux )?points? (?:cles?|essentiels?|principaux)\b|\bprincipaux points\b"
        r"|\bque (?:sait-on|faut-il (?:retenir|savoir)|retenir|doi(?:t|vent) savoir)\b"
        r"|\b(?:parle|dis)[zs]?[- ]?(?:moi|nous)\b(?! (?:quand|ou|comment|si|combien))"
        r"|\bfai(?:s|tes)(?:-moi)? le point\b|\bvue d'ensemble\b|\btl;?dr\b|\bpanorama\b"
        rf"|\b(?:presente|expose)[zr]?{_TOLD_TO}|\bfaits? saillants?\b|\bbilan\b|\ba retenir\b"
        r"|\bou en (?:est|sont)\b|\bqu'apprend-on\b|\bdans quelle situation\b",
    ),
    (
        "chronology",
        r"\bchronolog|\b(?:grandes )?dates? (?:cles?|importantes?|marquantes?)\b|\bgrandes dates\b"
        r"|\bretrace|(?:(?<!\w )|\bun |\bbref )historique\b|\bque s'est-il passe\b"
        r"|\bqu'est-ce qui s'est passe\b"
        r"|\bau fil d(?:u|es)\b|\bfrise\b|\bcalendrier\b|\bracont|\breconstitue|\bderoule (?:de|h)"
        r"|\b(?:heure par heure|jour (?:par|apres) jour|annee (?:par|apres) annee)\b"
        r"|\bl'histoire (?:de|du|d'|recente)|\b(?:a|ont|sont)(?:-t)?-(?:il|elle)s? evolue"
        r"|\bevolution d|\b(?:quelles ont ete les|grandes) etapes\b|\bperipeties\b"
        r"|\ben (?:est|sont)-(?:il|elle)s? arrives?\b|\betapes (?:de la|de l'|du|des) \w+,? d",
    ),
    (
        "comparison",
        r"\bcompar(?!ai(?:t|ss)|u|s)|\bdifferences?\b|\bdistingue|\ben quoi\b.*\bdiffer"
        r"|\bqu'est-ce qui (?:differe|change)\b|\bdiff entre\b|\bpar rapport a|\bvs\b|\bversus\b"
        r"|\bconfronte|\bmettez en regard\b"
        r"|\bavantages\b.*\binconvenients\b|\bpoints? communs?\b",
    ),
    (
        "steps",
        r"\betapes?\b|\bmarche a suivre\b|\bprocedures?\b|\bdemarches?\b|\bmode d'emploi\b"
        r"|\brecette\b|\bcomment (?:faire|proceder|s'y prendre|on (?:fait|peut|doit)|obtenir"
        r"|demander|preparer|realiser|s'inscrire|contester|deposer|declarer|demarrer"
        r"|(?:faut|doit|peut|fait)-(?:il|on)|(?:puis|dois)-je|je (?:fais|peux|dois)"
        r"|se (?:faire|deroule\w*|passe\w*|regle\w*)|\w+-t-on|\w+er|\w+ir)\b|\bgestes?\b"
        r"|\bs'y pren\w+ comment\b|\bje fais quoi\b|\bphase par phase\b"
        r"|\bque (?:faire|dois-je faire|faut-il faire|doit(?:-on)?\b.*\bfaire)\b"
        r"|\bqu'est-ce qu'(?:il faut|on doit) faire\b",
    ),
    (
        "reason",
        r"\bpourquoi\b|\bpour quelles? raisons?\b|\ba cause de quoi\b|\bd'ou vient que\b"
        r"|\bqu'est-ce qui (?:explique|justifie|a (?:pousse|conduit|motive))",
    ),
    (
        "definition",
        r"\bqu'est-ce qu(?:e |')(?!(?:il|elle|on|ils|elles|je|tu|nous|vous|les? |la |l')\b)"
        r"[^,]{2,40}$"
        r"|\bc'est quoi\b|\bque (?:signifie|veut dire|designe)\b|\bdefini",
    ),
    (
        "list",
        r"\bquel(?:le)?s\b|\b(?:cite|enumere|liste|donne)[rz]?[- ]?(?:moi)?\b|\bla liste\b"
        r"|\bqui \w+ (?:de )?quoi\b|\blesquel(?:le)?s\b|\brisques ?\?",
    ),
    (
        "yesno",
        # « Quand est-ce que la piscine ouvre ? » asks for more than yes or no.
        rf"(?:^|[,;:.!?])(?:(?!{_ASKING})[^,;:.!?])*?\best-ce qu(?:e|')"
        r"|^\W*(?:(?:et|mais|alors|donc) )?(?:y a-t-il|peut-on|faut-il|doit-on|puis-je"
        r"|dois-je|a-t-on)\b",
    ),
)
_FORMS = tuple((form, re.compile(words)) for form, words in _WORDS)
_ASKS = re.compile(_ASKING)
_INVERTED = re.compile(r"\w-(?:t-)?(?:ils?|elles?|on|je|tu|nous|vous|ce)\b")


def find_form(question: str) -> Form:
    """Say what form of answer a question asks for."""
    plain = fold(question)
    for form, words in _FORMS:
        if words.search(plain):
            return form
    # An inversion without a question word.
    return "yesno" if _INVERTED.search(plain) and not _ASKS.search(plain) else "fact"
