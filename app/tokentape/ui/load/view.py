"""What the Load tab shows of a run, as pieces of markup by their place. Pure; all that
comes from elsewhere is escaped."""

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from tokentape.charts.chart import Mark, draw
from tokentape.charts.load_charts import GAPS, LIVE_SHEETS, TTFT
from tokentape.charts.numbers import plain
from tokentape.charts.over_time import Moments, over_time
from tokentape.contract.contract import Json
from tokentape.ui.load.load_job import LoadJob

PHASES: Mapping[str, str] = {
    "starting": "Starting the servers and the users",
    "calibrating": "Calibrating: measuring streams whose times are known",
    "running": "Running",
    "finishing": "Finishing: the last answers come in, the reports are written",
    "over": "Finishing: the last answers come in, the reports are written",
}
JUDGEMENTS: Mapping[str, tuple[str, str]] = {
    "passed": ("right", "Passed: every answer was right, every limit was kept"),
    "failed": ("wrong", "Failed"),
    "invalid": ("doubtful", "Invalid: its times say nothing of the server"),
}
LATEST_OF = 10
"""Seconds within which a figure counts as the latest."""
ERROR = "tokentape load: error: "
"""How the command begins to say what is wrong with its options, after its usage."""
REASONS_MAX = 20
KINDS_MAX = 20


def pieces(load: LoadJob | None, now_s: float) -> Mapping[str, str]:
    """The markup of each place; none before the first run."""
    if load is None:
        return {}
    progress = load.progress
    moments = [_numbers(moment) for moment in load.moments]
    marks = {TTFT: load.form.ttft_p99_ms, GAPS: load.form.icl_p99_ms}
    return {
        "state": _state(load),
        "bar": _bar(load, now_s),
        "tiles": _tiles(progress, _latest(moments)),
        **{
            f"chart-{n}": draw(over_time(sheet, moments, _limit(marks.get(sheet))))
            for n, sheet in enumerate(LIVE_SHEETS)
        },
        "violations": _violations(progress.get("violations")),
        "reasons": _reasons(load),
    }


def _state(load: LoadJob) -> Markup:
    judgement = str(load.progress.get("judgement"))
    if load.running:
        phase = str(load.progress.get("phase", "starting"))
        words = "Stopping" if load.stopping else PHASES.get(phase, PHASES["starting"])
        tone = "live"
    elif judgement == "passed" and load.stopping:
        tone, words = "doubtful", "Stopped before its time: every answer was right until then"
    elif judgement in JUDGEMENTS:
        tone, words = JUDGEMENTS[judgement]
    elif load.stopping and not load.reported:
        tone, words = "idle", "Stopped, without a report"
    else:
        tone, words = "wrong", "The run could not be made"
    return Markup('<span class="tt-dot" data-tone="{}"></span>{}').format(tone, words)


def _bar(load: LoadJob, now_s: float) -> Markup:
    """How far the run's own time is."""
    asked = load.form.seconds
    at_s = _number(load.progress.get("at_s")) or 0.0
    judged = load.progress.get("judgement") in JUDGEMENTS and not load.stopping
    done = asked if judged else min(at_s, asked)
    words = f"{done:.0f} of {asked:g} s"
    if load.running and not at_s:
        words = f"preparing, {now_s - load.began_s:.0f} s"
    return Markup(
        '<div class="tt-live-bar" role="progressbar" aria-label="Progress" aria-valuemin="0"'
        ' aria-valuemax="{asked:g}" aria-valuenow="{done:.0f}" aria-valuetext="{words}">'
        '<span style="width: {share:.1f}%"></span></div><span class="tt-live-far">{words}</span>'
    ).format(asked=asked, done=done, words=words, share=100 * done / asked)


def _latest(moments: Moments) -> Mapping[str, float | None]:
    """The latest known value of each figure: the last second of a run is a short one."""
    known: dict[str, float | None] = {}
    for moment in moments[-LATEST_OF:]:
        known |= {name: value for name, value in moment.items() if value is not None}
    return known


def _tiles(progress: Mapping[str, Json], moment: Mapping[str, float | None]) -> Markup:
    tiles = (
        ("Users", _number(progress.get("users")), "", "at once"),
        ("Answers", _number(progress.get("answered")), "", "judged, right or wrong"),
        ("Wrong", _number(progress.get("wrong")), "", "answers that broke a rule"),
        (
            "Undecided",
            _number(progress.get("undecided")),
            "",
            "answers that may have broken one: somebody was halted while they came",
        ),
        ("Answers/s", moment.get("finished"), "", "finished in the latest second"),
        ("TTFT p50", moment.get("ttft_p50_ms"), "ms", "send to first non-empty text, latest"),
        ("TTFT p99", moment.get("ttft_p99_ms"), "ms", "send to first non-empty text, latest"),
        ("Gap p50", moment.get("icl_p50_ms"), "ms", "between two texts, latest second"),
        ("Gap p99", moment.get("icl_p99_ms"), "ms", "between two texts, latest second"),
        ("Server CPU", moment.get("server_cpu"), "cores", "all its processes together"),
    )
    return Markup("").join(
        Markup('<div title="{3}"><dt>{0}</dt><dd>{1}{2}</dd></div>').format(
            name,
            plain(value),
            Markup(" <span>{}</span>").format(unit) if unit and value is not None else "",
            meaning,
        )
        for name, value, unit, meaning in tiles
    )


def _violations(counts: Json) -> Markup:
    known = counts if isinstance(counts, dict) else {}
    counts = {kind: _number(n) or 0.0 for kind, n in known.items()}
    if not counts:
        return Markup('<tr><td class="tt-none" colspan="2">None so far</td></tr>')
    return Markup("").join(
        Markup('<tr><th scope="row"><code>{}</code></th><td class="n">{}</td></tr>').format(
            kind, plain(count)
        )
        for kind, count in sorted(counts.items(), key=lambda each: -each[1])[:KINDS_MAX]
    )


def _reasons(load: LoadJob) -> Markup:
    """Why it failed or does not count; what the command said where it could not run."""
    if load.running:
        return Markup("")
    reasons = [*_texts(load.progress.get("invalid")), *_texts(load.progress.get("reasons"))]
    if not reasons and load.progress.get("judgement") is None and load.code not in (0, None):
        reasons = [words.removeprefix(ERROR) for words in load.stderr_lines if not _usage(words)]
    return Markup("").join(Markup("<li>{}</li>").format(reason) for reason in reasons[:REASONS_MAX])


def _usage(words: str) -> bool:
    return words.startswith("usage: ")


def _limit(due_ms: float | None) -> Sequence[Mark]:
    return () if due_ms is None else (Mark(f"p99 limit {plain(due_ms)} ms", due_ms),)


def _texts(value: Json) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def _numbers(moment: Mapping[str, Any]) -> dict[str, float | None]:
    return {name: _number(value) for name, value in moment.items()}


def _number(value: Json) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
