"""Finds what a claim changes of its source: figures, units, dates, names, roles, polarity.

What counts is what a claim puts in the place of something: a figure that stands elsewhere in the
passage is no excuse for the one that it replaces. Each rule says in French what it found. Knows
nothing about scores, the reader, or answers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.alignment import Comparison
from rag.french import stem
from rag.opposites import is_opposite
from rag.tokens import HARD, Token, is_same, is_year
from rag.types import Support

# Rules about what is denied or reversed need a source that holds this much of the claim.
_SAME_SUBJECT = 0.5


@dataclass(frozen=True, slots=True)
class Fault:
    """What a claim changes, and the label it earns."""

    support: Support
    why: str


def find_faults(pair: Comparison) -> Iterator[Fault]:
    """Find what a claim puts in the place of what its source says, the surest first."""
    yield from _swapped_roles(pair)
    for i, token in enumerate(pair.claim):
        if pair.repeats(i):
            if token.kind == "unit":
                yield from _torn_unit_fault(pair, i)
        elif token.kind == "number":
            yield from _number_fault(pair, i)
        elif token.kind == "unit":
            yield from _unit_fault(pair, i)
        elif token.kind == "date":
            yield from _date_fault(pair, i)
        elif token.kind == "name":
            yield from _name_fault(pair, i)
        elif token.written[0].isupper() and token.kind in ("word", "light"):
            yield from _capital_fault(pair, i)
    yield from _reversals(pair)


# -------------------------------------------------------------------- figures, units and dates


def _number_fault(pair: Comparison, i: int) -> Iterator[Fault]:
    token, facing, held = pair.claim[i], pair.facing(i), pair.held(i)
    if not held:
        if is_year(token) and pair.is_lent(i):
            return
        figure = token.written
        if any(t.kind == "number" and t.plain == token.plain for t in pair.source):
            yield Fault("unsupported", f"le chiffre {figure} n’a pas la même unité dans la source")
            return
        yield Fault(_clash(pair, facing), f"le chiffre {figure} n’apparaît pas dans la source")
    elif facing and facing.kind == "number" and not _fits(pair, i, held):
        if not pair.is_verbatim and _counts_same(pair, i, held):
            return
        yield Fault(
            _clash(pair, facing), f"la source dit {facing.written}, la phrase {token.written}"
        )
    elif not (set(held) & set(pair.loose) or is_year(token) or _fits(pair, i, held)):
        yield Fault(
            "unsupported", f"la source ne rapporte pas le chiffre {token.written} à la même chose"
        )


def _counts_same(pair: Comparison, i: int, held: Sequence[int]) -> bool:
    """Whether a figure counts the same thing elsewhere in the sentences used."""
    return any(
        _agree(near[:1], _near(pair.source, j, step)[:1])
        for j in set(held) & set(pair.loose)
        for step in (-1, 1)
        if (near := _near(pair.claim, i, step)) and near[0].key not in _COMMON_UNITS
    )


# Units that say nothing of what is counted.
_COMMON_UNITS = frozenset(("%", "euro", "dollar"))


def _clash(pair: Comparison, facing: Token | None) -> Support:
    """One thing in the place of another, in the same sentence, contradicts it."""
    return "contradicted" if facing and facing.kind in HARD and pair.same_subject else "unsupported"


def _fits(pair: Comparison, i: int, held: Sequence[int]) -> bool:
    """Whether token ``i`` of the claim stands between the same words elsewhere in the source."""
    if _is_replaced(pair, i):
        return False
    before, after = _near(pair.claim, i, -1), _near(pair.claim, i, 1)
    for j in held:
        left, right = _near(pair.source, j, -1), _near(pair.source, j, 1)
        if after:
            agreed = _agree(before[:1], left) and _agree(after[:2], right)
        else:
            agreed = len(before) > 1 and _agree(before[:2], left)
        if agreed:
            return True
    return False


def _is_replaced(pair: Comparison, i: int) -> bool:
    """Whether token ``i`` took the place of something that the claim has nowhere else.

    In a sentence that is the source's own but for that, no other place excuses it.
    """
    facing = pair.facing(i)
    return bool(
        facing and pair.is_verbatim and not any(is_same(facing, token) for token in pair.claim)
    )


def _agree(wanted: Sequence[Token], found: Sequence[Token]) -> bool:
    return all(any(is_same(a, b) for b in found) for a in wanted)


def _near(tokens: Sequence[Token], i: int, step: int) -> list[Token]:
    """Return the three tokens of content on one side of a token, in its sentence, nearest first."""
    found: list[Token] = []
    k = i + step
    while 0 <= k < len(tokens) and len(found) < 3 and tokens[k].sentence == tokens[i].sentence:
        if tokens[k].kind not in ("light", "mark", "negation"):
            found.append(tokens[k])
        k += step
    return found


def _unit_fault(pair: Comparison, i: int) -> Iterator[Fault]:
    token, facing = pair.claim[i], pair.facing(i)
    if facing and facing.kind == "unit":
        yield Fault(
            _clash(pair, facing),
            f"la source dit « {facing.written} », la phrase « {token.written} »",
        )
        return
    number = _number_before(pair.claim, i)
    if number is None:
        return
    units = [_unit_after(pair.source, j) for j in pair.held(number)]
    other = bool(units) and not any(unit is None or is_same(unit, token) for unit in units)
    if other or (units and not pair.held(i)):
        yield Fault(
            "unsupported",
            f"le chiffre {pair.claim[number].written} n’a pas la même unité dans la source",
        )


def _torn_unit_fault(pair: Comparison, i: int) -> Iterator[Fault]:
    """« 30 mois » is not « 30 jours, puis 2 mois », though both words are in their places."""
    number = _number_before(pair.claim, i)
    if number is None or not pair.repeats(number):
        return
    place = pair.places[number]
    unit = None if place is None else _unit_after(pair.source, place)
    if unit and not is_same(unit, pair.claim[i]):
        yield Fault(
            "contradicted",
            f"la source dit « {unit.written} », la phrase « {pair.claim[i].written} »",
        )


def _number_before(tokens: Sequence[Token], i: int) -> int | None:
    """Return the place of the figure that a unit counts: « 13 milliards de dollars »."""
    k = i - 1
    if k >= 0 and tokens[k].plain in ("d", "de"):
        k -= 1
    return k if k >= 0 and tokens[k].kind == "number" else None


def _unit_after(tokens: Sequence[Token], j: int) -> Token | None:
    for token in tokens[j + 1 : j + 3]:
        if token.kind == "unit":
            return token
    return None


def _date_fault(pair: Comparison, i: int) -> Iterator[Fault]:
    token, facing, held = pair.claim[i], pair.facing(i), pair.held(i)
    if facing and facing.kind == "date" and not _fits(pair, i, held):
        yield Fault(
            _clash(pair, facing),
            f"la source dit « {facing.written} », la phrase « {token.written} »",
        )
    elif not held and not pair.is_lent(i):
        yield Fault("unsupported", f"« {token.written} » n’apparaît pas dans la source")


# -------------------------------------------------------------------------------------- names


def _name_fault(pair: Comparison, i: int) -> Iterator[Fault]:
    token, held = pair.claim[i], pair.held(i)
    if held or (pair.is_lent(i) and not pair.is_spelled_out(i)):
        if not _is_free(pair, i, held):
            yield from _misplaced_name(pair, i, held)
    elif not pair.is_spelled_out(i) and (_is_replaced(pair, i) or not _is_inflected(pair, token)):
        yield Fault("unsupported", f"« {token.written} » n’apparaît pas dans la source")


def _misplaced_name(pair: Comparison, i: int, held: Sequence[int]) -> Iterator[Fault]:
    """Find what is wrong with a name that the source has, but not there."""
    token, facing = pair.claim[i], pair.facing(i)
    if facing and _is_named(facing) and not _is_moved(pair, i, held):
        if pair.is_verbatim or not pair.has_pronoun:
            yield _other_name(_clash(pair, facing), facing, token)
    elif not set(held) & set(pair.loose):
        if _has_other_subject(pair):
            yield Fault("unsupported", f"la source ne dit pas cela de « {token.written} »")
    elif pair.is_verbatim and not pair.is_turned and not _is_moved(pair, i, held):
        yield Fault("contradicted", f"la source ne donne pas la même place à « {token.written} »")
    elif rival := _rival(pair, i):
        yield _other_name("unsupported", rival, token)


def _other_name(support: Support, told: Token, claimed: Token) -> Fault:
    return Fault(support, f"la source parle de « {told.written} », pas de « {claimed.written} »")


def _rival(pair: Comparison, i: int) -> Token | None:
    """Return the name that the source has beside the same word, with the same preposition.

    « près du boulevard Rossville » tells of no « boulevard Street », wherever that street is.
    """
    for step in (-1, 1):
        word, between = _neighbour(pair.claim, i, step)
        if word is None:
            continue
        found = [
            pair.source[j]
            for j, t in enumerate(pair.source)
            if t.kind == "name"
            for other, gap in [_neighbour(pair.source, j, step)]
            if other is not None and gap == between and is_same(word, other)
        ]
        if found and not any(is_same(t, u) for t in found for u in pair.claim):
            return found[0]
    return None


def _neighbour(tokens: Sequence[Token], i: int, step: int) -> tuple[Token | None, list[str]]:
    """Return the token of content beside a token, and the light words between, articles aside."""
    between: list[str] = []
    k = i + step
    while 0 <= k < len(tokens) and tokens[k].kind == "light":
        between += [] if tokens[k].plain in _ARTICLES else [tokens[k].plain]
        k += step
    if not 0 <= k < len(tokens) or tokens[k].kind not in ("word", "name"):
        return None, between
    return tokens[k], between


def _is_free(pair: Comparison, i: int, held: Sequence[int]) -> bool:
    """Whether a name may stand at another place of the sentence without changing what is said."""
    if pair.is_turned:
        return bool(set(held) & set(pair.around))
    return bool(set(held) & set(pair.loose)) and (_is_copular(pair, i) or _is_detached(pair, i))


_COPULAS = frozenset("est sont etait etaient fut furent sera seront".split())


def _is_copular(pair: Comparison, i: int) -> bool:
    """« X est le directeur » may rest on « le directeur, X, » in any order."""
    k = i + 1
    while k < len(pair.claim) and pair.claim[k].kind == "name":
        k += 1
    after = pair.claim[k : k + 2]
    return (
        bool(after)
        and after[0].plain in _COPULAS
        and (len(after) < 2 or after[1].plain in ("un", "une", "l", "le", "la", "les"))
    )


def _is_detached(pair: Comparison, i: int) -> bool:
    """Whether a clause left out, closed by a comma, stands between a name and what it does.

    « Bush a déclaré » rests on « Bush s'est rendu en Irak, et a déclaré »: Irak is no subject.
    """
    following = [
        p for k in range(i + 1, len(pair.claim)) if pair.repeats(k) and (p := pair.places[k])
    ]
    place = pair.places[i]
    if place is None or not following:
        return False
    gap = pair.source[place + 1 : following[0]]
    earlier = [j for j in pair.held(i) if j in pair.loose and j < place]
    return bool(earlier) and any(t.kind == "mark" for t in gap)


def _is_named(token: Token) -> bool:
    return token.kind == "name" or (token.kind == "word" and token.written[0].isupper())


def _is_inflected(pair: Comparison, token: Token) -> bool:
    """Whether a word of the source has the stem of a name: « Français » and « française »."""
    return len(token.plain) > 4 and any(
        stem(t.plain) == stem(token.plain) for t in pair.source if t.kind == "word"
    )


def _is_moved(pair: Comparison, i: int, held: Sequence[int]) -> bool:
    """Whether a name only stands at another place of the sentence, after the same word.

    A phrase that moves takes its preposition along: « selon Reuters », « en France ».
    """
    if _is_replaced(pair, i):
        return False
    last = _before_name(pair.claim, i)
    for j in set(held) & set(pair.loose):
        told = _before_name(pair.source, j)
        if last is None or told is None:
            # What opens a sentence is the subject of what follows, wherever that stands.
            if told is None or told.kind == "mark":
                return True
        elif is_same(last, told) or (_lists(last) and _lists(told)):
            return True
    return False


def _before_name(tokens: Sequence[Token], i: int) -> Token | None:
    """Return what stands before the name that token ``i`` belongs to, article aside."""
    k = i - 1
    while k >= 0 and (tokens[k].kind == "name" or tokens[k].plain in _ARTICLES):
        k -= 1
    return tokens[k] if k >= 0 and tokens[k].sentence == tokens[i].sentence else None


def _lists(token: Token) -> bool:
    return token.kind == "mark" or token.plain in ("et", "ou")


_ARTICLES = frozenset("l le la les d s".split())


def _has_other_subject(pair: Comparison) -> bool:
    """Whether the sentences used name someone whom the claim does not, and no pronoun."""
    return not pair.has_pronoun and any(
        pair.source[j].kind == "name" and not any(is_same(pair.source[j], t) for t in pair.claim)
        for j in pair.loose + [p for p in pair.used]
    )


def _capital_fault(pair: Comparison, i: int) -> Iterator[Fault]:
    """« Anthropic » opens a sentence and could be any word; but it stands where a name does."""
    token, facing = pair.claim[i], pair.facing(i)
    if facing is None or not pair.same_subject:
        return
    if token.opens and facing.opens:
        named = _replaces_subject(pair, i)
    else:
        named = facing.kind == "name" and pair.is_verbatim
    if named and pair.held(i):
        yield _other_name("unsupported", facing, token)
    elif named:
        yield Fault("unsupported", f"« {token.written} » n’apparaît pas dans la source")


# Endings of what opens a sentence and names nothing: « Récemment », « Fondée en 1999 ».
_NAMELESS = re.compile(r"(?:ment|é|ée|és|ées|ant)$|^(?:desormais|aujourdhui|hier|demain)$")


def _replaces_subject(pair: Comparison, i: int) -> bool:
    """Whether the word that opens the claim stands before the same verb as the source's."""
    token, facing, place = pair.claim[i], pair.facing(i), pair.places[i]
    if facing is None or place is None or "light" in (token.kind, facing.kind):
        return False
    if i + 1 == len(pair.claim) or pair.claim[i + 1].kind == "mark":
        return False
    if pair.places[i + 1] != place + 1 or not pair.repeats(i + 1):
        return False
    return "name" in (token.kind, facing.kind) or not (
        _NAMELESS.search(token.written.lower()) and _NAMELESS.search(facing.written.lower())
    )


