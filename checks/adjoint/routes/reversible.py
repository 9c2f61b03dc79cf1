"""The algebraically reversible scheme over any tableau: exact reversal, its stability, and what rounding does to it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

import numpy as np
import sympy as sp
from hypothesis import strategies as st

from gronwall import bound, identity, pick
from gronwall.theory.adjoint.discrete import increment, reversible_back, reversible_matrix, reversible_step
from gronwall.theory.runge_kutta import EULER, Z, stability_function
from systems.adjoint.schemes import EXPLICIT, field

REF = "Algebraically reversible scheme (recalled)"
COUPLINGS = st.integers(1, 16).map(lambda k: Fraction(k, 16))


@dataclass(frozen=True)
class Forth:
    """A polynomial field (its parameter), a coupling, a step and a pair of states, all rational."""

    scheme: str
    coupling: Fraction
    theta: Fraction
    h: Fraction
    y: tuple[Fraction, Fraction]
    z: tuple[Fraction, Fraction]


QUARTERS = st.integers(-8, 8).map(lambda k: Fraction(k, 4))
PAIRS = st.tuples(QUARTERS, QUARTERS)
FORTHS = st.builds(
    Forth,
    st.sampled_from(["euler", "heun", "ralston", "kutta3", "rk4"]),
    COUPLINGS,
    QUARTERS,
    st.sampled_from([Fraction(1, 8), Fraction(1)]),
    PAIRS,
    PAIRS,
)


def there_and_back(instance: Forth, back=reversible_back):
    """(y, z) after a step and a step back, and before."""
    f, tableau = field(instance.theta), EXPLICIT[instance.scheme]
    y, z = (np.array(part, dtype=object) for part in (instance.y, instance.z))
    t = Fraction(1, 3)
    forth = reversible_step(tableau, f, t, y, z, instance.h, coupling=instance.coupling)
    return np.concatenate(back(tableau, f, t, *forth, instance.h, coupling=instance.coupling)), np.concatenate([y, z])


@identity(source="mccallum2024", ref=REF, over=FORTHS, examples=pick(quick=24, full=600))
def the_reversible_scheme_inverts_in_closed_form(instance):
    r"""$y^+=\lambda y+(1-\lambda)z+\Psi_h(z)$, $z^+=z-\Psi_{-h}(y^+)$ inverts exactly over any explicit tableau.

    In fractions, for a nonlinear field that depends on time, from any pair of states.
    """
    return there_and_back(instance)


@the_reversible_scheme_inverts_in_closed_form.mutant("back by the scheme itself at −h")
def _(instance):
    return there_and_back(
        instance,
        lambda tableau, f, t, y, z, h, coupling: reversible_step(tableau, f, t + h, y, z, -h, coupling=coupling),
    )


@the_reversible_scheme_inverts_in_closed_form.mutant("both increments at the start of the step")
def _(instance):
    def back(tableau, f, t, y, z, h, *, coupling):
        z = z + increment(tableau, f, t, y, -h)
        return (y - (1 - coupling) * z - increment(tableau, f, t, z, h)) / coupling, z

    return there_and_back(instance, back)


# ---------------------------------------------------------------- linear stability


@identity(source="mccallum2024", ref=REF, cases=EXPLICIT)
def the_reversible_step_has_determinant_lambda(case):
    r"""On $x'=\alpha x$, $w=h\alpha$: $\det=\lambda$, $\mathrm{tr}=1+\lambda-(R(-w)-1)(R(w)-\lambda)$, any tableau.

    The matrix is that of two steps of the scheme itself on symbols, from (1, 0) and (0, 1).
    """
    lam = sp.Symbol("lambda", positive=True)
    columns = [
        reversible_step(case, lambda t, x: sp.expand(Z * x), sp.Integer(0), *s, sp.Integer(1), coupling=lam)
        for s in UNITS
    ]
    M = sp.Matrix(columns).T.expand()
    R, back = (stability_function(case).subs(Z, s * Z) for s in (1, -1))
    stated = reversible_matrix(R, back, lam)
    return sp.Matrix([M.det(), M.trace(), *M]).expand(), sp.Matrix(
        [lam, stated[0][0] + stated[1][1], *sp.Matrix(stated)]
    ).expand()


UNITS = ((sp.Integer(1), sp.Integer(0)), (sp.Integer(0), sp.Integer(1)))


@the_reversible_step_has_determinant_lambda.mutant("det = 1, as if areas were kept")
def _(case):
    left, right = the_reversible_step_has_determinant_lambda(case)
    return left, sp.Matrix([1, *right[1:]])


@the_reversible_step_has_determinant_lambda.mutant("tr = 1 + λ − (R(w) − 1)(R(w) − λ)")
def _(case):
    left, right = the_reversible_step_has_determinant_lambda(case)
    R, lam = stability_function(case), sp.Symbol("lambda", positive=True)
    return left, sp.Matrix([right[0], (1 + lam - (R - 1) * (R - lam)).expand(), *right[2:]])


@dataclass(frozen=True)
class Scalar:
    """A coupling below 1 and w = hα real."""

    coupling: Fraction
    w: Fraction


SCALARS = st.builds(
    Scalar, st.integers(1, 15).map(lambda k: Fraction(k, 16)), st.integers(-48, 16).map(lambda k: Fraction(k, 32))
)


def decays(instance: Scalar) -> int:
    """1 where both roots of μ² − tr μ + λ lie in the open disc (Schur, Cohn): λ < 1 and |tr| < 1 + λ."""
    (a, _), (_, d) = reversible_matrix(1 + instance.w, 1 - instance.w, instance.coupling)
    return int(abs(a + d) < 1 + instance.coupling)


@identity(source="mccallum2024", ref=REF, over=SCALARS, examples=pick(quick=300, full=1000))
def reversible_euler_is_stable_on_a_short_interval_only(instance):
    r"""Reversible Euler decays on $x'=\alpha x$ iff $-(1-\lambda)<h\alpha<0$: 0.01 at $\lambda=0.99$, Euler has 2.

    So the price of exact reversal is the stability that a dissipative or stiff field needs.
    """
    return decays(instance), int(-(1 - instance.coupling) < instance.w < 0)


@reversible_euler_is_stable_on_a_short_interval_only.mutant("as long as Euler: −2 < hα < 0")
def _(instance):
    return decays(instance), int(-2 < instance.w < 0)


@reversible_euler_is_stable_on_a_short_interval_only.mutant("−2(1 − λ) < hα < 0")
def _(instance):
    return decays(instance), int(-2 * (1 - instance.coupling) < instance.w < 0)


# ---------------------------------------------------------------- errors on the way back


@dataclass(frozen=True)
class Back:
    """n steps back on x' = ±Lx or L|x| from states that are off by u and v."""

    field: str
    n: int
    coupling: Fraction
    hL: Fraction
    u: Fraction
    v: Fraction

    def right(self):
        """f with h = 1."""
        signs = {
            "up": lambda t, x: self.hL * x,
            "down": lambda t, x: -self.hL * x,
            "kink": lambda t, x: self.hL * abs(x),
        }
        return signs[self.field]


