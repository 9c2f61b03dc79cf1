"""Which module measures which kind of claim; a measurement depends on its own kind's alone."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

MEASURERS = {
    "bound": ("bounds", "measure_bound"),
    "rate": ("rates", "measure_rate"),
    "identity": ("identities", "measure_identity"),
    "comparison": ("replicates", "measure_replicates"),
    "reproduction": ("replicates", "measure_replicates"),
}
"""The module and the function, by name: no import leads from here to them, so a kind has a fingerprint of its own."""


def measurer(kind: str) -> Callable[..., dict[str, Any]]:
    """The function that measures a form of this kind."""
    module, function = MEASURERS[kind]
    found: Callable[..., dict[str, Any]] = getattr(import_module(f"gronwall.measuring.{module}"), function)
    return found


def file_of(kind: str) -> Path:
    """The module that measures this kind."""
    return Path(__file__).parent / f"{MEASURERS[kind][0]}.py"
