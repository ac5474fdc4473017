"""What OpenAI and Anthropic publish as examples is right: their streams, in words of ours
(`published/`), each with the page that it is on. Their own clients take each, too."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integration.app.contract.clients import Reaction
from tests.integration.app.contract.python_clients import by_python, chat, messages, responses
from tests.integration.app.contract.streams import REQUEST, judged_bytes
from tests.unit.app.contract.mutated import Sent, body
from tokentape.contract.anthropic import MESSAGES
from tokentape.contract.contract import Contract
from tokentape.contract.openai import CHAT
from tokentape.contract.openai_responses import RESPONSES


@dataclass(frozen=True)
class Published:
    """A file of streams: their contract, how many there are, and the client that reads them."""

    contract: Contract
    count: int
    ask: Callable[[Any], object]
    named: bool = True
    """Whether each event's name on the wire is its type."""


FILES = {
    "openai_chat": Published(CHAT, 15, chat, named=False),
    "openai_responses": Published(RESPONSES, 19, responses),
    "anthropic": Published(MESSAGES, 9, messages),
}
each_file = pytest.mark.parametrize("name", FILES)


@cache
def read(name: str) -> list[dict[str, Any]]:
    path = Path(__file__).with_name("published") / f"{name}.yaml"
    streams: list[dict[str, Any]] = yaml.safe_load(path.read_text())
    assert len(streams) == FILES[name].count
    assert all(one["source"] for one in streams)
    return streams


def sent(name: str, stream: dict[str, Any], events: Sequence[Any]) -> str:
    """The body of the answer."""
    first = stream.get("numbered")
    numbers: Sequence[dict[str, int]] = [
        {} if first is None else {"sequence_number": first + place} for place in range(len(events))
    ]
    return body(
        [
            Sent(one["type"] if FILES[name].named else "", {**one, **number})
            if isinstance(one, dict)
            else Sent("", one)
            for one, number in zip(events, numbers, strict=True)
        ]
    )


@each_file
def test_what_is_published_is_right(name: str) -> None:
    for stream in read(name):
        request = {**REQUEST, **stream.get("request", {})}
        whole = sent(name, stream, stream["events"])
        verdict = judged_bytes(FILES[name].contract, whole, request)
        found = (verdict.violations, verdict.outcome)
        assert found == ((), stream.get("ends", "completed")), stream["title"]
        assert verdict.text == stream.get("text", verdict.text), stream["title"]


@each_file
def test_without_its_last_event_it_is_wrong(name: str) -> None:
    for stream in read(name):
        cut = sent(name, stream, stream["events"][:-1])
        assert not judged_bytes(FILES[name].contract, cut).right, stream["title"]


@each_file
def test_the_official_client_takes_it(name: str) -> None:
    bodies = [sent(name, one, one["events"]) for one in read(name)]
    due = [Reaction(None, failed=one.get("ends") == "failed") for one in read(name)]
    taken = by_python(FILES[name].ask, bodies)
    titles = [one["title"] for one in read(name)]
    assert dict(zip(titles, taken, strict=True)) == dict(zip(titles, due, strict=True))


def test_each_event_has_its_shape_in_json() -> None:
    """YAML knows dates and sets: there are none."""
    assert all(json.dumps(read(name)) for name in FILES)
