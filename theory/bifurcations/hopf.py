r"""Hopf points: where they are, how fast the pair crosses the axis, and which way the cycle opens.

At a Hopf point the Jacobian A of u' = f(u, μ) has the eigenvalues ±iω.  With Aq = iωq, Aᵀp = −iωp, Σ p̄_j q_j = 1
and the second and third derivatives B(u, v), C(u, v, w) of f, the motion on the centre manifold is
ẇ = (iω + λ'μ)w + c₁w|w|² + …, where

    λ' = ⟨p, A'(μ)q⟩,      c₁ = ½⟨p, C(q, q, q̄) − 2B(q, A⁻¹B(q, q̄)) + B(q̄, (2iω − A)⁻¹B(q, q))⟩.

Re c₁ < 0 is supercritical: stable cycles, |w|² = −Re λ' μ/Re c₁ + O(μ²).  Kuznetsov's first Lyapunov coefficient is
Re c₁/ω for |q| = 1.

A and the derivatives are real, so everything lies in the numbers u + viω with real u, v, for which only ω² is needed:
where that is rational, the sign of Re c₁ is decided by fractions.

Source: Y. A. Kuznetsov, Elements of Applied Bifurcation Theory, 5.4 and 10.2; J. Guckenheimer, P. Holmes, Nonlinear
Oscillations, (3.4.11); the closed forms for Lorenz's system are derived here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = [
    "HopfPoint", "QuadraticNumber", "adjugate", "eigenvector", "guckenheimer_holmes", "hopf_point",
    "lorenz_amplitude", "lorenz_characteristic", "lorenz_crossing_speed", "lorenz_hopf", "lorenz_point",
    "routh_hurwitz",
]  # fmt: skip

Vector = Sequence[Any]
Rows = Sequence[Sequence[Any]]


# ---------------------------------------------------------------- numbers u + v iω


@dataclass(frozen=True)
class QuadraticNumber:
    """u + vθ with θ² = −ω²: a complex number in units of ω, for real parts of any arithmetic."""

    u: Any
    v: Any
    omega2: Any

    def _of(self, other: Any) -> QuadraticNumber:
        return other if isinstance(other, QuadraticNumber) else QuadraticNumber(other, 0, self.omega2)

    def __add__(self, other: Any) -> QuadraticNumber:
        other = self._of(other)
        return QuadraticNumber(self.u + other.u, self.v + other.v, self.omega2)

    __radd__ = __add__

    def __neg__(self) -> QuadraticNumber:
        return QuadraticNumber(-self.u, -self.v, self.omega2)

    def __sub__(self, other: Any) -> QuadraticNumber:
        return self + (-self._of(other))

    def __rsub__(self, other: Any) -> QuadraticNumber:
        return self._of(other) + (-self)

    def __mul__(self, other: Any) -> QuadraticNumber:
        """(u + vθ)(s + tθ) = us − ω²vt + (ut + vs)θ."""
        other = self._of(other)
        return QuadraticNumber(
            self.u * other.u - self.omega2 * self.v * other.v, self.u * other.v + self.v * other.u, self.omega2
        )

    __rmul__ = __mul__

    def conjugate(self) -> QuadraticNumber:
        return QuadraticNumber(self.u, -self.v, self.omega2)

    def squared_size(self) -> Any:
        """|u + vθ|² = u² + ω²v²."""
        return self.u * self.u + self.omega2 * self.v * self.v

    def __truediv__(self, other: Any) -> QuadraticNumber:
        other = self._of(other)
        product, size = self * other.conjugate(), other.squared_size()
        return QuadraticNumber(product.u / size, product.v / size, self.omega2)


# ---------------------------------------------------------------- small matrices


def adjugate(A: Rows) -> list[list[Any]]:
    """The transposed cofactors of a matrix of two or three rows: A adj(A) = det(A)."""
    n = len(A)

    def cofactor(i: int, j: int) -> Any:
        left = [[A[k][m] for m in range(n) if m != j] for k in range(n) if k != i]
        minor = left[0][0] if n == 2 else left[0][0] * left[1][1] - left[0][1] * left[1][0]
        return minor if (i + j) % 2 == 0 else -minor

    return [[cofactor(j, i) for j in range(n)] for i in range(n)]


def _solved(A: Rows, b: Vector) -> list[Any]:
    """A⁻¹b by Cramer's rule."""
    turned = adjugate(A)
    determinant = sum(A[0][j] * turned[j][0] for j in range(len(A)))
    return [sum(row[j] * b[j] for j in range(len(b))) / determinant for row in turned]


