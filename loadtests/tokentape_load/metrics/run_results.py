"""All that a run knows of itself, as frozen data and as JSON. The seam between the engine,
which fills it, and the reports, which read nothing else.

Pure. Times in figures are integer nanoseconds; names say the unit of everything else. Whatever is
not known is `None`, never 0.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, TypeAlias

import orjson
from pydantic import (
    PlainSerializer,
    PlainValidator,
    TypeAdapter,
    ValidationError,
    WithJsonSchema,
)

from tokentape_load.metrics.histogram import BUCKETS_MAX, RESOLUTION, Histogram
from tokentape_load.metrics.percentiles import ENOUGH
from tokentape_load.metrics.run_fields import AnswerCounts, IntervalFigures

FORMAT: Literal["tokentape-load/1"] = "tokentape-load/1"
"""Grows when a reader of the old one would misread the new one."""

Judgement: TypeAlias = Literal["passed", "failed", "invalid"]
Phase: TypeAlias = Literal["starting", "calibrating", "running", "finishing", "over"]

IDLE = "idle"
"""The journey in which nothing is asked."""

Side: TypeAlias = Literal["server", "client"]
Unit: TypeAlias = Literal["users", "starts/s"]

PASSED, FAILED, NOT_RUN, INVALID, INTERRUPTED = 0, 1, 2, 3, 130
EXIT_CODES: Mapping[Judgement, int] = {"passed": PASSED, "failed": FAILED, "invalid": INVALID}
"""What a run's judgement is to the shell. `NOT_RUN`: there was no run to judge; `INTERRUPTED`: it
did not have its time, and what it saw until then is reported."""


def _histogram(value: object) -> Histogram:
    if isinstance(value, Histogram):
        return value
    if not isinstance(value, Mapping):
        raise ValueError("a histogram is an object with count, total, lowest, highest and buckets")
    try:
        found = Histogram.from_json(value)
        numbers = [found.count, found.total, found.lowest, found.highest, *found.buckets.values()]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ValueError(f"not a histogram: {error}") from error
    if not found.count:
        numbers = [one for one in numbers if one is not None]
    if not all(type(number) is int and number >= 0 for number in numbers):
        raise ValueError("not a histogram: count, total, lowest and highest are whole numbers")
    if not all(0 <= bucket < BUCKETS_MAX for bucket in found.buckets):
        raise ValueError(f"not a histogram: buckets are numbered from 0 to {BUCKETS_MAX - 1}")
    if sum(found.buckets.values()) != found.count:
        raise ValueError("not a histogram: its buckets don't add up to its count")
    return found


_HISTOGRAM_SCHEMA: dict[str, Any] = {
    "type": "object",
    "description": "A log-linear histogram, as HdrHistogram is: 1024 equal buckets between one"
    " power of two and the next. Durations are nanoseconds.",
    "properties": {
        "count": {"type": "integer", "description": "How many values there are."},
        "total": {"type": "integer", "description": "Their sum."},
        "lowest": {"type": ["integer", "null"], "description": "Exact; null of no values."},
        "highest": {"type": ["integer", "null"], "description": "Exact; null of no values."},
        "buckets": {
            "type": "object",
            "description": "How many values each bucket has, by its number. Bucket b is of the"
            " values v with b = (s << 10) + (v >> s), where s = max(0, bits of v - 11).",
            "patternProperties": {"^[0-9]+$": {"type": "integer"}},
            "additionalProperties": False,
        },
    },
    "required": ["count", "total", "lowest", "highest", "buckets"],
    "additionalProperties": False,
}

Values: TypeAlias = Annotated[
    Histogram,
    PlainValidator(_histogram),
    PlainSerializer(lambda value: value.to_json()),
    WithJsonSchema(_HISTOGRAM_SCHEMA),
]
"""A histogram of durations in nanoseconds; percentiles by `shown_ms`."""


def shown_ms(values: Histogram, percent: float) -> float | None:
    """A percentile in milliseconds, `None` while there are too few values for it (`ENOUGH`)."""
    if values.count < ENOUGH.get(percent, 1):
        return None
    value = values.percentile(percent)
    return None if value is None else value / 1e6


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What was asked for."""

    began: str
    """RFC 3339 in UTC."""
    host: str
    mock: str | None = None
    """The mock's root URL, `None` where no script was known to compare with."""
    shape: str = "steady"
    """Such as `steady 50 users for 20 s` or `spike to 200 users`, in words for people."""
    loop: Literal["closed", "open"] = "closed"
    rate: float | None = None
    """Starts a second that were asked for, in an open loop."""
    users: int = 0
    """At most, at once."""
    run_time_s: float | None = None
    contracts: tuple[str, ...] = ()
    journeys: tuple[str, ...] = ()
    seed: int = 0
    directive: str = ""
    faults: tuple[str, ...] = ()
    fault_every: int = 1
    processes: int = 1
    """Load generators, the master not counted."""
    machine: str = ""
    """Such as `Linux 6.1, 2 CPUs, Python 3.11.9`."""
    version: str = ""


