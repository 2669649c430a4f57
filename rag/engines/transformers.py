"""Hugging Face transformers: any causal model, on a CPU or a GPU.

Contract: safetensors or GGUF weights only, never pickle and never code from a repository;
greedy; grammars are ignored, so only the checks after generation hold. A reader who leaves is
noticed between two tokens, not while the prompt is read. Knows nothing about evidence.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import torch
import transformers
from transformers import AutoModelForCausalLM, AutoTokenizer, TextStreamer

from rag.engines.chatml import neutralise, write_chatml
from rag.engines.streaming import Emit, stream_from_thread
from rag.errors import EngineError
from rag.types import Message


class TransformersEngine:
    """A causal language model run by torch.

    Parameters
    ----------
    model
        A model folder, the name of a hub model, or a ``.gguf`` file, which is dequantised (two
        bytes a weight) and loads in a minute. The template of a GGUF file is never used.
    threads
        CPU threads of torch, for the whole process; 0 lets torch choose.

    Raises
    ------
    ImportError
        When a GGUF file is asked for and ``gguf`` or ``accelerate`` is not installed.
    EngineError
        When the model is missing, has no safetensors weights or can't be loaded.
    """

    def __init__(self, model: str | Path, threads: int = 0) -> None:
        if threads:
            torch.set_num_threads(threads)
        self._label = Path(model).stem if str(model).endswith(".gguf") else Path(model).name
        self._slot = threading.Lock()
        self.trained = False
        self._device = "cuda" if torch.cuda.is_available() else "cpu"
        self._tokenizer, self._model = load_causal(str(model), self._device)
        self._ends = _find_ends(self._tokenizer, self._model)
        # On a CPU a long prompt takes minutes.
        self.context = _find_context(self._model) if self._device == "cuda" else 0

    @property
    def name(self) -> str:
        """The model's name and the engine (« Qwen2.5-7B-Instruct, transformers »)."""
        return f"{self._label}, transformers"

    def stream(self, messages: Sequence[Message], grammar: str, max_tokens: int) -> Iterator[str]:
        """Yield the reply word by word, after the replies asked for before it.

        Pieces can be empty: one comes with each token, so that the caller can leave.

        Parameters
        ----------
        messages
            The chat, written with the tokenizer's template, or as ChatML when it has none.
        grammar
            Ignored.
        max_tokens
            Where the reply is cut, at least 1.

        Raises
        ------
        EngineError
            When the template refuses the messages or the generation fails.
        """
        prompt = self._write_prompt(messages)
        with self._slot:
            yield from stream_from_thread(lambda emit: self._produce(prompt, max_tokens, emit))

    def _write_prompt(self, messages: Sequence[Message]) -> str:
        if not self._tokenizer.chat_template:
            return write_chatml(messages)
        safe = [{"role": m["role"], "content": neutralise(m["content"])} for m in messages]
        try:
            # transformers runs the template in a Jinja sandbox.
            return str(
                self._tokenizer.apply_chat_template(
                    safe, tokenize=False, add_generation_prompt=True
                )
            )
        except Exception as error:  # a template raises what it likes
            raise EngineError(
                f"Le modèle « {self._label} » refuse la forme de la question.",
                todo="Choisissez un autre modèle avec SOURCIER_GENERATOR.",
            ) from error

    def _produce(self, prompt: str, max_tokens: int, emit: Emit) -> None:
        def has_left(ids: torch.Tensor, scores: torch.Tensor, **_: object) -> torch.Tensor:
            return torch.full((ids.shape[0],), emit(""), device=ids.device)

        inputs = self._tokenizer(prompt, add_special_tokens=False, return_tensors="pt")
        self._model.generate(
            **inputs.to(self._device),
            do_sample=False,
            max_new_tokens=max(1, max_tokens),
            eos_token_id=self._ends,
            pad_token_id=self._ends[0],
            streamer=_Pieces(self._tokenizer, emit),
            stopping_criteria=[has_left],
        )


class _Pieces(TextStreamer):
    """Hands each finished word to ``emit``."""

    def __init__(self, tokenizer: Any, emit: Emit) -> None:  # noqa: ANN401
        super().__init__(tokenizer, skip_prompt=True, skip_special_tokens=True)
        self._emit = emit

    def on_finalized_text(self, text: str, stream_end: bool = False) -> None:
        self._emit(text)


def load_causal(model: str, device: str) -> tuple[Any, Any]:
    """Load the tokenizer and the model, ready to generate."""
    where, how = _locate(model)
    try:
        tokenizer = AutoTokenizer.from_pretrained(**where, trust_remote_code=False)
        loaded: Any = AutoModelForCausalLM.from_pretrained(
            **where,
            **how,
            trust_remote_code=False,
            use_safetensors=True,
            dtype=_choose_dtype(device),
        )
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise EngineError(
            f"transformers ne peut pas charger « {model} ».",
            todo="Donnez à SOURCIER_GENERATOR un dossier de modèle aux poids safetensors, "
            "un fichier GGUF ou le nom d’un modèle public.",
        ) from error
    if "gguf_file" in where:
        tokenizer.chat_template = None
    return tokenizer, loaded.eval().to(device)


def _locate(model: str) -> tuple[dict[str, str], dict[str, Any]]:
    """Say where the model is, and how a GGUF file is to be read."""
    if not model.endswith(".gguf"):
        return {"pretrained_model_name_or_path": model}, {}
    for package in ("accelerate", "gguf"):
        import_module(package)
    path = Path(model)
    where = {"pretrained_model_name_or_path": str(path.parent), "gguf_file": path.name}
    # Recent releases would fetch compiled kernels from the hub to keep the weights packed.
    recent = getattr(transformers, "GgufConfig", None)
    return where, {"quantization_config": recent(dequantize=True)} if recent else {}


def _choose_dtype(device: str) -> torch.dtype:
    """Half precision where the hardware computes in it, else single."""
    if device == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
    # Older torch releases do not tell what the CPU can do.
    able: dict[str, Any] = getattr(torch.cpu, "get_capabilities", dict)()
    fast = any(able.get(flag) for flag in ("avx512_bf16", "amx_bf16", "bf16"))
    return torch.bfloat16 if fast else torch.float32


def _find_context(model: Any) -> int:  # noqa: ANN401
    """Return the tokens that a model was made for; some keep them in the part that reads text."""
    text = model.config.get_text_config()
    return int(getattr(text, "max_position_embeddings", 0) or 0)


def _find_ends(tokenizer: Any, model: Any) -> list[int]:  # noqa: ANN401
    """Collect the tokens that end a reply; clears the model's own sampling settings."""
    ends = model.generation_config.eos_token_id
    found = set(ends if isinstance(ends, list) else [ends])
    found.add(tokenizer.eos_token_id)
    found |= {tokenizer.get_vocab().get(mark) for mark in ("<|im_end|>", "<|endoftext|>")}
    model.generation_config = type(model.generation_config)()
    return sorted(token for token in found if token is not None) or [0]
