"""Whether a document is what the official client's types, and the published description, say."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import openai
from openai.types import Completion, CreateEmbeddingResponse, Model, ModerationCreateResponse
from openai.types.chat import (
    ChatCompletion,
    ChatCompletionChunk,
    ChatCompletionDeleted,
    ChatCompletionStoreMessage,
)
from openai.types.conversations import (
    Conversation,
    ConversationDeletedResource,
    ConversationItem,
    ConversationItemList,
)
from openai.types.responses import Response, ResponseStreamEvent
from pydantic import BaseModel, TypeAdapter, ValidationError

from tests.drift.asking import Heard

PUBLISHED = Path(__file__).parents[3] / "shared" / "openai-openapi-2026-08.json"
CLIENT = f"openai-python {openai.__version__}"
DESCRIPTION = "the published description of 2026-08-21"
_TYPES: dict[str, Any] = {
    "ChatCompletion": ChatCompletion,
    "ChatCompletionChunk": ChatCompletionChunk,
    "ChatCompletionDeleted": ChatCompletionDeleted,
    "ChatCompletionStoreMessage": ChatCompletionStoreMessage,
    "Response": Response,
    "ResponseStreamEvent": ResponseStreamEvent,
    "Completion": Completion,
    "CreateEmbeddingResponse": CreateEmbeddingResponse,
    "ModerationCreateResponse": ModerationCreateResponse,
    "Model": Model,
    "Conversation": Conversation,
    "ConversationItem": ConversationItem,
    "ConversationItemList": ConversationItemList,
    "ConversationDeleted": ConversationDeletedResource,
}
_SCHEMAS = {
    "ChatCompletion": "CreateChatCompletionResponse",
    "ChatCompletionChunk": "CreateChatCompletionStreamResponse",
    "ChatCompletionList": "ChatCompletionList",
    "Response": "Response",
    "ResponseStreamEvent": "ResponseStreamEvent",
    "Completion": "CreateCompletionResponse",
    "CreateEmbeddingResponse": "CreateEmbeddingResponse",
    "ModerationCreateResponse": "CreateModerationResponse",
    "Model": "Model",
}


@dataclass(frozen=True, order=True)
class Deviation:
    """`place` has no numbers in it: the same place in every event is one place."""

    judge: str
    kind: str
    place: str
    problem: str


def deviations(heard: Iterable[Heard], *, published: bool) -> dict[Deviation, str]:
    """Each with the first exchange that showed it."""
    found: dict[Deviation, str] = {}
    for one in heard:
        for document in one.documents:
            judged = [*_by_client(one.kind, document)]
            if published:
                judged += _by_description(one.kind, document)
            for deviation in judged:
                found.setdefault(deviation, one.name)
    return found


def _placed(path: Iterable[Any]) -> str:
    return ".".join("[]" if isinstance(step, int) else str(step) for step in path)


def _kind(kind: str, document: dict[str, Any]) -> str:
    return f"{kind} {document['type']}" if kind == "ResponseStreamEvent" else kind


def _by_client(kind: str, document: dict[str, Any]) -> Iterator[Deviation]:
    if kind not in _TYPES:
        return
    name = _kind(kind, document)
    try:
        parsed = _adapter(kind).validate_json(json.dumps(document))
    except ValidationError as error:
        for problem in error.errors():
            yield Deviation(CLIENT, name, _placed(problem["loc"]), problem["msg"])
        return
    for place in _unknown(parsed, ()):
        yield Deviation(CLIENT, name, place, "the client has no such field")


@cache
def _adapter(kind: str) -> TypeAdapter[Any]:
    return TypeAdapter(_TYPES[kind])


def _unknown(value: Any, path: tuple[Any, ...]) -> Iterator[str]:
    if isinstance(value, BaseModel):
        for name in value.model_extra or {}:
            yield _placed((*path, name))
        for name in type(value).model_fields:
            yield from _unknown(getattr(value, name), (*path, name))
    elif isinstance(value, list):
        for one in value:
            yield from _unknown(one, (*path, 0))


def _by_description(kind: str, document: dict[str, Any]) -> list[Deviation]:
    if kind not in _SCHEMAS:
        return []
    errors = _validator(kind, document.get("type")).iter_errors(document)
    return [
        Deviation(DESCRIPTION, _kind(kind, document), _placed(deep.absolute_path), _told(deep))
        for error in errors
        for deep in [jsonschema.exceptions.best_match([error]) or error]
    ]


def _told(error: jsonschema.ValidationError) -> str:
    return re.sub(r"\{.*?\}|'[^']{40,}'", "…", error.message)[:120]


@cache
def _validator(kind: str, event: str | None) -> Any:
    schemas = _description()
    name = _SCHEMAS[kind]
    if event is not None:  # straight to the event, so that what is wrong with it can be told
        name = next(
            (
                one
                for one, schema in schemas.items()
                if name == "ResponseStreamEvent"
                and schema.get("properties", {}).get("type", {}).get("enum") == [event]
                and one.endswith("Event")
            ),
            name,
        )
    root = {"$ref": f"#/components/schemas/{name}", "components": {"schemas": schemas}}
    return jsonschema.Draft202012Validator(root)


@cache
def _description() -> dict[str, Any]:
    described = json.loads(PUBLISHED.read_text())
    schemas: dict[str, Any] = _modern(described["components"]["schemas"])
    return schemas


def _modern(schema: Any) -> Any:
    """OpenAPI 3.0's `nullable` and the description's loose `oneOf`, as JSON schema has them."""
    if isinstance(schema, list):
        return [_modern(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: _modern(value) for key, value in schema.items() if key != "nullable"}
    if "oneOf" in made and "anyOf" not in made:
        made["anyOf"] = made.pop("oneOf")
    if schema.get("nullable") is True:
        return {"anyOf": [made, {"type": "null"}]}
    return made
