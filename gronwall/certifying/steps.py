r"""Does a trained model's answer belong to its steps or to its flow?  A report of refined steps, for any field.

    told = steps_report(field, x0, scheme="three_eighths", trained=1)
    print(told)             # steps | how far it came | how far it is from the finest | share | order seen | gradient gap

A network x' = f(t, x) that was trained with n steps is a map of n stages; it is a differential equation only as far as more
steps change nothing.  For every n of a doubling sweep the report has ‖x_n − x_0‖, the distance ‖x_n − x_N‖ to the finest
solution and, by the order of the scheme, its distance from the flow as a share of the displacement; the order that the differences ‖x_n − x_2n‖ show, judged by the estimator; and,
where a loss is given, ‖∇_n − ∇_N‖/‖∇_N‖ of its gradients in parameters.

The finest solution stands for the flow: where even its last doubling moved much, `resolved` says so by giving None.
"""  # noqa: E501

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from gronwall.judging.order import estimate_order

__all__ = ["Refinement", "StepsReport", "steps_report"]


@dataclass(frozen=True)
class Refinement:
    """One number of steps: how far the state came, how far it is from the finest, and the gap of gradients if asked.

    share: how far it is from the flow, as a share of the displacement of the finest; what the finest itself lacks is
    estimated by the order of the scheme, ‖x_n − x_N‖/(1 − (n/N)^p), ‖x_{N/2} − x_N‖/(2^p − 1) for the finest.
    """

    steps: int
    displacement: float
    distance: float
    share: float
    gradient_gap: float | None = None


@dataclass(frozen=True)
class StepsReport:
    """All refinements, the scheme and its order, the order that was seen, and how many steps the model was trained with."""  # noqa: E501

    scheme: str
    stated: int
    rows: tuple[Refinement, ...]
    seen: float | None
    verdict: str
    reason: str
    trained: int | None = None

    def resolved(self, share: float = 0.01) -> int | None:
        """The fewest steps from which on the state is within this share of the flow; None where there are none.

        By the stated order: None too where the steps show another one.
        """
        found = None
        for row in reversed(self.rows if self.verdict != "refuted" else ()):
            if row.share > share:
                break
            found = row.steps
        return found

    def __str__(self) -> str:
        gaps = any(row.gradient_gap is not None for row in self.rows)
        head = ["steps", "moved", "from the finest", "share"] + ["gradient gap"] * gaps
        lines = ["  ".join(f"{name:>15}" for name in head)]
        for row in self.rows:
            cells = [str(row.steps), f"{row.displacement:.4g}", f"{row.distance:.3g}", f"{100 * row.share:.2g} %"]
            cells += [f"{row.gradient_gap:.2g}" if row.gradient_gap is not None else ""] * gaps
            mark = "  trained with these" if row.steps == self.trained else ""
            lines.append("  ".join(f"{cell:>15}" for cell in cells) + mark)
        enough = self.resolved()
        seen = "no order is seen" if self.seen is None else f"order {self.seen:.2f} is seen"
        lines.append(f"{self.scheme}, of order {self.stated}: {seen} ({self.verdict}: {self.reason})")
        lines.append(
            f"within 1 % of the flow from {enough} steps on" if enough is not None
            else "not within 1 % of the flow with any of these steps: what it computes belongs to its steps"
        )  # fmt: skip
        return "\n".join(lines)


def steps_report(
    field: Callable[[Any, Any], Any],
    x0: Any,
    *,
    span: tuple[float, float] = (0.0, 1.0),
    scheme: str = "rk4",
    steps: Sequence[int] = (1, 2, 4, 8, 16, 32, 64, 128),
    trained: int | None = None,
    loss: Callable[[Any], Any] | None = None,
    parameters: Sequence[Any] = (),
) -> StepsReport:
    """Refine the steps of a field f(t, x) from x0, NumPy arrays or torch tensors of any shape.

    scheme: a name in `gronwall.theory.runge_kutta.SCHEMES`, an explicit one.  steps: each twice the one before.  loss(x1)
    and parameters, torch tensors that require gradients: the gap of gradients too.  Raises ValueError for steps that do not
    double, for a scheme that is not known or implicit, and for a state that is NaN or infinite, naming the steps.
    """  # noqa: E501
    from gronwall.theory.runge_kutta import SCHEMES, integrate

    if scheme not in SCHEMES or not SCHEMES[scheme].is_explicit:
        explicit = ", ".join(sorted(name for name, one in SCHEMES.items() if one.is_explicit))
        raise ValueError(f"scheme={scheme!r}: expected an explicit one of {explicit}")
    steps = tuple(steps)
    if len(steps) < 3 or steps[0] < 1 or any(b != 2 * a for a, b in pairwise(steps)):
        raise ValueError(f"steps={steps}: expected three numbers or more, each twice the one before")
    tableau = SCHEMES[scheme]
    ends, slopes = [], []
    for n in steps:
        end = integrate(tableau, field, span[0], span[1], x0, n)
        if not np.isfinite(_plain(end)).all():
            raise ValueError(
                f"the state is NaN or infinite after {n} steps of {scheme}: the field is too steep for them"
            )
        if loss is not None:
            slopes.append(_gradient(loss(end), parameters))
        ends.append(_plain(end))
    rows = tuple(
        Refinement(
            n,
            float(np.linalg.norm(end - _plain(x0))),
            float(np.linalg.norm(end - ends[-1])),
            _share(ends, steps, k, _plain(x0), tableau.order),
            float(np.linalg.norm(g - slopes[-1])) / max(float(np.linalg.norm(slopes[-1])), 1e-300) if slopes else None,
        )
        for k, (n, end, g) in enumerate(zip(steps, ends, slopes or [None] * len(steps), strict=True))
    )
    halved = [float(np.linalg.norm(a - b)) for a, b in pairwise(ends)]
    if min(halved) == 0:
        return StepsReport(scheme, tableau.order, rows, None, "inconclusive", "two refinements are equal", trained)
    told = estimate_order(
        n=list(steps[:-1]), error=halved, order=tableau.order, within=0.2, scale=rows[-1].displacement or 1.0
    )
    return StepsReport(scheme, tableau.order, rows, told.order, told.verdict, told.reason, trained)


def _share(ends: Sequence[Any], steps: Sequence[int], k: int, start: Any, order: int) -> float:
    """How far the k-th is from the flow, by the order of the scheme, over how far the finest came; inf over nothing."""
    moved = float(np.linalg.norm(ends[-1] - start))
    if k < len(steps) - 1:
        off = float(np.linalg.norm(ends[k] - ends[-1])) / (1 - (steps[k] / steps[-1]) ** order)
    else:
        off = float(np.linalg.norm(ends[-2] - ends[-1])) / (2**order - 1)
    return off / moved if moved > 0 else float("inf") if off > 0 else 0.0


def _plain(x: Any) -> Any:
    """As a flat float array; a tensor without its graph."""
    detached = x.detach().cpu().double().numpy() if hasattr(x, "detach") else np.asarray(x, dtype=float)
    return detached.ravel()


def _gradient(loss: Any, parameters: Sequence[Any]) -> Any:
    """The slopes of a loss in all parameters, as one vector.  Raises ValueError where there are no parameters."""
    import torch

    if not parameters:
        raise ValueError("a loss without parameters: name the tensors whose gradients are to be compared")
    found = torch.autograd.grad(loss, list(parameters), allow_unused=True)
    slopes = [np.zeros(p.numel()) if g is None else _plain(g) for p, g in zip(parameters, found, strict=True)]
    return np.concatenate(slopes)
