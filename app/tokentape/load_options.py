"""The options of a load run that the command and the page both have: a field each. Pure.

The command adds its own in `tokentape_load.run.run_config`, the page in `tokentape.ui.load.form`.
"""

import re
from dataclasses import dataclass, field

from tokentape.dialects.contracts import CONTRACTS
from tokentape.options.option import FormField, option

DIALECTS = tuple(dict.fromkeys(contract.dialect for contract in CONTRACTS.values()))
JOURNEYS = {
    "chat": "ask, and read to the end",
    "stop": "stop in mid-answer, and see it end",
    "reconnect": "lose the connection in mid-answer, come back, resume",
    "room": "ask in a room of four, who all see the whole answer",
    "idle": "after the first answer, ask nothing for a while; in a room, type",
}
"""What a simulated user may do, as the load command has it."""

SERVER, AMOUNT, QUESTIONS, LIMITS, REPORTS, LOCUST = (
    "what is tested",
    "how much",
    "what is asked, and what goes wrong",
    "what must be kept",
    "what is told",
    "Locust's own",
)
"""The groups of the command's help."""

USERS_MAX, RATE_MAX = 100_000, 100_000.0
_TIME = re.compile(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s?)?")


def read_duration(written: str | float) -> float:
    """Seconds: `20s`, `5m`, `1h30m`. Raises `ValueError`."""
    found = _TIME.fullmatch(str(written).strip())
    hours, minutes, seconds = found.groups() if found else (None, None, None)
    total = int(hours or 0) * 3_600 + int(minutes or 0) * 60 + float(seconds or 0)
    if not 0 < total <= 31 * 86_400:
        raise ValueError(f"{written}: write it as 20s, 5m or 1h30m, 31 days at most")
    return total


def read_list(written: str) -> tuple[str, ...]:
    """What stands between commas."""
    return tuple(part.strip() for part in written.split(",") if part.strip())


def read_token(written: str) -> str:
    """A token as a header can have it. Raises `ValueError`, which never repeats it."""
    if not (written.isascii() and (written.isprintable() or not written)):
        raise ValueError("it has characters that no token has")
    return written


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadOptions:
    """What a load run is asked to do, as far as the page can ask for it too."""

    dialects: tuple[str, ...] = field(
        default=(),
        metadata=option(
            help="such as ai-chat,ai-gateway/socketio; our own by default",
            group=SERVER,
            read=read_list,
            form=FormField(
                label="Dialects",
                group="dialects",
                kind="ticks",
                choices=dict.fromkeys(DIALECTS, ""),
            ),
        ),
    )
    journeys: tuple[str, ...] = field(
        default=(),
        metadata=option(
            help="with weights: chat=8,stop=1,reconnect=1; all by default",
            group=SERVER,
            read=read_list,
            form=FormField(label="Journeys", group="journeys", kind="ticks", choices=JOURNEYS),
        ),
    )
    token: str = field(
        default="",
        repr=False,
        metadata=option(
            help="JSON web token of all users; or TOKENTAPE_LOAD_TOKEN",
            group=SERVER,
            secret=True,
            read=read_token,
            form=FormField(
                label="Token",
                kind="password",
                most=10_000,
                placeholder="none",
                title="For this server, where its dialects want one: sent as a bearer token by all"
                " users; kept nowhere",
            ),
        ),
    )
    users: int = field(
        default=50,
        metadata=option(
            help="at once, spread over the contracts",
            short="-u",
            group=AMOUNT,
            least=1,
            most=USERS_MAX,
            form=FormField(label="Users at once", most=500, usual=30, required=True),
        ),
    )
    run_time_s: float | None = field(
        default=20.0,
        metadata=option(
            help="how long new questions are asked: 20s, 5m, 1h30m",
            flag="--run-time",
            short="-t",
            unit="s",
            group=AMOUNT,
            read=read_duration,
            default="20s",
            form=FormField(
                label="Duration", kind="whole", least=1, most=600, usual=20, required=True
            ),
        ),
    )
    """`None`: until it is stopped."""
    rate: float | None = field(
        default=None,
        metadata=option(
            help="open loop: starts a second, whether answers come or not",
            group=AMOUNT,
            above=0,
            most=RATE_MAX,
            form=FormField(
                label="Starts a second",
                least=0.1,
                most=500,
                placeholder="as answered",
                title="An open loop: questions are asked on time, whether answers came or not",
            ),
        ),
    )
    faults: tuple[str, ...] = field(
        default=(),
        metadata=option(
            help="fault for the mock to plant: duplicate@5",
            flag="--fault",
            group=QUESTIONS,
            form=FormField(
                label="Fault to plant",
                group="faults",
                most=100,
                placeholder="duplicate@5",
                pattern=r"[a-z_]+@[\w:.,-]{1,80}",
                example="write one as duplicate@5, lose@12, stall@20:2s or cut@8.",
            ),
        ),
    )
    fault_every: int = field(
        default=1,
        metadata=option(
            help="plant it in one answer of so many",
            group=QUESTIONS,
            least=1,
            most=10**9,
            form=FormField(label="in one answer of", group="faults", most=100_000, usual=20),
        ),
    )
    calibrate: bool = field(
        default=True,
        metadata=option(
            help="no error bar, and a few seconds less",
            flag="--no-calibration",
            group=LIMITS,
            form=FormField(
                label="Calibrate first: a few seconds more, and the report has an error bar",
            ),
        ),
    )
