"""Judging a bound: no instance above it, sharp as declared, and neither undecided nor vacuous."""

from __future__ import annotations

from typing import Any

from gronwall.judging.judgement import Judgement, above, number, on
from gronwall.measuring import quantities, sides


def judge_bound(form: dict[str, Any]) -> Judgement:
    worst, violation, grade = form["worst"], form["violation"], form["grade"]
    scope = "point" if form["examples"] <= max(form["witnesses"], 1) else "searched"
    ratio = worst["ratio"] if worst else None
    result = Judgement("holds", "", ratio, worst["instance"] if worst else None, None, grade, scope)
    if violation is not None and is_above(violation):
        result.verdict, result.counterexample = "refuted", violation["instance"]
        result.ratio = max((t["ratio"] for t in (worst, violation) if t and t["ratio"] is not None), default=None)
        if worst is None or (violation["ratio"] is None or result.ratio == violation["ratio"]):
            result.ratio, result.instance = violation["ratio"], violation["instance"]
        result.grade = violation["grade"]
        m, p = (quantities.restore(violation[key]) for key in ("measured", "predicted"))
        reason = f"counterexample: measured {above(m, p).replace('> ', '> predicted ', 1)}"
        result.reason = on(reason, violation["instance"])
        larger = result.ratio is not None and worst is not None and worst["ratio"] not in (None, violation["ratio"])
        if larger and result.ratio is not None and number(result.ratio) != "1":
            result.reason += f"; largest measured/predicted found: {number(result.ratio)}"
        return result
    refusal = _refusal(form, ratio)
    if refusal is not None:
        result.verdict, result.reason = "inconclusive", refusal
        return result
    told = f"largest measured/predicted {number(ratio)}" if ratio is not None else "measured/predicted says nothing"
    result.reason = f"{told} on {form['examples']} instance{'s' * (form['examples'] != 1)}"
    if grade == "measured" and worst is not None:
        result.reason += f" (slack {quantities.SLACK_ULPS} ulp)"
    return result


def is_above(told: dict[str, Any]) -> bool:
    """Is measured > predicted, beyond the slack for floats, by separation for balls?"""
    m, p = quantities.restore(told["measured"]), quantities.restore(told["predicted"])
    if isinstance(m, float) or isinstance(p, float):
        m, p = sides.to_float(m), sides.to_float(p)
        return not m <= p + quantities.slack(p, told["eps"])
    if told["grade"] == "derived":
        return bool(m > p)
    from gronwall.theory import rigor

    return bool(rigor.certainly_gt(rigor.ball(m), rigor.ball(p)))


def _refusal(form: dict[str, Any], ratio: float | None) -> str | None:
    """Why a bound without a violation still does not hold, or None."""
    if form["problem"] is not None:
        return str(form["problem"])
    if form["examples"] == 0:
        return "no instance was evaluated"
    if form["undecided"] is not None:
        told = "the balls of measured and predicted overlap up to 2048 bits"
        return on(told + "; raise the precision inside the claim, or keep an exact tie out of the domain",
                   form["undecided"]["instance"])  # fmt: skip
    if form["vacuous"]:
        return "predicted is infinite on every instance: the bound says nothing"
    sharp = form["stated"].get("sharp")
    if sharp is not None and (ratio is None or ratio < sharp * (1 - 1e-12)):
        declared, reached = number(sharp), "none" if ratio is None else number(ratio)
        if ratio is not None:
            declared, _, reached = above(sharp, ratio, digits=4).partition(" > ")
        loose = f" (about {number(1 / ratio)} times too large on everything tried)" if ratio else ""
        return (
            f"not sharp: declared {declared}, largest measured/predicted found is {reached}{loose}; "
            "tighten the bound, add a witness near equality, or declare what is reached"
        )
    return None
