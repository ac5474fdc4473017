"""The usage that a scenario tells instead of what was counted: in tokens. Pure."""

from dataclasses import dataclass, fields
from typing import Self

from mock_openai.scenarios.step import read_keys

MOST = 10**12


@dataclass(frozen=True, slots=True)
class ScriptedUsage:
    """None: as it is counted; of what is cached, none."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    reasoning_tokens: int | None = None
    cached_tokens: int | None = None

    @classmethod
    def read(cls, value: object) -> Self:
        """From the YAML value. Raises ValueError, which says what is wrong."""
        known = [one.name for one in fields(cls)]
        given = read_keys(value, known, f"usage takes {', '.join(known)}")
        for name, count in given.items():
            if isinstance(count, bool) or not isinstance(count, int) or not 0 <= count <= MOST:
                raise ValueError(f"{name} is a whole number from 0, not {count!r}")
        return cls(**given)
