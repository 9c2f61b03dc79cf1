r"""A periodic orbit that is proved: a tube around Taylor polynomials by Grönwall's inequality, then Krawczyk's test.

On a step of length h the Taylor polynomial P from an exact point y has the defect P' − f(P), whose Taylor coefficients
at 0 vanish below order p: |P' − f(P)|(τ) <= C τ^p, C = sup |[f∘P]_p| over the step.  With μ the logarithmic norm of Df
on a tube around P, a solution that starts within e of y ends within

    e⁺ = e^{μh} e + D,      D = C h^{p+1}/(p + 1) max(1, e^{μh}),

of P(h).  The tube of radius ρ holds it when e^{max(μ, 0)h}(e + D') <= ρ, D' = C h^{p+1}/(p + 1).  The Jacobian of the
step is the polynomial Σ h^k J_k over all those starts with a defect of its own, A = Df along the solution,
|Σ_j A_{p−j} J_j| τ^p; and with Ψ the product of midpoints, J⁻ = mid J and ‖J‖ <= e^{μh},

    E⁺ = e^{μh} E + ‖J − J⁻‖ ‖Ψ‖

bounds ‖Φ − Ψ‖: it grows like solutions do, not like a product of balls.

Source: T. H. Gronwall, Ann. of Math. 20 (1919); G. Dahlquist 1958 (logarithmic norm); P. Zgliczyński, Found. Comput.
Math. 2 (2002); derived here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import comb
from typing import Any

import numpy as np

from gronwall.theory import rigor
from gronwall.theory.arithmetic import exp, matmul, norm
from gronwall.theory.bifurcations.zeros import proved_zero
from gronwall.theory.taylor import Series, column_of, flow_series

__all__ = ["ProvedCycle", "Tube", "proved_cycle", "slopes_over", "tube"]

Field = Callable[[Any], Any]


@dataclass(frozen=True)
class Tube:
    """Balls that hold φ_T(u) (d x 1) and its Jacobian (d x d) for every u in the box of starts, and the two radii."""

    end: Any
    jacobian: Any
    radius: Any
    jacobian_radius: Any


def tube(f: Field, start: Any, time: Fraction, steps: int, order: int = 12) -> Tube:
    """The solution of u' = f(u) after a time, from every point of a box (a column of balls).

    Raises ArithmeticError where no tube holds it on a step.
    """
    d, h = start.nrows(), rigor.ball(time / steps)
    y, e = start.mid(), norm(start - start.mid()).upper()
    Psi, E = rigor.identity(d), rigor.ball(0)
    for _ in range(steps):
        end, J, after, mu = _step(f, y, e, h, order)
        grown = exp(mu * h).upper()
        product = J.mid() * Psi
        E = (grown * E + _size(J - J.mid()) * _size(Psi) + _size(product - product.mid())).upper()
        y, e, Psi = end.mid(), (after + norm(end - end.mid())).upper(), product.mid()
    return Tube(_around(y, e), _around(Psi, E), e, E)


def _step(f: Field, y: Any, e: Any, h: Any, p: int) -> tuple[Any, Any, Any, Any]:
    """P(h), the Jacobian of the step from all points within e of y, e^{μh} e + D, and μ."""
    P = flow_series(_autonomous(f), y, 0, p).coefficients
    span = rigor.hull(0, h)
    along = _shifted(P, span)
    C = norm(column_of(_along(f, Series(along, p)), p, y.nrows()).padded()[p]).upper()
    missed = (C * h ** (p + 1) / (p + 1)).upper()
    box, mu = _tube_around(f, along[0], e, missed, h)
    growth = exp(mu * h).upper()
    most = growth.max(rigor.ball(1))
    J = _step_jacobian(f, _around(y, e), box, h, p, most)
    return _value(P, h), J, (growth * e + missed * most).upper(), mu


def _tube_around(f: Field, path: Any, e: Any, missed: Any, h: Any) -> tuple[Any, Any]:
    """The box around a path that no solution leaves on the step, and the logarithmic norm of Df on it."""
    rho = (2 * (e + missed) + rigor.dyadic(2.0**-200)).upper()
    for _ in range(12):
        box = _around(path, rho)
        mu = rigor.logarithmic_norm(slopes_over(f, box)).upper()
        if (exp(mu.max(rigor.ball(0)) * h) * (e + missed)).upper() <= rho:
            return box, mu
        rho = 2 * rho
    raise ArithmeticError(f"no tube of radius {rigor.upper(rho):.2g} holds the solution: take smaller steps")


def _step_jacobian(f: Field, starts: Any, box: Any, h: Any, p: int, most: Any) -> Any:
    """Σ_{k<=p} h^k J_k over the starts, and the defect |Σ_j A_{p−j} J_j| h^{p+1}/(p + 1) on each entry."""
    J = flow_series(_autonomous(f), starts, 0, p, tangents=True).tangents
    assert J is not None
    x = flow_series(_autonomous(f), box, 0, p).coefficients
    A = _slopes_along(f, x, p)
    moved = _shifted(J, rigor.hull(0, h))
    C = _size(sum((A[p - j] * moved[j] for j in range(1, p + 1)), A[p] * moved[0]))
    return _around(_value(J, h), (C * h ** (p + 1) / (p + 1) * most).upper())


def _autonomous(f: Field) -> Callable[[Any, Any], Any]:
    return lambda u, _: _along(f, u)


def _along(f: Field, u: Series) -> Any:
    """f of a column of series, which it meets as a vector of series."""
    d = u.coefficients[0].nrows()
    return f(np.array([*[matmul(_row(i, d), u) for i in range(d)], None], dtype=object)[:-1])


def _row(i: int, d: int) -> Any:
    return rigor.from_entries(1, d, [rigor.ball(int(i == j)) for j in range(d)])


def slopes_over(f: Field, box: Any) -> Any:
    """Df over a box (a column of balls), as a matrix of balls."""
    return _slopes_along(f, [box], 0)[0]


def _slopes_along(f: Field, x: Sequence[Any], p: int) -> list[Any]:
    """The Taylor coefficients of Df(x(τ)) up to order p."""
    d = x[0].nrows()
    nothing = rigor.from_entries(d, d, [rigor.ball(0)] * (d * d))
    tangents = column_of(_along(f, Series(x, p, [rigor.identity(d), *[nothing] * p])), p, d).tangents
    assert tangents is not None
    return [*tangents, *[nothing] * (p + 1 - len(tangents))]


def _shifted(coefficients: Sequence[Any], s: Any) -> list[Any]:
    """The coefficients of P(s + τ): Σ_{j>=k} (j over k) c_j s^{j−k}."""
    n = len(coefficients)
    return [_value([coefficients[j] * comb(j, k) for j in range(k, n)], s) for k in range(n)]


def _value(coefficients: Sequence[Any], s: Any) -> Any:
    """Σ_k c_k s^k by Horner."""
    total = coefficients[-1]
    for c in coefficients[-2::-1]:
        total = total * s + c
    return total


def _around(middle: Any, radius: Any) -> Any:
    """Every entry with that radius about it."""
    spread = rigor.around_zero(radius)
    return rigor.from_entries(middle.nrows(), middle.ncols(), [entry + spread for entry in middle.entries()])


def _size(A: Any) -> Any:
    """√Σ a_ij² >= ‖A‖."""
    return norm(rigor.from_entries(len(A.entries()), 1, A.entries())).upper()


# ---------------------------------------------------------------- the cycle


@dataclass(frozen=True)
class ProvedCycle:
    """Balls of a point of the only cycle near a guess, of its period and of its monodromy."""

    start: list[Any]
    period: Any
    monodromy: Any


def proved_cycle(
    f: Field, guess: Sequence[float], period: float, steps: int, order: int = 12, radius: Fraction = Fraction(1, 10**11)
) -> ProvedCycle:
    """The one cycle through the plane f(g)·(u − g) = 0 within ``radius`` of a guess g, and of a period.

    Krawczyk's test on (u, T) ↦ (φ_T(u) − u, f(g)·(u − g)) with the tubes' Jacobians.  Raises ArithmeticError where it
    proves nothing.
    """
    d = len(guess)
    exact = [rigor.dyadic(value) for value in guess]
    normal = f(_column(exact)).entries()
    middle = Fraction(period)
    known: dict[str, Tube] = {}

    def tubed(at: Sequence[Any]) -> Tube:
        name = str([(value.mid().str(60), value.rad().str(5)) for value in at])
        if name not in known:
            known[name] = tube(f, _column(at[:d]), middle, steps, order)
        return known[name]

    def arrival(at: Sequence[Any]) -> Any:
        """φ_T(u): a little before or after the middle of T, at a speed that is that of the place."""
        there, late = tubed(at).end, at[d] - rigor.ball(middle)
        box = _around(there, (2 * norm(f(there)) * abs(late)).upper())
        return there + f(box) * late, box

    def F(at: Sequence[Any]) -> list[Any]:
        there, _ = arrival(at)
        plane = sum((n * (u - g) for n, u, g in zip(normal, at[:d], exact, strict=True)), rigor.ball(0))
        return [*[end - u for end, u in zip(there.entries(), at[:d], strict=True)], plane]

    def dF(at: Sequence[Any]) -> list[list[Any]]:
        there, box = arrival(at)
        Phi = _late(f, tubed(at).jacobian, box, at[d] - rigor.ball(middle))
        speed = f(there).entries()
        rows = [[Phi[i, j] - int(i == j) for j in range(d)] + [speed[i]] for i in range(d)]
        return [*rows, [*normal, rigor.ball(0)]]

    found = proved_zero(F, dF, [*guess, period], radius, rounds=2)
    _, box = arrival(found)
    return ProvedCycle(found[:d], found[d], _late(f, tubed(found).jacobian, box, found[d] - rigor.ball(middle)))


def _late(f: Field, Phi: Any, box: Any, late: Any) -> Any:
    """The Jacobian a time |late| after (or before): within e^{ℓ|late|} − 1 of Φ, relative, ℓ = ‖Df‖ on the box."""
    reach = (_size(slopes_over(f, box)) * abs(late)).upper().expm1()
    return _around(Phi, (reach * _size(Phi)).upper())


def _column(values: Sequence[Any]) -> Any:
    return rigor.from_entries(len(values), 1, list(values))
