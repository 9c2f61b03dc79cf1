"""The plane of the predator–prey system: basins at 0.70, and the cycle of two saddles."""

from __future__ import annotations

from typing import Any

import numpy as np

from figures import style
from gronwall.telling.results import Results

__all__ = ["connections_portrait"]

TABLE = "bifurcations.connections.portrait"


def connections_portrait(results: Results) -> Any:
    """Prey $x$ and sharks $y$. Left, $\\alpha=0.70$: starts in the shaded region fall to the origin, the others come to the
    cycle; the separatrix is the stable manifold of $x_-$, and a cross marks the two starts of the authors. Right, the
    heteroclinic value: what leaves $x_+$ comes to $x_-$, and the axis leads back.
    """  # noqa: E501
    table = results.table(TABLE)

    def array(name: str) -> np.ndarray:
        return np.array(table.array(name), dtype=float)

    figure, axes = style.panels(2, width=3.8, height=2.9)
    axes[0].contourf(array("x"), array("y"), array("falls"), levels=[0.5, 1.5], colors=["#dcdcdc"])
    cycle = array("cycle")
    axes[0].plot(*cycle.T, color=style.COLOURS[2], linewidth=1.4, label="cycle")
    axes[0].plot([1.0, 1.0], [0.01, 0.1], linestyle="none", marker="x", color="black", markersize=5)
    for axis, name, title in ((axes[0], "basins", r"$\alpha=0.70$"), (axes[1], "heteroclinic", r"$\alpha=0.70807$")):
        axis.plot(*array(f"{name} separatrix").T, color=style.COLOURS[1], linestyle=style.DASHES[1], label="$W^s(x_-)$")
        axis.plot(*array(f"{name} leaving").T, color=style.COLOURS[0], linewidth=1.0, label="$W^u(x_+)$")
        saddles, rest = array(f"{name} saddles"), array(f"{name} rest")
        axis.plot(saddles, [0, 0], color="#6b6b6b", linewidth=1.6, label="on the axis")
        axis.plot(saddles, [0, 0], linestyle="none", marker="s", color="black", markersize=4)
        axis.plot(*rest, marker="o", color="black", markersize=4, markerfacecolor="white")
        for place, label, aside in zip(saddles, ("$x_-$", "$x_+$"), (-16, 5), strict=True):
            axis.annotate(label, (place, 0), (aside, 5), textcoords="offset points", fontsize=8)
        axis.set_xlim(0, 1.05 if name == "basins" else 0.8)
        axis.set_ylim(-0.03, 1.3 if name == "basins" else 0.8)
        axis.set_xlabel("prey $x$")
        axis.set_title(title)
    axes[0].set_ylabel("sharks $y$")
    axes[0].legend(fontsize=7, loc="upper right")
    style.finish(axes)
    return figure
