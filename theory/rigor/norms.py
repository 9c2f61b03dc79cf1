"""Matrices of balls, and certified norms: spectral, logarithmic, the largest eigenvalue."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import sympy as sp

from gronwall.theory.rigor.balls import (
    Ball,
    above_zero,
    ball,
    ball_entries,
    current_precision,
    dyadic,
    is_finite,
    precision,
)
from gronwall.theory.rigor.door import arb, arb_mat


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
        return above_zero(least.lower().union(greatest.upper()) + arb(0, spread))


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
