"""Processes and what they leave behind: orphans are adopted, and end with those that adopt them."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
import time
from pathlib import Path

ADOPT_ORPHANS = 36
DIE_WITH_PARENT = 1
"""Options of Linux's prctl."""


def _prctl(option: int, value: int) -> None:
    """Ask Linux for it; elsewhere nothing happens, and what a claim detached from itself may outlive it."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def adopt_orphans() -> None:
    """Let this process be the parent of all below it whose parents end."""
    _prctl(ADOPT_ORPHANS, 1)


def die_with_parent() -> None:
    """Let this process be killed when its parent ends."""
    _prctl(DIE_WITH_PARENT, signal.SIGKILL)


def children(process: int) -> list[int]:
    """The living children of a process, where the system tells them."""
    found: list[int] = []
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{process}/task").iterdir():
            with contextlib.suppress(OSError, ValueError):
                found += [int(pid) for pid in (task / "children").read_text().split()]
    return found


def below(process: int) -> list[int]:
    """A process and all below it."""
    found, todo = [], [process]
    while todo:
        pid = todo.pop()
        found.append(pid)
        todo += children(pid)
    return found


def parent(process: int) -> int:
    """The parent of a process, 0 where the system does not tell."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        return int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])
    return 0


def kill(process: int) -> None:
    """Kill a process and its group, where it leads one, with all below it."""
    for pid in reversed(below(process)):
        for end in (os.killpg, os.kill):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                end(pid, signal.SIGKILL)


def end_children(but: tuple[int, ...] = (), patience: float = 5.0) -> None:
    """Kill and reap the children of this process, also those that it adopts meanwhile."""
    until = time.monotonic() + patience
    while time.monotonic() < until:
        left = [pid for pid in children(os.getpid()) if pid not in but]
        if not left:
            return
        for pid in left:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, 0)


def memory(process: int) -> int:
    """Bytes that a process and all below it keep in memory."""
    total = 0
    for pid in below(process):
        with contextlib.suppress(OSError, ValueError, IndexError):
            resident, shared = map(int, Path(f"/proc/{pid}/statm").read_text().split()[1:3])
            total += (resident - shared) * os.sysconf("SC_PAGE_SIZE")
    return total
