"""What is trained on and what is tested on: scikit-learn's digits, or MNIST where GRONWALL_MNIST names its folder."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import torch

from systems.data import digits as sklearns
from systems.data import idx
from systems.generalization.residual_networks import Data

TRAINED_ON = 500
"""Digits to train on; the other 1297 are tested."""


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
    images, labels = sklearns.digits()
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


def named(name: str) -> Images:
    """The images of this name.  Raises ValueError where the folder that GRONWALL_MNIST names holds others."""
    found = images()
    if found.name != name:
        raise ValueError(f"asked for the images {name!r}; GRONWALL_MNIST or its absence means {found.name!r}")
    return found
