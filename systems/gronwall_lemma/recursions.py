"""Recursions in fractions that the discrete lemma bounds, with slack or without."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from hypothesis import strategies as st


@dataclass(frozen=True)
class Recursion:
    """e_{k+1} = slack_k ((1 + hL) e_k + hd), 0 <= slack_k <= 1: equality where every slack is one."""

    start: Fraction
    rate: Fraction
    defect: Fraction
    step: Fraction
    slack: tuple[Fraction, ...]

    @property
    def steps(self) -> int:
        return len(self.slack)

    def errors(self) -> list[Fraction]:
        """e_0 … e_n."""
        errors = [self.start]
        for slack in self.slack:
            grown = (1 + self.step * self.rate) * errors[-1] + self.step * self.defect
            errors.append(slack * grown)  # equivalent: without slack the recursion holds with equality
        return errors

    def implicit_errors(self) -> list[Fraction]:
        """The same with (1 − hL) e_{k+1} = slack_k (e_k + hd)."""
        errors = [self.start]
        for slack in self.slack:
            grown = (errors[-1] + self.step * self.defect) / (1 - self.step * self.rate)
            errors.append(slack * grown)  # equivalent: without slack the recursion holds with equality
        return errors


def tenths(low: int, high: int) -> st.SearchStrategy[Fraction]:
    """Multiples of 1/10 in [low, high]."""
    return st.integers(10 * low, 10 * high).map(lambda k: Fraction(k, 10))


def recursions(rates: st.SearchStrategy[Fraction], steps: st.SearchStrategy[Fraction]) -> st.SearchStrategy[Recursion]:
    """Recursions of up to 24 steps with slacks from 0 to 1, one of them more often than not."""
    slack = st.one_of(st.just(Fraction(1)), tenths(0, 1))
    slacks = st.lists(slack, min_size=1, max_size=24).map(tuple)
    return st.builds(Recursion, tenths(0, 2), rates, tenths(0, 3), steps, slacks)


TIGHT = (Fraction(1),) * 20
SMALL = st.integers(1, 10).map(lambda k: Fraction(k, 20))
