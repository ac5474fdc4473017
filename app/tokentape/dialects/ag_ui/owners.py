"""Whose each message, call, thought and activity of AG-UI is: the parent's, or a subagent's. Who
goes on with one names that owner, or none: https://docs.ag-ui.com/spec/1.0."""

from tokentape.contract.ownership import OwnerRule, Ownership, Takes


def _rules(thing: str, key: str, *kinds: str, sets: Takes = "first") -> tuple[OwnerRule, ...]:
    return tuple(OwnerRule(kind=kind, thing=thing, key=key, sets=sets) for kind in kinds)


def _history(prefix: str, sets: Takes) -> tuple[OwnerRule, ...]:
    """Messages that were there before, by their roles, and the calls in them."""
    things = {"reasoning": "reasoning", "activity": "activity"}
    roles = ("developer", "system", "user", "assistant", "tool", "reasoning", "activity")
    return (
        *(
            OwnerRule(
                kind=f"{prefix} {role} message",
                thing=things.get(role, "message"),
                key="id",
                sets=sets,
            )
            for role in roles
        ),
        OwnerRule(
            kind=f"{prefix} call", thing="call", key="id", sets=sets, owner="../subagentRunId"
        ),
    )


OWNERSHIP = Ownership(
    owner="subagentRunId",
    rules=(
        *_rules(
            "message", "messageId", "TEXT_MESSAGE_START", "TEXT_MESSAGE_CONTENT", "TEXT_MESSAGE_END"
        ),
        *_rules("message", "messageId", "TOOL_CALL_RESULT", sets="always"),
        OwnerRule(
            kind="TOOL_CALL_START",
            thing="call",
            key="toolCallId",
            heir_of="parentMessageId",
            heir_of_thing="message",
        ),
        *_rules("call", "toolCallId", "TOOL_CALL_ARGS", "TOOL_CALL_END"),
        *_rules(
            "reasoning",
            "messageId",
            "REASONING_START",
            "REASONING_MESSAGE_START",
            "REASONING_MESSAGE_CONTENT",
            "REASONING_MESSAGE_END",
            "REASONING_END",
        ),
        *_rules("call", "entityId", "encrypted-of-call", sets="never"),
        *_rules("message", "entityId", "REASONING_ENCRYPTED_VALUE", sets="never"),
        *_rules("reasoning", "entityId", "REASONING_ENCRYPTED_VALUE", sets="never"),
        *_rules("activity", "messageId", "ACTIVITY_SNAPSHOT", sets="always"),
        *_rules("activity", "messageId", "activity-kept", sets="if_new"),
        *_rules("activity", "messageId", "ACTIVITY_DELTA", sets="never"),
        *_history("snapshot", "always"),
        *_history("input", "if_new"),
    ),
)
