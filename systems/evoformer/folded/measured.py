"""The same four trunks on fragments of measured chains: 40 chains to train on and 10 others to test."""

from __future__ import annotations

from gronwall import pick
from systems.evoformer.folded.models import KINDS
from systems.evoformer.folded.results import BASES, SEEDS, STREAMS, tell, trained
from systems.training.protocol import Experiment

__all__ = ["MEASURED"]

MEASURED = Experiment(
    "evoformer.folded.measured", train=trained, tell=tell, length=pick(full=400, paper=4000), seeds=SEEDS,
    streams=STREAMS, sweep=[{"kind": kind, "world": "measured"} for kind in (*BASES, *KINDS)],
)  # fmt: skip
