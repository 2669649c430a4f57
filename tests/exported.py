"""Conversations as they are exported, made by hand: three articles, and what is said of them."""

from __future__ import annotations

from typing import Any

from rag.export.document import (
    Citation,
    CitedArticle,
    ExportedConversation,
    ExportedExchange,
    ExportedSentence,
)
from rag.types import Source, Span, Timings

PRESS = CitedArticle(
    "presse.html",
    "Les loyers de Nantes & de Brest montent",
    "2025-10-31",
    "https://exemple.fr/loyers?a=1_2",
    (Source("Le Quotidien", "", "https://exemple.fr/loyers?a=1_2"),),
    "ab" * 32,
)
REPORT = CitedArticle("rapport.pdf", "Rapport {annuel} à 100 %", "2025-10", "", (), "cd" * 32)
DOSSIER = CitedArticle(
    "dossier.md",
    "Ce que l’on sait du bail",
    "2024",
    "https://agence.test/1",
    (Source("Agence", "dépêche", "https://agence.test/1"), Source("Mairie", "délibération")),
    "ef" * 32,
)
CITATIONS = (
    Citation(1, PRESS.id, 0, 20, Span(0, 40), None, "Nantes : « 15 euros » le mètre carré."),
    Citation(2, REPORT.id, 0, 20, Span(0, 40), 3, "Brest en demande 11."),
    Citation(3, DOSSIER.id, 0, 20, Span(0, 40), None, "Le bail est signé."),
)


def say(text: str, *citations: int, **more: Any) -> ExportedSentence:
    """Make a quotation; ``more`` changes it."""
    return ExportedSentence(
        **{
            "text": text,
            "kind": "quoted",
            "citations": citations,
            "support": "supported",
            "why": "",
            **more,
        }
    )


def converse(*sentences: ExportedSentence, **more: Any) -> ExportedConversation:
    """Make a conversation of one question; ``more`` changes the exchange."""
    fields: dict[str, Any] = {
        "number": 0,
        "question": "Que coûte un loyer ?",
        "understood": "",
        "asked": "2026-11-23T10:15:00+00:00",
        "generation": "",
        "model": "",
        "outcome": "generated",
        "text": "",
        "reason": "",
        "suggestion": "",
        "notice": "",
        "scope": None,
        "sentences": sentences,
        "conflicts": (),
        "citations": CITATIONS,
        "articles": (PRESS, REPORT, DOSSIER),
        "nearest": (),
        "answerable": 0.9,
        "timings": Timings(),
    }
    exchange = ExportedExchange(**{**fields, **more})
    return ExportedConversation("c1", "2026-11-24T08:00:00+00:00", "0.1.0", (exchange,))
