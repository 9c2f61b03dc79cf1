"""What runs have left in their folder, and removing it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from gronwall.problems import WrongUsage

CHEAP = ("claims", "libraries", "at_work", "judgements.json", "index.json", "records.jsonl", "records.sha256",
         ".lock", "power", "power.jsonl", "figures", "report", "report.txt", "figures.txt", "paper.pdf",
         "paper")  # fmt: skip
"""Made again by the next run."""
DEAR = ("cache", "tables")
"""Trained networks and what was learned from them."""
MARKS = ("index.json", "records.jsonl", "claims", "power.jsonl")
"""A folder with one of these is that of a run."""


def clean(out: Path, whole: bool = False, dry_run: bool = False) -> Iterator[str]:
    """Remove what runs have made in a folder, told line by line. Raises :class:`WrongUsage` where none was."""
    if not any((out / mark).exists() for mark in MARKS):
        raise WrongUsage(f"{out} is no folder of a run: nothing is removed")
    for name in (*CHEAP, *(DEAR if whole else ())):
        path = out / name
        if path.is_symlink() or not path.exists():
            continue
        size = sum(file.lstat().st_size for file in ([path] if path.is_file() else path.rglob("*")) if file.is_file())
        if not dry_run:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        yield f"{'would remove' if dry_run else 'removed'} {path} ({size / 2**20:.1f} MiB)"
    kept = [name for name in DEAR if (out / name).exists() and not whole]
    if kept:
        yield f"kept {', '.join(str(out / name) for name in kept)}: --all removes them too"
