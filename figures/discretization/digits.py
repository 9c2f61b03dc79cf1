"""Figures of `discretization`, digits: networks trained without stored states."""

from __future__ import annotations

from typing import Any

import numpy as np

from figures import style
from gronwall.telling.results import Results

__all__ = ["test_error_against_depth"]


def test_error_against_depth(results: Results) -> Any:
    """Test error on digits against depth: medians and quartiles over seeds, backpropagation and adjoint."""
    found = results.table("discretization.digits.training")
    figure, axes = style.panels(2, width=3.5, height=2.9)
    for axis, scheme, title in zip(axes, ("euler", "heun"), ("Euler", "Heun"), strict=True):
        gradients = ("backpropagation", "memory-free")
        trained = [found.series("test error", scheme=scheme, gradient=gradient, ends=1.0) for gradient in gradients]
        depths = sorted(set.intersection(*({p["depth"] for p in points} for points in trained)))
        for index, (gradient, points) in enumerate(zip(gradients, trained, strict=True)):
            values = [np.array([p["measured"] for p in points if p["depth"] == depth]) for depth in depths]
            shift = 0.97 if index == 0 else 1.03
            middle = [np.median(v) for v in values]
            spread = [[m - np.quantile(v, 0.25) for m, v in zip(middle, values, strict=True)],
                      [np.quantile(v, 0.75) - m for m, v in zip(middle, values, strict=True)]]  # fmt: skip
            axis.errorbar([d * shift for d in depths], middle, yerr=spread, capsize=2, label=gradient,
                          **style.look(index))  # fmt: skip
        axis.set_xscale("log", base=2)
        axis.set_xlabel("depth N")
        axis.set_title(title)
    top = max(axis.get_ylim()[1] for axis in axes)
    for axis in axes:
        axis.set_ylim(0, top)
    axes[0].set_ylabel("test error in %")
    axes[0].legend(fontsize=7.5, loc="lower left")
    style.finish(axes)
    return figure
