"""Figures of `discretization`, ladder: five bounds on one trained network."""

from __future__ import annotations

from typing import Any

from figures import style
from gronwall.problems import MissingRecord
from gronwall.telling.results import Results

__all__ = ["ladder_of_bounds"]

RUNGS = {
    "paper": "Proposition 1, norms",
    "piecewise constant": "frozen weights, norms",
    "logarithmic norm": "logarithmic norms",
    "along the trajectory": "along the trajectory",
}


def ladder_of_bounds(results: Results) -> Any:
    """Five bounds on the distance of a trained 64-layer network to its ODE, beside the enclosed distance; frozen
    weights have an ODE, and a distance, of their own.
    """
    claim = "discretization.every_rung_of_the_ladder_is_above_the_trained_network"
    cases = results.cases(claim)
    if not cases:
        raise MissingRecord(f"no record of {claim}")
    points = {label: cases[case].series("ladder")[0] for case, label in RUNGS.items() if case in cases}
    known = results["discretization.the_distance_of_the_trained_network_is_known_to_nine_digits"]
    points["enclosed"] = known.series("ladder")[0]
    figure, (axis,) = style.panels(1, width=5.4, height=2.5)
    for row, point in enumerate(points.values()):
        above = point["predicted"] / point["measured"]
        axis.plot([point["measured"], point["predicted"]], [row, row], color="#9a9a9a", linewidth=1.0, zorder=1)
        axis.plot(point["predicted"], row, "o", color=style.COLOURS[0], markersize=6, zorder=3)
        axis.plot(point["measured"], row, "|", color="black", markersize=13, markeredgewidth=1.6, zorder=2)
        told = f"×{above:.3g}" if above > 1.01 else "known to nine digits"
        axis.annotate(told, (point["predicted"], row), textcoords="offset points", xytext=(8, -3), fontsize=8)
    axis.set_yticks(range(len(points)), list(points))
    axis.set_ylim(len(points) - 0.5, -0.5)
    axis.set_xscale("log")
    axis.set_xlim(2e-3, 3)
    axis.set_xlabel("distance between network and ODE: bound (dot), truth (bar)")
    axis.grid(axis="x", color="#e6e6e6", linewidth=0.6)
    style.finish([axis])
    return figure