def _swapped_roles(pair: Comparison) -> Iterator[Fault]:
    """« A rachète B » is not « B rachète A », unless « par » turns the sentence."""
    if not pair.same_subject:
        return
    facing = {i: p for i, p in enumerate(pair.places) if p is not None and not pair.repeats(i)}
    for i, j in facing.items():
        for k, m in facing.items():
            if i < k and j < m and pair.claim[i].kind in ("name", "word"):
                crossed = is_same(pair.claim[i], pair.source[m]) and is_same(
                    pair.claim[k], pair.source[j]
                )
                if crossed and not _is_symmetric(pair, i, k, j, m):
                    one, other = pair.claim[i].written, pair.claim[k].written
                    yield Fault("contradicted", f"la phrase échange « {one} » et « {other} »")
                    return
    yield from _swapped_sides(pair)


def _swapped_sides(pair: Comparison) -> Iterator[Fault]:
    """Say when the subject of a verb is what follows that verb in the source, or the reverse."""
    if pair.is_turned:
        return
    content = [i for i, t in enumerate(pair.claim) if t.kind in ("name", "word", "mark")]
    loose = set(pair.loose)
    for i, k in zip(content, content[1:], strict=False):
        if {pair.claim[i].kind, pair.claim[k].kind} != {"name", "word"}:
            continue
        if pair.repeats(i) or pair.repeats(k):
            continue
        for j in loose & set(pair.held(k)):
            for m in loose & set(pair.held(i)):
                if j < m <= j + 4 and not _is_broken(pair.source[j:m]):
                    name = i if pair.claim[i].kind == "name" else k
                    yield Fault(
                        "contradicted",
                        f"la source ne donne pas la même place à « {pair.claim[name].written} »",
                    )
                    return


