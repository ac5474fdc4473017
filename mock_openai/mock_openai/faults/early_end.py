"""How a stream ends too early: nothing from a place on is sent, the end comes when that was due."""

from dataclasses import replace

from mock_openai.faults.place import Place, parted
from mock_openai.plan.plan import Ending, Plan


def ended_at(place: Place, plan: Plan, ending: Ending) -> Plan | None:
    """The plan that is over at `place`; None when there is no such place.

    What announced its length keeps to it, unless it ends cleanly: so the loss can be seen.
    """
    parts = parted(place, plan)
    if parts is None:
        return None
    before, after = parts
    length = plan.length
    if not plan.streamed and ending != "eof" and length is None:
        length = sum(len(frame.data) for frame in plan.frames)
    end_ns = after[0].due_ns if after else plan.last_ns
    return replace(plan, frames=before, ending=ending, end_ns=end_ns, length=length)
