"""The pages for everyone: accessible, in French, on a phone, in the dark."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Page, expect

from .steps import (
    PAGES,
    Shoot,
    ask,
    await_answer,
    await_rewording,
    copy_quotation,
    go,
    numbers,
    reword,
    reworded,
)

if TYPE_CHECKING:
    from .conftest import OpenPage, ScriptedModel

pytestmark = [pytest.mark.browser, pytest.mark.models]

# axe-core 4.14.1, Mozilla Public License 2.0.
AXE = Path(__file__).resolve().parent / "vendor" / "axe.min.js"
QUESTION = "Quelle part du capital d’OpenAI Microsoft détient-il ?"
# Words of Streamlit's own that are no French word; what articles and readers say is left out.
ENGLISH = (
    r"\b(the|and|your|file|files|browse|upload|drag|drop|close|open|send|search|clear|select|"
    r"submit|press|enter|apply|limit|per|loading|running|share|settings|view|fullscreen|more|less|"
    r"results|remove|delete|choose|thumbs?|show|hide|download|toggle|collapse|expand|sidebar|help|"
    r"value|increment|decrement|options? to|message|deploy|record|rerun|theme|above|below)\b"
)


def test_nothing_serious_for_axe(
    scripted: str, model: ScriptedModel, open_page: OpenPage, dark: bool
) -> None:
    page = open_page(scripted, dark=dark)
    ask(page, QUESTION)
    await_answer(page)
    numbers(page).first.click()
    assert find_violations(page) == []
    model.script(copy_quotation(page))
    reword(page)
    await_rewording(page)
    expect(reworded(page)).to_be_visible()
    assert find_violations(page) == []
    page.get_by_role("button", name="Périmètre").click()
    expect(page.get_by_text("La recherche ne lit que")).to_be_visible()
    assert find_violations(page) == []
    for name in PAGES[1:]:
        go(page, name)
        assert find_violations(page) == [], name


@pytest.mark.parametrize("name", PAGES)
def test_no_page_speaks_english(scripted: str, open_page: OpenPage, name: str) -> None:
    page = open_page(scripted)
    if name == "Questions":
        ask(page, QUESTION)
        await_answer(page)
        page.get_by_role("button", name="Périmètre").click()
        page.get_by_role("combobox", name="Thèmes").click()
    else:
        go(page, name)
    assert find_english(page) == []


def test_what_streamlit_says_of_trouble_is_french(scripted: str, open_page: OpenPage) -> None:
    page = open_page(scripted)
    ask(page, QUESTION)
    await_answer(page)
    expect(page.get_by_role("group", name="Réponse")).to_be_visible()
    said = {
        "Streamlit server is not responding. Are you connected to the internet?": "Relancez-le",
        "12.5KB": "12,5 ko",
        "File must be 20.0MB or smaller.": "Fichier trop lourd : 20,0 Mo au plus.",
        "text/css files are not allowed.": "Les fichiers text/css ne sont pas acceptés.",
    }
    for english, french in said.items():
        page.evaluate(
            "said => document.body.append(Object.assign(document.createElement('p'),"
            " {textContent: said}))",
            english,
        )
        expect(page.locator("body > p").last).to_contain_text(french)


@pytest.mark.parametrize("name", PAGES)
def test_every_page_fits_a_phone(
    scripted: str, open_page: OpenPage, shoot: Shoot, dark: bool, name: str
) -> None:
    page = open_page(scripted, width=360, height=740, dark=dark)
    if name != "Questions":
        go(page, name)
    shoot(page, f"30-telephone-{name}-{'sombre' if dark else 'clair'}")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert find_overflows(page) == []


@pytest.mark.parametrize("name", PAGES)
def test_every_page_on_a_desk(
    scripted: str, open_page: OpenPage, shoot: Shoot, dark: bool, name: str
) -> None:
    page = open_page(scripted, dark=dark)
    if name != "Questions":
        go(page, name)
    shoot(page, f"31-bureau-{name}-{'sombre' if dark else 'clair'}")
    assert find_overflows(page) == []


def find_violations(page: Page) -> list[dict[str, Any]]:
    """What axe finds serious or critical, with the places."""
    page.wait_for_timeout(400)
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    found: list[dict[str, Any]] = page.evaluate(
        """async () => {
          const told = await axe.run(document, {resultTypes: ["violations"]});
          return told.violations
            .filter((one) => ["serious", "critical"].includes(one.impact))
            .map(({id, nodes}) => ({id, places: nodes.map((node) => node.html.slice(0, 200))}));
        }"""
    )
    return found


def find_english(page: Page) -> list[str]:
    """English words in what Streamlit itself says: texts, labels, titles, placeholders."""
    page.wait_for_timeout(400)
    told: list[str] = page.evaluate(
        """(english) => {
          const ours = ".answer, .source, .whole, .quotation, [data-testid=stChatMessage], " +
            "[data-testid=stMarkdown], [data-testid=stMarkdownContainer], script, style, " +
            "noscript, [role=option], [data-testid=stIconMaterial]";
          const found = [];
          const pattern = new RegExp(english, "i");
          const keep = (text) => text && pattern.test(text) && found.push(text.trim());
          const visit = (root) => {
            for (const node of root.querySelectorAll("*")) {
              if (node.shadowRoot) visit(node.shadowRoot);
              if (node.closest(ours)) continue;
              for (const name of ["aria-label", "title", "placeholder", "alt"]) {
                keep(node.getAttribute(name));
              }
              for (const child of node.childNodes) {
                if (child.nodeType === Node.TEXT_NODE) keep(child.data);
              }
            }
          };
          visit(document.body);
          return [...new Set(found)];
        }""",
        ENGLISH,
    )
    return told


def find_overflows(page: Page) -> list[str]:
    """Visible elements of the page whose text is cut or that leave the window."""
    page.wait_for_timeout(400)
    found: list[str] = page.evaluate(
        """() => {
          const wide = document.documentElement.clientWidth;
          const found = [];
          for (const node of document.querySelectorAll("[data-testid=stMain] *")) {
            const box = node.getBoundingClientRect();
            const style = getComputedStyle(node);
            if (!box.width || !box.height || style.visibility === "hidden") continue;
            // The field of a slider is there for screen readers alone.
            if (node.closest("[data-testid=stVegaLiteChart], canvas, svg, [type=range]")) continue;
            if (box.right > wide + 1 && style.position !== "fixed") {
              found.push(`${node.tagName} ${node.className} ${Math.round(box.right)}`);
            }
          }
          return found.slice(0, 5);
        }"""
    )
    return found


@pytest.fixture(params=[False, True], ids=["clair", "sombre"])
def dark(request: pytest.FixtureRequest) -> bool:
    shade: bool = request.param
    return shade
