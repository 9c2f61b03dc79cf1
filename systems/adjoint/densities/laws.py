r"""What the flows are trained on: potentials with their normalisers, and two laws of data with their densities.

Circles are those of the public example (radii 1 and ½, noise 0.06, base N(0, 0.1 I)) in units of its base's deviation,
so multiplied by √10.  Moons are scikit-learn's with noise 0.1, doubled and shifted by (−1, −0.2), as in FFJORD's code
(recalled); what the paper used is not in its text.  Points are drawn independently, where scikit-learn spaces them
evenly along the curves before it adds noise: a likelihood is about a density.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from scipy.special import ive, logsumexp

from systems.adjoint.densities.layers import potential

SCALE = np.sqrt(10.0)
RADII, RING_NOISE = (SCALE, SCALE / 2), 0.06 * SCALE
MOON_NOISE, ALONG = 0.2, 200
WINDOW = 6.0
"""Densities are integrated over [−6, 6]²; outside it every one of them has less than 1e-9."""


def grid(points: int = 241, window: float = WINDOW) -> tuple[np.ndarray, float]:
    """Points of a square grid, 2 x points², and the area of a cell: the trapezoid rule for what vanishes outside."""
    x = np.linspace(-window, window, points)
    return np.stack([part.ravel() for part in np.meshgrid(x, x, indexing="xy")]), float((x[1] - x[0]) ** 2)


def potentials(kind: int, z: np.ndarray) -> np.ndarray:
    """U of the target at z, 2 x N."""
    return np.array([potential(kind, x, y)[0] for x, y in z.T])


@cache
def log_normaliser(kind: int) -> float:
    """log ∫ e^{−U}, by quadrature."""
    z, cell = grid(481)
    return float(logsumexp(-potentials(kind, z)) + np.log(cell))


def sample(law: int, rng: np.random.Generator, count: int) -> np.ndarray:
    """Data, 2 x count."""
    one = rng.integers(0, 2, count)
    noise = rng.normal(size=(2, count))
    if law == 0:
        angle, radius = rng.uniform(0, 2 * np.pi, count), np.where(one, *RADII)
        return np.asarray(radius * np.stack([np.cos(angle), np.sin(angle)]) + RING_NOISE * noise)
    return np.asarray(moon(one, rng.uniform(0, np.pi, count)) + MOON_NOISE * noise)


def moon(inner: np.ndarray, angle: np.ndarray) -> np.ndarray:
    """A point of one of the two arcs."""
    x = np.where(inner, 1 - np.cos(angle), np.cos(angle))
    y = np.where(inner, 0.5 - np.sin(angle), np.sin(angle))
    return np.stack([2 * x - 1, 2 * y - 0.2])


def log_law(law: int, x: np.ndarray) -> np.ndarray:
    """The true log density of the data at x, 2 x N.

    A ring of radius r blurred by σ: (2πσ²)^{-1} e^{−(ρ − r)²/2σ²} e^{−ρr/σ²} I_0(ρr/σ²), ρ = ‖x‖.  An arc blurred: the
    mean of Gaussians along it, by 200 midpoints, a sixth of σ apart.
    """
    if law == 0:
        rho, v = np.hypot(*x), RING_NOISE**2
        parts = [-0.5 * (rho - r) ** 2 / v + np.log(ive(0, rho * r / v)) for r in RADII]
        return np.asarray(np.logaddexp(*parts) - np.log(4 * np.pi * v))
    angles = (np.arange(ALONG) + 0.5) * np.pi / ALONG
    centres = np.concatenate([moon(np.full(ALONG, inner), angles) for inner in (0, 1)], axis=1) / MOON_NOISE
    found = []
    for part in np.array_split(x / MOON_NOISE, max(1, x.shape[1] // 500), axis=1):
        half = 0.5 * ((part[0][:, None] - centres[0]) ** 2 + (part[1][:, None] - centres[1]) ** 2)
        least = half.min(axis=1)
        found.append(np.log(np.exp(least[:, None] - half).sum(axis=1)) - least)
    return np.asarray(np.concatenate(found) - np.log(4 * np.pi * ALONG * MOON_NOISE**2))


@cache
def entropy(law: int) -> float:
    """−∫ p log p in nats, by quadrature: minus the best mean log likelihood there is."""
    x, cell = grid()
    log_p = log_law(law, x)
    return float(-np.sum(np.exp(log_p) * log_p) * cell)
