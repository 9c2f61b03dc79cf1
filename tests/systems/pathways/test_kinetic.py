"""The compiled kinetics are those of the theory, and a fit finds strains that they made; files that are measured."""

from __future__ import annotations

import numpy as np
import pytest

from gronwall.theory.pathways.kinetics import velocity
from gronwall.theory.pathways.sensitivity import at_rest
from systems.pathways import files, kernels, kinetic
from systems.pathways.balanced import Tasks
from systems.pathways.worlds import POINTS, SAMPLED, measured, world


def test_compiled_rates_are_the_rates():
    rng, out = np.random.default_rng(0), np.empty(10)
    for _ in range(5):
        s, e, k = rng.uniform(0, 1, 10), rng.uniform(0.1, 1, 9), rng.uniform(0.1, 2, 34)
        kernels.slopes(s, e, k, out)
        assert out == pytest.approx(velocity(s, e, k))
    kernels.slopes(np.zeros(10), e, k, out)
    assert out == pytest.approx([k[32]] + [0] * 9)


def test_compiled_courses_are_the_courses():
    w = world(3)
    found = kernels.course(np.array([w.constants] * 3), np.array([w.start] * 3), kinetic.enzymes_of(w.strains), SAMPLED)
    for strain, course in zip(w.strains, found, strict=True):
        assert course == pytest.approx(w.course(strain, SAMPLED), abs=1e-6)


def test_who_starts_the_fit_at_the_truth_stays_there():
    w = world(3)
    x = np.log(np.append(w.constants, w.start[:9]))
    told = kinetic.told(x[None], w.strains, SAMPLED)[0]
    for strain, series in zip(w.strains, told, strict=True):
        assert series == pytest.approx(measured(w.course(strain, SAMPLED)), abs=1e-6)


def test_ten_species_keep_their_balance_in_the_data():
    tasks = Tasks([3])
    assert tasks.inflow[0] == pytest.approx(world(3).constants[32], rel=1e-6)
    assert tasks.u.shape == (1, 3, len(POINTS), 10)


def test_a_strain_that_never_rests_is_told():
    w = world(20)
    with pytest.raises(ArithmeticError, match="do not come to rest"):
        at_rest(w.start, w.strains[1].at(24.0), w.constants)


# ---------------------------------------------------------------- files

HEADER = ("Strain", "Hour", *files.CONTROLS, *files.STATES, "Isopentenol")


def written(folder, changed=lambda rows: rows, header=HEADER):
    """Three strains at four hours; Mev-P of I2 is that of I3."""
    rng = np.random.default_rng(0)
    rows = []
    for strain in ("I1", "I2", "I3"):
        for hour in (0, 4, 8, 12):
            values = {name: f"{rng.uniform(1, 2):.3f}" for name in HEADER[2:]}
            rows.append({"Strain": strain, "Hour": str(hour), **values})
    for row, other in zip(rows[4:8], rows[8:], strict=True):
        row["Mev-P"] = other["Mev-P"]
    rows[5]["HMGR"] = ""
    path = folder / "isopentenol_data.csv"
    lines = [",".join(header), *[",".join(row[name] for name in header) for row in changed(rows)]]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_measured_files_are_read_and_their_leak_is_seen(tmp_path, monkeypatch):
    path = written(tmp_path)
    of = files.read(path, "Isopentenol")
    assert of.strains == ("I1", "I2", "I3")
    assert of.hours.tolist() == [0, 4, 8, 12]
    assert np.isnan(of.columns["HMGR"][1, 1])
    assert files.same_series(of, "Mev-P") == 1
    assert files.same_series(of, "Isopentenol") == 0
    assert files.same_series(of, "Mev-P", 0) == 0
    assert of.states[-1] == "Isopentenol"
    monkeypatch.setenv(files.VARIABLE, str(tmp_path))
    assert files.available() == {"Isopentenol": path}


def test_no_file_is_asked_for_where_none_is_named(tmp_path, monkeypatch):
    monkeypatch.delenv(files.VARIABLE, raising=False)
    assert files.available() == {}
    monkeypatch.setenv(files.VARIABLE, str(tmp_path / "nowhere"))
    with pytest.raises(ValueError, match="expected a folder with"):
        files.available()


@pytest.mark.parametrize(("broken", "told"), [
    ({"header": HEADER[:-1]}, "Isopentenol"),
    ({"changed": lambda rows: rows[:-1]}, "11 rows"),
    ({"changed": lambda rows: rows[:8]}, "8 rows"),
    ({"changed": lambda rows: []}, "columns"),
])  # fmt: skip
def test_a_broken_file_says_what_is_missing(tmp_path, broken, told):
    with pytest.raises(ValueError, match=told):
        files.read(written(tmp_path, **broken), "Isopentenol")


def test_the_share_inside_is_that_of_all_controls():
    low, high = np.zeros((4, 2)), np.ones((4, 2))
    medium = np.array([[0.5, 0.5], [0.5, 2.0], [-1.0, 0.5], [1.0, 0.0]])
    assert files.inside_share(np.stack([low, medium, high])) == 0.5
