"""Neural ODEs dH = Wσ(H)dt as parameterized ODEs: m = d², and which norm of the weights the exponent may have."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import sympy as sp
from hypothesis import strategies as st

from gronwall import bound, identity, pick
from gronwall.theory import rigor
from gronwall.theory.arithmetic import exp, norm, sqrt
from gronwall.theory.generalization.bounds import parameter_lipschitz
from systems.generalization.flows import eighths

COROLLARY = "Corollary: neural ODEs (recalled)"


@dataclass(frozen=True)
class Spread:
    """W = (w/d²) 11ᵀ and the start x = 1/√d · 1, with ‖W‖_{1,1} = w, σ = relu: H stays on the diagonal.

    ‖H_1‖ = e^{w/d} in closed form; W̃ is the same with (1 − apart) w.
    """

    d: int
    w: Fraction
    apart: Fraction

    def measured(self) -> Any:
        """‖F_W(x) − F_W̃(x)‖."""
        ends = [exp(rigor.ball(w / self.d)) for w in (self.w, (1 - self.apart) * self.w)]
        return ends[0] - ends[1]

    def bound(self, norm_of_w: Fraction, gap: Fraction) -> Any:
        """M e^{norm} gap with M = ‖x‖_∞ = 1/√d."""
        M = 1 / sqrt(rigor.ball(self.d))
        return parameter_lipschitz(rigor.ball(norm_of_w), rigor.ball(1), M) * rigor.ball(gap)


SPREADS = st.builds(
    Spread, st.integers(1, 6), eighths(1, 32), st.sampled_from([Fraction(1, 2**20), Fraction(1, 8), Fraction(1)])
)


@bound(source="marion2023", ref=COROLLARY, over=SPREADS, sharp=0.999999, examples=pick(quick=60, full=500))
def a_neural_ode_is_lipschitz_in_its_weights(instance):
    r"""$\|F_W(x)-F_{\tilde W}(x)\|\le\|\sigma(x)\|_\infty e^{K_\sigma R_W}\|W-\tilde W\|_{1,1}$, $R_W=\|W\|_{1,1}$.

    Weights W = (w/d²)11ᵀ with relu, in closed form and balls; attained in the limit for d = 1.  For d > 1 the sum of
    all entries in the exponent is far from what happens (e^{w/d}); the largest entry is too little.
    """
    return instance.measured(), instance.bound(instance.w, instance.apart * instance.w)


@a_neural_ode_is_lipschitz_in_its_weights.witness
def _():
    return Spread(1, Fraction(2), Fraction(1, 2**20))


@a_neural_ode_is_lipschitz_in_its_weights.witness
def _():
    return Spread(4, Fraction(8), Fraction(1, 2**20))


@a_neural_ode_is_lipschitz_in_its_weights.mutant("the largest entry of W in the exponent")
def _(instance):
    return instance.measured(), instance.bound(instance.w / instance.d**2, instance.apart * instance.w)


@a_neural_ode_is_lipschitz_in_its_weights.mutant("the largest entry of W − W̃ for its norm")
def _(instance):
    return instance.measured(), instance.bound(instance.w, instance.apart * instance.w / instance.d**2)


d = 3
h = sp.Matrix(sp.symbols(f"h_1:{d + 1}", real=True))
W = sp.Matrix(d, d, [sp.Symbol(f"W_{i + 1}{j + 1}", real=True) for i in range(d) for j in range(d)])
sigma = sp.tanh


def written_out(field: Any) -> Any:
    """Σ_ij W_ij f_ij(h), and Σ_ij |W_ij|, for f_ij = field(i, j)."""
    pairs = [(i, j) for i in range(d) for j in range(d)]
    total = sum((W[i, j] * field(i, j) for i, j in pairs), sp.zeros(d, 1))
    return sp.Matrix([*total, sum(sp.Abs(W[i, j]) for i, j in pairs)])


def unit(i: int) -> Any:
    return sp.eye(d)[:, i]


DIRECT = sp.Matrix([*(W * h.applyfunc(sigma)), sum(sp.Abs(entry) for entry in W)])


@identity(source="marion2023", ref="Neural ODEs are parameterized ODEs (own statement)")
def a_neural_ode_is_a_flow_of_d_squared_fields():
    r"""$W\sigma(h)=\sum_{ij}W_{ij}f_{ij}(h)$, $f_{ij}(h)=\sigma(h_j)e_i$: $m=d^2$ fields, $|\theta|_1=\|W\|_{1,1}$.

    Symbolically for d = 3 and σ = tanh; no property of σ is used.
    """
    return DIRECT, written_out(lambda i, j: sigma(h[j]) * unit(i))


@a_neural_ode_is_a_flow_of_d_squared_fields.mutant("f_ij(h) = σ(h_i) e_j: the transpose of W")
def _():
    return DIRECT, written_out(lambda i, j: sigma(h[i]) * unit(j))


@a_neural_ode_is_a_flow_of_d_squared_fields.mutant("d fields, one a row")
def _():
    return DIRECT, written_out(lambda i, j: sigma(h[i]) * unit(i))


def grown(instance: Spread) -> Any:
    """‖H_1‖ = e^{w/d}, as the norm of the column (1/√d) e^{w/d} 1."""
    size = exp(rigor.ball(instance.w / instance.d)) / sqrt(rigor.ball(instance.d))
    return norm(rigor.matrix([[size]] * instance.d))


@bound(source="marion2023", ref=COROLLARY, over=SPREADS, sharp=0.999999, examples=pick(quick=60, full=500))
def a_neural_ode_grows_by_the_sum_of_its_entries_at_most(instance):
    r"""$\|H_1\|\le\|x\|e^{K_\sigma\|W\|_{1,1}}$ for $\sigma(0)=0$; attained for $d=1$, where $R_W$ is raised by 2⁻⁴⁰.

    The spectral norm, e^{w/d} here, would do for the growth as well: the sum of the entries is what the cover needs.
    """
    return grown(instance), exp(rigor.ball(instance.w + Fraction(1, 2**40)))


@a_neural_ode_grows_by_the_sum_of_its_entries_at_most.mutant("the largest entry of W in the exponent")
def _(instance):
    return grown(instance), exp(rigor.ball(instance.w / instance.d**2 + Fraction(1, 2**40)))


@a_neural_ode_grows_by_the_sum_of_its_entries_at_most.mutant("no exponential: ‖x‖(1 + ‖W‖)")
def _(instance):
    return grown(instance), 1 + rigor.ball(instance.w)
