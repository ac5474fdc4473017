"""What OpenAI's chat completions promise over event streams: choices, each with its role, its text
and its finish, and the tool calls of each, told apart by their numbers; and the table of all that
OpenAI's API speaks.

https://platform.openai.com/docs/api-reference/chat-streaming

`stop` behind a tool call is right where the request forced the call, and where nobody knows it.
"""

from tokentape.contract.contract import Contract, Kind, Part, RequestTemplate
from tokentape.contract.life import Channel, Life
from tokentape.contract.openai_responses import BACKGROUND, RESPONSES

CHUNK = {"object": "chat.completion.chunk"}
_CHOICE, _DELTA = "choices.0.index", "choices.0.delta"
TEXT = f"{_DELTA}.content"
FINISH = "choices.0.finish_reason"
ROLE = f"{_DELTA}.role"
FAILURES = (
    "error",
    "error-object",
    "error-event",
    "error-detail",
    "base-response",
    "choice-error",
    "delta-error",
    "failed-finish",
)
_FAILED = dict.fromkeys(FAILURES, "failed")
CALL_FINISHES = ("tool_calls", "function_call")
CUTS = ("length", "content_filter")
FINISHES = ("stop", *CUTS)
SUCCESSES = (*FINISHES, *CALL_FINISHES)
"""The finish reasons of OpenAI's API. Any other word says that the answer broke off, or what nobody
can know: `error`, `network_error`, `insufficient_system_resource`, `abort`."""

_SAYS = ("role", "chunk", "tool", "delta", "null-finish", "filter-offsets")
_ENDS = ("finish", "cut", "call-finish", "whole", "call-whole", "choices")
"""`choices` may hold the finish of any."""

