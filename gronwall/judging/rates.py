"""Judging a rate: the order estimator on the sweep that was measured."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gronwall.judging.judgement import Judgement
from gronwall.judging.order import estimate_order


def judge_rate(form: dict[str, Any]) -> Judgement:
    stated = form["stated"]
    dtype = np.float32 if form["eps"] > 1e-10 else np.float64
    errors = np.array(form["errors"], dtype=np.float64)
    try:
        found = estimate_order(
            form["n"],
            errors,
            order=stated["order"],
            within=stated["within"],
            scale=stated["scale"],
            at_least=bool(stated["at_least"]),
            dtype=dtype,
        )
    except ValueError as problem:
        return Judgement("error", str(problem))
    fit = {
        "order": _finite(found.order),
        "interval": [_finite(x) for x in found.interval] if found.interval else None,
        "window": [float(x) for x in found.window] if found.window else None,
        "floor": _finite(found.floor),
        "stated": stated["order"],
        "within": stated["within"],
    }
    return Judgement(found.verdict, found.reason, None, None, None, "measured", "point", fit)


def _finite(x: Any) -> float | None:
    return float(x) if x is not None and math.isfinite(float(x)) else None
