"""The states of an exchange, as a table that the code follows and the docs draw. Pure.

An exchange has one request and at most one answer, and a connection has one exchange after another:
HTTP/1.1 lets a client send the next request before the last answer is there. It is `opened` when
its head is read. While another has its turn it collects its body, and is `ready` when that is
whole; with its turn it is `receiving` until then. What is refused by its size alone need not be
whole. `answering` lasts for one call: the request is planned, and then either refused or played.
`playing` ends by itself, by a cancel that ends the body properly, or because the connection does;
`broken` is a mistake of ours with an answer half sent, which no error can take back. Nothing leads
out of `done` and `lost`: an answer ends once. From `done` the connection goes on to the next
exchange, or is closed; `lost` has no connection any more.

One that has not had its turn when the connection is lost just stays where it is: nobody waits for
it. A stream that hangs is `playing` until its client goes.
"""

from collections.abc import Mapping
from types import MappingProxyType

OPENED = "opened"
READY = "ready"
RECEIVING = "receiving"
ANSWERING = "answering"
PLAYING = "playing"
DONE = "done"
LOST = "lost"

EXCHANGE: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        OPENED: {"turn": RECEIVING, "whole": READY},
        READY: {"turn": ANSWERING},
        RECEIVING: {"whole": ANSWERING, "refused": DONE, "gone": LOST},
        ANSWERING: {"played": PLAYING, "refused": DONE},
        PLAYING: {"end": DONE, "cancelled": DONE, "gone": LOST, "broken": LOST},
        DONE: {},
        LOST: {},
    }
)
"""State → what happens → next state."""


def may(state: str, happening: str) -> bool:
    """Whether the table has a place for it."""
    return happening in EXCHANGE[state]
