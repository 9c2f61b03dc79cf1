r"""Does the error fall like $C n^{-p}$? Three answers: ``holds``, ``refuted``, ``inconclusive``.

:func:`estimate_order` takes a sweep of sizes, with one or several measured errors at each. Nothing depends on the unit
of the sizes; which end is fine is said or read off the errors (:mod:`gronwall.judging.sweep`). Then, in five steps:

1. *Floor* (:mod:`gronwall.judging.floor`). Errors at the level of round-off carry no order. It is told by its level
   and by its shape: a tail that scatters and has stopped falling, or turns and rises, at the level that roundings reach
   that add up over the steps; a tail that is smooth and level, no higher than roundings that partly cancel. Any other
   plateau stays in, is evidence against the rate and is named. What is left gets round-off as additive noise of unknown
   size, weighted by how well each explains the sweep.
2. *Window* (:mod:`gronwall.judging.order_model`). It ends at the finest size above the floor, always. Where it starts,
   and how the error departs from a power law inside it, is not chosen but averaged over.
3. *Interval.* At ``confidence``, for two things at once: the slope at the fine end and its limit, because no finite
   sweep tells which of the two it is about to follow. So a slope that drifts makes the interval wide.
4. *Equivalence.* ``holds`` only if the whole interval lies inside order ± within, ``refuted`` only if it lies outside,
   by its half-width. A sweep that is leaving another law at its fine end, likely as not, does not hold by
   passing the stated slope. Refutations are withheld where they rest on the finest one or two points alone and
   round-off could have bent them; where the error scatters without any trend; and where the slopes have not settled:
   on their way to the stated order, half the way down to it at last, or uneven or growing steeper, as they do before
   the error changes its sign. What is the stated law on top of a level does not hold.
5. *What decides more* (:mod:`gronwall.judging.second_look`). Where that is inconclusive: the points clear of round-off
   alone, if the others agree with them up to round-off; the sweep without errors that are small by luck, between
   neighbours; where the errors are smooth to their last digits, Richardson's model, a remainder in integer powers
   (:mod:`gronwall.judging.powers`), of each component where the error is a vector, which ``remainder="powers"`` chooses
   outright; and where many errors scatter about one straight line, that line, which may be too flat for the stated
   order.

Assumptions, and how it can be wrong. The remainder of the power law is smooth in $\log n$; noise is lognormal and
independent between values of n, so an error that depends on the parity of n is read as noise. A fault too small to
bend the sweep at its finest n is seen by nobody, and ``holds``. A sweep that has settled on another slope long before
the theory begins is refuted: the verdict is about the sweep. A real plateau within the levels of step 1 is taken for
round-off, so a wrong ``scale`` or dtype hides or invents a floor. With noise of 10 % a sweep of six points seldom
decides to ± 0.1; the reason says how many replicates would. The confidence is Bayesian; how often it fails is what
``bench/estimator.py`` measures.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gronwall.judging import order_model as model
from gronwall.judging import order_words as words
from gronwall.judging import second_look
from gronwall.judging.estimates import OrderEstimate, Stated
from gronwall.judging.floor import (
    FlooredSweep,
    above_the_floor,
    clear_of_rounding,
    cut,
    local_slopes,
    round_off_hypotheses,
    without_the_end,
)
from gronwall.judging.settling import unsettled
from gronwall.judging.sweep import normed, read_sweep, which

Array = NDArray[np.float64]

MARGIN = 0.5
"""A refutation has to stand by this share of the interval's width."""
SLOW = 0.25
"""An error that falls with n at a smaller order does not show that n is a step size."""
SPAN = 2.0
"""The least ratio of the largest to the smallest usable n."""
SCATTER = 0.3
"""Standard deviation of the log error above which a sweep without a trend is noise, not a plateau."""


