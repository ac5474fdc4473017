"""The code and the message of an error that a server sent as JSON, in whatever shape.

Pure. The shapes are those of OpenAI (`error.message`), of text-generation-inference and Ollama
(`error` is the text), of FastAPI and RFC 9457 (`detail`), of vLLM's older form (`object: error`),
of Gemini (a list with one error), of OpenRouter (the error stands in a choice).
"""

from collections.abc import Iterator

from tokentape.contract.contract import Json, pick

SHORT = 300
"""Characters of a message that are shown."""

_INNER = ("error", "choices.0.error", "0.error", "response.error", "errors.0", "base_resp")
_CODES = ("code", "type", "error_type", "status_code", "status", "error")
_MESSAGES = ("message", "msg", "error", "detail", "details", "detail.0.msg", "status_msg", "title")


def error_words(payload: Json) -> tuple[str | None, str | None]:
    """Code and message, `None` for what is not there."""
    code = message = None
    for place in _places(payload):
        code = code or _first(place, _CODES, words=False)
        message = message or _first(place, _MESSAGES, words=True)
    if message is not None and len(message) > SHORT:
        message = f"{message[: SHORT - 1]}…"
    return code, message


def is_error(payload: Json) -> bool:
    """Whether a JSON body or event says that something failed."""
    if isinstance(payload, list):
        payload = payload[0] if payload else None
    if not isinstance(payload, dict):
        return False
    return bool(
        payload.get("error")
        or payload.get("errors")
        or payload.get("object") == "error"
        or payload.get("detail")
        or (isinstance(payload.get("message"), str) and "choices" not in payload)
        or pick(payload, "base_resp.status_code")
    )


def _places(payload: Json) -> Iterator[Json]:
    """Where an error may be described, the most exact first."""
    for path in _INNER:
        if inner := pick(payload, path):
            yield {"message": inner} if isinstance(inner, str) else inner
    yield payload


def _first(place: Json, paths: tuple[str, ...], *, words: bool) -> str | None:
    for path in paths:
        value = pick(place, path)
        if isinstance(value, int) and not isinstance(value, bool) and not words:
            return str(value)
        # A code is one word: `"error": "model not found"` is none.
        if isinstance(value, str) and value.strip() and (words or not value.count(" ")):
            return " ".join(value.split())
    return None
