"""What time a question asks about, and which sentences speak of that time."""

from __future__ import annotations

import pytest

from rag.timeframe import (
    Timeframe,
    cut_dates,
    date_fact,
    find_changing,
    find_dates,
    find_moment,
    find_timeframe,
    fit_time,
    fold_in_place,
    format_date,
    write_frame,
)


@pytest.mark.parametrize(
    ("question", "start", "end"),
    [
        ("Qui régnait en 1715 ?", "1715-01-01", "1715-12-31"),
        ("Qui régnait en 814 ?", "0814-01-01", "0814-12-31"),
        ("Quel était le cours au 28 octobre 2025 ?", "2025-10-28", "2025-10-28"),
        ("Quel était le cours le 1er\u00a0mars 2024 ?", "2024-03-01", "2024-03-01"),
        ("Quel était le cours le 28/10/2025 ?", "2025-10-28", "2025-10-28"),
        ("Que s’est-il passé en février 2024 ?", "2024-02-01", "2024-02-29"),
        ("Que s’est-il passé à l’été 2024 ?", "2024-06-01", "2024-09-30"),
        ("Combien de visiteurs en hiver 2024 ?", "2024-12-01", "2025-02-28"),
        ("Quel chiffre d’affaires au premier trimestre 2025 ?", "2025-01-01", "2025-03-31"),
        ("Quel chiffre d’affaires au T3 2025 ?", "2025-07-01", "2025-09-30"),
        ("Quel bénéfice au second semestre de 2026 ?", "2026-07-01", "2026-12-31"),
        ("Combien de salariés fin 2025 ?", "2025-10-01", "2025-12-31"),
        ("Combien de salariés à la fin du mois de mai 2025 ?", "2025-05-20", "2025-05-31"),
        ("Qui écrivait au XIXe siècle ?", "1801-01-01", "1900-12-31"),
        ("Que chantait-on dans les années 1980 ?", "1980-01-01", "1989-12-31"),
        # Two ends, the first of which takes the year of the second.
        ("Que s’est-il passé entre 2019 et 2023 ?", "2019-01-01", "2023-12-31"),
        ("Et de février à octobre 2025 ?", "2025-02-01", "2025-10-31"),
        ("Qui a régné du 17 au 22 novembre 2023 ?", "2023-11-17", "2023-11-22"),
        # Half-open: the date itself is out for « avant » and « après », in for « depuis ».
        ("Qui dirigeait avant 2023 ?", "", "2022-12-31"),
        ("Qui dirige depuis le 28 octobre 2025 ?", "2025-10-28", ""),
        ("Qui dirigeait après 2023 ?", "2024-01-01", ""),
        ("Que faire à partir de 2026 ?", "2026-01-01", ""),
        ("Que faire d’ici 2030 ?", "", "2030-12-31"),
        # An event that carries its date; within its month, it may be any day.
        ("Quelle part depuis l’accord du 28 octobre 2025 ?", "2025-10-28", ""),
        ("Quelle part avant l’accord du 28 octobre 2025 ?", "", "2025-10-27"),
        ("Quelle part avant l’accord d’octobre 2025 ?", "", "2025-10-31"),
        ("Combien avant l’extension annoncée en janvier 2023 ?", "", "2023-01-31"),
        # No year is told.
        ("Et en août ?", "--08-01", "--08-31"),
    ],
)
def test_times_of_questions(question: str, start: str, end: str) -> None:
    assert find_timeframe(question) == Timeframe(start, end)


@pytest.mark.parametrize(
    "question", ["Qui dirige aujourd’hui Vannes ?", "Quel est le taux actuel ?", "Et maintenant ?"]
)
def test_today_is_no_time(question: str) -> None:
    assert find_timeframe(question) is None


@pytest.mark.parametrize(
    "question",
    [
        # An event without its date, questions that ask for one, figures that are no years, names.
        "Qui dirige depuis l’accord ?",
        "Depuis quelle année dirige-t-il ?",
        "Combien coûtent 2000 GPU ?",
        "Combien de chercheurs ont été recrutés ?",
        "Combien de chercheurs travaillent dans la MAI Superintelligence Team ?",
        "Quelle est la distance de Mars à la Terre ?",
    ],
)
def test_no_time(question: str) -> None:
    assert find_timeframe(question) is None


