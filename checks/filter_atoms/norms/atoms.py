"""Filters by atoms: sums, frames, and how far filters move when their atoms do."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st

from gronwall import bound, pick
from gronwall.theory.filter_atoms.atoms import (
    composed,
    frame,
    group_normalised,
    most_moved,
    most_sum,
    speed_limit,
)
from gronwall.theory.filter_atoms.convolutions import mass

ROUNDED = 1 + 100 * np.finfo(float).eps
SOURCE, REF, FIELD = "wang2021", "Decomposition", "The field of the atoms"


@dataclass(frozen=True)
class Atoms:
    """K atoms of L x L and coefficients out x in x K from a seed; of what kind."""

    seed: int
    shape: tuple[int, int, int, int]
    kind: str = "any"

    def drawn(self):
        """Coefficients, atoms, and a motion of the atoms."""
        outs, ins, K, L = self.shape
        rng = np.random.default_rng(self.seed)
        a, psi, change = (rng.normal(size=size) for size in ((outs, ins, K), (K, L, L), (K, L, L)))
        if self.kind == "apart":  # one tap each, coefficients in proportion: all inequalities are equalities
            K = min(K, L * L)
            psi = np.zeros((K, L, L))
            psi.reshape(K, -1)[np.arange(K), np.arange(K)] = size = 1.0 + rng.random(K)
            signs = (-1.0) ** np.arange(K)
            a = np.ones((outs, ins, 1)) * size * signs
            change = np.ones((K, L, L)) * (size * signs)[:, None, None]
        if self.kind == "short":
            psi = psi / 5
        if self.kind == "orthonormal":
            psi = np.linalg.qr(rng.normal(size=(L * L, K)))[0].T.reshape(K, L, L)
        return a, psi, change


def atoms(*kinds):
    shape = st.tuples(st.integers(1, 3), st.integers(1, 3), st.integers(1, 11), st.just(3))
    return st.builds(Atoms, st.integers(0, 10**6), shape, st.sampled_from(kinds))


@bound(source=SOURCE, ref=REF, over=atoms("any"), sharp=0.999999, examples=pick(quick=60, full=500))
def a_filter_has_no_more_mass_than_its_atoms(instance):
    r"""$\|\sum_ka_k\psi_k\|_1\le\|a\|_2\,(\sum_k\|\psi_k\|_1^2)^{1/2}$; equal for atoms apart, in proportion."""
    a, psi, _ = instance.drawn()
    return np.abs(composed(a, psi)[0, 0]).sum(), most_sum(a[0, 0], psi)


@a_filter_has_no_more_mass_than_its_atoms.witness
def _():
    return Atoms(1, (1, 1, 6, 3), "apart")


@a_filter_has_no_more_mass_than_its_atoms.mutant("Parseval: the length of the coefficients")
def _(instance):
    a, psi, _ = instance.drawn()
    return np.abs(composed(a, psi)[0, 0]).sum(), np.linalg.norm(a[0, 0])


@a_filter_has_no_more_mass_than_its_atoms.mutant("with the largest mass of one atom")
def _(instance):
    a, psi, _ = instance.drawn()
    return np.abs(composed(a, psi)[0, 0]).sum(), np.linalg.norm(a[0, 0]) * np.abs(psi).sum(axis=(1, 2)).max()


@a_filter_has_no_more_mass_than_its_atoms.mutant("with Euclidean lengths of atoms")
def _(instance):
    a, psi, _ = instance.drawn()
    return np.abs(composed(a, psi)[0, 0]).sum(), np.linalg.norm(a[0, 0]) * np.linalg.norm(psi)


def lengths(instance):
    """‖W‖, ‖a‖, the least and the largest singular value of the atoms, and the lengths of the atoms."""
    a, psi, _ = instance.drawn()
    own = np.linalg.norm(psi.reshape(len(psi), -1), axis=1)
    return np.linalg.norm(composed(a, psi)[0, 0]), np.linalg.norm(a[0, 0]), *frame(psi), own


@bound(source=SOURCE, ref=REF, over=atoms("any"), sharp=0.999999, examples=pick(quick=60, full=500))
def filters_are_no_longer_than_the_frame_of_atoms_says(instance):
    r"""$\|\sum_ka_k\psi_k\|_2\le\lambda_{\max}(G)^{1/2}\|a\|$, $G_{kl}=\langle\psi_k,\psi_l\rangle$; equal for orthonormal atoms."""  # noqa: E501
    size, length, _, high, _ = lengths(instance)
    return size, high * length * ROUNDED


@filters_are_no_longer_than_the_frame_of_atoms_says.witness
def _():
    return Atoms(2, (1, 1, 5, 3), "orthonormal")


@filters_are_no_longer_than_the_frame_of_atoms_says.mutant("Parseval for any atoms")
def _(instance):
    size, length, *_ = lengths(instance)
    return size, length


@filters_are_no_longer_than_the_frame_of_atoms_says.mutant("with the longest atom")
def _(instance):
    size, length, _, _, own = lengths(instance)
    return size, own.max() * length


@bound(source=SOURCE, ref=REF, over=atoms("any", "short"), sharp=0.999999, examples=pick(quick=60, full=500))
def filters_are_no_shorter_than_the_frame_of_atoms_says(instance):
    r"""$\lambda_{\min}(G)^{1/2}\|a\|\le\|\sum_ka_k\psi_k\|_2$: nothing where atoms depend, or are more than taps; equal for orthonormal ones.

    Learned atoms are not orthonormal, so lengths of coefficients are not lengths of filters.
    """  # noqa: E501
    size, length, low, _, _ = lengths(instance)
    return low * length, size * ROUNDED


@filters_are_no_shorter_than_the_frame_of_atoms_says.witness
def _():
    return Atoms(2, (1, 1, 5, 3), "orthonormal")


@filters_are_no_shorter_than_the_frame_of_atoms_says.mutant("Parseval for any atoms")
def _(instance):
    size, length, *_ = lengths(instance)
    return length, size


@filters_are_no_shorter_than_the_frame_of_atoms_says.mutant("with the shortest atom")
def _(instance):
    size, length, _, _, own = lengths(instance)
    return own.min() * length, size


@bound(source=SOURCE, ref=REF, over=atoms("any", "apart"), sharp=0.999999, examples=pick(quick=60, full=500))
def filters_move_no_further_than_their_atoms(instance):
    r"""$N(\Delta W)\le L\,\|(\|a_{oi}\|_2)_{oi}\|\,(\sum_k\|\Delta\psi_k\|_2^2)^{1/2}$ for filters of $L\times L$ taps.

    Equal for motions that are constant over the taps and in proportion to the coefficients.
    """
    a, _, change = instance.drawn()
    return mass(composed(a, change)), most_moved(a, change)


@filters_move_no_further_than_their_atoms.witness
def _():
    return Atoms(4, (2, 3, 4, 3), "apart")


@filters_move_no_further_than_their_atoms.mutant("without the taps L")
def _(instance):
    a, _, change = instance.drawn()
    return mass(composed(a, change)), most_moved(a, change) / change.shape[1]


@filters_move_no_further_than_their_atoms.mutant("with the longest coefficients of one filter")
def _(instance):
    a, _, change = instance.drawn()
    longest = np.linalg.norm(a, axis=2).max()
    return mass(composed(a, change)), change.shape[1] * longest * np.linalg.norm(change)


@filters_move_no_further_than_their_atoms.mutant("with the fastest atom")
def _(instance):
    a, _, change = instance.drawn()
    fastest = np.linalg.norm(change.reshape(len(change), -1), axis=1).max()
    lengths = np.linalg.norm(np.linalg.norm(a, axis=2), 2)
    return mass(composed(a, change)), change.shape[1] * lengths * fastest


# ---------------------------------------------------------------- how fast they may move


@dataclass(frozen=True)
class Normalised:
    """A state of D numbers of some size in groups, scales γ and shifts β; alike: γ = 1 and β along the state."""

    seed: int
    groups: int
    of: int
    size: float
    alike: bool = False

    def field(self, normalised=True):
        """The field, γ and β."""
        rng = np.random.default_rng(self.seed)
        D = self.groups * self.of
        p, gamma, beta = self.size * rng.normal(size=D), rng.normal(size=D), rng.normal(size=D)
        if self.alike:
            gamma = np.ones(D)
            beta = group_normalised(p, self.groups, 1.0, 0.0)
        z = group_normalised(p, self.groups, gamma, beta) if normalised else gamma * p + beta
        return z, gamma, beta


STATES = st.builds(
    Normalised, st.integers(0, 10**6), st.integers(1, 9), st.integers(2, 9), st.sampled_from([1e-3, 1.0, 1e3, 1e6])
)  # fmt: skip


@bound(source=SOURCE, ref=FIELD, over=STATES, sharp=0.999, examples=pick(quick=60, full=500))
def atoms_move_no_faster_than_their_last_normalisation(instance):
    r"""$\|g\|\le\|\gamma\|_\infty\sqrt D+\|\beta\|$ for every state and all weights before, where a group normalisation ends $g$.

    So $\|\psi(t_1)-\psi(t_2)\|\le(\|\gamma\|_\infty\sqrt D+\|\beta\|)|t_1-t_2|$: 25.5 for the 648 numbers of the released code
    at its start.  Equal for γ = 1 and shifts along the state.
    """  # noqa: E501
    g, gamma, beta = instance.field()
    return np.linalg.norm(g), speed_limit(gamma, beta)


@atoms_move_no_faster_than_their_last_normalisation.witness
def _():
    return Normalised(5, 4, 9, 1e3, True)


@atoms_move_no_faster_than_their_last_normalisation.mutant("without the normalisation")
def _(instance):
    g, gamma, beta = instance.field(normalised=False)
    return np.linalg.norm(g), speed_limit(gamma, beta)


@atoms_move_no_faster_than_their_last_normalisation.mutant("without the shifts")
def _(instance):
    g, gamma, beta = instance.field()
    return np.linalg.norm(g), speed_limit(gamma, 0 * beta)


@atoms_move_no_faster_than_their_last_normalisation.mutant("the root of the groups, not of all numbers")
def _(instance):
    g, gamma, beta = instance.field()
    return np.linalg.norm(g), np.abs(gamma).max() * np.sqrt(instance.groups) + np.linalg.norm(beta)


@atoms_move_no_faster_than_their_last_normalisation.mutant("with the mean scale, not the largest")
def _(instance):
    g, gamma, beta = instance.field()
    return np.linalg.norm(g), np.abs(gamma).mean() * np.sqrt(len(gamma)) + np.linalg.norm(beta)
