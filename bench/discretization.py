"""The memory-free adjoint beside plain backpropagation, in time and memory; and what a certificate of a network costs.

``python bench/discretization.py [--depths 16 64 256 1024] [--repeat 7] [--scheme euler]``: a table for people, then one
line of JSON with every figure.  One thread, float32, the sizes of the paper's memory figure: 500 states, 8 units, a
batch of 500, so that the states (1 MB each) outweigh the weights (32 KB a layer) as they do there.

peak      the highest running sum of everything torch allocates from x_0 to the gradients, temporaries included, as its
          allocator reports it to torch.profiler; less the bytes of the gradients, which with the weights are there in
          both.  ``gradients`` gives those, so that they can be added.
resident  growth of the peak resident set of a fresh process, gradients included: what the system sees.  glibc is
          told to give freed blocks back (MALLOC_MMAP_THRESHOLD_), or backpropagation would hold 2.8 times as much.
time      forward and backward pass, same weights, the two methods in turn; the median.
error     ‖g̃ − g‖/‖g‖ over all weights, g from backpropagation: rebuilt states are not the states.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("MKL_NUM_THREADS", "1")

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT)]

import numpy as np  # noqa: E402
import torch  # noqa: E402

from gronwall.theory import rigor  # noqa: E402
from gronwall.theory.perceptrons import Layer, perceptron, residual_network  # noqa: E402
from systems.discretization.memory import SCHEMES, Size, peak_bytes  # noqa: E402
from systems.discretization.memory_free import Perceptrons, memory_free, plain  # noqa: E402

METHODS: dict[str, Callable[..., Any]] = {"backpropagation": plain, "memory-free": memory_free}
D, W, BATCH = 500, 8, 500
MB = 2.0**20


def weights(depth: int) -> tuple[Perceptrons, torch.Tensor]:
    """Independent weights with a Lipschitz constant of about 1, and a batch of starts."""
    draw = torch.Generator().manual_seed(depth)
    V, A, b = (torch.randn(depth, *shape, generator=draw) for shape in ((D, W), (W, D), (W, 1)))
    tensors = (V.div_((D + W) ** 0.5), A.div_((D + W) ** 0.5), b)  # in place, or `resident` starts from a peak
    return Perceptrons(*(t.requires_grad_() for t in tensors)), torch.randn(D, BATCH, generator=draw)


def both_ways(method: str, scheme: str, f: Perceptrons, x: torch.Tensor) -> None:
    """Forward and backward; the gradients stay in .grad."""
    for p in f.tensors:
        p.grad = None
    METHODS[method](SCHEMES[scheme], Perceptrons(*f.tensors), x).square().mean().backward()


def timed(scheme: str, depth: int, repeat: int) -> tuple[dict[str, float], float]:
    """Median seconds of each method, run in turn, and the relative error of the gradient."""
    f, x = weights(depth)
    took: dict[str, list[float]] = {name: [] for name in METHODS}
    slopes: dict[str, torch.Tensor] = {}
    for _ in range(repeat + 1):  # the first round warms up
        for name, seconds in took.items():
            begun = time.perf_counter()
            both_ways(name, scheme, f, x)
            seconds.append(time.perf_counter() - begun)
            slopes[name] = torch.cat([p.grad.flatten() for p in f.tensors]).double()
    exact = slopes["backpropagation"]
    error = float((slopes["memory-free"] - exact).norm() / exact.norm())
    return {name: median(seconds[1:]) for name, seconds in took.items()}, error


def resident_peak() -> float:
    """The peak resident set of this process so far, in MB.  getrusage's would begin at the parent's, on Linux."""
    status = Path("/proc/self/status")
    if status.exists():
        return next(int(line.split()[1]) for line in status.read_text().splitlines() if line[:6] == "VmHWM:") / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MB


def resident_growth(method: str, scheme: str, depth: int) -> float:
    """MB by which the peak resident set grows from before the pass to after it, in this process."""
    both_ways(method, scheme, *weights(2))  # libraries are loaded
    f, x = weights(depth)
    before = resident_peak()
    both_ways(method, scheme, f, x)
    return resident_peak() - before


def in_a_fresh_process(method: str, scheme: str, depth: int) -> float:
    asked = [sys.executable, __file__, "--resident", method, scheme, str(depth)]
    environment = {**os.environ, "MALLOC_MMAP_THRESHOLD_": "65536"}
    return float(subprocess.run(asked, check=True, capture_output=True, text=True, env=environment).stdout)


def against_backpropagation(scheme: str, depths: list[int], repeat: int) -> list[dict[str, Any]]:
    """One row a depth, printed as it is found."""
    print(f"{scheme}, {D} states, {W} units, batch {BATCH}, float32; MB and seconds; adjoint = memory-free adjoint\n")
    print(f"{'':7}{'peak':^23}{'':11}{'resident':^23}{'seconds':^27}{'error of':>10}")
    two = f"{'backprop':>11}{'adjoint':>10}"
    print(f"{'depth':>5}  {two}  {'gradients':>9}  {two}  {two}{'ratio':>7}{'gradient':>9}")
    rows = []
    for depth in depths:
        size = Size(depth, D, W, BATCH, "float32")
        peak = {name: peak_bytes(scheme, method, size) / MB for name, method in METHODS.items()}
        resident = {name: in_a_fresh_process(name, scheme, depth) for name in METHODS}
        seconds, error = timed(scheme, depth, repeat)
        gradients = 4 * depth * (2 * D * W + W) / MB
        ratio = seconds["memory-free"] / seconds["backpropagation"]
        print(
            f"{depth:5}  {peak['backpropagation']:11.1f}{peak['memory-free']:10.1f}  {gradients:9.1f}  "
            f"{resident['backpropagation']:11.1f}{resident['memory-free']:10.1f}  "
            f"{seconds['backpropagation']:11.4f}{seconds['memory-free']:10.4f}{ratio:7.2f}{error:9.1e}",
            flush=True,
        )
        rows.append({"depth": depth, "peak_mb": peak, "resident_mb": resident, "gradients_mb": gradients,
                     "seconds": seconds, "time_ratio": ratio, "gradient_error": error})  # fmt: skip
    return rows


def certified_norm(repeat: int) -> tuple[float, float]:
    """Seconds for the certified norm of a random 64 x 64 matrix, and the radius of the ball."""
    A = np.random.default_rng(64).normal(size=(64, 64))
    took = []
    for _ in range(repeat):
        begun = time.perf_counter()
        ball = rigor.spectral_norm(A, dyadic=True)
        took.append(time.perf_counter() - begun)
    found = float(np.linalg.norm(A, 2))
    assert rigor.lower(ball) * (1 - 1e-12) <= found <= rigor.upper(ball) * (1 + 1e-12)
    return median(took), (rigor.upper(ball) - rigor.lower(ball)) / 2


def ball_pass(repeat: int, depth: int = 256, width: int = 8) -> tuple[float, float]:
    """Seconds for the states of a network of balls (weights made before), and the widest radius at the end."""
    rng = np.random.default_rng(256)
    shapes = ((width, width), (width, width), (width, 1))
    layers = [
        Layer(*(rigor.matrix(rng.normal(size=s) / width**0.5, dyadic=True) for s in shapes)) for _ in range(depth)
    ]
    x0 = rigor.matrix(rng.normal(size=(width, 1)), dyadic=True)
    took = []
    for _ in range(repeat):
        begun = time.perf_counter()
        last = residual_network(lambda n, x: perceptron(x, layers[n]), x0, depth)[-1]
        took.append(time.perf_counter() - begun)
    return median(took), max(float(entry.rad()) for entry in last.entries())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--depths", type=int, nargs="+", default=[16, 64, 256, 1024])
    parser.add_argument("--repeat", type=int, default=7, help="rounds of which the median is taken")
    parser.add_argument("--scheme", choices=sorted(SCHEMES), default="euler")
    parser.add_argument("--resident", nargs=3, metavar=("METHOD", "SCHEME", "DEPTH"), help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    if chosen.resident:
        method, scheme, depth = chosen.resident
        print(resident_growth(method, scheme, int(depth)))
        return
    begun = time.perf_counter()
    rows = against_backpropagation(chosen.scheme, chosen.depths, chosen.repeat)
    norm_seconds, norm_radius = certified_norm(3 * chosen.repeat)
    ball_seconds, ball_radius = ball_pass(3 * chosen.repeat)
    deepest = rows[-1]

    def ratio(what: str, plus: float = 0.0) -> float:
        return (deepest[what]["backpropagation"] + plus) / (deepest[what]["memory-free"] + plus)

    figures = {
        "scheme": chosen.scheme,
        "depth": deepest["depth"],
        "memory_ratio": ratio("peak_mb"),
        "memory_ratio_with_gradients": ratio("peak_mb", deepest["gradients_mb"]),
        "resident_ratio": ratio("resident_mb"),
        "memory_growth": deepest["peak_mb"]["memory-free"] / rows[0]["peak_mb"]["memory-free"],
        "time_ratio": deepest["time_ratio"],
        "worst_time_ratio": max(row["time_ratio"] for row in rows),
        "gradient_error": deepest["gradient_error"],
        "norm_seconds": norm_seconds,
        "norm_radius": norm_radius,
        "ball_seconds": ball_seconds,
        "ball_radius": ball_radius,
        "rows": rows,
        "seconds": time.perf_counter() - begun,
    }
    print(f"\nat depth {figures['depth']}: {figures['memory_ratio']:.0f} times the memory (target: at least 10), "
          f"{figures['memory_ratio_with_gradients']:.0f} with the gradients, {figures['resident_ratio']:.0f} resident; "
          f"{figures['time_ratio']:.2f} times the time (at most 2)")  # fmt: skip
    print(f"certified norm of a 64 x 64 matrix: {1e3 * norm_seconds:.1f} ms (at most 50), radius {norm_radius:.1e}")
    print(
        f"states of 256 layers of width 8 in balls: {1e3 * ball_seconds:.1f} ms (at most 20), radius {ball_radius:.1e}"
    )
    print(json.dumps(figures, sort_keys=True))


if __name__ == "__main__":
    main()
