r"""Grönwall's lemma: what a recursion or a differential inequality allows an error to grow to.

Discrete: one step amplifies by q = 1 + hL and adds hd.  Continuous: u' <= Lu + d, or u(t) <= a + ∫₀ᵗ b u ds.
Each bound is attained (the inequality with `=`), each has its limit L = 0, and each is written once for
floats, arrays, tensors, Fractions, SymPy expressions and balls.  Two helpers keep small L accurate, where
(e^x − 1)/x cancels: `phi1`, and `growth`, which builds (1 + z)ⁿ − 1 and its sum without a division.

Symbols: e error (a scalar), L growth rate (a Lipschitz constant, or a logarithmic norm, which may be
negative), d defect per unit of time, h step, n number of steps, T = nh time.

Source: T. Grönwall, Ann. of Math. 20 (1919); E. Hairer, S. Nørsett, G. Wanner, Solving Ordinary Differential
Equations I, I.7 and I.10 (logarithmic norms: Dahlquist 1958, Lozinskii 1958).
"""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np
import sympy as sp

from gronwall.theory import rigor
from gronwall.theory.arithmetic import exp, expm1, kind, scalar, sqrt

__all__ = [
    "derivations", "differential", "differential_form", "discrete", "discrete_by_exponential",
    "discrete_equality", "discrete_implicit", "discrete_nonuniform", "euler_factor", "exponential",
    "growth", "integral", "integral_form", "phi1", "recursion",
]  # fmt: skip


# ---------------------------------------------------------------- helpers


def phi1(x: Any) -> Any:
    """φ₁(x) = (e^x − 1)/x with φ₁(0) = 1, entry by entry and without cancellation.

    A ball is enclosed by its end points, because φ₁ increases.  A SymPy x that may be zero gives a Piecewise.
    Raises TypeError for a rational x other than 0, whose value is not rational.
    """
    where = kind(x)
    if where == "numpy":
        x = np.asarray(x)
        x = x.astype(np.result_type(x, np.float32))
        safe = np.where(x == 0, 1, x)
        return np.where(x == 0, 1, np.expm1(safe) / safe)[()]
    if where == "torch":
        return _phi1_torch(x)
    if where == "ball":
        ends = [end if end.is_zero() else end.expm1() / end for end in (x.lower(), x.upper())]
        ends = [rigor.ball(1) if end.is_zero() else end for end in ends]
        return x.expm1() / x if x.is_exact() and not x.is_zero() else ends[0].lower().union(ends[1].upper())
    if x == 0:
        return scalar(1, x)
    if where == "sympy" and x.is_zero is None:
        return sp.Piecewise(((sp.exp(x) - 1) / x, sp.Ne(x, 0)), (1, True))
    return expm1(x) / x


def _phi1_torch(x: Any) -> Any:
    """Σ x^k/(k + 1)! where |x| < 1, so that the derivative is right at 0 too; (e^x − 1)/x elsewhere."""
    torch = sys.modules["torch"]
    small = x.abs() < 1
    near, far = torch.where(small, x, torch.zeros_like(x)), torch.where(small, torch.ones_like(x), x)
    series = torch.full_like(x, 1 / math.factorial(20))
    for k in range(19, 0, -1):
        series = series * near + 1 / math.factorial(k)
    return torch.where(small, series, torch.expm1(far) / far)


def growth(z: Any, n: Any) -> tuple[Any, Any]:
    """p = (1 + z)ⁿ − 1 and s = Σ_{k<n} (1 + z)^k = p/z (n where z = 0).

    For an int n by doubling, with no division and for z >= 0 no cancellation, in any arithmetic:
        p_2m = p_m (2 + p_m),        s_2m = s_m (2 + p_m),
        p_m+1 = p_m + z (1 + p_m),   s_m+1 = s_m + 1 + p_m.
    For a SymPy n the closed form.  Raises ValueError for a negative n.
    """
    if isinstance(n, sp.Basic) and not n.is_Integer:
        z = sp.sympify(z)
        p = (1 + z) ** n - 1
        if z.is_zero is None:
            return p, sp.Piecewise((p / z, sp.Ne(z, 0)), (n, True))
        return p, n if z.is_zero else p / z
    if int(n) != n or n < 0:
        raise ValueError(f"growth() got n = {n!r}: expected a number of steps, 0, 1, 2, …")
    p, s = 0 * z, 0 * z
    for bit in bin(int(n))[2:]:
        p, s = p * (2 + p), s * (2 + p)
        if bit == "1":
            p, s = p + z * (1 + p), s + 1 + p
    return p, s


