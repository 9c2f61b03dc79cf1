"""Bounds on one trained network of the paper's width, in powers of ten: on its class, and by its own code.

The norms are floats, and so nothing here is enclosed; balls are for the exponents.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from gronwall.theory import rigor
from gronwall.theory.generalization.after_training import adapted, coded_bound
from gronwall.theory.generalization.bounds import perturbation, resnet_bound
from gronwall.theory.generalization.covering import code_length, grid_centres
from gronwall.theory.generalization.recalled import recalled_network
from systems.generalization.experiments.data import Images, named
from systems.generalization.experiments.training import with_weights
from systems.generalization.weights import largest_step, norms
from systems.training.protocol import Run

DELTA = 0.05
OF_THE_CLASS = ("recalled", "provable", "chained")
BOUNDS = (*OF_THE_CLASS, "data-dependent")
TERMS = ("total", "discretisation", "parameters", "smoothness", "confidence")


def bounded(run: Run, depth: int, data: str = "digits") -> dict[str, Any]:
    """One trained network with frozen projections, what bounds ask of its data, and the bounds.

    A, W (L x d x d), C; image_radius: the largest ‖x‖, state_radius: the largest ‖A x‖, over all images; train_loss,
    test_loss, train_accuracy, test_accuracy at the end; examples: how many it was trained on.  log10: the decimal
    logarithm of BOUNDS x TERMS, NaN for a term that is 0.
    """
    shown = named(data)
    found = with_weights(run, depth, data=data)
    A, W, C = (found[name][0] for name in "AWC")
    states = max(float(np.linalg.norm(part.x.numpy() @ A.T, axis=1).max()) for part in (shown.training, shown.test))
    ends = {name: found[name][-1, 0] for name in ("train_loss", "test_loss", "train_accuracy", "test_accuracy")}
    radii = {"image_radius": shown.radius, "state_radius": states, "examples": len(shown.training)}
    made = {"A": A, "W": W, "C": C, **radii, **ends}
    bounds = {**of_the_class(made), "data-dependent": of_the_network(made, shown)}
    return {**made, "log10": np.array([[decimal(getattr(bounds[name], term)) for term in TERMS] for name in BOUNDS])}


def lipschitz_of_the_loss(C: np.ndarray) -> float:
    """K_ℓ of the cross-entropy behind the projection C: √2 ‖C‖, since its gradient in the logits is p − y."""
    return math.sqrt(2) * float(np.linalg.norm(C, 2))


def of_the_class(made: Mapping[str, Any]) -> dict[str, Any]:
    """The bounds on the class: recalled, at the network's own norms; provable and chained, at norms paid for.

    The loss is at most log 10 + K_ℓ ‖F(x)‖, so R_Y = log(10)/K_ℓ.
    """
    W, loss = made["W"].astype(float), lipschitz_of_the_loss(made["C"])
    R, K = norms(W)
    R_paid, K_paid, share = adapted(R, K)
    exact = rigor.dyadic
    data = {"K_sigma": rigor.ball(1), "K_loss": exact(loss), "R_X": exact(float(made["state_radius"])),
            "R_Y": exact(math.log(10) / loss), "d": W.shape[1], "n": rigor.ball(int(made["examples"]))}  # fmt: skip
    paid = {"delta": exact(DELTA * share), "R_W": exact(R_paid), "K_W": exact(K_paid), "L": len(W), **data}
    return {
        "recalled": recalled_network(delta=exact(DELTA), R_W=exact(R), K_W=exact(K), **data),
        "provable": resnet_bound(**paid),
        "chained": resnet_bound(route="chained", **paid),
    }


def of_the_network(made: Mapping[str, Any], shown: Images) -> Any:
    """The bound by the network's own code, with norms measured along the training images; the loss is cut at 1.

    The precision 2^−e, e = 0 … 8, is chosen after training and paid for with log((e + 1)(e + 2)) nats.
    """
    W, loss = made["W"].astype(float), lipschitz_of_the_loss(made["C"])
    sizes = states_along(W, shown.training.x.numpy().astype(float) @ made["A"].T.astype(float))
    R, K, share = adapted(float(np.abs(W).max()), largest_step(W))
    found = []
    for e in range(9):
        near = grid_centres(W, R, K, 2.0**-e)
        nats = code_length(W[0].size, R, K, 2.0**-e) - math.log(share) + math.log((e + 1) * (e + 2))
        apart, new = (list(np.linalg.norm(part, 2, axis=(1, 2))) for part in (W - near, near))
        shift = loss * float(np.mean(perturbation(sizes, new, apart)))
        found.append(coded_bound(float(made["examples"]), DELTA, 0.0, nats, 1.0, shift))
    return min(found, key=lambda terms: terms.total)


def states_along(W: np.ndarray, inputs: np.ndarray) -> list[np.ndarray]:
    """‖H_0‖ … ‖H_{L−1}‖ of every image, n x d in: one array of n norms a layer."""
    H, sizes = inputs.T, []
    for layer in W:
        sizes.append(np.linalg.norm(H, axis=0))
        H = H + layer @ np.maximum(H, 0) / len(W)
    return sizes


def decimal(x: Any) -> float:
    """log₁₀ of a ball or a float, NaN for what is not positive."""
    if not x > 0:
        return math.nan
    return rigor.midpoint(x.log() / rigor.ball(10).log()) if rigor.is_ball(x) else math.log10(x)
