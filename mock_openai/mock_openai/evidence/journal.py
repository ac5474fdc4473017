"""The journal: one entry for each request that was played or refused, newest last.

Bounded in entries and in bytes; the oldest entry goes first.
"""

from collections import deque
from collections.abc import Iterator, Mapping
from itertools import count, islice, pairwise
from types import MappingProxyType
from typing import Any

from mock_openai.evidence.journal_json import EntryJson, MarkJson, State
from mock_openai.plan.plan import Placed
from mock_openai.planning.plan_json import faults_to_json
from mock_openai.planning.planned_answer import PlannedAnswer
from mock_openai.playback.ledger import Ledger
from mock_openai.request.secret_headers import secret

LONGEST_BODY = 16_384  # bytes of a request body that are kept
LONGEST_USER = 16_384  # characters of the last user message that are kept
LONGEST_WORDS = 1_000  # characters of a model's or a parameter's name, or a reason, that are kept
MOST_MARKS = 16  # of one entry; the oldest goes first
_ENDED: dict[State, str] = {
    "running": "runs",
    "finished": "finished",
    "client_closed": "client closed",
    "cut": "cut by the mock",
    "refused": "refused",
}
_NO_HEADERS: Mapping[str, str] = MappingProxyType({})
_ENTRY_BYTES = 1_500  # of Python objects, about, beside texts and columns


