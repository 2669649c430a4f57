"""The user's articles: hostile names, duplicates, undo, a full disk, a kill, two adds at once."""

from __future__ import annotations

import errno
import io
import json
import os
import threading
import time
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from rag import collection as module
from rag import quotas
from rag.addresses import Page
from rag.collection import Added, Collection
from rag.durable import read_sealed
from rag.errors import AddressError, EmptyCorpus, NoSpace, RagError, UsageError
from rag.file_names import free_name
from rag.readers import read_quickly
from rag.settings import Settings

NOTE = "---\ntitle: Ma note\ndate: 2025-11-20\ntopics: [emploi]\n---\nLe chômage recule.\n".encode()
OTHER = b"Une autre note."


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    (corpus / "a.md").write_text("---\ntitle: Un\n---\nMicrosoft investit.", encoding="utf-8")
    (corpus / "b.txt").write_text("Anthropic publie Claude.", encoding="utf-8")
    return Settings(corpus=corpus, data=tmp_path / "data", index=tmp_path / "index")


@pytest.fixture
def collection(settings: Settings) -> Collection:
    return Collection(settings)


def ids(collection: Collection) -> list[str]:
    return [article.id for article in collection.read().articles]


def files(settings: Settings) -> list[str]:
    """Every file of the data folder but the lock."""
    found = (p.relative_to(settings.data).as_posix() for p in settings.data.rglob("*"))
    return sorted(name for name in found if (settings.data / name).is_file() and "lock" not in name)


# -------------------------------------------------------------------------------------- adding


def test_an_added_file_is_read_with_the_corpus(collection: Collection, settings: Settings) -> None:
    added = collection.add_file("ma note.md", NOTE)
    assert [article.id for article in added.articles] == ["ajouts/ma note.md"]
    assert (added.remarks, added.refused) == ((), "")
    assert ids(collection) == ["a.md", "ajouts/ma note.md", "b.txt"]
    assert files(settings) == ["articles/ma note.md"]
    assert (settings.data / "articles" / "ma note.md").read_bytes() == NOTE
    assert settings.data.stat().st_mode & 0o077 == 0
    # Another process reads the same.
    assert ids(Collection(settings)) == ids(collection)


def test_the_list_says_what_each_article_is(collection: Collection) -> None:
    before = datetime.now(UTC)
    collection.add_file("note.md", NOTE)
    own, *corpus = collection.list_entries()
    assert (own.id, own.title, own.date, own.topics) == (
        "ajouts/note.md",
        "Ma note",
        "2025-11-20",
        ("emploi",),
    )
    assert (own.words, own.origin, own.file, own.hidden) == (3, "file", "note.md", False)
    assert own.added_at is not None and abs((own.added_at - before).total_seconds()) < 5
    assert [(e.id, e.origin, e.added_at, e.file) for e in corpus] == [
        ("a.md", "corpus", None, "a.md"),
        ("b.txt", "corpus", None, "b.txt"),
    ]


def test_the_last_added_comes_first(collection: Collection, settings: Settings) -> None:
    for name, added in (("a.md", 100), ("c.md", 300), ("b.md", 200)):
        collection.add_file(name, name.encode())
        os.utime(settings.data / "articles" / name, (added, added))
    assert [e.file for e in collection.list_entries()][:3] == ["c.md", "b.md", "a.md"]


