"""Functions that a tab's own front calls, each with one JSON value and the page's session.

What a page may not do, or the mock does not, comes back as `{"problem": "…"}`, never as an error
that the browser has to guess at.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import gradio as gr

from tokentape.contract.contract import Json
from tokentape.settings import Settings
from tokentape.ui.admin_gate import CLOSED, admitted, session_of
from tokentape.ui.mock_admin import MockFault
from tokentape.ui.page_state import Pages

Answer = Callable[[Mapping[str, Json], gr.Request], Awaitable[Json]]


class UnfitInput(Exception):
    """What the front sent can't be used; the message names the field."""


def served(settings: Settings, pages: Pages, answers: Sequence[Answer]) -> list[Any]:
    """The functions as Gradio takes them, closed to pages that were not let in."""
    return [_served(settings, pages, answer) for answer in answers]


def _served(settings: Settings, pages: Pages, answer: Answer) -> Any:
    async def called(given: Any, request: gr.Request) -> Json:
        if not admitted(settings, pages, await session_of(request)):
            return {"problem": CLOSED}
        try:
            return await answer(given if isinstance(given, dict) else {}, request)
        except (MockFault, UnfitInput) as fault:
            return {"problem": str(fault)}

    called.__name__ = getattr(answer, "__name__", "called")
    return called


def text_in(given: Mapping[str, Json], name: str, most: int, default: str | None = None) -> str:
    """A text of at most so many characters. Raises `UnfitInput`."""
    value = given.get(name, default)
    if not isinstance(value, str):
        raise UnfitInput(f"{name}: a text is needed.")
    if len(value) > most:
        raise UnfitInput(f"{name}: {len(value):,} characters, and {most:,} is the most.")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise UnfitInput(f"{name}: half of a character (a lone surrogate) is no text.") from error
    return value


def whole_in(
    given: Mapping[str, Json], name: str, low: int, high: int, default: int | None = None
) -> int:
    """A whole number within bounds. Raises `UnfitInput`."""
    value = given.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise UnfitInput(f"{name}: a whole number from {low:,} to {high:,} is needed.")
    return value
