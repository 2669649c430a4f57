"""What is drawn from all the articles: a chronology to cite, and where sources agree."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from .steps import Shoot, go

if TYPE_CHECKING:
    from .conftest import OpenPage

pytestmark = [pytest.mark.browser, pytest.mark.models]


def test_a_chronology_is_read_and_cited(scripted: str, open_page: OpenPage, shoot: Shoot) -> None:
    page = open_page(scripted)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    go(page, "Panorama")
    page.get_by_role("radio", name="Chronologie").click()
    expect(page.get_by_role("heading", name="octobre 2025")).to_be_visible()
    words = page.get_by_label("Mots", exact=True)
    words.fill("Stargate")
    words.press("Enter")
    # The words are those of the quotation or of the title of its article.
    expect(page.get_by_role("heading", name="janvier 2025")).to_be_visible()
    first = page.locator(".quotation").first
    expect(first).to_contain_text("Stargate")
    shoot(page, "33-chronologie")
    copy = first.get_by_role("button", name="Copier la citation")
    copy.focus()
    copy.press("Enter")
    expect(first.get_by_role("status")).to_contain_text("Citation copiée")
    quoted, title = first.locator(".quoted").inner_text(), first.locator(".title").inner_text()
    assert page.evaluate("navigator.clipboard.readText()").startswith(f"{quoted}, {title}, ")
    first.locator(".title").click()
    expect(page.locator("article.whole")).to_be_visible()


def test_sources_that_disagree_stand_side_by_side(
    scripted: str, open_page: OpenPage, shoot: Shoot
) -> None:
    page = open_page(scripted)
    go(page, "Accords et désaccords")
    apart = page.locator(".quotations section").filter(has_text="Désaccords entre deux articles")
    pair = apart.locator(".row").first.locator(".quotation")
    expect(pair).to_have_count(2)
    shoot(page, "34-accords")
    assert len(set(pair.locator("mark").all_inner_texts())) == 2
    one, other = (pair.nth(k).bounding_box() for k in range(2))
    assert one is not None and other is not None
    assert one["y"] == other["y"] and one["x"] + one["width"] <= other["x"]
