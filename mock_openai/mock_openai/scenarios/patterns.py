"""What a scenario looks for in a text: words that occur in it, or a regular expression. Pure.

Expressions are RE2's (https://github.com/google/re2/wiki/Syntax), which never track back: no
expression, whatever the text, holds up the loop that all streams share.
"""

from dataclasses import dataclass
from re import DOTALL, fullmatch, sub
from typing import Any

import re2

MOST_PROGRAM = 2_000  # instructions of a compiled expression
MOST_STEPS = 20_000_000  # instructions times characters: 0.1 s at the very worst, else 10 ms


@dataclass(frozen=True, slots=True)
class Pattern:
    """`/regex/flags` searches; any other text must occur in what is looked at."""

    text: str
    regex: Any = None

    def fits(self, looked_at: str) -> bool:
        """Of a text of more than 10,000 characters a long expression sees the beginning."""
        if self.regex is None:
            return self.text in looked_at
        window = looked_at[: MOST_STEPS // self.regex.programsize]
        return self.regex.search(window) is not None


def read_pattern(text: str) -> Pattern:
    """Raises ValueError, which says what is wrong with an expression."""
    match = fullmatch(r"/(.*)/([ims]*)", text, DOTALL)
    if match is None:
        return Pattern(text)
    # The very end has another name in Python, whose syntax recordings used to be written in.
    expression = sub(
        r"\\(.)", lambda one: r"\z" if one[1] == "Z" else one[0], match[1], flags=DOTALL
    )
    if match[2]:
        expression = f"(?{match[2]}){expression}"
    try:
        regex = re2.compile(expression, _quietly())
    except (re2.error, UnicodeEncodeError) as error:
        raise ValueError(f"{text!r} is not a regular expression: {_problem(error)}") from error
    if regex.programsize > MOST_PROGRAM:
        raise ValueError(f"{text[:60]!r} is too large an expression: fewer repetitions, please")
    return Pattern(text, regex)


def _quietly() -> Any:
    options = re2.Options()
    options.log_errors = False
    return options


def _problem(error: Exception) -> str:
    """RE2 says what it has no way of doing in one breath: looking around, and back."""
    [message] = error.args[:1]
    problem = message.decode() if isinstance(message, bytes) else str(error)
    around = problem.startswith(("invalid perl operator", "invalid escape sequence"))
    return f"{problem} (RE2's syntax: no look-around, no back-references)" if around else problem
