"""Every claim, statement, figure and room has its place, and what has none is told in a line that says the way out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from gronwall.cli import main
from gronwall.places import REPOSITORY
from gronwall.telling.house import House, faults
from gronwall.telling.rooms import claims_in, room, room_of

FILES = {
    "pyproject.toml": "",
    "checks/waves/shallow/speed.py": """
from gronwall import bound, reproduction

@bound(over=[1.0])
def a_wave_is_slow(instance):
    return 1, 2

@reproduction(published=1.0)
def the_tank_of_1895(rng):
    return 1
""",
    "checks/waves/deep/speed.py": """
import gronwall

@gronwall.rate(order=1, at=[1, 2], cases={"long": 1})
def a_wave_disperses(n, case):
    return 1 / n
""",
    "checks/waves/statements.toml": '[[statement]]\nref = "Theorem 1"\nroom = "deep"\n',
    "checks/tides/moon.py": "from gronwall import identity\n\n@identity()\ndef it_pulls():\n    return 1, 1\n",
    "checks/tides/statements.toml": '[[statement]]\nref = "Newton"\n',
    "figures/style.py": "",
    "figures/waves/deep.py": """
__all__ = ["speeds"]

CLAIM = "waves.a_wave_disperses"

def speeds(results):
    return results[CLAIM + "[long]"], results["waves.a_wave_is_slow"]
""",
    "paper/template.typ": "",
    "paper/main.typ": '#include "waves.typ"\n',
    "paper/tides.typ": '#statements-of("tides", caption: [Tides.])\n',
    "paper/waves.typ": '#include "waves/deep.typ"\n#include "/src/waves/shallow.typ"\n',
    "paper/waves/deep.typ": '#statements-of("waves", "deep", caption: [Deep.])\n#drawn("waves-speeds", width: 80%)\n',
    "paper/waves/shallow.typ": '#statements-of("waves", "shallow", findings: false)\nA tank: waves.the_tank_of_1895.\n',
}

Change = Callable[[str, str, str], None]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project in which everything has its place."""
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def change(project: Path, name: str, old: str, new: str) -> None:
    text = (project / name).read_text()
    assert old in text
    (project / name).write_text(text.replace(old, new))


def only(project: Path) -> str:
    """The one fault there is."""
    (fault,) = faults(House(project))
    assert "\n" not in fault
    return fault


def test_a_project_with_everything_in_its_place_has_no_fault(project: Path):
    assert faults(House(project)) == []


def test_this_repository_has_no_fault():
    assert faults(House(REPOSITORY)) == []


def test_a_project_of_claims_alone_is_asked_for_no_paper_and_no_figures(project: Path):
    for name in FILES:
        if name.startswith(("paper", "figures")):
            (project / name).unlink()
    assert faults(House(project)) == []


@pytest.mark.parametrize(
    ("name", "old", "new", "told"),
    [
        (
            "checks/waves/statements.toml",
            'room = "deep"\n',
            "",
            "'Theorem 1' lies in no room; write room = one of deep, shallow",
        ),
        (
            "checks/waves/statements.toml",
            '"deep"',
            '"dep"',
            "'Theorem 1' lies in the room 'dep', which is none of waves; there are deep, shallow",
        ),
        (
            "checks/tides/statements.toml",
            "Newton",
            'Newton"\nroom = "x',
            "'Newton' lies in the room 'x', and tides has none; leave the line out",
        ),
        (
            "paper/tides.typ",
            "statements-of",
            "other",
            "checks/tides/moon.py:4: 1 claim is in no table of the paper (tides.it_pulls); "
            'write #statements-of("tides", caption: [...]) in paper/tides.typ',
        ),
        (
            "paper/waves/deep.typ",
            "statements-of",
            "other",
            "checks/waves/deep/speed.py:5: 1 claim is in no table of the paper "
            '(waves.a_wave_disperses); write #statements-of("waves", "deep", caption: [...]) in paper/waves/deep.typ',
        ),
        ("paper/waves/deep.typ", "#statements", "// #statements", "1 claim is in no table"),
        (
            "paper/waves/deep.typ",
            '"deep",',
            '"deep", "deeper",',
            "paper/waves/deep.typ:1: a table of the room 'deeper', which is none of waves",
        ),
        (
            "paper/tides.typ",
            "#",
            '#statements-of("ebbs")\n#',
            "paper/tides.typ:1: a table of 'ebbs', which has no claims; there are tides, waves",
        ),
        (
            "paper/waves/shallow.typ",
            "the_tank_of_1895",
            "the_tank",
            "waves.the_tank_of_1895 is a finding that its table leaves out and the text does not name",
        ),
        (
            "paper/waves/deep.typ",
            '#drawn("waves-speeds", width: 80%)',
            "",
            "figures/waves/deep.py: the figure waves-speeds is in no section; "
            'write #drawn("waves-speeds") in paper/waves/deep.typ',
        ),
        (
            "paper/tides.typ",
            "#",
            '#drawn("waves-speed")\n#',
            "paper/tides.typ:1 shows the figure 'waves-speed', which nothing draws; did you mean waves-speeds?",
        ),
        (
            "paper/waves.typ",
            '#include "waves/deep.typ"',
            "",
            'paper/waves/deep.typ is in no section; write #include "waves/deep.typ" in paper/waves.typ',
        ),
        (
            "figures/waves/deep.py",
            "a_wave_disperses",
            "a_wave_dispersed",
            "waves-speeds asks for waves.a_wave_dispersed, and there is no such claim; "
            "did you mean waves.a_wave_disperses?",
        ),
        (
            "figures/waves/deep.py",
            "waves.a_wave_disperses",
            "waves.deep.swell",
            "waves-speeds asks for waves.deep.swell, and there is no such experiment",
        ),
        (
            "figures/waves/deep.py",
            '__all__ = ["speeds"]',
            '__all__ = ["speeds", "looks"]\n\ndef looks(results):\n    """waves.a_wave_is_slow."""',
            "waves-looks names no claim and no experiment that feeds it; ask the results for one by its id",
        ),
    ],
)
def test_what_is_out_of_place_is_told(project: Path, name: str, old: str, new: str, told: str):
    if "looks" in new:  # shown, so that being fed is all it lacks
        change(project, "paper/tides.typ", "#", '#drawn("waves-looks")\n#')
    change(project, name, old, new)
    assert told in only(project)


