"""What Gradio does behind the edge, so that we notice when it does otherwise.

See docs/decisions/0010-an-edge-in-front-of-gradio.md.
"""

from pathlib import Path

import gradio as gr
import pytest
from fastapi import FastAPI
from gradio.exceptions import InvalidPathError
from gradio.state_holder import SessionState

from tokentape.settings import Settings
from tokentape.ui.page import build_page


def echoing() -> gr.Blocks:
    """A page with one text that is handed on."""
    blocks: gr.Blocks
    with gr.Blocks(analytics_enabled=False) as blocks:
        given, shown = gr.Textbox(), gr.Textbox()
        given.submit(lambda value: value, given, shown)
    return blocks


async def taken(blocks: gr.Blocks, path: Path) -> object:
    """What Gradio makes of a file in place of the text."""
    from gradio.context import LocalContext

    LocalContext.blocks.set(blocks)
    listener = next(iter(blocks.fns.values()))
    file = {"path": str(path), "meta": {"_type": "gradio.FileData"}}
    return (await blocks.preprocess_data(listener, [file], SessionState(blocks)))[0]


async def test_gradio_still_leaves_its_check_out_where_a_page_is_mounted(tmp_path: Path) -> None:
    """If this fails, Gradio has mended it: say so in the decision, and keep the edge."""
    secret = tmp_path / "secret"
    secret.write_text("x")
    mounted = echoing()
    gr.mount_gradio_app(FastAPI(), mounted, path="/x", ssr_mode=False)
    assert not mounted.has_launched
    assert str(secret) not in str(await taken(mounted, secret)), "a copy in the cache is handed on"


async def test_with_its_check_on_gradio_refuses_what_was_not_uploaded(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("x")
    page = echoing()
    page.has_launched = True
    with pytest.raises(InvalidPathError):
        await taken(page, secret)
    assert build_page(Settings()).has_launched, "ours has it on, behind the edge"
