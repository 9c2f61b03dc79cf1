r"""Residual networks and neural ODEs: how far apart, and why (Sander, Ablin, Peyré 2022, arXiv 2205.14612).

A residual network of depth N and a field φ that interpolates its residuals, s_n = n/N:

    x_{n+1} = x_n + f_n(x_n)/N,    x'(s) = φ(x(s), s),    φ(x, s_n) = f_n(x),    the same start.

Symbols: L is a Lipschitz constant of φ (and of every f_n) in x, C a bound of the acceleration ‖x''‖ along the
exact trajectory, C_f a bound of the residuals, h = 1/N the step.  Norms are Euclidean.  The constants of the
paper's theorems were not read verbatim: every bound below is derived where it stands.

States are columns: d x 1 in NumPy and torch (or d x batch, a batch of columns), Matrix in SymPy, arb_mat in
Arb; plain numbers do where the state is one number.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import NDArray
from scipy.integrate import DOP853

from gronwall.theory import rigor
from gronwall.theory.arithmetic import expm1, scalar, sqrt
from gronwall.theory.gronwall_lemma import discrete, growth, phi1
from gronwall.theory.perceptrons import Layer, norm_upper

__all__ = [
    "TunedAffine", "TunedStairs", "acceleration", "acceleration_bound", "constants",
    "distance_bound", "distance_bound_at", "distance_bound_by_factors", "frozen_weights_bound",
    "frozen_weights_bound_at", "ode_path",
    "rough_weights_bound", "rough_weights_bound_at", "solution_series",
]  # fmt: skip

Array = NDArray[np.float64]
Field = Callable[[Any, Any], Any]


# ---------------------------------------------------------------- the bounds


def distance_bound_at(n: int, N: int, L: Any, C: Any) -> Any:
    r"""‖x_n − x(s_n)‖ <= C/(2NL) ((1 + L/N)^n − 1), no remainder; C n/(2N²) for L = 0.

    A layer leaves a local error ‖x(s_{n+1}) − x(s_n) − hφ‖ <= C h²/2 and stretches the error by 1 + L/N: the
    discrete lemma of Grönwall with the defect Ch/2 per unit of depth.  Exact for Fractions.
    """
    return discrete(0, L, _half(C, N), Fraction(1, N), n)


def distance_bound(N: int, L: Any, C: Any) -> Any:
    r"""max_n ‖x_n − x(s_n)‖ <= C/(2NL) (e^L − 1);  C/(2N) for L = 0 (Proposition 1 as recalled)."""
    return _half(C, N) * phi1(L)


def distance_bound_by_factors(factors: Sequence[Any], C: Any) -> list[Any]:
    r"""e_0 … e_N with ‖x_n − x(s_n)‖ <= e_n:  e_{n+1} = q_n e_n + C/(2N²),  q_n >= ‖∂(x + f_n(x)/N)/∂x‖.

    A layer leaves a local error of at most C/(2N²) and stretches what was there by q_n, which is below one where
    the layer contracts: q <= (1 + 2μ/N + L²/N²)^(1/2) with the logarithmic norm μ of f_n (`euler_factor`).
    q = 1 + L/N gives `distance_bound_at`.  Attained where the errors of all layers point one way.
    """
    N, errors = len(factors), [0 * C]
    for q in factors:
        errors.append(q * errors[-1] + C * scalar(Fraction(1, 2 * N * N), C))
    return errors


def frozen_weights_bound_at(n: int, N: int, L: Any, C_f: Any) -> Any:
    r"""φ(x, s) = f_n(x) on [s_n, s_{n+1}):  ‖x_n − x(s_n)‖ <= C_f/(2N) ((1 + L/N)^n − 1).

    Within a layer x'' = ∂_x f_n[f_n], so the acceleration is at most C = L C_f, however rough the weights.
    """
    return _half(C_f, N) * growth(L * scalar(Fraction(1, N), L), n)[0]


def frozen_weights_bound(N: int, L: Any, C_f: Any) -> Any:
    r"""φ(x, s) = f_n(x) on [s_n, s_{n+1}):  max_n ‖x_n − x(s_n)‖ <= C_f/(2N) (e^L − 1)."""
    return _half(C_f, N) * expm1(L)


def rough_weights_bound_at(n: int, N: int, L: Any, C_f: Any) -> Any:
    r"""φ(x, s) = (1 − u) f_n(x) + u f_{n+1}(x), u = Ns − n:  ‖x_n − x(s_n)‖ <= C_f/N (2(1 + L/N)^n − 1).

    No smoothness in depth.  With y_n = x(s_n), z_n = y_n − (h/2) f_n(y_n) and ‖x(s) − y_n‖ <= C_f (s − s_n),
        y_{n+1} − y_n = (h/2)(f_n + f_{n+1})(y_n) + r,  ‖r‖ <= h² L C_f/2,
        z_{n+1} − z_n = h f_n(y_n) + (h/2)(f_{n+1}(y_n) − f_{n+1}(y_{n+1})) + r
                      = h f_n(z_n) + r',  ‖r'‖ <= 3h² L C_f/2:
    the jumps f_{n+1} − f_n have telescoped.  So ‖z_n − x_n‖ <= q hC_f/2 + (3/2) hC_f (q − 1), q = (1 + hL)^n,
    and ‖y_n − z_n‖ <= hC_f/2.  Attained at L = 0 by f_n = (−1)^n C_f and odd n.
    """
    return 2 * _half(C_f, N) * (1 + 2 * growth(L * scalar(Fraction(1, N), L), n)[0])


def rough_weights_bound(N: int, L: Any, C_f: Any) -> Any:
    r"""φ(x, s) = (1 − u) f_n(x) + u f_{n+1}(x), u = Ns − n:  max_n ‖x_n − x(s_n)‖ <= C_f/N (2e^L − 1)."""
    return 2 * _half(C_f, N) * (1 + 2 * expm1(L))


def _half(C: Any, N: int) -> Any:
    """C/(2N) in the arithmetic of C; a Fraction for an int."""
    return C * scalar(Fraction(1, 2 * N), C)


# ---------------------------------------------------------------- the constants of a perceptron


def constants(layers: Sequence[Layer]) -> tuple[Any, Any]:
    r"""(L, C_f) of f(x, θ) = V tanh(Wx + b) for every θ between the layers (NumPy or balls), over-estimated.

    L = max‖V‖ max‖W‖ since |tanh'| <= 1;  C_f = max‖V‖ √w since |tanh| <= 1, w the width.  The norms are
    certified; a norm is convex, so the layers' maxima bound whatever lies between them.
    """
    V, W = max(norm_upper(a.V) for a in layers), max(norm_upper(a.W) for a in layers)
    return V * W, V * _root_of_width(layers[0], V)


def _root_of_width(layer: Layer, like: Any) -> Any:
    """√w in the arithmetic of `like`."""
    columns = layer.V.ncols() if rigor.is_ball(layer.V) else layer.V.shape[1]
    return sqrt(scalar(columns, like))


def acceleration_bound(layers: Sequence[Layer], slopes: Sequence[Layer], x0_norm: Any) -> Any:
    r"""C with ‖∂_s φ + ∂_x φ[φ]‖ <= C on the trajectory: weights between `layers`, with rates among `slopes`.

    C = max‖V'‖ √w + max‖V‖ (max‖W'‖ R + max‖b'‖) + L C_f,  R = ‖x_0‖ + C_f >= ‖x(s)‖: over-estimated by the
    triangle inequality alone, from certified norms, so it may be loose and is never too small.
    """
    L, C_f = constants(layers)
    V, R = max(norm_upper(a.V) for a in layers), x0_norm + C_f
    dV, dW, db = (max(norm_upper(getattr(a, name)) for a in slopes) for name in ("V", "W", "b"))
    return dV * _root_of_width(layers[0], dV) + V * (dW * R + db) + L * C_f


# ---------------------------------------------------------------- equality cases


@dataclass(frozen=True)
class TunedAffine:
    r"""φ(x, s) = v + Cs + L(x − x̄(s)), whose trajectory is x̄(s) = x_0 + vs + Cs²/2: it attains Proposition 1.

    Along x̄ the acceleration is C everywhere and ∂_x φ = L, so no inequality of the proof loses anything:
    x_n − x̄(s_n) = −C/(2NL) ((1 + L/N)^n − 1) for every n and N.  L = 0, v = 0, C = 1 is the clock φ = s.
    Exact in Fractions, balls and SymPy; the field is affine in x, so the exact constants are its parameters.
    """

    x0: Any
    v: Any
    C: Any
    L: Any

    def field(self, x: Any, s: Any) -> Any:
        """φ(x, s) = v + Cs + L(x − x̄(s))."""
        return self.v + self.C * s + self.L * (x - self.trajectory(s))

    def trajectory(self, s: Any) -> Any:
        """x̄(s) = x_0 + vs + Cs²/2."""
        return self.x0 + self.v * s + self.C * s * s / 2


@dataclass(frozen=True)
class TunedStairs:
    r"""Frozen residuals f_n(x) = σ_n a + L(x − y_n), a = C_f e^{−L/N}: they nearly attain the frozen bound.

    y_{n+1} = y_n + σ_n a (e^{L/N} − 1)/L is the ODE's own trajectory at the layers, σ_n = ±1 any signs;
    within a layer |f_n| grows from a to C_f.  With all σ_n = 1 error over bound is 1 − O(L/N).  L > 0.
    """

    x0: Any
    C_f: Any
    L: Any
    N: int
    signs: tuple[int, ...]

    def nodes(self) -> list[Any]:
        """y_0 … y_N, the solution of x' = f_n(x) at s_n."""
        y = [self.x0]
        for sign in self.signs:
            y.append(y[-1] + sign * self.slope() * expm1(self.L / self.N) / self.L)
        return y

    def slope(self) -> Any:
        """a = C_f e^{−L/N}."""
        return self.C_f / (1 + expm1(self.L / self.N))

    def residual(self, n: int, x: Any, y_n: Any) -> Any:
        """f_n(x) = σ_n a + L(x − y_n)."""
        return self.signs[n] * self.slope() + self.L * (x - y_n)


