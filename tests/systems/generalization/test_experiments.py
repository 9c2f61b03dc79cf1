"""The experiments on gaps: how networks begin, data in the IDX form, sweeps on processes and on a cluster."""

from __future__ import annotations

import gzip
import os
import struct

import numba
import numpy as np
import pytest
import torch

from checks.generalization.experiments import trained_bounds
from gronwall.claims import Effort
from systems.data import idx
from systems.generalization import experiments
from systems.generalization.experiments import (
    Member,
    Setting,
    beginning,
    digits,
    gaps,
    gaussian_process,
    largest_difference,
    over_seeds,
    trained,
    trained_for_bounds,
)


@pytest.fixture(autouse=True)
def _own_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("GRONWALL_OUT", str(tmp_path))
    monkeypatch.setenv("NUMBA_CACHE_DIR", numba.config.CACHE_DIR)  # no process compiles what this one has
    monkeypatch.delenv("GRONWALL_MNIST", raising=False)


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
    root = experiments._root_of_the_covariance(200)
    s = np.linspace(0, 1, 201)[:200]
    assert np.abs(root @ root - np.exp(-((s[:, None] - s) ** 2) / 0.02)).max() < 1e-12
    assert np.array_equal(root, root.T) or np.abs(root - root.T).max() < 1e-12


def test_entries_of_the_process_are_independent_of_each_other():
    W = np.stack([gaussian_process(np.random.default_rng(seed), 4, 3)[2].ravel() for seed in range(2000)])
    correlation = np.corrcoef(W.T)[np.triu_indices(9, 1)]
    assert np.abs(correlation).max() < 5 / np.sqrt(2000)


def test_projections_of_a_seed_depend_neither_on_the_depth_nor_on_tying():
    first, *_ = beginning(3, 5, 8, 64, tied=False), None
    for depth, tied in ((9, False), (5, True)):
        A, W, C = beginning(3, depth, 8, 64, tied)
        assert np.array_equal(A, first[0])
        assert np.array_equal(C, first[2])
        assert W.shape == ((1 if tied else depth), 8, 8)
    assert not np.array_equal(beginning(4, 5, 8, 64, tied=False)[0], first[0])


def test_the_variance_of_the_projections_is_one_over_the_columns():
    A, _, C = beginning(0, 2, 300, 640, tied=True)
    assert A.std() * np.sqrt(640) == pytest.approx(1, abs=5 / np.sqrt(2 * A.size))
    assert C.std() * np.sqrt(300) == pytest.approx(1, abs=5 / np.sqrt(2 * C.size))


def test_the_largest_difference_is_two_sided_unless_asked():
    W = torch.zeros(2, 3, 2, 2)
    W[0, 1, 0, 1], W[1, 2, 1, 1] = -4.0, 3.0
    assert largest_difference(W).tolist() == [4.0, 3.0]
    assert largest_difference(-W, absolute=False).tolist() == [4.0, 0.0]
    assert largest_difference(W[:, :1]).tolist() == [0.0, 0.0]


# ---------------------------------------------------------------- training


SMALL = Setting(depth=3, width=6, epochs=2)
NETWORKS = [
    (SMALL, Member(seed, *kind)) for seed in range(2) for kind in (("none", 0.0), ("frobenius", 0.1), ("tied", 0.0))
]


def same(left, right):
    return all(
        one[name].tobytes() == other[name].tobytes()
        for one, other in zip(left, right, strict=True)
        for name in {*one, *other}
    )


def test_digits_are_split_and_none_is_lost():
    shown = digits()
    assert (len(shown.training), len(shown.test)) == (500, 1297)
    assert shown.training.x.shape[1] == 64
    assert 0 <= shown.training.x.min() < shown.training.x.max() == 1
    assert shown.radius == pytest.approx(
        max(np.linalg.norm(part.x.numpy(), axis=1).max() for part in (shown.training, shown.test))
    )


def test_networks_of_a_sweep_are_those_trained_alone(tmp_path, monkeypatch):
    together = trained(NETWORKS)
    monkeypatch.setenv("GRONWALL_OUT", str(tmp_path / "alone"))
    assert same(together, [trained([network])[0] for network in NETWORKS])


def test_processes_find_the_same_bytes(tmp_path, monkeypatch):
    one = trained(NETWORKS)
    monkeypatch.setenv("GRONWALL_OUT", str(tmp_path / "two"))
    assert same(one, trained(NETWORKS, jobs=2))


