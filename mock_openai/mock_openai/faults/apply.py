"""Applies faults to a plan in their order, and notes which of them found their place."""

from collections.abc import Iterable
from dataclasses import replace

from mock_openai.faults.fault import Fault
from mock_openai.faults.place import settle
from mock_openai.plan.plan import Frames, Placed, Plan
from mock_openai.text.random_source import RandomSource
from mock_openai.text.work_limit import spend

_A_FRAME = 4  # steps of work, for a fault that makes all frames anew


def strike_all(plan: Plan, faults: Iterable[Fault], chance: RandomSource) -> Plan:
    """One after the other, each on what the one before has left; the plan notes each. Raises
    TooMuchWorkError: most faults look at every frame."""
    chunks: list[int] | None = None  # those of the plan as it is, once they have been looked at
    for fault in faults:
        spend(_A_FRAME * len(plan.frames))
        place = settle(fault.place, plan, chance)
        struck = fault.strike(plan, place, chance)
        violation = fault.violation
        if plan.streamed:
            violation = fault.elsewhere.get(plan.wire.name, violation)
        note = Placed(fault.name, str(place), violation, struck is not None)
        moved = plan.moved
        if struck is not None and struck.frames is not plan.frames and not moved:
            planned = _chunks_of(plan) if chunks is None else chunks
            chunks = _chunks_of(struck)
            # They come otherwise than in their order, up to where they end.
            moved = chunks != planned[: len(chunks)]
        plan = replace(struck or plan, faults=(*plan.faults, note), moved=moved)
    return plan


def _chunks_of(plan: Plan) -> list[int]:
    """The numbers of the content chunks, as they come."""
    frames = plan.frames
    numbers = frames.columns[3] if isinstance(frames, Frames) else [one.chunk for one in frames]
    return [number for number in numbers if number is not None]
