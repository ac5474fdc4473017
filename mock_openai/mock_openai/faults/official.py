"""What the official Python client does with each fault. Measured: a test holds this to it.

With a timeout of one second and no retries; `stall:forever` is the stall that never ends.
"""

VERSION = "3.52"
_WHOLE = "gives the whole text, raises nothing"
_WRONG = "gives a wrong text, raises nothing"
OFFICIAL: dict[str, str] = {
    "refuse": "raises `openai.RateLimitError`",
    "html": "raises `openai.InternalServerError`",
    "slow-headers": _WHOLE,
    "endless-headers": "raises `openai.APITimeoutError`",
    "content-type": _WHOLE,
    "stall": _WHOLE,
    "stall:forever": "raises `openai.APITimeoutError`",
    "cut": "gives a text cut short, raises nothing",
    "sever": "raises `openai.APIConnectionError`",
    "reset": "raises `openai.APIConnectionError`",
    "no-finish": _WHOLE,
    "no-done": _WHOLE,
    "data-error": "raises `openai.APIError`",
    "event-error": "gives a chunk whose `choices` is None, raises nothing",
    "duplicate": _WRONG,
    "reorder": _WRONG,
    "lose": _WRONG,
    "wrong-index": _WHOLE,
    "wrong-id": _WHOLE,
    "bad-json": "raises `json.JSONDecodeError`",
    "truncated-json": "raises `json.JSONDecodeError`",
    "garbage": _WHOLE,
    "late-chunk": _WHOLE,
    "second-end": _WHOLE,
    "empty-delta": _WHOLE,
    "giant": _WHOLE,
    "keep-alive": _WHOLE,
    "crlf": _WHOLE,
    "split": _WHOLE,
    "split-utf8": _WHOLE,
    "join": _WHOLE,
}
