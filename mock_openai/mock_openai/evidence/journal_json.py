"""The journal as JSON: what `GET /__mock__/requests` answers.

The types are the published schema: `make docs` writes docs/schemas/mock-journal.json from them.
"""

from typing import Annotated, Literal, NotRequired, TypedDict

from mock_openai.planning.plan_json import FaultJson

State = Literal["running", "finished", "client_closed", "cut", "refused"]


class FrameJson(TypedDict):
    """A frame that has left."""

    seq: Annotated[int, "its number, from 0"]
    due_ns: Annotated[int, "when it was due: ns on the monotonic clock of the mock's host"]
    written_ns: Annotated[int, "when the write that it was part of had left, on the same clock"]
    lag_ns: Annotated[int, "`written_ns` less `due_ns`"]
    kind: Annotated[str, "`role`, `content`, `finish`, `usage`, `done`, `body`, …"]
    size: Annotated[int, "bytes"]


class MarkJson(TypedDict):
    """A moment that somebody noted, by `POST /__mock__/streams/{id}/mark`."""

    name: str
    at_ns: Annotated[int, "ns on the monotonic clock of the mock's host"]


class PauseJson(TypedDict):
    """A time in which the reader did not read, so that nothing could be written."""

    from_ns: Annotated[int, "ns on the monotonic clock of the mock's host"]
    to_ns: Annotated[int, "ns on the same clock"]


class EntryJson(TypedDict):
    """One request that was played or refused."""

    id: Annotated[str, "of its stream, for `/__mock__/streams/{id}`"]
    endpoint: Annotated[str, "`chat.completions`, …; where there is none: the method and path"]
    session: Annotated[str, "the session that it belongs to; empty: none"]
    scenario: Annotated[
        str, "the scenario that answered, or the recording that was made; empty: none"
    ]
    why: Annotated[str, "why that one, and which came near; or why it was refused or passed on"]
    seed: Annotated[int, "where the chance in it comes from"]
    streams: Annotated[int | None, "how many streams its pace counted; null: it counts none"]
    stream: Annotated[bool, "whether it is a stream of events, or one body"]
    model: Annotated[str, "as the request names it"]
    profile: Annotated[str, "the server that it was answered like: `openai`, `vllm`, …"]
    ignored: Annotated[list[str], "parameters that neither OpenAI nor the profile knows: not read"]
    last_user: Annotated[str, "the last user message, up to 16,384 characters"]
    text: Annotated[str, "what was scripted to be said, before faults"]
    chunks: Annotated[list[str], "the same, as it was cut"]
    other_texts: Annotated[list[str], "what the choices behind the first were to say"]
    status: Annotated[int, "of the HTTP response"]
    faults: list[FaultJson]
    state: Annotated[State, "how far it is, or how it ended"]
    started_ns: Annotated[int, "when the request was there: ns on the host's monotonic clock"]
    ended_ns: Annotated[int | None, "when it ended, on the same clock; null: it runs"]
    sent: Annotated[int, "frames that have left"]
    chunks_sent: Annotated[int, "content chunks that have left"]
    closed_after: Annotated[int | None, "frames that had left when the client closed"]
    closed: Annotated[str | None, "in words: who ended it, where, how long after what"]
    marks: list[MarkJson]
    pauses: list[PauseJson]
    body: Annotated[str, "of the request, up to 16,384 bytes"]
    headers: Annotated[dict[str, str], "of the request, less the secret ones"]
    retry_after: Annotated[str | None, "what a refusal bade wait; null: nothing"]
    frames: NotRequired[Annotated[list[FrameJson], "with `frames=1`"]]


class JournalJson(TypedDict):
    """The answer of `GET /__mock__/requests`."""

    requests: Annotated[list[EntryJson], "the newest first"]
