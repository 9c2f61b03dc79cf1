r"""One source, four arithmetics: the primitives a scheme, a network or a bound may use besides `+ - * /`.

| arithmetic | scalar | vector | matrix |
|---|---|---|---|
| NumPy | float, NumPy scalar | array, components on the last axis | array |
| torch | 0-d tensor | tensor, components on the last axis; autograd and `vmap` pass | tensor |
| SymPy | expression | Matrix of one column | Matrix |
| Arb | arb | arb_mat of one column | arb_mat |

Beside the four, `int` and `Fraction` compute exactly wherever the result is rational, and a `taylor.Series`, a
polynomial in time with balls for coefficients, passes through what is analytic (no relu, norm or maximum).  An
object array holds entries of any of these arithmetics and takes every operator as NumPy does.  A column of
SymPy or Arb does not: between two of them `*` is the matrix product, so write `times(x, y)`, and x + 1 has no
meaning.
torch is never imported here: a tensor that arrives has brought it along.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any, Literal

import numpy as np
import sympy as sp

from gronwall.theory import rigor
from gronwall.theory.taylor import Series, stacked

Kind = Literal["numpy", "torch", "sympy", "ball", "exact", "object", "series"]

__all__ = [
    "absolute", "components", "constant", "cos", "dot", "exp", "expm1", "kind", "log", "log1p", "matmul",
    "maximum", "minimum", "norm", "relu", "scalar", "sin", "sqrt", "stack", "tanh", "times",
    "zeros_like",
]  # fmt: skip


def kind(x: Any) -> Kind:
    """The arithmetic of x: "numpy", "torch", "sympy", "ball", "series", "exact" (int, Fraction), "object" (array).

    Raises TypeError for anything else, a list for instance.
    """
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(x, torch.Tensor):
        return "torch"
    if isinstance(x, np.ndarray):
        return "object" if x.dtype == object else "numpy"
    if isinstance(x, (float, complex, np.number)):
        return "numpy"
    if rigor.is_ball(x):
        return "ball"
    if isinstance(x, (sp.Basic, sp.MatrixBase)):
        return "sympy"
    if isinstance(x, (int, Fraction)):
        return "exact"
    if isinstance(x, Series):
        return "series"
    raise TypeError(
        f"no arithmetic for {type(x).__name__} {x!r}: expected a number, an array, a tensor, a SymPy object "
        f"or a ball (a list becomes one of them with constant(values, like))"
    )


# ---------------------------------------------------------------- exact numbers in an arithmetic


def scalar(value: Any, like: Any) -> Any:
    """`value` in the arithmetic of `like`: the way every exact coefficient enters a formula.

    value: int, Fraction or exact SymPy constant.  NumPy gives a scalar of the precision of `like` (float64
    for integers), torch a Python float (it takes dtype and device of the tensor it meets), SymPy a Rational
    or the constant itself, Arb a ball, int and Fraction a Fraction; an object array is asked for its first
    entry. A value already in the arithmetic of `like`, such as a symbol, a ball or a tensor, is returned as
    it is; a float is cast in NumPy and torch.  Raises TypeError for a float where the arithmetic is not of
    floats.
    """
    where = kind(like)
    if where == "object":
        return value if isinstance(value, np.ndarray) or like.size == 0 else scalar(value, like.flat[0])
    what = kind(value)
    if where == "torch":
        return value if what == "torch" else _float(value)
    if where == "numpy":
        if what == "torch" or (what == "numpy" and np.ndim(value) > 0):
            return value
        dtype = np.result_type(like)
        number = _float(value)
        return np.finfo(dtype).dtype.type(number) if np.issubdtype(dtype, np.inexact) else number
    if where == what:
        return value if where != "exact" else Fraction(value)
    if what == "exact" and where == "sympy":
        return sp.Rational(Fraction(value).numerator, Fraction(value).denominator)
    if where in ("ball", "series") and what in ("exact", "sympy", "ball"):
        return rigor.ball(value) if what != "ball" else value
    if where == "exact" and what == "sympy" and value.is_Rational:
        return Fraction(int(value.p), int(value.q))
    raise TypeError(
        f"scalar() got {type(value).__name__} {value!r} for the arithmetic {where!r}: expected an exact "
        f"number, Fraction(1, 10) rather than 0.1, or a value that is in this arithmetic already"
    )


def _float(value: Any) -> Any:
    """The nearest float of an exact number; a float or complex NumPy number stays."""
    if isinstance(value, (int, Fraction)):
        return float(value)
    if isinstance(value, sp.Basic):
        if not value.is_number:
            raise TypeError(f"got the expression {value} where a float is needed: substitute its symbols first")
        return value.p / value.q if value.is_Rational else float(sp.N(value, 30))
    if rigor.is_ball(value):
        raise TypeError(f"got the ball {value} among floats, where its radius is lost: make all of them balls")
    return value.item() if isinstance(value, np.generic) else value


def constant(values: Sequence[Any], like: Any) -> Any:
    """A vector (list) or matrix (list of rows) of exact numbers in the arithmetic of `like`; see `scalar`."""
    nested = isinstance(values[0], (list, tuple))
    rows = [[scalar(v, like) for v in row] for row in values] if nested else [scalar(v, like) for v in values]
    where = kind(like)
    if where == "torch":
        return sys.modules["torch"].tensor(rows, dtype=like.dtype, device=like.device)
    if where in ("numpy", "exact", "object"):
        return np.array(rows, dtype=None if where == "numpy" else object)
    if where == "sympy":
        return sp.Matrix(rows)
    return rigor.matrix(rows if nested else [[v] for v in rows])


# ---------------------------------------------------------------- elementwise


_SYMPY: dict[str, Callable[[Any], Any]] = {
    "exp": sp.exp, "log": sp.log, "sqrt": sp.sqrt, "sin": sp.sin, "cos": sp.cos, "tanh": sp.tanh,
    "expm1": lambda x: sp.exp(x) - 1, "log1p": lambda x: sp.log(1 + x), "abs": sp.Abs,
}  # fmt: skip
_OF_BALLS: dict[str, Callable[[Any], Any]] = {"abs": rigor.absolute, "sqrt": rigor.root}


def _map(f: Callable[[Any], Any], x: Any) -> Any:
    """f on every entry of an object array, a SymPy matrix or an arb_mat, or on the scalar x."""
    if isinstance(x, np.ndarray):
        return np.array([f(entry) for entry in x.flat] + [None], dtype=object)[:-1].reshape(x.shape)
    if isinstance(x, sp.MatrixBase):
        return x.applyfunc(f)
    if hasattr(x, "nrows"):
        return type(x)(x.nrows(), x.ncols(), [f(entry) for entry in x.entries()])
    return f(x)


def _elementwise(name: str, x: Any) -> Any:
    where = kind(x)
    if where == "torch":
        return getattr(sys.modules["torch"], name)(x)
    if where == "numpy":
        return getattr(np, name)(x)
    if where == "sympy":
        return _map(_SYMPY[name], x)
    if where == "ball":
        return _map(_OF_BALLS.get(name, lambda b: getattr(b, name)()), x)
    if where == "object":
        return _map(lambda entry: _elementwise(name, entry), x)
    if where == "series":
        return x.elementwise(name)
    if name == "abs":
        return abs(x)
    raise TypeError(
        f"{name}({x!r}) of an exact number is not rational in general: say which arithmetic is meant, "
        f"with float(x), sympy.Rational(x) or rigor.ball(x)"
    )


def exp(x: Any) -> Any:
    """e^x, entry by entry."""
    return _elementwise("exp", x)


def expm1(x: Any) -> Any:
    """e^x − 1, entry by entry, without cancellation for small x."""
    return _elementwise("expm1", x)


def log(x: Any) -> Any:
    """The natural logarithm, entry by entry (NaN in floats and balls where x <= 0 is possible)."""
    return _elementwise("log", x)


def log1p(x: Any) -> Any:
    """log(1 + x), entry by entry, without cancellation for small x."""
    return _elementwise("log1p", x)


def sqrt(x: Any) -> Any:
    """The square root, entry by entry: finite for a ball that touches 0, NaN for one that may be negative."""
    return _elementwise("sqrt", x)


def sin(x: Any) -> Any:
    """sin x, entry by entry."""
    return _elementwise("sin", x)


def cos(x: Any) -> Any:
    """cos x, entry by entry."""
    return _elementwise("cos", x)


def tanh(x: Any) -> Any:
    """tanh x, entry by entry."""
    return _elementwise("tanh", x)


def absolute(x: Any) -> Any:
    """|x|, entry by entry."""
    return _elementwise("abs", x)


def relu(x: Any) -> Any:
    """max(x, 0), entry by entry."""
    return sys.modules["torch"].relu(x) if kind(x) == "torch" else maximum(x, 0)


def maximum(x: Any, y: Any) -> Any:
    """max(x, y), entry by entry; y may also be one number for all entries of x."""
    return _extremum("maximum", x, y)


def minimum(x: Any, y: Any) -> Any:
    """min(x, y), entry by entry; y may also be one number for all entries of x."""
    return _extremum("minimum", x, y)


def _extremum(name: str, x: Any, y: Any) -> Any:
    where = kind(x)
    if where == "series":
        return x.elementwise(name)  # which says why there is none
    if where == "torch":
        other = y if kind(y) == "torch" else sys.modules["torch"].full_like(x, _float(y))
        return getattr(sys.modules["torch"], name)(x, other)
    if where == "numpy":
        return getattr(np, name)(x, y if np.ndim(y) else scalar(y, x))
    if where == "object":
        others = np.broadcast_to(np.asarray(y, dtype=object), x.shape).flat
        return _map(lambda entry: _extremum(name, entry, next(others)), x)
    if isinstance(y, sp.MatrixBase) or hasattr(y, "entries"):
        pairs = iter(components(y))
        return _map(lambda entry: _extremum(name, entry, next(pairs)), x)
    first = name == "maximum"
    if where == "exact":
        return max(x, y) if first else min(x, y)
    if where == "sympy":
        return _map(lambda e: (sp.Max if first else sp.Min)(e, scalar(y, e)), x)
    return _map(lambda b: b.max(rigor.ball(y)) if first else b.min(rigor.ball(y)), x)


# ---------------------------------------------------------------- vectors


def components(x: Any) -> list[Any]:
    """The components of a vector: along the last axis in NumPy and torch, of the column elsewhere."""
    where = kind(x)
    if where == "torch":
        return list(x.unbind(-1))
    if where in ("numpy", "object") and np.ndim(x):
        return list(np.moveaxis(x, -1, 0))
    if isinstance(x, sp.MatrixBase):
        return list(x)
    if hasattr(x, "entries"):
        return list(x.entries())
    raise TypeError(f"components() got the scalar {x!r}: expected a vector")


def stack(xs: Sequence[Any]) -> Any:
    """The vector with the components xs (its inverse is `components`); exact numbers may stand among them."""
    kinds = {kind(x) for x in xs}
    if "series" in kinds:
        return stacked(xs, min(x.order for x in xs if isinstance(x, Series)))
    for where in ("torch", "ball", "sympy", "numpy", "object"):
        if where in kinds:
            like = next(x for x in xs if kind(x) == where)
            break
    else:
        return np.array(list(xs), dtype=object)
    if where == "torch":
        torch = sys.modules["torch"]
        return torch.stack([x if kind(x) == "torch" else torch.full_like(like, _float(x)) for x in xs], dim=-1)
    entries = [scalar(x, like) for x in xs]
    if where in ("numpy", "object"):
        return np.stack(np.broadcast_arrays(*entries), axis=-1)
    return sp.Matrix(entries) if where == "sympy" else rigor.matrix([[entry] for entry in entries])


def zeros_like(x: Any) -> Any:
    """Zeros of the shape, the arithmetic and (NumPy, torch) the dtype and device of x."""
    where = kind(x)
    if where == "torch":
        return sys.modules["torch"].zeros_like(x)
    if where == "numpy":
        return np.zeros_like(x) if isinstance(x, np.ndarray) else type(x)(0)
    return _map(lambda entry: scalar(0, entry), x)


def matmul(A: Any, x: Any) -> Any:
    """The product Ax of matrices, or of a matrix and a vector."""
    return A * x if kind(A) == "ball" else A @ x


def times(x: Any, y: Any) -> Any:
    """The products x_i y_i, entry by entry."""
    if isinstance(x, sp.MatrixBase) and isinstance(y, sp.MatrixBase):
        return x.multiply_elementwise(y)
    if hasattr(x, "entries") and hasattr(y, "entries"):
        products = [a * b for a, b in zip(x.entries(), y.entries(), strict=True)]
        return type(x)(x.nrows(), x.ncols(), products)
    if isinstance(x, Series) or isinstance(y, Series):
        return x.times(y) if isinstance(x, Series) else y.times(x)
    return x * y


def dot(x: Any, y: Any) -> Any:
    """Σ x_i y_i over the components (real numbers: nothing is conjugated)."""
    if kind(x) in ("numpy", "torch", "object"):
        return (x * y).sum(-1)
    first, *rest = (a * b for a, b in zip(components(x), components(y), strict=True))
    return sum(rest, first)


def norm(x: Any) -> Any:
    """The Euclidean norm (Σ x_i²)^(1/2) over the components; |x| for a scalar.

    In Arb from the extreme absolute values of each component: one that may be zero gives no NaN.
    """
    where = kind(x)
    if where == "torch":
        return sys.modules["torch"].linalg.vector_norm(x, dim=-1) if x.dim() else x.abs()
    if where == "numpy":
        return np.linalg.norm(x, axis=-1) if np.ndim(x) else absolute(x)
    if where == "object":
        norms = [_vector_norm(row) for row in x.reshape(-1, x.shape[-1])]
        return norms[0] if x.ndim == 1 else np.array([*norms, None], dtype=object)[:-1].reshape(x.shape[:-1])
    if isinstance(x, sp.MatrixBase) or hasattr(x, "entries"):
        return _vector_norm(components(x))
    return absolute(x)


def _vector_norm(entries: Sequence[Any]) -> Any:
    if not rigor.contains_ball(list(entries)):
        return sqrt(sum(entry * entry for entry in entries))
    balls = rigor.ball_entries(list(entries))
    least, greatest = [entry.abs_lower() for entry in balls], [entry.abs_upper() for entry in balls]
    least, greatest = (sum((e * e for e in bounds), rigor.ball(0)).sqrt() for bounds in (least, greatest))
    return rigor.above_zero(least.lower().union(greatest.upper()))
