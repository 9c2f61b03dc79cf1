"""Table 2 as ratios and directions: networks against latent equations, and what more points are worth."""

from __future__ import annotations

from gronwall import comparison, reproduction
from systems.adjoint.spirals.baselines import BASELINES, CLOCKS, baseline
from systems.adjoint.spirals.results import COUNTS, SEEDS, last

REF = "Table 2: spirals"
LATENT = dict(zip(COUNTS, (0.1642, 0.1502, 0.1346), strict=True))
RNN = dict(zip(COUNTS, (0.3937, 0.3202, 0.1813), strict=True))
"""The errors in print, from 30, 50 and 100 points."""


@reproduction(source="chen2018", ref=REF, cases=BASELINES, published=lambda c: RNN[c[0]] / LATENT[c[0]],
              seeds=SEEDS.count, effort="full")  # fmt: skip
def recurrent_networks_err_more_by_a_factor(replicate, case, effort):
    r"""The RMSE of a recurrent network over that of the latent ODE: 2.40, 2.13 and 1.35 in print.

    Unlike the figures themselves it depends on no unit of length.
    """
    return baseline(*case, replicate, effort) / float(last("latent ODE", case[0], effort)[replicate])


@recurrent_networks_err_more_by_a_factor.mutant("a network judged one step ahead")
def _(replicate, case, effort):
    name = CLOCKS[case[1]][0]
    ahead = float(last(name, case[0], effort, "one step ahead")[replicate])
    return ahead / float(last("latent ODE", case[0], effort)[replicate])


@comparison(source="chen2018", ref=REF, cases={str(n): n for n in COUNTS[:2]}, seeds=SEEDS.count, effort="full")
def latent_odes_err_less_than_networks_without_a_clock(replicate, case, effort):
    r"""From 30 and from 50 irregular points the latent ODE errs less beyond than a network that is told no times."""
    return float(last("latent ODE", case, effort)[replicate]), baseline(case, "no clock", replicate, effort)


@latent_odes_err_less_than_networks_without_a_clock.mutant("the other way round")
def _(replicate, case, effort):
    return baseline(case, "no clock", replicate, effort), float(last("latent ODE", case, effort)[replicate])


@latent_odes_err_less_than_networks_without_a_clock.mutant("and less than one read at mean gaps")
def _(replicate, case, effort):
    return float(last("latent ODE", case, effort)[replicate]), baseline(case, "mean gaps", replicate, effort)


@comparison(source="chen2018", ref=REF, cases={str(n): n for n in COUNTS}, seeds=SEEDS.count, effort="full")
def a_network_read_at_mean_gaps_errs_less_than_the_latent_ode(replicate, case, effort):
    r"""A network that is told no times but read at mean gaps errs less beyond than the latent ODE, from 30, 50 or 100.

    The reverse of Table 2, and of what was expected of this run.  All windows of the public example lie on two curves
    and differ in their starts alone: what is asked for a network has met in other windows, and can retell.
    """
    return baseline(case, "mean gaps", replicate, effort), float(last("latent ODE", case, effort)[replicate])


@a_network_read_at_mean_gaps_errs_less_than_the_latent_ode.mutant("the other way round")
def _(replicate, case, effort):
    return float(last("latent ODE", case, effort)[replicate]), baseline(case, "mean gaps", replicate, effort)


WORTH = {"latent ODE": ("latent ODE", "within", LATENT), "RNN told gaps": ("RNN with gaps", "one step ahead", RNN)}


@reproduction(source="chen2018", ref=REF, cases=WORTH, published=lambda c: c[2][100] / c[2][30], seeds=SEEDS.count,
              effort="full")  # fmt: skip
def more_points_err_less_by_a_factor(replicate, case, effort):
    r"""The RMSE on clean points beyond from all 100 points over that from 30 of them: 0.82 and 0.46 in print."""
    few, all_of_them = (float(last(case[0], n, effort)[replicate]) for n in (30, 100))
    return all_of_them / few


@more_points_err_less_by_a_factor.mutant("all 100 judged where they were observed")
def _(replicate, case, effort):
    return float(last(case[0], 100, effort, case[1])[replicate] / last(case[0], 30, effort)[replicate])


STEPS = {"50 over 30": (30, 50), "100 over 50": (50, 100)}


@comparison(source="chen2018", ref=REF, cases=STEPS, seeds=SEEDS.count, effort="full")
def more_points_help_a_network_that_is_told_gaps(replicate, case, effort):
    r"""A network that is told gaps errs less beyond from 50 points than from 30, and from 100 than from 50.

    For the latent ODE twelve seeds do not tell (`more_points_err_less_by_a_factor`).
    """
    few, more = (float(last("RNN with gaps", n, effort)[replicate]) for n in case)
    return more, few


@more_points_help_a_network_that_is_told_gaps.mutant("the other way round")
def _(replicate, case, effort):
    few, more = (float(last("RNN with gaps", n, effort)[replicate]) for n in case)
    return few, more
