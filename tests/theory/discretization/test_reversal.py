"""Networks run backwards and their gradients: each formula against a second route to the same quantity."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
import sympy as sp

from gronwall.theory import rigor
from gronwall.theory.arithmetic import norm
from gronwall.theory.discretization.reversal import (
    EULER,
    HEUN,
    AffineOrbit,
    UntrainedRelu,
    directional,
    forward_states,
    leading_errors,
    reconstructed_states,
    reconstruction_bound,
    reconstruction_bound_at,
    reversal_series,
    taylor_field,
)
from gronwall.theory.discretization.reversal_gradients import (
    RELU,
    TANH,
    FlippedMasks,
    TunedGradients,
    backprop,
    gradient_bound,
    gradient_bound_at,
    gradient_constants,
    leading_gradients,
    memory_free,
    perceptron_vjp,
    perceptron_vjp_tangent,
    residual_of,
    square_norm,
    vjp_of,
    weight_gradient_bound,
    weight_gradient_bound_at,
)
from gronwall.theory.perceptrons import Layer, perceptron_jvp

SCHEMES = pytest.mark.parametrize("scheme", [EULER, HEUN], ids=lambda s: s.name)


def layers(depth, seed=0, d=3, w=4):
    rng = np.random.default_rng(seed)
    return [Layer(*(rng.uniform(-0.7, 0.7, shape) for shape in ((d, w), (w, d), (w, 1)))) for _ in range(depth)]


def column(seed, d=3):
    return np.random.default_rng(seed).normal(size=(d, 1))


def as_balls(layer):
    return Layer(*(rigor.matrix(part, dyadic=True) for part in (layer.V, layer.W, layer.b)))


def perturbed(layer, name, i, j, by):
    parts = {part: getattr(layer, part).copy() for part in ("V", "W", "b")}
    parts[name][i, j] += by
    return Layer(**parts)


# ---------------------------------------------------------------- states


@SCHEMES
def test_a_network_with_n_residuals_takes_its_number_of_steps(scheme):
    f = residual_of(layers(7))
    assert len(forward_states(scheme, f, column(1), 7)) == {"euler": 8, "heun": 7}[scheme.name]


@SCHEMES
def test_the_rebuilt_last_state_is_the_last_state(scheme):
    f = residual_of(layers(6))
    states = forward_states(scheme, f, column(1), 6)
    assert reconstructed_states(scheme, f, states[-1], 6)[-1] is states[-1]


@SCHEMES
def test_residuals_that_do_not_depend_on_the_state_are_undone_exactly(scheme):
    shift = [Fraction((-1) ** n, n + 1) for n in range(5)]
    states = forward_states(scheme, lambda n, x: shift[n], Fraction(1, 3), 5)
    assert reconstructed_states(scheme, lambda n, x: shift[n], states[-1], 5) == states


def test_a_linear_network_is_rebuilt_with_one_minus_the_square():
    a, N = Fraction(3, 4), 6
    states = forward_states(EULER, lambda n, x: a * x, Fraction(1), N)
    rebuilt = reconstructed_states(EULER, lambda n, x: a * x, states[-1], N)
    assert rebuilt[0] == (1 - (a / N) ** 2) ** N


# ---------------------------------------------------------------- the bound


def test_the_bound_of_the_reconstruction_solves_its_recursion():
    N, L, C_f = 7, Fraction(2, 3), Fraction(5, 4)
    bounds = [reconstruction_bound_at(n, N, L, C_f) for n in range(N + 1)]
    assert bounds[-1] == 0
    for here, after in pairwise(bounds):
        assert here == (1 + L / N) * after + L * C_f / N**2


def test_the_exponential_bound_is_above_the_discrete_one_and_its_limit():
    ratios = [reconstruction_bound_at(0, N, 1.5, 2.0) / reconstruction_bound(N, 1.5, 2.0) for N in (4, 64, 1024)]
    assert ratios == sorted(ratios)
    assert 0.998 < ratios[-1] < 1


def test_an_affine_orbit_runs_along_its_nodes_and_reaches_the_size_of_its_residual():
    case = AffineOrbit(Fraction(1, 2), Fraction(3), (Fraction(1), Fraction(-2), Fraction(1, 3)), (1, -1, -1))
    states = forward_states(EULER, case.residual, case.x0, case.depth)
    assert states == [case.node(n) for n in range(4)]
    assert [abs(case.residual(n, x)) for n, x in enumerate(states[:-1])] == [3, 3, 3]


def test_a_perceptron_in_balls_is_within_the_bound_and_encloses_the_floats():
    net = layers(6, seed=3)
    balls = [as_balls(layer) for layer in net]
    x0 = column(4)
    states = forward_states(EULER, residual_of(net), x0, 6)
    rebuilt = reconstructed_states(EULER, residual_of(net), states[-1], 6)
    in_balls = reconstructed_states(
        EULER, residual_of(balls), forward_states(EULER, residual_of(balls), rigor.matrix(x0, dyadic=True), 6)[-1], 6
    )
    for mine, ball in zip(rebuilt, in_balls, strict=True):
        assert all(abs(mine[i, 0] - rigor.midpoint(ball[i, 0])) < 1e-14 for i in range(3))
    L = max(np.linalg.norm(a.V, 2) for a in net) * max(np.linalg.norm(a.W, 2) for a in net)
    C_f = max(float(np.linalg.norm(residual_of(net)(n, x))) for n, x in enumerate(states[:-1]))
    for n in range(6):
        assert np.linalg.norm(rebuilt[n] - states[n]) <= reconstruction_bound_at(n, 6, L, C_f)


# ---------------------------------------------------------------- the gradients


def by_torch(scheme, net, x0, g, sigma):
    torch = pytest.importorskip("torch")
    parts = [[torch.tensor(p, requires_grad=True) for p in (a.V, a.W, a.b)] for a in net]
    start = torch.tensor(x0, requires_grad=True)
    act = {"tanh": torch.tanh, "relu": torch.relu}[sigma.name]

    def f(n, x):
        V, W, b = parts[n]
        return V @ act(W @ x + b)

    last = forward_states(scheme, f, start, len(net))[-1]
    (last * torch.tensor(g)).sum().backward()
    return start.grad.numpy(), [[p.grad.numpy() for p in layer] for layer in parts]


@SCHEMES
@pytest.mark.parametrize("sigma", [TANH, RELU], ids=lambda s: s.name)
def test_backpropagation_is_autograd(scheme, sigma):
    net, x0, g = layers(6), column(1), column(2)
    f = residual_of(net, sigma)
    found = backprop(scheme, f, vjp_of(net, sigma), forward_states(scheme, f, x0, 6), g, 6)
    start, weights = by_torch(scheme, net, x0, g, sigma)
    assert np.allclose(found.states[0], start, rtol=0, atol=1e-15)
    for mine, theirs in zip(found.weights, weights, strict=True):
        for a, b in zip((mine.V, mine.W, mine.b), theirs, strict=True):
            assert np.allclose(a, b, rtol=0, atol=1e-15)


@SCHEMES
@pytest.mark.parametrize(("name", "i", "j"), [("V", 1, 2), ("W", 3, 0), ("b", 2, 0)])
def test_a_gradient_in_a_shared_layer_is_its_central_difference(scheme, name, i, j):
    net, x0, g, h = layers(5), column(1), column(2), 1e-5

    def loss(by):
        moved = [*net[:2], perturbed(net[2], name, i, j, by), *net[3:]]
        return float((forward_states(scheme, residual_of(moved), x0, 5)[-1] * g).sum())

    f = residual_of(net)
    found = backprop(scheme, f, vjp_of(net), forward_states(scheme, f, x0, 5), g, 5).weights[2]
    assert getattr(found, name)[i, j] == pytest.approx((loss(h) - loss(-h)) / (2 * h), abs=1e-10)


@SCHEMES
def test_the_memory_free_gradient_is_backpropagation_at_the_rebuilt_states(scheme):
    net, g = layers(6), column(2)
    f, vjp = residual_of(net), vjp_of(net)
    states = forward_states(scheme, f, column(1), 6)
    rebuilt = reconstructed_states(scheme, f, states[-1], 6)
    free, stored = memory_free(scheme, f, vjp, states[-1], g, 6), backprop(scheme, f, vjp, rebuilt, g, 6)
    assert all(np.array_equal(a, b) for a, b in zip(free.states, stored.states, strict=True))
    assert all(square_norm(a - b) == 0 for a, b in zip(free.weights, stored.weights, strict=True))


@SCHEMES
def test_the_gradient_runs_on_balls_and_encloses_that_of_floats(scheme):
    net, x0, g = layers(4), column(1), column(2)
    balls = [as_balls(layer) for layer in net]
    f, F = residual_of(net), residual_of(balls)
    last, Last = (forward_states(scheme, *a, 4)[-1] for a in ((f, x0), (F, rigor.matrix(x0, dyadic=True))))
    floats = memory_free(scheme, f, vjp_of(net), last, g, 4)
    enclosed = memory_free(scheme, F, vjp_of(balls), Last, rigor.matrix(g, dyadic=True), 4)
    for a, b in zip(floats.weights, enclosed.weights, strict=True):
        assert rigor.upper(norm(b.V - rigor.matrix(a.V, dyadic=True))) < 1e-14
        assert rigor.upper(norm(b.W - rigor.matrix(a.W, dyadic=True))) < 1e-14


def test_the_vjp_on_symbols_is_the_derivative():
    x, v, w, b, g = sp.symbols("x v w b g")
    (to_x, to_layer) = perceptron_vjp(
        *(sp.Matrix([[x]]), Layer(*(sp.Matrix([[s]]) for s in (v, w, b))), sp.Matrix([[g]]))
    )
    value = g * v * sp.tanh(w * x + b)
    for found, symbol in ((to_x, x), (to_layer.V, v), (to_layer.W, w), (to_layer.b, b)):
        assert sp.simplify(found[0, 0] - sp.diff(value, symbol)) == 0


def test_the_tangent_of_the_vjp_is_its_central_difference():
    layer, x, g, v, h = layers(1)[0], column(1), column(2), column(3), 1e-5
    found = perceptron_vjp_tangent(x, layer, g, v)
    ahead, behind = perceptron_vjp(x + h * v, layer, g), perceptron_vjp(x - h * v, layer, g)
    assert np.allclose(found[0], (ahead[0] - behind[0]) / (2 * h), rtol=0, atol=1e-9)
    for name in ("V", "W", "b"):
        difference = (getattr(ahead[1], name) - getattr(behind[1], name)) / (2 * h)
        assert np.allclose(getattr(found[1], name), difference, rtol=0, atol=1e-9)


def test_stacked_networks_have_the_gradients_of_each():
    nets, x0, g = [layers(4, seed) for seed in (5, 6)], [column(7), column(8)], [column(9), column(10)]

    def gradient(net, x, c):
        f = residual_of(net)
        return backprop(HEUN, f, vjp_of(net), forward_states(HEUN, f, x, 4), c, 4)

    stacked = [Layer(*(np.stack([getattr(n[k], p) for n in nets]) for p in ("V", "W", "b"))) for k in range(4)]
    together = gradient(stacked, np.stack(x0), np.stack(g))
    for i in range(2):
        alone = gradient(nets[i], x0[i], g[i])
        assert np.allclose(together.states[0][i], alone.states[0], rtol=0, atol=1e-15)
        assert np.allclose(together.weights[1].W[i], alone.weights[1].W, rtol=0, atol=1e-15)


# ---------------------------------------------------------------- bounds of the gradients


def test_the_bound_of_the_gradient_solves_its_recursion():
    N, L, C_f, Lambda = 6, Fraction(2, 3), Fraction(5, 4), Fraction(1, 2)
    q = 1 + L / N
    bounds = [gradient_bound_at(n, N, L, C_f, Lambda) for n in range(N + 1)]
    assert bounds[-1] == 0
    for n in range(N):
        fed = Lambda / N * reconstruction_bound_at(n, N, L, C_f) * q ** (N - n - 1)
        assert bounds[n] == q * bounds[n + 1] + fed


def test_the_simple_bounds_are_above_the_sharp_ones_by_two_at_least_in_depth():
    for L in (Fraction(1, 100), Fraction(1), Fraction(3)):
        sharp, simple = gradient_bound_at(0, 400, L, 1, Fraction(1)), gradient_bound(400, L, 1, Fraction(1))
        factor = float(L) * np.expm1(float(L)) / (np.expm1(float(L)) - float(L))
        assert float(simple / sharp) == pytest.approx(factor, rel=0.02)
        theta = weight_gradient_bound_at(0, 400, L, 1, Fraction(1), Omega=Fraction(1), Lambda_theta=Fraction(1))
        assert theta < weight_gradient_bound(400, L, 1, Fraction(1), Fraction(1), Fraction(1))


def test_one_layer_attains_both_bounds():
    assert gradient_bound_at(0, 1, Fraction(1, 2), 3, Fraction(2)) == gradient_bound(1, Fraction(1, 2), 3, Fraction(2))


def test_the_constants_of_a_perceptron_dominate_what_random_points_show():
    layer, rng = layers(1, seed=11)[0], np.random.default_rng(12)
    L, Lambda, Omega, Lambda_theta = map(rigor.upper, gradient_constants([as_balls(layer)], rigor.ball(2)))
    for _ in range(200):
        x, y, g = rng.normal(size=(3, 3, 1))
        x, y = (z * 2 * rng.uniform() / np.linalg.norm(z) for z in (x, y))
        (jx, tx), (jy, ty) = perceptron_vjp(x, layer, g), perceptron_vjp(y, layer, g)
        size, apart = float(np.linalg.norm(g)), float(np.linalg.norm(x - y))
        assert np.linalg.norm(jx) <= L * size
        assert np.linalg.norm(jx - jy) <= Lambda * size * apart
        assert np.sqrt(square_norm(tx)) <= Omega * size
        assert np.sqrt(square_norm(tx - ty)) <= Lambda_theta * size * apart


def test_the_tuned_gradients_have_the_derivatives_they_state():
    case = TunedGradients(3, *(Fraction(k, 7) for k in (2, 3, 4, 5, 6)))
    u, v, theta, g_u, g_v = sp.symbols("u v theta g_u g_v")
    d = u - 2 * sp.Rational(3, 7) / 3
    f = sp.Matrix([
        sp.Rational(3, 7) - sp.Rational(2, 7) * d,
        (sp.Rational(2, 7) - sp.Rational(4, 7) * d) * v + theta * (sp.Rational(5, 7) - sp.Rational(6, 7) * d),
    ])  # fmt: skip
    at = {u: sp.Rational(1, 2), v: sp.Rational(1, 3), theta: 0, g_u: 2, g_v: 3}
    to_x, to_theta = case.vjp(2, np.array([[Fraction(1, 2)], [Fraction(1, 3)]], dtype=object), np.array([[2], [3]]))
    g = sp.Matrix([g_u, g_v])
    assert list((f.jacobian([u, v]).T * g).subs(at)) == [sp.Rational(str(e)) for e in to_x[:, 0]]
    assert (f.diff(theta).T * g)[0].subs(at) == sp.Rational(str(to_theta))


# ---------------------------------------------------------------- leading terms


@pytest.mark.parametrize("depth", [64, 256])
def test_the_leading_terms_leave_a_remainder_of_the_next_order(depth):
    base = layers(2, seed=13)
    net = [base[n % 2] for n in range(depth)]  # rough: two layers that take turns
    f, vjp, g = residual_of(net), vjp_of(net), column(2)
    states = forward_states(EULER, f, column(1), depth)
    rebuilt = reconstructed_states(EULER, f, states[-1], depth)
    stored, free = backprop(EULER, f, vjp, states, g, depth), memory_free(EULER, f, vjp, states[-1], g, depth)
    epsilon = leading_errors(f, lambda n, x, v: perceptron_jvp(x, net[n], v), states)
    leading = leading_gradients(
        vjp, lambda n, x, c, v: perceptron_vjp_tangent(x, net[n], c, v), states, stored.states, epsilon
    )
    for found, exact, term in (
        (rebuilt[0] - states[0], depth, epsilon[0]),
        (free.states[0] - stored.states[0], depth, leading.states[0]),
        (free.weights[0] - stored.weights[0], depth**2, leading.weights[0]),
    ):
        relative = square_norm(exact * found - term) / square_norm(term)
        assert np.sqrt(relative) < 6 / depth


def test_one_step_forth_and_back_is_the_series():
    h, X = sp.Symbol("h"), sp.symbols("x y")
    a, b = (sp.Matrix([1 + k * X[0] - X[1] ** 2, k + X[0] * X[1]]) for k in (2, 3))
    series = reversal_series(HEUN, [a, b], X, h, 9)
    fields, step = [sp.lambdify(X, field) for field in (a, b)], 0.01

    def f(n, x):
        return np.asarray(fields[n](*x.ravel()), dtype=float).reshape(2, 1)

    there = HEUN.step(f, 0, np.zeros((2, 1)), step)
    back = HEUN.back(f, 0, there, step)
    assert np.allclose(np.array(series.subs(h, step), dtype=float), back, rtol=1e-9, atol=1e-17)


def test_a_taylor_field_has_the_derivatives_that_name_it():
    X = sp.symbols("x y")
    field = taylor_field("f", X, 3)
    e = [sp.Matrix([1, 0]), sp.Matrix([0, 1])]
    assert directional(field, X, e[0], e[1])[1] == sp.Symbol("f_1_11")
    assert directional(field, X, e[0], e[0], e[1])[0] == sp.Symbol("f_0_21")


# ---------------------------------------------------------------- constructed networks


def test_the_second_unit_flips_where_it_should_and_the_first_never():
    case = FlippedMasks(16, Fraction(1), Fraction(2), frozenset({3, 7}))
    net = [case.layer(n) for n in range(16)]
    states = forward_states(EULER, residual_of(net, RELU), case.start(), 16)
    rebuilt = reconstructed_states(EULER, residual_of(net, RELU), states[-1], 16)
    changed = set()
    for n in range(16):
        before, after = (net[n].W @ x[n] + net[n].b for x in (states, rebuilt))
        assert before[0, 0] > 0
        assert after[0, 0] > 0
        if (before[1, 0] > 0) != (after[1, 0] > 0):
            changed.add(n)
    assert changed == {3, 7}


def test_untrained_layers_have_the_moments_of_their_law():
    law, many = UntrainedRelu(3, 5, 0.5, 0.7), 200_000
    rng = np.random.default_rng(0)
    x = np.array([[1.0], [-2.0], [0.5]])
    V, W = law.sigma_V * rng.normal(size=(many, 3, 5)), law.sigma_W * rng.normal(size=(many, 5, 3))
    z = W @ x
    Q = V @ ((z > 0) * (W @ (V @ np.maximum(z, 0))))
    square = (Q**2).sum(axis=(1, 2))
    predicted = float(law.crossover) * law.drift**2 * float((x**2).sum())
    assert abs(square.mean() - predicted) < 4 * square.std() / np.sqrt(many)
    error = np.abs(Q.mean(axis=0) - law.drift * x)
    assert (error < 4 * Q.std(axis=0) / np.sqrt(many)).all()
