"""From filters that move to images that move, layer by layer, at once or along a path."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from gronwall import bound, identity, pick
from gronwall.theory.filter_atoms.atoms import group_normalised
from gronwall.theory.filter_atoms.convolutions import mass
from gronwall.theory.filter_atoms.images import (
    heat,
    laplacian,
    layered,
    most_normalised,
    most_turned,
    most_turned_along,
)

SOURCE, REF, SAID = "wang2021", "From filters to images", "Intervals of integration"
ROUNDED = 1 + 200 * np.finfo(float).eps
"""Norms of images of up to 36 pixels through four layers of nine taps."""


@dataclass(frozen=True)
class Layers:
    """Layers of filters that move by a straight line, on an image of n x n; drawn, or the extremal ones.

    Extremal: one channel, equal positive taps that grow, a constant positive image, no biases.
    """

    seed: int
    depth: int
    channels: int
    n: int = 6
    extremal: bool = False

    def parts(self):
        """Filters before and after, biases, and the image."""
        rng = np.random.default_rng(self.seed)
        if self.extremal:
            before = [(0.5 + rng.random()) / 3 * np.ones((1, 1, 3, 3)) for _ in range(self.depth)]
            after = [W * (1 + rng.random()) for W in before]
            return before, after, [np.zeros(1)] * self.depth, np.full((1, self.n, self.n), 0.3 + rng.random())
        shape = (self.channels, self.channels, 3, 3)
        before = [rng.normal(size=shape) / 3 for _ in range(self.depth)]
        after = [W + 0.3 * rng.normal(size=shape) for W in before]
        biases = [0.1 * rng.normal(size=self.channels) for _ in range(self.depth)]
        return before, after, biases, rng.normal(size=(self.channels, self.n, self.n))

    def moved(self):
        """‖x^n(1) − x^n(0)‖, and all states before."""
        before, after, biases, x = self.parts()
        states = layered(before, biases, x)
        return float(np.linalg.norm(layered(after, biases, x)[-1] - states[-1])), states

    def at(self, t):
        """Filters, their slopes, and biases along the straight line."""
        before, after, biases, _ = self.parts()
        return (
            [W0 + t * (W1 - W0) for W0, W1 in zip(before, after, strict=True)],
            [W1 - W0 for W0, W1 in zip(before, after, strict=True)],
            biases,
        )


LAYERS = st.builds(
    Layers, st.integers(0, 10**6), st.integers(1, 4), st.integers(1, 3), st.integers(3, 6), st.booleans()
)  # fmt: skip


@bound(source=SOURCE, ref=REF, over=LAYERS, sharp=0.999999, examples=pick(quick=30, full=300))
def an_image_moves_no_further_than_its_filters(instance):
    r"""$\|\Delta x^n\|\le\sum_l\big[\prod_{j>l}N(W^j_1)\big]N(W^l_1-W^l_0)\,\|x^{l-1}_0\|$, without normalisations.

    Equal for one channel of equal positive taps that all grow, on a constant positive image.
    """
    before, after, _, _ = instance.parts()
    moved, states = instance.moved()
    return moved, most_turned(after, before, states) * ROUNDED


@an_image_moves_no_further_than_its_filters.witness
def _():
    return Layers(7, 3, 1, 6, True)


@an_image_moves_no_further_than_its_filters.mutant("without the layers that follow")
def _(instance):
    before, after, _, _ = instance.parts()
    moved, states = instance.moved()
    own = [mass(W1 - W0) * np.linalg.norm(x) for W1, W0, x in zip(after, before, states, strict=False)]
    return moved, sum(own)


@an_image_moves_no_further_than_its_filters.mutant("with the first image for all layers")
def _(instance):
    before, after, _, _ = instance.parts()
    moved, states = instance.moved()
    return moved, most_turned(after, before, [states[0]] * len(states))


@an_image_moves_no_further_than_its_filters.mutant("with the filters before in the product")
def _(instance):
    before, after, _, _ = instance.parts()
    moved, states = instance.moved()
    mixed = sum(
        np.prod([mass(W) for W in before[layer + 1 :]]) * mass(after[layer] - before[layer]) * np.linalg.norm(x)
        for layer, x in enumerate(states[:-1])
    )
    return moved, mixed


@an_image_moves_no_further_than_its_filters.mutant("the last layer alone")
def _(instance):
    before, after, _, _ = instance.parts()
    moved, states = instance.moved()
    return moved, mass(after[-1] - before[-1]) * np.linalg.norm(states[-2])


@bound(source=SOURCE, ref=REF, over=LAYERS, sharp=0.999999, examples=pick(quick=15, full=150))
def an_image_moves_no_further_than_along_the_path(instance):
    r"""$\|\Delta x^n\|\le\int_0^1\sum_l\big[\prod_{j>l}N(W^j)\big]N(\dot W^l)\,\|x^{l-1}\|\,dt$ along the path of the filters."""  # noqa: E501
    moved, _ = instance.moved()
    return moved, most_turned_along(instance.at, instance.parts()[3]) * ROUNDED


@an_image_moves_no_further_than_along_the_path.witness
def _():
    return Layers(11, 3, 1, 5, True)


@an_image_moves_no_further_than_along_the_path.mutant("without the layers that follow")
def _(instance):
    moved, _ = instance.moved()
    x = instance.parts()[3]

    def alone(t):
        filters, slopes, biases = instance.at(t)
        states = layered(filters, biases, x)
        return sum(mass(slope) * np.linalg.norm(state) for slope, state in zip(slopes, states, strict=False))

    return moved, np.mean([alone(t) for t in np.linspace(0.05, 0.95, 10)])


@an_image_moves_no_further_than_along_the_path.mutant("at the start of the path alone")
def _(instance):
    moved, _ = instance.moved()
    return moved, most_turned_along(lambda _: instance.at(0.0), instance.parts()[3], nodes=1)


# ---------------------------------------------------------------- an oracle

SIZE = 24
TIMES = {"short": 0.1, "middle": 0.6, "long": 1.5}


def followed(t):
    """The atom e^{tΔ}δ by integrating ψ' = Δψ on a torus so large that its edges are not felt."""
    start = np.zeros((2 * SIZE + 1,) * 2)
    start[SIZE, SIZE] = 1.0
    found = solve_ivp(
        lambda _, u: laplacian(u.reshape(start.shape)).ravel(), (0, t), start.ravel(), "DOP853", rtol=1e-11, atol=1e-14
    )
    return found.y[:, -1].reshape(start.shape)[SIZE - 6 : SIZE + 7, SIZE - 6 : SIZE + 7]