@dataclass(frozen=True, slots=True)
class Definition:
    """A measure's name as the field has it and what it means, for printing beside it."""

    name: str
    definition: str


@dataclass(frozen=True, slots=True)
class Example:
    """One violation in full. `place` is such as `at event 6`; the journal knows it by its `tag`."""

    place: str
    message: str
    tag: str


@dataclass(slots=True, kw_only=True)
class Row(AnswerCounts):
    """One contract's answers in one journey: a copy that nobody counts on in."""

    contract: str
    """Such as `ai-chat/sse`."""
    journey: str = "chat"
    violations: Mapping[str, int] = field(default_factory=dict)
    """By kind; an answer may have several."""
    examples: Mapping[str, tuple[Example, ...]] = field(default_factory=dict)
    """By kind, a few each."""
    doubts: Mapping[str, tuple[Example, ...]] = field(default_factory=dict)
    """What may have been a violation, by kind, a few each; the message says why nobody knows."""
    figures: Mapping[str, Values] = field(default_factory=dict)
    """By the name of a `Definition` in `Results.measures`."""

    @property
    def answers(self) -> int:
        """Those judged in which something was asked: an idle user's stay is no answer."""
        return 0 if self.journey == IDLE else self.answered

    @property
    def key(self) -> str:
        """`ai-chat/sse` or, for another journey than chat, `ai-chat/sse stop`."""
        return self.contract if self.journey == "chat" else f"{self.contract} {self.journey}"


