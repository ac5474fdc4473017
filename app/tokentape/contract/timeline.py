"""What one client saw of one answer, and when, and the figures of it.

Pure. Times are integer nanoseconds of one monotonic clock; a figure that does not exist is `None`.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from tokentape.contract.contract import Contract, Json, Kind, Outcome, pick, pick_text
from tokentape.contract.splitting import alone
from tokentape.contract.violations import Cause

_NUMBER = re.compile(r"[0-9]{1,18}")
"""An event number in an SSE id: ASCII, and no longer than a counter can get."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One event as a client saw it."""

    at_ns: int
    """When the socket read returned that held its last byte."""
    kind: str | None
    """The contract's name for it; `None` when the contract knows no such event."""
    event: str
    """The name on the wire; empty for data-only frames."""
    payload: Json
    text: str | None = None
    """The piece of answer that it carries."""
    run: str | None = None
    seq: int | None = None
    end: Outcome | None = None
    code: str | None = None
    read: int = 0
    """The number of the socket read that brought it: events of one read arrived together."""
    since_ns: int | None = None
    """It came after that: then its socket was still empty. `None`: it came at `at_ns`."""

    @property
    def after_ns(self) -> int:
        """The earliest time at which it can have come."""
        return self.at_ns if self.since_ns is None else min(self.since_ns, self.at_ns)


@dataclass(frozen=True, slots=True)
class Malformed:
    """The payload of a frame that is not what its transport says, kept as it came."""

    raw: str
    problem: str
    about: Cause = ""


def see(
    contract: Contract,
    event: str,
    payload: Json,
    *,
    at_ns: int,
    event_id: str = "",
    read: int = 0,
    since_ns: int | None = None,
) -> Seen:
    """Read one frame by a contract. `event_id` is the SSE `id:`, here `<runId>:<seq>`."""
    # A payload that can't be read is of no kind, even if its event's name is known.
    kind = None if isinstance(payload, Malformed) else contract.kind_of(event, payload)
    run, seq = _place(contract, payload, event_id)
    if kind is None:
        return Seen(at_ns, None, event, payload, run=run, seq=seq, read=read, since_ns=since_ns)
    path = contract.text_paths.get(kind.name)
    text = pick_text(payload, path) if path is not None else None
    ending = (kind, payload) if kind.splits is None else _ending(contract, kind, event, payload)
    code = pick(ending[1], ending[0].code) if ending[0].code is not None else None
    return Seen(
        at_ns,
        kind.name,
        event,
        payload,
        text=text if isinstance(text, str) else None,
        run=run,
        seq=seq,
        end=ending[0].end,
        code=_code(code),
        read=read,
        since_ns=since_ns,
    )


def see_close(contract: Contract, *, at_ns: int, read: int = 0) -> Seen | None:
    """The close of a whole stream as its end, where the contract has it so."""
    kind = contract.close_kind
    return None if kind is None else Seen(at_ns, kind.name, "", None, end=kind.end, read=read)


def _ending(contract: Contract, kind: Kind, event: str, payload: Json) -> tuple[Kind, Json]:
    """Of the events that one stands for the first that ends the answer; else that one."""
    for one in alone(payload, kind.splits or ""):
        inner = contract.kind_of(event, one)
        if inner is not None and inner.end is not None:
            return inner, one
    return kind, payload


def _code(value: Json) -> str | None:
    """A code as text; some servers number theirs."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) and value else None


def _place(contract: Contract, payload: Json, event_id: str) -> tuple[str | None, int | None]:
    run = pick(payload, contract.run) if contract.run else None
    seq = pick(payload, contract.seq) if contract.seq else None
    if (run is None or seq is None) and contract.seq and ":" in event_id:
        from_id, _, number = event_id.rpartition(":")
        if _NUMBER.fullmatch(number):
            run, seq = run or from_id, int(number) if seq is None else seq
    return (
        run if isinstance(run, str) else None,
        seq if isinstance(seq, int) and not isinstance(seq, bool) else None,
    )


@dataclass(frozen=True, slots=True)
class Latency:
    """The figures of one answer, in nanoseconds.

    `first_token` is the time from the start to the first non-empty text (TTFT); `gaps` are the
    times between texts (inter-chunk latency, ICL); `per_token` is (last − first) / (n − 1) (ITL);
    `last_text` and `end` are the times from the start to the last text and to the terminal event.
    """

    first_event_ns: int | None
    first_token_ns: int | None
    gaps_ns: tuple[int, ...]
    per_token_ns: int | None
    last_text_ns: int | None
    end_ns: int | None
    texts: int

    @property
    def texts_per_second(self) -> float | None:
        """Pieces of text a second from the first to the last one."""
        return 1e9 / self.per_token_ns if self.per_token_ns else None


def latency_of(timeline: Sequence[Seen], started_ns: int) -> Latency:
    """The figures of one answer that was asked for at `started_ns`."""
    texts = [seen.at_ns for seen in timeline if seen.text]
    end = next((seen.at_ns for seen in timeline if seen.end), None)
    return Latency(
        first_event_ns=timeline[0].at_ns - started_ns if timeline else None,
        first_token_ns=texts[0] - started_ns if texts else None,
        gaps_ns=tuple(after - before for before, after in pairwise(texts)),
        per_token_ns=(texts[-1] - texts[0]) // (len(texts) - 1) if len(texts) > 1 else None,
        last_text_ns=texts[-1] - started_ns if texts else None,
        end_ns=end - started_ns if end is not None else None,
        texts=len(texts),
    )


def percentile(values: Sequence[int], percent: float) -> int | None:
    """The nearest-rank percentile: always one of the values, `None` of no values."""
    if not values:
        return None
    rank = max(1, math.ceil(len(values) * percent / 100))
    return sorted(values)[rank - 1]


def text_of(timeline: Sequence[Seen]) -> str:
    """The answer as the client put it together."""
    return "".join(seen.text for seen in timeline if seen.text)


def as_json(event: Seen, started_ns: int) -> Mapping[str, Json]:
    """One line of a saved timeline."""
    payload = event.payload
    if isinstance(payload, Malformed):
        payload = {"raw": payload.raw, "problem": payload.problem}
    return {
        "offset_ms": round((event.at_ns - started_ns) / 1e6, 3),
        "kind": event.kind,
        "event": event.event,
        "seq": event.seq,
        "run": event.run,
        "read": event.read,
        "payload": payload,
    }
