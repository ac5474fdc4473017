"""Responses that can be retrieved, continued, cancelled and deleted.

What is kept is the request, not the answer: that is made again, it is always the same. Bounded
in entries and in bytes; the oldest goes first. Several workers share records in a folder.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MethodType
from typing import Any
from weakref import WeakMethod, ref

import orjson

from mock_openai.endpoints.openai_errors import previous_not_found, response_not_found
from mock_openai.endpoints.response_events import frames_of
from mock_openai.endpoints.response_object import final_status, response_object
from mock_openai.endpoints.responses import messages_after
from mock_openai.errors import ApiError
from mock_openai.plan.plan import Frame, Plan
from mock_openai.plan.write_schedule import schedule_writes
from mock_openai.planning.plan_builder import answer_headers
from mock_openai.planning.planned_answer import PlannedAnswer, answer_of
from mock_openai.planning.seeding import chances
from mock_openai.request.overrides import HEADER_NAMES
from mock_openai.request.parsed_request import ParsedRequest
from mock_openai.scenarios.answer import Answer, key_of
from mock_openai.storage.bounded_store import BoundedStore
from mock_openai.storage.hooks import EndpointHooks, Revive
from mock_openai.storage.shared_records import Record, Records

MOST_RESPONSES = 1_000
MOST_BYTES = 64_000_000
_ENTRY_BYTES = 3_000  # of Python objects, about, beside the texts
RETRIEVED = "responses.retrieve"
Stop = Callable[[], None]
RecallOf = Callable[[str, str], Sequence[dict[str, Any]]]
"""By session and id: what was said up to the end of that response, or in that conversation."""


@dataclass(slots=True)
class StoredResponse:
    """One response. Times in ns on the player's clock; `stops` end its running streams;
    `before` is what was said in the conversation so far."""

    planned: PlannedAnswer
    before: Sequence[dict[str, Any]]
    started_ns: int
    cancelled_ns: int | None = None
    stops: list[Callable[[], Stop | None]] = field(default_factory=list)

    @property
    def answer(self) -> Answer:
        """What is said, made again."""
        planned = self.planned
        return answer_of(planned)

    @property
    def messages(self) -> Sequence[dict[str, Any]]:
        """The conversation up to the end of this response."""
        return (*self.before, *messages_after(self.planned.request, self.answer))

    @property
    def background(self) -> bool:
        """Whether it runs without a reader."""
        return bool(self.planned.request.body.get("background"))

    def status(self, answer: Answer, now_ns: int) -> str:
        """One of OpenAI's, at that time of the player's clock."""
        if self.cancelled_ns is not None:
            return "cancelled"
        elapsed_ns = now_ns - self.started_ns
        if elapsed_ns >= answer.last_ns:
            return final_status(answer)
        begun = not self.background or elapsed_ns >= answer.first_ns
        return "in_progress" if begun else "queued"

    def cancel(self, now_ns: int) -> None:
        """Ends its running streams; it is over from then on."""
        self.cancelled_ns = now_ns
        stops, self.stops = self.stops, []
        for known in stops:
            if (stop := known()) is not None:
                stop()

    def follow(self, stop: Stop) -> None:
        """Another stream of it begins. A stream that is over is not kept alive by this."""
        known = WeakMethod(stop) if isinstance(stop, MethodType) else ref(stop)
        self.stops = [*(one for one in self.stops if one() is not None), known]

    def to_json(self, now_ns: int) -> dict[str, Any]:
        """The response object as it is at that time."""
        answer = self.answer
        return response_object(self.planned.request, answer, self.status(answer, now_ns))

    def frames(self, now_ns: int, after: int) -> list[Frame]:
        """The events after that number, those of the past due at once."""
        elapsed_ns = now_ns - self.started_ns
        until_ns = None if self.cancelled_ns is None else self.cancelled_ns - self.started_ns
        return [
            frame._replace(due_ns=max(0, frame.due_ns - elapsed_ns))
            for frame in frames_of(self.planned.request, self.answer)[max(0, after + 1) :]
            if until_ns is None or frame.due_ns <= until_ns
        ]


class ResponseStore:
    """Responses by session and id: parallel tests don't see each other's."""

    def __init__(
        self,
        most: int = MOST_RESPONSES,
        most_bytes: int = MOST_BYTES,
        recall: RecallOf | None = None,
    ) -> None:
        self._recall = recall or self.recall
        self._store: BoundedStore[StoredResponse] = BoundedStore(most, most_bytes)
        self._records: Records | None = None
        self._revive: Revive | None = None

    def share(self, folder: Path, revive: Revive) -> None:
        """From now on with the other workers, in that folder."""
        self._records = Records(folder, self._store.most)
        self._revive = revive

    def __len__(self) -> int:
        return len(self._store)

    @property
    def size(self) -> int:
        """Bytes held, about."""
        return self._store.bytes

    def store(
        self,
        session: str,
        planned: PlannedAnswer,
        now_ns: int,
        stop: Stop,
        before: Sequence[dict[str, Any]] = (),
    ) -> None:
        """Takes a response that is being played, with what was said before; one that says
        `store: false` is not kept."""
        if planned.request.body.get("store") is False or planned.plan.status != 200:
            return
        request = planned.request
        weight = weight_of(request, before)
        name = _name(planned)
        stored = StoredResponse(planned.recipe, before, now_ns)
        stored.follow(stop)
        self._store.put((session, name), stored, weight)
        if self._records is not None:
            chosen = {key: request.headers[key] for key in HEADER_NAMES if key in request.headers}
            chosen["x-mock-scenario"] = planned.scenario
            self._records.write(
                session, name, Record(dict(request.given), chosen, list(before), now_ns)
            )

    @property
    def hooks(self) -> EndpointHooks:
        """From its first moment on a response can be retrieved, streamed again and cancelled."""
        return EndpointHooks(on_opened={"responses": self._opened, RETRIEVED: self._followed})

    def _opened(self, planned: PlannedAnswer, session: str, now_ns: int, stop: Stop) -> None:
        previous = planned.request.previous
        before = self._recall(session, previous) if previous else ()
        self.store(session, planned, now_ns, stop, before)

    def _followed(self, planned: PlannedAnswer, session: str, _now_ns: int, stop: Stop) -> None:
        if planned.request.stream:
            self.follow(session, planned, stop)

    def follow(self, session: str, planned: PlannedAnswer, stop: Stop) -> None:
        """A response is being streamed again."""
        stored = self._store.get((session, _name(planned)))
        if stored is not None:
            stored.follow(stop)

    def clear(self, session: str | None = None) -> None:
        """Forgets all responses, or those of one session."""
        self._store.clear(session)
        if self._records is not None:
            self._records.clear(session)

    def _known(self, session: str, name: str) -> StoredResponse | None:
        """With several workers the record says what is true, whoever wrote it last."""
        key = (session, name)
        stored = self._store.get(key)
        if self._records is None or self._revive is None:
            return stored
        record = self._records.read(session, name)
        if record is None:
            self._store.forget(key)
            return None
        if stored is None or stored.started_ns != record.started_ns:
            planned = self._revive("/v1/responses", record)
            weight = weight_of(planned.request, record.before)
            stored = StoredResponse(planned.recipe, record.before, record.started_ns)
            self._store.put(key, stored, weight)
        stored.cancelled_ns = record.cancelled_ns
        return stored

    def recall(self, session: str, name: str) -> Sequence[dict[str, Any]]:
        """What was said up to the end of that response."""
        stored = self._known(session, name)
        if stored is None:
            raise previous_not_found(name)
        return stored.messages

    def find(self, session: str, name: str) -> StoredResponse:
        """Raises ApiError."""
        stored = self._known(session, name)
        if stored is None:
            raise response_not_found(name)
        return stored

    def sweep(self) -> None:
        """Ends the streams of responses that another worker has cancelled."""
        if self._records is None:
            return
        for (session, name), stored in self._store.items():
            if stored.stops and stored.background and stored.cancelled_ns is None:
                record = self._records.read(session, name)
                if record is not None and record.cancelled_ns is not None:
                    stored.cancel(record.cancelled_ns)

    def delete(self, session: str, name: str) -> dict[str, Any]:
        """Forgets it. Raises ApiError."""
        self.find(session, name)
        self._store.forget((session, name))
        if self._records is not None:
            self._records.forget(session, name)
        return {"id": name, "object": "response", "deleted": True}

    def cancel(self, session: str, name: str, now_ns: int) -> dict[str, Any]:
        """The response object; its streams end at once. Again is no error, as with OpenAI."""
        stored = self.find(session, name)
        if not stored.background:
            raise ApiError(400, "Cannot cancel a synchronous response.", "response_id")
        if stored.status(stored.answer, now_ns) in ("queued", "in_progress"):
            stored.cancel(now_ns)
            record = self._records.read(session, name) if self._records is not None else None
            if self._records is not None and record is not None:
                self._records.write(session, name, replace(record, cancelled_ns=now_ns))
        return stored.to_json(now_ns)

    def retrieve(self, session: str, name: str, after: int | None, now_ns: int) -> PlannedAnswer:
        """What is played for a GET: the object, or its events after number `after`."""
        stored = self.find(session, name)
        planned, answer = stored.planned, stored.answer
        streamed = after is not None
        chunks: tuple[str, ...] = ()
        if after is None:
            body = orjson.dumps(stored.to_json(now_ns))
            frames = [Frame(0, body, "body")]
        else:
            frames = stored.frames(now_ns, after)
            left = {frame.chunk for frame in frames}
            chunks = tuple(
                b.text for b in answer.timed_chunks if b.chunk in left and b.chunk is not None
            )
        plan = Plan(
            frames=tuple(frames),
            headers=answer_headers(answer, streamed=streamed),
            streamed=streamed,
            text="".join(chunks) if streamed else answer.choices[0].text,
            chunks=chunks,
        )
        request = replace(planned.request, endpoint=RETRIEVED, stream=streamed)
        return replace(
            planned, request=request, why="retrieved", plan=plan, schedule=schedule_writes(plan)
        )


def _name(planned: PlannedAnswer) -> str:
    return f"resp_{key_of(chances(planned.seed, planned.scenario, planned.request.canonical))}"


def weight_of(request: ParsedRequest, before: Sequence[dict[str, Any]] = ()) -> int:
    """Bytes of memory, about."""
    return _ENTRY_BYTES + 4 * len(request.canonical) + 4 * len(request.prompt) + 8 * len(before)
