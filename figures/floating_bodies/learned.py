"""Figures of learned bodies: errors by structure, the flow that was found, rates and masses."""

from __future__ import annotations

from typing import Any

import numpy as np

from figures import style
from gronwall.telling.results import Results

__all__ = ["learned_errors", "learned_flow", "learned_phase", "learned_rates"]

BODIES = "floating_bodies.learned.bodies"
KINDS = ("neural ODE", "second order", "drag, free flow", "FHNN", "HNN", "D-HNN", "LNN")
CAPS = 1e3
"""Where a path that has left everything is drawn."""


def learned_errors(results: Results) -> Any:
    """Mean square error of paths of test bodies against time, medians over eight seeds, and its mean over 8 s, one mark
    a seed: the ladder from a neural ODE to the whole structure, and three structures that do not fit.
    """
    table = results.table(BODIES)
    figure, axes = style.panels(2, width=3.8, height=3.0)
    for place, kind in enumerate(KINDS):
        seconds = np.array(table.array("seconds", kind=kind, world="vortex"), dtype=float)
        look = style.look(place)
        axes[0].plot(np.arange(1, 9), np.minimum(np.median(seconds[:, 1:], axis=0), CAPS), label=kind, **look)
        look["linestyle"] = "none"
        long = np.minimum(seconds[:, 1:].mean(axis=1), CAPS)
        axes[1].plot(long, np.full(len(long), -place), **{**look, "markersize": 4, "alpha": 0.6})
        axes[1].plot(np.median(long), -place, **{**look, "markersize": 8, "markerfacecolor": "none"})
    axes[0].set_yscale("log")
    axes[0].set_xlabel("seconds")
    axes[0].set_ylabel("mean square error")
    axes[0].set_title("along the path")
    axes[1].set_xscale("log")
    axes[1].set_xlabel("mean square error over 8 s")
    axes[1].set_yticks([-k for k in range(len(KINDS))], KINDS)
    axes[1].set_title("one mark a seed")
    style.finish(axes)
    return figure


def learned_flow(results: Results) -> Any:
    """The flow that FHNN found in three worlds, streamlines over the size of its error, with four test paths: true
    (grey) and learned (blue). In the sink, which no streamfunction has, the error is as large as the sink.
    """
    table = results.table(BODIES)
    grid = np.linspace(-2.5, 2.5, 21)
    x, y = np.meshgrid(grid, grid, indexing="xy")
    figure, axes = style.panels(3, width=2.6, height=2.7)
    for axis, world in zip(axes, ("vortex", "cellular", "sink"), strict=True):
        u = np.array(table.array("map", kind="FHNN", world=world), dtype=float)
        true = flow(world, x, y)
        off = np.linalg.norm(u - true, axis=-1)
        seen = axis.pcolormesh(x, y, off, cmap="Reds", shading="gouraud", vmin=0, vmax=0.3)
        axis.streamplot(x, y, u[..., 0], u[..., 1], color="#404040", linewidth=0.6, arrowsize=0.6, density=0.8)
        for key, look in (("true", {"color": "#9a9a9a", "linewidth": 2.6}), ("paths", {"color": style.COLOURS[0]})):
            for path in np.array(table.array(key, kind="FHNN", world=world), dtype=float):
                axis.plot(path[:, 0], path[:, 1], **look)
        axis.set_xlim(-2.5, 2.5)
        axis.set_ylim(-2.5, 2.5)
        axis.set_aspect("equal")
        axis.set_title(world)
        axis.set_xlabel("x, m")
    axes[0].set_ylabel("y, m")
    figure.colorbar(seen, ax=axes, label="error of the flow, m/s", shrink=0.8)
    return figure


