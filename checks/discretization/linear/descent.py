"""Descent from zero on the target of Figure 2: it trains below the step ‖B‖^(−2+2/N), and above it never settles."""

from __future__ import annotations

from functools import lru_cache
from itertools import islice

import numpy as np
from hypothesis import strategies as st

from gronwall import bound, pick
from gronwall.theory.discretization.linear import descent, loss, step_threshold
from systems.discretization.linear_networks import FIGURE_2

STEP = "Trap: too large a step (own statement)"
ONE = np.eye(2)


@lru_cache(maxsize=256)
def losses(share, depth, steps=500):
    """The losses of descent from zero on the target of Figure 2 with a step of share times the threshold."""
    path = descent(np.zeros((depth, 2, 2)), FIGURE_2, ONE, share * step_threshold(FIGURE_2, depth))
    seen = []
    for theta in islice(path, steps):
        seen.append(min(float(loss(theta, FIGURE_2, ONE)), 1e9))
        if not seen[-1] < 1e6:  # it diverges, and would overflow
            return np.array([*seen, *[1e9] * (steps - len(seen))])
    return np.array(seen)


DEPTHS = st.sampled_from([10, 20, 50])


@bound(source="gronwall", ref=STEP, over=st.tuples(st.floats(0.4, 0.95), DEPTHS), examples=pick(quick=4, full=150))
def below_the_threshold_figure_2_is_learned(instance, log):
    r"""From $\theta=0$ on the target of Figure 2 a step of 40 % to 95 % of $\|B\|^{-2+2/N}$ ends with $\ell\le10^{-9}$.

    After 500 steps.  Not sharp (10⁻¹³ and less where the step is larger): it says that descent trains.
    """
    seen = losses(*instance)
    for k in range(0, 500, 10):
        log("descent", x=k, measured=seen[k], label=f"step {instance[0]:g} of the threshold")
    return seen[-1], 1e-9


@below_the_threshold_figure_2_is_learned.witness
def _():
    return (0.95, 50)


@below_the_threshold_figure_2_is_learned.mutant("5 % above the threshold")
def _(instance):
    return losses(1.05, instance[1])[-1], 1e-9


@bound(source="gronwall", ref=STEP, over=st.tuples(st.floats(1.03, 3.0), DEPTHS), examples=pick(quick=4, full=150))
def above_the_threshold_descent_never_settles(instance, log):
    r"""From $\theta=0$ on the target of Figure 2 a step above $\|B\|^{-2+2/N}$ leaves a loss of at least $10^{-3}$.

    The largest of the last 100 of 500 steps: it oscillates, wanders or diverges, but no minimum holds it.  Not sharp:
    how large the loss stays depends on the step without a rule.
    """
    seen = losses(*instance)
    for k in range(0, 500, 10):
        log("descent", x=k, measured=seen[k], label=f"step {instance[0]:g} of the threshold")
    return 1e-3, seen[-100:].max()


@above_the_threshold_descent_never_settles.witness
def _():
    return (1.05, 50)


@above_the_threshold_descent_never_settles.mutant("10 % below it")
def _(instance):
    return 1e-3, losses(0.9, instance[1])[-100:].max()
