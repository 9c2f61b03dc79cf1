"""Learned Lorenz fields at r = 28, beyond their data, and learned Rössler fields at c = 5, inside."""

from __future__ import annotations

import numpy as np

from gronwall import bound, comparison, identity
from systems.bifurcations import lorenz, rossler
from systems.bifurcations.lorenz import KNOWN
from systems.bifurcations.training import LEARNING_SEEDS as SEEDS

SOURCE, REF = "vantegelen2025", "Learned attractors"
TRUE_SUM = -41 / 3
SYSTEMS = {"Lorenz, r = 28": lorenz.of_chaos, "Rössler, c = 5": rossler.of_chaos}


def spectra(effort, case):
    """Exponents of the learned fields, seeds x 3, and the mean traces of their Jacobians."""
    found, traces = (SYSTEMS[case](effort, key) for key in ("exponents", "trace"))
    return (found[0], traces[0]) if found.ndim == 3 else (found, traces)


@bound(source=SOURCE, ref=REF, effort="full")
def the_true_field_has_its_exponents_in_the_pipeline(effort):
    r"""Through the pipeline Lorenz's field at $r=28$ has the exponents 0.9056, 0, −14.5723, to the width of its intervals.

    By 500 time units in ten blocks, intervals at 99 % as if blocks were independent.
    """  # noqa: E501
    found, half = (lorenz.of_chaos(effort, key) for key in ("true exponents", "true half"))
    return abs(found - np.array(KNOWN)), half


@the_true_field_has_its_exponents_in_the_pipeline.mutant("those of its images of rest")
def _(effort):
    found, half = (lorenz.of_chaos(effort, key) for key in ("true exponents", "true half"))
    return abs(found - np.array([0.0940, 0.0940, -13.8546])), half


@the_true_field_has_its_exponents_in_the_pipeline.mutant("with two that grow")
def _(effort):
    found, half = (lorenz.of_chaos(effort, key) for key in ("true exponents", "true half"))
    return abs(found - np.array([KNOWN[0], KNOWN[0], KNOWN[2] - KNOWN[0]])), half


@identity(source=SOURCE, ref=REF, cases=list(SYSTEMS), tol=1e-2, effort="full",
          why="Kutta's steps where volumes shrink fast")  # fmt: skip
def exponents_of_a_learned_field_add_up_to_its_own_divergence(effort, case):
    r"""Exponents of a learned field add up to $\langle\mathrm{tr}\,D\hat f\rangle$ along its own orbit, nothing else.

    By the factors of a carried frame, against the mean of the trace; every seed.
    """
    found, traces = spectra(effort, case)
    return found.sum(axis=1), traces


@exponents_of_a_learned_field_add_up_to_its_own_divergence.mutant("to that of the true field")
def _(effort, case):
    found, _ = spectra(effort, case)
    true = TRUE_SUM if case.startswith("Lorenz") else float(rossler.of_chaos(effort, "true trace")[0])
    return found.sum(axis=1), np.full(len(found), true)


@exponents_of_a_learned_field_add_up_to_its_own_divergence.mutant("without the last one")
def _(effort, case):
    found, traces = spectra(effort, case)
    return found[:, :-1].sum(axis=1), traces


@comparison(source=SOURCE, ref=REF, seeds=SEEDS.count, effort="full")
def learned_lorenz_fields_contract_too_little(replicate, effort):
    r"""At $r=28$ learned Lorenz fields contract volumes less than the true one does, whose rate is $\sigma+\beta+1=41/3$.

    Trained on orbits that come to rest, and beyond the data here.  How fast volumes shrink is a matter of a direction in
    which no orbit moves for long.
    """  # noqa: E501
    return -spectra(effort, "Lorenz, r = 28")[0][replicate].sum(), -TRUE_SUM


@learned_lorenz_fields_contract_too_little.mutant("too much")
def _(replicate, effort):
    return -TRUE_SUM, -spectra(effort, "Lorenz, r = 28")[0][replicate].sum()


@learned_lorenz_fields_contract_too_little.mutant("less than a fifth of it")
def _(replicate, effort):
    return -5 * spectra(effort, "Lorenz, r = 28")[0][replicate].sum(), -TRUE_SUM


@comparison(source=SOURCE, ref=REF, seeds=SEEDS.count, effort="full")
def learned_rossler_fields_contract_too_much(replicate, effort):
    r"""At $c=5$, inside their data, learned Rössler fields contract volumes more than the true one, at 4.63."""
    true = float(rossler.of_chaos(effort, "true exponents").sum())
    return -true, -spectra(effort, "Rössler, c = 5")[0][replicate].sum()


@learned_rossler_fields_contract_too_much.mutant("too little")
def _(replicate, effort):
    true = float(rossler.of_chaos(effort, "true exponents").sum())
    return -spectra(effort, "Rössler, c = 5")[0][replicate].sum(), -true


@learned_rossler_fields_contract_too_much.mutant("three times as much")
def _(replicate, effort):
    true = float(rossler.of_chaos(effort, "true exponents").sum())
    return -3 * true, -spectra(effort, "Rössler, c = 5")[0][replicate].sum()


def off(effort, which):
    """|λ̂ − λ| at c = 5 by seed, and the sum of both halves of intervals."""
    found, half, true, its = (
        rossler.of_chaos(effort, key)[..., which] for key in ("exponents", "half", "true exponents", "true half")
    )
    return abs(found - true), half + its


@bound(source=SOURCE, ref=REF, effort="full")
def the_leading_exponent_is_learned(effort):
    r"""Inside its data, at $c=5$, the leading exponent of every learned Rössler field agrees with the true one, 0.065.

    Within the sum of both intervals at 99 %; the last exponent of none does.
    """
    return off(effort, 0)


@the_leading_exponent_is_learned.mutant("so is the last one")
def _(effort):
    return off(effort, 2)


@the_leading_exponent_is_learned.mutant("it is that of a cycle, 0")
def _(effort):
    found, half = (rossler.of_chaos(effort, key)[:, 0] for key in ("exponents", "half"))
    return found, half


@comparison(source=SOURCE, ref=REF, seeds=SEEDS.count, effort="full")
def a_symmetry_put_in_afterwards_brings_the_attractor_nearer(replicate, effort):
    r"""$\frac12(\hat f(u)+S\hat f(Su))$ of a trained field has an attractor at $r=28$ nearer to the true one, by Hausdorff.

    4000 points each, 0.05 apart, in units of the deviations of the training series; two halves of the true orbit are
    0.54 apart.  Nothing is trained again.
    """  # noqa: E501
    plain, symmetrised = lorenz.of_chaos(effort, "hausdorff")
    return symmetrised[replicate], plain[replicate]


@a_symmetry_put_in_afterwards_brings_the_attractor_nearer.mutant("farther")
def _(replicate, effort):
    plain, symmetrised = lorenz.of_chaos(effort, "hausdorff")
    return plain[replicate], symmetrised[replicate]


@a_symmetry_put_in_afterwards_brings_the_attractor_nearer.mutant("to the floor")
def _(replicate, effort):
    _, symmetrised = lorenz.of_chaos(effort, "hausdorff")
    return symmetrised[replicate], lorenz.of_chaos(effort, "floor")[0]
