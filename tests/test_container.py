"""The steps of the container, without a program to run them."""

from __future__ import annotations

import re
import shlex
import tomllib
from pathlib import Path

import pytest

from rag.cli import main
from rag.settings import Settings, load_settings

ROOT = Path(__file__).resolve().parent.parent
TEXT = (ROOT / "Containerfile").read_text(encoding="utf-8").replace("\\\n", " ")
STEPS = [line.split(maxsplit=1) for line in TEXT.splitlines() if line[:1].isalpha()]


def of(name: str) -> list[str]:
    return [rest for step, rest in STEPS if step == name]


def test_what_it_copies_is_there_and_reaches_it() -> None:
    copied = [name for rest in of("COPY") for name in shlex.split(rest)[:-1]]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    needed = {"pyproject.toml", "requirements.lock", project["project"]["readme"]}
    needed |= {*project["project"]["license-files"], *wheel["packages"], *wheel["force-include"]}
    assert set(copied) == needed
    assert all((ROOT / name).exists() for name in copied)
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert {line[1:] for line in ignored if line.startswith("!")} == needed


def test_its_commands_are_those_of_the_program(capsys: pytest.CaptureFixture[str]) -> None:
    commands = [found.split() for found in re.findall(r"\bsourcier ([a-z][a-z -]*)", TEXT)]
    assert ["models", "--fetch"] in commands
    with pytest.raises(SystemExit):
        main(["models", "--help"])
    assert "--fetch" in capsys.readouterr().out
    assert of("CMD") == ['["sourcier"]'] and of("EXPOSE") == ["8501"]
    with pytest.raises(SystemExit):
        main(["run", "--help"])


def test_its_variables_are_those_of_the_settings() -> None:
    variables = dict(item.split("=") for rest in of("ENV") for item in rest.split())
    found = load_settings(variables)
    assert found == Settings(
        cache=Path("/models"),
        data=Path("/data/data"),
        index=Path("/data/index"),
        address="0.0.0.0",
    )
    volumes = of("VOLUME") + [
        word for rest in of("RUN") for word in shlex.split(rest) if word.startswith("/models")
    ]
    assert all(
        any(path.is_relative_to(volume) for volume in volumes)
        for path in (found.cache, found.data, found.index)
    )


def test_what_runs_it_is_no_root_and_supported() -> None:
    assert of("USER") == ["sourcier"]
    (image,) = of("FROM")
    assert re.fullmatch(r"python:3\.1[123]-slim", image)
