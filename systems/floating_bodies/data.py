r"""Simulated bodies: trajectories of (x, y, v_x, v_y) in a flow, and the exact slopes at every stored state.

    x' = v,   m_i v_i' = −(c s + c_l) w_i + F_i,   w = v − u(x), s = |w|

    vortex      u = 0.2 (−y, x); m = 130 + 10 tanh(0.2 s) for both axes; c = 400, c_l = 5: the authors' one world
    cellular    Taylor and Green's flow of speed 0.3 and wave number 1; m = (120, 145); the same drag
    moored      the same, with a known force −30 x towards the middle
    sink        the vortex less 0.1 (x, y): a flow with divergence, which no streamfunction has

64 trajectories of 8 seconds, 401 states each, places from (−2.5, 2.5)², velocities from (−0.9, 0.9)²; 41 are trained on,
10 choose the model, 13 test it.

Source: the released code of Zhang et al. (arXiv 2509.13783) for the first world and all sizes.
"""  # noqa: E501

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["SPLIT", "STEP", "WORLDS", "World", "simulated"]

Array = NDArray[np.float64]
STEP, STATES, BODIES = 0.02, 401, 64
SPLIT = {"train": slice(0, 41), "validation": slice(41, 51), "test": slice(51, 64)}


def rotating(x: Array) -> Array:
    return 0.2 * np.stack([-x[..., 1], x[..., 0]], axis=-1)


def cellular(x: Array) -> Array:
    a, b = x[..., 0], x[..., 1]
    return 0.3 * np.stack([-np.sin(a) * np.cos(b), np.cos(a) * np.sin(b)], axis=-1)


def sinking(x: Array) -> Array:
    return rotating(x) - 0.1 * x


def rising(s: Array) -> Array:
    one = 130 + 10 * np.tanh(0.2 * s)
    return np.stack([one, one], axis=-1)


def different(s: Array) -> Array:
    return np.stack([np.full_like(s, 120.0), np.full_like(s, 145.0)], axis=-1)


@dataclass(frozen=True)
class World:
    """A flow u(x), masses along the axes m(s), drag c and c_l, and the stiffness of a known force −k x."""

    flow: Callable[[Array], Array]
    masses: Callable[[Array], Array]
    stiffness: float = 0.0
    drag: tuple[float, float] = (400.0, 5.0)

    def slopes(self, state: Array) -> Array:
        """(v, v') at states (…, 4)."""
        x, v = state[..., :2], state[..., 2:]
        w = v - self.flow(x)
        s = np.linalg.norm(w, axis=-1)
        c, c_l = self.drag
        return np.concatenate([v, (-(c * s + c_l)[..., None] * w - self.stiffness * x) / self.masses(s)], axis=-1)

    def rates(self, s: Array) -> Array:
        """κ_i(s) = (c s + c_l)/m_i(s), (…, 2): what drag and masses do together."""
        c, c_l = self.drag
        return (c * s + c_l)[..., None] / self.masses(s)


WORLDS = {
    "vortex": World(rotating, rising),
    "cellular": World(cellular, different),
    "moored": World(cellular, different, stiffness=30.0),
    "sink": World(sinking, rising),
}


def carried(slopes: Callable[[Array], Array], start: Array, step: float, steps: int) -> Array:
    """States after each of so many steps of Kutta's scheme, the start included: (…, steps + 1, 4)."""
    states = [start]
    for _ in range(steps):
        x = states[-1]
        k1 = slopes(x)
        k2 = slopes(x + step / 2 * k1)
        k3 = slopes(x + step / 2 * k2)
        k4 = slopes(x + step * k3)
        states.append(x + step / 6 * (k1 + 2 * k2 + 2 * k3 + k4))
    return np.stack(states, axis=-2)


def simulated(world: World, rng: np.random.Generator) -> Array:
    """Trajectories of all bodies from a generator: 64 x 401 x 4, by steps of half the stored one."""
    start = np.concatenate([rng.uniform(-2.5, 2.5, (BODIES, 2)), rng.uniform(-0.9, 0.9, (BODIES, 2))], axis=1)
    return carried(world.slopes, start, STEP / 2, 2 * (STATES - 1))[:, ::2]