def estimate_order(
    sizes: Any = None,
    errors: Any = None,
    /,
    order: float = 1,
    within: float = 0.1,
    scale: float = 1.0,
    at_least: bool = False,
    *,
    n: Any = None,
    h: Any = None,
    tol: Any = None,
    error: Any = None,
    q: float | None = None,
    dtype: Any = None,
    norm: Any = None,
    remainder: str | None = None,
    confidence: float = 0.99,
) -> OrderEstimate:
    r"""Test $e(n) \sim C n^{-p}$ with $p$ = ``order`` ± ``within``, on a sweep.

    The sizes (N,), positive and distinct, in any order, come first or as one of ``n=`` (fine at large n, error ~ C
    n^(-order)), ``h=`` (steps: fine at small h, error ~ C h^order) and ``tol=`` (the same for tolerances; rounding then
    grows like tol^(-1/q), with ``q`` the order of the controlled method). Without a keyword the exponents are those of
    n, and the fine end is the end where the errors are smaller, or the one that the stated sign names where the
    smallest lies inside. The errors (N,) or (replicates, N), magnitudes, come second or as ``error=``; the points that
    a masked array masks are left out. With ``norm=`` (2, inf or a function) they are vectors (N, d) with their signs:
    the statement is about the norm, and a remainder in powers is looked for in each component.

    ``order`` may be zero or negative (growth: say ``n=``); ``scale`` the size of the quantity whose error it is;
    ``at_least``: an error that falls faster (grows less) towards the fine end is fine too; ``dtype`` the arithmetic of
    the error, where the array itself is of a finer one; ``remainder="powers"``: the error is a series in integer
    powers of n, as that of equal steps or panels on a smooth problem.

    A malformed sweep or statement (NaN, infinite, negative or complex errors, repeated n, shapes that do not match, an
    order that is no number) raises ValueError.
    """
    (sizes, errors), direction = which((sizes, errors), error, n=n, h=h, tol=tol)
    parts = None
    if norm is not None:
        errors, parts = normed(sizes, errors, norm)
    return estimate(
        (sizes, errors),
        direction,
        parts,
        order=order,
        within=within,
        scale=scale,
        at_least=at_least,
        q=q,
        dtype=dtype,
        remainder=remainder,
        confidence=confidence,
    )


def estimate(
    given: tuple[Any, Any],
    direction: str | None,
    parts: Array | None,
    *,
    order: float,
    within: float,
    scale: float,
    at_least: bool,
    q: float | None,
    dtype: Any,
    remainder: str | None,
    confidence: float = 0.99,
) -> OrderEstimate:
    """:func:`estimate_order` of sizes and errors, with the components (N, k) of each error relative to it."""
    order, within, scale, confidence = _numbers(order=order, within=within, scale=scale, confidence=confidence)
    if remainder not in (None, "powers"):
        raise ValueError(f'remainder must be None or "powers", got {remainder!r}')
    if q is not None:
        (q,) = _numbers(q=q)
    reading = partial(read_sweep, given, stated=order, dtype=dtype, scale=scale, q=q, parts=parts)
    sweep = reading(direction)
    stated = Stated(abs(order) if sweep.sign < 0 else order, within, bool(at_least), confidence)
    found = _judged(above_the_floor(sweep), stated, remainder == "powers")
    if sweep.sign > 0 or order <= 0:
        return found
    falls = 0.0 if found.order is None else -found.order
    if falls < SLOW * min(order, 1.0):  # no step sizes: the error hardly changes, or grows with n
        return _judged(above_the_floor(reading("n")), replace(stated, order=order), remainder == "powers")
    verdict = "inconclusive" if found.verdict == "holds" else found.verdict
    return replace(found, verdict=verdict, reason=words.other_sign(sweep, order, found.reason))


