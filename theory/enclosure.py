r"""Validated flows: boxes that certainly contain the solution of x' = φ(x, s), rounding and truncation included.

One step of size h from a set X at time s, in the tradition of Moore, Eijgenraam and Lohner:

1. a priori:  B ⊇ X + [0, h] φ(B, [s, s + h]) contains the solution all along the step (Banach, Picard–Lindelöf);
2. Taylor at the centre x̂:  x(s + h; x̂) ∈ Σ_{k<=p} h^k c_k(x̂, s) + h^{p+1} c_{p+1}(B, [s, s + h]);
3. mean value:  x(s + h; x) − x(s + h; x̂) ∈ J (x − x̂), J the Jacobian of the flow, enclosed in the same way;
4. X is held as x̂ + A r with A nearly orthogonal and r a box, A from a QR of J A: this keeps the box from growing
   because it turns (the wrapping effect).

Symbols: s depth in [0, 1] (time), h step, c_k the Taylor coefficients of the flow, p the order, d the dimension.
The field is written in the primitives of `gronwall.theory.arithmetic` and is evaluated on `taylor.Series`.

Source: R. J. Lohner, Enclosing the solutions of ordinary initial and boundary value problems, 1987;
N. S. Nedialkov, K. R. Jackson, G. F. Corliss, Validated solutions of initial value problems, 1999.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np

from gronwall.theory import rigor
from gronwall.theory.arithmetic import exp, norm
from gronwall.theory.taylor import Series, column_of, flow_series

__all__ = [
    "Enclosed", "a_priori", "distance_along_the_trajectory", "enclose_flow", "jacobian_over",
    "phi2",
]  # fmt: skip

Field = Callable[[Any, Any], Any]

JACOBIAN_ORDER = 3
"""The Jacobian multiplies a radius that is tiny already, so few terms of it will do."""
MOST_HALVINGS = 16


@dataclass(frozen=True)
class Enclosed:
    """The set x̂ + A r: centre x̂ (exact, d x 1), frame A (d x d), spread r (d x 1 balls)."""

    centre: Any
    frame: Any
    spread: Any

    def box(self) -> Any:
        """The smallest column of balls around the set, up to rounding."""
        return self.centre + self.frame * self.spread


def enclose_flow(
    field_on: Callable[[int], Field], x0: Any, knots: Sequence[Fraction], order: int = 7, tol: float = 2.0**-40
) -> list[Any]:
    """Boxes of the solution of x' = φ_i(x, s) on [knots_i, knots_{i+1}], φ_i = field_on(i), at every knot.

    x0: a column of balls (d x 1): a point or a box of initial values.  knots: increasing Fractions; the field need
    be analytic only between two of them.  A step is halved until the remainder of its Taylor polynomial is below
    tol · h, and until the a-priori enclosure exists.  Raises RuntimeError where no step is small enough.
    """
    d = x0.nrows()
    inside = Enclosed(x0.mid(), rigor.identity(d), x0 - x0.mid())
    boxes = [x0]
    for i, (s0, s1) in enumerate(pairwise(knots)):
        if not s0 < s1:
            raise ValueError(f"enclose_flow() got the knots {s0}, {s1}: expected them to increase")
        inside = _advance(field_on(i), inside, Fraction(s0), Fraction(s1 - s0), order, tol, left=MOST_HALVINGS)
        boxes.append(inside.box())
    return boxes


def _advance(
    field: Field, inside: Enclosed, s: Fraction, h: Fraction, order: int, tol: float, *, left: int
) -> Enclosed:
    """The set after h, in one step or, where that is not accurate enough, in halves of halves."""
    after = _step(field, inside, s, h, order, tol)
    if after is not None:
        return after
    if left == 0:
        raise RuntimeError(
            f"no validated step at s = {float(s):.6g}, not even of size {float(h):.3g}: the field is too steep there "
            f"or the box is too wide (radius {max(map(rigor.radius, inside.box().entries())):.3g}); start from a "
            f"smaller box or allow a larger tol"
        )
    half = _advance(field, inside, s, h / 2, order, tol, left=left - 1)
    return _advance(field, half, s + h / 2, h / 2, order, tol, left=left - 1)


def _step(field: Field, inside: Enclosed, s: Fraction, h: Fraction, order: int, tol: float) -> Enclosed | None:
    """One step of size h; None where it has no a-priori enclosure or too large a remainder."""
    X, start, span = inside.box(), rigor.ball(s), rigor.hull(s, s + h)
    B = a_priori(field, X, s, h)
    if B is None:
        return None
    remainder = flow_series(field, B, span, order + 1).coefficients[order + 1] * rigor.ball(h ** (order + 1))
    if max(map(rigor.radius, remainder.entries())) > tol * h:
        return None
    y = _value(flow_series(field, inside.centre, start, order).coefficients, h) + remainder
    J = _flow_jacobian(field, X, B, s, h)
    return _in_new_frame(y, J * inside.frame, inside.spread)


def _value(coefficients: Sequence[Any], h: Fraction) -> Any:
    """Σ_k h^k c_k by Horner."""
    step, total = rigor.ball(h), coefficients[-1]
    for c in coefficients[-2::-1]:
        total = total * step + c
    return total


def a_priori(field: Field, X: Any, s: Fraction, h: Fraction) -> Any:
    """A box B with X + [0, h] φ(B, [s, s + h]) ⊆ B: every solution from X stays in it for the time h.  Or None.

    B is found by trial: the set that the inclusion must contain, widened a little.
    """
    span, steps = rigor.hull(s, s + h), rigor.hull(0, h)

    def picard(B: Any) -> Any:
        return X + steps * column_of(field(Series([B], 0), Series([span], 0)), 0, X.nrows()).coefficients[0]

    B = _widened(picard(X))
    for _ in range(6):
        inner = picard(B)
        if not rigor.is_finite(inner):
            return None
        if rigor.contains(B, inner):
            return inner
        B = _widened(inner)
    return None


def _widened(box: Any) -> Any:
    """The box with every radius a tenth larger, and a trace more."""
    entries = [e + rigor.around_zero(e.rad() / 10 + rigor.dyadic(2.0**-200)) for e in box.entries()]
    return rigor.from_entries(len(entries), 1, entries)


def jacobian_over(field: Field, box: Any, span: Any) -> Any:
    """A matrix of balls that contains ∂_x φ(x, s) for every x in the box and s in the ball span."""
    return flow_series(field, box, span, 1, tangents=True).tangents[1]  # type: ignore[index]


def _flow_jacobian(field: Field, X: Any, B: Any, s: Fraction, h: Fraction) -> Any:
    """∂x(s + h)/∂x(s) over X:  J ∈ Σ_{k<=q} h^k J_k(X, s) + h^{q+1} J_{q+1}(B, [s, s + h]) J([0, h]).

    J(r) for 0 <= r <= h solves J' = ∂_x φ J, J(0) = I, so ‖J(r) − I‖ <= e^{hℓ} − 1 with ℓ >= ‖∂_x φ‖ on B.
    """
    q, d = JACOBIAN_ORDER, X.nrows()
    at_start = flow_series(field, X, rigor.ball(s), q, tangents=True).tangents
    along = flow_series(field, B, rigor.hull(s, s + h), q + 1, tangents=True).tangents
    assert at_start is not None
    assert along is not None
    reach = (rigor.spectral_norm(along[1]) * rigor.ball(h)).expm1()
    between = rigor.identity(d) + rigor.from_entries(d, d, [rigor.around_zero(reach)] * (d * d))
    return _value(at_start, h) + along[q + 1] * between * rigor.ball(h ** (q + 1))


def _in_new_frame(y: Any, M: Any, r: Any) -> Enclosed:
    """y + M r as x̂ + Q r', Q from a QR of the midpoints of M with its longest columns first.

    r' = Q⁻¹(y − x̂) + (Q⁻¹M) r, in balls: Q need not be orthogonal to the last bit, only invertible.
    """
    d = y.nrows()
    longest = np.array([[rigor.midpoint(M[i, j]) for j in range(d)] for i in range(d)])
    reach = np.linalg.norm(longest, axis=0) * np.array([rigor.upper(abs(e)) for e in r.entries()])
    Q = rigor.matrix(np.linalg.qr(longest[:, np.argsort(-reach, kind="stable")])[0], dyadic=True)
    inverse = Q.inv()
    centre = y.mid()
    return Enclosed(centre, Q, inverse * (y - centre) + (inverse * M) * r)


# ---------------------------------------------------------------- a posteriori, along the trajectory


def phi2(z: Any) -> Any:
    """φ₂(z) = (e^z − 1 − z)/z² of an exact ball z, with φ₂(0) = 1/2."""
    if z.is_zero():
        return rigor.ball(1) / 2
    with rigor.precision(rigor.current_precision() + 64):
        return (z.expm1() - z) / (z * z)


def distance_along_the_trajectory(
    field_on: Callable[[int], Field], states: Sequence[Any], knots: Sequence[Fraction]
) -> list[Any]:
    r"""e_0 … e_N with ‖x_n − x(s_n)‖ <= e_n, from the states of the network alone: no solution of the ODE is needed.

    The network's states x_n (columns of balls) with x_{n+1} = x_n + h φ_n(x_n, s_n) are joined by straight lines y(s),
    whose defect vanishes at s_n and grows at the rate of φ along the line:
        ‖y' − φ(y, s)‖ <= c (s − s_n),   c = sup ‖∂_s φ + ∂_x φ[f_n(x_n)]‖ on the line,
    so with μ the logarithmic norm of ∂_x φ on a tube around it (u' <= μu + defect, Dahlquist)
        e_{n+1} = e^{μh} e_n + c h² φ₂(μh).
    A tube of radius ρ will do when e^{max(μ,0)h}(e_n + ch²/2) <= ρ, which is checked: the solution cannot leave it
    first.  Raises RuntimeError where no tube is found.
    """
    bounds = [rigor.ball(0)]
    for n, (s0, s1) in enumerate(pairwise(knots)):
        field, h, span = field_on(n), rigor.ball(s1 - s0), rigor.hull(s0, s1)
        line = rigor.hull(states[n], states[n + 1])
        slope = (states[n + 1] - states[n]) / h
        along = field(Series([line, slope], 1), Series([span, rigor.ball(1)], 1))
        drift = column_of(along, 1, line.nrows()).padded()[1]
        c = norm(drift).upper()
        bounds.append(_through_the_tube(field, line, span, h, c, bounds[-1]))
    return bounds


def _through_the_tube(field: Field, line: Any, span: Any, h: Any, c: Any, e: Any) -> Any:
    """e^{μh} e + c h² φ₂(μh), with μ over a tube that the solution certainly stays in."""
    rho = (e + c * h * h).upper()
    for _ in range(12):
        widened = [entry + rigor.around_zero(rho) for entry in line.entries()]
        tube = rigor.from_entries(len(widened), 1, widened)
        J = jacobian_over(field, tube, span)
        if not rigor.is_finite(J):
            break
        mu = rigor.logarithmic_norm(J).upper()
        most = (exp(mu.max(rigor.ball(0)) * h) * (e + c * h * h / 2)).upper()
        if most <= rho:
            z = (mu * h).upper()
            return (exp(z) * e + c * h * h * phi2(z)).upper()
        rho = (most * 5 / 4).upper()
    raise RuntimeError(
        f"no tube of radius {rigor.upper(rho):.3g} holds the solution: the network is too far from its ODE for this"
    )
