"""The order estimator's words: the verdict on an interval, the reason, and the remedy that helps."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from gronwall.judging.estimates import OrderEstimate, Stated
from gronwall.judging.floor import FlooredSweep, local_slopes
from gronwall.judging.sweep import Sweep

Array = NDArray[np.float64]

SUPERCONVERGENT = "superconvergent"
SCATTER = 0.3
"""Scatter of the log error above which noise is the first thing to name."""
NOISY = 0.03
"""... or from which on it is named where the slopes go up and down."""
FURTHEST = 2.0**12
"""No one is sent further than this many times the finest size."""
MOST = 2000
"""No one is told to take more replicates than this."""
SINGLE = 2.0**-23
"""Machine epsilon of float32."""


def verdict(lo: float, hi: float, stated: Stated) -> tuple[str, str]:
    """The verdict on [lo, hi] against the statement, and its first words."""
    order, within = stated.order, stated.within
    does = "falls" if order > 0 else "grows" if order < 0 else "stays"
    if order - within <= lo and hi <= order + within:
        return "holds", f"the error {does} as stated"
    if order - within <= lo and stated.at_least:
        return "holds", "the error falls at least as stated" if order > 0 else "the error grows no more than stated"
    if hi < order - within:
        return "refuted", f"the error {'falls more slowly' if order > 0 else 'grows more'} than stated"
    if lo > order + within and not stated.at_least:
        return "refuted", f"{SUPERCONVERGENT}: the order is larger than stated (at_least=True accepts that)"
    return "inconclusive", ""


def is_superconvergent(found: OrderEstimate) -> bool:
    """Is it refuted as steeper than stated?"""
    return found.verdict == "refuted" and found.reason.startswith(SUPERCONVERGENT)


def told(found: OrderEstimate, sweep: FlooredSweep, stated: Stated) -> OrderEstimate:
    """The estimate as it is told: exponents in the sign of the statement, the sweep's own names, floor and zeros."""
    sign, name = sweep.sweep.sign, sweep.sweep.name
    assert found.interval is not None
    assert found.order is not None
    assert found.seen is not None
    lo, hi = found.interval if sign > 0 else (-found.interval[1], -found.interval[0])
    seen = f", {sign * found.seen:.2f} seen at the fine end" if abs(found.seen - found.order) > 0.02 else ""
    stating = f"stated {sign * stated.order:g} ± {stated.within:g}"
    coarse, fine = (f"{x:g}" for x in found.window or (0, 0))
    reason = f"{found.reason} (order in [{lo:.4g}, {hi:.4g}]{seen}, {stating}, {name} = {coarse} to {fine})"
    if sweep.floor_at is not None and not (sweep.zeros and sweep.floor_at in sweep.zeros):
        reason += f"; {floor(sweep)}"
    if sweep.zeros:
        reason += f"; {exact_zeros(sweep)}"
    noisy = found.noise is not None and max(found.noise, scatter(sweep)) > SCATTER
    if found.verdict != "holds" and not sweep.plateau and not noisy and stops_at_float32(sweep):
        reason += "; the errors stop near the precision of float32: was a part of them computed in it? dtype='float32'"
    return replace(
        found,
        reason=reason,
        order=sign * found.order,
        seen=sign * found.seen,
        interval=(lo, hi),
        slopes=tuple(sign * s for s in found.slopes),
    )


# --------------------------------------------------------------------------- floors, plateaus, zeros


def floor(sweep: FlooredSweep, remedy: bool = False) -> str:
    """Where the floor is, and the way out."""
    said = f"floor reached at {sweep.sweep.name} = {sweep.floor_at:g} (level {sweep.floor:.1e})"
    if remedy:
        said += (
            ": use float64 or coarser"
            if sweep.sweep.single
            else ": use a harder problem, with larger errors, or coarser"
        )
        said += f" {sweep.sweep.name}"
    return said


def plateau(sweep: FlooredSweep) -> str:
    """The plateau above round-off, by name."""
    assert sweep.plateau is not None
    times = sweep.plateau / (sweep.sweep.eps * sweep.sweep.scale)
    said = f"a plateau at {sweep.plateau:.1e}, smooth and {times:.2g} times the precision: another error, not rounding"
    if not sweep.sweep.single and sweep.plateau < 1e3 * SINGLE * sweep.sweep.scale:
        said += " (unless part of it was computed in float32: dtype='float32' says so)"
    return said


def stops_at_float32(sweep: FlooredSweep) -> bool:
    """Do errors that are said to be of a finer arithmetic stop falling at the level of float32's round-off?"""
    y = sweep.y.mean(axis=0)
    if sweep.sweep.single or len(y) < 4 or not np.isfinite(y).all():
        return False
    level = np.exp(np.median(y[-2:])) / (SINGLE * sweep.sweep.scale)
    slopes = -np.diff(y) / np.diff(sweep.t)
    return bool(0.02 < level < 300 and slopes.max() > 0.5 and np.median(slopes[-2:]) < 0.5 * slopes.max())


