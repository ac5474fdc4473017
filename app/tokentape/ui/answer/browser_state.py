"""What the browser keeps of a conversation, as it comes back to the server.

Pure. A page may send anything: what does not have the right form is as if it were not there.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import orjson

from tokentape.client.turn import EarlierMessage
from tokentape.contract.contract import Json
from tokentape.dialects.contracts import CONTRACTS
from tokentape.ui.answer.question import MockOptions, Question

TOLD_MAX_CHARS = 1_000_000
"""Two messages of the greatest length, and what was said before, with room for their escapes."""
ID_MAX_CHARS = 100
_SPEEDS = (0.01, 1_000.0)


@dataclass(frozen=True, slots=True)
class UnfinishedAnswer:
    """An answer that was under way when the page last saw it."""

    question: Question
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
    messages: tuple[tuple[str, EarlierMessage], ...] = ()
    """What was said before where the client sends it along: the dialect, and the message."""

    def earlier(self, dialect: str, longest: int, most: int) -> Sequence[EarlierMessage]:
        """The latest messages of a dialect's conversation that a server takes beside a new one:
        none longer than `longest` characters, at most `most`."""
        fit = [one for of, one in self.messages if of == dialect and len(one.content) <= longest]
        return fit[-most:] if most > 0 else ()


SILENCE = Talk()
"""A page on which nothing was said yet."""


def talk_of(text: str | None, token: str | None = None) -> Talk:
    """The talk that a page told as JSON; questions are asked again by the token that it holds."""
    if not text or len(text) > TOLD_MAX_CHARS:
        return SILENCE
    try:
        talk = orjson.loads(text)
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
        question_of(talk.get("last"), token),
        _left(talk.get("left"), token),
        tuple(_messages(talk.get("earlier"))),
    )


def question_of(value: Json, token: str | None = None) -> Question | None:
    """The question in a record; `None` for what is none."""
    if not isinstance(value, dict) or value.get("contract") not in CONTRACTS:
        return None
    message = value.get("message")
    if not isinstance(message, str) or not message.strip():
        return None
    speed = _number(value.get("speed"), *_SPEEDS)
    return Question(
        message=message,
        contract=value["contract"],
        model=_text(value.get("model")) or None,
        temperature=_number(value.get("temperature"), 0, 2),
        options=MockOptions(
            scenario=_text(value.get("scenario")) or None,
            seed=_text(value.get("seed")),
            speed=speed,
            more=_text(value.get("more")),
        ),
        token=token or None,
    )


def record_of(question: Question) -> Mapping[str, Json]:
    """What the browser keeps of a question: all but the token."""
    options = question.options
    return {
        "message": question.message,
        "contract": question.contract,
        "model": question.model,
        "temperature": question.temperature,
        "scenario": options.scenario,
        "seed": options.seed,
        "speed": options.speed,
        "more": options.more,
    }


def _messages(value: Json) -> Iterator[tuple[str, EarlierMessage]]:
    """Turns that are over: the question as it was sent, and as much of an answer as came."""
    for turn in value if isinstance(value, list) else ():
        question = question_of(turn.get("how")) if isinstance(turn, dict) else None
        if question is None or not _id(turn.get("turn")):
            continue
        dialect, turn_id = CONTRACTS[question.contract].dialect, turn["turn"]
        yield dialect, EarlierMessage(id=f"{turn_id}-question", role="user", content=question.sent)
        if isinstance(text := turn.get("text"), str) and text.strip():
            yield dialect, EarlierMessage(id=turn_id, role="assistant", content=text)


def _left(value: Json, token: str | None) -> UnfinishedAnswer | None:
    if not isinstance(value, dict) or not _id(value.get("turn")):
        return None
    question = question_of(value.get("how"), token)
    if question is None:
        return None
    run, conversation = value.get("run"), value.get("conversation")
    return UnfinishedAnswer(
        question,
        value["turn"],
        run if _id(run) else None,
        conversation if _id(conversation) else None,
    )


def _id(value: Json) -> bool:
    # It becomes a part of paths: nothing may be in it that leads elsewhere.
    return (
        isinstance(value, str)
        and 0 < len(value) <= ID_MAX_CHARS
        and value.isascii()
        and value.replace("-", "").replace("_", "").isalnum()
    )


def _text(value: Json) -> str:
    return value[:1_000] if isinstance(value, str) else ""


def _number(value: Json, least: float, most: float) -> float | None:
    fits = isinstance(value, int | float) and not isinstance(value, bool) and least <= value <= most
    return float(value) if fits else None
