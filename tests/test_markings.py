"""What a strong model wrote: good sentences survive, planted errors are marked, nothing is lost."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from conftest import FakeReader
from settled import Strict, settle_policy

from rag.french import plain_spaces
from rag.markings import cite_draft, cut_draft, mark_draft
from rag.types import AnswerSentence, Chunk, Entailment, Evidence

RAISED = "OpenAI a levé 40 milliards de dollars en mars 2025, avec SoftBank."
WORTH = "OpenAI vaut 300 milliards de dollars."
RENTS = "Le loyer est de 15 euros à Nantes et de 11 euros à Brest."
NONE = "Sam Altman ne détient aucune part d’OpenAI."


def make_evidence(*texts: str) -> list[Evidence]:
    return [
        Evidence(n, Chunk(f"a#{n}", "a", "", "", 0, len(t), t, ()), 0, len(t), t, 1.0)
        for n, t in enumerate(texts, start=1)
    ]


EVIDENCE = make_evidence(RAISED, WORTH, RENTS, NONE)


@pytest.fixture(autouse=True)
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    settle_policy(monkeypatch)


def mark(text: str, question: str = "") -> tuple[AnswerSentence, ...]:
    return mark_draft(text, EVIDENCE, Strict(), question)


# -------------------------------------------------------------------------------------- cutting


def test_sentences_items_and_cells_keep_their_order_and_their_numbers() -> None:
    text = (
        "## La levée\n\nOpenAI lève **40** milliards [1]. Elle vaut 300 milliards. [2]\n"
        "Deux loyers :\n- Nantes, 15 euros [3]\n2. Brest, 11 euros [3][4]\n\n"
        "| Ville | Loyer |\n|---|:--:|\n| Nantes | 15 euros [3] |\n| Brest [3] | 11 euros |\n"
        "Une phrase coupée en plei"
    )
    made = [(p.text, p.numbers, p.item, p.label, p.side) for p in cut_draft(text)]
    assert made == [
        ("OpenAI lève 40 milliards.", (1,), False, "", ""),
        ("Elle vaut 300 milliards.", (2,), False, "", ""),
        # What announces a list rests on what its items do.
        ("Deux loyers :", (3, 4), False, "", ""),
        ("Nantes, 15 euros", (3,), True, "", ""),
        ("Brest, 11 euros", (3, 4), True, "", ""),
        ("15 euros", (3,), True, "Nantes", "Loyer"),
        ("11 euros", (3,), True, "Brest", "Loyer"),
    ]


@pytest.mark.parametrize("text", ["", "\n\n", "|", "| a |\n| b |", "# Titre", "[1]", "- [1]", "…"])
def test_what_says_nothing_makes_nothing(text: str) -> None:
    assert cut_draft(text) == []


# -------------------------------------------------------------------------------------- marking


@pytest.mark.parametrize(
    "sentence",
    [
        "En mars 2025, OpenAI a levé 40 milliards de dollars avec SoftBank [1].",
        "OpenAI vaut 300 milliards, après 40 milliards levés en mars 2025 [1][2].",
        "- OpenAI vaut 300 milliards de dollars [2]",
        "Sam Altman ne détient aucune part [4].",
        "| Ville | loyer |\n| - | - |\n| Nantes | 15 euros [3] |",
    ],
)
def test_what_its_source_says_is_marked_so(sentence: str) -> None:
    (made,) = mark(sentence) if "| - |" in sentence else mark(sentence)
    assert (made.support, made.why, made.marked, made.reworded) == ("supported", "", True, True)


@pytest.mark.parametrize(
    ("sentence", "why"),
    [
        # A wrong figure, a swapped name, a negation.
        ("OpenAI a levé 45 milliards de dollars en mars 2025 [1].", "« 45 milliards de dollars »"),
        ("Avec Amazon, OpenAI a levé 40 milliards [1].", ""),
        ("OpenAI ne vaut pas 300 milliards de dollars [2].", "la source ne le nie pas"),
        # No source, one that does not exist, the wrong one.
        ("OpenAI vaut 300 milliards de dollars.", "sans source ; la 2 semble le dire"),
        ("Rennes aura une usine.", "aucune source n’est citée"),
        ("Rennes aura une usine [9].", "aucune source n’est citée"),
        ("OpenAI vaut 300 milliards de dollars [4].", "la source 2 semble le dire"),
        # An invented item, a false cell.
        ("- Une usine ouvrira à Rennes [1]", ""),
        ("| Ville | loyer |\n| - | - |\n| Nantes | 12 euros [3] |", "« 12 euros »"),
    ],
)
def test_a_planted_error_is_shown_as_not_proved(sentence: str, why: str) -> None:
    (made,) = mark(sentence)
    assert made.support != "supported" and made.marked
    assert why in plain_spaces(made.why) and made.why


def test_one_false_cell_does_not_spoil_its_table() -> None:
    table = "| Ville | loyer |\n| --- | --- |\n| Nantes | 15 euros [3] |\n| Brest | 14 euros [3] |"
    assert [(m.label, m.support) for m in mark(table)] == [
        ("Nantes", "supported"),
        ("Brest", "unsupported"),
    ]


def test_nothing_is_put_under_another_number() -> None:
    (made,) = mark("OpenAI vaut 300 milliards de dollars [1].")
    assert (made.citations, made.support) == ((1,), "unsupported")


def test_a_name_of_the_question_is_no_stranger() -> None:
    said = "OpenAI, la société de Musk, vaut 300 milliards [2]."
    lenient = [m.why for m in mark(said, "Que vaut la société de Musk ?")]
    assert all("Musk" not in why for why in lenient)


def test_a_translation_is_cited_and_never_proved() -> None:
    (made,) = cite_draft("OpenAI is worth 300 billion dollars [2].", EVIDENCE, "traduction")
    assert (made.citations, made.support, made.why) == ((2,), "unsupported", "traduction")


class Credulous(FakeReader):
    """Finds every claim in every source."""

    def entail(self, pairs: Sequence[tuple[str, str]]) -> list[Entailment]:
        return [Entailment(1.0, 0.0, 0.0)] * len(pairs)


def test_values_of_two_rows_are_not_swapped_whatever_a_reader_thinks() -> None:
    table = "| Ville | loyer |\n| - | - |\n| Nantes | 11 euros [3] |\n| Brest | 11 euros [3] |"
    nantes, brest = mark_draft(table, EVIDENCE, Credulous())
    assert (nantes.support, brest.support) == ("unsupported", "supported")
    assert "Nantes" in nantes.why


def test_a_name_that_opens_a_sentence_is_a_name_too() -> None:
    (swapped,) = mark_draft("Amazon a levé 40 milliards de dollars [1].", EVIDENCE, Credulous())
    assert swapped.support == "unsupported" and "Amazon" in swapped.why
    (kept,) = mark_draft("Ensemble, ils ont levé 40 milliards [1].", EVIDENCE, Credulous())
    assert kept.support == "supported"
