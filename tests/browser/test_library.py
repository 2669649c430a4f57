"""The library: read, find, add, remove, put back."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import FilePayload, Page, expect
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen import canvas

from .steps import Shoot, ask, finished, go, numbers, panel, search, settle

if TYPE_CHECKING:
    from .conftest import OpenPage

pytestmark = [pytest.mark.browser, pytest.mark.models]

NOTE = """---
title: Le phare de Kermorvan
date: 2024-03-02
topics: [phares]
---

Le phare de Kermorvan se trouve au Conquet. Il a été allumé le 1er juillet 1849. Sa tour carrée
mesure 20 mètres.
"""


def make_pdf() -> bytes:
    """Two pages; the answer is on the second."""
    made = BytesIO()
    page = canvas.Canvas(made, pagesize=A4)
    page.setTitle("Rapport sur la tour Zéphyrine")
    page.drawString(72, 760, "La commission a tenu douze réunions en 2024.")
    page.drawString(72, 740, "Elle a entendu quarante habitants du quartier.")
    page.showPage()
    page.drawString(72, 760, "La tour Zéphyrine mesure 312 mètres et compte 74 étages.")
    page.drawString(72, 740, "Elle a été achevée en mars 2023 par la société Bellecombe.")
    page.save()
    return made.getvalue()


def add(page: Page, name: str, kind: str, content: bytes) -> None:
    page.locator('input[type="file"]').set_input_files(
        {"name": name, "mimeType": kind, "buffer": content}
    )
    keep(page)


def keep(page: Page) -> None:
    """Add the files that are shown."""
    page.get_by_role("button", name=re.compile(r"Ajouter \d+ fichier")).click()


def wait_for_index(page: Page) -> None:
    settle(page)
    expect(page.get_by_text("Indexation")).to_have_count(0, timeout=120_000)
    settle(page)


def test_an_article_is_found_and_read(quoting: str, open_page: OpenPage, shoot: Shoot) -> None:
    page = open_page(quoting)
    go(page, "Bibliothèque")
    search(page, "Chercher un article", "superalignment")
    page.get_by_role("button", name=re.compile("superalign", re.IGNORECASE)).first.click()
    expect(page.locator("article.whole p").nth(2)).to_be_visible()
    shoot(page, "28-article")
    page.get_by_role("button", name="Interroger cet article").click()
    expect(page.get_by_placeholder("Posez votre question…")).to_be_visible()
    expect(page.locator(".st-key-chip")).to_contain_text("l’article")


def test_a_pdf_is_added_and_answers_with_its_page(
    quoting: str, open_page: OpenPage, shoot: Shoot
) -> None:
    page = open_page(quoting)
    go(page, "Bibliothèque")
    add(page, "zephyrine.pdf", "application/pdf", make_pdf())
    expect(page.get_by_text("est ajouté")).to_be_visible()
    shoot(page, "29-ajout")
    wait_for_index(page)
    go(page, "Questions")
    ask(page, "Combien mesure la tour Zéphyrine ?")
    expect(finished(page)).to_be_visible()
    expect(page.locator(".answer p").first).to_contain_text("312 mètres")
    numbers(page).first.click()
    expect(panel(page).locator("header")).to_contain_text("page 2")
    expect(panel(page).locator("mark").first).to_contain_text("312 mètres")
    shoot(page, "29-pdf")
    panel(page).get_by_text("Voir la page").click()
    figure = panel(page).locator("figure")
    expect(figure.locator("figcaption")).to_have_text(
        "Page\u00a02 de «\u00a0Rapport sur la tour Zéphyrine\u00a0»"
    )
    assert figure.locator("img").evaluate("picture => picture.decode().then(() => picture.width)")
    shoot(page, "29-page")


def test_a_file_is_refused_another_kept_removed_and_put_back(
    quoting: str, open_page: OpenPage, shoot: Shoot
) -> None:
    page = open_page(quoting)
    go(page, "Bibliothèque")
    noise: FilePayload = {
        "name": "bruit.pdf",
        "mimeType": "application/pdf",
        "buffer": bytes(range(256)) * 40,
    }
    note: FilePayload = {
        "name": "kermorvan.md",
        "mimeType": "text/markdown",
        "buffer": NOTE.encode(),
    }
    page.locator('input[type="file"]').set_input_files([noise, note])
    # Nothing is added before its reader has seen what it holds.
    drafts = page.locator(".st-key-drafts")
    expect(drafts).to_contain_text("Le phare de Kermorvan")
    expect(drafts).to_contain_text("2 mars 2024")
    shoot(page, "29-apercu")
    keep(page)
    expect(page.get_by_text("est ajouté")).to_be_visible()
    expect(page.get_by_text("bruit.pdf :")).to_be_visible()
    shoot(page, "29-refus")
    wait_for_index(page)
    search(page, "Chercher un article", "kermorvan")
    expect(page.get_by_text("1 article sur")).to_be_visible()
    page.get_by_role("button", name="Retirer", exact=True).click()
    expect(page.get_by_text("est retiré de l’index")).to_be_visible()
    page.get_by_role("button", name="Annuler").click()
    expect(page.get_by_text("est retiré de l’index")).to_have_count(0)
    wait_for_index(page)
    go(page, "Questions")
    ask(page, "Quand le phare de Kermorvan a-t-il été allumé ?")
    expect(page.locator(".answer p").first).to_contain_text("1849")


def test_a_folder_is_added_and_asked_while_it_is_indexed(
    quoting: str, open_page: OpenPage, shoot: Shoot, tmp_path: Path
) -> None:
    """Forty articles, a long one among them: the page answers, and says what can't be asked yet."""
    folder = tmp_path / "phares"
    folder.mkdir()
    for number in range(39):
        text = f"Le phare Zorbec{number} compte {number + 100} marches et deux lanternes."
        (folder / f"zorbec{number}.txt").write_text(text, encoding="utf-8")
    lamps = (f"La lampe {n} éclaire la mer au large de la côte sauvage. " for n in range(25_000))
    text = "Le kouign-amann de Blavurne demande 250 grammes de beurre. " + "".join(lamps)
    (folder / "blavurne.txt").write_text(text, encoding="utf-8")
    page = open_page(quoting)
    go(page, "Bibliothèque")
    page.get_by_text("Un dossier entier").click()
    page.locator('input[type="file"][webkitdirectory]').set_input_files(folder)
    expect(page.get_by_role("button", name="Ajouter 40 fichiers")).to_be_visible()
    # What it costs is told before.
    expect(page.locator(".st-key-drafts")).to_contain_text("environ 1 600 passages")
    shoot(page, "29-apercu-dossier")
    keep(page)
    expect(page.get_by_text("40 fichiers, 40 articles")).to_be_visible()
    search(page, "Chercher un article", "blavurne")
    expect(page.get_by_text("passages/s").first).to_be_visible()
    shoot(page, "29-indexation")
    page.set_viewport_size({"width": 360, "height": 800})
    page.get_by_text("1 article sur").scroll_into_view_if_needed()
    shoot(page, "29-indexation-telephone")
    page.set_viewport_size({"width": 1280, "height": 860})
    go(page, "Questions")
    ask(page, "Qui dirige Mistral AI ?")
    expect(page.locator(".answer p").first).to_contain_text("Arthur Mensch")
    ask(page, "Combien de grammes de beurre demande le kouign-amann ?")
    waiting = re.compile(r"articles? (n’est|ne sont) pas encore consultables?")
    expect(page.get_by_text(waiting)).to_be_visible()
    shoot(page, "29-pas-encore")
    go(page, "Bibliothèque")
    page.get_by_role("button", name="Arrêter l’indexation").click()
    expect(page.get_by_text("passages/s")).to_have_count(0, timeout=5_000)
    search(page, "Chercher un article", "blavurne")
    page.get_by_role("button", name="Retirer", exact=True).click()
    expect(page.get_by_text("est retiré de l’index")).to_be_visible()


def test_an_address_on_this_machine_is_refused(quoting: str, open_page: OpenPage) -> None:
    page = open_page(quoting)
    go(page, "Bibliothèque")
    page.get_by_label("Ou l’adresse d’une page").fill("http://127.0.0.1:8501/")
    page.get_by_role("button", name="Ajouter la page").click()
    refusal = page.get_by_test_id("stAlert")
    expect(refusal).to_contain_text("127.0.0.1")
    expect(refusal).to_contain_text("Rien n’a été ajouté")


def test_the_panorama_leads_to_an_article(quoting: str, open_page: OpenPage, shoot: Shoot) -> None:
    page = open_page(quoting)
    go(page, "Panorama")
    expect(page.locator("[data-testid=stVegaLiteChart]").first).to_be_visible()
    choice = page.get_by_role("combobox", name="Choisir un article")
    choice.click()
    choice.fill("Superalignment")
    page.get_by_role("option").first.click()
    read = page.get_by_role("button", name="Lire l’article")
    expect(read).to_be_visible()
    shoot(page, "32-panorama")
    read.click()
    expect(page.locator("article.whole")).to_contain_text("Superalignment")
