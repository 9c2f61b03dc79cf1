"""Backward over forward evaluations, with the solvers of the paper and with dopri5; the norm of the backward solve."""

from __future__ import annotations

import numpy as np
import torch
from scipy.integrate import ode, solve_ivp
from torchdiffeq import odeint_adjoint

from gronwall import comparison, reproduction
from gronwall.theory.adjoint.continuous import Clocked

TOL, END, D, W = 1.5e-8, 2.0, 6, 16
"""The tolerance of the paper's sequence models, SciPy's default."""


class Field(torch.nn.Module):
    """A random field, which counts its evaluations."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.field, self.calls = Clocked.random(D, W, seed, 0.5), 0
        self.theta = torch.nn.Parameter(torch.tensor(self.field.flat()))

    def forward(self, t, z):
        self.calls += 1
        return self.field.like(self.theta)(t, z)


def with_dopri5(seed: int, start, tol: float = TOL, **adjoint_options) -> tuple[int, int]:
    """Evaluations forwards and backwards."""
    field = Field(seed)
    times = torch.tensor([0.0, END], dtype=torch.float64)
    z = odeint_adjoint(field, torch.tensor(start), times, rtol=tol, atol=tol, adjoint_options=adjoint_options or None)
    forwards = field.calls
    z[-1].sum().backward()
    return forwards, field.calls - forwards


def with_scipy(seed: int, start, method: str) -> tuple[int, int]:
    """The same with LSODA, or with the Adams methods of VODE, on (z, a, a_θ)."""
    field, counts = Clocked.random(D, W, seed, 0.5), []

    def backwards(t, s):
        to_z, to_theta = field.vjp(t, s[:D], s[D : 2 * D])
        return np.concatenate([field(t, s[:D]), -to_z, -to_theta])

    def solve(f, x, t0, t1):
        if method == "LSODA":
            found = solve_ivp(f, (t0, t1), x, method=method, rtol=TOL, atol=TOL)
            counts.append(found.nfev)
            return found.y[:, -1]
        calls = 0

        def counted(t, s):
            nonlocal calls
            calls += 1
            return f(t, s)

        solver = ode(counted).set_integrator("vode", method="adams", rtol=TOL, atol=TOL, nsteps=10000)
        end = solver.set_initial_value(x, t0).integrate(t1)
        counts.append(calls)
        return end

    z = solve(field, start, 0.0, END)
    solve(backwards, np.concatenate([z, np.ones(D), np.zeros(field.flat().size)]), END, 0.0)
    return counts[0], counts[1]


SOLVERS = {
    "dopri5": with_dopri5,
    "LSODA": lambda seed, start: with_scipy(seed, start, "LSODA"),
    "VODE, Adams": lambda seed, start: with_scipy(seed, start, "adams"),
}


@reproduction(
    source="chen2018", ref="Figure 3c: backward evaluations", published=0.5, seeds=8, within=0.2, cases=SOLVERS
)
def backward_evaluations_over_forward(rng, log, case):
    r"""Evaluations backwards over forwards, about one half in the paper, on random fields of 6 dimensions, untrained.

    The author: "not reproducible" but with the implicit Adams solvers of VODE and LSODE (torchdiffeq#97).
    """
    seed = int(rng.integers(2**31))
    forwards, backwards = case(seed, rng.normal(size=D))
    log("evaluations", x=forwards, measured=backwards, solver={v: k for k, v in SOLVERS.items()}[case])
    return backwards / forwards


backward_evaluations_over_forward.mutant("a twentieth", published=0.05)


@comparison(
    source="torchdiffeq",
    ref="torchdiffeq#243: adjoint slower with many parameters",
    equivalent_within=0.3,
    effort="full",
)
def the_seminorm_changes_little_where_the_weights_are_few(rng):
    r"""Without the gradient of 224 weights in its error norm the backward solve needs as many evaluations to 30 %."""
    seed, start = int(rng.integers(2**31)), rng.normal(size=D)
    return tuple(float(with_dopri5(seed, start, 1e-6, **given)[1]) for given in ({"norm": "seminorm"}, {}))


@the_seminorm_changes_little_where_the_weights_are_few.mutant("so does a tolerance a hundred times larger")
def _(rng):
    seed, start = int(rng.integers(2**31)), rng.normal(size=D)
    return tuple(float(with_dopri5(seed, start, tol)[1]) for tol in (1e-4, 1e-6))
