"""Another server that the page is to ask: one that is not there, and one in two protocols."""

from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import gradio as gr

from tests.integration.app.serving import serving, settings_for
from tests.integration.mock_openai.conftest import Served, served
from tests.unit.app.ui.test_compare import Visitor, code_of, tab
from tokentape.ui.answer.question import MockOptions, Question

__all__ = ["served"]


async def test_who_is_admitted_may_ask_what_the_page_may_ask() -> None:
    assert (
        await code_of(tab(ui_open=True, ui_targets="loopback"), "http://127.0.0.1:9")
        == "UNREACHABLE"
    )


async def test_both_sides_tell_the_same_answer_in_dialects_that_have_parts(
    served: Served, tmp_path: Path
) -> None:
    """First right, then with a piece that the mock doubles: each side has its verdict, wherever the
    directives stand."""
    compare = tab(ui_open=True, ui_targets="loopback", mock_url=served.root)
    visitor = cast(gr.Request, cast(Any, Visitor()))
    keys, doubled = "scenario=unicode tokens=12 first=5ms gap=2ms", "fault=duplicate@5"
    asked = [
        (Question(message="Compare", contract="", options=MockOptions(more=keys)), []),
        (Question(message=f"Both [[mock: {keys} {doubled}]]", contract=""), ["text_repeated"]),
    ]
    async with serving(settings_for(tmp_path, served.url, openai_api_key="x")) as app:
        for question, rules in asked:
            texts = set()
            for key in ("ag-ui/sse", "ai-sdk-ui/sse"):
                side = compare._asking(visitor, replace(question, contract=key), app.url)
                await side.begin().ended()
                view = side.view
                assert view.verdict is not None
                assert [breach.rule for breach in view.verdict.breaches] == rules
                assert view.verdict.tone == ("wrong" if rules else "right")
                assert view.verdict.headline.endswith("as scripted") is not bool(rules)
                texts.add(view.text.whole())
            assert len(texts) == 1
