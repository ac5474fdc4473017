"""What a profile is: the ways in which one OpenAI-compatible server differs from OpenAI's. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from mock_openai.plan.plan import Frames

Json = dict[str, Any]


class Context(NamedTuple):
    """What a habit may need of the request and its answer. `parameters` are those that the profile
    takes and OpenAI does not, by their path: `{"stream_options.continuous_usage_stats": True}`."""

    prompt_tokens: int
    completion_tokens: int
    model: str
    parameters: Mapping[str, Any]


def _as_it_is(body: Json, context: Context) -> None:
    """Nothing is changed."""


@dataclass(frozen=True, slots=True)
class Habit:
    """One habit of a server, in what it sends of a chat completion. `effect` is one line of docs.

    `stream` changes the frames, before faults strike; `whole` the body of an answer in one piece,
    in place.
    """

    name: str
    effect: str
    stream: Callable[[Frames, Context], Frames]
    whole: Callable[[Json, Context], None] = _as_it_is


@dataclass(frozen=True, slots=True)
class Profile:
    """`parameters` are taken beside OpenAI's, with any value: paths, as errors name them.

    `error` words a refusal: from its status and OpenAI's error object to the body. `model` does the
    same for one of the list of models. `lengths`: the answer has as many tokens as the request's
    limit where `ignore_eos` says so. `source` is where the server's own documentation says it.
    """

    name: str
    server: str
    source: str
    parameters: frozenset[str] = frozenset()
    habits: tuple[Habit, ...] = ()
    error: Callable[[int, Json], Json] | None = None
    model: Callable[[Json], Json] | None = None
    lengths: bool = False
