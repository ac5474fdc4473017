"""What a kind of stream looks like, as far as faults and recordings need to know. Pure.

Each endpoint has one: what differs from provider to provider stands in these values alone.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]
Headers = tuple[tuple[str, str], ...]


def _none(payload: Json, more: Any) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Wire:
    """How one endpoint's events are written: `name` is what faults call it by.

    `refusal` is the body of an error instead of an answer: from its status, what is scripted of it
    (`message`, `type`, `code`, `param`) and the headers that are sent; `used_up` are headers of
    who has asked too often. `data_error` and `event_error` are frames that break a stream off:
    from an error code, and from the number of the frame. `keep_alive` is sent between frames.

    The others change the object of a frame in place, and say whether there was something to
    change: `empty` takes out what is said, `move` adds to the index, `rename` adds to the id.
    `content_of` is the piece of answer that an object carries. `numbered`: events carry
    `sequence_number`.
    """

    name: str
    refusal: Callable[[int, Mapping[str, str | None], Mapping[str, str]], bytes]
    used_up: Headers
    data_error: Callable[[str], bytes]
    event_error: Callable[[str, int], bytes]
    keep_alive: bytes
    content_of: Callable[[Json], str]
    empty: Callable[[Json], bool]
    move: Callable[[Json, int], bool] = _none
    rename: Callable[[Json, str], bool] = _none
    numbered: bool = False
