r"""A residual perceptron trained on digits, and the network that it is at other depths and as an ODE.

States are columns, as in `systems.discretization.perceptrons`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import repeat
from typing import Any

import numpy as np
import torch
from torch import Tensor

from gronwall.efforts import Effort
from gronwall.theory.discretization.distance import acceleration_bound, constants, ode_path
from gronwall.theory.perceptrons import Layer, mixed, perceptron, residual_network
from systems.data.digits import digits
from systems.discretization.perceptrons import Array, worst_column
from systems.training.ensemble import Autograd, TorchOptimiser, train
from systems.training.protocol import Experiment, Run, Seeds, Table

STATES, TRAINED_ON = 8, 1200
RATE, DECAY, SMOOTHNESS = 0.05, 2e-2, 1e-2


def columns() -> tuple[Tensor, Tensor]:
    """All digits as columns of 8 principal components, the largest entry 1, and their labels."""
    images, labels = digits()
    centred = images - images.mean(axis=0)
    components = np.linalg.svd(centred, full_matrices=False)[2][:STATES]
    components *= np.sign(components[np.arange(STATES), np.abs(components).argmax(axis=1)])[:, None]
    return torch.tensor((centred @ components.T / np.abs(centred @ components.T).max()).T), torch.tensor(labels)


def trained(run: Run, depth: int, width: int) -> dict[str, Any]:
    """A residual perceptron of some layers trained on digits, in full batches by Adam.

    It begins with the same weights in every layer; penalties are on ‖θ_n‖² (which keeps L small) and on
    N ‖θ_{n+1} − θ_n‖² (which keeps the weights smooth in depth).  V, W, b stacked by layer, ten digits that it was not
    trained on (as columns), and its accuracy on all the digits left out.
    """
    (inputs, targets), (seed,) = columns(), run.seeds
    rng, d, w = run.stream(seed, "weights"), STATES, width
    start = [0.15 * rng.normal(size=(d, w)), 0.25 * rng.normal(size=(w, d)), 0.1 * rng.normal(size=(w, 1))]
    layers = [torch.tensor(np.repeat(part[None], depth, axis=0)) for part in start]
    head = torch.tensor(3 * rng.normal(size=(10, d)))
    parameters = [part[None].clone() for part in (*layers, head)]  # one member

    def logits(V: Tensor, W: Tensor, b: Tensor, head: Tensor, x: Tensor) -> Tensor:
        last = residual_network(lambda n, y: perceptron(y, Layer(V[n], W[n], b[n])), x, depth)[-1]
        return (head @ last).T

    def losses(tensors: Sequence[Tensor], batch: Tensor) -> Tensor:
        V, W, b, head = (part[0] for part in tensors)
        decay = DECAY / depth * sum((part**2).sum() for part in (V, W))
        smoothness = SMOOTHNESS * depth * sum(((part[1:] - part[:-1]) ** 2).sum() for part in (V, W, b))
        told = logits(V, W, b, head, inputs[:, :TRAINED_ON])
        loss = torch.nn.functional.cross_entropy(told, targets[:TRAINED_ON])
        return (loss + decay + smoothness)[None]

    train(
        Autograd(parameters, losses), TorchOptimiser(torch.optim.Adam(parameters, lr=RATE)),
        orders=repeat(np.arange(TRAINED_ON)[None]), epochs=run.length, batch=TRAINED_ON, progress=run.progress,
    )  # fmt: skip
    V, W, b, head = (part[0] for part in parameters)
    found = logits(V, W, b, head, inputs[:, TRAINED_ON:]).argmax(dim=1)
    accuracy = (found == targets[TRAINED_ON:]).double().mean()
    weights = {"V": V.numpy(), "W": W.numpy(), "b": b.numpy()}
    return {**weights, "x0": inputs[:, TRAINED_ON : TRAINED_ON + 10].numpy(), "accuracy": float(accuracy)}


def told(table: Table, found: Mapping[str, Any], run: Run, depth: int, width: int) -> None:
    """The share of the digits left out that it classes rightly."""
    table.add("accuracy", measured=found["accuracy"])


PERCEPTRON = Experiment(
    "discretization.distance.perceptron",
    train=trained,
    tell=told,
    length=120,
    seeds=Seeds(0, 1),
    streams={"weights": 0},
)
"""Setting: depth, width; steps of Adam."""


def trained_weights(depth: int, width: int) -> dict[str, Array]:
    """What was trained; the same at every effort."""
    return PERCEPTRON(Effort("quick"), depth=depth, width=width)


# ---------------------------------------------------------------- as an ODE

DEPTH, WIDTH = 16, 12
"""The trained network has 16 layers; deeper ones interpolate its weights."""


@dataclass(frozen=True)
class TrainedNetwork:
    """The trained network as an ODE: weights θ_0 … θ_15 at s = k/16, affine between, constant after the last.

    Depth 16 is the trained network itself, depth 16k the same one made deeper by interpolation.
    """

    layers: tuple[Layer, ...]
    x0: Array

    def layer(self, s: float) -> Layer:
        n = min(int(s * DEPTH), DEPTH - 1)
        return mixed(self.layers[n], self.layers[n + 1], s * DEPTH - n)

    def slopes(self) -> list[Layer]:
        return [DEPTH * (b - a) for a, b in zip(self.layers[:-1], self.layers[1:], strict=True)]

    def constants(self) -> tuple[float, float]:
        """(L, C) from the certified norms of the weights and of their differences."""
        C = acceleration_bound(self.layers, self.slopes(), worst_column(self.x0))
        return constants(self.layers)[0], C

    def states(self, depth: int) -> list[Array]:
        return residual_network(lambda n, x: perceptron(x, self.layer(n / depth)), self.x0, depth)

    def reference(self) -> tuple[list[Array], float]:
        """The ODE's states at s = 0, 1/16, …, 1 and their error."""

        def field_on(n: int) -> Callable[[Array, float], Array]:
            a, b = self.layers[n], self.layers[n + 1]
            return lambda x, s: perceptron(x, mixed(a, b, DEPTH * s - n))

        return ode_path(field_on, self.x0, [n / DEPTH for n in range(DEPTH + 1)], self.constants()[0])


@cache
def trained_network() -> TrainedNetwork:
    """The trained network with ten digits as its batch."""
    made = trained_weights(DEPTH, WIDTH)
    layers = [Layer(made["V"][n], made["W"][n], made["b"][n]) for n in range(DEPTH)]
    return TrainedNetwork((*layers, layers[-1]), made["x0"])


@cache
def trained_reference() -> tuple[list[Array], float]:
    """The trained network's ODE at the layers, computed once a process."""
    return trained_network().reference()
