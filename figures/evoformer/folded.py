"""Figures of folded chains: distance maps, a chain in space, and what finer steps make of a trained model."""

from __future__ import annotations

from typing import Any

import numpy as np

from figures import style
from gronwall.telling.results import Results

__all__ = ["folded_chain", "folded_errors"]

FOLDED = "evoformer.folded.simulated"
KINDS = ("stack", "narrow stack", "shared", "continuous")


def folded_chain(results: Results) -> Any:
    """A test chain: its distances, true above the diagonal and told by the continuous model below; and its trace in
    space, true (grey) and told (blue), one turned onto the other.
    """
    table = results.table(FOLDED)
    told, true = (
        np.array(table.array(key, kind="continuous", world="simulated"), dtype=float)[0] for key in ("map", "true map")
    )
    x, onto = (
        np.array(table.array(key, kind="continuous", world="simulated"), dtype=float)[0]
        for key in ("places", "true places")
    )
    figure, axes = style.panels(2, width=3.7, height=3.2)
    seen = axes[0].imshow(np.triu(true) + np.tril(told), cmap="viridis_r", vmin=0)
    figure.colorbar(seen, ax=axes[0], label="distance, Å", shrink=0.85)
    axes[0].set_xticks(range(0, len(true), 5))
    axes[0].set_yticks(range(0, len(true), 5))
    axes[0].set_xlabel("residue")
    axes[0].set_ylabel("residue")
    axes[1].remove()
    space = figure.add_subplot(1, 2, 2, projection="3d")
    space.plot(*(onto - onto.mean(axis=0)).T, color="#9a9a9a", linewidth=3.5, label="true")
    space.plot(*turned(x, onto).T, color=style.COLOURS[0], linewidth=1.6, marker="o", markersize=3, label="told")
    for side in (space.xaxis, space.yaxis, space.zaxis):
        side.set_ticklabels([])
    space.legend(fontsize=7.5, loc="upper left")
    return figure


def turned(x: Any, onto: Any) -> Any:
    """The trace turned onto the other, to be drawn over it."""
    a, b = x - x.mean(axis=0), onto - onto.mean(axis=0)
    U, _, Vt = np.linalg.svd(a.T @ b)
    return a @ (U * [1.0, 1.0, np.sign(np.linalg.det(U @ Vt))]) @ Vt


def folded_errors(results: Results) -> Any:
    """Left: mean absolute error of distances by trunk, one mark a seed, and of who learns nothing (lines). Right: the
    error of the trained continuous model when its steps are refined, one line a seed; it was trained with two.
    """
    table = results.table(FOLDED)
    figure, axes = style.panels(2, width=3.8, height=2.8)
    for place, kind in enumerate(KINDS):
        errors = np.array(table.array("MAE by seed", kind=kind, world="simulated"), dtype=float)
        axes[0].plot(errors, np.full(len(errors), -place), **{**style.look(place), "linestyle": "none", "alpha": 0.7})
    for name, dash in (("shortest ways", "--"), ("mean of all", ":")):
        error = np.array(table.array("MAE by seed", kind=name, world="simulated"), dtype=float)[0]
        axes[0].axvline(error, color="#6b6b6b", linewidth=0.9, linestyle=dash, label=name)
    axes[0].set_yticks([-k for k in range(4)], KINDS)
    axes[0].set_xlabel("mean absolute error, Å")
    axes[0].legend(fontsize=7.5)
    for line in np.array(table.array("refined", kind="continuous", world="simulated"), dtype=float):
        axes[1].plot([1, 2, 4, 8, 16], line, color=style.COLOURS[3], marker="o", linewidth=0.9)
    axes[1].axvline(2, color="#bdbdbd", linewidth=3, zorder=0)
    axes[1].set_xscale("log", base=2)
    axes[1].set_xlabel("steps through the continuous model")
    axes[1].set_ylabel("mean absolute error, Å")
    style.finish(axes)
    return figure
