"""Fields as one writes them: functions of time as scalars, powers, quotients, beside columns of the state."""

from __future__ import annotations

from fractions import Fraction as F

import mpmath as mp
import pytest
import sympy as sp

from gronwall.theory import arithmetic as ar
from gronwall.theory import rigor
from gronwall.theory.enclosure import distance_along_the_trajectory, enclose_flow
from gronwall.theory.taylor import Series, state, time

tau = sp.Symbol("tau", real=True)
ORDER = 7
ONE = rigor.matrix([[1]])
KNOTS = [F(k, 4) for k in range(5)]
FUNCTIONS = {
    "exp": sp.exp, "expm1": lambda z: sp.exp(z) - 1, "sin": sp.sin, "cos": sp.cos, "tanh": sp.tanh, "log": sp.log,
    "log1p": lambda z: sp.log(1 + z), "sqrt": sp.sqrt,
}  # fmt: skip
INNER = [F(3, 7), F(-2, 3), F(1, 5), F(0), F(4, 9)]


def contains_the_series(coefficients, expression):
    for k, found in enumerate(coefficients):
        exact = sp.diff(expression, tau, k).subs(tau, 0) / sp.factorial(k)
        with rigor.precision(160):
            true = rigor.from_sympy(exact, {})
            assert found.contains(true) or found.overlaps(true)
        assert rigor.radius(found) <= 1e-11 * max(1, abs(rigor.midpoint(found)))


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("shape", [None, (1, 1), (2, 3)], ids=str)
def test_a_function_of_a_scalar_and_of_a_matrix_has_the_coefficients_of_its_series(name, shape):
    polynomial = sum(sp.Rational(c.numerator, c.denominator) * tau**k for k, c in enumerate(INNER))
    made = [rigor.ball(c) if shape is None else rigor.matrix([[c] * shape[1]] * shape[0]) for c in INNER]
    found = getattr(ar, name)(Series(made, ORDER)).padded()
    if shape is not None:
        assert {(c.nrows(), c.ncols()) for c in found} == {shape}
        assert {entry.repr() for entry in found[3].entries()} == {found[3].entries()[-1].repr()}
        found = [c.entries()[-1] for c in found]
    contains_the_series(found, FUNCTIONS[name](polynomial))


def test_powers_and_quotients_of_time():
    s = time(F(1, 2), ORDER)
    z = sp.Rational(1, 2) + tau
    contains_the_series((s**3 - 2 / (1 + s**2)).padded(), z**3 - 2 / (1 + z**2))
    contains_the_series((ar.sin(s) / (2 + ar.cos(s))).padded(), sp.sin(z) / (2 + sp.cos(z)))


FORCED = {  # field, start, the solution at 1
    "a bare scalar": (lambda x, s: ar.sin(2 * s), 0, lambda: (1 - mp.cos(2)) / 2),
    "a bare number": (lambda x, s: F(1, 3), 0, lambda: mp.mpf(1) / 3),
    "an integer": (lambda x, s: 0, 2, lambda: mp.mpf(2)),
    "a column that does not move": (lambda x, s: 2 * ONE, 0, lambda: mp.mpf(2)),
    "state and scalar": (lambda x, s: -x + ar.exp(-s), 1, lambda: 2 * mp.exp(-1)),
    "scalar times state": (lambda x, s: ar.cos(s) * x, 1, lambda: mp.exp(mp.sin(1))),
    "state times scalar": (lambda x, s: x * (1 / (1 + s)), 1, lambda: mp.mpf(2)),
    "quotient by time": (lambda x, s: x / (1 + s) ** 2, 1, lambda: mp.exp(mp.mpf(1) / 2)),
    "root of time": (lambda x, s: ar.sqrt(1 + s) * ONE, 0, lambda: (mp.sqrt(8) - 1) * 2 / 3),
    "logarithm of time": (lambda x, s: ar.log1p(s), 0, lambda: 2 * mp.log(2) - 1),
    "quotient by the state": (lambda x, s: 1 / x, 1, lambda: mp.sqrt(3)),
    "square of the state": (lambda x, s: -(x**2), 1, lambda: mp.mpf(1) / 2),
    "root of the state": (lambda x, s: ar.sqrt(x), 1, lambda: mp.mpf(9) / 4),
    "logarithm of the state": (lambda x, s: x * 0 + ar.exp(-ar.log(x)), 2, lambda: mp.sqrt(6)),
    "Prothero-Robinson": (lambda x, s: -7 * (x - ar.tanh(s)) + 1 - ar.tanh(s) ** 2, 0, lambda: mp.tanh(1)),
    "times of matrix and series": (lambda x, s: ar.times(3 * ONE, ar.cos(s) * ONE), 0, lambda: 3 * mp.sin(1)),
}


