"""The body of a refusal: as OpenAI words it, or as the server that is spoken like does."""

from mock_openai.errors import ApiError
from mock_openai.profiles import OPENAI, PROFILES


def error_body(error: ApiError, chosen: str | None, usual: str) -> dict[str, object]:
    """`chosen` is the profile that the request names, `usual` the mock's own."""
    profile = PROFILES.get(chosen or usual, OPENAI)
    return error.body() if profile.error is None else profile.error(error.status, error.detail)
