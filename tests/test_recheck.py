"""An export checked again: against the same articles, and against those that changed since."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import pytest
from conftest import FakeReader
from kept import keep, keep_hostile, make_index
from settled import settle_policy

from rag import assistant
from rag.citations import quote_evidence
from rag.conflicts import tell_conflict
from rag.export import CHECKABLE, Format, make_export, read_export, write_export
from rag.export.document import ExportedConversation, ExportedSentence
from rag.french import plain_spaces
from rag.premises import correct_premise
from rag.recheck import CheckedSentence, Recheck, recheck, tell_recheck, tell_sentence
from rag.records import KeptExchange
from rag.types import (
    Answer,
    AnswerSentence,
    Article,
    Chunk,
    Conflict,
    Entailment,
    Evidence,
    Reader,
    Version,
)

GENERATION = "000001-abcdef01"
CHUNK = Chunk("a.md#0", "a.md", "", "", 0, 1, "", ())


class Denier(FakeReader):
    """Finds that every source says the contrary."""

    def entail(self, pairs: Sequence[tuple[str, str]]) -> list[Entailment]:
        return [Entailment(0.0, 0.0, 1.0)] * len(pairs)


@pytest.fixture(autouse=True)
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    settle_policy(monkeypatch)


@pytest.fixture
def kept(
    articles: list[Article], answerable: None, monkeypatch: pytest.MonkeyPatch
) -> KeptExchange:
    """Several quotations of one article, however far they are below the best."""
    monkeypatch.setitem(assistant._QUOTES, "full", (6, 99))
    return keep(make_index(articles), length="full")


@pytest.fixture
def conversation(kept: KeptExchange) -> ExportedConversation:
    return make_export("c1", [kept])


def by_id(articles: Iterable[Article]) -> dict[str, Article]:
    return {article.id: article for article in articles}


def check(
    conversation: ExportedConversation,
    articles: Iterable[Article],
    generation: str = "",
    reader: Reader | None = None,
) -> Recheck:
    return recheck(conversation, by_id(articles), reader or FakeReader(), generation)


def say(conversation: ExportedConversation, *sentences: AnswerSentence) -> ExportedConversation:
    """Have the model say other things, cited to what a conversation cites."""
    said = tuple(
        ExportedSentence(s.text, "quoted" if s.quoted else "written", s.citations, s.support, s.why)
        for s in sentences
    )
    (exchange,) = conversation.exchanges
    return replace(conversation, exchanges=(replace(exchange, sentences=said),))


def of_article(result: Recheck, name: str) -> list[CheckedSentence]:
    return [s for s in result.sentences if any(c.article_id == name for c in s.citations)]


# ------------------------------------------------------------------------------- the articles


@pytest.mark.parametrize("format", CHECKABLE)
def test_nothing_changed(
    conversation: ExportedConversation, articles: list[Article], format: Format
) -> None:
    read, remarks = read_export(write_export(conversation, format))
    result = recheck(read, by_id(articles), FakeReader(), GENERATION, remarks)
    assert result.holds and len(result.sentences) >= 2
    assert {c.state for s in result.sentences for c in s.citations} == {"same"}
    assert {s.support for s in result.sentences} == {"supported"}
    lines = [plain_spaces(tell_sentence(sentence)) for sentence in result.sentences]
    assert lines[0] == "1.1 tient : « Microsoft a investi 13 milliards de dollars dans OpenAI. »"
    count = len(result.sentences)
    assert plain_spaces(tell_recheck(result, read)) == (
        f"{count} phrases sur {count} tiennent ; index {GENERATION}, le même qu’alors."
    )


@pytest.mark.parametrize("format", CHECKABLE)
def test_a_quotation_moved(
    conversation: ExportedConversation, articles: list[Article], format: Format
) -> None:
    longer = replace(articles[0], text=f"Un chapeau nouveau. {articles[0].text}")
    read, _ = read_export(write_export(conversation, format))
    result = check(read, [longer, *articles[1:]], "000002-abcdef02")
    assert result.holds
    moved = of_article(result, "a.md")
    assert moved and all(c.state == "moved" and c.rewritten for s in moved for c in s.citations)
    assert moved[0].citations[0].start == 20
    assert "citation déplacée" in tell_sentence(moved[0])
    assert "pas celui d’alors" in tell_recheck(result, read)


@pytest.mark.parametrize("format", CHECKABLE)
def test_a_quotation_gone_from_its_article(
    conversation: ExportedConversation, articles: list[Article], format: Format
) -> None:
    text = articles[0].text.replace("13 milliards", "14 milliards")
    read, _ = read_export(write_export(conversation, format))
    result = check(read, [replace(articles[0], text=text), *articles[1:]])
    assert not result.holds
    first = result.sentences[0]
    assert (first.holds, first.citations[0].state, first.support) == (False, "changed", None)
    line = plain_spaces(tell_sentence(first))
    assert line.startswith("1.1 ne tient plus : « Microsoft")
    assert "l’article « La mise de Microsoft » a changé, la citation [1] n’y est plus" in line
    held = [sentence for sentence in result.sentences if sentence.holds]
    # Those that cite another sentence of the article still hold.
    assert held and any(c.rewritten for s in held for c in s.citations)
    assert any("l’article a changé, pas la citation" in tell_sentence(s) for s in held)


@pytest.mark.parametrize("format", CHECKABLE)
def test_an_article_gone(
    conversation: ExportedConversation, articles: list[Article], format: Format
) -> None:
    read, _ = read_export(write_export(conversation, format))
    result = check(read, articles[1:])
    assert {c.state for c in result.sentences[0].citations} == {"gone"}
    assert "n’est plus dans l’index" in tell_sentence(result.sentences[0])
    assert not result.sentences[0].holds


@pytest.mark.parametrize(
    "changes",
    [{"id": "nouveau.md"}, {"id": "n.md", "text": "Un mot. {}"}, {"id": "n", "title": "T"}],
)
def test_an_article_under_another_name(
    conversation: ExportedConversation, articles: list[Article], changes: dict[str, str]
) -> None:
    """Known by its text, or by its title and the words quoted."""
    changes = {name: value.format(articles[0].text) for name, value in changes.items()}
    renamed = replace(articles[0], **changes)  # type: ignore[arg-type]
    result = check(conversation, [*articles[1:], renamed])
    assert result.holds
    assert {c.state for s in of_article(result, changes["id"]) for c in s.citations} == {"moved"}


def test_the_nearest_of_several_places(
    conversation: ExportedConversation, articles: list[Article]
) -> None:
    quoted = conversation.exchanges[0].citations[0].quote
    text = f"{quoted} {'Rien. ' * 10}{quoted}"
    far = replace(conversation.exchanges[0].citations[0], start=60, end=60 + len(quoted))
    exchange = replace(conversation.exchanges[0], citations=(far,))
    asked = say(
        replace(conversation, exchanges=(exchange,)), AnswerSentence(quoted, (1,), "supported")
    )
    result = check(asked, [replace(articles[0], text=text)])
    assert result.sentences[0].citations[0].start == text.rindex(quoted)


# ------------------------------------------------------------------------------- the sentences


def test_a_sentence_that_its_quotation_does_not_say(
    conversation: ExportedConversation, articles: list[Article]
) -> None:
    wrong = "Microsoft a investi 15 milliards de dollars dans OpenAI."
    result = check(say(conversation, AnswerSentence(wrong, (1,), "supported")), articles)
    (sentence,) = result.sentences
    assert (sentence.holds, sentence.support) == (False, "unsupported")
    assert "« 15 milliards de dollars » n’est pas dans la source" in plain_spaces(
        tell_sentence(sentence)
    )
    assert tell_recheck(result, conversation) == "Aucune phrase sur 1 ne tient."


def test_what_was_said_to_be_doubtful_may_still_be(
    conversation: ExportedConversation, articles: list[Article]
) -> None:
    wrong = "Microsoft a investi 15 milliards de dollars dans OpenAI."
    doubtful = AnswerSentence(wrong, (1,), "contradicted", "le chiffre 15")
    assert check(say(conversation, doubtful), articles).holds


@pytest.mark.parametrize(
    ("citations", "said"), [((), "ne cite aucune source"), ((1, 77), "la source 77 n’est pas")]
)
def test_a_sentence_without_its_source(
    conversation: ExportedConversation,
    articles: list[Article],
    citations: tuple[int, ...],
    said: str,
) -> None:
    sentence = AnswerSentence("Microsoft a investi.", citations, "supported")
    result = check(say(conversation, sentence), articles)
    assert not result.holds and said in result.sentences[0].why


def with_sentences(kept: KeptExchange, *sentences: AnswerSentence, **changes: object) -> Answer:
    answer = kept.exchange.answer
    assert answer is not None
    return replace(answer, sentences=sentences, **changes)  # type: ignore[arg-type]


def export_answer(kept: KeptExchange, answer: Answer) -> ExportedConversation:
    return make_export("c1", [replace(kept, exchange=replace(kept.exchange, answer=answer))])


@pytest.mark.parametrize(
    ("values", "holds"), [(("13 milliards", "14 milliards"), True), (("13", "15"), False)]
)
def test_a_disagreement_holds_when_each_source_gives_its_version(
    kept: KeptExchange, articles: list[Article], values: tuple[str, str], holds: bool
) -> None:
    answer = kept.exchange.answer
    assert answer is not None
    numbers = [
        next(e.n for e in answer.evidence if figure in e.text) for figure in ("13 mill", "14 mill")
    ]
    versions = tuple(Version(v, n, "2025-10-31") for v, n in zip(values, numbers, strict=True))
    conflict = Conflict("le montant", versions)
    told = with_sentences(kept, tell_conflict(conflict, answer.evidence), conflicts=(conflict,))
    result = check(export_answer(kept, told), articles)
    assert result.holds is holds
    if not holds:
        assert "« 15 » n’est pas dans la source" in plain_spaces(result.sentences[0].why)


def test_a_correction_holds_as_long_as_what_it_quotes_does(
    kept: KeptExchange, articles: list[Article]
) -> None:
    answer = kept.exchange.answer
    assert answer is not None
    question = "Pourquoi Microsoft a-t-il racheté OpenAI ?"
    premise, told = correct_premise(question, answer.evidence[0])
    exported = export_answer(kept, with_sentences(kept, told, premise=premise))
    assert exported.exchanges[0].sentences[0].kind == "correction"
    # No reader is believed here: a correction is in no source, what it quotes is.
    assert check(exported, articles, reader=Denier()).holds
    forged = replace(told, text=told.text.replace("13", "99"))
    exported = export_answer(kept, with_sentences(kept, forged, premise=premise))
    assert not check(exported, articles).holds


def test_what_the_model_wrote_holds_as_long_as_the_reader_finds_it(
    kept: KeptExchange, articles: list[Article]
) -> None:
    text = "Dans OpenAI, Microsoft a investi 13 milliards."
    reworded = AnswerSentence(text, (1,), "supported", reworded=True)
    exported = export_answer(kept, with_sentences(kept, reworded, mode="generated"))
    assert check(exported, articles).holds
    (sentence,) = check(exported, articles, reader=Denier()).sentences
    assert (sentence.holds, sentence.support) == (False, "contradicted")
    assert "la source semble dire le contraire" in tell_sentence(sentence)


@pytest.mark.parametrize(
    "written",
    [
        "Microsoft a investi 13 milliards de dollars dans OpenAI.",
        "- **Microsoft** a\ninvesti 13 milliards [12] dans [OpenAI](http://x.fr/2019).",
    ],
)
def test_a_quotation_that_is_in_its_article_holds_whatever_a_reader_thinks(
    conversation: ExportedConversation, articles: list[Article], written: str
) -> None:
    (exchange,) = conversation.exchanges
    article = replace(articles[0], text=written)
    item = replace(exchange.citations[0], start=0, end=len(written), quote=written)
    exchange = replace(exchange, citations=(item,))
    quoted = quote_evidence(Evidence(1, CHUNK, 0, len(written), written, 1.0))
    said = say(replace(conversation, exchanges=(exchange,)), quoted)
    assert check(said, [article], reader=Denier()).holds
    forged = say(said, replace(quoted, text=quoted.text.replace("13", "31")))
    assert not check(forged, [article]).holds


# ------------------------------------------------------------------------------- the whole file


def test_an_edited_file_does_not_hold(
    conversation: ExportedConversation, articles: list[Article]
) -> None:
    text = write_export(conversation, "md").decode().replace("## 1.", "## 2.")
    read, remarks = read_export(text.encode())
    result = recheck(read, by_id(articles), FakeReader(), "", remarks)
    assert all(sentence.holds for sentence in result.sentences)
    assert not result.holds and result.remarks


def test_a_refusal_has_nothing_to_check(kept: KeptExchange, articles: list[Article]) -> None:
    conversation = export_answer(kept, with_sentences(kept, mode="refused"))
    result = check(conversation, articles)
    assert result.holds and result.sentences == ()
    assert tell_recheck(result, conversation) == "Aucune phrase à vérifier."


@pytest.mark.parametrize("format", CHECKABLE)
def test_hostile_text_is_checked_like_any_other(format: Format) -> None:
    kept = keep_hostile()
    read, remarks = read_export(write_export(make_export("c1", [kept]), format))
    result = check(read, kept.exchange.articles.values())
    assert remarks == []
    assert [sentence.holds for sentence in result.sentences] == [True, False]
    assert result.sentences[0].citations[0].state == "same"
    assert "\n" not in tell_sentence(result.sentences[0])
