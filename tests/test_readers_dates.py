"""Dates that articles declare and that files are named after."""

from __future__ import annotations

import datetime

import pytest

from rag.readers.dates import date_from_name, parse_date


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2025-10-28", "2025-10-28"),
        ("2025-10-28T09:30:00Z", "2025-10-28"),
        ("2025-10", "2025-10"),
        ("2025", "2025"),
        (2025, "2025"),
        ("2025-02-30", ""),
        ("2025-13", ""),
        ("28/10/2025", "2025-10-28"),
        ("28.10.2025", "2025-10-28"),
        ("le mardi 28 octobre 2025 à 10 h", "2025-10-28"),
        ("1er août 2025", "2025-08-01"),
        ("du 3 sept. 2025 au 4 octobre 2025", "2025-09-03"),
        ("octobre 2025", "2025-10"),
        ("10/2025", "2025-10"),
        ("31/02/2025", ""),
        ("28 octobre", ""),
        ("hier", ""),
        ("", ""),
        (None, ""),
        (True, ""),
        (["2025"], ""),
    ],
)
def test_a_declared_date(value: object, expected: str) -> None:
    assert parse_date(value) == expected


@pytest.mark.parametrize(
    ("stem", "date"),
    [
        ("2024-03-12-titre", "2024-03-12"),
        ("12-03-2024_titre", "2024-03-12"),
        ("20240312 titre", "2024-03-12"),
        ("12mars2024_titre", "2024-03-12"),
        ("CR_12.03.2024", "2024-03-12"),
        ("titre 12 mars 2024", "2024-03-12"),
        ("Séance du 1er-février-2024", "2024-02-01"),
        ("1881-07-29 loi", "1881-07-29"),
        ("2024-03-12-2025-budget", "2024-03-12"),
        ("2024-03-12 du 12 mars 2024", "2024-03-12"),
        # No day of the calendar, a number, a period, a year, a plan.
        ("20241399", ""),
        ("15010203", ""),
        ("0612122024", ""),
        ("99-99-2024", ""),
        ("2023-01-01_2023-12-31", ""),
        ("rapport 2023", ""),
        ("délibération 2024-03", ""),
        ("plan 2099-01-01", ""),
    ],
)
def test_the_day_that_a_file_is_named_after(stem: str, date: str) -> None:
    assert date_from_name(stem) == date


def test_a_notice_may_be_named_after_a_day_to_come() -> None:
    day = (datetime.date.today() + datetime.timedelta(days=30)).isoformat()
    assert date_from_name(f"ordre du jour {day}") == day
