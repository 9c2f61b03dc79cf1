"""Layers of the second order whose Jacobian is constant on pieces of time: their adjoints in balls."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np
from hypothesis import strategies as st

from gronwall.theory import rigor
from gronwall.theory.enclosure import enclose_flow
from gronwall.theory.nesterov.adjoint import ordered_exponential


@dataclass(frozen=True)
class Path:
    """x' = m, m' = −m − S_i x on the i-th of `pieces` intervals of length `length`, S_i = σ(k)(∂_h f + ξI), N x N.

    kind: "constant" (one S), "gradient" (symmetric S_i), "general"; "turning": N = 1, S = ω² + 1/4, one piece about as
    long as half an oscillation, where Φ is all but −e^{−length/2} I.  Entries are multiples of 1/4.
    """

    kind: str
    N: int
    pieces: int
    seed: int
    length: Fraction = Fraction(1)
    size: int = 12

    def forces(self) -> list[np.ndarray]:
        """The S_i in floats that are multiples of 1/4 exactly (of 1/16 for "turning")."""
        if self.kind == "turning":
            return [np.array([[self.size**2 + 0.25]])]
        rng = np.random.default_rng(self.seed)
        found = []
        for _ in range(self.pieces):
            S = rng.integers(-self.size, self.size + 1, (self.N, self.N)) / 4
            found.append((S + S.T) / 2 if self.kind == "gradient" else S)
        return [found[0]] * self.pieces if self.kind == "constant" else found

    @property
    def durations(self) -> list[Fraction]:
        return [Fraction(22, 7) / self.size] if self.kind == "turning" else [self.length] * self.pieces

    @property
    def dimension(self) -> int:
        return 1 if self.kind == "turning" else self.N

    @property
    def elapsed(self) -> Fraction:
        """T − t."""
        return sum(self.durations, Fraction(0))

    def generators(self) -> list[Any]:
        """J_i = [[0, I], [−S_i, −I]] in balls."""
        eye, zero = np.eye(self.dimension), np.zeros((self.dimension, self.dimension))
        return [rigor.matrix(np.block([[zero, eye], [-S, -eye]]), dyadic=True) for S in self.forces()]

    def propagator(self) -> Any:
        """Φ with a(t) = a(T)Φ, in balls."""
        return ordered_exponential(self.generators(), self.durations)

    def at_once(self) -> Any:
        """exp(Σ J_i d_i): what (23)–(24) put in its place."""
        J = self.generators()
        total = J[0] * rigor.ball(self.durations[0])
        for generator, duration in zip(J[1:], self.durations[1:], strict=True):
            total = total + generator * rigor.ball(duration)
        return total.exp()

    @cache  # noqa: B019 - a path is a handful of numbers
    def by_flows(self) -> Any:
        """The columns of Φ as the states that the unit vectors flow to, by validated Taylor steps."""
        J, n = self.generators(), 2 * self.dimension
        knots = [sum(self.durations[:i], Fraction(0)) for i in range(len(self.durations) + 1)]
        columns = []
        for j in range(n):
            start = rigor.matrix([[int(i == j)] for i in range(n)])
            columns.append(
                enclose_flow(lambda i: lambda x, s: J[i] @ x if hasattr(x, "order") else J[i] * x, start, knots)[-1]
            )
        return rigor.from_entries(n, n, [columns[j][i, 0] for i in range(n) for j in range(n)])

    def moduli(self) -> np.ndarray:
        """|eigenvalues| of Φ in floats, largest first."""
        Phi = self.propagator()
        values = [rigor.midpoint(e) for e in Phi.entries()]
        return np.sort(np.abs(np.linalg.eigvals(np.array(values).reshape(Phi.nrows(), -1))))[::-1]


def paths(*kinds: str, pieces: int = 4, most: int = 2) -> st.SearchStrategy[Path]:
    """Random paths of these kinds."""
    return st.builds(
        Path, st.sampled_from(kinds), st.integers(1, most), st.integers(1, pieces), st.integers(0, 10**6),
        st.sampled_from([Fraction(1, 2), Fraction(1)]), st.sampled_from([4, 8, 12]),
    )  # fmt: skip
