"""What is told of a process that has ended: of which death it died, what it printed last, at what it was."""

from __future__ import annotations

import os
import signal
from typing import IO, Any

from gronwall.canonical import dumps

SHOWN = 20_000
"""Bytes that are kept of what a claim printed, from the end."""


def death(status: int) -> str:
    """Of which death a claim's process died."""
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        name = signal.Signals(number).name if number in set(signal.Signals) else str(number)
        return f"the process died ({name}: a crash, or out of memory)"
    return f"the process died: it ended itself (exit status {os.WEXITSTATUS(status)})"


def printed_at_end(file: IO[bytes]) -> str:
    """The end of what was printed."""
    size = os.fstat(file.fileno()).st_size
    file.seek(max(0, size - SHOWN))
    return file.read(SHOWN).decode("utf-8", "replace")


def short(instance: Any) -> str:
    text = dumps(instance)
    return text if len(text) <= 200 else text[:200] + " ..."
