r"""Tableaux: the coefficients of a scheme as exact numbers, from the table as it is printed.

A scheme with s stages takes x ≈ x(t) to x(t + h) by
    k_i = f(t + c_i h, x + h Σ_j a_ij k_j),    x⁺ = x + h Σ_i b_i k_i,    i, j = 1 … s.
The coefficients are Fractions, or SymPy numbers where √3 or √6 enters.  A table that was printed with rounded
coefficients holds what is printed, and says by how much each may differ from the number that is meant.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction as F
from functools import cached_property
from typing import Any

import sympy as sp

from gronwall.theory import rigor

__all__ = ["Exact", "Field", "Tableau", "butcher", "exact"]

Exact = Any  # Fraction, or a SymPy number where the coefficient is irrational
Field = Callable[[Any, Any], Any]  # f(t, x)


@dataclass(frozen=True)
class Tableau:
    """The coefficients of a scheme: A (s rows of s), weights b, nodes c, and the order that is claimed.

    `embedded` holds the weights of a second scheme on the same stages, of order `embedded_order`.  `rounding` is how
    far a coefficient other than zero may lie from the one that is meant: 0 where the table is exact, None where each
    coefficient says it itself (`rounding_of`).
    Raises ValueError for wrong shapes and for c ≠ A·1 by more than rounding explains, TypeError for floats.
    """

    name: str
    A: tuple[tuple[Exact, ...], ...]
    b: tuple[Exact, ...]
    c: tuple[Exact, ...]
    order: int
    embedded: tuple[Exact, ...] | None = None
    embedded_order: int | None = None
    source: str = ""
    rounding: Exact = None

    def __post_init__(self) -> None:
        s, embedded = len(self.b), self.embedded or ()
        lengths = [len(self.A), len(self.c), *map(len, self.A), *([len(embedded)] if embedded else [])]
        if s == 0 or any(length != s for length in lengths):
            raise ValueError(f"{self.name}: got {s} weights and lengths {lengths}: expected {s} everywhere")
        for value in (*self.b, *self.c, *embedded, *(a for row in self.A for a in row)):
            if not rigor.is_exact(value):
                raise TypeError(f"{self.name}: got the coefficient {value!r}: expected Fraction(1, 3), not 0.333")
        if self.rounding is not None and (not rigor.is_exact(self.rounding) or self.rounding < 0):
            raise ValueError(f"{self.name}: got the rounding {self.rounding}: expected 0 or more")
        for i, row in enumerate(self.A):
            self._check_row(i, row)

    def _check_row(self, i: int, row: tuple[Exact, ...]) -> None:
        total, c = exact(sum(row)), self.c[i]
        gap, rounded = exact(total - c), sum(value != 0 for value in (*row, c))
        explained = sum((self.rounding_of(value) for value in (*row, c)), F(0))
        if abs(gap) <= explained:
            return
        if explained == 0:
            raise ValueError(f"{self.name}: row {i} of A sums to {total}, but c = {c}")
        raise ValueError(
            f"{self.name}: row {i} of A sums to {float(total)}, but c = {float(c)}: {float(abs(gap)):.3g} apart, where "
            f"{rounded} coefficients rounded by {float(self.largest_rounding):.3g} explain {float(explained):.3g}"
            "; compare the digits of this row with the printed ones"
        )

    def rounding_of(self, value: Exact) -> Exact:
        """How far this coefficient of the table may lie from the one that is meant; a zero is one.

        Where no rounding was given, what the coefficient says, if its denominator q in lowest terms is 10⁸ or more: a
        binary float, q = 2^k with k >= 40, is within 2^−k/2 of what is meant, a decimal of d places within 10^−d/2, and
        a quotient within 1/q² (a convergent), unless each row sums exactly to a node with q < 10⁸, which rounded
        quotients do not; a node that was made from its row says nothing.  A heuristic: exact coefficients may seem
        rounded, which costs them no order, and those rounded to fewer digits seem exact: then give `rounding`.
        """
        if value == 0:
            return F(0)
        return _said_by(value, self._rounded_quotients) if self.rounding is None else self.rounding

    @cached_property
    def _rounded_quotients(self) -> bool:
        return not _sum_to_short_nodes(self.A, self.c)

    @cached_property
    def largest_rounding(self) -> Exact:
        """The largest of `rounding_of`, 0 for an exact table."""
        if self.rounding is not None:
            return self.rounding
        values = (*self.b, *self.c, *(self.embedded or ()), *(a for row in self.A for a in row))
        return max(map(self.rounding_of, values))

    @property
    def stages(self) -> int:
        """s, the number of stages."""
        return len(self.b)

    @property
    def is_explicit(self) -> bool:
        """True when a_ij = 0 for j >= i, so that each stage uses earlier ones only."""
        return all(a == 0 for i, row in enumerate(self.A) for a in row[i:])

    @property
    def ends_with_its_weights(self) -> bool:
        """True when the last stage is f at x⁺ (its row is b, its node 1): the first stage of the next step."""
        return self.is_explicit and self.A[-1] == self.b and self.c[-1] == 1


def exact(x: Exact) -> Exact:
    """x in lowest terms: a Fraction where it is rational, an expanded SymPy number elsewhere."""
    if not isinstance(x, sp.Basic):
        return F(x)
    x = sp.expand(x)
    return F(int(x.p), int(x.q)) if x.is_Rational else x


# ---------------------------------------------------------------- tables as they are printed

DECIMAL = re.compile(r"[+-]?\d*\.(\d+)")
PLACES = 8
"""A decimal with fewer places, a quotient with a denominator below 10⁸, is meant exactly."""
LEAST_BITS = 40
"""A binary float between 1/2 and 2^12 has that many bits behind the point, but for one in 4000."""


def butcher(
    name: str,
    order: int,
    table: str,
    *,
    embedded_order: int | None = None,
    source: str = "",
    rounding: Exact | None = None,
) -> Tableau:
    """A tableau from the table as it is printed: a line `c_i | a_i1 a_i2 …` a stage, then `| b_1 b_2 …`.

    Entries are separated by spaces: quotients, decimals or SymPy numbers without spaces, "19372/6561", "0.161",
    "sqrt(3)/6".  Zeros at the end of a line may be left out, and a line without a bar goes on with the one before.
    With `embedded_order` one more line `| …` holds its weights.  Raises ValueError for a wrong number of lines, and
    whatever `Tableau` refuses.

    rounding: by how much the printed coefficients are rounded; without it, what the entries themselves say.  A decimal
    of d >= 8 places is within 10^−d/2 of what is meant.  So is a quotient p/q within 1/q² (a convergent of a continued
    fraction), if q >= 10⁸ and the rows do not sum to the nodes exactly; where all do, and each node has q < 10⁸,
    quotients are exact.  The largest of these counts.  A heuristic: shorter entries, though rounded, pass for exact,
    and the table is refused or loses its order; then give `rounding`.
    """
    lines = _lines(table)
    nodes = [_read(left.strip()) for left, _ in lines if left.strip()]
    rows = [[_read(entry) for entry in right.split()] for _, right in lines]
    full = [(*row, *[F(0)] * (len(nodes) - len(row))) for row in rows]
    weights = full[len(nodes) :]
    if len(weights) != 1 + (embedded_order is not None):
        raise ValueError(f"{name}: got {len(weights)} lines of weights: expected b, and one more if embedded")
    embedded = weights[1] if embedded_order is not None else None
    A = tuple(full[: len(nodes)])
    if rounding is None:
        quotients = not _sum_to_short_nodes(A, nodes)
        rounding = max(_rounding(entry, quotients) for entry in re.split(r"[\s|]+", table.strip(" \n|")))
    return Tableau(name, A, weights[0], tuple(nodes), order, embedded, embedded_order, source, rounding)


def _lines(table: str) -> list[list[str]]:
    """What stands before and after the bar in each line."""
    lines: list[list[str]] = []
    for line in table.strip().splitlines():
        if "|" in line or not lines:
            lines.append(line.split("|"))
        else:
            lines[-1][-1] += " " + line
    return lines


def _read(entry: str) -> Exact:
    return F(entry) if DECIMAL.fullmatch(entry) else exact(sp.sympify(entry))


def _rounding(entry: str, quotients: bool) -> F:
    """How far a printed entry may lie from what is meant; 0 where it is taken for exact."""
    decimal = DECIMAL.fullmatch(entry)
    if decimal:
        places = len(decimal[1])
        return F(1, 2 * 10**places) if places >= PLACES else F(0)
    value = _read(entry)
    long = quotients and isinstance(value, F) and value.denominator >= 10**PLACES
    return F(1, value.denominator**2) if long else F(0)


def _sum_to_short_nodes(A: Sequence[Sequence[Exact]], c: Sequence[Exact]) -> bool:
    return all(exact(sum(row) - node) == 0 and not _is_long(node) for row, node in zip(A, c, strict=True))


def _is_long(value: Exact) -> bool:
    return isinstance(value, F) and value.denominator >= 10**PLACES


def _said_by(value: Exact, quotients: bool) -> F:
    """How far a coefficient may lie from what is meant; 0 where it is taken for exact."""
    if not _is_long(value):
        return F(0)
    q = value.denominator
    twos, fives = _times(2, q), _times(5, q)
    if q != 2**twos * 5**fives:
        return F(1, q**2) if quotients else F(0)
    return F(1, 2 ** (twos + 1)) if fives == 0 and twos >= LEAST_BITS else F(1, 2 * 10 ** max(twos, fives))


def _times(prime: int, q: int) -> int:
    """How often the prime divides q."""
    found = 0
    while q % prime == 0:
        q, found = q // prime, found + 1
    return found


def nonzero(values: Sequence[Exact]) -> list[tuple[int, Exact]]:
    """(j, v_j) for the values that are not zero."""
    return [(j, value) for j, value in enumerate(values) if value != 0]
