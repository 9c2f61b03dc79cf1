"""What makes a measurement stale, and what does not."""

from __future__ import annotations

import pytest

from gronwall.places import dotted_name
from gronwall.running.fingerprint import closure, fingerprint


@pytest.fixture
def project(tmp_path):
    """A package of claims with a module below a module, a lazy import and a data file."""
    files = {
        "pack/__init__.py": "",
        "pack/claims.py": "from . import near\nfrom pack.deep.far import value\nDATA = 'numbers.csv'\n",
        "pack/near.py": "def f():\n    import importlib\n    return importlib.import_module('pack.lazy')\n",
        "pack/lazy.py": "x = 1\n",
        "pack/deep/__init__.py": "y = 1\n",
        "pack/deep/far.py": "value = 1\n",
        "pack/numbers.csv": "1,2\n",
        "pack/unrelated.py": "z = 1\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path / "pack"


def now(project):
    return fingerprint(project / "claims.py", "bound", "claims.x", 0, "quick")


def test_every_local_module_below_a_claim_is_in_its_closure(project):
    names = {path.relative_to(project).as_posix() for path in closure(project / "claims.py")}
    assert names == {"__init__.py", "claims.py", "near.py", "lazy.py", "deep/__init__.py", "deep/far.py"}


@pytest.mark.parametrize("name", ["claims.py", "near.py", "lazy.py", "deep/__init__.py", "deep/far.py", "numbers.csv"])
def test_a_change_anywhere_below_makes_it_stale(project, name):
    before = now(project)
    path = project / name
    path.write_text(path.read_text().replace("1", "3") + ("\nw = 2\n" if name.endswith(".py") else ""))
    assert now(project) != before


def test_comments_formatting_and_unrelated_modules_do_not(project):
    before = now(project)
    path = project / "deep" / "far.py"
    path.write_text("# a remark\nvalue  =  (1)\n")
    (project / "unrelated.py").write_text("z = 2\n")
    assert now(project) == before


def test_seed_effort_claim_and_versions_are_in_it(project):
    path = project / "claims.py"
    variants = {
        fingerprint(path, "bound", "claims.x", 0, "quick"),
        fingerprint(path, "bound", "claims.y", 0, "quick"),
        fingerprint(path, "bound", "claims.x", 1, "quick"),
        fingerprint(path, "bound", "claims.x", 0, "full"),
        fingerprint(path, "bound", "claims.x", 0, "quick", libraries={"numpy": "1.0"}),
    }
    assert len(variants) == 5


def test_a_file_in_a_package_keeps_its_dotted_name(project):
    assert dotted_name(project / "deep" / "far.py") == "pack.deep.far"


def test_the_estimator_is_in_the_closure_of_a_file_that_imports_it(tmp_path):
    from gronwall.running.fingerprint import closure

    file = tmp_path / "claims.py"
    file.write_text("from gronwall import estimate_order\n")
    assert [module.name for module in closure(file)].count("order.py") == 1
