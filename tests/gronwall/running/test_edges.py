"""More of what nobody looks at: what a worker follows and draws, what is closed, what is kept of a table."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from gronwall.canonical import dumps
from gronwall.places import HERE, REPOSITORY
from gronwall.running import cluster, collect, libraries, run, tables
from gronwall.running.index import Index
from gronwall.running.libraries import Libraries
from gronwall.running.options import Options
from gronwall.running.replaying import snippet
from gronwall.running.run import _nothing
from gronwall.running.sources import Source
from gronwall.running.worker import seed_for_importing

CLAIM = "from gronwall import bound\n@bound()\ndef b():\n    return 1, 2\n"


def checked(path: Path, out: Path) -> list[dict]:
    return run.check((str(path),), Options(out=out, jobs=1)).records


# ---------------------------------------------------------------- a worker


def imported(path: Path, out: Path) -> dict:
    """What a worker says of a file that it imports, in a process of its own."""
    script = (
        "import json, sys\nfrom pathlib import Path\nfrom gronwall.running.worker import import_file\n"
        "print(json.dumps(import_file(Path(sys.argv[1]), int(sys.argv[3]), Path(sys.argv[2])), default=str))\n"
    )
    arguments = [sys.executable, "-c", script, str(path), str(out), "0"]
    told = subprocess.run(arguments, capture_output=True, text=True, check=True, cwd=HERE.parent)
    return json.loads(told.stdout.splitlines()[-1])


def test_what_a_file_reads_as_it_is_imported_is_followed(tmp_path):
    data, file = tmp_path / "numbers.txt", tmp_path / "claims.py"
    data.write_text("2")
    file.write_text(
        "from pathlib import Path\nBOUND = float(Path(__file__).with_name('numbers.txt').read_text())\n" + CLAIM
    )
    assert "numbers.txt" in dumps(imported(file, tmp_path / "out"))


def test_what_a_file_draws_as_it_is_imported_is_the_same_every_time(tmp_path):
    file = tmp_path / "claims.py"
    file.write_text("import random\nopen(__file__ + '.drawn', 'a').write(f'{random.random()}\\n')\n" + CLAIM)
    for _ in range(2):
        imported(file, tmp_path / "out")
    assert len(set(Path(f"{file}.drawn").read_text().split())) == 1


def test_the_seed_of_a_file_is_this_one():
    seed_for_importing(Path("/anywhere/a.py"), 1)
    assert random.random() == 0.8745052425200868  # of files that draw, records must not change


def test_a_record_says_how_long_it_took(tmp_path):
    file = tmp_path / "claims.py"
    file.write_text(CLAIM)
    assert 0 <= checked(file, tmp_path / "out")[0]["seconds"] < 60


def test_devices_and_processes_are_not_what_a_claim_reads(tmp_path):
    file = tmp_path / "claims.py"
    file.write_text(
        "from gronwall import bound\n@bound()\ndef b():\n"
        "    for name in ('/proc/self/status', '/dev/null', __file__):\n        open(name).read()\n    return 1, 2\n"
    )
    checked(file, tmp_path / "out")
    told = dumps(Index(tmp_path / "out").entries())
    assert "/proc/" not in told
    assert "/dev/null" not in told


def test_a_file_is_imported_once_however_many_claims_it_has(tmp_path):
    times = {}
    for many in (1, 3):
        file = tmp_path / f"claims{many}.py"
        claims = "".join(f"@bound()\ndef b{k}():\n    return 1, 2\n" for k in range(many))
        file.write_text("from gronwall import bound\nopen(__file__ + '.seen', 'a').write('x')\n" + claims)
        assert len(checked(file, tmp_path / "out")) == many
        times[many] = len(Path(f"{file}.seen").read_text())
    assert times[1] == times[3]


# ---------------------------------------------------------------- what is closed, and what is said


class Opened:
    """A pool that notes with which options it was made."""

    made: list[Options] = []  # noqa: RUF012

    def __init__(self, options):
        self.made.append(options)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def describe(self, paths):
        return [{"of": str(path)} for path in paths]

    def measure(self, claims):
        return [(one, {"of": one.id}) for one in reversed(claims)]


def test_a_worker_of_a_cluster_does_one_claim_at_a_time(monkeypatch):
    monkeypatch.setattr(cluster, "Pool", Opened)
    asked = Options(jobs=8, cluster="tcp://somewhere", timeout=3.0)
    assert cluster.described("a.py", asked) == {"of": "a.py"}
    claims = [SimpleNamespace(id=name) for name in ("a", "b")]
    assert cluster.measured(claims, asked) == [{"of": "a"}, {"of": "b"}]
    assert Opened.made == [Options(jobs=1, cluster=None, timeout=3.0)] * 2


def test_the_connection_to_a_cluster_is_closed():
    closed = []
    with cluster.ClusterPool(Options(cluster="tcp://somewhere")) as pool:
        pool._client = SimpleNamespace(close=lambda: closed.append(1))
    assert closed == [1]
    with cluster.ClusterPool(Options(cluster="tcp://somewhere")):
        pass  # nobody was asked for: nothing to close


def test_what_needs_more_effort_is_said():
    more = SimpleNamespace(least_effort="full")
    told = _nothing(("claims.py",), [more, more], Options())  # type: ignore[list-item]
    assert told == "no claim to run at effort quick in claims.py: 2 need --effort full"
    assert _nothing((), [], Options()) == "no claim to run in this repository"


def test_a_package_that_is_imported_again_has_its_claims_once(tmp_path, monkeypatch):
    package = tmp_path / "pack_of_edges"
    package.mkdir()
    (package / "__init__.py").write_text("")
    file = package / "claims.py"
    file.write_text(CLAIM)
    assert [one.name for one in collect.import_file(file)] == ["b"]
    monkeypatch.delitem(sys.modules, "pack_of_edges.claims")
    file.write_text(CLAIM.replace("def b", "def c"))
    assert [one.name for one in collect.import_file(file)] == ["c"]


# ---------------------------------------------------------------- what is kept


def test_what_is_measured_depends_on_variables_of_the_tool_and_on_no_others(tmp_path, monkeypatch):
    file, index = tmp_path / "claims.py", Index(tmp_path / "out")
    file.write_text(CLAIM)
    keys = []
    for name, value in (("OTHER_OF_EDGES", "1"), ("GRONWALL_OUT", str(tmp_path)), ("GRONWALL_OF_EDGES", "1")):
        keys.append(index._key(file, 0))
        monkeypatch.setenv(name, value)
    keys.append(index._key(file, 0))
    assert keys[0] == keys[1] == keys[2] != keys[3]


def test_a_file_is_hashed_once_and_then_known_by_its_stamp(tmp_path, monkeypatch):
    file, out = tmp_path / "lib.py", tmp_path / "out"
    file.write_text("x = 1\n")
    first = Libraries(out)
    first.keep([str(file)], str(tmp_path))
    first.save()
    monkeypatch.setattr(libraries, "file_hash", lambda path: pytest.fail(f"{path} is read again"))
    assert Libraries(out).hash_of(str(file)) == first.hash_of(str(file))


def test_an_empty_text_is_no_name_and_a_short_one_is():
    assert Source.parse(b"x = ''\ny = 'a.csv'\n").literals == ("a.csv",)


def test_what_stands_beside_a_file_is_found_by_every_way_of_writing_it(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a.csv").write_text("1")
    file, index = tmp_path / "claims.py", Index(tmp_path / "out")
    for literal in ("data/a.csv", "./data/a.csv", f"../{tmp_path.name}/data/a.csv"):
        assert index._beside(file, literal) == (tmp_path / "data" / "a.csv").resolve()
    assert index._beside(file, "nothing/a.csv") is None
    assert index._beside(file, "claims.py") is None


def test_a_table_of_other_code_begins_anew(tmp_path):
    made = tables.Made("subject.room.name", "m.py", "full", 3, (1,), ())
    for fingerprint, setting in (("old", {"k": 1}), ("new", {"k": 2}), ("new", {"k": 3})):
        tables.lay(tmp_path, made, fingerprint, setting, [{"name": "x", "measured": setting["k"]}], "2026-12-01")
    content = json.loads(tables.place(tmp_path, made.table).read_text())["content"]
    assert [part["setting"] for part in content["settings"]] == [{"k": 2}, {"k": 3}]


def test_a_claim_of_the_repository_is_replayed_with_its_root_once_in_the_way():
    path = REPOSITORY / "checks" / "pathways" / "kinetics" / "balance.py"
    claim = next(one for one in collect.import_file(path) if one.name == "carbon_is_balanced")
    lines = snippet(claim, claim.name, 0, None).splitlines()
    assert [line for line in lines if line.startswith("sys.path.insert")] == [
        f"sys.path.insert(0, {str(REPOSITORY)!r})"
    ]
    assert lines[-1] == "print(carbon_is_balanced())"
