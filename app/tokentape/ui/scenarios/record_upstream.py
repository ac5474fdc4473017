"""One answer of a real server, asked for through the mock, as the text of a scenario.

The key is handed on and kept nowhere; the server's own key goes to its own upstream alone.
"""

from collections.abc import Mapping

from tokentape.check.mock_auth import root_of
from tokentape.contract.contract import Json
from tokentape.settings import Settings
from tokentape.ui.allowed_targets import target
from tokentape.ui.mock_admin import Mock, MockFault
from tokentape.ui.server_functions import UnfitInput, text_in

LONGEST_S = 310.0
"""A little longer than the mock itself waits."""

URL_MAX, KEY_MAX, MODEL_MAX = 2_000, 2_000, 200


def upstream_of(settings: Settings) -> str | None:
    """The real server that the settings name; `None` where the mock is the upstream."""
    url = settings.upstream_url.rstrip("/")
    if settings.mock_url and root_of(url) == root_of(settings.mock_url):
        return None
    named = settings.openai_base_url or settings.openai_api_key
    return url if named else None


async def record(mock: Mock, settings: Settings, given: Mapping[str, Json], name: str) -> Json:
    """What the mock made of it, which calls it `name` meanwhile.

    Raises `MockFault`, `UnfitInput`.
    """
    try:
        url = target(text_in(given, "Base URL", URL_MAX), settings.targets).rstrip("/")
    except UnfitInput as fault:
        raise UnfitInput(f"Base URL: {str(fault).removeprefix('Base URL: ')}") from fault
    key = text_in(given, "Key", KEY_MAX, "").strip() or _own_key(settings, url)
    if not key.isascii() or not key.isprintable():
        raise UnfitInput("Key: a key has no such characters.")
    message = text_in(given, "Message", settings.max_message_chars).strip()
    model = text_in(given, "Model", MODEL_MAX).strip()
    if not message or not model:
        raise UnfitInput("Model and Message: both are needed.")
    asked = {
        "model": model,
        "messages": [{"role": "user", "content": message}],
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    try:
        return await mock.request(
            "POST",
            "record",
            json={"upstream": url, "request": asked, "id": name, "match": "question"},
            headers={"X-Upstream-Key": key} if key else {},
            timeout_s=LONGEST_S,
        )
    except MockFault as fault:
        raise MockFault(str(fault).replace(key, "***") if key else str(fault)) from None


def _own_key(settings: Settings, url: str) -> str:
    """The server's own key, if this is the upstream that it is for."""
    if settings.openai_api_key is None or url != upstream_of(settings):
        return ""
    return settings.openai_api_key.get_secret_value()
