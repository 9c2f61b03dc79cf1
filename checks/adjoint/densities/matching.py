"""Figure 4: continuous flows of M units and flows of K = M planar layers matched to three densities, KL(q‖p) told."""

from __future__ import annotations

from gronwall import comparison, reproduction
from systems.adjoint.densities.models import TARGETS
from systems.adjoint.densities.results import kl, kl_untrained
from systems.adjoint.densities.training import SEEDS, SIZES

REF = "Figures 4, 5: continuous normalizing flows"
TARGET = {name: name for name in TARGETS}


def pair(kinds, case, replicate, effort):
    """KL(q‖p) of two kinds of flow of one size on one target."""
    target, size = case
    return tuple(float(kl(kind, size, target, effort)[replicate]) for kind in kinds)


@reproduction(source="chen2018", ref=REF, cases=TARGET, published=len(SIZES), seeds=SEEDS.count, effort="full")
def continuous_flows_match_better_at_every_size(replicate, case, effort):
    r"""At how many of the sizes $M=K=2,8,32$ the gated flow (28) ends at the smaller KL$(q\|p)$: all three in print.

    What is recalled of the text, "generally lower", is read as a count of three.  A tenth of the paper's iterations for
    both, 1,000 of Adam and 50,000 of RMSprop; KL from 10,000 fresh samples, the normaliser by quadrature.
    """
    pairs = (pair(("gated", "layers"), (case, size), replicate, effort) for size in SIZES)
    return sum(float(ours < theirs) for ours, theirs in pairs)


@continuous_flows_match_better_at_every_size.mutant("by the continuous flow as it starts, untrained")
def _(replicate, case, effort):
    start = [kl_untrained("gated", size, case, effort)[replicate] for size in SIZES]
    ends = [kl("layers", size, case, effort)[replicate] for size in SIZES]
    return sum(float(ours < theirs) for ours, theirs in zip(start, ends, strict=True))


DECIDED = {f"{target}, {size}": (target, size) for target in ("U2", "U3") for size in (8, 32)}


@comparison(source="chen2018", ref=REF, cases=DECIDED, seeds=SEEDS.count, effort="full")
def layers_match_better_with_fifty_times_the_iterations(replicate, case, effort):
    r"""On $U_2$, $U_3$ layers end at a smaller KL$(q\|p)$ than gated units, $K=M=8,32$, with 50 times the iterations.

    The reverse of what is printed; two other seeds had shown the direction before it was stated.  On U_1, and at
    M = K = 2, twelve seeds decide narrowly or not at all, or the targets disagree: the table has all nine.
    """
    return pair(("layers", "gated"), case, replicate, effort)


@layers_match_better_with_fifty_times_the_iterations.mutant("untrained layers do")
def _(replicate, case, effort):
    target, size = case
    ends = kl_untrained("layers", size, target, effort), kl("gated", size, target, effort)
    return tuple(float(values[replicate]) for values in ends)


@comparison(source="chen2018", ref=REF, cases=DECIDED, seeds=SEEDS.count, effort="full")
def units_that_move_match_better(replicate, case, effort):
    r"""On $U_2$, $U_3$ a flow whose $w$, $u$, $b$ move too ends at a smaller KL$(q\|p)$ than (28), $M=8,32$.

    By a hyper-network, as in the public example, and with more numbers to learn.  On U_1 twelve seeds decide nothing.
    """
    return pair(("hyper", "gated"), case, replicate, effort)


@units_that_move_match_better.mutant("the other way round")
def _(replicate, case, effort):
    return pair(("gated", "hyper"), case, replicate, effort)


AHEAD = {
    "U1, 32": (("gated", "layers, early"), ("U1", 32)),
    "U2, 2": (("layers, early", "gated"), ("U2", 2)),
}


@comparison(source="chen2018", ref=REF, cases=AHEAD, seeds=SEEDS.count, effort="full")
def after_as_many_iterations_the_target_decides(replicate, case, effort):
    r"""After 1,000 iterations each, gated units are ahead on $U_1$ ($M=32$), layers on $U_2$ ($K=2$), by KL$(q\|p)$.

    The layers have their own best rate for so short a training.  The cases were clear ones of a table of the seeds 0 to
    11 and are so on others; a third, U_2 with K = 8, was not.  Together: neither kind is ahead on all targets.
    """
    kinds, place = case
    return pair(kinds, place, replicate, effort)


@after_as_many_iterations_the_target_decides.mutant("the other kind is ahead")
def _(replicate, case, effort):
    kinds, place = case
    return pair(kinds[::-1], place, replicate, effort)


WIDER = {f"{target}, {b} over {a}": (target, a, b) for target in TARGETS for a, b in ((2, 8), (8, 32))}


@comparison(source="chen2018", ref=REF, cases=WIDER, seeds=SEEDS.count, effort="full")
def wider_flows_match_better(replicate, case, effort):
    r"""KL$(q\|p)$ of the gated flow falls as its width grows from $M=2$ to 8 to 32: capacity by width, as in print."""
    target, less, more = case
    return tuple(float(kl("gated", M, target, effort)[replicate]) for M in (more, less))


@wider_flows_match_better.mutant("the narrower the better")
def _(replicate, case, effort):
    target, less, more = case
    return tuple(float(kl("gated", M, target, effort)[replicate]) for M in (less, more))


wider_flows_match_better.mutant("twenty times smaller", factor=20.0)
