"""A copy of the checkout in which one file at a time is another: a run that is killed leaves the checkout as it was.

The tests and the command run in the copy, its root first on ``PYTHONPATH``, so that every process they start sees the
mutant too.
"""

from __future__ import annotations

import compileall
import fcntl
import hashlib
import os
import py_compile
import subprocess
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "build" / "mutation"
"""What is kept between runs, the copy included; :func:`alone` gives every set of folders its own."""
TREE = FOLDER / "tree"
LEFT_OUT = ("paper/tables/", "paper/records")
"""Large files that no test of code reads."""


def alone(name: str) -> IO[str]:
    """Work in a folder of that name; what is returned holds it until it is closed.  Raises SystemExit if it is held."""
    global FOLDER, TREE
    FOLDER = ROOT / "build" / "mutation" / name
    TREE = FOLDER / "tree"
    FOLDER.mkdir(parents=True, exist_ok=True)
    held = (FOLDER / "lock").open("w")
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise SystemExit(f"another run mutates {name}: wait for it, or end it") from None
    return held


@cache
def checkout() -> list[str]:
    """The files of the checkout, tracked or new."""
    listed = subprocess.check_output(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, text=True)
    names = sorted(name for name in listed.splitlines() if (ROOT / name).exists() or (ROOT / name).is_symlink())
    return [name for name in names if not name.startswith(LEFT_OUT)]


@cache
def content(name: str) -> bytes:
    """What a file of the checkout held when it was first asked for: it may be edited during a run."""
    return (ROOT / name).read_bytes() if (ROOT / name).is_file() else b""


def renew() -> None:
    """Make the copy what the checkout is; what has not changed keeps its time stamp."""
    wanted = set(checkout())
    for folder, _, files in os.walk(TREE):
        for file in files:
            path = Path(folder, file)
            if path.suffix != ".pyc" and path.relative_to(TREE).as_posix() not in wanted:
                path.unlink()
    for name in sorted(wanted):
        source, target = ROOT / name, TREE / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_symlink():
            if not target.is_symlink():
                target.symlink_to(os.readlink(source))
        elif not target.is_file() or target.read_bytes() != content(name):
            target.write_bytes(content(name))


def compile_all() -> None:
    """Byte code that is checked by the content of its source, so that a mutant of the same size and second is seen."""
    for folder in ("gronwall", "theory", "systems"):
        compileall.compile_dir(
            TREE / folder, quiet=2, invalidation_mode=py_compile.PycInvalidationMode.CHECKED_HASH, maxlevels=10
        )


def digest(names: Iterable[str]) -> str:
    """A hash of files of the checkout, by name and content."""
    found = hashlib.sha256()
    for name in sorted(names):
        found.update(f"{name}\0".encode() + content(name) + b"\0")
    return found.hexdigest()[:20]


def code() -> list[str]:
    """The files on which what the tests see depends, but for the tests."""
    mutating = "gronwall/power/"  # which makes the mutants, and which they do not run
    ours = [n for n in checkout() if n.startswith(("gronwall/", "theory/", "systems/")) and n.endswith(".py")]
    return [n for n in ours if not n.startswith(mutating)]


def files_of(folder: str) -> list[str]:
    """The modules of a room of the tool, or of the mathematics."""
    return [n for n in checkout() if n.startswith((f"gronwall/{folder}/", f"{folder}/")) and n.endswith(".py")]


def beside(test: str) -> list[str]:
    """A file of tests and what it may lean on: fixtures, and modules in its folder that are no tests."""
    folder = test.rpartition("/")[0]
    leaned = [n for n in checkout() if n.endswith("conftest.py") and folder.startswith(n.rpartition("/")[0])]
    leaned += [n for n in checkout() if n.rpartition("/")[0] == folder and not n.rpartition("/")[2].startswith("test_")]
    return sorted({test, *leaned})
