"""The date of an article, as it declares it or as its file is named: French or ISO 8601 → ISO 8601.

A day that the calendar does not have is no date.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from itertools import chain

from rag.french import MONTHS, fold

_SHORT_MONTHS = {"janv": 1, "jan": 1, "fevr": 2, "fev": 2, "mar": 3, "avr": 4, "juill": 7}
_SHORT_MONTHS |= {"juil": 7, "sept": 9, "oct": 10, "nov": 11, "dec": 12}
_MONTHS = MONTHS | _SHORT_MONTHS
_NAMES = "|".join(_MONTHS)
_YEAR = r"(?P<year>[12]\d{3})(?!\d)"
_DAYS = tuple(
    re.compile(rf"(?<!\d){pattern}")
    for pattern in (
        # 2024-03-12, 2024_03_12, 20240312
        r"(?P<year>[12]\d{3})(?P<sign>[-_./ ]?)(?P<month>\d\d)(?P=sign)(?P<day>\d\d)(?!\d)",
        # 12/03/2024, 12-3-2024
        rf"(?P<day>\d{{1,2}})(?P<sign>[-_./ ])(?P<month>\d{{1,2}})(?P=sign){_YEAR}",
        # 12 mars 2024, 1er-avril-2024, 3 sept. 2024
        rf"(?P<day>\d{{1,2}})(?:er)?[-_. ]*(?P<month>{_NAMES})[-_. ]*{_YEAR}",
    )
)
_MONTH = re.compile(
    rf"(?:en |de )?(?:(?P<name>{_NAMES})\.? {_YEAR}|(?P<month>\d{{1,2}})/(?P<slashed>[12]\d{{3}}))"
)
_ISO = re.compile(r"[12]\d{3}(?:-\d\d)?")
# Eight figures are a number more often than a day of another century.
_COMPACT = re.compile(r"(?:19|20)\d{6}")
# A notice may be named after the day that it announces.
_AHEAD = datetime.timedelta(days=366)


def parse_date(value: object) -> str:
    """Return the ISO 8601 date, year-month or year that a value tells, empty when it tells none.

    « le mardi 12 mars 2024 à 10 h » and « 12/03/2024 » are 2024-03-12; of several days the first
    one counts.
    """
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    text = " ".join(fold(str(value)).split())
    day = next(find_days(text), None)
    if day:
        return day[0].isoformat()
    match = _MONTH.fullmatch(text)
    if match:
        month = _MONTHS[match["name"]] if match["name"] else int(match["month"])
        text = f"{match['year'] or match['slashed']}-{month:02d}"
    return text if _ISO.fullmatch(text) and 1 <= int(text[5:] or 1) <= 12 else ""


def date_from_name(stem: str) -> str:
    """Return the day that a file is named after, empty when it has none, or several.

    A day more than a year ahead is none.
    """
    found = find_days(fold(stem))
    days = {day for day, told in found if not told[0].isdecimal() or _COMPACT.fullmatch(told[0])}
    day = days.pop() if len(days) == 1 else datetime.date.max
    return day.isoformat() if day <= datetime.date.today() + _AHEAD else ""


def find_days(text: str) -> Iterator[tuple[datetime.date, re.Match[str]]]:
    """Find the days of a folded text, in order, each with its place."""
    matches = chain.from_iterable(pattern.finditer(text) for pattern in _DAYS)
    end = 0
    for match in sorted(matches, key=lambda found: found.start()):
        month = match["month"]
        try:
            number = int(month) if month.isdecimal() else _MONTHS[month]
            day = datetime.date(int(match["year"]), number, int(match["day"]))
        except ValueError:
            continue
        # « 2024-03-12-2025 » does not tell 3 December.
        if match.start() >= end:
            end = match.end()
            yield day, match
