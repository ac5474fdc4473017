"""A telling that a test feeds by hand."""

from tokentape.dialects.contracts import CONTRACTS
from tokentape.ui.answer.answer_view import AnswerView
from tokentape.ui.answer.live_answer import Fill, LiveAnswer
from tokentape.ui.answer.question import Question


async def nothing(_telling: LiveAnswer) -> None:
    """Tells nothing, and is over."""


def telling_of(tell: Fill = nothing, *, unseen_s: float = 30.0) -> LiveAnswer:
    asked = Question(message="hello", contract="ai-chat/sse")
    return LiveAnswer(AnswerView(asked, CONTRACTS[asked.contract]), tell, unseen_s=unseen_s)
