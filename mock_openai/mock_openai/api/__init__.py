"""The /v1 routes that are not played: what is stored is listed, read, changed and deleted.

A new stored object is one module here, one in `storage`, and a row in each table: `ROUTES`, and
`Mock.stores`.
"""

from mock_openai.api import chat_completions, conversations, models, responses
from mock_openai.api.operations import ApiRoute

__all__ = ["ROUTES", "ApiRoute"]

ROUTES: tuple[ApiRoute, ...] = tuple(
    row for module in (models, chat_completions, responses, conversations) for row in module.ROUTES
)
