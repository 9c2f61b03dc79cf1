r"""The plane of prey and sharks: basins, the separatrix between them, the cycle, and what connects the saddles.

At α = 0.70 orbits come to the cycle or fall to the origin; the basins are divided by W^s(x₋).  At the heteroclinic
value W^u(x₊) runs into W^s(x₋), and the axis leads back: the cycle of two saddles.
"""

from __future__ import annotations

import numpy as np
from scipy.integrate import solve_ivp

from gronwall.theory.bifurcations.boundary import coexistence
from gronwall.theory.bifurcations.connections import boundary_saddles
from gronwall.theory.bifurcations.fields import FIELDS, rules
from systems.bifurcations.diagrams import EXTINCT, true_orbits
from systems.training.protocol import Experiment, Run, Seeds, Table

__all__ = ["BASINS", "HETEROCLINIC", "PORTRAIT", "falls", "manifold"]

BASINS, HETEROCLINIC = 0.70, 0.7080728075
EDGE = (1.05, 1.3)
"""How far manifolds are followed."""


def falls(starts: np.ndarray, alpha: float) -> np.ndarray:
    """Does the orbit of each start fall to the origin?  After 150 time units, (rows,)."""
    last = true_orbits("predator_prey")(starts, np.full(len(starts), alpha), 0.1, 1500, 1)[0]
    return np.asarray(~(last[:, 0] > EXTINCT))


def manifold(alpha: float, which: int, points: int = 300) -> np.ndarray:
    """W^s(x₋) (which = 0, against time) or W^u(x₊) (which = 1) above the axis, evenly along its length: points x 2."""
    f, df = rules(FIELDS["predator_prey"], alpha)
    saddle = np.array([boundary_saddles(alpha)[which], 0.0])
    vectors = np.linalg.eig(df(saddle))[1]
    across = vectors[:, int(np.argmax(abs(vectors[1])))].real
    sense = 1.0 if which else -1.0

    def leaves(_: float, u: np.ndarray) -> float:
        return float(max(u[0] - EDGE[0], u[1] - EDGE[1], 1e-3 - u[0]))

    leaves.terminal = True  # type: ignore[attr-defined]
    solved = solve_ivp(
        lambda _, u: sense * f(u), (0, 60), saddle + 1e-6 * across / across[1], "DOP853", rtol=1e-10, atol=1e-13,
        events=leaves, max_step=0.05,
    )  # fmt: skip
    path = solved.y.T
    length = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1))])
    even = np.linspace(0, length[-1], points)
    return np.array([np.interp(even, length, column) for column in path.T]).T


def drawn(run: Run) -> dict[str, np.ndarray]:
    """Manifolds at both α, the saddles (x₋, x₊), coexistence, the cycle at 0.70, and who falls there on a grid."""
    x, y = np.linspace(0.01, EDGE[0], run.length), np.linspace(0.0, EDGE[1], run.length)
    grid = np.array([[a, b] for b in y for a in x])
    last = true_orbits("predator_prey")(np.array([[1.0, 0.01]]), np.array([BASINS]), 0.05, 20000, 1)[0]
    found = {
        "x": x, "y": y, "falls": falls(grid, BASINS).reshape(len(y), len(x)).astype(float),
        "cycle": true_orbits("predator_prey")(last, np.array([BASINS]), 0.05, 1, 345)[:, 0],
    }  # fmt: skip
    for name, alpha in (("basins", BASINS), ("heteroclinic", HETEROCLINIC)):
        found |= {
            f"{name} separatrix": manifold(alpha, 0), f"{name} leaving": manifold(alpha, 1),
            f"{name} saddles": np.array(boundary_saddles(alpha)), f"{name} rest": np.array(coexistence(alpha)),
        }  # fmt: skip
    return found


def tell(table: Table, found: dict[str, np.ndarray], run: Run) -> None:
    """All of it."""
    for key, values in found.items():
        table.array(key, np.round(values, 5))


PORTRAIT = Experiment("bifurcations.connections.portrait", train=drawn, tell=tell, length=50, seeds=Seeds(0, 1))
