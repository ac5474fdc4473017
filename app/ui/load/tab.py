"""The Load tab: a load run from the page, watched as it goes, with its report at the end."""

import os
import time
from collections.abc import Mapping

import gradio as gr

from app.charts.load_sheets import LIVE_SHEETS
from app.contract.contract import Json
from app.settings import Settings
from app.ui.address import own_url, raw
from app.ui.admin import session_of
from app.ui.live import chart_places, live_part
from app.ui.load.loads import Loads
from app.ui.load.picture import pieces
from app.ui.load.wish import (
    DIALECTS,
    JOURNEYS,
    JUNIT,
    REPORT,
    RESULTS,
    Here,
    token_of,
    wish_of,
)
from app.ui.mock import mock_of
from app.ui.pages import Pages
from app.ui.serving import Unfit
from app.ui.targets import target

FILES = {"html": REPORT, "json": RESULTS, "junit": JUNIT}


def load_tab(blocks: gr.Blocks, settings: Settings, pages: Pages) -> None:
    """Lay out the tab in the current Gradio context, and wire it."""
    loads = Loads()

    def shown() -> Json:
        latest = loads.latest
        return {
            "pieces": pieces(latest, time.monotonic()),
            "running": latest is not None and latest.running,
            "reported": latest is not None and latest.reported,
        }

    async def look(_given: Mapping[str, Json], _request: gr.Request) -> Json:
        """The pieces as they are now."""
        return shown()

    async def start(given: Mapping[str, Json], request: gr.Request) -> Json:
        """Start what the form asks for."""
        here = Here(own_url(raw(request)), mock_of(settings), os.getpid())
        owner = await session_of(request) or ""
        wish = wish_of(given)
        if wish.target == "here":  # a run of its own asks the servers that it starts, and no other
            target(here.url, settings.targets)
        loads.start(wish, here, owner, token_of(given))
        return shown()

    async def stop(_given: Mapping[str, Json], _request: gr.Request) -> Json:
        """End the run; a second time at once."""
        loads.stop()
        return shown()

    async def report(given: Mapping[str, Json], _request: gr.Request) -> Json:
        """One of the files that the latest run left."""
        latest, name = loads.latest, FILES.get(str(given.get("file")))
        if latest is None or name is None or not latest.reported or not latest.path(name).exists():
            raise Unfit("There is no such report: the latest run left none.")
        return {"text": latest.path(name).read_text(encoding="utf-8")}

    def leave(request: gr.Request) -> None:
        loads.left(request.session_hash or "")

    live_part(
        "load",
        settings,
        pages,
        [look, start, stop, report],
        {
            "charts": chart_places(len(LIVE_SHEETS)),
            "dialects": _ticks("dialects", dict.fromkeys(DIALECTS, "")),
            "journeys": _ticks("journeys", JOURNEYS),
        },
    )
    blocks.unload(leave)


def _ticks(name: str, choices: Mapping[str, str]) -> str:
    """A box to tick for each choice, with what it means."""
    return "".join(
        f'<label class="tt-tick" title="{words}"><input type="checkbox" name="{name}"'
        f' value="{choice}"><span>{choice}</span></label>'
        for choice, words in choices.items()
    )
