"""The addresses of Azure OpenAI, rewritten as OpenAI's own: endpoints know one kind alone. Pure.

https://learn.microsoft.com/azure/ai-foundry/openai/reference and, without versions,
https://learn.microsoft.com/azure/ai-foundry/openai/api-version-lifecycle
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from urllib.parse import unquote

from mock_openai.endpoints import ENDPOINTS, Endpoint, azure_chat, chat
from mock_openai.request.overrides import Overrides
from mock_openai.request.parsed_request import ParsedRequest

_BEGIN = b"/openai/"
_WITHOUT_VERSION = b"/openai/v1/"
_DEPLOYMENTS = b"deployments/"
_DEPLOYED = (b"chat/completions", b"completions", b"embeddings")
_KEY = b"api-key"
_AUTHORIZATION = b"authorization"
_VERSION = re.compile(rb"(?:^|&)api-version=[^&]")
_ENDPOINTS = {**ENDPOINTS, chat.ENDPOINT.path: azure_chat.ENDPOINT}
Headers = Sequence[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class Address:
    """`url` is OpenAI's for the same; `deployment` answers whatever model the body names."""

    url: bytes
    deployment: str | None = None

    def endpoint(self, path: str) -> Endpoint | None:
        """What is played for a POST to this path of OpenAI's."""
        endpoint = _ENDPOINTS.get(path)
        if endpoint is None or self.deployment is None:
            return endpoint
        read = partial(_read_deployed, endpoint, self.deployment)
        # Plans are kept by path and body: each deployment has plans of its own.
        return replace(endpoint, path=f"{endpoint.path}#{self.deployment}", read=read)


def _read_deployed(
    endpoint: Endpoint, deployment: str, body: dict[str, Any], headers: Mapping[str, str]
) -> tuple[ParsedRequest, Overrides]:
    return endpoint.read({**body, "model": deployment}, headers)


def address_of(url: bytes) -> Address | None:
    """None for what is no address of Azure's, or lacks the api-version that it needs."""
    if not url.startswith(_BEGIN):
        return None
    if url.startswith(_WITHOUT_VERSION):
        return Address(b"/v1/" + url.removeprefix(_WITHOUT_VERSION))
    rest, _, query = url.removeprefix(_BEGIN).partition(b"?")
    if not _VERSION.search(query):
        return None
    if not rest.startswith(_DEPLOYMENTS):
        return Address(b"/v1/%b?%b" % (rest, query))
    name, _, path = rest.removeprefix(_DEPLOYMENTS).partition(b"/")
    if not name or path not in _DEPLOYED:
        return None
    return Address(b"/v1/%b?%b" % (path, query), unquote(name.decode("latin-1")))


def with_bearer(headers: Headers) -> list[tuple[bytes, bytes]]:
    """The key as OpenAI's own clients bring it; a token of Entra's comes so already."""
    bearers = any(name == _AUTHORIZATION for name, _ in headers)
    return [
        (_AUTHORIZATION, b"Bearer " + value) if name == _KEY and not bearers else (name, value)
        for name, value in headers
    ]
