"""From a measurement to a verdict.

Judging is cheap, reads nothing but the stored measurement, and is done afresh in every run, so a
better judge costs no measurement. Confidence is 99 % everywhere.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gronwall.canonical import dumps, tidy
from gronwall.measuring import quantities

CONFIDENCE = 0.99
FINDINGS = ("reproduced", "not reproduced", "undecided")
VERDICTS = ("holds", "refuted", "inconclusive", "error", *FINDINGS)
LEAST_SEEDS = 8
"""Below eight seeds no order-statistic interval of the median has 99 % coverage: 1 - 2/2**7 = 0.984."""


@dataclass
class Judgement:
    """A verdict with its reason, and what of it the record shows."""

    verdict: str
    reason: str
    ratio: float | None = None
    instance: Any = None
    counterexample: Any = None
    grade: str = "measured"
    scope: str = "point"
    fit: dict[str, Any] = field(default_factory=dict)


def judge(measurement: dict[str, Any]) -> dict[str, Any]:
    """Judge a claim and all its forms; the part of a record that is not about how it was run."""
    kind, main = measurement["kind"], measurement["main"]
    own = judge_form(kind, main)
    mutants = [_judge_variant(kind, form, main) for form in measurement["mutants"]]
    printed = [{**_judge_variant(kind, form, main), "recalled": form["recalled"]} for form in measurement["printed"]]
    verdict, reason = _with_forms(own, mutants, printed)
    worst = {"ratio": own.ratio, "instance": own.instance}
    return {
        "verdict": verdict,
        "grade": own.grade,
        "scope": own.scope,
        "reason": reason,
        "unarmed": not mutants,
        "worst": worst,
        "counterexample": own.counterexample,
        "fit": own.fit,
        "mutants": [_shown(form) for form in mutants],
        "printed": [{**_shown(form), "recalled": form["recalled"]} for form in printed],
        "series": measurement["series"],
        "arrays": measurement["arrays"],
        "examples": main.get("examples", 0),
    }


def _judge_variant(kind: str, form: dict[str, Any], main: dict[str, Any]) -> dict[str, Any]:
    if form.get("same"):
        form = {**main, "name": form["name"], "stated": form["stated"]}
    found = judge_form(kind, form)
    refuted = found.verdict in ("refuted", "not reproduced")
    return {"name": form["name"], "refuted": refuted, "found": found}


def _shown(form: dict[str, Any]) -> dict[str, Any]:
    found: Judgement = form["found"]
    instance = found.counterexample if found.counterexample is not None else found.instance
    return {"name": form["name"], "refuted": form["refuted"], "instance": instance, "reason": found.reason,
            "ratio": found.ratio}  # fmt: skip


def _with_forms(own: Judgement, mutants: list[Any], printed: list[Any]) -> tuple[str, str]:
    """The claim's verdict, given what became of its wrong versions."""
    if own.verdict in ("refuted", "error"):
        return own.verdict, own.reason
    for word, forms in (("mutant", mutants), ("printed form", printed)):
        for form in forms:
            if form["found"].verdict == "error":
                return "error", f"the {word} {form['name']!r} could not be checked: {form['found'].reason}"
    survivors = [f"mutant {form['name']!r}" for form in mutants if not form["refuted"]]
    survivors += [f"printed form {form['name']!r}" for form in printed if not form["refuted"]]
    if survivors and own.verdict != "inconclusive":
        first = next(form for form in (*mutants, *printed) if not form["refuted"])
        many = f"{len(survivors)} wrong versions survive, first the " if len(survivors) > 1 else "the "
        tail = " survives" if len(survivors) == 1 else ""
        because = f" ({first['found'].reason})" if first["found"].verdict == "inconclusive" else ""
        return "inconclusive", (
            f"no power: {many}{survivors[0]}{tail}{because}; "
            "add an instance or a witness that tells it from the statement"
        )
    return own.verdict, own.reason


def judge_form(kind: str, form: dict[str, Any]) -> Judgement:
    """Judge one form: the claim itself, a mutant or a printed form."""
    if form.get("error") is not None:
        error = form["error"]
        return Judgement("error", _on(tidy(error["reason"]), error["instance"]), None, error["instance"])
    rules = {
        "bound": _bound,
        "rate": _rate,
        "identity": _identity,
        "comparison": _comparison,
        "reproduction": _reproduction,
    }
    return rules[kind](form)


def _on(reason: str, instance: Any) -> str:
    """The reason with the instance it happened on, shortened for reading."""
    if instance is None:
        return reason
    text = dumps(instance)
    return f"{reason}, on {text if len(text) <= 120 else text[:117] + '...'}"


def number(x: float) -> str:
    """Four significant digits, without padding."""
    return f"{x:.4g}"


