"""The check tab: what its front asks, and the one component that it is."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

import gradio as gr

from tokentape.check.config import CheckConfig
from tokentape.check.report_files import FORMS
from tokentape.contract.contract import Json
from tokentape.settings import Settings
from tokentape.ui.address import own_url, raw
from tokentape.ui.admin_gate import session_of
from tokentape.ui.allowed_targets import words
from tokentape.ui.check.form import choices, config_in
from tokentape.ui.check.jobs import CheckJob, CheckJobs
from tokentape.ui.check.report_view import report_of
from tokentape.ui.form import front_fields, with_fields
from tokentape.ui.mock_admin import mock_of
from tokentape.ui.page_state import Pages
from tokentape.ui.server_functions import UnfitInput, served, text_in, whole_in
from tokentape.ui.theme import front


def check_tab(blocks: gr.Blocks, settings: Settings, pages: Pages) -> None:
    """Lay out the tab in the current Gradio context, and wire it."""
    tab = CheckTab(settings)
    answers = (tab.here, tab.start, tab.poll, tab.cancel, tab.download)
    gr.HTML(
        None,
        html_template=with_fields(front("check/check.html"), CheckConfig),
        js_on_load=front("nodes.js", "tools.js", "check/check.js"),
        apply_default_css=False,
        server_functions=served(settings, pages, answers),
        fields=front_fields(CheckConfig),
        elem_id="check",
    )

    def leave(request: gr.Request) -> None:
        tab.jobs.leave(request.session_hash or "")

    blocks.unload(leave)


@dataclass(frozen=True, slots=True)
class CheckTab:
    """What the front may ask."""

    settings: Settings
    jobs: CheckJobs = field(default_factory=CheckJobs)

    async def here(self, _given: Mapping[str, Json], request: gr.Request) -> Json:
        """What the form begins with."""
        visitor = raw(request)
        return {
            "url": own_url(visitor),
            "choices": choices(),
            "mock": self.settings.mock_url,
            "mock_token": self.settings.mock_admin_token is not None,
            "targets": words(self.settings.targets),
        }

    async def start(self, given: Mapping[str, Json], request: gr.Request) -> Json:
        """Begin a check; the form's mistakes are named."""
        # Beside the loop: to read the YAML of a long contract file takes seconds.
        config = await asyncio.to_thread(
            config_in, given, mock_of(self.settings), self.settings.targets
        )
        self.jobs.start(await session_of(request) or "", config)
        return {"contract": config.contract.key}

    async def poll(self, given: Mapping[str, Json], request: gr.Request) -> Json:
        """How far it is, what was found since, and the report once there is one."""
        running = await self._running(request)
        if running is None:
            return {"idle": True}
        told = running.to_json(whole_in(given, "since", 0, 10_000_000, 0))
        report = running.report
        return told if report is None else {**told, "report": report_of(report)}

    async def cancel(self, _given: Mapping[str, Json], request: gr.Request) -> Json:
        """End it; what was found so far stays."""
        if running := await self._running(request):
            running.cancel()
        return {}

    async def download(self, given: Mapping[str, Json], request: gr.Request) -> Json:
        """The report for machines, as the command saves it."""
        running = await self._running(request)
        if running is None or running.report is None:
            raise UnfitInput("There is no report yet.")
        form = FORMS.get(text_in(given, "kind", 10))
        if form is None:
            raise UnfitInput(f"kind: one of {', '.join(FORMS)} is needed.")
        return {"text": form(running.report)}

    async def _running(self, request: gr.Request) -> CheckJob | None:
        return self.jobs.of(await session_of(request) or "")
