"""Understands a question in its conversation: what was typed becomes questions that stand alone.

What was typed is written out (``typed``), cut into the questions that it asks at once, and each is
completed from the one before (``follow_ups``). Works on words only, in a few milliseconds, and
shows its work. Knows nothing about articles or models.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.antecedents import NAME, find_mentions
from rag.follow_ups import AND, POINTS, complete_question
from rag.french import fold
from rag.replies import read_reply
from rag.typed import capitalize, write_out
from rag.types import Answer, Query, Turn
from rag.wording import INTERROGATIVE, INVERSION, OPENING, PREPOSITIONS, QUESTION_WORDS

MAX_PARTS = 3
# « Autrement dit, quelle licence ? »: the question before in other words.
_SAYS_AGAIN = re.compile(
    r"(?:autrement dit|c['’]est-à-dire|bref|en clair|en d['’]autres (?:mots|termes))\b", re.I
)
# What is longer, in characters, is no follow-up typed in a conversation but a pasted text.
_LONGEST = 600


def understand(asked: str, previous: Turn | None = None) -> Query:
    """Turn what the reader typed into questions that stand alone.

    Parameters
    ----------
    asked
        The question as typed.
    previous
        The turn before, whose ``question`` already stands alone; None at the start.

    Returns
    -------
    Query
        ``text`` is what was typed, written out, when nothing points back; ``parts`` has one
        element for each question asked at once.
    """
    asked = " ".join(asked.split())
    if len(asked) > _LONGEST:
        return Query(asked, asked)
    text = write_out(asked)
    # « Pardon, 2022 » corrects; written out it has no « pardon » any more.
    reply = read_reply(asked, previous) or read_reply(text, previous)
    if reply is not None and reply.act != "question":
        question = reply.question or asked
        parts = [part for part, _ in split_questions(question)]
        return Query(question, asked, tuple(parts), reply.act, reply.opposed)
    if reply is not None:
        return Query(reply.question, asked)
    parts = []
    turn = previous if previous and previous.question else None
    pieces = split_questions(text)
    for piece, coordinated in pieces:
        parts.append(complete_question(piece, turn, coordinated) if turn else piece)
        # The next question continues this one, not the turn before.
        turn = Turn(parts[-1], "") if parts[-1] else turn
    changed = parts[0] != pieces[0][0]
    return Query(" ".join(parts) if changed else text, asked, tuple(parts))


def follow_history(history: Sequence[Turn]) -> Turn | None:
    """Return the last of some turns, its question written out from those before."""
    turn: Turn | None = None
    for asked in history:
        turn = follow(understand(asked.question, turn), asked.answer, turn)
    return turn


def follow(query: Query, answer: str, previous: Turn | None) -> Turn | None:
    """Return the turn that what is typed next follows: not one that asked nothing."""
    return previous if query.is_talk else Turn(query.text, answer)


def follow_answer(answer: Answer, previous: Turn | None) -> Turn | None:
    """Return the turn that what is typed next follows: not a refusal that is off the subject."""
    off = answer.mode == "refused" and not answer.near
    return previous if off else follow(answer.query, answer.text, previous)


def split_questions(text: str) -> list[tuple[str, bool]]:
    """Cut what was asked at once into its questions, three at most.

    Returns
    -------
    list[tuple[str, bool]]
        Each question, and whether « et » ties it to the one before. Only what has a verb of its
        own is cut off: « quand et combien Microsoft a-t-il investi » stays whole.
    """
    pieces: list[tuple[str, bool]] = []
    for sentence in re.findall(r"[^?]+\?*|\?+", text):
        if pieces and not re.search(r"\w", sentence):
            continue
        if pieces and _SAYS_AGAIN.match(sentence.strip()):
            pieces[-1] = (f"{pieces[-1][0]} {sentence.strip()}", pieces[-1][1])
            continue
        pieces += _split_clauses(sentence.strip())
    if len(pieces) < 2:
        return [(text, False)]
    if len(pieces) > MAX_PARTS:
        rest = " ".join(piece for piece, _ in pieces[MAX_PARTS - 1 :])
        pieces = [*pieces[: MAX_PARTS - 1], (rest, pieces[MAX_PARTS - 1][1])]
    return [(_as_question(piece), tied) for piece, tied in pieces]


def _split_clauses(sentence: str) -> list[tuple[str, bool]]:
    pieces: list[tuple[str, bool]] = []
    start = 0
    for joint in re.finditer(r"\s*,?\s+(?:et(?: puis)?|mais|puis)\s+|,\s+(?=\w+ )", sentence):
        left, right = sentence[start : joint.start()], sentence[joint.end() :]
        if joint.group().strip() == "," and not _runs_beside(left, right):
            continue
        if _is_question(left) and _is_clause(right, left) and not _shares(left, right):
            pieces.append((left, bool(pieces)))
            start = joint.end()
    return [*pieces, (sentence[start:], bool(pieces))]


def _runs_beside(left: str, right: str) -> bool:
    """Whether a comma alone parts two questions: both have the order of one.

    « Quand Microsoft investit, que gagne-t-il ? » is one.
    """
    opening = OPENING.match(right)
    inverted = opening and INVERSION.match(right[opening.end() :].lstrip())
    return bool(inverted) and bool(OPENING.match(left)) and not re.match(r"quand|comme", left, re.I)


def _shares(left: str, right: str) -> bool:
    """Whether two questions share what they are about: « Qui perd et qui gagne au change ? ».

    It is said once, after both, or before: « Lequel est plus cher et lequel est plus rapide ? ».
    """
    if find_mentions(left) or POINTS.search(left):
        return False
    first, second = OPENING.match(AND.sub("", left)), OPENING.match(right)
    alike = first and second and fold(first["phrase"]) == fold(second["phrase"])
    return bool(alike or find_mentions(right))


def _is_question(left: str) -> bool:
    """Whether the words before « et » already ask something whole."""
    rest = AND.sub("", left)
    opening = OPENING.match(rest)
    if opening is None:
        return bool(INTERROGATIVE.search(rest))
    return bool(re.search(r"\w", rest[opening.end() :]))


def _is_clause(right: str, left: str) -> bool:
    """Whether the words after « et » are a question with a verb of its own."""
    if re.match(
        r"(?:est-ce qu|qu['’]est-ce|que \w+-(?:t-)?(?:il|elle|on)|qu['’]\w+-t-)", right, re.I
    ):
        return True
    opening = OPENING.match(right)
    if opening is None:
        # « et Gemini 3 est sorti quel jour ? »
        return bool(
            re.match(
                rf"(?:{NAME}|(?:le |la |l['’]|les )[\w-]+) (?:est|a|ont|sont|sera|était)\b", right
            )
            and re.search(rf" {QUESTION_WORDS}(?: [\w-]+)?[ ?]*$", right, re.I)
        )
    phrase = fold(opening["phrase"])
    # « l’entreprise qui fabrique et qui vend »: a second relative clause.
    relative = rf"[\w»\"] (?:{re.escape(phrase)})\b"
    if (
        phrase in ("qui", "ou")
        and re.search(relative, fold(left))
        and not re.match(rf"\W*{phrase}\b", fold(left))
    ):
        return False
    rest = right[opening.end() :].strip(" ?!.,")
    # « sur combien d’années », « et combien en 2025 », « et jusqu’à quand ses méthodes ».
    rest = re.sub(r"\b(?:exactement|au juste|au total|en tout|précisément|environ)\b", "", rest)
    if not re.search(r"\w", rest):
        return False
    phrases = [m for m in find_mentions("Où " + rest) if not m.depth]
    if phrases and phrases[0].start == 3:
        rest = ("Où " + rest)[phrases[0].end :]
    rest = (
        re.sub(rf"^\s*{PREPOSITIONS}.*", "", rest.strip())
        if not INVERSION.match(rest.strip())
        else rest
    )
    return bool(re.search(r"\w", rest))


def _as_question(piece: str) -> str:
    piece = piece.strip(" ,;")
    return capitalize(piece if piece.endswith("?") else f"{piece.rstrip('.!')} ?")
