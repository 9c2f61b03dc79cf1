"""Measuring a rate: the error at every n, over replicates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gronwall.canonical import to_json
from gronwall.claims import Variant
from gronwall.measuring import repeated, sides
from gronwall.measuring.bench import Bench, Failed, Form
from gronwall.measuring.keywords import count
from gronwall.measuring.replicates import again, one_number, with_instance
from gronwall.measuring.sides import Unusable
from gronwall.measuring.vectors import directions


@dataclass(frozen=True)
class Seen:
    """The error at one n: one number, mean squares of its blocks of paths, eps of its arithmetic, the vector it was."""

    number: float
    eps: float
    squares: tuple[float, ...] = ()
    vector: NDArray[np.float64] | None = None


def measure_rate(bench: Bench, fn: Callable[..., Any], variant: Variant | None, main: Form | None) -> Form:
    at = [n.item() if isinstance(n, np.generic) else n for n in bench.stated("at", variant)]
    if not at:
        raise Failed("at= names no n")
    paths = None if bench.stated("paths", variant) is None else count(bench, "paths", variant)
    norm = bench.stated("norm", variant)
    rows: list[list[Seen]] = []

    def at_size(replicate: int, n: Any) -> Seen:
        try:
            given = {"n": n, "replicate": replicate, **({} if paths is None else {"paths": paths})}
            return _seen(bench.guarded(fn, "n", replicate, n, shared=(replicate,), **given), norm, paths)
        except (Failed, Unusable) as problem:
            raise with_instance(problem, {"n": to_json(n), "replicate": replicate}) from None

    for replicate in range(count(bench, "seeds", variant)):
        row: list[Seen] = []
        for n in at:
            bench.log.enabled = variant is None
            start = repeated.Start(fn)
            seen = at_size(replicate, n)
            if not rows and not row and start.cheap():
                first, place = {"the error": seen.number}, {"n": to_json(n), "replicate": 0}
                again(bench, start, first, lambda: {"the error": at_size(0, at[0]).number}, place)
            bench.log.enabled = variant is None
            bench.log("error", x=n, measured=seen.number, replicate=replicate)
            row.append(seen)
        rows.append(row)
    form: Form = {
        "examples": len(rows) * len(at),
        "n": [float(n) if isinstance(n, Fraction) else to_json(n) for n in at],
        "errors": [[seen.number for seen in row] for row in rows],
        "eps": max([2.0**-52, *(seen.eps for row in rows for seen in row)]),
    }
    if paths is not None:
        form |= {"paths": paths, "squares": [[list(seen.squares) for seen in row] for row in rows]}
    vectors = [seen.vector for seen in rows[0] if seen.vector is not None]
    if len(rows) == 1 and len(vectors) == len(at) and len({len(vector) for vector in vectors}) == 1:
        form["directions"] = directions(np.stack(vectors), np.array(form["errors"][0])).tolist()
    return form


BLOCKS = 20
"""Paths are jackknifed in so many blocks, or one by one where there are fewer."""


def _seen(value: Any, norm: Any, paths: int | None) -> Seen:
    if paths is not None:
        side = sides.read(value, "the errors")
        if len(side.shape) != 1 or side.shape[0] != paths:
            raise Unusable(f"wrong shape: the errors have {side.shape}, expected one for each of the {paths} paths")
        errors = _magnitudes(side)
        blocks = np.array_split(np.square(errors), min(BLOCKS, paths))
        return Seen(float(np.sqrt(np.mean(np.square(errors)))), side.eps, tuple(float(b.mean()) for b in blocks))
    if norm is not None:
        return _normed(value, norm)
    side = one_number(value, "the error", "; norm=2 makes a vector one number")
    return Seen(float(_magnitudes(side)[0]), side.eps)


def _magnitudes(side: sides.Side) -> NDArray[np.float64]:
    found = np.abs(sides.floats(side)) if len(side.entries) > 1 else sides.floats(side)
    wrong = found[~(np.isfinite(found) & (found >= 0))]
    if len(wrong):
        raise Failed(f"the error is {wrong[0]}, expected a finite magnitude")
    return found


def _normed(value: Any, norm: Any) -> Seen:
    """A vector error as one number: its norm, Euclidean, largest entry, or by a function."""
    if callable(norm):
        side = sides.read(norm(value), "the norm of the error")
        return Seen(float(_magnitudes(side)[0]), side.eps)
    side = sides.read(value, "the error")
    vector = sides.floats(side)
    try:
        number = float(np.linalg.norm(vector, float(norm)))
    except (TypeError, ValueError, OverflowError):
        raise Unusable(f"norm={norm!r}, expected 2, inf or a function of the error") from None
    return Seen(float(_magnitudes(sides.read(number, "the norm of the error"))[0]), side.eps, vector=vector)
