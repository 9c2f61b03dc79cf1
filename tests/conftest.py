"""Fixtures: folders of claims as strangers write them, and the command as they run it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from gronwall.claims import forget_claims_of


@dataclass(frozen=True)
class Answer:
    """What a run of the command left behind."""

    status: int
    out: str
    err: str
    folder: Path

    @property
    def records(self) -> dict[str, dict[str, Any]]:
        lines = (self.folder / "records.jsonl").read_text(encoding="utf-8").rstrip("\n").split("\n")
        return {record["claim"]: record for record in map(json.loads, lines)}

    @property
    def only(self) -> dict[str, Any]:
        (record,) = self.records.values()
        return record


Command = Callable[..., Answer]
Writer = Callable[..., Path]


def command_in(folder: Path) -> Command:
    """``command("check", file, ...)``: the command in a process of its own, results in ``folder/out``.

    One worker unless the test says how many: each costs a start of its own.
    """

    def command(*arguments: object, out: Path | None = None, **environment: str) -> Answer:
        results = out or folder / "out"
        given = [str(argument) for argument in arguments]
        if given[0] == "check" and not {"--jobs", "--cluster"} & set(given):
            given += ["--jobs", "1"]
        done = subprocess.run(
            [sys.executable, "-m", "gronwall", *given, "--out", str(results)],
            capture_output=True,
            text=True,
            cwd=folder,
            timeout=120,
            env={**os.environ, **environment},
        )
        return Answer(done.returncode, done.stdout, done.stderr, results)

    return command


def writer_in(folder: Path) -> Writer:
    """``write("claims.py", body)``: a file of claims with the usual imports above the body."""
    header = (
        "import math\nimport numpy as np\nfrom hypothesis import strategies as st\n"
        "from gronwall import bound, rate, identity, comparison, reproduction, pick\n"
    )

    def file(name: str, body: str, imports: bool = True) -> Path:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text((header if imports else "") + body)
        return path

    return file


@pytest.fixture
def gronwall(tmp_path: Path) -> Command:
    """The command, its results in ``tmp_path/out``."""
    return command_in(tmp_path)


@pytest.fixture
def write(tmp_path: Path) -> Writer:
    """A file of claims in ``tmp_path``."""
    return writer_in(tmp_path)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Command, Writer]:
    """Command and writer of a folder that the tests of a module share: what one run measured serves them all."""
    folder = tmp_path_factory.mktemp("shared")
    return command_in(folder), writer_in(folder)


@pytest.fixture(autouse=True)
def _forget(request: pytest.FixtureRequest):
    """What a test file defined as claims is forgotten after each of its tests."""
    yield
    forget_claims_of(Path(request.path).resolve())
