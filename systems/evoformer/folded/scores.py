r"""How near a chain is to another, from distances and from places.

    lDDT      share of true distances below 15 Å, neighbours left out, told within 0.5, 1, 2, 4 Å, the mean of four;
              a mirror image has lDDT 1
    RMSD      after the best rotation (Kabsch), reflections not allowed
    TM        (1/n) Σ 1/(1 + (d_i/d₀)²) after that rotation, d₀ = max(1.24 (n − 15)^⅓ − 1.8, 0.5): residues paired in
              order, so no larger than the best over all rotations
    places    classical scaling of distances, then SMACOF; of both mirror images the one whose helical dihedrals of Cα
              (i, i+1, i+2, i+3) are right-handed, which does not ask the truth
    helices   residues of which d(i, i+2), d(i, i+3), d(i, i+4) are near 5.5, 5.2, 6.2 Å

Source: V. Mariani et al. (2013); W. Kabsch (1976); Y. Zhang, J. Skolnick (2004).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["completed", "helices", "lddt", "places_of", "rmsd_and_tm", "superposed"]

Array = NDArray[np.float64]


def lddt(told: Array, true: Array) -> float:
    """Of two matrices of distances (n, n)."""
    n = len(true)
    apart = np.abs(np.subtract.outer(np.arange(n), np.arange(n)))
    counted = (true < 15.0) & (apart > 1)
    off = np.abs(told - true)[counted]
    return float(np.mean([(off < limit).mean() for limit in (0.5, 1.0, 2.0, 4.0)]))


def superposed(x: Array, onto: Array) -> Array:
    """x (n, 3) moved and turned onto the other: no reflection."""
    a, b = x - x.mean(axis=0), onto - onto.mean(axis=0)
    U, _, Vt = np.linalg.svd(a.T @ b)
    sign = np.sign(np.linalg.det(U @ Vt))
    return a @ (U * [1.0, 1.0, sign]) @ Vt + onto.mean(axis=0)


def rmsd_and_tm(x: Array, true: Array) -> tuple[float, float]:
    """Root mean square distance in Å, and TM, after the best rotation."""
    off = np.linalg.norm(superposed(x, true) - true, axis=1)
    n = len(true)
    d0 = max(1.24 * np.cbrt(n - 15) - 1.8, 0.5)
    return float(np.sqrt((off**2).mean())), float((1 / (1 + (off / d0) ** 2)).mean())


def dihedrals(x: Array) -> Array:
    """Of each four neighbours in order, in degrees."""
    a, b, c = x[1:-2] - x[:-3], x[2:-1] - x[1:-2], x[3:] - x[2:-1]
    first, second = np.cross(a, b), np.cross(b, c)
    along = np.linalg.norm(b, axis=1)
    return np.rad2deg(np.arctan2(along * (a * second).sum(axis=1), (first * second).sum(axis=1)))


def places_of(distances: Array, rounds: int = 60) -> Array:
    """Places (n, 3) with about these distances."""
    n = len(distances)
    D = (distances + distances.T) / 2
    np.fill_diagonal(D, 0.0)
    centre = np.eye(n) - 1 / n
    values, vectors = np.linalg.eigh(-0.5 * centre @ D**2 @ centre)
    x = vectors[:, -3:] * np.sqrt(np.maximum(values[-3:], 1e-9))
    for _ in range(rounds):  # x ← B(x)x/n, B = −D/‖x_i − x_j‖ off the diagonal
        now = np.linalg.norm(x[:, None] - x[None], axis=-1)
        B = -D / np.maximum(now, 1e-9)
        np.fill_diagonal(B, 0.0)
        np.fill_diagonal(B, -B.sum(axis=1))
        x = B @ x / n
    angles = dihedrals(x)
    helical = np.abs(np.abs(angles) - 50.0) < 25.0
    return x if (angles[helical] > 0).sum() >= (angles[helical] < 0).sum() else x * [1.0, 1.0, -1.0]


def helices(distances: Array) -> NDArray[np.bool_]:
    """Which residues stand in a helix by the rule: two neighbours in a row whose three distances are helical."""
    n = len(distances)
    start = np.array([
        i + 4 < n and abs(distances[i, i + 2] - 5.5) < 0.7 and abs(distances[i, i + 3] - 5.2) < 1.0
        and abs(distances[i, i + 4] - 6.2) < 1.2
        for i in range(n)
    ])  # fmt: skip
    inside = np.zeros(n, dtype=bool)
    for i in np.flatnonzero(start):
        inside[i : i + 5] = True
    return inside


def completed(seen: Array, where: NDArray[np.bool_]) -> Array:
    """Distances by shortest ways over the seen ones, neighbours at 3.8 and next ones at 5.8 Å: no learning."""
    n = len(seen)
    D = np.where(where, seen, np.inf)
    for k, length in ((1, 3.8), (2, 5.8)):
        i = np.arange(n - k)
        D[i, i + k] = D[i + k, i] = length
    np.fill_diagonal(D, 0.0)
    for k in range(n):
        D = np.minimum(D, D[:, k : k + 1] + D[k : k + 1])
    return D
