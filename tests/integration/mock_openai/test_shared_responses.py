"""Several workers keep responses together: any of them can go on with what another has begun."""

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from mock_openai.storage.shared_records import TRIMMED_EVERY, Record, Records
from tests.integration.mock_openai.conftest import Served, serving

ASKS = 12  # connections, each of its own: two workers share them somehow


@pytest.fixture(scope="module")
def workers() -> Iterator[Served]:
    with serving("--workers", "2") as running:
        yield running


def fresh(served: Served, method: str, path: str, **more: Any) -> httpx2.Response:
    """Over a connection of its own, so that any worker may answer."""
    return httpx2.request(method, f"{served.url}/{path}", timeout=20, **more)


def test_any_worker_knows_a_response_that_one_has_given(workers: Served) -> None:
    body = {"model": "gpt-4o", "input": "First. [[mock: scenario=turns speed=1000]]"}
    first = fresh(workers, "POST", "responses", json=body).json()
    seen = [fresh(workers, "GET", f"responses/{first['id']}") for _ in range(ASKS)]
    assert {one.status_code for one in seen} == {200}
    assert all(one.json()["output"] == first["output"] for one in seen)
    follow = {
        "model": "gpt-4o",
        "input": "More. [[mock: scenario=turns speed=1000]]",
        "previous_response_id": first["id"],
    }
    answers = {fresh(workers, "POST", "responses", json=follow).content for _ in range(ASKS)}
    assert len(answers) == 1
    assert b"This is my second answer, to: More." in answers.pop()
    assert fresh(workers, "DELETE", f"responses/{first['id']}").json()["deleted"]
    gone = {fresh(workers, "GET", f"responses/{first['id']}").status_code for _ in range(ASKS)}
    assert gone == {404}


def test_any_worker_knows_a_conversation_and_adds_to_it(workers: Served) -> None:
    made = [fresh(workers, "POST", "conversations", json={}).json() for _ in range(ASKS)]
    assert len({one["id"] for one in made}) == ASKS
    name = made[0]["id"]
    body = {"model": "gpt-4o", "conversation": name, "input": "[[mock: scenario=turns speed=1000]]"}
    texts = [fresh(workers, "POST", "responses", json=body).text for _ in range(3)]
    assert "This is turn 3" in texts[-1]
    listed = [fresh(workers, "GET", f"conversations/{name}/items").json() for _ in range(ASKS)]
    assert all(len(one["data"]) == 6 for one in listed)


def test_any_worker_can_cancel_what_another_is_streaming(workers: Served) -> None:
    streams = []
    with httpx2.Client(base_url=workers.root, timeout=20) as client:
        for number in range(3):
            text = f"Slow {number}. [[mock: tokens=500 first=0 gap=100ms]]"
            body = {"model": "gpt-4o", "input": text, "background": True}
            name = fresh(workers, "POST", "responses", json=body).json()["id"]
            url = f"/v1/responses/{name}?stream=true"
            streams.append((name, client.stream("GET", url)))
        for name, stream in streams:
            with stream as answer:
                lines = answer.iter_lines()
                assert next(lines) == "event: response.created"
                content = fresh(workers, "POST", f"responses/{name}/cancel").json()
                assert content["status"] == "cancelled"
                assert "event: response.completed" not in list(lines)
            seen = {
                fresh(workers, "GET", f"responses/{name}").json()["status"] for _ in range(ASKS)
            }
            assert seen == {"cancelled"}


def test_records_are_bounded_and_a_name_never_becomes_a_path(tmp_path: Any) -> None:
    records = Records(tmp_path, most=10)
    record = Record({"input": "x"}, {}, [], 1)
    for number in range(TRIMMED_EVERY * 2):
        records.write("../../one", f"../{number}", record)
    files = list((tmp_path / "responses").iterdir())
    assert len(files) <= 10
    assert [path for path in tmp_path.iterdir() if path.name != "responses"] == []
    assert records.read("../../one", f"../{TRIMMED_EVERY * 2 - 1}") == record
    assert records.read("two", f"../{TRIMMED_EVERY * 2 - 1}") is None
    records.clear("../../one")
    assert list((tmp_path / "responses").iterdir()) == []


def test_a_worker_whose_disk_takes_nothing_keeps_its_own_answers(tmp_path: Any) -> None:
    records = Records(tmp_path, most=10)
    first, second = (Record({"input": text}, {}, [], 1) for text in ("one", "two"))
    records.write("s", "a", first)
    folder = tmp_path / "responses"
    folder.rename(tmp_path / "away")
    folder.write_text("no folder any more")
    records.write("s", "b", second)
    assert records.read("s", "a") is None
    assert records.read("s", "b") == second
    assert records.of("s") == [second]
    folder.unlink()
    (tmp_path / "away").rename(folder)
    assert sorted(one.given["input"] for one in records.of("s")) == ["one", "two"]
    records.write("s", "b", second)
    assert Records(tmp_path, most=10).read("s", "b") == second


def test_records_are_bounded_in_bytes(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mock_openai.storage.shared_records.MOST_BYTES", 1_000)
    records = Records(tmp_path, most=10)
    for number in range(20):
        records.write("s", str(number), Record({"input": "x" * 300}, {}, [], number))
    assert 1 <= len(records.of("s")) <= 5
    assert records.read("s", "19") is not None