def eigenvector(A: Rows, eigenvalue: Any) -> list[Any]:
    """A vector with Aq = λq for a simple eigenvalue λ: the first column of adj(A − λ), which must not be zero."""
    shifted = [[a - eigenvalue if i == j else a for j, a in enumerate(row)] for i, row in enumerate(A)]
    return [row[0] for row in adjugate(shifted)]


# ---------------------------------------------------------------- the normal form


@dataclass(frozen=True)
class HopfPoint:
    """ω², the eigenvectors q and p with ⟨p, q⟩ = 1, and c₁, all in numbers u + viω."""

    omega2: Any
    q: list[QuadraticNumber]
    p: list[QuadraticNumber]
    c1: QuadraticNumber

    def crossing(self, change: Rows) -> QuadraticNumber:
        """λ' = ⟨p, A'(μ)q⟩ for the derivative A'(μ) of the Jacobian along the equilibria."""
        moved = [sum((row[j] * self.q[j] for j in range(len(row))), 0 * self.q[0]) for row in change]
        return _paired(self.p, moved)

    def squared_amplitude(self, change: Rows, component: int = 0) -> Any:
        """The limit of (half of max − min of a component on the cycle)²/μ:  −4|q_j|² Re λ'/Re c₁."""
        return -4 * self.q[component].squared_size() * self.crossing(change).u / self.c1.u


def _paired(p: Vector, u: Vector) -> QuadraticNumber:
    """⟨p, u⟩ = Σ p̄_j u_j."""
    first, *rest = (p_j.conjugate() * u_j for p_j, u_j in zip(p, u, strict=True))
    total: QuadraticNumber = sum(rest, first)
    return total


def hopf_point(
    A: Rows, second: Callable[[Vector, Vector], Vector], third: Callable[[Vector, Vector, Vector], Vector], omega2: Any
) -> HopfPoint:
    """The normal form at an equilibrium whose Jacobian A has the eigenvalues ±iω.

    A: rows of real numbers; second(u, v), third(u, v, w): B and C of the field, symmetric and linear in each argument.
    """
    theta = QuadraticNumber(0, 1, omega2)
    q = eigenvector([[QuadraticNumber(a, 0, omega2) for a in row] for row in A], theta)
    p = eigenvector([[QuadraticNumber(a, 0, omega2) for a in column] for column in zip(*A, strict=True)], -theta)
    scale = _paired(p, q).conjugate()
    p = [p_j / scale for p_j in p]
    bar = [q_j.conjugate() for q_j in q]
    real = [[QuadraticNumber(a, 0, omega2) for a in row] for row in A]
    twice = [[2 * theta - a if i == j else -a for j, a in enumerate(row)] for i, row in enumerate(real)]
    still = second(q, _solved(real, second(q, bar)))
    turning = second(bar, _solved(twice, second(q, q)))
    cubic = third(q, q, bar)
    total = [c - 2 * s + t for c, s, t in zip(cubic, still, turning, strict=True)]
    return HopfPoint(omega2, q, p, _paired(p, total) / 2)


def guckenheimer_holmes(f: Callable[[int, int], Any], g: Callable[[int, int], Any], omega: Any) -> Any:
    r"""The a in r' = ar³ for x' = −ωy + f, y' = ωx + g with f and g of second order; f(i, j) is ∂_x^i ∂_y^j f(0, 0).

    16a = f_xxx + f_xyy + g_xxy + g_yyy + (f_xy(f_xx + f_yy) − g_xy(g_xx + g_yy) − f_xx g_xx + f_yy g_yy)/ω;  with
    r = 2|w||q_1| it is Re c₁/(4|q_1|²).
    """
    cubic = f(3, 0) + f(1, 2) + g(2, 1) + g(0, 3)
    mixed = f(1, 1) * (f(2, 0) + f(0, 2)) - g(1, 1) * (g(2, 0) + g(0, 2))
    squares = f(0, 2) * g(0, 2) - f(2, 0) * g(2, 0)
    return (cubic + (mixed + squares) / omega) / 16


