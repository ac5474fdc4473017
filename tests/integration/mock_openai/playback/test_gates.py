"""A stream is held, looked at, stepped, let go: over HTTP, with a raw socket as its client."""

import re
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import Any

import httpx2
import pytest

from tests.integration.mock_openai.conftest import Served, chat, raw_request

ASK = "[[mock: scenario=lorem tokens=20 first=5ms gap=5ms {}]]"


@contextmanager
def streaming(served: Served, text: str, *headers: str) -> Iterator[tuple[socket.socket, str]]:
    """An open stream, and its id."""
    with socket.create_connection(served.address, timeout=20) as sock:
        sock.sendall(raw_request(chat(text, stream=True), "1.1", *headers))
        head = sock.recv(65_536)
        yield sock, head.partition(b"x-mock-stream: ")[2].partition(b"\r\n")[0].decode()


def look(served: Served, stream: str, **params: str) -> dict[str, Any]:
    answer = httpx2.get(f"{served.root}/__mock__/streams/{stream}", params=params, timeout=30)
    answer.raise_for_status()
    content: dict[str, Any] = answer.json()
    return content


def act(served: Served, stream: str, action: str) -> dict[str, Any]:
    answer = httpx2.post(f"{served.root}/__mock__/streams/{stream}/{action}")
    answer.raise_for_status()
    content: dict[str, Any] = answer.json()
    return content


@pytest.mark.parametrize("way", ["directive", "header"])
def test_a_stream_is_held_stepped_released_and_drained(served: Served, way: str) -> None:
    directive, headers = ("hold=5", ()) if way == "directive" else ("", ("x-mock-hold: 5",))
    with streaming(served, ASK.format(directive), *headers) as (sock, stream):
        held = look(served, stream, wait="held")
        # The role frame and chunks 0 to 4; the frames after them were due long ago.
        assert (held["sent"], held["state"], held["held"]) == (6, "running", True)
        # None goes by itself meanwhile: three more are three more.
        act(served, stream, "step?n=3")
        stepped = look(served, stream, wait="sent:9")
        assert (stepped["sent"], stepped["held"]) == (9, True)

        released_ns = time.monotonic_ns()
        act(served, stream, "release")
        over = look(served, stream, wait="drained")
        assert (over["sent"], over["state"], over["held"]) == (23, "finished", False)
        received = b""
        while not received.endswith(b"0\r\n\r\n"):
            received += sock.recv(65_536)
    after = over["frames"][9:]
    assert all(row["written_ns"] >= released_ns for row in after)
    assert all(row["lag_ns"] >= 0 for row in over["frames"])
    gaps = [later["due_ns"] - earlier["due_ns"] for earlier, later in pairwise(after)]
    assert set(gaps[:10]) == {5_000_000}


def test_a_scenario_can_hold(served: Served) -> None:
    scenario = "by_name_only: true\nhold_at: chunk 2\n"
    scenario += "pace: {first_token_ms: 0, between_tokens_ms: 1, chunk: word}\n"
    scenario += 'steps: [{say: "one two three four five"}]\n'
    answer = httpx2.put(f"{served.root}/__mock__/scenarios/holding", content=scenario)
    assert answer.status_code == 200
    with streaming(served, "[[mock: scenario=holding]]") as (_, stream):
        assert look(served, stream, wait="held")["sent"] == 3
        act(served, stream, "release")
        assert look(served, stream, wait="drained")["sent"] == 8


def test_a_gate_that_is_opened_early_changes_no_time(served: Served) -> None:
    # Its gate is 3 s away: on a busy machine, too, it is opened before.
    request = "[[mock: scenario=lorem tokens=20 first=3s gap=10ms hold=15]]"
    with streaming(served, request) as (_, stream):
        act(served, stream, "release")
        over = look(served, stream, wait="drained")
    assert [row["due_ns"] - over["started_ns"] for row in over["frames"]] == [
        *(3_000_000_000 + 10_000_000 * n for n in (0, *range(20))), 3_190_000_000, 3_190_000_000
    ]  # fmt: skip


