"""Chains of twenty residues from a tenth of their distances: a continuous model, stacks, and who learns nothing."""

from __future__ import annotations

import numpy as np

from gronwall import comparison
from systems.evoformer.folded.results import FOLDED, REFINED, SEEDS, found

SOURCE, REF, SAID = "sanford2025", "Abstract: quality", "Solver after training"


@comparison(source=SOURCE, ref=REF, seeds=SEEDS.count, factor=10 / 9, effort="full")
def a_continuous_block_completes_distances_better_than_shortest_ways(replicate, effort):
    r"""One block in continuous depth, four evaluations, errs a tenth less than shortest ways over the distances it is given.

    Mean absolute error on simulated chains that were not trained on; the shortest way learns nothing and knows the bonds.
    """  # noqa: E501
    return found(effort, "continuous", "MAE")[replicate], found(effort, "shortest ways", "MAE")[replicate]


@a_continuous_block_completes_distances_better_than_shortest_ways.mutant("so does the mean of all chains")
def _(replicate, effort):
    return found(effort, "mean of all", "MAE")[replicate], found(effort, "shortest ways", "MAE")[replicate]


def missed(effort, kind, replicate):
    """1 − F1 of residues in helices, by the rule on distances."""
    return 1 - found(effort, kind, "helix F1")[replicate]


@comparison(source=SOURCE, ref=REF, seeds=SEEDS.count, factor=2, effort="full")
def helices_are_captured(replicate, effort):
    r"""Helices told from the model's distances miss ($1-F_1$) less than half of what those from shortest ways miss.

    By the same rule on distances of Cα, whose ceiling from the true distances is $F_1=0.88$; shortest ways find none, so it
    says $F_1>\frac12$.  Handedness is no part of it.
    """  # noqa: E501
    return missed(effort, "continuous", replicate), missed(effort, "shortest ways", replicate)


@helices_are_captured.mutant("so do those from the mean of all chains")
def _(replicate, effort):
    return missed(effort, "mean of all", replicate), missed(effort, "shortest ways", replicate)


@helices_are_captured.mutant("less than half of what the rule misses on true distances")
def _(replicate, effort):
    return missed(effort, "continuous", replicate), missed(effort, "truth", replicate)


def moved(effort, replicate, steps):
    """How far distances are from those of sixteen steps, in the mean, over the error of the two that were trained."""
    off = np.asarray(FOLDED(effort, kind="continuous", world="simulated")["unresolved"], dtype=float)[replicate]
    return off[REFINED.index(steps)], found(effort, "continuous", "MAE")[replicate]


@comparison(source=SOURCE, ref=SAID, seeds=SEEDS.count, effort="full")
def what_was_trained_is_two_steps_and_no_flow(replicate, effort):
    r"""Sixteen steps in the place of the two that were trained move distances by more than a tenth of their error.

    The map that was trained is that of its steps; its flow is another.  The tenth was set after the distances were seen.
    """  # noqa: E501
    off, error = moved(effort, replicate, 2)
    return error / 10, off


@what_was_trained_is_two_steps_and_no_flow.mutant("by more than the whole of it")
def _(replicate, effort):
    off, error = moved(effort, replicate, 2)
    return error, off


@what_was_trained_is_two_steps_and_no_flow.mutant("so do sixteen in the place of eight")
def _(replicate, effort):
    off, error = moved(effort, replicate, 8)
    return error / 10, off
