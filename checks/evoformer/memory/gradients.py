"""What gradients of the continuous model hold in memory, and how far the adjoint's are from those of the steps."""

from __future__ import annotations

from functools import cache

import numpy as np
import torch
from torchdiffeq import odeint, odeint_adjoint

from gronwall import identity, rate
from systems.adjoint.memory import saved
from systems.evoformer.block.reduced import Continuous, reduced_shapes
from systems.evoformer.block.updates import Sizes, drawn
from systems.evoformer.block.whole import start

SOURCE, REF = "sanford2025", "Memory and gradients"
SIZES, ROWS, RESIDUES = Sizes(), 3, 4
UNIT = torch.tensor([0.0, 1.0], dtype=torch.float64)


@cache
def continuous():
    w = drawn(np.random.default_rng(2), reduced_shapes(SIZES), 0.5)
    return Continuous(
        {name: v.requires_grad_() for name, v in w.items()}, SIZES, ROWS, RESIDUES, torch.nn.functional.silu
    )


def solved(n, adjoint, **solver):
    """x(1) by n Euler steps, to be differentiated through the steps or by the adjoint equation."""
    of = continuous()
    how = {"method": "euler", "options": {"step_size": 1 / n}, **solver}
    if adjoint:
        return odeint_adjoint(
            of.field, start(2, SIZES, ROWS, RESIDUES), UNIT, adjoint_params=tuple(of.w.values()), **how
        )[-1]
    return odeint(of.field, start(2, SIZES, ROWS, RESIDUES), UNIT, **how)[-1]


def held(n, adjoint):
    """The bytes that autograd saves for the backward pass."""
    return int(saved(lambda: solved(n, adjoint)))


@identity(source=SOURCE, ref=REF)
def memory_grows_by_the_step_and_not_at_all_with_the_adjoint():
    r"""Bytes saved by `odeint`: twice the steps add twice the bytes; by `odeint_adjoint` more steps add none.

    In exact numbers, at 4, 8 and 16 steps.  The released training script imports `odeint`: what the formulation allows is
    not what it ran.
    """  # noqa: E501
    few, more, most = (held(n, False) for n in (4, 8, 16))
    return np.array([most - more, held(16, True) - held(4, True)]), np.array([2 * (more - few), 0])


@memory_grows_by_the_step_and_not_at_all_with_the_adjoint.mutant("not at all without it")
def _():
    few, more = (held(n, False) for n in (4, 8))
    return np.array([more - few, held(16, True) - held(4, True)]), np.array([0, 0])


@memory_grows_by_the_step_and_not_at_all_with_the_adjoint.mutant("with the adjoint as well")
def _():
    few, more, most = (held(n, False) for n in (4, 8, 16))
    return np.array([most - more, held(16, True) - held(4, True)]), np.array([2 * (more - few), most - more])


def gradient(n, adjoint, **solver):
    """The slopes of Σ sin(x_i(1)) in all weights, as one vector."""
    of = continuous()
    leaves = list(of.w.values())
    slopes = torch.autograd.grad(torch.sin(solved(n, adjoint, **solver)).sum(), leaves, allow_unused=True)
    return np.concatenate(
        [np.zeros(leaf.numel()) if g is None else g.numpy().ravel() for leaf, g in zip(leaves, slopes, strict=True)]
    )


def gap(n):
    """‖adjoint − steps‖/‖steps‖ of the gradients at n steps."""
    exact = gradient(n, False)
    return float(np.linalg.norm(gradient(n, True) - exact) / np.linalg.norm(exact))


@rate(source=SOURCE, ref=REF, order=1, at=[6, 8, 12, 16, 24, 32], within=0.1)
def the_gap_of_gradients_falls_like_the_step(n):
    r"""With Euler's steps the adjoint's gradient is not that of the steps: their distance is of order $h$, not of rounding."""  # noqa: E501
    return gap(n)


the_gap_of_gradients_falls_like_the_step.mutant("of second order", order=2)
the_gap_of_gradients_falls_like_the_step.mutant("it stays as it is", order=0)


@identity(source=SOURCE, ref=REF, tol=1e-6, why="both solved to 1e-9, slopes of a few hundred weights")
def gradients_agree_where_the_flow_is_solved():
    r"""With `dopri5` at $10^{-9}$ both routes give the same gradient: the gap is one of steps, not of the adjoint."""
    fine = {"method": "dopri5", "options": {}, "rtol": 1e-9, "atol": 1e-10}
    return gradient(1, True, **fine), gradient(1, False, **fine)


@gradients_agree_where_the_flow_is_solved.mutant("with 48 Euler steps as well")
def _():
    return gradient(48, True), gradient(48, False)
