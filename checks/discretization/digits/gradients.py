"""Figure 4, on digits: how wrong the adjoint's gradient of a trained network is, against its depth."""

from __future__ import annotations

import numpy as np

from gronwall import comparison, rate
from systems.discretization import digits

FIGURE = "Figure 4 (code)"
DEPTHS = {"euler": [8, 16, 32, 64], "heun": [16, 32, 64, 128, 256]}
"""Heun's error is a N⁻⁶ from the inner layers and b N⁻⁴ from the ends, so it settles late."""


@rate(
    source="sander2022",
    ref=FIGURE,
    order=lambda case: {"euler": 2, "heun": 4}[case],
    at=DEPTHS.get,
    within=0.25,
    at_least=True,
    effort="full",
    cases=["euler", "heun"],
)
def gradients_of_trained_networks_get_better_with_depth(n, case, effort, log):
    r"""The relative squared error of a trained network's gradients falls like $N^{-2}$ for Euler, $N^{-4}$ for Heun.

    At least: the figure's quantity, mean((g − g̃)²)/mean(g²) for each parameter tensor, on 256 digits; the median over
    tensors and seeds.  So Heun is ahead by two orders, not by the four that weights smooth in depth would give: its
    first and last layer tear off in training, see `heun_ends`.
    """
    errors = digits.gradient_errors(case, n, effort)
    log.array("gradient error by layer", np.median(errors, axis=2), scheme=case, depth=n, rows="V, W, b")
    for seed, value in enumerate(np.median(errors, axis=(0, 1))):
        log("gradient error", x=n, measured=float(value), scheme=case, seed=seed)
    return float(np.median(errors))


gradients_of_trained_networks_get_better_with_depth.mutant(
    "one order more", order=lambda case: {"euler": 3, "heun": 5}[case]
)


@gradients_of_trained_networks_get_better_with_depth.mutant("also with the last state in the place of every state")
def _(n, case, effort):
    return float(np.median(digits.errors_of_seeds(case, n, effort, "nothing rebuilt")))


@comparison(
    source="sander2022",
    ref=FIGURE,
    seeds=digits.SEEDS,
    factor=10.0,
    cases={f"depth {depth}": depth for depth in (4, 8, 16, 32)},
)
def heun_has_the_better_gradients(replicate, case, effort):
    r"""From depth 4 on the relative squared error of Heun's gradients is below a tenth of Euler's.

    Trained networks of the same seed, the median over the tensors; 31 times better at depth 4, 10⁴ times at 32.
    """
    heun, euler = (float(digits.errors_of_seeds(scheme, case, effort)[replicate]) for scheme in ("heun", "euler"))
    return heun, euler


@heun_has_the_better_gradients.mutant("even with the last state in the place of every state")
def _(replicate, case, effort):
    wrong = float(digits.errors_of_seeds("heun", case, effort, "nothing rebuilt")[replicate])
    return wrong, float(digits.errors_of_seeds("euler", case, effort)[replicate])


heun_has_the_better_gradients.mutant("a millionth of Euler's", factor=1e6)
