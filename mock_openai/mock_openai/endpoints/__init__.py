"""The endpoints that are played: a new one is one module and one row in `ENDPOINTS`."""

from mock_openai.endpoints import chat, completions, embeddings, moderations, responses
from mock_openai.endpoints.endpoint import Endpoint

__all__ = ["ENDPOINTS", "Endpoint"]

ENDPOINTS: dict[str, Endpoint] = {
    module.ENDPOINT.path: module.ENDPOINT
    for module in (chat, responses, completions, embeddings, moderations)
}
