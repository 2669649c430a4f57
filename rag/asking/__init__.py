"""Asks what a sentence answers: a statement → the questions that a reader could have put.

« ASML a investi 1,3 milliard d’euros dans Mistral AI » answers « Combien ASML a-t-il investi dans
Mistral AI ? ». A statement is read as a clause (``clauses``); each kind of question takes away what
it asks for, and puts the verb before its pronoun (``phrasing``). What is not surely understood asks
nothing: a clumsy question costs more than a missing one. Knows nothing about the index.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from rag.antecedents import NAME
from rag.asking.agents import ask_agent, ask_apposed, ask_partner, ask_roles, ask_who
from rag.asking.dates import ask_date, date_of_lead, take_date
from rag.asking.figures import ask_amount, ask_counted_subject
from rag.asking.matters import (
    ask_content,
    ask_definition,
    ask_event,
    ask_opinion,
    ask_place,
    ask_reason,
)
from rag.asking.phrasing import INDEFINITE, Asked, Kind, is_whole
from rag.asking.rules import ask_rule
from rag.asking.standing import close_question, stands_alone, terms_of
from rag.clauses import BE, HAVE, INFINITIVE, MODAL, PLAIN, Clause, Names, read_clause
from rag.french import (
    find_names,
    is_heading,
    is_negative,
    normalize,
    strip_markdown,
    terms,
    typeset,
)


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
    about = terms_of(title)
    for kind, question, worth in found:
        text = close_question(question)
        if stands_alone(text, about):
            drafts.setdefault(text, Draft(typeset(text), kind, worth, frozenset(terms(text))))
    return tuple(drafts.values())


# A title that names its subject and no more: « Permis de construire ».
_SUBJECT_TITLE = re.compile(rf"(?!.*\b(?:{HAVE}|{BE}|{MODAL}|{PLAIN})\b)[^:?!.,«»]{{4,45}}")
_PRECISE = re.compile(
    r"(?:quand|qui|combien|quel|où|qu'est-ce|à quoi|peut-on|faut-il|doit-on)", re.IGNORECASE
)


def _ask_heading(plain: str, title: str) -> Asked:
    """Take a heading that asks, with a verb: it is a question already.

    « Où faire la démarche ? » is one when the title says of what.
    """
    opens = r"(?:qui|quel|comment|pourquoi|combien|quand|où|qu[e']|à quoi|peut-on|faut-il|doit-on)"
    verb = rf"-(?:t-)?(?:ils?|elles?|on)\b|\b(?:{HAVE}|{BE}|{PLAIN}|{MODAL}|{INFINITIVE})\b"
    if not re.fullmatch(rf"(?i:{opens}).*\w ?\?", plain) or not re.search(verb, plain):
        return
    if not is_whole(plain.rstrip(" ?")):
        return
    named = find_names(f"x {plain}")
    # « Combien Microsoft a-t-il investi ? »: in what, the article tells. « Comment OpenAI… ? »
    # takes the whole of it to answer.
    bare = plain.startswith("Combien") and len(named) < 2
    if not named or _PRECISE.match(plain):
        yield "heading", plain, 0.3 if bare else 0.5
    subject = normalize(title).strip()
    if not named and _SUBJECT_TITLE.fullmatch(subject) and not set(terms(plain)) & terms_of(title):
        yield "heading", f"{subject} : {plain[0].lower()}{plain[1:]}", 0.7


# Where a sentence goes on with another statement, and where a name is told more about.
_JOINT = re.compile(
    r"(?: ;|,) (?:(?:et|mais|tandis que|alors que|puisque|car|quand|lorsque|or) |(?<=; ))"
    r"(?=[A-ZÀ-Þ]|l[ae] |l')|(?:tandis|alors|puis|lors)qu'(?=[A-ZÀ-Þ])"
)
_RELATIVE = re.compile(rf"(?<![\w'’-])(?P<who>(?:[Ll]'|[Ll][ae] )?{NAME}), qui (?P<what>[^,;:]+)")


def _ask_statement(plain: str, names: Names) -> Asked:
    yield from ask_roles(plain, names)
    yield from ask_apposed(plain, names)
    yield from ask_counted_subject(plain)
    yield from ask_definition(plain, names)
    yield from ask_rule(plain)
    others = _JOINT.split(plain)[1:]
    others += [f"{match['who']} {match['what']}" for match in _RELATIVE.finditer(plain)]
    yield from _ask_clause(plain, names)
    for other in others:
        yield from _ask_clause(other[:1].upper() + other[1:], names)


def _ask_clause(plain: str, names: Names) -> Asked:
    clause = read_clause(plain, names)
    if clause is None or is_negative(f"{clause.before} {clause.after} {clause.core}"):
        return
    # « Un récit ajoute… »: who has not read it does not ask about it.
    if INDEFINITE.match(clause.subject):
        return
    if clause.narrated and (date_of_lead(clause) or take_date(clause.rest).told):
        clause = clause.past
    for ask in _ASKERS:
        yield from ask(clause)


_ASKERS: tuple[Callable[[Clause], Asked], ...] = (
    ask_agent,
    ask_amount,
    ask_who,
    ask_reason,
    ask_opinion,
    ask_date,
    ask_content,
    ask_event,
    ask_place,
    ask_partner,
)