class Entry:
    """What happened to one request. `closed_after` is in frames."""

    __slots__ = (
        "_columns",
        "body",
        "body_hash",
        "closed_after",
        "ended_ns",
        "endpoint",
        "faults",
        "headers",
        "id",
        "ignored",
        "last_user",
        "ledger",
        "marks",
        "model",
        "moved",
        "other_texts",
        "profile",
        "retry_after",
        "scenario",
        "seed",
        "session",
        "started_ns",
        "state",
        "status",
        "stream",
        "streams",
        "text",
        "weight",
        "why",
    )  # fmt: skip

    def __init__(
        self,
        entry_id: str,
        session: str,
        planned: PlannedAnswer,
        body: bytes,
        now_ns: int,
        headers: Mapping[str, str],
    ) -> None:
        request, plan, schedule = planned.request, planned.plan, planned.schedule
        self.id = entry_id
        self.session = session
        self.endpoint = request.endpoint
        self.scenario = planned.scenario
        self.why = planned.why[:LONGEST_WORDS]
        self.seed = planned.seed
        self.stream = request.stream
        # With it, when it began: together with the request they give the times of a loaded pace.
        self.streams = planned.script.pace.streams if planned.script.pace.load is not None else None
        self.model = request.model[:LONGEST_WORDS]
        self.profile = planned.profile
        self.ignored = planned.ignored and tuple(one[:LONGEST_WORDS] for one in planned.ignored)
        self.last_user = request.last_user[:LONGEST_USER]
        self.text = plan.text
        self.other_texts = plan.other_texts
        self.body = body[:LONGEST_BODY]
        self.body_hash = hash(body)  # of all of it: long conversations begin alike
        self.headers = {name: value for name, value in headers.items() if not secret(name)}
        self.retry_after = dict(plan.headers).get("retry-after") if plan.status >= 400 else None
        self.status = plan.status
        self.faults: tuple[Placed, ...] = plan.faults
        self.moved = plan.moved
        self.state: State = "running"
        self.started_ns = now_ns
        self.ended_ns: int | None = None
        self.closed_after: int | None = None
        self.marks: list[tuple[str, int]] = []
        self.ledger = Ledger(schedule.columns, now_ns)
        self._columns = schedule.columns
        self.weight = (
            _ENTRY_BYTES
            + len(self.body)
            + sum(len(name) + len(value) + 60 for name, value in self.headers.items())
            + 4 * self._characters()
            + schedule.columns.weight
            + 16 * len(schedule.dues)
        )

    def _characters(self) -> int:
        """Of all that a request can make long."""
        characters = len(self.last_user) + len(self.text) + len(self.endpoint) + len(self.session)
        characters += len(self.model) + len(self.why)
        if self.other_texts or self.ignored:
            characters += sum(map(len, self.other_texts)) + sum(map(len, self.ignored))
        return characters

    def end(self, state: State, now_ns: int) -> None:
        """Notes how it ended, and when."""
        self.state = state
        self.ended_ns = now_ns
        if state == "client_closed":
            self.closed_after = self.ledger.sent

    def mark(self, name: str, at_ns: int) -> None:
        """Somebody else's moment, such as when a user pressed stop: what follows is told by it."""
        self.marks = [*self.marks[1 - MOST_MARKS :], (name, at_ns)]

    def closed(self) -> str | None:
        """Who ended it, where, and how long after the last mark, or else after the last frame."""
        if self.ended_ns is None:
            return None
        times = self.ledger.times()
        last = ("last frame", times[-1]) if times else ("request", self.started_ns)
        name, since_ns = self.marks[-1] if self.marks else last
        late_ms = (self.ended_ns - since_ns) / 1e6
        side = f"{late_ms:.1f} ms after" if late_ms >= 0 else f"{-late_ms:.1f} ms before"
        return f"{_ENDED[self.state]} {self._place()}, {side} the {name}"

    def _place(self) -> str:
        if not self.stream:
            return "after the body" if self.ledger.sent else "before the body"
        chunks = self._columns.kinds[: self.ledger.sent].count("content")
        return f"after chunk {chunks - 1}" if chunks else "before the first chunk"

    def chunks(self) -> list[str]:
        """The scripted text, cut as it was planned."""
        cut: list[str] = []
        at = 0
        for length in self._columns.chunk_lengths:
            cut.append(self.text[at : at + length])
            at += length
        return cut

    def frame_of(self, chunk: int) -> int | None:
        """The frame that carries content chunk N of what is sent; None: there are fewer."""
        carrying = (at for at, kind in enumerate(self._columns.kinds) if kind == "content")
        return next(islice(carrying, chunk, None), None)

    def brief(self) -> dict[str, Any]:
        """What a list of streams says of it."""
        kinds = self._columns.kinds
        return {
            "id": self.id,
            "endpoint": self.endpoint,
            "scenario": self.scenario,
            "model": self.model,
            "asked": self.last_user[:200],
            "state": self.state,
            "started_ns": self.started_ns,
            "ended_ns": self.ended_ns,
            "closed_after": self.closed_after,
            "sent": self.ledger.sent,
            "frames": len(kinds),
            "chunks_sent": kinds[: self.ledger.sent].count("content"),
            "chunks": kinds.count("content"),
            "marks": self._marks(),
        }

    def _marks(self) -> list[MarkJson]:
        return [{"name": name, "at_ns": at_ns} for name, at_ns in self.marks]

    def characters_before(self, last: int) -> int:
        """Of the scripted text, before the newest `last` frames that left."""
        chunks = self._columns.kinds[: max(0, self.ledger.sent - last)].count("content")
        return sum(islice(self._columns.chunk_lengths, chunks))

    def lately(self, most: int) -> list[dict[str, Any]]:
        """The newest frames that left, with the text of each where no fault has moved it."""
        first = max(0, self.ledger.sent - most)
        kinds = self._columns.kinds
        chunk = kinds[:first].count("content")
        texts = [] if self.moved else self.chunks()
        rows: list[dict[str, Any]] = []
        for seq, due_ns, written_ns, _, kind, size in self.ledger.rows(first):
            content = kind == "content"
            text = texts[chunk] if content and chunk < len(texts) else None
            rows.append(
                {
                    "seq": seq,
                    "chunk": chunk if content else None,
                    "kind": kind,
                    "due_ns": due_ns,
                    "written_ns": written_ns,
                    "size": size,
                    "text": text,
                }
            )
            chunk += content
        return rows

    def sent_text(self) -> str:
        """The text that has left, where no fault has changed it on the way."""
        kinds = self._columns.kinds[: self.ledger.sent]
        return "".join(self.chunks()[: kinds.count("content")])

    def longest_silence_ns(self, now_ns: int) -> int:
        """The longest time without a write that the client waited for, up to now or the end."""
        written = [self.started_ns, *self.ledger.times()]
        gaps = [later - earlier for earlier, later in pairwise(written)]
        if self.state in ("running", "client_closed"):
            gaps.append((self.ended_ns or now_ns) - written[-1])
        return max(gaps, default=0)

    def to_json(self, *, frames: bool = False) -> EntryJson:
        """As the admin routes give it."""
        entry: EntryJson = {
            "id": self.id,
            "endpoint": self.endpoint,
            "session": self.session,
            "scenario": self.scenario,
            "why": self.why,
            "seed": self.seed,
            "streams": self.streams,
            "stream": self.stream,
            "model": self.model,
            "profile": self.profile,
            "ignored": list(self.ignored),
            "last_user": self.last_user,
            "text": self.text,
            "chunks": self.chunks(),
            "other_texts": list(self.other_texts),
            "status": self.status,
            "faults": faults_to_json(self.faults),
            "state": self.state,
            "started_ns": self.started_ns,
            "ended_ns": self.ended_ns,
            "sent": self.ledger.sent,
            "chunks_sent": self._columns.kinds[: self.ledger.sent].count("content"),
            "closed_after": self.closed_after,
            "closed": self.closed(),
            "marks": self._marks(),
            "pauses": [{"from_ns": since, "to_ns": until} for since, until in self.ledger.pauses],
            "body": self.body.decode("utf-8", "replace"),
            "headers": self.headers,
            "retry_after": self.retry_after,
        }
        if frames:
            entry["frames"] = [
                {
                    "seq": seq,
                    "due_ns": due_ns,
                    "written_ns": written_ns,
                    "lag_ns": lag_ns,
                    "kind": kind,
                    "size": size,
                }
                for seq, due_ns, written_ns, lag_ns, kind, size in self.ledger.rows()
            ]
        return entry


