"""The dossiers: texts, questions, near-misses, premises and claims written for this project.

Reads ``tests/evaluation/dossiers/`` (its README and SPEC say what is in it) into frozen values, and
says which part of it may be trained on. Knows nothing about models.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args

from rag.errors import UsageError
from rag.readers import read_corpus
from rag.types import Article, Form, Turn

Part = Literal["train", "dev", "test"]
Label = Literal["supported", "unsupported", "contradicted"]
Role = Literal["question", "near_miss", "false_premise", "true_premise", "synthesis"]

# Of eight folds one is for choosing and one is looked at once.
_FOLDS, _TEST, _DEV = 8, 0, 1
_ROLES: tuple[tuple[str, Role], ...] = (
    ("questions", "question"),
    ("near_misses", "near_miss"),
    ("false_premises", "false_premise"),
    ("true_premises", "true_premise"),
    ("synthesis", "synthesis"),
)
_NUMBERED = re.compile(r"[^\[]+(?:\[\d+\])+")
_NUMBER = re.compile(r"\[(\d+)\]")

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Proof:
    """Words of an article, exact: ``article`` is its id, ``quote`` one sentence or more of it."""

    article: str
    quote: str


@dataclass(frozen=True, slots=True)
class Posed:
    """A question over the articles of a dossier, and what is known of its answer.

    ``proofs`` are the sentences that answer, or, of a false premise, that refute what it takes for
    granted; a near-miss has none. ``answer`` is an ideal one, closed by numbers of ``proofs``.
    """

    text: str
    role: Role
    kind: str
    proofs: tuple[Proof, ...]
    answer: str = ""
    assumed: str = ""


@dataclass(frozen=True, slots=True)
class LabelledClaim:
    """A claim, the words it is checked against, and what these say of it.

    ``origin`` names the document that the source comes from: claims are split by it.
    """

    id: str
    origin: str
    source: str
    claim: str
    label: Label
    kind: str


@dataclass(frozen=True, slots=True)
class Dossier:
    """One subject: its articles, the questions and the claims about them."""

    id: str
    articles: tuple[Article, ...]
    questions: tuple[Posed, ...]
    claims: tuple[LabelledClaim, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """What was put into articles: words that speak to a machine, or honest ones that look so.

    ``honest`` are the places of the sentences of an order that say nothing to the machine.
    """

    text: str
    is_order: bool
    kind: str
    origin: str
    honest: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A question that follows a turn; ``standalone`` says the same alone.

    ``history`` holds the turns before, as typed; ``proofs`` are empty when nothing answers.
    """

    id: str
    dossier: str
    text: str
    history: tuple[Turn, ...]
    standalone: str
    kind: str
    proofs: tuple[Proof, ...]


def part_of(origin: str) -> Part:
    """Say to which part a dossier or a document belongs, the same on every machine."""
    fold = int(hashlib.sha256(origin.encode()).hexdigest(), 16) % _FOLDS
    return "test" if fold == _TEST else "dev" if fold == _DEV else "train"


def load_dossiers(folder: Path) -> list[Dossier]:
    """Read every ``dossiers*.jsonl`` of a folder, in order of name.

    Raises
    ------
    UsageError
        When there is none, or a line is no dossier.
    """
    paths = sorted(folder.glob("dossiers*.jsonl"))
    if not paths:
        raise _missing(folder, "dossiers.jsonl")
    return [dossier for path in paths for dossier in _read_lines(path, _read_dossier)]


def load_subjects(folder: Path, part: Part) -> list[Dossier]:
    """Read the subjects of one part: a corpus and questions with all that an answer has to say.

    They are few and large, so that each is put into its part by hand: ``subjects/train`` and so on.

    Raises
    ------
    UsageError
        When a line is no question.
    """
    found = []
    for path in sorted(folder.glob(f"subjects/{part}/*/questions.jsonl")):
        articles = {article.id: article for article in read_corpus(path.parent / "corpus").articles}
        questions = tuple(_read_lines(path, partial(_read_posed, articles)))
        name = path.parent.name
        named = [replace(a, id=f"{name}/{key}") for key, a in articles.items()]
        posed = [
            replace(q, proofs=tuple(replace(p, article=f"{name}/{p.article}") for p in q.proofs))
            for q in questions
        ]
        found.append(Dossier(name, tuple(named), tuple(posed), ()))
    return found


