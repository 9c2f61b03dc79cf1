"""Figures of learned fields: diagrams of the three systems, true beside learned, every seed shown; orbits; points."""

from __future__ import annotations

from typing import Any

import numpy as np

from figures import style
from gronwall.telling.results import Results

__all__ = ["learned_attractors", "learned_diagrams", "learned_lorenz", "learned_points", "learned_rossler"]

TABLE = "bifurcations.learned.diagrams"
VARIANTS = ("boundary loss", "no boundary loss", "axes built in", "affine in the parameter")
TRAINED = (0.62, 0.70)
HOPF, EXIT, CYCLE_ENDS = 0.6715938, 0.7051741, 0.7080728


def learned_diagrams(results: Results) -> Any:
    """Least and largest $x$ over the last 500 of 2000 time units from (1, 0.01): the true field in black, the learned
    field of every seed in colour. Shaded: the parameters that were trained on.
    """
    table = results.table(TABLE)
    figure, axes = style.panels(4, width=3.6, height=2.5, columns=2)
    for index, (axis, variant) in enumerate(zip(axes, VARIANTS, strict=True)):
        alphas, true = (np.array(table.array(name, variant=variant), dtype=float) for name in ("alphas", "true"))
        ends = np.array(table.array("ends", variant=variant), dtype=float)
        axis.axvspan(*TRAINED, color="#ececec", linewidth=0, zorder=0)
        for seed, (low, high) in enumerate(ends):
            look = {"color": style.COLOURS[index], "linewidth": 0.7, "alpha": 0.75}
            axis.plot(alphas, np.clip(low, -0.12, 0.9), label="learned, each seed" if seed == 0 else None, **look)
            axis.plot(alphas, np.clip(high, -0.12, 0.9), **look)
        axis.plot(alphas, true[0], color="black", linewidth=1.4, linestyle=(0, (4, 1.5)), label="true")
        axis.plot(alphas, true[1], color="black", linewidth=1.4, linestyle=(0, (4, 1.5)))
        axis.set_ylim(-0.12, 0.9)
        axis.set_title(variant)
        axis.set_xlabel(r"$\alpha$")
        axis.legend(fontsize=7, loc="upper left")
    axes[0].set_ylabel("least and largest $x$")
    axes[2].set_ylabel("least and largest $x$")
    style.finish(axes)
    return figure


def learned_points(results: Results) -> Any:
    """Where the learned fields of each variant turn (Hopf) and where prey dies out, one mark a seed, beside the true
    values; seeds without such a point stand at the right edge.
    """
    table = results.table(TABLE)
    figure, axes = style.panels(2, width=3.8, height=2.5)
    rng = np.random.default_rng(0)
    for axis, key, true, title in (
        (axes[0], "hopf", HOPF, "where coexistence turns"),
        (axes[1], "extinct", EXIT, "where prey dies out from (1, 0.01)"),
    ):
        axis.axvspan(*TRAINED, color="#ececec", linewidth=0, zorder=0)
        axis.axvline(true, color="black", linewidth=1.0, linestyle=(0, (4, 1.5)))
        for index, variant in enumerate(VARIANTS):
            values = np.array(table.array(key, variant=variant), dtype=float)
            values = values[:, 0] if values.ndim == 2 else values
            none = ~np.isfinite(values)
            shown = np.where(none, 0.758, values)
            height = -index + rng.uniform(-0.22, 0.22, len(values))
            look = {"color": style.COLOURS[index], "marker": style.MARKERS[index], "linestyle": "none", "markersize": 4}
            axis.plot(shown[~none], height[~none], **look)
            axis.plot(shown[none], height[none], markerfacecolor="none", **look)
        axis.set_yticks([-k for k in range(len(VARIANTS))], VARIANTS if axis is axes[0] else [""] * len(VARIANTS))
        axis.set_xlim(0.6, 0.763)
        axis.set_xlabel(r"$\alpha$")
        axis.set_title(title)
    style.finish(axes)
    return figure


# ---------------------------------------------------------------- Lorenz and Rössler

LORENZ = "bifurcations.learned.lorenz_diagrams"
ROSSLER = "bifurcations.learned.rossler_diagrams"
RANGES = {LORENZ: (5.0, 22.5), ROSSLER: (4.5, 5.5)}
SHADE = "#ececec"


def array(table: Any, name: str) -> np.ndarray:
    """An array of a table as floats, NaN for what is not there."""
    return np.array(table.array(name), dtype=float)


