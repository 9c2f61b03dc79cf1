"""scikit-learn's digits: the one door to them."""

from __future__ import annotations

from functools import cache

import numpy as np

__all__ = ["digits"]


@cache
def digits() -> tuple[np.ndarray, np.ndarray]:
    """The images, 1797 x 64 numbers from 0 to 16, and their labels."""
    from sklearn.datasets import load_digits  # a second to import, for those who want the digits

    images, labels = load_digits(return_X_y=True)
    return images, labels
