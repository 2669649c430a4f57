"""Plain text, with the headings that underlines mark and the words that ends of lines cut.

Its title is the one its first lines declare, its first heading, or its file's name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

from rag.french import is_item
from rag.readers.head import find_title, read_head
from rag.readers.layout import join_cut_words
from rag.readers.text import load_text, title_from_name
from rag.types import Article

# A line of one sign, which parts two sections or underlines a heading.
_RULE = re.compile(r"[ \t]*([-_*=+#~•·–—─━═])(?:[ \t]*\1){2,}[ \t]*")
_LEVELS = {"=": "# ", "═": "# ", "~": "### "}
_LEVELS |= dict.fromkeys("-─━_*#", "## ")
# Below a line, however long, these make a heading of it; the others when they are as long as it.
_UNDERLINES = "=-"
_SHORTEST = 5
_LONGEST_HEADING = 200
_ENDS = re.compile(r"[.!?:;…»]$")


def read(path: Path, name: str) -> Iterator[Article | str]:
    """Read one text file as one article.

    Raises
    ------
    UnreadableFile
        When the file is too large or is not text.
    """
    text = yield from load_text(path)
    yield from make_article(text, rewrite, path, name)


def make_article(
    text: str, change: Callable[[str], str], path: Path, name: str
) -> Iterator[Article | str]:
    """Make the article of a text: what its head tells, and its body changed."""
    head, kept, body, remarks = read_head(text)
    yield from remarks
    body = change(body)
    title = head.title or find_title(body) or title_from_name(path)
    yield Article(
        id=name,
        title=title,
        text=kept + body,
        date=head.date,
        url=head.url,
        summary=head.summary,
        topics=head.topics,
        sources=head.sources,
    )


def rewrite(body: str) -> str:
    """Join the words that ends of lines cut, and mark the headings."""
    return mark_headings(join_cut_words(body))


def mark_headings(text: str) -> str:
    """Write underlined headings with the signs of Markdown, and leave out the other rules.

    Source: setext headings, CommonMark 0.31, section 4.3; here a heading has one line, and a rule
    just below a sentence underlines nothing.
    """
    lines = text.split("\n")
    kept: list[str] = []
    for k, line in enumerate(lines):
        if not _RULE.fullmatch(line):
            kept.append(line)
        elif k and _is_underlined(lines, k):
            kept[-1] = _LEVELS[line.strip()[0]] + lines[k - 1].strip()
        else:
            kept.append("")
    return "\n".join(kept)


def _is_underlined(lines: list[str], k: int) -> bool:
    """Whether the line before a rule is a heading."""
    rule, above = lines[k].strip(), lines[k - 1].strip()
    if rule[0] not in _LEVELS or len(set(rule)) > 1 or not re.search(r"\w", above):
        return False
    if len(above) > _LONGEST_HEADING or above[0] in "#|>-*+•":
        return False
    before = lines[k - 2].strip() if k > 1 else ""
    if before and not (before[0] == "#" or _RULE.fullmatch(before) or _ENDS.search(before)):
        return False
    if above[-1] in ".,;…":
        return rule[0] == "="
    drawn = len(rule) >= _SHORTEST and abs(len(rule) - len(above)) <= 2
    worded = rule[0] in _UNDERLINES and not (_ENDS.search(above) or is_item(above))
    return drawn or worded or rule[0] == "="
