"""`POST /v1/moderations`: by plain words, so that a test can choose what is flagged.

https://platform.openai.com/docs/api-reference/moderations
"""

from collections.abc import Mapping
from typing import Any
from zlib import crc32

import orjson

from mock_openai.endpoints.checks import (
    Check,
    check_fields,
    fields,
    missing,
    object_schema,
    one_of,
    record,
    string,
    wrong_type,
)
from mock_openai.endpoints.embeddings import stream
from mock_openai.endpoints.endpoint import Endpoint, at_once
from mock_openai.errors import ApiError
from mock_openai.request.overrides import Overrides, read_directive, read_headers, read_model
from mock_openai.request.parsed_request import ParsedRequest, canonical
from mock_openai.scenarios.answer import Answer
from mock_openai.scenarios.patterns import read_pattern

_DEFAULT = "omni-moderation-latest"
MOST_INPUTS = 2_048
LONGEST = 400_000  # characters, of all texts
_IMAGES = ("self-harm", "self-harm/intent", "self-harm/instructions", "sexual", "violence",
           "violence/graphic")  # fmt: skip
WORDS: dict[str, str] = {
    "harassment": "idiot|moron|loser|stupid person|shut up",
    "harassment/threatening": "i will hurt you|i'll hurt you|i will find you",
    "hate": "hate (?:all|those|these) people|subhuman|vermin",
    "hate/threatening": "exterminate them|wipe them out",
    "illicit": "shoplift|launder money|counterfeit|pick a lock",
    "illicit/violent": "build a bomb|make a bomb|pipe bomb",
    "self-harm": "hurt myself|cut myself|kill myself|suicide",
    "self-harm/intent": "i want to die|kill myself|end my life",
    "self-harm/instructions": "how to (?:kill|hurt) (?:myself|yourself)",
    "sexual": "porn|explicit sex|erotica",
    "sexual/minors": "underage sex",
    "violence": "kill|murder|stab|shoot (?:him|her|them|you)|massacre",
    "violence/graphic": "gore|dismember|decapitat",
}
_PATTERNS = {name: read_pattern(rf"/\b(?:{words})/i") for name, words in WORDS.items()}


def _input(value: Any, param: str) -> None:
    if isinstance(value, str):
        return
    if not isinstance(value, list):
        raise wrong_type(param, "one of a string, array of strings, or array of objects", value)
    if not value:
        raise ApiError(400, f"'{param}' is an empty array.", param, "empty_array")
    if len(value) > MOST_INPUTS:
        raise ApiError(400, f"Invalid '{param}': array too long.", param, "array_above_max_length")
    check = string if isinstance(value[0], str) else Check(_part, {})
    for i, one in enumerate(value):
        check.run(one, f"{param}[{i}]")


def _part(value: Any, param: str) -> None:
    record.run(value, param)
    if "type" not in value:
        raise missing(f"{param}.type")
    kind = value["type"]
    one_of(("text", "image_url")).run(kind, f"{param}.type")
    if kind not in value:
        raise missing(f"{param}.{kind}")
    check = string if kind == "text" else fields({"url": string}, ("url",))
    check.run(value[kind], f"{param}.{kind}")


_PART_SCHEMA = {"type": "object", "required": ["type"]}
_SCHEMA = {
    "anyOf": [
        {"type": "string"},
        {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": MOST_INPUTS},
        {"type": "array", "items": _PART_SCHEMA, "minItems": 1, "maxItems": MOST_INPUTS},
    ]
}
_FIELDS: dict[str, Check] = {"model": string, "input": Check(_input, _SCHEMA)}
_REQUIRED = ("input",)


def read(body: dict[str, Any], headers: Mapping[str, str]) -> tuple[ParsedRequest, Overrides]:
    """The request, and what it chooses of the mock. Raises ApiError."""
    check_fields(body, _FIELDS, _REQUIRED)
    model, overrides = read_model(body.get("model", _DEFAULT))
    overrides = overrides.under(read_headers(headers))
    texts: list[str] = []
    for text in _texts(body["input"]):
        clean, stronger = read_directive(text)
        overrides = overrides.under(stronger)
        texts.append(clean)
    if sum(map(len, texts)) > LONGEST:
        message = f"Invalid 'input': maximum length is {LONGEST} characters."
        raise ApiError(400, message, "input", "string_above_max_length")
    images = _images(body["input"])
    body = {"model": model, "input": texts, "images": images}
    parsed = ParsedRequest(
        endpoint=ENDPOINT.name,
        text_param="input",
        body=body,
        canonical=canonical(body),
        model=model,
        last_user=texts[-1] if texts else "",
        prompt="\n".join(texts),
        headers=headers,
        images=images,
    )
    return parsed, overrides


def _texts(given: str | list[Any]) -> list[str]:
    """One for each result: parts are judged together, texts each by itself."""
    if isinstance(given, str):
        return [given]
    if isinstance(given[0], str):
        return list(given)
    return ["\n".join(part["text"] for part in given if part["type"] == "text")]


def _images(given: str | list[Any]) -> int:
    parts = given if isinstance(given, list) else []
    return sum(isinstance(part, dict) and part["type"] == "image_url" for part in parts)


def whole(request: ParsedRequest, answer: Answer) -> bytes:
    """The body: a verdict on each input."""
    return orjson.dumps(
        {
            "id": f"modr-{answer.key}",
            "model": answer.model,
            "results": [_result(text, bool(request.images)) for text in request.body["input"]],
        }
    )


def _result(text: str, with_image: bool) -> dict[str, Any]:
    flags = {name: pattern.fits(text) for name, pattern in _PATTERNS.items()}
    return {
        "flagged": any(flags.values()),
        "categories": flags,
        "category_scores": {name: _score(name, text, hit) for name, hit in flags.items()},
        "category_applied_input_types": {
            name: ["text", "image"] if with_image and name in _IMAGES else ["text"]
            for name in flags
        },
    }


def _score(category: str, text: str, hit: bool) -> float:
    """Near 1 or near 0, and never quite the same for two texts."""
    share = crc32(f"{category}:{text}".encode("utf-8", "surrogatepass")) / 2**32
    return round(0.9 + 0.099 * share if hit else 0.0001 + 0.02 * share * share, 8)


ENDPOINT = Endpoint(
    "moderations",
    "/v1/moderations",
    read,
    stream,
    whole,
    request=object_schema(_FIELDS, _REQUIRED),
    summary="Judge texts by plain words",
    answers=("id", "model", "results"),
    due_ns=at_once,
    scripted=False,
)
