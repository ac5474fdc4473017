"""Mock: the admin routes of the mock that the settings name, over HTTP as anybody uses them."""

from collections.abc import Mapping
from typing import Any

import httpx2
import orjson

from app.contract.contract import Json

TIMEOUT_S = 10.0


class MockFault(Exception):
    """The mock refused, or does not answer; the message is for the person at the page.

    `status` is what it answered, `None` where nothing came.
    """

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


async def ask_mock(
    mock_url: str,
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
    try:
        async with httpx2.AsyncClient(base_url=mock_url, timeout=timeout_s) as http:
            response = await http.request(
                method, f"/__mock__/{path}", params=params, headers=headers, **given
            )
            told = orjson.loads(response.content)
    except httpx2.HTTPError as error:
        raise MockFault(f"The mock at {mock_url} does not answer: is it running?") from error
    except orjson.JSONDecodeError as error:
        raise MockFault(f"{mock_url} has no admin routes: is it a mock-openai?") from error
    if not response.is_success:
        status = response.status_code
        raise MockFault(_reason(told) or f"The mock answers {status}.", status)
    return told


def _reason(told: Json) -> str | None:
    error = told.get("error") if isinstance(told, dict) else None
    message = error.get("message") if isinstance(error, dict) else None
    return message if isinstance(message, str) else None
