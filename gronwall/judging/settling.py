"""Have the local slopes of a sweep settled, or are they still changing? Only settled slopes refute an order."""

from __future__ import annotations

from dataclasses import replace
from math import comb

import numpy as np
from numpy.typing import NDArray

from gronwall.judging import order_words as words
from gronwall.judging.estimates import Stated
from gronwall.judging.floor import FlooredSweep, clear_of_rounding, local_slopes

Array = NDArray[np.float64]

SETTLING = 0.8
"""Slopes whose steps shrink by this ratio or less in an octave settle geometrically."""
TURNS = 0.5
"""A last slope that makes this share of the way down to the stated order, from the others, leaves the sweep open."""
ABOVE = 3.0
"""... where those lie above it by this many times what the statement allows, and more."""
UNEVEN = 0.5
"""Three slopes that differ by more than this share of their excess over the stated order have not settled."""
PATIENCE = 6.0
"""Slopes that at their last pace would need more octaves than this to cover the distance do not drift, they stay."""
DOUBT = 1.15
"""The ratio of two steps may grow by this factor before they have settled: a remainder is seldom one power alone."""


def unsettled(whole: FlooredSweep, window: FlooredSweep, noise: float, stated: Stated) -> Array | None:
    """The slopes, where they have not settled: those of the window, or of all points clear of round-off."""
    clear = replace(whole, keep=whole.keep & clear_of_rounding(whole))
    if _turns_back(local_slopes(clear), stated):
        return local_slopes(clear)
    for sweep in (window, clear):
        if _changing(sweep, noise, stated):
            return local_slopes(sweep)
    return None


def _turns_back(slopes: Array, stated: Stated) -> bool:
    """Does the last slope make half the way or more down to the stated order, from where the others are above it?"""
    steep = float(np.median(slopes[:-1])) - stated.order - stated.within if len(slopes) > 2 else 0.0
    return bool(steep > ABOVE * stated.within and np.median(slopes[:-1]) - slopes[-1] > TURNS * steep)


def _changing(sweep: FlooredSweep, noise: float, stated: Stated) -> bool:
    """Whether the slopes still change so that no order can be read off, not even a wrong one.

    Two ways. They are *on their way* to the stated region: the last step goes towards it, and the slopes do not settle
    (geometrically, by Aitken's extrapolation of the last three) before it. Or they lie above it and are *uneven*, or
    grow steeper without settling, as before an error changes its sign, or the last one is lower than the two before it
    by more than the statement allows where those before it do not waver. What noise alone can do is no change, but for
    that last slope. Slopes that leave the stated region for smaller ones, as over a plateau, are neither.
    """
    slopes = local_slopes(sweep)
    if len(slopes) < 2:
        return False
    t = sweep.t[sweep.keep]
    noise = min(noise, _roughness(sweep.y[:, sweep.keep].mean(axis=0)))
    spans = np.diff(t)
    pace = np.diff(slopes) / (0.5 * (spans[1:] + spans[:-1]))
    blur = np.sqrt(2.0 / spans[-1] ** 2 + 2.0 / spans[-2] ** 2 + 2.0 / (spans[-1] * spans[-2])) * noise
    step = slopes[-1] - slopes[-2]
    lo, hi = stated.order - stated.within, stated.order + stated.within
    distance = max(slopes[-1] - hi, lo - slopes[-1])
    steep = slopes[-1] - hi
    if steep > 0 and len(slopes) > 2 and np.ptp(slopes[-3:]) > max(UNEVEN * steep, 6 * blur):
        return True
    if PATIENCE * np.log(2.0) * abs(pace[-1]) < distance:
        return False
    if steep > 0 and slopes[-3:-1].min() - slopes[-1] > stated.within and not words.wavers(slopes[:-1]):
        return True
    if abs(step) < 4 * blur:
        return False
    towards = np.sign(stated.order - slopes[-1])
    ratio = pace[-1] / pace[-2] if len(pace) > 1 and pace[-2] != 0 else np.inf
    octave = ratio ** (2 * np.log(2.0) / (t[-1] - t[-3])) if ratio > 0 else np.inf
    settles = 0 < octave <= SETTLING
    reach = min(DOUBT * ratio, 0.95)
    ahead = slopes[-1] + step * reach / (1 - reach) if settles else slopes[-1]
    if step * towards > 0:
        return bool(not settles or (min(ahead, slopes[-1]) <= hi and max(ahead, slopes[-1]) >= lo))
    return bool(slopes[-1] > hi and step > 0 and not settles)


def _roughness(y: Array) -> float:
    """The noise that the fourth differences of log errors show (the third of five points): of a bend they see little.

    Too small by luck where they are few, which withholds a refutation and makes none.
    """
    order = 4 if len(y) > 5 else 3
    if len(y) <= order:
        return float("inf")
    return float(2 * np.sqrt(np.mean(np.diff(y, order) ** 2) / comb(2 * order, order)))
