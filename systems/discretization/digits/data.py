"""The digits as states: eight principal components as a column, 800 to train on and 997 to test."""

from __future__ import annotations

from functools import cache

import numpy as np
import torch
from torch import Tensor

from systems.data.digits import digits

TRAINED_ON = 800
STATES = 8


@cache
def columns() -> tuple[Tensor, Tensor]:
    """The digits as columns, STATES x 1797, the first 800 to train on, and their labels; in a fixed random order.

    The leading principal components of the training images, each divided by the standard deviation of all of them.
    """
    images, labels = digits()
    order = np.random.default_rng(2022).permutation(len(labels))
    pixels = (images[order] - images[order][:TRAINED_ON].mean(axis=0)).T
    axes = np.linalg.svd(pixels[:, :TRAINED_ON], full_matrices=False)[0][:, :STATES]
    axes *= np.sign(axes[np.abs(axes).argmax(axis=0), np.arange(STATES)])
    found = axes.T @ pixels
    return torch.tensor(found / found[:, :TRAINED_ON].std(), dtype=torch.float64), torch.tensor(labels[order])
