"""Neural ODEs, regressed slopes and trivial predictors on the medium strains of twelve simulated worlds."""

from __future__ import annotations

import numpy as np

from gronwall import bound, comparison, identity
from systems.pathways import balanced
from systems.pathways.results import FORM, INTERVENTIONS, METHODS, SEEDS, STRAINS, error

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


@comparison(source=SOURCE, ref=REF, seeds=SEEDS.count, effort="full")
def who_knows_the_form_errs_less(replicate, effort):
    r"""The kinetics with constants fitted to 14 samples of two strains err less on the third than the mean of the two.

    Constants and unseen starts from the middle of the range that worlds are drawn from; of four starts of the search
    the best fit.  Form, not flexibility, is what carries over to another strain.
    """
    return pooled(effort, FORM)[replicate], pooled(effort, "mean of the two")[replicate]


@who_knows_the_form_errs_less.mutant("errs more")
def _(replicate, effort):
    return pooled(effort, "mean of the two")[replicate], pooled(effort, FORM)[replicate]


@who_knows_the_form_errs_less.mutant("so does who does not, a neural ODE")
def _(replicate, effort):
    return pooled(effort, "neural ODE")[replicate], pooled(effort, "mean of the two")[replicate]


# ---------------------------------------------------------------- the balance


@identity(source=SOURCE, ref=REF, tol=1e-9, why="sums of ten species over 199 steps", effort="full")
def the_balance_is_kept_by_construction(effort):
    r"""Networks of rates, $\dot s=V_{in}(1,0,\dots)+N\hat v$, keep $w\cdot s=w\cdot s(0)+V_{in}t$; free ones do not."""
    found = balanced.of(effort, "conserving", "imbalance")
    return found, np.zeros_like(found)


@the_balance_is_kept_by_construction.mutant("so do free ones")
def _(effort):
    found = balanced.of(effort, "free", "imbalance")
    return found, np.zeros_like(found)


@bound(source=SOURCE, ref=REF, effort="full")
def a_free_network_is_as_wrong_as_its_balance_says(effort):
    r"""$|w\cdot\hat s-w\cdot s(0)-V_{in}t|/\|w\|\le\|\hat s-s\|$ at every hour of every world, without the truth on the left.

    For free networks of all ten species, over all of the 200 points.
    """  # noqa: E501
    seen, distance = (balanced.of(effort, "free", key) for key in ("imbalance", "distance"))
    return abs(seen), distance + 1e-9


@a_free_network_is_as_wrong_as_its_balance_says.mutant("by the whole balance, not by its norm")
def _(effort):
    seen, distance = (balanced.of(effort, "free", key) for key in ("imbalance", "distance"))
    return abs(seen) * np.sqrt(58), distance + 1e-9


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
