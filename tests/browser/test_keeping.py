"""What stays on the machine: conversations, opinions, exports."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from .conftest import ROOT
from .steps import Shoot, ask, await_answer, finished, go, numbers, search, settle

if TYPE_CHECKING:
    from .conftest import OpenPage

pytestmark = [pytest.mark.browser, pytest.mark.models]

QUESTION = "Combien ASML a-t-il investi dans Mistral AI ?"


def test_a_conversation_is_found_again_deleted_and_brought_back(
    quoting: str, open_page: OpenPage, shoot: Shoot
) -> None:
    page = open_page(quoting)
    ask(page, QUESTION)
    expect(finished(page)).to_be_visible()
    told = page.locator(".answer p").first.inner_text()
    go(page, "Historique")
    label = "Chercher dans les questions et les réponses"
    search(page, label, "béchamel")
    expect(page.get_by_text("Aucune conversation ne contient ces mots")).to_be_visible()
    search(page, label, "asml mistral")
    expect(page.get_by_text(QUESTION.replace(" ?", "")).first).to_be_visible()
    shoot(page, "25-historique")
    page.get_by_role("button", name="Effacer", exact=True).first.click()
    expect(page.get_by_text("Conversation effacée")).to_be_visible()
    page.get_by_role("button", name="Annuler").click()
    settle(page)
    page.get_by_role("button", name="Ouvrir").first.click()
    expect(finished(page)).to_be_visible()
    expect(page.locator(".answer p").first).to_have_text(told)
    numbers(page).first.click()
    expect(page.locator(".source mark").first).to_be_visible()


def test_an_opinion_is_kept_with_its_reason(
    quoting: str, open_page: OpenPage, shoot: Shoot
) -> None:
    page = open_page(quoting)
    ask(page, QUESTION)
    await_answer(page)
    page.get_by_role("radio", name="Réponse à revoir").click()
    page.get_by_text("Il manque quelque chose").click()
    settle(page)
    box = page.get_by_label("Précisez, si vous voulez")
    box.fill("La date.")
    box.press("Enter")
    shoot(page, "26-avis")
    settle(page)
    go(page, "Historique")
    page.get_by_role("button", name="Ouvrir").first.click()
    expect(page.get_by_label("Précisez, si vous voulez")).to_have_value("La date.")


@pytest.mark.parametrize("format", ["Markdown", "PDF", "JSON"])
def test_an_export_checks_again(
    quoting: str, own_index: Path, open_page: OpenPage, shoot: Shoot, tmp_path: Path, format: str
) -> None:
    page = open_page(quoting)
    ask(page, QUESTION)
    await_answer(page)
    page.get_by_role("button", name="Exporter").click()
    shoot(page, "27-export")
    with page.expect_download() as download:
        page.get_by_role("button", name=format, exact=True).click()
    file = tmp_path / download.value.suggested_filename
    assert file.name.startswith("sourcier-") and "asml" in file.name
    download.value.save_as(file)
    command = [sys.executable, "-m", "rag", "recheck", str(file), "--index", str(own_index)]
    done = subprocess.run([*command, "--json"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout.splitlines()[0])
