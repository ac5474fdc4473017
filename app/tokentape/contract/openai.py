"""What OpenAI's chat completions promise over event streams, with one choice; and the table of all
that OpenAI's API speaks.

https://platform.openai.com/docs/api-reference/chat-streaming
"""

from tokentape.contract.contract import Contract, Kind, RequestTemplate
from tokentape.contract.openai_responses import BACKGROUND, RESPONSES

_CHUNK = {"object": "chat.completion.chunk", "choices.0.index": 0}
_TEXT = "choices.0.delta.content"
_FINISH = "choices.0.finish_reason"
_FAILURES = (
    "error",
    "error-object",
    "error-event",
    "error-detail",
    "base-response",
    "choice-error",
    "delta-error",
    "failed-finish",
)
_FAILED = dict.fromkeys(_FAILURES, "closed")
_NEVER = dict.fromkeys(("null-finish", "second-choice", "filter-offsets"), "answering")
SUCCESSES = ("stop", "length", "tool_calls", "content_filter", "function_call")
"""The finish reasons of OpenAI's API. Any other word says that the answer broke off, or what nobody
can know: `error`, `network_error`, `insufficient_system_resource`, `abort`."""

CHAT = Contract(
    dialect="openai",
    transport="sse",
    start=RequestTemplate(
        method="POST",
        path="/chat/completions",
        body={
            "model": "$model",
            "messages": [{"role": "user", "content": "$message"}],
            "stream": True,
            "temperature": "$temperature",
            "max_tokens": "$max_tokens",
        },
    ),
    kinds=(
        # An empty text as error is none, nor is `false`, for the official clients too.
        Kind(name="error", none_of={"error": (False,)}, end="failed", code="error.code"),
        # Some servers say it by the event's name alone.
        Kind(name="error-event", event="error", end="failed", code="code"),
        # vLLM's older form.
        Kind(name="error-object", where={"object": "error"}, end="failed", code="code"),
        # FastAPI's, of a server that fails amid the stream.
        Kind(
            name="error-detail", where={"choices": None}, has=("detail",), end="failed", code="code"
        ),
        # MiniMax's, which is there in answers that are well, with a 0.
        Kind(
            name="base-response",
            none_of={"base_resp.status_code": (0,)},
            end="failed",
            code="base_resp.status_code",
        ),
        Kind(name="[DONE]", where={"": "[DONE]"}, end="completed"),
        Kind(
            name="choice-error",
            none_of={"choices.0.error": ()},
            text=_TEXT,
            end="failed",
            code="choices.0.error.code",
        ),
        Kind(
            name="delta-error",
            none_of={"choices.0.delta.error": (False,)},
            text=_TEXT,
            end="failed",
            code="choices.0.delta.error.code",
        ),
        Kind(
            name="null-finish",
            one_of={_FINISH: ("null", "None", False)},
            text=_TEXT,
            never="finish_reason is 'null' or false, where null is due: for clients that is an end",
        ),
        Kind(
            name="failed-finish",
            none_of={_FINISH: SUCCESSES},
            text=_TEXT,
            end="failed",
            code=_FINISH,
        ),
        Kind(
            name="second-choice",
            has=("choices.1",),
            text=_TEXT,
            never="it has two choices, and one was asked for: clients show the first alone",
        ),
        Kind(name="finish", where=_CHUNK, one_of={_FINISH: SUCCESSES}, text=_TEXT),
        Kind(name="role", where=_CHUNK, has=("choices.0.delta.role",), text=_TEXT),
        Kind(name="chunk", where=_CHUNK, has=(_TEXT,), text=_TEXT),
        Kind(
            name="filter-offsets",
            has=("choices.0.content_filter_offsets",),
            never="a choice without a delta, of an asynchronous content filter: clients stumble",
        ),
        Kind(name="tool", where=_CHUNK, has=("choices.0.delta.tool_calls",)),
        # Reasoning, refusals, and deltas that say nothing.
        Kind(name="delta", where=_CHUNK, has=("choices.0.delta",)),
        Kind(name="usage", where={"object": _CHUNK["object"], "choices": []}, has=("usage",)),
        # Azure opens with what its filters found in the prompt.
        Kind(name="filter", where={"choices": []}, has=("prompt_filter_results",)),
    ),
    order={
        "opened": {"role": "answering", "filter": "opened", **_NEVER, **_FAILED},
        "answering": {
            "chunk": "answering",
            "role": "answering",
            "tool": "answering",
            "delta": "answering",
            "finish": "finished",
            **_NEVER,
            **_FAILED,
        },
        "finished": {
            "usage": "counted",
            "filter-offsets": "finished",
            "[DONE]": "closed",
            **_FAILED,
        },
        "counted": {"[DONE]": "closed", **_FAILED},
        "closed": {},
    },
    run="id",
    seq=None,
    steady=("model", "created"),
    blank_ids=True,
)


LASTING = {RESPONSES.dialect: BACKGROUND}
"""What is asked for where an answer has to last longer than a connection."""

OPENAI = {contract.dialect: contract for contract in (CHAT, RESPONSES)}
