"""The order table is followed event by event, and what does not fit is named."""

from hypothesis import given
from hypothesis import strategies as st

from tokentape.contract.order import Misstep, Walk, ends_of, follow, is_end, mermaid

ORDER = {
    "opened": {"start": "streaming", "error": "closed"},
    "streaming": {"chunk": "streaming", "end": "closed", "error": "closed"},
    "closed": {},
}
KINDS = st.sampled_from(["start", "chunk", "end", "error", "stranger"])


def test_right_stream_walks_to_its_end_without_a_misstep() -> None:
    assert follow(ORDER, ["start", "chunk", "chunk", "end"]) == Walk("closed", 3, ())


def test_stream_without_events_stays_where_every_order_starts() -> None:
    assert follow(ORDER, []) == Walk("opened", None, ())


def test_stream_that_breaks_off_has_no_end() -> None:
    assert follow(ORDER, ["start", "chunk"]) == Walk("streaming", None, ())


def test_event_that_does_not_fit_leaves_the_state_as_it_was() -> None:
    walk = follow(ORDER, ["chunk", "start", "end"])
    assert walk == Walk("closed", 2, (Misstep(0, "chunk", "opened", ("start", "error")),))


def test_missing_event_is_one_misstep_and_the_walk_goes_on_behind_it() -> None:
    walk = follow(ORDER, ["chunk", "chunk", "end"])
    assert walk == Walk("closed", 2, (Misstep(0, "chunk", "opened", ("start", "error")),))


def test_end_that_came_without_what_must_come_before_is_an_end() -> None:
    order = {"opened": {"chunk": "opened", "finish": "finished"}, "finished": {"done": "closed"}}
    walk = follow(order, ["chunk", "done"])
    assert walk == Walk("closed", 1, (Misstep(1, "done", "opened", ("chunk", "finish")),))


def test_nothing_is_allowed_after_the_end() -> None:
    walk = follow(ORDER, ["error", "chunk", "error"])
    assert walk.ended_at == 0
    assert walk.missteps == (Misstep(1, "chunk", "closed", ()), Misstep(2, "error", "closed", ()))


def test_state_that_the_table_does_not_list_is_an_end() -> None:
    order = {"opened": {"only": "done"}}
    assert is_end(order, "done")
    assert ends_of(order) == {"done"}
    assert follow(order, ["only", "only"]).missteps == (Misstep(1, "only", "done", ()),)


def test_diagram_has_an_arrow_for_each_row_of_the_table() -> None:
    assert mermaid(ORDER).splitlines() == [
        "stateDiagram-v2",
        "    [*] --> opened",
        "    opened --> streaming: start",
        "    opened --> closed: error",
        "    streaming --> streaming: chunk",
        "    streaming --> closed: end",
        "    streaming --> closed: error",
        "    closed --> [*]",
    ]


@given(chunks=st.integers(0, 50), end=st.sampled_from(["end", "error"]))
def test_every_stream_that_the_table_allows_is_without_missteps(chunks: int, end: str) -> None:
    kinds = ["start", *["chunk"] * chunks, end]
    assert follow(ORDER, kinds) == Walk("closed", len(kinds) - 1, ())


@given(st.lists(KINDS, max_size=12))
def test_walk_is_without_missteps_only_on_what_the_table_allows(kinds: list[str]) -> None:
    walk = follow(ORDER, kinds)
    state = "opened"
    for kind in kinds:
        state = ORDER.get(state, {}).get(kind, "nowhere")
    assert (not walk.missteps) == (state != "nowhere")
    assert (walk.ended_at is not None) == is_end(ORDER, walk.state)


@given(count=st.integers(1, 30), lost=st.integers(0, 30))
def test_one_lost_event_is_at_most_one_misstep(count: int, lost: int) -> None:
    kinds = ["start", *["chunk"] * count, "end"]
    del kinds[lost % len(kinds)]
    assert len(follow(ORDER, kinds).missteps) <= 1
