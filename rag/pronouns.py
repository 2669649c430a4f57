"""Names what the pronouns of a question stand for, from the turn before.

A pronoun that stands for words of its own question, or for nothing (« il faut »), is left alone.
Where grammar does not tell, the names of the turn before are added in parentheses: a search needs
them more than it needs grammar.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.antecedents import (
    Mention,
    Wanted,
    choose,
    definite,
    find_asked,
    find_mentions,
    find_names,
    find_told,
    known_names,
)
from rag.french import fold
from rag.typed import capitalize
from rag.types import Turn
from rag.wording import (
    INVERSION,
    OPENING,
    PREPOSITIONS,
    add_gloss,
    content_words,
    elide,
    tell_exchange,
    tell_gist,
)

# « Il » that stands for nothing.
_IMPERSONAL = re.compile(
    r"\b(?:y (?:a|avait|aura|aurait)-t-il|y avait-il)\b(?! (?:\w+é|mis|pris|vu|fait)\b)"
    r"|\bs['’]agi(?:t|ssait)-il\b|\bs['’]est-il (?=passé|produit)"
    r"|\bse (?:passe|produi[ts]|peut)\w*-t?-?il\b"
    r"|\b(?:faut|fallait|faudra|faudrait|fallut)-(?:t-)?il\b|\bse fait-il que\b"
    r"|\b(?:existe|existait|convient|suffit|semble|arrive|pleut|neige|vaut)-(?:t-)?il\b"
    r"(?! (?:un |une |des )?(?:cher|encore chez|à|dans|au|en)\b)"
    r"|\b(?:reste|restait|manque|manquait)-(?:t-)?il (?=(?:encore |plus )?(?:à |une? |des ))"
    r"|\ba-t-il fallu\b"
    r"|\b(?:est|était|serait|sera)-il (?:\w+ )?(?:advenu|vrai|possible|nécessaire|obligatoire"
    r"|certain"
    r"|prévu|interdit|question"
    r"|permis|exact|normal|utile|légal|autorisé|important|temps|dangereux|envisageable|risqué"
    r"|facile|difficile)\b"
    r"(?=.*\b(?:que|qu['’]|de|d['’])|\s*\?)"
    r"|\b(?:est|était|serait|sera)-il (?:\w+ )?\w+ (?:de \w+(?:er|ir|re)\b|d['’]\w+(?:er|ir|re)\b"
    r"|que\b|qu['’])"
    r"|\bquelle heure est-il|\bquel temps f\w+-(?:t-)?il\b|\ben est-il\b"
    r"|\bil (?:(?:va|doit|peut) )?(?:pleuv|pleut|neig"
    r"|f(?:ai(?:t|sait|re)|era) (?:très |si )?(?:beau|chaud|froid|quel))"
    r"|\bil est (?:quelle |\d+ ?)h(?:eure)?"
    r"|\bfai(?:t|sait)-il (?:beau|chaud|froid|jour|nuit|\?)"
    r"|\bil (?:n['’])?y (?:a|avait|aura|ait)\b"
    r"|\bil (?:(?:ne|en|te|lui|leur|nous|vous) |n['’])*(?:faut|fallait|faudra|faudrait"
    r"|existe|convient|suffit|semble|paraît|vaut mieux|reste|restait|restera|a fallu)\b"
    r"|\bil (?:ne )?(?:se (?:passe|peut|produit)|s['’](?:agit|est (?:passé|produit))"
    r"|(?:(?:te|lui|leur|nous|vous) |m['’])(?:arrive|manque)|manqu(?:e|ait) (?:encore|un|des"
    r"|combien))\b"
    r"|\bil (?:n')?(?:est|était"
    r"|sera) (?:\w+ )?(?:possible|nécessaire|vrai|obligatoire"
    r"|prévu|interdit|permis|temps|question|utile|important|certain)\b",
    re.IGNORECASE,
)
PRONOUN_AFTER = re.compile(
    r"\b(?P<before>avec|chez|pour|par|contre|sur|sans|entre|à|de|d['’]|selon|derrière|devant"
    r"|après|avant)\s*"
    r"(?P<pronoun>lui|elles?|eux)\b(?!-)",
    re.IGNORECASE,
)
_SUBJECT = re.compile(r"(?<![-\w])(?P<pronoun>ils?|elles?)\b(?!-)", re.IGNORECASE)
_INFINITIVE = (
    r"(?:[^\W\d_]+(?:er|ir|oir|ndre|ttre|uire|udre)|dire|lire|écrire|faire|vivre|suivre|croire)\b"
    r"(?=\s*(?:$|[?!.,]|[^\W\d_]+er\b|(?:en|à|au|dans|par|sur|avec|sans|chez|plus|gratuitement"
    r"|rapidement"
    r"|d'ici)\b))"
)
# An article after « qui », « ne » or a pronoun, or alone before an infinitive, is a pronoun.
_OBJECT = re.compile(
    r"(?:(?<=\bqui )(?<!c'est qui )(?<!était qui )|(?<=\bne )|(?<=[ '’]ils )|(?<=[ '’]il )"
    r"|(?<=[ '’]elle )|(?<=[ '’]elles )"
    r"|(?<=[ '’]on )"
    r"|(?<=\bque )(?=lui )|\b(?:ils?|elles?|on|vous|je|tu|pour|comment|où|pourquoi|peut|doit|faut"
    r"|veut|va|sans) "
    rf"(?=(?:l['’]|l[ea]s?\s|lui\s|leur\s){_INFINITIVE}))"
    r"(?P<pronoun>l['’]|les?\s|la\s|lui\s|leur\s)(?P<verb>[^\W\d_]+)",
    re.IGNORECASE,
)
_POSSESSIVE = re.compile(
    r"(?<!\ble )(?<!\bun )(?<!\bdu )\b(?P<word>son|sa|ses|leurs?) (?P<noun>[^\W\d_][\w-]*)(?!-)",
    re.IGNORECASE,
)
_THIS = re.compile(
    r"(?<!est-)(?<!\bsont )\b(?:ce|cet|cette|ces) (?!qui\b|que\b|qu['’]|sont\b|dont\b|n['’]|ne\b"
    r"|soir\b|matin\b|jour\b"
    r"|mois\b|année\b|semaine\b|week|fut\b|sera|serait|à\b|doit\b|peut\b)(?P<noun>[^\W\d_][\w-]*)"
    r"(?!(?: \w+)? (?:de |du |des |d['’]|entre |pour ))"
    r"|\b(?:ce dernier|cette dernière|ces derni(?:er|ère)s|celui-ci|celle-ci|ceux-ci|celles-ci)\b"
    r"|\b(?:celui|celle|ceux|celles)-là\b",
    re.IGNORECASE,
)
_IT = re.compile(
    r"\b(?P<object>(?:cela|ça)(?=\W*$| (?:comment|combien|quand|où|à|en|pourquoi)\b))|\b(?:cela"
    r"|ça)\b"
    r"|(?P<be>\bc['’](?:est|était)\b|\bce (?:sera|serait|fut)\b)",
    re.IGNORECASE,
)
_THERE = re.compile(
    r"\b(?:qu['’]|n['’]|qui |(?<!-)ils? |(?<!-)elles? |(?<!-)on |tu |vous "
    r"|y )en (?=[^\W\d_]+\b)(?!\s*(?:\d"
    r"|vigueur|janvier|f[eé]vrier|mars|avril"
    r"|mai|juin|juillet|ao[uû]t|septembre|octobre|novembre|d[eé]cembre))"
    r"|\bs'en (?!v[ao]|all|ir|est\b|pren|prit|pris|sor|tir|tien|f)"
    r"|(?<!s')\ben (?!arriv)[^\W\d_]+-(?:t-)?(?:ils?|elles?|on)\b"
    r"|\b(?:contre|avec|sans|dessus|dedans)(?=[\s?!.]*$)|\bqui y a(?!-)\b|\b(?:comment|où"
    r"|pourquoi|pour|-on|-il|-je|faut|peut|peux|doit|va|vais) en"
    r" [^\W\d_]+(?:er|ir|re)\b|\bl'(?:avoir|être) [^\W\d_]+[éius]\b|(?<!s')\by (?!a(?:v\w+"
    r"|ura\w*)?\b|a-|eu\b|compris|en a)[^\W\d_]{2,}",
    re.IGNORECASE,
)
# A noun that a turn uses for what the one before named.
_CLASS = re.compile(
    r"\b(?P<determiner>l['’]|la |le |cette |cet |ce )(?P<noun>entreprise|société|groupe|startup"
    r"|start-up|laboratoire|firme|boîte"
    r"|compagnie|organisation|association)\b(?! (?:de |du |des |d['’]|la |qui |que "
    r"|(?-i:[a-z]{0,2}[A-Z])))",
    re.IGNORECASE,
)
# Words that tie a question to the whole of what came before it, those of them that mean nothing
# without it, and words that tie a question that names nothing.
_TIES = re.compile(
    r"\b(?:auparavant|ensuite|(?:avant|apr[eè]s) [cç]a|en [eé]change|[aà] la place|non plus"
    r"|jusque-l[aà]"
    r"|(?<!comme )(?:avant|apr[eè]s)(?=[\s?!.]*$))"
    r"(?![\w-])(?! (?:(?:de|du|des|l[ae]s?|que|une?|ses?)\b|[dl]['’]|qu['’]))",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Edit:
    start: int
    end: int
    new: str


# « Elle, elle habite où ? », « Pourquoi il est parti, lui ? »: said twice.
_DOUBLED = re.compile(
    r"^(?:lui|elles?|eux), (?=(?:ils?|elles?)\b)|,? (?:lui|elles?|eux)(?=, (?:ils?|elles?)\b)"
    r"|(?<=\w), (?:lui|elles?|eux)(?=[\s?!.]*$)",
    re.IGNORECASE,
)
_MOST_NAMES = 3
# What tells ``choose`` that a company is wanted.
_COMPANY = "siege social"


def resolve_pronouns(rest: str, asked: str, turn: Turn, tied: bool) -> str:
    """Replace what points back; add the names of the turn before where that is not enough.

    Parameters
    ----------
    rest
        The question without the « et » that may open it.
    asked
        The same, as it came: returned where nothing points back.
    turn
        The turn before.
    tied
        Whether an « et » or the like ties the question to it.
    """
    rest = _DOUBLED.sub("", rest)
    edits, missing = _find_edits(rest, turn, tied)
    if missing == "perhaps" and not tied and not edits and _stands_by_itself(rest, turn):
        missing = ""
    if not edits and not missing:
        return _lean(rest, asked, turn, tied)
    text = rest
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end), reverse=True):
        text = text[: edit.start] + edit.new + text[edit.end :]
    text = capitalize(elide(text))
    asked_for = {mention.text for mention in find_asked(turn)}
    brought = [m.text for m in find_told(turn) if m.text not in asked_for]
    told = any(text in edit.new for text in brought for edit in edits)
    if missing or told or _TIES.search(rest):
        return add_gloss(text, tell_exchange(turn))
    others = [] if find_names(rest) else _other_names(text, turn)
    return add_gloss(text, ", ".join(others))


def _stands_by_itself(rest: str, turn: Turn) -> bool:
    """Whether a question has a subject in spite of a pronoun that nothing is found for.

    It names what the turn before does not, or « ils » are people in a place that it names.
    """
    names = find_names(rest)
    known = fold(f"{turn.question} {turn.answer}")
    people = re.match(r"(?:pourquoi |comment |quand |où )?ils\b", rest, re.IGNORECASE)
    return bool(names and people) or any(fold(name.text) not in known for name in names)


def _lean(rest: str, asked: str, turn: Turn, tied: bool) -> str:
    """Complete a question without a pronoun that still leans on the turn before."""
    strongly = bool(_TIES.search(rest)) and len(find_mentions(rest)) < 2
    names = find_names(rest)
    bare = bool(_BARE.fullmatch(rest))
    if not strongly and (names or not (tied or bare)):
        return asked if rest == asked.strip() else capitalize(rest)
    others = _other_names(rest, turn)
    gloss = ", ".join(others) if others and not strongly and not tied else tell_gist(turn)
    return add_gloss(capitalize(rest), gloss)


def _find_edits(rest: str, turn: Turn, tied: bool) -> tuple[list[_Edit], str]:
    """Find the changes that make a question stand alone, and what they leave unsaid."""
    masked = _IMPERSONAL.sub(lambda match: "·" * len(match.group()), rest.replace("’", "'"))
    mentions = find_mentions(masked)
    found = [_edit_inversion(rest, m, mentions, turn) for m in INVERSION.finditer(masked)]
    found += _edit_free_pronouns(rest, masked, mentions, turn)
    found += [_edit_object(rest, m, mentions, turn) for m in _OBJECT.finditer(masked)]
    found += [_edit_possessive(rest, m, mentions, turn, tied) for m in _POSSESSIVE.finditer(masked)]
    found += [_edit_class(rest, m, mentions, turn, tied) for m in _CLASS.finditer(masked)]
    edits = [edit for some, _ in found for edit in some]
    missing = next((left for _, left in found if left), "")
    # « Et sans la taxe, ça ferait combien ? »: not the tax.
    aside = re.match(rf"(?:{PREPOSITIONS})[^,]*,", masked, re.IGNORECASE) if tied else None
    spoken_of = [m for m in mentions if aside is None or m.start >= aside.end()]
    return edits, _find_vague(masked, spoken_of) or missing


def _edit_free_pronouns(
    rest: str, masked: str, mentions: list[Mention], turn: Turn
) -> list[tuple[list[_Edit], str]]:
    """« avec elle », « depuis quand elle existe »: pronouns that stand by themselves."""
    after = list(PRONOUN_AFTER.finditer(masked))
    taken = {match.start("pronoun") for match in after}
    alone = [m for m in _SUBJECT.finditer(masked) if m.start("pronoun") not in taken]
    if _THE_OTHER.search(masked):
        return [([], "perhaps")]
    return [
        _put(match, "pronoun", wanted, turn)
        for match in [*after, *alone]
        if not _is_bound(
            mentions, match.start(), wanted := want(match["pronoun"], rest, subject=True)
        )
        and not _is_announced(masked[: match.start()])
    ]


# « Elle est partie pourquoi, l’autre ? », « Dans quel cas choisir le premier ? »
_THE_OTHER = re.compile(
    r"(?:, (?:l'autre|les autres)|\bde l'une? à l'autre"
    r"|\b(?:le|la|les) (?:premi[eè]re?s?|seconde?s?|derni[eè]re?s?|deux))(?=[\s?!.]*$)",
    re.IGNORECASE,
)


def _edit_class(
    rest: str, match: re.Match[str], mentions: list[Mention], turn: Turn, tied: bool
) -> tuple[list[_Edit], str]:
    """« l’entreprise », where the turn before named it."""
    subject = INVERSION.match(rest[match.end() :].lstrip())
    told = tied or match["determiner"].lower().startswith("c") or subject
    if not told or any(m.start < match.start() and m.named for m in mentions):
        return [], ""
    owner = choose(Wanted("", False, True, _COMPANY), turn)
    if owner is None or not owner.named:
        return [], "perhaps"
    return [_Edit(match.start(), match.end(), owner.text)], ""


def _find_vague(masked: str, mentions: list[Mention]) -> str:
    """Say whether « ça », « en » or « ce projet » leave something unsaid: surely, perhaps, no."""
    if any(not _announces(match, masked, mentions) for match in _IT.finditer(masked)):
        return "perhaps"
    if any(not _is_self_contained_this(match, masked) for match in _THIS.finditer(masked)):
        return "perhaps"
    there = _THERE.search(masked)
    told = there and (
        any(m.start < there.start() and not m.subject for m in mentions)
        or re.search(r", (?:de |d'|du |des )", masked[there.end() :])
    )
    return "surely" if there and not told else ""


def _announces(match: re.Match[str], masked: str, mentions: list[Mention]) -> bool:
    """Whether « ça », « c’est » stand for words of their question: « C’est cher, un vélo ? »."""
    if any(m.start < match.start() for m in mentions) or _AHEAD.search(masked, match.end()):
        return True
    if match["object"] is None:
        lead = OPENING.sub("", masked[: match.start()])
        if content_words(lead) and not re.match(rf"\W*(?:{PREPOSITIONS})", lead, re.IGNORECASE):
            return True
    after = any(m.start > match.start() and not m.depth for m in mentions)
    return after and match["be"] is not None


# « Ça coûte combien d’envoyer un colis ? », « C’est vrai que le tram est gratuit ? », « Ça dure
# combien de temps, une audience ? »
_AHEAD = re.compile(
    r"(?<!\bplus )(?<!\bmoins )\b(?:que\b|qui(?= \w)|qu')|\bd(?:e |')(?:s'|se |l[ae]s? "
    r"|l')?[^\W\d_]+(?:er|ir|oir|re)\b"
    r"|(?:,|\b(?:combien(?: de \w+)?|quoi|qui|où|quand|comment)) (?:(?:une?|l[ae]s?|des|du|au|aux"
    r"|les"
    r"|mon|ma|mes|votre|notre|ce|cette) |l')",
    re.IGNORECASE,
)


def _is_self_contained_this(match: re.Match[str], masked: str) -> bool:
    """Whether « ce projet » stands for something said before it in the same question."""
    if _CLASS.match(masked, match.start()):
        return True
    return any(m.end <= match.start() for m in find_mentions(masked))


def want(pronoun: str, context: str, subject: bool) -> Wanted:
    """Say what a pronoun tells of the words it stands for."""
    plain = pronoun.lower().strip(" '’")
    gender = {"il": "m", "elle": "f", "elles": "f", "le": "m", "la": "f", "eux": ""}.get(plain, "")
    plural: bool | None = plain in ("ils", "elles", "eux", "les", "leur", "leurs")
    return Wanted(gender, plural, subject, context)


def _is_bound(
    mentions: list[Mention], position: int, wanted: Wanted, free_only: bool = False
) -> bool:
    """Whether a pronoun stands for words of its own question, said before it or set apart after."""
    return any(
        (mention.end <= position or _is_set_apart(mention, position, wanted.context, mentions))
        and not (free_only and mention.depth)
        and not (mention.gender and wanted.gender and mention.gender != wanted.gender)
        and (
            wanted.plural is None
            or mention.plural in (None, wanted.plural)
            or (wanted.plural and mention.named)
        )
        for mention in mentions
    )


# « Elle coûte combien, la piscine ? », « il est où le marché ? »: what the pronoun announces.
_SET_APART = re.compile(
    r"(?:,|\b(?:combien|quoi|qui|où|quand|comment|pourquoi)(?: (?:finalement|au juste"
    r"|maintenant))?)"
    r"\s*$",
    re.IGNORECASE,
)


def _is_announced(lead: str) -> bool:
    """Whether a noun without a mark stands before a pronoun: « lucarne ils embauchent ? »."""
    words = OPENING.sub("", re.split(r"[,;:.(]", lead.rstrip(" ,"))[-1]).split()
    return (
        bool(words)
        and not re.match(rf"(?:{PREPOSITIONS})|a ", f"{words[0]} ", re.IGNORECASE)
        and bool(content_words(words[-1]))
        and not re.search(r"ment$|^(?:maintenant|alors|ensuite|encore)$", words[-1], re.IGNORECASE)
    )


def _is_set_apart(
    mention: Mention, position: int, question: str, mentions: Sequence[Mention]
) -> bool:
    after = mention.start > position and not mention.depth
    beside = any(question[m.end : mention.start] == " " for m in mentions)
    return after and (beside or bool(_SET_APART.search(question[: mention.start])))


def _put(match: re.Match[str], group: str, wanted: Wanted, turn: Turn) -> tuple[list[_Edit], str]:
    chosen = choose(wanted, turn)
    if chosen is None:
        return [], "perhaps"
    return [_Edit(match.start(group), match.end(group), chosen.text)], ""


def _edit_inversion(
    rest: str, match: re.Match[str], mentions: list[Mention], turn: Turn
) -> tuple[list[_Edit], str]:
    """« Combien l’a-t-il vendue ? »: name the subject before the verb, the object after it."""
    edits: list[_Edit] = []
    missing = ""
    wanted = want(match["pronoun"], rest, subject=True)
    lead = rest[: match.start()]
    clitic = re.search(r"\b(les? |la |l['’]|lui |leur )", match["clitics"], re.IGNORECASE)
    participle = re.match(
        r"(?: (?:pas|déjà|jamais|aussi))?( [^\W\d_]+(?:ée?s?|ies?|i|is|ise|ue?s?|it|ite|ert|eint"
        r"|aint))\b",
        rest[match.end() :],
    )
    auxiliary = re.fullmatch(
        r"(?:a|ont|avai(?:en)?t|aur\w+|est|sont|étai(?:en)?t)", match["verb"], re.I
    )
    end = match.end() + (participle.end() if participle and auxiliary else 0)
    if _has_room(lead) and not _is_bound(mentions, match.start(), wanted, free_only=True):
        chosen = choose(wanted, turn)
        if chosen is None:
            missing = "perhaps"
        elif re.fullmatch(r"(?:qu['’]|que )", lead, re.I):
            # « Que Microsoft a-t-il obtenu » is no French: « Qu’a obtenu Microsoft ».
            edits.append(_Edit(match.end("verb"), match.end(), ""))
            edits.append(_Edit(end, end, f" {chosen.text}"))
        else:
            first = match.start() == 0
            edits.append(
                _Edit(0, 1, f"{chosen.text} {rest[0].lower()}")
                if first
                else _Edit(match.start(), match.start(), f"{chosen.text} ")
            )
    if clitic:
        target = _object_wanted(clitic[1], participle[1] if participle and auxiliary else "", rest)
        chosen = choose(target, turn)
        taken = chosen and any(chosen.text in edit.new for edit in edits)
        if chosen is None or taken:
            return edits, missing or "perhaps"
        begin = match.start() + clitic.start()
        edits.append(_Edit(begin, begin + len(clitic[1]), ""))
        edits += _place_object(
            rest, clitic[1], chosen, end, participle if auxiliary else None, match.end()
        )
    return edits, missing


def _has_room(lead: str) -> bool:
    """Whether no subject stands before an inverted verb: « combien de lits de réanimation ».

    What follows the question word and is no complement of it is the subject, known or not.
    """
    lead = lead.rsplit(",", 1)[-1].strip()
    opening = OPENING.match(lead)
    if not lead or lead.lower() in ("que", "qu'", "qu’"):
        return True
    if opening is None:
        return False
    rest = lead[opening.end() :]
    if re.fullmatch(r"(?:pourquoi|comment|quand|où)", opening["phrase"], re.IGNORECASE):
        return not rest.strip()
    complement = (
        r"\s+(?:de la |de l['’]|du |des |de |d['’]|à |au |en |dans |par |pour |sur |chez )"
        r"(?:la |le |les |l['’])?[\w-]+"
    )
    return bool(re.fullmatch(rf"(?:{complement})*\s*", rest))


def _object_wanted(clitic: str, participle: str, context: str) -> Wanted:
    """Say what an object pronoun wants; the participle tells the gender of « l’ »."""
    wanted = want(clitic, context, subject=clitic.strip().lower() in ("lui", "leur"))
    if clitic.lower().startswith(("l'", "l’")) and participle:
        return Wanted("f" if participle.endswith("e") else "", False, False, context)
    return wanted


def _place_object(
    rest: str, clitic: str, chosen: Mention, end: int, participle: re.Match[str] | None, after: int
) -> list[_Edit]:
    """Write the object after its verb; the participle no longer agrees with it."""
    dative = "à " if clitic.strip().lower() in ("lui", "leur") else ""
    edits = [_Edit(end, end, f" {dative}{chosen.text}")]
    if participle and not dative:
        bare = re.sub(r"(?<=[éiuts])e?s?$", "", participle[1])
        edits.append(_Edit(after + participle.start(1), after + participle.end(1), bare))
    return edits


def _edit_object(
    rest: str, match: re.Match[str], mentions: list[Mention], turn: Turn
) -> tuple[list[_Edit], str]:
    """« Qui la dirige ? », « Comment le renouveler ? »: name the object after its verb."""
    if re.search(r"[ -](?:t-)?(?:ils?|elles?)\b", rest[match.end("verb") :]) and re.search(
        r"\bqui $", rest[: match.start("pronoun")], re.IGNORECASE
    ):
        # « Avec qui la France intervient-elle ? »: an article after all.
        return [], ""
    clitic, after = match["pronoun"], match.end()
    if _is_bound_object(mentions, rest, match.start("pronoun"), clitic):
        return [], ""
    participle = None
    if re.fullmatch(r"(?:a|ont|avai(?:en)?t|aur\w+|est|sont)", match["verb"], re.I):
        participle = re.match(r"( [^\W\d_]+)\b", rest[after:])
    wanted = _object_wanted(clitic, participle[1] if participle else "", rest)
    chosen = choose(wanted, turn)
    said = clitic[0] in "lL" and _OF_FACT.match(rest, match.start("verb"))
    if chosen is None or said or re.search(r"\bne\b|\bn['’]", rest):
        return [], "perhaps"
    end = after + (participle.end() if participle else 0)
    edits = [_Edit(match.start("pronoun"), match.end("pronoun"), "")]
    return edits + _place_object(rest, clitic, chosen, end, participle, after), ""


# Verbs whose « l’ » stands for a whole clause: « Qui l’a décidé ? ».
_OF_FACT = re.compile(
    r"(?:(?:a|ont|avait|aurait) )?(?:expliqu|justifi|décid|annonc|affirm|prouv|confirm|dit\b"
    r"|dire\b|sait\b|savoir\b|su\b)",
    re.IGNORECASE,
)


def _is_bound_object(mentions: list[Mention], rest: str, position: int, clitic: str) -> bool:
    """Whether an object pronoun stands for words of its own question.

    Of its own clause only for what is no subject: « Pourquoi la vipère siffle-t-elle lorsqu’on la
    surprend ? ».
    """
    dative = clitic.strip().lower() in ("lui", "leur")
    apart = r", (?:à |aux? )" if dative else r", "
    return any(
        (not m.subject or _CLAUSE.search(rest[m.end : position]))
        if m.end <= position
        else bool(re.search(rf"{apart}$", rest[: m.start], re.IGNORECASE))
        for m in mentions
    )


# What opens a clause within a question.
_CLAUSE = re.compile(
    r"\b(?:qui|que|dont|où|on|quand|lorsqu|si|pour|sans|avant de)\b|\bqu['’]", re.I
)


def _edit_possessive(
    rest: str, match: re.Match[str], mentions: list[Mention], turn: Turn, tied: bool
) -> tuple[list[_Edit], str]:
    """« sa place » gives « la place de Sam Altman », unless its owner is in the question."""
    word = match["word"].lower()
    if word.startswith("leur") and not word.endswith("s") and _OBJECT.search(rest[: match.end()]):
        return [], ""
    before = rest[: match.start()]
    if re.search(r"\b(?:ils?|elles?|lui|on|soi)\b|\bqui l['’]", before, re.IGNORECASE):
        # « Quand a-t-il vendu ses parts ? »: theirs.
        return [], ""
    if re.search(r"\b\w+(?:er|ir|oir|dre|tre|ire|vre)\b", before) or re.match(
        r"quel(?:le)?s? (?!est |sont |était |fut )\w+ (?!\w*-)", before, re.IGNORECASE
    ):
        # « Comment payer son loyer ? » is everybody's, « quelle ville garde son nom » its own.
        return [], ""
    if not tied and re.match(r"qui (?!est |sont |était |fut |a pris )", rest, re.IGNORECASE):
        # « Qui abandonne ses principes ? »: one's own.
        return [], ""
    own = [m for m in mentions if not m.start <= match.start() < m.end]
    owned = any((m.end <= match.start()) or (not m.depth and m.named) for m in own)
    if owned:
        return [], ""
    wanted = Wanted("", word.startswith("leur"), True, rest)
    chosen = choose(wanted, turn)
    whole = next((m for m in mentions if m.start == match.start("word")), None)
    if chosen is None or whole is None or word == "leur":
        return [], "perhaps"
    article = whole.text.split(" ")[0] if "'" not in whole.text.split(" ")[0] else "l'"
    start, end = match.start("word"), whole.end
    noun = rest[match.start("noun") : whole.end]
    article = definite(
        noun, "p" if word in ("ses", "leurs") else "f" if word == "sa" else whole.gender
    )
    return [_Edit(start, end, f"{article}{noun} de {chosen.text}")], ""


# « Quel est le montant ? », « Que dit le préfet ? », « Y a-t-il des blessés ? », « Qui paie ? »,
# « Quels papiers faut-il ? », « Que faire ? »: parts without their whole.
_BARE = re.compile(
    r"(?:(?:(?:qui|quel(?:le)?s?) (?:est|sont|était|étaient|fut|sera)"
    r"|que (?:dit|disent|pense(?:nt)?|fait|font|répond(?:ent)?|devien(?:nen)?t)) (?:l[ea]s? |l['’])"
    r"(?:(?:premi|deuxi|trois|second|dern|princip|autre)\w* )?[\w-]+"
    r"|(?:est-ce qu['’])?(?:(?:il )?y (?:a|aura|avait)(?:-t-il)?(?: eu)?|exist(?:e"
    r"|ait)-t-il) (?:combien )?"
    r"(?:(?:une?|des|de) |d['’])[\w-]+(?: (?:en|à) (?:l['’])?[\w-]+)?"
    r"|qui (?:(?:va|vont|doit|peut|a|ont) )?(?!suis|es\b)[^\W\d_]+|(?:que|comment|quoi) faire"
    r"|quel(?:le)?s? \w+ (?:faut-il|dois-je|doit-on|(?:il )?faut))[\s?!.]*",
    re.IGNORECASE,
)


def _other_names(text: str, turn: Turn) -> list[str]:
    """List the names of the turn before that a completed question lacks."""
    names = find_names(turn.question) or known_names(turn)
    plain = fold(text)
    found = dict.fromkeys(name.text for name in names if fold(name.text) not in plain)
    return list(found)[:_MOST_NAMES]
