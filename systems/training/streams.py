"""Streams of randomness by name: a generator for each seed and each thing that is drawn of it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

STREAMS = {"weights": 1, "order": 2}
"""The streams that every experiment has: how its weights start, and the order in which it meets its data."""


def stream(seed: int, name: str, streams: Mapping[str, int] = STREAMS) -> np.random.Generator:
    """The generator of a seed's stream of this name.  Raises KeyError for a stream that was not declared."""
    if name not in streams:
        raise KeyError(f"no stream {name!r}; this experiment declares {', '.join(sorted(streams))}")
    return np.random.default_rng([seed, streams[name]])
