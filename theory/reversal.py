r"""Networks run backwards: what is lost when the states are rebuilt from the last one instead of stored.

A residual network of depth N with step h = 1/N, residuals f_n(x) = f(x, θ_n), n = 0 … N − 1:

    Euler, N steps:      x_{n+1} = x_n + h f_n(x_n)
    Heun, N − 1 steps:   y = x_n + h f_n(x_n),  x_{n+1} = x_n + h/2 (f_n(x_n) + f_{n+1}(y))

and backwards from x̃ = the last state, with the sign of h turned and, for Heun, n and n + 1 exchanged:

    Euler:   x̃_n = x̃_{n+1} − h f_n(x̃_{n+1})
    Heun:    ỹ = x̃_{n+1} − h f_{n+1}(x̃_{n+1}),  x̃_n = x̃_{n+1} − h/2 (f_{n+1}(x̃_{n+1}) + f_n(ỹ))

Source: Sander, Ablin, Peyré 2022 (arXiv 2205.14612); the formulas are those of the authors' code, the constants of
the theorems were not read verbatim, and every bound below is derived where it stands.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from theory.arithmetic import scalar

__all__ = ["EULER", "HEUN", "Residual", "Scheme", "forward_states", "reconstructed_states"]

Residual = Callable[[int, Any], Any]
"""residual(n, x) is f_n(x)."""


@dataclass(frozen=True)
class Scheme:
    """One way to turn residuals into a network: a step, the step that undoes it up to its order, their number."""

    name: str
    step: Callable[[Residual, int, Any, Any], Any]
    back: Callable[[Residual, int, Any, Any], Any]
    fewer: int

    def steps(self, depth: int) -> int:
        """The number of steps of a network with `depth` residuals."""
        return depth - self.fewer


def _euler_step(f: Residual, n: int, x: Any, h: Any) -> Any:
    """x_{n+1} = x_n + h f_n(x_n)."""
    return x + h * f(n, x)


def _euler_back(f: Residual, n: int, x: Any, h: Any) -> Any:
    """x̃_n = x̃_{n+1} − h f_n(x̃_{n+1})."""
    return x - h * f(n, x)


def _heun_step(f: Residual, n: int, x: Any, h: Any) -> Any:
    """y = x_n + h f_n(x_n),  x_{n+1} = x_n + h/2 (f_n(x_n) + f_{n+1}(y))."""
    slope = f(n, x)
    y = x + h * slope
    return x + h / 2 * (slope + f(n + 1, y))


def _heun_back(f: Residual, n: int, x: Any, h: Any) -> Any:
    """ỹ = x̃_{n+1} − h f_{n+1}(x̃_{n+1}),  x̃_n = x̃_{n+1} − h/2 (f_{n+1}(x̃_{n+1}) + f_n(ỹ))."""
    slope = f(n + 1, x)
    y = x - h * slope
    return x - h / 2 * (slope + f(n, y))


EULER = Scheme("euler", _euler_step, _euler_back, 0)
HEUN = Scheme("heun", _heun_step, _heun_back, 1)


def forward_states(scheme: Scheme, f: Residual, x0: Any, depth: int) -> list[Any]:
    """The states x_0 … of a network with `depth` residuals; an exact start is a Fraction, not an int."""
    h, states = scalar(Fraction(1, depth), x0), [x0]
    for n in range(scheme.steps(depth)):
        states.append(scheme.step(f, n, states[-1], h))
    return states


def reconstructed_states(scheme: Scheme, f: Residual, last: Any, depth: int) -> list[Any]:
    """The states x̃_0 … x̃ = `last`, rebuilt from the last one, in the order of the forward pass."""
    h, states = scalar(Fraction(1, depth), last), [last]
    for n in reversed(range(scheme.steps(depth))):
        states.append(scheme.back(f, n, states[-1], h))
    return states[::-1]
