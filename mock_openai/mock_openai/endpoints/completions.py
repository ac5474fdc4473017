"""`POST /v1/completions`: the older endpoint, a text that is gone on with.

https://platform.openai.com/docs/api-reference/completions
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson

from mock_openai.endpoints.chat import LARGEST, named_model, stream_options
from mock_openai.endpoints.checks import (
    Check,
    boolean,
    check_fields,
    decimal,
    fields,
    integer,
    logit_bias,
    maybe,
    maybe_string,
    object_schema,
    stops,
    string,
)
from mock_openai.endpoints.endpoint import Endpoint
from mock_openai.endpoints.texts import TEXTS, read_texts
from mock_openai.errors import ApiError
from mock_openai.plan import sse
from mock_openai.plan.plan import Frame
from mock_openai.request.overrides import Overrides, read_headers
from mock_openai.request.parsed_request import ParsedRequest, canonical
from mock_openai.scenarios.answer import Answer
from mock_openai.text.logprobs import TokenLogprobs

MOST_CHOICES = 128
_FIELDS: dict[str, Check] = {
    "model": string,
    "prompt": TEXTS,
    "stream": boolean,
    "stream_options": maybe(fields({"include_usage": boolean, "include_obfuscation": boolean})),
    "max_tokens": integer(0, LARGEST),
    "temperature": decimal(0, 2),
    "top_p": decimal(0, 1),
    "n": integer(1, MOST_CHOICES),
    "best_of": integer(0, 20),
    "logprobs": integer(0, 5),
    "echo": boolean,
    "suffix": maybe_string,
    "stop": stops,
    "presence_penalty": decimal(-2, 2),
    "frequency_penalty": decimal(-2, 2),
    "logit_bias": logit_bias,
    "seed": integer(-(2**63), 2**63 - 1),
    "user": maybe_string,
}
_REQUIRED = ("model", "prompt")


def read(body: dict[str, Any], headers: Mapping[str, str]) -> tuple[ParsedRequest, Overrides]:
    """The request, and what it chooses of the mock. Raises ApiError."""
    check_fields(body, _FIELDS, _REQUIRED)
    streamed = body.get("stream") is True
    options = stream_options(body, streamed)
    choices = body.get("n") or 1
    if (body.get("best_of") or choices) < choices:
        raise ApiError(400, "You requested that the server return more choices than it will "
                       "generate (HINT: 'best_of' must be at least 'n').", "best_of")  # fmt: skip
    model, by_model = named_model(body)
    texts = read_texts(body["prompt"])
    if choices * len(texts.texts) > MOST_CHOICES:
        message = f"Too many choices: at most {MOST_CHOICES} of prompts times 'n'."
        raise ApiError(400, message, "n", "integer_above_max_value")
    body = {**body, "model": model, "prompt": list(texts.texts)}
    stop = body.get("stop") or ()
    parsed = ParsedRequest(
        endpoint=ENDPOINT.name,
        text_param="prompt",
        body=body,
        canonical=canonical(body),
        model=model,
        stream=streamed,
        usage=bool(options and options.get("include_usage")),
        last_user=texts.texts[-1],
        prompt="\n".join(texts.texts),
        choices=choices * len(texts.texts),
        limit=body.get("max_tokens"),
        stop=(stop,) if isinstance(stop, str) else tuple(stop),
        headers=headers,
        logprobs=body.get("logprobs"),
        said_again=texts.texts if body.get("echo") else (),
    )
    return parsed, by_model.under(read_headers(headers)).under(texts.overrides)


def _prompt_of(request: ParsedRequest, number: int) -> str:
    """What is said again before choice `number`, where the request wants it."""
    if not request.body.get("echo"):
        return ""
    prompts: Sequence[str] = request.body["prompt"]
    return prompts[number // (request.body.get("n") or 1)]


def stream(request: ParsedRequest, answer: Answer) -> list[Frame]:
    """A frame for each timed chunk, then finish, usage, [DONE]."""
    frames: list[Frame] = []
    for number in range(len(answer.choices)):
        if prompt := _prompt_of(request, number):
            told = _prompt_logprobs(request, answer, number)
            data = _event(request, answer, [_choice(number, prompt, told)])
            frames.append(Frame(answer.first_ns, data, "echo"))
    offsets = [len(_prompt_of(request, number)) for number in range(len(answer.choices))]
    for number, text, tokens, place in _contents(answer):
        logprobs = _logprobs(tokens, offsets[number]) if request.logprobs is not None else None
        offsets[number] += len(text)
        data = _event(request, answer, [_choice(number, text, logprobs)])
        frames.append(
            Frame(
                answer.timed_chunks[place].at_ns, data, "content", answer.timed_chunks[place].chunk
            )
        )
    for number, choice in enumerate(answer.choices):
        data = _event(request, answer, [_choice(number, "", finish=_finish(choice.finish))])
        frames.append(Frame(answer.last_ns, data, "finish"))
    if request.usage:
        frames.append(Frame(answer.last_ns, _event(request, answer, [], _usage(answer)), "usage"))
    frames.append(Frame(answer.last_ns, sse.DONE, "done"))
    return frames


def _contents(answer: Answer) -> Iterator[tuple[int, str, Sequence[TokenLogprobs], int]]:
    """(choice, text, likelihoods, place) of what such an answer can say: content alone."""
    for place, timed in enumerate(answer.timed_chunks):
        if timed.kind == "content":
            yield timed.choice, timed.text, answer.likely[place] if answer.likely else (), place


def _finish(finish: str) -> str:
    return finish if finish in ("length", "content_filter") else "stop"


def _choice(
    number: int, text: str, logprobs: dict[str, Any] | None = None, finish: str | None = None
) -> dict[str, Any]:
    return {"text": text, "index": number, "logprobs": logprobs, "finish_reason": finish}


def _event(
    request: ParsedRequest,
    answer: Answer,
    choices: list[dict[str, Any]],
    usage: dict[str, Any] | None = None,
) -> bytes:
    event = _envelope(answer, choices)
    if request.usage:
        event["usage"] = usage
    return sse.event(orjson.dumps(event))


def _envelope(answer: Answer, choices: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "id": f"cmpl-{answer.key}",
        "object": "text_completion",
        "created": answer.created,
        "model": answer.model,
        "system_fingerprint": answer.fingerprint,
        "choices": choices,
    }


def _usage(answer: Answer) -> dict[str, Any]:
    return {
        "prompt_tokens": answer.prompt_tokens,
        "completion_tokens": answer.completion_tokens,
        "total_tokens": answer.prompt_tokens + answer.completion_tokens,
    }


def _logprobs(tokens: Sequence[TokenLogprobs], offset: int) -> dict[str, Any]:
    """The older form: four lists side by side. Offsets in characters."""
    offsets: list[int] = []
    for one in tokens:
        offsets.append(offset)
        offset += len(one.token)
    return {
        "tokens": [one.token for one in tokens],
        "token_logprobs": [one.logprob for one in tokens],
        "top_logprobs": [dict(one.tops) for one in tokens],
        "text_offset": offsets,
    }


def _prompt_logprobs(request: ParsedRequest, answer: Answer, number: int) -> dict[str, Any] | None:
    """Those of the prompt that is said again; before its first token there is nothing, so that
    OpenAI tells null for it."""
    if not answer.prompts_likely:
        return None
    logprobs = _logprobs(answer.prompts_likely[number // (request.body.get("n") or 1)], 0)
    for name in ("token_logprobs", "top_logprobs"):
        logprobs[name][:1] = [None] * len(logprobs[name][:1])
    return logprobs


def whole(request: ParsedRequest, answer: Answer) -> bytes:
    """The unstreamed body."""
    likely: list[list[TokenLogprobs]] = [[] for _ in answer.choices]
    for number, _, tokens, _ in _contents(answer):
        likely[number].extend(tokens)
    choices = []
    for number, choice in enumerate(answer.choices):
        prompt = _prompt_of(request, number)
        logprobs = None
        if request.logprobs is not None:
            logprobs = _logprobs(likely[number], len(prompt))
            if again := _prompt_logprobs(request, answer, number):
                logprobs = {name: again[name] + values for name, values in logprobs.items()}
        text, finish = prompt + choice.text, _finish(choice.finish)
        choices.append(_choice(number, text, logprobs, finish))
    return orjson.dumps({**_envelope(answer, choices), "usage": _usage(answer)})


ENDPOINT = Endpoint(
    "completions",
    "/v1/completions",
    read,
    stream,
    whole,
    request=object_schema(_FIELDS, _REQUIRED),
    summary="Go on with a text",
    answers=("id", "object", "created", "model", "choices"),
)