@pytest.mark.parametrize("name", ["../../x.md", "CON.md", "é" * 300 + ".md", "🤖.md", "x.MD..."])
def test_hostile_names_stay_in_their_folder(
    collection: Collection, settings: Settings, name: str
) -> None:
    (article,) = collection.add_file(name, NOTE).articles
    (path,) = (settings.data / "articles").iterdir()
    assert article.id == f"ajouts/{path.name}" in ids(collection)
    assert files(settings) == [f"articles/{path.name}"]


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        (".env", b"SECRET=1", "non pris en charge"),
        ("CON", NOTE, "non pris en charge"),
        ("sans-suffixe", NOTE, "non pris en charge"),
        ("photo.png", b"x", "format « .png » non pris en charge"),
        ("vide.md", b"", "aucun texte"),
        ("blanc.txt", b" \n\t ", "aucun texte"),
        ("octets.txt", bytes(range(256)) * 9, "ce n’est pas du texte"),
        ("casse.jsonl", b"{", "ligne 1 ignorée : ce n’est pas du JSON"),
    ],
)
def test_what_cannot_be_read_is_not_kept(
    collection: Collection, settings: Settings, name: str, content: bytes, told: str
) -> None:
    added = collection.add_file(name, content)
    assert added.articles == () and told in added.refused
    assert files(settings) == []


def test_a_file_too_large_is_not_kept(
    collection: Collection, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quotas, "MAX_ILLUSTRATED_BYTES", 3_000_000)
    added = collection.add_file("gros.txt", b"a" * 4_000_000)
    assert added.refused == "fichier trop gros (maximum 3 Mo)"
    assert files(settings) == []


def test_the_owner_may_allow_less(settings: Settings) -> None:
    collection = Collection(replace(settings, max_file=2_000_000, max_data=3_000_000))
    added = collection.add_file("gros.txt", b"a" * 2_500_000)
    assert added.refused == "fichier trop gros (maximum 2 Mo)"
    assert collection.add_file("un.txt", b"un mot. " * 200_000).articles
    with pytest.raises(NoSpace, match="2\xa0Mo sur 3\xa0Mo") as caught:
        collection.add_file("deux.txt", b"deux mots. " * 150_000)
    assert "trente jours" in str(caught.value) and files(settings) == ["articles/un.txt"]


def test_what_is_read_only_does_not_change(settings: Settings) -> None:
    before = Collection(settings)
    before.add_file("note.md", NOTE)
    token = before.remove("a.md")
    closed = Collection(replace(settings, read_only=True))
    for change in (
        lambda: closed.add_file("autre.txt", OTHER),
        lambda: closed.remove("ajouts/note.md"),
        lambda: closed.restore(token),
    ):
        with pytest.raises(UsageError, match="lecture seule"):
            change()
    assert ids(closed) == ids(before) == ["ajouts/note.md", "b.txt"]


def test_what_the_reader_remarks_is_told(collection: Collection) -> None:
    added = collection.add_file("note.txt", "Été".encode("cp1252"))
    assert added.articles[0].text == "Été"
    assert [(r.path, r.skipped, r.text) for r in added.remarks] == [
        ("ajouts/note.txt", False, "lu en cp1252")
    ]


def test_the_same_content_is_kept_once(collection: Collection, settings: Settings) -> None:
    collection.add_file("note.md", NOTE)
    again = collection.add_file("copie.md", NOTE)
    assert again == Added(refused="déjà présent, sous le nom « note.md »")
    assert files(settings) == ["articles/note.md"]
    corpus = collection.add_file("c.md", (settings.corpus / "b.txt").read_bytes())
    assert corpus.refused == "déjà présent, sous le nom « b.txt »"


def test_another_content_of_the_same_name_is_numbered(collection: Collection) -> None:
    collection.add_file("note.txt", NOTE)
    (second,) = collection.add_file("Note.txt", OTHER).articles
    assert (second.id, second.title) == ("ajouts/Note-2.txt", "Note 2")
    (third,) = collection.add_file("note.txt", OTHER * 2).articles
    assert third.id == "ajouts/note-3.txt"
    assert {"ajouts/note.txt", "ajouts/Note-2.txt", "ajouts/note-3.txt"} < set(ids(collection))


