"""`POST /v1/embeddings`: deterministic points of unit length; similar texts are near.

https://platform.openai.com/docs/api-reference/embeddings
"""

import sys
from array import array
from base64 import b64encode
from collections.abc import Mapping
from typing import Any

import orjson

from mock_openai.endpoints.chat import named_model
from mock_openai.endpoints.checks import (
    Check,
    check_fields,
    integer,
    maybe,
    maybe_string,
    object_schema,
    one_of,
    string,
)
from mock_openai.endpoints.endpoint import Endpoint, at_once
from mock_openai.endpoints.texts import TEXTS, read_texts
from mock_openai.errors import ApiError
from mock_openai.plan.plan import Frame
from mock_openai.request.overrides import Overrides, read_headers
from mock_openai.request.parsed_request import ParsedRequest, canonical
from mock_openai.scenarios.answer import Answer
from mock_openai.text.hashed_embedding import embed
from mock_openai.text.tokenizer import count

_SIZES = {"text-embedding-3-large": 3072}
_SIZE = 1536
_FIXED = "text-embedding-ada-002"
_MOST_TOKENS = 8_192  # of one text
_MOST_TOKENS_TOGETHER = 300_000
_LONGEST = 100_000  # characters that are counted exactly
_FIELDS: dict[str, Check] = {
    "model": string,
    "input": TEXTS,
    "encoding_format": maybe(one_of(("float", "base64"))),
    "dimensions": integer(1, 2**31 - 1),
    "user": maybe_string,
}
_REQUIRED = ("model", "input")


def read(body: dict[str, Any], headers: Mapping[str, str]) -> tuple[ParsedRequest, Overrides]:
    """The request, and what it chooses of the mock. Raises ApiError."""
    check_fields(body, _FIELDS, _REQUIRED)
    model, by_model = named_model(body)
    texts = read_texts(body["input"])
    _check_dimensions(model, body.get("dimensions"))
    together = 0
    for number, text in enumerate(texts.texts):
        param = "input" if isinstance(body["input"], str) else f"input[{number}]"
        if not text:
            raise ApiError(400, f"Invalid '{param}': input cannot be an empty string.", param)
        tokens = count(text) if len(text) <= _LONGEST else len(text) // 4
        together += tokens
        if tokens > _MOST_TOKENS:
            message = (
                f"Invalid '{param}': maximum context length is {_MOST_TOKENS} tokens, "
                f"but got {tokens} tokens."
            )
            raise ApiError(400, message, param)
    if together > _MOST_TOKENS_TOGETHER:
        message = f"Invalid 'input': maximum request size is {_MOST_TOKENS_TOGETHER} tokens."
        raise ApiError(400, message, "input", "max_tokens_per_request")
    body = {**body, "model": model, "input": list(texts.texts)}
    parsed = ParsedRequest(
        endpoint=ENDPOINT.name,
        text_param="input",
        body=body,
        canonical=canonical(body),
        model=model,
        last_user=texts.texts[-1],
        prompt="\n".join(texts.texts),
        extra_tokens=1 - len(texts.texts),  # the line breaks in between are nobody's tokens
        headers=headers,
    )
    return parsed, by_model.under(read_headers(headers)).under(texts.overrides)


def _check_dimensions(model: str, dimensions: int | None) -> None:
    if dimensions is None:
        return
    if model == _FIXED:
        message = "This model does not support specifying dimensions."
        raise ApiError(400, message, "dimensions")
    most = _size(model)
    if dimensions > most:
        message = (
            f"Invalid value for 'dimensions' = {dimensions}. Must be less than or equal to {most}."
        )
        raise ApiError(400, message, "dimensions")


def _size(model: str) -> int:
    return _SIZES.get(model, _SIZE)


def whole(request: ParsedRequest, answer: Answer) -> bytes:
    """The body: a point for each text."""
    dimensions = request.body.get("dimensions") or _size(request.model)
    encoded = request.body.get("encoding_format") == "base64"
    data: list[dict[str, Any]] = []
    for number, text in enumerate(request.body["input"]):
        point = embed(text, dimensions)
        value = _base64(point) if encoded else point.tolist()
        data.append({"object": "embedding", "index": number, "embedding": value})
    tokens = answer.prompt_tokens
    usage = {"prompt_tokens": tokens, "total_tokens": tokens}
    return orjson.dumps({"object": "list", "data": data, "model": answer.model, "usage": usage})


def _base64(point: "array[float]") -> str:
    if sys.byteorder == "big":
        point = array("f", point)
        point.byteswap()
    return b64encode(point.tobytes()).decode()


def stream(request: ParsedRequest, answer: Answer) -> list[Frame]:
    """Never called: the request has no `stream`."""
    raise AssertionError("an embedding is never streamed")


ENDPOINT = Endpoint(
    "embeddings",
    "/v1/embeddings",
    read,
    stream,
    whole,
    request=object_schema(_FIELDS, _REQUIRED),
    summary="Texts as points of unit length",
    answers=("object", "data", "model", "usage"),
    due_ns=at_once,
    scripted=False,
)
