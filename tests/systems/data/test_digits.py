"""The one door to the digits."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from systems.data.digits import digits

ROOT = Path(__file__).resolve().parents[3]


def test_the_digits_are_scikit_learns():
    images, labels = digits()
    assert (images.shape, images.dtype, labels.shape) == ((1797, 64), np.float64, (1797,))
    assert (images.min(), images.max()) == (0, 16)
    assert set(labels.tolist()) == set(range(10))
    assert digits()[0] is images
    with pytest.raises(ValueError, match="read-only"):
        images[0, 0] = 1


def test_no_other_module_opens_the_digits():
    doors = [
        file.relative_to(ROOT).as_posix()
        for folder in ("theory", "systems", "checks", "figures")
        for file in sorted((ROOT / folder).rglob("*.py"))
        if re.search(r"load_digits|sklearn\.datasets", file.read_text())
    ]
    assert doors == ["systems/data/digits.py"]
