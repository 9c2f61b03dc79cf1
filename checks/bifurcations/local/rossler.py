"""Rössler's system: two equilibria that meet where they turn, and no Hopf point elsewhere while a = b."""

from __future__ import annotations

import sympy as sp

from gronwall import identity
from gronwall.theory.bifurcations.fields import jacobian, rossler
from gronwall.theory.bifurcations.hopf import routh_hurwitz

SOURCE, REF = "vantegelen2025", "Rössler"
x, y, z, w = sp.symbols("x y z w", real=True)
a, b, c = sp.symbols("a b c", positive=True)
u = sp.Matrix([x, y, z])


@identity(source=SOURCE, ref=REF)
def rossler_rests_at_two_points_from_its_fold_on():
    r"""All three components vanish iff $x^2-cx+ab=0$, $y=-x/a$, $z=x/a$: two points for $c>2\sqrt{ab}$, none below."""
    first, second, third = rossler(u, c, a, b)
    on_y = sp.resultant(first, second, y), sp.resultant(first, third, y)
    found = sp.resultant(*on_y, z)
    rest = rossler(sp.Matrix([x, -x / a, x / a]), c, a, b)
    return sp.Matrix([found, sp.discriminant(found, x), *rest]).expand(), sp.Matrix([
        x**2 - c * x + a * b, c**2 - 4 * a * b, 0, 0, (x**2 - c * x + a * b) / a,
    ]).expand()  # fmt: skip


@rossler_rests_at_two_points_from_its_fold_on.mutant("c² = ab at the fold")
def _():
    return sp.discriminant(x**2 - c * x + a * b, x), c**2 - a * b


@rossler_rests_at_two_points_from_its_fold_on.mutant("z = −x/a")
def _():
    return sp.expand(rossler(sp.Matrix([x, -x / a, -x / a]), c, a, b)[0]), sp.Integer(0)


def characteristic():
    """(c₁, c₂, c₃) of det(λ − A) at (x, −x/a, x/a)."""
    A = jacobian(rossler(u, c, a, b), u).subs(z, x / a)
    return sp.Poly((w * sp.eye(3) - A).det(), w).all_coeffs()[1:]


def turning_points(b_is=b):
    """The condition on c alone under which c₁c₂ = c₃ at one of the two equilibria."""
    minor = sp.expand(a * routh_hurwitz(*characteristic()))
    return sp.expand(sp.resultant(minor, x**2 - c * x + a * b, x).subs(b, b_is))


@identity(source=SOURCE, ref=REF)
def with_equal_constants_rossler_turns_at_its_fold_alone():
    r"""For $a=b$ a pair $\pm i\omega$ lies on the axis only at the fold $c=2a$, beside the zero: $\omega^2=2-a^2$.

    So neither equilibrium changes its stability for c > 2a, the training range 4.5 to 5.5 included: what bends there
    are cycles.  Elimination of x from c₁c₂ = c₃ and x² − cx + ab = 0 leaves a⁷(2a − c).
    """
    at_fold = [part.subs({b: a, x: a, c: 2 * a}) for part in characteristic()]
    return sp.Matrix([turning_points(a), *at_fold]).applyfunc(sp.simplify), sp.Matrix(
        [sp.expand(a**7 * (2 * a - c)), 0, 2 - a**2, 0]
    )


@with_equal_constants_rossler_turns_at_its_fold_alone.mutant("for b = 5a/2 too")
def _():
    return turning_points(5 * a / 2), sp.expand(a**7 * (2 * a - c))


@with_equal_constants_rossler_turns_at_its_fold_alone.mutant("ω² = 1 + a²")
def _():
    return sp.simplify(characteristic()[1].subs({b: a, x: a, c: 2 * a})), 1 + a**2
