"""The experiments on gaps: how networks begin, what is trained and looked at, what the tables tell, MNIST."""

from __future__ import annotations

import gzip
import struct
from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.stats import kendalltau, spearmanr

from checks.generalization.experiments import weight_differences
from gronwall.efforts import Effort
from gronwall.running import caching, tables
from gronwall.theory.statistics import pairs, spearman
from systems.generalization.experiments import data, results
from systems.generalization.experiments.bounds import BOUNDS, TERMS
from systems.generalization.experiments.models import (
    beginning,
    gaussian_process,
    largest_difference,
    root_of_the_covariance,
)
from systems.generalization.experiments.results import BOUNDED, PENALTY, SCATTER, gaps
from systems.generalization.experiments.training import with_weights
from systems.training import protocol
from systems.training.protocol import Seeds

QUICK = Effort("quick")


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A run's folder of its own, nothing remembered of other tests, and the digits."""
    monkeypatch.setenv("GRONWALL_OUT", str(tmp_path))
    monkeypatch.setattr(caching, "_remembered", {})
    monkeypatch.setattr(protocol, "_laid", set())
    monkeypatch.delenv("GRONWALL_MNIST", raising=False)
    return tmp_path


def small(experiment, length=2, seeds=2, **changed):
    return replace(experiment, length=length, seeds=Seeds(0, seeds), **changed)


def rows_of(folder, name):
    return tables.rows_of(tables.read(tables.place(folder, f"generalization.experiments.{name}")))


# ---------------------------------------------------------------- how networks begin


def test_the_gaussian_process_has_the_stated_covariance():
    depth, width = 11, 60
    W = gaussian_process(np.random.default_rng(1), depth, width).reshape(depth, -1) * np.sqrt(width)
    s = np.linspace(0, 1, depth + 1)[:depth]
    stated = np.exp(-((s[:, None] - s) ** 2) / (2 * 0.1**2))
    found = W @ W.T / W.shape[1]
    spread = np.sqrt((1 + stated**2) / W.shape[1])  # of a sample covariance of Gaussians
    assert (np.abs(found - stated) < 5 * spread).all()


def test_the_root_of_the_covariance_is_a_root_also_where_it_is_nearly_singular():
    root = root_of_the_covariance(200)
    s = np.linspace(0, 1, 201)[:200]
    assert np.abs(root @ root - np.exp(-((s[:, None] - s) ** 2) / 0.02)).max() < 1e-12
    assert np.array_equal(root, root.T) or np.abs(root - root.T).max() < 1e-12


def test_entries_of_the_process_are_independent_of_each_other():
    W = np.stack([gaussian_process(np.random.default_rng(seed), 4, 3)[2].ravel() for seed in range(2000)])
    correlation = np.corrcoef(W.T)[np.triu_indices(9, 1)]
    assert np.abs(correlation).max() < 5 / np.sqrt(2000)


def test_projections_of_a_seed_depend_neither_on_the_depth_nor_on_tying():
    def begun(seed, depth, tied):
        return beginning(np.random.default_rng([seed, 1]), depth, 8, 64, tied=tied)

    first = begun(3, 5, tied=False)
    for depth, tied in ((9, False), (5, True)):
        A, W, C = begun(3, depth, tied)
        assert np.array_equal(A, first[0])
        assert np.array_equal(C, first[2])
        assert W.shape == ((1 if tied else depth), 8, 8)
    assert not np.array_equal(begun(4, 5, tied=False)[0], first[0])


def test_the_variance_of_the_projections_is_one_over_the_columns():
    A, _, C = beginning(np.random.default_rng([0, 1]), 2, 300, 640, tied=True)
    assert A.std() * np.sqrt(640) == pytest.approx(1, abs=5 / np.sqrt(2 * A.size))
    assert C.std() * np.sqrt(300) == pytest.approx(1, abs=5 / np.sqrt(2 * C.size))


def test_the_largest_difference_is_two_sided_unless_asked():
    W = torch.zeros(2, 3, 2, 2)
    W[0, 1, 0, 1], W[1, 2, 1, 1] = -4.0, 3.0
    assert largest_difference(W).tolist() == [4.0, 3.0]
    assert largest_difference(-W, absolute=False).tolist() == [4.0, 0.0]
    assert largest_difference(W[:, :1]).tolist() == [0.0, 0.0]


