"""Applies faults to a plan in their order, and notes which of them found their place."""

from collections.abc import Iterable
from dataclasses import replace

from mock_openai.faults.fault import Fault
from mock_openai.faults.payload import numbered
from mock_openai.faults.place import settle
from mock_openai.plan.plan import Placed, Plan
from mock_openai.text.random_source import RandomSource
from mock_openai.text.work_limit import spend

_A_FRAME = 3  # steps of work, for a fault that makes all frames anew
BY_NUMBER = {
    "text_repeated": "seq_duplicate",
    "text_reordered": "seq_reordered",
    "text_lost": "seq_gap",
    "out_of_order": "id_changed",
}
"""What a checker sees first where events carry numbers of their own, as those of responses do;
there an index is that of an item, which has an id."""


def strike_all(plan: Plan, faults: Iterable[Fault], chance: RandomSource) -> Plan:
    """One after the other, each on what the one before has left; the plan notes each. Raises
    TooMuchWorkError: most faults look at every frame."""
    for fault in faults:
        spend(_A_FRAME * len(plan.frames))
        place = settle(fault.place, plan, chance)
        struck = fault.strike(plan, place, chance)
        violation = fault.violation
        if violation in BY_NUMBER and numbered(plan):
            violation = BY_NUMBER[violation]
        note = Placed(fault.name, str(place), violation, struck is not None)
        plan = replace(struck or plan, faults=(*plan.faults, note))
    return plan
