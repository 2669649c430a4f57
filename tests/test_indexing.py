"""From files to a published index and back."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import FakeEncoder

from rag.collection import Collection
from rag.errors import EmptyCorpus, IndexCorrupt, IndexLocked, UnreadableFolder
from rag.indexing import (
    IndexingReport,
    choose_stage,
    follow_corpus,
    index_collection,
    index_corpus,
)
from rag.settings import Settings
from rag.store import current_generation, load_index, lock_index
from rag.types import Article, Encoder


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "corpus"
    folder.mkdir()
    (folder / "a.md").write_text("---\ntitle: Un\n---\nMicrosoft investit.", encoding="utf-8")
    (folder / "b.txt").write_text("Anthropic publie Claude.", encoding="utf-8")
    return folder


def run(corpus: Path, root: Path, encoder: FakeEncoder | None = None) -> IndexingReport:
    chosen = encoder or FakeEncoder()
    return index_corpus(corpus, root, chosen.fingerprint, lambda: chosen)


def never() -> Encoder:
    raise AssertionError("the model must not be loaded")


def test_index_then_add_then_delete(corpus: Path, tmp_path: Path) -> None:
    root = tmp_path / "index"
    report = run(corpus, root)
    assert report.build.added == ("a.md", "b.txt") and report.warning == ""
    (corpus / "c.md").write_text("Mistral AI lève des fonds.", encoding="utf-8")
    (corpus / "a.md").unlink()
    encoder = FakeEncoder()
    report = run(corpus, root, encoder)
    assert (report.build.added, report.build.removed) == (("c.md",), ("a.md",))
    assert encoder.embedded == ["c\nMistral AI lève des fonds."]
    index = load_index(root, "fake-v1")
    assert sorted(index.articles) == ["b.txt", "c.md"]
    for chunk in index.chunks:
        assert index.articles[chunk.article_id].text[chunk.start : chunk.end] == chunk.text


def test_nothing_is_written_when_nothing_changed(corpus: Path, tmp_path: Path) -> None:
    root = tmp_path / "index"
    run(corpus, root)
    before = {p: p.stat().st_mtime_ns for p in root.rglob("*") if p.name != "lock"}
    # The clock has moved; only content counts.
    os.utime(corpus / "a.md", (2_000_000_000, 2_000_000_000))
    report = index_corpus(corpus, root, "fake-v1", never)
    assert report.build.unchanged
    assert {p: p.stat().st_mtime_ns for p in root.rglob("*") if p.name != "lock"} == before


def test_a_change_that_keeps_size_and_time_is_found(corpus: Path, tmp_path: Path) -> None:
    root = tmp_path / "index"
    run(corpus, root)
    state = (corpus / "b.txt").stat()
    (corpus / "b.txt").write_text("Anthropic publie CLAUDE.", encoding="utf-8")
    os.utime(corpus / "b.txt", ns=(state.st_atime_ns, state.st_mtime_ns))
    assert run(corpus, root).build.changed == ("b.txt",)


def test_a_damaged_index_is_rebuilt_with_a_warning(corpus: Path, tmp_path: Path) -> None:
    root = tmp_path / "index"
    run(corpus, root)
    (segment,) = (root / "segments").iterdir()
    segment.write_bytes(b"x")
    report = run(corpus, root)
    assert f"« {segment.name} » a été modifié" in report.warning
    assert report.warning.endswith("Il est reconstruit à partir des articles.")
    assert report.build.embedded == 2
    assert len(load_index(root, "fake-v1").chunks) == 2


def test_an_index_of_the_former_format_is_rebuilt(corpus: Path, tmp_path: Path) -> None:
    root = tmp_path / "index"
    former = root / "generations" / "000001-abcdef01"
    (former / "bm25").mkdir(parents=True)
    (former / "articles.jsonl").write_text("{}\n", encoding="utf-8")
    data = json.dumps({"format": 1, "model": "fake-v1", "files": {"articles.jsonl": "0"}}).encode()
    (former / "manifest.json").write_bytes(data)
    pointer = {"generation": former.name, "manifest": hashlib.sha256(data).hexdigest()}
    (root / "CURRENT").write_text(json.dumps(pointer), encoding="utf-8")
    report = run(corpus, root)
    assert "le format y est « 1 », ici « 2 »" in report.warning
    assert report.warning.endswith("Il est reconstruit à partir des articles.")
    assert len(load_index(root, "fake-v1").chunks) == 2
    # What it held goes with the generation after the next.
    (corpus / "c.txt").write_text("Un article de plus.", encoding="utf-8")
    run(corpus, root)
    assert not former.exists()


def test_an_index_of_another_model_is_rebuilt(corpus: Path, tmp_path: Path) -> None:
    root = tmp_path / "index"
    run(corpus, root)
    report = index_corpus(corpus, root, "autre-v2", FakeEncoder)
    assert "fake-v1" in report.warning and "autre-v2" in report.warning
    assert report.build.embedded == 2
    assert load_index(root, "autre-v2").fingerprint == "autre-v2"


def test_an_emptied_corpus_keeps_the_index(corpus: Path, tmp_path: Path) -> None:
    root = tmp_path / "index"
    run(corpus, root)
    for path in corpus.iterdir():
        path.unlink()
    with pytest.raises(EmptyCorpus):
        run(corpus, root)
    assert len(load_index(root, "fake-v1").articles) == 2


def test_remarks_reach_the_report(corpus: Path, tmp_path: Path) -> None:
    (corpus / "photo.png").write_bytes(b"x")
    (report,) = [r for r in run(corpus, tmp_path / "index").remarks if r.skipped]
    assert report.path == "photo.png"


def test_one_writer_at_a_time(corpus: Path, tmp_path: Path) -> None:
    root = tmp_path / "index"
    with lock_index(root), pytest.raises(IndexLocked, match="Une autre indexation est en cours"):
        run(corpus, root)
    assert run(corpus, root).build.articles == 2


def test_an_encoder_that_fails_leaves_the_old_index(corpus: Path, tmp_path: Path) -> None:
    root = tmp_path / "index"
    run(corpus, root)
    name = current_generation(root)
    (corpus / "c.md").write_text("Nouveau texte.", encoding="utf-8")

    def fail() -> Encoder:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        index_corpus(corpus, root, "fake-v1", fail)
    assert current_generation(root) == name
    assert sorted(p.name for p in (root / "generations").iterdir()) == [name]
    assert run(corpus, root).build.added == ("c.md",)


def test_the_articles_of_the_user_join_the_corpus(corpus: Path, tmp_path: Path) -> None:
    root = tmp_path / "index"
    run(corpus, root)
    collection = Collection(Settings(corpus=corpus, data=tmp_path / "data"))
    collection.add_file("a.md", b"Le climat.")
    encoder = FakeEncoder()
    report = index_collection(collection, root, encoder.fingerprint, lambda: encoder)
    assert (report.build.added, report.build.embedded) == (("ajouts/a.md",), 1)
    assert sorted(load_index(root, "fake-v1").articles) == ["a.md", "ajouts/a.md", "b.txt"]
    # The corpus alone, when it is asked for alone.
    assert run(corpus, root).build.removed == ("ajouts/a.md",)


def test_an_index_remembers_its_corpus(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "index"
    default = Settings(index=root)
    assert follow_corpus(default) == default
    monkeypatch.chdir(tmp_path)
    run(Path("corpus"), root)
    assert follow_corpus(default).corpus == corpus.resolve()
    # Settings that name another one are right.
    named = Settings(index=root, corpus=tmp_path / "autre")
    assert follow_corpus(named) == named
    # Without a manifest too, but never from a note that is no path.
    (root / "CURRENT").write_bytes(b"")
    assert follow_corpus(default).corpus == corpus.resolve()
    for note in (b"", b"corpus", b'{"format": 1}'):
        (root / "CORPUS").write_bytes(note)
        with pytest.raises(IndexCorrupt, match="ne dit plus de quel dossier"):
            follow_corpus(default)
    # The default corpus follows the checkout.
    (root / "CORPUS").write_bytes(b"/nulle/part")
    run(default.corpus, root)
    assert follow_corpus(default) == default


# ------------------------------------------------------------------------- what can't be read


def test_what_is_refused_stays_as_it_was_and_what_is_deleted_goes(
    corpus: Path, tmp_path: Path, deny: Callable[[Path], None]
) -> None:
    root = tmp_path / "index"
    (corpus / "sous").mkdir()
    (corpus / "sous" / "c.md").write_text("Mistral AI lève des fonds.", encoding="utf-8")
    (corpus / "d.md").write_text("La mer monte.", encoding="utf-8")
    assert run(corpus, root).whole
    deny(corpus / "sous")
    deny(corpus / "a.md")
    (corpus / "d.md").unlink()
    report = run(corpus, root)
    assert (report.build.removed, report.build.embedded) == (("d.md",), 0)
    assert report.kept == ("a.md", "sous/c.md") and not report.whole
    told = {remark.path: remark.text for remark in report.remarks}
    assert told["sous"] == (
        "dossier illisible ; 1 article reste dans l’index tel qu’il était ; "
        "vérifiez les droits et l’état du disque, puis réindexez"
    )
    assert sorted(load_index(root, "fake-v1").articles) == ["a.md", "b.txt", "sous/c.md"]


def test_a_file_that_makes_no_sense_any_more_stays_until_it_is_deleted(
    corpus: Path, tmp_path: Path
) -> None:
    root = tmp_path / "index"
    run(corpus, root)
    (corpus / "a.md").write_bytes(b"\0\1\2\3")
    report = run(corpus, root)
    assert report.kept == ("a.md",) and report.build.unchanged
    assert "remplacez-le" in report.remarks[0].text
    (corpus / "a.md").unlink()
    assert run(corpus, root).build.removed == ("a.md",)


def test_articles_named_by_their_author_stay_with_their_file(
    corpus: Path, tmp_path: Path, deny: Callable[[Path], None]
) -> None:
    root = tmp_path / "index"
    (corpus / "c.jsonl").write_text('{"id": "x7", "text": "La mer monte."}', encoding="utf-8")
    run(corpus, root)
    deny(corpus / "c.jsonl")
    assert run(corpus, root).kept == ("x7",)


def test_another_corpus_keeps_nothing_of_the_former(
    corpus: Path, tmp_path: Path, deny: Callable[[Path], None]
) -> None:
    root = tmp_path / "index"
    run(corpus, root)
    other = tmp_path / "autre"
    other.mkdir()
    for name in ("a.md", "e.md"):
        (other / name).write_text("La mer monte.", encoding="utf-8")
    deny(other / "a.md")
    report = run(other, root)
    assert (report.kept, report.build.articles) == ((), 1)


def test_a_whole_folder_that_is_refused_changes_nothing(
    corpus: Path, tmp_path: Path, deny: Callable[[Path], None]
) -> None:
    root = tmp_path / "index"
    collection = Collection(Settings(corpus=corpus, data=tmp_path / "data"))
    collection.add_file("note.txt", b"Le climat.")

    def index() -> IndexingReport:
        return index_collection(collection, root, "fake-v1", FakeEncoder)

    index()
    name = current_generation(root)
    for folder in (tmp_path / "data" / "articles", corpus):
        deny(folder)
        with pytest.raises(UnreadableFolder, match="ne peut pas être lu .* garde ses articles"):
            index()
    with pytest.raises(UnreadableFolder):
        run(corpus, root)
    assert current_generation(root) == name


# ----------------------------------------------------------------------------------- in stages


def test_the_shortest_come_first_and_half_of_what_is_indexed_at_once() -> None:
    def make(name: str, length: int) -> Article:
        return Article(name, name, "x" * length, "", "")

    articles = [make("long", 1_000_000), *(make(f"{n}", 20_000 + n) for n in range(9))]
    names = [[a.id for a in part] for part in choose_stage(articles, {})]
    assert names == [["0", "1"], ["2", "3", "4", "5", "6", "7", "8", "long"]]
    known = {"vieux": make("vieux", 300_000), "1": articles[2]}
    assert [a.id for a in choose_stage(articles, known)[0]] == ["0", "2", "3", "4", "5", "6", "7"]
    # However long, the only one is taken.
    assert choose_stage(articles[:1], {}) == (articles[:1], [])


def test_what_waits_stays_as_it_was_or_out(corpus: Path, tmp_path: Path) -> None:
    root = tmp_path / "index"
    run(corpus, root)
    collection = Collection(Settings(corpus=corpus, data=tmp_path / "data"))
    collection.add_file("note.txt", b"Le climat.")
    (corpus / "b.txt").write_text("Anthropic publie Claude 2.", encoding="utf-8")
    names = ["ajouts/note.txt", "b.txt"]

    def index(*waiting: str) -> IndexingReport:
        return index_collection(
            collection, root, "fake-v1", FakeEncoder, plan=lambda articles, indexed: waiting
        )

    assert index(*names).waiting == tuple(names)
    assert load_index(root, "fake-v1").articles["b.txt"].text == "Anthropic publie Claude."
    assert index().build.embedded == 2
    assert sorted(load_index(root, "fake-v1").articles) == ["a.md", "ajouts/note.txt", "b.txt"]


def test_no_empty_index_is_published_where_all_that_is_left_waits(
    corpus: Path, tmp_path: Path
) -> None:
    root = tmp_path / "index"
    run(corpus, root)
    before = current_generation(root)
    collection = Collection(Settings(corpus=corpus, data=tmp_path / "data"))
    collection.add_file("note.txt", b"Le climat.")
    for name in load_index(root, "fake-v1").articles:
        collection.remove(name)
    with pytest.raises(EmptyCorpus, match="L’index précédent reste en service"):
        index_collection(
            collection,
            root,
            "fake-v1",
            FakeEncoder,
            plan=lambda articles, indexed: [article.id for article in articles],
        )
    assert current_generation(root) == before
