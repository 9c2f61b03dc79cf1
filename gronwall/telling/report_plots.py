"""The report's plots: small inline SVG, written by hand so that a page needs no script and no library.

Colours are classes that the style sheet resolves, so one plot serves light and dark. Every plot says in
words what it shows (``aria-label``), and the numbers stand in a table beside it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from gronwall.judging.judgement import number

Point = tuple[float, float]
WIDTH, HEIGHT = 680.0, 380.0
LEFT, RIGHT, TOP, BOTTOM = 70.0, 18.0, 16.0, 46.0
CURVES = 6
"""The style sheet has this many colours for curves; more groups than that are drawn in one colour."""


@dataclass(frozen=True)
class Axis:
    """A stretch of numbers laid on a stretch of pixels, linearly or by the logarithm."""

    low: float
    high: float
    start: float
    end: float
    log: bool

    def at(self, value: float) -> float:
        """Where a value lies, in pixels."""
        low, high, v = (math.log(x) if self.log else x for x in (self.low, self.high, value))
        return self.start + (v - low) / (high - low) * (self.end - self.start)

    def ticks(self) -> list[float]:
        """Round numbers along the axis: decades (every 2nd or 3rd where they are many), or 1, 2, 5 steps."""
        if self.log:
            first, last = math.ceil(math.log10(self.low) - 1e-9), math.floor(math.log10(self.high) + 1e-9)
            if last - first >= 2:
                return [10.0**k for k in range(first, last + 1, max(1, math.ceil((last - first) / 7)))]
            found = [m * 10.0**k for k in range(first - 1, last + 1) for m in (1, 2, 5)]
            inside = [x for x in found if self.low <= x * (1 + 1e-9) and x <= self.high * (1 + 1e-9)]
            if len(inside) > 1:
                return inside
        step = _round_step((self.high - self.low) / 5)
        first = math.ceil(self.low / step - 1e-9)
        return [k * step for k in range(first, math.floor(self.high / step + 1e-9) + 1)]


def _round_step(rough: float) -> float:
    """The least of 1, 2, 5 times a power of ten that is not below ``rough``."""
    power = 10.0 ** math.floor(math.log10(rough))
    return next(m * power for m in (1.0, 2.0, 5.0, 10.0) if m * power >= rough * (1 - 1e-9))


def axis(values: Iterable[float], start: float, end: float, log: bool | None = None) -> Axis:
    """An axis around values, with a margin; logarithmic where all are positive and span more than a factor 20."""
    values = list(values)
    low, high = min(values), max(values)
    if log is None:
        log = low > 0 and math.log(high) - math.log(low) > math.log(20)
    if log:
        margin = math.exp(0.05 * (math.log(high) - math.log(low))) if high > low * 1.001 else 1.5
        return Axis(low / margin, high * margin, start, end, True)
    size = max(abs(low), abs(high))
    margin = 0.05 * (high - low) if high - low > max(1e-12 * size, 1e-290) else 0.1 * size or 1.0
    return Axis(low - margin, high + margin, start, end, False)


def _power(value: float) -> str:
    """A tick's label: powers of ten with a raised exponent, other numbers in full."""
    if value > 0 and (value >= 1e5 or value < 1e-3):
        exponent = round(math.log10(value))
        if abs(value / 10.0**exponent - 1) < 1e-6:
            return f'10<tspan dy="-5" font-size="9">{str(exponent).replace("-", "−")}</tspan>'
    return escape(number(0.0 if abs(value) < 1e-300 else value).replace("-", "−"))


def _path(points: Sequence[Point]) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)


def _frame(x: Axis, y: Axis, x_label: str, y_label: str, x_ticks: Sequence[float] | None = None) -> str:
    """Grid lines, tick labels and axis labels."""
    parts = []
    for value in x_ticks or x.ticks():
        at = f"{x.at(value):.1f}"
        parts.append(f'<line class="grid" x1="{at}" x2="{at}" y1="{TOP}" y2="{HEIGHT - BOTTOM}"/>')
        parts.append(f'<text x="{at}" y="{HEIGHT - BOTTOM + 17}" text-anchor="middle">{_power(value)}</text>')
    for value in y.ticks():
        at = f"{y.at(value):.1f}"
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{at}" y2="{at}"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{at}" dy="4" text-anchor="end">{_power(value)}</text>')
    middle = (TOP + HEIGHT - BOTTOM) / 2
    for place, text in (
        (f'x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 8}"', x_label),
        (f'transform="translate(15 {middle}) rotate(-90)"', y_label),
    ):
        parts.append(f'<text class="label" {place} text-anchor="middle">{escape(text)}</text>')
    return "".join(parts)


def _svg(inside: str, says: str) -> str:
    return (
        f'<svg class="plot" viewBox="0 0 {WIDTH:g} {HEIGHT:g}" role="img" aria-label="{escape(says, quote=True)}">'
        f"{inside}</svg>"
    )


