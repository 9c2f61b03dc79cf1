"""What is between the steps: the quartic, and where the weights half way come from."""

from fractions import Fraction as F

import numpy as np
import pytest
import sympy as sp
import torch

from gronwall.theory import rigor
from gronwall.theory import runge_kutta as rk

PAIR, EXACT = rk.DOPRI5.pair, rk.dense_weights(rk.DOPRI5.pair.b, rk.MIDDLE)


def half_way(nodes):
    """u_i(τ) and 2^(−|τ|)/γ(τ) of all trees with so many nodes, and their symmetries."""
    trees = rk.rooted_trees(nodes)
    weights = [list(map(sp.Rational, map(str, rk.stage_weights(PAIR, tree)))) for tree in trees]
    return weights, [sp.Rational(1, 2**nodes * rk.density(tree)) for tree in trees], list(map(rk.symmetry, trees))


def test_the_middle_is_the_value_of_order_four_half_way_with_the_least_principal_error():
    conditions = [(u, right) for n in range(1, 5) for u, right in zip(*half_way(n)[:2], strict=True)]
    m, lam = sp.Matrix(sp.symbols("m1:8")), sp.Symbol("lambda")
    given = sp.linsolve([sum(a * b for a, b in zip(u, m, strict=True)) - right for u, right in conditions], *m)
    family = sp.Matrix(*given)
    (free,) = family.free_symbols  # one of the weights: all of order four differ by multiples of b − b̂
    family = family.subs(free, lam)
    error = sum(((sp.Matrix([u]) * family)[0] - right) ** 2 / s**2 for u, right, s in zip(*half_way(5), strict=True))
    (best,) = sp.solve(sp.diff(error, lam), lam)
    assert [F(int(w.p), int(w.q)) for w in family.subs(lam, best)] == list(rk.MIDDLE)


def test_the_dense_output_is_of_order_four_between_the_steps_and_not_five():
    assert not any(any(residuals) for residuals in rk.dense_conditions(PAIR, EXACT, 4).values())
    assert any(any(residuals) for residuals in rk.dense_conditions(PAIR, EXACT, 5).values())
    assert tuple(map(sum, zip(*EXACT, strict=True))) == PAIR.b  # at the end of the step it is the step


def test_the_quartic_gives_a_quartic_back_in_every_arithmetic():
    p, h = [F(2, 3), F(-1), F(5, 7), F(3), F(-4, 9)], F(1, 4)  # Σ p_k t^k on [0, h]

    def value(t):
        return sum(c * t**k for k, c in enumerate(p))

    def slope(t):
        return sum(k * c * t ** (k - 1) for k, c in enumerate(p) if k)

    def sp_(x):
        return sp.Rational(x.numerator, x.denominator)

    def tensor(x):
        return torch.tensor(float(x), dtype=torch.float64)

    known, theta = (h, value(F(0)), value(h), slope(F(0)), slope(h), value(h / 2)), F(3, 5)
    expected = value(theta * h)
    for like in (F, float, np.float64, sp_, tensor, rigor.ball):
        made = list(map(like, known))
        found = rk.along(made[1], rk.quartic(*made), like(theta))
        if like is F:
            assert found == expected
        elif like is sp_:
            assert found == sp_(expected)
        elif like is rigor.ball:
            assert found.contains(rigor.ball(expected)) or rigor.radius(found) < 1e-13
        else:
            assert float(found) == pytest.approx(float(expected), rel=1e-14)
    coefficients = [F(1) * c for c in rk.quartic(*known)]
    assert coefficients == [c * h**k for k, c in enumerate(p) if k]
