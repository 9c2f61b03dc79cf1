"""A project of one's own, with folders theory/, checks/, systems/ and figures/, works from any folder inside it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

CLAIMS = '''
"""{about}"""
from flint import arb
from hypothesis import strategies as st
from systems.mine import measured
from theory import mine

from gronwall import bound, identity


@bound(over=st.floats(0, 1))
def small(instance):
    """x <= 2x + 1/1000 on [0, 1]."""
    return measured(instance), mine.bound(instance)


@small.mutant("halved")
def _(instance):
    return measured(instance), instance / 2


@identity(tol=1e-9)
def in_balls():
    """exp(1) exp(-1) = 1, in balls."""
    return arb(1).exp() * arb(-1).exp(), arb(1)


@in_balls.mutant("twice")
def _():
    return arb(1).exp() * arb(-1).exp(), arb(2)
'''
FILES = {
    "pyproject.toml": '[project]\nname = "own-project"\nversion = "0"\n',
    "theory/__init__.py": "",
    "theory/mine.py": "def bound(x): return 2 * x + 1e-3\n",
    "systems/mine.py": "def measured(x): return x\n",
    "checks/growth/claims.py": CLAIMS.format(about="A subject in a folder."),
    "checks/own.py": CLAIMS.format(about="A file beside it."),
    "figures/growth.py": '__all__ = ["shown"]\n\n\ndef shown(results):\n    """Nothing."""\n'
    "    from matplotlib.figure import Figure\n\n    return Figure()\n",
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("own")
    for name, text in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    command = [sys.executable, "-m", "gronwall", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, env=clean)


def verdicts(out: Path) -> dict[str, tuple[str, str]]:
    records = map(json.loads, (out / "records.jsonl").read_text().splitlines())
    return {record["claim"]: (record["verdict"], record["file"]) for record in records}


def test_its_claims_hold_from_its_root_and_from_any_folder_inside_it(project: Path):
    for folder in (project, project / "checks", project / "checks" / "growth"):
        out = project / f"out-{folder.name}"
        done = run(folder, "check", "--out", str(out))
        assert done.returncode == 0, done.stdout + done.stderr
        assert verdicts(out) == {
            "growth.small": ("holds", "checks/growth/claims.py"),
            "growth.in_balls": ("holds", "checks/growth/claims.py"),
            "own.small": ("holds", "checks/own.py"),
            "own.in_balls": ("holds", "checks/own.py"),
        }


def test_its_subjects_claims_and_figures_go_by_their_names(project: Path):
    assert run(project, "check", "growth").returncode == 0
    assert run(project, "check", "growth.small", "--jobs", "1").returncode == 0
    assert "holds" in run(project / "theory", "explain", "growth.small", "--out", str(project / "build")).stdout
    assert run(project, "figures").stdout.split() == ["build/figures/growth-shown.svg"]
    wrong = run(project, "check", "grown")
    assert wrong.returncode == 2
    assert "subjects: growth" in wrong.stderr


def test_a_change_in_its_own_theory_makes_its_claims_stale(project: Path):
    assert run(project, "check", "checks/own.py").returncode == 0
    (project / "theory" / "mine.py").write_text("def bound(x): return x / 2\n")
    done = run(project, "check", "checks/own.py")
    (project / "theory" / "mine.py").write_text(FILES["theory/mine.py"])
    assert done.returncode == 1
    assert verdicts(project / "build")["own.small"][0] == "refuted"
