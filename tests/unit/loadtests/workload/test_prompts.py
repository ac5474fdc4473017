"""Questions: the same for the same numbers, apart from all others, and with the faults due."""

from itertools import permutations, product

import pytest

from tokentape_load.workload.prompts import Wording, question


def test_the_same_numbers_give_the_same_question() -> None:
    wording = Wording(seed=3, directive="tokens=5", faults=("lose@2",))
    asked = question(wording, user=2, turn=3)
    assert asked == question(wording, user=2, turn=3)
    assert asked.message == (
        "Tell me something worth reading. (turn 3/2/3) [[mock: tokens=5 fault=lose@2]]"
    )


def test_no_tag_is_part_of_another_one() -> None:
    numbers = product((0, 1, 11), repeat=2)
    tags = [question(Wording(), user=u, turn=t).tag for u, t in numbers]
    assert not [(one, other) for one, other in permutations(tags, 2) if one in other]


def test_without_a_word_to_the_mock_there_is_no_directive() -> None:
    assert "[[" not in question(Wording(), user=1, turn=0).message


def test_faults_strike_one_question_in_so_many() -> None:
    wording = Wording(faults=("duplicate@5", "lose@9"), fault_every=3)
    asked = [question(wording, user=0, turn=turn) for turn in range(6)]
    assert [each.planted for each in asked] == [True, False, False] * 2
    assert "[[mock: fault=duplicate@5 fault=lose@9]]" in asked[0].message
    assert "[[" not in asked[1].message


@pytest.mark.parametrize(("users", "turns", "every"), [(50, 8, 200), (100, 20, 200), (9, 6, 7)])
def test_faults_are_spread_over_users_and_turns(users: int, turns: int, every: int) -> None:
    wording = Wording(faults=("cut@9",), fault_every=every)
    planted = sum(
        question(wording, user=user, turn=turn).planted
        for user, turn in product(range(1, users + 1), range(turns))
    )
    assert planted == pytest.approx(users * turns / every, abs=1.5)
