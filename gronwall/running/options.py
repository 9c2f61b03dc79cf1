"""How to run: what the command line says, resolved."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from gronwall.claims import Effort

QUICK = Effort("quick")


@dataclass(frozen=True)
class Options:
    """How to run."""

    effort: Effort = QUICK
    seed: int = 0
    jobs: int = 2
    out: Path = Path("build")
    cluster: str | None = None
