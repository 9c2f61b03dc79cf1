r"""The networks of Table 1 as the public example builds them: a stem that samples down, a middle, a head.

    stem    3×3 convolution, norm, relu, then 4×4 convolutions of stride 2, with norm and relu between them
    ODE     z' = N(C(t, relu N(C(t, relu N z)))) on [0, 1]: 3×3 convolutions C that see time as one more channel
    ResNet  L blocks z + C relu N(C relu N z), without biases
    head    norm, relu, mean over the pixels, an affine map to ten classes

N normalises groups of channels (GroupNorm, affine).  ODE-Net integrates by dopri5 at 1e-3 and has its gradient from the
adjoint equation, RK-Net is the same network and solver with backpropagation through the steps.  `PAPER` has the sizes
of the example (64 channels, 32 groups, 28×28 pixels), `SMALL` those for scikit-learn's 8×8 digits: a quarter of the
channels, still two channels in a group, and one 4×4 convolution, since two would leave a single pixel.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torchdiffeq import odeint, odeint_adjoint

NAMES = ("ODE-Net", "RK-Net", "ResNet-6", "ResNet-1", "no block", "MLP")
"""Those of Table 1, and two that its text and issues name: one block, and none (torchdiffeq#25, #32)."""


@dataclass(frozen=True)
class Size:
    """side: pixels of an image; padding: of the first convolution; halvings: convolutions of stride 2."""

    channels: int
    groups: int
    side: int
    padding: int
    halvings: int
    hidden: int

    @property
    def pixels(self) -> int:
        """Pixels of the maps in the middle: 6×6 at the paper's size, 4×4 at ours."""
        side = self.side - 2 + 2 * self.padding
        for _ in range(self.halvings):
            side = (side - 2) // 2 + 1
        return side * side


PAPER = Size(64, 32, 28, 0, 2, 300)
SMALL = Size(16, 8, 8, 1, 1, 127)
"""127 hidden units give the perceptron as many parameters as ODE-Net, as in the paper."""


def norm(size: Size) -> nn.Module:
    return nn.GroupNorm(size.groups, size.channels)


def stem(size: Size) -> list[nn.Module]:
    C = size.channels
    layers: list[nn.Module] = [nn.Conv2d(1, C, 3, padding=size.padding)]
    for _ in range(size.halvings):
        layers += [norm(size), nn.ReLU(), nn.Conv2d(C, C, 4, 2, 1)]
    return layers


def head(size: Size) -> list[nn.Module]:
    return [norm(size), nn.ReLU(), nn.AdaptiveAvgPool2d((1, 1)), nn.Flatten(), nn.Linear(size.channels, 10)]


class Field(nn.Module):
    """The right-hand side; counts its evaluations.  `activation` is relu, and can be set to something smooth."""

    def __init__(self, size: Size) -> None:
        super().__init__()
        C = size.channels
        self.norms = nn.ModuleList(norm(size) for _ in range(3))
        self.convolutions = nn.ModuleList(nn.Conv2d(C + 1, C, 3, padding=1) for _ in range(2))
        self.calls, self.activation = 0, torch.relu

    def forward(self, t: Tensor, z: Tensor) -> Tensor:
        self.calls += 1
        clock = t.to(z.dtype).expand(len(z), 1, *z.shape[2:])
        for normed, convolved in zip(self.norms, self.convolutions, strict=False):
            z = convolved(torch.cat([clock, self.activation(normed(z))], dim=1))
        return self.norms[2](z)  # type: ignore[no-any-return]


class ODEBlock(nn.Module):
    """z(0) ↦ z(1) by torchdiffeq; `method` and `options` are those of its solvers."""

    def __init__(self, size: Size, adjoint: bool, tol: float = 1e-3, method: str = "dopri5", options: Any = None):
        super().__init__()
        self.field, self.tol, self.method, self.options = Field(size), tol, method, options
        self.solve = odeint_adjoint if adjoint else odeint

    def forward(self, z: Tensor) -> Tensor:
        times = torch.tensor([0.0, 1.0]).to(z)
        how = {"rtol": self.tol, "atol": self.tol, "method": self.method, "options": self.options}
        return self.solve(self.field, z, times, **how)[1]  # type: ignore[no-any-return]


class ResidualBlock(nn.Module):
    def __init__(self, size: Size) -> None:
        super().__init__()
        C = size.channels
        self.norms = nn.ModuleList(norm(size) for _ in range(2))
        self.convolutions = nn.ModuleList(nn.Conv2d(C, C, 3, padding=1, bias=False) for _ in range(2))

    def forward(self, z: Tensor) -> Tensor:
        change = z
        for normed, convolved in zip(self.norms, self.convolutions, strict=True):
            change = convolved(torch.relu(normed(change)))
        return z + change


def network(name: str, size: Size = SMALL, **solver: Any) -> nn.Sequential:
    """One of `NAMES`, or "ResNet-L" for any L, with torch's initialisation; images n x 1 x side x side to 10 logits."""
    if name == "MLP":
        inputs = size.side**2
        return nn.Sequential(nn.Flatten(), nn.Linear(inputs, size.hidden), nn.ReLU(), nn.Linear(size.hidden, 10))
    if name in ("ODE-Net", "RK-Net"):
        middle: list[nn.Module] = [ODEBlock(size, name == "ODE-Net", **solver)]
    else:
        middle = [ResidualBlock(size) for _ in range(blocks(name))]
    return nn.Sequential(*stem(size), *middle, *head(size))


def blocks(name: str) -> int:
    """L of "ResNet-L"; "no block" has none."""
    return 0 if name == "no block" else int(name.removeprefix("ResNet-"))


def ode_block(model: nn.Module) -> ODEBlock:
    """The block of an ODE-Net or RK-Net."""
    return next(part for part in model.modules() if isinstance(part, ODEBlock))


def count(model: nn.Module) -> int:
    """Parameters."""
    return sum(p.numel() for p in model.parameters())


def by_formula(name: str, size: Size) -> int:
    """Parameters, from the architecture: weights and biases of each layer, 2C for a norm."""
    C, normed = size.channels, 2 * size.channels
    if name == "MLP":
        return size.side**2 * size.hidden + size.hidden + 10 * size.hidden + 10
    around = 9 * C + C + size.halvings * (normed + 16 * C * C + C) + normed + 10 * C + 10
    if name in ("ODE-Net", "RK-Net"):
        return around + 3 * normed + 2 * (9 * (C + 1) * C + C)
    return around + blocks(name) * (2 * normed + 2 * 9 * C * C)
