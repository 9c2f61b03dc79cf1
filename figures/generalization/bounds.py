"""Figures of `generalization`, bounds: what the bounds see of the depth."""

from __future__ import annotations

from typing import Any

import numpy as np

from figures import style
from gronwall.problems import MissingRecord
from gronwall.telling.results import Results

__all__ = ["bounds_against_depth"]


def bounds_against_depth(results: Results) -> Any:
    """Against depth: a spectral margin bound grows like its root, the bound for smooth weights does not see it."""
    smooth = results.cases("generalization.the_bound_does_not_see_depth_for_smooth_weights")
    margin = results["generalization.spectrally_normalised_margins_grow_like_the_root_of_depth"]
    product = results["generalization.a_product_of_spectral_norms_does_not_see_depth"]
    if not smooth:
        raise MissingRecord("no record of generalization.the_bound_does_not_see_depth_for_smooth_weights")
    figure, axes = style.panels(2, width=3.7, height=3.0)
    for index, result in enumerate((margin, product)):
        xs, ys = _median(result.series("bounds against depth"))
        axes[0].loglog(xs, np.array(ys) / ys[0], label=result.series("bounds against depth")[0]["bound"],
                       **style.look(index))  # fmt: skip
    names = {"sines": "sines", "gaussian process": "Gaussian process", "independent": "independent layers"}
    for index, (case, result) in enumerate(smooth.items()):
        xs, ys = _median(result.series("middle term of the bound"))
        axes[1].loglog(xs, ys, label=names.get(case, case), **style.look(index))
    axes[0].set_title("earlier bounds")
    axes[0].set_ylabel("bound, in units of its first value")
    axes[1].set_title("smoothness term")
    axes[1].set_ylabel("middle term of the bound")
    for axis in axes:
        style.plain_ticks(axis.yaxis)
        axis.set_xlabel("depth L")
        axis.legend(fontsize=7.5)
    style.finish(axes)
    return figure


def _median(points: list[dict[str, Any]]) -> tuple[list[float], list[float]]:
    """The median of a series at each x."""
    xs = sorted({float(p["x"]) for p in points})
    return xs, [float(np.median([p["measured"] for p in points if p["x"] == x])) for x in xs]
