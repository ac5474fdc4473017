"""`threads` from outside: one signed-in caller, and a real mock as the upstream."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx2

from tests.integration.app.serving import SECRET
from tests.integration.app.upstream import DONE, HEAD, Hold, Script, chunk, finish
from tokentape.access.tokens import sign
from tokentape.contract.order import follow
from tokentape.dialects.threads.contract import SSE

Event = dict[str, Any]
HELD: Script = [HEAD, chunk("so "), chunk("far"), Hold(), chunk("!"), finish(), DONE]


def token(sub: str = "alice", **claims: str) -> str:
    return sign(SECRET, sub, 86_400, claims)


@dataclass(frozen=True)
class Caller:
    http: httpx2.AsyncClient

    async def thread(self, title: str = "A title", **more: Any) -> str:
        answer = await self.http.post("/chat/threads", json={"title": title, **more})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["thread"]["id"])

    async def say(self, thread: str, content: str) -> list[Event]:
        """The events of a streamed turn, in the right order."""
        answer = await self.http.post(
            f"/chat/threads/{thread}/messages/stream", json={"content": content}
        )
        assert answer.status_code == 200, answer.text
        events = events_of(answer.text)
        assert_ordered(events)
        return events

    async def messages(self, thread: str) -> list[dict[str, Any]]:
        answer = await self.http.get(f"/chat/threads/{thread}/messages")
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["messages"]
        return found

    async def bring(self, title: str, text: str, level: str = "public") -> str:
        body = {"title": title, "text": text, "level": level}
        answer = await self.http.post("/chat/documents", json=body)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["document"]["id"])


@asynccontextmanager
async def calling(url: str, sub: str = "alice", **claims: str) -> AsyncIterator[Caller]:
    headers = {"Authorization": f"Bearer {token(sub, **claims)}"}
    async with httpx2.AsyncClient(
        base_url=url, headers=headers, trust_env=False, verify=False, timeout=30
    ) as http:
        yield Caller(http)


def events_of(body: str) -> list[Event]:
    return [json.loads(line[6:]) for line in body.splitlines() if line.startswith("data: ")]


def kinds_of(events: Sequence[Event]) -> list[str]:
    found = [SSE.kind_of("", event) for event in events]
    assert all(found), events
    return [kind.name for kind in found if kind]


def assert_ordered(events: Sequence[Event]) -> None:
    walk = follow(SSE.order, kinds_of(events))
    assert walk.missteps == ()
    assert walk.ended_at == len(events) - 1
    assert [event["seq"] for event in events] == list(range(len(events)))


def text_of(events: Sequence[Event]) -> str:
    return "".join(event["data"]["content"] for event in events if event["type"] == "ai_response")


def data_of(events: Sequence[Event], kind: str) -> list[dict[str, Any]]:
    return [event["data"] for event in events if event["type"] == kind]