# ---------------------------------------------------------------- training


def test_digits_are_split_and_none_is_lost():
    shown = data.digits()
    assert (len(shown.training), len(shown.test)) == (500, 1297)
    assert shown.training.x.shape[1] == 64
    assert 0 <= shown.training.x.min() < shown.training.x.max() == 1
    assert shown.radius == pytest.approx(
        max(np.linalg.norm(part.x.numpy(), axis=1).max() for part in (shown.training, shown.test))
    )


@pytest.mark.parametrize("kind", [("none", 0.0), ("frobenius", 0.1), ("tied", 0.0)])
def test_networks_of_a_setting_are_those_trained_alone(kind):
    asked = {"depth": 3, "width": 6, "penalty": kind[0], "weight": kind[1]}
    together = small(PENALTY)(QUICK, **asked)
    for seed in range(2):
        alone = replace(PENALTY, length=2, seeds=Seeds(seed, 1))(QUICK, **asked)
        for name, array in together.items():
            mine = array if name == "epoch" else array[:, seed : seed + 1]
            assert mine.tobytes() == alone[name].tobytes(), name


def test_groups_of_a_setting_change_nothing(monkeypatch):
    whole = small(PENALTY, seeds=3)(QUICK, depth=3, width=6)
    monkeypatch.setattr("systems.generalization.experiments.training.MEMBERS", 2)
    monkeypatch.setattr(caching, "_remembered", {})
    parted = small(PENALTY, seeds=3, name="generalization.experiments.parted")(QUICK, depth=3, width=6)
    assert all(whole[name].tobytes() == parted[name].tobytes() for name in whole)


def test_a_look_tells_the_losses_of_the_weights_at_that_moment():
    run = small(PENALTY, length=4, seeds=1, train=with_weights)(QUICK, depth=3, width=6)
    assert run["epoch"].tolist() == [0, 4]
    assert run["running_loss"].shape == (4, 1)
    shown = data.digits()
    A, weights, C = (run[name][0] for name in "AWC")
    h = torch.tensor(A) @ shown.test.x.T
    for W in torch.tensor(weights):
        h = h + W @ torch.relu(h) / 3
    logits = (torch.tensor(C) @ h).T
    assert run["test_loss"][-1, 0] == pytest.approx(
        torch.nn.functional.cross_entropy(logits, shown.test.labels).item(), rel=1e-5
    )
    accuracy = (logits.argmax(dim=1) == shown.test.labels).double().mean().item()
    assert run["test_accuracy"][-1, 0] == pytest.approx(accuracy, abs=2 / 1297)
    assert run["largest"][-1, 0] == np.abs(np.diff(weights, axis=0)).max()
    assert run["frobenius"][-1, 0] == pytest.approx(np.linalg.norm(np.diff(weights, axis=0).ravel()), rel=1e-5)
    assert gaps(run)[-1, 0] == run["test_loss"][-1, 0] - run["train_loss"][-1, 0]


def test_every_epoch_is_looked_at_without_a_penalty_and_the_ends_with_one():
    penalty = small(PENALTY, length=3, seeds=1)
    assert penalty(QUICK, depth=3, width=6)["epoch"].tolist() == [0, 1, 2, 3]
    assert penalty(QUICK, depth=3, width=6, penalty="frobenius", weight=0.1)["epoch"].tolist() == [0, 3]


def test_tied_networks_stay_tied_and_have_no_differences():
    run = small(PENALTY, train=with_weights)(QUICK, depth=5, width=6, penalty="tied")
    assert run["W"].shape == (2, 1, 6, 6)
    assert not run["largest"].any()


def test_projections_are_trained_where_that_is_asked():
    kinds = {kind: small(SCATTER)(QUICK, depth=3, width=6, projections=kind) for kind in ("random", "trained")}
    assert kinds["random"]["train_loss"][0].tobytes() == kinds["trained"]["train_loss"][0].tobytes()
    assert (kinds["random"]["train_loss"][1] != kinds["trained"]["train_loss"][1]).all()


