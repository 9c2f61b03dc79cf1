r"""The one door to python-flint: balls, what is exact, certified norms, and balls from SymPy.

A ball [m ± r] is a midpoint m and a radius r, both dyadic.  Every operation returns a ball that contains the
true result for every choice of points in its arguments: rounding is inside the proof.  Three habits help:

* a decimal or a quotient enters exactly, `ball("0.1")` or `ball(Fraction(1, 10))`, never as a float;
* a float enters only through `dyadic(x)`, which says that the *binary* number is meant;
* a comparison that is not certain is False, and False means undecided, not the opposite.

Source: F. Johansson, Arb: efficient arbitrary-precision midpoint-radius interval arithmetic, IEEE TC 2017.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from fractions import Fraction
from typing import Any

import flint
import numpy as np
import sympy as sp
from flint import acb, acb_mat, arb, arb_mat, fmpq, fmpz

Ball = Any  # flint.arb; python-flint carries no types

__all__ = [
    "around_zero", "ball", "ball_entries", "certainly_gt", "certainly_le", "contains", "contains_ball",
    "current_precision", "dyadic", "from_entries", "from_json", "from_sympy", "hull", "identity", "is_ball",
    "is_exact", "is_finite", "largest_eigenvalue", "logarithmic_norm", "lower", "matrix", "midpoint", "pi", "power",
    "precision", "radius", "rational_points", "spectral_norm", "to_json", "upper",
]  # fmt: skip


# ---------------------------------------------------------------- precision


@contextmanager
def precision(bits: int) -> Iterator[None]:
    """Work with `bits` bits of midpoint inside the block; what was set before comes back, errors or not."""
    if not isinstance(bits, int) or isinstance(bits, bool) or bits < 2:
        raise ValueError(f"precision(bits) got {bits!r}: expected an int of at least 2, for instance 128")
    before = flint.ctx.prec
    flint.ctx.prec = bits
    try:
        yield
    finally:
        flint.ctx.prec = before


def current_precision() -> int:
    """The bits of midpoint that balls are rounded to at this moment."""
    return int(flint.ctx.prec)


# ---------------------------------------------------------------- in


def ball(x: Any) -> Ball:
    """The ball of an exact number: its radius is zero or one rounding at the current precision.

    x: int, Fraction, NumPy integer, fmpz, fmpq, an exact real SymPy constant, a string ("2/3"; "0.1" is
    exactly 1/10), or a ball, returned as it is.  Raises TypeError for a float: its meaning is not clear.
    """
    if isinstance(x, arb):
        return x
    if isinstance(x, (float, np.floating)):
        raise TypeError(
            f"ball() got the float {x!r}, a binary number: arb(0.1) is not 1/10. Give an exact number, "
            f'ball("0.1") or ball(Fraction(1, 10)), or dyadic({x!r}) if the binary float is meant.'
        )
    if isinstance(x, (int, np.integer, np.bool_)):
        return arb(int(x))
    if isinstance(x, Fraction):
        return arb(fmpq(x.numerator, x.denominator))
    if isinstance(x, (fmpz, fmpq)):
        return arb(x)
    if isinstance(x, str):
        try:
            return ball(Fraction(x))
        except (ValueError, ZeroDivisionError):
            raise ValueError(f'ball() got {x!r}: expected a number like "0.1", "1e-5", "2/3"') from None
    if isinstance(x, sp.Basic):
        return from_sympy(x, {})
    raise TypeError(
        f"ball() got {type(x).__name__} {x!r}: expected int, Fraction, decimal string, SymPy constant or arb"
    )


def dyadic(x: float) -> Ball:
    """The binary number that the float x is, exactly: dyadic(0.5) is 1/2, dyadic(0.1) is not 1/10."""
    value = float(x)
    if not math.isfinite(value):
        raise ValueError(f"dyadic() got {x!r}: expected a finite float")
    return arb(value)


def pi() -> Ball:
    """π at the current precision."""
    return arb.pi()


def around_zero(r: Any) -> Ball:
    """The ball that contains [−r, r], for a ball or an exact number r >= 0; the point r counts by its upper end."""
    return arb(0, ball(r).abs_upper())


def hull(a: Any, b: Any) -> Any:
    """The smallest ball (or matrix of balls, entry by entry) that contains both a and b, up to rounding."""
    if isinstance(a, arb_mat):
        joined = [x.union(y) for x, y in zip(a.entries(), b.entries(), strict=True)]
        return arb_mat(a.nrows(), a.ncols(), joined)
    return ball(a).union(ball(b))


def contains(outer: Any, inner: Any) -> bool:
    """True when every entry of `outer` certainly contains that entry of `inner`.  False means undecided."""
    pairs = zip(ball_entries(outer), ball_entries(inner), strict=True)
    return all(bool(a.contains(b)) for a, b in pairs)


def is_ball(x: Any) -> bool:
    """True for an arb, an acb, and for matrices of them."""
    return isinstance(x, (arb, acb, arb_mat, acb_mat))


def contains_ball(x: Any) -> bool:
    """True for a ball and for a list, tuple or object array that holds one at any depth."""
    if isinstance(x, np.ndarray):
        return x.dtype == object and any(contains_ball(entry) for entry in x.flat)
    if isinstance(x, (list, tuple)):
        return any(contains_ball(entry) for entry in x)
    return is_ball(x)


def is_exact(x: Any) -> bool:
    """True for int, bool, Fraction, NumPy integers, fmpz, fmpq, and SymPy without Float, infinity or nan.

    One scalar or one SymPy matrix at a time; a NumPy array is no scalar and gives False.
    """
    if isinstance(x, (int, Fraction, np.integer, np.bool_, fmpz, fmpq)):
        return True
    if isinstance(x, (sp.Basic, sp.MatrixBase)):
        return not x.has(sp.Float, sp.nan, sp.zoo, sp.oo, -sp.oo)
    return False


def ball_entries(x: Any) -> list[Ball]:
    """The entries of x in reading order as balls: arb, arb_mat, lists, tuples and object or integer arrays.

    Exact numbers are converted.  A float raises TypeError (see `ball`); so does a complex ball, unless its
    imaginary part is exactly zero.
    """
    if isinstance(x, (arb_mat, acb_mat)):
        return [entry for each in x.entries() for entry in ball_entries(each)]
    if isinstance(x, np.ndarray):
        return [entry for each in x.flat for entry in ball_entries(each)]
    if isinstance(x, (list, tuple)):
        return [entry for each in x for entry in ball_entries(each)]
    if isinstance(x, sp.MatrixBase):
        return [ball(each) for each in x]
    if isinstance(x, acb):
        if x.imag.is_zero():
            return [x.real]
        raise TypeError(f"got the complex ball {x}: expected an imaginary part that is exactly zero")
    return [ball(x)]


def power(b: Ball, n: int) -> Ball:
    """b^n for an integer n: python-flint's own b**n is NaN for every ball with midpoint 0 and a radius.

    By products; for a wide ball from its end points, as x^n increases (n odd) or increases in |x| (n even).
    """
    if n < 0:
        return power(1 / b, -n)
    if n > 0 and b.is_finite() and not b.is_exact() and b.rel_accuracy_bits() < 20:
        ends = (b.lower(), b.upper()) if n % 2 else (b.abs_lower(), b.abs_upper())
        return power(ends[0], n).lower().union(power(ends[1], n).upper())
    result = arb(1)
    for bit in bin(n)[2:]:
        result = result * result
        if bit == "1":
            result = result * b
    return result


# ---------------------------------------------------------------- comparisons


def is_finite(b: Any) -> bool:
    """True when every entry of b is a finite ball: no NaN, no infinite midpoint, no infinite radius."""
    if isinstance(b, acb):
        return bool(b.real.is_finite() and b.imag.is_finite())
    if isinstance(b, acb_mat):
        return all(is_finite(entry) for entry in b.entries())
    return all(bool(entry.is_finite()) for entry in ball_entries(b))


def certainly_le(a: Any, b: Any) -> bool:
    """True when every point of a is <= every point of b.  False means undecided (or false, or NaN).

    Two rational numbers are compared exactly.
    """
    if isinstance(a, (int, Fraction)) and isinstance(b, (int, Fraction)):
        return a <= b
    return bool(ball(a) <= ball(b))


def certainly_gt(a: Any, b: Any) -> bool:
    """True when every point of a is > every point of b.  False means undecided (or false, or NaN).

    Two rational numbers are compared exactly.
    """
    if isinstance(a, (int, Fraction)) and isinstance(b, (int, Fraction)):
        return a > b
    return bool(ball(a) > ball(b))


# ---------------------------------------------------------------- out


def radius(b: Ball) -> float:
    """The radius of a ball, rounded up: inf for an unbounded ball and for NaN."""
    r = ball(b).rad()
    return _outward(r, up=True) if r.is_finite() else math.inf


def midpoint(b: Ball) -> float:
    """The midpoint of a ball as the nearest float: NaN for NaN."""
    m = ball(b).mid()
    if not m.is_finite():
        return math.nan if m.is_nan() else (math.inf if m > 0 else -math.inf)
    man, exp = (int(part) for part in m.man_exp())
    size = man.bit_length() + exp
    if size > 1024:
        return math.copysign(math.inf, man)
    if man == 0 or size < -1080:
        return math.copysign(0.0, man)
    try:
        return float(_dyadic_fraction(man, exp))
    except OverflowError:
        return math.copysign(math.inf, man)


def lower(b: Ball) -> float:
    """A float that is certainly <= every point of b, the largest but for a rounding: NaN for NaN."""
    with precision(max(current_precision(), 128)):
        return _outward(ball(b).lower(), up=False)


def upper(b: Ball) -> float:
    """A float that is certainly >= every point of b, the smallest but for a rounding: NaN for NaN."""
    with precision(max(current_precision(), 128)):
        return _outward(ball(b).upper(), up=True)


def _dyadic_fraction(man: int, exp: int) -> Fraction:
    """man * 2**exp as a fraction."""
    return Fraction(man << exp) if exp >= 0 else Fraction(man, 1 << -exp)


def _outward(point: Ball, *, up: bool) -> float:
    """The float next to the exact ball `point`, above it (up) or below it, never on the wrong side."""
    if not up:
        return -_outward(-point, up=True)
    if not point.is_finite():
        return math.nan if point.is_nan() else (math.inf if point > 0 else -math.inf)
    man, exp = (int(part) for part in point.man_exp())
    size = man.bit_length() + exp  # 2**(size - 1) <= |point| < 2**size
    if man == 0 or (man < 0 and size < -1080):
        return 0.0
    if size > 1024:
        return math.inf if man > 0 else -np.finfo(float).max.item()
    if size < -1080:
        return math.ulp(0.0)
    exact = _dyadic_fraction(man, exp)
    try:
        near = float(exact)
    except OverflowError:
        return math.inf if man > 0 else -np.finfo(float).max.item()
    return near if near >= exact else math.nextafter(near, math.inf)


def to_json(b: Any) -> dict[str, Any]:
    """A ball as strict JSON: {"mid": [m, e], "rad": [m, e]}, each the integers of m * 2**e.

    A midpoint or radius that is not finite is one of "nan", "inf", "-inf".  A matrix is {"shape": [rows,
    columns], "entries": [...]} in reading order.  `from_json` gives back the same ball, bit for bit.
    """
    if isinstance(b, arb_mat):
        return {"shape": [b.nrows(), b.ncols()], "entries": [to_json(entry) for entry in b.entries()]}
    if not isinstance(b, arb):
        raise TypeError(f"to_json() got {type(b).__name__} {b!r}: expected an arb or an arb_mat")
    return {"mid": _part_to_json(b.mid()), "rad": _part_to_json(b.rad())}


def from_json(o: Mapping[str, Any]) -> Any:
    """The ball or the matrix of balls that `to_json` wrote.  Raises ValueError for anything else."""
    try:
        if "entries" in o:
            rows, columns = o["shape"]
            return arb_mat(rows, columns, [from_json(entry) for entry in o["entries"]])
        mid, rad = _part_from_json(o["mid"]), _part_from_json(o["rad"])
        if mid.is_nan():
            return arb.nan()
        return mid if rad.is_zero() else _with_radius(mid, rad)
    except (KeyError, TypeError, IndexError) as error:
        raise ValueError(f'from_json() got {o!r}: expected {{"mid": [m, e], "rad": [m, e]}}') from error


def _part_to_json(part: Ball) -> str | list[int]:
    if part.is_finite():
        man, exp = part.man_exp()
        return [int(man), int(exp)]
    return "nan" if part.is_nan() else ("inf" if part > 0 else "-inf")


def _part_from_json(part: Any) -> Ball:
    if part in ("nan", "inf", "-inf"):
        return {"nan": arb.nan(), "inf": arb.pos_inf(), "-inf": arb.neg_inf()}[part]
    man, exp = part
    return arb((int(man), int(exp)))


def _with_radius(mid: Ball, rad: Ball) -> Ball:
    """The ball with exactly this radius.

    arb(mid, rad) rounds the radius up to 30 bits and adds one unit even where none is needed, so half a unit
    less is offered first; the result is accepted only when its radius is the one asked for.
    """
    offers = [rad]
    if rad.is_finite():
        man, exp = (int(part) for part in rad.man_exp())
        shift = max(30 - man.bit_length(), 0)
        offers = [arb(((man << shift) * 2 - 1, exp - shift - 1)), rad]
    for offer in offers:
        b = arb(mid, offer)
        if b.rad() == rad or not rad.is_finite():
            return b
    raise ValueError(f"no ball has exactly the radius {rad.repr()}: expected 30 bits, as Arb writes them")


# ---------------------------------------------------------------- certified norms


def matrix(A: Any, *, dyadic: bool = False) -> Any:
    """A matrix of exact numbers or balls as an arb_mat: nested lists, arb_mat, SymPy matrix or 2-d array.

    dyadic=True takes float entries as the binary numbers they are; without it a float raises TypeError.
    """
    if isinstance(A, arb_mat):
        return A
    if isinstance(A, sp.MatrixBase):
        return arb_mat(A.rows, A.cols, ball_entries(A))
    array = A if isinstance(A, np.ndarray) else np.array(A, dtype=object)
    if array.ndim != 2:
        raise ValueError(f"expected a matrix, got shape {array.shape}: write a vector as one column")
    enter: Callable[[Any], Ball] = ball
    if dyadic:
        enter = _dyadic_or_exact
    elif np.issubdtype(array.dtype, np.floating):
        raise TypeError(f"got a matrix of {array.dtype}: give exact numbers, or say dyadic=True")
    rows, columns = array.shape
    return arb_mat(rows, columns, [enter(entry) for entry in array.ravel().tolist()])


def _dyadic_or_exact(x: Any) -> Ball:
    return dyadic(float(x)) if isinstance(x, (float, np.floating)) else ball(x)


def from_entries(rows: int, columns: int, entries: list[Ball]) -> Any:
    """The matrix with these balls in reading order."""
    return arb_mat(rows, columns, entries)


def identity(n: int) -> Any:
    """The n x n identity, exactly."""
    return arb_mat(n, n, [int(i == j) for i in range(n) for j in range(n)])


def spectral_norm(A: Any, *, dyadic: bool = False) -> Ball:
    r"""A ball that contains the largest singular value of every matrix in A (rows x columns; see `matrix`).

    ‖A‖ = λmax(AᵀA)^(1/2) for the midpoints, and |‖A‖ − ‖mid A‖| <= ‖rad A‖_F for the radii.
    Raises ValueError for an empty matrix or for an entry that is not finite.
    """
    M, spread = _split(matrix(A, dyadic=dyadic))
    with precision(max(current_precision(), 53) + 32):
        gram = M.transpose() * M if M.nrows() >= M.ncols() else M * M.transpose()
        least, greatest = (bound.max(arb(0)).sqrt() for bound in _top_eigenvalue(gram))
        return least.lower().union(greatest.upper()) + arb(0, spread)


def largest_eigenvalue(S: Any, *, dyadic: bool = False) -> Ball:
    """A ball that contains λmax of every symmetric matrix in S (n x n; see `matrix`).

    Weyl: |λmax(S) − λmax(mid S)| <= ‖rad S‖_F.  Raises ValueError where the midpoints are not symmetric.
    """
    M, spread = _split(matrix(S, dyadic=dyadic))
    if M.nrows() != M.ncols() or any(not entry.is_zero() for entry in (M - M.transpose()).entries()):
        raise ValueError(f"largest_eigenvalue() got a {M.nrows()} x {M.ncols()} matrix that is not symmetric")
    with precision(max(current_precision(), 53) + 32):
        least, greatest = _top_eigenvalue(M)
        return least.union(greatest) + arb(0, spread)


def logarithmic_norm(A: Any, *, dyadic: bool = False) -> Ball:
    """A ball that contains μ₂(A) = λmax((A + Aᵀ)/2), the one-sided Lipschitz constant of x ↦ Ax, A n x n."""
    M = matrix(A, dyadic=dyadic)
    if M.nrows() != M.ncols():
        raise ValueError(f"logarithmic_norm() got a {M.nrows()} x {M.ncols()} matrix: expected a square one")
    return largest_eigenvalue((M + M.transpose()) / arb(2))


def _split(M: Any) -> tuple[Any, Ball]:
    """The exact midpoint matrix, and an upper bound of the Frobenius norm of the radii."""
    if M.nrows() == 0 or M.ncols() == 0:
        raise ValueError(f"got a matrix of shape {M.nrows()} x {M.ncols()}: an empty matrix has no norm here")
    if not is_finite(M):
        raise ValueError("got a matrix with an entry that is NaN or infinite: expected finite balls")
    radii = [entry.rad() for entry in M.entries() if not entry.is_exact()]
    return M.mid(), sum((r * r for r in radii), arb(0)).sqrt().upper() if radii else arb(0)


def _top_eigenvalue(S: Any) -> tuple[Ball, Ball]:
    r"""Exact bounds of λmax of the symmetric matrix S (n x n balls, any symmetric matrix inside).

    Let V be any approximation of the eigenvectors, B = VᵀSV, N = VᵀV, and δ a bound of ‖N − I‖.  For x = Vy
        xᵀSx = yᵀBy <= g|y|²,  g = max_i (B_ii + Σ_{j≠i} |B_ij|)  (Gershgorin),
        (1 − δ)|y|² <= |x|² <= (1 + δ)|y|²,
    so for δ < 1 (V is invertible, every x is some Vy)
        max_i B_ii/N_ii  <=  λmax  <=  g/(1 − δ) if g >= 0 else g/(1 + δ).
    Nothing here trusts the floating-point eigenvectors: bad ones only move the bounds apart.
    """
    n = S.nrows()
    size = sum((entry * entry for entry in S.entries()), arb(0)).sqrt().upper()  # ‖S‖_F >= |λ|
    if size.is_zero():
        return arb(0), arb(0)
    V = _eigenvectors(S, size)
    for _ in range(max(math.ceil(math.log2(current_precision() / 90)), 0)):
        V = _refined(S, V)
    B, N = (V.transpose() * S * V).tolist(), (V.transpose() * V).tolist()
    delta, g, least = arb(0), -size, -size
    for i in range(n):
        delta = delta.max(sum((abs(N[i][j] - int(i == j)) for j in range(n)), arb(0)).upper())
        g = g.max(sum((abs(B[i][j]) for j in range(n) if j != i), B[i][i]).upper())
        if N[i][i] > 0:
            least = least.max((B[i][i] / N[i][i]).lower())
    greatest = (g / (1 - delta if g >= 0 else 1 + delta)).upper() if delta < 1 else size
    return least, size.min(greatest)


def _eigenvectors(S: Any, size: Ball) -> Any:
    """Approximate eigenvectors of the midpoints of S as columns, in floating point; I where LAPACK fails."""
    n = S.nrows()
    man, exp = (int(part) for part in size.man_exp())
    scaled = S * arb((1, -(man.bit_length() + exp)))
    floats = np.array([float(entry) for entry in scaled.entries()]).reshape(n, n)
    try:
        vectors = np.linalg.eigh((floats + floats.T) / 2)[1]
    except np.linalg.LinAlgError:
        vectors = np.eye(n)
    return arb_mat((vectors if np.isfinite(vectors).all() else np.eye(n)).tolist())


def _refined(S: Any, V: Any) -> Any:
    """One step of Ogita and Aishima (2018) on midpoints: the error of separated eigenvectors is squared.

    A heuristic: clustered eigenvalues are only orthogonalised, and then the bounds stay near 1e-14 relative.
    """
    n = S.nrows()
    B, N = (V.transpose() * S * V).mid().tolist(), (V.transpose() * V).mid().tolist()
    rayleigh = [(B[i][i] / N[i][i]).mid() for i in range(n)]
    gap = arb(0)
    for i in range(n):
        gap = gap.max(sum((abs(B[i][j]) for j in range(n) if j != i), arb(0)).mid() * 4)
    E = [[arb(0)] * n for _ in range(n)]
    for i in range(n):
        for j in range(n):
            residual = int(i == j) - N[i][j]
            apart = rayleigh[j] - rayleigh[i]
            separated = i != j and abs(apart) > gap
            E[i][j] = (B[i][j] + rayleigh[j] * residual) / apart if separated else residual / 2
    return (V + V * arb_mat(E)).mid()


# ---------------------------------------------------------------- SymPy


_UNARY: dict[Any, str] = {
    sp.exp: "exp", sp.log: "log", sp.sin: "sin", sp.cos: "cos", sp.tan: "tan", sp.cot: "cot",
    sp.sinh: "sinh", sp.cosh: "cosh", sp.tanh: "tanh", sp.coth: "coth", sp.asin: "asin", sp.acos: "acos",
    sp.atan: "atan", sp.asinh: "asinh", sp.acosh: "acosh", sp.atanh: "atanh", sp.erf: "erf",
    sp.Abs: "__abs__", sp.sign: "sgn",
}  # fmt: skip


def from_sympy(expr: Any, values: Mapping[Any, Any]) -> Ball:
    """The ball of a real SymPy expression at values {symbol: ball or exact number}, by a walk of the tree.

    Never through lambdify, which turns 1/3 into a float.  Raises TypeError for a Float, KeyError for a symbol
    without a value, NotImplementedError for a function without a ball here, ValueError for infinity and nan.
    Where the expression is not real (log of a negative ball) the result is the NaN ball.
    """
    known = {symbol: ball(value) for symbol, value in values.items()}
    seen: dict[Any, Ball] = {}

    def walk(e: Any) -> Ball:
        if e not in seen:
            seen[e] = _node(e, known, walk)
        return seen[e]

    return walk(sp.sympify(expr))


def _node(e: Any, known: Mapping[Any, Ball], walk: Callable[[Any], Ball]) -> Ball:
    if e in known:
        return known[e]
    if e.is_Float:
        raise TypeError(f"from_sympy() met the Float {e}: write Rational(1, 10), not 0.1")
    if e.is_Rational:
        return arb(fmpq(int(e.p), int(e.q)))
    if e is sp.pi:
        return arb.pi()
    if e is sp.E:
        return arb.const_e()
    if e is sp.EulerGamma:
        return arb.const_euler()
    if e.is_Symbol:
        raise KeyError(f"from_sympy() has no value for {e}: got values for {sorted(map(str, known))}")
    if e in (sp.oo, -sp.oo, sp.zoo, sp.nan):
        raise ValueError(f"from_sympy() met {e}: expected a finite expression")
    if e.is_Add:
        return sum((walk(a) for a in e.args[1:]), walk(e.args[0]))
    if e.is_Mul:
        return math.prod((walk(a) for a in e.args[1:]), start=walk(e.args[0]))
    if e.is_Pow:
        return _power(e, walk)
    if isinstance(e, (sp.Max, sp.Min)):
        balls = [walk(a) for a in e.args]
        best = balls[0]
        for b in balls[1:]:
            best = best.max(b) if isinstance(e, sp.Max) else best.min(b)
        return best
    if e.func in _UNARY:
        return getattr(walk(e.args[0]), _UNARY[e.func])()
    raise NotImplementedError(
        f"from_sympy() has no ball for {e.func.__name__} in {e}: rewrite it with "
        f"{', '.join(sorted(f.__name__ for f in _UNARY))}, Max, Min and powers"
    )


def _power(e: Any, walk: Callable[[Any], Ball]) -> Ball:
    base, exponent = e.args
    if base is sp.E:
        return walk(exponent).exp()
    b = walk(base)
    if exponent.is_Rational:
        p, q = int(exponent.p), int(exponent.q)
        return power(b if q == 1 else (b.sqrt() if q == 2 else b.root(q)), p)
    return b ** walk(exponent)


def rational_points(symbols: Iterable[Any], count: int, rng_seed: int = 0) -> list[dict[Any, Fraction]]:
    """`count` deterministic random points {symbol: Fraction}, each coordinate of size 1/4 to 4 and never 0.

    The sign of a coordinate respects the symbol's assumptions (positive, negative); an integer symbol gets an
    integer of size 1 to 9.  An identity that holds at a few such points holds with near certainty, and a
    difference that is not zero at one of them is refuted for sure.
    """
    rng = np.random.default_rng(rng_seed)
    ordered = sorted(symbols, key=sp.default_sort_key)
    return [{symbol: _coordinate(symbol, rng) for symbol in ordered} for _ in range(count)]


def _coordinate(symbol: Any, rng: np.random.Generator) -> Fraction:
    denominator = int(rng.choice([97, 101, 103, 107, 109, 113]))
    size = Fraction(int(rng.integers(denominator // 4 + 1, 4 * denominator)), denominator)
    if symbol.is_integer:
        size = Fraction(int(rng.integers(1, 10)))
    sign = 1 if rng.random() < 0.5 else -1
    if symbol.is_nonnegative:
        sign = 1
    if symbol.is_nonpositive:
        sign = -1
    return sign * size
