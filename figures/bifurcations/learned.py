"""Figures of learned predator–prey fields: the diagram of every seed, and where they turn and die out."""

from __future__ import annotations

from typing import Any

import numpy as np

from figures import style
from gronwall.telling.results import Results

__all__ = ["learned_diagrams", "learned_points"]

TABLE = "bifurcations.learned.diagrams"
VARIANTS = ("boundary loss", "no boundary loss", "axes built in", "affine in the parameter")
TRAINED = (0.62, 0.70)
HOPF, EXIT, CYCLE_ENDS = 0.6715938, 0.7051741, 0.7080728


def learned_diagrams(results: Results) -> Any:
    """Least and largest $x$ over the last 500 of 2000 time units from (1, 0.01): the true field in black, the learned
    field of every seed in colour. Shaded: the parameters that were trained on.
    """
    table = results.table(TABLE)
    figure, axes = style.panels(4, width=3.6, height=2.5, columns=2)
    for index, (axis, variant) in enumerate(zip(axes, VARIANTS, strict=True)):
        alphas, true = (np.array(table.array(name, variant=variant), dtype=float) for name in ("alphas", "true"))
        ends = np.array(table.array("ends", variant=variant), dtype=float)
        axis.axvspan(*TRAINED, color="#ececec", linewidth=0, zorder=0)
        for seed, (low, high) in enumerate(ends):
            look = {"color": style.COLOURS[index], "linewidth": 0.7, "alpha": 0.75}
            axis.plot(alphas, np.clip(low, -0.12, 0.9), label="learned, each seed" if seed == 0 else None, **look)
            axis.plot(alphas, np.clip(high, -0.12, 0.9), **look)
        axis.plot(alphas, true[0], color="black", linewidth=1.4, linestyle=(0, (4, 1.5)), label="true")
        axis.plot(alphas, true[1], color="black", linewidth=1.4, linestyle=(0, (4, 1.5)))
        axis.set_ylim(-0.12, 0.9)
        axis.set_title(variant)
        axis.set_xlabel(r"$\alpha$")
        axis.legend(fontsize=7, loc="upper left")
    axes[0].set_ylabel("least and largest $x$")
    axes[2].set_ylabel("least and largest $x$")
    style.finish(axes)
    return figure


def learned_points(results: Results) -> Any:
    """Where the learned fields of each variant turn (Hopf) and where prey dies out, one mark a seed, beside the true
    values; seeds without such a point stand at the right edge.
    """
    table = results.table(TABLE)
    figure, axes = style.panels(2, width=3.8, height=2.5)
    rng = np.random.default_rng(0)
    for axis, key, true, title in (
        (axes[0], "hopf", HOPF, "where coexistence turns"),
        (axes[1], "extinct", EXIT, "where prey dies out from (1, 0.01)"),
    ):
        axis.axvspan(*TRAINED, color="#ececec", linewidth=0, zorder=0)
        axis.axvline(true, color="black", linewidth=1.0, linestyle=(0, (4, 1.5)))
        for index, variant in enumerate(VARIANTS):
            values = np.array(table.array(key, variant=variant), dtype=float)
            values = values[:, 0] if values.ndim == 2 else values
            none = ~np.isfinite(values)
            shown = np.where(none, 0.758, values)
            height = -index + rng.uniform(-0.22, 0.22, len(values))
            look = {"color": style.COLOURS[index], "marker": style.MARKERS[index], "linestyle": "none", "markersize": 4}
            axis.plot(shown[~none], height[~none], **look)
            axis.plot(shown[none], height[none], markerfacecolor="none", **look)
        axis.set_yticks([-k for k in range(len(VARIANTS))], VARIANTS if axis is axes[0] else [""] * len(VARIANTS))
        axis.set_xlim(0.6, 0.763)
        axis.set_xlabel(r"$\alpha$")
        axis.set_title(title)
    style.finish(axes)
    return figure
