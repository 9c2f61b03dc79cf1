"""A claim is measured where nothing of another one is: what one file does to its process is its own affair."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

MARK = "MARK_OF_THE_TEST"
GOOD = """
@bound(over=st.floats(0, 1))
def small(instance):
    return abs(float(np.sin(instance))), 1.0
small.mutant("a tenth")(lambda instance: (abs(float(np.sin(instance))), 0.1))
@bound
def minus_three_is_small():
    return float(np.abs(np.float64(-3.0))), 1.0
"""
"""The first holds, the second is refuted, whatever stands beside them."""
HEAD = "import math, os, sys, time, builtins, threading, random\nimport numpy as np\nimport gronwall\n"
CULPRITS = {
    "patches_numpy": "np.abs = lambda x: 0 * x\nnp.sin = lambda x: 5.0\n",
    "patches_the_tool": "import gronwall.judging.judge, gronwall.measuring.bounds as b\nb.measure_bound = None\n"
    "gronwall.judging.judge.judge = lambda *a: 1 / 0\n",
    "patches_builtins": "builtins.abs = lambda x: 0 * x\nmath.sin = lambda x: 7\n",
    "changes_the_environment": "os.environ.clear()\nos.chdir('/')\nsys.path.clear()\nsys.setrecursionlimit(60)\n",
    "seeds": "random.seed(1)\nnp.random.seed(1)\n",
    "exits_on_import": "os._exit(3)\n",
    "leaves_on_import": "sys.exit(0)\n",
    "forks_on_import": "os.fork()\n",
    "closes_its_files": "os.closerange(0, 100)\n",
    "asks_its_parent_to_end": "import signal\nos.kill(os.getppid(), signal.SIGTERM)\n",
    "kills_its_parent": "import signal\nos.kill(os.getppid(), signal.SIGKILL)\n",
}


@pytest.mark.parametrize("jobs", [1, 2])
def test_no_file_touches_the_verdict_of_another(gronwall, write, tmp_path, jobs):
    culprits = [
        write(f"{'a' if i % 2 else 'z'}_{name}.py", HEAD + body) for i, (name, body) in enumerate(CULPRITS.items())
    ]
    good = write("middle.py", HEAD + GOOD)
    found = gronwall("check", *culprits, good, "--jobs", jobs)
    assert found.status == 1, found.err
    verdicts = {name: found.records[f"middle.{name}"]["verdict"] for name in ("small", "minus_three_is_small")}
    assert verdicts == {"small": "holds", "minus_three_is_small": "refuted"}
    for culprit in culprits:
        culprit.unlink()
    again = gronwall("check", good, "--jobs", jobs)
    assert "0 measured now" in again.out
    assert again.records["middle.minus_three_is_small"]["verdict"] == "refuted"


CLAIMS_THAT_MISBEHAVE = """
@bound
def a_patch():
    np.abs = lambda x: 0 * x
    math.pi = 3
    builtins.abs = lambda x: 0 * x
    return 0.5, 1.0
@bound(over=st.integers(0, 9))
def b_fork(instance):
    os.fork()
    return 0.5, 1.0
@bound
def c_thread():
    threading.Thread(target=lambda: time.sleep(60)).start()
    return 0.5, 1.0
@bound
def d_daemon():
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            time.sleep(600)
    return 0.5, 1.0
@bound
def e_exit():
    os._exit(3)
@bound
def f_segfault():
    import ctypes
    ctypes.string_at(0)
@bound
def g_deletes_its_file():
    os.chmod(__file__, 0o444)
    os.chdir("/")
    return 0.5, 1.0
@bound
def h_large_message():
    print("x" * 3_000_000)
    return 0.5, 1.0
@bound
def i_kills_its_parent():
    import signal
    if not os.path.exists(__file__ + ".once"):
        open(__file__ + ".once", "w").close()
        os.kill(os.getppid(), signal.SIGKILL)
    return 0.5, 1.0
@bound
def z_minus_three_is_small():
    return float(np.abs(np.float64(-3.0))) * (math.pi > 3.1), float(abs(-1.0))
"""


@pytest.mark.parametrize("jobs", [1, 3])
def test_no_claim_touches_another_of_its_file(gronwall, write, tmp_path, jobs):
    file = write("claims.py", HEAD + CLAIMS_THAT_MISBEHAVE)
    found = gronwall("check", file, "--jobs", jobs, MARK_OF_THE_TEST=str(tmp_path))
    record = {name.partition(".")[2]: record for name, record in found.records.items()}
    errors = {"e_exit", "f_segfault"}
    assert {name for name, one in record.items() if one["verdict"] == "error"} == errors
    assert "exit status 3" in record["e_exit"]["reason"]
    assert "SIGSEGV" in record["f_segfault"]["reason"]
    assert record["z_minus_three_is_small"]["verdict"] == "refuted"
    assert {name for name, one in record.items() if one["verdict"] == "holds"} == set(record) - errors - {
        "z_minus_three_is_small"
    }
    assert nothing_left(tmp_path)


def nothing_left(folder: Path) -> bool:
    """Does no process live any more that was started with results in this folder?"""
    until = time.monotonic() + 5
    while living := [name for name in Path("/proc").iterdir() if name.name.isdigit() and _is_of(name, folder)]:
        if time.monotonic() > until:
            print(living)
            return False
        time.sleep(0.1)
    return True


def _is_of(process: Path, folder: Path) -> bool:
    try:
        return MARK.encode() + b"=" + str(folder).encode() in (process / "environ").read_bytes()
    except OSError:
        return False


FINE = "@bound\ndef fine():\n    return 0.5, 1.0\n"


def test_what_takes_too_long_is_an_error_with_the_instance_at_work_and_the_others_go_on(gronwall, write):
    body = """