# ---------------------------------------------------------------- Lorenz


def lorenz_characteristic(r: Any, sigma: Any, beta: Any) -> tuple[Any, Any, Any]:
    """(c₁, c₂, c₃) of det(λ − A) = λ³ + c₁λ² + c₂λ + c₃ at (±√(β(r − 1)), ±√(β(r − 1)), r − 1)."""
    return sigma + beta + 1, beta * (sigma + r), 2 * sigma * beta * (r - 1)


def routh_hurwitz(c1: Any, c2: Any, c3: Any) -> Any:
    """c₁c₂ − c₃: with c₁, c₃ > 0 all roots of λ³ + c₁λ² + c₂λ + c₃ have negative real parts iff it is positive.

    Where it vanishes the roots are −c₁ and ±i√c₂.
    """
    return c1 * c2 - c3


def lorenz_hopf(sigma: Any, beta: Any) -> Any:
    """r_H = σ(σ + β + 3)/(σ − β − 1), for σ > β + 1; elsewhere the two equilibria never lose their stability."""
    return sigma * (sigma + beta + 3) / (sigma - beta - 1)


def lorenz_point(sigma: Any, beta: Any) -> tuple[HopfPoint, list[list[Any]], Any]:
    """Lorenz at r_H about C₊: the normal form, A'(r) and q² = β(r_H − 1), for σ and β of any field of numbers.

    With x = qξ, y = qη, z = r − 1 + ζ all coefficients are rational: ξ' = σ(η − ξ), η' = ξ(1 − ζ) − η,
    ζ' = q²(ξη − 1) − βζ.
    """
    r = lorenz_hopf(sigma, beta)
    q2, zero, one = beta * (r - 1), 0 * sigma, 0 * sigma + 1
    A = [[-sigma, sigma, zero], [one, -one, -one], [q2, q2, -beta]]

    def second(m: Vector, n: Vector) -> Vector:
        return [0 * m[0], -(m[0] * n[2] + m[2] * n[0]), q2 * (m[0] * n[1] + m[1] * n[0])]

    def cubic(m: Vector, n: Vector, o: Vector) -> Vector:
        return [0 * m[0]] * 3

    point = hopf_point(A, second, cubic, beta * (sigma + r))
    return point, [[zero] * 3, [zero] * 3, [beta, beta, zero]], q2


def lorenz_crossing_speed(sigma: Any, beta: Any) -> Any:
    """d Re λ/dr at r_H: β(σ − β − 1)/(2(c₁² + ω²)), c₁ = σ + β + 1, ω² = β(σ + r_H).

    From λ³ + c₁λ² + c₂λ + c₃ = 0 with c₂' = β, c₃' = 2σβ:  λ' = −(iωβ + 2σβ)/(2iω(c₁ + iω)).
    """
    c1, omega2, _ = lorenz_characteristic(lorenz_hopf(sigma, beta), sigma, beta)
    return beta * (sigma - beta - 1) / (2 * (c1 * c1 + omega2))


def lorenz_amplitude(sigma: Any, beta: Any) -> Any:
    r"""lim A²/(r_H − r) > 0 for A half of the range of x on the cycle around an image: 2ec₁·e(c₁² + 4ω²)/Q.

    e = σ − β − 1, c₁ = σ + β + 1, ω² = β(σ + r_H) = 2βσ(σ + 1)/e, and Q = 8β⁴ + (20e + 48)β³ + (20e² + 116e + 104)β²
    + (18e³ + 116e² + 208e + 96)β + 9e⁴ + 56e³ + 124e² + 112e + 32.  No term is negative for e, β > 0: wherever the
    images turn they do so subcritically, with cycles that exist for r < r_H and repel.
    """
    e, c1 = sigma - beta - 1, sigma + beta + 1
    coefficients = (
        ((9 * e + 56) * e + 124) * e * e + 112 * e + 32,
        ((18 * e + 116) * e + 208) * e + 96,
        (20 * e + 116) * e + 104,
        20 * e + 48,
        8,
    )
    Q = sum(coefficient * beta**k for k, coefficient in enumerate(coefficients))
    return 2 * e * c1 * (e * c1 * c1 + 8 * beta * sigma * (sigma + 1)) / Q
