"""Tableaux: what is refused, and tables as they are printed."""

from dataclasses import replace
from fractions import Fraction as F

import pytest

from gronwall.theory import runge_kutta as rk


def test_wrong_sums_shapes_and_floats_are_refused():
    with pytest.raises(ValueError, match=r"row 1 of A sums to 1/2, but c = 1"):
        replace(rk.MIDPOINT, c=(F(0), F(1)))
    with pytest.raises(ValueError, match="expected 2 everywhere"):
        replace(rk.MIDPOINT, A=((F(0),), (F(1, 2),)))
    with pytest.raises(TypeError, match=r"0\.5"):
        replace(rk.MIDPOINT, c=(F(0), 0.5))
    with pytest.raises(ValueError, match="lines of weights"):
        rk.butcher("no weights", 1, "0 |")
    with pytest.raises(ValueError, match="embedded"):
        rk.order_conditions(rk.RK4, 2, embedded=True)

    with pytest.raises(ValueError, match="expected 0 or more"):
        replace(rk.MIDPOINT, rounding=F(-1))


# ---------------------------------------------------------------- as they are printed

PRINTED = """
    0 |
    3/7 | {first} {second}
      | 1/2 1/2
"""


def test_decimals_are_read_exactly_and_long_ones_say_how_they_are_rounded():
    short = rk.butcher("short", 1, PRINTED.replace("3/7", "0.25").format(first="0.25", second="0"))
    assert (short.A[1][0], short.rounding) == (F(1, 4), 0)
    long = rk.butcher("long", 1, PRINTED.format(first="0.428571428571", second="0"))
    assert (long.A[1][0], long.rounding) == (F(428571428571, 10**12), F(1, 2 * 10**12))
    assert rk.butcher("stated", 1, PRINTED.format(first="0.43", second="0"), rounding=F(1, 200)).rounding == F(1, 200)


def test_a_rounding_that_the_entries_do_not_say_has_to_be_given():
    with pytest.raises(ValueError, match="row 1 of A sums to 43/100, but c = 3/7"):
        rk.butcher("short", 1, PRINTED.format(first="0.43", second="0"))


def test_quotients_are_rounded_only_where_the_rows_do_not_sum_to_the_nodes():
    near = F(100000000, 233333333)  # a convergent would be nearer to 3/7
    table = PRINTED.format(first=near, second="0")
    with pytest.raises(ValueError, match="2 coefficients rounded by"):
        rk.butcher("no convergent", 1, table)
    exact = rk.butcher("exact", 1, PRINTED.format(first=near, second=F(3, 7) - near))
    assert exact.rounding == 0


def test_a_line_without_a_bar_goes_on_with_the_one_before():
    table = "0 |\n1/2 | 1/2\n1/2 | 0\n1/2\n1 | 0 0 1\n| 1/6 1/3\n1/3 1/6"
    assert rk.butcher("in pieces", 4, table).A == rk.RK4.A


def as_printed(denominator="490766935"):
    """Dormand–Prince 8(7) as a table of text, with a denominator of its row 9 as given."""
    t = rk.DORMAND_PRINCE_87
    rows = [*zip(map(str, t.c), t.A, strict=True), ("", t.b), ("", t.embedded)]
    table = "\n".join(f"{c} | {' '.join(map(str, row))}" for c, row in rows)
    return table.replace("490766935", denominator)


def test_a_digit_missing_is_told_apart_from_rounding():
    """A denominator printed as 49076693: its row is wrong by 0.238, where rounding explains 3e-16."""
    read = rk.butcher("DOP 8(7)", 8, as_printed(), embedded_order=7)
    assert 0 < read.rounding < rk.DORMAND_PRINCE_87.rounding == F(1, 10**16)
    assert (rk.algebraic_order(read), rk.algebraic_order(read, embedded=True)) == (8, 7)
    with pytest.raises(ValueError, match=r"row 9 of A .* 0\.238 apart, where 8 coefficients .* compare the digits"):
        rk.butcher("DOP 8(7)", 8, as_printed("49076693"), embedded_order=7)


def digits_changed(value):
    """A coefficient with each digit of its numerator in turn one more or one less."""
    value = F(value)
    top = str(abs(value.numerator))
    for k, digit in enumerate(top):
        other = int(digit) - 1 if digit == "9" else int(digit) + 1
        yield F(int(top[:k] + str(other) + top[k + 1 :] or "0"), value.denominator) * (-1 if value < 0 else 1)


@pytest.mark.parametrize("tableau", rk.ROUNDED.values(), ids=rk.ROUNDED.keys())
def test_a_wrong_digit_in_any_row_is_refused(tableau):
    tried = 0
    for i, row in enumerate(tableau.A):
        for j, a in enumerate(row):
            for wrong in digits_changed(a) if a else ():
                if abs(wrong - a) <= (i + 2) * tableau.rounding:
                    continue  # the last digit but one of a decimal: no more than its neighbours' rounding
                tried += 1
                changed = (*row[:j], wrong, *row[j + 1 :])
                with pytest.raises(ValueError, match=f"row {i} of A"):
                    replace(tableau, A=(*tableau.A[:i], changed, *tableau.A[i + 1 :]))
    assert tried > 200
