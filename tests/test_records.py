"""Records: an exchange, through JSON, comes back the same; what is no record is told in French."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from kept import QUESTION, interrupt, keep, keep_hostile, make_index

from rag.errors import RecordUnreadable
from rag.page.describe import describe_exchange
from rag.page.exchange import Exchange
from rag.records import (
    KeptExchange,
    collect_texts,
    decode,
    encode,
    from_record,
    hash_text,
    to_record,
    write_time,
)
from rag.types import (
    Answer,
    AnswerSentence,
    Article,
    Conflict,
    Hit,
    Premise,
    Scope,
    Timings,
    Version,
)


def through_json(kept: KeptExchange) -> KeptExchange:
    return from_record(json.loads(json.dumps(to_record(kept))), collect_texts(kept.exchange))


@pytest.fixture
def kept(articles: list[Article], answerable: None) -> KeptExchange:
    paged = [replace(article, pages=(0, 40), topics=("IA",)) for article in articles]
    return keep(make_index(paged))


def test_a_round_trip_loses_nothing(kept: KeptExchange) -> None:
    assert kept.exchange.answer is not None and kept.exchange.answer.sentences
    back = through_json(kept)
    assert back == kept
    assert back.exchange.articles["a.md"].pages == (0, 40)


def test_every_field_of_an_answer_comes_back(kept: KeptExchange) -> None:
    answer = kept.exchange.answer
    assert answer is not None
    changed = replace(
        answer,
        sentences=(AnswerSentence("Redit.", (1,), "partial", "Un mot.", reworded=True),),
        premise=Premise("Microsoft a racheté OpenAI", True, 1),
        hits=answer.hits[:1],
        conflicts=(Conflict("le prix", (Version("14 milliards", 1, "2025"),)),),
        timings=Timings(1.5, None, 3.0, 4.0),
        scope=Scope("2025", "2026", ("IA",), ("a.md",)),
        suggestion="Et ?",
        notice="Panne.",
        reason="Parce que.",
    )
    kept = replace(kept, exchange=replace(kept.exchange, answer=changed))
    assert through_json(kept) == kept


@pytest.mark.parametrize("make", [interrupt, lambda kept: replace(kept, exchange=Exchange(3, "?"))])
def test_an_exchange_without_an_answer(kept: KeptExchange, make: object) -> None:
    assert callable(make)
    assert through_json(make(kept)) == make(kept)


def test_hostile_text_comes_back_as_it_was() -> None:
    assert through_json(keep_hostile()) == keep_hostile()


def test_the_page_draws_the_same_from_a_record(kept: KeptExchange) -> None:
    back = through_json(kept)
    assert describe_exchange(back.exchange, True) == describe_exchange(kept.exchange, True)


def test_passages_and_texts_are_written_once(kept: KeptExchange) -> None:
    record = to_record(kept)
    assert set(record["passages"]) == {"a.md#0", "b.md#0", "c.md#0"}
    assert {hit["chunk"] for hit in record["found"]["hits"]} == set(record["passages"])
    # The answer has what was found already.
    assert not {"query", "hits", "evidence", "answerable"} & set(record["answer"])
    article = kept.exchange.articles["b.md"]
    assert article.text not in json.dumps(record["articles"], ensure_ascii=False)
    assert hash_text(article.text) in {item["sha256"] for item in record["articles"]}
    assert record["index"] == {"generation": "000001-abcdef01", "model": "fake-v1"}


def test_two_passages_of_one_name_stay_two(kept: KeptExchange) -> None:
    found = kept.exchange.found
    assert found is not None
    other = replace(found.hits[0], chunk=replace(found.hits[0].chunk, text="Autre."))
    changed = replace(kept.exchange, found=replace(found, hits=(*found.hits, other)))
    assert through_json(replace(kept, exchange=changed)).exchange == changed


def test_an_article_whose_text_is_lost_is_left_out(kept: KeptExchange) -> None:
    texts = collect_texts(kept.exchange)
    del texts[hash_text(kept.exchange.articles["b.md"].text)]
    back = from_record(to_record(kept), texts)
    assert set(back.exchange.articles) == {"a.md", "c.md"}
    assert back.exchange.answer == kept.exchange.answer
    assert describe_exchange(back.exchange, True)["sentences"]


def test_scores_of_numpy_are_plain_numbers(kept: KeptExchange) -> None:
    found = kept.exchange.found
    assert found is not None
    # As a careless computation would leave it.
    hit = replace(found.hits[0], dense=np.float32(0.5))  # type: ignore[arg-type]
    assert json.loads(json.dumps(encode(hit)))["dense"] == 0.5
    assert decode(Hit, encode(hit)) == hit


@pytest.mark.parametrize(
    ("record", "said"),
    [
        ({"version": 2}, "au format 2 ; cette version de Sourcier lit le format 1"),
        ({"version": 0}, "au format 0"),
        ({"version": True}, "pas un enregistrement"),
        ({"version": "1"}, "pas un enregistrement"),
        ({}, "pas un enregistrement"),
        ([], "pas un enregistrement"),
        (None, "pas un enregistrement"),
        ({"version": 1}, "incomplet ou endommagé"),
    ],
)
def test_what_is_no_record_is_told(record: object, said: str) -> None:
    with pytest.raises(RecordUnreadable) as caught:
        from_record(record, {})
    assert said in str(caught.value) and "pas été modifié" in str(caught.value)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["question"], 3),
        (["found", "hits"], "rien"),
        (["found", "hits", 0, "chunk"], "inconnu#0"),
        (["found", "evidence", 0, "n"], "1"),
        (["found", "answerable"], True),
        (["answer", "mode"], "invented"),
        (["answer", "sentences", 0, "citations"], None),
        (["passages", "a.md#0", "start"], 1.5),
        (["index"], []),
        (["articles", 0, "sha256"], {}),
    ],
)
def test_a_damaged_record_is_told(kept: KeptExchange, path: list[str | int], value: object) -> None:
    record = json.loads(json.dumps(to_record(kept)))
    part = record
    for step in path[:-1]:
        part = part[step]
    part[path[-1]] = value
    with pytest.raises(RecordUnreadable, match="incomplet ou endommagé"):
        from_record(record, collect_texts(kept.exchange))


def test_fields_of_a_later_version_are_left_out(kept: KeptExchange) -> None:
    record = to_record(kept) | {"colour": "blue"}
    record["answer"]["mood"] = "good"
    assert from_record(record, collect_texts(kept.exchange)) == kept


def test_a_record_from_before_rewording_is_read(kept: KeptExchange) -> None:
    record = to_record(kept)
    del record["answer"]["premise"]
    for sentence in record["answer"]["sentences"]:
        del sentence["reworded"]
    assert from_record(record, collect_texts(kept.exchange)) == kept


def test_what_a_model_wrote_before_that_was_marked_is_marked(kept: KeptExchange) -> None:
    record = to_record(kept)
    record["answer"]["mode"] = "generated"
    first, *others = record["answer"]["sentences"]
    record["answer"]["sentences"] = [first, {**first, "text": "Écrit.", "quoted": False}, *others]
    for sentence in record["answer"]["sentences"]:
        del sentence["reworded"]
    answer = from_record(record, collect_texts(kept.exchange)).exchange.answer
    assert answer is not None
    assert [s.text for s in answer.sentences if s.reworded] == ["Écrit."]


def test_decode_fills_in_what_has_a_default() -> None:
    article = decode(Article, {"id": "a", "title": "T", "text": "x"})
    assert article == Article("a", "T", "x")
    with pytest.raises(TypeError):
        decode(Article, {"id": "a"})
    with pytest.raises(ValueError):
        decode(Answer, [])


def test_times_are_in_utc() -> None:
    assert write_time().endswith("+00:00") and len(write_time()) == len("2026-11-23T10:15:00+00:00")


def test_the_question_is_the_one_asked(kept: KeptExchange) -> None:
    assert to_record(kept)["question"] == QUESTION
