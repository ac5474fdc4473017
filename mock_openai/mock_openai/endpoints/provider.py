"""A provider: what all of its endpoints share, beside what each of them reads and says. Pure.

A further one is a package of endpoints with such a value, and a row in `ENDPOINTS`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from mock_openai.errors import ApiError
from mock_openai.plan.wire import Headers, Json
from mock_openai.scenarios.answer import Answer


@dataclass(frozen=True, slots=True)
class Provider:
    """`check` looks at a request's headers, by lower-case names, and at its key where there must be
    one; it raises ApiError. `error` is the body of a refusal, from the refusal and the hash of what
    was refused, and `refusal_headers` are what is sent with it; `answer_headers` are those of an
    answer.

    `unknown_model` and `unknown_url` (from the method and the path) are refusals in its words.
    `models` are those that there are, where the mock is strict; empty: OpenAI's.
    `profiles`: other servers speak this provider's API, each in its own way. For the OpenAPI
    page: `headers` are what requests need, each with its JSON schema, `errors` the JSON schema of
    the body of a refusal; None: OpenAI's.
    """

    name: str
    title: str
    check: Callable[[Mapping[str, str], bool], None]
    error: Callable[[ApiError, str], Json]
    refusal_headers: Callable[[str], Headers]
    answer_headers: Callable[[Answer], Headers]
    unknown_model: Callable[[str], ApiError]
    unknown_url: Callable[[str, str], ApiError]
    profiles: bool = False
    models: Sequence[str] = ()
    headers: Mapping[str, Json] = field(default_factory=dict)
    errors: Json | None = None
