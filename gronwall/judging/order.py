r"""Does the error fall like $C n^{-p}$? Three answers: ``holds``, ``refuted``, ``inconclusive``.

:func:`estimate_order` takes a sweep of $n$, with one or several measured errors at each, in four steps.

1. *Floor* (:mod:`gronwall.judging.floor`). Errors at the level of round-off carry no order. Left out are points
   below twice $\mathrm{eps}\cdot\mathrm{scale}$; a tail that stops falling at no more than ``PLATEAU``
   $\mathrm{eps}\cdot\mathrm{scale}\cdot n$; and a tail that turns and *rises* at no more than ``REACH``
   $\mathrm{eps}\cdot\mathrm{scale}\cdot n^2$. (The roundings of n operations add up like $\sqrt n$ when they are
   independent and like $n$ when they are not; a second difference multiplies them by $1/h^2$, with $h = H/n$ and
   here $H \ge 1/16$.) Any other plateau stays in, and is evidence against the rate. What is left gets round-off as
   additive noise of unknown size: of order eps, like $\sqrt n$, or like $n$, weighted by how well each explains the
   sweep. Points within a factor ``CLEAR`` of $\mathrm{eps}\cdot\mathrm{scale}\cdot\sqrt n$ may confirm a rate but
   not, without four others, refute it.
2. *Window.* It ends at the finest $n$ above the floor, always. Where it starts, and how the error departs from a
   power law inside it, is not chosen but averaged over: :mod:`gronwall.judging.order_model`.
3. *Interval.* At ``confidence``, for two things at once: the slope at the fine end and its limit, because no finite
   sweep tells which of the two it is about to follow. So a slope that drifts makes the interval wide.
4. *Equivalence.* ``holds`` only if the whole interval lies inside order ± within, ``refuted`` only if it lies
   outside. A sweep that is leaving another law at its fine end, likely as not, does not hold by passing the stated
   slope. Three refutations are withheld: one that rests on the finest one or two points alone, where round-off that
   grows like $n^2$ could have bent them; one by an error that scatters without any trend; and one by a slope that
   drifts steadily through the stated order, or is still on its way to it.

The fine end is at large n; where no n exceeds 1 (step sizes, tolerances), it is at small n.

Assumptions, and how it can be wrong. The remainder of the power law is smooth in $\log n$; noise is lognormal and
independent between values of n, so an error that depends on the parity of n is read as noise. A fault too small to
bend the sweep at its finest n is seen by nobody, and ``holds``. A sweep that follows another slope over its whole
length, long before the theory begins, is refuted: the verdict is about the sweep. A real plateau within the factors
of step 1 is taken for round-off, so a wrong ``scale`` or dtype hides or invents a floor. With noise of 10 % a sweep of
six points seldom decides to ± 0.1. The confidence is Bayesian; how often it fails is what ``bench/estimator.py``
measures.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gronwall.judging import order_model as model
from gronwall.judging.floor import (
    FlooredSweep,
    above_the_floor,
    clear_of_rounding,
    cut,
    floor_said,
    round_off_hypotheses,
    without_the_end,
)

Array = NDArray[np.float64]

SPAN = 2.0
"""The least ratio of the largest to the smallest usable n."""
SCATTER = 0.3
"""Standard deviation of the log error above which a sweep without a trend is noise, not a plateau."""

EPS = {"bfloat16": 2.0**-7, "half": 2.0**-10, "float": 2.0**-52}
"""Machine epsilon of what NumPy does not know, or calls by another name."""


@dataclass(frozen=True)
class OrderEstimate:
    """What a sweep says about ``error ~ C * n**(-order)``.

    ``order`` is the median estimate of the limit; ``interval`` covers limit and fine-end slope; ``window`` the first
    and the last n, from coarse to fine, of the likeliest window; ``floor`` the round-off level that cut the sweep, None
    where none did; ``slopes`` the local orders between neighbouring usable n; ``noise`` the scatter of the (mean) log
    error about the fit.
    """

    verdict: str
    order: float | None
    interval: tuple[float, float] | None
    window: tuple[float, float] | None
    floor: float | None
    reason: str
    slopes: tuple[float, ...] = ()
    noise: float | None = None


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

    ``n`` (N,) positive and distinct, in any order; ``error`` (N,) or (replicates, N), magnitudes; ``order`` may be
    zero or negative (growth); ``scale`` the size of the quantity whose error it is; ``at_least``: steeper is fine too
    (a larger p; where the fine end is at small n, a smaller one: the error vanishes faster there);
    ``dtype`` the arithmetic of the error, where the array itself is of a finer one. A malformed sweep (NaN, infinite,
    negative or complex errors, repeated n, shapes that do not match) raises ValueError.
    """
    points, errors, eps = _checked(n, error, dtype)
    _check_statement(order, within, scale, confidence)
    if not errors.any():
        return _undecided("the errors are all zero: an exact sweep carries no rate; use a harder problem")
    sweep = above_the_floor(points, errors, eps, scale)
    used = sweep.n[sweep.keep]
    if len(used) < model.LEAST or used.max() / used.min() < SPAN:
        return _too_few(sweep)

    def judged(usable: FlooredSweep) -> OrderEstimate:
        hypotheses = round_off_hypotheses(usable)
        mixture = model.posterior(hypotheses)
        source, start = mixture.likeliest()
        window = (float(hypotheses[source].n[start]), float(hypotheses[source].n[-1]))
        return _verdict(cut(usable, window[1]), mixture, window, (order, within, at_least, confidence))

    found = judged(sweep)
    if found.verdict == "refuted" and (sweep.keep & clear_of_rounding(sweep)).sum() < model.LEAST:
        return _too_few(replace(sweep, keep=sweep.keep & clear_of_rounding(sweep)))
    if found.verdict == "refuted" and any(judged(s).verdict == "holds" for s in without_the_end(sweep)):
        reason = "the finest points alone speak against it, and they are within reach of round-off; use smaller n"
        return replace(found, verdict="inconclusive", reason=f"{reason}, or float64 ({found.reason})")
    return found


