"""The scoreboard of the check over a few claims and a scripted reader: every figure is known."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from conftest import FakeReader
from settled import settle_policy

from rag.claims import evaluate_claims
from rag.errors import UsageError
from rag.matter import Part, part_of
from rag.report import Report
from rag.settings import Settings
from rag.trials import fold_of
from rag.types import Entailment

SOURCE = "Le meunier a vendu le moulin à la commune. Il garde la maison."
# Words mislead about both: the true one has none of its source's, the false one has all.
TRUE, FALSE = "Une bâtisse change de mains.", "La commune a vendu le moulin au meunier."
OPINIONS = {TRUE: 0.9, FALSE: 0.2}


class OpinionatedReader(FakeReader):
    """Says what is scripted of a claim, and counts words of the others."""

    def __init__(self, opinions: Mapping[str, float] = OPINIONS) -> None:
        super().__init__()
        self.opinions = opinions

    def entail(self, pairs: Sequence[tuple[str, str]]) -> list[Entailment]:
        counted = super().entail(pairs)
        said = [self.opinions.get(claim) for _, claim in pairs]
        return [
            e if p is None else Entailment(p, 0.0, 1 - p)
            for p, e in zip(said, counted, strict=True)
        ]


def find_name(part: Part, form: str = "d1-{}") -> str:
    """Find the name of a document that belongs to a part."""
    return next(name for n in range(99) if part_of(name := form.format(n)) == part)


def write_lines(path: Path, *items: object) -> None:
    path.write_text("".join(json.dumps(item) + "\n" for item in items), encoding="utf-8")


def make_dossier(name: str) -> dict[str, Any]:
    proofs = [{"k": "A", "quote": SOURCE}]
    return {
        "id": name,
        "texts": [{"k": "A", "text": SOURCE}],
        "claims": [
            {"claim": TRUE, "label": "supported", "kind": "paraphrase", "proofs": proofs},
            {"claim": FALSE, "label": "contradicted", "kind": "roles", "proofs": proofs},
        ],
    }


def make_claim(number: int, origin: str, claim: str, label: str) -> dict[str, Any]:
    return {
        "id": f"c{number}",
        "from": origin,
        "source": SOURCE,
        "claim": claim,
        "label": label,
        "kind": "real",
    }


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Write a folder: every set has one true claim and one false one to be measured."""
    folder = tmp_path / "dossiers"
    folder.mkdir()
    parts: tuple[Part, ...] = ("test", "dev", "train")
    dossiers = [make_dossier(find_name(part)) for part in parts]
    write_lines(folder / "dossiers.jsonl", *dossiers)
    write_lines(
        folder / "claims.jsonl",
        make_claim(1, find_name("test", "article-{}"), TRUE, "supported"),
        make_claim(2, find_name("test", "article-{}"), FALSE, "unsupported"),
        make_claim(3, find_name("dev", "article-{}"), TRUE, "supported"),
        make_claim(4, find_name("train", "article-{}") + "#2", FALSE, "unsupported"),
    )
    strong = [
        {"id": f"s{n}", "doc": "x", "source": SOURCE, "claim": claim, "gold": gold, "kind": "fort"}
        for n, (claim, gold) in enumerate([(TRUE, "supported"), (FALSE, "not")])
    ]
    write_lines(folder / "strong.jsonl", *strong)
    monkeypatch.setattr("rag.claims.load_reader", lambda settings: OpinionatedReader())
    settle_policy(monkeypatch)
    monkeypatch.setattr("rag.claims._EVAL", tmp_path / "absent")
    return folder


def run(data: Path) -> Report:
    return evaluate_claims(data, Settings(), lambda done, total: None)


