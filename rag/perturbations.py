"""Edits sentences so that what they say is known: one thing changed, denied, reversed, or nothing.

Serves the training of the entailment head and the measure of the support check. Every edit takes
the generator it draws from, so that a seed gives the same pairs everywhere. Knows nothing about
models or verdicts.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from rag.french import (
    WRITTEN_MONTHS,
    find_names,
    fold,
    is_heading,
    is_negative,
    normalize,
    split_sentences,
)

NAME = re.compile(r"(?<![.!?] )(?<!^)\b[A-ZÉÈÀ][\w'’-]+(?: [A-ZÉÈÀ][\w'’-]+)*")
_NUMBER = re.compile(r"(?:\d{1,3}(?:[ \u202f\u00a0]\d{3})+|\d+)(?:,\d+)?")
NEGATIONS = (
    (" est ", " n’est pas "),
    (" sont ", " ne sont pas "),
    (" a été ", " n’a pas été "),
    (" ont été ", " n’ont pas été "),
    (" était ", " n’était pas "),
    (" fut ", " ne fut pas "),
    (" peut ", " ne peut pas "),
    (" ont ", " n’ont pas "),
    (" a ", " n’a pas "),
    (" sera ", " ne sera pas "),
    (" devient ", " ne devient pas "),
    (" doit ", " ne doit pas "),
)


def replace_match(text: str, found: re.Match[str], by: str) -> str:
    """Put ``by`` in the place of what a regular expression found."""
    return text[: found.start()] + by + text[found.end() :]


# --------------------------------------------------------------- what the training also draws


def change_number(text: str, rng: random.Random) -> str | None:
    """Change one figure of a text; None when it has none."""
    found = list(_NUMBER.finditer(text))
    if not found:
        return None
    chosen = rng.choice(found)
    value = float(re.sub(r"[ \u202f\u00a0]", "", chosen[0]).replace(",", "."))
    if value != int(value):
        scaled = f"{value * rng.choice([0.5, 1.3, 2]):.1f}"
        scaled = scaled if float(scaled) != value else f"{value + 1:.1f}"
        return replace_match(text, chosen, scaled.replace(".", ","))
    shift = rng.choice([-9, -5, -3, -2, -1, 1, 2, 3, 5, 8]) if value > 12 else rng.choice([1, 2, 3])
    return replace_match(text, chosen, str(int(value) + shift))


def change_name(text: str, pool: Iterable[str], rng: random.Random) -> str | None:
    """Put a name of the pool's sentences in the place of one of the text; None without names."""
    names = list(NAME.finditer(text))
    others = [
        found[0]
        for sentence in pool
        for found in NAME.finditer(sentence)
        if len(found[0]) > 3 and fold(found[0]) not in fold(text)
    ]
    return replace_match(text, rng.choice(names), rng.choice(others)) if names and others else None


def shorten(claim: str) -> str:
    """Say less than a sentence: without its parentheses, or its first clause alone."""
    if "(" in claim:
        return re.sub(r"\s\([^)]*\)", "", claim)
    first = claim.split(", ")[0]
    return first.rstrip(" .") + "." if len(first.split()) >= 6 else claim


# ---------------------------------------------------------------------- one thing is changed