def test_dates_stand_where_they_are_in_the_text() -> None:
    text = "« L’œuvre » date du 1er\u00a0novembre 2025, d’autres\u202f: de 1999."
    found = [(text[span.start : span.end], frame) for span, frame in find_dates(text)]
    assert found == [
        ("1er\u00a0novembre 2025", Timeframe("2025-11-01", "2025-11-01")),
        ("1999", Timeframe("1999-01-01", "1999-12-31")),
    ]


def test_a_folded_text_keeps_its_offsets() -> None:
    text = "L’Œuvre\u00a0d’Édouard\u202f: 3½\tnœuds, ÉTÉ\u200b\n…"
    assert fold_in_place(text) == "l'Œuvre d'edouard : 3½ nœuds, ete\u200b …"
    every = "".join(map(chr, range(0x3000)))
    assert fold_in_place(every) == "".join(map(fold_in_place, every))
    assert len(fold_in_place(every)) == len(every)


IN_2022 = Timeframe("2022-01-01", "2022-12-31")


@pytest.mark.parametrize(
    ("why", "sentence", "article", "fit"),
    [
        ("a date of the sentence", "En mars 2022, la ville votait.", "2024-01-05", 1.0),
        ("one of two dates", "De 2019 à mars 2021, puis en juin 2022.", "", 1.0),
        ("a wider time", "Entre 2019 et 2023, la ville votait.", "", 0.5),
        ("the date of the article", "La ville vote.", "2022-05-01", 0.5),
        ("another date than the article's", "En 2019, la ville votait.", "2022-05-01", -1.0),
        ("a deadline to come", "La tour doit ouvrir en 2030.", "2022-05-01", 0.5),
        ("the month of the article's year", "Le 11 mars, la ville votait.", "2022-05", 1.0),
        ("the month of the year before", "Le 11 décembre, la ville votait.", "2023-02-01", 1.0),
        ("an older article", "La ville vote.", "2019-05-01", -0.5),
        ("a later article may look back", "La ville votait.", "2024-05-01", 0.0),
        ("nothing", "La ville votait.", "", 0.0),
    ],
)
def test_what_time_a_sentence_speaks_of(why: str, sentence: str, article: str, fit: float) -> None:
    assert fit_time(IN_2022, sentence, article) == fit, why


def test_what_was_told_before_may_still_hold_and_what_is_told_later_does_not() -> None:
    assert fit_time(IN_2022, "La ville vote.", "2024-05-01") == -0.5
    assert fit_time(IN_2022, "Le vote aura lieu le 11 mars.", "2021-12-05") == 1.0
    assert fit_time(IN_2022, "À la sortie de l’hiver, la ville vote.", "2022-06-01") == 0.5


@pytest.mark.parametrize(
    ("question", "moment", "bare"),
    [
        ("Quel est aujourd’hui le tarif ?", "latest", "Quel est le tarif ?"),
        ("Quel est le tarif actuel du bac ?", "latest", "Quel est le tarif du bac ?"),
        ("Quelle était la dernière estimation ?", "latest", ""),
        ("Quel était, à l’origine, le tarif ?", "first", "Quel était, le tarif ?"),
        ("Quel a été le premier bilan ?", "first", ""),
        ("Quel est le tarif ?", "present", ""),
        ("Quand le bac rouvrira-t-il ?", "present", ""),
        ("Combien de quais y a-t-il ?", "present", ""),
        ("Combien gagne le Premier ministre ?", "present", ""),
        # They name something else.
        ("Quel était le bus au départ de Brest ?", "", ""),
        ("Qui était à l’origine de la panne ?", "", ""),
        ("Combien valait-il ces dix derniers mois ?", "", ""),
        ("Combien a-t-il coûté ?", "", ""),
        ("Qui a mis le feu ?", "", ""),
    ],
)
def test_which_version_a_question_asks_for(question: str, moment: str, bare: str) -> None:
    assert find_moment(question) == (moment, bare or question)


