r"""What the networks of Table 1 hold for their gradients: O(L) bytes by blocks, O(steps) by steps, O(1) by the adjoint.

At the paper's size, in float32, counted as the tensors that autograd saves, each storage once
(`systems.adjoint.memory`).
"""

from __future__ import annotations

import torch

from gronwall import identity
from systems.adjoint.digits.models import NAMES, PAPER, network
from systems.adjoint.memory import saved

REF = "Table 1: digits"
IMAGES, COUNTS = 2, (1, 2, 4, 8)
SHAPES = {"ResNet": "blocks", "RK-Net": "steps of RK4", "ODE-Net": "steps of RK4"}


def held(name, images=IMAGES, **solver):
    """Bytes that autograd saves in a forward pass of the paper's network on so many images."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model, x = network(name, PAPER, **solver), torch.rand(images, 1, PAPER.side, PAPER.side)
    return saved(lambda: model(x))


def at_depth(shape, n):
    """Bytes with n blocks, or n steps of RK4."""
    if shape == "ResNet":
        return held(f"ResNet-{n}")
    return held(shape, method="rk4", options={"step_size": 1 / n})


def maps(images=IMAGES):
    """Bytes of one channel of the maps in the middle, and of the two numbers that a norm keeps for each group."""
    return 4 * images * PAPER.pixels, 8 * images * PAPER.groups


def predicted(shape):
    """Bytes that one more block or step adds, block's weights included."""
    channel, normed = maps()
    C = PAPER.channels
    if shape == "ResNet":  # the state, both activations and what lies between the convolutions; weights
        return 4 * C * channel + 2 * normed + 4 * (2 * C + 2 * 9 * C * C)
    if shape == "RK-Net":  # in each of four evaluations five maps, two with a clock beside them, three norms; the step
        return 4 * ((5 * C + 2 * (C + 1)) * channel + 3 * normed) + 4
    return 0


def added(shape):
    """Bytes beyond those with one block or step."""
    return [at_depth(shape, n) - at_depth(shape, 1) for n in COUNTS]


@identity(source="chen2018", ref=REF, cases={shape: shape for shape in SHAPES})
def memory_is_as_table_1_says(case, log):
    r"""Bytes held for the gradient grow by a fixed number a block (ResNet), a step (RK-Net), and not at all (ODE-Net).

    To the byte: a block of 64 channels on 6×6 maps holds four maps, two norms and its weights, an evaluation of the
    field seven maps, two of them with a clock, and three norms; the adjoint keeps the last state and the times.
    """
    for n in COUNTS:
        log("bytes held", x=n, measured=at_depth(case, n), model=case, counted=SHAPES[case])
    if case == "ODE-Net":
        for name in NAMES:
            log("bytes an image", x=0, measured=(held(name, 2 * IMAGES) - held(name)) / IMAGES, model=name)
    return added(case), [(n - 1) * predicted(case) for n in COUNTS]


@memory_is_as_table_1_says.mutant("constant for blocks and steps, linear for the adjoint")
def _(case):
    wrong = predicted("RK-Net") if case == "ODE-Net" else 0
    return added(case), [(n - 1) * wrong for n in COUNTS]


@memory_is_as_table_1_says.mutant("the adjoint in the place of backpropagation, and the other way round")
def _(case):
    other = {"RK-Net": "ODE-Net", "ODE-Net": "RK-Net", "ResNet": "RK-Net"}[case]
    return added(other), [(n - 1) * predicted(case) for n in COUNTS]