def _together(*values: Any) -> list[Any]:
    """The values in one arithmetic: torch if one is a tensor, else Arb, SymPy, NumPy, else Fractions."""
    kinds = [kind(value) for value in values]
    for where in ("torch", "ball", "sympy", "numpy", "object"):
        if where in kinds:
            like = values[kinds.index(where)]
            return [value if k == where else scalar(value, like) for value, k in zip(values, kinds, strict=True)]
    return [scalar(value, 0) for value in values]


def _need_nonnegative(x: Any, what: str, way_out: str) -> None:
    """Raise ValueError where x < 0, or where a ball leaves it open; tensors and symbols pass unseen."""
    where = kind(x)
    if where == "torch":
        return
    if where == "ball":
        bad = not rigor.certainly_le(0, x)
    elif where == "sympy":
        bad = x.is_negative is True
    else:
        bad = bool(np.any(x < 0))
    if bad:
        raise ValueError(f"got {what} = {x}: expected {what} >= 0; {way_out}")


# ---------------------------------------------------------------- discrete


def recursion(e0: Any, q: Any, r: Any, n: Any) -> Any:
    """e_{k+1} <= q e_k + r with q >= 0  ⟹  e_n <= qⁿ e_0 + r Σ_{k<n} q^k.

    Induction: e_{n+1} <= q(qⁿ e_0 + r Σ_{k<n} q^k) + r = q^{n+1} e_0 + r Σ_{k<n+1} q^k, with equality where
    each step has it.  Raises ValueError for q < 0, which would turn the first <=.
    """
    e0, q, r = _together(e0, q, r)
    _need_nonnegative(q, "q", "a negative factor turns the inequality")
    p, s = growth(q - 1, n)
    return e0 + p * e0 + r * s


def discrete(e0: Any, L: Any, d: Any, h: Any, n: Any) -> Any:
    """e_{k+1} <= (1 + hL) e_k + hd with 1 + hL >= 0  ⟹  e_n <= (1 + hL)ⁿ e_0 + d ((1 + hL)ⁿ − 1)/L.

    The case q = 1 + hL, r = hd of `recursion`; L = 0 gives e_0 + nhd.  L < 0 is welcome while hL >= −1: the
    bound then stays below max(e_0, d/|L|).  Raises ValueError for 1 + hL < 0, where the bound is false.
    """
    e0, L, d, h = _together(e0, L, d, h)
    _need_nonnegative(1 + h * L, "1 + hL", "take a smaller step h")
    p, s = growth(h * L, n)
    return e0 + p * e0 + d * h * s


def discrete_equality(e0: Any, L: Any, d: Any, h: Any, n: int) -> list[Any]:
    """[e_0, …, e_n] with e_{k+1} = (1 + hL) e_k + hd, the sequence that attains `discrete`."""
    e0, L, d, h = _together(e0, L, d, h)
    errors = [e0]
    for _ in range(n):
        errors.append((1 + h * L) * errors[-1] + h * d)
    return errors


def discrete_implicit(e0: Any, L: Any, d: Any, h: Any, n: Any) -> Any:
    """(1 − hL) e_{k+1} <= e_k + hd with hL < 1  ⟹  e_n <= (1 − hL)⁻ⁿ e_0 + d ((1 − hL)⁻ⁿ − 1)/L.

    Divide by 1 − hL > 0: the case 1 + z = 1/(1 − hL), z = hL/(1 − hL), of `discrete`; any h > 0 is allowed
    for L <= 0. Raises ValueError for hL > 1 (and the division fails for hL = 1).
    """
    e0, L, d, h = _together(e0, L, d, h)
    _need_nonnegative(1 - h * L, "1 − hL", "take a smaller step h")
    p, s = growth(h * L / (1 - h * L), n)
    return e0 + p * e0 + d * h / (1 - h * L) * s


