"""Messages that the mock's journal finds again, however often a test runs."""

import secrets


def unique(words: str, directive: str = "") -> str:
    """The words with a mark of their own, and with what the mock is asked for."""
    asked = f"{words} ({secrets.token_hex(4)})"
    return f"{asked} [[mock: {directive}]]" if directive else asked


def key_of(message: str) -> str:
    """What the journal keeps of a message: the mock takes its directive out."""
    return message.partition(" [[")[0]
