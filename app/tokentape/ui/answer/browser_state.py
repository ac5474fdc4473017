"""Kept: what the browser keeps of a conversation, as it comes back to the server.

Pure. A page may send anything: what does not have the right form is as if it were not there.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import orjson

from tokentape.contract.contract import Json
from tokentape.dialects.contracts import CONTRACTS
from tokentape.ui.answer.question import MockOptions, Question

TOLD_MAX_CHARS = 400_000
"""Two messages of the greatest length, with room for their escapes."""
ID_MAX_CHARS = 100
_SPEEDS = (0.01, 1_000.0)


@dataclass(frozen=True, slots=True)
class UnfinishedAnswer:
    """An answer that was under way when the page last saw it."""

    asked: Question
    turn: str
    """The page's own id of it."""
    run: str | None
    """The server's id of it, once it had told one."""
    conversation: str | None


@dataclass(frozen=True, slots=True)
class Talk:
    """What a page remembers of the conversation it shows."""

    conversations: Mapping[str, str] = field(default_factory=dict)
    """Dialect → id. Transports of one dialect share the conversation."""
    last: Question | None = None
    """The last question, to be asked again."""
    left: UnfinishedAnswer | None = None


SILENCE = Talk()
"""A page on which nothing was said yet."""


def talk_of(told: str | None, token: str | None = None) -> Talk:
    """The talk that a page told as JSON; questions are asked again by the token that it holds."""
    if not told or len(told) > TOLD_MAX_CHARS:
        return SILENCE
    try:
        talk = orjson.loads(told)
    except orjson.JSONDecodeError:
        return SILENCE
    if not isinstance(talk, dict):
        return SILENCE
    dialects = {contract.dialect for contract in CONTRACTS.values()}
    conversations = talk.get("conversations")
    return Talk(
        {
            dialect: id_
            for dialect, id_ in (conversations if isinstance(conversations, dict) else {}).items()
            if dialect in dialects and _id(id_)
        },
        asked_of(talk.get("last"), token),
        _left(talk.get("left"), token),
    )


def asked_of(told: Json, token: str | None = None) -> Question | None:
    """The question in a record; `None` for what is none."""
    if not isinstance(told, dict) or told.get("contract") not in CONTRACTS:
        return None
    message = told.get("message")
    if not isinstance(message, str) or not message.strip():
        return None
    speed = _number(told.get("speed"), *_SPEEDS)
    return Question(
        message=message,
        contract=told["contract"],
        model=_text(told.get("model")) or None,
        temperature=_number(told.get("temperature"), 0, 2),
        wish=MockOptions(
            scenario=_text(told.get("scenario")) or None,
            seed=_text(told.get("seed")),
            speed=speed,
            more=_text(told.get("more")),
        ),
        token=token or None,
    )


def record_of(asked: Question) -> Mapping[str, Json]:
    """What the browser keeps of a question: all but the token."""
    wish = asked.wish
    return {
        "message": asked.message,
        "contract": asked.contract,
        "model": asked.model,
        "temperature": asked.temperature,
        "scenario": wish.scenario,
        "seed": wish.seed,
        "speed": wish.speed,
        "more": wish.more,
    }


def _left(told: Json, token: str | None) -> UnfinishedAnswer | None:
    if not isinstance(told, dict) or not _id(told.get("turn")):
        return None
    asked = asked_of(told.get("how"), token)
    if asked is None:
        return None
    run, conversation = told.get("run"), told.get("conversation")
    return UnfinishedAnswer(
        asked, told["turn"], run if _id(run) else None, conversation if _id(conversation) else None
    )


def _id(told: Json) -> bool:
    # It becomes a part of paths: nothing may be in it that leads elsewhere.
    return (
        isinstance(told, str)
        and 0 < len(told) <= ID_MAX_CHARS
        and told.isascii()
        and told.replace("-", "").replace("_", "").isalnum()
    )


def _text(told: Json) -> str:
    return told[:1_000] if isinstance(told, str) else ""


def _number(told: Json, least: float, most: float) -> float | None:
    fits = isinstance(told, int | float) and not isinstance(told, bool) and least <= told <= most
    return float(told) if fits else None
