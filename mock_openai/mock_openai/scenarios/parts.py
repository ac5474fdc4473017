"""A part: something that the model says, thinks or calls, before it is cut into chunks."""

from typing import Literal, NamedTuple

Kind = Literal["content", "reasoning", "tool", "refusal"]


class Part(NamedTuple):
    """`text` is the whole part; `name` and the random part of the id are for tool calls alone."""

    kind: Kind
    text: str
    name: str = ""
    key: str = ""
