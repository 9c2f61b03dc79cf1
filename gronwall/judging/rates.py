"""Judging a rate: the order estimator on the sweep that was measured."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gronwall.judging.judgement import Judgement
from gronwall.judging.order import estimate
from gronwall.measuring.precision import machine_epsilon


def judge_rate(form: dict[str, Any]) -> Judgement:
    stated = form["stated"]
    measured = "float32" if form["eps"] > 1e-10 else "float64"
    coarsest = max(measured, stated["dtype"] or measured, key=machine_epsilon)
    direction = stated["direction"]
    errors = jackknifed(form["squares"]) if "paths" in form else np.array(form["errors"], dtype=np.float64)
    asked: dict[str, Any] = {key: stated[key] for key in ("order", "within", "scale", "remainder", "q")}
    parts = np.array(form["directions"], dtype=np.float64) if "directions" in form else None
    try:
        found = estimate(
            (form["n"], errors), direction, parts, at_least=bool(stated["at_least"]), dtype=coarsest, **asked
        )
    except ValueError as problem:
        return Judgement("error", str(problem))
    fit = {
        "order": _finite(found.order),
        "seen": _finite(found.seen),
        "interval": [_finite(x) for x in found.interval] if found.interval else None,
        "window": list(found.window) if found.window else None,
        "floor": _finite(found.floor),
        "stated": stated["order"],
        "within": stated["within"],
        "direction": direction,
    }
    return Judgement(found.verdict, found.reason, None, None, None, "measured", "point", fit)


def jackknifed(squares: list[list[list[float]]]) -> NDArray[np.float64]:
    r"""Rows (blocks, N) whose mean and scatter are those of the root mean square over paths.

    ``squares`` (replicates, N, blocks) are mean square errors over blocks of paths, the same paths at every n. With y
    half the log of their mean and y_k without block k, the rows are $\exp(K y - (K - 1) y_k)$: the jackknife's pseudo-
    values, whose scatter is the uncertainty of y, correlation between the n included.
    """
    blocks = np.concatenate([np.array(s, dtype=np.float64) for s in squares], axis=1)  # (N, K)
    count = blocks.shape[1]
    total = blocks.sum(axis=1, keepdims=True)
    if count == 1 or not (total - blocks > 0).all():
        return np.asarray(np.sqrt(total / count).T)
    whole, without = 0.5 * np.log(total / count), 0.5 * np.log((total - blocks) / (count - 1))
    return np.asarray(np.exp(count * whole - (count - 1) * without).T)


def _finite(x: Any) -> float | None:
    return float(x) if x is not None and math.isfinite(float(x)) else None
