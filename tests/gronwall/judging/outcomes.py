"""Sweeps of every kind with what the estimator has said of them: a change of its numbers is meant, or it is a mistake.

``python -m tests.gronwall.judging.outcomes`` writes outcomes/FAMILY.json anew, for a change that is meant.  Whether
what is said is right is measured elsewhere (tests/quality, bench/estimator.py); here it is held.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from gronwall import estimate_order

FOLDER = Path(__file__).parent / "outcomes"
MANY = 40
"""Sweeps of a family."""
EPS = 2.0**-52

Asked = tuple[np.ndarray, np.ndarray, dict[str, Any]]


def sizes(rng: np.random.Generator, least: int = 3, most: int = 11) -> np.ndarray:
    """From 4 or so on, each 1.4 to 2.5 times the last."""
    count = int(rng.integers(least, most))
    return np.unique(np.round(4 * rng.uniform(1.4, 2.5) ** np.arange(count) * rng.uniform(1, 3)))


def law(rng: np.random.Generator, n: np.ndarray, order: float) -> np.ndarray:
    """C n^(−p) |1 + c/n + d/n²|."""
    c, d = rng.normal(0, 3, 2)
    return np.exp(rng.normal(0, 2)) * n**-order * abs(1 + c / n + d / n**2)


def order_of(rng: np.random.Generator) -> float:
    return float(rng.choice([0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 5.0]))


def off(rng: np.random.Generator, order: float) -> float:
    """The order that is claimed: the true one three times of five."""
    return order + float(rng.choice([0, 0, 0, 0.5, -0.5]))


def clean(rng: np.random.Generator) -> Asked:
    n, p = sizes(rng), order_of(rng)
    return n, law(rng, n, p), {"order": off(rng, p)}


def noisy(rng: np.random.Generator) -> Asked:
    n, p = sizes(rng, 4), order_of(rng)
    rows = int(rng.choice([1, 3, 8, 20]))
    shaken = law(rng, n, p) * np.exp(rng.choice([1e-3, 0.03, 0.1, 0.4]) * rng.standard_normal((rows, len(n))))
    return n, shaken if rows > 1 else shaken[0], {"order": off(rng, p), "at_least": bool(rng.random() < 0.2)}


def floored(rng: np.random.Generator) -> Asked:
    """Round-off that is flat, or grows with the work, of float64 or float32."""
    n, p = sizes(rng, 6, 16), float(rng.choice([2.0, 3.0, 4.0, 5.0]))
    eps = float(rng.choice([EPS, 2.0**-23]))
    scale = float(rng.choice([1.0, 1.0, 100.0]))
    growth = float(rng.choice([0, 0.5, 1.0]))
    rounding = eps * scale * n**growth * np.exp(rng.normal(0, 0.5, len(n))) * rng.choice([0.3, 1, 3])
    error = law(rng, n, p) * scale + rounding
    return n, error, {"order": off(rng, p), "scale": scale, "dtype": np.float32 if eps > 1e-10 else np.float64}


def plateaued(rng: np.random.Generator) -> Asked:
    """A level far above round-off: of a reference, a model, or an error that does not fall."""
    n, p = sizes(rng, 5, 14), order_of(rng)
    error = law(rng, n, p)
    level = error[0] * 10 ** rng.uniform(-6, 0)
    return n, error + level * (1 + rng.normal(0, 0.01, len(n)) * (rng.random() < 0.5)), {"order": off(rng, p)}


def bent(rng: np.random.Generator) -> Asked:
    """Two powers, one of which takes over; or an order that still settles."""
    n, p = sizes(rng, 4), order_of(rng)
    other = p + float(rng.choice([-1, -0.5, 0.5, 1, 2]))
    share = 10 ** rng.uniform(-3, 2)
    return n, n**-p + share * n**-other, {"order": float(rng.choice([p, other]))}


def growing(rng: np.random.Generator) -> Asked:
    """Orders that are zero or negative, errors that hardly change, slopes without a trend."""
    n = sizes(rng, 4)
    p = float(rng.choice([-2.0, -1.0, 0.0, 0.1, 0.25]))
    error = n**-p * np.exp(rng.choice([0.0, 0.01, 0.2]) * rng.standard_normal(len(n)))
    return n, error, {"order": float(rng.choice([p, 0.0, 1.0])), "at_least": bool(rng.random() < 0.3)}


def lucky(rng: np.random.Generator) -> Asked:
    """One error, or two, far below the others."""
    n, p = sizes(rng, 5, 12), order_of(rng)
    error = law(rng, n, p)
    for place in rng.choice(len(n), int(rng.integers(1, 3)), replace=False):
        error[place] *= 10 ** rng.uniform(-4, -0.3)
    return n, error, {"order": p}


def vectors(rng: np.random.Generator) -> Asked:
    """Components of several powers, whose norm wanders."""
    n, p = sizes(rng, 5, 12), float(rng.choice([1.0, 2.0, 4.0]))
    d = int(rng.integers(2, 7))
    parts = sum(rng.normal(0, 3**k, d)[None] * n[:, None] ** -(p + k) for k in range(4))
    asked = {
        "order": off(rng, p),
        "norm": rng.choice([2, np.inf]),
        "remainder": str(rng.choice(["powers", ""])) or None,
    }
    return n, parts, asked


def powers(rng: np.random.Generator) -> Asked:
    n, p = sizes(rng, 5, 12), float(rng.choice([1.0, 2.0, 4.0]))
    error = abs(sum(rng.normal(0, 2**k) * n ** -(p + k) for k in range(4)))
    return n, error + EPS, {"order": off(rng, p), "remainder": "powers"}


def steps(rng: np.random.Generator) -> Asked:
    """Step sizes, or tolerances."""
    n, p = sizes(rng, 4), float(rng.choice([1.0, 2.0, 0.8]))
    error = law(rng, n, p)
    if rng.random() < 0.5:
        return 1 / n, error, {"h": True, "order": off(rng, p)}
    return 1 / n**4, error + EPS * n, {"tol": True, "order": off(rng, p / 4), "q": 4.0}


FAMILIES: dict[str, Callable[[np.random.Generator], Asked]] = {
    f.__name__: f for f in (clean, noisy, floored, plateaued, bent, growing, lucky, vectors, powers, steps)
}


def said(asked: Asked) -> dict[str, Any]:
    """What the estimator says, or why it says nothing; numbers to nine digits, and none within the text."""
    n, error, keywords = asked[0], asked[1], dict(asked[2])
    named = next((name for name in ("h", "tol") if keywords.pop(name, False)), None)
    try:
        found = (
            estimate_order(**{named: n, "error": error}, **keywords) if named else estimate_order(n, error, **keywords)
        )
    except ValueError as problem:
        return {"problem": masked(str(problem))}
    return {
        "verdict": found.verdict,
        "reason": masked(found.reason),
        **{name: rounded(getattr(found, name)) for name in ("order", "interval", "window", "floor", "noise", "seen")},
    }


def masked(text: str) -> str:
    return re.sub(r"[-−]?\d[\d.]*(e[-+]?\d+)?", "#", text)


def rounded(value: Any) -> Any:
    """Nine digits, which rounding in another library's sums does not reach."""
    if value is None:
        return None
    return [rounded(one) for one in value] if isinstance(value, tuple) else float(f"{value:.9g}")


def outcomes(family: str) -> Iterator[dict[str, Any]]:
    for place in range(MANY):
        yield said(FAMILIES[family](np.random.default_rng([sum(family.encode()), place])))


if __name__ == "__main__":
    for name in FAMILIES:
        lines = ",\n".join(json.dumps(one, ensure_ascii=False) for one in outcomes(name))
        (FOLDER / f"{name}.json").write_text(f"[\n{lines}\n]\n")
