"""First-order theory on trained weights: where a learned field turns, how its cycle of saddles breaks, what returns."""

from __future__ import annotations

import numpy as np

from gronwall import bound, identity
from systems.bifurcations.planar import HOPF, LEAKING, of
from systems.bifurcations.results import figure

SOURCE, REF = "vantegelen2025", "Learned bifurcations"
VARIANT = "boundary loss"


def turning(effort):
    """Of the fields with the boundary loss that turn: the learned value, and the shift that is foretold."""
    learned = figure(effort, VARIANT, "hopf")[:, 0]
    there = np.isfinite(learned)
    return learned[there], of(effort, VARIANT, "shift")[there]


@bound(source=SOURCE, ref=REF, effort="full")
def the_bound_known_beforehand_never_applies(effort, log):
    r"""$\|DG^{-1}\|^{-1}\le\|DG_e\|$ at the true Hopf point, for every learned field: no ball of persistence is promised.

    G = (f, tr Df), so that DG_e holds second derivatives of the error, exactly differentiated.  The radius needs
    ε₁ < 1/K; what is fitted to values has slopes of slopes that are off by more.  In the series also what is foretold to first order beside what is learned.
    """  # noqa: E501
    slopes = of(effort, VARIANT, "slopes")
    most = float(of(effort, VARIANT, "most"))
    for seed, value in enumerate(slopes):
        log("slopes", x=seed, measured=value, predicted=most, error=0.0)
    for place, (value, by) in enumerate(zip(*turning(effort), strict=True)):
        log("hopf", x=place, measured=value, predicted=HOPF + by, error=0.0)
    return np.full(len(slopes), most), slopes


@the_bound_known_beforehand_never_applies.mutant("with values and divergence alone")
def _(effort):
    errors = np.linalg.norm(of(effort, VARIANT, "error"), axis=1)
    return np.full(len(errors), float(of(effort, VARIANT, "most"))), errors


def gaps(effort, case):
    """Gaps by shooting and to first order, of the seeds that have both."""
    found = of(effort, case, "gap")
    return found[np.isfinite(found).all(axis=1)].T


@bound(source=SOURCE, ref=REF, cases=list(LEAKING), effort="full")
def learned_cycles_break_as_the_leak_foretells(effort, case, log):
    r"""$\int\hat\varepsilon(x(t))e^{-\int_0^t\hat g\,ds}dt$ is more than half of the gap between $W^u(x_-)$ and $W^s(x_+)$, its sign included.

    So it says how the cycle breaks: above, a homoclinic orbit of x₋ takes its place; below, orbits leave to y < 0.  At
    α = .70, by shooting on the nets; in the series both, of the seeds whose learned saddles are there.
    """  # noqa: E501
    shot, foretold = gaps(effort, case)
    for place, (a, b) in enumerate(zip(shot, foretold, strict=True)):
        log("gap", x=place, measured=a, predicted=b, error=0.0)
    return abs(shot - foretold), abs(shot) / 2


@learned_cycles_break_as_the_leak_foretells.mutant("the other way")
def _(effort, case):
    shot, foretold = gaps(effort, case)
    return abs(shot + foretold), abs(shot) / 2


@learned_cycles_break_as_the_leak_foretells.mutant("as twice the leak")
def _(effort, case):
    shot, foretold = gaps(effort, case)
    return abs(shot - 2 * foretold), abs(shot) / 2


@identity(source=SOURCE, ref=REF, effort="full", tol=1e-6, why="integrations to 1e-12 of a learned field")
def a_learned_cycle_multiplies_by_its_own_divergence(effort, log):
    r"""At $\alpha=0.69$ the multiplier of every learned cycle is $e^{\oint\mathrm{div}\hat f\,dt}>0$: none can double.

    By the monodromy, against the integral; seeds that oscillate there.  The true one is 0.667816.
    """
    found = of(effort, VARIANT, "multiplier")
    found = found[np.isfinite(found).all(axis=1)]
    for place, (value, _) in enumerate(found):
        log("multiplier", x=place, measured=value, predicted=0.667816, error=0.0)
    return found[:, 0], found[:, 1]


@a_learned_cycle_multiplies_by_its_own_divergence.mutant("as the true one")
def _(effort):
    found = of(effort, VARIANT, "multiplier")
    found = found[np.isfinite(found).all(axis=1)]
    return found[:, 0], np.full(len(found), 0.667816)
