"""What a reader typed, written out: greetings, text-message spelling, capitals.

Works word by word from small tables; what no table knows stays as it was typed. Knows nothing
about conversations, articles or models.
"""

from __future__ import annotations

import re

from rag.french import fold, normalize

# ----------------------------------------------------------------------- text-message spelling

# One spelling that stands for one thing only, whatever surrounds it.
_SHORT = {
    short: long
    for long, shorts in {
        "quoi": "koi kwa",
        "qui": "ki",
        "que": "ke",
        "qu'il": "kil",
        "qu'ils": "kils",
        "qu'on": "kon",
        "quel": "kel",
        "quels": "kels",
        "quelle": "kelle quele",
        "quelles": "kelles",
        "quand": "kan kand qd qand cand",
        "pourquoi": "pk pq pkoi pqoi pourkoi pourqoi pr-quoi pkw",
        "combien": "cb cmb cbn cbien kombien conbien combiens",
        "comment": "cmt cmmt cmnt coment koman komen",
        "donc": "dc",
        "dans": "ds",
        "avec": "av avc avk",
        "pour": "pr",
        "sans": "ss",
        "tout": "tt",
        "toute": "tte",
        "toutes": "ttes",
        "beaucoup": "bcp bcoup",
        "quelques": "qq qqs qlq qlqs",
        "quelqu'un": "qqn qq1 qlqn",
        "quelque chose": "qqch qqc qlqch",
        "aussi": "ossi",
        "jamais": "jms",
        "toujours": "tjs tjr tjrs",
        "maintenant": "mtn mnt maint mtnt",
        "aujourd'hui": "ajd auj ajrd ojd aujourdhui ajdh",
        "parce que": "pcq pck psk pske parske parcke",
        "pendant": "pdt",
        "longtemps": "lgtps lgtmps longtps",
        "temps": "tps tmps",
        "même": "meme",
        "jusque": "jusk jske",
        "depuis": "dpuis dps depui dpi",
        "est-ce que": "esk eske esque estceque",
        "qu'est-ce que": "kesk keske kesske qesk questceque kes",
        "qu'est-ce qui": "keski",
        "c'est": "cest cé c-est",
        "c'était": "ct cetait cétait",
        "il y a": "ya yaa",
        "je ne sais pas": "jsp chepa jspa",
        "je suis": "jsuis chui jss",
        "je voudrais": "jvoudrais jvoudré",
        "nouveau": "nvx nveau nouvo",
        "nouvelle": "nvl nvelle",
        "gouvernement": "gvt gouv",
        "problème": "pb pblm",
        "rendez-vous": "rdv",
        "euros": "eur",
        "ça": "ca",
        "déjà": "deja",
        "était": "etait",
        "étaient": "etaient",
        "été": "ete",
        "être": "etre",
        "après": "apres",
        "très": "tres",
        "société": "societe",
    }.items()
    for short in shorts.split()
}
# Letters that are words only in front of certain words: « c koi », « g besoin », « sa coute ».
_IN_PLACE = tuple(
    (re.compile(pattern, re.IGNORECASE), long)
    for pattern, long in (
        (
            r"(?<![\w'’-])c(?= (?:quoi|qui|quand|pour|combien|comment|o[uù]|quel(?:le)?s?|l[ae]s?"
            r"|l'|une?|des?|pas|sorti|parti|passé|arrivé|mort|né|vrai|bien|sûr|fini|possible"
            r"|pareil|les?quel(?:le)?s?|l \w"
            r"|d \w)\b)",
            "c'est",
        ),
        (r"(?<![\w'’-])g(?= (?:besoin|pas|lu|vu|entendu|appris|vraiment|une?|\w+é)\b)", "j'ai"),
        (
            r"\bsa(?= (?:veut|sert|co[uû]te|fait|marche|va|vient|vaut|donne|change|signifie|date"
            r"|repr[eé]sente|dure)\b)",
            "ça",
        ),
        (r"^ou(?= )", "où"),
        (r"^a(?= (?:quel(?:le)?s?|qui|quoi|combien)\b)", "à"),
        (r"^o(?= \w)", "au"),
        (r"\bqu' ?est[ -]ce[ -]?(?=que\b|qu'|qui\b)", "qu'est-ce "),
        (r"\best ce (?=que\b|qu')", "est-ce "),
    )
)
# « va t elle », « avait il »: the hyphens of an inversion.
_LOOSE_INVERSION = re.compile(r"\b([^\W\d_]+)[ -]t[ '’-](ils?|elles?|on)\b", re.IGNORECASE)
_LOOSE_PRONOUN = re.compile(
    r"(?<=[ '])(est|était|etait|sont|étaient|etaient|avait|avaient|ont|fut|doit|devait|peut|pouvait"
    r"|veut|voulait|fait|vaut|dit|faut|sera|aura|serait|aurait) (ils?|elles?|on)\b",
    re.IGNORECASE,
)
# « l agi », « s appliquer », « qu elle »: a lost apostrophe; « permis d » and « hépatite c » have
# lost none.
_LOST_APOSTROPHE = re.compile(
    r"(?<!\w)(?<!vitamine )(?<!permis )(?<!plan )(?<!classe )(?<!hépatite )(?<!catégorie )"
    r"([cdjlmnst]|qu) (?=[aeiouyhàâéèêëîïôûœ])",
    re.IGNORECASE,
)

