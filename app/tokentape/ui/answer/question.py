"""What a person chose on the page, as the turn that is sent for it.

Pure. Wishes for the mock travel as a directive at the end of the message and are not shown.
"""

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import orjson

from tokentape.client.turn import EarlierMessage, Turn
from tokentape.contract.contract import Contract, Emit, Json

TRANSPORT_NAMES = {"sse": "SSE", "socketio": "Socket.IO", "websocket": "WebSocket"}


@dataclass(frozen=True, slots=True, kw_only=True)
class MockOptions:
    """What the mock is asked for. `None` or empty leaves it to the mock."""

    scenario: str | None = None
    seed: str = ""
    speed: float | None = None
    more: str = ""
    """Further keys of the directive as typed, such as `fault=stall@20:2s`."""

    def keys(self) -> str:
        """What is wished, as the directive spells it; empty when nothing is."""
        keys = [
            f"scenario={self.scenario}" if self.scenario else "",
            f"seed={self.seed}" if self.seed else "",
            f"speed={self.speed:g}" if self.speed not in (None, 1) else "",
            self.more.strip(),
        ]
        return " ".join(key for key in keys if key)

    def directive(self) -> str:
        """The directive's text, empty when nothing is wished."""
        wished = self.keys()
        return f"[[mock: {wished}]]" if wished else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question as it was asked: enough to ask it again."""

    message: str
    contract: str
    """The key of the contract, `ai-chat/sse`."""
    model: str | None = None
    temperature: float | None = None
    options: MockOptions = MockOptions()
    token: str | None = field(default=None, repr=False)
    """A JSON web token to act by; in no view, record or log."""

    @property
    def sent(self) -> str:
        """The message as it is sent: with what is wished of the mock."""
        directive = self.options.directive()
        return f"{self.message}\n\n{directive}" if directive else self.message

    def turn(self, conversation: str | None, earlier: Sequence[EarlierMessage] = ()) -> Turn:
        """The turn to send, in the conversation with this id or in a new one; `earlier` is what was
        said in it, for protocols whose client sends it along."""
        turn = Turn(
            message=self.sent,
            earlier=tuple(earlier),
            conversation=conversation,
            model=self.model,
            temperature=self.temperature,
            token=self.token,
        )
        user = user_of(self.token)
        return turn if user is None else replace(turn, user=user)


def user_of(token: str | None) -> str | None:
    """The user that a token says it is of, unchecked: some dialects want it said beside the token,
    and hold it against the token themselves."""
    part = (token or "").split(".")[1:2]
    try:
        claims = orjson.loads(base64.urlsafe_b64decode(f"{part[0]}{'=' * (-len(part[0]) % 4)}"))
    except (IndexError, binascii.Error, ValueError):
        return None
    sub = claims.get("sub") if isinstance(claims, dict) else None
    return sub if isinstance(sub, str) and sub else None


@dataclass(frozen=True, slots=True)
class Example:
    """A prompt that an empty page offers."""

    title: str
    shows: str
    message: str
    faults: str = ""


EXAMPLES = (
    Example(
        "A calm answer",
        "tokens at a steady pace",
        "Explain in a few lines what it means to stream an answer.",
    ),
    Example(
        "A stall in the middle",
        "one gap of two seconds",
        "Tell me a short story about a night train.",
        "tokens=60 fault=stall@25:2s",
    ),
    Example(
        "A token lost",
        "and the verdict that names it",
        "Describe the harbour of a small town.",
        "tokens=40 fault=lose@12",
    ),
    Example(
        "Cut off half-way",
        "an error that can be read",
        "List what to pack for a week by the sea.",
        "tokens=60 fault=cut@20",
    ),
)

PLAIN_EXAMPLES = (
    EXAMPLES[0],
    Example("A list", "markdown as it grows", "List five uses of a lighthouse, as bullet points."),
    Example("Some code", "a block of it, token by token", "Write Python that makes a slug."),
    Example("A longer answer", "many tokens, one timeline", "Tell me the story of the telegraph."),
)
"""Where a real model answers, which takes no directives."""


def named(contract: Contract) -> str:
    """How the page names a contract: `ai-chat over SSE`."""
    return f"{contract.dialect} over {TRANSPORT_NAMES[contract.transport]}"


def takes(contract: Contract, value: str) -> bool:
    """Whether a turn by this contract can name this, such as `model` or `temperature`; `earlier`:
    what was said before."""
    start = contract.start
    return _mentions(start.payload if isinstance(start, Emit) else start.body, f"${value}")


def _mentions(template: Json, place: str) -> bool:
    if isinstance(template, Mapping):
        return place in template or any(_mentions(value, place) for value in template.values())
    if isinstance(template, list | tuple):
        return any(_mentions(value, place) for value in template)
    return bool(template == place)
