"""Mock token: the admin token that a mock is shown, of those that the environment knows. Pure."""

from collections.abc import Mapping

MOCK_URL, MOCK_TOKEN = "MOCK_URL", "MOCK_ADMIN_TOKEN"


def root_of(mock: str) -> str:
    """A mock's root URL, also where its /v1 was given."""
    return mock.rstrip("/").removesuffix("/v1")


def token_for(mock: str, environment: Mapping[str, str]) -> str | None:
    """MOCK_ADMIN_TOKEN is for the mock that MOCK_URL names, and for no other. Where the environment
    names none, it is for the one that was asked for."""
    named = environment.get(MOCK_URL)
    if named and root_of(named) != root_of(mock):
        return None
    return environment.get(MOCK_TOKEN) or None
