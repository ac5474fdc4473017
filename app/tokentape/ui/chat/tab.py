"""The chat tab: what each control sets in motion.

A question goes through three steps, so that the frames of its answer touch only what they change:
`ask` takes it from the form, `answer` streams, `over` gives the buttons back.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import gradio as gr

from tokentape.dialects.contracts import CONTRACTS
from tokentape.settings import Settings
from tokentape.ui.address import own_url
from tokentape.ui.answer import answer_sources
from tokentape.ui.answer.answer_sources import Target
from tokentape.ui.answer.browser_state import Talk, UnfinishedAnswer, talk_of
from tokentape.ui.answer.live_answer import LiveAnswer
from tokentape.ui.answer.mock_script import scenarios_of
from tokentape.ui.answer.pane import Begin, Pane
from tokentape.ui.answer.question import (
    EXAMPLES,
    PLAIN_EXAMPLES,
    Example,
    MockOptions,
    Question,
    takes,
)
from tokentape.ui.chat.layout import ANY_SCENARIO, Controls, lay_out
from tokentape.ui.mock_admin import mock_of
from tokentape.ui.open_button import opened
from tokentape.ui.page_state import Pages

Update: TypeAlias = Mapping[Any, Any]
"""Component → its new value or properties; components left out stay as they are."""

PANE = "chat"
_TALK = "(...given) => [...given.slice(0, -1), window.tokentape.talk()]"
"""The last input is what the browser keeps of the conversation: the server remembers nothing."""
_CLEAR = "() => window.tokentape.clear()"


def chat_tab(blocks: gr.Blocks, settings: Settings, pages: Pages) -> None:
    """Lay out the tab in the current Gradio context, and wire it."""
    examples = EXAMPLES if settings.mock_url else PLAIN_EXAMPLES
    on = lay_out(settings, examples, pages)
    ChatTab(on, settings, pages, examples).connect(blocks)


@dataclass(frozen=True, slots=True)
class ChatTab:
    """The listeners of the tab."""

    on: Controls
    settings: Settings
    pages: Pages
    examples: tuple[Example, ...]

    def connect(self, blocks: gr.Blocks) -> None:
        """Wire what was laid out."""
        on, box, form = self.on, self.on.composer, self.on.form
        # A stream holds its place until it ends: under a limit, few could see answers at once.
        quiet: dict[str, Any] = {
            "show_progress": "hidden",
            "api_visibility": "private",
            "concurrency_limit": None,
        }
        # A click so soon after another that the page has no answer to that one is not lost.
        wiring: dict[str, Any] = {**quiet, "js": _TALK, "trigger_mode": "multiple"}
        how = [*form.choices, on.talk]
        buttons = [box.send, box.stop, box.retry, box.clear]
        for event in (
            gr.on(
                [box.message.submit, box.send.click],
                self.submit,
                [box.message, *how],
                [box.message, *buttons],
                **wiring,
            ),
            on.conversation.select(self.ask_example, how, buttons, **wiring),
            box.retry.click(self.ask_again, [form.token, on.talk], buttons, **wiring),
            on.conversation.join(self.join, [form.token, on.talk], buttons, **wiring),
            blocks.load(self.join, [form.token, on.talk], buttons, **wiring),
            on.replay.upload(self.replay, None, buttons, **quiet),
        ):
            told_on = event.then(self.answer, None, on.feed, trigger_mode="multiple", **quiet)
            told_on.then(self.over, None, buttons, **quiet)
        box.stop.click(self.stop, None, box.stop, **quiet)
        box.clear.click(self.clear, None, [on.feed, *buttons], js=_CLEAR, **quiet)
        form.contract.input(self.choose, form.contract, [form.model, form.temperature], **quiet)
        if self.settings.mock_url is not None:
            blocks.load(self.offer, None, form.scenario, **quiet)

    def submit(self, request: gr.Request, message: str | None, *how: Any) -> Update:
        """Take what was written; nothing while there is an answer coming, or nothing written."""
        pane, written = self._pane(request), (message or "").strip()
        taken = bool(written) and pane.submit(self._asking(request, written, how))
        return {**self._buttons(pane), **({self.on.composer.message: ""} if taken else {})}

    def ask_example(self, request: gr.Request, event: gr.EventData, *how: Any) -> Update:
        """Take a prompt that the empty page offered, with the faults it is there to show."""
        pane = self._pane(request)
        example = self.examples[int(event.index) % len(self.examples)]
        pane.submit(self._asking(request, example.message, how, faults=example.faults))
        return self._buttons(pane)

    def ask_again(self, request: gr.Request, token: str | None, talk_json: str | None) -> Update:
        """Take the last question, as it was asked."""
        pane, talk = self._pane(request), talk_of(talk_json, token)
        if talk.last is not None:
            pane.submit(self._begin_question(request, talk.last, talk))
        return self._buttons(pane)

    def join(self, request: gr.Request, token: str | None, talk_json: str | None) -> Update:
        """Show the conversation that the browser kept: its answer goes on if it is under way."""
        pane, talk = self._pane(request), talk_of(talk_json, token)
        pane.leave()
        pane.submitted = talk.last is not None
        if talk.left is not None:
            pane.submit(self._rejoin(request, talk.left))
        return self._buttons(pane)

    async def replay(self, request: gr.Request, event: gr.EventData) -> Update:
        """Take a saved timeline, to be shown at its own pace."""
        pane = self._pane(request)
        live, said = await opened(self.pages, request, event), pane.submitted
        pane.submit(lambda: self.pages.live_answers.begin(live))
        pane.submitted = said
        return self._buttons(pane)

    async def answer(self, request: gr.Request) -> AsyncIterator[str]:
        """Send what was taken, and show its answer as it comes."""
        with self._pane(request).next_answer() as shown:
            if shown is None:
                return
            live, subscription = shown
            self.pages.looks[subscription.id] = subscription
            async for view in live.frames(subscription):
                yield view.value(subscription.id)

    def over(self, request: gr.Request) -> Update:
        """Give the buttons back."""
        return self._buttons(self._pane(request))

    async def stop(self, request: gr.Request) -> Any:
        """Ask the server to stop what this page watches; the end comes on the stream."""
        await self._pane(request).stop()
        return gr.Button(interactive=False)

    def clear(self, request: gr.Request) -> Update:
        """Forget what was said. The server keeps its history."""
        pane = self._pane(request)
        pane.leave()
        pane.submitted = False
        return {self.on.feed: None, **self._buttons(pane)}

    def choose(self, contract: str) -> Any:
        """Show what can be chosen where the protocol names it."""
        chosen = CONTRACTS[contract]
        return (
            gr.Dropdown(visible=takes(chosen, "model")),
            gr.Number(visible=takes(chosen, "temperature")),
        )

    async def offer(self, request: gr.Request) -> Any:
        """Offer the scenarios that the mock has now; the address may have chosen one."""
        found = await scenarios_of(mock_of(self.settings))
        known = [
            (f"{each.name}: {each.description}" if each.description else each.name, each.name)
            for each in found
        ]
        wanted = request.query_params.get("scenario")
        chosen = {"value": wanted} if any(each.name == wanted for each in found) else {}
        return gr.Dropdown(choices=[ANY_SCENARIO, *known], **chosen)

    def _asking(
        self, request: gr.Request, message: str, how: Sequence[Any], *, faults: str | None = None
    ) -> Begin:
        contract, scenario, model, temperature, seed, speed, more, token, talk_json = how
        options = MockOptions(
            scenario=scenario or None,
            seed=(seed or "").strip(),
            speed=speed,
            more=(more or "") if faults is None else faults,
        )
        chosen = CONTRACTS[contract]
        question = Question(
            message=message,
            contract=contract,
            model=model if takes(chosen, "model") else None,
            temperature=temperature if takes(chosen, "temperature") else None,
            options=options if self.settings.mock_url else MockOptions(),
            token=(token or "").strip() or None,
        )
        return self._begin_question(request, question, talk_of(talk_json))

    def _begin_question(self, request: gr.Request, question: Question, talk: Talk) -> Begin:
        place, settings = self._place(request), self.settings
        dialect = CONTRACTS[question.contract].dialect
        conversation = talk.conversations.get(dialect)
        most = settings.max_messages - 1
        earlier = talk.earlier(dialect, settings.max_message_chars, most) if conversation else ()

        def begin() -> LiveAnswer:
            live = answer_sources.ask_question(question, conversation, place, earlier)
            return self.pages.live_answers.begin(live)

        return begin

    def _rejoin(self, request: gr.Request, left: UnfinishedAnswer) -> Begin:
        place = self._place(request)

        def begin() -> LiveAnswer:
            found = self.pages.live_answers.find(left.turn)
            return found or self.pages.live_answers.begin(answer_sources.rejoin(left, place))

        return begin

    def _place(self, request: gr.Request) -> Target:
        visitor = request.request
        headers = self.pages.on_behalf(visitor) if visitor else {}
        return Target(own_url(visitor), mock_of(self.settings), headers)

    def _buttons(self, pane: Pane) -> Update:
        box, busy = self.on.composer, pane.busy
        return {
            box.send: gr.Button(interactive=not busy),
            box.stop: gr.Button(interactive=busy),
            box.retry: gr.Button(interactive=pane.submitted and not busy),
            box.clear: gr.Button(interactive=pane.submitted and not busy),
        }

    def _pane(self, request: gr.Request) -> Pane:
        return self.pages.page(request.session_hash or "").pane(PANE)
