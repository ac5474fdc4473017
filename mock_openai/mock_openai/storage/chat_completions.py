"""Stored chat completions: those that said `store: true` and came to their end. They are listed,
retrieved, given other metadata and deleted; what they say is made again from the request.

https://platform.openai.com/docs/api-reference/chat/list
Bounded in number and in bytes; the oldest goes first. Several workers share records in a folder.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import orjson

from mock_openai.endpoints.chat_object import whole
from mock_openai.endpoints.checks import check_fields, metadata
from mock_openai.endpoints.openai_errors import completion_not_found
from mock_openai.planning.planned_answer import PlannedAnswer, answer_of
from mock_openai.planning.seeding import chances
from mock_openai.request.overrides import HEADER_NAMES
from mock_openai.scenarios.answer import key_of
from mock_openai.storage.bounded_store import BoundedStore
from mock_openai.storage.hooks import EndpointHooks, Revive
from mock_openai.storage.paging import ListQuery, paged
from mock_openai.storage.responses import MOST_BYTES, weight_of
from mock_openai.storage.shared_records import Record, Records

MOST_STORED = 1_000


@dataclass(frozen=True, slots=True)
class StoredCompletion:
    """One completion; `metadata` may differ from the request's by now."""

    name: str
    planned: PlannedAnswer
    metadata: Mapping[str, str]
    ended_ns: int

    def to_json(self) -> dict[str, Any]:
        """The completion object, with the metadata that it has now."""
        planned = self.planned
        answer = answer_of(planned)
        body: dict[str, Any] = orjson.loads(whole(planned.request, answer))
        return {**body, "metadata": self.metadata}

    def messages(self) -> list[dict[str, Any]]:
        """What the completion was asked, each message with an id of its own."""
        return [
            {"id": f"{self.name}-{number}", "refusal": None, "name": None, "content_parts": None,
             **(message if isinstance(message.get("content"), str) else _in_parts(message))}
            for number, message in enumerate(self.planned.request.body["messages"])
        ]  # fmt: skip


def _in_parts(message: Mapping[str, Any]) -> dict[str, Any]:
    return {**message, "content": None, "content_parts": message.get("content")}


def _fits(query: ListQuery, saved: StoredCompletion) -> bool:
    """By model and metadata."""
    labels = (query.metadata or {}).items()
    return query.model in (None, saved.planned.request.model) and all(
        saved.metadata.get(name) == value for name, value in labels
    )


class CompletionStore:
    """By session and id: parallel tests don't see each other's."""

    def __init__(self, most: int = MOST_STORED, most_bytes: int = MOST_BYTES) -> None:
        self._saved: BoundedStore[StoredCompletion] = BoundedStore(most, most_bytes)
        self._records: Records | None = None
        self._revive: Revive | None = None

    def share(self, folder: Path, revive: Revive) -> None:
        """From now on with the other workers, in that folder."""
        self._records = Records(folder, self._saved.most, "completions")
        self._revive = revive

    def __len__(self) -> int:
        return len(self._saved)

    @property
    def size(self) -> int:
        """Bytes held, about."""
        return self._saved.bytes

    @property
    def hooks(self) -> EndpointHooks:
        """Whole completions that said `store: true`."""
        return EndpointHooks(on_finished={"chat.completions": self._finished})

    def _finished(self, planned: PlannedAnswer, session: str, now_ns: int) -> None:
        if planned.request.body.get("store") is True and not planned.broken_off:
            self.store(session, planned, now_ns)

    def store(self, session: str, planned: PlannedAnswer, now_ns: int) -> None:
        """Takes a completion that has come to its end."""
        name = (
            f"chatcmpl-{key_of(chances(planned.seed, planned.scenario, planned.request.canonical))}"
        )
        self._put(
            session,
            StoredCompletion(
                name, planned.recipe, planned.request.body.get("metadata") or {}, now_ns
            ),
        )

    def _put(self, session: str, saved: StoredCompletion) -> None:
        request = saved.planned.request
        if self._records is not None:
            chosen = {key: request.headers[key] for key in HEADER_NAMES if key in request.headers}
            chosen["x-mock-scenario"] = saved.planned.scenario
            given = {**request.given, "metadata": dict(saved.metadata)}
            record = Record(given, chosen, [], saved.ended_ns, name=saved.name)
            self._records.write(session, saved.name, record)
            return
        self._saved.put((session, saved.name), saved, weight_of(request))

    def _revived(self, record: Record) -> StoredCompletion:
        assert self._revive is not None  # noqa: S101 - set together with the records
        labels = record.given.get("metadata") or {}
        return StoredCompletion(
            record.name, self._revive("/v1/chat/completions", record), labels, record.started_ns
        )

    def all(self, session: str) -> list[StoredCompletion]:
        """The oldest first."""
        if self._records is None:
            return [saved for (whose, _), saved in self._saved.items() if whose == session]
        records = sorted(self._records.of(session), key=lambda record: record.started_ns)
        return [self._revived(record) for record in records]

    def find(self, session: str, name: str) -> StoredCompletion:
        """Raises ApiError."""
        saved = self._saved.get((session, name))
        record = None if self._records is None else self._records.read(session, name)
        if record is not None:
            saved = self._revived(record)
        if saved is None:
            raise completion_not_found(name)
        return saved

    def page(self, session: str, query: ListQuery) -> dict[str, Any]:
        """A page of them, as OpenAI pages. Raises ApiError."""
        fitting = {saved.name: saved for saved in self.all(session) if _fits(query, saved)}
        page = paged([{"id": name} for name in fitting], query)
        return {**page, "data": [fitting[one["id"]].to_json() for one in page["data"]]}

    def update(self, session: str, name: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Gives it the body's metadata. Raises ApiError."""
        check_fields(body, {"metadata": metadata}, ("metadata",))
        saved = replace(self.find(session, name), metadata=body["metadata"] or {})
        if self._records is None:
            self._saved.change((session, name), saved)
        else:
            self._put(session, saved)
        return saved.to_json()

    def delete(self, session: str, name: str) -> dict[str, Any]:
        """Raises ApiError."""
        self.find(session, name)
        self._saved.forget((session, name))
        if self._records is not None:
            self._records.forget(session, name)
        return {"object": "chat.completion.deleted", "id": name, "deleted": True}

    def clear(self, session: str | None = None) -> None:
        """Forgets all, or those of one session."""
        self._saved.clear(session)
        if self._records is not None:
            self._records.clear(session)
