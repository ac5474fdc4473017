"""`inference` on the wire, byte by byte."""

import orjson

from tokentape.contract.contract import Contract
from tokentape.dialects.inference import wire
from tokentape.runs.events import Completed, Counted, Entry, Event, Failed, Finished, Stopped, Text
from tokentape.runs.tape import Label

LABEL = Label("r-1", "inference", "c", None, "m", 'gpt-"4"', 1_700_000_000)
HEAD = '{"id":"r-1","object":"chat.completion.chunk","created":1700000000,"model":"gpt-\\"4\\"",'


def told(*events: Event) -> list[str]:
    tell = wire.sse(LABEL)
    return [tell(Entry(seq, 0, event)).decode() for seq, event in enumerate(events)]


def frame(seq: int, rest: str) -> str:
    return f'id: r-1:{seq}\ndata: {HEAD}{rest},"runId":"r-1","seq":{seq}}}\n\n'


def choices(delta: str, finish: str = "null") -> str:
    return f'"choices":[{{"index":0,"delta":{delta},"finish_reason":{finish}}}]'


def test_whole_answer_is_openais_chunks_closed_by_done() -> None:
    completed = Completed("m", "length", 7, "gpt-4", 4)
    assert told(Text("Hi"), Text(' "ü"\n'), *wire.closing(completed, usage=True), completed) == [
        frame(0, choices('{"role":"assistant","content":"Hi"}')),
        frame(1, choices('{"content":" \\"ü\\"\\n"}')),
        frame(2, choices("{}", '"length"')),
        frame(
            3,
            '"choices":[],"usage":{"prompt_tokens":4,"completion_tokens":3,"total_tokens":7}',
        ),
        "id: r-1:4\ndata: [DONE]\n\n",
    ]


def test_answer_without_text_names_the_role_where_it_finishes() -> None:
    completed = Completed("m", "stop", 0, "gpt-4")
    assert told(*wire.closing(completed, usage=False), completed) == [
        frame(0, choices('{"role":"assistant","content":""}', '"stop"')),
        "id: r-1:1\ndata: [DONE]\n\n",
    ]


def test_stopped_answer_finishes_with_stop_and_says_that_it_was_stopped() -> None:
    stopped = Stopped("m", "requested")
    assert told(Text("a"), *wire.closing(stopped, usage=True), stopped)[1:] == [
        frame(1, choices("{}", '"stop"') + ',"stopped":true'),
        "id: r-1:2\ndata: [DONE]\n\n",
    ]


def test_failed_answer_is_an_error_without_done() -> None:
    failed = Failed("m", "UPSTREAM_RATE_LIMIT", "busy")
    error = '{"message":"busy","type":"rate_limit_error","code":"UPSTREAM_RATE_LIMIT"}'
    assert told(Text("a"), *wire.closing(failed, usage=True), failed)[1:] == [
        f'id: r-1:1\ndata: {{"error":{error},"runId":"r-1","seq":1}}\n\n'
    ]


def test_what_was_missed_is_told_to_who_comes_late_as_it_was_to_who_was_there() -> None:
    events: list[Event] = [
        Text("a"),
        Text("b"),
        Finished("stop"),
        Counted(1, 2),
        Completed("m", "stop", 2, "g"),
    ]
    late = wire.sse(LABEL)
    assert [late(Entry(seq, 9, event)).decode() for seq, event in enumerate(events)] == told(
        *events
    )


def test_frames_are_kinds_of_the_contract() -> None:
    from tokentape.dialects.inference.contract import SSE

    completed = Completed("m", "stop", 2, "gpt-4")
    frames = told(Text("a"), Text("b"), *wire.closing(completed, usage=True), completed)
    failed = told(Failed("m", "INTERNAL", "no"))
    assert _kinds(SSE, frames) == ["role", "chunk", "finish", "usage", "done"]
    assert _kinds(SSE, failed) == ["error"]


def _kinds(contract: Contract, frames: list[str]) -> list[str | None]:
    kinds: list[str | None] = []
    for one in frames:
        data = one.split("data: ", 1)[1].strip()
        kind = contract.kind_of("", data if data == "[DONE]" else orjson.loads(data))
        kinds.append(kind.name if kind else None)
    return kinds
