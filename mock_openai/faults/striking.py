"""Applies faults to a plan in their order, and notes which of them found their place."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from mock_openai.chance import Chance
from mock_openai.faults.fault import Fault
from mock_openai.faults.place import settle
from mock_openai.plan import Placed, Plan


def strike_all(plan: Plan, faults: Iterable[Fault], chance: Chance) -> Plan:
    for fault in faults:
        place = settle(fault.place, plan, chance)
        struck = fault.strike(plan, place, chance)
        note = Placed(fault.name, str(place), fault.violation, struck is not None)
        plan = replace(struck or plan, faults=(*plan.faults, note))
    return plan
