"""Training keeps the layers of a nonlinear network smooth in depth, apart from the ends of a Heun network."""

from __future__ import annotations

import numpy as np

from gronwall import pick, rate
from systems.discretization.digits.results import networks

SMOOTH = "Smoothness of trained perceptrons (own statement)"
DEPTHS = pick(quick=[4, 8, 16, 32], full=[8, 16, 32, 64, 128])


def steepest(scheme: str, depth: int, effort) -> float:
    """The largest N ‖θ_{n+1} − θ_n‖ between inner layers over the whole training, the median over the seeds."""
    rough = networks(scheme, "backpropagation", depth, effort)["rough"]
    return float(np.median(rough[:, 1:-1].max(axis=(0, 1))))


@rate(source="gronwall", ref=SMOOTH, order=0, at=DEPTHS, direction="n", within=0.25, cases=["euler", "heun"])
def training_keeps_inner_layers_smooth_in_depth(n, case, effort):
    r"""Nonlinear residuals: $N\max_n\|\theta_{n+1}-\theta_n\|$ stays bounded in depth through all of training.

    The theorem is about linear residuals under gradient flow; here are tanh perceptrons trained by SGD with momentum on
    digits.  The median over the seeds of the largest value after any epoch; without the two ends, where Heun networks
    tear (`heun_ends`).  A measurement, no theorem: with steps 6 times as long smoothness was lost.
    """
    return steepest(case, n, effort)


training_keeps_inner_layers_smooth_in_depth.mutant("neighbours differ by O(1): order −1", order=-1)
training_keeps_inner_layers_smooth_in_depth.mutant("neighbours get equal: order 1", order=1)


@training_keeps_inner_layers_smooth_in_depth.mutant("the two halves of the depth interleaved")
def _(n, case, effort):
    made = networks(case, "backpropagation", n, effort)
    order = np.arange(n).reshape(2, n // 2).T.ravel()
    shuffled = sum(((np.diff(made[name][:, order], axis=1)) ** 2).sum(axis=(-2, -1)) for name in ("V", "W", "b"))
    return n * float(np.median(np.sqrt(shuffled).max(axis=1)))
