"""What a user does with an answer, beside reading it to its end. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from tokentape.contract.contract import Contract
from tokentape.contract.nearest import nearest
from tokentape_load.workload.room_events import ROOMS


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """What a viewer does in one answer: after so many texts it stops it, or loses its connection
    and comes back."""

    stop_after: int | None = None
    cut_after: int | None = None


NOTHING = Deed()


@dataclass(frozen=True, slots=True, kw_only=True)
class Journey:
    """`weight` is how often it is taken, compared with the others, unless that is said."""

    name: str
    words: str
    weight: int = 1
    stops: bool = False
    cuts: bool = False
    seats: int = 1
    """Viewers who see each answer, in a room of their own."""
    idles: bool = False
    """Nothing is asked: the connection has to stand, and what members type has to be told. No
    answer comes of it, so each user asks once before it is idle."""

    @property
    def disturbs(self) -> bool:
        """Whether the answer's own times are changed by it."""
        return self.stops or self.cuts

    def suits(self, contract: Contract) -> bool:
        """Whether a contract has the words for it."""
        if self.idles and contract.transport == "sse":
            return False
        if self.seats > 1 and contract.key not in ROOMS:
            return False
        return not (
            (self.stops and contract.stop is None) or (self.cuts and contract.resume is None)
        )

    def deed(self, user: int, turn: int) -> Deed:
        """The same for the same numbers: after 1 to 8 texts."""
        place = 1 + (5 * user + 3 * turn) % 8
        return Deed(
            stop_after=place if self.stops else None, cut_after=place if self.cuts else None
        )


CHAT = Journey(name="chat", words="ask, and read to the end", weight=8)
STOP = Journey(name="stop", words="stop in mid-answer, and see it end", stops=True)
RECONNECT = Journey(
    name="reconnect", words="lose the connection in mid-answer, come back, resume", cuts=True
)

ROOM = Journey(name="room", words="ask in a room of four, who all see the whole answer", seats=4)
IDLE = Journey(
    name="idle",
    words="after the first answer, ask nothing for a while; in a room, type",
    idles=True,
)

JOURNEYS: Mapping[str, Journey] = {each.name: each for each in (CHAT, STOP, RECONNECT, ROOM, IDLE)}


def read_mix(written: str) -> Mapping[str, int]:
    """`chat=8,stop=1` or `chat,stop`: journeys and their weights. Raises `ValueError`."""
    mix: dict[str, int] = {}
    for part in written.split(","):
        name, equals, weight = part.strip().partition("=")
        if not name:
            continue
        if name not in JOURNEYS:
            raise ValueError(f"{name}: there is no such journey.{nearest(name, JOURNEYS)}")
        if equals and not (weight.isascii() and weight.isdigit() and 0 < int(weight) <= 1_000):
            raise ValueError(f"{part.strip()}: a weight is a whole number from 1 to 1000")
        mix[name] = int(weight) if equals else JOURNEYS[name].weight
    return mix or {name: journey.weight for name, journey in JOURNEYS.items()}
