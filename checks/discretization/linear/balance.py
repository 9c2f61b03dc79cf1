"""The gradient of a linear network and what its flow conserves, in exact numbers."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import islice

import numpy as np
import sympy as sp
from hypothesis import strategies as st

from gronwall import identity, pick
from gronwall.theory.discretization.linear import (
    balance,
    descent,
    flow,
    gradient,
    layers,
    loss,
    partial_products,
    pulled_back,
)
from systems.discretization.linear_networks import FIGURE_2

BALANCE = "Balancedness (own statement)"
ENTRY = st.integers(-6, 6).map(lambda k: Fraction(k, 3))


@dataclass(frozen=True)
class Rational:
    """Rational weights (depth x 4 entries), target, and Σ = AᵀA + I."""

    weights: tuple[tuple[Fraction, ...], ...]
    target: tuple[Fraction, ...]
    data: tuple[Fraction, ...]

    def build(self):
        """θ, B and Σ: object arrays of Fractions."""
        theta = np.array(self.weights, dtype=object).reshape(-1, 2, 2)
        A = np.array(self.data, dtype=object).reshape(2, 2)
        return theta, np.array(self.target, dtype=object).reshape(2, 2), A.T @ A + np.eye(2, dtype=int)


FOUR = st.tuples(ENTRY, ENTRY, ENTRY, ENTRY)
RATIONALS = st.builds(Rational, st.lists(FOUR, min_size=1, max_size=3).map(tuple), FOUR, FOUR)
EXAMPLES = pick(quick=6, full=300)


def differences(theta, B, Sigma):
    """(ℓ(θ + u) − ℓ(θ − u))/2 for every unit vector u: exactly ∂ℓ/∂θ, for ℓ is quadratic in each weight."""
    slopes = np.zeros(theta.shape, dtype=object)
    for place in np.ndindex(theta.shape):
        unit = np.zeros(theta.shape, dtype=int)
        unit[place] = 1
        slopes[place] = (loss(theta + unit, B, Sigma) - loss(theta - unit, B, Sigma)) / Fraction(2)
    return slopes


@identity(source="gronwall", ref="Gradient of a linear network (own statement)", over=RATIONALS, examples=EXAMPLES)
def the_gradient_is_the_error_pulled_back(instance):
    r"""$\partial\ell/\partial\theta_n=\frac2N\Pi_{>n}^\top(\Pi-B)\Sigma\,\Pi_{<n}^\top$, against differences of ℓ.

    A central difference of a quadratic polynomial is its derivative, whatever the step: both sides are fractions.
    """
    return gradient(*instance.build()), differences(*instance.build())


@the_gradient_is_the_error_pulled_back.mutant("Σ forgotten")
def _(instance):
    theta, B, Sigma = instance.build()
    return gradient(theta, B, np.eye(2, dtype=int)), differences(theta, B, Sigma)


@the_gradient_is_the_error_pulled_back.mutant("transposed")
def _(instance):
    return np.swapaxes(gradient(*instance.build()), 1, 2), differences(*instance.build())


@the_gradient_is_the_error_pulled_back.mutant("the products before and after exchanged")
def _(instance):
    theta, B, Sigma = instance.build()
    before, after, whole = partial_products(layers(theta))
    F = (whole - B) @ Sigma * Fraction(2, len(theta))
    return np.swapaxes(before, 1, 2) @ F @ np.swapaxes(after, 1, 2), differences(theta, B, Sigma)


@the_gradient_is_the_error_pulled_back.mutant("without 1/N")
def _(instance):
    theta, B, Sigma = instance.build()
    return len(theta) * gradient(theta, B, Sigma), differences(theta, B, Sigma)


def symbolic():
    """Three layers M_n and a force F = EΣ, all of independent symbols."""
    symbols = np.array(sp.symbols("m:12 f:4"), dtype=object).reshape(4, 2, 2)
    return symbols[:3], symbols[3]


def rate_of_balance(M, V):
    """The derivative of M_{n+1}ᵀM_{n+1} − M_n M_nᵀ when the layers move with the velocities V."""
    half = np.swapaxes(M[1:], 1, 2) @ V[1:] - V[:-1] @ np.swapaxes(M[:-1], 1, 2)
    return sp.Matrix((half + np.swapaxes(half, 1, 2)).reshape(-1, 2).tolist()).expand()


@identity(source="gronwall", ref=BALANCE)
def the_flow_conserves_the_balance_of_neighbours():
    r"""$\frac d{dt}(M_{n+1}^\top M_{n+1}-M_nM_n^\top)=0$ along the gradient flow, $M_n=I+\theta_n/N$.

    For three layers of four symbols each and a force EΣ of symbols, hence for every target and every Σ; both products
    are the same: M_{n+1}ᵀ M'_{n+1} = M'_n M_nᵀ.
    """
    M, F = symbolic()
    return rate_of_balance(M, -pulled_back(M, F)), sp.zeros(4, 2)


@the_flow_conserves_the_balance_of_neighbours.mutant("a transposed gradient")
def _():
    M, F = symbolic()
    return rate_of_balance(M, -np.swapaxes(pulled_back(M, F), 1, 2)), sp.zeros(4, 2)


@the_flow_conserves_the_balance_of_neighbours.mutant("layers in the wrong order: M_n M_nᵀ for M_nᵀ M_n")
def _():
    M, F = symbolic()
    return rate_of_balance(M[::-1], -pulled_back(M, F)[::-1]), sp.zeros(4, 2)


@the_flow_conserves_the_balance_of_neighbours.mutant("one layer with a speed of its own")
def _():
    M, F = symbolic()
    own = np.array([1, 1, 2])[:, None, None]
    return rate_of_balance(M, -own * pulled_back(M, F)), sp.zeros(4, 2)


def trained(seed, turned=False):
    """M_n before and after a flow of 12 random layers to t = 3, towards a target that is not symmetric."""
    start = np.random.default_rng(seed).normal(size=(12, 2, 2))
    B = FIGURE_2.T if turned else FIGURE_2
    end = flow(start, B, np.diag([1.0, 0.5]), [3.0], tol=1e-12)[0]
    return layers(start), layers(end)


SEEDS = st.integers(0, 10**6)
WHY = "DOP853 keeps the error of a step below 1e-12, and ten steps or so matter before the force has decayed"


@identity(source="gronwall", ref=BALANCE, over=SEEDS, examples=pick(quick=6, full=100), tol=1e-11, why=WHY)
def a_trained_network_is_as_balanced_as_it_began(instance):
    r"""$M_{n+1}^\top M_{n+1}-M_nM_n^\top$ is at t = 3 what it was at the start, in floating point."""
    start, end = trained(instance)
    return balance(end), balance(start)


@a_trained_network_is_as_balanced_as_it_began.mutant("M_{n+1}M_{n+1}ᵀ − M_nᵀM_n")
def _(instance):
    start, end = (np.swapaxes(M, 1, 2) for M in trained(instance))
    return balance(end), balance(start)


@a_trained_network_is_as_balanced_as_it_began.mutant("descent with steps of 0.01 instead of the flow")
def _(instance):
    start = np.random.default_rng(instance).normal(size=(12, 2, 2))
    (end,) = islice(descent(start, FIGURE_2, np.diag([1.0, 0.5]), 0.01), 300, 301)
    return balance(layers(end)), balance(layers(start))
