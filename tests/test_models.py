"""A name or a path becomes a checked local path, or a French sentence that says what to do."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from functools import partial
from pathlib import Path

import huggingface_hub.constants
import numpy as np
import pytest
from safetensors.numpy import save_file
from test_e5 import TINY, make_raw
from test_fetching import PIECES, TOY, WHOLE, hash_bytes, write_wheel

from rag import models
from rag.catalogue import E5_TOKENIZER, E5_WEIGHTS, MODELS, Model, ModelFile, Part
from rag.checksums import memory_path
from rag.e5 import WEIGHTS_FILE, convert_weights
from rag.errors import DownloadFailed, ModelCorrupt, ModelMissing, UsageError
from rag.models import (
    fetch_models,
    list_models,
    needed_models,
    resolve_embedder,
    resolve_generator,
    resolve_reader_base,
)
from rag.settings import Settings, load_settings

pytestmark = pytest.mark.slow


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings whose small generator is the toy file, over an empty package index."""
    monkeypatch.setitem(MODELS, "qwen-0.5b", Model((TOY,), "rôle", "licence", "source"))
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "packages"))
    (tmp_path / "packages").mkdir()
    return Settings(cache=tmp_path / "cache", engine="llama_cpp", generator="qwen-0.5b")


def put_toy(settings: Settings, content: bytes = WHOLE) -> Path:
    settings.cache.mkdir(exist_ok=True)
    path = settings.cache / TOY.file
    path.write_bytes(content)
    return path


def carry_toy(tmp_path: Path) -> None:
    for part, piece in zip(TOY.parts, PIECES, strict=True):
        write_wheel(tmp_path / "packages", part, piece)


# The generator


def test_the_cached_file_is_checked_then_remembered(settings: Settings) -> None:
    path = put_toy(settings)
    assert resolve_generator(settings) == path
    assert json.loads(memory_path(path).read_text())["sha256"] == TOY.sha256


def test_an_absent_model_names_the_command_that_brings_it(settings: Settings) -> None:
    with pytest.raises(ModelMissing, match="python -m rag models --fetch"):
        resolve_generator(settings)
    with pytest.raises(ModelMissing, match="python -m rag models --fetch"):
        resolve_embedder(settings)


def test_a_damaged_file_is_refused_and_removed(settings: Settings) -> None:
    path = put_toy(settings)
    resolve_generator(settings)
    flipped = bytearray(WHOLE)
    flipped[100] ^= 1
    path.write_bytes(flipped)
    os.utime(path, ns=(1, 1))
    with pytest.raises(ModelCorrupt, match="SHA-256"):
        resolve_generator(settings)
    assert not path.exists()
    assert not memory_path(path).exists()


def test_a_user_file_is_taken_as_it_is(settings: Settings, tmp_path: Path) -> None:
    mine = tmp_path / "mine.gguf"
    mine.write_bytes(b"GGUF and more")
    assert resolve_generator(replace(settings, generator=str(mine))) == mine


def test_a_user_file_that_is_not_gguf_is_refused_and_kept(
    settings: Settings, tmp_path: Path
) -> None:
    mine = tmp_path / "mine.gguf"
    mine.write_bytes(b"\x80\x04 a pickle")
    with pytest.raises(ModelCorrupt, match="GGUF"):
        resolve_generator(replace(settings, generator=str(mine)))
    assert mine.exists()


@pytest.mark.parametrize("name", ["e5-small", "absent.gguf", "qwen"])
def test_an_unknown_generator_is_refused(settings: Settings, name: str) -> None:
    with pytest.raises(ModelMissing, match="SOURCIER_GENERATOR"):
        resolve_generator(replace(settings, generator=name))


def test_a_folder_is_taken_only_with_safetensors(settings: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "pytorch_model.bin").write_bytes(b"\x80\x04 a pickle")
    given = replace(settings, generator=str(folder), embedder=str(folder))
    for resolve in (resolve_generator, resolve_embedder):
        with pytest.raises(ModelCorrupt, match="safetensors"):
            resolve(given)
    save_file({"a": np.zeros(1, np.float32)}, folder / "model.safetensors")
    assert resolve_generator(given) == resolve_embedder(given) == folder


def test_an_unknown_embedder_is_refused(settings: Settings) -> None:
    with pytest.raises(ModelMissing, match="SOURCIER_EMBEDDER"):
        resolve_embedder(replace(settings, embedder="absent"))


# Fetching


