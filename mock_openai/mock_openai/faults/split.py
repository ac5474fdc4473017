"""Split: one frame leaves in several writes, with time between them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import ClassVar, Self

from mock_openai.faults.counting import whole
from mock_openai.faults.fault import Fault
from mock_openai.faults.outcomes import WHOLE, Outcomes, outcomes
from mock_openai.faults.place import Place, index_of
from mock_openai.plan.plan import PIECE, Frame, Plan
from mock_openai.text.random_source import RandomSource

APART_NS = 5_000_000
MOST = 1_000


@dataclass(frozen=True, slots=True)
class Split(Fault):
    """Pieces of equal size, 5 ms apart; what would come before the last piece waits for it."""

    name: ClassVar[str] = "split"
    effect: ClassVar[str] = "the frame comes in 2 pieces (or as many as given), 5 ms apart"
    official: ClassVar[Outcomes] = outcomes(WHOLE)
    value: ClassVar[str] = "2"

    pieces: int = 2

    @property
    def violation(self) -> str:
        return "none"

    @classmethod
    def read(cls, place: Place, value: object) -> Self:
        return cls(place, whole(cls.name, value, 2, least=2, most=MOST))

    def strike(self, plan: Plan, place: Place, chance: RandomSource) -> Plan | None:
        at = index_of(place, plan)
        if at is None:
            return None
        size = len(plan.frames[at].data)
        pieces = min(self.pieces, size)
        return cut_frame(plan, at, [size * i // pieces for i in range(1, pieces)])


def cut_frame(plan: Plan, at: int, places: Sequence[int]) -> Plan:
    """Frame `at` in pieces that begin at these bytes of it."""
    frame = plan.frames[at]
    bounds = [0, *places, len(frame.data)]
    datas = [frame.data[a:b] for a, b in pairwise(bounds)]
    pieces = [Frame(frame.due_ns + i * APART_NS, data, PIECE) for i, data in enumerate(datas[:-1])]
    last = frame._replace(due_ns=frame.due_ns + APART_NS * len(pieces), data=datas[-1])
    rest = [f._replace(due_ns=max(f.due_ns, last.due_ns)) for f in plan.frames[at + 1 :]]
    end_ns = max(plan.end_ns, last.due_ns) if plan.end_ns else 0
    return replace(plan, frames=(*plan.frames[:at], *pieces, last, *rest), end_ns=end_ns)
