"""llama.cpp inside this process, through xllamacpp: the default engine on a CPU.

Contract: one model, one question at a time; greedy, so the same prompt gives the same text.
The chat template of the GGUF file is never read: the prompt is ChatML, written here. Nothing can
connect to it. Knows nothing about evidence, citations or where model files come from.
"""

from __future__ import annotations

import os
import secrets
import socket
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from rag.engines.chatml import write_chatml
from rag.engines.streaming import Emit, stream_from_thread
from rag.errors import EngineError
from rag.types import Message

# Tokens of prompt and reply together; prompts hold at most 600. 28 KiB each with the 1.5B.
_CONTEXT = 2048

# Prompt tokens read between two looks at whether the reader has left: under a second on two
# cores (85 tokens/s); 128 and 512 read no faster here.
_BATCH = 64

# Main memory for the state of earlier prompts, so that two kinds of prompt that alternate keep
# their beginnings (17 MB for 600 tokens with the 1.5B). llama.cpp would take up to 8 GiB.
_CACHE_MIB = 128


class LlamaCppEngine:
    """A GGUF model loaded by llama.cpp.

    Parameters
    ----------
    path
        GGUF file of a model trained on ChatML (Qwen, SmolLM…), already verified.
    threads
        CPU threads that read the prompt, half as many that write; 0 takes every core.
    adapter
        GGUF file of a low-rank adapter trained on the prompt of ``prompt.write_request``.

    Raises
    ------
    ImportError
        When xllamacpp, or the OpenMP library that it needs, is not installed.
    EngineError
        When the file is not a model that llama.cpp can run.
    """

    def __init__(self, path: Path, threads: int = 0, adapter: Path | None = None) -> None:
        self._path = path
        self.trained = adapter is not None
        self.context = _CONTEXT
        self._slot = threading.Lock()
        self._server = _start_server(path, threads or _count_cores(), adapter)

    @property
    def name(self) -> str:
        """The model's file and the engine (« qwen-1.5b, llama.cpp »)."""
        return f"{self._path.stem}, llama.cpp"

    def stream(self, messages: Sequence[Message], grammar: str, max_tokens: int) -> Iterator[str]:
        """Yield the reply piece by piece, after the replies asked for before it.

        While the prompt is read, an empty piece comes every 64 tokens, so that the caller can
        close the iterator before the first word.

        Parameters
        ----------
        messages
            The chat; a beginning shared with an earlier prompt is not read again.
        grammar
            GBNF that the reply must follow; empty for none.
        max_tokens
            Where the reply is cut, at least 1.

        Raises
        ------
        EngineError
            When the grammar is malformed, the prompt too long, or llama.cpp fails.
        """
        body: dict[str, object] = {
            "prompt": write_chatml(messages),
            "max_tokens": max(1, max_tokens),
            "temperature": 0,
            "top_k": 1,
            "stop": ["<|im_end|>", "<|im_start|>"],
            "cache_prompt": True,
            "stream": True,
            # Without it, llama.cpp says nothing, and can't be stopped, while it reads.
            "return_progress": True,
        }
        if grammar:
            body["grammar"] = grammar
        with self._slot:
            yield from stream_from_thread(lambda emit: self._produce(body, emit))

    def _produce(self, body: dict[str, object], emit: Emit) -> None:
        failures: list[dict[str, Any]] = []

        def receive(chunk: dict[str, Any]) -> bool:
            if "error" in chunk:
                failures.append(chunk["error"])
                return True
            return emit("".join(choice.get("text") or "" for choice in chunk.get("choices", ())))

        self._server.handle_completions(body, receive)
        if failures:
            raise _explain(failures[0])


# The server is Any: xllamacpp has no types.
def _start_server(path: Path, threads: int, adapter: Path | None) -> Any:  # noqa: ANN401
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = str(path)
    if adapter is not None:
        params.lora_adapters = [xllamacpp.CommonAdapterLoraInfo(str(adapter))]
    params.n_ctx = _CONTEXT
    params.n_parallel = 1
    params.n_batch = params.n_ubatch = _BATCH
    params.cpuparams_batch.n_threads = threads
    # Writing is bound by memory: half the cores write as fast, the others serve the page.
    params.cpuparams.n_threads = max(1, threads // 2)
    # Repacked weights cost 600 MB more and read the prompt a third slower (64 against 95 tok/s).
    params.no_extra_bufts = True
    params.cache_ram_mib = _CACHE_MIB
    # With these two the file's own template is never parsed; a hostile one hangs the load.
    params.chat_template = "chatml"
    params.use_jinja = False
    params.ui = params.endpoint_slots = False
    params.n_threads_http = 1
    params.verbosity = -1
    try:
        server = _open_unreachable(xllamacpp, params)
        # Also waits for the main loop: a server destroyed before that runs never ends.
        reply = server.handle_completions({"prompt": ".", "max_tokens": 1})
    except RuntimeError as error:
        raise _refuse(path) from error
    if "error" in reply:
        raise _refuse(path)
    return server


def _open_unreachable(xllamacpp: Any, params: Any) -> Any:  # noqa: ANN401
    """Start the server where nothing can connect to it.

    xllamacpp always listens. It is given a Unix socket in a private folder that is deleted once
    the model is loaded; where there are none (Windows), loopback and a key that nobody knows.
    """
    params.api_keys = [secrets.token_hex(32)]
    with tempfile.TemporaryDirectory(prefix="sourcier-") as folder:
        if hasattr(socket, "AF_UNIX"):
            params.hostnames = [str(Path(folder, "llama.sock"))]
        return xllamacpp.Server(params)


def _refuse(path: Path) -> EngineError:
    return EngineError(
        f"llama.cpp ne peut pas charger « {path} ».",
        todo="Vérifiez que ce fichier existe et que c’est un modèle GGUF entier.",
    )


def _explain(error: dict[str, Any]) -> EngineError:
    """Say in French what llama.cpp answered in English."""
    message = str(error.get("message", ""))
    if error.get("type") == "exceed_context_size_error":
        return EngineError(
            "La question et ses extraits sont trop longs pour le modèle de langue.",
            todo="Posez une question plus courte.",
        )
    if "grammar" in message:
        return EngineError("llama.cpp refuse la grammaire de la réponse.")
    return EngineError(f"llama.cpp s’est arrêté sur une erreur ({message}).")


def _count_cores() -> int:
    """Count the cores that this process may use: of the machine, its affinity, its container."""
    if sys.platform == "linux":
        cores = len(os.sched_getaffinity(0))
    else:
        cores = os.cpu_count() or 1
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text(encoding="ascii").split()
        return max(1, min(cores, round(int(quota) / int(period))))
    except (OSError, ValueError):  # no container, or no limit: « max 100000 »
        return cores
