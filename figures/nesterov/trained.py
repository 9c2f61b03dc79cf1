"""Figures of `nesterov`, trained: what the trained layers cost and learn."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib import ticker

from figures import style
from figures.nesterov.style import SEVEN, legend_below, look_of
from gronwall.telling.results import Results

__all__ = ["evaluations_during_training", "separated_clouds", "what_saves_evaluations"]

AS_PRINTED = {"method": "dopri5", "r": 3}
"""The rows of a table that are of the paper's solver and factor."""


def evaluations_during_training(results: Results) -> Any:
    """Evaluations and loss during training, medians over seeds: the point cloud above, digits below."""
    clouds, digits = results.table("nesterov.trained.point_cloud"), results.table("nesterov.trained.digits")
    figure, axes = style.panels(6, width=3.0, height=2.3)
    for row, (task, table) in enumerate((("cloud", clouds), ("digits", digits))):
        for column, key in enumerate(("forward", "backward", "loss")):
            axis = axes[3 * row + column]
            for name in SEVEN:
                low, middle, high = np.array(table.array(key, system=name, **AS_PRINTED))
                epochs = np.arange(1, len(middle) + 1)
                axis.plot(epochs, middle, label=name, **look_of(name, max(1, len(middle) // 5)))
                if name in ("NODE", "GNesterovNODE"):
                    axis.fill_between(
                        epochs, low, high, color=style.COLOURS[SEVEN.index(name)], alpha=0.13, linewidth=0
                    )
            axis.set_yscale("log")
            axis.set_title(f"{task}: {key if key == 'loss' else key + ' evaluations'}", fontsize=8)
            axis.set_xlabel("epoch")
    for axis in axes:
        axis.yaxis.set_major_locator(ticker.LogLocator(subs=(1.0, 2.0, 5.0)))
        axis.yaxis.set_major_formatter(ticker.FormatStrFormatter("%g"))
        axis.yaxis.set_minor_formatter(ticker.NullFormatter())
    legend_below(figure, axes[0])
    style.finish(axes)
    return figure


def separated_clouds(results: Results) -> Any:
    """Disc and ring on their way from t = 1 to 2 through four trained layers, the seed with the median loss (told)."""
    table = results.table("nesterov.trained.point_cloud")
    names = [row["system"] for row in table.series("path")]
    names = [name for name in SEVEN if name in names]
    figure, axes = style.panels(len(names), width=2.1, height=2.3, columns=4)
    for axis, name in zip(axes, names, strict=True):
        path, labels = (np.array(table.array(what, system=name)) for what in ("path", "labels"))
        for value, colour, marker in ((-1, style.COLOURS[0], "o"), (1, style.COLOURS[1], "^")):
            some = path[:, labels == value]
            axis.plot(some[:, ::2, 0], some[:, ::2, 1], color=colour, linewidth=0.5, alpha=0.45)
            axis.plot(some[-1, :, 0], some[-1, :, 1], marker, color=colour, markersize=2.4, linestyle="none")
        axis.set_title(f"{name}, loss {table.array('loss of the path', system=name)[0]:.2g}", fontsize=7)
        axis.set_box_aspect(1)
        axis.locator_params(nbins=4)
    style.finish(axes)
    for axis in axes:
        axis.set_xlabel("$h_1$")
    axes[0].set_ylabel("$h_2$")
    return figure


ROWS = ("NODE", "SONODE", "HBNODE", "HBNODE, γ = 1", "NesterovNODE", "NesterovNODE, direct", "NesterovNODE, released",
        "GNesterovNODE, σ = id", "GHBNODE", "GHBNODE as GNesterovNODE", "GNesterovNODE, released",
        "GNesterovNODE, ξ = 0", "GNesterovNODE")  # fmt: skip


def what_saves_evaluations(results: Results) -> Any:
    """Evaluations and loss of the variants on digits, medians and quartiles: those with a bounded σ stand apart."""
    found = results.table("nesterov.trained.digits")
    figure, axes = style.panels(2, width=3.9, height=3.4)
    for axis, keys in zip(axes, (("forward", "backward"), ("loss",)), strict=True):
        for index, key in enumerate(keys):
            points = {p["system"]: p for p in found.series("table", key=key, **AS_PRINTED)}
            for row, name in enumerate(ROWS):
                p, y = points[name], row + (0.13 if index else -0.13) * (len(keys) > 1)
                look = style.look(index)
                axis.plot([p["low"], p["high"]], [y, y], color=look["color"], linewidth=1.6)
                axis.plot(p["measured"], y, look["marker"], color=look["color"], markersize=4,
                          label=f"{key} evaluations" if row == 0 and len(keys) > 1 else None)  # fmt: skip
        axis.set_yticks(range(len(ROWS)), ROWS if axis is axes[0] else [""] * len(ROWS), fontsize=7.5)
        axis.axhspan(7.5, len(ROWS) - 0.5, color="#d9d9d9", alpha=0.35, linewidth=0, zorder=0)
        axis.set_ylim(len(ROWS) - 0.5, -0.5)
        axis.grid(axis="x", color="#e6e6e6", linewidth=0.6)
    axes[0].set_xlabel("evaluations a pass, last epoch")
    axes[1].set_xlabel("training loss, last epoch (shaded: bounded σ)")
    axes[0].legend(fontsize=7, loc="lower right")
    style.finish(axes)
    return figure
