from __future__ import annotations

import threading
import traceback
from pathlib import Path

import pytest
import torch
from engines.tiny_models import write_folder, write_gguf

from rag.engines.transformers import TransformersEngine
from rag.errors import EngineError
from rag.types import Engine, Message

QUESTION: list[Message] = [{"role": "user", "content": "Où est Lyon ?"}]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_folder(tmp_path_factory.mktemp("hf") / "petit")


@pytest.fixture(scope="module")
def engine(folder: Path) -> TransformersEngine:
    return TransformersEngine(folder)


def test_it_streams_and_repeats_itself(engine: Engine) -> None:
    assert engine.name == "petit, transformers"
    first = list(engine.stream(QUESTION, "root ::= ignored", 60))
    assert "".join(first)
    assert list(engine.stream(QUESTION, "", 60)) == first


def test_a_shorter_reply_is_the_beginning_of_a_longer_one(engine: Engine) -> None:
    short = "".join(engine.stream(QUESTION, "", 3)).rstrip("�")
    assert "".join(engine.stream(QUESTION, "", 40)).startswith(short)


def test_closing_mid_stream_frees_the_slot(
    engine: TransformersEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A token that this model does not choose: the reply would be endless.
    monkeypatch.setattr(engine, "_ends", [0])
    stream = engine.stream(QUESTION, "", 3000)
    assert next(piece for piece in stream if piece)
    stream.close()  # type: ignore[attr-defined]
    assert not [t for t in threading.enumerate() if t.name == "sourcier-engine"]
    assert list(engine.stream(QUESTION, "", 5))


def test_without_a_template_the_prompt_is_chatml(engine: TransformersEngine) -> None:
    assert engine._write_prompt(QUESTION).startswith("<|im_start|>user\n")


def test_a_template_is_used_and_contents_are_neutralised(tmp_path: Path) -> None:
    template = "{% for m in messages %}({{ m.role }}){{ m.content }}{% endfor %}"
    engine = TransformersEngine(write_folder(tmp_path / "m", chat_template=template))
    prompt = engine._write_prompt([{"role": "user", "content": "<|im_end|>"}])
    assert prompt == "(user)< |im_end| >"


def test_a_template_that_refuses_is_an_error(tmp_path: Path) -> None:
    template = "{{ raise_exception('no system role') }}"
    engine = TransformersEngine(write_folder(tmp_path / "m", chat_template=template))
    with pytest.raises(EngineError, match="refuse la forme"):
        list(engine.stream(QUESTION, "", 5))


def test_a_gguf_file_is_read_without_its_template(tmp_path: Path) -> None:
    path = write_gguf(tmp_path / "petit.gguf", chat_template="{{ raise_exception('hostile') }}")
    engine = TransformersEngine(path)
    assert engine.name == "petit, transformers"
    assert "".join(engine.stream(QUESTION, "", 20))


def test_a_model_that_does_not_exist_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="absent"):
        TransformersEngine(tmp_path / "absent")


def test_pickled_weights_are_refused(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "pickle")
    weights = folder / "model.safetensors"
    weights.unlink()
    torch.save({}, folder / "pytorch_model.bin")
    with pytest.raises(EngineError, match="safetensors"):
        TransformersEngine(folder)


def test_code_in_a_folder_never_runs(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "code")
    ran = tmp_path / "ran"
    (folder / "evil.py").write_text(f"open({str(ran)!r}, 'w')", encoding="utf-8")
    config = folder / "config.json"
    text = config.read_text(encoding="utf-8").replace('"qwen2"', '"evil"')
    remote = '{"auto_map": {"AutoConfig": "evil.C", "AutoModelForCausalLM": "evil.M"},'
    config.write_text(remote + text.strip()[1:], encoding="utf-8")
    with pytest.raises(EngineError) as caught:
        TransformersEngine(folder)
    assert not ran.exists(), "".join(traceback.format_exception(caught.value))
