"""What the server stored of an answer: the truth that a page must end with."""

from dataclasses import dataclass

import httpx2


@dataclass(frozen=True, slots=True)
class Stored:
    """One stored answer."""

    content: str
    status: str


async def stored(root: str, run: str) -> Stored:
    """The answer of a run, from the server at this root."""
    async with httpx2.AsyncClient(base_url=root) as http:
        answer = await http.get(f"/api/runs/{run}")
    answer.raise_for_status()
    told = answer.json()
    return Stored(told["content"], told["status"])