def test_what_bounds_ask_for_is_there():
    found = BOUNDED(QUICK, depth=10)
    assert (found["A"].shape, found["W"].shape, found["C"].shape) == ((30, 64), (10, 30, 30), (10, 30))
    assert found["test_loss"] > found["train_loss"] > 0
    assert 0.8 < found["test_accuracy"] <= found["train_accuracy"] <= 1
    assert 0 < found["image_radius"] <= 8
    assert found["state_radius"] <= np.linalg.norm(found["A"], 2) * found["image_radius"] * (1 + 1e-6)


# ---------------------------------------------------------------- tables


def test_the_table_of_penalties_has_what_the_box_plot_needs(folder):
    for kind, weight in (("none", 0.0), ("tied", 0.0)):
        found = small(PENALTY)(QUICK, depth=3, width=6, penalty=kind, weight=weight)
    rows = [row for row in rows_of(folder, "penalty") if row["penalty"] == "tied"]
    assert {row["name"] for row in rows} == {
        "gap", "train loss", "test loss", "test accuracy", "largest", "largest signed"
    }  # fmt: skip
    assert {(row["depth"], row["weight"], row["width"], row["data"], row["epoch"]) for row in rows} == {
        (3, 0.0, 6, "digits", 2)
    }
    told = {row["seed"]: row["measured"] for row in rows if row["name"] == "gap"}
    assert told == dict(enumerate(gaps(found)[-1].tolist()))


def test_the_table_of_the_scatter_has_a_dot_for_each_seed_and_epoch(folder):
    found = small(SCATTER)(QUICK, depth=3, width=6, projections="trained")
    rows = rows_of(folder, "scatter")
    dots = {(row["seed"], row["epoch"]): (row["x"], row["measured"]) for row in rows if row["name"] == "gap"}
    assert sorted(dots) == [(0, 1), (0, 2), (1, 1), (1, 2)]
    assert dots[1, 2] == (found["largest"][2, 1], gaps(found)[2, 1])
    (rank,) = (row for row in rows if row["name"] == "rank correlation")
    assert (rank["x"], rank["projections"]) == ("all dots", "trained")
    assert rank["measured"] == pytest.approx(spearmanr(*zip(*dots.values(), strict=True)).statistic)


def test_the_table_of_bounds_has_each_bound_its_terms_and_the_gap(folder):
    found = small(BOUNDED, seeds=1)(QUICK, depth=4)
    rows = rows_of(folder, "trained_bounds")
    told = {row["bound"]: row["measured"] for row in rows if row["name"] == "log10 bound"}
    assert list(told) == [*BOUNDS, "measured gap"]
    assert told["measured gap"] == pytest.approx(np.log10(abs(found["test_loss"] - found["train_loss"])))
    terms = [row for row in rows if row["name"] == "log10 term"]
    for bound in BOUNDS:
        parts = {row["term"]: row["measured"] for row in terms if row["bound"] == bound}
        assert set(parts) <= set(TERMS[1:])
        most = np.logaddexp.reduce(np.array(list(parts.values())) * np.log(10)) / np.log(10)
        assert max(parts.values()) - 1e-9 < told[bound] < most + 1e-9  # a total is at most the sum of its terms


def test_claims_read_the_bounds_of_the_images_of_this_run(monkeypatch):
    monkeypatch.setattr(results, "BOUNDED", small(BOUNDED, seeds=1))
    assert list(results.decades(4, QUICK)) == list(BOUNDS)


# ---------------------------------------------------------------- ranks


def test_pairs_and_rank_correlations_are_those_of_scipy():
    rng = np.random.default_rng(2)
    x = rng.normal(size=30)
    y = x + rng.normal(size=30)
    against, alike = pairs(x, y)
    assert against + alike == 1 + 30 * 29 / 2
    assert (alike - against) / (30 * 29 / 2) == pytest.approx(kendalltau(x, y).statistic)
    assert spearman(x, y) == pytest.approx(spearmanr(x, y).statistic)


