"""What a claim's process reads beside its code, as far as it can be followed: files, folders, the environment, modules.

Files are followed by Python's audit hook, wherever a module of the project is among the frames that opened them; so
are folders that are listed, data bases and shared libraries. The environment is followed by the questions that the
project's own frames ask. Modules are those that are loaded in the end. What starts another program or opens a
connection may have read anything, and is named; a file that C code opens by itself is not seen, nor is a question
whether a file exists.
"""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import FrameType
from typing import Any

from gronwall.places import HERE, REPOSITORY, import_roots, project_root
from gronwall.running.fingerprint import closure, file_hash

INSTALLED = tuple({Path(sys.prefix), Path(sys.base_prefix), Path("/usr"), Path("/etc")})
"""Where libraries keep their own files."""
STANDARD = tuple({sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib")})
"""Where Python keeps its own modules; its version counts for them."""
UNSEEN = (".pyc", ".pyi", ".so", ".pth")
SEEN = ("reads", "environment", "unfollowed")
"""What is kept of it beside a measurement."""
STARTED = {
    "subprocess.Popen": "starts another program",
    "os.system": "starts another program",
    "os.posix_spawn": "starts another program",
    "os.exec": "becomes another program",
    "socket.connect": "opens a connection",
}
"""Events after which anything may have been read."""
NAMED = {"open": 0, "sqlite3.connect": 0, "ctypes.dlopen": 0, "os.listdir": 0, "os.scandir": 0}
"""Events that name a file or a folder, and in which argument."""
FOLDERS = ("os.listdir", "os.scandir")


class _Environment(os._Environ):  # type: ignore[type-arg]
    """The environment, which remembers what the project's own frames have asked of it and did not set themselves."""

    def __getitem__(self, key: str) -> str:
        try:
            value: str | None = str(super().__getitem__(key))
        except KeyError:
            value = None
        if _is_asked_by_the_project(key):
            _environment.setdefault(key, value)
        if value is None:
            raise KeyError(key)
        return value

    def __contains__(self, key: object) -> bool:
        found = super().__contains__(key)
        if isinstance(key, str) and _is_asked_by_the_project(key):
            _environment.setdefault(key, str(super().__getitem__(key)) if found else None)
        return found

    def __setitem__(self, key: str, value: str) -> None:
        _set_here.add(key)
        super().__setitem__(key, value)


_roots: list[str] = []
_opened: dict[str, set[str]] = {}
_environment: dict[str, str | None] = {}
_set_here: set[str] = set()
_unfollowed: dict[str, set[str]] = {}


def follow(file: Path) -> None:
    """From now on, remember what the modules of a file of claims read in this process and in those forked from it."""
    _roots[:] = [str(root) + os.sep for root in {*import_roots(file), REPOSITORY}]
    os.environ.__class__ = _Environment
    sys.addaudithook(_hook)


TOOL, THEORY = str(HERE) + os.sep, str(HERE / "theory") + os.sep


def _own(frame: FrameType | None) -> Iterator[str]:
    """The files of the project among a frame and those that called it, up to the first of the tool's own.

    What the tool reads for a claim, its sources and what it keeps, is not the claim's.
    """
    while frame is not None:
        file = frame.f_code.co_filename
        if file.startswith(TOOL) and not file.startswith(THEORY):
            return
        if file.endswith(".py") and any(file.startswith(root) for root in _roots):
            yield file
        frame = frame.f_back


def _is_asked_by_the_project(key: str) -> bool:
    if key in _set_here or key.startswith("GRONWALL_"):
        return False
    frame: FrameType | None = sys._getframe(2)
    while frame is not None and frame.f_code.co_filename in (os.__file__, "<frozen os>", "<frozen _collections_abc>"):
        frame = frame.f_back
    return next(_own(frame), None) == (frame.f_code.co_filename if frame is not None else None)


def _hook(event: str, args: tuple[Any, ...]) -> None:
    if event not in NAMED:
        if event in STARTED:
            for file in _own(sys._getframe(1)):
                _unfollowed.setdefault(file, set()).add(STARTED[event])
        return
    name = args[NAMED[event]]
    if not isinstance(name, str | bytes | os.PathLike) or (event == "open" and _writes(args[1], args[2])):
        return
    caller = sys._getframe(1)
    if event in FOLDERS and caller.f_code.co_filename.startswith("<frozen importlib"):
        return
    path = os.path.abspath(os.fsdecode(name))
    if path.startswith(("/proc/", "/sys/", "/dev/")) or (event == "open" and path.endswith(UNSEEN)):
        return
    if any(Path(path).is_relative_to(root) for root in INSTALLED):
        return
    for file in _own(caller):
        _opened.setdefault(file, set()).add(path + os.sep * (event in FOLDERS))


def _writes(mode: Any, flags: Any) -> bool:
    if isinstance(mode, str):
        return any(letter in mode for letter in "wax+")
    return isinstance(flags, int) and bool(flags & (os.O_WRONLY | os.O_RDWR))


def seen(file: Path, out: Path) -> dict[str, Any]:
    """What the modules of a file of claims have read: ``reads``, ``environment``, ``unfollowed``, ``imported``."""
    code = {str(module) for module in closure(file)}
    paths = {path for module in [*code, *_loaded()] for path in _opened.get(module, ())}
    kept = {path for path in paths - code if not _is_of_the_run(path, out)}
    base = base_of(file)
    return {
        "reads": {within(path, base): _now(path) for path in sorted(kept)},
        "environment": dict(sorted(_environment.items())),
        "unfollowed": sorted({what for module in [*code, *_loaded()] for what in _unfollowed.get(module, ())}),
        "imported": sorted(within(path, base) for path in set(_loaded()) - code),
    }


def base_of(file: Path) -> str:
    """The folder from which the paths of a project are kept, so that it may move: its root, else that of the file."""
    return str(project_root(file) or file.resolve().parent)


def within(path: str, base: str) -> str:
    """A path as it is kept: from the project's folder where it lies in it, else from the system's root."""
    return path.removeprefix(base + os.sep) if path != base + os.sep else os.curdir + os.sep


def located(name: str, base: str) -> str:
    """Where a kept path lies now; :func:`within` the other way round."""
    return os.path.join(base, name)


def _is_of_the_run(path: str, out: Path) -> bool:
    """The tool's own modules are in the fingerprint, what lies in the run's folder is made by runs."""
    parts = Path(path).parts
    return path.startswith((str(HERE) + os.sep, str(out) + os.sep)) or "site-packages" in parts or ".venv" in parts


def listing(folder: str) -> str:
    """What a folder holds, in one text; ``absent`` where there is none."""
    from gronwall.canonical import digest

    try:
        return digest("\n".join(sorted(os.listdir(folder))))
    except OSError:
        return "absent"


def _loaded() -> list[str]:
    """The files of the modules that are loaded, but for Python's own and the tool's.

    A name that is no whole path names no file: pseudo-modules such as ``torch.ops`` are called ``_ops.py``.
    """
    files = (getattr(module, "__file__", None) for module in list(sys.modules.values()))
    paths = {os.path.normpath(file) for file in files if isinstance(file, str) and os.path.isabs(file)}
    return [path for path in paths if not _is_standard(path) and not path.startswith(str(HERE) + os.sep)]


def _is_standard(path: str) -> bool:
    return any(path.startswith(folder + os.sep) for folder in STANDARD) and "site-packages" not in path


def is_as_seen(kept: Mapping[str, Any], file: Path, environment: Mapping[str, str]) -> bool:
    """Would the file's claims read the same: are files and environment as they were, and was all of it followed?"""
    if kept.get("unfollowed"):
        return False
    if any(environment.get(key) != value for key, value in kept.get("environment", {}).items()):
        return False
    return files_as_seen(kept.get("reads", {}), file)


def files_as_seen(reads: Mapping[str, str], file: Path) -> bool:
    """Are files and folders as they were when claims of this file read them?"""
    base = base_of(file) if reads else ""
    return all(_now(located(name, base)) == wanted for name, wanted in reads.items())


def _now(name: str) -> str:
    return listing(name) if name.endswith(os.sep) else file_hash(Path(name))
