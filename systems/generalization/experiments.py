r"""The experiments of Marion 2023: residual networks trained on images, their gaps and weight differences.

An image x (numbers in [0, 1]) passes h_0 = A x, then h_{k+1} = h_k + W_{k+1} ReLU(h_k)/L, then the logits C h_L; the
loss is the cross-entropy, trained by Adam with steps of 0.02 on batches of 128.  A and C have Gaussian entries of
variance one over their number of columns, and are frozen (random projections) or trained.  At the start each entry of
the W_k is a Gaussian process of its own in s = k/L,

    Cov(W_k, W_l) = exp(−(s_k − s_l)²/(2·0.1²)) / d,

and a tied network has one matrix with iid entries of variance 1/d.  Penalties: λ times one of
`systems.generalization.kernels.PENALTIES`.

What is done otherwise than in the authors' code: the images are scikit-learn's 1797 digits of 8 x 8, of which a
random 500 are trained on and the others tested, unless GRONWALL_MNIST names the folder of MNIST's four IDX files (then
give the run a folder of its own, --out); the training loss is that of the weights at the end of an epoch, not the mean
over an epoch in which they move; the test loss is divided by the number of images.

A run's `--seed` does not enter a training: networks, projections and batches are drawn from the seeds 0, 1, … of the
members, so every run meets the same networks, and a claim counts its own by `replicate`.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from gronwall import cached, pick
from gronwall.running.caching import out_folder
from gronwall.running.files import locked
from systems.data import idx
from systems.generalization.residual_networks import Data, ResidualNetworks
from systems.training.ensemble import Adam, data_orders, grouped, sweep, train

RATE, BATCH, LENGTH_SCALE = 0.02, 128, 0.1
CLASSES = 10
TRAINED_ON = 500
"""Digits to train on; the other 1297 are tested."""
MEMBERS = 20
"""Networks in one ensemble, at most."""


# ---------------------------------------------------------------- data


@dataclass(frozen=True)
class Images:
    """What is trained on and what is tested on; the name tells other data apart."""

    name: str
    training: Data
    test: Data

    @property
    def radius(self) -> float:
        """The largest norm of an image."""
        return float(max(torch.linalg.norm(data.x, dim=1).max() for data in (self.training, self.test)))


def _data(images: np.ndarray, labels: np.ndarray, largest: float) -> Data:
    rows = images.reshape(len(images), -1) / largest
    return Data(torch.tensor(rows, dtype=torch.float32), torch.tensor(labels, dtype=torch.int64))


@cache
def digits() -> Images:
    """scikit-learn's digits in a fixed random order: the first 500 to train on."""
    from sklearn.datasets import load_digits

    images, labels = load_digits(return_X_y=True)
    order = np.random.default_rng(2023).permutation(len(labels))
    first, rest = order[:TRAINED_ON], order[TRAINED_ON:]
    return Images("digits", _data(images[first], labels[first], 16), _data(images[rest], labels[rest], 16))


@cache
def mnist(folder: str) -> Images:
    """MNIST from the folder of its four files."""
    files = idx.mnist(Path(folder))
    training = _data(files["training images"], files["training labels"], 255)
    told = hashlib.sha256(b"".join(files[name].tobytes() for name in sorted(files))).hexdigest()[:12]
    return Images(f"mnist {told}", training, _data(files["test images"], files["test labels"], 255))


def images() -> Images:
    """The digits, or MNIST where GRONWALL_MNIST names its folder."""
    folder = os.environ.get("GRONWALL_MNIST")
    return mnist(folder) if folder else digits()


# ---------------------------------------------------------------- the networks as they begin


