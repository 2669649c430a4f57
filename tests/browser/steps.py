"""What a visitor does on the pages, in the words of the tests."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

PAGES = (
    "Questions",
    "Bibliothèque",
    "Historique",
    "Panorama",
    "Accords et désaccords",
    "Réglages",
)
PHONE = 768  # pixels; in a narrower window Streamlit folds the pages into a menu
Shoot = Callable[[Page, str], None]

expect.set_options(timeout=60_000)


def ask(page: Page, question: str) -> None:
    box = page.get_by_placeholder("Posez votre question…")
    box.fill(question)
    box.press("Enter")


def go(page: Page, name: str) -> None:
    """Open one of the pages from the menu."""
    assert page.viewport_size is not None
    if page.viewport_size["width"] < PHONE:
        page.get_by_role("button", name="Ouvrir le menu").click()
    page.get_by_role("link", name=name, exact=True).click()
    expect(
        page.get_by_role("heading", name=name if name != "Questions" else "Sourcier")
    ).to_be_visible()
    settle(page)


# Whether the page has stood still for twelve frames: no run, nothing taller, nothing scrolling.
STILL = """() => {
  const running = document.querySelector('[data-testid=stApp][data-test-script-state=running]');
  const main = document.querySelector('[data-testid=stMain]');
  const told = `${main?.scrollTop} ${main?.scrollHeight}`;
  window.stillFrames = !running && told === window.stillTold ? window.stillFrames + 1 : 0;
  window.stillTold = told;
  return window.stillFrames > 12;
}"""


def settle(page: Page) -> None:
    """Wait until Streamlit has drawn the whole page, and dropped what was there before."""
    page.wait_for_function(STILL)


def search(page: Page, label: str, words: str) -> None:
    """Type words in a search field, and wait for what they find."""
    field = page.get_by_label(label)
    field.fill(words)
    field.press("Enter")
    # The run that follows begins a moment later.
    page.wait_for_timeout(300)
    settle(page)


def await_answer(page: Page) -> None:
    """Wait for an answer, and for what is offered after it."""
    expect(finished(page)).to_be_visible()
    settle(page)


def reword(page: Page) -> None:
    """Have the last answer worded again."""
    page.get_by_role("button", name="Reformuler").click()


def await_rewording(page: Page) -> None:
    """Wait until what a model wrote was checked: some of it is shown, or the page says why not.

    For a first rewording: what is said of one stays until the next is over.
    """
    silent = page.get_by_text("n’a pas su reformuler")
    refused = page.get_by_text("n’est pas montré")
    expect(reworded(page).or_(refused).or_(silent)).to_be_visible()
    settle(page)


def quotations(page: Page) -> Locator:
    """What the answers quote, each with its number."""
    return page.locator(".answer p.quoted")


def reworded(page: Page) -> Locator:
    return page.locator(".answer .reworded")


def copy_quotation(page: Page) -> str:
    """The first sentence that an answer quotes, as a model would write and cite it."""
    source = page.locator(".answer .passage").first
    quoted = source.locator(".quote").inner_text().strip("«» \u00a0\u202f")
    return f"{quoted} [{source.locator('.number').inner_text()}]"


def draft(page: Page) -> Locator:
    return page.locator(".draft")


def await_draft(page: Page, words: str) -> None:
    """Wait for a draft with these words; looked for at each frame, for it does not stay."""
    page.wait_for_function(
        "words => document.querySelector('.draft')?.textContent.includes(words)", arg=words
    )


def finished(page: Page) -> Locator:
    return page.get_by_text("réponse en ")


def numbers(page: Page) -> Locator:
    return page.locator(".answer p button.number")


def panel(page: Page) -> Locator:
    return page.locator(".source")


def openings(page: Page) -> Locator:
    """The questions to start from; they come as they are found."""
    return page.locator('[class*="st-key-example-"] button')
