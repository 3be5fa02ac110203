"""A small line chart as SVG: the average as a line, lowest to highest as a band, the limit across.

Ours, because a chart library would send more bytes than the page has, need a script, and draw nothing without one.
Pure; no styles inside, the page's sheet gives the colours.
"""

import math
from collections.abc import Sequence

from markupsafe import Markup

from server.kit.clock import DAY_MS, HOUR_MS, beijing

WIDTH, HEIGHT = 340, 132
LEFT, RIGHT, TOP, BOTTOM = 36, 6, 8, 20
Point = tuple[int, float, float, float]
"""at (UTC milliseconds), average, lowest, highest."""


def draw(points: Sequence[Point], since: int, until: int, step: int, limit: float | None, says: str) -> Markup:
    """The chart of a span of time; more than three steps without a value is a gap. `says` is for those who listen."""
    low, high = _span(points, limit)
    ticks = _ticks(low, high)
    low, high = min(low, ticks[0]), max(high, ticks[-1])

    def x(at: int) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * (at - since) / max(1, until - since)

    def y(value: float) -> float:
        return TOP + (HEIGHT - TOP - BOTTOM) * (high - value) / (high - low)

    parts = [
        Markup('<svg class="chart" viewBox="0 0 {} {}" role="img" aria-label="{}">').format(WIDTH, HEIGHT, says),
        *(_rule(y(value), _short(value)) for value in ticks),
        *(_moment(x(at), words) for at, words in _moments(since, until)),
    ]
    for run in _runs(points, 3 * step):
        upper = " ".join(f"{x(at):.1f},{y(most):.1f}" for at, _, _, most in run)
        lower = " ".join(f"{x(at):.1f},{y(least):.1f}" for at, _, least, _ in reversed(run))
        middle = " ".join(f"{x(at):.1f},{y(mean):.1f}" for at, mean, _, _ in run)
        parts.append(Markup('<polygon class="chart__band" points="{} {}"/>').format(upper, lower))
        parts.append(Markup('<polyline class="chart__line" points="{}"/>').format(middle))
        if len(run) == 1:
            at, mean, _, _ = run[0]
            parts.append(
                Markup('<circle class="chart__dot" cx="{}" cy="{}" r="1.5"/>').format(f"{x(at):.1f}", f"{y(mean):.1f}")
            )
    if limit is not None and low <= limit <= high:
        where = f"{y(limit):.1f}"
        parts.append(
            Markup('<line class="chart__limit" x1="{}" x2="{}" y1="{}" y2="{}"/>').format(
                LEFT, WIDTH - RIGHT, where, where
            )
        )
        parts.append(
            Markup('<text class="chart__limit-word" x="{}" y="{}">界限 {}</text>').format(
                WIDTH - RIGHT, f"{max(10.0, y(limit) - 3):.1f}", _short(limit)
            )
        )
    parts.append(Markup("</svg>"))
    return Markup("").join(parts)


def _span(points: Sequence[Point], limit: float | None) -> tuple[float, float]:
    low = min((point[2] for point in points), default=0.0)
    high = max((point[3] for point in points), default=1.0)
    # The limit is drawn once the values come near it; far above it would press them flat.
    if limit is not None and high >= 0.6 * limit:
        high = max(high, limit * 1.05)
    if high - low < 1e-9:
        low, high = low - 0.5, high + 0.5
    return low, high


def _ticks(low: float, high: float) -> list[float]:
    """Three to six round numbers that cover the span."""
    raw = (high - low) / 3
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(power * one for one in (1, 2, 5, 10) if power * one >= raw)
    first = math.floor(low / step)
    return [round((first + number) * step, 9) for number in range(math.ceil(high / step) - first + 1)]


def _moments(since: int, until: int) -> list[tuple[int, str]]:
    """Round hours or days in Beijing, at most about six."""
    span = until - since
    every = next((one for one in (4 * HOUR_MS, DAY_MS, 5 * DAY_MS, 15 * DAY_MS) if span / one <= 7), 60 * DAY_MS)
    shift = 8 * HOUR_MS
    first = since + shift + (-(since + shift)) % every - shift
    words = "%H:%M" if every < DAY_MS else "%-m/%-d"
    return [(at, f"{beijing(at):{words}}") for at in range(first, until, every)]


def _runs(points: Sequence[Point], gap: int) -> list[list[Point]]:
    runs: list[list[Point]] = []
    for point in points:
        if runs and point[0] - runs[-1][-1][0] <= gap:
            runs[-1].append(point)
        else:
            runs.append([point])
    return runs


def _rule(y: float, words: str) -> Markup:
    line = Markup('<line class="chart__rule" x1="{}" x2="{}" y1="{}" y2="{}"/>')
    text = Markup('<text class="chart__value" x="{}" y="{}">{}</text>')
    return line.format(LEFT, WIDTH - RIGHT, f"{y:.1f}", f"{y:.1f}") + text.format(LEFT - 4, f"{y + 4:.1f}", words)


def _moment(x: float, words: str) -> Markup:
    return Markup('<text class="chart__moment" x="{}" y="{}">{}</text>').format(f"{x:.1f}", HEIGHT - 5, words)


def _short(value: float) -> str:
    """`1200` → `1200`, `12000` → `12k`: what fits beside the axis."""
    if abs(value) >= 1e6:
        return f"{value / 1e6:g}M"
    return f"{value / 1000:g}k" if abs(value) >= 10_000 else f"{value:g}"
