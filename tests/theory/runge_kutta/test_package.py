"""The package finds its names on first use, and a claim depends on the homes of those it imports."""

from importlib import import_module

import pytest

from gronwall.running.sources import Sources
from gronwall.theory import runge_kutta as rk

ALWAYS = [
    "Exact", "Field", "Tableau", "butcher", "EULER", "MIDPOINT", "HEUN", "RALSTON", "KUTTA3", "RK4", "THREE_EIGHTHS",
    "DORMAND_PRINCE", "IMPLICIT_EULER", "IMPLICIT_MIDPOINT", "TRAPEZOID", "GAUSS4", "RADAU3", "RADAU5", "SCHEMES",
    "elementary_weight", "order_conditions", "algebraic_order", "principal_error", "reflected", "is_symmetric",
    "is_symplectic", "Z", "stability_function", "amplification", "step", "integrate", "trajectory", "linear_step",
    "implicit_step", "Tree", "density", "rooted_trees", "symmetry", "tree_order",
]  # fmt: skip
"""What the module of this name has always had."""


def test_every_name_comes_from_its_home_and_none_is_that_of_a_module():
    assert set(ALWAYS) <= set(rk._HOME) <= set(dir(rk))
    for name, home in rk._HOME.items():
        assert getattr(rk, name) is getattr(import_module(home), name)
        with pytest.raises(ModuleNotFoundError):
            import_module(f"gronwall.theory.runge_kutta.{name}")
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = rk.nothing


def test_who_imports_a_scheme_does_not_depend_on_stability(tmp_path):
    claim = tmp_path / "claim.py"
    claim.write_text("from gronwall.theory.runge_kutta import HEUN, algebraic_order\n")
    reached = {file.stem for file in Sources().closure(claim) if file.parent.name == "runge_kutta"}
    assert reached == {"schemes", "tableaux", "conditions"}


def test_who_imports_the_package_as_a_whole_depends_on_all_of_it(tmp_path):
    claim = tmp_path / "claim.py"
    claim.write_text("from gronwall.theory import runge_kutta as rk\n\nEULER = rk.EULER\n")
    reached = {file.stem for file in Sources().closure(claim) if file.parent.name == "runge_kutta"}
    assert reached == {home.split(".")[-1] for home in rk._HOME.values() if ".runge_kutta." in home}
