"""Figures of `adjoint`, poisson: an intensity learnt from events."""

from __future__ import annotations

from typing import Any

import numpy as np

from figures import style
from gronwall.telling.results import Results

__all__ = ["recovered_intensity"]

INTENSITY = "adjoint.poisson.intensity"


def recovered_intensity(results: Results) -> Any:
    """Intensity of a Poisson process from eight realisations: true, learnt by twelve seeds, and by a kernel."""
    found = results.table(INTENSITY)
    figure, (axis,) = style.panels(1, width=6.2, height=3.0)
    t, learnt = np.array(found.array("t")), np.array(found.array("intensity"))
    axis.plot(t, learnt.T, color=style.COLOURS[0], linewidth=0.6, alpha=0.35)
    axis.plot(
        t,
        np.median(learnt, axis=0),
        color=style.COLOURS[0],
        linewidth=1.8,
        label="latent equation, each seed and median",
    )
    axis.plot(t, found.array("kernel"), color=style.COLOURS[1], linestyle=style.DASHES[1], label="kernel, one seed")
    axis.plot(t, found.array("truth"), color=style.COLOURS[4], linestyle=style.DASHES[2], linewidth=1.8, label="true")
    events = np.array(found.array("events"))
    axis.plot(events, np.full_like(events, -0.5), "|", color="#404040", markersize=7, markeredgewidth=0.6,
              label="events of one seed")  # fmt: skip
    axis.set_xlabel("t")
    axis.set_ylabel("events per unit of time")
    axis.legend(fontsize=7.5)
    style.finish([axis])
    return figure
