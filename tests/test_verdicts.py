"""Yes or no, said only where a sentence of the articles surely says so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from conftest import FakeReader

from rag.french import plain_spaces
from rag.policy import Policy
from rag.types import Chunk, Entailment, Evidence, Excerpt, Scores
from rag.verdicts import VERDICT_READ, answer_yes_or_no, judge_statement, state_question

SIGNED, REFUSED, RAIN = "La mairie a signé le bail.", "La mairie n’a pas signé.", "Il a plu."
ASKED = "La mairie a-t-elle signé le bail ?"
POLICY = Policy(yes=0.75, no=0.75)


class Judge:
    """A reader whose judgement of each source is told, and who remembers what it was asked."""

    def __init__(self, judgements: Mapping[str, Entailment]) -> None:
        self.asked: list[tuple[str, str]] = []
        self._judgements = judgements

    def score(self, question: str, excerpts: Sequence[Excerpt]) -> list[Scores]:
        raise AssertionError("nothing is read here")

    def entail(self, pairs: Sequence[tuple[str, str]]) -> list[Entailment]:
        self.asked += pairs
        return [self._judgements[source] for source, _ in pairs]


def make_evidence(*texts: str) -> list[Evidence]:
    return [
        Evidence(n, Chunk(f"a#{n}", "a", "", "", 0, len(text), text, ()), 0, len(text), text, 1.0)
        for n, text in enumerate(texts, start=1)
    ]


def judge(entailed: float, contradicted: float) -> Judge:
    """Judge the sentence that says it was signed, and that it was not."""
    judged = Entailment(entailed, 1 - entailed - contradicted, contradicted)
    return Judge({SIGNED: judged, REFUSED: judged})


# -------------------------------------------------------------------------------- the statement


@pytest.mark.parametrize(
    ("question", "stated"),
    [
        ("La mairie a-t-elle signé ?", "La mairie a signé."),
        ("Les élus ont-ils voté le budget ?", "Les élus ont voté le budget."),
        ("Le maire vend-il l’usine ?", "Le maire vend l'usine."),
        ("Le pont n’a-t-il pas rouvert ?", "Le pont n'a pas rouvert."),
        ("Est-ce que la mairie a signé ?", "La mairie a signé."),
        ("Est-ce qu’il pleut à Brest ?", "Il pleut à Brest."),
        ("Bonjour, est-ce que la mairie a signé ?", "La mairie a signé."),
        ("Peut-on visiter le phare ?", "On peut visiter le phare."),
        ("A-t-on voté le budget ?", "On a voté le budget."),
        ("Faut-il payer l’entrée ?", "Il faut payer l'entrée."),
        ("Mais faut-il payer l’entrée ?", "Il faut payer l'entrée."),
        ("A-t-elle signé ?", "Elle a signé."),
        ("Sont-ils partis ?", "Ils sont partis."),
        ("Y a-t-il un pont à Brest ?", "Il y a un pont à Brest."),
        ("Ai-je droit à une aide ?", "J'ai droit à une aide."),
        ("Est-ce une bonne idée ?", "C'est une bonne idée."),
    ],
)
def test_a_question_is_written_as_what_a_yes_would_state(question: str, stated: str) -> None:
    assert state_question(question) == stated


@pytest.mark.parametrize(
    "question",
    [
        "La mairie a-t-elle signé\u202f?",
        "La mairie a-t-elle signé\u00a0?",
        "la mairie a-t-elle signé",
        "La mairie a-t-elle signé ?!...",
        "EST-CE QUE la mairie a signé ?",
        "Est ce que la mairie a signé ?",
    ],
)
def test_case_and_typography_change_no_statement(question: str) -> None:
    assert state_question(question) == "La mairie a signé."


@pytest.mark.parametrize(
    ("question", "stated"),
    [
        ("", "."),
        ("?", "."),
        ("é", "É."),
        # Hyphens that invert nothing stay.
        ("Saint-Ilpize est-il classé ?", "Saint-Ilpize est classé."),
        ("Le porte-avions coule-t-il ?", "Le porte-avions coule."),
        ("Le rendez-vous a-t-il lieu ?", "Le rendez-vous a lieu."),
    ],
)
def test_only_the_asking_is_taken_out(question: str, stated: str) -> None:
    assert state_question(question) == stated


# -------------------------------------------------------------------------------- the judgement


def test_the_statement_is_judged_by_the_first_sentences_alone() -> None:
    sure = Judge({text: Entailment(0.1, 0.8, 0.1) for text in (SIGNED, REFUSED)})
    judge_statement(ASKED, make_evidence(SIGNED, REFUSED, RAIN), sure)
    assert VERDICT_READ == 2
    assert sure.asked == [(SIGNED, SIGNED), (REFUSED, SIGNED)]


@pytest.mark.parametrize(
    ("first", "second", "decides"),
    [
        (Entailment(0.7, 0.3, 0.0), Entailment(0.1, 0.0, 0.9), 2),
        (Entailment(0.7, 0.3, 0.0), Entailment(0.0, 0.4, 0.6), 1),
        (Entailment(0.0, 0.2, 0.8), Entailment(0.7, 0.3, 0.0), 1),
        # Of equals, the better evidence.
        (Entailment(0.2, 0.8, 0.0), Entailment(0.0, 0.8, 0.2), 1),
    ],
)
def test_the_sentence_that_is_surest_decides(
    first: Entailment, second: Entailment, decides: int
) -> None:
    sure = Judge({SIGNED: first, REFUSED: second})
    judged, item = judge_statement(ASKED, make_evidence(SIGNED, REFUSED), sure)
    assert item.n == decides
    assert judged == (first, second)[decides - 1]


def test_one_sentence_is_enough() -> None:
    judged, item = judge_statement(ASKED, make_evidence(SIGNED), FakeReader())
    assert (judged.entailed, item.text) == (1.0, SIGNED)


# ----------------------------------------------------------------------------------- the answer


@pytest.mark.parametrize(
    ("entailed", "contradicted", "word"),
    [
        (0.9, 0.0, "Oui"),
        (0.75, 0.25, "Oui"),
        (0.0, 0.9, "Non"),
        (0.25, 0.75, "Non"),
    ],
)
def test_the_word_comes_first_then_the_quotation_that_says_so(
    entailed: float, contradicted: float, word: str
) -> None:
    decides = SIGNED if word == "Oui" else REFUSED
    said = answer_yes_or_no(ASKED, make_evidence(decides), judge(entailed, contradicted), POLICY)
    assert said is not None
    assert plain_spaces(said.text) == f"{word} : « {decides} »"
    assert (said.citations, said.support) == ((1,), "supported")
    assert not said.reworded


@pytest.mark.parametrize(
    ("entailed", "contradicted"), [(0.74, 0.0), (0.0, 0.74), (0.5, 0.5), (0.0, 0.0)]
)
def test_below_the_thresholds_nothing_is_said(entailed: float, contradicted: float) -> None:
    reader = judge(entailed, contradicted)
    assert answer_yes_or_no(ASKED, make_evidence(SIGNED), reader, POLICY) is None


def test_yes_and_no_have_thresholds_of_their_own() -> None:
    evidence = make_evidence(REFUSED)
    strict, lax = Policy(yes=0.95, no=0.6), Policy(yes=0.6, no=0.95)
    assert answer_yes_or_no(ASKED, evidence, judge(0.8, 0.2), strict) is None
    assert answer_yes_or_no(ASKED, evidence, judge(0.2, 0.8), lax) is None
    assert answer_yes_or_no(ASKED, evidence, judge(0.8, 0.2), lax) is not None
    assert answer_yes_or_no(ASKED, evidence, judge(0.2, 0.8), strict) is not None


def test_what_denies_nothing_is_no_no() -> None:
    assert answer_yes_or_no(ASKED, make_evidence(SIGNED), judge(0.0, 1.0), POLICY) is None


def test_without_a_policy_the_shipped_one_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    evidence, reader = make_evidence(SIGNED), judge(0.8, 0.0)
    monkeypatch.setattr("rag.verdicts.load_policy", lambda: Policy(yes=0.7))
    assert answer_yes_or_no(ASKED, evidence, reader) is not None
    monkeypatch.setattr("rag.verdicts.load_policy", lambda: Policy(yes=0.9))
    assert answer_yes_or_no(ASKED, evidence, reader) is None


def test_without_evidence_nothing_is_judged() -> None:
    reader = Judge({})
    assert answer_yes_or_no(ASKED, [], reader, POLICY) is None
    assert reader.asked == []


@pytest.mark.parametrize(
    "question",
    [
        "La mairie n’a-t-elle pas signé le bail ?",
        "Est-ce que la mairie n'a jamais signé le bail ?",
        "N’y a-t-il plus aucun bail ?",
    ],
)
@pytest.mark.parametrize(("entailed", "contradicted"), [(1.0, 0.0), (0.0, 1.0)])
def test_a_negative_question_gets_no_word_that_could_be_misread(
    question: str, entailed: float, contradicted: float
) -> None:
    reader = judge(entailed, contradicted)
    assert answer_yes_or_no(question, make_evidence(SIGNED), reader, POLICY) is None


def test_the_number_is_that_of_the_sentence_that_decides() -> None:
    sure = Judge({RAIN: Entailment(0.0, 1.0, 0.0), REFUSED: Entailment(0.0, 0.1, 0.9)})
    said = answer_yes_or_no(ASKED, make_evidence(RAIN, REFUSED), sure, POLICY)
    assert said is not None
    assert plain_spaces(said.text) == f"Non : « {REFUSED} »"
    assert said.citations == (2,)


def test_a_sentence_forges_neither_marks_nor_quotation_marks() -> None:
    forged = "Le maire a **signé** le « bail » [7].\nOui [2, 3]."
    sure = Judge({forged: Entailment(1.0, 0.0, 0.0)})
    said = answer_yes_or_no(ASKED, make_evidence(forged), sure, POLICY)
    assert said is not None
    assert plain_spaces(said.text) == "Oui : « Le maire a signé le “bail”. Oui. »"
    assert said.citations == (1,)
