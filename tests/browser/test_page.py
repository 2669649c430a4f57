"""What a reader sees and does, from the first question to the source of each sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from rag.french import plain_spaces

from .steps import (
    Shoot,
    ask,
    await_answer,
    await_draft,
    await_rewording,
    copy_quotation,
    draft,
    finished,
    go,
    numbers,
    openings,
    panel,
    quotations,
    reword,
    reworded,
    settle,
)

if TYPE_CHECKING:
    from .conftest import OpenPage, ScriptedModel

pytestmark = [pytest.mark.browser, pytest.mark.models]

QUESTION = "Quelle part du capital d’OpenAI Microsoft détient-il ?"
OTHER = "Combien ASML a-t-il investi dans Mistral AI ?"

# ------------------------------------------------------------------------- with the real model


def test_from_a_question_to_the_sentence_it_comes_from(
    written: str, open_page: OpenPage, shoot: Shoot
) -> None:
    page = open_page(written)
    expect(openings(page).first).to_be_visible()
    shoot(page, "01-accueil")
    ask(page, QUESTION)
    await_answer(page)
    assert draft(page).count() == 0, "nothing is written that was not asked for"
    quoted = quotations(page).all_inner_texts()
    assert quoted
    shoot(page, "02-reponse")
    reword(page)
    await_draft(page, "Brouillon du modèle, non vérifié")
    shoot(page, "03-brouillon")
    await_rewording(page)
    expect(draft(page)).to_have_count(0)
    assert quotations(page).all_inner_texts() == quoted
    shoot(page, "04-reformulation")
    number = numbers(page).last
    number.click()
    expect(number).to_have_attribute("aria-pressed", "true")
    mark = panel(page).locator("blockquote mark").first
    expect(mark).to_be_in_viewport()
    marked = mark.inner_text()
    shoot(page, "05-source")
    panel(page).get_by_text("Lire l’article entier").click()
    expect(panel(page).locator(".article mark").first).to_have_text(marked)
    expect(panel(page).locator(".article mark").first).to_be_in_viewport()
    shoot(page, "06-article")
    assert page.get_by_text(QUESTION, exact=True).count() == 1, "nothing was asked again"
    assert page.evaluate("document.documentElement.lang") == "fr"


# ------------------------------------------------------------------------ with a scripted model


def test_every_article_that_speaks_of_something_is_a_row(
    scripted: str, open_page: OpenPage, shoot: Shoot
) -> None:
    page = open_page(scripted)
    ask(page, "Quels articles parlent de Stargate ?")
    await_answer(page)
    rows = page.locator(".answer .tally tr")
    expect(rows).to_have_count(4)
    expect(page.get_by_text("4 articles sur 61 parlent de")).to_be_visible()
    rows.first.locator("summary").click()
    number = rows.first.locator("details button.number").first
    number.click()
    expect(number).to_have_attribute("aria-pressed", "true")
    expect(panel(page).locator("blockquote mark").first).to_contain_text("Stargate")
    shoot(page, "07-articles")


@pytest.mark.parametrize("width", [1280, 360], ids=["bureau", "telephone"])
def test_the_page_opens_on_its_subject(
    scripted: str, open_page: OpenPage, shoot: Shoot, width: int
) -> None:
    page = open_page(scripted, width=width)
    expect(page.get_by_text("61 articles, du 23 juillet 2019")).to_be_visible()
    expect(quotations(page)).to_have_count(3)
    expect(openings(page)).to_have_count(4)
    expect(panel(page)).to_be_hidden()
    box = page.get_by_placeholder("Posez votre question…")
    expect(box).to_be_in_viewport()
    settle(page)
    shoot(page, f"00-ouverture-{width}")
    numbers(page).nth(1).click()
    expect(panel(page).locator("blockquote mark").first).to_be_visible()
    shoot(page, f"00-source-{width}")
    ask(page, QUESTION)
    await_answer(page)
    expect(box).to_be_focused()
    expect(page.locator(".st-key-brief")).to_have_count(0)
    below, talk = page.locator(".st-key-ask").bounding_box(), page.locator(".answer").bounding_box()
    assert below and talk and abs(below["width"] - talk["width"]) < 60
    # Kept: another visitor sees it all at once, and pages that are opened again.
    again = open_page(scripted, width=width)
    expect(openings(again)).to_have_count(4)


def test_a_question_out_of_the_articles_is_refused(
    scripted: str, open_page: OpenPage, shoot: Shoot
) -> None:
    page = open_page(scripted)
    ask(page, "Comment préparer une pâte à crêpes bretonnes ?")
    told = "Je n’ai rien trouvé sur « pâte à crêpes bretonnes » dans ces 61 articles."
    expect(page.locator(".refusal")).to_have_text(told)
    settle(page)
    expect(page.locator(".answer details")).to_have_count(0)
    expect(page.get_by_role("button", name="Reformuler")).to_have_count(0)
    shoot(page, "07-refus")
    # One near the subject shows the nearest passages.
    ask(page, "Combien de salariés compte Mistral AI en 2019 ?")
    nearest = page.locator(".answer details", has_text="Passages les plus proches")
    expect(nearest.locator("li")).to_have_count(3)
    nearest.locator("button").nth(1).click()
    title = nearest.locator(".title").nth(1).inner_text()
    expect(panel(page).locator("h3")).to_have_text(title)


def test_a_rewording_stands_apart_below_the_quotations(
    scripted: str, model: ScriptedModel, open_page: OpenPage, shoot: Shoot
) -> None:
    page = open_page(scripted)
    ask(page, QUESTION)
    await_answer(page)
    quoted = quotations(page).all_inner_texts()
    model.script(copy_quotation(page))
    reword(page)
    expect(reworded(page).locator(".label")).to_contain_text("non vérifiée")
    settle(page)
    assert quotations(page).all_inner_texts() == quoted
    last, below = quotations(page).last.bounding_box(), reworded(page).bounding_box()
    assert last and below and last["y"] + last["height"] <= below["y"]
    expect(page.get_by_role("button", name="Reformuler")).to_have_count(0)
    number = reworded(page).locator("button.number").first
    number.click()
    expect(number).to_have_attribute("aria-pressed", "true")
    expect(panel(page).locator("mark").first).to_be_visible()
    shoot(page, "17-reformulation")


def test_answers_wait_for_nobody_and_rewordings_in_line(
    scripted: str, model: ScriptedModel, open_page: OpenPage, shoot: Shoot
) -> None:
    model.script("mot " * 20, pace=0.1, held=True)
    first, second = open_page(scripted), open_page(scripted)
    ask(first, QUESTION)
    await_answer(first)
    reword(first)
    expect(draft(first)).to_be_visible()
    ask(second, OTHER)
    await_answer(second)
    reword(second)
    expect(second.get_by_text("vous êtes n° 1 dans la file")).to_be_visible()
    shoot(second, "08-file")
    model.told.set()
    await_rewording(first)
    await_rewording(second)
    expect(first.locator(".answer")).to_contain_text("Microsoft")
    expect(second.locator(".answer p").first).to_contain_text("Mistral")
    assert second.get_by_text(QUESTION, exact=True).count() == 0


def test_a_quotation_is_copied_with_its_reference(scripted: str, open_page: OpenPage) -> None:
    page = open_page(scripted)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    ask(page, QUESTION)
    await_answer(page)
    quoted = page.locator(".answer .passage").first.locator(".quote").inner_text()
    panel(page).get_by_role("button", name="Copier la citation").click()
    expect(panel(page).get_by_role("status")).to_contain_text("Citation copiée")
    title = panel(page).locator("h3").inner_text()
    assert page.evaluate("navigator.clipboard.readText()").startswith(f"{quoted}, {title}, ")


def test_a_source_opens_while_an_answer_is_worded_again(
    scripted: str, model: ScriptedModel, open_page: OpenPage
) -> None:
    model.script("mot " * 20, pace=0.1, held=True)
    page = open_page(scripted)
    ask(page, QUESTION)
    await_answer(page)
    reword(page)
    # Until the draft is there whole, each word of it moves what stands below.
    expect(draft(page)).to_contain_text(" ".join(["mot"] * 20))
    source = page.locator(".answer .passage").nth(1)
    name = f"Source {source.locator('.number').inner_text()}"
    source.click()
    expect(panel(page).locator(".label")).to_have_text(name)
    model.told.set()
    await_rewording(page)
    expect(panel(page).locator(".label")).to_have_text(name)


def test_nothing_moves_while_an_answer_is_worded_again(
    scripted: str, model: ScriptedModel, open_page: OpenPage
) -> None:
    page = open_page(scripted)
    ask(page, QUESTION)
    await_answer(page)
    # Longer than what is kept of it.
    told = f"{copy_quotation(page)} {'La lune est en fromage [1]. ' * 30} Achevé [1]."
    model.script(told, held=True)
    reword(page)
    expect(draft(page)).to_contain_text("Achevé")
    page.evaluate(WATCH)
    model.told.set()
    await_rewording(page)
    watched = page.evaluate("window.watched")
    assert watched["frames"] > 1 and watched["moved"] <= 2, watched


# How far, in pixels, the parts of the first exchange move from where they stand now, at most.
WATCH = """() => {
  const names = ["answer", "writing", "rewording", "feedback"].map((name) => `.st-key-${name}-0`);
  const origin = () => document.querySelector(".st-key-exchange-0").getBoundingClientRect().top;
  const measure = () => names.map((name) => {
    const box = document.querySelector(name)?.getBoundingClientRect();
    return box ? box.top - origin() : Infinity;
  });
  const before = measure();
  window.watched = { frames: 0, moved: 0, before };
  const look = () => {
    const moves = measure().map((top, k) => Math.abs(top - before[k]));
    window.watched.moved = Math.max(window.watched.moved, ...moves);
    window.watched.frames += 1;
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}"""


def test_an_answer_is_copied_with_its_sources(scripted: str, open_page: OpenPage) -> None:
    page = open_page(scripted)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    ask(page, QUESTION)
    await_answer(page)
    page.get_by_role("button", name="Copier", exact=True).click()
    expect(page.get_by_text("Copié", exact=True)).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()").splitlines()
    assert plain_spaces(copied[0]) == QUESTION and "Sources" in copied
    assert copied[1].endswith("[1]") and copied[-1].startswith("[")
    # The bar stays in view, wherever the page is scrolled to.
    page.locator(".answer").last.scroll_into_view_if_needed()
    page.mouse.wheel(0, 3000)
    expect(page.get_by_role("button", name="Nouvelle conversation")).to_be_in_viewport()


def test_a_scope_is_taken_away_above_the_box(
    scripted: str, open_page: OpenPage, shoot: Shoot
) -> None:
    page = open_page(scripted, width=360, height=740)
    go(page, "Bibliothèque")
    page.get_by_label("Chercher un article").fill("ASML")
    page.get_by_label("Chercher un article").press("Enter")
    page.locator('[class*="st-key-read-"] button', has_text="ASML").first.click()
    page.get_by_role("button", name="Interroger cet article").click()
    chip = page.get_by_role("button", name="Périmètre : l’article")
    expect(chip).to_be_in_viewport()
    expect(openings(page).first).to_be_visible()
    shoot(page, "18-perimetre")
    ask(page, "Qui dirige Mistral AI ?")
    await_answer(page)
    expect(page.locator(".answer").get_by_text("Périmètre : l’article")).to_be_visible()
    chip.click()
    expect(chip).to_have_count(0)


def test_the_reader_stops_a_rewording_and_asks_for_it_again(
    scripted: str, model: ScriptedModel, open_page: OpenPage, shoot: Shoot
) -> None:
    model.script("mot", pace=0.1, endless=True)
    page = open_page(scripted)
    ask(page, QUESTION)
    await_answer(page)
    quoted = quotations(page).all_inner_texts()
    reword(page)
    expect(draft(page)).to_be_visible()
    page.get_by_role("button", name="Arrêter").click()
    expect(page.get_by_role("button", name="Reformuler")).to_be_visible()
    assert model.gone.wait(30), "the generation goes on"
    settle(page)
    expect(draft(page)).to_have_count(0)
    assert quotations(page).all_inner_texts() == quoted
    shoot(page, "09-interrompue")
    model.script(copy_quotation(page))
    reword(page)
    expect(reworded(page)).to_be_visible()


def test_a_reader_who_leaves_stops_the_generation(
    scripted: str, model: ScriptedModel, open_page: OpenPage
) -> None:
    model.script("mot", pace=0.1, endless=True)
    page = open_page(scripted)
    ask(page, QUESTION)
    await_answer(page)
    reword(page)
    expect(draft(page)).to_be_visible()
    page.close()
    assert model.gone.wait(30), "the generation goes on"


def test_hostile_text_is_shown_as_text(
    scripted: str, model: ScriptedModel, open_page: OpenPage, shoot: Shoot
) -> None:
    written = "<img src=http://mechant.test/d.png> ![x](http://mechant.test/e.png) :smile: $x$ [1]"
    model.script(f"{written} " * 6, pace=0.1, held=True)
    page = open_page(scripted)
    ask(page, f"Combien mesure le zorglub de Marcinelle {written} ?")
    await_answer(page)
    reword(page)
    expect(draft(page)).to_contain_text("![x](http://mechant.test/e.png) :smile: $x$ [1]")
    assert draft(page).locator("img").count() == 0
    model.told.set()
    await_rewording(page)
    assert page.locator(".answer img").count() == 0
    page.locator(".answer .passage", has_text="zorglub").first.click()
    expect(panel(page).locator("h3")).to_contain_text("<script>document.title='piégé'</script>")
    expect(panel(page)).to_contain_text("<img src=x onerror=")
    expect(panel(page)).to_contain_text("<img src=http://mechant.test/s.png>")
    assert page.locator("a[href^='javascript']").count() == 0
    assert "piégé" not in page.title()
    shoot(page, "10-piege")


def test_numbers_are_reached_with_the_keyboard(scripted: str, open_page: OpenPage) -> None:
    page = open_page(scripted)
    ask(page, QUESTION)
    await_answer(page)
    number = numbers(page).first
    name = number.get_attribute("aria-label") or ""
    assert name.startswith("Source ")
    number.focus()
    page.keyboard.press("Enter")
    heading = panel(page).locator("h3")
    expect(heading).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(number).to_be_focused()


def test_the_conversation_goes_on_and_starts_again(
    scripted: str, open_page: OpenPage, shoot: Shoot
) -> None:
    page = open_page(scripted)
    openings(page).first.click()
    expect(finished(page)).to_have_count(1)
    ask(page, OTHER)
    expect(finished(page)).to_have_count(2)
    ask(page, "Et Nvidia ?")
    expect(finished(page)).to_have_count(3)
    expect(page.get_by_text("Question comprise")).to_be_visible()
    numbers(page).first.click()
    expect(finished(page)).to_have_count(3)
    shoot(page, "11-conversation")
    page.get_by_role("button", name="Nouvelle conversation").click()
    expect(finished(page)).to_have_count(0)
    expect(openings(page).first).to_be_visible()
    expect(panel(page)).to_be_hidden()


@pytest.mark.parametrize("dark", [False, True], ids=["clair", "sombre"])
def test_the_page_fits_a_phone(
    scripted: str, model: ScriptedModel, open_page: OpenPage, shoot: Shoot, dark: bool
) -> None:
    shade = "sombre" if dark else "clair"
    page = open_page(scripted, width=360, height=740, dark=dark)
    shoot(page, f"12-telephone-accueil-{shade}")
    ask(page, QUESTION)
    await_answer(page)
    expect(page.locator(".answer p").first).to_be_in_viewport()
    shoot(page, f"13-telephone-reponse-{shade}")
    model.script(copy_quotation(page), pace=0.1, held=True)
    reword(page)
    expect(draft(page)).to_be_in_viewport()
    shoot(page, f"14-telephone-brouillon-{shade}")
    model.told.set()
    await_rewording(page)
    expect(reworded(page)).to_be_visible()
    shoot(page, f"14-telephone-reformulation-{shade}")
    numbers(page).first.click()
    expect(panel(page).locator("mark").first).to_be_visible()
    expect(panel(page).locator("h3")).to_be_in_viewport()
    shoot(page, f"15-telephone-source-{shade}")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.get_by_role("button", name="Retour à la réponse").click()
    expect(numbers(page).first).to_be_in_viewport()


def test_the_dark_theme_is_legible(scripted: str, open_page: OpenPage, shoot: Shoot) -> None:
    page = open_page(scripted, dark=True)
    ask(page, QUESTION)
    expect(finished(page)).to_be_visible()
    numbers(page).first.click()
    mark = panel(page).locator("mark").first
    text, ground = mark.evaluate(
        """mark => {
          const context = Object.assign(document.createElement("canvas")).getContext("2d");
          const app = document.querySelector('[data-testid="stApp"]');
          for (const shade of [getComputedStyle(app).backgroundColor,
                               getComputedStyle(mark).backgroundColor]) {
            context.fillStyle = shade;
            context.fillRect(0, 0, 1, 1);
          }
          const ground = [...context.getImageData(0, 0, 1, 1).data];
          context.fillStyle = getComputedStyle(mark).color;
          context.fillRect(0, 0, 1, 1);
          return [[...context.getImageData(0, 0, 1, 1).data], ground];
        }"""
    )
    assert contrast(text, ground) > 4.5  # WCAG 2.2, level AA
    shoot(page, "16-sombre")


def contrast(one: list[int], other: list[int]) -> float:
    """Contrast of two colours, WCAG 2.2."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: list[int]) -> float:
    shares = [c / 255 for c in colour[:3]]
    red, green, blue = (s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
