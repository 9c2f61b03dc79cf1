r"""The tasks of the paper in a size for two cores: data, networks with their losses, and what is measured at the end.

point cloud  the paper's own, at its own size: 40 points with |x| < 1/2 against 80 with 0.85 < |x| < 1, an affine
             readout cut off at ±1, smooth L1 loss, dopri5 at 1e-7.  Every seed has points of its own.
digits       in the place of MNIST and CIFAR10: eight principal components of scikit-learn's digits, 800 to train on,
             dense layers in the place of convolutions and time an input of each of them as there, widths that give
             about 1150 parameters, σ = tanh and ξ = 3/2 as on CIFAR10, dopri5 at 1e-5.
pendulum     in the place of Walker2D: (sin φ, cos φ, φ') of a damped pendulum with noise, at irregular times, an
             ODE-RNN that predicts the next observation, tanh, ξ learned, dopri5 at 1e-7, time not an input.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import torch
from scipy.integrate import solve_ivp
from torch import Tensor, nn
from torch.nn import functional as F

from systems.data.digits import digits
from systems.nesterov.trained.kinds import System
from systems.nesterov.trained.models import Classifier, Recurrent, Solver
from systems.training.streams import stream

POINTS = {"points": 3}
"""The stream of a seed's own points."""
ABLATED = ("HBNODE, γ = 1", "GHBNODE as GNesterovNODE", "GNesterovNODE, σ = id", "GNesterovNODE, ξ = 0",
           "NesterovNODE, direct", "NesterovNODE, released", "GNesterovNODE, released")  # fmt: skip
"""What the paper does not take apart; "GHBNODE as GNesterovNODE" has its σ, its ξ and γ = 1, and no gate."""


def systems(sigma: str, heavy_sigma: str, xi: float | str, r: int = 3) -> dict[str, System]:
    """The seven and their variants, by name; `xi` is that of both generalised layers."""
    gated = System("nesterov", sigma, xi, r=r)
    return {
        "NODE": System("first order"),
        "ANODE": System("first order"),
        "SONODE": System("second order"),
        "HBNODE": System("heavy ball"),
        "GHBNODE": System("heavy ball", heavy_sigma, xi),
        "NesterovNODE": System("nesterov", r=r),
        "GNesterovNODE": gated,
        "HBNODE, γ = 1": System("heavy ball", gamma=1.0),
        "GHBNODE as GNesterovNODE": System("heavy ball", sigma, xi, gamma=1.0),
        "GNesterovNODE, σ = id": replace(gated, sigma="id"),
        "GNesterovNODE, ξ = 0": replace(gated, xi=0.0),
        "NesterovNODE, direct": System("direct", r=r),
        "NesterovNODE, released": System("released", r=r),
        "GNesterovNODE, released": replace(gated, name="released"),
    }


class Task:
    """name, tolerance, learning rate, batch, examples; networks, their losses, and their figures at the end."""

    name: str
    tol: float
    lr = 1e-2
    batch: int
    examples: int
    clip = float("inf")

    def network(self, name: str, members: int, solver: Solver, r: int = 3) -> nn.Module:
        raise NotImplementedError

    def losses(self, network: nn.Module, rows: np.ndarray, seeds: list[int]) -> Tensor:
        """One a member, of its rows, members x batch."""
        raise NotImplementedError

    def tested(self, network: nn.Module, seeds: list[int]) -> dict[str, np.ndarray]:
        """What is measured once training is over, one a member."""
        raise NotImplementedError


class PointCloud(Task):
    name, tol, batch, examples = "point cloud", 1e-7, 50, 120

    @staticmethod
    @cache
    def data(seed: int) -> tuple[np.ndarray, np.ndarray]:
        """120 x 2 points and their labels ∓1."""
        rng = stream(seed, "points", POINTS)
        inner = np.arange(120) < 40
        low, high = np.where(inner, 0.0, 0.85), np.where(inner, 0.5, 1.0)
        radius = low + (high - low) * np.sqrt(rng.uniform(size=120))
        direction = rng.normal(size=(120, 2))
        direction /= np.linalg.norm(direction, axis=1, keepdims=True)
        return radius[:, None] * direction, np.where(inner, -1.0, 1.0)

    def points(self, seeds: list[int]) -> tuple[Tensor, Tensor]:
        x, y = zip(*map(self.data, seeds), strict=True)
        return torch.tensor(np.stack(x)), torch.tensor(np.stack(y))

    def network(self, name: str, members: int, solver: Solver, r: int = 3) -> nn.Module:
        system = systems("hardtanh 5", "hardtanh 1/2", 2.0, r)[name]
        n, hidden = (2, 20) if name == "NODE" else (3, 20) if name == "ANODE" else (2, 13 if name == "SONODE" else 14)
        return Classifier(members, system, n, hidden, 1, padded=int(name == "ANODE"), solver=solver)

    def losses(self, network: nn.Module, rows: np.ndarray, seeds: list[int]) -> Tensor:
        x, y = self.points(seeds)
        which = torch.arange(len(rows))[:, None]
        told = network(x[which, rows])[:, :, 0].clamp(-1, 1)
        return F.smooth_l1_loss(told, y[which, rows], reduction="none").mean(dim=1)

    def tested(self, network: nn.Module, seeds: list[int]) -> dict[str, np.ndarray]:
        x, y = self.points(seeds)
        with torch.no_grad():
            told = network(x)[:, :, 0]
        return {"accuracy": (told.sign() == y).double().mean(dim=1).numpy()}


