"""The endpoints that are played: a new one is one module and one row in `ENDPOINTS`."""

from __future__ import annotations

from mock_openai.endpoints import chat, responses
from mock_openai.endpoints.endpoint import Endpoint

__all__ = ["ENDPOINTS", "Endpoint"]

ENDPOINTS: dict[str, Endpoint] = {
    endpoint.path: endpoint for endpoint in (chat.ENDPOINT, responses.ENDPOINT)
}
