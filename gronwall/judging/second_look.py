"""What decides a sweep that the general model leaves open: fewer points, or a model that knows more.

Each look says under which conditions it may speak.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from gronwall.judging import order_model as model
from gronwall.judging import order_words as words
from gronwall.judging.estimates import OrderEstimate, Stated
from gronwall.judging.floor import CLEAR, FLAT, FlooredSweep, clear_of_rounding, cut, local_slopes, risen
from gronwall.judging.powers import SMOOTH, Limit, limit_of_powers

LUCK = 3.0
"""An error is small by luck where it lies below its neighbours' line by this factor and the others' scatter."""
USUAL = 3.0
"""... by more than this many times the usual distance of a point from its neighbours' line."""
MANY = 4
"""At most every so many points may be left out as small by luck."""
PLAUSIBLE, ROUGHLY = 0.005, 0.05
"""The weight at which a series with the stated limit explains a steeper sweep, smooth to its last digits or not."""
NEXT_ORDER, COMES_DOWN = 0.75, 0.1
"""How far above the stated order the next one is seen, and the least share of the way by which slopes come down."""
LEFT_OUT = 3
"""A series explains all points but the first third."""
DIGITS = 1e-3
"""Noise below which the errors are smooth to their last digits."""
SEVERAL = 4.0
"""Round-off may be so many times the least, or what is seen in a floor, or less by as much."""
STRAIGHT = 0.9995
"""A straight line refutes at this quantile of Student's law..."""
LARGE = 0.3
"""A scatter from which on a bend may be noise; a smaller one that bends towards steeper slopes is no straight line."""
PAIRS = 3
"""Pairs of neighbours that agree on a level beneath the errors."""
AGREE = 0.25
"""... up to this share of it."""
VISIBLE = 0.2
"""... where it is at least this share of the last error."""
SCATTERED = 6
"""... through at least so many points."""
EXTRAPOLATED = 0.25
"""Round-off, relative to the error, above which a point is not extrapolated from."""
ENOUGH = 5
"""Where so many points stand clear of round-off that adds up, the others are not extrapolated from either."""


# --------------------------------------------------------------------------- clear of round-off


def clear_points(sweep: FlooredSweep) -> FlooredSweep | None:
    """The sweep up to the last point clear of round-off, where that leaves enough and leaves some out."""
    keep = sweep.keep & clear_of_rounding(sweep)
    if keep.sum() < model.LEAST or keep.sum() == sweep.keep.sum():
        return None
    finest = np.flatnonzero(keep)[-1]
    keep = sweep.keep & (np.arange(len(keep)) <= finest)
    return cut(replace(sweep, keep=keep), float(sweep.n[finest]))


def rest_agrees(sweep: FlooredSweep, clear: FlooredSweep, stated: Stated) -> bool:
    """Do the points beyond the clear ones follow the stated law up to round-off?"""
    last = int(np.flatnonzero(clear.keep)[-1])
    rest = np.flatnonzero(sweep.keep & (np.arange(len(sweep.n)) > last))
    y = sweep.y.mean(axis=0)
    ahead = sweep.t[rest] - sweep.t[last]
    law = np.exp(y[last] - stated.order * ahead)
    slack = law * np.expm1(2 * stated.within * ahead) + CLEAR * sweep.rounding[rest]
    return bool((np.abs(np.exp(y[rest]) - law) <= slack).all())


# --------------------------------------------------------------------------- small by luck


