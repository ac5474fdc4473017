"""Applies faults to a plan in their order, and notes which of them found their place."""

from collections.abc import Iterable
from dataclasses import replace

from mock_openai.faults.fault import Fault
from mock_openai.faults.place import settle
from mock_openai.plan.plan import Placed, Plan, columns_of
from mock_openai.text.random_source import RandomSource
from mock_openai.text.work_limit import spend

_A_FRAME = 3  # steps of work, for a fault that makes all frames anew


def strike_all(plan: Plan, faults: Iterable[Fault], chance: RandomSource) -> Plan:
    """One after the other, each on what the one before has left; the plan notes each. Raises
    TooMuchWorkError: most faults look at every frame."""
    for fault in faults:
        spend(_A_FRAME * len(plan.frames))
        place = settle(fault.place, plan, chance)
        struck = fault.strike(plan, place, chance)
        violation = fault.violation
        if plan.streamed:
            violation = fault.elsewhere.get(plan.wire.name, violation)
        note = Placed(fault.name, str(place), violation, struck is not None)
        moved = plan.moved or (struck is not None and _moves(plan, struck))
        plan = replace(struck or plan, faults=(*plan.faults, note), moved=moved)
    return plan


def _moves(before: Plan, after: Plan) -> bool:
    """Whether the content chunks come otherwise than in their order, up to where they end."""
    planned, struck = (
        [chunk for chunk in columns_of(plan.frames)[3] if chunk is not None]
        for plan in (before, after)
    )
    return struck != planned[: len(struck)]
