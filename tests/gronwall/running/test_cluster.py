"""``--cluster``: the workers of a Dask cluster in place of local processes, from the same call."""

from __future__ import annotations

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from gronwall.efforts import Effort
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


SLOW = BODY.replace("return", "time.sleep(0.06)\n    return").replace("@comparison", "import time\n@comparison")


def test_a_worker_that_is_killed_changes_no_byte(write, tmp_path):
    files = [str(write(f"claims_{i}.py", SLOW)) for i in range(4)]
    local = run.check(tuple(files), run.Options(Effort("quick"), 3, 2, tmp_path / "local")).records
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
        ThreadPoolExecutor(1) as executor,
    ):
        options = run.Options(Effort("quick"), 3, 2, tmp_path / "far", cluster.scheduler_address)
        running = executor.submit(run.check, tuple(files), options)
        while not list((tmp_path / "far" / "claims").glob("*.json")):
            time.sleep(0.05)
        os.kill(next(iter(client.run(os.getpid).values())), signal.SIGKILL)
        far = running.result(timeout=120).records
    clock = ("seconds", "date")
    assert [{k: v for k, v in r.items() if k not in clock} for r in local] == [
        {k: v for k, v in r.items() if k not in clock} for r in far
    ]


def test_a_scheduler_that_is_gone_is_named_once_and_what_is_finished_is_kept(write, tmp_path):
    files = [str(write(f"claims_{i}.py", SLOW)) for i in range(6)]
    with distributed.LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=None) as cluster:
        options = run.Options(Effort("quick"), 3, 2, tmp_path / "far", cluster.scheduler_address)
        with ThreadPoolExecutor(1) as executor:
            running = executor.submit(run.check, tuple(files), options)
            while not list((tmp_path / "far" / "claims").glob("*.json")):
                time.sleep(0.05)
            cluster.close()
            with pytest.raises(WrongUsage, match=r"is gone; \d files are unfinished|has had no worker"):
                running.result(timeout=60)
    assert len(list((tmp_path / "far" / "claims").glob("*.json"))) >= 3


def test_an_address_where_nobody_answers_is_wrong_usage(write, tmp_path):
    file = write("claims.py", BODY)
    with pytest.raises(WrongUsage, match="no Dask scheduler answers"):
        run.check((str(file),), run.Options(out=tmp_path / "out", cluster="tcp://127.0.0.1:9"))
