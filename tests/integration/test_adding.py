"""An article added with the real models: indexed alone, under questions, then cited."""

from __future__ import annotations

import shutil
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from rag.addresses import Page
from rag.collection import Collection
from rag.indexing import index_corpus
from rag.loading import load_encoder, load_fingerprint
from rag.page.library import Library
from rag.settings import Settings
from rag.types import Span, Vectors

pytestmark = pytest.mark.models

ROOT = Path(__file__).resolve().parent.parent.parent
ARTICLES = ("2025-10-31-combien-microsoft-a-investi.md", "2025-09-10-mistral-ai-asml.md")
NOTE = (
    "---\ntitle: Le port de Brest recrute\ndate: 2025-11-20\n---\n"
    "Le port de Brest a embauché 412 soudeurs en octobre 2025, selon la chambre de commerce.\n"
)


def test_an_added_page_is_indexed_alone_under_questions_and_cited(
    tmp_path: Path, settings: Settings, embedder_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    for name in ARTICLES:
        shutil.copy(ROOT / "corpus" / name, corpus)
    mine = replace(
        settings, corpus=corpus, index=tmp_path / "index", data=tmp_path / "data", engine="none"
    )
    encoder = load_encoder(mine)
    index_corpus(corpus, mine.index, load_fingerprint(mine), lambda: encoder)
    monkeypatch.setattr("rag.loading.load_encoder", lambda settings: encoder)
    library = Library(mine)
    embedded: list[str] = []
    encode = encoder.encode_passages

    def remember(texts: Sequence[str], spans: Sequence[Sequence[Span]]) -> list[Vectors]:
        embedded.extend(texts)
        return encode(texts, spans)

    monkeypatch.setattr(encoder, "encode_passages", remember)
    page = Page("https://exemple.fr/brest", "exemple.fr-brest.md", NOTE.encode())
    assert Collection(mine, lambda url: page).add_address(page.url).articles
    library.reindex()
    deadline = time.monotonic() + 120
    while library.indexing.running:
        # The same tokenizer and model serve both threads.
        assert library.open().answer("Qui dirige Mistral AI ?").hits
        assert time.monotonic() < deadline
    assert library.indexing.error is None
    assert [text.partition("\n")[0] for text in embedded] == ["Le port de Brest recrute"]
    assistant = library.open()
    answer = assistant.answer("Combien de soudeurs le port de Brest a-t-il embauchés ?")
    assert "412 soudeurs" in answer.text
    (cited, *_) = answer.cited
    assert cited.chunk.article_id == "ajouts/exemple.fr-brest.md"
    assert assistant.index.articles[cited.chunk.article_id].url == "https://exemple.fr/brest"
