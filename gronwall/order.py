r"""Does the error fall like $C n^{-p}$? Three answers: ``holds``, ``refuted``, ``inconclusive``.

:func:`estimate_order` takes a sweep of $n$ with one or several measured errors at each, and works in four steps.

1. *Floor.* Errors at the level of round-off carry no order. A point within a factor ``CLEAR`` of
   $\mathrm{eps}\cdot\mathrm{scale}\cdot\sqrt n$ is left out; so is a tail that stops falling at no more than
   $16\,\mathrm{eps}\cdot\mathrm{scale}\cdot n$ or that turns and *rises* at no more than
   $256\,\mathrm{eps}\cdot\mathrm{scale}\cdot n^2$. ($n$ roundings add up like $\sqrt n$ when they are independent and
   like $n$ when they are not; a second difference multiplies them by $n^2$, and by the square of its step at n = 1, here
   taken for 1/16 or more.) Any other plateau stays in, and is evidence against the rate. A refutation that rests on the
   finest two points alone, within that reach of round-off, is withheld: ``inconclusive``.
2. *Window.* It ends at the finest $n$ above the floor, always. Where it starts, and how the error departs from a power
   law inside it, is not chosen but averaged over: :mod:`gronwall._order_model`.
3. *Interval.* At ``confidence``, and for two things at once: the slope at the fine end and its limit, because no finite
   sweep tells which of the two it is about to follow. So a slope that drifts makes the interval wide.
4. *Equivalence.* ``holds`` only if the whole interval lies inside order ± within, ``refuted`` only if it lies outside.

The fine end is at large ``n``; where no ``n`` exceeds 1 (step sizes, tolerances) it is at small ``n``.

Assumptions, and how it can be wrong. The remainder of the power law varies smoothly in $\log n$ and noise is lognormal
and independent between values of ``n``; an error that depends on the parity of ``n`` is read as noise. A fault too small
to bend the sweep at its finest ``n`` cannot be seen by anybody and ``holds``. A method whose sweep follows another slope
over its whole length (far before the asymptotic regime) is refuted: the verdict is about the sweep. A real plateau within
the factors of step 1 is taken for round-off, so a wrong ``scale`` or dtype hides or invents a floor. The confidence is
Bayesian; how often it fails is measured by ``bench/estimator.py``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gronwall import _order_model as model

Array = NDArray[np.float64]

CLEAR = 4.0
"""A usable error exceeds this many times the round-off level."""
PLATEAU = 16.0
"""A tail that stops falling is a floor up to this many eps * scale * n."""
REACH = 256.0
"""A tail that turns and rises is a floor up to this many eps * scale * n**2."""
SPAN = 2.0
"""The least ratio of the largest to the smallest usable n."""
NOISY = 0.5
"""Scatter of the log error above which a flat sweep is noise, not a plateau."""

EPS = {"bfloat16": 2.0**-7, "float16": 2.0**-10, "half": 2.0**-10, "float32": 2.0**-23, "float": 2.0**-52}


@dataclass(frozen=True)
class OrderEstimate:
    """What a sweep says about ``error ~ C * n**(-order)``.

    ``order`` is the middle of ``interval``; ``window`` the coarsest and the finest n of the likeliest window; ``floor``
    the round-off level that cut the sweep, None where none did; ``slopes`` the local orders between neighbouring usable
    n, from coarse to fine; ``noise`` the scatter of the log error about the fit (of its mean over replicates).
    """

    verdict: str
    order: float | None
    interval: tuple[float, float] | None
    window: tuple[float, float] | None
    floor: float | None
    reason: str
    slopes: tuple[float, ...] = ()
    noise: float | None = None


@dataclass(frozen=True)
class _Usable:
    """The sweep from coarse to fine (``n``, ``t`` = log of the refinement, ``y`` (R, N)), and what the floor left of it."""

    n: Array
    t: Array
    y: Array
    keep: NDArray[np.bool_]
    tau: Array
    hard: Array
    floor: float | None
    floor_at: float | None
    upward: bool
    reach: Array


def estimate_order(
    n: Any,
    error: Any,
    order: float = 1,
    within: float = 0.1,
    scale: float = 1.0,
    at_least: bool = False,
    *,
    dtype: Any = None,
    confidence: float = 0.99,
) -> OrderEstimate:
    r"""Test $e(n) \sim C n^{-p}$ with $p$ = ``order`` ± ``within``, on a sweep.

    ``n`` (N,) positive and distinct, in any order; ``error`` (N,) or (replicates, N), magnitudes; ``order`` may be zero
    or negative (growth); ``scale`` the size of the quantity whose error it is; ``at_least``: steeper is fine too;
    ``dtype`` the arithmetic of the error where the array has a finer one. A sweep that is malformed (NaN, infinite,
    negative or complex errors, repeated n, shapes that do not match) raises ValueError.
    """
    points, errors, eps = _checked(n, error, dtype)
    _check_statement(order, within, scale, confidence)
    if not errors.any():
        return _undecided("the errors are all zero: a sweep without error carries no rate; use a harder problem")
    sweep = _above_the_floor(points, errors, eps, scale)
    used = sweep.n[sweep.keep]
    if len(used) < model.LEAST or used.max() / used.min() < SPAN:
        return _too_few(sweep)

    def judged(usable: _Usable) -> OrderEstimate:
        mixture = model.posterior(_floor_hypotheses(usable))
        both = model.quantiles(mixture, confidence)
        return _verdict(usable, mixture, both, float(order), float(within), at_least)

    found = judged(sweep)
    if found.verdict == "refuted" and any(judged(s).verdict == "holds" for s in _without_the_end(sweep)):
        reason = f"the finest points bend within reach of round-off; use smaller n, or float64 after float32 ({found.reason})"
        return replace(found, verdict="inconclusive", reason=reason)
    return found


# --------------------------------------------------------------------------- what comes in


def _checked(n: Any, error: Any, dtype: Any) -> tuple[Array, Array, float]:
    """The sweep as float64 arrays (N,), (R, N), sorted by n, and eps of the coarser arithmetic."""
    raw, points = np.asarray(error), np.asarray(n)
    if np.iscomplexobj(raw) or np.iscomplexobj(points):
        raise ValueError("the error is complex; a rate is about magnitudes: take abs() first")
    eps = max(_eps(raw.dtype), _eps(dtype) if dtype is not None else 0.0)
    try:
        points, errors = points.astype(np.float64), raw.astype(np.float64)
    except (TypeError, ValueError) as problem:
        raise ValueError(f"n and error must be real numbers: {problem}") from None
    if points.ndim != 1 or points.size == 0:
        raise ValueError(f"n has shape {points.shape}; a sweep is one-dimensional and not empty")
    if not (np.isfinite(points).all() and (points > 0).all()):
        raise ValueError(f"n must be positive and finite, got {points.tolist()}")
    if len(np.unique(points)) != len(points):
        raise ValueError(f"n repeats a value: {points.tolist()}; give replicates as rows of error")
    if errors.ndim == 1:
        errors = errors[None, :]
    if errors.ndim != 2 or errors.shape[1] != len(points) or errors.shape[0] == 0:
        raise ValueError(
            f"error has shape {raw.shape}, n has {len(points)} points; expected ({len(points)},) or "
            f"(replicates, {len(points)})"
        )
    for wrong, name in ((np.isnan(errors), "NaN"), (np.isinf(errors), "infinite"), (errors < 0, "negative")):
        if wrong.any():
            row, column = np.argwhere(wrong)[0]
            raise ValueError(f"the error at n = {points[column]:g} (replicate {row}) is {name}: {errors[row, column]}")
    ascending = np.argsort(points)
    return points[ascending], errors[:, ascending], eps


def _eps(dtype: Any) -> float:
    """Machine epsilon of a NumPy dtype, a torch dtype or its name; integers and objects count as float64."""
    name = str(dtype).removeprefix("torch.")
    if name in ("bfloat16", "half", "float"):
        return EPS[name]
    try:
        resolved = np.dtype(name if name != str(dtype) else dtype)
    except TypeError:
        raise ValueError(f"dtype {dtype!r} is not a floating type, such as 'float32'") from None
    return float(np.finfo(resolved).eps) if resolved.kind == "f" else EPS["float"]


def _check_statement(order: float, within: float, scale: float, confidence: float) -> None:
    if not np.isfinite(order):
        raise ValueError(f"order must be finite, got {order}")
    if not (np.isfinite(within) and within > 0):
        raise ValueError(f"within must be positive, got {within}")
    if not (np.isfinite(scale) and scale > 0):
        raise ValueError(f"scale must be positive, got {scale}")
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must lie strictly between 0 and 1, got {confidence}")


# --------------------------------------------------------------------------- the floor


def _above_the_floor(points: Array, errors: Array, eps: float, scale: float) -> _Usable:
    """Order the sweep from coarse to fine and mark the points that round-off does not own."""
    upward = bool(points.max() > 1.0)
    n, e = (points, errors) if upward else (points[::-1], errors[:, ::-1])
    # Operations behind one error: n of them; where n is a step or a tolerance, 1/sqrt(n), at most 10^4, as a guess.
    work = np.maximum(n, 1.0) if upward else np.minimum(1.0 / np.sqrt(n), 1e4)
    unit = eps * scale
    with np.errstate(divide="ignore"):
        y = np.log(e)
    level = np.exp(np.median(y, axis=0))
    tau = unit * np.sqrt(work)
    keep = (e > CLEAR * tau).all(axis=0)
    tail = _floor_starts(level, unit, work)
    if tail is not None:
        seen = float(np.median(level[tail : tail + 3]))
        tau = np.maximum(tau, seen)
        keep &= (e > CLEAR * tau).all(axis=0) & (np.arange(len(n)) < tail)
    last = int(np.flatnonzero(keep)[-1]) if keep.any() else -1
    cut = last + 1 < len(n)
    hard = np.maximum(tau, unit * work) if tail is None else tau
    return _Usable(
        n=n,
        t=np.log(n) if upward else -np.log(n),
        y=y,
        keep=keep,
        tau=tau,
        hard=hard,
        floor=float(max(level[last + 1 :].max(), tau[last + 1])) if cut else None,
        floor_at=float(n[last + 1]) if cut else None,
        upward=upward,
        reach=REACH * unit * work**2,
    )


def _floor_starts(level: Array, unit: float, work: Array) -> int | None:
    """Index of the first point of a tail that has stopped falling at the level of round-off, or None."""
    if len(level) < 2 or level.max() == 0:
        return None
    bottom = int(np.argmin(level))
    with np.errstate(divide="ignore"):
        y = np.log(np.maximum(level, 1e-320))
    fell = y[:bottom].max() - y[bottom] > np.log(4.0) if bottom else False
    rises = bottom + 1 < len(level) and y[-1] - y[bottom] > np.log(2.0)
    if fell and rises and (level[bottom:] <= REACH * unit * work[bottom:] ** 2).all():
        return bottom
    for i in range(1, len(level)):
        if (level[i - 1 :] <= PLATEAU * unit * work[i - 1 :]).all() and y[i] > y[i - 1] - 0.1:
            return i - 1
    return None


def _floor_hypotheses(sweep: _Usable) -> list[model.Sweep]:
    """The usable points under round-off ~ sqrt(n) and, where that makes a difference, under round-off ~ n."""

    def under(tau: Array, prior: float, name: str) -> model.Sweep | None:
        keep = sweep.keep & (np.exp(sweep.y) > CLEAR * tau).all(axis=0)
        if keep.sum() < model.LEAST:
            return None
        y = sweep.y[:, keep]
        left = sweep.keep & ~keep  # points this hypothesis gives to the floor: near its level, within a factor e^1.5
        off = (sweep.y.mean(axis=0)[left] - np.log(tau[left])) / model.MESS
        density = float(np.sum(-0.5 * off**2 - np.log(model.MESS * np.sqrt(2 * np.pi))))
        d = (np.exp(2 * (np.log(tau[keep]) - y))).mean(axis=0) / y.shape[0]
        return model.Sweep(t=sweep.t[keep], y=y, d=d, log_prior=float(np.log(prior)) + density, name=name)

    plain = under(sweep.tau, 0.65, "sqrt(n)")
    assert plain is not None  # the caller has counted the points
    close = np.exp(sweep.y[:, sweep.keep]) < 1e3 * sweep.hard[sweep.keep]
    if not close.any():
        return [plain]
    return [plain, *filter(None, (under(sweep.hard, 0.25, "n"), under(4 * sweep.hard, 0.1, "4 n")))]


def _without_the_end(sweep: _Usable) -> Iterator[_Usable]:
    """The sweep less its finest usable point and less its finest two, as far as round-off ~ n**2 can reach them."""
    keep = sweep.keep.copy()
    for index in np.flatnonzero(sweep.keep)[:-3:-1]:
        if keep.sum() <= model.LEAST or (np.exp(sweep.y[:, index]) > sweep.reach[index]).all():
            return
        keep[index] = False
        yield replace(sweep, keep=keep.copy())


# --------------------------------------------------------------------------- the verdict


def _verdict(
    sweep: _Usable, mixture: model.Mixture, both: Array, order: float, within: float, at_least: bool
) -> OrderEstimate:
    """Equivalence: the interval of limit and fine-end slope against order ± within."""
    sign = 1.0 if sweep.upward else -1.0  # e ~ m^(-P) with m = n or 1/n, so p = sign * P
    claimed = sign * order
    lo, hi = float(both[:, 0].min()), float(both[:, 1].max())
    weight = np.exp(mixture.log_weight)
    noise = float(np.exp(weight @ np.log(mixture.noise)))
    kept_t, kept_n = sweep.t[sweep.keep], sweep.n[sweep.keep]
    y = sweep.y[:, sweep.keep].mean(axis=0)
    slopes = -np.diff(y) / np.diff(kept_t)
    likeliest = int(np.argmax(np.bincount(mixture.start, weights=weight)))
    window = (float(kept_n[likeliest]), float(kept_n[-1]))
    interval = (lo, hi) if sign > 0 else (-hi, -lo)
    verdict, reason = _judge(lo, hi, claimed, within, at_least)
    if verdict == "refuted" and noise > NOISY and lo < 0 < hi and claimed != 0:
        verdict = "inconclusive"
        reason = f"noise: the log error scatters by {noise:.2g} and shows no trend; use more replicates or a wider sweep"
    elif verdict == "inconclusive":
        reason = _why(sweep, mixture, both, noise, slopes * sign)
    told = f"order {0.5 * (interval[0] + interval[1]):.3g} in [{interval[0]:.3g}, {interval[1]:.3g}]"
    told += f" on n = {window[0]:g} to {window[1]:g}, stated {order:g} ± {within:g}"
    floor = f"; floor reached at n = {sweep.floor_at:g}" if sweep.floor_at is not None and verdict != "inconclusive" else ""
    return OrderEstimate(
        verdict=verdict,
        order=0.5 * (interval[0] + interval[1]),
        interval=interval,
        window=window,
        floor=sweep.floor,
        reason=f"{reason}: {told}{floor}" if verdict != "inconclusive" else f"{reason} ({told})",
        slopes=tuple(float(s * sign) for s in slopes),
        noise=noise,
    )


def _judge(lo: float, hi: float, claimed: float, within: float, at_least: bool) -> tuple[str, str]:
    """The verdict and its first words."""
    if lo >= claimed - within and (at_least or hi <= claimed + within):
        return "holds", "the error falls as stated" if hi <= claimed + within else "the error falls at least as stated"
    if hi < claimed - within:
        return "refuted", "the error falls more slowly than stated" if hi > 0 else "the error does not fall as stated"
    if lo > claimed + within and not at_least:
        return "refuted", "superconvergent, the error falls faster than stated (at_least=True accepts that)"
    return "inconclusive", ""


def _why(sweep: _Usable, mixture: model.Mixture, both: Array, noise: float, slopes: Array) -> str:
    """What keeps the interval from deciding, and what to do about it."""
    weight = np.exp(mixture.log_weight)
    drift = float(weight @ np.where(mixture.amplitude > 0, mixture.amplitude, 0.0))
    parts = []
    if noise > NOISY:
        parts.append(f"noise: the log error scatters by {noise:.2g}; use more replicates or a wider sweep")
    elif drift > 2 * noise:
        finer = "finer n" if sweep.floor_at is None else "a harder problem or a wider sweep"
        parts.append(f"the slope drifts, from {slopes[0]:.2f} at the coarse end to {slopes[-1]:.2f}; use {finer}")
    else:
        parts.append(f"noise of about {100 * noise:.2g} % leaves the order open; use more replicates or more points")
    if sweep.floor_at is not None:
        parts.append(_floor_said(sweep))
    return "; ".join(parts)


def _floor_said(sweep: _Usable) -> str:
    smaller = "smaller n" if sweep.upward else "larger n"
    single = sweep.tau.min() > 1e-11
    remedy = f"use float64 or {smaller}" if single else f"use {smaller} or a problem with a larger error"
    return f"floor reached at n = {sweep.floor_at:g} (level {sweep.floor:.1e}): {remedy}"


def _too_few(sweep: _Usable) -> OrderEstimate:
    used = int(sweep.keep.sum())
    if sweep.floor is not None and len(sweep.n) >= model.LEAST:
        reason = f"{_floor_said(sweep)}; too few points above it ({used}, need {model.LEAST} over a factor of {SPAN:g})"
    else:
        reason = f"too few points: {used} usable, need at least {model.LEAST} over a factor of {SPAN:g} in n"
    return _undecided(reason, sweep.floor)


def _undecided(reason: str, floor: float | None = None) -> OrderEstimate:
    return OrderEstimate("inconclusive", None, None, None, floor, reason)