def figures(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(cell["value"] if isinstance(cell, dict) else cell for cell in row.values())


def test_the_check_stands_beside_its_rivals_on_the_claims_kept_apart(data: Path) -> None:
    report = run(data).as_dict()
    for name in ("dossiers", "real text", "strong model"):
        told = {
            method: report["rows"][f"{name}, {method}"]
            for method in ("Sourcier", "shared words", "always yes")
        }
        assert list(told["Sourcier"]) == ["claims", "true kept", "false passed", "AUC"]
        assert {method: figures(row) for method, row in told.items()} == {
            "Sourcier": (2, 1.0, 0.0, 1.0),
            "shared words": (2, 0.0, 1.0, 0.0),
            "always yes": (2, 1.0, 1.0, 0.5),
        }
    assert report["failures"] == []


def test_by_kind(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reader = OpinionatedReader({TRUE: 0.9, FALSE: 0.8})
    monkeypatch.setattr("rag.claims.load_reader", lambda settings: reader)
    (kinds,) = run(data).as_dict()["parts"]
    assert {name: figures(row) for name, row in kinds["rows"].items()} == {
        "dossiers, paraphrase": (1, 1.0, 0, None),
        "dossiers, roles": (0, None, 1, 1.0),
        "real text, real": (1, 1.0, 1, 1.0),
        "strong model, fort": (1, 1.0, 1, 1.0),
    }


def test_the_surest_mistakes_come_first(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reader = OpinionatedReader({TRUE: 0.4, FALSE: 0.95})
    monkeypatch.setattr("rag.claims.load_reader", lambda settings: reader)
    name = find_name("test")
    assert run(data).failures[:2] == [
        f"- {name}:1 (contradicted, roles; supported 0.95) {FALSE}\n  source: {SOURCE}",
        f"- {name}:0 (supported, paraphrase; contradicted 0.40) {TRUE}\n  source: {SOURCE}",
    ]


def test_the_version_before_is_shown_where_all_its_verdicts_are_known(data: Path) -> None:
    write_lines(
        data / "previous.jsonl",
        {"question": "Qui garde la maison ?", "answerable": 0.7},
        {"id": "s0", "support": "partial", "score": 0.3},
        {"id": "s1", "support": "supported", "score": 0.6},
        {"id": "c1", "support": "supported", "score": 0.6},
    )
    rows = run(data).as_dict()["rows"]
    before = {name: figures(row) for name, row in rows.items() if name.endswith("version before")}
    assert before == {"strong model, version before": (2, 0.0, 1.0, 0.0)}


def test_labelled_sets_at_hand_are_measured_too(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = tmp_path / "eval"
    for name in ("piaf", "service_public", "nomiracl_fr", "nli"):
        (shared / name).mkdir(parents=True)
    # A passage that training leaves out, whatever the part that its name falls in.
    title = next(name for n in range(99) if fold_of(name := f"Titre {n}", 5) == 0)
    held_out = {"id": find_name("train", "article-{}"), "title": title}
    write_lines(shared / "piaf" / "corpus.jsonl", held_out)
    for path in ("service_public/qrels.tsv", "nomiracl_fr/candidates.tsv"):
        (shared / path).write_text("", encoding="utf-8")
    premises = [f"Il dort {n} nuits." for n in range(40)]
    left_out = sum(fold_of(premise, 4) == 0 for premise in premises)
    for name in ("rte3_fr", "daccord"):
        rows = ["id\tpremise\thypothesis\tlabel"]
        for n, premise in enumerate(premises):
            rows += [f"{n}\t{premise}\t{premise}\t0", f"{n}\t{premise}\tIl veille.\t1"]
        (shared / "nli" / f"{name}_dev.tsv").write_text("\n".join(rows), encoding="utf-8")
    monkeypatch.setattr("rag.claims._EVAL", shared)
    reader = OpinionatedReader(OPINIONS | {"Il veille.": 0.1})
    monkeypatch.setattr("rag.claims.load_reader", lambda settings: reader)
    found = run(data).as_dict()["rows"]
    assert found["real text, Sourcier"]["claims"] == 3
    assert figures(found["rte3_fr, supported"]) == (2 * left_out, 1.0, 1.0)
    assert figures(found["daccord, contradicted"]) == (2 * left_out, 1.0, 1.0)


def test_a_set_with_nothing_kept_apart_measures_nothing(data: Path) -> None:
    write_lines(data / "dossiers.jsonl", make_dossier(find_name("train")))
    rows = run(data).as_dict()["rows"]
    assert figures(rows["dossiers, Sourcier"]) == (0, None, None, None)
    assert figures(rows["strong model, Sourcier"]) == (2, 1.0, 0.0, 1.0)


def test_without_the_claims_of_a_strong_model(data: Path) -> None:
    (data / "strong.jsonl").unlink()
    with pytest.raises(UsageError, match=r"strong\.jsonl"):
        run(data)
