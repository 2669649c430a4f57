"""What is kept of an exchange, as plain JSON values, and back; nothing is lost on the way.

A record holds the question, what was found and what was answered, with the passages once each. The
whole text of its articles stays out, under its SHA-256: the same text serves every record that
names it, and an old conversation can be shown again after the corpus changed. Knows nothing about
files.
"""

from __future__ import annotations

import hashlib
import types
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import UTC, datetime
from functools import cache
from typing import Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

import numpy as np

from rag import __version__
from rag.conflicts import tell_conflict
from rag.errors import RecordUnreadable
from rag.page.exchange import Exchange
from rag.types import Answer, Article, Chunk, EvidenceFound

Json = dict[str, Any]
"""An object of JSON, its values not known yet."""

VERSION = 1
_T = TypeVar("_T")
_UNTOUCHED = "Il n’a pas été modifié."


@dataclass(frozen=True, slots=True)
class KeptExchange:
    """An exchange and what it was asked of.

    Attributes
    ----------
    exchange
        The question and all that is known of its answer.
    asked
        When, ISO 8601 in UTC.
    generation, model
        Of the index that was searched: the name of its generation and the fingerprint of its
        embedding model.
    sourcier
        Version of the program.
    """

    exchange: Exchange
    asked: str
    generation: str
    model: str
    sourcier: str = __version__


def write_time(moment: datetime | None = None) -> str:
    """Write a moment, by default now, as ``2026-11-23T10:15:00+00:00``."""
    return (moment or datetime.now(UTC)).astimezone(UTC).isoformat(timespec="seconds")


def hash_text(text: str) -> str:
    """Return the SHA-256 of a text, in hexadecimal."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def collect_texts(exchange: Exchange) -> dict[str, str]:
    """Return the texts of an exchange's articles, by SHA-256: what its record leaves out."""
    return {hash_text(article.text): article.text for article in exchange.articles.values()}


def to_record(kept: KeptExchange) -> Json:
    """Describe an exchange by values that JSON can hold; see ``collect_texts`` for the rest."""
    exchange = kept.exchange
    found, answer = encode(exchange.found), encode(exchange.answer)
    passages: Json = {}
    for part in (found, answer):
        _take_passages(part, passages)
    if found and answer:
        # What was found is most of an answer; it is written once.
        answer = {name: item for name, item in answer.items() if found.get(name, ...) != item}
    return {
        "version": VERSION,
        "sourcier": kept.sourcier,
        "asked": kept.asked,
        "index": {"generation": kept.generation, "model": kept.model},
        "number": exchange.number,
        "question": exchange.question,
        "trouble": exchange.trouble,
        "found": found,
        "answer": answer,
        "passages": passages,
        "articles": [_describe_article(article) for article in exchange.articles.values()],
    }


def from_record(record: object, texts: Mapping[str, str]) -> KeptExchange:
    """Make the exchange again from its record.

    Parameters
    ----------
    record
        What ``to_record`` gave, possibly through JSON.
    texts
        Of the articles, by SHA-256; an article whose text is missing is left out, and the
        passages of it are still there.

    Raises
    ------
    RecordUnreadable
        When another version wrote it, or it is not a record.
    """
    known = check_version(record, VERSION)
    try:
        return _read_record(known, texts)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise RecordUnreadable(
            "Un échange enregistré est incomplet ou endommagé.",
            kept=_UNTOUCHED,
        ) from error


def check_version(value: object, version: int) -> Json:
    """Return a JSON object if this version wrote it.

    Raises
    ------
    RecordUnreadable
        When ``value["version"]`` is not ``version``.
    """
    written = value.get("version") if isinstance(value, dict) else None
    if not isinstance(value, dict) or type(written) is not int:
        raise RecordUnreadable("Ce n’est pas un enregistrement de Sourcier.", kept=_UNTOUCHED)
    if written != version:
        raise RecordUnreadable(
            f"Cet enregistrement est au format {written} ; cette version de Sourcier lit le "
            f"format {version}.",
            kept=_UNTOUCHED,
            todo="Ouvrez-le avec la version de Sourcier qui l’a écrit.",
        )
    return value