@dataclass(slots=True, kw_only=True)
class Moment(IntervalFigures):
    """What happened in one interval of the run; `Results.interval_s` long, from `at_s` on."""

    at_s: float
    ttft_n: int = 0
    ttft_p50_ms: float | None = None
    ttft_p99_ms: float | None = None
    icl_n: int = 0
    icl_p50_ms: float | None = None
    icl_p99_ms: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibrated:
    """What the load users themselves reported of a stream whose times are known."""

    transport: str
    streams: int
    """At once."""
    planned_ttft_ms: float
    planned_icl_ms: float
    ttft_p50_ms: float | None
    icl_p99_ms: float | None
    error_p50_ms: float | None
    """From the write of a chunk, as its writer noted it, to our stamp of it."""
    error_p99_ms: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitResult:
    """One limit, and whether the run kept it."""

    subject: str
    """A contract, or `all`."""
    limit: str
    """As the limits file spells it: `ttft_p99_ms`."""
    due: float
    found: float | None
    """`None`: nothing to measure, or too few values for the percentile. Then it is not met."""
    n: int
    met: bool
    words: str
    """One sentence for people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One try of a capacity search."""

    load: float
    """Users, or starts a second in an open loop."""
    met: bool
    words: str
    gave_out: Side | None = None
    """Who could do no more, where it was not met."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Capacity:
    """The highest load that met the limits: `highest` is `None` when none did."""

    unit: Unit
    highest: float | None
    steps: tuple[Step, ...] = ()
    gave_out: Side | None = None
    """Who could do no more at the lowest load that was too much; `None` when none was found."""
    answers_per_s: float | None = None
    """What came of the highest load."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """A run, over or still going on (`phase`)."""

    setup: Setup
    phase: Phase
    seconds: float
    """From the start to the latest answer."""
    rows: tuple[Row, ...]
    """Sorted by key."""
    measures: tuple[Definition, ...]
    """In the order in which they are shown."""
    judgement: Judgement | None = None
    """`None` while the run is going on."""
    reasons: tuple[str, ...] = ()
    """Why it failed: a sentence each."""
    interrupted: bool = False
    """Ended by who started it, before its time."""
    invalid: tuple[str, ...] = ()
    """Why the run's times can't be believed: the load generator was the bottleneck, or too much is
    undecided."""
    rulings: tuple[LimitResult, ...] = ()
    unsent: int = 0
    """Starts that were due in an open loop and could not be sent."""
    interval_s: float = 1.0
    series: tuple[Moment, ...] = ()
    client_lag: Values = field(default_factory=Histogram)
    """How late the load generators' own loops woke, all of it."""
    calibration: tuple[Calibrated, ...] = ()
    capacity: Capacity | None = None
    resolution: float = RESOLUTION
    """A percentile is at most this share above the value that it stands for."""
    format: Literal["tokentape-load/1"] = FORMAT

    @property
    def scripted(self) -> bool:
        """Whether texts were compared with what a mock was scripted to say."""
        return self.setup.mock is not None

    @property
    def answered(self) -> int:
        return sum(row.answered for row in self.rows)

    @property
    def wrong(self) -> int:
        return sum(row.wrong for row in self.rows)

    @property
    def undecided(self) -> int:
        return sum(row.undecided for row in self.rows)

    @property
    def undecided_share(self) -> float:
        """Of the answers."""
        return self.undecided / self.answered if self.answered else 0.0

    @property
    def violations(self) -> int:
        return sum(sum(row.violations.values()) for row in self.rows)

    @property
    def goodput(self) -> float | None:
        """Answers a second that were right and within every limit."""
        return sum(row.good for row in self.rows) / self.seconds if self.seconds > 0 else None

    @property
    def error_ms(self) -> float | None:
        """The error bar: by how much the load users' own stamps may be late."""
        return max((c.error_p99_ms for c in self.calibration if c.error_p99_ms), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """A line of `--progress-json`: once a second on standard output, for whoever started the run.

    The last line has phase `over` and a judgement; the whole `Results` are in the file of `--json`.
    """

    phase: Phase
    at_s: float = 0.0
    users: int = 0
    started: int = 0
    answered: int = 0
    wrong: int = 0
    undecided: int = 0
    unsent: int = 0
    violations: Mapping[str, int] = field(default_factory=dict)
    latest: Moment | None = None
    judgement: Judgement | None = None
    reasons: tuple[str, ...] = ()
    invalid: tuple[str, ...] = ()
    format: Literal["tokentape-load/1"] = FORMAT


class Unreadable(Exception):
    """A file that is not a run's results; the message names the field."""


_RESULTS, _PROGRESS = TypeAdapter(Results), TypeAdapter(Progress)


def dump(results: Results) -> bytes:
    """The file of `--json`."""
    return _RESULTS.dump_json(results, indent=2)


def load(written: bytes) -> Results:
    """What `dump` wrote. Raises `Unreadable`."""
    try:
        orjson.loads(written)  # which knows no NaN, as JSON does not
        return _RESULTS.validate_json(written)
    except orjson.JSONDecodeError as error:
        raise Unreadable(f"the file is not JSON: {error}") from error
    except ValidationError as error:
        raise Unreadable(_first(error)) from error


def dump_line(progress: Progress) -> bytes:
    """One line, with its newline."""
    return _PROGRESS.dump_json(progress) + b"\n"


def load_line(written: bytes) -> Progress:
    """What `dump_line` wrote. Raises `Unreadable`."""
    try:
        return _PROGRESS.validate_json(written)
    except ValidationError as error:
        raise Unreadable(_first(error)) from error


def _first(error: ValidationError) -> str:
    one = error.errors(include_url=False)[0]
    place = ".".join(str(part) for part in one["loc"])
    return f"{place or 'the file'}: {one['msg']}"
