r"""Pairs of images: what is given, and what is wanted at a label θ between 0° and 90°.

    digits    scikit-learn's, enlarged to 10, laid on 16 x 16, turned by θ; given is θ = 0; 1400 to train, 397 to test
    chairs    wire frames of our own, seen from an angle θ around the vertical, on 32 x 32; given is the view at θ = 0;
              240 to train, 60 to test

Labels seen are 0°, 15°, …, 90°; unseen ones lie half way between them.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from systems.data.digits import digits

__all__ = ["SEEN", "SWEEP", "TRAINED", "UNSEEN", "pictures"]

Array = NDArray[np.float64]
SEEN = tuple(float(theta) for theta in range(0, 91, 15))
UNSEEN = tuple(theta + 7.5 for theta in SEEN[:-1])
SWEEP = tuple(float(theta) for theta in np.linspace(0, 90, 61))
TRAINED = {"digits": 1400, "chairs": 240}


@cache
def pictures(what: str, theta: float) -> Array:
    """All images at a label: many x n x n, grey levels from 0 to 1."""
    if what == "digits":
        return turned_digits(theta)
    if what == "chairs":
        return np.stack([chair(seed, theta) for seed in range(300)])
    raise ValueError(f"no pictures {what!r}: expected digits or chairs")


@cache
def upright() -> Array:
    """The digits on 16 x 16."""
    images = digits()[0].reshape(-1, 8, 8) / 16
    enlarged = ndimage.zoom(images, (1, 1.25, 1.25), order=1)
    return np.pad(enlarged, ((0, 0), (3, 3), (3, 3)))


def turned_digits(theta: float) -> Array:
    """Turned counter-clockwise by θ degrees about the middle, by linear interpolation."""
    return np.clip(ndimage.rotate(upright(), theta, axes=(2, 1), reshape=False, order=1), 0, 1)


# ---------------------------------------------------------------- chairs


def frame_of(seed: int) -> Array:
    """The segments of a chair, (many, 2, 3): four legs, a seat, a back with some bars, perhaps arms."""
    rng = np.random.default_rng([seed, 49])
    width, depth = rng.uniform(0.35, 0.6), rng.uniform(0.35, 0.6)
    seat, back = rng.uniform(-0.25, 0.0), rng.uniform(0.45, 0.85)
    corners = np.array([[sx * width, sy * depth] for sx, sy in ((-1, -1), (1, -1), (1, 1), (-1, 1))])
    at = [np.append(corner, seat) for corner in corners]
    splay = rng.uniform(1.0, 1.3)
    segments = [(p, np.append(splay * p[:2], -0.8)) for p in at]
    segments += [(at[k], at[(k + 1) % 4]) for k in range(4)]
    top = [at[k] + [0, 0, back] for k in (2, 3)]
    segments += [(at[2], top[0]), (at[3], top[1]), (top[0], top[1])]
    for share in np.linspace(0, 1, int(rng.integers(1, 4)) + 2)[1:-1]:
        segments.append((at[2] + share * (top[0] - at[2]), at[3] + share * (top[1] - at[3])))
    if rng.random() < 0.5:
        high = seat + 0.4 * back
        for back_corner, front in ((2, 1), (3, 0)):
            near, far = np.append(corners[front], high), np.append(corners[back_corner], high)
            segments += [(near, far), (near, at[front])]
    return np.array(segments)


def chair(seed: int, theta: float, size: int = 32) -> Array:
    """A chair seen from θ degrees, a little from above: Gaussian dots along its segments, the brightest counts."""
    segments = frame_of(seed)
    share = np.linspace(0, 1, 24)[None, :, None]
    points = (segments[:, :1] + share * (segments[:, 1:] - segments[:, :1])).reshape(-1, 3)
    a, tilt = np.deg2rad(theta - 45.0), np.deg2rad(20.0)
    x = np.cos(a) * points[:, 0] - np.sin(a) * points[:, 1]
    y = np.sin(a) * points[:, 0] + np.cos(a) * points[:, 1]
    up = np.cos(tilt) * points[:, 2] + np.sin(tilt) * y
    column, row = size / 2 + 0.47 * size * x, size / 2 - 0.5 * size * up
    grid = np.arange(size) + 0.5
    across = np.exp(-((grid[None] - column[:, None]) ** 2) / 0.9)
    along = np.exp(-((grid[None] - row[:, None]) ** 2) / 0.9)
    return np.asarray((along[:, :, None] * across[:, None, :]).max(axis=0))