def _read_record(record: Json, texts: Mapping[str, str]) -> KeptExchange:
    passages = {name: decode(Chunk, item) for name, item in record["passages"].items()}
    found, answer = record["found"], record["answer"]
    if found is not None:
        found = decode(EvidenceFound, _put_passages(found, passages))
    if answer is not None:
        shared = {f.name: getattr(found, f.name) for f in fields(found)} if found else {}
        answer = decode(Answer, {**shared, **_put_passages(answer, passages)})
        if not any("reworded" in item for item in record["answer"]["sentences"]):
            answer = _mark_reworded(answer)
    articles = [
        decode(Article, {**item, "text": texts[item["sha256"]]})
        for item in record["articles"]
        if item["sha256"] in texts
    ]
    exchange = Exchange(
        decode(int, record["number"]),
        decode(str, record["question"]),
        found,
        {article.id: article for article in articles},
        answer,
        decode(str, record["trouble"]),
    )
    named = {**record, **record["index"]}
    return KeptExchange(
        exchange, *(decode(str, named[name]) for name in "asked generation model sourcier".split())
    )


def _mark_reworded(answer: Answer) -> Answer:
    """Mark what a model wrote in an answer that was kept before such sentences were marked."""
    if answer.mode != "generated":
        return answer
    told = {tell_conflict(conflict, answer.evidence).text for conflict in answer.conflicts}
    return replace(
        answer,
        sentences=tuple(
            replace(sentence, reworded=not sentence.quoted and sentence.text not in told)
            for sentence in answer.sentences
        ),
    )


def _take_passages(part: Json | None, passages: Json) -> None:
    """Replace the passages of what was found by their ids."""
    for item in (*part["hits"], *part["evidence"]) if part else ():
        chunk = item["chunk"]
        if passages.setdefault(chunk["id"], chunk) == chunk:
            item["chunk"] = chunk["id"]


def _put_passages(part: Json, passages: Mapping[str, Chunk]) -> Json:
    """Replace the ids of passages by the passages, in a copy."""
    copy = dict(part)
    for name in {"hits", "evidence"} & set(copy):
        copy[name] = [_put_passage(item, passages) for item in copy[name]]
    return copy


def _put_passage(item: Json, passages: Mapping[str, Chunk]) -> Json:
    chunk = item["chunk"]
    return {**item, "chunk": passages[chunk] if isinstance(chunk, str) else chunk}


def _describe_article(article: Article) -> Json:
    described: Json = encode(article)
    described["sha256"] = hash_text(described.pop("text"))
    return described


# ------------------------------------------------------------------------------ values and JSON


def encode(value: object) -> Any:  # noqa: ANN401
    """Turn frozen values into what JSON can hold, field by field."""
    if is_dataclass(value):
        return {field.name: encode(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, tuple):
        return [encode(item) for item in value]
    return value.item() if isinstance(value, np.generic) else value


def decode(kind: type[_T], value: object) -> _T:
    """Turn what ``encode`` gave into a value of type ``kind``, every field checked.

    A part that is decoded already is taken as it is. Fields that are not known are left out;
    those that have a default may be missing.

    Raises
    ------
    ValueError, TypeError
        When the value is not one.
    """
    return cast(_T, _decode(kind, value))


def _decode(kind: object, value: object) -> object:
    if isinstance(kind, type) and is_dataclass(kind):
        if isinstance(value, dict):
            hints = _hints(kind)
            known = {name: _decode(hints[name], value[name]) for name in hints if name in value}
            return kind(**known)
        return _check(kind, value)
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is tuple and isinstance(value, list | tuple):
        return tuple(_decode(arguments[0], item) for item in value)
    if origin in (Union, types.UnionType):
        return None if value is None else _decode(arguments[0], value)
    if origin is Literal and value in arguments:
        return value
    if kind is float and isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    return _check(kind, value)


def _check(kind: object, value: object) -> object:
    if type(value) is not kind:
        raise ValueError(f"{value!r} is no {kind}")
    return value


@cache
def _hints(kind: type) -> dict[str, object]:
    return get_type_hints(kind)
