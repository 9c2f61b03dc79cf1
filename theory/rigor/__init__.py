r"""Balls by python-flint: what is exact, certified norms, and balls from SymPy.

A ball [m ± r] is a midpoint m and a radius r, both dyadic.  Every operation returns a ball that contains the
true result for every choice of points in its arguments: rounding is inside the proof.  Three habits help:

* a decimal or a quotient enters exactly, `ball("0.1")` or `ball(Fraction(1, 10))`, never as a float;
* a float enters only through `dyadic(x)`, which says that the *binary* number is meant;
* a comparison that is not certain is False, and False means undecided, not the opposite.

`door` is the only module that imports flint, and with it the precision that is set there is one for all.

Source: F. Johansson, Arb: efficient arbitrary-precision midpoint-radius interval arithmetic, IEEE TC 2017.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gronwall.theory.rigor.balls import Ball as Ball
    from gronwall.theory.rigor.balls import above_zero as above_zero
    from gronwall.theory.rigor.balls import around_zero as around_zero
    from gronwall.theory.rigor.balls import ball as ball
    from gronwall.theory.rigor.balls import ball_entries as ball_entries
    from gronwall.theory.rigor.balls import certainly_gt as certainly_gt
    from gronwall.theory.rigor.balls import certainly_le as certainly_le
    from gronwall.theory.rigor.balls import contains as contains
    from gronwall.theory.rigor.balls import contains_ball as contains_ball
    from gronwall.theory.rigor.balls import current_precision as current_precision
    from gronwall.theory.rigor.balls import dyadic as dyadic
    from gronwall.theory.rigor.balls import hull as hull
    from gronwall.theory.rigor.balls import is_ball as is_ball
    from gronwall.theory.rigor.balls import is_exact as is_exact
    from gronwall.theory.rigor.balls import is_finite as is_finite
    from gronwall.theory.rigor.balls import pi as pi
    from gronwall.theory.rigor.balls import precision as precision
    from gronwall.theory.rigor.floats import lower as lower
    from gronwall.theory.rigor.floats import midpoint as midpoint
    from gronwall.theory.rigor.floats import radius as radius
    from gronwall.theory.rigor.floats import upper as upper
    from gronwall.theory.rigor.norms import from_entries as from_entries
    from gronwall.theory.rigor.norms import identity as identity
    from gronwall.theory.rigor.norms import largest_eigenvalue as largest_eigenvalue
    from gronwall.theory.rigor.norms import logarithmic_norm as logarithmic_norm
    from gronwall.theory.rigor.norms import matrix as matrix
    from gronwall.theory.rigor.norms import spectral_norm as spectral_norm
    from gronwall.theory.rigor.powers import absolute as absolute
    from gronwall.theory.rigor.powers import power as power
    from gronwall.theory.rigor.powers import root as root
    from gronwall.theory.rigor.stored import from_json as from_json
    from gronwall.theory.rigor.stored import to_json as to_json
    from gronwall.theory.rigor.symbols import from_sympy as from_sympy
    from gronwall.theory.rigor.symbols import rational_points as rational_points

_HOME = {
    "above_zero": "gronwall.theory.rigor.balls",
    "absolute": "gronwall.theory.rigor.powers",
    "around_zero": "gronwall.theory.rigor.balls",
    "Ball": "gronwall.theory.rigor.balls",
    "ball": "gronwall.theory.rigor.balls",
    "ball_entries": "gronwall.theory.rigor.balls",
    "certainly_gt": "gronwall.theory.rigor.balls",
    "certainly_le": "gronwall.theory.rigor.balls",
    "contains": "gronwall.theory.rigor.balls",
    "contains_ball": "gronwall.theory.rigor.balls",
    "current_precision": "gronwall.theory.rigor.balls",
    "dyadic": "gronwall.theory.rigor.balls",
    "from_entries": "gronwall.theory.rigor.norms",
    "from_json": "gronwall.theory.rigor.stored",
    "from_sympy": "gronwall.theory.rigor.symbols",
    "hull": "gronwall.theory.rigor.balls",
    "identity": "gronwall.theory.rigor.norms",
    "is_ball": "gronwall.theory.rigor.balls",
    "is_exact": "gronwall.theory.rigor.balls",
    "is_finite": "gronwall.theory.rigor.balls",
    "largest_eigenvalue": "gronwall.theory.rigor.norms",
    "logarithmic_norm": "gronwall.theory.rigor.norms",
    "lower": "gronwall.theory.rigor.floats",
    "matrix": "gronwall.theory.rigor.norms",
    "midpoint": "gronwall.theory.rigor.floats",
    "pi": "gronwall.theory.rigor.balls",
    "power": "gronwall.theory.rigor.powers",
    "precision": "gronwall.theory.rigor.balls",
    "radius": "gronwall.theory.rigor.floats",
    "rational_points": "gronwall.theory.rigor.symbols",
    "root": "gronwall.theory.rigor.powers",
    "spectral_norm": "gronwall.theory.rigor.norms",
    "to_json": "gronwall.theory.rigor.stored",
    "upper": "gronwall.theory.rigor.floats",
}

__all__ = [
    "above_zero",
    "absolute",
    "around_zero",
    "ball",
    "ball_entries",
    "certainly_gt",
    "certainly_le",
    "contains",
    "contains_ball",
    "current_precision",
    "dyadic",
    "from_entries",
    "from_json",
    "from_sympy",
    "hull",
    "identity",
    "is_ball",
    "is_exact",
    "is_finite",
    "largest_eigenvalue",
    "logarithmic_norm",
    "lower",
    "matrix",
    "midpoint",
    "pi",
    "power",
    "precision",
    "radius",
    "rational_points",
    "root",
    "spectral_norm",
    "to_json",
    "upper",
]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        value = globals()[name] = getattr(import_module(_HOME[name]), name)  # looked up once, not in every call
        return value
    raise AttributeError(f"module 'gronwall.theory.rigor' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
