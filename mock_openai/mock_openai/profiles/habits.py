"""The habits of servers, a value each: what they send of a chat completion that OpenAI does not.

Pure. Most look at each event as JSON: that is slower than OpenAI's own way, and plans are kept.
"""

from collections.abc import Callable, Iterable, Iterator

import orjson

from mock_openai.plan import sse
from mock_openai.plan.plan import Frame, Frames
from mock_openai.profiles.azure_filter import filter_stream, filter_whole
from mock_openai.profiles.profile import Context, Habit, Json

_DATA = b"data: "
Change = Callable[[Json, Context], None]
"""Changes an event in place."""


def _read(data: bytes) -> Json | None:
    """The JSON of an event; None for `[DONE]` and comments."""
    if not data.startswith(b"data: {"):
        return None
    event: Json = orjson.loads(data[len(_DATA) :])
    return event


def _written(event: Json) -> bytes:
    return sse.event(orjson.dumps(event))


def _each(change: Change) -> Callable[[Frames, Context], Frames]:
    def stream(frames: Frames, context: Context) -> Frames:
        def changed() -> Iterator[Frame]:
            for frame in frames:
                event = _read(frame.data)
                if event is not None:
                    change(event, context)
                    frame = frame._replace(data=_written(event))
                yield frame

        return Frames.of(changed())

    return stream


def _parts(event: Json) -> Iterable[Json]:
    """What each choice says: its delta, or its message."""
    return (choice.get("delta") or choice.get("message") or {} for choice in event["choices"])


def _rename_reasoning(event: Json, context: Context) -> None:
    for part in _parts(event):
        if "reasoning_content" in part:
            part["reasoning"] = part.pop("reasoning_content")


def _reason_in_parts(event: Json, context: Context) -> None:
    for part in _parts(event):
        if "reasoning_content" in part:
            thought = [{"type": "text", "text": part.pop("reasoning_content")}]
            spoken = part.get("content")
            texts = [{"type": "text", "text": spoken}] if spoken else []
            part["content"] = [{"type": "thinking", "thinking": thought}, *texts]


def _without_index(event: Json, context: Context) -> None:
    for part in _parts(event):
        for call in part.get("tool_calls") or ():
            call.pop("index", None)


def _stop_after_call(event: Json, context: Context) -> None:
    for choice in event["choices"]:
        if choice.get("finish_reason") == "tool_calls":
            choice["finish_reason"] = "stop"


def _name_provider(event: Json, context: Context) -> None:
    event["provider"] = "Mock"
    for choice in event["choices"]:
        if "finish_reason" in choice:
            choice["native_finish_reason"] = choice["finish_reason"]


def _comment(data: bytes) -> Callable[[Frames, Context], Frames]:
    def stream(frames: Frames, context: Context) -> Frames:
        return Frames.of([Frame(0, data, "comment"), *frames])

    return stream


def _usage(context: Context, spoken: int) -> Json:
    return {
        "prompt_tokens": context.prompt_tokens,
        "completion_tokens": spoken,
        "total_tokens": context.prompt_tokens + spoken,
    }


def _usage_in_each(frames: Frames, context: Context) -> Frames:
    said = [at for at, frame in enumerate(frames) if frame.kind not in ("role", "comment")]
    steps = max(1, sum(frames[at].kind not in ("finish", "usage", "done") for at in said))

    def counted() -> Iterator[Frame]:
        at = 0
        for frame in frames:
            event = _read(frame.data)
            if event is not None and frame.kind != "usage":
                at = min(steps, at + (frame.kind not in ("role", "finish")))
                event["usage"] = _usage(context, context.completion_tokens * at // steps)
                frame = frame._replace(data=_written(event))
            yield frame

    return Frames.of(counted())


def _usage_if_bidden(frames: Frames, context: Context) -> Frames:
    bidden = context.parameters.get("stream_options.continuous_usage_stats") is True
    return _usage_in_each(frames, context) if bidden else frames


def _usage_in_finish(frames: Frames, context: Context) -> Frames:
    def finished(event: Json, context: Context) -> None:
        if any(choice.get("finish_reason") for choice in event["choices"]):
            event["x_groq"] = {
                "id": f"req_{event['id'].rpartition('-')[2]}",
                "usage": _usage(context, context.completion_tokens),
            }

    return _each(finished)(frames, context)


def _finish_twice(frames: Frames, context: Context) -> Frames:
    def twice() -> Iterator[Frame]:
        for frame in frames:
            yield frame
            event = _read(frame.data) if frame.kind == "finish" else None
            if event is not None:
                for choice in event["choices"]:
                    choice["delta"] = {"role": "assistant", "content": ""}
                event["usage"] = _usage(context, context.completion_tokens)
                yield frame._replace(data=_written(event))

    return Frames.of(frame for frame in twice() if frame.kind != "usage")


REASONING = Habit(
    "reasoning",
    "thoughts are called `reasoning`, not `reasoning_content`",
    _each(_rename_reasoning),
    _rename_reasoning,
)
CONTENT_PARTS = Habit(
    "content-parts",
    "thoughts are parts of a `content` that is a list",
    _each(_reason_in_parts),
    _reason_in_parts,
)
NO_CALL_INDEX = Habit(
    "no-call-index", "tool calls of a stream have no `index`", _each(_without_index)
)
STOP_AFTER_CALL = Habit(
    "stop-after-call", "a stream that calls a tool finishes with `stop`", _each(_stop_after_call)
)
PROVIDER = Habit(
    "provider",
    "each event has `provider` and `native_finish_reason`",
    _each(_name_provider),
    _name_provider,
)
USAGE_EACH = Habit("usage-each", "each event has the usage so far", _usage_in_each)
USAGE_IF_BIDDEN = Habit(
    "usage-each",
    "with `stream_options.continuous_usage_stats`, each event has the usage so far",
    _usage_if_bidden,
)
USAGE_IN_FINISH = Habit(
    "usage-in-finish", "the usage stands in the finish event too, as `x_groq`", _usage_in_finish
)
FINISH_TWICE = Habit("finish-twice", "the finish comes again, with the usage", _finish_twice)
CONTENT_FILTER = Habit(
    "content-filter",
    "a first event without choices, and `content_filter_results` in each choice",
    filter_stream,
    filter_whole,
)


def comment(text: str) -> Habit:
    """A comment at once, before the first event: the server is at work."""
    return Habit("comments", f"the comment `: {text}` at once", _comment(sse.comment(text)))
