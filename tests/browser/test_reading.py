"""Reading an answer and inspecting its sources."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

from .steps import Shoot, ask, await_answer, finished, go, numbers, panel, settle

if TYPE_CHECKING:
    from .conftest import OpenPage

pytestmark = [pytest.mark.browser, pytest.mark.models]

QUESTION = "Quelle part du capital d’OpenAI Microsoft détient-il ?"
# Two articles that give two years: before the agreement, and by it.
DISPUTED = (
    "Avant l’accord d’octobre 2025, jusqu’en quelle année Microsoft devait-il garder l’accès à la "
    "propriété intellectuelle d’OpenAI ?"
)
# Several citations.
CONTROL = "Qui contrôle OpenAI ?"


@pytest.fixture
def answered(quoting: str, open_page: OpenPage) -> Page:
    """A page with one answer."""
    page = open_page(quoting)
    ask(page, DISPUTED)
    await_answer(page)
    return page


def test_a_number_tells_its_source_while_pointed_at(answered: Page, shoot: Shoot) -> None:
    number = numbers(answered).nth(1)
    card = answered.locator(".card")
    expect(card).to_be_hidden()
    number.hover()
    expect(card).to_be_visible()
    expect(card.locator(".title")).not_to_be_empty()
    expect(card.locator(".date")).to_contain_text("20")
    expect(card.locator(".quote")).to_contain_text("«")
    shoot(answered, "20-survol")
    answered.mouse.move(5, 5)
    expect(card).to_be_hidden()


def test_what_is_pressed_stays_while_the_page_grows(quoting: str, open_page: OpenPage) -> None:
    page = open_page(quoting, height=600)
    ask(page, QUESTION)
    # At once: questions to go on with are still to come below.
    numbers(page).first.click()
    await_answer(page)
    page.locator(".answer").evaluate("answer => answer.append(document.createElement('hr'))")
    page.locator(".answer hr").evaluate("rule => rule.style.height = '900px'")
    settle(page)
    expect(numbers(page).first).to_be_in_viewport()
    # At its end too, where a page made of messages runs on with what is added to it.
    page.get_by_test_id("stMain").evaluate("main => main.scrollTo(0, main.scrollHeight)")
    settle(page)
    there = page.get_by_test_id("stMain").evaluate("main => main.scrollTop")
    page.locator(".answer hr").evaluate("rule => rule.style.height = '1800px'")
    settle(page)
    assert page.get_by_test_id("stMain").evaluate("main => main.scrollTop") == there


def test_the_next_question_comes_into_view(answered: Page, shoot: Shoot) -> None:
    expect(numbers(answered).first).to_be_in_viewport()
    other = "Combien ASML a-t-il investi dans Mistral AI ?"
    ask(answered, other)
    expect(answered.get_by_text(other)).to_be_in_viewport()
    expect(finished(answered)).to_have_count(2)
    settle(answered)
    expect(answered.get_by_text(other)).to_be_in_viewport()
    expect(answered.locator(".answer").last.locator("p").first).to_be_in_viewport()
    expect(numbers(answered).first).not_to_be_in_viewport()
    shoot(answered, "19-seconde-question")
    go(answered, "Historique")
    go(answered, "Questions")
    expect(answered.get_by_text(other)).to_be_in_viewport()
    expect(numbers(answered).first).not_to_be_in_viewport()


def test_the_keyboard_shows_and_hides_the_card(answered: Page) -> None:
    card = answered.locator(".card")
    numbers(answered).first.focus()
    answered.keyboard.press("Tab")
    answered.keyboard.press("Shift+Tab")
    expect(card).to_be_visible()
    answered.keyboard.press("Escape")
    expect(card).to_be_hidden()


def test_steps_lead_from_citation_to_citation(quoting: str, open_page: OpenPage) -> None:
    answered = open_page(quoting)
    ask(answered, CONTROL)
    await_answer(answered)
    numbers(answered).first.click()
    told = panel(answered).locator(".steps .date")
    expect(told).to_contain_text("1 sur ")
    first = panel(answered).locator("blockquote mark").first.inner_text()
    previous = panel(answered).get_by_role("button", name="Citation précédente")
    expect(previous).to_be_disabled()
    panel(answered).get_by_role("button", name="Citation suivante").click()
    expect(told).to_contain_text("2 sur ")
    expect(panel(answered).get_by_role("button", name="Citation suivante")).to_be_focused()
    assert panel(answered).locator("blockquote mark").first.inner_text() != first
    pressed = answered.locator('.answer p button.number[aria-pressed="true"]')
    expect(pressed.first).to_have_text("2")
    previous.click()
    expect(told).to_contain_text("1 sur ")


def test_the_scores_of_a_passage_are_told_to_the_curious(answered: Page, shoot: Shoot) -> None:
    numbers(answered).first.click()
    panel(answered).get_by_text("Pourquoi ce passage ?").click()
    reasons = panel(answered).locator(".reasons")
    for name in ("Rang", "Lecture", "Sens", "Mots"):
        expect(reasons.locator("dt", has_text=name)).to_be_visible()
    expect(reasons).to_contain_text("BM25")
    shoot(answered, "21-pourquoi")


def test_a_disagreement_stands_side_by_side(answered: Page, shoot: Shoot) -> None:
    versions = answered.locator(".conflict .version")
    expect(versions.first).to_be_visible()
    assert versions.count() >= 2
    one, other = versions.nth(0).bounding_box(), versions.nth(1).bounding_box()
    assert one and other and one["y"] == other["y"] and one["x"] < other["x"]
    expect(versions.first.locator(".date").first).to_contain_text("20")
    versions.nth(1).click()
    expect(panel(answered).locator("mark").first).to_be_visible()
    shoot(answered, "22-desaccord")


def test_a_scope_holds_in_the_search_and_is_seen_in_the_answer(
    quoting: str, open_page: OpenPage, shoot: Shoot
) -> None:
    page = open_page(quoting)
    page.get_by_role("button", name="Périmètre").click()
    page.get_by_role("combobox", name="Jusqu’à (compris)").click()
    page.get_by_role("option", name="septembre 2025").click()
    settle(page)
    shoot(page, "23-perimetre")
    page.keyboard.press("Escape")
    expect(page.get_by_text("avant octobre 2025").first).to_be_visible()
    ask(page, QUESTION)
    expect(finished(page)).to_be_visible()
    expect(page.locator(".answer")).to_contain_text("avant octobre 2025")
    dates = page.locator(".answer .passage .date").all_inner_texts()
    assert dates
    late = ("octobre 2025", "novembre 2025", "décembre 2025", "2026")
    assert not [date for date in dates if date.replace("\xa0", " ").endswith(late)]
    shoot(page, "24-perimetre-reponse")
