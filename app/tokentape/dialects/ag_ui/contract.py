"""What AG-UI 1.0 promises: https://docs.ag-ui.com/spec/1.0.

The official client takes a stream that breaks off for a whole one; this contract does not.
"""

from tokentape.contract.contract import Contract, RequestTemplate
from tokentape.contract.life import Channel, Life, PatchedValue, Shorthand, Shorthands
from tokentape.contract.order import Order
from tokentape.dialects.ag_ui.kinds import KINDS
from tokentape.dialects.ag_ui.owners import OWNERSHIP


def _span(start: str, goes_on: str, end: str) -> Order:
    """Opened, gone on with, closed; and opened again once it is closed."""
    open_ = {end: "closed"} if goes_on == "" else {goes_on: "open", end: "closed"}
    return {"opened": {start: "open"}, "open": open_, "closed": {start: "open"}}


_RESULTS = dict.fromkeys(("TOOL_CALL_RESULT", "snapshot tool message"), "answered")
_CALL: Order = {
    # A snapshot tells of calls before this run, too.
    "opened": {"TOOL_CALL_START": "open", "snapshot tool message": "answered"},
    "open": {
        "TOOL_CALL_ARGS": "open",
        "TOOL_CALL_END": "closed",
        "snapshot tool message": "open-answered",
    },
    "closed": {"TOOL_CALL_START": "open", **_RESULTS},
    # Its result is known, whatever of the call itself still comes.
    "open-answered": {
        "TOOL_CALL_ARGS": "open-answered",
        "TOOL_CALL_END": "answered",
        "snapshot tool message": "open-answered",
    },
    "answered": {"TOOL_CALL_START": "open-answered", **_RESULTS},
}


