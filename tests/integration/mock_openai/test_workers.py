"""Several workers answer for their evidence as one."""

import asyncio
import os
import signal
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest

from tests.integration.mock_openai.conftest import Served, chat, serving

FAST = "[[mock: scenario=built-in tokens=3 first=0 gap=0]]"


@pytest.fixture(scope="module")
def many() -> Iterator[Served]:
    with serving("--workers", "3") as running:
        yield running


async def ask_on_many_connections(mock: Served, name: str, times: int) -> None:
    """Held open side by side, so that the kernel spreads them."""
    limits = httpx2.Limits(max_connections=None)
    async with httpx2.AsyncClient(base_url=mock.url, limits=limits, timeout=30) as asking:
        await asyncio.gather(
            *(
                asking.post("/chat/completions", json=chat(f"{name} {number} {FAST}"))
                for number in range(times)
            )
        )


def workers_of(entries: list[dict[str, str]]) -> set[str]:
    return {entry["id"].split("-")[0] for entry in entries}


def test_any_worker_tells_what_all_have_played(many: Served) -> None:
    asyncio.run(ask_on_many_connections(many, "evidence", 60))
    for _ in range(6):  # whichever worker takes the question
        entries = many.journal("evidence", limit=100)
        assert len({entry["id"] for entry in entries}) == 60
        assert len(workers_of(entries)) > 1
        started = [entry["started_ns"] for entry in entries]
        assert started == sorted(started, reverse=True)
    assert len(many.journal("evidence", limit=7)) == 7


def test_a_stream_is_found_wherever_it_was_played(many: Served) -> None:
    asyncio.run(ask_on_many_connections(many, "found", 30))
    for entry in many.journal("found", limit=30):
        found = httpx2.get(f"{many.root}/__mock__/streams/{entry['id']}")
        assert found.json()["last_user"] == entry["last_user"]
    missing = httpx2.get(f"{many.root}/__mock__/streams/none")
    assert (missing.status_code, missing.json()["error"]["param"]) == (404, "id")


def test_what_is_verified_is_counted_over_all(many: Served) -> None:
    asyncio.run(ask_on_many_connections(many, "verified", 25))
    for expected, status in (({"times": 25}, 200), ({"times": 24}, 409), ({"at_least": 20}, 200)):
        url = f"{many.root}/__mock__/verify"
        answer = httpx2.post(url, json={"contains": "verified", **expected})
        assert (answer.status_code, answer.json()["count"]) == (status, 25)
    assert httpx2.post(url, json={"contain": "x"}).status_code == 400
    assert httpx2.get(f"{many.root}/__mock__/verdict").json() == {"ok": True, "sins": []}


def test_a_recording_is_found_by_whichever_worker_is_asked(many: Served) -> None:
    with socket.create_server(("127.0.0.1", 0)) as upstream, ThreadPoolExecutor(1) as pool:
        upstream.settimeout(60)
        base = f"http://127.0.0.1:{upstream.getsockname()[1]}/v1"
        content = {"id": "mine", "upstream": base, "request": chat("hi")}
        recorded = pool.submit(httpx2.post, f"{many.root}/__mock__/record", json=content)
        connection, _ = upstream.accept()  # it is under way
        with connection:
            url = f"{many.root}/__mock__/record?id=mine"
            assert {httpx2.get(url).status_code for _ in range(12)} == {200}
        assert recorded.result().status_code == 502
    assert httpx2.get(url).status_code == 404


def test_metrics_are_of_all_workers(many: Served) -> None:
    def total() -> float:
        text = httpx2.get(f"{many.root}/metrics").text
        [line] = [row for row in text.splitlines() if row.startswith("mock_openai_requests_total")]
        return float(line.split()[1])

    before = total()
    asyncio.run(ask_on_many_connections(many, "counted", 40))
    assert {total() for _ in range(5)} == {before + 40}


def test_a_reset_reaches_all_and_a_bad_question_is_refused(many: Served) -> None:
    asyncio.run(ask_on_many_connections(many, "gone", 30))
    assert httpx2.get(f"{many.root}/__mock__/requests?limit=x").status_code == 400
    assert httpx2.post(f"{many.root}/__mock__/reset").json() == {"ok": True}
    assert all(many.journal("gone") == [] for _ in range(5))


def test_a_worker_that_died_takes_only_its_own_evidence_with_it() -> None:
    with serving("--workers", "2") as mock:
        asyncio.run(ask_on_many_connections(mock, "left", 40))
        entries = mock.journal("left", limit=100)
        dies = sorted(workers_of(entries))[0]
        os.kill(int(dies.removeprefix("w")), signal.SIGKILL)
        left = [entry for entry in entries if not entry["id"].startswith(f"{dies}-")]
        assert len(mock.journal("left", limit=100)) == len(left)
