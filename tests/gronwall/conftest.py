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


@dataclass(frozen=True)
class Answer:
    """What a run of the command left behind."""

    status: int
    out: str
    err: str
    folder: Path

    @property
    def records(self) -> dict[str, dict[str, Any]]:
        lines = (self.folder / "records.jsonl").read_text().splitlines()
        return {record["claim"]: record for record in map(json.loads, lines)}

    @property
    def only(self) -> dict[str, Any]:
        (record,) = self.records.values()
        return record


@pytest.fixture
def gronwall(tmp_path: Path) -> Callable[..., Answer]:
    """``gronwall("check", file, ...)``: the command in a process of its own, results in ``tmp_path/out``."""

    def command(*arguments: object, out: Path | None = None, **environment: str) -> Answer:
        folder = out or tmp_path / "out"
        done = subprocess.run(
            [sys.executable, "-m", "gronwall", *map(str, arguments), "--out", str(folder)],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            timeout=120,
            env={**os.environ, **environment},
        )
        return Answer(done.returncode, done.stdout, done.stderr, folder)

    return command


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """``write("claims.py", body)``: a file of claims with the usual imports above the body."""
    header = (
        "import math\nimport numpy as np\nfrom hypothesis import strategies as st\n"
        "from gronwall import bound, rate, identity, comparison, reproduction, pick\n"
    )

    def file(name: str, body: str, imports: bool = True) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text((header if imports else "") + body)
        return path

    return file