def test_a_module_that_names_no_figures_is_told(project: Path):
    (project / "figures/tides.py").write_text("def heights(results):\n    return results['tides.it_pulls']\n")
    assert "figures/tides.py does not say which figures it draws; name its functions in __all__" in only(project)
    (project / "figures/tides.py").write_text("__all__ = sorted(globals())\n")
    assert "figures/tides.py does not say" in only(project)


def test_a_module_of_figures_for_no_room_is_told(project: Path):
    (project / "figures/waves/deep.py").rename(project / "figures/waves/deeper.py")
    assert "draws for the room 'deeper', which is none of waves; there are deep, shallow" in only(project)


def test_a_room_or_a_subject_without_a_section_is_told(project: Path):
    new = project / "checks/waves/standing/nodes.py"
    new.parent.mkdir()
    new.write_text((project / "checks/tides/moon.py").read_text())
    untold, unwritten = sorted(faults(House(project)))
    assert "1 claim is in no table of the paper (waves.it_pulls)" in untold
    assert unwritten == (
        "the room standing of waves has no section; write paper/waves/standing.typ and include it in paper/waves.typ"
    )
    (project / "paper/tides.typ").unlink()
    assert "the subject tides has no section; write paper/tides.typ" in faults(House(project))


def test_a_section_of_no_room_is_told(project: Path):
    (project / "paper/waves/foam.typ").write_text("Foam.\n")
    assert only(project) == "paper/waves/foam.typ is the section of no room of waves; there are deep, shallow"


def test_a_claim_that_lies_beside_the_rooms_of_its_subject_is_told(project: Path):
    (project / "checks/waves/foam.py").write_text((project / "checks/tides/moon.py").read_text())
    assert "(waves.it_pulls); move the file into a room of waves: deep, shallow" in only(project)


def test_the_command_tells_each_fault_in_a_line_and_exits_with_one(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    def told() -> tuple[int, list[str]]:
        with pytest.raises(SystemExit) as leave:
            main(["list", "--house"])
        return int(leave.value.code or 0), capsys.readouterr().out.splitlines()

    monkeypatch.chdir(project)
    assert told() == (0, ["4 claims, 2 rooms, 1 figure: each in its place"])
    change(project, "paper/tides.typ", "statements-of", "other")
    change(project, "figures/waves/deep.py", "a_wave_is_slow", "a_wave_is_quick")
    status, lines = told()
    assert status == 1
    assert len(lines) == 3
    assert lines[-1] == "4 claims, 2 rooms, 1 figure: 2 out of place"


def test_a_claim_is_found_where_it_is_defined_with_its_kind(project: Path):
    found = claims_in(project)
    assert {claim: (place.kind, place.room) for claim, place in found.items()} == {
        "waves.a_wave_is_slow": ("bound", "shallow"),
        "waves.the_tank_of_1895": ("reproduction", "shallow"),
        "waves.a_wave_disperses": ("rate", "deep"),
        "tides.it_pulls": ("identity", ""),
    }


def test_the_room_of_a_record_is_where_its_claim_lies_now(project: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(project)
    assert room({"claim": "waves.a_wave_disperses[long]", "file": "checks/waves/moved_since.py"}) == "deep"
    assert room({"claim": "waves.gone", "file": "checks/waves/gone/x.py"}) == "gone"
    assert room_of("mine.py") == room_of("checks/tides/moon.py") == ""


def test_a_figure_may_be_fed_by_the_table_of_an_experiment(project: Path):
    change(project, "figures/waves/deep.py", "waves.a_wave_disperses", "waves.deep.swell")
    (project / "systems" / "waves").mkdir(parents=True)
    (project / "systems" / "waves" / "training.py").write_text('SWELL = Experiment("waves.deep.swell", train=None)\n')
    assert faults(House(project)) == []
