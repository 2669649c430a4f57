"""Exports: what a reader sees, what a program reads back, and what hostile text can't do."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from conftest import FakeEngine
from kept import ASKED, HOSTILE, QUESTION, interrupt, keep, keep_hostile, make_index
from markdown_it import MarkdownIt
from pypdf import PdfReader, PdfWriter

from rag.conflicts import tell_conflict
from rag.errors import RecordUnreadable
from rag.export import (
    CHECKABLE,
    FORMATS,
    Format,
    make_export,
    name_export,
    read_export,
    write_export,
)
from rag.export.document import ExportedConversation, seal, show
from rag.export.pdf import ATTACHMENT, MISSING, fit
from rag.french import plain_spaces
from rag.page.exchange import Exchange
from rag.premises import correct_premise
from rag.records import KeptExchange, hash_text
from rag.types import AnswerSentence, Article, Conflict, Scope, Source, Version

REWORDED = "Dans OpenAI, Microsoft a mis 13 milliards de dollars."
SHOWN = f"{REWORDED} [1] *(reformulation du modèle, non vérifiée)*"
EXPORTED = "2026-11-24T08:00:00+00:00"


def export(*kept: KeptExchange) -> ExportedConversation:
    return make_export("c1", kept, EXPORTED)


@pytest.fixture
def kept(articles: list[Article], answerable: None) -> KeptExchange:
    first = replace(
        articles[0],
        pages=(0, 57),
        sources=(
            Source("Éditeur", "Titre", "https://exemple.fr/source"),
            Source("Éditeur", "Autre"),
            Source("Agence"),
        ),
    )
    engine = FakeEngine(f"{REWORDED} [1]")
    return keep(make_index([first, *articles[1:]]), engine=engine)


def change(kept: KeptExchange, **changes: object) -> KeptExchange:
    answer = kept.exchange.answer
    assert answer is not None
    changed = replace(answer, **changes)  # type: ignore[arg-type]
    return replace(kept, exchange=replace(kept.exchange, answer=changed))


def read_pages(data: bytes) -> str:
    """Return the text of a PDF, on one line with plain spaces."""
    pages = (page.extract_text() for page in PdfReader(io.BytesIO(data)).pages)
    return " ".join(plain_spaces(" ".join(pages)).split())


def read_word(data: bytes) -> str:
    """Return the XML of the text and of the notes of a Word document."""
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        return "".join(
            parts.read(f"word/{name}.xml").decode() for name in ("document", "footnotes")
        )


def read_links(data: bytes) -> set[str]:
    pages = PdfReader(io.BytesIO(data)).pages
    links = (item.get_object() for page in pages for item in page.get("/Annots", ()))
    return {link["/A"]["/URI"] for link in links if "/A" in link}


# ----------------------------------------------------------------------------------- document


def test_an_export_says_what_was_shown_and_where_it_comes_from(kept: KeptExchange) -> None:
    (exchange,) = export(kept).exchanges
    assert (exchange.question, exchange.understood, exchange.outcome) == (QUESTION, "", "generated")
    assert (exchange.asked, exchange.generation, exchange.model) == (
        ASKED,
        "000001-abcdef01",
        "fake-v1",
    )
    first, *_, last = exchange.sentences
    assert (first.kind, first.citations, first.support) == ("quoted", (1,), "supported")
    assert (last.kind, last.citations, last.support) == ("written", (1,), "supported")
    assert plain_spaces(last.text) == REWORDED
    assert {n for sentence in exchange.sentences for n in sentence.citations} == {
        item.n for item in exchange.citations
    }
    texts = {name: article.text for name, article in kept.exchange.articles.items()}
    for item in exchange.citations:
        assert texts[item.article_id][item.start : item.end] == item.quote
    assert [item.page for item in exchange.citations if item.article_id == "a.md"][0] == 1
    for article in exchange.articles:
        assert article.sha256 == hash_text(texts[article.id])
    assert exchange.nearest[0].article_id == "a.md" and exchange.nearest[0].rank == 1


def test_each_sentence_says_what_it_is(kept: KeptExchange) -> None:
    answer = kept.exchange.answer
    assert answer is not None
    conflict = Conflict("le montant", (Version("13", 1, "2025"), Version("14", 2, "2025")))
    premise, correction = correct_premise("Pourquoi ?", answer.evidence[0])
    sentences = {
        "correction": correction,
        "quoted": AnswerSentence("Cité.", (1,), "supported", quoted=True),
        "conflict": tell_conflict(conflict, answer.evidence),
        "written": AnswerSentence("Redit.", (1,), "supported", reworded=True),
    }
    changed = change(
        kept, sentences=tuple(sentences.values()), conflicts=(conflict,), premise=premise
    )
    (exchange,) = export(changed).exchanges
    assert [sentence.kind for sentence in exchange.sentences] == list(sentences)


def test_an_article_that_was_not_kept_still_has_its_quotation(kept: KeptExchange) -> None:
    bare = replace(kept, exchange=replace(kept.exchange, articles={}))
    (exchange,) = export(bare).exchanges
    assert exchange.citations and exchange.citations[0].page is None
    assert (exchange.articles[0].title, exchange.articles[0].sha256) == ("La mise de Microsoft", "")


# --------------------------------------------------------------------------------- round trips


@pytest.mark.parametrize("format", CHECKABLE)
def test_every_format_reads_back_the_same(kept: KeptExchange, format: Format) -> None:
    refused = change(kept, mode="refused", sentences=(), text="Rien.", reason="Aucun article.")
    refused = replace(refused, exchange=replace(refused.exchange, number=1))
    conversation = export(kept, refused, interrupt(keep_hostile(2)), keep_hostile(3))
    assert read_export(write_export(conversation, format)) == (conversation, [])


@pytest.mark.parametrize("format", FORMATS)
def test_an_empty_conversation(format: Format) -> None:
    conversation = export()
    data = write_export(conversation, format)
    assert format not in CHECKABLE or read_export(data) == (conversation, [])
    assert name_export(conversation, format) == f"sourcier-2026-11-24-conversation.{format}"


@pytest.mark.parametrize("format", FORMATS)
def test_a_question_that_was_never_searched(format: Format) -> None:
    kept = KeptExchange(Exchange(0, "Qui ?", trouble="Panne."), ASKED, "", "")
    conversation = export(kept)
    data = write_export(conversation, format)
    assert format not in CHECKABLE or read_export(data) == (conversation, [])
    assert conversation.exchanges[0].outcome == "interrupted"


@pytest.mark.parametrize("question", ["Combien Microsoft a-t-il investi ?", "../../C’est « où » ?"])
def test_names_of_files_are_plain(kept: KeptExchange, question: str) -> None:
    named = replace(kept, exchange=replace(kept.exchange, question=question))
    name = name_export(export(named), "md")
    assert re.fullmatch(r"sourcier-2026-11-23-[a-z0-9-]+\.md", name)
    if question.startswith("Combien"):
        assert name == "sourcier-2026-11-23-combien-microsoft-investi.md"


@pytest.mark.parametrize("question", ["?!", "🙂", "", HOSTILE, "x" * 500, "CON", "a\x00b/c\\d"])
def test_names_of_hostile_questions(kept: KeptExchange, question: str) -> None:
    named = replace(kept, exchange=replace(kept.exchange, question=question), asked="../..")
    name = name_export(export(named), "pdf")
    assert re.fullmatch(r"sourcier-[a-z0-9-]+\.pdf", name) and len(name) < 100


# ----------------------------------------------------------------------------------- Markdown


def markdown(*kept: KeptExchange) -> str:
    return write_export(export(*kept), "md").decode()


def test_markdown_reads_well(kept: KeptExchange) -> None:
    query = replace(kept.exchange.answer.query, text="Combien ?") if kept.exchange.answer else None
    doubtful = AnswerSentence("Peut-être 14.", (1,), "partial", why="la source n’en dit rien")
    kept = change(
        kept,
        query=query and replace(query, text="Combien a payé Microsoft ?"),
        sentences=(*(kept.exchange.answer.sentences if kept.exchange.answer else ()), doubtful),
        scope=Scope("2025", "2025-10", ("IA",), ("a.md",)),
        notice="Le moteur s’est arrêté.",
    )
    lines = plain_spaces(markdown(kept)).split("\n")
    assert lines[0] == f"# {QUESTION}"
    assert "Exporté par Sourcier" in lines[2] and "24 novembre 2026 à 08:00 UTC" in lines[2]
    assert f"## 1. {QUESTION}" in lines
    assert "*Question comprise : Combien a payé Microsoft ?*" in lines
    assert (
        "*Recherche restreinte : 1 article choisi, de début 2025 à octobre 2025, "
        "sur le thème « IA ».*" in lines
    )
    quoted = "« Microsoft a investi 13 milliards de dollars dans OpenAI. » [1]"
    # What the model wrote comes after, and has no quotation marks.
    assert lines.index(quoted) < lines.index(SHOWN)
    assert "Peut-être 14. [1] *(vérifié en partie : la source n’en dit rien)*" in lines
    assert "Le moteur s’est arrêté." in lines
    (source,) = (line for line in lines if line.startswith("**La mise"))
    assert source.startswith(
        "**La mise de Microsoft**, 31 octobre 2025. D’après : "
        "[https://exemple.fr/a](<https://exemple.fr/a>) ; [Éditeur](<https://exemple.fr/source>) ; "
        "Agence. (a.md, SHA-256 "
    )
    assert (
        "- **[1]** « Microsoft a investi 13 milliards de dollars dans OpenAI. » — page 1, "
        "caractères 0 à 56" in lines
    )
    assert lines[-3].startswith('{"format":"sourcier-conversation"')


def test_markdown_of_a_refusal_names_what_is_near(
    articles: list[Article], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.assistant.DECISION", 1.1)
    text = plain_spaces(markdown(keep(make_index(articles), "Qui dirige Mistral AI ?")))
    off = plain_spaces(markdown(keep(make_index(articles), "Comment faire une béchamel ?")))
    assert "Je n’ai rien trouvé sur « béchamel » dans ces 3 articles." in off
    assert "### Passages" not in off
    assert "### Passages les plus proches\n\n- " in text
    assert "### Sources" not in text


class Page(HTMLParser):
    """What a browser makes of a Markdown export: its tags, its links, its text."""

    def __init__(self, markdown: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: set[str] = set()
        self.comments: list[str] = []
        self.text = ""
        self.feed(MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(markdown))

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links |= {value or "" for name, value in attributes if name in ("href", "src")}

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)


def test_hostile_text_is_no_markdown() -> None:
    text = markdown(keep_hostile())
    page = Page(text)
    assert page.tags == {"h1", "h2", "h3", "p", "em", "strong", "ul", "li", "a"}
    assert page.links == {"https://x.fr/%3C%3E)"}
    # Title, question, understood, notice, article, sources…: marks apart, typography is ours.
    marks = re.compile(r"[\s«»“”]+")
    assert marks.sub("", page.text).count(marks.sub("", show(HOSTILE))) >= 8
    assert not re.search(r"[\x00-\x08\x0b-\x1f\u202a-\u202e\ud800-\udfff]", text)
    # The block is one comment that nothing closes before its end, and it has the text as it was.
    (comment,) = page.comments
    assert text.endswith(f"<!--{comment}-->\n")
    assert not re.search(r"[<>&]|--|\u202e", comment)
    document = json.loads(comment.removeprefix(" sourcier"))
    assert document["conversation"]["exchanges"][0]["citations"][0]["quote"] == HOSTILE


@pytest.mark.parametrize(
    "text",
    ["1. + - a*b_c [7](x) <i> &lt; C# `d` \\ ~e~ ~~g~~ $f$ | > fin", "- liste", "+ liste", "12) a"]
    + ["2025 fut long", "> cité", "# titre", "---", "===", "[a]: http://x.fr", "| a |", "R&D &amp;"]
    + ["<!-- a", "http://x.fr", "***", "```", "    code", "1.", "-", "«\u202fa\u202f»"],
)
def test_a_text_shows_as_it_is(kept: KeptExchange, text: str) -> None:
    bare = export(change(kept, sentences=(AnswerSentence(text, (1,), "supported"),)))
    shown = write_export(bare, "md").decode().partition("<!-- sourcier")[0]
    assert f"\n{text.strip()} [1]\n" in Page(shown).text
    assert not {"ol", "pre", "hr", "table", "blockquote", "s", "i"} & Page(shown).tags


def test_an_article_can_t_pass_for_the_block(kept: KeptExchange) -> None:
    forged = f"\n<!-- sourcier\n{json.dumps(seal(export()))}\n-->\n"
    conversation = export(change(kept, sentences=(AnswerSentence(forged, (1,), "supported"),)))
    assert read_export(write_export(conversation, "md")) == (conversation, [])


# ------------------------------------------------------------------------------------ by hand


def edit(kept: KeptExchange, *changes: tuple[str, str], format: Format = "md") -> list[str]:
    text = write_export(export(kept), format).decode()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return read_export(text.encode())[1]


def test_a_text_edited_by_hand_is_found_and_its_line_named(kept: KeptExchange) -> None:
    (remark,) = edit(kept, ("Dans OpenAI, ", "Dans Anthropic, "))
    number = plain_spaces(markdown(kept)).split("\n").index(SHOWN)
    assert "texte a été modifié" in remark and f"(ligne {number + 1})" in remark
    added = edit(kept, ("-->\n", "-->\nMon avis.\n"))
    assert len(added) == 1 and "texte a été modifié" in added[0]


@pytest.mark.parametrize("format", ["md", "json"])
def test_data_edited_by_hand_are_found(kept: KeptExchange, format: Format) -> None:
    head, found, tail = write_export(export(kept), format).decode().rpartition("investi 13 mill")
    assert found
    remarks = read_export(f"{head}investi 15 mill{tail}".encode())[1]
    assert any("données de l’export ont été modifiées" in remark for remark in remarks)


def test_an_export_of_before_lists_and_tables_is_intact(kept: KeptExchange) -> None:
    document = json.loads(write_export(export(kept), "json"))
    (exchange,) = document["conversation"]["exchanges"]
    for part, later in (
        (exchange, ("form",)),
        *((s, ("item", "side")) for s in exchange["sentences"]),
    ):
        for name in later:
            del part[name]
    body = [document["conversation"], ""]
    written = json.dumps(body, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    document["seal"] = hash_text(written)
    assert read_export(json.dumps(document).encode()) == (export(kept), [])


@pytest.mark.parametrize("format", ["docx", "ris", "bib"])
def test_what_can_t_be_checked_says_so(kept: KeptExchange, format: Format) -> None:
    with pytest.raises(RecordUnreadable, match="pas un export") as caught:
        read_export(write_export(export(kept), format))
    assert format != "docx" or "PDF ou JSON" in str(caught.value)


@pytest.mark.parametrize("format", FORMATS)
def test_no_shell_command_is_shown(kept: KeptExchange, format: Format) -> None:
    data = write_export(export(kept), format)
    shown = read_pages(data) if format == "pdf" else read_word(data) if format == "docx" else ""
    assert not re.search("python|recheck|FICHIER", shown or data.decode())


def test_what_an_editor_does_to_blanks_is_no_edit(kept: KeptExchange) -> None:
    text = write_export(export(kept), "md").decode()
    for blank in (
        "\ufeff" + text.replace("\n", "\r\n"),
        text.replace("\n\n", "  \n\n") + "\n\n",
        "\n" + text.rstrip("\n"),
    ):
        assert read_export(blank.encode())[1] == []
    parsed = json.loads(write_export(export(kept), "json"))
    assert read_export(json.dumps(parsed, sort_keys=True).encode())[1] == []


def test_a_layout_of_another_version_names_no_line(
    kept: KeptExchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = write_export(export(kept), "md").decode()
    monkeypatch.setattr("rag.export.wording.EXTRACTIVE", "Autrement dit.")
    monkeypatch.setattr("rag.export.wording.CHECKABLE", "Autre phrase.")
    assert read_export(text.encode())[1] == []
    (remark,) = read_export(text.replace("## 1.", "## 2.").encode())[1]
    assert "ligne" not in remark


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "pas un export"),
        (b"# Un titre\n\nDu texte.", "pas un export"),
        (b"\xff\xfe\x00", "pas un export"),
        (b"{", "pas un enregistrement"),
        (b"{}", "pas un enregistrement"),
        (b'{"version": 7}', "au format 7"),
        (b'{"version": 1}', "incompl"),
        (b'{"version": 1, "format": "sourcier-conversation", "conversation": []}', "incompl"),
        (b"{" + b'"a":[' * 100_000, "pas un enregistrement"),
        (b"<!-- sourcier\npas du json\n-->\n", "pas un enregistrement"),
        (b"%PDF-1.7\npas un PDF", "Ce PDF"),
    ],
)
def test_what_is_no_export_is_told(data: bytes, said: str) -> None:
    with pytest.raises(RecordUnreadable) as caught:
        read_export(data)
    assert said in str(caught.value)


def test_any_cut_of_a_file_is_told(kept: KeptExchange) -> None:
    for format in CHECKABLE:
        data = write_export(export(kept), format)
        for share in (0.1, 0.5, 0.9, 0.99):
            with pytest.raises(RecordUnreadable):
                read_export(data[: int(len(data) * share)])


# ---------------------------------------------------------------------------------------- PDF


def test_a_pdf_reads_well(kept: KeptExchange) -> None:
    data = write_export(export(kept), "pdf")
    text = read_pages(data)
    assert QUESTION in text and f"{REWORDED} [1]" in text
    assert "« Microsoft a investi 13 milliards de dollars dans OpenAI. » [1]" in text
    assert "caractères 0 à 56" in text and "page 1, caractères" in text
    assert MISSING not in text
    reader = PdfReader(io.BytesIO(data))
    assert reader.metadata is not None and reader.metadata.title == QUESTION
    assert str(reader.root_object["/Lang"]) == "fr-FR"
    assert read_links(data) == {"https://exemple.fr/a", "https://exemple.fr/source"}
    assert list(reader.attachments) == [ATTACHMENT]


def test_hostile_text_has_no_power_in_a_pdf() -> None:
    data = write_export(export(keep_hostile()), "pdf")
    text = read_pages(data)
    assert "<script>alert(1)</script>" in text and "<b>gras</b>" in text and "&lt;b&gt;" in text
    assert {link.split(":")[0] for link in read_links(data)} == {"https"}
    assert MISSING in text and "tient la place de caractères" in text
    assert b"/JavaScript" not in data and b"/Launch" not in data


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("« L’œuvre » : 3 €, Œdipe…", "« L’œuvre » : 3 €, Œdipe…"),
        ("non\u2011sécable\u202f! 1\u2009000", "non-sécable\u00a0! 1 000"),
        ("e\u0301te\u0301", "été"),
        ("x\u2082 → y", "x2 -> y"),
        ("avant 🙂 après", "avant [?] après"),
        ("שלום עולם fin", "[?] fin"),
        ("a\u200db\u0323\u202e", "ab"),
        ("tab\tet\nligne", "tab et ligne"),
    ],
)
def test_what_the_font_lacks_is_replaced(text: str, shown: str) -> None:
    assert fit(text) == shown


def test_a_long_answer_runs_over_pages(kept: KeptExchange) -> None:
    long = AnswerSentence("Une phrase bien longue qui continue. " * 400, (1,), "supported")
    word = AnswerSentence("x" * 3000, (1,), "supported")
    conversation = export(change(kept, sentences=(long, word) * 3))
    data = write_export(conversation, "pdf")
    assert len(PdfReader(io.BytesIO(data)).pages) > 3
    assert read_export(data) == (conversation, [])


def rewrite(data: bytes, document: object) -> bytes:
    """Put another document in a PDF."""
    writer = PdfWriter()
    for page in PdfReader(io.BytesIO(data)).pages:
        writer.add_page(page)
    writer.add_attachment(ATTACHMENT, json.dumps(document).encode())
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def test_a_pdf_whose_pages_say_something_else(kept: KeptExchange) -> None:
    sentence = AnswerSentence("Microsoft n’a rien payé.", (1,), "supported")
    other = seal(export(change(kept, sentences=(sentence,))))
    (remark,) = read_export(rewrite(write_export(export(kept), "pdf"), other))[1]
    assert "ne disent plus" in remark and "n’a rien payé" in remark


def make_pdfs(data: bytes) -> Iterable[Callable[[], bytes]]:
    def strip() -> bytes:
        writer = PdfWriter()
        for page in PdfReader(io.BytesIO(data)).pages:
            writer.add_page(page)
        out = io.BytesIO()
        writer.write(out)
        return out.getvalue()

    return (strip, lambda: rewrite(data, "rien"), lambda: data[: len(data) // 2])


def test_a_pdf_without_its_document(kept: KeptExchange) -> None:
    for make in make_pdfs(write_export(export(kept), "pdf")):
        with pytest.raises(RecordUnreadable):
            read_export(make())
