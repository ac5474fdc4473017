"""Applies faults to a plan in their order, and notes which of them found their place."""

from collections.abc import Iterable
from dataclasses import replace

from mock_openai.faults.fault import Fault
from mock_openai.faults.place import settle
from mock_openai.plan.plan import Placed, Plan
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
            violation = plan.wire.violations.get(fault.name, violation)
        note = Placed(fault.name, str(place), violation, struck is not None)
        plan = replace(struck or plan, faults=(*plan.faults, note))
    return plan
