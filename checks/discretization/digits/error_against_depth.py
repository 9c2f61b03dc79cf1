"""Figure 3c, on digits: test error against depth, Euler and Heun, backpropagation and the memory-free adjoint."""

from __future__ import annotations

import numpy as np

from gronwall import bound, comparison
from systems.discretization.digits.results import SCHEMES, SEEDS, errors_by_depth, networks

FIGURE = "Figure 3c (code)"


def error(scheme: str, gradient: str, depth: int, effort):
    """Test error in %, one a seed."""
    return networks(scheme, gradient, depth, effort)["error"]


def moved(effort, least: int) -> np.ndarray:
    """|test error − that of backpropagation| in percentage points, from the depth `least` on, every scheme and seed."""
    ours, theirs = (errors_by_depth(effort, gradient) for gradient in ("memory-free", "backpropagation"))
    return np.array([abs(ours[scheme, depth] - theirs[scheme, depth]) for scheme, depth in ours if depth >= least])


@bound(source="sander2022", ref=FIGURE, sharp=0.3)
def from_depth_eight_on_the_adjoint_moves_the_test_error_by_a_point_at_most(effort):
    r"""From depth 8 on the adjoint moves the test error of every network by at most one percentage point.

    Euler and Heun, depth 8 to 16 (64 at full), every seed; a point is 10 of the 997 digits and half of one is reached.
    Our own experiment, no theorem.  The figure of the paper (CIFAR-10, convolutions) could not be read as numbers, so
    this is no reproduction of its values.  The errors of all depths are in the series "test error".
    """
    return moved(effort, 8), 1.0


@from_depth_eight_on_the_adjoint_moves_the_test_error_by_a_point_at_most.mutant("from depth 2 on")
def _(effort):
    return moved(effort, 2), 1.0


@from_depth_eight_on_the_adjoint_moves_the_test_error_by_a_point_at_most.mutant("whatever states are taken")
def _(effort):
    gradients = ("nothing rebuilt", "backpropagation")
    ours, theirs = (np.array([error(scheme, gradient, 16, effort) for scheme in SCHEMES]) for gradient in gradients)
    return abs(ours - theirs), 1.0


@comparison(source="sander2022", ref=FIGURE, seeds=SEEDS, equivalent_within=0.1, cases=list(SCHEMES), effort="full")
def the_adjoint_reaches_the_test_error_of_backpropagation(replicate, case, effort):
    r"""At depth 64 both gradients lead to the same test error within a tenth of it.

    About 8 % of the digits left out; 12 % if the layers are not trained.
    """
    adjoint, stored = (float(error(case, g, 64, effort)[replicate]) for g in ("memory-free", "backpropagation"))
    return adjoint, stored


@the_adjoint_reaches_the_test_error_of_backpropagation.mutant("layers that are not trained reach it too")
def _(replicate, case, effort):
    left_alone = float(error(case, "nothing taken back", 4, effort)[replicate])  # a linear network, whatever its depth
    return left_alone, float(error(case, "backpropagation", 64, effort)[replicate])


@the_adjoint_reaches_the_test_error_of_backpropagation.mutant("Euler's adjoint at depth 2 reaches half of it")
def _(replicate, case, effort):
    return float(error("euler", "memory-free", 2, effort)[replicate]), float(
        error(case, "backpropagation", 64, effort)[replicate]
    ) / 2
