"""The support check: the reader decides, a value that the source excludes vetoes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from rag.policy import Policy
from rag.support import Verdict, check_claims
from rag.types import Entailment, Excerpt, Scores

INVESTED = "Microsoft a investi 13 milliards de dollars dans OpenAI."
HOLDS = "La Fondation détient 26 % du capital d’OpenAI."
# What is put otherwise: only a reader can tell.
PUT = "Le géant de Redmond a placé 13 milliards dans OpenAI."
YES, OPEN, NO = Entailment(1.0, 0.0, 0.0), Entailment(0.0, 1.0, 0.0), Entailment(0.0, 0.0, 1.0)


class Opinion:
    """A reader of one opinion, but on the claims that it has another of; counts the calls."""

    def __init__(self, usual: Entailment, others: Mapping[str, Entailment] | None = None) -> None:
        self.asked: list[list[tuple[str, str]]] = []
        self._usual, self._others = usual, others or {}

    def score(self, question: str, excerpts: Sequence[Excerpt]) -> list[Scores]:
        raise AssertionError("not for reading")

    def entail(self, pairs: Sequence[tuple[str, str]]) -> list[Entailment]:
        self.asked.append(list(pairs))
        return [self._others.get(claim, self._usual) for _, claim in pairs]


def check(
    claim: str,
    source: str,
    reader: Opinion,
    context: str = "",
    supported: float = 0.5,
    contradicted: float = 0.5,
) -> Verdict:
    policy = Policy(supported=supported, contradicted=contradicted)
    return check_claims([(claim, source, context)], reader, policy)[0]


# ---------------------------------------------------------------------------------- the reader


@pytest.mark.parametrize(
    ("meaning", "support", "why"),
    [
        (YES, "supported", ""),
        (OPEN, "unsupported", "la source ne le dit pas"),
        (NO, "contradicted", "la source semble dire le contraire"),
    ],
)
def test_the_reader_decides(meaning: Entailment, support: str, why: str) -> None:
    verdict = check(PUT, INVESTED, Opinion(meaning))
    assert (verdict.support, verdict.why, verdict.score) == (support, why, meaning.entailed)


@pytest.mark.parametrize(
    ("least", "support"), [(0.55, "supported"), (0.6, "supported"), (0.65, "unsupported")]
)
def test_how_sure_the_reader_must_be_is_fitted(least: float, support: str) -> None:
    reader = Opinion(Entailment(0.6, 0.4, 0.0))
    assert check(PUT, INVESTED, reader, supported=least).support == support


@pytest.mark.parametrize(("least", "support"), [(0.4, "contradicted"), (0.8, "unsupported")])
def test_how_sure_a_contradiction_must_be_is_fitted(least: float, support: str) -> None:
    reader = Opinion(Entailment(0.1, 0.3, 0.6))
    assert check(PUT, INVESTED, reader, contradicted=least).support == support


def test_the_reader_is_asked_what_was_claimed_of_what_was_cited() -> None:
    reader = Opinion(YES)
    check(PUT, INVESTED, reader, "Le titre, 2025-10-31.")
    assert reader.asked == [[(INVESTED, PUT)]]


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        (INVESTED, INVESTED),
        (INVESTED, f"Amazon n’a rien dit. {INVESTED} Personne ne le regrette."),
        (f"{INVESTED} {HOLDS}", f"{INVESTED} {HOLDS}"),
        ("MICROSOFT A INVESTI 13 MILLIARDS DE DOLLARS DANS OPENAI", INVESTED),
        ("La Fondation détient 26\u00a0% du capital d'OpenAI.", HOLDS),
    ],
)
def test_what_is_repeated_word_for_word_needs_no_opinion(claim: str, source: str) -> None:
    assert check(claim, source, Opinion(NO)) == Verdict("supported", 1.0)


@pytest.mark.parametrize(
    ("claim", "source"), [("", INVESTED), ("Il est là.", ""), ("", ""), ("🙂", ""), ("…", "…")]
)
def test_nothing_is_supported_by_nothing(claim: str, source: str) -> None:
    assert check(claim, source, Opinion(OPEN)).support == "unsupported"


def test_part_of_a_sentence_is_no_repetition() -> None:
    """« Microsoft rachète OpenAI » stands in its denial too."""
    claim, source = "Microsoft rachète OpenAI.", "Il est faux que Microsoft rachète OpenAI."
    assert check(claim, source, Opinion(NO)).support == "contradicted"


def test_claims_are_judged_each_in_its_place_and_in_two_readings_at_most() -> None:
    claims = [PUT, INVESTED, "Il pleut.", "Rien ne va plus ici, et Microsoft a payé OpenAI."]
    reader = Opinion(OPEN, {PUT: YES, "Microsoft a payé OpenAI.": YES, "Il pleut.": NO})
    found = check_claims([(claim, INVESTED, "") for claim in claims], reader, Policy())
    assert [verdict.support for verdict in found] == [
        "supported",
        "supported",
        "contradicted",
        "partial",
    ]
    assert len(reader.asked) == 2


# ------------------------------------------------------------------------------------ the veto

SHARES = (
    "Microsoft détient 27 % du capital d’OpenAI, et la Fondation 26 %. "
    "Amazon a investi 38 milliards de dollars le 3 novembre 2025, puis 12 millions d’euros "
    "en avril."
)


@pytest.mark.parametrize(
    ("claim", "source", "alien"),
    [
        (INVESTED.replace("13", "14"), INVESTED, "14 milliards de dollars"),
        (INVESTED.replace("13", "13,5"), INVESTED, "13,5 milliards de dollars"),
        (INVESTED.replace("milliards", "millions"), INVESTED, "13 millions de dollars"),
        ("Microsoft a investi 13 % dans OpenAI.", INVESTED, "13 %"),
        ("La Fondation détient 62 % du capital.", HOLDS, "62 %"),
        ("Amazon a investi 38 milliards d’euros.", SHARES, "38 milliards d’euros"),
        ("Amazon a investi le 13 novembre 2025.", SHARES, "13 novembre 2025"),
        ("Le délai est de 15 mois.", "Le délai est de 15 jours.", "15 mois"),
    ],
)
def test_no_opinion_saves_a_value_that_the_source_excludes(
    claim: str, source: str, alien: str
) -> None:
    for opinion, support in ((YES, "unsupported"), (NO, "contradicted")):
        verdict = check(claim, source, Opinion(opinion))
        assert verdict.support == support
        assert verdict.why == f"« {alien} » n’est pas dans la source"


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("Microsoft a injecté 13 Md$ dans OpenAI.", INVESTED),
        ("Microsoft a placé treize milliards dans OpenAI.", INVESTED),
        ("La Fondation possède 26 pour cent d’OpenAI.", HOLDS),
        ("La Fondation possède plus d’un quart d’OpenAI.", HOLDS),
        ("Amazon a mis 38 Md$ le 03/11/2025.", SHARES),
        ("Amazon a mis 38 milliards le 2025-11-03.", SHARES),
        ("Les prix ont crû de 1 500 millions.", "Les prix ont crû de 1,5 milliard."),
    ],
)
def test_a_value_written_otherwise_is_left_to_the_reader(claim: str, source: str) -> None:
    assert check(claim, source, Opinion(YES)).support == "supported"
    assert check(claim, source, Opinion(OPEN)).support == "unsupported"


def test_a_vetoed_claim_scores_below_any_that_may_hold() -> None:
    sure = Opinion(YES)
    right, wrong = check(PUT, INVESTED, sure), check(PUT.replace("13", "14"), INVESTED, sure)
    doubtful = check(PUT, INVESTED, Opinion(Entailment(0.05, 0.95, 0.0)))
    assert wrong.score < doubtful.score < right.score


def test_the_context_lends_its_dates_but_no_other_figure() -> None:
    source = "Fondée en 2015, l’entreprise a reçu 13 milliards."
    context = "Ce que dit Microsoft, 2025-10-31. Elle vaut 135 milliards."
    dated = "L’entreprise a reçu 13 milliards en 2025."
    assert check(dated, source, Opinion(YES)).support == "unsupported"
    assert check(dated, source, Opinion(YES), context).support == "supported"
    figure = check("L’entreprise a reçu 135 milliards.", source, Opinion(YES), context)
    assert figure.support == "unsupported"


# ---------------------------------------------------------------------------------- the clauses

FIRST, SECOND = "Microsoft a payé cher OpenAI", "Amazon a quitté le conseil."


@pytest.mark.parametrize(
    "joint", [", et ", ", mais ", ", tandis qu’", ", alors qu’", " ; ", ", puis "]
)
@pytest.mark.parametrize("held", [FIRST, SECOND])
def test_a_claim_with_one_clause_that_holds_is_partly_said(joint: str, held: str) -> None:
    verdict = check(f"{FIRST}{joint}{SECOND}", INVESTED, Opinion(OPEN, {held: YES}))
    assert (verdict.support, verdict.why) == ("partial", "la source n’en dit qu’une partie")


def test_a_claim_of_which_no_clause_holds_is_not_said() -> None:
    claim = f"{FIRST}, et {SECOND}"
    assert check(claim, INVESTED, Opinion(OPEN)).support == "unsupported"
    assert check(claim, INVESTED, Opinion(NO)).support == "contradicted"


def test_a_claim_that_holds_by_parts_but_not_whole_is_not_said() -> None:
    """The parts may hold where what joins them does not."""
    claim = f"{FIRST}, puis {SECOND}"
    assert check(claim, INVESTED, Opinion(YES, {claim: OPEN})).support == "unsupported"


def test_a_false_value_in_a_clause_leaves_the_other() -> None:
    claim = f"{PUT.rstrip('.')}, et la Fondation détient 40 % du capital."
    verdict = check(claim, f"{INVESTED} {HOLDS}", Opinion(YES))
    assert verdict.support == "partial"
    # Still the score of what is not said.
    assert verdict.score < 0.5


@pytest.mark.parametrize("claim", ["Microsoft a payé, et Amazon aussi.", "Microsoft, et lui, rit."])
def test_a_few_words_are_no_clause(claim: str) -> None:
    reader = Opinion(OPEN, {"Microsoft a payé": YES, "Microsoft": YES})
    assert check(claim, INVESTED, reader).support == "unsupported"
