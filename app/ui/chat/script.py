"""Script: what the mock offers to say, and what it was scripted to say in one answer.

Asks the mock over HTTP; a mock that does not answer is a reason, never an error.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import httpx2
import orjson

from app.contract.contract import Json
from app.ui.chat.ruling import Script

_TIMEOUT_S = 3.0
_ENTRIES_MAX = 20
_CONTAINS_MAX = 400
"""Characters of a message that are looked for: enough to tell, short enough for an address."""

NO_MOCK = Script(None, "no script to compare with")


@dataclass(frozen=True, slots=True)
class Scenario:
    """One scenario that the mock knows."""

    name: str
    description: str


async def scenarios_of(mock_url: str) -> Sequence[Scenario]:
    """The mock's scenarios; none when it does not answer."""
    answer = await _get(mock_url, "/__mock__/scenarios", {})
    rows = answer.get("scenarios") if isinstance(answer, dict) else None
    return [
        Scenario(row["name"], row.get("description") or "")
        for row in rows or ()
        if isinstance(row, dict) and isinstance(row.get("name"), str)
    ]


async def script_of(mock_url: str | None, message: str, from_ns: int, to_ns: int) -> Script:
    """The script of the answer to `message` that the mock began between two monotonic times.

    The mock's clock is this host's (CLOCK_MONOTONIC); of a mock elsewhere nothing will fit.
    """
    if mock_url is None:
        return NO_MOCK
    looked_for = {"contains": message[:_CONTAINS_MAX], "limit": str(_ENTRIES_MAX)}
    answer = await _get(mock_url, "/__mock__/requests", looked_for)
    if not isinstance(answer, dict):
        return Script(None, "the mock's journal does not answer")
    return script_in(answer.get("requests") or (), from_ns, to_ns)


def script_in(entries: Sequence[Json], from_ns: int, to_ns: int) -> Script:
    """The one text that was scripted in this time, by a journal's entries, newest first."""
    within = [entry for entry in entries if from_ns <= entry.get("started_ns", -1) <= to_ns]
    texts = {entry["text"] for entry in within if entry.get("text")}
    if not texts:
        return Script(None, "the mock's journal has no such answer")
    if len(texts) > 1:
        return Script(None, "the same words were asked elsewhere at the same time")
    return Script(texts.pop())


async def _get(mock_url: str, path: str, params: dict[str, str]) -> Json:
    try:
        async with httpx2.AsyncClient(base_url=mock_url, timeout=_TIMEOUT_S) as http:
            response = await http.get(path, params=params)
            return orjson.loads(response.content) if response.is_success else None
    except (httpx2.HTTPError, orjson.JSONDecodeError):
        return None
