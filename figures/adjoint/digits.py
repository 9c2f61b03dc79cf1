"""Figures of `adjoint`, digits: what trained networks hold, evaluate and err."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib import ticker

from figures import style
from gronwall.problems import MissingRecord
from gronwall.telling.results import Results

__all__ = ["evaluations_while_digits_are_learnt", "memory_of_digit_models", "tolerances_of_trained_fields"]

TRAINING = "adjoint.digits.training"
TOLERANCE = "adjoint.a_trained_field_errs_like_the_root_of_the_tolerance"
SHARE = "adjoint.trained_fields_cost_a_share_backwards"
HELD = "adjoint.memory_is_as_table_1_says"


def _band(axis: Any, xs: Any, values: Any, index: int, label: str) -> None:
    """The median over seeds as a line, all of them as a band; values seeds x points."""
    look = {**style.look(index), "markevery": max(1, len(xs) // 6)}
    axis.plot(xs, np.median(values, axis=0), label=label, **look)
    axis.fill_between(xs, np.min(values, axis=0), np.max(values, axis=0), color=look["color"], alpha=0.13, linewidth=0)


def evaluations_while_digits_are_learnt(results: Results) -> Any:
    """An ODE-Net that learns digits: evaluations there and back by epoch, and its loss; medians and all eight seeds."""
    table, of = results.table(TRAINING), {"model": "ODE-Net"}
    figure, axes = style.panels(2, width=3.6, height=2.7)
    for index, (key, label) in enumerate((("forward", "forwards"), ("backward", "backwards"))):
        values = np.array(table.array(key, **of))
        epochs = np.arange(1, len(values) + 1)
        _band(axes[0], epochs, values.T, index, label)
    axes[0].axhline(20, **style.BOUND)
    axes[0].annotate("three steps of dopri5", (epochs[-1], 20), textcoords="offset points", xytext=(0, -9), ha="right",
                     fontsize=7, color="#5a5a5a")  # fmt: skip
    axes[0].set_ylim(bottom=15)
    axes[0].set_ylabel("evaluations a batch")
    axes[0].legend(fontsize=7.5)
    _band(axes[1], epochs, np.array(table.array("loss", **of)).T, 2, "training loss")
    axes[1].set_yscale("log")
    axes[1].set_ylabel("training loss")
    for axis in axes:
        axis.set_xlabel("epoch")
    style.finish(axes)
    return figure


def tolerances_of_trained_fields(results: Results) -> Any:
    """Fields of ODE-Nets before and after training: error and evaluations by tolerance, medians and all seeds;
    evaluations backwards against forwards of trained ones, one mark a seed.
    """
    found = results[TOLERANCE]
    figure, axes = style.panels(3, width=3.1, height=3.0)
    for index, (trained, label) in enumerate(((True, "trained"), (False, "untrained"))):
        for axis, name in zip(axes[:2], ("error", "evaluations"), strict=True):
            points = found.series(name, trained=trained)
            xs = sorted({float(p["x"]) for p in points})
            values = np.array([[p["measured"] for p in points if float(p["x"]) == x] for x in xs]).T
            _band(axis, [1 / x for x in xs], values, index, label)
    tolerances = np.array([1e-6, 1e-1])
    axes[0].plot(tolerances, 0.1 * tolerances, **style.BOUND)
    axes[0].annotate("like the\ntolerance", (1e-3, 1e-4), textcoords="offset points", xytext=(-30, -24), fontsize=7,
                     color="#5a5a5a")  # fmt: skip
    for axis, label in zip(axes[:2], ("relative error of z(1)", "evaluations forwards"), strict=True):
        axis.set_xscale("log")
        axis.set_yscale("log")
        axis.invert_xaxis()
        axis.tick_params(axis="x", which="minor", bottom=False)
        axis.set_xlabel("tolerance")
        axis.set_ylabel(label)
        axis.legend(fontsize=7.5)
    style.plain_ticks(axes[1].yaxis)
    for index, solver in enumerate(("dopri5", "LSODA", "VODE, Adams")):
        for loss, filled in (("mean of a batch", True), ("a thousandfold", False)):
            points = results.cases(SHARE)[f"{solver}, {loss}"].series("evaluations")
            look = style.look(index)
            axes[2].plot([p["x"] for p in points], [p["measured"] for p in points], look["marker"], color=look["color"],
                         markerfacecolor=look["color"] if filled else "white", linestyle="none", alpha=0.85,
                         label=f"{solver}{'' if filled else ', loss × 1000'}")  # fmt: skip
    ends = np.array([14.0, 52.0])
    for slope, told in ((1.0, "as many"), (0.5, "half, as\nreported")):
        axes[2].plot(ends, slope * ends, color="#8a8a8a", linewidth=0.8, zorder=0.5)
        axes[2].annotate(told, (ends[-1], slope * ends[-1]), textcoords="offset points", xytext=(3, 0), va="center",
                         fontsize=6.5, color="#5a5a5a")  # fmt: skip
    axes[2].set_xscale("log", base=2)
    axes[2].set_yscale("log", base=10)
    axes[2].set_xticks([16, 32, 64], ["16", "32", "64"])
    axes[2].set_xlim(13, 90)
    axes[2].xaxis.set_minor_locator(ticker.NullLocator())
    axes[2].set_xlabel("evaluations forwards")
    axes[2].set_ylabel("evaluations backwards")
    axes[2].legend(fontsize=6, loc="upper left", ncols=2, columnspacing=0.8, handletextpad=0.2)
    axes[2].set_ylim(top=axes[2].get_ylim()[1] * 12)
    style.finish(axes)
    return figure


def memory_of_digit_models(results: Results) -> Any:
    """Bytes held for the gradient of two images by the networks of Table 1, by blocks and by steps of RK4."""
    cases = results.cases(HELD)
    if not cases:
        raise MissingRecord(f"no record of {HELD}; run `gronwall check {HELD}` first")
    figure, (axis,) = style.panels(1, width=4.6, height=2.9)
    names = {
        "RK-Net": "RK-Net, by steps",
        "ResNet": "ResNet, by blocks",
        "ODE-Net": "ODE-Net with the adjoint, by steps",
    }
    for index, (name, label) in enumerate(names.items()):
        points = cases[name].series("bytes held")
        axis.plot([p["x"] for p in points], [p["measured"] / 1e6 for p in points], label=label, **style.look(index))
    axis.set_xlabel("blocks, or steps of RK4")
    axis.set_ylabel("MB held, weights included")
    axis.set_ylim(bottom=0)
    axis.legend(fontsize=7.5)
    style.finish([axis])
    return figure
