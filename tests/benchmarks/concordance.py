"""Prints every disagreement that is found over labelled collections, to be read and judged.

``python tests/benchmarks/concordance.py [FOLDER…]``: folders of articles, by default those of
``tests/evaluation/dossiers/subjects`` and the demo. A pair that is labelled as a disagreement in
``questions.jsonl`` is marked; one that is not may be right all the same: nobody labelled them all.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from conftest import FakeEncoder  # noqa: E402

from rag.concordance import Claim, find_concordance  # noqa: E402
from rag.index import build_index  # noqa: E402
from rag.readers import read_corpus  # noqa: E402

SUBJECTS = ROOT / "tests" / "evaluation" / "dossiers" / "subjects"


def read_labels(folder: Path) -> list[list[tuple[str, str]]]:
    """Return the article and the quotation of each version of each labelled disagreement."""
    path = folder.parent / "questions.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    posed = (json.loads(line) for line in lines)
    return [
        [(point["article"], point["quote"]) for point in one["points"]]
        for one in posed
        if one["type"] == "disagreement"
    ]


def is_labelled(claims: tuple[Claim, ...], labels: list[list[tuple[str, str]]]) -> bool:
    """Whether each claim stands in a version of one labelled disagreement."""

    def stands(claim: Claim, points: list[tuple[str, str]]) -> bool:
        item = claim.item
        return any(
            item.chunk.article_id == article and (item.text in quoted or quoted in item.text)
            for article, quoted in points
        )

    return any(all(stands(claim, points) for claim in claims) for points in labels)


def main() -> None:
    """Print them all, then how many are labelled."""
    folders = [Path(name) for name in sys.argv[1:]]
    folders = folders or [*sorted(SUBJECTS.glob("*/*/corpus")), ROOT / "corpus"]
    encoder, shown, marked, posed = FakeEncoder(), 0, 0, 0
    for folder in folders:
        name = "demo" if folder.parent == ROOT else folder.parent.name
        index, _ = build_index(read_corpus(folder).articles, lambda: encoder, encoder.fingerprint)
        found, labels = find_concordance(index), read_labels(folder)
        posed += len(labels)
        for claims in found.apart:
            labelled = is_labelled(claims, labels)
            shown, marked = shown + 1, marked + labelled
            sys.stdout.write(f"{name}: {'labelled' if labelled else 'not labelled'}\n")
            for claim in claims:
                sys.stdout.write(f"    {' · '.join(claim.values)} | {claim.item.text}\n")
        for claims in found.told:
            sys.stdout.write(f"{name}: told by an article\n")
            sys.stdout.write(f"    {' · '.join(claims[0].values)} | {claims[0].item.text}\n")
    sys.stdout.write(f"{shown} disagreements, {marked} of them among the {posed} labelled\n")


if __name__ == "__main__":
    main()