def test_the_critical_rank_correlation_is_exceeded_as_often_as_stated():
    rng = np.random.default_rng(3)
    n, times = 16, 20000
    ranks = np.argsort(rng.random((times, n)), axis=1) - (n - 1) / 2
    rho = ranks @ (np.arange(n) - (n - 1) / 2) / np.sum((np.arange(n) - (n - 1) / 2) ** 2)
    share = np.mean(np.abs(rho) > weight_differences.critical(n, 1))
    assert abs(share - 0.01) < 5 * np.sqrt(0.01 / times) + 0.001  # the t approximation is good to about 0.001


# ---------------------------------------------------------------- MNIST


def small_mnist(folder, **changed):
    """Four files in the form of MNIST, of 6 x 6 pixels: the class of an image is the row that is bright."""
    folder.mkdir(exist_ok=True)
    rng = np.random.default_rng(0)
    for begins, n in (("train", 120), ("t10k", 60)):
        labels = rng.integers(0, 6, n)
        images = rng.integers(0, 60, (n, 6, 6))
        images[np.arange(n), labels] += 150
        files = {f"{begins}-images-idx3-ubyte": images, f"{begins}-labels-idx1-ubyte.gz": labels}
        for name, array in {**files, **{key: value for key, value in changed.items() if key in files}}.items():
            head = struct.pack(">BBBB", 0, 0, 0x08, array.ndim) + struct.pack(f">{array.ndim}I", *array.shape)
            raw = head + array.astype(np.uint8).tobytes()
            (folder / name).write_bytes(gzip.compress(raw) if name.endswith("gz") else raw)
    return folder


def test_the_same_call_trains_on_mnist_where_a_folder_is_named(tmp_path, monkeypatch):
    asked = {"depth": 3, "width": 6, "projections": "trained"}
    on_digits = small(SCATTER)(QUICK, **asked, data=data.images().name)
    monkeypatch.setenv("GRONWALL_MNIST", str(small_mnist(tmp_path / "mnist")))
    shown = data.images()
    assert shown.name.startswith("mnist ")
    assert shown.training.x.shape == (120, 36)
    assert shown.training.x.max() == pytest.approx(209 / 255)
    run = small(SCATTER, length=100, seeds=1)(QUICK, **asked, data=shown.name)
    assert run["train_accuracy"][-1, 0] > 0.9
    monkeypatch.delenv("GRONWALL_MNIST")
    again = small(SCATTER)(QUICK, **asked, data=data.images().name)
    assert all(again[name].tobytes() == on_digits[name].tobytes() for name in again)


def test_other_images_are_other_settings(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(results, "PENALTY", small(PENALTY))
    monkeypatch.setattr(results, "BOUNDED", small(BOUNDED, seeds=1))
    monkeypatch.setattr(results, "DEPTH", replace(results.DEPTH, values={"quick": 2}))
    of_digits = results.with_penalty(("none", 0.0), QUICK), results.decades(4, QUICK)
    monkeypatch.setenv("GRONWALL_MNIST", str(small_mnist(tmp_path / "mnist")))
    of_mnist = results.with_penalty(("none", 0.0), QUICK), results.decades(4, QUICK)
    assert of_mnist[0]["train_loss"].shape == of_digits[0]["train_loss"].shape
    assert (of_mnist[0]["train_loss"] != of_digits[0]["train_loss"]).all()
    assert of_mnist[1]["data-dependent"] != of_digits[1]["data-dependent"]
    assert {row["data"] for row in rows_of(folder, "penalty")} == {"digits", data.images().name}


def test_images_of_another_name_than_asked_for_are_refused():
    with pytest.raises(ValueError, match=r"asked for the images 'mnist 123'.*means 'digits'"):
        small(PENALTY)(QUICK, depth=3, width=6, data="mnist 123")


def test_folders_with_other_images_are_other_data(tmp_path):
    one = data.mnist(str(small_mnist(tmp_path / "one")))
    other = data.mnist(str(small_mnist(tmp_path / "other", **{"t10k-images-idx3-ubyte": np.zeros((60, 6, 6))})))
    again = data.mnist(str(small_mnist(tmp_path / "again")))
    assert one.name == again.name != other.name
