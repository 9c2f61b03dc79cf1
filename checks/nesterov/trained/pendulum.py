"""Figure 6 in small: ODE-RNNs on an irregularly observed pendulum in the place of Walker2D."""

from __future__ import annotations

from gronwall import comparison, reproduction
from systems.nesterov.trained.results import PENDULUM, last
from systems.nesterov.trained.tasks import Pendulum

SEEDS = PENDULUM.seeds.count
ON_SCALE = {"HBNODE": 1664, "GHBNODE": 1665, "NesterovNODE": 1668, "GNesterovNODE": 1281}
"""Forward evaluations of 64 intervals at the end; NODE, ANODE and SONODE had left the scale."""


@reproduction(source="nguyen2022", ref="Figure 6", cases={name: name for name in ON_SCALE},
              published=lambda name: ON_SCALE[name] / 64, within=0.1, seeds=SEEDS, effort="full")  # fmt: skip
def intervals_cost_evaluations(replicate, case, effort):
    r"""Forward evaluations an interval between two observations: 26, 26, 26.1 and 20 in print for four layers.

    The printed counts are 2 + 6s with s = 4 steps, or 3: the whole gap of Figure 6 is one step.  Gaps here are 0.2
    to 1, those of Walker2D about 1/64.  Tolerance 1e-7; 8 epochs at full, 100 at paper.
    """
    return float(last("pendulum", case, effort, "forward")[replicate]) / Pendulum.steps


@intervals_cost_evaluations.mutant("one a step, as if a step took one evaluation")
def _(replicate, case, effort):
    return (float(last("pendulum", case, effort, "forward")[replicate]) / Pendulum.steps - 2) / 6


SIMPLER = {name: name for name in ("NODE", "ANODE", "SONODE", "HBNODE")}


@comparison(source="nguyen2022", ref="Figure 6", cases=SIMPLER, factor=1.1, seeds=SEEDS, effort="full")
def gnesterov_saves_nothing_on_the_pendulum(replicate, case, effort):
    r"""On the pendulum the layers without a gate need at least 1.1 times fewer forward evaluations than GNesterovNODE.

    In print NODE, ANODE and SONODE leave the scale within 90 of 500 epochs; nothing of the kind is seen in eight.
    """
    ours, theirs = (float(last("pendulum", name, effort, "forward")[replicate]) for name in (case, "GNesterovNODE"))
    return ours, theirs


gnesterov_saves_nothing_on_the_pendulum.mutant("five times fewer", factor=5.0)


@gnesterov_saves_nothing_on_the_pendulum.mutant("the other way round")
def _(replicate, case, effort):
    return tuple(float(last("pendulum", name, effort, "forward")[replicate]) for name in ("GNesterovNODE", case))
