"""The JSON body of a request, read as OpenAI reads it. Pure."""

from typing import Any

import orjson

from mock_openai.errors import ApiError
from mock_openai.request.json_depth import read_nested

_GZIP = b"\x1f\x8b"


def parse_body(body: bytes) -> dict[str, Any]:
    """Raises ApiError for what is no JSON object."""
    if body.startswith(_GZIP):
        message = "The body of your request is compressed with gzip: send it as it is."
        raise ApiError(400, message)
    try:
        parsed = read_nested(body)
    except orjson.JSONDecodeError as error:
        message = (
            "We could not parse the JSON body of your request. (HINT: This likely means you "
            "aren't using your HTTP library correctly. The OpenAI API expects a JSON payload, "
            f"but what was sent was not valid JSON: {error}.)"
        )
        raise ApiError(400, message) from error
    if not isinstance(parsed, dict):
        raise ApiError(400, "The JSON body of your request must be an object.")
    return parsed
