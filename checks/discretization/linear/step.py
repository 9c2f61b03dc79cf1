"""How large a step gradient descent may take on a linear network: at most ‖B‖^(−2+2/N), whatever minimum it finds."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice

import numpy as np
from hypothesis import strategies as st

from gronwall import bound, identity, pick
from gronwall.theory.discretization.linear import (
    balanced,
    descent,
    layers,
    partial_products,
    product,
    sharpness,
    step_threshold,
)
from systems.discretization.linear_networks import FIGURE_2, rotation

STEP = "Trap: too large a step (own statement)"
ONE = np.eye(2)


@dataclass(frozen=True)
class Minimum:
    """A network and the target that it fits exactly: random layers, or balanced ones that are disturbed."""

    depth: int
    seed: int
    spread: float
    near: bool = False

    def build(self):
        """θ with Π = B, and B."""
        rng = np.random.default_rng(self.seed)
        theta = self.spread * rng.normal(size=(self.depth, 2, 2))
        if self.near:
            theta += balanced(rotation(rng.uniform(0, 3)) @ np.diag([1.5, rng.uniform(0.3, 1.4)]), self.depth)
        return theta, product(theta)


MINIMA = st.builds(Minimum, st.integers(2, 32), st.integers(0, 10**6), st.floats(0.01, 4.0), st.booleans())


@bound(
    source="gronwall",
    ref="Flattest minimum (own statement)",
    over=MINIMA,
    sharp=0.9999,
    examples=pick(quick=120, full=2000),
)
def no_minimum_is_flatter_than_the_balanced_one(instance):
    r"""At every minimum, $\Pi=B$ and $\Sigma=I$: $\frac N2\lambda_{\max}(\nabla^2\ell)\ge\|B\|^{2-2/N}$.

    Descent is stable for η below one over the left side only, so that no minimum is stable for η > ‖B‖^{−2+2/N}.
    Attained at a balanced minimum, the flattest; the witness is off by 10⁻³, so that rounding does not decide.
    """
    theta, B = instance.build()
    return 1 / step_threshold(B, instance.depth), sharpness(theta, ONE)


@no_minimum_is_flatter_than_the_balanced_one.witness
def _():
    return Minimum(8, 1, 1e-3, near=True)


@no_minimum_is_flatter_than_the_balanced_one.mutant("‖B‖²: the exponent of infinitely many layers")
def _(instance):
    theta, B = instance.build()
    return np.linalg.norm(B, 2) ** 2, sharpness(theta, ONE)


@no_minimum_is_flatter_than_the_balanced_one.mutant("whatever the target: 1")
def _(instance):
    return 1.0, sharpness(instance.build()[0], ONE)


@dataclass(frozen=True)
class Step:
    """A balanced minimum of the target of Figure 2 (or a random one), and a step of `share` times the threshold."""

    share: float
    depth: int
    seed: int = -1

    def target(self):
        return FIGURE_2 if self.seed < 0 else ONE + np.random.default_rng(self.seed).normal(size=(2, 2))


STEPS = st.builds(Step, st.floats(0.55, 1.3), st.integers(2, 40), st.integers(-1, 1000))


def multiplier(instance, threshold):
    """What two steps of descent make of a small error along the top singular vectors, as the factor of one step."""
    B = instance.target()
    theta = balanced(B, instance.depth)
    before, after, _ = partial_products(layers(theta))
    U, _, Vt = np.linalg.svd(B)
    push = np.swapaxes(after, 1, 2) @ np.outer(U[:, 0], Vt[0]) @ np.swapaxes(before, 1, 2)
    path = islice(descent(theta + 1e-6 * push, B, ONE, instance.share * threshold(B, instance.depth)), 3)
    first, second, third = (U[:, 0] @ (product(one) - B) @ Vt[0] for one in path)
    return np.array([second / first, third / second])


WHY = "second order in the disturbance, 1e-6 of layers whose products are at most 100"


@identity(source="gronwall", ref=STEP, over=STEPS, examples=pick(quick=40, full=400), tol=1e-4, why=WHY)
def descent_is_stable_exactly_below_the_threshold(instance):
    r"""At the balanced minimum a step $\eta=c\,\|B\|^{-2+2/N}$ multiplies the error by $1-2c$: stable for c < 1 only.

    Measured on two steps of descent from a disturbed minimum; c on both sides of 1.
    """
    return multiplier(instance, step_threshold), np.full(2, 1 - 2 * instance.share)


@descent_is_stable_exactly_below_the_threshold.mutant("a threshold that does not depend on B")
def _(instance):
    return multiplier(instance, lambda B, N: 1.0), np.full(2, 1 - 2 * instance.share)


@descent_is_stable_exactly_below_the_threshold.mutant("‖B‖^{−2}")
def _(instance):
    return multiplier(instance, lambda B, N: np.linalg.norm(B, 2) ** -2.0), np.full(2, 1 - 2 * instance.share)


@descent_is_stable_exactly_below_the_threshold.mutant("twice as far: stable up to 2/λ_max of ℓ/2")
def _(instance):
    return multiplier(instance, step_threshold), np.full(2, 1 - instance.share)
