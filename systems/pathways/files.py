r"""The measured series of Costello and Martín, read from where a user has them: they may not be passed on.

The environment variable GRONWALL_PATHWAYS names a folder with `limonene_data.csv`, `isopentenol_data.csv` or both, as
they are in the repository JBEI/KineticLearning under its terms (research, not commercial, no redistribution).  A row is
a strain at an hour, the columns are Strain, Hour, proteins in arbitrary units, and concentrations in µM (products in
g/L); what was not measured is empty.  L1, L2, L3 and I1, I2, I3 are the low, medium and high producers.
"""

from __future__ import annotations

import csv
import math
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

__all__ = ["CONTROLS", "PRODUCTS", "VARIABLE", "Measured", "available", "inside_share", "read", "same_series"]

VARIABLE = "GRONWALL_PATHWAYS"
PRODUCTS = {"limonene_data.csv": "Limonene", "isopentenol_data.csv": "Isopentenol"}
STATES = ("Acetyl-CoA", "HMG-CoA", "Mevalonate", "Mev-P", "IPP/DMAPP")
CONTROLS = ("AtoB", "GPPS", "HMGR", "HMGS", "Idi", "MK", "PMD", "PMK")


@dataclass(frozen=True)
class Measured:
    """One file: hours, and by strain (low, medium, high) and column the values, NaN where nothing was measured."""

    product: str
    hours: np.ndarray
    strains: tuple[str, ...]
    columns: dict[str, np.ndarray]
    """Name -> strains x hours."""

    @property
    def states(self) -> tuple[str, ...]:
        """The six series."""
        return (*STATES, self.product)


def available() -> dict[str, Path]:
    """Name of product -> file, of those that are there; empty where the variable is not set.

    Raises ValueError where it names no folder with such a file: nobody who set it would want silence.
    """
    folder = os.environ.get(VARIABLE)
    if not folder:
        return {}
    found = {product: Path(folder) / name for name, product in PRODUCTS.items() if (Path(folder) / name).is_file()}
    if not found:
        raise ValueError(
            f"{VARIABLE}={folder}: expected a folder with {' or '.join(PRODUCTS)}, which are in the repository"
            " JBEI/KineticLearning (not for redistribution)"
        )
    return found


def read(path: Path, product: str) -> Measured:
    """Three strains of a file.  Raises ValueError for a column, a strain or an hour that is missing, naming it."""
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    wanted = ("Strain", "Hour", *CONTROLS, *STATES, product)
    missing = [name for name in wanted if not rows or name not in rows[0]]
    if missing:
        raise ValueError(f"{path}: the columns {missing} are missing; expected {list(wanted)}")
    strains = sorted({row["Strain"] for row in rows})
    hours = sorted({float(row["Hour"]) for row in rows})
    if len(strains) != 3 or len(rows) != 3 * len(hours):
        raise ValueError(f"{path}: {len(rows)} rows of the strains {strains}: expected three, each at the same hours")
    columns = {name: np.full((3, len(hours)), math.nan) for name in wanted[2:]}
    for row in rows:
        place = strains.index(row["Strain"]), hours.index(float(row["Hour"]))
        for name, values in columns.items():
            values[place] = float(row[name]) if row[name].strip() else math.nan
    return Measured(product, np.array(hours), tuple(strains), columns)


def same_series(of: Measured, name: str, strain: int = 1) -> int:
    """With how many of the two other strains a strain shares a whole series, value by value."""
    values = of.columns[name]
    shared = 0
    for other in range(3):
        both = np.isfinite(values[strain]) & np.isfinite(values[other])
        if other != strain and both.any():
            shared += bool((values[strain][both] == values[other][both]).all())
    return shared


def inside_share(controls: np.ndarray, strain: int = 1) -> float:
    """The share of a strain's points at which every control lies between the least and the largest of the other two.

    controls: strains x points x controls.
    """
    others = np.delete(controls, strain, axis=0).reshape(-1, controls.shape[2])
    low, high = others.min(axis=0), others.max(axis=0)
    inside = ((controls[strain] >= low) & (controls[strain] <= high)).all(axis=1)
    return float(inside.mean())
