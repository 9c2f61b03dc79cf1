r"""Classes for which the largest gap of risk and empirical risk over all parameters is known exactly.

One input x, two labels ±y with P(Y = −y) = p, the loss |F − Y|, and F reaching every value of [low, high] with
−y <= low, high <= y: the gap of the parameter with F = v is 2v(p − p̂), p̂ the share of labels −y among n, so

    sup gap = 2 max(high (p − p̂), low (p − p̂)),         n p̂ binomial(n, p).

Three classes: "drift" f ≡ 1 from x = 0, F ∈ [−R, R]; "growth" f(h) = κh from x = 1, F ∈ [e^{−κR}, e^{κR}]; "network"
of depth L with relu, d = 1, from x = 1, F ∈ [(1 − R/L)^L, (1 + R/L)^L].  y is the largest F: M_ℓ is attained.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from gronwall.theory import rigor
from gronwall.theory.arithmetic import exp
from gronwall.theory.generalization.bounds import Terms, ode_bound, resnet_bound, sample_gap_quantile
from gronwall.theory.generalization.recalled import recalled_network, recalled_ode


@dataclass(frozen=True)
class Sample:
    """A class with n samples: see the module. R: the size of the parameters; kappa: K_f; L: the depth."""

    family: str
    n: int
    p: Fraction
    delta: Fraction
    R: Fraction
    kappa: Fraction = Fraction(1)
    L: int = 4
    K_loss: Fraction = Fraction(1)
    K: Fraction = Fraction(0)

    def reach(self) -> tuple[Any, Any]:
        """[low, high], rounded inwards to fractions where it is not rational."""
        R = self.R
        if self.family == "drift":
            return -R, R
        if self.family == "network":
            return (1 - R / self.L) ** self.L, (1 + R / self.L) ** self.L
        low, high = (exp(rigor.ball(sign * self.kappa * R)) for sign in (-1, 1))
        return Fraction(rigor.upper(low)), Fraction(rigor.lower(high))

    def quantile(self) -> Any:
        """The least t with P(sup gap > t) <= δ, exactly."""
        low, high = self.reach()
        scale = 2 * self.K_loss
        return sample_gap_quantile(self.n, self.p, self.delta, scale * high, -scale * low)

    def setting(self) -> dict[str, Any]:
        """The arguments of the bounds on this class, as balls: R_Y is y, the largest F."""
        _, high = self.reach()
        numbers = {"n": self.n, "delta": self.delta, "K_loss": self.K_loss}
        if self.family == "network":
            numbers |= {"R_W": self.R, "K_W": self.K, "K_sigma": 1, "R_X": 1}
        else:
            drift = self.family == "drift"
            numbers |= {"m": 1, "R": self.R, "K": self.K, "R_X": 0 if drift else 1, "K_f": self.kappa}
            numbers["M"] = 1 if drift else self.kappa
        setting = {name: rigor.ball(value) for name, value in numbers.items()}
        setting["R_Y"] = rigor.ball(self.R if self.family == "drift" else high)
        if self.family == "growth":
            setting["R_Y"] = exp(rigor.ball(self.kappa * self.R))
        return setting

    def bound(self, route: Any = "one scale", **changed: Any) -> Terms:
        """The terms of the provable bound."""
        if self.family == "network":
            return resnet_bound(d=1, L=self.L, route=route, **(self.setting() | changed))
        return ode_bound(route=route, **(self.setting() | changed))

    def recalled(self) -> Terms:
        """The terms of the bound as recalled; infinite where its condition on n is not met."""
        setting = self.setting()
        if self.family == "network":
            return recalled_network(d=1, **setting)
        return recalled_ode(**setting)

    def is_recalled(self) -> bool:
        """n >= 9 max(m⁻²R⁻², 1) with m = 1, or its likeness for networks."""
        most = max(1 / self.R**2, self.K / self.R if self.family == "network" else Fraction(1))
        return self.n >= 9 * most


def quarters(low: int, high: int) -> st.SearchStrategy[Fraction]:
    return st.integers(low, high).map(lambda k: Fraction(k, 4))


def samples(*families: str, paths: bool = True) -> st.SearchStrategy[Sample]:
    """Classes of these families with up to 400 samples, balanced and unbalanced labels, δ from 10⁻⁶ to 0.9."""
    return st.builds(
        Sample,
        st.sampled_from(families),
        st.sampled_from([1, 2, 5, 20, 100, 400]),
        st.integers(1, 19).map(lambda k: Fraction(k, 20)),
        st.sampled_from([Fraction(1, 10**6), Fraction(1, 100), Fraction(1, 20), Fraction(1, 2), Fraction(9, 10)]),
        quarters(1, 8),
        st.sampled_from([Fraction(1, 1000), Fraction(1, 4), Fraction(1)]),
        st.integers(2, 8),
        st.sampled_from([Fraction(1), Fraction(10)]),
        quarters(0, 4) if paths else st.just(Fraction(0)),
    )
