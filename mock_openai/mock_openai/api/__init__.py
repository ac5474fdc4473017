"""The /v1 routes that are not played: what is stored is listed, read, changed and deleted.

A new stored object is one module here, one in `storage`, and a row in each table: `ROUTES`, and
`Mock.stores`.
"""

from mock_openai.api import chat_completions, compaction, conversations, models, responses, tokenize
from mock_openai.api.operations import ApiRoute

__all__ = ["ROUTES", "ApiRoute"]

_MODULES = (models, chat_completions, responses, compaction, conversations, tokenize)
ROUTES: tuple[ApiRoute, ...] = tuple(row for module in _MODULES for row in module.ROUTES)
