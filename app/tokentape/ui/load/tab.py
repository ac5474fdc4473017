"""The Load tab: a load run from the page, watched as it goes, with its report at the end."""

import os
import time
from collections.abc import Mapping

import gradio as gr

from tokentape.charts.load_charts import LIVE_SHEETS
from tokentape.contract.contract import Json
from tokentape.settings import Settings
from tokentape.ui.address import own_url, raw
from tokentape.ui.admin_gate import session_of
from tokentape.ui.allowed_targets import target
from tokentape.ui.live import chart_places, live_part
from tokentape.ui.load.form import (
    JUNIT,
    REPORT,
    RESULTS,
    Here,
    LoadForm,
    form_in,
)
from tokentape.ui.load.load_job import LoadJobs
from tokentape.ui.load.view import pieces
from tokentape.ui.mock_admin import mock_of
from tokentape.ui.page_state import Pages
from tokentape.ui.server_functions import UnfitInput

FILES = {"html": REPORT, "json": RESULTS, "junit": JUNIT}


def load_tab(blocks: gr.Blocks, settings: Settings, pages: Pages) -> None:
    """Lay out the tab in the current Gradio context, and wire it."""
    loads = LoadJobs()

    def shown() -> Json:
        latest = loads.latest
        return {
            "pieces": pieces(latest, time.monotonic()),
            "running": latest is not None and latest.running,
            "reported": latest is not None and latest.reported,
        }

    async def poll(_given: Mapping[str, Json], _request: gr.Request) -> Json:
        """The pieces as they are now."""
        return shown()

    async def start(given: Mapping[str, Json], request: gr.Request) -> Json:
        """Start what the form asks for."""
        here = Here(own_url(raw(request)), mock_of(settings), os.getpid())
        owner = await session_of(request) or ""
        form = form_in(given)
        if form.target == "here":  # a run of its own asks the servers that it starts, and no other
            target(here.url, settings.targets)
        loads.start(form, here, owner)
        return shown()

    async def stop(_given: Mapping[str, Json], _request: gr.Request) -> Json:
        """End the run; a second time at once."""
        loads.stop()
        return shown()

    async def report(given: Mapping[str, Json], _request: gr.Request) -> Json:
        """One of the files that the latest run left."""
        latest, name = loads.latest, FILES.get(str(given.get("file")))
        if latest is None or name is None or not latest.reported or not latest.path(name).exists():
            raise UnfitInput("There is no such report: the latest run left none.")
        return {"text": latest.path(name).read_text(encoding="utf-8")}

    def leave(request: gr.Request) -> None:
        loads.leave(request.session_hash or "")

    live_part(
        "load",
        settings,
        pages,
        [poll, start, stop, report],
        {"charts": chart_places(len(LIVE_SHEETS))},
        LoadForm,
    )
    blocks.unload(leave)