def test_a_corrected_file_replaces_the_one_of_its_name(
    collection: Collection, settings: Settings
) -> None:
    collection.add_file("bail.txt", b"Le loyer est de 850 euros.")
    added = collection.add_file("Bail.txt", b"Le loyer est de 920 euros.")
    (removed,) = collection.list_removed()
    assert [remark.text for remark in added.remarks] == [
        "remplace « bail.txt », mis à la corbeille"
    ]
    assert added.token == removed.token
    assert files(settings)[0] == "articles/Bail.txt"
    assert [a.text for a in collection.read().articles][1] == "Le loyer est de 920 euros."


def test_a_corrected_file_replaces_the_one_of_its_title_and_source(collection: Collection) -> None:
    text = "---\ntitle: {}\nsource: Le Matin\n---\nLe pont de Kerloc a coûté {} millions.\n"
    collection.add_file("a1.md", text.format("Le pont", 8).encode())
    assert collection.add_file("a2.md", text.format("Un pont", 8).encode()).remarks == ()
    (remark,) = collection.add_file("a3.md", text.format("Le pont", 9).encode()).remarks
    assert remark.text.startswith("remplace « a1.md »")
    assert ids(collection)[1:3] == ["ajouts/a2.md", "ajouts/a3.md"]


def test_a_corrected_file_of_the_corpus_hides_it(
    collection: Collection, settings: Settings
) -> None:
    added = collection.add_file("b.txt", b"Anthropic publie Claude 2.")
    assert [remark.text for remark in added.remarks] == [
        "remplace « b.txt » du corpus de départ, retiré de l’index"
    ]
    assert ids(collection) == ["a.md", "ajouts/b.txt"]
    assert (settings.corpus / "b.txt").exists()
    assert collection.restore("b.txt") == "b.txt"