@identity(source=SOURCE, ref=REF, cases=list(TIMES), tol=1e-9, why="an integration to 1e-11")
def heat_is_a_path_of_filters_that_follows_an_ode(case):
    r"""$\dot\psi=\Delta_h\psi$, $\psi(0)=\delta$ has $\psi(t)_{mn}=e^{-4t}I_m(2t)I_n(2t)$: an oracle for atoms that move."""  # noqa: E501
    return followed(TIMES[case]), heat(TIMES[case], 6)


@heat_is_a_path_of_filters_that_follows_an_ode.mutant("a Gaussian of the same variance")
def _(case):
    t = TIMES[case]
    row = np.exp(-(np.arange(-6, 7) ** 2) / (4 * t)) / np.sqrt(4 * np.pi * t)
    return followed(t), np.outer(row, row)


@heat_is_a_path_of_filters_that_follows_an_ode.mutant("half of the time")
def _(case):
    return followed(TIMES[case]), heat(TIMES[case] / 2, 6)


@dataclass(frozen=True)
class Heated:
    """An image on an even torus, drawn or the chessboard, and a time."""

    seed: int
    half: int
    t: float
    chessboard: bool

    def image(self):
        n = 2 * self.half
        if self.chessboard:
            return (-1.0) ** np.add.outer(np.arange(n), np.arange(n))
        return np.random.default_rng(self.seed).normal(size=(n, n))

    def moved(self):
        """‖e^{tΔ}x − x‖, by the symbol of the Laplacian."""
        x = self.image()
        angle = 2 * np.cos(2 * np.pi * np.arange(len(x)) / len(x)) - 2
        turned = np.fft.ifft2(np.exp(self.t * np.add.outer(angle, angle)) * np.fft.fft2(x)).real
        return float(np.linalg.norm(turned - x))


HEATED = st.builds(Heated, st.integers(0, 10**6), st.integers(2, 6), st.floats(0.01, 2), st.booleans())


@bound(source=SOURCE, ref=REF, over=HEATED, sharp=0.999999, examples=pick(quick=60, full=500))
def heat_moves_an_image_no_further_than_a_chessboard(instance):
    r"""$\|\psi(t)*x-x\|\le(1-e^{-8t})\|x\|$, equal for the chessboard: how far images move can be known in advance."""
    return instance.moved(), (1 - np.exp(-8 * instance.t)) * np.linalg.norm(instance.image()) * ROUNDED


@heat_moves_an_image_no_further_than_a_chessboard.witness
def _():
    return Heated(0, 4, 0.15, True)


