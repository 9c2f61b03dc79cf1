r"""Many networks trained at once: a sweep over seeds, learning rates and penalties as one program.

What is trained is an `Ensemble`: parameters whose first axis is that of the members, and a function that fills in their
gradients on a batch of each member's own.  Networks with the same shapes belong in one ensemble; their seeds, data
orders, learning rates, penalties may all differ.  In five lines:

    ensemble = Autograd([w, b], losses)          # losses(parameters, rows), one a member; or a class of one's own
    optimiser = Adam(lr=[0.02, 0.01, 0.02])      # one a member, or one for all
    losses = train(ensemble, optimiser, orders=data_orders(seeds, n), epochs=50, batch=128)  # epochs x members
    groups = grouped(specifications, key=lambda spec: spec.depth, size=20)  # whatever the number of jobs
    results = sweep(train_a_group, groups, jobs=2)                          # or cluster="tcp://…"

Every member gets the bits it would get alone from an ensemble that computes each member apart, as the kernels of
`systems.generalization.kernels` do and the optimisers here; from batched products (`Autograd`) to rounding.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import sys
import time
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TextIO, TypeVar

import numpy as np
import torch
from threadpoolctl import threadpool_limits
from torch import Tensor, nn

from gronwall.running.pool import workers
from gronwall.running.run import Options
from systems.training import kernels

__all__ = ["SGD", "Adam", "Autograd", "Ensemble", "Progress", "data_orders", "grouped", "of_modules", "sweep", "train"]

Item = TypeVar("Item")
Result = TypeVar("Result")


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


# ---------------------------------------------------------------- training


def data_orders(seeds: Sequence[int], examples: int) -> Iterator[np.ndarray]:
    """Epoch after epoch a permutation of the examples for each member, from its own seed: members x examples."""
    rngs = [np.random.default_rng([seed, 2]) for seed in seeds]
    while True:
        yield np.stack([rng.permutation(examples) for rng in rngs])


def train(
    ensemble: Ensemble,
    optimiser: Adam | SGD,
    *,
    orders: Iterator[np.ndarray],
    epochs: int,
    batch: int,
    after: Callable[[int], None] | None = None,
    label: str = "training",
) -> np.ndarray:
    """Train for some epochs; gives every member's loss while it was trained, epochs x members.

    orders: one array of rows an epoch, members x examples, cut into batches (the last may be smaller).  The loss of an
    epoch is the mean over its examples, each at the weights its batch met.  after(epoch), from 1, is called at the end
    of each epoch.  A member that diverges gets NaN and disturbs no other.  One thread for BLAS, so that bits do not
    depend on how many there are.
    """
    if epochs < 1 or batch < 1:
        raise ValueError(f"epochs={epochs} and batch={batch}: expected whole numbers from 1 on")
    parameters = ensemble.parameters
    slopes = [torch.zeros_like(p) for p in parameters]
    members = {len(p) for p in parameters}
    losses = []
    with threadpool_limits(1), torch.no_grad(), Progress(epochs, label) as progress:
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
                progress.at(epoch - 1 + min(first + batch, order.shape[1]) / order.shape[1])
            losses.append(total / order.shape[1])
            if after is not None:
                after(epoch)
    return np.array(losses)


# ---------------------------------------------------------------- sweeps


def grouped(items: Sequence[Item], key: Callable[[Item], Hashable], size: int = 20) -> list[list[Item]]:
    """Items that can be trained as one ensemble (equal keys), at most `size` a group, in the order they came.

    A group depends on the items alone, so that what is trained together does not depend on who trains it.
    """
    if size < 1:
        raise ValueError(f"size={size}: a group has at least one member")
    alike: dict[Hashable, list[Item]] = {}
    for item in items:
        alike.setdefault(key(item), []).append(item)
    return [same[i : i + size] for same in alike.values() for i in range(0, len(same), size)]


def sweep(
    work: Callable[[Item], Result],
    groups: Sequence[Item],
    *,
    jobs: int = 1,
    cluster: str | None = None,
    label: str = "sweep",
) -> list[Result]:
    """work(group) for every group, in their order: here, in `jobs` processes, or on the Dask cluster at an address.

    work: a function of an importable module.  Raises what it raises, and `gronwall.problems.WrongUsage` where no
    scheduler answers.
    """
    if jobs < 1:
        raise ValueError(f"jobs={jobs}: expected a whole number from 1 on")
    if cluster is None and min(jobs, len(groups)) <= 1:
        return [work(group) for group in groups]
    with workers(Options(jobs=min(jobs, max(len(groups), 1)), cluster=cluster)) as executor:
        futures = [executor.submit(work, group) for group in groups]
        with Progress(len(groups), label) as progress:
            for count, future in enumerate(futures, 1):
                future.result()
                progress.at(count)
        return [future.result() for future in futures]


# ---------------------------------------------------------------- progress


class Progress:
    """How far a long piece of work is and how long it will take, on stderr.

    A bar on a terminal, else a line now and then.  Nothing is shown in the first `patience` seconds, and no bar in a
    worker, where several would overwrite each other.
    """

    def __init__(self, total: float, label: str, stream: TextIO | None = None, patience: float = 5.0) -> None:
        self.total, self.label, self.patience = total, label, patience
        self.stream = stream or sys.stderr
        self.bar: Any = None
        self.done = 0.0
        self.started = self.told = time.monotonic()

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        if self.bar is not None:
            self.bar.stop()
        elif self.told > self.started:
            self._tell(f"{self.label}: {_time(time.monotonic() - self.started)}")

    def at(self, done: float) -> None:
        """Say that so much of the total is done."""
        self.done = done
        now = time.monotonic()
        if self.bar is not None:
            self.bar.update(0, completed=done)
        elif self._bar_fits() and now - self.started > self.patience:
            self.bar = _bar(self.stream)
            self.bar.start()
            self.bar.add_task(self.label, total=self.total, completed=done)
        elif now - self.told > (self.patience if self.told == self.started else 6 * self.patience) and done > 0:
            left = (now - self.started) * (self.total - done) / done
            self.told = now
            self._tell(f"{self.label}: {100 * done / self.total:.0f} %, {_time(left)} left")

    def _bar_fits(self) -> bool:
        return self.stream.isatty() and multiprocessing.current_process().name == "MainProcess"

    def _tell(self, line: str) -> None:
        with contextlib.suppress(OSError, ValueError):  # a closed stream is no reason to stop training
            print(line, file=self.stream, flush=True)


def _bar(stream: TextIO) -> Any:
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    share = TextColumn("{task.percentage:.0f} %")
    columns = (TextColumn("{task.description}"), BarColumn(), share, TimeRemainingColumn())
    return Bar(*columns, console=Console(file=stream), transient=True)


def _time(seconds: float) -> str:
    whole = round(seconds)
    hours, minutes = divmod(whole // 60, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {whole % 60} s" if minutes else f"{whole} s"
