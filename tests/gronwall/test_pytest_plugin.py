"""``pytest --claims``: one item a claim, whatever else pytest would collect."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

BODY = """
@comparison(seeds=8)
def wins(rng): return 1, 2
@comparison(seeds=8)
def loses(rng): return 2, 1
@comparison(seeds=4)
def few(rng): return 1, 2
"""


def run_pytest(folder: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-v", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=folder, timeout=120)


def test_each_claim_is_an_item(write, tmp_path):
    file = write("claims.py", BODY)
    write("test_other.py", "def test_other(): pass\n", imports=False)
    done = run_pytest(tmp_path, "--claims", file)
    assert done.returncode == 1
    assert "1 passed" in done.stdout
    assert "2 failed" in done.stdout
    assert "claims::loses FAILED" in done.stdout
    assert "refuted: median" in done.stdout
    assert "test_other" not in done.stdout


def test_inconclusive_is_skipped_on_request(write, tmp_path):
    done = run_pytest(tmp_path, "--claims", write("claims.py", BODY), "--claims-allow-inconclusive")
    assert "1 failed, 1 passed, 1 skipped" in done.stdout


def test_tests_named_beside_the_claims_run_too(write, tmp_path):
    file = write("claims.py", "@comparison(seeds=8)\ndef wins(rng): return 1, 2\n")
    other = write("test_other.py", "def test_other(): pass\n", imports=False)
    done = run_pytest(tmp_path, "--claims", file, other)
    assert done.returncode == 0
    assert "2 passed" in done.stdout


def test_a_file_that_does_not_import_is_one_failing_item(write, tmp_path):
    done = run_pytest(tmp_path, "--claims", write("claims.py", "x = (\n"))
    assert done.returncode == 1
    assert "SyntaxError" in done.stdout


def test_a_missing_path_is_wrong_usage(tmp_path):
    done = run_pytest(tmp_path, "--claims", "nowhere.py")
    assert done.returncode == 4
    assert "no such file" in done.stderr
