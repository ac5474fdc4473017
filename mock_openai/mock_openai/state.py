"""The mock of one process: what its parts share, from the first request to the last."""

import asyncio
import os
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any
from urllib.parse import parse_qs

from mock_openai.catalog.scenario_files import ScenarioFiles
from mock_openai.endpoints import Endpoint
from mock_openai.endpoints.conversation_items import BEGIN as CONVERSATION
from mock_openai.errors import ApiError
from mock_openai.evidence.journal import Entry, Journal
from mock_openai.planning.planned_answer import PlannedAnswer
from mock_openai.planning.planner import Planner
from mock_openai.planning.refused_answer import refused_answer
from mock_openai.playback.gates import Gates
from mock_openai.playback.player import Player
from mock_openai.playback.virtual_clock import VirtualClock
from mock_openai.recording.recorded_exchange import Recorder
from mock_openai.recording.redaction import Redaction
from mock_openai.recording.upstream import Upstream
from mock_openai.request.sessions import session_of
from mock_openai.settings import Settings
from mock_openai.storage.chat_completions import CompletionStore
from mock_openai.storage.conversations import Conversations
from mock_openai.storage.hooks import OnFinished, OnOpened, Store
from mock_openai.storage.responses import ResponseStore

__all__ = ["Mock", "session_of"]


class Mock:
    """`refused` counts requests that got an error of OpenAI's, not of a scenario's; `waiting` are
    requests of the admin routes that wait for something to come true, `recordings` those that wait
    for a real server, by the name that they were given. `upstream` answers what no scenario fits;
    None: the mock does."""

    def __init__(self, settings: Settings, loop: asyncio.AbstractEventLoop) -> None:
        self.settings = settings
        self.scenario_files = ScenarioFiles(settings.folders)
        self.planner = Planner(self.scenario_files, settings)
        self.journal = Journal(
            settings.journal_entries,
            settings.journal_bytes,
            f"w{os.getpid()}-" if settings.workers > 1 else "s",
        )
        if settings.clock == "virtual":
            clock = VirtualClock()
            self.player = Player(loop, clock, clock.alarm)
        else:
            self.player = Player(loop)
        several = settings.workers > 1
        self.responses = ResponseStore(recall=self.recall)
        self.completions = CompletionStore()
        self.conversations = Conversations(settings.seed, str(os.getpid()) if several else "")
        self.stores: tuple[Store, ...] = (self.responses, self.completions, self.conversations)
        self._on_opened: dict[str, list[OnOpened]] = {}
        self._on_finished: dict[str, list[OnFinished]] = {}
        for hooks in (store.hooks for store in self.stores):
            for endpoint, opened in hooks.on_opened.items():
                self._on_opened.setdefault(endpoint, []).append(opened)
            for endpoint, finished in hooks.on_finished.items():
                self._on_finished.setdefault(endpoint, []).append(finished)
        self.gates = Gates()
        self.refused = 0
        self.waiting = 0
        self.recordings: dict[str, Recorder] = {}
        self.upstream = self._upstream()

    def _upstream(self) -> Upstream | None:
        settings = self.settings
        if settings.record_missing is None:
            return None
        return Upstream(
            settings.record_missing,
            settings.folders[0],
            Redaction(settings.redact),
            settings.upstream_key,
            self.scenario_files.refresh,
        )

    def close(self) -> None:
        """Stops playing."""
        self.player.close()

    def plan(
        self, endpoint: Endpoint, headers: Mapping[str, str], body: bytes, *, counts: bool = True
    ) -> PlannedAnswer:
        """What is played for a request, or would be; raises ApiError."""
        session = session_of(headers)
        return self.planner.plan(
            endpoint,
            headers,
            body,
            partial(self.recall, session),
            self.player.streams + 1,
            counts=counts,
        )

    def recall(self, session: str, name: str) -> Sequence[dict[str, Any]]:
        """What was said up to the end of that answer, or in that conversation; raises ApiError."""
        if name.startswith(CONVERSATION):
            return self.conversations.recall(session, name)
        return self.responses.recall(session, name)

    def reset(self, session: str | None) -> None:
        """Forgets what happened and what was put: all of it, or that of one session."""
        self.journal.clear(session)
        for store in self.stores:
            store.clear(session)
        self.planner.session_scenarios.clear(session)
        self.planner.match_counter.clear(session)

    def retrieve(
        self, name: str, query: str, headers: Mapping[str, str], body: bytes
    ) -> PlannedAnswer:
        """What is played for `GET /v1/responses/{name}`; raises ApiError."""
        after = _events_after(query)
        return self.responses.retrieve(session_of(headers), name, after, self.player.clock_ns())

    def note_refusal(
        self, endpoint: str, error: ApiError, headers: Mapping[str, str], body: bytes, sent: bytes
    ) -> Entry:
        """Journals a request that nothing was planned for; `sent` is the body of the error."""
        try:
            session = session_of(headers)
        except ApiError:
            session = ""
        now_ns = self.player.clock_ns()
        planned = refused_answer(endpoint, error, body, sent)
        entry = self.journal.open(session, planned, body, now_ns, headers)
        entry.ledger.note(1, now_ns)
        entry.end("refused", now_ns)
        self.refused += 1
        return entry

    def on_opened(
        self, planned: PlannedAnswer, session: str, now_ns: int, stop: Callable[[], None]
    ) -> None:
        """An answer begins; `stop` ends it early."""
        if planned.script.recorded is not None:  # a recording is bytes, not an answer
            return
        for opened in self._on_opened.get(planned.request.endpoint, ()):
            opened(planned, session, now_ns, stop)

    def on_finished(self, planned: PlannedAnswer, session: str, now_ns: int) -> None:
        """An answer has come to its end."""
        if planned.script.recorded is not None:
            return
        for finished in self._on_finished.get(planned.request.endpoint, ()):
            finished(planned, session, now_ns)


def _events_after(query: str) -> int | None:
    """The number of the last event that the caller has; None: it wants no stream."""
    try:
        given = parse_qs(query, keep_blank_values=True, max_num_fields=20)
    except ValueError as error:
        raise ApiError(400, "The query of the URL can't be read.") from error
    stream = given.get("stream", ["false"])[-1]
    after = given.get("starting_after", [""])[-1]
    if stream not in ("true", "false"):
        message = "Invalid type for 'stream': expected a boolean, but got a string instead."
        raise ApiError(400, message, "stream", "invalid_type")
    if after and not (after.isascii() and after.isdecimal() and len(after) < 10):
        message = "Invalid type for 'starting_after': expected an unsigned integer."
        raise ApiError(400, message, "starting_after", "invalid_type")
    if stream == "false":
        if after:
            message = "The 'starting_after' parameter is only allowed when 'stream' is enabled."
            raise ApiError(400, message, "starting_after")
        return None
    return int(after) if after else -1
