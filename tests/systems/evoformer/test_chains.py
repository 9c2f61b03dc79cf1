"""Chains that are made or read, and scores that see what they should and not more."""

from __future__ import annotations

import gzip

import numpy as np
import pytest

from systems.data import proteins
from systems.evoformer.folded import data, scores


@pytest.fixture(scope="module")
def made():
    return data.simulated(np.random.default_rng(0), 12)


def helix(n=20, hand=1):
    k = np.arange(n)
    return np.stack([2.3 * np.cos(np.deg2rad(100) * k), hand * 2.3 * np.sin(np.deg2rad(100) * k), 1.5 * k], axis=1)


def test_neighbours_are_one_bond_apart_and_others_do_not_meet(made):
    d = made.distances
    n = d.shape[1]
    assert d[:, np.arange(n - 1), np.arange(1, n)] == pytest.approx(3.8, abs=1e-9)
    apart = np.abs(np.subtract.outer(np.arange(n), np.arange(n))) > 2
    assert d[:, apart].min() > data.NEAREST


def test_simulated_helices_are_found_by_their_distances(made):
    hits = [
        scores.helices(d) == np.array([c == "H" for c in s])
        for d, s in zip(made.distances, made.structure, strict=True)
    ]
    assert np.mean(hits) > 0.85
    assert scores.helices(data.between(helix())).all()


def test_one_distance_in_ten_is_seen_with_noise(made):
    n = made.seen.shape[1]
    upper = np.triu(np.ones((n, n), dtype=bool), 3)
    assert made.where[:, upper].mean() == pytest.approx(0.1, abs=0.03)
    off = (made.seen - made.distances)[made.where]
    assert off.std() == pytest.approx(0.3, abs=0.06)
    assert (made.where == made.where.transpose(0, 2, 1)).all()


def test_a_mirror_image_has_the_same_lddt_and_another_rmsd():
    x = helix()
    mirrored = x * [1, 1, -1]
    assert scores.lddt(data.between(mirrored), data.between(x)) == 1
    assert scores.rmsd_and_tm(mirrored, x)[0] > 1


def test_a_chain_that_was_turned_and_moved_is_the_same():
    x = helix()
    turn = np.linalg.qr(np.random.default_rng(0).normal(size=(3, 3)))[0]
    turn = turn * np.sign(np.linalg.det(turn))
    rmsd, tm = scores.rmsd_and_tm(x @ turn + 5, x)
    assert rmsd < 1e-9
    assert tm == pytest.approx(1)


def test_places_of_true_distances_are_the_places_with_their_hand():
    x = helix()
    assert scores.rmsd_and_tm(scores.places_of(data.between(x)), x)[0] < 1e-3
    assert scores.rmsd_and_tm(scores.places_of(data.between(helix(hand=-1))), x)[0] < 1e-3  # distances have no hand


def test_lddt_falls_with_noise():
    x, rng = helix(), np.random.default_rng(1)
    found = [scores.lddt(data.between(x + s * rng.normal(size=x.shape)), data.between(x)) for s in (0.2, 1.0, 4.0)]
    assert found[0] > found[1] > found[2]


def test_shortest_ways_over_all_distances_are_the_distances():
    d = data.between(helix())
    n = np.arange(len(d))
    apart = np.abs(np.subtract.outer(n, n)) > 2
    told = scores.completed(np.where(apart, d, 0), apart)
    assert told[apart] == pytest.approx(d[apart])  # 3.8 and 5.8 Å are no shorter than a helix has them: no short cut
    assert told[n[:-1], n[1:]] == pytest.approx(3.8)


def test_shortest_ways_over_few_distances_are_sums_of_what_is_given(made):
    none = np.zeros_like(made.where[0])
    told = scores.completed(0.0 * made.seen[0], none)
    assert told[0, 10] == pytest.approx(5 * 5.8)
    assert told[0, 11] == pytest.approx(5 * 5.8 + 3.8)


# ---------------------------------------------------------------- the door to measured chains


def written(folder, residues=30, letters="H" * 30):
    lines = [
        f"ATOM  {k:5d}  CA  ALA A{k:4d}    {x:8.3f}{y:8.3f}{z:8.3f}  1.00  0.00           C"
        for k, (x, y, z) in enumerate(helix(residues), 1)
    ]
    (folder / "1abcA.pdb.gz").write_bytes(gzip.compress("\n".join(lines).encode()))
    (folder / "1abcA.pdb.dssp").write_text(f"{letters} 1abcA.pdb\n")


def test_a_chain_is_read_with_its_letters(tmp_path, monkeypatch):
    written(tmp_path)
    monkeypatch.setattr(proteins, "folder", lambda: tmp_path)
    proteins.chains.cache_clear()
    (chain,) = proteins.chains()
    assert chain.places == pytest.approx(helix(30), abs=1e-3)
    assert chain.structure == "H" * 30
    cut = data.measured(np.random.default_rng(0), (chain,), 3)
    assert cut.places.shape == (3, data.LENGTH, 3)
    proteins.chains.cache_clear()


def test_letters_that_are_too_few_are_told(tmp_path):
    written(tmp_path, letters="H" * 29)
    with pytest.raises(ValueError, match="30 residues, and 29 letters"):
        proteins.read(tmp_path / "1abcA.pdb.gz", "1abcA")


def test_where_the_package_is_not_there_the_way_out_is_named(monkeypatch):
    monkeypatch.setattr(proteins, "folder", lambda: None)
    proteins.chains.cache_clear()
    with pytest.raises(FileNotFoundError, match="pip install --no-deps MDAnalysisTests"):
        proteins.chains()
    proteins.chains.cache_clear()
