"""Which `finish_reason`s say that an answer is whole: a list of those that do, all others do not.

Pure. OpenAI's five, and what other servers document in their place.
"""

import re

FINISH_REASONS = {
    "stop": "stop",
    "length": "length",
    "tool_calls": "tool_calls",
    "function_call": "function_call",
    "content_filter": "content_filter",
    "eos": "stop",
    "eos_token": "stop",
    "stop_sequence": "stop",
    "end_turn": "stop",
    "complete": "stop",
    "completed": "stop",
    "max_tokens": "length",
    "max_output_tokens": "length",
    "model_length": "length",
    "tool_use": "tool_calls",
}
"""A word in lower case, and OpenAI's word for it."""

ABSENT = {"", "null", "none"}
LASTING = re.compile("error|fail|abort|cancel|insufficient|time_?out|interrupt")
"""Words of an end that no later word makes good."""


def reason_of(value: object, before: str | None) -> str | None:
    """The finish_reason so far, after this chunk's: OpenAI's word where it is success, else the
    server's own. A later word stands in place of an earlier one that names no failure."""
    if not value:
        return before
    word = str(value)
    plain = word.strip().lower().replace("-", "_")
    if plain in ABSENT or (before is not None and LASTING.search(before.lower())):
        return before
    return FINISH_REASONS.get(plain, word)


def is_success(reason: str | None) -> bool:
    """Whether an answer that ended so is whole."""
    return reason in FINISH_REASONS
