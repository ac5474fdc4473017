"""Where the mock differs on purpose, and why. A deviation without a reason fails the test."""

import re
from dataclasses import dataclass

from tests.drift.judging import Deviation


@dataclass(frozen=True)
class Reason:
    """Patterns for the whole kind and the whole place."""

    kind: str
    place: str
    why: str


REASONS = (
    Reason(
        r"ChatCompletion|ChatCompletionChunk", r".*\.reasoning_content",
        "OpenAI never sends reasoning text here; every other server of this API sends it under "
        "this name, and only where a scenario thinks.",
    ),
    Reason(
        r"ChatCompletionStoreMessage", r"role",
        "These are the messages that were asked: OpenAI's own example has the user's.",
    ),
    Reason(
        r"Response.*", r"(response\.)?store",
        "OpenAI's own answers have it.",
    ),
    Reason(
        r"Response.*", r"(response\.)?usage",
        "OpenAI sends null until the response is over.",
    ),
    Reason(
        r"ResponseStreamEvent response.function_call_arguments.done", r"name",
        "The description requires it; the client's types don't have it yet.",
    ),
    Reason(
        r"Completion", r"choices\.\[\]\.finish_reason",
        "In a stream OpenAI sends null until a choice is over; description and client share one "
        "type for both.",
    ),
    Reason(
        r"Completion", r"usage",
        "In a stream with include_usage OpenAI sends null in all chunks but the last.",
    ),
    Reason(
        r"Completion", r"choices\.\[\]\.logprobs\.(token|top)_logprobs\.\[\]",
        "With echo OpenAI sends null for the first token of the prompt: nothing was before it.",
    ),
    Reason(
        r"CreateEmbeddingResponse", r"data\.\[\]\.embedding",
        "With encoding_format base64 it is a text, as OpenAI sends it; the client turns it into "
        "numbers itself.",
    ),
)  # fmt: skip
BEHAVIOUR = (
    "`/v1/completions` has no default `max_tokens` of 16: a scenario's text is said in full.",
    "The same request gives the same id: two equal requests that are stored are one answer.",
    "Chat completions with `store: true` are there as soon as they have ended, and not before; a "
    "recorded one is never stored.",
    "`background: true` streams and unstreamed answers run by their plan, also when nobody reads.",
    "A response that was cancelled ends its open streams without another event.",
    "Any stored response can be streamed again, not only one that was begun with `stream: true`.",
    "`obfuscation` is never sent, whatever `include_obfuscation` says.",
    "Audio and hosted tools (web search, code interpreter, …) are accepted in requests and never "
    "used in answers; the input of a custom tool is of no grammar, whatever its format says.",
    "An empty `tools` is as good as none: OpenAI has refused it at times, and some clients always "
    "send it.",
    "Images count 765 tokens (85 with `detail: low`), whatever their size.",
    "Tokens are the mock's own, about four characters each: usage is deterministic, not OpenAI's.",
    "Models can't be deleted: 403.",
    "The input items of a response are those of its own request, not of the ones before it.",
    "Azure's addresses (`/openai/deployments/…`, `/openai/v1/…`): chat completions say what the "
    "content filter found, which is nothing, ever; completions and responses don't say. Errors are "
    "OpenAI's, not Azure's; any deployment exists, any `api-version` does; no asynchronous filter, "
    "no `data_sources`, no Entra: any token is taken.",
    "A conversation gains what was asked and answered when the answer has come to its end, and not "
    "where it was cut; it holds 2,000 items, the oldest go first. `include` changes nothing.",
    "Anthropic's Messages: thoughts are sent where a scenario thinks, whatever `thinking` says; a "
    "message begins at once; any date is a version; tools that Anthropic runs are taken in "
    "requests and never used, nothing is cached; there are no batches, files or lists of models.",
    "There are no files, assistants, batches, images, audio or realtime: 404.",
)


def reason_of(deviation: Deviation) -> str | None:
    for reason in REASONS:
        if re.fullmatch(reason.kind, deviation.kind) and re.fullmatch(
            reason.place, deviation.place
        ):
            return reason.why
    return None
