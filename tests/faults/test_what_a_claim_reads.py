"""What a claim was measured from has changed: the next run sees it, wherever it lies and however it is read."""

from __future__ import annotations

import sqlite3

import pytest

HEAD = """
import glob, importlib, importlib.util, json, os, pathlib, sqlite3, subprocess, sys
HERE = pathlib.Path(__file__).parent
"""
CLAIM = '''
@bound
def at_most_one():
    """The value is at most one."""
    return float(value()), 1.0
'''


def database(path, value):
    with sqlite3.connect(path) as base:
        base.execute("create table if not exists t (x)")
        base.execute("delete from t")
        base.execute("insert into t values (?)", (value,))
    base.close()


NAMES = """
def value():
    names = {}
    exec((HERE / "h.py").read_text(), names)
    return names["V"]
"""
SPEC = """
def value():
    spec = importlib.util.spec_from_file_location("h", HERE / "far" / "h.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.V
"""
BY_NAME = "name = 'hel' + 'per'\ndef value(): return importlib.import_module(name).V"
WAYS = {
    "exec": (NAMES, "h.py", "V = {}\n"),
    "exec_on_import": ("exec((HERE / 'h.py').read_text())\ndef value(): return V", "h.py", "V = {}\n"),
    "spec": (SPEC, "far/h.py", "V = {}\n"),
    "variable_name": (BY_NAME, "helper.py", "V = {}\n"),
    "data": ("def value(): return json.loads((HERE / ('v' + '.json')).read_text())", "v.json", "{}"),
    "numpy": ("def value(): return np.loadtxt(HERE / ('v' + '.txt'))", "v.txt", "{}"),
    "package": ("import pack\ndef value(): return pack.V", "pack/inner.py", "V = {}\n"),
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_a_file_that_is_read_or_imported_in_any_way_is_followed(gronwall, write, tmp_path, way):
    body, name, content = WAYS[way]
    if way == "package":
        write(
            "pack/__init__.py",
            "import importlib\ndef __getattr__(n): return getattr(importlib.import_module('pack.in' + 'ner'), n)\n",
        )
    write(name, content.format(0.5), imports=False)
    file = write("claims.py", HEAD + body + CLAIM)
    assert gronwall("check", file).only["verdict"] == "holds"
    assert "0 measured now" in gronwall("check", file).out
    write(name, content.format(1.5), imports=False)
    assert gronwall("check", file).only["verdict"] == "refuted"


def test_a_data_base_is_followed(gronwall, write, tmp_path):
    body = "def value(): return sqlite3.connect(HERE / ('v' + '.db')).execute('select x from t').fetchone()[0]"
    file = write("claims.py", HEAD + body + CLAIM)
    database(tmp_path / "v.db", 0.5)
    assert gronwall("check", file).only["verdict"] == "holds"
    assert "0 measured now" in gronwall("check", file).out
    database(tmp_path / "v.db", 1.5)
    assert gronwall("check", file).only["verdict"] == "refuted"


def test_a_file_that_appears_is_seen(gronwall, write, tmp_path):
    body = """
def value():
    try:
        return (HERE / ("la" + "te.txt")).read_text()
    except FileNotFoundError:
        return 0.5
"""
    file = write("claims.py", HEAD + body + CLAIM)
    assert gronwall("check", file).only["verdict"] == "holds"
    (tmp_path / "late.txt").write_text("1.5")
    assert gronwall("check", file).only["verdict"] == "refuted"


@pytest.mark.parametrize("how", ["len(list(HERE.glob('*.csv')))", "len(glob.glob(str(HERE / '*.csv')))",
                                 "sum(name.endswith('.csv') for name in os.listdir(HERE))"])  # fmt: skip
def test_a_folder_that_is_listed_is_followed(gronwall, write, tmp_path, how):
    file = write("claims.py", HEAD + f"def value(): return {how}" + CLAIM)
    (tmp_path / "a.csv").write_text("")
    assert gronwall("check", file, out=tmp_path / "far" / "out").only["verdict"] == "holds"
    (tmp_path / "b.csv").write_text("")
    assert gronwall("check", file, out=tmp_path / "far" / "out").only["verdict"] == "refuted"


@pytest.mark.parametrize("how", ["os.environ.get('LEVEL', 0.5)", "os.getenv('LEVEL') or 0.5",
                                 "os.environ['LEVEL'] if 'LEVEL' in os.environ else 0.5"])  # fmt: skip
def test_a_variable_of_the_environment_that_the_file_asks_for_is_followed(gronwall, write, how):
    file = write("claims.py", HEAD + f"def value(): return {how}" + CLAIM)
    assert gronwall("check", file).only["verdict"] == "holds"
    assert "0 measured now" in gronwall("check", file, UNRELATED="1").out
    assert gronwall("check", file, LEVEL="1.5").only["verdict"] == "refuted"
    assert gronwall("check", file).only["verdict"] == "holds"


def test_a_library_that_changes_where_it_is_installed_is_seen(gronwall, write, tmp_path):
    """No project holds it: it is found by PYTHONPATH, as an installed distribution is by Python."""
    installed = tmp_path / "elsewhere" / "site-packages"
    installed.mkdir(parents=True)
    (installed / "weights.py").write_text("W = 0.5\n")
    file = write("mine/claims.py", HEAD + "import weights\ndef value(): return weights.W" + CLAIM)
    path = {"PYTHONPATH": str(installed)}
    assert gronwall("check", file, **path).only["verdict"] == "holds"
    assert "0 measured now" in gronwall("check", file, **path).out
    (installed / "weights.py").write_text("W = 1.5\n")
    assert gronwall("check", file, **path).only["verdict"] == "refuted"


@pytest.mark.parametrize("how", ["subprocess.run(['cat', HERE / ('v' + '.txt')], capture_output=True).stdout",
                                 "os.system('exit $(cat %s)' % (HERE / ('v' + '.txt'))) // 256"])  # fmt: skip
def test_what_another_program_may_have_read_is_not_served_from_the_cache(gronwall, write, tmp_path, how):
    file = write("claims.py", HEAD + f"def value(): return {how}" + CLAIM)
    (tmp_path / "v.txt").write_text("0")
    assert gronwall("check", file).only["verdict"] == "holds"
    (tmp_path / "v.txt").write_text("2")
    found = gronwall("check", file)
    assert found.only["verdict"] == "refuted"
    assert "1 measured now" in found.out