@pytest.mark.parametrize("name", FORCED)
def test_the_boxes_contain_the_closed_form(name):
    field, start, exact = FORCED[name]
    box = enclose_flow(lambda i: field, rigor.matrix([[start]]), KNOTS)[-1][0, 0]
    with mp.workdps(40):
        assert mp.mpf(rigor.lower(box)) <= exact() <= mp.mpf(rigor.upper(box))
    assert rigor.radius(box) < 1e-10


def test_a_column_of_scalars_is_stacked():
    """x' = (cos s, −sin s + x_1): x_1 = sin s, x_2 = cos s − cos s + ... = 0 from 0, as −sin s + sin s = 0."""

    def field(x, s):
        return ar.stack([ar.cos(s), -ar.sin(s)]) + ar.matmul(rigor.matrix([[0, 0], [1, 0]]), x)

    box = enclose_flow(lambda i: field, rigor.matrix([[0], [0]]), KNOTS)[-1].entries()
    with mp.workdps(40):
        assert mp.mpf(rigor.lower(box[0])) <= mp.sin(1) <= mp.mpf(rigor.upper(box[0]))
    assert box[1].contains(0)
    assert max(map(rigor.radius, box)) < 1e-10


def test_the_distance_along_a_trajectory_takes_forced_fields():
    h = F(1, 32)
    states = [rigor.matrix([[0]])]
    for n in range(32):
        states.append(states[-1] + rigor.matrix([[h]]) * ar.cos(rigor.ball(n * h)))
    bound = distance_along_the_trajectory(lambda i: lambda x, s: ar.cos(s), states, [n * h for n in range(33)])[-1]
    with mp.workdps(30):
        error = abs(mp.mpf(rigor.midpoint(states[-1][0, 0])) - mp.sin(1))
    assert error <= rigor.upper(bound) <= 3 * error


def test_shapes_that_do_not_fit_are_refused_with_the_way_out():
    """flint would add a scalar to the diagonal of a matrix, to the first entry of a column: silently another field."""
    column = state(rigor.matrix([[1], [2]]), 2)
    with pytest.raises(TypeError, match="sum of a scalar and a 2 x 1 matrix"):
        column + time(0, 2)
    with pytest.raises(TypeError, match="sum of a scalar and a 2 x 1 matrix"):
        1 - column
    assert (0 + column).coefficients[0] == column.coefficients[0]
    with pytest.raises(TypeError, match=r"field gave a scalar: expected a column of 2 entries"):
        enclose_flow(lambda i: lambda x, s: ar.cos(s), rigor.matrix([[1], [2]]), KNOTS)
    with pytest.raises(TypeError, match=r"field gave float"):
        enclose_flow(lambda i: lambda x, s: 0.5, ONE, KNOTS)
    with pytest.raises(TypeError, match="quotient by a 2 x 1 matrix"):
        1 / column
    with pytest.raises(TypeError, match=r"exponent 0\.5"):
        column**0.5


@pytest.mark.parametrize("field", [lambda x, s: ar.log(s), lambda x, s: 1 / s, lambda x, s: ar.sqrt(s)])
def test_a_function_that_is_not_analytic_at_the_start_is_not_enclosed(field):
    with pytest.raises(RuntimeError, match="no validated step"):
        enclose_flow(lambda i: field, ONE, KNOTS)
