"""What the claims ask about folded chains: errors by trunk and seed, helices, and what finer steps make of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from gronwall import pick
from systems.data import proteins
from systems.evoformer.folded.data import LENGTH, Fragments, measured, simulated
from systems.evoformer.folded.models import KINDS
from systems.evoformer.folded.scores import completed, helices, lddt, places_of, rmsd_and_tm
from systems.evoformer.folded.training import learned, predicted
from systems.training.protocol import Experiment, Run, Seeds, Table

__all__ = ["FOLDED", "REFINED", "SEEDS", "found"]

SEEDS = Seeds(20, 12, chosen_on=range(100, 106))
"""Widths, rate and lengths were chosen on the seeds 100 to 105."""
REFINED = (1, 2, 4, 8, 16)
OFF = ~np.eye(LENGTH, dtype=bool)
STREAMS = {"chains": 3}


def fragments(run: Run, world: str) -> tuple[Fragments, Fragments]:
    """To train and to test, of one stream: simulated chains, or fragments of different measured chains."""
    rng = run.stream(run.seeds[0], "chains")
    if world == "simulated":
        return simulated(rng, 240), simulated(rng, 40)
    chains = proteins.chains()
    order = rng.permutation(len(chains))
    train, test = (tuple(chains[k] for k in part) for part in (order[:40], order[40:]))
    return measured(rng, train, 8), measured(rng, test, 4)


def errors_of(told: np.ndarray, of: Fragments) -> dict[str, float]:
    """Of fragments (many, n, n): mean absolute error, lDDT, RMSD of the places, the share of those whose mirror image
    is not nearer, and F1 of helices.  No TM: its scale is not meant for twenty residues.
    """
    true = of.distances
    places = [places_of(d) for d in told]
    near = np.array([rmsd_and_tm(x, y)[0] for x, y in zip(places, of.places, strict=True)])
    other = np.array([rmsd_and_tm(x * [1, 1, -1], y)[0] for x, y in zip(places, of.places, strict=True)])
    return {
        "MAE": float(np.abs(told - true)[:, OFF].mean()),
        "lDDT": float(np.mean([lddt(a, b) for a, b in zip(told, true, strict=True)])),
        "RMSD": float(near.mean()),
        "handed": float((near <= other).mean()),
        "helix F1": f1([helices(d) for d in told], of.structure),
    }


def f1(found: list[np.ndarray], structure: tuple[str, ...]) -> float:
    """2 hits/(told + true) of residues in helices."""
    true = [np.array([letter == "H" for letter in one]) for one in structure]
    hits = sum((a & b).sum() for a, b in zip(found, true, strict=True))
    return float(2 * hits / max(sum(a.sum() for a in found) + sum(b.sum() for b in true), 1))


SCORES = ("MAE", "lDDT", "RMSD", "handed", "helix F1")


def trained(run: Run, kind: str, world: str) -> dict[str, Any]:
    """Scores by member (members, 5), errors by steps where the trunk is continuous, and one member's chain."""
    train, test = fragments(run, world)
    if kind in ("shortest ways", "mean of all", "truth"):
        told = {
            "shortest ways": np.stack([completed(*one) for one in zip(test.seen, test.where, strict=True)]),
            "mean of all": np.broadcast_to(train.distances.mean(axis=0), test.distances.shape),
            "truth": test.distances,
        }[kind]
        scores = errors_of(told, test)
        return {"scores": np.array([[scores[name] for name in SCORES]] * len(run.seeds)), "parameters": np.array(0)}
    weights, losses = learned(run, kind, train)
    told = predicted(kind, weights, test)
    left: dict[str, Any] = {
        "scores": np.array([[errors_of(one, test)[name] for name in SCORES] for one in told]),
        "parameters": np.array(sum(v[0].numel() for v in weights.values())),
        "loss": losses[:: max(1, run.length // 100)],
        "map": told[0, :2],
        "true map": test.distances[:2],
        "places": np.stack([places_of(d) for d in told[0, :2]]),
        "true places": test.places[:2],
    }
    if kind == "continuous":
        finer = [predicted(kind, weights, test, steps) for steps in REFINED]
        left["refined"] = np.array([[np.abs(d - test.distances)[:, OFF].mean() for d in one] for one in finer]).T
        last = finer[-1]
        left["unresolved"] = np.array(
            [[np.abs(d - e)[:, OFF].mean() for d, e in zip(one, last, strict=True)] for one in finer]
        ).T
    return left


def tell(table: Table, found: Any, run: Run, kind: str, world: str) -> None:
    """Scores over the seeds, and one member's chain."""
    labels = {"kind": kind, "world": world}
    for k, name in enumerate(SCORES):
        table.quartiles("scores", found["scores"][:, k], key=name, **labels)
    table.add("parameters", measured=float(found["parameters"]), **labels)
    table.array("MAE by seed", found["scores"][:, 0], **labels)
    for key in ("map", "true map", "places", "true places", "refined", "unresolved", "loss"):
        if key in found:
            table.array(key, np.round(found[key], 4), **labels)


BASES = ("shortest ways", "mean of all", "truth")
FOLDED = Experiment(
    "evoformer.folded.simulated", train=trained, tell=tell, length=pick(full=400, paper=4000), seeds=SEEDS,
    streams=STREAMS, sweep=[{"kind": kind, "world": "simulated"} for kind in (*BASES, *KINDS)],
)  # fmt: skip


def found(effort: Any, kind: str, score: str) -> np.ndarray:
    """A score of simulated chains, one a member."""
    left = FOLDED(effort, kind=kind, world="simulated")
    return np.asarray(left["scores"], dtype=float)[:, SCORES.index(score)]