def exact_zeros(sweep: FlooredSweep) -> str:
    """Errors that are exactly zero: a level that is its own reference, or luck."""
    many = ", ".join(f"{x:g}" for x in sweep.zeros[:4]) + (", ..." if len(sweep.zeros) > 4 else "")
    name = sweep.sweep.name
    if sweep.zeros[-1] == sweep.n[-1] and len(sweep.zeros) == 1:
        return (
            f"the error at {name} = {many} is exactly zero: if it is its own reference, leave it out and take a "
            "reference much finer than the sweep"
        )
    return f"left out where the error is exactly zero ({name} = {many})"


def left_out(sweep: FlooredSweep, lucky: NDArray[np.bool_]) -> str:
    where = ", ".join(f"{x:g}" for x in sweep.n[lucky])
    return f"left out as small by luck, below the line of its neighbours: {sweep.sweep.name} = {where}"


def end_within_reach(sweep: FlooredSweep, reason: str) -> str:
    remedy = f"end the sweep before them, at a coarser {sweep.sweep.name}"
    remedy += ", or use float64" if sweep.sweep.single else ""
    return f"the finest points alone speak against it, and they are within reach of round-off; {remedy} ({reason})"


# --------------------------------------------------------------------------- too little


def too_few(sweep: FlooredSweep, least: int, span: float) -> str:
    """Why there are too few points, and which to add."""
    name, count = sweep.sweep.name, int(sweep.keep.sum())
    if not np.isfinite(sweep.y).any():
        return "the errors are all zero: an exact sweep carries no rate; use a harder problem"
    need = f"a rate needs {least}"
    if sweep.floor_at is None and count == len(sweep.n):
        if count >= least:
            ratio = float(sweep.n.max() / sweep.n.min())
            return f"the values of {name} span a factor of {ratio:.3g}, a rate needs {span:g}; {_to_try(sweep, 2)}"
        return f"{count} value{'s' * (count != 1)} of {name}, {need}: {_to_try(sweep, least - count)}"
    need += f" that span a factor of {span:g}"
    if sweep.zeros and (sweep.floor_at is None or sweep.floor_at in sweep.zeros):
        return f"{exact_zeros(sweep)}; {count} values are left, {need}"
    above = f"{count} of {len(sweep.n)} values of {name} lie above it, {need}"
    return f"round-off: {above}" if sweep.floor_at is None else f"{floor(sweep, remedy=True)}; {above}"


def _to_try(sweep: FlooredSweep, count: int) -> str:
    """A list of sizes beyond the finest, in the ratio of the sweep."""
    n = sweep.n
    step = n[-1] / n[-2] if len(n) > 1 else 2.0
    step = step if max(step, 1 / step) >= 1.5 else (2.0 if step > 1 else 0.5)
    return f"try {sweep.sweep.name} = {_listed([n[-1] * step**k for k in range(1, max(count, 1) + 1)])} too"


def _listed(sizes: list[float]) -> str:
    return ", ".join(f"{round(x) if x >= 10 and abs(x - round(x)) < 0.26 * x else x:.6g}" for x in sizes)


# --------------------------------------------------------------------------- undecided


def no_trend() -> str:
    return "noise: the error scatters and shows no trend; use more replicates or a wider sweep"


def no_series(reason: str) -> str:
    return f"no series in powers fits these errors closely enough to be extrapolated ({reason})"


def on_a_level(sweep: FlooredSweep, level: float) -> str:
    """The stated law on top of a level, which goes on beyond where rounding hides it."""
    times = level / (sweep.sweep.eps * sweep.sweep.scale)
    return (
        f"a level of {level:.2g} lies beneath the errors, {times:.2g} times the precision: they fall as stated until "
        "they come near it, and not below it; a finer reference, or what else is wrong by as much, would tell"
    )


def not_yet(sweep: FlooredSweep, slopes: Array, stated: Stated) -> str:
    """Not yet asymptotic: from where to where the slopes drift, and where they would decide."""
    sign = sweep.sweep.sign
    drift = f"from {sign * slopes[0]:.2f} to {sign * slopes[-1]:.2f}"
    return f"not yet asymptotic: the slope still drifts, {drift}; {_further(sweep, slopes, stated)}"


def steep(sweep: FlooredSweep, found: OrderEstimate, stated: Stated) -> str:
    """Steeper than stated, with a remainder that may explain it."""
    slopes = sweep.sweep.sign * np.array(found.slopes)
    return (
        "not yet asymptotic: steeper than stated, but a remainder in powers with the stated limit explains it; "
        f"{_further(sweep, slopes, stated)} ({found.reason})"
    )


