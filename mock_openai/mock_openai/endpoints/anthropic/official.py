"""What Anthropic's official clients do with each fault. Measured: tests hold them to that.

With a timeout of one second and no retries; `stall:forever` is the stall that never ends. Of the
one for Python first what the iterator of `create(stream=True)` does, then the helper `stream()`,
which puts the message together. `wrong-id` finds no place: a message's id is told once.
"""

from mock_openai.faults.fault import WHOLE, WRONG

VERSION = "2.14"
_SHORT = "gives a text cut short, raises nothing"
OFFICIAL: dict[str, tuple[str, str]] = {
    "refuse": ("raises `anthropic.RateLimitError`", "raises `anthropic.RateLimitError`"),
    "html": ("raises `anthropic.InternalServerError`", "raises `anthropic.InternalServerError`"),
    "slow-headers": (WHOLE, WHOLE),
    "endless-headers": ("raises `anthropic.APITimeoutError`", "raises `anthropic.APITimeoutError`"),
    "content-type": (WHOLE, WHOLE),
    "stall": (WHOLE, WHOLE),
    "stall:forever": ("raises `httpx2.ReadTimeout`", "raises `httpx2.ReadTimeout`"),
    "cut": (_SHORT, _SHORT),
    "sever": ("raises `httpx2.RemoteProtocolError`", "raises `httpx2.RemoteProtocolError`"),
    "reset": ("raises `httpx2.ReadError`", "raises `httpx2.ReadError`"),
    "no-finish": (WHOLE, WHOLE),
    "no-done": (WHOLE, WHOLE),
    "data-error": (_SHORT, _SHORT),
    "event-error": ("raises `anthropic.APIStatusError`", "raises `anthropic.APIStatusError`"),
    "duplicate": (WRONG, WRONG),
    "reorder": (WRONG, WRONG),
    "lose": (WRONG, WRONG),
    "wrong-index": (WHOLE, "raises `builtins.IndexError`"),
    "bad-json": ("raises `json.JSONDecodeError`", "raises `json.JSONDecodeError`"),
    "truncated-json": ("raises `json.JSONDecodeError`", "raises `json.JSONDecodeError`"),
    "garbage": (WHOLE, WHOLE),
    "late-chunk": (WRONG, WRONG),
    "second-end": (WHOLE, WHOLE),
    "empty-delta": (WHOLE, WHOLE),
    "giant": (WHOLE, WHOLE),
    "keep-alive": (WHOLE, WHOLE),
    "crlf": (WHOLE, WHOLE),
    "split": (WHOLE, WHOLE),
    "split-utf8": (WHOLE, WHOLE),
    "join": (WHOLE, WHOLE),
}
JAVASCRIPT_VERSION = "1.14"
JAVASCRIPT: dict[str, str] = {
    "refuse": "raises `RateLimitError`",
    "html": "raises `InternalServerError`",
    "slow-headers": WHOLE,
    "endless-headers": "raises `APIConnectionTimeoutError`",
    "content-type": WHOLE,
    "stall": WHOLE,
    "stall:forever": "waits until it is aborted",
    "cut": "raises `AnthropicError`",
    "sever": "raises `AnthropicError`",
    "reset": "raises `AnthropicError`",
    "no-finish": WHOLE,
    "no-done": "raises `AnthropicError`",
    "data-error": "raises `AnthropicError`",
    "event-error": "raises `APIError`",
    "duplicate": WRONG,
    "reorder": WRONG,
    "lose": WRONG,
    "wrong-index": WRONG,
    "bad-json": "raises `AnthropicError`",
    "truncated-json": "raises `AnthropicError`",
    "garbage": WHOLE,
    "late-chunk": WHOLE,
    "second-end": WHOLE,
    "empty-delta": WHOLE,
    "giant": WHOLE,
    "keep-alive": WHOLE,
    "crlf": WHOLE,
    "split": WHOLE,
    "split-utf8": WHOLE,
    "join": WHOLE,
}
"""What the stream helper of the one for JavaScript does; its timeout is for the head alone."""
