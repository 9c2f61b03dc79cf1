"""Neural ODEs, regressed slopes and trivial predictors on the medium strains of twelve simulated worlds."""

from __future__ import annotations

import numpy as np

from gronwall import bound, comparison
from systems.pathways.results import INTERVENTIONS, METHODS, SEEDS, STRAINS, error

SOURCE, REF = "habaraduwa2025", "Simulated strains"


def pooled(effort, method):
    """The geometric mean of the errors over the six series, one a world."""
    return np.exp(np.log(error(effort, method)).mean(axis=1))


@comparison(source=SOURCE, ref=REF, seeds=SEEDS.count, effort="full")
def the_mean_of_two_strains_errs_less_than_what_is_learned(replicate, effort):
    r"""The mean of the two strains that were trained on errs less on the third than a neural ODE that fits both.

    By the geometric mean over six series; the strain in the middle invites a mean, and nothing is learned by it.  The
    neural ODE fits the two strains to a mean square of about 10⁻⁴ in units of their deviation, where it has settled.
    """
    return pooled(effort, "mean of the two")[replicate], pooled(effort, "neural ODE")[replicate]


@the_mean_of_two_strains_errs_less_than_what_is_learned.mutant("errs more")
def _(replicate, effort):
    return pooled(effort, "neural ODE")[replicate], pooled(effort, "mean of the two")[replicate]


@the_mean_of_two_strains_errs_less_than_what_is_learned.mutant("so does who holds the first sample, than the mean")
def _(replicate, effort):
    return pooled(effort, "held at its first sample")[replicate], pooled(effort, "mean of the two")[replicate]


@bound(source=SOURCE, ref=REF, effort="full")
def positive_fields_stay_positive(effort):
    r"""What the positive fields foretell is nowhere negative, in no world; a free field is in some."""
    least = np.asarray(STRAINS(effort)["least"])[METHODS.index("positive neural ODE")]
    return -least, np.zeros_like(least) + 1e-12


@positive_fields_stay_positive.mutant("so do free ones")
def _(effort):
    least = np.asarray(STRAINS(effort)["least"])[METHODS.index("neural ODE")]
    return -least, np.zeros_like(least) + 1e-12


# ---------------------------------------------------------------- what would happen


def missed(effort, by):
    """The mean over the nine enzymes of |foretold change − true change| of final limonene, by world."""
    found = {name: np.asarray(values, dtype=float) for name, values in INTERVENTIONS(effort).items()}
    return abs(found[by] - found["true"]).mean(axis=1)


@comparison(source=SOURCE, ref=REF, seeds=SEEDS.count, effort="full")
def no_effect_foretells_interventions_better(replicate, effort):
    r"""What one enzyme at twice its level does to limonene after 72 hours: "nothing" errs less than a neural ODE.

    Trained on all three strains, positive by construction.  Enzymes of three strains are three histories of nine levels
    that rise together: what each of them does is not in the data, however well these are fitted.
    """
    return missed(effort, "none")[replicate], missed(effort, "told")[replicate]


@no_effect_foretells_interventions_better.mutant("errs more")
def _(replicate, effort):
    return missed(effort, "told")[replicate], missed(effort, "none")[replicate]
