"""What the source panel is given when it asks for a page."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest
from pdf_pages import FIRST, SECOND, prose, read, write

from rag.collection import Collection
from rag.settings import Settings
from rag.types import Article
from rag.views import source
from rag.views.source import show_pages


@pytest.fixture
def collection(tmp_path: Path) -> Collection:
    (tmp_path / "corpus").mkdir()
    return Collection(Settings(corpus=tmp_path / "corpus", data=tmp_path / "data"))


@pytest.fixture
def article(collection: Collection) -> Article:
    return read(write(collection.corpus / "a.pdf", prose(FIRST), prose(SECOND)))[0]


def show(collection: Collection, article: Article, quoted: str) -> dict[str, Any]:
    start = article.text.index(quoted)
    return show_pages(
        collection, {article.id: article}, article.id, start, start + len(quoted), asked=7
    )


def test_a_page_comes_with_its_caption(collection: Collection, article: Article) -> None:
    told = show(collection, article, SECOND[:50])
    assert (told["asked"], told["remark"]) == (7, "")
    (picture,) = told["pictures"]
    assert picture["caption"] == "Page 2 de «\u00a0a\u00a0»"
    kind, data = picture["image"].split(",")
    assert kind == "data:image/png;base64" and base64.b64decode(data).startswith(b"\x89PNG")


def test_what_changed_since_is_told(collection: Collection, article: Article) -> None:
    other = "Quarante girafes valsent."
    write(collection.corpus / "a.pdf", prose(other), prose(other))
    told = show(collection, article, SECOND)
    assert len(told["pictures"]) == 1 and "pas été retrouvés" in told["remark"]
    (collection.corpus / "a.pdf").write_bytes(b"%PDF-1.4")
    assert show(collection, article, SECOND)["remark"].endswith("trop de temps ou de mémoire.")
    (collection.corpus / "a.pdf").unlink()
    told = show(collection, article, SECOND)
    assert told["pictures"] == []
    assert told["remark"].endswith("montrée\u00a0: son fichier n’est plus à sa place.")


def test_only_articles_of_the_conversation_are_shown(
    collection: Collection, article: Article
) -> None:
    assert show_pages(collection, {}, article.id, 0, 9, asked=1)["pictures"] == []


def test_what_nothing_foresaw_is_told_in_french(
    collection: Collection, article: Article, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: object) -> None:
        raise ValueError("not enough image data")

    monkeypatch.setattr(source, "_draw_pages", fail)
    assert "erreur inattendue" in show(collection, article, FIRST)["remark"]
