"""The look all figures share: readable in grey and by a colour-blind reader, quiet axes, direct labels.

Colours come from the Okabe-Ito set in an order of falling lightness contrast; every line also has a
marker and a dash of its own, so colour is never the only difference.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
import seaborn as sns
from matplotlib import pyplot as plt
from matplotlib import ticker

from gronwall.problems import MissingRecord
from gronwall.telling.results import Result, Results

logging.getLogger("fontTools").setLevel(logging.ERROR)  # it warns of the dates in the fonts that a PDF embeds

WIDEST = 7.7
"""Inches. A page sets a figure 6.1 inches wide, and text of 7 points must not fall below 5.5 there."""
COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#000000", "#e69f00", "#56b4e9", "#6b6b6b"]
MARKERS = ["o", "s", "^", "D", "v", "P", "X", "<"]
DASHES: list[Any] = [
    "-",
    (0, (5, 1.5)),
    (0, (1.5, 1.2)),
    (0, (6, 1.5, 1.5, 1.5)),
    (0, (3, 1)),
    (0, (8, 2)),
    "-",
    (0, (1, 1)),
]
BOUND = {"color": "#404040", "linewidth": 1.1, "linestyle": (0, (4, 2))}


def look(index: int) -> dict[str, Any]:
    """Colour, marker and dash of the line with this number."""
    return {
        "color": COLOURS[index % len(COLOURS)],
        "marker": MARKERS[index % len(MARKERS)],
        "linestyle": DASHES[index % len(DASHES)],
    }


def panels(count: int, width: float = 3.4, height: float = 2.9, columns: int = 3) -> tuple[Any, list[Any]]:
    """A figure with ``count`` panels in rows of at most ``columns``, no wider than :data:`WIDEST` in all."""
    sns.set_theme(style="ticks", context="paper", font="DejaVu Sans")
    mpl.rcParams.update({"axes.linewidth": 0.7, "lines.linewidth": 1.3, "lines.markersize": 4.0,
                         "legend.frameon": False, "axes.titlesize": 9, "axes.labelsize": 9})  # fmt: skip
    columns = min(count, columns)
    rows = -(-count // columns)
    width = min(width, WIDEST / columns)
    figure, grid = plt.subplots(
        rows, columns, figsize=(width * columns, height * rows), squeeze=False, layout="constrained"
    )
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
            axis.set_title("abcdefghijklmnop"[i], loc="left", fontweight="bold").set_x(-0.12)  # beside a long title


def points_of(result: Result, name: str = "error") -> tuple[list[float], list[float]]:
    """The x of a series and the median of measured at each of them, ascending."""
    points = result.series(name)
    xs = sorted({float(point["x"]) for point in points})
    return xs, [float(np.median([p["measured"] for p in points if float(p["x"]) == x])) for x in xs]


def xy(result: Result, name: str, value: str = "measured", **labels: Any) -> tuple[list[float], list[float]]:
    """x and a value of a logged series, by x. Raises MissingRecord where it is empty."""
    points = sorted(
        ((float(p["x"]), float(p[value])) for p in result.series(name, **labels)), key=lambda point: point[0]
    )
    if not points:
        raise MissingRecord(f"{result['claim']} has no series {name!r} with {labels}")
    return [x for x, _ in points], [y for _, y in points]


def cases_of(results: Results, claim: str) -> dict[str, Result]:
    """The results of a claim with cases. Raises MissingRecord where there are none."""
    found = results.cases(claim)
    if not found:
        raise MissingRecord(f"no record of {claim}; run `gronwall check {claim}` first")
    return found


def shade_window(axis: Any, result: Result, color: str = "#d9d9d9") -> None:
    """Shade the values of n that the order estimator used."""
    window = result["fit"].get("window")
    if window:
        axis.axvspan(min(window), max(window), color=color, alpha=0.35, linewidth=0, zorder=0)


def plain_ticks(axis: Any) -> None:
    """Write a logarithmic axis as 10, 20, 50, 100, 200 … where its values span few decades."""
    axis.set_major_locator(ticker.LogLocator(subs=(1.0, 2.0, 5.0)))
    axis.set_major_formatter(ticker.FormatStrFormatter("%g"))
    axis.set_minor_formatter(ticker.NullFormatter())


def slope_guide(axis: Any, xs: Sequence[float], anchor: float, order: float, label: str) -> None:
    """A thin line of the stated slope through (last x, ``anchor``)."""
    x = np.array([xs[0], xs[-1]], dtype=float)
    y = anchor * (x / x[-1]) ** -order
    axis.plot(x, y, color="#8a8a8a", linewidth=0.8, zorder=0.5)
    beside = (2, 3) if order >= 0 else (6, -2)  # above a line that falls, under one that rises
    axis.annotate(label, (x[0], y[0]), textcoords="offset points", xytext=beside, fontsize=7, color="#5a5a5a")


def label_end(axis: Any, x: float, y: float, text: str, color: str) -> None:
    """Write a line's name at its right end."""
    leader = {"arrowstyle": "-", "linewidth": 0.5, "color": color, "shrinkA": 1, "shrinkB": 3, "alpha": 0.6}
    axis.annotate(text, (x, y), textcoords="offset points", xytext=(8, 0), va="center", fontsize=7.5, color=color,
                  arrowprops=leader)  # fmt: skip