def flow(world: str, x: Any, y: Any) -> Any:
    """The flows that were simulated, to be drawn beside."""
    if world == "cellular":
        return 0.3 * np.stack([-np.sin(x) * np.cos(y), np.cos(x) * np.sin(y)], axis=-1)
    turned = 0.2 * np.stack([-y, x], axis=-1)
    return turned - 0.1 * np.stack([x, y], axis=-1) if world == "sink" else turned


def learned_rates(results: Results) -> Any:
    """Left: the rate of drag that FHNN found in the vortex at (1.5, 0), eight seeds over the true one. Right: the mean
    masses along both axes, one mark a seed, without and with a known force, and the true ones.
    """
    table = results.table(BODIES)
    speeds = np.linspace(0.02, 1.2, 60)[::3]
    figure, axes = style.panels(2, width=3.8, height=2.9)
    curves = np.array(table.array("curves", kind="FHNN", world="vortex"), dtype=float)
    true = (400 * speeds + 5) / (130 + 10 * np.tanh(0.2 * speeds))
    axes[0].plot(speeds, true, color="#bdbdbd", linewidth=4, label="true")
    for place, curve in enumerate(curves[..., 0]):
        axes[0].plot(speeds, curve, color=style.COLOURS[0], linewidth=0.9, label="learned" if not place else None)
    axes[0].set_xlabel("speed in the water, m/s")
    axes[0].set_ylabel("rate of drag, 1/s")
    axes[0].set_title("what is identified")
    for place, (world, label) in enumerate((("cellular", "no force known"), ("moored", "a known force"))):
        masses = np.array(table.array("mean masses", kind="FHNN", world=world), dtype=float)
        look = {**style.look(place), "linestyle": "none"}
        axes[1].plot(masses[:, 0], masses[:, 1], label=label, **look)
    axes[1].plot([120], [145], marker="+", markersize=13, color="#000000", linestyle="none", label="true")
    axes[1].set_xlabel("mass along x, kg")
    axes[1].set_ylabel("mass along y, kg")
    axes[1].set_title("what is not")
    for axis in axes:
        axis.legend(fontsize=7.5)
    style.finish(axes)
    return figure


def learned_phase(results: Results) -> Any:
    """A test body of the vortex: left, its motion along x (place and velocity), true (grey) and by four models; right, its
    kinetic energy a mass against time. The flow takes energy and gives it; a Hamiltonian field does neither as it should.
    """  # noqa: E501
    table = results.table(BODIES)
    figure, axes = style.panels(2, width=3.8, height=2.9)
    true = np.array(table.array("true", kind="FHNN", world="vortex"), dtype=float)[1]
    seconds = np.linspace(0, 8, len(true))
    for axis, across, up in ((axes[0], true[:, 0], true[:, 2]), (axes[1], seconds, energy(true))):
        axis.plot(across, up, color="#bdbdbd", linewidth=4, label="true")
    for place, kind in enumerate(("FHNN", "neural ODE", "D-HNN", "HNN")):
        path = np.array(table.array("paths", kind=kind, world="vortex"), dtype=float)[1]
        look = {**style.look(place), "marker": ""}
        axes[0].plot(path[:, 0], path[:, 2], label=kind, **look)
        axes[1].plot(seconds, energy(path), label=kind, **look)
    low, high = true.min(axis=0), true.max(axis=0)
    room = 0.4 * (high - low)
    axes[0].set_xlim(low[0] - room[0], high[0] + room[0])
    axes[0].set_ylim(low[2] - room[2], high[2] + room[2])
    axes[0].set_xlabel("x, m")
    axes[0].set_ylabel("velocity along x, m/s")
    axes[1].set_ylim(0, 1.5 * energy(true).max())
    axes[1].set_xlabel("seconds")
    axes[1].set_ylabel("kinetic energy a mass, m²/s²")
    axes[1].legend(fontsize=7.5)
    style.finish(axes)
    return figure


def energy(path: Any) -> Any:
    """|v|²/2 along a path."""
    return (path[:, 2] ** 2 + path[:, 3] ** 2) / 2