def test_a_cluster_of_two_workers_finds_the_same_bytes():
    distributed = pytest.importorskip("distributed", reason="needs the extra `cluster`")
    here = trained(NETWORKS)
    environment = {"GRONWALL_OUT": os.environ["GRONWALL_OUT"] + "/far"}
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, env=environment) as cluster,
    ):
        far = trained(NETWORKS, cluster=cluster.scheduler_address)
    assert same(here, far)


def test_a_look_tells_the_losses_of_the_weights_at_that_moment():
    run = trained([(Setting(3, width=6, epochs=4, every=3, weights=True), Member(1))])[0]
    assert run["epoch"].tolist() == [0, 3, 4]
    assert len(run["running_loss"]) == 4
    shown = digits()
    h = torch.tensor(run["A"]) @ shown.test.x.T
    for W in torch.tensor(run["W"]):
        h = h + W @ torch.relu(h) / 3
    logits = (torch.tensor(run["C"]) @ h).T
    assert run["test_loss"][-1] == pytest.approx(
        torch.nn.functional.cross_entropy(logits, shown.test.labels).item(), rel=1e-5
    )
    accuracy = (logits.argmax(dim=1) == shown.test.labels).double().mean().item()
    assert run["test_accuracy"][-1] == pytest.approx(accuracy, abs=2 / 1297)
    assert run["largest"][-1] == np.abs(np.diff(run["W"], axis=0)).max()
    assert run["frobenius"][-1] == pytest.approx(np.linalg.norm(np.diff(run["W"], axis=0).ravel()), rel=1e-5)
    assert gaps(run)[-1] == run["test_loss"][-1] - run["train_loss"][-1]


def test_tied_networks_stay_tied_and_have_no_differences():
    run = trained([(Setting(5, width=6, epochs=2, weights=True), Member(0, "tied"))])[0]
    assert run["W"].shape == (1, 6, 6)
    assert run["largest"].tolist() == [0.0, 0.0, 0.0]


def test_what_bounds_ask_for_is_there():
    found = trained_for_bounds(10)
    assert (found["A"].shape, found["W"].shape, found["C"].shape) == ((30, 64), (10, 30, 30), (10, 30))
    assert found["test_loss"] > found["train_loss"] > 0
    assert 0.8 < found["test_accuracy"] <= found["train_accuracy"] <= 1
    assert 0 < found["image_radius"] <= 8
    assert found["state_radius"] <= np.linalg.norm(found["A"], 2) * found["image_radius"] * (1 + 1e-6)


# ---------------------------------------------------------------- IDX


def idx_bytes(array, kind=0x08):
    head = struct.pack(">BBBB", 0, 0, kind, array.ndim) + struct.pack(f">{array.ndim}I", *array.shape)
    return head + array.astype(idx.TYPES[kind]).tobytes()


@pytest.mark.parametrize("kind", idx.TYPES)
@pytest.mark.parametrize("packed", [False, True])
def test_idx_files_of_every_type_are_read(tmp_path, kind, packed):
    array = (np.arange(24).reshape(2, 3, 4) - (0 if kind == 0x08 else 12)) * (1 if kind < 0x0D else 0.25)
    raw = idx_bytes(array, kind)
    path = tmp_path / "file"
    path.write_bytes(gzip.compress(raw) if packed else raw)
    found = idx.read(path)
    assert found.dtype.isnative
    assert np.array_equal(found, array)


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (b"", r"begins with the bytes \(none\)"),
        (b"PNG\0", "begins with the bytes 50 4e 47 00: an IDX file begins with 00 00"),
        (b"\0\0\x07\1\0\0\0\1a", "numbers of type 0x07: expected one of 0x08"),
        (b"\0\0\x08\3\0\0\0\1", "states 3 sizes and ends after 8 bytes"),
        (b"\0\0\x08\0", "states 0 sizes"),
        (b"\0\0\x08\1\0\0\0\5abc", "states 5 numbers, 5 bytes, and holds 3"),
        (b"\0\0\x08\1\0\0\0\1abc", "states 1 numbers, 1 bytes, and holds 3"),
        (b"\x1f\x8bnonsense", "begins like gzip and does not decompress"),
        (gzip.compress(idx_bytes(np.arange(9)))[:-9], "begins like gzip and does not decompress"),
    ],
)
def test_a_bad_idx_file_is_named_with_what_is_wrong(tmp_path, raw, told):
    path = tmp_path / "train-images-idx3-ubyte"
    path.write_bytes(raw)
    with pytest.raises(idx.NotIdx, match=told) as problem:
        idx.read(path)
    assert str(path) in str(problem.value)


