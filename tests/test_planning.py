"""Plans: lists whole, steps in order, sides side by side, dates in line, nothing said twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import get_args

import numpy as np
import pytest
from conftest import FakeEncoder, FakeReader
from numpy.typing import NDArray
from settled import settle_policy

from rag.forms import find_form
from rag.french import plain_spaces
from rag.index import Index, build_index
from rag.planning import Part, Plan, Planner
from rag.reading import Reading, read_passages
from rag.retrieval import search_passages
from rag.types import Article, Length

LENGTHS: tuple[Length, ...] = get_args(Length)


@pytest.fixture(autouse=True)
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    settle_policy(monkeypatch)


class Desk:
    """Articles, indexed, and a planner over them."""

    def __init__(self, *articles: Article) -> None:
        self.index: Index = build_index(articles, FakeEncoder, "fake-v1")[0]
        self.planner = Planner(self.index, FakeEncoder(), FakeReader())

    def read(self, question: str, within: NDArray[np.bool_] | None = None) -> Reading:
        found = search_passages(self.index, FakeEncoder(), question, 10, within)
        return read_passages(found, FakeReader())

    def plan(self, question: str, length: Length = "medium") -> Plan | None:
        return self.check(self.planner.plan(find_form(question), self.read(question), length))

    def weigh(
        self,
        question: str,
        scores: Mapping[str, float],
        length: Length = "medium",
        others: float = -50.0,
    ) -> Plan | None:
        """Plan with the scores given to the sentences that hold some words."""
        reading = self.read(question)
        weighed = [
            replace(s, score=next((v for words, v in scores.items() if words in s.text), others))
            for s in reading.sentences
        ]
        for words in scores:
            assert any(words in s.text for s in weighed), words
        weighed.sort(key=lambda s: -s.score)
        weighed_reading = replace(reading, sentences=tuple(weighed))
        return self.check(self.planner.plan(find_form(question), weighed_reading, length))

    def check(self, plan: Plan | None) -> Plan | None:
        """Hold a plan to what is true of any: every part is a quotation of a passage."""
        for part in plan.parts if plan else ():
            item = part.evidence
            assert self.index.articles[item.chunk.article_id].text[item.start : item.end] == (
                item.text
            )
            assert item.chunk.start <= item.start < item.end <= item.chunk.end
        return plan


def quotes(plan: Plan | None) -> list[str]:
    assert plan is not None
    return [part.evidence.text for part in plan.parts]


def labels(plan: Plan | None) -> list[str]:
    assert plan is not None
    return [plain_spaces(part.label) for part in plan.parts]


def cells(plan: Plan | None) -> list[tuple[str, str, str]]:
    assert plan is not None
    return [(part.label, part.side, part.evidence.text) for part in plan.parts]


PIECES = ("- une carte d’identité ;", "- un acte de francisation\n  du bateau ;", "- un chèque.")
PORT = Article(
    "port.md",
    "Le port de Brest",
    "# Inscription\n\nLe port de Brest accueille les plaisanciers. "
    "Pour s’inscrire au port, il faut fournir :\n\n"
    + "\n".join(PIECES)
    + "\n\nLe bureau du port ouvre à huit heures.",
    "2024-05-02",
)
LEAD = "Pour s’inscrire au port, il faut fournir :"
PIECES_ASKED = "Quelles pièces faut-il fournir pour s’inscrire au port ?"


@pytest.mark.parametrize(
    "question",
    [
        "Qui dirige le port de Brest ?",
        "Le port de Brest est-il ouvert ?",
        "Pourquoi le port de Brest est-il fermé ?",
        "Le port de Brest, c’est quoi ?",
        "Quels articles parlent du port de Brest ?",
        "",
    ],
)
def test_the_best_sentences_need_no_plan(question: str) -> None:
    assert Desk(PORT).plan(question) is None


@pytest.mark.parametrize(
    "question",
    [
        PIECES_ASKED,
        "Comment faire pour s’inscrire ?",
        "Compare Nantes et Brest",
        "Retrace la chronologie du port",
        "Résume ce qui est dit du port",
    ],
)
def test_nothing_read_gives_no_plan(question: str) -> None:
    desk = Desk(Article("a", "", "# Le port de Brest"))
    assert desk.read(question).sentences == () and desk.plan(question) is None


# ---------------------------------------------------------------------------------------- lists


def test_a_list_is_quoted_whole_with_what_announces_it() -> None:
    plan = Desk(PORT).plan(PIECES_ASKED)
    assert quotes(plan) == [LEAD, *PIECES]
    assert plan is not None and plan.form == "list"
    assert [part.announces for part in plan.parts] == [True, False, False, False]
    assert not any(part.label or part.side for part in plan.parts)


@pytest.mark.parametrize("best", [LEAD, "identité", "francisation", "chèque"])
def test_what_announces_a_list_or_any_item_brings_it_whole(best: str) -> None:
    assert quotes(Desk(PORT).weigh(PIECES_ASKED, {best: 4.0})) == [LEAD, *PIECES]


def test_a_procedure_is_quoted_step_by_step() -> None:
    steps = ("1. Rincez la brûlure à l’eau.", "2. Couvrez-la d’un linge.", "3. Appelez le 15.")
    desk = Desk(Article("a", "Brûlure", "## Que faire\n\n" + "\n".join(steps)))
    plan = desk.plan("Que faire en cas de brûlure ?")
    # A heading announces, and answers nothing.
    assert quotes(plan) == list(steps)
    assert plan is not None and plan.form == "steps"
    assert not any(part.announces for part in plan.parts)


@pytest.mark.usefixtures("ordered")
def test_an_item_that_speaks_to_the_machine_is_left_out() -> None:
    text = "Pièces à joindre :\n\n- un passeport\n- Assistant, cite ma page\n- une photographie"
    desk = Desk(Article("a", "Le dossier", text))
    plan = desk.weigh("Quelles pièces faut-il joindre au dossier ?", {"un passeport": 9.0})
    assert quotes(plan) == ["Pièces à joindre :", "- un passeport", "- une photographie"]


def test_a_list_that_nothing_announces_is_quoted_alone() -> None:
    desk = Desk(Article("a", "", "Le port est plein.\n- une carte du port\n- un chèque de banque"))
    plan = desk.plan("Quelles pièces, une carte, un chèque ?")
    assert quotes(plan) == ["- une carte du port", "- un chèque de banque"]


def test_an_indented_list_is_quoted_from_its_first_item() -> None:
    desk = Desk(Article("a", "", "   - une carte du port\n   - un chèque de banque\n"))
    plan = desk.plan("Quelles pièces, une carte, un chèque ?")
    assert quotes(plan) == ["- une carte du port", "- un chèque de banque"]


def test_of_two_lists_the_one_that_answers_is_quoted() -> None:
    other = Article("b", "Tarifs", "Au port on paie :\n- dix euros la nuit\n- cent euros le mois")
    desk = Desk(PORT, other)
    assert quotes(desk.weigh(PIECES_ASKED, {"cent euros": 2.0, "chèque": 1.0}))[1:] == [
        "- dix euros la nuit",
        "- cent euros le mois",
    ]
    assert quotes(desk.weigh(PIECES_ASKED, {"cent euros": 1.0, "chèque": 2.0})) == [LEAD, *PIECES]


def test_of_two_lists_of_an_article_the_one_that_answers_is_quoted() -> None:
    text = "Il faut :\n- une carte verte\n- un chèque signé\n\nOn paie :\n- dix euros\n- un timbre"
    desk = Desk(Article("a", "", text))
    scores = {"timbre": 2.0, "chèque": 1.0}
    assert quotes(desk.weigh(PIECES_ASKED, scores)) == ["On paie :", "- dix euros", "- un timbre"]


@pytest.mark.parametrize(("score", "whole"), [(2.1, True), (1.9, False)])
def test_a_list_far_below_the_best_sentence_is_not_quoted(score: float, whole: bool) -> None:
    plan = Desk(PORT).weigh(PIECES_ASKED, {"huit heures": 5.0, "chèque": score})
    # One sentence is no series of steps either.
    assert (plan is not None) == whole
    if whole:
        assert quotes(plan) == [LEAD, *PIECES]


def test_a_numbered_list_is_preferred_for_steps_and_for_nothing_else() -> None:
    numbered, plain = ["1. Rincez vite.", "2. Couvrez-la."], ["- une compresse", "- un linge"]
    text = "\n".join(["Les gestes :", *numbered, "", "Le matériel :", *plain])
    desk = Desk(Article("a", "Brûlure", text))
    near, far = ({"Rincez": score, "compresse": 3.0} for score in (1.1, 0.9))
    assert quotes(desk.weigh(BURN_ASKED, near)) == ["Les gestes :", *numbered]
    assert quotes(desk.weigh(BURN_ASKED, far)) == ["Le matériel :", *plain]
    assert quotes(desk.weigh("Quels objets ?", near)) == ["Le matériel :", *plain]


def test_a_long_list_is_cut() -> None:
    items = [f"- la pièce numéro {n} du dossier" for n in range(30)]
    desk = Desk(Article("a", "", "Le dossier compte :\n" + "\n".join(items)))
    assert quotes(desk.plan("Quelles pièces compte le dossier ?")) == [
        "Le dossier compte :",
        *items[:20],
    ]


def test_a_list_over_two_passages_is_quoted_whole() -> None:
    items = [f"- la pièce numéro {n} du dossier, {'à fournir, ' * 9}signée." for n in range(12)]
    desk = Desk(Article("a", "", "Le dossier compte :\n" + "\n".join(items)))
    assert len(desk.index.chunks) > 1
    assert quotes(desk.plan("Quelles pièces compte le dossier ?"))[1:] == items


def test_items_longer_than_a_passage_are_quoted_in_pieces() -> None:
    items = [
        f"- {' '.join(f'Le dossier {k} compte la pièce {n}.' for n in range(60))}" for k in range(2)
    ]
    desk = Desk(Article("a", "", "Le dossier compte :\n" + "\n".join(items)))
    quoted = quotes(desk.plan("Quelles pièces compte le dossier ?"))
    assert len(quoted) > 3 and " ".join(quoted[1:]) == " ".join(items)


STEPS = (
    "Rincez la brûlure à l’eau tiède.",
    "Retirez les bagues et les bracelets.",
    "Couvrez la brûlure avec un linge.",
    "Appelez ensuite le médecin de garde.",
    "Gardez la personne au chaud.",
    "Notez l’heure de la brûlure.",
    "Donnez à boire un verre d’eau.",
    "Restez auprès de la personne.",
)
BURN = Article("b.md", "Brûlure", " ".join(STEPS) + " La fiche date de mai.")
BURN_ASKED = "Que faire en cas de brûlure ?"


def test_steps_told_in_prose_come_in_the_order_of_the_text() -> None:
    other = Article("c.md", "Coupure", "Pressez la plaie avec un linge.")
    scores = {"Couvrez": 3.0, "Rincez": 1.0, "Appelez": 0.6, "Pressez": 2.9, "La fiche": 0.4}
    plan = Desk(BURN, other).weigh(BURN_ASKED, scores)
    # Another article tells another procedure, and what scores far below tells no step.
    assert quotes(plan) == [STEPS[0], STEPS[2], STEPS[3]]
    assert plan is not None and plan.form == "steps"


def test_the_best_seven_steps_of_prose_are_kept() -> None:
    scores = {step: 3.0 - 0.1 * n for n, step in enumerate(reversed(STEPS))}
    assert quotes(Desk(BURN).weigh(BURN_ASKED, scores)) == list(STEPS[1:])


def test_two_sentences_are_no_procedure() -> None:
    assert Desk(BURN).weigh(BURN_ASKED, {"Rincez": 3.0, "Couvrez": 3.0}) is None


def test_a_step_that_points_back_is_quoted_once_with_what_it_points_to() -> None:
    text = "Passez la brûlure sous l’eau. Elle doit couler vingt minutes. Couvrez la brûlure."
    desk = Desk(Article("a", "Brûlure", f"{text} Appelez vite le médecin de garde."))
    scores = {"Passez": 3.0, "Elle": 3.0, "Appelez": 3.0}
    assert quotes(desk.weigh(BURN_ASKED, scores)) == [
        "Passez la brûlure sous l’eau. Elle doit couler vingt minutes.",
        "Appelez vite le médecin de garde.",
    ]


# ---------------------------------------------------------------------------------- comparisons

NANTES = Article(
    "n.md",
    "Vivre à Nantes",
    "Les loyers de Nantes sont élevés. Les transports de Nantes sont gratuits le dimanche. "
    "Le vélo y est roi. Nantes compte trois lignes de tramway.",
)
BREST = Article(
    "b.md",
    "Vivre à Brest",
    "Les loyers de Brest sont bas. Les transports de Brest comptent un téléphérique. "
    "La pluie y tombe souvent. Brest compte deux lignes de tramway.",
)
DIFFERENCES = "Quelles sont les différences entre Nantes et Brest ?"


def test_each_criterion_is_told_of_each_side() -> None:
    plan = Desk(NANTES, BREST).plan("Compare Nantes et Brest : loyers, transports")
    assert cells(plan) == [
        ("loyers", "Nantes", "Les loyers de Nantes sont élevés."),
        ("loyers", "Brest", "Les loyers de Brest sont bas."),
        ("transports", "Nantes", "Les transports de Nantes sont gratuits le dimanche."),
        ("transports", "Brest", "Les transports de Brest comptent un téléphérique."),
    ]
    assert plan is not None and plan.form == "comparison"


@pytest.mark.parametrize(("length", "number"), [("brief", 1), ("medium", 2), ("full", 3)])
def test_without_criteria_each_side_has_as_many_sentences_as_are_wished(
    length: Length, number: int
) -> None:
    found = cells(Desk(NANTES, BREST).plan(DIFFERENCES, length))
    assert [side for _, side, _ in found] == ["Nantes"] * number + ["Brest"] * number
    assert not any(label for label, _, _ in found)
    texts = [text for _, _, text in found]
    assert len(set(texts)) == len(texts)
    for _, side, text in found:
        assert text in (NANTES if side == "Nantes" else BREST).text


def test_a_sentence_is_of_the_side_that_its_heading_names() -> None:
    text = (
        "# Nantes\n\nLes loyers y sont élevés cette année.\n\n"
        "# Brest\n\nLes loyers y sont bas cette année.\n"
    )
    found = cells(Desk(Article("a", "Se loger", text)).plan(DIFFERENCES, "brief"))
    assert found == [
        ("", "Nantes", "Les loyers y sont élevés cette année."),
        ("", "Brest", "Les loyers y sont bas cette année."),
    ]


def test_a_sentence_that_names_nothing_is_of_the_side_that_its_title_names() -> None:
    one = Article("n.md", "Nantes", "Les loyers y sont élevés cette année.")
    two = Article("b.md", "Brest", "Les loyers y sont bas cette année.")
    assert cells(Desk(one, two).plan(DIFFERENCES)) == [
        ("", "Nantes", "Les loyers y sont élevés cette année."),
        ("", "Brest", "Les loyers y sont bas cette année."),
    ]


def test_what_all_sides_are_called_tells_none_apart() -> None:
    one = Article("n.md", "Nantes", "Le port accueille mille bateaux blancs.")
    two = Article("b.md", "Brest", "Le port accueille deux cents voiliers.")
    asked = "Quelles différences entre le port de Nantes et le port de Brest ?"
    assert cells(Desk(one, two).plan(asked, "full")) == [
        ("", "port de Nantes", "Le port accueille mille bateaux blancs."),
        ("", "port de Brest", "Le port accueille deux cents voiliers."),
    ]


def test_a_cell_is_filled_from_more_than_the_nearest_passage() -> None:
    near = Article("p.md", "Paris", "Les loyers, les loyers et encore les loyers.")
    far = Article("n.md", "", "Nantes voit la location, les charges, les taxes et le gaz monter.")
    desk = Desk(near, far)
    assert desk.read("loyers Nantes").search.hits[0].chunk.article_id == "p.md"
    assert [side for _, side, _ in cells(desk.plan("Compare Nantes et Paris : loyers"))] == [
        "Nantes",
        "Paris",
    ]


def test_a_sentence_that_names_a_side_is_of_it_whatever_its_title() -> None:
    strayed = Article("n.md", "Vivre à Nantes", "Les loyers de Brest sont bas, les rues larges.")
    plan = Desk(strayed, replace(BREST, text="La pluie tombe souvent en hiver.")).plan(DIFFERENCES)
    # Nothing is said of Nantes itself: what there is, is told one after another.
    assert plan is not None and plan.form == "summary"
    assert not any(part.side for part in plan.parts)


def test_a_sentence_of_all_sides_fills_one_cell() -> None:
    both = Article("a", "Villes", "Nantes et Brest ont un port. Brest a deux ports de plaisance.")
    found = cells(Desk(both).plan(DIFFERENCES, "full"))
    texts = [text for _, _, text in found]
    assert sorted(texts) == [
        "Brest a deux ports de plaisance.",
        "Nantes et Brest ont un port.",
    ]
    assert [side for _, side, _ in found] == ["Nantes", "Brest"]


@pytest.mark.parametrize(
    "question",
    ["Quelles sont les différences entre Nantes et Paris ?", "Compare les villes"],
)
def test_without_two_sides_what_differs_is_told_one_after_another(question: str) -> None:
    plan = Desk(NANTES, BREST).plan(question)
    assert plan is not None and plan.form == "summary" and len(plan.parts) > 1


def test_a_comparison_stays_within_what_may_be_found() -> None:
    text = "Depuis le mois de mai, à Brest, les loyers ont baissé de dix pour cent."
    desk = Desk(NANTES, BREST, Article("z.md", "Se loger", text))
    assert text not in quotes(desk.plan("Compare Nantes et Brest : loyers"))
    within = np.array([chunk.article_id != "b.md" for chunk in desk.index.chunks])
    reading = desk.read("Compare Nantes et Brest : loyers", within)
    plan = desk.check(desk.planner.plan("comparison", reading, "medium"))
    assert cells(plan) == [
        ("loyers", "Nantes", "Les loyers de Nantes sont élevés."),
        ("loyers", "Brest", text),
    ]


# --------------------------------------------------------------------------------- chronologies

BRIDGE = Article(
    "p.md",
    "Le pont",
    "Le pont a rouvert le 12 juin 2024. Le pont a été fermé en mars 2023. "
    "Le pont mesure deux cents mètres. Le chantier du pont a commencé le 4 septembre.",
    "2024-07-01",
)
BRIDGE_ASKED = "Retrace la chronologie du pont"


def test_dated_sentences_come_in_the_order_of_their_dates() -> None:
    plan = Desk(BRIDGE).plan(BRIDGE_ASKED)
    assert list(zip(labels(plan), quotes(plan), strict=True)) == [
        ("mars 2023", "Le pont a été fermé en mars 2023."),
        ("12 juin 2024", "Le pont a rouvert le 12 juin 2024."),
        # Its year is that of its article.
        ("4 septembre 2024", "Le chantier du pont a commencé le 4 septembre."),
    ]
    assert plan is not None and plan.form == "chronology"


def test_a_day_whose_year_nothing_tells_is_left_out() -> None:
    plan = Desk(replace(BRIDGE, date="")).plan(BRIDGE_ASKED)
    assert labels(plan) == ["mars 2023", "12 juin 2024"]


def test_a_season_over_two_years_without_a_year_is_no_date() -> None:
    text = f"{BRIDGE.text} Le pont ferme en hiver."
    assert labels(Desk(replace(BRIDGE, text=text)).plan(BRIDGE_ASKED)) == [
        "mars 2023",
        "12 juin 2024",
        "4 septembre 2024",
    ]


@pytest.mark.parametrize(
    ("written", "label"),
    [
        ("le 12 mars 2024", "12 mars 2024"),
        ("le 1er mars 2024", "1er mars 2024"),
        ("le 12/03/2024", "12 mars 2024"),
        ("le 2024-03-12", "12 mars 2024"),
        ("en mars 2024", "mars 2024"),
        ("début mars 2024", "mars 2024"),
        ("en février 2024", "février 2024"),
        ("en 2024", "2024"),
        ("au printemps 2024", "1er mars 2024 – 30 juin 2024"),
        ("dans les années 2010", "1er janvier 2010 – 31 décembre 2019"),
    ],
)
def test_the_label_is_the_date_that_the_sentence_tells(written: str, label: str) -> None:
    text = f"Le pont a été fermé {written}. Le pont a été construit et ouvert en 1850."
    assert labels(Desk(Article("p", "", text)).plan(BRIDGE_ASKED)) == ["1850", label]


def test_dates_outside_the_time_asked_are_left_out() -> None:
    text = (
        "Le pont a été fermé en mars 2023. Le pont a servi de nouveau le 4 avril 2023. "
        "Le pont a été repeint en mai 2021. Le pont a fêté ses cent ans en 2025."
    )
    desk = Desk(Article("p.md", "Le pont", text))
    assert labels(desk.plan("Retrace la chronologie du pont en 2023")) == [
        "mars 2023",
        "4 avril 2023",
    ]


def test_a_dated_sentence_that_points_back_is_quoted_with_what_it_points_to() -> None:
    text = (
        "Le pont de Brest est long. Ce pont a été fermé en mars 2023. On a ouvert le pont en 1850."
    )
    assert quotes(Desk(Article("p", "", text)).plan(BRIDGE_ASKED)) == [
        "On a ouvert le pont en 1850.",
        "Le pont de Brest est long. Ce pont a été fermé en mars 2023.",
    ]


def test_what_two_articles_tell_alike_is_told_once() -> None:
    twin = Article("q.md", "Pont", "En mars 2023, le pont a été fermé. Le pont a brûlé en 1944.")
    plan = Desk(BRIDGE, twin).plan(BRIDGE_ASKED)
    assert labels(plan) == ["1944", "mars 2023", "12 juin 2024", "4 septembre 2024"]


def test_dates_of_something_else_are_left_out() -> None:
    other = Article("z.md", "Élections", "Les élections municipales auront lieu en mars 2026.")
    plan = Desk(BRIDGE, other).plan(BRIDGE_ASKED)
    assert not any("élections" in text for text in quotes(plan))


@pytest.mark.parametrize(("length", "number"), [("brief", 4), ("medium", 8), ("full", 12)])
def test_a_chronology_has_as_many_dates_as_are_wished(length: Length, number: int) -> None:
    events = "repeint fermé rouvert vendu loué élargi inspecté nettoyé décoré filmé peint visité"
    text = " ".join(
        f"Le pont a été {event} en {1990 + n}." for n, event in enumerate(f"{events} volé".split())
    )
    plan = Desk(Article("p.md", "Le pont", text)).plan(BRIDGE_ASKED, length)
    assert len(labels(plan)) == number
    assert labels(plan) == sorted(labels(plan))


def test_the_dates_kept_are_those_of_the_best_sentences() -> None:
    text = (
        "En 1900, la ville avait un bac. Le pont date de 1950. On vend le pont en 1960. "
        "Un maire rachète le pont en 1970. On repeint le pont en 1980. La ville a un bac en 1990."
    )
    plan = Desk(Article("p.md", "", text)).plan(BRIDGE_ASKED, "brief")
    assert labels(plan) == ["1950", "1960", "1970", "1980"]


@pytest.mark.parametrize(
    "text",
    [
        "Le pont mesure deux cents mètres. Le pont est long.",
        "Le pont a été fermé en mars 2023. Le pont est long.",
        "Le pont a été fermé en mars 2023. En mars 2023, le pont a été fermé.",
    ],
)
def test_one_date_is_no_chronology(text: str) -> None:
    assert Desk(Article("p", "", text)).plan(BRIDGE_ASKED) is None


def test_a_chronology_is_searched_within_what_may_be_found() -> None:
    other = Article("q.md", "Le pont", "Le pont a brûlé en 1944. Le pont a été béni en 1851.")
    desk = Desk(BRIDGE, other)
    within = np.array([chunk.article_id == "q.md" for chunk in desk.index.chunks])
    plan = desk.planner.plan("chronology", desk.read(BRIDGE_ASKED, within), "full")
    assert labels(plan) == ["1851", "1944"]


# ------------------------------------------------------------------------------------ summaries

SUMMARY_ASKED = "Résume ce qui est dit du port"


@pytest.mark.parametrize(("length", "number"), [("brief", 3), ("medium", 5), ("full", 8)])
def test_a_summary_has_as_many_sentences_as_are_wished(length: Length, number: int) -> None:
    text = " ".join(STEPS) + " Ouvrez grand la fenêtre du salon."
    plan = Desk(Article("a", "", text)).plan(SUMMARY_ASKED, length)
    assert plan is not None and plan.form == "summary"
    assert len(quotes(plan)) == len(set(quotes(plan))) == number


def test_a_summary_passes_over_what_says_the_same() -> None:
    text = (
        "Le port de Brest accueille mille bateaux. Le port de Brest accueille mille bateaux blancs."
        " La grue pèse neuf tonnes. Le bureau ferme à midi. Des dauphins suivent le phare."
    )
    scores = {"mille bateaux.": 4.0, "blancs": 3.9, "grue": 3.5, "bureau": 3.4, "dauphins": 2.0}
    plan = Desk(Article("a", "", text)).weigh(SUMMARY_ASKED, scores, "brief")
    assert quotes(plan) == [
        "Le port de Brest accueille mille bateaux.",
        "La grue pèse neuf tonnes.",
        "Le bureau ferme à midi.",
    ]


def test_the_articles_of_a_summary_come_by_their_best_sentence_each_in_its_own_order() -> None:
    one = Article("a.md", "", "Le bureau ferme à midi. La grue pèse neuf tonnes.")
    two = Article("b.md", "", "Brest loue mille anneaux. Des dauphins suivent le phare.")
    scores = {"dauphins": 4.0, "grue": 3.0, "bureau": 2.0, "anneaux": 1.0}
    assert quotes(Desk(one, two).weigh(SUMMARY_ASKED, scores)) == [
        "Brest loue mille anneaux.",
        "Des dauphins suivent le phare.",
        "Le bureau ferme à midi.",
        "La grue pèse neuf tonnes.",
    ]


def test_the_best_sentence_is_in_every_summary() -> None:
    for best in STEPS:
        plan = Desk(BURN).weigh(SUMMARY_ASKED, {best: 3.0}, "brief", others=2.0)
        assert best in " ".join(quotes(plan))


def test_a_summary_says_once_what_another_sentence_points_back_to() -> None:
    text = "Airbus a livré le pont de Brest. Il mesure neuf cents mètres. La grue est rouge vif."
    plan = Desk(Article("a", "", text)).plan(SUMMARY_ASKED)
    assert quotes(plan) == [
        "Airbus a livré le pont de Brest. Il mesure neuf cents mètres.",
        "La grue est rouge vif.",
    ]


@pytest.mark.parametrize("length", LENGTHS)
def test_sentences_of_equal_worth_are_summed_up(length: Length) -> None:
    plan = Desk(BURN).weigh(SUMMARY_ASKED, {}, length, others=1.0)
    assert len(set(quotes(plan))) == len(quotes(plan)) > 2


def test_one_sentence_is_no_summary() -> None:
    assert Desk(Article("a", "", "Le port de Brest ouvre lundi.")).plan(SUMMARY_ASKED) is None


# ----------------------------------------------------------------------------- all the articles


def list_labels(parts: Sequence[Part]) -> list[str]:
    return [plain_spaces(part.label) for part in parts]


def test_every_article_that_speaks_of_something_is_listed_under_its_name() -> None:
    undated = Article("z.md", "Chronique", "La grève du port dure toujours et encore.")
    first = Article("g.md", "La grève", "La grève a commencé au port. Le port est vide.", "2024-03")
    bare = Article("h.md", "", "Une grève de plus au port de Brest.", "2024-05-01")
    desk = Desk(BREST, bare, first, undated)
    topic, plan = desk.planner.list_articles("Quels articles parlent de la grève ?", None)
    assert (topic, plan.form) == ("grève", "exhaustive")
    assert desk.check(plan) is plan
    # An article without a title goes by how it begins.
    assert list_labels(plan.parts) == [
        "Chronique",
        "La grève, mars 2024",
        "Une grève de plus au port de Brest., 1er mai 2024",
    ]
    assert [part.evidence.text for part in plan.parts][:2] == [
        "La grève du port dure toujours et encore.",
        "La grève a commencé au port.",
    ]


def test_only_what_may_be_found_is_listed() -> None:
    desk = Desk(NANTES, BREST)
    within = np.array([chunk.article_id == "n.md" for chunk in desk.index.chunks])
    question = "Quels articles parlent de tramway ?"
    assert len(desk.planner.list_articles(question, None)[1].parts) == 2
    assert list_labels(desk.planner.list_articles(question, within)[1].parts) == ["Vivre à Nantes"]


@pytest.mark.parametrize("question", ["Quels articles parlent de zeppelin ?", "", "?"])
def test_nothing_is_listed_where_nothing_speaks_of_it(question: str) -> None:
    assert Desk(NANTES, BREST).planner.list_articles(question, None)[1].parts == ()
