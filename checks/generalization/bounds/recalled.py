"""The bounds as they are recalled beside the bounds that are proved here: which is larger, and when the other fails."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from gronwall import bound, pick
from gronwall.theory import rigor
from gronwall.theory.arithmetic import log as logarithm
from gronwall.theory.generalization.bounds import ode_bound, resnet_bound
from gronwall.theory.generalization.recalled import recalled_network, recalled_ode


def powers(low: int, high: int) -> st.SearchStrategy[Fraction]:
    """2^low … 2^high."""
    return st.integers(low, high).map(lambda k: Fraction(2) ** k)


@dataclass(frozen=True)
class Constants:
    """The constants of both theorems; size is d for a network, m for a flow; n is `times` the least that is asked."""

    size: int
    R: Fraction
    K: Fraction
    K_f: Fraction
    K_loss: Fraction
    R_X: Fraction
    R_Y: Fraction
    delta: Fraction
    times: Fraction

    def balls(self) -> dict[str, Any]:
        return {name: rigor.ball(getattr(self, name)) for name in ("K_loss", "R_X", "R_Y", "delta")}

    def network(self) -> dict[str, Any]:
        """n >= 9 R_W⁻¹ max(d⁻⁴R_W⁻¹, K_W) and at least 9; R_W n d >= e so that the logarithm is positive."""
        least = max(9 / self.R * max(1 / (self.size**4 * self.R), self.K), Fraction(9), 3 / (self.R * self.size))
        names = {"n": least * self.times, "R_W": self.R, "K_W": self.K, "K_sigma": self.K_f}
        return {"d": self.size, **self.balls(), **{name: rigor.ball(value) for name, value in names.items()}}

    def flow(self) -> dict[str, Any]:
        """n >= 9 max(m⁻²R⁻², 1); M = K_f R_X, which is what f_i(0) = 0 gives."""
        least = 9 * max(1 / (self.size * self.R) ** 2, Fraction(1), 1 / (3 * self.R * self.size))
        names = {"n": least * self.times, "m": self.size, "R": self.R, "K": self.K, "K_f": self.K_f}
        names["M"] = self.K_f * self.R_X
        return {**self.balls(), **{name: rigor.ball(value) for name, value in names.items()}}


def constants(least_slope: int) -> st.SearchStrategy[Constants]:
    """K_f from 2^least_slope up to 4; radii from 1/16 to 8, K from 0.06 to 64, δ from 10⁻⁶ to a half."""
    deltas = st.sampled_from([Fraction(1, 10**6), Fraction(1, 20), Fraction(1, 2)])
    sizes = st.sampled_from([1, 2, 3, 5, 30])
    return st.builds(
        Constants, sizes, powers(-4, 3), powers(-4, 6), powers(least_slope, 2), powers(-2, 2), powers(-4, 3),
        powers(-4, 3), deltas, powers(0, 24),
    )  # fmt: skip


EXAMPLES = pick(quick=60, full=1000)


@bound(source="marion2023", ref="Theorem 2 (recalled)", over=constants(-4), sharp=0.5, examples=EXAMPLES)
def the_recalled_network_bound_is_safe(instance):
    r"""Theorem 2 as recalled, with $6\sqrt2\,\max(e^{K_\sigma R_W}/R_W,1)$, is at least ten times what is proved here.

    Proved bound against a tenth of the recalled one, over constants of all sizes that meet its condition on n: a
    recalled constant is safe even where it was not read.
    """
    setting = instance.network()
    return resnet_bound(L=None, **setting).total, recalled_network(**setting).total / 10


@the_recalled_network_bound_is_safe.mutant("a thirtieth of it")
def _(instance):
    setting = instance.network()
    return resnet_bound(L=None, **setting).total, recalled_network(**setting).total / 30


@the_recalled_network_bound_is_safe.mutant("its middle term at the rate n^(-1/2), beside one cover")
def _(instance):
    setting = instance.network()
    recalled = recalled_network(**setting)
    faster = recalled.smoothness / setting["n"].root(4)
    return resnet_bound(L=None, **setting).total, (recalled.parameters + faster + recalled.confidence) / 10


@bound(source="marion2023", ref="Theorem 1 (recalled)", over=constants(0), sharp=0.05, examples=EXAMPLES)
def the_recalled_flow_bound_is_safe_for_steep_fields(instance):
    r"""Theorem 1 as recalled, with $B=6K_\ell K_fe^{K_fR}(\dots)$, is above the bound that is proved when $K_f\ge1$.

    For fields with f_i(0) = 0, so M = K_f R_X.  For flat fields B vanishes and the gap does not: the mutant, and the
    exact counterexample in `theorem_1`.  So K_f >= 1 must be meant, or a maximum with 1 is missing from memory.
    """
    setting = instance.flow()
    return ode_bound(**setting).total, recalled_ode(**setting).total


@the_recalled_flow_bound_is_safe_for_steep_fields.mutant("any K_f")
def _(instance):
    setting = replace(instance, K_f=instance.K_f / 64, R=instance.R / 8).flow()
    return ode_bound(**setting).total, recalled_ode(**setting).total


@the_recalled_flow_bound_is_safe_for_steep_fields.mutant("a fiftieth of B")
def _(instance):
    setting = instance.flow()
    return ode_bound(**setting).total, recalled_ode(**setting).total / 50


@dataclass(frozen=True)
class Sizes:
    """d, and R n >= 1."""

    d: int
    Rn: Fraction


SIZES = st.builds(Sizes, st.integers(1, 400), powers(-1, 30).map(lambda x: x + Fraction(1, 2)))


@bound(source="marion2023", ref="Corollary: neural ODEs (recalled)", over=SIZES, sharp=0.95, examples=EXAMPLES)
def the_corollary_follows_from_the_theorem_with_m_equal_d_squared(instance):
    r"""$(d^2+1)\log(Rd^2n)\le2(d+1)^2\log(Rdn)$ for $Rn\ge1$: where the $\sqrt2$ and the $d+1$ come from.

    In balls.  For R n = 1 and large d the two sides meet.
    """
    d, Rn = instance.d, rigor.ball(instance.Rn)
    return (d**2 + 1) * logarithm(Rn * d**2), 2 * (d + 1) ** 2 * logarithm(Rn * d)


@the_corollary_follows_from_the_theorem_with_m_equal_d_squared.witness
def _():
    return Sizes(400, Fraction(1))


@the_corollary_follows_from_the_theorem_with_m_equal_d_squared.mutant("without the factor 2, so without √2")
def _(instance):
    d, Rn = instance.d, rigor.ball(instance.Rn)
    return (d**2 + 1) * logarithm(Rn * d**2), (d + 1) ** 2 * logarithm(Rn * d)


@the_corollary_follows_from_the_theorem_with_m_equal_d_squared.mutant("d² − d for (d + 1)²")
def _(instance):
    d, Rn = instance.d, rigor.ball(instance.Rn)
    return (d**2 + 1) * logarithm(Rn * d**2), 2 * (d**2 - d) * logarithm(Rn * d)
