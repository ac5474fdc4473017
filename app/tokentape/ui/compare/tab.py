"""The compare tab: one question asked of two protocols or two servers at once, or two saved
timelines, side by side."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import gradio as gr

from tokentape.dialects.contracts import CONTRACTS
from tokentape.settings import Settings
from tokentape.ui.address import own_url
from tokentape.ui.admin_gate import admitted
from tokentape.ui.allowed_targets import target
from tokentape.ui.answer import answer_sources
from tokentape.ui.answer.answer_sources import Target
from tokentape.ui.answer.live_answer import LiveAnswer
from tokentape.ui.answer.pane import Begin, Pane
from tokentape.ui.answer.question import MockOptions, Question, named
from tokentape.ui.chat.layout import feed_of, timeline_of
from tokentape.ui.mock_admin import mock_of
from tokentape.ui.open_button import opened, opening
from tokentape.ui.page_state import Pages
from tokentape.ui.server_functions import UnfitInput

SIDES = ("left", "right")
_QUIET: dict[str, Any] = {
    "show_progress": "hidden",
    "api_visibility": "private",
    "concurrency_limit": None,
}
NOT_ADMITTED = (
    "Another server is asked only for whoever runs this one: open any tab that asks for"
    " ADMIN_TOKEN, or leave Server empty."
)


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two: whom it asks, and where its answer is shown."""

    name: str
    contract: gr.Dropdown
    server: gr.Textbox
    token: gr.Textbox
    file: gr.HTML
    feed: gr.HTML


def compare_tab(_blocks: gr.Blocks, settings: Settings, pages: Pages) -> None:
    """Lay out the tab in the current Gradio context, and wire it."""
    mocked = settings.mock_url is not None
    with gr.Row(elem_id="compare-how", elem_classes="tt-compare-how"):
        message = gr.Textbox(
            label="Message for both", placeholder="Ask both the same", max_lines=3, scale=6
        )
        options = gr.Textbox(
            label="Directives for the mock",
            placeholder="tokens=80 gap=20ms seed=7",
            max_lines=1,
            visible=mocked,
            scale=3,
        )
        go = gr.Button("Compare", variant="primary", scale=0, min_width=100)
        stop = gr.Button("Stop both", variant="stop", scale=0, min_width=130, interactive=False)
    with gr.Row(elem_classes="tt-compare"):
        sides = [_side(name, number, pages) for number, name in enumerate(SIDES)]
    CompareTab(message, options, go, stop, sides, settings, pages).connect()


def _side(name: str, number: int, pages: Pages) -> Side:
    with gr.Column(min_width=320, elem_id=f"{name}-side"):
        with gr.Row():
            contract = gr.Dropdown(
                [(named(contract), key) for key, contract in CONTRACTS.items()],
                value=list(CONTRACTS)[number % len(CONTRACTS)],
                label=f"Protocol, {name}",
                filterable=False,
                scale=3,
                min_width=120,
            )
            server = gr.Textbox(
                label=f"Server, {name}", placeholder="this one", max_lines=1, scale=3, min_width=120
            )
            token = gr.Textbox(
                label=f"Token, {name}",
                placeholder="none",
                type="password",
                max_lines=1,
                html_attributes=gr.InputHTMLAttributes(autocomplete="off"),
                scale=2,
                min_width=100,
            )
        feed = feed_of(name, pages)
        timeline_of(name, pages)
        file = opening(f"Open a saved timeline, {name}")
    return Side(name, contract, server, token, file, feed)


