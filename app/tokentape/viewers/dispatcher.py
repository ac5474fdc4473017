"""What a client emitted, brought to the dialect that knows the event; the answer acknowledges it.

The outermost edge of all that dialects do on sockets: whatever goes wrong becomes an error event.
Knows no transport.
"""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from tokentape.access.tokens import Tokens
from tokentape.errors import CallerFault, OurFault, Refused
from tokentape.metrics import Metrics
from tokentape.settings import Settings
from tokentape.turns import NoRun
from tokentape.viewers.connection import Connection, Sent
from tokentape.viewers.connections import Connections
from tokentape.viewers.event_table import RESUME, Answer, Complain, EventTable, OnEvent
from tokentape.viewers.packet_guard import PROBLEMS, problem_of
from tokentape.viewers.pumps import Pumps
from tokentape.viewers.repeated_starts import Retries

log = logging.getLogger("tokentape.sockets")
streaming = logging.getLogger("tokentape.streaming")


class Dispatcher:
    """Looks an event up in the table, and knows a start again that is sent once more."""

    def __init__(
        self,
        settings: Settings,
        tokens: Tokens,
        metrics: Metrics,
        table: EventTable,
        connections: Connections,
        pumps: Pumps,
    ) -> None:
        self._tokens = tokens
        self._metrics = metrics
        self._table = table
        self._connections = connections
        self._pumps = pumps
        self._retries = Retries(settings.retry_window_s)

    async def handle(
        self,
        connection: Connection,
        event: str,
        arguments: Sequence[Any],
        number: int | None = None,
    ) -> Answer:
        """What a client emitted, and the number under which it is acknowledged, if Socket.IO gave
        it one; the acknowledgement. A start that was sent again gets that of the first."""
        start = None
        if event in self._table[connection.namespace].starts and len(arguments) == 1:
            start = event, arguments[0]
        earlier = self._retries.note(connection, number, start)
        if earlier:
            return await self._answer_again(connection, earlier)
        sent = connection.sent
        if sent is None:
            return await self._dispatch(connection, event, arguments)
        sent.sid = connection.sid
        try:
            answer = await self._dispatch(connection, event, arguments)
            sent.answer.set_result(answer)
        finally:
            if not sent.answer.done():
                sent.answer.cancel()
        return answer

    def refuse(
        self,
        connection: Connection,
        fault: Refused,
        payload: Any = None,
        complain: Complain | None = None,
    ) -> dict[str, Any]:
        """Tell the client why not; the acknowledgement says the same."""
        streaming.debug("socket %s: refused with %s", connection.sid, fault.code)
        complain = complain or self._table[connection.namespace].complain
        event, complaint = complain(fault, payload)
        answer: dict[str, Any] = {"ok": False, "code": fault.code, "message": fault.message}
        if fault.retry_after_s is not None:
            complaint["retryAfter"] = answer["retryAfter"] = fault.retry_after_s
        self._connections.send(connection, event, complaint)
        return answer

    async def _answer_again(self, connection: Connection, sent: Sent) -> Answer:
        answer = await asyncio.shield(sent.answer)
        run_id = answer.get("runId") if answer else None
        if answer is None or run_id is None or sent.sid == connection.sid:
            return answer
        # It came back by another connection: this one gets the answer, from its beginning.
        sent.sid = connection.sid
        with suppress(NoRun):
            view = await self._pumps.view(connection, run_id, connection.caller)
            if view.run:
                connection.started[run_id] = view.tape.label.dialect
            if "conversationId" in answer:
                connection.been_in(answer["conversationId"])
            self._pumps.watch(connection, view, -1)
        return answer

    async def _dispatch(
        self, connection: Connection, event: str, arguments: Sequence[Any]
    ) -> Answer:
        row = self._table[connection.namespace]
        payload = arguments[0] if arguments else {}
        handle: OnEvent
        if event == RESUME:
            # The dialect that the client speaks may be another than the namespace's first.
            handle, complain = self._resume, connection.spoken or row.complain
        elif event in row.events:
            handle, complain = row.events[event]
            connection.spoken = complain
        else:
            problem = f"There is no event `{event[:80].strip()}` here."
            if isinstance(payload, str):
                problem = PROBLEMS.get(payload, problem)
            complain = connection.spoken or row.complain
            return self.refuse(connection, CallerFault("BAD_REQUEST", problem), payload, complain)
        try:
            if payload is None:
                payload = {}
            if not isinstance(payload, dict) or len(arguments) > 1:
                raise CallerFault("BAD_REQUEST", problem_of(payload))
            if "token" not in payload or event not in row.bearing:
                self._tokens.check(connection.caller.identity)
            return await handle(connection, payload)
        except Refused as fault:
            return self.refuse(connection, fault, payload, complain)
        except Exception:  # the outermost edge: the client must hear of it, the rest go on
            log.exception("event %s failed", event)
            return self.refuse(connection, OurFault("INTERNAL"), payload, complain)

    async def _resume(self, connection: Connection, payload: dict[str, Any]) -> Answer:
        run_id, last = payload.get("runId"), payload.get("lastSeq", -1)
        if not isinstance(run_id, str):
            raise CallerFault("BAD_REQUEST", "`runId` must be a string.", field="runId")
        if type(last) is not int or last < -1:
            raise CallerFault("BAD_REQUEST", "`lastSeq` must be an integer.", field="lastSeq")
        caller = self._connections.bearer(connection, payload)
        try:
            view = await self._pumps.view(connection, run_id, caller)
        except NoRun as none:
            return {"ok": False, "code": none.code}
        if view.tape.label.dialect not in self._table[connection.namespace].folds:
            return {"ok": False, "code": "RUN_UNKNOWN"}
        length = await view.tape.length()
        if last >= length:
            raise CallerFault("BAD_REQUEST", "`lastSeq` is past the run's end.", field="lastSeq")
        self._metrics.resumes.labels(view.tape.label.dialect).inc()
        # The acknowledgement leaves before the pump's first step: nothing awaits in between.
        self._pumps.watch(connection, view, last)
        return {"ok": True, "missed": length - 1 - last}
