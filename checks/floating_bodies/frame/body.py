"""The frame of the body: energy, impulses that are kept, and the added masses of an ellipse."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cache

import numpy as np
import sympy as sp
from hypothesis import strategies as st

from gronwall import identity, pick
from gronwall.domains import rationals
from gronwall.theory.floating_bodies.frame import coriolis, ellipse_added_masses, motion

SOURCE, REF = "zhang2025", "Body frame"
NUMBER = rationals(-2, 2, 6)
MASS = rationals("1/4", 4, 6)
TRIPLE = st.tuples(NUMBER, NUMBER, NUMBER)


@dataclass(frozen=True)
class Moving:
    """ν, M, D and τ."""

    nu: tuple[Fraction, ...]
    masses: tuple[Fraction, ...]
    damping: tuple[tuple[Fraction, ...], ...]
    tau: tuple[Fraction, ...]

    def power(self, change=motion):
        """Σ m_i ν_i ν_i'."""
        slopes = change(self.nu, self.masses, self.damping, self.tau)
        return sum(m * n * d for m, n, d in zip(self.masses, self.nu, slopes, strict=True))

    def given(self, with_damping=True):
        """νᵀτ − νᵀDν."""
        lost = sum(
            a * d * b for a, row in zip(self.nu, self.damping, strict=True) for d, b in zip(row, self.nu, strict=True)
        )
        return sum(n * t for n, t in zip(self.nu, self.tau, strict=True)) - lost * with_damping


MOVING = st.builds(Moving, TRIPLE, st.tuples(MASS, MASS, MASS), st.tuples(TRIPLE, TRIPLE, TRIPLE), TRIPLE)


@identity(source=SOURCE, ref=REF, over=MOVING, examples=pick(quick=60, full=400))
def coriolis_terms_do_no_work(instance):
    r"""$\frac{d}{dt}\frac12\nu^TM\nu=\nu^T\tau-\nu^TD\nu$ in still water: added masses that differ take no power."""
    return instance.power(), instance.given()


@coriolis_terms_do_no_work.mutant("without damping")
def _(instance):
    return instance.power(), instance.given(with_damping=False)


@coriolis_terms_do_no_work.mutant("with Coriolis terms of one sign")
def _(instance):
    def one_sign(nu, masses, damping, tau):
        turned = [abs(value) for value in coriolis(nu, masses)]
        plain = motion(nu, masses, damping, tau)
        return [a + (c - d) / m for a, c, d, m in zip(plain, coriolis(nu, masses), turned, masses, strict=True)]

    return instance.power(one_sign), instance.given()


# ---------------------------------------------------------------- impulses

m1, m2, inertia = sp.symbols("m_1 m_2 I", positive=True)
u, v, r, theta, px, py = sp.symbols("u v r theta x y", real=True)
NOTHING = ((0, 0, 0),) * 3


def kept(munk=True, masses=None):
    """The rates of both linear impulses and of the angular one along a free motion, by the chain rule."""
    a, b, c = masses or (m1, m2, inertia)
    linear = sp.Matrix([
        sp.cos(theta) * a * u - sp.sin(theta) * b * v, sp.sin(theta) * a * u + sp.cos(theta) * b * v
    ])  # fmt: skip
    angular = c * r + px * linear[1] - py * linear[0]
    slopes = motion((u, v, r), (m1, m2, inertia), NOTHING, (0, 0, 0))
    if not munk:
        slopes[2] = sp.Integer(0)
    ways = [sp.cos(theta) * u - sp.sin(theta) * v, sp.sin(theta) * u + sp.cos(theta) * v]
    rates = sp.Matrix([*linear, angular]).jacobian([u, v, r, theta, px, py]) * sp.Matrix([*slopes, r, *ways])
    return rates.applyfunc(sp.simplify)


@identity(source=SOURCE, ref=REF)
def impulses_are_kept_in_the_frame_of_the_water():
    r"""$R(\theta)(m_1u,m_2v)$ and $Ir+x\times R(\theta)(m_1u,m_2v)$ are constant without force and damping.

    Though neither (u, v) nor r is: the moment (m₂ − m₁)uv turns a body that glides aslant.
    """
    return kept(), sp.zeros(3, 1)


@impulses_are_kept_in_the_frame_of_the_water.mutant("without the moment of two masses")
def _():
    return kept(munk=False), sp.zeros(3, 1)


@impulses_are_kept_in_the_frame_of_the_water.mutant("with one mass for both axes in the impulse")
def _():
    return kept(masses=(m1, m1, inertia)), sp.zeros(3, 1)


# ---------------------------------------------------------------- a current

cx, cy = sp.symbols("c_x c_y", real=True)
t_1, t_2, t_3, d_1, d_2, d_3 = sp.symbols("t_1 t_2 t_3 d_1 d_2 d_3", real=True)
DAMPING = ((d_1, 0, 0), (0, d_2, 0), (0, 0, d_3))


