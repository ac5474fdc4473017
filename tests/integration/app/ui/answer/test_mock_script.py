"""The mock's journal as the page reads it: whose script is compared with; and a mock that does not
answer."""

import time

import pytest

from tests.integration.mock_openai.conftest import Served, served
from tests.unit.app.ui.answer.test_mock_script import NOWHERE
from tokentape.ui.answer.mock_script import (
    played_in,
    scenarios_of,
)
from tokentape.ui.mock_admin import Mock

__all__ = ["served"]


async def test_a_mock_that_does_not_answer_is_a_reason_and_offers_nothing() -> None:
    assert (
        await played_in(Mock(NOWHERE), "hello", 0, 1)
    ).script.why == "the mock's journal does not answer"
    assert await scenarios_of(Mock(NOWHERE)) == []


def said(served: Served, message: str) -> str:
    body = {"model": "gpt-4o", "messages": [{"role": "user", "content": message}]}
    answer = served.post(body)
    answer.raise_for_status()
    text: str = answer.json()["choices"][0]["message"]["content"]
    return text


@pytest.mark.parametrize(
    "message",
    [
        "[[mock: tokens=5 first=0ms gap=0ms]]",
        "[[mock: tokens=5 first=0ms gap=0ms]] Tell of whales",
        "Tell [[mock: tokens=5]] of the whales [[mock: first=0ms gap=0ms]] once more",
    ],
)
async def test_directives_anywhere_leave_the_message_s_own_script(
    served: Served, message: str
) -> None:
    begun = time.monotonic_ns()
    mine = said(served, message)
    said(served, "Tell me of somebody else's matters [[mock: tokens=7 first=0ms gap=0ms]]")
    played = await played_in(Mock(served.root), message, begun, time.monotonic_ns(), "altered")
    assert played.script.text == mine


async def test_a_message_of_directives_alone_is_compared_with_nobody_else_s_script(
    served: Served,
) -> None:
    begun = time.monotonic_ns()
    said(served, "Somebody else's matters [[mock: tokens=7 first=0ms gap=0ms]]")
    message = "[[mock: fault=cut@2]]"
    played = await played_in(Mock(served.root), message, begun, time.monotonic_ns(), "altered")
    assert played.script.why == "the mock's journal has no such answer"
