"""Lists that name the keys of a life by their states."""

from typing import Any

import pytest

from tests.unit.app.contract.judging import judged, kinds
from tests.unit.app.contract.made_contracts import made
from tokentape.contract.contract import Kind
from tokentape.contract.life import Life

LISTS = made(
    "lists",
    kind_from="type",
    kinds=(
        Kind(name="begin"),
        Kind(name="done"),
        Kind(name="end", lists={"going": ("job", "open"), "over": ("job", "closed")}),
        Kind(name="bye", end="completed"),
    ),
    order={
        "opened": {"begin": "opened", "done": "opened", "end": "opened", "bye": "closed"},
        "closed": {},
    },
    lives=(
        Life(
            name="job",
            key=("id",),
            order={"opened": {"begin": "open"}, "open": {"done": "closed"}, "closed": {}},
        ),
    ),
)


@pytest.mark.parametrize(
    ("lists", "due"),
    [
        ({"going": ["a"], "over": ["b"]}, 0),
        ({"over": ["b"]}, 0),
        ({"going": ["a"], "over": []}, 1),
        ({"going": [], "over": ["b"]}, 1),
        ({"going": ["b"], "over": ["a"]}, 1),
        ({"over": ["b", "a"]}, 1),
    ],
)
def test_each_list_of_a_kind_is_looked_at(lists: Any, due: int) -> None:
    events = [
        {"type": "begin", "id": "a"},
        {"type": "begin", "id": "b"},
        {"type": "done", "id": "b"},
        {"type": "end", **lists},
        {"type": "bye"},
    ]
    assert kinds(judged(LISTS, events)) == ["field_wrong"] * due  # of one event one is told
