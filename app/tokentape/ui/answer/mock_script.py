"""What the mock offers to say, and what it was scripted to say, and when, in one answer.

Asks the mock over HTTP; a mock that does not answer is a reason, never an error.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tokentape.contract.contract import Json
from tokentape.contract.script import frames_in
from tokentape.ui.answer.verdict_view import ExpectedText
from tokentape.ui.mock_admin import Mock, MockFault

_ENTRIES_MAX = 20
_CONTAINS_MAX = 400
"""Characters of a message that are looked for: enough to tell, short enough for an address."""

_DIRECTIVE = re.compile(r"\[\[mock:[^\[\]]*\]\]")

NO_MOCK = ExpectedText(None, "no script to compare with")


@dataclass(frozen=True, slots=True)
class Scenario:
    """One scenario that the mock knows."""

    name: str
    description: str


@dataclass(frozen=True, slots=True)
class Frame:
    """One piece of text that left the mock: when it was due and written (CLOCK_MONOTONIC), and how
    many characters were scripted up to and with it."""

    due_ns: int
    written_ns: int
    characters: int


_BAD_REQUEST = 400


@dataclass(frozen=True, slots=True)
class Played:
    """What the mock did for one answer: the script, and the ledger's frames where they are sure."""

    script: ExpectedText
    frames: tuple[Frame, ...] = ()
    exact: bool = False
    """Whether each piece of the script left as one frame: under a fault, characters are only about
    right."""


async def scenarios_of(mock: Mock | None) -> Sequence[Scenario]:
    """The mock's scenarios; none when it does not answer."""
    answer = await _get(mock, "scenarios", {})
    rows = answer.get("scenarios") if isinstance(answer, dict) else None
    return [
        Scenario(row["name"], row.get("description") or "")
        for row in rows or ()
        if isinstance(row, dict) and isinstance(row.get("name"), str)
    ]


async def played_in(
    mock: Mock | None, message: str, from_ns: int, to_ns: int, text: str = ""
) -> Played:
    """What the mock played in answer to `message` between two monotonic times.

    Of several answers to the same words at once, it is the one that was `text`, if any was.

    The mock's clock is this host's (CLOCK_MONOTONIC); of a mock elsewhere nothing will fit.
    """
    if mock is None:
        return Played(NO_MOCK)
    words = _own_words(message)
    looked_for = {"contains": words, "limit": str(_ENTRIES_MAX)}
    answer = await _get(mock, "requests", looked_for)
    if not isinstance(answer, dict):
        return Played(ExpectedText(None, "the mock's journal does not answer"))
    within = entries_in(answer.get("requests") or (), from_ns, to_ns)
    if not words:  # every message contains them: only those without words are meant
        within = [entry for entry in within if not entry.get("last_user")]
    within = [entry for entry in within if text and entry.get("text") == text] or within
    script = script_of(within)
    spoken = [entry for entry in within if entry.get("text")]
    if len(spoken) != 1 or "id" not in spoken[0]:
        return Played(script)
    stream = await _get(mock, f"streams/{spoken[0]['id']}", {})
    return Played(script, *frames_of(stream if isinstance(stream, dict) else {}))


def _own_words(message: str) -> str:
    """The most of a message that stands in the journal in one piece: without the directives that
    were typed into it."""
    return max(map(str.strip, _DIRECTIVE.split(message)), key=len)[:_CONTAINS_MAX]


def entries_in(entries: Sequence[Json], from_ns: int, to_ns: int) -> Sequence[Json]:
    """A journal's entries that began within this time."""
    return [entry for entry in entries if from_ns <= entry.get("started_ns", -1) <= to_ns]


def script_of(within: Sequence[Json]) -> ExpectedText:
    """The one text that these entries were scripted to say."""
    texts = {entry["text"] for entry in within if entry.get("text")}
    if not texts:
        return ExpectedText(None, "the mock's journal has no such answer")
    if len(texts) > 1:
        return ExpectedText(None, "the same words were asked elsewhere at the same time")
    return ExpectedText(texts.pop())


def frames_of(entry: Json) -> tuple[tuple[Frame, ...], bool]:
    """The frames with text of one entry, and whether their characters are exact."""
    content = [frame for frame in frames_in(entry) if frame.kind == "content"]
    chunks = [len(chunk) for chunk in entry.get("chunks") or ()]
    exact = not entry.get("faults") and len(content) <= len(chunks)
    whole, frames, characters = sum(chunks), [], 0
    for number, frame in enumerate(content):
        if number < len(chunks) and len(content) <= len(chunks):
            characters += chunks[number]
        else:
            characters = whole * (number + 1) // len(content)
        frames.append(Frame(frame.due_ns, frame.written_ns, min(characters, whole)))
    return tuple(frames), exact


async def refusal_of(mock: Mock | None, message: str) -> str | None:
    """Why the mock refuses a message, such as for a directive that it can't read, in its own words;
    `None` where it does not."""
    if mock is None:
        return None
    body = {"model": "gpt-4o", "messages": [{"role": "user", "content": message}]}
    try:
        await mock.request("POST", "plan", json=body)
    except MockFault as fault:
        return str(fault) if fault.status == _BAD_REQUEST else None
    return None


async def _get(mock: Mock | None, path: str, params: dict[str, str]) -> Json:
    if mock is None:
        return None
    try:
        return await mock.request("GET", path, params=params)
    except MockFault:
        return None