def small_by_luck(sweep: FlooredSweep) -> NDArray[np.bool_]:
    """Interior points far below the line of their neighbours, the farthest first, at most one in ``MANY``."""
    lucky = np.zeros(len(sweep.n), dtype=bool)
    y = sweep.y.mean(axis=0)
    for _ in range(int(sweep.keep.sum()) // MANY):
        used = np.flatnonzero(sweep.keep & ~lucky)
        if len(used) <= model.LEAST:
            break
        t, v = sweep.t[used], y[used]
        line = v[:-2] + (v[2:] - v[:-2]) * (t[1:-1] - t[:-2]) / (t[2:] - t[:-2])
        below = line - v[1:-1]
        worst = int(np.argmax(below))
        others = np.delete(np.abs(below), [i for i in (worst - 1, worst, worst + 1) if 0 <= i < len(below)])
        usual = float(np.median(others)) if len(others) else 0.0
        if below[worst] < np.log(LUCK) or below[worst] < USUAL * usual:
            break
        lucky[used[worst + 1]] = True
    return lucky


# --------------------------------------------------------------------------- a series in powers


def by_powers(
    sweep: FlooredSweep, stated: Stated, found: OrderEstimate, *, chosen: bool = False
) -> OrderEstimate | None:
    """Richardson's model, where the errors are smooth.

    Where it was not ``chosen`` by the statement it holds or says nothing, and nothing too where the slopes leave the
    stated order at the fine end.
    """
    if (sweep.plateau and not chosen) or stated.order == 0:
        return None
    use, limit = _series(sweep, stated, whole=chosen)
    if limit is None:
        return None
    if not chosen and not _smooth_throughout(replace(sweep, keep=use), limit, found):
        return None
    lo, middle, hi = limit.interval(stated.confidence)
    used = replace(sweep, keep=use)
    verdict, reason = words.verdict(lo, hi, stated)
    if not chosen and (verdict != "holds" or _leaves(used, stated)):
        return None
    slopes = local_slopes(used)
    if verdict == "inconclusive":
        reason = (
            "the errors are no closer to one series in powers than to another: add sizes, or use a finer arithmetic"
        )
    finest = float(sweep.n[use][-1])
    estimate = replace(
        found,
        verdict=verdict,
        order=middle,
        interval=(lo, hi),
        window=(float(sweep.n[use][limit.start]), finest),
        reason=f"{reason}; in the limit, by a remainder in powers",
        slopes=tuple(slopes.tolist()),
        noise=limit.noise,
        seen=float(slopes[-1]),
        floor=cut(used, finest).floor,
    )
    return words.told(estimate, cut(used, finest), stated)


def _smooth_throughout(sweep: FlooredSweep, limit: Limit, found: OrderEstimate) -> bool:
    """Is it not by luck that the window is smooth: does it leave out little, and is there no noise to be smooth by?"""
    if limit.start * LEFT_OUT > sweep.keep.sum():
        return False
    if limit.noise < DIGITS:
        return True
    return found.noise is not None and found.noise < SMOOTH and not words.wavers(local_slopes(sweep))


def steep_on_its_way(sweep: FlooredSweep, stated: Stated, found: OrderEstimate) -> bool:
    """May a sweep that is steeper than stated be a series in powers whose limit is the stated order?

    It shows the next order, or comes down from there; slopes that stay in between show neither.
    """
    if sweep.plateau or stated.order <= 0 or not words.is_superconvergent(found):
        return False
    use, limit = _series(sweep, stated, small=True)
    if limit is None:
        return False
    slopes = local_slopes(replace(sweep, keep=use))
    above = slopes[-1] - stated.order
    if above < NEXT_ORDER and slopes.max() - slopes[-1] < COMES_DOWN * above:
        return False
    inside = limit.share(stated.order - stated.within, stated.order + stated.within)
    return inside > (PLAUSIBLE if limit.noise < DIGITS else ROUGHLY)


def _series(
    sweep: FlooredSweep, stated: Stated, *, whole: bool = False, small: bool = False
) -> tuple[NDArray[np.bool_], Limit | None]:
    """The points that may be extrapolated from, and Richardson's model of them."""
    y = sweep.y.mean(axis=0)
    with np.errstate(over="ignore"):
        levels = (sweep.least / SEVERAL, sweep.least, SEVERAL * sweep.least, sweep.rounding)
        relative = [np.exp(np.log(level) - y) for level in levels]
    use = sweep.keep & (relative[1] < EXTRAPOLATED)
    clear = use & clear_of_rounding(sweep)
    use = clear if clear.sum() >= ENOUGH else use
    parts = None if sweep.sweep.parts is None else sweep.sweep.parts[use]
    return use, limit_of_powers(
        sweep.t[use], y[use], [r[use] for r in relative], stated.order, whole, parts, small=small
    )


def _leaves(sweep: FlooredSweep, stated: Stated) -> bool:
    """Do the last slopes that round-off does not bend go away from the stated order, or all the last flatten?"""
    last = local_slopes(sweep)[-3:]
    if len(last) == 3 and last[2] < last[1] < last[0] and last[2] < stated.order - stated.within:
        return True
    y = sweep.y.mean(axis=0)
    straight = sweep.keep & (CLEAR * risen(sweep) < 0.04 * np.exp(y))
    slopes = local_slopes(replace(sweep, keep=straight))
    if len(slopes) < 2:
        return False
    off = np.abs(slopes - stated.order)
    return bool(off[-1] > stated.within and off[-1] > off[-2])


# --------------------------------------------------------------------------- a level beneath


def level_beneath(sweep: FlooredSweep, stated: Stated) -> float | None:
    """The level L of errors C m^(-p) + L with the stated p, where several pairs of neighbours agree on it.

    A remainder of a higher power does not: what it leaves falls from pair to pair. Rounding does not either.
    """
    e = np.exp(sweep.y.mean(axis=0))
    last = int(np.argmin(e)) + 1
    if stated.order <= 0 or last <= PAIRS:
        return None
    falls = np.exp(-stated.order * np.diff(sweep.t[:last]))
    levels = (e[1:last] - falls * e[: last - 1]) / (1 - falls)
    rounding = FLAT * sweep.sweep.eps * sweep.sweep.scale * np.sqrt(sweep.sweep.work[:last])
    for end in range(len(levels), max(len(levels) - PAIRS, PAIRS - 1), -1):
        run = levels[end - PAIRS : end]
        level = float(np.median(run))
        if level > max(rounding[end], VISIBLE * e[end]) and np.ptp(run) < AGREE * level:
            return level
    return None


# --------------------------------------------------------------------------- noise about a line


def _steepens(t: NDArray[np.float64], y: NDArray[np.float64]) -> bool:
    """Does a parabola through the log errors bend towards steeper slopes, by more than its standard error?"""
    fit, cov = np.polyfit(t, y, 2, cov=True)
    return bool(fit[0] < -np.sqrt(cov[0, 0]))


def scattered(sweep: FlooredSweep, stated: Stated, found: OrderEstimate) -> OrderEstimate | None:
    """The straight line about which all errors scatter, where it falls, and far more slowly than stated.

    Only where the likeliest limit of the general model is too flat as well.
    """
    from scipy.stats import t as student

    slopes = local_slopes(sweep)
    if sweep.plateau or stated.order <= 0 or sweep.keep.sum() < SCATTERED or not words.wavers(slopes):
        return None
    t, y = sweep.t[sweep.keep], sweep.y[:, sweep.keep].mean(axis=0)
    slope, at_zero = np.polyfit(t, y, 1)
    spread = float(np.sqrt(np.sum((y - slope * t - at_zero) ** 2) / (len(t) - 2)))
    if spread < LARGE and _steepens(t, y):
        return None
    half = float(student.ppf(STRAIGHT, len(t) - 2)) * spread / float(np.sqrt(np.sum((t - t.mean()) ** 2)))
    lo, hi = float(-slope) - half, float(-slope) + half
    assert found.order is not None
    steepest = max(hi, sweep.sweep.sign * found.order)
    if lo <= 0 or steepest >= stated.order - stated.within:  # errors without any trend are no evidence
        return None
    verdict, reason = words.verdict(lo, hi, stated)
    n = sweep.n[sweep.keep]
    estimate = replace(
        found,
        verdict=verdict,
        order=float(-slope),
        interval=(lo, hi),
        window=(float(n[0]), float(n[-1])),
        reason=f"{reason}, by a straight line through noise at {2 * STRAIGHT - 1:.1%}",
        slopes=tuple(slopes.tolist()),
        noise=spread,
        seen=float(slopes[-1]),
    )
    return words.told(estimate, sweep, stated)
