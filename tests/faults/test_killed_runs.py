"""Runs that are killed half-way, and runs side by side in one folder."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

from gronwall.running import store

CLAIM = '''
@bound(over=st.floats(0.01, 2.0), sharp=0.99)
def sine(instance):
    """$\\\\sin x \\\\le x$."""
    return math.sin(instance), instance
@sine.mutant("a percent less")
def _(instance):
    return math.sin(instance), 0.99 * instance
'''


SLOW = """
import time
@bound(over=st.integers(0, 3), examples=4, cases={str(k): k for k in range(8)})
def slow(instance, case):
    time.sleep(0.12)
    return instance, 3
"""


def test_a_killed_run_goes_on_where_it_was(gronwall, write, tmp_path):
    file = write("claims.py", SLOW)
    out = tmp_path / "out"
    process = subprocess.Popen(
        [sys.executable, "-m", "gronwall", "check", str(file), "--out", str(out), "--jobs", "1"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    deadline = time.monotonic() + 60
    while len(list((out / "claims").glob("*.json"))) < 3 and time.monotonic() < deadline:
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    finished = len(list((out / "claims").glob("*.json")))
    assert 3 <= finished < 8
    answer = gronwall("check", file)
    assert answer.status == 0
    assert f"{8 - finished} measured now" in answer.out
    assert len(answer.records) == 8


def test_two_runs_at_once_do_no_harm(gronwall, write, tmp_path):
    file, other = write("claims.py", SLOW), write("others.py", CLAIM)
    command = [sys.executable, "-m", "gronwall", "check", "--out", str(tmp_path / "out"), "--jobs", "1"]
    processes = [
        subprocess.Popen([*command, str(path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for path in (file, file, other)
    ]
    for process in processes:
        _, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
    assert store.is_intact(tmp_path / "out")
    assert len(store.read_records(tmp_path / "out")) == 9
    assert "0 measured now" in gronwall("check", file, other).out
