"""Gradients of a neural ODE by our routes beside torchdiffeq's odeint_adjoint, in time, memory and error.

``python bench/adjoint.py [--steps 64] [--deepest 4096] [--repeat 7]``: tables for people, then one line of JSON with
every figure.  One thread, float32, 64 samples, x' = f(x) for tanh networks f over the time 1, and on both sides the
scheme that torchdiffeq calls rk4, which is the 3/8 rule, with the same step.

time      CPU seconds of the process, forward and backward pass (gradients in x_0 and all weights), all contestants in
          turn, medians.  time_ratio is the ratio of our fastest route among those whose memory does not grow like the
          steps, on the field where it is least.  rebuilt, checkpointed and stored give the gradient of the scheme;
          continuous is odeint_adjoint's own algorithm, and as far from that gradient as it is.
operators torch operators dispatched a step, nested ones included: what the time is spent on in small fields.
memory    the highest running sum of all that torch allocates from x_0 to the gradients, as its allocator reports it to
          the profiler, less the bytes of the gradients; memory_ratio is odeint_adjoint over that fastest route.
error     ‖g̃ − g‖/‖g‖ over x_0 and all weights, g by backpropagation in double precision through torchdiffeq's odeint
          (at the most steps by stored states in double precision).  reversible is held against the same g: it is
          another scheme.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("MKL_NUM_THREADS", "1")

import argparse
import json
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT)]

import torch  # noqa: E402
from torch import Tensor, nn  # noqa: E402
from torchdiffeq import odeint, odeint_adjoint  # noqa: E402

from gronwall.theory.runge_kutta import THREE_EIGHTHS  # noqa: E402
from systems.adjoint.routes import ROUTES, solve  # noqa: E402
from systems.discretization.memory import without_greetings  # noqa: E402

BATCH = 64
FIELDS = ((2, 50, 2), (16, 64, 16), (16, 64, 64, 16), (64, 128, 64))
"""Sizes of the layers; the first is that of torchdiffeq's example."""
THEIRS, GROWING = "odeint_adjoint", ("stored",)


class Field(nn.Module):
    """A tanh network as torchdiffeq wants it."""

    def __init__(self, sizes: tuple[int, ...]) -> None:
        super().__init__()
        torch.manual_seed(len(sizes) + sizes[0])
        layers: list[nn.Module] = [nn.Linear(sizes[0], sizes[1])]
        for a, b in pairwise(sizes[1:]):
            layers += [nn.Tanh(), nn.Linear(a, b)]
        for layer in layers[::2]:
            nn.init.normal_(layer.weight, std=1.5 / layer.weight.shape[1] ** 0.5)  # type: ignore[union-attr, arg-type]
        self.net = nn.Sequential(*layers)

    def forward(self, t: Tensor, x: Tensor) -> Tensor:
        return self.net(x)  # type: ignore[no-any-return]


Solve = Callable[[Field, Tensor, int], Tensor]


def with_torchdiffeq(solver: Callable[..., Tensor]) -> Solve:
    def run(field: Field, x: Tensor, n: int) -> Tensor:
        times = torch.tensor([0.0, 1.0], dtype=x.dtype)
        return solver(field, x, times, method="rk4", options={"step_size": 1 / n})[-1]

    return run


def with_route(route: str) -> Solve:
    return lambda field, x, n: solve(field.net, x, 1.0, n, tableau=THREE_EIGHTHS, route=route)


CONTESTANTS: dict[str, Solve] = {THEIRS: with_torchdiffeq(odeint_adjoint), **{r: with_route(r) for r in ROUTES}}
BACKPROPAGATION = with_torchdiffeq(odeint)


def problem(sizes: tuple[int, ...], dtype: torch.dtype = torch.float32) -> tuple[Field, Tensor]:
    """The field and the starts, the same numbers in either precision."""
    field = Field(sizes)
    return field.to(dtype), torch.randn(BATCH, sizes[0]).to(dtype).requires_grad_()


def gradient(run: Solve, field: Field, x: Tensor, n: int) -> Tensor:
    """∇ of the mean square of the last state, in x_0 and all weights, as one vector in double precision."""
    found = torch.autograd.grad(run(field, x, n).square().mean(), (x, *field.parameters()))
    return torch.cat([g.flatten() for g in found]).double()


