r"""The gradient of a Runge–Kutta solution, exact to rounding, and the routes to it that hold fewer states.

One step x⁺ = Φ_h(t, x) with stages Y_i = x + h Σ_j a_ij k_j, k_i = f(t + c_i h, Y_i).  The covector g of a loss at x⁺
is pulled back through the step; with J_i = ∂_x f and F_i = ∂_θ f at the stage i

    κ_i = h b_i g + h Σ_j a_ji μ_j,    μ_i = J_iᵀ κ_i,    i = s … 1,
    g ← g + Σ_i μ_i,                   θ receives Σ_i F_iᵀ κ_i.

Where no b_i is zero, Λ_i = κ_i/(h b_i) makes this a Runge–Kutta scheme itself, with the coefficients of
`adjoint_tableau`.  The routes differ in where the states of the backward pass come from:

    stored         all n states held: exact
    checkpointed   s states held, the others computed again, in the order that computes least: exact
    rebuilt        x̃_k = Φ_{−h}(x̃_{k+1}), one state held: exact up to what Φ_{−h} Φ_h loses
    reversible     another scheme over the same tableau, whose steps invert in closed form, two states held: exact
    continuous     x and the adjoint ODE solved backwards together by the same scheme, one state held: O(h^p) off

Symbols: n steps, s slots for checkpoints, p order of the scheme, λ the coupling of the reversible scheme.

Source: Hager 2000, Sanz-Serna 2016 (adjoints of Runge–Kutta schemes); Griewank, Walther 2000 (revolve); McCallum,
Foster 2024 (the reversible scheme, recalled); everything is derived where it stands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np

from gronwall.theory.adjoint.checkpoints import checkpoint_split, need_slots
from gronwall.theory.arithmetic import scalar
from gronwall.theory.runge_kutta.stepping import Rows, combined, rows, stages
from gronwall.theory.runge_kutta.tableaux import Field, Tableau

__all__ = [
    "Augmented", "Gradient", "Held", "Problem", "Vjp", "adjoint_tableau", "checkpointed",
    "continuous", "implicit_pull", "increment", "pull", "rebuilt", "reversible", "reversible_back",
    "reversible_matrix", "reversible_step", "stored",
]  # fmt: skip

Vjp = Callable[[Any, Any, Any], tuple[Any, Any]]
"""vjp(t, x, κ) is (∂_x f(t, x)ᵀ κ, ∂_θ f(t, x)ᵀ κ); the second may be anything that adds."""


@dataclass(frozen=True)
class Problem:
    """x' = f(t, x; θ) from x0 at t0 to t1, the products with f's Jacobians, the covector loss(t1, x_n) of a loss."""

    f: Field
    vjp: Vjp
    t0: Any
    t1: Any
    x0: Any
    loss: Field


@dataclass
class Held:
    """What a route holds and computes: states held now and at most, and steps computed in all (pulls not counted).

    `pulls` counts the steps pulled back; each evaluates the stages of its step once more.
    """

    now: int = 0
    peak: int = 0
    steps: int = 0
    pulls: int = 0

    def hold(self, states: int = 1) -> None:
        """`states` more are held; a negative number lets go of them."""
        self.now += states
        self.peak = max(self.peak, self.now)


@dataclass(frozen=True)
class Gradient:
    """The last state, the gradient of the loss in the first one and in θ, and what was held on the way."""

    last: Any
    state: Any
    theta: Any
    held: Held = field(default_factory=Held)


# ---------------------------------------------------------------- one step, forwards and backwards


@dataclass(frozen=True)
class _Scheme:
    """An explicit scheme on a field, in one arithmetic."""

    coefficients: Rows
    f: Field
    vjp: Vjp | None = None

    def increment(self, t: Any, x: Any, h: Any) -> Any:
        """Ψ_h(t, x)."""
        return h * combined(self.coefficients[1], stages(self.coefficients, self.f, t, x, h)[1])

    def pull_increment(self, t: Any, x: Any, h: Any, g: Any) -> tuple[Any, Any]:
        """(Σ μ_i, Σ F_iᵀ κ_i), the covector g pulled back through Ψ_h(t, x) = h Σ b_i k_i."""
        (A, b, c), vjp = self.coefficients, self.vjp
        assert vjp is not None
        Y, _ = stages(self.coefficients, self.f, t, x, h)
        kappa: dict[int, Any] = {i: h * b_i * g for i, b_i in b}
        to_x: Any = None
        to_theta: Any = None
        for i in reversed(range(len(A))):
            if i not in kappa:
                continue
            mu, nu = vjp(t + c[i] * h, Y[i], kappa[i])
            to_x, to_theta = (mu, nu) if to_x is None else (to_x + mu, to_theta + nu)
            for j, a_ij in A[i]:
                part = h * a_ij * mu
                kappa[j] = kappa[j] + part if j in kappa else part
        return to_x, to_theta

    def reversible_step(self, t: Any, y: Any, z: Any, h: Any, coupling: Any) -> tuple[Any, Any]:
        y = coupling * y + (1 - coupling) * z + self.increment(t, z, h)
        return y, z - self.increment(t + h, y, -h)

    def reversible_back(self, t: Any, y: Any, z: Any, h: Any, coupling: Any) -> tuple[Any, Any]:
        z = z + self.increment(t + h, y, -h)
        return (y - (1 - coupling) * z - self.increment(t, z, h)) / coupling, z


def _scheme(tableau: Tableau, like: Any, f: Field, vjp: Vjp | None = None) -> _Scheme:
    return _Scheme(rows(tableau, like, "implicit_pull, which solves for the stages"), f, vjp)


def increment(tableau: Tableau, f: Field, t: Any, x: Any, h: Any) -> Any:
    """Ψ_h(t, x) = h Σ_i b_i k_i, so that the explicit step is x + Ψ_h(t, x)."""
    return _scheme(tableau, x, f).increment(scalar(t, x), x, scalar(h, x))


def pull(tableau: Tableau, f: Field, vjp: Vjp, t: Any, x: Any, h: Any, *, g: Any) -> tuple[Any, Any]:
    """(∂_x Φ_h(t, x)ᵀ g, ∂_θ Φ_h(t, x)ᵀ g) of one explicit step; exact in exact arithmetic."""
    to_x, to_theta = _scheme(tableau, x, f, vjp).pull_increment(scalar(t, x), x, scalar(h, x), g)
    return g + to_x, to_theta


def implicit_pull(
    tableau: Tableau, jacobians: Sequence[Any], slopes: Sequence[Any], h: float, g: Any
) -> tuple[Any, Any]:
    """The same for any scheme, in NumPy, from J_i (d x d) and F_i (d x parameters) at the stages of the step.

    κ_i = h b_i g + h Σ_j a_ji J_jᵀ κ_j is one linear system of size sd; nothing is differentiated through Newton.
    """
    s, d = tableau.stages, len(g)
    A, b = np.array(tableau.A, dtype=float), np.array(tableau.b, dtype=float)
    system = np.block([[np.eye(d) * (i == j) - h * A[j, i] * jacobians[j].T for j in range(s)] for i in range(s)])
    kappa = np.linalg.solve(system, np.concatenate([h * b_i * g for b_i in b])).reshape(s, d)
    to_x = g + sum(J.T @ k for J, k in zip(jacobians, kappa, strict=True))
    return to_x, sum(F.T @ k for F, k in zip(slopes, kappa, strict=True))


def adjoint_tableau(tableau: Tableau) -> Tableau:
    r"""The scheme that the covectors follow, p_{k+1} = p_k − h Σ b_i J_iᵀ Λ_i, Λ_i = p_k − h Σ_j â_ij J_jᵀ Λ_j:

        â_ij = b_j − b_j a_ji/b_i,    b̂ = b,    so that  b_i â_ij + b_j a_ji = b_i b_j  (a symplectic pair).
    From Λ_i = κ_i/(h b_i) = p_{k+1} + h Σ_j (b_j a_ji/b_i) J_jᵀ Λ_j.  Its nodes ĉ = Â1 are those of the scheme where
    Σ_j b_j a_ji = b_i (1 − c_i).  Raises ValueError where a weight is zero: then the covectors follow no such scheme.
    """
    A, b, s = tableau.A, tableau.b, range(tableau.stages)
    if any(b_i == 0 for b_i in b):
        raise ValueError(f"{tableau.name} has the weights {b}, one of them zero: its adjoint has no tableau, use pull")
    hat = tuple(tuple(b[j] - b[j] * A[j][i] / b[i] for j in s) for i in s)
    c = tuple(sum(row) for row in hat)
    return Tableau(f"covectors of {tableau.name}", hat, b, c, tableau.order, rounding=Fraction(0))


# ---------------------------------------------------------------- the backward pass over given states


@dataclass(frozen=True)
class _Grid:
    """n equal steps from t0 to t1 in the arithmetic of `like`."""

    start: Any
    length: Any
    n: int

    @property
    def h(self) -> Any:
        return self.length / self.n

    def at(self, k: int) -> Any:
        """t_k = t0 + (k/n)(t1 − t0)."""
        return self.start + scalar(Fraction(k, self.n), self.length) * self.length


def _on(tableau: Tableau, problem: Problem, n: int) -> tuple[_Scheme, _Grid]:
    """The scheme and its n steps in the arithmetic of the first state."""
    x0 = problem.x0
    if n < 1:
        raise ValueError(f"got n = {n} steps: expected at least one")
    grid = _Grid(scalar(problem.t0, x0), scalar(problem.t1, x0) - scalar(problem.t0, x0), n)
    return _scheme(tableau, x0, problem.f, problem.vjp), grid


def _advanced(scheme: _Scheme, grid: _Grid, x: Any, k: int, to: int) -> Any:
    """x_to from x = x_k."""
    for j in range(k, to):
        x = x + scheme.increment(grid.at(j), x, grid.h)
    return x


def _pulled_back(
    scheme: _Scheme, grid: _Grid, points: Iterable[tuple[int, Any]], g: Any, held: Held
) -> tuple[Any, Any]:
    """g carried through the steps at `points` = (k, x_k), last first."""
    theta: Any = None
    for k, x in points:
        to_x, to_theta = scheme.pull_increment(grid.at(k), x, grid.h, g)
        g, theta = g + to_x, to_theta if theta is None else theta + to_theta
        held.pulls += 1
    return g, theta


def stored(tableau: Tableau, problem: Problem, n: int) -> Gradient:
    """Backpropagation: x_0 … x_{n−1} are held, beside the last state."""
    (scheme, grid), held = _on(tableau, problem, n), Held()
    states = [problem.x0]
    for k in range(n):
        states.append(_advanced(scheme, grid, states[-1], k, k + 1))
        held.hold()
        held.steps += 1
    last = states.pop()
    g, theta = _pulled_back(scheme, grid, reversed(list(enumerate(states))), problem.loss(problem.t1, last), held)
    return Gradient(last, g, theta, held)


def rebuilt(tableau: Tableau, problem: Problem, n: int) -> Gradient:
    """x̃_k = Φ_{−h}(t_{k+1}, x̃_{k+1}) from x̃_n = x_n: one state is held, which may have drifted.

    Φ_{−h} Φ_h = id + O(h^{p+1}), and for even p even id + O(h^{p+2}): with Φ_h = φ_h + h^{p+1} d + …, φ the exact flow,
    the two local errors h^{p+1} d and (−h)^{p+1} d cancel.
    """
    (scheme, grid), held = _on(tableau, problem, n), Held(1, 1)
    last = _advanced(scheme, grid, problem.x0, 0, n)
    held.steps = n

    def points() -> Iterator[tuple[int, Any]]:
        x = last
        for k in reversed(range(n)):
            x = x + scheme.increment(grid.at(k + 1), x, -grid.h)
            held.steps += 1
            yield k, x

    g, theta = _pulled_back(scheme, grid, points(), problem.loss(problem.t1, last), held)
    return Gradient(last, g, theta, held)


def checkpointed(tableau: Tableau, problem: Problem, n: int, slots: int) -> Gradient:
    """Backpropagation with at most `slots` states held besides the one at work: bit for bit that of `stored`.

    n steps forwards to the last state, `checkpoint_cost` steps again; min(n, slots + 1) states at most.
    """
    need_slots(n, slots)
    (scheme, grid), held = _on(tableau, problem, n), Held(1, 1)

    def advance(x: Any, k: int, to: int) -> Any:
        held.steps += to - k
        return _advanced(scheme, grid, x, k, to)

    def backwards(x: Any, a: int, b: int, left: int) -> Iterator[tuple[int, Any]]:
        if b - a == 1:
            yield a, x
            return
        middle = a + checkpoint_split(b - a, left)
        y = advance(x, a, middle)
        held.hold()
        yield from backwards(y, middle, b, left - 1)
        del y  # or this frame would keep it for the rest of the pass
        held.hold(-1)
        yield from backwards(x, a, middle, left)

    last = advance(problem.x0, 0, n)
    points = backwards(problem.x0, 0, n, slots)
    g, theta = _pulled_back(scheme, grid, points, problem.loss(problem.t1, last), held)
    return Gradient(last, g, theta, held)


# ---------------------------------------------------------------- the algebraically reversible scheme


def reversible_step(tableau: Tableau, f: Field, t: Any, y: Any, z: Any, h: Any, *, coupling: Any) -> tuple[Any, Any]:
    """(y⁺, z⁺) from (y, z), 0 < λ <= 1 the coupling:

    y⁺ = λ y + (1 − λ) z + Ψ_h(t, z),    z⁺ = z − Ψ_{−h}(t + h, y⁺).
    """
    return _scheme(tableau, y, f).reversible_step(scalar(t, y), y, z, scalar(h, y), scalar(coupling, y))


def reversible_back(tableau: Tableau, f: Field, t: Any, y: Any, z: Any, h: Any, *, coupling: Any) -> tuple[Any, Any]:
    """(y, z) at t from (y⁺, z⁺) at t + h, in closed form and exactly:

        z = z⁺ + Ψ_{−h}(t + h, y⁺),    y = (y⁺ − (1 − λ) z − Ψ_h(t, z))/λ.
    An error of y is divided by λ in every step back: λ = 0.99 loses a decimal every 229 steps.
    """
    return _scheme(tableau, y, f).reversible_back(scalar(t, y), y, z, scalar(h, y), scalar(coupling, y))


def reversible_matrix(forward: Any, backward: Any, coupling: Any) -> list[list[Any]]:
    r"""The step on x' = αx as a matrix on (y, z), w = hα, from R₊ = R(w) and R₋ = R(−w):

        [[λ, R₊ − λ], [−λ(R₋ − 1), 1 − (R₋ − 1)(R₊ − λ)]],   det = λ,   tr = 1 + λ − (R₋ − 1)(R₊ − λ).
    So the roots of μ² − tr μ + λ lie in the open disc if and only if |tr| < 1 + λ (real w, λ < 1).  Euler:
    R₊ = 1 + w, R₋ = 1 − w, tr = 1 + λ + w(1 − λ + w), stable exactly for −(1 − λ) < w < 0.
    """
    out, back = forward - coupling, backward - 1
    return [[coupling, out], [-coupling * back, 1 - back * out]]


def reversible(tableau: Tableau, problem: Problem, n: int, coupling: Any) -> Gradient:
    """The gradient of loss(y_n) of the reversible scheme from y_0 = z_0 = x_0, its states computed back from the last.

    Through z⁺ = z − Ψ_{−h}(t + h, y⁺):  g_y −= (∂Ψ_{−h})ᵀ g_z;  through y⁺ = λy + (1 − λ)z + Ψ_h(t, z):
    g_z += (1 − λ) g_y + (∂Ψ_h)ᵀ g_y,  g_y ← λ g_y.  Two states are held.
    """
    (scheme, grid), held, lam = _on(tableau, problem, n), Held(2, 2), scalar(coupling, problem.x0)
    y, z, h = problem.x0, problem.x0, grid.h
    for k in range(n):
        y, z = scheme.reversible_step(grid.at(k), y, z, h, lam)
    held.steps, last = n, y
    gy = problem.loss(problem.t1, y)
    gz: Any = 0 * gy
    theta: Any = None
    for k in reversed(range(n)):
        back, part = scheme.pull_increment(grid.at(k) + h, y, -h, -gz)
        gy = gy + back
        y, z = scheme.reversible_back(grid.at(k), y, z, h, lam)
        out, more = scheme.pull_increment(grid.at(k), z, h, gy)
        gz, gy = gz + (1 - lam) * gy + out, lam * gy
        theta = part + more if theta is None else theta + part + more
        held.steps, held.pulls = held.steps + 1, held.pulls + 1
    return Gradient(last, gy + gz, theta, held)


# ---------------------------------------------------------------- the adjoint ODE by the same scheme


@dataclass(frozen=True)
class Augmented:
    """(x, a, q): state, adjoint and gradient in θ as one state of a scheme."""

    x: Any
    a: Any
    q: Any

    def __add__(self, other: Augmented) -> Augmented:
        return Augmented(self.x + other.x, self.a + other.a, self.q + other.q)

    def __rmul__(self, factor: Any) -> Augmented:
        return Augmented(factor * self.x, factor * self.a, factor * self.q)


def continuous(tableau: Tableau, problem: Problem, n: int) -> Gradient:
    """x' = f, a' = −aᵀ∂_x f, q' = −aᵀ∂_θ f from t1 back to t0 by n steps of the scheme itself: one state is held.

    The gradient of no function: it is O(h^p) from that of the exact flow, and O(h^p) from that of the scheme.
    """
    (scheme, grid), held, f, vjp = _on(tableau, problem, n), Held(1, 1), problem.f, problem.vjp
    last = _advanced(scheme, grid, problem.x0, 0, n)
    held.steps = n
    g = problem.loss(problem.t1, last)

    def backwards(t: Any, s: Augmented) -> Augmented:
        to_x, to_theta = vjp(t, s.x, s.a)
        return Augmented(f(t, s.x), -to_x, -to_theta)

    back = _Scheme(scheme.coefficients, backwards)
    s = Augmented(last, g, 0 * vjp(scalar(problem.t1, problem.x0), last, g)[1])
    for k in reversed(range(n)):
        s = s + back.increment(grid.at(k + 1), s, -grid.h)
        held.steps += 1
    return Gradient(last, s.a, s.q, held)
