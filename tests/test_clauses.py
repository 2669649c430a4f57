"""Reading a statement as one clause."""

from __future__ import annotations

import pytest

from rag.clauses import Names, cut_rest, learn_genders, read_clause

NAMES = Names({"OpenAI": "f"}, frozenset({"openai", "microsoft", "asml", "mensch"}))


@pytest.mark.parametrize(
    ("sentence", "subject", "before", "after", "core"),
    [
        ("ASML a investi 2 euros dans X, dit-on.", "ASML", "a", "investi", "2 euros dans X"),
        ("OpenAI, de son côté, a été fondée en 2015.", "OpenAI", "a", "été fondée", "en 2015"),
        (
            "En mai 2024, la loi SB 53 est entrée en vigueur.",
            "la loi SB 53",
            "est",
            "entrée",
            "en vigueur",
        ),
        (
            "Microsoft s'est engagé à payer 3 euros.",
            "Microsoft",
            "s'est",
            "engagé à payer",
            "3 euros",
        ),
        ("Microsoft doit payer 3 euros.", "Microsoft", "doit", "payer", "3 euros"),
        (
            "Les revenus d'OpenAI dépassent 3 euros.",
            "les revenus d'OpenAI",
            "dépassent",
            "",
            "3 euros",
        ),
        ("Microsoft bâtit et loue.", "", "", "", ""),
        (
            "OpenAI et Microsoft ont signé un accord.",
            "OpenAI et Microsoft",
            "ont",
            "signé",
            "un accord",
        ),
    ],
)
def test_the_parts_of_a_statement(
    sentence: str, subject: str, before: str, after: str, core: str
) -> None:
    clause = read_clause(sentence, NAMES)
    if not subject:
        assert clause is None
        return
    assert clause is not None
    assert (clause.subject, clause.before, clause.after, clause.core) == (
        subject,
        before,
        after,
        core,
    )


@pytest.mark.parametrize(
    ("sentence", "pronoun"),
    [
        ("OpenAI détient 3 %.", "elle"),
        ("Microsoft détient 3 %.", "il"),
        ("La Fondation OpenAI détient 3 %.", "elle"),
        ("Les droits de Microsoft courent.", "ils"),
        ("Mira Murati a fondé OpenAI.", "elle"),
        ("L'équipe Superalignment a disparu.", "elle"),
        # A name of two words that nothing tells may be a person of either gender.
        ("Karén Simonyan a rejoint Microsoft.", ""),
        ("Asimov Technologies a été fondée en 2015.", "elle"),
    ],
)
def test_the_pronoun_agrees(sentence: str, pronoun: str) -> None:
    names = Names(NAMES.genders, NAMES.words | {"simonyan"})
    clause = read_clause(sentence, names)
    assert clause is not None and clause.pronoun == pronoun


@pytest.mark.parametrize(
    "sentence",
    [
        "Quiconque a signé reste lié.",
        "Il a signé un accord.",
        "Cette entreprise a signé un accord.",
        "Celle-ci est établie par la mairie.",
        "Paul a signé un accord.",
    ],
)
def test_what_points_elsewhere_is_no_subject(sentence: str) -> None:
    assert read_clause(sentence, NAMES) is None


def test_a_rest_stops_where_it_can() -> None:
    assert cut_rest("un accord avec AMD, selon Reuters") == "un accord avec AMD"
    assert cut_rest("OpenAI en mai 2024 et s'est tu.") == "OpenAI en mai 2024"
    assert cut_rest("DeepMind pour un prix que l'on ignore") == "DeepMind"


def test_genders_are_learnt_from_what_agrees() -> None:
    learnt = learn_genders(
        [
            "Mistral AI est valorisée 11 milliards.",
            "La part de Microsoft est évaluée à 3 euros.",
            "Mira Murati a parlé.",
            "Anthropic, fondée en 2021, a grandi.",
        ]
    )
    assert learnt == {"Mistral AI": "f", "Murati": "f", "Anthropic": "f"}


def test_the_present_of_one_day_can_be_put_in_the_past() -> None:
    clause = read_clause("Le 3 mai 2023, OpenAI annonce un accord.", NAMES)
    assert clause is not None
    assert (clause.past.before, clause.past.after) == ("a", "annoncé")
    lasting = read_clause("OpenAI détient 3 %.", NAMES)
    assert lasting is not None and lasting.past is lasting
