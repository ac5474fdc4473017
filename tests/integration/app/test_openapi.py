"""The OpenAPI description is true: whatever it allows to be sent is answered as it says."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
import schemathesis
from hypothesis import given
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.harness.chance import by_chance, examples
from tests.integration.app.serving import SECRET, serving, settings_for
from tests.integration.app.upstream import playing, said
from tokentape.access.tokens import sign

CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
)
OPERATIONS = [
    ("POST", "/ag-ui"),
    ("GET", "/ag-ui/runs/{run_id}"),
    ("DELETE", "/ag-ui/runs/{run_id}"),
    ("GET", "/ag-ui/threads/{thread_id}"),
    ("DELETE", "/ag-ui/threads/{thread_id}"),
    ("POST", "/api/v2/ai/chat/stream"),
    ("GET", "/api/v2/ai/chat/stream/{run_id}"),
    ("DELETE", "/api/v2/ai/chat/stream/{run_id}"),
    ("GET", "/api/v2/ai/chat/{session_id}"),
    ("POST", "/api/chat"),
    ("GET", "/api/chat/runs/{run_id}"),
    ("DELETE", "/api/chat/runs/{run_id}"),
    ("GET", "/api/chat/{chat_id}/stream"),
    ("GET", "/api/chat/{chat_id}/messages"),
    ("POST", "/api/chat/{chat_id}/stop"),
    ("POST", "/api/v1/inference/stream"),
    ("POST", "/api/v1/inference/chat/completions"),
    ("GET", "/api/v1/inference/stream/{run_id}"),
    ("DELETE", "/api/v1/inference/stream/{run_id}"),
    ("GET", "/api/v1/inference/models"),
    ("GET", "/api/v1/inference/models/{model}"),
    ("POST", "/openai/chatCompletion"),
    ("POST", "/openai/chatCompletion/stream/start"),
    ("GET", "/openai/chatCompletion/stream/{session_id}"),
    ("DELETE", "/openai/chatCompletion/stream/{session_id}"),
    ("POST", "/livekit/token"),
    ("POST", "/chat/threads"),
    ("GET", "/chat/threads"),
    ("GET", "/chat/threads/{thread_id}"),
    ("PATCH", "/chat/threads/{thread_id}"),
    ("DELETE", "/chat/threads/{thread_id}"),
    ("GET", "/chat/threads/{thread_id}/messages"),
    ("POST", "/chat/threads/{thread_id}/messages"),
    ("POST", "/chat/threads/{thread_id}/messages/stream"),
    ("PATCH", "/chat/threads/{thread_id}/messages/{message_id}"),
    ("DELETE", "/chat/threads/{thread_id}/messages/{message_id}"),
    ("GET", "/chat/threads/{thread_id}/runs/{run_id}/events"),
    ("POST", "/chat/threads/{thread_id}/runs/{run_id}/stop"),
    ("GET", "/chat/workflows"),
    ("POST", "/chat/documents"),
    ("GET", "/chat/documents"),
    ("GET", "/chat/documents/{document_id}"),
    ("DELETE", "/chat/documents/{document_id}"),
]

DIALECTS = (
    "/ag-ui",
    "/api/v2/ai/chat",
    "/api/chat",
    "/api/v1/inference",
    "/openai",
    "/livekit",
    "/chat",
)
SIGNED = {"Authorization": f"Bearer {sign(SECRET, 'tester', 86_400, {})}"}

STOPS = ("/chat/threads/{thread_id}/runs/{run_id}/stop", "/api/chat/{chat_id}/stop")
UNCOUNTED = ("/livekit/token", "/chat/threads", "/chat/documents", *STOPS)
"""They start nothing."""

LIVEKIT = {
    "livekit_url": "wss://livekit.example",
    "livekit_api_key": "key",
    "livekit_api_secret": "a-secret-for-livekit-tests-of-32-bytes",
}


@contextmanager
def app_in_a_thread(folder: Path) -> Iterator[str]:
    """The app's root URL: schemathesis asks without a loop of its own."""
    ready = threading.Event()
    told: dict[str, str] = {}
    loop = asyncio.new_event_loop()
    over = asyncio.Event()

    async def run() -> None:
        async with (
            playing(said("Hi")) as upstream,
            serving(settings_for(folder, upstream.url, **LIVEKIT)) as app,
        ):
            told["url"] = app.url
            ready.set()
            await over.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(run(),))
    thread.start()
    try:
        assert ready.wait(20)
        yield told["url"]
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join(20)
        loop.close()


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with app_in_a_thread(tmp_path_factory.mktemp("app")) as root:
        yield root


@pytest.fixture(scope="module")
def schema(url: str) -> schemathesis.BaseSchema:
    return schemathesis.openapi.from_url(f"{url}/openapi.json")


def test_every_route_of_a_dialect_tells_its_answers_and_errors(url: str) -> None:
    with httpx2.Client(trust_env=False) as http:
        paths = http.get(f"{url}/openapi.json").json()["paths"]
    found = {path: methods for path, methods in paths.items() if path.startswith(DIALECTS)}
    told = {(method.upper(), path) for path, methods in found.items() for method in methods}
    assert told == set(OPERATIONS)
    for path, methods in found.items():
        for method, route in methods.items():
            assert {"400", "401", "404", "500"} <= set(route["responses"]), path
            assert route["description"], path
            if method == "post" and path not in STOPS:
                assert route["requestBody"]["content"]["application/json"]["schema"], path
                if path not in UNCOUNTED:
                    assert "Retry-After" in route["responses"]["429"]["headers"], path


@by_chance
@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_answers_are_those_of_the_description(
    method: str, path: str, schema: schemathesis.BaseSchema
) -> None:
    operation = schema[path][method]
    # The upstream here embeds nothing, and a 502 says so.
    embeds = (method, path) == ("POST", "/chat/documents")
    checks = [check for check in CHECKS if not (embeds and check is not_a_server_error)]

    @given(case=operation.as_strategy())
    @examples(8)
    def ask(case: Any) -> None:
        case.call_and_validate(checks=checks, headers=SIGNED)

    ask()
