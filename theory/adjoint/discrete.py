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
from functools import cache
from math import comb
from typing import Any

import numpy as np

from gronwall.theory.arithmetic import scalar
from gronwall.theory.runge_kutta import Exact, Field, Tableau

__all__ = [
    "Augmented", "Gradient", "Held", "Vjp", "adjoint_tableau", "checkpoint_cost", "checkpoint_split", "checkpointed",
    "continuous", "implicit_pull", "increment", "pull", "rebuilt", "reversible", "reversible_back",
    "reversible_matrix", "reversible_step", "stored",
]  # fmt: skip

Vjp = Callable[[Any, Any, Any], tuple[Any, Any]]
"""vjp(t, x, κ) is (∂_x f(t, x)ᵀ κ, ∂_θ f(t, x)ᵀ κ); the second may be anything that adds."""

Rows = tuple[list[list[tuple[int, Any]]], list[tuple[int, Any]], list[Any]]


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


def _rows(tableau: Tableau, like: Any) -> Rows:
    """A and b as rows of (j, a_ij) without the zeros, and c, in the arithmetic of `like`."""
    if not tableau.is_explicit:
        raise ValueError(f"{tableau.name} is implicit: use implicit_pull, which solves for the stages")

    def row(values: Sequence[Exact]) -> list[tuple[int, Any]]:
        return [(j, scalar(value, like)) for j, value in enumerate(values) if value != 0]

    return [row(a_i) for a_i in tableau.A], row(tableau.b), [scalar(c_i, like) for c_i in tableau.c]


def _combined(weights: Sequence[tuple[int, Any]], k: Sequence[Any]) -> Any:
    """Σ w_j k_j over the weights, which are not empty."""
    first, *rest = (w * k[j] for j, w in weights)
    return sum(rest, first)


def _stages(rows: Rows, f: Field, t: Any, x: Any, h: Any) -> tuple[list[Any], list[Any]]:
    """Y_i = x + h Σ_j a_ij k_j and k_i = f(t + c_i h, Y_i)."""
    A, _, c = rows
    Y: list[Any] = []
    k: list[Any] = []
    for a_i, c_i in zip(A, c, strict=True):
        Y.append(x + h * _combined(a_i, k) if a_i else x)
        k.append(f(t + c_i * h, Y[-1]))
    return Y, k


def _increment(rows: Rows, f: Field, t: Any, x: Any, h: Any) -> Any:
    return h * _combined(rows[1], _stages(rows, f, t, x, h)[1])


def _pull_increment(rows: Rows, f: Field, vjp: Vjp, t: Any, x: Any, h: Any, g: Any) -> tuple[Any, Any]:
    """(Σ μ_i, Σ F_iᵀ κ_i), the covector g pulled back through Ψ_h(t, x) = h Σ b_i k_i."""
    A, b, c = rows
    Y, _ = _stages(rows, f, t, x, h)
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


def increment(tableau: Tableau, f: Field, t: Any, x: Any, h: Any) -> Any:
    """Ψ_h(t, x) = h Σ_i b_i k_i, so that the explicit step is x + Ψ_h(t, x)."""
    return _increment(_rows(tableau, x), f, scalar(t, x), x, scalar(h, x))


def pull(tableau: Tableau, f: Field, vjp: Vjp, t: Any, x: Any, h: Any, g: Any) -> tuple[Any, Any]:
    """(∂_x Φ_h(t, x)ᵀ g, ∂_θ Φ_h(t, x)ᵀ g) of one explicit step; exact in exact arithmetic."""
    to_x, to_theta = _pull_increment(_rows(tableau, x), f, vjp, scalar(t, x), x, scalar(h, x), g)
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
    return Tableau(f"covectors of {tableau.name}", hat, b, tuple(sum(row) for row in hat), tableau.order)


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


def _grid(t0: Any, t1: Any, n: int, like: Any) -> _Grid:
    if n < 1:
        raise ValueError(f"got n = {n} steps: expected at least one")
    return _Grid(scalar(t0, like), scalar(t1, like) - scalar(t0, like), n)


def _pulled_back(
    rows: Rows, f: Field, vjp: Vjp, grid: _Grid, points: Iterable[tuple[int, Any]], g: Any, held: Held
) -> tuple[Any, Any]:
    """g carried through the steps at `points` = (k, x_k), last first."""
    theta: Any = None
    for k, x in points:
        to_x, to_theta = _pull_increment(rows, f, vjp, grid.at(k), x, grid.h, g)
        g, theta = g + to_x, to_theta if theta is None else theta + to_theta
        held.pulls += 1
    return g, theta


