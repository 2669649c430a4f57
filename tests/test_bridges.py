"""Questions about what they describe without naming it."""

from __future__ import annotations

import pytest

from rag import bridges
from rag.abstention import Judgement
from rag.bridges import Crossed, cross_bridge, find_bridge
from rag.reading import Reading, Scored
from rag.types import Chunk, Span


@pytest.mark.parametrize(
    ("question", "described", "asked"),
    [
        (
            "La société qui a livré les rames, où est son siège ?",
            "La société qui a livré les rames",
            "{}, où est son siège ?",
        ),
        (
            "Celui qui a remplacé Fressange à Tours, combien gagne-t-il ?",
            "Celui qui a remplacé Fressange à Tours",
            "{}, combien gagne-t-il ?",
        ),
        (
            "Combien d’habitants compte la commune où est née Solange Peyrat ?",
            "la commune où est née Solange Peyrat",
            "Combien d'habitants compte {} ?",
        ),
        (
            "Quel âge a le fils du maire qui a fait supprimer le tram ?",
            "le maire qui a fait supprimer le tram",
            "Quel âge a le fils de {} ?",
        ),
        (
            "Au carrefour où la cycliste est tombée, quelle était la vitesse ?",
            "le carrefour où la cycliste est tombée",
            "{}, quelle était la vitesse ?",
        ),
    ],
)
def test_what_is_described_is_lifted_out(question: str, described: str, asked: str) -> None:
    found = find_bridge(question)
    assert found is not None
    assert found.described == described
    assert found.asked == asked


@pytest.mark.parametrize(
    "question",
    [
        "Combien coûte le ticket ?",
        "Le maire, qui est-il ?",
        "Résume l’accord",
        "Pourquoi la mairie a-t-elle fermé la piscine ?",
        "Qui dirige la commune ?",
        # Those that are many are no one thing to name.
        "Combien coûtent les vêtements que personne n’a réclamés ?",
    ],
)
def test_what_describes_nothing_is_left_alone(question: str) -> None:
    assert find_bridge(question) is None


ASKED = "Combien d’habitants compte la commune où est née Solange Peyrat ?"
BORN = "Solange Peyrat est née à Vaulx en 1970."
COUNTED = "Vaulx compte 320 habitants."


def make_reading(*texts: str) -> Reading:
    chunk = Chunk("a#0", "a", "Portrait", "", 0, 9, " ".join(texts), ())
    sentences = tuple(Scored(chunk, Span(0, 1), text, 0.0, 0.5) for text in texts)
    return Reading(search=None, sentences=sentences)  # type: ignore[arg-type]


def cross(
    monkeypatch: pytest.MonkeyPatch, first: Reading, second: Reading, answers: float = 0.9
) -> tuple[list[str], Crossed | None]:
    asked: list[str] = []

    def read(text: str) -> Reading:
        asked.append(text)
        return first if len(asked) == 1 else second

    monkeypatch.setattr(bridges, "judge_question", lambda _: Judgement(answers, 0.0))
    return asked, cross_bridge(ASKED, read)


def test_the_name_that_is_found_takes_the_place_of_what_describes_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first, second = make_reading(BORN), make_reading(COUNTED)
    asked, crossed = cross(monkeypatch, first, second)
    # What the question names already is not asked for again.
    assert asked == ["la commune où est née Solange Peyrat", "Combien d'habitants compte Vaulx ?"]
    assert crossed is not None
    assert (crossed.first, crossed.second) == (first, second)


@pytest.mark.parametrize(
    ("first", "second", "answers"),
    [
        pytest.param((), (COUNTED,), 0.9, id="nothing tells what is described"),
        pytest.param(("Elle y est née en 1970.",), (COUNTED,), 0.9, id="no name"),
        pytest.param((BORN,), (COUNTED,), 0.4, id="the second step has no answer"),
        pytest.param((BORN,), (), 0.9, id="nothing is found for it"),
        pytest.param((BORN,), ("Brest compte 900 habitants.",), 0.9, id="of another"),
        pytest.param((BORN,), (BORN,), 0.9, id="the same sentence"),
    ],
)
def test_both_steps_must_hold(
    monkeypatch: pytest.MonkeyPatch,
    first: tuple[str, ...],
    second: tuple[str, ...],
    answers: float,
) -> None:
    assert cross(monkeypatch, make_reading(*first), make_reading(*second), answers)[1] is None
