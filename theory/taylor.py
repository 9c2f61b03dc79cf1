r"""Taylor series in time with balls for coefficients: the arithmetic in which a field is expanded along its flow.

    x(s + τ) = c_0 + c_1 τ + … + c_p τ^p,    every c_k a ball, or a matrix of balls.

A series may carry the derivatives of its coefficients with respect to the d initial values (`tangents`, one
column each), so that a flow and its Jacobian come from the same lines.  Products are convolutions, and an analytic
function f is expanded by the differential equation it solves, in the tradition of Moore (1966):

    t = tanh z:  t' = (1 − t²) z',    e = exp z:  e' = e z',    s = sin z, c = cos z:  s' = c z', c' = −s z'.

Every coefficient contains the true one, for all points of the balls that went in.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

from gronwall.theory import rigor

__all__ = ["Series", "flow_series", "state", "time"]


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
        y = _series(other, self.order)
        if y is None:
            return NotImplemented
        return Series(
            _sum(self.coefficients, y.coefficients), min(self.order, y.order), _sums(self.tangents, y.tangents)
        )

    __radd__ = __add__

    def __neg__(self) -> Series:
        tangents = None if self.tangents is None else [-t for t in self.tangents]
        return Series([-c for c in self.coefficients], self.order, tangents)

    def __sub__(self, other: Any) -> Any:
        y = _series(other, self.order)
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
        return self * (1 / rigor.ball(other))

    def _product(self, other: Any, multiply: Callable[[Any, Any], Any]) -> Any:
        y = _series(other, self.order)
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
        """x_i y_i of two columns, entry by entry, with (xy)' = y x' + x y' for the tangents."""
        y = _series(other, self.order)
        if y is None:
            raise TypeError(f"times() got {type(other).__name__}: expected a column of balls or a series of columns")
        order = min(self.order, y.order)
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
        """tanh, exp, sin, cos of a column, entry by entry.  Raises TypeError for a function that is not analytic."""
        if name not in _RULES:
            raise TypeError(
                f"{name}() of a Taylor series: expected one of {', '.join(_RULES)}. What has kinks (relu, abs) is "
                f"integrated from kink to kink, not expanded"
            )
        values, derivative = _RULES[name](self)
        found = Series(values, self.order)
        if self.tangents is not None:
            slopes = [_diagonal(c) for c in derivative]
            found.tangents = _convolution(slopes, self.tangents, _matrix_product, self.order)
        return found

    def padded(self) -> list[Any]:
        """The coefficients c_0 … c_order, with the missing ones as zeros."""
        zero = 0 * self.coefficients[0]
        return self.coefficients + [zero] * (self.order + 1 - len(self.coefficients))


def _series(x: Any, order: int) -> Series | None:
    """x as a series: itself, or a constant; None for what is neither a ball nor an exact number."""
    if isinstance(x, Series):
        return x
    if isinstance(x, (int, Fraction)):
        return Series([rigor.ball(x)], order)
    return Series([x], order) if rigor.is_ball(x) else None


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


def _diagonal(column: Any) -> Any:
    """diag(column), so that diag(a) b is the entrywise product of a with every column of b."""
    entries, n = column.entries(), column.nrows()
    zero = rigor.ball(0)
    return rigor.from_entries(n, n, [entries[i] if i == j else zero for i in range(n) for j in range(n)])


# ---------------------------------------------------------------- the differential equations of the functions


def _rows(z: Series) -> list[list[Any]]:
    """The coefficients of z as plain lists of balls, padded to the order."""
    return [c.entries() for c in z.padded()]


def _columns(rows: Sequence[Sequence[Any]]) -> list[Any]:
    return [rigor.from_entries(len(row), 1, list(row)) for row in rows]


def _step(k: int, z: list[list[Any]], factor: list[list[Any]]) -> list[Any]:
    """[Σ_{i<=k} (i + 1) z_{i+1} factor_{k−i}] / (k + 1), entry by entry: one coefficient of ∫ factor z'."""
    size = range(len(z[0]))
    return [
        sum(((i + 1) * z[i + 1][j] * factor[k - i][j] for i in range(k + 1)), rigor.ball(0)) / (k + 1) for j in size
    ]


