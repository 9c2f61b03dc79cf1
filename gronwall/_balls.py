"""The tool's own door to balls: no stranger's ``theory.py``, in whatever folder, can stand in front of it."""

from __future__ import annotations

import sys

from gronwall.fingerprint import REPOSITORY

_theirs = {
    name: module
    for name, module in sys.modules.items()
    if name.split(".")[0] == "theory" and not str(getattr(module, "__file__", "")).startswith(f"{REPOSITORY}/")
}
for _name in _theirs:
    del sys.modules[_name]
sys.path.insert(0, str(REPOSITORY))
try:
    from theory import rigor
finally:
    sys.path.remove(str(REPOSITORY))
    if _theirs:
        for _name in [name for name in sys.modules if name.split(".")[0] == "theory"]:
            del sys.modules[_name]
        sys.modules.update(_theirs)

__all__ = ["rigor"]
