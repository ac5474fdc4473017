"""What of the page can be asked: a dozen of Gradio's routes, and no more."""

from collections.abc import Iterator

import gradio as gr
import pytest
from fastapi import FastAPI
from starlette.routing import BaseRoute, Mount, Route

from tokentape.settings import Settings
from tokentape.ui.entry.routes import query_of, route_of
from tokentape.ui.page import build_page

NEEDED = {
    ("GET", "/"),
    ("HEAD", "/"),
    ("GET", "/config"),
    ("GET", "/config/"),
    ("GET", "/theme.css"),
    ("GET", "/assets/{path}"),
    ("GET", "/static/{path}"),
    ("GET", "/gradio_api/app_id"),
    ("GET", "/gradio_api/heartbeat/{session_hash}"),
    ("POST", "/gradio_api/queue/join"),
    ("GET", "/gradio_api/queue/data"),
    ("POST", "/gradio_api/component_server"),
    ("POST", "/gradio_api/component_server/"),
}
"""Of all that Gradio mounts."""


def routes_in(routes: list[BaseRoute]) -> Iterator[tuple[str, str]]:
    for each in routes:
        if isinstance(each, Route):
            for method in each.methods or ():
                yield method, each.path.replace(":path}", "}")
        elif hasattr(each, "original_router"):
            yield from routes_in(each.original_router.routes)


async def test_of_all_that_gradio_mounts_only_what_the_page_needs_can_be_asked() -> None:
    api = gr.mount_gradio_app(FastAPI(), build_page(Settings()), path="/ui", ssr_mode=False)
    mount = next(each for each in api.routes if isinstance(each, Mount))
    found = set(routes_in(mount.routes))
    assert len(found) > 60
    open_ = {
        (method, path)
        for method, path in found
        if route_of(method, path.replace("{path}", "a/b.js").replace("{session_hash}", "s"))
    }
    assert open_ == NEEDED


@pytest.mark.parametrize(
    "path",
    [
        "//",
        "",
        "/gradio_api//app_id",
        "/assets/../config",
        "/assets/..%2f..",
        "/assets/.env",
        "/assets/",
        "/assets/a\\b",
        "/assets/a/../../b",
        "/static/%2e%2e/x",
        "/gradio_api/file=/etc/passwd",
        "/file=/etc/passwd",
        "/gradio_api/file/etc/passwd",
        "/gradio_api/proxy=http://x",
        "/gradio_api/heartbeat/",
        "/gradio_api/heartbeat/a/b",
        "/gradio_api/heartbeat/" + "a" * 65,
        "/gradio_api/upload",
        "/gradio_api/run/ask",
        "/gradio_api/api/ask",
        "/gradio_api/call/ask",
        "/gradio_api/call/v2/ask",
        "/gradio_api/stream/x",
        "/gradio_api/deep_link",
        "/gradio_api/startup-events",
        "/gradio_api/mcp/sse",
        "/gradio_api/vibe-code",
        "/gradio_api/dev/reload",
        "/gradio_api/process_recording",
        "/monitoring",
        "/theme.css/",
        "/Config",
        "/timelines/a/b.jsonl",
        "/timelines/..jsonl",
        "/svelte/x",
        "/custom_component/x/client/y/z",
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_what_is_not_needed_is_not_there(method: str, path: str) -> None:
    assert route_of(method, path) is None


def test_a_query_hands_on_what_its_route_knows_and_each_once() -> None:
    found = route_of("GET", "/")
    assert found is not None
    assert (
        query_of(found[0], "tab=chat&deep_link=x&page=y&tab=rooms&all_endpoints=1") == "tab=rooms"
    )
    joining = route_of("POST", "/gradio_api/queue/join")
    assert joining is not None
    assert query_of(joining[0], "__theme=dark&fn_index=3") == "__theme=dark"
