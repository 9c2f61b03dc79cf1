"""Figure 5, on the paper's own task: evaluations and loss of the seven layers that separate a disc from a ring."""

from __future__ import annotations

from functools import cache

import numpy as np
import torch

from gronwall import comparison, identity, reproduction
from systems.nesterov.trained.models import NAMES, reset
from systems.nesterov.trained.results import CLOUDS, FIRST_CLOUD, last, log_curves, log_table, path, run, states
from systems.nesterov.trained.tasks import TASKS
from systems.nesterov.trained.training import rebuilt

CLOUD = "point cloud"
CASES = {name: name for name in NAMES}
FORWARD = dict(zip(NAMES, (259.6, 176.5, 126.4, 198.4, 151.2, 127.6, 102.8), strict=True))
BACKWARD = dict(zip(NAMES, (270.6, 182.5, 128.3, 206.8, 150.3, 128.0, 101.7), strict=True))
LOSS = dict(zip(NAMES, (0.1007, 0.0487, 0.0089, 0.0095, 0.0009, 0.0055, 0.0084), strict=True))
"""Means over 50 runs after 200 epochs, read off the curves."""


KEYS = ("forward", "backward", "loss", "accuracy", "stopped")
DRAWN = ("NODE", "HBNODE", "NesterovNODE", "GNesterovNODE")


