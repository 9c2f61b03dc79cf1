r"""The seven layers of the paper and their variants, as torch modules that hold many networks at once.

Every parameter has a first axis of members, one a seed; a module with one member is the ordinary network.  What a layer
integrates is a `System` (see `systems.nesterov.trained.kinds`).  Layers of the second order start from the features and
a velocity that a network of its own makes of them; a Nesterov layer turns both into (x, m) at t = 1, the released one
does not.  Evaluations of the field are counted, one count a member: `Layer.counts`.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torchdiffeq import odeint_adjoint

from systems.nesterov.trained.kinds import BOUNDS, Parts, System
from systems.solving.lockstep import solve
from systems.training.streams import stream

ACTIVATIONS: dict[str, Any] = {
    "elu": F.elu, "relu": torch.relu, "tanh": torch.tanh, "leaky": lambda x: F.leaky_relu(x, 0.3),
    "hardtanh 5": BOUNDS["hardtanh 5"],
}  # fmt: skip


class Net(nn.Module):
    """Affine maps with an activation between them, dense or as convolutions; time is one more input where `timed`.

    x: members x batch x inputs (and pixels); t: a number, or members x 1 x 1 (and ones).
    """

    def __init__(
        self, members: int, widths: list[int], activation: str = "relu", timed: Any = False, kernels: Any = None
    ):
        super().__init__()
        count = len(widths) - 1
        self.activation, self.kernels = activation, kernels
        self.timed = list(timed) if isinstance(timed, (tuple, list)) else [timed] * count
        self.weights = nn.ParameterList()
        for i, (a, b) in enumerate(pairwise(widths)):
            inputs = a + int(self.timed[i])
            taps = () if kernels is None else (kernels[i], kernels[i])
            shape = (members, b, inputs, *taps) if taps else (members, inputs, b)
            fan = inputs * int(np.prod(taps)) if taps else inputs
            for part in (shape, (members, 1, b) if not taps else (members, b)):
                parameter = nn.Parameter(torch.zeros(part, dtype=torch.float64))
                parameter.fan = fan  # type: ignore[attr-defined]
                self.weights.append(parameter)

    def forward(self, x: Tensor, t: Any = None, weights: Any = None) -> Tensor:
        weights = self.weights if weights is None else weights
        last = len(self.timed) - 1
        for i, timed in enumerate(self.timed):
            W, b = weights[2 * i], weights[2 * i + 1]
            if self.kernels is None:
                x = torch.baddbmm(b + t * W[:, -1:], x, W[:, :-1]) if timed else torch.baddbmm(b, x, W)
            else:
                x = self.convolved(x, t, W, b, timed)
            if i < last:
                x = ACTIVATIONS[self.activation](x)
        return x

    @staticmethod
    def convolved(x: Tensor, t: Any, W: Tensor, b: Tensor, timed: bool) -> Tensor:
        if timed:
            x = torch.cat([x, t * torch.ones_like(x[:, :, :1])], dim=2)
        S, B, C, *pixels = x.shape
        together = x.transpose(0, 1).reshape(B, S * C, *pixels)
        out = F.conv2d(together, W.flatten(0, 1), b.flatten(), padding=W.shape[-1] // 2, groups=S)
        return out.reshape(B, S, -1, *pixels).transpose(0, 1)


def reset(module: nn.Module, seeds: list[int]) -> None:
    """Every member's weights from its own seed, uniform in ±1/√fan-in as torch draws them; a member is who it is
    whatever others there are."""
    for member, seed in enumerate(seeds):
        rng = stream(seed, "weights")
        for parameter in module.parameters():
            fan = getattr(parameter, "fan", None)
            if fan is not None:
                drawn = rng.uniform(-1, 1, parameter.shape[1:]) / np.sqrt(fan)
                parameter.data[member] = torch.tensor(drawn)


@dataclass(frozen=True)
class Solver:
    """How a layer is solved: dopri5 at a tolerance (each member with its own steps), or a fixed step of torchdiffeq."""

    method: str = "dopri5"
    tol: float = 1e-5
    step: float = 0.0
    most: int = 400


class Layer(nn.Module):
    """A system with its force, integrated over [1, 2]; the gradient is that of the continuous adjoint.

    `counts` adds up the evaluations of every member since it was last set to zero.
    """

    start, end = 1.0, 2.0

    def __init__(self, system: System, force: Net, solver: Solver = Solver()):
        super().__init__()
        self.system, self.force, self.solver = system, force, solver
        members = len(force.weights[0])
        for name, value in system.scalars.items():
            setattr(self, name, nn.Parameter(torch.full((members, 1, 1), value, dtype=torch.float64)))
        if system.idle:
            self.idle = nn.Parameter(torch.zeros(members, system.idle, dtype=torch.float64))
        self.counts = torch.zeros(members, dtype=torch.long)

    def learned(self) -> list[Tensor]:
        """What the field depends on: the force's weights, then γ̂ and ξ̂ where they are learned."""
        return [*self.force.weights, *(getattr(self, name) for name in self.system.scalars)]

    def number(self, name: str, given: float | str, weights: Any) -> Any:
        """γ or ξ: as given, or out of the parameter it is learned by."""
        if given != "learned" or name not in self.system.scalars:
            return given
        raw = weights[len(self.force.weights) + list(self.system.scalars).index(name)]
        return torch.sigmoid(raw) if name == "gamma" else F.softplus(raw)

    def derivative(self, t: Any, z: Tensor, weights: Any = None) -> Tensor:
        """z' for z, members x batch x (channels of both halves) …; t a number or members x 1 x 1 …."""
        weights = self.learned() if weights is None else weights
        s = self.system
        gamma, xi = self.number("gamma", s.gamma, weights), self.number("xi", s.xi, weights)
        parts = Parts(lambda h, t: self.force(h, t, weights), BOUNDS[s.sigma], gamma, xi, s.r)
        return s.kind.field(z, t, parts)

    def scaled(self, t: Any, z: Tensor, weights: Any, scale: Any = 1.0) -> Tensor:
        """z' where time runs `scale` times as fast."""
        return scale * self.derivative(t, z, weights)

    # ------------------------------------------------------------ from features to features

    def enter(self, h: Tensor, velocity: Tensor | None) -> Tensor:
        """The state at t = 1."""
        return self.system.kind.enter(self.system, h, velocity, self.start)

    def leave(self, z: Tensor, t: float = end) -> Tensor:
        """The features of a state at the time t."""
        return self.system.kind.leave(self.system, z, t)

    def resume(self, z: Tensor, t: float = end) -> Tensor:
        """A state at the time t as (h, h'), from which `enter` may start again."""
        return self.system.kind.resume(self.system, z, t)

    def forward(self, h: Tensor, velocity: Tensor | None = None) -> Tensor:
        return self.leave(self.flow(self.enter(h, velocity)))

    def flow(self, z: Tensor, scale: Tensor | None = None, t: float = end) -> Tensor:
        """The state at the time t from the one at 1; `scale` (members x batch x 1) multiplies the field."""
        if self.solver.method == "dopri5":
            given = () if scale is None else (scale,)
            return solve(
                self.scaled, z, self.learned(), self.start, t,
                tol=self.solver.tol, given=given, most=self.solver.most, counts=self.counts,
            )  # fmt: skip
        weights = self.learned()

        def right(t: Tensor, y: Tensor) -> Tensor:
            self.counts += 1
            return self.scaled(t, y, weights, 1.0 if scale is None else scale)

        return odeint_adjoint(  # type: ignore[no-any-return]
            right, z, torch.tensor([self.start, t], dtype=torch.float64), method=self.solver.method,
            options={"step_size": self.solver.step}, adjoint_params=tuple(weights),
        )[1]  # fmt: skip


