"""Proposition 3: what carries a gradient back through time, and the part about eigenvalues that is true."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import sympy as sp
from hypothesis import strategies as st

from gronwall import bound, identity, pick
from gronwall.theory import rigor
from gronwall.theory.nesterov.adjoint import swapped_block
from gronwall.theory.nesterov.limit import gate, gated_field
from systems.nesterov.paths import paths

FORMULAS = "Proposition 3, proof, (23)–(24)"


@identity(
    source="nguyen2022", ref=FORMULAS, over=paths("general", pieces=3), examples=pick(quick=5, full=60),
    tol=1e-9, why="validated flows, truncated at 2^-40 a unit of time",
)  # fmt: skip
def a_gradient_is_carried_by_an_ordered_exponential(instance):
    r"""$a(t)=a(T)e^{J_nd_n}\cdots e^{J_1d_1}$, the later piece on the left; not $e^{\sum J_id_i}$ unless all commute.

    Layers whose Jacobian is constant on pieces of time, in balls, against the validated flows of the unit vectors.
    """
    return instance.by_flows(), instance.propagator()


@a_gradient_is_carried_by_an_ordered_exponential.printed("∂L/∂z_t = ∂L/∂z_T exp(−∫_T^t J), as printed")
def _(instance):
    return instance.by_flows(), instance.at_once()


@a_gradient_is_carried_by_an_ordered_exponential.mutant("the earlier piece on the left")
def _(instance):
    total = rigor.identity(2 * instance.dimension)
    for J, d in zip(instance.generators(), instance.durations, strict=True):
        total = total * (J * rigor.ball(d)).exp()
    return instance.by_flows(), total


@identity(
    source="nguyen2022", ref=FORMULAS, over=paths("constant", pieces=3), examples=pick(quick=20, full=200),
    tol=1e-10, why="balls of 53 bits or more",
)  # fmt: skip
def a_constant_jacobian_needs_no_order(instance):
    r"""Where $J$ does not change with time $\Phi=\exp((T-t)J)$: there the printed formula is exact."""
    return instance.propagator(), instance.at_once()


@a_constant_jacobian_needs_no_order.mutant("half the time")
def _(instance):
    return instance.propagator(), (instance.generators()[0] * rigor.ball(instance.elapsed / 2)).exp()


# ---------------------------------------------------------------- the exponent


lam, s = sp.symbols("lambda s")
A, B = (sp.Matrix(2, 2, lambda i, j, name=name: sp.Symbol(f"{name}{i + 1}{j + 1}")) for name in "ab")
SHAPES = "Proposition 3, dimensions"


def characteristic(factor=1, N=2):
    """Degree and polynomial of det(λI − M), beside 2N and det(λ(λ − s)I − BA); N = 2."""
    M = swapped_block(A, B, s)
    polynomial = (lam * sp.eye(4) - M).det(method="berkowitz")
    pairs = (lam * (lam - factor * s) * sp.eye(2) - B * A).det()
    degree = sp.Integer(sp.degree(sp.expand(polynomial), lam))
    return sp.Matrix([degree, sp.expand(polynomial)]), sp.Matrix([2 * N, sp.expand(pairs)])


@identity(source="nguyen2022", ref=SHAPES)
def the_exponent_has_twice_the_dimension_and_its_eigenvalues_pair():
    r"""$M=\begin{pmatrix}0&A\\B&sI\end{pmatrix}$ is $2N\times2N$, $\det(\lambda-M)=\det(\lambda(\lambda-s)I-BA)$.

    For N = 2, in symbols.  So the eigenvalues pair to sums s = t − T, one of each pair has a real part >= s/2, and the
    triangular factor U of M and the vector v have the dimension 2N, with at least N such entries.  Printed: N and N/2,
    for the same x and m.
    """
    return characteristic()


@the_exponent_has_twice_the_dimension_and_its_eigenvalues_pair.printed("v in C^N and U in C^(N×N), as printed")
def _():
    return characteristic(N=1)


@the_exponent_has_twice_the_dimension_and_its_eigenvalues_pair.mutant("pairs sum to 2(t − T)")
def _():
    return characteristic(factor=2)


@dataclass(frozen=True)
class Exponent:
    """M = [[0, A], [B, sI]] with random blocks, s <= 0; kind "turning" has BA = −ω²I, all real parts equal to s/2."""

    kind: str
    N: int
    s: Fraction
    seed: int

    def real_parts(self) -> np.ndarray:
        rng = np.random.default_rng(self.seed)
        A, B = rng.normal(size=(2, self.N, self.N))
        if self.kind == "turning":
            A, B = np.eye(self.N), -(4 + float(self.s) ** 2) * np.eye(self.N)
        return np.linalg.eigvals(swapped_block(A, B, float(self.s))).real

    def below(self, level: float) -> float:
        """How many real parts are below `level` by more than 1e-6."""
        return float((self.real_parts() < level - 1e-6).sum())

    def above(self, level: float) -> float:
        """How many real parts are at least `level`, up to 1e-6 (eigenvalues that coincide lose half the digits)."""
        return float((self.real_parts() >= level - 1e-6).sum())


EXPONENTS = st.builds(
    Exponent, st.sampled_from(["random", "random", "turning"]), st.integers(1, 4),
    st.integers(-12, 0).map(lambda k: Fraction(k, 4)), st.integers(0, 10**6),
)  # fmt: skip


@bound(source="nguyen2022", ref="Proposition 3, spectrum of the exponent", over=EXPONENTS, sharp=1.0,
       examples=pick(quick=200, full=2000))  # fmt: skip
def half_of_the_exponent_lies_to_the_right(instance):
    r"""At least $N$ of the $2N$ eigenvalues of $M$ in (24) have a real part $\ge\frac{t-T}2$."""
    return float(instance.N), instance.above(float(instance.s) / 2)


@half_of_the_exponent_lies_to_the_right.mutant("at least N + 1")
def _(instance):
    return float(instance.N + 1), instance.above(float(instance.s) / 2)


@half_of_the_exponent_lies_to_the_right.mutant("real parts of at least (t − T)/4")
def _(instance):
    return float(instance.N), instance.above(float(instance.s) / 4)


@half_of_the_exponent_lies_to_the_right.mutant("on the left only: at least N real parts below (t − T)/2")
def _(instance):
    return float(instance.N), instance.below(float(instance.s) / 2)


rho = sp.Symbol("rho", positive=True)


def carried(v):
    """‖v exp(U)‖ for U = diag(log ρ, 0), and how many of its two diagonal entries are >= 0 >= (t − T)/2 whatever ρ."""
    U = sp.diag(sp.log(rho), 0)
    return sp.sqrt(sum(z**2 for z in v * sp.diag(*[sp.exp(U[i, i]) for i in range(2)]))), U[1, 1]


@identity(source="nguyen2022", ref="Proposition 3, as an existence statement")
def existence_alone_bounds_no_gradient():
    r"""Any ratio $\rho>0$ of two gradients is $\|v\exp U\|$ with $|v|=1$, $U=\mathrm{diag}(\log\rho,0)$.

    So existence alone gives no lower bound.  Half the diagonal of this U has a real part 0 >= (t − T)/2.  The
    content of Proposition 3 is therefore in the U that its proof constructs from (24), not in the existence that
    it states.  (N = 2, v the first unit vector.)
    """
    return sp.Matrix(carried(sp.Matrix([[1, 0]]))), sp.Matrix([rho, 0])


@existence_alone_bounds_no_gradient.mutant("with v the second unit vector")
def _():
    return sp.Matrix(carried(sp.Matrix([[0, 1]]))), sp.Matrix([rho, 0])


# ---------------------------------------------------------------- the matrix of the appendix


t, xi, w, b, x, m = sp.symbols("t xi w b x m", positive=True)
LOWER = "Appendix C, matrix M"


def lower_left():
    """∂m'/∂x of (15) for N = 1, σ = tanh, f = wh + b, by SymPy."""
    _, dm = gated_field(lambda h, s: w * h + b, sp.tanh, xi)(x, m, t)
    return dm.diff(x)


def force_slope():
    """∂σ(f)/∂x."""
    return sp.tanh(w * sp.tanh(gate(t)) * x + b).diff(x)


@identity(source="nguyen2022", ref=LOWER)
def the_lower_left_block_is_minus_the_force():
    r"""$\partial m'/\partial x=-\partial\sigma(f)/\partial x-\xi\sigma(k)$ for (15), $\sigma=\tanh$, $N=1$.

    Harmless in the paper, where this block is arbitrary.  The printed form is known from a reading that was not
    verbatim, so it is no erratum here.
    """
    return lower_left(), -force_slope() - xi * sp.tanh(gate(t))


@the_lower_left_block_is_minus_the_force.printed("∂σ(f)/∂x − ξk", recalled=True)
def _():
    return lower_left(), force_slope() - xi * gate(t)


@the_lower_left_block_is_minus_the_force.mutant("−∂σ(f)/∂x − ξk, without σ")
def _():
    return lower_left(), -force_slope() - xi * gate(t)