# --------------------------------------------------------------------------- bound


def is_above(told: dict[str, Any]) -> bool:
    """Is measured > predicted, beyond the slack for floats, by separation for balls?"""
    m, p = quantities.restore(told["measured"]), quantities.restore(told["predicted"])
    if isinstance(m, float) or isinstance(p, float):
        m, p = quantities.to_float(m), quantities.to_float(p)
        return not m <= p + quantities.slack(p, told["eps"])
    if told["grade"] == "derived":
        return bool(m > p)
    from gronwall.theory import rigor

    return bool(rigor.certainly_gt(rigor.ball(m), rigor.ball(p)))


def _bound(form: dict[str, Any]) -> Judgement:
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
        m, p = (quantities.to_float(quantities.restore(violation[key])) for key in ("measured", "predicted"))
        reason = f"counterexample: measured {m:.6g} > predicted {p:.6g}"
        result.reason = _on(reason, violation["instance"])
        if result.ratio is not None and worst is not None and worst["ratio"] not in (None, violation["ratio"]):
            result.reason += f"; largest measured/predicted found: {number(result.ratio)}"
        return result
    refusal = _bound_refusal(form, ratio)
    if refusal is not None:
        result.verdict, result.reason = "inconclusive", refusal
        return result
    told = f"largest measured/predicted {number(ratio)}" if ratio is not None else "measured/predicted says nothing"
    result.reason = f"{told} on {form['examples']} instance{'s' * (form['examples'] != 1)}"
    if grade == "measured" and worst is not None:
        result.reason += f" (slack {quantities.SLACK_ULPS} ulp)"
    return result


def _bound_refusal(form: dict[str, Any], ratio: float | None) -> str | None:
    """Why a bound without a violation still does not hold, or None."""
    if form["problem"] is not None:
        return str(form["problem"])
    if form["examples"] == 0:
        return "no instance was evaluated"
    if form["undecided"] is not None:
        told = "the balls of measured and predicted overlap up to 2048 bits"
        return _on(told + "; raise the precision inside the claim, or keep an exact tie out of the domain",
                   form["undecided"]["instance"])  # fmt: skip
    if form["vacuous"]:
        return "predicted is infinite on every instance: the bound says nothing"
    sharp = form["stated"].get("sharp")
    if sharp is not None and (ratio is None or ratio < sharp * (1 - 1e-12)):
        reached = "none" if ratio is None else number(ratio)
        loose = f" (about {number(1 / ratio)} times too large on everything tried)" if ratio else ""
        return (
            f"not sharp: declared {number(sharp)}, largest measured/predicted found is {reached}{loose}; "
            "tighten the bound, add a witness near equality, or declare what is reached"
        )
    return None


# --------------------------------------------------------------------------- rate


def _rate(form: dict[str, Any]) -> Judgement:
    from gronwall.judging.order import estimate_order

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


# --------------------------------------------------------------------------- identity


def _identity(form: dict[str, Any]) -> Judgement:
    told, stated = form["worst"], form["stated"]
    if told is None:
        return Judgement("inconclusive", form["problem"] or "no instance was evaluated")
    told = {**told, **_numbers(told)}
    result = Judgement("holds", "", None, told["instance"], None, told["grade"], _identity_scope(form, told))
    if form["problem"] is not None:
        result.verdict, result.reason = "inconclusive", form["problem"]
    elif told["symbolic"]:
        _judge_symbolic(result, told)
    elif told["grade"] == "derived":
        _judge_exact(result, told)
    else:
        _judge_numeric(result, told, stated)
    if result.verdict == "refuted":
        result.counterexample = told.get("point") or told["instance"]
    return result


def _numbers(told: dict[str, Any]) -> dict[str, float]:
    """The gap and the scale as floats: what is infinite is stored as a word, and NaN is a norm that overflowed."""
    gap, scale = float(told["gap"]), float(told["scale"])
    return {"gap": math.inf if math.isnan(gap) else gap, "scale": math.inf if math.isnan(scale) else scale}


def _identity_scope(form: dict[str, Any], told: dict[str, Any]) -> str:
    if told["symbolic"]:
        return "all" if told["free"] else "point"
    return "searched" if form["examples"] > 1 else "point"


def _judge_symbolic(result: Judgement, told: dict[str, Any]) -> None:
    if told["equal"] is True:
        result.reason = "the difference simplifies to zero"
    elif told["equal"] is False:
        result.verdict = "refuted"
        where = f" at {_named(told['point'])}" if told["point"] else ""
        result.reason = f"the difference is not zero{where}: {_short(told['difference'])}"
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
    result.reason = _on(f"exact numbers differ by {told['gap']:.6g}", told["instance"])


