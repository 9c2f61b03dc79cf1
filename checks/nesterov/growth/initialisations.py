"""Figure 2: how large random initialisations become on t = 1 … 63, with a simulated input in the place of Silverbox."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import torch
from torch import Tensor

from gronwall import comparison, pick, reproduction
from gronwall.theory.nesterov.limit import gate, gate_slope
from systems.nesterov.trained.kinds import BOUNDS
from systems.nesterov.trained.published import NAMES
from systems.solving.lockstep import dopri5

DRAWS, TIMES, SEEDS = 10, np.arange(1.0, 64.0), pick(quick=12, full=48)
C = BOUNDS["hardtanh 1/4"]
PUBLISHED = dict(zip(NAMES, (9.6, 14.3, 12.5, 15.1, 0.1, 12.7, 0.0), strict=True))
"""log10 of the mean norm at t = 63, read off the curves."""


def drawn(rng: np.random.Generator, name: str, draws: int) -> tuple[list[Tensor], Tensor]:
    """Weights of f (one affine map of the state it sees and the input), uniform in ±1/√fan-in, and the first states.

    h(1) = 1; the second half, where there is one, is a weight of its own in ±1, ANODE's a zero.
    """
    sees = 2 if name in ("ANODE", "SONODE") else 1
    out = 2 if name == "ANODE" else 1
    bound = 1 / np.sqrt(sees + 1)
    W, b = rng.uniform(-bound, bound, (draws, sees + 1, out)), rng.uniform(-bound, bound, (draws, out))
    z = np.ones((draws, 1 if name == "NODE" else 2))
    z[:, 1:] = 0.0 if name == "ANODE" else rng.uniform(-1, 1, (draws, 1))
    return [torch.tensor(W), torch.tensor(b)], torch.tensor(z)


def slopes(name: str, t: Tensor, z: Tensor, f: Tensor, bounded: bool, restored: bool) -> Tensor:
    """The second-order systems as `silverbox_init.py` runs them: σ = hardtanh(±1/4) and ξ = log 2 where generalised."""
    h, m, act, xi = z[:, :1], z[:, 1:], C if bounded else (lambda x: x), np.log(2.0) * restored
    gamma = 1 / (1 + np.exp(3.0))
    if name == "SONODE":
        return torch.cat([m, f], dim=1)
    if name == "HBNODE":
        return torch.cat([-m, f - gamma * m], dim=1)
    if name == "GHBNODE":
        return torch.cat([act(-m), f - gamma * m + xi * h], dim=1)
    m = (m - gate_slope(t) * h) / gate(t)  # the state is read as (h, h')
    if name == "NesterovNODE":
        return torch.cat([m, f - m], dim=1)
    return torch.cat([act(m), act(f) - m - xi * h], dim=1)


def sizes(rng: np.random.Generator, name: str, draws: int, bounded: bool = True, restored: bool = True) -> np.ndarray:
    """|z(t)| at t = 1 … 63, draws x 63: of (h, h') for second-order systems, after the gate for both Nesterov layers.

    dopri5 at 1e-7 from one whole time to the next, where the input, a sum of five waves of root mean square one that
    differs from draw to draw, is sampled and has its kinks.
    """
    (W, b), z = drawn(rng, name, draws)
    waves = np.outer(np.arange(66), 2 * np.pi * np.array([0.05, 0.09, 0.14, 0.2, 0.31]))
    phases = rng.uniform(0, 2 * np.pi, (draws, 1, 5))
    inputs = torch.tensor(np.sqrt(2 / 5) * np.sin(waves + phases).sum(axis=2))[:, :, None]
    found = [z]
    for left in range(1, 63):

        def field(t: Tensor, z: Tensor, who: object, left: int = left) -> Tensor:
            at = t[:, None]
            v = inputs[who, left] + (at - left) * (inputs[who, left + 1] - inputs[who, left])
            seen = z if name in ("NODE", "ANODE", "SONODE") else z[:, :1]
            f = torch.einsum("bi,bij->bj", torch.cat([seen, v], dim=1), W[who]) + b[who]
            return f if name in ("NODE", "ANODE") else slopes(name, at, z, f, bounded, restored)

        z, _ = dopri5(field, z, float(left), float(left + 1), 1e-7)
        found.append(z)
    states = torch.stack(found)
    if name.endswith("NesterovNODE"):
        t = torch.tensor(TIMES)[1:, None, None]
        k = C(gate(t)) if name.startswith("G") and bounded else gate(t)
        h = k * states[1:, :, :1]
        factor = 1.5 / (t * gate(t)) - 0.5 / k  # as the code forms it: the gate in the second term, not in the first
        states = torch.cat([states[:1], torch.cat([h, k * (states[1:, :, 1:] - factor * h)], dim=2)])
    return np.asarray(states.norm(dim=2).T)


@cache
def curves(name: str, replicates: int, bounded: bool = True, restored: bool = True) -> np.ndarray:
    """Means over ten draws, replicates x 63; the draws of a replicate come from one generator with fixed seeds."""
    rng = np.random.default_rng([2022, 63])
    found = sizes(rng, name, DRAWS * replicates, bounded, restored)
    return np.asarray(found.reshape(replicates, DRAWS, -1).mean(axis=1))


def end(name: str, replicate: int, effort: Any, bounded: bool = True, restored: bool = True) -> float:
    """The mean at t = 63."""
    return float(curves(name, SEEDS.at(effort), bounded, restored)[replicate, -1])


GROWING = {name: name for name in NAMES if PUBLISHED[name] > 1}
GATED = {name: name for name in ("GHBNODE", "GNesterovNODE")}


@reproduction(source="nguyen2022", ref="Figure 2", cases=GROWING, published=PUBLISHED.__getitem__, within=0.2,
              seeds=SEEDS)  # fmt: skip
def random_initialisations_grow_by_many_orders(replicate, case, effort, log):
    r"""$\log_{10}$ of the mean of $\|(h,h')\|$ over ten random layers at $t=63$, for the five that may run away.

    As the script of Figure 2 draws and integrates them, with a simulated input.  The mean of ten is that of the one
    that grows most, so two sets of ten differ by orders; published is one set.  The NesterovNODE is the released one.
    """
    log.array("growth", np.log10(curves(case, SEEDS.at(effort))[replicate]), model=case)
    return float(np.log10(end(case, replicate, effort)))


random_initialisations_grow_by_many_orders.mutant("a hundred orders", published=100.0)


@random_initialisations_grow_by_many_orders.mutant("what GHBNODE ends at")
def _(replicate, effort):
    return float(np.log10(end("GHBNODE", replicate, effort)))


@reproduction(source="nguyen2022", ref="Figure 2", cases=GATED, published=lambda name: 10 ** PUBLISHED[name],
              within=0.5, seeds=SEEDS)  # fmt: skip
def generalised_layers_stay_small(replicate, case, effort, log):
    r"""The mean of $\|(h,h')\|$ over ten random generalised layers at $t=63$: $10^{0.1}$ and $10^{0.0}$ in print."""
    log.array("growth", np.log10(curves(case, SEEDS.at(effort))[replicate]), model=case)
    return end(case, replicate, effort)


@generalised_layers_stay_small.mutant("the layers that are not generalised")
def _(replicate, case, effort):
    return end(case[1:], replicate, effort)


@comparison(source="nguyen2022", ref="Figure 2", seeds=SEEDS, factor=1e4, cases=GATED)
def generalised_layers_end_four_orders_smaller(replicate, case, effort):
    r"""At random initialisation $\|(h,h')\|$ at $t=63$ is at least $10^4$ times smaller with $\sigma$ and $\xi$.

    GHBNODE beside HBNODE, GNesterovNODE beside NesterovNODE, the same draws; σ = hardtanh(±1/4), ξ = log 2.
    """
    return end(case, replicate, effort), end(case[1:], replicate, effort)


generalised_layers_end_four_orders_smaller.mutant("by forty orders", factor=1e40)


@generalised_layers_end_four_orders_smaller.mutant("the other way round")
def _(replicate, case, effort):
    return end(case[1:], replicate, effort), end(case, replicate, effort)


ALONE = {"GHBNODE, ξ alone": ("GHBNODE", False, True), "GNesterovNODE, σ alone": ("GNesterovNODE", True, False)}


@comparison(
    source="nguyen2022",
    ref="Growth control, a bound (own statement)",
    seeds=SEEDS,
    factor=1e3,
    cases=ALONE,
    effort="full",
)
def one_of_both_is_enough(replicate, case, effort):
    r"""$\xi$ alone keeps a heavy ball small, $\sigma$ alone a released Nesterov layer: $10^3$ times below the plain.

    ξ = log 2 = 0.693 outweighs every weight of at most 1/√2 = 0.707 but the very largest, so a heavy ball oscillates
    and needs no bound on σ.  What σ does for a Nesterov layer is above all to bound the factor k of its output.
    """
    name, bounded, restored = case
    return end(name, replicate, effort, bounded, restored), end(name[1:], replicate, effort)


@one_of_both_is_enough.mutant("neither")
def _(replicate, case, effort):
    name = case[0]
    return end(name[1:], replicate, effort), end(name[1:], replicate, effort)


@one_of_both_is_enough.mutant("σ alone for a heavy ball, ξ alone for a Nesterov layer, to below 10")
def _(replicate, case, effort):
    name, bounded, restored = case
    return end(name, replicate, effort, restored, bounded), 10.0 * 1e3
