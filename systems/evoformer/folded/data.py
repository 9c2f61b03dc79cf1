r"""Fragments of chains, simulated or measured, and what a model is given of them.

Simulated: Cα every 3.8 Å, by virtual bond angles and dihedrals of helices (91°, 50°), strands (125°, −170°) and loops
(drawn), no two residues nearer than 4 Å; a letter of the sequence is drawn by the kind of structure it stands in.

Given: three rows of letters (the sequence, and two copies with 15 % exchanged), the relative place of each pair up
to 8, and one in ten of the distances with 0.3 Å of noise.  Asked for: all distances.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from systems.data import proteins

__all__ = ["LENGTH", "ROWS", "Fragments", "measured", "simulated"]

Array = NDArray[np.float64]
LENGTH, ROWS, REACH, SHARE, NOISE, EXCHANGED = 20, 3, 8, 0.1, 0.3, 0.15
BOND, NEAREST = 3.8, 4.0
ANGLES = {"H": (91.0, 50.0), "E": (125.0, -170.0)}


@dataclass(frozen=True)
class Fragments:
    """Many fragments: places (many, n, 3), letters (many, rows, n), seen distances and where they are, structure."""

    places: Array
    letters: NDArray[np.int64]
    seen: Array
    where: NDArray[np.bool_]
    structure: tuple[str, ...]

    @property
    def distances(self) -> Array:
        """All of them: (many, n, n)."""
        return between(self.places)


def between(places: Array) -> Array:
    """‖x_i − x_j‖: (…, n, 3) -> (…, n, n)."""
    return np.asarray(np.linalg.norm(places[..., :, None, :] - places[..., None, :, :], axis=-1))


def prepared(
    places: Array, sequences: NDArray[np.int64], structure: tuple[str, ...], rng: np.random.Generator
) -> Fragments:
    """What a model is given of these places and sequences."""
    many, n, _ = places.shape
    letters = np.repeat(sequences[:, None], ROWS, axis=1)
    exchanged = rng.random((many, ROWS - 1, n)) < EXCHANGED
    letters[:, 1:][exchanged] = rng.integers(0, 20, exchanged.sum())
    where = np.triu(rng.random((many, n, n)) < SHARE, 3)
    noise = NOISE * rng.normal(size=(many, n, n))
    seen = np.where(where, np.maximum(between(places) + noise, 0.1), 0.0)
    return Fragments(places, letters, seen + seen.transpose(0, 2, 1), where | where.transpose(0, 2, 1), structure)


# ---------------------------------------------------------------- simulated


def kinds(rng: np.random.Generator, n: int) -> str:
    """Segments of helix, loop, strand, loop, … of drawn lengths."""
    found, kind = "", str(rng.choice(["H", "E"]))
    while len(found) < n:
        found += kind * int(rng.integers(6, 13) if kind == "H" else rng.integers(4, 8))
        found += "-" * int(rng.integers(2, 6))
        kind = str(rng.choice(["H", "E"]))
    return found[:n]


def placed(rng: np.random.Generator, structure: str) -> Array | None:
    """Cα places of a structure, residue by residue; None where it runs into itself."""
    points = [np.zeros(3), np.array([BOND, 0, 0])]
    angle = np.deg2rad(100.0)
    points.append(points[1] + BOND * np.array([-np.cos(angle), np.sin(angle), 0]))
    for kind in structure[3:]:
        theta, phi = ANGLES.get(kind, (rng.uniform(85, 130), rng.uniform(-180, 180)))
        theta, phi = np.deg2rad(theta + rng.normal(0, 3)), np.deg2rad(phi + rng.normal(0, 6))
        a, b, c = points[-3:]
        along = (c - b) / BOND
        normal = np.cross(b - a, along)
        normal = normal / np.linalg.norm(normal)
        aside = np.cross(normal, along)
        step = -np.cos(theta) * along + np.sin(theta) * (np.cos(phi) * aside + np.sin(phi) * normal)
        points.append(c + BOND * step)
        if np.linalg.norm(np.array(points[:-3]) - points[-1], axis=1).min(initial=np.inf) < NEAREST:
            return None
    return np.array(points)


def simulated(rng: np.random.Generator, many: int) -> Fragments:
    """Fragments of simulated chains."""
    likely = {"H": "AELKMQR", "E": "VIYFWTC", "-": "GPNDSHK"}
    places, sequences, structures = [], [], []
    while len(places) < many:
        structure = kinds(rng, LENGTH)
        found = placed(rng, structure)
        if found is None:
            continue
        letters = [str(rng.choice(list(likely[k] if rng.random() < 0.7 else proteins.LETTERS))) for k in structure]
        places.append(found)
        sequences.append([proteins.LETTERS.index(letter) for letter in letters])
        structures.append(structure)
    return prepared(np.array(places), np.array(sequences), tuple(structures), rng)


# ---------------------------------------------------------------- measured


def measured(rng: np.random.Generator, chains: tuple[proteins.Chain, ...], each: int) -> Fragments:
    """Fragments of measured chains, some of each chain, from drawn places; none across a gap."""
    places, sequences, structures = [], [], []
    for chain in chains:
        whole = np.linalg.norm(np.diff(chain.places, axis=0), axis=1) < 4.2
        starts = [k for k in range(len(chain.places) - LENGTH + 1) if whole[k : k + LENGTH - 1].all()]
        for k in rng.choice(starts, min(each, len(starts)), replace=False) if starts else ():
            places.append(chain.places[k : k + LENGTH])
            sequences.append(chain.sequence[k : k + LENGTH])
            structures.append(chain.structure[k : k + LENGTH])
    return prepared(np.array(places), np.array(sequences), tuple(structures), rng)
