"""The chat tab: what each control sets in motion.

A question goes through three steps, so that the frames of its answer touch only what they change:
`ask` takes it from the form, `answer` streams, `over` gives the buttons back.
"""

import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import gradio as gr

from app.contract.contract import Json
from app.dialects.contracts import CONTRACTS
from app.settings import Settings
from app.ui.address import own_url
from app.ui.chat.asking import EXAMPLES, PLAIN_EXAMPLES, SILENCE, Asked, Example, Wish, takes_model
from app.ui.chat.layout import ANY_SCENARIO, Controls, lay_out
from app.ui.chat.script import scenarios_of
from app.ui.chat.telling import Place, tell
from app.ui.pages import Page, Pages

Update: TypeAlias = Mapping[Any, Any]
"""Component → its new value or properties; components left out stay as they are."""


def chat_tab(blocks: gr.Blocks, settings: Settings, pages: Pages) -> None:
    """Lay out the tab in the current Gradio context, and wire it."""
    examples = EXAMPLES if settings.mock_url else PLAIN_EXAMPLES

    async def drawn(told: Json) -> None:
        """The page tells how much of a turn's text it has drawn: its id and the characters."""
        match told:
            case [str(turn), int(characters)] if turn in pages.paces:
                pages.paces[turn].drawn(characters, time.monotonic())

    ChatTab(lay_out(settings, examples, drawn), settings, pages, examples).connect(blocks)


@dataclass(frozen=True, slots=True)
class ChatTab:
    """The listeners of the tab."""

    on: Controls
    settings: Settings
    pages: Pages
    examples: tuple[Example, ...]

    def connect(self, blocks: gr.Blocks) -> None:
        on, box, form = self.on, self.on.composer, self.on.form
        # A stream holds its place until it ends: under a limit, few could see answers at once.
        quiet: dict[str, Any] = {
            "show_progress": "hidden",
            "api_visibility": "private",
            "concurrency_limit": None,
        }
        how = [form.contract, form.scenario, form.model, form.seed, form.speed, form.faults]
        buttons = [box.send, box.stop, box.retry, box.clear]
        drawn = [on.conversation, on.timeline]
        for asked in (
            gr.on(
                [box.message.submit, box.send.click],
                self.ask,
                [box.message, *how],
                [box.message, *buttons],
                **quiet,
            ),
            on.conversation.select(self.ask_example, how, buttons, **quiet),
            box.retry.click(self.ask_again, None, buttons, **quiet),
        ):
            asked.then(self.answer, None, drawn, **quiet).then(self.over, None, buttons, **quiet)
        box.stop.click(self.stop, None, box.stop, **quiet)
        box.clear.click(self.clear, None, [*drawn, *buttons], **quiet)
        form.contract.input(self.choose, form.contract, form.model, **quiet)
        if self.settings.mock_url is not None:
            blocks.load(self.offer, None, form.scenario, **quiet)

    def ask(self, request: gr.Request, message: str | None, *how: Any) -> Update:
        """Take what was written; nothing while there is an answer coming, or nothing written."""
        page, written = self._page(request), (message or "").strip()
        taken = bool(written) and page.ask(self._asked(written, how))
        return {**self._buttons(page), **({self.on.composer.message: ""} if taken else {})}

    def ask_example(self, request: gr.Request, event: gr.EventData, *how: Any) -> Update:
        """Take a prompt that the empty page offered, with the faults it is there to show."""
        page = self._page(request)
        example = self.examples[int(event.index) % len(self.examples)]
        page.ask(self._asked(example.message, [*how[:-1], example.faults]))
        return self._buttons(page)

    def ask_again(self, request: gr.Request) -> Update:
        """Take the last question, as it was asked."""
        page = self._page(request)
        page.ask(page.talk.asked)
        return self._buttons(page)

    async def answer(self, request: gr.Request) -> AsyncIterator[tuple[Json, Json]]:
        """Send what was taken, and show its answer as it comes."""
        page = self._page(request)
        with page.answering() as asked:
            if asked is None:
                return
            visitor = request.request
            headers = self.pages.on_behalf(visitor) if visitor else {}
            place = Place(own_url(visitor), self.settings.mock_url, headers)
            async for picture in tell(asked, page, place):
                self.pages.paces[picture.turn] = picture.pace
                yield picture.conversation(), picture.timeline()

    def over(self, request: gr.Request) -> Update:
        """Give the buttons back."""
        return self._buttons(self._page(request))

    async def stop(self, request: gr.Request) -> Any:
        """Ask the server to stop what this page watches; the end comes on the stream."""
        await self._page(request).stop()
        return gr.Button(interactive=False)

    def clear(self, request: gr.Request) -> Update:
        """Forget what was said. The server keeps its history."""
        page = self._page(request)
        page.leave()
        page.talk = SILENCE
        drawn: Update = {self.on.conversation: None, self.on.timeline: None}
        return {**drawn, **self._buttons(page)}

    def choose(self, contract: str) -> Any:
        """Show the models to choose from where the protocol names one."""
        return gr.Dropdown(visible=takes_model(CONTRACTS[contract]))

    async def offer(self) -> Any:
        """Offer the scenarios that the mock has now."""
        found = await scenarios_of(self.settings.mock_url or "")
        known = [
            (f"{each.name}: {each.description}" if each.description else each.name, each.name)
            for each in found
        ]
        return gr.Dropdown(choices=[ANY_SCENARIO, *known])

    def _asked(self, message: str, how: Sequence[Any]) -> Asked:
        contract, scenario, model, seed, speed, faults = how
        wish = Wish(
            scenario=scenario or None, seed=(seed or "").strip(), speed=speed, more=faults or ""
        )
        return Asked(
            message=message,
            contract=contract,
            model=model if takes_model(CONTRACTS[contract]) else None,
            wish=wish if self.settings.mock_url else Wish(),
        )

    def _buttons(self, page: Page) -> Update:
        box, busy, said = self.on.composer, page.busy, page.talk.asked is not None
        return {
            box.send: gr.Button(interactive=not busy),
            box.stop: gr.Button(interactive=busy),
            box.retry: gr.Button(interactive=said and not busy),
            box.clear: gr.Button(interactive=said and not busy),
        }

    def _page(self, request: gr.Request) -> Page:
        return self.pages.page(request.session_hash or "")
