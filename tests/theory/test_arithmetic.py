"""Each primitive in each arithmetic, against the same number from another one."""

import math
from fractions import Fraction

import numpy as np
import pytest
import sympy as sp
import torch
from flint import arb, arb_mat

from gronwall.theory import arithmetic as ar
from gronwall.theory import rigor

ELEMENTARY = [ar.exp, ar.expm1, ar.log, ar.log1p, ar.sqrt, ar.sin, ar.cos, ar.tanh, ar.relu, ar.absolute]
X = [Fraction(1, 3), Fraction(5, 4), Fraction(2)]


def vectors(values):
    """The same vector in five arithmetics."""
    return {
        "numpy": np.array([float(v) for v in values]),
        "torch": torch.tensor([float(v) for v in values], dtype=torch.float64),
        "sympy": ar.constant(values, sp.Integer(0)),
        "ball": ar.constant(values, arb(0)),
        "object": np.array([rigor.ball(v) for v in values], dtype=object),
    }


def as_floats(x):
    if isinstance(x, torch.Tensor):
        x = x.numpy()
    if isinstance(x, (np.number, np.ndarray)) and x.dtype != object:
        return np.atleast_1d(x)
    parts = ar.components(x) if hasattr(x, "entries") or hasattr(x, "shape") else [x]
    return np.array([rigor.midpoint(p) if rigor.is_ball(p) else float(p) for p in parts])


@pytest.mark.parametrize("f", ELEMENTARY, ids=lambda f: f.__name__)
def test_a_primitive_agrees_in_all_arithmetics(f):
    oracle = [float(sp.N(f(sp.Rational(v.numerator, v.denominator)), 30)) for v in X]
    for name, x in vectors(X).items():
        assert np.allclose(as_floats(f(x)), oracle, rtol=8 * np.finfo(float).eps, atol=0), name


@pytest.mark.parametrize("f", ELEMENTARY, ids=lambda f: f.__name__)
def test_a_ball_contains_the_value_of_the_symbol(f):
    for v in X:
        with rigor.precision(200):
            true = rigor.ball(f(sp.Rational(v.numerator, v.denominator)))
        assert f(rigor.ball(v)).contains(true)


def test_vectors_of_two_arithmetics_have_the_same_products_and_norms():
    a, b = X, [Fraction(-1), Fraction(2), Fraction(1, 7)]
    A = [[1, Fraction(1, 2), 0], [Fraction(-1, 3), 0, 2]]
    for name, x in vectors(a).items():
        y = vectors(b)[name]
        like = x if name != "object" else x[0]
        M = ar.constant(A, like) if name != "object" else np.array([[*map(rigor.ball, row)] for row in A])
        inner = float(sum(p * q for p, q in zip(a, b, strict=True)))
        assert np.allclose(as_floats(ar.dot(x, y)), inner), name
        assert np.allclose(as_floats(ar.times(x, y)), [float(p * q) for p, q in zip(a, b, strict=True)]), name
        assert np.allclose(as_floats(ar.norm(x)), math.sqrt(sum(p * p for p in a))), name
        expected = [float(sum(m * p for m, p in zip(row, a, strict=True))) for row in A]
        assert np.allclose(as_floats(ar.matmul(M, x)), expected), name
        assert np.allclose(as_floats(ar.stack(ar.components(x))), as_floats(x)), name
        assert np.allclose(as_floats(ar.zeros_like(x)), 0), name
        assert np.allclose(as_floats(ar.minimum(x, 1)), [1 / 3, 1, 1]), name
        assert np.allclose(as_floats(ar.maximum(y, x)), [1 / 3, 2, 2]), name


def test_the_norm_of_a_ball_that_may_be_zero_is_not_nan():
    for x in (arb_mat([[arb(0, 1)], [arb(0)]]), np.array([arb(0, 1), arb(0)], dtype=object)):
        b = ar.norm(x)
        assert rigor.is_finite(b)
        assert b.contains(0)
        assert b.contains(1)
    assert not rigor.is_finite(ar.norm(arb_mat([[arb.nan()], [arb(1)]])))


