"""The time that a question asks about, whether a sentence speaks of it, and dates in French.

Works on words only. A date is read by the same rules in a question and in a sentence; what a
sentence leaves out (« le 22 novembre ») its article's date gives. Knows nothing about the index
or the models.
"""

from __future__ import annotations

import calendar
import datetime
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Literal

from rag.french import MONTHS, NO_BREAK_SPACE, WRITTEN_MONTHS, fold
from rag.types import Span

# ------------------------------------------------------------------------------------- values


@dataclass(frozen=True, slots=True)
class Timeframe:
    """A range of days, both ends included.

    ``start`` and ``end`` are ISO 8601 (``2025-10-28``), empty where the range is open, and of the
    form ``--10-28`` when no year is told.
    """

    start: str = ""
    end: str = ""

    @property
    def bounded(self) -> bool:
        """Whether both ends are known, so that something can lie outside on either side."""
        return bool(self.start and self.end)

    @property
    def yearless(self) -> bool:
        """Whether only the month, or the day of the month, is known."""
        return (self.start or self.end).startswith("--")


Moment = Literal["", "present", "latest", "first"]
"""Which version of a fact a question asks for without a date: that which holds, in so many words
or because it speaks of what is, the first, or none."""

# -------------------------------------------------------------------------------------- dates

_MONTH = rf"(?:{'|'.join(MONTHS)})"
_YEAR = r"(?:1[0-9]\d\d|20\d\d|2100)"
# A number of four figures is no year when it counts something, or is part of a larger one.
_NOT_COUNTED = (
    r"(?![\d.,]*\d)(?! ?(?:%|€|\$|dollars?|euros?|livres?|milli|personnes|salaries|habitants"
    r"|signat|km|metres|hectares|tonnes|gigawatts|gpu|puces|exemplaires|pages|fois|mots))"
)
_OF_YEAR = rf"(?: (?:de |d')?(?:l'annee |l'an )?(?P<y{{}}>{_YEAR}){_NOT_COUNTED})?"
_ORDINALS = {
    "premier": 1,
    "1er": 1,
    "deuxieme": 2,
    "second": 2,
    "2e": 2,
    "2eme": 2,
    "troisieme": 3,
    "3e": 3,
    "3eme": 3,
    "quatrieme": 4,
    "dernier": 4,
    "4e": 4,
    "4eme": 4,
}
# First and last month of what the press calls so: the seasons as whole months, wide enough that
# neither end of one is missed. Winter belongs to the year that it begins in, and to the next.
_SEASONS = {"printemps": (3, 6), "ete": (6, 9), "automne": (9, 12), "hiver": (12, 14)}
# Months of a year, and days of a month, meant by « début », « mi- » and « fin », and how they are
# written.
_PARTS_OF_YEAR = {"debut": (1, 4), "mi": (5, 8), "milieu": (5, 8), "fin": (10, 12)}
_NAMED_MONTHS = {
    _PARTS_OF_YEAR["debut"]: "début ",
    _PARTS_OF_YEAR["mi"]: "mi-",
    _PARTS_OF_YEAR["fin"]: "fin ",
    _SEASONS["printemps"]: "printemps ",
    _SEASONS["ete"]: "été ",
    _SEASONS["automne"]: "automne ",
}
_PARTS_OF_MONTH = {"debut": (1, 10), "mi": (10, 20), "milieu": (10, 20), "fin": (20, 31)}
_PART = r"(?P<{}>debut|milieu|mi|fin)(?:-| de | du | d'| )(?:mois de |mois d'|l'annee )?"
_DATE = re.compile(
    rf"\b(?P<iso>{_YEAR}-\d\d-\d\d)\b"
    rf"|\b(?P<numeric>\d{{1,2}}/\d{{1,2}}/{_YEAR})\b"
    rf"|\b(?P<day>\d{{1,2}})(?:er)? (?P<daymonth>{_MONTH})\b{_OF_YEAR.format(1)}"
    rf"|\b(?:{_PART.format('mpart')})?(?P<month>{_MONTH})\b{_OF_YEAR.format(2)}"
    rf"|\b(?P<ordinal>{'|'.join(_ORDINALS)}) (?P<division>trimestre|semestre)\b"
    rf"{_OF_YEAR.format(3)}"
    rf"|\b(?P<short>[ts][1-4]) (?P<y4>{_YEAR})\b"
    rf"|\b(?P<season>printemps|(?<=l')ete|(?<=en )ete|(?<=d')ete|automne|hiver)\b"
    rf"{_OF_YEAR.format(5)}"
    r"|\bannees (?:(?P<decade>1[0-9]\d0|20\d0)|(?P<tens>[2-9]0))\b"
    r"|\b(?P<century>[ivx]{1,5}|\d{1,2})e?(?:me)? siecle\b(?! av(?:\.|ant (?:j|notre)))"
    rf"|\b{_PART.format('ypart')}(?P<y6>{_YEAR})\b{_NOT_COUNTED}"
    rf"|(?<![\d.,-])\b(?P<y7>{_YEAR})\b{_NOT_COUNTED}(?! av(?:\.|ant (?:j|notre)))"
    r"|(?<=\ben )(?P<y8>\d{3})(?=[ ?.!]*$|,)|(?<=\bl'an )(?P<y9>\d{2,4})\b"
)
_ROMAN = {"i": 1, "v": 5, "x": 10}


