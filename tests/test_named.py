"""Who and what the articles name most."""

from __future__ import annotations

from conftest import FakeEncoder

from rag.index import build_index
from rag.named import list_named
from rag.suggestions import learn_names
from rag.types import Article

TEXTS = (
    "Le maire, Paul Lorme, a reçu la société Ampélia. Depuis, Lorme se tait. Selon l’AFP, il part.",
    "Chez Ampélia, Paul Lorme est attendu. Le directeur d’Ampélia se tait aussi, dit l’AFP.",
    "On ne sait rien de plus sur Lorme, ni sur Vaubrenne.",
)


def test_people_come_first_and_a_last_name_counts_for_them(encoder: FakeEncoder) -> None:
    articles = [Article(f"{n}.md", "Un titre", text) for n, text in enumerate(TEXTS)]
    index, _ = build_index(articles, lambda: encoder, encoder.fingerprint)
    found = list_named(index, learn_names(index))
    assert [(one.name, one.bare, one.person) for one in found] == [
        ("Paul Lorme", "Paul Lorme", True),
        ("Ampélia", "Ampélia", False),
        ("l'AFP", "AFP", False),
    ]
    # The one that names it most comes first.
    assert found[0].articles == ("0.md", "1.md", "2.md")
    assert found[1].articles == ("1.md", "0.md")
