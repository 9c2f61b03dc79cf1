"""Claims measured and judged in the process of the test."""

from __future__ import annotations

from typing import Any

from gronwall.claims import Claim
from gronwall.efforts import Effort
from gronwall.judging.judge import judge
from gronwall.measuring.measure import measure


def measured(claim: Claim, case: str | None = None, seed: int = 0, effort: str = "quick") -> dict[str, Any]:
    """The measurement of a claim, of one case of it where there are several."""
    value = claim.cases[case] if case is not None else None
    return measure(claim, f"test.{claim.name}", value, seed, Effort(effort))


def judged(claim: Claim, case: str | None = None, seed: int = 0, effort: str = "quick") -> dict[str, Any]:
    """What is judged of a claim: the part of its record that is not about how it was run."""
    return judge(measured(claim, case, seed, effort))
