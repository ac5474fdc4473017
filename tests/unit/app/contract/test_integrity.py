"""Each kind of damage to a text or its numbers is named where it shows, and nothing else is."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokentape.contract.integrity import MOST_DIFFERENCES, Difference, compare_seqs, compare_text
from tokentape.contract.violations import ViolationKind

WORDS = ["Oslo ", "has ", "a ", "mild ", "coast, ", "and ", "rain ", "in ", "November."]
TEXT = "".join(WORDS)

PROSE = """Tape runs from one reel onto another while head reads what was written, sign by sign;
nobody may cut it unseen, glue pieces twice or swap them: each inch counts up, so every loss shows.
"""
DISTINCT_WORDS = (
    st.permutations([f"{word} " for word in PROSE.split()])
    .flatmap(lambda words: st.integers(3, len(words)).map(lambda count: words[:count]))
    .filter(lambda words: len(set(words)) == len(words))
)
"""Chunks as a model sends them, none twice, so that damage has one explanation."""

ANY_CHUNKS = st.lists(st.text("ab \n", min_size=1, max_size=4), min_size=2, max_size=14)
"""Chunks that repeat and run into each other: damage may have several explanations, or not show."""


def found(expected: str, pieces: list[str], *, whole: bool = True) -> list[tuple[str, int]]:
    return [(d.kind, d.index) for d in compare_text(expected, pieces, whole=whole)]


def cut_at(text: str, places: list[int]) -> list[str]:
    bounds = [0, *sorted(place % (len(text) + 1) for place in places), len(text)]
    return [text[start:end] for start, end in pairwise(bounds)]


@given(text=st.text(max_size=200), places=st.lists(st.integers(min_value=0), max_size=30))
def test_right_text_is_right_however_it_is_cut(text: str, places: list[int]) -> None:
    assert compare_text(text, cut_at(text, places), whole=True) == []


@given(text=st.text(min_size=1, max_size=200), places=st.lists(st.integers(0), max_size=30))
def test_beginning_of_the_text_is_right_until_the_whole_is_due(
    text: str, places: list[int]
) -> None:
    begun = [piece for piece in cut_at(text, places) if piece][:-1]
    assert found(text, begun, whole=False) == []
    assert found(text, begun, whole=True) == [("text_lost", len(begun))]


@given(DISTINCT_WORDS, st.data())
def test_lost_chunk_is_named_where_the_next_one_came(words: list[str], data: st.DataObject) -> None:
    lost = data.draw(st.integers(0, len(words) - 1))
    pieces = words[:lost] + words[lost + 1 :]
    assert found("".join(words), pieces) == [("text_lost", lost)]


@given(DISTINCT_WORDS, st.data())
def test_repeated_chunk_is_named_where_it_came_again(words: list[str], data: st.DataObject) -> None:
    twice = data.draw(st.integers(0, len(words) - 1))
    pieces = words[: twice + 1] + words[twice:]
    assert found("".join(words), pieces) == [("text_repeated", twice + 1)]


@given(DISTINCT_WORDS, st.data())
def test_swapped_chunks_are_named_where_the_first_of_them_came(
    words: list[str], data: st.DataObject
) -> None:
    first = data.draw(st.integers(0, len(words) - 2))
    one, other = words[first], words[first + 1]
    pieces = [*words[:first], other, one, *words[first + 2 :]]
    assert found("".join(words), pieces) == [("text_reordered", first)]


@given(DISTINCT_WORDS, st.data())
def test_altered_chunk_is_named_where_it_came(words: list[str], data: st.DataObject) -> None:
    altered = data.draw(st.integers(0, len(words) - 1))
    pieces = [*words[:altered], words[altered].swapcase(), *words[altered + 1 :]]
    assert found("".join(words), pieces) == [("text_altered", altered)]


@given(DISTINCT_WORDS, st.data(), st.text("0123456789", min_size=1, max_size=20))
def test_chunk_altered_to_another_length_is_one_difference(
    words: list[str], data: st.DataObject, instead: str
) -> None:
    altered = data.draw(st.integers(0, len(words) - 2))
    pieces = [*words[:altered], instead, *words[altered + 1 :]]
    assert found("".join(words), pieces) == [("text_altered", altered)]


@given(ANY_CHUNKS, st.data())
def test_text_that_differs_is_never_called_right(words: list[str], data: st.DataObject) -> None:
    """Whatever the damage, and however ambiguous the text: the verdict is sound and complete."""
    pieces = data.draw(st.permutations(words) | st.lists(st.sampled_from(words)))
    right = "".join(pieces) == "".join(words)
    assert (found("".join(words), pieces) == []) == right


@given(ANY_CHUNKS, st.data())
def test_damage_to_a_text_that_repeats_itself_shows_at_or_after_its_place(
    words: list[str], data: st.DataObject
) -> None:
    """ "ha ha ha!" without a "ha " shows at the "!" only: the place is the first that can tell."""
    place = data.draw(st.integers(0, len(words) - 1))
    damaged = data.draw(
        st.sampled_from(
            [words[:place] + words[place + 1 :], words[: place + 1] + words[place:]],
        )
    )
    differences = found("".join(words), damaged)
    assert differences
    assert differences[0][1] >= place


@pytest.mark.parametrize("at", range(len(WORDS)))
def test_each_lost_word_of_a_sentence_is_named(at: int) -> None:
    assert found(TEXT, WORDS[:at] + WORDS[at + 1 :]) == [("text_lost", at)]


@pytest.mark.parametrize("at", range(len(WORDS)))
def test_each_repeated_word_of_a_sentence_is_named(at: int) -> None:
    assert found(TEXT, WORDS[: at + 1] + WORDS[at:]) == [("text_repeated", at + 1)]


@pytest.mark.parametrize("at", range(len(WORDS) - 1))
def test_each_swapped_pair_of_a_sentence_is_named(at: int) -> None:
    pieces = [*WORDS[:at], WORDS[at + 1], WORDS[at], *WORDS[at + 2 :]]
    assert found(TEXT, pieces) == [("text_reordered", at)]


@pytest.mark.parametrize("at", range(len(WORDS)))
def test_each_altered_word_of_a_sentence_is_named(at: int) -> None:
    pieces = [*WORDS[:at], "X" * len(WORDS[at]), *WORDS[at + 1 :]]
    assert found(TEXT, pieces) == [("text_altered", at)]


def test_two_losses_are_two_differences() -> None:
    assert found(TEXT, [*WORDS[:2], *WORDS[3:6], *WORDS[7:]]) == [
        ("text_lost", 2),
        ("text_lost", 5),
    ]


def test_neighbours_lost_together_are_one_difference() -> None:
    assert found(TEXT, [*WORDS[:2], *WORDS[5:]]) == [("text_lost", 2)]


def test_text_that_goes_on_after_its_end_is_altered() -> None:
    assert found(TEXT, [*WORDS, " And fog."]) == [("text_altered", len(WORDS))]


def test_empty_pieces_after_too_long_a_text_are_not_blamed() -> None:
    assert found("ab", ["ab", "cd", "", "", ""]) == [("text_altered", 1)]


def test_piece_that_the_text_has_not_is_the_only_difference() -> None:
    assert found(TEXT, [*WORDS[:4], "very very ", *WORDS[4:]]) == [("text_altered", 4)]


def test_answer_without_a_piece_lacks_everything() -> None:
    assert found(TEXT, []) == [("text_lost", 0)]
    assert found(TEXT, [], whole=False) == []


def test_message_quotes_what_is_missing() -> None:
    (lost,) = compare_text(TEXT, WORDS[:7] + WORDS[8:], whole=True)
    assert lost.message == "'in ' never came"
    (end,) = compare_text(TEXT, WORDS[:7], whole=True)
    assert end.message == "the answer lacks its end: 'in November.'"


def test_long_quotations_are_shortened() -> None:
    (lost,) = compare_text("x" * 5000, [], whole=True)
    assert len(lost.message) < 100


def test_hopeless_text_is_given_up_after_a_while() -> None:
    assert len(found("a" * 1000, ["b"] * 1000)) == MOST_DIFFERENCES


@given(first=st.integers(0, 1000), count=st.integers(0, 100))
def test_numbers_that_count_up_are_right(first: int, count: int) -> None:
    assert compare_seqs(list(range(first, first + count)), first) == []


@given(st.lists(st.none() | st.just(-1), max_size=20))
def test_events_without_a_number_are_not_judged(marks: list[int | None]) -> None:
    numbers = iter(range(100))
    assert compare_seqs([None if mark is None else next(numbers) for mark in marks]) == []


COUNT = st.integers(2, 60)


@given(COUNT, st.data())
def test_missing_number_is_a_gap_where_the_next_came(count: int, data: st.DataObject) -> None:
    missing = data.draw(st.integers(0, count - 2))
    seqs = [seq for seq in range(count) if seq != missing]
    assert named(compare_seqs(seqs)) == [("seq_gap", missing)]


@given(COUNT, st.data())
def test_number_that_comes_twice_is_a_duplicate(count: int, data: st.DataObject) -> None:
    twice = data.draw(st.integers(0, count - 1))
    later = data.draw(st.integers(twice + 1, count))
    seqs = list(range(count))
    seqs.insert(later, twice)
    assert named(compare_seqs(seqs)) == [("seq_duplicate", later)]


@given(COUNT, st.data())
def test_swapped_numbers_are_reordered_and_no_gap(count: int, data: st.DataObject) -> None:
    first = data.draw(st.integers(0, count - 2))
    seqs = list(range(count))
    seqs[first], seqs[first + 1] = seqs[first + 1], seqs[first]
    assert named(compare_seqs(seqs)) == [("seq_reordered", first + 1)]


@given(COUNT, st.permutations(range(12)))
def test_shuffled_numbers_are_never_called_right(count: int, seqs: list[int]) -> None:
    assert (compare_seqs(seqs) == []) == (seqs == sorted(seqs))
    assert {kind for kind, _ in named(compare_seqs(seqs))} <= {"seq_reordered"}


@pytest.mark.parametrize(
    ("seqs", "kind"),
    [
        ([7, 8], "seq_gap"),
        ([5, 6, 7], "seq_duplicate"),
        ([4, 5, 6, 7], "seq_duplicate"),
        ([3, 6, 7], "seq_duplicate"),
    ],
)
def test_resumed_stream_has_to_go_on_after_the_last_number(
    seqs: list[int], kind: ViolationKind
) -> None:
    assert compare_seqs([6, 7, 8], 6) == []
    assert compare_seqs(seqs, 6)[0].kind == kind
    assert compare_seqs(seqs, 6)[0].index == 0


def test_absurd_number_costs_no_time() -> None:
    assert named(compare_seqs([0, 10**18, 10**18 + 1])) == [("seq_gap", 1)]


def test_endless_wrong_numbers_are_given_up_after_a_while() -> None:
    assert len(compare_seqs([0] * 1000)) == MOST_DIFFERENCES


def named(differences: list[Difference]) -> list[tuple[str, int]]:
    return [(difference.kind, difference.index) for difference in differences]


@pytest.mark.parametrize("lost", [5, 100, 200])
def test_lost_piece_of_a_long_answer_is_lost_whatever_lengths_follow(lost: int) -> None:
    # Long enough that what follows is weighed by a window, which must end at the same piece for
    # every explanation.
    for shift in range(7):
        pieces = [f" {'ab' * ((n * n + shift) % 7)}{n}" for n in range(300)]
        came = [*pieces[:lost], *pieces[lost + 1 :]]
        found = compare_text("".join(pieces), came, whole=True)
        assert [(one.kind, one.index) for one in found] == [("text_lost", lost)]
