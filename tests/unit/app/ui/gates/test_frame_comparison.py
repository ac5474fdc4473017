"""What the mock wrote next to what a client received, whatever the client's events are cut like."""

from collections.abc import Sequence

import pytest

from tokentape.contract.contract import Json
from tokentape.ui.gates.frame_comparison import Received, rows_of

MS = 1_000_000


def ledger(texts: Sequence[str | None], before: int = 0) -> Json:
    rows = [
        {
            "seq": n,
            "chunk": n if text is not None else None,
            "kind": "role" if text is None else "content",
            "text": text,
            "due_ns": 10 * n * MS,
            "written_ns": (10 * n + 1) * MS,
        }
        for n, text in enumerate(texts)
    ]
    return {"started_ns": 0, "characters_before": before, "rows": rows}


@pytest.mark.parametrize(
    ("received", "came"),
    [
        ([(3, 20), (6, 30), (9, 40)], [None, 20, 30, 40]),
        ([(9, 50)], [None, 50, 50, 50]),
        ([(1, 15), (2, 16), (3, 17), (4, 31), (6, 32)], [None, 17, 32, None]),
        ([], [None, None, None, None]),
    ],
    ids=["as it was cut", "in one lump", "in characters, not all yet", "nothing yet"],
)
def test_a_chunk_has_come_when_its_last_character_has(
    received: list[tuple[int, int]], came: list[float | None]
) -> None:
    seen = [Received(characters, ms * MS) for characters, ms in received]
    rows = rows_of(ledger([None, "one", "two", "six"]), seen)
    assert [row["received_ms"] for row in rows] == came
    hops = [
        None if ms is None else ms - row["written_ms"] for ms, row in zip(came, rows, strict=True)
    ]
    assert [row["hop_ms"] for row in rows] == hops
    assert all(row["late_ms"] == 1 for row in rows)


def test_the_newest_rows_of_a_long_answer_are_matched_by_what_was_before_them() -> None:
    rows = rows_of(ledger(["seven"], before=100), [Received(100, 5 * MS), Received(105, 9 * MS)])
    assert [row["received_ms"] for row in rows] == [9]


def test_of_a_client_that_tells_nothing_nothing_is_said() -> None:
    rows = rows_of(ledger(["one"]), None)
    assert (rows[0]["received_ms"], rows[0]["hop_ms"]) == (None, None)
