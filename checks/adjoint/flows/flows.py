"""Planar, gated and Hamiltonian flows; equation (10) as printed; the stochastic trace."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import sympy as sp
from hypothesis import strategies as st

from gronwall import bound, identity, pick
from gronwall.theory import rigor
from gronwall.theory.adjoint.flows import (
    divergence,
    gated,
    hamiltonian,
    hutchinson,
    jacobian,
    leapfrog,
    planar,
    planar_log_determinant,
    planar_units,
)


def symbols(name, d):
    """name1 … named, real."""
    return sp.symbols(f"{name}1:{d + 1}", real=True)


def unit(d, n=""):
    """u, w, b of one planar unit."""
    return symbols(f"u{n}_", d), symbols(f"w{n}_", d), sp.Symbol(f"b{n}", real=True)


def slope(s):
    """tanh'."""
    return 1 - sp.tanh(s) ** 2


@identity(source="chen2018", ref="Equations (6), (7)", cases=[1, 2, 3])
def a_planar_step_has_determinant_one_plus_u_psi(case):
    r"""$\det\partial(z+u\tanh(w^\top z+b))/\partial z=1+h'\,u^\top w$; (7) subtracts the log of it."""
    z, (u, w, b) = symbols("z", case), unit(case)
    step = [z_i + f_i for z_i, f_i in zip(z, planar(z, u, w, b, sp.tanh), strict=True)]
    return sp.expand(jacobian(step, z).det(method="berkowitz")), sp.expand(planar_log_determinant(z, u, w, b, slope))


@a_planar_step_has_determinant_one_plus_u_psi.mutant("1 + uᵀw without h'")
def _(case):
    z, (u, w, b) = symbols("z", case), unit(case)
    left, _ = a_planar_step_has_determinant_one_plus_u_psi(case)
    return left, planar_log_determinant(z, u, w, b, lambda s: 1)


@a_planar_step_has_determinant_one_plus_u_psi.mutant("1/(1 + uᵀψ), which + log in (7) amounts to")
def _(case):
    left, right = a_planar_step_has_determinant_one_plus_u_psi(case)
    return left, 1 / right


@dataclass(frozen=True)
class Pair:
    """uᵀw and two values of wᵀz + b, in sixty-fourths."""

    uw: Fraction
    x: Fraction
    y: Fraction


GRID = st.integers(-256, 256).map(lambda k: Fraction(k, 64))
DISTINCT = st.builds(Pair, GRID, GRID, GRID).filter(lambda p: p.x != p.y)


def contracted(instance: Pair):
    """1 − (s(x) − s(y))/(x − y) for s ↦ s + uᵀw tanh s, in balls."""
    x, y, uw = (rigor.ball(v) for v in (instance.x, instance.y, instance.uw))
    return -uw * (x.tanh() - y.tanh()) / (x - y)


@bound(source="chen2018", ref="Equations (6), (7)", over=DISTINCT, sharp=0.999, examples=pick(quick=200, full=2000))
def a_planar_step_contracts_by_minus_u_w_at_most(instance):
    r"""$s\mapsto s+u^\top w\tanh s$ contracts by at most $\max(0,-u^\top w)$: invertible from $u^\top w\ge-1$ on."""
    return contracted(instance), rigor.ball(max(Fraction(0), -instance.uw))


@a_planar_step_contracts_by_minus_u_w_at_most.witness
def _():
    return Pair(Fraction(-1), Fraction(1, 64), Fraction(0))


@a_planar_step_contracts_by_minus_u_w_at_most.mutant("every planar step is invertible: less than 1")
def _(instance):
    return contracted(instance), rigor.ball(1)


@a_planar_step_contracts_by_minus_u_w_at_most.mutant("half of it: invertible from uᵀw >= −2 on")
def _(instance):
    return contracted(instance), rigor.ball(max(Fraction(0), -instance.uw)) / 2


# ---------------------------------------------------------------- continuous


def density_rate(f, z):
    """−d/dε log det ∂(z + εf)/∂z at ε = 0: what the log density does, from the determinant."""
    eps = sp.Symbol("epsilon")
    det = (sp.eye(len(z)) + eps * jacobian(f, z)).det(method="berkowitz")
    return sp.expand(-(det.diff(eps) / det).subs(eps, 0))


def several(d, units):
    """The field of several units, and Σ_n h'_n u_nᵀw_n."""
    z, parts = symbols("z", d), [unit(d, n) for n in range(units)]
    return z, planar_units(z, parts, sp.tanh), sum(planar_log_determinant(z, *p, slope) - 1 for p in parts)


PLANE = (2, 3)
"""Three units in the plane."""


@identity(source="chen2018", ref="Equations (9), (10)")
def planar_units_lower_the_log_density_by_their_traces():
    r"""$\frac{d\log p}{dt}=-\sum_n\mathrm{tr}\,\partial f_n/\partial z=-\sum_nh_n'u_n^\top w_n$.

    Three units in the plane, in symbols, against the determinant of a small step.  A unit costs one product uᵀw.
    """
    z, f, traces = several(*PLANE)
    return density_rate(f, z), sp.expand(-traces)


@planar_units_lower_the_log_density_by_their_traces.printed("equation (10): +Σ tr ∂f_n/∂z")
def _():
    z, f, traces = several(*PLANE)
    return density_rate(f, z), sp.expand(traces)


