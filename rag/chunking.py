"""Cuts articles into passages that follow sentences and paragraphs and know their offsets.

Knows nothing about embeddings or files. Deterministic: the same article gives the same chunks.
"""

from __future__ import annotations

import math
import re

from rag.french import is_heading, split_sentences, strip_markdown
from rag.types import Article, Chunk, Span

# 900 characters are about 230 tokens of multilingual-e5, with the title in front.
CHUNK_CHARACTERS = 900
_LONGEST_SENTENCE = 1.5 * CHUNK_CHARACTERS
# With the headings in front.
_LONGEST = 1.75 * CHUNK_CHARACTERS
# Names the rule in the index manifest: bump when the same article would give other chunks.
CHUNKING = f"sentences-{CHUNK_CHARACTERS}-v5"
# Characters kept of the first sentence of an article without a title.
_LONGEST_LEAD = 120


def chunk_article(article: Article) -> list[Chunk]:
    """Cut one article into passages of about ``CHUNK_CHARACTERS`` characters.

    The article is divided evenly, so that no tiny rest is left; a cut falls between two
    sentences, preferably between two paragraphs, and never just after a heading. A sentence
    longer than a passage is cut at spaces.

    Returns
    -------
    list[Chunk]
        In order of the text, disjoint, and covering every sentence; ``text`` equals
        ``article.text[start:end]``.
    """
    sentences = [
        piece
        for sentence in split_sentences(article.text)
        for piece in _cut_long(article.text, sentence)
    ]
    groups = _group(article.text, sentences)
    title = article.title or _find_lead(article.text, sentences)
    return [
        Chunk(
            id=f"{article.id}#{number}",
            article_id=article.id,
            title=title,
            date=article.date,
            start=group[0].start,
            end=group[-1].end,
            text=article.text[group[0].start : group[-1].end],
            sentences=tuple(group),
        )
        for number, group in enumerate(groups)
    ]


def _find_lead(text: str, sentences: list[Span]) -> str:
    """Return what stands for the title of an article that has none: how it begins.

    A section of a long sheet seldom says what it is about: on 536 questions in people's own words
    over 309 sheets without titles, the right one comes first for .757 instead of .728.
    """
    first = strip_markdown(text[sentences[0].start : sentences[0].end]) if sentences else ""
    cut = first[:_LONGEST_LEAD]
    return " ".join((cut if cut == first else cut.rsplit(" ", 1)[0] + "…").split())


def text_to_index(chunk: Chunk) -> str:
    """Return what is embedded and searched for a passage: its title, then its text."""
    return f"{chunk.title}\n{chunk.text}" if chunk.title else chunk.text


def spans_to_index(chunk: Chunk) -> list[Span]:
    """Return the spans of the sentences of a passage in ``text_to_index(chunk)``."""
    shift = len(text_to_index(chunk)) - len(chunk.text) - chunk.start
    return [Span(sentence.start + shift, sentence.end + shift) for sentence in chunk.sentences]


def _group(text: str, sentences: list[Span]) -> list[list[Span]]:
    if not sentences:
        return []
    end = sentences[-1].end
    groups: list[list[Span]] = [[]]
    target = _next_length(end - sentences[0].start)
    for sentence in sentences:
        current = groups[-1]
        if current and _should_cut(text, current, sentence, target):
            groups.append([*_take_headings(text, current, sentence), sentence])
            target = _next_length(end - groups[-1][0].start)
        else:
            current.append(sentence)
    return groups


def _next_length(rest: int) -> float:
    """Length to aim at for the next passage when ``rest`` characters remain; the last takes all."""
    parts = math.ceil(rest / CHUNK_CHARACTERS)
    return rest / parts if rest > 1.25 * CHUNK_CHARACTERS else math.inf


def _take_headings(text: str, current: list[Span], following: Span) -> list[Span]:
    """Take the headings that end a passage: they belong with what they announce."""
    moved: list[Span] = []
    while len(current) > 1 and _is_heading(text, current[-1]):
        if following.end - current[-1].start > _LONGEST:
            break
        moved.insert(0, current.pop())
    return moved


def _should_cut(text: str, current: list[Span], following: Span, target: float) -> bool:
    """Whether the passage should end before ``following``."""
    length = current[-1].end - current[0].start
    longer = following.end - current[0].start
    if longer > _LONGEST_SENTENCE:
        return True
    new_paragraph = bool(re.search(r"\n\s*\n|\n", text[current[-1].end : following.start]))
    if new_paragraph and length >= 0.75 * target:
        return longer > 1.1 * target or length >= 0.95 * target
    # Nearer to the target without the next sentence than with it.
    return longer > target and (target - length) < (longer - target)


def _is_heading(text: str, span: Span) -> bool:
    return is_heading(text[span.start : span.end])


def _cut_long(text: str, sentence: Span) -> list[Span]:
    """Cut a sentence longer than a passage at spaces, or anywhere when there is none."""
    pieces: list[Span] = []
    start = sentence.start
    while sentence.end - start > _LONGEST_SENTENCE:
        space = text.rfind(" ", start + CHUNK_CHARACTERS // 2, start + CHUNK_CHARACTERS)
        cut = space if space > 0 else start + CHUNK_CHARACTERS
        pieces.append(Span(start, cut))
        start = cut + (1 if space > 0 else 0)
    return [*pieces, Span(start, sentence.end)]
