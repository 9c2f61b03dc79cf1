"""One door to the digits: scikit-learn's 1797 images of 8×8 pixels, in the order and the units they come in."""

from __future__ import annotations

from functools import cache

import numpy as np


@cache
def digits() -> tuple[np.ndarray, np.ndarray]:
    """Images, 1797 x 64 with grey levels from 0 to 16 in float64, and their labels, both read-only."""
    from sklearn.datasets import load_digits

    images, labels = load_digits(return_X_y=True)
    images.setflags(write=False)
    labels.setflags(write=False)
    return images, labels
