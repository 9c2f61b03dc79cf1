"""A trap: towards a normal target all layers stay equal, and nothing is tested."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import islice

import numpy as np
from hypothesis import strategies as st

from gronwall import identity, pick
from gronwall.theory.discretization.linear import descent

SYMMETRIC = "Trap: a symmetric target (own statement)"


@dataclass(frozen=True)
class Normal:
    """B = [[a, b], [b, c]] symmetric with Σ = I + B², or B = [[a, −b], [b, a]], a rotation, with Σ = I; exact."""

    kind: str
    a: Fraction
    b: Fraction
    c: Fraction
    depth: int
    step: Fraction

    def build(self):
        """B and Σ, which commute."""
        one = np.eye(2, dtype=int)
        if self.kind == "rotation":
            return np.array([[self.a, -self.b], [self.b, self.a]], dtype=object), one
        B = np.array([[self.a, self.b], [self.b, self.c]], dtype=object)
        return B, one + B @ B

    def trained(self, B, Sigma, steps=3):
        """The weights after 0 … steps steps of gradient descent from zero: (steps + 1) x N x 2 x 2."""
        start = np.full((self.depth, 2, 2), Fraction(0))
        return np.array(list(islice(descent(start, B, Sigma, self.step), steps + 1)))


PART = st.integers(-6, 6).map(lambda k: Fraction(k, 3))
NORMAL = st.builds(
    Normal, st.sampled_from(["symmetric", "rotation"]), PART, PART.filter(bool), PART, st.integers(2, 4),
    st.sampled_from([Fraction(1, 8), Fraction(1, 3)]),
)  # fmt: skip


def apart(instance, B, Sigma):
    """θ_{n+1} − θ_n after every step."""
    return np.diff(instance.trained(B, Sigma), axis=1)


@identity(source="gronwall", ref=SYMMETRIC, over=NORMAL, examples=pick(quick=20, full=300))
def a_normal_target_keeps_all_layers_equal(instance):
    r"""From $\theta=0$ towards a normal B ($BB^\top=B^\top B$) that commutes with Σ: $\theta_{n+1}-\theta_n=0$ exactly.

    After every step of gradient descent, in fractions: all layers are polynomials in B and Bᵀ, so they commute and
    Π_{>n}ᵀ E Σ Π_{<n}ᵀ does not depend on n.  Every check of smoothness in depth is then vacuous, for a rotation as
    for a symmetric target: that B is not symmetric is not enough.
    """
    return apart(instance, *instance.build()), 0


@a_normal_target_keeps_all_layers_equal.mutant("a target that is not normal")
def _(instance):
    B, Sigma = instance.build()
    return apart(instance, B + np.array([[0, 1], [0, 0]]), Sigma), 0


@a_normal_target_keeps_all_layers_equal.mutant("a covariance that does not commute with the target")
def _(instance):
    B, Sigma = instance.build()
    return apart(instance, B, Sigma + np.array([[1, 0], [0, 0]])), 0
