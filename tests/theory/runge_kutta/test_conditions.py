"""Order by rooted trees, of exact tables and of tables with rounded coefficients."""

from dataclasses import replace
from fractions import Fraction as F

import numpy as np
import pytest
import sympy as sp

from gronwall.theory import runge_kutta as rk

ALL = pytest.mark.parametrize("tableau", rk.SCHEMES.values(), ids=rk.SCHEMES.keys())


@ALL
def test_the_claimed_order_is_the_algebraic_order_and_not_more(tableau):
    assert rk.algebraic_order(tableau) == tableau.order
    if tableau.embedded is not None:
        assert rk.algebraic_order(tableau, embedded=True) == tableau.embedded_order


def test_the_eight_conditions_of_order_four_in_their_textbook_form():
    # HNW table II.2.2, written out by hand: the oracle of the trees.
    A, b, c = (np.array(part, dtype=object) for part in (rk.RK4.A, rk.RK4.b, rk.RK4.c))
    by_hand = [
        b.sum() - 1, b @ c - F(1, 2), b @ c**2 - F(1, 3), b @ A @ c - F(1, 6), b @ c**3 - F(1, 4),
        b @ (c * (A @ c)) - F(1, 8), b @ A @ c**2 - F(1, 12), b @ A @ A @ c - F(1, 24),
    ]  # fmt: skip
    assert by_hand == [0] * 8
    wrong = replace(rk.RK4, b=(F(1, 6), F(1, 2), F(1, 6), F(1, 6)))
    b = np.array(wrong.b, dtype=object)
    residuals = rk.order_conditions(wrong, 4)
    assert residuals[((),)] == b @ c - F(1, 2) == 0
    assert residuals[((), ())] == b @ c**2 - F(1, 3) == 0
    assert residuals[(((),),)] == b @ A @ c - F(1, 6) == F(-1, 24)
    assert residuals[((), ((),))] == b @ (c * (A @ c)) - F(1, 8)
    assert residuals[((((),),),)] == b @ A @ A @ c - F(1, 24)


def test_a_wrong_weight_is_seen():
    assert rk.algebraic_order(replace(rk.RK4, b=(F(1, 6), F(1, 2), F(1, 6), F(1, 6)))) == 2
    assert rk.algebraic_order(replace(rk.HEUN, b=(F(1, 3), F(2, 3)))) == 1
    assert rk.algebraic_order(replace(rk.HEUN, b=(F(1, 2), F(1, 3)))) == 0
    b = list(rk.DORMAND_PRINCE.b)
    b[0], b[2] = b[0] + F(1, 10**12), b[2] - F(1, 10**12)
    assert rk.algebraic_order(replace(rk.DORMAND_PRINCE, b=tuple(b))) == 1


def test_the_principal_error_of_known_schemes():
    assert rk.principal_error(rk.RALSTON) == sp.Rational(1, 6)
    assert rk.principal_error(rk.EULER) == sp.Rational(1, 2)
    # Dormand, Prince 1980 chose their scheme for this number.
    assert abs(float(rk.principal_error(rk.DORMAND_PRINCE)) - 3.99e-4) < 0.005e-4
    grid = [F(k, 24) for k in range(6, 25)]  # Ralston's node is the best of all explicit two-stage schemes
    errors = [rk.principal_error(two_stage(c)) for c in grid]
    assert min(errors) == errors[grid.index(F(2, 3))] == rk.principal_error(rk.RALSTON)


def two_stage(c):
    return rk.Tableau("two stages", ((F(0), F(0)), (c, F(0))), (1 - 1 / (2 * c), 1 / (2 * c)), (F(0), c), 2)


# ---------------------------------------------------------------- rounded coefficients

ROUNDED = pytest.mark.parametrize("tableau", rk.ROUNDED.values(), ids=rk.ROUNDED.keys())