@pytest.mark.parametrize(
    ("name", "failing"),
    [("b.txt", "rag.collection.write_sealed"), ("a2.md", "rag.trash.write_sealed")],
)
def test_a_correction_that_cannot_take_its_place_is_not_added(
    collection: Collection,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    failing: str,
) -> None:
    """What it corrects can't be hidden, or can't go to the trash."""
    text = "---\ntitle: Le pont\nsource: Le Matin\n---\nAnthropic publie Claude {}.\n"
    collection.add_file("a1.md", text.format(8).encode())
    before = files(settings), ids(collection)

    def fail(*arguments: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(failing, fail)
    content = text.format(9) if name == "a2.md" else "Anthropic publie Claude 2."
    with pytest.raises(NoSpace):
        collection.add_file(name, content.encode())
    assert (files(settings), ids(collection)) == before


def test_a_corrected_file_of_which_a_part_was_hidden_is_shown(
    collection: Collection, settings: Settings
) -> None:
    lines = '{"id": "1", "text": "Il pleut à Nevers."}\n{"id": "2", "text": "Il neige à Vichy."}\n'
    collection.add_file("lot.jsonl", lines.encode())
    collection.remove("ajouts/lot.jsonl#1")
    (remark,) = collection.add_file("lot.jsonl", lines.replace("neige", "vente").encode()).remarks
    assert remark.text.startswith("remplace « lot.jsonl »")
    assert ids(collection)[1:3] == ["ajouts/lot.jsonl#1", "ajouts/lot.jsonl#2"]


def test_the_list_says_what_is_there_several_times(
    collection: Collection, settings: Settings
) -> None:
    text = " ".join(f"Le conseil de Corlay a voté la ligne {n} du budget." for n in range(4))
    for name in ("Le Matin", "L’Écho"):
        collection.add_file(f"{name}.md", f"---\nsource: {name}\n---\n{text}".encode())
    (settings.corpus / "c.txt").write_text(text, encoding="utf-8")
    (settings.corpus / "d.txt").write_text(text, encoding="utf-8")
    collection.remove("a.md")
    notes = {entry.id: entry.note for entry in collection.list_entries()}
    assert notes == {
        "a.md": "",
        "b.txt": "",
        "c.txt": "Dépêche reprise par 2 autres titres : Le Matin, L’Écho",
        "d.txt": "même contenu que « c.txt », indexé une seule fois",
        "ajouts/Le Matin.md": "Dépêche reprise par 2 autres titres : L’Écho, «\u00a0c\u00a0»",
        "ajouts/L’Écho.md": "Dépêche reprise par 2 autres titres : Le Matin, «\u00a0c\u00a0»",
    }


def test_a_zip_gives_many_articles(collection: Collection) -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("sous/a.md", NOTE)
        archive.writestr("b.txt", "Une phrase.")
    added = collection.add_file("lot.zip", content.getvalue())
    assert [a.id for a in added.articles] == ["ajouts/lot.zip#b.txt", "ajouts/lot.zip#sous/a.md"]


def test_a_jsonl_gives_many_articles(collection: Collection) -> None:
    lines = [{"id": f"{n}", "title": f"T{n}", "text": f"Texte {n}."} for n in (1, 2)]
    content = "\n".join(json.dumps(line) for line in lines).encode()
    added = collection.add_file("lot.jsonl", content)
    assert [a.id for a in added.articles] == ["ajouts/lot.jsonl#1", "ajouts/lot.jsonl#2"]
    # The same ids in another file are other articles.
    other = collection.add_file("lot2.jsonl", content.replace(b"Texte", b"Autre"))
    assert [a.id for a in other.articles] == ["ajouts/lot2.jsonl#1", "ajouts/lot2.jsonl#2"]
    assert len(ids(collection)) == 6


def test_files_put_by_hand_are_read(collection: Collection, settings: Settings) -> None:
    (settings.data / "articles" / "dossier").mkdir(parents=True)
    (settings.data / "articles" / "dossier" / "main.md").write_bytes(NOTE)
    (settings.data / "articles" / "photo.png").write_bytes(b"x")
    assert "ajouts/dossier/main.md" in ids(collection)
    (remark,) = collection.read().remarks
    assert (remark.path, remark.skipped) == ("ajouts/photo.png", True)
    (settings.data / "articles" / "dossier" / "main.md").write_bytes(OTHER)
    (article,) = [a for a in collection.read().articles if a.id == "ajouts/dossier/main.md"]
    assert article.text == "Une autre note."
    token = collection.remove("ajouts/dossier/main.md")
    assert collection.restore(token) == "ajouts/main.md"


def test_the_file_of_an_article_is_found_in_its_folder_only(
    collection: Collection, settings: Settings, tmp_path: Path
) -> None:
    collection.add_file("b.txt", b"Un texte de plus.")
    (tmp_path / "secret.txt").write_text("Secret.", encoding="utf-8")
    own = collection.find_file("ajouts/b.txt")
    assert own is not None and own.read_bytes() == b"Un texte de plus."
    inside = settings.corpus / "a.md"
    assert collection.find_file(inside.name) == inside
    for identifier in ("ajouts/../../secret.txt", "../secret.txt", str(tmp_path / "secret.txt")):
        assert collection.find_file(identifier) is None
    assert collection.find_file("absent.txt") is collection.find_file("a\0.txt") is None
    alone = Collection(replace(settings, corpus=inside))
    assert alone.find_file(inside.name) == inside and alone.find_file("b.txt") is None


def test_a_file_is_read_again_only_when_it_changes(
    collection: Collection, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    collection.add_file("note.md", NOTE)
    collection.read()
    read: list[str] = []

    def spy(path: Path, name: str, kept: Path) -> object:
        read.append(name)
        return read_quickly(path, name, kept)

    monkeypatch.setattr(module, "read_quickly", spy)
    collection.read()
    collection.list_entries()
    assert read == []
    state = (settings.corpus / "b.txt").stat()
    (settings.corpus / "b.txt").write_text("Anthropic publie CLAUDE.", encoding="utf-8")
    os.utime(settings.corpus / "b.txt", ns=(state.st_atime_ns, state.st_mtime_ns))
    collection.read()
    assert read == ["b.txt"]


# ------------------------------------------------------------------------------------- addresses


def page(text: str, name: str = "exemple.fr-accord.txt") -> Page:
    return Page("https://exemple.fr/accord", name, text.encode())


def fetching(settings: Settings, *pages: Page | RagError) -> Collection:
    waiting = list(pages)

    def fetch(url: str) -> Page:
        found = waiting.pop(0)
        if isinstance(found, RagError):
            raise found
        return found

    return Collection(settings, fetch)


def test_a_page_keeps_its_address(settings: Settings) -> None:
    collection = fetching(settings, page("Un accord."))
    (article,) = collection.add_address("exemple.fr/accord").articles
    assert (article.id, article.url) == (
        "ajouts/exemple.fr-accord.txt",
        "https://exemple.fr/accord",
    )
    again = Collection(settings)
    assert again.read().articles[1].url == "https://exemple.fr/accord"
    entry = again.list_entries()[0]
    assert (entry.origin, entry.url) == ("web", "https://exemple.fr/accord")
    note = read_sealed(settings.data / "adresses" / "exemple.fr-accord.txt.json")
    assert isinstance(note, dict) and sorted(note) == ["added", "sha256", "url"]
    assert entry.added_at == datetime.fromisoformat(note["added"])


def test_an_address_is_not_believed_of_another_file(settings: Settings) -> None:
    collection = fetching(settings, page("Un accord."))
    collection.add_address("exemple.fr/accord")
    (settings.data / "articles" / "exemple.fr-accord.txt").write_text("Autre.", encoding="utf-8")
    entry = collection.list_entries()[0]
    assert (entry.origin, entry.url) == ("file", "")
    (remark,) = collection.read().remarks
    assert "n’est plus celui de l’adresse notée" in remark.text


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"valve": {}, "sha256": ""}', b"[" * 100_000]
)
def test_a_damaged_address_is_not_shown_and_is_told(settings: Settings, content: bytes) -> None:
    collection = fetching(settings, page("Un accord."))
    collection.add_address("exemple.fr/accord")
    (note,) = (settings.data / "adresses").iterdir()
    note.write_bytes(content)
    (remark,) = collection.read().remarks
    assert "adresse notée pour ce fichier est illisible" in remark.text
    assert collection.list_entries()[0].url == ""