def discrete_nonuniform(e0: Any, L: Any, d: Any, h: Sequence[Any]) -> Any:
    """e_{k+1} <= q_k e_k + h_k d_k, q_k = 1 + h_k L_k >= 0  ⟹  e_n <= Π q_k e_0 + Σ_j h_j d_j Π_{k>j} q_k.

    h: the n steps; L, d: one number, or one a step (lists).  The sum of products is the recursion with `=`,
    and is computed that way.  Raises ValueError for 1 + h_k L_k < 0 and for lists of another length.
    """
    n = len(h)
    rates, defects = (list(v) if isinstance(v, (list, tuple)) else [v] * n for v in (L, d))
    if not len(rates) == len(defects) == n:
        raise ValueError(f"got {n} steps, {len(rates)} rates L, {len(defects)} defects d: expected one a step")
    e0, *values = _together(e0, *rates, *defects, *h)
    rates, defects, steps = values[:n], values[n : 2 * n], values[2 * n :]
    for L_k, d_k, h_k in zip(rates, defects, steps, strict=True):
        _need_nonnegative(1 + h_k * L_k, "1 + hL", "take a smaller step h")
        e0 = (1 + h_k * L_k) * e0 + h_k * d_k
    return e0


def exponential(e0: Any, L: Any, d: Any, T: Any) -> Any:
    """`discrete` without h and n, T = nh: e_n <= e^{LT} e_0 + d (e^{LT} − 1)/L for L >= 0, e_0 >= 0, d >= 0.

    From 1 + hL <= e^{hL}.  Attained only for h → 0 (or L = 0).  For L < 0 the second term would be false:
    one step gives hd, more than d(1 − e^{−h|L|})/|L|; so L < 0 raises ValueError and points to
    `discrete_by_exponential`.
    """
    e0, L, d, T = _together(e0, L, d, T)
    _need_nonnegative(L, "L", "use discrete_by_exponential, which is true for L < 0 too")
    _need_nonnegative(e0, "e0", "use discrete")
    _need_nonnegative(d, "d", "use discrete")
    return differential(e0, L, d, T)


def discrete_by_exponential(e0: Any, L: Any, d: Any, h: Any, n: Any) -> Any:
    """e_n <= e^{LT} e_0 + d T φ₁(LT)/φ₁(hL), T = nh, for either sign of L with 1 + hL >= 0, e_0 >= 0, d >= 0.

    From 0 <= 1 + hL <= e^{hL}:  h Σ_{k<n} (1 + hL)^k <= h Σ_{k<n} e^{khL} = h (e^{nhL} − 1)/(e^{hL} − 1).
    For L >= 0 it lies between `discrete` and `exponential`.
    """
    e0, L, d, h = _together(e0, L, d, h)
    _need_nonnegative(1 + h * L, "1 + hL", "take a smaller step h")
    _need_nonnegative(e0, "e0", "use discrete")
    _need_nonnegative(d, "d", "use discrete")
    T = n * h
    return exp(L * T) * e0 + d * T * phi1(L * T) / phi1(h * L)


def euler_factor(mu: Any, lipschitz: Any, h: Any) -> Any:
    """q = (1 + 2hμ + h²ℓ²)^(1/2): ‖x − y + h(f(x) − f(y))‖ <= q ‖x − y‖ for one Euler step, h >= 0.

    μ: one-sided Lipschitz constant, ⟨f(x) − f(y), x − y⟩ <= μ‖x − y‖²; ℓ: Lipschitz constant, ℓ >= |μ|.
    Expand the square.  q <= 1 + hℓ always, and q < 1 for μ < 0 and h < 2|μ|/ℓ²; feeds `recursion`.
    """
    mu, lipschitz, h = _together(mu, lipschitz, h)
    return sqrt(1 + 2 * h * mu + h * h * lipschitz * lipschitz)


# ---------------------------------------------------------------- continuous


