"""`--expect @FILE`: every character of the file is due, but for the line break of an editor."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.integration.app.client.raw import HEAD, raw
from tokentape.check.command import config_of
from tokentape.check.could_not_run import CouldNotRun
from tokentape.check.runner import check

CHUNK = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m"}


def answer(text: str) -> bytes:
    deltas = [{"role": "assistant", "content": ""}, {"content": text}, {}]
    reasons = [None, None, "stop"]
    frames = [
        {**CHUNK, "choices": [{"index": 0, "delta": delta, "finish_reason": reason}]}
        for delta, reason in zip(deltas, reasons, strict=True)
    ]
    said = "".join(f"data: {json.dumps(frame)}\n\n" for frame in frames)
    return HEAD + said.encode() + b"data: [DONE]\n\n"


@pytest.mark.parametrize(
    ("file", "said", "violations"),
    [
        (b"one\r\ntwo", "one\r\ntwo", []),
        (b"one\r\ntwo", "one\ntwo", ["text_altered"]),
        (b"one\ntwo", "one\r\ntwo", ["text_altered"]),
        (b"one\rtwo", "one\rtwo", []),
        (b"one\n", "one", []),
        (b"one\r\n", "one", []),
        (b"one\n", "one\n", []),
        (b"one\r\n", "one\r\n", []),
        (b"one\n\n", "one\n", []),
        (b"one\n\n", "one\n\n", []),
        (b"one\n\n", "one", ["text_lost"]),
        (b"one", "one\n", ["text_altered"]),
        (b"one\n", "two", ["text_altered"]),
        (b"\xef\xbb\xbfone\n", "one", []),
        ("é\u2028x\n".encode(), "é\u2028x", []),
    ],
)
async def test_of_a_file_every_character_is_due_but_an_editors_line_break(
    tmp_path: Path, file: bytes, said: str, violations: list[str]
) -> None:
    due = tmp_path / "due.txt"
    due.write_bytes(file)
    async with raw([answer(said)]) as server:
        config = config_of(url=server.url, dialect="openai", expect=f"@{due}")
        report = await check(replace(config, linger_s=0.0))
    (finding,) = report.results
    assert [one.kind for one in finding.verdict.violations][:1] == violations


def test_a_file_that_is_no_utf_8_is_told_before_anything_is_asked(tmp_path: Path) -> None:
    due = tmp_path / "due.txt"
    due.write_bytes("é".encode("utf-16"))
    with pytest.raises(CouldNotRun, match=r"--expect @.*due\.txt: 'utf-8' codec can't decode"):
        config_of(url="http://x", dialect="openai", expect=f"@{due}")
