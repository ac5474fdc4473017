"""Charts as SVG: what is drawn, what is told, what is escaped."""

import re
from xml.etree import ElementTree

from tokentape.charts.chart import POINTS_MAX, Chart, Line, Mark, draw, thinned
from tokentape.charts.scale import duration, linear


def chart(*lines: Line, marks: tuple[Mark, ...] = (), title: str = "Gaps") -> Chart:
    return Chart(
        title=title,
        description="The highest is 40 ms.",
        x=duration(10, lambda value: f"{value:g}"),
        y=linear(40, lambda value: f"{value:g}"),
        y_name="ms",
        lines=lines,
        marks=marks,
    )


def read(markup: str) -> ElementTree.Element:
    return ElementTree.fromstring(markup)  # noqa: S314 - we drew it ourselves


def drawn_paths(markup: str) -> list[str]:
    return re.findall(r'<path class="tc-line[^"]*" d="([^"]*)"', markup)


def test_a_line_goes_from_point_to_point_in_its_box() -> None:
    markup = draw(chart(Line("p50", [(0, 0), (5, 20), (10, 40)])))
    assert drawn_paths(markup) == ["M0.0 1000.0h0L500.0 500.0L1000.0 0.0"]


def test_a_missing_value_is_a_hole_and_never_zero() -> None:
    markup = draw(chart(Line("p50", [(0, 20), (5, None), (10, 20)])))
    assert drawn_paths(markup) == ["M0.0 500.0h0M1000.0 500.0h0"]


def test_a_chart_without_values_says_so() -> None:
    markup = draw(chart(Line("p50", [(0, None)])))
    assert "No values yet" in markup
    assert "<path" not in markup


def test_a_chart_is_well_formed_and_told_in_words() -> None:
    marks = (Mark("limit 30 ms", 30), Mark("plan", 5, across="x", tone="plan"))
    figure = read(draw(chart(Line("p50", [(0, 1), (9, 2)]), marks=marks)))
    (picture,) = [each for each in figure.iter("svg") if each.get("role") == "img"]
    assert picture.get("aria-label") == "Gaps"
    assert [each.text for each in picture.iter("desc")] == ["The highest is 40 ms."]
    assert "limit 30 ms" in "".join(figure.itertext())


def test_names_are_text_and_never_markup() -> None:
    hostile = '<script>alert("x")</script>&"\''
    markup = draw(chart(Line(hostile, [(0, 1)]), marks=(Mark(hostile, 3),), title=hostile))
    assert "<script" not in markup
    assert hostile in "".join(read(markup).itertext())


def test_long_lines_are_thinned_and_keep_their_peaks() -> None:
    points = [(float(n), 1_000.0 if n == 54_321 else 1.0) for n in range(100_000)]
    kept = thinned(points)
    assert len(kept) <= POINTS_MAX + 1
    assert max(up for _, up in kept if up is not None) == 1_000
    assert kept[-1] == points[-1]
