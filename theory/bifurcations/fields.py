r"""The three systems across whose bifurcations van Tegelen et al. learn a field; each is affine in its parameter.

    Lorenz         x' = σ(y − x),   y' = x(r − z) − y,   z' = xy − βz              parameter r;  σ = 10, β = 8/3
    Rössler        x' = −y − z,     y' = x + ay,         z' = b + z(x − c)         parameter c;  a = b = 1/5
    predator–prey  x' = 3x(1 − x) − xy − α(1 − e^{−5x}),   y' = −y + 3xy           parameter α

A state is a vector of any arithmetic, its components on the last axis; the same lines give the float, the symbol, the
series in time and the ball.

Source: van Tegelen et al., Chaos 35 (2025), arXiv 2507.19036; E. N. Lorenz, J. Atmos. Sci. 20 (1963); O. E. Rössler,
Phys. Lett. A 57 (1976); the predator–prey system is the demonstration pp2 of AUTO (E. J. Doedel 1984).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from gronwall.theory.arithmetic import components, exp, scalar, stack, times

__all__ = ["FIELDS", "Field", "jacobian", "lorenz", "predator_prey", "rossler", "rules"]

Array = NDArray[np.float64]
Rule = Callable[[Array], Array]

SIGMA, BETA = Fraction(10), Fraction(8, 3)
A = B = Fraction(1, 5)


def lorenz(u: Any, r: Any, sigma: Any = SIGMA, beta: Any = BETA) -> Any:
    """x' = σ(y − x),  y' = x(r − z) − y,  z' = xy − βz."""
    x, y, z = components(u)
    sigma, r, beta = (scalar(value, x) for value in (sigma, r, beta))
    return stack([sigma * (y - x), times(x, r - z) - y, times(x, y) - beta * z])


def rossler(u: Any, c: Any, a: Any = A, b: Any = B) -> Any:
    """x' = −y − z,  y' = x + ay,  z' = b + z(x − c)."""
    x, y, z = components(u)
    a, b, c = (scalar(value, x) for value in (a, b, c))
    return stack([-y - z, x + a * y, times(z, x - c) + b])


def predator_prey(u: Any, alpha: Any) -> Any:
    """x' = 3x(1 − x) − xy − α(1 − e^{−5x}),  y' = −y + 3xy."""
    x, y = components(u)
    alpha, one, three, five = (scalar(value, x) for value in (alpha, 1, 3, 5))
    return stack([three * times(x, one - x) - times(x, y) - alpha * (one - exp(-five * x)), three * times(x, y) - y])


@dataclass(frozen=True)
class Field:
    """A field with a parameter: f(u, parameter), and the names of its components and of the parameter."""

    f: Callable[..., Any]
    components: tuple[str, ...]
    parameter: str


FIELDS = {
    "lorenz": Field(lorenz, ("x", "y", "z"), "r"),
    "rossler": Field(rossler, ("x", "y", "z"), "c"),
    "predator_prey": Field(predator_prey, ("x", "y"), "alpha"),
}


def rules(field: Field, parameter: float) -> tuple[Rule, Rule]:
    """(f, Df) at a parameter as functions of a float vector (d,), to (d,) and (d, d): the same lines, by symbols."""
    u = sp.symbols(field.components, real=True)
    mu = sp.Symbol(field.parameter, real=True)
    expressions = field.f(sp.Matrix(u), mu)
    first = sp.lambdify([*u, mu], list(expressions), "math")
    second = sp.lambdify([*u, mu], jacobian(expressions, u).tolist(), "math")

    def f(state: Array) -> Array:
        return np.array(first(*state, parameter))

    def df(state: Array) -> Array:
        return np.array(second(*state, parameter))

    return f, df


def jacobian(f: Any, variables: Sequence[Any]) -> Any:
    """∂f_i/∂u_j of a column of expressions."""
    return sp.Matrix([[f_i.diff(u_j) for u_j in variables] for f_i in components(f)])
