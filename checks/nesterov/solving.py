"""How the layer is solved: the procedure of the appendix, and what the released function integrates in its place."""

from __future__ import annotations

from functools import cache

import numpy as np
import sympy as sp

from gronwall import identity
from theory.nesterov import (
    exact_force,
    from_rewritten,
    gate,
    nesterov_field,
    released_field,
    rewritten_field,
    solve,
    to_rewritten,
)

CASES = {"exact force": "exact", "f = 2h": "network"}
H0, V0, LAMBDA = 1.0, 0.3, 2.0
TIMES = np.linspace(1.0, 2.0, 21)


def force(case):
    """The exact force of (12) for ∇F = 2h, or the force 2h as a network of (14) would be one."""
    return exact_force(lambda h: LAMBDA * h) if case == "exact" else (lambda h, t: LAMBDA * h)


@cache
def by_the_paper(case, convert=True):
    """h on [1, 2] through (x, m): x' = m, m' = −m − f(kx, t), h = kx."""
    x0, m0 = to_rewritten(H0, V0, 1.0) if convert else (H0, V0)
    x, m = solve(rewritten_field(force(case)), x0, m0, TIMES)
    return from_rewritten(x[:, 0], m[:, 0], TIMES)[0]


@cache
def in_features(case):
    """h on [1, 2] by the equation for h that (14) is: h'' + (3/t)h' + k f − c h = 0, or (10) for the exact force."""
    if case == "exact":
        return solve(nesterov_field(lambda h, t: LAMBDA * h), H0, V0, TIMES)[0][:, 0]
    return solve(nesterov_field(lambda h, t: (gate(t) * LAMBDA - (0.25 - 0.75 / t**2)) * h), H0, V0, TIMES)[0][:, 0]


@cache
def by_the_released_code(case):
    """k(T) z_1(T) with the state read as (h, h') and the derivative returned as (x', m')."""
    z1, _ = solve(released_field(force(case)), H0, V0, TIMES)
    return gate(TIMES) * z1[:, 0]


CODE = "Released code, NesterovNODE.forward"
FINE = "DOP853 at 1e-13 on one unit of time, and its error constants"


@identity(source="nguyen2022", ref=CODE, cases=CASES, tol=1e-10, why=FINE)
def the_rewritten_layer_is_nesterovs(case, log):
    r"""$h=kx$ from $x'=m$, $m'=-m-f(kx,t)$ and converted data solves Nesterov's equation for $h$; reading the state as $(h,h')$ does not.

    On [1, 2] with h_0 = 1, h_0' = 0.3: h(2) = 0.5916 with the exact force for λ = 2.  The function released as
    `NesterovNODE.forward` reads its state as (h, h'), returns (x', m'), and its first half is multiplied by k(T).
    """
    for t, own, code in zip(TIMES, by_the_paper(case), by_the_released_code(case), strict=True):
        log("one layer", x=t, measured=own, system="paper (13)–(14)", force=case)
        log("one layer", x=t, measured=code, system="released code", force=case)
    return by_the_paper(case), in_features(case)


@the_rewritten_layer_is_nesterovs.printed("the released function solves (13)–(14): read in base.py of the repository")
def _(case):
    return by_the_released_code(case), in_features(case)


@the_rewritten_layer_is_nesterovs.mutant("x_0 = h_0, m_0 = h_0' without conversion")
def _(case):
    return by_the_paper(case, convert=False), in_features(case)


t = sp.Symbol("t", positive=True)
z = sp.Function("z")(t)


def second_order(damping, spring):
    """z_1'' of the released system, and −damping z_1' − spring with f a symbol."""
    f = sp.Function("f")(t)
    z2 = sp.Function("w")(t)
    m, dm = released_field(lambda h, s: f)(z, z2, t)
    momentum = sp.Symbol("m")  # z' = m: solved for z2
    value = sp.solve(sp.Eq(m, momentum), z2)[0]
    left = m.diff(t).subs(z2.diff(t), dm).subs(z.diff(t), momentum).subs(z2, value)
    plain = {z: sp.Symbol("z"), f: sp.Symbol("f")}
    right = -damping * momentum - spring(z, f)
    return sp.simplify(left.subs(plain)), sp.simplify(right.subs(plain))


def slope_over():
    """3/(2t) − 1/2."""
    return sp.Rational(3, 2) / t - sp.Rational(1, 2)


@identity(source="nguyen2022", ref=CODE)
def the_released_function_has_a_damping_of_its_own():
    r"""The released function integrates $z''=(g+\frac{g-1}k)z'-\frac1k(\frac3{2t^2}z+f)$, $g=\frac3{2t}-\frac12$, for its first half.

    At late times the damping tends to 1/2 and the force to 0, since 1/k does: growth is that of the output's factor
    k(T), and no longer sees the network.  σ = id, ξ = 0.
    """
    g, k = slope_over(), gate(t)
    return second_order(-(g + (g - 1) / k), lambda y, f: (sp.Rational(3, 2) / t**2 * y + f) / k)


@the_released_function_has_a_damping_of_its_own.mutant("(13): unit damping and the force")
def _():
    return second_order(1, lambda y, f: f)


@the_released_function_has_a_damping_of_its_own.mutant("(10): damping 3/t")
def _():
    return second_order(3 / t, lambda y, f: f)
