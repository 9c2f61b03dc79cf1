"""Lorenz's system: its homoclinic orbit, and where the unstable manifold of the origin runs into a cycle."""

from __future__ import annotations

import numpy as np

from gronwall import identity
from gronwall.theory.bifurcations.connections import collocated, lorenz_homoclinic, unstable_branch
from gronwall.theory.bifurcations.cycles import lorenz_rA
from gronwall.theory.bifurcations.fields import BETA

SOURCE, REF = "vantegelen2025", "Lorenz as a whole"


@identity(
    source=SOURCE, ref=REF, tol=1e-9, why="bisected to 1e-10; the end of the collocated orbit lies 0.04 from rest"
)
def the_origin_is_joined_to_itself(log):
    r"""At $r=13.9265574\dots$ the unstable manifold of Lorenz's origin comes back to the origin.

    By bisection of the side to which it turns, against collocation of the whole orbit with r unknown.
    """
    r = lorenz_homoclinic()
    other = collocated("lorenz", r, 4.0)
    log("lorenz_homoclinic_r", x=1, measured=r, predicted=None, error=abs(r - other))
    return r, other


@the_origin_is_joined_to_itself.mutant("where the images turn")
def _():
    return lorenz_homoclinic(width=1e-4), 470 / 19


@the_origin_is_joined_to_itself.mutant("where the images begin to spiral")
def _():
    """λ³ + c₁λ² + c₂λ + c₃ has a double root at r = 1.3456…"""
    return lorenz_homoclinic(width=1e-4), 1.3456


def stays(r):
    """Does the branch of W^u(0) spiral into the image on the other side: 1, or come back over x = 0: 0?"""
    q = np.sqrt(float(BETA) * (r - 1))
    return float(unstable_branch(r, stop_near=np.array([-q, -q, r - 1]), closer=1.0, time=1500.0))


@identity(source=SOURCE, ref=REF, effort="full")
def beyond_r_a_the_origin_feeds_the_attractor(log):
    r"""At $r_A=24.0579\dots$ the unstable manifold of the origin runs into the cycle around the other image.

    By the gap along the left eigenvector of the cycle; followed for itself, the branch ends in the image 10⁻⁴ below
    that value and comes back 10⁻⁴ above it.  Between r_A and r_H = 24.7368 images and attractor attract side by side.
    """
    r = lorenz_rA()
    log("lorenz_rA", x=1, measured=r, predicted=None, error=abs(r - lorenz_rA(returns=3, offset=1e-5)))
    return np.array([stays(r - 1e-4), stays(r + 1e-4)]), np.array([1.0, 0.0])


@beyond_r_a_the_origin_feeds_the_attractor.mutant("at r_H")
def _():
    return np.array([stays(470 / 19 - 0.01), stays(470 / 19 + 0.01)]), np.array([1.0, 0.0])


@beyond_r_a_the_origin_feeds_the_attractor.mutant("at 24")
def _():
    return np.array([stays(23.99), stays(24.01)]), np.array([1.0, 0.0])
