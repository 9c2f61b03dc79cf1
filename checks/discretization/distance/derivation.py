"""The steps that prove Proposition 1, as algebra: the acceleration, the local error, the recursion of the errors."""

from __future__ import annotations

import sympy as sp

from gronwall import identity
from gronwall.theory.discretization.distance import acceleration, solution_series
from gronwall.theory.perceptrons import Layer, perceptron, perceptron_acceleration

x, y, s, h = sp.symbols("x y s h", real=True)
a, b, c = sp.symbols("a b c", positive=True)


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


def spring() -> sp.Matrix:
    """A nonlinear spring with a drive: coupled and non-autonomous."""
    return sp.Matrix([y * (1 + s), s**2 - a * x**3 - b * s * y])


@identity(source="sander2022", ref="Proposition 1, derivation")
def a_layer_misses_half_the_acceleration():
    r"""A layer errs by $x(s+h)-x(s)-h\varphi=\frac{h^2}2(\partial_s\varphi+\partial_x\varphi[\varphi])+O(h^3)$.

    The left side is the h²-coefficient of the Lie series of a nonlinear spring with a drive.
    """
    phi = spring()
    local = solution_series(phi, [x, y], s, h, 3) - sp.Matrix([x, y]) - h * phi
    return local.expand().applyfunc(lambda e: e.coeff(h, 2)), acceleration(phi, [x, y], s) / 2


@a_layer_misses_half_the_acceleration.mutant("forgets the factor 1/2")
def _():
    left, right = a_layer_misses_half_the_acceleration()
    return left, 2 * right


@a_layer_misses_half_the_acceleration.mutant("drops ∂_x φ[φ]")
def _():
    return a_layer_misses_half_the_acceleration()[0], spring().diff(s) / 2


@identity(source="sander2022", ref="Proposition 1, derivation")
def the_errors_solve_the_recursion():
    r"""$e_n=\frac C{2NL}((1+\frac LN)^n-1)$ solves $e_{n+1}=(1+\frac LN)e_n+\frac C{2N^2}$ with $e_0=0$.

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
    """Weights that move with s: two states, one unit."""
    return Layer(sp.Matrix([a + s, b * s**2]), sp.Matrix([[c, -s]]), sp.Matrix([[s**2]]))


def in_t(column: sp.Matrix) -> sp.Matrix:
    """The column with the symbol t in the place of tanh(Wx + b), so that it is a polynomial."""
    layer = moving_layer()
    (inner,) = layer.W * sp.Matrix([x, y]) + layer.b
    return column.subs(sp.tanh(inner), sp.Symbol("t", real=True)).expand()


def coded(slope: Layer) -> sp.Matrix:
    """The acceleration by the formula that the float code uses, for weights moving at the rate `slope`."""
    return in_t(perceptron_acceleration(sp.Matrix([x, y]), moving_layer(), slope))


@identity(source="sander2022", ref="Proposition 1, derivation")
def a_perceptron_accelerates_as_coded():
    r"""A perceptron accelerates by $V'\tanh z+V\,\mathrm{diag}(1-\tanh^2z)(W'x+b'+W\varphi)$, $z=Wx+b$.

    The formula the float code uses, run on SymPy, against the derivative of the perceptron itself.
    """
    layer = moving_layer()
    phi = perceptron(sp.Matrix([x, y]), layer)
    slope = Layer(layer.V.diff(s), layer.W.diff(s), layer.b.diff(s))
    return coded(slope), in_t(acceleration(phi, [x, y], s))


@a_perceptron_accelerates_as_coded.mutant("forgets that the bias moves")
def _():
    layer = moving_layer()
    slope = Layer(layer.V.diff(s), layer.W.diff(s), sp.zeros(1, 1))
    return coded(slope), a_perceptron_accelerates_as_coded()[1]


@a_perceptron_accelerates_as_coded.mutant("the weights at rest")
def _():
    rest = Layer(sp.zeros(2, 1), sp.zeros(1, 2), sp.zeros(1, 1))
    return coded(rest), a_perceptron_accelerates_as_coded()[1]
