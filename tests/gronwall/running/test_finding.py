"""Which files hold claims, what they import, what is kept of them, and what the processes of a run see of them."""

from __future__ import annotations

import json
import os
import sys
import time
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from gronwall.places import REPOSITORY
from gronwall.problems import WrongUsage
from gronwall.running import collect, following, repository
from gronwall.running.collect import Described
from gronwall.running.describe import refuse_duplicates
from gronwall.running.fingerprint import versions
from gronwall.running.index import SETTLED, Index
from gronwall.running.judgements import Judgements
from gronwall.running.libraries import Libraries
from gronwall.running.options import Options
from gronwall.running.records import broken_record, judged, refuted_forms
from gronwall.running.replaying import written_out
from gronwall.running.sources import Source, Sources

CLAIM = "from gronwall import bound\n@bound\ndef b():\n    return 1, 2\n"


@pytest.fixture
def project(tmp_path):
    """A project of one's own: a subject with a file of claims and a helper, and files that are none of its claims."""
    for name, text in {
        "pyproject.toml": "",
        "checks/heat/claims.py": "from beside import X\n" + CLAIM,
        "checks/heat/beside.py": "X = 1\n",
        "checks/loose.py": CLAIM,
        "checks/__pycache__/old.py": CLAIM,
        "checks/.hidden/h.py": CLAIM,
        "checks/venv/pyvenv.cfg": "",
        "checks/venv/v.py": CLAIM,
        "checks/heat/none.py": "import numpy\n",
        "lone.py": CLAIM,
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


# --------------------------------------------------------------------------- targets


def test_files_of_claims_are_those_that_import_a_decorator(project):
    found = [path.relative_to(project).as_posix() for path in repository.files_of(project)]
    assert found == ["checks/heat/claims.py", "checks/loose.py", "lone.py"]
    assert repository.files_of(project / "lone.py") == [project / "lone.py"]


@pytest.mark.parametrize(
    ("text", "may"),
    [
        ("from gronwall import bound", True),
        ("from gronwall import rate as r, pick", True),
        ("from gronwall import *", True),
        ("import gronwall", True),
        ("import gronwall as g\ng.pick(quick=1)", False),
        ("import gronwall as g\n@g.bound\ndef f(): pass", True),
        ("from gronwall import pick", False),
        ("from gronwall.theory import rigor", False),
        ("from .gronwall import bound", False),
        ("import numpy", False),
        ("x = 1", False),
        ("from gronwall import bound(", True),
        ("broken(", False),
        ("# gronwall\nx = 1", False),
    ],
)
def test_a_file_may_hold_claims_where_it_imports_a_decorator_or_does_not_parse_and_names_the_tool(tmp_path, text, may):
    file = tmp_path / "f.py"
    file.write_text(text)
    assert repository.may_hold_claims(file, Sources()) is may


def test_the_subject_is_the_folder_in_checks_or_the_stem(project):
    assert repository.subject_of(project / "checks" / "heat" / "claims.py") == "heat"
    assert repository.subject_of(project / "checks" / "loose.py") == "loose"
    assert repository.subject_of(project / "lone.py") == "lone"
    assert repository.subject_of(REPOSITORY / "checks" / "rigor" / "balls.py") == "rigor"


def test_targets_are_paths_places_subjects_and_known_claims(project, monkeypatch):
    monkeypatch.chdir(project)
    assert repository.home() == project
    assert repository.subjects() == ["heat", "venv"]
    heat, loose, lone = project / "checks/heat/claims.py", project / "checks/loose.py", project / "lone.py"
    assert repository.resolve(()) == ([heat, loose], [])
    assert repository.resolve(("lone.py", "checks")) == ([heat, loose, lone], [])
    assert repository.resolve(("lone.py::b",)) == ([lone], ["lone.b"])
    assert repository.resolve(("checks/heat/claims.py::b",)) == ([heat], ["heat.b"])
    assert repository.resolve(("heat",)) == ([heat], ["heat"])
    assert repository.resolve(("heat.b",)) == ([heat], ["heat.b"])
    known = {"far.b": {"described": {"path": str(lone)}}, "far.c": {"described": {"path": "/gone.py"}}}
    assert repository.resolve(("far.b",), entries=lambda: known) == ([lone], ["far.b"])
    for wrong, says in {
        "far.c": "is no path, no subject and no claim (subjects: heat, venv)",
        "nothing": "is no path, no subject and no claim",
        "pyproject.toml": "pyproject.toml is not a Python file",
        "gone.py::b": "is no path",
        "heat/b": "is no path",
    }.items():
        with pytest.raises(WrongUsage, match=says.replace("(", r"\(").replace(")", r"\)")):
            repository.resolve((wrong,), entries=lambda: known)


def test_where_there_are_no_checks_a_file_has_to_be_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(repository, "home", lambda: tmp_path)
    assert repository.subjects() == []
    with pytest.raises(WrongUsage, match="name a file or a folder of claims"):
        repository.resolve(())
    with pytest.raises(WrongUsage, match=r"no claim$"):
        repository.resolve(("x",))


def test_a_claim_is_chosen_by_its_place_or_its_name(project, monkeypatch):
    monkeypatch.chdir(project)
    heat = project / "checks/heat/claims.py"
    assert repository.is_chosen("heat.b", heat, (), [])
    assert repository.is_chosen("heat.b", heat, ("checks",), [])
    assert not repository.is_chosen("heat.b", heat, ("lone.py",), [])
    for name, yes in {"heat": True, "heat.b": True, "heat.b[one]": True, "hea": False, "heat.c": False}.items():
        assert repository.is_chosen("heat.b[one]", heat, (name,), [name]) is yes


def test_two_claims_of_one_id_are_refused_with_both_places():
    one = Described("a.b", "/x.py", 3, "bound", "b", None, "s", None, None, "quick", False)
    refuse_duplicates([one])
    with pytest.raises(WrongUsage, match=r"duplicate id a.b: /x.py:3 and /y.py:7; rename"):
        refuse_duplicates([one, Described(**{**one.as_dict(), "path": "/y.py", "line": 7})])


# --------------------------------------------------------------------------- sources


def test_a_source_is_its_tree_its_imports_and_its_short_literals():
    source = Source.parse(
        b'import a.b\nimport c as d\nd.e\nd.f\nfrom ..g import h, i\nimportlib.import_module("j.k")\n'
        b'run_path("l.py")\nopen("data/m.csv")\nlong = "' + b"x" * 200 + b'"\n'
        b"if TYPE_CHECKING:\n    import never\nelse:\n    import always\nif typing.TYPE_CHECKING:\n    import never\n"
    )
    assert set(source.imported) == {
        ("a.b", ("*",), 0), ("c", ("e", "f"), 0), ("g", ("h", "i"), 2), ("j.k", ("*",), 0), ("l", ("*",), 0),
        ("always", (), 0),
    }  # fmt: skip
    assert source.literals == ("data/m.csv", "j.k", "l.py")
    assert Source.from_json(json.loads(json.dumps(source.as_json()))) == source
    assert Source.parse(b"x = 1  # a\n").tree == Source.parse(b"x = 1\n").tree != Source.parse(b"x = 2\n").tree
    broken = Source.parse(b"x = (")
    assert (broken.imported, broken.literals) == ((), ())
    assert broken.tree != Source.parse(b"x = ((").tree


def test_a_closure_goes_through_helpers_packages_and_parents(tmp_path):
    for name, text in {
        "pyproject.toml": "",
        "pkg/__init__.py": "",
        "pkg/sub/__init__.py": "",
        "pkg/sub/claims.py": "from ..one import f\nfrom . import two\nimport three, numpy\nfrom pkg.four import g\n",
        "pkg/one.py": "", "pkg/sub/two.py": "import five\n", "three.py": "", "pkg/four.py": "",
        "five.py": "import three\n",
        "pkg/unused.py": "",
    }.items():  # fmt: skip
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    closure = {path.relative_to(tmp_path).as_posix() for path in Sources().closure(tmp_path / "pkg/sub/claims.py")}
    assert closure == {
        "pkg/sub/claims.py", "pkg/one.py", "pkg/sub/two.py", "three.py", "pkg/four.py", "five.py", "pkg/__init__.py",
    }  # fmt: skip


def test_of_a_package_that_finds_its_names_on_first_use_only_their_homes_count(tmp_path):
    from gronwall.places import HERE

    file = tmp_path / "f.py"
    file.write_text("from gronwall.theory.rigor import spectral_norm\n")
    names = {path.name for path in Sources().imports(file)}
    assert "norms.py" in names
    assert "powers.py" not in names
    file.write_text("from gronwall.theory import rigor\n")
    assert {"norms.py", "powers.py", "balls.py"} <= {path.name for path in Sources().imports(file)}
    assert all(path.is_relative_to(HERE.parent) for path in Sources().imports(file))


def test_data_are_files_beside_a_module_that_it_names(tmp_path):
    (tmp_path / "data").mkdir()
    for name in ("one.csv", "data/two.csv", "three.py"):
        (tmp_path / name).write_text("")
    file = tmp_path / "f.py"
    file.write_text('a = "one.csv"\nb = "data/two.csv"\nc = "three.py"\nd = "none.csv"\ne = "data"\nf = "\\0"\n')
    assert Sources().data(file) == (tmp_path / "data/two.csv", tmp_path / "one.csv")
    assert Sources().file_hash(tmp_path / "none.csv") == "absent"


# --------------------------------------------------------------------------- the index and libraries


def test_the_index_reads_again_what_has_changed_and_only_that(tmp_path, monkeypatch):
    (tmp_path / "pyproject.toml").write_text("")
    monkeypatch.chdir(tmp_path)
    file, out = tmp_path / "f.py", tmp_path / "build"
    file.write_text("x = 1\n")
    long_ago = time.time() - 10 * SETTLED
    os.utime(file, (long_ago, long_ago))
    first = Index(out)
    tree = first.source(file).tree
    first.save()
    parsed, parse = [], Source.parse
    monkeypatch.setattr(Source, "parse", staticmethod(lambda text: parsed.append(text) or parse(text)))
    assert Index(out).source(file).tree == tree
    os.utime(file, (long_ago + 1, long_ago + 1))
    assert Index(out).source(file).tree == tree  # touched: by its hash
    assert parsed == []
    file.write_text("x = 2\n")
    Index(out).source(file)
    assert parsed == [b"x = 2\n"]


def test_an_index_that_is_damaged_or_of_another_format_is_empty(tmp_path, monkeypatch):
    (tmp_path / "pyproject.toml").write_text("")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "f.py").write_text("x = 1\n")
    for text in ("", "[]", "{", '{"format": 0, "files": {"x": 1}}'):
        (tmp_path / "build").mkdir(exist_ok=True)
        (tmp_path / "build" / "index.json").write_text(text)
        index = Index(tmp_path / "build")
        assert index.source(tmp_path / "f.py").tree == Source.parse(b"x = 1\n").tree
        assert index.described(tmp_path / "f.py", 0, "quick") is None