# ---------------------------------------------------------------- the exact flow


def acceleration(phi: Any, x: Sequence[Any], s: Any) -> Any:
    """x'' = ∂_s φ + ∂_x φ[φ] of x' = φ(x, s), in SymPy: φ a column in the symbols x and s."""
    return phi.diff(s) + phi.jacobian(list(x)) * phi


def solution_series(phi: Any, x: Sequence[Any], s: Any, h: Any, terms: int) -> Any:
    """x(s + h) = x + Σ_{1<=k<=terms} h^k/k! D^{k−1} φ + O(h^{terms+1}), D = ∂_s + φ·∂_x, in SymPy (Lie)."""
    total, derivative = sp.Matrix(list(x)), phi
    for k in range(1, terms + 1):
        total = total + h**k / sp.factorial(k) * derivative
        derivative = derivative.diff(s) + derivative.jacobian(list(x)) * phi
    return total


def ode_path(
    field_on: Callable[[int], Field], x0: Array, knots: Sequence[float], L: float, tol: float = 1e-13
) -> tuple[list[Array], float]:
    """The solution of x' = φ_i(x, s) on [knots_i, knots_{i+1}], φ_i = field_on(i), at the knots; its error.

    DOP853, restarted at every knot, so that a field that is only piecewise smooth is integrated as such.
    x0: any shape, float64.  L: a Lipschitz constant of every φ_i in x (a batch of columns shares it).
    The error is e^{L (s_end − s_0)} Σ over the steps of tol (1 + max|x|) √size: a bound as far as DOP853's
    own estimate of a step bounds its local error, which it over-estimates by far where the field is smooth.
    """
    x, states, spent = np.asarray(x0, dtype=float), [np.asarray(x0, dtype=float)], 0.0
    for i, (s0, s1) in enumerate(pairwise(knots)):
        right = _flattened(field_on(i), x.shape)
        solver = DOP853(right, s0, x.ravel(), s1, rtol=tol, atol=tol, first_step=s1 - s0)
        while solver.t < s1:
            told = solver.step()
            if told is not None:
                raise RuntimeError(f"ode_path: DOP853 failed at s = {solver.t}: {told} Is the field smooth?")
            spent += tol * (1.0 + float(np.max(np.abs(solver.y)))) * float(np.sqrt(x.size))
        x = solver.y.reshape(x.shape)
        states.append(x)
    return states, float(np.exp(L * (knots[-1] - knots[0]))) * spent


def _flattened(phi: Field, shape: tuple[int, ...]) -> Callable[[float, Array], Array]:
    """φ(x, s) as SciPy wants it: f(s, y) of a flat y."""

    def right(s: float, y: Array) -> Array:
        return np.asarray(phi(y.reshape(shape), s)).ravel()

    return right