def test_fetching_brings_what_is_missing_and_leaves_what_is_there(
    settings: Settings, tmp_path: Path
) -> None:
    carry_toy(tmp_path)
    path = settings.cache / TOY.file
    assert fetch_models(settings, ["qwen-0.5b"]) == {"qwen-0.5b": path}
    before = path.stat().st_mtime_ns
    for wheel in (tmp_path / "packages").iterdir():
        wheel.unlink()
    assert fetch_models(settings, ["qwen-0.5b"]) == {"qwen-0.5b": path}
    assert path.stat().st_mtime_ns == before


def test_fetching_replaces_a_damaged_file(settings: Settings, tmp_path: Path) -> None:
    carry_toy(tmp_path)
    path = put_toy(settings, b"damaged")
    fetch_models(settings, ["qwen-0.5b"])
    assert path.read_bytes() == WHOLE


def test_fetching_an_unknown_name_is_refused(settings: Settings) -> None:
    with pytest.raises(UsageError, match="qwen-1.5b"):
        fetch_models(settings, ["gpt"])


def test_fetching_without_any_carrier_fails_in_french(settings: Settings) -> None:
    with pytest.raises(DownloadFailed, match="Jouet"):
        fetch_models(settings, ["qwen-0.5b"])


@pytest.fixture
def small_e5(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Carriers of a tiny e5, which the code takes for the real one."""
    raw, tokenizer = make_raw(), b'{"version": "1.0"}'

    def pretend(file: ModelFile, data: bytes) -> ModelFile:
        part = Part(file.parts[0].package, file.parts[0].version, file.parts[0].member, len(data))
        write_wheel(tmp_path / "packages", part, data)
        return replace(file, size=len(data), sha256=hash_bytes(data), parts=(part,))

    monkeypatch.setattr(models, "E5_WEIGHTS", pretend(E5_WEIGHTS, raw))
    monkeypatch.setattr(models, "E5_TOKENIZER", pretend(E5_TOKENIZER, tokenizer))
    monkeypatch.setattr(models, "convert_weights", partial(convert_weights, shape=TINY))
    return settings


def test_e5_is_decoded_once_and_its_raw_files_are_removed(small_e5: Settings) -> None:
    folder = fetch_models(small_e5, ["e5-small"])["e5-small"]
    assert (folder / WEIGHTS_FILE).is_file()
    assert (folder / "tokenizer.json").read_bytes() == b'{"version": "1.0"}'
    assert not list((small_e5.cache / "partial").iterdir())
    before = (folder / WEIGHTS_FILE).stat().st_mtime_ns
    assert fetch_models(small_e5, ["e5-small"])["e5-small"] == folder
    assert resolve_embedder(small_e5) == folder
    assert resolve_reader_base(replace(small_e5, embedder="autre")) == folder
    assert (folder / WEIGHTS_FILE).stat().st_mtime_ns == before


@pytest.mark.parametrize("name", [WEIGHTS_FILE, "tokenizer.json", "modules.json"])
def test_a_changed_file_of_e5_is_removed_and_fetched_again(small_e5: Settings, name: str) -> None:
    folder = fetch_models(small_e5, ["e5-small"])["e5-small"]
    good = (folder / name).read_bytes()
    (folder / name).write_bytes(good[:-1] + b"X")
    with pytest.raises(ModelCorrupt, match=name):
        resolve_embedder(small_e5)
    with pytest.raises(ModelMissing):
        resolve_embedder(small_e5)
    fetch_models(small_e5, ["e5-small"])
    assert (resolve_embedder(small_e5) / name).read_bytes() == good


@pytest.mark.parametrize("name", ["pytorch_model.bin", "1_Pooling/x.pkl", "modeling.py"])
def test_a_planted_pickle_or_program_is_refused_and_removed(small_e5: Settings, name: str) -> None:
    folder = fetch_models(small_e5, ["e5-small"])["e5-small"]
    (folder / name).write_bytes(b"\x80\x04")
    with pytest.raises(ModelCorrupt):
        resolve_embedder(small_e5)
    assert not (folder / name).exists()
    assert resolve_embedder(small_e5) == folder


@pytest.mark.parametrize("hashes", ["", "[]", "{}", '{"tokenizer.json": "00"}'])
def test_a_folder_with_forged_hashes_counts_as_absent(small_e5: Settings, hashes: str) -> None:
    folder = fetch_models(small_e5, ["e5-small"])["e5-small"]
    (folder / "sha256.json").write_text(hashes)
    with pytest.raises(ModelMissing):
        resolve_embedder(small_e5)


def test_malformed_weights_are_refused_and_removed(
    small_e5: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(models, "convert_weights", convert_weights)
    with pytest.raises(ModelCorrupt, match="en-tête"):
        fetch_models(small_e5, ["e5-small"])
    assert not list(small_e5.cache.rglob(E5_WEIGHTS.file))
    assert not (small_e5.cache / "multilingual-e5-small").exists()


# What is listed


def test_the_list_says_what_is_needed_present_and_verified(
    settings: Settings, tmp_path: Path
) -> None:
    rows = {row.name: row for row in list_models(settings)}
    assert list(rows) == ["e5-small", "qwen-1.5b", "qwen-0.5b"]
    assert [row.needed for row in rows.values()] == [True, False, True]
    assert not any(row.present or row.verified for row in rows.values())
    assert rows["qwen-1.5b"].bytes == 1_117_320_768
    put_toy(settings)
    row = list_models(settings)[2]
    assert (row.present, row.verified, row.bytes) == (True, False, len(WHOLE))
    resolve_generator(settings)
    assert list_models(settings)[2].verified


def test_the_list_shows_the_decoded_folder(small_e5: Settings) -> None:
    fetch_models(small_e5, ["e5-small"])
    row = list_models(small_e5)[0]
    assert row.present and row.verified and row.licence == "MIT"
    (row.path / "modules.json").unlink()
    row = list_models(small_e5)[0]
    assert not row.present and not row.verified


def test_the_list_ends_with_what_the_user_gives(settings: Settings, tmp_path: Path) -> None:
    mine = tmp_path / "mine.gguf"
    mine.write_bytes(b"GGUF")
    rows = list_models(replace(settings, generator=str(mine)))
    assert [row.needed for row in rows] == [True, False, False, True]
    assert rows[-1].path == mine
    assert rows[-1].bytes == 4


@pytest.mark.parametrize(
    ("engine", "expected"),
    [("llama_cpp", 2), ("transformers", 2), ("openai", 1), ("none", 1)],
)
def test_a_model_is_needed_only_by_an_engine_of_this_machine(
    settings: Settings, engine: str, expected: int
) -> None:
    given = load_settings({"SOURCIER_ENGINE": engine})
    assert len(needed_models(given)) == expected
    # The reader is built on e5, whatever embeds.
    assert needed_models(replace(given, embedder="x", generator="y")) == ("e5-small",)


def test_every_file_of_the_catalogue_is_the_sum_of_its_parts() -> None:
    for model in MODELS.values():
        for file in model.files:
            assert sum(part.size for part in file.parts) == file.size
            assert len(file.sha256) == 64


# The real models


@pytest.mark.models
def test_the_real_generator_is_the_publishers_file() -> None:
    path = resolve_generator(load_settings({"SOURCIER_GENERATOR": "qwen-1.5b"}))
    with path.open("rb") as file:
        assert file.read(4) == b"GGUF"


@pytest.mark.models
def test_the_real_embedder_loads_and_ranks_french_passages() -> None:
    from sentence_transformers import SentenceTransformer
    from tokenizers import Tokenizer

    folder = resolve_embedder(load_settings({}))
    model = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
    passages = [
        "Airbus a été créé en 1970 par plusieurs industriels européens de l’aéronautique.",
        "Pour la tarte aux pommes, étalez la pâte puis disposez les quartiers en rosace.",
        "La loi de finances a été adoptée par l’Assemblée nationale en décembre.",
    ]
    questions = [
        "Quand Airbus a-t-il été fondé ?",
        "Comment préparer un dessert aux fruits ?",
        "Quel texte budgétaire les députés ont-ils voté ?",
    ]
    scores = model.encode(questions, prompt_name="query") @ np.transpose(
        model.encode(passages, prompt_name="passage")
    )
    assert scores.argmax(axis=1).tolist() == [0, 1, 2]
    np.testing.assert_allclose(
        np.linalg.norm(model.encode(passages), axis=1), np.ones(3), atol=1e-5
    )
    reference = Tokenizer.from_file(str(folder / "tokenizer.json"))
    for text in (
        "L’été, à Noël, où l'œuvre naïve ﬁnit… 12 €",
        "e\u0301te\u0301 «\u00a0guillemets\u202f»  espaces\n\nretours",
        "Ça coûte 1\u202f234,50 € — ÉCOLE, cœur, aïeul, Nîmes",
    ):
        assert model.tokenizer(text)["input_ids"] == reference.encode(text).ids
