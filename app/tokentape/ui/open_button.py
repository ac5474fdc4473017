"""A button by which a reader shows the page a saved timeline of theirs."""

import asyncio
from pathlib import PurePosixPath

import gradio as gr

from tokentape.contract.contract import Json
from tokentape.ui.admin_gate import session_of
from tokentape.ui.answer import answer_sources
from tokentape.ui.answer.live_answer import LiveAnswer
from tokentape.ui.answer.timeline_file import BadTimelineFile, read
from tokentape.ui.page_state import Pages
from tokentape.ui.theme import front

LOST = "The file did not arrive, or waited too long: choose it again."
FULL = "Others replay as much as this server holds at once: try again when they are through."
WORDS_MAX = 300


def opening(label: str, elem_id: str | None = None) -> gr.HTML:
    """The button; its `upload` event brings what `opened` reads. Nothing that it sends is a path:
    the file went to the server before, and is known there by an id."""

    async def own_key(_given: Json, request: gr.Request) -> str:
        """The page's own session, under which its file is handed in."""
        return await session_of(request) or ""

    return gr.HTML(
        None,
        html_template=front("opening.html"),
        js_on_load=front("opening.js"),
        apply_default_css=False,
        server_functions=[own_key],
        words=label,
        elem_id=elem_id,
        elem_classes="tt-file",
    )


async def opened(pages: Pages, request: gr.Request, event: gr.EventData) -> LiveAnswer:
    """The timeline in the file that was handed in, at its own pace; or why there is none."""
    given = event._data if isinstance(event._data, dict) else {}
    found = await pages.uploads.fetch(request.session_hash or "", _text(given, "id"))
    if found is None:
        return _nothing(_text(given, "name"), _text(given, "problem") or LOST)
    name, content = found
    size = len(content)
    if not pages.replays.consume(size):
        return _nothing(name, FULL)
    try:
        saved = await asyncio.to_thread(read, content)
    except BaseException as error:  # also when the page is closed meanwhile: the room is given back
        pages.replays.give_back(size)
        if isinstance(error, BadTimelineFile):
            return _nothing(name, str(error))
        raise
    pages.replays.give_back_with(saved, size)
    return answer_sources.replay(saved, name)


def _nothing(name: str, why: str) -> LiveAnswer:
    return answer_sources.no_answer(f"Replay {PurePosixPath(name).name}".strip(), why, "UNREADABLE")


def _text(given: dict[str, Json], name: str) -> str:
    value = given.get(name)
    return value[:WORDS_MAX] if isinstance(value, str) else ""
