"""A page that several people share: its entrance, what each of them has, and the way out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

from .steps import Shoot, ask, await_answer, go
from .test_everyone import find_overflows, find_violations

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = [pytest.mark.browser, pytest.mark.models]

PASSWORD = "chèvre pylône tiroir"
QUESTION = "Quelle part du capital d’OpenAI Microsoft détient-il ?"


def visit(browser: Browser, url: str, width: int = 1280, dark: bool = False) -> Page:
    context = browser.new_context(
        viewport={"width": width, "height": 860},
        color_scheme="dark" if dark else "light",
        locale="fr-FR",
    )
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.goto(url)
    return page


def enter(page: Page, password: str = PASSWORD) -> None:
    field = page.get_by_label("Mot de passe")
    field.fill(password)
    field.press("Enter")


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (360, True)])
def test_the_entrance(shared: str, browser: Browser, shoot: Shoot, width: int, dark: bool) -> None:
    page = visit(browser, shared, width, dark)
    expect(page.get_by_label("Mot de passe")).to_be_focused()
    enter(page, "ce n’est pas lui")
    expect(page.get_by_role("alert")).to_have_text("Ce n’est pas le mot de passe.")
    assert find_violations(page) == []
    shoot(page, f"70-entree-{width}-{'sombre' if dark else 'clair'}")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.context.close()


def test_each_visitor_has_a_history(shared: str, browser: Browser, shoot: Shoot) -> None:
    one = visit(browser, f"{shared}/bibliotheque")
    enter(one)
    expect(one.get_by_role("heading", name="Bibliothèque")).to_be_visible()
    expect(one.get_by_text("Lecture seule")).to_be_visible()
    expect(one.get_by_role("button", name="Retirer")).to_have_count(0)
    expect(one.get_by_text("Ajouter des articles")).to_have_count(0)
    shoot(one, "71-lecture-seule")
    go(one, "Questions")
    ask(one, QUESTION)
    await_answer(one)
    go(one, "Historique")
    expect(one.get_by_text(QUESTION)).to_be_visible()

    other = visit(browser, f"{shared}/historique")
    enter(other)
    expect(other.get_by_text("Aucune conversation n’est gardée")).to_be_visible()
    other.context.close()

    # A link of another site comes without the cookie: the page asks for itself again.
    one.goto(shared.replace("127.0.0.1", "localhost"))
    one.evaluate("address => { location.href = address }", f"{shared}/historique")
    expect(one.get_by_text(QUESTION)).to_be_visible()

    second = one.context.new_page()
    second.goto(f"{shared}/sortie")
    second.get_by_role("link", name="Se déconnecter et oublier").wait_for()
    assert find_violations(second) == []
    assert find_overflows(second) == []
    shoot(second, "72-sortie")
    second.get_by_role("link", name="Se déconnecter", exact=True).last.click()
    expect(second.get_by_label("Mot de passe")).to_be_visible()
    # The page that was left open is closed too, at the next thing asked of it.
    one.get_by_role("button", name="Ouvrir").click()
    expect(one.get_by_label("Mot de passe")).to_be_visible()
    enter(one)
    expect(one.get_by_text(QUESTION)).to_be_visible()
    one.context.close()
