r"""The trainings of Marion 2023: residual networks on images, their losses and weight differences while they train.

An image x (numbers in [0, 1]) passes h_0 = A x, then h_{k+1} = h_k + W_{k+1} ReLU(h_k)/L, then the logits C h_L; the
loss is the cross-entropy, trained by Adam with steps of 0.02 on batches of 128.  A and C are frozen (random
projections) or trained.  Penalties: λ times one of `PENALTIES`, or "tied" weights.

What is done otherwise than in the authors' code: the images are scikit-learn's 1797 digits of 8 x 8, of which a
random 500 are trained on and the others tested, unless GRONWALL_MNIST names the folder of MNIST's four IDX files (then
give the run a folder of its own, --out); the training loss is that of the weights at the end of an epoch, not the mean
over an epoch in which they move; the test loss is divided by the number of images.

A run's `--seed` does not enter a training: networks, projections and batches are drawn from the seeds of the members,
so every run meets the same networks.  Those of one penalty train as one ensemble, at most `MEMBERS` of them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from systems.generalization.experiments.data import named
from systems.generalization.experiments.models import beginning, largest_difference
from systems.generalization.residual_networks import ResidualNetworks
from systems.training.ensemble import Adam, data_orders, train
from systems.training.protocol import Run
from systems.training.sweeps import grouped

RATE, BATCH, WIDTH = 0.02, 128, 30
MEMBERS = 20
"""Networks in one ensemble, at most."""


def penalised(
    run: Run, depth: int, penalty: str = "none", weight: float = 0.0, width: int = WIDTH, data: str = "digits"
) -> dict[str, Any]:
    """Networks with frozen projections and a penalty; `looked` says what is kept, the weights W not.

    penalty: "tied", "none" or a key of `PENALTIES`, weight its factor λ.  Looked at after every epoch without a
    penalty, else at the start and at the end.  data: the name of what is trained on.
    """
    return _looked(run, depth, data, penalty=(penalty, weight), width=width, every=1 if penalty == "none" else 0)


def projected(run: Run, depth: int, projections: str, width: int = WIDTH, data: str = "digits") -> dict[str, Any]:
    """Networks without a penalty, with "random" or "trained" projections, looked at after every epoch."""
    return _looked(run, depth, data, width=width, projections=projections, every=1)


def with_weights(
    run: Run, depth: int, penalty: str = "none", weight: float = 0.0, width: int = WIDTH, data: str = "digits"
) -> dict[str, Any]:
    """Networks as of `penalised`, looked at at the start and at the end, and their weights A, W, C at the end."""
    return _looked(run, depth, data, penalty=(penalty, weight), width=width, weights=True)


def _looked(
    run: Run, depth: int, data: str, *, width: int, penalty: tuple[str, float] = ("none", 0.0),
    projections: str = "random", every: int = 0, weights: bool = False,
) -> dict[str, Any]:  # fmt: skip
    """All networks of a setting, looks x seeds, the first look at the start (epoch 0):

    epoch (looks), train_loss, test_loss, train_accuracy, test_accuracy, largest, largest_signed, frobenius (the root of
    the sum of all squared differences).  running_loss: epochs x seeds, as the authors log the training loss.  With
    `weights` also A, W, C, the seeds first.  every: epochs between two looks, 0 for those at the two ends alone.
    """
    parts: list[dict[str, Any]] = []
    for seeds in grouped(run.seeds, key=lambda seed: True, size=MEMBERS):
        networks = _networks(run, seeds, depth, data, width=width, penalty=penalty, projections=projections)
        parts.append(_trained(run, seeds, networks, data, every=every))
        if weights:
            parts[-1] |= {name: getattr(networks, name).numpy() for name in "AWC"}
    joined = {
        name: np.concatenate([part[name] for part in parts], axis=0 if name in "AWC" else 1)
        for name in parts[0]
        if name != "epoch"
    }
    return {"epoch": parts[0]["epoch"], **joined}


def _networks(
    run: Run, seeds: list[int], depth: int, data: str, *, width: int, penalty: tuple[str, float], projections: str
) -> ResidualNetworks:
    """Networks of one shape as they begin."""
    kind, weight = penalty
    tied, images = kind == "tied", named(data).training
    begun = [beginning(run.stream(seed, "weights"), depth, width, images.x.shape[1], tied=tied) for seed in seeds]
    A, W, C = (torch.tensor(np.stack(parts), dtype=torch.float32) for parts in zip(*begun, strict=True))
    return ResidualNetworks(
        A, W, C, images, depth=depth, projections={"random": False, "trained": True}[projections],
        penalties=["none" if tied else kind] * len(seeds), weights=[weight] * len(seeds),
    )  # fmt: skip


def _trained(run: Run, seeds: list[int], networks: ResidualNetworks, data: str, *, every: int) -> dict[str, Any]:
    """Networks trained as one ensemble, and looked at."""
    shown = named(data)
    looks: list[dict[str, Any]] = []

    def look(epoch: int) -> None:
        if epoch not in (0, run.length) and (every == 0 or epoch % every):
            return
        train_loss, train_accuracy = networks.losses(shown.training)
        test_loss, test_accuracy = networks.losses(shown.test)
        differences = networks.W[:, 1:] - networks.W[:, :-1]
        looks.append({
            "epoch": epoch, "train_loss": train_loss, "test_loss": test_loss,
            "train_accuracy": train_accuracy, "test_accuracy": test_accuracy,
            "largest": largest_difference(networks.W),
            "largest_signed": largest_difference(networks.W, absolute=False),
            "frobenius": differences.square().sum(dim=(1, 2, 3)).sqrt().numpy(),
        })  # fmt: skip

    look(0)
    running = train(
        networks, Adam(lr=RATE), orders=data_orders(seeds, len(shown.training)), epochs=run.length, batch=BATCH,
        after=look, progress=run.progress,
    )  # fmt: skip
    return {**{name: np.stack([one[name] for one in looks]) for name in looks[0]}, "running_loss": running}
