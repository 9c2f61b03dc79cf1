"""The solution of a differential equation as a series, and what a field may give."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from gronwall.theory import rigor
from gronwall.theory.taylor.series import Series, series_of, shape_of

__all__ = ["column_of", "flow_series", "stacked", "state", "time"]


def time(s: Any, order: int) -> Series:
    """s + τ as a series; s is a ball or an exact number."""
    return Series([rigor.ball(s), rigor.ball(1)], order)


def state(x: Any, order: int, *, tangents: bool = False) -> Series:
    """The constant series of the column x (d x 1 balls), with the identity as its tangents where asked for."""
    return Series([x], order, [rigor.identity(x.nrows())] if tangents else None)


def column_of(slope: Any, order: int, d: int) -> Series:
    """What a field gave, a series, a matrix or a number, as a series of columns of d entries.

    Raises TypeError for what is none: a scalar is a column for d = 1 only.
    """
    y = series_of(slope, order)
    if y is not None and y.is_scalar and d == 1:
        y = Series([rigor.matrix([[c]]) for c in y.coefficients], y.order)
    if y is None or y.is_scalar or (y.coefficients[0].nrows(), y.coefficients[0].ncols()) != (d, 1):
        told = type(slope).__name__ if y is None else shape_of(y)
        raise TypeError(
            f"the field gave {told}: expected a column of {d} entries, as the state is; see stack and matmul"
        )
    return y


def stacked(parts: Sequence[Any], order: int) -> Series:
    """The column with these entries, scalar series, series of one entry, balls or exact numbers; tangents by rows."""
    series = [column_of(part, order, 1) for part in parts]
    rows = [[c[0, 0] for c in x.padded()] for x in series]
    found = Series([rigor.matrix([[row[k]] for row in rows]) for k in range(order + 1)], order)
    width = {t.ncols() for x in series for t in x.tangents or []}
    if width:
        d = width.pop()
        none = rigor.from_entries(1, d, [rigor.ball(0)] * d)
        tangents = [[*(x.tangents or []), *[none] * (order + 1)] for x in series]
        found.tangents = [rigor.matrix([t[k].tolist()[0] for t in tangents]) for k in range(order + 1)]
    return found


def flow_series(field: Callable[[Any, Any], Any], x: Any, s: Any, order: int, *, tangents: bool = False) -> Series:
    """The solution of x' = φ(x, s) from every point of the box x and every time of the ball s, as a series.

    c_{k+1} = [φ(x(s + τ), s + τ)]_k / (k + 1): the field is evaluated on what is known, and tells one coefficient
    more each time.  field: φ(x, s) in the primitives of `gronwall.theory.arithmetic`, x a column.  Each coefficient is
    a derivative of the solution *at* a point of the box, divided by k!.
    """
    known = state(x, 0, tangents=tangents)
    for k in range(order):
        known = Series(known.coefficients, k, known.tangents)
        slope = column_of(field(known, time(s, k)), k, x.nrows())
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
