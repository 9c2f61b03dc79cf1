"""Figures of simulated strains: errors by method and world, and the paths of one of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from figures import style
from gronwall.telling.results import Results

__all__ = ["learned_errors", "learned_paths"]

TABLE = "pathways.learned.strains"
METHODS = (
    "neural ODE", "positive neural ODE", "neural ODE, eight strains", "gradient boosting", "random forest",
    "Gaussian process", "the kinetics fitted", "held at its first sample", "copy of the low strain",
    "copy of the high strain", "mean of the two",
)  # fmt: skip
SERIES = ("acetyl-CoA", "HMG-CoA", "Mev", "MevP", "IPP + DMAPP", "limonene")


def learned_errors(results: Results) -> Any:
    """RMSE of limonene on the medium strain over that of the mean of the two other strains, one mark a world, with the
    median; and the same over all six series. Left of the line: better than the mean of two strains.
    """
    found = np.array(results.table(TABLE).array("rmse"), dtype=float)
    base = found[METHODS.index("mean of the two")]
    figure, axes = style.panels(2, width=3.8, height=2.9)
    for axis, ratio, title in (
        (axes[0], found[:, :, -1] / base[None, :, -1], "limonene"),
        (axes[1], np.exp(np.log(found / base[None]).mean(axis=2)), "geometric mean of six series"),
    ):
        axis.axvline(1.0, color="#8a8a8a", linewidth=0.8)
        for place in range(len(METHODS) - 1):
            look = {"color": style.COLOURS[place % 8], "marker": style.MARKERS[place % 8]}
            axis.plot(
                ratio[place], np.full(ratio.shape[1], -place), linestyle="none", markersize=3.5, alpha=0.6, **look
            )
            axis.plot(np.median(ratio[place]), -place, markersize=8, markerfacecolor="none", **look)
        axis.set_xscale("log")
        axis.set_xticks([0.01, 0.1, 1, 10], ["0.01", "0.1", "1", "10"])
        axis.set_xlabel("RMSE / RMSE of the mean of two strains")
        axis.set_title(title)
    axes[0].set_yticks([-k for k in range(len(METHODS) - 1)], METHODS[:-1])
    axes[1].set_yticks([-k for k in range(len(METHODS) - 1)], [""] * (len(METHODS) - 1))
    style.finish(axes)
    return figure


def learned_paths(results: Results) -> Any:
    """The six series of the medium strain of the first world: true, and as four methods foretell them."""
    table = results.table(TABLE)
    found, true = np.array(table.array("paths"), dtype=float)[:, 0], np.array(table.array("true"), dtype=float)[0]
    hours = np.linspace(0, 72, 200)[::4]
    figure, axes = style.panels(6, width=2.6, height=1.9)
    for k, axis in enumerate(axes):
        axis.plot(hours, true[:, k], color="#bdbdbd", linewidth=3.2, label="true")
        for place, name in enumerate(METHODS):
            if name in ("neural ODE", "gradient boosting", "the kinetics fitted", "mean of the two"):
                look = style.look(place)
                look["marker"] = ""
                axis.plot(
                    hours,
                    np.clip(found[place, :, k], -0.2 * true[:, k].max(), 2 * true[:, k].max()),
                    label=name,
                    **look,
                )
        axis.set_title(SERIES[k])
    for axis in axes[3:]:
        axis.set_xlabel("hours")
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=5, fontsize=7.5)
    style.finish(axes)
    return figure
