"""Which session a request belongs to: parallel tests share one server and never see each other."""

from collections.abc import Mapping

from mock_openai.errors import ApiError

IN_KEY = "mock-session-"
"""A key that begins so names the session, for applications that can't send a header."""


LONGEST = 200  # characters


def session_of(headers: Mapping[str, str]) -> str:
    """By lower-case header names; empty where none is named. Raises ApiError."""
    named = headers.get("x-mock-session")
    if named is not None:
        return checked(named)
    key = headers.get("authorization", "").partition(" ")[2].strip()
    key = key or headers.get("x-api-key", "")  # as Anthropic's clients bring it
    return checked(key.removeprefix(IN_KEY)) if key.startswith(IN_KEY) else ""


def checked(name: str) -> str:
    """Raises ApiError for a name that is too long to be kept with all that is kept."""
    if len(name) > LONGEST:
        message = f"X-Mock-Session is longer than {LONGEST} characters."
        raise ApiError(400, message, "x-mock-session", "mock_session")
    return name
