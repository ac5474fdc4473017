"""Wish: what a load run from the page shall be, within bounds, and the command that makes it.

Pure. The page's bounds are narrower than the command's: whoever needs more has a terminal.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tokentape.contract.contract import Json
from tokentape.dialects.contracts import CONTRACTS
from tokentape.ui.mock_admin import Mock
from tokentape.ui.server_functions import UnfitInput, text_in, whole_in

USERS_MAX, SECONDS_MAX, RATE_MAX, EVERY_MAX = 500, 600, 500.0, 100_000
DIALECTS = tuple(dict.fromkeys(contract.dialect for contract in CONTRACTS.values()))
JOURNEYS = {
    "chat": "ask, and read to the end",
    "stop": "stop in mid-answer, and see it end",
    "reconnect": "lose the connection in mid-answer, come back, resume",
    "room": "ask in a room of four, who all see the whole answer",
    "idle": "after the first answer, ask nothing for a while; in a room, type",
}
"""What a simulated user may do, as the load command has it."""

TOKEN_MAX = 10_000
TARGETS = ("own", "here")
_FAULT = re.compile(r"[a-z_]+@[\w:.,-]{1,80}")
REPORT, RESULTS, JUNIT = "report.html", "results.json", "junit.xml"
"""What a run leaves in its folder."""
LIMITS = "limits.yaml"
"""What it finds there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadForm:
    """`target`: `own` starts an app and a mock for the run, `here` is this server."""

    target: str = "own"
    users: int = 30
    seconds: int = 20
    dialects: tuple[str, ...] = ()
    """None of them: all that are served."""
    journeys: tuple[str, ...] = ()
    """None of them: all."""
    rate: float | None = None
    """Starts a second in an open loop; without it each user asks when it was answered."""
    ttft_p99_ms: float | None = None
    icl_p99_ms: float | None = None
    min_answers: int = 1
    fault: str = ""
    fault_every: int = 1
    calibrate: bool = True
    """Measure streams of known times first: the error bar."""


@dataclass(frozen=True, slots=True)
class Here:
    """This server's root URL, its mock where it has one, and the process to watch."""

    url: str
    mock: Mock | None
    pid: int | None = None


def wish_of(given: Mapping[str, Json]) -> LoadForm:
    """Read the form. Raises `UnfitInput` with the field and its bounds."""
    target = text_in(given, "target", 10, "own")
    if target not in TARGETS:
        raise UnfitInput(f"target: one of {', '.join(TARGETS)} is needed.")
    fault = text_in(given, "fault", 100, "").strip()
    if fault and not _FAULT.fullmatch(fault):
        raise UnfitInput("fault: write one as duplicate@5, lose@12, stall@20:2s or cut@8.")
    return LoadForm(
        target=target,
        users=whole_in(given, "users", 1, USERS_MAX),
        seconds=whole_in(given, "seconds", 1, SECONDS_MAX),
        dialects=_some_of(given, "dialects", DIALECTS),
        journeys=_some_of(given, "journeys", tuple(JOURNEYS)),
        rate=_optional(given, "rate", RATE_MAX),
        ttft_p99_ms=_optional(given, "ttft_p99_ms", 600_000),
        icl_p99_ms=_optional(given, "icl_p99_ms", 600_000),
        min_answers=whole_in(given, "min_answers", 1, 1_000_000, 1),
        fault=fault,
        fault_every=whole_in(given, "fault_every", 1, EVERY_MAX, 1),
        calibrate=given.get("calibrate") is not False,
    )


def token_of(given: Mapping[str, Json]) -> str:
    """The token of the form, which is no part of the wish: a wish is kept. Raises `UnfitInput`."""
    token = text_in(given, "token", TOKEN_MAX, "").strip()
    if not (token.isascii() and token.isprintable()):
        raise UnfitInput("token: it has characters that no header may have.")
    return token


def limits_of(wish: LoadForm) -> str:
    """The limits file of a run, in YAML."""
    limits = {
        "violations": 0,
        "error_share": 0,
        "min_answers": wish.min_answers,
        "ttft_p99_ms": wish.ttft_p99_ms,
        "icl_p99_ms": wish.icl_p99_ms,
    }
    lines = [f"  {name}: {value:g}" for name, value in limits.items() if value is not None]
    return "\n".join(["all:", *lines, ""])


def options_of(wish: LoadForm, here: Here, folder: Path, before: Path | None) -> list[str]:
    """The options of the load command; its limits are in `folder`, and its reports will be."""
    options: dict[str, object] = {
        "users": wish.users,
        "run-time": f"{wish.seconds}s",
        "dialects": ",".join(wish.dialects),
        "journeys": ",".join(wish.journeys),
        "rate": wish.rate,
        "fault": wish.fault,
        "fault-every": wish.fault_every if wish.fault else None,
        "limits": folder / LIMITS,
        "html": folder / REPORT,
        "json": folder / RESULTS,
        "junit": folder / JUNIT,
        "compare": before,
    }
    if wish.target == "here":
        options |= {"host": here.url, "mock": here.mock and here.mock.url, "server-pid": here.pid}
    written = [f"--{name}={value}" for name, value in options.items() if value not in (None, "")]
    return [*written, "--progress-json", *([] if wish.calibrate else ["--no-calibration"])]


def _some_of(given: Mapping[str, Json], name: str, known: Sequence[str]) -> tuple[str, ...]:
    chosen = given.get(name, [])
    if not isinstance(chosen, list) or not all(each in known for each in chosen):
        raise UnfitInput(f"{name}: a list of {', '.join(known)} is needed.")
    return tuple(dict.fromkeys(chosen))


def _optional(given: Mapping[str, Json], name: str, most: float) -> float | None:
    value = given.get(name)
    if value is None or value == "":
        return None
    fits = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if not fits or not 0 < value <= most:
        raise UnfitInput(f"{name}: a number above 0 and up to {most:,.0f} is needed, or nothing.")
    return float(value)
