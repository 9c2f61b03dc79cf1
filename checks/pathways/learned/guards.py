"""What to look at before a comparison is believed: series that stand in two strains, a strain that is no interpolation.

The claims about the measured files are there where GRONWALL_PATHWAYS names the folder that has them.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from hypothesis import strategies as st

from gronwall import bound, identity, pick
from gronwall.domains import rationals
from systems.pathways.files import CONTROLS, available, inside_share, read, same_series
from systems.pathways.results import SEEDS
from systems.pathways.worlds import POINTS, world

SOURCE, REF = "habaraduwa2025", "Guards"


@dataclass(frozen=True)
class Files:
    """Series of three strains; in the medium one, which is left out, one series is that of the high one."""

    series: tuple[tuple[Fraction, ...], ...]
    same: int

    def medium(self):
        """The strain that is asked for, with the defect."""
        return [self.series[1][k] if k == self.same else self.series[0][k] for k in range(6)]

    def copied(self):
        """Squared errors of who copies the high strain, by series."""
        return [(a - b) ** 2 for a, b in zip(self.medium(), self.series[1], strict=True)]


VALUE = rationals("1/10", "5", 10)
FILES = st.builds(Files, st.tuples(*[st.tuples(*[VALUE] * 6)] * 2), st.integers(0, 5))


@identity(source=SOURCE, ref=REF, over=FILES, examples=pick(quick=50, full=300))
def a_series_that_is_in_both_strains_is_foretold_by_copying(instance):
    r"""Where a series of the strain left out is one that was trained on, copying it has no error: a leak.

    So it is with MevP in the measured isopentenol strains, at all nine times; here on files made with the defect.
    """
    return instance.copied()[instance.same], Fraction(0)


@a_series_that_is_in_both_strains_is_foretold_by_copying.mutant("any other series too")
def _(instance):
    return instance.copied()[(instance.same + 1) % 6], Fraction(0)


def enzymes(seed):
    """Levels of the nine enzymes of three strains at the 200 points: 3 x 200 x 9."""
    return np.stack([strain.at(POINTS) for strain in world(seed).strains])


WORLDS = [SEEDS.of(place) for place in range(12)]


def between(levels):
    """The share of hours at which all enzymes of the medium strain lie between those of the other two: 3 x 200 x n."""
    low, high = np.minimum(levels[0], levels[2]), np.maximum(levels[0], levels[2])
    return float(((levels[1] >= low) & (levels[1] <= high)).all(axis=1).mean())


@bound(source=SOURCE, ref=REF)
def the_medium_strain_is_no_interpolation():
    r"""At no hour, in no world, lie all nine enzymes of the medium strain between those of the other two.

    Medium is what it makes, not what it is made of: a model that is asked for it extrapolates in its inputs.  Over all
    hours together they may: in one of the twelve worlds 97 % of the points are inside the box of the others.
    """
    return np.array([between(enzymes(seed)) for seed in WORLDS]), np.zeros(len(WORLDS))


@the_medium_strain_is_no_interpolation.mutant("nor inside the box of all hours")
def _():
    return np.array([inside_share(enzymes(seed)) for seed in WORLDS]), np.zeros(len(WORLDS))


@the_medium_strain_is_no_interpolation.mutant("nor any single enzyme")
def _():
    alone = [[between(enzymes(seed)[:, :, [i]]) for i in range(9)] for seed in WORLDS]
    return np.array(alone).max(axis=1), np.zeros(len(WORLDS))


@the_medium_strain_is_no_interpolation.mutant("nor those of a mixture of the two")
def _():
    courses = [enzymes(seed) for seed in WORLDS]
    return np.array([between(np.stack([low, (low + high) / 2, high])) for low, _, high in courses]), np.zeros(12)


# ---------------------------------------------------------------- the measured files, where they are

PATHS = available()

if "Isopentenol" in PATHS:

    @identity(source=SOURCE, ref=REF)
    def the_measured_medium_isopentenol_strain_has_a_series_of_another():
        r"""Mev-P of I2, which is left out, is that of one strain that is trained on; its product is of none."""
        of = read(PATHS["Isopentenol"], "Isopentenol")
        return np.array([same_series(of, "Mev-P"), same_series(of, "Isopentenol")]), np.array([1, 0])

    @the_measured_medium_isopentenol_strain_has_a_series_of_another.mutant("no series is shared")
    def _():
        of = read(PATHS["Isopentenol"], "Isopentenol")
        return np.array([same_series(of, "Mev-P"), same_series(of, "Isopentenol")]), np.array([0, 0])


if PATHS:

    @bound(source=SOURCE, ref=REF, cases=list(PATHS))
    def the_measured_medium_strain_is_no_interpolation(case):
        r"""Fewer than one in ten of the medium strain's samples has its proteins between those of the other two."""
        of = read(PATHS[case], case)
        return inside_share(np.stack([of.columns[name] for name in CONTROLS], axis=-1)), 0.1

    @the_measured_medium_strain_is_no_interpolation.mutant("so it is of one of them alone")
    def _(case):
        of = read(PATHS[case], case)
        shares = [inside_share(of.columns[name][:, :, None]) for name in CONTROLS]
        return max(shares), 0.1
