"""Parts of the page that ask for themselves: closed to whoever was not let in."""

from collections.abc import AsyncIterator

import gradio as gr
import httpx2
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from tokentape.settings import Settings
from tokentape.ui.admin_gate import CLOSED, show_token
from tokentape.ui.load.tab import load_tab
from tokentape.ui.monitor.tab import monitor_tab
from tokentape.ui.page_state import Pages

TOKEN = "a-token-of-the-admin"
SETTINGS = Settings(admin_token=SecretStr(TOKEN))
ASKED = [
    ("load", "poll"), ("load", "start"), ("load", "stop"), ("load", "report"), ("monitor", "poll"),
]  # fmt: skip


class Asking:
    """A page that calls the functions of its parts, as `live.js` does."""

    def __init__(self, http: httpx2.AsyncClient, blocks: gr.Blocks, pages: Pages) -> None:
        self.pages = pages
        self._http = http
        self._ids = {
            component["props"].get("elem_id"): component["id"]
            for component in blocks.get_config_file()["components"]
        }

    async def ask(self, part: str, name: str, given: object, session: str) -> object:
        asked = {
            "data": given,
            "component_id": self._ids[part],
            "fn_name": name,
            "session_hash": session,
        }
        answer = await self._http.post("/ui/gradio_api/component_server", json=asked)
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture
async def asking() -> AsyncIterator[Asking]:
    pages = Pages()
    with gr.Blocks(analytics_enabled=False) as blocks:
        load_tab(blocks, SETTINGS, pages)
        monitor_tab(blocks, SETTINGS, pages)
    api = gr.mount_gradio_app(FastAPI(), blocks, path="/ui", ssr_mode=False, run_history=False)
    transport = httpx2.ASGITransport(app=api)
    async with httpx2.AsyncClient(transport=transport, base_url="http://app") as http:
        yield Asking(http, blocks, pages)


@pytest.mark.parametrize(("part", "name"), ASKED)
async def test_a_page_that_was_not_let_in_is_told_nothing(
    asking: Asking, part: str, name: str
) -> None:
    wish = {"users": 1, "run_time_s": 1}
    assert await asking.ask(part, name, wish, "stranger") == {"problem": CLOSED}
    show_token(SETTINGS, asking.pages, "owner", TOKEN)
    assert await asking.ask(part, name, wish, "stranger") == {"problem": CLOSED}


async def test_a_page_that_was_let_in_is_answered(asking: Asking) -> None:
    show_token(SETTINGS, asking.pages, "owner", TOKEN)
    nothing = {"pieces": {}, "running": False, "reported": False}
    assert await asking.ask("load", "poll", {}, "owner") == nothing
    assert await asking.ask("load", "stop", {}, "owner") == nothing
    for file in ("html", "../../etc/passwd", None):
        told = await asking.ask("load", "report", {"file": file}, "owner")
        assert told == {"problem": "There is no such report: the latest run left none."}
    told = await asking.ask("load", "start", {"users": "many"}, "owner")
    assert told == {"problem": "Users at once: a whole number from 1 to 500 is needed."}