def _is_broken(tokens: Sequence[Token]) -> bool:
    return any(t.kind == "mark" or t.plain in ("que", "qu", "dont", "ou", "et") for t in tokens)


def _is_symmetric(pair: Comparison, i: int, k: int, j: int, m: int) -> bool:
    mine, theirs = pair.claim[i + 1 : k], pair.source[j + 1 : m]
    if not any(t.kind in ("word", "name", "number") for t in mine):
        return all(
            t.plain in ("et", "ou", "avec", "entre", "de", "d", "la", "le", "l", "les")
            or t.kind == "mark"
            for t in mine
        )
    if mine[-1].plain == "avec" and theirs and theirs[-1].plain == "avec":
        return True
    return ("par" in {t.plain for t in mine}) != ("par" in {t.plain for t in theirs})


# ------------------------------------------------------------------------------------ polarity


def _reversals(pair: Comparison) -> Iterator[Fault]:
    """Negations added or dropped and opposites, unless one undoes the other."""
    if pair.share < _SAME_SUBJECT:
        return
    added = _added_negations(pair)
    dropped = _dropped_negations(pair) if pair.same_subject else []
    opposed = _opposites(pair)
    # « n'a pas accepté », « a refusé ».
    turned = [i for i in added + dropped if any(abs(i - k) <= 3 for k, _ in opposed)]
    if turned:
        return
    if added:
        yield Fault("contradicted", "la phrase nie ce que la source affirme")
    elif dropped:
        yield Fault("contradicted", "la phrase affirme ce que la source nie")
    elif opposed:
        i, other = opposed[0]
        yield Fault(
            "contradicted",
            f"la phrase dit « {pair.claim[i].written} », la source « {other.written} »",
        )