@planar_units_lower_the_log_density_by_their_traces.mutant("the mean over the units")
def _():
    z, f, traces = several(*PLANE)
    return density_rate(f, z), sp.expand(-traces / 3)


T = sp.Symbol("t", real=True)
GATES = (1 / (1 + sp.exp(-T)), 1 / (1 + sp.exp(1 - 2 * T)))


def two_fields():
    """z, and two planar units."""
    z = symbols("z", 2)
    return z, [planar(z, *unit(2, n), sp.tanh) for n in range(2)]


@identity(source="chen2018", ref="Equation (28)")
def gates_in_time_weigh_the_traces():
    r"""$f=\sum_n\sigma_n(t)f_n(z)$ has the trace $\sum_n\sigma_n(t)\,\mathrm{tr}\,\partial_zf_n$."""
    z, fields = two_fields()
    return sp.expand(divergence(gated(GATES, fields), z)), sp.expand(
        sum(gate * divergence(f, z) for gate, f in zip(GATES, fields, strict=True))
    )


@gates_in_time_weigh_the_traces.mutant("the gates' rates too")
def _():
    _, fields = two_fields()
    left, right = gates_in_time_weigh_the_traces()
    return left, right + sum(gate.diff(T) * f[0] for gate, f in zip(GATES, fields, strict=True))


@gates_in_time_weigh_the_traces.mutant("no gates")
def _():
    z, fields = two_fields()
    return gates_in_time_weigh_the_traces()[0], sp.expand(sum(divergence(f, z) for f in fields))


def any_pushes():
    """f(y) and g(x) of (29), any functions of the plane to itself."""
    f, g = ([sp.Function(f"{name}{i}") for i in (1, 2)] for name in "fg")
    return lambda y: [f_i(*y) for f_i in f], lambda x: [g_i(*x) for g_i in g]


def pushes():
    """f(y) and g(x) of (29) with tanh and sin in the plane of each half."""
    a = symbols("a", 4)
    return (
        lambda y: [sp.tanh(a[0] * y[0] + a[1] * y[1]), a[0] * sp.sin(y[1])],
        lambda x: [a[2] * x[0] * x[1], sp.tanh(a[3] * x[1])],
    )


@identity(source="chen2018", ref="Equation (29)")
def a_hamiltonian_flow_keeps_volume_and_so_does_leapfrog():
    r"""$\dot x=f(y),\dot y=g(x)$ has trace 0; a leapfrog step has determinant exactly 1, whatever $f$, $g$.

    In four dimensions, f and g left open.
    """
    z, h = symbols("z", 4), sp.Symbol("h", real=True)
    trace = divergence(hamiltonian(z, *any_pushes()), z)
    det = jacobian(leapfrog(z, *any_pushes(), h), z).det(method="berkowitz")
    return sp.Matrix([trace, sp.expand(det)]), sp.Matrix([0, 1])


def euler_determinant():
    """det ∂(z + hf)/∂z of the Hamiltonian field."""
    z, h = symbols("z", 4), sp.Symbol("h", real=True)
    return (sp.eye(4) + h * jacobian(hamiltonian(z, *pushes()), z)).det(method="berkowitz")


@a_hamiltonian_flow_keeps_volume_and_so_does_leapfrog.mutant("so does Euler's step")
def _():
    return sp.Matrix([0, euler_determinant()]), sp.Matrix([0, 1])


@a_hamiltonian_flow_keeps_volume_and_so_does_leapfrog.mutant("f may depend on x")
def _():
    z, (f, g) = symbols("z", 4), pushes()
    mixed = [f_i + z[0] * z[1] for f_i in f(z[2:])] + g(z[:2])
    return sp.Matrix([divergence(mixed, z), 1]), sp.Matrix([0, 1])


MATRICES = st.integers(1, 4).flatmap(
    lambda d: st.lists(
        st.lists(st.integers(-9, 9).map(lambda k: Fraction(k, 3)), min_size=d, max_size=d), min_size=d, max_size=d
    )
)


@identity(source="gronwall", ref="Stochastic trace (own statement)", over=MATRICES, examples=pick(quick=60, full=400))
def signs_estimate_the_trace_with_the_variance_off_the_diagonal(instance):
    r"""$E\,\varepsilon^\top A\varepsilon=\mathrm{tr}A$ over signs, with variance $\sum_{i<j}(a_{ij}+a_{ji})^2$."""
    d = range(len(instance))
    off = sum((instance[i][j] + instance[j][i]) ** 2 for i in d for j in d if i < j)
    return list(hutchinson(instance)), [sum(instance[i][i] for i in d), off + Fraction(0)]


@signs_estimate_the_trace_with_the_variance_off_the_diagonal.mutant("the Gaussian variance, + 2 Σ a_ii²")
def _(instance):
    left, right = signs_estimate_the_trace_with_the_variance_off_the_diagonal(instance)
    return left, [right[0], right[1] + 2 * sum(instance[i][i] ** 2 for i in range(len(instance)))]


@signs_estimate_the_trace_with_the_variance_off_the_diagonal.mutant("Σ_{i≠j} a_ij², without the symmetric part")
def _(instance):
    left, right = signs_estimate_the_trace_with_the_variance_off_the_diagonal(instance)
    d = range(len(instance))
    return left, [right[0], sum(instance[i][j] ** 2 for i in d for j in d if i != j) + Fraction(0)]