TRAINED_ON, COMPONENTS = 800, 8


@cache
def components() -> tuple[Tensor, Tensor]:
    """The leading components of all 1797 digits, digits x 8, axes and scale those of the first 800; and labels."""
    images, labels = digits()
    order = np.random.default_rng(1797).permutation(len(labels))
    pixels = images[order] - images[order][:TRAINED_ON].mean(axis=0)
    axes = np.linalg.svd(pixels[:TRAINED_ON], full_matrices=False)[2][:COMPONENTS]
    axes *= np.sign(axes[np.arange(COMPONENTS), np.abs(axes).argmax(axis=1)])[:, None]
    found = pixels @ axes.T
    return torch.tensor(found / found[:TRAINED_ON].std()), torch.tensor(labels[order])


class Digits(Task):
    name, tol, batch, examples, clip = "digits", 1e-5, 100, TRAINED_ON, 1.0

    def network(self, name: str, members: int, solver: Solver, r: int = 3) -> nn.Module:
        system = systems("tanh", "tanh", 1.5, r)[name]
        n, hidden = (8, 24) if name == "NODE" else (10, 22) if name == "ANODE" else (8, 14 if name == "SONODE" else 15)
        padded = 2 if name == "ANODE" else 0
        return Classifier(members, system, n, hidden, 10, padded=padded, style="digits", solver=solver)

    def losses(self, network: nn.Module, rows: np.ndarray, seeds: list[int]) -> Tensor:
        x, labels = components()
        logits = network(x[rows])
        return F.cross_entropy(logits.mT, labels[rows], reduction="none").mean(dim=1)

    def tested(self, network: nn.Module, seeds: list[int]) -> dict[str, np.ndarray]:
        x, labels = components()
        with torch.no_grad():
            told = network(x[TRAINED_ON:].expand(len(seeds), -1, -1))
        return {"accuracy": (told.argmax(dim=2) == labels[TRAINED_ON:]).double().mean(dim=1).numpy()}


class Pendulum(Task):
    name, tol, batch, examples, clip = "pendulum", 1e-7, 32, 128, 1.0
    steps, kept = 10, 64

    @staticmethod
    @cache
    def data() -> tuple[Tensor, Tensor]:
        """Gaps to the next observation, 192 x 10, and 11 observations of three channels; 128 to train on, 64 left out.

        φ'' = −sin φ − φ'/10 from |φ| < 2, |φ'| < 1; gaps uniform in [0.2, 1]; noise 0.02.
        """
        rng = np.random.default_rng(63)
        steps, many = Pendulum.steps, Pendulum.examples + Pendulum.kept
        gaps, found = rng.uniform(0.2, 1.0, (many, steps)), []
        for gap in gaps:
            times = np.concatenate([[0.0], np.cumsum(gap)])
            start = rng.uniform(-1, 1, 2) * [2, 1]
            told = solve_ivp(lambda t, y: [y[1], -np.sin(y[0]) - 0.1 * y[1]], (0, times[-1]), start, "DOP853", times)
            found.append(np.stack([np.sin(told.y[0]), np.cos(told.y[0]), told.y[1]], axis=1))
        seen = np.stack(found) + 0.02 * rng.normal(size=(many, steps + 1, 3))
        return torch.tensor(gaps), torch.tensor(seen)

    def network(self, name: str, members: int, solver: Solver, r: int = 3) -> nn.Module:
        system = systems("tanh", "tanh", "learned", r)[name]
        n = 7 if name == "SONODE" else 8
        dims = (24, 16) if not system.kind.second else (2 * n, 2 * n)
        return Recurrent(members, system, 3, n, dims, start=2 if name == "ANODE" else 0, solver=solver)

    def losses(self, network: nn.Module, rows: np.ndarray, seeds: list[int]) -> Tensor:
        gaps, seen = (part[rows] for part in self.data())
        return (network(gaps, seen[:, :, :-1]) - seen[:, :, 1:]).square().mean(dim=(1, 2, 3))

    def tested(self, network: nn.Module, seeds: list[int]) -> dict[str, np.ndarray]:
        rows = np.tile(np.arange(self.examples, self.examples + self.kept), (len(seeds), 1))
        with torch.no_grad():
            return {"test loss": self.losses(network, rows, seeds).numpy()}


TASKS: dict[str, Any] = {task.name: task for task in (PointCloud(), Digits(), Pendulum())}