# ---------------------------------------------------------------- time


def timed(sizes: tuple[int, ...], n: int, repeat: int) -> dict[str, list[float]]:
    """Median CPU seconds forwards and backwards of each contestant, run in turn."""
    field, x = problem(sizes)
    inputs = (x, *field.parameters())
    took: dict[str, list[list[float]]] = {name: [] for name in CONTESTANTS}
    for _ in range(repeat + 1):  # the first round warms up
        for name, run in CONTESTANTS.items():
            begun = time.process_time()
            loss = run(field, x, n).square().mean()
            turned = time.process_time()
            torch.autograd.grad(loss, inputs)
            took[name].append([turned - begun, time.process_time() - turned])
    return {name: [median(part) for part in zip(*rounds[1:], strict=True)] for name, rounds in took.items()}


def profiled(run: Solve, field: Field, x: Tensor, n: int) -> list[Any]:
    """The events of a forward and backward pass."""
    cpu = [torch.profiler.ProfilerActivity.CPU]
    with without_greetings(), torch.profiler.profile(activities=cpu, profile_memory=True) as profile:
        gradient(run, field, x, n)
    return profile.profiler.kineto_results.events()  # type: ignore[no-any-return, union-attr]


def operators(run: Solve, sizes: tuple[int, ...]) -> float:
    """Operators a step: from 16 to 32 steps, so that what is done once does not count."""
    field, x = problem(sizes)
    few, many = (sum(e.name().startswith("aten::") for e in profiled(run, field, x, n)) for n in (16, 32))
    return (many - few) / 16


def times(n: int, repeat: int) -> list[dict[str, Any]]:
    """One row a field, printed as it is found."""
    print(f"the 3/8 rule, {n} steps, {BATCH} samples, float32; microseconds of CPU a step, ratio = {THEIRS} over it\n")
    print(f"{'layers':16}{'':16}{'forward':>9}{'backward':>10}{'both':>9}{'ratio':>8}{'operators':>11}")
    rows = []
    for sizes in FIELDS:
        took = timed(sizes, n, repeat)
        theirs = sum(took[THEIRS])
        row: dict[str, Any] = {"layers": list(sizes), "seconds": took, "time_ratio": {}, "operators": {}}
        for name, (forward, backward) in took.items():
            row["operators"][name] = operators(CONTESTANTS[name], sizes)
            row["time_ratio"][name] = theirs / (forward + backward)
            told = f"{1e6 * forward / n:9.0f}{1e6 * backward / n:10.0f}{1e6 * (forward + backward) / n:9.0f}"
            label = "-".join(map(str, sizes)) if name == THEIRS else ""
            print(f"{label:16}{name:16}{told}{row['time_ratio'][name]:8.2f}{row['operators'][name]:11.0f}", flush=True)
        del row["time_ratio"][THEIRS]
        rows.append(row)
    return rows


# ---------------------------------------------------------------- memory


def peak_bytes(run: Solve, sizes: tuple[int, ...], n: int) -> int:
    """The highest running sum of what is allocated during the passes, less the bytes of the gradients."""
    field, x = problem(sizes)
    held = peak = 0
    for event in profiled(run, field, x, n):
        if event.name() == "[memory]":
            held += event.nbytes()
            peak = max(peak, held)
    return peak - sum(p.nbytes for p in (x, *field.parameters()))


def memory(sizes: tuple[int, ...], steps: list[int]) -> dict[str, dict[int, int]]:
    """Peak bytes by contestant and number of steps; theirs to 512 steps, for the profiler records every operator."""
    print(f"\npeak kB, layers {'-'.join(map(str, sizes))}\n\n{'steps':>6}", end="")
    everybody = {**CONTESTANTS, "backpropagation": BACKPROPAGATION}
    print("".join(f"{name:>16}" for name in everybody))
    found: dict[str, dict[int, int]] = {name: {} for name in everybody}
    for n in steps:
        line = f"{n:6}"
        for name, run in everybody.items():
            if n <= 512 or name in ROUTES:
                found[name][n] = peak_bytes(run, sizes, n)
                line += f"{found[name][n] / 1e3:16.0f}"
            else:
                line += f"{'–':>16}"
        print(line, flush=True)
    return found


