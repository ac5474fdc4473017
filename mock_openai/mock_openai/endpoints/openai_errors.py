"""Errors of OpenAI's own wording that more than one place gives."""

from collections.abc import Mapping

from mock_openai.errors import ApiError


def not_yours(model: str) -> ApiError:
    """For who would delete a model."""
    message = f"You have insufficient permissions to delete the model '{model}'."
    return ApiError(403, message, "model", "insufficient_permissions")


def missing_key() -> ApiError:
    """OpenAI's words where no key came."""
    message = (
        "You didn't provide an API key. You need to provide your API key in an Authorization "
        "header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY), or as the password "
        "field (with blank username) if you're accessing the API from your browser and are "
        "prompted for a username and password."
    )
    return ApiError(401, message, "authorization", "missing_api_key")


def check_key(headers: Mapping[str, str]) -> None:
    """By lower-case header names. Raises ApiError."""
    scheme, _, key = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not key.strip():
        raise missing_key()


def server_error() -> ApiError:
    """A mistake of the mock's own."""
    message = "The server had an error while processing your request."
    return ApiError(500, message, kind="server_error")


def too_large(most: int, fix: str = "") -> ApiError:
    """`most` bytes are taken; `fix` says how more would be."""
    return ApiError(413, f"The request body is larger than {most:,} bytes{fix}.", None, "too_large")


def overcrowded(most: int) -> ApiError:
    """For a connection too many."""
    message = f"More than {most:,} connections are open (see mock-openai serve --connections)."
    return ApiError(503, message, kind="server_error")


def model_not_found(model: str) -> ApiError:
    """OpenAI's words."""
    message = f"The model `{model}` does not exist or you do not have access to it."
    return ApiError(404, message, "model", "model_not_found")


def previous_not_found(name: str) -> ApiError:
    """OpenAI's words."""
    message = f"Previous response with id '{name}' not found."
    return ApiError(400, message, "previous_response_id", "previous_response_not_found")


def response_not_found(name: str) -> ApiError:
    """OpenAI's words."""
    return ApiError(404, f"Response with id '{name}' not found.", "response_id")


def conversation_not_found(name: str) -> ApiError:
    """OpenAI's words."""
    return ApiError(404, f"Conversation with id '{name}' not found.", "conversation_id")


def item_not_found(conversation: str, name: str) -> ApiError:
    """OpenAI's words."""
    message = f"Item with id '{name}' not found in conversation '{conversation}'."
    return ApiError(404, message, "item_id")


def completion_not_found(name: str) -> ApiError:
    """OpenAI's words."""
    return ApiError(404, f"Chat completion with id '{name}' not found.", "completion_id")


def unknown_url(method: str, path: str) -> ApiError:
    """OpenAI's words; and what an address may lack."""
    hint = next((hint for begin, hint in _LACKING.items() if path.startswith(begin)), "")
    return ApiError(404, f"Invalid URL ({method} {path}){hint}", None, "unknown_url")


_LACKING = {
    "/openai/": ". Azure's addresses need ?api-version=…, those of /openai/v1 do not.",
    "/v1/": "",
    "/__mock__/": "",
    "/": ". The base URL ends with /v1.",
}


def wrong_method(method: str, path: str) -> ApiError:
    """OpenAI's words."""
    message = f"Not allowed to {method} on {path}."
    return ApiError(405, message, None, "method_not_supported")