_SPACE = r"[ \u00a0\u202f]"
_UNIT_SWAPS = (
    ("milliards", "millions"),
    ("milliard", "million"),
    ("dollars", "euros"),
    ("euros", "francs"),
    ("€", "$"),
    ("jours", "mois"),
    ("jour", "mois"),
    ("semaines", "mois"),
    ("mois", "ans"),
    ("ans", "mois"),
    ("an", "mois"),
    ("années", "semaines"),
    ("heures", "minutes"),
    ("minutes", "secondes"),
    ("siècles", "années"),
    ("km", "m"),
    ("kilomètres", "mètres"),
    ("mètres", "kilomètres"),
    ("m", "km"),
    ("hectares", "km²"),
    ("km²", "hectares"),
    ("tonnes", "kilogrammes"),
    ("kg", "tonnes"),
    ("GW", "MW"),
    ("MW", "GW"),
    ("gigawatts", "mégawatts"),
    ("°C", "°F"),
)
_MONTH = re.compile(rf"\b(?:{'|'.join(WRITTEN_MONTHS)})\b")
_DAY = re.compile(rf"\b(\d{{1,2}})(?={_SPACE}(?:{'|'.join(WRITTEN_MONTHS)})\b)")
_YEAR = re.compile(r"\b(?:1[5-9]\d\d|20[0-3]\d)\b")
_NUMBER_WORD = re.compile(
    r"\b(?:deux|trois|quatre|cinq|six|sept|huit|neuf|dix|douze|quinze|vingt|trente|cent)\b"
)
_WORDS = "deux trois quatre cinq six sept huit neuf dix douze quinze vingt trente cent".split()


def put_other_number(text: str, passage: str, rng: random.Random) -> str | None:
    """Put another figure of the passage, else another figure, in the place of one."""
    words = list(_NUMBER_WORD.finditer(text))
    if words and rng.random() < 0.3:
        chosen = rng.choice(words)
        return replace_match(text, chosen, rng.choice([w for w in _WORDS if w != chosen[0]]))
    found = [m for m in _NUMBER.finditer(text) if not _is_name_part(text, m)]
    if not found:
        return None
    chosen = rng.choice(found)
    others = sorted({m[0] for m in _NUMBER.finditer(passage)} - {m[0] for m in found})
    others = [
        o for o in others if len(o) in (len(chosen[0]) - 1, len(chosen[0]), len(chosen[0]) + 1)
    ]
    if others and rng.random() < 0.6:
        return replace_match(text, chosen, rng.choice(others))
    if rng.random() < 0.5:
        return _change_digit(text, chosen, rng)
    return change_number(text, rng)


def _is_name_part(text: str, found: re.Match[str]) -> bool:
    return found.start() > 0 and (
        text[found.start() - 1].isalpha() or text[found.start() - 1] == "-"
    )


def _change_digit(text: str, found: re.Match[str], rng: random.Random) -> str:
    places = [i for i, c in enumerate(found[0]) if c.isdecimal()]
    place = rng.choice(places)
    digits = [d for d in "123456789" if d != found[0][place]]
    return replace_match(text, found, found[0][:place] + rng.choice(digits) + found[0][place + 1 :])


_AFTER_FIGURE = rf"(?:(?<=\d)|(?<=\d{_SPACE})|(?<=ards de )|(?<=ons de )|(?<=ards d.)|(?<=ons d.))"


def put_other_unit(text: str, passage: str, rng: random.Random) -> str | None:
    """Change the scale, the currency or the unit after a figure."""
    options = []
    for unit, other in _UNIT_SWAPS:
        pattern = rf"{_AFTER_FIGURE}{re.escape(unit)}(?!\w)"
        options += [(m, other) for m in re.finditer(pattern, text)]
    if not options:
        return None
    found, other = rng.choice(options)
    changed = replace_match(text, found, other)
    changed = re.sub(r"\bd['’](?=dollars|francs)", "de ", changed)
    return re.sub(r"\bde (?=euros)", "d’", changed)


def put_other_date(text: str, passage: str, rng: random.Random) -> str | None:
    """Change the day, the month or the year of a date."""
    draw = rng.random()
    months, days, years = (list(p.finditer(text)) for p in (_MONTH, _DAY, _YEAR))
    if months and draw < 0.4:
        chosen = rng.choice(months)
        near = [m[0] for m in _MONTH.finditer(passage) if m[0] not in text]
        other = rng.choice([m for m in WRITTEN_MONTHS if m not in text])
        return replace_match(text, chosen, rng.choice(near) if near else other)
    if days and draw < 0.7:
        chosen = rng.choice(days)
        others = [
            d for d in (int(chosen[0]) + 10, int(chosen[0]) - 10, int(chosen[0]) + 1) if 0 < d < 29
        ]
        return replace_match(text, chosen, str(rng.choice(others))) if others else None
    if not years:
        return None
    chosen = rng.choice(years)
    near = [m[0] for m in _YEAR.finditer(passage) if m[0] not in text]
    other = str(int(chosen[0]) + rng.choice([-10, -2, -1, 1, 2, 10]))
    return replace_match(text, chosen, rng.choice(near) if near and rng.random() < 0.6 else other)


