"""Judging a comparison or a reproduction: the exact order-statistic interval of a median over seeds."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np

from gronwall.judging.judgement import CONFIDENCE, Judgement, number

LEAST_SEEDS = 8
"""Below eight seeds no order-statistic interval of the median has 99 % coverage: 1 - 2/2**7 = 0.984."""


def median_interval(values: Any) -> tuple[float, float] | None:
    """The exact order-statistic interval of the median at 99 %: ``[x_(k), x_(n+1-k)]``.

    Its coverage is ``1 - 2 P(B <= k - 1)``, B binomial(n, 1/2), whatever the distribution; k is the
    largest that keeps 99 %. None below eight values, where no k does.
    """
    x = np.sort(np.asarray(values, dtype=float))
    n = len(x)
    tail, k = 0.0, 0
    for i in itertools.count():
        tail += math.comb(n, i) / 2.0**n
        if 2 * tail > 1 - CONFIDENCE:
            break
        k = i + 1
    return (float(x[k - 1]), float(x[n - k])) if k else None


def judge_comparison(form: dict[str, Any]) -> Judgement:
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


def judge_reproduction(form: dict[str, Any]) -> Judgement:
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