_IDLE_AFTER = {
    "sans": {"doute", "cesse"},
    "non": {"seulement", "lucratif", "lucrative", "lucratifs", "profit", "loin"},
    "pas": {"moins"},
}


def _is_idle(tokens: Sequence[Token], i: int) -> bool:
    """Whether a negation denies nothing: « sans doute », « ne … que », « non seulement »."""
    following = [t.plain for t in tokens[i + 1 : i + 9]]
    if tokens[i].plain in ("ne", "n"):
        full = {"pas", "jamais", "aucun", "aucune", "ni", "guere"} & set(following[:4])
        return not full and bool({"que", "qu"} & set(following[:7]))
    return bool(set(following[:1]) & _IDLE_AFTER.get(tokens[i].plain, set()))


def _added_negations(pair: Comparison) -> list[int]:
    """Return the places in the claim of negations that the source has not."""
    if not pair.is_verbatim and any(_denies(pair.source, j) for j in pair.loose):
        return []
    return [
        i
        for i, t in enumerate(pair.claim)
        if t.kind == "negation"
        and pair.places[i] is None
        and not _is_idle(pair.claim, i)
        and not any(pair.source[j].kind == "negation" for j in pair.stretch(i))
    ]


# What denies without « ne », by its first letters.
_DENIALS = ("refus", "rejet", "dement", "infond", "impossib", "absen", "faux", "fausse", "loin")