def _axes(xs: Sequence[float], ys: Sequence[float], log: bool | None) -> tuple[Axis, Axis]:
    return axis(xs, LEFT, WIDTH - RIGHT, log), axis(ys, HEIGHT - BOTTOM, TOP, log)


# --------------------------------------------------------------------------- the plot of a rate


def rate_plot(record: dict[str, Any]) -> str | None:
    """Errors over n, the estimator's window shaded, the stated slope as a wedge of its tolerance, the floor dashed."""
    sweep = _positive(point for point in record["series"] if point["name"] == "error")
    fit = record["fit"]
    if len({x for x, _ in sweep}) < 2 or "stated" not in fit:
        return None
    means = _geometric_means(sweep)
    floor = fit.get("floor")
    x, y = _axes([a for a, _ in sweep], [b for _, b in sweep] + ([floor] if floor else []), True)
    own = [a for a, _ in means]
    ticks = own if len(own) <= 9 and all(float(a).is_integer() for a in own) else None
    name = fit.get("direction") or "n"
    parts = [_frame(x, y, name, "error", ticks)]
    if fit.get("window"):
        left, right = sorted(x.at(value) for value in fit["window"])
        parts.insert(0, f'<rect class="window" x="{left - 7:.1f}" y="{TOP}" width="{right - left + 14:.1f}" '
                        f'height="{HEIGHT - BOTTOM - TOP}"/>')  # fmt: skip
        parts.append(_wedge(means, fit, x, y))
    if floor:
        at = f"{y.at(floor):.1f}"
        parts.append(f'<line class="floor" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{at}" y2="{at}"/>')
        parts.append(f'<text x="{LEFT + 6}" y="{at}" dy="-5">round-off floor</text>')
    parts += [f'<circle class="point" cx="{x.at(a):.1f}" cy="{y.at(b):.1f}" r="2.6"/>' for a, b in sweep]
    parts.append(f'<path class="curve c0" d="{_path([(x.at(a), y.at(b)) for a, b in means])}"/>')
    parts += [f'<circle class="dot c0" cx="{x.at(a):.1f}" cy="{y.at(b):.1f}" r="4.2"/>' for a, b in means]
    order = f"measured order {fit['order']:.3f}" if fit.get("order") is not None else "no order could be estimated"
    stated = f"stated {fit['stated']:g} ± {fit['within']:g}"
    return _svg("".join(parts), f"Log-log plot of the error over {name} at {len(means)} values; {order}, {stated}.")


def _positive(points: Iterable[dict[str, Any]]) -> list[Point]:
    """(x, measured) of the points that a logarithmic axis can show, sorted."""
    pairs = [(point["x"], point["measured"]) for point in points]
    return sorted((float(a), float(b)) for a, b in pairs if _is_number(a) and _is_number(b) and a > 0 and b > 0)


def _geometric_means(sweep: Sequence[Point]) -> list[Point]:
    """One point a value of n: the geometric mean of its replicates."""
    logs: dict[float, list[float]] = {}
    for a, b in sweep:
        logs.setdefault(a, []).append(math.log(b))
    return [(a, math.exp(math.fsum(values) / len(values))) for a, values in logs.items()]


def _wedge(means: Sequence[Point], fit: dict[str, Any], x: Axis, y: Axis) -> str:
    """The slopes stated ± within through the middle of the window."""
    low, high = sorted(fit["window"])
    inside = [(math.log(a), math.log(b)) for a, b in means if low <= a * (1 + 1e-9) and a <= high * (1 + 1e-9)]
    if not inside:
        return ""
    middle = (sum(a for a, _ in inside) / len(inside), sum(b for _, b in inside) / len(inside))
    sign = 1 if fit.get("direction") in ("h", "tol") else -1

    def end(n: float, order: float) -> Point:
        value = middle[1] + sign * order * (math.log(n) - middle[0])
        return x.at(n), y.at(math.exp(max(-700.0, min(700.0, value))))

    stated, within = fit["stated"], fit["within"]
    fan = [end(low, stated - within), end(high, stated - within), end(high, stated + within), end(low, stated + within)]
    return (
        f'<path class="wedge" d="{_path(fan)}Z"/>'
        f'<path class="stated" d="{_path([end(low, stated), end(high, stated)])}"/>'
    )


# --------------------------------------------------------------------------- any logged series


def series_plot(name: str, points: Sequence[dict[str, Any]], by_name: bool = False) -> str | None:
    """Measured (solid) and predicted (dashed) over x, a curve for each set of labels; None where there is none."""
    usable = [p for p in points if _is_number(p["x"]) and _is_number(p["measured"])]
    if len({p["x"] for p in usable}) < 2:
        return None
    predicted = [float(p["predicted"]) for p in usable if _is_number(p["predicted"])]
    x = axis([float(p["x"]) for p in usable], LEFT, WIDTH - RIGHT)
    y = axis([float(p["measured"]) for p in usable] + predicted, HEIGHT - BOTTOM, TOP)
    groups: dict[str, list[dict[str, Any]]] = {}
    for point in usable:
        groups.setdefault(labels_of(point, by_name), []).append(point)
    parts = [_frame(x, y, "x", name)]
    named = 1 < len(groups) <= CURVES
    for index, members in enumerate(groups.values()):
        along = sorted(members, key=lambda p: float(p["x"]))
        parts.append(_curve(along, index if named else 0, x, y, len(groups) <= CURVES))
    legend = [(label, f"c{i}") for i, label in enumerate(groups)] if named else []
    legend += [("predicted (dashed)", "dash")] if predicted else []
    parts.append(_legend(legend))
    says = f"Plot of {name}: {len(usable)} points" + (f" in {len(groups)} groups" if len(groups) > 1 else "")
    return _svg("".join(parts), says + (", measured and predicted." if predicted else "."))