class Journal:
    """Ids are unique in this process and say in which order requests came."""

    def __init__(self, entries: int, size: int, name: str = "s") -> None:
        self._most_entries = entries
        self._most_bytes = size
        self._entries: deque[Entry] = deque()
        self._by_id: dict[str, Entry] = {}
        self._bytes = 0
        self._numbers = count(1)
        self._name = name
        self.total = 0

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def size(self) -> int:
        """Bytes held, about."""
        return self._bytes

    def open(
        self,
        session: str,
        planned: PlannedAnswer,
        body: bytes,
        now_ns: int,
        headers: Mapping[str, str] = _NO_HEADERS,
    ) -> Entry:
        """What is secret in the headers is not kept."""
        name = f"{self._name}{next(self._numbers)}"
        entry = Entry(name, session, planned, body, now_ns, headers)
        self._entries.append(entry)
        self._by_id[entry.id] = entry
        self._bytes += entry.weight
        self.total += 1
        while len(self._entries) > self._most_entries or (
            self._bytes > self._most_bytes and len(self._entries) > 1
        ):
            oldest = self._entries.popleft()
            del self._by_id[oldest.id]
            self._bytes -= oldest.weight
        return entry

    def entry(self, entry_id: str) -> Entry | None:
        """None where it is gone, or never was."""
        return self._by_id.get(entry_id)

    def newest(self, contains: str = "", session: str | None = None) -> Iterator[Entry]:
        """Backwards, so that looking for a recent request is quick under load."""
        for entry in reversed(self._entries):
            if contains in entry.last_user and session in (None, entry.session):
                yield entry

    def clear(self, session: str | None = None) -> None:
        """Forgets all entries, or those of one session."""
        others = [e for e in self._entries if session is not None and e.session != session]
        self._entries = deque(others)
        self._by_id = {entry.id: entry for entry in others}
        self._bytes = sum(entry.weight for entry in others)