CALL_PARTS = (
    Part(
        of=f"{_DELTA}.tool_calls",
        kinds=(
            Kind(
                name="call",
                none_of={"id": (), "function.name": ()},
                fields={
                    "type": "id",
                    "function.name": "string",
                    "function.arguments": "string??",
                },
                pieces={"arguments": "function.arguments"},
            ),
            Kind(
                name="custom-call",
                none_of={"id": (), "custom.name": ()},
                fields={"custom.name": "string", "custom.input": "string??"},
            ),
            # Nothing is called: the official Python client stops at it.
            Kind(
                name="more-of-nothing",
                where={"function": None, "custom": None},
                fields={"function": "object"},
            ),
            Kind(
                name="more",
                fields={
                    "type": "string?",
                    "function": "object??",
                    "custom": "object??",
                    "function.arguments": "string??",
                    "custom.input": "string??",
                },
                pieces={"arguments": "function.arguments"},
            ),
        ),
    ),
    Part(
        of=f"{_DELTA}.function_call",
        kinds=(
            Kind(
                name="function",
                none_of={"name": ()},
                fields={"name": "string", "arguments": "string??"},
                pieces={"function arguments": "arguments"},
            ),
            Kind(
                name="more-function",
                fields={"arguments": "string??"},
                pieces={"function arguments": "arguments"},
            ),
        ),
    ),
)
_CALLED = ("call", "custom-call", "function")
_SHAPE = {_DELTA: "object", "choices.0.logprobs": "object??"}
"""Clients take a delta for an object, and logprobs too."""
_CALLS = {**_SHAPE, f"{_DELTA}.tool_calls": "array??"}
_SAID = {"text": TEXT}
_UNSAID = {
    "reasoning": f"{_DELTA}.reasoning_content|{_DELTA}.reasoning",
    "refusal": f"{_DELTA}.refusal",
}
_ROLE = {ROLE: "=assistant/"}

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
        Kind(name="choices", has=("choices.1",), text=TEXT, splits="choices"),
        Kind(
            name="choice-error",
            none_of={"choices.0.error": ()},
            pieces=_SAID,
            end="failed",
            code="choices.0.error.code",
        ),
        Kind(
            name="delta-error",
            none_of={f"{_DELTA}.error": (False,)},
            pieces=_SAID,
            end="failed",
            code=f"{_DELTA}.error.code",
        ),
        Kind(
            name="null-finish",
            one_of={FINISH: ("null", "None", False)},
            pieces=_SAID,
            never="finish_reason is 'null' or false, where null is due: for clients that is an end",
        ),
        Kind(
            name="failed-finish",
            none_of={FINISH: SUCCESSES},
            pieces=_SAID,
            end="failed",
            code=FINISH,
        ),
        # The whole answer in one.
        Kind(
            name="whole",
            where=CHUNK,
            one_of={FINISH: FINISHES},
            has=(ROLE,),
            fields={**_ROLE, **_CALLS},
            pieces=_SAID,
            parts=CALL_PARTS,
        ),
        Kind(
            name="call-whole",
            where=CHUNK,
            one_of={FINISH: CALL_FINISHES},
            has=(ROLE,),
            fields={**_ROLE, **_CALLS},
            pieces=_SAID,
            parts=CALL_PARTS,
        ),
        Kind(
            name="finish",
            where=CHUNK,
            one_of={FINISH: ("stop",)},
            fields=_CALLS,
            pieces=_SAID,
            parts=CALL_PARTS,
        ),
        Kind(
            name="cut",
            where=CHUNK,
            one_of={FINISH: CUTS},
            fields=_CALLS,
            pieces=_SAID,
            parts=CALL_PARTS,
        ),
        # It says that there was a call.
        Kind(
            name="call-finish",
            where=CHUNK,
            one_of={FINISH: CALL_FINISHES},
            fields=_CALLS,
            pieces=_SAID,
            parts=CALL_PARTS,
        ),
        Kind(
            name="role",
            where=CHUNK,
            has=(ROLE,),
            fields={**_ROLE, **_CALLS},
            pieces=_SAID | _UNSAID,
            parts=CALL_PARTS,
        ),
        Kind(
            name="tool",
            where=CHUNK,
            has=(f"{_DELTA}.tool_calls",),
            fields=_CALLS,
            pieces=_SAID,
            parts=CALL_PARTS,
        ),
        Kind(name="chunk", where=CHUNK, none_of={TEXT: ()}, fields=_SHAPE, pieces=_SAID),
        Kind(
            name="filter-offsets",
            has=("choices.0.content_filter_offsets",),
            never="a choice without a delta, of an asynchronous content filter: clients stumble",
        ),
        # Reasoning, refusals, the older form of a call, and deltas that say nothing.
        Kind(
            name="delta",
            where=CHUNK,
            has=(_DELTA,),
            fields=_SHAPE,
            pieces=_UNSAID,
            parts=CALL_PARTS[1:],
        ),
        Kind(name="usage", where={**CHUNK, "choices": []}, has=("usage",)),
        Kind(name="moderation", where={**CHUNK, "choices": []}, has=("moderation",)),
        # Azure opens with what its filters found in the prompt.
        Kind(name="filter", where={"choices": []}, has=("prompt_filter_results",)),
    ),
    order={
        "opened": {
            **dict.fromkeys(_SAYS, "answering"),
            **dict.fromkeys(_ENDS, "finishing"),
            "filter": "opened",
            "moderation": "opened",
            **_FAILED,
        },
        "answering": {
            **dict.fromkeys(_SAYS, "answering"),
            "moderation": "answering",
            **dict.fromkeys(_ENDS, "finishing"),
            **_FAILED,
        },
        # One choice is over, others may go on.
        "finishing": {
            **dict.fromkeys((*_SAYS, *_ENDS), "finishing"),
            "moderation": "finishing",
            "usage": "counted",
            "[DONE]": "closed",
            **_FAILED,
        },
        "counted": {"moderation": "counted", "[DONE]": "closed", **_FAILED},
        # Many close a failed stream as they close any other. Whatever else follows is wrong.
        "failed": {"usage": "failed", "[DONE]": "closed"},
        "closed": {},
    },
    may_stop_in=("failed",),
    run="id",
    seq=None,
    steady=("model", "created"),
    blank_ids=True,
    closed_before=("usage", "[DONE]"),
    counters=("usage.completion_tokens",),
    lives=(
        Life(
            name="choice",
            key=(f"{_CHOICE}|../{_CHOICE}",),
            numbered_to="n",
            dense=True,  # the official Python client puts each behind those that there are
            may_stop_in=("closed",),
            order={
                "opened": {
                    "role": "open",
                    "null-finish": "open",
                    "whole": "closed",
                    "call-whole": "closed",
                    **dict.fromkeys(FAILURES[-3:], "failed"),
                },
                "open": {
                    **dict.fromkeys(("role", "chunk", "tool", "delta", "null-finish"), "open"),
                    **dict.fromkeys(
                        ("finish", "cut", "call-finish", "whole", "call-whole"), "closed"
                    ),
                    **dict.fromkeys(FAILURES[-3:], "failed"),
                },
                "closed": dict.fromkeys(FAILURES[-3:], "failed"),
                "failed": {},
            },
        ),
        Life(
            name="call",
            key=(f"../{_CHOICE}", "index"),
            within="choice",
            dense=True,
            constant=("id", "function.name"),
            may_stop_in=("open",),
            order={
                "opened": {"call": "open", "custom-call": "open"},
                "open": {"call": "open", "custom-call": "open", "more": "open"},
            },
        ),
        # Who says that it calls something calls something.
        Life(
            name="calls of choice",
            key=(f"../{_CHOICE}|{_CHOICE}",),
            may_stop_in=("called", "over"),
            order={
                "opened": dict.fromkeys(_CALLED, "called"),
                "called": {
                    **dict.fromkeys(
                        ("call", "custom-call", "more", "function", "more-function"), "called"
                    ),
                    "call-finish": "over",
                    "call-whole": "over",
                },
                "over": {},
            },
        ),
        # Agents go on with the calls only where the finish says so.
        Life(
            name="choice that calls",
            key=(f"../{_CHOICE}|{_CHOICE}",),
            may_stop_in=("called", "over"),
            only_asked={"tool_choice": (None, "auto", "none"), "function_call": (None, "auto")},
            order={
                "opened": {**dict.fromkeys(_CALLED, "called"), "finish": "over"},
                "called": {**dict.fromkeys(_CALLED, "called"), "call-finish": "over"},
                "over": dict.fromkeys((*_CALLED, "finish", "call-finish"), "over"),
            },
        ),
    ),
    channels=(
        Channel(name="text", of="choice", answer=True, each=True),
        Channel(name="reasoning", of="choice"),
        Channel(name="refusal", of="choice"),
        Channel(
            name="arguments",
            of="call",
            json="any",
            excused_by={FINISH: ("length", "content_filter")},
        ),
        Channel(
            name="function arguments",
            of="calls of choice",
            json="any",
            excused_by={FINISH: ("length", "content_filter")},
        ),
    ),
)


LASTING = {RESPONSES.dialect: BACKGROUND}
"""What is asked for where an answer has to last longer than a connection."""

OPENAI = {contract.dialect: contract for contract in (CHAT, RESPONSES)}
