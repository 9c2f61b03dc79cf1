"""Figures of `nesterov`, equation: the scheme and its limit."""

from __future__ import annotations

from typing import Any

from figures import style
from gronwall.problems import MissingRecord
from gronwall.telling.results import Results

__all__ = ["convergence_of_the_scheme"]


def convergence_of_the_scheme(results: Results) -> Any:
    """Nesterov's scheme on a quadratic, and its equation, for three factors."""
    claim = "nesterov.the_scheme_tends_to_its_equation"
    cases = results.cases(claim)
    if not cases:
        raise MissingRecord(f"no record of {claim}; run `gronwall check nesterov` first")
    figure, axes = style.panels(2, width=3.7, height=2.9)
    for index, (case, result) in enumerate(sorted(cases.items(), key=lambda pair: int(pair[0]))):
        points = result.series("Nesterov's scheme")
        finest = max(p["n"] for p in points)
        colour = style.COLOURS[index]
        some = [p for p in points if p["n"] == finest]
        some = some[:: max(1, len(some) // 12)]
        axes[0].plot([p["x"] for p in some], [p["measured"] for p in some], style.MARKERS[index], color=colour,
                     markersize=3.5, linestyle="none")  # fmt: skip
        line = [p for p in points if p["n"] == finest]
        axes[0].plot([p["x"] for p in line], [p["predicted"] for p in line], color=colour,
                     linestyle=style.DASHES[index], label=f"r = {case}")  # fmt: skip
        xs, ys = style.points_of(result)
        axes[1].loglog(xs, ys, label=f"r = {case}, order {result['fit']['order']:.2f}", **style.look(index))
    axes[0].axhline(0, color="#9a9a9a", linewidth=0.6)
    axes[0].set_xlabel("t")
    axes[0].set_ylabel("h(t)")
    axes[0].set_title(f"lines: the limit; points: {finest} steps", fontsize=7.5)
    axes[0].legend(fontsize=7.5)
    axes[1].set_xlabel("steps n on the interval")
    axes[1].set_ylabel("largest distance to the limit")
    axes[1].legend(fontsize=7.5)
    style.finish(axes)
    return figure
