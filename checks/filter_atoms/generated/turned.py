"""Digits that a generator turns: atoms by an ODE, on a line, by label, or the label as an input."""

from __future__ import annotations

import numpy as np

from gronwall import bound, comparison
from systems.filter_atoms.models import KINDS
from systems.filter_atoms.results import DIGITS, SEEDS, found

SOURCE, REF = "wang2021", "Generated pictures"


@comparison(source=SOURCE, ref=REF, seeds=SEEDS.count, effort="full")
def atoms_by_an_ode_err_less_than_atoms_on_a_line(replicate, effort):
    r"""At labels that were not trained on, atoms that follow an ODE err less than atoms on a straight line.

    Digits turned by θ, mean square of pixels, equal steps; a tenth less, where the filters of both have one path to learn.
    """  # noqa: E501
    return found(effort, "atoms by an ODE", "unseen")[replicate], found(effort, "atoms on a line", "unseen")[replicate]


@atoms_by_an_ode_err_less_than_atoms_on_a_line.mutant("by a half")
def _(replicate, effort):
    ours, theirs = (found(effort, kind, "unseen")[replicate] for kind in ("atoms by an ODE", "atoms on a line"))
    return ours, theirs / 2


@atoms_by_an_ode_err_less_than_atoms_on_a_line.mutant("more")
def _(replicate, effort):
    return found(effort, "atoms on a line", "unseen")[replicate], found(effort, "atoms by an ODE", "unseen")[replicate]


@comparison(source=SOURCE, ref=REF, seeds=SEEDS.count, factor=1.2, effort="full")
def a_path_of_atoms_turns_more_evenly_than_filters_by_label(replicate, effort):
    r"""In a sweep of labels the lengths of steps change less with atoms by an ODE than with filters by label, by a fifth.

    Filters by label are joined by straight lines; at every label that was trained on the picture takes a corner.
    """  # noqa: E501
    return found(effort, "atoms by an ODE", "roughness")[replicate], found(effort, "filters by label", "roughness")[
        replicate
    ]


@a_path_of_atoms_turns_more_evenly_than_filters_by_label.mutant("a straight line does not")
def _(replicate, effort):
    return found(effort, "atoms by an ODE", "roughness")[replicate], found(effort, "atoms on a line", "roughness")[
        replicate
    ]


@bound(source=SOURCE, ref=REF, effort="full", cases=list(KINDS[:3]))
def trained_generators_move_within_their_bound(case, effort):
    r"""Every step of every sweep is below $\|D\|\sum_l\prod_{j>l}(1+N(W^j))\,N(\Delta W^l)\,\|x^{l-1}\|$, of trained generators.

    Loose by about a thousand, for masses of filters count every tap as if it acted on every pixel alike; equal for constant
    images, which these are not.
    """  # noqa: E501
    left = DIGITS(effort, kind=case, what="digits")
    return np.asarray(left["steps"]).ravel(), np.asarray(left["allowed"]).ravel() + 1e-5


@trained_generators_move_within_their_bound.mutant("a thousand times smaller than the whole")
def _(case, effort):
    left = DIGITS(effort, kind=case, what="digits")
    return np.asarray(left["steps"]).ravel(), np.asarray(left["allowed"]).ravel() / 1e4