def _judge_numeric(result: Judgement, told: dict[str, Any], stated: dict[str, Any]) -> None:
    """Floats: norm of the difference against the tolerance. Balls: overlap, and none wider than it."""
    if math.isinf(told["scale"]):
        result.verdict = "error"
        result.reason = _on("the norm of a side exceeds the largest float; compare scaled quantities", told["instance"])
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
        result.verdict, result.reason = "refuted", _on("the balls of the two sides are disjoint", told["instance"])
    elif gap <= tolerance:
        result.reason = f"difference {gap:.3g} <= {tolerance:.3g} ({why})"
    elif told["grade"] == "enclosed":
        result.verdict = "inconclusive"
        result.reason = f"the balls overlap but are {gap:.3g} wide, above the tolerance {tolerance:.3g}"
    else:
        result.verdict = "refuted"
        result.reason = _on(f"difference {gap:.6g} > {tolerance:.3g} ({why})", told["instance"])


# --------------------------------------------------------------------------- comparison and reproduction


def median_interval(values: Any) -> tuple[float, float] | None:
    """The exact order-statistic interval of the median at 99 %: ``[x_(k), x_(n+1-k)]``.

    Its coverage is ``1 - 2 P(B <= k - 1)``, B binomial(n, 1/2), whatever the distribution; k is the
    largest that keeps 99 %. None below eight values, where no k does.
    """
    x = np.sort(np.asarray(values, dtype=float))
    n = len(x)
    tail, k = 0.0, 0
    for i in range(n // 2 + 1):
        tail += math.comb(n, i) / 2.0**n
        if 2 * tail > 1 - CONFIDENCE:
            break
        k = i + 1
    return (float(x[k - 1]), float(x[n - k])) if k else None


def _median(values: Any) -> float:
    """The median; that of values whose sum exceeds the largest float too."""
    with np.errstate(over="ignore"):
        median = float(np.median(values))
    return median if math.isfinite(median) else 2 * float(np.median(np.asarray(values, dtype=float) / 2))


def _log_ratio(ours: float, theirs: float, factor: float) -> float:
    """log(theirs / (ours * factor)), also where the quotient itself is no float."""
    ours, theirs = float(ours), float(theirs)
    quotient = theirs / ours / factor
    usual = math.isfinite(quotient) and quotient > 0
    return math.log(quotient) if usual else math.log(theirs) - math.log(ours) - math.log(factor)


def _exp(x: float) -> float:
    """exp(x), or exp(709), near the largest float, where that is less: a record holds finite numbers."""
    return math.exp(min(x, 709.0))


def _comparison(form: dict[str, Any]) -> Judgement:
    stated, values = form["stated"], form["values"]
    logs = [_log_ratio(ours, theirs, stated["factor"]) for ours, theirs in values]
    interval = median_interval(logs)
    result = Judgement("inconclusive", "")
    if interval is None:
        result.reason = f"{len(values)} seeds; the 99 % interval of a median needs at least {LEAST_SEEDS}"
        return result
    low, high = interval
    result.fit = {
        "interval": [_exp(low), _exp(high)],
        "median": _exp(float(np.median(logs))),
        "factor": stated["factor"],
    }
    within = stated["equivalent_within"]
    told = f"median of theirs/(ours x {number(stated['factor'])}) in [{number(_exp(low))}, {number(_exp(high))}]"
    told += f" over {len(values)} seeds"
    if within is not None:
        edge = math.log1p(within)
        inside, outside = -edge <= low and high <= edge, low > edge or high < -edge
        goal = f"within {number(within)} of 1"
    else:
        inside, outside, goal = low >= 0, high < 0, "at least 1"
    result.verdict = "holds" if inside else "refuted" if outside else "inconclusive"
    result.reason = told if inside else f"{told}, not {goal}" if outside else f"{told} straddles: more seeds may decide"
    return result


def _reproduction(form: dict[str, Any]) -> Judgement:
    stated = form["stated"]
    values = [row[0] for row in form["values"]]
    interval = median_interval(values)
    published, within = float(stated["published"]), float(stated["within"])
    edges = sorted((published * (1 - within), published * (1 + within)))
    if interval is None:
        told = f"{len(values)} seeds; the 99 % interval of a median needs at least {LEAST_SEEDS}"
        return Judgement("undecided", told)
    low, high = interval
    inside, outside = edges[0] <= low and high <= edges[1], high < edges[0] or low > edges[1]
    verdict = "reproduced" if inside else "not reproduced" if outside else "undecided"
    told = (
        f"median {number(_median(values))} in [{number(low)}, {number(high)}] over {len(values)} seeds, "
        f"published {number(published)} (within {number(100 * within)} %)"
    )
    fit = {"interval": [low, high], "median": _median(values), "published": published}
    return Judgement(verdict, told, fit=fit)