def rounded(tableau, places):
    """The same table with every coefficient rounded to so many decimals."""

    def to(row):
        return tuple(round(F(value), places) for value in row)

    A, embedded = tuple(map(to, tableau.A)), tableau.embedded and to(tableau.embedded)
    rounding = F(1, 2 * 10**places)
    return replace(tableau, A=A, b=to(tableau.b), c=to(tableau.c), embedded=embedded, rounding=rounding)


@ROUNDED
def test_a_table_with_rounded_coefficients_has_the_claimed_order_and_not_more(tableau):
    assert tableau.rounding > 0
    assert rk.algebraic_order(tableau, tableau.order + 1) == tableau.order
    assert rk.algebraic_order(tableau, embedded=True) == tableau.embedded_order


@ROUNDED
def test_no_condition_of_a_rounded_table_holds_exactly_by_accident_of_a_wide_bound(tableau):
    residuals, bounds = (f(tableau, tableau.order) for f in (rk.order_conditions, rk.residual_bounds))
    assert any(residuals.values())
    assert max(bounds.values()) < 500 * tableau.rounding
    exact = replace(tableau, A=tableau.A, c=tuple(map(sum, tableau.A)), rounding=F(0))
    assert rk.algebraic_order(exact, 2) < 2


@pytest.mark.parametrize("places", [4, 7, 12])
@pytest.mark.parametrize("name", ["rk4", "three_eighths", "kutta3", "dormand_prince"])
def test_rounding_an_exact_table_moves_each_residual_within_its_bound(name, places):
    exact, tableau = rk.SCHEMES[name], rounded(rk.SCHEMES[name], places)
    moved, bounds = rk.order_conditions(tableau, 6), rk.residual_bounds(tableau, 6)
    for tree, residual in rk.order_conditions(exact, 6).items():
        assert abs(moved[tree] - residual) <= bounds[tree]
    assert rk.algebraic_order(tableau) == exact.order
    assert set(rk.residual_bounds(exact, 4).values()) == {0}


@ROUNDED
def test_two_wrong_digits_that_keep_every_row_sum_break_the_order(tableau):
    wrong = F(1, 10**9)
    for i, row in enumerate(tableau.A):
        filled = [j for j, a in enumerate(row) if a != 0]
        for j, k in zip(filled[:1], filled[1:][-1:], strict=False):
            moved = tuple(a + wrong * ((m == k) - (m == j)) for m, a in enumerate(row))
            changed = replace(tableau, A=(*tableau.A[:i], moved, *tableau.A[i + 1 :]))
            both = [(p, e) for p in range(3, tableau.order + 1) for e in (False, True)][:-1]
            assert any(rk.algebraic_order(changed, p, embedded=e) < p for p, e in both)


@ROUNDED
def test_a_wrong_digit_of_any_weight_breaks_the_order(tableau):
    for i, b in enumerate(tableau.b):
        for wrong in (F(1, 10), F(1, 10**5), -F(1, 10**12)):
            if b:
                weights = tuple(w + wrong * (i == j) for j, w in enumerate(tableau.b))
                assert rk.algebraic_order(replace(tableau, b=weights), 1) == 0


@pytest.mark.parametrize(("denominator", "order"), [(490766935, 4), (49076693, 1)])
def test_where_nodes_are_taken_from_the_rows_the_conditions_find_the_missing_digit(denominator, order):
    """Rows sum to nodes by construction, so nothing is refused; Σ b_i c_i = 1/2 is off by 0.16."""
    A = [list(row) for row in rk.DORMAND_PRINCE_87.A]
    A[9][5] = F(-12992083, denominator)
    printed = replace(rk.DORMAND_PRINCE_87, A=tuple(map(tuple, A)), c=tuple(map(sum, A)))
    assert rk.algebraic_order(printed, 4) == order


# ---------------------------------------------------------------- what coefficients say without being asked


def from_rows(A, b, order):
    """A table whose nodes are the sums of its rows: nothing but the coefficients tells that they are rounded."""
    return rk.Tableau("nodes from rows", A, b, tuple(map(sum, A)), order)


def as_decimals(tableau):
    def to(row):
        return tuple(round(F(value), 13) for value in row)

    return tuple(map(to, tableau.A)), to(tableau.b)