def _read_posed(articles: Mapping[str, Article], item: dict[str, Any]) -> Posed:
    role: Role = item["type"] if item["type"] in get_args(Role) else "question"
    proofs = tuple(
        Proof(point["article"], find_quote(articles[point["article"]].text, point["quote"]))
        for point in item["points"]
    )
    return Posed(item["q"], role, item["type"], proofs, item.get("answer", ""))


def find_quote(text: str, quote: str) -> str:
    """Find a quotation in the text of its article, where a row of a table is read otherwise."""
    if not quote.startswith("|"):
        return quote
    cells = [cell.strip() for cell in quote.split("|") if cell.strip()]
    rows = [line for line in text.split("\n") if all(cell in line for cell in cells)]
    return rows[0] if rows else quote


def load_forms(folder: Path) -> list[tuple[str, Form, str]]:
    """Read the questions labelled by the form that they ask for, and where each comes from.

    Raises
    ------
    UsageError
        When there is no such file, or a line is no question.
    """
    path = folder / "forms.jsonl"
    if not path.exists():
        raise _missing(folder, path.name)
    return list(_read_lines(path, lambda item: (item["q"], item["form"], item["from"])))


def load_lines(folder: Path, part: Part) -> list[Line]:
    """Read the lines of one part of ``orders.jsonl``.

    Raises
    ------
    UsageError
        When there is no such file, or a line is none.
    """
    lines = _read_lines(folder / "orders.jsonl", _read_line)
    return [line for line in lines if part_of(line.origin) == part]


def load_claims(folder: Path) -> list[LabelledClaim]:
    """Read the claims of ``claims*.jsonl``, those written over real sentences.

    Raises
    ------
    UsageError
        When there is no such file, or a line is no claim.
    """
    paths = sorted(folder.glob("claims*.jsonl"))
    if not paths:
        raise _missing(folder, "claims.jsonl")
    return [claim for path in paths for claim in _read_lines(path, _read_claim)]


def load_strong(folder: Path) -> list[LabelledClaim]:
    """Read the claims that a strong language model wrote: for measuring, never for training.

    ``unsupported`` stands for all that is not supported.

    Raises
    ------
    UsageError
        When ``strong.jsonl`` is not there, or a line is no claim.
    """
    return list(_read_lines(folder / "strong.jsonl", _read_strong))


def load_answer_claims(folder: Path) -> list[LabelledClaim]:
    """Make claims of the ideal answers: each sentence with what it cites, and what it does not.

    A sentence is supported by the evidence that it cites and left open by other evidence of the
    same question, for each sentence of ``answers.jsonl`` and of the dossiers.

    Raises
    ------
    UsageError
        When a file is not there or has another form.
    """
    claims: list[LabelledClaim] = []
    for dossier in load_dossiers(folder):
        for number, posed in enumerate(dossier.questions):
            sources = [proof.quote for proof in posed.proofs]
            claims += _claims_of_answer(f"{dossier.id}/{number}", dossier.id, posed.answer, sources)
    for made in _read_lines(folder / "answers.jsonl", _read_answer):
        claims += made
    return claims


def load_followups(folder: Path) -> list[FollowUp]:
    """Read ``followups.jsonl``.

    Raises
    ------
    UsageError
        When it is not there, or a line is none.
    """
    return list(_read_lines(folder / "followups.jsonl", _read_followup))


def load_written(folder: Path) -> list[tuple[str, str, list[tuple[str, str]], str]]:
    """Read ``answers.jsonl``: origin, question, numbered evidence with its dates, ideal answer.

    Raises
    ------
    UsageError
        When it is not there, or a line has another form.
    """

    def read(item: dict[str, Any]) -> tuple[str, str, list[tuple[str, str]], str]:
        pieces = [(piece["text"], piece.get("date", "")) for piece in item["evidence"]]
        return _origin("+".join(item["from"]), ""), item["question"], pieces, item["answer"]

    return list(_read_lines(folder / "answers.jsonl", read))