def put_other_name(text: str, passage: str, rng: random.Random) -> str | None:
    """Put a name that the passage also has in the place of one of the text."""
    names = _proper_names(text, passage)
    others = [
        name[0]
        for sentence in _sentences(passage)
        for name in _proper_names(sentence, passage)
        if fold(name[0]) not in fold(text)
    ]
    return replace_match(text, rng.choice(names), rng.choice(others)) if names and others else None


def _proper_names(text: str, passage: str) -> list[re.Match[str]]:
    """Find names of persons, places and firms: neither numerals nor what opens a sentence."""
    known = find_names(passage)
    return [
        found
        for found in NAME.finditer(text)
        if len(found[0]) > 3
        and not re.match(r"[LDSCNJ]['’]|[IVXLC]+(?:e|er)?\b", found[0])
        and all(fold(part) in known for part in found[0].split())
    ]


# ------------------------------------------------------------------------ denied or reversed

_REVERSED = tuple(
    tuple(pair.split("/"))
    for pair in (
        "augmente/diminue augmenté/diminué augmenter/diminuer augmentation/diminution "
        "hausse/baisse croissance/décroissance avant/après plus/moins majorité/minorité "
        "majoritaire/minoritaire autorise/interdit autorisé/interdit autorisée/interdite "
        "autoriser/interdire permet/interdit obligatoire/facultatif gagne/perd gagné/perdu "
        "gagner/perdre remporte/perd victoire/défaite achète/vend acheté/vendu acheter/vendre "
        "achat/vente accepte/refuse accepté/refusé accepter/refuser premier/dernier "
        "première/dernière premiers/derniers inclus/exclu incluse/exclue maximum/minimum "
        "supérieur/inférieur supérieure/inférieure commence/finit début/fin ouvert/fermé "
        "ouverte/fermée entrée/sortie meilleur/pire nord/sud est/ouest possible/impossible "
        "légal/illégal public/privé publique/privée grand/petit grande/petite grands/petits "
        "grandes/petites haut/bas haute/basse forte/faible fort/faible ancien/nouveau "
        "ancienne/nouvelle naissance/mort construction/destruction toujours/jamais avec/sans "
        "riche/pauvre rapide/lent rapidement/lentement succès/échec réussit/échoue "
        "confirme/dément approuve/rejette long/court longue/courte crée/supprime créé/supprimé "
        "arrive/part importation/exportation monte/descend"
    ).split()
)
_NOT = re.compile(r"\b(?:n['’]|ne )(\w+(?: \w+)?) pas\b")


def deny(text: str, passage: str, rng: random.Random) -> str | None:
    """Add a negation to a sentence that has none, or take out its only one."""
    found = list(_NOT.finditer(text))
    if len(found) == 1:
        return replace_match(text, found[0], found[0][1])
    for positive, negative in rng.sample(NEGATIONS, len(NEGATIONS)):
        if text.count(positive) == 1 and not is_negative(text):
            return text.replace(positive, negative, 1)
    return None


def reverse(text: str, passage: str, rng: random.Random) -> str | None:
    """Put the opposite of a word in its place."""
    options = []
    for one, other in _REVERSED:
        for word, by in ((one, other), (other, one)):
            # « est » is mostly a verb.
            pattern = r"(?<=l['’])est\b" if word == "est" else rf"\b{word}\b(?!['’-])"
            options += [(m, by) for m in re.finditer(pattern, text) if word != "pas"]
    options = [(m, by) for m, by in options if not re.match(r" que\b", text[m.end() :])]
    if not options:
        return None
    found, by = rng.choice(options)
    return replace_match(text, found, by)


