r"""Where round-off begins in a sweep: which points it owns, and how much of it may lie in the others.

Step 1 of :mod:`gronwall.judging.order`, which says what is assumed and how it can be wrong.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from gronwall.judging import order_model as model
from gronwall.judging.sweep import Sweep

Array = NDArray[np.float64]

CLEAR = 4.0
"""A usable error exceeds this many times the round-off level."""
LEAST = 0.5
"""The least round-off, in eps * scale."""
FLAT = 8.0
"""A tail that is smooth and level is a floor up to this many eps * scale * sqrt(work)."""
PLATEAU = 16.0
"""A tail that scatters and has stopped falling is a floor up to this many eps * scale * work."""
REACH = 1024.0
"""A tail that turns and rises is a floor up to this many eps * scale * work**2."""
TURN = 4.0
"""Where it turns, the error is at most this many scale * eps**(1/3): the best of h + eps/h**2."""
RISE = 8
"""Points of a floor that tell how it rises, at most; at least half as many."""
SQUARE = 1.25
"""A floor that rises by a larger power of the work rises like its square: it may begin with another error."""
AT_ONCE = 0.1
"""Errors that repeat themselves begin a floor where the law before them is still this share of them."""
BEFORE_THE_RISE = (1.2, 1.02)
"""A plateau ends with the last error that close to the smallest; beyond it round-off may scatter and rise."""
LEVEL_WITHIN = {1: 0.001, 2: 0.01, 3: 0.05, 4: 0.15}
"""Misfit of a law with a plateau that no scatter of rounding would leave, by the number of points on the plateau."""


@dataclass(frozen=True)
class FlooredSweep:
    """A sweep from coarse to fine: ``t`` = log of the refinement, ``y`` (R, N) log errors, and what the floor left.

    ``keep`` marks usable points. Round-off (N,): ``least`` if nothing adds up or as seen in a floor, ``rounding`` if it
    adds up like sqrt(work), ``bound`` if like work; ``reach`` how far it can get at all. ``plateau`` is the level of
    another error that stops the sweep above round-off; ``zeros`` the sizes at which an error is exactly zero.
    """

    n: Array
    t: Array
    y: Array
    keep: NDArray[np.bool_]
    least: Array
    rounding: Array
    bound: Array
    reach: Array
    floor: float | None
    floor_at: float | None
    sweep: Sweep
    plateau: float | None
    zeros: tuple[float, ...]


def above_the_floor(sweep: Sweep) -> FlooredSweep:
    """Mark the points of a sweep that round-off does not own."""
    e, work, unit = sweep.errors, sweep.work, sweep.eps * sweep.scale
    with np.errstate(divide="ignore"):
        y = np.log(e)
    plateau = _plateau(sweep.t, y, FLAT * unit * np.sqrt(work[-1]), unit)
    tail, seen = (e.shape[1], 0.0 * work) if plateau else _seen_floor(sweep)
    least, rounding, bound = (np.maximum(seen, unit * by) for by in (LEAST * work**0, work**0.5, work))
    if plateau:  # which round-off does not explain: it may not be given to a floor
        rounding, bound = (np.minimum(r, np.maximum(least, plateau / (8 * CLEAR))) for r in (rounding, bound))
    keep = np.asarray((e > CLEAR * least).all(axis=0))
    keep &= np.arange(len(sweep.size)) < tail
    zero = (e == 0).any(axis=0)
    floored = FlooredSweep(
        n=sweep.size,
        t=sweep.t,
        y=y,
        keep=keep,
        least=least,
        rounding=rounding,
        bound=bound,
        reach=REACH * unit * work**2,
        floor=None,
        floor_at=None,
        sweep=sweep,
        plateau=plateau,
        zeros=tuple(sweep.size[zero].tolist()),
    )
    return cut(floored, floored.n[keep][-1] if keep.any() else 0.0)


def cut(sweep: FlooredSweep, finest: float) -> FlooredSweep:
    """The sweep up to ``finest``, with the floor that lies beyond it."""
    first = int(np.flatnonzero(sweep.n == finest)[0]) + 1 if finest else 0
    if first == len(sweep.n):
        return sweep
    level = max(float(np.exp(np.median(sweep.y[:, first:]))), float(sweep.least[first]))
    keep = sweep.keep & (np.arange(len(sweep.n)) < first)
    return replace(sweep, keep=keep, floor=level, floor_at=float(sweep.n[first]))


def _plateau(t: Array, y: Array, rounding: float, unit: float) -> float | None:
    """The level of a smooth plateau above ``rounding`` at which the sweep ends, or None; ``unit`` is eps * scale.

    The finest points are fitted by C m^(-q) + L, q free. It is a plateau where the fit is closer than the scatter of
    rounding would be, by the number of points on it, and where L is at least half of the finest error.
    """
    mean = y.mean(axis=0)
    t, mean = t[np.isfinite(mean)], mean[np.isfinite(mean)]
    if len(mean) < 5:
        return None
    ends = [int(np.flatnonzero(mean <= mean.min() + np.log(close))[-1]) + 1 for close in BEFORE_THE_RISE]
    if _quantised(t, mean, unit):
        return None
    found = (_plateau_up_to(t[:last], mean[:last], rounding) for last in dict.fromkeys(ends))
    return next((level for level in found if level is not None), None)


def _plateau_up_to(t: Array, mean: Array, rounding: float) -> float | None:
    """The level of a plateau at which mean log errors end."""
    slopes = -np.diff(mean) / np.diff(t)
    if len(slopes) < 4 or slopes[-1] > 0.75 * slopes.max():
        return None
    for points in sorted({min(len(t), k) for k in (5, 6, 8, len(t))}):
        if points < 5:
            continue
        x, e = t[-points:] - t[-1], np.exp(np.minimum(mean[-points:] - mean[-1], 300.0))
        misfit, level = _law_with_level(x, e)
        on = int((e < 1.5 * level).sum())
        allowed = LEVEL_WITHIN.get(min(on, max(LEVEL_WITHIN)), 0.0)
        if misfit < allowed and level > 0.5 and e[0] > 2 * level and level * np.exp(mean[-1]) > rounding:
            return float(level * np.exp(mean[-1]))
    return None


def _quantised(t: Array, y: Array, unit: float) -> bool:
    """Are there neighbours that are equal to the last digit where the law before them still falls by more than a unit?

    So it is with difference quotients, whose rounding is a multiple of unit / h: they repeat and look smooth. Where
    the law is far below them, other points have shown the plateau before.
    """
    equal = np.flatnonzero(np.diff(y) == 0)
    falling = np.flatnonzero(y > y[equal[0]] + np.log(8.0))[-3:] if len(equal) else equal
    if len(falling) < 3 or falling[-1] > equal[0]:
        return False
    slope = -float(np.polyfit(t[falling], y[falling], 1)[0])
    fallen = np.exp(y[falling[-1]] - slope * (t[equal[0] : equal[0] + 2] - t[falling[-1]]))
    near = fallen[0] > AT_ONCE * np.exp(y[equal[0]])
    return bool(slope > 0 and near and fallen[0] - fallen[1] > CLEAR * unit)


def _law_with_level(x: Array, e: Array) -> tuple[float, float]:
    """Relative misfit (per degree of freedom) and level L of the best C m^(-q) + L, q between 0.1 and 8."""
    from scipy import optimize

    def fitted(q: float) -> tuple[float, float]:
        basis = np.stack([np.exp(-q * x), np.ones_like(x)], axis=1) / e[:, None]
        scale = basis.max(axis=0)
        found = np.linalg.lstsq(basis / scale, np.ones_like(e), rcond=None)[0] / scale
        return float(np.sqrt(np.sum((basis @ found - 1.0) ** 2) / (len(e) - 3))), float(found[1])

    grid = 0.1 * 80.0 ** np.linspace(0, 1, 25)
    near = grid[int(np.argmin([fitted(q)[0] for q in grid]))]
    best = optimize.minimize_scalar(lambda q: fitted(q)[0], bounds=(near / 1.2, near * 1.2), method="bounded")
    return fitted(float(best.x))


def _seen_floor(sweep: Sweep) -> tuple[int, Array]:
    """Where more than a fifth of the replicates have reached a floor, and its level (N,); else all points and 0.

    A floor that rises is that of roundings that add up: before its beginning it is lower, like the work.
    """
    e = sweep.errors
    starts = np.array([_floor_starts(row, sweep) for row in e])
    tail = int(np.sort(starts)[len(e) // 5])
    if tail == e.shape[1]:
        return tail, 0.0 * sweep.work
    there = e[starts <= tail]
    if np.median(there[:, -1]) > 4 * np.median(there[:, tail]):
        return tail, np.median(there[:, tail]) * np.minimum(sweep.work / sweep.work[tail], 1.0)
    return tail, np.full(e.shape[1], np.median(there[:, tail : tail + 3]))


def _floor_starts(e: Array, sweep: Sweep) -> int:
    """Index of the first point of a tail that has stopped falling at the level of round-off, or len(e)."""
    unit, work = sweep.eps * sweep.scale, sweep.work
    y = np.log(np.maximum(e, 1e-300))
    bottom = _bottom(y, sweep.t)
    if bottom > 0 and y[:bottom].max() - y[bottom] > np.log(4.0) and y[-1] - y[bottom] > np.log(2.0):
        after = np.diff(y[bottom:])
        upward = int((after > 0).sum()) - int((after < 0).sum())
        turned = upward > 0 or (upward == 0 and y[-1] > y[bottom - 1] - np.log(4.0))  # else one error is small by luck
        low = e[bottom] <= TURN * sweep.scale * sweep.eps ** (1 / 3)
        if turned and low and (e <= REACH * unit * work**2)[bottom:].all():
            return bottom
    for i in range(len(e)):
        if (e <= PLATEAU * unit * work)[i:].all() and (e[i] <= CLEAR * LEAST * unit or _stopped(y, sweep.t, i)):
            return i
    return len(e)


def _bottom(y: Array, t: Array) -> int:
    """Where the log error is least, but for a point that lies far below its neighbours and the usual fall, by luck."""
    alone = np.zeros(len(y), dtype=bool)
    if len(y) > 2:
        fall = max(0.0, float(np.median(-np.diff(y) / np.diff(t)))) * np.diff(t)
        alone[1:-1] = y[1:-1] < np.minimum(y[:-2] - fall[:-1], y[2:]) - np.log(10.0)
    return int(np.argmin(np.where(alone, np.inf, y)))


def _stopped(y: Array, t: Array, i: int) -> bool:
    """Does the log error fall from point i on, at once and to the end, at less than a quarter of the pace before?"""
    if i + 1 >= len(y):
        return False
    before = max(float(np.median(-np.diff(y[: i + 1]) / np.diff(t[: i + 1]))) if i else 0.0, 0.4)
    slope = -np.polyfit(t[i:], y[i:], 1)[0]
    return bool(y[i] - y[i + 1] < 0.25 * before * (t[i + 1] - t[i]) and slope < 0.25 * before)


def round_off_hypotheses(sweep: FlooredSweep) -> list[model.Sweep]:
    """The usable points with least round-off, and where it matters with round-off like sqrt(n), n and 4 n."""

    def under(rounding: Array, prior: float) -> model.Sweep | None:
        keep = sweep.keep & (sweep.y > np.log(CLEAR * rounding)).all(axis=0)
        if keep.sum() < model.LEAST:
            return None
        left = sweep.keep & ~keep  # what this hypothesis gives to the floor lies near it, within a factor e^MESS
        off = (sweep.y.mean(axis=0)[left] - np.log(rounding[left])) / model.MESS
        density = float(np.sum(-0.5 * off**2 - np.log(model.MESS * np.sqrt(2 * np.pi))))
        n, t, y = sweep.n[keep], sweep.t[keep], sweep.y[:, keep]
        r = np.exp(np.log(rounding[keep]) - y)
        return model.Sweep(n=n, t=t, y=y, r=r, log_prior=float(np.log(prior)) + density)

    found = [under(sweep.least, 0.25)]
    if (np.exp(sweep.y) < 1e3 * sweep.bound)[:, sweep.keep].any():
        found += [under(sweep.rounding, 0.45), under(sweep.bound, 0.2), under(4 * sweep.bound, 0.1)]
    return [hypothesis for hypothesis in found if hypothesis is not None]


def clear_of_rounding(sweep: FlooredSweep) -> NDArray[np.bool_]:
    """The points that stand clear of round-off that adds up like sqrt(n)."""
    return np.asarray((sweep.y > np.log(CLEAR * sweep.rounding)).all(axis=0))


def without_the_end(sweep: FlooredSweep) -> Iterator[FlooredSweep]:
    """The sweep without its finest usable point, and without its finest two, as far as round-off can reach them.

    One octave before the finest, an error of order two is 16 times further from round-off that grows like n**2.
    """
    keep = sweep.keep.copy()
    for index, allowed in zip(np.flatnonzero(sweep.keep)[:-3:-1], (1.0, 16.0), strict=False):
        if keep.sum() <= model.LEAST or (np.exp(sweep.y[:, index]) > allowed * sweep.reach[index]).all():
            return
        keep[index] = False
        yield replace(sweep, keep=keep.copy())


def risen(sweep: FlooredSweep) -> Array:
    """Round-off before a floor that rises, as its rise tells: like the work or its square, through the middle of it.

    The floor of a difference quotient begins where another error may hide it, and its end is garbage.
    """
    e, work = sweep.sweep.errors.mean(axis=0), sweep.sweep.work
    first = int(np.flatnonzero(sweep.keep)[-1]) + 1
    tail = np.arange(first, min(len(e), first + RISE))
    tail = tail[e[tail] > 0]
    if len(tail) < RISE // 2:
        return sweep.rounding
    x, y = np.log(work), np.log(e[tail])
    slope = np.polyfit(x[tail], y, 1)[0]
    if slope < 1:
        return sweep.rounding
    power = 2.0 if slope > SQUARE else 1.0
    return np.asarray(np.minimum(sweep.rounding, np.exp(np.median(y - power * x[tail]) + power * x)))


def local_slopes(sweep: FlooredSweep) -> Array:
    """The orders between neighbouring usable points, in the refinement."""
    slopes = -np.diff(sweep.y[:, sweep.keep].mean(axis=0)) / np.diff(sweep.t[sweep.keep])
    return np.asarray(slopes, dtype=np.float64)
