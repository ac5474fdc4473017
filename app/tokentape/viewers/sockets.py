"""All that sockets share, whatever the transport: events, connections, pumps, and the dispatcher.

Dialects register events and folds in the table; transports bring connections and what they emit.
"""

from collections.abc import Callable

from tokentape.access.tokens import Tokens
from tokentape.metrics import Metrics
from tokentape.settings import Settings
from tokentape.turns import Turns
from tokentape.viewers.connections import Connections
from tokentape.viewers.dispatcher import Dispatcher
from tokentape.viewers.event_table import EventTable
from tokentape.viewers.pumps import Pumps


class Sockets:
    """The four parts, made for one app. `turns` is called at each use: they are there only once the
    app has started."""

    def __init__(
        self, settings: Settings, tokens: Tokens, metrics: Metrics, turns: Callable[[], Turns]
    ) -> None:
        self.table = EventTable()
        self.connections = Connections(settings, tokens, metrics, self.table)
        self.pumps = Pumps(settings, metrics, self.table, turns)
        self.dispatcher = Dispatcher(
            settings, tokens, metrics, self.table, self.connections, self.pumps
        )
