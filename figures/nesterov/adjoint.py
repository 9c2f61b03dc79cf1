"""Figures of `nesterov`, adjoint: what carries gradients back."""

from __future__ import annotations

from typing import Any

from figures import style
from figures.nesterov.style import legend_below
from gronwall.problems import MissingRecord
from gronwall.telling.results import Results

__all__ = ["adjoint_norms"]

VOLUMES = "nesterov.the_damping_alone_sets_the_volume"
LAYERS = {
    "direct": "NesterovNODE as (10), in $(h, h')$", "rewritten": "NesterovNODE as (14), in $(x, m)$",
    "heavy ball": r"HBNODE, $\gamma$ as it starts",
}  # fmt: skip


def adjoint_norms(results: Results) -> Any:
    """What terminal gradients are multiplied by on the way back: singular values, and the mean the damping sets."""
    cases = results.cases(VOLUMES)
    if not cases:
        raise MissingRecord(f"no record of {VOLUMES}; run `gronwall check nesterov` first")
    figure, axes = style.panels(len(LAYERS), width=3.0, height=2.7)
    for axis, (case, title) in zip(axes, LAYERS.items(), strict=True):
        for index, which in enumerate(("largest", "mean", "smallest")):
            points = cases[case].series("adjoint norm", which=which)
            axis.semilogy([p["x"] for p in points], [p["measured"] for p in points],
                          label=f"{which} singular value".replace("mean singular", "geometric mean, singular"),
                          **style.look(index))  # fmt: skip
        axis.semilogy([p["x"] for p in points], [p["predicted"] for p in points], label="set by the damping alone",
                      **{**style.BOUND, "linewidth": 3.5, "alpha": 0.35, "linestyle": "-"})  # fmt: skip
        axis.set_title(title)
        axis.set_xlabel("t, from T = 4 back to 1")
        axis.set_ylim(1e-3, 30)
    axes[0].set_ylabel("factor of a gradient")
    legend_below(figure, axes[0], 4)
    style.finish(axes)
    return figure
