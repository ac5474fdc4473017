"""Prints what the official client's types declare, as JSON. It runs in the suite's environment."""

import json
import sys
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

from openai.types import (
    CompletionCreateParams,
    EmbeddingCreateParams,
    ModerationCreateParams,
    responses,
)
from openai.types.chat import CompletionCreateParams as ChatParams
from openai.types.responses.input_token_count_params import InputTokenCountParams
from openai.types.responses.response_compact_params import ResponseCompactParams
from openai.types.responses.response_create_params import ResponseCreateParams

_PARAMS: dict[str, Any] = {
    "/v1/chat/completions": ChatParams,
    "/v1/completions": CompletionCreateParams,
    "/v1/embeddings": EmbeddingCreateParams,
    "/v1/moderations": ModerationCreateParams,
    "/v1/responses": ResponseCreateParams,
    "/v1/responses/compact": ResponseCompactParams,
    "/v1/responses/input_tokens": InputTokenCountParams,
}
_UNIONS = {"items": responses.ResponseInputItemParam, "tools": responses.ToolParam}


def _members(kind: Any) -> list[Any]:
    """The typed dictionaries of a union, however deep."""
    if get_origin(kind) is Annotated:
        return _members(get_args(kind)[0])
    inner = get_args(kind)
    return [one for each in inner for one in _members(each)] if inner else [kind]


def _literals(kind: Any) -> list[str]:
    """The texts that a field may be."""
    if get_origin(kind) is Literal:
        return [str(one) for one in get_args(kind)]
    return [text for inner in get_args(kind) for text in _literals(inner)]


def main() -> int:
    found = {
        path: sorted({name for one in _members(params) for name in get_type_hints(one)})
        for path, params in _PARAMS.items()
    }
    for name, union in _UNIONS.items():
        fields = [get_type_hints(one) for one in _members(union)]
        kinds = {text for one in fields if "type" in one for text in _literals(one["type"])}
        found[name] = sorted(kinds)
    sys.stdout.write(json.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