def small_mnist(folder, **changed):
    """Four files in the form of MNIST, of 6 x 6 pixels: the class of an image is the row that is bright."""
    folder.mkdir(exist_ok=True)
    rng = np.random.default_rng(0)
    files = {}
    for begins, n in (("train", 120), ("t10k", 60)):
        labels = rng.integers(0, 6, n)
        images = rng.integers(0, 60, (n, 6, 6))
        images[np.arange(n), labels] += 150
        files[f"{begins}-images-idx3-ubyte"] = images
        files[f"{begins}-labels-idx1-ubyte.gz"] = labels
    for name, array in {**files, **changed}.items():
        if array is not None:
            raw = idx_bytes(array)
            (folder / name).write_bytes(gzip.compress(raw) if name.endswith("gz") else raw)
    return folder


def test_the_same_call_trains_on_mnist_where_a_folder_is_named(tmp_path, monkeypatch):
    on_digits = trained([(SMALL, Member(0))])[0]
    monkeypatch.setenv("GRONWALL_MNIST", str(small_mnist(tmp_path / "mnist")))
    shown = experiments.images()
    assert shown.name.startswith("mnist ")
    assert shown.training.x.shape == (120, 36)
    assert shown.training.x.max() == pytest.approx(209 / 255)
    run = trained([(Setting(3, width=6, epochs=100, projections=True), Member(0))])[0]
    assert run["train_accuracy"][-1] > 0.9
    monkeypatch.delenv("GRONWALL_MNIST")
    assert same([on_digits], trained([(SMALL, Member(0))]))


def test_other_images_are_other_entries_wherever_something_is_remembered(tmp_path, monkeypatch):
    kinds = ((("none", 0.0), Setting(2, width=6, epochs=1)),)
    effort = Effort("quick")
    of_digits = over_seeds(kinds, effort), trained_for_bounds(10), trained_bounds.bounds_at(10)
    monkeypatch.setenv("GRONWALL_MNIST", str(small_mnist(tmp_path / "mnist")))
    of_mnist = over_seeds(kinds, effort), trained_for_bounds(10), trained_bounds.bounds_at(10)
    assert of_mnist[0]["none", 0.0]["train_loss"].shape == of_digits[0]["none", 0.0]["train_loss"].shape
    assert (of_mnist[0]["none", 0.0]["train_loss"] != of_digits[0]["none", 0.0]["train_loss"]).all()
    assert (of_digits[1]["examples"], of_mnist[1]["examples"]) == (500, 120)
    assert of_mnist[2][1].total != of_digits[2][1].total


def test_folders_with_other_images_are_other_data(tmp_path):
    one = experiments.mnist(str(small_mnist(tmp_path / "one")))
    other = experiments.mnist(str(small_mnist(tmp_path / "other", **{"t10k-images-idx3-ubyte": np.zeros((60, 6, 6))})))
    again = experiments.mnist(str(small_mnist(tmp_path / "again")))
    assert one.name == again.name != other.name


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"train-images-idx3-ubyte": None}, "has no file train-images-idx"),
        (
            {"t10k-labels-idx1-ubyte.gz": np.zeros(59)},
            r"test images in .* are \(60, 6, 6\) of uint8, the labels \(59,\)",
        ),
        ({"train-labels-idx1-ubyte.gz": np.full(120, 10)}, "training labels in .* run from 10 to 10: expected 0 to 9"),
        ({"t10k-images-idx3-ubyte": np.zeros((60, 5, 6))}, r"are of sizes \(6, 6\) and \(5, 6\)"),
        ({"train-images-idx3-ubyte": np.zeros((120, 36))}, r"training images in .* are \(120, 36\)"),
    ],
)
def test_files_of_mnist_that_do_not_fit_are_named(tmp_path, changed, told):
    folder = small_mnist(tmp_path / "mnist", **changed)
    with pytest.raises(idx.NotIdx, match=told):
        idx.mnist(folder)


def test_a_folder_that_is_none_is_named(tmp_path):
    with pytest.raises(idx.NotIdx, match="is no folder"):
        idx.mnist(tmp_path / "absent")
