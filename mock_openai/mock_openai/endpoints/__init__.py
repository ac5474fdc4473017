"""The endpoints that are played: a new one is one module and one row in `ENDPOINTS`."""

from mock_openai.endpoints import anthropic, chat, completions, embeddings, moderations, responses
from mock_openai.endpoints.endpoint import Endpoint
from mock_openai.endpoints.openai_provider import OPENAI
from mock_openai.endpoints.provider import Provider

__all__ = ["ENDPOINTS", "Endpoint", "provider_of"]

_OPENAIS = (chat, responses, completions, embeddings, moderations)
ENDPOINTS: dict[str, Endpoint] = {
    endpoint.path: endpoint
    for endpoint in (*(module.ENDPOINT for module in _OPENAIS), *anthropic.ENDPOINTS)
}


def provider_of(path: str) -> Provider:
    """Whose address it is, also where nothing is played there: OpenAI's, if nobody else's."""
    owners = (one.provider for one in ENDPOINTS.values() if f"{path}/".startswith(f"{one.path}/"))
    return next(owners, OPENAI)