def test_batches_keep_their_leading_axes():
    x = np.arange(24.0).reshape(2, 3, 4)
    assert ar.norm(x).shape == (2, 3)
    assert ar.dot(x, x).shape == (2, 3)
    assert ar.components(x)[0].shape == (2, 3)
    assert np.array_equal(ar.stack(ar.components(x)), x)
    assert np.array_equal(ar.stack(ar.components(x.astype(object))), x)
    assert ar.norm(x.astype(object) ** 1.0).shape == (2, 3)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_an_exact_coefficient_keeps_the_dtype(dtype):
    x = np.ones(2, dtype=dtype)
    assert (ar.scalar(Fraction(1, 3), x) * x).dtype == dtype
    assert (ar.scalar(np.float64(0.1), x) * x).dtype == dtype
    assert ar.zeros_like(x).dtype == dtype
    t = torch.ones(2, dtype=torch.float32 if dtype == np.float32 else torch.float64)
    assert (ar.scalar(Fraction(1, 3), t) * t).dtype == t.dtype
    assert ar.stack([t[0], 0, t[1]]).dtype == t.dtype


def test_an_exact_coefficient_is_exact_in_each_arithmetic():
    third = Fraction(1, 3)
    assert ar.scalar(third, 1.0) == 1 / 3
    assert ar.scalar(third, np.arange(3)) == 1 / 3
    assert ar.scalar(third, sp.Symbol("x")) == sp.Rational(1, 3)
    assert ar.scalar(third, Fraction(2)) == third
    assert ar.scalar(third, arb(1)).contains(rigor.ball(third))
    assert ar.scalar(third, np.array([Fraction(1)], dtype=object)) == third
    assert ar.scalar(sp.sqrt(3) / 6, 1.0) == math.sqrt(3) / 6
    assert ar.scalar(sp.sqrt(3), arb(1)).overlaps(arb(3).sqrt())
    assert ar.scalar(2, 1j) == 2


def test_a_float_never_enters_an_exact_arithmetic():
    for like in (sp.Symbol("x"), arb(1), Fraction(1)):
        with pytest.raises(TypeError, match=r"0\.1"):
            ar.scalar(0.1, like)
    with pytest.raises(TypeError, match="radius"):
        ar.scalar(arb(1), 1.0)
    with pytest.raises(TypeError, match="symbols"):
        ar.scalar(sp.Symbol("x"), 1.0)


def test_an_exponential_of_an_exact_number_asks_which_arithmetic_is_meant():
    with pytest.raises(TypeError, match=r"rigor\.ball"):
        ar.exp(Fraction(1, 2))
    assert ar.absolute(Fraction(-1, 2)) == Fraction(1, 2)
    assert ar.relu(-3) == 0


def test_a_list_is_no_vector():
    with pytest.raises(TypeError, match="constant"):
        ar.tanh([1.0, 2.0])
    with pytest.raises(TypeError, match="vector"):
        ar.components(sp.Integer(1))


def network(x, A):
    return ar.norm(ar.tanh(ar.matmul(A, x)) + ar.relu(x) + ar.times(ar.sin(x), ar.exp(-x)))


def test_one_network_runs_in_four_arithmetics_and_under_autograd_and_vmap():
    W = [[Fraction(1, 2), Fraction(-1, 3), 0], [1, 0, Fraction(1, 5)], [0, 2, Fraction(1, 7)]]
    v = vectors(X)
    values = {name: network(v[name], ar.constant(W, v[name])) for name in ("numpy", "torch", "sympy", "ball")}
    assert values["ball"].overlaps(rigor.ball(values["sympy"]))
    for name in ("numpy", "torch"):
        assert abs(float(values[name]) - rigor.midpoint(values["ball"])) < 1e-14

    A, x = ar.constant(W, v["torch"]), v["torch"]
    assert torch.autograd.gradcheck(lambda z: network(z, A), x.clone().requires_grad_())
    batch = torch.stack([x, 2 * x, -x])
    mapped = torch.func.vmap(lambda z: network(z, A))(batch)
    assert torch.allclose(mapped, torch.stack([network(z, A) for z in batch]))
    grads = torch.func.vmap(torch.func.grad(lambda z: network(z, A)))(batch)
    assert grads.shape == batch.shape


def test_the_gradient_of_the_norm_at_zero_is_not_nan():
    x = torch.zeros(3, requires_grad=True)
    ar.norm(x).backward()
    assert torch.equal(x.grad, torch.zeros(3))