def as_floats(tableau):
    def to(row):
        return tuple(F(float(value)) for value in row)

    return tuple(map(to, tableau.A)), to(tableau.b)


def irrational():
    """Heun's third family at c = 1/√2, 1/√3: order three, no coefficient rational, in floats."""
    u, v = 2**-0.5, 3**-0.5
    a32 = v * (v - u) / (u * (2 - 3 * u))
    b2, b3 = (3 * v - 2) / (6 * u * (v - u)), (2 - 3 * u) / (6 * v * (v - u))
    A = ((0, 0, 0), (u, 0, 0), (v - a32, a32, 0))
    return tuple(tuple(map(F, row)) for row in A), (F(1 - b2 - b3), F(b2), F(b3))


@pytest.mark.parametrize("made", [as_decimals, as_floats], ids=lambda f: f.__name__)
@pytest.mark.parametrize("name", ["rk4", "three_eighths", "kutta3", "dormand_prince"])
def test_a_table_of_decimals_or_floats_has_its_order_up_to_its_rounding_and_with_a_wrong_digit_not(name, made):
    tableau = rk.SCHEMES[name]
    A, b = made(tableau)
    assert rk.algebraic_order(from_rows(A, b, tableau.order)) == tableau.order
    last = max(i for i, weight in enumerate(b) if weight)
    j = max(j for j, a in enumerate(A[last]) if a)
    wrong = (*A[:last], tuple(a + F(1, 10**6) * (k == j) for k, a in enumerate(A[last])), *A[last + 1 :])
    assert rk.algebraic_order(from_rows(wrong, b, tableau.order)) < tableau.order
    assert rk.algebraic_order(from_rows(A, (b[0] + F(1, 10**9), *b[1:]), tableau.order)) == 0


def test_a_scheme_with_irrational_coefficients_is_of_order_three_in_floats():
    A, b = irrational()
    tableau = rk.Tableau("floats", A, b, tuple(map(sum, A)), 3, rounding=F(1, 2**48))
    assert rk.algebraic_order(tableau) == 3
    assert rk.algebraic_order(rk.Tableau("floats", A, b, tuple(map(sum, A)), 3, rounding=F(0))) < 3


def test_rounded_quotients_with_nodes_from_their_rows_say_their_order_and_what_a_typo_does():
    """Prince and Dormand 8(7) and Tsitouras 5(4), as they stand and with digits swapped in one coefficient."""
    for tableau, (i, j), wrong in (
        (rk.DORMAND_PRINCE_87, (7, 5), F(545815763, 2771057229)),
        (rk.TSITOURAS, (4, 3), None),
    ):
        A = [list(row) for row in tableau.A]
        assert rk.algebraic_order(from_rows(tableau.A, tableau.b, tableau.order)) == tableau.order
        A[i][j] = wrong or A[i][j] + F(9, 10**7)
        assert rk.algebraic_order(from_rows(tuple(map(tuple, A)), tableau.b, tableau.order)) < 3


def test_exact_tables_stay_exact_whatever_their_denominators():
    """(α, β) schemes of two stages and of three with nodes of twelve digits: exact, and a residual of 10⁻¹⁵ is one."""
    c = F(123456789011, 987654321013)
    b = (1 - 1 / (2 * c), 1 / (2 * c))
    tableau = rk.Tableau("ralston's family", ((F(0), F(0)), (c, F(0))), b, (F(0), c), 2)
    assert rk.algebraic_order(tableau) == 2
    assert rk.algebraic_order(replace(tableau, b=(b[0] + F(1, 10**15), b[1]))) == 0
    assert rk.Tableau("rk4", rk.RK4.A, rk.RK4.b, rk.RK4.c, 4).largest_rounding == 0
    third = F(1, 3) + F(1, 10**9)
    A = ((F(0), F(0), F(0)), (F(1, 2), F(0), F(0)), (third, 1 - third, F(0)))
    assert rk.Tableau("long pairs", A, rk.KUTTA3.b, (F(0), F(1, 2), F(1)), 3).largest_rounding == 0
