"""What else is fitted to the same series, beside neural ODEs."""

from __future__ import annotations

from gronwall import comparison
from systems.bifurcations.compared import distance
from systems.bifurcations.training import LEARNING_SEEDS as SEEDS

SOURCE, REF = "vantegelen2025", "Baselines"
LORENZ, ROSSLER, DIAGRAM = "Lorenz, r = 28", "Rössler, c = 5", "predator–prey"


@comparison(source=SOURCE, ref=REF, seeds=SEEDS.count, effort="full")
def sindy_extrapolates_where_the_field_is_in_its_library(replicate, effort):
    r"""Where the field is a polynomial SINDy is nearer to the true set beyond the data than a neural ODE: Lorenz, $r=28$.

    By the distance of occupations.  One fit, nothing is drawn in it; a neural ODE a seed.
    """  # noqa: E501
    return distance(effort, "SINDy", LORENZ)[replicate], distance(effort, "neural ODE", LORENZ)[replicate]


@sindy_extrapolates_where_the_field_is_in_its_library.mutant("farther")
def _(replicate, effort):
    return distance(effort, "neural ODE", LORENZ)[replicate], distance(effort, "SINDy", LORENZ)[replicate]


@comparison(source=SOURCE, ref=REF, seeds=SEEDS.count, effort="full")
def sindy_fails_where_it_is_not(replicate, effort):
    r"""Where it is not, SINDy's diagram of the predator–prey system is farther off than that of a neural ODE.

    Polynomials of degree two for $e^{-5x}$, series 1.01 apart; neural ODEs without the boundary loss.
    """
    return distance(effort, "neural ODE", DIAGRAM)[replicate], distance(effort, "SINDy", DIAGRAM)[replicate]


@sindy_fails_where_it_is_not.mutant("nearer")
def _(replicate, effort):
    return distance(effort, "SINDy", DIAGRAM)[replicate], distance(effort, "neural ODE", DIAGRAM)[replicate]


@comparison(source=SOURCE, ref=REF, seeds=SEEDS.count, effort="full", cases=["discrete step", "echo state"])
def neural_odes_are_nearer_than_maps_inside(replicate, case, effort):
    r"""Inside the data, Rössler at $c=5$, neural ODEs are nearer to the true set than maps from sample to sample are.

    A network of the same size for a step in discrete time, and an echo-state network of 300 units.
    """
    return distance(effort, "neural ODE", ROSSLER)[replicate], distance(effort, case, ROSSLER)[replicate]


@neural_odes_are_nearer_than_maps_inside.mutant("farther")
def _(replicate, case, effort):
    return distance(effort, case, ROSSLER)[replicate], distance(effort, "neural ODE", ROSSLER)[replicate]
