"""Figures of `nesterov`: the limit and its scheme, what carries gradients back, growth, stability, trained layers."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib import ticker

from figures import style
from gronwall.problems import MissingRecord
from gronwall.telling.results import Results

__all__ = [
    "adjoint_norms", "convergence_of_the_scheme", "evaluations_during_training", "growth_at_initialisation",
    "separated_clouds", "stability_regions", "what_saves_evaluations",
]  # fmt: skip

OWN = "nesterov."
SEVEN = ("NODE", "ANODE", "SONODE", "HBNODE", "GHBNODE", "NesterovNODE", "GNesterovNODE")


def _look(name: str, every: int) -> dict[str, Any]:
    """One look a model, the same in every figure."""
    place = SEVEN.index(name)
    return {**style.look(place), "markevery": (place * every // 7, every), "markersize": 3.5}


def _legend_below(figure: Any, axis: Any, columns: int = 7) -> None:
    handles, labels = axis.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=columns, fontsize=7.5, handlelength=2.6)


def evaluations_during_training(results: Results) -> Any:
    """Evaluations and loss during training, medians over seeds: the point cloud above, digits below."""
    clouds = results.cases(OWN + "point_clouds_cost_evaluations_forwards")
    digits = results.cases(OWN + "digits_cost_a_share_of_a_nodes_evaluations")
    if not clouds or not digits:
        raise MissingRecord("no records of trainings; run `gronwall check nesterov --effort full` first")
    digits = {"NODE": next(iter(digits.values())), **digits}
    figure, axes = style.panels(6, width=3.0, height=2.3)
    for row, (task, cases) in enumerate((("cloud", clouds), ("digits", digits))):
        for column, key in enumerate(("forward", "backward", "loss")):
            axis = axes[3 * row + column]
            for name in SEVEN:
                low, middle, high = np.array(cases[name].array(key, system=name))
                epochs = np.arange(1, len(middle) + 1)
                axis.plot(epochs, middle, label=name, **_look(name, max(1, len(middle) // 5)))
                if name in ("NODE", "GNesterovNODE"):
                    axis.fill_between(
                        epochs, low, high, color=style.COLOURS[SEVEN.index(name)], alpha=0.13, linewidth=0
                    )
            axis.set_yscale("log")
            axis.set_title(f"{task}: {key if key == 'loss' else key + ' evaluations'}", fontsize=8)
            axis.set_xlabel("epoch")
    for axis in axes:
        axis.yaxis.set_major_locator(ticker.LogLocator(subs=(1.0, 2.0, 5.0)))
        axis.yaxis.set_major_formatter(ticker.FormatStrFormatter("%g"))
        axis.yaxis.set_minor_formatter(ticker.NullFormatter())
    _legend_below(figure, axes[0])
    style.finish(axes)
    return figure


def growth_at_initialisation(results: Results) -> Any:
    """Mean size of ten random layers on t = 1 … 63: medians over replicates, quartiles, published ends as crosses."""
    cases = {
        **results.cases(OWN + "random_initialisations_grow_by_many_orders"),
        **results.cases(OWN + "generalised_layers_stay_small"),
    }
    if len(cases) < len(SEVEN):
        raise MissingRecord("no records of growth; run `gronwall check nesterov` first")
    figure, (axis,) = style.panels(1, width=5.6, height=3.4)
    for name in SEVEN:
        result = cases[name]
        curves = np.array([a["values"] for a in result["arrays"] if a["name"] == "growth"])
        times = np.arange(1, curves.shape[1] + 1)
        low, middle, high = np.quantile(curves, [0.25, 0.5, 0.75], axis=0)
        look = _look(name, 14)
        axis.plot(times, middle, label=name, **look)
        axis.fill_between(times, low, high, color=look["color"], alpha=0.12, linewidth=0)
        published = result["fit"]["published"]
        axis.plot(66, published if published > 2 else np.log10(published), "x", color=look["color"], markersize=6,
                  clip_on=False)  # fmt: skip
    gate = 0.5 * (times - 1) / np.log(10) - 1.5 * np.log10(times)
    axis.plot(times, gate, label="the gate k(t)/k(1)", **style.BOUND)
    axis.set_xlim(1, 67)
    axis.set_xlabel("t (crosses: as published at t = 63)")
    axis.set_ylabel(r"$\log_{10}$ of the mean size")
    axis.legend(fontsize=7, loc="upper left", ncols=2)
    style.finish([axis])
    return figure


VOLUMES = OWN + "the_damping_alone_sets_the_volume"
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
    _legend_below(figure, axes[0], 4)
    style.finish(axes)
    return figure


def convergence_of_the_scheme(results: Results) -> Any:
    """Nesterov's scheme on a quadratic, and its equation, for three factors."""
    claim = OWN + "the_scheme_tends_to_its_equation"
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


REGIONS = OWN + "eulers_step_expands_late"
SPECTRA = OWN + "bounded_layers_have_the_smaller_spectra"


