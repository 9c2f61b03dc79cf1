"""ReLU residuals, exactly: what a mask costs that differs between a state and the rebuilt one."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import strategies as st

from gronwall import identity, pick
from gronwall.theory.discretization.reversal import EULER, forward_states, reconstructed_states, reconstruction_bound_at
from gronwall.theory.discretization.reversal_gradients import (
    RELU,
    FlippedMasks,
    Gradients,
    backprop,
    memory_free,
    residual_of,
    vjp_of,
)
from systems.discretization.rational_perceptrons import eighths

TRAP = "Trap: ReLU residuals (own statement)"


def one_flip(depth: int, L: Fraction, C_f: Fraction, where: int) -> FlippedMasks:
    """The second unit flips in one layer alone."""
    return FlippedMasks(depth, L, C_f, frozenset({where % depth}))


def every_layer(depth: int, L: Fraction, C_f: Fraction) -> FlippedMasks:
    """The second unit flips in every layer."""
    return FlippedMasks(depth, L, C_f, frozenset(range(depth)))


DEPTHS = st.integers(16, 40)  # more than L(e^L − 1) for L <= 2, so that the first unit stays on
ONE = st.builds(one_flip, DEPTHS, eighths(16), eighths(16), st.integers(0, 39))
EVERY = st.builds(every_layer, DEPTHS, eighths(16), eighths(16))


def passes(instance: FlippedMasks):
    """The layers, the states, the rebuilt states, and the two gradients, in fractions."""
    layers = [instance.layer(n) for n in range(instance.depth)]
    f, vjp = residual_of(layers, RELU), vjp_of(layers, RELU)
    states = forward_states(EULER, f, instance.start(), instance.depth)
    rebuilt = reconstructed_states(EULER, f, states[-1], instance.depth)
    stored = backprop(EULER, f, vjp, states, instance.covector(), instance.depth)
    free = memory_free(EULER, f, vjp, states[-1], instance.covector(), instance.depth)
    return states, rebuilt, stored, free


def bias_errors(stored: Gradients, free: Gradients) -> list[Fraction]:
    """The errors of the gradient in the bias of the second unit, layer by layer."""
    return [(a.b - b.b)[1, 0] for a, b in zip(stored.weights, free.weights, strict=True)]


@identity(source="gronwall", ref=TRAP, over=ONE, examples=pick(quick=15, full=250))
def a_flipped_mask_costs_the_whole_gradient_of_its_bias(instance):
    r"""A unit that is on at $x_n$ and off at $\tilde x_n$: the gradient of its bias errs by exactly $1/N$, all it is.

    Two units a layer, rational weights: the first rebuilds u with the error e_n = C_f/N ((1 + L/N)^{N−n} − 1), the
    second is at e_n/2 above its kink at x_n, below it by the same at x̃_n, and flips in one layer alone.
    """
    states, rebuilt, stored, free = passes(instance)
    N, (flipped,) = instance.depth, instance.flips
    errors = [y[0, 0] - x[0, 0] for x, y in zip(states, rebuilt, strict=True)]
    as_built = [reconstruction_bound_at(n, N, instance.L, instance.C_f) for n in range(N + 1)]
    jumps = [Fraction(int(n == flipped), N) for n in range(N)]
    return errors + bias_errors(stored, free), as_built + jumps


@a_flipped_mask_costs_the_whole_gradient_of_its_bias.mutant("1/N², as for smooth activations")
def _(instance):
    left, right = a_flipped_mask_costs_the_whole_gradient_of_its_bias(instance)
    return left, right[: instance.depth + 1] + [e / instance.depth for e in right[instance.depth + 1 :]]


@a_flipped_mask_costs_the_whole_gradient_of_its_bias.mutant("the kink moved away from the two states")
def _(instance):
    away = FlippedMasks(instance.depth, instance.L, instance.C_f, frozenset())
    _, right = a_flipped_mask_costs_the_whole_gradient_of_its_bias(instance)
    states, rebuilt, stored, free = passes(away)
    return [y[0, 0] - x[0, 0] for x, y in zip(states, rebuilt, strict=True)] + bias_errors(stored, free), right


@identity(source="gronwall", ref=TRAP, over=EVERY, examples=pick(quick=15, full=250))
def masks_that_flip_in_every_layer_leave_an_error_that_depth_does_not_cure(instance):
    r"""If a unit flips in every layer, $\nabla_{x_0}$ errs by $\frac{1-(1-L/N)^N}L\to\frac{1-e^{-L}}L$, however deep.

    The same two units, with the kink always half way between x_n and x̃_n: the biases are smooth in depth up to O(1/N),
    the states are rebuilt with the error O(1/N), and yet ∇̃_x = (0, 1) at every depth.
    """
    *_, stored, free = passes(instance)
    N, L = instance.depth, instance.L
    exact = -(1 - (1 - L / N) ** N) / L
    return [stored.states[0][0, 0], free.states[0][0, 0]], [exact, Fraction(0)]


@masks_that_flip_in_every_layer_leave_an_error_that_depth_does_not_cure.mutant("the error falls like 1/N")
def _(instance):
    left, (exact, zero) = masks_that_flip_in_every_layer_leave_an_error_that_depth_does_not_cure(instance)
    return left, [exact / instance.depth, zero]


@masks_that_flip_in_every_layer_leave_an_error_that_depth_does_not_cure.mutant("the masks of the forward pass, kept")
def _(instance):
    left, right = masks_that_flip_in_every_layer_leave_an_error_that_depth_does_not_cure(instance)
    return [left[0], left[0]], right
