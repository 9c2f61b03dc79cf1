r"""The seven layers of the paper and their variants, as torch modules that hold many networks at once.

Every parameter has a first axis of members, one a seed; a module with one member is the ordinary network.  A layer
integrates its system on [1, 2] (Nesterov factor r, force f, activation σ):

    first order    h' = f(h, t)                                               NODE; ANODE, from (h, 0)
    second order   h' = v,  v' = f(h, v, t)                                   SONODE
    heavy ball     h' = σ(m),  m' = f(h, t) − γm − ξh                         HBNODE (σ = id, ξ = 0), GHBNODE
    nesterov       h = σ(k)x,  x' = σ(m),  m' = −m − σ(f(h, t)) − ξh          NesterovNODE (σ = id, ξ = 0), or G…
    direct         h' = σ(m),  m' = −(r/t)m − σ(f(h, t)) − ξh                 (10) from t = 1 on
    released       what the authors' code integrates in the place of `nesterov`, see
    `gronwall.theory.nesterov.limit.released_field`

γ is sigmoid(γ̂), γ̂ = −3 at the start; ξ is a number or softplus of a parameter.  Layers of the second order start from
the features and a velocity that a network of its own makes of them; a Nesterov layer turns both into (x, m) at t = 1,
the released one does not.  Evaluations of the field are counted, one count a member: `Layer.counts`.
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

from gronwall.theory.nesterov.limit import gate, gate_slope, gated_field
from systems.solving.lockstep import solve

torch.set_num_threads(1)

SIGMAS: dict[str, Any] = {
    "id": lambda x: x, "tanh": torch.tanh, "hardtanh 5": lambda x: x.clamp(-5, 5),
    "hardtanh 1/2": lambda x: x.clamp(-0.5, 0.5), "hardtanh 1/4": lambda x: x.clamp(-0.25, 0.25),
}  # fmt: skip
ACTIVATIONS: dict[str, Any] = {
    "elu": F.elu, "relu": torch.relu, "tanh": torch.tanh, "leaky": lambda x: F.leaky_relu(x, 0.3),
    "hardtanh 5": SIGMAS["hardtanh 5"],
}  # fmt: skip


@dataclass(frozen=True)
class System:
    """What a layer integrates. gamma: a number or "learned"; xi: a number or "learned"; idle: unused parameters."""

    kind: str
    sigma: str = "id"
    xi: float | str = 0.0
    gamma: float | str = "learned"
    r: int = 3
    idle: int = 0

    @property
    def scalars(self) -> dict[str, float]:
        """Names and first values of the learned numbers."""
        found = {"gamma": -3.0} if self.kind == "heavy ball" and self.gamma == "learned" else {}
        return found | ({"xi": 0.0} if self.xi == "learned" else {})


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
        rng = np.random.default_rng([seed, 1])
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

    # ------------------------------------------------------------ the field

    def learned(self) -> list[Tensor]:
        """What the field depends on: the force's weights, then γ̂ and ξ̂ where they are learned."""
        return [*self.force.weights, *(getattr(self, name) for name in self.system.scalars)]

    def number(self, name: str, given: float | str, weights: Any) -> Any:
        if given != "learned":
            return given
        raw = weights[len(self.force.weights) + list(self.system.scalars).index(name)]
        return torch.sigmoid(raw) if name == "gamma" else F.softplus(raw)

    def derivative(self, t: Any, z: Tensor, weights: Any = None) -> Tensor:
        """z' for z, members x batch x (channels of both halves) …; t a number or members x 1 x 1 …."""
        weights = self.learned() if weights is None else weights
        s = self.system
        if s.kind == "first order":
            return self.force(z, t, weights)
        h, m = z.chunk(2, dim=2)
        sigma, xi = SIGMAS[s.sigma], self.number("xi", s.xi, weights)
        if s.kind == "second order":
            return torch.cat([m, self.force(z, t, weights)], dim=2)

        def force(h: Tensor, t: Any) -> Tensor:
            return self.force(h, t, weights)

        if s.kind == "heavy ball":
            gamma = self.number("gamma", s.gamma, weights)
            return torch.cat([sigma(m), force(h, t) - gamma * m - xi * h], dim=2)
        if s.kind == "nesterov":
            return torch.cat(gated_field(force, sigma, xi, s.r)(h, m, t), dim=2)
        if s.kind == "direct":
            return torch.cat([sigma(m), -(s.r / t) * m - sigma(force(h, t)) - xi * h], dim=2)
        if s.kind == "released":  # h, m are read as (h, h'), and m = [(r/(2t) − 1/2) h + h']/k
            m = (m - gate_slope(t, s.r) * h) / gate(t, s.r)
            return torch.cat([sigma(m), -m - sigma(force(h, t)) - xi * h], dim=2)
        raise ValueError(f"no system of the kind {s.kind!r}")

    def scaled(self, t: Any, z: Tensor, weights: Any, scale: Any = 1.0) -> Tensor:
        """z' where time runs `scale` times as fast."""
        return scale * self.derivative(t, z, weights)

    # ------------------------------------------------------------ from features to features

    def gates(self, t: float) -> Tensor:
        """σ(k(t))."""
        return SIGMAS[self.system.sigma](gate(torch.tensor(t, dtype=torch.float64), self.system.r))

    def enter(self, h: Tensor, velocity: Tensor | None) -> Tensor:
        """The state at t = 1.  Nesterov: x = h/σ(k), m = (h' − (k'/k)h)/σ(k), for σ = id the exact conversion."""
        if velocity is None:
            return h
        if self.system.kind == "nesterov":
            slope = gate_slope(self.start, self.system.r)
            return torch.cat([h, velocity - slope * h], dim=2) / self.gates(self.start)
        return torch.cat([h, velocity], dim=2)

    def leave(self, z: Tensor) -> Tensor:
        """The features at the end: h = σ(k)x for `nesterov` and `released`."""
        if self.system.kind == "first order":
            return z
        h = z.chunk(2, dim=2)[0]
        return h * self.gates(self.end) if self.system.kind in ("nesterov", "released") else h

    def resume(self, z: Tensor) -> Tensor:
        """The state at the end as (h, h'), from which `enter` may start again: h' = σ(k)m + (k'/k)h for Nesterov."""
        if self.system.kind not in ("nesterov", "released"):
            return z
        h = self.leave(z)
        return torch.cat([h, self.gates(self.end) * z.chunk(2, dim=2)[1] + gate_slope(self.end, self.system.r) * h], 2)

    def forward(self, h: Tensor, velocity: Tensor | None = None) -> Tensor:
        return self.leave(self.flow(self.enter(h, velocity)))

    def flow(self, z: Tensor, scale: Tensor | None = None) -> Tensor:
        """The state at t = 2 from the one at t = 1; `scale` (members x batch x 1) multiplies the field."""
        if self.solver.method == "dopri5":
            given = () if scale is None else (scale,)
            return solve(
                self.scaled, z, self.learned(), self.start, self.end,
                tol=self.solver.tol, given=given, most=self.solver.most, counts=self.counts,
            )  # fmt: skip
        weights = self.learned()

        def right(t: Tensor, y: Tensor) -> Tensor:
            self.counts += 1
            return self.scaled(t, y, weights, 1.0 if scale is None else scale)

        times = torch.tensor([self.start, self.end], dtype=torch.float64)
        return odeint_adjoint(  # type: ignore[no-any-return]
            right, z, times, method=self.solver.method, options={"step_size": self.solver.step},
            adjoint_params=tuple(weights),
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
        second = system.kind != "first order"
        self.padded = padded
        self.velocity = Net(members, [n - made, hidden, hidden, n + made], around, **conv) if second else None
        inputs = 2 * n if system.kind == "second order" else n
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
        second = system.kind != "first order"
        self.n, self.second = n, second
        size = 2 * n if second else n
        inputs = 2 * n if system.kind == "second order" else n
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


# ---------------------------------------------------------------- the seven, task by task

NAMES = ("NODE", "ANODE", "SONODE", "HBNODE", "GHBNODE", "NesterovNODE", "GNesterovNODE")
KINDS = ("first order", "first order", "second order", "heavy ball", "heavy ball", "nesterov", "nesterov")
COUNTS = {
    "point cloud": (545, 587, 541, 582, 582, 581, 581),
    "MNIST": (85316, 85462, 86179, 85931, 85931, 85930, 85930),
    "CIFAR10": (173611, 172452, 171635, 172916, 172916, 172915, 172915),
    "Walker2D": (9929, 10019, 11471, 10099, 10099, 10098, 10098),
}
"""Table 1, in the order of NAMES."""


def published(task: str, name: str) -> nn.Module:
    """The network of the paper for a task, one member, with what the released code counts among its parameters.

    γ̂ of a heavy ball; in the scripts that use `base.py` (MNIST, Walker2D) also ξ̂, frozen or not; on the point cloud
    SONODE holds a γ̂ that it never uses.
    """
    place = NAMES.index(name)
    kind, first = KINDS[place], place < 2
    base = task in ("MNIST", "Walker2D") and kind in ("heavy ball", "nesterov")
    system = System(kind, idle=int(base) + int(task == "point cloud" and name == "SONODE"))
    if task == "Walker2D":
        if first:
            return Recurrent(1, system, 17, 24, (72, 48), start=5 if name == "ANODE" else 0)
        n, dims = (23, (46, 46)) if name == "SONODE" else (24, (48, 48))
        return Recurrent(1, system, 17, n, dims)
    if task == "point cloud":
        n, hidden = (2, 20) if name == "NODE" else (3, 20) if name == "ANODE" else (2, 13 if name == "SONODE" else 14)
        return Classifier(1, system, n, hidden, 1, padded=int(name == "ANODE"))
    channels, side, widths, hiddens = {
        "MNIST": (1, 28, (1, 6, 5), (92, 64, 50, 50)), "CIFAR10": (3, 32, (3, 13, 12), (125, 64, 50, 51)),
    }[task]  # fmt: skip
    n, hidden = widths[min(place, 2)], hiddens[min(place, 3)]
    extra = n - channels
    how = {"padded": extra} if first else {"made": extra}
    return Classifier(1, system, n, hidden, 10, style="images", pixels=side**2, **how)


def parameters(module: nn.Module) -> int:
    """How many numbers one member learns."""
    return sum(p[0].numel() for p in module.parameters())
