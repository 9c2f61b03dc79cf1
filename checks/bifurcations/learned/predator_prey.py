"""The learned predator–prey system: the true field in its pipeline, and Hopf points that are proved."""

from __future__ import annotations

import numpy as np

from gronwall import bound, identity
from gronwall.theory import rigor
from systems.bifurcations import diagrams
from systems.bifurcations.enclosed import hopf_normal_form, proved_hopf
from systems.bifurcations.results import HOPF, figure, learned_fields

SOURCE = "vantegelen2025"
DIAGRAM, POINTS = "Learned diagrams", "Learned bifurcations"


@identity(source=SOURCE, ref=DIAGRAM, effort="full")
def the_true_field_dies_out_in_the_pipeline_where_it_should(effort):
    r"""Through the pipeline of learned fields the true one dies out at the first $\alpha$ of the grid beyond its exit.

    On 151 values from 0.6 to 0.75 the first beyond 0.70517, the edge of the basin of (1, 0.01).
    """
    alphas = np.linspace(0.6, 0.75, 151)
    ends = diagrams.predator_prey_ends(diagrams.true_orbits("predator_prey"), alphas)
    return diagrams.extinction(ends, alphas), float(alphas[np.searchsorted(alphas, 0.7051740521)])


@the_true_field_dies_out_in_the_pipeline_where_it_should.mutant("at the heteroclinic value")
def _(effort):
    alphas = np.linspace(0.6, 0.75, 151)
    ends = diagrams.predator_prey_ends(diagrams.true_orbits("predator_prey"), alphas)
    return diagrams.extinction(ends, alphas), float(alphas[np.searchsorted(alphas, 0.7080728)])


# ---------------------------------------------------------------- Hopf points that are proved

VARIANT = "boundary loss"


def found_points(effort):
    """By seed the Hopf point in floats, of those that have one."""
    points = figure(effort, VARIANT, "hopf")
    return [
        (field, point)
        for field, point in zip(learned_fields(effort, VARIANT), points, strict=True)
        if point[0] == point[0]
    ]


def proved_points(effort):
    with rigor.precision(128):
        return [(field, proved_hopf(field, [*point[1:], point[0]])) for field, point in found_points(effort)]


@identity(source=SOURCE, ref=POINTS, effort="full", tol=1e-7, why="what floats are taken to be right to")
def learned_hopf_points_are_proved(effort, log):
    r"""Every learned field that turns in floats has one point of rest with trace 0 within $10^{-7}$ of there.

    By Krawczyk's test on the trained weights, in balls; against the crossing of eigenvalues in floats, taken to be
    right to 10⁻⁸.  The series has the learned values beside the true one, seeds without one left out.
    """
    proved = proved_points(effort)
    for place, (_, at) in enumerate(proved, 1):
        log("learned_hopf", x=place, measured=rigor.midpoint(at[2]), predicted=HOPF, error=rigor.radius(at[2]))
    error = rigor.around_zero(rigor.ball("1/100000000"))
    floats = [rigor.dyadic(float(point[0])) + error for _, point in found_points(effort)]
    return rigor.matrix([[at[2]] for _, at in proved]), rigor.matrix([[value] for value in floats])


@learned_hopf_points_are_proved.mutant("at the true value")
def _(effort):
    proved = proved_points(effort)
    return rigor.matrix([[at[2]] for _, at in proved]), rigor.matrix([[rigor.dyadic(HOPF)] for _ in proved])


@bound(source=SOURCE, ref=POINTS, effort="full")
def learned_cycles_open_the_right_way(effort):
    r"""At every proved point of a learned field $\mathrm{Re}\,c_1<0$: supercritical, as the true one is.

    Criticality needs third derivatives of a network that was fitted to values; enclosed from the trained weights.
    """
    with rigor.precision(128):
        signs = [hopf_normal_form(field, at).c1.u for field, at in proved_points(effort)]
    return rigor.matrix([[value] for value in signs]), rigor.matrix([[rigor.ball(0)] for _ in signs])


@learned_cycles_open_the_right_way.mutant("the wrong way")
def _(effort):
    with rigor.precision(128):
        signs = [-hopf_normal_form(field, at).c1.u for field, at in proved_points(effort)]
    return rigor.matrix([[value] for value in signs]), rigor.matrix([[rigor.ball(0)] for _ in signs])
