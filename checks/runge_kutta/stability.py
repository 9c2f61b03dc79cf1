"""Stability functions from the tableau: closed forms, agreement with the exponential, and the step that is coded."""

from __future__ import annotations

import sympy as sp

from gronwall import identity
from gronwall.theory.runge_kutta import SCHEMES, Z, linear_step, stability_function, step
from systems.runge_kutta.schemes import wrong_weights


def truncated(order):
    """1 + z + … + z^p/p!."""
    return sum(Z**k / sp.factorial(k) for k in range(order + 1))


CLOSED = {
    "euler": truncated(1),
    "midpoint": truncated(2),
    "heun": truncated(2),
    "ralston": truncated(2),
    "kutta3": truncated(3),
    "rk4": truncated(4),
    "three_eighths": truncated(4),
    "dormand_prince": truncated(5) + Z**6 / 600,
    "implicit_euler": 1 / (1 - Z),
    "implicit_midpoint": (2 + Z) / (2 - Z),
    "trapezoid": (2 + Z) / (2 - Z),
    "gauss4": (12 + 6 * Z + Z**2) / (12 - 6 * Z + Z**2),
    "radau3": (6 + 2 * Z) / (6 - 4 * Z + Z**2),
    "radau5": (60 + 24 * Z + 3 * Z**2) / (60 - 36 * Z + 9 * Z**2 - Z**3),
}
"""Taylor sections for p = s <= 4, Padé approximants of the exponential for the implicit schemes (HNW II, IV.3)."""

CASES = {name: (scheme, CLOSED[name]) for name, scheme in SCHEMES.items()}


@identity(source="hairer1996", ref="Section IV.3", cases=CASES)
def the_stability_function_is_the_closed_form(case):
    r"""$R(z)=\det(I-zA+z\mathbb 1b^\top)/\det(I-zA)$ of the tableau is the known polynomial or Padé approximant.

    With the Taylor coefficients of R up to order p beside those of the exponential.
    """
    scheme, closed = case
    R = stability_function(scheme)
    taylor = [R.diff(Z, k).subs(Z, 0) for k in range(scheme.order + 1)]
    return sp.Matrix([R, *taylor]), sp.Matrix([closed, *[1] * (scheme.order + 1)])


@the_stability_function_is_the_closed_form.mutant("1/50 of weight moved")
def _(case):
    left, right = the_stability_function_is_the_closed_form(case)
    return sp.Matrix([stability_function(wrong_weights(case[0])), *left[1:]]), right


@the_stability_function_is_the_closed_form.mutant("agrees with exp to one order more")
def _(case):
    scheme, _ = case
    return stability_function(scheme).diff(Z, scheme.order + 1).subs(Z, 0), sp.Integer(1)


def one_step(scheme):
    """x⁺ of x' = λx by the code that integrates: `step` for explicit schemes, `linear_step` for implicit ones."""
    h, rate, x = sp.symbols("h lambda x", positive=True)
    if scheme.is_explicit:
        moved = step(scheme, lambda t, y: rate * y, 0, x, h)
    else:
        (moved,) = linear_step(scheme, sp.Matrix([[rate]]), sp.Matrix([x]), h)
    return moved, h * rate, x


@identity(source="hairer1996", ref="Section IV.3", cases=SCHEMES)
def a_coded_step_multiplies_by_the_stability_function(case):
    r"""One step on $x'=\lambda x$, run on symbols by the same code as on floats, gives $R(h\lambda)\,x$."""
    moved, z, x = one_step(case)
    return moved, stability_function(case).subs(Z, z) * x


@a_coded_step_multiplies_by_the_stability_function.mutant("it multiplies by the exponential")
def _(case):
    moved, z, x = one_step(case)
    return moved, sp.exp(z) * x


@a_coded_step_multiplies_by_the_stability_function.mutant("1/50 of weight moved")
def _(case):
    moved, z, x = one_step(case)
    return moved, stability_function(wrong_weights(case)).subs(Z, z) * x
