"""What a chart of a plan draws, and says, of what the mock tells."""

from tokentape.contract.contract import Json
from tokentape.ui.scenarios.plan_view import POINTS_MAX, picture_of, summary_of


def plan(times: list[tuple[int, int]], faults: list[Json], **more: Json) -> Json:
    frames: list[Json] = [{"due_ns": 0, "chunk": None}]
    frames += [{"due_ns": ms * 1_000_000, "chunk": n} for ms, n in times]
    chunks = [f"w{n} " for n in range(len(times))]
    return {
        "status": 200,
        "ending": "complete",
        "end_ns": max((ms for ms, _ in times), default=0) * 1_000_000,
        "text": "".join(chunks),
        "chunks": chunks,
        "chunks_in_all": len(chunks),
        "faults": faults,
        "frames": frames,
        "frames_in_all": len(frames),
        **more,
    }


def fault(name: str, at: str, *, placed: bool = True) -> Json:
    return {"fault": name, "at": at, "violation": "text_lost", "placed": placed}


MEANT = [(200, 0), (220, 1), (240, 2), (260, 3)]


def test_faults_stand_where_their_chunk_was_meant_to_be() -> None:
    places = ["chunk 1", "request", "after last chunk", "byte 12", "chunk 9"]
    faults = [fault("some", place, placed=place != "chunk 9") for place in places]
    picture = picture_of(
        {"plan": plan([MEANT[0], *MEANT[2:]], faults), "meant": plan(MEANT, []), "hold": None}
    )
    assert [one["ms"] for one in picture["faults"]] == [220, 0, 260, None, None]
    assert [point[1] for point in picture["sent"]] == [0, 2, 3]
    assert [point[1] for point in picture["meant"]] == [0, 1, 2, 3]


def test_the_words_say_what_the_chart_shows() -> None:
    faults = [fault("lose", "chunk 1"), fault("cut", "chunk 9", placed=False)]
    words = summary_of(
        picture_of({"plan": plan([(200, 0), (900, 2)], faults), "meant": plan(MEANT, [])})
    )
    assert "4 chunks planned, 2 drawn" in words
    assert "the longest gap 700 ms" in words
    assert "lose at chunk 1 must show as text_lost" in words
    assert "cut at chunk 9 strikes nowhere" in words


def test_a_refusal_has_no_points_and_says_so() -> None:
    refused = plan(
        [], [fault("refuse", "request")], status=429, frames=[{"due_ns": 0, "chunk": None}]
    )
    picture = picture_of({"plan": refused, "meant": plan(MEANT, [])})
    assert picture["sent"] == []
    assert picture["ending"] == "refused"
    assert "0 drawn" in summary_of(picture)


def test_a_long_answer_is_drawn_in_part() -> None:
    long = plan([(n, n) for n in range(POINTS_MAX + 500)], [])
    picture = picture_of({"plan": long, "meant": long})
    assert len(picture["sent"]) == len(picture["meant"]) == POINTS_MAX
    assert picture["drawn_in_part"]
