"""Which claims are being measured just now: a small file a process, for whoever waits and wants to know."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

FOLDER = "at_work"


@contextlib.contextmanager
def working_on(out: Path, claim: str) -> Iterator[None]:
    """Say that this process is at a claim, as long as the block lasts."""
    mark = out / FOLDER / str(os.getpid())
    with contextlib.suppress(OSError):  # nobody must fail for what only shows
        mark.parent.mkdir(parents=True, exist_ok=True)
        mark.write_text(claim, encoding="utf-8")
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            mark.unlink()


def at_work(out: Path) -> list[str]:
    """The claims that living processes of this machine are at, the longest first; marks of dead ones are removed."""
    found = []
    with contextlib.suppress(OSError):
        for mark in (out / FOLDER).iterdir():
            with contextlib.suppress(OSError, ValueError):
                since = mark.stat().st_mtime
                if _lives(int(mark.name)):
                    found.append((since, mark.read_text(encoding="utf-8")))
                else:
                    mark.unlink()
    return [claim for _, claim in sorted(found)]


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