# -------------------------------------------------------------------------- greetings, manners

_PLEASE = re.compile(
    r"(?:[\s,]|^)(?:s['’ ]?il (?:vous|te) pla[iî]t|svp|stp)(?=$|[\s,.!?])(?:[\s,.]*$|[\s,]*)",
    re.IGNORECASE,
)
# At the end only: « Merci patron » is a film.
_THANKS = re.compile(
    r"[\s,.]+(?:merci(?: (?:d['’ ]avance|beaucoup|bcp|bien|à vous|à toi|par avance"
    r"|pour (?:votre|ton|l['’])\s?\w+))*|please|thanks?(?: you)?|cordialement"
    r"|bonne (?:journée|soirée))[\s,.!?]*$",
    re.IGNORECASE,
)
_GREETING = re.compile(
    r"^(?:(?:bonjour|bonsoir|salut|slt|bjr|bsr|coucou|cc|hello|hi|hey|yo|re|euh?|bon|alors|dis|ok"
    r"|okay|ah|oh|merci|d['’]accord|super|parfait|excusez[- ]moi|excuse[- ]moi|pardon|désolé|dsl)"
    r"(?: (?:à tous|tout le monde|madame|monsieur|mr|toi|vous|there|la team|sourcier))*"
    r"\s*[,!.:;…]\s*|(?:bonjour|bonsoir|salut|slt|bjr|bsr|coucou|cc|hello)\s+)+",
    re.IGNORECASE,
)
_SAY = (
    r"(?:dire|expliquer|indiquer|préciser|preciser|rappeler|donner|apprendre|confirmer|renseigner"
    r"|aider|éclairer|eclairer)"
)
_FRAME = re.compile(
    rf"^(?:est-ce que )?(?:(?:vous )?(?:pourr|pouv)(?:i?ez)(?:[- ]vous)?|(?:tu )?(?:peux|pourrais)"
    rf"(?:[- ]tu)?|serait-il possible de)\s*(?:(?:me|nous|m['’])\s*)?{_SAY}"
    r"(?: (?:à savoir|sur|si possible))?\s*[,:]?\s*"
    r"|^(?:je|j['’])\s*(?:voudrais|voulais|aimerais|souhaite|souhaiterais|veux|cherche)"
    r"(?: (?:bien|juste|aussi|à|a))*\s*(?:savoir|comprendre|connaître|connaitre)\s*[,:]?\s*"
    r"|^(?:je me demand(?:e|ais)|dis[- ]moi|dites[- ]moi|dis[- ]nous|explique[sz]?[- ]moi"
    r"|rappelle[sz]?[- ]moi|(?:est-ce que )?(?:tu sais|vous savez)|sais[- ]tu|savez[- ]vous"
    r"|sauriez[- ]vous|(?:petite |une |autre |j['’]ai une )?(?:petite )?question\s*:)\s*[,:]?\s*",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"(?:(?:à|de|par|pour|avec|chez|en|dans|depuis|jusqu['’ ][àa]|sur|contre|selon) ?)?"
    r"(?:qui|quoi|quand|o[uù]|comment|pourquoi|combien|que|quel(?:le)?s?|les?quels?|lesquelles"
    r"|laquelle|est-ce|c['’]est|d['’]où)\b|qu['’]",
    re.IGNORECASE,
)