def drift(instance: Back):
    """|y_0 − y| and |z_0 − z| after n steps back of Euler's reversible scheme, in fractions."""
    f, ends = instance.right(), []
    for u, v in ((0, 0), (instance.u, instance.v)):
        y, z = Fraction(1) + u, Fraction(3, 4) + v
        for k in reversed(range(instance.n)):
            y, z = reversible_back(EULER, f, Fraction(k), y, z, Fraction(1), coupling=instance.coupling)
        ends.append((y, z))
    return [abs(a - b) for a, b in zip(*ends, strict=True)]


def allowed(instance: Back, factor=None, mixing=None, M=None):
    """v ← v + M u, then u ← (u + (1 − λ + M) v)/λ, n times."""
    lam = instance.coupling
    factor = 1 / lam if factor is None else factor
    mixing, M = (1 - lam if mixing is None else mixing), (instance.hL if M is None else M)
    u, v = abs(instance.u), abs(instance.v)
    for _ in range(instance.n):
        v = v + M * u
        u = factor * (u + (mixing + M) * v)
    return [u, v]


BACKS = st.builds(
    Back,
    st.sampled_from(["up", "down", "kink"]),
    st.integers(1, 8),
    COUPLINGS,
    st.integers(0, 8).map(lambda k: Fraction(k, 8)),
    QUARTERS,
    QUARTERS,
)


