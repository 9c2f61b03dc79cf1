"""From Nesterov's scheme to its equation: the factor 3, the order of the limit, Bessel's function on quadratics."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np
import sympy as sp
from hypothesis import strategies as st
from scipy.special import gamma, jv

from gronwall import identity, pick, rate
from gronwall.theory import rigor
from gronwall.theory.arithmetic import matmul, times
from gronwall.theory.enclosure import enclose_flow
from gronwall.theory.nesterov.limit import iterates, momentum, momentum_remainder, series_ratio

LIMIT = "Equations (7), (8)"
k, r, t, eps, g0, g1 = sp.symbols("k r t epsilon g0 g1", positive=True)
H = sp.symbols("h0:4")
"""h and its first three derivatives at t."""


@identity(source="nguyen2022", ref="Remark 1")
def the_momentum_is_one_minus_r_over_k():
    r"""$\frac{k-1}{k+r-1}=1-\frac rk+\frac{r(r-1)}{k(k+r-1)}$: the 3 of the equation is the $r$ of the scheme."""
    return momentum(k, r), 1 - r / k + momentum_remainder(k, r)


@the_momentum_is_one_minus_r_over_k.mutant("(k − 1)/(k + r) for the same constant")
def _():
    return momentum(k, r + 1), 1 - r / k + momentum_remainder(k, r)


@the_momentum_is_one_minus_r_over_k.mutant("the constant r − 1")
def _():
    return momentum(k, r), 1 - (r - 1) / k + momentum_remainder(k, r)


def inserted(clock=eps, factor=r):
    """The scheme divided by s with x_{k±1} = h(t ± √s), √s = ε, k = t/clock: its limit for ε → 0, and (8)."""

    def h(shift):
        return sum(value * shift**i / sp.factorial(i) for i, value in enumerate(H))

    step = momentum(t / clock, factor) * (h(0) - h(-eps))
    y = h(0) + step
    left = (h(eps) - y) / eps**2 + g0 + g1 * (y - h(0))
    return sp.limit(sp.together(sp.expand(left)), eps, 0), H[2] + r / t * H[1] + g0


@identity(source="nguyen2022", ref=LIMIT)
def the_scheme_is_the_equation_to_leading_order():
    r"""With $x_k=h(k\sqrt s)$ the scheme is $h''+\frac rth'+\nabla F(h)=0$ up to terms that vanish with $\sqrt s$.

    Taylor's formula to the third order, ∇F to the first, with y_k where the gradient is taken; N = 1.
    """
    return inserted()


@the_scheme_is_the_equation_to_leading_order.mutant("(k − 1)/(k + r): the constant r + 1")
def _():
    return inserted(factor=r + 1)


@the_scheme_is_the_equation_to_leading_order.mutant("t = ks")
def _():
    left, _ = inserted(clock=eps**2)
    return left, H[2] + r / t * H[1] + g0


# ---------------------------------------------------------------- quadratics


j, rate_ = sp.symbols("j lambda", positive=True)


@identity(source="nguyen2022", ref="Equation (8) on quadratics")
def the_series_of_the_limit_solves_it():
    r"""$\sum c_jt^{2j}$, $\frac{c_{j+1}}{c_j}=\frac{-\lambda/4}{(j+1)(j+(r+1)/2)}$ solves $h''+\frac rth'+\lambda h=0$.

    Term by term: (2j + 2)(2j + 1 + r) c_{j+1} + λ c_j = 0.  For r = 3 the sum is 2J_1(u)/u, u = √λ t.
    """
    return (2 * j + 2) * (2 * j + 1 + r) * series_ratio(j, rate_, r), -rate_


@the_series_of_the_limit_solves_it.mutant("the series of J_0")
def _():
    return (2 * j + 2) * (2 * j + 1 + r) * (-(rate_ / 4) / (j + 1) ** 2), -rate_


@the_series_of_the_limit_solves_it.mutant("the factor r + 2")
def _():
    return (2 * j + 2) * (2 * j + 1 + r) * series_ratio(j, rate_, r + 2), -rate_


@dataclass(frozen=True)
class Quadratic:
    """F = λh²/2 from t = 1 to `end`, with h and h' of Bessel's solution at t = 1."""

    rate: Fraction
    end: Fraction


def bessel(rate: Fraction, t: Fraction, order: int = 1) -> Any:
    """2J_order(u)/u, u = √λ t, in balls."""
    u = rigor.ball(rate).sqrt() * rigor.ball(t)
    return 2 * u.bessel_j(order) / u


def bessel_slope(rate: Fraction, t: Fraction) -> Any:
    """d/dt 2J_1(u)/u = −2√λ J_2(u)/u."""
    return -rigor.ball(rate).sqrt() * bessel(rate, t, 2)


def nesterov_column(rate: Fraction, r: int = 3) -> Any:
    """(h, h', u), u = 1/t: a field whose products are of the second degree, (h', −r u h' − λh, −u²)."""
    linear = rigor.matrix([[0, 1, 0], [-rate, 0, 0], [0, 0, 0]])
    left, right = rigor.matrix([[0, 0, 0], [0, -r, 0], [0, 0, -1]]), rigor.matrix([[0, 0, 0], [0, 0, 1], [0, 0, 1]])

    def field(x: Any, s: Any) -> Any:
        return matmul(linear, x) + times(matmul(left, x), matmul(right, x))

    return field


@cache
def flowed(instance: Quadratic, r: int = 3) -> Any:
    """h at `end` by a validated flow from t = 1; once for all precisions, since truncation is what makes it wide."""
    start = rigor.from_entries(
        3, 1, [bessel(instance.rate, Fraction(1)), bessel_slope(instance.rate, Fraction(1)), rigor.ball(1)]
    )
    return enclose_flow(lambda i: nesterov_column(instance.rate, r), start, [Fraction(1), instance.end])[-1][0, 0]


QUADRATICS = st.builds(
    Quadratic, st.integers(1, 16).map(lambda n: Fraction(n, 2)), st.integers(3, 6).map(lambda n: Fraction(n, 2))
)


@identity(source="nguyen2022", ref="Equation (8) on quadratics", over=QUADRATICS, examples=pick(quick=3, full=40),
          tol=1e-9, why="validated flows, truncated at 2^-40 a unit of time")  # fmt: skip
def bessel_is_the_limit_on_quadratics(instance):
    r"""$h(t)=h_0\,2J_1(u)/u$, $u=\sqrt\lambda t$, for $F=\frac\lambda2h^2$: in balls against a validated flow."""
    return flowed(instance), bessel(instance.rate, instance.end)


@bessel_is_the_limit_on_quadratics.mutant("J_0")
def _(instance):
    u = rigor.ball(instance.rate).sqrt() * rigor.ball(instance.end)
    return flowed(instance), u.bessel_j(0)


@bessel_is_the_limit_on_quadratics.mutant("the constant 2 in the equation")
def _(instance):
    return flowed(instance, r=2), bessel(instance.rate, instance.end)


# ---------------------------------------------------------------- the scheme against its equation


END, RATE = 6.0, 1.0


def solution(r: int, t: Any) -> Any:
    """Γ(α + 1)(2/u)^α J_α(u), α = (r − 1)/2, u = √λ t > 0, in floats."""
    alpha, u = (r - 1) / 2, np.sqrt(RATE) * t
    return gamma(alpha + 1) * (2 / u) ** alpha * jv(alpha, u)


def distance(n: int, r: int, exact=solution) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Times k√s, x_k and h(k√s), k = 1 … n, √s = END/n."""
    root = END / n
    x = np.array(iterates(lambda h: RATE * h, 1.0, root**2, n, r))[1:]
    t = root * np.arange(1, n + 1)
    return t, x, exact(r, t)


@rate(
    source="nguyen2022", ref=LIMIT, order=1, at=[100, 200, 400, 800, 1600], within=0.1, cases={"3": 3, "5": 5, "10": 10}
)
def the_scheme_tends_to_its_equation(n, case, log):
    r"""$\max_k|x_k-h(k\sqrt s)|$ falls like $\sqrt s$ on a quadratic, for $r=3$, $5$, $10$."""
    t, x, h = distance(n, case)
    if n == 100:
        for at, scheme, limit in list(zip(t, x, h, strict=True))[1::2]:
            log("Nesterov's scheme", x=at, measured=scheme, predicted=limit, r=case, n=n)
    return float(np.abs(x - h).max())


the_scheme_tends_to_its_equation.mutant("order two", order=2)


@the_scheme_tends_to_its_equation.mutant("another Nesterov factor: r + 2")
def _(n, case):
    _, x, h = distance(n, case, exact=lambda r, t: solution(r + 2, t))
    return float(np.abs(x - h).max())


@the_scheme_tends_to_its_equation.mutant("Bessel's J_0 in its place")
def _(n, case):
    _, x, h = distance(n, case, exact=lambda r, t: jv(0, t))
    return float(np.abs(x - h).max())
