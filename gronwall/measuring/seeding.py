"""Randomness that depends on the run's seed and on what is asked, on nothing else.

Every generator is keyed by (run seed, claim id, what for), so neither the order in which claims
run, nor the process they run in, nor what ran before them changes a draw.
"""

from __future__ import annotations

import random
import sys
from typing import Any

import numpy as np

from gronwall.canonical import digest, dumps, to_json


def key(seed: int, claim_id: str, *what: Any) -> int:
    """A 128-bit integer out of the run's seed, the claim's id and anything canonical."""
    return int(digest(dumps(to_json([seed, claim_id, *what])))[:32], 16)


def generator(seed: int, claim_id: str, *what: Any) -> np.random.Generator:
    """A NumPy generator with that key."""
    return np.random.default_rng(key(seed, claim_id, *what))


def seed_globals(number: int) -> None:
    """Set the global generators of ``random``, NumPy and (where it is loaded) torch.

    A claim should draw from ``rng``; this makes one that does not repeat itself all the same.
    """
    random.seed(number)
    np.random.seed(number % 2**32)  # noqa: NPY002
    torch = sys.modules.get("torch")
    if torch is not None:
        torch.manual_seed(number % 2**63)
