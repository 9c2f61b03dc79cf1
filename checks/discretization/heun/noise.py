"""Heun's orders when the weights are not smooth in depth: random walks, and independent noise of size N^(−γ)."""

from __future__ import annotations

from gronwall import pick, rate
from gronwall.theory.discretization.reversal import EULER, HEUN
from systems.discretization import backwards

OWN = "Heun, sharper (own statement)"
OF = ("states", "x", "theta")
MANY = pick(quick=40, full=100)
WALK = {"states": 3, "x": 3, "theta": 4}


def walks(n: int, shared_rng, rng, many: int) -> backwards.Deep:
    """Every weight takes steps ±1/N on its way from layer to layer, on top of a smooth path."""
    return backwards.deep("walk", n, shared_rng, rng, many=many, d=2)


@rate(
    source="gronwall",
    ref=OWN,
    order=WALK.get,
    at=[24, 48, 96, 192, 384],
    seeds=4,
    within=0.15,
    cases=list(OF),
)
def weights_on_a_random_walk_keep_the_orders(n, shared_rng, rng, case, effort):
    r"""Steps $\pm\frac1N$ of every weight from layer to layer: Heun's orders are 3, 3 and 4, as for smooth weights.

    Neighbours differ by O(1/N), which is all that is needed; the weights have no limit that is smooth in depth.
    """
    return backwards.error_of(walks(n, shared_rng, rng, 3 * MANY.at(effort)), HEUN, case)


weights_on_a_random_walk_keep_the_orders.mutant("half an order less", order=lambda of: WALK[of] - 0.5)
weights_on_a_random_walk_keep_the_orders.mutant("one order more", order=lambda of: WALK[of] + 1)


@weights_on_a_random_walk_keep_the_orders.mutant("Euler's steps")
def _(n, shared_rng, rng, case):
    return backwards.error_of(walks(n, shared_rng, rng, 40), EULER, case)


def order(case: tuple[str, float]) -> float:
    """1 + 2γ, and one more for the gradient in the weights."""
    of, gamma = case
    return 1 + 2 * gamma + (of == "theta")


def noisy(n: int, shared_rng, rng, gamma: float, many: int) -> backwards.Deep:
    """Smooth weights and independent noise of size N^(−γ) in every layer; one state, so that a mean soon shows."""
    return backwards.deep("noise", n, shared_rng, rng, gamma=gamma, many=many, d=1, size=1.0)


STATES = {f"noise N^-{gamma}": ("states", gamma) for gamma in (0.5, 0.25, 0.0)}
GRADIENTS = {f"{of}, noise N^-{gamma}": (of, gamma) for of in ("x", "theta") for gamma in (0.5, 0.25, 0.0)}
FINE = pick(quick=[32, 64, 128, 256, 512], full=[64, 128, 256, 512, 1024])


@rate(source="gronwall", ref=OWN, order=order, at=FINE, seeds=pick(quick=6, full=8), within=0.15, cases=STATES)
def noise_in_depth_costs_heun_its_order(n, shared_rng, rng, case, effort, log):
    r"""Independent noise of size $N^{-\gamma}$ a layer, $\gamma\le\frac12$: rebuilt states err like $N^{-1-2\gamma}$.

    A step leaves −h²/4 (∂f_b − ∂f_a)[f_b − f_a], quadratic in the noise, so its mean is not zero and adds up over N
    layers; its fluctuation adds up like √N and falls by N^(−1/2) faster.  Without smoothness, γ = 0, Heun is no
    better than Euler in order.
    """
    error = backwards.error_of(noisy(n, shared_rng, rng, case[1], 3 * MANY.at(effort)), HEUN, case[0])
    log("reconstruction", x=n, measured=error, scheme="heun", of="states", weights=f"noise {case[1]}")
    return error


def fine(case: tuple[str, float]) -> list[int]:
    """Where the noise is of size one, the states' gradients settle latest."""
    return [256, 512, 1024, 2048, 4096] if case == ("x", 0.0) else [64, 128, 256, 512, 1024]


@rate(source="gronwall", ref=OWN, order=order, at=fine, seeds=8, within=0.15, cases=GRADIENTS, effort="full")
def noise_in_depth_costs_heuns_gradients_their_order(n, shared_rng, rng, case, effort, log):
    r"""Noise of size $N^{-\gamma}$: $\nabla_x$ errs like $N^{-1-2\gamma}$, $\nabla_\theta$ like $N^{-2-2\gamma}$."""
    error = backwards.error_of(noisy(n, shared_rng, rng, case[1], MANY.at(effort)), HEUN, case[0])
    log("gradient", x=n, measured=error, scheme="heun", of=case[0], weights=f"noise {case[1]}")
    return error


for claim in (noise_in_depth_costs_heun_its_order, noise_in_depth_costs_heuns_gradients_their_order):
    claim.mutant("no smoothness needed: 3, 3 and 4", order=lambda case: WALK[case[0]])
    claim.mutant("half an order more", order=lambda case: order(case) + 0.5)


@noise_in_depth_costs_heuns_gradients_their_order.mutant("noise smaller by N^(−1/4)")
def _(n, shared_rng, rng, case):
    return backwards.error_of(noisy(n, shared_rng, rng, case[1] + 0.25, 80), HEUN, case[0])
