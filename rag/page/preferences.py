"""What the reader prefers, kept on this machine, and what the settings page says of the machine.

Every text is as it must be read; none is markup.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import get_args
from urllib.parse import urlsplit

from rag import visitors
from rag.catalogue import EMBEDDER, MODELS
from rag.durable import explain_disk_errors, make_folder, write_atomically
from rag.french import NO_BREAK_SPACE, typeset
from rag.index import Index
from rag.models import ModelStatus, format_size
from rag.page.wording import format_moment
from rag.settings import Settings
from rag.speed import FILE as SPEED_FILE
from rag.speed import Speed
from rag.store import Layout, current_generation
from rag.types import Length

FILE = "préférences.json"
LENGTHS: dict[Length, tuple[str, str]] = {
    "brief": ("Brève", "Une ou deux citations."),
    "medium": ("Moyenne", "Trois ou quatre citations."),
    "full": ("Détaillée", "Quatre à six citations."),
}
_LOCAL = ("localhost", "127.0.0.1", "::1")


# ---------------------------------------------------------------------------------- preferences


@dataclass(frozen=True, slots=True)
class Preferences:
    """What the reader chose.

    ``trouble`` says in French why what was chosen is not in force; empty when it is.
    """

    length: Length = "medium"
    trouble: str = ""


def load_preferences(settings: Settings) -> Preferences:
    """Return what was chosen, or the default with the reason when the file can't be read."""
    path = settings.data / FILE
    try:
        length = json.loads(path.read_bytes())["length"]
        if length not in get_args(Length):
            raise ValueError(length)
        return Preferences(length)
    except FileNotFoundError:
        return Preferences()
    except (OSError, ValueError, KeyError, TypeError):
        default = Preferences()
        label = LENGTHS[default.length][0]
        trouble = typeset(
            f"Vos réglages, dans « {path} », sont illisibles. Le fichier n’a pas été touché, et la "
            f"longueur « {label} » s’applique : choisissez-en une pour le remplacer."
        )
        return Preferences(trouble=trouble)


def save_preferences(preferences: Preferences, settings: Settings) -> None:
    """Keep a choice in place of the last one.

    Raises
    ------
    NoSpace, RagError
        When it can't be written; the last one stays.
    """
    data = json.dumps({"length": preferences.length}).encode()
    with explain_disk_errors(
        "Votre réglage n’a pas pu être enregistré", "Le précédent reste en vigueur."
    ):
        make_folder(settings.data, 0o700)
        write_atomically(settings.data / FILE, data)


# --------------------------------------------------------------------------------- descriptions


@dataclass(frozen=True, slots=True)
class Fact:
    """A label, what it is, and a remark in small print, which may be empty."""

    label: str
    value: str
    remark: str = ""


def describe_models(statuses: Sequence[ModelStatus], settings: Settings) -> list[Fact]:
    """Tell which models answer, where they come from and what they weigh.

    Parameters
    ----------
    statuses
        As ``models.list_models`` gives them.
    """
    known = {status.name: status for status in statuses}
    return [
        _describe_writer(known.get(settings.generator), settings),
        _describe_model("Modèle de recherche", known[settings.embedder]),
        _describe_reader(),
    ]


def name_writer(settings: Settings) -> str:
    """Return the name of the language model; empty when none is asked for."""
    if settings.engine == "none":
        return ""
    if settings.engine == "openai":
        served = settings.server_model or "modèle choisi par le serveur"
        return f"{served}, serveur {_find_host(settings) or 'sans adresse'}"
    return _name_model(settings.generator)


def _describe_writer(status: ModelStatus | None, settings: Settings) -> Fact:
    label = "Modèle de langue"
    if settings.engine == "none":
        return Fact(label, "Aucun", "Les réponses sont faites de citations.")
    if settings.engine == "openai" or status is None:
        return Fact(label, name_writer(settings), "reformule les réponses")
    fact = _describe_model(label, status)
    if settings.engine == "auto" and not (status.needed and status.present):
        why = "" if status.needed else "llama.cpp n’est pas installé"
        return Fact(
            label, fact.value, _join(fact.remark, why, "les réponses sont faites de citations")
        )
    return fact


def _describe_reader() -> Fact:
    # Brings torch, which is loaded by the time this is asked for.
    from rag.reader import WEIGHTS

    found = f"présent, {write_size(WEIGHTS)}" if WEIGHTS.is_file() else "absent"
    role = "choisit les phrases qui répondent et vérifie la réponse"
    return Fact("Modèle de lecture", "Lecteur de Sourcier", _join(role, found, "licence MIT"))


def _describe_model(label: str, status: ModelStatus) -> Fact:
    size = _space(format_size(status.bytes))
    given = status.name not in MODELS
    if status.present:
        found = f"présent et vérifié, {size}" if status.verified else f"présent, {size}"
    else:
        found = (
            "pas sur cette machine" if given else f"absent : l’installation le télécharge ({size})"
        )
    licence = f"licence : {status.licence}" if given else f"licence {status.licence}"
    remark = _join(status.role, found, licence, status.source)
    return Fact(label, _name_model(status.name), typeset(remark))


def _name_model(name: str) -> str:
    if name == EMBEDDER:
        return MODELS[name].source.rpartition("/")[2]
    return MODELS[name].files[0].label if name in MODELS else name


