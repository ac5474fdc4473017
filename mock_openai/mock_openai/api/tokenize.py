"""The route by which vLLM and SGLang count tokens. They are the mock's own: about four characters.

https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html#tokenizer-api
"""

from hashlib import blake2b
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from mock_openai.api.operations import ApiRoute, operation, with_body
from mock_openai.endpoints.checks import any_value, check_fields, missing, wrong_type
from mock_openai.endpoints.messages import read_messages
from mock_openai.http.request_params import json_response, object_of
from mock_openai.text.tokenizer import tokens

PATH = "/tokenize"
CONTEXT = 131_072
VOCABULARY = 150_000
_FIELDS = {"model": any_value, "prompt": any_value, "messages": any_value}


def token_number(token: str) -> int:
    """The same for the same text, anywhere."""
    return int.from_bytes(blake2b(token.encode(), digest_size=8).digest()) % VOCABULARY


def _text_of(body: dict[str, Any]) -> str:
    check_fields(body, _FIELDS, (), closed=False)
    if "messages" in body:
        return read_messages(body["messages"]).prompt
    if "prompt" not in body:
        raise missing("prompt")
    prompt = body["prompt"]
    if not isinstance(prompt, str):
        raise wrong_type("prompt", "a string", prompt)
    return prompt


async def _tokenize(request: Request) -> Response:
    cut = tokens(_text_of(await object_of(request)))
    return json_response(
        {
            "count": len(cut),
            "max_model_len": CONTEXT,
            "tokens": [token_number(token) for token in cut],
            "token_strs": list(cut),
        }
    )


ROUTES = (
    ApiRoute(
        "POST", PATH, _tokenize, with_body(operation("Cut a text into tokens", "tokenize"), _FIELDS)
    ),
)
