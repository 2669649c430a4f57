"""Says whether a source says a claim: rules over an alignment, then the trained reader.

A figure, a unit, a date or a name in the place of another is a fault that words around it can't
make good; so is a negation, an opposite, or two names that change places (``faults.py``). Only
when no rule objects do the words shared and the reader's opinion decide. Deterministic; knows
nothing about answers or citations.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.alignment import Comparison
from rag.faults import Fault, find_dropped_reserve, find_faults
from rag.types import Entailment, Reader, Support

# Share of what a claim says that its source must hold, when nobody read them. Below the lower one
# it says something else; between the two it says more than its source.
_SUPPORTED_SHARE = 0.75
_PARTIAL_SHARE = 0.33
# Below this share the reader is not asked: a passage about something else.
_READ_SHARE = 0.2
# Where the reader is asked: the least mean of the share and of its probability that the source says
# the claim, and its least probability of a contradiction. Fitted on the pairs of RTE3-FR and
# DACCORD that it was not trained on; ``python -m rag evaluate check`` prints the table to read them
# from.
SUPPORTED = 0.6
CONTRADICTED = 0.65
# What the sources don't say, with what they do: see ``premises.tell_premise``.
_DENIAL = re.compile(
    r"\bne disent pas qu(?:e |['’])(?P<denied>.+?)\s*;"
    r"\s*ils disent\s*:\s*«\s*(?P<quoted>.+?)\s*»\W*$",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check found: a label, a score from 0 to 1, and a French reason unless supported."""

    support: Support
    score: float
    why: str = ""


def check_claim(
    claim: str, source: str, context: str = "", reader: Reader | None = None
) -> Verdict:
    """Say whether ``source`` says ``claim``.

    Parameters
    ----------
    claim
        One sentence.
    source
        The sentence or passage it rests on.
    context
        What also names things without stating them: title, date, neighbouring sentences. Names
        and years may come from there; other figures may not.
    reader
        Gives its opinion where the rules have none; without it, shared words decide.
    """
    return check_claims([(claim, source, context)], reader)[0]


def check_claims(
    pairs: Sequence[tuple[str, str, str]], reader: Reader | None = None, label_all: bool = True
) -> list[Verdict]:
    """Check (claim, source, context) triples, in order, asking the reader once for all.

    Without ``label_all`` the reader is asked only what may be supported; what is not, a
    contradiction or not, keeps the label of the rules.
    """
    parts = [_split_denial(claim) for claim, _, _ in pairs]
    verdicts = iter(
        _check(
            [
                (part, source, context)
                for said, (_, source, context) in zip(parts, pairs, strict=True)
                for part in said
            ],
            reader,
            label_all,
        )
    )
    return [_judge_denial([next(verdicts) for _ in said]) for said in parts]


def _split_denial(claim: str) -> tuple[str, ...]:
    """Cut « Les articles ne disent pas que A ; ils disent : « B » » into B and A."""
    found = _DENIAL.search(claim)
    return (found["quoted"], found["denied"]) if found else (claim,)


def _judge_denial(verdicts: Sequence[Verdict]) -> Verdict:
    """Of what is quoted, the verdict; unless the source does say what is said to be missing."""
    quoted, *denied = verdicts
    if quoted.support == "supported" and any(verdict.support == "supported" for verdict in denied):
        return Verdict("contradicted", 0.0, "la source dit ce que la phrase n’y trouve pas")
    return quoted


def _check(
    pairs: Sequence[tuple[str, str, str]], reader: Reader | None, label_all: bool
) -> list[Verdict]:
    trials = [try_rules(*pair) for pair in pairs]
    asked = [trial for trial in trials if trial.is_open and (label_all or not trial.fault)]
    said = reader.entail([(t.pair.passage, t.pair.sentence) for t in asked]) if reader else []
    meanings = {id(trial): meaning for trial, meaning in zip(asked, said, strict=False)}
    return [decide(trial, meanings.get(id(trial))) for trial in trials]


@dataclass(frozen=True, slots=True)
class Trial:
    """A claim laid along its source, and the first fault that the rules find, if any."""

    pair: Comparison
    fault: Fault | None

    @property
    def is_open(self) -> bool:
        """Whether the rules leave something for the reader to say.

        Whether a claim is supported; or, when it is not, whether it is contradicted.
        """
        pair = self.pair
        if pair.is_repeated or pair.share < _READ_SHARE:
            return False
        return self.fault is None or self.fault.support == "unsupported"


def try_rules(claim: str, source: str, context: str = "") -> Trial:
    """Lay a claim along its source and run the rules, without the reader."""
    pair = Comparison(claim, source, context)
    return Trial(pair, next(find_faults(pair), None))


def decide(
    trial: Trial,
    meaning: Entailment | None,
    supported: float = SUPPORTED,
    contradicted: float = CONTRADICTED,
) -> Verdict:
    """Give the verdict on a trial; ``meaning`` is None when the reader was not asked."""
    pair = trial.pair
    # Where the source has every word, only the rules can tell what would be reversed.
    denied = meaning is not None and pair.share < 1 and meaning.contradicted >= contradicted
    if trial.fault:
        support: Support = "contradicted" if denied else trial.fault.support
        return Verdict(support, min(pair.share, 0.4), trial.fault.why)
    # The mean of what words say and what the reader says.
    score = pair.share if meaning is None else (pair.share + meaning.entailed) / 2
    if denied:
        return Verdict("contradicted", min(score, 0.4), "la source semble dire le contraire")
    if pair.is_repeated or score >= (supported if meaning else _SUPPORTED_SHARE):
        reserve = find_dropped_reserve(pair)
        if reserve:
            return Verdict("partial", min(score, 0.7), reserve)
        return Verdict("supported", score)
    if pair.share >= _PARTIAL_SHARE:
        return Verdict("partial", score, "la source n’en dit qu’une partie")
    return Verdict("unsupported", score, "la source parle d’autre chose")
