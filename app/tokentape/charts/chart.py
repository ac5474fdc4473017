"""Chart: lines over an axis as one SVG that fits any width, in the reader's dark or light. Pure.

Lines are drawn in a box of 1,000 by 1,000, which the browser stretches, and strokes and letters it
does not: one drawing serves a phone and a wall. `chart.css` has the colours. All text is escaped.

Why by hand: docs/decisions/0017-by-hand-or-by-library.md.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, TypeAlias

from markupsafe import Markup

from tokentape.charts.scale import LAST, Scale

BOX = 1_000
COLOURS = 8
"""Colours in `chart.css`; further lines begin them anew, dotted."""
POINTS_MAX = 600
"""Points drawn of one line: more can't be told apart on a screen."""

Point: TypeAlias = tuple[float, float | None]
"""Along and up; no height is a hole in the line."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line with its name in the legend."""

    name: str
    points: Sequence[Point]
    colour: int = 0
    style: Literal["solid", "dashed", "steps"] = "solid"


@dataclass(frozen=True, slots=True)
class Mark:
    """A value that matters, drawn across: a limit, a plan."""

    name: str
    value: float
    across: Literal["x", "y"] = "y"
    """The axis on which the value stands."""
    tone: Literal["limit", "plan"] = "limit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """`told` says in words what the lines show, for whoever does not see them."""

    title: str
    description: str
    x: Scale
    y: Scale
    y_name: str
    lines: Sequence[Line]
    marks: Sequence[Mark] = ()


@cache
def style() -> str:
    """The style sheet; `--tt-chart-1` and so on may be set by the page around."""
    return (Path(__file__).with_name("chart.css")).read_text(encoding="utf-8")


def draw(chart: Chart) -> Markup:
    """A `figure` with caption, legend and drawing. Without a value it says so instead."""
    lines = [line for line in chart.lines if any(up is not None for _, up in line.points)]
    head = Markup('<figcaption><span class="tc-title">{}</span>{}</figcaption>').format(
        chart.title, _legend(lines, chart.marks)
    )
    if not lines:
        empty = Markup('<p class="tc-empty">No values yet</p>')
        return Markup('<figure class="tc">{}{}</figure>').format(head, empty)
    return Markup(
        '<figure class="tc">{head}<svg role="img" aria-label="{label}">'
        "<title>{label}</title><desc>{told}</desc>{axes}"
        '<svg viewBox="0 0 {box} {box}" preserveAspectRatio="none" width="100%" height="100%"'
        ' class="tc-lines">{drawn}</svg></svg></figure>'
    ).format(
        head=head,
        label=chart.title,
        told=chart.description,
        axes=_joined(_axes(chart)),
        box=BOX,
        drawn=_joined([*_marks(chart), *(_line(chart, line) for line in lines)]),
    )


def _joined(parts: Iterable[Markup]) -> Markup:
    return Markup("").join(parts)


def _legend(lines: Sequence[Line], marks: Sequence[Mark]) -> Markup:
    named = [(_classes(line), line.name) for line in lines if line.name]
    named += [(f"tc-{mark.tone}", mark.name) for mark in marks]
    return _joined(
        Markup('<span class="tc-key"><svg aria-hidden="true" viewBox="0 0 18 8">'
               '<line x1="0" x2="18" y1="4" y2="4" class="{}"/></svg>{}</span>').format(*each)
        for each in dict.fromkeys(named)
    )  # fmt: skip


def _axes(chart: Chart) -> Iterator[Markup]:
    for tick in chart.y.ticks:
        up = f"{100 * (1 - tick.at):.2f}%"
        yield Markup('<line class="tc-grid" x1="0" x2="100%" y1="{0}" y2="{0}"/>').format(up)
        if tick.label:
            yield Markup('<text class="tc-y" x="-7" y="{}" dy="0.34em">{}</text>').format(
                up, tick.label
            )
    for tick in chart.x.ticks:
        side = f"{100 * tick.at:.2f}%"
        yield Markup('<line class="tc-grid tc-up" x1="{0}" x2="{0}" y1="0" y2="100%"/>').format(
            side
        )
        if tick.label:
            place = "tc-x tc-last" if tick.at > LAST else "tc-x"
            yield Markup('<text class="{}" x="{}" y="100%" dy="17">{}</text>').format(
                place, side, tick.label
            )
    yield Markup('<text class="tc-y-name" x="0" y="-7">{}</text>').format(chart.y_name)


def _marks(chart: Chart) -> Iterator[Markup]:
    for mark in chart.marks:
        scale = chart.x if mark.across == "x" else chart.y
        at = BOX * scale.place(mark.value)
        path = f"M{at:.1f} 0V{BOX}" if mark.across == "x" else f"M0 {BOX - at:.1f}H{BOX}"
        yield Markup('<path class="tc-{}" d="{}"><title>{}</title></path>').format(
            mark.tone, path, mark.name
        )


def _line(chart: Chart, line: Line) -> Markup:
    return Markup('<path class="tc-line {}" d="{}"><title>{}</title></path>').format(
        _classes(line), _path(chart, line), line.name
    )


def _classes(line: Line) -> str:
    dotted = " tc-dotted" if line.colour >= COLOURS else ""
    dashed = " tc-dashed" if line.style == "dashed" else ""
    return f"tc-{line.colour % COLOURS + 1}{dotted}{dashed}"


def _path(chart: Chart, line: Line) -> str:
    drawn: list[str] = []
    pen_up = True
    for along, up in thinned(line.points):
        if up is None:
            pen_up = True
            continue
        x, y = BOX * chart.x.place(along), BOX * (1 - chart.y.place(up))
        if pen_up:
            # A value between two holes has no length: a round cap makes it a dot.
            drawn.append(f"M{x:.1f} {y:.1f}h0")
        elif line.style == "steps":
            drawn.append(f"H{x:.1f}V{y:.1f}")
        else:
            drawn.append(f"L{x:.1f} {y:.1f}")
        pen_up = False
    return "".join(drawn)


def thinned(points: Sequence[Point], most: int = POINTS_MAX) -> Sequence[Point]:
    """So many points at most: of each stretch its highest, so that no peak is lost. The last one
    stays."""
    if len(points) <= most:
        return points
    size = -(-len(points) // (most - 1))
    kept = [
        max(points[start : start + size], key=lambda point: -1 if point[1] is None else point[1])
        for start in range(0, len(points), size)
    ]
    return kept if kept[-1] == points[-1] else [*kept, points[-1]]
