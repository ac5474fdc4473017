"""The scenarios tab: what its front asks of the mock, and the one component that it is."""

import asyncio
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

import gradio as gr

from tokentape.contract.contract import Json
from tokentape.settings import Settings
from tokentape.ui.admin_gate import session_of
from tokentape.ui.allowed_targets import words
from tokentape.ui.mock_admin import Mock, MockFault, mock_of
from tokentape.ui.page_state import Pages
from tokentape.ui.scenarios.fault_insertion import NoPlace, with_fault
from tokentape.ui.scenarios.plan_view import picture_of, summary_of
from tokentape.ui.scenarios.record_upstream import record, upstream_of
from tokentape.ui.server_functions import UnfitInput, served, text_in
from tokentape.ui.theme import front

TEXT_MAX = 500_000
"""Characters of a scenario that the page takes; larger ones are files."""

NAME_MAX = 100

NEW = """name: my-scenario
description: What it is there to show.
by_name_only: true            # without this, and without `when`, it answers everything
pace: {first_token_ms: 200, between_tokens_ms: 20}
steps:
  - say: "Hello! This is what the model says."
"""


def scenarios_tab(_blocks: gr.Blocks, settings: Settings, pages: Pages) -> None:
    """Lay out the tab in the current Gradio context, and wire it."""
    if (mock := mock_of(settings)) is None:
        gr.HTML(html_template=front("no_mock.html"), js_on_load=None, apply_default_css=False)
        return
    tab = ScenariosTab(settings, mock)
    answers = (
        tab.library, tab.source, tab.check, tab.insert, tab.save, tab.remove,
        tab.recorded, tab.recorded_so_far, tab.stop_recording,
    )  # fmt: skip
    gr.HTML(
        None,
        html_template=front("scenarios/scenarios.html"),
        js_on_load=front(
            "nodes.js", "tools.js", "scenarios/plan_chart.js", "scenarios/scenarios.js"
        ),
        apply_default_css=False,
        server_functions=served(settings, pages, answers),
        fresh=NEW,
        elem_id="scenarios",
    )


@dataclass(frozen=True, slots=True)
class Recording:
    """One recording, by the mock's name for it."""

    name: str
    task: asyncio.Task[Json]


@dataclass(frozen=True, slots=True)
class ScenariosTab:
    """What the front may ask."""

    settings: Settings
    mock: Mock
    recordings: dict[str, Recording] = field(default_factory=dict)
    """What a page waits for, by its session: each ends, and is gone then."""

    async def library(self, _given: Mapping[str, Json], _request: gr.Request) -> Json:
        """All scenarios, the faults that there are, and what is wrong with files."""
        listed = await self.mock.request("GET", "scenarios")
        faults = await self.mock.request("GET", "faults")
        by_name: dict[str, Json] = {}
        for one in listed["scenarios"]:  # the first of a name is the one in force
            by_name.setdefault(one["name"], one)
        upstream = upstream_of(self.settings)
        return {
            "scenarios": list(by_name.values()),
            "errors": listed["errors"],
            "folder": listed["folder"],
            "faults": faults["faults"],
            "upstream": upstream,
            "has_key": upstream is not None and self.settings.openai_api_key is not None,
            "model": self.settings.default_model,
            "targets": words(self.settings.targets),
        }

    async def source(self, given: Mapping[str, Json], _request: gr.Request) -> Json:
        """A scenario's own text."""
        return await self.mock.request("GET", f"scenarios/{_name_in(given)}")

    async def check(self, given: Mapping[str, Json], _request: gr.Request) -> Json:
        """The mistake in a text, with line and field; or a picture of its plan."""
        text, message = text_in(given, "text", TEXT_MAX), text_in(given, "message", 4_000, "Hello")
        asked = {"model": "gpt-4o", "messages": [{"role": "user", "content": message or "Hello"}]}
        told = await self.mock.request(
            "POST", "scenarios/check", json={"scenario": text, "request": asked}
        )
        if not told["ok"]:
            return {"mistake": told["problem"]}
        picture = picture_of(told)
        return {
            "name": told["name"],
            "always": told["always"],
            "picture": picture,
            "summary": summary_of(picture),
        }

    async def insert(self, given: Mapping[str, Json], _request: gr.Request) -> Json:
        """The text with one fault more, and the line that it is in."""
        name, place = text_in(given, "fault", 100), text_in(given, "place", 100)
        value = text_in(given, "value", 200, "").strip()
        if not name:
            raise UnfitInput("Fault: choose one.")
        spelled = f"{name}@{place}" + (f":{value}" if value else "")
        try:
            found = with_fault(text_in(given, "text", TEXT_MAX), spelled)
        except NoPlace as error:
            raise UnfitInput(str(error)) from error
        return {"text": found.text, "line": found.line}

    async def save(self, given: Mapping[str, Json], _request: gr.Request) -> Json:
        """Kept as a file where the mock has a folder for it, else held until it ends."""
        name, text = _name_in(given), text_in(given, "text", TEXT_MAX)
        listed = await self.mock.request("GET", "scenarios")
        keep = {"keep": "1"} if listed["folder"] else {}
        path, content = f"scenarios/{name}", text.encode()
        answer = await self.mock.request("PUT", path, params=keep, content=content)
        return {"name": name, "kept": answer.get("kept")}

    async def remove(self, given: Mapping[str, Json], _request: gr.Request) -> Json:
        """Take away what was saved; a shipped scenario of that name is in force again."""
        name = _name_in(given)
        found = await self.mock.request("GET", f"scenarios/{name}")
        kept = {"kept": "1"} if found["kept"] else {}
        await self.mock.request("DELETE", f"scenarios/{name}", params=kept)
        return {"name": name}

    async def recorded(self, given: Mapping[str, Json], request: gr.Request) -> Json:
        """One answer of a real server as a scenario's text; nothing is saved."""
        session = await session_of(request) or ""
        if session in self.recordings:
            raise UnfitInput("A recording is under way on this page.")
        name = secrets.token_hex(8)
        task = asyncio.create_task(record(self.mock, self.settings, given, name))
        self.recordings[session] = Recording(name, task)
        try:
            return await task
        except asyncio.CancelledError:
            if not task.cancelled():
                raise
            raise MockFault("Stopped: nothing was recorded.") from None
        finally:
            task.cancel()
            del self.recordings[session]

    async def recorded_so_far(self, _given: Mapping[str, Json], request: gr.Request) -> Json:
        """How far the recording of this page has come; nothing where that is unknown."""
        recording = self.recordings.get(await session_of(request) or "")
        if recording is None:
            return {}
        try:
            return await self.mock.request("GET", "record", params={"id": recording.name})
        except MockFault:
            return {}

    async def stop_recording(self, _given: Mapping[str, Json], request: gr.Request) -> Json:
        """End the recording that this page waits for."""
        recording = self.recordings.get(await session_of(request) or "")
        if recording is not None:
            recording.task.cancel()
        return {}


def _name_in(given: Mapping[str, Json]) -> str:
    name = text_in(given, "name", NAME_MAX)
    if not name or not all(c.isalnum() or c in "._-" for c in name) or not name.strip("."):
        raise UnfitInput("name: a name has letters, digits, '.', '_' and '-'.")
    return name