@heat_moves_an_image_no_further_than_a_chessboard.mutant("with four, as along one axis")
def _(instance):
    return instance.moved(), (1 - np.exp(-4 * instance.t)) * np.linalg.norm(instance.image())


# ---------------------------------------------------------------- normalisation


@dataclass(frozen=True)
class Normalised:
    """A channel of some pixels of a size, and the ε and γ of its normalisation."""

    seed: int
    pixels: int
    size: float
    gamma: float
    eps: float

    def image(self):
        return self.size * np.random.default_rng(self.seed).normal(size=self.pixels)

    def stretched(self):
        """The largest singular value of the derivative, by differences in every pixel, complex ones."""
        x, h = self.image(), 1e-30
        columns = []
        for k in range(self.pixels):
            z = x.astype(complex)
            z[k] += 1j * h
            centred = z - z.mean()
            columns.append((self.gamma * centred / np.sqrt((centred**2).mean() + self.eps)).imag / h)
        return float(np.linalg.norm(np.array(columns), 2))


NORMALISED = st.builds(
    Normalised, st.integers(0, 10**6), st.integers(3, 12), st.sampled_from([1e-3, 0.03, 1.0, 10.0]),
    st.floats(0.2, 3), st.sampled_from([1e-5, 1e-3]),
)  # fmt: skip


@identity(source=SOURCE, ref=REF, over=NORMALISED, tol=1e-10, why="derivatives by complex steps",
          examples=pick(quick=40, full=300))  # fmt: skip
def a_normalisation_stretches_dark_images(instance):
    r"""An instance normalisation multiplies small changes by up to $\gamma/(\mathrm{var}\,x+\varepsilon)^{1/2}$, exactly, from three pixels on.

    So a generator that normalises has no better constant for all images than $\gamma/\varepsilon^{1/2}$, which dark ones approach.
    """  # noqa: E501
    return instance.stretched(), most_normalised(instance.image(), instance.gamma, instance.eps)


@a_normalisation_stretches_dark_images.mutant("by γ, as for an image of variance one")
def _(instance):
    return instance.stretched(), instance.gamma


@a_normalisation_stretches_dark_images.mutant("by γ/ε^½, whatever the image")
def _(instance):
    return instance.stretched(), instance.gamma / np.sqrt(instance.eps)


# ---------------------------------------------------------------- intervals


@dataclass(frozen=True)
class Turns:
    """Two intervals in a row of a field of atoms that ends in a normalisation and knows the time."""

    seed: int
    first: float
    second: float

    def flow(self, p, start, end):
        """The atoms at the end of an interval of time."""
        rng = np.random.default_rng(self.seed)
        A, B, gamma, beta = rng.normal(size=(8, 12)), rng.normal(size=(12, 9)), rng.normal(size=12), rng.normal(size=12)

        def field(t, p):
            inner = np.tanh(A @ group_normalised(p, 4, 1.0, 0.0))
            return group_normalised(B @ np.append(inner, t), 4, gamma, beta)

        return solve_ivp(field, (start, end), p, "DOP853", rtol=1e-11, atol=1e-12).y[:, -1]

    def start(self):
        return np.random.default_rng([self.seed, 1]).normal(size=12)


TURNS = st.builds(Turns, st.integers(0, 10**6), st.floats(0.2, 1), st.floats(0.2, 1))


@identity(source=SOURCE, ref=SAID, over=TURNS, tol=1e-7, why="integrations to 1e-11", examples=pick(quick=12, full=80))
def two_turns_are_one_if_the_clock_goes_on(instance):
    r"""$\psi(T_1+T_2)=\Phi_{T_1\to T_1+T_2}(\psi(T_1))$: the field knows the time, so whoever starts again at 0 turns otherwise.

    The released code integrates over $[0,|R_2-R_1|]$ for every pair of labels: two turns of 45° are not one of 90°, and
    there and back is twice as far and not the start.
    """  # noqa: E501
    p, T1, T2 = instance.start(), instance.first, instance.second
    return instance.flow(instance.flow(p, 0, T1), T1, T1 + T2), instance.flow(p, 0, T1 + T2)


@two_turns_are_one_if_the_clock_goes_on.mutant("if each starts at the time 0")
def _(instance):
    p, T1, T2 = instance.start(), instance.first, instance.second
    return instance.flow(instance.flow(p, 0, T1), 0, T2), instance.flow(p, 0, T1 + T2)


@two_turns_are_one_if_the_clock_goes_on.mutant("there and back by |R₂ − R₁| is the start")
def _(instance):
    p, T1 = instance.start(), instance.first
    return instance.flow(instance.flow(p, 0, T1), 0, T1), p
