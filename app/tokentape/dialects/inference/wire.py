"""A run as `inference` sends it: OpenAI's `chat.completion.chunk` frames, closed by `[DONE]`. Pure.

https://platform.openai.com/docs/api-reference/chat-streaming
"""

from typing import Any

import orjson

from tokentape.dialects.failure_details import retry_after
from tokentape.runs.events import (
    Completed,
    Counted,
    Entry,
    Event,
    Failed,
    Finished,
    Stopped,
    Terminal,
)
from tokentape.runs.events import Text as Said
from tokentape.runs.tape import Label
from tokentape.viewers.rendering import Encoder

ERROR_TYPES = {
    "UPSTREAM_RATE_LIMIT": "rate_limit_error",
    "CONTEXT_TOO_LONG": "invalid_request_error",
    "INVALID_MODEL": "invalid_request_error",
}


def closing(terminal: Terminal, *, usage: bool) -> tuple[Event, ...]:
    """What stands between the last text and `[DONE]`; before an error nothing does."""
    match terminal:
        case Completed(_, finish_reason, total_tokens, _, prompt_tokens):
            finished = Finished(finish_reason)
            return (finished, Counted(prompt_tokens, total_tokens)) if usage else (finished,)
        case Stopped():
            return (Finished("stop", stopped=True),)
    return ()


def sse(label: Label) -> Encoder[bytes]:
    """Frames, joined from bytes that are the same in every chunk: this is the hottest path."""
    run_id = label.run_id.encode()
    head = b"id: " + run_id + b":"
    body = orjson.dumps(
        {
            "id": label.run_id,
            "object": "chat.completion.chunk",
            "created": int(label.started_s),
            "model": label.model,
        }
    )[:-1]
    mark = b'"runId":"' + run_id + b'","seq":'
    open_text = b"\ndata: " + body + b',"choices":[{"index":0,"delta":{"content":'
    close_text = b'},"finish_reason":null}],' + mark
    dumps = orjson.dumps

    def encode(entry: Entry) -> bytes:
        seq, _, event = entry
        if type(event) is Said and seq:
            return b"%b%d%b%b%b%d}\n\n" % (
                head,
                seq,
                open_text,
                dumps(event.content),
                close_text,
                seq,
            )
        return b"%b%d\ndata: %b\n\n" % (head, seq, rest(seq, event))

    finished = False

    def rest(seq: int, event: Event) -> bytes:
        """Every frame but the second and later texts."""
        nonlocal finished
        match event:
            case Said(content):
                return chunk(seq, [choice({"role": "assistant", "content": content}, None)])
            case Finished(finish_reason, stopped):
                finished = True
                # An answer without text has had no chunk that named the role.
                delta = {} if seq else {"role": "assistant", "content": ""}
                more = {"stopped": True} if stopped else {}
                return chunk(seq, [choice(delta, finish_reason)], **more)
            case Counted():
                return chunk(seq, [], usage=usage_of(event))
            case Completed() | Stopped():
                if finished:
                    return b"[DONE]"
                # Asked for over a socket, where nothing stands before the end.
                reason, over = "stop", isinstance(event, Stopped)
                if isinstance(event, Completed):
                    reason = event.finish_reason
                last = rest(seq, Finished(reason, over))
                return last + b"\n\n%b%d\ndata: [DONE]" % (head, seq)
            case Failed(_, code, message):
                error = error_of(code, message) | retry_after(event)
                return dumps({"error": error, "runId": label.run_id, "seq": seq})
        raise TypeError(f"inference does not send {type(event).__name__}")

    def chunk(seq: int, choices: list[dict[str, Any]], **more: Any) -> bytes:
        fields = {"choices": choices, **more, "runId": label.run_id, "seq": seq}
        return body + b"," + dumps(fields)[1:]

    return encode


def choice(delta: dict[str, Any], finish_reason: str | None) -> dict[str, Any]:
    """The one choice of a chunk."""
    return {"index": 0, "delta": delta, "finish_reason": finish_reason}


def error_of(code: str, message: str) -> dict[str, str]:
    """As OpenAI words errors in mid-stream."""
    return {"message": message, "type": ERROR_TYPES.get(code, "server_error"), "code": code}


def usage_of(counted: Counted) -> dict[str, int]:
    """OpenAI's `usage`; what is not the question's is the answer's."""
    prompt, total = counted.prompt_tokens, counted.total_tokens
    return {
        "prompt_tokens": prompt,
        "completion_tokens": total - prompt,
        "total_tokens": total,
    }


def completion(label: Label, text: str, terminal: Completed | Stopped) -> dict[str, Any]:
    """The whole answer as one `chat.completion`."""
    if isinstance(terminal, Completed):
        finish_reason = terminal.finish_reason
        counted = Counted(terminal.prompt_tokens, terminal.total_tokens)
        more: dict[str, Any] = {"usage": usage_of(counted)}
    else:
        finish_reason, more = "stop", {"stopped": True}
    message = {"role": "assistant", "content": text, "refusal": None}
    return {
        "id": label.run_id,
        "object": "chat.completion",
        "created": int(label.started_s),
        "model": label.model,
        "choices": [
            {"index": 0, "message": message, "logprobs": None, "finish_reason": finish_reason}
        ],
        "runId": label.run_id,
        **more,
    }
