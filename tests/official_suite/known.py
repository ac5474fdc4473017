"""Which tests of the official client's suite fail against the mock, and why. None of them by the
mock's fault: a failure without a reason here fails the test.
"""

import re
from dataclasses import dataclass

VERSION = "3.57.0"
"""Of the client whose suite it is; `requirements.lock` has the same."""
PASSED = 566


@dataclass(frozen=True)
class Reason:
    """A pattern for the whole name of the test, one that its complaint has; `count` tests."""

    test: str
    complaint: str
    count: int
    why: str


REASONS = (
    Reason(
        r"responses.*_create_overload_[12]", "Missing required parameter: 'model'", 30,
        "They name no model: OpenAI refuses that too.",
    ),
    Reason(
        r"models.*_delete", "does not exist or you do not have access", 15,
        "Not claimed: there are no fine-tuned models, and others can't be deleted.",
    ),
    Reason(
        r"messages.*_list.*", "'user' in|invalid for expected schema", 20,
        "What was asked is stored, so the user's messages; OpenAI's own example has them, the "
        "client's type has the model's alone.",
    ),
    Reason(
        r"responses.*_compact.*", "any variants|invalid for expected schema", 5,
        "OpenAI documents the user's messages in what was made short; the client's type of an "
        "output has the model's alone.",
    ),
    Reason(
        r"test_completions.*_all_params_overload_1", "assert False|invalid for expected schema", 5,
        "With echo OpenAI sends null for the first token of the prompt; the client's type has "
        "numbers alone.",
    ),
    Reason(
        r"embeddings.*_create", "invalid for expected schema", 9,
        "The client asks for base64 and, in its strict mode, refuses the text that it is.",
    ),
)  # fmt: skip


def reason_of(test: str, complaint: str) -> Reason | None:
    """`test` as the suite names it, without its parameters."""
    for reason in REASONS:
        if re.search(rf"{reason.test}$", test) and re.search(reason.complaint, complaint):
            return reason
    return None


def suite_table() -> list[str]:
    """The lines of the page."""
    total = PASSED + sum(reason.count for reason in REASONS)
    rows = [f"| {reason.count} | `{reason.test}` | {reason.why} |" for reason in REASONS]
    return [
        f"Of the {total} tests that `openai` {VERSION} for Python has of chat, completions,",
        f"responses, conversations, embeddings, models and moderations, {PASSED} pass against the",
        "mock, with ids of stored things for those that they make up (`make official-suite`).",
        "The others:",
        "",
        "| tests | of the name | why |",
        "|---|---|---|",
        *rows,
    ]
