"""What the page remembers of one question, whatever became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from rag.types import Answer, Article, EvidenceFound


@dataclass(frozen=True, slots=True)
class Exchange:
    """One question and what is known of its answer.

    Attributes
    ----------
    number
        Position in the conversation, from 0.
    question
        As typed.
    found
        None until retrieval is over.
    articles
        Those of ``found``, by id, as they were then: the index may change afterwards.
    answer
        None while it is being written, and for ever when it was interrupted.
    trouble
        What went wrong, in French; empty when nothing did.
    """

    number: int
    question: str
    found: EvidenceFound | None = None
    articles: Mapping[str, Article] = field(default_factory=dict)
    answer: Answer | None = None
    trouble: str = ""
