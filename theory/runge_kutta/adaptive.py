r"""Adaptive methods as data: a pair of schemes, its dense output and its controller, all exact.

An attempted step of size h has the error estimate e = h Σ_i (b_i − b̂_i) k_i and, in a norm scaled by the tolerances,
the ratio r = ‖e/(atol + rtol max(|y_0|, |y_1|))‖.  It is accepted where r <= 1, and the next one has the size

    h · min(grow, max(safety/r^exponent, least)),    least = 1 where r < 1, else shrink.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction as F

from gronwall.theory import rigor
from gronwall.theory.runge_kutta.dense import MIDDLE
from gronwall.theory.runge_kutta.schemes import DORMAND_PRINCE
from gronwall.theory.runge_kutta.tableaux import Exact, Tableau

__all__ = ["DOPRI5", "Adaptive", "Controller"]


@dataclass(frozen=True)
class Controller:
    """How the next step follows from the ratio of error and tolerance."""

    safety: Exact
    shrink: Exact
    grow: Exact
    exponent: Exact

    def __post_init__(self) -> None:
        values = (self.safety, self.shrink, self.grow, self.exponent)
        if not all(rigor.is_exact(value) for value in values):
            raise TypeError(f"got a controller with {values}: expected exact numbers, Fraction(9, 10), not 0.9")
        if not 0 < self.shrink < self.safety <= 1 <= self.grow or self.exponent <= 0:
            raise ValueError(f"got a controller with {values}: expected 0 < shrink < safety <= 1 <= grow, exponent > 0")


@dataclass(frozen=True)
class Adaptive:
    """A pair, its weights half way (as in `dense`), its controller."""

    pair: Tableau
    middle: tuple[Exact, ...]
    controller: Controller

    def __post_init__(self) -> None:
        if self.pair.embedded is None or not self.pair.ends_with_its_weights:
            raise ValueError(f"{self.pair.name}: expected embedded weights, and a last stage that begins the next step")
        if len(self.middle) != self.pair.stages:
            raise ValueError(f"{self.pair.name}: got {len(self.middle)} weights half way for {self.pair.stages} stages")


_SHAMPINE = tuple(map(F, ("1951/21600", "0", "22642/50085", "451/720", "-12231/42400", "649/6300", "1/60")))

DOPRI5 = Adaptive(
    replace(DORMAND_PRINCE, name="Dormand–Prince 5(4) in torchdiffeq", embedded=_SHAMPINE),
    MIDDLE,
    Controller(safety=F(9, 10), shrink=F(1, 5), grow=F(10), exponent=F(1, 5)),
)
"""As torchdiffeq 0.2.5 has it: its embedded weights (Shampine 1986) make b − b̂ two thirds of Dormand and Prince's."""
