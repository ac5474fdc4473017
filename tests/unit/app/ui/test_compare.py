"""Compare: another server is asked only for whoever runs this one."""

from typing import Any, cast

import gradio as gr
import pytest

from tokentape.settings import Settings
from tokentape.ui.answer.question import Question
from tokentape.ui.compare.tab import CompareTab
from tokentape.ui.page_state import Pages

ASKED = Question(message="hello", contract="ai-chat/sse")


class Visitor:
    """A Gradio request as far as the tab looks at one."""

    request = None
    session_hash = "s"


def tab(**settings: Any) -> CompareTab:
    nothing = cast(Any, None)
    given = Settings(**settings)
    return CompareTab(nothing, nothing, nothing, nothing, [], given, Pages())


async def code_of(compare: CompareTab, server: str) -> str | None:
    visitor = cast(gr.Request, cast(Any, Visitor()))
    telling = compare._asking(visitor, ASKED, server)
    await telling.begin().ended()
    problem = telling.view.problem
    return problem.code if problem else None


async def test_a_stranger_can_have_no_other_server_asked() -> None:
    assert await code_of(tab(), "http://127.0.0.1:9") == "UNAUTHORIZED"


@pytest.mark.parametrize("server", ["nowhere", "file:///etc/passwd", "http://", "ftp://host"])
async def test_what_is_no_address_is_not_asked(server: str) -> None:
    assert await code_of(tab(ui_open=True), server) == "BAD_REQUEST"


async def test_who_is_admitted_may_ask_no_more_than_the_page_may_ask() -> None:
    asked = "http://127.0.0.1:9"
    assert await code_of(tab(ui_open=True), asked) == "BAD_REQUEST"
    assert await code_of(tab(ui_targets="loopback"), asked) == "UNAUTHORIZED"
