"""The page as it is served: it mounts, says who it is, and sends nobody anywhere else."""

import re
from collections.abc import AsyncIterator

import gradio as gr
import httpx2
import pytest
from fastapi import FastAPI

from tokentape.settings import Settings
from tokentape.ui.page import build_page, mount_page


@pytest.fixture
async def client() -> AsyncIterator[httpx2.AsyncClient]:
    api = FastAPI()
    mount_page(api, Settings(mock_url="http://127.0.0.1:9"))
    transport = httpx2.ASGITransport(app=api)
    async with httpx2.AsyncClient(transport=transport, base_url="http://app") as client:
        yield client


async def test_the_page_answers_with_its_title(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/ui/")
    assert answer.status_code == 200
    assert '"title":"Tokentape"' in answer.text


async def test_the_icon_is_where_browsers_look_for_it(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/favicon.ico")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/svg+xml")


async def test_the_theme_fetches_no_fonts(client: httpx2.AsyncClient) -> None:
    theme = await client.get("/ui/theme.css")
    assert theme.status_code == 200
    assert not re.findall(r"@import|url\(['\"]?https?:", theme.text)


def components(blocks: gr.Blocks) -> dict[str, bool]:
    """Whether each named component is shown."""
    return {
        component["props"]["elem_id"]: component["props"].get("visible") is not False
        for component in blocks.get_config_file()["components"]
        if component["props"].get("elem_id")
    }


# Gradio makes an event loop, and leaves it open, where none runs: hence `async`.
async def test_what_only_a_mock_understands_is_offered_only_with_a_mock() -> None:
    mocked, real = (components(build_page(Settings(mock_url=url))) for url in ("http://m", None))
    wishes = ("scenario", "seed", "speed", "faults")
    assert all(mocked[name] for name in wishes)
    assert not any(real[name] for name in wishes)
    assert real["message"]
    assert real["send"]


async def test_no_listener_waits_for_another_visitor_s_stream() -> None:
    built = build_page(Settings())
    listeners = [each for each in built.fns.values() if each.name != "leave"]
    assert len(listeners) > 5
    assert built._queue.default_concurrency_limit is None
    assert all(each.concurrency_limit in (None, "default") for each in listeners)