def _denies(tokens: Sequence[Token], j: int) -> bool:
    if tokens[j].kind == "negation":
        return not _is_idle(tokens, j)
    return tokens[j].plain.startswith(_DENIALS)


def _dropped_negations(pair: Comparison) -> list[int]:
    """Return the places in the claim of words that the source denies and the claim does not."""
    told = {place: i for i, place in enumerate(pair.places) if place is not None}
    found = []
    for j in pair.loose:
        if pair.source[j].kind != "negation" or _is_idle(pair.source, j):
            continue
        i = _denied(pair, j, told)
        if i is not None and not any(
            t.kind == "negation" for t in pair.claim[max(0, i - 4) : i + 4]
        ):
            found.append(i)
    return found


def _denied(pair: Comparison, j: int, told: dict[int, int]) -> int | None:
    """Return the word of the claim that negation ``j`` of the source bears on, if it is there."""
    before = told.get(j - 1)
    for m in range(j + 1, min(j + 6, len(pair.source))):
        token, i = pair.source[m], told.get(m)
        if token.kind == "mark":
            return None
        if token.kind == "negation":
            continue
        if i is not None and (token.kind != "light" or before is not None):
            return i
        if token.kind != "light":
            return None
    return None


def _opposites(pair: Comparison) -> list[tuple[int, Token]]:
    """Pair what the claim says with its opposite, there where the source says it."""
    found = []
    for i, token in enumerate(pair.claim):
        if token.kind not in ("word", "light", "negation") or pair.repeats(i):
            continue
        place = pair.places[i]
        rivals = [] if place is None else [place]
        stretch = pair.stretch(i)
        # A plain word that the source has nowhere may answer to one anywhere in the sentence.
        foreign = token.kind == "word" and not pair.held(i)
        rivals += [j for j in pair.loose if j in stretch or foreign or _stand_alike(pair, i, j)]
        for j in rivals:
            if is_opposite(token.plain, pair.source[j].plain):
                found.append((i, pair.source[j]))
                break
    return found