def _numbers(**given: Any) -> tuple[float, ...]:
    """The numbers of a statement as floats, each in its range."""
    numbers = {}
    for name, value in given.items():
        try:
            numbers[name] = float("nan") if isinstance(value, str) else float(value)
        except (TypeError, ValueError, OverflowError):
            numbers[name] = float("nan")
        if not np.isfinite(numbers[name]):
            raise ValueError(f"{name} must be a finite number, got {value!r:.60}")
        if name in ("within", "scale", "q") and not numbers[name] > 0:
            raise ValueError(f"{name} must be positive and finite, got {value}")
        if name == "confidence" and not 0 < numbers[name] < 1:
            raise ValueError(f"confidence must lie strictly between 0 and 1, got {value}")
    return tuple(numbers.values())


# --------------------------------------------------------------------------- the verdict


def _judged(sweep: FlooredSweep, stated: Stated, powers: bool) -> OrderEstimate:
    """The verdict on a sweep; where it would hold, unless the errors are the stated law on top of a level."""
    found = _looked_at(sweep, stated, powers)
    level = second_look.level_beneath(sweep, stated) if found.verdict == "holds" else None
    return found if level is None else replace(found, verdict="inconclusive", reason=words.on_a_level(sweep, level))


def _looked_at(sweep: FlooredSweep, stated: Stated, powers: bool) -> OrderEstimate:
    """The verdict on a sweep, with a second look where the first leaves it open."""
    used = sweep.n[sweep.keep]
    if len(used) < model.LEAST or used.max() / used.min() < SPAN:
        return OrderEstimate("inconclusive", None, None, None, sweep.floor, words.too_few(sweep, model.LEAST, SPAN))
    found = _first_look(sweep, stated)
    if powers:
        return second_look.by_powers(sweep, stated, found, chosen=True) or replace(
            found, verdict="inconclusive", reason=words.no_series(found.reason)
        )
    if found.verdict == "refuted" and not sweep.plateau:
        found = _unless_rounded(sweep, stated, found)
    if found.verdict == "refuted" and second_look.steep_on_its_way(sweep, stated, found):
        found = replace(found, verdict="inconclusive", reason=words.steep(sweep, found, stated))
    if found.verdict == "inconclusive":
        for look in (_clear_points, _without_luck, second_look.by_powers, second_look.scattered):
            other = look(sweep, stated, found)
            if other is not None:
                return other
    return found


def _first_look(sweep: FlooredSweep, stated: Stated) -> OrderEstimate:
    """Equivalence of the interval, for limit and fine-end slope, with order ± within."""
    hypotheses = round_off_hypotheses(sweep)
    mixture = model.posterior(hypotheses)
    source, start = mixture.likeliest()
    window = (float(hypotheses[source].n[start]), float(hypotheses[source].n[-1]))
    whole, sweep = sweep, cut(sweep, window[1])
    lo, order, hi = _interval(mixture, stated.confidence)
    verdict, reason = words.verdict(lo, hi, stated)
    if verdict == "refuted":  # by a margin: a right order is not refuted by the noise of one sweep in a hundred
        margin = MARGIN * (hi - lo)
        verdict, reason = words.verdict(lo - margin, hi + margin, stated)
    if verdict == "holds" and mixture.weight[mixture.grows].sum() > 0.5:
        law = model.quantiles(mixture, model.LAW, stated.confidence)
        lo, hi = min(lo, law[0]), max(hi, law[2])
        verdict, reason = words.verdict(lo, hi, stated)
    noise = float(np.exp(mixture.weight @ np.log(mixture.noise)))
    slopes = local_slopes(sweep)
    if verdict == "refuted" and stated.order != 0 and _without_trend(sweep):
        verdict, reason = "inconclusive", words.no_trend()
    elif verdict == "refuted" and (still := unsettled(whole, sweep, noise, stated)) is not None:
        verdict, reason = "inconclusive", words.not_yet(sweep, still, stated)
    elif verdict == "inconclusive":
        clear = sweep.n[sweep.keep & clear_of_rounding(sweep)]
        if len(clear) > 1 and clear[-1] != window[1]:  # it may be round-off that bends the rest
            sweep, window = cut(sweep, clear[-1]), (window[0] if window[0] in clear else clear[0], clear[-1])
            slopes = local_slopes(sweep)
        whole = whole if whole.floor_at is not None else sweep
        drift = float(mixture.weight @ mixture.amplitude)
        looked_at = sweep if words.wavers(slopes) else _inside(sweep, window)
        reason = words.undecided(looked_at, stated, drift=drift, noise=noise)
    elif verdict == "refuted" and sweep.plateau:
        reason = f"{reason}; {words.plateau(sweep)}"
    return words.told(
        OrderEstimate(
            verdict=verdict,
            order=order,
            interval=(lo, hi),
            window=(float(window[0]), float(window[1])),
            floor=sweep.floor,
            reason=reason,
            slopes=tuple(slopes.tolist()),
            noise=noise,
            seen=float(slopes[-1]),
        ),
        whole if verdict == "inconclusive" else sweep,
        stated,
    )