def describe_index(index: Index, settings: Settings) -> list[Fact]:
    """Tell what is indexed, since when and where."""
    layout = Layout(settings.index)
    folder = layout.generations / current_generation(settings.index)
    facts = [
        Fact("Articles", write_number(len(index.articles))),
        Fact("Passages", write_number(len(index.chunks))),
    ]
    try:
        made = datetime.fromtimestamp((folder / layout.manifest).stat().st_mtime).astimezone()
        facts.append(Fact("Date", format_moment(made)))
    except OSError:
        pass
    return [*facts, Fact("Taille", write_size(folder), str(settings.index))]


def describe_speed(speed: Speed) -> list[Fact]:
    """Tell a measure, with the machine and the index that it holds for."""
    facts = [Fact("Passages trouvés en", _write_seconds(speed.evidence), "médiane de 5 questions")]
    if speed.first_word is not None:
        told = "après les passages"
        facts.append(Fact("Premier mot en", _write_seconds(speed.first_word), told))
    if speed.rate is not None:
        rate = f"{speed.rate:.1f}".replace(".", ",")
        value = f"{rate}{NO_BREAK_SPACE}jetons par seconde"
        facts.append(Fact("Rédaction", value, "un jeton est un mot ou un morceau de mot"))
    cores = f"{speed.cores}{NO_BREAK_SPACE}cœur{'s' * (speed.cores > 1)}"
    facts.append(Fact("Machine", speed.processor, cores))
    facts.append(Fact("Modèle de langue", speed.writer or "aucun n’a rédigé"))
    when = format_moment(datetime.fromisoformat(speed.measured_at).astimezone())
    sizes = f"sur {write_number(speed.articles)} articles, {write_number(speed.passages)} passages"
    return [*facts, Fact("Mesuré le", when, sizes)]


def describe_departures(settings: Settings) -> list[str]:
    """Say what leaves this machine under these settings, one thing a paragraph."""
    host = _find_host(settings)
    if settings.engine == "openai" and host not in _LOCAL:
        asked = (
            "Quand vous demandez une reformulation, la question et les extraits trouvés partent "
            f"vers le serveur « {host or 'sans adresse'} », qui l’écrit : SOURCIER_ENGINE vaut "
            "openai. La recherche, les réponses et les vérifications se font ici."
        )
    else:
        asked = (
            "Rien, quand vous posez une question : la recherche, la lecture, la rédaction et les "
            "vérifications se font ici, sans réseau."
        )
        if settings.engine == "openai":
            asked += f" Le serveur de langue, « {host} », est sur cette machine."
    told = [
        asked,
        "Quand vous ajoutez un article par son adresse, sa page est demandée au site qui la "
        "publie. Ce site voit la demande, comme celle d’un navigateur.",
        "L’installation télécharge les bibliothèques et les modèles ; ensuite, rien n’est plus "
        "demandé.",
    ]
    if settings.engine == "transformers" and settings.generator not in MODELS:
        told.append(
            "Si SOURCIER_GENERATOR nomme un modèle public, il est demandé à huggingface.co au "
            "lancement."
        )
    return [typeset(paragraph) for paragraph in told]


def describe_kept(settings: Settings) -> list[Fact]:
    """List what is kept on this machine, where, and its size; what does not exist is left out."""
    data = settings.data
    database = data / "conversations.db"
    kept = (
        ("Articles de départ", [settings.corpus]),
        ("Articles ajoutés", [data / "articles", data / "adresses"]),
        ("Articles retirés, gardés 30 jours", [data / "corbeille"]),
        ("Conversations et avis", sorted(data.glob(f"{database.name}*")) or [database]),
        ("Conversations et réglages des visiteurs", [data / visitors.FOLDER]),
        ("Réglages et mesures", [data / FILE, data / SPEED_FILE]),
        ("Index", [settings.index]),
        ("Modèles", [settings.cache]),
    )
    return [
        Fact(label, write_size(*found), str(found[0]))
        for label, paths in kept
        if (found := [path for path in paths if path.exists()])
    ]


# --------------------------------------------------------------------------------------- figures


def write_number(number: int) -> str:
    """Write a whole number in French: « 2 000 » with its narrow no-break space."""
    return f"{number:,}".replace(",", "\u202f")


def write_size(*paths: Path) -> str:
    """Write what files and folders weigh: « 12 ko », « 490 Mo »."""
    size = sum(map(_measure, paths))
    if 0 < size < 1_000_000:
        return f"{max(1, round(size / 1000))}{NO_BREAK_SPACE}ko"
    return _space(format_size(size)) if size else f"0{NO_BREAK_SPACE}ko"


def _measure(path: Path) -> int:
    """Count the bytes under a path; what goes away meanwhile weighs nothing."""
    total = 0
    for file in path.rglob("*") if path.is_dir() else [path]:
        try:
            total += file.stat().st_size if file.is_file() else 0
        except OSError:
            continue
    return total


def _write_seconds(milliseconds: float) -> str:
    if milliseconds < 1000:
        return f"{milliseconds:.0f}{NO_BREAK_SPACE}ms"
    return f"{milliseconds / 1000:.1f}{NO_BREAK_SPACE}s".replace(".", ",")


def _find_host(settings: Settings) -> str:
    try:
        return urlsplit(settings.server_url.strip()).hostname or ""
    except ValueError:
        return ""


def _join(*parts: str) -> str:
    return " · ".join(filter(None, parts))


def _space(text: str) -> str:
    return text.replace(" ", NO_BREAK_SPACE)
