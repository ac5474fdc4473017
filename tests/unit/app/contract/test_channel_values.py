"""What comes in pieces is held against what repeats it, wherever that has it."""

from typing import Any

import pytest

from tests.unit.app.contract.judging import judged, kinds
from tests.unit.app.contract.made_contracts import made
from tokentape.contract.contract import Kind
from tokentape.contract.life import Channel, Life

OPTIONAL = made(
    "optional",
    kinds=(
        Kind(name="piece", has=("at",), pieces={"text": "t"}),
        Kind(name="end", has=("out",), wholes={"text": "out.{0}.t?"}, end="completed"),
    ),
    order={"opened": {"piece": "opened", "end": "closed"}, "closed": {}},
    lives=(
        Life(
            name="part",
            key=("at",),
            may_stop_in=("open",),
            order={"opened": {"piece": "open"}, "open": {"piece": "open"}},
        ),
    ),
    channels=(Channel(name="text", of="part", answer=True),),
)


@pytest.mark.parametrize(
    ("places", "out", "due"),
    [
        ((0, 1), [{}, {"t": "b"}], []),
        ((0, 1), [{"t": "a"}], []),
        ((0, 1), [{"t": "a"}, {}], []),
        ((0, 1), [], []),
        ((0, 1), [{}, {"t": "WRONG"}], ["accumulated_mismatch"]),
        ((0, 1), [None, {"t": "WRONG"}], ["accumulated_mismatch"]),
        # Opened in another order than they are listed in.
        ((1, 0), [{"t": "WRONG"}], ["accumulated_mismatch"]),
        ((1, 0), [{"t": "b"}], []),
        # By name: what one object lacks says nothing of what else it has.
        (("x", "y"), {"y": {"t": "b"}}, []),
        (("x", "y"), {"y": {"t": "WRONG"}}, ["accumulated_mismatch"]),
    ],
)
def test_one_that_an_end_leaves_out_hides_no_other(places: Any, out: Any, due: list[str]) -> None:
    pieces = [{"at": place, "t": text} for place, text in zip(places, "ab", strict=True)]
    assert kinds(judged(OPTIONAL, [*pieces, {"out": out}])) == due