def _tanh(series: Series) -> tuple[list[Any], list[Any]]:
    """t = tanh z and 1 − t²:  (k + 1) t_{k+1} = Σ_i (i + 1) z_{i+1} u_{k−i},  u = 1 − t²."""
    z = _rows(series)
    t = [[entry.tanh() for entry in z[0]]]
    u = [[_sech2(entry) for entry in z[0]]]
    for k in range(series.order):
        t.append(_step(k, z, u))
        u.append([-sum((t[i][j] * t[k + 1 - i][j] for i in range(k + 2)), rigor.ball(0)) for j in range(len(z[0]))])
    return _columns(t), _columns(u)


def _sech2(z: Any) -> Any:
    """1 − tanh²z = 1/cosh²z; of a wide ball from the extreme values of |z|, in which it decreases."""
    if z.rel_accuracy_bits() > 20:
        c = z.cosh()
        return 1 / (c * c)
    least, greatest = z.abs_lower().cosh(), z.abs_upper().cosh()
    return (1 / (greatest * greatest)).lower().union((1 / (least * least)).upper())


def _exp(series: Series) -> tuple[list[Any], list[Any]]:
    """e = exp z:  (k + 1) e_{k+1} = Σ_i (i + 1) z_{i+1} e_{k−i}."""
    z = _rows(series)
    e = [[entry.exp() for entry in z[0]]]
    for k in range(series.order):
        e.append(_step(k, z, e))
    return _columns(e), _columns(e)


def _sin_cos(series: Series) -> tuple[list[Any], list[Any]]:
    """s = sin z and c = cos z together:  s' = c z',  c' = −s z'."""
    z = _rows(series)
    s, c = [[entry.sin() for entry in z[0]]], [[entry.cos() for entry in z[0]]]
    for k in range(series.order):
        ahead, turned = _step(k, z, c), _step(k, z, s)
        s.append(ahead)
        c.append([-entry for entry in turned])
    return _columns(s), _columns(c)


def _cos(series: Series) -> tuple[list[Any], list[Any]]:
    sine, cosine = _sin_cos(series)
    return cosine, [-column for column in sine]


_RULES: dict[str, Callable[[Series], tuple[list[Any], list[Any]]]] = {
    "tanh": _tanh, "exp": _exp, "sin": _sin_cos, "cos": _cos,
}  # fmt: skip


# ---------------------------------------------------------------- along a flow


def time(s: Any, order: int) -> Series:
    """s + τ as a series; s is a ball or an exact number."""
    return Series([rigor.ball(s), rigor.ball(1)], order)


def state(x: Any, order: int, *, tangents: bool = False) -> Series:
    """The constant series of the column x (d x 1 balls), with the identity as its tangents where asked for."""
    return Series([x], order, [rigor.identity(x.nrows())] if tangents else None)


def flow_series(field: Callable[[Any, Any], Any], x: Any, s: Any, order: int, *, tangents: bool = False) -> Series:
    """The solution of x' = φ(x, s) from every point of the box x and every time of the ball s, as a series.

    c_{k+1} = [φ(x(s + τ), s + τ)]_k / (k + 1): the field is evaluated on what is known, and tells one coefficient
    more each time.  field: φ(x, s) in the primitives of `gronwall.theory.arithmetic`, x a column.  Each coefficient is
    a derivative of the solution *at* a point of the box, divided by k!.
    """
    known = state(x, 0, tangents=tangents)
    for k in range(order):
        known = Series(known.coefficients, k, known.tangents)
        slope = field(known, time(s, k))
        if not isinstance(slope, Series):
            slope = Series([slope], k)
        known = Series(
            [*known.coefficients, slope.padded()[k] / (k + 1)],
            k + 1,
            None if known.tangents is None else [*known.tangents, _tangent(slope, k, x.nrows()) / (k + 1)],
        )
    return known


def _tangent(slope: Series, k: int, d: int) -> Any:
    """The k-th coefficient of the derivative of the slope: zero where it does not depend on the state."""
    if slope.tangents is None or len(slope.tangents) <= k:
        return rigor.from_entries(d, d, [rigor.ball(0)] * (d * d))
    return slope.tangents[k]
