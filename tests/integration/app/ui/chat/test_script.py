"""A mock that does not answer, as the page tells it."""

from app.ui.chat.script import (
    played_in,
    scenarios_of,
)
from app.ui.mock import Mock
from tests.unit.app.ui.chat.test_script import NOWHERE


async def test_a_mock_that_does_not_answer_is_a_reason_and_offers_nothing() -> None:
    assert (
        await played_in(Mock(NOWHERE), "hello", 0, 1)
    ).script.why == "the mock's journal does not answer"
    assert await scenarios_of(Mock(NOWHERE)) == []
