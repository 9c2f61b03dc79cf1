"""Heun's reverse step: what one step forth and back leaves, as algebra on any smooth residuals."""

from __future__ import annotations

import sympy as sp

from gronwall import identity
from gronwall.theory.discretization.reversal import EULER, HEUN, UNSWAPPED, directional, reversal_series, taylor_field

PROPOSITION, OWN = "Proposition 5 (recalled)", "Heun, sharper (own statement)"


h = sp.Symbol("h", positive=True)
X = sp.symbols("x y", real=True)
HERE = dict.fromkeys(X, 0)
a, b, c = (taylor_field(letter, X, 2) for letter in "abc")


@identity(source="sander2022", ref=PROPOSITION)
def a_heun_step_is_undone_up_to_the_difference_of_its_layers():
    r"""A Heun step forth and back: $\tilde x-x=-\frac{h^2}4(\partial f_b-\partial f_a)[f_b-f_a]+O(h^3)$.

    a and b are its two layers, any smooth residuals of two states: polynomials with free partial derivatives at x.
    """
    jump = b - a
    return reversal_series(HEUN, [a, b], X, h, 2), -(h**2) / 4 * directional(jump, X, jump.subs(HERE))


@a_heun_step_is_undone_up_to_the_difference_of_its_layers.mutant("the reverse step not swapped")
def _():
    return (
        reversal_series(UNSWAPPED, [a, b], X, h, 2),
        a_heun_step_is_undone_up_to_the_difference_of_its_layers()[1],
    )


@a_heun_step_is_undone_up_to_the_difference_of_its_layers.mutant("+h²/4")
def _():
    left, right = a_heun_step_is_undone_up_to_the_difference_of_its_layers()
    return left, -right


@identity(source="gronwall", ref=OWN)
def smooth_layers_cancel_up_to_the_fourth_order():
    r"""If $f_b=f_a+h\,c$ (smooth in depth) a Heun step is undone up to $O(h^4)$: the $h^2$ and $h^3$ terms both vanish.

    c is any residual.  So N steps leave O(1/N³), one order more than the O(1/N²) that is reported.
    """
    return reversal_series(HEUN, [a, a + h * c], X, h, 3), sp.zeros(2, 1)


@smooth_layers_cancel_up_to_the_fourth_order.mutant("the reverse step not swapped")
def _():
    return reversal_series(UNSWAPPED, [a, a + h * c], X, h, 3), sp.zeros(2, 1)


@smooth_layers_cancel_up_to_the_fourth_order.mutant("Euler's steps")
def _():
    return reversal_series(EULER, [a, a + h * c], X, h, 3), sp.zeros(2, 1)


@smooth_layers_cancel_up_to_the_fourth_order.mutant("layers that differ by more than O(h)")
def _():
    return reversal_series(HEUN, [a, b], X, h, 3), sp.zeros(2, 1)


f = taylor_field("f", X, 3)


@identity(source="gronwall", ref=OWN)
def equal_layers_leave_two_trees_of_the_fourth_order():
    r"""Tied weights: one Heun step forth and back leaves $\frac{h^4}4(f'f'f'f-f''[f,f'f])+O(h^5)$, so order 3 is sharp.

    Two of the four elementary differentials of order four, the derivatives of f at x up to the third being free.
    """
    here = f.subs(HERE)
    slope = directional(f, X, here)
    trees = directional(f, X, directional(f, X, slope)) - directional(f, X, here, slope)
    return reversal_series(HEUN, [f, f], X, h, 4), h**4 / 4 * trees


@equal_layers_leave_two_trees_of_the_fourth_order.mutant("without the tall tree f'f'f'f")
def _():
    here = f.subs(HERE)
    left, _ = equal_layers_leave_two_trees_of_the_fourth_order()
    return left, -(h**4) / 4 * directional(f, X, here, directional(f, X, here))


@equal_layers_leave_two_trees_of_the_fourth_order.mutant("h⁴/12")
def _():
    left, right = equal_layers_leave_two_trees_of_the_fourth_order()
    return left, right / 3


@equal_layers_leave_two_trees_of_the_fourth_order.mutant("undone exactly")
def _():
    return equal_layers_leave_two_trees_of_the_fourth_order()[0], sp.zeros(2, 1)
