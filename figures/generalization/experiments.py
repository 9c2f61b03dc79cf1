"""Figures of `generalization`, experiments: the gap, the differences of weights, bounds on trained networks."""

from __future__ import annotations

from typing import Any

import numpy as np

from figures import style
from gronwall.telling.results import Results

__all__ = ["bounds_of_trained_networks", "gap_against_penalty", "gap_against_weight_differences"]

DIGITS = {"data": "digits"}
"""The rows of a table that are of scikit-learn's digits: with other images a run has rows of these too."""


def gap_against_weight_differences(results: Results) -> Any:
    """The gap of test and training loss against the largest difference of successive weights, by seed and epoch."""
    table = results.table("generalization.experiments.scatter")
    figure, axes = style.panels(2, width=3.6, height=3.0)
    shown = None
    for axis, projections in zip(axes, ("random", "trained"), strict=True):
        points = table.series("gap", projections=projections, **DIGITS)
        x, y, epoch = (np.array([p[key] for p in points], dtype=float) for key in ("x", "measured", "epoch"))
        shown = axis.scatter(x, y, c=epoch, s=7, cmap="cividis_r", linewidths=0, rasterized=False)
        low, high = axis.get_ylim()
        axis.set_ylim(low, high + 0.2 * (high - low))
        (rank,) = (
            p["measured"] for p in table.series("rank correlation", x="all dots", projections=projections, **DIGITS)
        )
        axis.set_title(f"{projections} projections")
        axis.text(
            0.04, 0.96, f"rank correlation {rank:.2f}\nof all dots", transform=axis.transAxes, va="top", fontsize=7.5
        )
        axis.set_xlabel(r"$\sup_k\,\Vert W_{k+1}-W_k\Vert_\infty$")
    axes[0].set_ylabel("test loss − training loss")
    figure.colorbar(shown, ax=axes, label="epoch", pad=0.01, aspect=30)
    style.finish(axes)
    return figure


BOXES = {"0": ("none", 0.0), "0.01": ("frobenius", 0.01), "0.1": ("frobenius", 0.1), "∞ (tied)": ("tied", 0.0)}
"""The factors λ of the figure, each with the penalty it is of."""


def gap_against_penalty(results: Results) -> Any:
    """The gap at the last epoch against the factor λ of the penalty, over seeds; ∞ is a network of tied weights."""
    table = results.table("generalization.experiments.penalty")
    figure, axes = style.panels(3, width=2.7, height=2.9)
    for axis, (name, label) in zip(
        axes,
        [("gap", "test loss − training loss"), ("train loss", "training loss"),
         ("largest", r"$\sup_k\,\Vert W_{k+1}-W_k\Vert_\infty$")],
        strict=True,
    ):  # fmt: skip
        values = [
            [p["measured"] for p in table.series(name, penalty=penalty, weight=weight, **DIGITS)]
            for penalty, weight in BOXES.values()
        ]
        boxes = axis.boxplot(
            values, widths=0.55, patch_artist=True, medianprops={"color": "black"}, flierprops={"markersize": 3}
        )
        for patch, shade in zip(boxes["boxes"], ("#0072b2", "#56b4e9", "#e69f00", "#d9d9d9"), strict=False):
            patch.set_facecolor(shade)
            patch.set_alpha(0.75)
        axis.set_xticks(range(1, len(BOXES) + 1), list(BOXES))
        axis.set_xlabel("penalty λ")
        axis.set_ylabel(label)
        axis.set_ylim(bottom=0)
    style.finish(axes)
    return figure


def bounds_of_trained_networks(results: Results) -> Any:
    """Bounds on trained networks of width 30 at three depths, in powers of ten, beside the gap that was measured."""
    points = results.table("generalization.experiments.trained_bounds").series("log10 bound", **DIGITS)
    depths = sorted({p["depth"] for p in points})
    kinds = list(dict.fromkeys(p["bound"] for p in points))
    most = max(p["measured"] for p in points)
    figure, (axis,) = style.panels(1, width=5.6, height=2.9)
    for index, kind in enumerate(kinds):
        values = [next(p["measured"] for p in points if p["bound"] == kind and p["depth"] == depth) for depth in depths]
        axis.plot(values, [index] * len(values), color="#b5b5b5", linewidth=1, zorder=1)
        ends = (min(values), max(values))
        told = " … ".join(_magnitude(value) for value in ends)
        right = ends[1] > 0.6 * most  # no room beyond
        axis.annotate(told, (ends[0 if right else 1], index), textcoords="offset points",
                      xytext=(-8 if right else 8, 0), ha="right" if right else "left", va="center",
                      fontsize=7.5)  # fmt: skip
        for depth, value, look in zip(depths, values, range(len(depths)), strict=True):
            axis.plot(value, index, style.MARKERS[look], color=style.COLOURS[look], markersize=6,
                      label=f"depth {depth:g}" if index == 0 else None, zorder=2)  # fmt: skip
    axis.axvline(0, color="#7a7a7a", linewidth=0.8, linestyle=(0, (4, 2)))
    axis.set_yticks(range(len(kinds)), kinds)
    axis.set_ylim(len(kinds) - 0.5, -0.5)
    axis.set_xlabel(r"$\log_{10}$ of the bound on the gap")
    axis.legend(fontsize=7.5)
    style.finish([axis])
    return figure


def _magnitude(decades: float) -> str:
    """A power of ten as it is read: 260 while it is short, else $10^{184}$."""
    return f"{float(f'{10**decades:.2g}'):g}" if abs(decades) < 4 else f"$10^{{{decades:.0f}}}$"
