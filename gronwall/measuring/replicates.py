"""Measuring over seeds: the sweeps of a rate, the pairs of a comparison, the values of a reproduction."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gronwall.canonical import to_json
from gronwall.claims import Variant
from gronwall.measuring import repeated, sides
from gronwall.measuring.bench import Bench, Failed, Form, pair_of
from gronwall.measuring.keywords import count
from gronwall.measuring.sides import Unusable


def measure_rate(bench: Bench, fn: Callable[..., Any], variant: Variant | None, main: Form | None) -> Form:
    at = [n.item() if isinstance(n, np.generic) else n for n in bench.stated("at", variant)]
    if not at:
        raise Failed("at= names no n")
    paths = None if bench.stated("paths", variant) is None else count(bench, "paths", variant)
    norm = bench.stated("norm", variant)
    errors: list[list[float]] = []
    squares: list[list[float]] = []
    eps = 2.0**-52

    def at_size(replicate: int, n: Any) -> tuple[float, list[float], float]:
        try:
            given = {"n": n, "replicate": replicate, **({} if paths is None else {"paths": paths})}
            return _error(bench.guarded(fn, "n", replicate, n, shared=(replicate,), **given), norm, paths)
        except (Failed, Unusable) as problem:
            raise _with_instance(problem, {"n": to_json(n), "replicate": replicate}) from None

    for replicate in range(count(bench, "seeds", variant)):
        row: list[float] = []
        for n in at:
            bench.log.enabled = variant is None
            start = repeated.Start(fn)
            number, spread, precision = at_size(replicate, n)
            if not errors and not row and start.cheap():
                first, place = {"the error": number}, {"n": to_json(n), "replicate": 0}
                _again(bench, start, first, lambda: {"the error": at_size(0, at[0])[0]}, place)
            eps = max(eps, precision)
            bench.log.enabled = variant is None
            bench.log("error", x=n, measured=number, replicate=replicate)
            row.append(number)
            squares.append(spread)
        errors.append(row)
    sizes = [float(n) if isinstance(n, Fraction) else to_json(n) for n in at]
    form = {"examples": len(errors) * len(at), "n": sizes, "errors": errors, "eps": eps}
    if paths is not None:
        form |= {"paths": paths, "squares": [squares[i : i + len(at)] for i in range(0, len(squares), len(at))]}
    return form


BLOCKS = 20
"""Paths are jackknifed in so many blocks, or one by one where there are fewer."""


def _error(value: Any, norm: Any, paths: int | None) -> tuple[float, list[float], float]:
    """The error as one number, the mean squares of its blocks of paths, and eps of the arithmetic it came in."""
    if paths is not None:
        side = sides.read(value, "the errors")
        if len(side.shape) != 1 or side.shape[0] != paths:
            raise Unusable(f"wrong shape: the errors have {side.shape}, expected one for each of the {paths} paths")
        errors = _magnitudes(side)
        blocks = np.array_split(np.square(errors), min(BLOCKS, paths))
        return float(np.sqrt(np.mean(np.square(errors)))), [float(block.mean()) for block in blocks], side.eps
    if norm is not None:
        value, eps = _normed(value, norm)
        return float(_magnitudes(sides.read(value, "the norm of the error"))[0]), [], eps
    side = _one_number(value, "the error", "; norm=2 makes a vector one number")
    return float(_magnitudes(side)[0]), [], side.eps


def _magnitudes(side: sides.Side) -> NDArray[np.float64]:
    found = np.abs(sides.floats(side)) if len(side.entries) > 1 else sides.floats(side)
    wrong = found[~(np.isfinite(found) & (found >= 0))]
    if len(wrong):
        raise Failed(f"the error is {wrong[0]}, expected a finite magnitude")
    return found


def _normed(value: Any, norm: Any) -> tuple[Any, float]:
    """A vector error as one number: its norm, Euclidean, largest entry, or by a function."""
    if callable(norm):
        number = norm(value)
        return number, sides.read(number, "the norm of the error").eps
    side = sides.read(value, "the error")
    try:
        return float(np.linalg.norm(sides.floats(side), float(norm))), side.eps
    except (TypeError, ValueError, OverflowError):
        raise Unusable(f"norm={norm!r}, expected 2, inf or a function of the error") from None


def _again(
    bench: Bench, start: repeated.Start, first: dict[str, Any], measure: Callable[[], dict[str, Any]], instance: Any
) -> None:
    """Measure once more, unlogged and from the same start, and compare."""
    bench.log.enabled = False
    start.put_back()
    repeated.check(first, measure, instance)


def measure_replicates(bench: Bench, fn: Callable[..., Any], variant: Variant | None, main: Form | None) -> Form:
    names = ("ours", "theirs") if bench.claim.kind == "comparison" else ("value",)

    def of(replicate: int) -> list[float]:
        try:
            value = bench.guarded(fn, "seed", replicate, shared=(replicate,), replicate=replicate)
            given = pair_of(value, ", ".join(names)) if len(names) == 2 else (value,)
            row = [sides.to_float(_one_number(side, "a value").entries[0]) for side in given]
            wrong = [x for x in row if not np.isfinite(x) or (len(names) == 2 and x <= 0)]
            if wrong:
                raise Unusable(f"a value is {wrong[0]}, expected a finite number"
                               + (" above 0 (values are compared by their ratio)" * (len(row) == 2)))  # fmt: skip
            return row
        except (Failed, Unusable) as problem:
            raise _with_instance(problem, {"replicate": replicate}) from None

    rows: list[list[float]] = []
    for replicate in range(count(bench, "seeds", variant)):
        bench.log.enabled = variant is None
        start = repeated.Start(fn)
        row = of(replicate)
        if not rows and start.cheap():
            told = dict(zip(names, row, strict=True))
            _again(bench, start, told, lambda: dict(zip(names, of(0), strict=True)), {"replicate": 0})
        bench.log.enabled = variant is None
        for name, number in zip(names, row, strict=True):
            bench.log(name, x=replicate, measured=number)
        rows.append(row)
    return {"examples": len(rows), "values": rows}


def _one_number(value: Any, name: str, remedy: str = "") -> sides.Side:
    side = sides.read(value, name)
    if len(side.entries) != 1:
        raise Unusable(f"wrong shape: {name} has {side.shape}, expected one number{remedy}")
    return side


def _with_instance(problem: Exception, instance: Any) -> Failed:
    failed = Failed(str(problem))
    failed.instance = instance  # type: ignore[attr-defined]
    return failed
