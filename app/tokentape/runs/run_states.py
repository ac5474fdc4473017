"""The states of a run, as a table that the code follows and the docs draw. Pure.

A run has one writer and one end. It is `opened` when it has a tape, and lives in one of four states
until the terminal event is on that tape. In `reading` the answer comes from the model, each text is
appended as it comes, and a stop is obeyed. In `stopping` the upstream request is being closed: a
stop may cross the end on its way, and then what came whole stays whole. In `storing` the outcome is
decided, and a stop changes nothing any more; the database has a while to take the end, so that who
receives it may ask for it. In `ending` the terminal event is appended: it is the stored outcome, or
a failure where nothing could be stored. `late` leads there too: a locked database holds up no
viewer, and the end is stored as it was sent. Nothing leads out of `closed`, so no run ends twice,
and each way from `opened` leads there, so each ends once.

How many view a run is no part of this: nobody viewing for a while is a `stop` like any other.
"""

from types import MappingProxyType

from tokentape.contract.order import OPENED, Order, State

OPEN: State = OPENED
READING: State = "reading"
STOPPING: State = "stopping"
STORING: State = "storing"
ENDING: State = "ending"
CLOSED: State = "closed"

RUN: Order = MappingProxyType(
    {
        OPEN: {"begin": READING, "stop": STOPPING},
        READING: {"stop": STOPPING, "cut": STORING, "whole": STORING, "failure": STORING},
        STOPPING: {"cut": STORING, "whole": STORING, "failure": STORING},
        STORING: {"stored": ENDING, "late": ENDING, "not stored": ENDING},
        ENDING: {"end": CLOSED},
        CLOSED: {},
    }
)
"""State → what happens → next state."""


def may(state: State, happening: str) -> bool:
    """Whether the table has a place for it."""
    return happening in RUN[state]
