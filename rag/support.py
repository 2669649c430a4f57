"""Says whether a source says a claim: the trained reader decides, what can be computed vetoes.

The reader judges the claim against its source (entailed, left open, contradicted). A figure, a
date or a quantity that is incompatible with all those of the source (``values.py``) is a fault that
nothing can make good: the source does not say it, whether or not it says the contrary. A claim that
is not supported whole but one of whose clauses is, is partly so. Deterministic; knows nothing about
answers or citations.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.french import fold, split_sentences
from rag.policy import Policy, load_policy
from rag.types import Entailment, Reader, Support
from rag.values import find_alien

# Score of a claim with a value that its source excludes: below any that has none.
_VETOED = 0.01
# Where a claim may be cut into clauses, and the fewest words of each.
_BETWEEN_CLAUSES = re.compile(r"\s*(?:;|,\s+(?:et|mais|tandis qu[e’']|alors qu[e’']|puis)\b)\s*")
_FEWEST_WORDS = 4
_WORDS = re.compile(r"[-−]?\d+(?:[.,]\d+)*|[^\W\d_]+|\?(?=\W*$)")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check found: a label, a score from 0 to 1, and a French reason unless supported.

    ``score`` is the probability that the source says the claim.
    """

    support: Support
    score: float
    why: str = ""


def check_claims(
    pairs: Sequence[tuple[str, str, str]], reader: Reader, policy: Policy | None = None
) -> list[Verdict]:
    """Check (claim, source, context) triples, in order, asking the reader twice at most.

    The second time is about the clauses of what is not supported whole. A claim is one sentence,
    its source the words that it rests on; the context (title, date, neighbouring sentences) names
    times without stating anything.
    """
    policy = policy or load_policy()
    open_pairs = [i for i, (claim, source, _) in enumerate(pairs) if not _repeats(claim, source)]
    meanings = dict(
        zip(
            open_pairs, reader.entail([(pairs[i][1], pairs[i][0]) for i in open_pairs]), strict=True
        )
    )
    verdicts = [
        decide(claim, source, context, meanings.get(i), policy)
        for i, (claim, source, context) in enumerate(pairs)
    ]
    return _find_partial(pairs, verdicts, reader, policy)


def decide(
    claim: str, source: str, context: str, meaning: Entailment | None, policy: Policy
) -> Verdict:
    """Give the verdict on a claim; ``meaning`` is None for one that its source repeats."""
    if meaning is None:
        return Verdict("supported", 1.0)
    alien = find_alien(claim, source, context)
    denied = meaning.contradicted >= policy.contradicted
    if alien is not None:
        # Alone it contradicts nothing: of 16 such claims over dossiers 3 are labelled so, and of 14
        # of DACCORD 2.
        support: Support = "contradicted" if denied else "unsupported"
        return Verdict(support, _VETOED, f"« {alien.written} » n’est pas dans la source")
    if meaning.entailed >= policy.supported:
        return Verdict("supported", meaning.entailed)
    if denied:
        return Verdict("contradicted", meaning.entailed, "la source semble dire le contraire")
    return Verdict("unsupported", meaning.entailed, "la source ne le dit pas")


def _repeats(claim: str, source: str) -> bool:
    """Whether a claim is a whole sentence of its source, or all of it, word for word."""
    said = _plain(claim)
    sentences = [source[span.start : span.end] for span in split_sentences(source)]
    return bool(said) and any(said == _plain(sentence) for sentence in (source, *sentences))


def _plain(text: str) -> str:
    # A point within a figure, or a sign before it, makes another figure; a question states nothing.
    return " ".join(_WORDS.findall(fold(text)))


def _find_partial(
    pairs: Sequence[tuple[str, str, str]],
    verdicts: Sequence[Verdict],
    reader: Reader,
    policy: Policy,
) -> list[Verdict]:
    """Mark as partial what is not supported whole, and has a clause that is and one that is not."""
    cut = {
        i: clauses
        for i, (pair, verdict) in enumerate(zip(pairs, verdicts, strict=True))
        if verdict.support != "supported" and len(clauses := split_clauses(pair[0])) > 1
    }
    asked = [(i, clause) for i, clauses in cut.items() for clause in clauses]
    said = reader.entail([(pairs[i][1], clause) for i, clause in asked]) if asked else []
    held: dict[int, list[bool]] = {}
    for (i, clause), meaning in zip(asked, said, strict=True):
        verdict = decide(clause, pairs[i][1], pairs[i][2], meaning, policy)
        held.setdefault(i, []).append(verdict.support == "supported")
    partial = {i for i, flags in held.items() if any(flags) and not all(flags)}
    return [
        Verdict("partial", verdict.score, "la source n’en dit qu’une partie")
        if i in partial
        else verdict
        for i, verdict in enumerate(verdicts)
    ]


def split_clauses(claim: str) -> list[str]:
    """Cut a claim where a clause of its own begins; pieces of a few words stay together."""
    pieces = _BETWEEN_CLAUSES.split(claim)
    if any(len(piece.split()) < _FEWEST_WORDS for piece in pieces):
        return [claim]
    return pieces
