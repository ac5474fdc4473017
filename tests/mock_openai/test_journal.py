from __future__ import annotations

import json

from mock_openai.endpoints import ENDPOINTS
from mock_openai.journal import Journal
from mock_openai.ledger import Lags
from mock_openai.prompter import Cue, Prompter
from mock_openai.scenarios.shelf import Shelf
from mock_openai.settings import Settings
from tests.mock_openai.conftest import chat


def cue(text: str) -> Cue:
    body = json.dumps(chat(f"{text} [[mock: scenario=hello]]")).encode()
    return Prompter(Shelf(), Settings()).cue(ENDPOINTS["/v1/chat/completions"], {}, body)


def test_the_oldest_entries_go_when_there_are_too_many() -> None:
    journal, one = Journal(3, 10**9), cue("hi")
    entries = [journal.open("", one, b"", 0) for _ in range(5)]
    assert [entry.id for entry in journal.newest()] == ["s5", "s4", "s3"]
    assert journal.entry(entries[0].id) is None
    assert journal.total == 5


def test_the_oldest_entries_go_when_they_are_too_large() -> None:
    journal, one = Journal(10**6, 20_000), cue("hi")
    for _ in range(100):
        journal.open("", one, b"x" * 5_000, 0)
    assert journal.size <= 20_000
    assert 1 <= len(journal) <= 4


def test_entries_are_found_by_what_the_user_said_and_by_session() -> None:
    journal = Journal(10, 10**9)
    journal.open("a", cue("rain"), b"", 0)
    journal.open("b", cue("rain again"), b"", 0)
    journal.open("b", cue("sun"), b"", 0)
    assert [entry.id for entry in journal.newest("rain")] == ["s2", "s1"]
    assert [entry.id for entry in journal.newest("rain", "a")] == ["s1"]
    journal.clear("b")
    assert [entry.id for entry in journal.newest()] == ["s1"]


def test_an_entry_gives_the_scripted_chunks() -> None:
    entry = Journal(10, 10**9).open("", cue("hi"), b"", 0)
    assert "".join(entry.chunks()) == entry.text
    assert entry.chunks()[:2] == ["Hello! ", "I "]


def test_lags_are_kept_in_a_ring() -> None:
    lags = Lags(size=4)
    assert lags.quantiles_ns() is None
    for lag in (100, 1, 2, 3, 4):
        lags.note(lag)
    assert lags.quantiles_ns() == {"p50": 2, "p99": 3, "max": 4}
