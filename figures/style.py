"""The look all figures share: readable in grey and by a colour-blind reader, quiet axes, direct labels.

Colours come from the Okabe-Ito set in an order of falling lightness contrast; every line also has a
marker and a dash of its own, so colour is never the only difference.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
import seaborn as sns
from matplotlib import pyplot as plt

from gronwall.results import Result

COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#000000", "#e69f00", "#56b4e9", "#6b6b6b"]
MARKERS = ["o", "s", "^", "D", "v", "P", "X", "<"]
DASHES: list[Any] = ["-", (0, (5, 1.5)), (0, (1.5, 1.2)), (0, (6, 1.5, 1.5, 1.5)), (0, (3, 1)), (0, (8, 2)), "-", (0, (1, 1))]
BOUND = {"color": "#404040", "linewidth": 1.1, "linestyle": (0, (4, 2))}


def look(index: int) -> dict[str, Any]:
    """Colour, marker and dash of the line with this number."""
    return {
        "color": COLOURS[index % len(COLOURS)],
        "marker": MARKERS[index % len(MARKERS)],
        "linestyle": DASHES[index % len(DASHES)],
    }


def panels(count: int, width: float = 3.4, height: float = 2.9, columns: int = 3) -> tuple[Any, list[Any]]:
    """A figure with ``count`` panels in rows of at most ``columns``."""
    sns.set_theme(style="ticks", context="paper", font="DejaVu Sans")
    mpl.rcParams.update({"axes.linewidth": 0.7, "lines.linewidth": 1.3, "lines.markersize": 4.0,
                         "legend.frameon": False, "axes.titlesize": 9, "axes.labelsize": 9})  # fmt: skip
    columns = min(count, columns)
    rows = -(-count // columns)
    figure, grid = plt.subplots(rows, columns, figsize=(width * columns, height * rows), squeeze=False, layout="constrained")
    axes = list(grid.ravel())
    for spare in axes[count:]:
        spare.remove()
    return figure, axes[:count]


def finish(axes: Iterable[Any]) -> None:
    """Take away the frame that says nothing, and name the panels a, b, c."""
    axes = list(axes)
    for i, axis in enumerate(axes):
        sns.despine(ax=axis)
        if len(axes) > 1:
            axis.set_title("abcdefghijklmnop"[i], loc="left", fontweight="bold")


def points_of(result: Result, name: str = "error") -> tuple[list[float], list[float]]:
    """The x of a series and the median of measured at each of them, ascending."""
    points = result.series(name)
    xs = sorted({float(point["x"]) for point in points})
    return xs, [float(np.median([p["measured"] for p in points if float(p["x"]) == x])) for x in xs]


def shade_window(axis: Any, result: Result, color: str = "#d9d9d9") -> None:
    """Shade the values of n that the order estimator used."""
    window = result["fit"].get("window")
    if window:
        axis.axvspan(min(window), max(window), color=color, alpha=0.35, linewidth=0, zorder=0)


def slope_guide(axis: Any, xs: Sequence[float], anchor: float, order: float, label: str) -> None:
    """A thin line of the stated slope through (last x, ``anchor``)."""
    x = np.array([xs[0], xs[-1]], dtype=float)
    y = anchor * (x / x[-1]) ** -order
    axis.plot(x, y, color="#8a8a8a", linewidth=0.8, zorder=0.5)
    axis.annotate(label, (x[0], y[0]), textcoords="offset points", xytext=(2, 3), fontsize=7, color="#5a5a5a")


def label_end(axis: Any, x: float, y: float, text: str, color: str) -> None:
    """Write a line's name at its right end."""
    axis.annotate(text, (x, y), textcoords="offset points", xytext=(5, 0), va="center", fontsize=7.5, color=color)


def sweep(axis: Any, result: Result, index: int, label: str) -> None:
    """One error sweep on log axes, in the look of its number."""
    xs, ys = points_of(result)
    axis.loglog(xs, ys, label=label, markevery=1, **look(index))