def test_what_does_not_come_true_is_a_408_and_what_is_unknown_a_404(served: Served) -> None:
    url = f"{served.root}/__mock__/streams"
    with streaming(served, ASK.format("hold=5")) as (_, stream):
        look(served, stream, wait="held")
        late = httpx2.get(f"{url}/{stream}?wait=sent:7&timeout=0.1")
        assert late.status_code == 408
        assert "6 frames are sent" in late.json()["error"]["message"]
        for query in ("wait=soon", "wait=sent:-1", "wait=held&timeout=1e9", "wait=held&timeout=x"):
            assert httpx2.get(f"{url}/{stream}?{query}").status_code == 400
        assert httpx2.post(f"{url}/{stream}/step?n=0").status_code == 400
    assert httpx2.get(f"{url}/none").status_code == 404
    assert httpx2.post(f"{url}/none/release").status_code == 404


def test_a_stream_without_a_gate_can_not_be_let_go(served: Served) -> None:
    answer = served.post(chat("[[mock: scenario=instant]]", stream=True))
    stream = answer.headers["x-mock-stream"]
    assert httpx2.post(f"{served.root}/__mock__/streams/{stream}/release").status_code == 409


def test_a_stream_is_held_while_it_runs_and_its_ledger_tells_what_left(served: Served) -> None:
    with streaming(served, f"held late {ASK.format('tokens=400 gap=100ms')}") as (_, stream):
        act(served, stream, "hold?chunk=30")
        held = look(served, stream, wait="held")
        assert held["chunks_sent"] == 30
        content = act_get(served, stream)
        assert (content["held"], content["gated"], content["unread"]) == (True, True, False)
        assert [row["chunk"] for row in content["rows"]][-3:] == [27, 28, 29]
        assert "".join(row["text"] or "" for row in content["rows"]) == "".join(held["chunks"][:30])
        listed = httpx2.get(f"{served.root}/__mock__/streams").json()["streams"]
        assert stream in [one["id"] for one in listed if one["held"]]
        assert refused(served, stream, "hold?chunk=3") == 409
        assert refused(served, stream, "hold?chunk=99999") == 409
        act(served, stream, "step?n=2")
        assert look(served, stream, wait="sent:33")["chunks_sent"] == 32
        act(served, stream, "release")
    over = look(served, stream, wait="drained")
    assert over["state"] == "client_closed"
    assert refused(served, stream, "hold") == 409


def test_a_lost_chunk_leaves_no_text_beside_the_wrong_frame(served: Served) -> None:
    with streaming(served, ASK.format("hold=9 fault=lose@2")) as (_, stream):
        look(served, stream, wait="held")
        assert {row["text"] for row in act_get(served, stream, last=3)["rows"]} == {None}
        assert len(act_get(served, stream, last=3)["rows"]) == 3
        act(served, stream, "release")


def act_get(served: Served, stream: str, **params: int) -> dict[str, Any]:
    answer = httpx2.get(f"{served.root}/__mock__/streams/{stream}/ledger", params=params)
    answer.raise_for_status()
    content: dict[str, Any] = answer.json()
    return content


def refused(served: Served, stream: str, action: str) -> int:
    return httpx2.post(f"{served.root}/__mock__/streams/{stream}/{action}").status_code


def test_the_journal_tells_how_long_after_a_stop_the_client_closed(served: Served) -> None:
    with streaming(served, f"pressed stop {ASK.format('hold=5')}") as (_, stream):
        look(served, stream, wait="held")
        act(served, stream, "mark?name=stop")
    over = look(served, stream, wait="drained")
    assert over["state"] == "client_closed"
    assert re.fullmatch(r"client closed after chunk 4, \d+\.\d ms after the stop", over["closed"])
    assert [mark["name"] for mark in over["marks"]] == ["stop"]


@pytest.mark.parametrize(("query", "param"), [("name=%00", "name"), ("at_ns=soon", "at_ns")])
def test_a_mark_that_says_nothing_is_refused_by_name(
    served: Served, query: str, param: str
) -> None:
    with streaming(served, ASK.format("")) as (_, stream):
        answer = httpx2.post(f"{served.root}/__mock__/streams/{stream}/mark?{query}")
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, param)
