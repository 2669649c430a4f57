"""What a question asks the articles about, in which time, when it asks for all that speaks of it.

Works on words only. Knows nothing about the index.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from rag.french import STOP_WORDS, fold, normalize
from rag.timeframe import Timeframe, cut_dates, find_dates, find_timeframe, fold_in_place

# What articles are called, and what is counted of them; folded.
_NAMES = (
    r"(?:(?:article|document|texte|fiche|fichier|passage|papier|numero|billet|note|page|dossier"
    r"|chapitre|edition|publication|archive|collection|revue|bulletin|courrier|courriel|mail"
    r"|message|lettre|contrat|recette|deliberation|interview|temoignage|endroit|extrait|phrase"
    r"|source|mention|occurrence|reference|allusion|citation|liste|inventaire|reprise)s?"
    r"|journa(?:l|ux)|corpus|nombre|fois|comptes? rendus?|proces[- ]verba(?:l|ux)|ensemble"
    r"|integralite|totalite)"
)
# What stands around what is asked about and says nothing of it; folded.
_ASKS = re.compile(
    rf"{_NAMES}|(?:donn|trouv|retrouv|relev|recens|reper|cherch|montr|indiqu|signal|rassembl"
    r"|list|parl|cit|publi|index|dat|precis)(?:e|es|ez|er|ee|ees|ent)|repertori(?:e[rz]?|es)"
    r"|paru(?:e?s?)|parai\w+|sor(?:s|tir|tez)|veux|voudrais|peux|pouvez|pourrais|pourriez|faire"
    r"|fais|svp|stp|plait|merci|autres?|ailleurs|partout|complet\w{0,2}|exhausti\w+|exception"
    r"|disponibles?|questions?|oublier|rien|rendus?|oui|savoir"
)
# The endings of a verb of speaking.
_SAID = "(?:e|es|ent|é|ée|és|ées|er|ait|aient|ant|ons)"
# What leads to the subject of such a question; the last one counts.
_SPEAKS = re.compile(
    # « parlent du traité de Lisbonne »: what has an article is a noun, not the verb.
    r"\b(?:(?<!\bl[ae] )(?<!\bl')(?<!\bdu )(?<!\b[ld]es )(?<!\bun )(?<!\bune )"
    rf"(?:(?:parl|évoqu|trait|cit|abord|concern|consacr|publi|figur|nomm|mentionn|relat){_SAID}"
    r"|écri(?:t|te|ts|tes|re|vent)|di(?:t|te|ts|tes|re|sent)|appara(?:i|î)(?:t|ssent|tre)"
    r"|intervien(?:t|nent)|contien(?:t|nent)|li(?:t|sent)|trouve(?=-t-on))"
    r"|(?:mention|occurrence|recensement)s?(?= d)|(?:référence|allusion)s?(?= [àa])|ayant trait"
    r"|rendu compte|(?:est-il|il est|était) question|au sujet|à propos|(?:a|ont) sur|(?P<on>sur))"
    r"(?:-t-(?:on|il|elle)|-on)?,?\s+"
    r"(?=(?:de |d'|du |des |à |au |aux |sur |la |le |les |l')*[^\W_])",
    re.IGNORECASE,
)
_LINK = re.compile(
    r"^(?:(?:ailleurs|(?:le )?plus|surtout|aussi|notamment|souvent|de|du|des|à|au|aux|sur|la|le|les"
    r"|une?|en|dans|tous|toutes|propos|il|elle|on|fois"
    r"|(?:le |la |les |l'|du |des )?(?:mots?|noms?|termes?|expressions?)(?= |\b))\s+|[dl]')+",
    re.IGNORECASE,
)
# « Dans quels articles le retable est-il cité »: the subject stands before the verb.
_WITHIN = re.compile(
    r"^(?:(?:dans|de|à) )?(?:quel(?:le)?s|combien d[e']) ?[^\W_]+(?:[- ](?:rendus|verbaux))? "
    r"(?P<topic>.+?) (?:est|sont|\w+)-(?:t-)?(?:ils?|elles?)\b",
    re.IGNORECASE,
)
_PASSIVE = re.compile(
    r"^(?!quel|combien|dans|tou|où|qui|le?s? articles)(?P<topic>.+?) (?:est|sont) "
    r"(?:mention|cit|évoqu|abord|trait)\w+ (?:à|dans|par|en|sur) (?:quel|combien)",
    re.IGNORECASE,
)
# « … dans la revue de presse », « … dans nos pages ».
_PLACE = re.compile(
    rf" (?:dans|de|parmi) (?:les?|la|l'|ces?|cette|nos|vos|notre|votre) ?{_NAMES}"
    r"(?: (?:de presse|du journal|index\w+))?$"
)
# « … et dans quels textes », « … tous les articles svp », « … ont été publiés ».
_ENDS = re.compile(
    r"(?:(?:,? et)? (?:dans |de |en )?"
    r"(?:quel(?:le)?s|combien d[e']|tou(?:s|tes)(?: les| vos| nos)?)"
    rf" ?{_NAMES}(?: svp| stp)?|(?: (?:a|ont|est|sont))+(?: ete)? (?:publi|cit|evoqu|mentionn"
    r"|abord|trait|nomm)\w+)$"
)
_CLAUSE = re.compile(r"\s*(?:[,;:?!]+|\.(?=\s|$)|\s[-–]\s)\s*")
# What can't be counted: a time that nothing gives the days of, what is not there.
_VAGUE = re.compile(
    r"\b(?:cette annee|ce mois(?:-ci)?|cette semaine|(?:l'an(?:nee)?|le mois|la semaine) "
    r"(?:derni|pass)\w+|ces \w+ derni\w+ \w+|ces derni\w+ \w+|recemment|aujourd'hui|hier"
    r"|depuis (?:(?:\w+ |l')*\w+\b(?!'))|n(?:e |')\w+ (?:pas|jamais|rien|plus))"
)
_SIDE_OF = (
    (re.compile(r"\bantérieure?s? (?:à|au)\b"), "avant"),
    (re.compile(r"\bpostérieure?s? (?:à|au)\b"), "après"),
)
_CUT_BY = re.compile(r"\bpar (?:mois|an|annee|date|jour|ordre \w+)\b")
_YEAR_OF = re.compile(r"(?P<word>\w+)[ ,]+(?:de |d')?$")
_TIME_WORDS = frozenset(
    "en depuis avant apres entre et a au annee an jusqu debut fin mi milieu courant de l ete "
    "printemps automne hiver siecle".split()
)
# « Quels articles… », « Combien de mentions… »: nothing else answers than the articles themselves.
_OF_ARTICLES = re.compile(
    r"\b(?:articl|text|document|fich|passag|papier|mention|occurrenc|billet|comptes? rendu)\w*"
    r"|\bcombien de (?:fois|reprises)\b|\bparle-t-on|\best-il question|^tout ce qu"
)
_FOR_ARTICLES = re.compile(
    r"^(?:et |dans |de )*(?:quel(?:le)?s|combien d[e'’]) ?(?:articl|document|text|billet)\w*"
    r"(?:.* )?"
    r"(?:(?:sont|ont ete|ont) )?(?:parl|evoqu|mention|cit|abord|trait|consacr|dat|publi|paru)\w+"
)
_OR = re.compile(r"\s+(?:et/)?ou\s+(?:bien\s+)?", re.IGNORECASE)
_BUT = re.compile(
    r",?\s+(?:(?:mais|et)\s+(?:pas|non)|sans\s+(?:parler|mentionner|citer|évoquer))\s+",
    re.IGNORECASE,
)
# Two things, each with its article or preposition, may stand far apart in an article.
_AND = re.compile(
    r",?\s+(?:et|ainsi que)\s+(?:aussi\s+)?"
    r"(?=(?:de|du|des|à|au|aux|la|le|les|sur)\s|[dl]')",
    re.IGNORECASE,
)
_BOTH = re.compile(r"\b(?:à la fois|en même temps|tous les deux)\s*", re.IGNORECASE)

# Stands for a figure of a year that is a name: no text has it.
_MASK = "\ue000"
_WORD = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class Request:
    """What articles are asked for.

    ``topic`` is what they speak of, in the words of the question, empty where nothing is sought in
    them; ``time`` when they are of, ``vague`` what can't be counted: a time without days
    (« cette année »), what is not there (« ne parlent pas »). ``certain`` tells whether nothing
    else than articles can answer.
    """

    topic: str
    time: Timeframe | None
    vague: str
    certain: bool


def asks_for_articles(question: str) -> bool:
    """Whether a question asks which articles speak of something, or how many, in so many words."""
    return bool(_FOR_ARTICLES.match(fold(question)))


def read_request(question: str) -> Request:
    """Read what a question asks the articles about: its words after those that ask, and its time.

    « la loi de 1901 » names no time.
    """
    question = " ".join(normalize(question).split())
    for pattern, word in _SIDE_OF:
        question = pattern.sub(word, question)
    text, time = _cut_time(question)
    text = _cut(_CUT_BY, text)
    vague = _VAGUE.search(fold_in_place(text))
    told = text[vague.start() : vague.end()] if vague else ""
    text = _cut(_VAGUE, text)
    clauses = [clause for clause in _CLAUSE.split(text) if not _only_asks(clause)]
    topic, led = _find_topic(", ".join(clauses) or text)
    if time is not None and time.yearless:
        span, _ = find_dates(question)[0]
        time, told = None, told or question[span.start : span.end]
    return Request(topic, time, told, led and bool(_OF_ARTICLES.search(fold(question))))


def split_topic(topic: str) -> tuple[list[list[str]], list[str]]:
    """Cut a topic into the ways in which it may be held, each of several things, and what is not.

    « Brest et de Nantes ou du port, mais pas de la grève » may be held in two ways.
    """
    wanted, *unwanted = _BUT.split(topic)
    ways = [
        [_LINK.sub("", part) for part in _AND.split(_BOTH.sub("", way))]
        for way in _OR.split(wanted)
    ]
    return ways, [_LINK.sub("", part) for part in unwanted]


def _cut_time(text: str) -> tuple[str, Timeframe | None]:
    """Return a question without its dates, and the time that they name."""
    masked = text
    for span, _ in find_dates(text):
        before = _YEAR_OF.search(fold_in_place(text[: span.start]))
        year = text[span.start : span.end]
        named = before is not None and not (
            before["word"] in _TIME_WORDS or _ASKS.fullmatch(before["word"])
        )
        if named and year.isdecimal():
            masked = f"{masked[: span.start]}{_MASK * len(year)}{masked[span.end :]}"
    years = [text[m.start() : m.end()] for m in re.finditer(f"{_MASK}+", masked)]
    cut = cut_dates(masked)
    for year in years:
        cut = re.sub(f"{_MASK}+", year, cut, count=1)
    return " ".join(cut.split()), find_timeframe(masked)


def _cut(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(fold_in_place(text))
    return text[: found.start()] + text[found.end() :] if found else text


def _only_asks(clause: str) -> bool:
    words = _WORD.findall(fold(clause))
    return all(word in STOP_WORDS or _ASKS.fullmatch(word) for word in words)


def _find_topic(plain: str) -> tuple[str, bool]:
    """Return what is asked about, and whether words lead to it, or nothing else is there."""
    for pattern in (_WITHIN, _PASSIVE):
        if (found := pattern.match(plain)) and (topic := _trim(found["topic"])):
            return topic, True
    said = list(_SPEAKS.finditer(plain))
    for found in reversed(said):
        # « les mails de Claire sur le budget »: both are asked about.
        told = not found["on"] or _only_asks(plain[: found.start()])
        if told and (topic := _trim(plain[found.end() :])):
            return topic, True
    words = list(_WORD.finditer(plain))
    while words and _only_asks(words[0][0]):
        words.pop(0)
    if words:
        return _trim(plain[words[0].start() :]), False
    # « Quels articles parlent de lettres ? »
    topic = _LINK.sub("", plain[said[-1].end() :]).strip(" ,;:.?!") if said else ""
    return topic, True


def _trim(topic: str) -> str:
    for pattern in (_ENDS, _PLACE):
        topic = _cut(pattern, topic.strip(" ,;:.?!"))
    topic = _LINK.sub("", topic)
    return "" if _only_asks(topic) and "«" not in topic else topic
