"""Figures of `discretization`, linear: the weights of a linear network in training."""

from __future__ import annotations

from typing import Any

from figures import style
from gronwall.telling.results import Results

__all__ = ["weights_against_depth"]


def weights_against_depth(results: Results) -> Any:
    """Weights of the linear network against depth, at four steps of descent: they are smooth in depth at each."""
    found = results["discretization.weights_are_smooth_in_depth_at_every_step"]
    figure, axes = style.panels(2, width=3.6, height=2.8)
    curves = [array for array in found["arrays"] if array["name"] == "weights"]
    for index, curve in enumerate(curves):
        ys = curve["values"]
        look = {**style.look(index), "markevery": (3 * index, 20)}
        name = f"step {curve['step']}, entry ({curve['row'] + 1}, {curve['column'] + 1})"
        axes[0].plot(range(len(ys)), ys, label=name, **look)
    axes[0].set_xlabel("layer n")
    axes[0].set_ylabel(r"an entry of $\theta_n$")
    low, high = axes[0].get_ylim()
    axes[0].set_ylim(low, high + 0.35 * (high - low))
    axes[0].legend(fontsize=7, loc="upper center", ncols=2, columnspacing=1.0)
    for index, (name, label) in enumerate(
        [("roughness", r"$N\,\max_n\Vert\theta_{n+1}-\theta_n\Vert$"), ("size", r"$\max_n\Vert\theta_n\Vert$")]
    ):
        points = found.series(name)
        look = {**style.look(index), "markevery": 10}
        axes[1].plot([p["x"] for p in points], [p["measured"] for p in points], label=label, **look)
    axes[1].set_xlabel("step of gradient descent")
    axes[1].set_ylim(bottom=0)
    axes[1].legend(fontsize=7.5)
    style.finish(axes)
    return figure
