"""Figures of the trained flows in the plane: how a density is carried, KL against width and depth, two laws of data."""

from __future__ import annotations

from typing import Any

import numpy as np

from figures import style
from gronwall.telling.results import Results

__all__ = ["carried_densities", "divergence_against_size", "two_laws"]

MATCHING = "adjoint.densities.matching"
LIKELIHOOD = "adjoint.densities.likelihood"
LAWS = ("circles", "moons")
TARGETS = {"U1": "$U_1$", "U2": "$U_2$", "U3": "$U_3$"}
NAMES = {
    "gated": "gated units (28)",
    "hyper": "units moved by a hyper-network",
    "layers": "planar layers, 50 times the iterations",
    "layers, early": "planar layers, as many iterations",
}
FRAMES = (0.0, 0.25, 0.5, 0.75, 1.0)


def _show(axis: Any, density: Any, title: str | None = None) -> None:
    """A density as an image, each on its own scale; square roots, so that thin parts are seen."""
    axis.imshow(np.sqrt(np.array(density)), origin="lower", cmap="magma", interpolation="bicubic")
    axis.set_xticks([])
    axis.set_yticks([])
    for side in axis.spines.values():
        side.set_visible(False)
    if title:
        axis.set_title(title, fontsize=8.5)


def carried_densities(results: Results) -> Any:
    """A trained flow of 32 gated units carries N(0, I) to three targets; beside it the target and 32 planar layers.
    Each image has its own scale, of square roots.
    """
    table = results.table(MATCHING)
    figure, axes = style.panels(7 * len(TARGETS), width=1.1, height=1.24, columns=7)
    for row, (target, name) in enumerate(TARGETS.items()):
        of, line = {"task": target, "size": 32}, axes[7 * row : 7 * row + 7]
        for axis, t in zip(line, FRAMES, strict=False):
            _show(axis, table.array("density", kind="gated", t=t, **of), f"t = {t:g}" if row == 0 else None)
        _show(line[5], table.array("target", **of), "target" if row == 0 else None)
        _show(line[6], table.array("density", kind="layers", **of), "32 layers" if row == 0 else None)
        line[0].set_ylabel(name, rotation=0, labelpad=12, va="center", fontsize=9)
        for axis, kind in ((line[4], "gated"), (line[6], "layers")):
            axis.set_xlabel(f"KL {table.array('KL of the density', kind=kind, **of)[0]:.2g}", fontsize=7.5, labelpad=3)
    return figure


def divergence_against_size(results: Results) -> Any:
    """KL(q‖p) against M = K, medians with quartiles over seeds, for each target."""
    table = results.table(MATCHING)
    figure, axes = style.panels(len(TARGETS), width=2.9, height=2.8)
    for axis, (target, name) in zip(axes, TARGETS.items(), strict=True):
        for index, (kind, label) in enumerate(NAMES.items()):
            points = sorted(table.series("table", key="KL", kind=kind, task=target), key=lambda p: p["size"])
            x = np.array([p["size"] for p in points]) * 1.04 ** (index - 1.5)
            y, low, high = (np.array([p[key] for p in points]) for key in ("measured", "low", "high"))
            look = style.look(index)
            axis.errorbar(x, y, yerr=[y - low, high - y], label=label, capsize=2, elinewidth=0.9, **look)
        axis.set_xscale("log", base=2)
        axis.set_yscale("log")
        axis.set_xticks([2, 8, 32], ["2", "8", "32"])
        axis.minorticks_off()
        axis.set_title(name)
        axis.set_xlabel("units M, or layers K")
    for axis in axes:  # one scale, so that the targets may be compared
        axis.set_ylim(min(a.dataLim.y0 for a in axes) / 1.3, max(a.dataLim.y1 for a in axes) * 1.3)
    axes[0].set_ylabel(r"KL$(q\|p)$, nats")
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=2, fontsize=7.5, handlelength=3)
    style.finish(axes)
    return figure


def two_laws(results: Results) -> Any:
    """Two circles and two moons: the law, 64 gated units and 64 planar layers trained on it by maximum likelihood."""
    table = results.table(LIKELIHOOD)
    titles = {"law": "law", "gated": "64 gated units", "layers": "64 layers"}
    figure, axes = style.panels(6, width=1.9, height=2.0, columns=3)
    for row, name in enumerate(LAWS):
        for axis, (kind, title) in zip(axes[3 * row : 3 * row + 3], titles.items(), strict=True):
            if kind == "law":
                density = table.array("law", task=name)
            else:
                density = table.array("density", kind=kind, task=name, noise=False)
            _show(axis, density, title if row == 0 else None)
            if kind != "law":
                gap = table.array("gap of the density", kind=kind, task=name, noise=False)[0]
                axis.set_xlabel(f"{gap:.2g} nats below the law", fontsize=7.5, labelpad=3)
        axes[3 * row].set_ylabel(name, fontsize=9)
    return figure