def log_path(log, name, effort):
    """Where the points of the seed with the upper median loss go, times x points x 2."""
    loss = last(CLOUD, name, effort, "loss")
    member = int(np.argsort(loss)[len(loss) // 2])
    x, y = TASKS[CLOUD].points([FIRST_CLOUD + member])
    log.array("path", path(CLOUD, name, effort, member, x, np.linspace(1, 2, 13)), system=name)
    log.array("labels", y[0].numpy(), system=name)
    log.array("loss of the path", [loss[member]], system=name)


@reproduction(source="nguyen2022", ref="Figure 5", cases=CASES, published=FORWARD.__getitem__, within=0.2, seeds=CLOUDS,
              effort="full")  # fmt: skip
def point_clouds_cost_evaluations_forwards(replicate, case, effort, log):
    r"""Evaluations of the field in a forward pass at the end of training on the point cloud, one median a model.

    The paper's sizes, tolerance 1e-7, batches of 50, Adam 1e-2; 60 epochs at full, the paper's 200 at paper.  Medians
    over 24 seeds with points of their own beside means over 50 runs.  Layers (13)–(15) as printed, ξ = 2.  A seed
    is stopped where a pass takes more than 2402 evaluations ("stopped" in the table), and keeps its last figures.
    """
    if replicate == 0:
        log_curves(log, CLOUD, case, effort)
        log_table(log, CLOUD, [case], effort, KEYS)
        if case in DRAWN:
            log_path(log, case, effort)
    return float(last(CLOUD, case, effort, "forward")[replicate])


@point_clouds_cost_evaluations_forwards.mutant("ten times as many")
def _(replicate, case, effort):
    return 10 * float(last(CLOUD, case, effort, "forward")[replicate])


@reproduction(source="nguyen2022", ref="Figure 5", cases=CASES, published=BACKWARD.__getitem__, within=0.2,
              seeds=CLOUDS, effort="full")  # fmt: skip
def point_clouds_cost_evaluations_backwards(replicate, case, effort):
    r"""Evaluations of the field in a backward pass at the end of training on the point cloud, one median a model.

    As `point_clouds_cost_evaluations_forwards`, after 60 epochs at full beside the paper's 200.
    """
    return float(last(CLOUD, case, effort, "backward")[replicate])


@point_clouds_cost_evaluations_backwards.mutant("ten times as many")
def _(replicate, case, effort):
    return 10 * float(last(CLOUD, case, effort, "backward")[replicate])


@reproduction(source="nguyen2022", ref="Figure 5", cases=CASES, published=LOSS.__getitem__, within=0.5, seeds=CLOUDS,
              effort="full")  # fmt: skip
def point_clouds_end_at_a_loss(replicate, case, effort):
    r"""The mean smooth L1 loss of the last epoch on the point cloud, one median a model.

    After 60 epochs at full, where the paper's are means after 200: a loss that still falls is not yet the paper's.
    """
    return float(last(CLOUD, case, effort, "loss")[replicate])


@point_clouds_end_at_a_loss.mutant("one more")
def _(replicate, case, effort):
    return 1 + float(last(CLOUD, case, effort, "loss")[replicate])


@reproduction(source="nguyen2022", ref="Figure 5", published=FORWARD["GHBNODE"] / FORWARD["HBNODE"], within=0.2,
              seeds=CLOUDS, effort="full")  # fmt: skip
def a_generalised_ball_costs_a_share_of_a_balls_evaluations(replicate, effort):
    r"""Forward evaluations of GHBNODE over those of HBNODE on the point cloud, 0.76 in print.

    σ = hardtanh(±½) and ξ = 2 against neither.  No direction is claimed.
    """
    ball, generalised = (float(last(CLOUD, name, effort, "forward")[replicate]) for name in ("HBNODE", "GHBNODE"))
    return generalised / ball


@a_generalised_ball_costs_a_share_of_a_balls_evaluations.mutant("ten times as many")
def _(replicate, effort):
    return 10 * a_generalised_ball_costs_a_share_of_a_balls_evaluations(replicate, effort)


BOTH = {"forward": "forward", "backward": "backward"}


@comparison(source="nguyen2022", ref="Figure 5", cases=BOTH, seeds=CLOUDS, effort="full")
def a_hardtanh_costs_a_nesterov_layer_evaluations(replicate, case, effort):
    r"""On the point cloud GNesterovNODE, with hardtanh(±5) for σ, needs more evaluations than NesterovNODE.

    In print it needs fewer (102.8 against 127.6 forwards, 101.7 against 128.0 backwards).  The direction had been seen
    on twelve other seeds.  The cause is next (`it_is_the_hardtanh_that_costs_the_evaluations`); with a tanh, on
    digits, the generalised layer is the cheaper one.
    """
    return tuple(float(last(CLOUD, name, effort, case)[replicate]) for name in ("NesterovNODE", "GNesterovNODE"))


@a_hardtanh_costs_a_nesterov_layer_evaluations.mutant("it needs fewer, as in print")
def _(replicate, case, effort):
    return tuple(float(last(CLOUD, name, effort, case)[replicate]) for name in ("GNesterovNODE", "NesterovNODE"))


@a_hardtanh_costs_a_nesterov_layer_evaluations.mutant("NODE needs more still")
def _(replicate, case, effort):
    return tuple(float(last(CLOUD, name, effort, case)[replicate]) for name in ("GNesterovNODE", "NODE"))


@cache
def with_and_without(effort, learnt=True):
    """Forward evaluations of GNesterovNODEs on their seeds' points, and of the same weights with σ = id; seeds x 2."""
    seeds = list(range(FIRST_CLOUD, FIRST_CLOUD + CLOUDS))
    x, found = TASKS[CLOUD].points(seeds)[0], []
    for name in ("GNesterovNODE", "GNesterovNODE, σ = id"):
        network = rebuilt(CLOUD, name, run(CLOUD, "GNesterovNODE", effort)["weights"])
        if not learnt:
            reset(network, seeds)
        with torch.no_grad():
            network(x)
        found.append(network.layer.counts.numpy().astype(float))
    return np.stack(found, axis=1)


@comparison(source="nguyen2022", ref="Figure 5, a mechanism (own statement)", factor=1.5, seeds=CLOUDS, effort="full")
def it_is_the_hardtanh_that_costs_the_evaluations(replicate, effort):
    r"""Without its hardtanh a trained GNesterovNODE needs less than $\frac23$ of its forward evaluations on the cloud.

    The same weights, ξ = 2 in both; σ = id is another field, with other trajectories, where a velocity or a force has
    passed 5.  At the start of training none has, and both need the same.  A step of dopri5 across a kink is refused at
    1e-7 until it is short.  The factor was set before the first run.
    """
    with_it, without = with_and_without(effort)[replicate]
    return without, with_it


@it_is_the_hardtanh_that_costs_the_evaluations.mutant("before training too")
def _(replicate, effort):
    with_it, without = with_and_without(effort, learnt=False)[replicate]
    return without, with_it


it_is_the_hardtanh_that_costs_the_evaluations.mutant("less than a tenth", factor=10.0)


# ---------------------------------------------------------------- what a first-order layer in the plane cannot do


def windings(name, effort):
    """How often the image of the circle through the ring goes round the image of the disc's centre, one a seed."""
    phi = np.linspace(0, 2 * np.pi, 721)
    circle = 0.925 * np.stack([np.cos(phi), np.sin(phi)], axis=1)
    network = rebuilt(CLOUD, name, run(CLOUD, name, effort)["weights"])
    x = torch.tensor(np.concatenate([circle, np.zeros((1, 2))])).expand(CLOUDS, -1, -1)
    h = network.layer.leave(states(network, x, 2.0)).numpy()
    around = h[:, :-1] - h[:, -1:]
    turned = np.unwrap(np.arctan2(around[..., 1], around[..., 0]), axis=1)
    return np.abs(turned[:, -1] - turned[:, 0]) / (2 * np.pi)


@identity(source="nguyen2022", ref="Figure 11", effort="full")
def a_node_leaves_the_ring_around_the_disc(effort):
    r"""The features of all 24 trained NODEs still wind once around those of the disc's centre: $|w|=1$.

    A flow of the plane is a homeomorphism, so no NODE can carry a disc out of a ring, and what it separates are the
    sampled points alone.  Second-order layers move points of a space of four dimensions and let them pass.
    """
    return windings("NODE", effort), np.ones(CLOUDS)


@a_node_leaves_the_ring_around_the_disc.mutant("so do HBNODEs")
def _(effort):
    return windings("HBNODE", effort), np.ones(CLOUDS)


@a_node_leaves_the_ring_around_the_disc.mutant("so do NesterovNODEs")
def _(effort):
    return windings("NesterovNODE", effort), np.ones(CLOUDS)
