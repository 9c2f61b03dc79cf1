"""One door to protein chains: the 50 with reference DSSP of the package MDAnalysisTests, where it is there.

Places of Cα, the sequence, and a reference string of H, E and - for each.  Only data files are read, nothing of the
package is imported; `pip install --no-deps MDAnalysisTests` is enough.
"""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np

__all__ = ["LETTERS", "Chain", "available", "chains"]

THREE = {
    "ALA": "A", "ARG": "R", "ASN": "N", "ASP": "D", "CYS": "C", "GLN": "Q", "GLU": "E", "GLY": "G", "HIS": "H",
    "ILE": "I", "LEU": "L", "LYS": "K", "MET": "M", "PHE": "F", "PRO": "P", "SER": "S", "THR": "T", "TRP": "W",
    "TYR": "Y", "VAL": "V", "MSE": "M",
}  # fmt: skip
LETTERS = "ACDEFGHIKLMNPQRSTVWY"
JUNK = ("1mr1D_failing", "wrong_hydrogens")
"""Two files of that folder that are there to fail."""


@dataclass(frozen=True)
class Chain:
    """A chain: its name, Cα places (n, 3) in Å, its sequence as places in LETTERS, and H, E or - by residue."""

    name: str
    places: np.ndarray
    sequence: np.ndarray
    structure: str


def folder() -> Path | None:
    """Where the files are, if they are."""
    spec = find_spec("MDAnalysisTests")
    if spec is None or spec.origin is None:
        return None
    found = Path(spec.origin).parent / "data" / "dssp"
    return found if found.is_dir() else None


def available() -> bool:
    """Whether the chains are there."""
    return folder() is not None


@cache
def chains() -> tuple[Chain, ...]:
    """All chains, by name.  Raises FileNotFoundError with the way out where the package is not there."""
    where = folder()
    if where is None:
        raise FileNotFoundError("the protein chains are not here: pip install --no-deps MDAnalysisTests")
    found = []
    for path in sorted(where.glob("*.pdb.gz")):
        name = path.name.removesuffix(".pdb.gz")
        if name not in JUNK:
            found.append(read(path, name))
    return tuple(found)


def read(path: Path, name: str) -> Chain:
    """One chain.  Raises ValueError where residues and the reference string are not as many."""
    places, sequence, seen = [], [], set()
    for line in gzip.decompress(path.read_bytes()).decode("ascii", "replace").splitlines():
        if line.startswith("ENDMDL"):
            break
        if line.startswith("ATOM") and line[12:16].strip() == "CA" and line[16] in " A":
            key = line[21:27]
            if key not in seen:
                seen.add(key)
                places.append([float(line[a : a + 8]) for a in (30, 38, 46)])
                sequence.append(max(LETTERS.find(THREE.get(line[17:20], "A")), 0))
    structure = path.with_name(f"{name}.pdb.dssp").read_text().split()[0]  # then stands the name of the file
    if len(structure) != len(places):
        raise ValueError(f"{path}: {len(places)} residues, and {len(structure)} letters of reference")
    return Chain(name, np.array(places), np.array(sequence), structure)