def stored(tableau: Tableau, f: Field, vjp: Vjp, t0: Any, t1: Any, x0: Any, n: int, loss: Field) -> Gradient:
    """Backpropagation: x_0 … x_{n−1} are held, beside the last state.  loss(t1, x_n) is the covector g at x_n."""
    rows, grid, held = _rows(tableau, x0), _grid(t0, t1, n, x0), Held()
    states = [x0]
    for k in range(n):
        states.append(states[-1] + _increment(rows, f, grid.at(k), states[-1], grid.h))
        held.hold()
        held.steps += 1
    last = states.pop()
    g, theta = _pulled_back(rows, f, vjp, grid, reversed(list(enumerate(states))), loss(t1, last), held)
    return Gradient(last, g, theta, held)


def rebuilt(tableau: Tableau, f: Field, vjp: Vjp, t0: Any, t1: Any, x0: Any, n: int, loss: Field) -> Gradient:
    """x̃_k = Φ_{−h}(t_{k+1}, x̃_{k+1}) from x̃_n = x_n: one state is held, which may have drifted.

    Φ_{−h} Φ_h = id + O(h^{p+1}), and for even p even id + O(h^{p+2}): with Φ_h = φ_h + h^{p+1} d + …, φ the exact flow,
    the two local errors h^{p+1} d and (−h)^{p+1} d cancel.
    """
    rows, grid, held = _rows(tableau, x0), _grid(t0, t1, n, x0), Held(1, 1)
    last = x0
    for k in range(n):
        last = last + _increment(rows, f, grid.at(k), last, grid.h)
    held.steps = n

    def points() -> Iterator[tuple[int, Any]]:
        x = last
        for k in reversed(range(n)):
            x = x + _increment(rows, f, grid.at(k + 1), x, -grid.h)
            held.steps += 1
            yield k, x

    g, theta = _pulled_back(rows, f, vjp, grid, points(), loss(t1, last), held)
    return Gradient(last, g, theta, held)


# ---------------------------------------------------------------- recursive checkpointing


def checkpoint_cost(n: int, slots: int) -> int:
    r"""The least number of steps computed again on the way back, over n steps with `slots` states held:

        r n − C(s + r, s + 1),   r the least integer with n <= C(s + r, s).
    It solves the recursion c(n, s) = min_{0<m<n} m + c(n − m, s − 1) + c(m, s), c(1, s) = 0 (advance to m, hold that
    state, reverse what is after it, then what is before), c(n, 1) = n(n − 1)/2.  A slot holds the start.
    """
    _need_slots(n, slots)
    r = _repetitions(n, slots)
    return r * n - comb(slots + r, slots + 1)


def _need_slots(n: int, slots: int) -> None:
    if n < 1 or slots < 1:
        raise ValueError(f"got n = {n} steps and {slots} slots: expected at least one of each (a slot holds the start)")


@cache
def _repetitions(n: int, slots: int) -> int:
    """The least r with n <= C(s + r, s)."""
    r = 0
    while comb(slots + r, slots) < n:
        r += 1
    return r


def checkpoint_split(n: int, slots: int) -> int:
    """m, the state to hold next among n > 1 steps: any m with C(s + r − 2, s) <= m <= C(s + r − 1, s) and
    C(s + r − 2, s − 1) <= n − m <= C(s + r − 1, s − 1) is best; the least of them is taken.
    """
    r = _repetitions(n, slots)
    least = comb(slots + r - 2, slots) if r >= 2 else 0
    return max(least, n - comb(slots - 1 + r, slots - 1), 1)


def checkpointed(
    tableau: Tableau, f: Field, vjp: Vjp, t0: Any, t1: Any, x0: Any, n: int, loss: Field, slots: int
) -> Gradient:
    """Backpropagation with at most `slots` states held besides the one at work: bit for bit that of `stored`.

    n steps forwards to the last state, `checkpoint_cost` steps again; min(n, slots + 1) states at most.
    """
    _need_slots(n, slots)
    rows, grid, held = _rows(tableau, x0), _grid(t0, t1, n, x0), Held(1, 1)

    def advance(x: Any, k: int, to: int) -> Any:
        for j in range(k, to):
            x = x + _increment(rows, f, grid.at(j), x, grid.h)
        held.steps += to - k
        return x

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

    last = advance(x0, 0, n)
    g, theta = _pulled_back(rows, f, vjp, grid, backwards(x0, 0, n, slots), loss(t1, last), held)
    return Gradient(last, g, theta, held)


# ---------------------------------------------------------------- the algebraically reversible scheme


def _reversible_step(rows: Rows, f: Field, t: Any, y: Any, z: Any, h: Any, coupling: Any) -> tuple[Any, Any]:
    y = coupling * y + (1 - coupling) * z + _increment(rows, f, t, z, h)
    return y, z - _increment(rows, f, t + h, y, -h)


def _reversible_back(rows: Rows, f: Field, t: Any, y: Any, z: Any, h: Any, coupling: Any) -> tuple[Any, Any]:
    z = z + _increment(rows, f, t + h, y, -h)
    return (y - (1 - coupling) * z - _increment(rows, f, t, z, h)) / coupling, z


