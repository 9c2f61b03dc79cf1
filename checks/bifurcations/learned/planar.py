"""First-order theory on trained weights: where a learned field turns, how its cycle of saddles breaks, what returns."""

from __future__ import annotations

import numpy as np

from gronwall import bound, comparison, identity
from systems.bifurcations.planar import HOPF, LEAKING, of
from systems.bifurcations.results import SEEDS, figure

SOURCE, REF = "vantegelen2025", "Learned bifurcations"
VARIANT = "boundary loss"


@comparison(source=SOURCE, ref=REF, seeds=SEEDS.count, effort="full")
def the_error_at_one_point_foretells_the_learned_hopf_value(replicate, effort, log):
    r"""$\alpha_H-DG^{-1}G_e$, with the error $e=\hat f-f$ and its divergence at the true Hopf point alone, is nearer.

    To the learned value than α_H itself; fields with the boundary loss.  In the series what is learned beside
    what is foretold, by seed.
    """
    learned, shift = figure(effort, VARIANT, "hopf")[replicate, 0], of(effort, VARIANT, "shift")[replicate]
    log("hopf", x=replicate, measured=learned, predicted=HOPF + shift, error=0.0)
    return abs(HOPF + shift - learned), abs(HOPF - learned)


@the_error_at_one_point_foretells_the_learned_hopf_value.mutant("the other way")
def _(replicate, effort):
    learned, shift = figure(effort, VARIANT, "hopf")[replicate, 0], of(effort, VARIANT, "shift")[replicate]
    return abs(HOPF - shift - learned), abs(HOPF - learned)


@the_error_at_one_point_foretells_the_learned_hopf_value.mutant("without the error's divergence")
def _(replicate, effort):
    learned, error = figure(effort, VARIANT, "hopf")[replicate, 0], of(effort, VARIANT, "error")[replicate]
    shift = of(effort, VARIANT, "shift")[replicate] + HOPF * error[2]
    return abs(HOPF + shift - learned), abs(HOPF - learned)


@bound(source=SOURCE, ref=REF, effort="full")
def the_bound_known_beforehand_never_applies(effort, log):
    r"""$\|DG^{-1}\|^{-1}\le\|DG_e\|$ at the true Hopf point, for every learned field: no ball of persistence is promised.

    G = (f, tr Df), so that DG_e holds second derivatives of the error, exactly differentiated.  The radius needs
    ε₁ < 1/K; what is fitted to values has slopes of slopes that are off by more.
    """  # noqa: E501
    slopes = of(effort, VARIANT, "slopes")
    most = float(of(effort, VARIANT, "most"))
    for seed, value in enumerate(slopes):
        log("slopes", x=seed, measured=value, predicted=most, error=0.0)
    return np.full(len(slopes), most), slopes


@the_bound_known_beforehand_never_applies.mutant("with values and divergence alone")
def _(effort):
    errors = np.linalg.norm(of(effort, VARIANT, "error"), axis=1)
    return np.full(len(errors), float(of(effort, VARIANT, "most"))), errors


def gaps(effort, case):
    """Gaps by shooting and to first order, of the seeds that have both."""
    found = of(effort, case, "gap")
    return found[np.isfinite(found).all(axis=1)].T


@identity(source=SOURCE, ref=REF, cases=list(LEAKING), effort="full")
def the_sign_of_the_leak_says_how_the_cycle_breaks(effort, case, log):
    r"""Seed by seed $\int\hat\varepsilon(x(t))e^{-\int_0^t\hat g\,ds}dt$ has the sign of the gap between $W^u(x_-)$ and $W^s(x_+)$.

    Above: a homoclinic orbit of x₋ takes the place of the cycle; below: orbits leave to y < 0.  At α = .70, by shooting
    on the nets; in the series both, of the seeds whose learned saddles are there.
    """  # noqa: E501
    shot, foretold = gaps(effort, case)
    for place, (a, b) in enumerate(zip(shot, foretold, strict=True)):
        log("gap", x=place, measured=a, predicted=b, error=0.0)
    return np.sign(shot), np.sign(foretold)


@the_sign_of_the_leak_says_how_the_cycle_breaks.mutant("the other way")
def _(effort, case):
    shot, foretold = gaps(effort, case)
    return np.sign(shot), -np.sign(foretold)


@the_sign_of_the_leak_says_how_the_cycle_breaks.mutant("always above")
def _(effort, case):
    shot, foretold = gaps(effort, case)
    return np.sign(shot), abs(np.sign(foretold))


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