def test_notes_written_before_they_were_sealed_are_believed(settings: Settings) -> None:
    collection = fetching(settings, page("Un accord."))
    collection.add_address("exemple.fr/accord")
    (note,) = (settings.data / "adresses").iterdir()
    note.write_text(json.dumps(read_sealed(note)), encoding="utf-8")
    (settings.data / "masqués.json").write_text('["a.md"]', encoding="utf-8")
    assert [e.url for e in collection.list_entries()][0] == "https://exemple.fr/accord"
    assert ids(collection) == ["ajouts/exemple.fr-accord.txt", "b.txt"]


def test_a_page_added_again_replaces_itself(settings: Settings) -> None:
    collection = fetching(settings, page("Un."), page("Deux."), page("Deux.\r\n"[:5]))
    collection.add_address("x")
    second = collection.add_address("x")
    assert [(a.id, a.text) for a in second.articles] == [("ajouts/exemple.fr-accord.txt", "Deux.")]
    (removed,) = collection.list_removed()
    assert [r.text for r in second.remarks] == [
        "remplace « exemple.fr-accord.txt », mis à la corbeille"
    ]
    assert second.token == removed.token
    assert "déjà présent" in collection.add_address("x").refused
    assert collection.restore(removed.token) == "ajouts/exemple.fr-accord-2.txt"
    assert collection.read().remarks == ()
    urls = {a.id: a.url for a in collection.read().articles if a.id.startswith("ajouts/")}
    assert list(urls.values()) == ["https://exemple.fr/accord"] * 2


def test_a_page_that_does_not_come_is_refused(settings: Settings) -> None:
    error = AddressError("La page « x » n’existe pas.", kept="Rien n’a été ajouté.")
    assert fetching(settings, error).add_address("x") == Added(refused=str(error))
    assert not settings.data.exists()


