"""A reader of a few kilobytes with random weights: the real code runs it, and it knows nothing."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import BertConfig, BertModel

from rag.reader import ReaderNetwork, pack_weights

SPECIAL = ("<s>", "<pad>", "</s>", "<unk>")
_WIDTH, _INNER, _HEADS, _POSITIONS = 32, 64, 2, 512
# One more than training leaves as they are.
LAYERS = 4


def write_base(folder: Path, texts: Iterable[str]) -> Path:
    """Write a small backbone and a tokenizer that knows the words of these texts, one token each.

    Punctuation marks are tokens of their own.
    """
    folder.mkdir(parents=True, exist_ok=True)
    cut = pre_tokenizers.Whitespace()
    words = sorted({word for text in texts for word, _ in cut.pre_tokenize_str(text)})
    vocabulary = {word: i for i, word in enumerate((*SPECIAL, *words))}
    tokenizer = Tokenizer(models.WordLevel(vocab=vocabulary, unk_token="<unk>"))
    tokenizer.pre_tokenizer = cut
    # Real tokenizer files come with these, which the reader must undo.
    tokenizer.enable_truncation(max_length=8)
    tokenizer.enable_padding(length=8, pad_id=1, pad_token="<pad>")
    tokenizer.save(str(folder / "tokenizer.json"))
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=_WIDTH,
        intermediate_size=_INNER,
        num_hidden_layers=LAYERS,
        num_attention_heads=_HEADS,
        max_position_embeddings=_POSITIONS,
        pad_token_id=1,
        initializer_range=0.2,
    )
    BertModel(config, add_pooling_layer=False).save_pretrained(folder)
    return folder


def write_weights(path: Path, base: Path) -> Path:
    """Write random weights in the shipped form: the trained part alone, packed."""
    torch.manual_seed(1)
    save_file(pack_weights(ReaderNetwork(base).trained_state()), path)
    return path
