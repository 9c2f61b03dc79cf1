r"""Residual networks and their perceptrons x ↦ V tanh(Wx + b), with the derivatives that bounds ask for.

| name | states |
|---|---|
| `residual_network` | x_{n+1} = x_n + f_n(x_n)/N |
| `perceptron`, `perceptron_jvp` | f(x) = V tanh(Wx + b) and f_x(x) v |
| `perceptron_acceleration` | x'' where x' = f(x) and the weights move |
| `mixed` | weights between two layers, entry by entry |
| `norm_upper` | a float or a ball that no spectral norm is above |

States are columns: d x 1 in NumPy and torch (or d x batch, a batch of columns), Matrix in SymPy, arb_mat in Arb; plain
numbers do where the state is one number.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import sympy as sp

from gronwall.theory import rigor
from gronwall.theory.arithmetic import matmul, scalar, tanh

__all__ = [
    "Layer", "exact_layer", "mixed", "norm_upper", "perceptron", "perceptron_acceleration", "perceptron_jvp",
    "residual_network",
]  # fmt: skip


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


def exact_layer(layer: Layer) -> Layer:
    """The layer of float arrays as matrices of balls, each entry the binary number that the float is."""
    return Layer(*(rigor.matrix(part, dyadic=True) for part in (layer.V, layer.W, layer.b)))


def perceptron(x: Any, layer: Layer) -> Any:
    """f(x, θ) = V tanh(Wx + b)."""
    return matmul(layer.V, tanh(matmul(layer.W, x) + layer.b))


def perceptron_jvp(x: Any, layer: Layer, v: Any) -> Any:
    """∂_x f(x, θ)[v] = V (Wv − t ⊙ t ⊙ Wv),  t = tanh(Wx + b)."""
    t = tanh(matmul(layer.W, x) + layer.b)
    Wv = matmul(layer.W, v)
    return matmul(layer.V, Wv - _times(t, _times(t, Wv)))


def perceptron_acceleration(x: Any, layer: Layer, slope: Layer) -> Any:
    """x'' = ∂_s φ + ∂_x φ[φ] for φ(x, s) = V tanh(Wx + b) whose weights move at the rate θ'(s) = `slope`.

    x'' = V' t + V (u − t ⊙ t ⊙ u),  t = tanh(Wx + b),  u = W'x + b' + WVt.
    """
    t = tanh(matmul(layer.W, x) + layer.b)
    u = matmul(slope.W, x) + slope.b + matmul(layer.W, matmul(layer.V, t))
    return matmul(slope.V, t) + matmul(layer.V, u - _times(t, _times(t, u)))


def _times(a: Any, b: Any) -> Any:
    """The entrywise product a ⊙ b of two columns (or batches of columns)."""
    if isinstance(a, sp.MatrixBase):
        return a.multiply_elementwise(b)
    if rigor.is_ball(a) and hasattr(a, "entries"):
        return type(a)(a.nrows(), a.ncols(), [p * q for p, q in zip(a.entries(), b.entries(), strict=True)])
    return a * b


def mixed(a: Layer, b: Layer, u: Any) -> Layer:
    """a + u (b − a): the weights between two layers, at the fraction u of the way; b − a is their slope.

    In balls this is far narrower than (1 − u) a + u b, in which u enters twice.
    """
    between: Layer = a + u * (b - a)
    return between


def norm_upper(A: Any) -> Any:
    """What is certainly at least the spectral norm of A: a float for a float matrix, an exact ball for one of balls."""
    norm = rigor.spectral_norm(A, dyadic=True)
    return norm.upper() if rigor.is_ball(A) else rigor.upper(norm)