def in_a_current():
    """ν_r' of the motion over ground with damping by ν_r alone, less what it is in still water.

    c = (c_x, c_y): the current in the frame of the body, (Rᵀc)' = (r c_y, −r c_x).
    """
    through = (u - cx, v - cy, r)
    still = motion(through, (m1, m2, inertia), DAMPING, (t_1, t_2, t_3))
    damped = [t - d * w for t, d, w in zip((t_1, t_2, t_3), (d_1, d_2, d_3), through, strict=True)]
    over_ground = motion((u, v, r), (m1, m2, inertia), NOTHING, damped)
    turning = (r * cy, -r * cx, 0)
    return sp.Matrix([sp.simplify(a - b - c) for a, b, c in zip(over_ground, turning, still, strict=True)])


def left_over(sign=1):
    """(m₂ − m₁)(r c_y, r c_x, u_r v_r − uv)/M."""
    gap = m1 - m2
    return sp.Matrix([
        -sign * gap * r * cy / m1, -sign * gap * r * cx / m2, sign * gap * (u * v - (u - cx) * (v - cy)) / inertia
    ])  # fmt: skip


@identity(source=SOURCE, ref=REF)
def a_current_moves_a_body_by_more_than_its_damping():
    r"""Damping by $\nu_r=\nu-R^Tc$ with Coriolis terms over ground adds $(m_2-m_1)M^{-1}(rc_y,rc_x,u_rv_r-uv)$ that is not there.

    A uniform current is still water seen from a moving frame; with two masses the equation is so only if Coriolis terms and
    inertia are those of the motion through the water.
    """  # noqa: E501
    return in_a_current(), left_over().applyfunc(sp.simplify)


@a_current_moves_a_body_by_more_than_its_damping.mutant("nothing is missed")
def _():
    return in_a_current(), sp.zeros(3, 1)


@a_current_moves_a_body_by_more_than_its_damping.mutant("with the other sign")
def _():
    return in_a_current(), left_over(-1).applyfunc(sp.simplify)


# ---------------------------------------------------------------- the ellipse


@cache
def added_masses(a, b, density=1.0, sources=140, points=420):
    """−ρ∮φ ∂φ/∂n ds around an ellipse for its three unit motions, φ by sources on a smaller confocal ellipse.

    Harmonic outside; ∂φ/∂n = n_x, n_y, x n_y − y n_x on it.
    """
    turn = 2 * np.pi * (np.arange(points) + 0.5) / points
    place = np.stack([a * np.cos(turn), b * np.sin(turn)], axis=1)
    normal = np.stack([b * np.cos(turn), a * np.sin(turn)], axis=1)
    length = np.linalg.norm(normal, axis=1)
    normal, ds = normal / length[:, None], length * 2 * np.pi / points
    focus2, inner = a * a - b * b, b / 4
    at = 2 * np.pi * np.arange(sources) / sources
    inside = np.stack([np.sqrt(focus2 + inner**2) * np.cos(at), inner * np.sin(at)], axis=1)
    away = place[:, None] - inside[None]
    r2 = np.square(away).sum(axis=2)
    value, slope = np.log(r2) / 2, (away * normal[:, None]).sum(axis=2) / r2
    value, slope = value[:, 1:] - value[:, :1], slope[:, 1:] - slope[:, :1]  # no net source
    motions = np.stack([normal[:, 0], normal[:, 1], place[:, 0] * normal[:, 1] - place[:, 1] * normal[:, 0]], axis=1)
    strength = np.linalg.lstsq(slope, motions, rcond=1e-14)[0]
    phi = value @ strength
    return -density * (phi * motions * ds[:, None]).sum(axis=0)


ELLIPSES = st.tuples(rationals(1, 2, 6), rationals("1/2", "9/10", 10))


@identity(source=SOURCE, ref=REF, over=ELLIPSES, tol=1e-7, why="140 sources", examples=pick(quick=20, full=100))
def an_ellipse_has_these_added_masses(instance):
    r"""$\rho\pi b^2$ along its axis $a$, $\rho\pi a^2$ across, $\frac{\rho\pi}8(a^2-b^2)^2$ about its centre.

    By the kinetic energy of the potential flow around it, −ρ∮φ ∂φ/∂n ds, with φ by sources inside.
    """
    a, b = map(float, instance)
    return added_masses(a, b), np.array(ellipse_added_masses(a, b, 1.0, np.pi))


@an_ellipse_has_these_added_masses.mutant("the mass of the water it displaces")
def _(instance):
    a, b = map(float, instance)
    return added_masses(a, b), np.array([np.pi * a * b, np.pi * a * b, ellipse_added_masses(a, b, 1.0, np.pi)[2]])


@an_ellipse_has_these_added_masses.mutant("along and across exchanged")
def _(instance):
    a, b = map(float, instance)
    return added_masses(a, b), np.array(ellipse_added_masses(b, a, 1.0, np.pi))
