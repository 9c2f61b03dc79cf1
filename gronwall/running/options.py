"""How to run: what the command line says, resolved."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from gronwall.efforts import Effort

QUICK = Effort("quick")


@dataclass(frozen=True)
class Options:
    """How to run."""

    effort: Effort = QUICK
    seed: int = 0
    jobs: int = 2
    out: Path = Path("build")
    cluster: str | None = None
    timeout: float | None = 600.0
    """Seconds for a claim, and for the import of a file; None for no limit."""
    memory: int | None = None
    """MiB that a claim may take beyond what its file has loaded; None for no limit."""
    expression: str | None = None
    """Parts of ids, joined by and, or, not: only claims whose ids match."""
    failed: bool = False
    """Only claims that did not hold when they were last run into this folder, or were never run."""
    force: bool = False
    """Measure all anew."""
    require_mutants: bool = False
    """A claim that no mutant shows able to fail counts as inconclusive."""
    first: bool = False
    """Stop at the first claim that is refuted or in error."""

    def limit(self, which: str, own: dict[str, dict[str, float]]) -> tuple[float | None, str]:
        """The limit of a claim that states its ``own``, or states none; and where it was said."""
        if which in own:
            return own[which][str(self.effort)], f"its own {which}="
        found: float | None = getattr(self, which)
        return found, f"--{which}"


ENVIRONMENT = {
    **{f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "VECLIB_MAXIMUM")},
    "PYTHONHASHSEED": "0",
    "CUDA_VISIBLE_DEVICES": "",
}
"""What every process starts with: one thread for BLAS and torch, hashes without salt, no accelerator."""


def started_with() -> dict[str, str]:
    """The environment of every process of a run."""
    return {**os.environ, **ENVIRONMENT}


TIMEOUTS = {"quick": 600.0, "full": 14400.0, "paper": None}
"""Seconds for a claim where nothing else is said."""


def half_of_memory() -> int | None:
    """Half of this machine's memory in MiB, None where the system does not tell."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") >> 21
    except (ValueError, OSError, AttributeError):
        return None
