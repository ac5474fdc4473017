"""A telling that a test feeds by hand."""

from app.dialects.contracts import CONTRACTS
from app.ui.chat.asking import Asked
from app.ui.chat.picture import Picture
from app.ui.chat.telling import Tell, Telling


async def nothing(_telling: Telling) -> None:
    """Tells nothing, and is over."""


def telling_of(tell: Tell = nothing, *, unseen_s: float = 30.0) -> Telling:
    asked = Asked(message="hello", contract="ai-chat/sse")
    return Telling(Picture(asked, CONTRACTS[asked.contract]), tell, unseen_s=unseen_s)