# --------------------------------------------------------------------------- what comes in


def _checked(n: Any, error: Any, dtype: Any) -> tuple[Array, Array, float]:
    """The sweep as float64 arrays (N,) and (R, N), sorted by n, and eps of the coarser arithmetic."""
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
    size = len(points)
    if errors.ndim not in (1, 2) or errors.shape[-1] != size or errors.size == 0:
        raise ValueError(f"error has shape {raw.shape}; {size} values of n need ({size},) or (replicates, {size})")
    errors = errors.reshape(-1, size)
    for wrong, name in ((np.isnan(errors), "NaN"), (np.isinf(errors), "infinite"), (errors < 0, "negative")):
        if wrong.any():
            row, column = np.argwhere(wrong)[0]
            raise ValueError(f"the error at n = {points[column]:g}, replicate {row}, is {name}")
    ascending = np.argsort(points)
    return points[ascending], errors[:, ascending], eps


def _eps(dtype: Any) -> float:
    """Machine epsilon of a NumPy dtype, a torch dtype or its name; integers and objects count as float64."""
    name = str(dtype).removeprefix("torch.")
    if name in EPS:
        return EPS[name]
    try:
        resolved = np.dtype(dtype if name == str(dtype) else name)
    except TypeError:
        raise ValueError(f"dtype {dtype!r} is not a type of numbers, such as 'float32'") from None
    return float(np.finfo(resolved).eps) if resolved.kind == "f" else EPS["float"]


def _check_statement(order: float, within: float, scale: float, confidence: float) -> None:
    if not np.isfinite(order):
        raise ValueError(f"order must be finite, got {order}")
    for value, name in ((within, "within"), (scale, "scale")):
        if not (np.isfinite(value) and value > 0):
            raise ValueError(f"{name} must be positive and finite, got {value}")
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must lie strictly between 0 and 1, got {confidence}")


# --------------------------------------------------------------------------- the verdict


def _verdict(
    sweep: FlooredSweep,
    mixture: model.Mixture,
    window: tuple[float, float],
    stated: tuple[float, float, bool, float],
) -> OrderEstimate:
    """Equivalence of the interval, for limit and fine-end slope, with order ± within."""
    order, within, at_least, confidence = stated
    sign = 1.0 if sweep.upward else -1.0  # e ~ m^-P with m = n or 1/n, so P = sign * p
    limit, slope = (model.quantiles(mixture, estimand, confidence) for estimand in (model.LIMIT, model.SLOPE))
    lo, hi = min(limit[0], slope[0]), max(limit[2], slope[2])
    verdict, reason = _judged(lo, hi, sign * order, within, at_least)
    if verdict == "holds" and mixture.weight[mixture.grows].sum() > 0.5:
        law = model.quantiles(mixture, model.LAW, confidence)
        lo, hi = min(lo, law[0]), max(hi, law[2])
        verdict, reason = _judged(lo, hi, sign * order, within, at_least)
    noise = float(np.exp(mixture.weight @ np.log(mixture.noise)))
    slopes = -sign * np.diff(sweep.y[:, sweep.keep].mean(axis=0)) / np.diff(sweep.t[sweep.keep])
    if verdict == "refuted" and order != 0 and _without_trend(sweep):
        verdict, reason = "inconclusive", "noise: the error scatters and shows no trend"
        reason += "; use more replicates or a wider sweep"
    elif verdict == "refuted" and _on_its_way(sweep, slopes, noise, (order - within, order + within)):
        verdict = "inconclusive"
        reason = f"the slope drifts from {slopes[0]:.2f} to {slopes[-1]:.2f} and has not settled: go to finer n"
    elif verdict == "inconclusive":
        clear = sweep.n[sweep.keep & clear_of_rounding(sweep)]
        if len(clear) and clear[-1] != window[1]:  # it may be round-off that bends the rest
            sweep, window = cut(sweep, clear[-1]), (window[0] if window[0] in clear else clear[0], clear[-1])
        reason = _why(sweep, mixture, noise, slopes)
    interval = (lo, hi) if sweep.upward else (-hi, -lo)
    told = f"order in [{interval[0]:.4g}, {interval[1]:.4g}], stated {order:g} ± {within:g}"
    reason = f"{reason} ({told}, n = {window[0]:g} to {window[1]:g})"
    if sweep.floor_at is not None:
        reason += f"; {floor_said(sweep, remedy=verdict == 'inconclusive')}"
    return OrderEstimate(
        verdict=verdict,
        order=sign * limit[1],
        interval=interval,
        window=(float(window[0]), float(window[1])),
        floor=sweep.floor,
        reason=reason,
        slopes=tuple(slopes.tolist()),
        noise=noise,
    )