def _claims_of_answer(
    name: str, origin: str, answer: str, sources: list[str]
) -> Iterator[LabelledClaim]:
    for n, match in enumerate(_NUMBERED.finditer(answer)):
        cited = [int(number) - 1 for number in _NUMBER.findall(match[0])]
        text = _NUMBER.sub("", match[0]).strip(" \n-;,.") + "."
        if len(text.split()) < 5:
            continue
        proof = " ".join(sources[k] for k in dict.fromkeys(cited))
        yield LabelledClaim(f"{name}.{n}", origin, proof, text, "supported", "answer")
        others = [source for k, source in enumerate(sources) if k not in cited]
        if others:
            yield LabelledClaim(f"{name}.{n}-", origin, others[0], text, "unsupported", "answer")


def _origin(name: str, source: str) -> str:
    """Name the document of a source: the dossier of one of its texts, the article of a section."""
    if name == "own":
        return f"own {source}"
    dossier = re.match(r"[a-z]\d-\d+", name)
    return dossier[0] if dossier else name.split("#")[0]


def _read_dossier(item: dict[str, Any]) -> Dossier:
    name = item["id"]
    articles = {
        text["k"]: Article(
            f"{name}/{text['k']}", text.get("title", ""), text["text"], text.get("date", "")
        )
        for text in item["texts"]
    }

    def proofs(owner: dict[str, Any]) -> tuple[Proof, ...]:
        return tuple(Proof(articles[p["k"]].id, p["quote"]) for p in owner.get("proofs", ()))

    questions = tuple(
        Posed(
            posed["q"],
            role,
            posed.get("kind") or posed.get("lacks", ""),
            proofs(posed),
            posed.get("answer", ""),
            posed.get("assumed", ""),
        )
        for key, role in _ROLES
        for posed in item.get(key, ())
    )
    claims = tuple(
        LabelledClaim(
            f"{name}:{n}",
            name,
            " ".join(proof.quote for proof in proofs(claim)),
            claim["claim"],
            claim["label"],
            claim["kind"],
        )
        for n, claim in enumerate(item.get("claims", ()))
    )
    return Dossier(name, tuple(articles.values()), questions, claims)


def _read_claim(item: dict[str, Any]) -> LabelledClaim:
    return LabelledClaim(
        item["id"],
        _origin(item["from"], item["source"]),
        item["source"],
        item["claim"],
        item["label"],
        item["kind"],
    )


def _read_strong(item: dict[str, Any]) -> LabelledClaim:
    return LabelledClaim(
        item["id"],
        item["doc"],
        item["source"],
        item["claim"],
        "supported" if item["gold"] == "supported" else "unsupported",
        item["kind"],
    )


def _read_line(item: dict[str, Any]) -> Line:
    told = item["text"], item["order"], item["kind"], item["from"]
    return Line(*told, tuple(item.get("honest", ())))


def _read_answer(item: dict[str, Any]) -> list[LabelledClaim]:
    origin = _origin("+".join(item["from"]), "")
    sources = [piece["text"] for piece in item["evidence"]]
    return list(_claims_of_answer(item["id"], origin, item["answer"], sources))


def _read_followup(item: dict[str, Any]) -> FollowUp:
    return FollowUp(
        item["id"],
        item["dossier"],
        item["follow_up"],
        tuple(Turn(turn["q"], turn["a"]) for turn in item["history"]),
        item["standalone"],
        item["kind"],
        tuple(Proof(f"{item['dossier']}/{p['k']}", p["quote"]) for p in item["proofs"]),
    )


def _read_lines(path: Path, make: Callable[[dict[str, Any]], _T]) -> Iterator[_T]:
    """Make a value of each line of JSON; a line of another form is a mistake of the file."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise _missing(path.parent, path.name) from error
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            made = make(json.loads(line))
        except (ValueError, LookupError, TypeError) as error:
            raise UsageError(f"La ligne {number} de « {path.name} » est illisible.") from error
        yield made


def _missing(folder: Path, name: str) -> UsageError:
    return UsageError(
        f"Il manque « {name} » dans « {folder} ».",
        todo="Donnez le dossier tests/evaluation/dossiers du projet.",
    )
