"""``--cluster``: the workers of a Dask cluster in place of local processes, from the same call."""

from __future__ import annotations

import pytest

from gronwall.claims import Effort
from gronwall.problems import WrongUsage
from gronwall.running import run

distributed = pytest.importorskip("distributed", reason="needs the extra `cluster`")
dask = pytest.importorskip("dask")

BODY = """
@comparison(seeds=8, cases={"a": 1.0, "b": 2.0, "c": 3.0})
def wins(rng, case):
    return rng.random(), case + rng.random()
"""


def test_a_cluster_of_two_workers_finds_what_two_processes_find(write, tmp_path):
    file = write("claims.py", BODY)
    local = run.check((str(file),), run.Options(Effort("quick"), 3, 2, tmp_path / "local")).records
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        options = run.Options(Effort("quick"), 3, 2, tmp_path / "far", cluster.scheduler_address)
        far = run.check((str(file),), options).records
    clock = ("seconds", "date")
    assert [{k: v for k, v in r.items() if k not in clock} for r in local] == [
        {k: v for k, v in r.items() if k not in clock} for r in far
    ]


def test_an_address_where_nobody_answers_is_wrong_usage(write, tmp_path):
    file = write("claims.py", BODY)
    with pytest.raises(WrongUsage, match="no Dask scheduler answers"):
        run.check((str(file),), run.Options(out=tmp_path / "out", cluster="tcp://127.0.0.1:9"))
