"""Asked: all that a run is asked to do, as one frozen thing, which goes to Locust as JSON.

Pure.
"""

from dataclasses import dataclass

from pydantic import TypeAdapter

from tokentape_load.child_processes.server_freeze import Freeze
from tokentape_load.metrics.limits import DEFAULTS, Limits
from tokentape_load.metrics.run_results import Calibrated
from tokentape_load.workload.journeys import JOURNEYS
from tokentape_load.workload.load_shape import Shape, Stage, stages

_LONGEST_ANSWER_S, _MARGIN_S = 60.0, 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RunConfig:
    host: str
    mock: str = ""
    users: int = 50
    run_time_s: float | None = 20.0
    """`None`: until it is stopped."""
    spawn_rate: float | None = None
    shape: Shape = "steady"
    rate: float | None = None
    pace_s: float = 0.0
    silence_s: float = 30.0
    turns: int | None = None
    contracts: tuple[str, ...] = ()
    mix: tuple[tuple[str, int], ...] = tuple(
        (name, journey.weight) for name, journey in JOURNEYS.items()
    )
    seed: int = 0
    directive: str = ""
    faults: tuple[str, ...] = ()
    fault_every: int = 1
    max_ttft_ms: float | None = None
    max_gap_ms: float | None = None
    model: str | None = None
    sub: str | None = None
    tokens_everywhere: bool = True
    """Whether contracts get the token that don't need one."""
    processes: int = 1
    limits: Limits = DEFAULTS
    calibration: tuple[Calibrated, ...] = ()
    server_pids: tuple[int, ...] = ()
    freeze: Freeze | None = None
    results: str = ""
    """The file to write them to."""
    samples: str = ""
    order_only: bool = False
    """Times are told and not judged: a slow load generator makes nothing invalid."""
    progress_json: bool = False
    quiet: bool = False
    """Nothing is told on the way and at the end; the results are all there is."""
    forks: bool = True
    """Whether `processes` are started by us; else they come from elsewhere, to their master."""
    web_port: int | None = None
    """Where Locust's own interface is; `None`: the run begins by itself."""

    @property
    def stages(self) -> tuple[Stage, ...]:
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


_ASKED = TypeAdapter(RunConfig)


def dump_asked(asked: RunConfig) -> str:
    return _ASKED.dump_json(asked).decode()


def load_asked(written: str) -> RunConfig:
    return _ASKED.validate_json(written)
