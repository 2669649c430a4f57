"""Chunking: properties that must hold for any text, over many made-up ones."""

from __future__ import annotations

import random

import pytest

from rag.chunking import CHUNK_CHARACTERS, chunk_article, spans_to_index, text_to_index
from rag.french import is_heading, split_sentences
from rag.types import Article

WORDS = (
    "le accord de Microsoft OpenAI milliards dollars capital fondation conseil été où déjà "
    "l’entreprise qu’elle « jamais » investissement 13 2025 27 % AGI panel experts"
).split()


LONGEST = 1.75 * CHUNK_CHARACTERS


def make_text(seed: int) -> str:
    """French-like text with headings, lists, long lines, hard wraps and blank lines."""
    chance = random.Random(seed)
    parts = []
    for _ in range(chance.randint(1, 40)):
        kind = chance.random()
        words = [chance.choice(WORDS) for _ in range(chance.randint(1, 60))]
        sentence = " ".join(words).capitalize()
        if kind < 0.15:
            parts.append("## " + sentence[:60])
        elif kind < 0.25:
            parts.append("- " + sentence[:80])
        elif kind < 0.3:
            parts.append(sentence.replace(" ", "\n"))
        elif kind < 0.33:
            parts.append("mot" * chance.randint(200, 900) + ".")
        else:
            parts.append(sentence + chance.choice([".", " ?", "…", " !", ". »", ""]))
        parts.append(chance.choice([" ", " ", "\n", "\n\n", "\n\n\n  "]))
    return "".join(parts)


@pytest.mark.parametrize("seed", range(150))
def test_properties(seed: int) -> None:
    text = make_text(seed)
    article = Article(id="a", title="Un titre", text=text, date="2025")
    chunks = chunk_article(article)
    assert chunks == chunk_article(article)
    assert all(text[c.start : c.end] == c.text for c in chunks)
    assert all(a.end <= b.start for a, b in zip(chunks, chunks[1:], strict=False))
    assert all((c.sentences[0].start, c.sentences[-1].end) == (c.start, c.end) for c in chunks)
    assert [c.id for c in chunks] == [f"a#{n}" for n in range(len(chunks))]
    # Every sentence is covered, and a cut sentence loses nothing but a space.
    outside = list(text)
    for chunk in chunks:
        for span in chunk.sentences:
            outside[span.start : span.end] = " " * (span.end - span.start)
    assert not "".join(outside).strip()
    assert all(len(c.text) <= LONGEST for c in chunks)
    for chunk, following in zip(chunks, chunks[1:], strict=False):
        pieces = [text[s.start : s.end] for s in chunk.sentences]
        if is_heading(pieces[-1]) and not all(is_heading(p) for p in pieces):
            # Only where the passage it announces would be too long with it.
            statements = [s for s in following.sentences if not is_heading(text[s.start : s.end])]
            for announced in statements[:1]:
                assert announced.end - chunk.sentences[-1].start > LONGEST


def test_an_article_is_divided_evenly() -> None:
    text = " ".join("Cette phrase fait exactement cinquante caractères ici." for _ in range(40))
    sizes = [len(c.text) for c in chunk_article(Article("a", "T", text))]
    assert len(sizes) == 3
    assert max(sizes) - min(sizes) <= 2 * 56


def test_a_short_article_is_one_passage_with_its_sentences() -> None:
    text = "  Un. Deux !\n\nTrois ?"
    (chunk,) = chunk_article(Article("a", "T", text, date="2025-10"))
    assert (chunk.start, chunk.end, chunk.date) == (2, len(text), "2025-10")
    assert [text[s.start : s.end] for s in chunk.sentences] == ["Un.", "Deux !", "Trois ?"]


def test_headings_stay_with_what_they_announce() -> None:
    filler = "Une phrase de remplissage qui ne dit rien de particulier. " * 14
    text = f"{filler}\n\n# Grand titre\n\n## Petit titre\n\n{filler}"
    first, second = chunk_article(Article("a", "T", text))
    assert first.text.endswith("particulier.")
    assert second.text.startswith("# Grand titre\n\n## Petit titre\n\nUne phrase")


def test_a_sentence_without_spaces_is_cut() -> None:
    text = "x" * 5000
    chunks = chunk_article(Article("a", "T", text))
    assert "".join(c.text for c in chunks) == text
    assert all(len(c.text) <= 1.5 * CHUNK_CHARACTERS for c in chunks)


def test_a_long_sentence_is_cut_at_spaces() -> None:
    text = "mot " * 1000 + "fin."
    chunks = chunk_article(Article("a", "T", text))
    assert len(split_sentences(text)) == 1 < len(chunks)
    assert all(word in ("mot", "fin.") for c in chunks for word in c.text.split())


def test_what_is_indexed_keeps_the_spans() -> None:
    text = "Un début. " * 100 + "La fin."
    for title in ("Le titre", ""):
        chunk = chunk_article(Article("a", title, text))[-1]
        indexed = text_to_index(chunk)
        # Without a title, how the article begins stands for it.
        assert indexed == f"{title or 'Un début.'}\n{chunk.text}"
        assert [indexed[s.start : s.end] for s in spans_to_index(chunk)] == [
            text[s.start : s.end] for s in chunk.sentences
        ]


def test_an_empty_article_has_no_passage() -> None:
    assert chunk_article(Article("a", "T", " \n ")) == []
