"""What is typed in a conversation and is no new question: shorter, « tu es sûr ? », « merci ».

Each kind is either a small grammar of a whole sentence (an opening, « c’est », what is opposed) or
a closed set of words that it is made of and nothing else, so that a question that only holds one
of these words stays a question. Knows nothing about articles or models.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from rag.antecedents import find_names
from rag.follow_ups import complete_question, is_time
from rag.french import STOP_WORDS, find_answer_type, fold, normalize, split_sentences, terms
from rag.timeframe import fold_in_place
from rag.typed import capitalize
from rag.types import Act, Turn
from rag.values import find_values
from rag.wording import INTERROGATIVE, OPENING, add_gloss, elide


@dataclass(frozen=True, slots=True)
class Reply:
    """What was meant: ``question`` is the one to ask, ``opposed`` a value or a name to check."""

    act: Act
    question: str = ""
    opposed: str = ""


def read_reply(asked: str, turn: Turn | None) -> Reply | None:
    """Read what was typed after a turn; None when it is a question like any other.

    Greetings need no turn before them.
    """
    typed = " ".join(normalize(asked).split())
    plain = fold_in_place(typed)
    talk = _read_talk(plain)
    if talk or turn is None or not turn.question:
        return talk
    before = turn.question
    if act := _read_wish(plain, before):
        return Reply(act, before)
    if about := _ABOUT.fullmatch(plain.strip(" ?!.…")):
        if act := _read_wish(about["wish"], before):
            told = typed[about.start("what") : about.end("what")]
            return Reply(act, add_gloss(before, told))
    if point := _POINT.fullmatch(plain.strip(" ?!.…")):
        return Reply("lengthen", add_gloss(before, _find_item(turn.answer, point["rank"])))
    if corrected := _read_correction(typed, plain, turn):
        return corrected
    return _read_objection(typed, plain, before, turn.answer)


# ---------------------------------------------------------------------------------- small talk

_GREETINGS = frozenset("bonjour bonsoir salut slt bjr bsr coucou cc hello hi hey yo".split())
_GREETED = frozenset(
    "ca va vas bien comment allez tout monde tous toutes vous tu toi a la le madame monsieur "
    "sourcier et there re".split()
)
_THANKS = frozenset(
    "merci ok okay oki super parfait genial top nickel cool excellent entendu compris impeccable "
    "chouette bravo dac note revoir bye bientot journee soiree oui ouais lol wow thanks "
    "remercie".split()
)
_THANKED = frozenset(
    "d accord non beaucoup bcp bien mille infiniment pour ca marche c est tres clair utile bon "
    "bonne au a tout toute tous toi vous j ai je t te m aide reponse reponses ta votre ton cette l "
    "la le les ces vos tes infos informations explications you".split()
)
_YOU = r"(?:tu|vous)"
_ABOUT_YOU = re.compile(
    rf"(?:(?:et )?(?:qui|qu'|que)(?: |-)?(?:es[- ]tu|etes[- ]vous|est-ce que tu es)"
    rf"|(?:{_YOU} (?:es|etes) |t'es )(?:qui|quoi)(?: (?:toi|vous|au juste))?"
    r"|(?:qui|c'est quoi|qui est|qu'est-ce que) sourcier"
    r"|(?:que |qu'est-ce que |quoi )?(?:sais|peux|savez|pouvez)-(?:tu|vous)(?: me)? faire"
    r"(?: pour (?:moi|nous))?|que (?:sais-tu|savez-vous|fais-tu|faites-vous)"
    rf"|(?:qu'est-ce que )?{_YOU} (?:sais|peux|savez|pouvez) faire(?: quoi)?"
    rf"|{_YOU} (?:fais|faites|peux|pouvez) quoi|(?:est-ce que )?{_YOU} (?:peux|pouvez) m'aider"
    r"|(?:peux-tu|pouvez-vous) m'aider|comment (?:t'|vous |on )?utiliser? sourcier"
    r"|(?:quelles questions|que) (?:puis-je|peut-on|est-ce que je peux)(?: te| vous)?"
    r" (?:poser|demander)"
    rf"|{_YOU} (?:t'|vous )(?:appelles|appelez) comment"
    rf"|(?:a quoi )?(?:{_YOU} (?:sers|servez)|(?:sers|servez)-{_YOU})(?: a quoi)?"
    rf"|comment (?:{_YOU} (?:t'|vous )(?:appelles|appelez)|t'appelles-tu|vous appelez-vous"
    rf"|{_YOU} (?:marches|fonctionnes?z?|fonctionnez)|(?:marches|fonctionnes|fonctionnez)-{_YOU})"
    rf"|(?:(?:est-ce que )?{_YOU} (?:es|etes) |t'es |(?:es|etes)-{_YOU} )(?:un |une )"
    r"(?:ia|robot|machine|humain|chatbot|bot|personne|programme|intelligence artificielle)"
    r"|aide(?:[- ]moi)?|help|j'ai besoin d'aide|mode d'emploi|comment (?:on fait|ca s'utilise))"
)

_HOW_ARE_YOU = re.compile(r"(?:et )?(?:sinon,? )?(?:comment )?ca va(?: bien)?")
_CLOSING = re.compile(
    r"d'accord|ca marche|(?:non,? )?c'est (?:bon|tout|note|(?:tres )?clair)"
    r"|(?:et )?(?:si )?(?:on |j'ai )?(?:(?:parl|chang|pass)\w+ (?:d'|de |a ))?(?:une )?"
    r"(?:autre (?:question|chose|sujet)|sujet)"
)


def _read_talk(plain: str) -> Reply | None:
    words = re.findall(r"\w+", plain)
    bare = re.sub(rf"^(?:{'|'.join(sorted(_GREETINGS))})\b[ ,!.]*", "", plain).strip(" ?!.…")
    if _ABOUT_YOU.fullmatch(bare):
        return Reply("help")
    if _is_made_of(words, _GREETINGS, _GREETED) or _HOW_ARE_YOU.fullmatch(bare):
        return Reply("greeting")
    # « C’est entendu ? » asks.
    thanked = _is_made_of(words, _THANKS, _THANKED) or _CLOSING.fullmatch(bare)
    return Reply("thanks") if thanked and ("?" not in plain or "autre" in bare) else None


def _is_made_of(words: list[str], keys: frozenset[str], others: frozenset[str]) -> bool:
    return not keys.isdisjoint(words) and keys | others >= set(words)


# ------------------------------------------------------------------- the same answer, otherwise

_SHORT = frozenset(
    "court courte bref breve brievement concis concise resume resumer resumez raccourcis "
    "raccourcir abrege reformule reformuler reformulez vulgarise vulgariser synthetise "
    "simplifie simplifier simplifiez simplement simple simples clair claire clairement phrase "
    "mots".split()
)
_LONG = frozenset(
    "long longue longtemps detail details detaille detaillee detailler developpe developper "
    "developpez precis precise precises preciser precisez precision precisions exemple exemples "
    "source sources loin liste tableau points suite continue continuer continuez complet complete "
    "completer approfondir approfondis complique compliquee complexe".split()
)
# « plus », « encore » alone ask for more: « dis-m’en plus ».
_MORE = frozenset("plus davantage encore savoir explique expliquer expliquez".split())
_TOLD = frozenset(
    "bon ah ok merci stp svp plait dis dire redis fais faire donne donner donnez reponds reponse "
    "forme va aller refais peux peut pourrais pourriez pouvez veux voudrais aimerais ai compris "
    "version trop assez seule petit petite un une deux trois quatre cinq dix vingt cent quelques "
    "rien certain fasse rends sois soyez cite citer citez mieux autrement ligne lignes".split()
)
# What turns « long » into a wish for less.
_LESS = re.compile(
    r"\b(?:trop|moins)\b|c'est (?:un peu |tres |bien |vraiment )?(?:long|court|compli)"
)
_LINES = re.compile(r"\b(?:une|deux|trois|quelques|\d) lignes?\b")
# « Quelle source ? », « c’est-à-dire ? »; « je n’ai rien compris ».
_FROM = re.compile(
    r"(?:de )?quelles? (?:est la |sont les )?sources?|c'est[- ]a[- ]dire"
    r"|d'ou (?:(?:ca|cela) vient|(?:tu|vous) (?:tiens|tenez|sors|sortez) (?:ca|cela))"
)
_LOST = re.compile(
    r".*\b(?:pas|rien) (?:tout )?compris\b.*|je (?:ne )?comprends (?:pas|rien)\b.*"
    r"|hein|quoi|pardon|comment ca|(?:reponds |juste |par )*oui ou non"
)
# The answer is beside the question: more of what was found may hold it.
_MISSED = re.compile(
    r"(?:tu|vous) n'(?:as|avez) (?:pas|rien) repondu(?: a (?:la|ma) question)?"
    r"|c(?:e n)?'est pas (?:la|ma) question|c(?:e n)?'est pas ce que je (?:demand|veu|voul|cherch)"
    r"\w+"
)
_LANGUAGE = (
    r"(?:l')?(?:anglais|english|espagnol|allemand|german|spanish|italien|portugais|arabe|chinois"
    r"|japonais|russe|breton|neerlandais|polonais|turc|langue)"
)
_IT = r"(?:[- ](?:moi|nous|le|la|ca|cela|tout|it|this|(?:la |ta |votre |cette )?reponse))*"
_TRANSLATION = re.compile(
    r"(?:(?:peux-tu|pouvez-vous|tu peux|vous pouvez|can you|please) )?(?:me |nous |le |la |l')*"
    rf"(?:(?:tradui(?:s|t|re|sez)|translate){_IT}(?: (?:en|vers|to|into|in) {_LANGUAGE})?"
    rf"|(?:(?:reponds|repondez|redis|dis|say){_IT} |la meme chose |et )?(?:en|in) {_LANGUAGE}"
    r"(?: ca donne quoi)?)"
)
# « Et en anglais ? » after « Quels romans existent en breton ? » asks of the articles.
_OF_LANGUAGE = re.compile(rf"(?:et )?en {_LANGUAGE}")
_PLEASE = re.compile(r",? *\b(?:stp|svp|please|s'il (?:te|vous) plait|merci)\W*$")


# « Plus de détails sur les nitrates », « plus court, et juste la version de l’élu »
_ABOUT = re.compile(
    r"(?P<wish>.+?) (?:sur|concernant|a propos de|juste|seulement) (?P<what>\w[^,]{2,40})"
    r"(?:, en \w+ (?:phrases?|lignes?|mots))?"
)
_RANKS = ("premier", "deuxieme", "troisieme", "quatrieme", "cinquieme")
# « Tu peux préciser le deuxième point ? », « développe le dernier ».
_POINT = re.compile(
    r"(?:(?:et|ok|oui)[ ,]+)?(?:(?:est-ce que )?(?:tu peux|vous pouvez|peux-tu|pouvez-vous"
    r"|pourrais-tu"
    r"|pourriez-vous|tu pourrais|vous pourriez) (?:me |nous |m'|en )*)?"
    r"(?:precise[rz]?|developpe[rz]?|detaille[rz]?|explique[rz]?|reviens sur|revenir sur|parle[rz]?"
    r"|(?:dis-m'en|dire) plus sur|continue[rz]? sur)(?:-moi)? (?:de )?(?:le |la |l'|du |au )"
    rf"(?P<rank>(?:{'|'.join(_RANKS)}|second|dernier)e?)(?: [\w'-]+)?"
)


def _find_item(answer: str, rank: str) -> str:
    """Return a point of an answer by its rank: an item where it has a list, else a sentence."""
    plain = re.sub(r"\s*\[\d+\]", "", answer)
    items = re.findall(r"^\s*(?:[-–•*]|\d+[.)])\s+(.+)", plain, re.MULTILINE)
    items = items or [plain[s.start : s.end] for s in split_sentences(plain)]
    name = "deuxieme" if rank.startswith("second") else rank
    place = next((n for n, known in enumerate(_RANKS) if name.startswith(known)), -1)
    return items[place].strip(" .?!«»\u00a0\u202f") if -1 <= place < len(items) and items else ""


def _read_wish(plain: str, before: str) -> Act | None:
    """Read a wish about the answer before: shorter, longer, in another language."""
    bare = _PLEASE.sub("", plain.strip(" ?!.…")).strip()
    follows = _OF_LANGUAGE.fullmatch(bare) and re.search(_LANGUAGE, fold(before))
    if _TRANSLATION.fullmatch(bare) and not follows:
        return "translate"
    if _LOST.fullmatch(bare):
        return "shorten"
    if _FROM.fullmatch(bare) or _MISSED.fullmatch(bare):
        return "lengthen"
    words = re.findall(r"\w+", bare)
    known = _SHORT | _LONG | _MORE | _TOLD | STOP_WORDS
    if not words or not all(word in known or word.isdecimal() for word in words):
        return None
    if OPENING.match(bare) or re.search(r"\bnon$", bare):
        return None
    shorter = not _SHORT.isdisjoint(words) or bool(_LINES.search(bare))
    if shorter or not _LONG.isdisjoint(words):
        return "shorten" if shorter != bool(_LESS.search(bare)) else "lengthen"
    return None if _MORE.isdisjoint(words) or "pas" in words else "lengthen"


# --------------------------------------------------------------------------------- corrections

_STARTS = (
    r"(?:(?:mais|ah|euh|hein|ben|bah|attends|attendez|pardon|oups|desolee?|non|nan|erreur|pourtant"
    r"|enfin|en fait|si(?=,)|et|alors)\b[\s,.:!…]*)"
)
_START = re.compile(rf"{_STARTS}*")
_REFUSES = re.compile(r"\b(?:non|nan|erreur|pourtant|si)\b")
_MEANT = re.compile(
    r"(?:je (?:voulais|veux) (?:dire|parler|savoir)|je (?:parle|parlais)(?: bien)?(?= d)"
    r"|je pensais a"
    r"|je (?:voulais|demandais|cherchais)|il s'agit de"
    r"|ma question (?:porte|portait|etait) (?:sur)?|plutot)\s+"
)
_OTHER = re.compile(r"(?:d')?(?:de )?l'autre(?: \w+)?")
_NOT = re.compile(
    r"(?:et |mais )?(?:non )?pas (?P<no>.+?)(?:, (?:mais |plutot )?| mais )(?P<yes>.+)"
)
_AND_NOT = re.compile(r"(?P<yes>.+?),?\s+(?:et |mais )?(?:non )?pas (?P<no>.+)")
_LATE = re.compile(r",? plutot$")
_SPOKEN_OF = re.compile(r"^(?:(du|des) |de |d')", re.IGNORECASE)
_DEFINITE = {"du": "le ", "des": "les "}
_MEANT_WORDS = 8
_LED = re.compile(
    r"^(?:de la |de l'|du |des |de |d'|en |aux? |[aà] |dans |chez |le |la |les |l')", re.IGNORECASE
)


def _read_correction(typed: str, plain: str, turn: Turn) -> Reply | None:
    """Read what replaces some words of the question before."""
    start = _START.match(plain)
    assert start is not None
    begin, end = start.end(), len(plain.rstrip(" ?!.…"))
    meant = _MEANT.match(plain, begin)
    begin = meant.end() if meant else begin
    if _OTHER.fullmatch(plain, begin, end):
        return _name_other(turn)
    parts = _NOT.fullmatch(plain, begin, end) or _AND_NOT.fullmatch(plain, begin, end)
    if parts:
        new, old = (_bare(typed[slice(*parts.span(name))]) for name in ("yes", "no"))
        replaced = _replace_words(old, new, turn.question)
        if replaced or not meant:
            return replaced
        begin, end = parts.span("yes")
    opening = start.group() + (meant.group() if meant else "")
    if late := _LATE.search(plain, begin, end):
        end, opening = late.start(), late.group()
    new = typed[begin:end]
    if "parl" in opening:
        # « Je parlais du bus » is about « le bus ».
        new = _SPOKEN_OF.sub(lambda m: _DEFINITE.get(m[1], ""), new)
    if meant and (what := _WHAT.match(new)):
        # « Je demandais ce que coûtent les travaux »
        told = _INSTEAD[what.group()[-1] == "i"] + new[what.end() :]
        return Reply("question", complete_question(f"{told} ?", turn, True))
    if not new or len(new.split()) > _MEANT_WORDS or INTERROGATIVE.search(new):
        return None
    if not meant and not _corrects(new, opening, turn):
        return None
    return Reply("question", complete_question(f"Et {new} ?", turn, True))


_WHAT = re.compile(r"ce qu(?:e |'|i(?= ))", re.IGNORECASE)
_INSTEAD = ("Qu’est-ce que ", "Qu’est-ce qui")


def _replace_words(old: str, new: str, before: str) -> Reply | None:
    """Put words in the place of others of the question before; None where it has none such."""
    place = re.search(rf"(?<!\w){re.escape(fold(old))}(?!\w)", fold_in_place(before))
    # « Microsoft n’a pas investi » opposes no words to others.
    if not old or place is None or re.search(r"\bn(?:e |')", new):
        return None
    told = elide(f"{before[: place.start()]}{new}{before[place.end() :]}")
    return Reply("question", capitalize(told))


def _corrects(new: str, start: str, turn: Turn) -> bool:
    """Whether words after « non, » or « pardon, » are of a kind that the question before has."""
    if not re.search(r"\b(?:non|nan|pardon|oups|desolee?|enfin|en fait|erreur|plutot)\b", start):
        return False
    if is_time(new):
        return is_time(turn.question, whole=False)
    if re.match(r"ce(?:lui|lle|ux|lles) ", new):
        return True
    named = find_names("Et " + new)
    # « Non, Sydney » answers « quelle est la capitale ? » and does not correct it.
    return (
        bool(named)
        and named[0].end - 3 == len(new)
        and find_answer_type(turn.question) == "quantity"
        and bool(find_names(turn.question))
    )


def _name_other(turn: Turn) -> Reply:
    """« L’autre »: of two things, the one that the question named in parentheses."""
    main, mark, aside = turn.question.partition("(")
    names, others = find_names(main), find_names("Et " + aside)
    if mark and len(names) == len(others) == 1:
        kept = aside.replace(others[0].text, names[0].text)
        told = main[: names[0].start] + others[0].text + main[names[0].end :]
        return Reply("question", elide(f"{told}{mark}{kept}"))
    return Reply("lengthen", turn.question)


def _bare(words: str) -> str:
    return _LED.sub("", words.strip(" ,"), count=1)


# ---------------------------------------------------------------------------------- objections

_SURE = (
    rf"(?:est-ce que )?(?:(?:{_YOU} |t')(?:en )?(?:es|etes)|(?:en )?(?:es|etes)-{_YOU}|c'est)"
    r" (?:vraiment |bien |absolument |pas )*(?:sure?s?|certaine?s?)\b"
    r"(?: de (?:toi|vous|ca|cela|ton coup|ta reponse|votre reponse))?"
)
_DOUBT = re.compile(
    rf"(?:{_SURE}"
    rf"|tu te trompes|vous vous trompez|{_YOU} (?:fais|faites|as|avez) (?:une )?"
    r"(?:erreur|tort|faux)"
    r"|c'est (?:tout a fait |completement |totalement )?(?:faux|inexact|errone|impossible|bizarre"
    r"|etrange|une erreur)|faux|impossible|(?:c'est|ce n'est|c'etait) pas (?:vrai|ca|cela|juste"
    r"|exact|possible|correct|la bonne reponse)"
    rf"|(?:{_YOU} (?:dis|dites|racontes?|racontez) )?(?:n'importe quoi|des betises)"
    r"|je (?:ne |n')?(?:te |vous |y )?(?:crois|suis) pas(?: d'accord| convaincue?)?"
    rf"|{_YOU} confond(?:s|ez)(?: pas(?: avec)?| avec .+)?|(?:j'en|je) doute|ca m'etonne(?:rait)?"
    r"|(?:ah bon|vraiment|serieux|serieusement|sur|c'est vrai|ah oui)(?=\W*$)"
    r"|(?:tu peux |peux-tu |pouvez-vous )?(?:re)?verifi(?:e|ez|er)"
    r"(?: (?:encore|une fois|ca|la reponse|ta reponse|de nouveau))*)(?!\w)"
)
# What is told after « je croyais que », « selon Le Monde », « on m’a dit ».
_BELIEVED = re.compile(
    r"(?:je (?:croyais|pensais|suis (?:sure?|certaine?|persuadee?))|moi,? j'ai|il me sembl(?:e|ait)"
    r"|j'(?:avais|ai) (?:lu|entendu|compris|vu)|j'aurais (?:dit|cru|pense)|on m'(?:a|avait) dit"
    r"|(?:selon|d'apres|pour) \w+(?: \w+){0,3}?(?=,? c'e)|normalement"
    r"|(?:(?!(?:je|tu|il|elle|on|ce|qu\w*|ki|comment|combien|ou|pourquoi)\b)[\w-]+ ){1,3}?"
    r"(?:dit|disait|ecrit(?= qu)|annonce|affirme|parle de))\b"
    r"(?: (?:que|dire que) | qu'|[ ,]+)"
)
_IS = re.compile(
    r"(?:(?:\w+ ){1,2}(?=c'(?:est|etait) pas))?(?:ce (?:n'|ne )?(?:est|etait|serait)|c'est"
    r"|c'etait|ca (?:ne )?serait|est-ce|n'est-ce)\b"
    r"(?P<no> (?:que |plus )?pas\b)?(?: plutot\b| bien\b)?\s*"
)
_IS_NOT = re.compile(r"(?:et )?pas (?:plutot )?")
_THAT = re.compile(r"[\s,.:;!]*(?:que |qu')?")
_ASKS = re.compile(rf"{OPENING.pattern}|{INTERROGATIVE.pattern}|ce (?:qu|dont)", re.IGNORECASE)
_TAG = re.compile(
    rf"(?<!\bou)[\s,]+(?:non|si|pas vrai|n'est-ce pas|plutot|plutot non|pourtant|{_SURE})\W*$"
)
_OWN_CLAUSE = re.compile(r"(?:il|elle|ils|elles|on|ca|cela)\b")
_OPPOSED_WORDS = 6


# What the answer said, asked back before what contests it.
_ECHO = re.compile(rf"(?P<said>[^?!]{{1,30}}?) ?\?+ (?!(?:et|mais)\b|{OPENING.pattern})(?=\w)")


_EITHER = re.compile(r"(?:c'est |c'etait )?([^?]{1,25}) ou ([^?]{1,25})")


def _read_objection(typed: str, plain: str, before: str, answer: str) -> Reply | None:
    """Read what contests the answer before, and the value or the name that it opposes."""
    if (echo := _ECHO.match(plain)) and set(terms(echo["said"])) <= set(terms(answer)):
        # « Quinze ? J’avais compris un mois. »
        told = _find_told(typed[echo.end() :], before)
        return Reply("doubt", before, told)
    if either := _EITHER.fullmatch(plain.rstrip(" ?!.…")):
        # « 1987 ou 1988 ? »
        new = [typed[slice(*either.span(n))] for n in (1, 2) if either[n] not in fold(answer)]
        if all(find_values(either[n]) for n in (1, 2)):
            return Reply("doubt", before, new[-1] if new else "")
    start = _START.match(plain)
    assert start is not None
    begin, end = start.end(), len(plain.rstrip(" ?!.…"))
    # Of « ah bon ? », « ah » is no opening.
    doubted = _DOUBT.match(plain) or _DOUBT.match(plain, begin)
    contests = bool(doubted or _REFUSES.search(start.group()))
    if doubted and (that := _THAT.match(plain, doubted.end())):
        begin = that.end()
    if begin >= end:
        return Reply("doubt", before) if contests else None
    if tag := _TAG.search(plain, begin, end):
        end, contests = tag.start(), True
    if believed := _BELIEVED.match(plain, begin):
        begin, contests = believed.end(), True
    return _read_opposed(typed[begin:end], contests, before)


def _read_opposed(words: str, contests: bool, before: str) -> Reply | None:
    """Read « c’est 12 », « pas 12 », « il date de 2012 » or « 12 »; ``contests``: after « non »."""
    plain = fold_in_place(words)
    said = _IS.match(plain) or _IS_NOT.match(plain)
    if said is None and _is_clause(plain):
        return _read_clause(words, contests, before)
    if said:
        contests = contests or "pas" in said.group()
        words = words[said.end() :]
    if _ASKS.match(words) or len(words.split()) > _MEANT_WORDS:
        return None
    # « pas 13, 12 » opposes the last.
    words = words.rpartition(", ")[2] if said else words
    words = _bare(words)
    told = _find_told(words, before)
    if not told and contests and find_answer_type(before) == "name":
        told = words if len(words.split()) <= _OPPOSED_WORDS and terms(words) else ""
    # « C’est ouvert en août ? » asks, « c’est en août » and « c’est pas ouvert en août ? » contest.
    bare = told and not terms(words.replace(told, " "))
    if told and (contests or (said and bare)):
        return Reply("doubt", before, told)
    return Reply("doubt", before) if contests and not terms(words) else None


def _read_clause(words: str, contests: bool, before: str) -> Reply | None:
    """Read « il a été fondé en 1802 », « Microsoft n’a pas investi 12 milliards ? »."""
    plain = fold_in_place(words)
    contests = contests or bool(re.match(r"(?:\w+ )?n(?:e |').*\bpas\b", plain))
    about = _OWN_CLAUSE.match(plain) or not set(terms(words)).isdisjoint(terms(before))
    told = _find_told(words, before) if contests and about else ""
    return Reply("doubt", before, told) if told else None


def _is_clause(clause: str) -> bool:
    """Whether words have a verb that « c’est » does not carry, as far as its helpers tell."""
    verb = r"(?:est|sont|etait|etaient|a|ont|avait|avaient|fut|aurait|serait|vaut|coute|compte)"
    return bool(re.match(rf"\S.*? (?:ne |n'|n' )?{verb}\b .", clause) or _OWN_CLAUSE.match(clause))


def _find_told(words: str, before: str) -> str:
    """Return the last value, or else the last name, that the question before does not have."""
    known = fold(before)
    values = [value.written for value in find_values(words)]
    names = [name.text for name in find_names("Et " + words)]
    for found in (values, names):
        new = [text for text in found if fold(text) not in known]
        if new:
            return new[-1]
    return ""
