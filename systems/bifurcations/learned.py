r"""A learned field as the others are: f(u, parameter) and its derivatives, in the units of the data.

f̂(u, α) = D f_θ(D⁻¹(u − m), (α − m_α)/d_α),   D = diag(deviations).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.optimize import brentq

from systems.bifurcations import kernels
from systems.bifurcations.data import Scaling
from systems.bifurcations.kernels import AFFINE, AXES, Net

__all__ = ["Learned"]

Array = np.ndarray


@dataclass(frozen=True)
class Learned:
    """One member: its weights, what network they are of, and its units."""

    P: Array
    net: Net
    scaling: Scaling

    def layers(self) -> list[tuple[Array, Array]]:
        """W (n x m) and b of every layer."""
        sizes = [self.net.inputs, *[self.net.width] * self.net.layers, self.net.outputs]
        found, at = [], 0
        for n, m in pairwise(sizes):
            found.append((self.P[at : at + n * m].reshape(n, m), self.P[at + n * m : at + n * m + m]))
            at += n * m + m
        return found

    def with_slopes(self, u: Array, parameter: float) -> tuple[Array, Array, Array]:
        """f̂ (d,), ∂f̂/∂u (d, d) and ∂f̂/∂parameter (d,)."""
        d, told = self.net.d, self.scaling
        z, alpha = told.states(np.asarray(u, dtype=float)), float(told.parameters(parameter))
        x = z if self.net.head == AFFINE else np.append(z, alpha)
        J = np.eye(len(x))
        layers = self.layers()
        for W, b in layers[:-1]:
            x = np.tanh(x @ W + b)
            J = (1 - x**2)[:, None] * (W.T @ J)
        W, b = layers[-1]
        o, J = x @ W + b, W.T @ J
        if self.net.head == AFFINE:
            f, of_z, of_alpha = o[:d] + alpha * o[d:], J[:d] + alpha * J[d:], o[d:]
        else:
            f, of_z, of_alpha = o, J[:, :d], J[:, d]
        if self.net.head == AXES:
            of_z, of_alpha = z[:, None] * of_z + np.diag(o), z * of_alpha
            f = z * o
        D = told.deviation
        return D * f, D[:, None] * of_z / D, D * of_alpha / told.parameter[1]

    def f(self, u: Array, parameter: float) -> Array:
        return self.with_slopes(u, parameter)[0]

    def df(self, u: Array, parameter: float) -> Array:
        return self.with_slopes(u, parameter)[1]

    def equilibrium(self, near: Array, parameter: float, steps: int = 50) -> Array | None:
        """The equilibrium that Newton's method comes to from a point, its steps halved until |f̂| falls; or None."""
        u = np.array(near, dtype=float)
        for _ in range(steps):
            f, J, _ = self.with_slopes(u, parameter)
            try:
                step = np.linalg.solve(J, f)
            except np.linalg.LinAlgError:
                return None
            share = 1.0
            while share > 1e-3 and np.linalg.norm(self.f(u - share * step, parameter)) > np.linalg.norm(f):
                share /= 2
            u = u - share * step
            if np.linalg.norm(share * step) < 1e-12 * (1 + np.linalg.norm(u)):
                return u
        return None

    def hopf(self, near: Array, low: float, high: float, parts: int = 60) -> tuple[float, Array] | None:
        """The first parameter from `low` on at which a complex pair crosses the axis upwards, and where; or None.

        The equilibrium is followed from `near`; it is lost where Newton's method leaves it by a tenth of its size.
        """
        u, before = np.array(near, dtype=float), None
        for value in np.linspace(low, high, parts + 1):
            found = self.equilibrium(u, value)
            if found is None or np.linalg.norm(found - u) > 0.1 * (1 + np.linalg.norm(u)):
                return None
            u, growth = found, self._growth(found, value)
            if before is not None and growth is not None and before[1] < 0 <= growth:
                start, lo = before[2], before[0]

                def crossing(at: float, start: Array = start) -> float:
                    there = self.equilibrium(start, at)
                    real = None if there is None else self._growth(there, at)
                    return np.nan if real is None else real

                at = float(brentq(crossing, lo, value, xtol=1e-10))
                return at, self.equilibrium(start, at)  # type: ignore[return-value]
            before = None if growth is None else (value, growth, u)
        return None

    def _growth(self, u: Array, parameter: float) -> float | None:
        """The real part of the pair of eigenvalues with the largest one; None where all are real."""
        values = np.linalg.eigvals(self.df(u, parameter))
        pair = values[abs(values.imag) > 1e-9]
        return float(pair.real.max()) if len(pair) else None

    def orbits(self, starts: Array, parameters: Array, step: float, every: int, points: int) -> Array:
        """Orbits from rows of starts, one parameter each: points x rows x d, `every` steps of `step` apart."""
        told = self.scaling
        z = kernels.orbits((self.P, self.net), told.states(starts), told.parameters(parameters), step, every, points)
        return told.mean + told.deviation * z
