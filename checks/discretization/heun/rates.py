"""Proposition 5: Heun's orders with smooth weights, with noisy ones, and with the reverse step not swapped."""

from __future__ import annotations

from gronwall import rate
from gronwall.theory.discretization.reversal import EULER, HEUN
from systems.discretization import backwards

PROPOSITION, OWN = "Proposition 5 (recalled)", "Heun, sharper (own statement)"
DEPTHS, SEEDS = [24, 48, 96, 192, 384], backwards.SEEDS
OF = ("states", "x", "theta")
REPORTED = {"states": 2, "x": 2, "theta": 3}
SHARPER = {"states": 3, "x": 3, "theta": 4}


@rate(source="sander2022", ref=PROPOSITION, order=REPORTED.get, at=DEPTHS, seeds=SEEDS, at_least=True, cases=list(OF))
def heun_errors_fall_at_least_as_reported(n, shared_rng, rng, case):
    r"""Heun, smooth weights: states and $\nabla_x$ err at most like $1/N^2$, $\nabla_\theta$ at most like $1/N^3$.

    Recalled, and true as an upper bound; the exponents are one more (`heun_errors_fall_one_order_faster`).
    """
    return backwards.error_of(backwards.deep("smooth", n, shared_rng, rng), HEUN, case)


heun_errors_fall_at_least_as_reported.mutant("two orders more", order=lambda of: REPORTED[of] + 2)


@heun_errors_fall_at_least_as_reported.mutant("Euler's steps")
def _(n, shared_rng, rng, case):
    return backwards.error_of(backwards.deep("smooth", n, shared_rng, rng), EULER, case)


@heun_errors_fall_at_least_as_reported.mutant("no smoothness needed: layers with independent noise", seeds=12)
def _(n, shared_rng, rng, case):
    return backwards.error_of(backwards.deep("noise", n, shared_rng, rng, many=64, d=2), HEUN, case)


SMOOTH = {f"{of}, {family}": (of, family) for family in ("tied", "smooth", "lipschitz") for of in OF}


def sharper(case: tuple[str, str]) -> int:
    return SHARPER[case[0]]


@rate(source="gronwall", ref=OWN, order=sharper, at=DEPTHS, seeds=SEEDS, within=0.1, cases=SMOOTH)
def heun_errors_fall_one_order_faster(n, shared_rng, rng, case, log):
    r"""Heun, weights Lipschitz in depth: states and $\nabla_x$ err like $1/N^3$, $\nabla_\theta$ like $1/N^4$.

    The h² term of a step vanishes with the square of the difference of its layers, the h³ term with the difference.
    """
    of, family = case
    error = backwards.error_of(backwards.deep(family, n, shared_rng, rng), HEUN, of)
    name = "reconstruction" if of == "states" else "gradient"
    log(name, x=n, measured=error, scheme="heun", of=of, weights=family)
    return error


heun_errors_fall_one_order_faster.mutant("as reported, exactly: two, two, three", order=lambda case: REPORTED[case[0]])


@heun_errors_fall_one_order_faster.mutant("the vjp at the state before the one rebuilt, or the states shifted by one")
def _(n, shared_rng, rng, case):
    of, family = case
    net = backwards.deep(family, n, shared_rng, rng)
    states, rebuilt = backwards.states_of(net, HEUN)
    if of == "states":
        return backwards.typical(backwards.worst(states[:-1], rebuilt[1:]))
    right, wrong = (backwards.gradients_at(net, HEUN, points) for points in (states, [*rebuilt[1:], rebuilt[-1]]))
    if of == "x":
        return backwards.typical(backwards.worst(right.states, wrong.states))
    return backwards.typical(backwards.worst(right.weights, wrong.weights))


@rate(
    source="gronwall",
    ref=OWN,
    order=sharper,
    at=DEPTHS,
    seeds=SEEDS,
    within=0.1,
    cases={of: (of, "smooth") for of in OF},
)
def the_swapped_reverse_step_keeps_the_order(n, shared_rng, rng, case):
    r"""The reverse step must take $\theta_{n+1}$ before $\theta_n$: only then Heun's orders are 3, 3 and 4.

    Untied smooth weights; with tied ones the two reverse steps are the same and nothing is seen.
    """
    return backwards.error_of(backwards.deep("smooth", n, shared_rng, rng), HEUN, case[0])


@the_swapped_reverse_step_keeps_the_order.mutant("the reverse step not swapped")
def _(n, shared_rng, rng, case):
    return backwards.error_of(backwards.deep("smooth", n, shared_rng, rng), backwards.UNSWAPPED, case[0])


@rate(source="gronwall", ref=OWN, order=2, at=DEPTHS, seeds=SEEDS, within=0.1)
def unswapped_the_reverse_step_is_of_order_two(n, shared_rng, rng):
    r"""The reverse step that takes $\theta_n$ first leaves $O(1/N^2)$, unless all layers are equal."""
    return backwards.error_of(backwards.deep("smooth", n, shared_rng, rng), backwards.UNSWAPPED, "states")


@unswapped_the_reverse_step_is_of_order_two.mutant("tied weights, where it is the right one")
def _(n, shared_rng, rng):
    return backwards.error_of(backwards.deep("tied", n, shared_rng, rng), backwards.UNSWAPPED, "states")


unswapped_the_reverse_step_is_of_order_two.mutant("order three", order=3)
