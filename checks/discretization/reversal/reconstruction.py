"""Proposition 3 on affine orbits: what is lost when the states are rebuilt from the last one, and its equality case."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import sympy as sp
from hypothesis import strategies as st

from gronwall import bound, identity, pick
from gronwall.theory import rigor
from gronwall.theory.discretization.reversal import (
    EULER,
    AffineOrbit,
    directional,
    forward_states,
    reconstructed_states,
    reconstruction_bound,
    reconstruction_bound_at,
    reversal_series,
    taylor_field,
)


@dataclass(frozen=True)
class Orbit:
    """f_n(x) = σ_n C_f − λ_n(x − x*_n): slopes λ_n and signs σ_n of every layer (see `AffineOrbit`)."""

    residual: Fraction
    slopes: tuple[Fraction, ...]
    signs: tuple[int, ...]

    @property
    def lipschitz(self) -> Fraction:
        return max(map(abs, self.slopes))

    def errors(self, back_from: int = 0) -> list[Fraction]:
        """|x̃_n − x_n| for n = `back_from` … N, in fractions."""
        case = AffineOrbit(Fraction(0), self.residual, self.slopes, self.signs)
        states = forward_states(EULER, case.residual, case.x0, case.depth)
        rebuilt = reconstructed_states(EULER, case.residual, states[-1], case.depth)
        return [abs(x - y) for x, y in zip(states, rebuilt, strict=True)][back_from:]


def twelfths(low: int, high: int) -> st.SearchStrategy[Fraction]:
    return st.integers(12 * low, 12 * high).map(lambda k: Fraction(k, 12))


def equal_layers(depth: int, slope: Fraction, residual: Fraction = Fraction(1)) -> Orbit:
    """The orbit that attains the bound."""
    return Orbit(residual, (slope,) * depth, (1,) * depth)


def orbits() -> st.SearchStrategy[Orbit]:
    """Equal layers, and layers whose slopes and signs jump at will."""
    equal = st.builds(equal_layers, st.integers(1, 40), twelfths(0, 2), twelfths(0, 3))
    layer = st.tuples(twelfths(-2, 2), st.sampled_from([1, -1]))
    jumping = st.lists(layer, min_size=1, max_size=32)
    return st.one_of(
        equal, st.builds(lambda c, a: Orbit(c, *map(tuple, zip(*a, strict=True))), twelfths(0, 3), jumping)
    )


PROPOSITION = "Proposition 3 (recalled)"
EXAMPLES = pick(quick=60, full=1000)
EQUAL = st.builds(equal_layers, st.integers(1, 40), twelfths(0, 2), twelfths(0, 3))


@identity(source="sander2022", ref=PROPOSITION, over=EQUAL, examples=EXAMPLES)
def an_affine_orbit_is_rebuilt_with_exactly_the_discrete_bound(instance):
    r"""For $f_n(x)=C_f-L(x-nC_f/N)$: $|\tilde x_n-x_n|=\frac{C_f}N((1+L/N)^{N-n}-1)$ at every layer, exactly.

    Rational parameters; forward the orbit is a straight line, backward it is not.
    """
    N = len(instance.signs)
    return instance.errors(), [
        reconstruction_bound_at(n, N, instance.lipschitz, instance.residual) for n in range(N + 1)
    ]


@an_affine_orbit_is_rebuilt_with_exactly_the_discrete_bound.mutant("one layer too many: N − n + 1")
def _(instance):
    N, (L, C_f) = len(instance.signs), (instance.lipschitz, instance.residual)
    return instance.errors(), [reconstruction_bound_at(n - 1, N, L, C_f) for n in range(N + 1)]


@an_affine_orbit_is_rebuilt_with_exactly_the_discrete_bound.mutant("half of it, as for the distance to the ODE")
def _(instance):
    N, (L, C_f) = len(instance.signs), (instance.lipschitz, instance.residual)
    return instance.errors(), [reconstruction_bound_at(n, N, L, C_f) / 2 for n in range(N + 1)]


def predicted(instance: Orbit):
    """(e^L − 1) C_f/N as a ball."""
    return reconstruction_bound(len(instance.signs), rigor.ball(instance.lipschitz), rigor.ball(instance.residual))


@bound(source="sander2022", ref=PROPOSITION, over=orbits(), sharp=0.998, examples=EXAMPLES)
def states_are_rebuilt_within_a_residual_over_the_depth(instance, log):
    r"""$\max_n\|\tilde x_n-x_n\|\le\frac{(e^L-1)C_f}N$ with no remainder and no smoothness in depth.

    The errors are fractions and e^L a ball, so the inequality is certain on every orbit tried.  Slopes and signs jump
    at will; equal layers reach 0.9988 at N = 256, L = 1/2: (1 + L/N)^N is not yet e^L.
    """
    errors, most = instance.errors(), predicted(instance)
    log(
        "reconstruction", x=len(instance.signs), measured=float(max(errors)), predicted=rigor.midpoint(most), of="orbit"
    )
    return errors, most


@states_are_rebuilt_within_a_residual_over_the_depth.witness
def _():
    return equal_layers(256, Fraction(1, 2))


@states_are_rebuilt_within_a_residual_over_the_depth.witness
def _():
    return Orbit(Fraction(1), (Fraction(1, 2), Fraction(-1, 2)) * 16, (1, -1) * 16)


@states_are_rebuilt_within_a_residual_over_the_depth.mutant("half of it, as for the distance to the ODE")
def _(instance):
    return instance.errors(), predicted(instance) / 2


@states_are_rebuilt_within_a_residual_over_the_depth.mutant("no exponential: L C_f/N")
def _(instance):
    return instance.errors(), instance.lipschitz * instance.residual / len(instance.signs)


@states_are_rebuilt_within_a_residual_over_the_depth.mutant("1/N²")
def _(instance):
    return instance.errors(), predicted(instance) / len(instance.signs)


@states_are_rebuilt_within_a_residual_over_the_depth.mutant(
    "1 − e^(−L) instead of e^L − 1: the error shrinks backwards"
)
def _(instance):
    backwards = reconstruction_bound(
        len(instance.signs), rigor.ball(-instance.lipschitz), rigor.ball(instance.residual)
    )
    return instance.errors(), -backwards


h = sp.Symbol("h", positive=True)
X = sp.symbols("x y", real=True)


@identity(source="sander2022", ref=PROPOSITION)
def one_step_forth_and_back_leaves_the_acceleration():
    r"""One layer forth and back: $\tilde x-x=-h^2\,\partial_xf[f]+O(h^3)$, for any smooth $f$ of two states.

    The residual is a polynomial whose partial derivatives at x are free symbols; the scheme's own code runs on it.
    """
    f = taylor_field("f", X, 2)
    back = reversal_series(EULER, [f], X, h, 2)
    return back, -(h**2) * directional(f, X, f.subs(dict.fromkeys(X, 0)))


@one_step_forth_and_back_leaves_the_acceleration.mutant("half of it, as in the local error")
def _():
    left, right = one_step_forth_and_back_leaves_the_acceleration()
    return left, right / 2


@one_step_forth_and_back_leaves_the_acceleration.mutant("the transposed Jacobian")
def _():
    f = taylor_field("f", X, 2)
    at = dict.fromkeys(X, 0)
    return one_step_forth_and_back_leaves_the_acceleration()[0], -(h**2) * f.jacobian(X).T.subs(at) * f.subs(at)