def write_out(asked: str) -> str:
    """Write a question as a careful person would have typed it.

    Parameters
    ----------
    asked
        What was typed, with plain single spaces.

    Returns
    -------
    str
        ``asked`` itself when there was nothing to write out.
    """
    text = asked.lower() if _is_shouted(asked) else asked
    text = _drop_manners(text)
    text = _expand(text)
    if not text or text == asked:
        return asked
    question = bool(_ASKS.match(text)) and text[-1] not in "?!."
    return capitalize(text) + (" ?" if question else "")


def capitalize(text: str) -> str:
    """Give a sentence its capital, but for names that open small (« xAI »)."""
    return text if re.match(r"[a-z]{1,2}[A-Z]", text) else text[:1].upper() + text[1:]


def _is_shouted(text: str) -> bool:
    letters = [character for character in text if character.isalpha()]
    return len(letters) > 8 and " " in text and all(c.isupper() for c in letters)


def _drop_manners(text: str) -> str:
    """Drop greetings and « pourriez-vous me dire », where a question is left without them."""
    rest = _THANKS.sub("", _THANKS.sub("", _PLEASE.sub(" ", text)))
    rest = " ".join(_GREETING.sub("", rest).split())
    rest = re.sub(r"^[,.!;: ]+", "", rest)
    if not re.search(r"\w", rest):
        return text
    unframed = _FRAME.sub("", rest)
    if unframed == rest:
        return rest if _words(rest) != _words(text) else text
    if whether := re.match(r"si (?=\w)|s['’](?=ils?\b)", unframed, re.IGNORECASE):
        after = unframed[whether.end() :]
        return f"est-ce qu'{after}" if after[0] in "aeiouéèê" else f"est-ce que {after}"
    what = re.match(r"ce qu(?:['’]|e |i )", unframed, re.IGNORECASE)
    if what:
        # « ce qu’est l’AGI », « ce que prévoit l’accord », « ce qui change »
        unframed = re.sub(r"^qu['’](est|était) ", r"qu'est-ce que ", unframed[3:])
        return re.sub(r"^qui ", "qu'est-ce qui ", unframed)
    # « expliquez-moi l’accord » asks nothing without its verb.
    return unframed if _ASKS.match(_expand(unframed)) else rest


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text)


def _expand(text: str) -> str:
    """Write text-message spelling out."""
    expanded = re.sub(r"(?<![\w'’-])[\w-]+(?!['’\w]|\.\s)", _expand_word, text)
    expanded = _LOOSE_INVERSION.sub(_invert, expanded)
    expanded = _LOST_APOSTROPHE.sub(r"\1'", expanded)
    for pattern, long in _IN_PLACE:
        expanded = pattern.sub(long, expanded)
    if not re.search(r"-(?:t-)?(?:ils?|elles?|on)\b", expanded):
        expanded = _LOOSE_PRONOUN.sub(r"\1-\2", expanded)
    expanded = re.sub(r"\b(où) qu'(?=on\b)", r"\1 ", expanded, flags=re.IGNORECASE)
    return re.sub(r"\bque (?=(?:on|ils?|elles?|un|une)\b)", "qu'", expanded)


def _invert(match: re.Match[str]) -> str:
    # « fait-on » has its own t.
    return f"{match[1]}{'-' if match[1][-1] in 'dt' else '-t-'}{match[2]}"


def _expand_word(match: re.Match[str]) -> str:
    word = match.group()
    # « TT », « PR », « EUR » in capitals are names.
    if len(word) > 1 and word.isupper():
        return word
    written = _SHORT.get(normalize(word).lower(), _SHORT.get(fold(word), word))
    return word if fold(written) == fold(word) and word[0].isupper() else written
