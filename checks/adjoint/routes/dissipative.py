"""States computed backwards: what a dissipative field does to them, and to the gradient that is taken through them."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np
import sympy as sp
import torch
from hypothesis import strategies as st
from torchdiffeq import odeint_adjoint

from gronwall import bound, identity, pick
from gronwall.theory import rigor
from gronwall.theory.adjoint import discrete as da
from gronwall.theory.adjoint.continuous import Relaxation, gradient_bound, reconstruction_bound
from gronwall.theory.arithmetic import matmul, norm, tanh
from gronwall.theory.enclosure import enclose_flow
from gronwall.theory.lipschitz import corner_logarithmic_norm
from gronwall.theory.runge_kutta import RK4, amplification, integrate
from systems.adjoint.schemes import EXPLICIT

SECTION_6 = "Section 6: reverse reconstruction"
OWN = "Reconstruction of a dissipative flow (own statement)"


# ---------------------------------------------------------------- the example, in symbols

T, LAM, Z0, DELTA, S = sp.symbols("T lambda z0 delta t", positive=True)
EXAMPLE = Relaxation(LAM, Z0, T)


@identity(source="gronwall", ref=OWN, cases=["state", "start", "gradient"])
def the_relaxation_and_its_gradient_in_closed_form(case):
    r"""$z'=-\lambda(z-\sin t)$: the state, its start, and $dz(T)/d\lambda$ solve what they should."""
    z = EXAMPLE.state(S)
    left = {"state": z.diff(S), "start": z.subs(S, 0), "gradient": EXAMPLE.state(T).diff(LAM)}
    right = {"state": EXAMPLE.field(S, z), "start": Z0, "gradient": EXAMPLE.gradient()}
    return sp.cancel(left[case]), sp.cancel(right[case])


@the_relaxation_and_its_gradient_in_closed_form.mutant("forced by cos t, without a transient, the settled gradient")
def _(case):
    settled = (2 * LAM * sp.sin(T) + (LAM**2 - 1) * sp.cos(T)) / (1 + LAM**2) ** 2
    wrong = {"state": -LAM * (EXAMPLE.state(S) - sp.cos(S)), "start": -LAM / (1 + LAM**2), "gradient": settled}
    return the_relaxation_and_its_gradient_in_closed_form(case)[0], wrong[case]


def integral(found, shift):
    """What defines G = ∫₀ᵀ e^{−λ(T−t)} (sin t − z(t)) dt and its shift: G' + λG, G(0), the integrand of the shift."""
    G = found.subs(DELTA, 0)
    return [sp.cancel(sp.expand(e)) for e in (G.diff(T) + LAM * G, G.subs(T, 0), shift)]


def drifted():
    """e^{−λ(T−t)} ((sin t − z̃) − (sin t − z)) with z̃ − z = δ e^{λ(T−t)}, which solves d' = −λd, d(T) = δ."""
    drift = DELTA * sp.exp(LAM * (T - S))
    assert sp.expand(drift.diff(S) + LAM * drift) == 0
    return sp.powsimp(sp.exp(-LAM * (T - S)) * -drift)


def sides(found):
    """The integrals that define the gradient through rebuilt states, and a closed form of it."""
    right = [sp.cancel(sp.expand(e)) for e in (sp.sin(T) - EXAMPLE.state(T), sp.Integer(0))]
    per_time = sp.cancel((found - found.subs(DELTA, 0)) / T)
    return sp.Matrix(integral(found, per_time)), sp.Matrix([*right, sp.powsimp(drifted())])


@identity(source="gronwall", ref=OWN)
def a_drift_of_the_last_state_shifts_the_gradient_by_itself_times_the_time():
    r"""States rebuilt from $z(T)+\delta$ shift $dL/d\lambda$ by $-\delta T$: wrong sign from $\delta T=dL/d\lambda$ on.

    The drift grows like e^{λ(T−t)} and the adjoint decays like e^{−λ(T−t)}; dL/dλ itself is only about cos T/λ².
    """
    return sides(EXAMPLE.rebuilt_gradient(DELTA))


