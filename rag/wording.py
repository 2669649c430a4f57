"""The wording of French questions: their question words, their inversions, their elisions.

Knows nothing about conversations.
"""

from __future__ import annotations

import re

from rag.french import STOP_WORDS, fold, normalize, terms
from rag.types import Turn

BEFORE = (
    r"(?:(?:depuis|jusqu['’ ](?:à|en)|jusqu['’](?=où)|pendant|pour|par|avec"
    r"|chez|dans|de|à|au|en|sur"
    r"|sous|contre|vers"
    r"|dès|selon|avant|après|d'après|parmi|entre|auprès de|grâce à|à cause de|à partir de"
    r"|au bout de)\s*|[dD]['’])?"
)
# « sous quelle licence », « pour quelle part du capital », « combien de temps », « qui ».
QUESTION_WORDS = (
    rf"{BEFORE}(?:combien(?:\s+(?:de\s+|d['’])[^\W\d_][\w-]*)?|pourquoi|comment|quand|où|qui|quoi"
    r"|lequel|laquelle|lesquels|lesquelles|quel(?:le)?s?(?:\s+(?!est\b|sont\b|étai|fut\b|serai?"
    r"|a\b|ont\b)[^\W\d_][\w-]*"
    r"(?:\s+(?:de la |de l['’]|du |des |de |d['’])[^\W\d_][\w-]*)?)?)"
)
OPENING = re.compile(rf"(?P<phrase>{QUESTION_WORDS})(?![\w-])", re.IGNORECASE)
INTERROGATIVE = re.compile(
    rf"(?<![\w-]){QUESTION_WORDS}(?![\w-])|\best-ce\b|\bqu['’]|^que\b|-(?:t-)?(?:ils?|elles?|on"
    rf"|vous|tu|nous)\b"
    r"|-t-(?:il|elle|on)\b",
    re.IGNORECASE,
)
INVERSION = re.compile(
    r"(?P<clitics>(?:\b(?:(?:ne|se|me|te|y|en|lui|leur|les?|la) |[nsmtl]['’]))*)"
    r"(?P<verb>\b[^\W\d_]+)-(?:t-)?(?P<pronoun>ils?|elles?)\b",
    re.IGNORECASE,
)
PREPOSITIONS = (
    r"(?:dans|chez|de|du|des|à|au|aux|en|par|pour|avec|contre|depuis|avant|après|apres|selon|sur"
    r"|entre|pendant|durant|sans|sous|vers|hors|dès|malgré|jusqu['’]\w+|au-del[àa]"
    r"|au-dessus)(?=\s)|d['’]"
)


# So that a chain of follow-ups does not carry all that was ever asked.
_MOST_WORDS = 30


def tell_gist(turn: Turn) -> str:
    """Say what a question was about: its words without those that ask."""
    text = re.sub(r"[?!()]", " ", turn.question)
    text = re.sub(
        r"^\W*(?:qu['’]est-ce qu(?:e |['’]|i )|est-ce qu(?:e |['’])|c['’](?:est|était) (?:quoi "
        r"|qui (?:qui )?)"
        r"|(?:il )?y a(?:vait)? combien d(?:e |['’])|finalement, |que |qu['’])",
        "",
        text,
        flags=re.I,
    )
    if opening := OPENING.match(text):
        # « combien d’habitants », « quelle part »: the noun is part of the subject.
        noun = re.sub(
            rf"^{BEFORE}(?:combien|quel(?:le)?s?|[^\W\d_]+)\s*(?:de |d['’])?",
            "",
            opening["phrase"],
            flags=re.I,
        )
        text = f"{noun} {text[opening.end() :]}"
        text = re.sub(r"^\s*(?:est|sont|était|étaient) ", "", text)
    # « y a-t-il » and « faut-il » tell nothing of the subject.
    text = re.sub(r"\b(?:y (?:a|avait|aura)-t-il|f[au]\w+-(?:t-)?il)\b", "", text)
    text = re.sub(r"-(?:t-)?(?:ils?|elles?|on)\b", "", text)
    return " ".join(text.split()[:_MOST_WORDS]).strip(" ,.")


# What an answer says first, with a source: a refusal has none.
_CITED = re.compile(
    r"\W*(?:\d+[.)]\s+|(?:oui|non)\b\W*)?(?P<said>[^\[]+?)[\s.»]*\[\d+\]", re.IGNORECASE
)
# On the follow-ups to train on, as good as more.
_MOST_SAID = 12


def tell_exchange(turn: Turn) -> str:
    """Say what a question was about and how its answer begins, which may be what is pointed at."""
    gist = tell_gist(turn)
    cited = _CITED.match(turn.answer)
    if cited is None:
        return gist
    words = cited["said"].strip().split("\n")[-1].split()[:_MOST_SAID]
    said = " ".join(words).strip(" ,:;«»\u00a0\u202f")
    asked, told = set(terms(gist)), set(terms(said))
    # An answer that says the question again stands for both.
    return said if len(asked & told) > 0.7 * len(asked) else f"{gist} : {said}"


def add_gloss(text: str, gloss: str) -> str:
    """Say in parentheses what a question is about."""
    if not gloss:
        return text
    asks = text.endswith("?") or INTERROGATIVE.search(text)
    return f"{text.rstrip(' ?!.')} ({gloss}){' ?' if asks else ''}"


def elide(text: str) -> str:
    """Contract and elide what a replacement put side by side."""
    text = re.sub(r"\b([dD])e le (?=\w)", r"\1u ", text)
    text = re.sub(r"\b([dD])e les (?=\w)", r"\1es ", text)
    text = re.sub(r"(?<!\w)à le (?=\w)", "au ", text)
    text = re.sub(r"(?<!\w)à les (?=\w)", "aux ", text)
    text = re.sub(
        r"\b([dD]|[qQ]u)e (?=[aeiouyAEIOUYéèêÉÈÊâîôh])(?!onz|oui|[hH]uit|y\b)", r"\1'", text
    )
    text = re.sub(r"\b([qQ]u|[dD])['’](?=[b-df-gj-np-tv-xzB-DF-GJ-NP-TV-XZ])", r"\1e ", text)
    return " ".join(text.split()).replace(" ,", ",")


def content_words(text: str) -> list[str]:
    """Return the words of a text that carry a subject."""
    words = re.findall(r"[^\W\d_]+", normalize(text))
    return [word for word in words if fold(word) not in STOP_WORDS and len(word) > 1]
