"""Figures of generated pictures: sheets of digits and chairs that turn, and errors by label."""

from __future__ import annotations

from typing import Any

import numpy as np

from figures import style
from gronwall.telling.results import Results

__all__ = ["generated_chairs", "generated_digits", "generated_errors"]

DIGITS = "filter_atoms.generated.digits"
CHAIRS = "filter_atoms.generated.chairs"
KINDS = ("atoms by an ODE", "atoms on a line", "filters by label", "label as an input")


def sheet(table: Any, what: str, rows: int) -> Any:
    """The picture at seven labels: true, and as four generators make it, for some test pictures."""
    true = np.array(table.array("true sheet", kind=KINDS[0], what=what), dtype=float)
    made = [np.array(table.array("sheet", kind=kind, what=what), dtype=float) for kind in KINDS]
    figure, axes = style.panels(rows, width=7.4 / rows, height=4.0, columns=rows)
    for row, axis in enumerate(axes):
        strips = [np.concatenate(list(one[row]), axis=0) for one in (true, *made)]
        axis.imshow(1 - np.concatenate(strips, axis=1), cmap="gray", vmin=0, vmax=1, interpolation="nearest")
        n = true.shape[-1]
        names = ["true", "ODE", "line", "by label", "input"]
        axis.set_xticks([n * (k + 0.5) for k in range(5)], names, fontsize=6.5, rotation=40)
        axis.set_yticks([n * (k + 0.5) for k in range(7)], [f"{15 * k}°" for k in range(7)] if row == 0 else [""] * 7)
        axis.tick_params(length=0)
        for spine in axis.spines.values():
            spine.set_visible(False)
    return figure


def generated_digits(results: Results) -> Any:
    """Three test digits turned to seven labels (rows), true and by four generators (columns)."""
    return sheet(results.table(DIGITS), "digits", 3)


def generated_chairs(results: Results) -> Any:
    """Three test chairs from seven sides (rows), given the view at 0°: true and by four generators (columns)."""
    return sheet(results.table(CHAIRS), "chairs", 3)


def generated_errors(results: Results) -> Any:
    """Left: the mean square error of a pixel at labels seen (large marks) and unseen, medians over twelve seeds. Right:
    the largest step of a sweep over the mean step, one mark a seed: 1 is an even turn.
    """
    table = results.table(DIGITS)
    seen, unseen = np.arange(0, 91, 15), np.arange(7.5, 90, 15)
    figure, axes = style.panels(2, width=3.8, height=2.8)
    for place, kind in enumerate(KINDS):
        look = style.look(place)
        errors = {key: np.median(np.array(table.array(key, kind=kind, what="digits"), dtype=float), axis=0)
                  for key in ("seen", "unseen")}  # fmt: skip
        labels = np.concatenate([seen, unseen])
        order = np.argsort(labels)
        axes[0].plot(labels[order], np.concatenate([errors["seen"], errors["unseen"]])[order], label=kind, **look)
        axes[0].plot(seen, errors["seen"], linestyle="none", markersize=7, markerfacecolor="none",
                     color=look["color"], marker=look["marker"])  # fmt: skip
        steps = np.array(table.array("largest over mean", kind=kind, what="digits"), dtype=float).mean(axis=1)
        axes[1].plot(steps, np.full(len(steps), -place), **{**look, "linestyle": "none", "alpha": 0.7})
    axes[0].set_yscale("log")
    axes[0].set_xlabel("label, degrees")
    axes[0].set_ylabel("mean square error of a pixel")
    axes[0].legend(fontsize=7)
    axes[1].set_xlabel("largest step over mean step")
    axes[1].set_yticks([-k for k in range(4)], KINDS)
    style.finish(axes)
    return figure
