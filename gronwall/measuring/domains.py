"""The instances of a claim: its domain, the names of their parts, and the search over it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from hypothesis.strategies import SearchStrategy, sampled_from, tuples

from gronwall.claims import INJECTED, Variant, part_names
from gronwall.measuring import seeding
from gronwall.measuring.bench import Bench, Failed
from gronwall.measuring.engine import literals_of
from gronwall.measuring.keywords import count
from gronwall.measuring.search import Found, Outcome, ascend, climb, search


@dataclass
class Problem:
    """An instance on which no comparison could be made."""

    reason: str


def domain(bench: Bench, variant: Variant | None) -> tuple[Bench, Any]:
    """The strategy of instances, and the bench that knows the names of their parts.

    A plain sequence stands for its elements, ``dict(L=…, N=…)`` for dicts with these parts.
    """
    over = bench.stated("over", variant)
    if not isinstance(over, Mapping):
        return bench, None if over is None else _strategy(over, "over=")
    names = part_names(over)
    taken = [name for name in names if name in INJECTED[bench.claim.kind] or not isinstance(name, str)]
    if taken or not names:
        raise Failed(f"over= names {taken[0]!r} a part, which means something else" if taken else "over={} has no part")
    parts = tuples(*(_strategy(part, f"over= at {name}") for name, part in over.items()))
    return replace(bench, parts=names), parts.map(lambda values: dict(zip(names, values, strict=True)))


def _strategy(over: Any, what: str) -> SearchStrategy[Any]:
    if isinstance(over, list | tuple | range):
        return sampled_from(over)
    if not isinstance(over, SearchStrategy):
        raise Failed(f"{what} is {over!r}, expected a Hypothesis strategy such as st.floats(0, 1)")
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
