"""Residual perceptrons V_n tanh(W_n x + b_n) whose weights are rational, as matrices of balls."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from hypothesis import strategies as st

from gronwall.theory import rigor
from gronwall.theory.perceptrons import Layer


@dataclass(frozen=True)
class ExactPerceptrons:
    """Independent weights k/32 in every layer (`rough`), or one unit that is nearly affine on its orbit (`tuned`)."""

    family: str
    depth: int
    size: Fraction
    seed: int = 0

    def build(self) -> tuple[list[Layer], object]:
        """Layers and start in balls of exact rationals."""
        if self.family == "tuned":
            return self.tuned(), rigor.matrix([[0]])
        rng, (d, w) = np.random.default_rng(self.seed), (3, 4)

        def drawn(size: Fraction, *shape: int) -> object:
            return rigor.matrix([[size * Fraction(int(k), 32) for k in row] for row in rng.integers(-32, 33, shape)])

        layers = [
            Layer(drawn(self.size, d, w), drawn(self.size, w, d), drawn(Fraction(1), w, 1)) for _ in range(self.depth)
        ]
        return layers, drawn(Fraction(1), d, 1)

    def tuned(self) -> list[Layer]:
        """f_n(x) = −4 tanh(L x/4 + b_n), b_n such that every layer sees the same input −1/64 up to rounding."""
        step = 4 * np.tanh(1 / 64) / self.depth
        biases = [Fraction(-1, 64) - self.size / 4 * Fraction(float(n * step)) for n in range(self.depth)]
        return [Layer(*map(rigor.matrix, ([[-4]], [[self.size / 4]], [[b]]))) for b in biases]


def eighths(most: int) -> st.SearchStrategy[Fraction]:
    return st.integers(1, most).map(lambda k: Fraction(k, 8))