def swap_roles(text: str, passage: str, rng: random.Random) -> str | None:
    """Put each of two names with a verb between them in the place of the other."""
    names = _proper_names(text, passage)
    first = re.match(
        r"[A-ZÉÈÀ][\w-]+(?: [A-ZÉÈÀ][\w-]+)*(?= (?:a|est|achète|crée|bat|dirige)\b)", text
    )
    names = [first, *names] if first else names
    for one, other in zip(names, names[1:], strict=False):
        between = text[one.end() : other.start()]
        if _VERB.search(between) and not _SYMMETRIC.search(between) and one[0] != other[0]:
            return text[: one.start()] + other[0] + between + one[0] + text[other.end() :]
    return None


_VERB = re.compile(
    r" (?:a|ont|fut|est|bat|crée|dirige|achète|rachète|épouse|fonde|devient|succède|remplace|quitte"
    r"|envoie|nomme|domine|rejoint|attaque|\w+(?:e|it|èrent|a)) "
)
_SYMMETRIC = re.compile(r" (?:et|ou|avec|contre|ni|comme|par)\b|,|;|:|\(|«|»")


# ----------------------------------------------------------------------------- nothing is changed

_SYNONYMS = (
    ("selon", "d’après"),
    ("Selon", "D’après"),
    ("environ", "à peu près"),
    ("notamment", "en particulier"),
    ("afin de", "pour"),
    ("cependant", "toutefois"),
    ("également", "aussi"),
    ("lorsque", "quand"),
    ("débute", "commence"),
    ("plusieurs", "différents"),
    ("grâce à", "à l’aide de"),
    ("utilise", "emploie"),
    ("important", "considérable"),
    ("permet de", "sert à"),
    ("car", "parce que"),
    ("devient", "sera"),
    ("obtient", "reçoit"),
    ("nombreux", "beaucoup de"),
    ("dollars", "$"),
    ("pendant", "durant"),
    ("se trouve", "est situé"),
    ("situé", "placé"),
    ("possède", "a"),
    ("désormais", "maintenant"),
)
_FRONTED = re.compile(
    r"^((?:En|Au|À|Depuis|Dans|Pendant|Selon|Lors|Après|Avant)\b[^,.;:]{3,40}), (\w)(.*?)([.!?]?)$"
)


def keep(text: str, passage: str, rng: random.Random) -> str | None:
    """Leave a sentence as it is."""
    return text


def cut(text: str, passage: str, rng: random.Random) -> str | None:
    """Say less: without a parenthesis, an apposition, or the last clause; None when it can't."""
    middle = list(_APPOSITION.finditer(text))
    short = replace_match(text, rng.choice(middle), "") if middle else shorten(text)
    return short if short != text else None


_APPOSITION = re.compile(r", [^,;:()«»]{5,140},(?= (?!et\b|ou\b))")


def respell(text: str, passage: str, rng: random.Random) -> str | None:
    """Type it another way: spaces, apostrophes, accents, figures, dates."""
    draw = rng.random()
    if draw < 0.25:
        return _strip_accents(text)
    if draw < 0.5:
        return text.replace("’", "'").replace("\u00a0", " ").replace("\u202f", " ")
    if draw < 0.65:
        return re.sub(r"(?<=\d) (?=\d{3}|%|€|\$)", "\u202f", text).replace("'", "’")
    changed = re.sub(rf"{_SPACE}?%", " pour cent", text)
    changed = re.sub(r" milliards? (?:de dollars|d['’]euros)", _abbreviate, changed)
    changed = _FULL_DATE.sub(lambda m: _write_date(m, rng), changed)
    changed = re.sub(r"\btrois\b", "3", changed)
    return changed if changed != text else text.replace("'", "’")


_FULL_DATE = re.compile(
    rf"\b(\d{{1,2}})(?:er)?{_SPACE}({'|'.join(WRITTEN_MONTHS)}){_SPACE}(\d{{4}})\b"
)


