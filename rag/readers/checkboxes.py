"""The boxes of a form as words: « ☐ oui ☒ non » → « non (coché) ; oui (non coché) ».

A box stands before its answer or behind it: the whole line tells which.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

TICKED, EMPTY = "☒", "☐"
SAID = ("non coché", "coché")
"""What is said of a box that is empty, and of one that is ticked."""
_TICKED = "☒☑⊠⌧🗹🗷🗵🗴⮽⮹▣"
_EMPTY = "☐□❏❐❑❒◻⬜▢🗆🞎🞏🞐🞑🞒🞓"
# Signs that tick, but only beside an empty box: elsewhere they open the items of a list.
_TICKS = "■◼⬛✓✔✗✘🗸🗶"
_BOX = re.compile(rf"[{_TICKED}{_EMPTY}]|\[[xX]\]")
_BOXES = re.compile(rf"[{_TICKED}{_EMPTY}{_TICKS}]|\[[xX]\]|\[ {{1,3}}\]")
_GAP = re.compile(r"\t|\n|[ \u00a0]{3,}|[;.] ")
_YES_NO = re.compile(r"\W*(oui|non)\b", re.IGNORECASE)
_YES_NO_END = re.compile(r"\b(?:oui|non)\W*$", re.IGNORECASE)
_AROUND = " \t\n\u00a0\u202f/,;–—-"
_TAB = 8  # spaces
# An answer is a few words; more are a sentence that a box happens to be in.
_LONGEST_LEAD = 200
_LONGEST_LINE = 2000


def has_box(text: str) -> bool:
    """Whether a text is a line of a form, which holds a box."""
    return len(text) <= _LONGEST_LINE and _BOX.search(text) is not None


def write_form(lines: Sequence[str]) -> list[str]:
    """Write the lines of a form; those that answer one before it join it and leave empty lines."""
    written = [write_boxes(line) for line in lines]
    start = 0
    while start < len(lines):
        end = start + 1
        while end < len(lines) and _is_answer(lines[end]):
            end += 1
        if end > start + 1 and _asks(lines[start], lines[start + 1 : end]):
            written[start] = write_boxes("\t".join(lines[start:end]))
            written[start + 1 : end] = [""] * (end - start - 1)
        start = end
    return written


def _is_answer(line: str) -> bool:
    """Whether a line is one box and its answer."""
    return len(_BOX.findall(line)) == 1 and _BOX.match(line.lstrip()) is not None


def _asks(line: str, answers: Sequence[str]) -> bool:
    """Whether a line asks what those behind it answer: it says so, or they say yes and no."""
    yes_no = any(_YES_NO.match(_BOX.sub("", answer)) for answer in answers)
    asks = yes_no or line.rstrip().endswith((":", "?"))
    return asks and 0 < len(line.strip()) < _LONGEST_LEAD and not has_box(line)


def write_boxes(text: str) -> str:
    """Write a line that holds boxes: what each asks, then what is ticked, then what is not."""
    if not has_box(text):
        return text
    boxes = _BOXES if re.search(rf"[{_EMPTY}]|\[[xX]\]", text) else _BOX
    between = boxes.split(text)
    ticked = [sign not in _EMPTY and sign.strip("[] ") != "" for sign in boxes.findall(text)]
    if len(ticked) == 1 and not _splits(between[0], between[1]):
        return f"{between[0].rstrip()} ({SAID[ticked[0]]}) {between[1].lstrip()}"
    if _are_before(between):
        groups, rest = _read_before(between, ticked), ""
    else:
        groups, rest = _read_behind(between, ticked), between[-1].strip()
    groups[-1][1][-1] = groups[-1][1][-1][0].rstrip(". "), groups[-1][1][-1][1]
    written = ". ".join(_write_group(lead, answers) for lead, answers in groups)
    return f"{written} {rest}".strip()


def _splits(before: str, behind: str) -> bool:
    """Whether the only box of a line is between what it asks and its answer, or at an end."""
    before, behind = before.strip(_AROUND), behind.strip(_AROUND + ".")
    return not before or not behind or before.endswith((":", "?"))


def _are_before(between: Sequence[str]) -> bool:
    """Whether the boxes stand before their answers."""
    first, last = between[0].strip(_AROUND), re.sub(r"\(.*\)|\W", "", between[-1])
    if not last or not first:
        return bool(last)
    if first.endswith((":", "?")):
        return True
    if _YES_NO_END.search(first) or _YES_NO.match(between[-1]):
        return _YES_NO.match(between[-1]) is not None
    middle = [text.replace("\t", " " * _TAB) for text in between[1:-1]]
    left = sum(len(text) - len(text.lstrip()) for text in middle)
    return left <= sum(len(text) - len(text.rstrip()) for text in middle)


_Group = tuple[str, list[tuple[str, bool]]]


def _read_before(between: Sequence[str], ticked: Sequence[bool]) -> list[_Group]:
    """Group answers that stand behind their boxes; an answer may end with the next question."""
    groups: list[_Group] = [(between[0], [])]
    for number, (text, tick) in enumerate(zip(between[1:], ticked, strict=True), 1):
        answer, question = text, ""
        if number < len(ticked) and text.rstrip().endswith((":", "?")):
            short = _YES_NO.match(text)
            cut = _GAP.search(text.rstrip(), len(text) - len(text.lstrip()))
            at = cut.start() if cut else short.end() if short else 0
            answer, question = text[:at], text[at:]
        groups[-1][1].append((answer, tick))
        if question.strip(_AROUND):
            groups.append((question, []))
    return groups


def _read_behind(between: Sequence[str], ticked: Sequence[bool]) -> list[_Group]:
    """Group answers that stand before their boxes; the first ones come behind their question."""
    groups: list[_Group] = [("", [])]
    single = [len(text.split()) for text in between[1:-1]]
    for number, (text, tick) in enumerate(zip(between, ticked, strict=False)):
        cut = max(text.rfind(":", 0, len(text.rstrip()) - 1), text.rfind("?"))
        if cut < 0 and not number and single and max(single) == 1:
            cut = len(text.rstrip()) - len((text.split() or [""])[-1]) - 1
        elif cut < 0 and text.rstrip().endswith(":"):
            cut = len(text) - 1
        if cut >= 0:
            groups.append((text[: cut + 1], []))
        groups[-1][1].append((text[cut + 1 :], tick))
    return [group for group in groups if group[1]]


def _write_group(lead: str, answers: Sequence[tuple[str, bool]]) -> str:
    told = []
    for tick in (True, False):
        said = SAID[tick]
        for answer, own in answers:
            if own is tick:
                answer = answer.strip(_AROUND).rstrip(": \u00a0\u202f")
                told.append(f"{answer} ({said})" if answer else said)
    lead = lead.strip(_AROUND + ".")
    glue = " " if not lead or lead.endswith("?") else " : "
    return (lead.rstrip(": \u00a0\u202f") + glue + " ; ".join(told)).strip()