def stability_regions(results: Results) -> Any:
    """Where fixed steps are stable: Euler and three points over time, and trained spectra beside two regions."""
    found, trained = results[REGIONS], results[SPECTRA]
    figure, axes = style.panels(3, width=3.1, height=3.0)
    steps, clock = found.array("step times root of curvature"), found.array("time times root of curvature")
    schemes = {
        "explicit Euler on (h, h')": "Euler on (10), against $\\sqrt{\\kappa}\\,t$",
        "explicit Euler, constant damping": "Euler, damping $\\gamma$, against $\\sqrt{\\kappa}/\\gamma$",
        "three points": "three points, against $\\sqrt{\\kappa}\\,t$",
    }
    for index, (scheme, label) in enumerate(schemes.items()):
        radius = np.array(found.array("spectral radius", scheme=scheme))
        axes[0].contour(clock, steps, radius, levels=[1.0], colors=[style.COLOURS[index]],
                        linestyles=[style.DASHES[index]], linewidths=1.4)  # fmt: skip
        axes[0].plot([], [], color=style.COLOURS[index], linestyle=style.DASHES[index], label=label)
    axes[0].set_xscale("log")
    axes[0].set_ylim(0, 3.6)
    axes[0].set_xlabel("time, or inverse damping")
    axes[0].set_ylabel(r"largest stable step, $\delta\sqrt{\kappa}$")
    axes[0].legend(fontsize=6.5, loc="upper right")
    for axis, names in ((axes[1], ("NODE", "HBNODE")), (axes[2], ("NesterovNODE", "GNesterovNODE"))):
        for region, look in (("euler", {"linestyle": "-"}), ("rk4", {"linestyle": (0, (4, 2))})):
            real, imaginary = np.array(trained.array("boundary", scheme=region))
            told = {"euler": "Euler stable inside", "rk4": "RK4 stable inside"}[region]
            axis.plot(real, imaginary, color="#404040", linewidth=1.0, label=told, **look)
        for name in names:
            real, imaginary = np.array(trained.array("spectrum", system=name))
            place = SEVEN.index(name)
            axis.plot(real, imaginary, linestyle="none", marker=style.MARKERS[place], color=style.COLOURS[place],
                      markersize=2.6, alpha=0.55, label=name)  # fmt: skip
        axis.set_xlim(-3.4, 2.4)
        axis.set_ylim(-3.3, 4.6)
        axis.axhline(0, color="#c8c8c8", linewidth=0.5, zorder=0)
        axis.axvline(0, color="#c8c8c8", linewidth=0.5, zorder=0)
        axis.set_xlabel(r"Re $\delta\lambda$, $\delta = 0.5$")
        axis.legend(fontsize=6, loc="upper left", handlelength=1.6, ncols=2)
    axes[1].set_ylabel(r"Im $\delta\lambda$")
    style.finish(axes)
    return figure


def separated_clouds(results: Results) -> Any:
    """Disc and ring on their way from t = 1 to 2 through four trained layers, the seed with the median loss (told)."""
    cases = results.cases(OWN + "point_clouds_cost_evaluations_forwards")
    names = [name for name in SEVEN if name in cases and any(a["name"] == "path" for a in cases[name]["arrays"])]
    if not names:
        raise MissingRecord("no records of paths; run `gronwall check nesterov --effort full` first")
    figure, axes = style.panels(len(names), width=2.1, height=2.3, columns=4)
    for axis, name in zip(axes, names, strict=True):
        path, labels = np.array(cases[name].array("path")), np.array(cases[name].array("labels"))
        for value, colour, marker in ((-1, style.COLOURS[0], "o"), (1, style.COLOURS[1], "^")):
            some = path[:, labels == value]
            axis.plot(some[:, ::2, 0], some[:, ::2, 1], color=colour, linewidth=0.5, alpha=0.45)
            axis.plot(some[-1, :, 0], some[-1, :, 1], marker, color=colour, markersize=2.4, linestyle="none")
        axis.set_title(f"{name}, loss {cases[name].array('loss of the path')[0]:.2g}", fontsize=7)
        axis.set_box_aspect(1)
        axis.locator_params(nbins=4)
    style.finish(axes)
    for axis in axes:
        axis.set_xlabel("$h_1$")
    axes[0].set_ylabel("$h_2$")
    return figure


ROWS = ("NODE", "SONODE", "HBNODE", "HBNODE, γ = 1", "NesterovNODE", "NesterovNODE, direct", "NesterovNODE, released",
        "GNesterovNODE, σ = id", "GHBNODE", "GHBNODE as GNesterovNODE", "GNesterovNODE, released",
        "GNesterovNODE, ξ = 0", "GNesterovNODE")  # fmt: skip


def what_saves_evaluations(results: Results) -> Any:
    """Evaluations and loss of the variants on digits, medians and quartiles: those with a bounded σ stand apart."""
    found = results[OWN + "bounding_the_activation_saves_evaluations[forward]"]
    figure, axes = style.panels(2, width=3.9, height=3.4)
    for axis, keys in zip(axes, (("forward", "backward"), ("loss",)), strict=True):
        for index, key in enumerate(keys):
            points = {p["system"]: p for p in found.series("table", key=key, task="digits")}
            for row, name in enumerate(ROWS):
                p, y = points[name], row + (0.13 if index else -0.13) * (len(keys) > 1)
                look = style.look(index)
                axis.plot([p["low"], p["high"]], [y, y], color=look["color"], linewidth=1.6)
                axis.plot(p["measured"], y, look["marker"], color=look["color"], markersize=4,
                          label=f"{key} evaluations" if row == 0 and len(keys) > 1 else None)  # fmt: skip
        axis.set_yticks(range(len(ROWS)), ROWS if axis is axes[0] else [""] * len(ROWS), fontsize=7.5)
        axis.axhspan(7.5, len(ROWS) - 0.5, color="#d9d9d9", alpha=0.35, linewidth=0, zorder=0)
        axis.set_ylim(len(ROWS) - 0.5, -0.5)
        axis.grid(axis="x", color="#e6e6e6", linewidth=0.6)
    axes[0].set_xlabel("evaluations a pass, last epoch")
    axes[1].set_xlabel("training loss, last epoch (shaded: bounded σ)")
    axes[0].legend(fontsize=7, loc="lower right")
    style.finish(axes)
    return figure
