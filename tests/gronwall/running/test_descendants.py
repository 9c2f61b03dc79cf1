"""Processes: who is below whom, what they keep in memory, and that all of them can be ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from gronwall.running import at_work, descendants

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
NOBODY = 2**22 + 1
"""No process has that number: it is above the largest."""


def run(code: str) -> str:
    """What a process of its own prints that runs this."""
    head = "import os, signal, sys, time\nfrom pathlib import Path\nfrom gronwall.running import descendants\n"
    done = subprocess.run([sys.executable, "-c", head + code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


SLEEPS = """
def sleeper(memory=0):
    pid = os.fork()
    if pid == 0:
        kept = bytearray(memory << 20)
        kept[::4096] = b"x" * len(kept[::4096])
        time.sleep(60)
        os._exit(0)
    return pid
"""


def test_children_and_all_below_are_found():
    told = run(SLEEPS + """
first = sleeper()
ready, tell = os.pipe()
second = os.fork()
if second == 0:
    os.write(tell, str(sleeper()).encode())
    time.sleep(60)
third = int(os.read(ready, 20))
me = os.getpid()
print(sorted(descendants.children(me)) == sorted([first, second]))
print(descendants.children(second) == [third], descendants.children(third) == [])
print(sorted(descendants.below(me)) == sorted([me, first, second, third]), descendants.below(second) == [second, third])
descendants.kill(second)
descendants.kill(first)
for pid in (first, second):
    os.waitpid(pid, 0)
time.sleep(0.2)
try:
    os.kill(third, 0)
    print(Path(f"/proc/{third}/stat").read_text().rpartition(")")[2].split()[0] == "Z")
except ProcessLookupError:
    print(True)
""")  # fmt: skip
    assert told.split() == ["True"] * 6


def test_of_nobody_nothing_is_known():
    assert descendants.children(NOBODY) == []
    assert descendants.below(NOBODY) == [NOBODY]
    assert descendants.parent(NOBODY) == 0
    assert descendants.memory(NOBODY) == 0
    descendants.kill(NOBODY)


def test_a_process_has_the_parent_that_it_says():
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        assert descendants.parent(child.pid) == os.getpid()
        assert descendants.parent(os.getpid()) == os.getppid()
        assert child.pid in descendants.children(os.getpid())
    finally:
        child.kill()
        child.wait()


def test_memory_is_that_of_all_below_and_what_is_shared_is_left_out():
    told = run(SLEEPS + """
me = os.getpid()
before = descendants.memory(me)
child = sleeper(memory=64)
until = time.monotonic() + 20
while descendants.memory(child) < 60 << 20 and time.monotonic() < until:
    time.sleep(0.05)
print(descendants.memory(child) >> 20, (descendants.memory(me) - before) >> 20)
descendants.kill(child)
os.waitpid(child, 0)
""")  # fmt: skip
    alone, more = map(int, told.split())
    assert 60 <= alone <= 90
    assert 60 <= more <= 90


def test_orphans_come_to_who_adopts_them_and_all_but_those_named_are_ended():
    told = run(SLEEPS + """
descendants.adopt_orphans()
ready, tell = os.pipe()
middle = os.fork()
if middle == 0:
    os.write(tell, str(sleeper()).encode())
    os._exit(0)
orphan = int(os.read(ready, 20))
os.waitpid(middle, 0)
time.sleep(0.1)
print(descendants.parent(orphan) == os.getpid())
spared = sleeper()
descendants.end_children(but=(spared,))
print(descendants.children(os.getpid()) == [spared])
descendants.end_children()
print(descendants.children(os.getpid()) == [])
""")  # fmt: skip
    assert told.split() == ["True"] * 3


def test_who_asks_for_it_dies_with_the_parent():
    told = run("""
ready, tell = os.pipe()
middle = os.fork()
if middle == 0:
    child = os.fork()
    if child == 0:
        descendants.die_with_parent()
        os.write(tell, str(os.getpid()).encode())
        time.sleep(60)
        os._exit(0)
    time.sleep(60)
child = int(os.read(ready, 20))
os.kill(middle, signal.SIGKILL)
os.waitpid(middle, 0)
until = time.monotonic() + 10
while time.monotonic() < until:
    try:
        state = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        state = "gone"
    if state in ("Z", "gone"):
        break
    time.sleep(0.05)
print(state in ("Z", "gone"))
""")
    assert told == "True"


def test_a_whole_group_is_killed_with_its_leader():
    told = run(SLEEPS + """
ready, tell = os.pipe()
leader = os.fork()
if leader == 0:
    os.setpgid(0, 0)
    member = sleeper()
    os.write(tell, str(member).encode())
    time.sleep(60)
member = int(os.read(ready, 20))
began = time.monotonic()
descendants.kill(leader)
print(os.WTERMSIG(os.waitpid(leader, 0)[1]) == signal.SIGKILL, time.monotonic() - began < 5)
""")  # fmt: skip
    assert told.split() == ["True", "True"]


# --------------------------------------------------------------------------- who is at what


def test_only_living_processes_are_at_work(tmp_path):
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    folder = tmp_path / at_work.FOLDER
    with at_work.working_on(tmp_path, "a.claim"):
        (folder / str(dead.pid)).write_text("a.dead")
        (folder / "no number").write_text("a.stray")
        assert (folder / str(os.getpid())).read_text() == "a.claim"
        assert at_work.at_work(tmp_path) == ["a.claim"]
        assert sorted(path.name for path in folder.iterdir()) == sorted([str(os.getpid()), "no number"])
    assert at_work.at_work(tmp_path) == []
    assert at_work.at_work(tmp_path / "nowhere") == []


def test_who_has_been_at_it_longest_comes_first(tmp_path):
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        with at_work.working_on(tmp_path, "a.second"):
            (tmp_path / at_work.FOLDER / str(child.pid)).write_text("z.first")
            long_ago = time.time() - 100
            os.utime(tmp_path / at_work.FOLDER / str(child.pid), (long_ago, long_ago))
            assert at_work.at_work(tmp_path) == ["z.first", "a.second"]
    finally:
        child.send_signal(signal.SIGKILL)
        child.wait()


def test_a_process_of_somebody_else_lives(monkeypatch):
    def forbidden(process: int, number: int) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "kill", forbidden)
    assert at_work._lives(1)