def reversible_step(tableau: Tableau, f: Field, t: Any, y: Any, z: Any, h: Any, coupling: Any) -> tuple[Any, Any]:
    """(y⁺, z⁺) from (y, z), 0 < λ <= 1 the coupling:

    y⁺ = λ y + (1 − λ) z + Ψ_h(t, z),    z⁺ = z − Ψ_{−h}(t + h, y⁺).
    """
    return _reversible_step(_rows(tableau, y), f, scalar(t, y), y, z, scalar(h, y), scalar(coupling, y))


def reversible_back(tableau: Tableau, f: Field, t: Any, y: Any, z: Any, h: Any, coupling: Any) -> tuple[Any, Any]:
    """(y, z) at t from (y⁺, z⁺) at t + h, in closed form and exactly:

        z = z⁺ + Ψ_{−h}(t + h, y⁺),    y = (y⁺ − (1 − λ) z − Ψ_h(t, z))/λ.
    An error of y is divided by λ in every step back: λ = 0.99 loses a decimal every 229 steps.
    """
    return _reversible_back(_rows(tableau, y), f, scalar(t, y), y, z, scalar(h, y), scalar(coupling, y))


def reversible_matrix(forward: Any, backward: Any, coupling: Any) -> list[list[Any]]:
    r"""The step on x' = αx as a matrix on (y, z), w = hα, from R₊ = R(w) and R₋ = R(−w):

        [[λ, R₊ − λ], [−λ(R₋ − 1), 1 − (R₋ − 1)(R₊ − λ)]],   det = λ,   tr = 1 + λ − (R₋ − 1)(R₊ − λ).
    So the roots of μ² − tr μ + λ lie in the open disc if and only if |tr| < 1 + λ (real w, λ < 1).  Euler:
    R₊ = 1 + w, R₋ = 1 − w, tr = 1 + λ + w(1 − λ + w), stable exactly for −(1 − λ) < w < 0.
    """
    out, back = forward - coupling, backward - 1
    return [[coupling, out], [-coupling * back, 1 - back * out]]


def reversible(
    tableau: Tableau, f: Field, vjp: Vjp, t0: Any, t1: Any, x0: Any, n: int, loss: Field, coupling: Any
) -> Gradient:
    """The gradient of loss(y_n) of the reversible scheme from y_0 = z_0 = x_0, its states computed back from the last.

    Through z⁺ = z − Ψ_{−h}(t + h, y⁺):  g_y −= (∂Ψ_{−h})ᵀ g_z;  through y⁺ = λy + (1 − λ)z + Ψ_h(t, z):
    g_z += (1 − λ) g_y + (∂Ψ_h)ᵀ g_y,  g_y ← λ g_y.  Two states are held.
    """
    rows, grid, held, lam = _rows(tableau, x0), _grid(t0, t1, n, x0), Held(2, 2), scalar(coupling, x0)
    y, z, h = x0, x0, grid.h
    for k in range(n):
        y, z = _reversible_step(rows, f, grid.at(k), y, z, h, lam)
    held.steps, last = n, y
    gy = loss(t1, y)
    gz: Any = 0 * gy
    theta: Any = None
    for k in reversed(range(n)):
        back, part = _pull_increment(rows, f, vjp, grid.at(k) + h, y, -h, -gz)
        gy = gy + back
        y, z = _reversible_back(rows, f, grid.at(k), y, z, h, lam)
        out, more = _pull_increment(rows, f, vjp, grid.at(k), z, h, gy)
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


def continuous(tableau: Tableau, f: Field, vjp: Vjp, t0: Any, t1: Any, x0: Any, n: int, loss: Field) -> Gradient:
    """x' = f, a' = −aᵀ∂_x f, q' = −aᵀ∂_θ f from t1 back to t0 by n steps of the scheme itself: one state is held.

    The gradient of no function: it is O(h^p) from that of the exact flow, and O(h^p) from that of the scheme.
    """
    rows, grid, held = _rows(tableau, x0), _grid(t0, t1, n, x0), Held(1, 1)
    last = x0
    for k in range(n):
        last = last + _increment(rows, f, grid.at(k), last, grid.h)
    held.steps = n
    g = loss(t1, last)

    def backwards(t: Any, s: Augmented) -> Augmented:
        to_x, to_theta = vjp(t, s.x, s.a)
        return Augmented(f(t, s.x), -to_x, -to_theta)

    s = Augmented(last, g, 0 * vjp(scalar(t1, x0), last, g)[1])
    for k in reversed(range(n)):
        s = s + _increment(rows, backwards, grid.at(k + 1), s, -grid.h)
        held.steps += 1
    return Gradient(last, s.a, s.q, held)
