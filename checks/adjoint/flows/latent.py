"""The likelihoods of a latent ODE: ELBO, KL and the Poisson process, on cases with closed forms."""

from __future__ import annotations

import numpy as np
import sympy as sp
from scipy.integrate import quad, solve_ivp

from gronwall import identity
from gronwall.theory.adjoint.flows import (
    elbo,
    elbo_sample,
    evidence,
    kl_normals,
    log_normal,
    poisson_log_likelihood,
    posterior,
)
from systems.adjoint.schemes import LENGTH, SMOOTH, START

ELBO, POISSON = "Section 5, ELBO", "Section 5, Poisson process"
E = sp.Symbol("e", real=True)


def mean_over_normal(expression):
    """E over e ~ N(0, 1) of a polynomial in e of degree at most four: the moments 1, 0, 1, 0, 3."""
    moments = (1, 0, 1, 0, 3)
    terms = sp.Poly(sp.expand(expression), E).terms()
    return sp.expand(sum(coefficient * moments[power] for (power,), coefficient in terms))


M, L, M2, L2 = sp.symbols("m l m2 l2", real=True)


def expected_log_ratio():
    """E_q[log q − log p] for q = N(m, e^l), p = N(m2, e^{l2}), at z = m + e^{l/2} e."""
    z = M + sp.exp(L / 2) * E
    return mean_over_normal(sp.expand_log(log_normal(z, M, sp.exp(L)) - log_normal(z, M2, sp.exp(L2)), force=True))


@identity(source="chen2018", ref=ELBO)
def the_kl_of_two_normals_is_that_of_the_code():
    r"""$\mathrm{KL}=\frac12(l_2-l_1)+\frac{e^{l_1}+(m_1-m_2)^2}{2e^{l_2}}-\frac12$ is $E_q[\log q-\log p]$."""
    return expected_log_ratio(), sp.expand(kl_normals(M, L, M2, L2))


@the_kl_of_two_normals_is_that_of_the_code.mutant("KL(p ‖ q)")
def _():
    return expected_log_ratio(), sp.expand(kl_normals(M2, L2, M, L))


@the_kl_of_two_normals_is_that_of_the_code.mutant("without −1/2")
def _():
    return expected_log_ratio(), sp.expand(kl_normals(M, L, M2, L2)) + sp.Rational(1, 2)


X = sp.symbols("x1:3", real=True)
RHO, NOISE, ZS, V = sp.Symbol("rho", real=True), *sp.symbols("s z v", positive=True)
DECODER = (sp.exp(RHO), sp.exp(2 * RHO))
"""z' = ρz observed at the times 1 and 2 with the variance s of the noise."""


def settled(expression):
    """The difference of logarithms and rational functions in one form."""
    return sp.cancel(sp.expand_log(sp.powsimp(sp.expand_log(expression, force=True)), force=True))


def gap(sample):
    """What a form of the ELBO lacks to log p(x) at the posterior."""
    return settled(sample(ZS, X, DECODER, NOISE, *posterior(X, DECODER, NOISE)) - evidence(X, DECODER, NOISE))


@identity(source="chen2018", ref=ELBO)
def at_the_posterior_a_single_sample_of_the_elbo_is_the_evidence():
    r"""$\sum\log p(x_i|z)+\log p(z)-\log q(z)=\log p(x)$ for every $z$ if $q$ is the posterior: no variance at all.

    A linear latent ODE z' = ρz with two noisy observations, in symbols.
    """
    return gap(elbo_sample), sp.Integer(0)


@at_the_posterior_a_single_sample_of_the_elbo_is_the_evidence.mutant("+ log q(z)")
def _():
    return gap(lambda z, x, c, s, m, v: elbo_sample(z, x, c, s, m, v) + 2 * log_normal(z, m, v)), sp.Integer(0)


@at_the_posterior_a_single_sample_of_the_elbo_is_the_evidence.mutant("one observation counted twice")
def _():
    return gap(lambda z, x, c, s, m, v: elbo_sample(z, [*x, x[0]], [*c, c[0]], s, m, v)), sp.Integer(0)


def shortfall(form):
    """log p(x) − ELBO(q) − KL(q ‖ posterior) for q = N(m, v)."""
    mean, variance = posterior(X, DECODER, NOISE)
    difference = evidence(X, DECODER, NOISE) - form(X, DECODER, NOISE, M, V)
    return settled(difference - kl_normals(M, sp.log(V), mean, sp.log(variance)))


