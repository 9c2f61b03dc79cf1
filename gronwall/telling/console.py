"""Where tables are printed, what of a stranger's text a terminal or a CI would obey, and how a long name is broken."""

from __future__ import annotations

import re
import sys
import unicodedata
from typing import Any

from rich.console import Console
from rich.text import Text

COMMANDS = (
    "add-mask|add-matcher|add-path|debug|echo|endgroup|error|group|notice|remove-matcher|save-state|set-env|set-output"
    "|stop-commands|warning"
)
"""What GitHub takes for its commands where a line begins with ``::`` and one of these."""
_COMMAND = re.compile(rf":(?=:(?:{COMMANDS})\b)|#(?=#(?:\[|\w+\[))", re.IGNORECASE)
"""... and the beginning of ``##[...]`` and ``##vso[...]``, anywhere."""
_ORDERS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Characters that turn the direction of what follows."""


def visible(text: str) -> str:
    """Text as it may be printed: what a terminal or a CI would obey is shown in its place; line feeds stay."""
    text = "".join(_seen(c) for c in text)
    return _COMMAND.sub(lambda found: found.group() + " ", text)


def _seen(character: str) -> str:
    if character == "\n" or " " <= character <= "~":
        return character
    if unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") or character in _ORDERS:
        return character.encode("unicode_escape", "surrogatepass").decode("ascii")
    return character


class _Console(Console):
    """A console that prints only what is visible, and says when its reader has gone in place of ending the program."""

    def render_str(self, text: str, **how: Any) -> Text:
        return super().render_str(visible(text), **how)

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
