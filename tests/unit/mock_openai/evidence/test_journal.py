import json
from typing import Any

import pytest

from mock_openai.catalog.scenario_files import ScenarioFiles
from mock_openai.endpoints import ENDPOINTS
from mock_openai.errors import ApiError
from mock_openai.evidence.journal import MOST_MARKS, Journal
from mock_openai.planning.planned_answer import PlannedAnswer
from mock_openai.planning.planner import Planner
from mock_openai.planning.refused_answer import refused_answer
from mock_openai.playback.ledger import Lags
from mock_openai.settings import Settings
from tests.unit.mock_openai.bodies import chat


def planned(text: str, *, stream: bool = False) -> PlannedAnswer:
    body = json.dumps(chat(f"{text} [[mock: scenario=hello]]", stream=stream)).encode()
    return Planner(ScenarioFiles(), Settings()).plan(ENDPOINTS["/v1/chat/completions"], {}, body)


def test_the_oldest_entries_go_when_there_are_too_many() -> None:
    journal, one = Journal(3, 10**9), planned("hi")
    entries = [journal.open("", one, b"", 0) for _ in range(5)]
    assert [entry.id for entry in journal.newest()] == ["s5", "s4", "s3"]
    assert journal.entry(entries[0].id) is None
    assert journal.total == 5


def test_the_oldest_entries_go_when_they_are_too_large() -> None:
    journal, one = Journal(10**6, 20_000), planned("hi")
    for _ in range(100):
        journal.open("", one, b"x" * 5_000, 0)
    assert journal.size <= 20_000
    assert 1 <= len(journal) <= 4


@pytest.mark.parametrize(
    "more", [{"model": "m" * 500_000}, {"x" * 500_000: 1}, {f"{n}" * 300: 1 for n in range(99)}]
)
def test_long_names_and_reasons_count_and_are_cut(more: dict[str, Any]) -> None:
    body = json.dumps({**chat("hi"), **more}).encode()
    planner = Planner(ScenarioFiles(), Settings(unknown_parameters="accept"))
    taken = planner.plan(ENDPOINTS["/v1/chat/completions"], {}, body)
    error = ApiError(400, f"Unknown parameter: '{next(reversed(more))}'.")
    refused = refused_answer("chat.completions", error, body, b"{}")
    for one in (taken, refused):
        journal = Journal(1_000, 1_000_000)
        for _ in range(300):
            journal.open("", one, b"", 0)
        row = journal.open("", one, b"", 0).to_json()
        words = (row["why"], row["model"], *row["ignored"])
        assert max(map(len, words)) <= 1_000
        assert 4 * len(journal) * sum(map(len, words)) <= journal.size <= 1_000_000


def test_entries_are_found_by_what_the_user_said_and_by_session() -> None:
    journal = Journal(10, 10**9)
    journal.open("a", planned("rain"), b"", 0)
    journal.open("b", planned("rain again"), b"", 0)
    journal.open("b", planned("sun"), b"", 0)
    assert [entry.id for entry in journal.newest("rain")] == ["s2", "s1"]
    assert [entry.id for entry in journal.newest("rain", "a")] == ["s1"]
    journal.clear("b")
    assert [entry.id for entry in journal.newest()] == ["s1"]


def test_an_entry_has_the_headers_without_the_secret_ones() -> None:
    secret = {"authorization": "Bearer sk-1", "Cookie": "a=b", "api-key": "k", "x-my-token": "t"}
    plain = {"user-agent": "me", "x-mock-session": "a", "idempotency-key": "again"}
    entry = Journal(10, 10**9).open("a", planned("hi"), b"", 0, {**secret, **plain})
    assert entry.headers == entry.to_json()["headers"] == plain


def test_an_entry_gives_the_scripted_chunks() -> None:
    entry = Journal(10, 10**9).open("", planned("hi"), b"", 0)
    assert "".join(entry.chunks()) == entry.text
    assert entry.chunks()[:2] == ["Hello! ", "I "]


def test_an_entry_says_who_ended_it_where_and_how_long_after() -> None:
    ms = 1_000_000
    entry = Journal(10, 10**9).open("", planned("hi", stream=True), b"", 5 * ms)
    assert entry.closed() is None
    entry.end("client_closed", 7 * ms)
    assert entry.closed() == "client closed before the first chunk, 2.0 ms after the request"
    entry.ledger.note(4, 10 * ms)
    entry.end("client_closed", 13_100_000)
    assert entry.closed() == "client closed after chunk 2, 3.1 ms after the last frame"
    entry.mark("stop", 11 * ms)
    assert entry.closed() == "client closed after chunk 2, 2.1 ms after the stop"
    for number in range(100):
        entry.mark(f"mark {number}", 20 * ms)
    assert entry.closed() == "client closed after chunk 2, 6.9 ms before the mark 99"
    assert len(entry.marks) == MOST_MARKS
    assert entry.brief()["marks"] == entry.to_json()["marks"]
    assert entry.brief()["marks"][-1] == {"name": "mark 99", "at_ns": 20 * ms}
    whole = Journal(10, 10**9).open("", planned("hi"), b"", 0)
    whole.ledger.note(1, ms)
    whole.end("finished", ms)
    assert whole.closed() == "finished after the body, 0.0 ms after the last frame"


def test_lags_are_kept_in_a_ring() -> None:
    lags = Lags(size=4)
    assert lags.quantiles_ns() is None
    for lag in (100, 1, 2, 3, 4):
        lags.note(lag)
    assert lags.quantiles_ns() == {"p50": 2, "p99": 3, "max": 4}
