"""Velocities, vorticities and fluxes of four flows, by their streamfunctions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import sympy as sp
from hypothesis import strategies as st

from gronwall import identity, pick
from gronwall.theory.floating_bodies.flows import FLOWS, X, Y, velocity_of

SOURCE, REF = "zhang2025", "Streamfunctions"


def moved(case, sign=1, turned=True):
    """Velocity by ψ, its divergence and its curl, as a column."""
    u = velocity_of(FLOWS[case].psi) if turned else (FLOWS[case].psi.diff(X), FLOWS[case].psi.diff(Y))
    return sp.Matrix([sign * u[0], sign * u[1], u[0].diff(X) + u[1].diff(Y), sign * (u[1].diff(X) - u[0].diff(Y))])


def told(case):
    flow = FLOWS[case]
    return sp.Matrix([*flow.u, 0, flow.vorticity])


@identity(source=SOURCE, ref=REF, cases=list(FLOWS))
def a_streamfunction_makes_this_flow(case):
    r"""$u=(-\partial_y\psi,\partial_x\psi)$ is the flow that is written out, without divergence, of vorticity $\Delta\psi$.

    Solid rotation, Taylor–Green, Lamb–Oseen with ψ = Γ/4π(ln r² + E₁(r²/a²)), a blunted vortex.
    """  # noqa: E501
    return moved(case).applyfunc(sp.simplify), told(case).applyfunc(sp.simplify)


@a_streamfunction_makes_this_flow.mutant("the other way round")
def _(case):
    return moved(case, sign=-1).applyfunc(sp.simplify), told(case).applyfunc(sp.simplify)


@a_streamfunction_makes_this_flow.mutant("a potential instead: u = grad ψ")
def _(case):
    return moved(case, turned=False).applyfunc(sp.simplify), told(case).applyfunc(sp.simplify)


@dataclass(frozen=True)
class Way:
    """A straight way from a to b, and a flow with its parameters."""

    flow: str
    a: tuple[float, float]
    b: tuple[float, float]
    strength: float
    scale: float

    def numbers(self):
        named = {"solid rotation": ("Omega",), "Taylor–Green": ("A", "k")}.get(self.flow, ("Gamma", "a"))
        return FLOWS[self.flow].numbers(**dict(zip(named, (self.strength, self.scale), strict=False)))

    def flux(self, nodes=60):
        """∫ u·n ds, n to the left of the way, by Gauss and Legendre's quadrature."""
        t, weight = np.polynomial.legendre.leggauss(nodes)
        a, b = np.array(self.a), np.array(self.b)
        x, y = a[:, None] + (b - a)[:, None] * (t + 1) / 2
        u = self.numbers()[1](x, y)
        left = np.array([-(b - a)[1], (b - a)[0]])
        return float(np.sum(weight / 2 * (u[0] * left[0] + u[1] * left[1])))

    def difference(self, sign=1):
        """ψ(b) − ψ(a)."""
        psi = self.numbers()[0]
        return sign * float(psi(*self.b)[0] - psi(*self.a)[0])


PLACE = st.tuples(st.floats(0.5, 2), st.floats(0.5, 2))
WAYS = st.builds(Way, st.sampled_from(list(FLOWS)), PLACE, PLACE, st.floats(0.5, 3), st.floats(0.5, 2))


@identity(source=SOURCE, ref=REF, over=WAYS, tol=1e-9, why="sixty nodes of a smooth integrand",
          examples=pick(quick=60, full=400))  # fmt: skip
def what_flows_through_a_curve_is_a_difference_of_streamfunctions(instance):
    r"""$\int_a^bu\cdot n\,ds=\psi(b)-\psi(a)$, $n$ to the left of the way; so streamlines are level curves."""
    return instance.flux(), instance.difference()


@what_flows_through_a_curve_is_a_difference_of_streamfunctions.mutant("to the right")
def _(instance):
    return instance.flux(), instance.difference(-1)


@what_flows_through_a_curve_is_a_difference_of_streamfunctions.mutant("by the values in the middle")
def _(instance):
    return instance.flux(1), instance.difference()
