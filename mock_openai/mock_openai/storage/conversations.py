"""Conversations of the Responses API: items that a response reads, and that it adds to.

https://platform.openai.com/docs/api-reference/conversations
Bounded in number, in items of each and in bytes; the oldest goes first. Several workers share
records in a folder: of two that add to one conversation at the same instant, one may be lost.
"""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count as count_from
from pathlib import Path
from typing import Any

import orjson

from mock_openai.endpoints.checks import check_fields, items, metadata
from mock_openai.endpoints.conversation_items import BEGIN, items_of_exchange, items_with_ids
from mock_openai.endpoints.openai_errors import conversation_not_found, item_not_found
from mock_openai.endpoints.response_input import ITEM, messages_of
from mock_openai.errors import ApiError
from mock_openai.planning.planned_answer import PlannedAnswer, answer_of
from mock_openai.planning.seeding import chances
from mock_openai.request.parsed_request import named_conversation
from mock_openai.scenarios.answer import created_by
from mock_openai.storage.bounded_store import BoundedStore
from mock_openai.storage.hooks import EndpointHooks, Revive
from mock_openai.storage.paging import ListQuery, paged
from mock_openai.storage.shared_records import Record, Records
from mock_openai.text.random_source import hexes

MOST_CONVERSATIONS = 1_000
MOST_ITEMS = 2_000  # of one conversation: as many as a request may bring
MOST_BYTES = 64_000_000
MOST_ADDED = 20  # by one request
_ENTRY_BYTES = 1_000  # of Python objects, about, beside the items
Json = dict[str, Any]
NEW = {"items": items(ITEM, 0, MOST_ADDED), "metadata": metadata}
ADDED = {"items": items(ITEM, 0, MOST_ADDED)}


@dataclass(frozen=True, slots=True)
class Conversation:
    """`messages` are the items as messages; `added` counts all items that there ever were; `weight`
    is in bytes of memory, about."""

    name: str
    created: int
    metadata: Mapping[str, str] = field(default_factory=dict)
    items: tuple[Json, ...] = ()
    messages: tuple[Json, ...] = ()
    added: int = 0
    weight: int = _ENTRY_BYTES

    def to_json(self) -> Json:
        """The resource, as OpenAI gives it: without its items."""
        return {
            "id": self.name,
            "object": "conversation",
            "created_at": self.created,
            "metadata": self.metadata,
        }

    def with_items(self, new: Sequence[Json]) -> "Conversation":
        """With those at its end, each by an id of its own; the oldest may have to go."""
        known = {item["id"] for item in self.items}
        named: list[Json] = []
        for number, item in enumerate(new, self.added):
            # The same answer twice has the same ids: here they must differ.
            name = f"{item['id']}_{number}" if item["id"] in known else item["id"]
            known.add(name)
            named.append({**item, "id": name})
        gone = max(0, len(self.items) + len(named) - MOST_ITEMS)
        items = (*self.items, *named)[gone:]
        return replace(
            self,
            items=items,
            # The messages of before are the same objects: each response keeps all of its own.
            messages=tuple(messages_of(items)) if gone else (*self.messages, *messages_of(named)),
            added=self.added + len(named),
            weight=self.weight + _weight(named) - _weight(self.items[:gone]),
        )

    def without(self, name: str) -> "Conversation":
        """Raises ApiError where there is no such item."""
        gone = self.item(name)
        items = tuple(item for item in self.items if item is not gone)
        weight = self.weight - _weight([gone])
        return replace(self, items=items, messages=tuple(messages_of(items)), weight=weight)

    def item(self, name: str) -> Json:
        """Raises ApiError."""
        match = next((item for item in self.items if item["id"] == name), None)
        if match is None:
            raise item_not_found(self.name, name)
        return match


def _weight(items: Sequence[Json]) -> int:
    try:
        return 4 * sum(len(orjson.dumps(item)) for item in items)
    except orjson.JSONEncodeError as error:
        raise ApiError(400, "'items' are nested too deeply.", "items") from error


