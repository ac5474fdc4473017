"""A session with a differently scripted server is recorded and replayed; no secret is kept."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx2
import pytest
import yaml

from mock_openai.child_process import mock_process
from mock_openai.recording.recorded_exchange import Recorder
from mock_openai.scenarios.loader import read_scenarios
from tests.integration.mock_openai.conftest import Served, chat, serving

SECRETS = {
    "authorization": "Bearer sk-sesame-opens-1", "cookie": "id=sesame-2; theme=sesame-3",
    "x-api-key": "sesame-4", "openai-organization": "sesame-5",
}  # fmt: skip
ASKED = {
    "stream": chat("a stream [[mock: scenario=unicode tokens=25]]", stream=True),
    "split": chat("split [[mock: scenario=unicode tokens=9 fault=split-utf8@3]]", stream=True),
    "joined": chat("joined [[mock: scenario=bursty tokens=25]]", stream=True),
    "whole": chat("whole [[mock: scenario=hello]]"),
    "cut": chat("cut [[mock: scenario=lorem tokens=20 gap=5ms fault=sever@8]]", stream=True),
    "refused": chat("refused [[mock: fault=refuse:429;retry-after=3]]", stream=True),
    "../../out": chat("../../out of the folder [[mock: scenario=hello speed=50]]", stream=True),
}  # fmt: skip


@contextmanager
def recording(upstream: str, folder: Path) -> Iterator[str]:
    with mock_process(
        "record", "--upstream", upstream, "--out", str(folder), "--port", "0"
    ) as mock:
        yield mock.url


def stripped(body: dict[str, Any]) -> dict[str, Any]:
    """The same question, without the directive that the first server read."""
    text = body["messages"][0]["content"].partition(" [[")[0]
    return {**body, "messages": [{"role": "user", "content": text}]}


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Served, Served]]:
    """The folder, the server that was recorded, and one that replays."""
    folder = tmp_path_factory.mktemp("recorded") / "inside"
    with serving("--seed", "77") as real:
        with recording(real.url, folder) as url:
            for body in ASKED.values():
                try:
                    httpx2.post(f"{url}/chat/completions", json=body, headers=SECRETS, timeout=30)
                except httpx2.RemoteProtocolError:
                    assert "cut [[" in str(body)
        with serving("--scenarios", str(folder)) as replaying:
            yield folder, real, replaying


def written(served: Served, body: dict[str, Any]) -> tuple[httpx2.Response | None, list[Any]]:
    try:
        answer = served.post(body)
    except httpx2.RemoteProtocolError:
        answer = None
    said = body["messages"][0]["content"].partition(" [[")[0]
    entries = httpx2.get(
        f"{served.root}/__mock__/requests", params={"contains": said, "limit": 1, "frames": 1}
    ).json()["requests"]
    return answer, entries[0]["frames"]


@pytest.mark.parametrize("name", ASKED)
def test_a_replay_has_the_same_bytes_and_boundaries(
    recorded: tuple[Path, Served, Served], name: str
) -> None:
    _, real, replaying = recorded
    first, sent = written(real, ASKED[name])
    again, replayed = written(replaying, stripped(ASKED[name]))
    if first is None or again is None:
        assert first is again is None
    else:
        assert again.content == first.content
        assert again.status_code == first.status_code
        assert again.headers["content-type"] == first.headers["content-type"]
        assert again.headers.get("retry-after") == first.headers.get("retry-after")
    assert boundaries(sent) == boundaries(replayed)


def boundaries(frames: list[Any]) -> list[int]:
    """The bytes that are due together: what leaves in one write."""
    sizes: dict[int, int] = {}
    for frame in frames:
        sizes[frame["due_ns"]] = sizes.get(frame["due_ns"], 0) + frame["size"]
    return list(sizes.values())


def test_a_replay_is_due_when_the_recording_came(recorded: tuple[Path, Served, Served]) -> None:
    folder, _, replaying = recorded
    body = stripped(ASKED["stream"])
    [file] = [f for f in folder.iterdir() if "a\\ stream" in f.read_text(encoding="utf-8")]
    [scenario] = read_scenarios(file.read_text(encoding="utf-8"), file.name, "x")
    assert scenario.recorded is not None
    came_us = [at_us for at_us, _ in scenario.recorded.writes]
    for speed in (1, 4):
        plan = httpx2.post(
            f"{replaying.root}/__mock__/plan", json=body, headers={"x-mock-speed": str(speed)}
        ).json()
        due_us = sorted({frame["due_ns"] // 1_000 for frame in plan["frames"]})
        gaps = [b - a for a, b in pairwise(due_us)]
        expected = [(b - a) / speed for a, b in pairwise(came_us)]
        assert len(gaps) == len(expected)
        assert max(abs(gap - want) for gap, want in zip(gaps, expected, strict=True)) <= 2_000


def test_keys_and_cookies_are_nowhere_in_the_files(recorded: tuple[Path, Served, Served]) -> None:
    folder, _, _ = recorded
    files = sorted(folder.iterdir())
    assert len(files) == len(ASKED)
    assert all(file.name.startswith("recorded-") and file.suffix == ".yaml" for file in files)
    assert [path.name for path in folder.parent.iterdir()] == ["inside"]
    for file in files:
        assert b"sesame" not in file.read_bytes()


def test_a_key_that_the_server_repeats_is_blanked() -> None:
    body = json.dumps(chat("my key is sk-abcdef1234567890 and it is refused")).encode()
    recorder = Recorder("/v1/chat/completions", body, {"authorization": "Bearer my-own-key"}, 0)
    recorder.status = 401
    recorder.answer_headers = {"content-type": "application/json", "set-cookie": "a=b-secret"}
    recorder.note(b'{"error": {"message": "Incorrect API key provided: my-own-key."}}', 5_000)
    made = recorder.scenario()
    assert made is not None
    for secret in ("my-own-key", "sk-abcdef", "b-secret", "set-cookie"):
        assert secret not in made[1]
    [scenario] = read_scenarios(made[1], "made", "x")
    assert scenario.when.last_user is not None
    assert scenario.when.last_user.fits("my key is sk-other and it is refused")


ECHOED = b'data: {"error": {"message": "no: a-key-of-mine sesame/2+x sk-abcdef1234567890!"}}\n\n'


@pytest.mark.parametrize("cut", range(20, len(ECHOED), 7))
def test_a_key_is_blanked_wherever_it_was_shown_and_however_the_answer_is_cut(cut: int) -> None:
    headers = {"x-goog-api-key": "a-key-of-mine"}
    body = json.dumps(chat("Hi", stream=True)).encode()
    recorder = Recorder("/v1/chat/completions", body, headers, 0, query="key=sesame%2F2%2Bx&v=2026")
    recorder.status = 200
    recorder.answer_headers = {"content-type": "text/event-stream"}
    recorder.note(ECHOED[:cut], 1_000)
    recorder.note(ECHOED[cut:], 2_000)
    made = recorder.scenario()
    assert made is not None
    said = "".join(data for _, data in yaml.safe_load(made[1])["recorded"]["writes"])
    assert re.sub(r"(\*\*\*)+", "*", said) == ('data: {"error": {"message": "no: * * *!"}}\n\n')


@pytest.mark.parametrize("text", ["word é😀 " * 1_000, "key sk-abcdef123456, " + "é😀\n" * 2_000])
def test_a_recording_of_a_long_question_answers_that_question(text: str) -> None:
    recorder = Recorder("/v1/chat/completions", json.dumps(chat(text)).encode(), {}, 0)
    recorder.status = 200
    recorder.note(b"{}", 5_000)
    made = recorder.scenario()
    assert made is not None
    [scenario] = read_scenarios(made[1], "made", "x")
    assert scenario.when.last_user is not None
    assert scenario.when.last_user.fits(text)
    assert not scenario.when.last_user.fits("?" + text)


def test_a_recording_that_makes_no_sense_is_refused_by_name() -> None:
    for text, problem in (
        ("recorded: {writes: 3}", "recorded has headers, writes"),
        ("recorded: {writes: [[1]]}", "each of writes is"),
        ("recorded: {writes: [[-1, x]]}", "a time is a whole number"),
        ("recorded: {writes: [], staus: 3}", "did you mean 'status'"),
        ("recorded: {writes: [[1, {base64: '*'}]]}", "base64"),
    ):
        with pytest.raises(Exception, match=problem):
            read_scenarios(f"steps: []\n{text}\n", "file.yaml", "x")
