"""Completes a follow-up from the turn before: « Et Google ? », « Pourquoi ? », « Et en août ? ».

Knows nothing about articles or models.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import replace

from rag.antecedents import (
    NAME,
    Mention,
    Wanted,
    choose,
    definite,
    find_mentions,
    find_names,
    follows_preposition,
    known_names,
)
from rag.french import WRITTEN_MONTHS, find_answer_type, fold
from rag.pronouns import PRONOUN_AFTER, resolve_pronouns, want
from rag.typed import capitalize
from rag.types import Turn
from rag.wording import (
    BEFORE,
    INTERROGATIVE,
    INVERSION,
    OPENING,
    PREPOSITIONS,
    add_gloss,
    content_words,
    elide,
    tell_gist,
)

AND = re.compile(
    r"^\s*(?:(?:merci(?: beaucoup| bien)?|super|parfait|d['’]accord|très bien|ok),? (?=(?:et"
    r"|mais)\b))?"
    r"(?:(?:non(?=,)|et|mais|sinon|alors|ok|donc|puis|du coup|ah)\b[\s,:]*)+"
    r"(?:(?:sinon|alors|donc|maintenant|du coup)\b[\s,:]*)?",
    re.IGNORECASE,
)
# « Qu’en est-il de Google ? », « même question pour Google », « quid de Google ».
_SAME = re.compile(
    r"^(?:(?:qu['’]en est-il|quid|et pour ce qui est) (?=de\b|du\b|des\b|d['’])"
    r"|c['’]est (?:pareil|la même chose|le cas)\b *|(?:la )?même (?:question|chose)"
    r"(?: avec| pour)?\s*|idem (?:pour |avec )?|pareil (?:pour |avec )?)(?:d['’]|de (?=[A-Zl])"
    r"|pour |avec )?",
    re.IGNORECASE,
)
# « C’est quoi la solution du coup ? »
_SO = re.compile(r"\b(?:du coup|dans ce cas)[\s?!.]*$", re.IGNORECASE)
# What turns to something else: « Et sinon, comment résilier un abonnement ? ».
_OPENS_ANEW = re.compile(
    r"et (?:toi|vous),? (?=(?:tu|vous)\b)|(?:(?:et|mais|ok|bon)\b[\s,]*)?(?:sinon|au fait"
    r"|à propos|autre (?:chose|question)|rien à voir|changeons de sujet)\b[\s,:.!]*(?:mais )?",
    re.IGNORECASE,
)
# « Lequel est le moins cher ? » needs the two; « lequel des deux vélos », « A ou B » names them.
_WHICH_ONE = re.compile(
    rf"(?:c['’]est )?{BEFORE}(?:lequel|laquelle|lesquel(?:le)?s) (?!(?:de|des|du)\b"
    rf"|d['’])(?=\w)(?!.*(?:,|\b(?:ou|parmi|entre)\b))",
    re.IGNORECASE,
)
_MONTH = rf"(?:{'|'.join(WRITTEN_MONTHS)})"
_DAY = "lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|week-end|matin|soir"
_WHEN = re.compile(
    rf"(?:{BEFORE}\s*(?:le |la |l['’])?(?:\d{{1,2}}(?:er)? |mois de |début |fin |premier "
    rf"|deuxième |troisième |quatrième |trimestre |semestre )*"
    rf"(?:(?:{_DAY})(?: matin| soir)?|{_MONTH}(?: \d{{4}})?|\d{{4}}|(?:trimestre"
    rf"|semestre)(?: \d{{4}})?)(?!\w))",
    re.IGNORECASE,
)
_SOME = r"(?:un|une|deux|trois|quatre|cinq|six|dix|quelques|\d+)"
_LATER = (
    rf"(?:il y a {_SOME} \w+|{_SOME} (?:jours?|semaines?|mois|ans?|années?) "
    r"(?:plus tard|après|avant|plus tôt)|aujourd['’]hui|maintenant|actuellement|hier|demain"
    r"|l['’]année (?:suivante|d['’](?:après|avant)|précédente)|l['’]an(?:née)? (?:derni|pass"
    r"|proch)\w+"
    r"|(?:le mois|la semaine) (?:derni|pass|proch)\w+|avant|après|ensuite|auparavant)"
)
_OWNER = rf"(?:\bde |\bdu |\bd['’]){NAME}"
_FRAGMENT_WORDS = 12


def complete_question(asked: str, turn: Turn, coordinated: bool) -> str:
    """Complete one question from the turn before."""
    rest = AND.sub("", asked)
    same = _SAME.sub("", rest)
    tied = coordinated or same != asked or bool(_SO.search(same))
    rest = same
    if opened := _OPENS_ANEW.match(asked):
        rest, tied = asked[opened.end() :], False
    if of_another := _replace_owner(rest, turn.question):
        return of_another
    if _is_bare_why(rest):
        return add_gloss(capitalize(rest), tell_gist(turn))
    if _WHICH_ONE.match(one := _OF_TWO.sub("", rest)):
        return _name_choices(one, turn)
    opening = OPENING.match(rest)
    if opening and re.fullmatch(
        r"[\s,]*(?:ça|cela|exactement|au juste|pas|précisément|donc|environ|alors)?[\s?!.]*",
        rest[opening.end() :],
    ):
        return _ask_otherwise(opening["phrase"], turn)
    if not INTERROGATIVE.search(rest):
        return _complete_words(rest, asked, turn, tied)
    if not content_words(rest) and not POINTS.search(rest):
        return _ask_otherwise(rest.rstrip(" ?!."), turn)
    return resolve_pronouns(rest, asked, turn, tied)


def _complete_words(rest: str, asked: str, turn: Turn, tied: bool) -> str:
    """Complete words without a question word: « Et à Brest ? », « Elle habite loin ? »."""
    rest = _ALIKE.sub("", rest) if tied else rest
    if tied and _CONDITION.fullmatch(rest):
        return f"{turn.question.rstrip(' ?!.')} {rest.rstrip(' ?!.')} ?"
    if _CLAUSE.search(rest):
        return resolve_pronouns(rest, asked, turn, tied)
    if not _is_fragment(rest, tied):
        return asked
    moved = replace_part(rest.rstrip(" ?!."), turn)
    return capitalize(moved) if turn.question[0].isupper() else moved


# « Et pour un enfant, c’est pareil ? »: and for a child?
_ALIKE = re.compile(
    r",? c['’]est (?:aussi )?(?:pareil|la même chose|le cas)(?=[\s?!.]*$)", re.IGNORECASE
)
# « Et si on est abonné ? », with no question of its own after it.
_CONDITION = re.compile(
    r"(?:si |s['’]ils? )(?:(?!, ?(?:je|tu|il|elle|on|ça|c['’])).)+", re.IGNORECASE
)
# What has a subject of its own is no fragment: « Elle habite loin ? », « Et la tour, ça tient ? ».
_CLAUSE = re.compile(
    r"(?<![\w-])(?:[jc]['’]|(?:je|tu|ils?|on|ça|y a)(?![\w-]))"
    r"|(?:^|, |, et )(?:elles?|nous|vous)(?![\w-])(?!\s*$)",
    re.IGNORECASE,
)


def _is_bare_why(rest: str) -> bool:
    """Whether only a thing or a degree is asked of: « Pourquoi autant ? », « Pourquoi eux ? »."""
    why = _WHY.match(rest)
    if why is None:
        return False
    asked = rest[why.end() :].strip(" ?!.")
    whole = any(m.start == 3 and m.end == 3 + len(asked) for m in find_mentions(f"Où {asked}"))
    return whole or bool(_DEGREE.fullmatch(asked))


_WHY = re.compile(r"pourquoi (?:pas )?(?=\w)|comment ça,? (?=\w)", re.IGNORECASE)
_DEGREE = re.compile(
    r"(?:autant|tant|si peu|si \w+|aussi \w+|plus|moins|là|lui|elles?|eux|(?:deux|trois|quatre"
    r"|cinq|six|dix|\d+) \w+)",
    re.IGNORECASE,
)


def _is_fragment(rest: str, tied: bool) -> bool:
    """Whether words without a question word continue a question rather than search anew."""
    words = rest.rstrip(" ?!.").split()
    if tied:
        return 0 < len(words) <= _FRAGMENT_WORDS
    bare = rest.rstrip(" ?!.")
    placed = re.match(rf"(?:{PREPOSITIONS})", bare, re.IGNORECASE) and len(words) <= 4
    named = re.fullmatch(NAME, bare) and rest.endswith("?")
    thing = _determine(bare) in ("le", "les") and len(words) <= 2 and rest.endswith("?")
    own = re.match(r"(?:son|sa|ses) ", bare, re.IGNORECASE) and len(words) <= 4
    return bool(words) and bool(placed or named or thing or own)


# « Et celui contre la grippe ? » after « le vaccin contre le zona »
_THAT_OF = re.compile(
    rf"(?:d[eu]s? )?ce(?P<one>lui|lle|ux|lles) (?P<new>(?P<preposition>{PREPOSITIONS}) .+)",
    re.IGNORECASE,
)


def _replace_owner(rest: str, before: str) -> str:
    """« Et celui de Microsoft ? »: the thing asked about before, of another owner."""
    if of := _THAT_OF.fullmatch(rest.rstrip(" ?!.")):
        kind = r"l[ea] |l['’]|s?on " if of["one"] in ("lui", "lle") else "les |ses |leurs "
        owned = re.search(rf"\b(?:{kind})(?P<head>[\w-]+){_COMPLEMENT}", before, re.IGNORECASE)
        if owned and (renamed := _replace_head(f"le {owned['head']} {of['new']}", before)):
            return renamed
        return _replace_complement(of["new"], of["preposition"], Turn(before, ""))
    other = re.search(rf"\bce(?:lui|lle|ux|lles) (?P<new>{_OWNER})", rest)
    owners = list(re.finditer(_OWNER, before))
    if other is None or not owners or find_mentions(rest[: other.start()]):
        # « En quoi le barème diffère-t-il de celui de Google ? » compares what it names.
        return ""
    return before[: owners[-1].start()] + other["new"] + before[owners[-1].end() :]


def _name_choices(rest: str, turn: Turn) -> str:
    """« Lequel est le moins cher ? »: of the two things that the turn before compares."""
    for text in (turn.question, turn.answer):
        pair = _find_pair(text)
        if pair and (_determine(pair[0].text) == "les") == bool(_SEVERAL.search(rest)):
            both = " ou ".join(mention.text for mention in pair)
            return f"{capitalize(rest.rstrip(' ?!.'))}, {both} ?"
    return add_gloss(capitalize(rest), tell_gist(turn))


_SEVERAL = re.compile(r"\blesquel", re.IGNORECASE)


def _find_pair(text: str) -> tuple[Mention, Mention] | None:
    """Find the two things that a text compares or coordinates, whole."""
    found = find_mentions(text)
    tops = [m for m in found if not any(_holds(other, m) for other in found)]
    asked = text.endswith("?")
    for mentions in (tops, find_names(text)) if asked else (find_names(text, prose=True), tops):
        for first, second in itertools.pairwise(mentions):
            between = text[first.end : second.start]
            alike = _determine(first.text) == _determine(second.text)
            gap = alike and _AND_OR.fullmatch(between)
            gap = gap or (first.subject and _THAN.fullmatch(between))
            if gap:
                tail = _TAIL.match(text, second.end) or _MORE.match(text, second.end)
                end = tail.end() if tail else second.end
                return (
                    replace(first, text=f"{first.text}{gap['more']}"),
                    replace(
                        second, text=f"{second.text}{text[second.end : end]}".rstrip("."), end=end
                    ),
                )
    return None


def _holds(other: Mention, mention: Mention) -> bool:
    return other is not mention and other.start <= mention.start and mention.end <= other.end


_OF_TWO = re.compile(r"\s+des deux\b(?! [^\W\d_]+s\b)", re.IGNORECASE)
_MORE = re.compile(r"(?: (?:à|en|sans) [\w-]+)*")
_TAIL = re.compile(r"(?: [\w-]+){1,2}(?=\W*$)")
# « Le train est-il plus rapide que la voiture ? »
_THAN = re.compile(r"(?P<more>) .*\b(?:plus|moins|aussi)\b.* qu(?:e |['’])")
_AND_OR = re.compile(r"(?P<more>(?: [\w-]+){0,3}?),? (?:et|ou)(?: de| d['’]| à)? ?")
# Anything that could stand for words of the turn before.
POINTS = re.compile(
    r"\b(?:ils?|elles?|lui|leurs?|eux|cela|ça|son|sa|ses|y|en|cet|cette|ces)\b|\bc['’](?:est"
    r"|était)",
    re.IGNORECASE,
)


def _ask_otherwise(phrase: str, turn: Turn) -> str:
    """Ask the question before with another question word: « Pourquoi ? », « Depuis quand ? »."""
    before = re.sub(r"\s*\([^)]*\)", "", turn.question).strip()
    phrase = phrase.strip()
    opening = OPENING.search(before)
    # « En mars 2025, quelle part … »: what comes before the question word stays.
    lead = before[: opening.start()] if opening else ""
    if opening and (not lead or lead.rstrip().endswith(",")):
        rest = before[opening.end() :]
        which = re.fullmatch(r"combien d(?:e |['’])(\w+)", opening["phrase"], re.I)
        if which and re.match(r"les?quel|laquelle", phrase, re.I):
            which_ones = capitalize(re.sub(r"^l[ea]s?", "", phrase, flags=re.I))
            return f"{lead}{which_ones} {which[1]}{rest}"
        which_one = re.match(r"l(?:es?|a)quel|quoi", phrase, re.I) or (
            re.match("quel", phrase, re.I)
            and re.match("pourquoi|comment|quand|où", opening["phrase"], re.I)
        )
        if not which_one and (INVERSION.search(rest) or re.match(r"\s+est-ce qu", rest)):
            # An object goes with its question word; « combien » leaves a place to fill.
            return f"{lead}{capitalize(phrase) if not lead else phrase}{rest}"
    denied = bool(re.match(r"\W*non\b", turn.answer, re.I))
    why = bool(re.match("pourquoi", phrase, re.I))
    if not opening and (why or not denied) and _ASKS_WHETHER.search(before):
        named = not before.startswith("Est-ce") and find_names("Où " + before.split()[0])
        before = before if named else before[:1].lower() + before[1:]
        before = INVERSION.sub(_deny, before, count=1) if denied else before
        return f"{capitalize(phrase)} {before}"
    joined = f"{before.rstrip(' ?!.')}, et {phrase[:1].lower()}{phrase[1:]} ?"
    if find_answer_type(joined) == find_answer_type(phrase):
        return joined
    return add_gloss(f"{capitalize(phrase)} ?", tell_gist(turn))


_ASKS_WHETHER = re.compile(rf"{INVERSION.pattern}|^est-ce qu", re.IGNORECASE)


def _deny(match: re.Match[str]) -> str:
    """Put an inverted verb into the negative: « est-elle » gives « n’est-elle pas »."""
    verb = match.group()
    return elide(f"ne {verb}" if verb[0] not in "aeéiouyAEIOUYÉ" else f"n'{verb}") + " pas"


def is_time(words: str, whole: bool = True) -> bool:
    """Whether words tell a time, or hold one."""
    return bool((_WHEN.fullmatch if whole else _WHEN.search)(words))


def replace_part(new: str, turn: Turn) -> str:
    """Put the words of « Et … ? » where they belong in the question before."""
    before = turn.question
    new = re.sub(r",? (?:alors|donc|du coup|par exemple|aussi)$", "", new)
    if pronoun := PRONOUN_AFTER.fullmatch(new):
        chosen = choose(want(pronoun["pronoun"], new, subject=True), turn)
        if chosen:
            new = elide(f"{pronoun['before']} {chosen.text}")
            return f"{before.rstrip(' ?!.')} {new} ?"
    if own := re.fullmatch(r"(?P<word>son|sa|ses) (?P<noun>\S.*)", new, re.IGNORECASE):
        return _replace_own(own["word"].lower(), own["noun"], turn)
    return (
        _replace_moment(new, turn)
        or _replace_like(new, turn)
        or _replace_phrase(new, turn)
        or add_gloss(f"{capitalize(new)} ?", tell_gist(turn))
    )


def _replace_moment(new: str, turn: Turn) -> str:
    """« Et en août ? », « Et Google un mois plus tard ? »; "" for words that tell no time."""
    before = turn.question
    later = re.fullmatch(rf"(?P<who>.*?)\s*\b(?P<when>{_LATER})", new, re.IGNORECASE)
    if later:
        moved = replace_part(later["who"], turn) if later["who"] else before
        time = list(_WHEN.finditer(moved))
        absolute = re.match("aujourd|maintenant|actuel|hier|demain|il y a", later["when"], re.I)
        cut = (
            moved[: time[-1].start()].rstrip() + moved[time[-1].end() :]
            if time and absolute
            else moved
        )
        return f"{cut.rstrip(' ?!.')} {later['when']} ?"
    if _WHEN.fullmatch(new):
        return _replace_time(new, before)
    timed = re.fullmatch(rf"(?P<who>\S.*?)\s+(?P<when>{_WHEN.pattern})", new, re.IGNORECASE)
    if timed:
        return replace_part(timed["when"], Turn(replace_part(timed["who"], turn), turn.answer))
    return ""


def _replace_like(new: str, turn: Turn) -> str:
    """« Et en anglais ? », « Et moins cher ? », « Et le prix de revient ? »: another of a kind."""
    before = turn.question
    same = re.search(r"\ben [a-zà-ÿ]+(?=\W*$)", before)
    if same and re.fullmatch(r"en [a-zà-ÿ]+", new):
        # « existent en breton », « et en anglais ? »
        return before[: same.start()] + new + before[same.end() :]
    counted = re.match(r"combien d(?:e |['’])[\w-]+", before, re.IGNORECASE)
    if counted and re.match(r"d(?:e |['’])[^\W\d_][\w-]*$", new) and not find_names("Et " + new):
        # « Et de médecins ? » after « Combien de lits … ? »
        return f"{before[:8]}{new}{before[counted.end() :]}"
    degree = re.search(_MORE_OR_LESS, before, re.IGNORECASE)
    if degree and re.fullmatch(_MORE_OR_LESS, new, re.IGNORECASE):
        return before[: degree.start()] + new + before[degree.end() :]
    return _replace_head(new, before)


def _replace_phrase(new: str, turn: Turn) -> str:
    """« Et à Brest ? », « Et la piscine ? »; "" where nothing of the question is of their kind."""
    before = turn.question
    if re.search(rf"^{_MORE_OR_LESS}$|^d['’]autres? |, ", new, re.IGNORECASE):
        return ""
    preposition = re.match(rf"({PREPOSITIONS})\s*", new, re.IGNORECASE)
    if preposition:
        return _replace_complement(new, preposition[1].strip(), turn)
    place = _find_place(new, turn)
    if place is None:
        return ""
    kept = re.match(r"(?:d(?=['’]une? )|du |des )", before[place.start :])
    link = "de " if kept and (place.depth or kept.group() == "du ") else ""
    text = elide(before[: place.start] + link + new + before[place.end :])
    # « la ville de Brest » gave way to « la métropole », which is that of Brest.
    gone = before[place.start : place.end]
    head, other = (re.sub(_ARTICLE, "", told.lower()).split(" ")[0] for told in (new, place.text))
    alone = head == other or find_names("Et " + new) or re.fullmatch(rf"{_ARTICLE}{NAME}", gone)
    lost = [] if alone else find_names(gone)
    return add_gloss(text, ", ".join(name.text for name in lost))


_MORE_OR_LESS = r"\b(?:plus|moins|aussi) [\w-]+"
_COMPLEMENT = rf"(?: (?:de la |de l['’]|du |des |de |d['’]|à |en )[\w-]+(?-i: {NAME})?)"
_HEAD = re.compile(
    rf"(?:l['’]|l[ae]s? |une? |des )(?P<head>[^\W\d_]+)(?P<tail>{_COMPLEMENT}+)", re.IGNORECASE
)


def _replace_head(new: str, before: str) -> str:
    """« Le prix de revient » after « le prix de vente du miel »: another of the same noun."""
    told = _HEAD.fullmatch(new)
    if told is None:
        return ""
    # « le prix de revient » leaves « du miel »; « le prix du miel » leaves « de vente ».
    bare = r" (?:de (?!la |l['’])|d['’])(?-i:[a-zà-ÿ])[\w-]*"
    alone = re.fullmatch(bare, told["tail"])
    old = re.search(
        rf"\b{told['head']}{'' if alone else f'(?:{bare})?'}"
        rf"(?P<tail>{bare if alone else f'{_COMPLEMENT}+'})(?![\w-])",
        before,
        re.IGNORECASE,
    )
    if old is None:
        return ""
    text = before[: old.start("tail")] + told["tail"] + before[old.end() :]
    lost = [] if alone or find_names("Et " + new) else find_names("Le" + old["tail"])
    return add_gloss(text, ", ".join(name.text for name in lost))


def _replace_own(word: str, noun: str, turn: Turn) -> str:
    """« Et sa superficie ? » after « la population de Lyon »: that of Lyon."""
    owner = choose(Wanted("", False, True, noun), turn)
    if owner is None:
        return add_gloss(f"{capitalize(word)} {noun} ?", tell_gist(turn))
    article = definite(noun, {"sa": "f", "ses": "p"}.get(word, "m"))
    phrase = elide(f"{article}{noun} de {owner.text}")
    opening = re.match(r"quel(?:le)?s? (?:est|sont|était) ", turn.question, re.IGNORECASE)
    if opening is None and not OPENING.match(turn.question) and owner.subject and owner.end:
        # « Le maire a-t-il démissionné ? Et son adjoint ? »
        return f"{capitalize(phrase)}{turn.question[owner.end :]}"
    return f"{opening.group()}{phrase} ?" if opening else f"{capitalize(phrase)} ?"


def _replace_time(new: str, before: str) -> str:
    times = list(_WHEN.finditer(before))
    if not times:
        return f"{before.rstrip(' ?!.')} {new} ?"
    old = times[-1]
    begin = old.end() - len(old.group().lstrip())
    year = re.search(r"\d{4}", old.group())
    if year and not re.search(r"\d{4}", new):
        # « Et en août ? »: of the same year.
        new = f"{new} {year.group()}"
    if led := re.match(BEFORE, old.group().lstrip()) if re.fullmatch(r"\d{4}", new) else None:
        # « Pardon, 2022 » after « en 2023 ».
        new = f"{led.group()}{new}"
    if begin == 0:
        new = capitalize(new)
    return before[:begin] + new + before[old.end() :]


def _read_preposition(preposition: str) -> tuple[str, str]:
    """Return a preposition without its article, and the pattern of those that stand for it."""
    kind = {"du": "de", "des": "de", "d'": "de", "d’": "de", "au": "à", "aux": "à"}
    family = kind.get(preposition, preposition)
    # What is « dans » one company is « chez » another.
    return family, {
        "chez": r"(?:chez|dans) ",
        "dans": r"(?:dans|chez) ",
        "de": r"de la |de l['’]|de |du |des |d['’]",
        "à": r"à la |à l['’]|à |au |aux ",
    }.get(family, rf"{re.escape(family)} (?:la |le |les |l['’])?")


def _replace_complement(new: str, preposition: str, turn: Turn) -> str:
    """« Et chez Google ? » takes the place of the words after the same preposition."""
    before = turn.question
    family, alike = _read_preposition(preposition.lower())
    name = NAME if family != "entre" else rf".+? et {_ARTICLE}?[\w-]+"
    found = list(re.finditer(rf"(?<![\w])(?:{alike})(?:{name})", before))
    if found:
        if family in ("chez", "dans") and find_names("Et " + new):
            new = found[-1].group().split(" ")[0] + new[len(preposition) :]
        return before[: found[-1].start()] + new + before[found[-1].end() :]
    for mention in reversed(find_mentions(before)):
        led = re.search(rf"(?<![\w])(?:{alike})$", before[: mention.start])
        contracted = re.match(alike, before[mention.start :])
        if led or (contracted and family in ("de", "à") and before[mention.start] in "dDaA"):
            start = led.start() if led else mention.start
            return before[:start] + new + before[mention.end :]
    named = find_names(before)
    if len(named) == 1 and find_names("Et " + new) and family in ("à", "en", "dans", "chez"):
        led = re.search(r"(?:\bde |\bdu |\bd['’]|\bà |\ben )$", before[: named[0].start])
        if led:
            # « le maire de Brest », « et à Quimper ? »
            return before[: led.start()] + new + before[named[0].end :]
    if family == "pour" and find_names("Et " + new):
        # « Et pour Google ? » names the subject as often as a purpose.
        return replace_part(new[len(preposition) :].strip(), turn)
    if family == "pour" and re.search(r"\bpour \w+(?:er|ir|re)\b", before):
        return ""
    return f"{before.rstrip(' ?!.')} {new} ?"


def _is_adverbial(text: str, position: int) -> bool:
    """Whether words tell a circumstance: « après la panne », and not « de la panne »."""
    near = re.search(r"(?:\bde |\b[dD]['’])$", text[:position])
    led = follows_preposition(text, position) or re.match(r"aux? ", text[position:], re.IGNORECASE)
    return bool(led) and not near


_ARTICLE = r"(?:l[ea]s? |l['’]|une? |des |d['’]une? |du |aux? )"


def _determine(phrase: str) -> str:
    """Name the determiner of a phrase by one of its kind: only such a phrase takes its place."""
    plain = phrase.lower()
    if re.match(r"(?:les|mes|nos|vos|ces|ses|leurs|tous les|toutes les) ", plain):
        return "les"
    if re.match(r"(?:le |la |l['’]|mon |ma |notre |votre |son |sa |cette? |cet )", plain):
        return "le"
    article = re.match(r"(?:une?|des) ", plain)
    return {"une ": "un "}.get(article.group(), article.group()) if article else ""


def _find_place(new: str, turn: Turn) -> Mention | None:
    """Find the words of the question before that other words of their kind replace."""
    before = turn.question
    mentions = find_mentions(before)
    if any(fold(new) == fold(mention.text) for mention in mentions):
        return None
    named = bool(find_names("Et " + new))
    if not named and (pair := _find_pair(before)):
        # « la différence entre un CDD et un CDI », « et un stage ? »
        return pair[1] if _determine(pair[1].text) == _determine(new) else None
    subjects = [m for m in mentions if m.subject]
    if kind := _determine(new):
        # « Et le passeport ? »: a thing for a thing; what hangs on a name stays.
        alike = [
            m
            for m in mentions
            if not m.named and _determine(m.text) == kind and not _is_adverbial(before, m.start)
        ]
        if named:
            alike = [m for m in mentions if m.named and not _is_adverbial(before, m.start)]
        alike = alike or [
            m for m in subjects if named or (not m.depth and _determine(m.text) in ("", kind))
        ]
    else:
        alike = find_names(before) or known_names(turn) or subjects
        bare = [m for m in alike if not follows_preposition(before, m.start)]
        return bare[0] if bare else alike[-1] if alike else None
    subject = [m for m in alike if m.subject]
    free = [m for m in alike if not m.depth]
    return subject[0] if subject else free[0] if free else alike[-1] if alike else None
