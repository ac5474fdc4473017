"""The mock that the settings name, as the page asks it and words its refusals."""

from dataclasses import dataclass

from tokentape.client import mock_admin
from tokentape.client.mock_admin import MockFault
from tokentape.settings import Settings

__all__ = ["Mock", "MockFault", "mock_of"]


@dataclass(frozen=True, slots=True)
class Mock(mock_admin.MockAdmin):
    """For the person at the page, who may have started this server."""

    def forbidden(self) -> str:
        if self.token:
            return "The mock does not take this server's MOCK_ADMIN_TOKEN."
        return "The mock wants its admin token: start this server with MOCK_ADMIN_TOKEN."


def mock_of(settings: Settings) -> Mock | None:
    """The mock that the settings name, if they name one."""
    token = settings.mock_admin_token
    if settings.mock_url is None:
        return None
    return Mock(settings.mock_url, token.get_secret_value() if token else None)
