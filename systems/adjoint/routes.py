r"""Gradients of a neural ODE in torch by the routes of `gronwall.theory.adjoint.discrete`: no graph, no allocation in a
step.

The field is a network f(x) = A_L σ(… σ(A_1 x + b_1) …) + b_L, σ = tanh, the scheme any explicit tableau with n equal
steps.  States carry a last coordinate that is always 1 (hats), so that a layer with its bias is one product:

    f̂: x̂ ↦ Â_L tanh(… tanh(Â_1 x̂)),   Â_l = [[A_l, b_l], [0, c]],   c = 20 below the last layer (tanh 20 = 1), else 0.

Backwards κ_i at the stage i goes through the layers by hand, with the activations t that the stage left behind,

    δ_L = κ_i,   δ_{l−1} = (1 − t_{l−1}²) ⊙ Â_lᵀ δ_l,   μ_i = Â_1ᵀ δ_1,

and Â_l receives Σ_i δ_l t_{l−1}ᵀ over all stages in one product.  With s stages, a step costs

    route          states held    evaluations    pulls (vjps)    its gradient is
    stored         n              2 s            s               that of the scheme, to rounding
    checkpointed   slots + 1      (2 + r) s      s               the same, bit for bit
    rebuilt        1              3 s − 1        s               off by what Φ_{−h} Φ_h loses, O(h^p) or O(h^{p+1})
    reversible     2              4 s            2 s             that of the reversible scheme; rounding grows by 1/λ
    continuous     1              2 s            s               O(h^p) off

r: steps computed again, a step.  `rebuilt` saves one evaluation a step: the first stage of Φ_h at x̃_k is the first of
Φ_{−h} there.  `continuous` is the algorithm of torchdiffeq's odeint_adjoint: κ_i = h b_i a_i turns its recursion into
κ_i = h b_i (g + Σ_{j<i} (a_ij/b_j) μ_j), that of the discrete adjoint with other weights in the other order.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from gronwall.theory.adjoint.checkpoints import checkpoint_split
from gronwall.theory.runge_kutta import THREE_EIGHTHS, Tableau
from systems.adjoint.mlp import Mlp
from systems.solving.repeatable import check_repeatable

__all__ = ["ROUTES", "Mlp", "default_slots", "solve"]

SATURATED = 20.0
"""tanh of it is 1 and its slope 0, exactly, in single and in double precision."""


# ---------------------------------------------------------------- one step, its buffers and views made once


def _hat(A: Tensor, b: Tensor, corner: float) -> Tensor:
    """[[A, b], [0, corner]]."""
    hat = A.new_zeros(A.shape[0] + 1, A.shape[1] + 1)
    hat[:-1, :-1], hat[:-1, -1], hat[-1, -1] = A, b, corner
    return hat


def _with_one(x: Tensor) -> Tensor:
    """x̂, the rows of x with a 1 behind."""
    return nn.functional.pad(x, (0, 1), value=1.0)


class _Step:
    """Φ_{±h} at the state x̂, in place: s stages, B samples, rewritten from step to step.

    inputs[l]: what layer l takes, (s, B, in_l), stage states for l = 0 and activations after it; x̂ is that of stage 0.
    columns: k_i, (B (d + 1), s), so that Σ c_i k_i is one product.
    """

    def __init__(self, f: Mlp, tableau: Tableau, h: float, batch: int) -> None:
        s, like = range(tableau.stages), f.weights[0]
        corners = [*[SATURATED] * (len(f.weights) - 1), 0.0]
        self.hats = [_hat(*layer) for layer in zip(f.weights, f.biases, corners, strict=True)]
        self.inputs = [like.new_empty(len(s), batch, hat.shape[1]) for hat in self.hats]
        slopes = torch.empty_like(self.inputs[0])
        self.x = self.inputs[0][0]
        self.flat = self.x.view(-1)
        self.columns = slopes.view(len(s), -1).t()
        taken, given = [[part[i] for part in self.inputs] for i in s], [layer.t().contiguous() for layer in self.hats]
        self.through = [[*zip(taken[i], given, [*taken[i][1:], slopes[i]], strict=True)] for i in s]
        self.earlier = [(self.columns[:, :i], taken[i][0].view(-1)) for i in s]
        self.rows = {
            sign: [like.new_tensor([sign * h * float(a) for a in a_i[:i]]) for i, a_i in enumerate(tableau.A)]
            for sign in (1, -1)
        }
        self.moves = {sign: like.new_tensor([sign * h * float(b_i) for b_i in tableau.b]) for sign in (1, -1)}

    def stages(self, sign: int, first: int = 0) -> None:
        """Y_i = x + Σ_j ±h a_ij k_j and k_i = f(Y_i) from the stage `first` on, the earlier ones being there."""
        for i in range(first, len(self.through)):
            if i > 0:
                columns, y = self.earlier[i]
                torch.addmv(self.flat, columns, self.rows[sign][i], out=y)
            *hidden, (t, A, k) = self.through[i]
            for t_before, A_before, t_after in hidden:
                torch.mm(t_before, A_before, out=t_after)
                torch.tanh_(t_after)
            torch.mm(t, A, out=k)

    def move(self, sign: int) -> None:
        """x ← x ± h Σ b_i k_i."""
        self.flat.addmv_(self.columns, self.moves[sign])

    def advance(self, steps: int) -> None:
        """As many steps of Φ_h."""
        for _ in range(steps):
            self.stages(1)
            self.move(1)


class _Pull:
    """The covector ĝ taken back through the stages that a step holds, and the gradient in the weights, summed up.

    deltas[l]: the covectors of what layer l gives, (s, B, out_l), κ for the last; mu: μ_i, (s, B, d + 1).
    """

    def __init__(self, step: _Step, tableau: Tableau, h: float, g: Tensor) -> None:
        A, b, s = [[float(a) for a in row] for row in tableau.A], [float(b) for b in tableau.b], tableau.stages
        self.step, self.g = step, nn.functional.pad(g, (0, 1))
        self.flat = self.g.view(-1)
        self.deltas = [*(torch.empty_like(part) for part in step.inputs[1:]), torch.empty_like(step.inputs[0])]
        self.mu = torch.empty_like(step.inputs[0])
        self.columns, self.ones = self.mu.view(s, -1).t(), g.new_ones(s)
        self.products = []
        for (rows, columns), delta, given in zip(
            [hat.shape for hat in step.hats], self.deltas, step.inputs, strict=True
        ):
            pair = delta.view(-1, rows), given.view(-1, columns)
            left, right = pair[::-1] if rows > columns else pair  # a product with fewer rows than columns is faster
            self.products.append((g.new_zeros(left.shape[1], right.shape[1]), left.t(), right))
        after, before = [slice(i + 1, s) for i in range(s)], [slice(0, i) for i in range(s)]
        back = range(s)[::-1]
        self.discrete = {w: self._order(back, after, b, w * h, lambda i, j, w=w: w * h * A[j][i]) for w in (1, -1)}
        if all(b):  # else there is no such recursion, and `solve` has said so
            self.continuous = self._order(range(s), before, b, h, lambda i, j: h * b[i] * A[i][j] / b[j])

    def _order(self, order: Any, done: list[slice], b: list[float], h: float, weight: Any) -> list[tuple[Any, ...]]:
        """Stage by stage: the μ_j that κ_i needs, their weights, h b_i, κ_i, the layers from the last to the first."""
        found = []
        for i in order:
            row = self.g.new_tensor([weight(i, j) for j in range(len(b))[done[i]]])
            kappa, above = self.deltas[-1][i], reversed(range(1, len(self.deltas)))
            down = [
                (self.deltas[m][i], self.step.hats[m], self.deltas[m - 1][i], self.step.inputs[m][i]) for m in above
            ]
            end = (self.deltas[0][i], self.step.hats[0], self.mu[i])
            found.append((self.columns[:, done[i]] if len(row) else None, row, h * b[i], kappa.view(-1), down, end))
        return found

    def pull(self, order: list[tuple[Any, ...]], into: Tensor | None = None) -> None:
        """κ_i = h b_i g + Σ_j c_ij μ_j, μ_i = J_iᵀ κ_i in the given order; Σ μ_i is added to g, or to `into`."""
        slope = torch.ops.aten.tanh_backward.grad_input
        for columns, row, weight, kappa, down, (delta_1, A_1, mu) in order:
            if columns is None:
                torch.mul(self.flat, weight, out=kappa)
            else:
                torch.addmv(self.flat, columns, row, beta=weight, out=kappa)
            for delta, A, below, t in down:
                torch.mm(delta, A, out=below)
                slope(below, t, grad_input=below)  # below ⊙ (1 − t²)
            torch.mm(delta_1, A_1, out=mu)
        (self.flat if into is None else into).addmv_(self.columns, self.ones)
        for gathered, left, right in self.products:
            gathered.addmm_(left, right)

    def of_weights(self) -> list[Tensor]:
        """∇A_1 … ∇A_L, ∇b_1 … ∇b_L."""
        found = [
            g if g.shape == hat.shape else g.t() for (g, _, _), hat in zip(self.products, self.step.hats, strict=True)
        ]
        return [*(g[:-1, :-1] for g in found), *(g[:-1, -1] for g in found)]


# ---------------------------------------------------------------- the routes


@dataclass(frozen=True)
class _Plan:
    """n steps of size h, slots for checkpoints, the coupling of the reversible scheme."""

    tableau: Tableau
    h: float
    n: int
    slots: int
    coupling: float


Forward = Callable[[_Step, _Plan], tuple[Tensor, ...]]
Backward = Callable[[_Pull, _Plan, tuple[Tensor, ...]], None]
"""From the first state in `step.x` to what is kept, the last state first; from that to g at the first state."""


def _last_only(step: _Step, plan: _Plan) -> tuple[Tensor, ...]:
    step.advance(plan.n)
    return (step.x.clone(),)


def _all_states(step: _Step, plan: _Plan) -> tuple[Tensor, ...]:
    states = step.x.new_empty(plan.n, *step.x.shape)
    for kept in states.unbind():
        kept.copy_(step.x)
        step.advance(1)
    return step.x.clone(), states


def _first_and_last(step: _Step, plan: _Plan) -> tuple[Tensor, ...]:
    first = step.x.clone()
    return *_last_only(step, plan), first


def _pair(step: _Step, plan: _Plan) -> tuple[Tensor, ...]:
    """y ← λy + (1 − λ)z + Ψ_h(z),  z ← z − Ψ_{−h}(y)."""
    y, z = step.x.clone(), step.x.clone()
    for _ in range(plan.n):
        step.x.copy_(z)
        step.stages(1)
        torch.lerp(z, y, plan.coupling, out=y)
        y.view(-1).addmv_(step.columns, step.moves[1])
        step.x.copy_(y)
        step.stages(-1)
        z.view(-1).addmv_(step.columns, step.moves[-1], alpha=-1)
    return y, z


def _by_stored(back: _Pull, plan: _Plan, kept: tuple[Tensor, ...]) -> None:
    for x in reversed(kept[1].unbind()):
        _at(back, x)


def _at(back: _Pull, x: Tensor) -> None:
    """The pull through the step from x."""
    back.step.x.copy_(x)
    back.step.stages(1)
    back.pull(back.discrete[1])


def _by_checkpoints(back: _Pull, plan: _Plan, kept: tuple[Tensor, ...]) -> None:
    def between(x: Tensor, n: int, slots: int) -> None:
        while n > 1:
            m = checkpoint_split(n, slots)
            back.step.x.copy_(x)
            back.step.advance(m)
            between(back.step.x.clone(), n - m, slots - 1)
            n = m
        _at(back, x)

    between(kept[1], plan.n, plan.slots)


def _by_reversal(back: _Pull, plan: _Plan, kept: tuple[Tensor, ...]) -> None:
    """x̃_k = Φ_{−h}(x̃_{k+1}); k_1 at x̃_{k+1} is there from the pull before."""
    step = back.step
    step.x.copy_(kept[0])
    for k in range(plan.n):
        step.stages(-1, first=min(k, 1))
        step.move(-1)
        step.stages(1)
        back.pull(back.discrete[1])


def _by_inversion(back: _Pull, plan: _Plan, kept: tuple[Tensor, ...]) -> None:
    """The stages at y⁺ and at z serve the closed form of the step back and the pull alike."""
    step, lam = back.step, plan.coupling
    y, z = (x.clone() for x in kept)
    gy, gz = back.g.clone(), torch.zeros_like(back.g)
    for _ in range(plan.n):
        step.x.copy_(y)
        step.stages(-1)
        torch.neg(gz, out=back.g)
        back.pull(back.discrete[-1], gy.view(-1))
        z.view(-1).addmv_(step.columns, step.moves[-1])
        step.x.copy_(z)
        step.stages(1)
        back.g.copy_(gy)
        back.pull(back.discrete[1], gz.view(-1))
        gz.add_(gy, alpha=1 - lam)
        gy.mul_(lam)
        y.view(-1).addmv_(step.columns, step.moves[1], alpha=-1)
        torch.lerp(z, y, 1 / lam, out=y)  # z + (y − Ψ − z)/λ
    torch.add(gy, gz, out=back.g)


def _by_the_adjoint_equation(back: _Pull, plan: _Plan, kept: tuple[Tensor, ...]) -> None:
    step = back.step
    step.x.copy_(kept[0])
    for _ in range(plan.n):
        step.stages(-1)
        back.pull(back.continuous)
        step.move(-1)


ROUTES: dict[str, tuple[Forward, Backward]] = {
    "stored": (_all_states, _by_stored),
    "checkpointed": (_first_and_last, _by_checkpoints),
    "rebuilt": (_last_only, _by_reversal),
    "reversible": (_pair, _by_inversion),
    "continuous": (_last_only, _by_the_adjoint_equation),
}


class _Solve(torch.autograd.Function):
    """The solve as one operation: it saves what its route keeps, and the weights."""

    @staticmethod
    def forward(ctx: Any, plan: _Plan, route: str, layers: int, x: Tensor, *tensors: Tensor) -> Tensor:
        f = Mlp(tensors[:layers], tensors[layers:])
        step = _Step(f, plan.tableau, plan.h, len(x))
        step.x.copy_(_with_one(x))
        kept = ROUTES[route][0](step, plan)
        ctx.plan, ctx.route, ctx.layers = plan, route, layers
        ctx.save_for_backward(*tensors, *kept)
        return kept[0][:, :-1].clone()

    @staticmethod
    @once_differentiable  # type: ignore[untyped-decorator]
    def backward(ctx: Any, g: Tensor) -> tuple[Any, ...]:
        saved, plan, both = ctx.saved_tensors, ctx.plan, 2 * ctx.layers  # raises where a weight was changed in place
        f = Mlp(saved[: ctx.layers], saved[ctx.layers : both])
        back = _Pull(_Step(f, plan.tableau, plan.h, len(g)), plan.tableau, plan.h, g)
        ROUTES[ctx.route][1](back, plan, saved[both:])
        return None, None, None, back.g[:, :-1].clone(), *back.of_weights()


def default_slots(n: int) -> int:
    """⌈log₂ n⌉, at least one."""
    return max(1, math.ceil(math.log2(n)))


def solve(
    f: Mlp | nn.Sequential,
    x: Tensor,
    span: float,
    n: int,
    *,
    tableau: Tableau = THREE_EIGHTHS,
    route: str = "rebuilt",
    slots: int | None = None,
    coupling: float = 0.99,
) -> Tensor:
    """x(span) for x' = f(x) by n equal steps, differentiable (once) in x and in the weights by a route of `ROUTES`.

    x: (…, d).  slots: states held by `checkpointed`, ⌈log₂ n⌉ by default.  coupling: λ of `reversible`, which solves by
    another scheme.  Raises ValueError for an implicit tableau, an unknown route, what does not fit and a module that is
    not the function of its layers, TypeError for a state of another dtype than the weights; NaNs pass as through any
    layer.
    """
    module, f = f, f if isinstance(f, Mlp) else Mlp.of(f)
    _check_route(tableau, route)
    _check(f, x, n, slots, coupling)
    if not isinstance(module, Mlp):
        _check_module(module, f, x)
    plan = _Plan(tableau, span / n, n, slots or default_slots(n), coupling)
    rows = x.reshape(-1, x.shape[-1])
    last: Tensor = _Solve.apply(plan, route, len(f.weights), rows, *f.tensors)
    return last.view(x.shape)


def _check(f: Mlp, x: Tensor, n: int, slots: int | None, coupling: float) -> None:
    d, like = f.weights[0].shape[1], f.weights[0]
    if n < 1 or (slots is not None and slots < 1):
        raise ValueError(f"got n = {n} steps and {slots} slots: expected at least one of each")
    if not 0 < coupling <= 1:
        raise ValueError(f"got the coupling {coupling}: expected 0 < λ <= 1")
    if x.dim() < 1 or x.shape[-1] != d or x.numel() == 0:
        raise ValueError(f"got a state of shape {tuple(x.shape)}: expected (…, {d}), as the weights have it, not empty")
    if x.dtype != like.dtype or x.device != like.device:
        raise TypeError(f"the state is {x.dtype} on {x.device}, the weights are {like.dtype} on {like.device}")


def _check_module(module: nn.Sequential, f: Mlp, x: Tensor) -> None:
    """Refuses a module that is no function of its input, or another one than its layers: one with hooks, say."""
    check_repeatable(module, x, "the field", lambda: dict(module.named_buffers()))
    with torch.no_grad():
        value, expected = module(x), f(x)
    if value.shape != expected.shape or not torch.equal(value.isnan(), expected.isnan()):
        told = f"shape {tuple(value.shape)}, {int(value.isnan().sum())} NaNs"
    elif torch.equal(value.nan_to_num(), expected.nan_to_num()):
        return
    else:
        told = f"a value {float((value - expected).abs().nan_to_num().max()):.3g} away"
    raise ValueError(f"the module gives {told} from what its layers give: expected one without hooks of its own")


def _check_route(tableau: Tableau, route: str) -> None:
    if route not in ROUTES:
        raise ValueError(f"got the route {route!r}: expected one of {', '.join(ROUTES)}")
    if not tableau.is_explicit:
        raise ValueError(f"{tableau.name} is implicit: expected an explicit tableau, such as RK4")
    if route == "continuous" and any(b == 0 for b in tableau.b):
        weights = ", ".join(map(str, tableau.b))
        raise ValueError(f"{tableau.name} has a zero among its weights {weights}: use another route, such as 'rebuilt'")
