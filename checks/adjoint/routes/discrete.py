"""The adjoint of a scheme: its gradient exactly, for any tableau, and the scheme that the covectors follow."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import sympy as sp
import torch

from gronwall import identity
from gronwall.theory.adjoint import discrete as da
from gronwall.theory.adjoint.continuous import Clocked
from gronwall.theory.arithmetic import components
from gronwall.theory.runge_kutta import SCHEMES, Z, implicit_step, integrate, stability_function
from systems.adjoint.schemes import EXPLICIT, INVERTIBLE, field, pulled, with_tangents

OWN = "Discrete adjoint (own statement)"
THETA, STEPS = Fraction(2, 3), 2
START = np.array([Fraction(1, 2), Fraction(-1, 3)], dtype=object)
G = np.array([Fraction(1), Fraction(-3, 4)], dtype=object)
LENGTH = Fraction(1, 2)


def backwards(tableau, vjp=None):
    """(dL/dz_0, dL/dθ) of L = g z_n through two steps, in fractions."""
    f, vjp = field(THETA), vjp or pulled(THETA)
    found = da.stored(tableau, da.Problem(f, vjp, Fraction(0), LENGTH, START, lambda t, z: G), STEPS)
    return [*components(found.state), found.theta]


def forwards(tableau):
    """The same by tangents: g v for v(0) = e_1, e_2, and g w for w(0) = 0."""
    f, rows = with_tangents(THETA), []
    for v in ((1, 0), (0, 1)):
        start = np.array([*START, *map(Fraction, (*v, 0, 0))], dtype=object)
        end = integrate(tableau, f, Fraction(0), LENGTH, start, STEPS)
        rows.append((end[2:4], end[4:6]))
    return [sum(G * rows[0][0]), sum(G * rows[1][0]), sum(G * rows[0][1])]


@identity(source="gronwall", ref=OWN, cases=EXPLICIT)
def the_pulled_back_step_is_the_derivative_of_the_scheme(case):
    r"""$\kappa_i=hb_ig+h\sum_ja_{ji}J_j^\top\kappa_j$ gives the exact gradient of $n$ steps of a scheme, in fractions.

    Two steps on a quadratic field that depends on time.  The second route is the scheme itself on the variational
    equation: a Runge–Kutta step commutes with differentiation.
    """
    return backwards(case), forwards(case)


@the_pulled_back_step_is_the_derivative_of_the_scheme.mutant("the adjoint of Euler (of Heun, for Euler)")
def _(case):
    other = SCHEMES["euler" if case.name != "explicit Euler" else "heun"]
    return backwards(other), forwards(case)


@the_pulled_back_step_is_the_derivative_of_the_scheme.mutant("Jacobians a quarter of the time too late")
def _(case):
    at = pulled(THETA)
    return backwards(case, lambda t, z, kappa: at(t + LENGTH / 4, z, kappa)), forwards(case)


# ---------------------------------------------------------------- floats, and implicit schemes

SMOOTH = Clocked.random(3, 5, 7)
Z0, END = np.array([0.3, -0.8, 0.5]), 1.5


def loss(t, z):
    """The covector of L = Σ z + |z|²/2."""
    return 1 + z


PROBLEM = da.Problem(SMOOTH, SMOOTH.vjp, 0.0, END, Z0, loss)


@identity(source="gronwall", ref=OWN, cases=EXPLICIT, ops=20 * 7)
def the_discrete_adjoint_is_automatic_differentiation_to_rounding(case):
    r"""20 steps of a neural ODE: the discrete adjoint and torch's autograd agree to rounding, for every tableau.

    The tolerance counts the stages along the chain: 20 steps of at most 7.
    """
    found = da.stored(case, PROBLEM, 20)
    z0, theta = (torch.tensor(part, requires_grad=True) for part in (Z0, SMOOTH.flat()))
    z = integrate(case, SMOOTH.like(theta), 0.0, END, z0, 20)
    gradients = torch.autograd.grad(z.sum() + (z**2).sum() / 2, (z0, theta))
    return np.concatenate([found.state, found.theta]), np.concatenate([g.numpy() for g in gradients])


@the_discrete_adjoint_is_automatic_differentiation_to_rounding.mutant("the continuous adjoint by the same scheme")
def _(case):
    found = da.continuous(case, PROBLEM, 20)
    return np.concatenate([found.state, found.theta]), the_discrete_adjoint_is_automatic_differentiation_to_rounding(
        case
    )[1]


IMPLICIT = {name: tableau for name, tableau in SCHEMES.items() if not tableau.is_explicit}


def jacobian(t, z):
    """∂_z f, d x d."""
    return np.stack([SMOOTH.tangent(t, z, e) for e in np.eye(3)], axis=1)


def weight_jacobian(t, z):
    """∂_θ f, d x parameters."""
    return np.stack([SMOOTH.vjp(t, z, e)[1] for e in np.eye(3)])


def stages(tableau, t, z, h):
    """The stage values of an implicit step by fixed-point iteration to rounding."""
    A = np.array(tableau.A, dtype=float)
    c = np.array(tableau.c, dtype=float)
    k = np.tile(SMOOTH(t, z), (tableau.stages, 1))
    for _ in range(60):
        k = np.stack([SMOOTH(t + c[i] * h, z + h * (A[i] @ k)) for i in range(tableau.stages)])
    return [t + c_i * h for c_i in c], [z + h * (a_i @ k) for a_i in A]


@identity(source="gronwall", ref=OWN, cases=IMPLICIT, tol=2e-9, why="central differences of Newton steps, h = 2^-17")
def an_implicit_step_is_pulled_back_by_one_linear_system(case):
    r"""$\kappa_i-h\sum_ja_{ji}J_j^\top\kappa_j=hb_ig$: a gradient through an implicit step, without Newton."""
    J, F, g = linearized(case)
    return np.concatenate(da.implicit_pull(case, J, F, H, g)), differences(case, g)


H = 0.3


def linearized(tableau):
    """J_i and F_i at the stages of the first step, and a covector."""
    times, points = stages(tableau, 0.0, Z0, H)
    J = [jacobian(t, z) for t, z in zip(times, points, strict=True)]
    return J, [weight_jacobian(t, z) for t, z in zip(times, points, strict=True)], np.array([1.0, -0.5, 2.0])


def differences(tableau, g, eps=2.0**-17):
    """g·∂Φ/∂(z, θ) by central differences."""
    both = np.concatenate([Z0, SMOOTH.flat()])

    def value(x):
        return g @ implicit_step(tableau, SMOOTH.like(x[3:]), 0.0, x[:3], H)

    return np.array([(value(both + eps * e) - value(both - eps * e)) / (2 * eps) for e in np.eye(both.size)])


@an_implicit_step_is_pulled_back_by_one_linear_system.mutant("κ = h b_i g: the stages as if they were explicit")
def _(case):
    zero = (Fraction(0),) * case.stages
    J, F, g = linearized(case)
    return np.concatenate(da.implicit_pull(replace(case, A=(zero,) * case.stages, c=zero), J, F, H, g)), differences(
        case, g
    )


# ---------------------------------------------------------------- the covectors follow a scheme


def pair(tableau, hat):
    """b_i â_ij + b_j a_ji − b_i b_j for all i, j."""
    A, b, s = tableau.A, tableau.b, range(tableau.stages)
    return [sp.nsimplify(sp.expand(b[i] * hat[i][j] + b[j] * A[j][i] - b[i] * b[j])) for i in s for j in s]


@identity(source="gronwall", ref=OWN, cases=INVERTIBLE)
def scheme_and_covectors_are_a_symplectic_pair(case):
    r"""$b_i\hat a_{ij}+b_ja_{ji}=b_ib_j$ and $\hat R(-z)R(z)=1$: the pairing of covectors and tangents is kept exactly.

    R̂ is the stability function of the covectors' own scheme, which steps forwards: p_{k+1} = R̂(−hAᵀ)p_k undoes R(hAᵀ).
    """
    hat = da.adjoint_tableau(case)
    product = stability_function(hat).subs(Z, -Z) * stability_function(case)
    return sp.Matrix([*pair(case, hat.A), sp.cancel(sp.expand(sp.radsimp(product)))]), sp.Matrix(
        [0] * case.stages**2 + [1]
    )


@scheme_and_covectors_are_a_symplectic_pair.mutant("R̂(z)R(z) = 1")
def _(case):
    hat = da.adjoint_tableau(case)
    product = stability_function(hat) * stability_function(case)
    return sp.Matrix([*pair(case, hat.A), sp.cancel(product.subs(Z, sp.Rational(1, 3)))]), sp.Matrix(
        [0] * case.stages**2 + [1]
    )


FOLLOWED = {name: tableau for name, tableau in EXPLICIT.items() if name in INVERTIBLE}
UNITS = [np.array([Fraction(int(i == j)) for i in range(2)], dtype=object) for j in range(2)]


def followed(tableau, hat):
    """p_0 − h Σ b_i J_iᵀ Λ_i, Λ_i = p_0 − h Σ_j â_ij J_jᵀ Λ_j, from the covector p_0 that `pull` gives."""
    f, vjp, h, s = field(THETA), pulled(THETA), LENGTH, range(tableau.stages)
    Y, k = [], []
    for a_i, c_i in zip(tableau.A, tableau.c, strict=True):
        Y.append(START + h * sum((a * k_j for a, k_j in zip(a_i, k, strict=False)), 0 * START))
        k.append(f(c_i * h, Y[-1]))
    columns = [[components(vjp(c_i * h, y, e)[0]) for e in UNITS] for c_i, y in zip(tableau.c, Y, strict=True)]
    JT = [sp.Matrix([list(column) for column in of_stage]).T for of_stage in columns]
    p = sp.Matrix(list(components(da.pull(tableau, f, vjp, Fraction(0), START, h, g=G)[0])))
    system = sp.eye(2 * tableau.stages) + sp.Matrix(sp.BlockMatrix([[h * hat[i][j] * JT[j] for j in s] for i in s]))
    stages_of = system.LUsolve(sp.Matrix([*p] * tableau.stages))
    return p - sum((h * tableau.b[i] * JT[i] * stages_of[2 * i : 2 * i + 2, :] for i in s), sp.zeros(2, 1))


@identity(source="gronwall", ref=OWN, cases=FOLLOWED)
def the_covectors_are_steps_of_a_scheme_of_their_own(case):
    r"""From $\nabla L(z_0)$ a step with $\hat a_{ij}=b_j-b_ja_{ji}/b_i$ and the weights $b$ arrives at $\nabla L(z_1)$.

    One step on a quadratic field, in fractions, for the explicit schemes without a zero weight.
    """
    return followed(case, da.adjoint_tableau(case).A), sp.Matrix(list(G))


@the_covectors_are_steps_of_a_scheme_of_their_own.mutant("of the scheme itself, â = a")
def _(case):
    return followed(case, case.A), sp.Matrix(list(G))
