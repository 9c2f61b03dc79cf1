r"""Residual networks and neural ODEs: how far apart, and why (Sander, Ablin, Peyré 2022, arXiv 2205.14612).

A residual network of depth N and a field φ that interpolates its residuals, s_n = n/N:

    x_{n+1} = x_n + f_n(x_n)/N,    x'(s) = φ(x(s), s),    φ(x, s_n) = f_n(x),    the same start.

Symbols: L is a Lipschitz constant of φ (and of every f_n) in x, C a bound of the acceleration ‖x''‖ along the exact
trajectory, C_f a bound of the residuals, h = 1/N the step.  Norms are Euclidean.  The constants of the paper's
theorems were not read verbatim: every bound below is derived where it stands.

States are columns: d x 1 in NumPy and torch (or d x batch, a batch of columns), Matrix in SymPy, arb_mat in Arb;
plain numbers do where the state is one number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import NDArray
from scipy.integrate import DOP853

from theory import rigor
from theory.arithmetic import expm1, kind, matmul, scalar, tanh

__all__ = [
    "Layer", "Reference", "TunedAffine", "acceleration", "clock", "distance_bound", "distance_bound_at",
    "frozen_weights_bound", "frozen_weights_bound_at", "growth", "interpolate", "interpolated_residual", "jump_term",
    "norm_upper", "ode_path", "perceptron", "perceptron_acceleration", "perceptron_jvp", "residual_network",
    "rough_weights_bound", "rough_weights_bound_at", "sign_flips", "solution_series",
]  # fmt: skip

Array = NDArray[np.float64]
Field = Callable[[Any, Any], Any]


# ---------------------------------------------------------------- the network


def residual_network(residual: Callable[[int, Any], Any], x0: Any, depth: int) -> list[Any]:
    """The states x_0 … x_N of x_{n+1} = x_n + f_n(x_n)/N, where residual(n, x) is f_n(x) and depth is N.

    An exact start is a Fraction (an int over an int would become a float).
    """
    h = scalar(Fraction(1, depth), x0)
    states = [x0]
    for n in range(depth):
        x = states[-1]
        states.append(x + h * residual(n, x))
    return states


@dataclass(frozen=True)
class Layer:
    """The weights of one residual f(x, θ) = V tanh(Wx + b): V is d x w, W is w x d, b is w x 1."""

    V: Any
    W: Any
    b: Any

    def __add__(self, other: Layer) -> Layer:
        return Layer(self.V + other.V, self.W + other.W, self.b + other.b)

    def __sub__(self, other: Layer) -> Layer:
        return Layer(self.V - other.V, self.W - other.W, self.b - other.b)

    def __rmul__(self, factor: Any) -> Layer:
        return Layer(factor * self.V, factor * self.W, factor * self.b)


def perceptron(x: Any, layer: Layer) -> Any:
    """f(x, θ) = V tanh(Wx + b)."""
    return matmul(layer.V, tanh(matmul(layer.W, x) + layer.b))


def perceptron_jvp(x: Any, layer: Layer, v: Any) -> Any:
    """∂_x f(x, θ)[v] = V ((1 − tanh²(Wx + b)) ⊙ Wv)."""
    t = tanh(matmul(layer.W, x) + layer.b)
    return matmul(layer.V, _times(1 - _times(t, t), matmul(layer.W, v)))


def perceptron_acceleration(x: Any, layer: Layer, slope: Layer) -> Any:
    """x'' = ∂_s φ + ∂_x φ[φ] for φ(x, s) = V tanh(Wx + b) with weights that move at the rate θ' = `slope`.

    With t = tanh(Wx + b):  x'' = V' t + V ((1 − t²) ⊙ (W'x + b' + Wφ)).
    """
    t = tanh(matmul(layer.W, x) + layer.b)
    speed = matmul(slope.W, x) + slope.b + matmul(layer.W, matmul(layer.V, t))
    return matmul(slope.V, t) + matmul(layer.V, _times(1 - _times(t, t), speed))


def _times(a: Any, b: Any) -> Any:
    """The entrywise product a ⊙ b of two columns."""
    if isinstance(a, _Ones):
        return b - _times(a.minus, b)
    if isinstance(a, sp.MatrixBase):
        return a.multiply_elementwise(b)
    if kind(a) == "ball" and hasattr(a, "entries"):
        entries = [p * q for p, q in zip(a.entries(), b.entries(), strict=True)]
        return rigor.matrix([entries[i : i + a.ncols()] for i in range(0, len(entries), a.ncols())])
    return a * b
