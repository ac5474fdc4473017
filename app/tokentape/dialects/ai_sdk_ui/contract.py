"""What the AI SDK's UI message stream promises, as its page and its client's source have it:
https://ai-sdk.dev/docs/ai-sdk-ui/stream-protocol.

The official client takes a stream without `finish` or `[DONE]` for a whole one; this contract does
not.
"""

from tokentape.contract.contract import Contract, RequestTemplate
from tokentape.contract.life import Channel, Life
from tokentape.contract.order import Order
from tokentape.dialects.ai_sdk_ui.kinds import KINDS


def _span(name: str) -> Order:
    return {
        "opened": {f"{name}-start": "open"},
        "open": {f"{name}-delta": "open", f"{name}-end": "closed"},
        "closed": {f"{name}-start": "open"},
    }


CONTRACT = Contract(
    dialect="ai-sdk-ui",
    transport="sse",
    start=RequestTemplate(
        method="POST",
        path="/api/chat",
        # As its client has it, which asks by `fetch` without one of its own.
        headers={"Accept": "*/*"},
        body={
            "id": "$conversation",
            "messages": [
                {
                    "$earlier": {
                        "id": "$id",
                        "role": "$role",
                        "parts": [{"type": "text", "text": "$content"}],
                    }
                },
                {"id": "$uuid", "role": "user", "parts": [{"type": "text", "text": "$message"}]},
            ],
            "trigger": "submit-message",
            "model": "$model",
        },
    ),
    # By the run's own id, which our server tells: a chat's id is the caller's, and is not told.
    resume=RequestTemplate(
        method="GET",
        path="/api/chat/runs/$run",
        headers={"Last-Event-ID": "$run:$seq"},
    ),
    stop=RequestTemplate(method="DELETE", path="/api/chat/runs/$run"),
    free_path=True,
    names_conversation=True,
    close="follows",
    kind_from="type",
    kinds=KINDS,
    order={
        "opened": {"start": "open", "data": "opened", "error": "failed"},
        "open": {
            "*": "open",
            "data": "open",
            "start-step": "step",
            "finish": "over",
            "error": "failed",
            "abort": "over",
        },
        "step": {
            "*": "step",
            "data": "step",
            "finish-step": "open",
            "reset-step": "step",
            "error": "failed",
            "abort": "over",
        },
        "over": {"[DONE]": "closed"},
        # The official server goes on to close what it had begun; clients read no further.
        "failed": {"finish-step": "failed", "finish": "over", "[DONE]": "closed"},
        "closed": {},
    },
    closed_before=("finish", "finish-step"),
    forgotten_after=("reset-step",),
    forgotten_from=("start-step",),
    run=None,
    lives=(
        Life(
            name="text",
            key=("id",),
            may_stop_in=("closed",),
            new_each_time=True,
            order=_span("text"),
        ),
        Life(
            name="reasoning",
            key=("id",),
            may_stop_in=("closed",),
            new_each_time=True,
            order=_span("reasoning"),
        ),
        Life(
            name="tool call",
            key=("toolCallId",),
            constant=("toolName",),
            # Its output may come in a later stream: from the page, or after an approval.
            may_stop_in=("available", "unread"),
            known_as="available",
            order={
                "opened": {
                    "tool-input-start": "streaming",
                    "text-input-start": "streaming",
                    "tool-input-available": "available",
                    "tool-input-error": "unread",
                },
                "streaming": {
                    "tool-input-delta": "streaming",
                    "tool-input-available": "available",
                    "tool-input-error": "unread",
                },
                "available": {
                    "tool-approval-request": "available",
                    "tool-output-preliminary": "available",
                    "tool-output-available": "over",
                    "tool-output-error": "over",
                    "tool-output-denied": "over",
                },
                # Version 6 says once more that it came to nothing.
                "unread": {"tool-output-error": "over"},
                "over": {},
            },
        ),
        Life(
            name="approval",
            key=("approvalId",),
            may_stop_in=("asked",),
            known_as="asked",
            order={
                "opened": {"tool-approval-request": "asked"},
                "asked": {"tool-approval-response": "answered"},
                "answered": {},
            },
        ),
    ),
    channels=(
        Channel(name="text", of="text", answer=True),
        Channel(name="reasoning", of="reasoning"),
        Channel(
            name="arguments",
            of="tool call",
            json="any",
            excused_on=("tool-input-error", "text-input-start"),
        ),
    ),
)
"""The keyed parts of one message; `[DONE]` says that nothing comes any more."""