# ---------------------------------------------------------------- error


def errors(sizes: tuple[int, ...], steps: list[int], deepest: int) -> list[dict[str, Any]]:
    """Relative errors of the gradient by route, precision and number of steps."""
    print(f"\nrelative error of the gradient, layers {'-'.join(map(str, sizes))}\n")
    print(f"{'steps':>6}{'':9}" + "".join(f"{name:>16}" for name in CONTESTANTS))
    rows = []
    for n in [*steps, deepest]:
        reference = BACKPROPAGATION if n < deepest else CONTESTANTS["stored"]
        exact = gradient(reference, *problem(sizes, torch.float64), n)
        for dtype in (torch.float32, torch.float64):
            row: dict[str, Any] = {"steps": n, "dtype": str(dtype).removeprefix("torch."), "error": {}}
            for name, run in CONTESTANTS.items():
                if n < deepest or name in ROUTES:
                    error = float((gradient(run, *problem(sizes, dtype), n) - exact).norm() / exact.norm())
                    row["error"][name] = error if error < float("inf") else None  # JSON has no NaN
            told = {name: row["error"].get(name, "") for name in CONTESTANTS}
            shown = (
                f"{e:16.1e}" if isinstance(e, float) else f"{'lost' if e is None else '–':>16}" for e in told.values()
            )
            print(f"{n:6}{row['dtype']:>9}" + "".join(shown), flush=True)
            rows.append(row)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=64, help="steps of the timings (default 64)")
    parser.add_argument("--deepest", type=int, default=4096, help="steps to which memory has to stay flat")
    parser.add_argument("--repeat", type=int, default=7, help="rounds of which the median is taken (default 7)")
    chosen = parser.parse_args()
    if chosen.steps < 1 or chosen.repeat < 1 or chosen.deepest <= 256:
        parser.error("expected --steps and --repeat of at least 1 and --deepest above 256")
    torch.set_num_threads(1)
    begun = time.perf_counter()
    rows = times(chosen.steps, chosen.repeat)
    bounded = [name for name in ROUTES if name not in GROWING]
    worst = min(rows, key=lambda row: max(row["time_ratio"][name] for name in bounded))
    fastest = max(bounded, key=lambda name: worst["time_ratio"][name])
    peaks = memory(FIELDS[1], [64, 512, chosen.deepest])
    found = errors(FIELDS[1], [16, 64, 256], chosen.deepest)
    figures = {
        "scheme": THREE_EIGHTHS.name,
        "steps": chosen.steps,
        "samples": BATCH,
        "time_ratio": worst["time_ratio"][fastest],
        "time_ratio_route": fastest,
        "time_ratio_layers": worst["layers"],
        "time_ratio_by_route": {name: min(row["time_ratio"][name] for row in rows) for name in ROUTES},
        "memory_ratio": peaks[THEIRS][64] / peaks[fastest][64],
        "memory_ratio_backpropagation": peaks["backpropagation"][512] / peaks[fastest][512],
        "memory_growth": {name: peaks[name][chosen.deepest] / peaks[name][64] for name in ROUTES},
        "deepest": chosen.deepest,
        "peak_bytes": peaks,
        "gradient_errors": found,
        "rows": rows,
        "seconds": time.perf_counter() - begun,
    }
    growth = ", ".join(f"{figures['memory_growth'][name]:.3f} ({name})" for name in ROUTES)
    print(
        f"\n{fastest}: {figures['time_ratio']:.2f} times as fast as {THEIRS} on the field where this is least, "
        f"{'-'.join(map(str, worst['layers']))}\n(target: at least 3); rebuilt, nearer the gradient of the scheme: "
        f"{figures['time_ratio_by_route']['rebuilt']:.2f}\n"
        f"{THEIRS} allocates {figures['memory_ratio']:.2f} times as much, backpropagation through 512 steps "
        f"{figures['memory_ratio_backpropagation']:.0f} times;\n"
        f"from 64 to {chosen.deepest} steps the peak grows by a factor {growth}"
    )
    print(json.dumps(figures, sort_keys=True))


if __name__ == "__main__":
    main()
