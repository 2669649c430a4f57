"""The support check, one rule a row."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from rag.support import check_claim, check_claims
from rag.types import Entailment, Excerpt, Scores

INVESTED = "Microsoft a investi 13 milliards de dollars dans OpenAI."
HOLDS = "La Fondation détient 26 % du capital d’OpenAI."


@pytest.mark.parametrize(
    ("claim", "source", "support", "why"),
    [
        (INVESTED, INVESTED, "supported", ""),
        (
            "Les articles ne disent pas que Microsoft a racheté OpenAI ; ils disent : "
            f"« {INVESTED.rstrip('.')} ».",
            INVESTED,
            "supported",
            "",
        ),
        (
            f"Les articles ne disent pas qu’{HOLDS.rstrip('.')} ; ils disent : « {HOLDS} ».",
            HOLDS,
            "contradicted",
            "la source dit ce que la phrase n’y trouve pas",
        ),
        (
            "Les articles ne disent pas que Microsoft a racheté OpenAI ; ils disent : « Rien ».",
            INVESTED,
            "unsupported",
            "la source parle d’autre chose",
        ),
        ("Dans OpenAI, Microsoft a investi 13 milliards.", INVESTED, "supported", ""),
        ("Microsoft a injecté 13 Md$ dans OpenAI.", INVESTED, "supported", ""),
        ("Microsoft a investi treize milliards dans OpenAI.", INVESTED, "supported", ""),
        ("La Fondation détient 26 pour cent du capital d’OpenAI.", HOLDS, "supported", ""),
        (
            "Microsoft a investi 14 milliards de dollars dans OpenAI.",
            INVESTED,
            "contradicted",
            "le chiffre 14 n’apparaît pas dans la source",
        ),
        (
            "Microsoft a investi 13,5 milliards de dollars dans OpenAI.",
            INVESTED,
            "contradicted",
            "le chiffre 13,5 n’apparaît pas dans la source",
        ),
        (
            "Microsoft a investi 13 millions de dollars dans OpenAI.",
            INVESTED,
            "unsupported",
            "le chiffre 13 n’a pas la même unité dans la source",
        ),
        (
            "Microsoft a investi 13 % dans OpenAI.",
            INVESTED,
            "unsupported",
            "le chiffre 13 n’a pas la même unité dans la source",
        ),
        (
            "Microsoft a investi 13 milliards de dollars dans Anthropic.",
            INVESTED,
            "unsupported",
            "« Anthropic » n’apparaît pas dans la source",
        ),
        (
            "Google a investi 13 milliards de dollars dans OpenAI.",
            INVESTED,
            "unsupported",
            "« Google » n’apparaît pas dans la source",
        ),
        (
            "Microsoft n’a pas investi 13 milliards de dollars dans OpenAI.",
            INVESTED,
            "contradicted",
            "la phrase nie ce que la source affirme",
        ),
        (
            "Microsoft détenait une part du capital.",
            "Microsoft ne détenait aucune part du capital.",
            "contradicted",
            "la phrase affirme ce que la source nie",
        ),
        (
            "Microsoft a investi dans OpenAI avec une rapidité nouvelle.",
            INVESTED,
            "partial",
            "la source n’en dit qu’une partie",
        ),
        (
            "La météo sera belle demain.",
            INVESTED,
            "unsupported",
            "la source parle d’autre chose",
        ),
        ("", INVESTED, "unsupported", "la source parle d’autre chose"),
        ("Il est là.", "", "unsupported", "la source parle d’autre chose"),
    ],
)
def test_check_claim(claim: str, source: str, support: str, why: str) -> None:
    verdict = check_claim(claim, source)
    assert (verdict.support, verdict.why) == (support, why)
    assert 0 <= verdict.score <= 1


def test_a_negation_elsewhere_in_a_passage_contradicts_nothing() -> None:
    passage = f"{INVESTED} Amazon n’a rien dit. Personne ne le regrette."
    assert check_claim(INVESTED, passage).support == "supported"
    denied = "Microsoft n’a pas investi 13 milliards de dollars dans OpenAI."
    assert check_claim(denied, passage).support == "contradicted"


def test_scores_order_verdicts() -> None:
    right = check_claim(INVESTED, INVESTED).score
    wrong = check_claim(INVESTED.replace("13", "14"), INVESTED).score
    assert right == 1 and wrong <= 0.4


def test_the_context_lends_names_and_years_but_no_other_figure() -> None:
    source = "L’entreprise y a investi 13 milliards."
    context = "Ce que dit Microsoft, 2025-10-31. Elle vaut 135 milliards."
    named = "Microsoft y a investi 13 milliards en 2025."
    assert check_claim(named, source).support == "unsupported"
    assert check_claim(named, source, context).support == "supported"
    figure = check_claim("Microsoft y a investi 135 milliards.", source, context)
    assert figure.why == "le chiffre 135 n’apparaît pas dans la source"


def test_a_figure_without_a_scale_of_its_own_takes_that_of_the_claim() -> None:
    assert check_claim("Il vaut 10 milliards.", "Il vaut entre 10 et 13 milliards.").support == (
        "supported"
    )


@pytest.mark.parametrize(
    ("claim", "source", "support"),
    [
        ("Ford a investi 13 millions.", "Ford s’est engagé à investir 13 millions.", "partial"),
        ("Ford investira 13 millions.", "Ford promet d’investir 13 millions.", "partial"),
        ("Ford investit 5 millions.", "Ford investit jusqu’à 5 millions.", "partial"),
        ("Le site coûte 5 millions.", "Le site pourrait coûter 5 millions.", "partial"),
        ("Ford promet d’investir 5 millions.", "Ford promet d’investir 5 millions.", "supported"),
        ("Ford est engagé.", "Ford s’est engagé à investir 13 millions.", "supported"),
    ],
)
def test_a_reserve_of_the_source_is_kept(claim: str, source: str, support: str) -> None:
    assert check_claim(claim, source).support == support


def test_a_figure_is_not_lent_to_a_name_of_the_context() -> None:
    source = "Microsoft déclare à la SEC 13 milliards de dollars d’engagements."
    verdict = check_claim(
        "Satya Nadella a 13 milliards de dollars d’engagements.",
        source,
        f"Satya Nadella dirige Microsoft. {source}",
    )
    assert verdict.support != "supported"
    assert verdict.why == "la source parle de « Microsoft », pas de « Satya »"


# ------------------------------------------------------------------------------------- binding

SHARES = (
    "Microsoft détient 27 % du capital d’OpenAI, et la Fondation 26 %. "
    "Amazon a investi 38 milliards de dollars le 3 novembre 2025, puis 12 millions d’euros "
    "en avril."
)


@pytest.mark.parametrize(
    ("claim", "why"),
    [
        (
            "Amazon détient 27 % du capital d’OpenAI.",
            "la source parle de « Microsoft », pas de « Amazon »",
        ),
        ("Microsoft détient 26 % du capital d’OpenAI.", "la source dit 27, la phrase 26"),
        (
            "Amazon a investi 38 millions de dollars.",
            "le chiffre 38 n’a pas la même unité dans la source",
        ),
        (
            "Amazon a investi 38 milliards d’euros.",
            "la source dit « dollars », la phrase « euros »",
        ),
        (
            "Amazon a investi 38 milliards de dollars le 3 avril 2025.",
            "la source dit « novembre », la phrase « avril »",
        ),
        (
            "Amazon a investi 38 milliards de dollars le 13 novembre 2025.",
            "le chiffre 13 n’apparaît pas dans la source",
        ),
        (
            "Amazon a investi 38 milliards de dollars le 2025-10-03.",
            "la source dit « novembre », la phrase « octobre »",
        ),
    ],
)
def test_what_stands_elsewhere_in_the_source_is_no_excuse(claim: str, why: str) -> None:
    verdict = check_claim(claim, SHARES)
    assert verdict.support in ("unsupported", "contradicted")
    assert verdict.why == why


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("Le délai est de 30 mois.", "Le délai est de 30 jours, puis de 2 mois."),
        ("La centrale fournit 12 MW.", "La centrale fournit 12 GW."),
        ("Il compte quatre salariés.", "Il compte trois salariés et quatre associés."),
        ("Il fait 18 °F dans la pièce.", "Il fait 18 °C dans la pièce."),
        ("Elle date du XIXe siècle.", "Elle date du XVIIIe siècle."),
        ("OpenAI rachète Microsoft.", "Microsoft rachète OpenAI."),
        ("OpenAI a poursuivi Musk en 2024.", "Musk a poursuivi OpenAI en 2024."),
        ("Les prix ont diminué de 3 %.", "Les prix ont augmenté de 3 %."),
        ("Le vote a lieu avant la réunion.", "Le vote a lieu après la réunion."),
        ("Ils sont autorisés à sortir.", "Ils ne sont pas autorisés à sortir."),
        ("La loi interdit la vente.", "La loi permet la vente."),
        ("Les frais sont exclus du prix.", "Les frais sont inclus dans le prix."),
    ],
)
def test_a_change_is_caught(claim: str, source: str) -> None:
    assert check_claim(source, source).support == "supported"
    verdict = check_claim(claim, source)
    assert verdict.support in ("unsupported", "contradicted")
    assert verdict.why


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("Amazon a investi 38 Md$ le 03/11/2025.", SHARES),
        ("Amazon a investi 38 milliards le 2025-11-03.", SHARES),
        ("Microsoft détient 27 pour cent du capital d'OpenAI.", SHARES),
        ("La Fondation détient 26 %.", SHARES),
        ("AMAZON A INVESTI 38 MILLIARDS DE DOLLARS.", SHARES),
        ("La societe a ete creee en 1999 a Orleans.", "La société a été créée en 1999 à Orléans."),
        ("OpenAI est racheté par Microsoft.", "Microsoft rachète OpenAI."),
        ("OpenAI et Microsoft ont signé.", "Microsoft et OpenAI ont signé."),
        ("Le PDG, arrivé hier, signe.", "Hier, le PDG, arrivé à Paris, signe."),
        ("Les prix ont crû de 1 500 millions.", "Les prix ont crû de 1,5 milliard."),
        (
            "Bush a déclaré que la paix approche.",
            "Bush s’est rendu en Irak, et a déclaré que la paix approche.",
        ),
        (
            "Michel Camdessus est le directeur du FMI.",
            "Le directeur du FMI, Michel Camdessus, a noté cela.",
        ),
        (
            "Les pays baltes vont rejoindre l’UE.",
            "Les pays baltes vont rejoindre l’Union européenne.",
        ),
    ],
)
def test_what_is_only_written_otherwise_is_supported(claim: str, source: str) -> None:
    assert check_claim(claim, source) == check_claim(claim, source)
    assert check_claim(claim, source).support == "supported", check_claim(claim, source).why


# ---------------------------------------------------------------------------------- the reader


class Opinion:
    """A reader of one opinion, which remembers what it was asked."""

    def __init__(self, *odds: float) -> None:
        self.asked: list[tuple[str, str]] = []
        self._odds = odds

    def score(self, question: str, excerpts: Sequence[Excerpt]) -> list[Scores]:
        raise AssertionError("not for reading")

    def entail(self, pairs: Sequence[tuple[str, str]]) -> list[Entailment]:
        self.asked += pairs
        return [Entailment(*self._odds)] * len(pairs)


PARTLY = ("La firme a investi dans un laboratoire.", "La firme a placé son argent là.")


def test_the_reader_decides_where_words_do_not() -> None:
    claim, source = PARTLY
    assert check_claim(claim, source, "", Opinion(0.9, 0.1, 0.0)).support == "supported"
    assert check_claim(claim, source, "", Opinion(0.0, 1.0, 0.0)).support != "supported"
    verdict = check_claim(claim, source, "", Opinion(0.0, 0.1, 0.9))
    assert (verdict.support, verdict.why) == (
        "contradicted",
        "la source semble dire le contraire",
    )


def test_one_other_word_in_a_short_claim_is_for_the_reader_to_judge() -> None:
    claim, source = "Microsoft possède 27 % d’OpenAI.", "Microsoft détient 27 % d’OpenAI."
    assert check_claim(claim, source, "", Opinion(0.8, 0.2, 0.0)).support == "supported"
    assert check_claim(claim, source, "", Opinion(0.2, 0.7, 0.1)).support != "supported"
    other = "Amazon possède 27 % d’OpenAI."
    passage = f"{source} Amazon vend des livres."
    assert check_claim(other, passage, "", Opinion(0.8, 0.2, 0.0)).support != "supported"


def test_the_reader_is_asked_once_and_only_where_the_rules_are_silent() -> None:
    reader = Opinion(1.0, 0.0, 0.0)
    triples = [
        (INVESTED, INVESTED, ""),
        (INVESTED.replace("13", "14"), INVESTED, ""),
        (*PARTLY, ""),
    ]
    found = [verdict.support for verdict in check_claims(triples, reader)]
    assert found == ["supported", "contradicted", "supported"]
    assert reader.asked == [(PARTLY[1], PARTLY[0])]


def test_the_reader_reads_the_sentences_that_matter() -> None:
    reader = Opinion(1.0, 0.0, 0.0)
    passage = f"Il pleut. Rien ne va. {PARTLY[1]} Il neige."
    check_claim(PARTLY[0], passage, "", reader)
    assert reader.asked == [(f"Rien ne va. {PARTLY[1]}", PARTLY[0])]


def test_the_reader_tells_a_contradiction_from_what_is_only_absent() -> None:
    reader = Opinion(0.0, 0.0, 1.0)
    triple = ("La firme a investi à Lyon, dans Anthropic.", "La firme a investi chez Lyonnet.", "")
    (told,) = check_claims([triple], reader)
    (kept,) = check_claims([triple], reader, label_all=False)
    assert (told.support, kept.support) == ("contradicted", "unsupported")
    assert told.why == kept.why and len(reader.asked) == 1
