r"""Figure 7: the intensity of a Poisson process from its events, by a latent equation with its integral as a state."""

from __future__ import annotations

import numpy as np
import torch

from gronwall import comparison, identity
from systems.adjoint.poisson import training as poisson
from systems.adjoint.poisson.data import GRID, REALISATIONS, SEEDS, constant, distance, events, shortfall
from systems.adjoint.poisson.training import INTENSITY, WRONG

REF = "Figure 7: Poisson intensity"


def learned(replicate, effort):
    """The trained intensity on `GRID`."""
    return INTENSITY(effort)["intensity"][replicate]


def wrong(replicate, effort, integral):
    """The intensity after some steps with so many times the integral in the likelihood."""
    return WRONG(effort, integral=integral)["intensity"][replicate]


def flat(replicate):
    """The constant rate of as many events."""
    return constant(SEEDS.of(replicate))


@comparison(source="chen2018", ref=REF, factor=1.5, seeds=SEEDS.count, effort="full")
def the_intensity_is_recovered(replicate, effort):
    r"""The trained intensity is at most two thirds as far from the true one, in $L^1$, as a constant rate.

    From eight realisations of some 22 events, on which the figure says nothing; the margin was named on other seeds.
    """
    return distance(learned(replicate, effort)), distance(flat(replicate))


@the_intensity_is_recovered.mutant("trained without the integral")
def _(replicate, effort):
    return distance(wrong(replicate, effort, 0.0)), distance(flat(replicate))


@the_intensity_is_recovered.mutant("trained with the integral of the other sign")
def _(replicate, effort):
    return distance(wrong(replicate, effort, -1.0)), distance(flat(replicate))


@comparison(source="chen2018", ref=REF, factor=1.5, seeds=SEEDS.count, effort="full")
def new_events_are_likelier(replicate, effort):
    r"""The expected log-likelihood of new events is short of the truth's by at most two thirds of a constant's.

    Over all realisations, $\int\lambda^*\log(\lambda^*/\lambda)-\lambda^*+\lambda$, and not over some drawn ones.
    """
    return shortfall(learned(replicate, effort)), shortfall(flat(replicate))


@new_events_are_likelier.mutant("trained without the integral")
def _(replicate, effort):
    return shortfall(wrong(replicate, effort, 0.0)), shortfall(flat(replicate))


def masses(effort, change=lambda rates: rates):
    """Λ at the end as a state of a solve at 1e-8, and by the trapezoidal rule, for every seed."""
    parameters = poisson.rebuilt(INTENSITY(effort)["weights"])
    with torch.no_grad():
        rates, mass = poisson.followed(parameters, torch.tensor(GRID).expand(len(parameters[0]), -1), tol=1e-8)
    return mass[:, -1].numpy(), np.trapezoid(change(rates.numpy()), GRID, axis=1)


@identity(source="chen2018", ref=REF, effort="full", tol=1e-4,
          why="the trapezoidal rule: h²/12 times the change of the slope, h = 0.01, some ten")  # fmt: skip
def the_integral_is_a_state_of_the_trained_solve(effort):
    r"""On trained networks the state $\Lambda$ at the end is the integral of $\lambda(z(t))$, by quadrature."""
    return masses(effort)


@the_integral_is_a_state_of_the_trained_solve.mutant("the rate at the start, for all times")
def _(effort):
    return masses(effort, lambda rates: rates[:, :1] + 0 * rates)


@the_integral_is_a_state_of_the_trained_solve.mutant("the number of events, for that is its mean")
def _(effort):
    return masses(effort)[0], np.array([len(events(seed)) / REALISATIONS for seed in SEEDS.at(effort)])
