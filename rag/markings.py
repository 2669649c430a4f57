"""What a strong model wrote, every sentence, item and cell of it with the mark of its check.

A model that has room writes more than two sentences, in lists and in tables. Nothing of it is left
out or put under another number in silence: what its own source says is marked so, what it does not
say is marked too, with the reason. Deterministic, and the same for every engine.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from simplemma import is_known

from rag.citations import MARKS, denies, lay_out, list_numbers
from rag.french import (
    STOP_WORDS,
    find_names,
    fold,
    quote,
    split_sentences,
    terms,
    typeset,
)
from rag.support import Verdict, check_claims
from rag.types import AnswerSentence, Evidence, Reader

# A stop before its numbers ends them: « Il ouvre. [1] ».
_STOPPED = re.compile(r"([.!?…])((?:\s*\[\d{1,3}(?:\s*[,;]\s*\d{1,3})*\])+)")
_ITEM = re.compile(r"\s*(?:[-*•]|\d{1,2}[.)])\s+(?=\S)")
_HEADING = re.compile(r"\s*(?:#{1,6}\s|\*\*[^*]+\*\*\s*$)")
_RULE = re.compile(r"[\s|:-]*-{2,}[\s|:-]*")
_CLAUSE = re.compile(r"[,;]|\b(?:et|mais|contre|puis|tandis qu|alors qu)\b")
_EMPHASIS = re.compile(r"\*\*|__|`")
# Quotations tried where that of a sentence does not say it: others further down seldom do.
_TRIED = 12


@dataclass(frozen=True, slots=True)
class Piece:
    """A sentence, an item or a cell as it was written, and the numbers that it cites.

    ``claim`` is what is checked: a cell says something only with the heads of its row and column.
    """

    text: str
    numbers: tuple[int, ...]
    claim: str
    item: bool = False
    label: str = ""
    side: str = ""


def cut_draft(text: str) -> list[Piece]:
    """Cut Markdown into its sentences, items and cells, in order; headings are left out.

    A sentence that announces a list (« … : ») cites what its items cite. A last line without an
    end was broken off, and is left out.
    """
    pieces: list[Piece] = []
    heads: list[str] = []
    lines = text.split("\n")
    for place, line in enumerate(lines):
        if not line.strip() or _HEADING.match(line) or _RULE.fullmatch(line):
            continue
        if line.strip().startswith("|"):
            cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
            if heads:
                pieces += _cut_row(heads, cells)
            else:
                heads = [_plain(cell) for cell in cells]
            continue
        heads = []
        item = _ITEM.match(line)
        said = line[item.end() :] if item else line
        broken = place == len(lines) - 1 and not re.search(r"[.!?…:;»\]]\s*$", said)
        pieces += _cut_line(said, item=bool(item), broken=broken)
    return _announce(pieces)


def _cut_line(line: str, *, item: bool, broken: bool) -> Iterator[Piece]:
    line = _STOPPED.sub(r"\2\1", line)
    spans = split_sentences(line)
    for span in spans:
        piece = line[span.start : span.end]
        text = _plain(piece)
        if not re.search(r"\w", text) or (broken and span is spans[-1]):
            continue
        if not item and text[-1] not in ".!?…:»":
            text += "."
        yield Piece(text, list_numbers(piece), text, item=item)


def _cut_row(heads: Sequence[str], cells: Sequence[str]) -> Iterator[Piece]:
    label = _plain(cells[0])
    for head, cell in zip(heads[1:], cells[1:], strict=False):
        text = _plain(cell)
        if re.search(r"\w", text):
            claim = f"{label}, {head} : {text}."
            numbers = list_numbers(cell) or list_numbers(cells[0])
            yield Piece(text, numbers, claim, item=True, label=label, side=head)


def _announce(pieces: Sequence[Piece]) -> list[Piece]:
    made: list[Piece] = []
    for place, piece in enumerate(pieces):
        numbers: list[int] = []
        if piece.text.endswith(":") and not piece.numbers:
            for other in pieces[place + 1 :]:
                if not other.item:
                    break
                numbers += other.numbers
        made.append(replace(piece, numbers=piece.numbers or tuple(dict.fromkeys(numbers))))
    return made


def _plain(text: str) -> str:
    return " ".join(_EMPHASIS.sub("", MARKS.sub("", text)).split())


def mark_draft(
    text: str, evidence: Sequence[Evidence], reader: Reader, question: str = ""
) -> tuple[AnswerSentence, ...]:
    """Check all that a model wrote, and mark each sentence by what its own source says of it.

    Parameters
    ----------
    text
        Markdown with ``[n]`` marks.
    evidence
        What the model was shown; never empty.
    reader
        Asked about all sentences at once, then about other sources of those that theirs do not
        say: these are named, and not put in the place of what was cited.
    question
        Its names may be said again.

    Returns
    -------
    tuple[AnswerSentence, ...]
        All of it, ``support`` and ``why`` of each as they were found.
    """
    known = {item.n: item for item in evidence}
    pieces = cut_draft(text)
    cited = [[known[n] for n in piece.numbers if n in known] for piece in pieces]
    asked = [place for place, group in enumerate(cited) if group]
    checked = check_claims([lay_out(pieces[k].claim, cited[k]) for k in asked], reader)
    verdicts = dict(zip(asked, checked, strict=True))
    marked = [
        _judge(piece, group, verdicts.get(place), question)
        for place, (piece, group) in enumerate(zip(pieces, cited, strict=True))
    ]
    for place, piece in enumerate(pieces):
        if marked[place].support == "supported" and _is_of_another(piece, pieces, cited[place]):
            why = f"la source ne le dit pas de {quote(piece.label)}"
            marked[place] = Verdict("unsupported", marked[place].score, why)
    lost = [place for place, verdict in enumerate(marked) if verdict.support != "supported"]
    elsewhere = _look_elsewhere([pieces[k] for k in lost], evidence, reader, question)
    for place, other in zip(lost, elsewhere, strict=True):
        if other:
            why = f"la source {other} semble le dire, pas celle qui est citée"
            why = why if pieces[place].numbers else f"sans source ; la {other} semble le dire"
            marked[place] = Verdict("unsupported", marked[place].score, why)
    return tuple(
        _make_sentence(piece, group, verdict)
        for piece, group, verdict in zip(pieces, cited, marked, strict=True)
    )


def cite_draft(text: str, evidence: Sequence[Evidence], why: str) -> tuple[AnswerSentence, ...]:
    """Mark all that a model wrote as not proved, for a reason: nothing of it is checked."""
    known = {item.n: item for item in evidence}
    return tuple(
        _make_sentence(
            piece,
            [known[n] for n in piece.numbers if n in known],
            Verdict("unsupported", 0.0, why),
        )
        for piece in cut_draft(text)
    )


def _make_sentence(piece: Piece, cited: Sequence[Evidence], verdict: Verdict) -> AnswerSentence:
    return AnswerSentence(
        typeset(piece.text),
        tuple(item.n for item in cited),
        verdict.support,
        typeset(verdict.why),
        reworded=True,
        item=piece.item,
        label=typeset(piece.label),
        side=typeset(piece.side),
        marked=True,
    )


def _judge(
    piece: Piece, cited: Sequence[Evidence], verdict: Verdict | None, question: str
) -> Verdict:
    """Keep a verdict, unless a sentence denies or names what its source does not."""
    if verdict is None:
        return Verdict("unsupported", 0.0, "aucune source n’est citée")
    if verdict.support != "supported":
        return verdict
    if denies(piece.claim, cited):
        return Verdict("contradicted", 0.0, "la source ne le nie pas")
    foreign = _find_foreign(piece.claim, cited, question)
    if foreign:
        return Verdict("unsupported", 0.0, f"{quote(foreign)} n’est pas dans la source")
    return verdict


def _is_of_another(piece: Piece, pieces: Sequence[Piece], cited: Sequence[Evidence]) -> bool:
    """Whether a source that tells several rows apart gives the value of a cell to another one.

    « 15 euros à Nantes et 11 à Brest » has each value in the clause of its row.
    """
    source = " ".join(item.text for item in cited)
    held, own = set(terms(source)), set(terms(piece.label))
    rivals = (p.label for p in pieces if p.side == piece.side and p.label != piece.label)
    if not own or not any(set(terms(label)) <= held for label in rivals if label):
        return False
    wanted = own | set(terms(piece.text)) & held
    return not any(wanted <= set(terms(clause)) for clause in _CLAUSE.split(source))


def _find_foreign(claim: str, cited: Sequence[Evidence], question: str) -> str:
    """Return a name that neither the passages cited nor the question have, else nothing."""
    told = " ".join([question, *(f"{e.chunk.title} {e.chunk.text}" for e in cited)])
    words = set(re.findall(r"[^\W_]+", fold(told))) | STOP_WORDS
    names = find_names(claim)
    # What opens a sentence has a capital anyway: it is a name when no dictionary has it.
    opening = re.match(r"[A-ZÀ-Þ][^\W\d_]+", claim)
    if opening and not is_known(opening[0].lower(), lang="fr"):
        names |= {fold(opening[0])}
    for name in sorted(names):
        if not set(re.findall(r"[^\W_]+", name)) <= words:
            written = re.search(rf"\b{re.escape(name)}\b", fold(claim))
            return claim[written.start() : written.end()] if written else name
    return ""


def _look_elsewhere(
    pieces: Sequence[Piece], evidence: Sequence[Evidence], reader: Reader, question: str
) -> list[int]:
    """Return for each piece the number of a source that it does not cite and that says it, or 0."""
    pairs = [
        (place, item)
        for place, piece in enumerate(pieces)
        for item in [e for e in evidence if e.n not in piece.numbers][:_TRIED]
    ]
    verdicts = check_claims([lay_out(pieces[k].claim, [item]) for k, item in pairs], reader)
    found = [0] * len(pieces)
    for (place, item), verdict in zip(pairs, verdicts, strict=True):
        if not found[place]:
            judged = _judge(pieces[place], [item], verdict, question)
            found[place] = item.n * (judged.support == "supported")
    return found
