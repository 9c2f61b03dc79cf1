"""Measuring over seeds: the pairs of a comparison, the values of a reproduction."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gronwall.claims import Variant
from gronwall.measuring import repeated, sides
from gronwall.measuring.bench import Bench, Failed, Form, pair_of
from gronwall.measuring.keywords import count
from gronwall.measuring.sides import Unusable


def measure_replicates(bench: Bench, fn: Callable[..., Any], variant: Variant | None, main: Form | None) -> Form:
    names = ("ours", "theirs") if bench.claim.kind == "comparison" else ("value",)

    def of(replicate: int) -> list[float]:
        try:
            value = bench.guarded(fn, "seed", replicate, shared=(replicate,), replicate=replicate)
            given = pair_of(value, ", ".join(names)) if len(names) == 2 else (value,)
            row = [sides.to_float(one_number(side, "a value").entries[0]) for side in given]
            wrong = [x for x in row if not np.isfinite(x) or (len(names) == 2 and x <= 0)]
            if wrong:
                raise Unusable(f"a value is {wrong[0]}, expected a finite number"
                               + (" above 0 (values are compared by their ratio)" * (len(row) == 2)))  # fmt: skip
            return row
        except (Failed, Unusable) as problem:
            raise with_instance(problem, {"replicate": replicate}) from None

    rows: list[list[float]] = []
    for replicate in range(count(bench, "seeds", variant)):
        bench.log.enabled = variant is None
        start = repeated.Start(fn)
        row = of(replicate)
        if not rows and start.cheap():
            told = dict(zip(names, row, strict=True))
            again(bench, start, told, lambda: dict(zip(names, of(0), strict=True)), {"replicate": 0})
        bench.log.enabled = variant is None
        for name, number in zip(names, row, strict=True):
            bench.log(name, x=replicate, measured=number)
        rows.append(row)
    return {"examples": len(rows), "values": rows}


def again(
    bench: Bench, start: repeated.Start, first: dict[str, Any], measure: Callable[[], dict[str, Any]], instance: Any
) -> None:
    """Measure once more, unlogged and from the same start, and compare."""
    bench.log.enabled = False
    start.put_back()
    repeated.check(first, measure, instance)


def one_number(value: Any, name: str, remedy: str = "") -> sides.Side:
    side = sides.read(value, name)
    if len(side.entries) != 1:
        raise Unusable(f"wrong shape: {name} has {side.shape}, expected one number{remedy}")
    return side


def with_instance(problem: Exception, instance: Any) -> Failed:
    failed = Failed(str(problem))
    failed.instance = instance  # type: ignore[attr-defined]
    return failed
