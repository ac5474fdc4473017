"""The chat tab's components and where they stand; what they do is `tokentape.ui.chat.tab`'s."""

from collections.abc import Sequence
from dataclasses import dataclass

import gradio as gr

from tokentape.dialects.contracts import CONTRACTS
from tokentape.settings import Settings
from tokentape.ui.answer.question import Example, named, takes
from tokentape.ui.chat.page_callbacks import of_conversation, of_feed, of_timeline
from tokentape.ui.open_button import opening
from tokentape.ui.page_state import Pages
from tokentape.ui.theme import front

ANY_SCENARIO = ("any: the mock chooses", "")
"""The scenario choice that leaves the choice to the mock."""

SPEEDS = [("0.25 ×", 0.25), ("0.5 ×", 0.5), ("1 ×", 1), ("2 ×", 2), ("5 ×", 5), ("20 ×", 20)]
NARROW_PX = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatForm:
    """How a message is asked."""

    contract: gr.Dropdown
    scenario: gr.Dropdown
    model: gr.Dropdown
    temperature: gr.Number
    seed: gr.Textbox
    speed: gr.Dropdown
    faults: gr.Textbox
    token: gr.Textbox

    @property
    def choices(self) -> list[gr.Dropdown | gr.Number | gr.Textbox]:
        """In the order in which listeners are given them."""
        return [
            self.contract,
            self.scenario,
            self.model,
            self.temperature,
            self.seed,
            self.speed,
            self.faults,
            self.token,
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Composer:
    """Where a message is written, and the buttons around it."""

    message: gr.Textbox
    send: gr.Button
    stop: gr.Button
    retry: gr.Button
    clear: gr.Button


@dataclass(frozen=True, slots=True, kw_only=True)
class Controls:
    """Everything on the tab that listens or shows."""

    form: ChatForm
    composer: Composer
    conversation: gr.HTML
    feed: gr.HTML
    """Shows nothing: hands what it is sent to conversation and timeline, which so stand still for
    Gradio while an answer comes."""
    replay: gr.HTML
    talk: gr.Textbox
    """Hidden: what the browser keeps of the conversation, as it is told when something is asked."""


def lay_out(settings: Settings, examples: Sequence[Example], pages: Pages) -> Controls:
    """Lay out the tab in the current Gradio context, with what its scripts may ask the server."""
    talk = gr.Textbox(visible=False)
    feed = feed_of("chat", pages)
    with gr.Row(elem_id="ask-how"):
        form = _form(settings)
    with gr.Row(elem_id="bench"):
        with gr.Column(scale=6, min_width=300, elem_id="talk"):
            conversation = gr.HTML(
                None,
                html_template=front("chat/conversation.html"),
                js_on_load=front(
                    "nodes.js",
                    "chat/follow.js",
                    "chat/markdown.js",
                    "chat/kept.js",
                    "chat/conversation.js",
                ),
                apply_default_css=False,
                server_functions=list(of_conversation(pages)),
                examples=[{"title": each.title, "shows": each.shows} for each in examples],
                pane="chat",
                elem_id="conversation",
            )
            composer, replay = _composer(settings)
        with gr.Column(scale=5, min_width=300, elem_id="seen"):
            timeline_of("chat", pages)
    return Controls(
        form=form,
        composer=composer,
        conversation=conversation,
        feed=feed,
        replay=replay,
        talk=talk,
    )


def feed_of(pane: str, pages: Pages) -> gr.HTML:
    """What carries an answer to the pane's conversation and timeline."""
    return gr.HTML(
        None,
        html_template="<i hidden></i>",
        js_on_load=front("chat/feed.js"),
        apply_default_css=False,
        server_functions=list(of_feed(pages)),
        pane=pane,
        elem_id=f"{pane}-feed",
        elem_classes="tt-feed",
    )


def timeline_of(pane: str, pages: Pages) -> gr.HTML:
    """The timeline of a pane."""
    return gr.HTML(
        None,
        html_template=front("chat/timeline.html"),
        js_on_load=front("nodes.js", "chat/follow.js", "chart.js", "chat/timeline.js"),
        apply_default_css=False,
        server_functions=list(of_timeline(pages)),
        pane=pane,
        elem_id="timeline" if pane == "chat" else f"{pane}-timeline",
        elem_classes="tt-timeline",
    )


def _form(settings: Settings) -> ChatForm:
    mocked = settings.mock_url is not None
    return ChatForm(
        contract=gr.Dropdown(
            # Who has to be signed in chats on the tab of their dialect.
            [(named(each), key) for key, each in CONTRACTS.items() if not each.needs_token],
            value=next(iter(CONTRACTS)),
            label="Protocol",
            filterable=False,
            min_width=NARROW_PX,
            scale=3,
            elem_id="protocol",
        ),
        model=gr.Dropdown(
            list(dict.fromkeys([settings.default_model, *settings.models])),
            value=settings.default_model,
            label="Model",
            allow_custom_value=True,
            visible=takes(next(iter(CONTRACTS.values())), "model"),
            min_width=NARROW_PX,
            scale=2,
            elem_id="model",
        ),
        temperature=gr.Number(
            label="Temperature",
            placeholder="any",
            value=None,
            minimum=0,
            maximum=2,
            step=0.1,
            visible=takes(next(iter(CONTRACTS.values())), "temperature"),
            min_width=NARROW_PX,
            scale=1,
            elem_id="temperature",
        ),
        scenario=gr.Dropdown(
            [ANY_SCENARIO],
            value=ANY_SCENARIO[1],
            label="Scenario",
            visible=mocked,
            min_width=NARROW_PX,
            scale=3,
            elem_id="scenario",
        ),
        seed=gr.Textbox(
            label="Seed",
            placeholder="any",
            max_lines=1,
            visible=mocked,
            min_width=NARROW_PX,
            scale=1,
            elem_id="seed",
        ),
        speed=gr.Dropdown(
            SPEEDS,
            value=1,
            label="Speed",
            filterable=False,
            visible=mocked,
            min_width=NARROW_PX,
            scale=1,
            elem_id="speed",
        ),
        faults=gr.Textbox(
            label="Faults",
            placeholder="fault=stall@20:2s",
            max_lines=1,
            visible=mocked,
            min_width=NARROW_PX,
            scale=3,
            elem_id="faults",
        ),
        token=gr.Textbox(
            label="Token",
            placeholder="none: anonymous",
            type="password",
            max_lines=1,
            html_attributes=gr.InputHTMLAttributes(autocomplete="off"),
            min_width=NARROW_PX,
            scale=2,
            elem_id="token",
        ),
    )


def _composer(settings: Settings) -> tuple[Composer, gr.HTML]:
    with gr.Row(elem_id="composer"):
        message = gr.Textbox(
            label="Message",
            show_label=False,
            container=False,
            placeholder="Ask something",
            lines=1,
            max_lines=6,
            max_length=settings.max_message_chars,
            scale=8,
            min_width=NARROW_PX,
            elem_id="message",
        )
        send = gr.Button("Send", variant="primary", scale=0, min_width=76, elem_id="send")
        stop = gr.Button(
            "Stop", variant="stop", scale=0, min_width=76, interactive=False, elem_id="stop"
        )
    with gr.Row(elem_id="again"):
        retry = gr.Button(
            "Retry", size="sm", scale=0, interactive=False, min_width=76, elem_id="retry"
        )
        clear = gr.Button(
            "Clear", size="sm", scale=0, interactive=False, min_width=76, elem_id="clear"
        )
        replay = opening("Replay", "replay")
    return Composer(message=message, send=send, stop=stop, retry=retry, clear=clear), replay