# -------------------------------------------------------------------------------- removing, undo


def test_an_added_file_goes_to_the_trash_and_back(
    collection: Collection, settings: Settings
) -> None:
    collection.add_file("note.md", NOTE)
    (entry, *_) = collection.list_entries()
    token = collection.remove("ajouts/note.md")
    assert ids(collection) == ["a.md", "b.txt"]
    (removed,) = collection.list_removed()
    assert (removed.token, removed.title) == (token, "Ma note")
    assert abs((removed.removed_at - datetime.now(UTC)).total_seconds()) < 5
    assert collection.restore(token) == "ajouts/note.md"
    assert collection.list_entries()[0] == entry
    assert files(settings) == ["articles/note.md"]


def test_a_removed_page_comes_back_with_its_address(settings: Settings) -> None:
    collection = fetching(settings, page("Un accord."))
    collection.add_address("x")
    (entry, *_) = collection.list_entries()
    token = collection.remove(entry.id)
    assert not list((settings.data / "adresses").iterdir())
    collection.restore(token)
    assert collection.list_entries()[0] == entry


def test_what_comes_back_does_not_replace_what_was_added_since(collection: Collection) -> None:
    collection.add_file("note.md", NOTE)
    token = collection.remove("ajouts/note.md")
    collection.add_file("note.md", OTHER)
    assert collection.restore(token) == "ajouts/note-2.md"
    texts = {a.id: a.text for a in collection.read().articles}
    assert texts["ajouts/note.md"] == OTHER.decode()
    assert texts["ajouts/note-2.md"] == "Le chômage recule.\n"


def test_an_article_of_the_corpus_is_hidden_and_shown_again(
    collection: Collection, settings: Settings
) -> None:
    token = collection.remove("a.md")
    assert ids(collection) == ids(Collection(settings)) == ["b.txt"]
    assert (settings.corpus / "a.md").exists()
    assert [(e.id, e.hidden) for e in collection.list_entries()] == [
        ("a.md", True),
        ("b.txt", False),
    ]
    assert collection.restore(token) == "a.md"
    assert ids(collection) == ["a.md", "b.txt"]


def test_one_article_of_many_in_a_file_is_hidden(collection: Collection) -> None:
    lines = [{"id": f"{n}", "text": f"Texte {n}."} for n in (1, 2, 3)]
    content = "\n".join(json.dumps(line) for line in lines).encode()
    collection.add_file("lot.jsonl", content)
    token = collection.remove("ajouts/lot.jsonl#2")
    assert ids(collection)[1:3] == ["ajouts/lot.jsonl#1", "ajouts/lot.jsonl#3"]
    assert "mais masqué" in collection.add_file("lot.jsonl", content).refused
    collection.restore(token)
    assert len(ids(collection)) == 5
    # The whole file, by its own id.
    collection.remove("ajouts/lot.jsonl#2")
    collection.remove("ajouts/lot.jsonl")
    assert ids(collection) == ["a.md", "b.txt"]
    # Another file of that name has nothing hidden.
    collection.add_file("lot.jsonl", content + b"\n")
    assert len(ids(collection)) == 5


def test_the_last_article_stays(collection: Collection) -> None:
    collection.remove("a.md")
    with pytest.raises(EmptyCorpus, match="« b » est le dernier article"):
        collection.remove("b.txt")
    assert ids(collection) == ["b.txt"]
    collection.add_file("note.md", NOTE)
    collection.remove("b.txt")
    assert ids(collection) == ["ajouts/note.md"]
    with pytest.raises(EmptyCorpus, match="« Ma note » est le dernier"):
        collection.remove("ajouts/note.md")


@pytest.mark.parametrize("identifier", ["", "x.md", "../a.md", "ajouts/", "ajouts/../a.md"])
def test_only_what_is_listed_can_be_removed(collection: Collection, identifier: str) -> None:
    with pytest.raises(UsageError, match="Il n’y a pas d’article"):
        collection.remove(identifier)


