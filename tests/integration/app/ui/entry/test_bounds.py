"""What one visitor's page may take of the server, so that the others have theirs."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import orjson
import pytest

from tests.integration.app.ui.entry.served_page import Visitor, open_page, served, visiting
from tests.integration.app.ui.entry.test_edge import code_of, hand
from tokentape.ui.answer.question import Question
from tokentape.ui.answer.timeline_file import header
from tokentape.ui.entry import queue_limit
from tokentape.ui.uploads import quota

JOIN = "/gradio_api/queue/join"
DAY_MS = 86_400_000


def a_day_long() -> bytes:
    """A saved timeline whose second event comes a day later."""
    asked = Question(message="hello", contract="inference/sse")
    payload = {"choices": [{"index": 0, "delta": {"content": "a"}}]}
    events = [{"offset_ms": at, "event": "", "payload": payload} for at in (0, DAY_MS)]
    return b"\n".join([header(asked, None, []), *map(orjson.dumps, events)])


def number(visitor: Visitor, name: str) -> int:
    """A listener's number by its function's name."""
    return int(next(one["id"] for one in visitor.listeners() if one["api_name"] == name))


async def begin(visitor: Visitor, name: str, **given: object) -> int:
    """Start a listener; the status."""
    body = visitor.join(fn_index=number(visitor, name), **given)
    return (await visitor.post(JOIN, body)).status_code


async def told(visitor: Visitor, until: str = "close_stream") -> str:
    """What the page's stream says up to this word."""
    where, lines = f"/gradio_api/queue/data?session_hash={visitor.session}", []
    async with visitor.http.stream("GET", where) as answers:
        async for line in answers.aiter_lines():
            lines.append(line)
            if until in line:
                break
    return "\n".join(lines)


@asynccontextmanager
async def replaying(visitor: Visitor) -> AsyncIterator[None]:
    """The page shows a timeline that takes a day."""
    async with open_page(visitor):
        id_ = (await hand(visitor, a_day_long())).json()["id"]
        assert await begin(visitor, "replay", event_data={"id": id_}) == 200
        await told(visitor)
        assert await begin(visitor, "answer") == 200
        await told(visitor, "process_generating")
        yield


async def test_who_watches_keeps_nobody_waiting(tmp_path: Path) -> None:
    """Gradio runs forty listeners at once, and one that shows an answer runs as long as that."""
    async with served(tmp_path) as url, AsyncExitStack() as open_:
        for watcher in range(42):
            visitor = await open_.enter_async_context(visiting(url, f"watcher-{watcher}"))
            await open_.enter_async_context(replaying(visitor))
        async with visiting(url, "another") as another, asyncio.timeout(60):
            assert await begin(another, "over") == 200
            assert '"success":true' in await told(another)


# Gradio counts what failed by pandas, in a way that pandas warns of.
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
async def test_what_a_page_sends_wrongly_fills_no_log(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    async with served(tmp_path) as url, visiting(url) as visitor:
        await begin(visitor, "choose", data=["x" * 500_000])
        answer = await told(visitor)
        assert '"success":false' in answer
        assert len(answer) < 2_000
        await begin(visitor, "ask_example", data=[None] * 9, event_data={})
        assert '"success":false' in await told(visitor)
        async with visiting(url, "unheard-of") as unheard_of, asyncio.timeout(60):
            assert "session_not_found" in await told(unheard_of)
    written = "".join(capfd.readouterr()) + caplog.text
    assert "xxxx" not in written
    assert "Traceback" not in written
    assert "AttributeError" in written, "a fault of ours is in the log, in one line"
    assert len(written) < 1_000


async def test_a_page_that_reads_nothing_is_begun_nothing_more_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue_limit, "UNREAD_MAX", 5)
    async with served(tmp_path) as url, visiting(url) as visitor:
        for _ in range(5):
            assert await begin(visitor, "over") == 200
        body = visitor.join(fn_index=number(visitor, "over"))
        assert code_of(await visitor.post(JOIN, body)) == (429, "RATE_LIMIT")
        await told(visitor)
        assert await begin(visitor, "over") == 200, "it has read"


async def test_replays_have_room_in_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quota.UploadQuota, "most", len(a_day_long()))
    async with (
        served(tmp_path) as url,
        visiting(url, "first") as first,
        visiting(url, "second") as second,
        open_page(second),
        replaying(first),
    ):
        id_ = (await hand(second, a_day_long())).json()["id"]
        assert await begin(second, "replay", event_data={"id": id_}) == 200
        await told(second)
        assert await begin(second, "answer") == 200
        assert "Others replay" in await told(second)
