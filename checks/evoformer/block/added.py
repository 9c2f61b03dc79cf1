"""What each of the nine updates adds at most, whatever the state, and how far a token comes in time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from hypothesis import strategies as st

from gronwall import bound, pick
from gronwall.theory.evoformer.bounds import most_added, most_normalised, norm
from gronwall.theory.runge_kutta import EULER, integrate
from systems.evoformer.block.updates import ON_ROWS, UPDATES, Sizes, changed, drawn, shapes
from systems.evoformer.block.whole import Evoformer, joined

SOURCE, REF = "sanford2025", "Normalised updates"
SIZES, ROWS, RESIDUES = Sizes(), 3, 4
ROUNDED = 1 + 500 * np.finfo(float).eps
"""Six steps of some hundred operations."""
SCALE, SHIFT = 1.5, 0.7
"""γ of every channel of the extremal normalisations, and how long β is, along the token."""
OPEN = 40.0
"""A gate of that bias is 1 to the last bit."""


@dataclass(frozen=True)
class Tokens:
    """Weights and tokens from a seed, of some size; or the extremal ones, all tokens alike and all weights aligned."""

    seed: int
    size: float
    extremal: bool = False

    def token(self, c):
        """One token with mean 0 and variance 1, the direction of all extremal ones."""
        x = np.random.default_rng([self.seed, c]).normal(size=c)
        return (x - x.mean()) / x.std()

    def state(self):
        if self.extremal:
            return (
                torch.tensor(np.tile(self.size * self.token(SIZES.c_m), (ROWS, RESIDUES, 1))),
                torch.tensor(np.tile(self.size * self.token(SIZES.c_z), (RESIDUES, RESIDUES, 1))),
            )
        rng = np.random.default_rng([self.seed, 1])
        m = rng.normal(size=(ROWS, RESIDUES, SIZES.c_m))
        return torch.tensor(self.size * m), torch.tensor(self.size * rng.normal(size=(RESIDUES, RESIDUES, SIZES.c_z)))

    def weights(self):
        rng = np.random.default_rng(self.seed)
        w = drawn(rng, shapes(SIZES))
        for name in [name for name in w if name.endswith((".scale", ".shift"))]:
            w[name] = w[name] + torch.tensor(0.3 * rng.normal(size=w[name].shape))
        if self.extremal:
            w = {name: torch.full_like(v, SCALE * name.endswith(".scale")) for name, v in w.items()}
            for update in UPDATES:
                self.align(w, update, self.token(SIZES.c_m if update in (*ON_ROWS, "outer product") else SIZES.c_z))
        return w

    def align(self, w, update, token):
        """Weights with which every inequality of an update is an equality on tokens along `token`."""

        def put(name, values):
            w[f"{update}.{name}"] = torch.tensor(np.ascontiguousarray(values))

        along = token / np.linalg.norm(token)
        if f"{update}.norm.shift" in w:
            put("norm.shift", SHIFT * along)
        out = self.token(len(w[f"{update}.out.bias"]))
        out = out / np.linalg.norm(out)
        put("out.bias", 0.3 * out)
        if update.endswith("transition"):
            inner = np.full(w[f"{update}.in"].shape[0], w[f"{update}.in"].shape[0] ** -0.5)
            put("in", np.outer(inner, along))
            put("in.bias", 0.2 * inner)
        elif update == "outer product":
            first = np.eye(SIZES.outer)[0]
            for name in "ab":
                put(name, np.outer(first, along))
                put(f"{name}.bias", 0.1 * first)
            inner = np.eye(SIZES.outer**2)[0]
        elif update in ("outgoing", "incoming"):
            inner = self.token(SIZES.triangle)
            for name, values in (("a", np.ones(SIZES.triangle)), ("b", 100 * inner)):
                put(f"{name}.bias", values)
                put(f"{name}.gate.bias", np.full(SIZES.triangle, OPEN))
            put("gate.bias", np.full(SIZES.c_z, OPEN))
            inner = inner / np.linalg.norm(inner)
            put("inner.shift", SHIFT * inner)
        else:
            first = np.tile(np.eye(SIZES.head)[0], SIZES.heads)
            put("v", np.outer(first, along))
            put("gate.bias", np.full(len(first), OPEN))
            inner = first / np.linalg.norm(first)
        put("out", np.outer(out, inner))

    def added(self, update, w=None):
        """The longest of what an update adds to a token."""
        with torch.no_grad():
            dm, dz = changed(update, w or self.weights(), *self.state())
        return float((dz if dm is None else dm).norm(dim=-1).max())

    def unnormalised(self, update):
        """Weights whose normalisations leave the extremal tokens as they are."""
        w = dict(self.weights())
        token = self.size * self.token(len(w[f"{update}.norm.scale"]))
        w[f"{update}.norm.scale"] = torch.full_like(w[f"{update}.norm.scale"], float(token.std()))
        w[f"{update}.norm.shift"] = torch.zeros_like(w[f"{update}.norm.shift"])
        return w


TOKENS = st.builds(Tokens, st.integers(0, 10**6), st.sampled_from([0.1, 1.0, 1e2, 1e4]), st.booleans())


def arrays(w):
    return {name: value.numpy() for name, value in w.items()}


def most(instance, update):
    return most_added(arrays(instance.weights()), update, SIZES.heads)


@bound(source=SOURCE, ref=REF, over=TOKENS, sharp=0.999, cases=list(UPDATES), examples=pick(quick=12, full=200))
def an_update_adds_no_more_than_its_weights_say(instance, case):
    r"""No token changes by more than the norms of the weights say, in any state: layer normalisations bound the field.

    Attention $\|W_o\|(\sum_h\|W_v^h\|^2)^{1/2}R+\|b_o\|$, transitions $\|W_2\|(\|W_1\|R+\|b_1\|)+\|b_2\|$, the outer product
    with both its factors, triangles $\|W_o\|R+\|b_o\|$; $R=\|\gamma\|_\infty\sqrt c+\|\beta\|$.  Equal for aligned weights.
    """  # noqa: E501
    return instance.added(case), most(instance, case)


@an_update_adds_no_more_than_its_weights_say.witness
def _(case):
    return Tokens(1, 1e3, True)


@an_update_adds_no_more_than_its_weights_say.mutant("without the root of the channels: R = ‖γ‖ + ‖β‖")
def _(instance, case):
    w = arrays(instance.weights())
    name = f"{case}.inner" if case in ("outgoing", "incoming") else f"{case}.norm"
    share = np.abs(w[f"{name}.scale"]).max() / most_normalised(w, name)
    return instance.added(case), most(instance, case) * share


def smaller(instance, case, drop):
    """The bound with a part of the normalisation left out."""
    w = arrays(instance.weights())
    name = f"{case}.inner" if case in ("outgoing", "incoming") else f"{case}.norm"
    w[f"{name}.{drop}"] = np.ones_like(w[f"{name}.{drop}"]) if drop == "scale" else 0 * w[f"{name}.{drop}"]
    return most_added(w, case, SIZES.heads)


@an_update_adds_no_more_than_its_weights_say.mutant("without the shift of the normalisation")
def _(instance, case):
    return instance.added(case), smaller(instance, case, "shift")


@an_update_adds_no_more_than_its_weights_say.mutant("without its scale")
def _(instance, case):
    return instance.added(case), smaller(instance, case, "scale")


@an_update_adds_no_more_than_its_weights_say.mutant("without the bias at its end")
def _(instance, case):
    return instance.added(case), most(instance, case) - norm(arrays(instance.weights()), f"{case}.out.bias")


@an_update_adds_no_more_than_its_weights_say.mutant("without the normalisation")
def _(instance, case):
    if case in ("outgoing", "incoming"):  # of the sum over k
        w = dict(instance.weights())
        w[f"{case}.inner.scale"] = 1e3 * w[f"{case}.inner.scale"]
        return instance.added(case, w), most(instance, case)
    return instance.added(case, instance.unnormalised(case)), most(instance, case)


# ---------------------------------------------------------------- in time


@dataclass(frozen=True)
class Travelled:
    """Tokens, through so many Euler steps of the three updates of rows up to a time."""

    tokens: Tokens
    time: float
    steps: int

    def distance(self):
        """The longest token of m at the end, and at the start."""
        m, z = self.tokens.state()
        of = Evoformer(self.tokens.weights(), SIZES, ROWS, RESIDUES)

        def field(t, x):
            return of.sequential(x, order=ON_ROWS) - x

        with torch.no_grad():
            end = of.split(integrate(EULER, field, 0, self.time, joined(m, z), self.steps))[0]
        return float(end.norm(dim=-1).max()), float(m.norm(dim=-1).max())


TRAVELLED = st.builds(Travelled, TOKENS, st.sampled_from([1.0, 10.0, 100.0]), st.integers(1, 6))


def speed(instance, updates=ON_ROWS):
    w = arrays(instance.tokens.weights())
    return sum(most_added(w, update, SIZES.heads) for update in updates)


@bound(source=SOURCE, ref=REF, over=TRAVELLED, sharp=0.999, examples=pick(quick=12, full=200))
def tokens_travel_no_faster_than_the_sum_of_all_updates(instance):
    r"""$\|m_{si}(t)\|\le\max\|m_{si}(0)\|+Ct$, $C$ the sum of what the updates of rows add: solutions exist for all times."""  # noqa: E501
    end, begun = instance.distance()
    return end, (begun + instance.time * speed(instance)) * ROUNDED


@tokens_travel_no_faster_than_the_sum_of_all_updates.witness
def _():
    return Travelled(Tokens(1, 10.0, True), 100.0, 4)


@tokens_travel_no_faster_than_the_sum_of_all_updates.mutant("without the transition")
def _(instance):
    end, begun = instance.distance()
    return end, begun + instance.time * speed(instance, ON_ROWS[:2])


@tokens_travel_no_faster_than_the_sum_of_all_updates.mutant("without the length at the start")
def _(instance):
    end, _ = instance.distance()
    return end, instance.time * speed(instance)


@tokens_travel_no_faster_than_the_sum_of_all_updates.mutant("with the root of the time")
def _(instance):
    end, begun = instance.distance()
    return end, begun + np.sqrt(instance.time) * speed(instance)