@identity(source="chen2018", ref=ELBO)
def the_elbo_falls_short_of_the_evidence_by_a_kl():
    r"""$\log p(x)-\mathrm{ELBO}(q)=\mathrm{KL}(q\|p(z|x))$ for every normal $q$: so it is a lower bound, attained.

    For the same two observations of a linear latent ODE, in symbols.
    """
    return shortfall(elbo), sp.Integer(0)


@the_elbo_falls_short_of_the_evidence_by_a_kl.mutant("the KL counted once for each observation")
def _():
    prior = kl_normals(M, sp.log(V), sp.Integer(0), sp.Integer(0))
    return shortfall(lambda *given: elbo(*given) - prior), sp.Integer(0)


@the_elbo_falls_short_of_the_evidence_by_a_kl.mutant("KL(p ‖ q) to the prior")
def _():
    there, back = (kl_normals(M, sp.log(V), 0 * M, 0 * M), kl_normals(0 * M, 0 * M, M, sp.log(V)))
    return shortfall(lambda *given: elbo(*given) + there - back), sp.Integer(0)


# ---------------------------------------------------------------- the Poisson process

A, B = sp.symbols("a b", positive=True)
TIMES = sp.symbols("t1:4", positive=True)
MASS = A + B / 2


def rate(t):
    """λ(t) = a + bt on [0, 1], ∫ = a + b/2."""
    return A + B * t


def probability(n, change=lambda log_density, n: log_density):
    """The density integrated over 0 < t_1 < … < t_n < 1, over e^{−Λ}."""
    density = sp.exp(change(poisson_log_likelihood([sp.log(rate(t)) for t in TIMES[:n]], MASS), n) + MASS)
    for k in range(n):
        density = sp.integrate(sp.expand(density), (TIMES[k], 0, TIMES[k + 1] if k + 1 < n else 1))
    return sp.expand(density)


def poisson(change=lambda log_density, n: log_density):
    """The probabilities of N = 1, 2, 3 points by integration, and e^{−Λ}Λ^N/N!, both over e^{−Λ}."""
    counts = (1, 2, 3)
    return sp.Matrix([probability(n, change) for n in counts]), sp.Matrix(
        [sp.expand(MASS**n / sp.factorial(n)) for n in counts]
    )


@identity(source="chen2018", ref=POISSON)
def the_density_of_ordered_times_integrates_to_the_poisson_law():
    r"""$\sum\log\lambda(t_i)-\int\lambda$, over ordered times, integrates to $e^{-\Lambda}\Lambda^N/N!$.

    For N = 1, 2, 3 and λ(t) = a + bt on [0, 1], in symbols.
    """
    return poisson()


@the_density_of_ordered_times_integrates_to_the_poisson_law.mutant("no integral")
def _():
    return poisson(lambda log_density, n: log_density + MASS)


@the_density_of_ordered_times_integrates_to_the_poisson_law.mutant("+∫λ in the place of −∫λ")
def _():
    return poisson(lambda log_density, n: log_density + 2 * MASS)


@the_density_of_ordered_times_integrates_to_the_poisson_law.mutant("−log N!: the density of the times in any order")
def _():
    return poisson(lambda log_density, n: log_density - sp.log(sp.factorial(n)))


def as_state(intensity=np.exp):
    """∫ λ(z(t)) dt, λ = e^{z_1}, as one more state of the solve, and by quadrature along the solution."""

    def right(t, s):
        return np.append(SMOOTH(t, s[:2]), intensity(s[0]))

    found = solve_ivp(right, (0, LENGTH), np.append(START, 0.0), method="DOP853", rtol=1e-12, atol=1e-12)
    plain = solve_ivp(SMOOTH, (0, LENGTH), START, method="DOP853", rtol=1e-12, atol=1e-12, dense_output=True)
    by_quadrature = quad(lambda t: np.exp(plain.sol(t)[0]), 0, LENGTH, epsabs=1e-11, epsrel=1e-11, limit=200)[0]
    return float(found.y[2, -1]), by_quadrature


@identity(source="chen2018", ref=POISSON, tol=1e-8, why="DOP853 at 1e-12, whose interpolation of order 7 is 1e-9 here")
def the_integral_of_the_intensity_is_one_more_state():
    r"""$\int\lambda(z(t))dt$ as a state of the same solve, and by quadrature along the solution."""
    return as_state()


@the_integral_of_the_intensity_is_one_more_state.mutant("log λ as the state, λ in the quadrature")
def _():
    return as_state(lambda log_rate: log_rate)
