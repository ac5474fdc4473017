"""A mock that does not answer, as the page tells it."""

from tests.unit.app.ui.answer.test_mock_script import NOWHERE
from tokentape.ui.answer.mock_script import (
    played_in,
    scenarios_of,
)
from tokentape.ui.mock_admin import Mock


async def test_a_mock_that_does_not_answer_is_a_reason_and_offers_nothing() -> None:
    assert (
        await played_in(Mock(NOWHERE), "hello", 0, 1)
    ).script.why == "the mock's journal does not answer"
    assert await scenarios_of(Mock(NOWHERE)) == []
