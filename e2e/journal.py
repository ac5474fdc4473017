"""The mock's journal, as the evidence of what was scripted and what really left the mock."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import httpx2

from tokentape.contract.contract import Json

PATIENCE_S = 30


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
        return [_entry(entry) for entry in await self._found(contains, frames=1)]

    async def ended(self, contains: str) -> Entry:
        """The newest such answer, once the mock has done with it."""
        found = await self._found(contains)
        assert found, f"the mock has no answer to {contains!r}"
        stream = f"/__mock__/streams/{found[0]['id']}"
        return _entry(await self._told(stream, wait="drained", timeout=PATIENCE_S))

    async def _found(self, contains: str, **how: int) -> Sequence[Json]:
        told = await self._told("/__mock__/requests", contains=contains, limit=20, **how)
        return cast(Sequence[Json], told["requests"])

    async def _told(self, path: str, **parameters: str | int) -> Json:
        async with httpx2.AsyncClient(base_url=self._root, timeout=PATIENCE_S + 5) as http:
            answer = await http.get(path, params=parameters)
        assert answer.is_success, answer.text
        return answer.json()


def _entry(entry: Json) -> Entry:
    return Entry(
        text=entry["text"],
        chunks=entry["chunks"],
        state=entry["state"],
        started_ns=entry["started_ns"],
        ended_ns=entry["ended_ns"],
        frames=[
            Frame(frame["due_ns"], frame["written_ns"], frame["kind"]) for frame in entry["frames"]
        ],
    )
