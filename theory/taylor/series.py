"""The arithmetic of series: sums, products, quotients, and functions entry by entry."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

from gronwall.theory import rigor
from gronwall.theory.taylor.functions import RECIPROCAL, RULES

__all__ = ["Series"]


class Series:
    """A polynomial in τ of degree at most `order`: coefficients (all scalar balls, or all matrices of one shape).

    Trailing coefficients that are zero may be missing.  tangents[k], rows x d, is the derivative of the column
    coefficients[k] with respect to the d initial values; None where nothing is differentiated.
    """

    __slots__ = ("coefficients", "order", "tangents")

    def __init__(self, coefficients: Sequence[Any], order: int, tangents: Sequence[Any] | None = None) -> None:
        self.coefficients = list(coefficients[: order + 1])
        self.tangents = None if tangents is None else list(tangents[: order + 1])
        self.order = order

    def __repr__(self) -> str:
        return f"Series({self.coefficients}, order={self.order})"

    # ------------------------------------------------------------ sums

    def __add__(self, other: Any) -> Any:
        y = series_of(other, self.order)
        if y is None:
            return NotImplemented
        left, right = _alike(self, y)
        return Series(
            _sum(left.coefficients, right.coefficients), min(self.order, y.order), _sums(self.tangents, y.tangents)
        )

    __radd__ = __add__

    def __neg__(self) -> Series:
        tangents = None if self.tangents is None else [-t for t in self.tangents]
        return Series([-c for c in self.coefficients], self.order, tangents)

    def __sub__(self, other: Any) -> Any:
        y = series_of(other, self.order)
        return NotImplemented if y is None else self + (-y)

    def __rsub__(self, other: Any) -> Any:
        return (-self) + other

    # ------------------------------------------------------------ products

    def __mul__(self, other: Any) -> Any:
        """The product with a number, a ball or a scalar series; of two matrices it is the matrix product."""
        return self._product(other, lambda a, b: a * b)

    def __rmul__(self, other: Any) -> Any:
        return self._product(other, lambda a, b: b * a)

    __matmul__ = __mul__
    __rmatmul__ = __rmul__

    def __truediv__(self, other: Any) -> Any:
        """The quotient by a number, or by a series of scalars (or of one entry) that keeps away from 0."""
        if not isinstance(other, Series):
            return self * (1 / rigor.ball(other))
        if not other.is_scalar and len(other.coefficients[0].entries()) > 1:
            raise TypeError(f"a quotient by {shape_of(other)}: expected a series of scalars")
        return self.times(other.elementwise(RECIPROCAL))

    def __rtruediv__(self, other: Any) -> Any:
        y = series_of(other, self.order)
        return NotImplemented if y is None else y / self

    def __pow__(self, n: int) -> Series:
        """The n-th power of each entry, n >= 0 an integer."""
        if not isinstance(n, int) or n < 0:
            raise TypeError(f"a power of a series got the exponent {n!r}: expected an integer >= 0")
        found = self._ones()
        for _ in range(n):
            found = self.times(found)
        return found

    def _ones(self) -> Series:
        first = self.coefficients[0]
        return Series([_shaped([rigor.ball(1)] * len(_entries(first)), first)], self.order)

    @property
    def is_scalar(self) -> bool:
        """Are the coefficients scalar balls, not matrices?"""
        return not hasattr(self.coefficients[0], "entries")

    def _product(self, other: Any, multiply: Callable[[Any, Any], Any]) -> Any:
        y = series_of(other, self.order)
        if y is None:
            return NotImplemented
        order = min(self.order, y.order)
        if self.tangents is not None and y.tangents is not None:
            raise TypeError("a product of two series that both depend on the state: write times(x, y) of two columns")
        tangents = None
        if self.tangents is not None:
            tangents = _convolution(self.tangents, y.coefficients, multiply, order)
        elif y.tangents is not None:
            tangents = _convolution(self.coefficients, y.tangents, multiply, order)
        return Series(_convolution(self.coefficients, y.coefficients, multiply, order), order, tangents)

    def times(self, other: Any) -> Series:
        """x_i y_i of two columns, entry by entry, with (xy)' = y x' + x y' for the tangents; or one factor a scalar."""
        y = series_of(other, self.order)
        if y is None:
            raise TypeError(f"times() got {type(other).__name__}: expected a column of balls or a series of columns")
        if self.is_scalar or y.is_scalar:
            return self * y  # type: ignore[no-any-return]
        if shape_of(self) != shape_of(y):
            raise TypeError(f"times() got {shape_of(self)} and {shape_of(y)}: expected one shape")
        order = min(self.order, y.order)
        if self.coefficients[0].ncols() != 1:
            return Series(_convolution(self.coefficients, y.coefficients, _entrywise, order), order)
        left = [_diagonal(c) for c in self.coefficients]
        product = _convolution(left, y.coefficients, _matrix_product, order)
        of_y = None if y.tangents is None else _convolution(left, y.tangents, _matrix_product, order)
        of_x = None
        if self.tangents is not None:
            right = [_diagonal(c) for c in y.coefficients]
            of_x = _convolution(right, self.tangents, _matrix_product, order)
        return Series(product, order, _sums(of_x, of_y))

    # ------------------------------------------------------------ analytic functions

    def elementwise(self, name: str) -> Series:
        """tanh, exp, sin, cos, … of a scalar, a column or a matrix, entry by entry.

        Raises TypeError for a function that is not analytic.  log and sqrt are where z > 0, NaN where z_0 may be 0.
        """
        if name not in RULES:
            known = ", ".join(rule for rule in RULES if rule != RECIPROCAL)
            raise TypeError(
                f"{name}() of a Taylor series: expected one of {known}. What has kinks (relu, abs) is integrated from "
                f"kink to kink, not expanded"
            )
        like = self.coefficients[0]
        values, derivative = RULES[name]([_entries(c) for c in self.padded()])
        found = Series([_shaped(row, like) for row in values], self.order)
        if self.tangents is not None:
            slopes = [_diagonal(_shaped(row, like)) for row in derivative]
            found.tangents = _convolution(slopes, self.tangents, _matrix_product, self.order)
        return found

    def padded(self) -> list[Any]:
        """The coefficients c_0 … c_order, with the missing ones as zeros."""
        zero = 0 * self.coefficients[0]
        return self.coefficients + [zero] * (self.order + 1 - len(self.coefficients))


