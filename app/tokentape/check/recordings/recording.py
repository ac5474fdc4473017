"""Recording: answers as a file has them, before a contract reads them. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from tokentape.check.observation import Observation, Times
from tokentape.check.unrecognized import noticed_in
from tokentape.client.answer_head import Glimpse
from tokentape.client.notices import early_end, skipped_error
from tokentape.contract.contract import Contract, Json
from tokentape.contract.integrity import Difference
from tokentape.contract.timeline import Seen, see, see_close
from tokentape.contract.violations import Cause

MOST_EVENTS = 1_000_000
"""Of one file."""


class RecordedEvent(NamedTuple):
    """One event; `payload` is `Malformed` where it can't be read."""

    event: str
    payload: Json
    id: str = ""
    at_ns: int = 0
    """0 where the file has no times."""
    line: int = 1
    """Where it stands in the file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedAnswer:
    """One answer. `noticed` is what is wrong beside its events, `unfinished` the event that it
    broke off in, `skipped` the first line that is no field of an event, behind how many events."""

    events: Sequence[RecordedEvent]
    name: str = ""
    """What people call it, where the file has several: its request."""
    times: Times = "unknown"
    started_ns: int = 0
    noticed: tuple[Difference, ...] = ()
    unfinished: str = ""
    skipped: tuple[int, str] | None = None
    lost: str = ""
    """Why it broke off, where the file says so."""
    closed: bool = False
    """Whether it is known that the server closed the stream after the last event."""
    glimpse: Glimpse | None = None
    request: Json = field(default=None, repr=False)
    cut_copy: str = ""
    """In words, that the file has a part of the answer alone: then nobody can judge it."""


def observation_of(answer: RecordedAnswer, contract: Contract, turn: int) -> Observation:
    """An answer as this contract sees it."""
    if contract.ignored:
        events = [one for one in answer.events if one.event not in contract.ignored]
        answer = replace(answer, events=events)
    timeline = _timeline(answer, contract)
    doubts: tuple[Difference, ...] = ()
    if (close := _close(answer, contract, timeline)) is not None:
        if not answer.closed:
            words = "unknown: the file may be over before the stream was, whose end is its close"
            doubts = (Difference("missing_end", len(timeline), words),)
        timeline = (*timeline, close)
    return Observation(
        turn=turn,
        viewer=1,
        contract=contract,
        timeline=timeline,
        started_ns=answer.started_ns,
        noticed=noticed_in(
            contract.dialect, answer.glimpse, timeline, tuple(_noticed(answer, timeline))
        ),
        glimpse=answer.glimpse,
        request=answer.request,
        times=answer.times,
        source=answer.name,
        lines=tuple(event.line for event in answer.events),
        doubts=doubts,
        recorded=True,
    )


def _timeline(answer: RecordedAnswer, contract: Contract) -> tuple[Seen, ...]:
    timeline: list[Seen] = []
    read, before_ns = -1, -1
    for event, payload, event_id, at_ns, _ in answer.events:
        # What bears one time came together; without times nobody knows what did.
        read, before_ns = read + (at_ns != before_ns or answer.times == "unknown"), at_ns
        timeline.append(see(contract, event, payload, at_ns=at_ns, event_id=event_id, read=read))
    return tuple(timeline)


def _close(answer: RecordedAnswer, contract: Contract, timeline: Sequence[Seen]) -> Seen | None:
    """The close as the end, where that is the contract's and nothing speaks against it."""
    broken = answer.lost or answer.unfinished or any(seen.end for seen in timeline)
    if broken or any(one.kind == "refused" for one in answer.noticed):
        return None
    return see_close(contract, at_ns=timeline[-1].at_ns if timeline else 0)


def _noticed(answer: RecordedAnswer, timeline: Sequence[Seen]) -> list[Difference]:
    noticed = list(answer.noticed)
    refused = any(one.kind == "refused" for one in noticed)
    if not refused and not any(seen.end for seen in timeline):
        words = "the recording is over before the answer's end"
        message = f"{words}: {answer.lost}" if answer.lost else words
        about: Cause = "lost" if answer.lost else ""
        found = early_end(message, about, len(timeline), answer.unfinished, answer.skipped)
        noticed.append(found)
    if answer.skipped is not None and timeline:
        error = skipped_error(*answer.skipped)
        noticed += [error] if error else []
    return noticed