@pytest.mark.parametrize("token", ["", "..", "../articles", "20251123T000000-00000000", "a.md"])
def test_only_what_is_in_the_trash_comes_back(collection: Collection, token: str) -> None:
    with pytest.raises(UsageError, match="n’est plus dans la corbeille"):
        collection.restore(token)


def test_the_trash_is_emptied_after_thirty_days(collection: Collection, settings: Settings) -> None:
    for name in ("vieux.md", "récent.md"):
        collection.add_file(name, name.encode())
    old, recent = (collection.remove(f"ajouts/{name}") for name in ("vieux.md", "récent.md"))
    past = "20200101T000000" + old[15:]
    os.rename(settings.data / "corbeille" / old, settings.data / "corbeille" / past)
    (settings.data / "corbeille" / "à moi").mkdir()
    abandoned = settings.data / "brouillons" / "abandonné"
    abandoned.mkdir()
    os.utime(abandoned, (0, 0))
    (settings.data / "brouillons" / "en cours").mkdir()
    collection.purge()
    assert [removed.token for removed in collection.list_removed()] == [recent]
    assert not (settings.data / "corbeille" / past).exists()
    assert (settings.data / "corbeille" / "à moi").exists()
    assert [p.name for p in (settings.data / "brouillons").iterdir()] == ["en cours"]


def test_a_damaged_list_of_hidden_articles_is_told(
    collection: Collection, settings: Settings
) -> None:
    collection.remove("a.md")
    path = settings.data / "masqués.json"
    path.write_text(path.read_text(encoding="utf-8").replace("a.md", "a.me"), encoding="utf-8")
    reading = collection.read()
    assert [a.id for a in reading.articles] == ["a.md", "b.txt"]
    assert [r.path for r in reading.remarks] == ["masqués.json"]


# ---------------------------------------------------------------------------------- the corpus


def test_a_missing_corpus_does_not_pass_for_an_empty_one(settings: Settings) -> None:
    collection = Collection(replace(settings, corpus=settings.corpus / "absent"))
    assert collection.add_file("note.md", NOTE).articles
    with pytest.raises(EmptyCorpus, match="n’existe pas"):
        collection.read()


def test_an_empty_corpus_leaves_the_articles_of_the_user(settings: Settings) -> None:
    for path in settings.corpus.iterdir():
        path.unlink()
    collection = Collection(settings)
    with pytest.raises(EmptyCorpus, match="aucun article à indexer"):
        collection.read()
    collection.add_file("note.md", NOTE)
    assert ids(collection) == ["ajouts/note.md"]


# ------------------------------------------------------------------------------ what can go wrong


