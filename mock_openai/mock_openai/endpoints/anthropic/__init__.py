"""Anthropic's Messages API: https://docs.anthropic.com/en/api/messages."""

from mock_openai.endpoints.anthropic import count_tokens, create_message
from mock_openai.endpoints.endpoint import Endpoint

__all__ = ["ENDPOINTS"]

ENDPOINTS: tuple[Endpoint, ...] = (create_message.ENDPOINT, count_tokens.ENDPOINT)