def _abbreviate(found: re.Match[str]) -> str:
    return " Md$" if "dollars" in found[0] else " Md€"


def _write_date(found: re.Match[str], rng: random.Random) -> str:
    day, month, year = int(found[1]), WRITTEN_MONTHS.index(found[2]) + 1, found[3]
    return f"{year}-{month:02}-{day:02}" if rng.random() < 0.5 else f"{day:02}/{month:02}/{year}"


def _strip_accents(text: str) -> str:
    folded = [fold(c) for c in normalize(text)]
    return "".join(
        f.upper() if c.isupper() else f for c, f in zip(normalize(text), folded, strict=True)
    )


def rephrase(text: str, passage: str, rng: random.Random) -> str | None:
    """Say it in slightly other words or another order; None when no known way applies."""
    changed, edits = text, 0
    for word, other in rng.sample(_SYNONYMS, len(_SYNONYMS)):
        pattern = rf"(?<![\w'’]){re.escape(word)}(?!\w)"
        if edits < 2 and re.search(pattern, changed) and word not in ("dollars", "possède"):
            changed, edits = re.sub(pattern, other, changed, count=1), edits + 1
    fronted = _FRONTED.match(changed)
    if fronted and "," not in fronted[3]:
        head = fronted[1][0].lower() + fronted[1][1:]
        changed = f"{fronted[2].upper()}{fronted[3]} {head}{fronted[4]}"
    return changed if changed != text else None


# -------------------------------------------------------------------------------------- trials

Edit = Callable[[str, str, random.Random], str | None]
_EDITS: dict[str, tuple[Edit, ...]] = {
    "numbers": (put_other_number,),
    "units": (put_other_unit,),
    "dates": (put_other_date,),
    "names": (put_other_name,),
    "negated": (deny,),
    "reversed": (reverse,),
    "roles": (swap_roles,),
    "unchanged": (keep, cut, respell, rephrase),
}
KINDS = tuple(_EDITS)


@dataclass(frozen=True, slots=True)
class Perturbed:
    """A claim made from a sentence, and the source it is to be checked against.

    ``edit`` names the function that made the claim, ``extent`` what the source is: the sentence,
    its neighbours too, the passage, or a paraphrase of the sentence.
    """

    kind: str
    edit: str
    extent: str
    claim: str
    source: str
    sentence: str


def make_perturbed(passages: Sequence[str], kind: str, count: int, seed: int) -> list[Perturbed]:
    """Draw claims of one kind from sentences of passages, at most one a passage and a round.

    Fewer than ``count`` come out when the passages do not offer as many.
    """
    rng = random.Random(f"{seed} {kind}")
    made: list[Perturbed] = []
    for passage in rng.sample(passages, len(passages)):
        if len(made) >= count:
            break
        sentences = _sentences(passage)
        statements = [k for k, s in enumerate(sentences) if _is_statement(s)]
        for k in rng.sample(statements, len(statements)):
            edit = rng.choice(_EDITS[kind])
            claim = edit(sentences[k], passage, rng)
            if claim is None or (claim == sentences[k] and edit is not keep):
                continue
            extent, source = _draw_source(sentences, k, passage, rng)
            made.append(Perturbed(kind, edit.__name__, extent, claim, source, sentences[k]))
            break
    return made


def _draw_source(
    sentences: Sequence[str], k: int, passage: str, rng: random.Random
) -> tuple[str, str]:
    draw = rng.random()
    if draw < 0.25:
        return "sentence", sentences[k]
    if draw < 0.5:
        return "neighbours", " ".join(sentences[max(0, k - 1) : k + 2])
    told = rephrase(sentences[k], passage, rng) if draw < 0.75 else None
    return ("paraphrase", told) if told else ("passage", passage)


def _sentences(passage: str) -> list[str]:
    return [" ".join(passage[s.start : s.end].split(" ")) for s in split_sentences(passage)]


def _is_statement(sentence: str) -> bool:
    return not is_heading(sentence) and 6 <= len(sentence.split()) <= 60 and "\n" not in sentence
