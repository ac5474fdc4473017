"""What the official clients do with a fault, which says it of itself. Measured: tests hold each
fault to it. Pure."""

from typing import NamedTuple

WHOLE = "gives the whole text, raises nothing"
WRONG = "gives a wrong text, raises nothing"
SHORT = "gives a text cut short, raises nothing"
"""What a client may do with a fault and give no sign of it."""
NO_PLACE = "finds no place"
"""Of Anthropic's clients, where their streams have nothing that the fault could strike."""


class Outcomes(NamedTuple):
    """Of the clients for Python: OpenAI's; Anthropic's, what the iterator of `create(stream=True)`
    does, and its helper `stream()`, which puts the message together. Of Anthropic's for JavaScript
    its stream helper."""

    openai: str
    anthropic: str
    helper: str
    javascript: str


def outcomes(
    openai: str,
    anthropic: str | None = None,
    helper: str | None = None,
    javascript: str | None = None,
) -> Outcomes:
    """Each does what the one before it does, if nothing else is said."""
    anthropic = anthropic or openai
    helper = helper or anthropic
    return Outcomes(openai, anthropic, helper, javascript or helper)
