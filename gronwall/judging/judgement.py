"""What a judge says: a verdict with its reason, and the words for it.

Confidence is 99 % everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from gronwall.canonical import dumps

CONFIDENCE = 0.99
FINDINGS = ("reproduced", "not reproduced", "undecided")
VERDICTS = ("holds", "refuted", "inconclusive", "error", *FINDINGS)


@dataclass
class Judgement:
    """A verdict with its reason, and what of it the record shows."""

    verdict: str
    reason: str
    ratio: float | None = None
    instance: Any = None
    counterexample: Any = None
    grade: str = "measured"
    scope: str = "point"
    fit: dict[str, Any] = field(default_factory=dict)


def number(x: float) -> str:
    """Four significant digits, without padding."""
    return f"{x:.4g}"


def on(reason: str, instance: Any) -> str:
    """The reason with the instance it happened on, shortened for reading."""
    if instance is None:
        return reason
    text = dumps(instance)
    return f"{reason}, on {text if len(text) <= 120 else text[:117] + '...'}"
