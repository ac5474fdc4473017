"""The ladder as pictures: lines of text, and SVG. Pure."""

import math
from collections.abc import Callable, Sequence
from html import escape

from mock_openai.certify.ladder import Bound, Rung, trusted

_LOW_MS, _HIGH_MS = 0.01, 1_000.0
_DECADES = round(math.log10(_HIGH_MS / _LOW_MS))


def _place(ms: float) -> float:
    """0 to 1 on the logarithmic axis."""
    share = math.log10(max(_LOW_MS, ms) / _LOW_MS) / _DECADES
    return min(1.0, max(0.0, share))


def _label(ms: float) -> str:
    return f"{ms:g}"


def lines(rungs: Sequence[Rung], bound: Bound, width: int = 56) -> list[str]:
    """One line a rung: from p50 (●) to p99 (○) on a logarithmic axis; ┊ is the bound of p99, ✓
    stands at loads that are trusted."""
    best = trusted(rungs, bound)
    last = width - 1
    limit = round(_place(bound.p99 / 1e6) * last)
    axis = [" "] * (width + 8)
    for decade in range(_DECADES + 1):
        label = _label(_LOW_MS * 10**decade)
        at = round(decade / _DECADES * last)
        axis[at : at + len(label)] = label
    drawn = [f"{'streams':>8}  {''.join(axis).rstrip()} ms late"]
    for rung in rungs:
        row = [" "] * width
        row[limit] = "┊"
        low = round(_place(rung.arrived.p50 / 1e6) * last)
        high = round(_place(rung.arrived.p99 / 1e6) * last)
        row[low : high + 1] = "─" * (high + 1 - low)
        row[low], row[high] = "●", "○"
        mark = "✓" if best is not None and rung.streams <= best.streams else " "
        drawn.append(f"{rung.streams:>8,} {mark}{''.join(row).rstrip()}")
    drawn.append(f"{'':>8}  ● p50   ○ p99   ┊ p99 allowed   ✓ trusted")
    return drawn


_WIDTH, _HEIGHT = 720, 400
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 24, 48, 56
_LABEL = 44
_SERIES: tuple[tuple[str, str, Callable[[Rung], float]], ...] = (
    ("p50", "#0a7d55", lambda rung: rung.arrived.p50 / 1e6),
    ("p99", "#b3400c", lambda rung: rung.arrived.p99 / 1e6),
)


def svg(rungs: Sequence[Rung], bound: Bound, title: str) -> str:
    """Lateness over concurrency, both logarithmic."""
    most = math.log10(max(10, rungs[-1].streams))

    def x(streams: float) -> float:
        return _LEFT + (_WIDTH - _LEFT - _RIGHT) * math.log10(streams) / most

    def y(ms: float) -> float:
        return _TOP + (_HEIGHT - _TOP - _BOTTOM) * (1 - _place(ms))

    right, foot = _WIDTH - _RIGHT, _HEIGHT - _BOTTOM
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
        f'font-family="system-ui, sans-serif" font-size="13" role="img">'
        f"<title>{escape(title)}</title>",
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#fff"/>',
        f'<text x="{_LEFT}" y="26" font-size="15" fill="#222">{escape(title)}</text>',
    ]
    best = trusted(rungs, bound)
    if best is not None:
        parts.append(
            f'<rect x="{_LEFT}" y="{_TOP}" width="{x(best.streams) - _LEFT:.1f}" '
            f'height="{foot - _TOP}" fill="#0a7d55" opacity="0.08"/>'
            f'<text x="{_LEFT + 8}" y="{_TOP + 18}" fill="#0a7d55">'
            f"trusted up to {best.streams:,}</text>"
        )
    for decade in range(_DECADES + 1):
        ms = _LOW_MS * 10**decade
        parts.append(
            f'<path d="M{_LEFT} {y(ms):.1f}H{right}" stroke="#ddd"/>'
            f'<text x="{_LEFT - 8}" y="{y(ms) + 4:.1f}" text-anchor="end" fill="#555">'
            f"{_label(ms)}</text>"
        )
    free_from = 0.0
    for rung in rungs:
        at_x = x(rung.streams)
        if at_x >= free_from:  # else it would stand on the label before
            free_from = at_x + _LABEL
            parts.append(
                f'<text x="{at_x:.1f}" y="{foot + 20}" text-anchor="middle" fill="#555">'
                f"{rung.streams:,}</text>"
            )
    parts.append(
        f'<text x="{(_LEFT + right) / 2}" y="{_HEIGHT - 12}" text-anchor="middle" fill="#222">'
        "streams at once</text>"
        f'<text x="16" y="{(_TOP + foot) / 2}" text-anchor="middle" fill="#222" '
        f'transform="rotate(-90 16 {(_TOP + foot) / 2})">ms late at the client</text>'
        f'<path d="M{_LEFT} {y(bound.p99 / 1e6):.1f}H{right}" stroke="#b3400c" '
        'stroke-dasharray="5 4" opacity="0.6"/>'
    )
    for name, colour, value in _SERIES:
        points = [(x(rung.streams), y(value(rung))) for rung in rungs]
        path = "L".join(f"{at_x:.1f} {at_y:.1f}" for at_x, at_y in points)
        parts.append(f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts.extend(
            f'<circle cx="{at_x:.1f}" cy="{at_y:.1f}" r="3.5" fill="{colour}"/>'
            for at_x, at_y in points
        )
        at_x, at_y = points[-1]
        parts.append(
            f'<text x="{at_x - 8:.1f}" y="{at_y - 9:.1f}" text-anchor="end" fill="{colour}">'
            f"{name}</text>"
        )
    return "\n".join((*parts, "</svg>")) + "\n"
