"""Figures of `nesterov`, growth: random layers over a long time, and which fixed steps are stable."""

from __future__ import annotations

from typing import Any

import numpy as np

from figures import style
from figures.nesterov.style import SEVEN, look_of
from gronwall.problems import MissingRecord
from gronwall.telling.results import Results

__all__ = ["growth_at_initialisation", "stability_regions"]


def growth_at_initialisation(results: Results) -> Any:
    """Mean size of ten random layers on t = 1 … 63: medians over replicates, quartiles, published ends as crosses."""
    cases = {
        **results.cases("nesterov.random_initialisations_grow_by_many_orders"),
        **results.cases("nesterov.generalised_layers_stay_small"),
    }
    if len(cases) < len(SEVEN):
        raise MissingRecord("no records of growth; run `gronwall check nesterov` first")
    figure, (axis,) = style.panels(1, width=5.6, height=3.4)
    for name in SEVEN:
        result = cases[name]
        curves = np.array([a["values"] for a in result["arrays"] if a["name"] == "growth"])
        times = np.arange(1, curves.shape[1] + 1)
        low, middle, high = np.quantile(curves, [0.25, 0.5, 0.75], axis=0)
        look = look_of(name, 14)
        axis.plot(times, middle, label=name, **look)
        axis.fill_between(times, low, high, color=look["color"], alpha=0.12, linewidth=0)
        published = result["fit"]["published"]
        axis.plot(66, published if published > 2 else np.log10(published), "x", color=look["color"], markersize=6,
                  clip_on=False)  # fmt: skip
    gate = 0.5 * (times - 1) / np.log(10) - 1.5 * np.log10(times)
    axis.plot(times, gate, label="the gate k(t)/k(1)", **style.BOUND)
    axis.set_xlim(1, 67)
    axis.set_xlabel("t (crosses: as published at t = 63)")
    axis.set_ylabel(r"$\log_{10}$ of the mean size")
    axis.legend(fontsize=7, loc="upper left", ncols=2)
    style.finish([axis])
    return figure


REGIONS = "nesterov.eulers_step_expands_late"
DIGITS = "nesterov.trained.digits"


def stability_regions(results: Results) -> Any:
    """Where fixed steps are stable: Euler and three points over time, and trained spectra beside two regions."""
    found, trained = results[REGIONS], results.table(DIGITS)
    figure, axes = style.panels(3, width=3.1, height=3.0)
    steps, clock = found.array("step times root of curvature"), found.array("time times root of curvature")
    schemes = {
        "explicit Euler on (h, h')": "Euler on (10), against $\\sqrt{\\kappa}\\,t$",
        "explicit Euler, constant damping": "Euler, damping $\\gamma$, against $\\sqrt{\\kappa}/\\gamma$",
        "three points": "three points, against $\\sqrt{\\kappa}\\,t$",
    }
    for index, (scheme, label) in enumerate(schemes.items()):
        radius = np.array(found.array("spectral radius", scheme=scheme))
        axes[0].contour(clock, steps, radius, levels=[1.0], colors=[style.COLOURS[index]],
                        linestyles=[style.DASHES[index]], linewidths=1.4)  # fmt: skip
        axes[0].plot([], [], color=style.COLOURS[index], linestyle=style.DASHES[index], label=label)
    axes[0].set_xscale("log")
    axes[0].set_ylim(0, 3.6)
    axes[0].set_xlabel("time, or inverse damping")
    axes[0].set_ylabel(r"largest stable step, $\delta\sqrt{\kappa}$")
    axes[0].legend(fontsize=6.5, loc="upper right")
    for axis, names in ((axes[1], ("NODE", "HBNODE")), (axes[2], ("NesterovNODE", "GNesterovNODE"))):
        for region, look in (("euler", {"linestyle": "-"}), ("rk4", {"linestyle": (0, (4, 2))})):
            real, imaginary = np.array(found.array("boundary", scheme=region))
            told = {"euler": "Euler stable inside", "rk4": "RK4 stable inside"}[region]
            axis.plot(real, imaginary, color="#404040", linewidth=1.0, label=told, **look)
        for name in names:
            real, imaginary = np.array(trained.array("spectrum", system=name))
            place = SEVEN.index(name)
            axis.plot(real, imaginary, linestyle="none", marker=style.MARKERS[place], color=style.COLOURS[place],
                      markersize=2.6, alpha=0.55, label=name)  # fmt: skip
        axis.set_xlim(-3.4, 2.4)
        axis.set_ylim(-3.3, 4.6)
        axis.axhline(0, color="#c8c8c8", linewidth=0.5, zorder=0)
        axis.axvline(0, color="#c8c8c8", linewidth=0.5, zorder=0)
        axis.set_xlabel(r"Re $\delta\lambda$, $\delta = 0.5$")
        axis.legend(fontsize=6, loc="upper left", handlelength=1.6, ncols=2)
    axes[1].set_ylabel(r"Im $\delta\lambda$")
    style.finish(axes)
    return figure
