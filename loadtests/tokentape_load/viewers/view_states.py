"""The states of one user's view of one answer, as a table that the viewers follow. Pure.

A view is `opened` when the user wants to ask. `ask` is the moment from which events of the answer
may come: over sockets before the question is written, over HTTP with the good head of the response.
While it is `viewing` the journey may ask for one of two deeds: a `stop`, after which the answer is
looked at to its end all the same, and a `cut`, by which the connection is lost on purpose. Whoever
is `away` comes back (`resume`) and goes on where the connection was cut, once. The terminal event
(`end`) is not the last thing to see: in `ending` the body has to close, and what comes too late has
to be seen. From every state there is a way to `closed`, and each way there says why: `over` alone
is a whole answer; `refused` and `unreachable` say that there was nobody to look at, and `lost` that
the stream broke off or fell silent. Nothing leads out of `closed`: a view is judged once.
"""

from types import MappingProxyType

from tokentape.contract.order import OPENED, Order, State

OPEN: State = OPENED
VIEWING: State = "viewing"
STOPPING: State = "stopping"
AWAY: State = "away"
RESUMED: State = "resumed"
ENDING: State = "ending"
CLOSED: State = "closed"

VIEW: Order = MappingProxyType(
    {
        OPEN: {"ask": VIEWING, "refused": CLOSED, "unreachable": CLOSED},
        VIEWING: {
            "stop": STOPPING,
            "cut": AWAY,
            "end": ENDING,
            "lost": CLOSED,
            "unreachable": CLOSED,
        },
        STOPPING: {"cut": AWAY, "end": ENDING, "lost": CLOSED},
        AWAY: {"resume": RESUMED, "refused": CLOSED, "unreachable": CLOSED},
        RESUMED: {
            "stop": STOPPING,
            "end": ENDING,
            "lost": CLOSED,
            "refused": CLOSED,
            "unreachable": CLOSED,
        },
        ENDING: {"over": CLOSED, "lost": CLOSED},
        CLOSED: {},
    }
)
"""State → what happens → next state."""