@dataclass(frozen=True, slots=True)
class CompareTab:
    """The listeners of the tab."""

    message: gr.Textbox
    options: gr.Textbox
    go: gr.Button
    stop: gr.Button
    sides: list[Side]
    settings: Settings
    pages: Pages

    def connect(self) -> None:
        """Wire what was laid out."""
        buttons = [self.go, self.stop]
        how: list[Any] = [self.message, self.options]
        for side in self.sides:
            how += [side.contract, side.server, side.token]
        begun = [self.go.click, self.message.submit, self.options.submit]
        question = gr.on(begun, self.submit, how, buttons, **_QUIET)
        for side in self.sides:
            self._show(question, side)
            opened = side.file.upload(_opener(self, side), None, buttons, **_QUIET)
            self._show(opened, side)
        self.stop.click(self.end, None, self.stop, **_QUIET)

    def _show(self, after: Any, side: Side) -> None:
        shown = after.then(_shower(self, side), None, side.feed, trigger_mode="multiple", **_QUIET)
        shown.then(self.over, None, [self.go, self.stop], **_QUIET)

    def submit(
        self, request: gr.Request, message: str | None, options: str | None, *how: str
    ) -> Any:
        """Ask both, each by its own protocol and server."""
        written = (message or "").strip()
        panes = [self.pane(request, side) for side in self.sides]
        if written and not any(pane.busy for pane in panes):
            for pane, number in zip(panes, range(0, len(how), 3), strict=True):
                contract, server, token = how[number : number + 3]
                question = Question(
                    message=written,
                    contract=contract,
                    options=MockOptions(more=options or "" if self.settings.mock_url else ""),
                    token=(token or "").strip() or None,
                )
                live = self._asking(request, question, (server or "").strip())
                pane.submit(_beginning(self.pages, live))
        return self._buttons(request)

    async def open(self, request: gr.Request, side: Side, event: gr.EventData) -> Any:
        """Show a saved timeline on one side, at its own pace."""
        live = await opened(self.pages, request, event)
        self.pane(request, side).submit(_beginning(self.pages, live))
        return self._buttons(request)

    async def end(self, request: gr.Request) -> Any:
        """Stop both."""
        for side in self.sides:
            await self.pane(request, side).stop()
        return gr.Button(interactive=False)

    def over(self, request: gr.Request) -> Any:
        """Give the buttons back once neither side is busy."""
        return self._buttons(request)

    def pane(self, request: gr.Request, side: Side) -> Pane:
        """What one side of a page watches."""
        return self.pages.page(request.session_hash or "").pane(side.name)

    def _asking(self, request: gr.Request, question: Question, server: str) -> LiveAnswer:
        visitor = request.request
        if not server:
            headers = self.pages.on_behalf(visitor) if visitor else {}
            return answer_sources.ask_question(
                question, None, Target(own_url(visitor), mock_of(self.settings), headers)
            )
        if not admitted(self.settings, self.pages, request.session_hash):
            return answer_sources.no_answer(question.message, NOT_ADMITTED, "UNAUTHORIZED")
        try:
            url = target(server, self.settings.targets)
        except UnfitInput as fault:
            return answer_sources.no_answer(question.message, f"Server: {fault}", "BAD_REQUEST")
        # Nothing of this server's goes along: neither its headers nor who asks.
        place = Target(url.rstrip("/"), mock_of(self.settings))
        return answer_sources.ask_question(question, None, place)

    def _buttons(self, request: gr.Request) -> Any:
        busy = any(self.pane(request, side).busy for side in self.sides)
        return gr.Button(interactive=not busy), gr.Button(interactive=busy)


def _beginning(pages: Pages, live: LiveAnswer) -> Begin:
    return lambda: pages.live_answers.begin(live)


def _opener(tab: CompareTab, side: Side) -> Any:
    async def opened_on(request: gr.Request, event: gr.EventData) -> Any:
        return await tab.open(request, side, event)

    return opened_on


def _shower(tab: CompareTab, side: Side) -> Any:
    async def shown(request: gr.Request) -> AsyncIterator[str]:
        with tab.pane(request, side).next_answer() as found:
            if found is None:
                return
            live, subscription = found
            tab.pages.looks[subscription.id] = subscription
            async for view in live.frames(subscription):
                yield view.value(subscription.id)

    return shown
