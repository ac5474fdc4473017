"""What model servers send, as data: the YAML files beside this module, each a list of streams.

A stream is an answer to `POST …/chat/completions` with `stream: true`, made up after the habits of
real servers. An entry:

    name: unique, in lower case with dashes
    provider: whose habit it is; `any` for what happens to all
    quirk: one sentence: what is unusual
    status: 200            # of the HTTP answer
    headers: {Name: value} # added; a null takes away: there is `Content-Type: text/event-stream`
    framing: chunked       # `close`: the body ends with the connection; `length`: Content-Length
    head: raw text         # instead of status, headers and framing; the body follows as it is
    gzip: true             # the body is compressed, each piece flushed
    split: 1               # the body is sent in pieces of so many bytes
    before: [entry…]       # status, headers and body of earlier answers on the way to this one
    body: [step…]
    client: {…}            # what the official client makes of it, where that is not as `relay`;
                           # the fields of `Reading`, `text_of: {with: x, times: 9}` for a long one
    relay: {…}             # what the relay has to make of it
    check: {…}             # what `tokentape check --dialect openai` has to say of it: `verdict`
                           # (right, wrong, no verdict), `finds` (violations, with their cause in
                           # brackets, as `missing_end (silent)`), `says` (words of its messages),
                           # `accept` (the habits with which it would be right),
                           # `lawful` (why it is right though the official client fails)

A step of the body is one piece, sent by itself:

    role                   the usual first chunk, with the role and no text
    text: Hel              a chunk with this text
    delta: {…}             a chunk with this delta
    choice: {…}            a chunk with this choice, which is all of it
    chunk: {…}             these fields over a chunk's usual ones
    finish: stop           a chunk with an empty delta and this finish_reason
    usage                  a chunk of usage: 7 + 2 tokens
    json: …                `data: ` and this value
    done                   `data: [DONE]`
    raw: "…"               this text in UTF-8
    hex: 00 ff             these bytes
    fill: {head: "…", with: x, times: 9, tail: "…"}   a long piece
    times: {count: 9, of: [step…]}                    steps again and again

or what happens between them:

    quiet: 20              so many seconds pass without a byte
    close                  the connection ends, without an end of the body where the framing has one
    reset                  the connection is cut with RST
    stay_open              nothing more comes for 60 s, and the connection stays until the client
                           leaves

After the last step the body ends as its framing ends it.
"""

import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml

FOLDER = Path(__file__).parent
KINDS = sorted(path.stem for path in FOLDER.glob("*.yaml"))
"""The names of the files, each without its ending."""
CHUNK: dict[str, Any] = {
    "id": "chatcmpl-1",
    "object": "chat.completion.chunk",
    "created": 1_700_000_000,
    "model": "m-1",
}
USAGE = {"prompt_tokens": 7, "completion_tokens": 2, "total_tokens": 9}

Framing = Literal["chunked", "close", "length", "raw"]


@dataclass(frozen=True, slots=True)
class Quiet:
    """So many seconds pass without a byte."""

    seconds: float


class Close:
    """The connection ends (FIN), the body does not."""


class Reset:
    """The connection is cut (RST)."""


class StayOpen:
    """Nothing more comes; the connection stays until the client leaves."""


Step = bytes | Quiet | Close | Reset | StayOpen
WORDS: dict[str, Step] = {"close": Close(), "reset": Reset(), "stay_open": StayOpen()}


@dataclass(frozen=True, slots=True)
class Reading:
    """What somebody makes of a stream. `code` is None where it is whole: `completed`.

    `code` is one of `tokentape.errors.CODES`, for the official client the name of its exception.
    `finish` is the finish_reason where it is whole. `log` and `says`: what the relay's log and its
    caller's message must hold; `hides`: what neither may. `retry_after_s`: seconds, passed on.
    """

    text: str = ""
    code: str | None = None
    finish: str | None = None
    log: tuple[str, ...] = ()
    says: tuple[str, ...] = ()
    hides: tuple[str, ...] = ()
    retry_after_s: int | None = None
    stricter: str = ""
    """Why the relay fails what the official client reads whole."""


@dataclass(frozen=True, slots=True)
class Stream:
    """One entry."""

    name: str
    kind: str
    """The file that it stands in, without its ending."""
    provider: str
    quirk: str
    status: int
    headers: Mapping[str, str]
    framing: Framing
    head: bytes | None
    steps: tuple[Step, ...]
    client: Reading
    relay: Reading
    check: Mapping[str, Any] = field(default_factory=dict)
    before: tuple["Stream", ...] = ()

    @property
    def body(self) -> bytes:
        """All its bytes, in one."""
        return b"".join(step for step in self.steps if isinstance(step, bytes))


LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml where it is: each process that collects the tests reads these files."""


@cache
def all_streams() -> tuple[Stream, ...]:
    """All of all files. Raises `ValueError` for a name that is there twice."""
    found = [stream for path in sorted(FOLDER.glob("*.yaml")) for stream in _read(path)]
    names = [stream.name for stream in found]
    if twice := {name for name in names if names.count(name) > 1}:
        raise ValueError(f"there twice: {sorted(twice)}")
    return tuple(found)


def streams_of(kind: str) -> list[Stream]:
    """All of one file."""
    return [stream for stream in all_streams() if stream.kind == kind]


def stream_named(name: str) -> Stream:
    """Raises `KeyError`."""
    return {stream.name: stream for stream in all_streams()}[name]


def _read(path: Path) -> Iterator[Stream]:
    for entry in yaml.load(path.read_text("utf-8"), LOADER):  # noqa: S506  # both are safe
        try:
            yield _stream(path.stem, entry)
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{path.name}, {entry.get('name')}: {error!r}") from error


def _stream(kind: str, entry: dict[str, Any]) -> Stream:
    known = {*Stream.__dataclass_fields__, "body", "gzip", "split"} - {"kind", "steps"}
    if unknown := set(entry) - known:
        raise ValueError(f"unknown fields {sorted(unknown)}")
    headers = {"Content-Type": "text/event-stream", **entry.get("headers", {})}
    steps = tuple(_steps(entry.get("body", [])))
    if entry.get("gzip"):
        headers["Content-Encoding"] = "gzip"
        steps = tuple(_gzipped(steps))
    if size := entry.get("split"):
        steps = tuple(_split(steps, size))
    head = entry.get("head")
    relay = _reading(entry.get("relay", {}))
    return Stream(
        name=entry["name"],
        kind=kind,
        provider=entry["provider"],
        quirk=entry["quirk"],
        status=entry.get("status", 200),
        headers={name: value for name, value in headers.items() if value is not None},
        framing="raw" if head is not None else entry.get("framing", "chunked"),
        head=None if head is None else head.encode(),
        steps=steps,
        client=_reading(entry["client"]) if "client" in entry else relay,
        relay=relay,
        check=entry.get("check", {}),
        before=tuple(
            _stream(kind, {"name": "", "provider": "", "quirk": "", **one})
            for one in entry.get("before", [])
        ),
    )


def _reading(given: dict[str, Any]) -> Reading:
    fields: dict[str, Any] = {} if "code" in given else {"finish": "stop"}
    fields |= given
    if filled := fields.pop("text_of", None):
        fields["text"] = filled["with"] * filled["times"]
    fields |= {name: tuple(given[name]) for name in ("log", "says", "hides") if name in given}
    return Reading(**fields)


def _steps(body: Sequence[Any]) -> Iterator[Step]:
    for one in body:
        if isinstance(one, str):
            yield WORDS[one] if one in WORDS else _piece(one, None)
        else:
            ((name, value),) = one.items()
            if name == "quiet":
                yield Quiet(value)
            elif name == "times":
                for _ in range(value["count"]):
                    yield from _steps(value["of"])
            else:
                yield _piece(name, value)


def _piece(name: str, value: Any) -> bytes:
    match name:
        case "role":
            return _delta({"role": "assistant", "content": ""})
        case "text":
            return _delta({"content": value})
        case "delta":
            return _delta(value)
        case "choice":
            return event({**CHUNK, "choices": [value]})
        case "chunk":
            return event({**CHUNK, **value})
        case "finish":
            return event({**CHUNK, "choices": [{"index": 0, "delta": {}, "finish_reason": value}]})
        case "usage":
            return event({**CHUNK, "choices": [], "usage": USAGE})
        case "json":
            return event(value)
        case "done":
            return b"data: [DONE]\n\n"
        case "raw":
            return str(value).encode("utf-8", "surrogatepass")
        case "hex":
            return bytes.fromhex(value)
        case "fill":
            filled = value["with"] * value["times"]
            return f"{value.get('head', '')}{filled}{value.get('tail', '')}".encode()
    raise ValueError(f"unknown step {name!r}")


def _delta(delta: Any) -> bytes:
    return event({**CHUNK, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]})


def event(value: Any) -> bytes:
    """One event as most servers write it."""
    return b"data: " + json.dumps(value, ensure_ascii=False).encode() + b"\n\n"


def _gzipped(steps: Sequence[Step]) -> Iterator[Step]:
    packer = zlib.compressobj(wbits=zlib.MAX_WBITS | 16)
    for step in steps:
        if isinstance(step, bytes):
            yield packer.compress(step) + packer.flush(zlib.Z_SYNC_FLUSH)
        else:
            yield step
    yield packer.flush()


def _split(steps: Sequence[Step], size: int) -> Iterator[Step]:
    for step in steps:
        if isinstance(step, bytes):
            yield from (step[at : at + size] for at in range(0, len(step), size))
        else:
            yield step
