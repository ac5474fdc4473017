"""What lives, lists and documents of a contract mean together, before anything is judged."""

import pytest

from tests.unit.app.contract.made_contracts import made
from tokentape.contract.contract import Contract, Kind
from tokentape.contract.keyed_checks import keyed_faults
from tokentape.contract.life import Life


def listing(state: str) -> Contract:
    """A contract whose end lists the jobs of this state; of `closed` it says no exits."""
    return made(
        "lists",
        kind_from="type",
        kinds=(
            Kind(name="begin"),
            Kind(name="done"),
            Kind(name="end", end="completed", lists={"jobs": ("job", state)}),
        ),
        order={"opened": {"begin": "opened", "done": "opened", "end": "over"}},
        lives=(
            Life(
                name="job",
                key=("id",),
                order={"opened": {"begin": "open"}, "open": {"done": "closed"}},
            ),
        ),
    )


@pytest.mark.parametrize("state", ["opened", "open", "closed"])
def test_list_may_name_each_state_of_a_life(state: str) -> None:
    assert list(keyed_faults(listing(state))) == []


def test_list_of_a_state_that_no_life_has_is_refused_in_words() -> None:
    (fault,) = keyed_faults(listing("closd"))
    path = ("kinds", 2, "lists", "jobs")
    assert fault == (path, "'job' has no state 'closd'. Did you mean 'closed'?")
