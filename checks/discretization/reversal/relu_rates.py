"""ReLU residuals: the rates of a memory-free gradient when masks flip, beside tanh."""

from __future__ import annotations

import numpy as np

from gronwall import pick, rate
from gronwall.theory.discretization.reversal import EULER
from gronwall.theory.discretization.reversal_gradients import RELU, TANH
from gronwall.theory.perceptrons import Layer
from systems.discretization import backwards

TRAP = "Trap: ReLU residuals (own statement)"
MANY = pick(quick=600, full=3000)


def networks(n: int, shared_rng, sigma, many: int) -> backwards.Deep:
    """Smooth networks, many of them: each unit crosses its kink in a few layers."""
    return backwards.deep("smooth", n, shared_rng, None, many=many, sigma=sigma, d=2, w=8)


def mean_error(net: backwards.Deep, of: str) -> float:
    """The mean over the networks of the worst layer's error (some networks have no flip at some depth)."""
    if of == "states":
        return float(np.mean(backwards.worst(*backwards.states_of(net, EULER))))
    stored, free = backwards.gradients_of(net, EULER)
    left, right = (stored.states, free.states) if of == "x" else (stored.weights, free.weights)
    return float(np.mean(backwards.worst(left, right)))


SWEEP = [32, 48, 64, 96, 128, 192, 256]
FINE = [32, 48, 64, 96, 128, 192, 256, 384, 512]


@rate(source="gronwall", ref=TRAP, order=1, at=SWEEP, within=0.1)
def relu_states_are_rebuilt_like_one_over_depth(n, shared_rng, log):
    r"""Smooth ReLU networks: the rebuilt states err like $1/N$, as with any Lipschitz residual."""
    error = mean_error(networks(n, shared_rng, RELU, 200), "states")
    log("reconstruction", x=n, measured=error, scheme="euler", of="states", weights="smooth", activation="relu")
    return error


relu_states_are_rebuilt_like_one_over_depth.mutant("order two", order=2)
relu_states_are_rebuilt_like_one_over_depth.mutant("order one half", order=0.5)


@rate(source="gronwall", ref=TRAP, order=1, at=FINE, seeds=3, within=0.15, cases=["x", "theta"], effort="full")
def relu_gradients_in_the_weights_err_like_one_over_depth(n, shared_rng, case, log):
    r"""Smooth ReLU networks: $\nabla_x$ and also $\nabla_\theta$ err like $1/N$, where smooth activations give $1/N^2$.

    The mean over 2000 networks.  A unit that crosses its kink is within O(1/N) of it in O(1) layers, at any depth, so
    the number of flipped masks stays (`the_number_of_flipped_masks_does_not_depend_on_the_depth`), and each costs its
    layer a gradient of size 1/N.
    """
    error = mean_error(networks(n, shared_rng, RELU, 2000), case)
    log("gradient", x=n, measured=error, scheme="euler", of=case, weights="smooth", activation="relu")
    return error


relu_gradients_in_the_weights_err_like_one_over_depth.mutant("order two, as with tanh", order=2)
relu_gradients_in_the_weights_err_like_one_over_depth.mutant("order one half", order=0.5)


@rate(source="gronwall", ref=TRAP, order=2, at=SWEEP, within=0.05)
def the_same_networks_with_tanh_keep_the_square(n, shared_rng, log):
    r"""The same weights with tanh instead of ReLU: $\nabla_\theta$ errs like $1/N^2$."""
    error = mean_error(networks(n, shared_rng, TANH, 50), "theta")
    log("gradient", x=n, measured=error, scheme="euler", of="theta", weights="smooth", activation="tanh")
    return error


@the_same_networks_with_tanh_keep_the_square.mutant("the gradient in the velocity N θ: a factor 1/N forgotten")
def _(n, shared_rng):
    return n * mean_error(networks(n, shared_rng, TANH, 50), "theta")


the_same_networks_with_tanh_keep_the_square.mutant("order one", order=1)


def flips(net: backwards.Deep) -> float:
    """How many units of a network are on at x_n and off at x̃_n, or the other way round, summed over the layers."""
    states, rebuilt = backwards.states_of(net, EULER)

    def on(layer: Layer, x):
        return layer.W @ x + layer.b > 0

    changed = [on(a, x) != on(a, y) for a, x, y in zip(net.layers, states, rebuilt, strict=False)]
    return float(np.sum(changed) / len(net.x0))


@rate(source="gronwall", ref=TRAP, order=0, at=SWEEP, direction="n", seeds=6, within=0.15)
def the_number_of_flipped_masks_does_not_depend_on_the_depth(n, shared_rng, effort, log):
    r"""The masks that differ between $x_n$ and $\tilde x_n$ are as many in a deep network as in a shallow one."""
    count = flips(networks(n, shared_rng, RELU, MANY.at(effort)))
    log("flips", x=n, measured=count)
    return count


the_number_of_flipped_masks_does_not_depend_on_the_depth.mutant("falls like 1/N", order=1)
the_number_of_flipped_masks_does_not_depend_on_the_depth.mutant("grows like N", order=-1)