def _inside(sweep: FlooredSweep, window: tuple[float, float]) -> FlooredSweep:
    """The usable points of the window, where they are enough to be looked at."""
    within = sweep.keep & (sweep.n >= min(window)) & (sweep.n <= max(window))
    return replace(sweep, keep=within) if within.sum() >= model.LEAST else sweep


def _interval(mixture: model.Mixture, confidence: float) -> tuple[float, float, float]:
    """Lower end, median of the limit, and upper end of what limit and slope at the fine end may be."""
    limit, slope = (model.quantiles(mixture, estimand, confidence) for estimand in (model.LIMIT, model.SLOPE))
    return min(limit[0], slope[0]), limit[1], max(limit[2], slope[2])


def _without_trend(sweep: FlooredSweep) -> bool:
    """Whether the (mean) log error scatters, and neighbours are no more alike than strangers (von Neumann's ratio)."""
    y = sweep.y[:, sweep.keep].mean(axis=0)
    return bool(y.std() > SCATTER and np.sum(np.diff(y) ** 2) > np.sum((y - y.mean()) ** 2))


def _unless_rounded(sweep: FlooredSweep, stated: Stated, found: OrderEstimate) -> OrderEstimate:
    """A refutation, unless round-off may be all it rests on."""
    clear = sweep.keep & clear_of_rounding(sweep)
    if clear.sum() < model.LEAST:
        reason = words.too_few(cut(replace(sweep, keep=clear), 0.0 if not clear.any() else float(sweep.n[clear][-1])),
                               model.LEAST, SPAN)  # fmt: skip
        return replace(found, verdict="inconclusive", reason=reason)
    if any(_first_look(s, stated).verdict == "holds" for s in without_the_end(sweep)):
        return replace(found, verdict="inconclusive", reason=words.end_within_reach(sweep, found.reason))
    return found


def _clear_points(sweep: FlooredSweep, stated: Stated, found: OrderEstimate) -> OrderEstimate | None:
    """The points clear of round-off alone, where they hold and the rest agrees with them up to round-off."""
    clear = second_look.clear_points(sweep)
    if clear is None or sweep.plateau:
        return None
    other = _first_look(clear, stated)
    if other.verdict == "holds" and second_look.rest_agrees(sweep, clear, stated):
        return other
    return None


def _without_luck(sweep: FlooredSweep, stated: Stated, found: OrderEstimate) -> OrderEstimate | None:
    """The sweep without errors that are small by luck, where that decides."""
    lucky = second_look.small_by_luck(sweep)
    rest = replace(sweep, keep=sweep.keep & ~lucky)
    if not lucky.any() or rest.keep.sum() < model.LEAST or _without_trend(rest):
        return None
    other = _first_look(rest, stated)
    if other.verdict == "refuted" and not sweep.plateau:
        other = _unless_rounded(rest, stated, other)
    if other.verdict == "inconclusive" or words.is_superconvergent(other):
        return None
    return replace(other, reason=f"{other.reason}; {words.left_out(sweep, lucky)}")
