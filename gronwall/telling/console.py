"""Where tables are printed, and how a long name is broken."""

from __future__ import annotations

import re
import sys

from rich.console import Console


class _Console(Console):
    """A console that says when its reader has gone, in place of ending the program."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


def plain_console() -> Console:
    """Where tables are printed: as wide as the terminal, 80 columns elsewhere."""
    return _Console(highlight=False, width=None if sys.stdout.isatty() else 80)


def broken(name: str, width: int = 32) -> str:
    """A long name on several lines, broken after underscores."""
    lines = [""]
    for part in re.findall(r"[^_]+_*|_+", name):
        if len(lines[-1]) + len(part) > width and lines[-1]:
            lines.append("  ")
        lines[-1] += part
    return "\n".join(lines)