@dataclass(frozen=True, slots=True)
class _Date:
    """A date of a folded text, where it stands in it; ``year`` is 0 when none is told."""

    begin: int
    stop: int
    year: int
    first: tuple[int, int]
    last: tuple[int, int]
    years: int = 1

    @property
    def frame(self) -> Timeframe:
        return Timeframe(self._write(self.year, self.first), self._write(self._end, self.last))

    @property
    def _end(self) -> int:
        return self.year and self.year + self.years - 1

    @staticmethod
    def _write(year: int, day: tuple[int, int]) -> str:
        # A thirteenth month is the first of the year after.
        year, month = year + (day[0] - 1) // 12 * bool(year), (day[0] - 1) % 12 + 1
        known = min(day[1], calendar.monthrange(year or 2000, month)[1])
        return f"{year:04d}-{month:02d}-{known:02d}" if year else f"--{month:02d}-{known:02d}"


def _read_dates(text: str) -> list[_Date]:
    """Find the dates of a text, in order."""
    plain = fold_in_place(text)
    dates = [
        found
        for match in _DATE.finditer(plain)
        if not _is_name(text, match) and (found := _read_date(match)) is not None
    ]
    return _share_years(plain, dates)


def _is_name(text: str, match: re.Match[str]) -> bool:
    """Whether a month alone has a capital: the planet Mars, the model MAI."""
    alone = match["month"] is not None and match["y2"] is None
    return alone and text[match.start("month")].isupper()


def _read_date(match: re.Match[str]) -> _Date | None:
    found = {name: value for name, value in match.groupdict().items() if value is not None}
    year = next((int(value) for name, value in found.items() if re.fullmatch(r"y\d", name)), 0)
    first, last, years = (1, 1), (12, 31), 1
    if iso := found.get("iso") or _turn(found.get("numeric", "")):
        year, month, day = (int(part) for part in iso.split("-"))
        first = last = (month, day)
    elif "day" in found:
        first = last = (MONTHS[found["daymonth"]], int(found["day"]))
    elif "month" in found:
        month = MONTHS[found["month"]]
        since, until = _PARTS_OF_MONTH.get(found.get("mpart", ""), (1, 31))
        first, last = (month, since), (month, until)
    elif months := _read_months(found):
        first, last = (months[0], 1), (months[1], 31)
    elif decade := found.get("decade") or found.get("tens"):
        year, years = int(decade) + 1900 * (len(decade) == 2), 10
    elif century := found.get("century"):
        year, years = 100 * (_read_ordinal(century) - 1) + 1, 100
    if not (1 <= first[0] <= 12 and 1 <= first[1] <= 31):
        return None
    return _Date(match.start(), match.end(), year, first, last, years)


def _turn(numeric: str) -> str:
    return "-".join(part.zfill(2) for part in reversed(numeric.split("/"))) if numeric else ""


