"""Measuring over seeds: the sweeps of a rate, the pairs of a comparison, the values of a reproduction."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np

from gronwall.canonical import to_json
from gronwall.claims import Variant
from gronwall.measuring import sides
from gronwall.measuring.bench import Bench, Failed, Form, pair_of
from gronwall.measuring.keywords import count
from gronwall.measuring.sides import Unusable


def measure_rate(bench: Bench, fn: Callable[..., Any], variant: Variant | None, main: Form | None) -> Form:
    at = [n.item() if isinstance(n, np.generic) else n for n in bench.stated("at", variant)]
    if not at:
        raise Failed("at= names no n")
    errors, eps = [], 2.0**-52
    for replicate in range(count(bench, "seeds", variant)):
        row = []
        for n in at:
            bench.log.enabled = variant is None
            try:
                value = bench.guarded(fn, "n", replicate, n, shared=(replicate,), n=n, replicate=replicate)
                side = _one_number(value, "the error")
            except (Failed, Unusable) as problem:
                raise _with_instance(problem, {"n": to_json(n), "replicate": replicate}) from None
            number = sides.to_float(side.entries[0])
            if not np.isfinite(number) or number < 0:
                told = f"the error is {number}, expected a finite magnitude"
                raise _with_instance(Failed(told), {"n": to_json(n), "replicate": replicate})
            eps = max(eps, side.eps)
            bench.log("error", x=n, measured=number, replicate=replicate)
            row.append(number)
        errors.append(row)
    sizes = [float(n) if isinstance(n, Fraction) else to_json(n) for n in at]
    return {"examples": len(errors) * len(at), "n": sizes, "errors": errors, "eps": eps}


def measure_replicates(bench: Bench, fn: Callable[..., Any], variant: Variant | None, main: Form | None) -> Form:
    rows = []
    for replicate in range(count(bench, "seeds", variant)):
        bench.log.enabled = variant is None
        try:
            value = bench.guarded(fn, "seed", replicate, shared=(replicate,), replicate=replicate)
            given = pair_of(value, "ours, theirs") if bench.claim.kind == "comparison" else (value,)
            row = [sides.to_float(_one_number(side, "a value").entries[0]) for side in given]
            wrong = [x for x in row if not np.isfinite(x) or (bench.claim.kind == "comparison" and x <= 0)]
            if wrong:
                raise Unusable(f"a value is {wrong[0]}, expected a finite number"
                               + (" above 0 (values are compared by their ratio)" * (len(row) == 2)))  # fmt: skip
        except (Failed, Unusable) as problem:
            raise _with_instance(problem, {"replicate": replicate}) from None
        for name, number in zip(("ours", "theirs") if len(row) == 2 else ("value",), row, strict=True):
            bench.log(name, x=replicate, measured=number)
        rows.append(row)
    return {"examples": len(rows), "values": rows}


def _one_number(value: Any, name: str) -> sides.Side:
    side = sides.read(value, name)
    if len(side.entries) != 1:
        raise Unusable(f"wrong shape: {name} has {side.shape}, expected one number")
    return side


def _with_instance(problem: Exception, instance: Any) -> Failed:
    failed = Failed(str(problem))
    failed.instance = instance  # type: ignore[attr-defined]
    return failed
