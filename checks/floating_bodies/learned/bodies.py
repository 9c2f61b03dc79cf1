"""Networks of more or less structure on simulated bodies: errors, the flow, drag and masses; and what structure costs."""  # noqa: E501

from __future__ import annotations

import numpy as np

from gronwall import bound, comparison
from systems.floating_bodies.contracting import met, shown
from systems.floating_bodies.results import SEEDS, found

SOURCE, REF, SAID = "zhang2025", "Abstract: errors", "Identifiability, learned"


@comparison(source=SOURCE, ref=REF, seeds=SEEDS.count, effort="full")
def the_whole_structure_errs_less_than_a_neural_ode(replicate, effort):
    r"""On a body in a rotating flow FHNN's paths over 8 s have a smaller mean square error than a neural ODE's.

    Equal data, steps and about as many parameters; the model of the best validation, paths of test bodies.  In the median
    226 times smaller; the abstract says "up to an order of magnitude" in the error, which is a hundred in its square.
    """  # noqa: E501
    return found(effort, "FHNN", "long")[replicate], found(effort, "neural ODE", "long")[replicate]


@the_whole_structure_errs_less_than_a_neural_ode.mutant("a larger one")
def _(replicate, effort):
    return found(effort, "neural ODE", "long")[replicate], found(effort, "FHNN", "long")[replicate]


@the_whole_structure_errs_less_than_a_neural_ode.mutant("so does a dissipative Hamiltonian field")
def _(replicate, effort):
    return found(effort, "D-HNN", "long")[replicate], found(effort, "neural ODE", "long")[replicate]


@comparison(source=SOURCE, ref=REF, seeds=SEEDS.count, factor=10, effort="full")
def the_form_of_the_drag_earns_most_of_it(replicate, effort):
    r"""$\dot v=-\kappa(r,s)(v-u(x))$ with a flow that is free errs less than a tenth of what a field of second order errs.

    The ladder: a neural ODE, $\dot x=v$, the drag, and only then a streamfunction.
    """  # noqa: E501
    return found(effort, "drag, free flow", "long")[replicate], found(effort, "second order", "long")[replicate]


@the_form_of_the_drag_earns_most_of_it.mutant("so does the streamfunction on top of it")
def _(replicate, effort):
    return found(effort, "FHNN", "long")[replicate], found(effort, "drag, free flow", "long")[replicate]


@comparison(source=SOURCE, ref=REF, seeds=SEEDS.count, factor=100, effort="full")
def a_hamiltonian_field_cannot_follow_a_body_with_drag(replicate, effort):
    r"""Paths of an HNN have more than a hundred times the mean square error of a neural ODE's; volumes do not shrink in it."""  # noqa: E501
    return found(effort, "neural ODE", "long")[replicate], found(effort, "HNN", "long")[replicate]


@a_hamiltonian_field_cannot_follow_a_body_with_drag.mutant("nor can a dissipative Hamiltonian one")
def _(replicate, effort):
    return found(effort, "neural ODE", "long")[replicate], found(effort, "D-HNN", "long")[replicate]


# ---------------------------------------------------------------- what is identified


@comparison(source=SOURCE, ref=SAID, seeds=SEEDS.count, factor=10, effort="full")
def rates_are_found_where_masses_are_not(replicate, effort):
    r"""Without a known force the rates $\kappa_i$ are found ten times as exactly as the masses, in relative error.

    Masses, quadratic and linear drag times one factor move alike, so a mass is where its network came to rest.
    """
    return found(effort, "FHNN", "rates")[replicate], found(effort, "FHNN", "masses")[replicate]


@rates_are_found_where_masses_are_not.mutant("masses as exactly as rates")
def _(replicate, effort):
    return found(effort, "FHNN", "masses")[replicate], found(effort, "FHNN", "rates")[replicate]


@comparison(source=SOURCE, ref=SAID, seeds=SEEDS.count, factor=5, effort="full")
def a_known_force_tells_the_masses(replicate, effort):
    r"""Moored by a known force, in cells, both masses are found five times as exactly as without; they differ along the axes."""  # noqa: E501
    return found(effort, "FHNN", "masses", "moored")[replicate], found(effort, "FHNN", "masses", "cellular")[replicate]


@a_known_force_tells_the_masses.mutant("without it, not with it")
def _(replicate, effort):
    return found(effort, "FHNN", "masses", "cellular")[replicate], found(effort, "FHNN", "masses", "moored")[replicate]


@a_known_force_tells_the_masses.mutant("the rates of drag as well, which are known without it")
def _(replicate, effort):
    cells, moored = (found(effort, "FHNN", "rates", world)[replicate] for world in ("cellular", "moored"))
    return moored, cells


@comparison(source=SOURCE, ref=SAID, seeds=SEEDS.count, factor=10, effort="full")
def a_streamfunction_misses_a_sink(replicate, effort):
    r"""Where the flow has a divergence, a free flow is found ten times as exactly as one by a streamfunction.

    The negative control: structure that is not there is a bias that no training takes away.
    """
    return found(effort, "drag, free flow", "flow", "sink")[replicate], found(effort, "FHNN", "flow", "sink")[replicate]


@a_streamfunction_misses_a_sink.mutant("in the rotation without a sink as well")
def _(replicate, effort):
    return found(effort, "drag, free flow", "flow")[replicate], found(effort, "FHNN", "flow")[replicate]


# ---------------------------------------------------------------- how fast states contract


@bound(source=SOURCE, ref="Contraction, learned", effort="full", sharp=0.85)
def learned_bodies_contract_at_a_rate_that_is_shown(effort):
    r"""$-\mathrm{div}f\ge c$ for every FHNN that learned the vortex, over $|x|\le2.5$, $0.02\le|v-u|\le1.2$, $c>0.1$ in balls from the weights.

    Volumes of states shrink at least so fast whatever the flow is: the bound depends on $|x|$ and the speed in the water
    alone.  Nearly attained by states that are drawn, at which the whole field's divergence is taken by forward derivatives.
    """  # noqa: E501
    c = shown(effort)
    return np.append(c, 0.1), np.append(met(effort), c.min())


@learned_bodies_contract_at_a_rate_that_is_shown.mutant("at the rate of bodies that are not slow")
def _(effort):
    return np.append(met(effort, (0.1, 1.2)), 0.1), np.append(met(effort), shown(effort).min())


@learned_bodies_contract_at_a_rate_that_is_shown.mutant("at 0.5 a second, of all of them")
def _(effort):
    return np.append(shown(effort), 0.5), np.append(met(effort), shown(effort).min())