def test_an_index_is_written_in_projects_and_in_folders_of_runs_only(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("gronwall.running.index.project_root", lambda _: None)
    (tmp_path / "f.py").write_text("x = 1\n")
    index = Index(tmp_path / "build")
    index.source(tmp_path / "f.py")
    index.save()
    assert not (tmp_path / "build").exists()
    (tmp_path / "build").mkdir()
    index.save()
    assert (tmp_path / "build" / "index.json").exists()


def test_a_set_of_modules_is_what_it_was_until_one_of_them_changes(tmp_path):
    inside, outside = tmp_path / "project" / "a.py", tmp_path / "b.py"
    inside.parent.mkdir()
    inside.write_text("1")
    outside.write_text("2")
    kept = Libraries(tmp_path / "out")
    name = kept.keep(["a.py", str(outside)], str(inside.parent))
    assert kept.keep([str(outside), "a.py"], str(inside.parent)) == name
    kept.save()
    assert Libraries(tmp_path / "out").unchanged(name, str(inside.parent))
    assert not Libraries(tmp_path / "out").unchanged("other", str(inside.parent))
    moved = tmp_path / "moved"
    inside.parent.rename(moved)
    assert Libraries(tmp_path / "out").unchanged(name, str(moved))
    assert not Libraries(tmp_path / "out").unchanged(name, str(tmp_path / "project"))
    (moved / "a.py").write_text("3")
    assert not Libraries(tmp_path / "out").unchanged(name, str(moved))
    (moved / "a.py").write_text("1")
    assert Libraries(tmp_path / "out").unchanged(name, str(moved))
    outside.unlink()
    assert not Libraries(tmp_path / "out").unchanged(name, str(moved))
    assert Libraries(tmp_path / "out").hash_of(str(outside)) == "absent"


# --------------------------------------------------------------------------- what is followed


def test_paths_of_a_project_are_kept_from_its_root(project):
    base = following.base_of(project / "checks" / "heat" / "claims.py")
    assert base == str(project)
    for path, kept in {
        f"{project}/data/x.csv": "data/x.csv", f"{project}/data/": "data/", f"{project}/": "./",
        "/etc/hosts": "/etc/hosts", f"{project}2/x": f"{project}2/x",
    }.items():  # fmt: skip
        assert following.within(path, base) == kept
        assert os.path.normpath(following.located(kept, base)) == os.path.normpath(path)
    assert following.base_of(Path("/nowhere/at/all.py")) == "/nowhere/at"


def test_what_was_read_is_as_seen_until_it_changes(project):
    file = project / "lone.py"
    reads = {
        "lone.py": following.file_hash(file),
        "checks/": following.listing(str(project / "checks")),
        "none": "absent",
    }
    seen = {"reads": reads, "environment": {"MINE": "1", "GONE": None}, "unfollowed": []}
    assert following.is_as_seen(seen, file, {"MINE": "1"})
    assert not following.is_as_seen(seen, file, {"MINE": "2"})
    assert not following.is_as_seen(seen, file, {"MINE": "1", "GONE": "here"})
    assert not following.is_as_seen({**seen, "unfollowed": ["starts another program"]}, file, {"MINE": "1"})
    assert following.is_as_seen({}, file, {})
    (project / "checks" / "new").write_text("")
    assert not following.files_as_seen(reads, file)
    (project / "checks" / "new").unlink()
    (project / "none").write_text("")
    assert not following.files_as_seen(reads, file)
    assert following.listing(str(project / "nowhere")) == "absent"


@pytest.mark.parametrize(
    ("mode", "flags", "writes"),
    [
        ("r", 0, False), ("rb", 0, False), ("w", 0, True), ("a", 0, True), ("x", 0, True), ("r+", 0, True),
        (None, os.O_RDONLY, False), (None, os.O_WRONLY, True), (None, os.O_RDWR | os.O_CREAT, True),
        (None, None, False),
    ],
)  # fmt: skip
def test_opening_to_write_is_no_reading(mode, flags, writes):
    assert following._writes(mode, flags) is writes


def test_pythons_own_modules_and_those_of_the_tool_are_not_among_the_loaded(monkeypatch):
    import types

    pseudo = types.ModuleType("pseudo")
    pseudo.__file__ = "_ops.py"
    monkeypatch.setitem(sys.modules, "pseudo", pseudo)
    loaded = following._loaded()
    assert np.__file__ in loaded
    assert json.__file__ not in loaded
    assert following.__file__ not in loaded
    assert all(os.path.isabs(path) for path in loaded)


# --------------------------------------------------------------------------- importing


def test_a_file_is_imported_from_its_own_folder_and_leaves_nothing_on_the_path(project):
    before = list(sys.path)
    (one,) = collect.described(project / "checks" / "heat" / "claims.py")
    assert (one.id, one.kind, one.line, one.case, one.unarmed, one.least_effort) == (
        "heat.b",
        "bound",
        2 + 1,
        None,
        True,
        "quick",
    )
    assert sys.path == before
    assert not (project / "checks" / "heat" / "__pycache__").exists()
    claim, case = collect.find(project / "checks" / "heat" / "claims.py", "heat.b")
    assert (claim.name, case) == ("b", None)
    with pytest.raises(LookupError, match=r"claims.py defines no claim heat.c"):
        collect.find(project / "checks" / "heat" / "claims.py", "heat.c")


def test_helpers_of_one_name_in_two_folders_are_two(tmp_path):
    for name, value in (("one", 1), ("two", 2)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "helpers.py").write_text(f"X = {value}\n")
        (tmp_path / name / "claims.py").write_text(
            "from helpers import X\nfrom gronwall import bound\n@bound\ndef b():\n    return X, 9\n"
        )
    values = [collect.find(tmp_path / name / "claims.py", "claims.b")[0].fn()[0] for name in ("one", "two")]
    assert values == [1, 2]


def test_strangers_have_packages_of_our_names_and_we_get_ours_back(tmp_path):
    import systems

    (tmp_path / "systems").mkdir()
    (tmp_path / "systems" / "__init__.py").write_text("X = 'theirs'\n")
    (tmp_path / "claims.py").write_text(
        "from systems import X\nfrom gronwall import bound\n@bound\ndef b():\n    return len(X), 9\n"
    )
    assert collect.find(tmp_path / "claims.py", "claims.b")[0].fn() == (6, 9)
    assert sys.modules["systems"] is systems
    assert collect._is_ours("systems.data")
    assert not collect._is_ours("systematic")


def test_a_lone_file_that_fails_is_imported_anew(tmp_path):
    file = tmp_path / "f.py"
    file.write_text("1 / 0\n")
    with pytest.raises(ZeroDivisionError):
        collect.import_file(file)
    file.write_text(CLAIM)
    assert [claim.name for claim in collect.import_file(file)] == ["b"]


# --------------------------------------------------------------------------- records


MEASUREMENT = {
    "kind": "identity", "main": {"examples": 1}, "series": [{"name": "s"}], "arrays": [],
}  # fmt: skip


def test_a_judgement_is_made_once_and_again_by_another_judge(tmp_path, monkeypatch):
    calls = []

    def judge(measurement):
        calls.append(measurement)
        return {"verdict": "holds", "series": [], "arrays": []}

    monkeypatch.setattr("gronwall.judging.judge.judge", judge)
    first = Judgements(tmp_path, Sources())
    assert first.of(MEASUREMENT) == {"verdict": "holds", "series": [{"name": "s"}], "arrays": []}
    first.of(MEASUREMENT)
    first.save()
    assert len(calls) == 1
    Judgements(tmp_path, Sources()).of(MEASUREMENT)
    assert len(calls) == 1
    path = tmp_path / "judgements.json"
    path.write_text(path.read_text().replace("holds", "refuted"))
    assert Judgements(tmp_path, Sources()).of(MEASUREMENT)["verdict"] == "holds"
    assert len(calls) == 2
    path.write_text(path.read_text().replace("refuted", "holds"))
    with monkeypatch.context() as other:
        other.setattr("gronwall.running.judgements.versions", lambda: {"numpy": "another"})
        Judgements(tmp_path, Sources()).of(MEASUREMENT)
    assert len(calls) == 3
    Judgements(tmp_path, Sources()).save()  # of a run that used none
    assert json.loads(path.read_text())["found"] == {}


def test_a_record_says_what_was_run_and_what_is_false_as_printed(tmp_path):
    one = Described(
        "a.b",
        str(tmp_path / "x.py"),
        3,
        "bound",
        "b",
        None,
        "it is so",
        "src",
        "Lemma 1",
        "quick",
        False,
        fingerprint="f",
    )
    form = {"name": "as printed", "refuted": True, "recalled": False, "reason": "because", "instance": 3}
    found = {"verdict": "holds", "printed": [form, {**form, "recalled": True}, {**form, "refuted": False}]}

    class Judges:
        def of(self, measurement):
            return found if measurement else 1 / 0

    entry = {"measurement": {"x": 1}, "seconds": 1.5, "date": "then", "failed": None}
    record = judged(one, entry, Options(seed=4), Judges())
    assert (record["seed"], record["effort"], record["seconds"], record["date"]) == (4, "quick", 1.5, "then")
    assert (record["file"], record["line"], record["fingerprint"]) == ("x.py", 3, "f")
    assert record["versions"] == versions()
    assert record["errata"] == [
        {"printed": "as printed", "counterexample": "because", "instance": 3, "corrected": "it is so"}
    ]
    assert len(refuted_forms({**record, "printed": found["printed"]}, recalled=True)) == 1
    assert refuted_forms({**record, "verdict": "refuted"}, recalled=False) == []
    failed = judged(one, {**entry, "measurement": None, "failed": "it fell"}, Options(), Judges())
    assert (failed["verdict"], failed["reason"]) == ("error", "it fell")
    assert judged(one, {**entry, "measurement": {}}, Options(), Judges())["reason"].startswith(
        "it could not be judged: ZeroDivisionError"
    )


def test_a_file_that_does_not_import_has_a_record_of_its_own(project):
    lone = broken_record(project / "lone.py", "why", Options())
    assert (lone["claim"], lone["kind"], lone["verdict"], lone["reason"], lone["file"]) == (
        "lone",
        "file",
        "error",
        "why",
        "lone.py",
    )
    assert broken_record(project / "checks/heat/claims.py", "why", Options())["claim"] == "heat.claims"
    (project / "checks/heat/__init__.py").write_text("")
    assert broken_record(project / "checks/heat/__init__.py", "why", Options())["claim"] == "heat"


# --------------------------------------------------------------------------- written out


@pytest.mark.parametrize(
    "value",
    [
        None, True, 3, "a'b", b"x", Fraction(1, 3), 0.1, float("inf"), [1, (2,), ()], {"a": [0.5]}, {1: {"b": None}},
        (1.5, "x"),
    ],
)  # fmt: skip
def test_what_is_written_out_is_the_value_again(value, tmp_path):
    text = written_out(value, tmp_path / "f.py", set())
    assert eval(text, {"Fraction": Fraction, "np": np}) == value


def test_arrays_are_written_out_with_their_kind_and_strangers_objects_are_not(tmp_path):
    for value in (np.array([1.0, 2.0], dtype=np.float32), np.float64(0.5), np.array([[True]]), np.array(3)):
        again = eval(written_out(value, tmp_path / "f.py", set()), {"np": np})
        assert again.dtype == value.dtype
        np.testing.assert_array_equal(again, value)
    assert np.isnan(eval(written_out(float("nan"), tmp_path / "f.py", set())))
    for value in (object(), [object()], {"a": object()}, np.array([object()])):
        assert written_out(value, tmp_path / "f.py", set()) is None
