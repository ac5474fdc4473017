"""What the Monitor shows of a history, as pieces of markup by their place. Pure; all that
comes from elsewhere is escaped."""

from collections.abc import Mapping, Sequence

from markupsafe import Markup

from tokentape.charts.chart import draw
from tokentape.charts.numbers import plain
from tokentape.charts.over_time import Moments, Sheet, Stroke, over_time
from tokentape.ui.monitor.stats import Sample, health

SHEETS = (
    Sheet(
        "Answers under way, viewers and connections",
        "",
        (
            Stroke("answers", "running", 0),
            Stroke("viewers", "viewers", 2),
            Stroke("Socket.IO and WebSocket connections", "connections", 6),
        ),
    ),
    Sheet(
        "Answers each second",
        "1/s",
        (
            Stroke("started", "starts", 4),
            Stroke("completed", "completed", 0),
            Stroke("stopped", "stopped", 5),
            Stroke("failed", "failed", 1),
        ),
    ),
    Sheet("Time to first token, mean", "ms", (Stroke("mean of each second", "first_ms", 0),)),
    Sheet("Gap between texts, mean", "ms", (Stroke("mean of each second", "gap_ms", 0),)),
    Sheet("Tokens each second", "1/s", (Stroke("as the upstream counts", "tokens", 2),)),
    Sheet(
        "Turned away, dropped and back",
        "1/s",
        (
            Stroke("starts refused by a limit", "limited", 1),
            Stroke("slow viewers dropped", "slow", 3),
            Stroke("viewers that came back", "resumes", 4),
        ),
    ),
)
COLUMNS = ("running", "starts", "completed", "stopped", "failed", "tokens", "resumes")
CODES_MAX = 20
LATE_S = 60.0
SICK = 0.05
"""The share of answers from which on the upstream's failures are an alarm."""


def pieces(latest: Sample | None, moments: Moments) -> Mapping[str, str]:
    """The markup of each place; the page replaces those that changed."""
    if latest is None:
        return {}
    return {
        "state": _state(moments),
        "tiles": _tiles(latest),
        **{f"chart-{n}": draw(over_time(sheet, moments)) for n, sheet in enumerate(SHEETS)},
        "dialects": _dialects(latest),
        "codes": _codes(latest),
        "since": Markup("Counts are since the server's start; the charts show the last {}.").format(
            _span(moments)
        ),
    }


def _state(moments: Moments) -> Markup:
    found = health(moments, LATE_S)
    ended, failed = found.ended, found.upstream_failed
    if not ended:
        tone, words = "idle", "No answer ended in the last minute"
    elif not failed:
        tone, words = "right", "The upstream failed no answer in the last minute"
    else:
        tone = "wrong" if failed >= SICK * ended else "doubtful"
        words = f"The upstream failed {failed:,.0f} of {ended:,.0f} answers in the last minute"
    return Markup('<span class="tt-dot" data-tone="{}"></span>{}').format(tone, words)


def _tiles(latest: Sample) -> Markup:
    levels, counts = latest.levels, latest.counts
    tiles = (
        ("Connections", levels.get("connections"), "open Socket.IO and WebSocket connections"),
        ("Viewers", levels.get("viewers"), "open streams of answers, over any transport"),
        ("Answers under way", levels.get("running"), "runs that have not ended"),
        ("Started", counts.get("starts"), "answers that were asked for"),
        ("Completed", counts.get("completed"), "answers that ended whole"),
        ("Stopped", counts.get("stopped"), "answers that a caller or the server stopped"),
        ("Failed", counts.get("failed"), "answers that ended with an error"),
        ("Upstream failures", counts.get("upstream"), "of these, by the upstream"),
        ("Limits hit", counts.get("limited"), "starts that a rate limit refused"),
        ("Slow viewers", counts.get("slow"), "dropped since their socket took nothing"),
        ("Came back", counts.get("resumes"), "viewers that resumed an answer"),
    )
    return Markup("").join(
        Markup('<div title="{2}"><dt>{0}</dt><dd>{1}</dd></div>').format(
            name, plain(value), meaning
        )
        for name, value, meaning in tiles
    )


def _dialects(latest: Sample) -> Markup:
    if not latest.rows:
        return _row("No dialect has been spoken yet", len(COLUMNS) + 1)
    return Markup("").join(
        Markup('<tr><th scope="row">{}</th>{}</tr>').format(
            dialect,
            Markup("").join(
                Markup('<td class="n">{}</td>').format(plain(row.get(column, 0)))
                for column in COLUMNS
            ),
        )
        for dialect, row in sorted(latest.rows.items())
    )


def _codes(latest: Sample) -> Markup:
    if not latest.codes:
        return _row("No answer has failed", 2)
    ordered = sorted(latest.codes.items(), key=lambda code: -code[1])[:CODES_MAX]
    return Markup("").join(
        Markup('<tr><th scope="row"><code>{}</code></th><td class="n">{}</td></tr>').format(
            code, plain(count)
        )
        for code, count in ordered
    )


def _row(words: str, columns: int) -> Markup:
    return Markup('<tr><td class="tt-none" colspan="{}">{}</td></tr>').format(columns, words)


def _span(moments: Sequence[Mapping[str, float | None]]) -> str:
    if len(moments) < 2:
        return "moments"
    seconds = (moments[-1]["at_s"] or 0) - (moments[0]["at_s"] or 0)
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"