def labels_of(point: dict[str, Any], by_name: bool = False) -> str:
    """What tells a point's curve from the others of its series: ``scheme = heun, L = 2``."""
    if by_name:
        return str(point["name"])
    own = {key: value for key, value in point.items() if key not in ("name", "x", "measured", "predicted")}
    return ", ".join(f"{key} = {_short(value)}" for key, value in sorted(own.items()))


def _short(value: Any) -> str:
    return number(value) if isinstance(value, float) else str(value)


def _curve(members: Sequence[dict[str, Any]], colour: int, x: Axis, y: Axis, joined: bool) -> str:
    measured = [(x.at(float(p["x"])), y.at(float(p["measured"]))) for p in members]
    predicted = [(x.at(float(p["x"])), y.at(float(p["predicted"]))) for p in members if _is_number(p["predicted"])]
    parts = [f'<circle class="dot c{colour}" cx="{a:.1f}" cy="{b:.1f}" r="3.2"/>' for a, b in measured]
    if joined and len(members) > 1 and len({p["x"] for p in members}) == len(members):
        parts.insert(0, f'<path class="curve c{colour}" d="{_path(measured)}"/>')
        if len(predicted) > 1:
            parts.insert(0, f'<path class="curve dash c{colour}" d="{_path(predicted)}"/>')
    elif predicted:
        parts += [f'<path class="curve c{colour}" d="M{a - 4:.1f} {b:.1f}h8"/>' for a, b in predicted]
    return "".join(parts)


def _legend(entries: Sequence[tuple[str, str]]) -> str:
    lines = []
    for row, (label, colour) in enumerate(entries):
        y = TOP + 14 + 17 * row
        right = WIDTH - RIGHT - 30
        lines.append(f'<path class="curve {colour}" d="M{right:.0f} {y - 4:.0f}h22"/>')
        lines.append(f'<text class="key" x="{right - 8:.0f}" y="{y:.0f}" text-anchor="end">{escape(label)}</text>')
    return "".join(lines)


def _is_number(value: Any) -> bool:
    """A number that can be drawn: finite, and not so large or small that the axis itself would overflow."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return value == 0 or 1e-290 < abs(value) < 1e290


# --------------------------------------------------------------------------- one line of a table


def gauge(record: dict[str, Any]) -> str:
    """What was found, as a line of a table: where the interval lies in what was stated, how full the bound is."""
    fit, ratio = record["fit"], record["worst"]["ratio"]
    if record["kind"] == "rate" and fit.get("interval") and _is_number(fit.get("order")):
        return _interval_gauge(fit["interval"], fit["order"], fit["stated"], fit["within"])
    if record["kind"] in ("bound", "identity") and _is_number(ratio):
        return _ratio_gauge(float(ratio))
    return ""


def _interval_gauge(interval: Sequence[float], order: float, stated: float, within: float) -> str:
    half = max(2 * within, 1.15 * abs(order - stated))
    scale = Axis(stated - half, stated + half, 2.0, 118.0, False)
    low, high = (scale.at(min(max(value, scale.low), scale.high)) for value in interval)
    left, right = scale.at(stated - within), scale.at(stated + within)
    return (
        '<svg class="gauge" viewBox="0 0 120 14" aria-hidden="true"><path class="track" d="M2 7h116"/>'
        f'<rect class="band" x="{left:.1f}" y="1" width="{right - left:.1f}" height="12" rx="2"/>'
        f'<path class="span" d="M{low:.1f} 7H{high:.1f}"/><circle cx="{scale.at(order):.1f}" cy="7" r="3.4"/></svg>'
    )


def _ratio_gauge(ratio: float) -> str:
    over = ratio > 1 + 1e-9
    full = 118.0 / max(1.0, ratio)
    fill = min(118.0, max(1.5, full * min(ratio, 1.0)))
    rest = f'<rect class="over" x="{2 + full:.1f}" y="4" width="{116 - full:.1f}" height="6"/>' if over else ""
    return (
        '<svg class="gauge" viewBox="0 0 122 14" aria-hidden="true"><path class="track wide" d="M2 7h118"/>'
        f'<rect class="fill" x="2" y="4" width="{fill:.1f}" height="6"/>{rest}'
        f'<path class="limit" d="M{2 + full:.1f} 1v12"/></svg>'
    )