def learned_lorenz(results: Results) -> Any:
    """Least and largest $x$ over the last 50 of 250 time units, from $(1, 1, 1)$ and from $(-1, -1, 1)$: the true field in
    black, the learned field of every seed in colour. Shaded: the parameters that were trained on.
    """  # noqa: E501
    table = results.table(LORENZ)
    values, ends, true = (array(table, name) for name in ("values", "ends", "true ends"))
    figure, axes = style.panels(2, width=3.8, height=2.7)
    for start, (axis, title) in enumerate(zip(axes, ("from (1, 1, 1)", "from (−1, −1, 1)"), strict=True)):
        axis.axvspan(*RANGES[LORENZ], color=SHADE, linewidth=0, zorder=0)
        for seed, pair in enumerate(ends[:, start]):
            for k, one in enumerate(pair):
                label = "learned, each seed" if seed == 0 and k == 0 else None
                axis.plot(values, one, color=style.COLOURS[0], linewidth=0.6, alpha=0.6, label=label)
        for k, one in enumerate(true[start]):
            axis.plot(values, one, color="black", linewidth=1.3, linestyle=(0, (4, 1.5)), label=None if k else "true")
        axis.set_title(title)
        axis.set_xlabel("$r$")
        axis.set_ylim(-22, 22)
    axes[0].set_ylabel("least and largest $x$")
    axes[0].legend(fontsize=7, loc="lower left")
    style.finish(axes)
    return figure


def learned_rossler(results: Results) -> Any:
    """Maxima of $x$ over the last 100 of 1000 time units: the true field, and the learned fields of all seeds over each
    other. Shaded: the parameters that were trained on. Below: the first and the second doubling of every seed, the true
    ones dashed.
    """
    table = results.table(ROSSLER)
    values, tops, true, doubled, exact = (
        array(table, name) for name in ("values", "tops", "true tops", "doublings", "true doublings")
    )
    figure, axes = style.panels(3, width=2.55, height=2.7)
    for axis, sets, title in ((axes[0], true[None], "true"), (axes[1], tops, "learned, all seeds")):
        axis.axvspan(*RANGES[ROSSLER], color=SHADE, linewidth=0, zorder=0)
        for one in sets:
            axis.plot(
                np.repeat(values, one.shape[1]), one.ravel(), linestyle="none", marker=".",
                markersize=1.6 if len(sets) == 1 else 1.0, color="black" if len(sets) == 1 else style.COLOURS[0],
                alpha=1.0 if len(sets) == 1 else 0.35, markeredgewidth=0, rasterized=True,
            )  # fmt: skip
        axis.set_title(title)
        axis.set_xlabel("$c$")
        axis.set_ylim(2, 1.1 * np.nanmax(true))
    axes[0].set_ylabel("maxima of $x$")
    axis = axes[2]
    for k, name in enumerate(("first", "second")):
        axis.axvline(exact[k], color="black", linewidth=1.0, linestyle=(0, (4, 1.5)))
        found = np.sort(doubled[:, k][np.isfinite(doubled[:, k])])
        axis.plot(
            found, np.arange(len(found)), linestyle="none", color=style.COLOURS[k], marker=style.MARKERS[k], label=name
        )
    axis.set_title("doublings")
    axis.set_xlabel("$c$")
    axis.set_ylabel("seeds, in order")
    axis.legend(fontsize=7)
    style.finish(axes)
    return figure


def learned_attractors(results: Results) -> Any:
    """Orbits, $x$ against $z$: Lorenz at $r=28$, beyond the data, and Rössler at $c=5$, inside. The true one, and the
    learned ones nearest to it, in the middle and farthest, by the distance of occupations over all seeds.
    """
    figure, axes = style.panels(8, width=1.9, height=1.7, columns=4)
    both = results.table("bifurcations.learned.lorenz_chaos"), results.table("bifurcations.learned.rossler_chaos")
    for row, table in enumerate(both):
        far, orbits, true = (array(table, name) for name in ("occupation", "orbits", "true orbit"))
        far = far if far.ndim == 1 else far[0]
        order = np.argsort(np.where(np.isfinite(far), far, np.inf))
        places = {"nearest": 0, "middle": len(order) // 2, "farthest": -1}
        shown = [("true", true), *[(name, orbits[order[place]]) for name, place in places.items()]]
        for axis, (name, path) in zip(axes[4 * row : 4 * row + 4], shown, strict=True):
            axis.plot(path[:, 0], path[:, 2], color="black" if name == "true" else style.COLOURS[row], linewidth=0.35)
            axis.set_title(name)
            axis.set_xlim(1.2 * true[:, 0].min(), 1.2 * true[:, 0].max())
            axis.set_ylim(min(0, true[:, 2].min()) - 1, 1.25 * true[:, 2].max())
            axis.tick_params(labelsize=6)
    axes[0].set_ylabel("$z$, Lorenz")
    axes[4].set_ylabel("$z$, Rössler")
    for axis in axes[4:]:
        axis.set_xlabel("$x$")
    style.finish(axes)
    return figure
