"""The config of a load run: one field for each thing that it can be asked to do.

It goes to Locust's process, and from a master to its workers, as JSON. Pure.

The command line, its help and the table in the docs are made from these fields; those that the page
has too stand in `tokentape.load_options`.
"""

from dataclasses import dataclass, field
from pathlib import Path

from pydantic import TypeAdapter

from tokentape.load_options import (
    AMOUNT,
    LIMITS,
    LOCUST,
    QUESTIONS,
    RATE_MAX,
    REPORTS,
    SERVER,
    LoadOptions,
)
from tokentape.options.option import option
from tokentape_load.child_processes.server_freeze import Freeze
from tokentape_load.metrics.limits import DEFAULTS, Limits
from tokentape_load.metrics.run_results import Calibrated
from tokentape_load.run.option_values import read_freeze, read_limits_file, read_tag, read_url
from tokentape_load.workload.journeys import read_mix
from tokentape_load.workload.load_shape import SHAPES, Shape, Stage, stages

PROCESSES_MAX, PORT_MAX, HOUR_S = 256, 65_535, 3_600
_LONGEST_ANSWER_S, _MARGIN_S = 60.0, 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RunConfig(LoadOptions):
    """What a run is to do. The fields below the options are the run's own business."""

    host: str = field(
        default="",
        metadata=option(
            help="root URL of your server; without it, an app and a mock are started",
            group=SERVER,
            read=read_url,
        ),
    )
    mock: str = field(
        default="",
        metadata=option(
            help="root URL of the mock-openai that your server streams from;"
            " MOCK_ADMIN_TOKEN is shown to it",
            group=SERVER,
            read=read_url,
        ),
    )
    sub: str | None = field(
        default=None,
        metadata=option(
            help="who the token says that they are; by default its own `sub`",
            flag="--user",
            group=SERVER,
        ),
    )
    model: str | None = field(
        default=None, metadata=option(help="the model that is asked for", group=SERVER)
    )
    server_pids: tuple[int, ...] = field(
        default=(),
        metadata=option(help="show its CPU and memory", flag="--server-pid", group=SERVER),
    )
    spawn_rate: float | None = field(
        default=None,
        metadata=option(
            help="users a second at the start; all within 2 s",
            short="-r",
            group=AMOUNT,
            above=0,
            most=RATE_MAX,
        ),
    )
    shape: Shape = field(
        default="steady",
        metadata=option(help="how the load goes over the time", group=AMOUNT, choices=SHAPES),
    )
    turns: int | None = field(
        default=None,
        metadata=option(
            help="questions of each user, however long it takes",
            group=AMOUNT,
            least=1,
            most=10**6,
        ),
    )
    pace_s: float = field(
        default=0.0,
        metadata=option(
            help="seconds of thought between turns",
            flag="--pace",
            metavar="S",
            unit="s",
            group=AMOUNT,
            least=0,
            most=HOUR_S,
        ),
    )
    capacity: bool = field(
        default=False,
        metadata=option(help="find the highest load that keeps the limits", group=AMOUNT),
    )
    processes: int = field(
        default=1,
        metadata=option(
            help="processes to make the load with", group=AMOUNT, least=1, most=PROCESSES_MAX
        ),
    )
    freeze: Freeze | None = field(
        default=None,
        metadata=option(
            help="halt the server so long, so often: 2s/10s; a hiccup",
            metavar="S/S",
            group=QUESTIONS,
            read=read_freeze,
        ),
    )
    seed: int = field(
        default=0,
        metadata=option(help="fixes all questions, and so all answers", group=QUESTIONS),
    )
    directive: str = field(
        default="",
        metadata=option(
            help="told to the mock in each question: 'tokens=400 gap=5ms'", group=QUESTIONS
        ),
    )
    limits: Limits = field(
        default=DEFAULTS,
        metadata=option(
            help="limits by dialect, in YAML", metavar="FILE", group=LIMITS, read=read_limits_file
        ),
    )
    max_ttft_ms: float | None = field(
        default=None,
        metadata=option(
            help="an answer whose first token comes later is wrong",
            unit="ms",
            group=LIMITS,
            above=0,
            most=RATE_MAX,
        ),
    )
    max_gap_ms: float | None = field(
        default=None,
        metadata=option(
            help="so is one with a longer gap, or silence before its end",
            unit="ms",
            group=LIMITS,
            above=0,
            most=RATE_MAX,
        ),
    )
    silence_s: float = field(
        default=30.0,
        metadata=option(
            help="then a stream counts as lost",
            flag="--silence",
            metavar="S",
            unit="s",
            group=LIMITS,
            above=0,
            most=HOUR_S,
        ),
    )
    order_only: bool = field(
        default=False,
        metadata=option(help="judge order and text on any machine, not times", group=LIMITS),
    )
    """Times are told and not judged: a slow load generator makes nothing invalid."""
    json_file: Path | None = field(
        default=None,
        metadata=option(
            help="all that the run knows, as JSON", flag="--json", metavar="FILE", group=REPORTS
        ),
    )
    html_file: Path | None = field(
        default=None,
        metadata=option(
            help="a report with plots, in one file", flag="--html", metavar="FILE", group=REPORTS
        ),
    )
    junit_file: Path | None = field(
        default=None,
        metadata=option(help="for CI", flag="--junit", metavar="FILE", group=REPORTS),
    )
    compare: Path | None = field(
        default=None,
        metadata=option(
            help="the JSON of an earlier run, to show beside", metavar="FILE", group=REPORTS
        ),
    )
    samples: Path | None = field(
        default=None,
        metadata=option(
            help="every answer's own times, a JSON line each", metavar="FILE", group=REPORTS
        ),
    )
    progress_json: bool = field(
        default=False,
        metadata=option(help="a JSON line a second on standard output", group=REPORTS),
    )
    web_port: int | None = field(
        default=None,
        metadata=option(
            help="its interface on loopback, and begin from there",
            flag="--web",
            metavar="PORT",
            group=LOCUST,
            least=1,
            most=PORT_MAX,
        ),
    )
    """`None`: the run begins by itself."""
    class_picker: bool = field(
        default=False, metadata=option(help="choose the contracts there", group=LOCUST)
    )
    tags: tuple[str, ...] = field(
        default=(),
        metadata=option(
            help="only journeys with one of these tags", group=LOCUST, words=True, read=read_tag
        ),
    )
    exclude_tags: tuple[str, ...] = field(
        default=(),
        metadata=option(
            help="no journeys with one of these tags", group=LOCUST, words=True, read=read_tag
        ),
    )
    master: bool = field(
        default=False,
        metadata=option(help="wait for --expect-workers, and merge what they see", group=LOCUST),
    )
    expect_workers: int = field(
        default=1,
        metadata=option(
            help="how many, before the run begins", group=LOCUST, least=1, most=PROCESSES_MAX
        ),
    )
    master_bind_port: int = field(
        default=5557,
        metadata=option(help="where workers find it", group=LOCUST, least=1, most=PORT_MAX),
    )
    worker: bool = field(
        default=False,
        metadata=option(help="make load for a master, which says what to do", group=LOCUST),
    )
    master_host: str = field(
        default="127.0.0.1", metadata=option(help="where that is", group=LOCUST)
    )
    master_port: int = field(
        default=5557,
        metadata=option(help="its --master-bind-port", group=LOCUST, least=1, most=PORT_MAX),
    )
    contracts: tuple[str, ...] = ()
    """Keys of what is spoken: what `dialects` names, or by default all that is served."""
    tokens_everywhere: bool = True
    """Whether contracts get the token that don't need one."""
    calibration: tuple[Calibrated, ...] = ()
    results: str = ""
    """The file to write them to."""
    quiet: bool = False
    """Nothing is printed on the way and at the end; the results are all there is."""

    @property
    def generators(self) -> int:
        """How many processes make the load, wherever they are started."""
        return max(1, self.expect_workers if self.master else self.processes)

    @property
    def mix(self) -> tuple[tuple[str, int], ...]:
        """Journeys and their weights. Raises `ValueError` for what is none."""
        return tuple(read_mix(",".join(self.journeys)).items())

    @property
    def stages(self) -> tuple[Stage, ...]:
        """The shape as levels over time."""
        seconds = self.run_time_s if self.run_time_s is not None else 365 * 86_400.0
        return stages(self.shape, seconds)

    @property
    def longest_answer_s(self) -> float:
        """How long users may end their answers when the time is up: one that is cut off proves
        nothing, and who falls silent has to be found out."""
        return max(_LONGEST_ANSWER_S, self.silence_s + _MARGIN_S)

    @property
    def words(self) -> str:
        """The shape, for people."""
        load = f"{self.users} users"
        if self.rate is not None:
            load = f"{self.rate:g} starts a second, {self.users} users at most"
        time = "until stopped" if self.run_time_s is None else f"for {self.run_time_s:g} s"
        return f"{self.shape}: {load}, {time}"


_CONFIG = TypeAdapter(RunConfig)


def dump_config(config: RunConfig) -> str:
    """As JSON, for another process; without the token, since command lines are public."""
    return _CONFIG.dump_json(config, exclude={"token"}).decode()


def load_config(written: str) -> RunConfig:
    """What `dump_config` wrote."""
    return _CONFIG.validate_json(written)
