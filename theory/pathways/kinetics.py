r"""Ten species of a mevalonate pathway by Michaelis–Menten rates, from acetyl-CoA to limonene.

    s₁ acetyl-CoA, s₂ acetoacetyl-CoA, s₃ HMG-CoA, s₄ Mev, s₅ MevP, s₆ MevPP, s₇ IPP, s₈ DMAPP, s₉ GPP, s₁₀ limonene
    enzymes e₁ … e₉: AtoB, HMGS, HMGR, MK, PMK, PMD, Idi, GPPS, LS

    v₁ = k₁₁e₁s₁/(k₁₂ + k₁₃s₁)                       v₂ = k_s3 k₂₁e₂s₁s₂/(k₂₂s₂ + k₂₃s₁ + k₂₄s₁s₂)
    v₃ = k₃₁e₃s₃/(k₃₂s₁ + k₃₃s₂ + k₃₄s₃ + k₃₅)       v₄ = k₄₁e₄s₄/(k₄₂s₉ + k₄₃s₅ + k₄₄s₄ + k₄₅)
    v₅ = k₅₁e₅s₅/(k₅₂ + s₅)                          v₆ = k₆₁e₆s₆/(k₆₂s₅ + k₆₃s₄ + k₆₄s₆ + k₆₅)
    v₇ = k₇₁e₇s₇/(k₇₂ + s₇)                          v₈ = k₈₁e₈s₇s₈/(k₈₂ + k₈₃s₇ + k₈₄s₈ + s₇s₈)
    v₉ = k₉₁e₉s₉/(k₉₂ + s₉)

    s' = V_in(1, 0, …) + N v,   N the stoichiometric matrix below.

34 constants k, k_s3 and V_in; all are positive, states are not negative.  v₂ is 0 where s₁ = s₂ = 0, by continuity.
With w = (1, 1, 2, 2, 2, 2, 2, 2, 4, 4), w·N = 0: the balance w·s' = V_in holds along every solution, whatever the
enzymes do, and w spans the left null space of N.  So a prediction ŝ is wrong by at least

    ‖ŝ − s‖ >= |w·ŝ − w·s(0) − V_in t|/‖w‖,

which needs no truth: Cauchy and Schwarz, with equality along w.

Source: the structure of Z. Costello, H. G. Martín, npj Syst. Biol. Appl. 4 (2018), on which Habaraduwa and Lixandru
(arXiv 2512.08732) build; the balance, the symmetries and the ranks are derived here.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

__all__ = [
    "BALANCE",
    "CONSTANTS",
    "GROUPS",
    "SPECIES",
    "STOICHIOMETRY",
    "rates",
    "scaled",
    "squared_imbalance",
    "velocity",
]

Vector = Sequence[Any]

SPECIES = ("acetyl-CoA", "acetoacetyl-CoA", "HMG-CoA", "Mev", "MevP", "MevPP", "IPP", "DMAPP", "GPP", "limonene")
CONSTANTS = (
    "k11", "k12", "k13", "k21", "k22", "k23", "k24", "k31", "k32", "k33", "k34", "k35", "k41", "k42", "k43", "k44",
    "k45", "k51", "k52", "k61", "k62", "k63", "k64", "k65", "k71", "k72", "k81", "k82", "k83", "k84", "k91", "k92",
    "Vin", "ks3",
)  # fmt: skip
STOICHIOMETRY = (
    (-1, -1, 0, 0, 0, 0, 0, 0, 0),
    (1, -1, 0, 0, 0, 0, 0, 0, 0),
    (0, 1, -1, 0, 0, 0, 0, 0, 0),
    (0, 0, 1, -1, 0, 0, 0, 0, 0),
    (0, 0, 0, 1, -1, 0, 0, 0, 0),
    (0, 0, 0, 0, 1, -1, 0, 0, 0),
    (0, 0, 0, 0, 0, 1, -1, -1, 0),
    (0, 0, 0, 0, 0, 0, 1, -1, 0),
    (0, 0, 0, 0, 0, 0, 0, 1, -1),
    (0, 0, 0, 0, 0, 0, 0, 0, 1),
)
"""N: what a unit of each rate does to each species."""
BALANCE = (1, 1, 2, 2, 2, 2, 2, 2, 4, 4)
"""w, with w·N = 0."""
GROUPS = (("k11", "k12", "k13"), ("k21", "k22", "k23", "k24"), ("k31", "k32", "k33", "k34", "k35"),
          ("k41", "k42", "k43", "k44", "k45"), ("k61", "k62", "k63", "k64", "k65"))  # fmt: skip
"""Constants of one quotient: to scale them together changes no rate.  k21 times c and ks3 by c change none either."""


def rates(s: Vector, e: Vector, k: Vector) -> list[Any]:
    """v₁ … v₉.  s: ten states, e: nine enzymes, k: 34 constants in the order of `CONSTANTS`."""
    (k11, k12, k13, k21, k22, k23, k24, k31, k32, k33, k34, k35, k41, k42, k43, k44, k45, k51, k52, k61, k62, k63, k64,
     k65, k71, k72, k81, k82, k83, k84, k91, k92, _, ks3) = k  # fmt: skip
    s1, s2, s3, s4, s5, s6, s7, s8, s9, _ = s
    e1, e2, e3, e4, e5, e6, e7, e8, e9 = e
    return [
        k11 * e1 * s1 / (k12 + k13 * s1),
        _quotient(ks3 * k21 * e2 * s1 * s2, k22 * s2 + k23 * s1 + k24 * s1 * s2),
        k31 * e3 * s3 / (k32 * s1 + k33 * s2 + k34 * s3 + k35),
        k41 * e4 * s4 / (k42 * s9 + k43 * s5 + k44 * s4 + k45),
        k51 * e5 * s5 / (k52 + s5),
        k61 * e6 * s6 / (k62 * s5 + k63 * s4 + k64 * s6 + k65),
        k71 * e7 * s7 / (k72 + s7),
        k81 * e8 * s7 * s8 / (k82 + k83 * s7 + k84 * s8 + s7 * s8),
        k91 * e9 * s9 / (k92 + s9),
    ]


def _quotient(above: Any, below: Any) -> Any:
    """0 where both vanish."""
    exact = isinstance(below, (int, float, Fraction))
    return above if exact and below == 0 else above / below


def velocity(s: Vector, e: Vector, k: Vector) -> list[Any]:
    """s' = V_in(1, 0, …) + N v."""
    v = rates(s, e, k)
    slopes = []
    for i, row in enumerate(STOICHIOMETRY):
        first, *rest = (weight * rate for weight, rate in zip(row, v, strict=True) if weight)
        slopes.append(sum(rest, first) + (k[CONSTANTS.index("Vin")] if i == 0 else 0))
    return slopes


def squared_imbalance(predicted: Vector, start: Vector, inflow: Any, t: Any, w: Vector = BALANCE) -> Any:
    """(w·ŝ − w·s(0) − V_in t)²/‖w‖² <= ‖ŝ − s‖²."""
    off = sum(a * (b - c) for a, b, c in zip(w, predicted, start, strict=True)) - inflow * t
    return off * off / sum(a * a for a in w)


def scaled(k: Vector, factors: Sequence[Any]) -> list[Any]:
    """The constants with each of the five `GROUPS` times a factor of its own, k21 times the sixth and ks3 by it."""
    by_name = dict(zip(CONSTANTS, k, strict=True))
    for group, factor in zip(GROUPS, factors[:-1], strict=True):
        for name in group:
            by_name[name] = by_name[name] * factor
    by_name["k21"], by_name["ks3"] = by_name["k21"] * factors[-1], by_name["ks3"] / factors[-1]
    return list(by_name.values())
