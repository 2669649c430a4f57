"""The command line from arguments to exit status, over real files and fake models."""

from __future__ import annotations

import io
import json
import os
import random
import re
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from conftest import FakeEncoder, FakeEngine, FakeReader
from pdf_pages import prose, write
from settled import settle_policy

from rag.cli import main
from rag.french import plain_spaces
from rag.readers import EXTENSIONS
from rag.types import Entailment

GOOD = "Microsoft a investi 13 milliards de dollars dans OpenAI [1]."
QUESTION = "Combien de milliards de dollars Microsoft a-t-il investi dans OpenAI ?"


@pytest.fixture(autouse=True)
def fakes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> FakeEncoder:
    encoder = FakeEncoder()
    monkeypatch.setattr("rag.loading.load_fingerprint", lambda settings: encoder.fingerprint)
    monkeypatch.setattr("rag.loading.load_encoder", lambda settings: encoder)
    monkeypatch.setattr("rag.loading.load_reader", lambda settings: FakeReader())
    monkeypatch.setattr("rag.loading.load_writer", lambda settings: FakeEngine(*[GOOD] * 9))
    monkeypatch.setenv("SOURCIER_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("SOURCIER_INDEX", str(tmp_path / "index"))
    monkeypatch.setenv("SOURCIER_DATA", str(tmp_path / "data"))
    settle_policy(monkeypatch)
    return encoder


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "corpus"
    folder.mkdir()
    (folder / "a.md").write_text(
        "---\ntitle: La mise de Microsoft\ndate: 2025-10-31\nurl: https://exemple.fr/a\n---\n"
        "Microsoft a investi 13 milliards de dollars dans OpenAI.\n"
        "Le premier milliard date de juillet 2019.\n",
        encoding="utf-8",
    )
    (folder / "c.md").write_text(
        "---\ntitle: Mistral AI\n---\nArthur Mensch dirige Mistral AI.\n", encoding="utf-8"
    )
    (folder / "photo.png").write_bytes(b"x")
    return folder


class Run:
    """What one command printed and returned."""

    def __init__(self, capsys: pytest.CaptureFixture[str], *arguments: object) -> None:
        self.status = main([str(argument) for argument in arguments])
        self.out, self.err = capsys.readouterr()

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]


