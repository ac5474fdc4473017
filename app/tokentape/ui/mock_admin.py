"""Mock: the admin routes of the mock that the settings name, over HTTP as anybody uses them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx2
import orjson

from tokentape.contract.contract import Json
from tokentape.settings import Settings

TIMEOUT_S = 10.0


class MockFault(Exception):
    """The mock refused, or does not answer; the message is for the person at the page.

    `status` is what it answered, `None` where nothing came.
    """

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class Mock:
    """A mock by its root URL, and the token that its admin routes want, if they do."""

    url: str
    token: str | None = field(default=None, repr=False)

    async def ask(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        json: Json = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        timeout_s: float = TIMEOUT_S,
    ) -> Any:
        """What `path` under /__mock__ answers, as JSON. Raises `MockFault`."""
        given: dict[str, Any] = {"content": content} if json is None else {"json": json}
        shown = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        try:
            async with httpx2.AsyncClient(base_url=self.url, timeout=timeout_s) as http:
                response = await http.request(
                    method,
                    f"/__mock__/{path}",
                    params=params,
                    headers={**shown, **(headers or {})},
                    **given,
                )
                told = orjson.loads(response.content)
        except httpx2.HTTPError as error:
            raise MockFault(f"The mock at {self.url} does not answer: is it running?") from error
        except orjson.JSONDecodeError as error:
            raise MockFault(f"{self.url} has no admin routes: is it a mock-openai?") from error
        if response.status_code == httpx2.codes.FORBIDDEN:
            raise MockFault(_FORBIDDEN[bool(self.token)], response.status_code)
        if not response.is_success:
            status = response.status_code
            raise MockFault(_reason(told) or f"The mock answers {status}.", status)
        return told


_FORBIDDEN = {
    False: "The mock wants its admin token: start this server with MOCK_ADMIN_TOKEN.",
    True: "The mock does not take this server's MOCK_ADMIN_TOKEN.",
}


def mock_of(settings: Settings) -> Mock | None:
    """The mock that the settings name, if they name one."""
    token = settings.mock_admin_token
    if settings.mock_url is None:
        return None
    return Mock(settings.mock_url, token.get_secret_value() if token else None)


def _reason(told: Json) -> str | None:
    error = told.get("error") if isinstance(told, dict) else None
    message = error.get("message") if isinstance(error, dict) else None
    return message if isinstance(message, str) else None
