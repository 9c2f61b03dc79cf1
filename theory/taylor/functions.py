"""The analytic functions by the differential equations that they solve, on the coefficients entry by entry.

A rule takes the rows of coefficients z_0 … z_p, one ball an entry, to those of f(z) and of f'(z), up to the same order.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gronwall.theory import rigor

__all__ = ["RECIPROCAL", "RULES"]

Rows = list[list[Any]]


def _step(k: int, z: Rows, factor: Rows) -> list[Any]:
    """[Σ_{i<=k} (i + 1) z_{i+1} factor_{k−i}] / (k + 1), entry by entry: one coefficient of ∫ factor z'."""
    size = range(len(z[0]))
    return [
        sum(((i + 1) * z[i + 1][j] * factor[k - i][j] for i in range(k + 1)), rigor.ball(0)) / (k + 1) for j in size
    ]


def _cauchy(a: Rows, b: Rows, k: int, first: int = 0, last: int = 0) -> list[Any]:
    """Σ_i a_i b_{k−i} for i = first … k − last, entry by entry."""
    terms = range(first, k - last + 1)
    return [sum((a[i][j] * b[k - i][j] for i in terms), rigor.ball(0)) for j in range(len(a[0]))]


def _tanh(z: Rows) -> tuple[Rows, Rows]:
    """t = tanh z and 1 − t²:  (k + 1) t_{k+1} = Σ_i (i + 1) z_{i+1} u_{k−i},  u = 1 − t²."""
    t, u = [[entry.tanh() for entry in z[0]]], [[_sech2(entry) for entry in z[0]]]
    for k in range(len(z) - 1):
        t.append(_step(k, z, u))
        u.append([-entry for entry in _cauchy(t, t, k + 1)])
    return t, u


def _sech2(z: Any) -> Any:
    """1 − tanh²z = 1/cosh²z; of a wide ball from the extreme values of |z|, in which it decreases."""
    if z.rel_accuracy_bits() > 20:
        c = z.cosh()
        return 1 / (c * c)
    least, greatest = z.abs_lower().cosh(), z.abs_upper().cosh()
    return (1 / (greatest * greatest)).lower().union((1 / (least * least)).upper())


def _exp(z: Rows) -> tuple[Rows, Rows]:
    """e = exp z:  (k + 1) e_{k+1} = Σ_i (i + 1) z_{i+1} e_{k−i}."""
    e = [[entry.exp() for entry in z[0]]]
    for k in range(len(z) - 1):
        e.append(_step(k, z, e))
    return e, e


def _expm1(z: Rows) -> tuple[Rows, Rows]:
    """e^z − 1, whose first coefficient is computed without cancellation."""
    e, _ = _exp(z)
    return [[entry.expm1() for entry in z[0]], *e[1:]], e


def _sin_cos(z: Rows) -> tuple[Rows, Rows]:
    """s = sin z and c = cos z together:  s' = c z',  c' = −s z'."""
    s, c = [[entry.sin() for entry in z[0]]], [[entry.cos() for entry in z[0]]]
    for k in range(len(z) - 1):
        ahead, turned = _step(k, z, c), _step(k, z, s)
        s.append(ahead)
        c.append([-entry for entry in turned])
    return s, c


def _cos(z: Rows) -> tuple[Rows, Rows]:
    sine, cosine = _sin_cos(z)
    return cosine, [[-entry for entry in row] for row in sine]


def _reciprocal(z: Rows) -> tuple[Rows, Rows]:
    """r = 1/z:  r_k = −r_0 Σ_{i=1..k} z_i r_{k−i},  and r' = −r² z'."""
    r = [[1 / entry for entry in z[0]]]
    for k in range(1, len(z)):
        r.append([-first * total for first, total in zip(r[0], _cauchy(z, r, k, 1), strict=True)])
    return r, [[-entry for entry in _cauchy(r, r, k)] for k in range(len(z))]


def _log(z: Rows) -> tuple[Rows, Rows]:
    """l = log z:  (k + 1) l_{k+1} = Σ_i (i + 1) z_{i+1} r_{k−i},  r = 1/z."""
    r, _ = _reciprocal(z)
    return [[entry.log() for entry in z[0]], *(_step(k, z, r) for k in range(len(z) - 1))], r


def _log1p(z: Rows) -> tuple[Rows, Rows]:
    """log(1 + z), whose first coefficient is computed without cancellation."""
    values, slopes = _log([[1 + entry for entry in z[0]], *z[1:]])
    return [[entry.log1p() for entry in z[0]], *values[1:]], slopes


def _sqrt(z: Rows) -> tuple[Rows, Rows]:
    """s = √z:  s_k = (z_k − Σ_{0<i<k} s_i s_{k−i})/(2 s_0),  and s' = z'/(2s)."""
    s = [[rigor.root(entry) for entry in z[0]]]
    for k in range(1, len(z)):
        inner = _cauchy(s, s, k, 1, 1)
        s.append([(z[k][j] - inner[j]) / (2 * s[0][j]) for j in range(len(z[0]))])
    return s, _reciprocal([[2 * entry for entry in row] for row in s])[0]


RECIPROCAL = "reciprocal"
RULES: dict[str, Callable[[Rows], tuple[Rows, Rows]]] = {
    "tanh": _tanh, "exp": _exp, "sin": _sin_cos, "cos": _cos, "expm1": _expm1, "log": _log, "log1p": _log1p,
    "sqrt": _sqrt, RECIPROCAL: _reciprocal,
}  # fmt: skip