@bound(over=st.integers(3, 8), examples=20)
def slow(instance):
    if instance == 5:
        time.sleep(1000)
    return 0.5, 1.0
@bound
def held():
    import ctypes
    ctypes.PyDLL(None).sleep(1000)
@bound
def fine():
    return 0.5, 1.0
"""
    file, stuck = write("claims.py", HEAD + body), write("stuck.py", "import time\ntime.sleep(1000)\n")
    begun = time.monotonic()
    found = gronwall("check", file, stuck, "--timeout", 2, "--jobs", 2)
    assert time.monotonic() - begun < 40
    assert found.status == 1
    assert found.records["claims.fine"]["verdict"] == "holds"
    reason = found.records["claims.slow"]["reason"]
    assert reason.startswith("out of time: more than 2 s (--timeout); at work: 5"), reason
    assert found.records["claims.held"]["reason"] == "out of time: more than 2 s (--timeout)"
    assert "longer than 2 s" in found.records["stuck"]["reason"]
    assert "3 measured now" not in gronwall("check", file, "--timeout", 0, "-k", "fine").out


def test_a_claim_that_states_its_own_limits_is_held_to_them_before_those_of_the_run(gronwall, write):
    file = write(
        "claims.py",
        "import time\nfrom gronwall import pick\n"
        "@bound(timeout=pick(quick=1, full=100))\ndef short():\n    time.sleep(30)\n    return 1, 2\n"
        "@bound(timeout=60)\ndef long():\n    time.sleep(3)\n    return 1, 2\n"
        "@bound(memory=50)\ndef large():\n    kept = b'1' * (200 << 20)\n    time.sleep(2)\n    return 1, len(kept)\n",
    )
    found = gronwall("check", file, "--timeout", "2.5")
    assert {name: record["verdict"] for name, record in found.records.items()} == {
        "claims.short": "error", "claims.long": "holds", "claims.large": "error",
    }  # fmt: skip
    assert found.records["claims.short"]["reason"].startswith("out of time: more than 1 s (its own timeout=)")
    assert found.records["claims.large"]["reason"].startswith("out of memory: more than 50 MiB (its own memory=)")


def test_what_takes_too_much_memory_is_an_error_and_is_measured_again(gronwall, write):
    body = """
@bound
def large():
    kept = [np.ones(2_000_000) for _ in range(200) if not time.sleep(0.02)]
    return float(len(kept)), 1e9
@bound
def fine():
    return 0.5, 1.0
"""
    file = write("claims.py", HEAD + body)
    found = gronwall("check", file, "--memory", 300)
    assert found.records["claims.large"]["reason"].startswith("out of memory: more than 300 MiB (--memory)")
    assert found.records["claims.fine"]["verdict"] == "holds"
    again = gronwall("check", file, "--memory", 0)
    assert again.records["claims.large"]["verdict"] == "holds"
    assert "1 measured now" in again.out


def test_an_import_that_takes_too_much_memory_is_an_error_of_its_file(gronwall, write):
    large = write("large.py", HEAD + "kept = [np.ones(2_000_000) for _ in range(200) if not time.sleep(0.02)]\n" + FINE)
    found = gronwall("check", large, write("fine.py", HEAD + FINE), "--memory", 300)
    assert found.status == 1
    assert "importing it takes more than 300 MiB (--memory)" in found.records["large"]["reason"]
    assert found.records["fine.fine"]["verdict"] == "holds"


def test_a_package_that_is_missing_is_looked_for_again(gronwall, write):
    file = write("claims.py", HEAD + "@bound\ndef late():\n    import beside\n    return beside.value, 1.0\n")
    assert gronwall("check", file).records["claims.late"]["verdict"] == "error"
    write("beside.py", "value = 0.5\n")
    assert gronwall("check", file).records["claims.late"]["verdict"] == "holds"


@pytest.mark.parametrize(("end", "status"), [("TERM", 143), ("INT", 130)])
def test_a_run_that_is_ended_keeps_what_is_finished_and_leaves_nothing_behind(gronwall, write, tmp_path, end, status):
    body = """
@bound(cases={str(k): k for k in range(9)})
def waits(case):
    time.sleep(0.2 if case < 3 else 1000)
    return 0.5, 1.0
"""
    file, out = write("claims.py", HEAD + body), tmp_path / "out"
    command = [sys.executable, "-m", "gronwall", "check", str(file), "--out", str(out), "--jobs", "2"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    process = subprocess.Popen(
        command,
        **pipes,
        text=True,
        env={**os.environ, MARK: str(tmp_path)},
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a shell's background ignores it
    )
    until = time.monotonic() + 60
    while len(list((out / "claims").glob("*.json"))) < 3 and time.monotonic() < until:
        time.sleep(0.05)
    process.send_signal(getattr(signal, f"SIG{end}"))
    try:
        _, err = process.communicate(timeout=15)
    finally:
        process.kill()
    assert process.returncode == status, err
    assert "what was measured is kept" in err
    assert "Traceback" not in err
    assert len(list((out / "claims").glob("*.json"))) == 3
    assert nothing_left(tmp_path)
