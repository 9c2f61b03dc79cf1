"""What runs in a worker process: describe a file, measure a claim. Errors come back as data."""

from __future__ import annotations

import contextlib
import decimal
import os
import signal
import sys
import threading
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from gronwall.claims import Effort
from gronwall.measuring import seeding
from gronwall.measuring.measure import describe, measure, without_scratch
from gronwall.places import REPOSITORY, import_roots
from gronwall.running import collect
from gronwall.running.at_work import working_on
from gronwall.running.caching import listening
from gronwall.running.fingerprint import closure, file_hash
from gronwall.running.sources import Sources

ENVIRONMENT = {
    **{f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "VECLIB_MAXIMUM")},
    "PYTHONHASHSEED": "0",
    "CUDA_VISIBLE_DEVICES": "",
}
"""What every worker starts with: one thread for BLAS and torch, hashes without salt, no accelerator."""


def begin(parent: int) -> None:
    """Make a process a worker: it prints to stderr only, leaves Ctrl-C to its parent and ends with it."""
    os.dup2(2, 1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


_one_at_a_time = threading.Lock()
"""A worker of a cluster may have several threads; what is measured here shares the process's state."""


@contextlib.contextmanager
def quiet(out: str) -> Iterator[None]:
    """Keep what claims print off the results, and their warnings off the screen."""
    os.environ["GRONWALL_OUT"] = out
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(1)
    from gronwall.telling.trainings import Trainings

    with contextlib.redirect_stdout(sys.stderr), warnings.catch_warnings(), listening(Trainings()):
        warnings.simplefilter("ignore")
        yield


@contextlib.contextmanager
def _restoring() -> Iterator[None]:
    """Put back what a claim may have changed for all that come after it in this process."""
    torch = sys.modules.get("torch")
    folder, environment, path = os.getcwd(), dict(os.environ), list(sys.path)
    errors, limit, context = np.geterr(), sys.getrecursionlimit(), decimal.getcontext().copy()
    printing = np.get_printoptions()
    mpmath, flint = sys.modules.get("mpmath"), sys.modules.get("flint")
    digits, bits = mpmath.mp.prec if mpmath else 53, flint.ctx.prec if flint else 53
    dtype = torch.get_default_dtype() if torch else None
    gradient = torch.is_grad_enabled() if torch else None
    try:
        yield
    finally:
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(environment)
        sys.path[:] = path
        sys.setrecursionlimit(limit)
        decimal.setcontext(context)
        np.seterr(**errors)
        np.set_printoptions(**printing)
        if "mpmath" in sys.modules:
            sys.modules["mpmath"].mp.prec = digits
        if "flint" in sys.modules:
            sys.modules["flint"].ctx.prec = bits
        torch = sys.modules.get("torch")
        if torch:
            torch.set_default_dtype(dtype or torch.float32)
            torch.set_grad_enabled(gradient is not False)


def describe_file(path: str, seed: int, out: str) -> dict[str, Any]:
    """The claims of a file and what it read as it was imported, or why it does not import."""
    try:
        with _one_at_a_time, quiet(out), _restoring(), _watching(Path(path), Path(out)) as opened:
            _seed_for_importing(Path(path), seed)
            claims = collect.described(Path(path))
        return {"path": path, "claims": claims, "reads": _hashed(opened), "error": None}
    except BaseException as problem:  # a real Ctrl-C reaches the parent alone
        told = f"the file does not import: {_told(problem, Path(path))}"
        return {"path": path, "claims": [], "reads": {}, "error": told}


def _hashed(files: set[Path]) -> dict[str, str]:
    return {str(name): file_hash(name) for name in sorted(files)}


def _told(problem: BaseException, path: Path) -> str:
    if isinstance(problem, SyntaxError):
        where = Path(problem.filename or path).name
        return f"{type(problem).__name__}: {problem.msg} (line {problem.lineno} of {where})"
    return describe(problem, path)


def measure_claim(path: str, identity: str, seed: int, effort: str, out: str) -> dict[str, Any]:
    """Measure one claim: ``{measurement, reads, seconds}``, the measurement with what went wrong inside it."""
    started = time.perf_counter()
    file = Path(path)
    _import_torch_first(file)
    with (
        _one_at_a_time,
        working_on(Path(out), identity),
        quiet(out),
        _restoring(),
        _watching(file, Path(out)) as opened,
    ):
        collect.forget_strangers(file)
        _seed_for_importing(file, seed)
        try:
            claim, case = collect.find(file, identity)
            with collect.importing_for(file):
                measurement = without_scratch(measure(claim, identity, case, seed, Effort(effort)))
        except Exception:
            raise
        except BaseException as problem:  # the claim's own: it must not end the run
            raise RuntimeError(describe(problem, file)) from None
    return {
        "measurement": measurement,
        "reads": _hashed(opened),
        "seconds": round(time.perf_counter() - started, 3),
    }


def _seed_for_importing(file: Path, seed: int) -> None:
    """Let what a file draws from global generators as it is imported be the same in every run of one seed."""
    seeding.seed_globals(seeding.key(seed, file.name, "import"))


def _import_torch_first(file: Path) -> None:
    """Load torch before the seeds are set where a claim may load it later, inside a function."""
    sources = Sources()
    imported = (name for module in sources.closure(file) for name, _, _ in sources.source(module).imported)
    if "torch" not in sys.modules and any(name.split(".")[0] == "torch" for name in imported):
        with contextlib.suppress(ImportError):
            import torch

            torch.set_num_threads(1)


INSTALLED = tuple({Path(sys.prefix), Path(sys.base_prefix), Path("/usr"), Path("/etc")})
"""Where libraries keep their own files."""

_opened: dict[str, set[Path]] = {}
_watched: list[Path] = []
_hooked = False


def _hook(event: str, args: tuple[Any, ...]) -> None:
    """Remember which local modules were at work when a local file was opened for reading."""
    if event != "open" or not _watched or not isinstance(args[0], str | bytes | os.PathLike):
        return
    if isinstance(args[1], str) and any(letter in args[1] for letter in "wax+"):
        return
    path = Path(os.path.abspath(os.fsdecode(args[0])))
    if path.parts[1:2] and path.parts[1] in ("proc", "sys", "dev"):
        return
    if path.suffix in (".pyc", ".pyi", ".so", ".pth") or any(path.is_relative_to(root) for root in INSTALLED):
        return
    if path.suffix == ".py" and any(path.is_relative_to(root) for root in _watched):
        return  # those are in the fingerprint, by their syntax trees
    frame = sys._getframe(1)
    while frame is not None:
        file = frame.f_code.co_filename
        if file.endswith(".py") and any(file.startswith(str(root)) for root in _watched):
            _opened.setdefault(file, set()).add(path)
        frame = frame.f_back  # type: ignore[assignment]


@contextlib.contextmanager
def _watching(file: Path, out: Path) -> Iterator[set[Path]]:
    """The data files read by a claim's modules, ready when the block ends."""
    global _hooked
    if not _hooked:
        sys.addaudithook(_hook)
        _hooked = True
    found: set[Path] = set()
    _watched[:] = list({*import_roots(file), REPOSITORY})
    try:
        yield found
    finally:
        _watched.clear()
        out = out.resolve()
        venvs = ("site-packages", ".venv")
        for module in closure(file):
            for path in _opened.get(str(module), ()):
                if path.is_file() and not path.is_relative_to(out) and not any(v in path.parts for v in venvs):
                    found.add(path)
