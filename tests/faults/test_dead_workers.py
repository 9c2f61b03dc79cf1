"""Files that kill the process they are measured in."""

from __future__ import annotations

import pytest

from gronwall.efforts import Effort
from gronwall.running import run

distributed = pytest.importorskip("distributed", reason="needs the extra `cluster`")
dask = pytest.importorskip("dask")

BODY = """
@comparison(seeds=8, cases={"a": 1.0, "b": 2.0, "c": 3.0})
def wins(rng, case):
    return rng.random(), case + rng.random()
"""


def test_a_file_that_kills_its_worker_is_an_error_and_the_others_go_on(write, tmp_path):
    deadly = write("deadly.py", "import os\nos._exit(3)\n")
    file = write("claims.py", BODY)
    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 0}),
        distributed.LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=None) as cluster,
    ):
        options = run.Options(Effort("quick"), 3, 1, tmp_path / "out", cluster.scheduler_address)
        records = {r["claim"]: r for r in run.check((str(deadly), str(file)), options).records}
    assert records["deadly"]["verdict"] == "error"
    assert len(records) >= 2
