"""What the figures of `nesterov` share: the seven layers, each with one look."""

from __future__ import annotations

from typing import Any

from figures import style

SEVEN = ("NODE", "ANODE", "SONODE", "HBNODE", "GHBNODE", "NesterovNODE", "GNesterovNODE")


def look_of(name: str, every: int) -> dict[str, Any]:
    """One look a model, the same in every figure."""
    place = SEVEN.index(name)
    return {**style.look(place), "markevery": (place * every // 7, every), "markersize": 3.5}


def legend_below(figure: Any, axis: Any, columns: int = 7) -> None:
    handles, labels = axis.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=columns, fontsize=7.5, handlelength=2.6)
