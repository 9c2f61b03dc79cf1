"""How far an equilibrium moves when its field is wrong by so much, and so much in its slopes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

from hypothesis import strategies as st

from gronwall import bound, pick
from gronwall.theory.bifurcations.perturbation import persistence_radius

SOURCE, REF = "vantegelen2025", "Perturbed equilibria"


@dataclass(frozen=True)
class Wrong:
    """f = x/K + bend M x²/2 about its zero, and an error a + slope ε₁ x."""

    K: Fraction
    M: Fraction
    error: Fraction
    error_slope: Fraction
    bend: int
    slope: int

    def displacement(self) -> float:
        """|x̂| for the zero of x(1/K + slope ε₁) + bend M x²/2 = a next to 0: 2a/(s + √(s² + 2 bend M a)).

        Infinite where there is none to the right of 0.
        """
        s = 1 / self.K + self.slope * self.error_slope
        root = s * s + 2 * self.bend * self.M * self.error
        return float(2 * self.error) / (float(s) + math.sqrt(root)) if s > 0 and root >= 0 else math.inf

    def radius(self, K=None, M=None, error_slope=None) -> float:
        """How near the theorem says it is, with one of the constants another; infinite where it says nothing."""
        constants = [mine if other is None else other for mine, other in ((self.K, K), (self.M, M))]
        found = persistence_radius(*constants, self.error, self.error_slope if error_slope is None else error_slope)
        return math.inf if math.isnan(found) else found


def fractions(low: str, high: str):
    return st.fractions(low, high, max_denominator=40)


SIGNS = st.sampled_from([-1, 1])
ERRORS = st.builds(
    Wrong, fractions("1/4", "4"), fractions("0", "4"), fractions("1/40", "1"), fractions("0", "1"), SIGNS, SIGNS
)


@bound(source=SOURCE, ref=REF, over=ERRORS, sharp=1, examples=pick(quick=200, full=1000))
def an_equilibrium_moves_by_no_more_than_its_error_explains(instance):
    r"""$|\hat x-x^*|\le r$ for the least $r$ with $K(\varepsilon+\varepsilon_1r+\frac M2r^2)=r$, where there is one.

    K bounds the inverse Jacobian, M the second derivatives, ε the error at x* and ε₁ its slopes: for fields x/K ± Mx²/2
    with errors a ± ε₁x, whose zeros are known.
    """
    return instance.displacement(), instance.radius()


@an_equilibrium_moves_by_no_more_than_its_error_explains.witness
def _():
    return Wrong(Fraction(2, 3), Fraction(3, 2), Fraction(1, 10), Fraction(1, 2), -1, -1)


@an_equilibrium_moves_by_no_more_than_its_error_explains.mutant("as far as the error is large: K = 1")
def _(instance):
    return instance.displacement(), instance.radius(K=Fraction(1))


@an_equilibrium_moves_by_no_more_than_its_error_explains.mutant("errors small in size are enough: no ε₁")
def _(instance):
    return instance.displacement(), instance.radius(error_slope=Fraction(0))


@an_equilibrium_moves_by_no_more_than_its_error_explains.mutant("linearised: no M")
def _(instance):
    return instance.displacement(), instance.radius(M=Fraction(0))


@an_equilibrium_moves_by_no_more_than_its_error_explains.mutant("as if every error fell away from the zero")
def _(instance):
    return instance.displacement(), instance.radius(error_slope=-instance.error_slope)
