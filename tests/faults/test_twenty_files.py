"""A folder of twenty files in which some do what strangers' files do: the others are right, and these explained."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

HEAD = "import importlib.util, os, random, sys, threading, time\nfrom pathlib import Path\n"
GOOD = """
@bound(over=st.floats(0, {top}))
def stays_below(instance):
    return instance * abs(float(np.sin(1.5))), {top}
stays_below.mutant("half of it")(lambda instance: (instance, {top} / 2))
@bound
def is_too_large():
    return float(np.abs(np.float64(-3.0))) * {top}, 1.0
@rate(order=2, at=[8, 16, 32, 64, 128])
def falls(n):
    return {top} * (1 + 1 / n) / n**2
"""
CULPRITS = {
    "b_patches": "np.abs = lambda x: 0 * x\nimport builtins\nbuiltins.abs = np.abs\n@bound\ndef c(): return 0.5, 1.0\n",
    "d_forks": "@bound(over=st.integers(0, 50))\ndef c(instance):\n    os.fork()\n    return 0.5, 1.0\n",
    "f_hangs": "@bound\ndef c():\n    time.sleep(10_000)\n    return 0.5, 1.0\n",
    "h_exits": "@bound\ndef c(): os._exit(0)\n",
    "j_eats": "@bound\ndef c():\n    kept = [np.ones(1_000_000) for _ in range(900) if not time.sleep(0.005)]\n"
    "    return 1.0, 2.0\n",
    "l_flaky": "@bound\ndef c(): return 0.5 + time.time() % 1e-3, 1.0\n",
    "n_loads": "spec = importlib.util.spec_from_file_location('far', Path(__file__).parent / 'far' / 'value.py')\n"
    "far = importlib.util.module_from_spec(spec)\nspec.loader.exec_module(far)\n@bound\ndef c(): return far.V, 1.0\n",
}  # fmt: skip
EXPLAINED = {
    "f_hangs.c": ("error", "out of time: more than 4 s (--timeout)"),
    "h_exits.c": ("error", "it ended itself (exit status 0)"),
    "j_eats.c": ("error", "out of memory: more than 400 MiB (--memory)"),
    "l_flaky.c": ("error", "not repeatable"),
    "b_patches.c": ("holds", ""),
    "d_forks.c": ("holds", ""),
}


@pytest.fixture(scope="module")
def folder(shared) -> Path:
    _, write = shared
    for i in range(20 - len(CULPRITS)):
        write(f"claims/{'acegikmoqsuwyz'[i]}_good.py", GOOD.format(top=float(i + 1)))
    for name, body in CULPRITS.items():
        write(f"claims/{name}.py", HEAD + body)
    value = write("claims/far/value.py", "V = 0.5\n", imports=False)
    return value.parent.parent


def essence(records: dict) -> dict:
    """What of the records no clock is in; a flaky claim tells its values."""
    kept = {}
    for name, record in records.items():
        kept[name] = {key: value for key, value in record.items() if key not in ("seconds", "date")}
        if name == "l_flaky.c":
            kept[name]["reason"] = record["reason"][:14]
            kept[name]["worst"] = kept[name]["series"] = None
    return kept


@pytest.fixture(scope="module")
def runs(shared, folder) -> dict[str, dict]:
    """The records with one process and with three, and with the files in another order."""
    gronwall, _ = shared
    limits = ("--timeout", 4, "--memory", 400)
    found = {}
    files = sorted(folder.glob("*.py"))
    for name, targets, jobs in (("one", [folder], 1), ("three", [folder], 3), ("turned", files[::-1], 2)):
        answer = gronwall("check", *targets, *limits, "--jobs", jobs, out=folder.parent / name, TWENTY=str(folder))
        assert answer.status == 1, answer.err
        found[name] = answer.records
    return found


def test_every_other_file_has_its_verdicts(runs):
    for records in runs.values():
        good = {name: one["verdict"] for name, one in records.items() if "_good." in name}
        assert len(good) == 39
        wrong = {name for name, verdict in good.items() if (verdict == "holds") == name.endswith("is_too_large")}
        assert wrong == set()


def test_each_culprit_is_explained(runs):
    for records in runs.values():
        for name, (verdict, reason) in EXPLAINED.items():
            assert records[name]["verdict"] == verdict, (name, records[name]["reason"])
            assert reason in records[name]["reason"]


def test_the_records_depend_neither_on_the_number_of_processes_nor_on_the_order_of_files(runs):
    one, three, turned = (essence(records) for records in runs.values())
    assert one == three
    assert one == turned


def test_no_process_is_left(runs, folder):
    until = time.monotonic() + 5
    while living := [path for path in Path("/proc").iterdir() if path.name.isdigit() and _is_of(path, folder)]:
        assert time.monotonic() < until, living
        time.sleep(0.1)


def _is_of(process: Path, folder: Path) -> bool:
    try:
        return b"TWENTY=" + os.fsencode(folder) in (process / "environ").read_bytes()
    except OSError:
        return False


def test_the_second_run_shows_what_a_file_loaded_by_its_path_says_now(shared, runs, folder):
    gronwall, write = shared
    assert runs["one"]["n_loads.c"]["verdict"] == "holds"
    write("claims/far/value.py", "V = 1.5\n", imports=False)
    again = gronwall("check", folder, "--timeout", 4, "--memory", 400, "--jobs", 2, out=folder.parent / "one")
    assert again.records["n_loads.c"]["verdict"] == "refuted"
    assert "5 measured now" in again.out  # the four errors and what has changed
