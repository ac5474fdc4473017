"""Each store says which endpoints it follows, and whoever plays an answer calls what they gave."""

import ast
import inspect

from mock_openai import state
from mock_openai.endpoints import ENDPOINTS
from mock_openai.storage.chat_completions import CompletionStore
from mock_openai.storage.conversations import Conversations
from mock_openai.storage.responses import RETRIEVED, ResponseStore

STORES = (ResponseStore(), CompletionStore(), Conversations(0))


def test_stores_follow_endpoints_that_there_are() -> None:
    followed = {name for s in STORES for name in (*s.hooks.on_opened, *s.hooks.on_finished)}
    assert followed == {"chat.completions", "responses", RETRIEVED}
    assert followed - {RETRIEVED} <= {endpoint.name for endpoint in ENDPOINTS.values()}


def test_the_state_of_a_mock_knows_no_endpoint_by_its_name() -> None:
    names = {endpoint.name for endpoint in ENDPOINTS.values()} | {RETRIEVED}
    constants = {
        node.value
        for node in ast.walk(ast.parse(inspect.getsource(state)))
        if isinstance(node, ast.Constant)
    }
    assert names & constants == set()
