"""Figures of the trained latent equations: spirals beyond their observed points, latent paths, errors by model."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.collections import LineCollection

from figures import style
from gronwall.problems import MissingRecord
from gronwall.telling.results import Results, Table

__all__ = ["errors_of_spirals", "latent_paths", "spirals_beyond"]

LATENT = "adjoint.latent_odes_extrapolate_spirals"
BASELINES = "adjoint.recurrent_networks_extrapolate_spirals"
TRAINING = "adjoint.spirals.training"
YARDSTICKS = "adjoint.spirals.yardsticks"
STARTS = "adjoint.spirals.latent"
RELEASED = {"noise": 0.3, "law": "released"}
"""The noise and the law of the public example."""
CLOCKS = {"mean gaps": "RNN at mean gaps", "told gaps": "RNN told gaps", "no clock": "RNN, no clock"}


def spirals_beyond(results: Results) -> Any:
    """Four spirals left out, the first four of the seed with the upper median error: 30 points seen, 100 asked for
    beyond the large dot. Of the network told gaps every fourth point is drawn.
    """
    table, of = results.table(TRAINING), {"n": 30, **RELEASED}
    figure, axes = style.panels(4, width=2.45, height=2.6, columns=4)
    for k, axis in enumerate(axes):
        clean, seen = (np.array(table.array(name, window=k, system="latent ODE", **of)) for name in ("clean", "seen"))
        told = np.array(table.array("told", window=k, system="latent ODE", **of))
        axis.plot(*clean.T, color="#bdbdbd", linewidth=3.2, solid_capstyle="round", label="spiral, no noise")
        axis.plot(*seen.T, ".", color="#404040", markersize=3.5, label="30 observed points", zorder=4)
        look = {"color": style.COLOURS[0], "label": "latent ODE"}
        axis.plot(*told[:100].T, linewidth=1.2, **look)
        axis.plot(
            *told[99:].T, linewidth=1.2, linestyle=(0, (3, 1.2)), color=style.COLOURS[0], label="latent ODE, beyond"
        )
        axis.plot(*told[99], "o", color=style.COLOURS[0], markersize=4, zorder=5)
        limits = axis.get_xlim(), axis.get_ylim()
        for index, (clock, system) in enumerate((("mean gaps", "RNN"), ("told gaps", "RNN with gaps")), 1):
            own = np.array(table.array("told", window=k, system=system, **of))
            every = 1 if clock == "mean gaps" else 4
            look = {"color": style.COLOURS[index], "marker": style.MARKERS[index], "markerfacecolor": "none"}
            axis.plot(
                *own[::every].T, linestyle="none", markersize=2.6, markeredgewidth=0.8, label=CLOCKS[clock], **look
            )
        (x0, x1), (y0, y1) = limits
        half = 0.62 * max(x1 - x0, y1 - y0)
        axis.set_xlim((x0 + x1) / 2 - half, (x0 + x1) / 2 + half)
        axis.set_ylim((y0 + y1) / 2 - half, (y0 + y1) / 2 + half)
        axis.set_box_aspect(1)
        axis.locator_params(nbins=4)
        axis.set_xlabel("$x_1$")
    axes[0].set_ylabel("$x_2$")
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=3, fontsize=7.5)
    style.finish(axes)
    return figure


def latent_paths(results: Results) -> Any:
    """Latent paths of 24 spirals left out, in their plane of largest spread, dots where they start and darker with
    time; and spirals decoded from starts between the two means.
    """
    found = results.table(STARTS)
    paths, turns = np.array(found.array("latent paths")), np.array(found.array("clockwise")) > 0.5
    between = np.array(found.array("between"))
    figure, axes = style.panels(2, width=3.6, height=3.3)
    for clockwise, colour, told in (
        (True, style.COLOURS[0], "clockwise"),
        (False, style.COLOURS[1], "counter-clockwise"),
    ):
        for n, k in enumerate(np.flatnonzero(turns == clockwise)):
            _fading(axes[0], paths[:100, k], colour)
            axes[0].plot(*paths[0, k], "o", color=colour, markersize=3.2, label=told if n == 0 else None)
    axes[0].autoscale_view()
    axes[0].set_xlabel("first principal direction of $z$")
    axes[0].set_ylabel("second")
    axes[0].legend(fontsize=7.5, loc="upper left")
    first, last = np.array([0x00, 0x72, 0xB2]) / 255, np.array([0xD5, 0x5E, 0x00]) / 255
    many = between.shape[1]
    for k in range(many):
        share = k / (many - 1)
        colour = (1 - share) * first + share * last
        axes[1].plot(*between[:100, k].T, color=colour, linewidth=1.5)
        axes[1].plot(*between[0, k], "o", color=colour, markersize=3.2)
    axes[1].set_aspect("equal", adjustable="datalim")
    axes[1].set_xlabel("$x_1$")
    axes[1].set_ylabel("$x_2$")
    axes[1].set_title("from one mean start to the other")
    style.finish(axes)
    return figure


def _fading(axis: Any, path: np.ndarray, colour: str) -> None:
    """A path that grows denser with time."""
    pieces = LineCollection(np.stack([path[:-1], path[1:]], axis=1), colors=colour, linewidths=0.9)
    pieces.set_alpha(np.linspace(0.12, 0.9, len(path) - 1))
    axis.add_collection(pieces)


def _point(table: Table, system: str, n: int, key: str, noise: float = 0.3) -> dict[str, Any]:
    """Median and quartiles of a figure at the end."""
    points = table.series("table", system=system, n=n, key=key, noise=noise, law="released")
    if not points:
        raise MissingRecord(f"{table.name} tells nothing of {key!r} for {system}, n = {n}, noise {noise:g}")
    return dict(points[0])


def errors_of_spirals(results: Results) -> Any:
    """Errors beyond against the number of points, time and noise: medians, quartiles; crosses as published."""
    latent, baselines = (style.cases_of(results, claim) for claim in (LATENT, BASELINES))
    table, yardsticks = results.table(TRAINING), results.table(YARDSTICKS)
    figure, axes = style.panels(3, width=3.2, height=3.2)
    counts = (30, 50, 100)
    lines: dict[str, list[dict[str, Any]]] = {"latent ODE": [_point(table, "latent ODE", n, "clean") for n in counts]}
    for clock, label in CLOCKS.items():
        key = "by mean gaps" if clock == "mean gaps" else "clean"
        system = "RNN with gaps" if clock == "told gaps" else "RNN"
        lines[label] = [_point(table, system, n, key) for n in counts if n < 100]
        lines[label].append(_point(table, "RNN with gaps", 100, "clean"))  # with all points every gap is one
    for index, (label, points) in enumerate(lines.items()):
        _spread(axes[0], counts, points, index, label)
    for kind, dash, told in (("held", (0, (1, 2)), "last point held"), ("fitted", (0, (4, 2)), "both curves known")):
        values = [yardsticks.series("yardstick", kind=kind, n=n, noise=0.3)[0]["measured"] for n in counts]
        axes[0].plot(counts, values, color="#8a8a8a", linewidth=1, linestyle=dash, label=told)
    printed = {
        0: [latent[f"{n} points, clean"] for n in counts],
        7: [baselines[f"{n} points, told gaps"] for n in counts],
    }
    for index, cases in printed.items():
        published = [case["fit"]["published"] for case in cases]
        axes[0].plot(counts, published, "x", color=style.COLOURS[index], markersize=7, markeredgewidth=1.8, zorder=6,
                     label="published, " + ("latent ODE" if index == 0 else "RNN"))  # fmt: skip
    axes[0].set_xticks(counts)
    axes[0].minorticks_off()
    axes[0].set_xlabel("observed points, of 100")
    axes[0].set_ylabel("RMSE to clean points beyond")
    for index, (label, system) in enumerate((("latent ODE", "latent ODE"), ("RNN told gaps", "RNN with gaps"))):
        low, middle, high = np.array(table.array("by time", system=system, n=30, **RELEASED))
        look = style.look(2 if index else 0)
        axes[1].plot(np.arange(1, 101), middle, **{**look, "markevery": (5, 20)}, label=label)
        axes[1].fill_between(np.arange(1, 101), low, high, color=look["color"], alpha=0.13, linewidth=0)
    axes[1].axhline(0.3, **style.BOUND)
    axes[1].annotate("noise", (100, 0.3), ha="right", textcoords="offset points", xytext=(0, 3), fontsize=7)
    axes[1].set_xlabel("points beyond, 30 points seen")
    axes[1].legend(fontsize=7.5)
    noises = (0.05, 0.1, 0.3)
    for index, (key, label) in enumerate((("clean", "beyond"), ("within", "within"))):
        points = [_point(table, "latent ODE", 30, key, noise) for noise in noises]
        _spread(axes[2], noises, points, (0, 6)[index], label)
    axes[2].plot([0.05, 0.3], [0.05, 0.3], **style.BOUND, label="as the noise")
    axes[2].set_xscale("log")
    axes[2].set_xticks([0.05, 0.1, 0.3], ["0.05", "0.1", "0.3"])
    axes[2].minorticks_off()
    axes[2].set_xlabel("noise, 30 points seen")
    axes[2].legend(fontsize=7.5)
    for axis in axes:
        axis.set_yscale("log")
        style.plain_ticks(axis.yaxis)
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=4, fontsize=7.5)
    style.finish(axes)
    return figure


def _spread(axis: Any, xs: Any, points: list[dict[str, Any]], index: int, label: str) -> None:
    """Medians as a line, quartiles as bars."""
    look = style.look(index)
    axis.plot(xs, [p["measured"] for p in points], label=label, **look)
    for x, p in zip(xs, points, strict=True):
        axis.plot([x, x], [p["low"], p["high"]], color=look["color"], linewidth=2.2, alpha=0.35, solid_capstyle="butt")