def full(*arguments: object, **options: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("where", ["rag.durable.os.fsync", "rag.durable.os.replace"])
def test_a_full_disk_keeps_nothing_and_says_so(
    collection: Collection, settings: Settings, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    monkeypatch.setattr(where, full)
    with pytest.raises(NoSpace, match="L’article n’a pas pu être ajouté : le disque est plein"):
        collection.add_file("note.md", NOTE)
    assert files(settings) == []
    monkeypatch.undo()
    assert collection.add_file("note.md", NOTE).articles


@pytest.mark.parametrize("identifier", ["ajouts/note.md", "a.md"])
def test_a_full_disk_removes_nothing(
    collection: Collection, settings: Settings, monkeypatch: pytest.MonkeyPatch, identifier: str
) -> None:
    collection.add_file("note.md", NOTE)
    monkeypatch.setattr("rag.durable.os.fsync", full)
    with pytest.raises(NoSpace, match="Il reste en place"):
        collection.remove(identifier)
    monkeypatch.undo()
    assert len(ids(collection)) == 3
    assert collection.list_removed() == ()


def test_a_folder_that_cannot_be_written_is_said(settings: Settings) -> None:
    settings.data.write_text("un fichier", encoding="utf-8")
    with pytest.raises(RagError, match="L’article n’a pas pu être ajouté"):
        Collection(settings).add_file("note.md", NOTE)


def test_two_adds_at_once_keep_both(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Same name, other contents, several threads that share nothing but the folder."""

    def choose_slowly(name: str, taken: list[str]) -> str:
        free = free_name(name, taken)
        time.sleep(0.02)
        return free

    monkeypatch.setattr(module, "free_name", choose_slowly)
    start = threading.Barrier(8)
    added: list[Added] = []

    def add(number: int) -> None:
        collection = Collection(settings)
        start.wait()
        added.append(collection.add_file("note.md", f"Note numéro {number % 4}.".encode()))

    threads = [threading.Thread(target=add, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    kept = [one for one in added if one.articles]
    assert len(kept) == 4
    assert all("déjà présent" in one.refused for one in added if not one.articles)
    texts = {a.text for a in Collection(settings).read().articles if a.id.startswith("ajouts/")}
    assert texts == {f"Note numéro {number}." for number in range(4)}


# ------------------------------------------------------------------------------------ described


def test_a_date_and_topics_of_the_user_take_the_place_of_those_of_the_file(
    collection: Collection, settings: Settings
) -> None:
    collection.add_file("note.md", NOTE)
    collection.describe("ajouts/note.md", "12 mars 2024", [" transports ", "mer", "mer"])
    for again in (collection, Collection(settings)):
        entry = again.list_entries()[0]
        assert (entry.date, entry.topics) == ("2024-03-12", ("transports", "mer"))
        (article,) = (a for a in again.read().articles if a.id == entry.id)
        assert (article.date, article.topics) == ("2024-03-12", ("transports", "mer"))
    assert (settings.data / "articles" / "note.md").read_bytes() == NOTE
    # Another file of that name, once this one is gone, is another article.
    collection.remove("ajouts/note.md")
    collection.add_file("note.md", OTHER)
    assert collection.list_entries()[0].date == ""


def test_what_is_no_date_changes_nothing(collection: Collection) -> None:
    with pytest.raises(UsageError, match="n’est pas une date"):
        collection.describe("a.md", "demain", [])
    with pytest.raises(UsageError, match="pas d’article"):
        collection.describe("z.md", "2024", [])
    collection.describe("a.md", "", [])
    assert collection.list_entries()[0].date == ""


def test_sheets_that_are_damaged_are_told(collection: Collection, settings: Settings) -> None:
    collection.describe("a.md", "2024", [])
    (settings.data / "fiches.json").write_bytes(b"{")
    assert [remark.path for remark in collection.read().remarks] == ["fiches.json"]


# ------------------------------------------------------------------------------------- prepared


def test_what_is_prepared_is_not_added_until_it_is_kept(
    collection: Collection, settings: Settings
) -> None:
    draft = collection.prepare_file("note.md", NOTE)
    assert [article.title for article in draft.told.articles] == ["Ma note"]
    assert ids(collection) == ["a.md", "b.txt"]
    other = collection.prepare_file("autre.md", OTHER)
    collection.drop(other)
    assert collection.keep(draft).articles[0].id == "ajouts/note.md"
    assert files(settings) == ["articles/note.md"]
    # The same again is said at once, and so is what it would replace.
    assert "déjà présent" in collection.prepare_file("copie.md", NOTE).told.refused
    corrected = collection.prepare_file("note.md", NOTE + " Corrigé.".encode())
    assert corrected.replaces == "note.md"
    collection.drop(corrected)
    assert list((settings.data / "brouillons").iterdir()) == []


def test_what_is_missing_of_a_file_is_told(collection: Collection) -> None:
    collection.add_file("note.md", NOTE)
    (entry, *_) = collection.list_entries()
    assert (entry.partial, entry.same, entry.length > 5) == ("", False, True)