def _stand_alike(pair: Comparison, i: int, j: int) -> bool:
    """Whether two words have the same neighbour on one side: a phrase that moved."""
    if pair.claim[i].kind != "word":
        return False
    return any(
        _agree(near[:1], _near(pair.source, j, step)[:1])
        for step in (-1, 1)
        if (near := _near(pair.claim, i, step))
    )


# ------------------------------------------------------------------------------------ reserves

# What makes a figure less than a fact, in folded text, and what to say when it is left out.
_RESERVES = (
    (
        r"\bengag(?:e[es]*|eme|ait|ent)\w* (?:a|sur|pour)\b|\bpromet|\bpromis|\bprevoi|\bprevu"
        r"|\bcompt(?:e|ait|ent) \w+er\b|\bintention\b|\bprojet",
        "la source parle d’une promesse ou d’un projet, la phrase d’un fait",
    ),
    (
        r"\bjusqu a\b(?! (?:present|ce|la|l)\b)|\bau plus\b|\bau maximum\b|\bplafond|\bau moins\b",
        "la source donne une limite, la phrase un montant",
    ),
    (
        r"\bpourra(?:it|ient)\b|\bserai(?:t|ent)\b|\baurai(?:t|ent)\b|\bdevrai(?:t|ent)\b",
        "la source est au conditionnel, la phrase affirme",
    ),
)


def find_dropped_reserve(pair: Comparison) -> str:
    """Say which reserve of the source a claim with a figure leaves out, or an empty string.

    « s'est engagé à investir 13 milliards » is not « a investi 13 milliards », nor « jusqu'à
    5 milliards » 5 milliards.
    """
    if not (pair.used and any(t.kind == "number" for t in pair.claim)):
        return ""
    told = " ".join(t.plain for t in pair.claim)
    said = " ".join(pair.source[j].plain for j in range(min(pair.used), max(pair.used) + 1))
    for pattern, why in _RESERVES:
        if re.search(pattern, said) and not re.search(pattern, told):
            return why
    return ""
