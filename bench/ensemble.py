"""Model-steps per second of the ensemble engine, beside a plain loop in the style of the authors' code.

``python bench/ensemble.py [--depth 1000] [--members 20] [--repeat 9] [--plain-steps 2]``: one core.

A model-step is one batch of one network: loss, gradients with the penalty λ (Σ_k ‖W_{k+1} − W_k‖_F²)^(1/2), one step of
Adam.  The networks are those of Marion 2023: h ← h + W_k ReLU(h)/L, width 30, batch 128, 784 inputs, 10 classes, fixed
projections.

(a) plain: one ``nn.Linear`` without bias a layer, the penalty layer by layer, ``torch.optim.Adam``, a model at a time;
(b) engine: ``systems.training.ensemble.train``'s step with all members.

The two take turns, and so do the products that measure what the machine can do, so that a neighbour slows all alike:
every figure is a median over the repetitions, and `ratio` the median of the ratios within one.  Before timing, both are
run from the same weights on the same batches: their losses agree, or the bench fails.
"""

from __future__ import annotations

import os

os.environ.update(dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1"))

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402
import torch  # noqa: E402
from torch import nn  # noqa: E402

from systems.generalization.residual_networks import Data, ResidualNetworks  # noqa: E402
from systems.training.ensemble import Adam  # noqa: E402

torch.set_num_threads(1)

INPUTS, WIDTH, CLASSES, BATCH = 784, 30, 10, 128
RATE, WEIGHT = 0.02, 0.1
FRAME = "{:34}{:>12}{:>14}{:>12}"


class Plain(nn.Module):
    """The network as the authors write it."""

    def __init__(self, A: torch.Tensor, W: torch.Tensor, C: torch.Tensor) -> None:
        super().__init__()
        self.init = self.linear(A, frozen=True)
        self.layers = nn.ModuleList([self.linear(matrix) for matrix in W])
        self.final = self.linear(C, frozen=True)

    @staticmethod
    def linear(matrix: torch.Tensor, frozen: bool = False) -> nn.Linear:
        layer = nn.Linear(matrix.shape[1], matrix.shape[0], bias=False)
        layer.weight = nn.Parameter(matrix.clone(), requires_grad=not frozen)
        return layer

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        h = self.init(x)
        for layer in self.layers:
            h = h + layer(torch.relu(h)) / len(self.layers)
        return self.final(h)

    def penalty(self) -> torch.Tensor:
        total = torch.zeros(())
        for below, above in zip(self.layers, self.layers[1:], strict=False):
            total = total + torch.sum((above.weight - below.weight) ** 2)
        return torch.sqrt(total)


class PlainLoop:
    """One model, a step at a time, with the seconds of its three parts."""

    def __init__(self, A: torch.Tensor, W: torch.Tensor, C: torch.Tensor, data: Data) -> None:
        self.model, self.data = Plain(A, W, C), data
        self.optimiser = torch.optim.Adam([p for p in self.model.parameters() if p.requires_grad], lr=RATE)
        self.parts = np.zeros(3)

    def step(self, rows: np.ndarray) -> float:
        clock = [time.perf_counter()]
        loss = nn.functional.cross_entropy(self.model(self.data.x[rows]), self.data.labels[rows])
        whole = loss + WEIGHT * self.model.penalty()
        clock.append(time.perf_counter())
        self.optimiser.zero_grad()
        whole.backward()
        clock.append(time.perf_counter())
        self.optimiser.step()
        clock.append(time.perf_counter())
        self.parts = np.diff(clock)
        return float(loss.detach())


class Engine:
    """All members, a step at a time."""

    def __init__(self, A: torch.Tensor, W: torch.Tensor, C: torch.Tensor, data: Data) -> None:
        members = len(W)
        penalties, weights = ["frobenius"] * members, [WEIGHT] * members
        self.networks = ResidualNetworks(A, W.clone(), C, data, penalties=penalties, weights=weights)
        self.optimiser = Adam(lr=[RATE] * members)
        self.slopes = [torch.zeros_like(p) for p in self.networks.parameters]
        self.parts = np.zeros(2)

    def step(self, rows: np.ndarray) -> np.ndarray:
        clock = [time.perf_counter()]
        losses = self.networks.gradients(rows, self.slopes)
        clock.append(time.perf_counter())
        self.optimiser.step(self.networks.parameters, self.slopes)
        clock.append(time.perf_counter())
        self.parts = np.diff(clock)
        return losses


def seconds(run: Callable[[], object], times: int) -> float:
    begun = time.perf_counter()
    for _ in range(times):
        run()
    return (time.perf_counter() - begun) / times


def products(members: int) -> dict[str, Callable[[], float]]:
    """What the machine can do, in floating-point operations a second: batched small products, and one large one."""
    a, b = torch.randn(members, WIDTH, WIDTH), torch.randn(members, WIDTH, BATCH)
    out = torch.empty(members, WIDTH, BATCH)
    large, large_out = torch.randn(1024, 1024), torch.empty(1024, 1024)
    small = 2 * members * WIDTH * WIDTH * BATCH
    return {
        "small": lambda: small / seconds(lambda: torch.bmm(a, b, out=out), 400),
        "large": lambda: 2 * 1024**3 / seconds(lambda: torch.mm(large, large, out=large_out), 3),
    }


def sides(depth: int, members: int, rng: np.random.Generator) -> tuple[PlainLoop, Engine]:
    """The plain loop and the engine on the same networks and data, warmed up; ends where the two differ."""
    A, W, C = (
        torch.tensor(rng.normal(size=size) / np.sqrt(size[-1]), dtype=torch.float32)
        for size in ((members, WIDTH, INPUTS), (members, depth, WIDTH, WIDTH), (members, CLASSES, WIDTH))
    )
    x = torch.tensor(rng.random((1024, INPUTS)), dtype=torch.float32)
    data = Data(x, torch.tensor(rng.integers(0, CLASSES, 1024)))
    plain, engine = PlainLoop(A[0], W[0], C[0], data), Engine(A, W, C, data)
    for _ in range(3):
        rows = batches(members, rng)
        theirs, ours = plain.step(rows[0]), engine.step(rows)[0]
        if not abs(theirs - ours) <= 1e-3 * abs(theirs):
            sys.exit(f"the two differ: loss {theirs} in the plain loop, {ours} in the engine")
    return plain, engine


def batches(members: int, rng: np.random.Generator) -> np.ndarray:
    """The rows of a batch for every member."""
    return np.stack([rng.permutation(1024)[:BATCH] for _ in range(members)])


def timed(chosen: argparse.Namespace) -> dict[str, list[float]]:
    """Every figure, one a repetition, the two sides in turn."""
    depth, members, rng = chosen.depth, chosen.members, np.random.default_rng(0)
    plain, engine = sides(depth, members, rng)
    found: dict[str, list[float]] = {}
    can = products(members)
    for _ in range(chosen.repeat):
        rows = batches(members, rng)
        peak = {name: measure() for name, measure in can.items()}
        a = seconds(lambda: plain.step(rows[0]), chosen.plain_steps)  # noqa: B023
        b = seconds(lambda: engine.step(rows), 1) / members  # noqa: B023
        work = 6 * depth * WIDTH * WIDTH * BATCH  # three products a layer; what is done twice counts once
        for key, value in {
            "plain": a, "engine": b, "ratio": a / b, "rate": work / b, **peak,
            "of_small": work / b / peak["small"], "of_large": work / b / peak["large"],
            "plain_forward": plain.parts[0], "plain_backward": plain.parts[1], "plain_adam": plain.parts[2],
            "engine_gradients": engine.parts[0] / members, "engine_adam": engine.parts[1] / members,
        }.items():  # fmt: skip
            found.setdefault(key, []).append(float(value))
    return found


def show(chosen: argparse.Namespace, middle: dict[str, float], low: float, high: float) -> None:
    """The table for people."""
    depth, members = chosen.depth, chosen.members
    print(f"depth {depth}, width {WIDTH}, batch {BATCH}, one core; medians of {chosen.repeat} repetitions\n")
    print(FRAME.format("", "ms a step", "model-steps/s", "ratio"))
    print(FRAME.format("plain loop, one model", f"{1e3 * middle['plain']:.1f}", f"{1 / middle['plain']:.1f}", "1"))
    for part in ("forward", "backward", "adam"):
        name = {"forward": "forward and penalty", "adam": "Adam"}.get(part, part)
        print(FRAME.format(f"    {name}", f"{1e3 * middle[f'plain_{part}']:.1f}", "", ""))
    cells = (f"{1e3 * middle['engine']:.2f}", f"{1 / middle['engine']:.1f}", f"{middle['ratio']:.1f}")
    print(FRAME.format(f"engine, {members} members", *cells))
    print(FRAME.format("    loss and gradients", f"{1e3 * middle['engine_gradients']:.2f}", "", ""))
    print(FRAME.format("    Adam", f"{1e3 * middle['engine_adam']:.2f}", "", ""))
    print(f"\nthe ratio of a repetition lies between {low:.1f} and {high:.1f}")
    print(
        f"the engine does {middle['rate'] / 1e9:.0f} GFLOP/s (of products that are needed; one done twice counts once)"
    )
    small = f"torch.bmm, {members} x ({WIDTH} x {WIDTH} x {BATCH})"
    for share, name, peak in (("of_small", small, "small"), ("of_large", "one product 1024 x 1024 x 1024", "large")):
        print(f"  {middle[share]:.0%} of {name}: {middle[peak] / 1e9:.0f} GFLOP/s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--depth", type=int, default=1000, help="layers (the authors' 1000)")
    parser.add_argument("--members", type=int, default=20, help="networks trained at once")
    parser.add_argument("--repeat", type=int, default=9, help="repetitions, of which the medians are reported")
    parser.add_argument("--plain-steps", type=int, default=2, help="steps of the plain loop in a repetition")
    chosen = parser.parse_args()
    found = timed(chosen)
    middle = {key: float(np.median(values)) for key, values in found.items()}
    low, high = min(found["ratio"]), max(found["ratio"])
    show(chosen, middle, low, high)
    figures = {
        "ratio": round(middle["ratio"], 2), "ratio_low": round(low, 2), "ratio_high": round(high, 2),
        "plain_steps_per_second": round(1 / middle["plain"], 2),
        "engine_steps_per_second": round(1 / middle["engine"], 2),
        "gflops": round(middle["rate"] / 1e9, 1), "gflops_small_products": round(middle["small"] / 1e9, 1),
        "gflops_large_product": round(middle["large"] / 1e9, 1),
        "share_of_small_products": round(middle["of_small"], 3), "share_of_large_product": round(middle["of_large"], 3),
        **{f"{k}_ms": round(1e3 * middle[k], 3) for k in middle if k.startswith(("plain_", "engine_"))},
        "depth": chosen.depth, "members": chosen.members, "repeat": chosen.repeat,
    }  # fmt: skip
    print(json.dumps(figures, sort_keys=True))


if __name__ == "__main__":
    main()
