r"""The IDX form in which MNIST is given: a magic number, the sizes, then the numbers, big end first.

    0 0 type rank | size_1 … size_rank (4 bytes each) | size_1 · … · size_rank numbers

Files may be compressed with gzip, whatever their name.
"""

from __future__ import annotations

import gzip
import math
from pathlib import Path

import numpy as np

TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
"""The third byte, and what it says the numbers are."""

NAMES = {
    "training images": "train-images", "training labels": "train-labels",
    "test images": "t10k-images", "test labels": "t10k-labels",
}  # fmt: skip
"""How the names of the four files of MNIST begin."""


class NotIdx(ValueError):
    """A file that is not in the IDX form, or not the one that was wanted."""


def read(path: Path) -> np.ndarray:
    """The array of an IDX file, in the byte order of this machine.  Raises :class:`NotIdx`, saying what is wrong."""
    raw = path.read_bytes()
    if raw[:2] == b"\x1f\x8b":
        try:
            raw = gzip.decompress(raw)
        except (OSError, EOFError) as problem:
            raise NotIdx(f"{path} begins like gzip and does not decompress: {problem}") from problem
    if len(raw) < 4 or raw[:2] != b"\0\0":
        raise NotIdx(f"{path} begins with the bytes {raw[:4].hex(' ') or '(none)'}: an IDX file begins with 00 00")
    kind, rank = raw[2], raw[3]
    if kind not in TYPES:
        known = ", ".join(f"0x{key:02X}" for key in TYPES)
        raise NotIdx(f"{path} holds numbers of type 0x{kind:02X}: expected one of {known}")
    begins = 4 + 4 * rank
    if rank == 0 or len(raw) < begins:
        raise NotIdx(f"{path} states {rank} sizes and ends after {len(raw)} bytes: it is cut off or no IDX file")
    sizes = np.frombuffer(raw, ">u4", rank, 4).tolist()
    dtype = np.dtype(TYPES[kind])
    expected = math.prod(sizes) * dtype.itemsize
    if len(raw) - begins != expected:
        shape = " x ".join(map(str, sizes))
        raise NotIdx(f"{path} states {shape} numbers, {expected} bytes, and holds {len(raw) - begins}: it is not whole")
    return np.frombuffer(raw, dtype, offset=begins).reshape(sizes).astype(dtype.newbyteorder("="))


def mnist(folder: Path) -> dict[str, np.ndarray]:
    """The four files of MNIST in a folder: images n x rows x columns of bytes, labels n.

    Raises :class:`NotIdx` for a file that is missing or does not fit the others, naming it.
    """
    found = {what: read(_file(folder, name)) for what, name in NAMES.items()}
    for part in ("training", "test"):
        images, labels = found[f"{part} images"], found[f"{part} labels"]
        if (
            images.ndim != 3
            or images.dtype != np.uint8
            or labels.ndim != 1
            or len(images) != len(labels)
            or not len(images)
        ):
            raise NotIdx(
                f"the {part} images in {folder} are {images.shape} of {images.dtype}, the labels {labels.shape}: "
                f"expected n x rows x columns bytes and n labels"
            )
        if labels.min() < 0 or labels.max() > 9:
            raise NotIdx(f"the {part} labels in {folder} run from {labels.min()} to {labels.max()}: expected 0 to 9")
    if found["training images"].shape[1:] != found["test images"].shape[1:]:
        sizes = " and ".join(str(found[f"{part} images"].shape[1:]) for part in ("training", "test"))
        raise NotIdx(f"the images in {folder} are of sizes {sizes}: expected one size")
    return found


def _file(folder: Path, begins: str) -> Path:
    if not folder.is_dir():
        raise NotIdx(f"{folder} is no folder: expected the one with the four files of MNIST, {begins}-idx… among them")
    files = sorted(folder.glob(f"{begins}[-.]idx*"))
    if not files:
        raise NotIdx(f"{folder} has no file {begins}-idx… (or .gz): expected the four files of MNIST in it")
    return files[0]
