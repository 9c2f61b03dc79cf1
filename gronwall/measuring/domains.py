"""The instances of a claim: its domain, and the search over it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hypothesis.strategies import SearchStrategy, sampled_from

from gronwall.claims import Variant
from gronwall.measuring import seeding
from gronwall.measuring.bench import Bench, Failed
from gronwall.measuring.engine import literals_of
from gronwall.measuring.keywords import count
from gronwall.measuring.search import Found, Outcome, ascend, climb, search


@dataclass
class Problem:
    """An instance on which no comparison could be made."""

    reason: str


def domain(bench: Bench, variant: Variant | None) -> Any:
    """The strategy of instances; a plain sequence stands for its elements."""
    over = bench.stated("over", variant)
    if isinstance(over, list | tuple | range):
        return sampled_from(over)
    if over is not None and not isinstance(over, SearchStrategy):
        raise Failed(f"over= is {over!r}, expected a Hypothesis strategy such as st.floats(0, 1)")
    return over


def searched(
    bench: Bench, evaluate: Callable[[Any], Outcome], strategy: Any, variant: Variant | None, before: Found
) -> Found:
    """The search over a domain with the ascent that the claim names, and before it what was evaluated already."""
    seed = seeding.key(bench.seed, bench.claim_id, "search")
    found = search(
        evaluate,
        strategy,
        examples=count(bench, "examples", variant),
        seed=seed,
        literals=literals_of(bench.claim.path),
    )
    how = bench.stated("climb", variant) if "climb" in bench.claim.keywords else None
    if how is not None and found.problem is None and found.failure is None:
        if callable(how):
            climb(evaluate, found, how)
        else:
            ascend(evaluate, strategy, found, "nelder-mead" if how is True else str(how), seed=seed % 2**63)
    found.evaluated[:0] = before.evaluated
    return found