def _further(sweep: FlooredSweep, slopes: Array, stated: Stated) -> str:
    """Sizes at which a slope whose distance halves with every octave would be inside."""
    used, name = sweep.n[sweep.keep], sweep.sweep.name
    off = abs(slopes[-1] - stated.order)
    octaves = max(1, int(np.ceil(np.log2(max(off, 1e-3) / (0.5 * stated.within)))))
    finer = 2.0 if used[-1] > used[0] else 0.5
    if 2.0**octaves > FURTHEST:
        return "go to much finer sizes, or to a problem whose theory begins earlier"
    sizes = _listed([used[-1] * finer**k for k in range(1, octaves + 1)][-4:])
    said = f"try {name} = {sizes}, where a remainder of one power would decide"
    level = float(np.exp(sweep.y[:, sweep.keep].mean(axis=0)[-1])) * 2.0 ** (-max(stated.order, slopes[-1]) * octaves)
    if level < 10 * float(sweep.rounding[-1]):
        said += "; round-off comes before: use a problem with larger errors or a finer arithmetic"
    return said


def undecided(sweep: FlooredSweep, stated: Stated, *, drift: float, noise: float) -> str:
    """What keeps the interval from deciding, and what to do about it."""
    slopes = local_slopes(sweep)
    unsteady = wavers(slopes)
    noise = max(noise, scatter(sweep)) if unsteady else noise
    if noise > SCATTER:
        return f"noise: the log error scatters by {noise:.2g}; {_more(sweep, stated, noise)}"
    if (unsteady and noise > NOISY) or drift <= 2 * noise:
        return f"noise of about {100 * noise:.2g} % leaves the order open; {_more(sweep, stated, noise)}"
    sign = sweep.sweep.sign
    near = abs(slopes - stated.order)
    early = "not yet asymptotic: " if len(near) > 1 and near[-1] < near[-2] and near[-1] > 0.5 * stated.within else ""
    said = f"{early}the slope drifts or bends, from {sign * slopes[0]:.2f} at the coarse end to {sign * slopes[-1]:.2f}"
    if sweep.plateau:
        return f"{said}: {plateau(sweep)}"
    if steepens(slopes) and slopes[-1] > stated.order + stated.within:
        return (
            f"{said}: it grows steeper towards the fine end, as where the reference is hardly finer than the sweep, or "
            "before the error changes its sign; take a much finer reference, or more sizes beyond"
        )
    if sweep.floor_at is not None:
        what = "use float64" if sweep.sweep.single else "use a problem with a larger error"
        return f"{said}: {what}, so that more points lie clear of round-off"
    return f"{said}: {_further(sweep, slopes, stated)}"


def wavers(slopes: Array) -> bool:
    """Do the slopes go up and down, as noise has it: do at least half of their steps turn?"""
    turns = np.sign(np.diff(slopes))
    return len(turns) > 1 and int((turns[1:] != turns[:-1]).sum()) * 2 >= len(turns) - 1


def steepens(slopes: Array) -> bool:
    """Do the slopes grow towards the fine end, more and more?"""
    steps = np.diff(slopes)
    return len(steps) >= 2 and bool((steps[-2:] > 0).all() and steps[-1] > steps[-2])


def scatter(sweep: FlooredSweep) -> float:
    """Scatter of the (mean) log error about the lines of its neighbours, free of trend and drift."""
    y, t = sweep.y[:, sweep.keep].mean(axis=0), sweep.t[sweep.keep]
    if len(y) < 4:
        return 0.0
    share = (t[1:-1] - t[:-2]) / (t[2:] - t[:-2])
    off = y[1:-1] - y[:-2] - (y[2:] - y[:-2]) * share
    return float(np.sqrt(np.mean(off**2 / (1 + share**2 + (1 - share) ** 2))))


def _more(sweep: FlooredSweep, stated: Stated, noise: float) -> str:
    """How many replicates would decide a right claim, by the standard deviation of a slope under that noise."""
    t, rows = sweep.t[sweep.keep], sweep.y.shape[0]
    spread = 2.6 * noise / float(np.sqrt(np.sum((t - t.mean()) ** 2)))
    need = int(np.ceil(rows * max((2.0 * spread / stated.within) ** 2, 4.0 / rows, 2.0)))
    how = f"about {need} replicates of every size" if need <= MOST else f"over {MOST} replicates, or a wider sweep,"
    return f"{how} would decide (there {'are' if rows > 1 else 'is'} {rows})"


def other_sign(sweep: Sweep, order: float, reason: str) -> str:
    """A positive order that meets sizes at whose small end the errors are smaller."""
    return (
        f"the errors fall as {sweep.name} falls, so these are step sizes or tolerances, and as an exponent of n the "
        f"order is negative: state {-order:g}, or give them as h= or tol= (direction= in a rate) with {order:g}; "
        f"read so: {reason}"
    )