@pytest.fixture
def index(corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    root = tmp_path / "index"
    assert Run(capsys, "index", "--corpus", corpus, "--index", root).status == 0
    return root


def write_lines(path: Path, *items: object) -> Path:
    lines = [item if isinstance(item, str) else json.dumps(item) for item in items]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


# -------------------------------------------------------------------------------------- index


def test_index_json(corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = tmp_path / "index"
    run = Run(capsys, "index", "--corpus", corpus, "--index", root, "--json")
    (told,) = run.lines
    assert run.status == 0
    assert told.pop("seconds") >= 0
    assert told == {
        "articles": 2,
        "passages": 2,
        "embedded": 2,
        "added": ["a.md", "c.md"],
        "changed": [],
        "removed": [],
        "skipped": [
            {
                "path": "photo.png",
                "reason": "format « .png » non pris en charge "
                f"(acceptés : {', '.join(EXTENSIONS)})",
            }
        ],
        "remarks": [],
    }
    assert "photo.png : ignoré, format" in run.err
    (corpus / "c.md").unlink()
    (again,) = Run(capsys, "index", "--corpus", corpus, "--index", root, "--json").lines
    assert (again["embedded"], again["removed"]) == (0, ["c.md"])


def test_index_in_words(
    corpus: Path, index: Path, fakes: FakeEncoder, capsys: pytest.CaptureFixture[str]
) -> None:
    embedded = len(fakes.embedded)
    run = Run(capsys, "index", "--corpus", corpus, "--index", index)
    assert run.out == "2 articles, 2 passages : rien n’a changé.\n"
    assert len(fakes.embedded) == embedded
    (corpus / "d.txt").write_text("Une phrase nouvelle.", encoding="utf-8")
    run = Run(capsys, "index", "--corpus", corpus, "--index", index)
    assert run.out.startswith("3 articles, 3 passages ; 1 ajoutés, 0 modifiés, 0 retirés ; 1 pass")
    assert re.search(r" \d+,\d s\.$", run.out.rstrip())


def test_index_of_a_jsonl(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    corpus = write_lines(tmp_path / "corpus.jsonl", {"id": "x7", "title": "T", "text": "Un texte."})
    run = Run(capsys, "index", "--corpus", corpus, "--json")
    assert run.lines[0]["added"] == ["x7"]


def test_an_empty_corpus(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "vide").mkdir()
    run = Run(capsys, "index", "--corpus", tmp_path / "vide", "--json")
    assert (run.status, run.out) == (2, "")
    assert run.err.startswith("Erreur : Aucun article lisible")


def test_what_cannot_be_read_is_told_by_the_status(
    index: Path, corpus: Path, deny: Callable[[Path], None], capsys: pytest.CaptureFixture[str]
) -> None:
    deny(corpus / "c.md")
    run = Run(capsys, "index", "--corpus", corpus, "--json")
    assert (run.status, run.lines[0]["kept"], run.lines[0]["removed"]) == (1, ["c.md"], [])
    assert "c.md : ignoré, lecture impossible (Permission denied) ; 1 article reste" in run.err
    deny(corpus)
    for arguments in (["index", "--corpus", corpus], ["index"], ["articles"]):
        run = Run(capsys, *arguments)
        assert (run.status, run.out) == (2, "")
        assert run.err.startswith("Erreur : Le dossier d’articles «") and "Vérifiez" in run.err


# ------------------------------------------------------------------------------------- search


def test_search_json(index: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = Run(capsys, "search", "--index", index, "Qui dirige Mistral AI ?", "-k", 1, "--json")
    (told,) = run.lines
    assert run.status == 0 and run.err == ""
    assert (told["id"], told["question"]) == ("1", "Qui dirige Mistral AI ?")
    (hit,) = told["hits"]
    assert (hit["rank"], hit["article_id"], hit["title"]) == (1, "c.md", "Mistral AI")
    assert 0 <= told["answerable"] <= 1
    timings = told["timings_ms"]
    assert 0 < timings["retrieval"] <= timings["first_evidence"] <= timings["total"]


def test_search_reads_whatever_is_shown(
    index: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    reader = FakeReader()
    monkeypatch.setattr("rag.loading.load_reader", lambda settings: reader)
    told = Run(capsys, "search", "--index", index, QUESTION, "-k", 1, "--json").lines[0]
    ((question, excerpts),) = reader.asked
    # One passage is shown; the reader compared it with the others.
    assert (question, len(excerpts), len(told["hits"])) == (QUESTION, 2, 1)


def test_search_batch_keeps_the_order(
    index: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    batch = write_lines(
        tmp_path / "q.jsonl",
        {"id": "z", "text": "Qui dirige Mistral AI ?"},
        "",
        {"id": "a", "question": QUESTION},
        {"question": "Sans identifiant ?"},
    )
    run = Run(capsys, "search", "--index", index, "--batch", batch, "-k", 10)
    assert run.status == 0
    assert [line["id"] for line in run.lines] == ["z", "a", "4"]
    assert [line["hits"][0]["article_id"] for line in run.lines[:2]] == ["c.md", "a.md"]
    assert all(len(line["hits"]) == 2 for line in run.lines)


def test_search_in_words(index: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = Run(capsys, "search", "--index", index, QUESTION)
    assert run.out.startswith(" 1. La mise de Microsoft (2025-10-31)\n")
    assert "Mistral AI (sans date)" in run.out


# ---------------------------------------------------------------------------------------- ask


@pytest.mark.usefixtures("answerable")
def test_ask_json(index: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = Run(capsys, "ask", "--index", index, QUESTION, "--json")
    (told,) = run.lines
    assert (run.status, told["refused"], told["mode"]) == (0, False, "extractive")
    assert told["answer"].startswith("Microsoft a investi 13 milliards de dollars dans OpenAI. [1]")
    assert not any(sentence["reworded"] for sentence in told["sentences"])
    source = told["sources"][0]
    assert source["source_url"] == "https://exemple.fr/a"
    assert source["quote"] == "Microsoft a investi 13 milliards de dollars dans OpenAI."


@pytest.mark.usefixtures("answerable")
def test_ask_json_gives_the_page_of_a_pdf_and_where_its_words_are(
    corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (corpus / "a.md").unlink()
    sentence = "Microsoft a investi 13 milliards de dollars dans OpenAI."
    pdf = write(corpus / "b.pdf", prose("Le rapport compte deux pages."), prose(sentence))
    assert Run(capsys, "index", "--corpus", corpus).status == 0
    (source, *_) = Run(capsys, "ask", QUESTION, "--json").lines[0]["sources"]
    (box,) = source["boxes"]
    assert (source["article_id"], source["page"], box["page"]) == ("b.pdf", 2, 2)
    assert list(box) == "page left top right bottom".split()
    assert 0.1 < box["left"] < 0.13 and 0.08 < box["top"] < 82 / 842 < box["bottom"] < 0.11
    pdf.unlink()
    (source, *_) = Run(capsys, "ask", QUESTION, "--json").lines[0]["sources"]
    assert (source["page"], source["boxes"]) == (2, [])


def test_ask_reworded_keeps_the_quotations_and_marks_what_the_model_wrote(
    index: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (quoted,) = Run(capsys, "ask", "--index", index, QUESTION, "--json").lines
    run = Run(capsys, "ask", "--index", index, QUESTION, "--reword", "--json")
    (told,) = run.lines
    assert (run.status, told["mode"]) == (0, "generated")
    *before, written = told["sentences"]
    assert before == quoted["sentences"]
    assert (written["text"], written["citations"]) == (GOOD.replace(" [1]", ""), [1])
    assert written["reworded"]
    assert told["answer"].startswith(quoted["answer"])
    said = plain_spaces(Run(capsys, "ask", "--index", index, QUESTION, "--reword").out)
    label = "Reformulation du modèle, non vérifiée :"
    quotation = "Microsoft a investi 13 milliards de dollars dans OpenAI. [1]"
    assert said.index(quotation) < said.index(label) < said.rindex(quotation)
    assert said.count(quotation) == 2


def test_ask_reworded_leaves_a_refusal(index: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = Run(capsys, "ask", "--index", index, "Comment faire une béchamel ?", "--reword", "--json")
    assert run.status == 0 and run.lines[0]["refused"] and run.lines[0]["sentences"] == []


def test_ask_batch_honours_after(
    index: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    batch = write_lines(
        tmp_path / "q.jsonl",
        {"id": "q1", "question": "Qui dirige OpenAI ?"},
        {"id": "q2", "question": QUESTION},
        {"id": "q3", "question": "Et Mistral AI ?", "after": "q1"},
        {"id": "q4", "question": "Et Mistral AI ?", "after": None},
        {"id": 5, "question": "Et Apple ?", "after": "q3"},
    )
    run = Run(capsys, "ask", "--index", index, "--batch", batch)
    assert run.status == 0
    assert [(line["id"], line["understood"]) for line in run.lines] == [
        ("q1", "Qui dirige OpenAI ?"),
        ("q2", QUESTION),
        ("q3", "Qui dirige Mistral AI ?"),
        ("q4", "Et Mistral AI ?"),
        ("5", "Qui dirige Apple ?"),
    ]
    assert run.lines[2]["question"] == "Et Mistral AI ?"


def test_small_talk_is_answered_and_not_followed(
    index: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    batch = write_lines(
        tmp_path / "q.jsonl",
        {"id": "q1", "question": "Qui dirige OpenAI ?"},
        {"id": "q2", "question": "merci", "after": "q1"},
        {"id": "q3", "question": "Et Mistral AI ?", "after": "q2"},
        {
            "id": "q4",
            "question": "non, je parlais de Mistral AI",
            "history": [
                {"question": "Qui dirige OpenAI ?", "answer": "Sam Altman."},
                {"question": "ok", "answer": ""},
            ],
        },
    )
    run = Run(capsys, "ask", "--index", index, "--batch", batch)
    assert run.status == 0
    thanks = run.lines[1]
    assert (thanks["refused"], thanks["sentences"], thanks["answer"]) == (False, [], "")
    assert thanks["notice"]
    assert [line["understood"] for line in run.lines[2:]] == ["Qui dirige Mistral AI ?"] * 2


def test_bad_lines_give_status_1_and_leave_the_output_clean(
    index: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    batch = write_lines(
        tmp_path / "q.jsonl",
        "pas du json",
        {"id": "bon", "question": QUESTION},
        '["liste"]',
        {"id": "vide", "question": ""},
        {"id": "nombre", "question": 3},
        "[" * 100_000,
    )
    for command in ("ask", "search"):
        run = Run(capsys, command, "--index", index, "--batch", batch)
        assert run.status == 1
        assert [line["id"] for line in run.lines] == ["bon"]
        assert run.err == "".join(
            f"Ligne {n} ignorée : il y faut « question » ou « text ».\n" for n in (1, 3, 4, 5, 6)
        )


def test_lone_surrogates_do_not_stop_a_batch(
    index: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    batch = write_lines(
        tmp_path / "q.jsonl", r'{"id": "a\ud800", "question": "Qui \ud83d dirige ?"}'
    )
    run = Run(capsys, "ask", "--index", index, "--batch", batch)
    assert run.status == 0
    run.out.encode()
    assert run.lines[0]["id"] == "a?"


def test_questions_from_standard_input(
    index: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO('{"id": "q", "question": "Qui ?"}\n'))
    run = Run(capsys, "ask", "--index", index, "--batch", "-")
    assert [line["id"] for line in run.lines] == ["q"]


@pytest.mark.usefixtures("answerable")
def test_ask_in_words(index: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = plain_spaces(Run(capsys, "ask", "--index", index, QUESTION).out)
    assert out.startswith("Microsoft a investi 13 milliards de dollars dans OpenAI. [1]")
    assert "[1] La mise de Microsoft (2025-10-31)\n    « Microsoft a investi 13" in out


def test_a_refusal_in_words(index: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = Run(capsys, "ask", "--index", index, "Comment faire une béchamel ?").out
    assert "Je n’ai rien trouvé sur" in out and "Passages les plus proches :" not in out


# ----------------------------------------------------------------------------------- articles


def test_add_then_remove_then_restore(
    index: Path, tmp_path: Path, fakes: FakeEncoder, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "note.md").write_text("---\ntitle: Climat\n---\nLe climat.", encoding="utf-8")
    fakes.embedded.clear()
    run = Run(capsys, "add", tmp_path / "note.md")
    assert (run.status, fakes.embedded) == (0, ["Climat\nLe climat."])
    assert "note.md : ajouté (ajouts/note.md).\n3 articles, 3 passages ; 1 ajoutés" in run.out
    # The corpus that the index was made from, though nothing names it here.
    assert "a.md : La mise de Microsoft, 2025-10-31\n" in Run(capsys, "articles").out
    run = Run(capsys, "remove", "ajouts/note.md", "c.md", "absent.md")
    assert run.status == 1 and "1 articles, 1 passages ; 0 ajoutés, 0 modifiés, 2" in run.out
    assert "absent.md : Il n’y a pas d’article « absent.md »." in run.err
    (token,) = re.findall(r"--restore (\S+)` le remet", run.err.splitlines()[0])
    listed = Run(capsys, "articles", "--json").lines
    assert [(line["id"], line["hidden"]) for line in listed] == [("a.md", False), ("c.md", True)]
    run = Run(capsys, "remove", "--restore", token)
    assert run.status == 0 and "1 passages calculés" in run.out
    run = Run(capsys, "remove", "--restore", "c.md", "--json")
    assert (run.status, run.lines[0]["added"]) == (0, ["c.md"])
    assert Run(capsys, "index").out == "3 articles, 3 passages : rien n’a changé.\n"


def test_what_add_refuses_is_told_and_the_rest_is_kept(
    index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "note.txt").write_text("Le climat.", encoding="utf-8")
    (tmp_path / "photo.png").write_bytes(b"x")
    # This machine is not the network.
    given = [tmp_path / "photo.png", tmp_path, "absent.md", "http://127.0.0.1:9/", "note.txt"]
    monkeypatch.chdir(tmp_path)
    run = Run(capsys, "add", *given, "--json")
    assert run.status == 1
    told = [line["refused"] for line in run.lines[:5]]
    assert told[0].startswith("format « .png » non pris en charge")
    assert told[1] == told[2] == "ce n’est pas un fichier"
    assert "est sur cette machine ou sur son réseau" in told[3]
    assert run.lines[4] == {
        "given": "note.txt",
        "articles": ["ajouts/note.txt"],
        "remarks": [],
        "refused": "",
        "token": "",
    }
    assert run.lines[5]["added"] == ["ajouts/note.txt"]
    assert "photo.png : refusé, format" in run.err
    again = Run(capsys, "add", "note.txt")
    assert (again.status, again.out) == (1, "") and "déjà présent" in again.err


def test_the_last_article_is_not_removed(index: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = Run(capsys, "remove", "a.md", "c.md")
    assert run.status == 1 and "« Mistral AI » est le dernier article" in run.err
    assert Run(capsys, "remove").status == 2


# -------------------------------------------------------------------------------------- scope


def test_search_within_a_scope(index: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = Run(capsys, "search", "--index", index, QUESTION, "--article", "c.md", "--json")
    (told,) = run.lines
    assert [hit["article_id"] for hit in told["hits"]] == ["c.md"]
    assert told["scope"] == {"since": "", "until": "", "topics": [], "articles": ["c.md"]}
    assert plain_spaces(run.err) == "Périmètre : l’article « Mistral AI ».\n"


@pytest.mark.usefixtures("answerable")
def test_ask_within_a_scope(index: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = Run(capsys, "ask", "--index", index, QUESTION, "--since", "2025-10", "--json")
    (told,) = run.lines
    assert {source["article_id"] for source in told["sources"]} == {"a.md"}
    assert told["scope"]["since"] == "2025-10"
    err = plain_spaces(run.err)
    assert err == (
        "Périmètre : depuis octobre 2025 (1 article sur 2, 1 écarté faute de date précise).\n"
    )


def test_a_scope_without_articles_in_words(index: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = Run(capsys, "ask", "--index", index, QUESTION, "--until", "2020")
    assert run.status == 0
    assert "Aucun article n’est daté avant 2021" in run.out
    assert "Passages les plus proches" not in run.out
    run = Run(capsys, "search", "--index", index, QUESTION, "--until", "2020")
    assert (run.status, run.out) == (0, "") and "aucun article sur 2" in run.err


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (["--since", "octobre"], "« octobre » n’est pas une date. Écrivez une année"),
        (["--since", "2025", "--until", "2024"], "vient après la fin (2024)"),
        (["--article", "C.md"], "Essayez « c.md »"),
        (["--article", "a.md", "--article", "zzz"], "pour identifiant « zzz »"),
        (["--topic", "AGI"], "Aucun article n’a pour thème « AGI »"),
    ],
)
def test_a_scope_that_can_not_be_is_told(
    index: Path, capsys: pytest.CaptureFixture[str], flags: list[str], told: str
) -> None:
    for command in ("ask", "search"):
        run = Run(capsys, command, "--index", index, QUESTION, *flags)
        assert (run.status, run.out) == (2, "")
        assert told in plain_spaces(run.err)


# -------------------------------------------------------------------------------------- check


class Denier(FakeReader):
    """Finds that a claim with a negation says the contrary of its source."""

    def entail(self, pairs: Sequence[tuple[str, str]]) -> list[Entailment]:
        denied = Entailment(0.0, 0.0, 1.0)
        return [
            denied if "n’a pas" in pair[1] else FakeReader.entail(self, [pair])[0] for pair in pairs
        ]


def test_check(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.loading.load_reader", lambda settings: Denier())
    source = "Microsoft a investi 13 milliards."
    batch = write_lines(
        tmp_path / "p.jsonl",
        {"id": "1", "claim": "Microsoft a investi 13 milliards.", "source": source},
        {"id": "2", "claim": "Microsoft a investi 14 milliards.", "source": source},
        {"id": "3", "claim": "Microsoft n’a pas investi 13 milliards.", "source": source},
        {"id": "4", "claim": "Microsoft a investi."},
        {"id": "5", "claim": "Microsoft a investi.", "source": None},
    )
    run = Run(capsys, "check", "--batch", batch)
    assert run.status == 1
    assert [(line["id"], line["support"]) for line in run.lines] == [
        ("1", "supported"),
        ("2", "unsupported"),
        ("3", "contradicted"),
    ]
    assert all(list(line) == ["id", "support", "score", "why"] for line in run.lines)
    assert run.lines[0]["why"] == ""
    assert "14 milliards" in plain_spaces(run.lines[1]["why"])
    assert run.lines[2]["why"] not in ("", run.lines[1]["why"])
    assert run.err == "".join(
        f"Ligne {n} ignorée : il y faut « claim » et « source ».\n" for n in (4, 5)
    )


# ------------------------------------------------------------------------------------- models


def test_models_lists_what_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    run = Run(capsys, "models", "--json")
    assert run.status == 0
    fields = "name role needed present verified bytes licence path source".split()
    assert all(list(line) == fields for line in run.lines)
    assert {"e5-small", "qwen-1.5b"} <= {line["name"] for line in run.lines}
    assert not any(line["present"] or line["verified"] for line in run.lines)
    words = Run(capsys, "models").out
    assert words.count("\n") == len(run.lines) + 1 and "absent" in words and "tesseract :" in words


# ------------------------------------------------------------------------------------- errors


@pytest.mark.parametrize("command", ["ask", "search"])
def test_no_index(command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = Run(capsys, command, "--index", tmp_path / "absent", "Qui ?", "--json")
    assert (run.status, run.out) == (2, "")
    assert run.err.startswith("Erreur : Il n’y a pas d’index dans")
    assert "python -m rag index" in run.err and run.err.count("\n") == 1


def test_a_damaged_index(index: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (index / "CURRENT").write_bytes(b"x")
    run = Run(capsys, "ask", "--index", index, "Qui ?")
    assert (run.status, run.out) == (2, "")
    assert "« CURRENT » est illisible" in run.err


def test_an_index_of_another_model(
    index: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("rag.loading.load_fingerprint", lambda settings: "autre-v2")
    run = Run(capsys, "search", "--index", index, "Qui ?")
    assert run.status == 2 and "« fake-v1 », ici « autre-v2 »" in run.err


@pytest.mark.parametrize(
    "arguments",
    [
        ["ask"],
        ["ask", "Qui ?", "--batch", "x.jsonl"],
        ["ask", "--batch", "/nulle/part.jsonl"],
        ["check", "--batch", "/nulle/part.jsonl"],
    ],
)
def test_what_cannot_run_is_told_in_french(
    index: Path, arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    run = Run(capsys, *arguments)
    assert (run.status, run.out) == (2, "")
    assert run.err.startswith("Erreur : ") and run.err.count("\n") == 1


@pytest.mark.parametrize(
    "arguments", [["nonsense"], ["search", "Qui ?", "-k", "0"], ["search", "Qui ?", "-k", "x"]]
)
def test_arguments_that_do_not_parse(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2 and capsys.readouterr().out == ""


@pytest.mark.parametrize(("statuses", "status"), [((0, 1), 7), ((0, 2), 2), ((2,), 2)])
def test_without_a_command_all_is_prepared_and_the_page_opened(
    statuses: tuple[int, ...],
    status: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    steps, told = [], iter(statuses)

    def call(program: list[str]) -> int:
        steps.append(program[4:])
        return next(told)

    monkeypatch.setattr("rag.cli.subprocess.call", call)
    monkeypatch.setattr("rag.serving.serve_page", lambda settings, port: 7)
    assert Run(capsys).status == status
    own = ["--index", str(tmp_path / "index")]
    assert steps == [["models", "--fetch", *own], ["index", *own]][: len(statuses)]


def test_windows_is_told_what_it_needs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("rag.cli.sys.platform", "win32")
    run = Run(capsys, "articles")
    assert run.status == 2 and "WSL 2" in run.err


def test_a_bad_setting(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("SOURCIER_ENGINE", "gpt")
    run = Run(capsys, "models")
    assert run.status == 2 and "Le moteur « gpt » n’existe pas" in run.err


def test_an_interruption(
    corpus: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(settings: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("rag.loading.load_encoder", interrupt)
    run = Run(capsys, "index", "--corpus", corpus)
    assert run.status == 130 and run.err.splitlines()[-1].startswith("Interrompu.")


# ------------------------------------------------------------- history, export and recheck


@pytest.fixture
def kept(
    corpus: Path, index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answerable: None
) -> Path:
    """Two conversations kept, the second later; the folder where exports go."""
    from kept import keep, make_index

    from rag.history import History
    from rag.store import load_index

    history = History(tmp_path / "data")
    # Each asked of one article, so that neither quotes the other's.
    microsoft, mistral = (
        make_index([article]) for article in load_index(index, "fake-v1").articles.values()
    )
    history.save("aaaa1111bbbb", keep(mistral, "Qui dirige Mistral AI ?"))
    history.save("cccc2222dddd", keep(microsoft, QUESTION, engine=FakeEngine(GOOD)))
    folder = tmp_path / "exports"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def test_history(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = plain_spaces(Run(capsys, "history").out).splitlines()
    assert lines == [
        f"cccc2222  23 novembre 2026, 1 question : {QUESTION}",
        "aaaa1111  23 novembre 2026, 1 question : Qui dirige Mistral AI ?",
    ]
    found = Run(capsys, "history", "--search", "mensch", "--json").lines
    assert [item["id"] for item in found] == ["aaaa1111bbbb"]
    assert "Arthur Mensch" in found[0]["excerpt"]
    gone = Run(capsys, "history", "--delete", "aaaa")
    assert gone.status == 0 and "--restore aaaa1111bbbb" in gone.err
    assert len(Run(capsys, "history", "--json").lines) == 1
    assert Run(capsys, "history", "--restore", "aaaa").status == 0
    assert len(Run(capsys, "history", "--json").lines) == 2
    unknown = Run(capsys, "history", "--delete", "zz")
    assert unknown.status == 2 and "Il n’y a pas de conversation « zz »" in unknown.err


def test_export_and_recheck(
    kept: Path, corpus: Path, index: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = "sourcier-2026-11-23-combien-milliards-dollars-microsoft"
    assert Run(capsys, "export", "--last").out == f"{name}.md\n"
    # An export never replaces another.
    assert Run(capsys, "export", "cccc", "--format", "md").out == f"{name}-2.md\n"
    (told,) = Run(capsys, "export", "aaaa", "--out", "m.pdf", "--json").lines
    assert (told["id"], told["format"], told["path"]) == ("aaaa1111bbbb", "pdf", "m.pdf")
    assert (kept / "m.pdf").read_bytes().startswith(b"%PDF")
    assert Run(capsys, "export", "--last", "--format", "json").status == 0
    for format, head in (("docx", b"PK"), ("ris", b"TY  - "), ("bib", b"@")):
        assert Run(capsys, "export", "--last", "--format", format).out == f"{name}.{format}\n"
        assert (kept / f"{name}.{format}").read_bytes().startswith(head)
    for file in (f"{name}.md", f"{name}.json", "m.pdf"):
        run = Run(capsys, "recheck", file, "--index", index)
        assert run.status == 0 and "1.1 tient : «" in plain_spaces(run.out)
        assert "phrase" in run.out.splitlines()[-1]
    text = (corpus / "a.md").read_text(encoding="utf-8")
    (corpus / "a.md").write_text(text.replace("13", "14"), encoding="utf-8")
    assert Run(capsys, "index", "--corpus", corpus, "--index", index).status == 0
    run = Run(capsys, "recheck", f"{name}.md", "--index", index)
    assert run.status == 1 and "1.1 ne tient plus" in run.out
    (told,) = Run(capsys, "recheck", f"{name}.md", "--index", index, "--json").lines
    assert told["holds"] is False
    assert told["sentences"][0]["citations"][0]["state"] == "changed"
    assert "1.1 tient : «" in plain_spaces(Run(capsys, "recheck", "m.pdf", "--index", index).out)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["export"], "Il faut une conversation"),
        (["export", "aaaa", "--last"], "Il faut une conversation"),
        (["export", "zz"], "Il n’y a pas de conversation"),
        (["export", "--last", "--out", "absent/x.md"], "n’a pas pu être écrit"),
        (["recheck", "absent.md"], "est illisible"),
        (["recheck", "."], "est illisible"),
        (["recheck", "autre.md"], "n’est pas un export"),
    ],
)
def test_what_cannot_be_exported_or_checked(
    kept: Path, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (kept / "autre.md").write_text("# Notes\n", encoding="utf-8")
    run = Run(capsys, *arguments)
    assert (run.status, run.out) == (2, "") and said in run.err


def test_no_references_where_nothing_is_cited(
    kept: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from kept import ASKED

    from rag.history import History
    from rag.page.exchange import Exchange
    from rag.records import KeptExchange

    exchange = Exchange(0, "Qui ?", trouble="Panne.")
    History(kept.parent / "data").save("dddd3333eeee", KeptExchange(exchange, ASKED, "", ""))
    run = Run(capsys, "export", "dddd", "--format", "bib")
    assert run.status == 2 and "ne cite aucun article" in run.err


def test_a_damaged_history_is_told(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (kept.parent / "data" / "conversations.db").write_bytes(b"x" * 5000)
    for end in ("-wal", "-shm"):
        (kept.parent / "data" / f"conversations.db{end}").unlink(missing_ok=True)
    run = Run(capsys, "history")
    assert (run.status, run.out) == (0, "") and "mis de côté" in run.err


# ---------------------------------------------------------------------------------- whatever comes

# What stands in the place of a file or a folder.
SPOILERS: dict[str, Callable[[Path], object]] = {
    "pipe": os.mkfifo,
    "folder": os.mkdir,
    "brackets": lambda path: path.write_bytes(b"[" * 200_000),
    "number": lambda path: path.write_bytes(b"7"),
    "zero": lambda path: path.write_bytes(b"\0"),
    "nothing": lambda path: None,
    "loop": lambda path: path.symlink_to(path.name),
}
COMMANDS: list[list[str]] = [
    ["index"],
    ["articles"],
    ["add", "note.txt"],
    ["remove", "a.md"],
    ["remove", "--restore", "20250101T000000-00000000"],
    ["search", "Qui ?"],
    ["ask", "Qui ?"],
    ["history"],
    ["export", "--last"],
    ["recheck", "note.txt"],
]


def spoil(path: Path, make: Callable[[Path], object]) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
    make(path)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(40))
def test_whatever_the_folders_hold_a_command_ends_and_says_why_in_french(
    index: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    seed: int,
) -> None:
    chance = random.Random(seed)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "note.txt").write_text("Le climat.", encoding="utf-8")
    Run(capsys, "add", "note.txt")
    Run(capsys, "remove", "c.md")
    Run(capsys, "history")
    (tmp_path / "note.txt").write_text("La mer monte.", encoding="utf-8")
    places = sorted(
        path for root in ("index", "data", "corpus") for path in (tmp_path / root).rglob("*")
    )
    places += [tmp_path / "index", tmp_path / "data", tmp_path / "corpus"]
    place, spoiler = chance.choice(places), chance.choice(sorted(SPOILERS))
    spoil(place, SPOILERS[spoiler])
    for command in chance.sample(COMMANDS, 4):
        run = Run(capsys, *command)
        told = f"{place.relative_to(tmp_path)} {spoiler} {command}: {run.err}"
        assert run.status in (0, 1, 2), told
        assert "Traceback" not in run.err and "erreur inattendue" not in run.err, told
        assert run.status != 2 or run.err.count("Erreur : ") == 1, told


@pytest.mark.parametrize("seed", range(40))
def test_whatever_the_arguments_a_command_ends_and_says_why_in_french(
    index: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    seed: int,
) -> None:
    chance = random.Random(seed)
    monkeypatch.chdir(tmp_path)
    odd = ["", ".", "..", "/", "-", "--", "é" * 3000, "a\udce9", "0", "-1", "absent", "[" * 999]
    flags = ["--corpus", "--index", "--batch", "--since", "--topic", "-k", "--out", "--restore"]
    command = chance.choice(COMMANDS)[:1]
    given = [chance.choice(odd + flags + ["--json"]) for _ in range(chance.randint(0, 4))]
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    try:
        status = main(command + given)
    except SystemExit as error:  # as argparse ends
        status = int(error.code or 0)
    told = capsys.readouterr().err
    assert status in (0, 1, 2), (command, given)
    assert "erreur inattendue" not in told, (command, given, told)
    assert status != 2 or "Erreur : " in told, (command, given, told)


def test_what_nothing_foresaw_is_told_in_french(
    index: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(settings: object) -> None:
        raise PermissionError(13, "Permission denied", "/un/fichier")

    monkeypatch.setattr("rag.loading.load_reader", fail)
    run = Run(capsys, "ask", "Qui ?")
    assert (run.status, run.out) == (2, "")
    assert run.err.startswith("Erreur : Le système a refusé un fichier ou un dossier pour « /un/f")
