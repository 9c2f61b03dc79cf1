r"""Spirals of the public example, observed at irregular times as the paper describes it.

Two Archimedean curves of 500 points on θ ∈ [0, 6π], with a = 0 and b = 0.3 (examples/latent_ode.py of torchdiffeq,
which sets `ntotal = 1000` and does not hand it on):

    clockwise          r = 50 b/φ,  φ = 6π + 1 − θ,   centre (−5, 0), falls outwards ever faster
    counter-clockwise  r = b θ,     φ = θ,            centre (+5, 0)

A trajectory is a window of one of them: 100 equally spaced points from a start of its own, and as many beyond.  Every
window lies on one of two curves, so what is beyond one window is inside others: `Law` says which stretch was shown.
The paper has half of 1000 spirals clockwise, Gaussian noise, and n of the 100 points, drawn without replacement for
each trajectory; its law and its noise are not told, nor its test split: 200 more windows here, with noise of their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from systems.training.protocol import Seeds

SEEDS = Seeds(12, 12, chosen_on=tuple(range(12)))
"""Margins of the comparisons were chosen after the seeds 0 to 11."""
NOISE, LEVELS, COUNTS = 0.3, (0.05, 0.1, 0.3), (30, 50, 100)
"""0.3 is the noise of the public example; the levels are swept at n = 30."""
POINTS, SEEN, BEYOND = 500, 100, 100
LENGTH, GROWTH = 6 * np.pi, 0.3
TIMES = np.linspace(0, LENGTH, POINTS)[: SEEN + BEYOND]
"""The times of a window; those asked for are the last hundred."""
TRAINED_ON, TESTED_ON = 1000, 200


@dataclass(frozen=True)
class Law:
    """Where windows start, on curves of 500 points: first and last index, to train on and to test on."""

    train: tuple[int, int]
    test: tuple[int, int]


LAWS = {
    "released": Law((100, 399), (100, 299)),  # as in the example; all that is asked for lies where training has been
    "half shown": Law((100, 199), (100, 199)),  # training has been at 100 … 298; asked for is 200 … 398
}
SHOWN = 298
"""The last index of a curve that training on "half shown" has been at."""


@cache
def curve(clockwise: bool) -> np.ndarray:
    """500 x 2."""
    theta = np.linspace(0, LENGTH, POINTS)
    angle = LENGTH + 1 - theta if clockwise else theta
    radius = 50 * GROWTH / angle if clockwise else GROWTH * theta
    centre = -5 if clockwise else 5
    return np.stack([radius * np.cos(angle) + centre, radius * np.sin(angle)], axis=1)


@dataclass(frozen=True)
class Spirals:
    """N windows: observations N x n x 2 at the indices N x n of their grid, and, to test on, all N x 200 x 2 points."""

    start: np.ndarray
    clockwise: np.ndarray
    index: np.ndarray
    seen: np.ndarray
    clean: np.ndarray
    noisy: np.ndarray


WINDOWS = 5
"""The tag of a seed's windows, of which it has a stream to train on and one to test on."""


def windows(seed: int, which: str, many: int, span: tuple[int, int], n: int, noise: float) -> Spirals:
    """Half of them clockwise; the same windows, draws of noise and order of points whatever n and the noise."""
    rng = np.random.default_rng([seed, WINDOWS, ("train", "test").index(which)])
    clockwise = np.arange(many) % 2 == 0
    start = rng.integers(span[0], span[1] + 1, many)
    order = np.argsort(rng.random((many, SEEN)), axis=1)
    draws = rng.normal(size=(many, SEEN + BEYOND, 2))
    index = np.sort(order[:, :n], axis=1)
    at = np.minimum(start[:, None] + np.arange(SEEN + BEYOND), POINTS - 1)  # a training window uses the first hundred
    clean = np.where(clockwise[:, None, None], curve(True)[at], curve(False)[at])
    noisy = clean + noise * draws
    return Spirals(start, clockwise, index, np.take_along_axis(noisy, index[:, :, None], axis=1), clean, noisy)


@cache
def spirals(seed: int, n: int, noise: float, law: str = "released") -> tuple[Spirals, Spirals]:
    """What is trained on and what is tested on."""
    of = LAWS[law]
    return (
        windows(seed, "train", TRAINED_ON, of.train, n, noise),
        windows(seed, "test", TESTED_ON, of.test, n, noise),
    )