@pytest.mark.parametrize(
    ("sentence", "start", "end"),
    [
        ("Le bac coûte 10 euros.", "2024-05-07", "2024-05-07"),
        ("En 2019, le bac coûtait 8 euros.", "2019-01-01", "2019-12-31"),
        ("En septembre, le bac a coûté 8 euros.", "2023-09-01", "2023-09-30"),
        ("En septembre, le bac coûtera 8 euros.", "2024-09-01", "2024-09-30"),
        ("Le bac coûte 8 euros à compter du 1er juin 2024.", "2024-06-01", ""),
        # A deadline, and a season of any year.
        ("Le bac vise mille passagers en 2030.", "2024-05-07", "2024-05-07"),
        ("Le bac s’arrête en hiver.", "2024-05-07", "2024-05-07"),
    ],
)
def test_when_what_a_sentence_tells_holds(sentence: str, start: str, end: str) -> None:
    assert date_fact(sentence, "2024-05-07") == Timeframe(start, end)


def test_what_was_at_no_time_told_has_no_date() -> None:
    assert date_fact("Le bac coûtait 8 euros.", "2024-05-07") is None
    assert date_fact("Le bac coûte 8 euros.", "") is None


@pytest.mark.parametrize(
    ("question", "topic"),
    [
        ("Comment le tarif du bac a-t-il évolué ?", "le tarif du bac"),
        ("Comment a évolué le tarif du bac ?", "le tarif du bac"),
        ("Quelle est l’évolution du tarif du bac depuis 2020 ?", "du tarif du bac"),
        ("Comment change-t-on de bac ?", ""),
        ("Comment la mairie a-t-elle baissé les tarifs ?", ""),
        ("Quel est le tarif ?", ""),
    ],
)
def test_what_a_question_says_to_change(question: str, topic: str) -> None:
    assert " ".join(find_changing(question).split()) == topic


def test_a_question_is_written_without_its_dates() -> None:
    assert cut_dates("Quel était le tarif du bac avant le 7 mai 2024 ?") == (
        "Quel était le tarif du bac ?"
    )
    assert find_timeframe("Le tarif depuis septembre ?", "2024-05-07") == (
        Timeframe("2023-09-01", "")
    )


def test_before_and_since() -> None:
    before, since = Timeframe("", "2025-10-27"), Timeframe("2025-10-28", "")
    for sentence, fit in (
        ("Le droit courait en 2023.", 1.0),
        ("Avant le 28 octobre 2025, le droit courait.", 1.0),
        ("Depuis le 28 octobre 2025, le droit est éteint.", -1.0),
        ("En octobre 2025, le droit change.", 0.5),
    ):
        assert fit_time(before, sentence) == fit
    assert fit_time(since, "Le 28 octobre 2025, le droit change.") == 1.0
    assert fit_time(since, "En 2019, le droit courait.") == -1.0


def test_a_month_of_no_year() -> None:
    august = Timeframe("--08-01", "--08-31")
    assert fit_time(august, "En août 2025, ils étaient 700 millions.") == 1.0
    assert fit_time(august, "En mars 2025, ils étaient 500 millions.") == -1.0
    assert fit_time(august, "En 2025, ils étaient 500 millions.") == 0.5


@pytest.mark.parametrize(
    ("date", "written"),
    [
        ("2025-10-28", "28\u00a0octobre 2025"),
        ("2025-08-01", "1er\u00a0août 2025"),
        ("2025-02", "février 2025"),
        ("814-12", "décembre 814"),
        ("2025", "2025"),
        # What is no date.
        ("", ""),
        ("hier", "hier"),
        ("2025-13-01", "2025-13-01"),
    ],
)
def test_dates_in_french(date: str, written: str) -> None:
    assert format_date(date) == written


@pytest.mark.parametrize(
    "told",
    [
        "automne 2022",
        "printemps 2023",
        "été 2024",
        "hiver 2024-2025",
        "fin 2025",
        "mars 2024",
        "2024",
    ],
)
def test_a_time_is_written_as_it_was_told(told: str) -> None:
    frame = find_timeframe(f"Qui régnait en {told.removesuffix('-2025')} ?")
    assert frame is not None and write_frame(frame) == told