def _read_months(found: dict[str, str]) -> tuple[int, int] | None:
    """Return the first and last month of a season, a quarter, a half or a part of a year."""
    if "season" in found:
        return _SEASONS[found["season"]]
    if "ypart" in found:
        return _PARTS_OF_YEAR[found["ypart"]]
    if "division" in found:
        length = 3 if found["division"] == "trimestre" else 6
        number = min(_ORDINALS[found["ordinal"]], 12 // length)
    elif "short" in found:
        length = 3 if found["short"][0] == "t" else 6
        number = min(int(found["short"][1]), 12 // length)
    else:
        return None
    return length * (number - 1) + 1, length * number


def _read_ordinal(century: str) -> int:
    """Read the number of a century, in Arabic or Roman figures."""
    if century.isdecimal():
        return max(int(century), 1)
    values = [_ROMAN[letter] for letter in century]
    signed = [-v if v < after else v for v, after in zip(values, [*values[1:], 0], strict=True)]
    return max(sum(signed), 1)


# « entre février et octobre 2025 », « du 17 au 22 novembre 2023 »: the last date has the year.
_LINK = re.compile(r" ?(?:,|et|ou|a|au|puis|-|–) ?(?:le |la |l'|en |a la |a l'|au )?(?:fin )?")


def _share_years(text: str, dates: list[_Date]) -> list[_Date]:
    """Give a date without a year that of the date it is joined to."""
    shared = list(dates)
    for k in range(len(shared) - 2, -1, -1):
        joint = text[shared[k].stop : shared[k + 1].begin]
        if not shared[k].year and shared[k + 1].year and _LINK.fullmatch(joint):
            shared[k] = replace(shared[k], year=shared[k + 1].year)
    return shared


# ------------------------------------------------------------------------------------- frames

# « avant l'extension annoncée en janvier 2023 »: the words between a preposition and its date.
_GAP = r"(?:(?!\b(?:qui|que|quand|dont|ou|avant|apres|depuis|entre|en quel\w*)\b)[^,;:.?!()]){0,45}"
_BEFORE = re.compile(rf"\bavant (?P<gap>{_GAP})$")
_UNTIL = re.compile(rf"\b(?:jusqu'(?:en|au?x?)|d'ici(?: a)?) (?P<gap>{_GAP})$")
_AFTER = re.compile(rf"\bapres (?P<gap>{_GAP})$")
_SINCE = re.compile(rf"\b(?:depuis|a partir d[eu]|a compter d[eu]|des) ?(?P<gap>{_GAP})$")
_FROM = re.compile(r"\b(?:entre|de|du|d')(?: le| la| l'| l)? ?$")
_TO = re.compile(r" (?:et|a|au|jusqu'au?|jusqu'en) (?:le |la |l')?")
# « du 17 au 22 novembre », « les 26 et 27 février »: the first day is a bare number.
_DAYS = re.compile(r"\b(?:du|entre le|les) (?P<first>[1-9]\d?)(?:er)? (?:au|et(?: le)?) $")


def find_timeframe(question: str, newest: str = "") -> Timeframe | None:
    """Say what time a question asks about.

    Parameters
    ----------
    question
        It stands alone.
    newest
        A date, ISO 8601, after which nothing is asked about: « depuis septembre » is that before.

    Returns
    -------
    Timeframe | None
        The smallest range that holds every time told; None when no time is told, or when it is
        that of an event without its date (« depuis l’accord »), or today: nothing is too old to
        hold still.
    """
    frames = list(_read_frames(question))
    if all(frame.bounded for frame in frames):
        newest = ""
    frames = _resolve_frames(frames, newest)
    if not frames:
        return None
    frames = [frame for frame in frames if not frame.yearless] or frames
    starts, ends = [frame.start for frame in frames], [frame.end for frame in frames]
    return Timeframe(min(starts), max(ends) if all(ends) else "")


def find_dates(text: str) -> list[tuple[Span, Timeframe]]:
    """Find the dates of a text, where each stands in it and the days that it names."""
    return [(Span(told.begin, told.stop), told.frame) for told in _read_dates(text)]


# What leads to a date.
_TO_DATE = re.compile(
    r"(?:\s+(?:en|de|du|depuis|le|la|avant|après|au|entre|et))*\s*$", re.IGNORECASE
)


def cut_dates(text: str) -> str:
    """Write a text without its dates and what leads to them."""
    for span, _ in reversed(find_dates(text)):
        text = _TO_DATE.sub("", text[: span.start]) + text[span.end :]
    return text


def fold_in_place(text: str) -> str:
    """Fold a text character by character: offsets in the result are those of the text."""
    return "".join(map(_fold_character, text))


@cache
def _fold_character(character: str) -> str:
    folded = " " if character.isspace() else fold(character)
    return folded if len(folded) == 1 else character


def _read_frames(text: str) -> Iterator[Timeframe]:
    """Read each time of a text with the words that say before, after or between."""
    dates, text = _read_dates(text), fold_in_place(text)
    k = 0
    while k < len(dates):
        first, left = dates[k], text[: dates[k].begin]
        joint = text[first.stop : dates[k + 1].begin] if k + 1 < len(dates) else ""
        if _TO.fullmatch(joint) and _FROM.search(left):
            yield Timeframe(first.frame.start, dates[k + 1].frame.end)
            k += 1
        else:
            yield _bound(first, left)
        k += 1


def _bound(date: _Date, left: str) -> Timeframe:
    """Turn one date into a range, from the words on its left."""
    frame = date.frame
    if days := _DAYS.search(left):
        return replace(date, first=(date.first[0], int(days["first"]))).frame
    if _UNTIL.search(left):
        return Timeframe("", frame.end)
    if match := _BEFORE.search(left):
        return Timeframe("", _shift(frame.start, -1) if _excludes(frame, match) else frame.end)
    if match := _AFTER.search(left):
        return Timeframe(_shift(frame.end, 1) if _excludes(frame, match) else frame.start, "")
    return Timeframe(frame.start, "") if _SINCE.search(left) else frame


def _excludes(frame: Timeframe, match: re.Match[str]) -> bool:
    """Whether « avant » and « après » leave out the whole date.

    They do for one day and for a bare date (« avant 2023 »), but « avant l'accord d'octobre
    2025 » may be in October.
    """
    return frame.start == frame.end or len(match["gap"].split()) <= 1


def _shift(day: str, days: int) -> str:
    if day.startswith("--"):
        return day
    return (datetime.date.fromisoformat(day) + datetime.timedelta(days=days)).isoformat()


# ------------------------------------------------------------------------------------- moments

# Words that say which version is meant and nothing of what it is: a question is read without them.
_LATEST = re.compile(
    r",? ?\b(?:aujourd'hui|actuellement|maintenant|desormais|a present|a ce jour|en ce moment"
    r"|de nos jours|a l'heure actuelle|actuel(?:le)?s?|finalement|au final)\b"
)
_FIRST = re.compile(
    r",? ?\b(?:initialement|a l'origine|au (?:tout )?(?:depart|debut)|dans un premier temps)\b"
    r"(?! d(?:e|es|u|')\b)"
)
# Those that name it too: « la dernière estimation », but not « les dix derniers mois ».
_LAST = re.compile(
    r"(?<!\ban )(?<!\bannee )(?<!\bmois )(?<!\bsemaine )"
    r"\b(?:derni(?:er|ere)|(?:plus|tout) recente?)s?\b(?! (?:jour|mois|semaine|an|heure|trimestre))"
)
_EARLY = re.compile(r"\bpremi(?:er|ere)s?\b(?! (?:ministre|jour|mois|semaine|an|heure|trimestre))")
# « il comptait », « il a compté »: verbs of the past. « il comptera »: of what is to come.
_IMPERFECT = re.compile(
    r"\b(?!(?:lait|fait|sait|nait|plait|trait|parait|connait|parfait|forfait|bienfait|souhait)s?\b"
    r"|\w*(?:traits?|connait|parait|portrait|refait|satisfait)\b)\w{2,}(?:ait|aient)\b"
)
_PERFECT = re.compile(
    r"(?<!\by )\b(?:a|ont)(?:-t)?(?:-(?:ils?|elles?|on))? (?:\w+ ){0,2}?"
    r"(?:\w{2,}(?:é|i|u|is|it|ert)|mis|dit|fait|[elpv]u|dû)e?s?\b"
)
_FUTURE = re.compile(r"\b\w{2,}(?:ra|ront)\b(?!-)|\b\w{2,}ra-t-|\b\w{2,}ront-")


def find_moment(question: str) -> tuple[Moment, str]:
    """Say which version of a fact a question asks for, and write it without the words that do.

    « Combien de places compte aujourd’hui la crèche ? » asks for the latest, and so does one about
    what is or will be; « à l’origine » for the first; one about what was for none.
    """
    plain = fold_in_place(question)
    moments: tuple[tuple[Moment, re.Pattern[str]], ...] = (("first", _FIRST), ("latest", _LATEST))
    for moment, words in moments:
        if found := list(words.finditer(plain)):
            for match in reversed(found):
                question = question[: match.start()] + question[match.end() :]
            return moment, question.strip()
    if _LAST.search(plain):
        return "latest", question
    if not tells_past(question):
        return "present", question
    return "first" if _EARLY.search(plain) else "", question


# « Comment le taux a-t-il évolué ? », « Quelle est l'évolution du taux ? »
_CHANGING = re.compile(
    r"\bcomment\b(?= .*\b(?P<asks>(?:a|ont)(?:-t)?(?:-\w+)? (?:(?:evolue|varie)e?s?\b"
    r"|(?:change|progresse|augmente|baisse|diminue)e?s?\b"
    r"(?! (?:les?|la|l'|une?|des?|d'|s[ae]|son)\b))))"
    r"|\bcomment (?:evolue|varie)(?:nt)?\b|\bquelle (?:est|a ete|fut) l'evolution (?=d)"
)


def find_changing(question: str) -> str:
    """Return what a question says to change, to be told version by version; empty for another."""
    match = _CHANGING.search(fold_in_place(question))
    if match is None:
        return ""
    start, end = match.span("asks") if match["asks"] else (len(question), len(question))
    return cut_dates(f"{question[match.end() : start]}{question[end:]}".strip(" ?"))


def tells_past(text: str) -> bool:
    """Whether a question asks, or a sentence tells, what was."""
    return looks_back(text) or bool(_PERFECT.search(text.lower()))


def looks_back(text: str) -> bool:
    """Whether a sentence tells what was and may be no more: « il comptait »."""
    return bool(_IMPERFECT.search(fold_in_place(text)))


def tells_future(text: str) -> bool:
    """Whether a question asks, or a sentence tells, what will be."""
    return bool(_FUTURE.search(fold_in_place(text)))


def list_times(sentence: str, article_date: str) -> list[Timeframe]:
    """List the times that a sentence tells, in its order, with their years.

    What has no year takes it from the one before or from its article's date, ISO 8601; what stays
    without one, and a season that does, is left out.
    """
    written = (frame for frame in _read_frames(sentence) if not _is_season(frame))
    resolved = _resolve_frames(written, article_date, tells_future(sentence))
    return [told for told in resolved if not told.yearless]


def date_fact(sentence: str, article_date: str) -> Timeframe | None:
    """Say when what a sentence tells holds: at the first date that it tells, else at its article's.

    None where it tells what was without saying when. A date to come is that of a deadline, unless
    the sentence tells what will be.
    """
    future = tells_future(sentence)
    for told in list_times(sentence, article_date):
        to_come = article_date and told.start > _last_day(article_date)
        # « à compter du 1er mai » is no deadline.
        if not to_come or not told.end or future:
            return told
    if not article_date or looks_back(sentence):
        return None
    return Timeframe(_first_day(article_date), _last_day(article_date))


# ---------------------------------------------------------------------------------------- fit


def _is_season(frame: Timeframe) -> bool:
    """Whether a time without a year is longer than a month: « l'hiver » may be that of any."""
    return frame.yearless and frame.bounded and frame.start[:4] != frame.end[:4]


def fit_time(frame: Timeframe, sentence: str, article_date: str = "") -> float:
    """Say how surely a sentence speaks of a time.

    Parameters
    ----------
    frame
        The time asked about.
    sentence
        The sentence; a date in it decides.
    article_date
        Date of its article, ISO 8601, possibly without its day; it decides for a sentence without
        a date.

    Returns
    -------
    float
        From -1 to 1: 1 when a date of the sentence lies in the range, 0.5 when it is wider than
        the range or only the article's date lies in it, 0 when nothing tells, -0.5 when the
        article is older than the range, or later without speaking of what was, -1 when every date
        of the sentence is outside.
    """
    told = _resolve_frames(_read_frames(sentence), article_date, tells_future(sentence))
    fits = [_fit_frame(frame, other) for other in told]
    if any(fit > 0 for fit in fits):
        return max(fits)
    # A deadline to come says when something will be, not what time the sentence speaks of.
    if any(not (article_date and other.start > article_date) for other in told):
        return max(fits)
    later = not frame.yearless and frame.end and article_date[:4] > frame.end[:4]
    if sentence and later and not looks_back(sentence):
        return -0.5
    return _fit_article(frame, article_date)


def is_in(frame: Timeframe, told: Timeframe) -> bool:
    """Whether the whole of one range lies in another; a year on neither side may be missing."""
    return _fit_frame(frame, told) == 1


def _resolve_frames(
    frames: Iterable[Timeframe], article_date: str, future: bool = False
) -> list[Timeframe]:
    """Give the frames of a sentence the year of the one before, or that of the article.

    The article's year, or the year before for what would else be still to come; of a sentence that
    tells the ``future`` the year after for what would else be over.
    """
    resolved: list[Timeframe] = []
    year = 0
    for frame in frames:
        if frame.yearless and (year or article_date):
            own, month = year or int(article_date[:4]), (frame.start or frame.end)[1:4]
            if not year and len(article_date) > 4:
                told = f"{own}{month}"
                own += (told < article_date[:7]) if future else -(told > article_date[:7])
            frame = _put_year(frame, str(own))
        if not frame.yearless:
            year = int((frame.start or frame.end)[:4])
        resolved.append(frame)
    return resolved


def _put_year(frame: Timeframe, year: str) -> Timeframe:
    """Write a range in another year, ``-`` for none."""
    start, end = (day and year + day[-6:] for day in (frame.start, frame.end))
    # A winter ends in the year after it begins.
    if "" < end < start and year.isdecimal():
        end = f"{int(year) + 1}{end[-6:]}"
    return Timeframe(start, end)


def _fit_frame(frame: Timeframe, told: Timeframe) -> float:
    """Compare two ranges: 1 when the second lies in the first, 0.5 when they meet, else -1.

    Without a year on one side, months and days are compared; 0 when they tell nothing.
    """
    if frame.yearless or told.yearless:
        if not (frame.bounded and told.bounded) or told.start[:4] != told.end[:4]:
            return 0.0
        frame, told = _put_year(frame, "-"), _put_year(told, "-")
    # « 9 » comes after every year: an open end is never reached.
    end, told_end = frame.end or "9", told.end or "9"
    if told.start > end or frame.start > told_end:
        return -1.0
    return 1.0 if frame.start <= told.start and told_end <= end else 0.5


def _fit_article(frame: Timeframe, article_date: str) -> float:
    if not article_date:
        return 0.0
    article = Timeframe(_first_day(article_date), _last_day(article_date))
    fit = _fit_frame(frame, article)
    if fit >= 0:
        return fit / 2
    # What was written later may tell of the time; what was written before can't.
    return -0.5 if article.end < frame.start else 0.0


def _first_day(day: str) -> str:
    return day + "-01-01"[len(day) - 4 :]


def _last_day(day: str) -> str:
    if len(day) == 7:
        year, month = int(day[:4]), int(day[5:])
        return f"{day}-{calendar.monthrange(year, month)[1]:02d}"
    return day + "-12-31"[len(day) - 4 :]


# ------------------------------------------------------------------------------------ wording


def format_date(date: str) -> str:
    """Write an ISO 8601 date in French, possibly without its day or its month.

    What is none is returned as it is.
    """
    match = re.fullmatch(r"(\d+)(?:-(\d{2}))?(?:-(\d{2}))?", date)
    if match is None or not 1 <= int(match[2] or 1) <= 12:
        return date
    day = int(match[3] or 0)
    words = ["1er" if day == 1 else str(day)] if day else []
    words += [WRITTEN_MONTHS[int(match[2]) - 1]] if match[2] else []
    return NO_BREAK_SPACE.join(words) + (" " if words else "") + match[1]


def write_frame(told: Timeframe) -> str:
    """Write a range of days: « 12 mars 2024 », « automne 2024 », « 2024 », « depuis le… »."""
    start, end = told.start, told.end
    if not start or not end:
        return f"depuis le {format_date(start)}" if start else f"jusqu’au {format_date(end)}"
    if start == end:
        return format_date(start)
    if start[:4] == end[:4] and (start[5:], end[5:]) == ("01-01", "12-31"):
        return start[:4]
    if start[:7] == end[:7]:
        return format_date(start[:7])
    if start[:4] == end[:4] and start[8:] == "01" and _last_day(end[:7]) == end:
        name = _NAMED_MONTHS.get((int(start[5:7]), int(end[5:7])))
        if name:
            return name + start[:4]
    if start[5:] == "12-01" and end in (f"{int(start[:4]) + 1}-02-{day}" for day in (28, 29)):
        return f"hiver {start[:4]}-{end[:4]}"
    return f"{format_date(start)} – {format_date(end)}"
