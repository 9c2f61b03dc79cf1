"""Files in the IDX form, and the four of MNIST."""

from __future__ import annotations

import gzip
import struct

import numpy as np
import pytest

from systems.data import idx


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
        (gzip.compress(idx_bytes(np.arange(9)), mtime=0)[:-9], "begins like gzip and does not decompress"),
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
