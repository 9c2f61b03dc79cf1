"""Short trainings: an experiment at a length of its own, in a folder of its own, and the table it leaves."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gronwall.efforts import Effort
from gronwall.running import caching, tables
from systems.training import protocol
from systems.training.protocol import Seeds


def _shortened(experiment, length, seeds):
    first = experiment.seeds.first
    return replace(experiment, length=length, seeds=Seeds(first, seeds, experiment.seeds.chosen_on))


@pytest.fixture
def shortened():
    """shortened(experiment, length, seeds): the experiment on its first seeds, for so many steps."""
    return _shortened


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A run's folder of its own, and nothing remembered of other tests."""
    monkeypatch.setenv("GRONWALL_OUT", str(tmp_path))
    monkeypatch.delenv("GRONWALL_CACHE", raising=False)
    monkeypatch.setattr(caching, "_remembered", {})
    monkeypatch.setattr(protocol, "_laid", set())
    return tmp_path


@pytest.fixture
def short(folder):
    """short(experiment, length=…, seeds=…, **setting): what is left by a short training, and the rows it tells."""

    def made(experiment, length, seeds, **setting):
        tiny = _shortened(experiment, length, seeds)
        found = tiny(Effort("full"), **setting)
        path = tables.place(folder, experiment.name)
        return found, tables.rows_of(tables.read(path)) if path.exists() else []

    return made


@pytest.fixture
def shorten(monkeypatch):
    """shorten(name, length, seeds, *modules): the experiment of this name, short, wherever it is asked."""

    def everywhere(name, length, seeds, *modules):
        tiny = _shortened(getattr(modules[0], name), length, seeds)
        for module in modules:
            monkeypatch.setattr(module, name, tiny)
        return tiny

    return everywhere
