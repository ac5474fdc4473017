"""What has been seen of one answer, over all its connections, and what is to be done next.

Pure, and shared by the viewers of all transports.
"""

from typing import Literal, TypeAlias

from tokentape.client.turn import Turn, values_for
from tokentape.contract.contract import Contract, Json, pick
from tokentape.contract.timeline import Seen
from tokentape_load.judging.answer_result import Failure, View
from tokentape_load.viewers.view_states import CLOSED, ENDING, OPEN, VIEW
from tokentape_load.workload.journeys import NOTHING, Deed

Act: TypeAlias = Literal["stop", "cut"]

EVENTS_MAX = 200_000
"""Of one answer: a server may send them without end, and each of them is kept."""


class Observation:
    def __init__(self, contract: Contract, turn: Turn, deed: Deed = NOTHING) -> None:
        self.timeline: list[Seen] = []
        self.failures: list[Failure] = []
        self.values: dict[str, Json] = values_for(contract, turn)
        """For the contract's templates; `run`, `seq` and `conversation` once they are known."""
        self.state = OPEN
        self.ended = False
        self.request: Json = None
        """The body that asked, where the contract looks into it."""
        self.lost = ""
        """Why there was nothing more to read before the end, where that is known."""
        self.cutting = False
        """The connection is being lost: what it still brings is lost with it."""
        self.started_ns = 0
        self.first_byte_ns: int | None = None
        self.closed_ns: int | None = None
        self.stopped_ns: int | None = None
        self._contract = contract
        self._deed = deed
        self._texts = 0
        self._cuts: list[int] = []

    def move(self, happening: str) -> None:
        """What happens to the view; raises `KeyError` where `VIEW` has no place for it."""
        self.state = VIEW[self.state][happening]

    def close(self) -> None:
        """There is nothing more to see; a view that is closed already stays as it is."""
        if self.state != CLOSED:
            self.move("over" if self.state == ENDING and not self.lost else "lost")

    def store(self, event: Seen) -> Act | None:
        """Enter an event; what the deed asks for now, once."""
        self.timeline.append(event)
        contract, values = self._contract, self.values
        if event.run:
            values["run"] = event.run
        if event.seq is not None:
            values["seq"] = event.seq
        if contract.conversation and (known := pick(event.payload, contract.conversation)):
            values["conversation"] = known
        if event.end is not None and not self.ended:
            self.ended = True
            self.move("end")
        if not event.text or self.ended:
            return None
        self._texts += 1
        if self._texts == self._deed.stop_after and values.get("run"):
            self.move("stop")
            return "stop"
        if self._texts == self._deed.cut_after and values.get("run") and "seq" in values:
            self.cutting = True
            self.move("cut")
            self._cuts.append(len(self.timeline))
            return "cut"
        return None

    @property
    def full(self) -> bool:
        """It is an answer without end, which is looked at no more."""
        if len(self.timeline) < EVENTS_MAX:
            return False
        message = f"an answer of more than {EVENTS_MAX:,} events"
        self.fail_once(Failure("malformed_frame", f"at event {EVENTS_MAX}", message))
        return True

    def fail_once(self, failure: Failure) -> None:
        """Enter a failure, the first of its kind and place: a flood of them is one."""
        if not any((one.kind, one.place) == (failure.kind, failure.place) for one in self.failures):
            self.failures.append(failure)

    def view(self) -> View:
        """What there is to judge."""
        return View(
            self.started_ns,
            tuple(self.timeline),
            tuple(self.failures),
            first_byte_ns=self.first_byte_ns,
            closed_ns=self.closed_ns,
            cuts=tuple(self._cuts),
            stopped_ns=self.stopped_ns,
            lost=self.lost,
            request=self.request,
        )

    def none(self, failure: Failure) -> View:
        """No stream began."""
        self.move("refused" if failure.kind == "refused" else "unreachable")
        return View(self.started_ns, None, (*self.failures, failure))
