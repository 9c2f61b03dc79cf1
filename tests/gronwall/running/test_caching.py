"""What is dear is made once: the cache of trainings, across calls, processes, killed runs and changed code."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

DEAR = """
import os, time
import numpy as np
from gronwall import cached

@cached
def dear(x, y=1):
    with open("made", "a") as told:
        told.write("once\\n")
    time.sleep(0.5)
    return {"sum": x + y, "array": np.arange(3) * x}
"""
ASK = "import dear; print(dear.dear(2)['sum'], dear.dear(2)['array'].tolist())"


def asking(folder: Path, code: str = ASK) -> subprocess.Popen:
    given = {**os.environ, "GRONWALL_OUT": str(folder / "out"), "PYTHONPATH": str(folder)}
    return subprocess.Popen([sys.executable, "-c", code], cwd=folder, env=given, text=True, stdout=subprocess.PIPE)


def answer(folder: Path, code: str = ASK) -> str:
    told, _ = asking(folder, code).communicate(timeout=60)
    return told.strip()


def times_made(folder: Path) -> int:
    return len((folder / "made").read_text().splitlines())


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "dear.py").write_text(DEAR)
    return tmp_path


def test_two_processes_that_want_the_same_make_it_once(folder):
    both = [asking(folder), asking(folder)]
    assert {process.communicate(timeout=60)[0].strip() for process in both} == {"3 [0, 2, 4]"}
    assert times_made(folder) == 1


def test_other_arguments_are_another_matter_and_defaults_are_arguments(folder):
    assert answer(folder) == "3 [0, 2, 4]"
    assert answer(folder, "import dear; print(dear.dear(2, y=5)['sum'])") == "7"
    assert answer(folder, "import dear; print(dear.dear(x=2, y=1)['sum'])") == "3"
    assert times_made(folder) == 2


def test_changed_code_is_run_again_and_a_changed_comment_is_not(folder):
    answer(folder)
    (folder / "dear.py").write_text(DEAR + "# a remark\n")
    answer(folder)
    assert times_made(folder) == 1
    (folder / "dear.py").write_text(DEAR.replace("x + y", "x - y"))
    assert answer(folder) == "1 [0, 2, 4]"
    assert times_made(folder) == 2


DAMAGES = {
    "half of it": lambda b: b[: len(b) // 2],
    "nothing": lambda b: b"",
    "no archive": lambda b: b"no archive at all",
    "a bit of an array": lambda b: b[:-300] + bytes([b[-300] ^ 1]) + b[-299:],
    "a bit of the seal": lambda b: bytes([b[0] ^ 1]) + b[1:],
    "no seal": lambda b: b.partition(b"\n")[2],
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_file_is_made_anew(folder, damage):
    answer(folder)
    (file,) = (folder / "out" / "cache").glob("*.npz")
    file.write_bytes(damage(file.read_bytes()))
    assert answer(folder) == "3 [0, 2, 4]"
    assert times_made(folder) == 2


def test_a_valid_file_of_something_else_is_not_believed(folder):
    answer(folder)
    (first,) = (folder / "out" / "cache").glob("*.npz")
    answer(folder, "import dear; dear.dear(7)")
    (other,) = set((folder / "out" / "cache").glob("*.npz")) - {first}
    first.write_bytes(other.read_bytes())
    assert answer(folder) == "3 [0, 2, 4]"
    assert times_made(folder) == 3


def test_what_a_caller_does_to_the_result_stays_with_the_caller(folder):
    told = answer(folder, "import dear; dear.dear(2)['array'][:] = 9; print(dear.dear(2)['array'].tolist())")
    assert told == "[0, 2, 4]"
