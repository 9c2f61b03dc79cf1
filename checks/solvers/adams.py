"""torchdiffeq's Adams coefficients, re-derived exactly from the polynomials they integrate."""

from __future__ import annotations

from fractions import Fraction

from torchdiffeq._impl import fixed_adams

from gronwall import identity

ORDERS = {f"order {k}": k for k in range(2, 13)}


def times(p, q):
    """The product of two polynomials, coefficients from the constant term up."""
    product = [Fraction(0)] * (len(p) + len(q) - 1)
    for i, a in enumerate(p):
        for j, b in enumerate(q):
            product[i + j] += a * b
    return product


def weights(nodes):
    """∫₀¹ of each Lagrange polynomial on the nodes: the weights of the formula that integrates the interpolant."""
    found = []
    for j, node in enumerate(nodes):
        p = [Fraction(1)]
        for i, other in enumerate(nodes):
            if i != j:
                p = times(p, [Fraction(-other, node - other), Fraction(1, node - other)])
        found.append(sum(a / (k + 1) for k, a in enumerate(p)))
    return found


def stated(k):
    """The coefficients of order k in torchdiffeq: Bashforth, then Moulton."""
    rows = fixed_adams._BASHFORTH_COEFFICIENTS[k], fixed_adams._MOULTON_COEFFICIENTS[k]
    return [Fraction(a, fixed_adams._DIVISOR[k]) for row in rows for a in row]


@identity(source="torchdiffeq", ref="Adams coefficients, torchdiffeq 0.2.5", cases=ORDERS)
def the_adams_coefficients_integrate_the_interpolant(case):
    r"""$b_j=\int_0^1\ell_j$ over the nodes $0,-1,\dots$ (Bashforth) and $1,0,-1,\dots$ (Moulton), exactly.

    The first Moulton row, which is never used, is [1] over the divisor 11 of the first Bashforth row: 1/11, not 1.
    """
    return stated(case), weights([-j for j in range(case)]) + weights([1 - j for j in range(case)])


@the_adams_coefficients_integrate_the_interpolant.mutant("nodes in the other direction")
def _(case):
    return stated(case), weights(list(range(case))) + weights([1 - j for j in range(case)])


@the_adams_coefficients_integrate_the_interpolant.mutant("the last digit of the first coefficient off by one")
def _(case):
    left, right = the_adams_coefficients_integrate_the_interpolant(case)
    return [left[0] + Fraction(1, fixed_adams._DIVISOR[case]), *left[1:]], right
