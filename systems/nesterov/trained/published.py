"""The seven layers in the sizes of the paper, task by task, and what each learns (Table 1)."""

from __future__ import annotations

from torch import nn

from systems.nesterov.trained.kinds import System
from systems.nesterov.trained.models import Classifier, Recurrent

NAMES = ("NODE", "ANODE", "SONODE", "HBNODE", "GHBNODE", "NesterovNODE", "GNesterovNODE")
PUBLISHED_KINDS = ("first order", "first order", "second order", "heavy ball", "heavy ball", "nesterov", "nesterov")
COUNTS = {
    "point cloud": (545, 587, 541, 582, 582, 581, 581),
    "MNIST": (85316, 85462, 86179, 85931, 85931, 85930, 85930),
    "CIFAR10": (173611, 172452, 171635, 172916, 172916, 172915, 172915),
    "Walker2D": (9929, 10019, 11471, 10099, 10099, 10098, 10098),
}
"""Table 1, in the order of NAMES."""


def published(task: str, name: str) -> nn.Module:
    """The network of the paper for a task, one member, with what the released code counts among its parameters.

    γ̂ of a heavy ball; in the scripts that use `base.py` (MNIST, Walker2D) also ξ̂, frozen or not; on the point cloud
    SONODE holds a γ̂ that it never uses.
    """
    place = NAMES.index(name)
    kind, first = PUBLISHED_KINDS[place], place < 2
    base = task in ("MNIST", "Walker2D") and kind in ("heavy ball", "nesterov")
    system = System(kind, idle=int(base) + int(task == "point cloud" and name == "SONODE"))
    if task == "Walker2D":
        if first:
            return Recurrent(1, system, 17, 24, (72, 48), start=5 if name == "ANODE" else 0)
        n, dims = (23, (46, 46)) if name == "SONODE" else (24, (48, 48))
        return Recurrent(1, system, 17, n, dims)
    if task == "point cloud":
        n, hidden = (2, 20) if name == "NODE" else (3, 20) if name == "ANODE" else (2, 13 if name == "SONODE" else 14)
        return Classifier(1, system, n, hidden, 1, padded=int(name == "ANODE"))
    channels, side, widths, hiddens = {
        "MNIST": (1, 28, (1, 6, 5), (92, 64, 50, 50)), "CIFAR10": (3, 32, (3, 13, 12), (125, 64, 50, 51)),
    }[task]  # fmt: skip
    n, hidden = widths[min(place, 2)], hiddens[min(place, 3)]
    extra = n - channels
    how = {"padded": extra} if first else {"made": extra}
    return Classifier(1, system, n, hidden, 10, style="images", pixels=side**2, **how)


def parameters(module: nn.Module) -> int:
    """How many numbers one member learns."""
    return sum(p[0].numel() for p in module.parameters())