def _without_trend(sweep: FlooredSweep) -> bool:
    """Whether the (mean) log error scatters, and neighbours are no more alike than strangers (von Neumann's ratio)."""
    y = sweep.y[:, sweep.keep].mean(axis=0)
    return bool(y.std() > SCATTER and np.sum(np.diff(y) ** 2) > np.sum((y - y.mean()) ** 2))


def _on_its_way(sweep: FlooredSweep, slopes: Array, noise: float, stated: tuple[float, float]) -> bool:
    """Whether the local slopes drift so that no order can be read off, not even a wrong one.

    Two ways: they *settle* geometrically at the fine end, and what they settle at (Aitken's extrapolation of the last
    three) has the stated region on the way; or they do not settle, but change *steadily* over the whole window (no
    step of theirs is a quarter of the largest or less, and all have one sign) and pass through the stated region. A
    sweep that keeps the stated slope and then leaves it, as for a plateau, does neither, and stays refuted.
    """
    if len(slopes) < 3:
        return False
    steps = np.diff(slopes)
    blur = np.sqrt(6.0) * noise / np.diff(sweep.t[sweep.keep]).min()
    if abs(steps[-1]) < 4 * blur or steps[-1] * steps[-2] <= 0:
        return False
    ratio = steps[-1] / steps[-2]
    if ratio >= 0.9:
        steady = len(slopes) >= 4 and (steps * steps[-1] > 0).all() and 4 * np.abs(steps).min() > np.abs(steps).max()
        return bool(steady and slopes.min() <= stated[1] and slopes.max() >= stated[0])
    ahead = slopes[-1] + steps[-1] * ratio / (1 - ratio)
    return bool(min(ahead, slopes[-1]) <= stated[1] and max(ahead, slopes[-1]) >= stated[0])


def _judged(lo: float, hi: float, claimed: float, within: float, at_least: bool) -> tuple[str, str]:
    """The verdict on [lo, hi] against claimed ± within, and its first words."""
    does = "falls" if claimed > 0 else "grows" if claimed < 0 else "stays"
    if claimed - within <= lo and hi <= claimed + within:
        return "holds", f"the error {does} as stated"
    if claimed - within <= lo and at_least:
        return "holds", "the error falls at least as stated" if claimed > 0 else "the error grows no more than stated"
    if hi < claimed - within:
        return "refuted", f"the error {'falls more slowly' if claimed > 0 else 'grows more'} than stated"
    if lo > claimed + within and not at_least:
        return "refuted", "superconvergent: the order is larger than stated (at_least=True accepts that)"
    return "inconclusive", ""


def _why(sweep: FlooredSweep, mixture: model.Mixture, noise: float, slopes: Array) -> str:
    """What keeps the interval from deciding, and what to do about it."""
    drift = float(mixture.weight @ mixture.amplitude)
    if noise > SCATTER:
        return f"noise: the log error scatters by {noise:.2g}; use more replicates or a wider sweep"
    if drift > 2 * noise:
        remedy = "go to finer n" if sweep.floor_at is None else "use a problem with a larger error"
        return f"the slope drifts or bends, from {slopes[0]:.2f} at the coarse end to {slopes[-1]:.2f}: {remedy}"
    return f"noise of about {100 * noise:.2g} % leaves the order open: use more replicates, or more values of n"


def _too_few(sweep: FlooredSweep) -> OrderEstimate:
    need = f"{int(sweep.keep.sum())} usable, need {model.LEAST} that span a factor of {SPAN:g} in n"
    if sweep.floor_at is None:
        return _undecided(f"too few points clear of round-off: {need}")
    return _undecided(f"{floor_said(sweep, remedy=True)}; too few points above it: {need}", sweep.floor)


def _undecided(reason: str, floor: float | None = None) -> OrderEstimate:
    return OrderEstimate("inconclusive", None, None, None, floor, reason)
