"""Models of a few kilobytes with random weights: real engines run them, and they know nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from gguf import GGUFWriter, TokenType
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast, Qwen2Config, Qwen2ForCausalLM

_CONTROL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
_BYTES = sorted(pre_tokenizers.ByteLevel.alphabet())
# llama.cpp wants at least one merge.
_MERGES = [("a", "b")]
_VOCABULARY = [*_BYTES, "ab", *_CONTROL]

_WIDTH, _HIDDEN, _HEADS = 32, 64, 2


def write_gguf(path: Path, *, chat_template: str = "") -> Path:
    """Write a one-layer Qwen2 as GGUF; ``chat_template`` goes into its metadata."""
    writer = GGUFWriter(path, "qwen2")
    writer.add_context_length(4096)
    writer.add_embedding_length(_WIDTH)
    writer.add_feed_forward_length(_HIDDEN)
    writer.add_block_count(1)
    writer.add_head_count(_HEADS)
    writer.add_head_count_kv(_HEADS)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list(_VOCABULARY)
    ordinary = len(_VOCABULARY) - len(_CONTROL)
    writer.add_token_types([TokenType.NORMAL] * ordinary + [TokenType.CONTROL] * len(_CONTROL))
    writer.add_token_merges([" ".join(pair) for pair in _MERGES])
    writer.add_eos_token_id(_VOCABULARY.index("<|im_end|>"))
    writer.add_pad_token_id(_VOCABULARY.index("<|endoftext|>"))
    if chat_template:
        writer.add_chat_template(chat_template)
    random = np.random.default_rng(0)
    for name, shape in _tensor_shapes().items():
        norm = "norm" in name
        values = np.ones(shape) if norm else random.normal(0, 0.5, shape)
        writer.add_tensor(name, values.astype(np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _tensor_shapes() -> dict[str, tuple[int, ...]]:
    shapes: dict[str, tuple[int, ...]] = {
        "token_embd.weight": (len(_VOCABULARY), _WIDTH),
        "output_norm.weight": (_WIDTH,),
        "blk.0.attn_norm.weight": (_WIDTH,),
        "blk.0.ffn_norm.weight": (_WIDTH,),
        "blk.0.attn_output.weight": (_WIDTH, _WIDTH),
        "blk.0.ffn_gate.weight": (_HIDDEN, _WIDTH),
        "blk.0.ffn_up.weight": (_HIDDEN, _WIDTH),
        "blk.0.ffn_down.weight": (_WIDTH, _HIDDEN),
    }
    for part in "qkv":
        shapes[f"blk.0.attn_{part}.weight"] = (_WIDTH, _WIDTH)
        shapes[f"blk.0.attn_{part}.bias"] = (_WIDTH,)
    return shapes


def write_folder(folder: Path, *, chat_template: str | None = None) -> Path:
    """Write a one-layer Qwen2 as a transformers folder, weights in safetensors."""
    torch.manual_seed(0)
    config = Qwen2Config(
        vocab_size=len(_VOCABULARY),
        hidden_size=_WIDTH,
        intermediate_size=_HIDDEN,
        num_hidden_layers=1,
        num_attention_heads=_HEADS,
        num_key_value_heads=_HEADS,
        max_position_embeddings=4096,
        initializer_range=0.5,
    )
    Qwen2ForCausalLM(config).save_pretrained(folder)
    tokenizer = _build_tokenizer()
    tokenizer.chat_template = chat_template
    tokenizer.save_pretrained(folder)
    return folder


def _build_tokenizer() -> PreTrainedTokenizerFast:
    words = {token: i for i, token in enumerate(_VOCABULARY)}
    tokenizer = Tokenizer(models.BPE(vocab=words, merges=_MERGES))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(token, special=True) for token in _CONTROL])
    return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer, eos_token="<|im_end|>", pad_token="<|endoftext|>"
    )
