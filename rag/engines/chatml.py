"""Writes messages in the ChatML form, and keeps texts from posing as its marks.

Contract: whatever a question or an article contains, the only control tokens of a prompt are the
ones written here. Knows nothing about models or tokenizers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.types import Message

# Where a control token could begin: « <|im_end|> », « </s> », « <s> », « <tool_call> ».
# llama.cpp reads such names in any text; it knows no way to switch that off for a part of one.
_MARK = re.compile(r"<(?=[|｜/]|[^\W\d])|(?<=[|｜])>")


def neutralise(text: str) -> str:
    """Break up every would-be control token by a space: ``<|im_end|>`` becomes ``< |im_end| >``.

    Lone surrogates, which are not UTF-8, become ``?``. Any other text comes back unchanged.
    """
    spaced = _MARK.sub(lambda mark: "< " if mark[0] == "<" else " >", text)
    return spaced.encode("utf-8", "replace").decode("utf-8")


def write_chatml(messages: Sequence[Message]) -> str:
    """Write the prompt of ``messages``, open for the assistant's reply.

    Parameters
    ----------
    messages
        In order; their contents are neutralised.

    Returns
    -------
    str
        ChatML, the form that Qwen, SmolLM and Yi models were trained on.
    """
    turns = (f"<|im_start|>{m['role']}\n{neutralise(m['content'])}<|im_end|>\n" for m in messages)
    return "".join(turns) + "<|im_start|>assistant\n"
