"""Charts over time: a table of sheets says which figures are drawn together. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from tokentape.charts.chart import Chart, Line, Mark
from tokentape.charts.numbers import plain, seconds_tick, tick
from tokentape.charts.scale import duration, linear

Moments: TypeAlias = Sequence[Mapping[str, float | None]]
"""Figures by name at one time each, oldest first; `at_s` is the time."""


@dataclass(frozen=True, slots=True)
class Stroke:
    """One line of a sheet: its name, and the figure that it follows."""

    name: str
    figure: str
    colour: int = 0
    style: Literal["solid", "dashed", "steps"] = "solid"


@dataclass(frozen=True, slots=True)
class Sheet:
    """Figures of one unit that belong together."""

    title: str
    unit: str
    strokes: tuple[Stroke, ...]


def over_time(sheet: Sheet, moments: Moments, marks: Sequence[Mark] = ()) -> Chart:
    """The sheet's chart, from the first moment to the last."""
    times = [_at(moment) - _at(moments[0]) for moment in moments]
    # A step stands for what follows its time: the last one is as wide as the one before.
    width = times[-1] - times[-2] if len(times) > 1 else 1.0
    ended = times[-1] + width if times else 1.0
    lines = []
    for stroke in sheet.strokes:
        points = [
            (at, moment.get(stroke.figure)) for at, moment in zip(times, moments, strict=True)
        ]
        if points and stroke.style == "steps":
            points.append((ended, points[-1][1]))
        lines.append(Line(stroke.name, points, stroke.colour, stroke.style))
    if not any(line.style == "steps" for line in lines):
        ended -= width
    heights = [up for line in lines for _, up in line.points if up is not None]
    heights += [mark.value for mark in marks]
    return Chart(
        title=sheet.title,
        description=" ".join(_description(line, sheet.unit) for line in lines),
        x=duration(max(ended, 1.0), seconds_tick),
        y=linear(max(heights, default=1.0), tick, steps=3),
        y_name=sheet.unit,
        lines=lines,
        marks=marks,
    )


def _at(moment: Mapping[str, float | None]) -> float:
    return moment.get("at_s") or 0.0


def _description(line: Line, unit: str) -> str:
    heights = [up for _, up in line.points if up is not None]
    if not heights:
        return f"{line.name}: no values."
    return (
        f"{line.name}: lowest {plain(min(heights))}, highest {plain(max(heights))},"
        f" latest {plain(heights[-1])} {unit}."
    )
