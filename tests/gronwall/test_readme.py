"""What the README shows is what the tool does."""

from __future__ import annotations

import re
from pathlib import Path

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")


def block(start: str) -> str:
    """The first code block of the README that begins with these words."""
    return re.search(r"```\w+\n(" + re.escape(start) + r".*?)```", README, re.DOTALL).group(1)


def test_the_ten_line_claim_gives_the_output_shown(gronwall, tmp_path):
    (tmp_path / "my_claims.py").write_text(block("# my_claims.py"))
    shown = block("$ gronwall check my_claims.py").splitlines()
    answer = gronwall("check", tmp_path / "my_claims.py")
    assert answer.status == 0
    assert shown[2].split() == answer.out.splitlines()[1].split()


def test_the_students_mistake_gives_the_counterexample_shown(gronwall, tmp_path):
    right = block("# my_claims.py")
    (tmp_path / "my_claims.py").write_text(right.replace("(2 * N)\n\n@", "(2.2 * N)\n\n@"))
    answer = gronwall("check", tmp_path / "my_claims.py")
    assert answer.status == 1
    assert block("refuted my_claims.euler_error").strip() in answer.out


def test_the_estimator_says_what_is_shown():
    code = block("from gronwall import estimate_order")
    names: dict[str, object] = {}
    exec(code, names)
    found = names["found"]
    assert f"'{found.verdict}'" in code
    assert found.reason in code
    assert f"({found.interval[0]:.3f}, {found.interval[1]:.3f})" in code


def test_the_claims_named_in_the_readme_exist():
    for subject, name in re.findall(r"gronwall explain (\w+)\.(\w+)", README):
        folder = Path(__file__).parents[2] / "checks" / subject
        assert any(f"def {name}(" in file.read_text() for file in folder.rglob("*.py"))
