"""Understands a question in its conversation: a follow-up becomes one that stands alone.

Works on words only, in microseconds, and shows its work: whatever is changed is shown to the
reader. Knows nothing about articles or models.
"""

from __future__ import annotations

import re

from rag.french import STOP_WORDS, fold, normalize
from rag.types import Query, Span, Turn

_AND = re.compile(r"^\s*(?:et|mais|ou|sinon|alors)\b[\s,:]*", re.IGNORECASE)
_INTERROGATIVE = re.compile(
    r"\b(?:qui|que|qu'|quoi|quel(?:le)?s?|quand|ou|comment|pourquoi|combien|est-ce|lequel|laquelle)\b"
    r"|-t-(?:il|elle|on)\b|-(?:ils?|elles?)\b"
)
# Words that point back to something said before.
_POINTS_BACK = re.compile(
    r"\b(?:il|elle|ils|elles|lui|leur|leurs|cela|ca|celui-ci|celle-ci|ceux-ci|celles-ci|son|sa|ses"
    r"|ce dernier|cette derniere|ces derniers)\b"
    r"|\b(?:ce|cet|cette|ces) (?:accord|contrat|entreprise|societe|groupe|laboratoire|modele|levee"
    r"|somme|montant|decision|projet|panel|clause|date|chiffre|personne)\b"
    r"|\b(?:l'|la |le |les )(?:dirige|a fonde|ont fonde|controle|detient|finance|verifie|decide)"
)
_PREPOSITIONS = (
    r"(?:dans|chez|de|du|des|à|au|aux|en|par|pour|avec|contre|depuis|avant|après|apres|selon|sur"
    r"|entre)(?=\s)|d['’]"
)
# « en 2019 », « au troisième trimestre 2025 »: one time takes the place of another.
_TIME = r"\b(?:en|au|depuis|avant|après)\s+(?:[a-zà-ÿ]+\s+){0,2}\d{4}"
# One capitalised name, with the capitalised words that continue it.
_NAME = r"(?:[A-ZÀ-ÖØ-Þ][\w.’'-]*|x[A-Z]\w*)(?:\s+(?:[A-ZÀ-ÖØ-Þ][\w.’-]*|\d+(?:[.,]\d+)?))*"
_OWNER = rf"(?:\bde |\bdu |\bd['’]){_NAME}"
_FOLLOW_UP_WORDS = 9


def understand(asked: str, previous: Turn | None = None) -> Query:
    """Turn what the reader typed into a question that stands alone.

    Parameters
    ----------
    asked
        The question as typed.
    previous
        The turn before, whose ``question`` already stands alone; None at the start.

    Returns
    -------
    Query
        ``text`` equals ``asked`` when nothing points back.
    """
    asked = " ".join(asked.split())
    if previous is None or not previous.question:
        return Query(text=asked, asked=asked)
    return Query(text=_complete(asked, previous.question), asked=asked)


def _complete(asked: str, before: str) -> str:
    rest = _AND.sub("", asked)
    opens_with_and = rest != asked
    plain = fold(rest)
    questioning = bool(_INTERROGATIVE.search(plain))
    same_of_another = re.search(rf"\bce(?:lui|lle|ux|lles) (?P<new>{_OWNER})", asked)
    owners = list(re.finditer(_OWNER, before))
    if same_of_another and owners:
        # « Et celui de Microsoft ? »: the thing asked about before, of another owner.
        return before[: owners[-1].start()] + same_of_another["new"] + before[owners[-1].end() :]
    if opens_with_and and not questioning and len(rest.split()) <= _FOLLOW_UP_WORDS:
        return _replace(rest.rstrip(" ?!."), before)
    if not _content_words(rest):
        return f"{before} {asked}"
    points_back = bool(_POINTS_BACK.search(_without_inversion(plain)))
    names = _name_list(before)
    if points_back and names and not _name_list(rest):
        return f"{asked} ({', '.join(names)})"
    if points_back or opens_with_and:
        return f"{asked} ({before})"
    return asked


def _replace(new: str, before: str) -> str:
    """Put the words of « Et … ? » where they belong in the question before."""
    who_and_when = re.fullmatch(rf"(?P<who>\S.*?)\s+(?P<when>{_TIME})", new)
    if who_and_when:
        return _replace(who_and_when["when"], _replace(who_and_when["who"], before))
    preposition = re.match(rf"({_PREPOSITIONS})\s*", new, re.IGNORECASE)
    if preposition:
        same = re.escape(preposition[1].strip())
        pattern = _TIME if re.fullmatch(_TIME, new) else rf"\b{same}\s*{_NAME}"
        matches = list(re.finditer(pattern, before))
        if matches:
            return before[: matches[-1].start()] + new + before[matches[-1].end() :]
        return f"{before.rstrip(' ?!.')} {new} ?"
    found = _find_names(before)
    bare = [span for span in found if not _follows_preposition(before, span.start)]
    if not found:
        return f"{new} : {before}"
    place = bare[0] if bare else found[-1]
    return before[: place.start] + new + before[place.end :]


def _name_list(text: str) -> list[str]:
    return [text[span.start : span.end] for span in _find_names(text)]


def _find_names(text: str) -> list[Span]:
    """Find the names of a question; the word that only opens it (« Combien ») is none."""
    opening = re.match(r"\W*(?:[^\W\d_]+['’-])*[^\W\d_]+\s*", text)
    word = opening.group().strip(" «\u00a0\u202f") if opening else ""
    opens = bool(word) and (fold(re.split(r"['’-]", word)[0]) in STOP_WORDS or word[1:].islower())
    first = opening.end() if opening and opens else 0
    return [Span(m.start(), m.end()) for m in re.compile(_NAME).finditer(text, first)]


def _follows_preposition(text: str, position: int) -> bool:
    return bool(re.search(rf"(?:\b(?:{_PREPOSITIONS})\s+|\b[dDlL]['’])$", text[:position]))


def _without_inversion(plain: str) -> str:
    """Drop the pronoun of an inversion (« a-t-il »): it points inside the question."""
    return re.sub(r"-(?:t-)?(?:ils?|elles?|on)\b", " ", plain)


def _content_words(text: str) -> list[str]:
    words = re.findall(r"[^\W\d_]+", normalize(text))
    return [word for word in words if fold(word) not in STOP_WORDS and len(word) > 1]