@bound(source="gronwall", ref=REF, over=BACKS, sharp=1, examples=pick(quick=150, full=2000))
def errors_on_the_way_back_grow_by_one_over_lambda(instance):
    r"""Errors go back by $v\leftarrow v+Mu$, $u\leftarrow(u+(1-\lambda+M)v)/\lambda$, $M$ Lipschitz for $\Psi_{\pm h}$.

    So without any field an error of y grows by λ^{-n}.  Attained by x' = Lx with u > 0 >= v.
    """
    return drift(instance), allowed(instance)


@errors_on_the_way_back_grow_by_one_over_lambda.witness
def _():
    return Back("up", 5, Fraction(1, 2), Fraction(1, 4), Fraction(1), Fraction(0))


@errors_on_the_way_back_grow_by_one_over_lambda.mutant("no division by λ")
def _(instance):
    return drift(instance), allowed(instance, factor=1)


@errors_on_the_way_back_grow_by_one_over_lambda.mutant("no mixing term 1 − λ")
def _(instance):
    return drift(instance), allowed(instance, mixing=0)


@errors_on_the_way_back_grow_by_one_over_lambda.mutant("half the Lipschitz constant")
def _(instance):
    return drift(instance), allowed(instance, M=instance.hL / 2)


LOST = {"λ = 0.9": 0.9, "λ = 0.99": 0.99}


@cache
def rounding(coupling):
    """Numbers of steps, and the error of the start rebuilt by Euler's reversible scheme after as many."""
    span, errors = int(28 / -math.log(coupling)), []
    steps = [round(span * k / 8) for k in range(3, 9)]
    for n in steps:
        y = z = start = 0.4
        h = 2.0 / n
        for k in range(n):
            y, z = reversible_step(EULER, pulled_up, k * h, y, z, h, coupling=coupling)
        for k in reversed(range(n)):
            y, z = reversible_back(EULER, pulled_up, k * h, y, z, h, coupling=coupling)
        errors.append(abs(y - start))
    return steps, errors


def pulled_up(t, x):
    """f(t, x) = tanh(2x + t)/2."""
    return math.tanh(2 * x + t) / 2


def decimals_lost(coupling):
    """The slope of log10 of the error against the number of steps, in units of log10(1/λ)."""
    steps, errors = rounding(coupling)
    return float(np.polyfit(steps, np.log10(errors), 1)[0]) / -math.log10(coupling)


@identity(source="mccallum2024", ref=REF, cases=LOST, tol=0.2, why="slope of a line through 6 rounding errors")
def exact_reversal_loses_decimals_to_rounding(case, log):
    r"""Rounding takes $\log_{10}(1/\lambda)$ decimals of the rebuilt start a step: none left after $36/(1-\lambda)$.

    Exact in exact arithmetic, the scheme with λ = 0.99 has nothing left after about 3600 steps, with λ = 0.9 after 340;
    λ = 1 loses none, and is not stable on any decaying field.
    """
    for n, error in zip(*rounding(case), strict=True):
        log("error of the rebuilt start", x=n, measured=error, predicted=2.0**-53 * case**-n, coupling=case)
    return decimals_lost(case), 1.0


@exact_reversal_loses_decimals_to_rounding.mutant("rounding errors add up and do not grow")
def _(case):
    return decimals_lost(case), 0.0


@exact_reversal_loses_decimals_to_rounding.mutant("a factor λ² a step, one λ for each of y and z")
def _(case):
    return decimals_lost(case), 2.0
