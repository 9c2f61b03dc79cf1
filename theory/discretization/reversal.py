r"""Networks run backwards: what is lost when the states are rebuilt from the last one instead of stored.

A residual network of depth N with step h = 1/N, residuals f_n(x) = f(x, θ_n), n = 0 … N − 1:

    Euler, N steps:      x_{n+1} = x_n + h f_n(x_n)
    Heun, N − 1 steps:   y = x_n + h f_n(x_n),  x_{n+1} = x_n + h/2 (f_n(x_n) + f_{n+1}(y))

and backwards from x̃ = the last state, with the sign of h turned and, for Heun, n and n + 1 exchanged:

    Euler:   x̃_n = x̃_{n+1} − h f_n(x̃_{n+1})
    Heun:    ỹ = x̃_{n+1} − h f_{n+1}(x̃_{n+1}),  x̃_n = x̃_{n+1} − h/2 (f_{n+1}(x̃_{n+1}) + f_n(ỹ))

The gradient without stored states pulls a covector g back through the *forward* step at the state just rebuilt:
`gronwall.theory.discretization.reversal_gradients`.

Source: Sander, Ablin, Peyré 2022 (arXiv 2205.14612); the formulas are those of the authors' code, the constants of
the theorems were not read verbatim, and every bound below is derived where it stands.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import sympy as sp

from gronwall.theory.arithmetic import expm1, scalar, zeros_like
from gronwall.theory.gronwall_lemma import growth

__all__ = [
    "EULER", "HEUN", "UNSWAPPED", "AffineOrbit", "Residual", "Scheme", "UntrainedRelu", "Vjp", "directional",
    "forward_states", "leading_errors", "reconstructed_states", "reconstruction_bound", "reconstruction_bound_at",
    "reversal_series", "taylor_field",
]  # fmt: skip

Residual = Callable[[int, Any], Any]
"""residual(n, x) is f_n(x)."""

Vjp = Callable[[int, Any, Any], tuple[Any, Any]]
"""vjp(n, x, g) is (∂_x f_n(x)ᵀ g, ∂_θ f_n(x)ᵀ g)."""


# ---------------------------------------------------------------- the two schemes


@dataclass(frozen=True)
class Scheme:
    """One way to turn residuals into a network: a step, the step that undoes it up to its order, their number.

    `pull(f, vjp, n, x, h, g)` is the vjp of the step at x: the covector at x, and what each layer receives.
    """

    name: str
    step: Callable[[Residual, int, Any, Any], Any]
    back: Callable[[Residual, int, Any, Any], Any]
    fewer: int
    pull: Callable[[Residual, Vjp, int, Any, Any, Any], tuple[Any, dict[int, Any]]]

    def steps(self, depth: int) -> int:
        """The number of steps of a network with `depth` residuals."""
        return depth - self.fewer


def _euler_step(f: Residual, n: int, x: Any, h: Any) -> Any:
    """x_{n+1} = x_n + h f_n(x_n)."""
    return x + h * f(n, x)


def _euler_back(f: Residual, n: int, x: Any, h: Any) -> Any:
    """x̃_n = x̃_{n+1} − h f_n(x̃_{n+1})."""
    return x - h * f(n, x)


def _euler_pull(f: Residual, vjp: Vjp, n: int, x: Any, h: Any, g: Any) -> tuple[Any, dict[int, Any]]:
    """g ↦ g + h ∂_x f_n(x)ᵀ g;  θ_n receives h ∂_θ f_n(x)ᵀ g."""
    to_x, to_layer = vjp(n, x, h * g)
    return g + to_x, {n: to_layer}


def _heun_step(f: Residual, n: int, x: Any, h: Any) -> Any:
    """y = x_n + h f_n(x_n),  x_{n+1} = x_n + h/2 (f_n(x_n) + f_{n+1}(y))."""
    slope = f(n, x)
    y = x + h * slope
    return x + h / 2 * (slope + f(n + 1, y))


def _heun_back(f: Residual, n: int, x: Any, h: Any) -> Any:
    """ỹ = x̃_{n+1} − h f_{n+1}(x̃_{n+1}),  x̃_n = x̃_{n+1} − h/2 (f_{n+1}(x̃_{n+1}) + f_n(ỹ))."""
    slope = f(n + 1, x)
    y = x - h * slope
    return x - h / 2 * (slope + f(n, y))


def _heun_pull(f: Residual, vjp: Vjp, n: int, x: Any, h: Any, g: Any) -> tuple[Any, dict[int, Any]]:
    """With y = x + h f_n(x):  p = ∂_x f_{n+1}(y)ᵀ (h/2) g,  g ↦ g + p + ∂_x f_n(x)ᵀ ((h/2) g + h p).

    θ_{n+1} receives ∂_θ f_{n+1}(y)ᵀ (h/2) g, and θ_n receives ∂_θ f_n(x)ᵀ ((h/2) g + h p).
    """
    y = x + h * f(n, x)
    p, to_next = vjp(n + 1, y, h / 2 * g)
    to_x, to_this = vjp(n, x, h / 2 * g + h * p)
    return g + p + to_x, {n: to_this, n + 1: to_next}


EULER = Scheme("euler", _euler_step, _euler_back, 0, _euler_pull)
HEUN = Scheme("heun", _heun_step, _heun_back, 1, _heun_pull)


def _unswapped_back(f: Residual, n: int, x: Any, h: Any) -> Any:
    """The reverse step with θ_n before θ_{n+1}, as in the forward step."""
    slope = f(n, x)
    return x - h / 2 * (slope + f(n + 1, x - h * slope))


UNSWAPPED = replace(HEUN, back=_unswapped_back)
"""Heun with the wrong step back, of order two only."""


def forward_states(scheme: Scheme, f: Residual, x0: Any, depth: int) -> list[Any]:
    """The states x_0 … of a network with `depth` residuals; an exact start is a Fraction, not an int."""
    h, states = scalar(Fraction(1, depth), x0), [x0]
    for n in range(scheme.steps(depth)):
        states.append(scheme.step(f, n, states[-1], h))
    return states


def reconstructed_states(scheme: Scheme, f: Residual, last: Any, depth: int) -> list[Any]:
    """The states x̃_0 … x̃ = `last`, rebuilt from the last one, in the order of the forward pass."""
    h, states = scalar(Fraction(1, depth), last), [last]
    for n in reversed(range(scheme.steps(depth))):
        states.append(scheme.back(f, n, states[-1], h))
    return states[::-1]


# ---------------------------------------------------------------- Euler: the bound and the case that attains it


def reconstruction_bound_at(n: int, N: int, L: Any, C_f: Any) -> Any:
    r"""‖x̃_n − x_n‖ <= C_f/N ((1 + L/N)^{N−n} − 1), no remainder and no smoothness in depth.

    With e_n = x̃_n − x_n:  e_n = e_{n+1} − h (f_n(x̃_{n+1}) − f_n(x_n)) and x̃_{n+1} − x_n = e_{n+1} + h f_n(x_n), so
    ‖e_n‖ <= (1 + hL)‖e_{n+1}‖ + h² L C_f with e_N = 0.  Only ‖f_n(x_n)‖ <= C_f on the orbit itself is used.
    """
    return C_f * scalar(Fraction(1, N), C_f) * growth(L * scalar(Fraction(1, N), L), N - n)[0]


def reconstruction_bound(N: int, L: Any, C_f: Any) -> Any:
    r"""max_n ‖x̃_n − x_n‖ <= (e^L − 1) C_f/N (Proposition 3 as recalled, without its O(1/N²))."""
    return C_f * scalar(Fraction(1, N), C_f) * expm1(L)


@dataclass(frozen=True)
class AffineOrbit:
    r"""f_n(x) = σ_n C_f − λ_n (x − x*_n) on the forward orbit x*_{n+1} = x*_n + σ_n C_f/N, where |f_n| = C_f.

    The error solves e_n = (1 + λ_n/N) e_{n+1} + λ_n σ_n C_f/N².  With all σ_n = 1, λ_n = L >= 0 every inequality
    of the bound is an equality: e_n = C_f/N ((1 + L/N)^{N−n} − 1).  Exact in Fractions, balls and SymPy.
    """

    x0: Any
    C_f: Any
    slopes: tuple[Any, ...]
    signs: tuple[int, ...]

    @property
    def depth(self) -> int:
        return len(self.signs)

    def node(self, n: int) -> Any:
        """x*_n = x_0 + (σ_0 + … + σ_{n−1}) C_f/N."""
        return self.x0 + sum(self.signs[:n]) * self.C_f / self.depth

    def residual(self, n: int, x: Any) -> Any:
        """f_n(x) = σ_n C_f − λ_n (x − x*_n)."""
        return self.signs[n] * self.C_f - self.slopes[n] * (x - self.node(n))


# ---------------------------------------------------------------- leading terms


def leading_errors(f: Residual, jvp: Callable[[int, Any, Any], Any], states: list[Any]) -> list[Any]:
    r"""ε_0 … ε_N with x̃_n − x_n = ε_n/N + O(1/N²) for Euler:  ε_n = ε_{n+1} − h ∂f_n(x_n)[ε_{n+1} + f_n(x_n)], ε_N = 0.

    jvp(n, x, v) is ∂_x f_n(x)[v].  For smooth weights ε solves ε' = ∂f[ε + f], ε(1) = 0; nothing is smooth in depth
    here: f_n has a Lipschitz derivative in x, and that is all.
    """
    depth = len(states) - 1
    h, errors = scalar(Fraction(1, depth), states[0]), [zeros_like(states[-1])]
    for n in reversed(range(depth)):
        errors.append(errors[-1] - h * jvp(n, states[n], errors[-1] + f(n, states[n])))
    return errors[::-1]


@dataclass(frozen=True)
class UntrainedRelu:
    r"""Independent layers f_n(x) = V_n relu(W_n x), V_n d x w and W_n w x d, entries N(0, σ_V²) and N(0, σ_W²).

    To leading order in the size of the weights x̃_0 − x_0 = −h² Σ_n J_n f_n at x_0.  V occurs twice in J f, so its
    mean is not zero:
        E[J f] = c x,  c = w σ_V² σ_W²/2                       a drift, which adds up to c x/N,
        E‖J f‖² = ρ c² ‖x‖²,  ρ = ((d² + 2)(w − 1) + 2(d + 2)²)/w   a random walk, √N steps of size h²,
        N² E‖x̃_0 − x_0‖² = c² ‖x‖² (1 + (ρ − 1)/N).
    So the error falls like N^{−3/2} while N << ρ ≈ d², then like 1/N.  (Wick for V, Stein's lemma for W.)
    """

    d: int
    w: int
    sigma_V: Any
    sigma_W: Any

    @property
    def drift(self) -> Any:
        """c = w σ_V² σ_W²/2."""
        return self.w * self.sigma_V**2 * self.sigma_W**2 / 2

    @property
    def crossover(self) -> Fraction:
        """ρ = ((d² + 2)(w − 1) + 2(d + 2)²)/w, the depth where the random walk has fallen to the drift."""
        d, w = self.d, self.w
        return Fraction((d**2 + 2) * (w - 1) + 2 * (d + 2) ** 2, w)

    def mean_square(self, N: int) -> Any:
        """E‖x̃_0 − x_0‖²/‖x_0‖² = c² (1 + (ρ − 1)/N)/N²."""
        return self.drift**2 * (1 + (self.crossover - 1) / N) / N**2


def taylor_field(letter: str, x: Sequence[Any], degree: int) -> Any:
    """A column of polynomials in x whose partial derivatives at 0 are free symbols: any field, up to that degree."""
    powers = [p for p in product(range(degree + 1), repeat=len(x)) if sum(p) <= degree]

    def component(i: int) -> Any:
        terms = []
        for p in powers:
            monomial = sp.prod(v**k / sp.factorial(k) for v, k in zip(x, p, strict=True))
            terms.append(sp.Symbol(f"{letter}_{i}_{''.join(map(str, p))}") * monomial)
        return sum(terms)

    return sp.Matrix([component(i) for i in range(len(x))])


def directional(field: Any, x: Sequence[Any], *directions: Any) -> Any:
    """∂^k field[v_1, …, v_k] at x = 0: the k-th derivative of a SymPy column in the directions v (columns)."""
    for v in directions:
        field = sum((field.diff(s) * v[i] for i, s in enumerate(x)), sp.zeros(*field.shape))
    return field.subs(dict.fromkeys(x, 0)).expand()


def reversal_series(scheme: Scheme, fields: Sequence[Any], x: Sequence[Any], h: Any, order: int) -> Any:
    """back(step(0)) as a polynomial in h, up to h^order, in SymPy: what one step forth and back leaves at x = 0.

    fields[n] is f_n, a column of polynomials in the symbols x (and in h: weights that move with the step).  The
    scheme runs on an object array of sparse polynomials in h and the other symbols, cut off at each product.
    """
    symbols = sorted({s for field in fields for s in field.free_symbols} - {h, *x}, key=sp.default_sort_key)
    ring, H, *_ = sp.ring([h, *symbols], sp.QQ)
    terms = [[_monomials(entry, x, ring) for entry in field] for field in fields]

    def cut(p: Any) -> Any:
        return ring.from_dict({m: c for m, c in p.items() if m[0] <= order})

    def value(monomials: list[tuple[Any, Any]], point: Any) -> Any:
        total = ring.zero
        for exponents, coefficient in monomials:
            for variable, k in zip(point, exponents, strict=True):
                for _ in range(k):
                    coefficient = cut(coefficient * variable)
            total += coefficient
        return cut(total)

    def residual(n: int, point: Any) -> Any:
        return np.array([value(monomials, point) for monomials in terms[n]], dtype=object)

    here, step = np.array([ring.zero for _ in x], dtype=object), np.array([H], dtype=object)
    back = scheme.back(residual, 0, scheme.step(residual, 0, here, step), step)
    return sp.Matrix([cut(entry).as_expr() for entry in back])


def _monomials(entry: Any, x: Sequence[Any], ring: Any) -> list[tuple[Any, Any]]:
    """The exponents of x and the coefficients (in the ring) of a polynomial in x."""
    return [(exponents, ring.from_expr(coefficient)) for exponents, coefficient in sp.Poly(entry, *x).terms()]
