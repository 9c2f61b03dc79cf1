r"""Fields with their Jacobians at many places at once, a row each: what exponents are measured with.

    slopes(u, parameter) -> f (rows, d), Df (rows, d, d),     u (rows, d), parameter (rows,)

`exact` gives a true field, `stacked` learned ones, a member a row, `symmetrised` the mean of a field with its image
under S, ½(f(u) + S f(Su)), which is equivariant whatever f is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import sympy as sp

from gronwall.theory.bifurcations.fields import FIELDS, jacobian
from systems.bifurcations.kernels import PLAIN
from systems.bifurcations.learned import Learned

__all__ = ["Slopes", "exact", "stacked", "symmetrised"]

Array = np.ndarray
Slopes = Callable[[Array, Array], tuple[Array, Array]]


def exact(name: str) -> Slopes:
    """A true field: the lines of `gronwall.theory.bifurcations.fields`, by symbols."""
    field = FIELDS[name]
    u, mu = sp.symbols(field.components, real=True), sp.Symbol(field.parameter, real=True)
    expressions = field.f(sp.Matrix(u), mu)
    first = sp.lambdify([*u, mu], list(expressions), "numpy")
    second = sp.lambdify([*u, mu], list(jacobian(expressions, u)), "numpy")

    def slopes(state: Array, parameter: Array) -> tuple[Array, Array]:
        rows, d = state.shape
        f, J = np.empty((d, rows)), np.empty((d * d, rows))
        for into, values in ((f, first(*state.T, parameter)), (J, second(*state.T, parameter))):
            for k, value in enumerate(values):
                into[k] = value
        return f.T, J.T.reshape(rows, d, d)

    return slopes


def stacked(fields: Sequence[Learned]) -> Slopes:
    """Learned fields of one network with the plain head, as many as rows.  Raises ValueError for another head."""
    net, told = fields[0].net, fields[0].scaling
    if any(field.net != net for field in fields) or net.head != PLAIN:
        raise ValueError("expected fields of one network with the plain head")
    layers = [
        tuple(np.stack(part) for part in zip(*same, strict=True))
        for same in zip(*[field.layers() for field in fields], strict=True)
    ]
    d, D = net.d, told.deviation

    def slopes(u: Array, parameter: Array) -> tuple[Array, Array]:
        x = np.concatenate([told.states(u), told.parameters(parameter)[:, None]], axis=1)
        J = None
        for W, b in layers[:-1]:
            x = np.tanh((x[:, None] @ W)[:, 0] + b)
            J = W[:, :d].transpose(0, 2, 1) if J is None else W.transpose(0, 2, 1) @ J
            J = (1 - x**2)[:, :, None] * J
        W, b = layers[-1]
        o, J = (x[:, None] @ W)[:, 0] + b, W.transpose(0, 2, 1) @ J
        return D * o, D[:, None] * J / D

    return slopes


def symmetrised(slopes: Slopes, signs: Array) -> Slopes:
    """½(f(u) + S f(Su)), S = diag(signs)."""
    S = np.asarray(signs, dtype=float)

    def both(u: Array, parameter: Array) -> tuple[Array, Array]:
        (f, J), (g, K) = slopes(u, parameter), slopes(S * u, parameter)
        return (f + S * g) / 2, (J + S[:, None] * K * S) / 2

    return both
