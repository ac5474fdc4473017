"""Viewer: asks a server one turn after another by a contract and keeps the timeline of each answer.

The UI, the load tests, the end-to-end tests and `tokentape check` all look through one of these.
"""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Protocol, Self

from tokentape.client.answer_head import Glimpse
from tokentape.client.turn import Turn
from tokentape.contract.contract import Contract, Json, pick
from tokentape.contract.integrity import Difference
from tokentape.contract.timeline import Seen
from tokentape.contract.verdict import NOTHING_EXPECTED, Expectation, Verdict, judge


class Viewer(Protocol):
    """One connection's view of its answers.

    Implementations: `SSEViewer`, `RealtimeViewer`. Use as an async context manager.
    """

    contract: Contract
    timeline: list[Seen]
    """What was seen of the latest answer, in order of arrival."""
    started_ns: int
    """When the latest turn was sent."""
    noticed: list[Difference]
    """What is wrong with the latest answer beside its timeline."""
    request: Json
    """The body, or the payload, by which the latest answer was asked for."""

    @property
    def glimpse(self) -> Glimpse | None:
        """The head of the latest answer over HTTP and its first bytes; `None` on sockets."""
        ...

    def ask(self, turn: Turn) -> AsyncIterator[Seen]:
        """Send a turn and yield its events as they come, up to its end or the loss of the stream.

        Raises `Refused` when HTTP refuses the turn, `Unreachable` when no connection is to be had.
        """
        ...

    def resume(self, run: str, last_seq: int, turn: Turn) -> AsyncIterator[Seen]:
        """Yield the events of a run after `last_seq` (-1: all of them); they join the timeline."""
        ...

    async def stop(self) -> None:
        """Ask the server to stop the latest answer; its terminal event comes on the stream."""
        ...

    async def drop(self) -> None:
        """Cut the connection without a word, as a lost network does."""
        ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(self, *_: object) -> None: ...


def verdict_of(viewer: Viewer, expectation: Expectation = NOTHING_EXPECTED) -> Verdict:
    """Judge what a viewer saw of its latest answer."""
    due = replace(expectation, request=viewer.request)
    return judge(viewer.contract, viewer.timeline, viewer.started_ns, due, viewer.noticed)


def run_of(viewer: Viewer) -> str | None:
    """The id of the latest answer's run, once an event has told it."""
    return next((seen.run for seen in viewer.timeline if seen.run), None)


def conversation_of(viewer: Viewer) -> str | None:
    """The id by which the latest answer's conversation is continued."""
    told = (conversation_in(viewer.contract, seen) for seen in viewer.timeline)
    return next(filter(None, told), None)


def conversation_in(contract: Contract, seen: Seen) -> str | None:
    """The id of its conversation, where an event tells it."""
    path = contract.conversation
    value = path and pick(seen.payload, path)
    return value if isinstance(value, str) else None