class Classifier(nn.Module):
    """Features (padded with zeros), their velocity, the layer, an affine readout: point cloud, MNIST, CIFAR, digits."""

    def __init__(
        self, members: int, system: System, n: int, hidden: int, outputs: int, *, padded: int = 0, made: int = 0,
        style: str = "cloud", pixels: int = 1, solver: Solver = Solver(),
    ):  # fmt: skip
        """n: channels of h, `padded` of them zeros at first, `made` of them by the velocity's network."""
        super().__init__()
        conv = {"kernels": (1, 3, 1)} if style == "images" else {}
        inner, around = {"cloud": ("elu", "hardtanh 5"), "images": ("relu", "leaky"), "digits": ("relu", "leaky")}[
            style
        ]
        timed: Any = (True, False, False) if style == "cloud" else True
        second = system.kind.second
        self.padded = padded
        self.velocity = Net(members, [n - made, hidden, hidden, n + made], around, **conv) if second else None
        inputs = 2 * n if system.kind.sees_velocity else n
        self.layer = Layer(system, Net(members, [inputs, hidden, hidden, n], inner, timed, **conv), solver)
        self.readout = Net(members, [n * pixels, outputs])

    def features(self, x: Tensor) -> Tensor:
        """The features at t = 2."""
        if self.padded:
            x = torch.cat([x, torch.zeros_like(x[:, :, :1]).expand(*x.shape[:2], self.padded, *x.shape[3:])], dim=2)
        if self.velocity is None:
            return self.layer(x)
        joined = torch.cat([x, self.velocity(x)], dim=2)
        return self.layer(*joined.chunk(2, dim=2))

    def forward(self, x: Tensor) -> Tensor:
        return self.readout(self.features(x).flatten(2))


class Recurrent(nn.Module):
    """An ODE-RNN: at an observation a network makes a new state of state and observation, then the layer flows.

    As in the authors' scripts the network's output is the state for NODE and ANODE and is added to it for the others,
    the force knows no time, and the field is multiplied by the gap to the next observation.  `dims` are the two widths
    of that network.  The scripts let NODE and ANODE flow first and read out before the observation is seen, so that
    these two have to look one observation further ahead than the others; here all seven follow one order.
    """

    def __init__(
        self, members: int, system: System, seen: int, n: int, dims: tuple[int, int], *, start: int = 0,
        solver: Solver = Solver(),
    ):  # fmt: skip
        super().__init__()
        second = system.kind.second
        self.n, self.second = n, second
        size = 2 * n if second else n
        inputs = 2 * n if system.kind.sees_velocity else n
        self.layer = Layer(system, Net(members, [inputs, inputs, n, n], "tanh"), solver)
        self.jump = Net(members, [seen + size, *dims, size], "tanh")
        self.first = Net(members, [seen, start]) if start else None
        self.readout = Net(members, [n, seen])

    def forward(self, gaps: Tensor, seen: Tensor) -> Tensor:
        """The next observation after each: gaps members x batch x steps, seen … x channels; the same shape."""
        S, B, steps, _ = seen.shape
        z = torch.zeros(S, B, 2 * self.n if self.second else self.n, dtype=torch.float64)
        if self.first is not None:
            begun = self.first(seen[:, :, 0])
            z = torch.cat([begun, z[:, :, begun.shape[2] :]], dim=2)
        told = []
        for i in range(steps):
            jumped = self.jump(torch.cat([z, seen[:, :, i]], dim=2))
            halves = (z + jumped).chunk(2, dim=2) if self.second else (jumped, None)
            z = self.layer.resume(self.layer.flow(self.layer.enter(*halves), gaps[:, :, i, None]))
            told.append(self.readout(z[:, :, : self.n]))
        return torch.stack(told, dim=2)
