"""A pump for each run that a connection views: one task that sends the run's events to its link.

Knows tapes and links; knows no event that a client emits.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from tokentape.access.limits import Caller
from tokentape.metrics import Metrics
from tokentape.runs.tape import Label
from tokentape.settings import Settings
from tokentape.turns import GuestOf, Turns, View
from tokentape.viewers.connection import Connection, Gone
from tokentape.viewers.event_table import EventTable
from tokentape.viewers.packets import spell_of
from tokentape.viewers.rendering import BATCH_BYTES, EncoderOf, Renderings, encoded

log = logging.getLogger("tokentape.sockets")

IDLE_S = 3_600.0
"""How long a pump waits for the next event before it asks again: a run ends long before."""


class Pumps:
    """`turns` is asked for them at each use: they are there only once the app has started."""

    def __init__(
        self, settings: Settings, metrics: Metrics, table: EventTable, turns: Callable[[], Turns]
    ) -> None:
        self._settings = settings
        self._metrics = metrics
        self._table = table
        self._turns = turns
        self._renderings: dict[tuple[str, str], Renderings[Any]] = {}
        self._encoders: dict[tuple[str, str, str], EncoderOf[Any]] = {}

    async def view(self, connection: Connection, run_id: str, caller: Caller) -> View:
        """A run that the connection may view: its caller's, or one that it is a guest at.

        Raises `NoRun`.
        """
        return await self._turns().view(run_id, caller, self._guest_of(connection))

    def watch(self, connection: Connection, view: View, after: int) -> None:
        """Send the connection what comes after `after`, as long as the view's caller may see it; an
        earlier pump of that run gives way."""
        label = view.tape.label
        rendering = self._renderings_of(connection).of(
            view.tape, self._encoder_of(connection, label)
        )
        self._forget_withheld(connection, label.run_id)
        earlier = connection.pumps.pop(label.run_id, None)
        if earlier:
            earlier.cancel()
        if view.run:
            view.run.viewer_came()
        link, weigh = connection.link, rendering.weigh
        welcome = self._guest_of(connection)

        async def pump() -> None:
            cursor, most = rendering.cursor(after), self._settings.viewer_queue_max
            queued = 0
            while not cursor.at_end:
                packets = await cursor.next(most, IDLE_S)
                if not view.theirs and not welcome(view.tape.label):
                    return
                await link.write(packets)
                queued += sum(map(weigh, packets))
                if link.waiting >= most or queued >= BATCH_BYTES:
                    # A link's queue has no bound: read on only when its writer has taken all.
                    async with asyncio.timeout(self._settings.send_timeout_s):
                        await link.drain()
                    queued = 0

        task = asyncio.create_task(pump(), name=f"pump {label.run_id}")
        connection.pumps[label.run_id] = task
        self._metrics.viewers.labels(link.transport).inc()
        task.add_done_callback(lambda done: self._on_end(connection, label.run_id, view, done))

    def unwatch(self, connection: Connection, run_id: str) -> None:
        """Show it no more of a run."""
        self._forget_withheld(connection, run_id)
        pump = connection.pumps.get(run_id)
        if pump:
            pump.cancel()

    def watch_later(self, connection: Connection, view: View, wait_s: float) -> None:
        """Show it from its first event, unless the connection resumes it within `wait_s`."""
        run_id = view.tape.label.run_id

        def show() -> None:
            connection.withheld.pop(run_id, None)
            if run_id not in connection.pumps:
                self.watch(connection, view, -1)

        self._forget_withheld(connection, run_id)
        loop = asyncio.get_running_loop()
        connection.withheld[run_id] = loop.call_later(wait_s, show)

    def _guest_of(self, connection: Connection) -> GuestOf:
        guests = self._table[connection.namespace].guests

        def welcome(label: Label) -> bool:
            guest = guests.get(label.dialect)
            return guest is not None and guest(connection, label)

        return welcome

    def _on_end(
        self, connection: Connection, run_id: str, view: View, task: asyncio.Task[None]
    ) -> None:
        transport = connection.link.transport
        self._metrics.viewers.labels(transport).dec()
        if connection.pumps.get(run_id) is task:
            del connection.pumps[run_id]
            connection.started.pop(run_id, None)
        if view.run:
            view.run.viewer_left()
        error = None if task.cancelled() else task.exception()
        if isinstance(error, TimeoutError):
            self._metrics.slow_viewers.labels(transport).inc()
            connection.link.cut()
        elif error and not isinstance(error, Gone):
            log.error("pump of run %s broke", run_id, exc_info=error)

    def _forget_withheld(self, connection: Connection, run_id: str) -> None:
        timer = connection.withheld.pop(run_id, None)
        if timer:
            timer.cancel()

    def _renderings_of(self, connection: Connection) -> Renderings[Any]:
        key = (connection.namespace, connection.link.transport)
        if key not in self._renderings:
            self._renderings[key] = Renderings(spell_of(*key).weigh)
        return self._renderings[key]

    def _encoder_of(self, connection: Connection, label: Label) -> EncoderOf[Any]:
        namespace, transport = connection.namespace, connection.link.transport
        key = (namespace, transport, label.dialect)
        if key not in self._encoders:
            fold_of = self._table[namespace].folds[label.dialect]
            self._encoders[key] = encoded(fold_of, spell_of(namespace, transport).encode)
        return self._encoders[key]
