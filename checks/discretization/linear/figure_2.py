"""Figure 2: a linear network trained by gradient descent, whose weights are smooth in depth at every step."""

from __future__ import annotations

from functools import cache
from itertools import islice

import numpy as np

from gronwall import bound, identity, rate, reproduction
from gronwall.theory.discretization.linear import descent, loss
from systems.discretization.linear_networks import FIGURE_2, rotation, spectral

FIGURE = "Figure 2 (code)"
DEPTH, STEPS = 100, 100
RATE = 100
"""The script's learning rate at N = 100; its loss is the mean of the squares, ℓ/4, so η = RATE/(4 N) = 1/4."""


@cache
def trained(depth, step=0.25, start="zero"):
    """The weights after 0 … 100 steps of descent towards the target of the figure: 101 x N x 2 x 2."""
    theta = np.zeros((depth, 2, 2))
    if start == "rough":
        theta = np.array([rotation(k * k) for k in range(depth)]) / 2
    return np.array(list(islice(descent(theta, FIGURE_2, np.eye(2), step), STEPS + 1)))


def shown():
    """The four steps and entries that the script's seed draws for the figure: (step, row, column)."""
    draw = np.random.RandomState(6)  # the script seeds NumPy with 6 and draws nothing else from it
    steps = np.sort(draw.randint(1, STEPS + 1, 4))
    return [(int(k), int(draw.randint(2)), int(draw.randint(2))) for k in steps]


def curves():
    """The four curves: one entry of the weights against depth, N of them.

    The script multiplies the first layer from the left, so that its depth runs the other way.
    """
    path = trained(DEPTH)[:, ::-1]
    return [(k, i, j, path[k, :, i, j]) for k, i, j in shown()]


def drawn(seed):
    """I + randn(2, 2) of torch, as the integers that its bits are."""
    import torch

    B = torch.eye(2) + torch.randn(2, 2, generator=torch.Generator().manual_seed(seed))
    return B.numpy().view(np.int32)


@identity(source="sander2022", ref=FIGURE, effort="full")
def the_target_is_drawn_as_in_the_script():
    r"""$B=I+\mathrm{randn}(2,2)$ after `torch.manual_seed(6)` is the target used here, bit for bit."""
    return drawn(6), FIGURE_2.astype(np.float32).view(np.int32)


@the_target_is_drawn_as_in_the_script.mutant("seed 7")
def _():
    return drawn(7), FIGURE_2.astype(np.float32).view(np.int32)


@rate(source="sander2022", ref=FIGURE, order=1, at=[12, 25, 50, 100, 200], within=0.05)
def weights_are_smooth_in_depth_at_every_step(n, log):
    r"""At every step of descent in Figure 2 the weights are smooth in depth: $\max\|\theta_{n+1}-\theta_n\|=O(1/N)$.

    Over 100 steps, with the learning rate in proportion to N, as the flow has it: η = 1/4.  N times the maximum is
    4.24 at the figure's N = 100.
    """
    path = trained(n)
    if n == DEPTH:
        for k, i, j, curve in curves():
            log.array("weights", curve, step=k, row=i, column=j)
        for k in (0, 1, 2, 5, 11, 20, 50, 100):
            log.array("all weights", path[k], step=k)
        for k, theta in enumerate(path):
            log("loss", x=k, measured=loss(theta, FIGURE_2, np.eye(2)) / 4, label="mean square")
            log("roughness", x=k, measured=DEPTH * spectral(np.diff(theta, axis=0)).max(), label="N max‖θ_{n+1} − θ_n‖")
            log("size", x=k, measured=spectral(theta).max(), label="max‖θ_n‖")
    return spectral(np.diff(path, axis=1)).max()


weights_are_smooth_in_depth_at_every_step.mutant("order two", order=2)
weights_are_smooth_in_depth_at_every_step.mutant("not smooth: order zero", order=0)


@weights_are_smooth_in_depth_at_every_step.mutant("from rough weights too")
def _(n):
    return spectral(np.diff(trained(n, start="rough"), axis=1)).max()


def losses(step):
    """The mean-squared losses of the figure's network at a multiple of its learning rate."""
    return np.array([loss(theta, FIGURE_2, np.eye(2)) / 4 for theta in trained(DEPTH, step)])


@bound(source="sander2022", ref=FIGURE)
def the_script_stops_after_a_hundred_steps():
    r"""At step 100 the mean-squared loss is below $10^{-5}$, where the script looks, and stops.

    Not sharp: the loss is 1.9e-8, as it may be between two looks that are 100 steps apart.
    """
    return losses(RATE / (4 * DEPTH))[STEPS], 1e-5


@the_script_stops_after_a_hundred_steps.mutant("with a learning rate of 10")
def _():
    return losses(10 / (4 * DEPTH))[STEPS], 1e-5


@the_script_stops_after_a_hundred_steps.mutant("with a learning rate of 200, above the threshold")
def _():
    return losses(200 / (4 * DEPTH))[STEPS], 1e-5


ENDS = {"top": (np.max, 2.9), "bottom": (np.min, -2.8)}


@reproduction(source="sander2022", ref=FIGURE, published=lambda case: case[1], within=0.02, cases=ENDS)
def the_curves_span_the_range_of_the_published_plot(case):
    r"""The four weights that Figure 2 plots against depth reach from −2.8 to 2.9, at the steps 11, 74, 85 and 100.

    As in the plot of the authors' repository (steps from its legend, range from its axis, to the digit that can be
    read).  Steps and entries are drawn as the script draws them.  Nothing is random beyond its seed 6, so the eight
    replicates are one.
    """
    return case[0](np.concatenate([curve for *_, curve in curves()]))


@the_curves_span_the_range_of_the_published_plot.mutant("a quarter of the learning rate")
def _(case):
    path = trained(DEPTH, 0.0625)
    return case[0](np.concatenate([path[k, :, i, j] for k, i, j in shown()]))
