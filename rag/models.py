"""Names the models, finds them on the disk, and fetches and checks what is missing.

``resolve_*`` only look: the path the user gives, then the cache; ``fetch_models`` brings the
rest. Every file is checked against a SHA-256 written here before it is used, and the check is
remembered. Weights are GGUF or safetensors; nothing is ever unpickled. Knows nothing about what
the models are asked.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import logging
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rag.catalogue import (
    E5_TOKENIZER,
    E5_WEIGHTS,
    EMBEDDER,
    MODELS,
    QWEN_LARGE,
    QWEN_SMALL,
    Model,
    ModelFile,
)
from rag.checksums import (
    identify_file,
    match_checksum,
    memory_path,
    recall_checksum,
    remember_checksum,
    sha256_file,
)
from rag.e5 import WEIGHTS_FILE, MalformedWeights, convert_weights
from rag.errors import ModelCorrupt, ModelMissing, UsageError
from rag.fetching import (
    check_space,
    lock_cache,
    obtain_file,
    sync_file,
    translate_disk_errors,
)
from rag.progress import Progress, format_size, print_progress
from rag.settings import Settings

__all__ = [
    "ModelStatus",
    "fetch_models",
    "fingerprint_folder",
    "format_size",
    "list_models",
    "needed_models",
    "print_progress",
    "resolve_embedder",
    "resolve_adapter",
    "resolve_generator",
    "resolve_reader_base",
    "sha256_file",
]

# What the small language model was trained further with (``rag/writing.py``).
ADAPTER = Path(__file__).resolve().parent / "weights" / "writer.gguf"

_log = logging.getLogger(__name__)

# How the vectors are made of the weights: bump when the same weights would give others.
_METHOD = "mean-late-v1"


_E5_FOLDER = "multilingual-e5-small"
_E5_SIZE = 490_000_000  # bytes of the decoded folder
_HASHES = "sha256.json"
_UNSAFE = {".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".py"}
_FETCH = "Lancez `python -m rag models --fetch` (ou `make run`)."


@dataclass(frozen=True, slots=True)
class ModelStatus:
    """One line of ``python -m rag models``.

    ``needed`` follows from the settings; ``verified`` says that the file was found to be the
    expected one and has not changed since; ``bytes`` is the size on the disk, or to download.
    """

    name: str
    role: str
    needed: bool
    present: bool
    verified: bool
    bytes: int
    licence: str
    path: Path
    source: str


def resolve_adapter(settings: Settings) -> Path | None:
    """Return the adapter that the model of these settings was trained further with, if any was."""
    runs = settings.engine in ("auto", "llama_cpp") and settings.generator == QWEN_SMALL.name
    return ADAPTER if runs and ADAPTER.exists() else None


def resolve_generator(settings: Settings) -> Path:
    """Find the language model: a GGUF file, or (user path only) a safetensors folder.

    Raises
    ------
    ModelMissing
        When it is not there.
    ModelCorrupt
        When it is not the expected file; that of the cache is then removed.
    """
    if settings.generator in MODELS and settings.generator != EMBEDDER:
        return _resolve_file(settings.cache, MODELS[settings.generator].files[0])
    path = Path(settings.generator).expanduser()
    if path.is_dir():
        return _check_user_folder(path)
    if not path.is_file():
        raise _unknown_model(settings.generator, "SOURCIER_GENERATOR", "qwen-1.5b, qwen-0.5b")
    with path.open("rb") as file:
        if file.read(4) != b"GGUF":
            raise ModelCorrupt(
                f"« {path} » n’est pas un fichier GGUF.",
                kept="Il n’a pas été touché.",
                todo="Donnez à SOURCIER_GENERATOR un fichier .gguf.",
            )
    return path


def resolve_embedder(settings: Settings) -> Path:
    """Find the sentence-transformers folder of the embedding model.

    Raises
    ------
    ModelMissing
        When it is not there.
    ModelCorrupt
        When a file is not the expected one; that of the cache is then removed.
    """
    if settings.embedder == EMBEDDER:
        return _resolve_e5(settings.cache)
    path = Path(settings.embedder).expanduser()
    if not path.is_dir():
        raise _unknown_model(settings.embedder, "SOURCIER_EMBEDDER", EMBEDDER)
    return _check_user_folder(path)


def resolve_reader_base(settings: Settings) -> Path:
    """Find the multilingual-e5-small folder that the trained reader completes.

    Raises
    ------
    ModelMissing, ModelCorrupt
        When it is not there, or damaged.
    """
    return _resolve_e5(settings.cache)


def needed_models(settings: Settings) -> tuple[str, ...]:
    """Name the models of the catalogue that these settings use.

    The embedding model is always one of them: the reader is built on it.
    """
    names = [EMBEDDER]
    if _writes_here(settings) and settings.generator in MODELS:
        names.append(settings.generator)
    return tuple(names)


def _writes_here(settings: Settings) -> bool:
    """Say whether a language model runs on this machine under these settings."""
    if settings.engine == "auto":
        return importlib.util.find_spec("xllamacpp") is not None
    return settings.engine in ("llama_cpp", "transformers")


def fetch_models(
    settings: Settings, names: Sequence[str] | None = None, progress: Progress | None = None
) -> dict[str, Path]:
    """Bring what is missing and check all of it.

    Parameters
    ----------
    settings
        Gives the cache, and what is needed when ``names`` is ``None``.
    names
        Models of the catalogue.
    progress
        Called with a label, the bytes done and the bytes in all.

    Returns
    -------
    dict
        Each name with the path to use.

    Raises
    ------
    UsageError
        When a name is not in the catalogue.
    NoSpace, DownloadFailed, ModelCorrupt
        When a file can't be had; the complete parts already received are kept.
    """
    wanted = needed_models(settings) if names is None else tuple(names)
    for name in wanted:
        if name not in MODELS:
            raise UsageError(
                f"Le modèle « {name} » n’existe pas.",
                todo=f"Choisissez parmi : {', '.join(MODELS)}.",
            )
    return {name: _obtain(settings.cache, name, progress or _say_nothing) for name in wanted}


def list_models(settings: Settings) -> list[ModelStatus]:
    """Describe every model of the catalogue, then those the user gives; reads no weight."""
    needed = needed_models(settings)
    rows = []
    for name, model in MODELS.items():
        path = _locate(settings.cache, name)
        present = _is_present(path)
        rows.append(
            ModelStatus(
                name=name,
                role=model.role,
                needed=name in needed,
                present=present,
                verified=present and _is_remembered(path, model),
                bytes=_measure(path) if present else sum(file.size for file in model.files),
                licence=model.licence,
                path=path,
                source=model.source,
            )
        )
    if settings.embedder not in MODELS:
        rows.append(_describe_given(settings.embedder, EMBEDDER, True))
    if settings.generator not in MODELS:
        rows.append(_describe_given(settings.generator, QWEN_LARGE.name, _writes_here(settings)))
    return rows


def _resolve_file(cache: Path, file: ModelFile) -> Path:
    path = cache / file.file
    if not path.is_file():
        raise ModelMissing(f"Le modèle {file.label} n’est pas sur cette machine.", todo=_FETCH)
    if not match_checksum(path, file.sha256):
        raise _discard(path, file.label)
    return path


def _resolve_e5(cache: Path) -> Path:
    folder = cache / _E5_FOLDER
    if not _is_present(folder):
        raise ModelMissing(f"Le modèle {_E5_FOLDER} n’est pas sur cette machine.", todo=_FETCH)
    for path in sorted(folder.rglob("*")):
        if path.suffix in _UNSAFE:
            raise _discard(path, _E5_FOLDER)
    for name, sha256 in _read_hashes(folder).items():
        if not match_checksum(folder / name, sha256):
            raise _discard(folder / name, _E5_FOLDER)
    return folder


def _is_present(path: Path) -> bool:
    """Say whether a model is there: its file, or every file of its folder."""
    if not path.is_dir():
        return path.is_file()
    hashes = _read_hashes(path)
    return bool(hashes) and all((path / name).is_file() for name in hashes)


def _read_hashes(folder: Path) -> dict[str, str]:
    """Read the hashes noted at conversion; empty when they can't be the ones written."""
    try:
        hashes = json.loads((folder / _HASHES).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(hashes, dict) or hashes.get(E5_TOKENIZER.file) != E5_TOKENIZER.sha256:
        return {}
    return hashes if WEIGHTS_FILE in hashes else {}


def _discard(path: Path, label: str) -> ModelCorrupt:
    """Remove a bad file of the cache and say so."""
    path.unlink(missing_ok=True)
    memory_path(path).unlink(missing_ok=True)
    return ModelCorrupt(
        f"Le modèle {label} est abîmé : « {path.name} » n’a pas le SHA-256 attendu.",
        kept="Ce fichier a été supprimé ; les autres modèles sont intacts.",
        todo=_FETCH,
    )


def _check_user_folder(folder: Path) -> Path:
    """Accept a folder the user gives when its weights can be read without running code."""
    if any(folder.rglob("*.safetensors")):
        return folder
    raise ModelCorrupt(
        f"Le dossier « {folder} » ne contient pas de poids au format safetensors.",
        kept="Il n’a pas été touché.",
        todo="Convertissez ses poids en safetensors : aucun autre format n’est ouvert.",
    )


def _unknown_model(given: str, variable: str, known: str) -> ModelMissing:
    return ModelMissing(
        f"« {given} » n’est ni un modèle connu ni un chemin existant.",
        todo=f"Donnez à {variable} un chemin, ou l’un de ces noms : {known}.",
    )


def _obtain(cache: Path, name: str, progress: Progress) -> Path:
    if found := _find(cache, name):
        return found
    with translate_disk_errors(cache), lock_cache(cache):
        if found := _find(cache, name):  # another process has just brought it
            return found
        if name == EMBEDDER:
            return _make_e5(cache, progress)
        (file,) = MODELS[name].files
        obtain_file(file, cache / file.file, cache / "partial" / name, progress)
        return cache / file.file


def _find(cache: Path, name: str) -> Path | None:
    """Find a sound model in the cache; a damaged one is removed."""
    try:
        return _resolve(cache, name)
    except ModelMissing:
        return None
    except ModelCorrupt as error:
        _log.warning("%s", error)
        return None


def _resolve(cache: Path, name: str) -> Path:
    return _resolve_e5(cache) if name == EMBEDDER else _resolve_file(cache, MODELS[name].files[0])


def _make_e5(cache: Path, progress: Progress) -> Path:
    """Fetch the raw weights and the tokenizer, and decode them into the cache's folder."""
    work, folder = cache / "partial" / EMBEDDER, cache / _E5_FOLDER
    work.mkdir(parents=True, exist_ok=True)
    for file in (E5_WEIGHTS, E5_TOKENIZER):
        raw = work / file.file
        if not (raw.is_file() and match_checksum(raw, file.sha256)):
            obtain_file(file, raw, cache / "partial" / file.name, progress)
    check_space(work, _E5_SIZE)
    progress(f"{_E5_FOLDER} (décodage)", 0, _E5_SIZE)
    made = work / _E5_FOLDER
    try:
        _decode_e5(work, made)
        shutil.rmtree(folder, ignore_errors=True)
        made.rename(folder)
    finally:
        shutil.rmtree(made, ignore_errors=True)
    shutil.rmtree(work, ignore_errors=True)
    progress(f"{_E5_FOLDER} (décodage)", _E5_SIZE, _E5_SIZE)
    return folder


def _decode_e5(work: Path, made: Path) -> None:
    """Make the sentence-transformers folder out of the two files fetched."""
    shutil.rmtree(made, ignore_errors=True)
    made.mkdir()
    raw = work / E5_WEIGHTS.file
    try:
        convert_weights(raw, made)
    except MalformedWeights as error:
        raw.unlink()
        raise ModelCorrupt(
            f"Les poids de {_E5_FOLDER} sont illisibles : {error}.",
            kept="Ce fichier a été supprimé ; les autres modèles sont intacts.",
            todo=_FETCH,
        ) from error
    shutil.copyfile(work / E5_TOKENIZER.file, made / E5_TOKENIZER.file)
    _seal_folder(made)


def _seal_folder(folder: Path) -> None:
    """Push every file down to the disk and note the hashes, last."""
    hashes = {}
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        with path.open("r+b") as file:
            sync_file(file)
        sha256 = sha256_file(path)
        remember_checksum(path, sha256)
        hashes[path.relative_to(folder).as_posix()] = sha256
    (folder / _HASHES).write_text(json.dumps(hashes, indent=2) + "\n", encoding="utf-8")


def _say_nothing(label: str, done: int, total: int) -> None:
    """Ignore progress."""


def _locate(cache: Path, name: str) -> Path:
    return cache / (_E5_FOLDER if name == EMBEDDER else MODELS[name].files[0].file)


def _is_remembered(path: Path, model: Model) -> bool:
    if not path.is_dir():
        return recall_checksum(path, model.files[0].sha256)
    return all(recall_checksum(path / name, h) for name, h in _read_hashes(path).items())


def _measure(path: Path) -> int:
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file())


def _describe_given(name: str, like: str, needed: bool) -> ModelStatus:
    path = Path(name).expanduser()
    return ModelStatus(
        name=name,
        role=MODELS[like].role,
        needed=needed,
        present=path.exists(),
        verified=False,
        bytes=_measure(path) if path.exists() else 0,
        licence="celle du fichier donné",
        path=path,
        source="donné par l’utilisateur",
    )


def fingerprint_folder(path: Path) -> str:
    """Name what a model folder's vectors depend on: weights, tokenizer and method.

    Raises
    ------
    ModelMissing
        When the folder holds no safetensors weights or no tokenizer.
    """
    files = [path / "model.safetensors", path / "tokenizer.json"]
    missing = [file.name for file in files if not file.is_file()]
    if missing:
        raise ModelMissing(
            f"Le modèle de plongement « {path} » est incomplet : il y manque {missing[0]}.",
            todo="Donnez à SOURCIER_EMBEDDER un dossier sentence-transformers en safetensors.",
        )
    digest = hashlib.sha256("".join(identify_file(file) for file in files).encode()).hexdigest()
    return f"{path.name}-{digest[:12]}-{_METHOD}"