PROPER = {"euler": "Euler", "heun": "Heun", "ralston": "Ralston", "kutta": "Kutta", "radau": "Radau", "gauss": "Gauss",
          "adams": "Adams", "rk": "RK", "fehlberg": "Fehlberg", "dormand": "Dormand", "prince": "Prince"}  # fmt: skip


def named(case: str) -> str:
    """A case's id as it is read: ``implicit_euler`` is implicit Euler, ``kutta3`` is Kutta 3, ``rk4`` is RK4."""
    words = []
    for word in case.replace("_", " ").split():
        letters = word.rstrip("0123456789")
        proper = PROPER.get(letters, letters)
        gap = " " if letters in PROPER and letters != "rk" and word != letters else ""
        words.append(proper + gap + word[len(letters) :])
    return " ".join(words).replace("Dormand Prince", "Dormand–Prince")


def sweep(axis: Any, result: Result, index: int, label: str) -> None:
    """One error sweep on log axes, in the look of its number."""
    xs, ys = points_of(result)
    axis.loglog(xs, ys, label=label, markevery=1, **look(index))


def marked_sweep(axis: Any, result: Result, index: int, label: str) -> None:
    """One error sweep whose points inside the estimator's window are filled, the others hollow; named at its end."""
    xs, ys = points_of(result)
    look_of_line = look(index)
    axis.loglog(xs, ys, **{**look_of_line, "markerfacecolor": "white"})
    window = result["fit"].get("window")
    if window:
        inside = [(x, y) for x, y in zip(xs, ys, strict=True) if min(window) <= x <= max(window)]
        axis.loglog(
            *zip(*inside, strict=True), color=look_of_line["color"], marker=look_of_line["marker"], linestyle="none"
        )
    label_end(axis, xs[-1], ys[-1], label, look_of_line["color"])


def many_sweeps(axes: Sequence[Any], groups: Sequence[tuple[str, dict[str, Result]]], xlabel: str, ylabel: str) -> None:
    """A panel a group of sweeps, each line named at its end; room is made on the right for the names."""
    for axis, (title, cases) in zip(axes, groups, strict=True):
        for index, (case, result) in enumerate(cases.items()):
            marked_sweep(axis, result, index, named(case))
        low, high = axis.get_xlim()
        axis.set_xlim(low, high * (high / low) ** 0.62)
        _end_at(axis, high)
        _spread_labels(axis)
        axis.set_xlabel(xlabel)
        axis.set_title(title)
    axes[0].set_ylabel(ylabel)


def _end_at(axis: Any, high: float) -> None:
    """End the lower frame and its ticks at ``high``; beyond it stand names, not values."""
    low = axis.get_xlim()[0]
    if high / low < 300:
        plain_ticks(axis.xaxis)
    axis.spines["bottom"].set_bounds(low, high)
    for minor in (False, True):
        axis.set_xticks([tick for tick in axis.get_xticks(minor=minor) if low <= tick <= high], minor=minor)


def _spread_labels(axis: Any, gap: float = 9.0) -> None:
    """Write the names at the lines' ends under each other, ``gap`` points apart at least, keeping their order."""
    figure = axis.figure
    figure.canvas.draw()
    names = sorted(axis.texts, key=lambda text: axis.transData.transform(text.xy)[1])
    points = 72 / figure.dpi
    right = max(axis.transData.transform(text.xy)[0] for text in names) * points + 8
    height = None
    for text in names:
        across, place = axis.transData.transform(text.xy) * points
        wanted = place if height is None else max(place, height + gap)
        text.set_position((right - across, wanted - place))
        height = wanted
