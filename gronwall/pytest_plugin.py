"""``pytest --claims PATH``: the claims of a file or folder as tests, one item a claim.

Refuted and error fail; inconclusive fails, or is skipped with ``--claims-allow-inconclusive``.
Without other arguments pytest collects the claims alone.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("gronwall", "claims about neural networks (gronwall)")
    group.addoption("--claims", action="append", default=[], metavar="PATH", help="Run the claims of a file or folder.")
    group.addoption("--claims-allow-inconclusive", action="store_true", help="Skip inconclusive claims.")
    group.addoption("--claims-effort", default="quick", choices=["quick", "full", "paper"], help="How much work.")
    group.addoption("--claims-seed", default=0, type=int, metavar="N", help="The seed of the claims' run.")
    group.addoption(
        "--claims-out", default=None, metavar="DIR", help="Keep records here [default: a temporary folder]."
    )


def pytest_configure(config: pytest.Config) -> None:
    paths = config.getoption("--claims")
    if not paths:
        return
    missing = [path for path in paths if not Path(path).exists()]
    if missing:
        raise pytest.UsageError(f"--claims {missing[0]}: no such file or folder")
    if config.args_source is not pytest.Config.ArgsSource.ARGS:
        config.args = []
    config.args.extend(str(Path(path).resolve()) for path in paths)
    config.stash[RUN] = _Run(config, [Path(path).resolve() for path in paths])


@pytest.hookimpl(wrapper=True)
def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> Generator[None, Any, Any]:
    """A file of claims is collected as such and not also as a module of tests."""
    others = yield
    run = parent.config.stash.get(RUN, None)
    if run is not None and file_path.resolve() in run.files:
        return [ClaimsFile.from_parent(parent, path=file_path)]
    return others


class ClaimsFile(pytest.File):
    """A file of claims: its items are its claims, case by case."""

    def collect(self) -> Iterator[pytest.Item]:
        run = self.config.stash[RUN]
        for record in run.records():
            if record["origin"] == self.path.resolve():
                yield ClaimItem.from_parent(self, name=record["claim"], record=record)


class ClaimItem(pytest.Item):
    """One claim; running it reads the verdict of the run that all items share."""

    def __init__(self, *, record: dict[str, Any], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.record = record

    def runtest(self) -> None:
        verdict, reason = self.record["verdict"], self.record["reason"]
        if verdict == "inconclusive" and self.config.getoption("--claims-allow-inconclusive"):
            pytest.skip(f"inconclusive: {reason}")
        if verdict in ("refuted", "error", "inconclusive"):
            raise NotHolding(f"{verdict}: {reason}")

    def repr_failure(self, excinfo: Any, style: Any = None) -> Any:
        if isinstance(excinfo.value, NotHolding):
            return f"{excinfo.value}\n{self.record['statement']}"
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, self.record["line"] - 1, self.name


class NotHolding(Exception):
    """A claim that was refuted, is in error or is inconclusive."""


class _Run:
    """The run behind the items of a session, made when the first file is collected."""

    def __init__(self, config: pytest.Config, paths: list[Path]) -> None:
        from gronwall.running.repository import files_of

        self.config = config
        self.targets = tuple(str(path) for path in paths)
        self.files = {file for path in paths for file in files_of(path)}
        self._records: list[dict[str, Any]] | None = None

    def records(self) -> list[dict[str, Any]]:
        """The records, each with the file it came from."""
        if self._records is None:
            from gronwall.efforts import Effort
            from gronwall.problems import WrongUsage
            from gronwall.running import run
            from gronwall.running.options import TIMEOUTS, Options

            option = self.config.getoption
            with tempfile.TemporaryDirectory(prefix="gronwall-") as scratch:
                out = Path(option("--claims-out") or scratch)
                effort, seed = option("--claims-effort"), option("--claims-seed")
                options = Options(Effort(effort), seed, os.cpu_count() or 1, out, timeout=TIMEOUTS[effort])
                try:
                    result = run.check(self.targets, options)
                except WrongUsage as problem:
                    raise pytest.UsageError(str(problem)) from None
            self._records = [{**record, "origin": result.origins[record["claim"]]} for record in result.records]
        return self._records


RUN = pytest.StashKey[_Run]()
