"""Figures of `discretization`, distance: how far a residual network is from its ODE."""

from __future__ import annotations

from typing import Any

from figures import style
from gronwall.problems import MissingRecord
from gronwall.telling.results import Results

__all__ = ["distance_to_the_ode", "rough_weights", "ways_to_miss_the_ode"]

SMOOTH = "discretization.smooth_networks_converge_like_one_over_depth"
NAMES = {"gentle": "smooth, small L", "steep": "smooth, large L", "trained": "trained on digits"}


def distance_to_the_ode(results: Results) -> Any:
    """The distance of three families of networks to their ODE falls like 1/N, below the bound; the window of the order
    estimator is shaded.
    """
    cases = results.cases(SMOOTH)
    if not cases:
        raise MissingRecord(f"no record of {SMOOTH}")
    figure, axes = style.panels(len(cases))
    for axis, (case, result), index in zip(axes, cases.items(), range(len(cases)), strict=True):
        style.shade_window(axis, result)
        bound = result.series("bound")
        axis.loglog(
            [p["x"] for p in bound], [p["predicted"] for p in bound], label="bound of Proposition 1", **style.BOUND
        )
        style.sweep(axis, result, index, NAMES.get(case, case))
        least, most = result["fit"]["interval"]
        axis.set_xlabel("depth N")
        axis.text(0.97, 0.97, f"{NAMES.get(case, case)}\norder in [{least:.3f}, {most:.3f}]", transform=axis.transAxes,
                  ha="right", va="top", fontsize=7.5)  # fmt: skip
        low, high = axis.get_ylim()
        axis.set_ylim(low / 6, high * 8)
        axis.set_xscale("log", base=2)
    axes[0].set_ylabel(r"$\max_n \Vert x_n - x(n/N)\Vert$")
    axes[0].legend(loc="lower left", fontsize=7.5)
    style.finish(axes)
    return figure


def rough_weights(results: Results) -> Any:
    """Rough weights: the distance still falls with depth, although the bound does not."""
    names = {
        "discretization.the_bound_of_rough_weights_does_not_vanish": "bound, rough weights",
        "discretization.interpolating_rough_weights_converges_only_like_a_random_walk": "error, interpolated weights",
        "discretization.rough_networks_still_converge_like_one_over_depth": "error, interpolated residuals",
    }
    found = {label: results[claim] for claim, label in names.items() if claim in results}
    if len(found) < 2:
        raise MissingRecord("no records of rough networks; run `gronwall check discretization` first")
    figure, (axis,) = style.panels(1, width=5.2, height=3.2)
    style.many_sweeps([axis], [("", found)], "depth N", "distance to the ODE, or its bound")
    style.finish([axis])
    return figure


def ways_to_miss_the_ode(results: Results) -> Any:
    """Networks that stay away from the ODE that interpolates them, at every depth: alternating weights of size √N, a
    cosine sampled at its crests, and one residual in every layer, written with weights of flipped signs.
    """
    claim = "discretization.an_interpolating_ode_may_never_come_near"
    cases = results.cases(claim)
    if not cases:
        raise MissingRecord(f"no record of {claim}")
    figure, (axis,) = style.panels(1, width=4.6, height=3.0)
    for index, (case, result) in enumerate(cases.items()):
        xs, ys = style.points_of(result)
        axis.plot(xs, ys, label=case.replace("_", " "), **style.look(index))
    axis.set_xscale("log", base=2)
    axis.set_ylim(bottom=0)
    axis.set_xlabel("depth N")
    axis.set_ylabel("distance to the ODE")
    axis.legend(fontsize=7.5)
    style.finish([axis])
    return figure