CONTRACT = Contract(
    dialect="ag-ui",
    transport="sse",
    start=RequestTemplate(
        method="POST",
        path="/ag-ui",
        headers={"Accept": "text/event-stream"},
        body={
            "threadId": "$conversation",
            "runId": "$uuid",
            "protocolVersion": "1.0",
            "state": {},
            "messages": [
                {"$earlier": {"id": "$id", "role": "$role", "content": "$content"}},
                {"id": "$uuid", "role": "user", "content": "$message"},
            ],
            "tools": [],
            "context": [],
            "forwardedProps": {
                "model": "$model",
                "maxTokens": "$max_tokens",
                "temperature": "$temperature",
            },
        },
    ),
    # By the run's own id, which our server sends in each SSE `id`: the ids of the protocol are the
    # caller's.
    resume=RequestTemplate(
        method="GET",
        path="/ag-ui/runs/$run",
        headers={"Last-Event-ID": "$run:$seq"},
    ),
    stop=RequestTemplate(method="DELETE", path="/ag-ui/runs/$run"),
    free_path=True,
    names_conversation=True,
    close="follows",
    kind_from="type",
    unknown="passed",
    kinds=KINDS,
    order={
        "opened": {"RUN_STARTED": "running", "RUN_ERROR": "failed"},
        "running": {
            "*": "running",
            "RUN_FINISHED": "finished",
            "interrupted": "finished",
            "cancelled": "finished",
            "RUN_ERROR": "failed",
        },
        "finished": {"RUN_STARTED": "running", "RUN_ERROR": "failed"},
        "failed": {"RUN_STARTED": "running"},
    },
    may_stop_in=("finished", "failed"),
    restarts_on=("RUN_STARTED",),
    own_per_run=("runId",),
    closed_before=("RUN_FINISHED", "interrupted", "cancelled"),
    run=None,
    conversation="threadId",
    steady=("threadId", "runId"),
    must_echo={"runId": "runId", "threadId": "threadId"},
    shorthands=Shorthands(
        kinds=(
            Shorthand(
                kind="TEXT_MESSAGE_CHUNK",
                opens="TEXT_MESSAGE_START",
                goes_on="TEXT_MESSAGE_CONTENT",
                closes="TEXT_MESSAGE_END",
                key="messageId",
                piece="delta",
                settled={"role": "assistant", "name": None},
            ),
            Shorthand(
                kind="REASONING_MESSAGE_CHUNK",
                opens="REASONING_MESSAGE_START",
                goes_on="REASONING_MESSAGE_CONTENT",
                closes="REASONING_MESSAGE_END",
                key="messageId",
                piece="delta",
            ),
            Shorthand(
                kind="TOOL_CALL_CHUNK",
                opens="TOOL_CALL_START",
                goes_on="TOOL_CALL_ARGS",
                closes="TOOL_CALL_END",
                key="toolCallId",
                piece="delta",
                needs=("toolCallName",),
                settled={"toolCallName": None, "parentMessageId": None},
            ),
        ),
        owner="subagentRunId",
        # An error leaves whatever is open as it is.
        passed_by=(
            "RAW",
            "ACTIVITY_SNAPSHOT",
            "activity-kept",
            "ACTIVITY_DELTA",
            "REASONING_ENCRYPTED_VALUE",
            "encrypted-of-call",
            "SUBAGENT_STARTED",
            "RUN_ERROR",
        ),
        closed_by=("RUN_FINISHED", "interrupted", "cancelled", "MESSAGES_SNAPSHOT"),
    ),
    documents=(
        PatchedValue(
            name="state",
            set_by={"STATE_SNAPSHOT": "snapshot"},
            patched_by={"STATE_DELTA": "delta"},
            begins_as="state",
        ),
        # What is `activity-kept` is set where there was none alone; messages replace them all.
        PatchedValue(
            name="activity",
            set_by={"ACTIVITY_SNAPSHOT": "content"},
            patched_by={"ACTIVITY_DELTA": "patch"},
            key="messageId",
            forgotten_by=("MESSAGES_SNAPSHOT", "activity-kept"),
        ),
    ),
    ownership=OWNERSHIP,
    lives=(
        Life(
            name="message",
            key=("messageId",),
            may_stop_in=("closed",),
            order=_span("TEXT_MESSAGE_START", "TEXT_MESSAGE_CONTENT", "TEXT_MESSAGE_END"),
        ),
        Life(
            name="tool call",
            key=("toolCallId",),
            may_stop_in=("closed", "answered"),
            constant=("toolCallName",),
            known_as="closed",
            order=_CALL,
        ),
        Life(
            name="reasoning span",
            key=("messageId",),
            may_stop_in=("closed",),
            order=_span("REASONING_START", "", "REASONING_END"),
        ),
        Life(
            name="reasoning",
            key=("messageId",),
            may_stop_in=("closed",),
            order=_span(
                "REASONING_MESSAGE_START", "REASONING_MESSAGE_CONTENT", "REASONING_MESSAGE_END"
            ),
        ),
        Life(
            name="step",
            key=("subagentRunId?", "stepName"),
            may_stop_in=("closed",),
            order=_span("STEP_STARTED", "", "STEP_FINISHED"),
        ),
        # Each is resumed by its id.
        Life(
            name="interrupt",
            key=("id",),
            order={"opened": {"interrupt": "closed"}, "closed": {}},
        ),
        Life(
            name="subagent",
            key=("subagentRunId",),
            order={
                "opened": {"SUBAGENT_STARTED": "open"},
                "open": {"SUBAGENT_FINISHED": "closed", "SUBAGENT_ERROR": "closed"},
                "closed": {},
            },
        ),
    ),
    channels=(
        # A server may also tell what the user or the system said.
        Channel(
            name="text",
            of="message",
            answer=True,
            answer_unless={"role": ("user", "system", "developer")},
        ),
        Channel(
            name="arguments",
            of="tool call",
            json="any",
            excused_by={"outcome.type": ("cancelled",)},
        ),
        Channel(name="reasoning", of="reasoning"),
    ),
)
"""A run may be followed by another; none begins before the one before it is over."""