@cache
def _root_of_the_covariance(depth: int) -> np.ndarray:
    """K^{1/2}, symmetric, for the covariance K of the Gaussian process at the first L of L + 1 points of [0, 1]."""
    s = np.linspace(0, 1, depth + 1)[:depth]
    K = np.exp(-((s[:, None] - s) ** 2) / (2 * LENGTH_SCALE**2))
    values, vectors = np.linalg.eigh(K)
    return (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T


def gaussian_process(rng: np.random.Generator, depth: int, width: int) -> np.ndarray:
    """W_1 … W_L whose entries are independent Gaussian processes in depth, of variance 1/width: L x d x d."""
    noise = rng.normal(size=(depth, width * width))
    return (_root_of_the_covariance(depth) @ noise).reshape(depth, width, width) / np.sqrt(width)


def beginning(seed: int, depth: int, width: int, inputs: int, tied: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A, W, C of one network; A and C of a seed do not depend on the depth, nor on whether the weights are tied."""
    rng = np.random.default_rng([seed, 1])
    A = rng.normal(size=(width, inputs)) / np.sqrt(inputs)
    C = rng.normal(size=(CLASSES, width)) / np.sqrt(width)
    W = rng.normal(size=(1, width, width)) / np.sqrt(width) if tied else gaussian_process(rng, depth, width)
    return A, W, C


# ---------------------------------------------------------------- training


@dataclass(frozen=True)
class Member:
    """One network of a sweep: penalty is "tied", "none" or a key of `PENALTIES`, weight its factor λ."""

    seed: int
    penalty: str = "none"
    weight: float = 0.0


@dataclass(frozen=True)
class Setting:
    """What the networks of a sweep have in common.  every: epochs between two looks at the losses."""

    depth: int
    width: int = 30
    epochs: int = 50
    batch: int = BATCH
    projections: bool = False
    every: int = 1
    weights: bool = False


def largest_difference(W: Tensor, *, absolute: bool = True) -> np.ndarray:
    """max_k,ij |W_{k+1} − W_k|_ij of each member, or without the absolute value, as the authors' code logs it."""
    if W.shape[1] < 2:
        return np.zeros(len(W))
    differences = W[:, 1:] - W[:, :-1]
    return (differences.abs() if absolute else differences).amax(dim=(1, 2, 3)).numpy().astype(float)


@cached
def trained_group(setting: Setting, members: list[Member], data: str) -> dict[str, Any]:
    """Networks of one shape trained as one ensemble; looks x members, the first look at the start (epoch 0):

    epoch, train_loss, test_loss, train_accuracy, test_accuracy, largest, largest_signed, frobenius (the root of the sum
    of all squared differences).  running_loss: epochs x members, as the authors log the training loss.  With
    `setting.weights` also A, W, C.  data: a name of what is trained on, so that other data is another entry.
    """
    shown = images()
    tied = members[0].penalty == "tied"
    begun = [beginning(m.seed, setting.depth, setting.width, shown.training.x.shape[1], tied) for m in members]
    A, W, C = (torch.tensor(np.stack(parts), dtype=torch.float32) for parts in zip(*begun, strict=True))
    networks = ResidualNetworks(
        A, W, C, shown.training, depth=setting.depth, projections=setting.projections,
        penalties=["none" if tied else m.penalty for m in members], weights=[m.weight for m in members],
    )  # fmt: skip
    looks: list[dict[str, np.ndarray]] = []

    def look(epoch: int) -> None:
        if epoch % setting.every and epoch != setting.epochs:
            return
        train_loss, train_accuracy = networks.losses(shown.training)
        test_loss, test_accuracy = networks.losses(shown.test)
        differences = networks.W[:, 1:] - networks.W[:, :-1]
        looks.append({
            "epoch": np.array(epoch), "train_loss": train_loss, "test_loss": test_loss,
            "train_accuracy": train_accuracy, "test_accuracy": test_accuracy,
            "largest": largest_difference(networks.W),
            "largest_signed": largest_difference(networks.W, absolute=False),
            "frobenius": differences.square().sum(dim=(1, 2, 3)).sqrt().numpy(),
        })  # fmt: skip

    look(0)
    orders = data_orders([m.seed for m in members], len(shown.training))
    running = train(
        networks, Adam(lr=RATE), orders=orders, epochs=setting.epochs, batch=setting.batch, after=look,
        label=f"depth {setting.depth}, {len(members)} networks, {members[0].penalty} {members[0].weight:g}",
    )  # fmt: skip
    found: dict[str, Any] = {name: np.stack([one[name] for one in looks]) for name in looks[0]}
    if setting.weights:
        found |= {"A": networks.A.numpy(), "W": networks.W.numpy(), "C": networks.C.numpy()}
    return {**found, "running_loss": running}


Network = tuple[Setting, Member]


def _trained(work: tuple[list[Network], str]) -> dict[str, Any]:
    group, data = work
    return trained_group(group[0][0], [member for _, member in group], data)


def trained(networks: Sequence[Network], jobs: int = 1, cluster: str | None = None) -> list[dict[str, Any]]:
    """What `trained_group` tells, network by network, in their order; `jobs` changes the time and nothing else.

    One process of a run trains at a time (with `jobs` of its own), so that none does over what another is doing.
    """
    groups = grouped(list(networks), key=lambda n: (n[0], n[1].penalty, n[1].weight), size=MEMBERS)
    work = [(group, images().name) for group in groups]
    with locked(out_folder() / "cache" / "sweeps"):
        found = sweep(_trained, work, jobs=jobs, cluster=cluster, label=f"{len(networks)} networks")
    told: dict[Network, dict[str, Any]] = {}
    for group, arrays in zip(groups, found, strict=True):
        for e, network in enumerate(group):
            told[network] = {
                name: array if name == "epoch" else array[e] if name in "AWC" else array[:, e]
                for name, array in arrays.items()
            }
    return [told[network] for network in networks]


def gaps(found: dict[str, Any]) -> np.ndarray:
    """The test loss minus the training loss: looks x members."""
    return np.asarray(found["test_loss"] - found["train_loss"])


def trained_for_bounds(depth: int, penalty: str = "none", weight: float = 0.0, seed: int = 0) -> dict[str, Any]:
    """One trained network of the paper's width, with frozen projections, and what bounds ask of its data.

    A, W (L x d x d), C; image_radius: the largest ‖x‖, state_radius: the largest ‖A x‖, over all images; train_loss,
    test_loss, train_accuracy, test_accuracy at the end; examples: how many it was trained on.  What is dear in it is
    cached by `trained_group`, under the name of the data.
    """
    shown = images()
    setting = Setting(depth, every=50, weights=True)
    found = trained_group(setting, [Member(seed, penalty, weight)], shown.name)
    A, W, C = (found[name][0] for name in ("A", "W", "C"))
    states = max(float(np.linalg.norm(data.x.numpy() @ A.T, axis=1).max()) for data in (shown.training, shown.test))
    ends = {name: found[name][-1, 0] for name in ("train_loss", "test_loss", "train_accuracy", "test_accuracy")}
    radii = {"image_radius": shown.radius, "state_radius": states, "examples": len(shown.training)}
    return {"A": A, "W": W, "C": C, **radii, **ends}


# ---------------------------------------------------------------- what the claims ask for

SEEDS = pick(quick=16, full=20)
"""Networks of each kind, their seeds 0, 1, …: the same in every run, as a sweep over seeds is trained at once."""
DEPTH = pick(quick=20, full=1000)
"""A small depth, and the authors'."""
SCATTER_EPOCHS = 30
JOBS = pick(quick=1, full=os.cpu_count() or 1)


Kind = tuple[str, float]
"""A penalty and its factor λ."""


def over_seeds(kinds: tuple[tuple[Kind, Setting], ...], effort: Any) -> dict[Kind, dict[str, Any]]:
    """What was trained with each penalty, looks x seeds."""
    return _over_seeds(kinds, effort, images().name)


@cache
def _over_seeds(kinds: tuple[tuple[Kind, Setting], ...], effort: Any, data: str) -> dict[Kind, dict[str, Any]]:
    """The same by the name of the data, so that other data is another entry."""
    seeds = SEEDS.at(effort)
    networks = [(setting, Member(seed, *kind)) for kind, setting in kinds for seed in range(seeds)]
    found = iter(trained(networks, jobs=JOBS.at(effort)))
    joined: dict[Kind, dict[str, Any]] = {}
    for kind, _ in kinds:
        runs = [next(found) for _ in range(seeds)]
        stacked = {name: np.stack([run[name] for run in runs], axis=1) for name in runs[0]}
        joined[kind] = {**stacked, "epoch": runs[0]["epoch"]}
    return joined


def scatter(effort: Any, projections: bool) -> dict[str, Any]:
    """The runs of the figure of gaps against differences: no penalty, a look after each of 30 epochs."""
    setting = Setting(DEPTH.at(effort), epochs=SCATTER_EPOCHS, projections=projections)
    return over_seeds(((("none", 0.0), setting),), effort)["none", 0.0]
