"""Formats: which of the forms a file has, and what of it is read by which reader.

The only module here that opens files.
"""

import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from tokentape.check.could_not_run import CouldNotRun
from tokentape.check.observation import Observation
from tokentape.check.recordings.har import entries_of, read_har, secrets_in
from tokentape.check.recordings.json_lines import first_value, lines_of, read_json_lines
from tokentape.check.recordings.recording import RecordedAnswer, observation_of
from tokentape.check.recordings.stream_log import read_stream_log
from tokentape.check.tape_file import read as read_tape
from tokentape.check.unrecognized import protocol_of
from tokentape.contract.contract import Contract
from tokentape.dialects.contracts import CONTRACTS
from tokentape.event_stream import BOM

MOST_BYTES = 256 * 1024 * 1024
"""Of a file: it is judged as a whole, and so kept."""

STDIN = "-"

_BLOCK = 65_536
_HAR = re.compile(rb'\{\s*"log"\s*:')
_TIMELINE = "timeline"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingFile:
    """What a file has, seen by one contract. `unjudged` says in words of which answers it has only
    a part."""

    name: str
    contract: Contract
    answers: tuple[Observation, ...]
    unjudged: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()


def read_recording(
    file: str, contract: Contract | None, named: str | None, entry: str | None
) -> RecordingFile:
    """The answers of a file, or of standard input (`-`). `named` is its format, if somebody said
    so, and `entry` chooses of a HAR. Raises `CouldNotRun`."""
    name = "standard input" if file == STDIN else file
    try:
        if file == STDIN:
            return _read(sys.stdin.buffer, name, contract, named, entry)
        with Path(file).open("rb") as source:
            return _read(source, name, contract, named, entry)
    except OSError as error:
        raise CouldNotRun(f"{name} can't be read: {error.strerror or error}") from error


def _read(
    source: BinaryIO, name: str, contract: Contract | None, named: str | None, entry: str | None
) -> RecordingFile:
    blocks = _blocks(source, name)
    begun = b""
    for block in blocks:
        begun += block
        if len(begun) >= _BLOCK:
            break
    if not begun.strip():
        raise CouldNotRun(f"{name} is empty: there is nothing to judge.")
    form, everything = named or recognise(begun), chain((begun,), blocks)
    if entry is not None and form != "har":
        raise CouldNotRun(f"{name} is no HAR, and has one answer: leave --entry out.")
    if form == "tape":
        return _tape(everything, name, contract)
    secrets: tuple[str, ...] = ()
    if form == "har":
        entries = entries_of(b"".join(everything).removeprefix(BOM), name)
        answers = list(read_har(entries, name, contract, entry))
        secrets = tuple(filter(None, secrets_in(entries)))
    elif form == "jsonl":
        answers = [read_json_lines(everything, name)]
    else:
        answers = [read_stream_log(everything, contract)]
    return _recording(name, contract or _unsaid(name, answers), answers, secrets)


def recognise(begun: bytes) -> str:
    """The form of a file that begins so; what is no other is a stream as `curl` prints it."""
    text = begun.removeprefix(BOM).lstrip()
    if _HAR.match(text):
        return "har"
    line, _, rest = text.partition(b"\n")
    first = first_value(line)
    if isinstance(first, dict) and ("tape" in first or first.get("tokentape") == _TIMELINE):
        return "tape"
    # One line alone is no stream, but an answer in JSON, such as an error.
    if first is not None and rest.strip():
        return "jsonl"
    return "jsonl" if text.startswith(b"{") and not rest and len(begun) >= _BLOCK else "sse"


def _recording(
    name: str, contract: Contract, answers: Iterable[RecordedAnswer], secrets: tuple[str, ...]
) -> RecordingFile:
    whole, unjudged = [], []
    for answer in answers:
        if answer.cut_copy:
            unjudged.append(f"{answer.name}: {answer.cut_copy}.")
        else:
            whole.append(answer)
    seen = tuple(observation_of(one, contract, turn) for turn, one in enumerate(whole, 1))
    return RecordingFile(
        name=name, contract=contract, answers=seen, unjudged=tuple(unjudged), secrets=secrets
    )


def _unsaid(name: str, answers: Iterable[RecordedAnswer]) -> Contract:
    """Nobody said what it is. Raises `CouldNotRun`, with what it looks like."""
    for answer in answers:
        what, dialect = protocol_of((one.event, one.payload) for one in answer.events[:3])
        if dialect:
            raise CouldNotRun(f"{name} looks like {what}: say so by --dialect {dialect}.")
    raise CouldNotRun(f"Say what {name} is of: --dialect NAME, or --contract FILE.yaml.")


def _tape(blocks: Iterable[bytes], name: str, contract: Contract | None) -> RecordingFile:
    """Of `tokentape record`, or saved on the chat page: those know what they are of."""
    lines = lines_of(blocks)
    head = next(lines)
    told = first_value(head)
    if isinstance(told, dict) and told.get("tokentape") == _TIMELINE:
        known = contract or CONTRACTS.get(str(told.get("contract")))
        if known is None:
            raise CouldNotRun(f"{name}:1: there is no contract {told.get('contract')!r}.")
        answer = read_json_lines((line + b"\n" for line in lines), name, first_line=2)
        return _recording(name, known, [answer], ())
    try:
        text = b"\n".join(chain((head,), lines)).decode()
    except UnicodeDecodeError as error:
        raise CouldNotRun(f"{name} can't be read: {error}") from error
    observation, url = read_tape(text, name, contract)
    return RecordingFile(
        name=f"{name} (of {url})",
        contract=observation.contract,
        answers=(replace(observation, recorded=True),),
    )


def _blocks(source: BinaryIO, name: str) -> Iterator[bytes]:
    size = 0
    while block := source.read(_BLOCK):
        size += len(block)
        if size > MOST_BYTES:
            raise CouldNotRun(f"{name} has over {MOST_BYTES // 1024**2:,} MiB: that is too much.")
        yield block
