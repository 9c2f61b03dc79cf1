r"""Where round-off begins in a sweep: which points it owns, and how much of it may lie in the others.

Step 1 of :mod:`gronwall.judging.order`, which says what is assumed and how it can be wrong.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from gronwall.judging import order_model as model

Array = NDArray[np.float64]

CLEAR = 4.0
"""A usable error exceeds this many times the round-off level."""
LEAST = 0.5
"""The least round-off, in eps * scale."""
PLATEAU = 16.0
"""A tail that stops falling is a floor up to this many eps * scale * n."""
REACH = 256.0
"""A tail that turns and rises is a floor up to this many eps * scale * n**2."""
LONGEST = 48
"""Points of a longer sweep are averaged in neighbouring groups."""


@dataclass(frozen=True)
class FlooredSweep:
    """A sweep from coarse to fine: ``t`` = log of the refinement, ``y`` (R, N) log errors, and what the floor left.

    ``keep`` marks usable points. Round-off (N,): ``least`` if nothing adds up or as seen in a floor, ``rounding`` if it
    adds up like sqrt(n), ``bound`` if like n; ``reach`` how far it can get at all.
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
    upward: bool
    single: bool


def above_the_floor(points: Array, errors: Array, eps: float, scale: float) -> FlooredSweep:
    """Order the sweep from coarse to fine and mark the points that round-off does not own."""
    upward = bool(points.max() > 1.0)
    n, e = (points, errors) if upward else (points[::-1], errors[:, ::-1])
    # Operations behind one error: n of them. Where n is a step or a tolerance, a guess: 1/sqrt(n), at most 10^4.
    work = np.maximum(n, 1.0) if upward else np.minimum(1.0 / np.sqrt(n), 1e4)
    unit = eps * scale
    tail, seen = _seen_floor(e, unit, work)
    least, rounding, bound = (np.maximum(seen, unit * by) for by in (LEAST * work**0, work**0.5, work))
    keep = np.asarray((e > CLEAR * least).all(axis=0))
    keep &= np.arange(len(n)) < tail
    with np.errstate(divide="ignore"):
        y = np.log(e)
    sweep = FlooredSweep(
        n=n,
        t=np.log(n) if upward else -np.log(n),
        y=y,
        keep=keep,
        least=least,
        rounding=rounding,
        bound=bound,
        reach=REACH * unit * work**2,
        floor=None,
        floor_at=None,
        upward=upward,
        single=eps > 1e-10,
    )
    return cut(sweep, n[keep][-1] if keep.any() else 0.0)


def cut(sweep: FlooredSweep, finest: float) -> FlooredSweep:
    """The sweep up to ``finest``, with the floor that lies beyond it."""
    first = int(np.flatnonzero(sweep.n == finest)[0]) + 1 if finest else 0
    if first == len(sweep.n):
        return sweep
    level = max(float(np.exp(np.median(sweep.y[:, first:]))), float(sweep.least[first]))
    keep = sweep.keep & (np.arange(len(sweep.n)) < first)
    return replace(sweep, keep=keep, floor=level, floor_at=float(sweep.n[first]))


def _seen_floor(e: Array, unit: float, work: Array) -> tuple[int, float]:
    """Where a fifth of the replicates (or one) have reached a floor, and its level; all points and 0 if none has."""
    starts = np.array([_floor_starts(row, unit, work) for row in e])
    tail = int(np.sort(starts)[len(e) // 5])
    if tail == e.shape[1]:
        return tail, 0.0
    return tail, float(np.median(e[starts <= tail, tail : tail + 3]))


def _floor_starts(e: Array, unit: float, work: Array) -> int:
    """Index of the first point of a tail that has stopped falling at the level of round-off, or len(e)."""
    y = np.log(np.maximum(e, 1e-300))
    bottom = int(np.argmin(y))
    if bottom > 0 and y[:bottom].max() - y[bottom] > np.log(4.0) and y[-1] - y[bottom] > np.log(2.0):
        after = np.diff(y[bottom:])
        upward = int((after > 0).sum()) - int((after < 0).sum())
        turned = upward > 0 or (upward == 0 and y[-1] > y[bottom - 1] - np.log(4.0))  # else one error is small by luck
        if turned and (e <= REACH * unit * work**2)[bottom:].all():
            return bottom
    for i in range(len(e)):
        if (e <= PLATEAU * unit * work)[i:].all():
            if e[i] <= CLEAR * LEAST * unit:
                return i
            if i + 1 < len(e) and y[i + 1] > y[i] - 0.1:
                return i
    return len(e)


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
        if len(t) > LONGEST:
            groups = np.array_split(np.arange(len(t)), LONGEST)
            n, t = np.array([n[g[-1]] for g in groups]), np.array([t[g].mean() for g in groups])
            y, r = (np.stack([values[:, g].mean(axis=1) for g in groups], axis=1) for values in (y, r))
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


def floor_said(sweep: FlooredSweep, remedy: bool) -> str:
    said = f"floor reached at n = {sweep.floor_at:g}"
    if remedy:
        coarser = "smaller n" if sweep.upward else "larger n"
        said += f": use float64 or {coarser}" if sweep.single else f": use {coarser} or a harder problem"
    return f"{said} (level {sweep.floor:.1e})"