class Conversations:
    """By session and id: parallel tests don't see each other's. `seed` and the number of those
    that a session has begun make the id, `worker` tells them apart where there are several."""

    def __init__(
        self,
        seed: int,
        worker: str = "",
        most: int = MOST_CONVERSATIONS,
        most_bytes: int = MOST_BYTES,
    ) -> None:
        self._seed = seed
        self._worker = worker
        self._begun: OrderedDict[str, int] = OrderedDict()
        self._store: BoundedStore[Conversation] = BoundedStore(most, most_bytes)
        self._records: Records | None = None

    def share(self, folder: Path, revive: Revive) -> None:
        """From now on with the other workers, in that folder. A record is the conversation itself:
        nothing has to be made again."""
        self._records = Records(folder, self._store.most, "conversations")

    def __len__(self) -> int:
        return len(self._store)

    @property
    def size(self) -> int:
        """Bytes held, about."""
        return self._store.bytes

    def create(self, session: str, body: Mapping[str, Any]) -> Json:
        """A new one, with the body's items and metadata. Raises ApiError."""
        check_fields(body, NEW, ())
        made = replace(self._new(session), metadata=body.get("metadata") or {})
        given = items_with_ids(body.get("items") or [], f"{made.name.removeprefix(BEGIN)[:24]}0")
        self._put(session, made.with_items(given))
        return made.to_json()

    def _new(self, session: str) -> Conversation:
        """The next of the session; where the count is forgotten, the next that is not there."""
        for number in count_from(self._begun.pop(session, 0) + 1):
            purpose = f"conversation {number} {self._worker}".encode()
            ids = chances(self._seed, session, purpose)("id")
            made = Conversation(f"{BEGIN}{hexes(ids, 48)}", created_by(ids))
            if not self._knows(session, made.name):
                self._begun[session] = number
                if len(self._begun) > self._store.most:
                    self._begun.popitem(last=False)
                return made
        raise AssertionError("numbers have no end")

    def _knows(self, session: str, name: str) -> bool:
        try:
            self.find(session, name)
        except ApiError:
            return False
        return True

    def find(self, session: str, name: str) -> Conversation:
        """Raises ApiError."""
        if self._records is None:
            conversation = self._store.get((session, name))
        else:
            record = self._records.read(session, name)
            conversation = None if record is None else _revived(record)
        if conversation is None:
            raise conversation_not_found(name)
        return conversation

    def update(self, session: str, name: str, body: Mapping[str, Any]) -> Json:
        """Gives it the body's metadata. Raises ApiError."""
        check_fields(body, {"metadata": metadata}, ("metadata",))
        conversation = replace(self.find(session, name), metadata=body["metadata"] or {})
        self._put(session, conversation)
        return conversation.to_json()

    def delete(self, session: str, name: str) -> Json:
        """Raises ApiError."""
        self.find(session, name)
        self._store.forget((session, name))
        if self._records is not None:
            self._records.forget(session, name)
        return {"id": name, "object": "conversation.deleted", "deleted": True}

    def add(self, session: str, name: str, body: Mapping[str, Any]) -> Json:
        """The body's items at its end, which are told with their ids. Raises ApiError."""
        check_fields(body, ADDED, ("items",))
        conversation = self.find(session, name)
        given = items_with_ids(
            body["items"], f"{name.removeprefix(BEGIN)[:24]}{conversation.added}"
        )
        grown = conversation.with_items(given)
        self._put(session, grown)
        return paged(grown.items[-len(given) :] if given else (), ListQuery(limit=MOST_ADDED))

    def drop(self, session: str, name: str, item: str) -> Json:
        """The conversation without that item. Raises ApiError."""
        left = self.find(session, name).without(item)
        self._put(session, left)
        return left.to_json()

    @property
    def hooks(self) -> EndpointHooks:
        """A whole response adds what was asked and what came to the conversation that it names."""
        return EndpointHooks(on_finished={"responses": self._finished})

    def _finished(self, planned: PlannedAnswer, session: str, _now_ns: int) -> None:
        conversation = named_conversation(planned.request.body)
        if conversation is not None:
            new = items_of_exchange(planned.request, answer_of(planned))
            self.append(session, conversation, new)

    def append(self, session: str, name: str, new: Sequence[Json]) -> None:
        """A response has come to its end; one whose conversation is gone meanwhile adds nothing."""
        try:
            conversation = self.find(session, name)
        except ApiError:
            return
        self._put(session, conversation.with_items(new))

    def recall(self, session: str, name: str) -> Sequence[Json]:
        """What was said, as messages. Raises ApiError."""
        return self.find(session, name).messages

    def clear(self, session: str | None = None) -> None:
        """Forgets all, or those of one session."""
        self._store.clear(session)
        for named in [one for one in self._begun if session in (None, one)]:
            del self._begun[named]
        if self._records is not None:
            self._records.clear(session)

    def _put(self, session: str, new: Conversation) -> None:
        if self._records is not None:
            given = {"metadata": dict(new.metadata), "added": new.added}
            record = Record(given, {}, list(new.items), new.created, name=new.name)
            self._records.write(session, new.name, record)
            return
        self._store.put((session, new.name), new, new.weight)


def _revived(record: Record) -> Conversation:
    return Conversation(
        record.name,
        record.started_ns,
        record.given["metadata"],
        tuple(record.before),
        tuple(messages_of(record.before)),
        record.given["added"],
    )
