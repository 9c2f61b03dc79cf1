r"""Many networks trained at once: a sweep over seeds, learning rates and penalties as one program.

What is trained is an `Ensemble`: parameters whose first axis is that of the members, and a function that fills in their
gradients on a batch of each member's own.  Networks with the same shapes belong in one ensemble; their seeds, data
orders, learning rates, penalties may all differ.  In three lines:

    ensemble = Autograd([w, b], losses)          # losses(parameters, rows), one a member; or a class of one's own
    optimiser = Adam(lr=[0.02, 0.01, 0.02])      # one a member, or one for all
    losses = train(ensemble, optimiser, orders=data_orders(seeds, n), epochs=50, batch=128)  # epochs x members

Every member gets the bits it would get alone from an ensemble that computes each member apart, as the kernels of
`systems.generalization.kernels` do and the optimisers here; from batched products (`Autograd`) to rounding.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import torch
from threadpoolctl import threadpool_limits
from torch import Tensor, nn

from systems.training import kernels
from systems.training.streams import stream

__all__ = ["SGD", "Adam", "Autograd", "Ensemble", "TorchOptimiser", "data_orders", "of_modules", "train"]


class Ensemble(Protocol):
    """What is trained."""

    @property
    def parameters(self) -> Sequence[Tensor]:
        """Contiguous tensors whose first axis is that of the members; changed in place."""

    def gradients(self, batch: np.ndarray, into: Sequence[Tensor]) -> np.ndarray:
        """Fills `into` with each member's gradients on its rows batch[e] of the data, and gives each member's loss."""


@dataclass(frozen=True)
class Autograd:
    """An ensemble whose gradients autograd takes, of losses(parameters, batch), one number a member.

    A member's loss may depend on its own slice of the parameters only.
    """

    tensors: Sequence[Tensor]
    losses: Callable[[Sequence[Tensor], Tensor], Tensor]

    @property
    def parameters(self) -> Sequence[Tensor]:
        return self.tensors

    def gradients(self, batch: np.ndarray, into: Sequence[Tensor]) -> np.ndarray:
        leaves = [p.detach().requires_grad_() for p in self.tensors]
        with torch.enable_grad():
            losses = self.losses(leaves, torch.from_numpy(batch))
            if losses.shape != (len(batch),):
                raise ValueError(f"losses of shape {tuple(losses.shape)} for {len(batch)} members: expected one each")
            slopes = torch.autograd.grad(losses.sum(), leaves, allow_unused=True)
        for slot, slope in zip(into, slopes, strict=True):
            slot.zero_() if slope is None else slot.copy_(slope)
        return losses.detach().numpy().astype(float)


def of_modules(modules: Sequence[nn.Module], loss: Callable[[Callable[..., Any], Tensor], Tensor]) -> Autograd:
    """Modules of one architecture as an ensemble: loss(module, rows) is one member's loss on the rows of its batch.

    The ensemble has copies of the modules' parameters, in the order of `named_parameters`; `vmap` runs the members.
    """
    from torch.func import functional_call, stack_module_state, vmap

    stacked, buffers = stack_module_state(list(modules))
    names = list(stacked)

    def one(parameters: dict[str, Tensor], buffers: dict[str, Tensor], rows: Tensor) -> Tensor:
        return loss(lambda *x: functional_call(modules[0], (parameters, buffers), x), rows)

    def losses(parameters: Sequence[Tensor], batch: Tensor) -> Tensor:
        return vmap(one)(dict(zip(names, parameters, strict=True)), buffers, batch)

    return Autograd([stacked[name].detach().clone() for name in names], losses)


# ---------------------------------------------------------------- optimisers


def _flat(tensors: Sequence[Tensor]) -> list[np.ndarray]:
    for tensor in tensors:
        if not tensor.is_contiguous():
            raise ValueError(f"a parameter of shape {tuple(tensor.shape)} is not contiguous: call .contiguous() on it")
    return [tensor.detach().numpy().reshape(len(tensor), -1) for tensor in tensors]


def _each(value: float | Sequence[float] | np.ndarray, name: str, members: int) -> np.ndarray:
    """One value a member."""
    values = np.asarray(value, dtype=float)
    if values.shape not in ((), (members,)):
        raise ValueError(f"{name} has shape {values.shape} for {members} members: expected one number or one a member")
    return np.ascontiguousarray(np.broadcast_to(values, (members,)))


@dataclass
class Adam:
    """Adam with its hyper-parameters one a member, or one for all; decay is added to the gradient, as in torch."""

    lr: Any = 1e-3
    beta1: Any = 0.9
    beta2: Any = 0.999
    eps: Any = 1e-8
    decay: Any = 0.0
    steps: int = field(default=0, init=False)
    moments: list[tuple[np.ndarray, np.ndarray]] = field(default_factory=list, init=False, repr=False)

    def step(self, parameters: Sequence[Tensor], gradients: Sequence[Tensor]) -> None:
        """One step in place."""
        values, slopes = _flat(parameters), _flat(gradients)
        if not self.moments:
            self.moments = [(np.zeros_like(w), np.zeros_like(w)) for w in values]
        members = len(values[0])
        rates = kernels.Rates(*(_each(getattr(self, name), name, members) for name in kernels.Rates._fields))
        self.steps += 1
        for w, g, (m, v) in zip(values, slopes, self.moments, strict=True):
            kernels.adam(w, g, m, v, rates, self.steps)


@dataclass
class SGD:
    """Gradient descent with momentum and decay, one a member or one for all, as in torch."""

    lr: Any = 1e-2
    momentum: Any = 0.0
    decay: Any = 0.0
    velocities: list[np.ndarray] = field(default_factory=list, init=False, repr=False)

    def step(self, parameters: Sequence[Tensor], gradients: Sequence[Tensor]) -> None:
        """One step in place."""
        values, slopes = _flat(parameters), _flat(gradients)
        if not self.velocities:
            self.velocities = [np.zeros_like(w) for w in values]
        given = [_each(getattr(self, name), name, len(values[0])) for name in ("lr", "momentum", "decay")]
        for w, g, m in zip(values, slopes, self.velocities, strict=True):
            kernels.sgd(w, g, m, *given)


class Optimiser(Protocol):
    """What changes the parameters in place."""

    def step(self, parameters: Sequence[Tensor], gradients: Sequence[Tensor]) -> None:
        """One step."""


@dataclass
class TorchOptimiser:
    """An optimiser of torch, with its schedule, for parameters that are somebody's modules'."""

    optimiser: torch.optim.Optimizer

    def step(self, parameters: Sequence[Tensor], gradients: Sequence[Tensor]) -> None:
        """One step in place; the gradients are laid where torch looks for them."""
        for parameter, gradient in zip(parameters, gradients, strict=True):
            parameter.grad = gradient
        self.optimiser.step()


# ---------------------------------------------------------------- training


def data_orders(seeds: Sequence[int], examples: int) -> Iterator[np.ndarray]:
    """Epoch after epoch a permutation of the examples for each member, from its own seed: members x examples."""
    rngs = [stream(seed, "order") for seed in seeds]
    while True:
        yield np.stack([rng.permutation(examples) for rng in rngs])


def train(
    ensemble: Ensemble,
    optimiser: Optimiser,
    *,
    orders: Iterator[np.ndarray],
    epochs: int,
    batch: int,
    after: Callable[[int], None] | None = None,
    progress: Callable[[float, float], None] | None = None,
) -> np.ndarray:
    """Train for some epochs; gives every member's loss while it was trained, epochs x members.

    orders: one array of rows an epoch, members x examples, cut into batches (the last may be smaller).  The loss of an
    epoch is the mean over its examples, each at the weights its batch met.  after(epoch), from 1, is called at the end
    of each epoch, progress(done, total) after each batch, in epochs.  A member that diverges gets NaN and disturbs no
    other.  One thread for BLAS, so that bits do not depend on how many there are.
    """
    if epochs < 1 or batch < 1:
        raise ValueError(f"epochs={epochs} and batch={batch}: expected whole numbers from 1 on")
    parameters = ensemble.parameters
    slopes = [torch.zeros_like(p) for p in parameters]
    members = {len(p) for p in parameters}
    losses = []
    with threadpool_limits(1), torch.no_grad():
        for epoch in range(1, epochs + 1):
            order = next(orders)
            if {len(order)} != members:
                raise ValueError(
                    f"orders for {len(order)} members, parameters for {sorted(members)}: expected one number"
                )
            total = np.zeros(len(order))
            for first in range(0, order.shape[1], batch):
                rows = np.ascontiguousarray(order[:, first : first + batch])
                total += ensemble.gradients(rows, slopes) * rows.shape[1]
                optimiser.step(parameters, slopes)
                if progress is not None:
                    progress(epoch - 1 + min(first + batch, order.shape[1]) / order.shape[1], epochs)
            losses.append(total / order.shape[1])
            if after is not None:
                after(epoch)
    return np.array(losses)
