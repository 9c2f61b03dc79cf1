"""Records for the tests of a module: those of its CLAIMS, checked once."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from gronwall.running.options import Options
from gronwall.running.run import check
from gronwall.telling import results


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    """Records of one small file of claims, the module's CLAIMS."""
    folder = tmp_path_factory.mktemp("run")
    (folder / "mine.py").write_text(request.module.CLAIMS)
    check((str(folder / "mine.py"),), Options(jobs=1, out=folder / "out"))
    return folder / "out"


@pytest.fixture
def out(run_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the records, with no committed records or tables beside them."""
    monkeypatch.setattr(results, "_committed", list)
    monkeypatch.setattr(results, "_committed_tables", list)
    shutil.copytree(run_folder, tmp_path / "out")
    return tmp_path / "out"
