"""One instance of a claim again, and as a snippet to paste: the counterexample, or where it came closest."""

from __future__ import annotations

import dataclasses
import enum
import inspect
import math
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from gronwall.canonical import dumps, to_json
from gronwall.claims import Claim
from gronwall.efforts import Effort
from gronwall.measuring import bench as benches
from gronwall.measuring import seeding
from gronwall.measuring.measure import describe, measure
from gronwall.places import REPOSITORY, dotted_name, import_roots, package_root
from gronwall.running import collect


class _Met(BaseException):
    """The instance has been drawn again: nothing else of the measurement is needed."""

    def __init__(self, instance: Any, returned: Any) -> None:
        self.instance, self.returned = instance, returned


def replayed(path: Path, identity: str, seed: int, effort: str, wanted: Any) -> dict[str, Any]:
    """Draw the instance again whose canonical JSON is ``wanted``, and evaluate the claim there.

    ``{returned, snippet}``: the numbers as text, and code that computes them again; or ``{failed}``, why not.
    """
    claim, case = collect.find(path, identity)
    call = benches.Bench.call

    def until_met(self: benches.Bench, fn: Any, *what: Any, **given: Any) -> Any:
        returned: Any = None
        try:
            returned = call(self, fn, *what, **given)
        except Exception as problem:
            returned = describe(problem, path)
        instance = given.get("instance")  # none where the counterexample is a point for the symbols of a claim
        if fn is claim.fn and (instance is None or to_json(instance) == wanted):
            raise _Met(instance, returned)
        if isinstance(returned, str):
            raise RuntimeError(returned)
        return returned

    benches.Bench.call = until_met  # type: ignore[method-assign]
    try:
        with collect.importing_for(path):
            measure(claim, identity, case, seed, Effort(effort))
    except _Met as met:
        return {
            "returned": [str(side) for side in met.returned]
            if isinstance(met.returned, tuple)
            else [str(met.returned)],
            "snippet": snippet(claim, identity, seed, met.instance),
        }
    return {"failed": "the search does not come by this instance any more: check the claim again"}


def snippet(claim: Claim, identity: str, seed: int, instance: Any) -> str:
    """Code that evaluates a claim at an instance, to be pasted anywhere."""
    path, imports = claim.path, {claim.name}
    arguments, lines = [], []
    for name in inspect.signature(claim.fn).parameters:
        if name == "instance":
            written = written_out(instance, path, imports)
            drawn = "..., which no text makes anew: draw it from the claim's strategy"
            lines.append(f"instance = {written if written is not None else drawn}")
            arguments.append("instance")
        elif isinstance(instance, dict) and name in instance:
            written = written_out(instance[name], path, imports)
            arguments.append(f"{name}={written if written is not None else '...'}")
        elif name == "rng":
            key = seeding.key(seed, identity, *(["instance", to_json(instance)] if instance is not None else []))
            arguments.append(f"rng=np.random.default_rng({key})")
        elif name == "shared_rng":
            arguments.append(f"shared_rng=np.random.default_rng({seeding.key(seed, identity, 'shared')})")
        elif name == "case":
            arguments.append(f"case={claim.name}.cases[{identity.partition('[')[2][:-1]!r}]")
        elif name == "log":
            arguments.append("log=lambda *_, **__: None")
    called = f"print({claim.name}({', '.join(arguments)}))"
    root = package_root(path) if package_root(path) != path.parent else path.parent
    module = dotted_name(path) if package_root(path) != path.parent else path.stem
    roots = [root, *(one for one in import_roots(path) if one == REPOSITORY and one != root)]
    head = ["import math", "import sys", "from fractions import Fraction", "import numpy as np"]
    head += [f"sys.path.insert(0, {str(one)!r})" for one in reversed(roots)]
    head += [f"from {module} import {', '.join(sorted(imports))}"]
    return "\n".join([*head, *lines, called])


def written_out(value: Any, path: Path, imports: set[str]) -> str | None:
    """An expression whose value this is; None where there is none. The names it needs of the file go to ``imports``."""
    if isinstance(value, enum.Enum):
        return _named(value, path, imports, f".{value.name}")
    if isinstance(value, np.ndarray | np.generic):
        inside = written_out(value.tolist(), path, imports)
        return (
            None if inside is None else f"np.array({inside}, dtype={str(value.dtype)!r})" + "[()]" * (value.ndim == 0)
        )
    if value is None or isinstance(value, bool | int | str | bytes | Fraction):
        return repr(value)
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else f'float("{value}")'
    if isinstance(value, list | tuple) and type(value) in (list, tuple):
        parts = [written_out(item, path, imports) for item in value]
        if None in parts:
            return None
        inside = ", ".join(map(str, parts))
        return f"[{inside}]" if isinstance(value, list) else f"({inside}{',' * (len(parts) == 1)})"
    if type(value) is dict:
        pairs = [(written_out(k, path, imports), written_out(v, path, imports)) for k, v in value.items()]
        return (
            None if None in {x for pair in pairs for x in pair} else f"{{{', '.join(f'{k}: {v}' for k, v in pairs)}}}"
        )
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {
            f.name: written_out(getattr(value, f.name), path, imports) for f in dataclasses.fields(value) if f.init
        }
        if None in fields.values():
            return None
        return _named(value, path, imports, f"({', '.join(f'{name}={text}' for name, text in fields.items())})")
    return None


def _named(value: Any, path: Path, imports: set[str], after: str) -> str | None:
    """An expression that begins with the class of a value, where the file of the claim knows it."""
    name = type(value).__name__
    for module in list(sys.modules.values()):
        if getattr(module, "__file__", None) == str(path) and getattr(module, name, None) is type(value):
            imports.add(name)
            return name + after
    return None


def told(record: dict[str, Any]) -> str:
    """What the record says of the instance, in a line."""
    which = "counterexample" if record["counterexample"] is not None else "where it came closest"
    return f"{record['claim']}: {record['verdict']}; {which}: {dumps(instance_of(record))}"


def instance_of(record: dict[str, Any]) -> Any:
    """The counterexample of a record, or where the claim came closest; None where it has no instances."""
    found = record["counterexample"]
    return found if found is not None else record["worst"]["instance"]
