"""Judging an identity: the same expression, the same number, balls that overlap, or floats within a tolerance."""

from __future__ import annotations

import math
from typing import Any

from gronwall.judging.judgement import Judgement, above, on
from gronwall.measuring import quantities


def judge_identity(form: dict[str, Any]) -> Judgement:
    told, stated = form["worst"], form["stated"]
    if told is None:
        return Judgement("inconclusive", form["problem"] or "no instance was evaluated")
    told = {**told, **_numbers(told)}
    result = Judgement("holds", "", None, told["instance"], None, told["grade"], _scope(form, told))
    if told["symbolic"]:
        _judge_symbolic(result, told)
    elif told["grade"] == "derived":
        _judge_exact(result, told)
    else:
        _judge_numeric(result, told, stated)
    if form["problem"] is not None and result.verdict == "holds":
        result.verdict, result.reason = "inconclusive", form["problem"]
    if result.verdict == "refuted":
        result.counterexample = told.get("point") if told["instance"] is None else told["instance"]
    return result


def _numbers(told: dict[str, Any]) -> dict[str, float]:
    """The gap and the scale as floats: what is infinite is stored as a word, and NaN is a norm that overflowed."""
    gap, scale = float(told["gap"]), float(told["scale"])
    return {"gap": math.inf if math.isnan(gap) else gap, "scale": math.inf if math.isnan(scale) else scale}


def _scope(form: dict[str, Any], told: dict[str, Any]) -> str:
    if told["symbolic"] and told["instance"] is None:
        return "all" if told["free"] else "point"
    return "searched" if form["examples"] > 1 else "point"


def _judge_symbolic(result: Judgement, told: dict[str, Any]) -> None:
    if told["equal"] is True:
        result.reason = "the difference simplifies to zero"
    elif told["equal"] is False:
        result.verdict = "refuted"
        where = f" at {_named(told['point'])}" if told["point"] else ""
        result.reason = on(f"the difference is not zero{where}: {_short(told['difference'])}", told["instance"])
    else:
        result.verdict = "inconclusive"
        result.reason = f"the difference could not be simplified to zero: {told['difference']}"


def _named(point: dict[str, str], most: int = 6) -> str:
    """x = 1/2, y = 3: a point as one writes it; all of it is the counterexample of the record."""
    told = [f"{name} = {value}" for name, value in point.items()]
    return ", ".join(told[:most]) + (f" and {len(told) - most} more" if len(told) > most else "")


def _short(expression: str, most: int = 90) -> str:
    return expression if len(expression) <= most else expression[:most].rstrip() + " …"


def _judge_exact(result: Judgement, told: dict[str, Any]) -> None:
    if told["equal"]:
        result.reason = "equal exactly"
        return
    result.verdict = "refuted"
    gap = f"{told['gap']:.6g}"
    if told["gap"] == 0 or math.isinf(told["gap"]):  # exact numbers know no largest and no smallest float
        gap = "less than 5e-324" if told["gap"] == 0 else "more than 1.8e+308"
    result.reason = on(f"exact numbers differ by {gap}", told["instance"])


def _judge_numeric(result: Judgement, told: dict[str, Any], stated: dict[str, Any]) -> None:
    """Floats: norm of the difference against the tolerance. Balls: overlap, and none wider than it."""
    if math.isinf(told["scale"]):
        result.verdict = "error"
        result.reason = on("the norm of a side exceeds the largest float; compare scaled quantities", told["instance"])
        return
    tolerance = quantities.tolerance(stated, told["scale"], told["eps"], told["zero_side"])
    why = (
        f"{stated['ops']:g} x eps, normwise"
        if stated["tol"] is None
        else f"tol {stated['tol']:.3g}: {stated['why'] or 'no reason given'}"
    )
    gap = told["gap"]
    result.ratio = gap / tolerance if tolerance > 0 and math.isfinite(gap / tolerance) else None
    if told["equal"] is False:
        result.verdict, result.reason = "refuted", on("the balls of the two sides are disjoint", told["instance"])
    elif gap <= tolerance:
        result.reason = f"difference {gap:.3g} <= {tolerance:.3g} ({why})"
    elif told["grade"] == "enclosed":
        result.verdict = "inconclusive"
        result.reason = f"the balls overlap but are {gap:.3g} wide, above the tolerance {tolerance:.3g}"
    else:
        result.verdict = "refuted"
        result.reason = on(f"difference {above(gap, tolerance, fewer=3)} ({why})", told["instance"])
