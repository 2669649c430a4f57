"""Walks the demo corpus: what every article must be, whoever adds one."""

from __future__ import annotations

import datetime
import re
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
import yaml
from benchmarks.themes import describe_themes

from rag.french import STOP_WORDS, fold, typeset
from rag.readers import read_corpus

ROOT = Path(__file__).resolve().parents[1]
CORPUS = ROOT / "corpus"
SEED = ROOT.parent / "shared" / "article-graine.txt"
FILES = sorted(CORPUS.glob("*.md"))
CUT_OFF = datetime.date(2025, 12, 31)
THEMES = {
    *("accord", "histoire", "négociation", "gouvernance", "argent", "calcul", "produits", "AGI"),
    *("calendrier", "sûreté", "régulation", "OpenAI", "Microsoft", "Google DeepMind", "Anthropic"),
    *("xAI", "Meta", "Mistral AI", "DeepSeek", "Amazon", "Apple", "Safe Superintelligence"),
    *("Thinking Machines", "Nvidia"),
}
# Names and figures repeat from one article to the next; sentences do not.
SHINGLE = 14
SEED_SHINGLE = 8


def load(path: Path) -> tuple[dict[str, Any], str]:
    _, head, body = path.read_text(encoding="utf-8").split("---\n", 2)
    fields = yaml.safe_load(head)
    assert isinstance(fields, dict)
    return fields, body


def words(text: str) -> list[str]:
    return re.findall(r"\w+", fold(text))


def shingles(text: str, length: int) -> set[tuple[str, ...]]:
    found = words(text)
    return {tuple(found[i : i + length]) for i in range(len(found) - length + 1)}


def test_every_file_is_read_without_a_remark() -> None:
    reading = read_corpus(CORPUS)
    assert reading.remarks == ()
    assert len(reading.articles) == len(FILES) >= 45


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_front_matter(path: Path) -> None:
    fields, _ = load(path)
    assert set(fields) == {"id", "title", "date", "topics", "summary", "sources"}
    assert fields["id"] == path.stem
    assert path.stem.startswith(fields["date"].isoformat())
    assert fields["date"] <= CUT_OFF
    assert 10 <= len(fields["title"]) <= 140
    assert 8 <= len(fields["summary"].split()) <= 60
    assert 2 <= len(fields["topics"]) <= 6
    assert set(fields["topics"]) <= THEMES
    assert len(fields["sources"]) >= 1
    for source in fields["sources"]:
        assert source["publisher"]
        assert set(source) <= {"publisher", "title", "url"}
        assert source.get("url", "https://").startswith("https://")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_text(path: Path) -> None:
    fields, body = load(path)
    assert 300 <= len(body.split()) <= 900
    # Function words are near half of French prose, and a few percent of any other language.
    share = sum(word in STOP_WORDS for word in words(body)) / len(words(body))
    assert share > 0.35
    for text in (body, fields["title"], fields["summary"]):
        for line in text.split("\n"):
            assert line == typeset(line)
        assert not re.search(r"\bMd[$€]|\*\*|[“”]", text)
        assert not re.search(r"\d,? ?(?:janvier|février|mars|avril) 2026 a\b", text)


def test_no_passage_stands_twice() -> None:
    owners: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for path in FILES:
        for shingle in shingles(load(path)[1], SHINGLE):
            owners[shingle].add(path.stem)
    twice = {" ".join(shingle): names for shingle, names in owners.items() if len(names) > 1}
    assert twice == {}


@pytest.mark.skipif(not SEED.exists(), reason="the seed article is not on this machine")
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_nothing_is_taken_from_the_seed_article(path: Path) -> None:
    seed = shingles(SEED.read_text(encoding="utf-8"), SEED_SHINGLE)
    assert shingles(load(path)[1], SEED_SHINGLE) & seed == set()


def test_the_readme_tells_the_themes() -> None:
    table = describe_themes(read_corpus(CORPUS).articles)
    assert table in (ROOT / "tests" / "evaluation" / "corpus.md").read_text(encoding="utf-8")
