"""Theorem 1: the log density along a flow changes by minus the trace; Liouville; equation (33) as printed."""

from __future__ import annotations

from fractions import Fraction
from functools import cache

import sympy as sp

from gronwall import identity
from gronwall.theory import rigor
from gronwall.theory.adjoint.continuous import Clocked, in_balls
from gronwall.theory.adjoint.flows import continuity_residual, divergence
from gronwall.theory.arithmetic import matmul, tanh, times
from gronwall.theory.enclosure import enclose_flow

THEOREM = "Theorem 1, (8)"


def log_determinant(d):
    """d/dε log det(I + εJ) at ε = 0, and J, in symbols."""
    J, eps = sp.Matrix(d, d, sp.symbols(f"j:{d * d}", real=True)), sp.Symbol("epsilon")
    det = (sp.eye(d) + eps * J).det(method="berkowitz")
    return sp.expand((det.diff(eps) / det).subs(eps, 0)), J


@identity(source="chen2018", ref=THEOREM, cases=[2, 3])
def the_log_determinant_of_a_small_step_grows_by_the_trace(case):
    r"""$\frac{d}{d\varepsilon}\log\det(I+\varepsilon J)|_0=\mathrm{tr}J$: Jacobi's formula, the heart of Theorem 1."""
    left, J = log_determinant(case)
    return left, J.trace()


@the_log_determinant_of_a_small_step_grows_by_the_trace.mutant("the sum of all entries")
def _(case):
    left, J = log_determinant(case)
    return left, sum(J)


@the_log_determinant_of_a_small_step_grows_by_the_trace.mutant("the determinant")
def _(case):
    left, J = log_determinant(case)
    return left, J.det(method="berkowitz")


# ---------------------------------------------------------------- enclosed along a neural flow

FIELD = in_balls(Clocked.random(2, 2, 5, 0.8))
START, END = (Fraction(1, 2), Fraction(-1, 4)), Fraction(1, 4)


def part(n, first, count):
    """The rows first … of the n x n identity."""
    return rigor.matrix([[int(j == first + i) for j in range(n)] for i in range(count)])


@cache
def carried(of: str):
    """(log det Φ(T), q(T)) with Φ' = ∂_z f Φ column by column and q' = the trace, or what is said to be it."""
    at_z, first, second, at_q = part(7, 0, 2), part(7, 2, 2), part(7, 4, 2), part(7, 6, 1)
    WV, ones = FIELD.W * FIELD.V, rigor.matrix([[1, 1]])
    row = rigor.matrix([[WV[0, 0], WV[1, 1]]])

    def rate(t, z):
        if of == "time":
            return ones * FIELD.tangent(t, z, 0 * z, dt=1)
        if of == "all entries":
            return ones * FIELD.tangent(t, z, rigor.matrix([[1], [1]]))
        y = tanh(matmul(FIELD.W, z) + FIELD.b + t * FIELD.c)
        return row * rigor.matrix([[1], [1]]) - row * times(y, y)

    def field(s, t):
        z = at_z * s
        columns = [p.transpose() * FIELD.tangent(t, z, p * s) for p in (first, second)]
        return at_z.transpose() * FIELD(t, z) + columns[0] + columns[1] + at_q.transpose() * rate(t, z)

    start = rigor.matrix([[x] for x in (*START, 1, 0, 0, 1, 0)])
    *_, a, c, b, d, q = enclose_flow(lambda i: field, start, [Fraction(0), END], 5, 2.0**-22)[-1].entries()
    return (a * d - b * c).log(), q


@identity(source="chen2018", ref=THEOREM, tol=1e-6, why="the width of validated flows with a tolerance of 2^-22")
def the_log_density_along_a_flow_falls_by_the_integral_of_the_trace():
    r"""$\log p(z(T))-\log p(z(0))=-\int_0^T\mathrm{tr}\,\partial_zf\,dt=-\log\det\Phi(T)$, both enclosed."""
    log_det, q = carried("trace")
    return -log_det, -q


@the_log_density_along_a_flow_falls_by_the_integral_of_the_trace.mutant("+tr")
def _():
    log_det, q = carried("trace")
    return -log_det, q


@the_log_density_along_a_flow_falls_by_the_integral_of_the_trace.mutant("the sum of all entries of the Jacobian")
def _():
    return -carried("trace")[0], -carried("all entries")[1]


@the_log_density_along_a_flow_falls_by_the_integral_of_the_trace.mutant("−Σ ∂f_i/∂t, as in (33)")
def _():
    return -carried("trace")[0], -carried("time")[1]


# ---------------------------------------------------------------- Liouville

t = sp.Symbol("t", positive=True)
Z = sp.symbols("z1:3", real=True)
FLOWS = {"f = −z": sp.Integer(1), "f = −(1 + t)z": 1 + t, "f = (sin t)z": -sp.sin(t)}
"""f = −c(t)z carries N(0, e^{−2∫c} I)."""


def gaussian(c):
    """log p(z, t) up to a constant, and f, for f = −c(t)z in the plane from N(0, I)."""
    C = sp.integrate(c, (t, 0, t))
    return 2 * C - sp.exp(2 * C) * (Z[0] ** 2 + Z[1] ** 2) / 2, [-c * z for z in Z]


@identity(source="chen2018", ref="Equation (30)", cases=FLOWS)
def a_carried_gaussian_solves_the_continuity_equation(case):
    r"""$\partial_tp=-\sum_i\partial_{z_i}(f_ip)$ for $f=-c(t)z$ and $p=\mathcal N(0,e^{-2\int c}I)$."""
    log_p, f = gaussian(case)
    p = sp.exp(log_p)
    return sp.simplify(continuity_residual(p, f, Z, t) / p), sp.Integer(0)


@a_carried_gaussian_solves_the_continuity_equation.mutant("+ on the right")
def _(case):
    log_p, f = gaussian(case)
    p = sp.exp(log_p)
    return sp.simplify(continuity_residual(p, [-f_i for f_i in f], Z, t) / p), sp.Integer(0)


@a_carried_gaussian_solves_the_continuity_equation.mutant("f_i ∂p/∂z_i: p not inside the divergence's product")
def _(case):
    log_p, f = gaussian(case)
    return sp.simplify(log_p.diff(t) + sum(f_i * log_p.diff(z) for f_i, z in zip(f, Z, strict=True))), sp.Integer(0)


def along():
    """d/dt log p(z(t), t) = ∂_t log p + f·∇ log p for f = −(1 + t)z."""
    log_p, f = gaussian(1 + t)
    return sp.simplify(log_p.diff(t) + sum(f_i * log_p.diff(z) for f_i, z in zip(f, Z, strict=True))), f


@identity(source="chen2018", ref="Equation (33)")
def along_a_trajectory_the_log_density_falls_by_the_divergence():
    r"""$\frac d{dt}\log p(z(t),t)=-\sum_i\partial f_i/\partial z_i$, for $f=-(1+t)z$: in $z$, not in $t$."""
    left, f = along()
    return left, -divergence(f, Z)


@along_a_trajectory_the_log_density_falls_by_the_divergence.printed("equation (33): −Σ ∂f_i/∂t")
def _():
    left, f = along()
    return left, -sum(f_i.diff(t) for f_i in f)


@along_a_trajectory_the_log_density_falls_by_the_divergence.mutant("+Σ ∂f_i/∂z_i")
def _():
    left, f = along()
    return left, divergence(f, Z)


@along_a_trajectory_the_log_density_falls_by_the_divergence.mutant("the partial derivative at a fixed z")
def _():
    log_p, f = gaussian(1 + t)
    return log_p.diff(t), -divergence(f, Z)
