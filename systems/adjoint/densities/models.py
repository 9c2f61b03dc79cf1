r"""Flows that carry N(0, I) in the plane: gated units (28), units moved by a hyper-network, planar layers; targets.

A continuous flow solves y' for y = (z, ℓ) over t in [0, 1] at a tolerance; its M units have constant w, u, b and gates
that a network of t opens ("gated", (28)), or all six numbers of a unit come from that network ("hyper", as in the
public example examples/cnf.py).  The network has one hidden layer of 16 tanh units.  Planar layers
(7) are kept invertible.  All start near the identity, a seed's w, u, b drawn alike for all three.

Targets, recalled from Rezende and Mohamed 2015, Table 1 (the first three of four), p ∝ e^{−U}:

    U_1 = ½((‖z‖ − 2)/0.4)² − log(e^{−½((z_1 − 2)/0.6)²} + e^{−½((z_1 + 2)/0.6)²})
    U_2 = ½((z_2 − s)/0.4)² + wall,  s = sin(πz_1/2)
    U_3 = −log(e^{−½((z_2 − s)/0.35)²} + e^{−½((z_2 − s + r)/0.35)²}) + wall,  r = 3e^{−½((z_1 − 1)/0.6)²}

The wall, ½((|z_1| − 4)/0.4)² beyond |z_1| = 4, is ours: without it e^{−U_2} and e^{−U_3} have no integral over the
plane, and there is no density to match; in print they are drawn on [−4, 4]².
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from systems.adjoint.densities import layers as kernels
from systems.adjoint.densities.kernels import Member, Units, flow
from systems.solving.compiled import Asked
from systems.solving.dopri5 import DOPRI5

HIDDEN = 16
TARGETS = ("U1", "U2", "U3")
LAWS = ("circles", "moons")
TOL, MOST = 1e-5, 400
"""The tolerance the paper used for densities; more attempted steps than this, and a solve has failed."""


@dataclass(frozen=True)
class Continuous:
    """A continuous flow of M units, `moving` Q of the 6 M numbers in time."""

    units: int
    moving: int

    @property
    def learned(self) -> int:
        return 6 * self.units + HIDDEN * self.moving + 2 * HIDDEN

    def first(self, seed: int) -> np.ndarray:
        """θ as it starts: w and b normal, u a tenth of that over √M, the network of t uniform in ±1/√fan-in."""
        w, u, b, rng = drawn(seed, self.units)
        G = rng.uniform(-1, 1, self.units) / np.sqrt(HIDDEN)
        B = rng.uniform(-1, 1, (HIDDEN, 6, self.units)) / np.sqrt(HIDDEN)
        B[:, 2:4] *= 0.1 / np.sqrt(self.units)
        rest = rng.uniform(-1, 1, (2, HIDDEN))
        B = B.reshape(HIDDEN, -1)[:, -self.moving :]
        return np.concatenate([part.ravel() for part in (w, u, b, G, B, rest)])

    def asking(self, theta: np.ndarray) -> Units:
        """What the kernels take for θ."""
        return Units(theta, self.units, HIDDEN, self.moving)

    def carried(
        self,
        theta: np.ndarray,
        z: np.ndarray,
        start: float = 0.0,
        end: float = 1.0,
        tol: float = TOL,
        *,
        e: np.ndarray | None = None,
        most: int = 10_000,
    ) -> np.ndarray:
        """(z, log p(z) − log p at the start), 3 x N, from z (2 x N) at t = `start` to `end`, which may lie before it.

        e: 0 for the trace, or a product of two signs a sample for Hutchinson's estimate.  NaN where the solver fails.
        """
        N, Y = z.shape[1], np.empty(3 * z.shape[1])
        e = np.zeros(N) if e is None else e
        delta, times = (1, (start, end)) if end > start else (-1, (1 - start, 1 - end))
        member = Member(self.asking(theta), e, delta)
        count = flow(np.ascontiguousarray(z), member, Asked(*map(float, times), tol, most, DOPRI5), Y)
        return Y.reshape(3, N) if count > 0 else np.full((3, N), np.nan)

    def log_density(self, theta: np.ndarray, x: np.ndarray, at: float = 1.0, **how: object) -> np.ndarray:
        """log p(x, t) at t = `at`, for x 2 x N."""
        y = self.carried(theta, x, at, 0.0, **how)  # type: ignore[arg-type]
        return np.asarray(log_normal(y[:2]) - y[2])


def gated(units: int) -> Continuous:
    """Σ_n σ_n(t) u_n tanh(w_nᵀz + b_n), (28)."""
    return Continuous(units, units)


def hyper(units: int) -> Continuous:
    """The same with w, u, b functions of t too."""
    return Continuous(units, 6 * units)


FLOWS = {"gated": gated, "hyper": hyper}


def drawn(seed: int, size: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.random.Generator]:
    """w, u, b of units or layers, and the seed's generator."""
    rng = np.random.default_rng([seed, 1])
    w, u, b = rng.normal(size=(2, size)), 0.1 * rng.normal(size=(2, size)) / np.sqrt(size), rng.normal(size=size)
    return w, u, b, rng


def first_layers(seed: int, size: int) -> np.ndarray:
    """(w, u, b) of planar layers, 5 x K: u shifted by log(e − 1) w/‖w‖², at which û = 0."""
    w, u, b, _ = drawn(seed, size)
    return np.vstack([w, u + np.log(np.e - 1) * w / np.sum(w * w, axis=0), b])


def weights_of(theta: np.ndarray) -> kernels.Weights:
    """The parts of (w, u, b), 5 x K."""
    return kernels.Weights(theta[:2], theta[2:4], theta[4])


def through_layers(theta: np.ndarray, z: np.ndarray) -> np.ndarray:
    """Image and log determinant, 3 x N, of z (2 x N)."""
    passed = kernels.passed_of(theta.shape[1], z.shape[1])
    kernels.layers(np.ascontiguousarray(z), weights_of(theta), passed)
    return np.vstack([passed.states[-1], passed.logdet])


def back_through_layers(theta: np.ndarray, x: np.ndarray) -> np.ndarray:
    """The z (2 x N) that the layers carry to x.

    A layer adds û tanh(α + b), α = wᵀz, and α + wᵀû tanh(α + b) = wᵀx grows with α; its root lies within |wᵀû| of wᵀx.
    """
    w, u, b = theta[:2], theta[2:4], theta[4]
    inner = np.sum(w * u, axis=0)
    hat = u + (np.logaddexp(0, inner) - 1 - inner) / np.sum(w * w, axis=0) * w
    for k in range(b.size - 1, -1, -1):
        at, kappa = w[:, k] @ x, w[:, k] @ hat[:, k]
        low, high = at - abs(kappa), at + abs(kappa)
        for _ in range(52):
            middle = 0.5 * (low + high)
            above = middle + kappa * np.tanh(middle + b[k]) > at
            low, high = np.where(above, low, middle), np.where(above, middle, high)
        x = x - hat[:, k, None] * np.tanh(0.5 * (low + high) + b[k])
    return x


def log_normal(z: np.ndarray) -> np.ndarray:
    """log N(z; 0, I)."""
    return np.asarray(-0.5 * (z[0] ** 2 + z[1] ** 2) - kernels.LOG2PI)
