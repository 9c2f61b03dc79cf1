"""The steps that prove Proposition 1, as algebra: the acceleration, the local error, the recursion of the errors."""

from __future__ import annotations

import sympy as sp

from gronwall import identity
from theory.discretization import (
    Layer,
    acceleration,
    perceptron,
    perceptron_acceleration,
    solution_series,
)

x, y, s, h = sp.symbols("x y s h", real=True)
a, b, c, d = sp.symbols("a b c d", positive=True)


@identity(source="sander2022", ref="Proposition 1, derivation")
def the_solution_accelerates_by_the_total_derivative():
    r"""Along $x'=\varphi(x,s)$: $x''=\partial_s\varphi+\partial_x\varphi[\varphi]$, on a closed-form solution.

    The solution is chosen first: x = e^{as} cos(bs²), y = e^{as} sin(bs²) solve the non-autonomous, coupled field
    φ = (ax − 2bsy, 2bsx + ay), and x'' is their own second derivative.
    """
    solution = {x: sp.exp(a * s) * sp.cos(b * s**2), y: sp.exp(a * s) * sp.sin(b * s**2)}
    phi = sp.Matrix([a * x - 2 * b * s * y, 2 * b * s * x + a * y])
    second = sp.Matrix([solution[x], solution[y]]).diff(s, 2)
    return acceleration(phi, [x, y], s).subs(solution), second


@the_solution_accelerates_by_the_total_derivative.mutant("drops ∂_s φ")
def _():
    left, right = the_solution_accelerates_by_the_total_derivative()
    drift = sp.Matrix([-2 * b * y, 2 * b * x])
    solution = {x: sp.exp(a * s) * sp.cos(b * s**2), y: sp.exp(a * s) * sp.sin(b * s**2)}
    return left - drift.subs(solution), right


@the_solution_accelerates_by_the_total_derivative.mutant("transposes the Jacobian")
def _():
    solution = {x: sp.exp(a * s) * sp.cos(b * s**2), y: sp.exp(a * s) * sp.sin(b * s**2)}
    phi = sp.Matrix([a * x - 2 * b * s * y, 2 * b * s * x + a * y])
    wrong = phi.diff(s) + phi.jacobian([x, y]).T * phi
    return wrong.subs(solution), sp.Matrix([solution[x], solution[y]]).diff(s, 2)


def pendulum() -> sp.Matrix:
    """A nonlinear, non-autonomous field in two variables."""
    return sp.Matrix([y * (1 + s), -sp.tanh(a * x + b * s) + c * s * y])


@identity(source="sander2022", ref="Proposition 1, derivation")
def a_layer_misses_half_the_acceleration():
    r"""A layer errs by $x(s+h)-x(s)-h\varphi=\frac{h^2}2(\partial_s\varphi+\partial_x\varphi[\varphi])+O(h^3)$.

    The left side is the h²-coefficient of the Lie series of a tanh pendulum with a drive.
    """
    phi = pendulum()
    local = solution_series(phi, [x, y], s, h, 3) - sp.Matrix([x, y]) - h * phi
    return local.expand().applyfunc(lambda e: e.coeff(h, 2)), acceleration(phi, [x, y], s) / 2


@a_layer_misses_half_the_acceleration.mutant("forgets the factor 1/2")
def _():
    left, right = a_layer_misses_half_the_acceleration()
    return left, 2 * right


@a_layer_misses_half_the_acceleration.mutant("drops ∂_x φ[φ]")
def _():
    return a_layer_misses_half_the_acceleration()[0], pendulum().diff(s) / 2


@identity(source="sander2022", ref="Proposition 1, derivation")
def the_errors_solve_the_recursion():
    r"""$e_n=\frac C{2NL}((1+\frac LN)^n-1)$ solves $e_{n+1}=(1+\frac LN)e_n+\frac C{2N^2}$, $e_0=0$, for all n, N, L, C.

    With e_0 and the limit N → ∞ of N e_N, which is (e^L − 1)C/(2L), as two further entries.
    """
    n, N, L, C = sp.Symbol("n", integer=True, positive=True), *sp.symbols("N L C", positive=True)

    def e(k):
        return C / (2 * N * L) * ((1 + L / N) ** k - 1)

    step = sp.expand_power_exp(e(n + 1)) - (1 + L / N) * e(n)
    limit = sp.limit(sp.expand(N * e(N)), N, sp.oo)
    return sp.Matrix([step, e(0), limit]), sp.Matrix([C / (2 * N**2), 0, (sp.exp(L) - 1) * C / (2 * L)])


@the_errors_solve_the_recursion.mutant("a local error C/N²")
def _():
    left, right = the_errors_solve_the_recursion()
    return left, sp.Matrix([2 * right[0], right[1], right[2]])


@the_errors_solve_the_recursion.mutant("the limit without 1/L")
def _():
    left, right = the_errors_solve_the_recursion()
    return left, sp.Matrix([right[0], right[1], right[2] * sp.Symbol("L", positive=True)])


def moving_layer() -> Layer:
    """Weights that move with s: V 2 x 2, W 2 x 2, b 2 x 1."""
    V = sp.Matrix([[a + s, -s], [b * s**2, c]])
    W = sp.Matrix([[1, s], [-s, d]])
    return Layer(V, W, sp.Matrix([s, b - s]))


@identity(source="sander2022", ref="Proposition 1, derivation")
def a_perceptron_accelerates_as_coded():
    r"""$V'\tanh z+V\,\mathrm{diag}(1-\tanh^2 z)(W'x+b'+W\varphi)$ is $\partial_s\varphi+\partial_x\varphi[\varphi]$ of a perceptron.

    The formula the float code uses, run on SymPy, against the derivative of the perceptron itself.
    """
    layer = moving_layer()
    slope = Layer(layer.V.diff(s), layer.W.diff(s), layer.b.diff(s))
    state = sp.Matrix([x, y])
    phi = perceptron(state, layer)
    return perceptron_acceleration(state, layer, slope), acceleration(phi, [x, y], s)


@a_perceptron_accelerates_as_coded.mutant("forgets that the bias moves")
def _():
    layer = moving_layer()
    slope = Layer(layer.V.diff(s), layer.W.diff(s), sp.zeros(2, 1))
    return perceptron_acceleration(sp.Matrix([x, y]), layer, slope), a_perceptron_accelerates_as_coded()[1]


@a_perceptron_accelerates_as_coded.mutant("the weights at rest")
def _():
    zero = Layer(sp.zeros(2, 2), sp.zeros(2, 2), sp.zeros(2, 1))
    return perceptron_acceleration(sp.Matrix([x, y]), moving_layer(), zero), a_perceptron_accelerates_as_coded()[1]
