"""Files that nobody meant well with: they get a verdict, or a reason why there is none."""

import copy
import io
import json
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.harness.chance import by_chance, examples, seeds
from tests.unit.app.check.recordings.files import CONTRACT, WIRE, entry, messages, sse
from tests.unit.app.check.speakers import SPEAKERS
from tokentape.check.config import CheckConfig
from tokentape.check.could_not_run import CouldNotRun
from tokentape.check.recordings import formats, json_lines, stream_log
from tokentape.check.recordings.check_recording import check_recording
from tokentape.contract.contract import Contract, Json
from tokentape.options.option import read_options

SOCKET, _ = SPEAKERS["ai-chat/socketio"]
WRONG: tuple[Any, ...] = (None, True, 0, -1, 2.5, 1e300, "", "x", [], [None], {}, {"a": []})


def judged(file: Path, content: bytes, contract: Contract = CONTRACT) -> int | None:
    """The exit code; `None` where the file was refused with a reason."""
    file.write_bytes(content)
    options = read_options(CheckConfig, {"from_file": str(file), "order_only": True})
    try:
        return check_recording(str(file), options, contract, (None, "")).exit_code
    except CouldNotRun:
        return None


def places(value: Json, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    inside = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value if isinstance(value, list) else ())
    )
    for key, one in inside:
        yield (*path, key)
        yield from places(one, (*path, key))


def spoilt(value: Json, path: tuple[str | int, ...], wrong: Json) -> Json:
    changed = copy.deepcopy(value)
    inside = changed
    for key in path[:-1]:
        inside = inside[key]
    inside[path[-1]] = wrong
    return changed


FRAMES = [
    {"type": "send", "time": 1.5, "opcode": 1, "data": '42["ai:chat",{"message":"hi"}]'},
    {"type": "receive", "time": 1.75, "opcode": 1, "data": '42["ai:stream",{"content":"a"}]'},
]
HARS = (
    (CONTRACT, entry(sse(), request={"a": 1}, _eventSourceMessages=messages(WIRE[:2]))),
    (CONTRACT, entry(_eventSourceMessages=messages(WIRE[:2]))),
    (SOCKET, entry(_webSocketMessages=FRAMES)),
)


@by_chance
@pytest.mark.parametrize("which", range(len(HARS)))
def test_har_whose_values_are_wrong_is_no_crash(which: int, tmp_path: Path) -> None:
    contract, right = HARS[which]
    whole = {"log": {"entries": [right, right]}}
    known = list(places(whole))
    for seed in seeds(30):
        chance = Random(f"{which} {seed}")
        changed = spoilt(whole, chance.choice(known), chance.choice(WRONG))
        judged(tmp_path / "it.har", json.dumps(changed).encode(), contract)


HEADS = (b"", b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/2 ", b'{"log":', b'{"tape": 1}\n')
PARTS = (
    b"data: ",
    b"{",
    b'{"a": 1}',
    b"\n",
    b"\r\n\r\n",
    b":",
    b"\xff",
    b"\0",
    b"event: x",
    b"[DONE]",
)


@examples(40)
@given(
    head=st.sampled_from(HEADS),
    parts=st.lists(st.sampled_from(PARTS) | st.binary(max_size=6), max_size=12),
)
def test_bytes_of_any_sort_get_a_verdict_or_a_reason(
    head: bytes, parts: list[bytes], tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = tmp_path_factory.getbasetemp() / "any"
    code = judged(file, head + b"".join(parts))
    assert code != 0, "none of these is a whole answer"


def test_what_is_too_much_is_refused_before_it_is_kept(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    class Endless(io.RawIOBase):
        """A pipe that never ends."""

        taken = 0

        def read(self, size: int = -1) -> bytes:
            self.taken += size
            return b"data: 1\n\n" * (size // 9)

    monkeypatch.setattr(formats, "MOST_BYTES", 1_000_000)
    pipe = Endless()
    monkeypatch.setattr("sys.stdin", type("Stdin", (), {"buffer": pipe}))
    with pytest.raises(CouldNotRun, match="that is too much"):
        formats.read_recording("-", CONTRACT, None, None)
    assert pipe.taken < 1_200_000
    monkeypatch.setattr(stream_log, "MOST_EVENTS", 3)
    monkeypatch.setattr(json_lines, "MOST_EVENTS", 3)
    many = tmp_path / "many"
    for content in (b"data: 1\n\n" * 5, b'{"a": 1}\n' * 5):
        many.write_bytes(content)
        with pytest.raises(CouldNotRun, match="over 3 events"):
            formats.read_recording(str(many), CONTRACT, None, None)