def differential(u0: Any, L: Any, d: Any, t: Any) -> Any:
    """u' <= Lu + d on [0, t]  ⟹  u(t) <= e^{Lt} u_0 + d (e^{Lt} − 1)/L = e^{Lt} u_0 + d t φ₁(Lt).

    Either sign of L: (e^{−Ls} u)' = e^{−Ls}(u' − Lu) <= d e^{−Ls}; integrate over [0, t], multiply by e^{Lt}.
    The solution of u' = Lu + d attains it; L = 0 gives u_0 + dt.  With L a logarithmic norm it compares two
    solutions of one equation.
    """
    u0, L, d, t = _together(u0, L, d, t)
    return exp(L * t) * u0 + d * t * phi1(L * t)


def integral(a: Any, b: Any, t: Any) -> Any:
    """u(s) <= a + ∫₀ˢ b u for all s in [0, t], b >= 0  ⟹  u(t) <= a e^{bt}; attained by u = a e^{bs}.

    v(s) = ∫₀ˢ b u has v' = bu <= bv + ba (here b >= 0 is used), v(0) = 0, so v(t) <= a(e^{bt} − 1) by
    `differential`. Raises ValueError for b < 0, where the integral form is false: b = −1, a = 0 allows u >
    0 at the end.
    """
    a, b, t = _together(a, b, t)
    _need_nonnegative(b, "b", "use differential, which is true for a negative rate")
    return exp(b * t) * a


def differential_form(u0: Any, L: Any, d: Any, s: Any, t: Any) -> Any:
    """u' <= L(s)u + d(s)  ⟹  u(t) <= u_0 exp(∫₀ᵗ L) + ∫₀ᵗ d(s) exp(∫ₛᵗ L) ds, in SymPy.

    L, d: expressions in the symbol s; t: the end point, a symbol or a number.  Attained with `=`.
    """
    r = sp.Dummy("r", real=True)
    rate = sp.sympify(L).subs(s, r)
    kernel = sp.exp(sp.integrate(rate, (r, s, t)))
    return u0 * sp.exp(sp.integrate(rate, (r, 0, t))) + sp.integrate(sp.expand(d * kernel), (s, 0, t))


def integral_form(a: Any, b: Any, s: Any, t: Any) -> Any:
    """u(s) <= a(s) + ∫₀ˢ b u, b >= 0  ⟹  u(t) <= a(t) + ∫₀ᵗ a(s) b(s) exp(∫ₛᵗ b) ds, in SymPy.

    a, b: expressions in the symbol s; t: the end point.  Attained with `=`.  Where a does not decrease,
    a(t) exp(∫₀ᵗ b) is an upper bound.
    """
    return sp.sympify(a).subs(s, t) + differential_form(0, b, a * b, s, t)


def derivations() -> dict[str, Any]:
    """The steps of the proofs by name, as SymPy expressions that `simplify` must take to zero."""
    e0, d, L, h, t = sp.symbols("e_0 d L h t", positive=True)
    n = sp.Symbol("n", integer=True, nonnegative=True)
    z, s = sp.symbols("z s", positive=True)
    u = differential(e0, L, d, t)
    v = integral(e0, L, t)
    return {
        "the bound starts at e_0": discrete(e0, L, d, h, n).subs(n, 0) - e0,
        "the bound satisfies the recursion": discrete(e0, L, d, h, n + 1)
        - (1 + h * L) * discrete(e0, L, d, h, n) - h * d,
        "doubling of p": growth(z, 2 * n)[0] - growth(z, n)[0] * (2 + growth(z, n)[0]),
        "doubling of s": growth(z, 2 * n)[1] - growth(z, n)[1] * (2 + growth(z, n)[0]),
        "the limit L = 0, discrete": sp.limit(discrete(e0, L, d, h, 7), L, 0) - (e0 + 7 * h * d),
        "the limit L = 0, continuous": sp.limit(u, L, 0) - (e0 + d * t),
        "the solution of u' = Lu + d": sp.diff(u, t) - L * u - d,
        "the solution starts at u_0": u.subs(t, 0) - e0,
        "the integral equation": v - e0 - sp.integrate(L * v.subs(t, s), (s, 0, t)),
        "the discrete sum of exponentials": discrete_by_exponential(0, L, d, h, 5)
        - d * h * sum(sp.exp(k * h * L) for k in range(5)),
    }  # fmt: skip
