"""The one door to the digits."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from systems.data.digits import digits

ROOT = Path(__file__).resolve().parents[3]


def test_the_digits_are_scikit_learns():
    images, labels = digits()
    assert (images.shape, images.dtype, labels.shape) == ((1797, 64), np.float64, (1797,))
    assert (images.min(), images.max()) == (0, 16)
    assert set(labels.tolist()) == set(range(10))
    assert digits()[0] is images


def test_discretization_and_generalization_have_no_door_of_their_own():
    for subject in ("discretization", "generalization"):
        for file in (ROOT / "systems" / subject).rglob("*.py"):
            assert not re.search(r"load_digits|sklearn\.datasets", file.read_text()), file
