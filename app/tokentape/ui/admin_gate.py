"""Tabs that only whoever runs the server may use, since they make it ask other servers or
show what other people asked.

The page caller for ADMIN_TOKEN and is let in for as long as it is open. UI_OPEN leaves the doors
open, as the demo does on loopback. A door only hides what is behind it: each listener of such a tab
caller `admitted` before it does anything.
"""

import asyncio
import hmac
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import gradio as gr

from tokentape.settings import Settings
from tokentape.ui.address import raw
from tokentape.ui.page_state import Pages

WRONG_S = 0.5
"""What a wrong token costs, so that guessing is slow."""

CLOSED = "This needs ADMIN_TOKEN: enter it on the tab."
"""What is answered to a page that was not let in."""


def admitted(settings: Settings, pages: Pages, session: str | None) -> bool:
    """Whether the page with this session hash may use the tabs behind a door."""
    return settings.ui_open or (bool(session) and pages.page(session or "").admin)


def show_token(settings: Settings, pages: Pages, session: str | None, token: str) -> bool:
    """Let the page in if the token is right; whether it is."""
    expected = settings.admin_token.get_secret_value() if settings.admin_token else ""
    right = bool(expected) and hmac.compare_digest(token.strip().encode(), expected.encode())
    if right and session:
        pages.page(session).admin = True
    return right


async def session_of(request: gr.Request) -> str | None:
    """The session hash of a call of a component's server function."""
    found = (await raw(request).json()).get("session_hash")
    return found if isinstance(found, str) else None


@dataclass(frozen=True, slots=True)
class _SignIn:
    caller: gr.Column
    token: gr.Textbox
    enter: gr.Button
    wrong: gr.HTML
    inside: gr.Column


class AdminGate:
    """The doors of one page: who has come through one has come through all."""

    def __init__(self, settings: Settings, pages: Pages) -> None:
        self._settings = settings
        self._pages = pages
        self._doors: list[_SignIn] = []

    @contextmanager
    def behind(self, title: str) -> Iterator[None]:
        """Lay out what is drawn in the block behind a door, where the settings want one."""
        if self._settings.ui_open:
            yield
            return
        with gr.Column(elem_classes="tt-door") as caller:
            gr.HTML(html_template=_words(title, self._settings), js_on_load=None)
            can_open = self._settings.admin_token is not None
            with gr.Row(visible=can_open):
                token = gr.Textbox(
                    label="Admin token",
                    type="password",
                    max_lines=1,
                    html_attributes=gr.InputHTMLAttributes(autocomplete="off"),
                    scale=4,
                )
                enter = gr.Button("Open", variant="primary", scale=0, min_width=76)
            wrong = gr.HTML(visible=False, html_template=_WRONG, js_on_load=None)
        with gr.Column(visible=False) as inside:
            yield
        self._doors.append(_SignIn(caller, token, enter, wrong, inside))

    def connect(self) -> None:
        """Wire the doors, once all are laid out."""
        for door in self._doors:
            outputs: list[Any] = [door.token, door.wrong]
            for each in self._doors:
                outputs += [each.caller, each.inside]
            gr.on(
                [door.token.submit, door.enter.click],
                self._enter,
                door.token,
                outputs,
                show_progress="hidden",
                api_visibility="private",
            )

    async def _enter(self, request: gr.Request, token: str | None) -> list[object]:
        right = show_token(self._settings, self._pages, request.session_hash, token or "")
        if not right:
            await asyncio.sleep(WRONG_S)
        shown: list[object] = [gr.Textbox(value=""), gr.HTML(visible=not right)]
        for _ in self._doors:
            shown += [gr.Column(visible=not right), gr.Column(visible=right)]
        return shown


_WRONG = '<p class="tt-door-wrong" role="alert">That is not the server’s ADMIN_TOKEN.</p>'


def _words(title: str, settings: Settings) -> str:
    how = (
        "Enter the server’s <code>ADMIN_TOKEN</code>; it is kept nowhere, and the page stays open"
        " to you until you close or reload it."
        if settings.admin_token is not None
        else "Start the server with <code>ADMIN_TOKEN</code> set, and enter it here; or with"
        " <code>UI_OPEN=true</code> where everybody who reaches the page may use it."
    )
    return (
        f'<div class="tt-door-words"><h2>{title} is for whoever runs this server</h2><p>{how}</p>'
        "</div>"
    )
