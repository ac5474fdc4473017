"""The mock's journal, as the evidence of what was scripted and what really left the mock."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

import httpx2

from app.contract.contract import Json

POLL_S = 0.02
PATIENCE_S = 20.0


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame as it was written. Times are CLOCK_MONOTONIC, shared by this host's processes."""

    due_ns: int
    written_ns: int
    kind: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One answer of the mock."""

    text: str
    chunks: Sequence[str]
    """The scripted text, piece by piece, before faults."""
    state: str
    started_ns: int
    ended_ns: int | None
    frames: Sequence[Frame]

    @property
    def texts(self) -> Sequence[Frame]:
        """The frames that carry text."""
        return [frame for frame in self.frames if frame.kind == "content"]


class Journal:
    """Asks the mock at `root` (its URL without `/v1`)."""

    def __init__(self, root: str) -> None:
        self._root = root

    async def entries(self, contains: str) -> Sequence[Entry]:
        """The answers to messages that hold this text, newest first."""
        async with httpx2.AsyncClient(base_url=self._root) as http:
            answer = await http.get(
                "/__mock__/requests", params={"contains": contains, "limit": 20, "frames": 1}
            )
            answer.raise_for_status()
        return [_entry(entry) for entry in answer.json()["requests"]]

    async def ended(self, contains: str) -> Entry:
        """The newest such answer, once the mock has done with it."""
        patience = time.monotonic() + PATIENCE_S
        while True:
            entries = await self.entries(contains)
            if entries and entries[0].state != "running":
                return entries[0]
            if time.monotonic() > patience:
                raise AssertionError(f"the mock has no ended answer to {contains!r}: {entries}")
            await asyncio.sleep(POLL_S)


def _entry(entry: Json) -> Entry:
    return Entry(
        text=entry["text"],
        chunks=entry["chunks"],
        state=entry["state"],
        started_ns=entry["started_ns"],
        ended_ns=entry["ended_ns"],
        frames=[Frame(frame[1], frame[2], frame[4]) for frame in entry["frames"]],
    )