def series_of(x: Any, order: int) -> Series | None:
    """x as a series: itself, or a constant; None for what is neither a ball nor an exact number."""
    if isinstance(x, Series):
        return x
    if isinstance(x, (int, Fraction)):
        return Series([rigor.ball(x)], order)
    return Series([x], order) if rigor.is_ball(x) else None


def shape_of(x: Series) -> str:
    first = x.coefficients[0]
    return "a scalar" if x.is_scalar else f"a {first.nrows()} x {first.ncols()} matrix"


def _entries(c: Any) -> list[Any]:
    return list(c.entries()) if hasattr(c, "entries") else [c]


def _shaped(entries: Sequence[Any], like: Any) -> Any:
    """The entries as a matrix of the shape of `like`, or as the scalar they are."""
    if not hasattr(like, "entries"):
        return entries[0]
    return rigor.from_entries(like.nrows(), like.ncols(), list(entries))


def _alike(x: Series, y: Series) -> tuple[Series, Series]:
    """x and y with coefficients of one shape: beside a matrix of one entry a scalar is one.

    Raises TypeError for two shapes: flint would add a scalar to the diagonal.  An exact 0, where `sum` starts, passes.
    """
    if x.is_scalar == y.is_scalar:
        return x, y
    if y.is_scalar:
        right, left = _alike(y, x)
        return left, right
    like = y.coefficients[0]
    if len(_entries(like)) == 1:
        return Series([_shaped([c], like) for c in x.coefficients], x.order), y
    if all(c.is_zero() for c in x.coefficients):
        return Series([0 * like], x.order), y
    raise TypeError(f"a sum of a scalar and {shape_of(y)}: multiply the scalar by a column first")


def _sum(a: Sequence[Any], b: Sequence[Any]) -> list[Any]:
    n = min(len(a), len(b))
    return [x + y for x, y in zip(a[:n], b[:n], strict=True)] + list(a[n:]) + list(b[n:])


def _sums(a: Sequence[Any] | None, b: Sequence[Any] | None) -> list[Any] | None:
    if a is None or b is None:
        return list(a or b or []) or None
    return _sum(a, b)


def _convolution(a: Sequence[Any], b: Sequence[Any], multiply: Callable[[Any, Any], Any], order: int) -> list[Any]:
    """c_k = Σ_i a_i b_{k−i} for k <= order, with whatever product belongs between the two."""
    found = []
    for k in range(min(order, len(a) + len(b) - 2) + 1):
        terms = [multiply(a[i], b[k - i]) for i in range(max(0, k - len(b) + 1), min(k, len(a) - 1) + 1)]
        total = terms[0]
        for term in terms[1:]:
            total = total + term
        found.append(total)
    return found


def _matrix_product(a: Any, b: Any) -> Any:
    return a * b


def _entrywise(a: Any, b: Any) -> Any:
    return _shaped([x * y for x, y in zip(a.entries(), b.entries(), strict=True)], a)


def _diagonal(column: Any) -> Any:
    """diag(column), so that diag(a) b is the entrywise product of a with every column of b."""
    entries, n = column.entries(), column.nrows()
    zero = rigor.ball(0)
    return rigor.from_entries(n, n, [entries[i] if i == j else zero for i in range(n) for j in range(n)])
