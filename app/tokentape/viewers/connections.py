"""Who is connected to which namespace, as whom, and the events sent to them that belong to no run.

Knows no transport beyond its link, and no run.
"""

import asyncio
import logging
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

from tokentape.access.client_address import client_address
from tokentape.access.limits import Caller
from tokentape.access.tokens import Tokens
from tokentape.errors import CallerFault
from tokentape.metrics import Metrics
from tokentape.settings import Settings
from tokentape.viewers.connection import Connection, Link
from tokentape.viewers.event_table import EventTable
from tokentape.viewers.packets import spell_of

streaming = logging.getLogger("tokentape.streaming")


class Connections:
    """The open connections by namespace and id."""

    def __init__(
        self, settings: Settings, tokens: Tokens, metrics: Metrics, table: EventTable
    ) -> None:
        self._settings = settings
        self._tokens = tokens
        self._metrics = metrics
        self._table = table
        self._open: dict[tuple[str, str], Connection] = {}

    def connect(
        self, namespace: str, sid: str, link: Link, scope: Mapping[str, Any], auth: object
    ) -> Connection:
        """A new connection of an ASGI `scope`. Raises UNAUTHORIZED, or BAD_REQUEST."""
        peer = scope["client"][0] if scope.get("client") else None
        address = client_address(peer, scope["headers"], self._settings.proxies)
        connection = Connection(sid, namespace, Caller(None, address), link)
        self.introduce(connection, auth)
        self._open[namespace, sid] = connection
        self._metrics.connections.labels(namespace).inc()
        streaming.debug("socket %s: connected to %s", sid, namespace)
        return connection

    def introduce(self, connection: Connection, auth: object) -> None:
        """Learn from the handshake's `auth` who this is. Raises UNAUTHORIZED, or BAD_REQUEST."""
        row = self._table[connection.namespace]
        if auth is not None and not isinstance(auth, dict):
            raise CallerFault("UNAUTHORIZED")
        token = auth.get("token") if auth else None
        identity = None
        if token is not None and token != "":  # seeds' clients send "" when nobody is logged in
            identity = self._tokens.read(token)
        elif row.require_token:
            raise CallerFault("UNAUTHORIZED")
        caller = Caller(identity, connection.caller.address)
        connection.user = row.introduce(caller, auth or {})
        connection.caller = caller

    def bearer(self, connection: Connection, payload: Mapping[str, Any]) -> Caller:
        """Who acts: the user of the payload's `token`, nobody where it is null or empty, and where
        there is none whoever the connection is known as. Raises UNAUTHORIZED."""
        if "token" not in payload:
            return connection.caller
        token = payload["token"]
        identity = None if token in (None, "") else self._tokens.read(token)
        return Caller(identity, connection.caller.address)

    def greet(self, connection: Connection) -> None:
        """Send what the dialects say first."""
        for greeting in self._table[connection.namespace].greetings:
            self.send(connection, *greeting(connection))

    def disconnect(self, connection: Connection) -> None:
        """The client has gone; its runs go on."""
        if self._open.pop((connection.namespace, connection.sid), None) is None:
            return
        self._metrics.connections.labels(connection.namespace).dec()
        streaming.debug("socket %s: disconnected from %s", connection.sid, connection.namespace)
        for timer in connection.withheld.values():
            timer.cancel()
        connection.withheld.clear()
        for pump in list(connection.pumps.values()):
            pump.cancel()
        for part in self._table[connection.namespace].partings:
            part(connection)

    def find(self, namespace: str, sid: str) -> Connection | None:
        """An open connection of a namespace, by its id."""
        return self._open.get((namespace, sid))

    def among(self, namespace: str) -> Iterable[Connection]:
        """The open connections of a namespace."""
        return [one for (place, _), one in self._open.items() if place == namespace]

    def send(self, connection: Connection, event: str, payload: dict[str, Any]) -> None:
        """One event that belongs to no run; gone when the client has gone or its queue is full."""
        link = connection.link
        if link.waiting < 2 * self._settings.viewer_queue_max:
            link.send(spell_of(connection.namespace, link.transport)(event, payload))

    def send_all(
        self, connections: Iterable[Connection], event: str, payload: dict[str, Any]
    ) -> None:
        """One event to many, encoded once for each transport. Whoever has ROOM_QUEUE_MAX packets
        waiting already is dropped: none of the others waits, and nobody misses an event."""
        packets: dict[str, Any] = {}
        for connection in connections:
            link = connection.link
            if link.waiting >= self._settings.room_queue_max:
                self._metrics.slow_viewers.labels(link.transport).inc()
                link.cut()
                continue
            if link.transport not in packets:
                spell = spell_of(connection.namespace, link.transport)
                packets[link.transport] = spell(event, payload)
            link.send(packets[link.transport])

    async def flush(self, wait_s: float) -> None:
        """Wait until all that was queued has been sent, but no longer than `wait_s`."""
        with suppress(TimeoutError):
            async with asyncio.timeout(wait_s):
                pumps = [pump for each in self._open.values() for pump in each.pumps.values()]
                if pumps:
                    await asyncio.wait(pumps)
                links = [each.link for each in self._open.values()]
                await asyncio.gather(*(link.drain() for link in links))
