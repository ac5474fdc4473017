"""Plans of requests that may come again, bounded in number and in bytes; the oldest goes first."""

from mock_openai.plan.encoded_frames import longest_of
from mock_openai.planning.planned_answer import PlannedAnswer

MOST_PLANS = 256
MOST_BYTES = 64_000_000
LARGEST_PLAN = 4_000_000  # bytes: one request does not displace all others
_A_FRAME = 200  # bytes of Python objects, about, beside the frame's own


class PlanCache:
    """By all that a plan is made of."""

    def __init__(self) -> None:
        self.bytes = 0
        self._plans: dict[tuple[object, ...], tuple[PlannedAnswer, int]] = {}

    def __len__(self) -> int:
        return len(self._plans)

    def get(self, key: tuple[object, ...]) -> PlannedAnswer | None:
        """None where it is not there, or not any more."""
        cached = self._plans.get(key)
        return None if cached is None else cached[0]

    def put(self, key: tuple[object, ...], planned: PlannedAnswer, body_bytes: int) -> None:
        """`body_bytes` is the length of the request's body; a plan that is too large is not
        taken."""
        weight = body_bytes + weight_of(planned)
        if weight > LARGEST_PLAN or key in self._plans:
            return
        while self._plans and (len(self._plans) >= MOST_PLANS or self.bytes + weight > MOST_BYTES):
            _, gone = self._plans.pop(next(iter(self._plans)))
            self.bytes -= gone
        self._plans[key] = (planned, weight)
        self.bytes += weight


def weight_of(planned: PlannedAnswer) -> int:
    """Bytes of memory, about: the frames, and the writes that they are joined in."""
    return 2 * longest_of(planned.schedule.datas) + _A_FRAME * len(planned.plan.frames)
