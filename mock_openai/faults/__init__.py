"""What can go wrong, as data: each fault is a function from plan to plan, at an exact place.

A new fault is one new file and one row in `FAULTS`. Pure: no clock, no I/O.
"""

from __future__ import annotations

from mock_openai.faults.cut import Cut
from mock_openai.faults.duplicate import Duplicate
from mock_openai.faults.fault import Fault
from mock_openai.faults.lose import Lose
from mock_openai.faults.no_done import NoDone
from mock_openai.faults.no_finish import NoFinish
from mock_openai.faults.place import Place
from mock_openai.faults.refuse import Refuse
from mock_openai.faults.reset import Reset
from mock_openai.faults.sever import Sever
from mock_openai.faults.stall import Stall

__all__ = ["FAULTS", "Fault", "Place"]

FAULTS: dict[str, type[Fault]] = {
    kind.name: kind
    for kind in (Refuse, Stall, Cut, Sever, Reset, Duplicate, Lose, NoFinish, NoDone)
}