@a_drift_of_the_last_state_shifts_the_gradient_by_itself_times_the_time.mutant("the adjoint damps it: − δ/λ")
def _():
    return sides(EXAMPLE.gradient() - DELTA / LAM)


@a_drift_of_the_last_state_shifts_the_gradient_by_itself_times_the_time.mutant("no shift")
def _():
    return sides(EXAMPLE.gradient())


@a_drift_of_the_last_state_shifts_the_gradient_by_itself_times_the_time.mutant("cos T/λ² − δT")
def _():
    return sides(sp.cos(T) / LAM**2 - DELTA * T)


# ---------------------------------------------------------------- torchdiffeq


@cache
def torchdiffeqs(lam: float, tol: float) -> float:
    """dz(1)/dλ of the example from z(0) = 1 by odeint_adjoint at rtol = atol = tol, in double precision."""

    class Field(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.lam = torch.nn.Parameter(torch.tensor(lam, dtype=torch.float64))

        def forward(self, t, z):
            return -self.lam * (z - torch.sin(t))

    field, start = Field(), torch.ones(1, dtype=torch.float64)
    odeint_adjoint(field, start, torch.tensor([0.0, 1.0], dtype=torch.float64), rtol=tol, atol=tol)[-1].sum().backward()
    return float(field.lam.grad)


RATES = {"λ = 30": 30.0, "λ = 60": 60.0}


@bound(source="chen2018", ref=SECTION_6, cases=RATES)
def the_adjoint_at_tolerance_a_thousandth_has_the_wrong_sign(case, effort, log):
    r"""For $\lambda=30,60$ `odeint_adjoint` at tol $10^{-3}$ gives $-dL/d\lambda$ or less: the wrong sign.

    The paper, as recalled, found the reconstruction to be no practical problem; here its drift exceeds the gradient.
    Not sharp: the value is −3 and −350 times the true one.
    """
    true = float(Relaxation(case, 1.0, 1.0).gradient())
    for k in range(2, effort.pick(quick=5, full=11)):
        found = torchdiffeqs(case, 10.0**-k)
        log("relative gradient error", x=10.0**k, measured=abs(found / true - 1), rate=case, route="odeint_adjoint")
    return true, -torchdiffeqs(case, 1e-3)


@the_adjoint_at_tolerance_a_thousandth_has_the_wrong_sign.mutant("at tolerance 1e-8 too")
def _(case):
    return float(Relaxation(case, 1.0, 1.0).gradient()), -torchdiffeqs(case, 1e-8)


@the_adjoint_at_tolerance_a_thousandth_has_the_wrong_sign.mutant("stored states, RK4 with 64 steps, too")
def _(case):
    f = lambda t, z: -case * (z - np.sin(t))  # noqa: E731
    vjp, loss = lambda t, z, g: (-case * g, (np.sin(t) - z) * g), lambda t, z: 1.0
    found = da.stored(RK4, da.Problem(f, vjp, 0.0, 1.0, 1.0, loss), 64)
    return float(Relaxation(case, 1.0, 1.0).gradient()), -found.theta


# ---------------------------------------------------------------- fixed steps


@identity(source="gronwall", ref="Plain reversal (own statement)", cases=EXPLICIT)
def a_rebuilt_state_of_a_linear_flow_is_a_power(case):
    r"""On $z'=-\lambda z$ the start rebuilt from $n$ steps is $(R(w)R(-w))^nz_0$, $w=-h\lambda$: $(1-w^2)^n$ for Euler.

    In fractions.  |R(w)R(−w)| > 1 for large w: RK4 at hλ = 2 rebuilds 7/3 · z_0 a step, though it is stable there.
    """
    there, n = integrate(case, lambda t, z: -2 * z, Fraction(0), Fraction(3), Fraction(1), 3), 3
    back = integrate(case, lambda t, z: -2 * z, Fraction(3), Fraction(0), there, n)
    return back, (amplification(case, Fraction(-2)) * amplification(case, Fraction(2))) ** n


@a_rebuilt_state_of_a_linear_flow_is_a_power.mutant("the step back undoes the step")
def _(case):
    return a_rebuilt_state_of_a_linear_flow_is_a_power(case)[0], Fraction(1)


@a_rebuilt_state_of_a_linear_flow_is_a_power.mutant("R(w)^{2n}")
def _(case):
    return a_rebuilt_state_of_a_linear_flow_is_a_power(case)[0], amplification(case, Fraction(-2)) ** 6


# ---------------------------------------------------------------- bounds


@dataclass(frozen=True)
class Drifting:
    """z' = V tanh(Wz + b) or z' = −rate·z, and two last states of which one is off by δ = 2^-`small` in a direction."""

    family: str
    eighths: int
    small: int
    seed: int

    def field(self) -> tuple[Any, Any, Any]:
        """−f(z) as the validated flow takes it, its logarithmic norm, z(T)."""
        rng = np.random.default_rng(self.seed)
        z = rigor.matrix(rng.integers(-32, 33, (2, 1)) / 64, dyadic=True)
        if self.family == "relaxing":
            rate = rigor.ball(Fraction(self.eighths, 8))
            return (lambda x, s: rate * x), rate, z
        V, W = (rigor.matrix(rng.integers(-96, 97, shape) / 64, dyadic=True) for shape in ((2, 3), (3, 2)))
        b = rigor.matrix(rng.integers(-32, 33, (3, 1)) / 64, dyadic=True)
        return (lambda x, s: matmul(-V, tanh(matmul(W, x) + b))), corner_logarithmic_norm(-V, W), z


DRIFTING = st.builds(
    Drifting,
    st.sampled_from(["relaxing", "perceptron"]),
    st.integers(-16, 24),
    st.integers(2, 8),
    st.integers(0, 10**6),
)


@cache
def drift(instance: Drifting) -> Any:
    """‖z̃ − z‖ after the time 1/2 backwards, enclosed, δ, and the logarithmic norm."""
    field, ell, z = instance.field()
    delta = Fraction(1, 2**instance.small)
    offset = rigor.matrix([[Fraction(3, 5) * delta], [Fraction(4, 5) * delta]])
    ends = [enclose_flow(lambda i: field, x, [Fraction(0), HALF], 6, 2.0**-24)[-1] for x in (z, z + offset)]
    return norm(ends[1] - ends[0]), rigor.ball(delta), ell


HALF = Fraction(1, 2)


@bound(source="gronwall", ref=OWN, over=DRIFTING, sharp=0.999, examples=pick(quick=16, full=300))
def a_rebuilt_state_drifts_by_the_exponential_of_the_backward_norm(instance):
    r"""$\|\tilde z(t)-z(t)\|\le e^{\ell(T-t)}\|\tilde z(T)-z(T)\|$, $\ell$ the logarithmic norm of $-f$, going back.

    Enclosed.  Attained by z' = −ℓz; the 1e-3 absolves the width of the boxes there.
    """
    measured, delta, ell = drift(instance)
    slack = rigor.ball(Fraction(1001, 1000)) if instance.family == "relaxing" else rigor.ball(1)
    return measured, slack * reconstruction_bound(delta, ell, rigor.ball(0), rigor.ball(HALF))


@a_rebuilt_state_drifts_by_the_exponential_of_the_backward_norm.witness
def _():
    return Drifting("relaxing", 16, 3, 1)


@a_rebuilt_state_drifts_by_the_exponential_of_the_backward_norm.mutant("the drift stays δ")
def _(instance):
    measured, delta, _ = drift(instance)
    return measured, delta


@a_rebuilt_state_drifts_by_the_exponential_of_the_backward_norm.mutant("half the rate")
def _(instance):
    measured, delta, ell = drift(instance)
    return measured, reconstruction_bound(delta, ell / 2, rigor.ball(0), rigor.ball(HALF))


@dataclass(frozen=True)
class Linear:
    """z' = Az, the weight enters as A + θB; a covector, a drift of the last state and a time, in eighths."""

    A: tuple[int, ...]
    B: tuple[int, ...]
    g: tuple[int, int]
    offset: tuple[int, int]
    T: int


EIGHTHS = st.integers(-16, 16)
FOUR, TWO = st.tuples(*[EIGHTHS] * 4), st.tuples(*[EIGHTHS] * 2)
LINEAR = st.builds(Linear, FOUR, FOUR, TWO, TWO, st.integers(1, 8))


def shift(instance: Linear) -> tuple[Any, ...]:
    """|∫ g e^{A(T−t)} B e^{−A(T−t)} δ dt| and the constants of its bound, in balls.

    X(τ) = e^{Aτ}Be^{−Aτ} solves X' = AX − XA, a linear system with M = A⊗I − I⊗Aᵀ; (∫X, X) has [[0, I], [0, M]].
    """
    a = [[Fraction(instance.A[2 * i + j], 8) for j in range(2)] for i in range(2)]
    b = [Fraction(x, 8) for x in instance.B]
    M = [
        [a[i][k] * (j == m) - (i == k) * a[m][j] for k in range(2) for m in range(2)]
        for i in range(2)
        for j in range(2)
    ]
    whole = [[0] * 4 + [int(r == c) for c in range(4)] for r in range(4)] + [[0] * 4 + M[r] for r in range(4)]
    flow = (rigor.matrix(whole) * rigor.ball(Fraction(instance.T, 8))).exp()
    Y = flow * rigor.matrix([[0]] * 4 + [[x] for x in b])
    g, delta = ([Fraction(x, 8) for x in part] for part in (instance.g, instance.offset))
    measured = sum((rigor.ball(g[i] * delta[j]) * Y[2 * i + j, 0] for i in range(2) for j in range(2)), rigor.ball(0))
    A, B = rigor.matrix(a), rigor.matrix([b[:2], b[2:]])
    length = [norm(rigor.matrix([[x] for x in part])) for part in (g, delta)]
    return abs(measured), *length, rigor.spectral_norm(B), rigor.logarithmic_norm(A), rigor.logarithmic_norm(-A)


@bound(source="gronwall", ref=OWN, over=LINEAR, sharp=0.999, examples=pick(quick=80, full=1000))
def drift_and_decay_cancel_in_the_gradient(instance):
    r"""On $z'=(A+\theta B)z$ the gradient is off by at most $\|g\|\delta\|B\|T\varphi_1((\mu+\ell)T)$, enclosed.

    μ, ℓ the logarithmic norms of A, −A: where the adjoint decays the drift grows, and only their sum is left.  A = −ℓI
    attains it with ‖g‖δ‖B‖T; the exact tie is kept off by a hundredth of a percent.
    """
    measured, g, delta, B, mu, ell = shift(instance)
    T = rigor.ball(Fraction(instance.T, 8))
    return measured, rigor.ball(Fraction(10001, 10000)) * gradient_bound(g, delta, B, mu, ell, T)


@drift_and_decay_cancel_in_the_gradient.witness
def _():
    return Linear((-16, 0, 0, -16), (8, 0, 0, 0), (8, 0), (8, 0), 8)


@drift_and_decay_cancel_in_the_gradient.mutant("the adjoint's decay alone: φ₁(μT)")
def _(instance):
    measured, g, delta, B, mu, _ = shift(instance)
    T = rigor.ball(Fraction(instance.T, 8))
    return measured, gradient_bound(g, delta, B, mu, rigor.ball(0), T)


@drift_and_decay_cancel_in_the_gradient.mutant("half of it")
def _(instance):
    measured, g, delta, B, mu, ell = shift(instance)
    return measured, gradient_bound(g, delta, B, mu, ell, rigor.ball(Fraction(instance.T, 8))) / 2
